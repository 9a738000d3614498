-- Up Migration
-- A payment that was made and has not arrived yet (a bank debit): its order is as good as paid until the provider says otherwise, for two weeks at most.
CREATE FUNCTION payment_on_its_way(of_order text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT 1 FROM checkout_sessions s WHERE s.order_id = of_order AND s.status = 'complete' AND s.paid_at IS NULL AND s.expires_at > now() - interval '14 days')
$$;

CREATE OR REPLACE FUNCTION overdue_orders(at timestamptz, row_limit integer) RETURNS TABLE (tenant_id text, order_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT o.tenant_id, o.id FROM orders o WHERE o.status = 'awaiting_payment' AND o.expires_at <= at AND NOT payment_on_its_way(o.id)
	ORDER BY o.expires_at LIMIT row_limit
$$;

CREATE OR REPLACE FUNCTION claim_orders_to_remind(at timestamptz, row_limit integer) RETURNS TABLE (tenant_id text, order_id text)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE orders c SET next_reminder_at = at + interval '10 minutes'
	WHERE c.id IN (
		SELECT o.id FROM orders o WHERE o.status = 'awaiting_payment' AND o.next_reminder_at <= at AND NOT payment_on_its_way(o.id)
		ORDER BY o.next_reminder_at LIMIT row_limit FOR UPDATE SKIP LOCKED
	)
	RETURNING c.tenant_id, c.id
$$;

-- The rest of each function stays as it is by now.
CREATE FUNCTION pg_temp.amend(p_function regproc, p_from text, p_to text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	v_function text := pg_get_functiondef(p_function);
BEGIN
	IF position(p_from IN v_function) = 0 THEN RAISE EXCEPTION '% has changed: this migration does not find its place in it.', p_function; END IF;
	EXECUTE replace(v_function, p_from, p_to);
END $$;
SELECT pg_temp.amend('facts_of_turns', '''expires_at'', o.expires_at)', '''expires_at'', o.expires_at, ''on_its_way'', payment_on_its_way(o.id))');
SELECT pg_temp.amend('facts_of_replies', '''expires_at'', o.expires_at)', '''expires_at'', o.expires_at, ''on_its_way'', payment_on_its_way(o.id))');
-- No newer order takes its place, so that it keeps what it holds.
SELECT pg_temp.amend('taken_from_stock', 'o.conversation_id = except_conversation)', 'o.conversation_id = except_conversation AND NOT payment_on_its_way(o.id))');
SELECT pg_temp.amend('times_of_turn', 'b.conversation_id IS NOT DISTINCT FROM v_conversation)', 'b.conversation_id IS NOT DISTINCT FROM v_conversation AND NOT payment_on_its_way(b.order_id))');
SELECT pg_temp.amend('claim_outbox', 'r.status = ''awaiting_payment'' AND r.expires_at > v_now', 'r.status = ''awaiting_payment'' AND r.expires_at > v_now AND NOT payment_on_its_way(r.id)');
DROP FUNCTION pg_temp.amend;

-- Down Migration
CREATE FUNCTION pg_temp.amend(p_function regproc, p_from text, p_to text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE replace(pg_get_functiondef(p_function), p_from, p_to);
END $$;
SELECT pg_temp.amend('claim_outbox', ' AND NOT payment_on_its_way(r.id)', '');
SELECT pg_temp.amend('times_of_turn', ' AND NOT payment_on_its_way(b.order_id)', '');
SELECT pg_temp.amend('taken_from_stock', ' AND NOT payment_on_its_way(o.id)', '');
SELECT pg_temp.amend('facts_of_replies', ', ''on_its_way'', payment_on_its_way(o.id)', '');
SELECT pg_temp.amend('facts_of_turns', ', ''on_its_way'', payment_on_its_way(o.id)', '');
SELECT pg_temp.amend('claim_orders_to_remind', ' AND NOT payment_on_its_way(o.id)', '');
SELECT pg_temp.amend('overdue_orders', ' AND NOT payment_on_its_way(o.id)', '');
DROP FUNCTION pg_temp.amend;
DROP FUNCTION payment_on_its_way;
