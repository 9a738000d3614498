-- Up Migration
-- Stripe delivers an event for three days, and not at all to an endpoint that was wrong all the while. A session whose end has come without
-- one is asked about: every ten minutes while it seems open, every six hours while a payment is on its way; for two weeks.
ALTER TABLE checkout_sessions ADD COLUMN checked_at timestamptz;
CREATE INDEX checkout_sessions_open ON checkout_sessions (expires_at) WHERE status = 'open';
CREATE INDEX checkout_sessions_complete ON checkout_sessions (expires_at) WHERE status = 'complete';

-- Sessions to ask about, over all tenants, each given to one caller; what is found is written in the tenant's own session.
CREATE FUNCTION claim_sessions_to_check(at timestamptz, row_limit integer)
RETURNS TABLE (tenant_id text, order_id text, session_id text, account_id text)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE checkout_sessions c SET checked_at = at
	WHERE c.id IN (
		SELECT s.id FROM checkout_sessions s JOIN orders o ON o.id = s.order_id
		WHERE s.expires_at > at - interval '14 days' AND ((s.status = 'open' AND s.expires_at <= at - interval '2 minutes' AND (s.checked_at IS NULL OR s.checked_at <= at - interval '10 minutes'))
			OR (s.status = 'complete' AND o.status <> 'paid'
				AND coalesce(s.checked_at, s.created_at) <= at - interval '6 hours'))
		ORDER BY s.checked_at NULLS FIRST, s.expires_at LIMIT row_limit
		FOR UPDATE OF s SKIP LOCKED
	)
	RETURNING c.tenant_id, c.order_id, c.id, c.account_id
$$;

-- Down Migration
DROP FUNCTION claim_sessions_to_check;
DROP INDEX checkout_sessions_complete;
DROP INDEX checkout_sessions_open;
ALTER TABLE checkout_sessions DROP COLUMN checked_at;
