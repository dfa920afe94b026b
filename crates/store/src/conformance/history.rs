//! What is remembered of a lead's changes.

use domain::event::{Actor, Dialect, EventKind, FieldChange, Origin};
use domain::lead::LeadField;
use domain::{IdKind, KeyId};
use serde_json::json;

use super::World;
use super::world::{merging, named};

pub async fn newest_first_in_pages(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let other = world.new_lead().await.id;
    for n in 0..300 {
        let both = [lead, other].map(|lead| world.update(lead, named(&n.to_string())));
        world.batch(both.into()).await;
    }
    let all = world.history(lead, None, usize::MAX).await;
    let versions: Vec<_> = all.iter().map(|event| event.version).collect();
    assert_eq!(versions, (1..=301).rev().collect::<Vec<_>>());
    assert!(all.iter().all(|event| event.lead_id == lead));
    let mut paged = Vec::new();
    let mut before = None;
    loop {
        let page = world.history(lead, before, 64).await;
        assert!(page.len() <= 64);
        let Some(last) = page.last() else { break };
        before = Some(last.version);
        paged.extend(page);
    }
    assert_eq!(paged, all);
    for (before, limit, expected) in [
        (None, 0, 0),
        (Some(1), 10, 0),
        (Some(2), 10, 1),
        (Some(10_000), 10, 10),
    ] {
        let page = world.history(lead, before, limit).await;
        assert_eq!(page.len(), expected, "before {before:?}, {limit} at most");
    }
}

pub async fn an_event_says_who_and_what(world: &World<'_>) {
    let lead = world.new_lead_with(named("Ada")).await.id;
    world.done(world.update(lead, merging(r#"{"a":1}"#))).await;
    let origin = Origin {
        actor: Actor::Key(KeyId::new(world.id(IdKind::Key).await).unwrap()),
        dialect: Dialect::UserVox,
        request_id: "r-1 \u{1f4de}".to_owned(),
        on_behalf_of: Some("user-7".to_owned()),
        source: Some("crm".to_owned()),
    };
    let mut command = world.update(lead, merging(r#"{"a":null,"b":[1.50]}"#));
    command.origin = origin.clone();
    let at = world.wait(7);
    world.done(command).await;
    let event = world.history(lead, None, 1).await.remove(0);
    assert_eq!(event.workspace_id, world.workspace);
    assert_eq!((event.lead_id, event.version), (lead, 3));
    assert_eq!((event.kind, event.at), (EventKind::Updated, at));
    assert_eq!(event.origin, origin);
    let change = |key: &str, before, after| FieldChange {
        field: LeadField::Variables,
        key: Some(key.to_owned()),
        before,
        after: Some(after),
    };
    let number = serde_json::from_str("[1.50]").unwrap();
    let expected = [
        change("a", Some(json!(1)), json!(null)),
        change("b", None, number),
    ];
    assert_eq!(event.changes, expected);
    let origins = world.history(lead, None, 3).await;
    assert_eq!(origins[2].kind, EventKind::Created);
    assert_eq!(origins[2].origin.actor, Actor::Operator);
}

pub async fn no_lead_no_history(world: &World<'_>) {
    let nobody = world.lead_id().await;
    assert_eq!(world.history(nobody, None, 10).await, []);
}
