//! What `doctor` shows of this store.

use domain::Timestamp;
use store::StoreHealth;

use crate::errors::Failure;
use crate::migrations;
use crate::pipeline::{Parameter, Pipeline, Reach, Step};

/// Counts and checks. Counts whole tables, so it is for a person who asked.
pub(crate) async fn health(
    pipeline: Pipeline<'_>,
    place: &str,
    now: Timestamp,
) -> Result<StoreHealth, Failure> {
    let count = async |sql: &str| number(pipeline, sql, &[]).await;
    let now = now.as_millis();
    let expired = "SELECT count(*) FROM claims WHERE expires_at <= $1";
    Ok(StoreHealth {
        description: format!(
            "PostgreSQL {}, {place}",
            setting(pipeline, "server_version").await?
        ),
        schema_version: migrations::version(pipeline).await?,
        problems: problems(pipeline).await?,
        workspaces: count("SELECT count(*) FROM workspaces").await?,
        leads: count("SELECT count(*) FROM leads").await?,
        events: count("SELECT count(*) FROM events").await?,
        jobs_waiting: count("SELECT count(*) FROM jobs").await?,
        deliveries_waiting: count("SELECT count(*) FROM deliveries WHERE dead_at IS NULL").await?,
        deliveries_dead: count("SELECT count(*) FROM deliveries WHERE dead_at IS NOT NULL").await?,
        expired_claims: number(pipeline, expired, &[&now]).await?,
        bytes: count(BYTES).await?,
    })
}

/// Of the tables of the schema, with their indexes; of this server only, where the tables are spread over several.
const BYTES: &str = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class \
     WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'";

async fn number(
    pipeline: Pipeline<'_>,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<u64, Failure> {
    let rows = pipeline
        .one(Step::new(Reach::Everywhere, sql, parameters))
        .await?;
    let number: i64 = rows.first().map_or(0, |row| row.get(0));
    Ok(u64::try_from(number).unwrap_or(0))
}

async fn setting(pipeline: Pipeline<'_>, name: &str) -> Result<String, Failure> {
    let sql = "SELECT current_setting($1)";
    let rows = pipeline
        .one(Step::new(Reach::Shared, sql, &[&name]))
        .await?;
    Ok(rows.first().map_or_else(String::new, |row| row.get(0)))
}

/// Settings under which an acknowledged write could be lost, and indexes that a failed build left behind.
async fn problems(pipeline: Pipeline<'_>) -> Result<Vec<String>, Failure> {
    let mut problems = Vec::new();
    for (name, why) in [
        (
            "fsync",
            "a crash of the server's machine can destroy the database",
        ),
        (
            "full_page_writes",
            "a crash of the server's machine can tear pages",
        ),
    ] {
        if setting(pipeline, name).await? == "off" {
            problems.push(format!("the server runs with {name} = off: {why}"));
        }
    }
    let invalid = "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid \
                   WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace";
    for row in pipeline
        .one(Step::new(Reach::Everywhere, invalid, &[]))
        .await?
    {
        let index: String = row.get(0);
        problems.push(format!("the index {index} is not valid; REINDEX it"));
    }
    Ok(problems)
}
