//! The URL of a test's schema. That schemas come and go is seen by every test that has one.

use tokio_postgres::Config;

use super::in_schema;

#[test]
fn a_schema_joins_what_the_url_says_already() {
    for (server, options) in [
        ("postgres://u@h/d", "-csearch_path=s"),
        ("postgres://u@h/d?connect_timeout=3", "-csearch_path=s"),
        (
            "postgres://u@h/d?options=-c%20jit%3Doff&connect_timeout=3",
            "-c jit=off -csearch_path=s",
        ),
    ] {
        let config: Config = in_schema(server, "s").parse().expect("a URL");
        assert_eq!(config.get_options(), Some(options), "{server}");
        assert_eq!(config.get_dbname(), Some("d"), "{server}");
    }
}
