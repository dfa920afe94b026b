//! Tags, users, custom fields and notes as a vendor's client sees them.

use std::collections::BTreeSet;

use domain::command::LeadRef;
use domain::custom_field::{FieldDefinition, Tag, User};
use domain::fault::{Fault, Reason};
use domain::limits::{DEFINITIONS_MAX, NOTE_BYTES_MAX, NOTE_REFERENCES_MAX, NOTES_PER_LEAD_MAX};
use domain::note::Note;
use domain::{IdKind, Lead, NoteId, UserId};
use serde_json::Value;

use crate::App;
use crate::administration::{NewField, NewTag};
use crate::context::Context;
use crate::error::{AppError, Conflict, Counted, Missing};

/// What a note says.
#[derive(Clone, Debug)]
pub struct NoteContent {
    pub document: Value,
    pub attachments: Vec<String>,
    pub mentions: Vec<UserId>,
}

impl App {
    /// Every tag of the caller's workspace.
    pub async fn tags(&self, context: &Context) -> Result<Vec<Tag>, AppError> {
        Ok(self.store.tags_of_workspace(context.workspace_id).await?)
    }

    /// Every user of the caller's workspace.
    pub async fn users(&self, context: &Context) -> Result<Vec<User>, AppError> {
        Ok(self.store.users_of_workspace(context.workspace_id).await?)
    }

    /// The user of that number.
    pub async fn user(&self, context: &Context, id: UserId) -> Result<Option<User>, AppError> {
        let users = self.store.users(context.workspace_id, &[id]).await?;
        Ok(users.into_iter().next())
    }

    /// The tags that any of the leads has, in the order of their ids.
    pub async fn tags_of(&self, context: &Context, leads: &[Lead]) -> Result<Vec<Tag>, AppError> {
        let ids: BTreeSet<_> = leads.iter().flat_map(|lead| &lead.tags).copied().collect();
        // Most leads refer to nothing, and a page should not read for nothing.
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = ids.into_iter().collect();
        Ok(self.store.tags(context.workspace_id, &ids).await?)
    }

    /// The users that any of the leads is assigned to, in the order of their ids.
    pub async fn users_of(&self, context: &Context, leads: &[Lead]) -> Result<Vec<User>, AppError> {
        let ids = leads.iter().flat_map(|lead| &lead.assigned_users);
        let ids: BTreeSet<_> = ids.copied().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = ids.into_iter().collect();
        Ok(self.store.users(context.workspace_id, &ids).await?)
    }

    pub async fn add_tag(&self, context: &Context, new: NewTag) -> Result<Tag, AppError> {
        context.whole_workspace()?;
        bounded(self.tags(context).await?.len(), Counted::Tags)?;
        self.create_tag(context.workspace_id, new).await
    }

    pub async fn add_field(
        &self,
        context: &Context,
        new: NewField,
    ) -> Result<FieldDefinition, AppError> {
        context.whole_workspace()?;
        bounded(self.fields(context).await?.len(), Counted::Fields)?;
        self.create_field(context.workspace_id, new).await
    }

    /// Adds a note to a lead.
    pub async fn add_note(
        &self,
        context: &Context,
        lead: &LeadRef,
        new: NoteContent,
    ) -> Result<Note, AppError> {
        let lead = self.lead(context, lead, None).await?;
        self.check_note(context, &new).await?;
        let notes = self.store.notes(context.workspace_id, lead.id).await?;
        if notes.len() >= NOTES_PER_LEAD_MAX {
            return Err(AppError::Conflict(Conflict::LimitReached(Counted::Notes)));
        }
        let now = self.environment.now();
        let note = Note {
            id: self.next_id(IdKind::Note, NoteId::new).await?,
            workspace_id: context.workspace_id,
            lead_id: lead.id,
            created_at: now,
            updated_at: now,
            document: new.document,
            attachments: new.attachments,
            mentions: new.mentions,
        };
        self.store.create_note(&note).await?;
        Ok(note)
    }

    /// Changes a note of the lead; `edit` makes the new content of the old.
    pub async fn edit_note(
        &self,
        context: &Context,
        lead: &LeadRef,
        note: NoteId,
        edit: impl FnOnce(NoteContent) -> NoteContent + Send,
    ) -> Result<Note, AppError> {
        let note = self.note(context, lead, note).await?;
        let changed = edit(NoteContent {
            document: note.document.clone(),
            attachments: note.attachments.clone(),
            mentions: note.mentions.clone(),
        });
        self.check_note(context, &changed).await?;
        let note = Note {
            updated_at: self.environment.now(),
            document: changed.document,
            attachments: changed.attachments,
            mentions: changed.mentions,
            ..note
        };
        let is_there = self.store.update_note(&note).await?;
        let missing = AppError::NotFound(Missing::Note);
        is_there.then_some(note).ok_or(missing)
    }

    /// A note of the lead.
    pub async fn note(
        &self,
        context: &Context,
        lead: &LeadRef,
        note: NoteId,
    ) -> Result<Note, AppError> {
        let lead = self.lead(context, lead, None).await?;
        let found = self.store.note(context.workspace_id, note).await?;
        found
            .filter(|note| note.lead_id == lead.id)
            .ok_or(AppError::NotFound(Missing::Note))
    }

    /// The notes on a lead, oldest first.
    pub async fn notes(&self, context: &Context, lead: &LeadRef) -> Result<Vec<Note>, AppError> {
        let lead = self.lead(context, lead, None).await?;
        Ok(self.store.notes(context.workspace_id, lead.id).await?)
    }

    async fn check_note(&self, context: &Context, note: &NoteContent) -> Result<(), AppError> {
        let mut faults = Vec::new();
        let mut fault = |member: &str, reason| faults.push(Fault::member(member, reason));
        if note.document.to_string().len() > NOTE_BYTES_MAX {
            let bytes_max = NOTE_BYTES_MAX;
            fault("document", Reason::TooLarge { bytes_max });
        }
        let items_max = NOTE_REFERENCES_MAX;
        if note.attachments.len() > items_max {
            fault("attachments", Reason::TooMany { items_max });
        }
        if note.mentions.len() > items_max {
            fault("mentions", Reason::TooMany { items_max });
        } else {
            let known = self.store.users(context.workspace_id, &note.mentions);
            let known = known.await?;
            for id in &note.mentions {
                if !known.iter().any(|user| user.id == *id) {
                    fault("mentions", Reason::UnknownReference(id.to_string()));
                }
            }
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(AppError::Invalid(faults))
        }
    }
}

fn bounded(count: usize, what: Counted) -> Result<(), AppError> {
    if count < DEFINITIONS_MAX {
        Ok(())
    } else {
        Err(AppError::Conflict(Conflict::LimitReached(what)))
    }
}
