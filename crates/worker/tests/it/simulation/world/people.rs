//! Owners, callers and the weather: what happens to the deliverer.

use app::leads::Creation;
use app::subscriptions::{FilterEdit, NewSubscription, SubscriptionEdit};
use app::{Context, DeliveryFilter, HistoryPage};
use domain::command::{LeadRef, Update};
use domain::edit::{Change, Edit};
use domain::event::Dialect;
use domain::guard::Guard;
use domain::subscription::{Cap, Format, Subscription};
use domain::{LeadId, SubscriptionId};
use store::Store;

use super::{LEADS, SUBSCRIPTIONS, World};
use crate::simulation::endpoints::Weather;
use crate::simulation::ledger;

impl World {
    pub(super) fn context(&mut self) -> Context {
        let source = *self.dice.pick(&[None, None, Some("crm"), Some("erp")]);
        let dialect = *self.dice.pick(&[Dialect::Leadbook, Dialect::NlPearl]);
        Context {
            dialect,
            source: source.map(str::to_owned),
            ..Context::operator(self.workspace)
        }
    }

    /// A caller creates a lead or changes one, perhaps to what it is already.
    pub(super) async fn write(&mut self) {
        let context = self.context();
        let name = self.dice.pick(&["Ada", "Bob", "Cy"]).to_owned();
        let mut edit = Edit::default();
        if self.dice.one_in(4) {
            edit.campaign = Change::Set(*self.dice.pick(&self.campaigns));
        } else if self.dice.one_in(3) {
            edit.last_name = Change::Set(name.to_owned());
        } else {
            edit.first_name = Change::Set(name.to_owned());
        }
        let listening = self.subscriptions().await;
        let app = &self.process.app;
        if self.leads.len() < LEADS {
            let first = LeadId::new(1 + self.leads.len() as u64).unwrap();
            edit.campaign = Change::Set(self.campaigns[0]);
            let creation = Creation {
                edit,
                id: Some(first),
                ..Creation::default()
            };
            let _ = app.create_lead(&context, creation).await;
            let named = LeadRef::Number(first);
            let is_there = self.process.raw.lead(self.workspace, &named).await.unwrap();
            self.leads.extend(is_there.map(|lead| lead.id));
        } else {
            let lead = *self.dice.pick(&self.leads);
            let update = Update {
                lead: LeadRef::Number(lead),
                in_campaign: None,
                edit,
                guard: Guard::default(),
            };
            let _ = app.update_lead(&context, update).await;
        }
        self.note_events(&listening).await;
    }

    /// Whatever the caller was told: what is in the book happened.
    pub(super) async fn note_events(&mut self, listening: &[Subscription]) {
        for lead in self.leads.clone() {
            let known = self.ledger.versions.get(&lead.get()).copied().unwrap_or(0);
            let page = HistoryPage {
                before_version: None,
                limit: 3,
            };
            let history = self.process.raw.history(self.workspace, lead, page).await;
            for event in history.unwrap().iter().rev() {
                if event.version > known {
                    self.ledger.happened(event, listening);
                }
            }
        }
    }

    pub(super) async fn subscribe(&mut self) {
        self.urls += 1;
        let url = format!("http://endpoint-{}.example/hook", self.urls);
        let new = NewSubscription {
            filter: ledger::filter(&mut self.dice, &self.campaigns),
            cap: Cap {
                at_once_max: 1 + u32::try_from(self.dice.below(4)).unwrap(),
                per_second_max: self.dice.one_in(4).then_some(2),
            },
            ..NewSubscription::new(&url, Format::Standard)
        };
        let context = Context::operator(self.workspace);
        let _ = self.process.app.create_subscription(&context, new).await;
    }

    pub(super) async fn change_subscription(&mut self) {
        let subscriptions = self.subscriptions().await;
        if subscriptions.is_empty() || self.dice.one_in(8) {
            if subscriptions.len() < SUBSCRIPTIONS {
                self.subscribe().await;
            }
            return;
        }
        let id = self.dice.pick(&subscriptions).id;
        let context = Context::operator(self.workspace);
        let mut edit = SubscriptionEdit::default();
        match self.dice.below(12) {
            0 => {
                let _ = self.process.app.delete_subscription(&context, id).await;
                self.note_deleted(id).await;
                return;
            }
            1 => edit.is_enabled = Some(false),
            2..6 => edit.is_enabled = Some(true),
            6 => {
                let filter = ledger::filter(&mut self.dice, &self.campaigns);
                edit.filter = FilterEdit {
                    topics: Some(filter.topics),
                    campaigns: Some(filter.campaigns),
                    fields: Some(filter.fields),
                    dialects: Some(filter.dialects),
                    except_sources: Some(filter.except_sources),
                };
            }
            7 => {
                self.ledger.tests += 1;
                let _ = self.process.app.test_subscription(&context, id).await;
                return;
            }
            _ => {
                self.replay(id).await;
                return;
            }
        }
        let app = &self.process.app;
        let _ = app.update_subscription(&context, id, edit).await;
    }

    pub(super) async fn note_deleted(&mut self, id: SubscriptionId) {
        let raw = &self.process.raw;
        let found = raw.subscription(self.workspace, id).await.unwrap();
        if found.is_none() {
            self.ledger.deleted.insert(id.get());
        }
    }

    pub(super) async fn replay(&mut self, id: SubscriptionId) {
        let dead = self.dead_letters().await;
        self.ledger.was_dead.extend(dead.iter().map(|dead| dead.id));
        let filter = DeliveryFilter {
            subscription: (!self.dice.one_in(3)).then_some(id),
            ..DeliveryFilter::default()
        };
        let context = Context::operator(self.workspace);
        let app = &self.process.app;
        let _ = app.replay_dead_letters(&context, &filter).await;
    }

    pub(super) async fn change_weather(&mut self) {
        let subscriptions = self.subscriptions().await;
        if subscriptions.is_empty() {
            return;
        }
        let url = &self.dice.pick(&subscriptions).url;
        let busy = Weather::Busy(*self.dice.pick(&[1, 30, 600, 7_200]));
        let kinds = [
            Weather::Up,
            Weather::Up,
            Weather::Down,
            Weather::Down,
            Weather::Broken,
            Weather::Picky,
            Weather::Picky,
            Weather::Slow,
            Weather::Hangs,
            Weather::Flaps,
            Weather::Flaps,
            busy,
            Weather::Gone,
        ];
        self.endpoints.set_weather(url, *self.dice.pick(&kinds));
    }
}
