//! Which addresses Leadbook may call: public ones, and what the operator opened by name.
//!
//! A webhook's URL is configured by a tenant, but called from inside the operator's network; unguarded it
//! would reach the cloud's metadata service, the database next door and Leadbook itself. A name is judged by
//! the addresses it resolves to, at the moment of the connection ([`GuardedResolver`]), so that a name which
//! answered well once cannot point elsewhere later. A literal address never reaches a resolver and is judged
//! from the URL ([`parse_url`]), before each request. When a URL is saved, both are asked ([`judge`]).

mod ranges;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use domain::limits::URL_CHARS_MAX;
use ipnet::IpNet;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use ranges::Special;

/// Why a URL may not be called. The text says what to do about it and may be shown to an operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the URL is longer than {URL_CHARS_MAX} characters")]
    TooLong,
    #[error("the URL cannot be read: {0}; write it like https://example.com/hook")]
    Unreadable(String),
    #[error("the URL must begin with http:// or https://, not {0}:")]
    Scheme(String),
    #[error(
        "the URL must not contain a user name or password; give a bearer token or a header instead"
    )]
    UserInfo,
    #[error(
        "{host} is {kind}; start serve with --allow-webhook-to {range} to allow it",
        host = Host { name: name.as_deref(), address }
    )]
    Special {
        /// The name that resolved to the address; `None` for a literal.
        name: Option<String>,
        address: IpAddr,
        kind: &'static str,
        /// The whole special range around the address.
        range: IpNet,
    },
    #[error("{host} cannot be resolved: {why}; check the name")]
    Unresolved { host: String, why: String },
}

/// A host as an operator recognises it.
struct Host<'a> {
    name: Option<&'a str>,
    address: &'a IpAddr,
}

impl std::fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name {
            Some(name) => write!(f, "{name} resolves to {}, which", self.address),
            None => self.address.fmt(f),
        }
    }
}

/// Whether the URL may be configured for webhooks. A name is not resolved here: what it resolves to is
/// checked whenever it is called.
pub fn check_url(url: &str, allowed: &[IpNet]) -> Result<(), Refused> {
    parse_url(url, allowed).map(drop)
}

/// As [`check_url`] where the opened ranges are not known: whether its form is right, wherever it leads.
pub fn check_url_form(url: &str) -> Result<(), Refused> {
    parse_form(url).map(drop)
}

pub(crate) fn parse_url(url: &str, allowed: &[IpNet]) -> Result<Url, Refused> {
    let url = parse_form(url)?;
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse() {
        check_address(address, None, allowed)?;
    } else if is_localhost(host) && !opens_loopback(allowed) {
        // RFC 6761, section 6.3: these names are the loopback, whatever a resolver says.
        check_address(ranges::LOOPBACK, Some(host), &[])?;
    }
    Ok(url)
}

/// Whether the URL may be called as far as can be said now: every address that its name resolves to is judged, because
/// the one that a later call takes may be any of them.
pub(crate) async fn judge(
    url: &str,
    allowed: &[IpNet],
    resolver: &dyn Resolve,
) -> Result<(), Refused> {
    let url = parse_url(url, allowed)?;
    let Some(host) = url.domain() else {
        return Ok(());
    };
    let unresolved = |why: String| Refused::Unresolved {
        host: host.to_owned(),
        why,
    };
    let name = host
        .parse::<Name>()
        .map_err(|_| unresolved("it is no name".to_owned()))?;
    let found = resolver
        .resolve(name)
        .await
        .map_err(|error| unresolved(error.to_string()))?;
    let mut count = 0;
    for socket in found {
        check_address(socket.ip(), Some(host), allowed)?;
        count += 1;
    }
    if count == 0 {
        return Err(unresolved("it has no address".to_owned()));
    }
    Ok(())
}

fn parse_form(url: &str) -> Result<Url, Refused> {
    if url.chars().count() > URL_CHARS_MAX {
        return Err(Refused::TooLong);
    }
    // Odd spellings of an address (2130706433, 0x7f.1, full-width digits) are normalised here.
    let url = Url::parse(url).map_err(|error| Refused::Unreadable(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refused::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::UserInfo);
    }
    Ok(url)
}

fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "localhost" || host.ends_with(".localhost")
}

fn opens_loopback(allowed: &[IpNet]) -> bool {
    let either = [ranges::LOOPBACK, ranges::LOOPBACK_V6];
    allowed
        .iter()
        .any(|net| either.iter().any(|address| net.contains(address)))
}

/// Whether the address may be connected to; `name` is what resolved to it.
fn check_address(address: IpAddr, name: Option<&str>, allowed: &[IpNet]) -> Result<(), Refused> {
    let Some(Special {
        address: judged,
        kind,
        range,
    }) = ranges::special(address)
    else {
        return Ok(());
    };
    if allowed
        .iter()
        .any(|net| net.contains(&judged) || net.contains(&address))
    {
        return Ok(());
    }
    Err(Refused::Special {
        name: name.map(str::to_owned),
        address,
        kind,
        range,
    })
}

/// Asks the system, through `getaddrinfo`.
#[derive(Debug)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            // Collected: the iterator borrows the name.
            let found: Vec<_> = found.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Another resolver's answers without the addresses that may not be called.
pub(crate) struct GuardedResolver {
    pub(crate) inner: Arc<dyn Resolve>,
    pub(crate) allowed: Arc<[IpNet]>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let resolving = self.inner.resolve(name);
        let allowed = Arc::clone(&self.allowed);
        Box::pin(async move {
            let permitted = permitted(&host, resolving.await?, &allowed)?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be called; an error if there is none, the first refusal if there was one.
fn permitted(
    host: &str,
    found: Addrs,
    allowed: &[IpNet],
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let mut refused = None;
    let mut permitted = Vec::new();
    for socket in found {
        match check_address(socket.ip(), Some(host), allowed) {
            Ok(()) => permitted.push(socket),
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    match (permitted.is_empty(), refused) {
        (false, _) => Ok(permitted),
        (true, Some(refusal)) => Err(refusal.into()),
        (true, None) => {
            let error = format!("{host} has no address");
            Err(io::Error::new(io::ErrorKind::NotFound, error).into())
        }
    }
}

#[cfg(test)]
mod tests;
