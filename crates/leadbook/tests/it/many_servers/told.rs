//! What a callback was told against what happened: every queued update that ran was told, at least once, and of one lead
//! in the order of its history.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::history::Checked;
use crate::receiver::Webhook;
use crate::world::Lead;

/// The results of one lead, one of each update, in the order in which they were first told.
#[derive(Default)]
struct Told {
    ids: Vec<Value>,
    data: Vec<Value>,
}

impl Told {
    /// Told again only while nothing later was told.
    fn hear(&mut self, body: &Value) {
        assert_eq!(body["success"], true, "{body}");
        let id = &body["updateId"];
        if self.ids.last() == Some(id) {
            return;
        }
        assert!(!self.ids.contains(id), "told after a later one: {body}");
        self.ids.push(id.clone());
        self.data.push(body["data"].clone());
    }
}

/// Checks everything that one callback was told; how often it was told something again.
pub(super) fn check(webhooks: &[Webhook], leads: &[Lead], checked: &[Checked]) -> usize {
    let mut of_lead: BTreeMap<&str, Told> = BTreeMap::new();
    for webhook in webhooks {
        let lead = webhook.body["leadId"].as_str().expect("a lead");
        of_lead.entry(lead).or_default().hear(&webhook.body);
    }
    let nothing = Told::default();
    let mut count = 0;
    for (lead, checked) in leads.iter().zip(checked) {
        let told = of_lead.get(&*lead.object_id).unwrap_or(&nothing);
        let events: Vec<_> = checked.of_dialect("uservox").collect();
        // Each of these updates changed something, so that there is an event for each result.
        assert_eq!(told.data.len(), events.len(), "lead {}", lead.number);
        for (data, event) in told.data.iter().zip(events) {
            let changes = event["changes"].as_array().expect("changes");
            for change in changes {
                let key = change["key"].as_str().expect("a variable");
                assert_eq!(data[key], change["after"], "lead {}: {event}", lead.number);
            }
        }
        count += told.ids.len();
    }
    assert_eq!(of_lead.len(), leads.len(), "every lead was told about");
    println!("{count} results, told in {} webhooks", webhooks.len());
    webhooks.len() - count
}
