//! Campaigns that change: by whom, who sees it, and what becomes of their leads.

use domain::campaign::{Campaign, CampaignState, Stage, Transitions};
use domain::command::Hold;
use domain::dialing::{CallingHours, Dialing, Weekday};
use domain::edit::{Change, Edit};
use domain::fault::{Claimability, Rejection};
use domain::object::Object;
use domain::status::{DialStatus, StageKind};
use domain::time_zone::TimeZone;
use domain::{CampaignId, IdKind, Timestamp, WorkspaceId};

use super::World;
use super::administration::full_dialing;
use crate::CampaignRef;

impl World<'_> {
    async fn campaign_now(&self, id: CampaignId) -> Option<Campaign> {
        let reference = CampaignRef::Number(id);
        let found = self.store.campaign(self.workspace, &reference).await;
        found.unwrap()
    }

    /// Stores the next version of the world's campaign.
    async fn change(&self, change: impl FnOnce(&mut Campaign)) -> Campaign {
        let mut campaign = self.campaign_now(self.campaign).await.unwrap();
        change(&mut campaign);
        campaign.version += 1;
        campaign.updated_at = self.now();
        assert!(self.store.update_campaign(&campaign).await.unwrap());
        campaign
    }
}

pub async fn a_change_reads_back(world: &World<'_>) {
    let alias = domain::command::VendorId {
        dialect: domain::event::Dialect::UserVox,
        text: "old".to_owned(),
        number: None,
        created_at_seconds: None,
    };
    let (store, dialect) = (world.store, alias.dialect);
    let named = store.create_campaign_alias(world.workspace, dialect, "old", world.campaign);
    named.await.unwrap();
    world.wait(1_000);
    let full = Campaign {
        version: 2,
        name: "Zoë's \u{1f4de}".to_owned(),
        updated_at: world.now(),
        state: CampaignState::Draft,
        default_region: Some("DE".to_owned()),
        time_zone: TimeZone::new("Asia/Tokyo"),
        stages: vec![Stage::new("", StageKind::Lost)],
        transitions: Transitions::Listed([(String::new(), vec!["x".to_owned()])].into()),
        dispositions: vec!["no".to_owned()],
        agent: Some("agent".to_owned()),
        dialing: full_dialing(),
        settings: Object::parse(r#"{"z":1.50,"a":{"b":null}}"#).unwrap(),
        ..world.campaign_now(world.campaign).await.unwrap()
    };
    let cleared = Campaign {
        version: 3,
        name: String::new(),
        ..world.a_campaign(world.campaign)
    };
    for campaign in [full, cleared] {
        assert!(store.update_campaign(&campaign).await.unwrap());
        let stored = world.campaign_now(world.campaign).await.unwrap();
        // By its text, which shows the order of members and the spelling of numbers too.
        assert_eq!(format!("{stored:#?}"), format!("{campaign:#?}"));
        let by_alias = CampaignRef::Vendor(alias.clone());
        let found = store.campaign(world.workspace, &by_alias).await.unwrap();
        assert_eq!(found.as_ref(), Some(&campaign));
        assert_eq!(store.campaigns(world.workspace).await.unwrap(), [campaign]);
    }
}

pub async fn a_change_needs_the_version_before(world: &World<'_>) {
    let store = world.store;
    let next = |version, name: &str| Campaign {
        version,
        name: name.to_owned(),
        ..world.a_campaign(world.campaign)
    };
    let update = async |campaign: Campaign| store.update_campaign(&campaign).await.unwrap();
    for (campaign, is_taken) in [
        (next(1, "same"), false),
        (next(3, "skips one"), false),
        (next(2, "first"), true),
        (next(2, "second"), false),
        (next(3, "third"), true),
    ] {
        assert_eq!(update(campaign.clone()).await, is_taken, "{campaign:?}");
    }
    let name = world.campaign_now(world.campaign).await.unwrap().name;
    assert_eq!(name, "third");
    // Nobody's, and another workspace's.
    let nobody = CampaignId::new(world.id(IdKind::Campaign).await).unwrap();
    assert!(
        !update(Campaign {
            id: nobody,
            ..next(2, "x")
        })
        .await
    );
    let theirs = world.neighbour().await;
    let foreign = Campaign {
        workspace_id: theirs.workspace,
        ..next(4, "theirs")
    };
    assert!(!update(foreign).await);
    let after = world.campaign_now(world.campaign).await.unwrap();
    assert_eq!(after.name, "third");
}

pub async fn the_next_batch_sees_a_change(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let claim = async || {
        let call = world.call_id().await;
        world.run(world.claim(lead, call, Hold::Attempt)).await
    };
    let due = async || {
        let (workspace, campaign) = (world.workspace, world.campaign);
        let due = world
            .store
            .claim_candidates(workspace, campaign, world.now(), 10);
        due.await.unwrap()
    };
    for state in CampaignState::ALL.into_iter().rev() {
        if state == CampaignState::Running {
            continue;
        }
        world.change(|campaign| campaign.state = state).await;
        let stopped = Rejection::NotClaimable(Claimability::CampaignNotRunning);
        assert_eq!(claim().await.err(), Some(stopped), "{state:?}");
    }
    world
        .change(|campaign| campaign.state = CampaignState::Running)
        .await;
    assert_eq!(due().await, [lead]);
    let never = CallingHours::new(Weekday::Monday, 0, 1).unwrap();
    world
        .change(|campaign| campaign.dialing.hours = vec![never])
        .await;
    let closed = Rejection::NotClaimable(Claimability::OutsideCallingHours);
    assert_eq!(claim().await.err(), Some(closed));
    world
        .change(|campaign| campaign.dialing = Dialing::default())
        .await;
    claim().await.unwrap();
}

/// Rules are read in the transaction that ends the call, by whoever ends it.
pub async fn rules_count_when_a_call_ends(world: &World<'_>) {
    world
        .change(|campaign| {
            campaign.dialing.attempts_max = Some(2);
            campaign.dialing.retry_interval_seconds = Some(600);
        })
        .await;
    let lead = world.new_lead().await.id;
    let (call, _) = world.claimed(lead).await;
    world.wait(60_000);
    let after = world.done(world.expire(lead, call)).await.lead;
    let next = Some(world.now().plus_millis(600_000));
    assert_eq!(
        (after.dial_status, after.next_attempt_at),
        (DialStatus::Retry, next)
    );
    let due = async |at: Timestamp| {
        let due = world
            .store
            .claim_candidates(world.workspace, world.campaign, at, 10);
        due.await.unwrap()
    };
    assert_eq!(due(world.now()).await, []);
    assert_eq!(due(world.wait(600_000)).await, [lead]);
    let (call, _) = world.claimed(lead).await;
    world.wait(60_000);
    let after = world.done(world.expire(lead, call)).await.lead;
    assert_eq!(
        (after.dial_status, after.next_attempt_at),
        (DialStatus::Unreachable, None)
    );
    assert_eq!(due(world.wait(1_000_000_000)).await, []);
}

pub async fn they_are_listed_by_number(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let mut ids = vec![world.campaign];
    for _ in 0..3 {
        ids.push(world.new_campaign().await.id);
    }
    let listed = async |workspace: WorkspaceId| {
        let campaigns = world.store.campaigns(workspace).await.unwrap();
        campaigns
            .into_iter()
            .map(|campaign| campaign.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(world.workspace).await, ids);
    assert_eq!(listed(theirs.workspace).await, [theirs.campaign]);
    let gone = Campaign {
        version: 2,
        state: CampaignState::Deleted,
        ..world.a_campaign(ids[1])
    };
    assert!(world.store.update_campaign(&gone).await.unwrap());
    ids.remove(1);
    assert_eq!(listed(world.workspace).await, ids);
    // Its number stays its own.
    let found = world.campaign_now(gone.id).await;
    assert_eq!(found, Some(gone.clone()));
    let again = world.store.create_campaign(&gone).await;
    super::administration::assert_conflict(&again);
}

/// A deleted campaign is to be emptied as long as it has leads that are not deleted.
pub async fn a_deleted_one_is_to_be_emptied(world: &World<'_>) {
    let to_empty = async |limit| {
        let campaigns = world.store.campaigns_to_empty(limit).await.unwrap();
        let ours = campaigns
            .into_iter()
            .filter(|(workspace, _)| *workspace == world.workspace);
        ours.map(|(_, campaign)| campaign).collect::<Vec<_>>()
    };
    let other = world.new_campaign().await;
    let (a, b) = (world.new_lead().await.id, world.new_lead().await.id);
    let edit = Edit {
        campaign: Change::Set(other.id),
        ..world.callable()
    };
    let c = world.new_lead_with(edit).await.id;
    assert_eq!(to_empty(10).await, []);
    world
        .change(|campaign| campaign.state = CampaignState::Deleted)
        .await;
    assert_eq!(to_empty(10).await, [world.campaign]);
    world.done(world.delete(a)).await;
    assert_eq!(to_empty(10).await, [world.campaign]);
    let call = world.call_id().await;
    let refused = world.run(world.claim(b, call, Hold::Attempt)).await;
    assert!(refused.is_err(), "no dialer gets what is left");
    let gone = Campaign {
        version: 2,
        state: CampaignState::Deleted,
        ..other
    };
    assert!(world.store.update_campaign(&gone).await.unwrap());
    assert_eq!(to_empty(10).await.len(), 2);
    assert_eq!(world.store.campaigns_to_empty(1).await.unwrap().len(), 1);
    // One moved out, one deleted: nothing is left to do.
    let out = Edit {
        campaign: Change::Clear,
        ..Edit::default()
    };
    world.done(world.update(b, out)).await;
    assert_eq!(to_empty(10).await, [gone.id]);
    world.done(world.delete(c)).await;
    assert_eq!(to_empty(10).await, []);
    // Nor may one come in.
    let into = Edit {
        campaign: Change::Set(world.campaign),
        ..Edit::default()
    };
    let refused = world.run(world.update(b, into)).await;
    assert_eq!(refused.err(), Some(Rejection::CampaignDenied));
    let refused = world
        .run(world.create(world.lead_id().await, world.callable()))
        .await;
    assert_eq!(refused.err(), Some(Rejection::CampaignDenied));
    assert_eq!(to_empty(10).await, []);
}
