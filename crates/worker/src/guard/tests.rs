//! Tables: every special range at both ends and one beyond, every disguise of an address, every bad URL.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn special_ranges_are_refused_to_their_ends() {
    for (first, last) in [
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "239.255.255.255"),
        ("240.0.0.0", "255.255.255.255"),
        ("::", "::"),
        ("::1", "::1"),
        ("::2", "::ffff"),
        ("::127.0.0.1", "::8.8.8.8"),
        ("::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"),
        ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
        ("100::", "100::ffff:ffff:ffff:ffff"),
        ("101::", "1fff:ffff::"),
        ("2001::", "2001:1ff:ffff::"),
        ("2001:db8::", "2001:db8:ffff::"),
        ("3fff::", "3fff:fff:ffff::"),
        ("4000::", "fbff:ffff::"),
        ("5f00::", "5f00:ffff::"),
        ("fc00::", "fdff:ffff::"),
        ("fe80::1", "febf::1"),
        ("fec0::1", "feff::1"),
        ("ff00::", "ffff:ffff::"),
    ] {
        for text in [first, last] {
            assert!(
                check_address(address(text), None, &[]).is_err(),
                "{text} must be refused"
            );
        }
    }
}

#[test]
fn public_addresses_pass() {
    for text in [
        "1.0.0.0",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2000::",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "3fff:1000::",
        // Public addresses in disguise stay public.
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ] {
        assert_eq!(check_address(address(text), None, &[]), Ok(()), "{text}");
    }
}

#[test]
fn disguised_addresses_are_refused_as_what_they_reach() {
    for text in [
        "::ffff:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::",
        "2002:7f00:1:ffff:ffff:ffff:ffff:ffff",
    ] {
        let Err(Refused::Special { kind, range, .. }) = check_address(address(text), None, &[])
        else {
            panic!("{text} must be refused");
        };
        assert_eq!((kind, range), ("loopback", nets(&["127.0.0.0/8"])[0]));
        // Opening the range that the message names opens the disguises too.
        assert_eq!(check_address(address(text), None, &[range]), Ok(()));
    }
    for text in ["::ffff:10.0.0.1", "::ffff:169.254.169.254"] {
        assert!(check_address(address(text), None, &nets(&["127.0.0.0/8"])).is_err());
    }
}

#[test]
fn only_the_opened_range_is_open() {
    let allowed = nets(&["10.1.0.0/16", "fd00:1::/32"]);
    for (text, is_open) in [
        ("10.1.0.0", true),
        ("10.1.255.255", true),
        ("10.2.0.0", false),
        ("127.0.0.1", false),
        ("fd00:1::5", true),
        ("fd00:2::5", false),
        ("8.8.8.8", true),
    ] {
        let checked = check_address(address(text), None, &allowed);
        assert_eq!(checked.is_ok(), is_open, "{text}");
    }
}

#[test]
fn every_refusal_names_a_range_that_opens_it() {
    for text in [
        "0.1.2.3",
        "10.0.0.1",
        "::",
        "::1",
        "::5",
        "4000::1",
        "fe80::1",
        "64:ff9b::10.0.0.1",
    ] {
        let Err(Refused::Special { range, .. }) = check_address(address(text), None, &[]) else {
            panic!("{text} must be refused");
        };
        assert_eq!(
            check_address(address(text), None, &[range]),
            Ok(()),
            "{text}"
        );
    }
}

#[test]
fn urls_of_special_addresses_are_refused_in_every_spelling() {
    for url in [
        "http://127.0.0.1/",
        "https://127.0.0.1:8443/hook",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://017700000001/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://１２７.０.０.１/",
        "http://127%2e0%2e0%2e1/",
        "http://0/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:7f00:0001]/",
        "http://169.254.169.254/latest/meta-data/",
        "http:\\\\127.0.0.1\\hook",
        "http:/127.0.0.1/",
        "http://localhost/",
        "http://LOCALHOST:80/",
        "http://localhost./",
        "http://a.b.localhost/",
    ] {
        assert!(
            matches!(check_url(url, &[]), Err(Refused::Special { .. })),
            "{url}: {:?}",
            check_url(url, &[])
        );
    }
}

#[test]
fn urls_of_another_form_are_refused() {
    for (url, part) in [
        ("ftp://example.com/", "must begin with http://"),
        ("file:///etc/passwd", "must begin with http://"),
        ("javascript:alert(1)", "must begin with http://"),
        ("example.com/hook", "cannot be read"),
        ("", "cannot be read"),
        ("http://", "cannot be read"),
        ("http://1.2.3.4.5/", "cannot be read"),
        ("http://user@example.com/", "user name"),
        ("http://:secret@example.com/", "user name"),
        ("http://example.com@127.0.0.1/", "user name"),
    ] {
        let refused = check_url(url, &[]).unwrap_err().to_string();
        assert!(refused.contains(part), "{url}: {refused}");
    }
    let long = format!("http://example.com/{}", "a".repeat(URL_CHARS_MAX));
    assert_eq!(check_url(&long, &[]), Err(Refused::TooLong));
}

#[test]
fn good_urls_pass() {
    for url in [
        "https://example.com/hook?a=b#c",
        "http://example.com:8080",
        "HTTPS://EXAMPLE.COM/",
        "http://8.8.8.8/",
        "http://[2606:4700::1111]/",
        "http://localhost.example.com/",
        "http://notlocalhost/",
    ] {
        assert_eq!(check_url(url, &[]), Ok(()), "{url}");
    }
    let loopback = nets(&["127.0.0.0/8"]);
    for url in [
        "http://127.0.0.1:9/",
        "http://localhost:9/",
        "http://0x7f.1/",
    ] {
        assert_eq!(check_url(url, &loopback), Ok(()), "{url}");
    }
}

#[test]
fn refusals_say_what_to_do() {
    let text = check_url("http://127.0.0.1/", &[]).unwrap_err().to_string();
    assert_eq!(
        text,
        "127.0.0.1 is loopback; start serve with --allow-webhook-to 127.0.0.0/8 to allow it"
    );
    let text = check_url("http://localhost/", &[]).unwrap_err().to_string();
    assert_eq!(
        text,
        "localhost resolves to 127.0.0.1, which is loopback; start serve with \
         --allow-webhook-to 127.0.0.0/8 to allow it"
    );
}

/// Answers each question with the next of its answers, and the last one from then on.
struct Changing {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl Resolve for Changing {
    fn resolve(&self, _name: Name) -> Resolving {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = &self.answers[asked.min(self.answers.len() - 1)];
        let found: Vec<_> = answer
            .iter()
            .map(|text| SocketAddr::new(address(text), 0))
            .collect();
        Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
    }
}

fn guarded(answers: Vec<Vec<&'static str>>, allowed: &[&str]) -> GuardedResolver {
    GuardedResolver {
        inner: Arc::new(Changing {
            answers,
            asked: AtomicUsize::new(0),
        }),
        allowed: nets(allowed).into(),
    }
}

async fn ask(resolver: &GuardedResolver) -> Result<Vec<String>, String> {
    let name = Name::from_str("hook.example").unwrap();
    match resolver.resolve(name).await {
        Ok(found) => Ok(found.map(|socket| socket.ip().to_string()).collect()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn a_name_is_judged_at_each_resolution() {
    let resolver = guarded(vec![vec!["8.8.8.8"], vec!["10.0.0.5"]], &[]);
    assert_eq!(ask(&resolver).await, Ok(vec!["8.8.8.8".to_owned()]));
    let refused = ask(&resolver).await.unwrap_err();
    assert_eq!(
        refused,
        "hook.example resolves to 10.0.0.5, which is private; start serve with \
         --allow-webhook-to 10.0.0.0/8 to allow it"
    );
}

#[tokio::test]
async fn of_mixed_answers_only_the_permitted_are_used() {
    let resolver = guarded(
        vec![vec!["127.0.0.1", "8.8.8.8", "::ffff:10.0.0.1", "10.9.0.1"]],
        &["10.9.0.0/16"],
    );
    let permitted = vec!["8.8.8.8".to_owned(), "10.9.0.1".to_owned()];
    assert_eq!(ask(&resolver).await, Ok(permitted));
}

#[tokio::test]
async fn a_name_without_addresses_is_an_error() {
    let resolver = guarded(vec![vec![]], &[]);
    assert_eq!(
        ask(&resolver).await,
        Err("hook.example has no address".to_owned())
    );
}
