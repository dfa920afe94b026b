//! What is due, and what there is to tell of it.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use domain::event::{Event, unfold};
use domain::state::Content;
use domain::subscription::Subscription;
use domain::{Lead, SubscriptionId, Timestamp, WorkspaceId};
use rusqlite::{Connection, Row};
use store::{DueDelivery, News};

use super::Work;
use crate::errors::Failure;
use crate::leases::Leases;
use crate::load;
use crate::query::one;
use crate::rows::delivery::{DueRow, SELECT_DUE, Told};
use crate::rows::event::EventRow;
use crate::rows::{Cells, event, signed};
use crate::subscriptions;

/// Deliveries that are looked at along their times, before it is asked which subscriptions have any: the backlog of one
/// that is left out may be of any length.
const LOOKED_AT_MAX: usize = 2_048;

/// What to look for.
pub(crate) struct Search {
    pub(crate) now: Timestamp,
    pub(crate) except: HashSet<SubscriptionId>,
    pub(crate) limit: usize,
}

/// A head that is due: since when, its id, and its subscription. Sorted, the one due longest is first.
type Head = (i64, u64, SubscriptionId);

/// Picks, leases and reads out.
pub(crate) fn lease(
    connection: &Connection,
    leases: &Leases,
    search: &Search,
    until: Timestamp,
) -> Work<Vec<DueDelivery>> {
    // Its first read is of those to pick.
    let snapshot = connection.unchecked_transaction()?;
    let ids = leases.take(search.now, until, |is_taken| {
        search.run(&snapshot, is_taken)
    })?;
    let mut teller = Teller::new(&snapshot);
    let told: Work<Vec<_>> = ids
        .iter()
        .filter_map(|id| teller.tell(*id, until).transpose())
        .collect();
    if told.is_err() {
        leases.end(ids);
    }
    told
}

impl Search {
    /// The ids of those due longest that are not taken.
    fn run(&self, connection: &Connection, is_taken: &dyn Fn(u64) -> bool) -> Work<Vec<u64>> {
        let mut statement = connection.prepare_cached(
            "SELECT next_attempt_at, id, subscription_id FROM deliveries \
             WHERE is_head = 1 AND next_attempt_at <= ?1 ORDER BY next_attempt_at, id",
        )?;
        let mut rows = statement.query([self.now.as_millis()])?;
        let mut found = Vec::new();
        for _ in 0..LOOKED_AT_MAX + self.limit {
            let Some(row) = rows.next()?.filter(|_| found.len() < self.limit) else {
                return Ok(found);
            };
            let (_, id, subscription) = head(row)?;
            if !is_taken(id) && !self.except.contains(&subscription) {
                found.push(id);
            }
        }
        drop(rows);
        self.by_subscription(connection, is_taken)
    }

    /// The same, found without a look at those that are left out.
    fn by_subscription(
        &self,
        connection: &Connection,
        is_taken: &dyn Fn(u64) -> bool,
    ) -> Work<Vec<u64>> {
        let mut next = connection.prepare_cached(
            "SELECT min(subscription_id) FROM deliveries WHERE is_head = 1 AND subscription_id > ?1",
        )?;
        let mut of_one = connection.prepare_cached(
            "SELECT next_attempt_at, id, subscription_id FROM deliveries \
             WHERE is_head = 1 AND subscription_id = ?1 AND next_attempt_at <= ?2 ORDER BY next_attempt_at, id",
        )?;
        // The best so far, the last of them on top.
        let mut found = BinaryHeap::<Head>::new();
        let mut subscription = 0_i64;
        while let Some(id) = next.query_row([subscription], |row| row.get::<_, Option<i64>>(0))? {
            subscription = id;
            if self.except.iter().any(|except| signed(except.get()) == id) {
                continue;
            }
            let mut rows = of_one.query([subscription, self.now.as_millis()])?;
            while let Some(row) = rows.next()? {
                let head = head(row)?;
                if found.len() >= self.limit && found.peek().is_none_or(|last| *last < head) {
                    break;
                }
                if !is_taken(head.1) {
                    found.push(head);
                    if found.len() > self.limit {
                        found.pop();
                    }
                }
            }
        }
        Ok(found
            .into_sorted_vec()
            .into_iter()
            .map(|head| head.1)
            .collect())
    }
}

fn head(row: &Row<'_>) -> Work<Head> {
    let mut cells = Cells::new(row, "deliveries");
    let due = cells.integer("next_attempt_at")?;
    let id = cells.number("id")?;
    let subscription = cells.id("subscription_id", SubscriptionId::new)?;
    Ok((due, id, subscription))
}

/// Reads out what there is to tell of deliveries. One event often goes to many, and one subscription hears many.
struct Teller<'c> {
    connection: &'c Connection,
    subscriptions: HashMap<(WorkspaceId, SubscriptionId), Option<Arc<Subscription>>>,
    events: HashMap<i64, (Event, Lead)>,
}

impl<'c> Teller<'c> {
    fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            subscriptions: HashMap::new(),
            events: HashMap::new(),
        }
    }

    /// The delivery with all it takes to tell of it; `None` if it is not there any more.
    fn tell(&mut self, id: u64, leased_until: Timestamp) -> Work<Option<DueDelivery>> {
        let mut statement = self.connection.prepare_cached(SELECT_DUE)?;
        let Some(row) = one(&mut statement, [signed(id)], DueRow::read)? else {
            return Ok(None);
        };
        let DueRow {
            key,
            at,
            attempts,
            told,
        } = row;
        let news = match told {
            Told::Event(event) => self.event(event)?,
            Told::Else(Content::Result(result)) => News::Result(result),
            Told::Else(Content::Notice(notice)) => News::Notice(notice),
            Told::Else(Content::Test) => News::Test,
            Told::Else(Content::Event { .. }) => {
                return Err(Failure::corrupt("deliveries", "event_id", id.to_string()));
            }
        };
        Ok(Some(DueDelivery {
            subscription: self.subscription(key.workspace_id, key.subscription_id)?,
            key,
            at,
            news,
            attempts,
            leased_until,
        }))
    }

    fn subscription(
        &mut self,
        workspace: WorkspaceId,
        id: SubscriptionId,
    ) -> Work<Option<Arc<Subscription>>> {
        if let Some(known) = self.subscriptions.get(&(workspace, id)) {
            return Ok(known.clone());
        }
        let found = subscriptions::subscription(self.connection, workspace, id)?.map(Arc::new);
        self.subscriptions.insert((workspace, id), found.clone());
        Ok(found)
    }

    fn event(&mut self, id: i64) -> Work<News> {
        if !self.events.contains_key(&id) {
            let told = read_event(self.connection, id)?;
            self.events.insert(id, told);
        }
        let (event, lead) = self.events[&id].clone();
        Ok(News::Event {
            event: Box::new(event),
            lead: Box::new(lead),
        })
    }
}

/// An event, and the lead as it was right after it: as it is now, without the events since.
fn read_event(connection: &Connection, id: i64) -> Work<(Event, Lead)> {
    let damage = || Failure::corrupt("events", "previous_event_id", id.to_string());
    let mut statement = connection.prepare_cached(event::SELECT)?;
    let event = one(&mut statement, [id], EventRow::read)?
        .ok_or_else(damage)?
        .event;
    let row = load::row(connection, event.workspace_id, event.lead_id)?.ok_or_else(damage)?;
    let (mut lead, mut next) = (row.lead, row.last_event_id);
    while lead.version > event.version {
        let newer = one(&mut statement, [next], EventRow::read)?
            .filter(|row| (row.event.lead_id, row.event.version) == (lead.id, lead.version))
            .ok_or_else(damage)?;
        lead = unfold(lead, &newer.event).map_err(|_| damage())?;
        next = newer.previous_event_id.ok_or_else(damage)?;
    }
    lead.updated_at = event.at;
    Ok((event, lead))
}
