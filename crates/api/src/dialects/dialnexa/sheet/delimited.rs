//! CSV after RFC 4180 in UTF-8, with a comma, a semicolon or a tab between fields, as spreadsheets of different countries
//! write it.

use csv::{ReaderBuilder, StringRecord};

use super::{COLUMNS_MAX, Cell, Row, TOO_MANY_COLUMNS, UNREADABLE, take_row};
use crate::failure::Failure;

const NOT_UTF8: Failure =
    Failure::Malformed("The uploaded file must be text in UTF-8, or an Excel workbook (.xlsx)");
const UNCLOSED: Failure =
    Failure::Malformed("The uploaded file has a quotation mark that is not closed");

/// Hands on every row that is not blank.
pub(super) fn rows(
    bytes: &[u8],
    take: &mut impl FnMut(Row) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| NOT_UTF8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(NOT_UTF8);
    }
    // The reader would take everything behind such a mark for one field.
    if text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        return Err(UNCLOSED);
    }
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let (mut record, mut number) = (StringRecord::new(), 0);
    while reader.read_record(&mut record).map_err(|_| UNREADABLE)? {
        number += 1;
        if record.len() > COLUMNS_MAX {
            return Err(TOO_MANY_COLUMNS);
        }
        let cells = record.iter().map(cell).collect();
        take_row(number, cells, take)?;
    }
    Ok(())
}

fn cell(field: &str) -> Cell {
    if field.is_empty() {
        Cell::Empty
    } else {
        Cell::Text(field.to_owned())
    }
}

/// The one that the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|byte| *byte == delimiter).count();
    // Of equals the last counts: a table of one column has none of them.
    let candidates = [b'\t', b';', b','];
    candidates
        .into_iter()
        .max_by_key(|candidate| count(*candidate))
        .unwrap_or(b',')
}
