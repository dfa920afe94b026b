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
pub(crate) mod set;
pub(crate) mod subscription;
pub(crate) mod work;

use domain::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::errors::Failure;

/// Reads a row's cells from left to right, in the order of its table's column list. The first one is what
/// names the row when something is wrong.
pub(crate) struct Cells<'r> {
    row: &'r Row,
    table: &'static str,
    next: usize,
}

type Read<T> = Result<T, Failure>;

impl<'r> Cells<'r> {
    pub(crate) fn new(row: &'r Row, table: &'static str) -> Self {
        Self {
            row,
            table,
            next: 0,
        }
    }

    /// Goes on behind columns that were read already.
    pub(crate) fn behind(row: &'r Row, table: &'static str, columns: usize) -> Self {
        Self {
            row,
            table,
            next: columns,
        }
    }

    fn take<T: FromSql<'r>>(&mut self, column: &'static str) -> Read<T> {
        let at = self.next;
        self.next += 1;
        debug_assert_eq!(self.row.columns()[at].name(), column);
        // NULL where none may be, or another type: not what this version's schema says.
        self.row.try_get(at).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn corrupt(&self, column: &'static str) -> Failure {
        let id = match self.row.try_get::<_, i64>(0) {
            Ok(id) => id.to_string(),
            Err(_) => self.row.try_get(0).unwrap_or_else(|_| "unknown".to_owned()),
        };
        Failure::corrupt(self.table, column, id)
    }

    pub(crate) fn integer(&mut self, column: &'static str) -> Read<i64> {
        self.take(column)
    }

    pub(crate) fn optional_integer(&mut self, column: &'static str) -> Read<Option<i64>> {
        self.take(column)
    }

    pub(crate) fn text(&mut self, column: &'static str) -> Read<&'r str> {
        self.take(column)
    }

    pub(crate) fn optional_text(&mut self, column: &'static str) -> Read<Option<&'r str>> {
        self.take(column)
    }

    pub(crate) fn boolean(&mut self, column: &'static str) -> Read<bool> {
        self.take(column)
    }

    pub(crate) fn optional_boolean(&mut self, column: &'static str) -> Read<Option<bool>> {
        self.take(column)
    }

    pub(crate) fn string(&mut self, column: &'static str) -> Read<String> {
        self.text(column).map(str::to_owned)
    }

    pub(crate) fn optional_string(&mut self, column: &'static str) -> Read<Option<String>> {
        Ok(self.optional_text(column)?.map(str::to_owned))
    }

    pub(crate) fn number(&mut self, column: &'static str) -> Read<u64> {
        let number = self.integer(column)?;
        u64::try_from(number).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn optional_number(&mut self, column: &'static str) -> Read<Option<u64>> {
        let number = self.optional_integer(column)?.map(u64::try_from);
        number.transpose().map_err(|_| self.corrupt(column))
    }

    pub(crate) fn small(&mut self, column: &'static str) -> Read<u32> {
        let number = self.integer(column)?;
        u32::try_from(number).map_err(|_| self.corrupt(column))
    }

    pub(crate) fn optional_small(&mut self, column: &'static str) -> Read<Option<u32>> {
        let number = self.optional_integer(column)?.map(u32::try_from);
        number.transpose().map_err(|_| self.corrupt(column))
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
