//! Applying an edit to a lead: every rule on values, all faults collected.

use std::collections::BTreeSet;

use crate::campaign::{Campaign, Stage, first_of_kind};
use crate::command::Scope;
use crate::custom_field::{Association, CustomValue};
use crate::edit::{Change, CustomFieldEdit, Edit, SetEdit, StageEdit, StatusEdit};
use crate::fault::{Fault, Reason, Rejection};
use crate::ids::WorkspaceId;
use crate::lead::{Lead, LeadField};
use crate::limits::{
    ASSIGNED_USERS_MAX, CUSTOM_FIELDS_MAX, NOTES_CHARS_MAX, OBJECT_BYTES_MAX, TAGS_MAX,
    TEXT_CHARS_MAX,
};
use crate::object::{Object, ObjectEdit};
use crate::phone::{PhoneInput, Region};
use crate::state::State;
use crate::status::DialStatus;

/// A blank lead put on the first stage of the list it will be in.
pub(super) fn placed(state: &State, mut blank: Lead, edit: &Edit) -> Lead {
    let campaign = match edit.campaign {
        Change::Set(id) => state
            .campaigns
            .get(&(blank.workspace_id, id))
            .map(AsRef::as_ref),
        _ => None,
    };
    if let Some(stage) = stages(state, blank.workspace_id, campaign).first() {
        blank.stage = stage.clone();
    }
    blank
}

/// The lead after the edit, or all that is wrong with it.
pub(super) fn apply(
    state: &State,
    scope: &Scope,
    lead: &Lead,
    mut edit: Edit,
) -> Result<Lead, Rejection> {
    let mut after = lead.clone();
    let mut faults = Faults(Vec::new());
    let target = edit.target_campaign(lead);
    let campaign = target.and_then(|id| state.campaigns.get(&(lead.workspace_id, id)));
    if let Change::Set(id) = edit.campaign
        && campaign.is_none()
    {
        faults.push(
            LeadField::CampaignId,
            Reason::UnknownReference(id.to_string()),
        );
    }
    let moves = after.campaign_id != target;
    if moves && campaign.is_some_and(|campaign| campaign.is_deleted()) {
        return Err(Rejection::CampaignDenied);
    }
    after.campaign_id = target;
    let list = stages(state, lead.workspace_id, campaign.map(AsRef::as_ref));
    if moves && let Some(stage) = first_of_kind(list, lead.stage.kind).or(list.first()) {
        after.stage = stage.clone();
    }
    let region = region(state, lead.workspace_id, campaign.map(AsRef::as_ref));
    apply_texts(&mut after, edit.texts(), &mut faults);
    apply_phone(&mut after, edit.phone, region, &mut faults);
    edit.time_zone.apply(&mut after.time_zone);
    apply_object(
        &mut after.variables,
        &edit.variables,
        LeadField::Variables,
        &mut faults,
    );
    apply_object(
        &mut after.collected,
        &edit.collected,
        LeadField::Collected,
        &mut faults,
    );
    apply_custom_fields(state, &mut after, edit.custom_fields, &mut faults);
    apply_tags(state, &mut after, edit.tags, &mut faults);
    apply_users(state, &mut after, edit.assigned_users, &mut faults);
    let campaign = campaign.map(AsRef::as_ref);
    apply_stage(&mut after, edit.stage, list, campaign, &mut faults);
    if let Some(status) = &edit.dial_status {
        apply_status(&mut after, status, &mut faults);
    }
    edit.next_attempt_at.apply(&mut after.next_attempt_at);
    faults.into_result()?;
    if moves && !scope.allows(target) {
        return Err(Rejection::CampaignDenied);
    }
    Ok(after)
}

struct Faults(Vec<Fault>);

impl Faults {
    fn push(&mut self, field: LeadField, reason: Reason) {
        self.0.push(Fault::field(field, reason));
    }

    fn into_result(self) -> Result<(), Rejection> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Rejection::Invalid(self.0))
        }
    }
}

/// The stage list that counts for a lead of this campaign, or of none.
fn stages<'a>(
    state: &'a State,
    workspace: WorkspaceId,
    campaign: Option<&'a Campaign>,
) -> &'a [Stage] {
    match campaign {
        Some(campaign) => &campaign.stages,
        None => state
            .workspaces
            .get(&workspace)
            .map_or(&[], |workspace| &workspace.stages),
    }
}

fn region(state: &State, workspace: WorkspaceId, campaign: Option<&Campaign>) -> Option<Region> {
    let of_workspace = || state.workspaces.get(&workspace)?.default_region.as_deref();
    let code = campaign.and_then(|campaign| campaign.default_region.as_deref());
    code.or_else(of_workspace).and_then(crate::phone::region)
}

fn apply_phone(
    lead: &mut Lead,
    phone: Change<PhoneInput>,
    region: Option<Region>,
    faults: &mut Faults,
) {
    match phone {
        Change::Leave => {}
        Change::Clear => lead.phone = None,
        Change::Set(input) => match input.resolve(region) {
            // The same number in another spelling is no change.
            Ok(phone)
                if lead
                    .phone
                    .as_ref()
                    .is_some_and(|old| old.e164() == phone.e164()) => {}
            Ok(phone) => lead.phone = Some(phone),
            Err(_) => faults.push(LeadField::Phone, Reason::InvalidPhone),
        },
    }
}

type TextChange = (LeadField, Change<String>);

impl Edit {
    /// Takes the plain texts out of the edit, each with its field.
    fn texts(&mut self) -> [TextChange; 8] {
        use std::mem::take;
        [
            (LeadField::ExternalId, take(&mut self.external_id)),
            (LeadField::FirstName, take(&mut self.first_name)),
            (LeadField::LastName, take(&mut self.last_name)),
            (LeadField::Name, take(&mut self.name)),
            (LeadField::Email, take(&mut self.email)),
            (LeadField::CompanyName, take(&mut self.company_name)),
            (LeadField::Notes, take(&mut self.notes)),
            (LeadField::Disposition, take(&mut self.disposition)),
        ]
    }
}

fn apply_texts(lead: &mut Lead, texts: [TextChange; 8], faults: &mut Faults) {
    let slots = [
        &mut lead.external_id,
        &mut lead.first_name,
        &mut lead.last_name,
        &mut lead.name,
        &mut lead.email,
        &mut lead.company_name,
        &mut lead.notes,
        &mut lead.disposition,
    ];
    for ((field, change), slot) in texts.into_iter().zip(slots) {
        if let Change::Set(text) = &change {
            check_text(field, text, faults);
        }
        change.apply(slot);
    }
}

fn check_text(field: LeadField, text: &str, faults: &mut Faults) {
    let chars_max = if field == LeadField::Notes {
        NOTES_CHARS_MAX
    } else {
        TEXT_CHARS_MAX
    };
    if text.chars().count() > chars_max {
        faults.push(field, Reason::TooLong { chars_max });
    } else if field == LeadField::Email && !is_email(text) {
        faults.push(field, Reason::InvalidEmail);
    }
}

/// One `@` with something on both sides and no white space: enough to catch a wrong column, and no
/// more, because only delivery proves an address.
fn is_email(text: &str) -> bool {
    let mut parts = text.split('@');
    let (local, host, rest) = (parts.next(), parts.next(), parts.next());
    let is_part = |part: Option<&str>| part.is_some_and(|part| !part.is_empty());
    is_part(local) && is_part(host) && rest.is_none() && !text.contains(char::is_whitespace)
}

fn apply_object(object: &mut Object, edit: &ObjectEdit, field: LeadField, faults: &mut Faults) {
    if *edit == ObjectEdit::Leave {
        return;
    }
    let after = object.edited(edit);
    if after == *object {
        return;
    }
    if !after.is_within_limits() {
        faults.push(
            field,
            Reason::TooLarge {
                bytes_max: OBJECT_BYTES_MAX,
            },
        );
    }
    *object = after;
}

fn apply_custom_fields(
    state: &State,
    lead: &mut Lead,
    edits: Vec<CustomFieldEdit>,
    faults: &mut Faults,
) {
    for CustomFieldEdit {
        field,
        declared_type,
        value,
    } in edits
    {
        let id = field.to_string();
        let definition = state
            .fields
            .get(&(lead.workspace_id, field))
            .filter(|definition| definition.association == Association::Lead);
        let Some(definition) = definition else {
            faults.push(LeadField::CustomFields, Reason::UnknownReference(id));
            continue;
        };
        let is_declared = declared_type.is_none_or(|declared| declared == definition.field_type);
        let is_taken = value.as_ref().is_none_or(|value| definition.takes(value));
        if !is_declared || !is_taken {
            faults.push(LeadField::CustomFields, Reason::WrongFieldType(id));
            continue;
        }
        if let Some(CustomValue::Text(text)) = &value
            && text.chars().count() > NOTES_CHARS_MAX
        {
            let chars_max = NOTES_CHARS_MAX;
            faults.push(LeadField::CustomFields, Reason::TooLong { chars_max });
            continue;
        }
        match value {
            Some(value) => lead.custom_fields.insert(field, value),
            None => lead.custom_fields.remove(&field),
        };
    }
    if lead.custom_fields.len() > CUSTOM_FIELDS_MAX {
        let items_max = CUSTOM_FIELDS_MAX;
        faults.push(LeadField::CustomFields, Reason::TooMany { items_max });
    }
}

fn apply_tags(
    state: &State,
    lead: &mut Lead,
    edit: SetEdit<crate::ids::TagId>,
    faults: &mut Faults,
) {
    for id in edit.named() {
        let tag = state.tags.get(&(lead.workspace_id, *id));
        if tag.is_none_or(|tag| tag.association != Association::Lead) {
            faults.push(LeadField::Tags, Reason::UnknownReference(id.to_string()));
        }
    }
    apply_set(&mut lead.tags, edit);
    if lead.tags.len() > TAGS_MAX {
        faults.push(
            LeadField::Tags,
            Reason::TooMany {
                items_max: TAGS_MAX,
            },
        );
    }
}

fn apply_users(
    state: &State,
    lead: &mut Lead,
    edit: SetEdit<crate::ids::UserId>,
    faults: &mut Faults,
) {
    for id in edit.named() {
        if !state.users.contains(&(lead.workspace_id, *id)) {
            faults.push(
                LeadField::AssignedUsers,
                Reason::UnknownReference(id.to_string()),
            );
        }
    }
    apply_set(&mut lead.assigned_users, edit);
    if lead.assigned_users.len() > ASSIGNED_USERS_MAX {
        let items_max = ASSIGNED_USERS_MAX;
        faults.push(LeadField::AssignedUsers, Reason::TooMany { items_max });
    }
}

fn apply_set<T: Ord>(set: &mut BTreeSet<T>, edit: SetEdit<T>) {
    match edit {
        SetEdit::Leave => {}
        SetEdit::Replace(items) => *set = items.into_iter().collect(),
        SetEdit::Add(items) => set.extend(items),
        SetEdit::Remove(items) => {
            for item in items {
                set.remove(&item);
            }
        }
    }
}

fn apply_stage(
    lead: &mut Lead,
    edit: StageEdit,
    list: &[Stage],
    campaign: Option<&Campaign>,
    faults: &mut Faults,
) {
    let unknown = |name: &str| Reason::UnknownReference(name.to_owned());
    match edit {
        StageEdit::Leave => {}
        StageEdit::OfKind(kind) if lead.stage.kind == kind => {}
        StageEdit::OfKind(kind) => match first_of_kind(list, kind) {
            Some(stage) => lead.stage = stage.clone(),
            None => faults.push(LeadField::Stage, unknown(kind.name())),
        },
        StageEdit::Named(name) => match list.iter().find(|stage| stage.name == name) {
            Some(stage) => lead.stage = stage.clone(),
            None => faults.push(LeadField::Stage, unknown(&name)),
        },
        StageEdit::Transition { to, disposition } => {
            let target = match &to {
                None => None,
                Some(name) => match list.iter().find(|stage| stage.name == *name) {
                    Some(stage) => Some(stage),
                    None => return faults.push(LeadField::Stage, unknown(name)),
                },
            };
            transition(lead, target, disposition, campaign, faults);
        }
    }
}

fn transition(
    lead: &mut Lead,
    target: Option<&Stage>,
    disposition: Option<String>,
    campaign: Option<&Campaign>,
    faults: &mut Faults,
) {
    if let (Some(to), Some(campaign)) = (target, campaign)
        && !campaign.transitions.allow(&lead.stage, to)
    {
        let (from, to) = (lead.stage.name.clone(), to.name.clone());
        faults.push(LeadField::Stage, Reason::TransitionForbidden { from, to });
    }
    if let Some(disposition) = disposition {
        let listed = campaign.map_or(&[][..], |campaign| &campaign.dispositions);
        if !target.is_some_and(|stage| stage.kind.takes_disposition()) {
            faults.push(LeadField::Disposition, Reason::DispositionWithoutDecision);
        } else if !listed.is_empty() && !listed.contains(&disposition) {
            faults.push(
                LeadField::Disposition,
                Reason::UnlistedDisposition(disposition),
            );
        } else {
            check_text(LeadField::Disposition, &disposition, faults);
            lead.disposition = Some(disposition);
        }
    }
    if let Some(stage) = target {
        lead.stage = stage.clone();
    }
}

fn apply_status(lead: &mut Lead, edit: &StatusEdit, faults: &mut Faults) {
    if lead.dial_status == edit.to || edit.same_as.contains(&lead.dial_status) {
        return;
    }
    if lead.dial_status == DialStatus::Suppressed || !edit.to.is_settable() {
        return faults.push(LeadField::DialStatus, Reason::NotSettable);
    }
    lead.dial_status = edit.to;
    // A status set by hand speaks about now, not about the time the last attempt asked for.
    lead.next_attempt_at = None;
    // Also while an expired claim waits for its sweep, which would put the lead back to `retry`.
    if let Some(claim) = &mut lead.claim {
        claim.keeps_status = true;
    }
}
