-- Up Migration
-- As in 0007_delivery.sql, but when n8n has as many turns open as it shall have, tenants that have none there still get one each: a flood of one
-- tenant's turns fills n8n, and nobody else waits for it. crowded: only such turns are claimed.
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
		crowded := v_room < p_batch;
		p_limit := CASE WHEN crowded THEN least(p_limit, p_batch + v_room) ELSE least(p_limit, v_room) END;
	END IF;
	IF crowded THEN
		-- Who has nothing there does not wait for those who fill it: one turn each, and one batch in all.
		IF p_limit > 0 THEN
			SELECT f.due_tenants, f.last_tenant INTO v_tenants, last_tenant FROM tenants_with_due_turns(v_now, p_after, 256, 256) f;
			SELECT array_agg(x.id) INTO v_due FROM (
				SELECT one.id FROM unnest(v_tenants) AS f (tenant_id) CROSS JOIN LATERAL (
					SELECT t.id FROM turns t
					WHERE t.tenant_id = f.tenant_id AND t.state = 'collecting' AND coalesce(t.lease_until, t.flush_at) <= v_now
						AND NOT EXISTS (SELECT FROM turns o WHERE o.tenant_id = f.tenant_id AND o.state IN ('delivering', 'delivered', 'decided'))
					ORDER BY coalesce(t.lease_until, t.flush_at) LIMIT 1 FOR UPDATE OF t SKIP LOCKED) one
				LIMIT p_limit) x;
		END IF;
		p_limit := coalesce(cardinality(v_due), 0);
	ELSE
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

-- Down Migration
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
