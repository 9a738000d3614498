-- Up Migration
-- Sessions that are open although their order can't be paid any more, over all tenants, each given to one caller; one that its provider did not end is
-- tried again ten minutes later. Those whose own end has come are asked about (claim_sessions_to_check).
CREATE FUNCTION claim_sessions_to_end(at timestamptz, row_limit integer)
RETURNS TABLE (tenant_id text, order_id text, session_id text, account_id text, provider text)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE checkout_sessions c SET checked_at = at
	WHERE c.id IN (
		SELECT s.id FROM checkout_sessions s JOIN orders o ON o.id = s.order_id
		WHERE s.status = 'open' AND s.expires_at > at AND o.status <> 'awaiting_payment' AND (s.checked_at IS NULL OR s.checked_at <= at - interval '10 minutes')
		ORDER BY s.checked_at NULLS FIRST LIMIT row_limit
		FOR UPDATE OF s SKIP LOCKED
	)
	RETURNING c.tenant_id, c.order_id, c.id, c.account_id, c.provider
$$;

-- Looks at a connected account that overlap are told apart by the number that each takes before it begins; what is stored is the latest one's.
ALTER TABLE companies ADD COLUMN payment_last_ticket integer NOT NULL DEFAULT 0, ADD COLUMN payment_stored_ticket integer NOT NULL DEFAULT 0;

-- Down Migration
ALTER TABLE companies DROP COLUMN payment_stored_ticket, DROP COLUMN payment_last_ticket;
DROP FUNCTION claim_sessions_to_end;
