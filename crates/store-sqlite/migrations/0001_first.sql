-- The first schema. Released migrations are never edited; a change is a new file.
--
-- Times are milliseconds since 1970, ids are positive integers below 2^53, and JSON is text, because SQLite's
-- binary form would lose the order of members and the spelling of numbers. Nothing references anything:
-- the rules live in the domain, and no call deletes what another row names.

CREATE TABLE id_blocks (
    kind    TEXT PRIMARY KEY,
    next_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A row while `leadbook copy` fills this book; it refuses to open then.
CREATE TABLE copy_mark (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    -- The first number for an event that no copied lead has reserved.
    next_event_id INTEGER NOT NULL
) STRICT;

CREATE TABLE workspaces (
    id             INTEGER PRIMARY KEY,
    name           TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    default_region TEXT,
    stages         TEXT NOT NULL,
    blocks_repeats INTEGER NOT NULL,
    -- Counts what changed who hears of the workspace's events, so that a batch need not read the subscriptions to know
    -- that its copy of them still holds.
    subscriptions_version INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE campaigns (
    id             INTEGER PRIMARY KEY,
    workspace_id   INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    name           TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    state          TEXT NOT NULL,
    default_region TEXT,
    time_zone      TEXT,
    stages         TEXT NOT NULL,
    -- NULL: every move until converted.
    transitions    TEXT,
    dispositions   TEXT NOT NULL,
    agent          TEXT,
    dialing        TEXT NOT NULL,
    settings       TEXT NOT NULL
) STRICT;
CREATE INDEX campaigns_of_workspace ON campaigns (workspace_id) WHERE state <> 'deleted';
CREATE INDEX campaigns_deleted ON campaigns (workspace_id) WHERE state = 'deleted';

CREATE TABLE tags (
    id               INTEGER PRIMARY KEY,
    workspace_id     INTEGER NOT NULL,
    label            TEXT NOT NULL,
    association      TEXT NOT NULL,
    partner_type     TEXT,
    background_color TEXT NOT NULL,
    text_color       TEXT NOT NULL
) STRICT;
CREATE INDEX tags_of_workspace ON tags (workspace_id);

CREATE TABLE users (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    email        TEXT NOT NULL,
    first_name   TEXT,
    last_name    TEXT
) STRICT;
CREATE INDEX users_of_workspace ON users (workspace_id);

CREATE TABLE fields (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    label        TEXT NOT NULL,
    field_type   TEXT NOT NULL,
    association  TEXT NOT NULL,
    options      TEXT NOT NULL,
    partner_type TEXT,
    is_required  INTEGER NOT NULL,
    is_shared    INTEGER NOT NULL
) STRICT;
CREATE INDEX fields_of_workspace ON fields (workspace_id, id);

CREATE TABLE api_keys (
    id             INTEGER PRIMARY KEY,
    hash           BLOB NOT NULL UNIQUE,
    workspace_id   INTEGER NOT NULL,
    label          TEXT NOT NULL,
    hint           TEXT NOT NULL,
    can_read       INTEGER NOT NULL,
    can_write      INTEGER NOT NULL,
    -- NULL: every dialect.
    dialects       TEXT,
    -- NULL: the whole workspace.
    campaigns      TEXT,
    has_bare_lists INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    revoked_at     INTEGER
) STRICT;
CREATE INDEX keys_of_workspace ON api_keys (workspace_id, id);

-- A lead's number is unique in the whole database, so that it is the rowid: one seek finds the row, and no index
-- stands beside it. Every statement still names the workspace.
CREATE TABLE leads (
    id                  INTEGER PRIMARY KEY,
    workspace_id        INTEGER NOT NULL,
    version             INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    -- The newest event; see events.
    last_event_id       INTEGER NOT NULL,
    campaign_id         INTEGER,
    external_id         TEXT,
    phone_e164          TEXT,
    phone_raw           TEXT,
    phone_is_assignable INTEGER,
    first_name          TEXT,
    last_name           TEXT,
    name                TEXT,
    email               TEXT,
    company_name        TEXT,
    time_zone           TEXT,
    variables           TEXT NOT NULL,
    collected           TEXT NOT NULL,
    custom_fields       TEXT NOT NULL,
    notes               TEXT,
    tags                TEXT NOT NULL,
    assigned_users      TEXT NOT NULL,
    dial_status         TEXT NOT NULL,
    stage_name          TEXT NOT NULL,
    stage_kind          TEXT NOT NULL,
    disposition         TEXT,
    attempts            INTEGER NOT NULL,
    next_attempt_at     INTEGER,
    last_call           TEXT,
    call_ids            TEXT NOT NULL,
    claim               TEXT,
    -- Of the claim, for the sweep.
    claim_expires_at    INTEGER,
    -- From when a dialer may claim it, 0 for always; NULL if its state forbids it (domain::Lead::claimable_at).
    claimable_at        INTEGER,
    contacts            TEXT NOT NULL,
    -- The row of a deleted lead stays, and is in no index that leads are found by.
    deleted_at          INTEGER
) STRICT;
-- The columns named below are those of domain::state::Writes::reindexed: an update of any other column leaves
-- every index page alone.
--
-- Two are also orders of lists, so that they hold the leads that have no such value.
CREATE INDEX leads_by_phone ON leads (workspace_id, campaign_id, phone_e164, created_at)
    WHERE deleted_at IS NULL;
CREATE INDEX leads_by_external_id ON leads (workspace_id, campaign_id, external_id, created_at)
    WHERE deleted_at IS NULL;
CREATE INDEX leads_by_email ON leads (workspace_id, email)
    WHERE email IS NOT NULL AND deleted_at IS NULL;
-- A condition that lists the statuses would be rebuilt as a temporary tree, twice, for every update of a status: a
-- quarter of its CPU, measured.
CREATE INDEX leads_to_claim ON leads (workspace_id, campaign_id, claimable_at)
    WHERE claimable_at IS NOT NULL;
CREATE INDEX leads_claimed ON leads (claim_expires_at)
    WHERE claim_expires_at IS NOT NULL;

-- For lists, in the order of creation. Only one names the dial status: each that does costs every update of a status two
-- more pages.
CREATE INDEX leads_by_creation ON leads (workspace_id, created_at)
    WHERE deleted_at IS NULL;
CREATE INDEX leads_of_campaign ON leads (workspace_id, campaign_id, created_at)
    WHERE deleted_at IS NULL;
CREATE INDEX leads_by_stage ON leads (workspace_id, campaign_id, stage_kind, created_at)
    WHERE deleted_at IS NULL;
CREATE INDEX leads_by_dial_status ON leads (workspace_id, campaign_id, dial_status, created_at)
    WHERE deleted_at IS NULL;

-- How many leads stand where, so that the total of a list need not be counted. What is 0 has no row.
CREATE TABLE lead_counts (
    workspace_id INTEGER NOT NULL,
    -- Days since 1970; -1 for all days together.
    created_day  INTEGER NOT NULL,
    -- 0: none.
    campaign_id  INTEGER NOT NULL,
    dial_status  TEXT NOT NULL,
    stage_kind   TEXT NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, created_day, campaign_id, dial_status, stage_kind)
) STRICT, WITHOUT ROWID;

-- Where every few hundred leads begin in the order of creation, so that a page far behind is found without a look at each lead
-- before it. A block goes to where the next one begins. Nothing but creation, deletion and another campaign changes them.
CREATE TABLE lead_blocks (
    workspace_id INTEGER NOT NULL,
    -- 0: all leads of the workspace. Those of no campaign have no blocks of their own.
    campaign_id  INTEGER NOT NULL,
    -- A lead's creation; 0 for the first block.
    begins_at    INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, campaign_id, begins_at)
) STRICT, WITHOUT ROWID;

-- The texts that searches look into (domain::listing::search_texts), by their grams: every three and every five characters in a
-- row, of numbers every four, too, each as a word of eight letters that is the workspace's own, and the number's, a field's or the other texts' (see `grams`). Which leads have them all, and nothing else,
-- so that it stays small; the texts are the leads'. SQLite's own trigrams took tens of milliseconds to find a number among a
-- million: three digits in a row are in every hundredth.
CREATE VIRTUAL TABLE lead_texts USING fts5 (
    grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);

-- The row of each lead in `lead_texts`, numbered in the order of creation, so that searches read whom they find in the order of the
-- list. A number that is behind the one before it was created earlier only where a run begins.
CREATE TABLE lead_text_places (
    place      INTEGER PRIMARY KEY,
    lead_id    INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Where the clock had gone back. Before the first one is a run, too.
CREATE TABLE lead_text_runs (
    begins INTEGER PRIMARY KEY
) STRICT;

-- Leads whose texts are not as `lead_texts` has them: new, changed or deleted ones. Searches ask all of them, and a batch that
-- finds too many takes them up, because one lead at a time would write half a dozen pages.
CREATE TABLE lead_texts_due (
    lead_id INTEGER PRIMARY KEY,
    -- Whether it has no place.
    is_new  INTEGER NOT NULL
) STRICT;

-- The leads that have a tag, a user, a value of a custom field, in the order of their creation. Those of deleted leads are gone.
CREATE TABLE lead_tags (
    workspace_id INTEGER NOT NULL,
    tag_id       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    lead_id      INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, tag_id, created_at, lead_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE lead_users (
    workspace_id INTEGER NOT NULL,
    user_id      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    lead_id      INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id, created_at, lead_id)
) STRICT, WITHOUT ROWID;
-- Texts are among those above. Of several choices each has a row.
CREATE TABLE lead_values (
    workspace_id INTEGER NOT NULL,
    field_id     INTEGER NOT NULL,
    value        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    lead_id      INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, field_id, value, created_at, lead_id)
) STRICT, WITHOUT ROWID;

-- Append-only, and without any index: a lead's row holds its newest event and each event the one before, so that a history is a walk by
-- rowid. An index on (lead, version) would dirty one more page for every update, which is twice the log. The price:
-- page k of a history walks past the pages before it.
--
-- One connection writes at a time, so that the order of ids is the order of commits: the id is the position in the feed.
CREATE TABLE events (
    id                INTEGER PRIMARY KEY,
    workspace_id      INTEGER NOT NULL,
    lead_id           INTEGER NOT NULL,
    previous_event_id INTEGER,
    version           INTEGER NOT NULL,
    kind              TEXT NOT NULL,
    at                INTEGER NOT NULL,
    actor             TEXT NOT NULL,
    dialect           TEXT NOT NULL,
    request_id        TEXT NOT NULL,
    on_behalf_of      TEXT,
    source            TEXT,
    changes           TEXT NOT NULL
) STRICT;

-- Where a workspace has events: a block is 64 numbers in a row, and its row is there if one of them is the workspace's. So
-- a feed is read without the events of others, and only one update in 64 writes here. An index of the events by
-- workspace would dirty a page for every lone update, half as much log again.
CREATE TABLE feed_blocks (
    workspace_id INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, block)
) STRICT, WITHOUT ROWID;

-- Ids that an import brought along, and aliases of campaigns.
CREATE TABLE vendor_ids (
    workspace_id INTEGER NOT NULL,
    dialect      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    id           TEXT NOT NULL,
    number       INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, dialect, kind, id)
) STRICT, WITHOUT ROWID;

-- The call log. A deleted row stays, because its call may be named by its lead; it is found by nothing.
CREATE TABLE calls (
    id               INTEGER PRIMARY KEY,
    workspace_id     INTEGER NOT NULL,
    lead_id          INTEGER NOT NULL,
    lead_created_at  INTEGER NOT NULL,
    campaign_id      INTEGER NOT NULL,
    started_at       INTEGER NOT NULL,
    ended_at         INTEGER,
    outcome          TEXT,
    to_e164          TEXT,
    name             TEXT,
    duration_seconds INTEGER,
    from_number      TEXT,
    summary          TEXT,
    recording_url    TEXT,
    collected        TEXT NOT NULL,
    is_deleted       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX calls_of_workspace ON calls (workspace_id, started_at) WHERE is_deleted = 0;
CREATE INDEX calls_of_lead ON calls (workspace_id, lead_id, started_at) WHERE is_deleted = 0;
CREATE INDEX calls_of_campaign ON calls (workspace_id, campaign_id, started_at) WHERE is_deleted = 0;

-- Documents on leads.
CREATE TABLE notes (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    lead_id      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    document     TEXT NOT NULL,
    attachments  TEXT NOT NULL,
    mentions     TEXT NOT NULL
) STRICT;
CREATE INDEX notes_of_lead ON notes (workspace_id, lead_id, created_at);

-- Many new leads that are accepted together, and what is staged of them.
CREATE TABLE bulks (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    origin       TEXT NOT NULL,
    is_accepted  INTEGER NOT NULL,
    leased_until INTEGER NOT NULL
) STRICT;
CREATE INDEX bulks_by_lease ON bulks (leased_until);

CREATE TABLE bulk_chunks (
    id      INTEGER PRIMARY KEY,
    bulk_id INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    leads   TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunks_of_bulk ON bulk_chunks (bulk_id, number);

-- Accepted updates that have not run. Finished ones are deleted; their result is a delivery.
CREATE TABLE jobs (
    -- The order in which they were accepted.
    position     INTEGER PRIMARY KEY,
    id           INTEGER NOT NULL UNIQUE,
    workspace_id INTEGER NOT NULL,
    lead_id      INTEGER NOT NULL,
    -- Whether it is the lead's first. Kept, so that finding work does not read what waits behind it.
    is_head      INTEGER NOT NULL,
    accepted_at  INTEGER NOT NULL,
    origin       TEXT NOT NULL,
    edit         TEXT NOT NULL,
    guard        TEXT NOT NULL
) STRICT;
CREATE INDEX jobs_of_lead ON jobs (workspace_id, lead_id, position);
CREATE INDEX job_heads ON jobs (position) WHERE is_head = 1;

-- Edits that wait for a call to end. A lead's rows are deleted together.
CREATE TABLE deferred_edits (
    position     INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL,
    lead_id      INTEGER NOT NULL,
    accepted_at  INTEGER NOT NULL,
    origin       TEXT NOT NULL,
    edit         TEXT NOT NULL
) STRICT;
CREATE INDEX deferred_edits_of_lead ON deferred_edits (workspace_id, lead_id, position);

-- Who is told of events.
CREATE TABLE subscriptions (
    id              INTEGER PRIMARY KEY,
    workspace_id    INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    description     TEXT,
    url             TEXT NOT NULL,
    filter          TEXT NOT NULL,
    format          TEXT NOT NULL,
    -- Secrets in it are encrypted, as in the next.
    auth            TEXT NOT NULL,
    secrets         TEXT NOT NULL,
    at_once_max     INTEGER NOT NULL,
    per_second_max  INTEGER,
    -- Since when every attempt has failed.
    failing_since   INTEGER,
    disabled_at     INTEGER,
    disabled_reason TEXT
) STRICT;
CREATE INDEX subscriptions_of_workspace ON subscriptions (workspace_id);
CREATE INDEX subscriptions_failing ON subscriptions (failing_since) WHERE failing_since IS NOT NULL;
CREATE INDEX subscriptions_disabled ON subscriptions (disabled_reason) WHERE disabled_at IS NOT NULL;

-- The outbox: what waits to be told, and nothing else, so that it stays small. Those of one lead to one subscription are a
-- line: told one after the other, in the order of their ids.
CREATE TABLE deliveries (
    -- Never given out twice: a worker that comes late must not finish another's delivery.
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id    INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    -- 0: about no lead.
    lead_id         INTEGER NOT NULL,
    topic           TEXT NOT NULL,
    -- Of an event; what else there is to tell is in `payload`.
    event_id        INTEGER,
    payload         TEXT,
    at              INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    -- Whether it is the first of its line. Kept, so that finding work does not read what waits behind it.
    is_head         INTEGER NOT NULL,
    error           TEXT
) STRICT;
CREATE INDEX deliveries_of_line ON deliveries (workspace_id, subscription_id, lead_id, id);
-- Both are read without the table: the first to find what is due longest, the second where that is the backlog of
-- subscriptions that want nothing now.
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, id, subscription_id) WHERE is_head = 1;
CREATE INDEX deliveries_due_of_subscription ON deliveries (subscription_id, next_attempt_at, id)
    WHERE is_head = 1;

-- What was given up. A row that is replayed goes back with its id.
CREATE TABLE dead_letters (
    id              INTEGER PRIMARY KEY,
    workspace_id    INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    lead_id         INTEGER NOT NULL,
    topic           TEXT NOT NULL,
    event_id        INTEGER,
    payload         TEXT,
    at              INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    dead_at         INTEGER NOT NULL,
    error           TEXT
) STRICT;
CREATE INDEX dead_letters_of_workspace ON dead_letters (workspace_id);
CREATE INDEX dead_letters_of_subscription ON dead_letters (workspace_id, subscription_id);

-- Every request to an endpoint, for a while.
CREATE TABLE delivery_attempts (
    id              INTEGER PRIMARY KEY,
    workspace_id    INTEGER NOT NULL,
    delivery_id     INTEGER NOT NULL,
    subscription_id INTEGER NOT NULL,
    lead_id         INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    duration_ms     INTEGER NOT NULL,
    status          INTEGER,
    error           TEXT,
    answer          TEXT
) STRICT;
CREATE INDEX attempts_of_delivery ON delivery_attempts (workspace_id, delivery_id);
CREATE INDEX attempts_of_subscription ON delivery_attempts (workspace_id, subscription_id);
CREATE INDEX attempts_by_time ON delivery_attempts (at);
