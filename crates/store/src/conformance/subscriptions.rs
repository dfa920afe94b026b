//! Who is told: what an owner set up, who hears what because of it, and how endpoints do.

use domain::delivery::HealthChange;
use domain::edit::{Change, Edit};
use domain::event::{Dialect, EventKind};
use domain::lead::LeadField;
use domain::subscription::{
    Auth, Cap, Disabled, DisabledReason, Filter, Format, Health, Sealed, Subscription, Topic,
};
use domain::{CampaignId, Lead, LeadId, SubscriptionId, Timestamp};

use super::World;
use super::administration::assert_conflict;
use super::deliveries::{finished, retry};
use super::world::named;
use crate::{DeliveryOutcome, ListPage};

impl World<'_> {
    async fn find_subscription(&self, id: SubscriptionId) -> Option<Subscription> {
        self.store.subscription(self.workspace, id).await.unwrap()
    }

    async fn health_of(&self, id: SubscriptionId) -> Health {
        self.find_subscription(id).await.unwrap().health
    }

    /// Who hears that the lead is given a new name.
    async fn hearers(&self, lead: LeadId) -> Vec<SubscriptionId> {
        let name = self.wait(1).as_millis().to_string();
        self.done(self.update(lead, named(&name))).await;
        let told = self.told().await;
        told.iter().map(|due| due.key.subscription_id).collect()
    }
}

fn disabled(at: Timestamp, reason: DisabledReason) -> Disabled {
    Disabled { at, reason }
}

pub async fn a_subscription_reads_back(world: &World<'_>) {
    let store = world.store;
    let whole = Filter {
        topics: Topic::ALL.into(),
        campaigns: [world.campaign].into(),
        fields: LeadField::ALL.into(),
        dialects: Dialect::ALL.into(),
        except_sources: ["crm".to_owned(), "Zoë's \u{1f4de}".to_owned()].into(),
    };
    let mut all = Vec::new();
    for (format, n) in Format::ALL.into_iter().zip(0..) {
        let filter = if n == 0 {
            whole.clone()
        } else {
            Filter::default()
        };
        let mut subscription = world.a_subscription(format, filter).await;
        match n {
            1 => subscription.auth = Auth::None,
            2 => {
                subscription.auth = Auth::Header {
                    name: "X-Key".to_owned(),
                    value: Sealed("sealed value".to_owned()),
                }
            }
            3 => (subscription.description, subscription.secrets) = (None, Vec::new()),
            4 => {
                subscription.cap = Cap {
                    at_once_max: 64,
                    per_second_max: Some(10_000),
                }
            }
            _ => {
                subscription.health = Health {
                    failing_since: (n == 5).then(|| world.now()),
                    disabled: Some(disabled(world.now(), DisabledReason::Failing)),
                }
            }
        }
        assert_eq!(world.find_subscription(subscription.id).await, None);
        store.create_subscription(&subscription).await.unwrap();
        all.push(subscription);
    }
    for subscription in &all {
        let found = world.find_subscription(subscription.id).await;
        assert_eq!(found.as_ref(), Some(subscription));
        assert_conflict(&store.create_subscription(subscription).await);
    }
    all.reverse();
    let page = async |before_id, limit| {
        let page = ListPage { before_id, limit };
        store.subscriptions(world.workspace, page).await.unwrap()
    };
    assert_eq!(page(None, 100).await, all, "newest first");
    assert_eq!(page(None, 3).await, all[..3]);
    assert_eq!(page(Some(all[2].id.get()), 3).await, all[3..6]);
    assert_eq!(page(Some(all[6].id.get()), 3).await, []);
    let count = store.count_subscriptions(world.workspace).await.unwrap();
    assert_eq!(count, 7);
}

pub async fn an_update_needs_the_version_before(world: &World<'_>) {
    let store = world.store;
    let first = world.subscribed(Filter::default()).await;
    let mut next = Subscription {
        version: 2,
        description: None,
        url: "https://example.com/new".to_owned(),
        filter: Filter {
            fields: [LeadField::Name].into(),
            ..Filter::default()
        },
        format: Format::JourneyBee,
        auth: Auth::None,
        secrets: first.secrets[..1].to_vec(),
        cap: Cap {
            at_once_max: 1,
            per_second_max: Some(5),
        },
        health: Health {
            failing_since: None,
            disabled: Some(disabled(world.now(), DisabledReason::Owner)),
        },
        ..first.clone()
    };
    for version in [1, 3, 4] {
        let stale = Subscription {
            version,
            ..next.clone()
        };
        assert!(!store.update_subscription(&stale).await.unwrap());
        assert_eq!(
            world.find_subscription(first.id).await.as_ref(),
            Some(&first)
        );
    }
    assert!(store.update_subscription(&next).await.unwrap());
    assert_eq!(
        world.find_subscription(first.id).await.as_ref(),
        Some(&next)
    );
    // Two who read the same version: one of them wins.
    assert!(!store.update_subscription(&next).await.unwrap());
    next.version = 3;
    (next.health, next.format) = (Health::default(), Format::Standard);
    assert!(store.update_subscription(&next).await.unwrap());
    assert_eq!(
        world.find_subscription(first.id).await.as_ref(),
        Some(&next)
    );
    next.id = SubscriptionId::new(world.id(domain::IdKind::Subscription).await).unwrap();
    next.version = 2;
    assert!(!store.update_subscription(&next).await.unwrap(), "nobody");
    assert_eq!(world.find_subscription(next.id).await, None);
}

pub async fn a_change_counts_from_the_next_batch(world: &World<'_>) {
    let store = world.store;
    let lead = world.new_lead().await.id;
    assert_eq!(world.hearers(lead).await, []);
    let mut one = world.subscribed(Filter::default()).await;
    assert_eq!(world.hearers(lead).await, [one.id]);
    let other = world.subscribed(Filter::default()).await;
    assert_eq!(world.hearers(lead).await, [one.id, other.id]);
    let mut change = async |change: &dyn Fn(&mut Subscription)| {
        change(&mut one);
        one.version += 1;
        assert!(store.update_subscription(&one).await.unwrap());
        one.id
    };
    let id = change(&|one| one.filter.fields = [LeadField::Email].into()).await;
    assert_eq!(world.hearers(lead).await, [other.id]);
    change(&|one| one.filter = Filter::default()).await;
    assert_eq!(world.hearers(lead).await, [id, other.id]);
    let owner = disabled(world.now(), DisabledReason::Owner);
    change(&|one| one.health.disabled = Some(owner)).await;
    assert_eq!(world.hearers(lead).await, [other.id]);
    change(&|one| one.health.disabled = None).await;
    assert_eq!(world.hearers(lead).await, [id, other.id]);
    let gone = store.delete_subscription(world.workspace, other.id);
    assert!(gone.await.unwrap());
    assert_eq!(world.hearers(lead).await, [id]);
    let again = store.delete_subscription(world.workspace, other.id);
    assert!(!again.await.unwrap());
    assert_eq!(world.find_subscription(other.id).await, None);
}

fn some_filters(here: CampaignId, elsewhere: CampaignId) -> [Filter; 8] {
    let all = Filter::default;
    [
        all(),
        Filter {
            topics: [Topic::Event(EventKind::Updated)].into(),
            ..all()
        },
        Filter {
            topics: [Topic::Event(EventKind::Created)].into(),
            ..all()
        },
        Filter {
            campaigns: [here].into(),
            ..all()
        },
        Filter {
            campaigns: [elsewhere].into(),
            ..all()
        },
        Filter {
            fields: [LeadField::Name, LeadField::CampaignId].into(),
            ..all()
        },
        Filter {
            dialects: [Dialect::UserVox].into(),
            ..all()
        },
        Filter {
            except_sources: ["crm".to_owned()].into(),
            ..all()
        },
    ]
}

pub async fn filters_say_who_hears(world: &World<'_>) {
    let elsewhere = world.new_campaign().await.id;
    let mut ids = Vec::new();
    for filter in some_filters(world.campaign, elsewhere) {
        ids.push(world.subscribed(filter).await.id);
    }
    let lead = world.lead_id().await;
    let mut echo = world.update(lead, named("from the CRM"));
    echo.origin.source = Some("crm".to_owned());
    let mut foreign = world.update(lead, named("from UserVox"));
    foreign.origin.dialect = Dialect::UserVox;
    let moved = Edit {
        campaign: Change::Set(elsewhere),
        ..Edit::default()
    };
    let mailed = Edit {
        email: Change::Set("ada@example.com".to_owned()),
        ..Edit::default()
    };
    for (command, expected) in [
        (world.create(lead, world.callable()), vec![0, 2, 3, 5, 7]),
        (echo, vec![0, 1, 3, 5]),
        (foreign, vec![0, 1, 3, 5, 6, 7]),
        (world.update(lead, mailed), vec![0, 1, 3, 7]),
        (world.update(lead, moved), vec![0, 1, 3, 4, 5, 7]),
        (world.update(lead, named("there")), vec![0, 1, 4, 5, 7]),
        // The same name again: nothing happens.
        (world.update(lead, named("there")), vec![]),
    ] {
        let source = command.origin.source.clone();
        world.done(command).await;
        let told = world.told().await;
        let told: Vec<_> = told
            .iter()
            .map(|due| {
                let (event, _) = due.news.event();
                assert_eq!(event.origin.source, source);
                ids.iter()
                    .position(|id| *id == due.key.subscription_id)
                    .unwrap()
            })
            .collect();
        assert_eq!(told, expected);
    }
}

pub async fn what_a_batch_made_is_counted(world: &World<'_>) {
    world.subscribed(Filter::default()).await;
    world.subscribed(Filter::default()).await;
    let (lead, nobody) = (world.lead_id().await, world.lead_id().await);
    let batch = vec![
        world.create(lead, world.callable()),
        world.update(lead, named("x")),
        world.update(lead, named("x")),
        world.update(nobody, named("x")),
    ];
    let committed = world.store.transact(0, batch, world.now()).await.unwrap();
    assert_eq!(committed.outcomes.len(), 4);
    assert_eq!((committed.events, committed.deliveries), (2, 4));
    let nothing = world.store.transact(0, Vec::new(), world.now()).await;
    let nothing = nothing.unwrap();
    assert_eq!((nothing.events, nothing.deliveries), (0, 0));
    assert_eq!(world.told().await.len(), 4);
}

pub async fn an_endpoint_fails_and_recovers(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let (one, other) = (
        world.subscribed(Filter::default()).await,
        world.subscribed(Filter::default()).await,
    );
    world.done(world.update(lead, named("x"))).await;
    let since = world.now();
    let later = world.wait(5);
    let reported = async |change| {
        let due = world.due().await.remove(0);
        assert_eq!(due.key.subscription_id, one.id);
        let mut again = finished(&due, retry(due.at));
        again.health = change;
        world.store.finish_deliveries(&[again]).await.unwrap();
        world.health_of(one.id).await.failing_since
    };
    assert_eq!(reported(HealthChange::Same).await, None);
    let failing = HealthChange::Failing { since };
    assert_eq!(reported(failing).await, Some(since));
    let again = HealthChange::Failing { since: later };
    assert_eq!(reported(again).await, Some(since), "since the first time");
    assert_eq!(reported(HealthChange::Same).await, Some(since));
    let seen = world.due().await.remove(0).subscription.unwrap();
    assert_eq!(
        seen.health.failing_since,
        Some(since),
        "told to who delivers"
    );
    assert_eq!(seen.version, one.version, "nobody changed it");
    assert_eq!(reported(HealthChange::Recovered).await, None);
    assert_eq!(reported(again).await, Some(later));
    assert_eq!(world.find_subscription(other.id).await, Some(other));
}

pub async fn a_disabled_one_hears_nothing_new(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let subscription = world.subscribed(Filter::default()).await;
    for n in 0..2 {
        world.done(world.update(lead, named(&n.to_string()))).await;
    }
    let report = async |at, reason| {
        let due = world.due().await.remove(0);
        let mut ended = finished(&due, DeliveryOutcome::Delivered);
        ended.health = HealthChange::Disabled(disabled(at, reason));
        world.store.finish_deliveries(&[ended]).await.unwrap();
    };
    let gone_at = world.now();
    report(gone_at, DisabledReason::Gone).await;
    world.done(world.update(lead, named("unheard"))).await;
    // What waited is given out all the same.
    let due = world.due().await;
    assert_eq!(due.len(), 1);
    let health = due[0].subscription.as_ref().unwrap().health;
    assert_eq!(
        health.disabled,
        Some(disabled(gone_at, DisabledReason::Gone))
    );
    report(world.wait(5), DisabledReason::Failing).await;
    assert_eq!(
        world.health_of(subscription.id).await,
        health,
        "the first counts"
    );
    assert_eq!(world.due().await, []);
    let enabled = Subscription {
        version: 2,
        ..subscription.clone()
    };
    assert!(world.store.update_subscription(&enabled).await.unwrap());
    assert_eq!(world.hearers(lead).await, [subscription.id]);
}

pub async fn what_has_ended_says_nothing_of_its_endpoint(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let subscription = world.subscribed(Filter::default()).await;
    world.done(world.update(lead, named("x"))).await;
    let due = world.due().await.remove(0);
    world.delivered(&due).await;
    for health in [
        HealthChange::Failing { since: world.now() },
        HealthChange::Disabled(disabled(world.now(), DisabledReason::Gone)),
    ] {
        let mut late = finished(&due, retry(world.now()));
        late.health = health;
        world.store.finish_deliveries(&[late]).await.unwrap();
    }
    let found = world.find_subscription(subscription.id).await;
    assert_eq!(found, Some(subscription));
}

pub async fn a_corrected_one_counts_for_what_waits(world: &World<'_>) {
    let (lead, mut heard) = world.heard_lead(1).await;
    world.job_done(lead.id, named("x")).await;
    let before = heard.remove(0);
    let corrected = Subscription {
        version: 2,
        url: "https://example.com/corrected".to_owned(),
        ..before
    };
    assert!(world.store.update_subscription(&corrected).await.unwrap());
    let due = world.due().await.remove(0);
    assert_eq!(due.subscription.as_deref(), Some(&corrected));
}

pub async fn the_backlog_is_counted(world: &World<'_>) {
    let empty = world.store.backlog(world.now()).await.unwrap();
    let lead = world.new_lead().await.id;
    let (deaf, one, other) = (
        world.subscribed(Filter::default()).await,
        world.subscribed(Filter::default()).await,
        world.subscribed(Filter::default()).await,
    );
    let [first_at, second_at] = [world.wait(10), world.wait(10)];
    let update = async |at: Timestamp| {
        world.wait(at.as_millis() - world.now().as_millis());
        let name = named(&at.as_millis().to_string());
        Lead::clone(&world.done(world.update(lead, name)).await.lead)
    };
    update(first_at).await;
    update(second_at).await;
    world
        .done(world.queue(lead, world.job_id().await, named("x")))
        .await;
    world.store.position_events().await.unwrap();
    let backlog = world.store.backlog(world.now()).await.unwrap();
    assert_eq!(backlog.deliveries_waiting, empty.deliveries_waiting + 6);
    assert_eq!(backlog.jobs_waiting, empty.jobs_waiting + 1);
    assert_eq!(backlog.subscriptions_active, empty.subscriptions_active + 3);
    assert_eq!(backlog.subscriptions_failing, empty.subscriptions_failing);
    assert_eq!(backlog.oldest_waiting_at, Some(first_at));
    assert_eq!(backlog.oldest_unpositioned_at, None);
    // One is disabled, one has taken the first and fails, one has given up the first.
    let due = world.due().await;
    let mut ended = [
        finished(&due[0], retry(world.now())),
        finished(&due[1], DeliveryOutcome::Delivered),
        finished(&due[2], super::deliveries::dead(world.now())),
    ];
    ended[0].health = HealthChange::Disabled(disabled(world.now(), DisabledReason::Gone));
    ended[1].health = HealthChange::Failing { since: world.now() };
    world.store.finish_deliveries(&ended).await.unwrap();
    let after = world.store.backlog(world.now()).await.unwrap();
    assert_eq!(after.deliveries_waiting, empty.deliveries_waiting + 4);
    assert_eq!(after.deliveries_dead, empty.deliveries_dead + 1);
    assert_eq!(after.subscriptions_active, empty.subscriptions_active + 2);
    assert_eq!(after.subscriptions_failing, empty.subscriptions_failing + 1);
    assert_eq!(
        after.subscriptions_disabled,
        empty.subscriptions_disabled + 1
    );
    assert_eq!(
        after.oldest_waiting_at,
        Some(second_at),
        "of the active ones"
    );
    for id in [deaf.id, one.id, other.id] {
        let gone = world.store.delete_subscription(world.workspace, id);
        assert!(gone.await.unwrap());
    }
    let gone = world.store.backlog(world.now()).await.unwrap();
    assert_eq!(gone.oldest_waiting_at, empty.oldest_waiting_at);
    assert_eq!(gone.deliveries_dead, empty.deliveries_dead);
    assert_eq!(gone.subscriptions_failing, empty.subscriptions_failing);
}
