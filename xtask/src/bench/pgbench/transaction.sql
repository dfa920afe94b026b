\set id random(1, :leads)
\set n random(1, 1000000000)
BEGIN;
UPDATE pgbench.leads SET variables = variables || jsonb_build_object('score', (:n % 100)::text, 'city', 'Porto', 'plan', 'gold-' || :n), status = 'completed', version = version + 1, updated_at = now() WHERE workspace_id = 1 AND id = :id RETURNING id, version, phone, status, variables, updated_at;
INSERT INTO pgbench.events (workspace_id, lead_id, version, at, changes) VALUES (1, :id, 1, now(), jsonb_build_object('plan', 'gold-' || :n, 'city', 'Porto', 'score', (:n % 100)::text));
INSERT INTO pgbench.outbox (workspace_id, lead_id, payload, due_at) VALUES (1, :id, jsonb_build_object('plan', 'gold-' || :n, 'city', 'Porto'), now());
COMMIT;
