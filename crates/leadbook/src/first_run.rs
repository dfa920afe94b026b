//! The first run: a workspace, a campaign, a few leads and a key, so that a newcomer has something to update.

use app::administration::{NewCampaign, NewKey, NewWorkspace};
use app::leads::Creation;
use app::{App, Context};
use domain::Lead;
use domain::campaign::{Campaign, Workspace};
use domain::command::Scope;
use domain::edit::{Change, Edit};
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use store::Permissions;

/// What the first run made.
pub(crate) struct FirstRun {
    pub(crate) workspace: Workspace,
    pub(crate) campaign: Campaign,
    /// One for each dialect's example, so that none spoils another's.
    pub(crate) leads: Vec<Lead>,
    pub(crate) key: String,
}

/// Sets up an empty book; `None` if it has a workspace already.
pub(crate) async fn set_up(app: &App) -> anyhow::Result<Option<FirstRun>> {
    let region = Some("US".to_owned());
    let new = NewWorkspace {
        default_region: region,
        ..NewWorkspace::new("My workspace")
    };
    let Some(workspace) = app.create_first_workspace(new).await? else {
        return Ok(None);
    };
    let new = NewCampaign {
        name: "My first campaign".to_owned(),
        ..NewCampaign::default()
    };
    let campaign = app.create_campaign(&workspace, new).await?;
    let context = Context::operator(workspace.id);
    let mut leads = Vec::new();
    for (name, phone) in [
        ("Ada Example", "+12025550101"),
        ("Ben Example", "+12025550102"),
        ("Cleo Example", "+12025550103"),
        ("Dan Example", "+12025550104"),
        ("Eve Example", "+12025550105"),
    ] {
        let edit = Edit {
            campaign: Change::Set(campaign.id),
            phone: Change::set_if(PhoneInput::read(phone).ok()),
            name: Change::Set(name.to_owned()),
            variables: ObjectEdit::Replace(
                Object::parse(r#"{"plan":"trial"}"#).unwrap_or_default(),
            ),
            ..Edit::default()
        };
        let creation = Creation {
            edit,
            ..Creation::default()
        };
        leads.push(Lead::clone(
            &app.create_lead(&context, creation).await?.lead,
        ));
    }
    let new = NewKey {
        label: "first run".to_owned(),
        permissions: Permissions {
            read: true,
            write: true,
        },
        dialects: None,
        scope: Scope::Workspace,
        has_bare_lists: false,
        token: None,
    };
    let (_, key) = app.create_key(workspace.id, new).await?;
    Ok(Some(FirstRun {
        workspace,
        campaign,
        leads,
        key,
    }))
}
