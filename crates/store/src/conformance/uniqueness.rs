//! Values that a creation asks to be unique.

use domain::command::Command;
use domain::edit::{Change, Edit};
use domain::fault::{Rejection, Unique};
use domain::phone::PhoneInput;
use domain::{CampaignId, LeadId};

use super::World;

fn phone(text: &str) -> Change<PhoneInput> {
    Change::Set(PhoneInput::read(text).unwrap())
}

fn external(campaign: CampaignId, text: &str) -> Edit {
    Edit {
        campaign: Change::Set(campaign),
        external_id: Change::Set(text.to_owned()),
        ..Edit::default()
    }
}

fn email(text: &str) -> Edit {
    Edit {
        email: Change::Set(text.to_owned()),
        ..Edit::default()
    }
}

async fn is_refused(world: &World<'_>, edit: Edit, unique: Unique) -> bool {
    let command = world.create_unique(world.lead_id().await, edit, &[unique]);
    match world.run(command).await {
        Ok(_) => false,
        Err(Rejection::Duplicate(what)) if what == unique => true,
        Err(other) => panic!("{other:?}"),
    }
}

pub async fn a_phone_is_unique_in_its_campaign(world: &World<'_>) {
    world.new_lead().await;
    // Another spelling of the same number.
    let same = Edit {
        phone: phone("+1 (212) 555-0123"),
        ..world.callable()
    };
    assert!(is_refused(world, same, Unique::Phone).await);
    let elsewhere = Edit {
        campaign: Change::Set(world.new_campaign().await.id),
        ..world.callable()
    };
    assert!(!is_refused(world, elsewhere.clone(), Unique::Phone).await);
    assert!(is_refused(world, elsewhere, Unique::Phone).await);
    // Who does not ask may have a second one.
    world.new_lead().await;
    let theirs = world.neighbour().await;
    assert!(!is_refused(&theirs, theirs.callable(), Unique::Phone).await);
}

pub async fn a_called_phone_is_unique_in_its_workspace(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let elsewhere = Edit {
        campaign: Change::Clear,
        ..world.callable()
    };
    assert!(!is_refused(world, elsewhere.clone(), Unique::CalledPhone).await);
    world.claimed(lead).await;
    assert!(is_refused(world, elsewhere, Unique::CalledPhone).await);
    let theirs = world.neighbour().await;
    assert!(!is_refused(&theirs, theirs.callable(), Unique::CalledPhone).await);
}

pub async fn an_external_id_is_unique_in_its_campaign(world: &World<'_>) {
    let edit = external(world.campaign, "A-1");
    assert!(!is_refused(world, edit.clone(), Unique::ExternalId).await);
    assert!(is_refused(world, edit, Unique::ExternalId).await);
    let other_case = external(world.campaign, "a-1");
    assert!(!is_refused(world, other_case, Unique::ExternalId).await);
    let elsewhere = external(world.new_campaign().await.id, "A-1");
    assert!(!is_refused(world, elsewhere, Unique::ExternalId).await);
}

pub async fn an_email_is_unique_in_its_workspace(world: &World<'_>) {
    let edit = email("ada@example.com");
    assert!(!is_refused(world, edit.clone(), Unique::Email).await);
    let in_campaign = Edit {
        campaign: Change::Set(world.campaign),
        ..edit.clone()
    };
    assert!(is_refused(world, in_campaign, Unique::Email).await);
    let theirs = world.neighbour().await;
    assert!(!is_refused(&theirs, edit, Unique::Email).await);
}

pub async fn inside_one_batch_too(world: &World<'_>) {
    let all = [Unique::Phone, Unique::ExternalId, Unique::Email];
    let edit = Edit {
        phone: phone("+12125550199"),
        email: Change::Set("ada@example.com".to_owned()),
        ..external(world.campaign, "A-1")
    };
    let create = |id: LeadId, unique: &[Unique]| -> Command {
        world.create_unique(id, edit.clone(), unique)
    };
    let batch = vec![
        create(world.lead_id().await, &all),
        create(world.lead_id().await, &all[..1]),
        create(world.lead_id().await, &all[1..2]),
        create(world.lead_id().await, &all[2..]),
    ];
    let mut outcomes = world.batch(batch).await.into_iter();
    assert!(outcomes.next().unwrap().is_ok());
    let refused: Vec<_> = outcomes.map(Result::err).collect();
    assert_eq!(
        refused,
        all.map(|unique| Some(Rejection::Duplicate(unique)))
    );
}
