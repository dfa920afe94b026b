//! Pages of leads where nothing is searched: read from the index of their order. Searches are asked lead by lead (`searched`).

use domain::limits::LIST_MATCHES_MAX;
use domain::listing::{LeadFilter, LeadList, LeadOrder, LeadPage, PageStart};
use domain::{Lead, Timestamp, WorkspaceId};
use rusqlite::{Connection, params};

use super::order::Places;
use super::ranges::Span;
use crate::counts::{self, Count};
use crate::errors::Failure;
use crate::query::{self, many};
use crate::rows::lead::{self, LeadRow};
use crate::rows::signed;

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Campaigns whose counts are read one by one; of more those of the whole workspace are read.
const CAMPAIGNS_ALONE: usize = 32;

type Answer<T> = Result<T, Failure>;

/// One page to be read.
pub(super) struct Pager<'a> {
    pub(super) connection: &'a Connection,
    pub(super) places: Places<'a>,
    pub(super) page: LeadPage,
    /// Leads of the same campaigns, whatever else is filtered.
    around: u64,
}

pub(super) fn list(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &LeadFilter,
    page: &LeadPage,
) -> Answer<LeadList> {
    // All statements see one state of the book.
    let transaction = connection.unchecked_transaction()?;
    let mut counts = counts(&transaction, workspace, filter)?;
    let around = counts.iter().map(|count| count.leads).sum();
    counts.retain(|count| count.passes(filter));
    let pager = Pager {
        connection: &transaction,
        places: Places {
            workspace,
            filter,
            counts,
        },
        page: *page,
        around,
    };
    pager.list()
}

/// Where the leads of the filter's campaigns stand.
fn counts(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &LeadFilter,
) -> Answer<Vec<Count>> {
    let Some(campaigns) = &filter.campaigns else {
        return counts::of_workspace(connection, workspace, None);
    };
    let mut campaigns = campaigns.clone();
    campaigns.sort_unstable();
    campaigns.dedup();
    let mut counts = Vec::new();
    if campaigns.len() <= CAMPAIGNS_ALONE {
        for id in campaigns {
            counts.extend(counts::of_workspace(connection, workspace, Some(id))?);
        }
        return Ok(counts);
    }
    counts = counts::of_workspace(connection, workspace, None)?;
    counts.retain(|count| count.campaign.is_some_and(|id| campaigns.contains(&id)));
    Ok(counts)
}

impl Pager<'_> {
    fn list(&self) -> Answer<LeadList> {
        if self.places.filter.is_searching() {
            return self.searched();
        }
        let total = self.total()?;
        if self.is_chosen_faster(total) {
            let walk = self
                .places
                .walk(LeadOrder::CreatedAt, self.span(), LIST_MATCHES_MAX);
            if let Some(ranks) = self.few(walk)? {
                return self.chosen(ranks);
            }
        }
        self.walked(total)
    }

    pub(super) fn span(&self) -> Span {
        let LeadFilter {
            created_from,
            created_until,
            ..
        } = self.places.filter;
        let is_ascending = self.page.is_ascending;
        let after = match self.page.start {
            PageStart::Offset(_) => None,
            PageStart::After(place) => {
                // Behind everything of the moment, in the direction of the list.
                let all = if is_ascending { i64::MAX } else { 0 };
                let id = place.id.map_or(all, |id| signed(id.get()));
                Some((place.created_at.as_millis(), id))
            }
        };
        Span {
            is_ascending,
            after,
            from: created_from.map_or(0, Timestamp::as_millis),
            until: created_until.map_or(i64::MAX, Timestamp::as_millis),
        }
    }

    pub(super) const fn offset(&self) -> u64 {
        match self.page.start {
            PageStart::Offset(offset) => offset,
            PageStart::After(_) => 0,
        }
    }

    /// How many leads there are: whole days are counted already, what is left of the first and the last one is counted now.
    fn total(&self) -> Answer<u64> {
        let (places, span) = (&self.places, self.span());
        let days = counts::days(self.connection, places.workspace)?;
        let Some((first, last)) = days else {
            return Ok(0);
        };
        let (from, until) = (span.from.max(first * DAY), span.until.min((last + 1) * DAY));
        let (whole_from, whole_until) = ((from + DAY - 1) / DAY, until / DAY);
        if from >= until {
            return Ok(0);
        }
        if (whole_from, whole_until) == (first, last + 1) {
            return Ok(places.total());
        }
        let of_day = |day: i64| self.of_day(day, from.max(day * DAY), until.min((day + 1) * DAY));
        if whole_from > whole_until {
            return of_day(whole_until);
        }
        let mut total = self.in_days(whole_from, whole_until)?;
        if from < whole_from * DAY {
            total += of_day(whole_from - 1)?;
        }
        if whole_until * DAY < until {
            total += of_day(whole_until)?;
        }
        Ok(total)
    }

    fn in_days(&self, from: i64, until: i64) -> Answer<u64> {
        let Places {
            workspace, filter, ..
        } = &self.places;
        counts::in_days(self.connection, *workspace, [from, until], filter)
    }

    /// Leads of a part of a day, which are counted one by one; or, where those may be more, the others of the day.
    fn of_day(&self, day: i64, from: i64, until: i64) -> Answer<u64> {
        let ends = counts::ends(self.connection, self.places.workspace)?;
        let Some((first, last)) = ends else {
            return Ok(0);
        };
        let (begin, end) = (first.max(day * DAY), (last + 1).min((day + 1) * DAY));
        let (from, until) = (from.max(begin), until.min(end));
        let inside = until.saturating_sub(from);
        if inside <= (end - begin) / 2 {
            return self.count(from, until);
        }
        let outside = self.count(begin, from)? + self.count(until, end)?;
        Ok(self.in_days(day, day + 1)?.saturating_sub(outside))
    }

    fn count(&self, from: i64, until: i64) -> Answer<u64> {
        if from >= until {
            return Ok(0);
        }
        let ranges = self.places.ranges();
        let counts = ranges
            .iter()
            .map(|range| range.count(self.connection, from, until));
        counts.sum()
    }

    /// Whether to sort what the filter leaves is less work than to read the order's index, where that holds more than the
    /// filter leaves.
    fn is_chosen_faster(&self, total: u64) -> bool {
        let is_by_text = matches!(self.page.order, LeadOrder::Phone | LeadOrder::ExternalId);
        let end = self
            .offset()
            .saturating_add(self.page.limit as u64)
            .min(total);
        let read = end.saturating_mul(self.around) / total.max(1);
        is_by_text && total <= LIST_MATCHES_MAX as u64 && total.saturating_mul(2) < read
    }

    /// A page of a list that an index has in order.
    fn walked(&self, total: u64) -> Answer<LeadList> {
        let (mut span, limit) = (self.span(), self.page.limit);
        let (mut offset, mut wanted) = (self.offset(), limit as u64);
        let is_placed = span.after.is_some();
        if !is_placed {
            wanted = wanted.min(total.saturating_sub(offset));
            // What is nearer to the end is reached from there.
            if offset > total / 2 {
                span.is_ascending = !span.is_ascending;
                offset = total.saturating_sub(offset).saturating_sub(wanted);
            }
        }
        // One more, to know whether there is one.
        let read = usize::try_from(wanted).unwrap_or(limit) + usize::from(is_placed);
        let mut ids = Vec::with_capacity(read);
        if wanted > 0 {
            let mut walk = self.places.walk(self.page.order, span, read);
            walk.skip(self.connection, offset, total)?;
            while ids.len() < read
                && let Some(id) = walk.next(self.connection)?
            {
                ids.push(id);
            }
        }
        if span.is_ascending != self.page.is_ascending {
            ids.reverse();
        }
        let has_more = if is_placed {
            ids.len() > limit
        } else {
            self.offset().saturating_add(wanted) < total
        };
        ids.truncate(limit);
        Ok(LeadList {
            leads: self.load(&ids)?,
            total,
            has_more,
        })
    }

    /// A page of these leads, sorted.
    pub(super) fn chosen(&self, mut found: Vec<Rank>) -> Answer<LeadList> {
        let total = found.len() as u64;
        found.sort_unstable();
        if !self.page.is_ascending {
            found.reverse();
        }
        let offset = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        let rest = found.get(offset..).unwrap_or_default();
        let ids: Vec<_> = rest
            .iter()
            .take(self.page.limit)
            .map(|rank| rank.id)
            .collect();
        Ok(LeadList {
            leads: self.load(&ids)?,
            total,
            has_more: rest.len() > ids.len(),
        })
    }

    pub(super) fn rank(&self, lead: &Lead) -> Rank {
        let (place, text) = match self.page.order {
            LeadOrder::CreatedAt => (0, None),
            LeadOrder::StageKind => (lead.stage.kind as u8, None),
            LeadOrder::DialStatus => (lead.dial_status as u8, None),
            LeadOrder::Phone => (0, lead.phone.as_ref().map(|phone| phone.e164().to_owned())),
            LeadOrder::ExternalId => (0, lead.external_id.clone()),
        };
        Rank {
            place,
            text,
            at: lead.created_at.as_millis(),
            id: signed(lead.id.get()),
        }
    }

    /// These leads, which belong to the list.
    pub(super) fn load(&self, ids: &[i64]) -> Answer<Vec<Lead>> {
        let leads = self.read(ids)?;
        if leads.len() < ids.len() {
            return Err(Failure::broken("a lead of a list has no row"));
        }
        Ok(leads)
    }

    /// Those of these leads that are the workspace's.
    pub(super) fn read(&self, ids: &[i64]) -> Answer<Vec<Lead>> {
        let workspace = signed(self.places.workspace.get());
        let mut statement = self.connection.prepare_cached(&lead::SELECT_EACH)?;
        let key = params![query::array(ids), workspace];
        many(&mut statement, key, |row| Ok(LeadRow::read(row)?.lead))
    }
}

/// Where a lead stands in a list; in the order of its members.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    place: u8,
    text: Option<String>,
    at: i64,
    id: i64,
}
