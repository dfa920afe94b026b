//! Many new leads in one request, all or nothing.
//!
//! They are staged while they come in, so that memory holds a few chunks, whatever comes. [`BulkWriter::accept`] is the point after
//! which all of them will be made; the making goes through the write queue, a chunk at a time between other writes, and a worker ends
//! what a dead process began.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::bulk::{Bulk, Chunk};
use domain::command::{Action, Command, NewLead, Scope};
use domain::edit::Change;
use domain::event::Origin;
use domain::fault::{Fault, Reason};
use domain::limits::{
    BATCH_COMMANDS_MAX, BULK_CHUNK_LEADS, BULK_LEADS_MAX, BULK_LEASE_MS, BULK_STAGED_BYTES_MAX,
};
use domain::object::ObjectEdit;
use domain::state::State;
use domain::{BulkId, IdKind, Timestamp, WorkspaceId};
use store::CampaignRef;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use crate::App;
use crate::context::Context;
use crate::error::AppError;
use crate::leads::Creation;
use crate::write_queue::{Promise, WriteQueue};

/// Chunks that one write stages, while the next ones are read.
const STAGED_AT_ONCE: usize = 8;
/// Leads that are in the queue at once while nobody else writes: one batch, and the next one, so that it never runs dry.
const MADE_ALONE: usize = BATCH_COMMANDS_MAX * 2;
/// As many while others write, so that a batch takes theirs along and is not much longer for it.
const MADE_BESIDE_OTHERS: usize = BATCH_COMMANDS_MAX;
/// Made chunks that one write deletes. As many are made again, and found to be there, after a crash.
const FINISHED_AT_ONCE: u32 = 32;
/// Bulks of dead processes that one look takes over.
const RESUMED_AT_ONCE: usize = 1;

/// A bulk that is being read.
pub struct BulkWriter {
    app: Arc<App>,
    context: Context,
    id: BulkId,
    /// What is not staged yet.
    waiting: Vec<NewLead>,
    waiting_bytes: usize,
    /// What is just being staged.
    staging: Option<JoinHandle<Result<(), AppError>>>,
    count: usize,
    _turn: OwnedSemaphorePermit,
}

impl App {
    /// Begins a bulk. Refused while too many are under way.
    pub async fn open_bulk(self: &Arc<Self>, context: &Context) -> Result<BulkWriter, AppError> {
        let turn = Arc::clone(&self.bulk_turns).try_acquire_owned();
        let turn = turn.map_err(|_| AppError::QUEUE_FULL)?;
        let bulk = Bulk {
            id: self.next_id(IdKind::Bulk, BulkId::new).await?,
            workspace_id: context.workspace_id,
            created_at: self.environment.now(),
            origin: context.origin(),
            is_accepted: false,
            leased_until: self.bulk_lease(),
        };
        self.store.open_bulk(&bulk).await?;
        Ok(BulkWriter {
            app: Arc::clone(self),
            context: context.clone(),
            id: bulk.id,
            waiting: Vec::new(),
            waiting_bytes: 0,
            staging: None,
            count: 0,
            _turn: turn,
        })
    }

    /// Takes over bulks that nobody works at: makes those that were accepted, drops the others. How many there were.
    pub async fn resume_bulks(&self) -> Result<usize, AppError> {
        let now = self.environment.now();
        let lease = self.bulk_lease();
        let bulks = self.store.lease_bulks(now, lease, RESUMED_AT_ONCE).await?;
        for bulk in &bulks {
            if bulk.is_accepted {
                self.make_bulk(bulk.workspace_id, bulk.id, &bulk.origin)
                    .await?;
            } else {
                self.store.drop_bulk(bulk.workspace_id, bulk.id).await?;
            }
        }
        Ok(bulks.len())
    }

    fn bulk_lease(&self) -> Timestamp {
        self.environment.now().plus_millis(BULK_LEASE_MS)
    }

    /// Makes what is left of an accepted bulk, then forgets it.
    async fn make_bulk(
        &self,
        workspace: WorkspaceId,
        id: BulkId,
        origin: &Origin,
    ) -> Result<(), AppError> {
        let mut making = Making::new(&self.queue);
        let mut after = 0;
        loop {
            let next = self.store.next_chunk(workspace, id, after).await?;
            let is_due = after > 0 && after % FINISHED_AT_ONCE == 0;
            if next.is_none() || is_due {
                making.settle(0).await?;
                let lease = self.bulk_lease();
                self.store
                    .finish_chunks(workspace, id, after, lease)
                    .await?;
            }
            let Some(Chunk { number, leads }) = next else {
                break;
            };
            making.look_around();
            for lead in leads {
                let command = Command {
                    workspace_id: workspace,
                    origin: origin.clone(),
                    // What the key may do was asked when the lead was staged.
                    scope: Scope::Workspace,
                    action: Action::Create(Box::new(lead)),
                };
                making.submit(command).await?;
            }
            after = number;
        }
        Ok(self.store.drop_bulk(workspace, id).await?)
    }
}

/// Leads on their way through the write queue.
struct Making<'a> {
    queue: &'a WriteQueue,
    under_way: VecDeque<Promise>,
    /// How many of them there may be.
    room: usize,
    /// What others had submitted when they were last looked for.
    submitted: u64,
}

impl<'a> Making<'a> {
    fn new(queue: &'a WriteQueue) -> Self {
        Self {
            queue,
            under_way: VecDeque::new(),
            room: MADE_ALONE,
            submitted: queue.submitted(),
        }
    }

    /// Makes room if others write.
    fn look_around(&mut self) {
        let submitted = self.queue.submitted();
        let is_alone = std::mem::replace(&mut self.submitted, submitted) == submitted;
        self.room = if is_alone {
            MADE_ALONE
        } else {
            MADE_BESIDE_OTHERS
        };
    }

    async fn submit(&mut self, command: Command) -> Result<(), AppError> {
        self.settle(self.room - 1).await?;
        self.under_way.push_back(self.queue.enqueue(command).await?);
        Ok(())
    }

    /// Waits until no more than so many are under way.
    async fn settle(&mut self, count: usize) -> Result<(), AppError> {
        while self.under_way.len() > count
            && let Some(promise) = self.under_way.pop_front()
        {
            if let Err(rejection) = promise.outcome().await? {
                // Its campaign was deleted since: the lead would be gone too.
                tracing::warn!(?rejection, "a lead of an accepted bulk was not made");
            }
        }
        Ok(())
    }
}

/// Of what may be large in a lead.
fn bytes_about(lead: &NewLead) -> usize {
    let of_edit = |edit: &ObjectEdit| match edit {
        ObjectEdit::Leave => 0,
        ObjectEdit::Merge(object) | ObjectEdit::Replace(object) | ObjectEdit::Patch(object) => {
            object.bytes_about()
        }
    };
    let contacts = lead.contacts.iter();
    let contacts: usize = contacts
        .map(|contact| contact.variables.bytes_about())
        .sum();
    of_edit(&lead.edit.variables) + of_edit(&lead.edit.collected) + contacts
}

impl BulkWriter {
    /// Adds a lead. After a refusal the bulk can only be abandoned, or asked about the leads after it.
    pub async fn push(&mut self, creation: Creation) -> Result<(), AppError> {
        self.count += 1;
        if self.count > BULK_LEADS_MAX {
            let items_max = BULK_LEADS_MAX;
            let fault = Fault::member("leads", Reason::TooMany { items_max });
            return Err(AppError::Invalid(vec![fault]));
        }
        let mut lead = self.app.new_lead(&self.context, creation).await?;
        lead.is_repeatable = true;
        self.rehearse(&lead).await?;
        self.waiting_bytes += bytes_about(&lead);
        self.waiting.push(lead);
        if self.waiting.len() >= BULK_CHUNK_LEADS * STAGED_AT_ONCE
            || self.waiting_bytes >= BULK_STAGED_BYTES_MAX
        {
            self.stage().await?;
        }
        Ok(())
    }

    /// Decides the creation beside the book, as it will be decided in it: what is refused only when an accepted bulk is made
    /// would be missing from a whole. Knows the workspace and the lead's campaign, and no tags, users or custom fields.
    async fn rehearse(&self, lead: &NewLead) -> Result<(), AppError> {
        let Self { app, context, .. } = self;
        let mut state = State::new(app.environment.now());
        state.add_workspace(app.workspace(context).await?);
        if let Change::Set(id) = lead.edit.campaign {
            state.add_campaign(app.campaign(context, CampaignRef::Number(id)).await?);
        }
        state.decide(Command {
            workspace_id: context.workspace_id,
            origin: context.origin(),
            scope: context.scope.clone(),
            action: Action::Create(Box::new(lead.clone())),
        })?;
        Ok(())
    }

    /// Stages what waits in the background, behind what is staged already: the next leads are read meanwhile.
    async fn stage(&mut self) -> Result<(), AppError> {
        self.staged().await?;
        let mut waiting = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        if waiting.is_empty() {
            return Ok(());
        }
        let (app, workspace, id) = (Arc::clone(&self.app), self.context.workspace_id, self.id);
        self.staging = Some(tokio::spawn(async move {
            let mut chunks = Vec::with_capacity(STAGED_AT_ONCE);
            while !waiting.is_empty() {
                let rest = waiting.split_off(waiting.len().min(BULK_CHUNK_LEADS));
                chunks.push(std::mem::replace(&mut waiting, rest));
            }
            let (store, lease) = (&app.store, app.bulk_lease());
            let is_there = store.stage_leads(workspace, id, &chunks, lease).await?;
            // It was so slow that a worker took it for dead.
            is_there.then_some(()).ok_or(AppError::QUEUE_FULL)
        }));
        Ok(())
    }

    /// Waits until nothing is under way to the store.
    pub async fn staged(&mut self) -> Result<(), AppError> {
        match self.staging.take() {
            None => Ok(()),
            Some(staging) => staging.await.unwrap_or(Err(AppError::Internal)),
        }
    }

    /// All of them, for good: durable from here, and made when this returns. How many there are.
    pub async fn accept(mut self) -> Result<usize, AppError> {
        self.stage().await?;
        self.staged().await?;
        let Self {
            app,
            context,
            id,
            count,
            _turn: turn,
            ..
        } = self;
        let workspace = context.workspace_id;
        let lease = app.bulk_lease();
        if !app.store.accept_bulk(workspace, id, lease).await? {
            return Err(AppError::QUEUE_FULL);
        }
        // Goes on when the caller hangs up. What fails is left to the worker: the leads will be there.
        let making = tokio::spawn(async move {
            let _turn = turn;
            let made = app.make_bulk(workspace, id, &context.origin()).await;
            if let Err(error) = made {
                tracing::warn!(%error, "an accepted bulk is left to the worker");
            }
        });
        let _ = making.await;
        Ok(count)
    }

    /// None of them.
    pub async fn abandon(mut self) -> Result<(), AppError> {
        // What comes of it is dropped with the rest.
        let _ = self.staged().await;
        let workspace = self.context.workspace_id;
        Ok(self.app.store.drop_bulk(workspace, self.id).await?)
    }
}
