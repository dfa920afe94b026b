//! Typed custom fields: definitions of a workspace and the values leads carry.

use serde_json::{Number, Value, json};

use crate::ids::{FieldId, OptionId, TagId, UserId};
use crate::time::Timestamp;

/// The types that a definition can have (JourneyBee's list, the only vendor with typed fields).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    Text,
    Textarea,
    Number,
    Date,
    Boolean,
    Select,
    MultiSelect,
}

impl FieldType {
    pub const ALL: [Self; 7] = [
        Self::Text,
        Self::Textarea,
        Self::Number,
        Self::Date,
        Self::Boolean,
        Self::Select,
        Self::MultiSelect,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Textarea => "textarea",
            Self::Number => "number",
            Self::Date => "date",
            Self::Boolean => "boolean",
            Self::Select => "select",
            Self::MultiSelect => "multi_select",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|field_type| field_type.name() == name)
    }

    /// Whether its values are choices among options.
    pub const fn is_select(self) -> bool {
        matches!(self, Self::Select | Self::MultiSelect)
    }
}

/// What kind of object a definition or a tag belongs to. Only those of leads can be put on a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Association {
    Lead,
    LeadDeal,
    Partner,
    Card,
}

impl Association {
    pub const ALL: [Self; 4] = [Self::Lead, Self::LeadDeal, Self::Partner, Self::Card];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::LeadDeal => "lead_deal",
            Self::Partner => "partner",
            Self::Card => "card",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|association| association.name() == name)
    }
}

/// One choice of a select field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldOption {
    pub id: OptionId,
    pub label: String,
}

/// A custom field of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDefinition {
    pub id: FieldId,
    pub label: String,
    pub field_type: FieldType,
    pub association: Association,
    /// Empty unless the type is a select.
    pub options: Vec<FieldOption>,
    /// Of which kind of partners, where the vendor has such; kept and shown, no more.
    pub partner_type: Option<String>,
    /// Whether forms ask for it. A lead without it is taken all the same.
    pub is_required: bool,
    pub is_shared: bool,
}

/// A label of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    pub id: TagId,
    pub label: String,
    pub association: Association,
    pub partner_type: Option<String>,
    /// `#RRGGBB`.
    pub background_color: String,
    /// `#RRGGBB`.
    pub text_color: String,
}

/// A person of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub created_at: Timestamp,
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
}

/// A value of a custom field. Text and textarea share a variant: they differ only in how they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomValue {
    Text(String),
    Number(Number),
    /// `YYYY-MM-DD` or RFC 3339 text, as given.
    Date(String),
    Boolean(bool),
    Select(OptionId),
    /// In the order given, without repeats.
    MultiSelect(Vec<OptionId>),
}

impl CustomValue {
    /// Whether a field of this type can hold the value; options are checked by [`FieldDefinition::takes`].
    pub const fn is_of_type(&self, field_type: FieldType) -> bool {
        matches!(
            (self, field_type),
            (Self::Text(_), FieldType::Text | FieldType::Textarea)
                | (Self::Number(_), FieldType::Number)
                | (Self::Date(_), FieldType::Date)
                | (Self::Boolean(_), FieldType::Boolean)
                | (Self::Select(_), FieldType::Select)
                | (Self::MultiSelect(_), FieldType::MultiSelect)
        )
    }

    /// The stored and event form: `{"text": "…"}`, `{"select": 3}` and so on, one member.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => json!({"text": text}),
            Self::Number(number) => json!({"number": number}),
            Self::Date(date) => json!({"date": date}),
            Self::Boolean(boolean) => json!({"boolean": boolean}),
            Self::Select(option) => json!({"select": option.get()}),
            Self::MultiSelect(options) => {
                json!({"multi_select": options.iter().map(|option| option.get()).collect::<Vec<_>>()})
            }
        }
    }

    /// Reads what [`Self::to_value`] wrote; `None` if it is not that.
    pub fn from_value(value: &Value) -> Option<Self> {
        let (key, inner) = value.as_object()?.iter().next()?;
        Some(match key.as_str() {
            "text" => Self::Text(inner.as_str()?.to_owned()),
            "number" => Self::Number(inner.as_number()?.clone()),
            "date" => Self::Date(inner.as_str()?.to_owned()),
            "boolean" => Self::Boolean(inner.as_bool()?),
            "select" => Self::Select(OptionId::new(inner.as_u64()?)?),
            "multi_select" => Self::MultiSelect(
                inner
                    .as_array()?
                    .iter()
                    .map(|option| OptionId::new(option.as_u64()?))
                    .collect::<Option<_>>()?,
            ),
            _ => return None,
        })
    }
}

impl FieldDefinition {
    /// Whether this definition accepts the value: type, a date that is one and, for selects, known options.
    pub fn takes(&self, value: &CustomValue) -> bool {
        let knows = |id: &OptionId| self.options.iter().any(|option| option.id == *id);
        value.is_of_type(self.field_type)
            && match value {
                CustomValue::Select(option) => knows(option),
                CustomValue::MultiSelect(options) => options.iter().all(knows),
                CustomValue::Date(date) => is_date(date),
                CustomValue::Text(_) | CustomValue::Number(_) | CustomValue::Boolean(_) => true,
            }
    }
}

/// `YYYY-MM-DD`, or a date and time in ISO 8601's extended form, with or without an offset.
fn is_date(text: &str) -> bool {
    let is_extended = text.len() >= 10
        && text.bytes().take(10).enumerate().all(|(index, byte)| {
            if matches!(index, 4 | 7) {
                byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        });
    is_extended
        && if text.len() == 10 {
            text.parse::<jiff::civil::Date>().is_ok()
        } else {
            // Not jiff's `[Zone/Name]`, which no other reader of the field would know.
            !text.contains('[')
                && (text.parse::<jiff::Timestamp>().is_ok()
                    || text.parse::<jiff::civil::DateTime>().is_ok())
        }
}

#[cfg(test)]
mod tests;
