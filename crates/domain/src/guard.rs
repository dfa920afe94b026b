//! When an edit may apply, tested in the same serial order as claims.

use crate::fault::Rejection;
use crate::lead::Lead;
use crate::status::DialStatus;
use crate::time::Timestamp;

/// The conditions of an edit. The default applies always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    pub attempt: AttemptGuard,
    pub on_active_call: OnActiveCall,
    /// Apply only at this version.
    pub version: Option<u64>,
}

/// Whether a lead that was called may be edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttemptGuard {
    #[default]
    Any,
    /// Only while `new` or `queued` and no attempt was ever started.
    BeforeFirst,
}

/// What happens to an edit while a call is active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnActiveCall {
    #[default]
    Apply,
    Reject,
    /// Kept, and applied the instant the call ends, in order.
    Defer,
}

/// What a guard says of a lead that it does not refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Apply,
    Defer,
}

impl Guard {
    /// Tests the lead as it is at `now`.
    pub fn check(&self, lead: &Lead, now: Timestamp) -> Result<Verdict, Rejection> {
        if let Some(version) = self.version
            && version != lead.version
        {
            return Err(Rejection::VersionMismatch {
                current: lead.version,
            });
        }
        let is_untouched =
            lead.attempts == 0 && matches!(lead.dial_status, DialStatus::New | DialStatus::Queued);
        if self.attempt == AttemptGuard::BeforeFirst && !is_untouched {
            return Err(Rejection::Locked);
        }
        // An expired claim that the sweep has not ended yet still holds back deferred edits, so that
        // a later one cannot overtake those that wait.
        let waits = self.on_active_call == OnActiveCall::Defer && lead.claim.is_some();
        if !lead.is_call_active(now) && !waits {
            return Ok(Verdict::Apply);
        }
        match self.on_active_call {
            OnActiveCall::Apply => Ok(Verdict::Apply),
            OnActiveCall::Reject => Err(Rejection::CallActive),
            OnActiveCall::Defer => Ok(Verdict::Defer),
        }
    }
}
