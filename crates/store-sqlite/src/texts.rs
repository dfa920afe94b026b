//! The texts that searches look into, by their grams (`lead_texts`), in the order in which leads were created. They are derived from
//! the leads (`Writes::searched`) and taken up in portions. Who contains what is asked for is not known here: that is the domain's
//! business.

use domain::Lead;
use rusqlite::{Connection, OptionalExtension, params};

use crate::errors::Failure;
use crate::grams;
use crate::query::{many, one};
use crate::rows::lead::{self, Looked};
use crate::rows::{Cells, signed};

/// Leads whose texts may wait to be taken up: each search asks them all.
const DUE_MAX: usize = 64;
/// Leads of a new book that are taken up at once.
const COPIED_AT_ONCE: i64 = 2_000;

type Answer<T> = Result<T, Failure>;

/// Takes up the texts of these leads, together with those that are due, if they are enough; else they are due too.
pub(crate) fn keep(connection: &Connection, leads: &[&Lead]) -> Answer<()> {
    if leads.is_empty() {
        return Ok(());
    }
    let due = due(connection)?;
    if due.len() + leads.len() < DUE_MAX {
        return wait(connection, leads);
    }
    let mut waiting = Vec::with_capacity(due.len());
    for (id, is_new) in due {
        if !leads.iter().any(|lead| signed(lead.id.get()) == id) {
            waiting.extend(read(connection, id)?.map(|lead| (lead, is_new)));
        }
    }
    let waiting = waiting.iter().map(|(lead, is_new)| (lead, *is_new));
    let leads = leads.iter().map(|lead| (*lead, lead.version == 1));
    let mut all: Vec<(&Lead, bool)> = waiting.chain(leads).collect();
    all.sort_unstable_by_key(|(lead, _)| (lead.created_at, lead.id));
    take_up(connection, &all)?;
    connection
        .prepare_cached("DELETE FROM lead_texts_due")?
        .execute([])?;
    Ok(())
}

fn wait(connection: &Connection, leads: &[&Lead]) -> Answer<()> {
    for lead in leads {
        let is_new = lead.version == 1 || place_of(connection, lead)?.is_none();
        let mut statement = connection.prepare_cached(
            "INSERT OR IGNORE INTO lead_texts_due (lead_id, is_new) VALUES (?1, ?2)",
        )?;
        statement.execute(params![signed(lead.id.get()), is_new])?;
    }
    Ok(())
}

/// Leads whose texts are not taken up, and whether they have no place.
fn due(connection: &Connection) -> Answer<Vec<(i64, bool)>> {
    let mut statement = connection.prepare_cached("SELECT lead_id, is_new FROM lead_texts_due")?;
    many(&mut statement, [], |row| {
        let mut cells = Cells::new(row, "lead_texts_due");
        Ok((cells.integer("lead_id")?, cells.boolean("is_new")?))
    })
}

fn read(connection: &Connection, id: i64) -> Answer<Option<Lead>> {
    let mut statement = connection.prepare_cached(&lead::SELECT_SEARCHED)?;
    one(&mut statement, [id], |row| {
        lead::read_searched(row, Looked::ALL)
    })
}

/// Takes up leads, in the order of their creation; with each whether it surely has no place.
fn take_up(connection: &Connection, leads: &[(&Lead, bool)]) -> Answer<()> {
    let mut last = newest(connection)?;
    for (lead, is_new) in leads {
        let (id, created_at) = (signed(lead.id.get()), lead.created_at.as_millis());
        let place = if *is_new {
            None
        } else {
            place_of(connection, lead)?
        };
        match (place, lead.deleted_at) {
            (Some(place), Some(_)) => forget(connection, place)?,
            (None, Some(_)) => {}
            (Some(place), None) => write(connection, WRITE_OVER, place, lead)?,
            (None, None) => {
                let place = append(connection, id, created_at, created_at < last)?;
                last = created_at;
                write(connection, WRITE, place, lead)?;
            }
        }
    }
    Ok(())
}

/// The place of a lead.
fn place_of(connection: &Connection, lead: &Lead) -> Answer<Option<i64>> {
    let (id, created_at) = (signed(lead.id.get()), lead.created_at.as_millis());
    for run in runs(connection)? {
        let from = run.first_from(connection, created_at)?;
        let mut statement = connection.prepare_cached(
            "SELECT place FROM lead_text_places WHERE place >= ?1 AND place < ?2 AND lead_id = ?3 LIMIT 1",
        )?;
        let until = run.first_from(connection, created_at.saturating_add(1))?;
        let place = statement.query_row([from, until, id], |row| row.get(0));
        if let Some(place) = place.optional()? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// Places in which leads are in the order of their creation; but those of one moment are in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) begins: i64,
    /// Behind its last place.
    pub(crate) ends: i64,
}

/// All of them.
pub(crate) fn runs(connection: &Connection) -> Answer<Vec<Run>> {
    let mut statement =
        connection.prepare_cached("SELECT begins FROM lead_text_runs ORDER BY begins")?;
    let begins = many(&mut statement, [], |row| {
        Cells::new(row, "lead_text_runs").integer("begins")
    })?;
    let mut last =
        connection.prepare_cached("SELECT coalesce(max(place), 0) FROM lead_text_places")?;
    let last: i64 = last.query_row([], |row| row.get(0))?;
    let ends = begins.iter().copied().chain([last + 1]);
    let runs = std::iter::once(0).chain(begins.iter().copied()).zip(ends);
    Ok(runs.map(|(begins, ends)| Run { begins, ends }).collect())
}

impl Run {
    /// The first place of who was created at this moment or later: looked for by halves.
    pub(crate) fn first_from(self, connection: &Connection, at: i64) -> Answer<i64> {
        let mut statement = connection.prepare_cached(
            "SELECT place, created_at FROM lead_text_places WHERE place >= ?1 AND place < ?2 ORDER BY place LIMIT 1",
        )?;
        let (mut from, mut until) = (self.begins, self.ends);
        while from < until {
            let middle = from + (until - from) / 2;
            let found = statement.query_row([middle, until], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            });
            match found.optional()? {
                Some((place, created_at)) if created_at < at => from = place + 1,
                _ => until = middle,
            }
        }
        Ok(from)
    }
}

/// When the lead in the last place was created.
fn newest(connection: &Connection) -> Answer<i64> {
    let mut statement = connection
        .prepare_cached("SELECT created_at FROM lead_text_places ORDER BY place DESC LIMIT 1")?;
    let newest = statement.query_row([], |row| row.get(0)).optional()?;
    Ok(newest.unwrap_or(0))
}

/// The place behind all others.
fn append(connection: &Connection, id: i64, created_at: i64, begins: bool) -> Answer<i64> {
    let mut statement = connection
        .prepare_cached("INSERT INTO lead_text_places (lead_id, created_at) VALUES (?1, ?2)")?;
    let place = statement.insert([id, created_at])?;
    if begins {
        let mut statement = connection
            .prepare_cached("INSERT OR IGNORE INTO lead_text_runs (begins) VALUES (?1)")?;
        statement.execute([place])?;
    }
    Ok(place)
}

const WRITE: &str = "INSERT INTO lead_texts (rowid, grams) VALUES (?1, ?2)";
const WRITE_OVER: &str = "INSERT OR REPLACE INTO lead_texts (rowid, grams) VALUES (?1, ?2)";

fn write(connection: &Connection, sql: &str, place: i64, lead: &Lead) -> Answer<()> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute(params![place, grams::of_lead(lead)])?;
    Ok(())
}

fn forget(connection: &Connection, place: i64) -> Answer<()> {
    for sql in [
        "DELETE FROM lead_texts WHERE rowid = ?1",
        "DELETE FROM lead_text_places WHERE place = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([place])?;
    }
    Ok(())
}

/// Gives every lead of a book that was filled by a copy its place. Their numbers are not always in the order of their creation, so
/// that this must wait for the last one.
pub(crate) fn put_in_order(connection: &Connection) -> Answer<()> {
    connection.execute(
        "INSERT INTO lead_text_places (place, lead_id, created_at) \
         SELECT row_number() OVER (ORDER BY created_at, id), id, created_at FROM leads WHERE deleted_at IS NULL",
        [],
    )?;
    Ok(())
}

/// Takes up some of those that were put in order, behind a place: the last one, until there is none.
pub(crate) fn take_up_behind(connection: &Connection, place: i64) -> Answer<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT place, lead_id FROM lead_text_places WHERE place > ?1 ORDER BY place LIMIT ?2",
    )?;
    let rows = many(&mut statement, [place, COPIED_AT_ONCE], |row| {
        let mut cells = Cells::new(row, "lead_text_places");
        Ok((cells.integer("place")?, cells.integer("lead_id")?))
    })?;
    for (place, id) in &rows {
        let lead = read(connection, *id)?;
        let lead = lead.ok_or_else(|| Failure::broken("a lead with a place has no row"))?;
        write(connection, WRITE, *place, &lead)?;
    }
    Ok(rows.last().map(|(place, _)| *place))
}
