//! Every list is answered from an index, in its order: no statement of a page reads a table from end to end or sorts.

use domain::custom_field::CustomValue;
use domain::listing::{CallFilter, CallState, LeadFilter, LeadOrder};
use domain::status::{DialStatus, StageKind};
use domain::{CampaignId, FieldId, LeadId, TagId, Timestamp, UserId, WorkspaceId};
use rusqlite::Connection;

use super::merge::Stream;
use super::order::Places;
use super::ranges::{Range, Span};
use super::search::{Alone, Drive};
use super::{calls, search, texts};
use crate::counts::Count;
use crate::{connection, migrations};

fn book() -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    let mut connection = connection::writer(&directory.path().join("leadbook.db")).unwrap();
    migrations::run(&mut connection).unwrap();
    (directory, connection)
}

/// What SQLite would do for a statement, a line each.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    let mut statement = connection.prepare(&sql).unwrap();
    let lines = statement.raw_query().mapped(|row| row.get("detail"));
    lines.collect::<Result<_, _>>().unwrap()
}

/// One search, in the index, along the columns it begins with, and again for what is equal.
fn assert_searches(connection: &Connection, range: &Range, columns: &str) {
    let Range {
        table, index, at, ..
    } = range;
    // The order of a table is that of its key.
    let (index, number) = match index {
        Some(index) => (format!("INDEX {index}"), "rowid"),
        None => ("PRIMARY KEY".to_owned(), range.id),
    };
    let ranged = match range.text {
        Some(text) => format!("({text},{at})"),
        None => at.to_string(),
    };
    let text = range.text.map(|text| format!(" AND {text}=?"));
    let equal = format!("{} AND {at}=? AND {number}", text.unwrap_or_default());
    for is_ascending in [true, false] {
        let begins = [
            (range.sql(is_ascending), format!("({columns} AND {ranged}")),
            (range.ties_sql(is_ascending), format!("({columns}{equal}")),
            (range.count_sql(), format!("({columns}")),
        ];
        for (sql, bounds) in begins {
            let lines = plan(connection, &sql);
            assert_eq!(lines.len(), 1, "{sql}: {lines:?}");
            let begin = format!("SEARCH {table} USING ");
            assert!(lines[0].starts_with(&begin), "{sql}: {lines:?}");
            let along = format!("{index} {bounds}");
            assert!(lines[0].contains(&along), "{along} {sql}: {lines:?}");
        }
    }
}

fn campaign(id: u64) -> CampaignId {
    CampaignId::new(id).unwrap()
}

fn count(campaign: Option<CampaignId>, dial_status: DialStatus, stage_kind: StageKind) -> Count {
    Count {
        campaign,
        dial_status,
        stage_kind,
        leads: 10,
    }
}

/// The filter, of leads in two campaigns and in none.
fn places(filter: &LeadFilter) -> Places<'_> {
    let counts = [
        count(Some(campaign(1)), DialStatus::New, StageKind::New),
        count(Some(campaign(1)), DialStatus::Retry, StageKind::Lost),
        count(Some(campaign(2)), DialStatus::New, StageKind::Lost),
        count(None, DialStatus::New, StageKind::New),
    ];
    Places {
        workspace: WorkspaceId::new(1).unwrap(),
        filter,
        counts: counts
            .into_iter()
            .filter(|count| count.passes(filter))
            .collect(),
    }
}

#[test]
fn a_page_of_leads_is_a_few_searches_in_one_index() {
    let (_directory, connection) = book();
    let all = LeadFilter::default;
    let of_campaign = || LeadFilter {
        campaigns: Some(vec![campaign(1), campaign(2), campaign(3)]),
        ..all()
    };
    let by_status = |filter| LeadFilter {
        dial_statuses: vec![DialStatus::New, DialStatus::Failed],
        ..filter
    };
    let by_kind = |filter| LeadFilter {
        stage_kinds: vec![StageKind::Lost],
        ..filter
    };
    let creation = "workspace_id=?";
    let in_campaign = "workspace_id=? AND campaign_id=?";
    let status = "workspace_id=? AND campaign_id=? AND dial_status=?";
    let kind = "workspace_id=? AND campaign_id=? AND stage_kind=?";
    // Where nothing is, nothing is looked for.
    for (filter, ranges, columns) in [
        (all(), 1, creation),
        (of_campaign(), 2, in_campaign),
        (by_status(all()), 3, status),
        (by_status(of_campaign()), 2, status),
        (by_kind(all()), 2, kind),
        (by_kind(of_campaign()), 2, kind),
        (by_kind(by_status(all())), 1, status),
    ] {
        let found = places(&filter).ranges();
        assert_eq!(found.len(), ranges, "{filter:?}");
        for range in &found {
            assert_searches(&connection, range, columns);
        }
    }
}

#[test]
fn every_order_is_that_of_an_index() {
    let (_directory, connection) = book();
    let filter = LeadFilter {
        dial_statuses: vec![DialStatus::New, DialStatus::Retry],
        created_from: Timestamp::from_millis(5),
        ..LeadFilter::default()
    };
    let places = places(&filter);
    let span = Span {
        is_ascending: true,
        after: None,
        from: 5,
        until: i64::MAX,
    };
    for (order, ranges, columns, without) in [
        (
            LeadOrder::StageKind,
            4,
            "workspace_id=? AND campaign_id=? AND dial_status=?",
            "",
        ),
        (
            LeadOrder::DialStatus,
            4,
            "workspace_id=? AND campaign_id=? AND dial_status=?",
            "",
        ),
        (
            LeadOrder::Phone,
            6,
            "workspace_id=? AND campaign_id=?",
            " AND phone_e164=?",
        ),
        (
            LeadOrder::ExternalId,
            6,
            "workspace_id=? AND campaign_id=?",
            " AND external_id=?",
        ),
    ] {
        let walk = places.walk(order, span, 10);
        let found: Vec<_> = walk.ranges().collect();
        assert_eq!(found.len(), ranges, "{order:?}");
        for range in found {
            // Those without a text are equal in that.
            let is_without = range.conditions.contains(" IS NULL AND dial");
            let without = if is_without { without } else { "" };
            assert_searches(&connection, range, &format!("{columns}{without}"));
        }
    }
}

#[test]
fn a_page_of_calls_is_a_few_searches_in_one_index() {
    let (_directory, connection) = book();
    let workspace = WorkspaceId::new(1).unwrap();
    let all = CallFilter {
        states: vec![
            CallState::Active,
            CallState::Expired,
            CallState::Ended(DialStatus::Success),
        ],
        phone_part: Some("555".to_owned()),
        duration_seconds_min: Some(1),
        ..CallFilter::default()
    };
    let campaigns = Some(vec![campaign(2), campaign(1), campaign(2)]);
    let of_campaigns = CallFilter {
        campaigns,
        ..all.clone()
    };
    let lead = LeadId::new(7);
    let of_lead = CallFilter {
        lead,
        ..all.clone()
    };
    for (filter, ranges, columns) in [
        (all, 1, "workspace_id=?"),
        (of_campaigns, 2, "workspace_id=? AND campaign_id=?"),
        (of_lead, 1, "workspace_id=? AND lead_id=?"),
    ] {
        let found = calls::ranges(workspace, &filter);
        assert_eq!(found.len(), ranges);
        for range in &found {
            assert_searches(&connection, range, columns);
        }
    }
}

/// What a search of this is driven through.
fn drive(connection: &Connection, filter: &LeadFilter) -> Option<Drive> {
    let span = Span {
        is_ascending: true,
        after: None,
        from: 0,
        until: i64::MAX,
    };
    search::drive(connection, &places(filter), span).unwrap()
}

/// Whether all of them match.
const fn is_answer(found: &Drive) -> bool {
    matches!(found.alone, Some(Alone::Links(_)))
}

#[test]
fn what_many_have_is_read_in_the_order_of_the_list() {
    let (_directory, connection) = book();
    let all = LeadFilter::default;
    let tags = vec![TagId::new(1).unwrap(), TagId::new(2).unwrap()];
    let users = vec![UserId::new(1).unwrap()];
    let value = vec![(FieldId::new(1).unwrap(), CustomValue::Boolean(true))];
    let tagged = LeadFilter { tags, ..all() };
    let assigned = LeadFilter { users, ..all() };
    let of_value = LeadFilter {
        custom_fields: value,
        ..all()
    };
    for (filter, ranges, columns) in [
        (tagged, 2, "workspace_id=? AND tag_id=?"),
        (assigned, 1, "workspace_id=? AND user_id=?"),
        (of_value, 1, "workspace_id=? AND field_id=? AND value=?"),
    ] {
        let found = drive(&connection, &filter).unwrap();
        assert!(is_answer(&found), "{filter:?}");
        assert_eq!(found.streams.len(), ranges, "{filter:?}");
        for stream in &found.streams {
            let Stream::Range(range) = stream else {
                panic!("{stream:?}");
            };
            assert_searches(&connection, range, columns);
            let lines = plan(&connection, &range.count_to_sql());
            let begin = format!("SEARCH {} USING PRIMARY KEY ({columns}", range.table);
            assert!(
                lines.iter().any(|line| line.starts_with(&begin)),
                "{lines:?}"
            );
        }
    }
    assert!(drive(&connection, &all()).is_none());
}

#[test]
fn a_search_is_driven_through_the_part_with_the_fewest() {
    let (_directory, connection) = book();
    for lead in 1..=8 {
        let tag = i64::from(lead > 5) + 1;
        let sql = "INSERT INTO lead_tags (workspace_id, tag_id, created_at, lead_id) VALUES (1, ?1, 5, ?2)";
        connection.execute(sql, [tag, lead]).unwrap();
        let sql = "INSERT INTO lead_users (workspace_id, user_id, created_at, lead_id) VALUES (1, 1, 5, ?1)";
        connection.execute(sql, [lead]).unwrap();
    }
    let of = |tags: &[u64], users: &[u64]| LeadFilter {
        tags: tags.iter().map(|id| TagId::new(*id).unwrap()).collect(),
        users: users.iter().map(|id| UserId::new(*id).unwrap()).collect(),
        ..LeadFilter::default()
    };
    let table = |filter: &LeadFilter| {
        let found = drive(&connection, filter)?;
        assert!(!is_answer(&found) || filter.users.is_empty() || filter.tags.is_empty());
        match &found.streams[..] {
            [Stream::Range(range), ..] => Some(range.table),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(table(&of(&[1], &[1])), Some("lead_tags"));
    assert_eq!(table(&of(&[1, 2], &[1])), Some("lead_tags"));
    assert_eq!(table(&of(&[1, 2, 2], &[1])), Some("lead_users"));
    // In the first campaign are 20, in the second 10: more than have the tag.
    let in_campaign = |campaign_id| LeadFilter {
        campaigns: Some(vec![campaign(campaign_id)]),
        ..of(&[2], &[])
    };
    assert_eq!(table(&in_campaign(1)), Some("lead_tags"));
    // There is nobody, so that nobody need be looked for.
    assert_eq!(table(&in_campaign(3)), None);
}

#[test]
fn where_a_search_looks_is_an_index_too() {
    let (_directory, connection) = book();
    let texts = [texts::sql(true), texts::sql(false)];
    let others = [texts::COUNT, search::NEXT_USER].map(str::to_owned);
    for sql in texts.into_iter().chain(others) {
        for line in plan(&connection, &sql) {
            let is_index = line.starts_with("SEARCH ") || line.contains("VIRTUAL TABLE INDEX");
            let is_part = line.starts_with("CO-ROUTINE") || line.starts_with("SCAN (subquery");
            assert!(is_index || is_part, "{sql}: {line}");
        }
    }
}
