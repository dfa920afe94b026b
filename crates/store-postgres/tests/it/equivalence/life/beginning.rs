//! What an operator sets up at the beginning of a life.

use domain::campaign::{Campaign, CampaignState, Stage, Workspace};
use domain::custom_field::{Association, FieldDefinition, FieldOption, FieldType, Tag, User};
use domain::dialing::Dialing;
use domain::event::Dialect;
use domain::object::Object;
use domain::status::StageKind;
use domain::subscription::Format;
use domain::{CampaignId, FieldId, OptionId, TagId, UserId, WorkspaceId};

use super::super::Twins;
use super::super::generator::{self, Names};
use super::{Life, workspace};

/// One of each type.
async fn set_up_fields(twins: &Twins, own: WorkspaceId, base: u64, names: &mut Names) {
    for (field_type, n) in FieldType::ALL.into_iter().zip(0..) {
        let is_select = matches!(field_type, FieldType::Select | FieldType::MultiSelect);
        let option = FieldOption {
            id: id!(OptionId, base + n),
            label: "one".to_owned(),
        };
        let field = FieldDefinition {
            id: id!(FieldId, base + n),
            label: field_type.name().to_owned(),
            field_type,
            association: Association::Lead,
            options: if is_select { vec![option] } else { Vec::new() },
            partner_type: is_select.then(|| "reseller".to_owned()),
            is_required: n == 1,
            is_shared: n == 2,
        };
        let made = twins.same("a field", async |s| s.create_field(own, &field).await);
        made.await.expect("is made");
        names.fields.push((field.id, field_type));
        names.options.push(id!(OptionId, base + n));
    }
}

impl Life {
    pub(super) async fn set_up(&mut self, twins: &Twins, number: u64) {
        let own = workspace(number);
        let made = Workspace {
            id: own,
            name: format!("workspace {number}"),
            created_at: self.now,
            default_region: (number == 1).then(|| "US".to_owned()),
            stages: Stage::default_list(),
            blocks_repeats: number == 2,
        };
        let is_first = twins.same("a first workspace", async |store| {
            store.create_first_workspace(&made).await
        });
        if !is_first.await.expect("is made") {
            let created = twins.same("a workspace", async |s| s.create_workspace(&made).await);
            created.await.expect("is made");
        }
        let again = twins.same("again", async |s| s.create_workspace(&made).await);
        assert!(again.await.is_err());
        let mut names = Names::default();
        for n in 0..3 {
            let campaign = self.campaign(number, n);
            let made = twins.same("a campaign", async |s| s.create_campaign(&campaign).await);
            made.await.expect("is made");
            names.campaigns.push(campaign.id);
        }
        let base = number * 10;
        for n in 0..3 {
            let tag = Tag {
                id: id!(TagId, base + n),
                label: format!("tag {n}"),
                association: Association::Lead,
                partner_type: (n == 1).then(|| "reseller".to_owned()),
                background_color: "#FFF".to_owned(),
                text_color: "#000".to_owned(),
            };
            let made = twins.same("a tag", async |s| s.create_tag(own, &tag).await);
            made.await.expect("is made");
            names.tags.push(tag.id);
            let user = User {
                id: id!(UserId, base + n),
                created_at: self.now,
                email: format!("user{n}@example.com"),
                first_name: None,
                last_name: Some("Übel".to_owned()),
            };
            let made = twins.same("a user", async |s| s.create_user(own, &user).await);
            made.await.expect("is made");
            names.users.push(user.id);
        }
        set_up_fields(twins, own, base, &mut names).await;
        let alias = twins.same("an alias", async |store| {
            let campaign = names.campaigns[1];
            store
                .create_campaign_alias(own, Dialect::UserVox, "alias", campaign)
                .await
        });
        alias.await.expect("is made");
        self.names[usize::try_from(number - 1).expect("small")] = names;
        for format in Format::ALL {
            self.subscribe(twins, own, format).await;
        }
    }

    fn campaign(&self, workspace_number: u64, n: u64) -> Campaign {
        let id = workspace_number * 10 + n;
        let has_rules = n == 1;
        let mut stages = Stage::default_list();
        if has_rules {
            stages.push(Stage::new("followup", StageKind::Contacted));
            stages.push(Stage::new("signed", StageKind::Converted));
        }
        Campaign {
            id: id!(CampaignId, id),
            workspace_id: workspace(workspace_number),
            name: format!("campaign {id}"),
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            state: if n == 2 {
                CampaignState::Paused
            } else {
                CampaignState::Running
            },
            agent: (n == 0).then(|| "agent 1".to_owned()),
            dialing: Dialing {
                attempts_max: (n == 1).then_some(3),
                retry_interval_seconds: (n == 1).then_some(20),
                ..Dialing::default()
            },
            settings: Object::parse(r#"{"b":1.0,"a":[]}"#).expect("an object"),
            default_region: (n == 1).then(|| "GB".to_owned()),
            time_zone: None,
            stages,
            transitions: if has_rules {
                generator::transitions()
            } else {
                domain::campaign::Transitions::UntilConverted
            },
            dispositions: if has_rules {
                vec!["warm".to_owned(), "cold".to_owned()]
            } else {
                Vec::new()
            },
        }
    }
}
