//! How long an update takes on a lane: batches of updates over a book of leads, as a busy dialer sends them, on several
//! lanes at once. Prints updates per second, the lanes' own CPU per update, and the longest batches. Then how long it takes to
//! give the events their positions, and to lease and to finish the deliveries that subscriptions have by then.
//!
//! Not a test and not a benchmark of the server: `cargo xtask bench` measures that. Run it with
//! `cargo run --release -p store-postgres --features testing --example hot_path -- URL [leads] [batch] [seconds] [lanes] \
//! [hearing] [at rest] [routed]`; the URL is of an empty schema, so many subscriptions hear every update and so many wait for
//! another campaign, and `routed` sends statements as a sharded server wants them.

#![expect(clippy::print_stdout, reason = "what this program answers is printed")]
#![expect(
    clippy::cast_precision_loss,
    reason = "numbers to be printed, far below 2^53"
)]

use std::time::{Duration, Instant};

use domain::campaign::{Campaign, CampaignState, Stage, Transitions, Workspace};
use domain::command::{Action, Command, LeadRef, NewLead, Scope, Update};
use domain::delivery::HealthChange;
use domain::dialing::Dialing;
use domain::edit::{Change, Edit};
use domain::event::{Actor, Dialect, EventKind, Origin};
use domain::guard::{AttemptGuard, Guard, OnActiveCall};
use domain::limits::{DELIVERY_OUTCOMES_MAX, DELIVERY_PAGE_MAX};
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::subscription::{Auth, Cap, Filter, Format, Health, Subscription, Topic};
use domain::{CampaignId, KeyId, LeadId, SubscriptionId, Timestamp, WorkspaceId};
use store::{Attempt, DeliveryOutcome, DueDelivery, FinishedDelivery, Store};
use store_postgres::PostgresStore;
use tokio::runtime::Runtime;

// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("the URL of a database");
    let mut next = |default: u64| {
        let text = arguments.next();
        text.map_or(default, |text| text.parse().expect("a number"))
    };
    let (leads, batch, seconds, lanes) = (next(100_000), next(32), next(10), next(2));
    let (hearing, at_rest) = (next(0), next(0));
    let runtime = Runtime::new().expect("a runtime");
    let store = match arguments.next().as_deref() {
        Some("routed") => runtime.block_on(PostgresStore::open_routed(&url)),
        _ => runtime.block_on(PostgresStore::open(&url)),
    };
    let store = store.expect("opens");
    fill(&store, leads);
    runtime
        .block_on(store.position_events())
        .expect("positions");
    subscribe(&store, 1, hearing, campaign());
    subscribe(&store, 1_000_000, at_rest, elsewhere());
    let seconds = Duration::from_secs(seconds);
    let started = clock();
    let reports: Vec<_> = std::thread::scope(|scope| {
        let lane = |lane| {
            let store = &store;
            scope.spawn(move || measure(store, lane, Source::new(leads, batch, lane), seconds))
        };
        let lanes: Vec<_> = (0..lanes).map(lane).collect();
        let join = |lane: std::thread::ScopedJoinHandle<'_, Report>| lane.join().expect("no panic");
        lanes.into_iter().map(join).collect()
    });
    report(&reports, started.elapsed());
    position(&store);
    deliver(&store);
}

fn lane_runtime() -> Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime")
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
fn subscribe(store: &PostgresStore, first_id: u64, count: u64, campaign: CampaignId) {
    let runtime = lane_runtime();
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

/// Gives the events of the measured time their positions.
fn position(store: &PostgresStore) {
    let runtime = lane_runtime();
    let before = clock();
    let moved = runtime
        .block_on(store.position_events())
        .expect("positions");
    let took = before.elapsed();
    for (_, end) in moved {
        println!("{end} events got their positions in {took:.1?}");
    }
}

/// Leases and finishes what waits, as a worker does, in pages and transactions of the limits' sizes.
fn deliver(store: &PostgresStore) {
    let runtime = lane_runtime();
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

fn fill(store: &PostgresStore, leads: u64) {
    let runtime = lane_runtime();
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
        let campaign = Campaign {
            id: campaign(),
            workspace_id: workspace.id,
            name: "bench".to_owned(),
            created_at: at(0),
            version: 1,
            updated_at: at(0),
            state: CampaignState::Running,
            agent: None,
            dialing: Dialing::default(),
            settings: Object::default(),
            default_region: None,
            time_zone: None,
            stages,
            transitions: Transitions::default(),
            dispositions: Vec::new(),
        };
        store.create_campaign(&campaign).await.expect("a campaign");
    });
    let numbers: Vec<u64> = (1..=leads).collect();
    let started = clock();
    for chunk in numbers.chunks(128) {
        let batch = chunk.iter().map(|n| create(*n)).collect();
        let committed = runtime.block_on(store.transact(0, batch, at(0)));
        let outcomes = committed.expect("stored").outcomes;
        assert!(outcomes.iter().all(Result::is_ok), "{:?}", outcomes[0]);
    }
    let each = started.elapsed().as_secs_f64() * 1e6 / leads as f64;
    println!("{leads} leads made, {each:.1} us each");
}

fn create(number: u64) -> Command {
    let phone = PhoneInput::read(&format!("+1212{number:07}")).expect("a number");
    let edit = Edit {
        campaign: Change::Set(campaign()),
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

fn update(number: u64, lead: u64) -> Command {
    let variables = format!(
        r#"{{"last_visit":"page {number}","score":{}}}"#,
        number % 100
    );
    let edit = Edit {
        first_name: Change::Set(format!("Ada {number}")),
        variables: ObjectEdit::Merge(object(&variables)),
        ..Edit::default()
    };
    command(
        number,
        Action::Update(Box::new(Update {
            lead: LeadRef::Number(LeadId::new(lead).expect("in range")),
            in_campaign: None,
            edit,
            guard: Guard {
                attempt: AttemptGuard::BeforeFirst,
                on_active_call: OnActiveCall::Reject,
                version: None,
            },
        })),
    )
}

/// Batches of updates of leads anywhere in the book.
struct Source {
    leads: u64,
    size: u64,
    random: u64,
    number: u64,
}

impl Source {
    fn new(leads: u64, size: u64, lane: u64) -> Self {
        let random = 0x9e37_79b9_7f4a_7c15 + lane;
        let number = 0;
        Self {
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
        update(self.number, self.random % self.leads + 1)
    }
}

struct Report {
    updates: u64,
    cpu_us: f64,
    batches: Vec<Duration>,
}

fn measure(store: &PostgresStore, lane: u64, mut source: Source, length: Duration) -> Report {
    let runtime = lane_runtime();
    let lane = usize::try_from(lane).expect("few lanes");
    let mut batches = Vec::new();
    let (cpu_before, started) = (thread_cpu_us(), clock());
    while started.elapsed() < length {
        let batch = source.batch();
        let before = clock();
        let committed = runtime.block_on(store.transact(lane, batch, at(1)));
        batches.push(before.elapsed());
        let outcomes = committed.expect("stored").outcomes;
        assert!(outcomes.iter().all(Result::is_ok), "{:?}", outcomes[0]);
    }
    Report {
        updates: source.number,
        cpu_us: thread_cpu_us() - cpu_before,
        batches,
    }
}

fn report(reports: &[Report], all: Duration) {
    let updates: u64 = reports.iter().map(|report| report.updates).sum();
    let cpu: f64 = reports.iter().map(|report| report.cpu_us).sum();
    let mut batches: Vec<_> = reports.iter().flat_map(|r| r.batches.clone()).collect();
    batches.sort_unstable();
    let quantile = |q: usize| batches[(batches.len() - 1) * q / 1000].as_secs_f64() * 1e3;
    println!(
        "{updates} updates in {all:.1?}: {:.0} per second, {:.1} us of the lanes' CPU each",
        updates as f64 / all.as_secs_f64(),
        cpu / updates as f64
    );
    println!(
        "batches, ms: p50 {:.2}, p99 {:.2}, p99.9 {:.2}, longest {:.2}",
        quantile(500),
        quantile(990),
        quantile(999),
        quantile(1000)
    );
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
