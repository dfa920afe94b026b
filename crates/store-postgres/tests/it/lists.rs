//! Lists on this server: whatever is asked, no table of leads or calls is read whole.

#![expect(clippy::unwrap_used, reason = "also in the functions that tests share")]

use domain::edit::{Change, Edit};
use domain::listing::{
    CallFilter, CallPage, LeadFilter, LeadOrder, LeadPage, PageStart, Place, Text,
};
use domain::phone::PhoneInput;
use domain::status::{DialStatus, StageKind};
use store::conformance::World;
use store::{Lists, Store};
use store_postgres::testing::TestSchema;
use tokio_postgres::Client;

use crate::{open_in, session};

const LEADS: usize = 400;
const TABLES: [&str; 7] = [
    "leads",
    "lead_places",
    "lead_search",
    "lead_tags",
    "lead_users",
    "lead_values",
    "calls",
];

fn filters(world: &World<'_>) -> Vec<LeadFilter> {
    let all = LeadFilter::default;
    let ours = || LeadFilter {
        campaigns: Some(vec![world.campaign]),
        ..all()
    };
    let text = |text: &str| {
        Some(Text {
            text: text.to_owned(),
            users: Vec::new(),
        })
    };
    vec![
        all(),
        ours(),
        LeadFilter {
            dial_statuses: vec![DialStatus::New, DialStatus::Retry],
            ..ours()
        },
        LeadFilter {
            stage_kinds: vec![StageKind::New],
            created_from: Some(world.now().plus_millis(-1_000)),
            ..all()
        },
        LeadFilter {
            text: text("lead 17"),
            ..ours()
        },
        LeadFilter {
            text: text("l"),
            ..all()
        },
        LeadFilter {
            phone_part: Some("555 01".to_owned()),
            is_assigned: Some(false),
            ..all()
        },
    ]
}

const ORDERS: [LeadOrder; 5] = [
    LeadOrder::CreatedAt,
    LeadOrder::StageKind,
    LeadOrder::DialStatus,
    LeadOrder::Phone,
    LeadOrder::ExternalId,
];

/// How many rows were read by reading the tables whole, once the sessions that did so have ended.
async fn rows_read_whole(client: &Client) -> Vec<(String, i64)> {
    let is_told = "SELECT 1 FROM pg_stat_user_tables \
                   WHERE schemaname = current_schema() AND relname = 'lead_places' AND idx_scan > 0";
    while client.query(is_told, &[]).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let sql = "SELECT relname::text, seq_tup_read FROM pg_stat_user_tables \
               WHERE schemaname = current_schema() AND relname = ANY($1) ORDER BY relname";
    let rows = client.query(sql, &[&TABLES.to_vec()]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn fill(world: &World<'_>) {
    let create = async |number: usize| {
        let phone = PhoneInput::read(&format!("+1212555{number:04}")).unwrap();
        let edit = Edit {
            phone: Change::Set(phone),
            name: Change::Set(format!("lead {number}")),
            external_id: Change::Set(format!("crm-{number}")),
            ..world.callable()
        };
        world.create(world.lead_id().await, edit)
    };
    let mut batch = Vec::new();
    for number in 0..LEADS {
        batch.push(create(number).await);
    }
    let committed = world.store.transact(0, batch, world.now()).await.unwrap();
    assert!(committed.outcomes.iter().all(Result::is_ok));
}

#[tokio::test]
async fn no_list_reads_a_table_whole() {
    let schema = TestSchema::create().await;
    let store = open_in(&schema).await;
    let world = World::new(&store).await;
    fill(&world).await;
    let client = session(&schema).await;
    let analyze = format!("ANALYZE {}", TABLES.join(", "));
    client.batch_execute(&analyze).await.unwrap();
    for filter in filters(&world) {
        for order in ORDERS {
            let page = LeadPage {
                order,
                is_ascending: false,
                start: PageStart::Offset(2),
                limit: 5,
                is_counted: true,
            };
            let list = store.leads(world.workspace, &filter, &page).await.unwrap();
            assert!(list.total > 5, "{filter:?}: {}", list.total);
        }
        let start = PageStart::After(Place {
            created_at: world.now(),
            id: None,
        });
        let page = LeadPage {
            order: LeadOrder::CreatedAt,
            is_ascending: false,
            start,
            limit: 5,
            is_counted: true,
        };
        store.leads(world.workspace, &filter, &page).await.unwrap();
    }
    let page = CallPage {
        is_ascending: false,
        offset: 0,
        limit: 5,
    };
    for campaigns in [None, Some(vec![world.campaign])] {
        let filter = CallFilter {
            campaigns,
            ..CallFilter::default()
        };
        store.calls(world.workspace, &filter, page).await.unwrap();
    }
    store.close().await.unwrap();
    let read = rows_read_whole(&client).await;
    assert_eq!(read.len(), TABLES.len());
    assert!(read.iter().all(|(_, rows)| *rows == 0), "{read:?}");
}
