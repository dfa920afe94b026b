//! Deliberate oddities of UserVox. Do not copy them.

use domain::edit::Change;
use domain::object::{Object, ObjectEdit};
use domain::{LeadId, Timestamp};

use crate::extract::Members;

/// `init: false` makes a lead that nobody calls until it is initiated again by its id: its next attempt is
/// put off to the end of time.
pub(super) const NOT_INITIATED: Timestamp = Timestamp::LAST;

/// Every member of an update that is no documented one is metadata, but only if `metadata` itself is
/// absent; else it is ignored. The names are data and nothing more: `__proto__`, `constructor`, `_id` and
/// `success` are members like any other, because no object here has a prototype.
pub(super) fn stray_metadata(members: &mut Members, metadata: Change<Object>) -> ObjectEdit {
    let rest = members.take_rest();
    match metadata {
        Change::Set(object) => ObjectEdit::Merge(object),
        Change::Leave | Change::Clear if rest.is_empty() => ObjectEdit::Leave,
        Change::Leave | Change::Clear => ObjectEdit::Merge(Object::new(rest)),
    }
}

/// 24 hex digits for an activity that is no call: the version, a byte that no id of a thing has, and the lead. The time
/// that such an id begins with elsewhere would not tell two moves within a second apart.
pub(super) fn activity_id(lead: LeadId, version: u64) -> String {
    let version = u32::try_from(version).unwrap_or(u32::MAX);
    format!("{version:08x}ff{:014x}", lead.get())
}

/// `masked=true` hides every digit but the last four.
pub(super) fn mask(phone: &str) -> String {
    let shown_from = phone.len().saturating_sub(4);
    let hide = |(index, character): (usize, char)| {
        if index < shown_from && character.is_ascii_digit() {
            '*'
        } else {
            character
        }
    };
    phone.char_indices().map(hide).collect()
}
