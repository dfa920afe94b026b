//! What `doctor` shows of this store, and what the metrics do.

use domain::Timestamp;
use store::{Backlog, StoreHealth};

use crate::errors::Failure;
use crate::migrations;
use crate::pipeline::{Parameter, Pipeline, Reach, Step};
use crate::rows::Cells;

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
        deliveries_waiting: count("SELECT count(*) FROM deliveries").await?,
        deliveries_dead: count("SELECT count(*) FROM dead_letters").await?,
        subscriptions_failing: count(FAILING).await?,
        subscriptions_disabled: count(
            "SELECT count(*) FROM subscriptions WHERE disabled_at IS NOT NULL AND disabled_reason <> 'owner'",
        )
        .await?,
        expired_claims: number(pipeline, expired, &[&now]).await?,
        bytes: count(BYTES).await?,
    })
}

const FAILING: &str =
    "SELECT count(*) FROM subscriptions WHERE failing_since IS NOT NULL AND disabled_at IS NULL";

/// What waits, counted. The outbox is small while receivers keep up.
pub(crate) async fn backlog(pipeline: Pipeline<'_>) -> Result<Backlog, Failure> {
    let count = async |sql: &str| number(pipeline, sql, &[]).await;
    let oldest_waiting = "SELECT min(waiting.at) AS at FROM deliveries AS waiting JOIN subscriptions AS own \
                          ON own.workspace_id = waiting.workspace_id AND own.id = waiting.subscription_id \
                          WHERE own.disabled_at IS NULL";
    let oldest_unpositioned = "SELECT min(recorded_at) AS at FROM event_runs";
    Ok(Backlog {
        deliveries_waiting: count("SELECT count(*) FROM deliveries").await?,
        deliveries_dead: count("SELECT count(*) FROM dead_letters").await?,
        oldest_waiting_at: oldest(pipeline, oldest_waiting, "deliveries").await?,
        oldest_unpositioned_at: oldest(pipeline, oldest_unpositioned, "event_runs").await?,
        jobs_waiting: count("SELECT count(*) FROM jobs").await?,
        subscriptions_active: count("SELECT count(*) FROM subscriptions WHERE disabled_at IS NULL")
            .await?,
        subscriptions_failing: count(FAILING).await?,
        subscriptions_disabled: count(
            "SELECT count(*) FROM subscriptions WHERE disabled_at IS NOT NULL",
        )
        .await?,
    })
}

/// The time that a statement finds, if it finds any.
async fn oldest(
    pipeline: Pipeline<'_>,
    sql: &str,
    table: &'static str,
) -> Result<Option<Timestamp>, Failure> {
    let rows = pipeline.one(Step::new(Reach::Everywhere, sql, &[])).await?;
    let row = rows.first().ok_or(Failure::broken("no answer"))?;
    Cells::new(row, table).optional_time("at")
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
