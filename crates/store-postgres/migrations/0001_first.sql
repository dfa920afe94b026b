-- The first schema. Released migrations are never edited; a change is a new file, and one under which the version
-- before it still works: servers of both run side by side while it is rolled out.
--
-- Times are milliseconds since 1970, ids are positive integers below 2^53, and JSON is text, because jsonb would lose the
-- order of members and the spelling of numbers. Nothing references anything: the rules live in the domain, and no
-- call deletes what another row names. Names and ids are compared byte by byte (collation C), so that an upgrade of the
-- system's locales cannot damage an index.
--
-- Every table but four belongs to a tenant: workspace_id leads its primary key, and is what Citus distributes it by.
-- The four (id_blocks, copy_mark, workspaces, api_keys) are small, and reference tables there.

CREATE TABLE id_blocks (
    kind    text COLLATE "C" PRIMARY KEY,
    next_id bigint NOT NULL
);

-- A row while `leadbook copy` fills this book; it refuses to open then.
CREATE TABLE copy_mark (
    id            integer PRIMARY KEY CHECK (id = 1),
    -- The first number for an event that no copied lead has reserved.
    next_event_id bigint NOT NULL
);

CREATE TABLE workspaces (
    id             bigint PRIMARY KEY,
    name           text NOT NULL,
    created_at     bigint NOT NULL,
    default_region text,
    stages         text NOT NULL
);

CREATE TABLE api_keys (
    id           bigint PRIMARY KEY,
    hash         bytea NOT NULL UNIQUE,
    workspace_id bigint NOT NULL,
    label        text NOT NULL,
    hint         text NOT NULL,
    can_read     boolean NOT NULL,
    can_write    boolean NOT NULL,
    -- NULL: every dialect.
    dialects     text,
    -- NULL: the whole workspace.
    campaigns    text,
    created_at   bigint NOT NULL,
    revoked_at   bigint
);
CREATE INDEX keys_of_workspace ON api_keys (workspace_id, id);

CREATE TABLE campaigns (
    workspace_id   bigint NOT NULL,
    id             bigint NOT NULL,
    name           text NOT NULL,
    created_at     bigint NOT NULL,
    is_running     boolean NOT NULL,
    default_region text,
    time_zone      text,
    stages         text NOT NULL,
    -- NULL: every move until converted.
    transitions    text,
    dispositions   text NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE callbacks (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    campaign_id  bigint NOT NULL,
    -- Its place in the campaign's list.
    place        bigint NOT NULL,
    url          text NOT NULL,
    auth_kind    text NOT NULL,
    auth_name    text,
    auth_value   text,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX callbacks_of_campaign ON callbacks (workspace_id, campaign_id, place);

CREATE TABLE tags (
    workspace_id     bigint NOT NULL,
    id               bigint NOT NULL,
    label            text NOT NULL,
    association      text NOT NULL,
    background_color text NOT NULL,
    text_color       text NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE users (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    email        text NOT NULL,
    first_name   text,
    last_name    text,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE fields (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    label        text NOT NULL,
    field_type   text NOT NULL,
    association  text NOT NULL,
    options      text NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- What an update changes is in no index, and a page has room for the next version of its rows: every update of a lead stays
-- on its page and touches no index (a heap-only tuple). What dialers look for is in dial_queue and claims.
CREATE TABLE leads (
    workspace_id        bigint NOT NULL,
    id                  bigint NOT NULL,
    created_at          bigint NOT NULL,
    -- The newest event; see events.
    last_event_id       bigint NOT NULL,
    version             bigint NOT NULL,
    updated_at          bigint NOT NULL,
    first_name          text,
    last_name           text,
    name                text,
    company_name        text,
    time_zone           text,
    variables           text NOT NULL,
    collected           text NOT NULL,
    custom_fields       text NOT NULL,
    notes               text,
    tags                text NOT NULL,
    assigned_users      text NOT NULL,
    stage_name          text NOT NULL,
    stage_kind          text NOT NULL,
    disposition         text,
    attempts            bigint NOT NULL,
    last_call           text,
    call_ids            text NOT NULL,
    dial_status         text NOT NULL,
    next_attempt_at     bigint,
    claim               text,
    campaign_id         bigint,
    external_id         text COLLATE "C",
    phone_e164          text COLLATE "C",
    phone_raw           text,
    phone_is_assignable boolean,
    email               text COLLATE "C",
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 70);
CREATE INDEX leads_by_phone ON leads (workspace_id, phone_e164, campaign_id)
    WHERE phone_e164 IS NOT NULL;
CREATE INDEX leads_by_external_id ON leads (workspace_id, external_id, campaign_id, created_at)
    WHERE external_id IS NOT NULL;
CREATE INDEX leads_by_email ON leads (workspace_id, email)
    WHERE email IS NOT NULL;

-- The leads that a dialer may claim, and from when (domain::Lead::claimable_at), 0 for always.
CREATE TABLE dial_queue (
    workspace_id bigint NOT NULL,
    lead_id      bigint NOT NULL,
    campaign_id  bigint NOT NULL,
    claimable_at bigint NOT NULL,
    PRIMARY KEY (workspace_id, lead_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX dial_queue_in_order ON dial_queue (workspace_id, campaign_id, claimable_at, lead_id);

-- The leads that are claimed, for the sweep.
CREATE TABLE claims (
    workspace_id bigint NOT NULL,
    lead_id      bigint NOT NULL,
    call_id      bigint NOT NULL,
    expires_at   bigint NOT NULL,
    PRIMARY KEY (workspace_id, lead_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX claims_by_expiry ON claims (expires_at);

-- Given out in blocks, so that a batch need not ask.
CREATE SEQUENCE event_ids INCREMENT BY 1000;

-- Append-only. A lead's row holds its newest event and each event the one before: an index on (lead, version) would have
-- as many open ends as there are leads, and every insert would read and dirty a page of its own. This one has its open
-- ends at the newest ids. In partitions by id, so that old ones can be moved, compressed or dropped whole.
CREATE TABLE events (
    workspace_id      bigint NOT NULL,
    id                bigint NOT NULL,
    lead_id           bigint NOT NULL,
    previous_event_id bigint,
    version           bigint NOT NULL,
    kind              text NOT NULL,
    at                bigint NOT NULL,
    actor             text NOT NULL,
    dialect           text NOT NULL,
    request_id        text NOT NULL,
    on_behalf_of      text,
    changes           text NOT NULL,
    PRIMARY KEY (workspace_id, id)
) PARTITION BY RANGE (id);

-- Ids that an import brought along, and aliases of campaigns.
CREATE TABLE vendor_ids (
    workspace_id bigint NOT NULL,
    dialect      text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    number       bigint NOT NULL,
    PRIMARY KEY (workspace_id, dialect, kind, id)
);

CREATE TABLE calls (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    lead_id      bigint NOT NULL,
    campaign_id  bigint NOT NULL,
    started_at   bigint NOT NULL,
    ended_at     bigint,
    outcome      text,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 90);

-- Accepted updates that have not run. Finished ones are deleted; their result is a delivery.
CREATE TABLE jobs (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    -- The order in which they were accepted. Right within a lead: its jobs are added under its row's lock. Only a copy of a
    -- book says the number itself, here and below.
    position     bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    lead_id      bigint NOT NULL,
    -- Whether it is the lead's first. Kept, so that finding work does not read what waits behind it.
    is_head      boolean NOT NULL,
    -- Until when a process has it to itself.
    leased_until bigint NOT NULL,
    accepted_at  bigint NOT NULL,
    origin       text NOT NULL,
    edit         text NOT NULL,
    guard        text NOT NULL,
    PRIMARY KEY (workspace_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX jobs_of_lead ON jobs (workspace_id, lead_id, position);
CREATE INDEX job_heads ON jobs (position) WHERE is_head;

-- Edits that wait for a call to end. A lead's rows are deleted together.
CREATE TABLE deferred_edits (
    workspace_id bigint NOT NULL,
    lead_id      bigint NOT NULL,
    position     bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    accepted_at  bigint NOT NULL,
    origin       text NOT NULL,
    edit         text NOT NULL,
    PRIMARY KEY (workspace_id, lead_id, position)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

-- The outbox: results on their way. Delivered ones are deleted, given-up ones kept.
CREATE TABLE deliveries (
    workspace_id    bigint NOT NULL,
    -- Never given out twice: a worker that comes late must not finish another's delivery.
    id              bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    lead_id         bigint NOT NULL,
    callback_id     bigint NOT NULL,
    result          text NOT NULL,
    attempts        bigint NOT NULL,
    next_attempt_at bigint NOT NULL,
    -- Whether it is the first unfinished one of its lead and callback.
    is_head         boolean NOT NULL,
    -- Until when a process has it to itself.
    leased_until    bigint NOT NULL,
    dead_at         bigint,
    error           text,
    PRIMARY KEY (workspace_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX deliveries_waiting ON deliveries (workspace_id, lead_id, callback_id, id)
    WHERE dead_at IS NULL;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE is_head;
