//! The shape rule, the region rule and what is remembered.

use proptest::prelude::*;

use super::{Phone, PhoneInput, Separators, region};

#[track_caller]
fn check(text: &str, default_region: Option<&str>, expected: Option<&str>) {
    let read = PhoneInput::read(text)
        .and_then(|input| input.resolve(default_region.and_then(region)))
        .map(|phone| phone.e164().to_owned());
    assert_eq!(
        read.ok().as_deref(),
        expected,
        "{text:?} in {default_region:?}"
    );
}

#[test]
fn numbers_of_the_vendor_documents_pass_by_shape() {
    check("+1234567890", None, Some("+1234567890"));
    check("+1-555-123-4567", None, Some("+15551234567"));
    check("+919876543210", None, Some("+919876543210"));
    check("+44 (0)20.7183-8750", None, Some("+4402071838750"));
}

#[test]
fn shape_has_edges() {
    check("+12345678", None, Some("+12345678"));
    check("+1234567", None, None);
    check("+123456789012345", None, Some("+123456789012345"));
    check("+1234567890123456", None, None);
    check("+0123456789", None, None);
    check("++123456789", None, None);
    check("+12345abc678", None, None);
    check("", None, None);
    check("abc", Some("US"), None);
    check(&format!("+1{}2345678", " ".repeat(80)), None, None);
}

#[test]
fn national_numbers_need_a_region_and_validity_there() {
    check("(212) 555-0123", Some("US"), Some("+12125550123"));
    check("020 7183 8750", Some("GB"), Some("+442071838750"));
    check("020 7183 8750", None, None);
    check("123", Some("US"), None);
}

#[test]
fn an_unassignable_number_is_remembered_not_refused() {
    let example = Phone::international("+1234567890", Separators::Allowed).unwrap();
    assert!(!example.is_assignable());
    assert!(
        Phone::international("+12125550123", Separators::Allowed)
            .unwrap()
            .is_assignable()
    );
    assert!(Phone::international("+1-212-555-0123", Separators::Refused).is_err());
}

#[test]
fn seven_of_one_digit_are_a_pattern() {
    let repeats = |text: &str| PhoneInput::read(text).unwrap().repeats_a_digit();
    assert!(repeats("+15555555555"));
    assert!(repeats("+1 212 777-77-77"));
    assert!(repeats("555 5555"));
    assert!(!repeats("+12025550126"));
    assert!(!repeats("+1800444444"));
}

proptest! {
    #[test]
    fn reading_never_panics_and_canonical_text_reads_back(text in "\\PC{0,40}") {
        if let Ok(phone) = PhoneInput::read(&text).and_then(|p| p.resolve(region("US"))) {
            let again = Phone::international(phone.e164(), Separators::Refused).unwrap();
            prop_assert_eq!(again.e164(), phone.e164());
        }
    }
}

#[test]
fn two_letters_without_numbers_are_no_region() {
    for code in ["XX", "ZZ", "AA", "USA", "", "001"] {
        assert!(region(code).is_none(), "{code}");
    }
    for code in ["US", "DE", "GB", "IN"] {
        assert!(region(code).is_some(), "{code}");
    }
}
