//! What an operator sets up, and the numbers of everything.

use domain::campaign::{Campaign, CampaignState, Stage, Transitions, Workspace};
use domain::command::{Scope, VendorId};
use domain::custom_field::{Association, FieldDefinition, FieldOption, FieldType, Tag, User};
use domain::dialing::{CallingHours, Dialing, Weekday};
use domain::event::Dialect;
use domain::object::Object;
use domain::status::StageKind;
use domain::subscription::{Disabled, DisabledReason, Filter, Format, Health};
use domain::time_zone::TimeZone;
use domain::{CampaignId, FieldId, IdKind, KeyId, OptionId, TagId, UserId, WorkspaceId};

use super::World;
use super::world::named;
use crate::{ApiKey, CampaignRef, KeyHash, Permissions, StoreError};

impl World<'_> {
    pub(super) async fn new_tag(&self) -> TagId {
        let tag = Tag {
            id: TagId::new(self.id(IdKind::Tag).await).unwrap(),
            label: "hot".to_owned(),
            association: Association::Lead,
            partner_type: Some("reseller".to_owned()),
            background_color: "#FF0000".to_owned(),
            text_color: "#FFFFFF".to_owned(),
        };
        self.store.create_tag(self.workspace, &tag).await.unwrap();
        tag.id
    }

    pub(super) async fn new_user(&self) -> UserId {
        let user = User {
            id: UserId::new(self.id(IdKind::User).await).unwrap(),
            created_at: self.now(),
            email: "grace@example.com".to_owned(),
            first_name: Some("Grace".to_owned()),
            last_name: None,
        };
        self.store.create_user(self.workspace, &user).await.unwrap();
        user.id
    }

    pub(super) async fn new_field(
        &self,
        field_type: FieldType,
        options: usize,
    ) -> (FieldId, Vec<OptionId>) {
        let mut field = FieldDefinition {
            id: FieldId::new(self.id(IdKind::Field).await).unwrap(),
            label: "Interest".to_owned(),
            field_type,
            association: Association::Lead,
            options: Vec::new(),
            partner_type: Some("reseller".to_owned()),
            is_required: true,
            is_shared: false,
        };
        for _ in 0..options {
            field.options.push(FieldOption {
                id: OptionId::new(self.id(IdKind::Option).await).unwrap(),
                label: "A \"label\"".to_owned(),
            });
        }
        self.store
            .create_field(self.workspace, &field)
            .await
            .unwrap();
        (
            field.id,
            field.options.iter().map(|option| option.id).collect(),
        )
    }
}

pub(super) fn assert_conflict(answer: &crate::Result<()>) {
    assert!(
        matches!(answer, Err(StoreError::Conflict { .. })),
        "{answer:?}"
    );
}

pub async fn a_workspace_reads_back(world: &World<'_>) {
    let store = world.store;
    let id = WorkspaceId::new(world.id(IdKind::Workspace).await).unwrap();
    let workspace = Workspace {
        id,
        name: "Zoë's \u{1f4de}".to_owned(),
        created_at: world.now(),
        default_region: None,
        stages: vec![
            Stage::new("Neu", StageKind::New),
            Stage::new("", StageKind::Lost),
        ],
        blocks_repeats: true,
    };
    assert_eq!(store.workspace(id).await.unwrap(), None);
    store.create_workspace(&workspace).await.unwrap();
    assert_eq!(
        store.workspace(id).await.unwrap().as_ref(),
        Some(&workspace)
    );
    assert_conflict(&store.create_workspace(&workspace).await);
    let all = store.workspaces().await.unwrap();
    assert!(all.contains(&workspace) && all.contains(&world.a_workspace()));
    assert!(all.is_sorted_by_key(|workspace| workspace.id));
}

pub async fn a_campaign_reads_back(world: &World<'_>) {
    let store = world.store;
    let mut campaign = full_campaign(world).await;
    store.create_campaign(&campaign).await.unwrap();
    let find = |id| async move {
        let reference = CampaignRef::Number(id);
        store.campaign(world.workspace, &reference).await.unwrap()
    };
    assert_eq!(find(campaign.id).await.as_ref(), Some(&campaign));
    assert_conflict(&store.create_campaign(&campaign).await);
    campaign.id = CampaignId::new(world.id(IdKind::Campaign).await).unwrap();
    assert_eq!(find(campaign.id).await, None);
    campaign.transitions = Transitions::UntilConverted;
    (campaign.time_zone, campaign.default_region) = (None, None);
    campaign.state = CampaignState::Running;
    (campaign.agent, campaign.dialing) = (None, Dialing::default());
    campaign.settings = Object::default();
    store.create_campaign(&campaign).await.unwrap();
    assert_eq!(find(campaign.id).await, Some(campaign));
}

/// Rules on attempts with something in every part.
pub(super) fn full_dialing() -> Dialing {
    let hours = [(Weekday::Monday, 540, 1020), (Weekday::Sunday, 0, 1440)];
    let hours = hours.map(|(day, start, end)| CallingHours::new(day, start, end).unwrap());
    Dialing {
        attempts_max: Some(3),
        retry_interval_seconds: Some(3600),
        at_once_max: Some(10),
        hours: hours.to_vec(),
    }
}

async fn full_campaign(world: &World<'_>) -> Campaign {
    let moves = [
        ("new", vec!["contacted".to_owned(), "lost".to_owned()]),
        ("lost", Vec::new()),
    ];
    let moves = moves.map(|(from, to)| (from.to_owned(), to));
    Campaign {
        version: 3,
        updated_at: world.now().plus_millis(5),
        state: CampaignState::Paused,
        agent: Some("agent-7".to_owned()),
        dialing: full_dialing(),
        settings: Object::parse(r#"{"webhook":{"b":1.50,"a":null}}"#).unwrap(),
        default_region: Some("DE".to_owned()),
        time_zone: TimeZone::new("Europe/Berlin"),
        transitions: Transitions::Listed(moves.into()),
        dispositions: vec!["z".to_owned(), "a".to_owned()],
        ..world.a_campaign(CampaignId::new(world.id(IdKind::Campaign).await).unwrap())
    }
}

pub async fn tags_users_and_fields_read_back(world: &World<'_>) {
    let (store, workspace) = (world.store, world.workspace);
    let tags = [world.new_tag().await, world.new_tag().await];
    let users = [world.new_user().await, world.new_user().await];
    let (field, options) = world.new_field(FieldType::Select, 3).await;
    let (other, _) = world.new_field(FieldType::Textarea, 0).await;
    let nobody = TagId::new(world.id(IdKind::Tag).await).unwrap();
    // In the order of the ids, each once, whatever the order asked for.
    let asked = [tags[1], nobody, tags[0], tags[1]];
    let found = store.tags(workspace, &asked).await.unwrap();
    assert_eq!(found.iter().map(|tag| tag.id).collect::<Vec<_>>(), tags);
    assert_eq!(found[0].background_color, "#FF0000");
    assert_eq!(found[0].partner_type.as_deref(), Some("reseller"));
    assert_conflict(&store.create_tag(workspace, &found[0]).await);
    let found = store.users(workspace, &[users[1], users[0]]).await.unwrap();
    assert_eq!(found.iter().map(|user| user.id).collect::<Vec<_>>(), users);
    assert_eq!(found[0].first_name.as_deref(), Some("Grace"));
    assert_eq!(found[0].created_at, world.now());
    assert_conflict(&store.create_user(workspace, &found[0]).await);
    let found = store.fields(workspace).await.unwrap();
    let ids: Vec<_> = found.iter().map(|field| field.id).collect();
    assert_eq!(ids, [field, other]);
    let found_options: Vec<_> = found[0].options.iter().map(|option| option.id).collect();
    assert_eq!(found_options, options);
    assert_eq!(found[0].options[0].label, "A \"label\"");
    assert_eq!(found[0].partner_type.as_deref(), Some("reseller"));
    assert!(found[0].is_required && !found[0].is_shared);
    assert_conflict(&store.create_field(workspace, &found[0]).await);
    assert_eq!(store.tags(workspace, &[]).await.unwrap(), []);
}

pub async fn a_campaign_is_found_by_its_alias(world: &World<'_>) {
    let (store, workspace) = (world.store, world.workspace);
    let other = world.new_campaign().await.id;
    let find = async |dialect, text: &str, number| {
        let reference = CampaignRef::Vendor(VendorId {
            dialect,
            text: text.to_owned(),
            number,
            created_at_seconds: None,
        });
        let found = store.campaign(workspace, &reference).await.unwrap();
        found.map(|campaign| campaign.id)
    };
    let number = Some(world.campaign.get());
    let dialect = Dialect::UserVox;
    assert_eq!(find(dialect, "old-id", number).await, Some(world.campaign));
    let alias = |campaign| store.create_campaign_alias(workspace, dialect, "old-id", campaign);
    alias(other).await.unwrap();
    assert_eq!(find(dialect, "old-id", number).await, Some(other));
    assert_eq!(find(Dialect::NlPearl, "old-id", None).await, None);
    assert_conflict(&alias(world.campaign).await);
}

pub async fn a_number_in_vendor_clothes_must_match_the_time(world: &World<'_>) {
    let created = world.now().as_seconds();
    for (claimed, is_found) in [(None, true), (Some(created), true), (Some(0), false)] {
        let reference = CampaignRef::Vendor(VendorId {
            dialect: Dialect::NlPearl,
            text: "x".to_owned(),
            number: Some(world.campaign.get()),
            created_at_seconds: claimed,
        });
        let found = world.store.campaign(world.workspace, &reference).await;
        assert_eq!(found.unwrap().is_some(), is_found, "{claimed:?}");
    }
}

pub(super) async fn a_key(world: &World<'_>) -> (ApiKey, KeyHash) {
    let id = world.id(IdKind::Key).await;
    let mut hash = [0xff; 32];
    hash[..8].copy_from_slice(&id.to_be_bytes());
    let key = ApiKey {
        id: KeyId::new(id).unwrap(),
        workspace_id: world.workspace,
        label: "CRM".to_owned(),
        hint: "lb_1a2b".to_owned(),
        permissions: Permissions {
            read: true,
            write: false,
        },
        dialects: Some(vec![Dialect::UserVox, Dialect::Autocalls]),
        scope: Scope::Campaigns([world.campaign].into()),
        has_bare_lists: true,
        created_at: world.now(),
        revoked_at: None,
    };
    (key, KeyHash(hash))
}

pub async fn keys_read_back(world: &World<'_>) {
    let store = world.store;
    let (mut narrow, hash) = a_key(world).await;
    let (mut wide, other_hash) = a_key(world).await;
    (wide.dialects, wide.scope) = (None, Scope::Workspace);
    wide.has_bare_lists = false;
    wide.permissions.write = true;
    assert_eq!(store.key_by_hash(&hash).await.unwrap(), None);
    store.create_key(&wide, &other_hash).await.unwrap();
    store.create_key(&narrow, &hash).await.unwrap();
    assert_eq!(
        store.key_by_hash(&hash).await.unwrap().as_ref(),
        Some(&narrow)
    );
    let found = store.key_by_hash(&other_hash).await.unwrap();
    assert_eq!(found.as_ref(), Some(&wide));
    let keys = store.keys(world.workspace).await.unwrap();
    assert_eq!(keys, [narrow.clone(), wide.clone()]);
    assert_conflict(&store.create_key(&narrow, &KeyHash([1; 32])).await);
    narrow.id = KeyId::new(world.id(IdKind::Key).await).unwrap();
    assert_conflict(&store.create_key(&narrow, &hash).await);
}

pub async fn a_revoked_key_stays_revoked(world: &World<'_>) {
    let store = world.store;
    let (key, hash) = a_key(world).await;
    store.create_key(&key, &hash).await.unwrap();
    let first = world.wait(10);
    let theirs = world.neighbour().await;
    let revoke = |workspace, at| store.revoke_key(workspace, key.id, at);
    assert!(!revoke(theirs.workspace, first).await.unwrap());
    assert!(revoke(world.workspace, first).await.unwrap());
    assert!(revoke(world.workspace, world.wait(10)).await.unwrap());
    let found = store.key_by_hash(&hash).await.unwrap().unwrap();
    assert_eq!(found.revoked_at, Some(first), "the first time counts");
    let nobody = KeyId::new(world.id(IdKind::Key).await).unwrap();
    let missing = store.revoke_key(world.workspace, nobody, first).await;
    assert!(!missing.unwrap());
}

pub async fn ids_are_handed_out_once(world: &World<'_>) {
    let store = world.store;
    let mut seen = std::collections::BTreeSet::new();
    for count in [1, 1_000, 1, 7] {
        let first = store.reserve_ids(IdKind::Tag, count).await.unwrap();
        assert!(first > 0);
        assert!((first..first + count).all(|id| seen.insert(id)));
    }
    // Each kind counts by itself.
    for kind in IdKind::ALL {
        assert!(store.reserve_ids(kind, 1).await.unwrap() > 0);
    }
}

pub async fn ids_can_start_higher(world: &World<'_>) {
    let store = world.store;
    let next = store.reserve_ids(IdKind::Option, 1).await.unwrap() + 1;
    let high = next + 1_000_000;
    store.start_ids_at(IdKind::Option, high).await.unwrap();
    let first = store.reserve_ids(IdKind::Option, 5).await.unwrap();
    assert!(first >= high);
    store.start_ids_at(IdKind::Option, 1).await.unwrap();
    let after = store.reserve_ids(IdKind::Option, 1).await.unwrap();
    assert!(after >= first + 5, "never back");
}

pub async fn health_counts(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    world.job_done(lead.id, named("x")).await;
    let job = world.job_id().await;
    world.done(world.queue(lead.id, job, named("y"))).await;
    let claimed = world.new_lead().await.id;
    world.claimed(claimed).await;
    let failing = Some(world.now());
    for (failing_since, reason) in [
        (failing, None),
        // No longer failing for anyone, and not Leadbook's doing.
        (failing, Some(DisabledReason::Owner)),
        (failing, Some(DisabledReason::Failing)),
        (None, Some(DisabledReason::Gone)),
    ] {
        let mut subscription = world
            .a_subscription(Format::Standard, Filter::default())
            .await;
        let at = world.now();
        subscription.health = Health {
            failing_since,
            disabled: reason.map(|reason| Disabled { at, reason }),
        };
        let created = world.store.create_subscription(&subscription).await;
        created.unwrap();
    }
    world.wait(60_000);
    let health = world.store.health(world.now()).await.unwrap();
    assert_eq!(health.problems, Vec::<String>::new());
    // At least: other cases may share the store.
    assert!(health.workspaces >= 1 && health.leads >= 2 && health.events >= 4);
    assert!(health.jobs_waiting >= 1 && health.deliveries_waiting >= 1);
    assert!(health.expired_claims >= 1 && health.bytes > 0);
    assert_eq!(health.deliveries_dead, 0);
    assert_eq!(health.subscriptions_failing, 1);
    assert_eq!(health.subscriptions_disabled, 2);
    assert!(health.schema_version >= 1 && !health.description.is_empty());
}
