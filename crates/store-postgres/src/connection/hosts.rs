//! Connecting to the first of several hosts that is what the URL wants. tokio-postgres goes from host to host by itself,
//! but waits for ever for one that takes the connection and then says nothing, and never comes to the next: a server whose
//! disk hangs, or one that was frozen. Which hosts there are is the URL's.

use std::cmp::max;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use deadpool_postgres::Connect;
use domain::limits::DATABASE_CONNECT_MS_MAX;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, LoadBalanceHosts};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Error, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
type Connected = Result<(Client, JoinHandle<()>), Error>;

/// As a pool wants it.
pub(super) struct Hosts(pub(super) MakeRustlsConnect);

impl Connect for Hosts {
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let config = config.clone();
        Box::pin(async move { connect(&config, &self.0).await })
    }
}

/// A connection, and the task that is behind it.
pub(super) async fn connect(config: &Config, tls: &MakeRustlsConnect) -> Connected {
    let (client, connection) = first(config, tls).await?;
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the database ended");
        }
    });
    Ok((client, task))
}

async fn first(
    config: &Config,
    tls: &MakeRustlsConnect,
) -> Result<(Client, Connection<Socket, Stream>), Error> {
    let patience = Duration::from_millis(DATABASE_CONNECT_MS_MAX);
    let mut hosts = apart(config);
    let last = hosts.pop();
    for host in hosts {
        let connecting = host.connect(tls.clone());
        match tokio::time::timeout(patience, connecting).await {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(error)) => tracing::debug!(%error, "not this host"),
            Err(_) => tracing::debug!("a host did not answer"),
        }
    }
    // The caller's patience bounds this one.
    last.as_ref().unwrap_or(config).connect(tls.clone()).await
}

/// The same for each host alone. None if there is nothing to try one after the other.
fn apart(config: &Config) -> Vec<Config> {
    let names = config.get_hosts().len();
    let addresses = config.get_hostaddrs().len();
    let ports = config.get_ports().len();
    let count = max(names, addresses);
    let is_even = |length| length == 0 || length == count;
    // tokio-postgres says what is wrong with lists of different lengths, and shuffles.
    if !is_even(names)
        || !is_even(addresses)
        || !(ports == 1 || is_even(ports))
        || config.get_load_balance_hosts() == LoadBalanceHosts::Random
    {
        return Vec::new();
    }
    (0..count).map(|index| only(config, index)).collect()
}

fn only(config: &Config, index: usize) -> Config {
    let mut one = settings(config);
    match config.get_hosts().get(index) {
        Some(Host::Tcp(name)) => drop(one.host(name)),
        Some(Host::Unix(folder)) => drop(one.host_path(folder)),
        None => {}
    }
    if let Some(address) = config.get_hostaddrs().get(index) {
        one.hostaddr(*address);
    }
    let ports = config.get_ports();
    if let Some(port) = ports.get(index).or(ports.first()) {
        one.port(*port);
    }
    one
}

/// All but the hosts.
fn settings(config: &Config) -> Config {
    let mut one = Config::new();
    one.ssl_mode(config.get_ssl_mode())
        .ssl_negotiation(config.get_ssl_negotiation())
        .keepalives(config.get_keepalives())
        .keepalives_idle(config.get_keepalives_idle())
        .target_session_attrs(config.get_target_session_attrs())
        .channel_binding(config.get_channel_binding())
        .load_balance_hosts(config.get_load_balance_hosts());
    config.get_user().map(|user| one.user(user));
    config.get_password().map(|password| one.password(password));
    config.get_dbname().map(|name| one.dbname(name));
    config.get_options().map(|options| one.options(options));
    let name = config.get_application_name();
    name.map(|name| one.application_name(name));
    let timeout = config.get_connect_timeout();
    timeout.map(|timeout| one.connect_timeout(*timeout));
    let timeout = config.get_tcp_user_timeout();
    timeout.map(|timeout| one.tcp_user_timeout(*timeout));
    let interval = config.get_keepalives_interval();
    interval.map(|interval| one.keepalives_interval(interval));
    let retries = config.get_keepalives_retries();
    retries.map(|retries| one.keepalives_retries(retries));
    one
}

#[cfg(test)]
mod tests;
