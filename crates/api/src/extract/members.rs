//! The members of a JSON object, taken one by one; what does not fit is collected as faults.

use domain::edit::Change;
use domain::fault::{At, Fault, JsonType, Reason};
use domain::limits::FAULTS_MAX;
use domain::object::Object;
use serde_json::{Map, Value};

/// What `null` means to a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Null {
    /// The same as not sending the member.
    Absent,
    /// Removes the value.
    Clears,
    /// A value of the wrong type.
    Fault,
}

/// The members not yet taken, and the faults found so far.
#[derive(Debug)]
pub(crate) struct Members {
    members: Map<String, Value>,
    faults: Vec<Fault>,
}

impl Members {
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        Self {
            members,
            faults: Vec::new(),
        }
    }

    /// Takes a member as it is, `null` included.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        // The order of the members that stay must not change: some are reported, some are stored.
        self.members.shift_remove(name)
    }

    pub(crate) fn fault(&mut self, member: impl Into<String>, reason: Reason) {
        self.faults.push(Fault::member(member, reason));
    }

    /// A member by `read`; a value it does not take is a fault of type `expected`.
    pub(crate) fn change<T>(
        &mut self,
        name: &str,
        null: Null,
        expected: JsonType,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Change<T> {
        match (self.take(name), null) {
            (None, _) | (Some(Value::Null), Null::Absent) => Change::Leave,
            (Some(Value::Null), Null::Clears) => Change::Clear,
            (Some(value), _) => read(value).map_or_else(
                || {
                    self.fault(name, Reason::WrongType(expected));
                    Change::Leave
                },
                Change::Set,
            ),
        }
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &str, null: Null) -> Change<String> {
        self.change(name, null, JsonType::Text, |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// An object.
    pub(crate) fn object(&mut self, name: &str, null: Null) -> Change<Object> {
        self.change(name, null, JsonType::Object, |value| match value {
            Value::Object(members) => Some(Object::new(members)),
            _ => None,
        })
    }

    /// An array.
    pub(crate) fn array(&mut self, name: &str, null: Null) -> Change<Vec<Value>> {
        self.change(name, null, JsonType::Array, |value| match value {
            Value::Array(items) => Some(items),
            _ => None,
        })
    }

    /// A boolean.
    pub(crate) fn boolean(&mut self, name: &str, null: Null) -> Change<bool> {
        self.change(name, null, JsonType::Boolean, |value| value.as_bool())
    }

    /// A non-negative integer below 2^64.
    pub(crate) fn integer(&mut self, name: &str, null: Null) -> Change<u64> {
        self.change(name, null, JsonType::Integer, |value| value.as_u64())
    }

    /// The members not taken.
    pub(crate) fn take_rest(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.members)
    }

    /// Takes over the faults of the object that was the member `name`.
    pub(crate) fn adopt(&mut self, name: &str, inner: Self) {
        for Fault { at, reason } in inner.faults {
            let at = match at {
                At::Member(member) => At::Member(format!("{name}.{member}")),
                At::Field(field) => At::Field(field),
            };
            self.faults.push(Fault { at, reason });
        }
    }

    /// Makes a fault of every member not taken.
    pub(crate) fn refuse_rest(&mut self) {
        for name in self.take_rest().into_iter().map(|(name, _)| name) {
            self.fault(name, Reason::UnknownMember);
        }
    }

    /// Whether this member was found faulty.
    pub(crate) fn has_fault(&self, name: &str) -> bool {
        self.faults
            .iter()
            .any(|fault| matches!(&fault.at, At::Member(member) if member == name))
    }

    /// Whether anything was found faulty so far.
    pub(crate) fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// What was found faulty. A caller who sends thousands of wrong members is told of the first.
    pub(crate) fn into_faults(mut self) -> Vec<Fault> {
        self.faults.truncate(FAULTS_MAX);
        self.faults
    }
}
