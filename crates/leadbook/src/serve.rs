//! `leadbook serve`: one server over one book, until it is told to stop.
//!
//! Stopping is graceful: no new connections, answers to what is in flight, accepted writes drained, the
//! database closed. A second signal, or too long a wait, ends the wait for answers; nothing acknowledged is lost
//! either way.

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use app::App;
use axum::serve::ListenerExt;
use domain::limits::SHUTDOWN_MS_MAX;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use worker::{GuardedEndpoints, Options, Worker};

use crate::location::Location;
use crate::site::Site;
use crate::{book, cli, first_run, ready_file, welcome};

pub(crate) async fn serve(site: &Site, options: cli::Serve) -> anyhow::Result<()> {
    let signals = Signals::new()?;
    // Bound before the book is opened: a port that is taken must not leave a new book behind.
    let listeners = Listeners::bind(&options).await?;
    let location = &site.location;
    let _lock = lock(location)?;
    let endpoints = GuardedEndpoints::new(&options.allow_webhook_to);
    let app = book::open_with(site, Arc::new(endpoints), !options.no_vendor_rates).await?;
    let base_url = base_url(&listeners.api)?;
    match first_run::set_up(&app).await? {
        Some(first) => welcome::first_run(&base_url, location, &first),
        None => welcome::again(&base_url, location),
    }
    if let Some(path) = &options.ready_file {
        ready_file::write(path, &ready_file::of_book(&base_url))?;
    }
    run(app, listeners, signals, options.allow_webhook_to).await
}

/// Where the server is heard.
pub(crate) struct Listeners {
    pub(crate) api: TcpListener,
    /// `None`: beside the API.
    metrics: Option<TcpListener>,
}

impl Listeners {
    pub(crate) async fn bind(options: &cli::Serve) -> anyhow::Result<Self> {
        Ok(Self {
            api: bind(options.listen, "--listen").await?,
            metrics: match options.metrics_listen {
                Some(address) => Some(bind(address, "--metrics-listen").await?),
                None => None,
            },
        })
    }
}

async fn bind(address: SocketAddr, option: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another with {option}"))
}

pub(crate) fn base_url(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// Two servers on one file would only wait for each other; a database may have any number. Taken before the book is
/// opened: who is refused must not have brought another server's book to a newer form. The lock ends with the process.
pub(crate) fn lock(location: &Location) -> anyhow::Result<Option<File>> {
    let Location::Folder(folder) = location else {
        return Ok(None);
    };
    book::make_folder(folder)?;
    let path = folder.join("serve.lock");
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    file.try_lock().with_context(|| {
        format!(
            "another `leadbook serve` or `leadbook copy` has the book in {}; stop it first",
            folder.display()
        )
    })?;
    Ok(Some(file))
}

/// Serves until a signal, then stops in order.
pub(crate) async fn run(
    app: Arc<App>,
    listeners: Listeners,
    mut signals: Signals,
    allow_webhook_to: Vec<IpNet>,
) -> anyhow::Result<()> {
    let options = Options {
        allow_webhook_to,
        encoder: Arc::new(api::Encoder::new(Arc::clone(&app))),
    };
    let worker = Worker::start(Arc::clone(&app), options)?;
    let Listeners { api, metrics } = listeners;
    let mut routes = api::router(Arc::clone(&app));
    let scrapes = metrics.map(|listener| spawn_metrics(&app, listener));
    if scrapes.is_none() {
        routes = routes.merge(api::metrics_routes(Arc::clone(&app)));
    }
    let listener = api.tap_io(|stream| {
        // Answers are small and final; waiting for more to send with them would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = axum::serve(listener, routes);
    let server = server.with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        ended = &mut server => ended?.context("the listener failed")?,
        () = signals.next() => {
            tracing::info!("stopping: answering what is in flight");
            let _ = stop.send(());
            // Or every open stream would be waited for.
            app.end_feeds();
            let patience = Duration::from_millis(SHUTDOWN_MS_MAX);
            tokio::select! {
                ended = tokio::time::timeout(patience, server) => if ended.is_err() {
                    tracing::warn!("some requests did not end in time");
                },
                () = signals.next() => tracing::warn!("told twice: some requests are not answered"),
            }
        }
    }
    drop(scrapes);
    worker.stop().await;
    app.stop()
        .await
        .context("the book was not closed cleanly")?;
    tracing::info!("stopped");
    Ok(())
}

fn spawn_metrics(app: &Arc<App>, listener: TcpListener) -> JoinSet<std::io::Result<()>> {
    let mut serving = JoinSet::new();
    let server = axum::serve(listener, api::metrics_routes(Arc::clone(app)));
    serving.spawn(server.into_future());
    serving
}

/// SIGTERM and Ctrl-C. Made before anything else, so that a signal that comes early is not the end of the process.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
