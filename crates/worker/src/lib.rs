//! The background loops: queued updates (`jobs`), dead leases (`sweep`), webhooks (`deliveries`, and `dispatch`, which
//! says whose turn it is), the change feed's places (`positions`), old attempts (`forget`), what others left undone
//! (`leftovers`); and the guarded HTTP client that sends (`client`, `guard`).
//!
//! The loops keep nothing that matters in memory: what to do is read from the store, and a loop that is
//! stopped, or dies, finds the same work at its next look. They do not decide anything about leads and
//! know no vendor; the words of a webhook come from the encoder that the binary hands in.

mod client;
mod courier;
pub mod deliveries;
mod dispatch;
mod drain;
mod endpoints;
mod forget;
mod guard;
mod jobs;
mod leftovers;
mod pace;
mod positions;
mod sweep;

use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use app::App;
use app::deliveries::Encode;
use domain::limits::WORKER_STOP_MS_MAX;
use ipnet::IpNet;
use reqwest::dns::Resolve;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use client::{StartError, check_auth};
pub use courier::{Courier, Reply};
pub use dispatch::Parcel;
pub use endpoints::GuardedEndpoints;
pub use guard::{Refused, SystemResolver, check_url, check_url_form};
use pace::{Pace, Turn};

/// What the binary decides.
#[derive(Clone)]
pub struct Options {
    /// Ranges that webhooks may reach although they are not public.
    pub allow_webhook_to: Vec<IpNet>,
    /// Writes news in the words of a subscription's format.
    pub encoder: Arc<dyn Encode>,
}

/// The running loops. They end when it is dropped; [`Worker::stop`] lets them finish.
pub struct Worker {
    loops: JoinSet<()>,
    stop: watch::Sender<bool>,
    wake: watch::Sender<u64>,
}

impl Worker {
    /// Starts the loops on the current runtime.
    pub fn start(app: Arc<App>, options: Options) -> Result<Self, StartError> {
        Self::start_with_resolver(app, options, Arc::new(SystemResolver))
    }

    /// As [`Self::start`], with names resolved elsewhere. The guard judges these answers too.
    pub fn start_with_resolver(
        app: Arc<App>,
        options: Options,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, StartError> {
        let Options {
            allow_webhook_to,
            encoder,
        } = options;
        let client = client::Client::new(allow_webhook_to.into(), resolver)?;
        let sender = deliveries::Sender {
            app: Arc::clone(&app),
            courier: Arc::new(client),
            encoder,
        };
        let (stop, stopped) = watch::channel(false);
        let (wake, woken) = watch::channel(0);
        let pace = Pace {
            stop: stopped,
            wake: woken,
        };
        let jobs = jobs::Jobs(Arc::clone(&app));
        let sweep = sweep::Sweep(Arc::clone(&app));
        let mut loops = JoinSet::new();
        loops.spawn(keep("jobs", pace.clone(), move |pace| {
            drain::run(jobs.clone(), pace)
        }));
        loops.spawn(keep("lease-sweep", pace.clone(), move |pace| {
            drain::run(sweep.clone(), pace)
        }));
        loops.spawn(keep("deliveries", pace.clone(), move |pace| {
            deliveries::run(sender.clone(), pace)
        }));
        let reader = Arc::clone(&app);
        loops.spawn(keep("positions", pace.clone(), move |pace| {
            positions::run(Arc::clone(&reader), pace)
        }));
        let (maker, emptier) = (Arc::clone(&app), Arc::clone(&app));
        loops.spawn(keep("bulks", pace.clone(), move |pace| {
            leftovers::bulks(Arc::clone(&maker), pace)
        }));
        loops.spawn(keep("campaign-deletion", pace.clone(), move |pace| {
            leftovers::campaigns(Arc::clone(&emptier), pace)
        }));
        loops.spawn(keep("forget", pace, move |pace| {
            forget::run(Arc::clone(&app), pace)
        }));
        Ok(Self { loops, stop, wake })
    }

    /// Makes every loop look now rather than at its next tick: for whoever moves the clock.
    pub fn wake(&self) {
        self.wake
            .send_modify(|times| *times = times.wrapping_add(1));
    }

    /// Stops taking work, gives what is under way a moment, and returns in bounded time. What was cut off
    /// is found again at the next start.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // A second more than the loops give themselves.
        let patience = Duration::from_millis(WORKER_STOP_MS_MAX + 1_000);
        let ending = async { while self.loops.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, ending).await.is_err() {
            tracing::warn!("background work did not end in time and was cut off");
        }
        self.loops.shutdown().await;
    }
}

/// Runs a loop, and again after a second should it panic.
async fn keep<Loop>(task: &'static str, mut pace: Pace, start: impl Fn(Pace) -> Loop)
where
    Loop: Future<Output = ()> + Send + 'static,
{
    loop {
        // A set, so that the loop ends with this one.
        let mut running = JoinSet::new();
        running.spawn(start(pace.clone()));
        match running.join_next().await {
            Some(Err(error)) if error.is_panic() => {
                tracing::error!(task, "a background loop panicked; it is started again");
            }
            _ => return,
        }
        if pace.wait(pending()).await == Turn::Stop {
            return;
        }
    }
}
