//! Reads a book page by page, each table along its own key; histories are read by `history`.

use domain::event::Dialect;
use domain::{IdKind, WorkspaceId};
use rusqlite::{Connection, Row, params};
use store::KeyHash;
use store::transfer::{
    Cursor, JobRecord, Record, RecordKind, RecordPage, VendorIdRecord, VendorIdTarget,
};

use super::history;
use crate::errors::Failure;
use crate::feed;
use crate::query::{self, limit as sql_limit};
use crate::rows::lead::LeadRow;
use crate::rows::{
    Cells, bulk, call, campaign, config, delivery, lead, note, signed, subscription, work,
};

/// Chunks of the bulks that will be made.
const CHUNKS: &str = "bulk_chunks AS c JOIN bulks AS b ON b.id = c.bulk_id AND b.is_accepted = 1";
/// The calls that are not deleted.
const CALLS: &str = "(SELECT * FROM calls WHERE is_deleted = 0)";

pub(super) type Read<T> = Result<T, Failure>;

pub(super) fn count(connection: &Connection, kind: RecordKind) -> Read<u64> {
    let table = match kind {
        RecordKind::IdBlock => "id_blocks",
        RecordKind::Workspace => "workspaces",
        RecordKind::Key => "api_keys",
        RecordKind::Campaign => "campaigns",
        RecordKind::Tag => "tags",
        RecordKind::User => "users",
        RecordKind::Field => "fields",
        RecordKind::VendorId => "vendor_ids",
        RecordKind::Subscription => "subscriptions",
        RecordKind::Feed => feed::FEEDS,
        RecordKind::Lead => "leads",
        RecordKind::Event => "events",
        RecordKind::Call => CALLS,
        RecordKind::Job => "jobs",
        RecordKind::DeferredEdit => "deferred_edits",
        RecordKind::Note => "notes",
        RecordKind::Chunk => CHUNKS,
        RecordKind::Delivery => "(SELECT id FROM deliveries UNION ALL SELECT id FROM dead_letters)",
    };
    let count: i64 =
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0))?;
    u64::try_from(count).map_err(|_| Failure::broken("a negative count"))
}

pub(super) fn page(
    connection: &Connection,
    kind: RecordKind,
    after: &Cursor,
    limit: usize,
) -> Read<RecordPage> {
    let along = |table, key, columns: &str, read: Reader| {
        let scan = Scan {
            table,
            key,
            columns,
        };
        scan.page(connection, after, limit, read)
    };
    match kind {
        RecordKind::IdBlock => id_blocks(connection),
        RecordKind::Workspace => along("workspaces", "id", config::WORKSPACE, |_, row| {
            Ok(Record::Workspace(config::workspace(row)?))
        }),
        RecordKind::Key => {
            let columns = format!("{}, hash", config::KEY);
            along("api_keys", "id", &columns, |_, row| key(row))
        }
        RecordKind::Campaign => along("campaigns", "id", campaign::COLUMNS, |_, row| {
            Ok(Record::Campaign(campaign::read(row)?))
        }),
        RecordKind::Tag => along("tags", "id", &owned(config::TAG), |_, row| {
            Ok(Record::Tag(owner(row, "tags")?, config::tag(row)?))
        }),
        RecordKind::User => along("users", "id", &owned(config::USER), |_, row| {
            Ok(Record::User(owner(row, "users")?, config::user(row)?))
        }),
        RecordKind::Field => along("fields", "id", &owned(config::FIELD), |_, row| {
            Ok(Record::Field(owner(row, "fields")?, config::field(row)?))
        }),
        RecordKind::Subscription => {
            along("subscriptions", "id", subscription::COLUMNS, |_, row| {
                Ok(Record::Subscription(Box::new(subscription::read(row)?)))
            })
        }
        RecordKind::Feed => along(feed::FEEDS, "id", "id, end_position", |_, row| {
            let (workspace, end) = feed::feed_end(row)?;
            Ok(Record::Feed(workspace, end))
        }),
        RecordKind::VendorId => vendor_ids(connection, after, limit),
        RecordKind::Lead => along("leads", "id", &lead::COLUMNS, |_, row| {
            Ok(Record::Lead(Box::new(LeadRow::read(row)?.lead)))
        }),
        RecordKind::Event => history::page(connection, after, limit),
        RecordKind::Call => along(CALLS, "id", call::COLUMNS, |_, row| {
            Ok(Record::Call(call::read(row)?))
        }),
        RecordKind::Job => along("jobs", "position", work::JOB, |_, row| job(row)),
        RecordKind::DeferredEdit => {
            along("deferred_edits", "position", work::DEFERRED, |_, row| {
                Ok(Record::DeferredEdit(work::deferred_edit(row)?))
            })
        }
        RecordKind::Note => along("notes", "id", note::COLUMNS, |_, row| {
            Ok(Record::Note(note::read(row)?))
        }),
        RecordKind::Chunk => {
            let columns = format!("{}, {}", bulk::COLUMNS, bulk::CHUNK);
            along(CHUNKS, "c.id", &columns, |_, row| {
                Ok(Record::Chunk(Box::new(bulk::with_chunk(row)?)))
            })
        }
        RecordKind::Delivery => deliveries(connection, after, limit),
    }
}

type Reader = fn(&Connection, &Row<'_>) -> Read<Record>;

/// One table along its integer key.
struct Scan<'a> {
    table: &'static str,
    key: &'static str,
    columns: &'a str,
}

impl Scan<'_> {
    fn page(
        self,
        connection: &Connection,
        after: &Cursor,
        limit: usize,
        read: Reader,
    ) -> Read<RecordPage> {
        let Self {
            table,
            key,
            columns,
        } = self;
        let sql = format!(
            "SELECT {columns}, {key} AS page_key FROM {table} WHERE {key} > ?1 ORDER BY {key} LIMIT ?2"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([after.numbers[0], sql_limit(limit)])?;
        let (mut records, mut last) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            last = row.get("page_key")?;
            records.push(read(connection, row)?);
        }
        let next = (records.len() == limit).then(|| Cursor {
            numbers: [last, 0, 0, 0],
            ..Cursor::default()
        });
        Ok(RecordPage { records, next })
    }
}

fn id_blocks(connection: &Connection) -> Read<RecordPage> {
    let mut statement = connection.prepare_cached("SELECT kind, next_id FROM id_blocks")?;
    let records = query::many(&mut statement, [], |row| {
        let mut cells = Cells::new(row, "id_blocks");
        let known = |name: &str| IdKind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = cells.parsed("kind", known)?;
        Ok(Record::IdBlock(kind, cells.number("next_id")?))
    })?;
    Ok(RecordPage {
        records,
        next: None,
    })
}

/// The columns of a row that does not name its workspace, and the workspace behind them.
fn owned(columns: &str) -> String {
    format!("{columns}, workspace_id")
}

fn owner(row: &Row<'_>, table: &'static str) -> Read<WorkspaceId> {
    // Behind it only the key of the page.
    let columns = row.as_ref().column_count();
    Cells::behind(row, table, columns - 2).id("workspace_id", WorkspaceId::new)
}

fn key(row: &Row<'_>) -> Read<Record> {
    let key = config::key(row)?;
    let hash = row
        .get("hash")
        .map_err(|_| Failure::corrupt("api_keys", "hash", key.id.to_string()))?;
    Ok(Record::Key(key, KeyHash(hash)))
}

fn vendor_ids(connection: &Connection, after: &Cursor, limit: usize) -> Read<RecordPage> {
    let mut statement = connection.prepare_cached(
        "SELECT id, workspace_id, dialect, kind, number FROM vendor_ids \
         WHERE (workspace_id, dialect, kind, id) > (?1, ?2, ?3, ?4) \
         ORDER BY workspace_id, dialect, kind, id LIMIT ?5",
    )?;
    let [dialect, kind, id] = &after.texts;
    let key = params![after.numbers[0], dialect, kind, id, sql_limit(limit)];
    let found = query::many(&mut statement, key, vendor_id)?;
    let next = found.last().filter(|_| found.len() == limit).map(|last| {
        let texts = [last.dialect.name(), last.target.name(), &last.id];
        Cursor {
            numbers: [signed(last.workspace_id.get()), 0, 0, 0],
            texts: texts.map(str::to_owned),
        }
    });
    let records = found.into_iter().map(Record::VendorId).collect();
    Ok(RecordPage { records, next })
}

fn vendor_id(row: &Row<'_>) -> Read<VendorIdRecord> {
    let mut cells = Cells::new(row, "vendor_ids");
    Ok(VendorIdRecord {
        id: cells.string("id")?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        dialect: cells.parsed("dialect", Dialect::from_name)?,
        target: cells.parsed("kind", VendorIdTarget::from_name)?,
        number: cells.number("number")?,
    })
}

fn job(row: &Row<'_>) -> Read<Record> {
    let job = work::job(row)?;
    // The key of the page is the position.
    let position: i64 = row.get("page_key")?;
    let position = u64::try_from(position)
        .map_err(|_| Failure::corrupt("jobs", "position", job.id.to_string()))?;
    Ok(Record::Job(JobRecord { position, job }))
}

/// Those that wait, then the dead letters; the second number of the cursor says where that is.
fn deliveries(connection: &Connection, after: &Cursor, limit: usize) -> Read<RecordPage> {
    const DEAD: i64 = 1;
    let [id, part, ..] = after.numbers;
    let (table, dead_at) = match part {
        DEAD => ("dead_letters AS d", "d.dead_at"),
        _ => ("deliveries AS d", "NULL"),
    };
    let scan = Scan {
        table,
        key: "d.id",
        columns: &format!("{}, {dead_at} AS dead_at", delivery::RECORD),
    };
    let id = Cursor {
        numbers: [id, 0, 0, 0],
        ..Cursor::default()
    };
    let mut page = scan.page(connection, &id, limit, |_, row| {
        Ok(Record::Delivery(delivery::record(row)?))
    })?;
    page.next = match page.next {
        Some(mut next) => {
            next.numbers[1] = part;
            Some(next)
        }
        None if part == DEAD => None,
        None => Some(Cursor {
            numbers: [0, DEAD, 0, 0],
            ..Cursor::default()
        }),
    };
    Ok(page)
}
