//! How connections are made: the URL, TLS, the settings of a session, and why. No SQL of the schema is here.

mod hosts;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use domain::limits::{
    DATABASE_BATCH_MS_MAX, DATABASE_CONNECT_MS_MAX, DATABASE_LOCK_MS_MAX, DATABASE_STATEMENT_MS_MAX,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::errors::Failure;
use hosts::Hosts;

/// How to reach the database.
#[derive(Clone)]
pub(crate) struct Target {
    config: Config,
    tls: MakeRustlsConnect,
}

/// A kind of session, by what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    /// Batches: rows are named by their keys, always.
    Lane,
    /// The background loops: what they look for is found by indexes, in tables that grow and shrink within seconds.
    Worker,
    /// Reads and single writes.
    Pool,
    /// Migrations: may take as long as they take.
    Migration,
    /// Reading or filling a whole book: as a lane, and as long as it takes.
    Copy,
}

impl Session {
    /// What the session sets for itself, as the server's `options`.
    fn settings(self) -> String {
        // Compiling a statement of microseconds takes milliseconds.
        let all = match self {
            Self::Migration | Self::Copy => "-c jit=off -c statement_timeout=0".to_owned(),
            // A process whose machine vanished in the middle of a transaction must not hold its leads.
            Self::Lane | Self::Worker | Self::Pool => format!(
                "-c jit=off -c statement_timeout={DATABASE_STATEMENT_MS_MAX} -c lock_timeout={DATABASE_LOCK_MS_MAX} \
                 -c idle_in_transaction_session_timeout={DATABASE_BATCH_MS_MAX}"
            ),
        };
        match self {
            // A plan made while a table was small would read it whole for ever after it has grown.
            Self::Lane | Self::Copy => format!(
                "{all} -c plan_cache_mode=force_generic_plan -c enable_seqscan=off \
                 -c enable_hashjoin=off -c enable_mergejoin=off"
            ),
            // A plan for each statement sees how large a queue is now; its statistics are minutes old.
            Self::Worker => format!(
                "{all} -c plan_cache_mode=force_custom_plan -c enable_seqscan=off \
                 -c enable_hashjoin=off -c enable_mergejoin=off"
            ),
            // A page of a list is a few ranges of indexes, whatever the statistics say.
            Self::Pool => format!(
                "{all} -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
            ),
            Self::Migration => all,
        }
    }
}

impl Target {
    /// Reads a `postgres://` URL. Beyond what libpq's own `sslmode` and `sslrootcert` mean, `verify-ca` is read
    /// as `verify-full`.
    pub(crate) fn parse(url: &str) -> Result<Self, Failure> {
        let (url, tls) = take_tls_parameters(url)?;
        let mut config: Config = url.parse().map_err(Failure::Sql)?;
        // Who turned it off has nothing to verify.
        if tls.must_verify() && config.get_ssl_mode() != SslMode::Disable {
            config.ssl_mode(SslMode::Require);
        }
        config.connect_timeout(Duration::from_millis(DATABASE_CONNECT_MS_MAX));
        // A host that vanished without a word is noticed as soon as a batch would be given up.
        config.keepalives_idle(Duration::from_secs(10));
        config.tcp_user_timeout(Duration::from_millis(DATABASE_STATEMENT_MS_MAX));
        if config.get_application_name().is_none() {
            config.application_name("leadbook");
        }
        Ok(Self {
            config,
            tls: tls.connector()?,
        })
    }

    /// A pool of connections, opened as they are needed.
    pub(crate) fn pool(&self, session: Session, connections: usize) -> Result<Pool, Failure> {
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let hosts = Hosts(self.tls.clone());
        let manager = Manager::from_connect(self.config(session), hosts, recycling);
        let patience = Some(Duration::from_millis(DATABASE_STATEMENT_MS_MAX));
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: patience,
                create: patience,
                recycle: patience,
            });
        pool.build()
            .map_err(|_| Failure::broken("a pool without a runtime"))
    }

    /// One connection outside any pool; closed when the client is dropped. As in a pool, one that is taken and then not
    /// spoken to is given up.
    pub(crate) async fn connect(&self, session: Session) -> Result<Client, Failure> {
        let config = self.config(session);
        let patience = Duration::from_millis(DATABASE_STATEMENT_MS_MAX);
        let connected = tokio::time::timeout(patience, hosts::connect(&config, &self.tls)).await;
        let (client, _) = connected.map_err(|_| Failure::late(DATABASE_STATEMENT_MS_MAX))??;
        Ok(client)
    }

    fn config(&self, session: Session) -> Config {
        let mut config = self.config.clone();
        // The operator's own win, but for one: a server or a URL may ask to acknowledge before it has synced; this
        // program may not.
        let own = self.config.get_options().unwrap_or_default();
        let settings = session.settings();
        config.options(format!("{settings} {own} -c synchronous_commit=on"));
        config
    }

    /// Hosts and database, for a person. Never the password.
    pub(crate) fn description(&self) -> String {
        let hosts: Vec<_> = self
            .config
            .get_hosts()
            .iter()
            .map(|host| match host {
                tokio_postgres::config::Host::Tcp(name) => name.clone(),
                tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
            })
            .collect();
        let database = self.config.get_dbname().unwrap_or("postgres");
        format!("database {database} at {}", hosts.join(", "))
    }
}

/// The parameters of a URL that only we understand.
#[derive(Default)]
struct TlsParameters {
    verification: Option<String>,
    root_file: Option<String>,
}

/// The URL without them.
fn take_tls_parameters(url: &str) -> Result<(String, TlsParameters), Failure> {
    let mut tls = TlsParameters::default();
    let Some((base, query)) = url.split_once('?') else {
        return Ok((url.to_owned(), tls));
    };
    let mut others = Vec::new();
    for parameter in query.split('&') {
        match parameter.split_once('=') {
            Some(("sslmode", mode @ ("verify-ca" | "verify-full"))) => {
                tls.verification = Some(mode.to_owned());
            }
            Some(("sslrootcert", file)) => tls.root_file = Some(decoded(file)?),
            _ => others.push(parameter),
        }
    }
    if others.is_empty() {
        return Ok((base.to_owned(), tls));
    }
    Ok((format!("{base}?{}", others.join("&")), tls))
}

fn decoded(text: &str) -> Result<String, Failure> {
    let bytes = percent_encoding::percent_decode_str(text);
    let decoded = bytes.decode_utf8();
    let text = decoded.map_err(|_| Failure::refused("sslrootcert is not UTF-8".to_owned()))?;
    Ok(text.into_owned())
}

impl TlsParameters {
    /// As libpq: a root certificate makes `require` mean it.
    fn must_verify(&self) -> bool {
        self.verification.is_some() || self.root_file.is_some()
    }

    fn connector(&self) -> Result<MakeRustlsConnect, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::refused(error.to_string()))?;
        let config = if self.must_verify() {
            builder.with_root_certificates(self.roots()?)
        } else {
            // libpq's meaning of prefer and require: encrypted, whoever answers.
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Unverified(algorithms)))
        };
        Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
    }

    fn roots(&self) -> Result<RootCertStore, Failure> {
        let mut roots = RootCertStore::empty();
        let Some(file) = &self.root_file else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            return Ok(roots);
        };
        let unreadable = |error: &dyn std::fmt::Display| {
            Failure::refused(format!("cannot read the certificates in {file}: {error}"))
        };
        let certificates = CertificateDer::pem_file_iter(file).map_err(|e| unreadable(&e))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|e| unreadable(&e))?;
            roots.add(certificate).map_err(|e| unreadable(&e))?;
        }
        Ok(roots)
    }
}

/// Takes any certificate, and checks only that its owner is who we talk to.
#[derive(Debug)]
struct Unverified(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
