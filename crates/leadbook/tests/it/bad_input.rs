//! Nothing that a client can send is answered 5xx, with nothing, with HTML or in another vendor's shape; and what is
//! refused has changed nothing.
//!
//! Every route is sent every kind of wrong body, header, method and path, then thousands of seeded mutations
//! (`mutations`). What the HTTP library answers before any of our code runs is listed in `heads`, exactly.

mod court;
mod evil;
mod headers;
mod heads;
mod late;
mod mutations;
mod paths;
mod transfer;

use court::Court;
use serde_json::Value;

use crate::http::Request;
use crate::routes;
use crate::writers::Words;

fn every_member_is_wrong(court: &mut Court) {
    for route in routes::of(court.dialect) {
        let Some(body) = &route.body else { continue };
        let request = route.request(&court.names);
        for evil in evil::members(body, &court.names) {
            court.ask(&request.clone().raw_body(&evil));
        }
    }
}

fn every_body_is_wrong(court: &mut Court) {
    for route in routes::of(court.dialect) {
        if route.body.is_none() {
            continue;
        }
        let request = route.request(&court.names);
        let valid = request.body.clone().unwrap_or_default();
        for body in evil::bodies(&valid) {
            let request = request.clone().raw_body(&body);
            if matches!(route.body, Some(Value::String(_))) {
                // Behind its end a form may say anything.
                court.ask(&request);
            } else {
                court.refuse(&request);
            }
        }
        // Of two members with one name the last counts, so this is the valid body with a prefix.
        let doubled = [b"{\"variables\":7,\"metadata\":7,", &valid[1..]].concat();
        court.ask(&request.clone().raw_body(&doubled));
        // No body and no length at all.
        let nothing = Request {
            body: None,
            ..request
        };
        court.refuse(&nothing);
    }
}

/// One test per dialect and kind, so that they share the machine.
macro_rules! courts {
    ($($module:ident: $dialect:ident),*) => {
        $(
            mod $module {
                use super::{Court, Words};

                #[test]
                fn wrong_members() {
                    super::every_member_is_wrong(&mut Court::of(Words::$dialect));
                }

                #[test]
                fn wrong_requests() {
                    let mut court = Court::of(Words::$dialect);
                    super::every_body_is_wrong(&mut court);
                    super::headers::every_key_is_wrong(&mut court);
                    super::headers::every_content_type_is_odd(&mut court);
                    super::headers::every_other_header_is_odd(&mut court);
                    super::paths::every_method_is_wrong(&mut court);
                    super::paths::every_id_is_wrong(&mut court);
                    super::paths::every_query_is_wrong(&mut court);
                    super::transfer::every_transfer_is_broken(&mut court);
                }

                #[test]
                fn mutated_requests() {
                    super::mutations::run(&mut Court::of(Words::$dialect));
                }
            }
        )*
    };
}

courts!(
    native: Native, autocalls: Autocalls, nlpearl: NlPearl, journeybee: JourneyBee, dialnexa: DialNexa,
    uservox: UserVox
);
