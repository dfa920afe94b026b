//! What no transcript can say about campaigns: that there may be only so many, and what their agents' hooks hear.

use app::administration::NewCampaign;
use app::campaigns::CampaignEdit;
use app::{Context, ListPage};
use domain::CampaignId;
use domain::edit::Change;
use domain::limits::CAMPAIGNS_MAX;
use domain::subscription::{Format, Subscription};

use crate::book::Book;
use crate::http;

async fn operator(book: &Book) -> Context {
    let workspaces = book.app.workspaces().await.expect("workspaces are read");
    Context::operator(workspaces[0].id)
}

fn with_agent(agent: &str) -> NewCampaign {
    NewCampaign {
        name: "Many".to_owned(),
        agent: Some(agent.to_owned()),
        ..NewCampaign::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn autocalls_says_when_there_are_enough_campaigns() {
    let book = Book::open().await;
    let context = operator(&book).await;
    let workspace = book.app.workspace(&context).await.expect("it is there");
    let have = book.app.campaigns(&context).await.expect("a list").len();
    for _ in have..CAMPAIGNS_MAX {
        let made = book.app.create_campaign(&workspace, with_agent("7")).await;
        made.expect("the command line may");
    }
    let key = book.value("autocalls_key").expect("the demo has one");
    let body = r#"{"name": "One more", "assistant_id": 7}"#;
    let head = format!(
        "POST /api/user/campaign HTTP/1.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n",
        body.len()
    );
    let answer = http::send(book.address, &head, body.as_bytes()).await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, 403, "{text}");
    let expected =
        r#"{"message":"You have reached the maximum number of campaigns allowed by your plan."}"#;
    assert_eq!(text, expected);
    book.close().await;
}

/// The campaigns of the agent's only hook.
async fn heard(book: &Book) -> Vec<CampaignId> {
    let page = ListPage {
        before_id: None,
        limit: 100,
    };
    let all = book.app.subscriptions(&operator(book).await, page).await;
    let is_hook = |it: &&Subscription| it.description.as_deref() == Some("agent 7");
    let all = all.expect("a list");
    let hooks: Vec<_> = all.iter().filter(is_hook).collect();
    assert!(hooks.len() <= 1, "{hooks:?}");
    let campaigns = hooks.first().map(|hook| hook.filter.campaigns.clone());
    campaigns.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_hook_follows_its_campaigns() {
    let book = Book::open().await;
    let (app, context) = (&book.app, operator(&book).await);
    let add = async || {
        app.add_campaign(&context, with_agent("7"))
            .await
            .map(|it| it.id)
    };
    let first = add().await.expect("made");
    let url = "https://a.example.com/".to_owned();
    let set = app.set_agent_hook(&context, "7", Format::Autocalls, url);
    set.await.expect("the agent is known");
    let second = add().await.expect("made");
    assert_eq!(heard(&book).await, [first, second]);
    app.delete_campaign(&context, first).await.expect("deleted");
    assert_eq!(heard(&book).await, [second]);
    // The last one stays in it: without any it would hear of all.
    app.delete_campaign(&context, second)
        .await
        .expect("deleted");
    assert_eq!(heard(&book).await, [second]);
    let third = add().await.expect("made");
    assert_eq!(heard(&book).await, [second, third]);
    // Given to another agent, which has no hook.
    let edit = CampaignEdit {
        agent: Change::Set("8".to_owned()),
        ..CampaignEdit::default()
    };
    app.edit_campaign(&context, third, edit)
        .await
        .expect("changed");
    assert_eq!(heard(&book).await, [second]);
    let cleared = app.clear_agent_hook(&context, "7", Format::Autocalls).await;
    cleared.expect("it had one");
    assert_eq!(heard(&book).await, []);
    book.close().await;
}
