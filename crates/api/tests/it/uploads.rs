//! Files that no transcript can hold: workbooks, bytes that are no text, files that are made to do harm. And answers that
//! their caller has already.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::book::Book;
use crate::http::{self, Answer};

const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Hidden" sheetId="2" state="hidden" r:id="rId2"/><sheet name="Leads" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const PACKAGE: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const RELATIONSHIPS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>"#;

/// A form with one file, between boundaries `x`.
pub(crate) fn form(name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n--x--\r\n"].concat()
}

async fn post(book: &Book, body: &[u8]) -> (u16, Value) {
    let campaign = book.value("dialnexa_campaign").expect("a campaign");
    let key = book.value("dialnexa_key").expect("a key");
    let head = format!(
        "POST /v1/campaigns-leads/upload-file/{campaign} HTTP/1.1\r\nAuthorization: Bearer {key}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {}\r\n",
        body.len()
    );
    let answer = http::send(book.address, &head, body).await;
    let body = serde_json::from_slice(&answer.body).expect("answers are JSON");
    (answer.status, body)
}

async fn get(book: &Book, path: &str, headers: &str) -> Answer {
    let key = book.value("dialnexa_key").expect("a key");
    let head = format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer {key}\r\n{headers}");
    http::send(book.address, &head, b"").await
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let begun = archive.start_file(*name, SimpleFileOptions::default());
        begun.expect("a part begins");
        archive.write_all(content).expect("a part is written");
    }
    archive.finish().expect("an archive ends").into_inner()
}

/// A workbook with these rows in its sheet.
fn workbook(rows: &str) -> Vec<u8> {
    let sheet = format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    );
    zipped(&[
        ("_rels/.rels", PACKAGE.as_bytes()),
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", RELATIONSHIPS.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/worksheets/sheet2.xml", b"<worksheet/>"),
    ])
}

fn text(place: &str, text: &str) -> String {
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

fn number(place: &str, number: &str) -> String {
    format!(r#"<c r="{place}"><v>{number}</v></c>"#)
}

fn header() -> String {
    let cells = [text("A1", "Phone_Number "), text("C1", "amount")];
    format!(r#"<row r="1">{}</row>"#, cells.concat())
}

/// The demo's workspace is in the US, so that a number which lost its `+` is read there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workbooks_numbers_are_read_as_their_digits() {
    let book = Book::open().await;
    let rows = [
        header(),
        format!(
            r#"<row r="2">{}{}</row>"#,
            text("A2", "+919876543220"),
            number("C2", "250000")
        ),
        format!(
            r#"<row r="3">{}{}</row>"#,
            number("A3", "1.2025550123E10"),
            number("C3", "0.5")
        ),
        format!(r#"<row r="5">{}</row>"#, text("C5", "no number")),
    ];
    let (status, body) = post(&book, &form("leads.xlsx", &workbook(&rows.concat()))).await;
    let message =
        "2 leads queued successfully. 1 row skipped due to missing phone_number.".to_owned();
    assert_eq!((status, &body["message"]), (201, &Value::String(message)));
    let campaign = book.value("dialnexa_campaign").expect("a campaign");
    let path = format!("/v1/campaigns-leads?campaign_id={campaign}&page=2&limit=2");
    let listed: Value =
        serde_json::from_slice(&get(&book, &path, "").await.body).expect("answers are JSON");
    let shown = |index: usize| {
        let lead = &listed["data"][index];
        (lead["phone_number"].clone(), lead["metadata"].clone())
    };
    assert_eq!(
        shown(0),
        (json!("+919876543220"), json!({"amount": "250000"}))
    );
    assert_eq!(shown(1), (json!("+12025550123"), json!({"amount": "0.5"})));
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workbooks_faulty_rows_are_named_as_it_numbers_them() {
    let book = Book::open().await;
    let rows = [
        header(),
        format!(r#"<row r="4">{}</row>"#, number("A4", "919876543220")),
        format!(r#"<row r="9">{}</row>"#, text("A9", "nobody")),
    ];
    let (status, body) = post(&book, &form("leads.xlsx", &workbook(&rows.concat()))).await;
    assert_eq!(status, 400, "{body}");
    assert_eq!(body["errors"][0]["rows"], json!([4, 9]), "{body}");
    book.close().await;
}

/// Workbooks made to do harm, and what is said of them.
fn harmful_workbooks() -> [(&'static str, Vec<u8>, &'static str); 6] {
    const UNPACKED: usize = 101 * 1024 * 1024;
    let far = format!(
        r#"<row r="1">{}{}</row><row r="1048576">{}</row>"#,
        text("A1", "phone_number"),
        text("B1", "a"),
        text("XFD1048576", "far")
    );
    let backwards = format!(
        r#"{}<row r="9">{}</row><row r="2">{}</row>"#,
        header(),
        text("A9", "+919876543220"),
        text("A2", "+919876543221")
    );
    let bomb = zipped(&[("xl/workbook.xml", &vec![b' '; UNPACKED])]);
    let claims = r#"<sst count="1" uniqueCount = "99999999999"><si><t>a</t></si></sst>"#;
    let claims = zipped(&[
        ("_rels/.rels", PACKAGE.as_bytes()),
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/sharedStrings.xml", claims.as_bytes()),
    ]);
    let cut = &workbook(&header())[..200];
    [
        (
            "leads.xlsx",
            claims,
            "The uploaded file is too large when it is unpacked",
        ),
        (
            "leads.xlsx",
            bomb,
            "The uploaded file is too large when it is unpacked",
        ),
        (
            "leads.xlsx",
            workbook(&far),
            "The uploaded file has too many columns",
        ),
        (
            "leads.xlsx",
            workbook(&backwards),
            "The uploaded file cannot be read",
        ),
        (
            "leads.xlsx",
            cut.to_vec(),
            "The uploaded file cannot be read",
        ),
        (
            "leads.xlsx",
            zipped(&[("a.txt", b"no workbook")]),
            "The uploaded file cannot be read",
        ),
    ]
}

/// Files that are neither workbooks nor text.
fn foreign_files() -> [(&'static str, Vec<u8>, &'static str); 3] {
    [
        (
            "leads.xls",
            vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1],
            "This server does not read .xls files, nor those with a password: save the file as .xlsx or .csv",
        ),
        (
            "leads.csv",
            b"phone_number,name\n+919876543220,Jos\xE9".to_vec(),
            "The uploaded file must be text in UTF-8, or an Excel workbook (.xlsx)",
        ),
        (
            "leads.csv",
            b"phone_number,name\n+919876543220,\0".to_vec(),
            "The uploaded file must be text in UTF-8, or an Excel workbook (.xlsx)",
        ),
    ]
}

/// Each is refused with a text, quickly, and without taking the memory that it asks for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_made_to_do_harm_are_refused() {
    let book = Book::open().await;
    for (name, content, text) in harmful_workbooks().into_iter().chain(foreign_files()) {
        let (status, body) = post(&book, &form(name, &content)).await;
        assert_eq!((status, &body["message"]), (400, &json!(text)));
    }
    let two = [form("a.csv", b"phone_number"), form("b.csv", b"")];
    let two = [&two[0][..two[0].len() - 7], b"\r\n", &two[1]].concat();
    let (status, body) = post(&book, &two).await;
    assert_eq!(
        (status, &body["message"]),
        (400, &json!("the body has two files"))
    );
    let large = vec![b'a'; 10 * 1024 * 1024 + 1];
    let (status, body) = post(&book, &form("leads.csv", &large)).await;
    assert_eq!((status, &body["statusCode"]), (413, &json!(413)));
    let found = get(
        &book,
        &format!(
            "/v1/campaigns/{}/status",
            book.value("dialnexa_campaign").expect("a campaign")
        ),
        "",
    )
    .await;
    let found: Value = serde_json::from_slice(&found.body).expect("answers are JSON");
    assert_eq!(found["total_leads"], 2, "nothing was stored");
    book.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_the_answer_is_not_sent_it_again() {
    let book = Book::open().await;
    let first = get(&book, "/v1/call-logs", "").await;
    let tag = first.header("etag").expect("a tag").to_owned();
    for named in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".to_owned(),
    ] {
        let again = get(
            &book,
            "/v1/call-logs",
            &format!("If-None-Match: {named}\r\n"),
        )
        .await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{named}");
        assert_eq!(again.header("etag"), Some(tag.as_str()));
        assert!(again.header("x-ratelimit-limit").is_some());
    }
    let other = get(&book, "/v1/call-logs", "If-None-Match: \"other\"\r\n").await;
    assert_eq!((other.status, other.body), (200, first.body));
    book.close().await;
}
