//! Every rule as a row of a table. The scene is one workspace with two campaigns; a suite's `check` runs one
//! command on one lead in it.

mod calls;
mod counts;
mod creation;
mod deletion;
mod deliveries;
mod dialing;
mod edits;
mod guards;
mod jobs;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::campaign::{Campaign, CampaignState, Stage, Transitions, Workspace};
use crate::command::{Action, Command, LeadRef, Outcome, Scope, Update};
use crate::custom_field::{Association, FieldDefinition, FieldOption, FieldType, Tag};
use crate::dialing::Dialing;
use crate::edit::{Change, Edit, StatusEdit};
use crate::event::{Actor, Dialect, Origin};
use crate::fault::{Fault, Reason, Rejection};
use crate::guard::Guard;
use crate::ids::{
    CallId, CampaignId, FieldId, JobId, LeadId, OptionId, SubscriptionId, TagId, UserId,
    WorkspaceId,
};
use crate::lead::{Claim, Lead, LeadField};
use crate::object::Object;
use crate::phone::PhoneInput;
use crate::state::State;
use crate::status::{DialStatus, StageKind};
use crate::subscription::{Audience, Filter, Format};
use crate::time::Timestamp;

fn id<T>(new: fn(u64) -> Option<T>, number: u64) -> T {
    new(number).unwrap()
}

fn workspace_id() -> WorkspaceId {
    id(WorkspaceId::new, 1)
}

fn lead_id() -> LeadId {
    id(LeadId::new, 1)
}

fn campaign_id(number: u64) -> CampaignId {
    id(CampaignId::new, number)
}

fn call_id() -> CallId {
    id(CallId::new, 1)
}

/// Now plus some milliseconds.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
        .unwrap()
        .plus_millis(millis)
}

fn origin() -> Origin {
    Origin {
        actor: Actor::System,
        dialect: Dialect::Leadbook,
        request_id: "r".to_owned(),
        on_behalf_of: None,
        source: None,
    }
}

fn set(text: &str) -> Change<String> {
    Change::Set(text.to_owned())
}

fn named(name: &str) -> Edit {
    Edit {
        name: set(name),
        ..Edit::default()
    }
}

fn status(to: DialStatus, same_as: &[DialStatus]) -> Edit {
    let same_as = same_as.to_vec();
    Edit {
        dial_status: Some(StatusEdit { to, same_as }),
        ..Edit::default()
    }
}

fn fault(field: LeadField, reason: Reason) -> Rejection {
    Rejection::Invalid(vec![Fault::field(field, reason)])
}

/// A lead of campaign 1, as it was before the batch.
fn lead() -> Lead {
    Lead {
        version: 5,
        campaign_id: Some(campaign_id(1)),
        stage: Stage::new("Fresh", StageKind::New),
        phone: Some(phone("+12125550123")),
        ..Lead::blank(lead_id(), workspace_id(), at(-1000))
    }
}

fn phone(text: &str) -> crate::phone::Phone {
    PhoneInput::read(text).unwrap().resolve(None).unwrap()
}

/// The lead on the line, until `at(1000)`.
fn on_call() -> Lead {
    Lead {
        dial_status: DialStatus::OnCall,
        attempts: 1,
        call_ids: vec![call_id()],
        claim: Some(Claim {
            call_id: call_id(),
            fence_token: 5,
            started_at: at(-10),
            expires_at: at(1000),
            is_started: true,
            keeps_status: false,
        }),
        ..lead()
    }
}

/// Campaign 1 lists its moves and dispositions and reads numbers as German; campaign 2 has the
/// default rules and other stages.
fn campaign(number: u64) -> Campaign {
    let stage = Stage::new;
    let first = number == 1;
    let moves = [
        ("Fresh", vec!["Talked".to_owned(), "Won".to_owned()]),
        ("Talked", vec!["Won".to_owned(), "Gone".to_owned()]),
    ];
    let moves = moves.map(|(from, to)| (from.to_owned(), to));
    Campaign {
        id: campaign_id(number),
        workspace_id: workspace_id(),
        version: 1,
        name: String::new(),
        created_at: at(-1000),
        updated_at: at(-1000),
        state: CampaignState::Running,
        default_region: first.then(|| "DE".to_owned()),
        time_zone: None,
        stages: if first {
            vec![
                stage("Fresh", StageKind::New),
                stage("Talked", StageKind::Contacted),
                stage("Talked twice", StageKind::Contacted),
                stage("Won", StageKind::Converted),
                stage("Gone", StageKind::Lost),
            ]
        } else {
            vec![
                stage("Start", StageKind::New),
                stage("Reached", StageKind::Contacted),
                stage("Sold", StageKind::Converted),
            ]
        },
        transitions: if first {
            Transitions::Listed(BTreeMap::from(moves))
        } else {
            Transitions::UntilConverted
        },
        dispositions: if first {
            vec!["bought".to_owned(), "no money".to_owned()]
        } else {
            Vec::new()
        },
        agent: None,
        dialing: Dialing::default(),
        settings: Object::default(),
    }
}

/// Who hears what, each subscription with its number.
fn audience(subscriptions: &[(u64, Format, Filter)]) -> Arc<Audience> {
    let subscriptions = subscriptions.iter();
    Arc::new(Audience::new(subscriptions.map(
        |(number, format, filter)| (id(SubscriptionId::new, *number), *format, filter),
    )))
}

fn tag(number: u64, association: Association) -> Tag {
    Tag {
        id: id(TagId::new, number),
        label: String::new(),
        association,
        partner_type: None,
        background_color: String::new(),
        text_color: String::new(),
    }
}

fn field(number: u64, field_type: FieldType, association: Association) -> FieldDefinition {
    let option = FieldOption {
        id: id(OptionId::new, number),
        label: String::new(),
    };
    FieldDefinition {
        id: id(FieldId::new, number),
        label: String::new(),
        field_type,
        association,
        options: vec![option],
        partner_type: None,
        is_required: false,
        is_shared: false,
    }
}

/// Everything that the rows below refer to, and these leads.
fn scene(leads: impl IntoIterator<Item = Lead>) -> State {
    let mut state = State::new(at(0));
    state.add_workspace(Arc::new(Workspace {
        id: workspace_id(),
        name: String::new(),
        created_at: at(-1000),
        default_region: Some("US".to_owned()),
        stages: Stage::default_list(),
        blocks_repeats: false,
    }));
    for number in [1, 2] {
        state.add_campaign(Arc::new(campaign(number)));
    }
    for (number, association) in [
        (1, Association::Lead),
        (2, Association::Lead),
        (3, Association::Card),
    ] {
        state.add_tag(workspace_id(), tag(number, association));
        state.add_user(workspace_id(), id(UserId::new, number));
    }
    for (number, kind, association) in [
        (1, FieldType::Text, Association::Lead),
        (2, FieldType::Select, Association::Lead),
        (3, FieldType::Text, Association::Partner),
        (4, FieldType::Number, Association::Lead),
    ] {
        state.add_field(workspace_id(), field(number, kind, association));
    }
    for lead in leads {
        state.add_lead(LeadRef::Number(lead.id), lead);
    }
    state
}

fn command(scope: Scope, action: Action) -> Command {
    Command {
        workspace_id: workspace_id(),
        origin: origin(),
        scope,
        action,
    }
}

fn only(campaign: u64) -> Scope {
    Scope::Campaigns([campaign_id(campaign)].into())
}

fn decide(state: &mut State, action: Action) -> Outcome {
    state.decide(command(Scope::Workspace, action))
}

fn update(edit: Edit, guard: Guard) -> Action {
    Action::Update(Box::new(Update {
        lead: LeadRef::Number(lead_id()),
        in_campaign: None,
        edit,
        guard,
    }))
}

/// A refused command has written nothing.
#[track_caller]
fn assert_untouched(state: &State) {
    let written = format!("{:?}", state.writes());
    assert_eq!(written, format!("{:?}", crate::state::Writes::default()));
}
