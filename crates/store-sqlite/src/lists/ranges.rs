//! Ranges of an index, and how several of them are read as one list: merged by place, a few rows of each at a time.
//!
//! A range gives numbers and places only; what they are the numbers of is read by who asked for the page.

use std::collections::{BinaryHeap, VecDeque};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::blocks::Scope;
use crate::errors::Failure;
use crate::query::{limit as sql_limit, many};
use crate::rows::Cells;

/// Rows of a range that are read at once at most.
const CHUNK_MAX: usize = 512;

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
}

/// Where a row stands; in the order of its members.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    text: String,
    at: i64,
    pub(super) id: i64,
}

impl Range {
    /// What is left of a whole span, and of so many rows to be passed over, behind those of which it is known where they end.
    fn behind(&self, connection: &Connection, span: Span, count: u64) -> Answer<(Span, u64)> {
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
    fn read(
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

/// One range on its way through a merge.
struct Arm {
    range: Range,
    waiting: VecDeque<Spot>,
    last: Option<Spot>,
    chunk: usize,
    is_spent: bool,
}

impl Arm {
    fn fill(&mut self, connection: &Connection, span: Span, offset: u64) -> Answer<()> {
        if self.is_spent || !self.waiting.is_empty() {
            return Ok(());
        }
        let last = self.last.as_ref();
        let read = self
            .range
            .read(connection, span, last, self.chunk, offset)?;
        self.is_spent = read.len() < self.chunk;
        self.last = read.last().cloned().or(self.last.take());
        self.waiting = read.into();
        self.chunk = (self.chunk * 4).min(CHUNK_MAX);
        Ok(())
    }
}

/// Ranges read as one.
pub(super) struct Merge {
    arms: Vec<Arm>,
    span: Span,
    /// The next place of each arm. Of an ascending list the places are turned round, so that the first is the greatest.
    heap: BinaryHeap<(Turned, usize)>,
    is_begun: bool,
}

/// A place that compares in the direction of a list: what comes first is greater.
#[derive(PartialEq, Eq)]
struct Turned {
    spot: Spot,
    is_ascending: bool,
}

impl Ord for Turned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let order = self.spot.cmp(&other.spot);
        if self.is_ascending {
            order.reverse()
        } else {
            order
        }
    }
}

impl PartialOrd for Turned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Merge {
    /// `wanted` is how many rows will be taken, as far as that is known.
    pub(super) fn new(ranges: Vec<Range>, span: Span, wanted: usize) -> Self {
        let count = ranges.len().max(1);
        let chunk = (wanted / count * 2).clamp(4, CHUNK_MAX);
        let chunk = if count == 1 {
            wanted.clamp(1, CHUNK_MAX)
        } else {
            chunk
        };
        let arm = |range| Arm {
            range,
            waiting: VecDeque::new(),
            last: span.after.map(|(at, id)| Spot {
                text: String::new(),
                at,
                id,
            }),
            chunk,
            is_spent: false,
        };
        Self {
            arms: ranges.into_iter().map(arm).collect(),
            span,
            heap: BinaryHeap::new(),
            is_begun: false,
        }
    }

    /// Passes over so many rows, or as many as there are; how many.
    pub(super) fn skip(&mut self, connection: &Connection, count: u64) -> Answer<u64> {
        if let [arm] = &mut self.arms[..]
            && !self.is_begun
        {
            // Nobody knows, nor needs to, whether there were so many.
            let (span, rest) = arm.range.behind(connection, self.span, count)?;
            self.span = span;
            arm.fill(connection, span, rest)?;
            return Ok(count);
        }
        self.skip_one_by_one(connection, count)
    }

    /// The same, where it must be known how many there were.
    pub(super) fn skip_one_by_one(&mut self, connection: &Connection, count: u64) -> Answer<u64> {
        let mut skipped = 0;
        while skipped < count && self.next(connection)?.is_some() {
            skipped += 1;
        }
        Ok(skipped)
    }

    /// The next row's number.
    pub(super) fn next(&mut self, connection: &Connection) -> Answer<Option<i64>> {
        if !self.is_begun {
            self.is_begun = true;
            for number in 0..self.arms.len() {
                self.push(connection, number)?;
            }
        }
        let Some((turned, number)) = self.heap.pop() else {
            return Ok(None);
        };
        self.push(connection, number)?;
        Ok(Some(turned.spot.id))
    }

    fn push(&mut self, connection: &Connection, number: usize) -> Answer<()> {
        let arm = &mut self.arms[number];
        arm.fill(connection, self.span, 0)?;
        if let Some(spot) = arm.waiting.pop_front() {
            let is_ascending = self.span.is_ascending;
            self.heap.push((Turned { spot, is_ascending }, number));
        }
        Ok(())
    }
}
