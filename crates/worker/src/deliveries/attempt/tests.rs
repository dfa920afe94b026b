//! What `Retry-After` may say, and what a panic becomes.

use domain::Timestamp;

use super::{Panicked, caught, retry_after_ms};

#[test]
fn retry_after_is_seconds_or_a_date() {
    let now = Timestamp::parse_rfc3339("1994-11-06T08:49:00Z").unwrap();
    for (text, expected) in [
        ("120", Some(120_000)),
        (" 0 ", Some(0)),
        ("4294967295", Some(4_294_967_295_000)),
        ("99999999999999999999", None),
        ("-1", None),
        ("1.5", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37_000)),
        ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0)),
        ("soon", None),
        ("", None),
    ] {
        assert_eq!(retry_after_ms(text, now), expected, "{text}");
    }
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    assert!(matches!(caught(async { 7 }).await, Ok(7)));
    let panics = caught(async {
        tokio::task::yield_now().await;
        panic!("as the test wants")
    });
    let answer: Result<(), Panicked> = panics.await;
    assert!(answer.is_err());
}
