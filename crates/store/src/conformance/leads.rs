//! Which lead a reference names, and how the store keeps finding it.

use domain::command::{Action, LeadRef, NewLead, VendorId};
use domain::edit::{Change, Edit};
use domain::event::Dialect;
use domain::fault::Rejection;
use domain::guard::Guard;
use domain::{CampaignId, Lead, LeadId};

use super::World;
use super::world::named;
use crate::CampaignRef;

fn vendor(text: &str, number: Option<u64>, created_at_seconds: Option<i64>) -> VendorId {
    VendorId {
        dialect: Dialect::DialNexa,
        text: text.to_owned(),
        number,
        created_at_seconds,
    }
}

async fn imported(world: &World<'_>, dialect: Dialect, text: &str) -> LeadId {
    let id = world.lead_id().await;
    let new = NewLead {
        id,
        edit: Edit::default(),
        unique: Vec::new(),
        vendor_id: Some((dialect, text.to_owned())),
        contacts: Vec::new(),
        is_repeatable: false,
    };
    world
        .done(world.command(Action::Create(Box::new(new))))
        .await;
    id
}

pub async fn an_imported_id_wins_over_the_number(world: &World<'_>) {
    let numbered = world.new_lead().await.id;
    let old = imported(world, Dialect::DialNexa, "lead_17").await;
    let find = async |id| {
        let found = world.find_ref(LeadRef::Vendor(id)).await;
        found.map(|lead| lead.id)
    };
    let number = Some(numbered.get());
    assert_eq!(find(vendor("lead_17", number, None)).await, Some(old));
    assert_eq!(find(vendor("lead_18", number, None)).await, Some(numbered));
    assert_eq!(find(vendor("lead_18", None, None)).await, None);
    let other_words = VendorId {
        dialect: Dialect::UserVox,
        ..vendor("lead_17", number, None)
    };
    assert_eq!(find(other_words).await, Some(numbered));
    // Imported again, the newest counts, and the batch it came in is none the worse.
    let newer = imported(world, Dialect::DialNexa, "lead_17").await;
    assert_eq!(find(vendor("lead_17", number, None)).await, Some(newer));
    // Commands find it the same way.
    let reference = LeadRef::Vendor(vendor("lead_17", number, None));
    let command = world.update_ref(reference, named("found"), Guard::default());
    assert_eq!(world.done(command).await.lead.id, newer);
}

pub async fn a_wrong_time_part_is_another_id(world: &World<'_>) {
    let lead = world.new_lead().await;
    let seconds = lead.created_at.as_seconds();
    for (claimed, expected) in [
        (Some(seconds), Some(lead.id)),
        (Some(seconds + 1), None),
        (None, Some(lead.id)),
    ] {
        let reference = LeadRef::Vendor(vendor("x", Some(lead.id.get()), claimed));
        let found = world.find_ref(reference.clone()).await;
        assert_eq!(found.map(|lead| lead.id), expected, "{claimed:?}");
        let outcome = world
            .run(world.update_ref(reference, named("x"), Guard::default()))
            .await;
        assert_eq!(outcome.is_ok(), expected.is_some(), "{claimed:?}");
    }
}

fn external(campaign: CampaignId, text: &str) -> LeadRef {
    LeadRef::External {
        campaign,
        external_id: text.to_owned(),
    }
}

async fn with_external_id(world: &World<'_>, campaign: CampaignId, text: &str) -> Lead {
    let edit = Edit {
        campaign: Change::Set(campaign),
        external_id: Change::Set(text.to_owned()),
        ..Edit::default()
    };
    world.new_lead_with(edit).await
}

pub async fn the_newest_of_an_external_id(world: &World<'_>) {
    // Numbers are reserved in blocks, so that the older lead may have the higher one.
    let low = world.lead_id().await;
    let older = with_external_id(world, world.campaign, "A-1").await;
    let other = world.new_campaign().await.id;
    with_external_id(world, other, "A-1").await;
    with_external_id(world, world.campaign, "a-1").await;
    let find = async |text: &str| {
        let found = world.find_ref(external(world.campaign, text)).await;
        found.map(|lead| lead.id)
    };
    assert_eq!(find("A-1").await, Some(older.id));
    assert_eq!(find("A-2").await, None);
    world.wait(1);
    let edit = Edit {
        campaign: Change::Set(world.campaign),
        external_id: Change::Set("A-1".to_owned()),
        ..Edit::default()
    };
    world.done(world.create(low, edit)).await;
    assert_eq!(find("A-1").await, Some(low));
    let command = world.update_ref(
        external(world.campaign, "A-1"),
        named("x"),
        Guard::default(),
    );
    assert_eq!(world.done(command).await.lead.id, low);
}

/// Paths and queries can carry one, and not every engine's text can; what is asked beside it is none the worse.
pub async fn a_name_with_a_nul_is_nobodys(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    for nobody in [
        LeadRef::Vendor(vendor("lead_\0", None, None)),
        external(world.campaign, "A\0"),
    ] {
        assert_eq!(world.find_ref(nobody.clone()).await, None);
        let outcomes = world
            .batch(vec![
                world.update(lead, named("before")),
                world.update_ref(nobody, named("nobody"), Guard::default()),
                world.update(lead, named("after")),
            ])
            .await;
        assert_eq!(outcomes[1].as_ref().err(), Some(&Rejection::LeadNotFound));
        assert!(outcomes[0].is_ok() && outcomes[2].is_ok());
    }
    let campaign = CampaignRef::Vendor(vendor("\0", None, None));
    let found = world.store.campaign(world.workspace, &campaign).await;
    assert!(found.unwrap().is_none());
}

pub async fn a_version_must_match(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let at = |version| Guard {
        version: Some(version),
        ..Guard::default()
    };
    world.done(world.guarded(lead, named("1"), at(1))).await;
    // Two that read the same version: one wins.
    let both = vec![
        world.guarded(lead, named("2"), at(2)),
        world.guarded(lead, named("3"), at(2)),
    ];
    let outcomes = world.batch(both).await;
    assert!(outcomes[0].is_ok());
    let refused = outcomes[1].as_ref().err();
    assert_eq!(refused, Some(&Rejection::VersionMismatch { current: 3 }));
    assert_eq!(world.lead(lead).await.name.as_deref(), Some("2"));
}

pub async fn a_lead_moves_between_campaigns(world: &World<'_>) {
    let lead = with_external_id(world, world.campaign, "A-1").await;
    let other = world.new_campaign().await.id;
    let move_to = |campaign| Edit {
        campaign,
        ..Edit::default()
    };
    world
        .done(world.update(lead.id, move_to(Change::Set(other))))
        .await;
    assert_eq!(world.find_ref(external(world.campaign, "A-1")).await, None);
    assert!(world.find_ref(external(other, "A-1")).await.is_some());
    world
        .done(world.update(lead.id, move_to(Change::Clear)))
        .await;
    assert_eq!(world.find_ref(external(other, "A-1")).await, None);
    let nowhere = CampaignId::new(world.id(domain::IdKind::Campaign).await).unwrap();
    let refused = world
        .run(world.update(lead.id, move_to(Change::Set(nowhere))))
        .await;
    assert!(matches!(refused, Err(Rejection::Invalid(_))));
}

/// A lead is found by what it is now, whatever mixture of updates brought it there.
pub async fn indexes_follow_the_lead(world: &World<'_>) {
    let lead = with_external_id(world, world.campaign, "A-1").await;
    let other = world.new_lead().await.id;
    let renamed = Edit {
        external_id: Change::Set("B-1".to_owned()),
        ..Edit::default()
    };
    // In one batch: one lead changes an indexed value and a plain one, the other only a plain one.
    world
        .batch(vec![
            world.update(lead.id, named("before")),
            world.update(lead.id, renamed),
            world.update(lead.id, named("after")),
            world.update(other, named("other")),
        ])
        .await;
    assert_eq!(world.find_ref(external(world.campaign, "A-1")).await, None);
    let found = world.find_ref(external(world.campaign, "B-1")).await;
    assert_eq!(found.unwrap().name.as_deref(), Some("after"));
    let cleared = Edit {
        external_id: Change::Clear,
        ..Edit::default()
    };
    world.done(world.update(lead.id, cleared)).await;
    assert_eq!(world.find_ref(external(world.campaign, "B-1")).await, None);
}
