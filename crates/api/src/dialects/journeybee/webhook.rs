//! The webhooks `lead_created`, `lead_updated` and `lead_deleted` of an integration, after docs.journeybee.io/webhooks
//! (events/lead_created, authentication).
//!
//! Documented: the body's members, and `Authorization: Bearer <JWT>`, HS256, signed with the integration's UUID, valid
//! for an hour. Ours: times in the body are epoch milliseconds (the pages show numbers and no unit), `event_id` is the
//! event's name, `jti` tells a repeated message, and the claim `api_key` is left out, because a receiver must not be
//! sent a key. Tags, users and fields have no UUID here; theirs is a view of their number.
#![deny(clippy::wildcard_enum_match_arm)]

use std::slice::from_ref;

use app::AppError;
use app::deliveries::Webhook;
use domain::Lead;
use domain::custom_field::{CustomValue, FieldDefinition, Tag, User};
use domain::event::EventKind;

use super::convert::uuid;
use super::wire;
use crate::views;
use crate::webhooks::{Telling, json, jwt};

/// From `iat` to `exp` in the vendor's example.
const VALID_SECONDS: i64 = 3_600;

pub(crate) async fn encode(telling: &Telling<'_>) -> Result<Option<Webhook>, AppError> {
    let Some((event, lead)) = telling.event() else {
        return Ok(None);
    };
    let event_id = match event.kind {
        EventKind::Created => "lead_created",
        EventKind::Updated => "lead_updated",
        EventKind::Deleted => "lead_deleted",
        EventKind::Reserved
        | EventKind::Claimed
        | EventKind::CallStarted
        | EventKind::CallEnded
        | EventKind::LeaseExpired
        | EventKind::DeferredRefused => return Ok(None),
    };
    // Most leads refer to nothing, and a delivery should not read for nothing.
    let fields = if lead.custom_fields.is_empty() {
        Vec::new()
    } else {
        telling.app().fields(&telling.context()).await?
    };
    let body = json(&wire::Notification {
        lead: wire::ToldLead {
            tags: tags(telling, lead).await?,
            assigned_users: users(telling, lead).await?,
            custom_fields: custom_fields(lead, &fields),
            ..told(lead)
        },
        configuration: [],
    });
    let workspace = telling.workspace().await?;
    let now = telling.now.as_seconds();
    let claims = wire::Claims {
        company_uuid: views::uuid(workspace.created_at, workspace.id.get()),
        user_uuid: (),
        event_id,
        external_settings: wire::ExternalSettings { authorisation: [] },
        jti: &telling.id,
        iat: now,
        exp: now + VALID_SECONDS,
    };
    let token = jwt(telling.secret()?.as_bytes(), &claims);
    let headers = vec![("authorization", format!("Bearer {token}"))];
    Ok(Some(Webhook { headers, body }))
}

fn told(lead: &Lead) -> wire::ToldLead<'_> {
    wire::ToldLead {
        uuid: views::uuid(lead.created_at, lead.id.get()),
        created_at: lead.created_at.as_millis(),
        updated_at: lead.updated_at.as_millis(),
        company_name: lead.company_name.as_deref(),
        email: lead.email.as_deref(),
        phone_number: lead.phone.as_ref().map(domain::phone::Phone::e164),
        first_name: lead.first_name.as_deref(),
        last_name: lead.last_name.as_deref(),
        created_by_user_uuid: (),
        created_by_user_email: (),
        created_by_user_first_name: (),
        created_by_user_last_name: (),
        custom_fields: Vec::new(),
        tags: Vec::new(),
        assigned_users: Vec::new(),
        received_from_company: [],
        sent_to_companies: [],
    }
}

async fn tags(telling: &Telling<'_>, lead: &Lead) -> Result<Vec<wire::ToldTag>, AppError> {
    let context = telling.context();
    let tags = telling.app().tags_of(&context, from_ref(lead));
    Ok(tags.await?.into_iter().map(tag).collect())
}

async fn users(telling: &Telling<'_>, lead: &Lead) -> Result<Vec<wire::ToldUser>, AppError> {
    let context = telling.context();
    let users = telling.app().users_of(&context, from_ref(lead));
    Ok(users.await?.into_iter().map(user).collect())
}

fn tag(tag: Tag) -> wire::ToldTag {
    wire::ToldTag {
        uuid: uuid(tag.id.get()),
        label: tag.label,
    }
}

fn user(user: User) -> wire::ToldUser {
    wire::ToldUser {
        uuid: uuid(user.id.get()),
        email: user.email,
        first_name: user.first_name,
        last_name: user.last_name,
    }
}

fn custom_fields<'a>(lead: &Lead, definitions: &'a [FieldDefinition]) -> Vec<wire::ToldField<'a>> {
    let shown = lead.custom_fields.iter().filter_map(|(id, value)| {
        let definition = definitions.iter().find(|known| known.id == *id)?;
        Some(told_field(definition, value))
    });
    shown.collect()
}

fn told_field<'a>(definition: &'a FieldDefinition, value: &CustomValue) -> wire::ToldField<'a> {
    let options = definition.options.iter();
    wire::ToldField {
        uuid: uuid(definition.id.get()),
        label: &definition.label,
        kind: definition.field_type.name(),
        value: value.to_value(),
        value_uuid: (),
        options: options
            .map(|option| wire::ToldOption {
                id: option.id.get(),
                label: &option.label,
            })
            .collect(),
    }
}
