//! Deleted leads: nobody finds them, and what was under way comes to its end.

use domain::campaign::{Campaign, CampaignState};
use domain::command::{Action, Deletion, Effect, LeadRef, NewLead, VendorId};
use domain::edit::{Change, Edit};
use domain::event::{Dialect, EventKind};
use domain::fault::{Rejection, Unique};
use domain::guard::Guard;
use domain::phone::PhoneInput;
use domain::state::JobFailure;
use domain::status::DialStatus;
use domain::{CampaignId, Lead, LeadId};

use super::World;
use super::deferred::deferring;
use super::world::named;
use crate::News;

const PHONE: &str = "+12125550123";

fn by_phone(campaign: CampaignId, e164: &str) -> LeadRef {
    LeadRef::Phone {
        campaign,
        e164: e164.to_owned(),
    }
}

fn by_external_id(campaign: CampaignId, external_id: &str) -> LeadRef {
    LeadRef::External {
        campaign,
        external_id: external_id.to_owned(),
    }
}

fn by_vendor_id(text: &str, number: Option<u64>) -> LeadRef {
    LeadRef::Vendor(VendorId {
        dialect: Dialect::NlPearl,
        text: text.to_owned(),
        number,
        created_at_seconds: None,
    })
}

async fn found(world: &World<'_>, reference: LeadRef) -> Option<LeadId> {
    world.find_ref(reference).await.map(|lead| lead.id)
}

/// Reading and writing name the same lead.
#[track_caller]
fn renaming(world: &World<'_>, reference: LeadRef) -> domain::command::Command {
    world.update_ref(reference, named("found"), Guard::default())
}

async fn with_external_id(world: &World<'_>, text: &str) -> Lead {
    world.wait(1);
    let edit = Edit {
        external_id: Change::Set(text.to_owned()),
        ..world.callable()
    };
    world.new_lead_with(edit).await
}

pub async fn nobody_finds_it(world: &World<'_>) {
    let older = with_external_id(world, "A-1").await.id;
    let lead = with_external_id(world, "A-1").await.id;
    let references = || {
        [
            by_external_id(world.campaign, "A-1"),
            by_phone(world.campaign, PHONE),
        ]
    };
    for reference in references() {
        assert_eq!(found(world, reference).await, Some(lead), "the newest");
    }
    let number = by_vendor_id("x", Some(lead.get()));
    assert_eq!(found(world, number.clone()).await, Some(lead));
    let done = world.done(world.delete(lead)).await;
    assert_eq!(done.lead.deleted_at, Some(world.now()));
    assert_eq!(found(world, number.clone()).await, None);
    let refused = world.run(renaming(world, number)).await;
    assert_eq!(refused.err(), Some(Rejection::LeadNotFound));
    // By its own number it is read, as it was.
    assert_eq!(world.lead(lead).await, *done.lead);
    for reference in references() {
        assert_eq!(found(world, reference.clone()).await, Some(older));
        let done = world.done(renaming(world, reference)).await;
        assert_eq!(done.lead.id, older, "the newest that is left");
    }
    world.done(world.delete(older)).await;
    for reference in references() {
        assert_eq!(found(world, reference.clone()).await, None);
        let refused = world.run(renaming(world, reference)).await;
        assert_eq!(refused.err(), Some(Rejection::LeadNotFound));
    }
    let again = world.run(world.delete(lead)).await;
    assert_eq!(again.err(), Some(Rejection::LeadNotFound));
    let kinds: Vec<_> = world.history(lead, None, 10).await;
    let kinds: Vec<_> = kinds.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Deleted, EventKind::Created]);
}

pub async fn an_imported_one_is_gone_too(world: &World<'_>) {
    let id = world.lead_id().await;
    let new = NewLead {
        id,
        edit: world.callable(),
        unique: Vec::new(),
        vendor_id: Some((Dialect::NlPearl, "old-id".to_owned())),
        contacts: Vec::new(),
        is_repeatable: false,
    };
    world
        .done(world.command(Action::Create(Box::new(new))))
        .await;
    let reference = by_vendor_id("old-id", None);
    assert_eq!(found(world, reference.clone()).await, Some(id));
    let deletion = Deletion {
        lead: reference.clone(),
        in_campaign: Some(world.campaign),
        needs_open_campaign: false,
    };
    let delete = || world.command(Action::Delete(Box::new(deletion.clone())));
    assert_eq!(world.done(delete()).await.lead.id, id);
    assert_eq!(found(world, reference).await, None);
    let again = world.run(delete()).await;
    assert_eq!(again.err(), Some(Rejection::LeadNotFound));
}

/// The phone that finds a lead is the one it has now.
pub async fn a_phone_names_the_newest_that_has_it(world: &World<'_>) {
    let other = world.new_campaign().await.id;
    let theirs = world.neighbour().await;
    theirs.new_lead().await;
    assert_eq!(found(world, by_phone(world.campaign, PHONE)).await, None);
    let first = world.new_lead().await.id;
    world.wait(1);
    let second = world.new_lead().await.id;
    assert_eq!(
        found(world, by_phone(world.campaign, PHONE)).await,
        Some(second)
    );
    let foreign = found(world, by_phone(theirs.campaign, PHONE)).await;
    assert_eq!(foreign, None);
    let phone = |text: &str| Edit {
        phone: Change::Set(PhoneInput::read(text).unwrap()),
        ..Edit::default()
    };
    world
        .done(world.update(second, phone("+493012345678")))
        .await;
    assert_eq!(
        found(world, by_phone(world.campaign, PHONE)).await,
        Some(first)
    );
    let new = by_phone(world.campaign, "+493012345678");
    assert_eq!(found(world, new.clone()).await, Some(second));
    let moving = Edit {
        campaign: Change::Set(other),
        ..Edit::default()
    };
    world.done(world.update(second, moving)).await;
    assert_eq!(found(world, new).await, None);
    let there = by_phone(other, "+493012345678");
    assert_eq!(found(world, there.clone()).await, Some(second));
    assert_eq!(
        world.done(renaming(world, there)).await.lead.id,
        second,
        "also in a batch"
    );
    for nobody in ["", "+", "+1212555012", "\0", "+12125550123\0"] {
        assert_eq!(found(world, by_phone(world.campaign, nobody)).await, None);
    }
}

/// What a deleted lead had may be had again.
pub async fn it_takes_nothing(world: &World<'_>) {
    for unique in [
        Unique::Phone,
        Unique::ExternalId,
        Unique::Email,
        Unique::CalledPhone,
    ] {
        let edit = || Edit {
            external_id: Change::Set("A-1".to_owned()),
            email: Change::Set("ada@example.com".to_owned()),
            ..world.callable()
        };
        let lead = world.new_lead_with(edit()).await.id;
        let (call, fence) = world.claimed(lead).await;
        world.done(world.end(lead, call, fence)).await;
        let create = async || {
            let id = world.lead_id().await;
            world.run(world.create_unique(id, edit(), &[unique])).await
        };
        let refused = create().await.err();
        assert_eq!(refused, Some(Rejection::Duplicate(unique)));
        world.done(world.delete(lead)).await;
        let made = create().await.unwrap().lead.id;
        world.done(world.delete(made)).await;
    }
}

pub async fn a_call_under_way_may_end(world: &World<'_>) {
    let (a, b) = (world.new_lead().await.id, world.new_lead().await.id);
    let (call, fence) = world.claimed(a).await;
    let (expiring, _) = world.claimed(b).await;
    for lead in [a, b] {
        world.done(deferring(world, lead, named("too late"))).await;
        world.done(world.delete(lead)).await;
    }
    let ended = world.done(world.end(a, call, fence)).await.lead;
    assert_eq!(ended.dial_status, DialStatus::Success);
    assert_eq!(ended.name, None, "what waited was dropped");
    let record = world.store.call(world.workspace, call).await.unwrap();
    assert_eq!(record.unwrap().outcome, Some(DialStatus::Success));
    world.wait(60_000);
    let expired = world.store.expired_claims(world.now(), 100).await.unwrap();
    let ours = expired
        .iter()
        .filter(|claim| claim.workspace_id == world.workspace);
    let calls: Vec<_> = ours.map(|claim| (claim.lead_id, claim.call_id)).collect();
    assert_eq!(calls, [(b, expiring)], "a sweep still ends it");
    let swept = world.done(world.expire(b, expiring)).await.lead;
    assert_eq!((&swept.claim, &swept.name), (&None, &None));
    let again = world.done(world.expire(b, expiring)).await;
    assert_eq!(again.effect, Effect::Unchanged);
    // Neither is called again.
    let later = world.now().plus_millis(1_000_000);
    let candidates = world
        .store
        .claim_candidates(world.workspace, world.campaign, later, 10);
    assert_eq!(candidates.await.unwrap(), []);
}

pub async fn a_job_of_it_ends_in_a_result(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    let job = world.job_id().await;
    world.done(world.queue(lead.id, job, named("x"))).await;
    world.done(world.delete(lead.id)).await;
    assert_eq!(world.heads().await.len(), 1);
    let after = world.done(world.run_job(lead.id, job)).await.lead;
    assert_eq!(after.name, None);
    assert_eq!(world.heads().await, []);
    let due = world.due().await;
    let [delivery] = &due[..] else {
        panic!("one result: {due:?}");
    };
    let News::Result(result) = &delivery.news else {
        panic!("no result: {delivery:?}");
    };
    assert_eq!(result.result, Err(JobFailure::Invalid("lead".to_owned())));
}

/// The campaign's state is read in the transaction that deletes.
pub async fn a_campaign_that_is_over_may_keep_it(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let delete = || {
        world.command(Action::Delete(Box::new(Deletion {
            lead: LeadRef::Number(lead),
            in_campaign: Some(world.campaign),
            needs_open_campaign: true,
        })))
    };
    let mut campaign = world.a_campaign(world.campaign);
    for state in [CampaignState::Completed, CampaignState::Paused] {
        campaign = Campaign {
            version: campaign.version + 1,
            state,
            ..campaign
        };
        assert!(world.store.update_campaign(&campaign).await.unwrap());
        let refused = world.run(delete()).await.err();
        let is_over = state.is_over();
        assert_eq!(refused, is_over.then_some(Rejection::CampaignOver));
    }
    assert!(world.lead(lead).await.deleted_at.is_some());
}

/// A lead with further contacts keeps them, in their order, to the byte.
pub async fn contacts_read_back(world: &World<'_>) {
    let contacts = super::zoo::contacts(world).await;
    let id = world.lead_id().await;
    let new = NewLead {
        id,
        edit: world.callable(),
        unique: Vec::new(),
        vendor_id: None,
        contacts: contacts.clone(),
        is_repeatable: false,
    };
    let made = world
        .done(world.command(Action::Create(Box::new(new))))
        .await;
    assert_eq!(made.lead.contacts, contacts);
    world.done(world.update(id, named("x"))).await;
    assert_eq!(world.lead(id).await.contacts, contacts);
    // A contact is no lead.
    for contact in contacts {
        assert_eq!(world.find(contact.id).await, None);
        let e164 = contact.phone.e164();
        assert_eq!(found(world, by_phone(world.campaign, e164)).await, None);
    }
}

/// What may be made twice (a bulk's lead, after a crash) is made once, in one batch or in two.
pub async fn a_repeated_creation_is_one(world: &World<'_>) {
    let id = world.lead_id().await;
    let create = || {
        world.command(Action::Create(Box::new(NewLead {
            id,
            edit: world.callable(),
            unique: Vec::new(),
            vendor_id: None,
            contacts: Vec::new(),
            is_repeatable: true,
        })))
    };
    let outcomes = world.batch(vec![create(), create()]).await;
    let effects = outcomes.iter().map(|done| done.as_ref().unwrap().effect);
    assert_eq!(
        effects.collect::<Vec<_>>(),
        [Effect::Changed, Effect::Unchanged]
    );
    world.done(world.update(id, named("since then"))).await;
    assert_eq!(world.done(create()).await.effect, Effect::Unchanged);
    world.done(world.delete(id)).await;
    let done = world.done(create()).await;
    assert_eq!(done.effect, Effect::Unchanged, "not made again");
    assert_eq!(world.lead(id).await.version, 3);
}
