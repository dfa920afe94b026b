//! What should be heard, worked out from the book's history without the code under test, and what is checked.

use std::collections::{HashMap, HashSet};

use domain::event::{Dialect, Event};
use domain::lead::LeadField;
use domain::limits::{DELIVERY_ATTEMPTS_MAX, ENDPOINT_FAILING_MS_MAX};
use domain::subscription::{DisabledReason, Filter, Subscription, Topic};
use domain::{CampaignId, Timestamp};
use store::AttemptRecord;

use super::endpoints::Sent;

/// A subscription, a lead and a version of it.
pub(super) type Told = (u64, u64, u64);

#[derive(Default)]
pub(super) struct Ledger {
    /// With the time of the event.
    pub(super) expected: HashMap<Told, Timestamp>,
    /// Subscriptions that were deleted some time.
    pub(super) deleted: HashSet<u64>,
    /// Deliveries that were dead letters some time: they may be late, and sent again.
    pub(super) was_dead: HashSet<u64>,
    /// How often a crash has swallowed that a delivery was taken.
    pub(super) forgotten: HashMap<u64, usize>,
    /// Tests that were asked for.
    pub(super) tests: usize,
    /// Subscriptions that the deliverer disabled, and when.
    pub(super) disabled: HashMap<(u64, Timestamp), DisabledReason>,
    pub(super) versions: HashMap<u64, u64>,
    campaigns: HashMap<u64, Option<CampaignId>>,
}

impl Ledger {
    /// An event was committed while these subscriptions were there.
    pub(super) fn happened(&mut self, event: &Event, subscriptions: &[Subscription]) {
        let lead = event.lead_id.get();
        let before = self.campaigns.get(&lead).copied().flatten();
        let moved = event
            .changes
            .iter()
            .find(|change| change.field == LeadField::CampaignId);
        let after = match moved {
            Some(change) => change
                .after
                .as_ref()
                .and_then(serde_json::Value::as_u64)
                .and_then(CampaignId::new),
            None => before,
        };
        self.campaigns.insert(lead, after);
        self.versions.insert(lead, event.version);
        for subscription in subscriptions {
            if subscription.health.disabled.is_none()
                && hears(&subscription.filter, event, [before, after])
            {
                let told = (subscription.id.get(), lead, event.version);
                self.expected.insert(told, event.at);
            }
        }
    }

    /// After the dust has settled.
    pub(super) fn settle(&self, sent: &[Sent], log: &[AttemptRecord], dead: &HashSet<Told>) {
        self.nothing_is_lost(sent, dead);
        self.nothing_else_is_sent(sent);
        self.order_is_kept(sent);
        self.nothing_is_taken_twice_for_no_reason(sent);
        self.log_agrees(sent, log);
        self.who_is_disabled_deserves_it(sent, log);
    }

    fn nothing_is_lost(&self, sent: &[Sent], dead: &HashSet<Told>) {
        let accepted: HashSet<Told> = sent
            .iter()
            .filter(|sent| sent.is_accepted)
            .filter_map(Sent::told)
            .collect();
        for told in self.expected.keys() {
            let is_well =
                accepted.contains(told) || dead.contains(told) || self.deleted.contains(&told.0);
            assert!(is_well, "lost: {told:?}");
        }
    }

    fn nothing_else_is_sent(&self, sent: &[Sent]) {
        let mut tests = HashSet::new();
        for sent in sent {
            match sent.told() {
                Some(told) => assert!(
                    self.expected.contains_key(&told),
                    "nobody asked for {told:?}: {sent:?}"
                ),
                None if sent.body.get("test").is_some() => {
                    tests.insert(sent.delivery);
                }
                None => {
                    let about = sent.body["disabled"].as_u64().unwrap();
                    assert_ne!(about, sent.subscription, "nobody is told of itself");
                }
            }
        }
        assert!(tests.len() <= self.tests, "more tests than asked for");
    }

    /// Of a line, first receptions are in the order of versions, except of what was a dead letter.
    fn order_is_kept(&self, sent: &[Sent]) {
        let mut newest: HashMap<(u64, u64), u64> = HashMap::new();
        let mut seen = HashSet::new();
        for sent in sent.iter().filter(|sent| sent.is_accepted) {
            let Some((subscription, lead, version)) = sent.told() else {
                continue;
            };
            if self.was_dead.contains(&sent.delivery) || !seen.insert((subscription, lead, version))
            {
                continue;
            }
            let newest = newest.entry((subscription, lead)).or_default();
            assert!(*newest < version, "overtaken: {sent:?}");
            *newest = version;
        }
    }

    fn nothing_is_taken_twice_for_no_reason(&self, sent: &[Sent]) {
        let mut taken: HashMap<u64, usize> = HashMap::new();
        for sent in sent.iter().filter(|sent| sent.reply.error.is_none()) {
            *taken.entry(sent.delivery).or_default() += 1;
        }
        for (delivery, times) in taken {
            let excused = self.forgotten.get(&delivery).copied().unwrap_or_default();
            let replays = usize::from(self.was_dead.contains(&delivery)) * 100;
            assert!(
                times <= 1 + excused + replays,
                "delivery {delivery} was taken {times} times"
            );
        }
    }

    /// Gone, or nothing that is known to have been taken for days.
    fn who_is_disabled_deserves_it(&self, sent: &[Sent], log: &[AttemptRecord]) {
        for ((subscription, at), reason) in &self.disabled {
            let of_it = sent
                .iter()
                .filter(|sent| sent.subscription == *subscription);
            match reason {
                DisabledReason::Owner => panic!("the deliverer is no owner"),
                DisabledReason::Gone => {
                    let mut before = of_it.filter(|sent| sent.at <= *at);
                    assert!(before.any(|sent| sent.reply.status == Some(410)));
                }
                DisabledReason::Failing => {
                    let since = at.plus_millis(-ENDPOINT_FAILING_MS_MAX);
                    let is_taken = |record: &&AttemptRecord| {
                        record.key.subscription_id.get() == *subscription
                            && record.attempt.error.is_none()
                            && (since..*at).contains(&record.attempt.at)
                    };
                    let taken = log.iter().find(is_taken);
                    assert!(taken.is_none(), "disabled at {at:?} in spite of {taken:?}");
                    let mut failed = of_it.filter(|sent| sent.at <= since);
                    assert!(failed.any(|sent| sent.reply.error.is_some()));
                }
            }
        }
    }

    /// Every logged attempt was made, as logged and once; those of a delivery count from 1, again after each replay.
    fn log_agrees(&self, sent: &[Sent], log: &[AttemptRecord]) {
        let made: HashMap<(u64, Timestamp), &Sent> = sent
            .iter()
            .map(|sent| ((sent.delivery, sent.at), sent))
            .collect();
        let mut last: HashMap<u64, &AttemptRecord> = HashMap::new();
        for record in log {
            let attempt = &record.attempt;
            let delivery = record.key.id;
            let sent = made
                .get(&(delivery, attempt.at))
                .unwrap_or_else(|| panic!("logged, never made: {record:?}"));
            assert_eq!(attempt.error, sent.reply.error, "{record:?}");
            assert_eq!(attempt.status, sent.reply.status, "{record:?}");
            assert_eq!(i64::from(attempt.duration_ms), sent.took_ms, "{record:?}");
            assert_eq!(record.key.subscription_id.get(), sent.subscription);
            assert!((1..=DELIVERY_ATTEMPTS_MAX).contains(&attempt.number));
            let before = last.insert(delivery, record);
            let number_before = before.map_or(0, |before| before.attempt.number);
            let is_replayed = attempt.number == 1 && self.was_dead.contains(&delivery);
            assert!(
                attempt.number == number_before + 1 || is_replayed,
                "{record:?} after {before:?}"
            );
            if let Some(before) = before.filter(|_| attempt.number > 1) {
                let planned = domain::delivery::RETRY_WAIT_SECONDS[number_before as usize - 1];
                let waited = attempt.at.as_millis() - before.attempt.at.as_millis();
                assert!(waited >= planned * 1_000, "too soon: {record:?}");
            }
        }
    }
}

impl Sent {
    pub(super) fn told(&self) -> Option<Told> {
        let (lead, version) = self.event?;
        Some((self.subscription, lead, version))
    }
}

/// Whether the filter lets the event through: the plain reading of it.
fn hears(filter: &Filter, event: &Event, campaigns: [Option<CampaignId>; 2]) -> bool {
    let Filter {
        topics,
        campaigns: wanted,
        fields,
        dialects,
        except_sources,
    } = filter;
    let is_topic = topics.is_empty() || topics.contains(&Topic::Event(event.kind));
    let is_campaign = wanted.is_empty() || campaigns.iter().flatten().any(|id| wanted.contains(id));
    let is_field = fields.is_empty()
        || event
            .changes
            .iter()
            .any(|change| fields.contains(&change.field));
    let is_dialect = dialects.is_empty() || dialects.contains(&event.origin.dialect);
    let is_echo = event
        .origin
        .source
        .as_ref()
        .is_some_and(|source| except_sources.contains(source));
    is_topic && is_campaign && is_field && is_dialect && !is_echo
}

/// Some filter or other.
pub(super) fn filter(dice: &mut super::dice::Dice, campaigns: &[CampaignId]) -> Filter {
    use domain::event::EventKind::{Created, Updated};
    let mut filter = Filter::default();
    match dice.below(8) {
        0 => filter.topics = [Topic::Event(Created)].into(),
        1 => filter.topics = [Topic::Event(Updated), Topic::SubscriptionDisabled].into(),
        2 => filter.campaigns = [*dice.pick(campaigns)].into(),
        3 => filter.fields = [LeadField::FirstName].into(),
        4 => filter.dialects = [Dialect::NlPearl].into(),
        5 => filter.except_sources = ["crm".to_owned()].into(),
        _ => {}
    }
    filter
}
