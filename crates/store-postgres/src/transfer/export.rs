//! Reads a book page by page, each table along its own key, over all tenants; histories are read by `history`.

use domain::event::Dialect;
use domain::{IdKind, WorkspaceId};
use store::KeyHash;
use store::transfer::{
    Cursor, JobRecord, Record, RecordKind, RecordPage, VendorIdRecord, VendorIdTarget,
};
use tokio_postgres::Row;

use super::history;
use crate::errors::Failure;
use crate::feed::feed_end;
use crate::pipeline::{Parameter, Pipeline, Reach, Step};
use crate::query::limit as sql_limit;
use crate::rows::lead::{self, LeadRow};
use crate::rows::{Cells, bulk, call, campaign, config, delivery, note, subscription, work};

pub(super) type Read<T> = Result<T, Failure>;

pub(super) async fn count(pipeline: Pipeline<'_>, kind: RecordKind) -> Read<u64> {
    let table = match kind {
        RecordKind::IdBlock => "id_blocks",
        RecordKind::Workspace => "workspaces",
        RecordKind::Key => "api_keys",
        RecordKind::Campaign => "campaigns",
        RecordKind::Tag => "tags",
        RecordKind::User => "users",
        RecordKind::Field => "fields",
        RecordKind::VendorId => "vendor_ids",
        RecordKind::Lead => "leads",
        RecordKind::Event => "events",
        RecordKind::Call => CALLS,
        RecordKind::Job => "jobs",
        RecordKind::DeferredEdit => "deferred_edits",
        RecordKind::Note => "notes",
        RecordKind::Chunk => CHUNKS,
        RecordKind::Subscription => "subscriptions",
        RecordKind::Feed => FEEDS,
        RecordKind::Delivery => {
            return Ok(
                rows_of(pipeline, "deliveries").await? + rows_of(pipeline, "dead_letters").await?
            );
        }
    };
    rows_of(pipeline, table).await
}

async fn rows_of(pipeline: Pipeline<'_>, table: &str) -> Read<u64> {
    let sql = format!("SELECT count(*) FROM {table}");
    let rows = pipeline.one(Step::new(Reach::Everywhere, sql, &[])).await?;
    let count: Option<i64> = rows.first().map(|row| row.get(0));
    count
        .and_then(|count| u64::try_from(count).ok())
        .ok_or(Failure::broken("a count that is no number"))
}

pub(super) async fn page(
    pipeline: Pipeline<'_>,
    kind: RecordKind,
    after: &Cursor,
    limit: usize,
) -> Read<RecordPage> {
    let scan = |table, key, columns| Scan {
        pipeline,
        table,
        key,
        columns,
        after,
        limit,
    };
    let by_id = |table, columns| scan(table, &["workspace_id", "id"], columns);
    match kind {
        RecordKind::IdBlock => id_blocks(pipeline).await,
        RecordKind::Workspace => {
            let scan = scan("workspaces", &["id"], config::WORKSPACE);
            let read = |row: &Row| Ok(Record::Workspace(config::workspace(row)?));
            scan.page(read).await
        }
        RecordKind::Key => scan("api_keys", &["id"], KEY).page(key).await,
        RecordKind::Campaign => {
            let read = |row: &Row| Ok(Record::Campaign(campaign::read(row)?));
            by_id("campaigns", campaign::COLUMNS).page(read).await
        }
        RecordKind::Tag => by_id("tags", config::TAG).page(tag).await,
        RecordKind::User => by_id("users", config::USER).page(user).await,
        RecordKind::Field => by_id("fields", config::FIELD).page(field).await,
        RecordKind::VendorId => vendor_ids(pipeline, after, limit).await,
        RecordKind::Lead => {
            let read = |row: &Row| Ok(Record::Lead(Box::new(LeadRow::read(row)?.lead)));
            by_id("leads", lead::COLUMNS).page(read).await
        }
        RecordKind::Event => history::page(pipeline, after, limit).await,
        RecordKind::Call => {
            let read = |row: &Row| Ok(Record::Call(call::read(row)?));
            by_id(CALLS, call::COLUMNS).page(read).await
        }
        RecordKind::Job => scan("jobs", BY_LEAD, work::JOB).page(job).await,
        RecordKind::DeferredEdit => {
            let read = |row: &Row| Ok(Record::DeferredEdit(work::deferred_edit(row)?));
            let scan = scan("deferred_edits", BY_LEAD, work::DEFERRED);
            scan.page(read).await
        }
        RecordKind::Note => {
            let read = |row: &Row| Ok(Record::Note(note::read(row)?));
            by_id("notes", note::COLUMNS).page(read).await
        }
        RecordKind::Chunk => {
            let key = &["workspace_id", "bulk_id", "number"];
            scan(CHUNKS, key, CHUNK).page(chunk).await
        }
        RecordKind::Subscription => {
            let read = |row: &Row| Ok(Record::Subscription(Box::new(subscription::read(row)?)));
            by_id("subscriptions", subscription::COLUMNS)
                .page(read)
                .await
        }
        RecordKind::Feed => {
            let scan = scan(FEEDS, &["workspace_id"], "workspace_id, end_position");
            scan.page(feed).await
        }
        RecordKind::Delivery => deliveries(pipeline, after, limit).await,
    }
}

/// What waits for each lead comes together, so that it is written in its order.
const BY_LEAD: &[&str] = &["workspace_id", "lead_id", "position"];

/// One table along a key of integers that an index leads.
struct Scan<'a> {
    pipeline: Pipeline<'a>,
    table: &'static str,
    key: &'static [&'static str],
    columns: &'a str,
    after: &'a Cursor,
    limit: usize,
}

impl Scan<'_> {
    async fn page(self, read: impl Fn(&Row) -> Read<Record>) -> Read<RecordPage> {
        let (rows, next) = self.rows().await?;
        let records = rows.iter().map(read).collect::<Read<_>>()?;
        Ok(RecordPage { records, next })
    }

    /// The rows, each with its key behind its columns.
    async fn rows(&self) -> Read<(Vec<Row>, Option<Cursor>)> {
        let Self {
            table,
            key,
            columns,
            ..
        } = self;
        let count = key.len();
        let marks: Vec<_> = (1..=count).map(|n| format!("${n}")).collect();
        let (names, marks) = (key.join(", "), marks.join(", "));
        let sql = format!(
            "SELECT {columns}, {names} FROM {table} WHERE ({names}) > ({marks}) ORDER BY {names} LIMIT ${}",
            count + 1
        );
        let limit = sql_limit(self.limit);
        let mut parameters: Vec<Parameter<'_>> = Vec::new();
        for number in &self.after.numbers[..count] {
            parameters.push(number);
        }
        parameters.push(&limit);
        let step = Step::new(Reach::Everywhere, sql, &parameters);
        let rows = self.pipeline.one(step).await?;
        let last = rows.last().filter(|_| rows.len() == self.limit);
        let next = last.map(|row| self.cursor(row)).transpose()?;
        Ok((rows, next))
    }

    fn cursor(&self, row: &Row) -> Read<Cursor> {
        let mut cursor = Cursor::default();
        let mut cells = Cells::behind(row, self.table, row.len() - self.key.len());
        for (number, column) in cursor.numbers.iter_mut().zip(self.key) {
            *number = cells.integer(column)?;
        }
        Ok(cursor)
    }
}

async fn id_blocks(pipeline: Pipeline<'_>) -> Read<RecordPage> {
    let sql = "SELECT kind, next_id FROM id_blocks";
    let rows = pipeline.one(Step::new(Reach::Shared, sql, &[])).await?;
    let read = |row| {
        let mut cells = Cells::new(row, "id_blocks");
        let known = |name: &str| IdKind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = cells.parsed("kind", known)?;
        Ok(Record::IdBlock(kind, cells.number("next_id")?))
    };
    Ok(RecordPage {
        records: rows.iter().map(read).collect::<Read<_>>()?,
        next: None,
    })
}

/// The workspace of a row that names it only in its key, which is (workspace_id, id).
fn owner(row: &Row, table: &'static str) -> Read<WorkspaceId> {
    Cells::behind(row, table, row.len() - 2).id("workspace_id", WorkspaceId::new)
}

fn tag(row: &Row) -> Read<Record> {
    Ok(Record::Tag(owner(row, "tags")?, config::tag(row)?))
}

fn user(row: &Row) -> Read<Record> {
    Ok(Record::User(owner(row, "users")?, config::user(row)?))
}

fn field(row: &Row) -> Read<Record> {
    Ok(Record::Field(owner(row, "fields")?, config::field(row)?))
}

const KEY: &str = "id, workspace_id, label, hint, can_read, can_write, dialects, campaigns, has_bare_lists, \
     created_at, revoked_at, hash";

fn key(row: &Row) -> Read<Record> {
    let key = config::key(row)?;
    let hash: Option<&[u8]> = row.try_get("hash").ok();
    let hash = hash
        .and_then(|hash| hash.try_into().ok())
        .ok_or_else(|| Failure::corrupt("api_keys", "hash", key.id.to_string()))?;
    Ok(Record::Key(key, KeyHash(hash)))
}

async fn vendor_ids(pipeline: Pipeline<'_>, after: &Cursor, limit: usize) -> Read<RecordPage> {
    let sql = "SELECT id, workspace_id, dialect, kind, number FROM vendor_ids \
               WHERE (workspace_id, dialect, kind, id) > ($1, $2, $3, $4) \
               ORDER BY workspace_id, dialect, kind, id LIMIT $5";
    let (workspace, rows_max) = (after.numbers[0], sql_limit(limit));
    let [dialect, kind, id] = &after.texts;
    let key: [Parameter<'_>; 5] = [&workspace, dialect, kind, id, &rows_max];
    let rows = pipeline
        .one(Step::new(Reach::Everywhere, sql, &key))
        .await?;
    let found = rows.iter().map(vendor_id).collect::<Read<Vec<_>>>()?;
    let next = found.last().filter(|_| found.len() == limit).map(|last| {
        let texts = [last.dialect.name(), last.target.name(), &last.id];
        Cursor {
            numbers: [crate::rows::signed(last.workspace_id.get()), 0, 0, 0],
            texts: texts.map(str::to_owned),
        }
    });
    let records = found.into_iter().map(Record::VendorId).collect();
    Ok(RecordPage { records, next })
}

fn vendor_id(row: &Row) -> Read<VendorIdRecord> {
    let mut cells = Cells::new(row, "vendor_ids");
    Ok(VendorIdRecord {
        id: cells.string("id")?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        dialect: cells.parsed("dialect", Dialect::from_name)?,
        target: cells.parsed("kind", VendorIdTarget::from_name)?,
        number: cells.number("number")?,
    })
}

fn job(row: &Row) -> Read<Record> {
    let job = work::job(row)?;
    let position = Cells::behind(row, "jobs", row.len() - 1).number("position")?;
    Ok(Record::Job(JobRecord { position, job }))
}

/// Those that were not deleted: of the others nobody asks.
const CALLS: &str = "(SELECT * FROM calls WHERE NOT is_deleted) AS calls";

/// Of bulks that were accepted; what was only staged is forgotten.
const CHUNKS: &str = "(SELECT bulks.*, bulk_id, number, leads FROM bulk_chunks JOIN bulks \
     ON bulks.workspace_id = bulk_chunks.workspace_id AND bulks.id = bulk_chunks.bulk_id \
     WHERE bulks.is_accepted) AS chunks";

/// Of a bulk, and one of its chunks.
const CHUNK: &str =
    "id, workspace_id, created_at, origin, is_accepted, leased_until, number, leads";

fn chunk(row: &Row) -> Read<Record> {
    let behind = bulk::COLUMNS.split(',').count();
    Ok(Record::Chunk(Box::new((
        bulk::read(row)?,
        bulk::chunk(row, behind)?,
    ))))
}

/// The ends that feeds will have once all that is committed has its position: nothing is written to a book that is read.
const FEEDS: &str = "(SELECT workspace_id, sum(positions)::bigint AS end_position FROM ( \
     SELECT workspace_id, end_position AS positions FROM feeds \
     UNION ALL SELECT workspace_id, event_count FROM event_runs) AS parts GROUP BY workspace_id) AS feeds";

fn feed(row: &Row) -> Read<Record> {
    let (workspace, end) = feed_end(row)?;
    Ok(Record::Feed(workspace, end))
}

/// First those that wait, then the dead letters: the cursor's third number says where it is.
async fn deliveries(pipeline: Pipeline<'_>, after: &Cursor, limit: usize) -> Read<RecordPage> {
    let [.., stage, _] = after.numbers;
    let (table, dead_at) = match stage {
        0 => ("deliveries", "NULL::bigint AS dead_at"),
        _ => ("dead_letters", "dead_at"),
    };
    let columns = format!("{}, {dead_at}", delivery::RECORD);
    let scan = Scan {
        pipeline,
        table,
        key: &["workspace_id", "id"],
        columns: &columns,
        after,
        limit,
    };
    let read = |row: &Row| Ok(Record::Delivery(delivery::record(row)?));
    let mut page = scan.page(read).await?;
    match (&mut page.next, stage) {
        (Some(next), _) => next.numbers[2] = stage,
        (None, 0) => {
            page.next = Some(Cursor {
                numbers: [0, 0, 1, 0],
                ..Cursor::default()
            });
        }
        (None, _) => {}
    }
    Ok(page)
}
