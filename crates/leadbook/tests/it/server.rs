//! The binary under test: a book in a folder or in PostgreSQL, commands on it, and servers over it that are stopped,
//! asked to stop or killed. Nothing outlives its value.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};

use serde_json::Value;
use store_postgres::testing::{self, TestSchema};
use tempfile::TempDir;

use crate::http::{Client, Request};

/// The binary, with nothing from the environment.
pub(crate) fn leadbook() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadbook"));
    command.env_remove("LEADBOOK_DATA_DIR");
    command.env_remove("LEADBOOK_DATABASE");
    command.env_remove("LEADBOOK_LOG");
    command.env_remove("LEADBOOK_SECRET_KEY_FILE");
    command.env_remove("LEADBOOK_METRICS_LISTEN");
    command.env_remove("LEADBOOK_LISTEN");
    command
}

/// Whether a test is to run that is about a book in a file and has nothing to say of one in PostgreSQL.
pub(crate) fn sqlite_only(why: &str) -> bool {
    let is_skipped = testing::is_wanted();
    if is_skipped {
        println!("nothing to see on PostgreSQL: {why}");
    }
    !is_skipped
}

/// A place with a book, or where a book will be.
pub(crate) struct Book {
    folder: TempDir,
    /// `None`: in the folder.
    url: Option<String>,
    /// Where the URL is that of a schema of the tests' server.
    pub(crate) schema: Option<TestSchema>,
}

impl Book {
    /// In the store that `LEADBOOK_TEST_STORE` names.
    pub(crate) fn new() -> Self {
        if testing::is_wanted() {
            return Self::in_postgres();
        }
        Self::in_folder()
    }

    pub(crate) fn in_folder() -> Self {
        Self::in_place(None, None)
    }

    pub(crate) fn in_postgres() -> Self {
        let schema = TestSchema::create_blocking();
        Self::in_place(Some(schema.url.clone()), Some(schema))
    }

    /// In a database of the test's own.
    pub(crate) fn at(url: &str) -> Self {
        Self::in_place(Some(url.to_owned()), None)
    }

    fn in_place(url: Option<String>, schema: Option<TestSchema>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self {
            folder,
            url,
            schema,
        }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder().join("leadbook.sqlite")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = leadbook();
        match &self.url {
            None => command.arg("--data-dir").arg(self.folder()),
            Some(url) => command
                .env("LEADBOOK_DATABASE", url)
                .env("LEADBOOK_SECRET_KEY_FILE", self.key_file()),
        };
        command.args(arguments);
        command
    }

    /// What a folder has by itself: the key that the book's secrets are kept under.
    fn key_file(&self) -> PathBuf {
        let file = self.folder.path().join("secret.key");
        if !file.exists() {
            // 32 bytes of digits, in base64.
            let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n";
            std::fs::write(&file, key).expect("a file");
            let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&file, owner_only).expect("a file of ours");
        }
        file
    }

    /// Whether anything of a book is there, if only an empty one.
    pub(crate) fn is_there(&self) -> bool {
        match &self.schema {
            None => self.folder().exists(),
            Some(schema) => !schema.text_blocking().is_empty(),
        }
    }

    /// Runs a command to its end, whatever that is.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Runs a command that must succeed; what it printed.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "leadbook {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs a command with `--json`.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let text = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).expect("one JSON object")
    }

    /// Runs a command that must fail; what it says about that.
    pub(crate) fn failure(&self, arguments: &[&str]) -> String {
        failure(&mut self.command(arguments))
    }

    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub(crate) fn serve_with(&self, arguments: &[&str]) -> Server {
        Server::start(self.command(&[&["serve"], arguments].concat()))
    }

    /// `doctor` finds nothing wrong.
    pub(crate) fn assert_well(&self) {
        let found = self.ok(&["doctor"]);
        assert!(found.contains("All well."), "{found}");
    }
}

/// Runs a command that must fail by itself; what it says.
pub(crate) fn failure(command: &mut Command) -> String {
    let output = command.output().expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{command:?} succeeded: {text}");
    assert!(!text.contains("panicked"), "{command:?}: {text}");
    text
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it printed when it started.
    pub(crate) welcome: String,
    /// The content of its ready file.
    pub(crate) ready: Value,
    folder: TempDir,
    // Kept open: a server that cannot print dies of it.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts the command on a free port and waits until it answers.
    pub(crate) fn start(mut command: Command) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ready_file = folder.path().join("ready.json");
        let log = std::fs::File::create(folder.path().join("log")).expect("a log file");
        command.args(["--listen", "127.0.0.1:0", "--ready-file"]);
        command.arg(&ready_file);
        // Tests ask a hundred times in far less than a vendor's five seconds. The rates have tests of their own, in `api`.
        command.env("LEADBOOK_NO_VENDOR_RATES", "true");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.stderr(log).spawn().expect("the binary starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let welcome = read_welcome(&mut stdout);
        let Some(address) = address(&welcome) else {
            let status = child.wait();
            panic!(
                "no server ({status:?}): {welcome}\n{}",
                log_of(folder.path())
            );
        };
        // The first answer comes after the ready file: nothing has to be polled.
        let nothing = Request::new("GET", "/leadbook/v1/nothing", None);
        let first = Client::new(address, "").send(&nothing);
        assert!(first.is_ok(), "{first:?}\n{}", log_of(folder.path()));
        let ready = std::fs::read(&ready_file).expect("the ready file is there");
        let ready: Value = serde_json::from_slice(&ready).expect("the ready file is JSON");
        assert_eq!(ready["base_url"], format!("http://{address}"));
        Self {
            child,
            address,
            welcome,
            ready,
            folder,
            _stdout: stdout,
        }
    }

    /// A demo, with these arguments besides.
    pub(crate) fn demo(arguments: &[&str]) -> Self {
        let mut command = leadbook();
        command.args(["serve", "--demo"]).args(arguments);
        Self::start(command)
    }

    pub(crate) fn client(&self, key: &str) -> Client {
        Client::new(self.address, key)
    }

    /// Everything it logged so far.
    pub(crate) fn log(&self) -> String {
        log_of(self.folder.path())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: the process has no chance to do anything more.
    pub(crate) fn kill_9(mut self) {
        self.child.kill().expect("it still runs");
        self.child.wait().expect("it has ended");
    }

    /// SIGTERM, not waited for.
    pub(crate) fn terminate(&self) {
        signal("TERM", &[self.child.id()]);
    }

    /// SIGSTOP: as a machine that is paused, its connections stay.
    pub(crate) fn freeze(&self) {
        signal("STOP", &[self.child.id()]);
    }

    pub(crate) fn thaw(&self) {
        signal("CONT", &[self.child.id()]);
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("it has ended")
    }

    /// SIGTERM, and it must end well.
    pub(crate) fn stop(mut self) {
        self.terminate();
        let status = self.wait();
        assert!(status.success(), "{status}: {}", self.log());
    }
}

/// Sends a signal to all of them.
pub(crate) fn signal(name: &str, pids: &[u32]) {
    // The shell's own kill: the program of that name is not on every machine.
    let pids: Vec<_> = pids.iter().map(u32::to_string).collect();
    let kill = format!("kill -{name} {}", pids.join(" "));
    let status = Command::new("sh").args(["-c", &kill]).status();
    assert!(status.expect("a shell").success());
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let log = self.log();
        if std::thread::panicking() {
            println!("the server's log:\n{log}");
        } else {
            assert!(!log.contains("panicked"), "the server panicked: {log}");
        }
    }
}

fn read_welcome(stdout: &mut impl BufRead) -> String {
    let mut welcome = String::new();
    while !welcome.contains("Stop with Ctrl-C") {
        if stdout.read_line(&mut welcome).expect("a readable pipe") == 0 {
            break;
        }
    }
    welcome
}

fn address(welcome: &str) -> Option<SocketAddr> {
    let (_, rest) = welcome.split_once(" on http://")?;
    let end = rest.find(|c: char| c != '.' && c != ':' && !c.is_ascii_digit());
    rest[..end.unwrap_or(rest.len())]
        .trim_end_matches(':')
        .parse()
        .ok()
}

fn log_of(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}
