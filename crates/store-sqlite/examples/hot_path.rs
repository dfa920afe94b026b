//! How long an update takes on the writer's thread: batches of updates over a book of leads, as a busy dialer
//! sends them. Prints microseconds per command, the log's bytes per update, and the longest batches.
//!
//! Then the same for updates of a name, which searches look into, and of a status, which lists are ordered by; then, of the
//! deliveries that subscriptions have by then, how long it takes to lease and to finish each; then what pages of lists cost.
//!
//! Not a test and not a benchmark of the server: `cargo xtask bench` measures that. Run it with
//! `cargo run --release -p store-sqlite --example hot_path -- [leads] [batch] [seconds] [hearing] [at rest] [directory]`,
//! where so many subscriptions hear every update, and so many wait for another campaign.

#![expect(clippy::print_stdout, reason = "what this program answers is printed")]
#![expect(
    clippy::cast_precision_loss,
    reason = "numbers to be printed, far below 2^53"
)]

use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use domain::campaign::{Campaign, CampaignState, Stage, Transitions, Workspace};
use domain::command::{Action, Command, LeadRef, NewLead, Scope, Update};
use domain::delivery::HealthChange;
use domain::dialing::Dialing;
use domain::edit::{Change, Edit, StatusEdit};
use domain::event::{Actor, Dialect, EventKind, Origin};
use domain::guard::{Guard, OnActiveCall};
use domain::limits::{DELIVERY_OUTCOMES_MAX, DELIVERY_PAGE_MAX};
use domain::listing::{LeadFilter, LeadOrder, LeadPage, PageStart, Text};
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::status::DialStatus;
use domain::subscription::{Auth, Cap, Filter, Format, Health, Subscription, Topic};
use domain::{CampaignId, KeyId, LeadId, SubscriptionId, Timestamp, WorkspaceId};
use store::{Attempt, DeliveryOutcome, DueDelivery, FinishedDelivery, Lists, Store};
use store_sqlite::SqliteStore;

// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: u64| {
        let text = arguments.next();
        text.map_or(default, |text| text.parse().expect("a number"))
    };
    let (leads, batch, seconds) = (next(100_000), next(32), next(10));
    let (hearing, at_rest) = (next(0), next(0));
    let temporary = tempfile::tempdir().expect("a directory");
    let directory = arguments.next();
    let directory = directory.as_deref().map_or(temporary.path(), Path::new);
    let file = directory.join("hot_path.db");
    // A book that is there is measured as it is.
    let is_there = file.exists();
    let store = SqliteStore::open(&file).expect("opens");
    if !is_there {
        fill(&store, leads);
    }
    // Opened again, so that the log begins empty.
    drop(store);
    let store = SqliteStore::open(&file).expect("opens");
    subscribe(&store, 1, hearing, campaign());
    subscribe(&store, 1_000_000, at_rest, elsewhere());
    for edited in [Edited::Variables, Edited::Name, Edited::Status] {
        println!("\n{edited:?}");
        let mut source = Source::new(leads, batch, edited);
        log_bytes(&store, &file, &mut source);
        measure(&store, &mut source, Duration::from_secs(seconds));
    }
    deliver(&store);
    pages(&store, leads);
}

/// Neither a batch nor what it awaits ever waits on a runtime.
fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("a batch runs where it is called"),
    }
}

#[expect(clippy::disallowed_methods, reason = "this program measures time")]
fn clock() -> Instant {
    Instant::now()
}

fn workspace() -> WorkspaceId {
    WorkspaceId::new(1).expect("in range")
}

fn campaign() -> CampaignId {
    CampaignId::new(1).expect("in range")
}

fn elsewhere() -> CampaignId {
    CampaignId::new(2).expect("in range")
}

/// So many that hear updates of the campaign.
fn subscribe(store: &SqliteStore, first_id: u64, count: u64, campaign: CampaignId) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for id in first_id..first_id + count {
        let subscription = Subscription {
            id: SubscriptionId::new(id).expect("in range"),
            workspace_id: workspace(),
            version: 1,
            created_at: at(0),
            description: None,
            url: "https://example.com/".to_owned(),
            filter: Filter {
                topics: [Topic::Event(EventKind::Updated)].into(),
                campaigns: [campaign].into(),
                // Each its own, so that none is like another.
                except_sources: [format!("crm-{id}")].into(),
                ..Filter::default()
            },
            format: Format::Standard,
            auth: Auth::None,
            secrets: Vec::new(),
            cap: Cap {
                at_once_max: 8,
                per_second_max: None,
            },
            health: Health::default(),
        };
        let created = runtime.block_on(store.create_subscription(&subscription));
        created.expect("a subscription");
    }
}

/// Leases and finishes what waits, as a worker does, in pages and transactions of the limits' sizes.
fn deliver(store: &SqliteStore) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (mut leasing, mut finishing, mut count) = (Duration::ZERO, Vec::new(), 0_usize);
    while count < 20_000 {
        let before = clock();
        let due = store.lease_deliveries(at(2), at(60_000), &[], DELIVERY_PAGE_MAX);
        let due = runtime.block_on(due).expect("leased");
        leasing += before.elapsed();
        count += due.len();
        if due.is_empty() {
            break;
        }
        for due in due.chunks(DELIVERY_OUTCOMES_MAX) {
            let finished: Vec<_> = due.iter().map(finished).collect();
            let before = clock();
            runtime
                .block_on(store.finish_deliveries(&finished))
                .expect("finished");
            finishing.push(before.elapsed());
        }
    }
    if count > 0 {
        finishing.sort_unstable();
        let us = |all: Duration| all.as_secs_f64() * 1e6 / count as f64;
        println!(
            "{count} deliveries: {:.1} us each to lease, {:.1} us to finish; {DELIVERY_OUTCOMES_MAX} at once in {:.1?}",
            us(leasing),
            us(finishing.iter().sum()),
            finishing[finishing.len() / 2]
        );
    }
}

fn finished(due: &DueDelivery) -> FinishedDelivery {
    FinishedDelivery {
        key: due.key,
        outcome: DeliveryOutcome::Delivered,
        health: HealthChange::Same,
        attempt: Some(Attempt {
            at: at(2),
            number: 1,
            duration_ms: 3,
            status: Some(204),
            error: None,
            answer: None,
        }),
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis).expect("in range")
}

fn command(number: u64, action: Action) -> Command {
    Command {
        workspace_id: workspace(),
        origin: Origin {
            actor: Actor::Key(KeyId::new(7).expect("in range")),
            dialect: Dialect::NlPearl,
            request_id: format!("req-{number:016x}"),
            on_behalf_of: None,
            source: None,
        },
        scope: Scope::Workspace,
        action,
    }
}

fn object(text: &str) -> Object {
    Object::parse(text).expect("an object")
}

fn fill(store: &SqliteStore, leads: u64) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let stages = Stage::default_list();
    runtime.block_on(async {
        let workspace = Workspace {
            id: workspace(),
            name: "bench".to_owned(),
            created_at: at(0),
            default_region: None,
            stages: stages.clone(),
            blocks_repeats: false,
        };
        store
            .create_workspace(&workspace)
            .await
            .expect("a workspace");
        let campaign = |number| Campaign {
            id: CampaignId::new(number).expect("in range"),
            workspace_id: workspace.id,
            version: 1,
            name: "bench".to_owned(),
            created_at: at(0),
            updated_at: at(0),
            state: CampaignState::Running,
            default_region: None,
            time_zone: None,
            stages: stages.clone(),
            transitions: Transitions::default(),
            dispositions: Vec::new(),
            agent: None,
            dialing: Dialing::default(),
            settings: Object::default(),
        };
        for number in 1..=CAMPAIGNS {
            let created = store.create_campaign(&campaign(number)).await;
            created.expect("a campaign");
        }
    });
    let numbers: Vec<u64> = (1..=leads).collect();
    let (cpu, started) = (thread_cpu_us(), clock());
    for chunk in numbers.chunks(128) {
        let batch = chunk.iter().map(|n| create(*n)).collect();
        let now = i64::try_from(chunk[0]).expect("in range") * 10;
        let outcomes = now_or_never(store.transact(0, batch, at(now)))
            .expect("stored")
            .outcomes;
        assert!(outcomes.iter().all(Result::is_ok), "{:?}", outcomes[0]);
    }
    let each = started.elapsed().as_secs_f64() * 1e6 / leads as f64;
    let cpu = (thread_cpu_us() - cpu) / leads as f64;
    println!("{leads} leads made, {each:.1} us each, {cpu:.1} us of CPU");
}

fn create(number: u64) -> Command {
    let phone = PhoneInput::read(&format!("+1212{number:07}")).expect("a number");
    let edit = Edit {
        campaign: Change::Set(CampaignId::new(number % CAMPAIGNS + 1).expect("in range")),
        external_id: Change::Set(format!("crm-{number:08}")),
        phone: Change::Set(phone),
        first_name: Change::Set("Ada".to_owned()),
        last_name: Change::Set("Lovelace".to_owned()),
        email: Change::Set(format!("ada{number}@example.com")),
        company_name: Change::Set("Analytical Engines Ltd".to_owned()),
        variables: ObjectEdit::Replace(object(
            r#"{"product":"Home insurance","city":"London","renewal":"2025-03-01","amount":129.50}"#,
        )),
        ..Edit::default()
    };
    let id = LeadId::new(number).expect("in range");
    let (unique, vendor_id) = (Vec::new(), None);
    command(
        number,
        Action::Create(Box::new(NewLead {
            id,
            edit,
            unique,
            vendor_id,
            contacts: Vec::new(),
            is_repeatable: false,
        })),
    )
}

fn update(number: u64, lead: u64, edited: Edited) -> Command {
    let variables = format!(
        r#"{{"last_visit":"page {number}","score":{}}}"#,
        number % 100
    );
    let variables = ObjectEdit::Merge(object(&variables));
    let guard = Guard {
        on_active_call: OnActiveCall::Reject,
        ..Guard::default()
    };
    let edit = match edited {
        Edited::Variables => Edit {
            variables,
            ..Edit::default()
        },
        Edited::Name => Edit {
            first_name: Change::Set(format!("Ada {number}")),
            variables,
            ..Edit::default()
        },
        Edited::Status => Edit {
            dial_status: Some(StatusEdit {
                to: status(number),
                same_as: Vec::new(),
            }),
            ..Edit::default()
        },
    };
    command(
        number,
        Action::Update(Box::new(Update {
            lead: LeadRef::Number(LeadId::new(lead).expect("in range")),
            in_campaign: None,
            edit,
            guard,
        })),
    )
}

/// What updates change.
#[derive(Clone, Copy, Debug)]
enum Edited {
    Variables,
    Name,
    Status,
}

const STATUSES: [DialStatus; 4] = [
    DialStatus::Retry,
    DialStatus::Voicemail,
    DialStatus::Abandoned,
    DialStatus::Unreachable,
];
const CAMPAIGNS: u64 = 10;

fn status(number: u64) -> DialStatus {
    let turn = usize::try_from(number).expect("in range") % STATUSES.len();
    STATUSES[turn]
}

/// Batches of updates of leads anywhere in the book.
struct Source {
    edited: Edited,
    leads: u64,
    size: u64,
    random: u64,
    number: u64,
}

impl Source {
    fn new(leads: u64, size: u64, edited: Edited) -> Self {
        let random = 0x9e37_79b9_7f4a_7c15;
        let number = 0;
        Self {
            edited,
            leads,
            size,
            random,
            number,
        }
    }

    fn batch(&mut self) -> Vec<Command> {
        (0..self.size).map(|_| self.next()).collect()
    }

    fn next(&mut self) -> Command {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.number += 1;
        update(self.number, self.random % self.leads + 1, self.edited)
    }
}

/// Decides a batch of which nothing may be refused; how long that took.
fn run(store: &SqliteStore, batch: Vec<Command>) -> Duration {
    let before = clock();
    let outcomes = now_or_never(store.transact(0, batch, at(1)))
        .expect("stored")
        .outcomes;
    let took = before.elapsed();
    let refused = outcomes.iter().find(|outcome| outcome.is_err());
    assert!(refused.is_none(), "{refused:?}");
    took
}

/// What an update adds to the log, while that has not started over.
fn log_bytes(store: &SqliteStore, file: &Path, source: &mut Source) {
    let log = file.with_extension("db-wal");
    let size = || std::fs::metadata(&log).map_or(0, |data| data.len());
    run(store, source.batch());
    let (bytes, number) = (size(), source.number);
    for _ in 0..100 {
        run(store, source.batch());
    }
    let (bytes, count) = (size() - bytes, source.number - number);
    println!("{} bytes of log per update", bytes / count);
}

fn measure(store: &SqliteStore, source: &mut Source, length: Duration) {
    let first = source.number;
    let (mut making, mut batches) = (0.0, Vec::new());
    let (cpu_before, started) = (thread_cpu_us(), clock());
    while started.elapsed() < length {
        let before = clock();
        let batch = source.batch();
        making += before.elapsed().as_secs_f64() * 1e6;
        batches.push(run(store, batch));
    }
    let all = started.elapsed();
    let cpu = thread_cpu_us() - cpu_before - making;
    report(source.number - first, all, cpu, batches);
}

fn report(commands: u64, all: Duration, cpu: f64, mut batches: Vec<Duration>) {
    let inside: Duration = batches.iter().sum();
    batches.sort_unstable();
    let count = commands as f64;
    let quantile = |q: usize| batches[(batches.len() - 1) * q / 1000].as_secs_f64() * 1e3;
    println!(
        "{commands} updates in {all:.1?}: {:.0} per second",
        count / all.as_secs_f64()
    );
    println!(
        "per update: {:.1} us in transact, of which {:.1} us of CPU",
        inside.as_secs_f64() * 1e6 / count,
        cpu / count
    );
    println!(
        "batches, ms: p50 {:.2}, p99 {:.2}, p99.9 {:.2}, longest {:.2}",
        quantile(500),
        quantile(990),
        quantile(999),
        quantile(1000)
    );
}

/// What a page of each kind of list costs, one after the other.
fn pages(store: &SqliteStore, leads: u64) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!();
    for (name, filter, order, offset) in kinds(leads) {
        let page = LeadPage {
            order,
            is_ascending: false,
            start: PageStart::Offset(offset),
            limit: 100,
            is_counted: true,
        };
        let mut times = Vec::new();
        let mut told = (0, 0);
        for _ in 0..50 {
            let before = clock();
            let list = runtime.block_on(store.leads(workspace(), &filter, &page));
            times.push(before.elapsed());
            let list = list.expect("a page");
            told = (list.leads.len(), list.total);
        }
        times.sort_unstable();
        println!(
            "{name:<40}{:>10.2?} {:>10.2?} {:>10.2?}  {} of {}",
            times[0], times[25], times[49], told.0, told.1
        );
    }
}

type Kind = (&'static str, LeadFilter, LeadOrder, u64);

fn kinds(leads: u64) -> Vec<Kind> {
    use LeadOrder::{CreatedAt, ExternalId, Phone, StageKind};
    let all = LeadFilter::default;
    let mine = || LeadFilter {
        campaigns: Some(vec![campaign()]),
        ..all()
    };
    let statuses = |filter| LeadFilter {
        dial_statuses: vec![DialStatus::Retry, DialStatus::Voicemail],
        ..filter
    };
    let text = |text: &str| LeadFilter {
        text: Some(Text {
            text: text.to_owned(),
            users: Vec::new(),
        }),
        ..mine()
    };
    let days = LeadFilter {
        created_from: Some(at(0)),
        created_until: Some(at(60 * 60 * 1000)),
        ..all()
    };
    let phone = LeadFilter {
        phone_part: Some(format!("12{:07}", leads / 3)),
        ..all()
    };
    vec![
        ("all", all(), CreatedAt, 0),
        ("all, in the middle", all(), CreatedAt, leads / 2),
        ("a campaign", mine(), CreatedAt, 0),
        ("a campaign, in the middle", mine(), CreatedAt, leads / 20),
        ("statuses", statuses(all()), CreatedAt, 0),
        ("statuses of a campaign", statuses(mine()), CreatedAt, 0),
        (
            "statuses of a campaign, 10,000th",
            statuses(mine()),
            CreatedAt,
            10_000,
        ),
        ("an hour", days, CreatedAt, 0),
        ("by number", mine(), Phone, 0),
        ("statuses by number", statuses(mine()), Phone, 0),
        ("by external id", all(), ExternalId, 0),
        ("by kind", all(), StageKind, 0),
        ("part of a number", phone, CreatedAt, 0),
        (
            "a text that one lead has",
            text(&format!("crm-{:08}", leads / 3 * 3 / 10 * 10)),
            CreatedAt,
            0,
        ),
        ("a text that all have", text("lovelace"), CreatedAt, 0),
        ("a short text", text("lo"), CreatedAt, 0),
        ("a text that none has", text("zebra crossing"), CreatedAt, 0),
    ]
}

/// CPU time of this thread so far; 0 where /proc is not Linux's.
fn thread_cpu_us() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: f64 = text
        .split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0.0);
    nanoseconds / 1e3
}
