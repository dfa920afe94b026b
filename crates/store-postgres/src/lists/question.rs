//! One question of a list: its text, put together, and its values. `$1` is always the workspace.

use domain::WorkspaceId;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::Answer;
use crate::pipeline::{Parameter, Pipeline, Step};
use crate::rows::signed;

/// What a parameter can be.
#[derive(Debug)]
pub(crate) enum Value {
    Integer(i64),
    Integers(Vec<i64>),
    Text(String),
    Texts(Vec<&'static str>),
}

impl Value {
    fn parameter(&self) -> Parameter<'_> {
        match self {
            Self::Integer(value) => value,
            Self::Integers(value) => value,
            Self::Text(value) => value,
            Self::Texts(value) => value,
        }
    }

    const fn type_of(&self) -> Type {
        match self {
            Self::Integer(_) => Type::INT8,
            Self::Integers(_) => Type::INT8_ARRAY,
            Self::Text(_) => Type::TEXT,
            Self::Texts(_) => Type::TEXT_ARRAY,
        }
    }
}

/// The values of a question while its text is put together.
pub(crate) struct Values(Vec<Value>);

impl Values {
    pub(crate) fn of(workspace: WorkspaceId) -> Self {
        Self(vec![Value::Integer(signed(workspace.get()))])
    }

    /// The mark that stands for the value in the text.
    pub(crate) fn mark(&mut self, value: Value) -> String {
        self.0.push(value);
        format!("${}", self.0.len())
    }

    pub(crate) fn integer(&mut self, value: i64) -> String {
        self.mark(Value::Integer(value))
    }

    pub(crate) fn integers(&mut self, ids: impl Iterator<Item = u64>) -> String {
        self.mark(Value::Integers(ids.map(signed).collect()))
    }

    /// The statement with this text.
    pub(crate) fn step(&self, sql: String) -> Step<'_> {
        let parameters: Vec<_> = self.0.iter().map(Value::parameter).collect();
        let types = self.0.iter().map(Value::type_of).collect();
        Step::planned(sql, &parameters, types)
    }

    pub(crate) async fn ask(&self, pipeline: Pipeline<'_>, sql: String) -> Answer<Vec<Row>> {
        pipeline.one(self.step(sql)).await
    }
}

/// What `LIKE` finds a text in the middle of another by.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
