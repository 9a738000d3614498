-- Up Migration
-- What happened to orders, for workflows that go on from there (docs/order-events.md). An event is stored with the change that it tells of.
CREATE TABLE order_events (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
	type text NOT NULL,
	data jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL DEFAULT now(),
	-- Grows with time: an order's events are delivered in this order.
	position bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX order_events_by_time ON order_events (created_at);
CREATE INDEX order_events_of_order ON order_events (tenant_id, order_id, position);
ALTER TABLE order_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON order_events USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

-- To whom: the workflows that were subscribed when it happened.
CREATE TABLE order_event_deliveries (
	event_id text NOT NULL REFERENCES order_events ON DELETE CASCADE,
	-- The trigger's webhook. Its subscription comes and goes: the workflow is switched off and on, gets another credential, n8n loses it.
	url text NOT NULL,
	-- Whose key subscribed it: '' the platform's, else the tenant's. Two keys may name one address; each call is signed for one of them.
	owner text NOT NULL,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	order_id text NOT NULL,
	position bigint NOT NULL,
	attempts integer NOT NULL DEFAULT 0,
	next_attempt_at timestamptz NOT NULL,
	delivered_at timestamptz,
	-- Given up.
	failed_at timestamptz,
	last_error text,
	PRIMARY KEY (event_id, url, owner)
);
CREATE INDEX order_event_deliveries_waiting ON order_event_deliveries (next_attempt_at) WHERE delivered_at IS NULL AND failed_at IS NULL;
CREATE INDEX order_event_deliveries_last ON order_event_deliveries (url, owner, position);
CREATE INDEX order_event_deliveries_of_order ON order_event_deliveries (url, owner, order_id, position) WHERE delivered_at IS NULL AND failed_at IS NULL;
ALTER TABLE order_event_deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON order_event_deliveries USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

ALTER TABLE subscriptions ADD COLUMN company_id text REFERENCES companies ON DELETE CASCADE;

-- In the tenant's session that changes the order: the event, and who gets it. Sees the platform's subscriptions, which the tenant doesn't.
CREATE FUNCTION record_order_event(p_id text, p_order text, p_type text, p_data jsonb, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
	v_event order_events;
BEGIN
	INSERT INTO order_events (id, tenant_id, company_id, order_id, type, data, created_at)
	SELECT p_id, o.tenant_id, o.company_id, o.id, p_type, p_data, p_at FROM orders o WHERE o.id = p_order AND o.tenant_id = current_tenant()
	RETURNING * INTO v_event;
	INSERT INTO order_event_deliveries (event_id, url, owner, tenant_id, order_id, position, next_attempt_at)
	SELECT DISTINCT v_event.id, s.url, coalesce(s.tenant_id, ''), v_event.tenant_id, v_event.order_id, v_event.position, p_at FROM subscriptions s
	WHERE v_event.id IS NOT NULL AND p_type = ANY (s.events) AND (s.expires_at IS NULL OR s.expires_at > p_at)
		AND (s.tenant_id IS NULL OR s.tenant_id = v_event.tenant_id) AND (s.company_id IS NULL OR s.company_id = v_event.company_id);
END $$;

-- A trigger has subscribed (again): what happened since the last event that it got a delivery of, for three days, is delivered to it too.
-- One that was never told of anything begins with what happens from now on.
CREATE FUNCTION catch_up_on_order_events(p_subscription text, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	INSERT INTO order_event_deliveries (event_id, url, owner, tenant_id, order_id, position, next_attempt_at)
	SELECT e.id, s.url, coalesce(s.tenant_id, ''), e.tenant_id, e.order_id, e.position, p_at
	FROM subscriptions s JOIN order_events e ON e.type = ANY (s.events) AND (s.tenant_id IS NULL OR s.tenant_id = e.tenant_id)
		AND (s.company_id IS NULL OR s.company_id = e.company_id)
	WHERE s.id = p_subscription AND s.mode = 'production' AND e.created_at > p_at - interval '3 days'
		AND e.position > (SELECT max(d.position) FROM order_event_deliveries d WHERE d.url = s.url AND d.owner = coalesce(s.tenant_id, ''))
	ON CONFLICT DO NOTHING
$$;

-- Deliveries that are due, over all tenants, each given to one caller for half a minute; of an order the first that is not done, so that its
-- events come in order.
CREATE FUNCTION claim_order_event_deliveries(p_at timestamptz, p_limit integer)
RETURNS TABLE (event_id text, tenant_id text, order_id text, type text, data jsonb, created_at timestamptz, attempts integer, url text, owner text, api_key_id text, signing_secret text)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	WITH claimed AS (
		UPDATE order_event_deliveries c SET attempts = c.attempts + 1, next_attempt_at = p_at + interval '30 seconds'
		WHERE (c.event_id, c.url, c.owner) IN (
			SELECT d.event_id, d.url, d.owner FROM order_event_deliveries d
			WHERE d.delivered_at IS NULL AND d.failed_at IS NULL AND d.next_attempt_at <= p_at
				AND NOT EXISTS (SELECT 1 FROM order_event_deliveries e WHERE e.url = d.url AND e.owner = d.owner AND e.order_id = d.order_id
					AND e.position < d.position AND e.delivered_at IS NULL AND e.failed_at IS NULL)
			ORDER BY d.next_attempt_at LIMIT p_limit FOR UPDATE SKIP LOCKED
		)
		RETURNING c.*
	)
	SELECT c.event_id, c.tenant_id, c.order_id, e.type, e.data, e.created_at, c.attempts, c.url, c.owner, k.id, encode(k.signing_secret, 'base64')
	FROM claimed c JOIN order_events e ON e.id = c.event_id
		-- null: nobody at this address wants it (any more).
		LEFT JOIN LATERAL (
			SELECT k.id, k.signing_secret FROM subscriptions s JOIN api_keys k ON k.id = s.api_key_id AND k.revoked_at IS NULL
			WHERE s.url = c.url AND coalesce(s.tenant_id, '') = c.owner AND e.type = ANY (s.events) AND (s.company_id IS NULL OR s.company_id = e.company_id)
			ORDER BY s.created_at DESC LIMIT 1
		) k ON true
$$;

-- As before; only who takes turns counts.
CREATE OR REPLACE FUNCTION is_connection_subscribed(wanted_connection text, shared_channel boolean) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT EXISTS (
		SELECT 1 FROM connections c JOIN subscriptions s ON s.mode = 'production' AND 'turn.ready' = ANY (s.events) AND (
			s.connection_id = c.id
			OR (shared_channel AND s.connection_id IS NULL
				AND (s.tenant_id IS NULL OR s.tenant_id = c.tenant_id)
				AND (s.channels = '{}' OR c.channel = ANY (s.channels))))
		WHERE c.id = wanted_connection)
$$;

-- Down Migration
CREATE OR REPLACE FUNCTION is_connection_subscribed(wanted_connection text, shared_channel boolean) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT EXISTS (
		SELECT 1 FROM connections c JOIN subscriptions s ON s.mode = 'production' AND (
			s.connection_id = c.id
			OR (shared_channel AND s.connection_id IS NULL
				AND (s.tenant_id IS NULL OR s.tenant_id = c.tenant_id)
				AND (s.channels = '{}' OR c.channel = ANY (s.channels))))
		WHERE c.id = wanted_connection)
$$;
DROP FUNCTION claim_order_event_deliveries;
DROP FUNCTION catch_up_on_order_events;
DROP FUNCTION record_order_event;
ALTER TABLE subscriptions DROP COLUMN company_id;
DROP TABLE order_event_deliveries;
DROP TABLE order_events;
