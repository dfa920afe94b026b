//! A PostgreSQL of the test's own, to be killed, filled, held and promoted; and a book in it. Only where the tests run on
//! PostgreSQL at all: these take long, and once is enough.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};

use store_postgres::testing;
use test_cluster::{Binaries, Cluster, Options, cache};

use crate::clock::ask_until;
use crate::server::{Book, Server, signal};
use crate::world::{Lead, Workspace};
use crate::writers::{Writer, check_all, crew};

const NEWEST: u32 = 18;
/// Leads that every writer writes to all the time.
const FEW: usize = 3;
/// Leads that each writer comes by now and then.
const MANY: usize = 20;

/// Whether this run is the one on PostgreSQL.
pub(crate) fn is_wanted() -> bool {
    let is_wanted = testing::is_wanted();
    if !is_wanted {
        println!("run with LEADBOOK_TEST_STORE=postgres");
    }
    is_wanted
}

pub(crate) fn start(options: &Options) -> Cluster {
    let binaries = cache().and_then(|cache| Binaries::fetch(NEWEST, &cache));
    let binaries = binaries.expect("PostgreSQL is there or can be fetched");
    Cluster::start(&binaries, options).expect("PostgreSQL starts")
}

/// What the cluster answers; it must.
pub(crate) fn ask(cluster: &Cluster, sql: &str) -> String {
    cluster
        .query(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error:#}"))
}

/// Stops the server and all its children where they are: a machine that is paused, or whose disk hangs. The kernel goes on
/// taking connections for it, and nobody answers.
pub(crate) fn freeze(cluster: &Cluster) {
    let postmaster = cluster.pid().expect("it runs");
    signal("STOP", &[postmaster]);
    let children = format!("/proc/{postmaster}/task/{postmaster}/children");
    let children = std::fs::read_to_string(children).expect("a list of children");
    let children: Vec<_> = children.split_whitespace().map(str::parse).collect();
    let children: Result<Vec<u32>, _> = children.into_iter().collect();
    signal("STOP", &children.expect("process ids"));
}

/// A book with leads, a server over it and writers at it.
pub(crate) struct Scene {
    pub(crate) book: Book,
    pub(crate) workspace: Workspace,
    pub(crate) server: Server,
    pub(crate) leads: Vec<Lead>,
    pub(crate) writers: Vec<Writer>,
}

impl Scene {
    pub(crate) fn set(url: &str) -> Self {
        let book = Book::at(url);
        let workspace = Workspace::create(&book, "Scene");
        let server = book.serve();
        let leads = workspace.leads(&mut server.client(&workspace.key), FEW + MANY);
        let writers = crew(&workspace, &leads, FEW, &server);
        Self {
            book,
            workspace,
            server,
            leads,
            writers,
        }
    }

    /// Nothing acknowledged is missing, nothing is half there, and the server that saw it all still stops in order.
    pub(crate) fn check(self) {
        let Self {
            book,
            workspace,
            server,
            leads,
            writers,
        } = self;
        check_all(&book, &workspace, &server, &writers, &leads);
        server.stop();
        book.assert_well();
    }
}

/// Somebody else's session that holds what it locked until it is dropped.
pub(crate) struct Stranger {
    psql: Child,
    _stdin: ChildStdin,
}

impl Stranger {
    /// Begins a transaction with this statement, and returns when it is done.
    pub(crate) fn hold(cluster: &Cluster, sql: &str) -> Self {
        let mut psql = cluster.binaries().command("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--dbname"]);
        psql.arg(cluster.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut psql = psql.spawn().expect("psql starts");
        let mut stdin = psql.stdin.take().expect("a pipe");
        writeln!(stdin, "BEGIN; {sql};\n\\echo held").expect("an open pipe");
        let stdout = BufReader::new(psql.stdout.take().expect("a pipe"));
        let held = stdout.lines().map_while(Result::ok);
        assert!({ held }.any(|line| line == "held"), "psql ended");
        Self {
            psql,
            _stdin: stdin,
        }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.psql.kill();
        let _ = self.psql.wait();
    }
}

/// Waits until the cluster answers a question with yes.
pub(crate) fn wait_until(cluster: &Cluster, what: &str, sql: &str) {
    ask_until(what, || (ask(cluster, sql) == "t").then_some(()));
}
