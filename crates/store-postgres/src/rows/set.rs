//! Rows on their way in: many of one table, written by one statement (or, where a cluster is sharded, by few).
//!
//! A plain server takes each column as one array and unfolds them: one statement whatever the number of rows. Citus sends
//! a statement to its shard unseen only if it sees no more than constants and one shard's tables, so there
//! inserts are lists of VALUES and updates come one by one, all sent at once.

use std::borrow::Cow;
use std::fmt::Write;

use tokio_postgres::types::ToSql;

/// A table and the columns that are written, workspace_id apart: that is always `$1`.
pub(crate) struct Spec {
    pub(crate) table: &'static str,
    pub(crate) columns: Vec<(&'static str, Kind)>,
    /// A column that an insert of a whole set computes of what the row `new` says, and how.
    pub(crate) computed: Option<(&'static str, &'static str)>,
    /// What follows the rows of an insert, such as `ON CONFLICT …`.
    pub(crate) ending: &'static str,
    /// What exists already if the key of an insert does.
    pub(crate) what: &'static str,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Text,
    Boolean,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Integer => "bigint",
            Self::Text => "text",
            Self::Boolean => "boolean",
        }
    }
}

/// The statements of a [`Spec`], written once.
pub(crate) struct Statements {
    pub(crate) spec: Spec,
    insert_set: String,
    update_set: String,
    update_one: String,
}

/// Rows that one VALUES list holds at most; a longer set is cut into powers of two, so that few statements exist.
const VALUES_ROWS_MAX: usize = 32;

impl Statements {
    pub(crate) fn new(spec: Spec) -> Self {
        Self {
            insert_set: insert_set(&spec),
            update_set: update_set(&spec),
            update_one: update_one(&spec),
            spec,
        }
    }

    /// `$1` the workspace, then one array per column.
    pub(crate) fn insert_set(&self) -> &str {
        &self.insert_set
    }

    /// As [`insert_set`](Self::insert_set); the first column is the key.
    pub(crate) fn update_set(&self) -> &str {
        &self.update_set
    }

    /// `$1` the workspace, then one value per column; the first one is the key.
    pub(crate) fn update_one(&self) -> &str {
        &self.update_one
    }

    /// `$1` the workspace, then the values of `rows` rows.
    pub(crate) fn insert_values(&self, rows: usize) -> String {
        let width = self.spec.columns.len();
        let row = |row: usize| {
            let marks = (0..width).map(|column| format!("${}", 2 + row * width + column));
            format!("($1, {})", marks.collect::<Vec<_>>().join(", "))
        };
        let rows: Vec<_> = (0..rows).map(row).collect();
        let Spec { table, ending, .. } = self.spec;
        let names = names(&self.spec);
        let rows = rows.join(", ");
        format!("INSERT INTO {table} (workspace_id, {names}) VALUES {rows} {ending}")
    }
}

fn names(spec: &Spec) -> String {
    let names: Vec<_> = spec.columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// `unnest($2::bigint[], …)`.
fn unfolded(spec: &Spec) -> String {
    let columns = spec.columns.iter().zip(2..);
    let arrays: Vec<_> = columns
        .map(|((_, kind), n)| format!("${n}::{}[]", kind.name()))
        .collect();
    format!("unnest({})", arrays.join(", "))
}

fn insert_set(spec: &Spec) -> String {
    let Spec { table, ending, .. } = spec;
    let (names, rows) = (names(spec), unfolded(spec));
    let value = |name: &str| match spec.computed {
        Some((computed, how)) if computed == name => how.to_owned(),
        _ => format!("new.{name}"),
    };
    let values: Vec<_> = spec.columns.iter().map(|(name, _)| value(name)).collect();
    let values = values.join(", ");
    format!(
        "INSERT INTO {table} (workspace_id, {names}) SELECT $1::bigint, {values} FROM {rows} AS new ({names}) {ending}"
    )
}

fn update_set(spec: &Spec) -> String {
    let Spec { table, .. } = spec;
    let key = spec.columns[0].0;
    let mut sets = String::new();
    for (name, _) in &spec.columns[1..] {
        let separator = if sets.is_empty() { "" } else { ", " };
        write!(sets, "{separator}{name} = new.{name}").expect("a string takes everything");
    }
    let (names, rows) = (names(spec), unfolded(spec));
    format!(
        "UPDATE {table} AS old SET {sets} FROM {rows} AS new ({names}) \
         WHERE old.workspace_id = $1 AND old.{key} = new.{key}"
    )
}

fn update_one(spec: &Spec) -> String {
    let Spec { table, .. } = spec;
    let key = spec.columns[0].0;
    let sets = spec.columns[1..].iter().zip(3..);
    let sets: Vec<_> = sets
        .map(|((name, _), n)| format!("{name} = ${n}"))
        .collect();
    let sets = sets.join(", ");
    format!("UPDATE {table} SET {sets} WHERE workspace_id = $1 AND {key} = $2")
}

/// The values of one column, row by row.
#[derive(Debug)]
enum Column<'a> {
    Integers(Vec<Option<i64>>),
    Texts(Vec<Option<Cow<'a, str>>>),
    Booleans(Vec<Option<bool>>),
}

impl Column<'_> {
    fn array(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Integers(values) => values,
            Self::Texts(values) => values,
            Self::Booleans(values) => values,
        }
    }

    fn value(&self, row: usize) -> &(dyn ToSql + Sync) {
        match self {
            Self::Integers(values) => &values[row],
            Self::Texts(values) => &values[row],
            Self::Booleans(values) => &values[row],
        }
    }
}

/// Rows, collected column by column. Values are added from left to right, row by row.
pub(crate) struct Rows<'a> {
    statements: &'static Statements,
    columns: Vec<Column<'a>>,
    next: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(statements: &'static Statements) -> Self {
        let columns = statements.spec.columns.iter().map(|(_, kind)| match kind {
            Kind::Integer => Column::Integers(Vec::new()),
            Kind::Text => Column::Texts(Vec::new()),
            Kind::Boolean => Column::Booleans(Vec::new()),
        });
        Self {
            columns: columns.collect(),
            statements,
            next: 0,
        }
    }

    pub(crate) fn statements(&self) -> &'static Statements {
        self.statements
    }

    /// Whole rows so far.
    pub(crate) fn len(&self) -> usize {
        match self.columns.last() {
            Some(Column::Integers(values)) => values.len(),
            Some(Column::Texts(values)) => values.len(),
            Some(Column::Booleans(values)) => values.len(),
            None => 0,
        }
    }

    fn column(&mut self) -> &mut Column<'a> {
        let at = self.next;
        self.next = (at + 1) % self.columns.len();
        &mut self.columns[at]
    }

    pub(crate) fn integer(&mut self, value: impl Into<Option<i64>>) {
        match self.column() {
            Column::Integers(values) => values.push(value.into()),
            other => unreachable!("an integer in {other:?}"),
        }
    }

    pub(crate) fn text(&mut self, value: impl Into<Cow<'a, str>>) {
        self.optional_text(Some(value));
    }

    pub(crate) fn optional_text(&mut self, value: Option<impl Into<Cow<'a, str>>>) {
        match self.column() {
            Column::Texts(values) => values.push(value.map(Into::into)),
            other => unreachable!("a text in {other:?}"),
        }
    }

    pub(crate) fn boolean(&mut self, value: impl Into<Option<bool>>) {
        match self.column() {
            Column::Booleans(values) => values.push(value.into()),
            other => unreachable!("a boolean in {other:?}"),
        }
    }

    /// Every column as one array.
    pub(crate) fn arrays(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.columns.iter().map(Column::array).collect()
    }

    /// The values of some rows, row by row.
    pub(crate) fn values(&self, rows: std::ops::Range<usize>) -> Vec<&(dyn ToSql + Sync)> {
        rows.flat_map(|row| self.columns.iter().map(move |column| column.value(row)))
            .collect()
    }

    /// The set cut into powers of two.
    pub(crate) fn chunks(&self) -> Vec<std::ops::Range<usize>> {
        let mut chunks = Vec::new();
        let mut start = 0;
        while start < self.len() {
            let left = (self.len() - start).min(VALUES_ROWS_MAX);
            let size = 1 << left.ilog2();
            chunks.push(start..start + size);
            start += size;
        }
        chunks
    }
}

#[cfg(test)]
mod tests;
