//! Rows of `campaigns`. Lists inside a row are JSON, in the forms of [`codec`].

use domain::campaign::{Campaign, CampaignState};
use domain::time_zone::TimeZone;
use domain::{CampaignId, WorkspaceId};
use store::codec;
use tokio_postgres::Row;

use super::{Cells, signed};
use crate::errors::Failure;
use crate::pipeline::Parameter;

pub(crate) const COLUMNS: &str = "id, workspace_id, version, name, created_at, updated_at, state, default_region, \
     time_zone, stages, transitions, dispositions, agent, dialing, settings";
pub(crate) const INSERT: &str = "INSERT INTO campaigns (workspace_id, id, version, name, created_at, updated_at, \
     state, default_region, time_zone, stages, transitions, dispositions, agent, dialing, settings) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
/// All but the key, and only of the version before. The numbers are those of [`INSERT`].
pub(crate) const UPDATE: &str = "UPDATE campaigns SET version = $3::bigint, name = $4, created_at = $5, updated_at = $6, \
     state = $7, default_region = $8, time_zone = $9, stages = $10, transitions = $11, dispositions = $12, \
     agent = $13, dialing = $14, settings = $15 WHERE workspace_id = $1 AND id = $2 AND version = $3::bigint - 1 RETURNING id";

pub(crate) fn read(row: &Row) -> Result<Campaign, Failure> {
    let mut cells = Cells::new(row, "campaigns");
    // In the order of the columns.
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

/// The parameters of [`INSERT`] and [`UPDATE`].
pub(crate) struct Values<'c> {
    workspace: i64,
    id: i64,
    version: i64,
    name: &'c str,
    created_at: i64,
    updated_at: i64,
    state: &'static str,
    default_region: Option<&'c str>,
    time_zone: Option<&'c str>,
    stages: String,
    transitions: Option<String>,
    dispositions: String,
    agent: Option<&'c str>,
    dialing: String,
    settings: String,
}

impl<'c> Values<'c> {
    pub(crate) fn of(campaign: &'c Campaign) -> Self {
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
        Self {
            workspace: signed(workspace_id.get()),
            id: signed(id.get()),
            version: signed(*version),
            name,
            created_at: created_at.as_millis(),
            updated_at: updated_at.as_millis(),
            state: state.name(),
            default_region: default_region.as_deref(),
            time_zone: time_zone.as_ref().map(TimeZone::name),
            stages: codec::encode_stages(stages),
            transitions: codec::encode_transitions(transitions),
            dispositions: codec::encode_names(dispositions),
            agent: agent.as_deref(),
            dialing: codec::encode_dialing(dialing),
            settings: codec::encode_object(settings).into_owned(),
        }
    }

    pub(crate) fn parameters(&self) -> [Parameter<'_>; 15] {
        [
            &self.workspace,
            &self.id,
            &self.version,
            &self.name,
            &self.created_at,
            &self.updated_at,
            &self.state,
            &self.default_region,
            &self.time_zone,
            &self.stages,
            &self.transitions,
            &self.dispositions,
            &self.agent,
            &self.dialing,
            &self.settings,
        ]
    }
}
