-- Up Migration
-- How a company is paid. Stripe's account stays on the company; the others have rows of their own.
ALTER TABLE companies ADD COLUMN payment_provider text NOT NULL DEFAULT 'stripe' CHECK (payment_provider IN ('stripe', 'tbank', 'manual'));

-- Payment accounts that were given to us. One that was disconnected stays: what it was paid late must still be understood.
CREATE TABLE payment_accounts (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	provider text NOT NULL CHECK (provider IN ('tbank', 'manual')),
	-- T-Bank's TerminalKey; '' of a payment by hand.
	external_id text NOT NULL DEFAULT '',
	-- Sealed under the tenant's key, context `payment-account:<id>`; null: there are none.
	secrets bytea,
	-- What customers are told who pay by hand.
	instructions text NOT NULL DEFAULT '',
	-- Secret path segment of the provider's notifications: POST /hooks/<provider>/<hook_token>.
	hook_token text NOT NULL UNIQUE,
	created_at timestamptz NOT NULL DEFAULT now(),
	disconnected_at timestamptz,
	UNIQUE (company_id, provider, external_id)
);
CREATE UNIQUE INDEX payment_accounts_connected ON payment_accounts (company_id) WHERE disconnected_at IS NULL;
ALTER TABLE payment_accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON payment_accounts USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

-- Whose a notification's address is. No row: nobody's.
CREATE FUNCTION payment_account_of_hook(provider_name text, token text) RETURNS TABLE (tenant_id text, account_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT a.tenant_id, a.id FROM payment_accounts a WHERE a.provider = provider_name AND a.hook_token = token
$$;

ALTER TABLE checkout_sessions ADD COLUMN provider text NOT NULL DEFAULT 'stripe' CHECK (provider IN ('stripe', 'tbank', 'manual'));

-- As before, with the provider to ask, and each session for its own sake, not its order's: one whose payment is known is settled. Nobody can be
-- asked about payments by hand.
DROP FUNCTION claim_sessions_to_check;
CREATE FUNCTION claim_sessions_to_check(at timestamptz, row_limit integer)
RETURNS TABLE (tenant_id text, order_id text, session_id text, account_id text, provider text)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE checkout_sessions c SET checked_at = at
	WHERE c.id IN (
		SELECT s.id FROM checkout_sessions s
		WHERE s.provider <> 'manual' AND s.expires_at > at - interval '14 days'
			AND ((s.status = 'open' AND s.expires_at <= at - interval '2 minutes' AND (s.checked_at IS NULL OR s.checked_at <= at - interval '10 minutes'))
			OR (s.status = 'complete' AND s.paid_at IS NULL AND coalesce(s.checked_at, s.created_at) <= at - interval '6 hours'))
		ORDER BY s.checked_at NULLS FIRST, s.expires_at LIMIT row_limit
		FOR UPDATE OF s SKIP LOCKED
	)
	RETURNING c.tenant_id, c.order_id, c.id, c.account_id, c.provider
$$;

-- Held pieces whose order may have no open session any more, over all tenants; the caller looks again in the tenant's own session. Nobody tells that
-- a payment by hand does not come: its time ends it.
CREATE FUNCTION overdue_reservations(at timestamptz, row_limit integer) RETURNS TABLE (tenant_id text, order_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT DISTINCT r.tenant_id, r.order_id FROM stock_reservations r
	WHERE r.state = 'held' AND r.held_until < at - interval '15 minutes'
		AND NOT EXISTS (SELECT 1 FROM checkout_sessions s WHERE s.order_id = r.order_id AND s.status IN ('open', 'complete')
			AND NOT (s.provider = 'manual' AND s.status = 'open' AND s.expires_at <= at))
	LIMIT row_limit
$$;

-- Down Migration
DROP FUNCTION overdue_reservations;
DROP FUNCTION claim_sessions_to_check;
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
ALTER TABLE checkout_sessions DROP COLUMN provider;
DROP FUNCTION payment_account_of_hook;
DROP TABLE payment_accounts;
ALTER TABLE companies DROP COLUMN payment_provider;
