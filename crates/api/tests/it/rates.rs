//! Vendors' rates over HTTP: who asks too often, and who repeats itself where a workspace minds.

use app::administration::{NewCampaign, NewKey, NewWorkspace};
use app::rates::{Per, Rate};
use app::{Permissions, Services};
use domain::IdKind;
use domain::command::Scope;
use domain::event::Dialect;
use domain::limits::{
    DIALNEXA_REQUESTS_MAX, DIALNEXA_WINDOW_MS, REPEATS_MAX, USERVOX_REQUESTS_MAX,
};

use crate::book::Book;
use crate::http::{self, Answer};

async fn get(book: &Book, key: &str) -> Answer {
    let head = format!(
        "GET /api/v1/leads/get?leadId=000000000000000000000000 HTTP/1.1\r\nAuthorization: Bearer {key}\r\n"
    );
    http::send(book.address, &head, b"").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_uservox_project_has_a_hundred_requests_in_five_seconds() {
    let book = Book::open().await;
    let key = book.value("uservox_key").expect("the demo has one");
    for turn in 0..USERVOX_REQUESTS_MAX {
        assert_eq!(get(&book, &key).await.status, 404, "request {turn}");
    }
    let refused = get(&book, &key).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("5"));
    let body = String::from_utf8_lossy(&refused.body).into_owned();
    assert_eq!(body, r#"{"success":false,"error":"Too many requests"}"#);
    book.environment.advance_millis(5_000);
    assert_eq!(get(&book, &key).await.status, 404);
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialnexa_key_is_told_what_it_has_left_and_refused_then() {
    let book = Book::open().await;
    let key = book.value("dialnexa_key").expect("the demo has one");
    let head = format!("GET /v1/campaigns HTTP/1.1\r\nAuthorization: Bearer {key}\r\n");
    let first = http::send(book.address, &head, b"").await;
    let left = (DIALNEXA_REQUESTS_MAX - 1).to_string();
    assert_eq!(first.status, 200);
    assert_eq!(first.header("x-ratelimit-remaining"), Some(left.as_str()));
    // Those in between are counted without being sent: there are tens of thousands.
    let caller = book.app.authenticate(&key, Dialect::DialNexa).await;
    let context = caller.expect("a key").reading("").expect("it reads");
    let rate = Rate {
        requests_max: DIALNEXA_REQUESTS_MAX,
        window_ms: DIALNEXA_WINDOW_MS,
        per: Per::Key,
    };
    for _ in 1..DIALNEXA_REQUESTS_MAX {
        book.app.count_request(&context, rate);
    }
    let refused = http::send(book.address, &head, b"").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    let body = String::from_utf8_lossy(&refused.body).into_owned();
    assert_eq!(
        body,
        r#"{"statusCode":429,"message":"Too many requests. Please slow down and retry after a moment.","error":"Too Many Requests"}"#
    );
    book.environment.advance_millis(DIALNEXA_WINDOW_MS);
    assert_eq!(http::send(book.address, &head, b"").await.status, 200);
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_vendors_rates_nobody_is_refused() {
    let book = Book::open_with(Services {
        has_vendor_rates: false,
        ..Services::default()
    })
    .await;
    let key = book.value("uservox_key").expect("the demo has one");
    for _ in 0..=USERVOX_REQUESTS_MAX {
        assert_eq!(get(&book, &key).await.status, 404);
    }
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_blocks_repeats_blocks_the_key_for_an_hour() {
    let book = Book::open().await;
    let workspace = NewWorkspace {
        blocks_repeats: true,
        ..NewWorkspace::new("strict")
    };
    let workspace = book.app.create_workspace(workspace).await.expect("made");
    let campaign = NewCampaign {
        name: "process".to_owned(),
        ..NewCampaign::default()
    };
    let campaign = book.app.create_campaign(&workspace, campaign).await;
    let campaign = campaign.expect("made");
    let new = NewKey {
        label: "strict".to_owned(),
        permissions: Permissions {
            read: true,
            write: true,
        },
        dialects: None,
        scope: Scope::Workspace,
        has_bare_lists: false,
        token: None,
    };
    let (_, key) = book.app.create_key(workspace.id, new).await.expect("made");
    let id = |kind, at, number| api::views::object_id(kind, at, number);
    let body = format!(
        r#"{{"lead": {{"projectId": "{}", "processId": "{}", "email": "a@example.com", "name": "A", "referenceId": "R"}}}}"#,
        id(IdKind::Workspace, workspace.created_at, workspace.id.get()),
        id(IdKind::Campaign, campaign.created_at, campaign.id.get()),
    );
    let post = async |path: &str, body: &str| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        http::send(book.address, &head, body.as_bytes()).await
    };
    let submit = || post("/api/v1/leads/initiate", &body);
    assert_eq!(submit().await.status, 200);
    // No receipt here: the vendor refuses the same submission, and so does this workspace.
    for turn in 0..=REPEATS_MAX {
        assert_eq!(submit().await.status, 400, "repeat {turn}");
    }
    let blocked = submit().await;
    assert_eq!(blocked.status, 429);
    assert_eq!(blocked.header("retry-after"), Some("3600"));
    let text = String::from_utf8_lossy(&blocked.body).into_owned();
    assert_eq!(
        text,
        r#"{"success":false,"error":"API key is temporarily blocked because of too many duplicate submissions"}"#
    );
    let bulk = format!(r#"{{"leads": [{body}]}}"#);
    let bulk = post("/api/v1/leads/bulk/initiate", &bulk).await;
    assert_eq!(bulk.status, 429, "a bulk submits, too");
    assert_eq!(get(&book, &key).await.status, 404, "who reads goes on");
    book.environment.advance_millis(3_599_000);
    assert_eq!(submit().await.status, 429);
    book.environment.advance_millis(1_000);
    assert_eq!(submit().await.status, 400);
    book.close().await;
}
