//! Notes to our wire.

use domain::UserId;
use domain::note::Note;

use super::super::wire;

pub(in crate::native) fn notes(notes: Vec<Note>) -> wire::Notes {
    wire::Notes {
        notes: notes.into_iter().map(note).collect(),
    }
}

fn note(note: Note) -> wire::Note {
    wire::Note {
        id: note.id.get(),
        created_at: note.created_at.to_rfc3339_millis(),
        updated_at: note.updated_at.to_rfc3339_millis(),
        document: note.document,
        attachments: note.attachments,
        mentions: note.mentions.into_iter().map(UserId::get).collect(),
    }
}
