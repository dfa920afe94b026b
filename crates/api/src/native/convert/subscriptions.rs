//! Our wire to subscriptions and their edits, and subscriptions to our wire.

use std::collections::BTreeSet;

use app::subscriptions::{FilterEdit, NewSubscription, PlainAuth, SubscriptionEdit};
use domain::edit::Change;
use domain::event::Dialect;
use domain::fault::{At, Fault, JsonType, Reason};
use domain::lead::LeadField;
use domain::limits::{ENDPOINT_AT_ONCE_DEFAULT, FILTER_VALUES_MAX};
use domain::subscription::{Auth, Cap, Filter, Format, Subscription, Topic};
use domain::{CampaignId, Timestamp};
use serde_json::Value;

use super::super::wire;
use crate::extract::{Members, Null};

/// The body of a creation. The format is ours unless it names another.
pub(in crate::native) fn new_subscription(mut members: Members) -> (NewSubscription, Vec<Fault>) {
    let m = &mut members;
    let format = match m.text("format", Null::Fault) {
        Change::Set(name) => Format::from_name(&name).unwrap_or_else(|| {
            m.fault("format", Reason::NotAllowed);
            Format::Standard
        }),
        Change::Leave | Change::Clear => Format::Standard,
    };
    let url = match m.text("url", Null::Fault) {
        Change::Set(url) => url,
        Change::Leave | Change::Clear => {
            if !m.has_fault("url") {
                m.fault("url", Reason::Required);
            }
            String::new()
        }
    };
    let filter = filter(m);
    let new = NewSubscription {
        description: set(m.text("description", Null::Absent)),
        filter: Filter {
            topics: filter.topics.unwrap_or_default(),
            campaigns: filter.campaigns.unwrap_or_default(),
            fields: filter.fields.unwrap_or_default(),
            dialects: filter.dialects.unwrap_or_default(),
            except_sources: filter.except_sources.unwrap_or_default(),
        },
        auth: auth(m).unwrap_or(PlainAuth::None),
        secret: set(m.text("secret", Null::Absent)),
        cap: Cap {
            at_once_max: at_once_max(m).unwrap_or(ENDPOINT_AT_ONCE_DEFAULT),
            per_second_max: set(per_second_max(m)),
        },
        ..NewSubscription::new(&url, format)
    };
    members.refuse_rest();
    (new, members.into_faults())
}

/// The body of a merge patch: `null` is what a creation that does not name the member gets.
pub(in crate::native) fn subscription_edit(mut members: Members) -> (SubscriptionEdit, Vec<Fault>) {
    let m = &mut members;
    let edit = SubscriptionEdit {
        description: m.text("description", Null::Clears),
        url: set(m.text("url", Null::Fault)),
        filter: filter(m),
        auth: auth(m),
        at_once_max: at_once_max(m),
        per_second_max: per_second_max(m),
        is_enabled: set(m.boolean("is_enabled", Null::Fault)),
    };
    members.refuse_rest();
    (edit, members.into_faults())
}

/// The body of a new secret, which may be left to us.
pub(in crate::native) fn new_secret(mut members: Members) -> (Option<String>, Vec<Fault>) {
    let secret = set(members.text("secret", Null::Absent));
    members.refuse_rest();
    (secret, members.into_faults())
}

fn filter(m: &mut Members) -> FilterEdit {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    FilterEdit {
        topics: list(m, "topics", |name| Topic::from_name(name.as_str()?)),
        campaigns: list(m, "campaigns", |id| CampaignId::new(id.as_u64()?)),
        fields: list(m, "fields", |name| LeadField::from_name(name.as_str()?)),
        dialects: list(m, "dialects", |name| Dialect::from_name(name.as_str()?)),
        except_sources: list(m, "except_sources", text),
    }
}

/// A list of values that filter; none, and `null`, filter nothing. The first that means nothing is named.
fn list<T: Ord>(
    m: &mut Members,
    name: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<BTreeSet<T>> {
    let items = match m.array(name, Null::Clears) {
        Change::Leave => return None,
        Change::Clear => return Some(BTreeSet::new()),
        Change::Set(items) => items,
    };
    let items_max = FILTER_VALUES_MAX;
    if items.len() > items_max {
        m.fault(name, Reason::TooMany { items_max });
        return None;
    }
    let mut values = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let Some(value) = read(item) else {
            m.fault(format!("{name}[{index}]"), Reason::NotAllowed);
            return None;
        };
        values.insert(value);
    }
    Some(values)
}

/// `{"kind": "none"}`, `{"kind": "bearer", "token": …}` or `{"kind": "header", "name": …, "value": …}`.
fn auth(m: &mut Members) -> Option<PlainAuth> {
    let object = match m.object("auth", Null::Clears) {
        Change::Leave => return None,
        Change::Clear => return Some(PlainAuth::None),
        Change::Set(object) => object,
    };
    let mut inner = Members::new(object.into_members());
    let kind = required(&mut inner, "kind");
    let auth = match kind.as_deref() {
        Some("none") => Some(PlainAuth::None),
        Some("bearer") => required(&mut inner, "token").map(PlainAuth::Bearer),
        Some("header") => {
            let (name, value) = (required(&mut inner, "name"), required(&mut inner, "value"));
            name.zip(value)
                .map(|(name, value)| PlainAuth::Header { name, value })
        }
        Some(_) => {
            inner.fault("kind", Reason::NotAllowed);
            None
        }
        None => None,
    };
    inner.refuse_rest();
    for Fault { at, reason } in inner.into_faults() {
        if let At::Member(member) = at {
            m.fault(format!("auth.{member}"), reason);
        }
    }
    auth
}

fn required(m: &mut Members, name: &str) -> Option<String> {
    let text = set(m.text(name, Null::Fault));
    if text.is_none() && !m.has_fault(name) {
        m.fault(name, Reason::Required);
    }
    text
}

fn at_once_max(m: &mut Members) -> Option<u32> {
    match cap(m, "at_once_max") {
        Change::Leave => None,
        Change::Set(number) => Some(number),
        Change::Clear => Some(ENDPOINT_AT_ONCE_DEFAULT),
    }
}

fn per_second_max(m: &mut Members) -> Change<u32> {
    cap(m, "per_second_max")
}

/// A number too large for us is too large for the limit, too.
fn cap(m: &mut Members, name: &str) -> Change<u32> {
    m.change(name, Null::Clears, JsonType::Integer, |value| {
        Some(u32::try_from(value.as_u64()?).unwrap_or(u32::MAX))
    })
}

fn set<T>(change: Change<T>) -> Option<T> {
    match change {
        Change::Set(value) => Some(value),
        Change::Leave | Change::Clear => None,
    }
}

/// A subscription as we show it. `secret` is in the clear in the answer that makes it and nowhere else.
pub(in crate::native) fn subscription(
    subscription: Subscription,
    secret: Option<String>,
) -> wire::Subscription {
    let Subscription {
        id,
        workspace_id: _,
        version,
        created_at,
        description,
        url,
        filter,
        format,
        auth,
        secrets,
        cap,
        health,
    } = subscription;
    wire::Subscription {
        id: id.get(),
        version,
        created_at: created_at.to_rfc3339_millis(),
        description,
        url,
        format: format.name(),
        topics: filter.topics.iter().map(|topic| topic.name()).collect(),
        campaigns: filter.campaigns.iter().map(|id| id.get()).collect(),
        fields: filter.fields.iter().map(|field| field.name()).collect(),
        dialects: filter.dialects.iter().map(|name| name.name()).collect(),
        except_sources: filter.except_sources.into_iter().collect(),
        auth: shown_auth(auth),
        secrets: secrets
            .iter()
            .map(|secret| wire::Secret {
                number: secret.number,
                created_at: secret.created_at.to_rfc3339_millis(),
            })
            .collect(),
        secret,
        at_once_max: cap.at_once_max,
        per_second_max: cap.per_second_max,
        is_enabled: health.disabled.is_none(),
        failing_since: health.failing_since.map(Timestamp::to_rfc3339_millis),
        disabled: health.disabled.map(|disabled| wire::Disabled {
            at: disabled.at.to_rfc3339_millis(),
            reason: disabled.reason.name(),
        }),
    }
}

fn shown_auth(auth: Auth) -> wire::Auth {
    let (kind, name) = match auth {
        Auth::None => ("none", None),
        Auth::Bearer(_) => ("bearer", None),
        Auth::Header { name, value: _ } => ("header", Some(name)),
    };
    wire::Auth { kind, name }
}
