-- Up Migration
-- What was paid for a booking that its customer cancels waits for a person, or goes back through the payment provider (docs/bookings.md).
ALTER TABLE bookings DROP CONSTRAINT bookings_attention_check,
	ADD CONSTRAINT bookings_attention_check CHECK (attention IN ('conflict', 'not_in_calendar', 'slot_lost', 'all_day', 'refund_due'));

CREATE TABLE cancellation_refunds (
	booking_id text PRIMARY KEY REFERENCES bookings ON DELETE CASCADE,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
	cents integer NOT NULL CHECK (cents > 0),
	-- What had gone back of the order, or was on its way, when this was decided.
	given_before integer NOT NULL,
	-- done: the provider has taken it. team: a person sees to it.
	state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'team')),
	attempts integer NOT NULL DEFAULT 0,
	-- Of the idempotency key.
	key_number integer NOT NULL DEFAULT 0,
	next_attempt_at timestamptz,
	last_error text,
	position bigint GENERATED ALWAYS AS IDENTITY,
	CHECK ((state = 'due') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX cancellation_refunds_of_order ON cancellation_refunds (order_id, position);
CREATE INDEX cancellation_refunds_due ON cancellation_refunds (next_attempt_at) WHERE state = 'due';
ALTER TABLE cancellation_refunds ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON cancellation_refunds USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

-- Each for one process until its lease ends; of one order one after the other.
CREATE FUNCTION claim_due_refunds(p_now timestamptz, p_limit integer, p_lease_ms integer)
RETURNS TABLE (tenant_id text, booking_id text)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE cancellation_refunds r SET next_attempt_at = p_now + make_interval(secs => p_lease_ms / 1000.0)
	WHERE r.booking_id IN (
		SELECT d.booking_id FROM cancellation_refunds d
		WHERE d.state = 'due' AND d.next_attempt_at <= p_now
			AND NOT EXISTS (SELECT 1 FROM cancellation_refunds e WHERE e.order_id = d.order_id AND e.position < d.position AND e.state = 'due')
		ORDER BY d.next_attempt_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
	RETURNING r.tenant_id, r.booking_id
$$;
CREATE FUNCTION next_refund_in_ms(p_now timestamptz) RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT extract(epoch FROM min(d.next_attempt_at) - p_now)::double precision * 1000 FROM cancellation_refunds d
	WHERE d.state = 'due' AND NOT EXISTS (SELECT 1 FROM cancellation_refunds e WHERE e.order_id = d.order_id AND e.position < d.position AND e.state = 'due')
$$;

-- Down Migration
DROP FUNCTION next_refund_in_ms;
DROP FUNCTION claim_due_refunds;
DROP TABLE cancellation_refunds;
UPDATE bookings SET attention = NULL WHERE attention = 'refund_due';
ALTER TABLE bookings DROP CONSTRAINT bookings_attention_check,
	ADD CONSTRAINT bookings_attention_check CHECK (attention IN ('conflict', 'not_in_calendar', 'slot_lost', 'all_day'));
