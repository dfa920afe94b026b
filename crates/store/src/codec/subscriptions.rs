//! The stored form of a subscription's lists, and of what deliveries carry besides events.

use std::collections::BTreeSet;

use domain::event::Dialect;
use domain::lead::LeadField;
use domain::state::Content;
use domain::subscription::{Auth, Disabled, DisabledReason, Filter, Notice, Sealed, Secret, Topic};
use domain::{CampaignId, SubscriptionId, Timestamp};
use serde_json::{Value, json};

use super::results::{decode_result, encode_result};

/// The name under which a test delivery is kept, beside those of [`Topic`].
const TEST: &str = "test";

pub fn encode_filter(filter: &Filter) -> String {
    let Filter {
        topics,
        campaigns,
        fields,
        dialects,
        except_sources,
    } = filter;
    json!({
        "topics": topics.iter().map(|topic| topic.name()).collect::<Value>(),
        "campaigns": campaigns.iter().map(|id| id.get()).collect::<Value>(),
        "fields": fields.iter().map(|field| field.name()).collect::<Value>(),
        "dialects": dialects.iter().map(|dialect| dialect.name()).collect::<Value>(),
        "except_sources": except_sources,
    })
    .to_string()
}

pub fn decode_filter(filter: &Value) -> Option<Filter> {
    Some(Filter {
        topics: decode_set(filter.get("topics")?, |name| {
            Topic::from_name(name.as_str()?)
        })?,
        campaigns: decode_set(filter.get("campaigns")?, |id| CampaignId::new(id.as_u64()?))?,
        fields: decode_set(filter.get("fields")?, |name| {
            LeadField::from_name(name.as_str()?)
        })?,
        dialects: decode_set(filter.get("dialects")?, |name| {
            Dialect::from_name(name.as_str()?)
        })?,
        except_sources: decode_set(filter.get("except_sources")?, decode_text)?,
    })
}

fn decode_set<T: Ord>(list: &Value, decode: impl Fn(&Value) -> Option<T>) -> Option<BTreeSet<T>> {
    list.as_array()?.iter().map(decode).collect()
}

fn decode_text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Authentication with its secret sealed.
pub fn encode_auth(auth: &Auth) -> String {
    match auth {
        Auth::None => json!({"kind": "none"}),
        Auth::Bearer(token) => json!({"kind": "bearer", "token": token.0}),
        Auth::Header { name, value } => json!({"kind": "header", "name": name, "value": value.0}),
    }
    .to_string()
}

pub fn decode_auth(auth: &Value) -> Option<Auth> {
    let text = |name: &str| decode_text(auth.get(name)?);
    match auth.get("kind")?.as_str()? {
        "none" => Some(Auth::None),
        "bearer" => Some(Auth::Bearer(Sealed(text("token")?))),
        "header" => Some(Auth::Header {
            name: text("name")?,
            value: Sealed(text("value")?),
        }),
        _ => None,
    }
}

pub fn encode_secrets(secrets: &[Secret]) -> String {
    let encode = |secret: &Secret| {
        let Secret {
            number,
            sealed,
            created_at,
        } = secret;
        json!({"number": number, "sealed": sealed.0, "created_at": created_at.as_millis()})
    };
    secrets.iter().map(encode).collect::<Value>().to_string()
}

pub fn decode_secrets(list: &Value) -> Option<Vec<Secret>> {
    let decode = |secret: &Value| {
        Some(Secret {
            number: u32::try_from(secret.get("number")?.as_u64()?).ok()?,
            sealed: Sealed(decode_text(secret.get("sealed")?)?),
            created_at: Timestamp::from_millis(secret.get("created_at")?.as_i64()?)?,
        })
    };
    list.as_array()?.iter().map(decode).collect()
}

/// What a delivery's columns `topic` and `payload` hold; an event is kept by its id, in a column of its own.
pub fn encode_content(content: &Content) -> (&'static str, Option<String>) {
    match content {
        Content::Event { version: _, topic } => (topic.name(), None),
        Content::Result(result) => (Topic::UpdateFinished.name(), Some(encode_result(result))),
        Content::Notice(notice) => (
            Topic::SubscriptionDisabled.name(),
            Some(encode_notice(notice)),
        ),
        Content::Test => (TEST, None),
    }
}

/// Reads what [`encode_content`] wrote. `version` is that of the delivery's event, if it has one.
pub fn decode_content(topic: &str, payload: Option<&str>, version: Option<u64>) -> Option<Content> {
    if topic == TEST {
        return Some(Content::Test);
    }
    Some(match (Topic::from_name(topic)?, payload, version) {
        (topic @ Topic::Event(_), None, Some(version)) => Content::Event { version, topic },
        (Topic::UpdateFinished, Some(result), None) => Content::Result(decode_result(result)?),
        (Topic::SubscriptionDisabled, Some(notice), None) => {
            Content::Notice(decode_notice(notice)?)
        }
        _ => return None,
    })
}

fn encode_notice(notice: &Notice) -> String {
    let Notice {
        subscription_id,
        url,
        disabled: Disabled { at, reason },
    } = notice;
    json!({
        "subscription_id": subscription_id.get(),
        "url": url,
        "at": at.as_millis(),
        "reason": reason.name(),
    })
    .to_string()
}

fn decode_notice(text: &str) -> Option<Notice> {
    let value: Value = serde_json::from_str(text).ok()?;
    Some(Notice {
        subscription_id: SubscriptionId::new(value.get("subscription_id")?.as_u64()?)?,
        url: decode_text(value.get("url")?)?,
        disabled: Disabled {
            at: Timestamp::from_millis(value.get("at")?.as_i64()?)?,
            reason: DisabledReason::from_name(value.get("reason")?.as_str()?)?,
        },
    })
}
