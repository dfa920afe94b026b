//! Takes a body apart while it is read: one object, of which one member is an array whose elements are handed on.
//!
//! An element is bounded like the body of a request about one thing, in bytes and in depth, so that a body that is one endless
//! element takes no more memory than that.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use domain::fault::{Fault, JsonType, Reason};
use domain::limits::{BODY_BYTES_MAX, BULK_BODY_BYTES_MAX, BULK_PARTS_BYTES_MAX, BULK_PARTS_MAX};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use super::{Part, Parts};
use crate::extract::body::{EMPTY, HAS_NUL, NOT_AN_OBJECT, NOT_JSON, check_value};
use crate::failure::Failure;

/// The object and the array around an element.
const LEVELS_AROUND: usize = 2;

/// How the names begin by which serde_json knows what it reads as a number, or as a text of JSON.
const PRIVATE: &str = "$serde_json::private::";

pub(super) fn elements(
    input: impl Read,
    member: &'static str,
    sender: &Sender<Result<Parts, Failure>>,
) -> Result<(), Failure> {
    let meter = Rc::new(Meter::default());
    let metered = Metered {
        input: BufReader::with_capacity(64 * 1024, input),
        meter: Rc::clone(&meter),
    };
    let mut json = serde_json::Deserializer::from_reader(metered);
    let stopped = RefCell::new(None);
    let outbox = Outbox::new(sender);
    let reading = Reading {
        member,
        outbox: &outbox,
        meter: &meter,
        stopped: &stopped,
    };
    let read = reading
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .and_then(|()| reading.flush());
    let Err(error) = read else {
        return Ok(());
    };
    Err(match stopped.into_inner() {
        Some(failure) => failure,
        None if meter.is_spent.get() => Failure::TooLarge,
        None if error.is_io() => Failure::BodyIncomplete,
        None if meter.has_only_blanks.get() => EMPTY,
        None if error.is_data() => NOT_AN_OBJECT,
        None => NOT_JSON,
    })
}

/// How much may still be read.
struct Meter {
    element_left: Cell<usize>,
    body_left: Cell<usize>,
    is_spent: Cell<bool>,
    has_only_blanks: Cell<bool>,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            element_left: Cell::new(BODY_BYTES_MAX),
            body_left: Cell::new(BULK_BODY_BYTES_MAX),
            is_spent: Cell::new(false),
            has_only_blanks: Cell::new(true),
        }
    }
}

impl Meter {
    /// The next element has all of its bytes left.
    fn begin_element(&self) {
        self.element_left.set(BODY_BYTES_MAX);
    }

    /// How long what was read since then is.
    fn element_bytes(&self) -> usize {
        BODY_BYTES_MAX - self.element_left.get()
    }

    fn take(&self, bytes: &[u8]) -> io::Result<()> {
        let (element, body) = (self.element_left.get(), self.body_left.get());
        if bytes.len() > element || bytes.len() > body {
            self.is_spent.set(true);
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.element_left.set(element - bytes.len());
        self.body_left.set(body - bytes.len());
        if self.has_only_blanks.get() && !bytes.iter().all(u8::is_ascii_whitespace) {
            self.has_only_blanks.set(false);
        }
        Ok(())
    }
}

struct Metered<R> {
    input: BufReader<R>,
    meter: Rc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    /// serde_json asks for a byte at a time, so that what was counted is what was parsed.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.meter.take(&buffer[..count])?;
        Ok(count)
    }
}

/// Parts on their way to be handed on.
struct Outbox<'a> {
    sender: &'a Sender<Result<Parts, Failure>>,
    parts: RefCell<Parts>,
    bytes: Cell<usize>,
}

impl<'a> Outbox<'a> {
    const fn new(sender: &'a Sender<Result<Parts, Failure>>) -> Self {
        Self {
            sender,
            parts: RefCell::new(Parts::new()),
            bytes: Cell::new(0),
        }
    }

    /// Whether there are enough of them now.
    fn push(&self, part: Part, bytes: usize) -> bool {
        self.bytes.set(self.bytes.get() + bytes);
        let mut parts = self.parts.borrow_mut();
        parts.push(part);
        parts.len() >= BULK_PARTS_MAX || self.bytes.get() >= BULK_PARTS_BYTES_MAX
    }

    /// Whether there is still someone who wants them.
    fn flush(&self) -> bool {
        self.bytes.set(0);
        self.sender.blocking_send(Ok(self.parts.take())).is_ok()
    }
}

/// The reading of the object, and of the array in it.
#[derive(Clone, Copy)]
struct Reading<'a> {
    member: &'static str,
    outbox: &'a Outbox<'a>,
    meter: &'a Meter,
    /// Why the reading was stopped, where serde's own error says less.
    stopped: &'a RefCell<Option<Failure>>,
}

impl Reading<'_> {
    fn stop<T, E: Error>(self, failure: Failure) -> Result<T, E> {
        *self.stopped.borrow_mut() = Some(failure);
        Err(E::custom("stopped"))
    }

    fn send<E: Error>(self, part: Part) -> Result<(), E> {
        if self.outbox.push(part, self.meter.element_bytes()) {
            return self.flush();
        }
        Ok(())
    }

    fn flush<E: Error>(self) -> Result<(), E> {
        if self.outbox.flush() {
            return Ok(());
        }
        // Nobody will read what went wrong.
        self.stop(Failure::BodyIncomplete)
    }

    fn send_fault<E: Error>(self, name: String, reason: Reason) -> Result<(), E> {
        self.send(Part::Fault(Fault::member(name, reason)))
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut is_there = false;
        loop {
            self.meter.begin_element();
            let Some(name) = members.next_key::<String>()? else {
                break;
            };
            if name.contains('\0') {
                return self.stop(HAS_NUL);
            }
            if name.starts_with(PRIVATE) {
                return self.stop(NOT_AN_OBJECT);
            }
            if name != self.member {
                members.next_value::<IgnoredAny>()?;
                self.send_fault(name, Reason::UnknownMember)?;
            } else if is_there {
                // The elements of the first were handed on already, so that the last cannot count.
                return self.stop(Failure::Malformed("the body has a member twice"));
            } else {
                is_there = true;
                members.next_value_seed(Array(self))?;
            }
        }
        if is_there {
            return Ok(());
        }
        self.send_fault(self.member.to_owned(), Reason::Required)
    }
}

/// The array.
struct Array<'a>(Reading<'a>);

impl Array<'_> {
    fn refuse<E: Error>(self) -> Result<(), E> {
        let Self(reading) = self;
        let reason = Reason::WrongType(JsonType::Array);
        reading.send_fault(reading.member.to_owned(), reason)
    }
}

impl<'de> DeserializeSeed<'de> for Array<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Array<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Self(reading) = self;
        loop {
            reading.meter.begin_element();
            let Some(element) = elements.next_element::<Value>()? else {
                return Ok(());
            };
            if let Err(failure) = check_value(&element, LEVELS_AROUND) {
                return reading.stop(failure);
            }
            reading.send(Part::Element(element))?;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.refuse()
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        let Self(reading) = self;
        reading.send_fault(reading.member.to_owned(), Reason::Required)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.refuse()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.refuse()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.refuse()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.refuse()
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.refuse()
    }
}

#[cfg(test)]
mod tests;
