//! Sealing and opening.

use domain::Timestamp;
use domain::subscription::Sealed;

use super::{BadKey, Vault, VaultError};
use crate::ScriptedEnvironment;

fn environment() -> ScriptedEnvironment {
    ScriptedEnvironment::at(Timestamp::FIRST)
}

fn vault(keys: &[&str]) -> Vault {
    Vault::read(&keys.join("\n")).unwrap()
}

#[test]
fn a_secret_opens_for_its_owner_only() {
    let environment = environment();
    let vault = vault(&[&Vault::generate(&environment)]);
    let sealed = vault.seal(&environment, "mine", "whsec_x").unwrap();
    assert!(!sealed.0.contains("whsec"), "{sealed:?}");
    assert_eq!(vault.open("mine", &sealed), Ok("whsec_x".to_owned()));
    assert_eq!(vault.open("yours", &sealed), Err(VaultError::Damaged));
}

#[test]
fn every_sealing_looks_different() {
    let environment = environment();
    let vault = vault(&[&Vault::generate(&environment)]);
    let seal = || vault.seal(&environment, "mine", "the same").unwrap();
    assert_ne!(seal(), seal());
}

#[test]
fn a_new_key_seals_while_the_old_one_still_opens() {
    let environment = environment();
    let [old, new] = [(); 2].map(|()| Vault::generate(&environment));
    let sealed = vault(&[&old]).seal(&environment, "mine", "secret").unwrap();
    let both = vault(&["# since monday", &new, "", &old]);
    assert_eq!(both.open("mine", &sealed), Ok("secret".to_owned()));
    let resealed = both.seal(&environment, "mine", "secret").unwrap();
    assert!(vault(&[&new]).open("mine", &resealed).is_ok());
    let unknown = vault(&[&new]).open("mine", &sealed);
    assert!(
        matches!(unknown, Err(VaultError::UnknownKey(_))),
        "{unknown:?}"
    );
}

#[test]
fn damage_is_found() {
    let environment = environment();
    let vault = vault(&[&Vault::generate(&environment)]);
    let Sealed(text) = vault.seal(&environment, "mine", "secret").unwrap();
    for cut in 0..text.len() {
        let damaged = Sealed(text[..cut].to_owned());
        assert!(vault.open("mine", &damaged).is_err(), "cut at {cut}");
    }
    let mut flipped = text.into_bytes();
    let last = flipped.len() - 5;
    flipped[last] = if flipped[last] == b'A' { b'B' } else { b'A' };
    let flipped = Sealed(String::from_utf8(flipped).unwrap());
    assert_eq!(vault.open("mine", &flipped), Err(VaultError::Damaged));
}

#[test]
fn what_is_no_key_is_refused_by_its_line() {
    let key = Vault::generate(&environment());
    for (text, line) in [
        (String::new(), 1),
        ("short".to_owned(), 1),
        (format!("{key}\n\nhunter2"), 3),
        ("# only a comment".to_owned(), 1),
    ] {
        assert_eq!(Vault::read(&text).err(), Some(BadKey { line }), "{text}");
    }
}
