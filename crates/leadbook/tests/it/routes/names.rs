//! The things that the routes of the table name: those of a workspace, made for the test, one of each kind.

use serde_json::json;

use crate::clock::ask_until;
use crate::http::Client;
use crate::receiver::Receiver;
use crate::server::Book;
use crate::world::{self, Campaign, Lead, Workspace};
use crate::writers::Words;

/// What a server must be told so that the table's subscriptions are taken.
pub(crate) const WEBHOOKS_ALLOWED: [&str; 4] = [
    "--allow-webhook-to",
    "127.0.0.0/8",
    "--allow-webhook-to",
    "::1/128",
];

/// Nobody listens there. An address that a few random changes do not make a stranger's.
pub(super) const ENDPOINT: &str = "http://[::1]:9/hook?a=b";

/// What the braces of a route stand for: things of one workspace, or things that do not exist.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) workspace: u64,
    pub(crate) project: String,
    pub(crate) campaign: u64,
    pub(crate) pearl: String,
    pub(crate) dialnexa_campaign: String,
    pub(crate) lead: u64,
    pub(crate) object_id: String,
    pub(crate) dialnexa: String,
    pub(crate) external_id: String,
    pub(crate) call: u64,
    /// As NLPearl writes it.
    pub(crate) call_object_id: String,
    pub(crate) fence_token: u64,
    pub(crate) tag: u64,
    pub(crate) user: u64,
    pub(crate) field: u64,
    pub(crate) subscription: u64,
    /// Another one, to be deleted.
    pub(crate) doomed: u64,
    /// The number of a secret of the first.
    pub(crate) secret: u64,
    /// A dead letter of the first.
    pub(crate) delivery: u64,
    /// On the lead.
    pub(crate) note: u64,
    /// A call that has ended, and that nobody deletes.
    pub(crate) dialnexa_call: u64,
    /// In DialNexa's words.
    pub(crate) dialnexa_webhook: u64,
    /// Another one, to be deleted.
    pub(crate) doomed_webhook: u64,
    /// Further leads, to be deleted, one in each dialect that deletes.
    pub(crate) doomed_leads: Vec<(Words, Lead)>,
    /// A call that has ended, to be deleted.
    pub(crate) doomed_call: u64,
    /// A campaign to be deleted.
    pub(crate) doomed_campaign: u64,
    /// Who speaks on the calls of that campaign, and on nobody else's.
    pub(crate) assistant: u64,
}

/// Whose clients delete leads. A route names the lead `{doomed_lead_autocalls}` and so on, as that vendor writes it.
pub(crate) const DELETING: [Words; 4] = [
    Words::Autocalls,
    Words::NlPearl,
    Words::JourneyBee,
    Words::DialNexa,
];

impl Names {
    /// A workspace's own things, a called lead among them. The server was started with [`WEBHOOKS_ALLOWED`].
    pub(crate) fn of(book: &Book, workspace: &Workspace, client: &mut Client) -> Self {
        let make = |arguments: &[&str]| {
            world::create(book, workspace.number, arguments)["id"]
                .as_u64()
                .expect("an id")
        };
        let tag = make(&["tag", "create", "--label", "Warm"]);
        let user = make(&["user", "create", "--email", "ada@example.com"]);
        let field = make(&["field", "create", "--label", "Budget", "--type", "number"]);
        let lead = workspace.lead(client);
        let external_id = format!("crm-{}", workspace.number);
        let body = json!({"external_id": external_id});
        client.ok("PATCH", &lead.path(), Some(&body));
        let mut names = Self {
            workspace: workspace.number,
            project: workspace.project.clone(),
            campaign: 0,
            pearl: String::new(),
            dialnexa_campaign: String::new(),
            lead: 0,
            object_id: String::new(),
            dialnexa: String::new(),
            external_id,
            call: 0,
            call_object_id: String::new(),
            fence_token: 0,
            tag,
            user,
            field,
            subscription: 0,
            doomed: 0,
            secret: 1,
            delivery: 0,
            note: note(client, &lead),
            dialnexa_call: ended_call(client, workspace),
            dialnexa_webhook: 0,
            doomed_webhook: 0,
            doomed_leads: DELETING.map(|words| (words, workspace.lead(client))).into(),
            doomed_call: ended_call(client, workspace),
            doomed_campaign: 0,
            assistant: 7_000_000 + workspace.number,
        }
        .with_campaign(&workspace.campaign)
        .with_lead(&lead);
        names.doomed_campaign = draft(client, names.assistant);
        let called = workspace.lead(client);
        let path = format!("/leadbook/v1/campaigns/{}/claim", names.campaign);
        let claim = json!({"lead_id": called.number, "reserve": true});
        let claimed = client.ok("POST", &path, Some(&claim));
        names.call = claimed["call"]["id"].as_u64().expect("a call");
        // The time of its lead, the kind, the number.
        let time = &called.object_id[..8];
        names.call_object_id = format!("{time}02{:014x}", names.call);
        names.fence_token = claimed["call"]["fence_token"].as_u64().expect("a fence");
        // After all that would be told: from now on it is silent unless the test does something.
        let receiver = Receiver::new();
        names.subscription = subscribe(client, &receiver.url());
        names.delivery = bury_a_test(client, names.subscription, &receiver);
        // Last, so that it hears nothing of the other's being disabled.
        names.doomed = subscribe(client, ENDPOINT);
        names.dialnexa_webhook = subscribe_in_dialnexas_words(client);
        names.doomed_webhook = subscribe_in_dialnexas_words(client);
        names
    }

    fn with_campaign(self, campaign: &Campaign) -> Self {
        Self {
            campaign: campaign.number,
            pearl: campaign.object_id.clone(),
            dialnexa_campaign: campaign.dialnexa.clone(),
            ..self
        }
    }

    /// The same with another lead.
    #[must_use]
    pub(crate) fn with_lead(self, lead: &Lead) -> Self {
        Self {
            lead: lead.number,
            object_id: lead.object_id.clone(),
            dialnexa: lead.dialnexa.clone(),
            ..self
        }
    }

    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (place, value) in [
            ("{workspace}", self.workspace.to_string()),
            ("{project}", self.project.clone()),
            ("{campaign}", self.campaign.to_string()),
            ("{pearl}", self.pearl.clone()),
            ("{dialnexa_campaign}", self.dialnexa_campaign.clone()),
            ("{lead}", self.lead.to_string()),
            ("{object_id}", self.object_id.clone()),
            ("{dialnexa}", self.dialnexa.clone()),
            ("{external_id}", self.external_id.clone()),
            ("{call}", self.call.to_string()),
            ("{dialnexa_call}", code("log", self.dialnexa_call)),
            ("{dialnexa_webhook}", code("wh", self.dialnexa_webhook)),
            ("{doomed_webhook}", code("wh", self.doomed_webhook)),
            ("{call_object_id}", self.call_object_id.clone()),
            ("{doomed_call_autocalls}", self.doomed_call.to_string()),
            (
                "{doomed_campaign_autocalls}",
                self.doomed_campaign.to_string(),
            ),
            ("\"#assistant\"", self.assistant.to_string()),
            ("~assistant", self.assistant.to_string()),
            ("~campaign", self.campaign.to_string()),
            // Numbers stand in quotes in the table, because a brace is no JSON number.
            ("\"#campaign\"", self.campaign.to_string()),
            ("\"#lead\"", self.lead.to_string()),
            ("\"#fence_token\"", self.fence_token.to_string()),
            ("\"#tag\"", self.tag.to_string()),
            ("\"#user\"", self.user.to_string()),
            ("\"#field\"", self.field.to_string()),
            ("\"#subscription\"", self.subscription.to_string()),
            ("{subscription}", self.subscription.to_string()),
            ("{doomed}", self.doomed.to_string()),
            ("{note}", self.note.to_string()),
            ("{user}", self.user.to_string()),
            ("{secret}", self.secret.to_string()),
            ("{delivery}", self.delivery.to_string()),
            // No braces: that nothing has this id is no fault in a filter.
            ("~subscription", self.subscription.to_string()),
            ("~lead", self.lead.to_string()),
            ("~field", self.field.to_string()),
            ("~tag", self.tag.to_string()),
            ("~user", self.user.to_string()),
        ] {
            filled = filled.replace(place, &value);
        }
        for (words, lead) in &self.doomed_leads {
            let number = lead.number.to_string();
            let id = match words {
                Words::NlPearl | Words::UserVox => &lead.object_id,
                Words::DialNexa => &lead.dialnexa,
                Words::Native | Words::Autocalls | Words::JourneyBee => &number,
            };
            filled = filled.replace(&format!("{{doomed_lead_{}}}", words.name()), id);
        }
        filled
    }
}

pub(super) const SUBSCRIPTIONS: &str = "/leadbook/v1/subscriptions";

fn note(client: &mut Client, lead: &Lead) -> u64 {
    let path = format!("/api/v1/leads/{}/notes", lead.number);
    let made = client.ok("POST", &path, Some(&json!({"document": {"type": "doc"}})));
    made["id"].as_u64().expect("an id")
}

/// A call of a lead of its own that came to nothing.
fn ended_call(client: &mut Client, workspace: &Workspace) -> u64 {
    let lead = workspace.lead(client).number;
    let path = format!("/leadbook/v1/campaigns/{}/claim", workspace.campaign.number);
    let claimed = client.ok("POST", &path, Some(&json!({"lead_id": lead})));
    let call = claimed["call"]["id"].as_u64().expect("a call");
    let end = json!({"fence_token": claimed["call"]["fence_token"], "outcome": "failed"});
    let path = format!("/leadbook/v1/calls/{call}/outcome");
    client.ok("POST", &path, Some(&end));
    call
}

/// A campaign that nobody has started.
fn draft(client: &mut Client, assistant: u64) -> u64 {
    let body = json!({"name": "Doomed", "assistant_id": assistant});
    let made = client.ok("POST", "/api/user/campaign", Some(&body));
    made["data"]["id"].as_u64().expect("an id")
}

fn subscribe(client: &mut Client, url: &str) -> u64 {
    let made = client.ok("POST", SUBSCRIPTIONS, Some(&json!({"url": url})));
    made["id"].as_u64().expect("an id")
}

fn subscribe_in_dialnexas_words(client: &mut Client) -> u64 {
    let body = json!({"url": ENDPOINT, "format": "dialnexa"});
    let made = client.ok("POST", SUBSCRIPTIONS, Some(&body));
    made["id"].as_u64().expect("an id")
}

/// A number as DialNexa's ids show it: 12 digits to the base 36.
fn code(prefix: &str, number: u64) -> String {
    let digit = |place: u32| {
        let digit = number / 36_u64.pow(place) % 36;
        char::from_digit(u32::try_from(digit).expect("below 36"), 36).expect("a digit")
    };
    let digits: String = (0..12).rev().map(digit).collect();
    format!("{prefix}_{digits}")
}

/// Has a test of the subscription refused for good, and leaves the subscription on, with a second secret, and at
/// [`ENDPOINT`]; the dead letter's number.
fn bury_a_test(client: &mut Client, subscription: u64, receiver: &Receiver) -> u64 {
    let path = format!("{SUBSCRIPTIONS}/{subscription}");
    let sent = client.ok("POST", &format!("{path}/test"), None);
    receiver.take("410 Gone");
    let dead = ask_until("the test to be a dead letter", || {
        let dead = client.get("/leadbook/v1/dead-letters");
        dead["dead_letters"][0]["id"].as_u64()
    });
    assert_eq!(sent["delivery_id"], dead);
    client.ok("POST", &format!("{path}/secrets"), Some(&json!({})));
    let moved = json!({"url": ENDPOINT, "is_enabled": true});
    client.ok("PATCH", &path, Some(&moved));
    dead
}
