-- Up Migration
-- Delivery of turns: due ones are claimed fairly over tenants, with all that their delivery needs, in one round trip; what came of a batch is
-- recorded in another.

ALTER TABLE turns
	-- Batches since the last success that n8n did not take because of what was in them, as far as that can be told.
	ADD COLUMN batch_failures integer NOT NULL DEFAULT 0;

-- "What is due next" of one tenant; its first entry is the tenant's earliest. Over all tenants: turns_next.
CREATE INDEX turns_next_of_tenant ON turns (tenant_id, (coalesce(lease_until, flush_at))) WHERE state IN ('collecting', 'delivering', 'delivered', 'decided');
-- What n8n has taken and not answered.
CREATE INDEX turns_open ON turns (tenant_id) WHERE state IN ('delivered', 'decided');
CREATE INDEX turns_dead ON turns (tenant_id, id) WHERE state = 'dead';
CREATE INDEX subscriptions_of_connection ON subscriptions (connection_id, tenant_id);

-- Tenants that have something due, in order of their ids, the first one after p_after and round again: at most p_limit, of at most p_visits
-- that have an open turn. last_tenant: where the next look starts.
CREATE FUNCTION tenants_with_due_turns(p_now timestamptz, p_after text, p_limit integer, p_visits integer, OUT due_tenants text[], OUT last_tenant text)
LANGUAGE plpgsql AS $$
DECLARE
	v_tenant text;
	v_due timestamptz;
	v_round_again boolean := false;
BEGIN
	due_tenants := '{}';
	last_tenant := p_after;
	FOR i IN 1 .. p_visits LOOP
		SELECT t.tenant_id, coalesce(t.lease_until, t.flush_at) INTO v_tenant, v_due FROM turns t
		WHERE t.state IN ('collecting', 'delivering', 'delivered', 'decided') AND t.tenant_id > last_tenant
		ORDER BY t.tenant_id, coalesce(t.lease_until, t.flush_at) LIMIT 1;
		IF v_tenant IS NULL THEN
			EXIT WHEN v_round_again OR p_after = '';
			v_round_again := true;
			last_tenant := '';
			CONTINUE;
		END IF;
		EXIT WHEN v_round_again AND v_tenant > p_after;
		last_tenant := v_tenant;
		IF v_due <= p_now THEN
			due_tenants := due_tenants || v_tenant;
			EXIT WHEN cardinality(due_tenants) >= p_limit;
		END IF;
	END LOOP;
END $$;

-- Turns whose window or lease has ended, over all tenants, each for one caller. When more are due than are asked for, every tenant gets its
-- share, from the one after p_after on. Those of a conversation with a person, and those given up after p_max_attempts, are closed on the way.
-- A try that n8n did not take (next_attempt_at is set) is not counted as an attempt.
--
-- One row. claimed: [turn_details without the session, with batch_failures and waited_ms, the time since the window's end].
-- routes: {connection id: its subscriptions}: its own, its tenant's, the platform's, newest first.
-- next_in_ms: until the next turn is due; 0 when more may be due already, null when none is open. last_tenant: the next call's p_after.
-- p_most_open: n8n shall have no more turns open than that; when there is no room for p_batch more, crowded is true and nothing is claimed. NULL: any number.
--
-- Each statement sees what was committed before it began, so the details have every message that was committed before the claim: whoever
-- adds one to the turn waits for the row that the claim has locked.
DROP FUNCTION claim_due_turns;
CREATE FUNCTION claim_due_turns(p_limit integer, p_lease_ms integer, p_max_attempts integer, p_after text DEFAULT '', p_most_open integer DEFAULT NULL,
	p_batch integer DEFAULT 1)
RETURNS TABLE (claimed json, routes json, next_in_ms double precision, last_tenant text, crowded boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
-- The same plans whatever the statistics of a table that is empty one minute and has a backlog the next.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
DECLARE
	v_now timestamptz := clock_timestamp();
	v_due text[];
	v_more text[];
	v_tenants text[];
	v_claimed text[];
	v_left integer;
	v_room integer;
	v_end record;
BEGIN
	last_tenant := p_after;
	crowded := false;
	IF p_most_open IS NOT NULL THEN
		SELECT p_most_open - count(*) INTO v_room FROM turns t WHERE t.state IN ('delivered', 'decided');
		p_limit := least(p_limit, v_room);
		IF v_room < p_batch THEN
			claimed := '[]';
			routes := '{}';
			crowded := true;
			RETURN NEXT;
			RETURN;
		END IF;
	END IF;
	SELECT count(*) INTO v_left FROM (
		SELECT 1 FROM turns t
		WHERE t.state IN ('collecting', 'delivering', 'delivered', 'decided') AND coalesce(t.lease_until, t.flush_at) <= v_now
		ORDER BY coalesce(t.lease_until, t.flush_at) LIMIT p_limit + 1) x;

	IF v_left > p_limit THEN
		SELECT f.due_tenants, f.last_tenant INTO v_tenants, last_tenant FROM tenants_with_due_turns(v_now, p_after, p_limit, 256) f;
		SELECT array_agg(x.id) INTO v_due FROM unnest(v_tenants) AS f (tenant_id) CROSS JOIN LATERAL (
			SELECT t.id FROM turns t
			WHERE t.tenant_id = f.tenant_id AND t.state IN ('collecting', 'delivering', 'delivered', 'decided') AND coalesce(t.lease_until, t.flush_at) <= v_now
			ORDER BY coalesce(t.lease_until, t.flush_at) LIMIT greatest(1, p_limit / greatest(1, cardinality(v_tenants))) FOR UPDATE SKIP LOCKED) x;
	END IF;
	-- Without a backlog everything; with one, what the shares have left.
	v_left := p_limit - coalesce(cardinality(v_due), 0);
	IF v_left > 0 THEN
		SELECT array_agg(x.id) INTO v_more FROM (
			SELECT t.id FROM turns t
			WHERE t.state IN ('collecting', 'delivering', 'delivered', 'decided') AND coalesce(t.lease_until, t.flush_at) <= v_now AND t.id <> ALL (coalesce(v_due, '{}'))
			ORDER BY coalesce(t.lease_until, t.flush_at) LIMIT v_left FOR UPDATE SKIP LOCKED) x;
		v_due := v_due || v_more;
	END IF;

	IF v_due IS NOT NULL THEN
		WITH taken AS (
			UPDATE turns t SET
				state = 'delivering',
				attempts = t.attempts + (t.next_attempt_at IS NULL)::integer,
				lease_until = v_now + make_interval(secs => p_lease_ms / 1000.0),
				next_attempt_at = NULL
			FROM conversations v
			WHERE t.id = ANY (v_due) AND v.id = t.conversation_id AND v.state <> 'human'
				AND NOT (t.next_attempt_at IS NULL AND t.attempts >= p_max_attempts)
			RETURNING t.id
		)
		SELECT array_agg(taken.id) INTO v_claimed FROM taken;

		IF coalesce(cardinality(v_claimed), 0) < cardinality(v_due) THEN
			-- With the conversation locked, because what waits behind the turn goes on. One that is locked just now is left for the next claim:
			-- who holds it may wait for the turn.
			FOR v_end IN
				SELECT t.id, CASE WHEN v.state = 'human' THEN 'human' ELSE 'dead' END AS state FROM turns t JOIN conversations v ON v.id = t.conversation_id
				WHERE t.id = ANY (v_due) AND t.id <> ALL (coalesce(v_claimed, '{}'))
					AND (v.state = 'human' OR (t.next_attempt_at IS NULL AND t.attempts >= p_max_attempts))
				FOR NO KEY UPDATE OF v SKIP LOCKED
			LOOP
				UPDATE turns t SET
					state = v_end.state, lease_until = NULL, next_attempt_at = NULL, done_at = v_now,
					last_error = CASE WHEN v_end.state = 'dead' THEN format('n8n took the turn %s times and never answered it%s. See its executions, then redeliver it.',
						t.attempts, ' (execution ' || t.execution_id || ')') ELSE t.last_error END
				WHERE t.id = v_end.id;
			END LOOP;
		END IF;
	END IF;

	SELECT coalesce(json_agg(x.turn), '[]') INTO claimed FROM (
		SELECT to_jsonb(d) - 'session' || jsonb_build_object('batch_failures', t.batch_failures, 'waited_ms', extract(epoch FROM v_now - t.flush_at) * 1000) AS turn
		FROM turn_details(v_claimed) d JOIN turns t ON t.id = d.id ORDER BY t.flush_at) x;
	SELECT coalesce(json_object_agg(c.id, (
		SELECT coalesce(json_agg(json_build_object('id', s.id, 'url', s.url, 'mode', s.mode, 'api_key_id', s.api_key_id,
				'own', s.connection_id IS NOT NULL, 'signing_secret', encode(k.signing_secret, 'base64'))
			ORDER BY s.connection_id IS NULL, s.created_at DESC, s.id DESC), '[]')
		FROM (
			SELECT * FROM subscriptions o WHERE o.connection_id = c.id AND o.tenant_id = c.tenant_id
			UNION ALL SELECT * FROM subscriptions o WHERE o.connection_id = c.id AND o.tenant_id IS NULL
			UNION ALL SELECT * FROM subscriptions o WHERE o.connection_id IS NULL AND o.tenant_id = c.tenant_id AND (o.channels = '{}' OR c.channel = ANY (o.channels))
			UNION ALL SELECT * FROM subscriptions o WHERE o.connection_id IS NULL AND o.tenant_id IS NULL AND (o.channels = '{}' OR c.channel = ANY (o.channels))
		) s JOIN api_keys k ON k.id = s.api_key_id AND k.revoked_at IS NULL
		WHERE 'turn.ready' = ANY (s.events) AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp()))), '{}')
	INTO routes FROM connections c WHERE c.id IN (SELECT t.connection_id FROM turns t WHERE t.id = ANY (v_claimed));
	next_in_ms := 0;
	IF coalesce(cardinality(v_due), 0) < p_limit THEN next_in_ms := next_turn_in_ms(); END IF;
	RETURN NEXT;
END $$;
DROP FUNCTION turns_to_deliver;

-- Milliseconds until a turn is due; null: none waits. The first entry of the index, whatever the statistics say.
CREATE OR REPLACE FUNCTION next_turn_in_ms() RETURNS double precision
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public SET enable_seqscan = off AS $$
	SELECT extract(epoch FROM min(coalesce(lease_until, flush_at)) - clock_timestamp()) * 1000 FROM turns
	WHERE state IN ('collecting', 'delivering', 'delivered', 'decided')
$$;

DROP FUNCTION turn_taken;
DROP FUNCTION turn_not_taken;
-- What came of deliveries, in one round trip: [{id, attempt, taken, subscription, due_in_ms, reason, failures, batch_failures}].
--   taken: n8n echoed the turn's id; it has due_in_ms to answer. The answer itself may have been faster than this.
--   not taken: again in due_in_ms. `failures` 0: it was handed back, and nothing is said of n8n.
-- Turns that someone has locked just now are not waited for, or two who hold several could wait for each other: their ids come back, for
-- another call.
CREATE FUNCTION settle_deliveries(p_outcomes jsonb) RETURNS text[]
LANGUAGE sql SECURITY DEFINER SET search_path = public SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
	WITH outcome AS MATERIALIZED (
		SELECT o.*, clock_timestamp() + make_interval(secs => o.due_in_ms / 1000.0) AS due_at FROM jsonb_to_recordset(p_outcomes) AS o (
			id text, attempt integer, taken boolean, subscription text, due_in_ms double precision, reason text, failures integer, batch_failures integer)
	), mine AS MATERIALIZED (
		SELECT t.id FROM turns t JOIN outcome o ON t.id = o.id
		WHERE t.id = ANY (array(SELECT x.id FROM outcome x)) AND coalesce(t.state, '') = 'delivering' AND t.attempts = o.attempt FOR UPDATE OF t SKIP LOCKED
	), settled AS (
		UPDATE turns t SET
			state = CASE WHEN o.taken THEN 'delivered' ELSE t.state END,
			delivered_at = CASE WHEN o.taken THEN clock_timestamp() ELSE t.delivered_at END,
			subscription_id = CASE WHEN o.taken THEN o.subscription ELSE t.subscription_id END,
			delivery_failures = CASE WHEN o.taken THEN 0 ELSE t.delivery_failures + o.failures END,
			batch_failures = CASE WHEN o.taken THEN 0 ELSE t.batch_failures + o.batch_failures END,
			last_error = CASE WHEN o.taken THEN NULL ELSE coalesce(o.reason, t.last_error) END,
			lease_until = o.due_at,
			next_attempt_at = CASE WHEN NOT o.taken THEN o.due_at END
		FROM mine m JOIN outcome o ON o.id = m.id WHERE t.id = m.id
		RETURNING t.id
	)
	SELECT coalesce(array_agg(o.id), '{}') FROM outcome o JOIN turns t ON t.id = o.id
	WHERE t.id = ANY (array(SELECT x.id FROM outcome x)) AND coalesce(t.state, '') = 'delivering' AND t.attempts = o.attempt AND NOT EXISTS (SELECT 1 FROM settled s WHERE s.id = o.id)
$$;

-- A list page from the index that its filter names: dead turns are few among millions.
DROP FUNCTION list_turns;
CREATE FUNCTION list_turns(for_tenant text, with_state text, after_id text, row_limit integer)
RETURNS SETOF turns LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
	RETURN QUERY EXECUTE 'SELECT * FROM turns WHERE true'
		|| CASE WHEN for_tenant IS NULL THEN '' ELSE format(' AND tenant_id = %L', for_tenant) END
		|| CASE WHEN with_state IS NULL THEN '' ELSE format(' AND state = %L', with_state) END
		|| CASE WHEN after_id IS NULL THEN '' ELSE format(' AND id < %L', after_id) END
		|| format(' ORDER BY id DESC LIMIT %s', row_limit);
END $$;

-- Dead turns again, from the first attempt on; a null is no condition. Conversations are locked in one order, before their turns.
CREATE FUNCTION redeliver_dead_turns(p_tenant text, p_company text, p_connection text, p_turn text, p_limit integer)
RETURNS SETOF turns LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	WITH dead AS MATERIALIZED (
		SELECT t.id FROM turns t JOIN conversations v ON v.id = t.conversation_id
		WHERE t.state = 'dead' AND (p_tenant IS NULL OR t.tenant_id = p_tenant) AND (p_company IS NULL OR t.company_id = p_company)
			AND (p_connection IS NULL OR t.connection_id = p_connection) AND (p_turn IS NULL OR t.id = p_turn)
		ORDER BY v.id LIMIT p_limit FOR NO KEY UPDATE OF v
	)
	UPDATE turns t SET state = 'collecting', attempts = 0, delivery_failures = 0, batch_failures = 0, done_at = NULL, lease_until = NULL,
		next_attempt_at = NULL, read_at = NULL, window_ends_at = clock_timestamp(), flush_at = clock_timestamp()
	FROM dead WHERE t.id = dead.id AND t.state = 'dead'
	RETURNING t.*
$$;

-- Down Migration
DO $$ BEGIN RAISE EXCEPTION 'There is no way back over this migration: restore the backup that was made before it.'; END $$;
