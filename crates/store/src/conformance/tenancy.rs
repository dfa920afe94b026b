//! What another workspace has does not exist.

use domain::LeadId;
use domain::command::{Hold, LeadRef, VendorId};
use domain::custom_field::FieldType;
use domain::edit::{Change, CustomFieldEdit, Edit, SetEdit};
use domain::event::Dialect;
use domain::fault::Rejection;
use domain::guard::{Guard, OnActiveCall};
use domain::subscription::{Filter, Subscription};

use super::World;
use super::dead_letters::ALL;
use super::deliveries::{dead, retry, versions};
use super::world::named;
use crate::{AttemptFilter, CampaignRef, DeliveryFilter, DeliveryOutcome};

pub async fn reads_stay_inside_the_workspace(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let edit = Edit {
        external_id: Change::Set("A-1".to_owned()),
        ..theirs.callable()
    };
    let lead = theirs.new_lead_with(edit).await.id;
    let (call, _) = theirs.claimed(lead).await;
    for reference in references(&theirs, lead) {
        assert!(theirs.find_ref(reference.clone()).await.is_some());
        assert_eq!(
            world.find_ref(reference.clone()).await,
            None,
            "{reference:?}"
        );
    }
    assert_eq!(world.history(lead, None, 10).await, []);
    let (store, ours) = (world.store, world.workspace);
    assert_eq!(store.call(ours, call).await.unwrap(), None);
    let campaign = CampaignRef::Number(theirs.campaign);
    assert_eq!(store.campaign(ours, &campaign).await.unwrap(), None);
    let candidates = store.claim_candidates(ours, theirs.campaign, world.now(), 10);
    assert_eq!(candidates.await.unwrap(), []);
    let (tag, user) = (theirs.new_tag().await, theirs.new_user().await);
    theirs.new_field(FieldType::Text, 0).await;
    assert_eq!(store.tags(ours, &[tag]).await.unwrap(), []);
    assert_eq!(store.users(ours, &[user]).await.unwrap(), []);
    assert_eq!(store.fields(ours).await.unwrap(), []);
    assert_eq!(store.keys(ours).await.unwrap(), []);
    theirs.check_histories().await;
}

fn references(theirs: &World<'_>, lead: LeadId) -> [LeadRef; 3] {
    [
        LeadRef::Number(lead),
        LeadRef::Vendor(VendorId {
            dialect: Dialect::NlPearl,
            text: "x".to_owned(),
            number: Some(lead.get()),
            created_at_seconds: None,
        }),
        LeadRef::External {
            campaign: theirs.campaign,
            external_id: "A-1".to_owned(),
        },
    ]
}

pub async fn commands_stay_inside_the_workspace(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let edit = Edit {
        external_id: Change::Set("A-1".to_owned()),
        ..theirs.callable()
    };
    let lead = theirs.new_lead_with(edit).await.id;
    let (call, fence) = theirs.claimed(lead).await;
    let job = theirs.job_id().await;
    theirs.done(theirs.queue(lead, job, named("theirs"))).await;
    let before = theirs.lead(lead).await;
    let mut commands = vec![
        world.claim(lead, world.call_id().await, Hold::Attempt),
        world.start(lead, call, fence),
        world.end(lead, call, fence),
        world.expire(lead, call),
        world.queue(lead, world.job_id().await, named("x")),
        world.run_job(lead, job),
    ];
    let updates = references(&theirs, lead);
    let updates = updates.map(|lead| world.update_ref(lead, named("x"), Guard::default()));
    commands.extend(updates);
    // Theirs in the same batch, so that the lead is there to be mistaken for ours.
    commands.push(theirs.update(lead, Edit::default()));
    let mut outcomes = world.batch_of_many(commands).await;
    assert!(outcomes.pop().unwrap().is_ok());
    for outcome in outcomes {
        assert_eq!(outcome.err(), Some(Rejection::LeadNotFound));
    }
    assert_eq!(theirs.lead(lead).await, before);
    theirs.check_histories().await;
}

pub async fn references_stay_inside_the_workspace(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let (tag, user) = (theirs.new_tag().await, theirs.new_user().await);
    let (field, _) = theirs.new_field(FieldType::Text, 0).await;
    let lead = world.new_lead().await.id;
    let edits = [
        Edit {
            campaign: Change::Set(theirs.campaign),
            ..Edit::default()
        },
        Edit {
            tags: SetEdit::Add(vec![tag]),
            ..Edit::default()
        },
        Edit {
            assigned_users: SetEdit::Add(vec![user]),
            ..Edit::default()
        },
        Edit {
            custom_fields: vec![CustomFieldEdit {
                field,
                declared_type: None,
                value: None,
            }],
            ..Edit::default()
        },
    ];
    for edit in edits {
        let refused = world.run(world.update(lead, edit.clone())).await;
        assert!(matches!(refused, Err(Rejection::Invalid(_))), "{edit:?}");
    }
}

/// Two workspaces name one lead in one batch: what waits for its owner is found, in whichever order they sort.
pub async fn a_stranger_hides_no_waiting_edit(world: &World<'_>) {
    let later = world.neighbour().await;
    for (owner, stranger) in [(world, &later), (&later, world)] {
        let lead = owner.new_lead().await.id;
        let (call, fence) = owner.claimed(lead).await;
        let guard = Guard {
            on_active_call: OnActiveCall::Defer,
            ..Guard::default()
        };
        let edit = owner.guarded(lead, named("waited"), guard);
        owner.done(edit).await;
        let outcomes = world
            .batch_of_many(vec![
                stranger.end(lead, call, fence),
                owner.end(lead, call, fence),
            ])
            .await;
        assert_eq!(outcomes[0].as_ref().err(), Some(&Rejection::LeadNotFound));
        let after = &outcomes[1].as_ref().unwrap().lead;
        assert_eq!(after.name.as_deref(), Some("waited"));
    }
    later.check_histories().await;
}

pub async fn subscriptions_stay_inside_the_workspace(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let subscription = theirs.subscribed(Filter::default()).await;
    let (store, ours) = (world.store, world.workspace);
    let found = store.subscription(ours, subscription.id).await;
    assert_eq!(found.unwrap(), None);
    assert_eq!(store.subscriptions(ours, ALL).await.unwrap(), []);
    assert_eq!(store.count_subscriptions(ours).await.unwrap(), 0);
    let stolen = Subscription {
        workspace_id: ours,
        version: 2,
        ..subscription.clone()
    };
    assert!(!store.update_subscription(&stolen).await.unwrap());
    let gone = store.delete_subscription(ours, subscription.id).await;
    assert!(!gone.unwrap());
    let found = store.subscription(theirs.workspace, subscription.id).await;
    assert_eq!(found.unwrap(), Some(subscription));
    // Nor does it hear of us, in whichever order the workspaces sort.
    let (our_lead, their_lead) = (world.new_lead().await.id, theirs.new_lead().await.id);
    for due in theirs.told().await {
        assert_eq!(due.key.lead_id, Some(their_lead));
    }
    let batch = vec![
        world.update(our_lead, named("ours")),
        theirs.update(their_lead, named("theirs")),
    ];
    world.batch_of_many(batch).await;
    assert_eq!(world.due().await, []);
    assert_eq!(versions(&theirs.due().await), [(their_lead, 2)]);
    theirs.check_histories().await;
}

pub async fn deliveries_stay_inside_the_workspace(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let subscription = theirs.subscribed(Filter::default()).await.id;
    let lead = theirs.new_lead().await.id;
    theirs.done(theirs.update(lead, named("x"))).await;
    let due = theirs.due().await.remove(0);
    theirs.finish(&due, dead(theirs.now())).await;
    let (store, ours) = (world.store, world.workspace);
    for filter in [
        DeliveryFilter::default(),
        DeliveryFilter {
            id: Some(due.key.id),
            subscription: Some(subscription),
            lead: Some(lead),
            ..DeliveryFilter::default()
        },
    ] {
        assert_eq!(store.dead_letters(ours, &filter, ALL).await.unwrap(), []);
        assert_eq!(store.deliveries(ours, &filter, ALL).await.unwrap(), []);
        assert_eq!(world.replay(&filter, 10).await, 0);
    }
    for filter in [
        AttemptFilter::default(),
        AttemptFilter {
            delivery: Some(due.key.id),
            subscription: Some(subscription),
        },
    ] {
        assert_eq!(store.attempts(ours, filter, ALL).await.unwrap(), []);
        let logged = store.attempts(theirs.workspace, filter, ALL).await;
        assert_eq!(logged.unwrap().len(), 1);
    }
    assert_eq!(world.feed(0, 10).await.events, []);
    // With our name on their delivery nothing is recorded.
    let next = theirs.due().await.remove(0);
    let mut stolen = next.clone();
    stolen.key.workspace_id = ours;
    for outcome in [
        DeliveryOutcome::Delivered,
        DeliveryOutcome::Dropped,
        retry(theirs.now()),
        dead(theirs.now()),
    ] {
        world.finish(&stolen, outcome).await;
    }
    assert_eq!(theirs.due().await, [next]);
    assert_eq!(
        store
            .attempts(ours, AttemptFilter::default(), ALL)
            .await
            .unwrap(),
        []
    );
    theirs.check_histories().await;
}
