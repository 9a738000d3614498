-- Up Migration
-- Companies' calendars at Google, and the bookings kept in them. The rows here are the truth about a booking; the calendar is made to agree with
-- them, and what people change in it by hand comes back.

CREATE TABLE company_calendars (
	company_id text PRIMARY KEY REFERENCES companies ON DELETE CASCADE,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	-- error: Google lets us use it no more, until it is connected again.
	state text NOT NULL DEFAULT 'disconnected' CHECK (state IN ('disconnected', 'connected', 'error')),
	-- Of the account, sealed with the tenant's key; only while connected.
	refresh_token bytea,
	account_email text NOT NULL DEFAULT '',
	last_error text,
	appointment_calendar_id text,
	delivery_calendar_id text,
	-- features/bookings/calendar-settings.ts
	settings jsonb NOT NULL DEFAULT '{}',
	-- By calendar id: where the next look at its changes begins.
	sync_tokens jsonb NOT NULL DEFAULT '{}',
	-- When changes are looked for again; pushed on while a process does it.
	sync_due_at timestamptz,
	sync_failures integer NOT NULL DEFAULT 0,
	synced_at timestamptz,
	connected_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK ((refresh_token IS NOT NULL) = (state = 'connected'))
);
CREATE INDEX company_calendars_due ON company_calendars (sync_due_at) WHERE state = 'connected';

-- Consents that were asked for and are not given yet: each works once.
CREATE TABLE calendar_consents (
	nonce text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	-- The account that has to consent; '': any.
	email text NOT NULL DEFAULT '',
	expires_at timestamptz NOT NULL
);
CREATE INDEX calendar_consents_of_company ON calendar_consents (company_id);

CREATE TABLE bookings (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	order_id text REFERENCES orders ON DELETE SET NULL,
	conversation_id text REFERENCES conversations ON DELETE SET NULL,
	kind text NOT NULL CHECK (kind IN ('appointment', 'delivery')),
	sku text NOT NULL,
	item_name text NOT NULL,
	places integer NOT NULL DEFAULT 1 CHECK (places > 0),
	starts_at timestamptz NOT NULL,
	ends_at timestamptz NOT NULL,
	-- The company's when it was booked.
	time_zone text NOT NULL,
	-- released: the hold ended without a booking. failed: it was paid when its time was over and taken.
	status text NOT NULL CHECK (status IN ('held', 'confirmed', 'cancelled', 'released', 'failed')),
	held_until timestamptz,
	customer_name text NOT NULL DEFAULT '',
	customer_phone text NOT NULL DEFAULT '',
	city text NOT NULL DEFAULT '',
	-- Where it takes place, or is delivered.
	place text NOT NULL DEFAULT '',
	meeting boolean NOT NULL DEFAULT false,
	note text NOT NULL DEFAULT '',
	language text NOT NULL DEFAULT 'English',
	-- Where its event is; null: there is none yet.
	calendar_id text,
	event_id text,
	event_url text NOT NULL DEFAULT '',
	meeting_url text NOT NULL DEFAULT '',
	-- pending: the calendar doesn't agree with this row yet. conflict: its time is taken there by something else.
	calendar_state text NOT NULL DEFAULT 'none' CHECK (calendar_state IN ('none', 'pending', 'stored', 'conflict', 'removed')),
	-- A person of the company chose to have it beside what is in the calendar.
	conflict_accepted boolean NOT NULL DEFAULT false,
	-- Grows with each change that the calendar has to follow.
	revision integer NOT NULL DEFAULT 0,
	changed_at timestamptz NOT NULL DEFAULT now(),
	attempts integer NOT NULL DEFAULT 0,
	-- When the calendar is tried again; null: it agrees.
	next_attempt_at timestamptz,
	last_error text,
	-- What a person of the company has to look at.
	attention text CHECK (attention IN ('conflict', 'not_in_calendar', 'slot_lost', 'all_day')),
	confirmed_at timestamptz,
	ended_at timestamptz,
	ended_by text CHECK (ended_by IN ('customer', 'company', 'calendar', 'refund', 'time')),
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (starts_at < ends_at),
	CHECK (status <> 'held' OR held_until IS NOT NULL)
);
CREATE INDEX bookings_of_company ON bookings (company_id, id DESC);
CREATE INDEX bookings_of_order ON bookings (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX bookings_taking_time ON bookings (company_id, kind, ends_at) WHERE status IN ('held', 'confirmed');
CREATE INDEX bookings_of_event ON bookings (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX bookings_due ON bookings (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX bookings_held ON bookings (held_until) WHERE status = 'held';

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['company_calendars', 'calendar_consents', 'bookings'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY own_rows ON %I USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', t);
	END LOOP;
END $$;

-- tenant_of knows bookings; the rest of it stays as it is by now.
DO $$
DECLARE
	v_function text := pg_get_functiondef('tenant_of'::regproc);
	v_place text := 'WHEN ''pay_token'' THEN';
BEGIN
	IF position(v_place IN v_function) = 0 THEN
		RAISE EXCEPTION 'tenant_of has changed: 0023_bookings.sql finds no "%" in it.', v_place;
	END IF;
	EXECUTE replace(v_function, v_place, E'WHEN ''booking'' THEN (SELECT tenant_id FROM bookings WHERE id = object_id)\n\t\t' || v_place);
END $$;

-- Bookings whose calendar is to be made to agree, each for one process until its lease ends.
CREATE FUNCTION claim_due_bookings(p_now timestamptz, p_limit integer, p_lease_ms integer)
RETURNS TABLE (tenant_id text, booking_id text)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE bookings b SET next_attempt_at = p_now + make_interval(secs => p_lease_ms / 1000.0)
	WHERE b.id IN (SELECT d.id FROM bookings d WHERE d.next_attempt_at <= p_now ORDER BY d.next_attempt_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
	RETURNING b.tenant_id, b.id
$$;
CREATE FUNCTION next_booking_in_ms(p_now timestamptz) RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT extract(epoch FROM min(next_attempt_at) - p_now)::double precision * 1000 FROM bookings WHERE next_attempt_at IS NOT NULL
$$;

-- Holds that are over end, and those of orders that ended unpaid; nothing else has to happen for them.
CREATE FUNCTION release_stale_holds(p_now timestamptz) RETURNS integer
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

-- Calendars whose changes are looked for now, each for one process until its lease ends.
CREATE FUNCTION claim_due_calendars(p_now timestamptz, p_limit integer, p_lease_ms integer)
RETURNS TABLE (tenant_id text, company_id text)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE company_calendars c SET sync_due_at = p_now + make_interval(secs => p_lease_ms / 1000.0)
	WHERE c.company_id IN (
		SELECT d.company_id FROM company_calendars d WHERE d.state = 'connected' AND d.sync_due_at <= p_now
		ORDER BY d.sync_due_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
	RETURNING c.tenant_id, c.company_id
$$;

-- Down Migration
DROP FUNCTION claim_due_calendars;
DROP FUNCTION release_stale_holds;
DROP FUNCTION next_booking_in_ms;
DROP FUNCTION claim_due_bookings;
DO $$
BEGIN
	EXECUTE regexp_replace(pg_get_functiondef('tenant_of'::regproc), 'WHEN ''booking'' THEN [^\n]*\n\s*', '');
END $$;
DROP TABLE bookings;
DROP TABLE calendar_consents;
DROP TABLE company_calendars;
