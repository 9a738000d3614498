-- Up Migration
-- Connecting and disconnecting an account are sagas: what each step made is written down before the next one runs, so that a
-- process that starts after a crash can go on, or undo.

-- The key that a connection's workflows in n8n use; it goes with the connection.
ALTER TABLE api_keys ADD COLUMN connection_id text REFERENCES connections ON DELETE CASCADE;
CREATE INDEX api_keys_by_connection ON api_keys (connection_id) WHERE connection_id IS NOT NULL;

-- Key and Idempotency-Key of the request that made the connection: repeated after a crash, it finds what the first one began.
ALTER TABLE connections ADD COLUMN request_key text;
CREATE UNIQUE INDEX connections_by_request ON connections (request_key) WHERE request_key IS NOT NULL;
-- Held by the process that works on the connection; runs out when that process died.
ALTER TABLE connections ADD COLUMN provisioning_until timestamptz;

CREATE TABLE provisioning_steps (
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	connection_id text NOT NULL REFERENCES connections ON DELETE CASCADE,
	step text NOT NULL,
	position integer NOT NULL,
	-- running: begun, outcome unknown until it is looked up.
	state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'running', 'done', 'undone')),
	attempts integer NOT NULL DEFAULT 0,
	-- Ids of what the step made. Never a secret.
	result jsonb NOT NULL DEFAULT '{}',
	last_error text,
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (connection_id, step)
);
ALTER TABLE provisioning_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON provisioning_steps USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

-- Proof of what was removed. Ids and names of resources only; outlives what it reports on, and its tenant.
CREATE TABLE deletion_reports (
	object_id text PRIMARY KEY,
	tenant_id text NOT NULL,
	object text NOT NULL CHECK (object IN ('connection', 'tenant')),
	removed jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE deletion_reports ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON deletion_reports USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

-- What the platform itself keeps in n8n: its credential and the shared workflows. No tenant's data, hence no tenant_id.
CREATE TABLE shared_n8n_resources (
	name text PRIMARY KEY,
	type text NOT NULL CHECK (type IN ('workflow', 'credential')),
	n8n_id text NOT NULL,
	-- Of what was sent: a new version of the template, or another key, is noticed by it.
	content_hash text NOT NULL,
	-- Of the workflow as n8n gave it back after our last write: another one means that an operator has edited it since.
	live_hash text NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);

-- How the reconciler stands with a workflow that is active and not subscribed.
CREATE TABLE workflow_repairs (
	n8n_id text PRIMARY KEY,
	attempts integer NOT NULL DEFAULT 0,
	next_attempt_at timestamptz NOT NULL DEFAULT now(),
	-- Set while we have it switched off: found inactive afterwards, it was us, and not the operator.
	switched_off_at timestamptz,
	last_error text
);

-- A tenant that is being deleted can do nothing more, but its workflows must still be able to unsubscribe.
CREATE OR REPLACE FUNCTION find_api_key(hash text)
RETURNS TABLE (id text, tenant_id text, scope text, label text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT k.id, k.tenant_id, k.scope, k.label
	FROM api_keys k LEFT JOIN tenants t ON t.id = k.tenant_id
	WHERE k.key_hash = hash AND k.revoked_at IS NULL
		AND (t.id IS NULL OR t.status <> 'deleting' OR k.connection_id IS NOT NULL)
$$;

CREATE FUNCTION tenant_of_api_key(key_id text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT tenant_id FROM api_keys WHERE id = key_id
$$;

-- Lists for platform keys, over all tenants. Tenant keys read the tables under their policy.
CREATE FUNCTION list_companies(for_tenant text, after_id text, row_limit integer)
RETURNS SETOF companies LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT * FROM companies
	WHERE (for_tenant IS NULL OR tenant_id = for_tenant) AND (after_id IS NULL OR id < after_id)
	ORDER BY id DESC LIMIT row_limit
$$;

CREATE FUNCTION list_connections(for_tenant text, for_company text, after_id text, row_limit integer)
RETURNS TABLE (
	id text, tenant_id text, company_id text, channel text, name text, external_id text, state text, last_error text, error_count integer,
	quiet_window_ms integer, max_wait_ms integer, created_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT id, tenant_id, company_id, channel, name, external_id, state, last_error, error_count, quiet_window_ms, max_wait_ms, created_at
	FROM connections
	WHERE (for_tenant IS NULL OR tenant_id = for_tenant) AND (for_company IS NULL OR company_id = for_company)
		AND (after_id IS NULL OR id < after_id)
	ORDER BY id DESC LIMIT row_limit
$$;

-- Connections whose saga was left unfinished, and that nobody works on.
CREATE FUNCTION list_unfinished_connections()
RETURNS TABLE (id text, tenant_id text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT c.id, c.tenant_id FROM connections c
	WHERE (c.provisioning_until IS NULL OR c.provisioning_until < now())
		AND (c.state = 'deleting' OR EXISTS (
			SELECT 1 FROM provisioning_steps s WHERE s.connection_id = c.id AND s.state IN ('pending', 'running')))
	ORDER BY c.id
$$;

-- Who owned what was deleted: a platform key asks again for the report.
CREATE FUNCTION tenant_of_deleted(deleted_id text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT tenant_id FROM deletion_reports WHERE object_id = deleted_id
$$;

-- A connection gets its turns delivered: by a subscription of its own or, on a shared channel, by one that is shared (of the platform
-- or of its tenant).
CREATE FUNCTION is_connection_subscribed(wanted_connection text, shared_channel boolean) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT EXISTS (
		SELECT 1 FROM connections c JOIN subscriptions s ON s.mode = 'production' AND (
			s.connection_id = c.id
			OR (shared_channel AND s.connection_id IS NULL
				AND (s.tenant_id IS NULL OR s.tenant_id = c.tenant_id)
				AND (s.channels = '{}' OR c.channel = ANY (s.channels))))
		WHERE c.id = wanted_connection)
$$;

-- Workflow ids in n8n that are subscribed in earnest.
CREATE FUNCTION is_workflow_subscribed(wanted_workflow text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT EXISTS (SELECT 1 FROM subscriptions WHERE mode = 'production' AND workflow_id = wanted_workflow)
$$;

-- Every clone that must be active and subscribed: its connection is neither being made nor being deleted.
CREATE FUNCTION list_cloned_workflows()
RETURNS TABLE (
	id text, n8n_id text, name text, template text, template_version integer, connection_id text, tenant_id text, created_at timestamptz,
	connection_state text, subscribed boolean
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT r.id, r.n8n_id, r.name, r.template, r.template_version, r.connection_id, r.tenant_id, r.created_at, c.state,
		EXISTS (SELECT 1 FROM subscriptions s WHERE s.mode = 'production' AND s.connection_id = r.connection_id AND s.workflow_id = r.n8n_id)
	FROM n8n_resources r JOIN connections c ON c.id = r.connection_id
	WHERE r.type = 'workflow' AND c.state <> 'deleting'
		AND NOT EXISTS (SELECT 1 FROM provisioning_steps s WHERE s.connection_id = c.id AND s.state IN ('pending', 'running'))
	ORDER BY r.id DESC
$$;

-- Subscriptions of workflows, with what signs a call to them: the reconciler asks n8n whether the trigger still answers.
CREATE FUNCTION list_workflow_subscriptions(workflow_ids text[])
RETURNS TABLE (id text, workflow_id text, url text, api_key_id text, signing_secret bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT s.id, s.workflow_id, s.url, s.api_key_id, k.signing_secret
	FROM subscriptions s JOIN api_keys k ON k.id = s.api_key_id
	WHERE s.mode = 'production' AND s.workflow_id = ANY (workflow_ids)
$$;

-- A subscription whose webhook n8n doesn't know any more.
CREATE FUNCTION drop_dead_subscription(subscription_id text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	DELETE FROM subscriptions WHERE id = subscription_id
$$;

-- The editor's test subscriptions, once their time is over.
CREATE FUNCTION delete_expired_subscriptions() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	WITH gone AS (DELETE FROM subscriptions WHERE expires_at < now() RETURNING 1) SELECT count(*) FROM gone
$$;

-- Down Migration
DROP FUNCTION delete_expired_subscriptions();
DROP FUNCTION drop_dead_subscription(text);
DROP FUNCTION list_workflow_subscriptions(text[]);
DROP FUNCTION list_cloned_workflows();
DROP FUNCTION is_workflow_subscribed(text);
DROP FUNCTION is_connection_subscribed(text, boolean);
DROP FUNCTION tenant_of_deleted(text);
DROP FUNCTION list_unfinished_connections();
DROP FUNCTION list_connections(text, text, text, integer);
DROP FUNCTION list_companies(text, text, integer);
DROP FUNCTION tenant_of_api_key(text);
DROP TABLE workflow_repairs;
DROP TABLE shared_n8n_resources;
DROP TABLE deletion_reports;
DROP TABLE provisioning_steps;
ALTER TABLE connections DROP COLUMN provisioning_until, DROP COLUMN request_key;
ALTER TABLE api_keys DROP COLUMN connection_id;
