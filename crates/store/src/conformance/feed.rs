//! The change feed: every event once, in an order that stays.
//!
//! That this holds between servers whose commits overtake each other is tested beside the store that has such.

use std::collections::BTreeMap;

use domain::WorkspaceId;
use domain::event::Event;

use super::World;
use super::world::named;
use crate::FeedPage;

impl World<'_> {
    /// Positions what is committed, and reads on.
    pub(super) async fn feed(&self, after: u64, limit: usize) -> FeedPage {
        self.store.position_events().await.unwrap();
        self.read_feed(after, limit).await
    }

    async fn read_feed(&self, after: u64, limit: usize) -> FeedPage {
        let page = self.store.feed(self.workspace, after, limit).await.unwrap();
        assert!(page.events.len() <= limit);
        let positions: Vec<_> = page.events.iter().map(|(position, _)| *position).collect();
        assert!(positions.is_sorted_by(|a, b| a < b), "{positions:?}");
        assert!(positions.iter().all(|position| *position > after));
        assert!(positions.iter().all(|position| *position <= page.end));
        page
    }

    /// The feeds that have grown, of this world.
    async fn grown(&self) -> Vec<u64> {
        let grown = self.store.position_events().await.unwrap();
        let ours =
            |(workspace, end): (WorkspaceId, u64)| (workspace == self.workspace).then_some(end);
        grown.into_iter().filter_map(ours).collect()
    }
}

/// Batches over several leads in turn; how many events that makes.
async fn live(world: &World<'_>) -> usize {
    let mut leads = Vec::new();
    for _ in 0..3 {
        leads.push(world.new_lead().await.id);
    }
    for n in 0..10_usize {
        world.wait(1);
        let edit = || named(&n.to_string());
        let batch = [leads[n % 3], leads[(n + 1) % 3], leads[n % 3]];
        // The third changes nothing, and is no event.
        let batch = batch.map(|lead| world.update(lead, edit()));
        world.batch(batch.into()).await;
    }
    3 + 20
}

fn assert_in_order(events: &[(u64, Event)]) {
    let mut versions = BTreeMap::new();
    for (_, event) in events {
        let before = versions.insert(event.lead_id, event.version);
        assert_eq!(event.version, before.unwrap_or(0) + 1, "of one lead");
    }
}

pub async fn every_event_comes_once(world: &World<'_>) {
    let count = live(world).await;
    let all = world.feed(0, 1_000).await;
    assert_eq!(all.events.len(), count);
    assert_eq!(all.events.last().unwrap().0, all.end);
    assert_in_order(&all.events);
    for (_, event) in &all.events {
        let history = world.history(event.lead_id, Some(event.version + 1), 1);
        assert_eq!(history.await, std::slice::from_ref(event));
    }
    let (mut paged, mut after) = (Vec::new(), 0);
    loop {
        let page = world.feed(after, 7).await;
        assert_eq!(page.end, all.end);
        let Some((last, _)) = page.events.last() else {
            break;
        };
        after = *last;
        paged.extend(page.events);
    }
    assert_eq!(paged, all.events);
}

pub async fn an_order_stays_as_it_was(world: &World<'_>) {
    live(world).await;
    let before = world.feed(0, 1_000).await;
    live(world).await;
    let after = world.feed(0, 1_000).await;
    assert_eq!(after.events[..before.events.len()], before.events);
    assert_eq!(after.events.len(), 2 * before.events.len());
    let news = world.feed(before.end, 1_000).await;
    assert_eq!(news.events, after.events[before.events.len()..]);
    assert_in_order(&after.events);
}

pub async fn an_end_is_an_end(world: &World<'_>) {
    let nothing = world.feed(0, 10).await;
    assert_eq!((nothing.events, nothing.end), (Vec::new(), 0));
    live(world).await;
    let end = world.feed(0, 1).await.end;
    // Also for one who is ahead of it: he is told where it is.
    for after in [end, end + 1, u64::MAX] {
        let page = world.feed(after, 10).await;
        assert_eq!((page.events, page.end), (Vec::new(), end));
    }
    let none = world.feed(0, 0).await;
    assert_eq!((none.events, none.end), (Vec::new(), end));
}

pub async fn workspaces_have_feeds_of_their_own(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let mut batches = 0;
    for n in 0..5 {
        let (a, b) = (world.new_lead().await.id, theirs.new_lead().await.id);
        let both = vec![
            theirs.update(b, named(&n.to_string())),
            world.update(a, named(&n.to_string())),
        ];
        // A store may want batches of one workspace only.
        if world.store.batching().is_per_workspace {
            for command in both {
                world.batch_of_many(vec![command]).await;
            }
        } else {
            world.batch_of_many(both).await;
        }
        batches += 1;
    }
    for world in [world, &theirs] {
        let page = world.feed(0, 1_000).await;
        assert_eq!(page.events.len(), 2 * batches);
        let is_ours = |(_, event): &(u64, Event)| event.workspace_id == world.workspace;
        assert!(page.events.iter().all(is_ours));
        assert_in_order(&page.events);
    }
    theirs.check_histories().await;
}

pub async fn a_quiet_feed_is_found_among_busy_ones(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let (quiet, busy) = (world.new_lead().await.id, theirs.new_lead().await.id);
    for n in 0..7 {
        for m in 0..3 {
            let name = |k: u8| named(&format!("{n} {m} {k}"));
            let batch = (0..50).map(|k| theirs.update(busy, name(k)));
            theirs.batch(batch.collect()).await;
        }
        world.done(world.update(quiet, named(&n.to_string()))).await;
    }
    let all = world.feed(0, 1_000).await;
    let versions: Vec<_> = all.events.iter().map(|(_, event)| event.version).collect();
    assert_eq!(versions, (1..=8).collect::<Vec<_>>());
    for (n, (position, _)) in all.events.iter().enumerate() {
        let after = world.feed(*position, 2).await;
        let expected = &all.events[n + 1..];
        assert_eq!(after.events, expected[..expected.len().min(2)]);
        assert_eq!(after.end, all.end);
    }
    assert_eq!(theirs.feed(0, 10_000).await.events.len(), 1 + 7 * 150);
    theirs.check_histories().await;
}

pub async fn a_feed_that_has_grown_is_named(world: &World<'_>) {
    let theirs = world.neighbour().await;
    assert!(world.grown().await.is_empty());
    let lead = world.new_lead().await.id;
    let grown = world.grown().await;
    assert_eq!(grown, [world.read_feed(0, 10).await.end]);
    assert!(world.grown().await.is_empty(), "once");
    // What changes nothing makes nothing grow, nor does what is refused.
    world.done(world.update(lead, named("x"))).await;
    world.grown().await;
    world.done(world.update(lead, named("x"))).await;
    let nobody = world.lead_id().await;
    assert!(world.run(world.update(nobody, named("x"))).await.is_err());
    assert!(world.grown().await.is_empty());
    theirs.new_lead().await;
    let grown = world.store.position_events().await.unwrap();
    assert_eq!(
        grown,
        [(theirs.workspace, theirs.read_feed(0, 10).await.end)]
    );
    assert_eq!(world.feed(0, 10).await.events.len(), 2);
    theirs.check_histories().await;
}
