//! What webhooks carry besides their bodies: ids and signatures. Libraries of another language check the same in
//! tests/clients; here are the cases that those do not reach.

use app::Context;
use app::deliveries::Webhook;
use app::subscriptions::NewSubscription;
use domain::SubscriptionId;
use domain::subscription::Format;

use crate::book::Book;

/// Two keys of 32 bytes, as Standard Webhooks writes them.
const OLD: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const NEW: &str = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

async fn subscribe(book: &Book, format: Format, secret: Option<&str>) -> (Context, SubscriptionId) {
    let workspaces = book.app.workspaces().await.expect("workspaces are read");
    let context = Context::operator(workspaces[0].id);
    let new = NewSubscription {
        secret: secret.map(str::to_owned),
        ..NewSubscription::new("https://a.example.com/", format)
    };
    let made = book.app.create_subscription(&context, new).await;
    let id = made.expect("a subscription is made").0.id;
    (context, id)
}

async fn test_webhook(book: &Book, context: &Context, id: SubscriptionId) -> Webhook {
    let added = book.app.test_subscription(context, id).await;
    added.expect("a test is put into the outbox");
    let mut taken = book.take_webhooks().await;
    taken.pop().expect("the test is due")
}

fn header<'a>(webhook: &'a Webhook, name: &str) -> &'a str {
    let mut headers = webhook.headers.iter();
    let found = headers.find(|(header, _)| *header == name);
    found.map_or("", |(_, value)| value.as_str())
}

/// The expected signatures were computed with Python's hmac over `test_1.1768478400.` and the body.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_secret_signs_the_newest_first() {
    let book = Book::open().await;
    let (context, id) = subscribe(&book, Format::Standard, Some(OLD)).await;
    let added = book
        .app
        .add_secret(&context, id, Some(NEW.to_owned()))
        .await;
    added.expect("a second secret");
    let webhook = test_webhook(&book, &context, id).await;
    assert_eq!(
        webhook.body,
        r#"{"specversion":"1.0","id":"test_1","source":"urn:leadbook:workspace:1000000","type":"test","time":"2026-01-15T12:00:00.000Z","subject":"subscriptions/1000001","datacontenttype":"application/json","data":{"subscription_id":1000001}}"#
    );
    assert_eq!(header(&webhook, "webhook-id"), "test_1");
    assert_eq!(header(&webhook, "webhook-timestamp"), "1768478400");
    assert_eq!(
        header(&webhook, "webhook-signature"),
        "v1,LqFR2eIu+EhmbIqwNkMrKgi26xUc8DcqufO8hf/JlL8= v1,PupbnUb3ccIwzsyLTcLWGmslA6h/JXOi3NoVi/hQMH4="
    );
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_attempt_has_the_same_id_and_body_and_a_new_signature() {
    let book = Book::open().await;
    let (context, id) = subscribe(&book, Format::Standard, Some(OLD)).await;
    let added = book.app.test_subscription(&context, id).await;
    added.expect("a test is put into the outbox");
    let due = book.due().await;
    let first = book.encode(&due[0]).await.expect("a webhook");
    book.environment.advance_millis(3_600_000);
    let second = book.encode(&due[0]).await.expect("a webhook");
    assert_eq!(first.body, second.body);
    for (name, is_same) in [
        ("webhook-id", true),
        ("webhook-timestamp", false),
        ("webhook-signature", false),
    ] {
        assert_eq!(
            header(&first, name) == header(&second, name),
            is_same,
            "{name}"
        );
    }
    book.close().await;
}

/// The expected signature was computed with Python's hmac.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dialnexa_signs_the_body_in_hex() {
    let book = Book::open().await;
    let (context, id) = subscribe(&book, Format::DialNexa, Some("dialnexa-secret")).await;
    let webhook = test_webhook(&book, &context, id).await;
    assert_eq!(
        header(&webhook, "x-dialnexa-signature"),
        "sha256=54cce8b3ac1e33c1b94a859242e18327192bbe62f7b3d207eea3c99b0107e455"
    );
    book.close().await;
}

/// The expected token was made with Python's hmac of these claims:
/// `{"company_uuid":"019bc186-de00-8000-8000-0000000f4240","user_uuid":null,"event_id":"lead_created",
/// "external_settings":{"authorisation":[]},"jti":"test_1","iat":1768478400,"exp":1768482000}`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journeybee_signs_a_token_for_an_hour() {
    let book = Book::open().await;
    let secret = "b3b8fd1e-5c5c-4a3c-9f3c-0123456789ab";
    let (context, id) = subscribe(&book, Format::JourneyBee, Some(secret)).await;
    let webhook = test_webhook(&book, &context, id).await;
    let expected = "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
        eyJjb21wYW55X3V1aWQiOiIwMTliYzE4Ni1kZTAwLTgwMDAtODAwMC0wMDAwMDAwZjQyNDAiLCJ1c2VyX3V1aWQiOm51bGwsImV2\
        ZW50X2lkIjoibGVhZF9jcmVhdGVkIiwiZXh0ZXJuYWxfc2V0dGluZ3MiOnsiYXV0aG9yaXNhdGlvbiI6W119LCJqdGkiOiJ0ZXN0\
        XzEiLCJpYXQiOjE3Njg0Nzg0MDAsImV4cCI6MTc2ODQ4MjAwMH0.T-WiMbmBtSw5BKOvn5yIH7bGTS7Y0Q2gyxDJjBblfvs";
    assert_eq!(header(&webhook, "authorization"), expected);
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_formats_sign_nothing() {
    let book = Book::open().await;
    for format in [
        Format::Autocalls,
        Format::NlPearlLead,
        Format::NlPearlCall,
        Format::UserVox,
    ] {
        let (context, id) = subscribe(&book, format, None).await;
        let webhook = test_webhook(&book, &context, id).await;
        assert_eq!(webhook.headers, [], "{format:?}");
    }
    book.close().await;
}
