//! The values that creations want to be unique: locked in one order, then looked up.

use domain::state::{State, UniqueKey};
use domain::{CampaignId, WorkspaceId};
use tokio_postgres::Row;

use super::{Load, Pairs};
use crate::errors::Failure;
use crate::pipeline::{Reach, Step};
use crate::rows::Cells;

/// Values that are to be unique.
#[derive(Default)]
pub(super) struct Uniques {
    /// What is locked, in order.
    locks: Vec<String>,
    wanted: Vec<UniqueKey>,
    phones: Pairs,
    called_phones: Vec<String>,
    external_ids: Pairs,
    emails: Vec<String>,
}

impl Uniques {
    pub(super) fn add(&mut self, workspace: WorkspaceId, key: &UniqueKey) {
        self.locks.push(format!("{workspace} {key:?}"));
        match key {
            UniqueKey::Phone(campaign, e164) => self.phones.push(*campaign, e164),
            UniqueKey::CalledPhone(e164) => self.called_phones.push(e164.clone()),
            UniqueKey::ExternalId(campaign, id) => self.external_ids.push(*campaign, id),
            UniqueKey::Email(email) => self.emails.push(email.clone()),
        }
        self.wanted.push(key.clone());
    }

    pub(super) fn steps<'p>(&'p self, workspace: &'p i64) -> Vec<Step<'p>> {
        let mut steps = Vec::new();
        if self.locks.is_empty() {
            return steps;
        }
        steps.push(Step::new(
            Reach::Shared,
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest($1::text[]) AS key",
            &[&self.locks],
        ));
        if !self.phones.texts.is_empty() {
            steps.push(Step::tenant(
                "SELECT DISTINCT campaign_id, phone_e164 AS text FROM leads \
                 WHERE workspace_id = $1 AND campaign_id = ANY($2) AND phone_e164 = ANY($3) AND deleted_at IS NULL",
                &[workspace, &self.phones.campaigns, &self.phones.texts],
            ));
        }
        if !self.called_phones.is_empty() {
            steps.push(Step::tenant(
                "SELECT DISTINCT 0::bigint AS campaign_id, phone_e164 AS text FROM leads \
                 WHERE workspace_id = $1 AND phone_e164 = ANY($2) AND deleted_at IS NULL AND attempts > 0",
                &[workspace, &self.called_phones],
            ));
        }
        if !self.external_ids.texts.is_empty() {
            let Pairs { campaigns, texts } = &self.external_ids;
            steps.push(Step::tenant(
                "SELECT DISTINCT campaign_id, external_id AS text FROM leads \
                 WHERE workspace_id = $1 AND campaign_id = ANY($2) AND external_id = ANY($3) AND deleted_at IS NULL",
                &[workspace, campaigns, texts],
            ));
        }
        if !self.emails.is_empty() {
            steps.push(Step::tenant(
                "SELECT DISTINCT 0::bigint AS campaign_id, email AS text FROM leads \
                 WHERE workspace_id = $1 AND email = ANY($2) AND deleted_at IS NULL",
                &[workspace, &self.emails],
            ));
        }
        steps
    }

    pub(super) fn take(
        &self,
        workspace: WorkspaceId,
        next: &mut impl FnMut() -> Vec<Row>,
        state: &mut State,
    ) -> Load<()> {
        if self.locks.is_empty() {
            return Ok(());
        }
        // Of the locks.
        next();
        let mut taken =
            |is_asked: bool, key: fn(Option<CampaignId>, String) -> Option<UniqueKey>| {
                if !is_asked {
                    return Ok(());
                }
                for row in next() {
                    let mut cells = Cells::new(&row, "leads");
                    let campaign = CampaignId::new(cells.number("campaign_id")?);
                    let key = key(campaign, cells.string("text")?);
                    // The statement looks for every pair of the two lists, which are more than was asked for.
                    if let Some(key) = key.filter(|key| self.wanted.contains(key)) {
                        state.add_taken(workspace, key);
                    }
                }
                Ok::<_, Failure>(())
            };
        taken(!self.phones.texts.is_empty(), |campaign, text| {
            Some(UniqueKey::Phone(campaign?, text))
        })?;
        taken(!self.called_phones.is_empty(), |_, text| {
            Some(UniqueKey::CalledPhone(text))
        })?;
        taken(!self.external_ids.texts.is_empty(), |campaign, text| {
            Some(UniqueKey::ExternalId(campaign?, text))
        })?;
        taken(!self.emails.is_empty(), |_, text| {
            Some(UniqueKey::Email(text))
        })
    }
}
