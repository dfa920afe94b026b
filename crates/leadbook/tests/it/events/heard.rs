//! What a subscription to everything heard, against the histories of the leads.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::history::Checked;
use crate::receiver::Webhook;

/// Every event of these leads was heard, each lead's for the first time in the order of its versions, and every time with
/// the same body. How many came more than once.
pub(crate) fn check(webhooks: &[Webhook], leads: &[Checked]) -> usize {
    let mut first = BTreeMap::<u64, Vec<u64>>::new();
    let mut bodies = BTreeMap::<String, &Value>::new();
    let mut again = 0;
    for webhook in webhooks {
        // Results of updates are about leads, too, and have no version.
        let Some(version) = webhook.body["data"]["sequence"].as_u64() else {
            continue;
        };
        let id = webhook.body["id"].as_str().expect("an id").to_owned();
        if let Some(before) = bodies.insert(id.clone(), &webhook.body) {
            assert_eq!(before, &webhook.body, "{id} said something else again");
            again += 1;
            continue;
        }
        let lead = webhook.body["data"]["lead"]["id"].as_u64().expect("a lead");
        assert_eq!(id, format!("evt_{lead}_{version}"));
        first.entry(lead).or_default().push(version);
    }
    for checked in leads {
        let lead = checked.lead["id"].as_u64().expect("an id");
        let heard = first.remove(&lead).unwrap_or_default();
        let all: Vec<_> = (1..=checked.version()).collect();
        assert_eq!(heard, all, "what was heard of lead {lead}");
    }
    assert!(first.is_empty(), "heard of nobody: {first:?}");
    again
}
