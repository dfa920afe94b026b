//! A thing of another workspace looks exactly like a thing that does not exist, byte for byte, on every route.

use serde_json::{Value, json};

use crate::http::{Answer, Client, Request};
use crate::routes::{self, DELETING, Names, Route, WEBHOOKS_ALLOWED};
use crate::server::Book;
use crate::world::{Lead, Workspace};

/// What of an answer a caller could compare: all but what changes with every answer.
fn comparable(answer: &Answer, names: &Names) -> (u16, Vec<(String, String)>, String) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
    // An answer may repeat the id that was asked for; that says nothing.
    // A section of RFC 9110, which some id of one digit may equal.
    let mut body = answer.text().replace("#section-15.5.5", "");
    for (_, lead) in &names.doomed_leads {
        for own in [&lead.object_id, &lead.dialnexa] {
            body = body.replace(own.as_str(), "*");
        }
    }
    for own in [
        &names.object_id,
        &names.external_id,
        &names.dialnexa,
        &names.pearl,
        &names.call_object_id,
    ] {
        body = body.replace(own.as_str(), "*");
    }
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
    // Of the key that asks, and counting.
    headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("x-ratelimit-"));
    (answer.status, headers, without_numbers(&body, names))
}

/// The text without the numbers that were asked for, each a whole run of digits.
fn without_numbers(text: &str, names: &Names) -> String {
    let doomed = names.doomed_leads.iter().map(|(_, lead)| lead.number);
    let own = [
        names.campaign,
        names.lead,
        names.tag,
        names.user,
        names.field,
        names.call,
        names.subscription,
        names.doomed,
        names.delivery,
        names.note,
        names.doomed_call,
        names.doomed_campaign,
        names.assistant,
    ];
    let own = own.into_iter().chain(doomed);
    let own: Vec<_> = own.map(|number| number.to_string()).collect();
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        result.push_str(before);
        result.push_str(if own.iter().any(|number| number == run) {
            "#"
        } else {
            run
        });
        rest = after;
    }
    result + rest
}

/// Names of the same form that nothing has.
fn nothing(foreign: &Names) -> Names {
    let number = 8_999_999_999_999;
    let object_id = |id: &str| format!("{}{number:016x}", &id[..8]);
    let nobody = Lead {
        number,
        object_id: object_id(&foreign.object_id),
        dialnexa: "lead_zzzzzz000000".to_owned(),
    };
    Names {
        workspace: number,
        project: object_id(&foreign.project),
        campaign: number,
        pearl: object_id(&foreign.pearl),
        dialnexa_campaign: "cmp_zzzzzz000000".to_owned(),
        lead: number,
        object_id: object_id(&foreign.object_id),
        dialnexa: "lead_zzzzzz000000".to_owned(),
        external_id: "crm-nobody".to_owned(),
        call: number,
        call_object_id: format!("{}{number:014x}", &foreign.call_object_id[..10]),
        fence_token: foreign.fence_token,
        tag: number,
        user: number,
        field: number,
        subscription: number,
        doomed: number,
        secret: number,
        delivery: number,
        note: number,
        dialnexa_call: number,
        dialnexa_webhook: number,
        doomed_webhook: number,
        doomed_leads: DELETING.map(|words| (words, nobody.clone())).into(),
        doomed_call: number,
        doomed_campaign: number,
        assistant: number,
    }
}

/// Names of one's own but for one, which is another's or nobody's.
fn mixtures(own: &Names, other: &Names) -> Vec<Names> {
    type Mix = fn(&mut Names, &Names);
    let mixes: [Mix; 15] = [
        |own, other| *own = other.clone(),
        |own, other| {
            *own = own.clone().with_lead(&Lead {
                number: other.lead,
                object_id: other.object_id.clone(),
                dialnexa: other.dialnexa.clone(),
            });
        },
        |own, other| {
            own.campaign = other.campaign;
            own.pearl.clone_from(&other.pearl);
        },
        |own, other| own.dialnexa_campaign.clone_from(&other.dialnexa_campaign),
        |own, other| {
            own.workspace = other.workspace;
            own.project.clone_from(&other.project);
        },
        |own, other| own.tag = other.tag,
        |own, other| own.user = other.user,
        |own, other| own.field = other.field,
        |own, other| {
            own.call = other.call;
            own.call_object_id.clone_from(&other.call_object_id);
            own.doomed_call = other.doomed_call;
            own.dialnexa_call = other.dialnexa_call;
        },
        |own, other| {
            own.doomed_campaign = other.doomed_campaign;
            own.assistant = other.assistant;
        },
        |own, other| {
            own.subscription = other.subscription;
            own.doomed = other.doomed;
        },
        |own, other| {
            own.dialnexa_webhook = other.dialnexa_webhook;
            own.doomed_webhook = other.doomed_webhook;
        },
        |own, other| own.delivery = other.delivery,
        |own, other| own.note = other.note,
        |own, other| own.external_id.clone_from(&other.external_id),
    ];
    let mix = |mix: Mix| {
        let mut names = own.clone();
        mix(&mut names, other);
        names
    };
    mixes.map(mix).into()
}

/// The route's request, and the same with a faulty body, which must not be answered before "not found".
fn requests(route: &Route, names: &Names) -> Vec<Request> {
    let request = route.request(names);
    if route.body.is_none() {
        return vec![request];
    }
    let faulty = br#"{"status": [], "phone": 1, "metadata": 3, "phone_number": false}"#;
    vec![request.clone(), request.raw_body(faulty)]
}

#[test]
fn another_workspace_looks_like_nothing_at_all() {
    let book = Book::new();
    let (mine, theirs) = (
        Workspace::create(&book, "Mine"),
        Workspace::create(&book, "Theirs"),
    );
    let server = book.serve_with(&WEBHOOKS_ALLOWED);
    let mut client = server.client(&mine.key);
    let mut their_client = server.client(&theirs.key);
    let own = Names::of(&book, &mine, &mut client);
    let foreign = Names::of(&book, &theirs, &mut their_client);
    let before = everything(&mut their_client, &foreign);
    let nothing = nothing(&foreign);
    for route in routes::all() {
        let pairs = mixtures(&own, &foreign)
            .into_iter()
            .zip(mixtures(&own, &nothing));
        for (theirs, nobodys) in pairs {
            let requests = requests(&route, &theirs)
                .into_iter()
                .zip(requests(&route, &nobodys));
            for (theirs_request, nobodys_request) in requests {
                // The route does not use what this mixture mixes.
                if theirs_request.path == nobodys_request.path
                    && theirs_request.body == nobodys_request.body
                {
                    continue;
                }
                let found = comparable(&client.ask(&theirs_request), &theirs);
                let expected = comparable(&client.ask(&nobodys_request), &nobodys);
                // Two successes show two things of one's own: what was mixed in is only a text here. But not where
                // it filters a list, unless that made something, too.
                let is_success = found.0 / 100 == 2 && expected.0 / 100 == 2;
                let is_own = is_success && (!route.is_list() || found.0 == 201);
                assert!(
                    is_own || found == expected,
                    "{}: another's\n {found:?}\nnobody's\n {expected:?}\n{theirs_request:?}",
                    route.name()
                );
            }
        }
    }
    let after = everything(&mut their_client, &foreign);
    assert_eq!(before, after, "a foreign key changed something");
}

/// What the workspace's own key sees.
fn everything(client: &mut Client, names: &Names) -> Vec<Value> {
    let mut paths = vec![
        "/leadbook/v1/subscriptions".to_owned(),
        "/leadbook/v1/deliveries".to_owned(),
        "/leadbook/v1/dead-letters".to_owned(),
    ];
    for template in [
        "/leadbook/v1/leads/{lead}",
        "/leadbook/v1/leads/{lead}/notes",
        "/api/user/leads",
        "/api/user/campaigns",
        "/api/user/calls",
        "/api/v1/leads?userId={user}",
        "/api/v1/tags",
        "/api/v1/custom-fields",
        "/leadbook/v1/subscriptions/{subscription}/attempts",
    ] {
        paths.push(names.fill(template));
    }
    paths.iter().map(|path| client.get(path)).collect()
}

/// Whoever has nothing sees nothing in any list, however much others have.
#[test]
fn an_empty_workspace_sees_empty_lists() {
    let book = Book::new();
    let (mine, theirs) = (
        Workspace::create(&book, "Mine"),
        Workspace::create(&book, "Theirs"),
    );
    let server = book.serve_with(&WEBHOOKS_ALLOWED);
    let mut their_client = server.client(&theirs.key);
    Names::of(&book, &theirs, &mut their_client);
    let mut client = server.client(&mine.key);
    let lists = [
        ("/leadbook/v1/subscriptions", "subscriptions"),
        ("/leadbook/v1/deliveries", "deliveries"),
        ("/leadbook/v1/dead-letters", "dead_letters"),
        ("/leadbook/v1/events", "events"),
    ];
    for (path, list) in lists {
        assert_eq!(client.get(path)[list], json!([]), "{path}");
    }
    let ended = client.get("/leadbook/v1/events?after=now")["next"].clone();
    assert_eq!(ended, "0", "the end of another's feed");
    let replayed = client.ok("POST", "/leadbook/v1/dead-letters/replay", Some(&json!({})));
    assert_eq!(replayed["replayed"], 0);
    let waiting = their_client.get("/leadbook/v1/deliveries");
    assert_eq!(waiting["deliveries"], json!([]), "they are silent");
    let theirs = their_client.get("/leadbook/v1/dead-letters");
    assert_eq!(theirs["dead_letters"].as_array().map(Vec::len), Some(1));
}

#[test]
fn every_route_serves_its_own_workspace() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Mine");
    let server = book.serve_with(&WEBHOOKS_ALLOWED);
    let mut client = server.client(&workspace.key);
    let names = Names::of(&book, &workspace, &mut client);
    for route in routes::all() {
        let answer = client.ask(&route.request(&names));
        assert!(
            answer.is_success(),
            "{}: {} {}",
            route.name(),
            answer.status,
            answer.text()
        );
        assert!(
            answer.is_stream() || routes::is_empty_success(&answer) || !answer.json().is_null(),
            "{}: {}",
            route.name(),
            answer.text()
        );
    }
}
