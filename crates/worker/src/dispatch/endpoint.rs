//! One subscription's endpoint, as far as this process knows it: what waits for it, what is under way to it, and
//! whether it may be called now.

use std::collections::VecDeque;
use std::sync::Arc;

use domain::subscription::{Cap, Disabled, Subscription};
use domain::{SubscriptionId, Timestamp};

use super::rate::Rate;
use super::{DueDelivery, Parcel, Taking, Turnabout};

/// How it took the last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Not known yet: one request finds out.
    Unknown,
    Fast,
    /// It holds a slot for long.
    Slow,
}

/// Where it is lined up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nowhere: nothing waits, or it has as much under way as it may.
    None,
    /// Among those whose turn comes.
    Ring,
    /// Until a moment.
    Timer,
    /// Until its host has room.
    Host,
    /// Until the slow ones have room.
    Slow,
}

pub(super) struct Endpoint {
    pub(super) host: Arc<str>,
    /// Of the subscription as last read.
    pub(super) version: u64,
    pub(super) cap: Cap,
    pub(super) waiting: VecDeque<(DueDelivery, Arc<Subscription>)>,
    pub(super) under_way: usize,
    pub(super) rate: Rate,
    pub(super) manner: Manner,
    pub(super) place: Place,
    /// It asked to be left alone until then.
    pub(super) paused_until: Option<Timestamp>,
    /// When it last took something: a failing since before is over, whatever an older reading says.
    taken_at: Option<Timestamp>,
    /// Since when every attempt has failed, as far as is known here.
    failing_since: Option<Timestamp>,
    /// It was disabled here, and its owner has not changed the subscription since.
    pub(super) disabled: Option<Disabled>,
    /// A page was read without it.
    pub(super) is_left_out: bool,
}

impl Endpoint {
    pub(super) fn new(subscription: &Subscription, host: Arc<str>) -> Self {
        let failing_since = subscription.health.failing_since;
        Self {
            host,
            version: subscription.version,
            cap: subscription.cap,
            waiting: VecDeque::new(),
            under_way: 0,
            rate: Rate::default(),
            manner: if failing_since.is_some() {
                Manner::Slow
            } else {
                Manner::Unknown
            },
            place: Place::None,
            paused_until: None,
            taken_at: None,
            failing_since,
            disabled: None,
            is_left_out: false,
        }
    }

    /// Whether more may begin, as far as its own cap goes.
    pub(super) fn has_room(&self) -> bool {
        let at_once_max = match self.manner {
            Manner::Unknown => 1,
            Manner::Fast | Manner::Slow => usize::try_from(self.cap.at_once_max).unwrap_or(1),
        };
        self.under_way < at_once_max
    }

    /// From when it may be called; `None` is now.
    pub(super) fn free_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        let paused = self.paused_until.filter(|until| *until > now);
        paused.or_else(|| self.rate.free_at(self.cap.per_second_max, now))
    }

    /// Whether pages are better read without it.
    pub(super) fn is_full(&self, enough: usize) -> bool {
        self.paused_until.is_some() || self.waiting.len() >= enough
    }

    /// Whether there is anything to lose by forgetting it.
    pub(super) fn is_busy(&self) -> bool {
        self.under_way > 0
            || !self.waiting.is_empty()
            || self.paused_until.is_some()
            || self.disabled.is_some()
    }

    /// Learns from an attempt how it is.
    pub(super) fn health(&mut self, taking: Taking, now: Timestamp) -> Option<Turnabout> {
        let is_attempt = taking.took_ms.is_some();
        if is_attempt && taking.is_taken {
            self.taken_at = Some(now);
            return self.failing_since.take().map(|_| Turnabout::IsWell);
        }
        if is_attempt && self.failing_since.is_none() {
            self.failing_since = Some(now);
            return Some(Turnabout::Fails);
        }
        None
    }

    /// Since when it fails, given what was read of it, which may be older than what is known here.
    pub(super) fn failing_since(&self, read: Option<Timestamp>) -> Option<Timestamp> {
        read.filter(|since| self.taken_at.is_none_or(|taken_at| *since > taken_at))
            .or(self.failing_since)
    }

    pub(super) fn begin(&mut self, now: Timestamp) -> Option<Parcel> {
        let (due, subscription) = self.waiting.pop_front()?;
        self.under_way += 1;
        self.rate.begin(self.cap.per_second_max, now);
        Some(Parcel {
            due,
            subscription,
            host: Arc::clone(&self.host),
            is_slow: self.manner == Manner::Slow,
        })
    }
}

/// The ids of who is lined up somewhere.
pub(super) type Line = VecDeque<SubscriptionId>;
