//! Why a command is refused: data, never text. Each dialect puts it in its own words.

use crate::lead::LeadField;
use crate::status::DialStatus;

/// A business no. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// No such lead in the workspace, or none that this key may see.
    LeadNotFound,
    /// The campaign exists in the workspace, but this key may not use it.
    CampaignDenied,
    /// One or more fields cannot take what was given. Never empty.
    Invalid(Vec<Fault>),
    /// The first attempt was started; the lead is locked for this caller for good.
    Locked,
    /// A call is active and the caller asked not to write during one.
    CallActive,
    /// The lead is not at the version the caller named.
    VersionMismatch { current: u64 },
    /// Another lead has this value already, where the caller asked for it to be unique.
    Duplicate(Unique),
    /// The lead cannot be claimed now.
    NotClaimable(Claimability),
    /// The fence token is not that of an active claim: the lease expired or another claim followed.
    FenceMismatch,
    /// A bounded list of waiting work for this lead is full.
    TooManyWaiting,
    /// The lead's campaign is over, and the caller asked for one that is not.
    CampaignOver,
}

/// Why a lead cannot be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimability {
    CampaignNotRunning,
    NotInCampaign,
    AlreadyClaimed,
    WrongStatus(DialStatus),
    NotDue,
    NoPhone,
    /// Not at this hour, where the lead is.
    OutsideCallingHours,
}

/// The values that a creation may ask to be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unique {
    /// Phone number within the campaign.
    Phone,
    /// Phone number within the workspace, among leads that were called.
    CalledPhone,
    /// External id within the campaign.
    ExternalId,
    /// E-mail within the workspace.
    Email,
}

impl Unique {
    pub const ALL: [Self; 4] = [
        Self::Phone,
        Self::CalledPhone,
        Self::ExternalId,
        Self::Email,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::CalledPhone => "called_phone",
            Self::ExternalId => "external_id",
            Self::Email => "email",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unique| unique.name() == name)
    }
}

/// What is wrong with one part of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub at: At,
    pub reason: Reason,
}

/// Where the fault is: a field of the lead (found by a decision; the dialect names it), or a member of
/// the wire (found while decoding, already in the vendor's spelling).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    Field(LeadField),
    Member(String),
}

/// What is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The dialect knows no such member.
    UnknownMember,
    Required,
    WrongType(JsonType),
    /// Not one of the documented values.
    NotAllowed,
    /// A status that only the system sets, or a suppressed lead.
    NotSettable,
    InvalidPhone,
    InvalidEmail,
    UnknownTimeZone,
    InvalidTime,
    /// No campaign, tag, user, field, option or stage of that name or number here.
    UnknownReference(String),
    /// The value does not fit the custom field's definition.
    WrongFieldType(String),
    /// A rule of the campaign forbids this move between stages.
    TransitionForbidden {
        from: String,
        to: String,
    },
    /// The campaign lists its dispositions and this is none of them.
    UnlistedDisposition(String),
    /// A disposition goes only with a move to a stage that decides the sale.
    DispositionWithoutDecision,
    TooLong {
        chars_max: usize,
    },
    TooMany {
        items_max: usize,
    },
    TooLarge {
        bytes_max: usize,
    },
    OutOfRange,
    /// U+0000.
    NulCharacter,
    /// Two members of the request say different things.
    Contradiction(String),
    /// The address may not be called, or HTTP cannot carry it; the text says what to do.
    Refused(String),
}

/// The JSON type that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonType {
    Text,
    Integer,
    Number,
    Boolean,
    Object,
    Array,
}

impl JsonType {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
        }
    }
}

impl Fault {
    pub const fn field(field: LeadField, reason: Reason) -> Self {
        Self {
            at: At::Field(field),
            reason,
        }
    }

    pub fn member(member: impl Into<String>, reason: Reason) -> Self {
        Self {
            at: At::Member(member.into()),
            reason,
        }
    }
}

impl Rejection {
    pub(crate) fn invalid(field: LeadField, reason: Reason) -> Self {
        Self::Invalid(vec![Fault::field(field, reason)])
    }
}
