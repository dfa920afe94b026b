//! The stored form of what an operator sets up: lists inside a row as JSON, read and written whole.

use domain::campaign::{Stage, Transitions};
use domain::command::Scope;
use domain::custom_field::FieldOption;
use domain::dialing::{CallingHours, Dialing, Weekday};
use domain::event::Dialect;
use domain::status::StageKind;
use domain::{CampaignId, OptionId};
use serde_json::{Value, json};

use super::leads::{decode_ids, encode_ids};

pub fn encode_stages(stages: &[Stage]) -> String {
    let stages = stages
        .iter()
        .map(|Stage { name, kind }| json!({"name": name, "kind": kind.name()}));
    stages.collect::<Value>().to_string()
}

pub fn decode_stages(list: &Value) -> Option<Vec<Stage>> {
    decode_list(list, |stage| {
        Some(Stage {
            name: decode_name(stage.get("name")?)?,
            kind: StageKind::from_name(stage.get("kind")?.as_str()?)?,
        })
    })
}

/// `None`: every move until converted.
pub fn encode_transitions(transitions: &Transitions) -> Option<String> {
    match transitions {
        Transitions::UntilConverted => None,
        Transitions::Listed(moves) => Some(json!(moves).to_string()),
    }
}

pub fn decode_transitions(moves: &Value) -> Option<Transitions> {
    let moves = moves.as_object()?.iter();
    let moves = moves.map(|(from, to)| Some((from.clone(), decode_names(to)?)));
    Some(Transitions::Listed(moves.collect::<Option<_>>()?))
}

pub fn encode_dialing(dialing: &Dialing) -> String {
    let Dialing {
        attempts_max,
        retry_interval_seconds,
        at_once_max,
        hours,
    } = dialing;
    let hours = hours
        .iter()
        .map(|span| json!([span.day.name(), span.start_minute, span.end_minute]));
    json!({
        "attempts_max": attempts_max,
        "retry_interval_seconds": retry_interval_seconds,
        "at_once_max": at_once_max,
        "hours": hours.collect::<Value>(),
    })
    .to_string()
}

pub fn decode_dialing(dialing: &Value) -> Option<Dialing> {
    let number = |name: &str| match dialing.get(name)? {
        Value::Null => Some(None),
        number => Some(Some(u32::try_from(number.as_u64()?).ok()?)),
    };
    Some(Dialing {
        attempts_max: number("attempts_max")?,
        retry_interval_seconds: number("retry_interval_seconds")?,
        at_once_max: number("at_once_max")?,
        hours: decode_list(dialing.get("hours")?, |span| {
            let minute = |index: usize| u16::try_from(span.get(index)?.as_u64()?).ok();
            let day = Weekday::from_name(span.get(0)?.as_str()?)?;
            CallingHours::new(day, minute(1)?, minute(2)?)
        })?,
    })
}

pub fn encode_names(names: &[String]) -> String {
    json!(names).to_string()
}

pub fn decode_names(list: &Value) -> Option<Vec<String>> {
    decode_list(list, decode_name)
}

pub fn encode_options(options: &[FieldOption]) -> String {
    let options = options
        .iter()
        .map(|FieldOption { id, label }| json!({"id": id.get(), "label": label}));
    options.collect::<Value>().to_string()
}

pub fn decode_options(list: &Value) -> Option<Vec<FieldOption>> {
    decode_list(list, |option| {
        Some(FieldOption {
            id: OptionId::new(option.get("id")?.as_u64()?)?,
            label: decode_name(option.get("label")?)?,
        })
    })
}

/// `None`: every dialect.
pub fn encode_dialects(dialects: Option<&[Dialect]>) -> Option<String> {
    let names = |list: &[Dialect]| list.iter().map(|dialect| dialect.name()).collect::<Value>();
    dialects.map(|list| names(list).to_string())
}

pub fn decode_dialects(list: &Value) -> Option<Vec<Dialect>> {
    decode_list(list, |name| Dialect::from_name(name.as_str()?))
}

/// `None`: the whole workspace.
pub fn encode_scope(scope: &Scope) -> Option<String> {
    match scope {
        Scope::Workspace => None,
        Scope::Campaigns(ids) => Some(encode_ids(ids.iter().map(|id| id.get()))),
    }
}

/// Of a scope that is not the whole workspace.
pub fn decode_scope(text: &str) -> Option<Scope> {
    let ids: Vec<_> = decode_ids(text, CampaignId::new)?;
    Some(Scope::Campaigns(ids.into()))
}

fn decode_list<T>(list: &Value, decode: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    list.as_array()?.iter().map(decode).collect()
}

fn decode_name(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
