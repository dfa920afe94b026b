//! Dice with a memory of nothing but their seed, and the values that they make: edits, guards, objects.

use domain::campaign::Transitions;
use domain::custom_field::{CustomValue, FieldType};
use domain::edit::{Change, CustomFieldEdit, Edit, SetEdit, StageEdit, StatusEdit};
use domain::event::Dialect;
use domain::guard::{AttemptGuard, Guard, OnActiveCall};
use domain::lead::LeadField;
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::status::{DialStatus, StageKind};
use domain::subscription::{Filter, Topic};
use domain::time_zone::TimeZone;
use domain::{CampaignId, FieldId, OptionId, TagId, Timestamp, UserId};

/// SplitMix64.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end).expect("small")).expect("small")
    }

    pub(crate) fn millis(&mut self, end: i64) -> i64 {
        i64::try_from(self.below(usize::try_from(end).expect("positive"))).expect("small")
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    pub(crate) fn maybe<T>(
        &mut self,
        percent: usize,
        make: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        self.chance(percent).then(|| make(self))
    }

    fn change<T>(&mut self, percent: usize, make: impl FnOnce(&mut Self) -> T) -> Change<T> {
        if !self.chance(percent) {
            return Change::Leave;
        }
        if self.chance(25) {
            return Change::Clear;
        }
        Change::Set(make(self))
    }

    fn set<T: Clone>(&mut self, percent: usize, from: &[T]) -> SetEdit<T> {
        if !self.chance(percent) {
            return SetEdit::Leave;
        }
        let count = self.below(4);
        let items = (0..count).map(|_| self.pick(from)).collect();
        match self.below(3) {
            0 => SetEdit::Replace(items),
            1 => SetEdit::Add(items),
            _ => SetEdit::Remove(items),
        }
    }
}

/// What edits of a workspace may name; some of it is not there, or another's.
#[derive(Clone, Default)]
pub(crate) struct Names {
    pub(crate) campaigns: Vec<CampaignId>,
    pub(crate) tags: Vec<TagId>,
    pub(crate) users: Vec<UserId>,
    pub(crate) fields: Vec<(FieldId, FieldType)>,
    pub(crate) options: Vec<OptionId>,
}

pub(crate) const EXTERNAL_IDS: [&str; 6] = ["a", "A", "ä", "17", "crm/1", ""];
const TEXTS: [&str; 6] = [
    "Ada",
    "'; --",
    "李 \u{1f4de}",
    "",
    "\"{}\\u0000 $1",
    " e\u{301} ",
];
const PHONES: [&str; 8] = [
    "+12125550101",
    "+12125550102",
    "+1 (212) 555-0103",
    "+442079460958",
    "(212) 555-0104",
    "212-555-0101",
    "020 7946 0958",
    "+12125550105",
];
const EMAILS: [&str; 5] = [
    "ada@example.com",
    "Ada@Example.com",
    "b@x.org",
    "nonsense",
    "c@example.com",
];
const OBJECTS: [&str; 8] = [
    "{}",
    r#"{"a":1}"#,
    r#"{"b":{"x":1,"y":[1,{"z":null}]},"a":1.0}"#,
    r#"{"a":null}"#,
    r#"{"b":{"y":2,"x":null}}"#,
    r#"{"c":12345678901234567890.10,"":"leer"}"#,
    r#"{"b":"text","d":[]}"#,
    r#"{"y":true,"a":-0.0,"b":{"q":1}}"#,
];
const STAGES: [&str; 8] = [
    "new",
    "contacted",
    "qualified",
    "converted",
    "lost",
    "followup",
    "signed",
    "nowhere",
];
const DISPOSITIONS: [&str; 4] = ["warm", "cold", "unlisted", ""];

pub(crate) fn object(dice: &mut Dice) -> Object {
    Object::parse(dice.pick(&OBJECTS)).expect("an object")
}

fn objects(dice: &mut Dice) -> ObjectEdit {
    match dice.below(6) {
        0 => ObjectEdit::Replace(object(dice)),
        1 => ObjectEdit::Merge(object(dice)),
        2 => ObjectEdit::Patch(object(dice)),
        _ => ObjectEdit::Leave,
    }
}

/// Every kind of edit there is.
pub(crate) fn edit(dice: &mut Dice, names: &Names, now: Timestamp) -> Edit {
    let text = |dice: &mut Dice| dice.pick(&TEXTS).to_owned();
    Edit {
        campaign: dice.change(12, |dice| dice.pick(&names.campaigns)),
        // Often, and few: what is found by one must be the newest of many, also of one batch.
        external_id: dice.change(45, |dice| {
            let among = if dice.chance(60) {
                2
            } else {
                EXTERNAL_IDS.len()
            };
            dice.pick(&EXTERNAL_IDS[..among]).to_owned()
        }),
        phone: dice.change(15, |dice| {
            PhoneInput::read(dice.pick(&PHONES)).expect("a phone")
        }),
        first_name: dice.change(10, text),
        last_name: dice.change(10, text),
        name: dice.change(30, text),
        email: dice.change(12, |dice| dice.pick(&EMAILS).to_owned()),
        company_name: dice.change(8, text),
        time_zone: dice.change(8, |dice| {
            TimeZone::new(dice.pick(&["Europe/Paris", "Asia/Tokyo"])).expect("a zone")
        }),
        variables: objects(dice),
        collected: objects(dice),
        custom_fields: custom_fields(dice, names),
        notes: dice.change(8, text),
        tags: dice.set(15, &names.tags),
        assigned_users: dice.set(10, &names.users),
        dial_status: dice.maybe(20, |dice| StatusEdit {
            to: dice.pick(&DialStatus::ALL),
            same_as: dice
                .maybe(30, |dice| dice.pick(&DialStatus::ALL))
                .into_iter()
                .collect(),
        }),
        stage: stage(dice),
        disposition: dice.change(8, |dice| dice.pick(&DISPOSITIONS).to_owned()),
        next_attempt_at: dice.change(15, |dice| now.plus_millis(dice.millis(20_000) - 8_000)),
    }
}

fn stage(dice: &mut Dice) -> StageEdit {
    match dice.below(12) {
        0 => StageEdit::OfKind(dice.pick(&StageKind::ALL)),
        1 => StageEdit::Named(dice.pick(&STAGES).to_owned()),
        2 => StageEdit::Transition {
            to: dice.maybe(80, |dice| dice.pick(&STAGES).to_owned()),
            disposition: dice.maybe(50, |dice| dice.pick(&DISPOSITIONS).to_owned()),
        },
        _ => StageEdit::Leave,
    }
}

fn custom_fields(dice: &mut Dice, names: &Names) -> Vec<CustomFieldEdit> {
    let Some((field, field_type)) = dice.maybe(12, |dice| dice.pick(&names.fields)) else {
        return Vec::new();
    };
    // Mostly of its type, sometimes not.
    let of_type = if dice.chance(85) {
        field_type
    } else {
        dice.pick(&FieldType::ALL)
    };
    let value = match of_type {
        FieldType::Text | FieldType::Textarea => CustomValue::Text(dice.pick(&TEXTS).to_owned()),
        FieldType::Number => CustomValue::Number(
            serde_json::from_str(dice.pick(&["1", "1.50", "-0"])).expect("a number"),
        ),
        FieldType::Date => CustomValue::Date("2026-02-28".to_owned()),
        FieldType::Boolean => CustomValue::Boolean(dice.chance(50)),
        FieldType::Select => CustomValue::Select(dice.pick(&names.options)),
        FieldType::MultiSelect => CustomValue::MultiSelect(vec![dice.pick(&names.options)]),
    };
    vec![CustomFieldEdit {
        field,
        declared_type: dice.maybe(30, |_| field_type),
        value: dice.maybe(80, |_| value),
    }]
}

pub(crate) fn guard(dice: &mut Dice) -> Guard {
    Guard {
        attempt: if dice.chance(10) {
            AttemptGuard::BeforeFirst
        } else {
            AttemptGuard::Any
        },
        on_active_call: dice.pick(&[
            OnActiveCall::Apply,
            OnActiveCall::Reject,
            OnActiveCall::Defer,
            OnActiveCall::Defer,
        ]),
        version: dice.maybe(8, |dice| 1 + dice.roll() % 6),
    }
}

pub(crate) const SOURCES: [&str; 3] = ["crm", "sheet", "Zoë's"];

/// What a subscription may ask for: often everything, often one thing.
pub(crate) fn filter(dice: &mut Dice, names: &Names) -> Filter {
    let mut few = |percent: usize| dice.chance(percent);
    let (topics, campaigns, fields, dialects, sources) =
        (few(35), few(40), few(25), few(25), few(30));
    let mut filter = Filter::default();
    for _ in 0..=dice.below(3) {
        if topics {
            filter.topics.insert(dice.pick(&Topic::ALL));
        }
        if campaigns {
            filter.campaigns.insert(dice.pick(&names.campaigns));
        }
        if fields {
            filter.fields.insert(dice.pick(&LeadField::ALL));
        }
        if dialects {
            filter.dialects.insert(dice.pick(&Dialect::ALL));
        }
        if sources {
            filter.except_sources.insert(dice.pick(&SOURCES).to_owned());
        }
    }
    filter
}

/// For the one campaign that has rules.
pub(crate) fn transitions() -> Transitions {
    let moves = [
        ("new", vec!["followup", "lost"]),
        ("followup", vec!["signed", "lost", "new"]),
        ("signed", vec![]),
    ];
    let owned = moves.map(|(from, to)| {
        let to = to.into_iter().map(str::to_owned).collect();
        (from.to_owned(), to)
    });
    Transitions::Listed(owned.into())
}
