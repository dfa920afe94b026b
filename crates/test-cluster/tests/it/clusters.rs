//! Starting, stopping, killing, following.

use test_cluster::{Cluster, Options};

use crate::{binaries, cluster, is_running};

#[test]
fn a_cluster_answers_with_the_settings_of_tests() {
    let cluster = cluster();
    let settings = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
        WHERE name IN ('fsync', 'max_connections', 'max_wal_senders', 'server_encoding', 'wal_level')";
    assert_eq!(
        cluster.query(settings).unwrap(),
        "fsync=on max_connections=300 max_wal_senders=10 server_encoding=UTF8 wal_level=replica"
    );
}

#[test]
fn settings_of_the_caller_win() {
    let options = Options::default()
        .set("max_connections", "20")
        .set("search_path", r"it's, a\b");
    let cluster = Cluster::start(&binaries(), &options).unwrap();
    assert_eq!(cluster.query("SHOW max_connections").unwrap(), "20");
    assert_eq!(cluster.query("SHOW search_path").unwrap(), r"it's, a\b");
}

#[test]
fn a_refused_setting_is_told_with_the_servers_own_words() {
    let options = Options::default().set("max_connections", "many");
    let error = Cluster::start(&binaries(), &options).err().unwrap();
    let text = format!("{error:#}");
    assert!(text.contains("ended before it was ready"), "{text}");
    assert!(
        text.contains("invalid value for parameter \"max_connections\""),
        "{text}"
    );
}

#[test]
fn refused_sql_is_an_error() {
    let error = cluster().query("SELECT 1; SELECT nothing").unwrap_err();
    assert!(
        format!("{error:#}").contains("column \"nothing\" does not exist"),
        "{error:#}"
    );
}

#[test]
fn stop_and_start_again_keep_port_and_data() {
    let mut cluster = cluster();
    let url = cluster.url();
    cluster
        .query("CREATE TABLE kept AS SELECT 7 AS number")
        .unwrap();
    cluster.stop().unwrap();
    assert_eq!(cluster.pid(), None);
    assert!(cluster.stop().is_err(), "it is stopped already");
    cluster.start_again().unwrap();
    assert_eq!(cluster.url(), url);
    assert_eq!(cluster.query("SELECT number FROM kept").unwrap(), "7");
    assert!(cluster.start_again().is_err(), "it is running already");
}

#[test]
fn kill_9_leaves_no_process_and_loses_nothing_committed() {
    let mut cluster = cluster();
    cluster
        .query("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
        .unwrap();
    let pids = cluster
        .query("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        .unwrap();
    let mut pids: Vec<u32> = pids.lines().map(|pid| pid.parse().unwrap()).collect();
    pids.extend(cluster.pid());
    assert!(pids.len() > 3, "{pids:?}");
    cluster.kill_9().unwrap();
    assert!(!pids.iter().any(|pid| is_running(*pid)), "{pids:?}");
    assert!(cluster.query("SELECT 1").is_err());
    cluster.start_again().unwrap();
    assert_eq!(cluster.query("SELECT count(*) FROM kept").unwrap(), "1000");
    let log = std::fs::read_to_string(cluster.log_file()).unwrap();
    assert!(log.contains("database system was interrupted"), "{log}");
}

#[test]
fn a_standby_follows_by_its_name_and_is_promoted() {
    let primary = Options::default().set("synchronous_standby_names", "FIRST 1 (second)");
    let mut primary = Cluster::start(&binaries(), &primary).unwrap();
    let standby = Options::default()
        .named("second")
        .set("synchronous_standby_names", "");
    let standby = primary.base_backup(&standby).unwrap();
    // Answered only when the standby has it on disk, and with remote_apply when it can be read there.
    let make = "SET synchronous_commit = remote_apply; CREATE TABLE kept AS SELECT 7 AS number";
    primary.query(make).unwrap();
    assert_eq!(standby.query("SELECT number FROM kept").unwrap(), "7");
    assert!(
        standby.query("CREATE TABLE refused ()").is_err(),
        "it only reads"
    );
    primary.kill_9().unwrap();
    drop(primary);
    standby.promote().unwrap();
    standby.query("INSERT INTO kept VALUES (8)").unwrap();
    assert_eq!(standby.query("SELECT sum(number) FROM kept").unwrap(), "15");
}
