//! Pages of leads. A plain list is read from the index of its order; of a search the few that may match are read and asked, or,
//! where many may, the list is read and asked lead by lead until the page is full.

use domain::limits::LIST_MATCHES_MAX;
use domain::listing::{LeadFilter, LeadList, LeadOrder, LeadPage, PageStart};
use domain::{Lead, Timestamp, WorkspaceId};
use rusqlite::Connection;

use super::order::{Places, Walk};
use super::ranges::{Range, Span};
use super::search::{self, Candidates, Ids};
use crate::counts::{self, Count};
use crate::errors::Failure;
use crate::query::one;
use crate::rows::lead::{self, LeadRow};
use crate::rows::signed;

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Campaigns whose counts are read one by one; of more those of the whole workspace are read.
const CAMPAIGNS_ALONE: usize = 32;

type Answer<T> = Result<T, Failure>;

/// One page to be read.
struct Pager<'a> {
    connection: &'a Connection,
    places: Places<'a>,
    page: LeadPage,
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
            return match search::candidates(self.connection, &self.places, self.span())? {
                Candidates::Exact(ids) => match self.links()? {
                    Some(ranges) => self.linked(&ids, ranges),
                    None => self.chosen(ids),
                },
                Candidates::Among(ids) => self.chosen(ids),
                Candidates::Many => self.searched(),
            };
        }
        let total = self.total()?;
        if self.is_chosen_faster(total) {
            let mut walk = self
                .places
                .walk(LeadOrder::CreatedAt, self.span(), LIST_MATCHES_MAX);
            let mut ids = Vec::new();
            while let Some(id) = walk.next(self.connection)? {
                ids.push(id);
            }
            return self.chosen(ids);
        }
        self.walked(total)
    }

    fn span(&self) -> Span {
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

    const fn offset(&self) -> u64 {
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
            walk.skip(self.connection, offset)?;
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

    /// A page of those who match, in the order that links are kept in.
    fn linked(&self, all: &Ids, ranges: Vec<Range>) -> Answer<LeadList> {
        let mut walk = Walk::of(ranges, self.span(), all.len());
        let (limit, mut ids, mut last) = (self.page.limit, Vec::new(), None);
        let mut skipped = 0;
        while ids.len() <= limit
            && let Some(id) = walk.next(self.connection)?
        {
            // One with two of the tags comes twice.
            if last.replace(id) == Some(id) || !all.contains(&id) {
                continue;
            }
            if skipped < self.offset() {
                skipped += 1;
            } else {
                ids.push(id);
            }
        }
        let has_more = ids.len() > limit;
        ids.truncate(limit);
        Ok(LeadList {
            leads: self.load(&ids)?,
            total: all.len() as u64,
            has_more,
        })
    }

    /// A page of those of the named leads that match.
    fn chosen(&self, ids: impl IntoIterator<Item = i64>) -> Answer<LeadList> {
        let mut found = Vec::new();
        for id in ids {
            if let Some(lead) = self.matching(id)? {
                found.push(self.rank(&lead));
            }
        }
        let total = found.len() as u64;
        found.sort_unstable();
        if !self.page.is_ascending {
            found.reverse();
        }
        if let Some((at, id)) = self.span().after {
            let is_ascending = self.page.is_ascending;
            found.retain(|rank| {
                let behind = (rank.at, rank.id).cmp(&(at, id));
                behind.is_gt() && is_ascending || behind.is_lt() && !is_ascending
            });
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

    /// A page of a search that leaves many: the list, or a part of it that has all who match, is read and asked until the page is
    /// full. Who looks at too many stops, but not before there is something to show: whoever reads on must get on.
    fn searched(&self) -> Answer<LeadList> {
        let (limit, mut skipped) = (self.page.limit, 0);
        let mut walk = self.walk_of_search()?;
        let (mut ids, mut has_more, mut looked, mut last) = (Vec::new(), false, 0, None);
        while let Some(id) = walk.next(self.connection)? {
            // One with two of the tags comes twice.
            if last.replace(id) == Some(id) {
                continue;
            }
            looked += 1;
            if self.matching(id)?.is_some() {
                if skipped < self.offset() {
                    skipped += 1;
                } else if ids.len() < limit {
                    ids.push(id);
                } else {
                    has_more = true;
                    break;
                }
            }
            if looked >= LIST_MATCHES_MAX && !ids.is_empty() {
                has_more = true;
                break;
            }
        }
        Ok(LeadList {
            leads: self.load(&ids)?,
            total: skipped + ids.len() as u64 + u64::from(has_more),
            has_more,
        })
    }

    fn walk_of_search(&self) -> Answer<Walk> {
        let (order, span) = (self.page.order, self.span());
        Ok(match self.links()? {
            Some(ranges) => Walk::of(ranges, span, self.page.limit),
            None => self.places.walk(order, span, LIST_MATCHES_MAX),
        })
    }

    /// The ranges of links that have all who match in the order of the page.
    fn links(&self) -> Answer<Option<Vec<Range>>> {
        match self.page.order {
            LeadOrder::CreatedAt => search::linked(self.connection, &self.places),
            _ => Ok(None),
        }
    }

    /// The lead of this number, if it matches.
    fn matching(&self, id: i64) -> Answer<Option<Lead>> {
        let mut statement = self.connection.prepare_cached(&lead::SELECT_SEARCHED)?;
        let found = one(&mut statement, [id], lead::read_searched)?;
        let Places {
            workspace, filter, ..
        } = &self.places;
        Ok(found.filter(|lead| lead.workspace_id == *workspace && filter.matches(lead)))
    }

    fn rank(&self, lead: &Lead) -> Rank {
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

    fn load(&self, ids: &[i64]) -> Answer<Vec<Lead>> {
        let workspace = signed(self.places.workspace.get());
        let mut statement = self.connection.prepare_cached(&lead::SELECT)?;
        let mut load = |id: &i64| -> Answer<Lead> {
            let row = one(&mut statement, [*id, workspace], LeadRow::read)?;
            let row = row.ok_or_else(|| Failure::broken("a lead of a list has no row"))?;
            Ok(row.lead)
        };
        ids.iter().map(&mut load).collect()
    }
}

/// Where a lead stands in a list; in the order of its members.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    place: u8,
    text: Option<String>,
    at: i64,
    id: i64,
}
