//! What is written reads back, and what an earlier version wrote still reads.

use domain::command::NewLead;
use domain::custom_field::{CustomValue, FieldType};
use domain::dialing::{CallingHours, Dialing, Weekday};
use domain::edit::{Change, CustomFieldEdit, Edit, SetEdit, StageEdit, StatusEdit};
use domain::event::{Dialect, EventKind, FieldChange};
use domain::fault::Unique;
use domain::guard::{AttemptGuard, Guard, OnActiveCall};
use domain::lead::{Contact, LeadField};
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::state::{Content, JobFailure, JobResult};
use domain::status::{DialStatus, StageKind};
use domain::subscription::{Auth, Disabled, DisabledReason, Filter, Notice, Sealed, Secret, Topic};
use domain::time_zone::TimeZone;
use domain::{
    CampaignId, FieldId, JobId, Lead, LeadId, OptionId, SubscriptionId, TagId, Timestamp, UserId,
};
use serde_json::{Value, json};

use super::*;

fn full_edit() -> Edit {
    let object = |text: &str| Object::parse(text).unwrap();
    Edit {
        campaign: Change::Set(CampaignId::new(7).unwrap()),
        external_id: Change::Clear,
        phone: Change::Set(PhoneInput::read("+1 (212) 555-0123").unwrap()),
        first_name: Change::Set("clear".to_owned()),
        last_name: Change::Clear,
        name: Change::Set("Ada".to_owned()),
        email: Change::Set("ada@example.com".to_owned()),
        company_name: Change::Leave,
        time_zone: Change::Set(TimeZone::new("Europe/Paris").unwrap()),
        variables: ObjectEdit::Merge(object(r#"{"a":1.00,"b":null}"#)),
        collected: ObjectEdit::Patch(object(r#"{"c":{"d":[]}}"#)),
        custom_fields: vec![CustomFieldEdit {
            field: FieldId::new(5).unwrap(),
            declared_type: Some(FieldType::MultiSelect),
            value: Some(CustomValue::MultiSelect(vec![OptionId::new(3).unwrap()])),
        }],
        notes: Change::Set("n".to_owned()),
        tags: SetEdit::Replace(vec![TagId::new(1).unwrap()]),
        assigned_users: SetEdit::Remove(vec![UserId::new(2).unwrap()]),
        dial_status: Some(StatusEdit {
            to: DialStatus::Completed,
            same_as: vec![DialStatus::Success],
        }),
        stage: StageEdit::Transition {
            to: Some("lost".to_owned()),
            disposition: None,
        },
        disposition: Change::Set("busy".to_owned()),
        next_attempt_at: Change::Set(Timestamp::from_millis(5).unwrap()),
    }
}

#[test]
fn edits_read_back() {
    for edit in [
        Edit::default(),
        full_edit(),
        Edit {
            stage: StageEdit::OfKind(StageKind::Lost),
            ..Edit::default()
        },
        Edit {
            stage: StageEdit::Named("x".to_owned()),
            ..Edit::default()
        },
        Edit {
            phone: Change::Set(PhoneInput::National("212".to_owned())),
            ..Edit::default()
        },
    ] {
        let text = encode_edit(&edit).to_string();
        assert_eq!(
            decode_edit(&serde_json::from_str(&text).unwrap()).as_ref(),
            Some(&edit),
            "{text}"
        );
    }
}

#[test]
fn guards_read_back() {
    for on_active_call in [
        OnActiveCall::Apply,
        OnActiveCall::Reject,
        OnActiveCall::Defer,
    ] {
        for (attempt, version) in [
            (AttemptGuard::Any, None),
            (AttemptGuard::BeforeFirst, Some(3)),
        ] {
            let guard = Guard {
                attempt,
                on_active_call,
                version,
            };
            assert_eq!(decode_guard(&encode_guard(&guard)), Some(guard));
        }
    }
}

#[test]
fn null_and_nothing_stay_apart_in_changes() {
    let change = |before, after| FieldChange {
        field: LeadField::Variables,
        key: Some("a".to_owned()),
        before,
        after,
    };
    let changes = vec![
        change(None, Some(Value::Null)),
        change(Some(json!([1])), None),
    ];
    assert_eq!(decode_changes(&encode_changes(&changes)), Some(changes));
}

#[test]
fn results_read_back() {
    let results = [
        Ok(Object::parse(r#"{"make":"Toyota"}"#).unwrap()),
        Err(JobFailure::CallActive),
        Err(JobFailure::UnknownStage("x".to_owned())),
        Err(JobFailure::TransitionForbidden {
            from: "a".to_owned(),
            to: "b".to_owned(),
        }),
        Err(JobFailure::UnlistedDisposition("d".to_owned())),
        Err(JobFailure::DispositionWithoutDecision),
        Err(JobFailure::Invalid("phone".to_owned())),
    ];
    for result in results {
        let result = JobResult {
            job_id: JobId::new(1).unwrap(),
            accepted_at: Timestamp::from_millis(1).unwrap(),
            finished_at: Timestamp::from_millis(2).unwrap(),
            lead_id: LeadId::new(3).unwrap(),
            lead_created_at: Timestamp::from_millis(0).unwrap(),
            external_id: Some("AB".to_owned()),
            result,
        };
        assert_eq!(decode_result(&encode_result(&result)), Some(result));
    }
}

fn full_filter() -> Filter {
    Filter {
        topics: Topic::ALL.into(),
        campaigns: [CampaignId::new(7).unwrap(), CampaignId::new(9).unwrap()].into(),
        fields: LeadField::ALL.into(),
        dialects: Dialect::ALL.into(),
        except_sources: ["crm".to_owned(), "\"\u{1f4de}".to_owned()].into(),
    }
}

fn read<T>(text: &str, decode: impl Fn(&Value) -> Option<T>) -> Option<T> {
    decode(&serde_json::from_str(text).unwrap())
}

#[test]
fn subscriptions_read_back() {
    for filter in [Filter::default(), full_filter()] {
        assert_eq!(read(&encode_filter(&filter), decode_filter), Some(filter));
    }
    let sealed = |text: &str| Sealed(text.to_owned());
    for auth in [
        Auth::None,
        Auth::Bearer(sealed("v1:abc")),
        Auth::Header {
            name: "X-Key".to_owned(),
            value: sealed(""),
        },
    ] {
        assert_eq!(read(&encode_auth(&auth), decode_auth), Some(auth));
    }
    let secret = |number| Secret {
        number,
        sealed: sealed(&format!("v1:{number}")),
        created_at: Timestamp::from_millis(number.into()).unwrap(),
    };
    for secrets in [vec![], vec![secret(u32::MAX), secret(1)]] {
        assert_eq!(
            read(&encode_secrets(&secrets), decode_secrets),
            Some(secrets)
        );
    }
}

#[test]
fn what_an_earlier_version_wrote_still_reads() {
    let filter = r#"{"topics":["lead.updated","update.finished"],"campaigns":[7],"fields":["name"],
        "dialects":["uservox"],"except_sources":["crm"]}"#;
    let expected = Filter {
        topics: [Topic::Event(EventKind::Updated), Topic::UpdateFinished].into(),
        campaigns: [CampaignId::new(7).unwrap()].into(),
        fields: [LeadField::Name].into(),
        dialects: [Dialect::UserVox].into(),
        except_sources: ["crm".to_owned()].into(),
    };
    assert_eq!(read(filter, decode_filter), Some(expected));
    let bearer = read(r#"{"kind":"bearer","token":"t"}"#, decode_auth);
    assert_eq!(bearer, Some(Auth::Bearer(Sealed("t".to_owned()))));
    let secrets = r#"[{"number":2,"sealed":"s","created_at":5}]"#;
    assert_eq!(read(secrets, decode_secrets).unwrap()[0].number, 2);
    let notice = r#"{"subscription_id":3,"url":"https://example.com/","at":5,"reason":"gone"}"#;
    let content = decode_content("subscription.disabled", Some(notice), None);
    assert!(matches!(content, Some(Content::Notice(_))), "{content:?}");
    for unknown in [
        r#"{"topics":["lead.invented"],"campaigns":[],"fields":[],"dialects":[],"except_sources":[]}"#,
        r#"{"topics":[],"campaigns":[0],"fields":[],"dialects":[],"except_sources":[]}"#,
        r#"{"topics":[]}"#,
    ] {
        assert_eq!(read(unknown, decode_filter), None, "{unknown}");
    }
    assert_eq!(read(r#"{"kind":"basic"}"#, decode_auth), None);
}

#[test]
fn contents_read_back() {
    let notice = |reason| {
        let disabled = Disabled {
            at: Timestamp::from_millis(5).unwrap(),
            reason,
        };
        Content::Notice(Notice {
            subscription_id: SubscriptionId::new(3).unwrap(),
            url: "https://example.com/?a=\"b\"".to_owned(),
            disabled,
        })
    };
    let event = |kind| Content::Event {
        version: 4,
        topic: Topic::Event(kind),
    };
    let mut contents: Vec<_> = EventKind::ALL.map(event).into();
    contents.extend(DisabledReason::ALL.map(notice));
    contents.push(Content::Test);
    for content in contents {
        let version = match content {
            Content::Event { version, .. } => Some(version),
            _ => None,
        };
        let (topic, payload) = encode_content(&content);
        let read = decode_content(topic, payload.as_deref(), version);
        assert_eq!(read, Some(content));
    }
    // Neither an event without its version, nor a result without its text.
    assert_eq!(decode_content("lead.updated", None, None), None);
    assert_eq!(decode_content("update.finished", None, None), None);
    assert_eq!(decode_content("invented", None, None), None);
}

#[test]
fn new_leads_read_back() {
    let contact = Contact {
        id: LeadId::new(8).unwrap(),
        phone: PhoneInput::read("+1 (212) 555-0124")
            .unwrap()
            .resolve(None)
            .unwrap(),
        variables: Object::parse(r#"{"z":1.50,"a":null}"#).unwrap(),
        dial_status: DialStatus::New,
    };
    let full = NewLead {
        id: LeadId::new(7).unwrap(),
        edit: full_edit(),
        unique: Unique::ALL.to_vec(),
        vendor_id: Some((Dialect::NlPearl, "65f0\"a".to_owned())),
        contacts: vec![contact.clone()],
        is_repeatable: true,
    };
    let plain = NewLead {
        id: LeadId::new(9).unwrap(),
        edit: Edit::default(),
        unique: Vec::new(),
        vendor_id: None,
        contacts: Vec::new(),
        is_repeatable: false,
    };
    let leads = vec![full, plain];
    let text = encode_new_leads(&leads);
    let back = read(&text, decode_new_leads).unwrap();
    // By their text, which shows the order of members and the spelling of numbers too.
    assert_eq!(format!("{back:#?}"), format!("{leads:#?}"));
    assert_eq!(
        read(&encode_new_leads(&[]), decode_new_leads),
        Some(Vec::new())
    );
    let lead = Lead::blank(
        LeadId::new(1).unwrap(),
        domain::WorkspaceId::new(1).unwrap(),
        Timestamp::FIRST,
    );
    assert_eq!(decode_contacts(&encode_contacts(&lead)), Some(Vec::new()));
    let lead = Lead {
        contacts: vec![contact],
        ..lead
    };
    let back = decode_contacts(&encode_contacts(&lead)).unwrap();
    assert_eq!(format!("{back:#?}"), format!("{:#?}", lead.contacts));
}

#[test]
fn rules_on_attempts_read_back() {
    let hours = |day, start, end| CallingHours::new(day, start, end).unwrap();
    for dialing in [
        Dialing::default(),
        Dialing {
            attempts_max: Some(3),
            retry_interval_seconds: Some(0),
            at_once_max: Some(u32::MAX),
            hours: vec![
                hours(Weekday::Sunday, 0, 1440),
                hours(Weekday::Monday, 540, 541),
            ],
        },
    ] {
        let text = encode_dialing(&dialing);
        assert_eq!(read(&text, decode_dialing), Some(dialing), "{text}");
    }
    for damaged in [
        "{}",
        r#"{"attempts_max":null,"retry_interval_seconds":null,"at_once_max":null,"hours":[["monday",9,9]]}"#,
        r#"{"attempts_max":-1,"retry_interval_seconds":null,"at_once_max":null,"hours":[]}"#,
    ] {
        assert_eq!(read(damaged, decode_dialing), None, "{damaged}");
    }
}
