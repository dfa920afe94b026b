//! Brings a database's schema up to date, once, whoever comes first. The migrations themselves are files, and released ones
//! never change: refinery keeps a checksum of each beside the data and refuses a database that disagrees.
//!
//! Servers of the version before go on meanwhile and afterwards: a migration only adds. So a version that meets a newer
//! schema than its own works with it.

use refinery::{Migration, Runner};
use store::StoreError;
use tokio_postgres::Client;

use crate::connection::{Session, Target};
use crate::errors::Failure;
use crate::partitions;
use crate::pipeline::{Pipeline, Reach, Step};

const MIGRATIONS: [(&str, &str); 1] = [("V1__first", include_str!("../migrations/0001_first.sql"))];

/// Tables that every tenant shares: small, read by all. Reference tables on Citus.
pub(crate) const SHARED_TABLES: [&str; 4] = ["id_blocks", "copy_mark", "workspaces", "api_keys"];
/// Tables of tenants, each with workspace_id at the head of its key. Distributed by it on Citus.
pub(crate) const TENANT_TABLES: [&str; 28] = [
    "leads",
    "campaigns",
    "tags",
    "users",
    "fields",
    "dial_queue",
    "claims",
    "events",
    "vendor_ids",
    "calls",
    "jobs",
    "deferred_edits",
    "feeds",
    "event_runs",
    "feed_runs",
    "subscriptions",
    "audiences",
    "deliveries",
    "dead_letters",
    "delivery_attempts",
    "lead_places",
    "lead_search",
    "lead_tags",
    "lead_users",
    "lead_values",
    "notes",
    "bulks",
    "bulk_chunks",
];

/// The oldest server that has what we use.
const SERVER_VERSION_MIN: i32 = 150_000;

/// Applies what is missing. Of several processes one does, and the others wait for it.
pub(crate) async fn run(target: &Target) -> Result<(), Failure> {
    let mut client = target.connect(Session::Migration).await?;
    check_server(&client).await?;
    // Ends with the connection, also if this process dies. Named by the schema: several books may share a server.
    let lock =
        "SELECT pg_advisory_lock(hashtextextended('leadbook migrations ' || current_schema(), 0))";
    client.batch_execute(lock).await?;
    let all: Result<Vec<_>, _> = MIGRATIONS
        .into_iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect();
    let runner = Runner::new(&all.map_err(failed)?).set_abort_missing(false);
    runner.run_async(&mut client).await.map_err(failed)?;
    index_texts(&client).await?;
    let newest = "SELECT last_value FROM event_ids";
    let newest: i64 = client.query_one(newest, &[]).await?.get(0);
    partitions::ensure(&client, newest).await?;
    Ok(())
}

/// Makes the index on parts of texts, if the server has the extension for it: its schema is the server's, and it may not be
/// ours to create. Only while nothing is searched yet: later it would stop all writers, and is left to the operator. Without
/// it every search reads texts one by one.
async fn index_texts(client: &Client) -> Result<(), Failure> {
    let is_done = "SELECT to_regclass('lead_search_by_part') IS NOT NULL OR EXISTS (SELECT 1 FROM lead_search)";
    if client.query_one(is_done, &[]).await?.get(0) {
        return Ok(());
    }
    let mut schema = extension_schema(client).await?;
    if schema.is_none() {
        // Another process may do so at the same moment, in another schema's migration.
        let create = "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public";
        if let Err(error) = client.batch_execute(create).await {
            tracing::info!(%error, "no extension pg_trgm");
        }
        schema = extension_schema(client).await?;
    }
    let Some(schema) = schema else {
        return Ok(());
    };
    // What waits to be sorted in is read by every search: not much.
    let index = format!(
        "CREATE INDEX lead_search_by_part ON lead_search USING gin \
         (text {schema}.gin_trgm_ops, custom_text {schema}.gin_trgm_ops) WITH (gin_pending_list_limit = 512)"
    );
    Ok(client.batch_execute(&index).await?)
}

/// As SQL writes it.
async fn extension_schema(client: &Client) -> Result<Option<String>, Failure> {
    let sql = "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace \
               WHERE extname = 'pg_trgm'";
    let row = client.query_opt(sql, &[]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Spreads the tables over the nodes of a Citus cluster. What is spread already stays as it is.
pub(crate) async fn distribute(target: &Target) -> Result<(), Failure> {
    let client = target.connect(Session::Migration).await?;
    let has_citus = "SELECT to_regproc('create_reference_table') IS NOT NULL";
    if !client.query_one(has_citus, &[]).await?.get::<_, bool>(0) {
        return Err(Failure::refused(
            "the database has no Citus: CREATE EXTENSION citus, then run this again".to_owned(),
        ));
    }
    let is_spread =
        "SELECT EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = to_regclass($1))";
    for table in SHARED_TABLES {
        if !client
            .query_one(is_spread, &[&table])
            .await?
            .get::<_, bool>(0)
        {
            let sql = format!("SELECT create_reference_table('{table}')");
            client.batch_execute(&sql).await?;
        }
    }
    let [leader, ..] = TENANT_TABLES;
    for table in TENANT_TABLES {
        if !client
            .query_one(is_spread, &[&table])
            .await?
            .get::<_, bool>(0)
        {
            // All rows of a tenant lie on one node, whatever their table.
            let with = if table == leader { "none" } else { leader };
            let sql = format!(
                "SELECT create_distributed_table('{table}', 'workspace_id', colocate_with => '{with}')"
            );
            client.batch_execute(&sql).await?;
        }
    }
    Ok(())
}

/// Whether the tables are spread over nodes.
pub(crate) async fn is_distributed(pipeline: Pipeline<'_>) -> Result<bool, Failure> {
    let has_catalog = "SELECT to_regclass('pg_dist_partition') IS NOT NULL";
    let rows = pipeline
        .one(Step::new(Reach::Shared, has_catalog, &[]))
        .await?;
    if !rows.first().is_some_and(|row| row.get(0)) {
        return Ok(false);
    }
    let spread = "SELECT 1 FROM pg_dist_partition WHERE logicalrelid = to_regclass($1)";
    let [leader, ..] = TENANT_TABLES;
    let rows = pipeline
        .one(Step::new(Reach::Shared, spread, &[&leader]))
        .await?;
    Ok(!rows.is_empty())
}

async fn check_server(client: &Client) -> Result<(), Failure> {
    let sql = "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
               current_setting('server_encoding')";
    let row = client.query_one(sql, &[]).await?;
    let (number, version, encoding): (i32, String, String) = (row.get(0), row.get(1), row.get(2));
    if number < SERVER_VERSION_MIN {
        return Err(Failure::refused(format!(
            "the server is PostgreSQL {version}; Leadbook needs 15 or newer"
        )));
    }
    if encoding != "UTF8" {
        return Err(Failure::refused(format!(
            "the database's encoding is {encoding}; Leadbook needs UTF8: CREATE DATABASE leadbook ENCODING 'UTF8' \
             TEMPLATE template0"
        )));
    }
    Ok(())
}

/// The schema of the database.
pub(crate) async fn version(pipeline: Pipeline<'_>) -> Result<u32, Failure> {
    let sql = "SELECT max(version) FROM refinery_schema_history";
    let rows = pipeline.one(Step::new(Reach::Shared, sql, &[])).await?;
    let version: Option<i32> = rows.first().and_then(|row| row.get(0));
    Ok(version
        .and_then(|version| u32::try_from(version).ok())
        .unwrap_or(0))
}

fn failed(error: refinery::Error) -> Failure {
    Failure::Store(StoreError::Backend(Box::new(error)))
}
