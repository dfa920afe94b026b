//! How many notes a lead takes, which no transcript would want to spell out.

use app::AppError;
use app::context::Context;
use app::definitions::NoteContent;
use app::{Conflict, Counted};
use domain::LeadId;
use domain::command::LeadRef;
use domain::limits::NOTES_PER_LEAD_MAX;

use crate::book::Book;
use crate::http;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lead_takes_so_many_notes_and_no_more() {
    let book = Book::open().await;
    let workspaces = book.app.workspaces().await.expect("workspaces are read");
    let context = Context::operator(workspaces[0].id);
    let lead = book.demo.journeybee_lead.parse().ok();
    let lead = LeadRef::Number(lead.and_then(LeadId::new).expect("a number"));
    let said = || NoteContent {
        document: serde_json::json!({}),
        attachments: Vec::new(),
        mentions: Vec::new(),
    };
    for _ in 0..NOTES_PER_LEAD_MAX {
        let added = book.app.add_note(&context, &lead, said()).await;
        added.expect("there is room");
    }
    let refused = book.app.add_note(&context, &lead, said()).await;
    let full = AppError::Conflict(Conflict::LimitReached(Counted::Notes));
    assert_eq!(refused, Err(full));
    let (path, key) = (
        format!("/api/v1/leads/{}/notes", book.demo.journeybee_lead),
        &book.demo.journeybee_key,
    );
    let body = br#"{"document": {}}"#;
    let head = format!(
        "POST {path} HTTP/1.1\r\nAuthorization: Bearer {key}\r\nContent-Length: {}\r\n",
        body.len()
    );
    let answer = http::send(book.address, &head, body).await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let expected = r#"{"error":"The lead has as many notes as it may have"}"#;
    assert_eq!((answer.status, text.as_str()), (409, expected));
    let notes = book.app.notes(&context, &lead).await;
    assert_eq!(notes.expect("notes are read").len(), NOTES_PER_LEAD_MAX);
    book.close().await;
}
