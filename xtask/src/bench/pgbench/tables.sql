-- What a person would write who keeps leads in PostgreSQL by hand: as wide as a lead of the other side's, without its
-- indexes, rules, keys or history chain.
CREATE SCHEMA pgbench;
CREATE TABLE pgbench.leads (
    workspace_id bigint NOT NULL,
    id           bigint NOT NULL,
    version      bigint NOT NULL,
    phone        text NOT NULL,
    status       text NOT NULL,
    variables    jsonb NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 70);
CREATE TABLE pgbench.events (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id bigint NOT NULL,
    lead_id      bigint NOT NULL,
    version      bigint NOT NULL,
    at           timestamptz NOT NULL,
    changes      jsonb NOT NULL
);
CREATE TABLE pgbench.outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id bigint NOT NULL,
    lead_id      bigint NOT NULL,
    payload      jsonb NOT NULL,
    due_at       timestamptz NOT NULL
);
INSERT INTO pgbench.leads
SELECT 1, n, 1, '+1555' || lpad(n::text, 7, '0'), 'created', jsonb_build_object(
    'score', '0', 'city', 'Lisbon', 'plan', 'basic',
    'email', 'lead' || n || '@example.com',
    'company', 'Example Trading Company Limited, Second Branch',
    'street', '1 Long Example Street, third floor, ring twice',
    'interest', 'Asked for a quote for twelve seats and a callback after lunch',
    'source', 'Partner web form, spring campaign, landing page two, variant blue'), now()
FROM generate_series(1, {leads}) AS n;
ANALYZE pgbench.leads;
