-- Up Migration
-- Every table that holds tenant data has tenant_id and row-level security. The service's role is neither owner nor superuser, so the
-- policies bind it; functions that must look across tenants are SECURITY DEFINER, narrow, and stand in later migrations.

CREATE FUNCTION current_tenant() RETURNS text LANGUAGE sql STABLE
	RETURN nullif(current_setting('concierge.tenant_id', true), '');

CREATE TABLE tenants (
	id text PRIMARY KEY,
	name text NOT NULL,
	email text NOT NULL,
	default_language text NOT NULL DEFAULT 'English',
	status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleting')),
	-- The tenant's data key, wrapped by the master key. Destroying it makes the tenant's secrets unreadable, in backups too.
	data_key bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_row ON tenants USING (id = current_tenant());

-- Keys, subscriptions and idempotency records belong to the platform: tenant_id is null for platform and worker keys.
CREATE TABLE api_keys (
	id text PRIMARY KEY,
	tenant_id text REFERENCES tenants ON DELETE CASCADE,
	scope text NOT NULL CHECK (scope IN ('platform', 'tenant', 'worker')),
	label text NOT NULL,
	key_hash text NOT NULL UNIQUE,
	-- deriveSigningSecret(key), sealed under the master key: signs deliveries to subscriptions made with the key.
	signing_secret bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	revoked_at timestamptz,
	CHECK ((scope = 'tenant') = (tenant_id IS NOT NULL))
);
CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id);
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON api_keys USING (tenant_id = current_tenant());

CREATE TABLE companies (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	name text NOT NULL,
	type text NOT NULL CHECK (type IN ('product', 'service', 'hybrid')),
	currency text NOT NULL DEFAULT 'eur',
	default_language text NOT NULL DEFAULT 'English',
	time_zone text NOT NULL DEFAULT 'Europe/Madrid',
	country text NOT NULL DEFAULT 'ES',
	settings jsonb NOT NULL DEFAULT '{}',
	stripe_account_id text UNIQUE,
	payment_state text NOT NULL DEFAULT 'disconnected' CHECK (payment_state IN ('disconnected', 'onboarding', 'ready')),
	catalog_version bigint NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX companies_by_tenant ON companies (tenant_id, id);

CREATE TABLE catalog_items (
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	sku text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('product', 'service')),
	name text NOT NULL,
	-- Order in the company's file: lists keep it.
	position integer NOT NULL,
	-- core/catalog/item.ts, whole.
	item jsonb NOT NULL,
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (company_id, sku)
);
CREATE INDEX catalog_items_in_order ON catalog_items (tenant_id, company_id, position, sku);

CREATE TABLE connections (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	channel text NOT NULL,
	name text NOT NULL,
	-- The vendor's name of the account: WAHA session, bot username.
	external_id text NOT NULL,
	state text NOT NULL DEFAULT 'connecting' CHECK (state IN ('disconnected', 'connecting', 'connected', 'error', 'deleting')),
	last_error text,
	error_count integer NOT NULL DEFAULT 0,
	quiet_window_ms integer,
	max_wait_ms integer,
	-- sha256 of the secret path segment of POST /hooks/<channel>/<token>.
	hook_token_hash text NOT NULL UNIQUE,
	-- Vendor tokens and webhook secrets, JSON sealed under the tenant's data key.
	secrets bytea NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (channel, external_id)
);
CREATE INDEX connections_by_tenant ON connections (tenant_id, id);

-- What exists in n8n for a tenant, so that it can be found, upgraded and removed.
CREATE TABLE n8n_resources (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	connection_id text REFERENCES connections ON DELETE CASCADE,
	type text NOT NULL CHECK (type IN ('workflow', 'credential')),
	n8n_id text NOT NULL,
	name text NOT NULL,
	template text,
	template_version integer,
	-- The template as it was rendered: base of a three-way merge.
	rendered jsonb,
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (type, n8n_id)
);
CREATE INDEX n8n_resources_by_connection ON n8n_resources (tenant_id, connection_id);

CREATE TABLE customer_aliases (
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	connection_id text NOT NULL REFERENCES connections ON DELETE CASCADE,
	-- An address under which a customer appears (WhatsApp: …@lid and …@c.us are one person).
	alias text NOT NULL,
	conversation_id text NOT NULL,
	PRIMARY KEY (connection_id, alias)
);

CREATE TABLE conversations (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	connection_id text NOT NULL REFERENCES connections ON DELETE CASCADE,
	-- The address a reply goes to.
	chat_id text NOT NULL,
	-- The customer's phone in digits when the channel tells it, else ''.
	customer_phone text NOT NULL DEFAULT '',
	customer_name text NOT NULL DEFAULT '',
	state text NOT NULL DEFAULT 'bot' CHECK (state IN ('bot', 'human')),
	-- Grows with every inbound message: an answer made for an older one is stale.
	generation integer NOT NULL DEFAULT 0,
	-- core/agent/session.ts
	session jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	last_message_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX conversations_recent ON conversations (tenant_id, last_message_at DESC, id);

CREATE TABLE messages (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	connection_id text NOT NULL REFERENCES connections ON DELETE CASCADE,
	direction text NOT NULL CHECK (direction IN ('in', 'out')),
	-- The vendor's id after canonicalisation: one value for the @lid and @c.us twins of a message.
	vendor_message_id text NOT NULL,
	type text NOT NULL DEFAULT 'text',
	text text NOT NULL DEFAULT '',
	media jsonb,
	-- customer, assistant or operator
	author text NOT NULL DEFAULT 'customer',
	turn_id text,
	sent_at timestamptz NOT NULL,
	received_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (connection_id, direction, vendor_message_id)
);
CREATE INDEX messages_of_conversation ON messages (tenant_id, conversation_id, sent_at, id);
CREATE INDEX messages_of_turn ON messages (turn_id) WHERE turn_id IS NOT NULL;

CREATE TABLE turns (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	connection_id text NOT NULL REFERENCES connections ON DELETE CASCADE,
	conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	-- Of the conversation when the turn's last message came.
	generation integer NOT NULL,
	-- collecting: waits for the quiet window; delivered: taken by n8n, leased; decided: has a decision; done: reply in the outbox or "no reply".
	state text NOT NULL DEFAULT 'collecting'
		CHECK (state IN ('collecting', 'delivering', 'delivered', 'decided', 'done', 'superseded', 'human', 'dead')),
	opened_at timestamptz NOT NULL DEFAULT now(),
	flush_at timestamptz NOT NULL,
	attempts integer NOT NULL DEFAULT 0,
	next_attempt_at timestamptz,
	lease_until timestamptz,
	delivered_at timestamptz,
	done_at timestamptz,
	subscription_id text,
	execution_id text,
	last_error text
);
CREATE UNIQUE INDEX turns_one_collecting ON turns (conversation_id) WHERE state = 'collecting';
CREATE INDEX turns_due ON turns (flush_at) WHERE state = 'collecting';
CREATE INDEX turns_leased ON turns (lease_until) WHERE state IN ('delivering', 'delivered', 'decided');
CREATE INDEX turns_of_conversation ON turns (tenant_id, conversation_id, opened_at);

CREATE TABLE decisions (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	turn_id text NOT NULL UNIQUE REFERENCES turns ON DELETE CASCADE,
	conversation_id text NOT NULL,
	proposal jsonb,
	decision jsonb NOT NULL,
	session jsonb NOT NULL,
	next text NOT NULL CHECK (next IN ('reply', 'checkout', 'handover')),
	created_at timestamptz NOT NULL DEFAULT now()
);

-- Proposals that the guard sent back, for the operator.
CREATE TABLE rejected_proposals (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	turn_id text NOT NULL REFERENCES turns ON DELETE CASCADE,
	proposal jsonb NOT NULL,
	violations jsonb NOT NULL,
	model text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX rejected_proposals_of_turn ON rejected_proposals (tenant_id, turn_id);

CREATE TABLE orders (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE,
	decision_id text NOT NULL UNIQUE,
	-- core/orders/order.ts
	status text NOT NULL CHECK (status IN ('awaiting_payment', 'paid', 'confirmed', 'expired', 'cancelled')),
	currency text NOT NULL,
	-- [{sku, name, kind, quantity, unit_cents}]
	lines jsonb NOT NULL,
	products_cents bigint NOT NULL,
	delivery_cents bigint NOT NULL,
	total_cents bigint NOT NULL CHECK (total_cents = products_cents + delivery_cents),
	language text NOT NULL DEFAULT 'English',
	city text NOT NULL DEFAULT '',
	phone text NOT NULL DEFAULT '',
	client_name text NOT NULL DEFAULT '',
	description text NOT NULL DEFAULT '',
	payment_reminder_hours numeric NOT NULL DEFAULT 0,
	-- The unguessable part of our own payment link /pay/<token>.
	pay_token text NOT NULL UNIQUE,
	expires_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	paid_at timestamptz
);
CREATE INDEX orders_of_conversation ON orders (tenant_id, conversation_id, created_at DESC);
CREATE INDEX orders_of_company ON orders (tenant_id, company_id, created_at DESC);

CREATE TABLE checkout_sessions (
	-- Stripe's id, cs_…
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
	account_id text NOT NULL,
	url text NOT NULL,
	amount_cents bigint NOT NULL,
	currency text NOT NULL,
	status text NOT NULL CHECK (status IN ('open', 'complete', 'expired')),
	expires_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX checkout_sessions_of_order ON checkout_sessions (tenant_id, order_id, created_at DESC);

-- Every provider event that was verified, once.
CREATE TABLE payment_events (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	type text NOT NULL,
	account_id text NOT NULL,
	payload jsonb NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE outbox (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	connection_id text NOT NULL REFERENCES connections ON DELETE CASCADE,
	conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE,
	turn_id text,
	-- A reply to a turn is stale when the conversation has gone on; null: sent in any case (a payment confirmation).
	generation integer,
	-- One value per part; a second enqueue of the same part is no enqueue.
	idempotency_key text NOT NULL UNIQUE,
	-- Order within a conversation.
	position bigint GENERATED ALWAYS AS IDENTITY,
	kind text NOT NULL CHECK (kind IN ('text', 'image', 'video')),
	text text NOT NULL DEFAULT '',
	media_url text NOT NULL DEFAULT '',
	author text NOT NULL DEFAULT 'assistant',
	state text NOT NULL DEFAULT 'queued'
		CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'superseded')),
	attempts integer NOT NULL DEFAULT 0,
	next_attempt_at timestamptz NOT NULL DEFAULT now(),
	lease_until timestamptz,
	vendor_message_id text,
	last_error text,
	created_at timestamptz NOT NULL DEFAULT now(),
	sent_at timestamptz
);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_of_conversation ON outbox (conversation_id, position);

-- Where turns are delivered: made and removed by trigger nodes.
CREATE TABLE subscriptions (
	id text PRIMARY KEY,
	api_key_id text NOT NULL REFERENCES api_keys ON DELETE CASCADE,
	tenant_id text REFERENCES tenants ON DELETE CASCADE,
	url text NOT NULL,
	mode text NOT NULL CHECK (mode IN ('production', 'test')),
	events text[] NOT NULL,
	-- Empty: every shared channel.
	channels text[] NOT NULL DEFAULT '{}',
	connection_id text REFERENCES connections ON DELETE CASCADE,
	workflow_id text NOT NULL DEFAULT '',
	node_id text NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL DEFAULT now(),
	-- Of a test subscription.
	expires_at timestamptz,
	UNIQUE (api_key_id, url, mode)
);

CREATE TABLE idempotency_keys (
	api_key_id text NOT NULL,
	key text NOT NULL,
	request_hash text NOT NULL,
	-- null while the first request runs
	status integer,
	-- The answer, sealed under the master key: it may hold a secret that is shown once.
	response bytea,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (api_key_id, key)
);

-- Subscriptions of the platform's own keys have no tenant: visible only outside any tenant.
ALTER TABLE subscriptions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON subscriptions USING (tenant_id IS NOT DISTINCT FROM current_tenant());

-- Row-level security for everything that carries a tenant's data. idempotency_keys are reached under the key's own id.
DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY[
		'companies', 'catalog_items', 'connections', 'n8n_resources', 'customer_aliases', 'conversations', 'messages', 'turns',
		'decisions', 'rejected_proposals', 'orders', 'checkout_sessions', 'payment_events', 'outbox'
	] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY own_rows ON %I USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', t);
	END LOOP;
END $$;

-- The tenant that owns an object, for platform keys and for worker keys (which act on a turn). null: no such object.
CREATE FUNCTION tenant_of(kind text, object_id text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT CASE kind
		WHEN 'tenant' THEN (SELECT id FROM tenants WHERE id = object_id)
		WHEN 'company' THEN (SELECT tenant_id FROM companies WHERE id = object_id)
		WHEN 'connection' THEN (SELECT tenant_id FROM connections WHERE id = object_id)
		WHEN 'conversation' THEN (SELECT tenant_id FROM conversations WHERE id = object_id)
		WHEN 'turn' THEN (SELECT tenant_id FROM turns WHERE id = object_id)
		WHEN 'order' THEN (SELECT tenant_id FROM orders WHERE id = object_id)
		WHEN 'pay_token' THEN (SELECT tenant_id FROM orders WHERE pay_token = object_id)
		WHEN 'stripe_account' THEN (SELECT tenant_id FROM companies WHERE stripe_account_id = object_id)
	END
$$;

CREATE FUNCTION find_api_key(hash text)
RETURNS TABLE (id text, tenant_id text, scope text, label text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT k.id, k.tenant_id, k.scope, k.label
	FROM api_keys k LEFT JOIN tenants t ON t.id = k.tenant_id
	WHERE k.key_hash = hash AND k.revoked_at IS NULL AND (t.id IS NULL OR t.status <> 'deleting')
$$;

-- Keys of the platform itself (scope platform or worker); tenants' keys are inserted under the tenant's policy.
CREATE FUNCTION ensure_platform_key(key_id text, key_scope text, key_label text, hash text, secret bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	INSERT INTO api_keys (id, scope, label, key_hash, signing_secret)
	SELECT key_id, key_scope, key_label, hash, secret WHERE key_scope IN ('platform', 'worker')
	ON CONFLICT (key_hash) DO UPDATE SET signing_secret = excluded.signing_secret
$$;

CREATE FUNCTION list_tenants(after_id text, row_limit integer)
RETURNS SETOF tenants LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT * FROM tenants WHERE after_id IS NULL OR id < after_id ORDER BY id DESC LIMIT row_limit
$$;

-- Down Migration
-- The first migration is not undone: drop the database instead.
