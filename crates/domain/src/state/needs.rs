//! What a batch of commands needs loaded. Every set is sorted, so that a store with row locks takes
//! them in one order.

use std::collections::BTreeSet;

use super::State;
use crate::command::{Action, Command, LeadRef};
use crate::edit::Edit;
use crate::fault::Unique;
use crate::guard::OnActiveCall;
use crate::ids::{CampaignId, FieldId, JobId, LeadId, TagId, UserId, WorkspaceId};
use crate::lead::Lead;

/// A value that a creation wants to be unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UniqueKey {
    /// E.164 text within a campaign.
    Phone(CampaignId, String),
    /// E.164 text within the workspace, among leads with at least one attempt.
    CalledPhone(String),
    ExternalId(CampaignId, String),
    Email(String),
}

/// First round: the rows that commands name.
#[derive(Debug, Default)]
pub struct RowNeeds {
    pub leads: BTreeSet<(WorkspaceId, LeadRef)>,
    pub jobs: BTreeSet<(WorkspaceId, JobId)>,
    pub uniques: BTreeSet<(WorkspaceId, UniqueKey)>,
}

/// Second round: work waiting for the leads of the first.
#[derive(Debug, Default)]
pub struct WaitNeeds {
    pub deferred: BTreeSet<(WorkspaceId, LeadId)>,
    pub job_counts: BTreeSet<(WorkspaceId, LeadId)>,
}

/// Third round: what the edits of the first two refer to.
#[derive(Debug, Default)]
pub struct FactNeeds {
    pub campaigns: BTreeSet<(WorkspaceId, CampaignId)>,
    pub workspaces: BTreeSet<WorkspaceId>,
    /// Those whose subscriptions may hear of what the commands do.
    pub audiences: BTreeSet<WorkspaceId>,
    pub tags: BTreeSet<(WorkspaceId, TagId)>,
    pub users: BTreeSet<(WorkspaceId, UserId)>,
    pub fields: BTreeSet<(WorkspaceId, FieldId)>,
}

impl RowNeeds {
    pub fn of(commands: &[Command]) -> Self {
        let mut needs = Self::default();
        for command in commands {
            let workspace = command.workspace_id;
            if let Action::Create(new) = &command.action {
                let keys = new
                    .unique
                    .iter()
                    .filter_map(|unique| unique_key(&new.edit, *unique));
                needs.uniques.extend(keys.map(|key| (workspace, key)));
                if new.is_repeatable {
                    needs.leads.insert((workspace, LeadRef::Number(new.id)));
                }
            }
            if let Action::RunJob { job, .. } = &command.action {
                needs.jobs.insert((workspace, *job));
            }
            let lead = command.action.lead();
            needs.leads.extend(lead.map(|lead| (workspace, lead)));
        }
        needs
    }
}

impl WaitNeeds {
    pub fn of(commands: &[Command], state: &State) -> Self {
        let mut needs = Self::default();
        for command in commands {
            let workspace = command.workspace_id;
            match &command.action {
                Action::End(end) => {
                    needs.deferred.insert((workspace, end.lead));
                }
                Action::Expire { lead, .. } => {
                    needs.deferred.insert((workspace, *lead));
                }
                Action::Update(update) if update.guard.on_active_call == OnActiveCall::Defer => {
                    let lead = state.resolve(workspace, &update.lead);
                    needs.deferred.extend(lead.map(|lead| (workspace, lead.id)));
                }
                Action::Queue(queued) => {
                    let lead = state.resolve(workspace, &queued.lead);
                    needs
                        .job_counts
                        .extend(lead.map(|lead| (workspace, lead.id)));
                }
                _ => {}
            }
        }
        needs
    }
}

impl FactNeeds {
    pub fn of(commands: &[Command], state: &State) -> Self {
        let mut needs = Self::default();
        for command in commands {
            let workspace = command.workspace_id;
            needs.audiences.insert(workspace);
            match &command.action {
                Action::Create(new) => {
                    needs.workspaces.insert(workspace);
                    needs.edit(workspace, &new.edit, None);
                }
                Action::Update(update) => {
                    let lead = state.resolve(workspace, &update.lead);
                    needs.edit(workspace, &update.edit, lead.map(AsRef::as_ref));
                }
                Action::Claim(claiming) => {
                    needs.campaigns.insert((workspace, claiming.campaign));
                }
                Action::End(end) => {
                    needs.campaign_of(workspace, end.lead, state);
                    needs.deferred_edits(workspace, end.lead, state);
                }
                Action::Expire { lead, .. } => {
                    needs.campaign_of(workspace, *lead, state);
                    needs.deferred_edits(workspace, *lead, state);
                }
                Action::RunJob { lead, job } => {
                    let lead = state.leads.get(lead).map(AsRef::as_ref);
                    let campaign = lead.and_then(|lead| lead.campaign_id);
                    needs
                        .campaigns
                        .extend(campaign.map(|campaign| (workspace, campaign)));
                    if let Some(job) = state.jobs.get(job) {
                        needs.edit(workspace, &job.edit, lead);
                    }
                }
                Action::Delete(deletion) => {
                    let lead = state.resolve(workspace, &deletion.lead);
                    let campaign = lead.and_then(|lead| lead.campaign_id);
                    needs
                        .campaigns
                        .extend(campaign.map(|campaign| (workspace, campaign)));
                }
                Action::Start { .. } | Action::Queue(_) => {}
            }
        }
        needs
    }

    /// The campaign of a lead whose call ends, for its rules on attempts.
    fn campaign_of(&mut self, workspace: WorkspaceId, lead: LeadId, state: &State) {
        let lead = state.leads.get(&lead);
        let campaign = lead.and_then(|lead| lead.campaign_id);
        self.campaigns
            .extend(campaign.map(|campaign| (workspace, campaign)));
    }

    fn deferred_edits(&mut self, workspace: WorkspaceId, lead: LeadId, state: &State) {
        let row = state.leads.get(&lead).map(AsRef::as_ref);
        for deferred in state.deferred.get(&lead).into_iter().flatten() {
            self.edit(workspace, &deferred.edit, row);
        }
    }

    fn edit(&mut self, workspace: WorkspaceId, edit: &Edit, lead: Option<&Lead>) {
        if edit.needs_campaign() {
            self.workspaces.insert(workspace);
            let own = lead.and_then(|lead| lead.campaign_id);
            let target = lead.map_or_else(
                || match edit.campaign {
                    crate::edit::Change::Set(campaign) => Some(campaign),
                    _ => None,
                },
                |lead| edit.target_campaign(lead),
            );
            self.campaigns
                .extend(own.into_iter().chain(target).map(|id| (workspace, id)));
        }
        self.tags
            .extend(edit.tags.named().iter().map(|id| (workspace, *id)));
        self.users.extend(
            edit.assigned_users
                .named()
                .iter()
                .map(|id| (workspace, *id)),
        );
        self.fields.extend(
            edit.custom_fields
                .iter()
                .map(|field| (workspace, field.field)),
        );
    }
}

/// The value of a new lead that is to be unique, if the edit gives one.
pub(crate) fn unique_key(edit: &Edit, unique: Unique) -> Option<UniqueKey> {
    use crate::edit::Change::Set;
    use crate::phone::PhoneInput::International;
    let campaign = match edit.campaign {
        Set(campaign) => Some(campaign),
        _ => None,
    };
    Some(
        match (unique, &edit.phone, &edit.external_id, &edit.email) {
            (Unique::Phone, Set(International(phone)), ..) => {
                UniqueKey::Phone(campaign?, phone.e164().to_owned())
            }
            (Unique::CalledPhone, Set(International(phone)), ..) => {
                UniqueKey::CalledPhone(phone.e164().to_owned())
            }
            (Unique::ExternalId, _, Set(external_id), _) => {
                UniqueKey::ExternalId(campaign?, external_id.clone())
            }
            (Unique::Email, _, _, Set(email)) => UniqueKey::Email(email.clone()),
            _ => return None,
        },
    )
}
