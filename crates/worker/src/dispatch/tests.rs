//! Turns, bounds and what is forgotten: as plain values, with a clock that the test moves.

use std::collections::{HashMap, HashSet};

use app::News;
use domain::WorkspaceId;
use domain::limits::DELIVERY_LEASE_MS;
use domain::subscription::{Auth, Cap, DisabledReason, Filter, Format};

use super::*;

const QUICK: Taking = Taking {
    took_ms: Some(1),
    is_taken: true,
    pause_ms: None,
};
const SLOW: Taking = Taking {
    took_ms: Some(DELIVERY_SLOW_MS),
    ..QUICK
};

/// A dispatch, and what a store and a clock would give it.
struct Desk {
    dispatch: Dispatch,
    now: Timestamp,
    next_id: u64,
}

fn id(number: u64) -> SubscriptionId {
    SubscriptionId::new(number).unwrap()
}

/// The host is the hundreds of the number.
fn host_of(url: &str) -> String {
    url.to_owned()
}

fn subscription(number: u64) -> Subscription {
    Subscription {
        id: id(number),
        workspace_id: WorkspaceId::new(1).unwrap(),
        version: 1,
        created_at: Timestamp::FIRST,
        description: None,
        url: format!("host {}", number / 100),
        filter: Filter::default(),
        format: Format::Standard,
        auth: Auth::None,
        secrets: Vec::new(),
        cap: Cap {
            at_once_max: 8,
            per_second_max: None,
        },
        health: Health::default(),
    }
}

impl Desk {
    fn new() -> Self {
        Self {
            dispatch: Dispatch::new(),
            now: Timestamp::from_millis(1_000_000).unwrap(),
            next_id: 1,
        }
    }

    fn due(&mut self, subscription: &Subscription) -> DueDelivery {
        self.next_id += 1;
        DueDelivery {
            key: app::DeliveryKey {
                workspace_id: subscription.workspace_id,
                id: self.next_id,
                subscription_id: subscription.id,
                lead_id: None,
            },
            subscription: Some(Arc::new(subscription.clone())),
            at: self.now,
            news: News::Test,
            attempts: 0,
            leased_until: self.now.plus_millis(DELIVERY_LEASE_MS),
        }
    }

    /// A page with so many of one subscription. Returns what ends at once.
    fn arrive(&mut self, subscription: &Subscription, count: usize) -> usize {
        let page = (0..count).map(|_| self.due(subscription)).collect();
        self.dispatch.take_in(page, host_of).len()
    }

    fn begin(&mut self) -> Vec<Parcel> {
        std::iter::from_fn(|| self.dispatch.next(self.now)).collect()
    }

    fn land(&mut self, parcel: &Parcel, taking: Taking) {
        self.dispatch.landed(parcel, taking, self.now);
        self.dispatch.recorded([parcel.due.key.id]);
    }

    /// One attempt to find out how it is.
    fn acquaint(&mut self, subscription: &Subscription, taking: Taking) {
        self.arrive(subscription, 1);
        let begun = self.begin();
        assert_eq!(begun.len(), 1);
        self.land(&begun[0], taking);
    }

    fn except(&mut self) -> Vec<SubscriptionId> {
        self.dispatch.news();
        self.dispatch.page(self.now).unwrap().0
    }
}

fn targets(parcels: &[Parcel]) -> Vec<u64> {
    let ids = parcels.iter().map(|parcel| parcel.subscription.id.get());
    ids.collect()
}

#[test]
fn endpoints_take_turns() {
    let mut desk = Desk::new();
    for number in [1, 2, 3] {
        desk.acquaint(&subscription(number), QUICK);
    }
    desk.arrive(&subscription(1), 100);
    desk.arrive(&subscription(2), 2);
    desk.arrive(&subscription(3), 3);
    let begun = targets(&desk.begin());
    assert_eq!(begun[..8], [1, 2, 3, 1, 2, 3, 1, 3]);
    assert_eq!(begun[8..], [1; 5], "its own cap is 8");
}

#[test]
fn one_request_finds_out_how_an_unknown_endpoint_is() {
    let mut desk = Desk::new();
    desk.arrive(&subscription(1), 20);
    let first = desk.begin();
    assert_eq!(first.len(), 1);
    desk.land(&first[0], QUICK);
    assert_eq!(desk.begin().len(), 8);
}

#[test]
fn slow_endpoints_leave_room_for_those_that_are_not() {
    let mut desk = Desk::new();
    // Each on a host of its own.
    for number in 1..=100 {
        desk.acquaint(&subscription(number * 100), SLOW);
    }
    for number in 1..=100 {
        desk.arrive(&subscription(number * 100), 8);
    }
    let slow = desk.begin();
    assert_eq!(slow.len(), DELIVERIES_SLOW_AT_ONCE_MAX);
    let held: HashSet<_> = targets(&slow).into_iter().collect();
    assert_eq!(held.len(), 100, "they share what they have");
    desk.acquaint(&subscription(7), QUICK);
    desk.arrive(&subscription(7), 8);
    assert_eq!(targets(&desk.begin()), [7; 8]);
    // One that was slow and no longer is has its own share again.
    desk.land(&slow[0], QUICK);
    let well = targets(&desk.begin());
    assert_eq!(
        well.len(),
        1 + 6,
        "a slow one has its slot, and its own rest begins"
    );
}

#[test]
fn many_subscriptions_of_one_host_share_its_room() {
    let mut desk = Desk::new();
    for number in 100..150 {
        desk.acquaint(&subscription(number), QUICK);
    }
    for number in 100..150 {
        desk.arrive(&subscription(number), 4);
    }
    let begun = desk.begin();
    assert_eq!(begun.len(), DELIVERIES_PER_HOST_MAX);
    desk.acquaint(&subscription(200), QUICK);
    desk.land(&begun[0], QUICK);
    let next = desk.begin();
    assert_eq!(next.len(), 1, "a free slot is used");
}

#[test]
fn nothing_is_begun_that_would_outlive_its_lease() {
    let mut desk = Desk::new();
    desk.arrive(&subscription(1), 3);
    desk.dispatch.page(desk.now);
    desk.now = desk.now.plus_millis(DELIVERY_LEASE_MS - ATTEMPT_MS_MAX);
    assert_eq!(desk.begin().len(), 0);
    assert!(
        desk.dispatch.page(desk.now).is_some(),
        "they are asked for again"
    );
    desk.arrive(&subscription(1), 1);
    assert_eq!(desk.begin().len(), 1);
}

#[test]
fn a_full_endpoint_is_left_out_until_it_has_room() {
    let mut desk = Desk::new();
    desk.acquaint(&subscription(1), QUICK);
    desk.arrive(&subscription(1), ENDPOINT_WAITING_MAX + 8);
    let begun = desk.begin();
    assert_eq!(desk.except(), [id(1)]);
    assert!(desk.dispatch.page(desk.now).is_none(), "nothing new");
    desk.land(&begun[0], QUICK);
    assert_eq!(desk.begin().len(), 1);
    assert_eq!(desk.dispatch.page(desk.now).unwrap().0, []);
}

#[test]
fn an_endpoint_that_wants_a_pause_has_it() {
    let mut desk = Desk::new();
    desk.acquaint(&subscription(1), QUICK);
    desk.arrive(&subscription(1), 20);
    let begun = desk.begin();
    let refused = Taking {
        is_taken: false,
        pause_ms: Some(5_000),
        ..QUICK
    };
    desk.land(&begun[0], refused);
    assert_eq!(desk.begin().len(), 0);
    assert_eq!(desk.except(), [id(1)]);
    // What lands meanwhile changes nothing about it.
    desk.land(&begun[1], QUICK);
    desk.now = desk.now.plus_millis(4_999);
    desk.arrive(&subscription(1), 5);
    assert_eq!(desk.begin().len(), 0);
    assert_eq!(desk.dispatch.next_at(), Some(desk.now.plus_millis(1)));
    desk.now = desk.now.plus_millis(1);
    for parcel in &begun[2..] {
        desk.land(parcel, QUICK);
    }
    assert!(!desk.begin().is_empty());
    assert_eq!(desk.except(), []);
    // However long it asks for, one tries after a while.
    let begun = desk.begin();
    assert!(begun.is_empty());
}

#[test]
fn a_rate_is_never_passed_in_any_second() {
    let mut desk = Desk::new();
    let mut rated = subscription(1);
    rated.cap.per_second_max = Some(5);
    let mut begun_at = Vec::new();
    for _ in 0..400 {
        if desk.dispatch.waiting < 20 {
            desk.arrive(&rated, 5);
        }
        for parcel in desk.begin() {
            begun_at.push(desk.now.as_millis());
            desk.land(&parcel, QUICK);
        }
        desk.now = desk.now.plus_millis(37);
    }
    for (index, at) in begun_at.iter().enumerate().skip(5) {
        assert!(at - begun_at[index - 5] >= 1_000, "six within a second");
    }
    let seconds = 400 * 37 / 1_000;
    assert!(begun_at.len() >= 5 * seconds - 10, "{}", begun_at.len());
}

#[test]
fn what_waits_is_bounded_and_the_largest_backlog_gives_way() {
    let mut desk = Desk::new();
    desk.arrive(&subscription(1), 10);
    for number in 2..40 {
        desk.arrive(&subscription(number), 200);
    }
    assert!(desk.dispatch.waiting <= DELIVERIES_WAITING_MAX);
    assert_eq!(desk.dispatch.known.len(), desk.dispatch.waiting);
    assert_eq!(desk.dispatch.endpoints[&id(1)].waiting.len(), 10);
}

#[test]
fn what_is_not_recorded_is_bounded() {
    let mut desk = Desk::new();
    let mut begun = 0;
    for number in 1..400 {
        desk.arrive(&subscription(number * 100), 20);
        for parcel in desk.begin() {
            begun += 1;
            // Answered, but the store does not take it.
            desk.dispatch.landed(&parcel, QUICK, desk.now);
        }
    }
    assert!(begun <= DELIVERIES_UNRECORDED_MAX);
    assert!(begun > DELIVERIES_UNRECORDED_MAX - DELIVERIES_AT_ONCE_MAX);
    desk.dispatch.news();
    assert!(desk.dispatch.page(desk.now).is_none());
}

#[test]
fn a_delivery_is_in_memory_once() {
    let mut desk = Desk::new();
    let due = desk.due(&subscription(1));
    desk.dispatch
        .take_in(vec![due.clone(), due.clone()], host_of);
    let begun = desk.begin();
    assert_eq!(begun.len(), 1);
    desk.dispatch.landed(&begun[0], QUICK, desk.now);
    desk.dispatch.take_in(vec![due.clone()], host_of);
    assert_eq!(desk.begin().len(), 0, "its outcome is on its way");
    desk.dispatch.recorded([due.key.id]);
    desk.dispatch.take_in(vec![due], host_of);
    assert_eq!(desk.begin().len(), 1);
}

#[test]
fn nobody_tells_a_disabled_subscription() {
    let mut desk = Desk::new();
    let told = subscription(1);
    desk.acquaint(&told, QUICK);
    desk.arrive(&told, 10);
    let begun = desk.begin();
    let disabled = Disabled {
        at: desk.now,
        reason: DisabledReason::Gone,
    };
    let (is_news, ended) = desk.dispatch.disabled(&told, disabled);
    assert_eq!((is_news, ended.len()), (true, 2));
    let health = ended[0].subscription.as_ref().unwrap().health;
    assert_eq!(health.disabled, Some(disabled));
    let (is_news, ended) = desk.dispatch.disabled(&told, disabled);
    assert_eq!((is_news, ended.len()), (false, 0));
    // A page that was read before, and one of after its owner enabled it.
    assert_eq!(desk.arrive(&told, 3), 3);
    let mut enabled = told.clone();
    enabled.version = 2;
    for parcel in &begun {
        desk.land(parcel, QUICK);
    }
    assert_eq!(desk.arrive(&enabled, 3), 0);
    assert_eq!(desk.begin().len(), 3);
    let mut gone = desk.due(&told);
    gone.subscription = None;
    assert_eq!(desk.dispatch.take_in(vec![gone], host_of).len(), 1);
}

#[test]
fn a_failing_that_is_over_is_not_concluded_from() {
    let mut desk = Desk::new();
    let mut failing = subscription(1);
    let since = desk.now.plus_millis(-1_000);
    failing.health.failing_since = Some(since);
    let failed = Taking {
        is_taken: false,
        ..QUICK
    };
    desk.arrive(&failing, 4);
    let begun = desk.begin();
    assert_eq!(desk.dispatch.health_of(&failing).failing_since, Some(since));
    assert_eq!(
        desk.dispatch.landed(&begun[0], QUICK, desk.now),
        Some(Turnabout::IsWell)
    );
    assert_eq!(desk.dispatch.health_of(&failing).failing_since, None);
    assert_eq!(
        desk.dispatch.landed(&begun[1], failed, desk.now),
        Some(Turnabout::Fails)
    );
    assert_eq!(desk.dispatch.landed(&begun[2], failed, desk.now), None);
    // Read before it failed, taken after: that ends the failing.
    let well = subscription(1);
    assert_eq!(desk.dispatch.health_of(&well).failing_since, Some(desk.now));
}

#[test]
fn while_much_waits_only_endpoints_without_any_are_read() {
    let mut desk = Desk::new();
    for number in 100..150 {
        desk.arrive(&subscription(number), 60);
    }
    desk.begin();
    assert_eq!(desk.except().len(), 50);
    // Nothing of what was read is forgotten before it had its turn.
    assert_eq!(desk.dispatch.known.len(), 50 * 60);
}

/// SplitMix64, as in `app::environment`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

/// No wake-up is lost: whatever happens in whatever order, in the end everything was begun or forgotten.
#[test]
fn everything_has_its_turn_in_the_end() {
    for seed in 0..20 {
        let mut dice = Dice(seed);
        let mut desk = Desk::new();
        let mut under_way: Vec<Parcel> = Vec::new();
        let mut at_host: HashMap<Arc<str>, usize> = HashMap::new();
        for round in 0..1_500 {
            if round < 1_000 && dice.below(4) == 0 {
                let mut told = subscription(100 + 40 * dice.below(20));
                told.cap.at_once_max = 1 + u32::try_from(dice.below(64)).unwrap();
                told.cap.per_second_max = (dice.below(4) == 0).then_some(50);
                let count = 1 + dice.below(60);
                desk.arrive(&told, usize::try_from(count).unwrap());
            }
            under_way.extend(desk.begin());
            at_host.clear();
            for parcel in &under_way {
                *at_host.entry(Arc::clone(&parcel.host)).or_default() += 1;
            }
            assert!(
                at_host
                    .values()
                    .all(|count| *count <= DELIVERIES_PER_HOST_MAX)
            );
            assert!(under_way.len() <= DELIVERIES_AT_ONCE_MAX);
            for _ in 0..dice.below(40) {
                if under_way.is_empty() {
                    break;
                }
                let place = dice.below(under_way.len() as u64);
                let parcel = under_way.swap_remove(usize::try_from(place).unwrap());
                let taking = match dice.below(20) {
                    0 => Taking {
                        is_taken: false,
                        pause_ms: Some(500),
                        ..QUICK
                    },
                    1..5 => SLOW,
                    _ => QUICK,
                };
                desk.land(&parcel, taking);
            }
            desk.now = desk.now.plus_millis(20);
        }
        while !under_way.is_empty() || desk.dispatch.next_at().is_some() {
            for parcel in std::mem::take(&mut under_way) {
                desk.land(&parcel, QUICK);
            }
            desk.now = desk.now.plus_millis(1_000);
            under_way.extend(desk.begin());
        }
        assert_eq!(
            desk.dispatch.waiting, 0,
            "seed {seed}: somebody waits for ever"
        );
        assert_eq!(desk.dispatch.known.len(), 0, "seed {seed}");
        assert_eq!(desk.dispatch.hosts.len(), 0, "seed {seed}");
        assert_eq!(desk.dispatch.slow_under_way, 0, "seed {seed}");
    }
}
