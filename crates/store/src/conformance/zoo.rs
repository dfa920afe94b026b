//! Leads of every sort, a life for them, and filters for them: what the cases on lists play with. The dice have a seed: every
//! run throws the same.

use std::cmp::Ordering;

use domain::command::Hold;
use domain::custom_field::{CustomValue, FieldType};
use domain::edit::{Change, CustomFieldEdit, Edit, SetEdit, StageEdit, StatusEdit};
use domain::lead::Contact;
use domain::listing::{LeadFilter, LeadOrder, Text};
use domain::object::Object;
use domain::phone::PhoneInput;
use domain::status::{DialStatus, StageKind};
use domain::{CampaignId, FieldId, Lead, LeadId, OptionId, TagId, UserId};

use super::World;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }

    fn is_one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        let index = self.below(items.len() as u64);
        items[usize::try_from(index).unwrap()].clone()
    }

    /// One or two of them.
    fn some<T: Clone>(&mut self, items: &[T]) -> Vec<T> {
        let one = self.pick(items);
        if self.is_one_in(2) {
            vec![one]
        } else {
            vec![one, self.pick(items)]
        }
    }
}

/// The leads that pass, in order, by the words of `domain::listing`.
pub(super) fn sorted(
    leads: &[Lead],
    filter: &LeadFilter,
    order: LeadOrder,
    is_ascending: bool,
) -> Vec<Lead> {
    let passing = leads.iter().filter(|lead| filter.matches(lead));
    let mut passing: Vec<_> = passing.cloned().collect();
    passing.sort_by(|a, b| compare(a, b, order));
    if !is_ascending {
        passing.reverse();
    }
    passing
}

fn compare(a: &Lead, b: &Lead, order: LeadOrder) -> Ordering {
    let phone = |lead: &Lead| lead.phone.as_ref().map(|phone| phone.e164().to_owned());
    let by_value = match order {
        LeadOrder::CreatedAt => Ordering::Equal,
        LeadOrder::StageKind => a.stage.kind.cmp(&b.stage.kind),
        LeadOrder::DialStatus => a.dial_status.cmp(&b.dial_status),
        LeadOrder::Phone => phone(a).cmp(&phone(b)),
        LeadOrder::ExternalId => a.external_id.cmp(&b.external_id),
    };
    by_value.then((a.created_at, a.id).cmp(&(b.created_at, b.id)))
}

const NAMES: [&str; 8] = [
    "Ada",
    "Zoë",
    "ZOË Ünïcödé",
    "O'Brien",
    "Bob 100%",
    "a_b",
    "李小龍",
    "Grace",
];
const PHONES: [&str; 6] = [
    "+12125550123",
    "+12125550124",
    "+13105550123",
    "+4930123456",
    "+493012345678",
    "+815012345678",
];
const EXTERNAL_IDS: [&str; 7] = ["A-1", "a-1", "B", "Zoë/17", "é", "", "10"];

/// Two further ways to reach a lead.
pub(super) async fn contacts(world: &World<'_>) -> Vec<Contact> {
    let mut contacts = Vec::new();
    for text in ["+1 (212) 555-0199", "+493012345679"] {
        contacts.push(Contact {
            id: world.lead_id().await,
            phone: PhoneInput::read(text).unwrap().resolve(None).unwrap(),
            variables: Object::parse(r#"{"z":1.50,"a":{"b":null}}"#).unwrap(),
            dial_status: DialStatus::New,
        });
    }
    contacts
}

/// A workspace with something of everything that can be asked for.
pub(super) struct Zoo {
    campaigns: Vec<CampaignId>,
    tags: Vec<TagId>,
    users: Vec<UserId>,
    text: FieldId,
    boolean: FieldId,
    number: FieldId,
    choice: (FieldId, Vec<OptionId>),
    choices: (FieldId, Vec<OptionId>),
    leads: Vec<LeadId>,
}

impl Zoo {
    pub(super) async fn fill(world: &World<'_>, dice: &mut Dice, count: usize) -> Self {
        let mut zoo = Self {
            campaigns: vec![world.campaign, world.new_campaign().await.id],
            tags: Vec::new(),
            users: Vec::new(),
            text: world.new_field(FieldType::Text, 0).await.0,
            boolean: world.new_field(FieldType::Boolean, 0).await.0,
            number: world.new_field(FieldType::Number, 0).await.0,
            choice: world.new_field(FieldType::Select, 3).await,
            choices: world.new_field(FieldType::MultiSelect, 3).await,
            leads: Vec::new(),
        };
        for _ in 0..3 {
            zoo.tags.push(world.new_tag().await);
            zoo.users.push(world.new_user().await);
        }
        for _ in 0..count {
            zoo.create(world, dice).await;
        }
        zoo
    }

    async fn create(&mut self, world: &World<'_>, dice: &mut Dice) {
        let id = world.lead_id().await;
        let edit = self.edit(dice);
        world.done(world.create(id, edit)).await;
        self.leads.push(id);
        // Often no time passes, sometimes a day.
        let wait = dice.pick(&[0, 0, 1, 1_000, 24 * 60 * 60 * 1000]);
        world.wait(wait);
    }

    /// Things happen to the leads.
    pub(super) async fn live(&mut self, world: &World<'_>, dice: &mut Dice, steps: usize) {
        for _ in 0..steps {
            let lead = dice.pick(&self.leads);
            match dice.below(10) {
                0 => {
                    // Deleted before, perhaps.
                    let _ = world.run(world.delete(lead)).await;
                }
                1 => self.create(world, dice).await,
                2 => {
                    let call = world.call_id().await;
                    let hold = dice.pick(&[Hold::Attempt, Hold::Reservation]);
                    let _ = world.run(world.claim(lead, call, hold)).await;
                }
                3 => {
                    let claim = world.lead(lead).await.claim;
                    if let Some(claim) = claim {
                        let end = world.end(lead, claim.call_id, claim.fence_token);
                        let _ = world.run(end).await;
                    }
                }
                _ => {
                    let edit = self.edit(dice);
                    let _ = world.run(world.update(lead, edit)).await;
                }
            }
        }
    }

    /// Every lead there ever was.
    pub(super) async fn leads(&self, world: &World<'_>) -> Vec<Lead> {
        let mut leads = Vec::new();
        for id in &self.leads {
            leads.push(world.lead(*id).await);
        }
        leads
    }

    fn edit(&self, dice: &mut Dice) -> Edit {
        let campaign = dice.pick(&self.campaigns);
        let statuses = [
            DialStatus::New,
            DialStatus::Retry,
            DialStatus::Success,
            DialStatus::Unreachable,
        ];
        let to = dice.pick(&statuses);
        let tags = dice.some(&self.tags);
        let users = dice.some(&self.users);
        Edit {
            campaign: any(dice, campaign),
            external_id: any_of(dice, &EXTERNAL_IDS),
            phone: {
                let phone = PhoneInput::read(dice.pick(&PHONES)).unwrap();
                any(dice, phone)
            },
            first_name: any_of(dice, &NAMES),
            last_name: any_of(dice, &NAMES),
            name: any_of(dice, &NAMES),
            email: any_of(dice, &["ada@example.com", "ZOE@example.org"]),
            company_name: any_of(dice, &["Northwind", "north_wind"]),
            custom_fields: if dice.is_one_in(2) {
                vec![self.custom_field(dice)]
            } else {
                Vec::new()
            },
            tags: dice.pick(&[
                SetEdit::Leave,
                SetEdit::Add(tags.clone()),
                SetEdit::Replace(tags.clone()),
                SetEdit::Remove(tags),
            ]),
            assigned_users: dice.pick(&[
                SetEdit::Leave,
                SetEdit::Add(users.clone()),
                SetEdit::Remove(users),
            ]),
            dial_status: dice.is_one_in(3).then(|| StatusEdit {
                to,
                same_as: Vec::new(),
            }),
            stage: if dice.is_one_in(3) {
                StageEdit::OfKind(dice.pick(&StageKind::ALL))
            } else {
                StageEdit::Leave
            },
            ..Edit::default()
        }
    }

    fn custom_field(&self, dice: &mut Dice) -> CustomFieldEdit {
        let (field, value) = dice.pick(&self.values());
        CustomFieldEdit {
            field,
            declared_type: None,
            value: (!dice.is_one_in(4)).then_some(value),
        }
    }

    /// Values that leads may have.
    pub(super) fn values(&self) -> Vec<(FieldId, CustomValue)> {
        let number = |text: &str| CustomValue::Number(serde_json::from_str(text).unwrap());
        let (choice, options) = &self.choice;
        let (choices, several) = &self.choices;
        vec![
            (self.text, CustomValue::Text("Blue Ocean".to_owned())),
            (self.text, CustomValue::Text("red 50%".to_owned())),
            (self.boolean, CustomValue::Boolean(true)),
            (self.boolean, CustomValue::Boolean(false)),
            (self.number, number("5")),
            (self.number, number("50")),
            (*choice, CustomValue::Select(options[0])),
            (*choice, CustomValue::Select(options[2])),
            (*choices, CustomValue::MultiSelect(several[..2].to_vec())),
            (*choices, CustomValue::MultiSelect(several[1..].to_vec())),
            (*choices, CustomValue::MultiSelect(vec![several[1]])),
        ]
    }

    /// A filter of each part, then one of some parts together.
    pub(super) fn filters(&self, leads: &[Lead]) -> Vec<LeadFilter> {
        let mut filters = vec![LeadFilter::default()];
        for seed in 0..3 {
            for part in 0..PARTS {
                let mut filter = LeadFilter::default();
                self.ask(&mut filter, part, leads, &mut Dice::new(100 + seed));
                filters.push(filter);
            }
        }
        let created_at = |index: usize| leads[index].created_at;
        let (from, until) = (created_at(leads.len() / 4), created_at(leads.len() / 2));
        filters.push(LeadFilter {
            campaigns: Some(Vec::new()),
            ..LeadFilter::default()
        });
        filters.push(LeadFilter {
            campaigns: Some(vec![self.campaigns[1], self.campaigns[1]]),
            created_from: Some(from),
            created_until: Some(until),
            is_assigned: Some(true),
            ..LeadFilter::default()
        });
        filters
    }

    pub(super) fn random_filter(&self, leads: &[Lead], dice: &mut Dice) -> LeadFilter {
        let mut filter = LeadFilter::default();
        for part in 0..PARTS {
            if dice.is_one_in(4) {
                self.ask(&mut filter, part, leads, dice);
            }
        }
        filter
    }

    /// Asks for one part.
    fn ask(&self, filter: &mut LeadFilter, part: u64, leads: &[Lead], dice: &mut Dice) {
        let created_at = dice.pick(leads).created_at;
        match part {
            0 => filter.campaigns = Some(dice.some(&self.campaigns)),
            1 => filter.dial_statuses = dice.some(&DialStatus::ALL[..9]),
            2 => filter.stage_kinds = dice.some(&StageKind::ALL),
            3 => filter.created_from = Some(created_at),
            4 => filter.created_until = Some(created_at),
            5 => {
                filter.phone_part =
                    Some(dice.pick(&["0123", "+1", "49 30", "+49", "9"]).to_owned());
            }
            6 => filter.text = Some(self.wanted(dice)),
            7 => filter.tags = dice.some(&self.tags),
            8 => filter.users = dice.some(&self.users),
            9 => filter.is_assigned = Some(dice.is_one_in(2)),
            _ => filter.custom_fields = dice.some(&self.values()),
        }
    }

    fn wanted(&self, dice: &mut Dice) -> Text {
        let texts = [
            "a", "zo", "ë", "ada", "ADA Z", "ünïc", "o'b", "%", "_", "小龍", "north", "example.",
            "555", "-1", "ocean",
        ];
        let users = dice.some(&self.users);
        Text {
            text: dice.pick(&texts).to_owned(),
            users: if dice.is_one_in(3) { users } else { Vec::new() },
        }
    }
}

/// The parts of a filter.
const PARTS: u64 = 11;

fn any<T>(dice: &mut Dice, value: T) -> Change<T> {
    match dice.below(5) {
        0 => Change::Leave,
        1 => Change::Clear,
        _ => Change::Set(value),
    }
}

fn any_of(dice: &mut Dice, texts: &[&str]) -> Change<String> {
    let text = dice.pick(texts).to_owned();
    match dice.below(3) {
        0 => Change::Set(text),
        1 => Change::Clear,
        _ => Change::Leave,
    }
}
