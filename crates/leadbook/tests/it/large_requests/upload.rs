//! DialNexa's upload of a file with as many rows as it may have, one more, and a faulty one in its midst. As docs/API.md says, a
//! faulty row refuses the file: the others are not added. Small files and workbooks are `api`'s tests'.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::bulk::{hear, phone};
use super::memory::Process;
use super::{GROWTH_MEGABYTES_MAX, LEADS_MAX};
use crate::http::{Answer, Client, Connection, Request};
use crate::server::Book;
use crate::world::Workspace;

/// Bytes of a file at most, the vendor's number.
const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// One row of so many has no number.
const WITHOUT_NUMBER: usize = 10_000;

/// A table of leads; as large as it may be, with so many rows as there may be.
fn rows(count: usize) -> Vec<String> {
    let said = "x".repeat(170);
    let row = |index| format!("{},Lead {index},{said}", phone(index));
    (0..count).map(row).collect()
}

fn file(rows: &[String]) -> Vec<u8> {
    let file = format!("phone_number,name,said\n{}\n", rows.join("\n"));
    assert!(file.len() < FILE_BYTES_MAX, "{}", file.len());
    file.into_bytes()
}

fn upload(address: SocketAddr, workspace: &Workspace, rows: &[String]) -> Answer {
    let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"leads.csv\"\r\n\
                Content-Type: text/csv\r\n\r\n";
    let body = [head.as_bytes(), &file(rows), b"\r\n--x--\r\n"].concat();
    let campaign = &workspace.campaign.dialnexa;
    let path = format!("/v1/campaigns-leads/upload-file/{campaign}");
    let request = Request::new("POST", &path, None)
        .header("Content-Type", "multipart/form-data; boundary=x")
        .raw_body(&body);
    let mut connection = Connection::open(address).expect("the server listens");
    let sent = connection.send(&request.bytes(address, &workspace.key));
    sent.expect("the server reads it");
    hear(&mut connection).expect("it is answered")
}

/// The lead at a place among those of the campaign, which are listed in the order of their rows, and how many there are.
fn listed(client: &mut Client, workspace: &Workspace, place: usize) -> (Value, Value) {
    let campaign = &workspace.campaign.dialnexa;
    let path = format!("/v1/campaigns-leads?campaign_id={campaign}&limit=1&page={place}");
    let page = client.get(&path);
    (page["data"][0].clone(), page["meta"]["total"].clone())
}

#[test]
fn fifty_thousand_rows_are_added() {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Large");
    let server = book.serve();
    let mut client = server.client(&workspace.key);
    let process = Process::of(&server);
    let mut rows = rows(LEADS_MAX);
    for row in rows.iter_mut().skip(1).step_by(WITHOUT_NUMBER) {
        *row = ",nobody,hello".to_owned();
    }
    let answer = upload(server.address, &workspace, &rows);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let message = "49995 leads queued successfully. 5 rows skipped due to missing phone_number.";
    let expected = json!({
        "campaign_id": workspace.campaign.dialnexa,
        "leads_created": 49_995,
        "leads_skipped": 5,
        "message": message,
    });
    assert_eq!(answer.json(), expected);
    process.assert_grew_less_than(GROWTH_MEGABYTES_MAX);
    for (place, row) in [(1, 0), (2, 2), (49_995, LEADS_MAX - 1)] {
        let (lead, total) = listed(&mut client, &workspace, place);
        assert_eq!(total, 49_995);
        assert_eq!(lead["phone_number"], phone(row), "{lead}");
        assert_eq!(lead["name"], format!("Lead {row}"), "{lead}");
    }
}

/// A file is refused with this, and nothing of it is left.
fn assert_refused(rows: &[String], expected: &Value) {
    let book = Book::new();
    let workspace = Workspace::create(&book, "Large");
    let server = book.serve();
    let answer = upload(server.address, &workspace, rows);
    assert_eq!((answer.status, &answer.json()), (400, expected));
    let mut client = server.client(&workspace.key);
    assert_eq!(listed(&mut client, &workspace, 1), (Value::Null, json!(0)));
}

#[test]
fn a_faulty_row_in_the_midst_is_named_and_refuses_all() {
    let mut rows = rows(LEADS_MAX);
    rows[25_000] = "nobody,nobody,hello".to_owned();
    let reason = "Invalid phone number: phone_number must be in E.164 format";
    // As a spreadsheet numbers them: the first row has the names of the columns.
    let expected = json!({
        "statusCode": 400,
        "message": format!("{reason} (rows 25002)"),
        "error": "Bad Request",
        "errors": [{"reason": reason, "count": 1, "rows": [25_002]}],
    });
    assert_refused(&rows, &expected);
}

#[test]
fn one_row_more_than_fifty_thousand_refuses_all() {
    let expected = json!({
        "statusCode": 400,
        "message": "The uploaded file must have at most 50000 rows",
        "error": "Bad Request",
    });
    assert_refused(&rows(LEADS_MAX + 1), &expected);
}
