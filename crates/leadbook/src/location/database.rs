//! The parts of a `postgres://` URL that may be shown: its hosts and the database's name. What connects reads the whole
//! URL itself (`store-postgres`); this never shows more of it than it is sure of.

use std::borrow::Cow;
use std::fmt;

use anyhow::Context as _;
use percent_encoding::percent_decode_str;

/// PostgreSQL's own, for a host that names none.
const DEFAULT_PORT: &str = "5432";

/// A PostgreSQL database. Shown and debugged without user and password.
#[derive(Clone)]
pub(crate) struct Database {
    url: String,
    /// `None`: the user's own, which PostgreSQL takes if a URL names none.
    name: Option<String>,
    /// Each with its port, in the order in which they are tried.
    hosts: Vec<String>,
}

impl Database {
    /// Reads `rest`, which is the URL without its scheme.
    pub(crate) fn read(url: &str, rest: &str) -> anyhow::Result<Self> {
        let (user_and_hosts, path_and_query) = split_before(rest, &['/', '?']);
        let (path, query) = split_before(path_and_query, &['?']);
        let (user, hosts) = user_and_hosts
            .split_once('@')
            .map_or((None, user_and_hosts), |(user, hosts)| (Some(user), hosts));
        // A password with a bare @ or / would be cut short, and its end taken for a host and shown.
        anyhow::ensure!(
            !hosts.contains('@') && !path_and_query.contains('@'),
            "--database: in the user, the password and what follows the host write @ as %40, / as %2F, ? as %3F"
        );
        anyhow::ensure!(
            user != Some(""),
            "--database: the URL has an @ and no user before it"
        );
        let parameter = |name: &str| parameter(query, name);
        let mut shown_hosts = Vec::new();
        for host in hosts.split(',').filter(|host| !host.is_empty()) {
            shown_hosts.push(read_host(host)?);
        }
        for host in parameter("host").iter().flat_map(|hosts| hosts.split(',')) {
            shown_hosts.push(with_port(host, parameter("port").as_deref()));
        }
        anyhow::ensure!(
            !shown_hosts.is_empty(),
            "--database names no host; write postgres://USER:PASSWORD@HOST:PORT/DATABASE"
        );
        let path = path.trim_start_matches('/');
        Ok(Self {
            url: url.to_owned(),
            name: (!path.is_empty())
                .then(|| decoded(path))
                .or_else(|| parameter("dbname")),
            hosts: shown_hosts,
        })
    }

    /// The whole URL, for the store and for nobody else: it may hold a password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "the database {name} on ")?,
            None => f.write_str("the user's own database on ")?,
        }
        f.write_str(&self.hosts.join(", "))
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The text before the first of these characters, and the rest from there.
fn split_before<'a>(text: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// `host`, `host:port`, `[::1]:port`, or the folder of a socket, percent-encoded.
fn read_host(text: &str) -> anyhow::Result<String> {
    let name_end = text.find(']').unwrap_or(0);
    let Some(colon) = text[name_end..].find(':') else {
        return Ok(with_port(&decoded(text), None));
    };
    let (host, port) = text.split_at(name_end + colon);
    let port = &port[1..];
    // Of `user:password` without a host the password would be here.
    port.parse::<u16>()
        .ok()
        .context("--database: what follows the host's colon is no port")?;
    Ok(with_port(&decoded(host), Some(port)))
}

fn with_port(host: &str, port: Option<&str>) -> String {
    if host.starts_with('/') {
        return host.to_owned();
    }
    format!("{host}:{}", port.unwrap_or(DEFAULT_PORT))
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.trim_start_matches('?').split('&');
    pairs.find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| decoded(value))
    })
}

fn decoded(text: &str) -> String {
    let text: Cow<'_, str> = percent_decode_str(text).decode_utf8_lossy();
    // It goes to a terminal and to logs.
    text.chars().filter(|c| !c.is_control()).collect()
}
