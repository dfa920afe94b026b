//! Notes, in both directions.

use app::definitions::NoteContent;
use domain::UserId;
use domain::edit::Change;
use domain::fault::{Fault, JsonType, Reason};
use domain::limits::{NOTE_REFERENCES_MAX, TEXT_CHARS_MAX};
use domain::note::Note;
use serde_json::Value;

use super::super::wire;
use super::list_of;
use crate::extract::{Members, Null};

/// What a request says of a note; what is `None` stays.
pub(in crate::dialects::journeybee) struct NoteEdit {
    document: Option<Value>,
    attachments: Option<Vec<String>>,
    mentions: Option<Vec<UserId>>,
}

impl NoteEdit {
    pub(in crate::dialects::journeybee) fn apply(self, content: NoteContent) -> NoteContent {
        NoteContent {
            document: self.document.unwrap_or(content.document),
            attachments: self.attachments.unwrap_or(content.attachments),
            mentions: self.mentions.unwrap_or(content.mentions),
        }
    }

    /// Whether it leaves everything as it is.
    pub(in crate::dialects::journeybee) fn is_nothing(&self) -> bool {
        self.document.is_none() && self.attachments.is_none() && self.mentions.is_none()
    }
}

/// The body of a change.
pub(in crate::dialects::journeybee) fn note_edit(mut members: Members) -> (NoteEdit, Vec<Fault>) {
    let edit = read(&mut members);
    members.refuse_rest();
    (edit, members.into_faults())
}

/// The body of a new note.
pub(in crate::dialects::journeybee) fn new_note(mut members: Members) -> (NoteContent, Vec<Fault>) {
    let m = &mut members;
    let edit = read(m);
    if edit.document.is_none() && !m.has_fault(wire::DOCUMENT) {
        m.fault(wire::DOCUMENT, Reason::Required);
    }
    members.refuse_rest();
    let blank = NoteContent {
        document: Value::Null,
        attachments: Vec::new(),
        mentions: Vec::new(),
    };
    (edit.apply(blank), members.into_faults())
}

fn read(m: &mut Members) -> NoteEdit {
    let document = m.change(wire::DOCUMENT, Null::Fault, JsonType::Object, |value| {
        value.is_object().then_some(value)
    });
    let attachments = list_of(m, wire::ATTACHMENTS, NOTE_REFERENCES_MAX, |item| {
        let text = item.as_str().ok_or(Reason::WrongType(JsonType::Text))?;
        let chars_max = TEXT_CHARS_MAX;
        if text.chars().count() > chars_max {
            return Err(Reason::TooLong { chars_max });
        }
        Ok(text.to_owned())
    });
    let mentions = list_of(m, wire::MENTIONS, NOTE_REFERENCES_MAX, |item| {
        let number = item.as_u64().ok_or(Reason::WrongType(JsonType::Integer))?;
        UserId::new(number).ok_or_else(|| Reason::UnknownReference(number.to_string()))
    });
    NoteEdit {
        document: match document {
            Change::Set(document) => Some(document),
            Change::Leave | Change::Clear => None,
        },
        attachments,
        mentions,
    }
}

pub(in crate::dialects::journeybee) fn added_note(note: &Note) -> wire::AddedNote {
    wire::AddedNote { id: note.id.get() }
}

pub(in crate::dialects::journeybee) fn changed_note(note: &Note) -> wire::ChangedNote {
    wire::ChangedNote {
        id: note.id.get(),
        updated_at: note.updated_at.to_rfc3339_seconds(),
    }
}

pub(in crate::dialects::journeybee) fn note(note: Note) -> wire::Note {
    wire::Note {
        id: note.id.get(),
        content: note.document,
        created_at: note.created_at.to_rfc3339_seconds(),
        updated_at: note.updated_at.to_rfc3339_seconds(),
        created_by: (),
        attachments: note.attachments,
        mentions: note.mentions.into_iter().map(UserId::get).collect(),
    }
}
