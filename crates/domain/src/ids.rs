//! Identifiers: one newtype per kind of thing, each a positive integer below 2^53.
//!
//! The bound keeps every id exact in a JavaScript client. How a vendor writes an id (24 hex digits,
//! `lead_…`, a UUID) is a view of the same number and lives in `api`; nothing here knows a vendor.

use std::fmt;

/// One past the largest id: 2^53, the first integer that a JSON client using doubles may misread.
pub const ID_END: u64 = 1 << 53;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u64);

        impl $name {
            /// `None` unless `0 < number < 2^53`.
            pub const fn new(number: u64) -> Option<Self> {
                if number == 0 || number >= ID_END { None } else { Some(Self(number)) }
            }

            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// The tenant. Leads every key and every store call.
    WorkspaceId
);
id!(
    /// A person to call, as one campaign (or none) sees them.
    LeadId
);
id!(
    /// A list of leads that is called together.
    CampaignId
);
id!(
    /// One attempt to reach a lead.
    CallId
);
id!(
    /// A person of the workspace who can be assigned to leads.
    UserId
);
id!(
    /// A label of the workspace.
    TagId
);
id!(
    /// A custom field definition.
    FieldId
);
id!(
    /// One choice of a select field.
    OptionId
);
id!(
    /// An API key.
    KeyId
);
id!(
    /// A queued update.
    JobId
);
id!(
    /// Many new leads that are accepted together.
    BulkId
);
id!(
    /// A note on a lead.
    NoteId
);
id!(
    /// A URL that is told of a workspace's events.
    SubscriptionId
);

/// The separate number spaces, each handed out in blocks (`store::Store::reserve_ids`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdKind {
    Workspace,
    Lead,
    Campaign,
    Call,
    User,
    Tag,
    Field,
    Option,
    Key,
    Job,
    Subscription,
    Bulk,
    Note,
}

impl IdKind {
    pub const ALL: [Self; 13] = [
        Self::Workspace,
        Self::Lead,
        Self::Campaign,
        Self::Call,
        Self::User,
        Self::Tag,
        Self::Field,
        Self::Option,
        Self::Key,
        Self::Job,
        Self::Subscription,
        Self::Bulk,
        Self::Note,
    ];

    /// The name under which a store keeps this space.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Lead => "lead",
            Self::Campaign => "campaign",
            Self::Call => "call",
            Self::User => "user",
            Self::Tag => "tag",
            Self::Field => "field",
            Self::Option => "option",
            Self::Key => "key",
            Self::Job => "job",
            Self::Subscription => "subscription",
            Self::Bulk => "bulk",
            Self::Note => "note",
        }
    }
}
