-- Up Migration
-- An event of an order that is delivered again because somebody asked for it (docs/order-events.md).
ALTER TABLE order_event_deliveries
	-- It is given up three days after it.
	ADD COLUMN due_since timestamptz,
	-- The workflow got it only because somebody asked: it says nothing of what the workflow has heard of by itself.
	ADD COLUMN asked_for boolean NOT NULL DEFAULT false;
UPDATE order_event_deliveries d SET due_since = e.created_at FROM order_events e WHERE e.id = d.event_id;
ALTER TABLE order_event_deliveries ALTER COLUMN due_since SET NOT NULL, ALTER COLUMN due_since SET DEFAULT now();

-- tenant_of knows events of orders; the rest of it stays as it is by now.
DO $$
DECLARE
	v_function text := pg_get_functiondef('tenant_of'::regproc);
	v_place text := 'WHEN ''pay_token'' THEN';
BEGIN
	IF position(v_place IN v_function) = 0 THEN
		RAISE EXCEPTION 'tenant_of has changed: 0028_order_events_again.sql finds no "%" in it.', v_place;
	END IF;
	EXECUTE replace(v_function, v_place, E'WHEN ''order_event'' THEN (SELECT tenant_id FROM order_events WHERE id = object_id)\n\t\t' || v_place);
END $$;

-- As before, with the beginning of the three days.
CREATE OR REPLACE FUNCTION record_order_event(p_id text, p_order text, p_type text, p_data jsonb, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
	v_event order_events;
BEGIN
	INSERT INTO order_events (id, tenant_id, company_id, order_id, type, data, created_at)
	SELECT p_id, o.tenant_id, o.company_id, o.id, p_type, p_data, p_at FROM orders o WHERE o.id = p_order AND o.tenant_id = current_tenant()
	RETURNING * INTO v_event;
	INSERT INTO order_event_deliveries (event_id, url, owner, tenant_id, order_id, position, next_attempt_at, due_since)
	SELECT DISTINCT v_event.id, s.url, coalesce(s.tenant_id, ''), v_event.tenant_id, v_event.order_id, v_event.position, p_at, p_at FROM subscriptions s
	WHERE v_event.id IS NOT NULL AND p_type = ANY (s.events) AND (s.expires_at IS NULL OR s.expires_at > p_at)
		AND (s.tenant_id IS NULL OR s.tenant_id = v_event.tenant_id) AND (s.company_id IS NULL OR s.company_id = v_event.company_id);
END $$;
CREATE OR REPLACE FUNCTION catch_up_on_order_events(p_subscription text, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	INSERT INTO order_event_deliveries (event_id, url, owner, tenant_id, order_id, position, next_attempt_at, due_since)
	SELECT e.id, s.url, coalesce(s.tenant_id, ''), e.tenant_id, e.order_id, e.position, p_at, e.created_at
	FROM subscriptions s JOIN order_events e ON e.type = ANY (s.events) AND (s.tenant_id IS NULL OR s.tenant_id = e.tenant_id)
		AND (s.company_id IS NULL OR s.company_id = e.company_id)
	WHERE s.id = p_subscription AND s.mode = 'production' AND e.created_at > p_at - interval '3 days'
		AND e.position > (SELECT max(d.position) FROM order_event_deliveries d WHERE d.url = s.url AND d.owner = coalesce(s.tenant_id, '') AND NOT d.asked_for)
	ON CONFLICT DO NOTHING
$$;
DROP FUNCTION claim_order_event_deliveries;
CREATE FUNCTION claim_order_event_deliveries(p_at timestamptz, p_limit integer)
RETURNS TABLE (event_id text, tenant_id text, order_id text, type text, data jsonb, created_at timestamptz, due_since timestamptz, attempts integer, url text, owner text, api_key_id text, signing_secret text)
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
	SELECT c.event_id, c.tenant_id, c.order_id, e.type, e.data, e.created_at, c.due_since, c.attempts, c.url, c.owner, k.id, encode(k.signing_secret, 'base64')
	FROM claimed c JOIN order_events e ON e.id = c.event_id
		-- null: nobody at this address wants it (any more).
		LEFT JOIN LATERAL (
			SELECT k.id, k.signing_secret FROM subscriptions s JOIN api_keys k ON k.id = s.api_key_id AND k.revoked_at IS NULL
			WHERE s.url = c.url AND coalesce(s.tenant_id, '') = c.owner AND e.type = ANY (s.events) AND (s.company_id IS NULL OR s.company_id = e.company_id)
			ORDER BY s.created_at DESC LIMIT 1
		) k ON true
$$;

-- In the tenant's session: an event goes once more to the workflows that are subscribed to it now; `p_own`: only to the tenant's own. What waits
-- anyway is not doubled: it is tried at once, unless it is being tried, or would be within half a minute. Returns how many workflows get it.
CREATE FUNCTION redeliver_order_event(p_event text, p_own boolean, p_at timestamptz) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	WITH asked AS (
		INSERT INTO order_event_deliveries AS d (event_id, url, owner, tenant_id, order_id, position, next_attempt_at, due_since, asked_for)
		SELECT DISTINCT e.id, s.url, coalesce(s.tenant_id, ''), e.tenant_id, e.order_id, e.position, p_at, p_at, true
		FROM order_events e JOIN subscriptions s ON e.type = ANY (s.events) AND (s.expires_at IS NULL OR s.expires_at > p_at)
			AND (s.tenant_id = e.tenant_id OR (s.tenant_id IS NULL AND NOT p_own)) AND (s.company_id IS NULL OR s.company_id = e.company_id)
			JOIN api_keys k ON k.id = s.api_key_id AND k.revoked_at IS NULL
		WHERE e.id = p_event AND e.tenant_id = current_tenant()
		ON CONFLICT (event_id, url, owner) DO UPDATE SET
			next_attempt_at = CASE WHEN d.delivered_at IS NULL AND d.failed_at IS NULL AND d.next_attempt_at <= p_at + interval '30 seconds' THEN d.next_attempt_at ELSE p_at END,
			attempts = CASE WHEN d.delivered_at IS NULL AND d.failed_at IS NULL THEN d.attempts ELSE 0 END,
			delivered_at = NULL, failed_at = NULL, last_error = NULL, due_since = p_at
		RETURNING 1
	)
	SELECT count(*)::integer FROM asked
$$;

-- Down Migration
DROP FUNCTION redeliver_order_event;
DROP FUNCTION claim_order_event_deliveries;
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
		LEFT JOIN LATERAL (
			SELECT k.id, k.signing_secret FROM subscriptions s JOIN api_keys k ON k.id = s.api_key_id AND k.revoked_at IS NULL
			WHERE s.url = c.url AND coalesce(s.tenant_id, '') = c.owner AND e.type = ANY (s.events) AND (s.company_id IS NULL OR s.company_id = e.company_id)
			ORDER BY s.created_at DESC LIMIT 1
		) k ON true
$$;
CREATE OR REPLACE FUNCTION catch_up_on_order_events(p_subscription text, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	INSERT INTO order_event_deliveries (event_id, url, owner, tenant_id, order_id, position, next_attempt_at)
	SELECT e.id, s.url, coalesce(s.tenant_id, ''), e.tenant_id, e.order_id, e.position, p_at
	FROM subscriptions s JOIN order_events e ON e.type = ANY (s.events) AND (s.tenant_id IS NULL OR s.tenant_id = e.tenant_id)
		AND (s.company_id IS NULL OR s.company_id = e.company_id)
	WHERE s.id = p_subscription AND s.mode = 'production' AND e.created_at > p_at - interval '3 days'
		AND e.position > (SELECT max(d.position) FROM order_event_deliveries d WHERE d.url = s.url AND d.owner = coalesce(s.tenant_id, ''))
	ON CONFLICT DO NOTHING
$$;
CREATE OR REPLACE FUNCTION record_order_event(p_id text, p_order text, p_type text, p_data jsonb, p_at timestamptz) RETURNS void
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
DO $$
BEGIN
	EXECUTE regexp_replace(pg_get_functiondef('tenant_of'::regproc), 'WHEN ''order_event'' THEN [^\n]*\n\s*', '');
END $$;
ALTER TABLE order_event_deliveries DROP COLUMN asked_for, DROP COLUMN due_since;
