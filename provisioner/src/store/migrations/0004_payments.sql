-- Up Migration

-- One attempt = one idempotency key at Stripe = at most one session. The end of the session is fixed with the attempt, because a
-- repeat with the same key must carry the same parameters. null: the attempt failed for good, the next one takes a new number.
ALTER TABLE orders
	ADD COLUMN checkout_attempt integer NOT NULL DEFAULT 0,
	ADD COLUMN attempt_expires_at timestamptz;

ALTER TABLE checkout_sessions
	ADD COLUMN attempt integer NOT NULL DEFAULT 1,
	ADD CONSTRAINT checkout_sessions_one_per_attempt UNIQUE (order_id, attempt);

-- Why a committed decision got no order, for the operator and so that the reply does not promise a link.
ALTER TABLE decisions ADD COLUMN checkout_refusal jsonb;

-- Part of the idempotency key of account creation: grows when the account is disconnected, so that the next one is new.
ALTER TABLE companies ADD COLUMN payment_account_round integer NOT NULL DEFAULT 0;

-- The tenant of a session, for events of an account that was disconnected after the session was made. null: not ours.
CREATE FUNCTION tenant_of_checkout_session(session_id text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT tenant_id FROM checkout_sessions WHERE id = session_id
$$;

-- Orders whose time to pay is over, over all tenants; the caller ends each in its tenant's own session.
CREATE INDEX orders_awaiting_payment ON orders (expires_at) WHERE status = 'awaiting_payment';
CREATE FUNCTION overdue_orders(at timestamptz, row_limit integer) RETURNS TABLE (tenant_id text, order_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT o.tenant_id, o.id FROM orders o WHERE o.status = 'awaiting_payment' AND o.expires_at <= at
	ORDER BY o.expires_at LIMIT row_limit
$$;

-- Down Migration
DROP FUNCTION overdue_orders;
DROP INDEX orders_awaiting_payment;
DROP FUNCTION tenant_of_checkout_session;
ALTER TABLE companies DROP COLUMN payment_account_round;
ALTER TABLE decisions DROP COLUMN checkout_refusal;
ALTER TABLE checkout_sessions DROP CONSTRAINT checkout_sessions_one_per_attempt, DROP COLUMN attempt;
ALTER TABLE orders DROP COLUMN attempt_expires_at, DROP COLUMN checkout_attempt;
