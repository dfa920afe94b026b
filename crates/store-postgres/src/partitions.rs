//! The partitions of `events`: which ids each holds, and making the next one before it is needed.
//!
//! A partition is made beside its parent and then attached, which waits for nobody and keeps nobody waiting: writers go on
//! meanwhile. Old ones are the operator's to move or drop; see docs/OPERATIONS.md.

use tokio_postgres::Client;

use crate::errors::Failure;
use crate::pipeline::{Pipeline, Reach, Step};

/// Ids in one partition: tens of gigabytes of events, an index that fits into memory, and a hundred partitions for ten
/// billion.
pub(crate) const WIDTH: i64 = 100_000_000;

/// The partition that holds an id.
const fn of(id: i64) -> i64 {
    id / WIDTH
}

/// The first id that is too high, given the partitions up to that of `id` and the one behind it.
pub(crate) const fn covered_by(id: i64) -> i64 {
    (of(id) + 2) * WIDTH
}

/// Whether the partition behind that of `id` should be made now: half of a partition ahead of the need.
pub(crate) const fn is_near(id: i64, covered: i64) -> bool {
    id + WIDTH / 2 >= covered
}

/// Makes the partition of `id` and the one behind it, where they are missing. Returns the first id without one.
pub(crate) async fn ensure(client: &Client, id: i64) -> Result<i64, Failure> {
    for number in [of(id), of(id) + 1] {
        let (first, end) = (number * WIDTH, (number + 1) * WIDTH);
        let name = format!("events_{number}");
        let exists = client
            .query_one("SELECT to_regclass($1) IS NOT NULL", &[&name])
            .await?;
        if exists.get(0) {
            continue;
        }
        // One at a time: two processes may come to it together.
        let sql = format!(
            "BEGIN; \
             SELECT pg_advisory_xact_lock(hashtextextended('leadbook partitions', 0)); \
             CREATE TABLE IF NOT EXISTS {name} (LIKE events INCLUDING DEFAULTS INCLUDING CONSTRAINTS); \
             DO $attach$ BEGIN \
                 IF NOT EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = '{name}'::regclass) THEN \
                     ALTER TABLE events ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({end}); \
                 END IF; \
             END $attach$; \
             COMMIT"
        );
        client.batch_execute(&sql).await?;
    }
    Ok(covered_by(id))
}

/// Whether the partition of an id is there and part of the table: `false` once the operator has taken it away.
pub(crate) async fn is_attached(pipeline: Pipeline<'_>, id: i64) -> Result<bool, Failure> {
    let name = format!("events_{}", of(id));
    let sql = "SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass($1) AND NOT inhdetachpending";
    let rows = pipeline.one(Step::new(Reach::Shared, sql, &[&name]));
    Ok(!rows.await?.is_empty())
}
