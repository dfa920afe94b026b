//! The `create` commands: each one use case, and one sentence or JSON object about what it made.

use anyhow::Context as _;
use api::views;
use app::administration::{NewCampaign, NewField, NewTag, NewWorkspace};
use app::leads::Creation;
use app::{App, Context};
use domain::campaign::{Campaign, CampaignState};
use domain::custom_field::{Association, FieldType};
use domain::edit::{Change, Edit};
use domain::limits::OPTIONS_MAX;
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::time_zone::TimeZone;
use domain::{CampaignId, IdKind};
use serde_json::{Value, json};

use crate::cli::{self, InWorkspace};
use crate::site::Site;
use crate::{book, processes};

pub(crate) async fn workspace(site: &Site, command: cli::Workspace) -> anyhow::Result<()> {
    match command {
        cli::Workspace::Create {
            name,
            region,
            block_repeats,
            json,
        } => {
            let new = NewWorkspace {
                default_region: region.as_deref().map(read_region).transpose()?,
                blocks_repeats: block_repeats,
                ..NewWorkspace::new(&name)
            };
            let app = book::open(site).await?;
            let workspace = app.create_workspace(new).await?;
            let made = json!({
                "id": workspace.id.get(),
                "ids": {"uservox": views::object_id(IdKind::Workspace, workspace.created_at, workspace.id.get())},
            });
            report(
                json,
                &format!("Workspace {} ({name}) is there.", workspace.id),
                &made,
            );
            Ok(app.stop().await?)
        }
        cli::Workspace::List => {
            let app = book::open_existing(site).await?;
            for workspace in app.workspaces().await? {
                say!("{:>8}  {}", workspace.id.get(), workspace.name);
            }
            Ok(app.stop().await?)
        }
    }
}

pub(crate) async fn campaign(site: &Site, command: cli::Campaign) -> anyhow::Result<()> {
    let cli::Campaign::Create { place, campaign } = command;
    let new = new_campaign(campaign)?;
    create_campaign(site, place, new, "Campaign").await
}

/// Creates a campaign, by whatever name the command calls it.
pub(crate) async fn create_campaign(
    site: &Site,
    place: InWorkspace,
    new: NewCampaign,
    noun: &str,
) -> anyhow::Result<()> {
    let app = book::open_existing(site).await?;
    let workspace = book::workspace(&app, place.workspace).await?;
    let created = app.create_campaign(&workspace, new).await;
    let campaign = created.map_err(processes::explain)?;
    let text = format!(
        "{noun} {} ({}) is there. NLPearl and UserVox call it {}, DialNexa {}.",
        campaign.id,
        campaign.name,
        views::object_id(IdKind::Campaign, campaign.created_at, campaign.id.get()),
        views::code("cmp", campaign.id.get()),
    );
    report(place.json, &text, &shown_campaign(&campaign));
    Ok(app.stop().await?)
}

fn shown_campaign(campaign: &Campaign) -> Value {
    let number = campaign.id.get();
    let object_id = views::object_id(IdKind::Campaign, campaign.created_at, number);
    json!({
        "id": number,
        "ids": {
            "autocalls": number,
            "nlpearl": object_id,
            "dialnexa": views::code("cmp", number),
            "uservox": object_id,
        },
    })
}

pub(crate) fn new_campaign(options: cli::CampaignOptions) -> anyhow::Result<NewCampaign> {
    let zone = |name: String| {
        TimeZone::new(&name).with_context(|| format!("there is no time zone {name}"))
    };
    Ok(NewCampaign {
        name: options.name,
        state: if options.paused {
            CampaignState::Paused
        } else {
            CampaignState::Running
        },
        default_region: options.region.as_deref().map(read_region).transpose()?,
        time_zone: options.time_zone.map(zone).transpose()?,
        ..NewCampaign::default()
    })
}

fn read_region(code: &str) -> anyhow::Result<String> {
    let code = code.to_ascii_uppercase();
    domain::phone::region(&code).with_context(|| {
        format!("{code} is no region with phone numbers; use two letters like US")
    })?;
    Ok(code)
}

pub(crate) async fn tag(site: &Site, command: cli::Tag) -> anyhow::Result<()> {
    let cli::Tag::Create {
        place,
        label,
        association,
    } = command;
    let association = Association::from_name(&association)
        .context("--association is lead, lead_deal, partner or card")?;
    let (app, workspace) = open(site, &place).await?;
    let tag = app
        .create_tag(workspace.id, NewTag::new(None, &label, association))
        .await?;
    let text = format!("Tag {} ({label}) is there.", tag.id);
    report(place.json, &text, &json!({"id": tag.id.get()}));
    Ok(app.stop().await?)
}

pub(crate) async fn user(site: &Site, command: cli::User) -> anyhow::Result<()> {
    let cli::User::Create {
        place,
        email,
        first_name,
        last_name,
    } = command;
    let (app, workspace) = open(site, &place).await?;
    let user = app
        .create_user(workspace.id, None, &email, first_name, last_name)
        .await?;
    let text = format!("User {} ({email}) is there.", user.id);
    report(place.json, &text, &json!({"id": user.id.get()}));
    Ok(app.stop().await?)
}

pub(crate) async fn field(site: &Site, command: cli::Field) -> anyhow::Result<()> {
    let cli::Field::Create {
        place,
        label,
        field_type,
        option,
    } = command;
    let field_type = FieldType::from_name(&field_type)
        .context("--type is text, textarea, number, date, boolean, select or multi_select")?;
    anyhow::ensure!(option.len() <= OPTIONS_MAX, "at most {OPTIONS_MAX} options");
    let is_select = matches!(field_type, FieldType::Select | FieldType::MultiSelect);
    anyhow::ensure!(
        is_select != option.is_empty(),
        "a select needs at least one --option, and only a select has any"
    );
    let (app, workspace) = open(site, &place).await?;
    let new = NewField {
        id: None,
        label,
        field_type,
        association: Association::Lead,
        options: option.into_iter().map(|label| (None, label)).collect(),
        partner_type: None,
        is_required: false,
        is_shared: false,
    };
    let field = app.create_field(workspace.id, new).await?;
    let options: Vec<_> = field
        .options
        .iter()
        .map(|option| json!({"id": option.id.get(), "label": option.label}))
        .collect();
    let text = format!("Custom field {} ({}) is there.", field.id, field.label);
    report(
        place.json,
        &text,
        &json!({"id": field.id.get(), "options": options}),
    );
    Ok(app.stop().await?)
}

pub(crate) async fn lead(site: &Site, command: cli::Lead) -> anyhow::Result<()> {
    let cli::Lead::Create {
        place,
        campaign,
        phone,
        name,
        email,
        external_id,
        variables,
    } = command;
    let campaign = campaign
        .map(|number| {
            CampaignId::new(number).with_context(|| format!("there is no campaign {number}"))
        })
        .transpose()?;
    let read_phone = |text: String| {
        PhoneInput::read(&text).with_context(|| format!("{text} is not a phone number"))
    };
    let read_object =
        |text: String| Object::parse(&text).context("--variables is not a JSON object");
    let edit = Edit {
        campaign: Change::set_if(campaign),
        phone: Change::set_if(phone.map(read_phone).transpose()?),
        name: Change::set_if(name),
        email: Change::set_if(email),
        external_id: Change::set_if(external_id),
        variables: variables
            .map(read_object)
            .transpose()?
            .map_or(ObjectEdit::Leave, ObjectEdit::Replace),
        ..Edit::default()
    };
    let (app, workspace) = open(site, &place).await?;
    let creation = Creation {
        edit,
        ..Creation::default()
    };
    let created = app
        .create_lead(&Context::operator(workspace.id), creation)
        .await;
    let lead = created.map_err(processes::explain)?.lead;
    let object_id = views::object_id(IdKind::Lead, lead.created_at, lead.id.get());
    let code = views::code("lead", lead.id.get());
    let text = format!(
        "Lead {} is there. NLPearl and UserVox call it {object_id}, DialNexa {code}.",
        lead.id
    );
    let ids = json!({
        "autocalls": lead.id.get(),
        "nlpearl": object_id,
        "journeybee": lead.id.get(),
        "dialnexa": code,
        "uservox": object_id,
    });
    report(place.json, &text, &json!({"id": lead.id.get(), "ids": ids}));
    Ok(app.stop().await?)
}

async fn open(
    site: &Site,
    place: &InWorkspace,
) -> anyhow::Result<(std::sync::Arc<App>, domain::campaign::Workspace)> {
    let app = book::open_existing(site).await?;
    let workspace = book::workspace(&app, place.workspace).await?;
    Ok((app, workspace))
}

/// What a command made: a sentence for a person, or one JSON object for a script.
pub(crate) fn report(json: bool, text: &str, made: &Value) {
    if json {
        say!("{made}");
    } else {
        say!("{text}");
    }
}
