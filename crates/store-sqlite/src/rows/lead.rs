//! Rows of `leads`. The hot ones: every update reads one and writes one.
//!
//! The columns come in three groups, because SQLite rewrites the entry of every index that names a column of an
//! UPDATE, changed or not: those no index names, those of the dialing queue
//! ([`Writes::redialled`](domain::state::Writes::redialled)), and those a lead is found by
//! ([`Writes::reindexed`](domain::state::Writes::reindexed)).

use std::sync::LazyLock;

use domain::campaign::Stage;
use domain::lead::{CallSummary, Claim};
use domain::status::{DialStatus, StageKind};
use domain::time_zone::TimeZone;
use domain::{CallId, CampaignId, Lead, LeadId, Phone, TagId, Timestamp, UserId, WorkspaceId};
use rusqlite::{Row, Statement, ToSql};
use store::codec;

use super::{Cells, signed};
use crate::errors::Failure;

const KEY: [&str; 3] = ["id", "workspace_id", "created_at"];
const PLAIN: [&str; 20] = [
    "last_event_id",
    "version",
    "updated_at",
    "first_name",
    "last_name",
    "name",
    "company_name",
    "time_zone",
    "variables",
    "collected",
    "custom_fields",
    "notes",
    "tags",
    "assigned_users",
    "stage_name",
    "disposition",
    "attempts",
    "last_call",
    "call_ids",
    "contacts",
];
const DIALING: [&str; 5] = [
    "dial_status",
    "next_attempt_at",
    "claim",
    "claim_expires_at",
    "claimable_at",
];
const INDEXED: [&str; 8] = [
    "campaign_id",
    "external_id",
    "phone_e164",
    "phone_raw",
    "phone_is_assignable",
    "email",
    "stage_kind",
    "deleted_at",
];

/// The columns of a lead, in the order in which [`LeadRow::read`] reads them.
pub(crate) static COLUMNS: LazyLock<String> =
    LazyLock::new(|| [&KEY[..], &PLAIN, &DIALING, &INDEXED].concat().join(", "));
/// Reads one lead: `?1` its id, `?2` its workspace.
pub(crate) static SELECT: LazyLock<String> = LazyLock::new(|| {
    let columns = &*COLUMNS;
    format!("SELECT {columns} FROM leads WHERE id = ?1 AND workspace_id = ?2")
});
/// Reads these leads, in their order: `?1` their ids (`query::array`), `?2` their workspace.
pub(crate) static SELECT_EACH: LazyLock<String> = LazyLock::new(|| {
    let columns = &*COLUMNS;
    format!("SELECT {columns} FROM {EACH} AND workspace_id = ?2")
});
/// Reads of a lead what searches look at: `?1` its id.
pub(crate) static SELECT_SEARCHED: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {SEARCHED} FROM leads WHERE id = ?1"));
/// The same of these leads, in their order: `?1` their ids (`query::array`).
pub(crate) static SELECT_SEARCHED_EACH: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {SEARCHED} FROM {EACH}"));
/// The order is that of the numbers, because a cross join is never turned round. One statement for many leads takes a quarter of the
/// time of as many statements.
const EACH: &str = "rarray(?1) AS wanted CROSS JOIN leads ON id = wanted.value";
const SEARCHED: &str = "id, workspace_id, created_at, campaign_id, dial_status, stage_kind, deleted_at, external_id, phone_e164, \
     first_name, last_name, name, email, company_name, custom_fields, tags, assigned_users";
/// Of the columns above, those of texts.
const SEARCHED_TEXTS: usize = 7;
static INSERT: LazyLock<String> = LazyLock::new(|| {
    let columns = [&KEY[..], &PLAIN, &DIALING, &INDEXED].concat();
    let marks: Vec<_> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    let (columns, marks) = (columns.join(", "), marks.join(", "));
    format!("INSERT INTO leads ({columns}) VALUES ({marks})")
});
static UPDATE_ALL: LazyLock<String> =
    LazyLock::new(|| update(&[&PLAIN[..], &DIALING, &INDEXED].concat()));
static UPDATE_DIALING: LazyLock<String> =
    LazyLock::new(|| update(&[&PLAIN[..], &DIALING].concat()));
static UPDATE_PLAIN: LazyLock<String> = LazyLock::new(|| update(&PLAIN));

/// What of a lead is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columns {
    /// A new row.
    Inserted,
    /// Every column that can change.
    All,
    /// The columns that no index names, and those of the dialing queue.
    Dialing,
    /// The columns that no index names.
    Plain,
}

impl Columns {
    /// The statement that [`write()`] binds and runs.
    pub(crate) fn statement(self) -> &'static str {
        match self {
            Self::Inserted => &INSERT,
            Self::All => &UPDATE_ALL,
            Self::Dialing => &UPDATE_DIALING,
            Self::Plain => &UPDATE_PLAIN,
        }
    }
}

/// A lead and the id of its newest event.
pub(crate) struct LeadRow {
    pub(crate) lead: Lead,
    pub(crate) last_event_id: i64,
}

fn update(columns: &[&str]) -> String {
    // The numbers are those of INSERT, so that one function binds for all three.
    let first = KEY.len() + 1;
    let sets = columns.iter().zip(first..);
    let sets: Vec<_> = sets.map(|(column, n)| format!("{column} = ?{n}")).collect();
    let sets = sets.join(", ");
    format!("UPDATE leads SET {sets} WHERE id = ?1 AND workspace_id = ?2")
}

impl LeadRow {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, Failure> {
        let mut cells = Cells::new(row, "leads");
        let id = cells.id("id", LeadId::new)?;
        let workspace_id = cells.id("workspace_id", WorkspaceId::new)?;
        let created_at = cells.time("created_at")?;
        let last_event_id = cells.integer("last_event_id")?;
        // In the order of the columns.
        let mut lead = Lead {
            id,
            workspace_id,
            created_at,
            version: cells.number("version")?,
            updated_at: cells.time("updated_at")?,
            first_name: cells.optional_string("first_name")?,
            last_name: cells.optional_string("last_name")?,
            name: cells.optional_string("name")?,
            company_name: cells.optional_string("company_name")?,
            time_zone: cells
                .optional_string("time_zone")?
                .map(TimeZone::from_stored),
            variables: cells.parsed("variables", codec::decode_object)?,
            collected: cells.parsed("collected", codec::decode_object)?,
            custom_fields: cells.parsed("custom_fields", codec::decode_custom_fields)?,
            notes: cells.optional_string("notes")?,
            tags: cells.parsed("tags", |text| codec::decode_ids(text, TagId::new))?,
            assigned_users: cells.parsed("assigned_users", |text| {
                codec::decode_ids(text, UserId::new)
            })?,
            stage: Stage {
                name: cells.string("stage_name")?,
                kind: StageKind::New,
            },
            disposition: cells.optional_string("disposition")?,
            attempts: cells.small("attempts")?,
            last_call: cells.optional_json("last_call", CallSummary::from_value)?,
            call_ids: cells.parsed("call_ids", |text| codec::decode_ids(text, CallId::new))?,
            contacts: cells.parsed("contacts", codec::decode_contacts)?,
            dial_status: cells.parsed("dial_status", DialStatus::from_name)?,
            next_attempt_at: cells.optional_time("next_attempt_at")?,
            claim: read_claim(&mut cells)?,
            campaign_id: cells.optional_id("campaign_id", CampaignId::new)?,
            external_id: cells.optional_string("external_id")?,
            phone: read_phone(&mut cells)?,
            email: cells.optional_string("email")?,
            deleted_at: None,
        };
        lead.stage.kind = cells.parsed("stage_kind", StageKind::from_name)?;
        lead.deleted_at = cells.optional_time("deleted_at")?;
        Ok(Self {
            lead,
            last_event_id,
        })
    }
}

/// What a search looks at, besides where a lead stands. The rest is left out: a search looks at a thousand leads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Looked {
    pub(crate) at_texts: bool,
    pub(crate) at_fields: bool,
    /// Tags and users.
    pub(crate) at_links: bool,
}

impl Looked {
    pub(crate) const ALL: Self = Self {
        at_texts: true,
        at_fields: true,
        at_links: true,
    };
}

/// A lead with only what [`SELECT_SEARCHED`] reads: all that `domain::listing` asks for.
pub(crate) fn read_searched(row: &Row<'_>, looked: Looked) -> Result<Lead, Failure> {
    let mut cells = Cells::new(row, "leads");
    let id = cells.id("id", LeadId::new)?;
    let workspace_id = cells.id("workspace_id", WorkspaceId::new)?;
    let blank = Lead::blank(id, workspace_id, cells.time("created_at")?);
    let mut lead = Lead {
        campaign_id: cells.optional_id("campaign_id", CampaignId::new)?,
        dial_status: cells.parsed("dial_status", DialStatus::from_name)?,
        ..blank
    };
    lead.stage.kind = cells.parsed("stage_kind", StageKind::from_name)?;
    lead.deleted_at = cells.optional_time("deleted_at")?;
    if looked.at_texts {
        read_texts(&mut cells, &mut lead)?;
    } else {
        cells.skip(SEARCHED_TEXTS);
    }
    if looked.at_fields {
        lead.custom_fields = cells.parsed("custom_fields", codec::decode_custom_fields)?;
    } else {
        cells.skip(1);
    }
    if looked.at_links {
        lead.tags = cells.parsed("tags", |text| codec::decode_ids(text, TagId::new))?;
        let users = |text| codec::decode_ids(text, UserId::new);
        lead.assigned_users = cells.parsed("assigned_users", users)?;
    }
    Ok(lead)
}

fn read_texts(cells: &mut Cells<'_>, lead: &mut Lead) -> Result<(), Failure> {
    lead.external_id = cells.optional_string("external_id")?;
    let e164 = cells.optional_string("phone_e164")?;
    lead.phone = e164.map(|e164| Phone::from_stored(e164.clone(), e164, true));
    lead.first_name = cells.optional_string("first_name")?;
    lead.last_name = cells.optional_string("last_name")?;
    lead.name = cells.optional_string("name")?;
    lead.email = cells.optional_string("email")?;
    lead.company_name = cells.optional_string("company_name")?;
    Ok(())
}

/// The claim; the two columns behind it are only for indexes.
fn read_claim(cells: &mut Cells<'_>) -> Result<Option<Claim>, Failure> {
    let claim = cells.optional_json("claim", Claim::from_value)?;
    cells.optional_integer("claim_expires_at")?;
    cells.optional_integer("claimable_at")?;
    Ok(claim)
}

fn read_phone(cells: &mut Cells<'_>) -> Result<Option<Phone>, Failure> {
    let e164 = cells.optional_string("phone_e164")?;
    let raw = cells.optional_string("phone_raw")?;
    let is_assignable = cells.optional_integer("phone_is_assignable")?;
    match (e164, raw, is_assignable) {
        (None, None, None) => Ok(None),
        (Some(e164), Some(raw), Some(is_assignable)) => {
            Ok(Some(Phone::from_stored(e164, raw, is_assignable != 0)))
        }
        _ => Err(cells.corrupt("phone_e164")),
    }
}

/// Binds values in the order of the columns.
struct Binder<'a, 'c> {
    statement: &'a mut Statement<'c>,
    next: usize,
}

impl Binder<'_, '_> {
    fn bind(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        let at = self.next;
        self.next += 1;
        self.statement.raw_bind_parameter(at, value)
    }
}

/// Runs the statement of `columns` for a lead.
pub(crate) fn write(
    statement: &mut Statement<'_>,
    columns: Columns,
    lead: &Lead,
    last_event_id: i64,
) -> rusqlite::Result<usize> {
    let mut binder = Binder { statement, next: 1 };
    binder.bind(signed(lead.id.get()))?;
    binder.bind(signed(lead.workspace_id.get()))?;
    binder.bind(lead.created_at.as_millis())?;
    binder.bind(last_event_id)?;
    bind_plain(&mut binder, lead)?;
    if columns != Columns::Plain {
        bind_dialing(&mut binder, lead)?;
    }
    if matches!(columns, Columns::Inserted | Columns::All) {
        bind_indexed(&mut binder, lead)?;
    }
    statement.raw_execute()
}

fn bind_plain(binder: &mut Binder<'_, '_>, lead: &Lead) -> rusqlite::Result<()> {
    binder.bind(signed(lead.version))?;
    binder.bind(lead.updated_at.as_millis())?;
    binder.bind(&lead.first_name)?;
    binder.bind(&lead.last_name)?;
    binder.bind(&lead.name)?;
    binder.bind(&lead.company_name)?;
    binder.bind(lead.time_zone.as_ref().map(TimeZone::name))?;
    binder.bind(codec::encode_object(&lead.variables))?;
    binder.bind(codec::encode_object(&lead.collected))?;
    binder.bind(codec::encode_custom_fields(lead))?;
    binder.bind(&lead.notes)?;
    binder.bind(codec::encode_ids(lead.tags.iter().map(|id| id.get())))?;
    binder.bind(codec::encode_ids(
        lead.assigned_users.iter().map(|id| id.get()),
    ))?;
    binder.bind(&lead.stage.name)?;
    binder.bind(&lead.disposition)?;
    binder.bind(lead.attempts)?;
    binder.bind(
        lead.last_call
            .as_ref()
            .map(|call| call.to_value().to_string()),
    )?;
    binder.bind(codec::encode_ids(lead.call_ids.iter().map(|id| id.get())))?;
    binder.bind(codec::encode_contacts(lead))
}

fn bind_dialing(binder: &mut Binder<'_, '_>, lead: &Lead) -> rusqlite::Result<()> {
    let claim = lead.claim.as_ref();
    binder.bind(lead.dial_status.name())?;
    binder.bind(lead.next_attempt_at.map(Timestamp::as_millis))?;
    binder.bind(claim.map(|claim| claim.to_value().to_string()))?;
    binder.bind(claim.map(|claim| claim.expires_at.as_millis()))?;
    binder.bind(lead.claimable_at().map(Timestamp::as_millis))
}

fn bind_indexed(binder: &mut Binder<'_, '_>, lead: &Lead) -> rusqlite::Result<()> {
    binder.bind(lead.campaign_id.map(|id| signed(id.get())))?;
    binder.bind(&lead.external_id)?;
    binder.bind(lead.phone.as_ref().map(Phone::e164))?;
    binder.bind(lead.phone.as_ref().map(Phone::raw))?;
    binder.bind(lead.phone.as_ref().map(Phone::is_assignable))?;
    binder.bind(&lead.email)?;
    binder.bind(lead.stage.kind.name())?;
    binder.bind(lead.deleted_at.map(Timestamp::as_millis))
}
