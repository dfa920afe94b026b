//! The lint of statements: what it lets pass and what it stops.

use super::{Reach, is_within};

#[test]
fn a_tenants_statement_is_bound_at_every_table() {
    for sql in [
        "SELECT id FROM leads WHERE workspace_id = $1 AND id = $2 FOR UPDATE",
        "SELECT id FROM leads WHERE workspace_id = $1 AND id = ANY(ARRAY(SELECT number FROM vendor_ids WHERE \
         workspace_id = $1)) ORDER BY id FOR UPDATE",
        "INSERT INTO events (workspace_id, id) SELECT $1::bigint, new.* FROM unnest($2::bigint[]) AS new",
        "INSERT INTO claims (workspace_id, lead_id) VALUES ($1, $2) ON CONFLICT (workspace_id, lead_id) DO UPDATE SET \
         call_id = excluded.call_id",
        "UPDATE leads AS old SET version = new.version FROM unnest($2::bigint[]) AS new (id) WHERE old.workspace_id = $1",
        "DELETE FROM jobs WHERE workspace_id = $1 AND id = ANY($2)",
    ] {
        assert!(is_within(Reach::Tenant, sql), "{sql}");
    }
    for sql in [
        "SELECT id FROM leads WHERE id = $1",
        "SELECT id FROM leads WHERE workspace_id = $2",
        "SELECT id FROM leads WHERE workspace_id = $1 AND id IN (SELECT lead_id FROM claims)",
        "SELECT leads.id FROM leads JOIN claims ON claims.lead_id = leads.id WHERE leads.workspace_id = $1",
        "DELETE FROM jobs WHERE id = ANY($1)",
        "UPDATE leads SET version = 1",
        "INSERT INTO events (id, workspace_id) VALUES ($1, $2)",
        "INSERT INTO events (workspace_id, id) SELECT workspace_id, id FROM leads",
        // The shared tables are no tenant's.
        "SELECT id FROM api_keys WHERE workspace_id = $1",
    ] {
        assert!(!is_within(Reach::Tenant, sql), "{sql}");
    }
}

#[test]
fn what_is_shared_is_no_tenants() {
    assert!(is_within(
        Reach::Shared,
        "SELECT id, campaigns FROM api_keys WHERE hash = $1"
    ));
    assert!(is_within(Reach::Shared, "SELECT nextval('event_ids')"));
    assert!(!is_within(
        Reach::Shared,
        "SELECT id FROM leads WHERE id = $1"
    ));
    assert!(!is_within(Reach::Shared, "DELETE FROM jobs"));
}

#[test]
fn a_look_over_all_tenants_only_reads() {
    assert!(is_within(
        Reach::Everywhere,
        "SELECT id FROM jobs WHERE is_head LIMIT $1"
    ));
    assert!(!is_within(
        Reach::Everywhere,
        "SELECT id FROM jobs WHERE is_head FOR UPDATE SKIP LOCKED"
    ));
    assert!(!is_within(
        Reach::Everywhere,
        "UPDATE jobs SET is_head = true"
    ));
}
