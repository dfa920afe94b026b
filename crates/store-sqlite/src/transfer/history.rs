//! Reads the histories of a book page by page, along each lead's chain of events: whole ones, and parts of long ones.

use domain::event::Event;
use domain::{LeadId, WorkspaceId};
use rusqlite::{Connection, Row};
use store::transfer::{Cursor, Record, RecordPage};

use super::export::Read;
use crate::errors::Failure;
use crate::query::one;
use crate::rows::event::EventRow;
use crate::rows::{Cells, event, signed};

/// Where the walk along a lead's events stands: it goes from the newest to the first.
struct Walk {
    workspace: WorkspaceId,
    lead: LeadId,
    version: u64,
    /// The event of that version.
    event_id: i64,
}

impl Walk {
    fn read(row: &Row<'_>) -> Read<Self> {
        let mut cells = Cells::new(row, "leads");
        Ok(Self {
            lead: cells.id("id", LeadId::new)?,
            workspace: cells.id("workspace_id", WorkspaceId::new)?,
            version: cells.number("version")?,
            event_id: cells.integer("last_event_id")?,
        })
    }

    /// Goes back over at most `room` events; where to go on, `None` behind the first one. They are added oldest first, so
    /// that the numbers that the other store gives them ascend.
    fn back(
        mut self,
        connection: &Connection,
        records: &mut Vec<Record>,
        room: usize,
    ) -> Read<Option<Self>> {
        let start = records.len();
        let mut rest = None;
        for _ in 0..room {
            let (event, previous) = self.step(connection)?;
            records.push(Record::Event(Box::new(event)));
            rest = previous;
            match previous {
                Some(previous) => (self.version, self.event_id) = (self.version - 1, previous),
                None => break,
            }
        }
        records[start..].reverse();
        Ok(rest.map(|_| self))
    }

    /// The event here, and the one before it. A chain that leaves its lead, skips a version or ends early is damage.
    fn step(&self, connection: &Connection) -> Read<(Event, Option<i64>)> {
        let mut statement = connection.prepare_cached(event::SELECT)?;
        let row = one(&mut statement, [self.event_id], EventRow::read)?;
        let key = (self.workspace, self.lead, self.version);
        row.filter(|row| (row.event.workspace_id, row.event.lead_id, row.event.version) == key)
            .filter(|row| row.previous_event_id.is_none() == (self.version == 1))
            .map(|row| (row.event, row.previous_event_id))
            .ok_or_else(|| {
                Failure::corrupt("events", "previous_event_id", self.event_id.to_string())
            })
    }

    fn cursor(&self) -> Cursor {
        let (lead, workspace) = (signed(self.lead.get()), signed(self.workspace.get()));
        Cursor {
            numbers: [lead, self.event_id, signed(self.version), workspace],
            ..Cursor::default()
        }
    }

    fn at(cursor: &Cursor) -> Option<Self> {
        let [lead, event_id, version, workspace] = cursor.numbers;
        Some(Self {
            workspace: WorkspaceId::new(workspace.cast_unsigned())?,
            lead: LeadId::new(lead.cast_unsigned())?,
            version: version.cast_unsigned(),
            event_id,
        })
    }
}

pub(super) fn page(connection: &Connection, after: &Cursor, limit: usize) -> Read<RecordPage> {
    let mut records = Vec::new();
    let mut walk = match Walk::at(after) {
        Some(walk) => Some(walk),
        None => newest_of_next(connection, 0)?,
    };
    while let Some(current) = walk {
        if records.len() >= limit {
            let next = Some(current.cursor());
            return Ok(RecordPage { records, next });
        }
        let (lead, room) = (current.lead, limit - records.len());
        walk = match current.back(connection, &mut records, room)? {
            Some(rest) => Some(rest),
            None => newest_of_next(connection, signed(lead.get()))?,
        };
    }
    Ok(RecordPage {
        records,
        next: None,
    })
}

/// The newest event of the lead that follows.
fn newest_of_next(connection: &Connection, lead: i64) -> Read<Option<Walk>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, workspace_id, version, last_event_id FROM leads WHERE id > ?1 ORDER BY id LIMIT 1",
    )?;
    one(&mut statement, [lead], Walk::read)
}
