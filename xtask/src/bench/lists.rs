//! `cargo xtask bench lists`: what a page of a list costs in a book of a million leads, and a bulk of fifty thousand.
//!
//! The book is filled by bulk requests, each timed, one of them beside single updates; then a tenth of the leads gets another
//! status, and callers ask for pages in the dialects' words. SQLite only. It prints; it judges nothing.

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

use super::http::Connection;
use super::process::peak_memory_bytes;
use super::subjects::{self, Book, Campaign};
use crate::server::Server;
use crate::tools::{now, target_dir};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leads in the book, in steps of a bulk.
    #[arg(long, default_value_t = 1_000_000)]
    leads: u64,
    /// How long each kind of page is asked for.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Callers at once.
    #[arg(long, default_value_t = 16)]
    callers: u64,
    /// Only the pages whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

const BULK: u64 = 50_000;
const CAMPAIGNS: usize = 10;
const STATUSES: [&str; 5] = ["retry", "success", "completed", "unreachable", "voicemail"];

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = target_dir()?.join("bench");
    let data_dir = folder.join("lists");
    let _ = std::fs::remove_dir_all(&data_dir);
    std::fs::create_dir_all(&data_dir)?;
    let binary = subjects::build()?;
    let book = Book::Folder(&data_dir);
    let (campaigns, user, key) = subjects::prepare_lists(&binary, book, CAMPAIGNS)?;
    let mut serve = Command::new(&binary);
    serve
        .args(["serve", "--no-vendor-rates"])
        .args(book.arguments());
    let server = Server::start("lists", &folder, serve)?;
    let listing = Listing {
        address: server.address().to_owned(),
        key,
        campaigns,
        user,
        leads: options.leads,
        first: AtomicU64::new(0),
        turns: AtomicU64::new(0),
    };
    listing.fill(&server)?;
    listing.scatter(options.leads / 10)?;
    listing.mark()?;
    println!(
        "\n{:<44}{:>9}{:>10}{:>10}{:>10}",
        "page", "count", "p50 ms", "p99 ms", "max ms"
    );
    let pages = PAGES.into_iter();
    for (name, ask) in pages.filter(|(name, _)| name.contains(&options.only)) {
        let times = listing.callers(options.callers, Duration::from_secs(options.seconds), ask)?;
        print_times(name, &times);
    }
    println!(
        "peak memory {} MB",
        peak_memory_bytes(server.pid())? / 1_000_000
    );
    server.stop()?;
    Ok(std::fs::remove_dir_all(&data_dir)?)
}

struct Listing {
    address: String,
    key: String,
    campaigns: Vec<Campaign>,
    user: u64,
    leads: u64,
    /// The first lead's number; the others follow.
    first: AtomicU64,
    turns: AtomicU64,
}

struct Request {
    method: &'static str,
    path: String,
    body: String,
}

type Ask = fn(&Listing, u64) -> Request;

const PAGES: [(&str, Ask); 23] = [
    ("autocalls: all, newest", |_, _| {
        get("/api/user/leads?per_page=100".to_owned())
    }),
    ("autocalls: status=completed", |_, _| {
        get("/api/user/leads?per_page=100&status=completed".to_owned())
    }),
    ("autocalls: campaign and status", |listing, turn| {
        let campaign = listing.campaign(turn).id;
        get(format!(
            "/api/user/leads?per_page=100&campaign_id={campaign}&status=rescheduled"
        ))
    }),
    ("autocalls: days", |_, _| {
        get("/api/user/leads?date_from=2020-01-01&date_to=2040-01-01".to_owned())
    }),
    ("autocalls: part of a number", |listing, turn| {
        let part = listing.lead(turn);
        get(format!("/api/user/leads?phone_number=55{part:07}"))
    }),
    ("autocalls: page 500 of a campaign", |listing, turn| {
        let campaign = listing.campaign(turn).id;
        get(format!(
            "/api/user/leads?per_page=100&page=500&campaign_id={campaign}"
        ))
    }),
    ("autocalls: 3 digits of a number", |_, turn| {
        get(format!(
            "/api/user/leads?per_page=100&phone_number={:03}",
            turn % 1_000
        ))
    }),
    ("autocalls: 4 digits of a number", |_, turn| {
        get(format!(
            "/api/user/leads?per_page=100&phone_number={:04}",
            turn % 10_000
        ))
    }),
    ("autocalls: 4 digits and status", |_, turn| {
        let part = turn % 10_000;
        get(format!(
            "/api/user/leads?per_page=100&phone_number={part:04}&status=completed"
        ))
    }),
    ("autocalls: page 100 of a status", |_, _| {
        get("/api/user/leads?per_page=100&page=100&status=completed".to_owned())
    }),
    ("nlpearl: statuses", |listing, turn| {
        listing.search(turn, &json!({"limit": 100, "statuses": [100, 130]}))
    }),
    ("nlpearl: text", |listing, turn| {
        let text = format!("ext-{}", listing.lead(turn));
        listing.search(turn, &json!({"limit": 100, "searchInput": text}))
    }),
    ("nlpearl: text that all have", |listing, turn| {
        listing.search(turn, &json!({"limit": 100, "searchInput": "ext-"}))
    }),
    ("nlpearl: sorted by number", |listing, turn| {
        listing.search(turn, &json!({"limit": 100, "sortProp": "phoneNumber"}))
    }),
    ("journeybee: all", |listing, _| listing.of_user("")),
    ("journeybee: status=contacted (none)", |listing, _| {
        listing.of_user("status=contacted")
    }),
    ("journeybee: search, 1 of 100 found", |listing, _| {
        listing.of_user("search=marked")
    }),
    ("journeybee: search, 1 of 1,000 found", |listing, _| {
        listing.of_user("search=maria")
    }),
    ("journeybee: tag of 1 of 100", |listing, _| {
        listing.of_user("tags=1")
    }),
    ("journeybee: tag of 1 of 1,000", |listing, _| {
        listing.of_user("tags=2")
    }),
    ("journeybee: tag and status", |listing, _| {
        listing.of_user("tags=1&status=new")
    }),
    ("journeybee: tag and search", |listing, _| {
        listing.of_user("tags=1&search=maria")
    }),
    ("dialnexa: of a campaign", |listing, turn| {
        let campaign = &listing.campaign(turn).code;
        get(format!(
            "/v1/campaigns-leads?campaign_id={campaign}&limit=100"
        ))
    }),
];

fn get(path: String) -> Request {
    let (method, body) = ("GET", String::new());
    Request { method, path, body }
}

impl Listing {
    fn campaign(&self, turn: u64) -> &Campaign {
        &self.campaigns[usize::try_from(turn).unwrap_or(0) % self.campaigns.len()]
    }

    /// Any lead's place, scattered over the whole book (Knuth's multiplicative hash).
    fn lead(&self, turn: u64) -> u64 {
        turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) % self.leads
    }

    fn search(&self, turn: u64, body: &Value) -> Request {
        Request {
            method: "POST",
            path: format!("/v2/Outbound/{}/Leads", self.campaign(turn).pearl),
            body: body.to_string(),
        }
    }

    /// A page of JourneyBee's list.
    fn of_user(&self, query: &str) -> Request {
        get(format!("/api/v1/leads?userId={}&{query}", self.user))
    }

    /// Bulk after bulk; the last one beside single updates.
    fn fill(&self, server: &Server) -> Result<()> {
        let bulks = self.leads / BULK;
        let mut connection = Connection::open(&self.address)?;
        for bulk in 0..bulks.saturating_sub(1) {
            let took = self.bulk(&mut connection, bulk)?;
            if bulk == 0 {
                self.find_first(&mut connection)?;
            }
            let memory = peak_memory_bytes(server.pid())? / 1_000_000;
            println!(
                "bulk {} of {bulks}: {took:.2?}, peak memory {memory} MB",
                bulk + 1
            );
        }
        let alone = self.callers(16, Duration::from_secs(5), update)?;
        let is_over = AtomicBool::new(false);
        let (took, beside) = thread::scope(|scope| {
            let updating = scope.spawn(|| self.until(16, &is_over, update));
            let took = self.bulk(&mut connection, bulks - 1);
            is_over.store(true, Ordering::Relaxed);
            let beside = updating
                .join()
                .map_err(|_| anyhow!("a caller panicked"))??;
            Ok::<_, anyhow::Error>((took?, beside))
        })?;
        println!("the last bulk, beside 16 callers that update: {took:.2?}");
        println!(
            "{:<44}{:>9}{:>10}{:>10}{:>10}",
            "", "count", "p50 ms", "p99 ms", "max ms"
        );
        print_times("single updates alone", &alone);
        print_times("single updates beside a bulk", &beside);
        Ok(())
    }

    fn bulk(&self, connection: &mut Connection, bulk: u64) -> Result<Duration> {
        let from = bulk * BULK;
        let lead = |at: u64| {
            json!({"phoneNumber": format!("+1555{at:07}"), "externalId": format!("ext-{at}"),
                "callData": {"firstName": "Lead", "lastName": format!("Number {at}"), "city": "Lisbon"}})
        };
        let leads: Vec<_> = (from..from + BULK).map(lead).collect();
        let body = json!({ "leads": leads }).to_string();
        let path = format!("/v2/Outbound/{}/Leads/Add", self.campaign(bulk).pearl);
        let started = now();
        let answer = connection.send("POST", &path, &self.key, &body)?;
        let took = started.elapsed();
        if answer.status != 200 || answer.body != "true" {
            bail!("a bulk was answered {}: {}", answer.status, answer.body);
        }
        Ok(took)
    }

    fn find_first(&self, connection: &mut Connection) -> Result<()> {
        let path = format!(
            "/v2/Outbound/{}/Lead/External/ext-0",
            self.campaign(0).pearl
        );
        let answer = connection.send("GET", &path, &self.key, "")?;
        let lead: Value = serde_json::from_str(&answer.body)?;
        let id = lead["id"].as_str().context("no lead ext-0")?;
        let number = u64::from_str_radix(&id[10..], 16)?;
        self.first.store(number, Ordering::Relaxed);
        Ok(())
    }

    /// Gives so many leads another status.
    fn scatter(&self, count: u64) -> Result<()> {
        let started = now();
        self.each(count, |turn| {
            let status = STATUSES[usize::try_from(turn).unwrap_or(0) % STATUSES.len()];
            let lead = self.lead(turn);
            (lead, json!({ "dial_status": status }))
        })?;
        println!("{count} statuses set in {:.0?}", started.elapsed());
        Ok(())
    }

    /// Gives one lead of a hundred a tag and a name, one of a thousand another tag and another name.
    fn mark(&self) -> Result<()> {
        let mut connection = Connection::open(&self.address)?;
        for label in ["Often", "Seldom"] {
            let tag = json!({"label": label, "association": "lead", "background_color": "#ffffff",
                "text_color": "#000000"});
            let answer = connection.send("POST", "/api/v1/tags", &self.key, &tag.to_string())?;
            if answer.status != 201 {
                bail!("a tag was answered {}: {}", answer.status, answer.body);
            }
        }
        self.each(self.leads / 100, |turn| {
            let (tags, first_name) = match turn % 10 {
                0 => (json!([1, 2]), "Maria"),
                _ => (json!([1]), "John"),
            };
            let marks = json!({"tags": tags, "first_name": first_name, "last_name": "Marked"});
            (turn * 100, marks)
        })
    }

    /// Changes so many leads by the product's own API; `change`: which, and what of it.
    fn each(&self, count: u64, change: impl Fn(u64) -> (u64, Value) + Sync) -> Result<()> {
        let turns = AtomicU64::new(0);
        let work = || -> Result<()> {
            let mut connection = Connection::open(&self.address)?;
            loop {
                let turn = turns.fetch_add(1, Ordering::Relaxed);
                if turn >= count {
                    return Ok(());
                }
                let (lead, body) = change(turn);
                let lead = self.first.load(Ordering::Relaxed) + lead;
                let path = format!("/leadbook/v1/leads/{lead}");
                let answer = connection.send("PATCH", &path, &self.key, &body.to_string())?;
                if answer.status != 200 {
                    bail!("a change was answered {}: {}", answer.status, answer.body);
                }
            }
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..32).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().map_err(|_| anyhow!("a caller panicked"))?)
        })
    }

    fn callers(&self, callers: u64, length: Duration, ask: Ask) -> Result<Vec<Duration>> {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let asking = scope.spawn(|| self.until(callers, &is_over, ask));
            thread::sleep(length);
            is_over.store(true, Ordering::Relaxed);
            asking.join().map_err(|_| anyhow!("a caller panicked"))?
        })
    }

    /// How long each answer took, until it is over.
    fn until(&self, callers: u64, is_over: &AtomicBool, ask: Ask) -> Result<Vec<Duration>> {
        let caller = || -> Result<Vec<Duration>> {
            let mut connection = Connection::open(&self.address)?;
            let mut times = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let turn = self.turns.fetch_add(1, Ordering::Relaxed);
                let Request { method, path, body } = ask(self, turn);
                let started = now();
                let answer = connection.send(method, &path, &self.key, &body)?;
                times.push(started.elapsed());
                if answer.status != 200 {
                    bail!(
                        "{method} {path} was answered {}: {}",
                        answer.status,
                        answer.body
                    );
                }
            }
            Ok(times)
        };
        let mut all: Vec<Duration> = thread::scope(|scope| {
            let callers: Vec<_> = (0..callers).map(|_| scope.spawn(caller)).collect();
            let join = |caller: thread::ScopedJoinHandle<'_, Result<Vec<Duration>>>| {
                caller.join().map_err(|_| anyhow!("a caller panicked"))?
            };
            let all: Result<Vec<_>> = callers.into_iter().map(join).collect();
            Ok::<_, anyhow::Error>(all?.concat())
        })?;
        all.sort_unstable();
        Ok(all)
    }
}

fn update(listing: &Listing, turn: u64) -> Request {
    let first = listing.first.load(Ordering::Relaxed);
    // Of the leads that are there before the last bulk.
    let lead = first + listing.lead(turn) % (listing.leads - BULK).max(1);
    Request {
        method: "PATCH",
        path: format!("/leadbook/v1/leads/{lead}"),
        body: json!({"variables": {"score": turn.to_string()}}).to_string(),
    }
}

fn print_times(name: &str, times: &[Duration]) {
    let ms = |time: &Duration| time.as_secs_f64() * 1e3;
    let quantile = |percent: usize| times.get(times.len().saturating_sub(1) * percent / 100);
    println!(
        "{name:<44}{:>9}{:>10.2}{:>10.2}{:>10.2}",
        times.len(),
        quantile(50).map_or(0.0, ms),
        quantile(99).map_or(0.0, ms),
        times.last().map_or(0.0, ms),
    );
}
