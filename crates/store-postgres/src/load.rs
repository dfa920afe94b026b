//! Loads what a batch needs, in the three rounds of [`domain::state`], and leads for reads.
//!
//! The first round begins the transaction and locks the leads in the order of their ids, and after them the values that
//! creations want to be unique, in the order of their texts: two batches that want the same rows wait, and never for
//! each other. Whatever is read after a lock is read by a later statement, and so sees what the lock waited for.

mod uniques;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;

use domain::campaign::Workspace;
use domain::command::{Command, LeadRef, VendorId};
use domain::state::{FactNeeds, Job, RowNeeds, State, WaitNeeds};
use domain::{CampaignId, JobId, Lead, LeadId, Timestamp, WorkspaceId};
use tokio_postgres::Row;

use crate::errors::Failure;
use crate::pipeline::{Pipeline, Step};
use crate::query;
use crate::rows::lead::{self, Beside, LeadRow};
use crate::rows::{Cells, signed, work};
use crate::subscriptions::{self, Audiences};
use uniques::Uniques;

type Load<T> = Result<T, Failure>;

/// What the rows said before the batch, and what writing them needs.
#[derive(Default)]
pub(crate) struct Loaded {
    /// The newest event of each lead: where its next event is to be linked to.
    pub(crate) chains: HashMap<LeadId, i64>,
    /// What was in the tables beside each lead.
    pub(crate) beside: HashMap<LeadId, Beside>,
    /// The lead of each job.
    pub(crate) jobs: HashMap<JobId, LeadId>,
    /// The versions of the audiences of workspaces that ever had subscriptions.
    pub(crate) audiences: HashMap<WorkspaceId, i64>,
}

/// The state that the batch is decided on, inside a transaction that this begins.
pub(crate) async fn state(
    pipeline: Pipeline<'_>,
    kept: &Audiences,
    batch: &[Command],
    now: Timestamp,
) -> Load<(State, Loaded)> {
    let mut state = State::new(now);
    let mut loaded = Loaded::default();
    let mut named = named(RowNeeds::of(batch));
    // Each, also where nothing is named: who hears of what comes of it is asked with the first statements.
    for command in batch {
        let own = named.entry(command.workspace_id).or_default();
        own.workspace = signed(command.workspace_id.get());
    }
    resolve_names(pipeline, &mut named).await?;
    rows(pipeline, &mut state, &mut loaded, &named).await?;
    waiting(pipeline, &mut state, batch).await?;
    facts(pipeline, kept, &loaded, &mut state, batch).await?;
    Ok((state, loaded))
}

/// What commands name in one workspace, as parameters of statements.
#[derive(Default)]
struct Named {
    workspace: i64,
    references: Vec<LeadRef>,
    /// Numbers named, or that a vendor's id is a view of.
    numbers: Vec<i64>,
    vendors: Vendors,
    externals: Pairs,
    phones: Pairs,
    /// What the external ids meant when they were looked up, by campaign and id.
    resolved: HashMap<(i64, String), i64>,
    /// The same for numbers to call.
    resolved_phones: HashMap<(i64, String), i64>,
    jobs: Vec<i64>,
    uniques: Uniques,
}

/// Ids as vendors write them: equally long lists.
#[derive(Default)]
struct Vendors {
    dialects: Vec<&'static str>,
    texts: Vec<String>,
}

/// Texts within campaigns: equally long lists, and a superset of the pairs when looked up by both.
#[derive(Default)]
struct Pairs {
    campaigns: Vec<i64>,
    texts: Vec<String>,
}

fn named(needs: RowNeeds) -> BTreeMap<WorkspaceId, Named> {
    let mut all = BTreeMap::<WorkspaceId, Named>::new();
    let mut of = |workspace: WorkspaceId, add: &mut dyn FnMut(&mut Named)| {
        let named = all.entry(workspace).or_default();
        named.workspace = signed(workspace.get());
        add(named);
    };
    for (workspace, reference) in needs.leads {
        of(workspace, &mut |named| named.lead(&reference));
    }
    for (workspace, job) in needs.jobs {
        of(workspace, &mut |named| named.jobs.push(signed(job.get())));
    }
    for (workspace, key) in needs.uniques {
        of(workspace, &mut |named| named.uniques.add(workspace, &key));
    }
    all
}

impl Named {
    fn lead(&mut self, reference: &LeadRef) {
        match reference {
            LeadRef::Number(id) => self.numbers.push(signed(id.get())),
            LeadRef::Vendor(VendorId {
                dialect,
                text,
                number,
                ..
            }) => {
                self.numbers.extend(number.map(signed));
                if query::can_be_stored(text) {
                    self.vendors.dialects.push(dialect.name());
                    self.vendors.texts.push(text.clone());
                }
            }
            LeadRef::External {
                campaign,
                external_id,
            } => {
                if query::can_be_stored(external_id) {
                    self.externals.push(*campaign, external_id);
                }
            }
            LeadRef::Phone { campaign, e164 } => {
                if query::can_be_stored(e164) {
                    self.phones.push(*campaign, e164);
                }
            }
        }
        self.references.push(reference.clone());
    }

    /// The statements of the first round.
    fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        if !self.vendors.texts.is_empty() {
            steps.push(Step::tenant(
                query::VENDOR_LEADS,
                &[&self.workspace, &self.vendors.dialects, &self.vendors.texts],
            ));
            steps.push(Step::tenant(
                lock_vendors(),
                &[
                    &self.workspace,
                    &self.numbers,
                    &self.vendors.dialects,
                    &self.vendors.texts,
                ],
            ));
        } else if !self.references.is_empty() {
            steps.push(Step::tenant(
                lock_numbers(),
                &[&self.workspace, &self.numbers],
            ));
        }
        if !self.jobs.is_empty() {
            let sql = format!(
                "SELECT {} FROM jobs WHERE workspace_id = $1 AND id = ANY($2)",
                work::JOB
            );
            steps.push(Step::tenant(sql, &[&self.workspace, &self.jobs]));
        }
        steps.extend(self.uniques.steps(&self.workspace));
        steps.push(Step::tenant(subscriptions::VERSION, &[&self.workspace]));
        steps
    }

    /// Takes the answers of [`steps`](Self::steps) off the front.
    fn take(
        &self,
        workspace: WorkspaceId,
        answers: &mut impl Iterator<Item = Vec<Row>>,
        state: &mut State,
        loaded: &mut Loaded,
    ) -> Load<()> {
        let mut next = || answers.next().unwrap_or_default();
        let mut imported = HashMap::new();
        if !self.vendors.texts.is_empty() {
            imported = query::vendor_numbers(&next())?;
        }
        if !self.references.is_empty() {
            let mut leads = HashMap::new();
            for row in next() {
                let row = LeadRow::read(&row)?;
                loaded.chains.insert(row.lead.id, row.last_event_id);
                loaded.beside.insert(row.lead.id, Beside::of(&row.lead));
                leads.insert(signed(row.lead.id.get()), row.lead);
            }
            for reference in &self.references {
                if let Some(lead) = self.find(reference, &leads, &imported)? {
                    state.add_lead(reference.clone(), lead.clone());
                }
            }
        }
        if !self.jobs.is_empty() {
            for row in next() {
                let job: Job = work::job(&row)?;
                loaded.jobs.insert(job.id, job.lead_id);
                state.add_job(job);
            }
        }
        self.uniques.take(workspace, &mut next, state)?;
        if let Some(row) = next().first() {
            let version = Cells::new(row, "audiences").integer("version")?;
            loaded.audiences.insert(workspace, version);
        }
        Ok(())
    }

    /// The lead that a reference means, of those that were locked.
    fn find<'l>(
        &self,
        reference: &LeadRef,
        leads: &'l HashMap<i64, Lead>,
        imported: &HashMap<(String, String), i64>,
    ) -> Load<Option<&'l Lead>> {
        match reference {
            LeadRef::Number(id) => Ok(leads.get(&signed(id.get()))),
            LeadRef::Vendor(vendor) => {
                let key = (vendor.dialect.name().to_owned(), vendor.text.clone());
                if let Some(id) = imported.get(&key) {
                    // Imported a moment ago, after the rows were locked.
                    return leads.get(id).map(Some).ok_or(Failure::Stale);
                }
                let lead = vendor.number.and_then(|number| leads.get(&signed(number)));
                Ok(lead.filter(|lead| vendor.matches(lead.created_at)))
            }
            LeadRef::External {
                campaign,
                external_id,
            } => {
                let key = (signed(campaign.get()), external_id.clone());
                let is_named = |lead: &Lead| lead.external_id.as_deref() == Some(external_id);
                still(self.resolved.get(&key), leads, *campaign, is_named)
            }
            LeadRef::Phone { campaign, e164 } => {
                let key = (signed(campaign.get()), e164.clone());
                let is_named = |lead: &Lead| {
                    lead.phone
                        .as_ref()
                        .is_some_and(|phone| phone.e164() == e164)
                };
                still(self.resolved_phones.get(&key), leads, *campaign, is_named)
            }
        }
    }
}

/// The lead that a name meant, unless it was renamed, moved or deleted a moment ago, before its row was locked.
fn still<'l>(
    resolved: Option<&i64>,
    leads: &'l HashMap<i64, Lead>,
    campaign: CampaignId,
    is_named: impl Fn(&Lead) -> bool,
) -> Load<Option<&'l Lead>> {
    let Some(id) = resolved else {
        return Ok(None);
    };
    let lead = leads.get(id).filter(|lead| {
        lead.campaign_id == Some(campaign) && lead.deleted_at.is_none() && is_named(lead)
    });
    lead.map(Some).ok_or(Failure::Stale)
}

fn lock_numbers() -> String {
    format!(
        "SELECT {} FROM leads WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE",
        lead::COLUMNS
    )
}

/// Also the leads that imported ids mean, whether or not the same text is a view of another's number.
fn lock_vendors() -> String {
    format!(
        "SELECT {} FROM leads WHERE workspace_id = $1 AND id = ANY(array_cat($2, ARRAY( \
         SELECT number FROM vendor_ids WHERE workspace_id = $1 AND kind = 'lead' \
         AND dialect = ANY($3) AND id = ANY($4)))) ORDER BY id FOR UPDATE",
        lead::COLUMNS
    )
}

impl Pairs {
    fn push(&mut self, campaign: CampaignId, text: &str) {
        self.campaigns.push(signed(campaign.get()));
        self.texts.push(text.to_owned());
    }
}

/// Finds out what external ids and numbers to call mean, before anything is locked: only leads can be locked in order.
async fn resolve_names(pipeline: Pipeline<'_>, all: &mut BTreeMap<WorkspaceId, Named>) -> Load<()> {
    for named in all.values_mut() {
        let (workspace, externals, phones) = (&named.workspace, &named.externals, &named.phones);
        named.resolved = resolve(pipeline, NEWEST_OF_EXTERNAL, *workspace, externals).await?;
        named.resolved_phones = resolve(pipeline, NEWEST_OF_PHONE, *workspace, phones).await?;
        let meant = named
            .resolved
            .values()
            .chain(named.resolved_phones.values());
        named.numbers.extend(meant);
    }
    Ok(())
}

/// The newest lead of each pair.
async fn resolve(
    pipeline: Pipeline<'_>,
    sql: &'static str,
    workspace: i64,
    names: &Pairs,
) -> Load<HashMap<(i64, String), i64>> {
    let Pairs { campaigns, texts } = names;
    let mut resolved = HashMap::new();
    if texts.is_empty() {
        return Ok(resolved);
    }
    let step = Step::tenant(sql, &[&workspace, campaigns, texts]);
    for row in pipeline.one(step).await? {
        let mut cells = Cells::new(&row, "leads");
        let id = cells.integer("id")?;
        let campaign = cells.integer("campaign_id")?;
        let key = (campaign, cells.string("text")?);
        let mut asked = campaigns.iter().zip(texts);
        if asked.any(|(campaign, text)| (*campaign, text) == (key.0, &key.1)) {
            resolved.insert(key, id);
        }
    }
    Ok(resolved)
}

/// Two of one millisecond: the one numbered later.
const NEWEST_OF_EXTERNAL: &str = "SELECT DISTINCT ON (campaign_id, external_id) id, campaign_id, external_id AS text \
     FROM leads WHERE workspace_id = $1 AND campaign_id = ANY($2) AND external_id = ANY($3) \
     AND deleted_at IS NULL ORDER BY campaign_id, external_id, created_at DESC, id DESC";
const NEWEST_OF_PHONE: &str = "SELECT DISTINCT ON (campaign_id, phone_e164) id, campaign_id, phone_e164 AS text \
     FROM leads WHERE workspace_id = $1 AND campaign_id = ANY($2) AND phone_e164 = ANY($3) \
     AND deleted_at IS NULL ORDER BY campaign_id, phone_e164, created_at DESC, id DESC";

async fn rows(
    pipeline: Pipeline<'_>,
    state: &mut State,
    loaded: &mut Loaded,
    all: &BTreeMap<WorkspaceId, Named>,
) -> Load<()> {
    let mut steps = vec![Step::begin()];
    // In the order of the workspaces: locks are taken in one order throughout.
    steps.extend(all.values().flat_map(Named::steps));
    let mut answers = pipeline.all(&steps).await?.into_iter().skip(1);
    for (workspace, named) in all {
        named.take(*workspace, &mut answers, state, loaded)?;
    }
    Ok(())
}

/// The lead that a reference names, for a read.
pub(crate) async fn lead(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    reference: &LeadRef,
) -> Load<Option<Lead>> {
    match reference {
        LeadRef::Number(id) => any_by_number(pipeline, workspace, signed(id.get())).await,
        LeadRef::Vendor(vendor) => by_vendor_id(pipeline, workspace, vendor).await,
        LeadRef::External {
            campaign,
            external_id,
        } => {
            by_name(
                pipeline,
                NEWEST_OF_EXTERNAL,
                workspace,
                *campaign,
                external_id,
            )
            .await
        }
        LeadRef::Phone { campaign, e164 } => {
            by_name(pipeline, NEWEST_OF_PHONE, workspace, *campaign, e164).await
        }
    }
}

async fn by_name(
    pipeline: Pipeline<'_>,
    newest: &'static str,
    workspace: WorkspaceId,
    campaign: CampaignId,
    name: &str,
) -> Load<Option<Lead>> {
    if !query::can_be_stored(name) {
        return Ok(None);
    }
    let mut names = Pairs::default();
    names.push(campaign, name);
    let found = resolve(pipeline, newest, signed(workspace.get()), &names).await?;
    match found.into_values().next() {
        Some(number) => by_number(pipeline, workspace, number).await,
        None => Ok(None),
    }
}

/// Only a number finds a deleted lead.
async fn by_number(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    number: i64,
) -> Load<Option<Lead>> {
    let found = any_by_number(pipeline, workspace, number).await?;
    Ok(found.filter(|lead| lead.deleted_at.is_none()))
}

async fn any_by_number(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    number: i64,
) -> Load<Option<Lead>> {
    let sql = format!(
        "SELECT {} FROM leads WHERE workspace_id = $1 AND id = $2",
        lead::COLUMNS
    );
    let key = (signed(workspace.get()), number);
    let rows = pipeline.one(Step::tenant(sql, &[&key.0, &key.1])).await?;
    let row = rows.first().map(LeadRow::read).transpose()?;
    Ok(row.map(|row| row.lead))
}

/// An imported id wins over the number that the same text is a view of.
async fn by_vendor_id(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    id: &VendorId,
) -> Load<Option<Lead>> {
    let imported = query::vendor_id(pipeline, workspace, id.dialect, "lead", &id.text).await?;
    if let Some(number) = imported {
        return by_number(pipeline, workspace, signed(number)).await;
    }
    let Some(number) = id.number else {
        return Ok(None);
    };
    let found = by_number(pipeline, workspace, signed(number)).await?;
    Ok(found.filter(|lead| id.matches(lead.created_at)))
}

async fn waiting(pipeline: Pipeline<'_>, state: &mut State, batch: &[Command]) -> Load<()> {
    let needs = WaitNeeds::of(batch, state);
    let deferred = by_workspace(needs.deferred.iter().map(|(w, lead)| (*w, lead.get())));
    let counts = by_workspace(needs.job_counts.iter().map(|(w, lead)| (*w, lead.get())));
    if deferred.is_empty() && counts.is_empty() {
        return Ok(());
    }
    let edits = format!(
        "SELECT {} FROM deferred_edits WHERE workspace_id = $1 AND lead_id = ANY($2) \
         ORDER BY lead_id, position",
        work::DEFERRED
    );
    let counted = "SELECT lead_id, count(*) AS jobs FROM jobs \
                   WHERE workspace_id = $1 AND lead_id = ANY($2) GROUP BY lead_id";
    let mut steps = Vec::new();
    steps.extend(keyed(&edits, &deferred));
    steps.extend(keyed(counted, &counts));
    let mut answers = pipeline.all(&steps).await?.into_iter();
    let mut edits = BTreeMap::<LeadId, Vec<_>>::new();
    for row in answers.by_ref().take(deferred.len()).flatten() {
        let edit = work::deferred_edit(&row)?;
        edits.entry(edit.lead_id).or_default().push(edit);
    }
    for (lead, edits) in edits {
        state.add_deferred(lead, edits);
    }
    for row in answers.flatten() {
        let mut cells = Cells::new(&row, "jobs");
        let lead = cells.id("lead_id", LeadId::new)?;
        let jobs = cells.number("jobs")?;
        state.add_waiting_jobs(lead, usize::try_from(jobs).unwrap_or(usize::MAX));
    }
    Ok(())
}

async fn facts(
    pipeline: Pipeline<'_>,
    kept: &Audiences,
    loaded: &Loaded,
    state: &mut State,
    batch: &[Command],
) -> Load<()> {
    let needs = FactNeeds::of(batch, state);
    let campaigns = by_workspace(needs.campaigns.iter().map(|(w, id)| (*w, id.get())));
    let tags = by_workspace(needs.tags.iter().map(|(w, id)| (*w, id.get())));
    let users = by_workspace(needs.users.iter().map(|(w, id)| (*w, id.get())));
    let fields = by_workspace(needs.fields.iter().map(|(w, id)| (*w, id.get())));
    // Sent together: these are reads, whichever comes first.
    let (campaigns, workspaces, tags, users, fields) = tokio::try_join!(
        of_each(&campaigns, |w, ids| query::campaigns(pipeline, w, ids)),
        workspaces(pipeline, &needs.workspaces),
        of_each(&tags, |w, ids| query::tags(pipeline, w, ids)),
        of_each(&users, |w, ids| query::users(pipeline, w, ids)),
        of_each(&fields, |w, ids| query::fields_by_id(pipeline, w, ids)),
    )?;
    for workspace in needs.audiences {
        if let Some(version) = loaded.audiences.get(&workspace) {
            // Boxed: it is read where it has changed, which is rare, and every batch would have room for it.
            let audience = Box::pin(kept.at(pipeline, workspace, *version)).await?;
            if !audience.is_empty() {
                state.add_audience(workspace, audience);
            }
        }
    }
    for (_, campaign) in campaigns {
        state.add_campaign(Arc::new(campaign));
    }
    for workspace in workspaces {
        state.add_workspace(Arc::new(workspace));
    }
    for (workspace, tag) in tags {
        state.add_tag(workspace, tag);
    }
    for (workspace, user) in users {
        state.add_user(workspace, user.id);
    }
    for (workspace, field) in fields {
        state.add_field(workspace, field);
    }
    Ok(())
}

/// What `read` finds in each workspace.
async fn of_each<'i, T, Reading: Future<Output = Load<Vec<T>>>>(
    all: &'i ByWorkspace,
    read: impl Fn(i64, &'i Vec<i64>) -> Reading,
) -> Load<Vec<(WorkspaceId, T)>> {
    let mut found = Vec::new();
    for ((number, workspace), ids) in all {
        let rows = read(*number, ids).await?;
        found.extend(rows.into_iter().map(|row| (*workspace, row)));
    }
    Ok(found)
}

async fn workspaces(pipeline: Pipeline<'_>, ids: &BTreeSet<WorkspaceId>) -> Load<Vec<Workspace>> {
    let mut found = Vec::new();
    for id in ids {
        found.extend(query::workspace(pipeline, *id).await?);
    }
    Ok(found)
}

/// Ids by the workspace they are in, in its two forms.
type ByWorkspace = BTreeMap<(i64, WorkspaceId), Vec<i64>>;

fn by_workspace(keys: impl Iterator<Item = (WorkspaceId, u64)>) -> ByWorkspace {
    let mut all = ByWorkspace::new();
    for (workspace, id) in keys {
        let key = (signed(workspace.get()), workspace);
        all.entry(key).or_default().push(signed(id));
    }
    all
}

/// The statement once for each workspace.
fn keyed<'p>(sql: &'p str, all: &'p ByWorkspace) -> impl Iterator<Item = Step<'p>> {
    all.iter()
        .map(move |((workspace, _), ids)| Step::tenant(sql, &[workspace, ids]))
}
