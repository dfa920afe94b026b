//! How many webhooks the loops deliver per second, and how old news is when it is taken: one process, a temporary SQLite
//! book, and a fast receiver beside it.
//!
//! `cargo run --release -p worker --example deliveries -- [EVENTS] [SUBSCRIPTIONS] [PER_SECOND]`. Every subscription hears
//! every event. Without a rate the events are written first and delivered then, which measures the loops alone; with one
//! they are written while they are delivered. Neither formats nor signatures are measured: the words are plain.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement for a terminal"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use app::administration::{NewCampaign, NewWorkspace};
use app::deliveries::Encode;
use app::leads::Creation;
use app::subscriptions::NewSubscription;
use app::{
    App, AppError, Context, DueDelivery, Environment, News, Services, SystemEnvironment, Webhook,
};
use async_trait::async_trait;
use domain::command::{LeadRef, Update};
use domain::edit::{Change, Edit};
use domain::event::EventKind;
use domain::guard::Guard;
use domain::subscription::{Cap, Filter, Format, Subscription, Topic};
use domain::{LeadId, Timestamp};
use store_sqlite::SqliteStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use worker::{Options, Worker};

const LEADS: usize = 5_000;
const WRITERS: usize = 64;
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// About as long as a body of the standard format.
struct Words;

#[async_trait]
impl Encode for Words {
    async fn encode(
        &self,
        due: &DueDelivery,
        _subscription: &Subscription,
        _now: Timestamp,
    ) -> Result<Option<Webhook>, AppError> {
        let News::Event { event, lead } = &due.news else {
            return Ok(None);
        };
        let at = event.at.as_millis();
        let (id, version, filler) = (lead.id, event.version, "x".repeat(600));
        let body =
            format!("{{\"at\":{at},\"lead\":{id},\"version\":{version},\"rest\":\"{filler}\"}}");
        let headers = vec![("webhook-id", format!("msg_{id}_{version}"))];
        Ok(Some(Webhook { headers, body }))
    }
}

/// The ages of what was received, in milliseconds.
type Ages = Arc<Mutex<Vec<i64>>>;

fn argument(place: usize, otherwise: usize) -> usize {
    let text = std::env::args().nth(place);
    text.map_or(otherwise, |text| text.parse().unwrap())
}

#[tokio::main]
async fn main() {
    let (events, subscriptions, rate) = (argument(1, 20_000), argument(2, 1), argument(3, 0));
    let environment = Arc::new(SystemEnvironment::default());
    let store = Arc::new(SqliteStore::open_temporary().unwrap());
    let app = App::start_with(store, Arc::clone(&environment) as _, Services::default());
    let ages = Ages::default();
    let url = receive(Arc::clone(&ages), Arc::clone(&environment)).await;
    let (context, leads) = fill(&app).await;
    for _ in 0..subscriptions {
        app.create_subscription(&context, hearing(&url))
            .await
            .unwrap();
    }
    let options = Options {
        allow_webhook_to: vec!["127.0.0.1/32".parse().unwrap()],
        encoder: Arc::new(Words),
    };
    if rate == 0 {
        write(&app, &context, &leads, events, 0).await;
    }
    let begun = environment.elapsed();
    let worker = Worker::start(Arc::clone(&app), options).unwrap();
    if rate > 0 {
        write(&app, &context, &leads, events, rate).await;
    }
    let expected = events * subscriptions;
    while ages.lock().unwrap().len() < expected {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = environment.elapsed().saturating_sub(begun);
    while app.health().await.unwrap().deliveries_waiting > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let recorded = environment.elapsed().saturating_sub(begun);
    worker.stop().await;
    let mut ages = std::mem::take(&mut *ages.lock().unwrap());
    ages.sort_unstable();
    println!(
        "{expected} deliveries in {took:.2?}, recorded in {recorded:.2?}: {:.0} per second; age p50 {} ms, p99 {} ms; {} received twice",
        f64::from(u32::try_from(expected).unwrap()) / recorded.as_secs_f64(),
        ages[ages.len() / 2],
        ages[ages.len() * 99 / 100],
        ages.len() - expected,
    );
}

fn hearing(url: &str) -> NewSubscription {
    NewSubscription {
        filter: Filter {
            topics: [Topic::Event(EventKind::Updated)].into(),
            ..Filter::default()
        },
        cap: Cap {
            at_once_max: 32,
            per_second_max: None,
        },
        // A format that signs nothing.
        ..NewSubscription::new(url, Format::NlPearlLead)
    }
}

async fn fill(app: &Arc<App>) -> (Context, Vec<LeadId>) {
    let workspace = app
        .create_workspace(NewWorkspace::new("bench"))
        .await
        .unwrap();
    let context = Context::operator(workspace.id);
    let new = NewCampaign {
        name: "bench".to_owned(),
        ..NewCampaign::default()
    };
    let campaign = app.create_campaign(&workspace, new).await.unwrap().id;
    let mut creating = JoinSet::new();
    let mut leads = Vec::new();
    for _ in 0..LEADS {
        let (app, context) = (Arc::clone(app), context.clone());
        let edit = Edit {
            campaign: Change::Set(campaign),
            ..Edit::default()
        };
        creating.spawn(async move {
            let creation = Creation {
                edit,
                ..Creation::default()
            };
            app.create_lead(&context, creation).await.unwrap().lead.id
        });
        if creating.len() >= WRITERS {
            leads.extend(creating.join_next().await.map(Result::unwrap));
        }
    }
    leads.extend(creating.join_all().await);
    (context, leads)
}

/// Writes so many events, at this rate if it is one.
async fn write(app: &Arc<App>, context: &Context, leads: &[LeadId], events: usize, rate: usize) {
    let mut writing = JoinSet::new();
    for writer in 0..WRITERS {
        let (app, context) = (Arc::clone(app), context.clone());
        let mine: Vec<_> = (writer..events).step_by(WRITERS).collect();
        let leads = leads.to_vec();
        writing.spawn(async move {
            let mut ticks = tokio::time::interval(pause(rate));
            for number in mine {
                if rate > 0 {
                    ticks.tick().await;
                }
                let update = Update {
                    lead: LeadRef::Number(leads[number % leads.len()]),
                    in_campaign: None,
                    edit: Edit {
                        first_name: Change::Set(format!("name {number}")),
                        ..Edit::default()
                    },
                    guard: Guard::default(),
                };
                app.update_lead(&context, update).await.unwrap();
            }
        });
    }
    writing.join_all().await;
}

/// Between two events of one writer.
fn pause(rate: usize) -> Duration {
    let per_writer = (rate / WRITERS).max(1);
    Duration::from_secs(1) / u32::try_from(per_writer).unwrap()
}

/// A receiver that takes everything; its URL.
async fn receive(ages: Ages, environment: Arc<SystemEnvironment>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(stream, Arc::clone(&ages), Arc::clone(&environment)));
        }
    });
    url
}

async fn serve(mut stream: TcpStream, ages: Ages, environment: Arc<SystemEnvironment>) {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        // A body of the words above ends like this, and one request is answered before the next comes.
        while !bytes.ends_with(b"x\"}") {
            if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let at = text.split("\"at\":").nth(1).unwrap();
        let at: i64 = at.split(',').next().unwrap().parse().unwrap();
        let now = environment.now().as_millis();
        ages.lock().unwrap().push(now - at);
        if stream.write_all(ANSWER).await.is_err() {
            return;
        }
    }
}
