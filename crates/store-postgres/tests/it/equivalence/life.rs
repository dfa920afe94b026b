//! What happens in a life: an operator sets up two workspaces, then commands come in batches, and the background loops run.
//! What was answered decides what is done next, so that calls end with their tokens and jobs run.

use std::sync::Arc;

use domain::campaign::{Callback, CallbackAuth, Campaign, Stage, Workspace};
use domain::command::{
    Action, CallEnd, Claiming, Command, Hold, LeadRef, NewLead, QueuedUpdate, Scope, Update,
    VendorId,
};
use domain::custom_field::{Association, FieldDefinition, FieldOption, FieldType, Tag, User};
use domain::event::{Actor, Dialect, Origin};
use domain::fault::Unique;
use domain::status::{DialStatus, StageKind};
use domain::{
    CallId, CallbackId, CampaignId, FieldId, IdKind, JobId, KeyId, LeadId, OptionId, TagId,
    Timestamp, UserId, WorkspaceId,
};
use store::{ApiKey, CampaignRef, DeliveryOutcome, KeyHash, Permissions};

use super::Twins;
use super::generator::{self, Dice, EXTERNAL_IDS, Names};

macro_rules! id {
    ($kind:ident, $number:expr) => {
        $kind::new($number).expect("an id")
    };
}

/// One of each type.
async fn set_up_fields(twins: &Twins, own: WorkspaceId, base: u64, names: &mut Names) {
    for (field_type, n) in FieldType::ALL.into_iter().zip(0..) {
        let is_select = matches!(field_type, FieldType::Select | FieldType::MultiSelect);
        let option = FieldOption {
            id: id!(OptionId, base + n),
            label: "one".to_owned(),
        };
        let field = FieldDefinition {
            id: id!(FieldId, base + n),
            label: field_type.name().to_owned(),
            field_type,
            association: Association::Lead,
            options: if is_select { vec![option] } else { Vec::new() },
        };
        let made = twins.same("a field", async |s| s.create_field(own, &field).await);
        made.await.expect("is made");
        names.fields.push((field.id, field_type));
        names.options.push(id!(OptionId, base + n));
    }
}

/// A life in progress.
pub(crate) struct Life {
    dice: Dice,
    pub(crate) now: Timestamp,
    names: [Names; 2],
    leads: Vec<(WorkspaceId, LeadId, Timestamp)>,
    calls: Vec<(WorkspaceId, LeadId, CallId, u64)>,
    jobs: Vec<(WorkspaceId, LeadId, JobId)>,
    next_id: u64,
    keys: u64,
    done: usize,
    refused: usize,
    delivered: usize,
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
            next_id: 100,
            keys: 0,
            done: 0,
            refused: 0,
            delivered: 0,
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

    async fn set_up(&mut self, twins: &Twins, number: u64) {
        let own = workspace(number);
        let made = Workspace {
            id: own,
            name: format!("workspace {number}"),
            created_at: self.now,
            default_region: (number == 1).then(|| "US".to_owned()),
            stages: Stage::default_list(),
        };
        let is_first = twins.same("a first workspace", async |store| {
            store.create_first_workspace(&made).await
        });
        if !is_first.await.expect("is made") {
            let created = twins.same("a workspace", async |s| s.create_workspace(&made).await);
            created.await.expect("is made");
        }
        let again = twins.same("again", async |s| s.create_workspace(&made).await);
        assert!(again.await.is_err());
        let mut names = Names::default();
        for n in 0..3 {
            let campaign = self.campaign(number, n);
            let made = twins.same("a campaign", async |s| s.create_campaign(&campaign).await);
            made.await.expect("is made");
            names.campaigns.push(campaign.id);
        }
        let base = number * 10;
        for n in 0..3 {
            let tag = Tag {
                id: id!(TagId, base + n),
                label: format!("tag {n}"),
                association: Association::Lead,
                background_color: "#FFF".to_owned(),
                text_color: "#000".to_owned(),
            };
            let made = twins.same("a tag", async |s| s.create_tag(own, &tag).await);
            made.await.expect("is made");
            names.tags.push(tag.id);
            let user = User {
                id: id!(UserId, base + n),
                email: format!("user{n}@example.com"),
                first_name: None,
                last_name: Some("Übel".to_owned()),
            };
            let made = twins.same("a user", async |s| s.create_user(own, &user).await);
            made.await.expect("is made");
            names.users.push(user.id);
        }
        set_up_fields(twins, own, base, &mut names).await;
        let alias = twins.same("an alias", async |store| {
            let campaign = names.campaigns[1];
            store
                .create_campaign_alias(own, Dialect::UserVox, "alias", campaign)
                .await
        });
        alias.await.expect("is made");
        self.names[usize::try_from(number - 1).expect("small")] = names;
    }

    fn campaign(&self, workspace_number: u64, n: u64) -> Campaign {
        let id = workspace_number * 10 + n;
        let callback = |place: u64| Callback {
            id: id!(CallbackId, id * 10 + place),
            url: format!("https://example.com/{id}/{place}"),
            auth: CallbackAuth::None,
        };
        let has_rules = n == 1;
        let mut stages = Stage::default_list();
        if has_rules {
            stages.push(Stage::new("followup", StageKind::Contacted));
            stages.push(Stage::new("signed", StageKind::Converted));
        }
        Campaign {
            id: id!(CampaignId, id),
            workspace_id: workspace(workspace_number),
            name: format!("campaign {id}"),
            created_at: self.now,
            is_running: n != 2,
            default_region: (n == 1).then(|| "GB".to_owned()),
            time_zone: None,
            stages,
            transitions: if has_rules {
                generator::transitions()
            } else {
                domain::campaign::Transitions::UntilConverted
            },
            dispositions: if has_rules {
                vec!["warm".to_owned(), "cold".to_owned()]
            } else {
                Vec::new()
            },
            callbacks: (0..2 - n.min(1)).map(callback).collect(),
        }
    }

    /// Time passes and something happens.
    pub(crate) async fn go_on(&mut self, twins: &Twins) {
        let step = if self.dice.chance(5) { 60_000 } else { 3_000 };
        self.now = self.now.plus_millis(self.dice.millis(step));
        match self.dice.below(20) {
            0 => self.sweep(twins).await,
            1 | 2 => self.run_heads(twins).await,
            3 | 4 => self.deliver(twins).await,
            5 => self.administer(twins).await,
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

    fn batch(&mut self) -> Vec<Command> {
        let size = match self.dice.below(4) {
            0 => 1,
            1 => 1 + self.dice.below(6),
            _ => 1 + self.dice.below(40),
        };
        // Some batches are about few leads.
        let focus = self.dice.maybe(40, |dice| 1 + dice.below(3));
        (0..size).map(|_| self.command(focus)).collect()
    }

    fn command(&mut self, focus: Option<usize>) -> Command {
        let own = workspace(1 + u64::try_from(self.dice.below(2)).expect("small"));
        let action = self.action(own, focus);
        let names = &self.names[usize::try_from(own.get() - 1).expect("small")];
        let dice = &mut self.dice;
        let scope = match dice.below(12) {
            0 => Scope::Campaigns(vec![dice.pick(&names.campaigns)].into()),
            _ => Scope::Workspace,
        };
        Command {
            workspace_id: own,
            origin: Origin {
                actor: dice.pick(&[Actor::Operator, Actor::System, Actor::Key(id!(KeyId, 7))]),
                dialect: dice.pick(&Dialect::ALL),
                request_id: format!("request {}", dice.below(1_000)),
                on_behalf_of: dice.maybe(20, |_| "agent 7".to_owned()),
            },
            scope,
            action,
        }
    }

    fn fresh(&mut self) -> u64 {
        self.next_id += 1 + u64::try_from(self.dice.below(3)).expect("small");
        self.next_id
    }

    /// A lead, mostly of this workspace.
    fn lead(&mut self, own: WorkspaceId, focus: Option<usize>) -> LeadId {
        let is_any = self.dice.chance(4);
        let of: Vec<_> = self
            .leads
            .iter()
            .filter(|(workspace, ..)| is_any || *workspace == own)
            .map(|(_, lead, _)| *lead)
            .collect();
        if of.is_empty() || self.dice.chance(1) {
            return id!(LeadId, 77);
        }
        let newest = of.len() - focus.unwrap_or(30).min(of.len());
        if self.dice.chance(75) {
            self.dice.pick(&of[newest..])
        } else {
            self.dice.pick(&of)
        }
    }

    fn reference(&mut self, own: WorkspaceId, focus: Option<usize>) -> LeadRef {
        let names = self.names[usize::try_from(own.get() - 1).expect("small")].clone();
        match self.dice.below(10) {
            0 | 1 => LeadRef::External {
                campaign: self.dice.pick(&names.campaigns),
                external_id: self.dice.pick(&EXTERNAL_IDS).to_owned(),
            },
            2 => self.imported(),
            3 => {
                let lead = self.lead(own, focus);
                let created = self.leads.iter().find(|(_, id, _)| *id == lead);
                let seconds = created.map_or(0, |(.., at)| at.as_seconds());
                let wrong = i64::from(self.dice.chance(20));
                LeadRef::Vendor(VendorId {
                    dialect: self.dice.pick(&DIALECTS),
                    text: format!("view {lead}"),
                    number: Some(lead.get()),
                    created_at_seconds: self.dice.maybe(60, |_| seconds + wrong),
                })
            }
            _ => LeadRef::Number(self.lead(own, focus)),
        }
    }

    fn imported(&mut self) -> LeadRef {
        LeadRef::Vendor(VendorId {
            dialect: self.dice.pick(&DIALECTS),
            text: self.dice.pick(&IMPORTED).to_owned(),
            number: self.dice.maybe(30, |dice| {
                100 + u64::try_from(dice.below(50)).expect("small")
            }),
            created_at_seconds: None,
        })
    }

    fn action(&mut self, own: WorkspaceId, focus: Option<usize>) -> Action {
        let names = self.names[usize::try_from(own.get() - 1).expect("small")].clone();
        let edit = generator::edit(&mut self.dice, &names, self.now);
        match self.dice.below(100) {
            0..14 => self.create(&names, edit),
            14..50 => Action::Update(Box::new(Update {
                lead: self.reference(own, focus),
                in_campaign: self.dice.maybe(10, |dice| dice.pick(&names.campaigns)),
                edit,
                guard: generator::guard(&mut self.dice),
            })),
            50..64 => Action::Claim(Claiming {
                lead: self.lead(own, focus),
                campaign: self.dice.pick(&names.campaigns[..2]),
                call: id!(CallId, self.fresh()),
                lease_ms: 1_000 + self.dice.millis(60_000),
                hold: self
                    .dice
                    .pick(&[Hold::Attempt, Hold::Attempt, Hold::Reservation]),
            }),
            64..80 => self.with_a_call(own, focus),
            80..92 => Action::Queue(Box::new(QueuedUpdate {
                job: id!(JobId, self.fresh()),
                lead: self.reference(own, focus),
                edit,
                guard: generator::guard(&mut self.dice),
            })),
            _ => self.run_any_job(own, focus),
        }
    }

    fn create(&mut self, names: &Names, mut edit: domain::edit::Edit) -> Action {
        let id = id!(LeadId, self.fresh());
        let dice = &mut self.dice;
        if dice.chance(80) {
            edit.campaign = domain::edit::Change::Set(dice.pick(&names.campaigns[..2]));
            let digits = 1_000 + dice.below(9_000);
            let phone = domain::phone::PhoneInput::read(&format!("+1212555{digits}"));
            edit.phone = domain::edit::Change::set_if(phone.ok());
            // What would refuse most creations.
            edit.stage = domain::edit::StageEdit::Leave;
            edit.dial_status = None;
        }
        let uniques = [
            Unique::Phone,
            Unique::CalledPhone,
            Unique::ExternalId,
            Unique::Email,
        ];
        Action::Create(Box::new(NewLead {
            id,
            edit,
            unique: uniques.into_iter().filter(|_| dice.chance(15)).collect(),
            vendor_id: dice.maybe(15, |dice| {
                (dice.pick(&DIALECTS), dice.pick(&IMPORTED).to_owned())
            }),
        }))
    }

    /// Starts, ends and expires calls, mostly those that there are.
    fn with_a_call(&mut self, own: WorkspaceId, focus: Option<usize>) -> Action {
        let of: Vec<_> = self.calls.iter().filter(|(w, ..)| *w == own).collect();
        let newest = of.len().saturating_sub(12);
        let (lead, call, fence_token) = if of.is_empty() || self.dice.chance(3) {
            (self.lead(own, focus), id!(CallId, 77), 1)
        } else {
            let (_, lead, call, fence) = *self.dice.pick(&of[newest..]);
            (lead, call, fence + u64::from(self.dice.chance(5)))
        };
        let dice = &mut self.dice;
        match dice.below(6) {
            0 => Action::Expire { lead, call },
            1 | 2 => Action::Start {
                lead,
                call,
                fence_token,
            },
            _ => Action::End(Box::new(CallEnd {
                lead,
                call,
                fence_token,
                outcome: dice.pick(&[
                    DialStatus::Retry,
                    DialStatus::Retry,
                    DialStatus::Voicemail,
                    DialStatus::Success,
                ]),
                duration_seconds: dice.maybe(50, |_| 61),
                from: dice.maybe(50, |_| "+12125550100".to_owned()),
                summary: dice.maybe(30, |_| "Agreed. Zoë".to_owned()),
                recording_url: None,
                collected: generator::object(dice),
                next_attempt_at: dice.maybe(30, |dice| self.now.plus_millis(dice.millis(30_000))),
            })),
        }
    }

    fn run_any_job(&mut self, own: WorkspaceId, focus: Option<usize>) -> Action {
        let of: Vec<_> = self.jobs.iter().filter(|(w, ..)| *w == own).collect();
        if of.is_empty() || self.dice.chance(3) {
            let lead = self.lead(own, focus);
            return Action::RunJob {
                lead,
                job: id!(JobId, 77),
            };
        }
        let newest = of.len().saturating_sub(15);
        let (_, lead, job) = *self.dice.pick(&of[newest..]);
        Action::RunJob { lead, job }
    }

    fn system(workspace_id: WorkspaceId, action: Action) -> Command {
        Command {
            workspace_id,
            origin: Origin {
                actor: Actor::System,
                dialect: Dialect::Leadbook,
                request_id: "loop".to_owned(),
                on_behalf_of: None,
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

    async fn deliver(&mut self, twins: &Twins) {
        let salt = u64::try_from(self.dice.below(1_000)).expect("small");
        let now = self.now;
        let except = self.dice.maybe(30, |_| id!(CallbackId, 100));
        let except: Vec<_> = except.into_iter().collect();
        let fate = |due: &store::DueDelivery| {
            let number = due.result.job_id.get() * 31 + due.callback.id.get() * 7 + salt;
            let error = || format!("{number} from the receiver");
            Some(match number % 10 {
                0..4 => DeliveryOutcome::Delivered { at: now },
                4..7 => DeliveryOutcome::Retry {
                    next_attempt_at: now.plus_millis(i64::try_from(number % 9_000).ok()?),
                    error: error(),
                },
                7 => DeliveryOutcome::Dead {
                    at: now,
                    error: error(),
                },
                _ => return None,
            })
        };
        self.delivered += twins.deliver(now, &except, fate).await;
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
        assert!(self.delivered > 20, "{} deliveries", self.delivered);
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
