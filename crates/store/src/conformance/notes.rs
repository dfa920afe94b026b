//! Notes on leads, and the short lists of tags and users.

use domain::note::Note;
use domain::{IdKind, LeadId, NoteId, UserId};
use serde_json::{Value, json};

use super::World;
use super::administration::assert_conflict;

impl World<'_> {
    pub(super) async fn a_note(&self, lead: LeadId, document: Value) -> Note {
        Note {
            id: NoteId::new(self.id(IdKind::Note).await).unwrap(),
            workspace_id: self.workspace,
            lead_id: lead,
            created_at: self.now(),
            updated_at: self.now(),
            document,
            attachments: vec!["file/Zoë.pdf".to_owned(), String::new()],
            mentions: vec![UserId::new(7).unwrap(), UserId::new(3).unwrap()],
        }
    }

    async fn notes_of(&self, lead: LeadId) -> Vec<Note> {
        self.store.notes(self.workspace, lead).await.unwrap()
    }
}

/// By its text, which shows the order of members and the spelling of numbers too.
#[track_caller]
fn assert_same(notes: &[Note], expected: &[Note]) {
    assert_eq!(format!("{notes:#?}"), format!("{expected:#?}"));
}

pub async fn a_note_reads_back(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let text = r#"{"type":"doc","z":1.50,"a":[null,{"text":"' \u0007 \"\u00fc"}]}"#;
    for document in [
        serde_json::from_str(text).unwrap(),
        json!(null),
        json!("plain"),
        json!([]),
    ] {
        let note = world.a_note(lead, document).await;
        assert_eq!(
            world.store.note(world.workspace, note.id).await.unwrap(),
            None
        );
        world.store.create_note(&note).await.unwrap();
        let found = world.store.note(world.workspace, note.id).await.unwrap();
        assert_same(&[found.unwrap()], std::slice::from_ref(&note));
        assert_conflict(&world.store.create_note(&note).await);
    }
}

pub async fn a_note_is_replaced(world: &World<'_>) {
    let lead = world.new_lead().await.id;
    let note = world.a_note(lead, json!({"a": 1})).await;
    assert!(!world.store.update_note(&note).await.unwrap(), "not there");
    world.store.create_note(&note).await.unwrap();
    let changed = Note {
        updated_at: world.wait(5),
        document: json!({"b": 2}),
        attachments: Vec::new(),
        mentions: Vec::new(),
        ..note.clone()
    };
    // What else is said of it is not changed.
    let said = Note {
        created_at: world.now(),
        ..changed.clone()
    };
    assert!(world.store.update_note(&said).await.unwrap());
    assert_same(&world.notes_of(lead).await, &[changed]);
}

pub async fn notes_are_listed_oldest_first(world: &World<'_>) {
    let (lead, other) = (world.new_lead().await.id, world.new_lead().await.id);
    assert_eq!(world.notes_of(lead).await, []);
    let mut notes = Vec::new();
    for wait in [0, 0, 1, 0, 1_000] {
        world.wait(wait);
        let note = world.a_note(lead, json!(wait)).await;
        world.store.create_note(&note).await.unwrap();
        notes.push(note);
        let note = world.a_note(other, json!("other")).await;
        world.store.create_note(&note).await.unwrap();
    }
    assert_same(&world.notes_of(lead).await, &notes);
    assert_eq!(world.notes_of(other).await.len(), 5);
    // An edit moves nothing.
    notes[0].document = json!("edited");
    notes[0].updated_at = world.wait(1);
    assert!(world.store.update_note(&notes[0]).await.unwrap());
    assert_same(&world.notes_of(lead).await, &notes);
}

pub async fn notes_stay_inside_the_workspace(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let lead = theirs.new_lead().await.id;
    let note = theirs.a_note(lead, json!("theirs")).await;
    world.store.create_note(&note).await.unwrap();
    assert_eq!(world.notes_of(lead).await, []);
    let found = world.store.note(world.workspace, note.id).await.unwrap();
    assert_eq!(found, None);
    let stolen = Note {
        workspace_id: world.workspace,
        document: json!("ours"),
        ..note.clone()
    };
    assert!(!world.store.update_note(&stolen).await.unwrap());
    assert_same(&theirs.notes_of(lead).await, &[note]);
}

pub async fn tags_and_users_are_listed_by_number(world: &World<'_>) {
    let theirs = world.neighbour().await;
    let (store, workspace) = (world.store, world.workspace);
    assert_eq!(store.tags_of_workspace(workspace).await.unwrap(), []);
    assert_eq!(store.users_of_workspace(workspace).await.unwrap(), []);
    let (mut tags, mut users) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        tags.push(world.new_tag().await);
        users.push(world.new_user().await);
        theirs.new_tag().await;
        theirs.new_user().await;
    }
    let listed = store.tags_of_workspace(workspace).await.unwrap();
    assert_eq!(listed, store.tags(workspace, &tags).await.unwrap());
    let ids: Vec<_> = listed.iter().map(|tag| tag.id).collect();
    assert_eq!(ids, tags);
    let listed = store.users_of_workspace(workspace).await.unwrap();
    assert_eq!(listed, store.users(workspace, &users).await.unwrap());
    let ids: Vec<_> = listed.iter().map(|user| user.id).collect();
    assert_eq!(ids, users);
}
