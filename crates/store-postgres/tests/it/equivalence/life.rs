//! What happens in a life: an operator sets up two workspaces, then commands come in batches, and the background loops run.
//! What was answered decides what is done next, so that calls end with their tokens and jobs run.

macro_rules! id {
    ($kind:ident, $number:expr) => {
        $kind::new($number).expect("an id")
    };
}

mod beginning;
mod commands;
mod listening;

use std::sync::Arc;

use domain::command::{Action, Command, LeadRef, Scope, VendorId};
use domain::event::{Actor, Dialect, Origin};
use domain::{
    CallId, CampaignId, IdKind, JobId, KeyId, LeadId, SubscriptionId, TagId, Timestamp, UserId,
    WorkspaceId,
};
use store::{ApiKey, CampaignRef, KeyHash, Permissions};

use super::Twins;
use super::generator::{Dice, EXTERNAL_IDS, Names};

/// A life in progress.
pub(crate) struct Life {
    dice: Dice,
    pub(crate) now: Timestamp,
    names: [Names; 2],
    leads: Vec<(WorkspaceId, LeadId, Timestamp)>,
    calls: Vec<(WorkspaceId, LeadId, CallId, u64)>,
    jobs: Vec<(WorkspaceId, LeadId, JobId)>,
    subscriptions: Vec<(WorkspaceId, SubscriptionId)>,
    next_id: u64,
    keys: u64,
    done: usize,
    refused: usize,
    delivered: usize,
    replayed: usize,
}

const IMPORTED: [&str; 4] = ["x1", "x2", "65f0a1b2c3d4e5f601234567", "X1"];
const DIALECTS: [Dialect; 2] = [Dialect::NlPearl, Dialect::DialNexa];

fn workspace(number: u64) -> WorkspaceId {
    id!(WorkspaceId, number)
}

impl Life {
    pub(crate) async fn begin(twins: &Twins, dice: Dice) -> Self {
        let mut life = Self {
            dice,
            now: Timestamp::from_millis(1_700_000_000_000).expect("a time"),
            names: [Names::default(), Names::default()],
            leads: Vec::new(),
            calls: Vec::new(),
            jobs: Vec::new(),
            subscriptions: Vec::new(),
            next_id: 100,
            keys: 0,
            done: 0,
            refused: 0,
            delivered: 0,
            replayed: 0,
        };
        for number in [1, 2] {
            life.set_up(twins, number).await;
        }
        // Each knows what the other has, and what nobody has.
        let [first, second] = &mut life.names;
        first.campaigns.push(second.campaigns[0]);
        first.tags.push(second.tags[0]);
        second.users.push(id!(UserId, 9_999));
        second.tags.push(id!(TagId, 9_999));
        life
    }

    /// Time passes and something happens.
    pub(crate) async fn go_on(&mut self, twins: &Twins) {
        let step = if self.dice.chance(5) { 60_000 } else { 3_000 };
        self.now = self.now.plus_millis(self.dice.millis(step));
        match self.dice.below(20) {
            0 => self.sweep(twins).await,
            1 | 2 => self.run_heads(twins).await,
            3..6 => self.deliver(twins).await,
            6 => self.administer(twins).await,
            7 | 8 => self.listen_otherwise(twins).await,
            _ => {
                let batch = self.batch();
                self.run(twins, batch).await;
            }
        }
    }

    async fn run(&mut self, twins: &Twins, batch: Vec<Command>) {
        let actions: Vec<_> = batch
            .iter()
            .map(|command| (command.workspace_id, command.action.clone()))
            .collect();
        let outcomes = twins.batch(batch, self.now).await;
        for ((workspace, action), outcome) in actions.into_iter().zip(outcomes) {
            let Ok(done) = outcome else {
                self.refused += 1;
                continue;
            };
            self.done += 1;
            let lead = done.lead.id;
            match action {
                Action::Create(_) => {
                    self.leads.push((workspace, lead, done.lead.created_at));
                }
                Action::Claim(claiming) => {
                    let fence = done.lead.claim.as_ref().map(|claim| claim.fence_token);
                    self.calls
                        .push((workspace, lead, claiming.call, fence.unwrap_or(0)));
                }
                Action::Queue(queued) => self.jobs.push((workspace, lead, queued.job)),
                _ => {}
            }
        }
    }

    fn system(workspace_id: WorkspaceId, action: Action) -> Command {
        Command {
            workspace_id,
            origin: Origin {
                actor: Actor::System,
                dialect: Dialect::Leadbook,
                request_id: "loop".to_owned(),
                on_behalf_of: None,
                source: None,
            },
            scope: Scope::Workspace,
            action,
        }
    }

    /// As the worker does: the oldest job of each lead.
    async fn run_heads(&mut self, twins: &Twins) {
        let heads = twins.heads(self.now).await;
        let count = self.dice.below(heads.len() + 1);
        let commands = heads.iter().take(count).map(|head| {
            let (lead, job) = (head.lead_id, head.job_id);
            Self::system(head.workspace_id, Action::RunJob { lead, job })
        });
        let commands: Vec<_> = commands.collect();
        self.run(twins, commands).await;
    }

    async fn sweep(&mut self, twins: &Twins) {
        let now = self.now;
        let expired = twins.same("expired claims", async |store| {
            let mut claims = store.expired_claims(now, 100_000).await.expect("claims");
            claims.sort_by_key(|claim| claim.lead_id);
            claims
        });
        let expired = expired.await.into_iter().map(|claim| {
            let (lead, call) = (claim.lead_id, claim.call_id);
            Self::system(claim.workspace_id, Action::Expire { lead, call })
        });
        let commands = expired.collect();
        self.run(twins, commands).await;
    }

    async fn administer(&mut self, twins: &Twins) {
        self.keys += 1;
        let (number, own) = (self.keys, workspace(1 + self.keys % 2));
        let hash = KeyHash([u8::try_from(number % 200).expect("small"); 32]);
        let key = ApiKey {
            id: id!(KeyId, number),
            workspace_id: own,
            label: format!("key {number}"),
            hint: "lb_x".to_owned(),
            permissions: Permissions {
                read: true,
                write: self.dice.chance(50),
            },
            dialects: self.dice.maybe(50, |dice| vec![dice.pick(&Dialect::ALL)]),
            scope: Scope::Campaigns(Arc::from([id!(CampaignId, 10)])),
            has_bare_lists: self.dice.chance(30),
            created_at: self.now,
            revoked_at: None,
        };
        let now = self.now;
        let revoked = id!(KeyId, 1 + number / 2);
        let kind = self.dice.pick(&IdKind::ALL);
        let count = 1 + u64::try_from(self.dice.below(50)).expect("small");
        let _answers = twins
            .same("administration", async |store| {
                (
                    store.create_key(&key, &hash).await,
                    store.revoke_key(own, revoked, now).await,
                    store.key_by_hash(&hash).await,
                    store.reserve_ids(kind, count).await,
                    store.start_ids_at(kind, count * 20).await,
                    store.workspaces().await,
                )
            })
            .await;
    }

    /// That the dice did not lead nowhere.
    pub(crate) fn check_was_lived(&self) {
        let (done, refused) = (self.done, self.refused);
        assert!(
            done > 1_000 && refused > 200,
            "{done} done, {refused} refused"
        );
        let lists = [self.leads.len(), self.calls.len(), self.jobs.len()];
        assert!(lists.iter().all(|count| *count > 50), "{lists:?}");
        let (delivered, replayed) = (self.delivered, self.replayed);
        assert!(
            delivered > 200 && replayed > 2,
            "{delivered} deliveries, {replayed} replayed"
        );
    }

    pub(crate) fn workspaces() -> [WorkspaceId; 2] {
        [1, 2].map(workspace)
    }

    pub(crate) fn leads(&self) -> Vec<LeadId> {
        self.leads.iter().map(|(_, lead, _)| *lead).collect()
    }

    pub(crate) fn calls(&self) -> Vec<CallId> {
        self.calls.iter().map(|(_, _, call, _)| *call).collect()
    }

    pub(crate) fn campaigns(&self) -> Vec<CampaignId> {
        let all = self.names.iter().flat_map(|names| &names.campaigns);
        all.copied().collect()
    }

    pub(crate) fn tags(&self) -> Vec<TagId> {
        self.names
            .iter()
            .flat_map(|names| &names.tags)
            .copied()
            .collect()
    }

    pub(crate) fn users(&self) -> Vec<UserId> {
        self.names
            .iter()
            .flat_map(|names| &names.users)
            .copied()
            .collect()
    }

    pub(crate) fn campaign_refs(&self) -> Vec<CampaignRef> {
        let vendor = |text: &str, number, created_at_seconds| {
            CampaignRef::Vendor(VendorId {
                dialect: Dialect::UserVox,
                text: text.to_owned(),
                number,
                created_at_seconds,
            })
        };
        let mut all: Vec<_> = self
            .campaigns()
            .into_iter()
            .map(CampaignRef::Number)
            .collect();
        all.push(vendor("alias", Some(10), None));
        all.push(vendor("other", Some(10), Some(1_700_000_000)));
        all.push(vendor("other", Some(20), Some(1)));
        all
    }

    /// Every way to name every lead.
    pub(crate) fn references(&self) -> Vec<LeadRef> {
        let mut all: Vec<_> = self.leads().into_iter().map(LeadRef::Number).collect();
        for campaign in self.campaigns() {
            all.extend(EXTERNAL_IDS.map(|external_id| LeadRef::External {
                campaign,
                external_id: external_id.to_owned(),
            }));
        }
        for dialect in DIALECTS {
            all.extend(IMPORTED.map(|text| {
                LeadRef::Vendor(VendorId {
                    dialect,
                    text: text.to_owned(),
                    number: Some(101),
                    created_at_seconds: None,
                })
            }));
        }
        all
    }
}
