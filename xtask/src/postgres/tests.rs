//! The name of a server from what servers answer.

use super::named;

#[test]
fn a_server_is_named_by_version_and_extension() {
    assert_eq!(named("18.6", ""), "PostgreSQL 18.6");
    let debian = "15.10 (Debian 15.10-0+deb12u1)";
    assert_eq!(named(debian, ""), "PostgreSQL 15.10");
    assert_eq!(named("17.2", "13.0-1"), "PostgreSQL 17.2 with Citus 13.0-1");
}
