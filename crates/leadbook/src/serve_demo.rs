//! `leadbook serve --demo`: a temporary book in which the vendors' own examples work. Loopback only, because
//! its keys are printed in public documents.

use std::sync::Arc;

use anyhow::Context as _;
use app::subscriptions::PlainAuth;
use app::vault::Vault;
use app::{App, Services, SystemEnvironment};
use store_sqlite::SqliteStore;
use worker::GuardedEndpoints;

use crate::{cli, ready_file, serve, welcome};

pub(crate) async fn serve(options: cli::Serve) -> anyhow::Result<()> {
    anyhow::ensure!(
        options.listen.ip().is_loopback(),
        "--demo listens on a loopback address only, not on {}: its keys are public",
        options.listen
    );
    for url in &options.uservox_callback {
        worker::check_url(url, &options.allow_webhook_to)?;
    }
    let signals = serve::Signals::new()?;
    let listeners = serve::Listeners::bind(&options).await?;
    let base_url = serve::base_url(&listeners.api)?;
    let store = SqliteStore::open_temporary().context("cannot create a temporary book")?;
    let environment = Arc::new(SystemEnvironment::default());
    // Forgotten with the book.
    let key = Vault::generate(&*environment);
    let services = Services {
        endpoints: Arc::new(GuardedEndpoints::new(&options.allow_webhook_to)),
        vault: Some(Vault::read(&key)?),
        has_vendor_rates: !options.no_vendor_rates,
    };
    let app = App::start_with(Arc::new(store), environment, services);
    let callbacks = options
        .uservox_callback
        .into_iter()
        .map(|url| (url, PlainAuth::None));
    let demo = api::demo::seed(&app, callbacks.collect())
        .await
        .context("cannot fill the demo")?;
    welcome::demo(&base_url, &demo);
    if let Some(path) = &options.ready_file {
        ready_file::write(path, &ready_file::of_demo(&base_url, &demo))?;
    }
    serve::run(app, listeners, signals, options.allow_webhook_to).await
}
