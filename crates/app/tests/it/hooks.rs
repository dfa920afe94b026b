//! Hooks: one URL per name and format, and whom an agent's hears of.

use std::collections::BTreeSet;

use app::hooks::Hook;
use app::{AppError, ListPage, Missing};
use domain::CampaignId;
use domain::subscription::{Format, Subscription};

use crate::book::Book;

fn hook(book: &Book, name: &str, format: Format, url: &str) -> Hook {
    Hook {
        name: name.to_owned(),
        format,
        campaigns: [book.campaign].into(),
        url: url.to_owned(),
    }
}

async fn subscriptions(book: &Book) -> Vec<Subscription> {
    let page = ListPage {
        before_id: None,
        limit: 100,
    };
    let all = book.app.subscriptions(&book.context, page).await;
    all.unwrap()
}

#[tokio::test]
async fn a_name_has_one_url() {
    let book = Book::open().await;
    let (app, context) = (&book.app, &book.context);
    let set = async |name, format, url| {
        let set = app.set_hook(context, hook(&book, name, format, url)).await;
        set.unwrap()
    };
    let first = set("a", Format::NlPearlLead, "https://example.com/1").await;
    let again = set("a", Format::NlPearlLead, "https://example.com/2").await;
    assert_eq!(again.id, first.id);
    assert_eq!(again.url, "https://example.com/2");
    let other = set("b", Format::NlPearlLead, "https://example.com/3").await;
    let elsewhere = set("a", Format::Autocalls, "https://example.com/4").await;
    assert_eq!(subscriptions(&book).await.len(), 3);
    let found = async |name: &str, format| {
        let found = app.hook(context, format, name).await.unwrap();
        found.map(|hook| hook.id)
    };
    assert_eq!(found("a", Format::NlPearlLead).await, Some(first.id));
    assert_eq!(found("b", Format::NlPearlLead).await, Some(other.id));
    assert_eq!(found("a", Format::Autocalls).await, Some(elsewhere.id));
    assert_eq!(found("c", Format::NlPearlLead).await, None);
    for is_there in [true, false] {
        let cleared = app.clear_hook(context, Format::NlPearlLead, "a").await;
        assert_eq!(cleared.unwrap(), is_there);
    }
    assert_eq!(found("a", Format::NlPearlLead).await, None);
    assert_eq!(subscriptions(&book).await.len(), 2);
}

/// It is found behind however many others.
#[tokio::test]
async fn a_hook_is_found_among_many() {
    let book = Book::open().await;
    let (app, context) = (&book.app, &book.context);
    let url = "https://example.com/";
    let first = hook(&book, "first", Format::NlPearlLead, url);
    let first = app.set_hook(context, first).await.unwrap();
    for index in 0..domain::limits::WEBHOOK_PAGE_MAX {
        let other = app::subscriptions::NewSubscription {
            description: Some(format!("other {index}")),
            ..app::subscriptions::NewSubscription::new(url, Format::Standard)
        };
        if app.create_subscription(context, other).await.is_err() {
            // As many as a workspace may have.
            break;
        }
    }
    let found = app
        .hook(context, Format::NlPearlLead, "first")
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, first.id);
    let nobody = app
        .hook(context, Format::NlPearlLead, "nobody")
        .await
        .unwrap();
    assert_eq!(nobody, None);
}

#[tokio::test]
async fn an_agents_hook_hears_of_its_campaigns() {
    let book = Book::open().await;
    let (app, context) = (&book.app, &book.context);
    let set = |agent: &'static str| {
        let url = "https://example.com/".to_owned();
        app.set_agent_hook(context, agent, Format::Autocalls, url)
    };
    let nobody = set("ada").await;
    assert_eq!(nobody.unwrap_err(), AppError::NotFound(Missing::Agent));
    let first = book.add_campaign(Some("ada")).await;
    let set = set("ada").await.unwrap();
    let hears = async || {
        let found = app.subscription(context, set.id).await.unwrap();
        found.filter.campaigns
    };
    let of = |ids: &[CampaignId]| ids.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(hears().await, of(&[first]));
    // One that comes later joins, another agent's does not, a deleted one leaves.
    let later = book.add_campaign(Some("ada")).await;
    book.add_campaign(Some("bob")).await;
    assert_eq!(hears().await, of(&[first, later]));
    app.delete_campaign(context, first).await.unwrap();
    assert_eq!(hears().await, of(&[later]));
    let cleared = app.clear_agent_hook(context, "ada", Format::Autocalls);
    cleared.await.unwrap();
    assert_eq!(subscriptions(&book).await, []);
}
