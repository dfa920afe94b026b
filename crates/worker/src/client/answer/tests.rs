//! What the attempt log keeps of an answer.

use domain::limits::DELIVERY_RESPONSE_KEPT_BYTES_MAX;

use super::text;

#[test]
fn any_bytes_become_harmless_text() {
    for (bytes, expected) in [
        (&b"ok"[..], Some("ok")),
        (b"", None),
        (b" \r\n\t\0 ", None),
        (b"a\x00b\x1b[31mc\r\nd", Some("a b [31mc  d")),
        (b"caf\xc3\xa9", Some("caf\u{e9}")),
        (b"caf\xe9!", Some("caf\u{fffd}!")),
        (b"\xff\xfe", Some("\u{fffd}\u{fffd}")),
    ] {
        assert_eq!(text(bytes).as_deref(), expected, "{bytes:?}");
    }
}

#[test]
fn no_text_is_longer_than_what_is_kept() {
    let most = DELIVERY_RESPONSE_KEPT_BYTES_MAX;
    let broken = text(&vec![0xff; most]).unwrap();
    assert!(broken.len() <= most);
    // A character of three bytes that the limit cuts is left out.
    let euros = "\u{20ac}".repeat(most);
    let cut = text(&euros.as_bytes()[..most]).unwrap();
    assert_eq!(cut, "\u{20ac}".repeat(most / 3));
}
