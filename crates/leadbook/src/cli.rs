//! The command line, as clap reads it. Help texts are sentences a newcomer can act on.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgMatches, Args, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;

use crate::location::{Location, SecretUrl};
use crate::site::Site;

/// A self-hosted lead book for outbound calling.
///
/// Keeps the people a team is about to call, and updates them safely while a dialer is calling. Speaks the
/// update-lead APIs of Autocalls, NLPearl, JourneyBee, DialNexa and UserVox on one port, and one of its own.
/// Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "leadbook", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Where the book lies: one SQLite file and its log. Created on the first run.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "leadbook-data"
    )]
    #[arg(env = "LEADBOOK_DATA_DIR")]
    pub(crate) data_dir: PathBuf,

    /// Keep the book in PostgreSQL instead, for any number of servers:
    /// postgres://USER:PASSWORD@HOST:PORT/DATABASE. (sqlite://DIR is the same as --data-dir.)
    ///
    /// The password is better in the environment, where no list of processes shows it. In it, write @ as %40, / as %2F,
    /// ? as %3F and % as %25. docs/OPERATIONS.md has TLS and several hosts.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "LEADBOOK_DATABASE",
        hide_env_values = true
    )]
    pub(crate) database: Option<SecretUrl>,

    /// The key under which secrets of webhooks are kept: 32 random bytes in base64, such as `openssl rand -base64 32`
    /// prints. More lines are older keys, which still open. A book in a folder has one in secret.key; with --database
    /// every server needs the same file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "LEADBOOK_SECRET_KEY_FILE"
    )]
    pub(crate) secret_key_file: Option<PathBuf>,

    /// What to log to standard error: error, warn, info, debug, or a tracing filter.
    #[arg(
        long,
        global = true,
        value_name = "FILTER",
        default_value = "info",
        env = "LEADBOOK_LOG"
    )]
    pub(crate) log: String,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve all dialects and the native API (the default command).
    Serve(Serve),
    /// Create or list workspaces, the tenants of a book.
    #[command(subcommand)]
    Workspace(Workspace),
    /// Create campaigns: lists of leads that are called together (NLPearl says pearl).
    #[command(subcommand)]
    Campaign(Campaign),
    /// Create processes: campaigns with stages, dispositions and callback URLs (UserVox's word).
    #[command(subcommand)]
    Process(Process),
    /// Create tags.
    #[command(subcommand)]
    Tag(Tag),
    /// Create users, to whom leads can be assigned.
    #[command(subcommand)]
    User(User),
    /// Create custom field definitions.
    #[command(subcommand)]
    Field(Field),
    /// Create leads.
    #[command(subcommand)]
    Lead(Lead),
    /// Create, list and revoke API keys.
    #[command(subcommand)]
    Key(Key),
    /// Bring the book to this version's form, and say which that is. `serve` does so by itself.
    Migrate(Migrate),
    /// Move a whole book to an empty place: from a file into PostgreSQL, back, or between two of a kind.
    Copy(Copy),
    /// Look the book over: integrity, sizes, work that waits. Exits 1 if something is wrong.
    Doctor,
}

impl Cli {
    /// What to work on; the matches tell what was typed from what the environment says.
    pub(crate) fn site(&self, matches: &ArgMatches) -> anyhow::Result<Site> {
        let folder = self.data_dir.clone();
        Ok(Site {
            location: Location::choose(self.database.as_ref(), folder, matches)?,
            secret_key_file: self.secret_key_file.clone(),
        })
    }
}

impl Default for Command {
    fn default() -> Self {
        Self::Serve(Serve::default())
    }
}

/// Stop every server of both books first. A file that is served is refused; whether a database is, nobody can see,
/// and a copy of one that changed meanwhile fails at its end.
///
/// Everything is moved: leads with their histories, calls, claims, what waits, keys (which keep working) and ids. The
/// source stays as it is. Afterwards both books are read again and compared. A copy that was interrupted leaves half a
/// book, which nothing opens: drop it (the database, or the file) and copy again.
#[derive(Debug, Args)]
pub(crate) struct Copy {
    /// The book to copy: postgres://USER:PASSWORD@HOST:PORT/DATABASE, or sqlite://FOLDER. Better in the environment if
    /// it has a password.
    #[arg(
        long,
        value_name = "URL",
        env = "LEADBOOK_COPY_FROM",
        hide_env_values = true
    )]
    pub(crate) from: SecretUrl,

    /// Where to: an empty database, or a folder without a book.
    #[arg(
        long,
        value_name = "URL",
        env = "LEADBOOK_COPY_TO",
        hide_env_values = true
    )]
    pub(crate) to: SecretUrl,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = DEFAULT_LISTEN, env = "LEADBOOK_LISTEN")]
    pub(crate) listen: SocketAddr,

    /// Serve a demo book in which the vendors' own examples work: temporary (whatever --database says),
    /// loopback only.
    #[arg(long)]
    pub(crate) demo: bool,

    /// Once listening, write the address (and a demo's keys and ids) to this file as one JSON object.
    #[arg(long, value_name = "PATH")]
    pub(crate) ready_file: Option<PathBuf>,

    /// Address range that webhooks may reach although it is not public, such as 127.0.0.0/8. Repeatable.
    #[arg(long, value_name = "CIDR")]
    pub(crate) allow_webhook_to: Vec<IpNet>,

    /// Serve Prometheus' /metrics on this address instead of beside the API, where whoever reaches the API reads it. It
    /// names no tenant and no lead.
    #[arg(long, value_name = "ADDRESS", env = "LEADBOOK_METRICS_LISTEN")]
    pub(crate) metrics_listen: Option<SocketAddr>,

    /// Refuse nobody for asking too often: without it UserVox's 100 requests in 5 seconds and our bound on DialNexa's
    /// hold, for each server.
    #[arg(long, env = "LEADBOOK_NO_VENDOR_RATES")]
    pub(crate) no_vendor_rates: bool,

    /// In a demo: URL that hears the results of UserVox updates. Repeatable.
    #[arg(long, value_name = "URL", requires = "demo")]
    pub(crate) uservox_callback: Vec<String>,
}

const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

impl Default for Serve {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            demo: false,
            ready_file: None,
            metrics_listen: None,
            allow_webhook_to: Vec::new(),
            no_vendor_rates: false,
            uservox_callback: Vec::new(),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Also spread the book over the nodes of a Citus cluster. Needs --database, and the citus extension in
    /// that database.
    #[arg(long)]
    pub(crate) citus: bool,
}

/// What every command about one workspace takes.
#[derive(Debug, Args)]
pub(crate) struct InWorkspace {
    /// The workspace's number; not needed while there is only one.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) workspace: Option<u64>,

    /// Print one JSON object instead of sentences.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Workspace {
    /// Create a workspace.
    Create {
        #[arg(long)]
        name: String,
        /// Two letters: the country in which numbers without + are read, such as US. Without it
        /// they are refused.
        #[arg(long, value_name = "CODE")]
        region: Option<String>,
        /// Block a key for an hour that submits leads to UserVox's initiate more than five times a minute which are
        /// there already, as the vendor does. Without it they are only refused.
        #[arg(long)]
        block_repeats: bool,
        /// Print one JSON object instead of sentences.
        #[arg(long)]
        json: bool,
    },
    /// List the workspaces of the book.
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Campaign {
    /// Create a campaign.
    Create {
        #[command(flatten)]
        place: InWorkspace,
        #[command(flatten)]
        campaign: CampaignOptions,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CampaignOptions {
    #[arg(long)]
    pub(crate) name: String,
    /// Two letters; wins over the workspace's region.
    #[arg(long, value_name = "CODE")]
    pub(crate) region: Option<String>,
    /// IANA name, such as Europe/Paris: the zone of leads that name none.
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Create it paused: dialers may not claim its leads.
    #[arg(long)]
    pub(crate) paused: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Process {
    /// Create a process. Without --stage it gets the usual eight, from make_first_call to lost.
    Create {
        #[command(flatten)]
        place: InWorkspace,
        #[command(flatten)]
        campaign: CampaignOptions,
        #[command(flatten)]
        rules: ProcessOptions,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ProcessOptions {
    /// Stage and its kind (new, contacted, qualified, converted, lost), such as followup_2=contacted.
    /// Repeatable; the first is where leads start.
    #[arg(long, value_name = "NAME=KIND")]
    pub(crate) stage: Vec<String>,
    /// An allowed move, such as interested=converted. Repeatable; without any, every move is allowed
    /// except out of a converted stage.
    #[arg(long, value_name = "FROM=TO")]
    pub(crate) transition: Vec<String>,
    /// A disposition. Repeatable; without any, every text is one.
    #[arg(long, value_name = "TEXT")]
    pub(crate) disposition: Vec<String>,
    /// URL that hears the results of queued updates. Repeatable.
    #[arg(long, value_name = "URL")]
    pub(crate) callback: Vec<String>,
    /// Send this bearer token to the callback URLs.
    #[arg(long, value_name = "TOKEN", conflicts_with = "callback_header")]
    pub(crate) callback_bearer: Option<String>,
    /// Send this header to the callback URLs.
    #[arg(long, value_name = "NAME:VALUE")]
    pub(crate) callback_header: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tag {
    /// Create a tag.
    Create {
        #[command(flatten)]
        place: InWorkspace,
        #[arg(long)]
        label: String,
        /// What it is put on: lead, lead_deal, partner or card.
        #[arg(long, default_value = "lead")]
        association: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create a user.
    Create {
        #[command(flatten)]
        place: InWorkspace,
        #[arg(long)]
        email: String,
        #[arg(long)]
        first_name: Option<String>,
        #[arg(long)]
        last_name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Field {
    /// Create a custom field definition.
    Create {
        #[command(flatten)]
        place: InWorkspace,
        #[arg(long)]
        label: String,
        /// text, textarea, number, date, boolean, select or multi_select.
        #[arg(long = "type", value_name = "TYPE")]
        field_type: String,
        /// A choice of a select. Repeatable.
        #[arg(long, value_name = "LABEL")]
        option: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lead {
    /// Create a lead.
    Create {
        #[command(flatten)]
        place: InWorkspace,
        /// The campaign's number.
        #[arg(long, value_name = "NUMBER")]
        campaign: Option<u64>,
        /// Such as +12025550123.
        #[arg(long)]
        phone: Option<String>,
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        email: Option<String>,
        /// Your own reference (NLPearl's externalId, UserVox's referenceId).
        #[arg(long)]
        external_id: Option<String>,
        /// A JSON object.
        #[arg(long, value_name = "JSON")]
        variables: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Create a key. It is shown once and cannot be read again.
    Create {
        #[command(flatten)]
        place: InWorkspace,
        /// What the key is for, for people.
        #[arg(long, default_value = "")]
        label: String,
        /// What it may do.
        #[arg(long, value_delimiter = ',', default_value = "read,write")]
        permissions: Vec<PermissionName>,
        /// Limit it to a dialect: leadbook, autocalls, nlpearl, journeybee, dialnexa, uservox. Repeatable.
        #[arg(long, value_name = "NAME")]
        dialect: Vec<String>,
        /// Limit it to the leads of a campaign. Repeatable.
        #[arg(long, value_name = "NUMBER")]
        campaign: Vec<u64>,
        /// Answer its lists of leads and calls as bare arrays, for Autocalls clients of before there were pages.
        #[arg(long)]
        bare_lists: bool,
    },
    /// List the keys of a workspace, without their secrets.
    List {
        #[command(flatten)]
        place: InWorkspace,
    },
    /// Revoke a key. It stops working within a second.
    Revoke {
        #[command(flatten)]
        place: InWorkspace,
        /// The number that `key list` shows.
        #[arg(long, value_name = "NUMBER")]
        key: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PermissionName {
    Read,
    Write,
}

#[cfg(test)]
mod tests;
