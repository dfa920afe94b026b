//! Pages of a search: what it is driven through is read in the order of the list and asked, lead by lead, until the page is full and
//! the total is known. In any other order than that of creation all who match are sorted, or, where they are many, the list is asked.

use domain::Lead;
use domain::limits::{LIST_LOOKED_MAX, LIST_MATCHES_MAX};
use domain::listing::{LeadFilter, LeadList, LeadOrder};

use super::leads::{Pager, Rank};
use super::order::Walk;
use super::ranges::Span;
use super::search::{self, Alone, Drive};
use super::texts;
use crate::errors::Failure;
use crate::query;
use crate::rows::lead::{self, Looked};
use crate::rows::signed;

/// Leads that one statement asks.
const LOOKED_AT_ONCE: usize = 128;
/// More than are looked at, so that the streams need not be read on for the last of a moment.
const AHEAD: usize = 16;

type Answer<T> = Result<T, Failure>;

/// Which part of those who match is taken.
#[derive(Clone, Copy)]
struct Slice {
    offset: u64,
    limit: usize,
    /// Whether the rest is counted.
    is_counted: bool,
    /// Whether it may end before it is full, once there is something in it: who reads on from a place misses nobody.
    may_be_short: bool,
}

/// Who is asked whether he matches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// All who are read match.
    Nobody,
    Leads,
    /// The leads, which are read as they go on the page: nearly all will.
    Whole,
}

impl Asked {
    const fn of(alone: Option<&Alone>) -> Self {
        match alone {
            None => Self::Leads,
            Some(Alone::Links(_)) => Self::Nobody,
            Some(Alone::Texts(_)) => Self::Whole,
        }
    }
}

#[derive(Default)]
struct Taken {
    ids: Vec<i64>,
    /// The same, if they were read whole.
    leads: Vec<Lead>,
    /// Who matched, as far as was looked.
    count: u64,
    has_more: bool,
}

impl Pager<'_> {
    pub(super) fn searched(&self) -> Answer<LeadList> {
        let drive = self.drive(self.span())?;
        if self.page.order != LeadOrder::CreatedAt {
            return self.sorted(drive);
        }
        let is_placed = self.span().after.is_some();
        let slice = Slice {
            offset: self.offset(),
            limit: self.page.limit,
            is_counted: self.page.is_counted && !is_placed,
            may_be_short: is_placed,
        };
        let mut taken = self.take(drive, self.span(), slice)?;
        if self.page.is_counted && is_placed {
            let span = Span {
                after: None,
                ..self.span()
            };
            let all = Slice {
                limit: 0,
                is_counted: true,
                may_be_short: false,
                ..slice
            };
            let all = self.take(self.drive(span)?, span, all)?;
            taken.count = taken.count.max(all.count);
        }
        self.taken(taken)
    }

    fn drive(&self, span: Span) -> Answer<Option<Drive>> {
        search::drive(self.connection, &self.places, span)
    }

    fn taken(&self, taken: Taken) -> Answer<LeadList> {
        let is_whole = taken.leads.len() == taken.ids.len();
        Ok(LeadList {
            leads: if is_whole {
                taken.leads
            } else {
                self.load(&taken.ids)?
            },
            total: taken.count,
            has_more: taken.has_more,
        })
    }

    fn take(&self, drive: Option<Drive>, span: Span, mut slice: Slice) -> Answer<Taken> {
        let Some(drive) = drive else {
            let wanted = slice.wanted(Asked::Leads) + AHEAD;
            let walk = self.places.walk(self.page.order, span, wanted);
            return self.take_of(walk, Asked::Leads, slice);
        };
        let mut asked = Asked::of(drive.alone.as_ref());
        let wanted = slice.wanted(asked) + AHEAD;
        let mut walk = Walk::of(drive.streams, drive.span, wanted);
        let mut count = None;
        if let Some(alone) = drive.alone.filter(|_| slice.is_counted) {
            // A few had better be looked at, and to read them is to know that they are few.
            if asked == Asked::Nobody || walk.has_more_than(self.connection, LIST_LOOKED_MAX)? {
                count = self.count_of(&alone)?;
            }
            slice.is_counted = count.is_none();
        }
        // More will be looked at than go on the page.
        if asked == Asked::Whole && (slice.is_counted || slice.offset > 0) {
            asked = Asked::Leads;
        }
        let mut taken = self.take_of(walk, asked, slice)?;
        taken.count = taken.count.max(count.unwrap_or(0));
        Ok(taken)
    }

    /// How many there are, up to some more than are counted; `None`: they must be looked at. Exact of links; of texts as far as these are no
    /// longer than a gram, and did not change just now.
    fn count_of(&self, alone: &Alone) -> Answer<Option<u64>> {
        let (connection, max) = (self.connection, LIST_MATCHES_MAX as u64);
        Ok(match alone {
            Alone::Links(None) => None,
            Alone::Links(Some(range)) => Some(range.count_to(connection, max)?.unwrap_or(max + 1)),
            Alone::Texts(grams) => {
                let count = texts::count_to(connection, grams, max)?.unwrap_or(max + 1);
                let workspace = signed(self.places.workspace.get());
                let others = texts::uncounted(connection, workspace)?;
                Some(count + self.ask(&others, |_| ())?.len() as u64)
            }
        })
    }

    fn take_of(&self, mut walk: Walk, asked: Asked, slice: Slice) -> Answer<Taken> {
        let (mut taken, mut looked) = (Taken::default(), 0);
        let looked_max = slice.looked_max(asked);
        let mut chunk = (slice.wanted(asked) + 1).min(LOOKED_AT_ONCE);
        loop {
            let ids = self.some(&mut walk, chunk)?;
            if ids.is_empty() {
                return Ok(taken);
            }
            let matching = match asked {
                Asked::Nobody => ids.iter().map(|id| (*id, None)).collect(),
                Asked::Leads => self.ask(&ids, |lead| (signed(lead.id.get()), None))?,
                Asked::Whole => self.ask_whole(&ids)?,
            };
            let mut matching = matching.into_iter().peekable();
            for id in ids {
                looked += 1;
                if let Some((_, lead)) = matching.next_if(|(matching, _)| *matching == id) {
                    taken.add(id, lead, slice);
                }
                if taken.is_enough(looked > looked_max, slice) {
                    return Ok(taken);
                }
            }
            chunk = LOOKED_AT_ONCE;
        }
    }

    /// The next leads.
    fn some(&self, walk: &mut Walk, count: usize) -> Answer<Vec<i64>> {
        let mut ids: Vec<i64> = Vec::with_capacity(count);
        while ids.len() < count
            && let Some(id) = walk.next(self.connection)?
        {
            ids.push(id);
        }
        Ok(ids)
    }

    /// A page in another order than that of creation.
    fn sorted(&self, drive: Option<Drive>) -> Answer<LeadList> {
        let (order, span) = (self.page.order, self.span());
        let few = LIST_MATCHES_MAX as u64;
        let all = match drive {
            Some(drive) => {
                let count = drive.alone.map(|alone| self.count_of(&alone));
                let count = count.transpose()?.flatten();
                let wanted = LIST_MATCHES_MAX + AHEAD;
                let is_few = count.is_none_or(|count| count <= few);
                is_few.then(|| Walk::of(drive.streams, drive.span, wanted))
            }
            None if self.places.total() <= few => {
                let order = LeadOrder::CreatedAt;
                Some(self.places.walk(order, span, LIST_MATCHES_MAX))
            }
            None => None,
        };
        if let Some(all) = all
            && let Some(ranks) = self.few(all)?
        {
            return self.chosen(ranks);
        }
        let slice = Slice {
            offset: self.offset(),
            limit: self.page.limit,
            is_counted: self.page.is_counted,
            may_be_short: false,
        };
        let walk = self.places.walk(order, span, LIST_MATCHES_MAX);
        self.taken(self.take_of(walk, Asked::Leads, slice)?)
    }

    /// Where those who match stand; `None` if too many are to be asked.
    pub(super) fn few(&self, mut walk: Walk) -> Answer<Option<Vec<Rank>>> {
        let (mut ranks, mut looked) = (Vec::new(), 0);
        loop {
            let ids = self.some(&mut walk, LOOKED_AT_ONCE)?;
            if ids.is_empty() {
                return Ok(Some(ranks));
            }
            looked += ids.len();
            if looked > LIST_MATCHES_MAX {
                return Ok(None);
            }
            ranks.extend(self.ask(&ids, |lead| self.rank(lead))?);
        }
    }

    /// What is wanted of those of these leads that match, in their order.
    fn ask<T>(&self, ids: &[i64], wanted: impl Fn(&Lead) -> T) -> Answer<Vec<T>> {
        let looked = self.looked();
        let (workspace, filter) = (self.places.workspace, self.places.filter);
        let mut statement = self
            .connection
            .prepare_cached(&lead::SELECT_SEARCHED_EACH)?;
        let mut rows = statement.query([query::array(ids)])?;
        let mut found = Vec::with_capacity(ids.len());
        while let Some(row) = rows.next()? {
            let lead = lead::read_searched(row, looked)?;
            if lead.workspace_id == workspace && filter.matches(&lead) {
                found.push(wanted(&lead));
            }
        }
        Ok(found)
    }

    /// Those of these leads that match, as they go on a page.
    fn ask_whole(&self, ids: &[i64]) -> Answer<Vec<(i64, Option<Lead>)>> {
        let leads = self.read(ids)?.into_iter();
        let matching = leads.filter(|lead| self.places.filter.matches(lead));
        Ok(matching
            .map(|lead| (signed(lead.id.get()), Some(lead)))
            .collect())
    }

    fn looked(&self) -> Looked {
        let LeadFilter {
            phone_part,
            text,
            tags,
            users,
            is_assigned,
            custom_fields,
            ..
        } = self.places.filter;
        let is_by_text = matches!(self.page.order, LeadOrder::Phone | LeadOrder::ExternalId);
        let is_by_users = text.as_ref().is_some_and(|text| !text.users.is_empty());
        Looked {
            at_texts: phone_part.is_some() || text.is_some() || is_by_text,
            at_fields: !custom_fields.is_empty(),
            at_links: is_by_users || !tags.is_empty() || !users.is_empty() || is_assigned.is_some(),
        }
    }
}

impl Taken {
    fn add(&mut self, id: i64, lead: Option<Lead>, slice: Slice) {
        self.count += 1;
        if self.count <= slice.offset {
            return;
        }
        self.has_more = self.ids.len() == slice.limit;
        if !self.has_more {
            self.ids.push(id);
            self.leads.extend(lead);
        }
    }

    /// Whether nobody need be looked at any more.
    const fn is_enough(&mut self, is_at_end: bool, slice: Slice) -> bool {
        if slice.may_be_short && is_at_end && !self.ids.is_empty() {
            self.has_more = true;
        }
        self.has_more && (is_at_end || !slice.is_counted)
    }
}

impl Slice {
    /// Leads behind which what is found is enough.
    const fn looked_max(self, asked: Asked) -> usize {
        if self.is_counted && !matches!(asked, Asked::Nobody) {
            LIST_LOOKED_MAX
        } else {
            LIST_MATCHES_MAX
        }
    }

    /// Leads that will be looked at, as far as that is known.
    const fn wanted(self, asked: Asked) -> usize {
        if self.is_counted {
            self.looked_max(asked)
        } else {
            self.limit + 1
        }
    }
}
