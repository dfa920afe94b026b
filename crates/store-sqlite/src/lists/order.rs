//! A list of leads as ranges of indexes: which ranges hold what a filter leaves by campaign, status, kind and time, in which
//! order. What a filter searches in is not looked at here.

use std::collections::{BTreeSet, VecDeque};

use domain::listing::{LeadFilter, LeadOrder};
use domain::status::{DialStatus, StageKind};
use domain::{CampaignId, WorkspaceId};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::merge::{Merge, Stream};
use super::ranges::{Range, Span};
use crate::blocks::Scope;
use crate::counts::Count;
use crate::errors::Failure;
use crate::rows::signed;

const LEADS: &str = "leads";
const CREATED_AT: &str = "created_at";

type Answer<T> = Result<T, Failure>;

/// The leads that a filter leaves, without what it searches in.
pub(super) struct Places<'a> {
    pub(super) workspace: WorkspaceId,
    pub(super) filter: &'a LeadFilter,
    /// Where they stand, of all days.
    pub(super) counts: Vec<Count>,
}

/// Streams that are merged, one group after the other.
pub(super) struct Walk {
    groups: Vec<(Vec<Stream>, Option<u64>)>,
    merge: Option<Merge>,
    last: Option<i64>,
    /// Those that were looked ahead at.
    ahead: VecDeque<i64>,
    span: Span,
    wanted: usize,
}

/// The leads of every campaign and of none, or of one, or of none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    All,
    Campaign(Option<CampaignId>),
}

/// Leads that are equal in all that an index begins with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    campaign: Of,
    dial_status: Option<DialStatus>,
    stage_kind: Option<StageKind>,
}

impl Places<'_> {
    /// How many there are of all days.
    pub(super) fn total(&self) -> u64 {
        self.counts.iter().map(|count| count.leads).sum()
    }

    /// The ranges of the leads in the order of their creation.
    pub(super) fn ranges(&self) -> Vec<Range> {
        self.of(&self.counts, self.names_status(), self.names_kind())
    }

    fn names_status(&self) -> bool {
        !self.filter.dial_statuses.is_empty()
    }

    fn names_kind(&self) -> bool {
        !self.filter.stage_kinds.is_empty()
    }

    /// The leads in an order, each group behind the one before.
    pub(super) fn walk(&self, order: LeadOrder, span: Span, wanted: usize) -> Walk {
        let mut groups = match order {
            LeadOrder::CreatedAt => vec![(self.ranges(), Some(self.total()))],
            LeadOrder::StageKind => StageKind::ALL
                .iter()
                .map(|kind| {
                    self.group(|count| count.stage_kind == *kind, self.names_status(), true)
                })
                .collect(),
            LeadOrder::DialStatus => DialStatus::ALL
                .iter()
                .map(|status| {
                    self.group(
                        |count| count.dial_status == *status,
                        true,
                        self.names_kind(),
                    )
                })
                .collect(),
            LeadOrder::Phone => self.by_text("leads_by_phone", "phone_e164"),
            LeadOrder::ExternalId => self.by_text("leads_by_external_id", "external_id"),
        };
        // From its end.
        if span.is_ascending {
            groups.reverse();
        }
        if self.filter.created_from.is_some() || self.filter.created_until.is_some() {
            for (_, total) in &mut groups {
                *total = None;
            }
        }
        let streams = |ranges: Vec<Range>| ranges.into_iter().map(Stream::from).collect();
        let groups = groups.into_iter();
        Walk {
            groups: groups
                .map(|(ranges, total)| (streams(ranges), total))
                .collect(),
            merge: None,
            last: None,
            ahead: VecDeque::new(),
            span,
            wanted,
        }
    }

    fn group(
        &self,
        is_in: impl Fn(&Count) -> bool,
        by_status: bool,
        by_kind: bool,
    ) -> (Vec<Range>, Option<u64>) {
        let counts: Vec<_> = self.counts.iter().copied().filter(is_in).collect();
        let total = counts.iter().map(|count| count.leads).sum();
        (self.of(&counts, by_status, by_kind), Some(total))
    }

    /// Those without the text, then those with it.
    fn by_text(&self, index: &'static str, text: &'static str) -> Vec<(Vec<Range>, Option<u64>)> {
        let campaigns: BTreeSet<_> = self.counts.iter().map(|count| count.campaign).collect();
        let range = |campaign: &Option<CampaignId>, is_there: bool| {
            let mut conditions = Conditions::of(self.workspace);
            conditions.add("campaign_id IS ?", campaign.map(number).into());
            if !is_there {
                conditions.text.extend([" AND ", text, " IS NULL"]);
            }
            let (statuses, kinds) = (&self.filter.dial_statuses, &self.filter.stage_kinds);
            conditions.one_of("dial_status", statuses.iter().map(|status| status.name()));
            conditions.one_of("stage_kind", kinds.iter().map(|kind| kind.name()));
            conditions.range(index, is_there.then_some(text))
        };
        let ranges = |is_there| campaigns.iter().map(|id| range(id, is_there)).collect();
        vec![(ranges(false), None), (ranges(true), None)]
    }

    /// The ranges of the counted leads, as few as there may be: those that are empty have no count.
    fn of(&self, counts: &[Count], by_status: bool, by_kind: bool) -> Vec<Range> {
        let by_campaign = by_status || by_kind || self.filter.campaigns.is_some();
        let key = |count: &Count| Key {
            campaign: if by_campaign {
                Of::Campaign(count.campaign)
            } else {
                Of::All
            },
            dial_status: by_status.then_some(count.dial_status),
            stage_kind: by_kind.then_some(count.stage_kind),
        };
        let keys: BTreeSet<_> = counts.iter().map(key).collect();
        keys.iter().map(|key| self.range(key)).collect()
    }

    fn range(&self, key: &Key) -> Range {
        let mut conditions = Conditions::of(self.workspace);
        if let Of::Campaign(campaign) = key.campaign {
            conditions.add("campaign_id IS ?", campaign.map(number).into());
        }
        if let Some(status) = key.dial_status {
            conditions.add("dial_status = ?", status.name().to_owned().into());
        }
        if let Some(kind) = key.stage_kind {
            conditions.add("stage_kind = ?", kind.name().to_owned().into());
        }
        let index = match (key.campaign, key.dial_status, key.stage_kind) {
            (Of::All, ..) => "leads_by_creation",
            (Of::Campaign(_), None, None) => "leads_of_campaign",
            (Of::Campaign(_), None, Some(_)) => "leads_by_stage",
            // A kind beside a status is looked up in the rows.
            (Of::Campaign(_), Some(_), _) => "leads_by_dial_status",
        };
        let blocks = match (key.campaign, key.dial_status, key.stage_kind) {
            (Of::All, None, None) => Some(Scope::workspace(self.workspace)),
            (Of::Campaign(Some(id)), None, None) => Some(Scope::campaign(self.workspace, id)),
            _ => None,
        };
        Range {
            blocks,
            ..conditions.range(index, None)
        }
    }
}

fn number(id: CampaignId) -> i64 {
    signed(id.get())
}

struct Conditions {
    text: String,
    values: Vec<Value>,
}

impl Conditions {
    fn of(workspace: WorkspaceId) -> Self {
        Self {
            text: "deleted_at IS NULL AND workspace_id = ?".to_owned(),
            values: vec![signed(workspace.get()).into()],
        }
    }

    fn add(&mut self, condition: &str, value: Value) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
        self.values.push(value);
    }

    /// One of the names, if there are any.
    fn one_of(&mut self, column: &str, names: impl ExactSizeIterator<Item = &'static str>) {
        if names.len() > 0 {
            let marks = vec!["?"; names.len()].join(", ");
            self.text.extend([" AND ", column, " IN (", &marks, ")"]);
            self.values
                .extend(names.map(|name| Value::from(name.to_owned())));
        }
    }

    fn range(self, index: &'static str, text: Option<&'static str>) -> Range {
        Range {
            table: LEADS,
            index: Some(index),
            id: "id",
            conditions: self.text,
            values: self.values,
            text,
            at: CREATED_AT,
            blocks: None,
        }
    }
}

impl Walk {
    /// Through streams in the order of creation.
    pub(super) fn of(streams: Vec<Stream>, span: Span, wanted: usize) -> Self {
        Self {
            groups: vec![(streams, None)],
            merge: None,
            last: None,
            ahead: VecDeque::new(),
            span,
            wanted,
        }
    }

    /// Passes over so many leads of about so many, before the first one is taken.
    pub(super) fn skip(
        &mut self,
        connection: &Connection,
        mut count: u64,
        about: u64,
    ) -> Answer<()> {
        while count > 0
            && let Some((streams, total)) = self.groups.pop()
        {
            // Whole groups that are counted, unseen.
            if let Some(total) = total.filter(|total| *total <= count) {
                count -= total;
                continue;
            }
            let mut merge = Merge::new(streams, self.span, self.wanted);
            count -= match total {
                Some(total) => merge.skip(connection, count, total)?,
                None if self.groups.is_empty() => merge.skip(connection, count, about)?,
                None => merge.skip_one_by_one(connection, count)?,
            };
            self.merge = Some(merge);
        }
        Ok(())
    }

    /// Every range that it would read.
    #[cfg(test)]
    pub(super) fn ranges(&self) -> impl Iterator<Item = &Range> {
        let streams = self.groups.iter().flat_map(|(streams, _)| streams);
        streams.filter_map(|stream| match stream {
            Stream::Range(range) => Some(range),
            Stream::Texts(_) | Stream::Known(_) => None,
        })
    }

    /// Whether there are more leads to come than so many.
    pub(super) fn has_more_than(&mut self, connection: &Connection, count: usize) -> Answer<bool> {
        while self.ahead.len() <= count
            && let Some(id) = self.read(connection)?
        {
            self.ahead.push_back(id);
        }
        Ok(self.ahead.len() > count)
    }

    /// The next lead's number.
    pub(super) fn next(&mut self, connection: &Connection) -> Answer<Option<i64>> {
        match self.ahead.pop_front() {
            Some(id) => Ok(Some(id)),
            None => self.read(connection),
        }
    }

    fn read(&mut self, connection: &Connection) -> Answer<Option<i64>> {
        while self.begin() {
            let next = match &mut self.merge {
                Some(merge) => merge.next(connection)?,
                None => None,
            };
            if next.is_none() {
                self.merge = None;
            // One who is in several streams follows himself.
            } else if self.last != next {
                self.last = next;
                return Ok(next);
            }
        }
        Ok(None)
    }

    /// Takes up the next group, unless one is at hand. Whether there is one.
    fn begin(&mut self) -> bool {
        if self.merge.is_none()
            && let Some((streams, _)) = self.groups.pop()
        {
            self.merge = Some(Merge::new(streams, self.span, self.wanted));
        }
        self.merge.is_some()
    }
}
