//! What is written reads back, to the byte.

use domain::custom_field::{CustomValue, FieldType};
use domain::edit::{Change, CustomFieldEdit, Edit, SetEdit};
use domain::limits::{
    ASSIGNED_USERS_MAX, NOTES_CHARS_MAX, OBJECT_BYTES_MAX, OBJECT_KEYS_MAX, TAGS_MAX,
    TEXT_CHARS_MAX,
};
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::{IdKind, Lead, TagId, UserId};

use super::World;
use super::jobs::whole_edit;

/// One to four bytes a character, combining marks, right-to-left text, controls, and what SQL, JSON and shells
/// treat specially.
const TEXTS: [&str; 10] = [
    "Ada",
    "Zoë Ünïcödé",
    "e\u{301}\u{327}",
    "李小龍 さくら",
    "عمر \u{200f}خیام",
    "\u{1f469}\u{200d}\u{1f680}\u{1f4de}\u{10ffff}",
    "'; DROP TABLE leads; --",
    "\"\\\"{}[]\\u0000 $1 ?1 %s",
    "\u{1}\u{7f}\u{85}\u{2028}\u{feff}\t\r\n",
    " leading and trailing ",
];

pub async fn every_field_reads_back(world: &World<'_>) {
    let (tag, user) = (world.new_tag().await, world.new_user().await);
    let (field, options) = world.new_field(FieldType::MultiSelect, 2).await;
    let edit = whole_edit(world.campaign, tag, user, field, &options);
    // Once by creation and once by update: the world compares both with the outcomes.
    let lead = world.new_lead_with(edit.clone()).await;
    assert_eq!(lead.custom_fields.len(), 1);
    let plain = world.new_lead_with(Edit::default()).await.id;
    world.done(world.update(plain, edit)).await;
    for value in [
        (FieldType::Text, CustomValue::Text("t".to_owned())),
        (FieldType::Date, CustomValue::Date("2025-01-31".to_owned())),
        (FieldType::Boolean, CustomValue::Boolean(true)),
        (
            FieldType::Number,
            CustomValue::Number(serde_json::from_str("1.50").unwrap()),
        ),
    ] {
        let (field, _) = world.new_field(value.0, 0).await;
        let edit = Edit {
            custom_fields: vec![CustomFieldEdit {
                field,
                declared_type: None,
                value: Some(value.1),
            }],
            ..Edit::default()
        };
        world.done(world.update(lead.id, edit)).await;
    }
    assert_eq!(world.lead(lead.id).await.custom_fields.len(), 5);
}

pub async fn every_field_can_be_cleared(world: &World<'_>) {
    let (tag, user) = (world.new_tag().await, world.new_user().await);
    let (field, options) = world.new_field(FieldType::MultiSelect, 1).await;
    let edit = whole_edit(world.campaign, tag, user, field, &options);
    let lead = world.new_lead_with(edit).await;
    let clear = Edit {
        campaign: Change::Clear,
        external_id: Change::Clear,
        phone: Change::Clear,
        first_name: Change::Clear,
        last_name: Change::Clear,
        name: Change::Clear,
        email: Change::Clear,
        company_name: Change::Clear,
        time_zone: Change::Clear,
        variables: ObjectEdit::Replace(Object::default()),
        collected: ObjectEdit::Replace(Object::default()),
        custom_fields: vec![CustomFieldEdit {
            field,
            declared_type: None,
            value: None,
        }],
        notes: Change::Clear,
        tags: SetEdit::Remove(vec![tag]),
        assigned_users: SetEdit::Replace(Vec::new()),
        dial_status: None,
        stage: domain::edit::StageEdit::Leave,
        disposition: Change::Clear,
        next_attempt_at: Change::Clear,
    };
    let done = world.done(world.update(lead.id, clear)).await;
    let mut expected = Lead::blank(lead.id, world.workspace, lead.created_at);
    expected.version = 2;
    expected.dial_status = lead.dial_status;
    expected.stage = lead.stage;
    assert_eq!(*done.lead, expected);
}

pub async fn text_of_every_kind(world: &World<'_>) {
    for text in TEXTS {
        let set = || Change::Set(text.to_owned());
        let member = Object::parse(&serde_json::json!({ text: text }).to_string());
        let edit = Edit {
            campaign: Change::Set(world.campaign),
            external_id: set(),
            first_name: set(),
            last_name: set(),
            name: set(),
            company_name: set(),
            notes: set(),
            disposition: set(),
            variables: ObjectEdit::Replace(member.unwrap()),
            ..Edit::default()
        };
        let lead = world.new_lead_with(edit).await;
        assert_eq!(lead.name.as_deref(), Some(text));
        let found = world
            .find_ref(domain::command::LeadRef::External {
                campaign: world.campaign,
                external_id: text.to_owned(),
            })
            .await;
        assert_eq!(found.map(|found| found.id), Some(lead.id));
    }
}

pub async fn member_order_and_number_spelling_are_kept(world: &World<'_>) {
    let texts = [
        r#"{"z":1,"a":2,"m":{"y":1,"b":[{"q":1,"p":2}]}}"#,
        r#"{"a":1.0,"b":1.00,"c":-0.0,"d":12345678901234567890123456789,"e":0.1e-5,"f":-0}"#,
        r#"{"":null,"a":"","b":[],"c":{},"d":[[],[{}],null,true,false]}"#,
    ];
    let lead = world.new_lead().await.id;
    for text in texts {
        let object = Object::parse(text).unwrap();
        assert_eq!(object.to_text(), text, "the domain keeps it");
        let edit = Edit {
            variables: ObjectEdit::Replace(object.clone()),
            collected: ObjectEdit::Replace(object),
            ..Edit::default()
        };
        world.done(world.update(lead, edit)).await;
        let stored = world.lead(lead).await;
        assert_eq!(stored.variables.to_text(), text);
        assert_eq!(stored.collected.to_text(), text);
    }
    // A new order in depth comes along with another change, and must come back from the events too.
    for text in [
        r#"{"a":{"x":1,"y":2},"n":1}"#,
        r#"{"a":{"y":2,"x":1},"n":2}"#,
        r#"{"n":3,"a":{"y":2,"x":1}}"#,
    ] {
        let edit = Edit {
            variables: ObjectEdit::Replace(Object::parse(text).unwrap()),
            ..Edit::default()
        };
        world.done(world.update(lead, edit)).await;
        assert_eq!(world.lead(lead).await.variables.to_text(), text);
        world.check_histories().await;
    }
}

pub async fn the_largest_values(world: &World<'_>) {
    let wide = '\u{1f4de}';
    let text = || Change::Set(wide.to_string().repeat(TEXT_CHARS_MAX));
    let filling = r#"{"k":""}"#.len();
    let large = format!(r#"{{"k":"{}"}}"#, "x".repeat(OBJECT_BYTES_MAX - filling));
    let many = (0..OBJECT_KEYS_MAX).map(|n| (n.to_string(), n.into()));
    let mut edit = Edit {
        external_id: text(),
        first_name: text(),
        last_name: text(),
        name: text(),
        company_name: text(),
        disposition: text(),
        email: Change::Set(format!("{}@example.com", "x".repeat(TEXT_CHARS_MAX - 12))),
        phone: Change::Set(PhoneInput::read("+999999999999999").unwrap()),
        notes: Change::Set(wide.to_string().repeat(NOTES_CHARS_MAX)),
        variables: ObjectEdit::Replace(Object::parse(&large).unwrap()),
        collected: ObjectEdit::Replace(Object::new(many.collect())),
        next_attempt_at: Change::Set(domain::Timestamp::LAST),
        ..Edit::default()
    };
    let mut tags: Vec<TagId> = Vec::new();
    for _ in 0..TAGS_MAX {
        tags.push(world.new_tag().await);
    }
    let mut users: Vec<UserId> = Vec::new();
    for _ in 0..ASSIGNED_USERS_MAX {
        users.push(world.new_user().await);
    }
    edit.tags = SetEdit::Replace(tags);
    edit.assigned_users = SetEdit::Replace(users);
    let lead = world.new_lead_with(edit).await;
    assert_eq!(lead.variables.to_text().len(), OBJECT_BYTES_MAX);
    // A small change of a large lead, and the largest number there is.
    let last = domain::ids::ID_END - 1 - world.id(IdKind::Workspace).await;
    let far = domain::LeadId::new(last).unwrap();
    world
        .done(world.update(lead.id, super::world::named("x")))
        .await;
    world.done(world.create(far, world.callable())).await;
}

pub async fn empty_is_not_absent(world: &World<'_>) {
    let empty = || Change::Set(String::new());
    let edit = Edit {
        external_id: empty(),
        first_name: empty(),
        name: empty(),
        notes: empty(),
        disposition: empty(),
        ..Edit::default()
    };
    let lead = world.new_lead_with(edit).await;
    let stored = world.lead(lead.id).await;
    assert_eq!(stored.name.as_deref(), Some(""));
    assert_eq!(stored.last_name, None);
}
