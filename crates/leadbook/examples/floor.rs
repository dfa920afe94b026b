//! The floor `cargo xtask bench update` measures against: what HTTP and JSON alone cost on this machine.
//!
//! Plain axum with two routes. `GET /hello` answers nothing. `PATCH /leads/{id}` reads a body, merges it (RFC 7396) into a
//! lead of about 600 bytes in a map, and answers the whole lead. Nothing is durable, checked or authorised: that is the point.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch};
use axum::serve::ListenerExt;
use axum::{Router, serve};
use clap::Parser;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Options {
    #[arg(long)]
    listen: SocketAddr,
    /// Written once it listens: `{"base_url": "http://…"}`.
    #[arg(long)]
    ready_file: PathBuf,
    #[arg(long, default_value_t = 100_000)]
    leads: u64,
}

type Leads = Arc<Mutex<HashMap<u64, Value>>>;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let options = Options::parse();
    let leads: Leads = Arc::new(Mutex::new(
        (1..=options.leads).map(|id| (id, lead(id))).collect(),
    ));
    let listener = TcpListener::bind(options.listen).await?;
    let ready = json!({ "base_url": format!("http://{}", listener.local_addr()?) });
    std::fs::write(&options.ready_file, ready.to_string())?;
    let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
    let hello = get(async || "");
    let router = Router::new()
        .route("/hello", hello)
        .route("/leads/{id}", patch(update));
    serve(listener, router.with_state(leads)).await
}

async fn update(State(leads): State<Leads>, Path(id): Path<u64>, body: Bytes) -> Response {
    let Ok(change) = serde_json::from_slice(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut leads = leads
        .lock()
        .expect("no handler panics while it holds the map");
    let Some(lead) = leads.get_mut(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    merge(lead, change);
    (
        [(header::CONTENT_TYPE, "application/json")],
        lead.to_string(),
    )
        .into_response()
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, change: Value) {
    let Value::Object(members) = change else {
        *target = change;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(object) = target else {
        return;
    };
    for (name, value) in members {
        if value.is_null() {
            object.shift_remove(&name);
        } else {
            merge(object.entry(name).or_insert(Value::Null), value);
        }
    }
}

fn lead(id: u64) -> Value {
    json!({
        "id": id, "version": 1, "campaign_id": 7, "phone": format!("+1555{id:07}"),
        "status": "created", "score": 1, "attempts": 0, "tags": ["spring", "partner"], "notes": "",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "variables": {
            "score": "0", "city": "Lisbon", "plan": "basic",
            "email": format!("lead{id}@example.com"),
            "company": "Example Trading Company Limited, Second Branch",
            "street": "1 Long Example Street, third floor, ring twice",
            "interest": "Asked for a quote for twelve seats and a callback after lunch",
            "source": "Partner web form, spring campaign, landing page two, variant blue",
        },
    })
}
