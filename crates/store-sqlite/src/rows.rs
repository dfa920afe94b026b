//! Rows: the columns of each table, to and from the domain's values.
//!
//! Values are destructured whole on the way in and built whole on the way out, so that a new field fails to
//! compile here. A row that does not convert was not written by us: [`StoreError::Corrupt`] says where.
//!
//! [`StoreError::Corrupt`]: store::StoreError::Corrupt

pub(crate) mod bulk;
pub(crate) mod call;
pub(crate) mod campaign;
pub(crate) mod config;
pub(crate) mod delivery;
pub(crate) mod event;
pub(crate) mod lead;
pub(crate) mod note;
pub(crate) mod subscription;
pub(crate) mod work;

use domain::Timestamp;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde_json::Value;

use crate::errors::Failure;

/// Reads a row's cells from left to right, in the order of its table's column list. The first one is what
/// names the row when something is wrong.
pub(crate) struct Cells<'r> {
    row: &'r Row<'r>,
    table: &'static str,
    next: usize,
}

type Read<T> = Result<T, Failure>;

impl<'r> Cells<'r> {
    pub(crate) fn new(row: &'r Row<'r>, table: &'static str) -> Self {
        Self {
            row,
            table,
            next: 0,
        }
    }

    /// Goes on behind columns that were read already.
    pub(crate) fn behind(row: &'r Row<'r>, table: &'static str, columns: usize) -> Self {
        Self {
            row,
            table,
            next: columns,
        }
    }

    /// Passes over columns that nobody asks for.
    pub(crate) const fn skip(&mut self, columns: usize) {
        self.next += columns;
    }

    fn take(&mut self, column: &'static str) -> Read<ValueRef<'r>> {
        let at = self.next;
        self.next += 1;
        debug_assert_eq!(self.row.as_ref().column_name(at), Ok(column));
        Ok(self.row.get_ref(at)?)
    }

    pub(crate) fn corrupt(&self, column: &'static str) -> Failure {
        let id = match self.row.get_ref(0) {
            Ok(ValueRef::Integer(id)) => id.to_string(),
            Ok(ValueRef::Text(id)) => String::from_utf8_lossy(id).into_owned(),
            _ => "unknown".to_owned(),
        };
        Failure::corrupt(self.table, column, id)
    }

    pub(crate) fn integer(&mut self, column: &'static str) -> Read<i64> {
        match self.take(column)? {
            ValueRef::Integer(number) => Ok(number),
            _ => Err(self.corrupt(column)),
        }
    }

    pub(crate) fn optional_integer(&mut self, column: &'static str) -> Read<Option<i64>> {
        match self.take(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => Ok(Some(number)),
            _ => Err(self.corrupt(column)),
        }
    }

    pub(crate) fn text(&mut self, column: &'static str) -> Read<&'r str> {
        self.optional_text(column)?
            .ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn optional_text(&mut self, column: &'static str) -> Read<Option<&'r str>> {
        match self.take(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(self.corrupt(column)),
            },
            _ => Err(self.corrupt(column)),
        }
    }

    pub(crate) fn string(&mut self, column: &'static str) -> Read<String> {
        self.text(column).map(str::to_owned)
    }

    pub(crate) fn optional_string(&mut self, column: &'static str) -> Read<Option<String>> {
        Ok(self.optional_text(column)?.map(str::to_owned))
    }

    pub(crate) fn boolean(&mut self, column: &'static str) -> Read<bool> {
        match self.integer(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.corrupt(column)),
        }
    }

    pub(crate) fn number(&mut self, column: &'static str) -> Read<u64> {
        let number = self.integer(column)?;
        u64::try_from(number).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn optional_number(&mut self, column: &'static str) -> Read<Option<u64>> {
        let Some(number) = self.optional_integer(column)? else {
            return Ok(None);
        };
        let number = u64::try_from(number);
        number.map(Some).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn small(&mut self, column: &'static str) -> Read<u32> {
        let number = self.integer(column)?;
        u32::try_from(number).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn optional_small(&mut self, column: &'static str) -> Read<Option<u32>> {
        let Some(number) = self.optional_integer(column)? else {
            return Ok(None);
        };
        let small = u32::try_from(number);
        small.map(Some).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn id<T>(&mut self, column: &'static str, new: fn(u64) -> Option<T>) -> Read<T> {
        let number = self.number(column)?;
        new(number).ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn optional_id<T>(
        &mut self,
        column: &'static str,
        new: fn(u64) -> Option<T>,
    ) -> Read<Option<T>> {
        let Some(number) = self.optional_integer(column)? else {
            return Ok(None);
        };
        let id = u64::try_from(number).ok().and_then(new);
        id.map(Some).ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn time(&mut self, column: &'static str) -> Read<Timestamp> {
        let millis = self.integer(column)?;
        Timestamp::from_millis(millis).ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn optional_time(&mut self, column: &'static str) -> Read<Option<Timestamp>> {
        let Some(millis) = self.optional_integer(column)? else {
            return Ok(None);
        };
        let time = Timestamp::from_millis(millis);
        time.map(Some).ok_or_else(|| self.corrupt(column))
    }

    /// A text that `read` understands.
    pub(crate) fn parsed<T>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&'r str) -> Option<T>,
    ) -> Read<T> {
        let text = self.text(column)?;
        read(text).ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn optional_parsed<T>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&'r str) -> Option<T>,
    ) -> Read<Option<T>> {
        match self.optional_text(column)? {
            None => Ok(None),
            Some(text) => read(text).map(Some).ok_or_else(|| self.corrupt(column)),
        }
    }

    /// JSON text that `read` understands.
    pub(crate) fn json<T>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Read<T> {
        self.parsed(column, |text| read(&serde_json::from_str(text).ok()?))
    }

    pub(crate) fn optional_json<T>(
        &mut self,
        column: &'static str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Read<Option<T>> {
        self.optional_parsed(column, |text| read(&serde_json::from_str(text).ok()?))
    }
}

/// How an id, a version or a count is bound. All are far below 2^63.
pub(crate) const fn signed(number: u64) -> i64 {
    number.cast_signed()
}
