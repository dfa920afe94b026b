//! Commands as the dice have them: mostly sensible, about leads, calls and jobs that there are.

use domain::command::{
    Action, CallEnd, Claiming, Command, Deletion, Hold, LeadRef, NewLead, QueuedUpdate, Scope,
    Update, VendorId,
};
use domain::event::{Actor, Dialect, Origin};
use domain::fault::Unique;
use domain::lead::Contact;
use domain::status::DialStatus;
use domain::{CallId, JobId, KeyId, LeadId, Phone, WorkspaceId};

use super::super::generator::{self, Dice, EXTERNAL_IDS, Names, SOURCES};
use super::{DIALECTS, IMPORTED, Life, workspace};

/// Numbers to call that there are, and the lowest: some leads share one.
const PHONES: usize = 2_000;

fn contacts(dice: &mut Dice, lead: LeadId) -> Vec<Contact> {
    let contact = |dice: &mut Dice| Contact {
        id: lead,
        phone: Phone::from_stored("+12125550199".to_owned(), "212 555 0199".to_owned(), true),
        variables: generator::object(dice),
        dial_status: DialStatus::New,
    };
    (0..dice.below(3)).map(|_| contact(dice)).collect()
}

impl Life {
    pub(super) fn batch(&mut self) -> Vec<Command> {
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
                source: dice.maybe(30, |dice| dice.pick(&SOURCES).to_owned()),
            },
            scope,
            action,
        }
    }

    pub(super) fn fresh(&mut self) -> u64 {
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
            4 => LeadRef::Phone {
                campaign: self.dice.pick(&names.campaigns),
                e164: format!("+1212555{}", PHONES + self.dice.below(PHONES)),
            },
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
            0..20 => self.create(&names, edit),
            20..50 => Action::Update(Box::new(Update {
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
            80..83 => Action::Delete(Box::new(Deletion {
                lead: self.reference(own, focus),
                in_campaign: self.dice.maybe(10, |dice| dice.pick(&names.campaigns)),
                needs_open_campaign: self.dice.chance(50),
            })),
            83..92 => Action::Queue(Box::new(QueuedUpdate {
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
            let digits = PHONES + dice.below(PHONES);
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
            contacts: contacts(dice, id),
            is_repeatable: dice.chance(20),
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
}
