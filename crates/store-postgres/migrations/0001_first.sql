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
    stages         text NOT NULL,
    blocks_repeats boolean NOT NULL
);

CREATE TABLE api_keys (
    id             bigint PRIMARY KEY,
    hash           bytea NOT NULL UNIQUE,
    workspace_id   bigint NOT NULL,
    label          text NOT NULL,
    hint           text NOT NULL,
    can_read       boolean NOT NULL,
    can_write      boolean NOT NULL,
    -- NULL: every dialect.
    dialects       text,
    -- NULL: the whole workspace.
    campaigns      text,
    has_bare_lists boolean NOT NULL,
    created_at     bigint NOT NULL,
    revoked_at     bigint
);
CREATE INDEX keys_of_workspace ON api_keys (workspace_id, id);

CREATE TABLE campaigns (
    workspace_id   bigint NOT NULL,
    id             bigint NOT NULL,
    version        bigint NOT NULL,
    name           text NOT NULL,
    created_at     bigint NOT NULL,
    updated_at     bigint NOT NULL,
    state          text NOT NULL,
    default_region text,
    time_zone      text,
    stages         text NOT NULL,
    -- NULL: every move until converted.
    transitions    text,
    dispositions   text NOT NULL,
    agent          text,
    dialing        text NOT NULL,
    settings       text NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX campaigns_of_workspace ON campaigns (workspace_id, id) WHERE state <> 'deleted';
CREATE INDEX campaigns_deleted ON campaigns (workspace_id, id) WHERE state = 'deleted';

CREATE TABLE tags (
    workspace_id     bigint NOT NULL,
    id               bigint NOT NULL,
    label            text NOT NULL,
    association      text NOT NULL,
    partner_type     text,
    background_color text NOT NULL,
    text_color       text NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE users (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    created_at   bigint NOT NULL,
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
    partner_type text,
    is_required  boolean NOT NULL,
    is_shared    boolean NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- What an update changes is in no index, and a page has room for the next version of its rows: every update of a lead stays
-- on its page and touches no index (a heap-only tuple). What dialers look for is in dial_queue and claims, what lists look
-- for in lead_places and the tables behind it. The row of a deleted lead stays, and is in no index that leads are found by.
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
    contacts            text NOT NULL,
    deleted_at          bigint,
    campaign_id         bigint,
    external_id         text COLLATE "C",
    phone_e164          text COLLATE "C",
    phone_raw           text,
    phone_is_assignable boolean,
    email               text COLLATE "C",
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 70);
-- Within a campaign: what a number or an id means, what must be unique, and lists in the order of either.
CREATE INDEX leads_by_phone ON leads (workspace_id, campaign_id, phone_e164 NULLS FIRST, created_at, id)
    WHERE deleted_at IS NULL;
CREATE INDEX leads_by_external_id ON leads (workspace_id, campaign_id, external_id NULLS FIRST, created_at, id)
    WHERE deleted_at IS NULL;
CREATE INDEX leads_by_any_phone ON leads (workspace_id, phone_e164)
    WHERE phone_e164 IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX leads_by_email ON leads (workspace_id, email)
    WHERE email IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX leads_by_creation ON leads (workspace_id, created_at, id)
    WHERE deleted_at IS NULL;
CREATE INDEX leads_of_campaign ON leads (workspace_id, campaign_id, created_at, id)
    WHERE deleted_at IS NULL;

-- Where each lead stands that is not deleted, for lists by status and for totals. Narrow and beside the leads: a change of
-- status rewrites this row and its index, and leaves those of the leads alone.
CREATE TABLE lead_places (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    -- 0: in none.
    campaign_id  bigint NOT NULL,
    dial_status  text COLLATE "C" NOT NULL,
    stage_kind   text COLLATE "C" NOT NULL,
    created_at   bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
CREATE INDEX lead_places_in_order
    ON lead_places (workspace_id, campaign_id, dial_status, stage_kind, created_at, id);

-- What searches look into (domain::listing::search_text), of the leads that are not deleted: in the first text what every
-- lead has, in the second its custom fields. Beside the leads, so that only what changes it touches it. Where the extension
-- pg_trgm can be had, there is an index on parts of the texts, too (see migrations.rs).
CREATE TABLE lead_search (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    text         text COLLATE "C" NOT NULL,
    custom_text  text COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE lead_tags (
    workspace_id bigint NOT NULL,
    tag_id       bigint NOT NULL,
    id           bigint NOT NULL,
    PRIMARY KEY (workspace_id, tag_id, id)
);
CREATE INDEX lead_tags_of_lead ON lead_tags (workspace_id, id);

CREATE TABLE lead_users (
    workspace_id bigint NOT NULL,
    user_id      bigint NOT NULL,
    id           bigint NOT NULL,
    PRIMARY KEY (workspace_id, user_id, id)
);
CREATE INDEX lead_users_of_lead ON lead_users (workspace_id, id);

-- Custom fields that are no texts; of several options each.
CREATE TABLE lead_values (
    workspace_id bigint NOT NULL,
    field_id     bigint NOT NULL,
    value        text COLLATE "C" NOT NULL,
    id           bigint NOT NULL,
    PRIMARY KEY (workspace_id, field_id, value, id)
);
CREATE INDEX lead_values_of_lead ON lead_values (workspace_id, id);

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
    source            text,
    changes           text NOT NULL,
    PRIMARY KEY (workspace_id, id)
) PARTITION BY RANGE (id);

-- Where each workspace's change feed ends: how many positions it has given. Who gives more holds the row.
CREATE TABLE feeds (
    workspace_id bigint NOT NULL PRIMARY KEY,
    end_position bigint NOT NULL,
    -- The number of the transaction that moved it last, so that news are found without a look at every feed.
    moved_by     bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX feeds_moved ON feeds (moved_by);

-- Committed events that have no position yet: a row for each run of consecutive ids that one batch wrote. Transactions end in
-- another order than their numbers were taken in, so that a position can only be given to what has been committed:
-- this is a queue, and whoever holds the feed's row moves what it sees to feed_runs. The ids are taken under the
-- locks of the batch's leads: within a lead they are in the order of its versions.
CREATE TABLE event_runs (
    workspace_id   bigint NOT NULL,
    id             bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    first_event_id bigint NOT NULL,
    event_count    bigint NOT NULL,
    recorded_at    bigint NOT NULL,
    PRIMARY KEY (workspace_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

-- The feed: which events have which positions. A run's last event has last_position, the one before it the one before.
-- Append-only.
CREATE TABLE feed_runs (
    workspace_id   bigint NOT NULL,
    last_position  bigint NOT NULL,
    first_event_id bigint NOT NULL,
    event_count    bigint NOT NULL,
    PRIMARY KEY (workspace_id, last_position)
);

-- Ids that an import brought along, and aliases of campaigns.
CREATE TABLE vendor_ids (
    workspace_id bigint NOT NULL,
    dialect      text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    number       bigint NOT NULL,
    PRIMARY KEY (workspace_id, dialect, kind, id)
);

-- The call log. A deleted row stays, because a lead may name it; nothing finds it.
CREATE TABLE calls (
    workspace_id     bigint NOT NULL,
    id               bigint NOT NULL,
    lead_id          bigint NOT NULL,
    lead_created_at  bigint NOT NULL,
    campaign_id      bigint NOT NULL,
    started_at       bigint NOT NULL,
    ended_at         bigint,
    outcome          text,
    to_e164          text COLLATE "C",
    name             text,
    duration_seconds bigint,
    from_number      text,
    summary          text,
    recording_url    text,
    collected        text NOT NULL,
    is_deleted       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 70);
CREATE INDEX calls_by_start ON calls (workspace_id, started_at, id) WHERE NOT is_deleted;
CREATE INDEX calls_of_campaign ON calls (workspace_id, campaign_id, started_at, id) WHERE NOT is_deleted;
CREATE INDEX calls_of_lead ON calls (workspace_id, lead_id, started_at, id) WHERE NOT is_deleted;

-- Documents on leads.
CREATE TABLE notes (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    lead_id      bigint NOT NULL,
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    document     text NOT NULL,
    attachments  text NOT NULL,
    mentions     text NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX notes_of_lead ON notes (workspace_id, lead_id, created_at, id);

-- Many new leads that are accepted together, and what is staged of them.
CREATE TABLE bulks (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    created_at   bigint NOT NULL,
    origin       text NOT NULL,
    is_accepted  boolean NOT NULL,
    -- Until when a process has it to itself.
    leased_until bigint NOT NULL,
    -- Staged so far.
    chunk_count  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 50);
CREATE INDEX bulks_by_lease ON bulks (leased_until);

CREATE TABLE bulk_chunks (
    workspace_id bigint NOT NULL,
    bulk_id      bigint NOT NULL,
    number       bigint NOT NULL,
    leads        text NOT NULL,
    PRIMARY KEY (workspace_id, bulk_id, number)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

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

-- Who is told of events.
CREATE TABLE subscriptions (
    workspace_id    bigint NOT NULL,
    id              bigint NOT NULL,
    version         bigint NOT NULL,
    created_at      bigint NOT NULL,
    description     text,
    url             text NOT NULL,
    filter          text NOT NULL,
    format          text NOT NULL,
    -- Secrets in it are encrypted, as in the next.
    auth            text NOT NULL,
    secrets         text NOT NULL,
    at_once_max     bigint NOT NULL,
    per_second_max  bigint,
    -- Since when every attempt has failed.
    failing_since   bigint,
    disabled_at     bigint,
    disabled_reason text,
    PRIMARY KEY (workspace_id, id)
);

-- Counts what changed who hears of a workspace's events, in the same transaction, so that a batch need not read the
-- subscriptions to know that its copy of them still holds. No row: there never was one. Beside the subscriptions and
-- not in workspaces, because on Citus only what lies on one node is seen changed at one moment.
CREATE TABLE audiences (
    workspace_id bigint NOT NULL PRIMARY KEY,
    version      bigint NOT NULL
) WITH (fillfactor = 50);

-- The outbox: what waits to be told, and nothing else, so that it stays small. Those of one lead to one subscription are a
-- line: told one after the other, in the order of their ids.
CREATE TABLE deliveries (
    workspace_id    bigint NOT NULL,
    -- Never given out twice: a worker that comes late must not finish another's delivery.
    id              bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    subscription_id bigint NOT NULL,
    -- 0: about no lead.
    lead_id         bigint NOT NULL,
    topic           text NOT NULL,
    -- Of an event, with the version that it made of the lead; what else there is to tell is in payload.
    event_id        bigint,
    version         bigint,
    payload         text,
    at              bigint NOT NULL,
    attempts        bigint NOT NULL,
    next_attempt_at bigint NOT NULL,
    -- Whether it is the first of its line. Kept, so that finding work does not read what waits behind it.
    is_head         boolean NOT NULL,
    -- Until when a process has it to itself.
    leased_until    bigint NOT NULL,
    error           text,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX deliveries_of_line ON deliveries (workspace_id, subscription_id, lead_id, id);
-- The first finds what is due longest; the second finds it where that is the backlog of subscriptions that want nothing
-- now.
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, id) WHERE is_head;
CREATE INDEX deliveries_due_of_subscription ON deliveries (subscription_id, next_attempt_at, id)
    WHERE is_head;

-- What was given up. A row that is replayed goes back with its id.
CREATE TABLE dead_letters (
    workspace_id    bigint NOT NULL,
    id              bigint NOT NULL,
    subscription_id bigint NOT NULL,
    lead_id         bigint NOT NULL,
    topic           text NOT NULL,
    event_id        bigint,
    version         bigint,
    payload         text,
    at              bigint NOT NULL,
    attempts        bigint NOT NULL,
    next_attempt_at bigint NOT NULL,
    dead_at         bigint NOT NULL,
    error           text,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX dead_letters_of_subscription ON dead_letters (workspace_id, subscription_id, id);

-- Every request to an endpoint, for a while.
CREATE TABLE delivery_attempts (
    workspace_id    bigint NOT NULL,
    id              bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    delivery_id     bigint NOT NULL,
    subscription_id bigint NOT NULL,
    lead_id         bigint NOT NULL,
    at              bigint NOT NULL,
    number          bigint NOT NULL,
    duration_ms     bigint NOT NULL,
    status          bigint,
    error           text,
    answer          text,
    PRIMARY KEY (workspace_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX attempts_of_delivery ON delivery_attempts (workspace_id, delivery_id, id);
CREATE INDEX attempts_of_subscription ON delivery_attempts (workspace_id, subscription_id, id);
CREATE INDEX attempts_by_time ON delivery_attempts (at);
