//! Pages of leads.

use std::collections::HashMap;

use domain::limits::LIST_MATCHES_MAX;
use domain::listing::{LeadFilter, LeadList, LeadOrder, LeadPage, PageStart, Place as Start};
use domain::status::{DialStatus, StageKind};
use domain::{Lead, WorkspaceId};
use tokio_postgres::Row;

use super::Answer;
use super::order::Part;
use super::question::Values;
use super::ranges::{Source, count_sql};
use super::{conditions, search};
use crate::counts::{self, Count};
use crate::errors::Failure;
use crate::pipeline::{Pipeline, Step};
use crate::rows::lead::{self, LeadRow};
use crate::rows::{Cells, signed};

/// Leads that are in memory at once while it is looked which of them pass.
const LOADED_AT_ONCE: usize = 500;

pub(super) async fn page(
    pipeline: Pipeline<'_>,
    workspace: WorkspaceId,
    filter: &LeadFilter,
    page: &LeadPage,
) -> Answer<LeadList> {
    let list = List {
        pipeline,
        workspace,
        filter,
        page,
    };
    let found = if !filter.is_searching() {
        list.by_place().await?
    } else if conditions::is_exact(filter) {
        list.search().await?
    } else {
        list.sift().await?
    };
    list.read(found).await
}

/// A list, and the part of it that is wanted.
struct List<'l> {
    pipeline: Pipeline<'l>,
    workspace: WorkspaceId,
    filter: &'l LeadFilter,
    page: &'l LeadPage,
}

/// The numbers of the page's leads and, if there are more, of one more.
struct Found {
    ids: Vec<i64>,
    total: u64,
}

impl List<'_> {
    /// As many as the page and one more.
    const fn take(&self) -> u64 {
        self.page.limit as u64 + 1
    }

    const fn offset(&self) -> u64 {
        match self.page.start {
            PageStart::Offset(offset) => offset,
            PageStart::After(_) => 0,
        }
    }

    const fn after(&self) -> Option<Start> {
        match self.page.start {
            PageStart::Offset(_) => None,
            PageStart::After(place) => Some(place),
        }
    }

    const fn part(&self) -> Part {
        Part {
            order: self.page.order,
            is_ascending: self.page.is_ascending,
            after: self.after(),
            skip: self.offset(),
            take: self.take(),
        }
    }

    async fn ids(&self, source: &Source, part: &Part) -> Answer<Vec<i64>> {
        let mut values = Values::of(self.workspace);
        let sql = part.sql(source, self.filter, &mut values);
        let rows = values.ask(self.pipeline, sql).await?;
        let number = |row: &Row| Cells::new(row, "leads").integer("id");
        rows.iter().map(number).collect()
    }

    /// Where nothing is searched, places say how many there are.
    async fn by_place(&self) -> Answer<Found> {
        let counts = counts::of_places(self.pipeline, self.workspace, self.filter).await?;
        let total = counts.iter().map(|count| count.leads).sum();
        let ids = match self.page.order {
            LeadOrder::DialStatus => {
                let group = |count: &Count| position(&DialStatus::ALL, &count.place.dial_status);
                self.group_by_group(&counts, group).await?
            }
            LeadOrder::StageKind => {
                let group = |count: &Count| position(&StageKind::ALL, &count.place.stage_kind);
                self.group_by_group(&counts, group).await?
            }
            order => {
                let source = Source::of(self.filter, order, &counts);
                self.ids(&source, &self.part()).await?
            }
        };
        Ok(Found { ids, total })
    }

    /// In the order of groups that places are in: those before the page are passed by without a look.
    async fn group_by_group(
        &self,
        counts: &[Count],
        group_of: impl Fn(&Count) -> usize,
    ) -> Answer<Vec<i64>> {
        let mut groups: Vec<_> = counts.iter().map(&group_of).collect();
        groups.sort_unstable();
        groups.dedup();
        if !self.page.is_ascending {
            groups.reverse();
        }
        let mut part = Part {
            order: LeadOrder::CreatedAt,
            ..self.part()
        };
        let mut ids = Vec::new();
        for group in groups {
            let own: Vec<_> = counts.iter().filter(|c| group_of(c) == group).collect();
            let leads: u64 = own.iter().map(|count| count.leads).sum();
            if part.skip >= leads {
                part.skip -= leads;
                continue;
            }
            let source = Source::Places(own.iter().map(|count| count.place).collect());
            let found = self.ids(&source, &part).await?;
            part.take = part.take.saturating_sub(found.len() as u64);
            part.skip = 0;
            ids.extend(found);
            if part.take == 0 {
                break;
            }
        }
        Ok(ids)
    }

    /// The candidates where they are few, else the list in its order.
    async fn source(&self) -> Answer<Source> {
        let candidates = search::candidates(self.pipeline, self.workspace, self.filter).await?;
        if let Some(ids) = candidates {
            return Ok(Source::Chosen(ids));
        }
        let counts = counts::of_places(self.pipeline, self.workspace, self.filter).await?;
        Ok(Source::of(self.filter, self.page.order, &counts))
    }

    async fn search(&self) -> Answer<Found> {
        let source = self.source().await?;
        let ids = self.ids(&source, &self.part()).await?;
        let mut values = Values::of(self.workspace);
        let most = LIST_MATCHES_MAX as u64 + 1;
        let sql = count_sql(&source, self.filter, most, &mut values);
        let rows = values.ask(self.pipeline, sql).await?;
        let row = rows.first().ok_or(Failure::broken("a count without one"))?;
        let counted = Cells::new(row, "leads").number("leads")?;
        let total = if counted < most {
            counted
        } else {
            counted.max(self.offset() + ids.len() as u64)
        };
        Ok(Found { ids, total })
    }

    /// Where conditions let too many pass: looks at the leads themselves, some at a time.
    async fn sift(&self) -> Answer<Found> {
        let source = self.source().await?;
        let mut part = Part {
            after: None,
            skip: 0,
            take: LIST_MATCHES_MAX as u64,
            ..self.part()
        };
        let (mut ids, mut passed, mut total) = (Vec::new(), 0, 0);
        loop {
            let round = self.ids(&source, &part).await?;
            for some in round.chunks(LOADED_AT_ONCE) {
                for lead in self.load(some).await? {
                    total += 1;
                    if self.is_behind_start(&lead) {
                        passed += 1;
                        let is_on_page = passed > self.offset() && (ids.len() as u64) < self.take();
                        ids.extend(is_on_page.then(|| signed(lead.id.get())));
                    }
                }
                if total > LIST_MATCHES_MAX as u64 && ids.len() as u64 == self.take() {
                    return Ok(Found { ids, total });
                }
            }
            if (round.len() as u64) < part.take {
                return Ok(Found { ids, total });
            }
            part.skip += part.take;
        }
    }

    fn is_behind_start(&self, lead: &Lead) -> bool {
        let Some(Start { created_at, id }) = self.after() else {
            return true;
        };
        let own = (lead.created_at, lead.id);
        match (self.page.is_ascending, id) {
            (true, None) => own.0 > created_at,
            (false, None) => own.0 < created_at,
            (true, Some(id)) => own > (created_at, id),
            (false, Some(id)) => own < (created_at, id),
        }
    }

    async fn read(&self, found: Found) -> Answer<LeadList> {
        let Found { mut ids, total } = found;
        let has_more = ids.len() > self.page.limit;
        ids.truncate(self.page.limit);
        Ok(LeadList {
            leads: self.load(&ids).await?,
            total,
            has_more,
        })
    }

    /// The leads with these numbers, in their order; without those that belong to the list no more.
    async fn load(&self, ids: &[i64]) -> Answer<Vec<Lead>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {} FROM leads WHERE workspace_id = $1 AND id = ANY($2)",
            lead::COLUMNS
        );
        let workspace = signed(self.workspace.get());
        let step = Step::tenant(sql, &[&workspace, &ids]);
        let mut leads = HashMap::with_capacity(ids.len());
        for row in self.pipeline.one(step).await? {
            let lead = LeadRow::read(&row)?.lead;
            leads.insert(signed(lead.id.get()), lead);
        }
        let in_order = ids.iter().filter_map(|id| leads.remove(id));
        Ok(in_order.filter(|lead| self.filter.matches(lead)).collect())
    }
}

fn position<T: PartialEq>(all: &[T], one: &T) -> usize {
    all.iter()
        .position(|other| other == one)
        .unwrap_or(all.len())
}
