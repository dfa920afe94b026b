//! Campaigns that are changed by several at once, and deleted with their leads.

use app::administration::NewCampaign;
use app::calls::ClaimRequest;
use app::campaigns::CampaignEdit;
use app::{AppError, CampaignRef, Conflict, Denial, Missing};
use domain::campaign::{Campaign, CampaignState};
use domain::command::Hold;
use domain::dialing::{CallingHours, Weekday};
use domain::edit::Change;
use domain::limits::CALLING_HOURS_MAX;
use domain::object::{Object, ObjectEdit};
use store::Store;

use crate::book::Book;

fn named(name: &str) -> CampaignEdit {
    CampaignEdit {
        name: Some(name.to_owned()),
        ..CampaignEdit::default()
    }
}

fn to(state: CampaignState) -> CampaignEdit {
    CampaignEdit {
        state: Some(state),
        ..CampaignEdit::default()
    }
}

fn spoken_by(agent: &str) -> CampaignEdit {
    CampaignEdit {
        agent: Change::Set(agent.to_owned()),
        ..CampaignEdit::default()
    }
}

async fn stored(book: &Book) -> Campaign {
    let reference = CampaignRef::Number(book.campaign);
    let found = book.store.campaign(book.workspace.id, &reference).await;
    found.unwrap().unwrap()
}

async fn edit(book: &Book, edit: CampaignEdit) -> Result<u64, AppError> {
    let edited = book.app.edit_campaign(&book.context, book.campaign, edit);
    edited.await.map(|campaign| campaign.version)
}

#[tokio::test]
async fn nobody_overwrites_anybody() {
    let book = Book::open().await;
    let other = book.another_process();
    let settings = |text: &str| CampaignEdit {
        settings: ObjectEdit::Merge(Object::parse(text).unwrap()),
        ..CampaignEdit::default()
    };
    let by_other = |edit| other.edit_campaign(&book.context, book.campaign, edit);
    let (a, b, c, d) = tokio::join!(
        edit(&book, named("new name")),
        by_other(to(CampaignState::Paused)),
        edit(&book, settings(r#"{"a":1}"#)),
        by_other(settings(r#"{"b":2}"#)),
    );
    let mut versions = vec![
        a.unwrap(),
        b.unwrap().version,
        c.unwrap(),
        d.unwrap().version,
    ];
    versions.sort_unstable();
    assert_eq!(versions, [2, 3, 4, 5], "each on what the one before left");
    let campaign = stored(&book).await;
    assert_eq!(campaign.name, "new name");
    assert_eq!(campaign.state, CampaignState::Paused);
    let members = campaign.settings.members();
    assert!(members.contains_key("a") && members.contains_key("b"));
}

#[tokio::test]
async fn what_changes_nothing_is_no_version() {
    let book = Book::open().await;
    book.environment.advance_millis(5);
    for nothing in [
        CampaignEdit::default(),
        named("calls"),
        to(CampaignState::Running),
        CampaignEdit {
            hours: Some(Vec::new()),
            attempts_max: Change::Clear,
            ..CampaignEdit::default()
        },
    ] {
        assert_eq!(edit(&book, nothing).await, Ok(1));
    }
    assert_eq!(edit(&book, named("other")).await, Ok(2));
    let now = book.app.environment().now();
    assert_eq!(stored(&book).await.updated_at, now);
}

#[tokio::test]
async fn what_is_over_stays_over() {
    for over in [CampaignState::Completed, CampaignState::Cancelled] {
        let book = Book::open().await;
        edit(&book, to(over)).await.unwrap();
        for state in [
            CampaignState::Running,
            CampaignState::Paused,
            CampaignState::Draft,
        ] {
            let refused = edit(&book, to(state)).await;
            let is_over = AppError::Conflict(Conflict::CampaignOver);
            assert_eq!(refused, Err(is_over), "{over:?} to {state:?}");
        }
        edit(&book, to(over)).await.unwrap();
        edit(&book, named("may be renamed")).await.unwrap();
        let deleted = book.app.delete_campaign(&book.context, book.campaign);
        deleted.await.unwrap();
    }
}

#[tokio::test]
async fn an_agent_stays_once_it_spoke() {
    let book = Book::open().await;
    book.add_lead("Ada").await;
    book.add_lead("Bob").await;
    edit(&book, spoken_by("one")).await.unwrap();
    edit(&book, spoken_by("two")).await.unwrap();
    book.call().await;
    let fixed = Err(AppError::Conflict(Conflict::AgentFixed));
    assert_eq!(edit(&book, spoken_by("three")).await, fixed);
    let cleared = CampaignEdit {
        agent: Change::Clear,
        ..CampaignEdit::default()
    };
    assert_eq!(edit(&book, cleared).await, fixed);
    let with_it = CampaignEdit {
        agent: Change::Set("three".to_owned()),
        ..named("nothing of it")
    };
    assert_eq!(edit(&book, with_it).await, fixed);
    assert_eq!(stored(&book).await.name, "calls");
    edit(&book, spoken_by("two")).await.unwrap();
}

#[tokio::test]
async fn too_many_hours_are_a_fault() {
    let book = Book::open().await;
    let hours = CallingHours::new(Weekday::Monday, 0, 1).unwrap();
    for (count, is_ok) in [(CALLING_HOURS_MAX, true), (CALLING_HOURS_MAX + 1, false)] {
        let with = CampaignEdit {
            hours: Some(vec![hours; count]),
            ..CampaignEdit::default()
        };
        let edited = edit(&book, with).await;
        assert_eq!(edited.is_ok(), is_ok);
        assert!(is_ok || matches!(edited, Err(AppError::Invalid(_))));
    }
}

#[tokio::test]
async fn a_deleted_one_goes_with_its_leads() {
    let book = Book::open().await;
    let other = book.add_campaign(None).await;
    // More than one round.
    for index in 0..300 {
        book.add_lead(&format!("lead {index}")).await;
    }
    let (app, context) = (&book.app, &book.context);
    app.delete_campaign(context, book.campaign).await.unwrap();
    assert_eq!(book.count().await, 0);
    assert_eq!(app.empty_campaigns().await.unwrap(), 0, "nothing is left");
    let missing = AppError::NotFound(Missing::Campaign);
    let again = app.delete_campaign(context, book.campaign).await;
    assert_eq!(again.unwrap_err(), missing);
    assert_eq!(edit(&book, named("x")).await.unwrap_err(), missing);
    let reference = CampaignRef::Number(book.campaign);
    let found = app.campaign(context, reference).await;
    assert_eq!(found.unwrap_err(), missing);
    let listed = app.campaigns(context).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [other]);
    let created = app.create_lead(context, book.creation("late")).await;
    assert!(
        matches!(created, Err(AppError::NotFound(Missing::Campaign))),
        "{created:?}"
    );
    let request = ClaimRequest {
        campaign: book.campaign,
        lead: None,
        lease_ms: 1_000,
        hold: Hold::Attempt,
    };
    assert!(app.claim_lead(context, request).await.unwrap().is_none());
}

#[tokio::test]
async fn a_limited_key_changes_what_it_may_see() {
    let book = Book::open().await;
    let other = book.add_campaign(None).await;
    let key = book.key(1, Some(&[other]));
    let missing = AppError::NotFound(Missing::Campaign);
    let app = &book.app;
    let refused = app.edit_campaign(&key, book.campaign, named("x")).await;
    assert_eq!(refused.unwrap_err(), missing);
    let refused = app.delete_campaign(&key, book.campaign).await;
    assert_eq!(refused.unwrap_err(), missing);
    let added = app.add_campaign(&key, NewCampaign::default()).await;
    assert_eq!(added.unwrap_err(), AppError::Denied(Denial::Scope));
    app.edit_campaign(&key, other, named("x")).await.unwrap();
    let seen = app.campaigns(&key).await.unwrap();
    assert_eq!(seen.iter().map(|one| one.id).collect::<Vec<_>>(), [other]);
}
