//! What another workspace has does not exist.

use domain::LeadId;
use domain::command::{Hold, LeadRef, VendorId};
use domain::custom_field::FieldType;
use domain::edit::{Change, CustomFieldEdit, Edit, SetEdit};
use domain::event::Dialect;
use domain::fault::Rejection;
use domain::guard::{Guard, OnActiveCall};

use super::World;
use super::world::named;
use crate::CampaignRef;

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
