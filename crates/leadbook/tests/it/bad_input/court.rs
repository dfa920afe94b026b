//! A served book and a judge of what one dialect answers: what every answer must be, whatever was asked.

use serde_json::Value;

use crate::http::{Answer, Client, Request};
use crate::routes::{self, Names, WEBHOOKS_ALLOWED};
use crate::server::{Book, Server};
use crate::world::Workspace;
use crate::writers::Words;

/// A served book and a judge of one dialect's answers.
pub(super) struct Court {
    pub(super) dialect: Words,
    pub(super) names: Names,
    pub(super) key: String,
    pub(super) server: Server,
    pub(super) client: Client,
    /// Reads the lead in our own words.
    witness: Client,
    /// The lead's version when it was last looked at.
    version: u64,
    accepted: u64,
    judged: u64,
    _book: Book,
}

impl Court {
    pub(super) fn of(dialect: Words) -> Self {
        let book = Book::new();
        let workspace = Workspace::create(&book, "Court");
        let server = book.serve_with(&WEBHOOKS_ALLOWED);
        let mut witness = server.client(&workspace.key);
        let names = Names::of(&book, &workspace, &mut witness);
        let mut court = Self {
            dialect,
            names,
            key: workspace.key.clone(),
            client: server.client(&workspace.key),
            server,
            witness,
            version: 0,
            accepted: 0,
            judged: 0,
            _book: book,
        };
        court.version = court.look();
        court
    }

    /// The version of the lead now.
    fn look(&mut self) -> u64 {
        let lead = self
            .witness
            .get(&format!("/leadbook/v1/leads/{}", self.names.lead));
        lead["version"].as_u64().expect("a version")
    }

    pub(super) fn ask(&mut self, request: &Request) -> Answer {
        let answer = self.client.send(request);
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => panic!("no answer ({error}) to {}", shown(request)),
        };
        self.judge(request, &answer);
        answer
    }

    /// As `ask`; it must be refused.
    pub(super) fn refuse(&mut self, request: &Request) {
        let answer = self.ask(request);
        assert!(
            (400..500).contains(&answer.status),
            "{} was not refused: {} {}",
            shown(request),
            answer.status,
            answer.text()
        );
    }

    pub(super) fn judge(&mut self, request: &Request, answer: &Answer) {
        self.judged += 1;
        if let Some(wrong) = wrong(self.dialect, request, answer) {
            let text: String = answer.text().chars().take(2_000).collect();
            panic!("{wrong}: {} {text} to {}", answer.status, shown(request));
        }
        if answer.is_success() {
            self.accepted += 1;
            return;
        }
        if !self.judged.is_multiple_of(7) {
            return;
        }
        let now = self.look();
        // A queued update counts as accepted before it is applied.
        assert!(
            now <= self.version + self.accepted,
            "{} was refused with {} and changed the lead",
            shown(request),
            answer.status
        );
        if self.dialect != Words::UserVox {
            (self.version, self.accepted) = (now, 0);
        }
    }
}

fn wrong(dialect: Words, request: &Request, answer: &Answer) -> Option<String> {
    if answer.status >= 500 {
        return Some("5xx".to_owned());
    }
    if request.method == "HEAD" {
        return None;
    }
    if answer.is_success() && answer.is_stream() {
        return None;
    }
    if routes::is_empty_success(answer) {
        let is_deletion = dialect == Words::JourneyBee && request.method == "DELETE";
        return (!is_deletion).then(|| "an empty success".to_owned());
    }
    if answer.is_success() {
        let is_json = serde_json::from_slice::<Value>(&answer.body).is_ok();
        return (!is_json).then(|| "a success without JSON".to_owned());
    }
    // A refusal may repeat names that it was sent, and say something of a hundred of them.
    let sent = request.body.as_ref().map_or(0, Vec::len) + request.path.len();
    if answer.body.len() > 2 * sent + 20_000 {
        return Some(format!("a refusal of {} bytes", answer.body.len()));
    }
    routes::misshapen(dialect, answer)
}

/// A request, short enough to print.
pub(super) fn shown(request: &Request) -> String {
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
    let short: String = body.chars().take(400).collect();
    let path: String = request.path.chars().take(300).collect();
    format!("{} {path} {:?} {short}", request.method, request.headers)
}

/// As [`Court::ask`], where the path may have left the dialect: then some vendor's shape will do.
pub(super) fn ask_any_shape(court: &mut Court, request: &Request) -> Answer {
    let answer = match court.client.send(request) {
        Ok(answer) => answer,
        Err(error) => panic!("no answer ({error}) to {}", shown(request)),
    };
    assert!(answer.status < 500, "{} {}", shown(request), answer.text());
    let is_some_shape = Words::ALL
        .iter()
        .any(|words| wrong(*words, request, &answer).is_none());
    assert!(
        is_some_shape,
        "{} {} to {}",
        answer.status,
        answer.text(),
        shown(request)
    );
    answer
}
