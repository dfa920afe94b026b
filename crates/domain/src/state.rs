//! The state a batch is decided on: what a store loaded, folded forward command by command.
//!
//! A store fills it in three rounds, because each names the rows of the next: [`RowNeeds`] (leads, jobs,
//! unique values), then [`WaitNeeds`] (work waiting for those leads), then [`FactNeeds`] (campaigns, tags,
//! users, fields). Then it calls [`State::decide`] for each command in order and persists
//! [`State::writes`]. A command sees what earlier ones of its batch did. Nothing here touches a store.

mod needs;
mod writes;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(crate) use needs::unique_key;
pub use needs::{FactNeeds, RowNeeds, UniqueKey, WaitNeeds};
pub use writes::{
    CallEnded, CallStarted, Content, CountKey, DeferredEdit, Delivery, Job, JobFailure, JobResult,
    Writes,
};

use crate::campaign::{Campaign, Workspace};
use crate::command::{Command, LeadRef, Outcome, VendorId};
use crate::custom_field::{FieldDefinition, Tag};
use crate::decide;
use crate::ids::{CampaignId, FieldId, JobId, LeadId, TagId, UserId, WorkspaceId};
use crate::lead::Lead;
use crate::subscription::Audience;
use crate::time::Timestamp;

/// Everything the commands of one batch can see and have written.
#[derive(Debug)]
pub struct State {
    pub(crate) now: Timestamp,
    pub(crate) leads: HashMap<LeadId, Arc<Lead>>,
    refs: HashMap<(WorkspaceId, LeadRef), LeadId>,
    pub(crate) jobs: HashMap<JobId, Job>,
    pub(crate) taken: HashSet<(WorkspaceId, UniqueKey)>,
    pub(crate) deferred: HashMap<LeadId, Vec<DeferredEdit>>,
    pub(crate) waiting_jobs: HashMap<LeadId, usize>,
    pub(crate) campaigns: HashMap<(WorkspaceId, CampaignId), Arc<Campaign>>,
    pub(crate) workspaces: HashMap<WorkspaceId, Arc<Workspace>>,
    pub(crate) tags: HashMap<(WorkspaceId, TagId), Tag>,
    pub(crate) users: HashSet<(WorkspaceId, UserId)>,
    pub(crate) fields: HashMap<(WorkspaceId, FieldId), FieldDefinition>,
    pub(crate) audiences: HashMap<WorkspaceId, Arc<Audience>>,
    pub(crate) writes: Writes,
}

impl State {
    /// An empty state; every command of the batch happens at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            leads: HashMap::new(),
            refs: HashMap::new(),
            jobs: HashMap::new(),
            taken: HashSet::new(),
            deferred: HashMap::new(),
            waiting_jobs: HashMap::new(),
            campaigns: HashMap::new(),
            workspaces: HashMap::new(),
            tags: HashMap::new(),
            users: HashSet::new(),
            fields: HashMap::new(),
            audiences: HashMap::new(),
            writes: Writes::default(),
        }
    }

    /// Adds a lead that `reference` names. Add nothing for a reference that names none.
    pub fn add_lead(&mut self, reference: LeadRef, lead: Lead) {
        self.refs.insert((lead.workspace_id, reference), lead.id);
        self.leads.insert(lead.id, Arc::new(lead));
    }

    /// Whether the lead was loaded already, under whatever reference.
    pub fn has_lead(&self, id: LeadId) -> bool {
        self.leads.contains_key(&id)
    }

    pub fn add_job(&mut self, job: Job) {
        self.jobs.insert(job.id, job);
    }

    /// Says that a lead with this value exists.
    pub fn add_taken(&mut self, workspace: WorkspaceId, key: UniqueKey) {
        self.taken.insert((workspace, key));
    }

    /// The edits that wait for the lead's call to end, oldest first.
    pub fn add_deferred(&mut self, lead: LeadId, edits: Vec<DeferredEdit>) {
        // None are those that another workspace has of this lead: they must not hide its own.
        if !edits.is_empty() {
            self.deferred.insert(lead, edits);
        }
    }

    /// How many queued updates of the lead are unfinished.
    pub fn add_waiting_jobs(&mut self, lead: LeadId, count: usize) {
        self.waiting_jobs.insert(lead, count);
    }

    pub fn add_campaign(&mut self, campaign: Arc<Campaign>) {
        self.campaigns
            .insert((campaign.workspace_id, campaign.id), campaign);
    }

    pub fn add_workspace(&mut self, workspace: Arc<Workspace>) {
        self.workspaces.insert(workspace.id, workspace);
    }

    /// The workspace's active subscriptions.
    pub fn add_audience(&mut self, workspace: WorkspaceId, audience: Arc<Audience>) {
        self.audiences.insert(workspace, audience);
    }

    pub fn add_tag(&mut self, workspace: WorkspaceId, tag: Tag) {
        self.tags.insert((workspace, tag.id), tag);
    }

    pub fn add_user(&mut self, workspace: WorkspaceId, user: UserId) {
        self.users.insert((workspace, user));
    }

    pub fn add_field(&mut self, workspace: WorkspaceId, field: FieldDefinition) {
        self.fields.insert((workspace, field.id), field);
    }

    /// Decides one command. A refused command has written nothing.
    pub fn decide(&mut self, command: Command) -> Outcome {
        decide::decide(self, command)
    }

    /// What the commands decided so far want stored.
    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// The lead as the commands decided so far left it.
    pub fn lead(&self, id: LeadId) -> Option<&Arc<Lead>> {
        self.leads.get(&id)
    }

    /// The lead that a reference names in a workspace.
    pub fn resolve(&self, workspace: WorkspaceId, reference: &LeadRef) -> Option<&Arc<Lead>> {
        let id = match reference {
            LeadRef::Number(id) => *id,
            _ => *self.refs.get(&(workspace, reference.clone()))?,
        };
        self.leads
            .get(&id)
            .filter(|lead| lead.workspace_id == workspace && lead.deleted_at.is_none())
    }
}

impl VendorId {
    /// Whether a lead found by the id's number is the one meant: a wrong time part is another id.
    pub fn matches(&self, created_at: Timestamp) -> bool {
        self.created_at_seconds
            .is_none_or(|seconds| seconds == created_at.as_seconds())
    }
}
