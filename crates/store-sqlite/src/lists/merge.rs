//! Streams of rows that are in the order of a list each, read as one list: merged by place, a few rows of each at a time.

use std::collections::{BinaryHeap, VecDeque};

use rusqlite::Connection;

use super::ranges::{self, Range, Span, Spot};
use super::texts::Texts;
use crate::errors::Failure;

/// Rows of a stream that are read at once at most.
const CHUNK_MAX: usize = 2_048;

/// Rows that are merged to be passed over.
const SKIPPED_MAX: u64 = 128;

type Answer<T> = Result<T, Failure>;

/// Where rows come from.
#[derive(Debug, PartialEq)]
pub(super) enum Stream {
    Range(Range),
    Texts(Texts),
    /// Those that are known.
    Known(Vec<Spot>),
}

impl From<Range> for Stream {
    fn from(range: Range) -> Self {
        Self::Range(range)
    }
}

/// One stream on its way through a merge.
struct Arm {
    stream: Stream,
    waiting: VecDeque<Spot>,
    last: Option<Spot>,
    chunk: usize,
    is_spent: bool,
}

impl Arm {
    /// Reads on, unless there are rows left. `offset`: rows to be passed over, of a range that is not begun.
    fn fill(&mut self, connection: &Connection, span: Span, offset: u64) -> Answer<()> {
        if self.is_spent || !self.waiting.is_empty() {
            return Ok(());
        }
        let last = self.last.as_ref();
        let read = match &mut self.stream {
            Stream::Range(range) => {
                let read = range.read(connection, span, last, self.chunk, offset)?;
                self.is_spent = read.len() < self.chunk;
                read
            }
            Stream::Texts(texts) => {
                let (read, is_spent) = texts.read(connection, span, self.chunk)?;
                self.is_spent = is_spent;
                read
            }
            Stream::Known(spots) => {
                self.is_spent = true;
                std::mem::take(spots)
            }
        };
        self.last = read.last().cloned().or(self.last.take());
        self.waiting = read.into();
        self.chunk = (self.chunk * 4).min(CHUNK_MAX.max(self.chunk));
        Ok(())
    }
}

/// Streams read as one.
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
    pub(super) fn new(streams: Vec<Stream>, span: Span, wanted: usize) -> Self {
        let count = streams.len().max(1);
        let chunk = (wanted / count * 2).clamp(4, CHUNK_MAX);
        let chunk = if count == 1 {
            wanted.clamp(1, CHUNK_MAX)
        } else {
            chunk
        };
        let arm = |stream| Arm {
            stream,
            waiting: VecDeque::new(),
            last: span.after.map(|(at, id)| Spot::new(at, id)),
            chunk,
            is_spent: false,
        };
        Self {
            arms: streams.into_iter().map(arm).collect(),
            span,
            heap: BinaryHeap::new(),
            is_begun: false,
        }
    }

    /// Passes over so many rows of a total, or as many as there are; how many.
    pub(super) fn skip(&mut self, connection: &Connection, count: u64, total: u64) -> Answer<u64> {
        if let [arm] = &mut self.arms[..]
            && let Stream::Range(range) = &arm.stream
            && !self.is_begun
        {
            // Nobody knows, nor needs to, whether there were so many.
            let (span, rest) = range.behind(connection, self.span, count)?;
            self.span = span;
            arm.fill(connection, span, rest)?;
            return Ok(count);
        }
        let rest = self.pass(connection, count, total)?;
        Ok(count - rest + self.skip_one_by_one(connection, rest)?)
    }

    /// Passes over most of so many rows, by counting those of a part of the time that probably has a few less; how many are left. To count
    /// a row in its index takes a twentieth of the time that to merge it takes.
    fn pass(&mut self, connection: &Connection, count: u64, total: u64) -> Answer<u64> {
        let (mut left, mut total) = (count, total);
        let Some((mut from, mut until)) = self.passable(connection)? else {
            return Ok(left);
        };
        let mut is_uneven = false;
        while left > SKIPPED_MAX && until - from > 1 {
            let time = until - from;
            let even = i128::from(time) * i128::from(left) * 19 / 20 / i128::from(total.max(1));
            let even = i64::try_from(even).unwrap_or(i64::MAX);
            // By halves where little was in a part.
            let part = if is_uneven { time / 2 } else { even };
            let part = part.clamp(1, time - 1);
            let near = if self.span.is_ascending {
                (from, from + part)
            } else {
                (until - part, until)
            };
            let mut passed = 0;
            for arm in &self.arms {
                if let Stream::Range(range) = &arm.stream {
                    passed += range.count(connection, near.0, near.1)?;
                }
            }
            if passed > left {
                (from, until) = near;
                total = passed;
                continue;
            }
            is_uneven = !is_uneven && passed < left / 4;
            left -= passed;
            total = total.saturating_sub(passed);
            if self.span.is_ascending {
                from = near.1;
                self.span.from = from;
            } else {
                until = near.0;
                self.span.until = until;
            }
        }
        Ok(left)
    }

    /// The time that the rows are of, if all that is merged are ranges by time of which nothing is read.
    fn passable(&self, connection: &Connection) -> Answer<Option<(i64, i64)>> {
        if self.is_begun || self.span.after.is_some() {
            return Ok(None);
        }
        let mut ranges = Vec::new();
        for arm in &self.arms {
            match &arm.stream {
                Stream::Range(range) if range.text.is_none() => ranges.push(range),
                _ => return Ok(None),
            }
        }
        ranges::times(connection, ranges, self.span)
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
