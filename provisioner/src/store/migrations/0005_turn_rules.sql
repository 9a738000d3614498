-- Up Migration
-- The rules of core/conversation/turns.ts, in SQL, and the gateway's one round trip for many messages. Order of locks everywhere: alias,
-- conversation, outbox part, turn, message; claims take SKIP LOCKED and wait for nothing.

ALTER TABLE connections
	-- core/conversation/turn-settings.ts, what this connection says of it.
	ADD COLUMN turn_settings jsonb NOT NULL DEFAULT '{}',
	DROP COLUMN quiet_window_ms,
	DROP COLUMN max_wait_ms;

ALTER TABLE messages
	ADD COLUMN edited_at timestamptz,
	ADD COLUMN deleted_at timestamptz,
	ADD COLUMN transcript_state text NOT NULL DEFAULT 'none' CHECK (transcript_state IN ('none', 'pending', 'done', 'failed')),
	-- Until when its turn waits for the transcript.
	ADD COLUMN transcript_until timestamptz,
	-- A message goes with its conversation. The tenant and the connection are the conversation's own, so that each message need not
	-- be checked against three parents.
	DROP CONSTRAINT messages_tenant_id_fkey,
	DROP CONSTRAINT messages_connection_id_fkey;

ALTER TABLE turns
	DROP CONSTRAINT turns_tenant_id_fkey,
	DROP CONSTRAINT turns_company_id_fkey,
	DROP CONSTRAINT turns_connection_id_fkey,
	DROP CONSTRAINT turns_state_check,
	ADD CONSTRAINT turns_state_check
		CHECK (state IN ('collecting', 'waiting', 'delivering', 'delivered', 'decided', 'done', 'superseded', 'human', 'dead')),
	-- When the quiet window or the maximum ends; flush_at is later when a transcript is waited for.
	ADD COLUMN window_ends_at timestamptz NOT NULL DEFAULT now(),
	ADD COLUMN voice_until timestamptz,
	-- Messages that came to this turn itself.
	ADD COLUMN message_count integer NOT NULL DEFAULT 0,
	-- Answers in a row that newer messages have taken back before this turn.
	ADD COLUMN supersedes integer NOT NULL DEFAULT 0,
	-- The agent has begun to read it: nothing joins it any more.
	ADD COLUMN read_at timestamptz,
	-- W3C trace context of the webhook that opened it; '' for none.
	ADD COLUMN traceparent text NOT NULL DEFAULT '';

DROP INDEX turns_one_collecting;
CREATE UNIQUE INDEX turns_one_collecting ON turns (conversation_id) WHERE state IN ('collecting', 'waiting');

DROP FUNCTION list_connections;
CREATE FUNCTION list_connections(for_tenant text, for_company text, after_id text, row_limit integer)
RETURNS TABLE (
	id text, tenant_id text, company_id text, channel text, name text, external_id text, state text, last_error text, error_count integer,
	turn_settings jsonb, created_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT id, tenant_id, company_id, channel, name, external_id, state, last_error, error_count, turn_settings, created_at
	FROM connections
	WHERE (for_tenant IS NULL OR tenant_id = for_tenant) AND (for_company IS NULL OR company_id = for_company)
		AND (after_id IS NULL OR id < after_id)
	ORDER BY id DESC LIMIT row_limit
$$;

-- Caches of connections hold the company's settings, too.
CREATE TRIGGER connection_settings_changed AFTER UPDATE OF turn_settings ON connections
	FOR EACH ROW EXECUTE FUNCTION announce_connection();
CREATE FUNCTION announce_company() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
	PERFORM pg_notify('concierge_connections', c.id) FROM connections c WHERE c.company_id = NEW.id;
	RETURN NULL;
END $$;
CREATE TRIGGER company_settings_changed AFTER UPDATE OF settings ON companies
	FOR EACH ROW WHEN (OLD.settings IS DISTINCT FROM NEW.settings) EXECUTE FUNCTION announce_company();

CREATE TYPE inbound_message AS (
	ordinal integer, connection_id text, id text, conversation_id text, turn_id text, vendor_id text, address text, address_kind text,
	phone text, name text, type text, text text, media jsonb, sent_at timestamptz, vendor_order bigint,
	quiet interval, max_wait interval, max_messages integer, policy text, flush boolean, voice_wait interval, traceparent text,
	-- Found out here:
	tenant_id text, company_id text, known text, outcome text);

-- What came for one conversation.
CREATE TYPE turn_arrival AS (
	conversation_id text, tenant_id text, company_id text, connection_id text, turn_id text, arrived integer,
	flush boolean, quiet interval, max_wait interval, max_messages integer, policy text, voice_until timestamptz, traceparent text);

-- Turns whose answers are queued, and nothing of them has left. Locking the parts waits for a sender that is just claiming one.
CREATE FUNCTION unsent_turns(p_conversation text) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
	v_turns text[];
BEGIN
	WITH queued AS (
		SELECT turn_id FROM outbox
		WHERE conversation_id = p_conversation AND state = 'queued' AND generation IS NOT NULL AND turn_id IS NOT NULL
		ORDER BY position FOR UPDATE
	)
	SELECT array_agg(DISTINCT turn_id) INTO v_turns FROM queued;
	IF v_turns IS NULL THEN RETURN '{}'; END IF;
	SELECT coalesce(array_agg(u.id), '{}') INTO v_turns FROM unnest(v_turns) AS u(id)
	WHERE NOT EXISTS (SELECT 1 FROM outbox b WHERE b.turn_id = u.id AND b.generation IS NOT NULL AND b.state NOT IN ('queued', 'superseded'));
	RETURN v_turns;
END $$;

-- Unsent answers and turns under way are taken back: parts, the conversation's session, the turns themselves; their messages go to p_new_turn.
CREATE OR REPLACE FUNCTION supersede_turns(p_conversation text, p_new_turn text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	v_unsent text[] := unsent_turns(p_conversation);
	v_superseded text[];
BEGIN
	IF v_unsent <> '{}' THEN
		UPDATE outbox SET state = 'superseded', last_error = 'A newer message came before it was sent.'
		WHERE turn_id = ANY (v_unsent) AND coalesce(state, '') = 'queued' AND generation IS NOT NULL;
		-- Back to what the session was before the earliest of them, unless something else has changed it since the latest.
		UPDATE conversations c SET session = f.session_before
		FROM (SELECT session_before FROM turns WHERE id = ANY (v_unsent) ORDER BY opened_at, id LIMIT 1) f,
			(SELECT d.session FROM turns t JOIN decisions d ON d.turn_id = t.id WHERE t.id = ANY (v_unsent) ORDER BY t.opened_at DESC, t.id DESC LIMIT 1) l
		WHERE c.id = p_conversation AND f.session_before IS NOT NULL AND c.session = l.session;
	END IF;
	WITH gone AS (
		UPDATE turns SET state = 'superseded', done_at = clock_timestamp(), lease_until = NULL, next_attempt_at = NULL
		WHERE coalesce(state, '') IN ('delivering', 'delivered', 'decided', 'dead', 'done') AND id = ANY (v_unsent || array(
			SELECT x.id FROM turns x WHERE x.conversation_id = p_conversation AND x.state IN ('delivering', 'delivered', 'decided', 'dead')))
		RETURNING id
	)
	SELECT array_agg(id) INTO v_superseded FROM gone;
	IF v_superseded IS NOT NULL THEN
		UPDATE messages SET turn_id = p_new_turn WHERE turn_id = ANY (v_superseded) AND direction = 'in';
	END IF;
END $$;

-- When a turn's window ends: at once for a keyword, a button or the most messages; one that has ended stays ended.
CREATE FUNCTION window_end(p_now timestamptz, p_opened_at timestamptz, p_ends_at timestamptz, p_at_once boolean, p_quiet interval, p_max_wait interval)
RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN p_ends_at <= p_now THEN p_ends_at WHEN p_at_once THEN p_now ELSE least(p_now + p_quiet, p_opened_at + p_max_wait) END
$$;

-- A turn for messages of a conversation in which something is not answered yet, and none collects. The conversation is locked.
CREATE FUNCTION open_turn_after(a turn_arrival, p_now timestamptz, OUT opened_turn text, OUT due_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	v_unsent text[] := unsent_turns(a.conversation_id);
	v_flight text;
	v_joinable boolean;
	v_supersedes integer;
	v_generation integer;
	v_ends_at timestamptz := window_end(p_now, p_now, NULL, a.flush OR a.arrived >= a.max_messages, a.quiet, a.max_wait);
	v_voice_until timestamptz := a.voice_until;
BEGIN
	-- Locked, so that the one who ends it (a lease, a person) has ended it before or waits for us.
	SELECT t.id, t.read_at IS NULL AND t.state <> 'decided' INTO v_flight, v_joinable FROM turns t
	WHERE t.conversation_id = a.conversation_id AND t.state IN ('delivering', 'delivered', 'decided') FOR NO KEY UPDATE;
	IF a.policy = 'append' AND v_joinable AND a.arrived > 0 THEN
		UPDATE turns SET message_count = message_count + a.arrived WHERE id = v_flight;
		opened_turn := v_flight;
		RETURN;
	END IF;
	SELECT max(t.supersedes) INTO v_supersedes FROM turns t WHERE t.id = v_flight OR t.id = ANY (v_unsent);
	opened_turn := a.turn_id;

	IF v_supersedes >= 2 OR (v_supersedes IS NOT NULL AND a.policy <> 'supersede') THEN
		-- What is under way is sent.
		SELECT c.generation INTO v_generation FROM conversations c WHERE c.id = a.conversation_id;
		v_supersedes := 0;
		UPDATE messages SET turn_id = a.turn_id WHERE direction = 'in' AND turn_id IN (
			SELECT t.id FROM turns t WHERE t.conversation_id = a.conversation_id AND t.state = 'dead');
		UPDATE turns SET state = 'superseded', done_at = p_now WHERE conversation_id = a.conversation_id AND state = 'dead';
	ELSE
		UPDATE conversations SET generation = generation + 1, last_message_at = p_now WHERE id = a.conversation_id RETURNING generation INTO v_generation;
		PERFORM supersede_turns(a.conversation_id, a.turn_id);
		v_flight := NULL;
		v_supersedes := coalesce(v_supersedes + 1, 0);
		SELECT greatest(v_voice_until, max(m.transcript_until)) INTO v_voice_until FROM messages m
		WHERE m.turn_id = a.turn_id AND m.direction = 'in' AND m.transcript_state = 'pending';
	END IF;
	due_at := greatest(v_ends_at, v_voice_until);
	INSERT INTO turns (id, tenant_id, company_id, connection_id, conversation_id, generation, state, opened_at, window_ends_at, voice_until, flush_at,
		message_count, supersedes, traceparent)
	VALUES (a.turn_id, a.tenant_id, a.company_id, a.connection_id, a.conversation_id, v_generation,
		CASE WHEN v_flight IS NULL THEN 'collecting' ELSE 'waiting' END, p_now, v_ends_at, v_voice_until, due_at, a.arrived, v_supersedes, a.traceparent);
	IF v_flight IS NOT NULL THEN due_at := NULL; END IF;
END $$;

-- Everything that webhook calls of any tenants say, in one round trip and one transaction: finds duplicates and twins, stores messages,
-- opens or extends turns. The tenant and the company are the connection's. One row an element: ordinal from 1; outcome `gone`: the connection is.
-- p_messages: [{connection_id, id, conversation_id, turn_id (new ids, used when needed), vendor_id, address, address_kind, phone, name, type, text,
-- media, sent_at, vendor_order, quiet_ms, max_wait_ms, max_messages, policy, flush, voice_wait_ms, traceparent}]
-- Raises 40001 when another transaction was faster with the same customer or message: again, it is seen then.
DROP FUNCTION ingest_messages;
CREATE FUNCTION ingest_messages(p_messages jsonb)
RETURNS TABLE (ordinal integer, message_id text, outcome text, conversation_id text, turn_id text, due_in_ms double precision, new_customer boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
-- The same plans whatever the batch and the statistics, each row by its index: planning costs more than running, and what looks through a
-- table costs more the more there is. That is also why it asks (SELECT true … LIMIT 1) and not EXISTS, which may be answered by hashing the table.
-- A row that is looked up by its id has its state in coalesce(): else the planner may walk a partial index over that state, which looked empty
-- when statistics were taken.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
#variable_conflict use_column
DECLARE
	v_now timestamptz := clock_timestamp();
	v_rows inbound_message[];
	v_unclear boolean;
	v_unknown boolean;
	v_arrivals turn_arrival[];
	v_settled text[];
	v_turns text[];
	v_due timestamptz[];
	v_conversations text[];
	v_more text[];
	v_more_due timestamptz[];
	v_stored integer;
	v_expected integer;
	r inbound_message;
	a turn_arrival;
	o record;
BEGIN
	WITH asked AS (
		SELECT x.*, c.tenant_id, c.company_id, al.conversation_id AS known,
			CASE WHEN c.id IS NULL THEN 'gone'
				WHEN row_number() OVER (PARTITION BY x.connection_id, x.vendor_id ORDER BY x.ordinal) > 1 THEN 'later'
				WHEN (SELECT true FROM messages m WHERE m.connection_id = x.connection_id AND m.direction = 'in' AND m.vendor_message_id = x.vendor_id LIMIT 1) THEN 'seen'
				ELSE 'stored' END AS outcome
		FROM ROWS FROM (jsonb_to_recordset(p_messages) AS (
				connection_id text, id text, conversation_id text, turn_id text, vendor_id text, address text, address_kind text, phone text, name text,
				type text, text text, media jsonb, sent_at timestamptz, vendor_order bigint, quiet_ms integer, max_wait_ms integer, max_messages integer,
				policy text, flush boolean, voice_wait_ms integer, traceparent text)) WITH ORDINALITY AS x(
				connection_id, id, conversation_id, turn_id, vendor_id, address, address_kind, phone, name, type, text, media, sent_at, vendor_order,
				quiet_ms, max_wait_ms, max_messages, policy, flush, voice_wait_ms, traceparent, ordinal)
		LEFT JOIN connections c ON c.id = x.connection_id AND c.state <> 'deleting'
		LEFT JOIN customer_aliases al ON al.connection_id = x.connection_id AND al.alias = x.address
	)
	SELECT array_agg(ROW(
			ordinal::integer, connection_id, id,
			coalesce(known, first_conversation), turn_id, vendor_id, address, address_kind, phone, name, type, text, media, sent_at, vendor_order,
			make_interval(secs => quiet_ms / 1000.0), make_interval(secs => max_wait_ms / 1000.0), max_messages, policy, flush,
			make_interval(secs => voice_wait_ms / 1000.0), coalesce(traceparent, ''), tenant_id, company_id, known, outcome)::inbound_message),
		bool_or(outcome IN ('seen', 'later')), bool_or(known IS NULL)
	INTO v_rows, v_unclear, v_unknown
	FROM (SELECT asked.*, first_value(conversation_id) OVER (PARTITION BY connection_id, address, outcome ORDER BY ordinal) AS first_conversation
		FROM asked ORDER BY ordinal) asked;
	IF v_rows IS NULL THEN RETURN; END IF;

	IF v_unclear THEN
		FOR i IN 1 .. cardinality(v_rows) LOOP
			r := v_rows[i];
			IF r.outcome = 'seen' THEN
				SELECT x.conversation_id, x.address, x.address_kind, x.text, x.sent_at, x.edited_at, x.deleted_at INTO o FROM messages x
				WHERE x.connection_id = r.connection_id AND x.direction = 'in' AND x.vendor_message_id = r.vendor_id;
				IF o.address = r.address OR o.conversation_id = r.known THEN
					r.outcome := 'duplicate';
					r.conversation_id := o.conversation_id;
				-- Another kind of address, the same words at the same time: the twin. It makes the address known, and changes nothing else.
				ELSIF o.address_kind <> r.address_kind AND (o.text = r.text OR o.edited_at IS NOT NULL OR o.deleted_at IS NOT NULL)
					AND abs(extract(epoch FROM o.sent_at - r.sent_at)) <= 60 THEN
					INSERT INTO customer_aliases (tenant_id, connection_id, alias, conversation_id) VALUES (r.tenant_id, r.connection_id, r.address, o.conversation_id)
					ON CONFLICT (connection_id, alias) DO UPDATE SET conversation_id = excluded.conversation_id;
					IF r.phone <> '' THEN
						UPDATE conversations c SET customer_phone = r.phone WHERE c.id = o.conversation_id AND c.customer_phone = '';
					END IF;
					r.outcome := 'twin';
					r.conversation_id := o.conversation_id;
				-- Someone else's message that happens (or is made) to have the same id: a message of its own, in a pass of its own.
				ELSIF cardinality(v_rows) > 1 THEN
					r.outcome := 'later';
				ELSE
					r.vendor_id := r.vendor_id || '/' || r.address;
					r.outcome := CASE WHEN EXISTS (SELECT 1 FROM messages m
						WHERE m.connection_id = r.connection_id AND m.direction = 'in' AND m.vendor_message_id = r.vendor_id) THEN 'duplicate' ELSE 'stored' END;
				END IF;
				v_rows[i] := r;
			END IF;
		END LOOP;
	END IF;

	SELECT array_agg(g::turn_arrival ORDER BY g.conversation_id) INTO v_arrivals FROM (
		SELECT x.conversation_id, min(x.tenant_id), min(x.company_id), min(x.connection_id), (array_agg(x.turn_id ORDER BY x.ordinal))[1], count(*)::integer,
			bool_or(x.flush), max(x.quiet), max(x.max_wait), min(x.max_messages), min(x.policy), v_now + nullif(max(x.voice_wait), interval '0'),
			(array_agg(x.traceparent ORDER BY x.ordinal))[1]
		FROM unnest(v_rows) x WHERE x.outcome = 'stored' GROUP BY x.conversation_id) g;

	IF v_arrivals IS NOT NULL THEN
		IF v_unknown THEN
			SELECT count(DISTINCT (x.connection_id, x.address)) INTO v_expected FROM unnest(v_rows) x WHERE x.outcome = 'stored' AND x.known IS NULL;
			-- Two first messages at once: the second waits here for the first, and starts again to join its conversation.
			INSERT INTO customer_aliases (tenant_id, connection_id, alias, conversation_id)
			SELECT DISTINCT ON (x.connection_id, x.address) x.tenant_id, x.connection_id, x.address, x.conversation_id
			FROM unnest(v_rows) x WHERE x.outcome = 'stored' AND x.known IS NULL ORDER BY x.connection_id, x.address, x.ordinal
			ON CONFLICT DO NOTHING;
			GET DIAGNOSTICS v_stored = ROW_COUNT;
			IF v_stored <> v_expected THEN RAISE serialization_failure USING MESSAGE = 'The same customer was stored meanwhile.'; END IF;
		END IF;

		-- From here on the conversations are locked, in the order of their ids.
		INSERT INTO conversations AS c (id, tenant_id, company_id, connection_id, chat_id, customer_phone, customer_name, generation)
		SELECT DISTINCT ON (x.conversation_id) x.conversation_id, x.tenant_id, x.company_id, x.connection_id, x.address, x.phone, x.name, 0
		FROM unnest(v_rows) x WHERE x.outcome = 'stored' ORDER BY x.conversation_id, x.ordinal DESC
		ON CONFLICT (id) DO UPDATE SET
			customer_phone = CASE WHEN c.customer_phone = '' THEN excluded.customer_phone ELSE c.customer_phone END,
			customer_name = CASE WHEN excluded.customer_name <> '' THEN excluded.customer_name ELSE c.customer_name END
		WHERE (c.customer_phone = '' AND excluded.customer_phone <> '') OR excluded.customer_name NOT IN ('', c.customer_name);

		v_now := clock_timestamp();
		WITH extended AS (
			UPDATE turns t SET
				message_count = t.message_count + g.arrived,
				voice_until = greatest(t.voice_until, g.voice_until),
				window_ends_at = window_end(v_now, t.opened_at, t.window_ends_at, g.flush OR t.message_count + g.arrived >= g.max_messages, g.quiet, g.max_wait),
				flush_at = greatest(window_end(v_now, t.opened_at, t.window_ends_at, g.flush OR t.message_count + g.arrived >= g.max_messages, g.quiet, g.max_wait),
					t.voice_until, g.voice_until)
			FROM unnest(v_arrivals) g CROSS JOIN LATERAL (
				SELECT x.id FROM turns x WHERE x.conversation_id = g.conversation_id AND x.state IN ('collecting', 'waiting') LIMIT 1) o
			WHERE t.id = o.id AND coalesce(t.state, '') IN ('collecting', 'waiting')
			RETURNING t.conversation_id, t.id, CASE WHEN t.state = 'collecting' THEN t.flush_at END AS due
		)
		SELECT coalesce(array_agg(conversation_id), '{}'), coalesce(array_agg(id), '{}'), coalesce(array_agg(due), '{}') INTO v_conversations, v_turns, v_due FROM extended;

		IF v_conversations <> '{}' THEN
			-- Its place in the list of conversations; not for every message of a burst.
			UPDATE conversations c SET last_message_at = v_now WHERE c.id = ANY (v_conversations) AND c.last_message_at < v_now - interval '1 second';
		END IF;

		IF cardinality(v_conversations) < cardinality(v_arrivals) THEN
			-- Those in which everything is answered.
			WITH fresh AS (
				SELECT g.* FROM unnest(v_arrivals) g
				WHERE g.conversation_id <> ALL (v_conversations)
					AND (SELECT true FROM turns t WHERE t.conversation_id = g.conversation_id AND t.state IN ('delivering', 'delivered', 'decided', 'dead') LIMIT 1) IS NULL
					AND (SELECT true FROM outbox b
						WHERE b.conversation_id = g.conversation_id AND b.state = 'queued' AND b.generation IS NOT NULL AND b.turn_id IS NOT NULL LIMIT 1) IS NULL
			), counted AS (
				UPDATE conversations c SET generation = c.generation + 1, last_message_at = v_now FROM fresh f WHERE c.id = f.conversation_id RETURNING c.id, c.generation
			), opened AS (
				INSERT INTO turns AS t (id, tenant_id, company_id, connection_id, conversation_id, generation, opened_at, window_ends_at, voice_until, flush_at,
					message_count, traceparent)
				SELECT f.turn_id, f.tenant_id, f.company_id, f.connection_id, f.conversation_id, c.generation, v_now, w.ends_at, f.voice_until,
					greatest(w.ends_at, f.voice_until), f.arrived, f.traceparent
				FROM fresh f JOIN counted c ON c.id = f.conversation_id,
					LATERAL (SELECT window_end(v_now, v_now, NULL, f.flush OR f.arrived >= f.max_messages, f.quiet, f.max_wait) AS ends_at) w
				RETURNING t.conversation_id, t.id, t.flush_at
			)
			SELECT array_agg(conversation_id), array_agg(id), array_agg(flush_at) INTO v_settled, v_more, v_more_due FROM opened;
			v_conversations := v_conversations || v_settled;
			v_turns := v_turns || v_more;
			v_due := v_due || v_more_due;
		END IF;

		IF cardinality(v_conversations) < cardinality(v_arrivals) THEN
			FOREACH a IN ARRAY v_arrivals LOOP
				CONTINUE WHEN a.conversation_id = ANY (v_conversations);
				SELECT * INTO o FROM open_turn_after(a, v_now);
				v_conversations := v_conversations || a.conversation_id;
				v_turns := v_turns || o.opened_turn;
				v_due := v_due || o.due_at;
			END LOOP;
		END IF;

		INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, address, address_kind, type, text, media, sent_at,
			vendor_order, turn_id, transcript_state, transcript_until)
		SELECT x.id, x.tenant_id, x.conversation_id, x.connection_id, 'in', x.vendor_id, x.address, x.address_kind, x.type, x.text, x.media, x.sent_at,
			x.vendor_order, t.turn_id,
			CASE WHEN x.voice_wait > interval '0' THEN 'pending' ELSE 'none' END, CASE WHEN x.voice_wait > interval '0' THEN v_now + x.voice_wait END
		FROM unnest(v_rows) x JOIN unnest(v_conversations, v_turns) AS t(conversation_id, turn_id) ON t.conversation_id = x.conversation_id
		WHERE x.outcome = 'stored'
		ON CONFLICT (connection_id, direction, vendor_message_id) DO NOTHING;
		GET DIAGNOSTICS v_stored = ROW_COUNT;
		SELECT count(*) INTO v_expected FROM unnest(v_rows) x WHERE x.outcome = 'stored';
		IF v_stored <> v_expected THEN RAISE serialization_failure USING MESSAGE = 'The same message was stored meanwhile.'; END IF;
	END IF;

	RETURN QUERY
	SELECT x.ordinal, x.id, x.outcome, CASE WHEN x.outcome <> 'gone' THEN x.conversation_id END, t.turn_id,
		(extract(epoch FROM t.due - clock_timestamp()) * 1000)::double precision,
		x.outcome = 'stored' AND x.known IS NULL
			AND x.ordinal = min(x.ordinal) FILTER (WHERE x.outcome = 'stored') OVER (PARTITION BY x.conversation_id)
	FROM unnest(v_rows) x
	LEFT JOIN unnest(v_conversations, v_turns, v_due) AS t(conversation_id, turn_id, due) ON t.conversation_id = x.conversation_id AND x.outcome = 'stored'
	WHERE x.outcome <> 'later';

	IF v_unclear THEN
		FOREACH r IN ARRAY v_rows LOOP
			CONTINUE WHEN r.outcome <> 'later';
			RETURN QUERY
			SELECT r.ordinal, f.message_id, f.outcome, f.conversation_id, f.turn_id, f.due_in_ms, f.new_customer
			FROM ingest_messages(jsonb_build_array(p_messages -> (r.ordinal - 1))) f;
		END LOOP;
	END IF;
END $$;

-- A customer edited or deleted a message. p_revision: {kind: edited | deleted, at} and the fields of a message, whose vendor_id is the original's.
-- Outcomes beside those of ingest_messages: revised; stale (an older change than one that is known, or nothing to change).
CREATE FUNCTION revise_message(p_revision jsonb)
RETURNS TABLE (ordinal integer, message_id text, outcome text, conversation_id text, turn_id text, due_in_ms double precision, new_customer boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
#variable_conflict use_column
DECLARE
	v_now timestamptz;
	v_at timestamptz := (p_revision ->> 'at')::timestamptz;
	v_deleted boolean := p_revision ->> 'kind' = 'deleted';
	v_quiet interval := make_interval(secs => (p_revision ->> 'quiet_ms')::integer / 1000.0);
	v_max_wait interval := make_interval(secs => (p_revision ->> 'max_wait_ms')::integer / 1000.0);
	v_connection record;
	v_conversation text;
	v_message record;
	v_turn record;
	v_keeps boolean;
	v_unsent text[];
	o record;
BEGIN
	ordinal := 1;
	new_customer := false;
	SELECT c.id, c.tenant_id, c.company_id INTO v_connection FROM connections c WHERE c.id = p_revision ->> 'connection_id' AND c.state <> 'deleting';
	IF NOT FOUND THEN
		outcome := 'gone';
		RETURN NEXT;
		RETURN;
	END IF;
	SELECT m.conversation_id INTO v_conversation FROM messages m
	WHERE m.connection_id = v_connection.id AND m.direction = 'in' AND m.vendor_message_id = p_revision ->> 'vendor_id';
	IF NOT FOUND THEN
		-- It overtook its message. An edit is as good as the message; a deletion leaves a mark, so that the message finds itself known.
		IF NOT v_deleted THEN
			RETURN QUERY SELECT * FROM ingest_messages(jsonb_build_array(p_revision));
			RETURN;
		END IF;
		outcome := 'stale';
		SELECT a.conversation_id INTO v_conversation FROM customer_aliases a WHERE a.connection_id = v_connection.id AND a.alias = p_revision ->> 'address';
		IF FOUND THEN
			INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, address, address_kind, type, sent_at, deleted_at)
			VALUES (p_revision ->> 'id', v_connection.tenant_id, v_conversation, v_connection.id, 'in', p_revision ->> 'vendor_id', p_revision ->> 'address',
				p_revision ->> 'address_kind', 'other', v_at, v_at)
			ON CONFLICT (connection_id, direction, vendor_message_id) DO NOTHING;
			IF NOT FOUND THEN RAISE serialization_failure USING MESSAGE = 'The same message was stored meanwhile.'; END IF;
			outcome := 'revised';
			message_id := p_revision ->> 'id';
			conversation_id := v_conversation;
		END IF;
		RETURN NEXT;
		RETURN;
	END IF;

	PERFORM 1 FROM conversations c WHERE c.id = v_conversation FOR NO KEY UPDATE;
	v_now := clock_timestamp();
	SELECT m.id, m.turn_id, m.edited_at, m.deleted_at INTO v_message FROM messages m
	WHERE m.connection_id = v_connection.id AND m.direction = 'in' AND m.vendor_message_id = p_revision ->> 'vendor_id';
	message_id := v_message.id;
	conversation_id := v_conversation;
	IF v_message.deleted_at IS NOT NULL OR (NOT v_deleted AND v_message.edited_at >= v_at) THEN
		outcome := 'stale';
		RETURN NEXT;
		RETURN;
	END IF;
	outcome := 'revised';

	v_unsent := unsent_turns(v_conversation);
	SELECT t.id, t.state, t.opened_at, t.window_ends_at, t.voice_until, t.traceparent INTO v_turn FROM turns t
	WHERE t.id = v_message.turn_id AND (t.state IN ('collecting', 'waiting', 'delivering', 'delivered', 'decided', 'dead') OR t.id = ANY (v_unsent))
	FOR NO KEY UPDATE;
	IF v_deleted THEN
		-- No answer is made for it any more.
		UPDATE messages SET text = '', media = NULL, deleted_at = v_at, transcript_state = CASE transcript_state WHEN 'pending' THEN 'failed' ELSE transcript_state END,
			turn_id = CASE WHEN v_turn.id IS NULL THEN turn_id END
		WHERE id = v_message.id;
	ELSE
		UPDATE messages SET text = p_revision ->> 'text', media = coalesce(nullif(p_revision -> 'media', 'null'), media), edited_at = v_at WHERE id = v_message.id;
	END IF;

	IF v_turn.state IN ('collecting', 'waiting') THEN
		turn_id := v_turn.id;
		IF v_deleted THEN
			PERFORM settle_voice(v_turn.id);
			UPDATE turns t SET state = 'superseded', done_at = v_now, last_error = 'The customer deleted what it was about.'
			WHERE t.id = v_turn.id AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.turn_id = t.id AND m.direction = 'in');
		ELSE
			UPDATE turns t SET window_ends_at = window_end(v_now, t.opened_at, t.window_ends_at, false, v_quiet, v_max_wait),
				flush_at = greatest(window_end(v_now, t.opened_at, t.window_ends_at, false, v_quiet, v_max_wait), t.voice_until)
			WHERE t.id = v_turn.id;
		END IF;
	ELSIF v_turn.id IS NOT NULL THEN
		SELECT coalesce(bool_or(t.supersedes >= 2 OR p_revision ->> 'policy' <> 'supersede')
				FILTER (WHERE t.state IN ('delivering', 'delivered', 'decided') OR t.id = ANY (v_unsent)), false)
			OR coalesce(bool_or(t.state IN ('collecting', 'waiting')), false)
		INTO v_keeps FROM turns t
		WHERE t.id = ANY (v_unsent
			|| array(SELECT x.id FROM turns x WHERE x.conversation_id = v_conversation AND x.state IN ('collecting', 'waiting'))
			|| array(SELECT x.id FROM turns x WHERE x.conversation_id = v_conversation AND x.state IN ('delivering', 'delivered', 'decided')));
		-- Where the answer under way is kept, it goes out, and the change is history.
		IF NOT v_keeps THEN
			SELECT * INTO o FROM open_turn_after(ROW(v_conversation, v_connection.tenant_id, v_connection.company_id, v_connection.id, p_revision ->> 'turn_id', 0,
				false, v_quiet, v_max_wait, 1, 'supersede', NULL, v_turn.traceparent)::turn_arrival, v_now);
			turn_id := o.opened_turn;
			IF v_deleted THEN
				PERFORM settle_voice(o.opened_turn);
				UPDATE turns t SET state = 'superseded', done_at = v_now, last_error = 'The customer deleted what it was about.'
				WHERE t.id = o.opened_turn AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.turn_id = t.id AND m.direction = 'in');
			END IF;
		END IF;
	END IF;
	SELECT (extract(epoch FROM t.flush_at - clock_timestamp()) * 1000)::double precision INTO due_in_ms FROM turns t WHERE t.id = turn_id AND coalesce(t.state, '') = 'collecting';
	RETURN NEXT;
END $$;

-- The voice messages that a collecting turn still waits for have become fewer.
CREATE FUNCTION settle_voice(p_turn text) RETURNS timestamptz
LANGUAGE sql AS $$
	UPDATE turns t SET voice_until = v.until, flush_at = greatest(t.window_ends_at, v.until)
	FROM (SELECT max(m.transcript_until) AS until FROM messages m WHERE m.turn_id = p_turn AND m.direction = 'in' AND m.transcript_state = 'pending') v
	WHERE t.id = p_turn AND coalesce(t.state, '') IN ('collecting', 'waiting')
	RETURNING CASE WHEN t.state = 'collecting' THEN t.flush_at END
$$;

-- A voice message has its text (NULL: there will be none); its turn goes on. false: it has been deleted, or has its text already.
CREATE FUNCTION transcript_done(p_message text, p_text text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
	v_turn text;
	v_due timestamptz;
BEGIN
	PERFORM 1 FROM conversations c WHERE c.id = (SELECT m.conversation_id FROM messages m WHERE m.id = p_message) FOR NO KEY UPDATE;
	UPDATE messages SET text = CASE WHEN p_text IS NULL THEN text WHEN text = '' THEN p_text ELSE text || E'\n' || p_text END,
		transcript_state = CASE WHEN p_text IS NULL THEN 'failed' ELSE 'done' END
	WHERE id = p_message AND transcript_state = 'pending' AND deleted_at IS NULL RETURNING turn_id INTO v_turn;
	IF NOT FOUND THEN RETURN false; END IF;
	v_due := settle_voice(v_turn);
	IF v_due IS NOT NULL THEN
		PERFORM pg_notify('concierge_turns', greatest(0, floor(extract(epoch FROM v_due - clock_timestamp()) * 1000))::text);
	END IF;
	RETURN true;
END $$;
CREATE FUNCTION transcript_ready(p_message text, p_text text) RETURNS boolean LANGUAGE sql AS $$ SELECT transcript_done(p_message, p_text) $$;
CREATE FUNCTION transcript_failed(p_message text) RETURNS boolean LANGUAGE sql AS $$ SELECT transcript_done(p_message, NULL) $$;

-- Whoever ends a turn in flight: what waited behind it collects from now on, and takes over the messages of one that was given up.
CREATE FUNCTION release_waiting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
	v_turn text;
	v_due timestamptz;
BEGIN
	UPDATE turns t SET state = 'collecting' WHERE t.conversation_id = NEW.conversation_id AND t.state = 'waiting' RETURNING t.id, t.flush_at INTO v_turn, v_due;
	IF NOT FOUND THEN RETURN NULL; END IF;
	IF NEW.state = 'dead' THEN
		UPDATE messages SET turn_id = v_turn WHERE turn_id = NEW.id AND direction = 'in';
		UPDATE turns SET state = 'superseded' WHERE id = NEW.id;
	END IF;
	PERFORM pg_notify('concierge_turns', greatest(0, floor(extract(epoch FROM v_due - clock_timestamp()) * 1000))::text);
	RETURN NULL;
END $$;
CREATE TRIGGER turn_ended AFTER UPDATE OF state ON turns FOR EACH ROW
	WHEN (OLD.state IN ('delivering', 'delivered', 'decided') AND NEW.state IN ('done', 'human', 'dead'))
	EXECUTE FUNCTION release_waiting();

-- The same with the trace.
DROP FUNCTION turn_details;
CREATE FUNCTION turn_details(p_turns text[])
RETURNS TABLE (
	id text, tenant_id text, state text, generation integer, attempts integer, delivery_failures integer, execution_id text, traceparent text,
	company_id text, company_name text, company_type text, connection_id text, channel text,
	conversation_id text, chat_id text, customer_name text, customer_phone text, conversation_state text, conversation_generation integer,
	session jsonb, messages jsonb)
LANGUAGE sql STABLE AS $$
	SELECT t.id, t.tenant_id, t.state, t.generation, t.attempts, t.delivery_failures, t.execution_id, t.traceparent,
		t.company_id, k.name, k.type, t.connection_id, c.channel,
		v.id, v.chat_id, v.customer_name, v.customer_phone, v.state, v.generation, v.session,
		(SELECT coalesce(jsonb_agg(
				jsonb_build_object('id', m.id, 'type', m.type, 'text', m.text, 'sent_at', m.sent_at) ORDER BY m.sent_at, m.vendor_order, m.id), '[]')
			FROM messages m WHERE m.turn_id = t.id AND m.direction = 'in')
	FROM turns t
	JOIN companies k ON k.id = t.company_id
	JOIN connections c ON c.id = t.connection_id
	JOIN conversations v ON v.id = t.conversation_id
	WHERE t.id = ANY (p_turns)
$$;

-- Down Migration
DO $$ BEGIN RAISE EXCEPTION 'There is no way back over this migration: restore the backup that was made before it.'; END $$;
