//! Who hears what, as tables: each part of a filter by itself, and together.

use serde_json::json;

use super::*;
use crate::event::{Actor, EventKind, FieldChange};
use crate::ids::{LeadId, WorkspaceId};
use crate::time::Timestamp;

fn campaign(number: u64) -> CampaignId {
    CampaignId::new(number).unwrap()
}

fn origin(dialect: Dialect, source: Option<&str>) -> Origin {
    Origin {
        actor: Actor::System,
        dialect,
        request_id: String::new(),
        on_behalf_of: None,
        source: source.map(str::to_owned),
    }
}

fn event(kind: EventKind, fields: &[LeadField]) -> Event {
    let change = |field: &LeadField| FieldChange {
        field: *field,
        key: None,
        before: None,
        after: Some(json!(9)),
    };
    Event {
        workspace_id: WorkspaceId::new(1).unwrap(),
        lead_id: LeadId::new(1).unwrap(),
        version: 2,
        kind,
        at: Timestamp::from_millis(0).unwrap(),
        origin: origin(Dialect::Leadbook, None),
        changes: fields.iter().map(change).collect(),
    }
}

fn updated() -> Event {
    event(EventKind::Updated, &[LeadField::Name, LeadField::Email])
}

/// The subscriptions of these filters, numbered from 1.
fn audience(format: Format, filters: &[Filter]) -> Audience {
    let ids = (1..).map(|number| SubscriptionId::new(number).unwrap());
    Audience::new(ids.zip(filters).map(|(id, filter)| (id, format, filter)))
}

fn numbers(heard: &BTreeSet<SubscriptionId>) -> Vec<u64> {
    heard.iter().map(|id| id.get()).collect()
}

#[test]
fn nobody_hears_nothing() {
    let nobody = Audience::new([]);
    assert!(nobody.is_empty());
    assert!(nobody.of_event(&updated(), Some(campaign(1))).is_empty());
    for filter in [
        Filter::default(),
        Filter {
            campaigns: [campaign(1)].into(),
            ..Filter::default()
        },
    ] {
        assert!(!audience(Format::Standard, &[filter]).is_empty());
    }
}

#[test]
fn a_topic_is_heard_by_who_named_it() {
    let named = Topic::ALL.map(|topic| Filter {
        topics: [topic].into(),
        ..Filter::default()
    });
    let audience = audience(Format::Standard, &named);
    for (number, topic) in (1..).zip(Topic::ALL) {
        let heard = match topic {
            Topic::Event(kind) => audience.of_event(&event(kind, &[LeadField::Name]), None),
            Topic::UpdateFinished => audience.of_result(&origin(Dialect::Leadbook, None), None),
            // Not about a lead: the worker tells it.
            Topic::SubscriptionDisabled => continue,
        };
        assert_eq!(numbers(&heard), [number], "{}", topic.name());
    }
}

#[test]
fn a_format_hears_what_it_has_words_for() {
    for format in Format::ALL {
        let audience = audience(format, &[Filter::default()]);
        for topic in Topic::ALL {
            let heard = match topic {
                Topic::Event(kind) => audience.of_event(&event(kind, &[]), None),
                Topic::UpdateFinished => audience.of_result(&origin(Dialect::Leadbook, None), None),
                Topic::SubscriptionDisabled => continue,
            };
            let is_spoken = format.topics().contains(&topic);
            assert_eq!(!heard.is_empty(), is_spoken, "{format:?} {}", topic.name());
        }
    }
    // To name another one does not give it the words.
    let calls = Filter {
        topics: [Topic::Event(EventKind::CallEnded)].into(),
        ..Filter::default()
    };
    let deaf = audience(Format::JourneyBee, &[calls]);
    let ended = event(EventKind::CallEnded, &[LeadField::LastCall]);
    assert!(deaf.of_event(&ended, None).is_empty());
}

#[test]
fn a_field_is_heard_by_who_named_it() {
    let named = LeadField::ALL.map(|field| Filter {
        fields: [field].into(),
        ..Filter::default()
    });
    let audience = audience(Format::Standard, &named);
    for (number, field) in (1..).zip(LeadField::ALL) {
        let heard = audience.of_event(&event(EventKind::Updated, &[field]), None);
        assert_eq!(numbers(&heard), [number], "{}", field.name());
    }
    let none = event(EventKind::DeferredRefused, &[]);
    assert!(audience.of_event(&none, None).is_empty());
    let all = audience.of_result(&origin(Dialect::Leadbook, None), None);
    assert_eq!(all.len(), LeadField::ALL.len(), "a result has no fields");
}

#[test]
fn a_dialect_is_heard_by_who_named_it() {
    let named = Dialect::ALL.map(|dialect| Filter {
        dialects: [dialect].into(),
        ..Filter::default()
    });
    let audience = audience(Format::Standard, &named);
    for (number, dialect) in (1..).zip(Dialect::ALL) {
        let mut event = updated();
        event.origin.dialect = dialect;
        assert_eq!(numbers(&audience.of_event(&event, None)), [number]);
        let heard = audience.of_result(&event.origin, None);
        assert_eq!(numbers(&heard), [number]);
    }
}

#[test]
fn a_campaign_is_heard_by_who_named_it() {
    let of = |campaigns: &[u64]| Filter {
        campaigns: campaigns.iter().map(|number| campaign(*number)).collect(),
        ..Filter::default()
    };
    let audience = audience(
        Format::Standard,
        &[of(&[1]), of(&[2]), of(&[1, 2]), of(&[]), of(&[3])],
    );
    let moved = |from: Option<u64>| {
        let mut event = updated();
        event.changes.push(FieldChange {
            field: LeadField::CampaignId,
            key: None,
            before: from.map(|number| json!(number)),
            after: None,
        });
        event
    };
    for (event, now, expected) in [
        (updated(), Some(1), vec![1, 3, 4]),
        (updated(), None, vec![4]),
        // Each once, also who named both.
        (moved(Some(1)), Some(2), vec![1, 2, 3, 4]),
        (moved(Some(2)), None, vec![2, 3, 4]),
        (moved(None), Some(3), vec![4, 5]),
        (moved(Some(7)), Some(8), vec![4]),
    ] {
        let heard = audience.of_event(&event, now.map(campaign));
        assert_eq!(numbers(&heard), expected, "{event:?} {now:?}");
    }
    let of_result = audience.of_result(&origin(Dialect::Leadbook, None), Some(campaign(2)));
    assert_eq!(numbers(&of_result), [2, 3, 4]);
}

#[test]
fn a_source_is_not_heard_by_who_left_it_out() {
    let but = |sources: &[&str]| Filter {
        except_sources: sources.iter().map(|source| (*source).to_owned()).collect(),
        ..Filter::default()
    };
    let audience = audience(
        Format::Standard,
        &[but(&["crm"]), but(&["crm", "erp"]), but(&[])],
    );
    for (source, expected) in [
        (None, vec![1, 2, 3]),
        (Some("crm"), vec![3]),
        (Some("erp"), vec![1, 3]),
        (Some(""), vec![1, 2, 3]),
    ] {
        let origin = origin(Dialect::Leadbook, source);
        let heard = audience.of_result(&origin, None);
        assert_eq!(numbers(&heard), expected, "{source:?}");
        let event = Event {
            origin,
            ..updated()
        };
        assert_eq!(numbers(&audience.of_event(&event, None)), expected);
    }
}

#[test]
fn every_part_must_agree() {
    let whole = Filter {
        topics: [Topic::Event(EventKind::Updated)].into(),
        campaigns: [campaign(1)].into(),
        fields: [LeadField::Email].into(),
        dialects: [Dialect::Leadbook].into(),
        except_sources: ["crm".to_owned()].into(),
    };
    // The same filter twice is one entry, and both hear.
    let audience = audience(Format::Standard, &[whole.clone(), whole]);
    let here = Some(campaign(1));
    assert_eq!(numbers(&audience.of_event(&updated(), here)), [1, 2]);
    let created = event(EventKind::Created, &[LeadField::Email]);
    let renamed = event(EventKind::Updated, &[LeadField::Name]);
    let with_origin = |origin| Event {
        origin,
        ..updated()
    };
    for (event, campaign) in [
        (updated(), Some(campaign(2))),
        (updated(), None),
        (created, here),
        (renamed, here),
        (with_origin(origin(Dialect::UserVox, None)), here),
        (with_origin(origin(Dialect::Leadbook, Some("crm"))), here),
    ] {
        let heard = audience.of_event(&event, campaign);
        assert!(heard.is_empty(), "{event:?}");
    }
}
