//! An uploaded table, row by row: CSV or XLSX. What a row means is `uploads.rs`'s.
//!
//! Read by a thread of its own, a few rows ahead of whoever asks, so that no file is held as rows. Not read: `.xls`, whose
//! reader takes memory by where a file says its last cell is.

mod delimited;
mod workbook;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::extract::Upload;
use crate::failure::Failure;

/// Rows that are read ahead.
const ROWS_AHEAD: usize = 64;
/// Columns of a table, far above what any row may fill.
const COLUMNS_MAX: usize = 1_000;

pub(super) const UNREADABLE: Failure = Failure::Malformed("The uploaded file cannot be read");
const WRONG_TYPE: Failure =
    Failure::Malformed("File must be a CSV or Excel file (.csv, .xlsx, .xls)");
const OLD_WORKBOOK: Failure = Failure::Malformed(
    "This server does not read .xls files, nor those with a password: save the file as .xlsx or .csv",
);
const TOO_MANY_COLUMNS: Failure = Failure::Malformed("The uploaded file has too many columns");

/// A row that is not blank.
pub(super) struct Row {
    /// As a spreadsheet numbers it, from 1.
    pub(super) number: usize,
    pub(super) cells: Vec<Cell>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Cell {
    #[default]
    Empty,
    Text(String),
    /// What the spreadsheet keeps as a number, in plain digits: a `+` before it is lost.
    Number(String),
}

impl Cell {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// A table that is being read.
pub(super) struct Sheet {
    rows: mpsc::Receiver<Result<Row, Failure>>,
    reader: JoinHandle<()>,
}

impl Sheet {
    /// Begins to read. What the file is, it says itself; its name must only not say something else.
    pub(super) fn read(upload: Upload) -> Result<Self, Failure> {
        const ZIP: &[u8] = b"PK";
        const COMPOUND_FILE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
        if !upload.file_name.as_deref().is_none_or(is_table) {
            return Err(WRONG_TYPE);
        }
        let bytes = upload.bytes;
        if bytes.starts_with(COMPOUND_FILE) {
            return Err(OLD_WORKBOOK);
        }
        let (sender, rows) = mpsc::channel(ROWS_AHEAD);
        let reader = tokio::task::spawn_blocking(move || {
            let mut take = |row| {
                // Nobody wants the rest.
                sender.blocking_send(Ok(row)).map_err(|_| UNREADABLE)
            };
            let read = if bytes.starts_with(ZIP) {
                workbook::rows(bytes, &mut take)
            } else {
                delimited::rows(&bytes, &mut take)
            };
            if let Err(failure) = read {
                let _ = sender.blocking_send(Err(failure));
            }
        });
        Ok(Self { rows, reader })
    }

    /// The next row; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Row>, Failure> {
        if let Some(row) = self.rows.recv().await {
            return row.map(Some);
        }
        // A reader that broke down has not read to the end.
        (&mut self.reader)
            .await
            .map(|()| None)
            .map_err(|_| UNREADABLE)
    }
}

/// Whether a file of this name may be a table.
fn is_table(name: &str) -> bool {
    let Some((_, extension)) = name.rsplit_once('.') else {
        return true;
    };
    let tables = ["csv", "xlsx", "xls"];
    tables
        .iter()
        .any(|table| extension.eq_ignore_ascii_case(table))
}

/// Hands a row on, unless it is blank.
fn take_row(
    number: usize,
    cells: Vec<Cell>,
    take: &mut impl FnMut(Row) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if cells.iter().all(|cell| cell.text().trim().is_empty()) {
        return Ok(());
    }
    take(Row { number, cells })
}
