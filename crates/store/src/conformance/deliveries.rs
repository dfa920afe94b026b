//! The outbox: what is told, in order per lead and subscription, and what becomes of it. Dead letters and the log of attempts
//! are in modules of their own.

use domain::command::Hold;
use domain::delivery::HealthChange;
use domain::edit::{Change, Edit};
use domain::event::Event;
use domain::object::{Object, ObjectEdit};
use domain::state::{Content, Delivery, JobResult};
use domain::subscription::{Disabled, DisabledReason, Filter, Notice, Subscription, Topic};
use domain::{JobId, Lead, LeadId, SubscriptionId, Timestamp};

use super::World;
use super::world::{merging, named};
use crate::{
    Attempt, AttemptFilter, DeliveryOutcome, DueDelivery, FinishedDelivery, ListPage, News,
};

impl World<'_> {
    /// The due deliveries of this world. Their leases end at once.
    pub(super) async fn due(&self) -> Vec<DueDelivery> {
        self.due_except(&[]).await
    }

    async fn due_except(&self, except: &[SubscriptionId]) -> Vec<DueDelivery> {
        let all = self
            .store
            .lease_deliveries(self.now(), self.now(), except, 100_000)
            .await;
        let is_ours = |due: &DueDelivery| due.key.workspace_id == self.workspace;
        all.unwrap().into_iter().filter(is_ours).collect()
    }

    /// Leases for so long, this many at most.
    pub(super) async fn leased(&self, millis: i64, limit: usize) -> Vec<DueDelivery> {
        let until = self.now().plus_millis(millis);
        let leased = self.store.lease_deliveries(self.now(), until, &[], limit);
        leased.await.unwrap()
    }

    /// Tells everything that is due until nothing is; what it was, in that order.
    pub(super) async fn told(&self) -> Vec<DueDelivery> {
        let mut told = Vec::new();
        loop {
            let due = self.due().await;
            if due.is_empty() {
                return told;
            }
            for due in due {
                self.delivered(&due).await;
                told.push(due);
            }
        }
    }

    pub(super) async fn finish(&self, due: &DueDelivery, outcome: DeliveryOutcome) {
        let finished = FinishedDelivery {
            key: due.key,
            outcome,
            health: HealthChange::Same,
            attempt: Some(an_attempt(self.now(), due.attempts + 1)),
        };
        self.store.finish_deliveries(&[finished]).await.unwrap();
    }

    pub(super) async fn delivered(&self, due: &DueDelivery) {
        self.finish(due, DeliveryOutcome::Delivered).await;
    }

    /// A lead of a campaign whose results this many subscriptions hear.
    pub(super) async fn heard_lead(&self, subscriptions: usize) -> (Lead, Vec<Subscription>) {
        let campaign = self.new_campaign().await;
        let mut heard = Vec::new();
        for _ in 0..subscriptions {
            heard.push(self.subscribed_to_results(campaign.id).await);
        }
        let edit = Edit {
            campaign: Change::Set(campaign.id),
            external_id: Change::Set("ref-1".to_owned()),
            ..Edit::default()
        };
        (self.new_lead_with(edit).await, heard)
    }
}

/// A delivery that ends without an attempt.
pub(super) fn finished(due: &DueDelivery, outcome: DeliveryOutcome) -> FinishedDelivery {
    FinishedDelivery {
        key: due.key,
        outcome,
        health: HealthChange::Same,
        attempt: None,
    }
}

impl News {
    pub(super) fn event(&self) -> (&Event, &Lead) {
        match self {
            Self::Event { event, lead } => (event, lead),
            other => panic!("no event: {other:?}"),
        }
    }

    pub(super) fn result(&self) -> &JobResult {
        match self {
            Self::Result(result) => result,
            other => panic!("no result: {other:?}"),
        }
    }
}

pub(super) fn an_attempt(at: Timestamp, number: u32) -> Attempt {
    Attempt {
        at,
        number,
        duration_ms: 12,
        status: Some(200),
        error: None,
        answer: Some("{\"ok\":\"\u{1f4de}\"}".to_owned()),
    }
}

pub(super) fn retry(next_attempt_at: Timestamp) -> DeliveryOutcome {
    DeliveryOutcome::Retry {
        next_attempt_at,
        error: "503 from the receiver".to_owned(),
    }
}

pub(super) fn dead(at: Timestamp) -> DeliveryOutcome {
    DeliveryOutcome::Dead {
        at,
        error: "410 Gone".to_owned(),
    }
}

fn jobs(due: &[DueDelivery]) -> Vec<JobId> {
    due.iter().map(|due| due.news.result().job_id).collect()
}

pub async fn a_result_goes_to_every_subscription(world: &World<'_>) {
    let (lead, heard) = world.heard_lead(2).await;
    let job = world.job_done(lead.id, merging(r#"{"a":1.0}"#)).await;
    let due = world.due().await;
    let told: Vec<_> = due
        .iter()
        .map(|due| Subscription::clone(due.subscription.as_ref().unwrap()))
        .collect();
    assert_eq!(told, heard);
    for due in due {
        assert_eq!((due.key.lead_id, due.at), (Some(lead.id), world.now()));
        let result = due.news.result();
        assert_eq!((result.job_id, due.attempts), (job, 0));
        let variables = result.result.as_ref().unwrap();
        assert_eq!(variables.to_text(), r#"{"a":1.0}"#);
    }
    let (deaf, _) = world.heard_lead(0).await;
    world.job_done(deaf.id, named("nobody hears")).await;
    assert_eq!(world.due().await.len(), 2);
}

pub async fn one_at_a_time_per_lead_and_subscription(world: &World<'_>) {
    let (lead, heard) = world.heard_lead(2).await;
    let first = world.job_done(lead.id, named("1")).await;
    let second = world.job_done(lead.id, named("2")).await;
    let due = world.due().await;
    assert_eq!(jobs(&due), [first, first]);
    world.delivered(&due[0]).await;
    // The one hears on while the other still waits.
    let now_due = world.due().await;
    assert_eq!(jobs(&now_due), [first, second]);
    let told = now_due.iter().map(|due| due.key.subscription_id);
    assert_eq!(told.collect::<Vec<_>>(), [heard[1].id, heard[0].id]);
}

pub async fn a_retry_comes_later_and_holds_the_line(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    world.job_done(lead.id, named("1")).await;
    world.job_done(lead.id, named("2")).await;
    let due = world.due().await.remove(0);
    world
        .finish(&due, retry(world.now().plus_millis(100)))
        .await;
    assert_eq!(world.due().await, [], "the second must not overtake");
    world.wait(99);
    assert_eq!(world.due().await, []);
    world.wait(1);
    let again = world.due().await.remove(0);
    assert_eq!((again.key, again.attempts), (due.key, 1));
    assert_eq!(again.news, due.news);
    world.delivered(&again).await;
    assert_eq!(world.due().await.remove(0).attempts, 0);
}

pub async fn a_dead_one_lets_the_next_pass(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    let first = world.job_done(lead.id, named("1")).await;
    let second = world.job_done(lead.id, named("2")).await;
    let due = world.due().await;
    assert_eq!(jobs(&due), [first]);
    world.finish(&due[0], dead(world.now())).await;
    let next = world.due().await;
    assert_eq!(jobs(&next), [second]);
    let health = world.store.health(world.now()).await.unwrap();
    assert!(health.deliveries_dead > 0, "kept: {health:?}");
    world.delivered(&next[0]).await;
    // The next one is first in line although a dead one lies before it.
    let third = world.job_done(lead.id, named("3")).await;
    assert_eq!(jobs(&world.due().await), [third]);
}

pub async fn finishing_twice_does_nothing(world: &World<'_>) {
    let (lead, _) = world.heard_lead(1).await;
    world.job_done(lead.id, named("1")).await;
    let due = world.due().await.remove(0);
    world.delivered(&due).await;
    world.job_done(lead.id, named("2")).await;
    let next = world.due().await.remove(0);
    assert_ne!(next.key.id, due.key.id, "an id is never used again");
    for outcome in [
        DeliveryOutcome::Delivered,
        retry(world.now()),
        dead(world.now()),
        DeliveryOutcome::Dropped,
    ] {
        world.finish(&due, outcome).await;
    }
    assert_eq!(world.due().await, [next]);
}

pub async fn a_failed_attempt_counts_once(world: &World<'_>) {
    let (lead, heard) = world.heard_lead(1).await;
    world.job_done(lead.id, named("1")).await;
    let due = world.due().await.remove(0);
    // Whoever heard no answer asks again, and in the end late.
    for outcome in [
        retry(world.now()),
        retry(world.now().plus_millis(1)),
        dead(world.now()),
    ] {
        world.finish(&due, outcome).await;
    }
    let again = world.due().await.remove(0);
    assert_eq!((again.key, again.attempts), (due.key, 1));
    let filter = AttemptFilter {
        delivery: None,
        subscription: Some(heard[0].id),
    };
    let page = ListPage {
        before_id: None,
        limit: 10,
    };
    let log = world.store.attempts(world.workspace, filter, page).await;
    assert_eq!(log.unwrap().len(), 1);
    // That it was taken counts, however late.
    world.delivered(&due).await;
    assert_eq!(world.due().await, []);
}

pub async fn the_longest_due_come_first(world: &World<'_>) {
    let mut done = Vec::new();
    for _ in 0..3 {
        let (lead, _) = world.heard_lead(1).await;
        world.wait(1);
        done.push(world.job_done(lead.id, named("x")).await);
    }
    let due = world.due().await;
    assert_eq!(jobs(&due), done);
    world
        .finish(&due[0], retry(world.now().plus_millis(5)))
        .await;
    world.wait(5);
    assert_eq!(jobs(&world.due().await), [done[1], done[2], done[0]]);
    let one = world
        .store
        .lease_deliveries(world.now(), world.now(), &[], 1)
        .await
        .unwrap();
    assert_eq!(one.len(), 1);
}

pub async fn subscriptions_can_be_left_out(world: &World<'_>) {
    let (lead, heard) = world.heard_lead(3).await;
    world.job_done(lead.id, named("1")).await;
    let [first, second, third] = [0, 1, 2].map(|n| heard[n].id);
    for (except, expected) in [
        (vec![], vec![first, second, third]),
        (vec![second], vec![first, third]),
        (vec![third, first, third], vec![second]),
        (vec![first, second, third], vec![]),
    ] {
        let due = world.due_except(&except).await;
        let told: Vec<_> = due.iter().map(|due| due.key.subscription_id).collect();
        assert_eq!(told, expected, "except {except:?}");
    }
}

/// The versions that deliveries tell of, each with its lead.
pub(super) fn versions(due: &[DueDelivery]) -> Vec<(LeadId, u64)> {
    let of = |due: &DueDelivery| {
        let (event, _) = due.news.event();
        (event.lead_id, event.version)
    };
    due.iter().map(of).collect()
}

pub async fn an_event_comes_with_its_lead_as_it_was(world: &World<'_>) {
    let lead = world.lead_id().await;
    world.subscribed(Filter::default()).await;
    let replaced = |text: &str| Edit {
        name: Change::Clear,
        variables: ObjectEdit::Replace(Object::parse(text).unwrap()),
        ..Edit::default()
    };
    let patched = |text: &str| Edit {
        collected: ObjectEdit::Patch(Object::parse(text).unwrap()),
        ..Edit::default()
    };
    let call = world.call_id().await;
    let mut after = Vec::new();
    for command in [
        world.create(lead, world.callable()),
        world.update(lead, named("Ada")),
        world.update(lead, merging(r#"{"a":1.50,"b":{"x":null}}"#)),
        world.update(lead, merging(r#"{"a":null,"c":"\u0007"}"#)),
        world.update(lead, replaced(r#"{"c":[],"a":1}"#)),
        world.update(lead, patched(r#"{"m":{"n":1}}"#)),
        world.claim(lead, call, Hold::Attempt),
        world.end(lead, call, 7),
        world.update(lead, patched(r#"{"m":null,"mood":"sad"}"#)),
    ] {
        world.wait(3);
        after.push(Lead::clone(&world.done(command).await.lead));
    }
    let mut history = world.history(lead, None, 100).await;
    history.reverse();
    // All of them are behind what the lead is now, but for the last one.
    let told = world.told().await;
    assert_eq!(told.len(), 9);
    for ((due, event), after) in told.iter().zip(&history).zip(&after) {
        // The order of members is not kept on the way back.
        assert_eq!(due.news.event(), (event, after));
        assert_eq!((due.at, due.attempts), (event.at, 0));
    }
    let newest = format!("{:#?}", told[8].news.event().1);
    assert_eq!(newest, format!("{:#?}", after[8]), "to the byte");
}

pub async fn each_lead_and_subscription_has_its_line(world: &World<'_>) {
    let filter = Filter::default();
    let [one, other] = [
        world.subscribed(filter.clone()).await.id,
        world.subscribed(filter).await.id,
    ];
    let (a, b) = (world.lead_id().await, world.lead_id().await);
    let edit = |lead, n: u8| world.update(lead, named(&n.to_string()));
    let create = |lead| world.create(lead, world.callable());
    // In one batch, and over several.
    world
        .batch(vec![create(a), edit(a, 1), create(b), edit(a, 2)])
        .await;
    world.batch(vec![edit(b, 1), edit(a, 3)]).await;
    let first = world.due().await;
    assert_eq!(versions(&first), [(a, 1), (a, 1), (b, 1), (b, 1)]);
    // The first one fails: it holds back the same lead for the same subscription, and nothing else.
    assert_eq!(first[0].key.subscription_id, one);
    let later = world.now().plus_millis(1_000);
    world.finish(&first[0], retry(later)).await;
    let told = world.told().await;
    let line = |subscription, lead| -> Vec<u64> {
        let of_line = told
            .iter()
            .filter(|due| (due.key.subscription_id, due.key.lead_id) == (subscription, Some(lead)));
        of_line.map(|due| due.news.event().0.version).collect()
    };
    assert!(line(one, a).is_empty());
    assert_eq!(line(other, a), [1, 2, 3, 4]);
    assert_eq!(line(one, b), [1, 2]);
    assert_eq!(line(other, b), [1, 2]);
    world.wait(1_000);
    let told = world.told().await;
    assert_eq!(versions(&told), [(a, 1), (a, 2), (a, 3), (a, 4)]);
    assert_eq!(told[0].attempts, 1);
}

/// An update that runs later tells of its event first, then of its result.
pub async fn an_event_goes_before_its_result(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    world.subscribed(Filter::default()).await;
    let job = world.job_done(lead, named("Ada")).await;
    // The name is the same: nothing changes, and that is a result too.
    let again = world.job_done(lead, named("Ada")).await;
    let told = world.told().await;
    assert_eq!(versions(&told[..1]), [(lead, 2)]);
    assert_eq!(jobs(&told[1..]), [job, again]);
}

pub async fn a_leased_one_is_given_to_nobody_again(world: &World<'_>) {
    world.subscribed(Filter::default()).await;
    let mut leads = Vec::new();
    for _ in 0..3 {
        leads.push(world.new_lead().await.id);
        world.wait(1);
    }
    let first = world.leased(100, 2).await;
    assert_eq!(versions(&first), [(leads[0], 1), (leads[1], 1)]);
    let until = world.now().plus_millis(100);
    assert!(first.iter().all(|due| due.leased_until == until));
    assert_eq!(versions(&world.leased(50, 2).await), [(leads[2], 1)]);
    assert_eq!(world.leased(50, 100).await, []);
    world.wait(49);
    assert_eq!(world.leased(50, 100).await, []);
    world.wait(1);
    assert_eq!(versions(&world.leased(100, 100).await), [(leads[2], 1)]);
    // Finished ones are free, also those that are due at once, and give way to the next of their line.
    world.done(world.update(leads[1], named("next"))).await;
    let outcomes = [retry(world.now()), DeliveryOutcome::Delivered];
    for (due, outcome) in first.iter().zip(outcomes) {
        world.finish(due, outcome).await;
    }
    let again = world.leased(100, 100).await;
    assert_eq!(versions(&again), [(leads[0], 1), (leads[1], 2)]);
    assert_eq!(again[0].key, first[0].key);
    // What a dead process held comes back with the end of its lease.
    world.wait(100);
    let all = world.leased(1, 100).await;
    assert_eq!(all.len(), 3);
}

pub async fn a_backlog_hides_nothing(world: &World<'_>) {
    // More than a store would look through, of one subscription that is left out.
    let campaign = world.new_campaign().await.id;
    let crowded = Filter {
        campaigns: [world.campaign].into(),
        ..Filter::default()
    };
    let crowded = world.subscribed(crowded).await.id;
    let quiet = Filter {
        campaigns: [campaign].into(),
        ..Filter::default()
    };
    let quiet = [
        world.subscribed(quiet.clone()).await.id,
        world.subscribed(quiet).await.id,
    ];
    let first = world.store.reserve_ids(domain::IdKind::Lead, 2_500).await;
    let ids = (first.unwrap()..).map(|id| LeadId::new(id).unwrap());
    let ids: Vec<_> = ids.take(2_500).collect();
    for chunk in ids.chunks(128) {
        let create = |id: &LeadId| world.create(*id, world.callable());
        world
            .batch_of_many(chunk.iter().map(create).collect())
            .await;
    }
    world.wait(1);
    let mut elsewhere = Vec::new();
    for _ in 0..2 {
        let edit = Edit {
            campaign: Change::Set(campaign),
            ..Edit::default()
        };
        elsewhere.push(world.new_lead_with(edit).await.id);
        world.wait(1);
    }
    let due = world.due_except(&[crowded]).await;
    let told: Vec<_> = due
        .iter()
        .map(|due| (due.key.lead_id.unwrap(), due.key.subscription_id))
        .collect();
    let [a, b] = [elsewhere[0], elsewhere[1]];
    let expected = [(a, quiet[0]), (a, quiet[1]), (b, quiet[0]), (b, quiet[1])];
    assert_eq!(told, expected);
    let limited = |limit, except: Vec<SubscriptionId>| async move {
        let now = world.now();
        let due = world.store.lease_deliveries(now, now, &except, limit);
        let due = due.await.unwrap();
        due.iter()
            .map(|due| due.key.subscription_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        limited(3, vec![crowded]).await,
        [quiet[0], quiet[1], quiet[0]]
    );
    assert_eq!(limited(9, vec![crowded, quiet[0]]).await, [quiet[1]; 2]);
    assert_eq!(limited(2, vec![]).await, [crowded; 2], "due longest");
    assert_eq!(world.due_except(&[crowded, quiet[0], quiet[1]]).await, []);
}

pub async fn outcomes_are_recorded_together(world: &World<'_>) {
    let subscription = world.subscribed(Filter::default()).await;
    let mut leads = Vec::new();
    for _ in 0..4 {
        let lead = world.new_lead().await.id;
        world.done(world.update(lead, named("second"))).await;
        leads.push(lead);
    }
    let due = world.due().await;
    assert_eq!(due.len(), 4);
    let later = world.now().plus_millis(50);
    let outcomes = [
        DeliveryOutcome::Delivered,
        retry(later),
        dead(world.now()),
        DeliveryOutcome::Dropped,
    ];
    let mut all: Vec<_> = due
        .iter()
        .zip(outcomes)
        .map(|(due, outcome)| finished(due, outcome))
        .collect();
    all[1].attempt = Some(an_attempt(world.now(), 1));
    world.store.finish_deliveries(&all).await.unwrap();
    let next = versions(&world.due().await);
    assert_eq!(next, [(leads[0], 2), (leads[2], 2), (leads[3], 2)]);
    world.wait(50);
    let due = world.due().await;
    assert_eq!(due.len(), 4);
    let retried = due.iter().find(|due| due.key.lead_id == Some(leads[1]));
    assert_eq!(retried.unwrap().attempts, 1);
    let letters = world.letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].delivery.lead_id, Some(leads[2]));
    assert_eq!(letters[0].delivery.subscription_id, subscription.id);
    world.store.finish_deliveries(&[]).await.unwrap();
}

pub async fn what_ends_without_an_attempt_counts_none(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    world.subscribed(Filter::default()).await;
    world.done(world.update(lead, named("x"))).await;
    for expected in [0, 0] {
        let due = world.due().await.remove(0);
        assert_eq!(due.attempts, expected);
        let again = finished(&due, retry(world.now()));
        world.store.finish_deliveries(&[again]).await.unwrap();
    }
    let due = world.due().await.remove(0);
    let ended = finished(&due, dead(world.now()));
    world.store.finish_deliveries(&[ended]).await.unwrap();
    assert_eq!(world.letters().await[0].attempts, 0);
}

pub async fn tests_and_notices_are_added(world: &World<'_>) {
    let subscription = world.subscribed(Filter::default()).await.id;
    let lead = world.new_lead().await.id;
    let notice = Notice {
        subscription_id: subscription,
        url: "https://example.com/\u{1f4de}".to_owned(),
        disabled: Disabled {
            at: world.now(),
            reason: DisabledReason::Gone,
        },
    };
    let delivery = |content, lead_id| Delivery {
        workspace_id: world.workspace,
        subscription_id: subscription,
        lead_id,
        at: world.now(),
        content,
    };
    let again = Content::Event {
        version: 1,
        topic: Topic::Event(domain::event::EventKind::Created),
    };
    let added = [
        delivery(Content::Notice(notice.clone()), None),
        delivery(Content::Test, None),
        delivery(again, Some(lead)),
    ];
    let ids = world.store.add_deliveries(&added).await.unwrap();
    assert!(ids.is_sorted() && ids.len() == 3, "{ids:?}");
    assert!(world.store.add_deliveries(&[]).await.unwrap().is_empty());
    let told = world.told().await;
    let told: Vec<_> = told.into_iter().map(|due| (due.key.id, due.news)).collect();
    // They stand in lines too: the notice before the test, the created lead before it is told again.
    let told_ids: Vec<_> = told.iter().map(|(id, _)| *id).collect();
    assert_eq!(told_ids[1..], [ids[0], ids[1], ids[2]]);
    assert_eq!(told[1].1, News::Notice(notice));
    assert_eq!(told[2].1, News::Test);
    assert_eq!(told[3].1, told[0].1);
}
