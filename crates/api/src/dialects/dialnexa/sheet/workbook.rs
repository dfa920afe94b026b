//! XLSX: the first sheet that is not hidden, cell by cell.
//!
//! A workbook is an archive. It is unpacked once to nowhere before it is read, because its reader trusts it with memory.

use std::io::{self, Cursor, Read, Write};

use axum::body::Bytes;
use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};
use domain::limits::UPLOAD_UNPACKED_BYTES_MAX;
use zip::ZipArchive;

use super::{COLUMNS_MAX, Cell, Row, TOO_MANY_COLUMNS, UNREADABLE, take_row};
use crate::failure::Failure;

/// Parts of a workbook.
const PARTS_MAX: usize = 1_000;
/// Texts of a workbook: the least that one takes is `<si><t/></si>`.
const TEXTS_MAX: u64 = UPLOAD_UNPACKED_BYTES_MAX as u64 / 12;
/// Numbers up to here have all of their digits.
const EXACT_MAX: f64 = 1e15;

const TOO_LARGE: Failure = Failure::Malformed("The uploaded file is too large when it is unpacked");
const NO_SHEET: Failure = Failure::Malformed("The uploaded file has no sheet");

/// Hands on every row that is not blank.
pub(super) fn rows(
    bytes: Bytes,
    take: &mut impl FnMut(Row) -> Result<(), Failure>,
) -> Result<(), Failure> {
    check_size(&bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| UNREADABLE)?;
    let name = first_sheet(&book).ok_or(NO_SHEET)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(|_| UNREADABLE)?;
    let (mut row, mut cells) = (0, Vec::new());
    while let Some(cell) = reader.next_cell().map_err(|_| UNREADABLE)? {
        let (at_row, at_column) = cell.get_position();
        let column = usize::try_from(at_column).map_err(|_| UNREADABLE)?;
        if at_row < row {
            return Err(UNREADABLE);
        }
        if at_row > row {
            take_row(number(row), std::mem::take(&mut cells), take)?;
            row = at_row;
        }
        let value = value(cell.get_value());
        if value == Cell::Empty {
            continue;
        }
        if column >= COLUMNS_MAX {
            return Err(TOO_MANY_COLUMNS);
        }
        if cells.len() <= column {
            cells.resize(column + 1, Cell::Empty);
        }
        cells[column] = value;
    }
    take_row(number(row), cells, take)
}

/// As a spreadsheet shows it.
fn number(row: u32) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX).saturating_add(1)
}

fn check_size(bytes: &Bytes) -> Result<(), Failure> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| UNREADABLE)?;
    if archive.len() > PARTS_MAX {
        return Err(UNREADABLE);
    }
    let mut left = UPLOAD_UNPACKED_BYTES_MAX as u64;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| UNREADABLE)?;
        // What the archive says of its sizes is only said.
        let mut claims = Claims::default();
        let count = io::copy(&mut part.take(left + 1), &mut claims);
        let count = count.map_err(|_| UNREADABLE)?;
        left = left.checked_sub(count).ok_or(TOO_LARGE)?;
        if claims.largest > TEXTS_MAX {
            return Err(TOO_LARGE);
        }
    }
    Ok(())
}

/// Looks for `uniqueCount="…"` in what is written to it: for so many texts the reader makes room before it reads one.
#[derive(Default)]
struct Claims {
    largest: u64,
    /// Of the attribute's name, so many bytes were the last.
    matched: usize,
    /// The value that is being read.
    value: u64,
}

impl Claims {
    const NAME: &[u8] = b"uniqueCount";

    fn see(&mut self, byte: u8) {
        if self.matched < Self::NAME.len() {
            self.matched = if byte == Self::NAME[self.matched] {
                self.matched + 1
            } else {
                usize::from(byte == Self::NAME[0])
            };
            return;
        }
        match byte {
            b'0'..=b'9' => {
                let digit = u64::from(byte - b'0');
                self.value = self.value.saturating_mul(10).saturating_add(digit);
                self.largest = self.largest.max(self.value);
            }
            b'=' | b'"' | b'\'' if self.value == 0 => {}
            byte if byte.is_ascii_whitespace() => {}
            _ => (self.matched, self.value) = (0, 0),
        }
    }
}

impl Write for Claims {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.see(*byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn first_sheet<R>(book: &Xlsx<R>) -> Option<String>
where
    R: Read + io::Seek,
{
    let sheets = book.sheets_metadata().iter();
    let mut sheets = sheets.filter(|sheet| {
        sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible
    });
    sheets.next().map(|sheet| sheet.name.clone())
}

/// A cell as its sheet shows it, but for the number's format.
fn value(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(number.to_string()),
        DataRef::Float(number) => Cell::Number(digits(*number)),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Cell::Text(text.clone())
        }
        DataRef::SharedString(text) => Cell::Text((*text).to_owned()),
        DataRef::Bool(value) => Cell::Text(value.to_string().to_uppercase()),
        DataRef::DateTime(moment) => Cell::Text(date(*moment)),
        DataRef::Error(error) => Cell::Text(error.to_string()),
    }
}

/// A number in plain digits: 9.19876543210E11 is 919876543210.
fn digits(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < EXACT_MAX {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

fn date(moment: ExcelDateTime) -> String {
    if moment.is_duration() {
        return digits(moment.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        return date;
    }
    format!("{date} {hour:02}:{minute:02}:{second:02}")
}
