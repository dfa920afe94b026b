//! Ids as vendors write them: reversible views of one number.
//!
//! An imported lead keeps its vendor's own id, which a store looks up first; a view is what all other leads
//! show. Nothing here reads a store.

use domain::command::{LeadRef, VendorId};
use domain::event::Dialect;
use domain::{IdKind, LeadId, Timestamp};

/// Digits of the lead code: no capitals, so that it survives being read out.
const CODE_DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// Characters of the code after its prefix (DialNexa's examples have 12).
const CODE_CHARS: usize = 12;

/// 24 hex digits: 4 bytes of creation time in seconds, as in a MongoDB ObjectId, one byte for the kind
/// of thing, so that a lead's id is never also a campaign's, then the number.
pub fn object_id(kind: IdKind, created_at: Timestamp, number: u64) -> String {
    let seconds = u32::try_from(created_at.as_seconds()).unwrap_or(u32::MAX);
    format!("{seconds:08x}{:02x}{number:014x}", kind_byte(kind))
}

const fn kind_byte(kind: IdKind) -> u8 {
    match kind {
        IdKind::Lead => 0,
        IdKind::Campaign => 1,
        IdKind::Call => 2,
        IdKind::Workspace => 3,
        IdKind::Job => 4,
        IdKind::User => 5,
        IdKind::Tag => 6,
        IdKind::Field => 7,
        IdKind::Option => 8,
        IdKind::Key => 9,
        IdKind::Subscription => 10,
        IdKind::Bulk => 11,
        IdKind::Note => 12,
    }
}

/// The thing of this kind that 24 hex digits name. Other text can still be an imported id.
pub fn by_object_id(dialect: Dialect, kind: IdKind, text: &str) -> VendorId {
    let (created_at_seconds, number) = read_object_id(kind, text).unzip();
    VendorId {
        dialect,
        text: text.to_owned(),
        number,
        created_at_seconds,
    }
}

fn read_object_id(kind: IdKind, text: &str) -> Option<(i64, u64)> {
    if text.len() != 24 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let part = |range| u64::from_str_radix(&text[range], 16).ok();
    let seconds = i64::try_from(part(0..8)?).ok()?;
    let is_kind = part(8..10)? == u64::from(kind_byte(kind));
    is_kind.then_some((seconds, part(10..24)?))
}

/// The lead that a decimal number names; `0123`, `+1` and `1.0` are no ids.
pub fn by_number(dialect: Dialect, text: &str) -> VendorId {
    let number = text
        .parse::<u64>()
        .ok()
        .filter(|number| number.to_string() == text);
    VendorId {
        dialect,
        text: text.to_owned(),
        number,
        created_at_seconds: None,
    }
}

/// `prefix_` and 12 characters.
pub fn code(prefix: &str, number: u64) -> String {
    let mut digits = [b'0'; CODE_CHARS];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = CODE_DIGITS[usize::try_from(rest % 36).unwrap_or_default()];
        rest /= 36;
    }
    let digits: String = digits.iter().copied().map(char::from).collect();
    format!("{prefix}_{digits}")
}

/// The lead or campaign that `…_` and 12 characters name, whatever the prefix.
pub fn by_code(dialect: Dialect, text: &str) -> VendorId {
    let number = text
        .rsplit_once('_')
        .map(|(_, digits)| digits)
        .filter(|digits| digits.len() == CODE_CHARS)
        .filter(|digits| digits.bytes().all(|byte| CODE_DIGITS.contains(&byte)))
        .and_then(|digits| u64::from_str_radix(digits, 36).ok());
    VendorId {
        dialect,
        text: text.to_owned(),
        number,
        created_at_seconds: None,
    }
}

/// A version 8 UUID (RFC 9562) of a number: 48 bits of creation time in milliseconds, then the number.
pub fn uuid(created_at: Timestamp, number: u64) -> String {
    let millis = created_at.as_millis();
    format!(
        "{:08x}-{:04x}-8{:03x}-8{:03x}-{:012x}",
        (millis >> 16) & 0xffff_ffff,
        millis & 0xffff,
        0,
        (number >> 48) & 0xfff,
        number & 0xffff_ffff_ffff,
    )
}

/// The reference to a lead by a vendor's id.
pub fn lead(id: VendorId) -> LeadRef {
    LeadRef::Vendor(VendorId {
        number: id.number.filter(|n| LeadId::new(*n).is_some()),
        ..id
    })
}

#[cfg(test)]
mod tests;
