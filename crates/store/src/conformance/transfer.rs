//! A book that moves to another store is the same book there. Each case takes two empty stores, of one kind or of two.

use std::collections::BTreeMap;

use domain::campaign::Campaign;
use domain::command::{Action, Hold, LeadRef, NewLead, VendorId};
use domain::custom_field::FieldType;
use domain::edit::{Change, Edit};
use domain::event::Dialect;
use domain::listing::{CallFilter, CallPage};
use domain::subscription::{Disabled, DisabledReason, Filter};
use domain::{IdKind, JobId, LeadId, WorkspaceId};

use super::World;
use super::administration::{a_key, full_dialing};
use super::deferred::deferring;
use super::deliveries::{dead, retry, versions};
use super::jobs::whole_edit;
use super::world::{merging, named, with_status};
use super::zoo::contacts;
use crate::transfer::{Record, RecordKind, Transfer};
use crate::{CallList, CampaignRef, DeliveryFilter, Store, StoreError};

/// A store that can do both.
pub trait Book: Store + Transfer {}
impl<T: Store + Transfer> Book for T {}

/// Every record of a store, read in pages, as texts in an order that does not depend on the store. Without the ends of
/// feeds, which are each book's own.
pub async fn records(store: &dyn Transfer, page: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for kind in RecordKind::ALL {
        let before = texts.len();
        for mut record in all(store, kind, page).await.into_iter().flatten() {
            if let Record::Feed(_, end) = &mut record {
                assert!(std::mem::take(end) > 0, "there are events");
            }
            texts.push(format!("{record:#?}"));
        }
        let count = u64::try_from(texts.len() - before).unwrap();
        assert_eq!(store.count(kind).await.unwrap(), count, "{kind:?}");
    }
    texts.sort();
    texts
}

/// Every page of a kind.
async fn all(store: &dyn Transfer, kind: RecordKind, limit: usize) -> Vec<Vec<Record>> {
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = store.export(kind, after, limit).await.unwrap();
        assert!(
            page.records.len() <= limit.max(IdKind::ALL.len()),
            "{kind:?}"
        );
        pages.push(page.records);
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

/// Moves everything, in pages of this size.
pub async fn move_all(source: &dyn Transfer, target: &dyn Transfer, page: usize) {
    target.begin_import().await.unwrap();
    for kind in RecordKind::ALL {
        for records in all(source, kind, page).await {
            target.import(kind, records).await.unwrap();
        }
    }
    target.end_import(&mut |_| ()).await.unwrap();
}

/// What a book has after a while: something of everything, in two workspaces.
pub struct FullBook<'a> {
    pub world: World<'a>,
    pub neighbour: World<'a>,
    imported: VendorId,
    queued: Vec<(LeadId, JobId)>,
    heard: LeadId,
}

impl<'a> FullBook<'a> {
    pub async fn fill(store: &'a dyn Store) -> Self {
        let world = World::new(store).await;
        let neighbour = world.neighbour().await;
        configure(&world).await;
        configure(&neighbour).await;
        let imported = import_lead(&world).await;
        have_calls(&world).await;
        have_calls(&neighbour).await;
        let heard = have_deliveries(&world).await;
        let queued = queue_jobs(&world, &neighbour).await;
        have_new_things(&world).await;
        have_new_things(&neighbour).await;
        Self {
            world,
            neighbour,
            imported,
            queued,
            heard,
        }
    }
}

async fn configure(world: &World<'_>) {
    let store = world.store;
    let (tag, user) = (world.new_tag().await, world.new_user().await);
    let (field, options) = world.new_field(FieldType::MultiSelect, 2).await;
    let edit = whole_edit(world.campaign, tag, user, field, &options);
    let lead = world.new_lead_with(edit).await.id;
    for text in [r#"{"z":1.50,"a":{"y":1,"x":"\u0007'\""}}"#, r#"{"z":null}"#] {
        world.wait(7);
        world.done(world.update(lead, merging(text))).await;
    }
    let (key, hash) = a_key(world).await;
    store.create_key(&key, &hash).await.unwrap();
    let (revoked, hash) = a_key(world).await;
    store.create_key(&revoked, &hash).await.unwrap();
    let gone = store.revoke_key(world.workspace, revoked.id, world.now());
    assert!(gone.await.unwrap());
    let alias =
        store.create_campaign_alias(world.workspace, Dialect::UserVox, "old-id", world.campaign);
    alias.await.unwrap();
}

/// A lead that kept its vendor's id, and others with one external id.
async fn import_lead(world: &World<'_>) -> VendorId {
    let id = VendorId {
        dialect: Dialect::NlPearl,
        text: "65f0a1b2c3d4e5f601234567".to_owned(),
        number: None,
        created_at_seconds: None,
    };
    let new = NewLead {
        id: world.lead_id().await,
        edit: world.callable(),
        unique: Vec::new(),
        vendor_id: Some((id.dialect, id.text.clone())),
        contacts: Vec::new(),
        is_repeatable: false,
    };
    world
        .done(world.command(Action::Create(Box::new(new))))
        .await;
    for _ in 0..2 {
        world.wait(1);
        let edit = Edit {
            external_id: Change::Set("Zoë/17".to_owned()),
            ..world.callable()
        };
        world.new_lead_with(edit).await;
    }
    id
}

/// Calls of every fate: ended, run out, reserved, under way with edits that wait.
async fn have_calls(world: &World<'_>) {
    let [ended, expired, reserved, held] = [
        world.new_lead().await.id,
        world.new_lead().await.id,
        world.new_lead().await.id,
        world.new_lead().await.id,
    ];
    let (call, fence) = world.claimed(ended).await;
    world.done(world.end(ended, call, fence)).await;
    world
        .done(world.update(ended, with_status(domain::status::DialStatus::Retry)))
        .await;
    let (call, _) = world.claimed(expired).await;
    world.wait(60_000);
    world.done(world.expire(expired, call)).await;
    let call = world.call_id().await;
    world
        .done(world.claim(reserved, call, Hold::Reservation))
        .await;
    world.claimed(held).await;
    for edit in [
        named("waits first"),
        merging(r#"{"n":2}"#),
        named("waits last"),
    ] {
        world.done(deferring(world, held, edit)).await;
    }
}

/// Notes, bulks, contacts, a campaign with rules, what was deleted.
async fn have_new_things(world: &World<'_>) {
    let store = world.store;
    let id = world.lead_id().await;
    let new = NewLead {
        id,
        edit: world.callable(),
        unique: Vec::new(),
        vendor_id: None,
        contacts: contacts(world).await,
        is_repeatable: false,
    };
    world
        .done(world.command(Action::Create(Box::new(new))))
        .await;
    let note = world.a_note(id, serde_json::json!({"z": 1.50})).await;
    store.create_note(&note).await.unwrap();
    let campaign = Campaign {
        dialing: full_dialing(),
        agent: Some("agent-7".to_owned()),
        ..world.new_campaign().await
    };
    let campaign = Campaign {
        version: 2,
        ..campaign
    };
    assert!(store.update_campaign(&campaign).await.unwrap());
    let (accepted, staged) = (world.opened().await.id, world.opened().await.id);
    for bulk in [accepted, staged] {
        let chunks = [world.a_chunk(2).await, world.a_chunk(1).await];
        assert!(world.staged(bulk, &chunks).await);
    }
    assert!(world.accepted(accepted).await);
    let gone = world.new_lead().await.id;
    let (call, fence) = world.claimed(gone).await;
    world.done(world.end(gone, call, fence)).await;
    world.done(world.delete(gone)).await;
    let deleted = store.delete_calls(world.workspace, &[call]).await;
    assert_eq!(deleted.unwrap(), 1);
}

/// Results to two subscriptions: one retried, one dead, others in line behind them.
async fn have_deliveries(world: &World<'_>) -> LeadId {
    let (lead, _) = world.heard_lead(2).await;
    for name in ["first", "second", "third"] {
        world.wait(1);
        world.job_done(lead.id, named(name)).await;
    }
    let due = world.due().await;
    world
        .finish(&due[0], retry(world.now().plus_millis(500)))
        .await;
    world.finish(&due[1], dead(world.now())).await;
    lead.id
}

/// Jobs of three leads in turn; ids in another order than the jobs.
async fn queue_jobs(world: &World<'_>, neighbour: &World<'_>) -> Vec<(LeadId, JobId)> {
    let (a, b) = (world.new_lead().await.id, world.new_lead().await.id);
    let mut queued = Vec::new();
    for lead in [b, a, b, a, b] {
        let ids = [world.job_id().await, world.job_id().await];
        for job in [ids[1], ids[0]] {
            let edit = merging(&format!(r#"{{"job":{job}}}"#));
            world.done(world.queue(lead, job, edit)).await;
            queued.push((lead, job));
        }
    }
    let theirs = neighbour.new_lead().await.id;
    let job = neighbour.job_id().await;
    neighbour
        .done(neighbour.queue(theirs, job, named("theirs")))
        .await;
    queued
}

pub async fn everything_is_moved(source: &dyn Book, target: &dyn Book) {
    let full = FullBook::fill(source).await;
    let before = records(source, 1_000).await;
    for kind in RecordKind::ALL {
        let name = kind.name();
        assert!(source.count(kind).await.unwrap() > 0, "there are {name}");
    }
    move_all(source, target, 3).await;
    assert_eq!(records(target, 2).await, before);
    assert_eq!(records(source, 5).await, before, "the source is as it was");
    let now = full.world.now().plus_millis(1_000_000);
    for world in [&full.world, &full.neighbour] {
        let moved = world.on(target);
        moved.check_histories().await;
        let lists = async |store: &dyn Book| {
            let due = store.claim_candidates(world.workspace, world.campaign, now, 1_000);
            let campaign = CampaignRef::Number(world.campaign);
            (
                due.await.unwrap(),
                store.campaign(world.workspace, &campaign).await.unwrap(),
                store.keys(world.workspace).await.unwrap(),
                store.fields(world.workspace).await.unwrap(),
                store.campaigns(world.workspace).await.unwrap(),
                log(store, world.workspace).await,
            )
        };
        assert_eq!(lists(target).await, lists(source).await);
        assert!(!lists(target).await.0.is_empty());
        assert!(lists(target).await.5.total > 3);
    }
    let reference = LeadRef::Vendor(full.imported.clone());
    let imported = full.world.on(target).find_ref(reference).await;
    assert_eq!(imported.unwrap().workspace_id, full.world.workspace);
    let health = async |store: &dyn Book| {
        let health = store.health(now).await.unwrap();
        assert_eq!(health.problems, Vec::<String>::new());
        [
            health.workspaces,
            health.leads,
            health.events,
            health.jobs_waiting,
            health.deliveries_waiting,
            health.deliveries_dead,
            health.subscriptions_failing,
            health.subscriptions_disabled,
            health.expired_claims,
        ]
    };
    assert_eq!(health(target).await, health(source).await);
}

async fn log(store: &dyn Book, workspace: WorkspaceId) -> CallList {
    let page = CallPage {
        is_ascending: true,
        offset: 0,
        limit: 1_000,
    };
    let list = store.calls(workspace, &CallFilter::default(), page).await;
    list.unwrap()
}

/// A bulk that was accepted is made by whoever serves the new book; one that was only staged stays behind.
pub async fn accepted_bulks_are_made_there(source: &dyn Book, target: &dyn Book) {
    let full = FullBook::fill(source).await;
    move_all(source, target, 1).await;
    let world = full.world.on(target);
    let later = world.now().plus_millis(1_000_000);
    let bulks = target.lease_bulks(later, later.plus_millis(1), 100).await;
    let bulks = bulks.unwrap();
    assert_eq!(bulks.len(), 2, "one of each workspace");
    for bulk in bulks {
        assert!(bulk.is_accepted);
        let (mut counts, mut number) = (Vec::new(), 0);
        while let Some(chunk) = target
            .next_chunk(bulk.workspace_id, bulk.id, number)
            .await
            .unwrap()
        {
            number = chunk.number;
            counts.push(chunk.leads.len());
        }
        assert_eq!((counts, number), (vec![2, 1], 2));
    }
}

pub async fn work_goes_on_where_it_stood(source: &dyn Book, target: &dyn Book) {
    let full = FullBook::fill(source).await;
    move_all(source, target, 4).await;
    let (theirs, world) = (&full.world, full.world.on(target));
    // Deliveries: the same ones are due, now and later, with their attempts.
    for millis in [0, 500] {
        theirs.wait(millis);
        world.wait(millis);
        let due = world.due().await;
        assert_eq!(due, theirs.due().await);
        assert!(!due.is_empty());
    }
    for delivery in world.due().await {
        world.delivered(&delivery).await;
        theirs.delivered(&delivery).await;
    }
    assert_eq!(world.due().await, theirs.due().await);
    // Jobs: in the order in which they were accepted.
    let mut queued = full.queued.clone();
    while let Some(head) = world.heads().await.first() {
        let (lead, job) = queued.remove(0);
        // The other lead's head may be older; within a lead the order is the accepted one.
        let mut order = vec![(lead, job)];
        order.append(&mut queued);
        let at = order.iter().position(|(_, job)| *job == head.job_id);
        let (lead, job) = order.remove(at.unwrap());
        assert!(
            order
                .iter()
                .take(at.unwrap())
                .all(|(other, _)| *other != lead)
        );
        queued = order;
        world.done(world.run_job(lead, job)).await;
    }
    assert_eq!(queued, []);
    // Claims: the calls end, and the edits that waited are applied in their order.
    world.wait(60_000);
    let expired = target.expired_claims(world.now(), 1_000).await.unwrap();
    let ours = expired.iter().filter(|c| c.workspace_id == world.workspace);
    let mut names = Vec::new();
    for claim in ours {
        let done = world.done(world.expire(claim.lead_id, claim.call_id)).await;
        names.extend(done.lead.name.clone());
    }
    assert_eq!(names, ["waits last"]);
    assert_eq!(target.count(RecordKind::DeferredEdit).await.unwrap(), 3);
    // And what is new comes behind what was there.
    world.done(world.update(full.heard, named("new"))).await;
    world.job_done(full.heard, named("newer")).await;
    world.check_histories().await;
}

pub async fn who_listens_goes_on_listening(source: &dyn Book, target: &dyn Book) {
    let world = World::new(source).await;
    let lead = world.new_lead().await.id;
    let mut gone = world.subscribed(Filter::default()).await;
    let heard = world.subscribed(Filter::default()).await;
    for name in ["1", "2", "3"] {
        world.done(world.update(lead, named(name))).await;
    }
    // Of the one: a dead letter with others behind it. Of the other: the last ones are given up, so that the highest number
    // of all is a dead letter's.
    for due in world.due().await {
        world.finish(&due, dead(world.now())).await;
    }
    for _ in 0..2 {
        let due = world.due().await;
        let due = due.iter().find(|due| due.key.subscription_id == heard.id);
        world.finish(due.unwrap(), dead(world.now())).await;
    }
    gone.version += 1;
    gone.health.failing_since = Some(world.now());
    gone.health.disabled = Some(Disabled {
        at: world.now(),
        reason: DisabledReason::Owner,
    });
    assert!(source.update_subscription(&gone).await.unwrap());
    move_all(source, target, 2).await;
    let moved = world.on(target);
    for subscription in [&gone, &heard] {
        let found = target.subscription(world.workspace, subscription.id);
        assert_eq!(found.await.unwrap().as_ref(), Some(subscription));
    }
    assert_eq!(moved.letters().await, world.letters().await);
    let highest = moved.letters().await[0].id;
    assert_eq!(versions(&moved.told().await), [(lead, 3), (lead, 4)]);
    moved.done(moved.update(lead, named("new"))).await;
    let due = moved.told().await;
    assert_eq!(due.len(), 1, "the disabled one hears nothing");
    assert_eq!(due[0].key.subscription_id, heard.id);
    assert!(due[0].key.id > highest, "no number is used again");
    assert_eq!(moved.replay(&DeliveryFilter::default(), 100).await, 3);
    let told = moved.told().await;
    let of = |id| -> Vec<_> {
        let of = told.iter().filter(|due| due.key.subscription_id == id);
        of.map(|due| due.news.event().0.version).collect()
    };
    assert_eq!((of(gone.id), of(heard.id)), (vec![], vec![2, 3, 4]));
}

/// Who goes on with a cursor of the old book misses nothing, and hears some again.
pub async fn a_feed_goes_on_behind_its_old_end(source: &dyn Book, target: &dyn Book) {
    let full = FullBook::fill(source).await;
    let worlds = [&full.world, &full.neighbour];
    let before = [
        worlds[0].feed(0, 10_000).await,
        worlds[1].feed(0, 10_000).await,
    ];
    move_all(source, target, 7).await;
    for (world, before) in worlds.into_iter().zip(before) {
        let moved = world.on(target);
        let lead = moved.new_lead().await.id;
        let after = moved.feed(before.end, 10_000).await;
        assert_eq!(after.events.len(), before.events.len() + 1, "all of them");
        assert_eq!(after.events, moved.feed(0, 10_000).await.events);
        assert_eq!(after.events.last().unwrap().1.lead_id, lead);
        let mut versions = BTreeMap::new();
        for (_, event) in &after.events {
            let last = versions.insert(event.lead_id, event.version);
            assert_eq!(last.unwrap_or(0) + 1, event.version, "in order");
        }
        let mut contents = before.events.iter().map(|(_, event)| event);
        let is_there = |event| after.events.iter().any(|(_, other)| other == event);
        assert!(contents.all(is_there));
    }
}

pub async fn no_number_is_given_out_twice(source: &dyn Book, target: &dyn Book) {
    let full = FullBook::fill(source).await;
    move_all(source, target, 1_000).await;
    for kind in IdKind::ALL {
        let theirs = source.reserve_ids(kind, 1).await.unwrap();
        assert_eq!(
            target.reserve_ids(kind, 1).await.unwrap(),
            theirs,
            "{kind:?}"
        );
    }
    let world = full.world.on(target);
    let before = records(target, 1_000).await;
    let (lead, job) = (world.new_lead().await.id, world.job_id().await);
    world
        .done(world.queue(lead, job, named("last in line")))
        .await;
    world.job_done(full.heard, named("one more result")).await;
    world.claimed(lead).await;
    world.done(deferring(&world, lead, named("waits"))).await;
    // Nothing that was there was replaced, nor a number of it used.
    let after = records(target, 1_000).await;
    let is_own = |text: &&String| {
        ["Job(", "DeferredEdit(", "Delivery("]
            .iter()
            .any(|kind| text.starts_with(kind))
    };
    assert!(
        before
            .iter()
            .filter(is_own)
            .all(|text| after.contains(text))
    );
    assert_eq!(world.heads().await.last().unwrap().job_id, job);
}

pub async fn a_long_history_is_moved_in_pages(source: &dyn Book, target: &dyn Book) {
    let world = World::new(source).await;
    let leads = [
        world.new_lead().await.id,
        world.new_lead().await.id,
        world.new_lead().await.id,
    ];
    for n in 0..23 {
        // All of them in turn, so that their chains lie across each other; the second one is long.
        let edit = || merging(&format!(r#"{{"n":{n}}}"#));
        let mut batch = vec![world.update(leads[1], edit())];
        if n % 4 == 0 {
            batch.extend([leads[2], leads[0]].map(|lead| world.update(lead, edit())));
        }
        world.wait(1);
        world.batch(batch).await;
    }
    let before = records(source, 1_000).await;
    for page in [1, 2, 7, 24, 25] {
        assert_eq!(records(source, page).await, before, "in pages of {page}");
    }
    move_all(source, target, 7).await;
    assert_eq!(records(target, 5).await, before);
    let moved = world.on(target);
    moved.check_histories().await;
    moved.done(moved.update(leads[1], named("goes on"))).await;
    let page = moved.history(leads[1], Some(20), 3).await;
    let versions: Vec<_> = page.iter().map(|event| event.version).collect();
    assert_eq!(versions, [19, 18, 17]);
    moved.check_histories().await;
}

pub async fn an_empty_book_is_moved(source: &dyn Book, target: &dyn Book) {
    move_all(source, target, 10).await;
    assert_eq!(records(target, 10).await, Vec::<String>::new());
    let world = World::new(target).await;
    world.new_lead().await;
    world.check_histories().await;
}

pub async fn an_import_is_begun_once(_source: &dyn Book, target: &dyn Book) {
    target.begin_import().await.unwrap();
    let again = target.begin_import().await;
    assert!(
        matches!(again, Err(StoreError::Conflict { .. })),
        "{again:?}"
    );
}
