//! URLs: what of TLS we read ourselves, what goes on to the client, what a session sets.

use tokio_postgres::config::SslMode;

use super::{Session, Target, take_tls_parameters};

#[test]
fn tls_parameters_of_ours_are_taken_out() {
    for (url, rest, must_verify) in [
        ("postgres://h/d", "postgres://h/d", false),
        (
            "postgres://h/d?sslmode=require",
            "postgres://h/d?sslmode=require",
            false,
        ),
        ("postgres://h/d?sslmode=verify-full", "postgres://h/d", true),
        (
            "postgres://h/d?sslmode=verify-ca&connect_timeout=1",
            "postgres://h/d?connect_timeout=1",
            true,
        ),
        (
            "postgres://h/d?sslmode=require&sslrootcert=%2Fx",
            "postgres://h/d?sslmode=require",
            true,
        ),
    ] {
        let (left, tls) = take_tls_parameters(url).expect("a URL");
        assert_eq!(
            (left.as_str(), tls.must_verify()),
            (rest, must_verify),
            "{url}"
        );
    }
}

#[test]
fn to_verify_is_to_require() {
    let target = Target::parse("postgres://h/d?sslmode=verify-full").expect("a URL");
    assert_eq!(target.config.get_ssl_mode(), SslMode::Require);
    let target = Target::parse("postgres://h/d").expect("a URL");
    assert_eq!(target.config.get_ssl_mode(), SslMode::Prefer);
    let target = Target::parse("postgres://h/d?sslmode=disable&sslrootcert=%2Fdev%2Fnull");
    assert_eq!(
        target.expect("a URL").config.get_ssl_mode(),
        SslMode::Disable
    );
    // A file that is not there is said now, not at the first connection.
    assert!(Target::parse("postgres://h/d?sslrootcert=/nowhere/root.pem").is_err());
}

#[test]
fn the_operators_options_win_but_for_durability() {
    let url = "postgres://h/d?options=-csearch_path%3Dbook%20-csynchronous_commit%3Doff";
    let target = Target::parse(url).expect("a URL");
    for session in [
        Session::Lane,
        Session::Worker,
        Session::Pool,
        Session::Migration,
    ] {
        let config = target.config(session);
        let options = config.get_options().expect("options");
        let end = " -csearch_path=book -csynchronous_commit=off -c synchronous_commit=on";
        assert!(options.ends_with(end), "{options}");
    }
}

#[test]
fn hosts_are_named_and_passwords_are_not() {
    let target = Target::parse("postgres://me:secret@a,b/leads").expect("a URL");
    assert_eq!(target.description(), "database leads at a, b");
}
