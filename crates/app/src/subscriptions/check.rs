//! What a subscription may say. Whether its URL may be called is the guard's.

use domain::edit::Change;
use domain::fault::{Fault, Reason};
use domain::limits::{
    ENDPOINT_AT_ONCE_MAX, ENDPOINT_PER_SECOND_MAX, FILTER_VALUES_MAX, SOURCE_CHARS_MAX,
    TEXT_CHARS_MAX,
};
use domain::subscription::{Auth, Cap, Filter, Format, Subscription};

use super::{NewSubscription, PlainAuth, SecretForm, SubscriptionEdit};

pub(super) fn new(new: &NewSubscription) -> Vec<Fault> {
    let mut faults = secret(new.format, new.secret.as_deref());
    description(&mut faults, new.description.as_deref());
    filter(&mut faults, new.format, &new.filter);
    auth(&mut faults, new.format, &new.auth);
    cap(&mut faults, new.cap);
    faults
}

pub(super) fn edit(before: &Subscription, edit: &SubscriptionEdit) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Change::Set(text) = &edit.description {
        description(&mut faults, Some(text));
    }
    let filter_after = edit.filter_after(&before.filter);
    if filter_after != before.filter {
        filter(&mut faults, before.format, &filter_after);
    }
    if let Some(changed) = &edit.auth {
        auth(&mut faults, before.format, changed);
    }
    cap(&mut faults, edit.cap_after(before.cap));
    if let (Some(url), None) = (&edit.url, &edit.auth)
        && before.auth != Auth::None
        && origin(url) != origin(&before.url)
    {
        let why =
            "give it again: what is kept would be sent to another server than it was meant for";
        faults.push(Fault::member("auth", Reason::Refused(why.to_owned())));
    }
    faults
}

/// A secret that the owner brings along.
pub(super) fn secret(format: Format, secret: Option<&str>) -> Vec<Fault> {
    match secret {
        Some(text) if !SecretForm::of(format).fits(text) => {
            vec![Fault::member("secret", Reason::NotAllowed)]
        }
        _ => Vec::new(),
    }
}

/// Whether a text can be a source tag: visible ASCII, so that it fits a header as it is.
pub fn is_source(text: &str) -> bool {
    (1..=SOURCE_CHARS_MAX).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
}

/// Scheme, host and port of a URL, as it is written: two spellings of the same may differ.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |place| place + "://".len());
    let end = url[host..].find(['/', '?', '#', '\\']);
    end.map_or(url, |end| &url[..host + end])
}

fn description(faults: &mut Vec<Fault>, text: Option<&str>) {
    if text.is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
        let chars_max = TEXT_CHARS_MAX;
        faults.push(Fault::member("description", Reason::TooLong { chars_max }));
    }
}

fn filter(faults: &mut Vec<Fault>, format: Format, filter: &Filter) {
    if let Some(topic) = filter
        .topics
        .iter()
        .find(|topic| !format.topics().contains(topic))
    {
        let reason = Reason::Contradiction(format!("format, which has no {}", topic.name()));
        faults.push(Fault::member("topics", reason));
    }
    let lists = [
        ("campaigns", filter.campaigns.len()),
        ("except_sources", filter.except_sources.len()),
    ];
    for (member, count) in lists {
        if count > FILTER_VALUES_MAX {
            let items_max = FILTER_VALUES_MAX;
            faults.push(Fault::member(member, Reason::TooMany { items_max }));
        }
    }
    if !filter.except_sources.iter().all(|source| is_source(source)) {
        faults.push(Fault::member("except_sources", Reason::NotAllowed));
    }
}

/// JourneyBee's signature is the `Authorization` header.
fn auth(faults: &mut Vec<Fault>, format: Format, auth: &PlainAuth) {
    if format == Format::JourneyBee && *auth != PlainAuth::None {
        let reason = Reason::Contradiction("format, which signs in Authorization".to_owned());
        faults.push(Fault::member("auth", reason));
    }
}

fn cap(faults: &mut Vec<Fault>, cap: Cap) {
    if !(1..=ENDPOINT_AT_ONCE_MAX).contains(&cap.at_once_max) {
        faults.push(Fault::member("at_once_max", Reason::OutOfRange));
    }
    if cap
        .per_second_max
        .is_some_and(|rate| !(1..=ENDPOINT_PER_SECOND_MAX).contains(&rate))
    {
        faults.push(Fault::member("per_second_max", Reason::OutOfRange));
    }
}
