//! Who listens to a life: subscriptions come, change and go, receivers take what they are told or do not, and owners replay.

use domain::delivery::HealthChange;
use domain::state::{Content, Delivery};
use domain::subscription::{
    Auth, Cap, Disabled, DisabledReason, Format, Health, Notice, Sealed, Secret, Subscription,
};
use domain::{SubscriptionId, WorkspaceId};
use store::{Attempt, DeliveryFilter, DeliveryOutcome, DueDelivery, FinishedDelivery};

use super::super::Twins;
use super::super::generator;
use super::{Life, workspace};

impl Life {
    pub(super) async fn subscribe(&mut self, twins: &Twins, own: WorkspaceId, format: Format) {
        let id = id!(SubscriptionId, self.fresh());
        let subscription = self.subscription(own, id, format);
        let made = twins.same("a subscription", async |store| {
            (
                store.create_subscription(&subscription).await,
                store.create_subscription(&subscription).await.is_err(),
            )
        });
        made.await.0.expect("is made");
        self.subscriptions.push((own, id));
    }

    fn subscription(
        &mut self,
        own: WorkspaceId,
        id: SubscriptionId,
        format: Format,
    ) -> Subscription {
        let names = self.names[usize::try_from(own.get() - 1).expect("small")].clone();
        let now = self.now;
        let dice = &mut self.dice;
        let disabled = dice.maybe(10, |_| Disabled {
            at: now,
            reason: DisabledReason::Owner,
        });
        Subscription {
            id,
            workspace_id: own,
            version: 1,
            created_at: now,
            description: dice.maybe(50, |_| "Zoë\u{0027}s".to_owned()),
            url: format!("https://example.com/{id}"),
            filter: generator::filter(dice, &names),
            format,
            auth: dice.pick(&[
                Auth::None,
                Auth::Bearer(Sealed("t".to_owned())),
                Auth::Header {
                    name: "x-key".to_owned(),
                    value: Sealed("v".to_owned()),
                },
            ]),
            secrets: vec![Secret {
                number: 1,
                sealed: Sealed("s".to_owned()),
                created_at: now,
            }],
            cap: Cap {
                at_once_max: 8,
                per_second_max: dice.maybe(50, |_| 7),
            },
            health: Health {
                failing_since: None,
                disabled,
            },
        }
    }

    /// An owner makes, changes or deletes a subscription, tests one, replays what is dead, or looks.
    pub(super) async fn listen_otherwise(&mut self, twins: &Twins) {
        let (own, id) = self.dice.pick(&self.subscriptions);
        let (other, now) = (workspace(3 - own.get()), self.now);
        match self.dice.below(10) {
            0 => {
                let format = self.dice.pick(&Format::ALL);
                self.subscribe(twins, own, format).await;
            }
            1 if self.subscriptions.len() > 10 => {
                self.subscriptions.retain(|known| *known != (own, id));
                let deleted = twins.same("deletion", async |store| {
                    (
                        store.delete_subscription(other, id).await.expect("answers"),
                        store.delete_subscription(own, id).await.expect("answers"),
                        store.delete_subscription(own, id).await.expect("answers"),
                    )
                });
                assert_eq!(deleted.await, (false, true, false));
            }
            2..5 => {
                let found = twins.same("a subscription", async |store| {
                    store.subscription(own, id).await.expect("answers")
                });
                let version = found.await.expect("is there").version;
                let format = self.dice.pick(&Format::ALL);
                let mut changed = self.subscription(own, id, format);
                changed.version = version + 1 + u64::from(self.dice.chance(10));
                twins
                    .same("a change", async |store| {
                        store.update_subscription(&changed).await.expect("answers")
                    })
                    .await;
            }
            5 => self.notify(twins, own, id).await,
            _ => {
                let filter = DeliveryFilter {
                    id: None,
                    subscription: self.dice.maybe(60, |_| id),
                    lead: None,
                    from: self.dice.maybe(30, |_| now.plus_millis(-100_000)),
                    until: self.dice.maybe(30, |_| now.plus_millis(-20_000)),
                };
                let limit = 1 + self.dice.below(30);
                let replayed = twins.same("replay", async |store| {
                    let replay = store.replay_dead_letters(own, &filter, now, limit);
                    replay.await.expect("answers")
                });
                self.replayed += replayed.await;
            }
        }
    }

    async fn notify(&mut self, twins: &Twins, own: WorkspaceId, id: SubscriptionId) {
        let notice = Notice {
            subscription_id: id,
            url: "https://example.com/gone".to_owned(),
            disabled: Disabled {
                at: self.now,
                reason: DisabledReason::Gone,
            },
        };
        let contents = [Content::Test, Content::Notice(notice), Content::Test];
        let deliveries = contents.map(|content| Delivery {
            workspace_id: own,
            subscription_id: id,
            lead_id: None,
            at: self.now,
            content,
        });
        let added = twins.same("added", async |store| {
            let ids = store.add_deliveries(&deliveries).await.expect("are added");
            assert!(ids.is_sorted() && ids[0] > 0, "{ids:?}");
            ids.len()
        });
        assert_eq!(added.await, 3);
    }

    pub(super) async fn deliver(&mut self, twins: &Twins) {
        let salt = u64::try_from(self.dice.below(1_000)).expect("small");
        let now = self.now;
        // Mostly few are served at a time, as when the others have as many requests under way as they may.
        let served = if self.dice.chance(10) { 100 } else { 20 };
        let all = self.subscriptions.clone().into_iter().map(|(_, id)| id);
        let except: Vec<_> = all.filter(|_| !self.dice.chance(served)).collect();
        let limit = if self.dice.chance(20) { 7 } else { 100_000 };
        let fate = |due: &DueDelivery| {
            let lead = due.key.lead_id.map_or(0, domain::LeadId::get);
            let number = lead * 31 + due.key.subscription_id.get() * 7 + salt;
            let number = number + due.at.as_millis().unsigned_abs() * 13;
            finished(due, number, now)
        };
        self.delivered += twins.deliver(now, &except, limit, fate).await;
    }
}

/// What becomes of a delivery; `None` if its receiver is still thinking.
fn finished(due: &DueDelivery, number: u64, now: domain::Timestamp) -> Option<FinishedDelivery> {
    let error = || format!("{number} from the receiver");
    let outcome = match number % 20 {
        0..10 => DeliveryOutcome::Delivered,
        10..14 => DeliveryOutcome::Retry {
            next_attempt_at: now.plus_millis(i64::try_from(number % 9_000).ok()?),
            error: error(),
        },
        14..18 => DeliveryOutcome::Dead {
            at: now,
            error: error(),
        },
        18 => DeliveryOutcome::Dropped,
        _ => return None,
    };
    let health = match number % 61 {
        0..20 => HealthChange::Recovered,
        20..35 => HealthChange::Failing { since: now },
        35 if number.is_multiple_of(7) => HealthChange::Disabled(Disabled {
            at: now,
            reason: DisabledReason::Failing,
        }),
        _ => HealthChange::Same,
    };
    let attempt = (!number.is_multiple_of(7)).then(|| Attempt {
        at: now,
        number: due.attempts + 1,
        duration_ms: 17,
        status: number.is_multiple_of(3).then_some(503),
        error: number.is_multiple_of(2).then(error),
        answer: Some("\u{1f4de} {}".to_owned()),
    });
    Some(FinishedDelivery {
        key: due.key,
        outcome,
        health,
        attempt,
    })
}
