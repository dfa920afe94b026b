//! The two axes of a lead's state, which never mix: where it stands in being called
//! ([`DialStatus`]), and where it stands in the sale ([`StageKind`], of a named stage).

/// Where a lead stands in being called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DialStatus {
    /// Never called, waiting for its first attempt.
    New,
    /// Reserved by a dialer; the phone does not ring yet.
    Queued,
    /// A dialer has it on the line.
    OnCall,
    /// An attempt ended without a result; another will follow.
    Retry,
    /// The last attempt reached a voicemail; another will follow.
    Voicemail,
    /// The person hung up in the queue; another attempt will follow.
    Abandoned,
    Success,
    NotSuccessful,
    /// Done, with no word on success.
    Completed,
    /// Attempts used up.
    Unreachable,
    /// The campaign may not call this country.
    WrongCountry,
    Failed,
    /// On a do-not-call list. No dialect can set or leave it.
    Suppressed,
}

impl DialStatus {
    pub const ALL: [Self; 13] = [
        Self::New,
        Self::Queued,
        Self::OnCall,
        Self::Retry,
        Self::Voicemail,
        Self::Abandoned,
        Self::Success,
        Self::NotSuccessful,
        Self::Completed,
        Self::Unreachable,
        Self::WrongCountry,
        Self::Failed,
        Self::Suppressed,
    ];

    /// The stable name, in SQL, events and our own API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Queued => "queued",
            Self::OnCall => "on_call",
            Self::Retry => "retry",
            Self::Voicemail => "voicemail",
            Self::Abandoned => "abandoned",
            Self::Success => "success",
            Self::NotSuccessful => "not_successful",
            Self::Completed => "completed",
            Self::Unreachable => "unreachable",
            Self::WrongCountry => "wrong_country",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether a dialer may claim a lead that stands here (if it is due and nothing else forbids it).
    pub const fn is_claimable(self) -> bool {
        matches!(
            self,
            Self::New | Self::Retry | Self::Voicemail | Self::Abandoned
        )
    }

    /// Whether a call may end with this status.
    pub const fn is_outcome(self) -> bool {
        !matches!(
            self,
            Self::New | Self::Queued | Self::OnCall | Self::Suppressed
        )
    }

    /// Whether a person may set it by hand: every status but those that a live call or the
    /// suppression list owns.
    pub const fn is_settable(self) -> bool {
        !matches!(self, Self::Queued | Self::OnCall | Self::Suppressed)
    }
}

/// What a stage means, whatever a campaign calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StageKind {
    New,
    Contacted,
    Qualified,
    Converted,
    Lost,
}

impl StageKind {
    pub const ALL: [Self; 5] = [
        Self::New,
        Self::Contacted,
        Self::Qualified,
        Self::Converted,
        Self::Lost,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Contacted => "contacted",
            Self::Qualified => "qualified",
            Self::Converted => "converted",
            Self::Lost => "lost",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a disposition may go with a move here: the sale is decided, or nearly so.
    pub const fn takes_disposition(self) -> bool {
        matches!(self, Self::Qualified | Self::Converted | Self::Lost)
    }
}
