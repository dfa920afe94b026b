//! One transaction, many commands.

use domain::command::{Effect, Hold};
use domain::edit::Edit;
use domain::fault::Rejection;

use super::World;
use super::world::named;
use crate::StoreError;

pub async fn outcomes_come_in_order(world: &World<'_>) {
    let (a, b) = (world.new_lead().await.id, world.new_lead().await.id);
    let batch = [(a, "1"), (b, "2"), (a, "3"), (b, "4")];
    let commands = batch.map(|(lead, name)| world.update(lead, named(name)));
    let outcomes = world.batch(commands.into()).await;
    for ((lead, name), outcome) in batch.into_iter().zip(outcomes) {
        let after = outcome.unwrap().lead;
        assert_eq!((after.id, after.name.as_deref()), (lead, Some(name)));
    }
}

pub async fn a_refusal_leaves_its_neighbours_alone(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let nobody = world.lead_id().await;
    let too_long = named(&"x".repeat(256));
    let outcomes = world
        .batch(vec![
            world.update(lead, named("first")),
            world.update(nobody, named("nobody")),
            world.update(lead, too_long),
            world.update(lead, named("last")),
        ])
        .await;
    assert!(outcomes[0].is_ok());
    assert_eq!(outcomes[1].as_ref().err(), Some(&Rejection::LeadNotFound));
    assert!(matches!(outcomes[2], Err(Rejection::Invalid(_))));
    assert_eq!(outcomes[3].as_ref().unwrap().lead.version, 3);
    assert_eq!(world.lead(lead).await.name.as_deref(), Some("last"));
}

pub async fn commands_see_earlier_ones_of_their_batch(world: &World<'_>) {
    let (lead, call) = (world.lead_id().await, world.call_id().await);
    let outcomes = world
        .batch(vec![
            world.update(lead, named("too early")),
            world.create(lead, world.callable()),
            world.update(lead, named("there now")),
            world.claim(lead, call, Hold::Attempt),
            world.claim(lead, call, Hold::Attempt),
        ])
        .await;
    let is_ok: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(is_ok, [false, true, true, true, false]);
}

pub async fn a_batch_that_fails_stores_nothing(world: &World<'_>) {
    let lead = world.new_lead().await;
    let new = world.lead_id().await;
    let batch = vec![
        world.update(lead.id, named("never")),
        world.create(new, Edit::default()),
        // The number is another lead's: no decision can know, and the store must not overwrite.
        world.create(lead.id, Edit::default()),
    ];
    let failed = world.store.transact(0, batch, world.now()).await;
    assert!(matches!(failed, Err(StoreError::Conflict { what: "lead" })));
    assert_eq!(world.lead(lead.id).await, lead);
    assert_eq!(world.find(new).await, None);
    assert_eq!(world.history(lead.id, None, 10).await.len(), 1);
    // And the store goes on.
    world.done(world.create(new, Edit::default())).await;
}

pub async fn a_no_op_writes_nothing(world: &World<'_>) {
    let lead = world.new_lead_with(named("Ada")).await;
    world.wait(1_000);
    for edit in [named("Ada"), Edit::default()] {
        let done = world.done(world.update(lead.id, edit)).await;
        assert_eq!(done.effect, Effect::Unchanged);
    }
    assert_eq!(world.lead(lead.id).await, lead);
    assert_eq!(world.history(lead.id, None, 10).await.len(), 1);
}

pub async fn an_empty_batch_is_nothing(world: &World<'_>) {
    assert!(world.batch(Vec::new()).await.is_empty());
}

pub async fn a_whole_life_in_one_batch(world: &World<'_>) {
    let (lead, call) = (world.lead_id().await, world.call_id().await);
    let outcomes = world
        .batch(vec![
            world.create(lead, world.callable()),
            world.claim(lead, call, Hold::Reservation),
            world.start(lead, call, 2),
            world.end(lead, call, 2),
            world.update(lead, named("after")),
        ])
        .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(world.lead(lead).await.version, 5);
    let record = world.store.call(world.workspace, call).await.unwrap();
    assert_eq!(record.unwrap().ended_at, Some(world.now()));
}
