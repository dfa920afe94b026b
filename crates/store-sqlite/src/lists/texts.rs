//! The leads whose texts have all of some grams, in the order of their creation: parts of `lead_texts` in which the order of the rows
//! is that of creation (see `crate::texts`), and the leads that are not taken up.

use rusqlite::{Connection, params};

use super::merge::Stream;
use super::ranges::{Span, Spot};
use crate::errors::Failure;
use crate::query::{limit, many};
use crate::rows::Cells;
use crate::texts::{Run, runs};

/// Runs that are merged. A book whose clock has gone back more often is read without them.
const RUNS_MAX: usize = 64;

type Answer<T> = Result<T, Failure>;

/// One run of places, on its way.
#[derive(Debug, PartialEq)]
pub(super) struct Texts {
    grams: String,
    /// Narrowed as it is read.
    run: Run,
    is_begun: bool,
}

/// Rows of `lead_texts`, with the place, the moment and the number of the lead: `?1` the grams, `?2` and `?3` the places.
pub(super) fn sql(is_ascending: bool) -> String {
    let direction = if is_ascending { "" } else { " DESC" };
    format!(
        "SELECT t.rowid AS place, p.created_at AS at, p.lead_id AS id \
         FROM lead_texts AS t CROSS JOIN lead_text_places AS p ON p.place = t.rowid \
         WHERE t.lead_texts MATCH ?1 AND t.rowid >= ?2 AND t.rowid < ?3 ORDER BY t.rowid{direction} LIMIT ?4"
    )
}

/// All who may have the grams; `None` if the runs are too many.
pub(super) fn streams(
    connection: &Connection,
    workspace: i64,
    grams: &str,
    span: Span,
) -> Answer<Option<Vec<Stream>>> {
    let runs = runs(connection)?;
    if runs.len() > RUNS_MAX {
        return Ok(None);
    }
    let run = |run| {
        let (grams, is_begun) = (grams.to_owned(), false);
        Stream::Texts(Texts {
            grams,
            run,
            is_begun,
        })
    };
    let due = Stream::Known(due(connection, workspace, span)?);
    Ok(Some(runs.into_iter().map(run).chain([due]).collect()))
}

/// How many there may be; `None` if more than `max`.
pub(super) fn count_to(connection: &Connection, grams: &str, max: u64) -> Answer<Option<u64>> {
    let mut statement = connection.prepare_cached(COUNT)?;
    let most = i64::try_from(max).unwrap_or(i64::MAX).saturating_add(1);
    let count: i64 = statement.query_row(params![grams, most], |row| row.get(0))?;
    Ok(u64::try_from(count).ok().filter(|count| *count <= max))
}

pub(super) const COUNT: &str =
    "SELECT count(*) FROM (SELECT 1 FROM lead_texts WHERE lead_texts MATCH ?1 LIMIT ?2)";

/// The leads that [`count_to`] does not know of, because they have no place.
pub(super) fn uncounted(connection: &Connection, workspace: i64) -> Answer<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT d.lead_id AS id FROM lead_texts_due AS d CROSS JOIN leads AS l ON l.id = d.lead_id \
         WHERE d.is_new = 1 AND l.workspace_id = ?1",
    )?;
    many(&mut statement, [workspace], |row| {
        Cells::new(row, "lead_texts_due").integer("id")
    })
}

/// The leads whose texts are not taken up. They are few.
fn due(connection: &Connection, workspace: i64, span: Span) -> Answer<Vec<Spot>> {
    let mut statement = connection.prepare_cached(
        "SELECT d.lead_id AS id, l.created_at AS at FROM lead_texts_due AS d CROSS JOIN leads AS l ON l.id = d.lead_id \
         WHERE l.workspace_id = ?1 AND l.deleted_at IS NULL",
    )?;
    let mut spots = many(&mut statement, [workspace], |row| {
        let mut cells = Cells::new(row, "lead_texts_due");
        let id = cells.integer("id")?;
        Ok(Spot::new(cells.integer("at")?, id))
    })?;
    put_in_order(&mut spots, span);
    Ok(spots)
}

/// Leaves what is in the span, in its direction.
fn put_in_order(spots: &mut Vec<Spot>, span: Span) {
    spots.retain(|spot| span.has(spot.at, spot.id));
    spots.sort_unstable();
    if !span.is_ascending {
        spots.reverse();
    }
}

impl Texts {
    /// The next rows, about so many, and whether they are the last ones.
    pub(super) fn read(
        &mut self,
        connection: &Connection,
        span: Span,
        rows: usize,
    ) -> Answer<(Vec<Spot>, bool)> {
        if !self.is_begun {
            self.is_begun = true;
            self.begin(connection, span)?;
        }
        let mut rows = rows;
        loop {
            let (mut spots, is_last) = self.some(connection, span.is_ascending, rows)?;
            let is_moment = spots.is_empty() && !is_last;
            put_in_order(&mut spots, span);
            if is_last || !spots.is_empty() {
                return Ok((spots, is_last));
            }
            // All were of one moment, of which there may be more.
            if is_moment {
                rows = rows.saturating_mul(2);
            }
        }
    }

    /// The next whole moments, as many as so many rows have; none if they are not one. Within a moment places are in no order.
    fn some(
        &mut self,
        connection: &Connection,
        is_ascending: bool,
        rows: usize,
    ) -> Answer<(Vec<Spot>, bool)> {
        let mut statement = connection.prepare_cached(&sql(is_ascending))?;
        let key = params![self.grams, self.run.begins, self.run.ends, limit(rows)];
        let mut read = many(&mut statement, key, |row| {
            let mut cells = Cells::new(row, "lead_texts");
            let place = cells.integer("place")?;
            let at = cells.integer("at")?;
            Ok((place, Spot::new(at, cells.integer("id")?)))
        })?;
        let is_last = read.len() < rows;
        if let Some((_, last)) = read.last().filter(|_| !is_last) {
            let at = last.at;
            read.truncate(read.partition_point(|(_, spot)| spot.at != at));
        }
        if let Some((place, _)) = read.last() {
            if is_ascending {
                self.run.begins = place + 1;
            } else {
                self.run.ends = *place;
            }
        }
        Ok((read.into_iter().map(|(_, spot)| spot).collect(), is_last))
    }

    /// Passes over what was created before or after the span.
    fn begin(&mut self, connection: &Connection, span: Span) -> Answer<()> {
        let after = span.after.map(|(at, _)| at);
        let (from, until) = if span.is_ascending {
            (span.from.max(after.unwrap_or(0)), span.until)
        } else {
            let until = after.map_or(i64::MAX, |at| at.saturating_add(1));
            (span.from, span.until.min(until))
        };
        if from > 0 {
            self.run.begins = self.run.first_from(connection, from)?;
        }
        if until < i64::MAX {
            self.run.ends = self.run.first_from(connection, until)?;
        }
        Ok(())
    }
}
