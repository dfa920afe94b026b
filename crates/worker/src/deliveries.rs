//! Delivers result webhooks, many at once, each receiver for itself.
//!
//! What is due is read from the store in pages and kept in `waiting` until there is room: at most
//! [`DELIVERIES_AT_ONCE_MAX`] are under way, and of these [`DELIVERIES_PER_HOST_MAX`] to one host. While a host
//! is full, its callbacks are left out of the next page, so that its backlog hides nobody else's.
//!
//! At least once: a delivery ends only when its outcome is stored, and its slot is kept until then, so that it
//! is never under way twice. A crash in between sends it again. In order per lead and callback, because
//! the store gives out only the first unfinished one. The plan of the retries is `app::deliveries`.

mod attempt;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use app::{App, AppError, DueDelivery};
use domain::CallbackId;
use domain::limits::{
    DELIVERIES_AT_ONCE_MAX, DELIVERIES_PER_HOST_MAX, DELIVERY_PAGE_MAX, DELIVERY_TIMEOUT_MS,
    WORKER_STOP_MS_MAX,
};
use tokio::task::{Id, JoinError, JoinSet};

use crate::client::Client;
use crate::pace::{Pace, Trouble, Turn};
use attempt::Attempt;

/// What an attempt takes at most, its outcome's write included, with room to spare.
const ATTEMPT_MS_MAX: i64 = 2 * DELIVERY_TIMEOUT_MS.cast_signed();

/// A delivery in memory, and the host it goes to.
#[derive(Clone)]
struct Parcel {
    due: Arc<DueDelivery>,
    host: Arc<str>,
}

/// Everything an attempt needs besides its delivery.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) app: Arc<App>,
    pub(crate) client: Arc<Client>,
    pub(crate) encode_result: fn(&domain::state::JobResult) -> String,
}

struct Deliveries {
    sender: Sender,
    /// Due, but without room. Oldest first.
    waiting: Vec<Parcel>,
    /// Callbacks of full hosts of which even more is due than may wait here.
    passed_over: HashMap<Arc<str>, HashSet<CallbackId>>,
    under_way: HashMap<Id, Parcel>,
    attempts: JoinSet<()>,
    /// Whether the store may know of more than `waiting` and `under_way`.
    may_have_more: bool,
}

/// Delivers until told to stop; then gives those under way a moment.
pub(crate) async fn run(sender: Sender, mut pace: Pace) {
    let app = Arc::clone(&sender.app);
    let mut deliveries = Deliveries {
        sender,
        waiting: Vec::new(),
        passed_over: HashMap::new(),
        under_way: HashMap::new(),
        attempts: JoinSet::new(),
        may_have_more: true,
    };
    let mut trouble = Trouble::none("deliveries");
    while pace.turn() == Turn::Look {
        let turn = match deliveries.fill().await {
            Ok(()) => {
                trouble.over();
                tokio::select! {
                    Some(joined) = deliveries.attempts.join_next_with_id() => {
                        deliveries.landed(joined);
                        Turn::Look
                    }
                    turn = pace.wait(app.delivery_added()) => {
                        deliveries.may_have_more = true;
                        turn
                    }
                }
            }
            Err(error) => {
                trouble.again(&error);
                pace.wait_out(&trouble).await
            }
        };
        if turn == Turn::Stop {
            break;
        }
        while let Some(joined) = deliveries.attempts.try_join_next_with_id() {
            deliveries.landed(joined);
        }
    }
    deliveries.abandon().await;
}

impl Deliveries {
    /// Starts whatever there is room for.
    async fn fill(&mut self) -> Result<(), AppError> {
        loop {
            self.start_waiting();
            if !self.may_have_more || self.under_way.len() >= DELIVERIES_AT_ONCE_MAX {
                return Ok(());
            }
            // What waits now waits for full hosts, which the page leaves out; what is under way may be
            // in it again, so that a page larger than that brings something new, if there is any.
            let limit = DELIVERY_PAGE_MAX + DELIVERIES_AT_ONCE_MAX;
            let full = self.callbacks_of_full_hosts();
            let page = self.sender.app.lease_deliveries(&full, limit).await?;
            self.may_have_more = page.len() == limit;
            self.take_in(page);
        }
    }

    fn take_in(&mut self, page: Vec<DueDelivery>) {
        let known: HashSet<u64> = self.parcels().map(|parcel| parcel.due.id).collect();
        let mut of_host: HashMap<Arc<str>, usize> = HashMap::new();
        for parcel in &self.waiting {
            *of_host.entry(Arc::clone(&parcel.host)).or_default() += 1;
        }
        for due in page {
            if known.contains(&due.id) {
                continue;
            }
            let host: Arc<str> = self.sender.client.host(&due.callback).into();
            let of_host = of_host.entry(Arc::clone(&host)).or_default();
            if *of_host < DELIVERY_PAGE_MAX {
                *of_host += 1;
                let due = Arc::new(due);
                self.waiting.push(Parcel { due, host });
            } else {
                let callbacks = self.passed_over.entry(host).or_default();
                callbacks.insert(due.callback.id);
            }
        }
    }

    fn parcels(&self) -> impl Iterator<Item = &Parcel> {
        self.under_way.values().chain(&self.waiting)
    }

    fn load(&self) -> HashMap<Arc<str>, usize> {
        let mut load = HashMap::new();
        for parcel in self.under_way.values() {
            *load.entry(Arc::clone(&parcel.host)).or_default() += 1;
        }
        load
    }

    fn start_waiting(&mut self) {
        let begin_until = self
            .sender
            .app
            .environment()
            .now()
            .plus_millis(ATTEMPT_MS_MAX);
        // Whoever asks next is given them again; two must not send one at the same time.
        let before = self.waiting.len();
        self.waiting
            .retain(|parcel| parcel.due.leased_until > begin_until);
        self.may_have_more |= self.waiting.len() < before;
        let mut load = self.load();
        let mut still_waiting = Vec::new();
        for parcel in std::mem::take(&mut self.waiting) {
            let of_host = load.entry(Arc::clone(&parcel.host)).or_default();
            let has_room =
                *of_host < DELIVERIES_PER_HOST_MAX && self.under_way.len() < DELIVERIES_AT_ONCE_MAX;
            if has_room {
                *of_host += 1;
                self.start(parcel);
            } else {
                still_waiting.push(parcel);
            }
        }
        self.waiting = still_waiting;
    }

    fn start(&mut self, parcel: Parcel) {
        let attempt = Attempt::new(self.sender.clone(), Arc::clone(&parcel.due));
        let task = self.attempts.spawn(attempt.run());
        self.under_way.insert(task.id(), parcel);
    }

    fn callbacks_of_full_hosts(&self) -> Vec<CallbackId> {
        let load = self.load();
        let is_full = |host: &Arc<str>| {
            load.get(host)
                .is_some_and(|count| *count >= DELIVERIES_PER_HOST_MAX)
        };
        let passed_over = self.passed_over.iter();
        let callbacks: HashSet<_> = self
            .parcels()
            .filter(|parcel| is_full(&parcel.host))
            .map(|parcel| parcel.due.callback.id)
            .chain(
                passed_over
                    .filter(|(host, _)| is_full(host))
                    .flat_map(|(_, callbacks)| callbacks.iter().copied()),
            )
            .collect();
        callbacks.into_iter().collect()
    }

    /// An attempt has ended, its outcome is stored.
    fn landed(&mut self, joined: Result<(Id, ()), JoinError>) {
        let id = match &joined {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        let Some(parcel) = self.under_way.remove(&id) else {
            return;
        };
        if joined.is_err_and(|error| error.is_panic()) {
            tracing::error!(delivery = parcel.due.id, "a delivery panicked");
            let attempt = Attempt::new(self.sender.clone(), Arc::clone(&parcel.due));
            let task = self.attempts.spawn(attempt.panicked());
            self.under_way.insert(task.id(), parcel);
            return;
        }
        // Its lead's next delivery may be due, and its host's others that pages left out.
        if self.waiting.iter().all(|other| other.host != parcel.host) {
            self.passed_over.remove(&parcel.host);
            self.may_have_more = true;
        }
    }

    /// Waits a moment for what is under way. The rest stays due and is sent again at the next start.
    async fn abandon(mut self) {
        let patience = Duration::from_millis(WORKER_STOP_MS_MAX);
        let landing = async {
            while let Some(joined) = self.attempts.join_next_with_id().await {
                let (Ok((id, ())) | Err(id)) = joined.map_err(|error| error.id());
                self.under_way.remove(&id);
            }
        };
        if tokio::time::timeout(patience, landing).await.is_err() {
            let abandoned = self.under_way.len();
            tracing::info!(
                abandoned,
                "webhooks were still under way; they are sent again after the next start"
            );
        }
        self.attempts.shutdown().await;
    }
}
