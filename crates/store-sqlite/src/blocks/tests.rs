//! Blocks of a few leads hold what they count, whatever comes and goes, and a page is found behind them.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::{Connection, params};

use super::{Scope, change_by};
use crate::migrations;

const LEADS_MAX: i64 = 4;
const CAMPAIGNS: i64 = 3;
const MOMENTS: i64 = 24;

/// A lead of a campaign comes at a moment; or one of those that are there goes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Come(i64, i64),
    Go(usize),
}

fn batches() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = prop_oneof![
        3 => (1..=CAMPAIGNS, 0..MOMENTS).prop_map(|(campaign, at)| Step::Come(campaign, at)),
        // Many of one moment.
        1 => (1..=CAMPAIGNS).prop_map(|campaign| Step::Come(campaign, 7)),
        2 => any::<usize>().prop_map(Step::Go),
    ];
    vec(vec(step, 1..12), 1..20)
}

struct Book {
    connection: Connection,
    /// Campaign and moment by number.
    leads: BTreeMap<i64, (i64, i64)>,
    next_id: i64,
}

const fn scope(campaign: i64) -> Scope {
    Scope {
        workspace: 1,
        campaign,
    }
}

impl Book {
    fn new() -> Self {
        let mut connection = Connection::open_in_memory().unwrap();
        migrations::run(&mut connection).unwrap();
        Self {
            connection,
            leads: BTreeMap::new(),
            next_id: 1,
        }
    }

    fn run(&mut self, batch: &[Step]) {
        let mut steps: BTreeMap<(Scope, i64), i64> = BTreeMap::new();
        for step in batch {
            let Some((campaign, at, count)) = self.step(*step) else {
                continue;
            };
            for campaign in [0, campaign] {
                *steps.entry((scope(campaign), at)).or_default() += count;
            }
        }
        change_by(&self.connection, &steps, LEADS_MAX).unwrap();
    }

    fn step(&mut self, step: Step) -> Option<(i64, i64, i64)> {
        match step {
            Step::Come(campaign, at) => {
                let id = self.next_id;
                self.next_id += 1;
                self.leads.insert(id, (campaign, at));
                self.insert(id, campaign, at);
                Some((campaign, at, 1))
            }
            Step::Go(index) => {
                let index = index.checked_rem(self.leads.len())?;
                let id = *self.leads.keys().nth(index)?;
                let (campaign, at) = self.leads.remove(&id)?;
                let sql = "UPDATE leads SET deleted_at = 1 WHERE id = ?1";
                self.connection.execute(sql, [id]).unwrap();
                Some((campaign, at, -1))
            }
        }
    }

    fn insert(&self, id: i64, campaign: i64, at: i64) {
        let sql = "INSERT INTO leads (id, workspace_id, version, created_at, updated_at, last_event_id, campaign_id, variables, \
                   collected, custom_fields, tags, assigned_users, dial_status, stage_name, stage_kind, attempts, call_ids, contacts) \
                   VALUES (?1, 1, 1, ?2, ?2, 1, ?3, '{}', '{}', '{}', '[]', '[]', 'new', 'New', 'new', 0, '[]', '[]')";
        self.connection
            .execute(sql, params![id, at, campaign])
            .unwrap();
    }

    /// The moments of a scope's leads, in order.
    fn moments(&self, campaign: i64) -> Vec<i64> {
        let leads = self.leads.values();
        let leads = leads.filter(|(own, _)| campaign == 0 || *own == campaign);
        let mut moments: Vec<_> = leads.map(|(_, at)| *at).collect();
        moments.sort_unstable();
        moments
    }

    /// Begin and count of a scope's blocks, in order.
    fn blocks(&self, campaign: i64) -> Vec<(i64, usize)> {
        let sql = "SELECT begins_at, count FROM lead_blocks WHERE workspace_id = 1 AND campaign_id = ?1 ORDER BY begins_at";
        let mut statement = self.connection.prepare(sql).unwrap();
        let rows = statement
            .query([campaign])
            .unwrap()
            .mapped(|row| Ok((row.get(0)?, row.get::<_, u32>(1)? as usize)));
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn check(&self) {
        for campaign in 0..=CAMPAIGNS {
            let (moments, blocks) = (self.moments(campaign), self.blocks(campaign));
            for (index, (begins_at, count)) in blocks.iter().enumerate() {
                let end = blocks.get(index + 1).map_or(i64::MAX, |(at, _)| *at);
                let held = moments.iter().filter(|at| (*begins_at..end).contains(at));
                assert_eq!(held.count(), *count, "{blocks:?} of {moments:?}");
            }
            let counted: usize = blocks.iter().map(|(_, count)| count).sum();
            assert_eq!(counted, moments.len(), "{blocks:?} of {moments:?}");
            self.check_edges(campaign, &moments);
        }
    }

    /// Whatever is passed, what is left begins at the edge.
    fn check_edges(&self, campaign: i64, moments: &[i64]) {
        for count in 0..moments.len() + 2 {
            for is_ascending in [true, false] {
                let found = scope(campaign).behind(&self.connection, is_ascending, count as u64);
                let Some(edge) = found.unwrap() else {
                    assert!(count >= moments.len(), "{count} of {moments:?}");
                    continue;
                };
                let is_before = |at: &&i64| (**at < edge.at) == is_ascending;
                let before = moments.iter().filter(is_before).count();
                assert_eq!(before as u64, edge.passed, "{edge:?} of {moments:?}");
                assert!(edge.passed <= count as u64);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn blocks_hold_what_they_count(batches in batches()) {
        let mut book = Book::new();
        for batch in batches {
            book.run(&batch);
            book.check();
        }
    }
}

#[test]
fn a_full_block_is_divided_unless_it_is_one_moment() {
    let mut book = Book::new();
    let come =
        |moments: &[i64]| -> Vec<_> { moments.iter().map(|at| Step::Come(1, *at)).collect() };
    book.run(&come(&[5, 6, 7, 8]));
    assert_eq!(book.blocks(1), [(0, 4)]);
    book.run(&come(&[9]));
    assert_eq!(book.blocks(1), [(0, 2), (7, 3)]);
    assert_eq!(book.blocks(0), book.blocks(1));
    book.run(&come(&[7; 4]));
    assert_eq!(book.blocks(1), [(0, 2), (7, 5), (8, 2)]);
    book.run(&come(&[7; 4]));
    assert_eq!(book.blocks(1), [(0, 2), (7, 9), (8, 2)]);
    book.check();
}
