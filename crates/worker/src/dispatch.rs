//! Whose delivery begins next: plain state, without I/O, tasks or a clock of its own.
//!
//! Every subscription is an **endpoint** with a line of what waits for it. Those that may be called stand in a ring and
//! take turns, one delivery each, so that a backlog delays only its own endpoint. Who may not be called just now stands
//! elsewhere, until what it waits for happens: room of its own, of its host, or among the slow ones; or a moment. So
//! nothing is looked at twice in vain, however many endpoints there are.
//!
//! Slow endpoints share a part of the slots, whoever they are: of the rest no number of them can keep a fast one out.
//!
//! Of a full endpoint no more is read ([`Dispatch::page`]), so that its backlog hides nobody else's. What is read too
//! much is forgotten: its lease runs out, and the store gives it out again.

mod endpoint;
mod rate;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use app::DueDelivery;
use domain::limits::{
    DELIVERIES_AT_ONCE_MAX, DELIVERIES_PER_HOST_MAX, DELIVERIES_SLOW_AT_ONCE_MAX,
    DELIVERIES_UNRECORDED_MAX, DELIVERIES_WAITING_MAX, DELIVERY_PAGE_MAX, DELIVERY_RESPONSE_MS_MAX,
    DELIVERY_SLOW_MS, DELIVERY_TIMEOUT_MS, ENDPOINT_PAUSE_MS_MAX, ENDPOINT_WAITING_MAX,
    SUBSCRIPTIONS_MAX,
};
use domain::subscription::{Disabled, Health, Subscription};
use domain::{SubscriptionId, Timestamp};

use endpoint::{Endpoint, Line, Manner, Place};

/// What an attempt takes at most, its outcome's write included, with room to spare.
const ATTEMPT_MS_MAX: i64 = 2 * (DELIVERY_TIMEOUT_MS + DELIVERY_RESPONSE_MS_MAX).cast_signed();

/// A delivery whose turn has come.
#[derive(Debug)]
pub struct Parcel {
    pub due: DueDelivery,
    pub subscription: Arc<Subscription>,
    /// Whose room it takes.
    host: Arc<str>,
    /// Whether it holds one of the slots of slow endpoints.
    is_slow: bool,
}

/// How an endpoint took a parcel, as far as it matters for the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taking {
    /// `None` if nothing was sent.
    pub(crate) took_ms: Option<u64>,
    pub(crate) is_taken: bool,
    /// How long it wants to be left alone.
    pub(crate) pause_ms: Option<i64>,
}

/// Something that changed about an endpoint, worth a line in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turnabout {
    Fails,
    IsWell,
}

#[derive(Default)]
struct Host {
    under_way: usize,
    /// Endpoints that wait for its room.
    lined_up: Line,
}

/// Everything that waits or is under way in this process.
#[derive(Default)]
pub(crate) struct Dispatch {
    endpoints: HashMap<SubscriptionId, Endpoint>,
    hosts: HashMap<Arc<str>, Host>,
    ring: Line,
    slow: Line,
    timers: BTreeSet<(Timestamp, SubscriptionId)>,
    /// All deliveries in memory: that wait, are under way, or whose outcome is not recorded yet.
    known: HashSet<u64>,
    waiting: usize,
    under_way: usize,
    slow_under_way: usize,
    /// Whether the store may have more that is due.
    may_have_more: bool,
    /// Endpoints above which those that are idle are forgotten.
    prune_at: usize,
}

impl Dispatch {
    pub(crate) fn new() -> Self {
        Self {
            may_have_more: true,
            prune_at: SUBSCRIPTIONS_MAX,
            ..Self::default()
        }
    }

    /// There may be something new in the store.
    pub(crate) fn news(&mut self) {
        self.may_have_more = true;
    }

    /// Which page to read now: all but these, so many. `None` if there is no need.
    pub(crate) fn page(&mut self, now: Timestamp) -> Option<(Vec<SubscriptionId>, usize)> {
        self.ring_timers(now);
        let is_crowded = self.known.len() - self.waiting >= DELIVERIES_UNRECORDED_MAX;
        if !self.may_have_more || !self.ring.is_empty() || is_crowded {
            return None;
        }
        self.may_have_more = false;
        let mut except = Vec::new();
        let enough = self.enough();
        for (id, endpoint) in &mut self.endpoints {
            endpoint.is_left_out = endpoint.is_full(enough);
            if endpoint.is_left_out {
                except.push(*id);
            }
        }
        Some((except, DELIVERY_PAGE_MAX))
    }

    /// With how many waiting an endpoint is full. While much waits in all, only those of which nothing does are read:
    /// what is read too much is lost until its lease ends.
    fn enough(&self) -> usize {
        if self.waiting < DELIVERIES_WAITING_MAX / 2 {
            ENDPOINT_WAITING_MAX
        } else {
            1
        }
    }

    /// Whether something waits for its turn.
    pub(crate) fn has_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Takes in a page. Returns those that end without an attempt: nobody is to be told.
    pub(crate) fn take_in(
        &mut self,
        page: Vec<DueDelivery>,
        host_of: impl Fn(&str) -> String,
    ) -> Vec<DueDelivery> {
        self.may_have_more |= page.len() >= DELIVERY_PAGE_MAX;
        let mut ended = Vec::new();
        for mut due in page {
            if !self.known.insert(due.key.id) {
                continue;
            }
            let Some(subscription) = self.judged(&mut due) else {
                ended.push(due);
                continue;
            };
            let id = due.key.subscription_id;
            let endpoint = self
                .endpoints
                .entry(id)
                .or_insert_with(|| Endpoint::new(&subscription, host_of(&subscription.url).into()));
            let is_changed = endpoint.version < subscription.version;
            if is_changed {
                // Its owner changed it: what was learnt of the old one may not hold.
                endpoint.version = subscription.version;
                endpoint.cap = subscription.cap;
                endpoint.host = host_of(&subscription.url).into();
                endpoint.paused_until = None;
            }
            endpoint.waiting.push_back((due, subscription));
            self.waiting += 1;
            if is_changed {
                self.ring_in(id, Place::Timer);
            }
            self.line_up(id);
        }
        self.give_way();
        self.prune();
        ended
    }

    /// The subscription, if it is to be told. One that was disabled here after the page was read is disabled.
    fn judged(&mut self, due: &mut DueDelivery) -> Option<Arc<Subscription>> {
        let subscription = due.subscription.clone()?;
        if subscription.health.disabled.is_some() {
            return None;
        }
        let endpoint = self.endpoints.get_mut(&subscription.id);
        let Some((endpoint, disabled)) =
            endpoint.and_then(|endpoint| endpoint.disabled.map(|disabled| (endpoint, disabled)))
        else {
            return Some(subscription);
        };
        if subscription.version > endpoint.version {
            endpoint.disabled = None;
            return Some(subscription);
        }
        due.subscription = Some(as_disabled(&subscription, disabled));
        None
    }

    /// The next delivery to begin. Ask again until there is none.
    pub(crate) fn next(&mut self, now: Timestamp) -> Option<Parcel> {
        self.ring_timers(now);
        while self.under_way < DELIVERIES_AT_ONCE_MAX
            && self.known.len() - self.waiting < DELIVERIES_UNRECORDED_MAX
        {
            let id = self.ring.pop_front()?;
            if let Some(parcel) = self.turn_of(id, now) {
                return Some(parcel);
            }
        }
        None
    }

    /// Begins one of the endpoint's, or lines it up where it belongs.
    fn turn_of(&mut self, id: SubscriptionId, now: Timestamp) -> Option<Parcel> {
        self.forget_late(id, now);
        let endpoint = self.endpoints.get_mut(&id)?;
        endpoint.place = Place::None;
        let host = Arc::clone(&endpoint.host);
        if endpoint.waiting.is_empty() || !endpoint.has_room() {
            self.pass_on(&host);
            return None;
        }
        if let Some(free_at) = endpoint.free_at(now) {
            endpoint.place = Place::Timer;
            self.timers.insert((free_at, id));
            self.pass_on(&host);
            return None;
        }
        if endpoint.manner == Manner::Slow && self.slow_under_way >= DELIVERIES_SLOW_AT_ONCE_MAX {
            endpoint.place = Place::Slow;
            self.slow.push_back(id);
            self.pass_on(&host);
            return None;
        }
        let room = self.hosts.entry(Arc::clone(&host)).or_default();
        if room.under_way >= DELIVERIES_PER_HOST_MAX {
            endpoint.place = Place::Host;
            room.lined_up.push_back(id);
            self.pass_on_slow();
            return None;
        }
        let parcel = endpoint.begin(now)?;
        room.under_way += 1;
        self.under_way += 1;
        self.slow_under_way += usize::from(parcel.is_slow);
        self.waiting -= 1;
        self.wants_more(id);
        self.line_up(id);
        Some(parcel)
    }

    /// Forgets what could not end within its lease: whoever asks next is given it again, and two must not send one
    /// at the same time.
    fn forget_late(&mut self, id: SubscriptionId, now: Timestamp) {
        let begin_until = now.plus_millis(ATTEMPT_MS_MAX);
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        while let Some((due, _)) = endpoint.waiting.front() {
            if due.leased_until > begin_until {
                break;
            }
            self.known.remove(&due.key.id);
            endpoint.waiting.pop_front();
            self.waiting -= 1;
            self.may_have_more = true;
        }
    }

    /// Whether the endpoint was left out of a page, and has room again.
    fn wants_more(&mut self, id: SubscriptionId) {
        let enough = self.enough();
        if let Some(endpoint) = self.endpoints.get_mut(&id)
            && endpoint.is_left_out
            && !endpoint.is_full(enough)
        {
            endpoint.is_left_out = false;
            self.may_have_more = true;
        }
    }

    /// Puts the endpoint into the ring, if something waits and it stands nowhere.
    fn line_up(&mut self, id: SubscriptionId) {
        if let Some(endpoint) = self.endpoints.get_mut(&id)
            && endpoint.place == Place::None
            && !endpoint.waiting.is_empty()
            && endpoint.has_room()
        {
            endpoint.place = Place::Ring;
            self.ring.push_back(id);
        }
    }

    /// An endpoint has answered, or not in time: its slot is free. Its outcome is still to be recorded.
    pub(crate) fn landed(
        &mut self,
        parcel: &Parcel,
        taking: Taking,
        now: Timestamp,
    ) -> Option<Turnabout> {
        let id = parcel.subscription.id;
        self.under_way -= 1;
        self.slow_under_way -= usize::from(parcel.is_slow);
        if let Some(host) = self.hosts.get_mut(&parcel.host) {
            host.under_way -= 1;
        }
        self.pass_on(&parcel.host);
        let endpoint = self.endpoints.get_mut(&id)?;
        endpoint.under_way -= 1;
        if let Some(took_ms) = taking.took_ms {
            endpoint.manner = if took_ms >= DELIVERY_SLOW_MS {
                Manner::Slow
            } else {
                Manner::Fast
            };
        }
        let turnabout = endpoint.health(taking, now);
        if let Some(pause_ms) = taking.pause_ms {
            self.pause(id, now.plus_millis(pause_ms.min(ENDPOINT_PAUSE_MS_MAX)));
        }
        self.wants_more(id);
        if taking
            .took_ms
            .is_some_and(|took_ms| took_ms < DELIVERY_SLOW_MS)
        {
            // It may stand among the slow ones, and is none any more.
            self.ring_in(id, Place::Slow);
        }
        self.line_up(id);
        turnabout
    }

    /// Leaves the endpoint alone until then. What waits for it is forgotten, so that it takes no room meanwhile.
    fn pause(&mut self, id: SubscriptionId, until: Timestamp) {
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        if endpoint.paused_until.is_some_and(|paused| paused >= until) {
            return;
        }
        for (due, _) in std::mem::take(&mut endpoint.waiting) {
            self.known.remove(&due.key.id);
            self.waiting -= 1;
        }
        endpoint.paused_until = Some(until);
        endpoint.manner = Manner::Unknown;
        self.timers.insert((until, id));
    }

    /// The health to conclude from: as it was read, except that what was learnt since counts.
    pub(crate) fn health_of(&self, subscription: &Subscription) -> Health {
        let mut health = subscription.health;
        if let Some(endpoint) = self.endpoints.get(&subscription.id) {
            health.failing_since = endpoint.failing_since(health.failing_since);
        }
        health
    }

    /// A subscription is disabled from now on. Whether that is news, and what waited for it: to be ended.
    pub(crate) fn disabled(
        &mut self,
        subscription: &Subscription,
        disabled: Disabled,
    ) -> (bool, Vec<DueDelivery>) {
        let Some(endpoint) = self.endpoints.get_mut(&subscription.id) else {
            return (true, Vec::new());
        };
        if endpoint.version > subscription.version {
            // The owner has changed it meanwhile; the store decides.
            return (true, Vec::new());
        }
        let is_news = endpoint.disabled.replace(disabled).is_none();
        let waiting = std::mem::take(&mut endpoint.waiting);
        self.waiting -= waiting.len();
        let ended = waiting.into_iter().map(|(mut due, subscription)| {
            due.subscription = Some(as_disabled(&subscription, disabled));
            due
        });
        (is_news, ended.collect())
    }

    /// The store knows what became of these.
    pub(crate) fn recorded(&mut self, ids: impl IntoIterator<Item = u64>) {
        for id in ids {
            self.known.remove(&id);
        }
    }

    /// When something can begin that cannot now, if nothing else happens before.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Wakes those whose moment has come.
    fn ring_timers(&mut self, now: Timestamp) {
        while let Some((at, id)) = self.timers.first().copied() {
            if at > now {
                return;
            }
            self.timers.pop_first();
            let Some(endpoint) = self.endpoints.get_mut(&id) else {
                continue;
            };
            if endpoint.paused_until.is_some_and(|until| until <= now) {
                endpoint.paused_until = None;
                self.wants_more(id);
            }
            self.ring_in(id, Place::Timer);
        }
    }

    /// Puts the endpoint into the ring from where it stood; whether it is there. One that stands there no longer has been
    /// woken by something else.
    fn ring_in(&mut self, id: SubscriptionId, from: Place) -> bool {
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return false;
        };
        if endpoint.place != from {
            return false;
        }
        endpoint.place = Place::None;
        self.line_up(id);
        self.endpoints[&id].place == Place::Ring
    }

    /// Room of the host, or among the slow ones, is free or was not made use of: the next in line may have it.
    fn pass_on(&mut self, name: &Arc<str>) {
        while let Some(host) = self.hosts.get_mut(name)
            && host.under_way < DELIVERIES_PER_HOST_MAX
        {
            let Some(next) = host.lined_up.pop_front() else {
                if host.under_way == 0 {
                    self.hosts.remove(name);
                }
                break;
            };
            if self.ring_in(next, Place::Host) {
                break;
            }
        }
        self.pass_on_slow();
    }

    fn pass_on_slow(&mut self) {
        while self.slow_under_way < DELIVERIES_SLOW_AT_ONCE_MAX {
            let Some(next) = self.slow.pop_front() else {
                return;
            };
            if self.ring_in(next, Place::Slow) {
                return;
            }
        }
    }

    /// Forgets the youngest of the largest backlogs, as long as too much waits.
    fn give_way(&mut self) {
        while self.waiting > DELIVERIES_WAITING_MAX {
            let largest = self
                .endpoints
                .values_mut()
                .max_by_key(|endpoint| endpoint.waiting.len());
            let Some(endpoint) = largest else { return };
            let keep = endpoint.waiting.len() / 2;
            for (due, _) in endpoint.waiting.drain(keep..) {
                self.known.remove(&due.key.id);
                self.waiting -= 1;
            }
            endpoint.is_left_out = true;
        }
    }

    fn prune(&mut self) {
        if self.endpoints.len() > self.prune_at {
            self.endpoints.retain(|_, endpoint| endpoint.is_busy());
            self.prune_at = SUBSCRIPTIONS_MAX.max(2 * self.endpoints.len());
        }
    }
}

fn as_disabled(subscription: &Arc<Subscription>, disabled: Disabled) -> Arc<Subscription> {
    let mut subscription = Subscription::clone(subscription);
    subscription.health.disabled = Some(disabled);
    Arc::new(subscription)
}

#[cfg(test)]
mod tests;
