-- Up Migration
-- Decisions and replies of many turns in two round trips: one reads all that they rest on, one stores them. No lock is held between the two;
-- what was read carries its revision, and what has changed meanwhile is not stored: the service then takes that turn by itself, with its
-- conversation locked. The functions run as their caller, so row-level security binds them: each turn is read and written in the session of
-- its own tenant. Their plans do not depend on the values: planning anew would cost more than it could save.

-- Changes with everything that an answer rests on: the customer's messages, who is in charge, the session, the latest order.
CREATE FUNCTION turn_revision(p_turn text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT v.xmin::text || '/' || t.message_count || coalesce('/' || (
		SELECT o.id || '/' || o.xmin::text FROM orders o WHERE o.conversation_id = v.id ORDER BY o.created_at DESC, o.id DESC LIMIT 1), '')
	FROM turns t JOIN conversations v ON v.id = t.conversation_id WHERE t.id = p_turn
$$;

-- What the guard must know of these turns. p_tenant null: each turn's own tenant. A turn that is not there (or is another tenant's) has no row.
CREATE FUNCTION facts_of_turns(p_tenant text, p_turns text[])
RETURNS TABLE (
	turn_id text, tenant_id text, revision text, decided boolean, details jsonb, session jsonb, company jsonb, catalog_version bigint,
	latest_order jsonb, history jsonb)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
#variable_conflict use_column
DECLARE
	v_tenant text;
	v_turns text[];
BEGIN
	FOR v_tenant, v_turns IN
		SELECT coalesce(p_tenant, tenant_of('turn', asked.id)), array_agg(asked.id) FROM unnest(p_turns) AS asked (id) GROUP BY 1
	LOOP
		CONTINUE WHEN v_tenant IS NULL;
		PERFORM set_config('concierge.tenant_id', v_tenant, true);
		RETURN QUERY
		SELECT d.id, d.tenant_id, turn_revision(d.id), (SELECT true FROM decisions x WHERE x.turn_id = d.id LIMIT 1) IS NOT NULL,
			to_jsonb(d) - 'session', d.session,
			jsonb_build_object('name', k.name, 'type', k.type, 'currency', k.currency, 'default_language', k.default_language,
				'settings', k.settings, 'payment_state', k.payment_state),
			k.catalog_version,
			(SELECT jsonb_build_object('id', o.id, 'status', o.status, 'total_cents', o.total_cents, 'lines', o.lines, 'pay_token', o.pay_token,
					'expires_at', o.expires_at)
				FROM orders o WHERE o.conversation_id = d.conversation_id ORDER BY o.created_at DESC, o.id DESC LIMIT 1),
			(SELECT coalesce(jsonb_agg(jsonb_build_object('author', h.author, 'text', h.text, 'sent_at', h.sent_at) ORDER BY h.sent_at, h.id), '[]')
				FROM (SELECT m.id, m.author, m.text, m.sent_at FROM messages m
					WHERE m.conversation_id = d.conversation_id AND (m.direction = 'out' OR m.turn_id IS DISTINCT FROM d.id) AND m.text <> ''
						-- What waits for a turn of its own is not history yet.
						AND (SELECT true FROM turns w WHERE w.conversation_id = d.conversation_id AND w.state IN ('collecting', 'waiting') AND w.id = m.turn_id LIMIT 1) IS NULL
					ORDER BY m.sent_at DESC, m.id DESC LIMIT 20) h)
		FROM turn_details(v_turns) d
		JOIN companies k ON k.id = d.company_id;
	END LOOP;
END $$;

-- Stores the decisions that still rest on what holds; the ids of their turns. Conversations are locked in one order, so that two calls can't
-- wait for each other.
CREATE FUNCTION store_decisions(p_decisions jsonb, p_execution text, p_lease_ms integer) RETURNS SETOF text
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
DECLARE
	d record;
BEGIN
	FOR d IN
		SELECT * FROM jsonb_to_recordset(p_decisions) AS d (
			id text, tenant_id text, turn_id text, conversation_id text, revision text, proposal jsonb, decision jsonb, session jsonb, next text, created_at timestamptz)
		ORDER BY conversation_id, turn_id
	LOOP
		PERFORM set_config('concierge.tenant_id', d.tenant_id, true);
		PERFORM 1 FROM conversations v WHERE v.id = d.conversation_id FOR NO KEY UPDATE;
		CONTINUE WHEN turn_revision(d.turn_id) IS DISTINCT FROM d.revision;
		-- A turn that was decided before is not decided anew.
		CONTINUE WHEN EXISTS (SELECT 1 FROM decisions x WHERE x.turn_id = d.turn_id);
		CONTINUE WHEN NOT turn_decided(d.turn_id, p_execution, p_lease_ms);
		INSERT INTO decisions (id, tenant_id, turn_id, conversation_id, proposal, decision, session, next, created_at)
		VALUES (d.id, d.tenant_id, d.turn_id, d.conversation_id, d.proposal, d.decision, d.session, d.next, d.created_at);
		RETURN NEXT d.turn_id;
	END LOOP;
END $$;

-- The conversation is locked by the caller. false: the turn isn't open any more.
CREATE FUNCTION turn_decided(p_turn text, p_execution text, p_lease_ms integer) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE turns t SET state = 'decided', execution_id = coalesce(p_execution, t.execution_id),
		lease_until = clock_timestamp() + make_interval(secs => p_lease_ms / 1000.0), next_attempt_at = NULL, read_at = coalesce(t.read_at, clock_timestamp()),
		session_before = coalesce(t.session_before, v.session)
	FROM conversations v WHERE t.id = p_turn AND v.id = t.conversation_id AND coalesce(t.state, '') IN ('delivering', 'delivered', 'decided');
	RETURN FOUND;
END $$;

-- What a reply with a decision rests on. No row: not there, or another tenant's.
CREATE FUNCTION facts_of_replies(p_tenant text, p_replies jsonb)
RETURNS TABLE (
	turn_id text, tenant_id text, revision text, open boolean, current boolean, queued boolean, conversation_id text, conversation_state text,
	connection_id text, channel text, generation integer, decision_id text, decision jsonb, session jsonb, next text, checkout_refusal jsonb,
	placed_order jsonb, paid_since boolean)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
#variable_conflict use_column
DECLARE
	v_tenant text;
	v_replies jsonb;
BEGIN
	FOR v_tenant, v_replies IN
		SELECT coalesce(p_tenant, tenant_of('turn', asked.r->>'turn_id')), jsonb_agg(asked.r) FROM jsonb_array_elements(p_replies) AS asked (r) GROUP BY 1
	LOOP
		CONTINUE WHEN v_tenant IS NULL;
		PERFORM set_config('concierge.tenant_id', v_tenant, true);
		RETURN QUERY
		SELECT t.id, t.tenant_id, reply_revision(t.conversation_id, d.id), t.state IN ('delivering', 'delivered', 'decided'),
			t.generation = v.generation, (SELECT true FROM outbox o WHERE o.turn_id = t.id LIMIT 1) IS NOT NULL, v.id, v.state, t.connection_id, c.channel, t.generation,
			d.id, d.decision, d.session, d.next, d.checkout_refusal,
			(SELECT jsonb_build_object('id', o.id, 'status', o.status, 'total_cents', o.total_cents, 'pay_token', o.pay_token, 'expires_at', o.expires_at)
				FROM orders o WHERE o.decision_id = d.id),
			(SELECT true FROM orders o WHERE o.conversation_id = v.id AND o.paid_at > d.created_at LIMIT 1) IS NOT NULL
		FROM jsonb_to_recordset(v_replies) AS asked (turn_id text, decision_id text)
		JOIN turns t ON t.id = asked.turn_id
		JOIN conversations v ON v.id = t.conversation_id
		JOIN connections c ON c.id = t.connection_id
		JOIN decisions d ON d.id = asked.decision_id AND d.turn_id = t.id;
	END LOOP;
END $$;

-- Changes with everything that a reply rests on: also the decision (its checkout may be refused) and its order.
CREATE FUNCTION reply_revision(p_conversation text, p_decision text) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT v.xmin::text || '/' || d.xmin::text || coalesce('/' || o.xmin::text, '')
	FROM conversations v JOIN decisions d ON d.id = p_decision LEFT JOIN orders o ON o.decision_id = d.id
	WHERE v.id = p_conversation
$$;

-- Puts the replies that still rest on what holds into the outbox, keeps their sessions and ends their turns; the ids of these turns.
CREATE FUNCTION store_replies(p_replies jsonb, p_channel text) RETURNS SETOF text
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
DECLARE
	r record;
	v_any boolean := false;
BEGIN
	FOR r IN
		SELECT * FROM jsonb_to_recordset(p_replies) AS r (
			tenant_id text, turn_id text, decision_id text, conversation_id text, connection_id text, revision text, generation integer, human boolean,
			session jsonb, parts jsonb)
		ORDER BY conversation_id, turn_id
	LOOP
		PERFORM set_config('concierge.tenant_id', r.tenant_id, true);
		PERFORM 1 FROM conversations v WHERE v.id = r.conversation_id FOR NO KEY UPDATE;
		CONTINUE WHEN reply_revision(r.conversation_id, r.decision_id) IS DISTINCT FROM r.revision;
		CONTINUE WHEN NOT turn_finished(r.turn_id);
		INSERT INTO outbox (id, tenant_id, connection_id, conversation_id, turn_id, generation, idempotency_key, kind, text, media_url, author)
		SELECT p.id, r.tenant_id, r.connection_id, r.conversation_id, r.turn_id, r.generation, p.key, p.kind, p.text, p.media_url, 'assistant'
		FROM jsonb_to_recordset(r.parts) AS p (n integer, id text, key text, kind text, text text, media_url text) ORDER BY p.n;
		UPDATE conversations SET session = r.session, state = CASE WHEN r.human THEN 'human' ELSE state END WHERE id = r.conversation_id;
		UPDATE decisions SET session = r.session WHERE id = r.decision_id;
		v_any := true;
		RETURN NEXT r.turn_id;
	END LOOP;
	IF v_any THEN PERFORM pg_notify(p_channel, '0'); END IF;
END $$;

-- The conversation is locked by the caller. false: the turn isn't open any more.
CREATE FUNCTION turn_finished(p_turn text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE turns SET state = 'done', done_at = clock_timestamp(), lease_until = NULL, next_attempt_at = NULL, last_error = NULL
	WHERE id = p_turn AND coalesce(state, '') IN ('delivering', 'delivered', 'decided');
	RETURN FOUND;
END $$;

-- Keys are remembered for some seconds: a process that listens forgets them at once when one is revoked.
CREATE FUNCTION announce_api_keys() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('concierge_api_keys', '');
	RETURN NULL;
END $$;
CREATE TRIGGER api_keys_changed AFTER UPDATE OR DELETE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION announce_api_keys();
CREATE TRIGGER tenant_status_changed AFTER UPDATE OF status OR DELETE ON tenants FOR EACH STATEMENT EXECUTE FUNCTION announce_api_keys();

-- Down Migration
DROP TRIGGER tenant_status_changed ON tenants;
DROP TRIGGER api_keys_changed ON api_keys;
DROP FUNCTION announce_api_keys;
DROP FUNCTION turn_finished;
DROP FUNCTION store_replies;
DROP FUNCTION reply_revision;
DROP FUNCTION facts_of_replies;
DROP FUNCTION turn_decided;
DROP FUNCTION store_decisions;
DROP FUNCTION facts_of_turns;
DROP FUNCTION turn_revision;
