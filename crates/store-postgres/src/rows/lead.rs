//! Rows of `leads`, and of what dialers look for. The hot ones: every update reads one and writes one.
//!
//! The columns come in two groups: those that no index names, and those a lead is found by
//! ([`Writes::reindexed`](domain::state::Writes::reindexed)). An update of the first group alone need not even send
//! the second.

use std::sync::LazyLock;

use domain::campaign::Stage;
use domain::lead::{CallSummary, Claim};
use domain::status::{DialStatus, StageKind};
use domain::time_zone::TimeZone;
use domain::{CallId, CampaignId, Lead, LeadId, Phone, TagId, Timestamp, UserId, WorkspaceId};
use store::codec;
use tokio_postgres::Row;

use super::set::Kind::{self, Boolean, Integer, Text};
use super::set::{Rows, Spec, Statements};
use super::{Cells, signed};
use crate::counts::Place;
use crate::errors::Failure;
use crate::search::Links;

const PLAIN: [(&str, Kind); 25] = [
    ("last_event_id", Integer),
    ("version", Integer),
    ("updated_at", Integer),
    ("first_name", Text),
    ("last_name", Text),
    ("name", Text),
    ("company_name", Text),
    ("time_zone", Text),
    ("variables", Text),
    ("collected", Text),
    ("custom_fields", Text),
    ("notes", Text),
    ("tags", Text),
    ("assigned_users", Text),
    ("stage_name", Text),
    ("stage_kind", Text),
    ("disposition", Text),
    ("attempts", Integer),
    ("last_call", Text),
    ("call_ids", Text),
    ("dial_status", Text),
    ("next_attempt_at", Integer),
    ("claim", Text),
    ("contacts", Text),
    // Named by the conditions of indexes, and changed once.
    ("deleted_at", Integer),
];
const INDEXED: [(&str, Kind); 6] = [
    ("campaign_id", Integer),
    ("external_id", Text),
    ("phone_e164", Text),
    ("phone_raw", Text),
    ("phone_is_assignable", Boolean),
    ("email", Text),
];

/// The columns of a lead, in the order in which [`LeadRow::read`] reads them.
pub(crate) const COLUMNS: &str = "id, workspace_id, created_at, last_event_id, version, updated_at, first_name, \
     last_name, name, company_name, time_zone, variables, collected, custom_fields, notes, tags, assigned_users, \
     stage_name, stage_kind, disposition, attempts, last_call, call_ids, dial_status, next_attempt_at, claim, \
     contacts, deleted_at, campaign_id, external_id, phone_e164, phone_raw, phone_is_assignable, email";

static INSERT: LazyLock<Statements> =
    LazyLock::new(|| leads(&[&[("created_at", Integer)], &PLAIN[..], &INDEXED]));
static UPDATE_ALL: LazyLock<Statements> = LazyLock::new(|| leads(&[&PLAIN, &INDEXED]));
static UPDATE_PLAIN: LazyLock<Statements> = LazyLock::new(|| leads(&[&PLAIN]));

pub(crate) static DIAL_QUEUE: LazyLock<Statements> = LazyLock::new(|| {
    Statements::new(Spec {
        table: "dial_queue",
        columns: vec![
            ("lead_id", Integer),
            ("campaign_id", Integer),
            ("claimable_at", Integer),
        ],
        computed: None,
        ending: "ON CONFLICT (workspace_id, lead_id) DO UPDATE SET \
                 campaign_id = excluded.campaign_id, claimable_at = excluded.claimable_at",
        what: "lead",
    })
});
pub(crate) static CLAIMS: LazyLock<Statements> = LazyLock::new(|| {
    Statements::new(Spec {
        table: "claims",
        columns: vec![
            ("lead_id", Integer),
            ("call_id", Integer),
            ("expires_at", Integer),
        ],
        computed: None,
        ending: "ON CONFLICT (workspace_id, lead_id) DO UPDATE SET \
                 call_id = excluded.call_id, expires_at = excluded.expires_at",
        what: "lead",
    })
});

fn leads(columns: &[&[(&'static str, Kind)]]) -> Statements {
    Statements::new(Spec {
        table: "leads",
        columns: [&[&[("id", Integer)][..]], columns].concat().concat(),
        computed: None,
        ending: "",
        what: "lead",
    })
}

/// What of a lead is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columns {
    /// A new row.
    Inserted,
    /// Every column that can change.
    All,
    /// The columns that no index names.
    Plain,
}

impl Columns {
    /// The statements of the rows that [`add`] adds.
    pub(crate) fn statements(self) -> &'static Statements {
        match self {
            Self::Inserted => &INSERT,
            Self::All => &UPDATE_ALL,
            Self::Plain => &UPDATE_PLAIN,
        }
    }
}

/// A lead and the id of its newest event.
pub(crate) struct LeadRow {
    pub(crate) lead: Lead,
    pub(crate) last_event_id: i64,
}

/// What dialers, the sweep and lists by status see of a lead, in tables beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) queued: Option<(CampaignId, Timestamp)>,
    pub(crate) claimed: Option<(CallId, Timestamp)>,
    pub(crate) place: Option<Place>,
    pub(crate) links: Links,
}

impl Beside {
    pub(crate) fn of(lead: &Lead) -> Self {
        Self {
            queued: lead.campaign_id.zip(lead.claimable_at()),
            claimed: lead
                .claim
                .as_ref()
                .map(|claim| (claim.call_id, claim.expires_at)),
            place: Place::of(lead),
            links: Links::of(lead),
        }
    }
}

impl LeadRow {
    pub(crate) fn read(row: &Row) -> Result<Self, Failure> {
        let mut cells = Cells::new(row, "leads");
        let id = cells.id("id", LeadId::new)?;
        let workspace_id = cells.id("workspace_id", WorkspaceId::new)?;
        let created_at = cells.time("created_at")?;
        let last_event_id = cells.integer("last_event_id")?;
        // In the order of the columns.
        let lead = Lead {
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
                kind: cells.parsed("stage_kind", StageKind::from_name)?,
            },
            disposition: cells.optional_string("disposition")?,
            attempts: cells.small("attempts")?,
            last_call: cells.optional_json("last_call", CallSummary::from_value)?,
            call_ids: cells.parsed("call_ids", |text| codec::decode_ids(text, CallId::new))?,
            dial_status: cells.parsed("dial_status", DialStatus::from_name)?,
            next_attempt_at: cells.optional_time("next_attempt_at")?,
            claim: cells.optional_json("claim", Claim::from_value)?,
            contacts: cells.parsed("contacts", codec::decode_contacts)?,
            deleted_at: cells.optional_time("deleted_at")?,
            campaign_id: cells.optional_id("campaign_id", CampaignId::new)?,
            external_id: cells.optional_string("external_id")?,
            phone: read_phone(&mut cells)?,
            email: cells.optional_string("email")?,
        };
        Ok(Self {
            lead,
            last_event_id,
        })
    }
}

fn read_phone(cells: &mut Cells<'_>) -> Result<Option<Phone>, Failure> {
    let e164 = cells.optional_string("phone_e164")?;
    let raw = cells.optional_string("phone_raw")?;
    let is_assignable = cells.optional_boolean("phone_is_assignable")?;
    match (e164, raw, is_assignable) {
        (None, None, None) => Ok(None),
        (Some(e164), Some(raw), Some(is_assignable)) => {
            Ok(Some(Phone::from_stored(e164, raw, is_assignable)))
        }
        _ => Err(cells.corrupt("phone_e164")),
    }
}

/// Adds a row of the statements of `columns`.
pub(crate) fn add<'a>(rows: &mut Rows<'a>, columns: Columns, lead: &'a Lead, last_event_id: i64) {
    rows.integer(signed(lead.id.get()));
    if columns == Columns::Inserted {
        rows.integer(lead.created_at.as_millis());
    }
    rows.integer(last_event_id);
    add_plain(rows, lead);
    if columns != Columns::Plain {
        add_indexed(rows, lead);
    }
}

fn add_plain<'a>(rows: &mut Rows<'a>, lead: &'a Lead) {
    rows.integer(signed(lead.version));
    rows.integer(lead.updated_at.as_millis());
    rows.optional_text(lead.first_name.as_deref());
    rows.optional_text(lead.last_name.as_deref());
    rows.optional_text(lead.name.as_deref());
    rows.optional_text(lead.company_name.as_deref());
    rows.optional_text(lead.time_zone.as_ref().map(TimeZone::name));
    rows.text(codec::encode_object(&lead.variables));
    rows.text(codec::encode_object(&lead.collected));
    rows.text(codec::encode_custom_fields(lead));
    rows.optional_text(lead.notes.as_deref());
    rows.text(codec::encode_ids(lead.tags.iter().map(|id| id.get())));
    rows.text(codec::encode_ids(
        lead.assigned_users.iter().map(|id| id.get()),
    ));
    rows.text(&lead.stage.name);
    rows.text(lead.stage.kind.name());
    rows.optional_text(lead.disposition.as_deref());
    rows.integer(i64::from(lead.attempts));
    let last_call = lead.last_call.as_ref();
    rows.optional_text(last_call.map(|call| call.to_value().to_string()));
    rows.text(codec::encode_ids(lead.call_ids.iter().map(|id| id.get())));
    rows.text(lead.dial_status.name());
    rows.integer(lead.next_attempt_at.map(Timestamp::as_millis));
    let claim = lead.claim.as_ref();
    rows.optional_text(claim.map(|claim| claim.to_value().to_string()));
    rows.text(codec::encode_contacts(lead));
    rows.integer(lead.deleted_at.map(Timestamp::as_millis));
}

fn add_indexed<'a>(rows: &mut Rows<'a>, lead: &'a Lead) {
    rows.integer(lead.campaign_id.map(|id| signed(id.get())));
    rows.optional_text(lead.external_id.as_deref());
    rows.optional_text(lead.phone.as_ref().map(Phone::e164));
    rows.optional_text(lead.phone.as_ref().map(Phone::raw));
    rows.boolean(lead.phone.as_ref().map(Phone::is_assignable));
    rows.optional_text(lead.email.as_deref());
}
