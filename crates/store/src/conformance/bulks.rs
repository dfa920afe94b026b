//! Bulks: staged, accepted, made chunk by chunk, and taken over from who died.

use domain::bulk::{Bulk, Chunk};
use domain::command::{Action, NewLead};
use domain::edit::{Change, Edit};
use domain::event::{Actor, Dialect, Origin};
use domain::fault::Unique;
use domain::object::{Object, ObjectEdit};
use domain::{BulkId, IdKind, KeyId, Timestamp};

use super::World;
use super::administration::assert_conflict;
use super::zoo::contacts;

const LEASE_MS: i64 = 30_000;

impl World<'_> {
    fn lease_end(&self) -> Timestamp {
        self.now().plus_millis(LEASE_MS)
    }

    /// One with something in every part.
    async fn a_bulk(&self) -> Bulk {
        Bulk {
            id: BulkId::new(self.id(IdKind::Bulk).await).unwrap(),
            workspace_id: self.workspace,
            created_at: self.now(),
            origin: Origin {
                actor: Actor::Key(KeyId::new(7).unwrap()),
                dialect: Dialect::NlPearl,
                request_id: "request \"7\"".to_owned(),
                on_behalf_of: Some("Zoë".to_owned()),
                source: Some("crm".to_owned()),
            },
            is_accepted: false,
            leased_until: self.lease_end(),
        }
    }

    pub(super) async fn opened(&self) -> Bulk {
        let bulk = self.a_bulk().await;
        self.store.open_bulk(&bulk).await.unwrap();
        bulk
    }

    /// A chunk of so many new leads.
    pub(super) async fn a_chunk(&self, count: usize) -> Vec<NewLead> {
        let mut leads = Vec::new();
        for _ in 0..count {
            let variables = Object::parse(r#"{"z":1.50,"a":null}"#).unwrap();
            leads.push(NewLead {
                id: self.lead_id().await,
                edit: Edit {
                    variables: ObjectEdit::Merge(variables),
                    name: Change::Set("Zoë's \u{1f4de}".to_owned()),
                    ..self.callable()
                },
                unique: vec![Unique::ExternalId],
                vendor_id: Some((Dialect::NlPearl, "x".to_owned())),
                contacts: contacts(self).await,
                is_repeatable: true,
            });
        }
        leads
    }

    pub(super) async fn staged(&self, bulk: BulkId, chunks: &[Vec<NewLead>]) -> bool {
        let staged = self
            .store
            .stage_leads(self.workspace, bulk, chunks, self.lease_end());
        staged.await.unwrap()
    }

    pub(super) async fn accepted(&self, bulk: BulkId) -> bool {
        let accepted = self
            .store
            .accept_bulk(self.workspace, bulk, self.lease_end());
        accepted.await.unwrap()
    }

    pub(super) async fn next(&self, bulk: BulkId, after: u32) -> Option<Chunk> {
        let next = self.store.next_chunk(self.workspace, bulk, after).await;
        next.unwrap()
    }

    async fn finished(&self, bulk: BulkId, through: u32) {
        let finished = self
            .store
            .finish_chunks(self.workspace, bulk, through, self.lease_end());
        finished.await.unwrap();
    }

    async fn dropped(&self, bulk: BulkId) {
        self.store.drop_bulk(self.workspace, bulk).await.unwrap();
    }

    /// Bulks of this world whose lease is over, leased anew.
    async fn taken_over(&self, limit: usize) -> Vec<Bulk> {
        let bulks = self.store.lease_bulks(self.now(), self.lease_end(), limit);
        let mut bulks = bulks.await.unwrap();
        bulks.retain(|bulk| bulk.workspace_id == self.workspace);
        bulks
    }

    /// The numbers of the chunks that are left.
    async fn left(&self, bulk: BulkId) -> Vec<u32> {
        let mut numbers = Vec::new();
        while let Some(chunk) = self.next(bulk, numbers.last().copied().unwrap_or(0)).await {
            numbers.push(chunk.number);
        }
        numbers
    }
}

pub async fn chunks_come_in_their_order(world: &World<'_>) {
    let bulk = world.opened().await;
    assert_conflict(&world.store.open_bulk(&bulk).await);
    assert_eq!(world.next(bulk.id, 0).await, None);
    let mut chunks = Vec::new();
    for count in [1, 3, 2, 1, 2] {
        chunks.push(world.a_chunk(count).await);
    }
    assert!(world.staged(bulk.id, &chunks[..2]).await);
    assert!(world.staged(bulk.id, &[]).await);
    assert!(world.staged(bulk.id, &chunks[2..]).await);
    assert!(world.accepted(bulk.id).await);
    assert!(!world.staged(bulk.id, &chunks).await, "it was accepted");
    let (mut number, mut read) = (0, Vec::new());
    while let Some(chunk) = world.next(bulk.id, number).await {
        assert_eq!(chunk.number, number + 1);
        number = chunk.number;
        read.push(chunk.leads);
    }
    // By their text, which shows the order of members and the spelling of numbers too.
    assert_eq!(format!("{read:#?}"), format!("{chunks:#?}"));
    let gone = BulkId::new(world.id(IdKind::Bulk).await).unwrap();
    assert!(!world.staged(gone, &chunks).await);
    assert!(!world.accepted(gone).await);
    assert_eq!(world.next(gone, 0).await, None);
}

pub async fn what_is_made_is_forgotten(world: &World<'_>) {
    let bulk = world.opened().await;
    let mut chunks = Vec::new();
    for _ in 0..4 {
        chunks.push(world.a_chunk(1).await);
    }
    world.staged(bulk.id, &chunks).await;
    world.accepted(bulk.id).await;
    assert_eq!(world.left(bulk.id).await, [1, 2, 3, 4]);
    world.finished(bulk.id, 2).await;
    assert_eq!(world.left(bulk.id).await, [3, 4]);
    world.finished(bulk.id, 2).await;
    assert_eq!(world.left(bulk.id).await, [3, 4]);
    world.finished(bulk.id, 4).await;
    assert_eq!(world.left(bulk.id).await, Vec::<u32>::new());
    world.dropped(bulk.id).await;
    world.dropped(bulk.id).await;
    assert!(!world.accepted(bulk.id).await);
    world.wait(1_000_000);
    assert_eq!(world.taken_over(10).await, []);
}

/// A staged one is dropped with all its chunks; an accepted one only when all of it is made.
pub async fn what_was_accepted_is_not_dropped(world: &World<'_>) {
    let (staged, accepted) = (world.opened().await, world.opened().await);
    for bulk in [&staged, &accepted] {
        let chunks = [world.a_chunk(1).await, world.a_chunk(1).await];
        assert!(world.staged(bulk.id, &chunks).await);
    }
    assert!(world.accepted(accepted.id).await);
    for bulk in [&staged, &accepted] {
        world.dropped(bulk.id).await;
    }
    assert_eq!(world.left(staged.id).await, Vec::<u32>::new());
    let chunks = [world.a_chunk(1).await];
    assert!(!world.staged(staged.id, &chunks).await);
    assert!(!world.accepted(staged.id).await);
    assert_eq!(world.left(accepted.id).await, [1, 2]);
    world.finished(accepted.id, 2).await;
    world.dropped(accepted.id).await;
    world.wait(1_000_000);
    assert_eq!(world.taken_over(10).await, []);
}

pub async fn a_dead_ones_bulk_is_taken_over(world: &World<'_>) {
    let bulk = world.opened().await;
    assert_eq!(world.taken_over(10).await, []);
    world.wait(LEASE_MS - 1);
    assert_eq!(world.taken_over(10).await, []);
    // Every step renews the lease.
    let chunks = [world.a_chunk(1).await, world.a_chunk(1).await];
    assert!(world.staged(bulk.id, &chunks).await);
    world.wait(LEASE_MS - 1);
    assert_eq!(world.taken_over(10).await, []);
    assert!(world.accepted(bulk.id).await);
    world.wait(LEASE_MS - 1);
    world.finished(bulk.id, 1).await;
    world.wait(LEASE_MS - 1);
    assert_eq!(world.taken_over(10).await, []);
    world.wait(1);
    let expected = Bulk {
        is_accepted: true,
        leased_until: world.lease_end(),
        ..bulk.clone()
    };
    assert_eq!(world.taken_over(10).await, [expected]);
    // To one of them only.
    assert_eq!(world.taken_over(10).await, []);
    assert_eq!(world.left(bulk.id).await, [2]);
    world.wait(LEASE_MS);
    assert_eq!(world.taken_over(10).await.len(), 1, "it died, too");
}

pub async fn so_many_are_taken_over_at_once(world: &World<'_>) {
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.opened().await.id);
        world.wait(1);
    }
    let theirs = world.neighbour().await;
    theirs.wait(1_000);
    let foreign = theirs.opened().await;
    world.wait(LEASE_MS);
    let mut taken: Vec<_> = world.taken_over(2).await;
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|bulk| !bulk.is_accepted));
    taken.extend(world.taken_over(2).await);
    let mut found: Vec<_> = taken.iter().map(|bulk| bulk.id).collect();
    found.sort();
    assert_eq!(found, ids);
    // Of any workspace.
    let now = foreign.leased_until;
    let bulks = world.store.lease_bulks(now, now.plus_millis(1), 10).await;
    let bulks = bulks.unwrap();
    assert!(bulks.iter().any(|bulk| bulk.id == foreign.id));
}

pub async fn bulks_stay_inside_the_workspace(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let bulk = theirs.opened().await.id;
    let chunks = [theirs.a_chunk(1).await];
    assert!(!world.staged(bulk, &chunks).await);
    assert!(theirs.staged(bulk, &chunks).await);
    assert!(!world.accepted(bulk).await);
    world.dropped(bulk).await;
    assert!(theirs.accepted(bulk).await);
    world.finished(bulk, 1).await;
    assert_eq!(world.left(bulk).await, Vec::<u32>::new());
    assert_eq!(theirs.left(bulk).await, [1]);
}

/// Made twice, after a crash between the making and the forgetting, nothing is there twice.
pub async fn a_chunk_made_twice_is_made_once(world: &World<'_>) {
    let bulk = world.opened().await;
    let mut leads = world.a_chunk(3).await;
    for (index, lead) in leads.iter_mut().enumerate() {
        lead.vendor_id = Some((Dialect::NlPearl, format!("own-{index}")));
    }
    world.staged(bulk.id, &[leads]).await;
    world.accepted(bulk.id).await;
    let make = async || {
        let chunk = world.next(bulk.id, 0).await.unwrap();
        let creations = chunk.leads.into_iter();
        let creations = creations.map(|lead| world.command(Action::Create(Box::new(lead))));
        let outcomes = world.batch(creations.collect()).await;
        outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap().lead.version)
            .collect::<Vec<_>>()
    };
    assert_eq!(make().await, [1, 1, 1]);
    assert_eq!(make().await, [1, 1, 1]);
    world.finished(bulk.id, 1).await;
    world.dropped(bulk.id).await;
    let all = domain::listing::LeadFilter::default();
    assert_eq!(world.listed(&all, true, 10).await.len(), 3);
}
