//! That a host alone keeps everything the URL says of all.

use tokio_postgres::Config;

use super::apart;

const EVERYTHING: &str = "user=me password=secret dbname=leads options='-c jit=off' application_name=book \
    sslmode=require sslnegotiation=direct connect_timeout=3 tcp_user_timeout=8 keepalives=0 \
    keepalives_idle=10 keepalives_interval=11 keepalives_retries=12 target_session_attrs=read-write \
    channel_binding=require load_balance_hosts=disable";

fn config(hosts: &str) -> Config {
    format!("{EVERYTHING} {hosts}").parse().expect("a config")
}

#[test]
fn each_host_keeps_every_setting() {
    let all = config("host=a,/run/pg,c hostaddr=10.0.0.1,10.0.0.2,10.0.0.3 port=1,2,3");
    let expected = [
        config("host=a hostaddr=10.0.0.1 port=1"),
        config("host=/run/pg hostaddr=10.0.0.2 port=2"),
        config("host=c hostaddr=10.0.0.3 port=3"),
    ];
    assert_eq!(apart(&all), expected);
}

#[test]
fn one_port_is_that_of_all() {
    let expected = [config("host=a port=7"), config("host=b port=7")];
    assert_eq!(apart(&config("host=a,b port=7")), expected);
}

#[test]
fn what_tokio_postgres_must_judge_is_left_to_it() {
    for hosts in ["", "host=a,b,c port=1,2", "host=a,b hostaddr=10.0.0.1"] {
        assert_eq!(apart(&config(hosts)), [], "{hosts}");
    }
    let mut shuffled = config("host=a,b");
    shuffled.load_balance_hosts(tokio_postgres::config::LoadBalanceHosts::Random);
    assert_eq!(apart(&shuffled), []);
}
