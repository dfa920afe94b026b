//! The demo book: a workspace in which the vendors' own examples work with only the host changed.
//!
//! It knows the literal ids and tokens of their documents, which is why it lives beside the dialects. It
//! is seeded through use cases only; where it is stored and who may reach it is the binary's business.

use app::Permissions;
use app::administration::{NewCampaign, NewField, NewKey, NewTag, NewWorkspace};
use app::calls::ClaimRequest;
use app::leads::Creation;
use app::subscriptions::PlainAuth;
use app::{App, AppError, Context};
use domain::campaign::{Campaign, Workspace};
use domain::command::{CallEnd, Hold, Scope};
use domain::custom_field::{Association, FieldType};
use domain::edit::{Change, Edit};
use domain::event::Dialect;
use domain::limits::LEASE_MS_DEFAULT;
use domain::object::{Object, ObjectEdit};
use domain::phone::PhoneInput;
use domain::status::DialStatus;
use domain::{CampaignId, FieldId, IdKind, Lead, LeadId, OptionId, TagId, UserId};

use crate::dialects::uservox::default_stages;
use crate::views;

/// The first id that is not left to the documents' fixed ones.
const FIRST_FREE_ID: u64 = 1_000_000;

/// What a reader of the documents needs to know: every id and key as that vendor writes it.
#[derive(Debug)]
pub struct Demo {
    pub autocalls_key: String,
    pub nlpearl_key: String,
    pub journeybee_key: String,
    pub journeybee_read_only_key: String,
    pub dialnexa_key: String,
    pub uservox_key: String,
    pub leadbook_key: String,
    pub autocalls_lead: String,
    pub nlpearl_pearl: String,
    pub nlpearl_lead: String,
    pub journeybee_lead: String,
    pub dialnexa_lead: String,
    pub dialnexa_dialled_lead: String,
    pub dialnexa_campaign: String,
    pub uservox_project: String,
    pub uservox_process: String,
    pub uservox_lead: String,
    pub uservox_reference: String,
    /// The campaigns' own numbers, for our API's side of a call.
    pub nlpearl_campaign: CampaignId,
    pub dialnexa_campaign_id: CampaignId,
    pub uservox_campaign: CampaignId,
    pub uservox_lead_id: LeadId,
}

/// Fills an empty book. `callbacks` are the URLs that hear the results of UserVox updates.
pub async fn seed(app: &App, callbacks: Vec<(String, PlainAuth)>) -> Result<Demo, AppError> {
    app.start_ids_at(FIRST_FREE_ID).await?;
    let workspace = app
        .create_workspace(NewWorkspace {
            default_region: Some("US".to_owned()),
            ..NewWorkspace::new("Demo")
        })
        .await?;
    let context = Context::operator(workspace.id);
    let autocalls = autocalls(app, &context, &workspace).await?;
    let (pearl, nlpearl) = nlpearl(app, &context, &workspace).await?;
    let journeybee = journeybee(app, &context, &workspace).await?;
    let dialnexa = dialnexa(app, &context, &workspace).await?;
    let (process, uservox) = uservox(app, &context, &workspace, callbacks).await?;
    let key = |token: Option<&'static str>| new_key(app, &workspace, token, true);
    let minted = key(None).await?;
    key(Some("jb_api_1234567890abcdef")).await?;
    Ok(Demo {
        autocalls_key: key(Some("YOUR_API_TOKEN")).await?,
        nlpearl_key: minted.clone(),
        journeybee_key: key(Some("your-api-key-uuid")).await?,
        journeybee_read_only_key: new_key(app, &workspace, None, false).await?,
        dialnexa_key: minted.clone(),
        uservox_key: "YOUR_API_TOKEN".to_owned(),
        leadbook_key: minted,
        autocalls_lead: autocalls.id.to_string(),
        nlpearl_pearl: views::object_id(IdKind::Campaign, pearl.created_at, pearl.id.get()),
        nlpearl_lead: object_id(&nlpearl),
        journeybee_lead: journeybee.id.to_string(),
        dialnexa_lead: DIALNEXA_DOCUMENTED_ID.to_owned(),
        dialnexa_dialled_lead: views::code("lead", dialnexa.dialled.id.get()),
        dialnexa_campaign: views::code("cmp", dialnexa.campaign.id.get()),
        uservox_project: views::object_id(
            IdKind::Workspace,
            workspace.created_at,
            workspace.id.get(),
        ),
        uservox_process: views::object_id(IdKind::Campaign, process.created_at, process.id.get()),
        uservox_lead: object_id(&uservox),
        uservox_reference: USERVOX_DOCUMENTED_REFERENCE.to_owned(),
        nlpearl_campaign: pearl.id,
        dialnexa_campaign_id: dialnexa.campaign.id,
        uservox_campaign: process.id,
        uservox_lead_id: uservox.id,
    })
}

const DIALNEXA_DOCUMENTED_ID: &str = "cmp_5tw8vz2rnx1q";
const USERVOX_DOCUMENTED_REFERENCE: &str = "AB123456789";

fn object_id(lead: &Lead) -> String {
    views::object_id(IdKind::Lead, lead.created_at, lead.id.get())
}

async fn new_key(
    app: &App,
    workspace: &Workspace,
    token: Option<&str>,
    write: bool,
) -> Result<String, AppError> {
    let new = NewKey {
        label: "demo".to_owned(),
        permissions: Permissions { read: true, write },
        dialects: None,
        scope: Scope::Workspace,
        has_bare_lists: false,
        token: token.map(str::to_owned),
    };
    Ok(app.create_key(workspace.id, new).await?.1)
}

async fn campaign(app: &App, workspace: &Workspace, name: &str) -> Result<Campaign, AppError> {
    let new = NewCampaign {
        name: name.to_owned(),
        ..NewCampaign::default()
    };
    app.create_campaign(workspace, new).await
}

/// A lead of the campaign with a number and one variable.
fn contact(campaign: Option<&Campaign>, phone: &str, name: &str) -> Edit {
    let variables = Object::parse(r#"{"source":"demo"}"#).unwrap_or_default();
    Edit {
        campaign: Change::set_if(campaign.map(|campaign| campaign.id)),
        phone: Change::set_if(PhoneInput::read(phone).ok()),
        name: Change::Set(name.to_owned()),
        variables: ObjectEdit::Replace(variables),
        ..Edit::default()
    }
}

async fn create(
    app: &App,
    context: &Context,
    id: Option<u64>,
    edit: Edit,
) -> Result<Lead, AppError> {
    let creation = Creation {
        edit,
        id: id.and_then(LeadId::new),
        ..Creation::default()
    };
    Ok(Lead::clone(&app.create_lead(context, creation).await?.lead))
}

/// Lead 123, which the document moves to campaign 456.
async fn autocalls(app: &App, context: &Context, workspace: &Workspace) -> Result<Lead, AppError> {
    let first = campaign(app, workspace, "Autocalls demo").await?;
    let id = CampaignId::new(456);
    let name = "Autocalls demo 456".to_owned();
    app.create_campaign(
        workspace,
        NewCampaign {
            id,
            name,
            ..NewCampaign::default()
        },
    )
    .await?;
    create(
        app,
        context,
        Some(123),
        contact(Some(&first), "+12025550123", "Jane Doe"),
    )
    .await
}

async fn nlpearl(
    app: &App,
    context: &Context,
    workspace: &Workspace,
) -> Result<(Campaign, Lead), AppError> {
    let pearl = campaign(app, workspace, "NLPearl demo").await?;
    let edit = Edit {
        external_id: Change::Set("crm-1".to_owned()),
        ..contact(Some(&pearl), "+12025550124", "Joe Martin")
    };
    let lead = create(app, context, None, edit).await?;
    Ok((pearl, lead))
}

/// Lead 789 and everything that the document's request names.
async fn journeybee(app: &App, context: &Context, workspace: &Workspace) -> Result<Lead, AppError> {
    for (id, label) in [
        (1, "Warm"),
        (2, "Inbound"),
        (3, "EMEA"),
        (10, "Enterprise"),
        (11, "Q1"),
        (12, "Priority"),
    ] {
        let tag = NewTag::new(TagId::new(id), label, Association::Lead);
        app.create_tag(workspace.id, tag).await?;
    }
    let reseller = NewTag::new(TagId::new(20), "Reseller", Association::Partner);
    app.create_tag(workspace.id, reseller).await?;
    for (id, email, first, last) in [
        (123, "ada@example.com", "Ada", "Byron"),
        (456, "alan@example.com", "Alan", "Mathison"),
    ] {
        let (first, last) = (Some(first.to_owned()), Some(last.to_owned()));
        app.create_user(workspace.id, UserId::new(id), email, first, last)
            .await?;
    }
    let option = |id, label: &str| (OptionId::new(id), label.to_owned());
    let tiers = vec![option(1, "Bronze"), option(2, "Silver"), option(3, "Gold")];
    for (id, label, field_type, options) in [
        (5, "Budget", FieldType::Number, Vec::new()),
        (6, "Tier", FieldType::Select, tiers),
    ] {
        let (id, label) = (FieldId::new(id), label.to_owned());
        let association = Association::Lead;
        let field = NewField {
            id,
            label,
            field_type,
            association,
            options,
            partner_type: None,
            is_required: false,
            is_shared: false,
        };
        app.create_field(workspace.id, field).await?;
    }
    let edit = Edit {
        email: Change::Set("lead@techcorp.example".to_owned()),
        company_name: Change::Set("TechCorp".to_owned()),
        ..contact(None, "+12025550125", "Grace Hopper")
    };
    create(app, context, Some(789), edit).await
}

struct DialNexa {
    campaign: Campaign,
    dialled: Lead,
}

/// A pending lead under the documented id, and one that a real call has locked.
async fn dialnexa(
    app: &App,
    context: &Context,
    workspace: &Workspace,
) -> Result<DialNexa, AppError> {
    let campaign = campaign(app, workspace, "DialNexa demo").await?;
    let dialled = contact(Some(&campaign), "+919876543211", "Priya Sharma");
    let dialled = create(app, context, None, dialled).await?;
    let dialled = call(app, context, &campaign, &dialled).await?;
    let vendor_id = Some((Dialect::DialNexa, DIALNEXA_DOCUMENTED_ID.to_owned()));
    let edit = contact(Some(&campaign), "+919876543210", "Ravi Kumar");
    app.create_lead(
        context,
        Creation {
            edit,
            vendor_id,
            ..Creation::default()
        },
    )
    .await?;
    Ok(DialNexa { campaign, dialled })
}

/// Calls a lead through the dialer's own use cases.
async fn call(
    app: &App,
    context: &Context,
    campaign: &Campaign,
    lead: &Lead,
) -> Result<Lead, AppError> {
    let request = ClaimRequest {
        campaign: campaign.id,
        lead: Some(lead.id),
        lease_ms: LEASE_MS_DEFAULT,
        hold: Hold::Attempt,
    };
    let claimed = app.claim_lead(context, request).await?;
    let claim = claimed
        .and_then(|done| done.lead.claim.clone())
        .ok_or(AppError::Internal)?;
    let end = CallEnd {
        lead: lead.id,
        call: claim.call_id,
        fence_token: claim.fence_token,
        outcome: DialStatus::Success,
        duration_seconds: Some(42),
        from: None,
        summary: Some("Interested in a home loan.".to_owned()),
        recording_url: None,
        collected: Object::default(),
        next_attempt_at: None,
    };
    Ok(Lead::clone(&app.end_call(context, end).await?.lead))
}

async fn uservox(
    app: &App,
    context: &Context,
    workspace: &Workspace,
    callbacks: Vec<(String, PlainAuth)>,
) -> Result<(Campaign, Lead), AppError> {
    let name = "UserVox demo".to_owned();
    let stages = default_stages();
    let new = NewCampaign {
        name,
        stages,
        callbacks,
        ..NewCampaign::default()
    };
    let process = app.create_campaign(workspace, new).await?;
    let edit = Edit {
        external_id: Change::Set(USERVOX_DOCUMENTED_REFERENCE.to_owned()),
        ..contact(Some(&process), "+12025550126", "Maria Silva")
    };
    let lead = create(app, context, None, edit).await?;
    Ok((process, lead))
}
