-- Up Migration
-- What a conversation needs to know of times: whether the company has a calendar, what is taken of its time, and what the customer has booked.
-- Read with the facts of a turn (features/bookings/schedule.ts), so that neither a company with a calendar nor one without costs another round trip.

CREATE INDEX bookings_of_conversation ON bookings (conversation_id, ends_at) WHERE status = 'confirmed' AND conversation_id IS NOT NULL;

-- For a turn, whose tenant's session may not be open; null: neither a calendar nor bookings. What the conversation itself holds for an unpaid order
-- takes no time from it: its newer order takes the place of that one.
CREATE FUNCTION times_of_turn(p_turn text, p_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
	v_company text;
	v_conversation text;
	v_calendar jsonb;
	v_taken jsonb := '[]';
	v_bookings jsonb;
BEGIN
	SELECT t.company_id, t.conversation_id INTO v_company, v_conversation FROM turns t WHERE t.id = p_turn;
	SELECT jsonb_build_object('state', k.state, 'account_email', k.account_email, 'appointment_calendar_id', k.appointment_calendar_id, 'settings', k.settings, 'time_zone', c.time_zone)
		INTO v_calendar FROM company_calendars k JOIN companies c ON c.id = k.company_id WHERE k.company_id = v_company;
	IF v_calendar->>'state' = 'connected' THEN
		-- Buffers and long appointments reach over the ends.
		SELECT coalesce(jsonb_agg(jsonb_build_object('kind', b.kind, 'sku', b.sku, 'start', b.starts_at, 'end', b.ends_at, 'places', b.places)), '[]') INTO v_taken FROM bookings b
			WHERE b.company_id = v_company AND b.kind IN ('appointment', 'delivery') AND b.ends_at > p_now - interval '2 days' AND b.status IN ('held', 'confirmed')
				AND (b.status = 'confirmed' OR (b.held_until > p_now AND NOT (b.order_id IS NOT NULL AND b.conversation_id IS NOT DISTINCT FROM v_conversation)));
	END IF;
	SELECT jsonb_agg(to_jsonb(own)) INTO v_bookings FROM (
		SELECT b.id, b.kind, b.sku, b.item_name AS name, b.starts_at AS start, b.ends_at AS "end", b.places, b.city, b.time_zone AS zone FROM bookings b
		WHERE b.conversation_id = v_conversation AND b.status = 'confirmed' AND b.ends_at > p_now ORDER BY b.starts_at, b.id LIMIT 10) own;
	IF v_calendar IS NULL AND v_bookings IS NULL THEN RETURN NULL; END IF;
	RETURN jsonb_build_object('calendar', v_calendar, 'taken', v_taken, 'bookings', coalesce(v_bookings, '[]'));
END $$;

-- Where an order is brought, or a service takes place: as the customer wrote it.
ALTER TABLE orders ADD COLUMN address text NOT NULL DEFAULT '';

-- As before; an order whose payment is on its way keeps what it holds, though its time to be paid is over.
CREATE OR REPLACE FUNCTION release_stale_holds(p_now timestamptz) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	WITH ended AS (
		UPDATE bookings SET status = 'released', ended_at = p_now, ended_by = 'time', changed_at = p_now
		WHERE id IN (
			SELECT b.id FROM bookings b
			WHERE b.status = 'held' AND (b.held_until <= p_now OR EXISTS (
				SELECT 1 FROM orders o WHERE o.id = b.order_id AND o.status IN ('expired', 'cancelled')
					AND NOT EXISTS (SELECT 1 FROM checkout_sessions s WHERE s.order_id = o.id AND s.status = 'complete')))
			LIMIT 1000 FOR UPDATE OF b SKIP LOCKED)
		RETURNING 1)
	SELECT count(*)::integer FROM ended
$$;

-- Down Migration
CREATE OR REPLACE FUNCTION release_stale_holds(p_now timestamptz) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	WITH ended AS (
		UPDATE bookings SET status = 'released', ended_at = p_now, ended_by = 'time', changed_at = p_now
		WHERE id IN (
			SELECT b.id FROM bookings b
			WHERE b.status = 'held' AND (b.held_until <= p_now OR EXISTS (SELECT 1 FROM orders o WHERE o.id = b.order_id AND o.status IN ('expired', 'cancelled')))
			LIMIT 1000 FOR UPDATE OF b SKIP LOCKED)
		RETURNING 1)
	SELECT count(*)::integer FROM ended
$$;
ALTER TABLE orders DROP COLUMN address;
DROP FUNCTION times_of_turn;
DROP INDEX bookings_of_conversation;
