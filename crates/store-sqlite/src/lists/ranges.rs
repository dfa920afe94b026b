//! Ranges of an index, which are in the order of a list. A range gives numbers and places only; what they are the numbers of is read
//! by who asked for the page.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::blocks::Scope;
use crate::errors::Failure;
use crate::query::{limit as sql_limit, many};
use crate::rows::{Cells, signed};

type Answer<T> = Result<T, Failure>;

/// A part of an index in which the rows are in order: those that are equal in all that comes before the order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) table: &'static str,
    /// `None`: the order of the table itself.
    pub(super) index: Option<&'static str>,
    /// The column of the number.
    pub(super) id: &'static str,
    /// What they are equal in, with a `?` for each of the values.
    pub(super) conditions: String,
    pub(super) values: Vec<Value>,
    /// The column of a text that comes before the time in the order. Rows without it are a range of their own.
    pub(super) text: Option<&'static str>,
    /// The column of the time.
    pub(super) at: &'static str,
    /// What knows where every few hundred of its rows begin.
    pub(super) blocks: Option<Scope>,
}

/// Which rows of a range, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) is_ascending: bool,
    /// Only what comes behind this place, in the direction.
    pub(super) after: Option<(i64, i64)>,
    /// Only from this moment.
    pub(super) from: i64,
    /// Only to before this moment.
    pub(super) until: i64,
}

impl Span {
    const fn is_whole(&self) -> bool {
        self.after.is_none() && self.from == 0 && self.until == i64::MAX
    }

    /// Whether it has this row, by when it was created and its number.
    pub(super) fn has(&self, at: i64, id: i64) -> bool {
        let is_behind = |after: (i64, i64)| {
            let order = (at, id).cmp(&after);
            order.is_gt() && self.is_ascending || order.is_lt() && !self.is_ascending
        };
        self.from <= at && at < self.until && self.after.is_none_or(is_behind)
    }
}

/// Where a row stands; in the order of its members.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) text: String,
    pub(super) at: i64,
    pub(super) id: i64,
}

impl Spot {
    pub(super) const fn new(at: i64, id: i64) -> Self {
        let text = String::new();
        Self { text, at, id }
    }
}

impl Range {
    /// What is left of a whole span, and of so many rows to be passed over, behind those of which it is known where they end.
    pub(super) fn behind(
        &self,
        connection: &Connection,
        span: Span,
        count: u64,
    ) -> Answer<(Span, u64)> {
        let Some(scope) = self.blocks.filter(|_| span.is_whole() && count > 0) else {
            return Ok((span, count));
        };
        let Some(edge) = scope.behind(connection, span.is_ascending, count)? else {
            return Ok((span, count));
        };
        let (from, until) = if span.is_ascending {
            (edge.at, span.until)
        } else {
            (span.from, edge.at)
        };
        let rest = Span {
            from,
            until,
            ..span
        };
        Ok((rest, count - edge.passed))
    }

    /// What it reads from.
    fn source(&self) -> String {
        match self.index {
            Some(index) => format!("{} INDEXED BY {index}", self.table),
            None => self.table.to_owned(),
        }
    }

    /// How many rows there are from the one moment to before the other.
    pub(super) fn count(&self, connection: &Connection, from: i64, until: i64) -> Answer<u64> {
        let bounds = [from, until].map(Value::from);
        let values = self.values.iter().cloned().chain(bounds);
        let mut statement = connection.prepare_cached(&self.count_sql())?;
        let count: i64 = statement.query_row(params_from_iter(values), |row| row.get(0))?;
        u64::try_from(count).map_err(|_| Failure::broken("a negative count"))
    }

    /// The statement of [`count`](Self::count).
    pub(super) fn count_sql(&self) -> String {
        let Self { conditions, at, .. } = self;
        let source = self.source();
        format!("SELECT count(*) FROM {source} WHERE {conditions} AND {at} >= ? AND {at} < ?")
    }

    /// How many rows there are of all times; `None` if more than `max`.
    pub(super) fn count_to(&self, connection: &Connection, max: u64) -> Answer<Option<u64>> {
        let mut values = self.values.clone();
        values.push(signed(max.saturating_add(1)).into());
        let mut statement = connection.prepare_cached(&self.count_to_sql())?;
        let count: i64 = statement.query_row(params_from_iter(values), |row| row.get(0))?;
        Ok(u64::try_from(count).ok().filter(|count| *count <= max))
    }

    /// The statement of [`count_to`](Self::count_to).
    pub(super) fn count_to_sql(&self) -> String {
        let (source, conditions) = (self.source(), &self.conditions);
        format!("SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {conditions} LIMIT ?)")
    }

    /// The rows of one moment behind a number. A statement of their own: SQLite would find those behind a time and a number by
    /// the time alone.
    pub(super) fn ties_sql(&self, is_ascending: bool) -> String {
        let Self {
            id, conditions, at, ..
        } = self;
        let (source, (beyond, direction)) = (self.source(), direction(is_ascending));
        let same_text = self.text.map(|text| format!("AND {text} = ? "));
        format!(
            "SELECT {id} AS id, {} AS text, {at} AS at FROM {source} WHERE {conditions} {}AND {at} = ? \
             AND {id} {beyond} ? ORDER BY {id}{direction} LIMIT ?",
            self.text.unwrap_or("''"),
            same_text.unwrap_or_default(),
        )
    }

    /// The rows behind the moment, or text and moment, where the others end.
    pub(super) fn sql(&self, is_ascending: bool) -> String {
        let Self {
            id,
            conditions,
            text,
            at,
            ..
        } = self;
        let (source, (beyond, direction)) = (self.source(), direction(is_ascending));
        match text {
            None => format!(
                "SELECT {id} AS id, '' AS text, {at} AS at FROM {source} WHERE {conditions} \
                 AND {at} >= ? AND {at} < ? ORDER BY {at}{direction}, {id}{direction} LIMIT ? OFFSET ?"
            ),
            Some(text) => format!(
                "SELECT {id} AS id, {text} AS text, {at} AS at FROM {source} WHERE {conditions} \
                 AND ({text}, {at}) {beyond} (?, ?) AND +{at} >= ? AND +{at} < ? \
                 ORDER BY {text}{direction}, {at}{direction}, {id}{direction} LIMIT ? OFFSET ?"
            ),
        }
    }

    /// Some rows in the direction of the span: behind `last`, or from its beginning.
    pub(super) fn read(
        &self,
        connection: &Connection,
        span: Span,
        last: Option<&Spot>,
        rows: usize,
        offset: u64,
    ) -> Answer<Vec<Spot>> {
        let mut read = match last {
            Some(last) => self.ties(connection, span, last, rows)?,
            None => Vec::new(),
        };
        if read.len() < rows {
            let mut values = self.values.clone();
            values.extend(self.bounds(span, last));
            values.push(Value::from(sql_limit(rows - read.len())));
            values.push(Value::from(i64::try_from(offset).unwrap_or(i64::MAX)));
            read.extend(self.query(connection, &self.sql(span.is_ascending), values)?);
        }
        Ok(read)
    }

    fn ties(
        &self,
        connection: &Connection,
        span: Span,
        last: &Spot,
        rows: usize,
    ) -> Answer<Vec<Spot>> {
        // A place that is none of the list's.
        if last.at < span.from || last.at >= span.until {
            return Ok(Vec::new());
        }
        let mut values = self.values.clone();
        if self.text.is_some() {
            values.push(last.text.clone().into());
        }
        values.extend([last.at, last.id, sql_limit(rows)].map(Value::from));
        self.query(connection, &self.ties_sql(span.is_ascending), values)
    }

    fn query(&self, connection: &Connection, sql: &str, values: Vec<Value>) -> Answer<Vec<Spot>> {
        let mut statement = connection.prepare_cached(sql)?;
        many(&mut statement, params_from_iter(values), |row| {
            let mut cells = Cells::new(row, self.table);
            let id = cells.integer("id")?;
            let text = cells.string("text")?;
            let at = cells.integer("at")?;
            Ok(Spot { text, at, id })
        })
    }

    /// The values of the bounds in [`sql`](Self::sql).
    fn bounds(&self, span: Span, last: Option<&Spot>) -> Vec<Value> {
        let Span {
            is_ascending,
            from,
            until,
            ..
        } = span;
        if self.text.is_some() {
            // A blob is behind every text.
            let start = match last {
                Some(last) => [last.text.clone().into(), last.at.into()],
                None if is_ascending => [String::new().into(), (-1).into()],
                None => [Value::Blob(Vec::new()), 0.into()],
            };
            let ends = [from.into(), until.into()];
            return start.into_iter().chain(ends).collect();
        }
        let (from, until) = match last {
            Some(last) if is_ascending => (from.max(last.at.saturating_add(1)), until),
            Some(last) => (from, until.min(last.at)),
            None => (from, until),
        };
        vec![from.into(), until.into()]
    }
}

/// What comes behind, and how that is ordered.
const fn direction(is_ascending: bool) -> (&'static str, &'static str) {
    if is_ascending {
        (">", "")
    } else {
        ("<", " DESC")
    }
}

/// When the first of the rows was, and the moment behind the last one; `None` if there are none.
pub(super) fn times<'a>(
    connection: &Connection,
    ranges: impl IntoIterator<Item = &'a Range>,
    span: Span,
) -> Answer<Option<(i64, i64)>> {
    let mut times: Option<(i64, i64)> = None;
    for range in ranges {
        for is_ascending in [true, false] {
            let span = Span {
                is_ascending,
                after: None,
                ..span
            };
            let read = range.read(connection, span, None, 1, 0)?;
            if let Some(Spot { at, .. }) = read.first() {
                let (first, last) = times.unwrap_or((*at, *at));
                times = Some((first.min(*at), last.max(*at)));
            }
        }
    }
    Ok(times.map(|(first, last)| (first, last.saturating_add(1))))
}
