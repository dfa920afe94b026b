//! Delivers webhooks, many at once, each endpoint for itself.
//!
//! [`Deliveries`] are the steps: which page to read, whose turn it is (`dispatch`), what an attempt leads to. They wait
//! for nothing, so that a simulation can take them in any order and stop between any two. [`run`] takes them as
//! the world answers: it reads pages, lets attempts run, and hands outcomes to the `recorder`.
//!
//! At least once: a delivery ends only when its outcome is stored. A crash in between sends it again. In order
//! per lead and subscription, because the store gives out only the first unfinished one of each such line. The plan of the
//! retries is `domain::delivery`.

mod attempt;
mod recorder;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use app::{AppError, DueDelivery, FinishedDelivery};
use domain::SubscriptionId;
use domain::delivery::{HealthChange, Reception};
use domain::limits::{
    DELIVERY_PAGE_MAX, WORKER_LOOK_IN_VAIN_MS, WORKER_LOOK_MS_MIN, WORKER_STOP_MS_MAX,
    WORKER_TICK_MS,
};
use domain::subscription::Subscription;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::{JoinError, JoinSet};

use crate::dispatch::{Dispatch, Parcel, Taking, Turnabout};
use crate::pace::{Pace, Trouble, Turn};
pub use attempt::{Answered, Sender};

/// The steps of delivering, and what they remember.
pub struct Deliveries {
    sender: Sender,
    dispatch: Dispatch,
}

impl Deliveries {
    pub fn new(sender: Sender) -> Self {
        Self {
            sender,
            dispatch: Dispatch::new(),
        }
    }

    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// There may be something new in the store.
    pub fn news(&mut self) {
        self.dispatch.news();
    }

    /// Which page to read now: all but these, so many. `None` if there is no need.
    pub fn page(&mut self) -> Option<(Vec<SubscriptionId>, usize)> {
        self.dispatch.page(self.now())
    }

    /// Takes in a page. Returns what ends without an attempt.
    pub fn take_in(&mut self, page: Vec<DueDelivery>) -> Vec<FinishedDelivery> {
        let courier = &self.sender.courier;
        let ended = self.dispatch.take_in(page, |url| courier.host(url));
        self.ended(&ended)
    }

    /// The next delivery to attempt now. Ask again until there is none.
    pub fn begin(&mut self) -> Option<Parcel> {
        self.dispatch.next(self.now())
    }

    /// What an attempt leads to: the end of its delivery, and, if it disables the subscription, of others.
    pub fn land(&mut self, answered: Answered) -> Vec<FinishedDelivery> {
        let now = self.now();
        let Answered {
            parcel,
            attempt,
            pause_ms,
        } = answered;
        let is_taken = matches!(attempt, Some((_, Reception::Taken)));
        // Before it lands: that it was taken now ends a failing, and that is to be recorded.
        let health = self.dispatch.health_of(&parcel.subscription);
        let taking = Taking {
            took_ms: attempt
                .as_ref()
                .map(|(attempt, _)| u64::from(attempt.duration_ms)),
            is_taken,
            pause_ms,
        };
        let turnabout = self.dispatch.landed(&parcel, taking, now);
        log(&parcel.subscription, turnabout);
        let app = &self.sender.app;
        let Some((attempt, reception)) = attempt else {
            return vec![app.end_delivery(&parcel.due)];
        };
        if is_taken {
            let age_ms = now.as_millis() - parcel.due.at.as_millis();
            app.metrics().delivered(age_ms);
        }
        let subscription = Subscription {
            health,
            ..Subscription::clone(&parcel.subscription)
        };
        let mut finished = app.conclude_delivery(&parcel.due, &subscription, attempt, reception);
        let mut ended = Vec::new();
        if let HealthChange::Disabled(disabled) = finished.health {
            let (is_news, others) = self.dispatch.disabled(&subscription, disabled);
            if !is_news {
                finished.health = HealthChange::Same;
            }
            ended = self.ended(&others);
        }
        ended.insert(0, finished);
        ended
    }

    /// The store knows what became of these.
    pub fn recorded(&mut self, ids: impl IntoIterator<Item = u64>) {
        self.dispatch.recorded(ids);
    }

    fn ended(&self, due: &[DueDelivery]) -> Vec<FinishedDelivery> {
        let app = &self.sender.app;
        due.iter().map(|due| app.end_delivery(due)).collect()
    }

    fn now(&self) -> domain::Timestamp {
        self.sender.app.environment().now()
    }

    /// For how long to read no page after one that had so many.
    fn rest_after(&self, found: usize) -> Option<Duration> {
        let rest_ms = match found {
            DELIVERY_PAGE_MAX.. => return None,
            0 if self.dispatch.has_waiting() => WORKER_LOOK_IN_VAIN_MS,
            _ => WORKER_LOOK_MS_MIN,
        };
        Some(Duration::from_millis(rest_ms))
    }

    /// For how long nothing can begin that cannot now, if there is no news.
    fn idle_for(&self) -> Duration {
        let tick = Duration::from_millis(WORKER_TICK_MS);
        let wait_ms = self
            .dispatch
            .next_at()
            .map(|at| at.as_millis() - self.now().as_millis());
        wait_ms.map_or(tick, |ms| {
            Duration::from_millis(ms.max(1).unsigned_abs()).min(tick)
        })
    }
}

/// An endpoint's failures are in the attempt log; here is only that they begin and end.
fn log(subscription: &Subscription, turnabout: Option<Turnabout>) {
    let subscription = subscription.id.get();
    match turnabout {
        Some(Turnabout::Fails) => {
            tracing::info!(
                subscription,
                "webhooks to an endpoint fail; they are retried"
            );
        }
        Some(Turnabout::IsWell) => {
            tracing::info!(subscription, "an endpoint takes webhooks again");
        }
        None => {}
    }
}

type Page = Pin<Box<dyn Future<Output = Result<Vec<DueDelivery>, AppError>> + Send>>;

/// The steps, and what of them is under way.
struct Loop {
    deliveries: Deliveries,
    attempts: JoinSet<Answered>,
    outcomes: UnboundedSender<FinishedDelivery>,
    recorded: UnboundedReceiver<Vec<u64>>,
    /// The page that is being read.
    page: Option<Page>,
    /// Until when none is read, because the last one had little.
    rest: Option<Pin<Box<tokio::time::Sleep>>>,
    trouble: Trouble,
}

/// Delivers until told to stop; then gives those under way a moment.
pub(crate) async fn run(sender: Sender, mut pace: Pace) {
    let app = Arc::clone(&sender.app);
    let (outcomes, received) = mpsc::unbounded_channel();
    let (tell, recorded) = mpsc::unbounded_channel();
    let mut recording = JoinSet::new();
    recording.spawn(recorder::run(Arc::clone(&app), received, tell));
    let mut running = Loop {
        deliveries: Deliveries::new(sender),
        attempts: JoinSet::new(),
        outcomes,
        recorded,
        page: None,
        rest: None,
        trouble: Trouble::none("deliveries"),
    };
    while pace.turn() == Turn::Look {
        running.begin();
        let idle_for = running.deliveries.idle_for();
        tokio::select! {
            Some(joined) = running.attempts.join_next() => running.landed(joined),
            read = read(&mut running.page) => running.arrived(read),
            Some(ids) = running.recorded.recv() => running.deliveries.recorded(ids),
            () = rested(&mut running.rest) => running.rest = None,
            turn = pace.wait_at_most(app.delivery_added(), idle_for) => {
                running.deliveries.news();
                if turn == Turn::Stop {
                    break;
                }
            }
        }
    }
    running.abandon(recording).await;
}

async fn read(page: &mut Option<Page>) -> Result<Vec<DueDelivery>, AppError> {
    match page {
        Some(page) => page.await,
        None => std::future::pending().await,
    }
}

async fn rested(rest: &mut Option<Pin<Box<tokio::time::Sleep>>>) {
    match rest {
        Some(rest) => rest.as_mut().await,
        None => std::future::pending().await,
    }
}

impl Loop {
    /// Begins whatever there is room for.
    fn begin(&mut self) {
        while let Some(parcel) = self.deliveries.begin() {
            let sender = self.deliveries.sender().clone();
            self.attempts
                .spawn(async move { sender.attempt(parcel).await });
        }
        if self.page.is_some() || self.rest.is_some() {
            return;
        }
        if let Some((except, limit)) = self.deliveries.page() {
            let app = Arc::clone(&self.deliveries.sender().app);
            self.page = Some(Box::pin(async move {
                app.lease_deliveries(&except, limit).await
            }));
        }
    }

    fn arrived(&mut self, page: Result<Vec<DueDelivery>, AppError>) {
        self.page = None;
        let rest = match page {
            Ok(page) => {
                self.trouble.over();
                let found = page.len();
                for finished in self.deliveries.take_in(page) {
                    self.record(finished);
                }
                self.deliveries.rest_after(found)
            }
            Err(error) => {
                self.trouble.again(&error);
                self.deliveries.news();
                Some(self.trouble.wait())
            }
        };
        self.rest = rest.map(|rest| Box::pin(tokio::time::sleep(rest)));
    }

    fn landed(&mut self, joined: Result<Answered, JoinError>) {
        // Only a runtime that shuts down ends an attempt otherwise.
        let Ok(answered) = joined else { return };
        for finished in self.deliveries.land(answered) {
            self.record(finished);
        }
    }

    fn record(&self, finished: FinishedDelivery) {
        // The recorder ends only after this end is dropped.
        let _ = self.outcomes.send(finished);
    }

    /// Waits a moment for what is under way, and for its outcomes. The rest stays due and is sent again at the next start.
    async fn abandon(mut self, mut recording: JoinSet<()>) {
        let patience = Duration::from_millis(WORKER_STOP_MS_MAX);
        let ending = async {
            while let Some(joined) = self.attempts.join_next().await {
                self.landed(joined);
            }
        };
        if tokio::time::timeout(patience, ending).await.is_err() {
            let abandoned = self.attempts.len();
            tracing::info!(
                abandoned,
                "webhooks were still under way; they are sent again after the next start"
            );
        }
        self.attempts.shutdown().await;
        drop(self.outcomes);
        let ending = async { while recording.join_next().await.is_some() {} };
        if tokio::time::timeout(patience / 4, ending).await.is_err() {
            tracing::info!("not all outcomes of webhooks were stored; those are sent again");
        }
    }
}
