//! Rows of `campaigns`. Lists inside a row are JSON, in the forms of [`codec`].

use domain::campaign::{Campaign, CampaignState};
use domain::time_zone::TimeZone;
use domain::{CampaignId, WorkspaceId};
use rusqlite::{Row, Statement, params};
use store::codec;

use super::{Cells, signed};
use crate::errors::Failure;

pub(crate) const COLUMNS: &str = "id, workspace_id, version, name, created_at, updated_at, state, \
     default_region, time_zone, stages, transitions, dispositions, agent, dialing, settings";
pub(crate) const INSERT: &str = "INSERT INTO campaigns (id, workspace_id, version, name, created_at, \
     updated_at, state, default_region, time_zone, stages, transitions, dispositions, agent, dialing, settings) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
/// All but the key, and only of the version before. The numbers are those of [`INSERT`].
pub(crate) const UPDATE: &str = "UPDATE campaigns SET version = ?3, name = ?4, created_at = ?5, \
     updated_at = ?6, state = ?7, default_region = ?8, time_zone = ?9, stages = ?10, transitions = ?11, \
     dispositions = ?12, agent = ?13, dialing = ?14, settings = ?15 \
     WHERE id = ?1 AND workspace_id = ?2 AND version = ?3 - 1";

pub(crate) fn read(row: &Row<'_>) -> Result<Campaign, Failure> {
    let mut cells = Cells::new(row, "campaigns");
    Ok(Campaign {
        id: cells.id("id", CampaignId::new)?,
        workspace_id: cells.id("workspace_id", WorkspaceId::new)?,
        version: cells.number("version")?,
        name: cells.string("name")?,
        created_at: cells.time("created_at")?,
        updated_at: cells.time("updated_at")?,
        state: cells.parsed("state", CampaignState::from_name)?,
        default_region: cells.optional_string("default_region")?,
        time_zone: cells
            .optional_string("time_zone")?
            .map(TimeZone::from_stored),
        stages: cells.json("stages", codec::decode_stages)?,
        transitions: cells
            .optional_json("transitions", codec::decode_transitions)?
            .unwrap_or_default(),
        dispositions: cells.json("dispositions", codec::decode_names)?,
        agent: cells.optional_string("agent")?,
        dialing: cells.json("dialing", codec::decode_dialing)?,
        settings: cells.parsed("settings", codec::decode_object)?,
    })
}

/// Runs [`INSERT`] or [`UPDATE`]; how many rows that touched.
pub(crate) fn write(statement: &mut Statement<'_>, campaign: &Campaign) -> rusqlite::Result<usize> {
    let Campaign {
        id,
        workspace_id,
        version,
        name,
        created_at,
        updated_at,
        state,
        default_region,
        time_zone,
        stages,
        transitions,
        dispositions,
        agent,
        dialing,
        settings,
    } = campaign;
    statement.execute(params![
        signed(id.get()),
        signed(workspace_id.get()),
        signed(*version),
        name,
        created_at.as_millis(),
        updated_at.as_millis(),
        state.name(),
        default_region,
        time_zone.as_ref().map(TimeZone::name),
        codec::encode_stages(stages),
        codec::encode_transitions(transitions),
        codec::encode_names(dispositions),
        agent,
        codec::encode_dialing(dialing),
        codec::encode_object(settings),
    ])
}
