//! Lines of deliveries: which is the head of each, and what must be locked before that may change.
//!
//! Whoever adds to a line or takes its head away keeps the mark in the same transaction, under the lock of the lead's row:
//! else the one would not see the other's, and a line could be left without a head. A line about no lead has a lock
//! of its own.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::{LeadId, SubscriptionId, WorkspaceId};

use crate::persist::Form;
use crate::pipeline::{Reach, Step};
use crate::rows::delivery::lead_number;
use crate::rows::signed;

/// Lines by workspace: equally long lists of their subscriptions and leads.
#[derive(Default)]
pub(crate) struct Lines {
    lists: BTreeMap<i64, (Vec<i64>, Vec<i64>)>,
    all: HashSet<(i64, i64, i64)>,
}

impl Lines {
    /// Whether it is new here.
    pub(crate) fn add(
        &mut self,
        workspace: WorkspaceId,
        subscription: SubscriptionId,
        lead: Option<LeadId>,
    ) -> bool {
        self.add_numbers(
            signed(workspace.get()),
            signed(subscription.get()),
            lead_number(lead),
        )
    }

    pub(crate) fn add_numbers(&mut self, workspace: i64, subscription: i64, lead: i64) -> bool {
        let is_new = self.all.insert((workspace, subscription, lead));
        if is_new {
            let (subscriptions, leads) = self.lists.entry(workspace).or_default();
            subscriptions.push(subscription);
            leads.push(lead);
        }
        is_new
    }

    /// A statement for each line, with the workspace, the subscription and the lead.
    fn one_by_one<'p>(&'p self, sql: &'static str) -> impl Iterator<Item = Step<'p>> {
        self.lists
            .iter()
            .flat_map(move |(workspace, (subscriptions, leads))| {
                let lines = subscriptions.iter().zip(leads);
                lines.map(move |(subscription, lead)| {
                    Step::tenant(sql, &[workspace, subscription, lead])
                })
            })
    }

    /// Makes the first of each line its head, unless it has one.
    pub(crate) fn promotions_if_none(&self) -> impl Iterator<Item = Step<'_>> {
        self.one_by_one(PROMOTE_IF_NONE)
    }

    /// Makes the first of each line its head. They must have none.
    pub(crate) fn promotions(&self, form: Form) -> Vec<Step<'_>> {
        match form {
            Form::Routed => self.one_by_one(PROMOTE_FIRST).collect(),
            Form::Sets => {
                let steps = self.lists.iter();
                let steps = steps.map(|(workspace, (subscriptions, leads))| {
                    Step::tenant(PROMOTE_FIRSTS, &[workspace, subscriptions, leads])
                });
                steps.collect()
            }
        }
    }
}

const PROMOTE_FIRST: &str = "UPDATE deliveries SET is_head = true WHERE workspace_id = $1 AND id = ( \
     SELECT first.id FROM deliveries AS first WHERE first.workspace_id = $1 AND first.subscription_id = $2 \
     AND first.lead_id = $3 ORDER BY first.id LIMIT 1)";
const PROMOTE_FIRSTS: &str = "UPDATE deliveries SET is_head = true WHERE workspace_id = $1 AND id = ANY(ARRAY( \
     SELECT (SELECT first.id FROM deliveries AS first WHERE first.workspace_id = $1 \
     AND first.subscription_id = line.subscription_id AND first.lead_id = line.lead_id \
     ORDER BY first.id LIMIT 1) FROM unnest($2::bigint[], $3::bigint[]) AS line (subscription_id, lead_id)))";

/// What follows the insertion of new deliveries into these lines, the first of each as its head: those that are not the first
/// after all are none. A set has been inserted as it is to be.
pub(crate) fn demotions(lines: &Lines, form: Form) -> Vec<Step<'_>> {
    const DEMOTE: &str = "UPDATE deliveries SET is_head = false WHERE workspace_id = $1 AND subscription_id = $2 \
         AND lead_id = $3 AND is_head AND EXISTS (SELECT 1 FROM deliveries AS older \
         WHERE older.workspace_id = $1 AND older.subscription_id = $2 AND older.lead_id = $3 AND older.is_head \
         AND older.id < deliveries.id)";
    match form {
        Form::Sets => Vec::new(),
        Form::Routed => lines.one_by_one(DEMOTE).collect(),
    }
}

/// Makes the first of a line its head, unless it has one.
const PROMOTE_IF_NONE: &str = "UPDATE deliveries SET is_head = true WHERE workspace_id = $1 AND id = ( \
     SELECT first.id FROM deliveries AS first WHERE first.workspace_id = $1 AND first.subscription_id = $2 \
     AND first.lead_id = $3 ORDER BY first.id LIMIT 1) AND NOT EXISTS (SELECT 1 FROM deliveries AS head \
     WHERE head.workspace_id = $1 AND head.subscription_id = $2 AND head.lead_id = $3 AND head.is_head)";

/// What must be locked before the heads of lines may change.
#[derive(Default)]
pub(crate) struct Locks {
    leads: BTreeMap<i64, BTreeSet<i64>>,
    /// Subscriptions with news about no lead.
    lines: BTreeMap<i64, BTreeSet<i64>>,
}

/// [`Locks`], as parameters.
pub(crate) struct LockLists {
    leads: Vec<(i64, Vec<i64>)>,
    lines: Vec<String>,
}

impl Locks {
    pub(crate) fn add(&mut self, workspace: i64, subscription: i64, lead: i64) {
        let (all, id) = match lead {
            0 => (&mut self.lines, subscription),
            lead => (&mut self.leads, lead),
        };
        all.entry(workspace).or_default().insert(id);
    }

    pub(crate) fn lists(&self) -> LockLists {
        let leads = self.leads.iter();
        let lines = self.lines.iter();
        let lines = lines.flat_map(|(workspace, ids)| ids.iter().map(move |id| (workspace, id)));
        LockLists {
            leads: leads
                .map(|(workspace, ids)| (*workspace, ids.iter().copied().collect()))
                .collect(),
            lines: lines
                .map(|(workspace, id)| format!("leadbook line {workspace} {id}"))
                .collect(),
        }
    }
}

impl LockLists {
    /// In one order throughout: that of the workspaces and ids, as batches lock their leads.
    pub(crate) fn steps(&self) -> Vec<Step<'_>> {
        let leads =
            "SELECT id FROM leads WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE";
        let lines =
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest($1::text[]) AS key";
        let mut steps: Vec<_> = self
            .leads
            .iter()
            .map(|(workspace, ids)| Step::tenant(leads, &[workspace, ids]))
            .collect();
        if !self.lines.is_empty() {
            steps.push(Step::new(Reach::Shared, lines, &[&self.lines]));
        }
        steps
    }
}
