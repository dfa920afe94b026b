//! Statements on their way to the server: prepared once per connection, sent together, answered in order.
//!
//! A [`Step`] says how far its statement may reach, and debug builds check it: whatever names a tenant's table says
//! `workspace_id = $1`, so that Citus can send it to one shard and no statement can ever see two tenants' rows.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use domain::limits::DATABASE_BATCH_MS_MAX;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::errors::Failure;
use crate::migrations::{SHARED_TABLES, TENANT_TABLES};

/// How far a statement may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// One tenant: the first parameter is the workspace.
    Tenant,
    /// The tables that every tenant shares, and the server itself.
    Shared,
    /// A look over all tenants, for the background loops. Reads only, and locks nothing.
    Everywhere,
}

pub(crate) type Parameter<'p> = &'p (dyn ToSql + Sync);

/// One statement and its parameters.
pub(crate) struct Step<'p> {
    sql: String,
    parameters: Vec<Parameter<'p>>,
    /// What exists already if a key does.
    what: Option<&'static str>,
    how: How,
}

/// How a statement is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
enum How {
    /// Prepared once per connection, and soon planned once for all values.
    Prepared,
    /// Planned each time, for the values at hand: they decide which index is the right one. The types of the parameters.
    Planned(Vec<Type>),
    /// Without parameters or rows: `BEGIN`, `COMMIT`.
    Control,
}

impl<'p> Step<'p> {
    pub(crate) fn new(reach: Reach, sql: impl Into<String>, parameters: &[Parameter<'p>]) -> Self {
        let sql = sql.into();
        debug_assert!(is_within(reach, &sql), "{reach:?}: {sql}");
        Self {
            sql,
            parameters: parameters.to_vec(),
            what: None,
            how: How::Prepared,
        }
    }

    pub(crate) fn tenant(sql: impl Into<String>, parameters: &[Parameter<'p>]) -> Self {
        Self::new(Reach::Tenant, sql, parameters)
    }

    /// One that is put together for the occasion.
    pub(crate) fn planned(
        sql: impl Into<String>,
        parameters: &[Parameter<'p>],
        types: Vec<Type>,
    ) -> Self {
        Self {
            how: How::Planned(types),
            ..Self::tenant(sql, parameters)
        }
    }

    /// Names what a violated key means.
    pub(crate) fn creating(self, what: &'static str) -> Self {
        Self {
            what: Some(what),
            ..self
        }
    }

    pub(crate) fn begin() -> Self {
        Self::control("BEGIN")
    }

    pub(crate) fn commit() -> Self {
        Self::control("COMMIT")
    }

    fn control(sql: &str) -> Self {
        Self {
            sql: sql.to_owned(),
            parameters: Vec::new(),
            what: None,
            how: How::Control,
        }
    }
}

/// Whether the text keeps to what it says. A lint, not a parser: our statements are written to be read by it.
pub(crate) fn is_within(reach: Reach, sql: &str) -> bool {
    let names = |tables: &[&str]| tables_of(sql).any(|table| tables.contains(&table));
    match reach {
        Reach::Tenant => !names(&SHARED_TABLES) && is_bound_to_a_tenant(sql),
        Reach::Shared => !names(&TENANT_TABLES),
        Reach::Everywhere => sql.starts_with("SELECT ") && !sql.contains("FOR UPDATE"),
    }
}

/// Whether every scan of a table is bound to the tenant, not only the first, or there is none but an insert.
fn is_bound_to_a_tenant(sql: &str) -> bool {
    let inserts = sql.starts_with("INSERT INTO") && sql.contains("(workspace_id, ");
    let plain = sql.replace("FOR UPDATE", "").replace("DO UPDATE", "");
    let count = |text: &str| plain.matches(text).count();
    // What is selected from a selection is bound where that one is.
    let others = count("FROM unnest") + count("FROM chain") + count("FROM (SELECT");
    let scans = count("FROM ") + count("JOIN ") + count("UPDATE ") - others;
    let bound = count("workspace_id = $1");
    bound >= scans && (inserts || bound > 0)
}

/// The words that follow those before which only a table can stand.
fn tables_of(sql: &str) -> impl Iterator<Item = &str> {
    let words = sql
        .split([' ', '(', ')', ','])
        .filter(|word| !word.is_empty());
    words
        .clone()
        .zip(words.skip(1))
        .filter(|(before, _)| ["FROM", "JOIN", "INTO", "UPDATE"].contains(before))
        .map(|(_, table)| table)
}

/// Whether the server left a statement of the connection without an answer. Its answer, if it ever comes, would be waited
/// for by whoever uses the connection next: it must not be used again.
#[derive(Default)]
pub(crate) struct Silence(AtomicBool);

impl Silence {
    pub(crate) fn is_there(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection and the statements it has prepared.
#[derive(Clone, Copy)]
pub(crate) struct Pipeline<'c> {
    client: &'c ClientWrapper,
    silence: &'c Silence,
}

type Answer<'f> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Failure>> + Send + 'f>>;

impl<'c> Pipeline<'c> {
    pub(crate) const fn new(client: &'c ClientWrapper, silence: &'c Silence) -> Self {
        Self { client, silence }
    }

    /// Sends one statement; its rows.
    pub(crate) async fn one(self, step: Step<'_>) -> Result<Vec<Row>, Failure> {
        let mut answers = self.all(&[step]).await?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Sends all statements at once; the rows of each. The error is that of the first one that failed: inside a
    /// transaction those behind it fail only because of it.
    pub(crate) async fn all(self, steps: &[Step<'_>]) -> Result<Vec<Vec<Row>>, Failure> {
        // The server ends a statement that takes too long by itself; one that hangs ends nothing.
        let patience = Duration::from_millis(DATABASE_BATCH_MS_MAX);
        let answers = tokio::time::timeout(patience, self.answers(steps)).await;
        answers.unwrap_or_else(|_| {
            self.silence.0.store(true, Ordering::Relaxed);
            Err(Failure::late(DATABASE_BATCH_MS_MAX))
        })
    }

    async fn answers(self, steps: &[Step<'_>]) -> Result<Vec<Vec<Row>>, Failure> {
        // All prepared before any is sent: a statement that had to be prepared would be overtaken by the next.
        let mut answers: Vec<Answer<'_>> = Vec::with_capacity(steps.len());
        for step in steps {
            if step.how == How::Control {
                answers.push(Box::pin(async {
                    self.client.batch_execute(&step.sql).await?;
                    Ok(Vec::new())
                }));
                continue;
            }
            if let How::Planned(types) = &step.how {
                let typed = step.parameters.iter().copied().zip(types.iter().cloned());
                let typed: Vec<_> = typed.collect();
                answers.push(Box::pin(async move {
                    Ok(self.client.query_typed(&step.sql, &typed).await?)
                }));
                continue;
            }
            let statement = self.client.prepare_cached(&step.sql).await?;
            answers.push(Box::pin(async move {
                let rows = self.client.query(&statement, &step.parameters).await;
                rows.map_err(|error| match step.what {
                    Some(what) => Failure::or_conflict(what)(error),
                    None => Failure::Sql(error),
                })
            }));
        }
        in_order(answers).await.into_iter().collect()
    }

    pub(crate) async fn begin(self) -> Result<(), Failure> {
        self.control("BEGIN").await
    }

    pub(crate) async fn commit(self) -> Result<(), Failure> {
        self.control("COMMIT").await
    }

    /// Undoes what a failed transaction began, so that the connection can be used again.
    pub(crate) async fn roll_back(self) -> Result<(), Failure> {
        self.control("ROLLBACK").await
    }

    async fn control(self, sql: &str) -> Result<(), Failure> {
        self.one(Step::control(sql)).await.map(drop)
    }
}

/// Waits for all answers. The first poll of each sends its statement, so that the first round must go through all of them
/// from front to back, which no joiner of the libraries promises for any number.
async fn in_order(mut answers: Vec<Answer<'_>>) -> Vec<Result<Vec<Row>, Failure>> {
    let mut done: Vec<Option<Result<Vec<Row>, Failure>>> = answers.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut is_ready = true;
        for (answer, done) in answers.iter_mut().zip(&mut done) {
            if done.is_none() {
                match answer.as_mut().poll(context) {
                    Poll::Ready(rows) => *done = Some(rows),
                    Poll::Pending => is_ready = false,
                }
            }
        }
        if is_ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
