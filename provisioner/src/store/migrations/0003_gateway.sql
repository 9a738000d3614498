-- Up Migration
-- Gateway, turns and outbox. The rules of turns stand in core/conversation/turns.ts; what is here applies them under the conversation's
-- row lock. Order of locks everywhere: message, alias, conversation, turn, outbox; claims take SKIP LOCKED and wait for nothing.

ALTER TABLE connections
	-- When the vendor said the state that is stored: an older status is stale.
	ADD COLUMN status_at timestamptz;

ALTER TABLE messages
	-- The address a message came under, and its kind (lid, c.us): tells twins from colliding ids.
	ADD COLUMN address text NOT NULL DEFAULT '',
	ADD COLUMN address_kind text NOT NULL DEFAULT '',
	-- Order within one second of sent_at.
	ADD COLUMN vendor_order bigint NOT NULL DEFAULT 0;

ALTER TABLE turns
	-- Deliveries since the last success that n8n did not take; `attempts` counts those that it took.
	ADD COLUMN delivery_failures integer NOT NULL DEFAULT 0,
	-- The conversation's session before this turn's answer: put back when the answer is superseded before it was sent.
	ADD COLUMN session_before jsonb;

-- One index for "what is due next": a collecting turn has no lease.
DROP INDEX turns_due;
DROP INDEX turns_leased;
CREATE INDEX turns_next ON turns (coalesce(lease_until, flush_at)) WHERE state IN ('collecting', 'delivering', 'delivered', 'decided');
CREATE INDEX turns_unanswered ON turns (conversation_id) WHERE state IN ('delivering', 'delivered', 'decided', 'dead');
CREATE INDEX outbox_unsent ON outbox (conversation_id, position) WHERE state IN ('queued', 'sending');
CREATE INDEX outbox_of_turn ON outbox (turn_id) WHERE turn_id IS NOT NULL;

-- The connection behind a secret webhook path. Its secrets are opened in a session of its tenant.
CREATE FUNCTION find_hook(token_hash text, hook_channel text)
RETURNS TABLE (connection_id text, tenant_id text, external_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT c.id, c.tenant_id, c.external_id FROM connections c
	WHERE c.hook_token_hash = token_hash AND c.channel = hook_channel AND c.state <> 'deleting'
$$;

-- Caches of connections listen to this.
CREATE FUNCTION announce_connection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('concierge_connections', OLD.id);
	RETURN NULL;
END $$;
CREATE TRIGGER connection_changed AFTER UPDATE OF hook_token_hash, secrets, external_id ON connections
	FOR EACH ROW EXECUTE FUNCTION announce_connection();
CREATE TRIGGER connection_deleting AFTER UPDATE OF state ON connections
	FOR EACH ROW WHEN (NEW.state = 'deleting') EXECUTE FUNCTION announce_connection();
CREATE TRIGGER connection_deleted AFTER DELETE ON connections FOR EACH ROW EXECUTE FUNCTION announce_connection();

-- A newer message than the open turn: that turn is superseded, also one whose answer is queued and not begun to leave; the new turn takes
-- over its messages. Called with the conversation locked.
CREATE FUNCTION supersede_turns(p_conversation text, p_new_turn text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	v_unsent text[];
	v_superseded text[];
BEGIN
	-- Locking the queued parts waits for a sender that is just claiming one; if it did, the answer has begun to leave and goes on.
	WITH queued AS (
		SELECT turn_id FROM outbox
		WHERE conversation_id = p_conversation AND state = 'queued' AND generation IS NOT NULL AND turn_id IS NOT NULL
		ORDER BY position FOR UPDATE
	)
	SELECT array_agg(DISTINCT turn_id) INTO v_unsent FROM queued;
	IF v_unsent IS NOT NULL THEN
		SELECT array_agg(u.id) INTO v_unsent FROM unnest(v_unsent) AS u(id)
		WHERE NOT EXISTS (SELECT 1 FROM outbox b WHERE b.turn_id = u.id AND b.generation IS NOT NULL AND b.state NOT IN ('queued', 'superseded'));
	END IF;
	IF v_unsent IS NOT NULL THEN
		UPDATE outbox SET state = 'superseded', last_error = 'A newer message came before it was sent.'
		WHERE turn_id = ANY (v_unsent) AND state = 'queued' AND generation IS NOT NULL;
		UPDATE conversations c SET session = t.session_before
		FROM turns t JOIN decisions d ON d.turn_id = t.id
		WHERE t.id = ANY (v_unsent) AND c.id = p_conversation AND t.session_before IS NOT NULL AND c.session = d.session;
	END IF;
	WITH gone AS (
		UPDATE turns SET state = 'superseded', done_at = clock_timestamp(), lease_until = NULL, next_attempt_at = NULL
		WHERE conversation_id = p_conversation AND state IN ('delivering', 'delivered', 'decided', 'dead')
		RETURNING id
	)
	SELECT array_agg(id) INTO v_superseded FROM gone;
	IF v_unsent IS NOT NULL THEN
		UPDATE turns SET state = 'superseded' WHERE id = ANY (v_unsent) AND state = 'done';
		v_superseded := v_superseded || v_unsent;
	END IF;
	IF v_superseded IS NOT NULL THEN
		UPDATE messages SET turn_id = p_new_turn WHERE turn_id = ANY (v_superseded) AND direction = 'in';
	END IF;
END $$;

-- Everything that one webhook call says, in one round trip and one transaction: sets the tenant (row-level security holds from there
-- on), finds duplicates and twins, stores messages, opens or extends turns. No row: the connection is gone.
-- p_messages: [{id, conversation_id, turn_id (new ids, used when needed), vendor_id, address, address_kind, phone, name, type, text, media,
-- sent_at, vendor_order}]
CREATE FUNCTION ingest_messages(p_tenant text, p_connection text, p_quiet_ms integer, p_max_wait_ms integer, p_messages jsonb)
RETURNS TABLE (message_id text, outcome text, conversation_id text, turn_id text, due_in_ms double precision, new_customer boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v_company text;
	v_quiet interval;
	v_max_wait interval;
	v_vendor_id text;
	v_known text;
	v_conversation text;
	v_generation integer;
	v_turn text;
	v_flush timestamptz;
	v_now timestamptz;
	v_existing record;
	m record;
BEGIN
	PERFORM set_config('concierge.tenant_id', p_tenant, true);
	SELECT c.company_id,
		make_interval(secs => coalesce(c.quiet_window_ms, (nullif(k.settings -> 'quiet_window_ms', 'null'))::integer, p_quiet_ms) / 1000.0),
		make_interval(secs => coalesce(c.max_wait_ms, (nullif(k.settings -> 'max_wait_ms', 'null'))::integer, p_max_wait_ms) / 1000.0)
	INTO v_company, v_quiet, v_max_wait
	FROM connections c JOIN companies k ON k.id = c.company_id
	WHERE c.id = p_connection AND c.state <> 'deleting';
	IF NOT FOUND THEN RETURN; END IF;

	FOR m IN
		SELECT * FROM jsonb_to_recordset(p_messages) AS x(
			id text, conversation_id text, turn_id text, vendor_id text, address text, address_kind text, phone text, name text,
			type text, text text, media jsonb, sent_at timestamptz, vendor_order bigint)
	LOOP
		v_vendor_id := m.vendor_id;
		v_known := NULL;
		SELECT a.conversation_id INTO v_known FROM customer_aliases a WHERE a.connection_id = p_connection AND a.alias = m.address;
		v_conversation := coalesce(v_known, m.conversation_id);
		message_id := m.id;
		turn_id := NULL;
		due_in_ms := NULL;
		new_customer := false;

		-- The message first: of concurrent deliveries (twins, retries) all but one wait here, and find it stored.
		INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, address, address_kind, type, text, media, sent_at, vendor_order)
		VALUES (m.id, p_tenant, v_conversation, p_connection, 'in', v_vendor_id, m.address, m.address_kind, m.type, m.text, m.media, m.sent_at, m.vendor_order)
		ON CONFLICT (connection_id, direction, vendor_message_id) DO NOTHING;
		IF NOT FOUND THEN
			SELECT x.conversation_id, x.address, x.address_kind, x.text, x.sent_at INTO v_existing FROM messages x
			WHERE x.connection_id = p_connection AND x.direction = 'in' AND x.vendor_message_id = v_vendor_id;
			IF v_existing.address = m.address OR v_existing.conversation_id = v_known THEN
				outcome := 'duplicate';
				conversation_id := v_existing.conversation_id;
				RETURN NEXT;
				CONTINUE;
			END IF;
			-- Another kind of address, the same words at the same time: the twin. It makes the address known, and changes nothing else.
			IF v_existing.address_kind <> m.address_kind AND v_existing.text = m.text
				AND abs(extract(epoch FROM v_existing.sent_at - m.sent_at)) <= 60 THEN
				INSERT INTO customer_aliases (tenant_id, connection_id, alias, conversation_id)
				VALUES (p_tenant, p_connection, m.address, v_existing.conversation_id)
				ON CONFLICT (connection_id, alias) DO UPDATE SET conversation_id = excluded.conversation_id;
				IF m.phone <> '' THEN
					UPDATE conversations c SET customer_phone = m.phone WHERE c.id = v_existing.conversation_id AND c.customer_phone = '';
				END IF;
				outcome := 'twin';
				conversation_id := v_existing.conversation_id;
				RETURN NEXT;
				CONTINUE;
			END IF;
			-- Someone else's message that happens (or is made) to have the same id: a message of its own.
			v_vendor_id := m.vendor_id || '/' || m.address;
			INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, address, address_kind, type, text, media, sent_at, vendor_order)
			VALUES (m.id, p_tenant, v_conversation, p_connection, 'in', v_vendor_id, m.address, m.address_kind, m.type, m.text, m.media, m.sent_at, m.vendor_order)
			ON CONFLICT (connection_id, direction, vendor_message_id) DO NOTHING;
			IF NOT FOUND THEN
				outcome := 'duplicate';
				conversation_id := v_conversation;
				RETURN NEXT;
				CONTINUE;
			END IF;
		END IF;

		IF v_known IS NULL THEN
			-- Two first messages at once: the second waits here and joins the first one's conversation.
			INSERT INTO customer_aliases (tenant_id, connection_id, alias, conversation_id)
			VALUES (p_tenant, p_connection, m.address, v_conversation)
			ON CONFLICT (connection_id, alias) DO UPDATE SET alias = excluded.alias
			RETURNING conversation_id INTO v_conversation;
			new_customer := v_conversation = m.conversation_id;
		END IF;

		-- From here on the conversation is locked.
		INSERT INTO conversations AS c (id, tenant_id, company_id, connection_id, chat_id, customer_phone, customer_name, generation)
		VALUES (v_conversation, p_tenant, v_company, p_connection, m.address, m.phone, m.name, 1)
		ON CONFLICT (id) DO UPDATE SET
			generation = c.generation + 1,
			last_message_at = clock_timestamp(),
			customer_phone = CASE WHEN c.customer_phone = '' THEN excluded.customer_phone ELSE c.customer_phone END,
			customer_name = CASE WHEN excluded.customer_name <> '' THEN excluded.customer_name ELSE c.customer_name END
		RETURNING c.generation INTO v_generation;

		v_now := clock_timestamp();
		UPDATE turns t SET generation = v_generation, flush_at = least(v_now + v_quiet, t.opened_at + v_max_wait)
		WHERE t.conversation_id = v_conversation AND t.state = 'collecting'
		RETURNING t.id, t.flush_at INTO v_turn, v_flush;
		IF NOT FOUND THEN
			v_turn := m.turn_id;
			v_flush := v_now + least(v_quiet, v_max_wait);
			PERFORM supersede_turns(v_conversation, v_turn);
			INSERT INTO turns (id, tenant_id, company_id, connection_id, conversation_id, generation, opened_at, flush_at)
			VALUES (v_turn, p_tenant, v_company, p_connection, v_conversation, v_generation, v_now, v_flush);
		END IF;
		UPDATE messages x SET conversation_id = v_conversation, turn_id = v_turn WHERE x.id = m.id;

		outcome := 'stored';
		conversation_id := v_conversation;
		turn_id := v_turn;
		due_in_ms := extract(epoch FROM v_flush - clock_timestamp()) * 1000;
		RETURN NEXT;
	END LOOP;
END $$;

-- The state of a channel account as its vendor reports it. false: stale, or the connection is gone.
CREATE FUNCTION report_account_status(p_tenant text, p_connection text, p_state text, p_detail text, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('concierge.tenant_id', p_tenant, true);
	UPDATE connections SET
		state = p_state,
		last_error = CASE WHEN p_state IN ('error', 'disconnected') THEN p_detail END,
		error_count = CASE WHEN p_state = 'error' THEN error_count + 1 WHEN p_state = 'connected' THEN 0 ELSE error_count END,
		status_at = p_at
	WHERE id = p_connection AND state <> 'deleting' AND (status_at IS NULL OR status_at < p_at OR (status_at = p_at AND state <> p_state));
	RETURN FOUND;
END $$;

-- A hidden address (@lid) was resolved to an open one (@c.us): from the next message on both lead to one conversation, the one of the open
-- address when it has one. What is stored stays where it is.
CREATE FUNCTION link_address(p_tenant text, p_connection text, p_address text, p_other text, p_phone text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	v_mine text;
	v_theirs text;
BEGIN
	PERFORM set_config('concierge.tenant_id', p_tenant, true);
	SELECT conversation_id INTO v_mine FROM customer_aliases WHERE connection_id = p_connection AND alias = p_address;
	IF NOT FOUND THEN RETURN NULL; END IF;
	INSERT INTO customer_aliases AS a (tenant_id, connection_id, alias, conversation_id) VALUES (p_tenant, p_connection, p_other, v_mine)
	ON CONFLICT (connection_id, alias) DO UPDATE SET alias = excluded.alias
	RETURNING a.conversation_id INTO v_theirs;
	IF v_theirs <> v_mine THEN
		UPDATE customer_aliases SET conversation_id = v_theirs WHERE connection_id = p_connection AND alias = p_address;
	END IF;
	UPDATE conversations SET customer_phone = p_phone WHERE id IN (v_mine, v_theirs) AND customer_phone = '';
	RETURN v_theirs;
END $$;

-- What a turn's event is made of. Under the caller's rights: all tenants in the claim below, one tenant in the turn API.
CREATE FUNCTION turn_details(p_turns text[])
RETURNS TABLE (
	id text, tenant_id text, state text, generation integer, attempts integer, delivery_failures integer, execution_id text,
	company_id text, company_name text, company_type text, connection_id text, channel text,
	conversation_id text, chat_id text, customer_name text, customer_phone text, conversation_state text, conversation_generation integer,
	session jsonb, messages jsonb)
LANGUAGE sql STABLE AS $$
	SELECT t.id, t.tenant_id, t.state, t.generation, t.attempts, t.delivery_failures, t.execution_id,
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

-- Turns whose window or lease has ended, over all tenants, each for one caller. Those of a conversation with a person, and those given up
-- after p_max_attempts, are closed on the way. A try that n8n did not take (next_attempt_at is set) is not counted as an attempt.
CREATE FUNCTION claim_due_turns(p_limit integer, p_lease_ms integer, p_max_attempts integer)
RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
	v_now timestamptz := clock_timestamp();
BEGIN
	RETURN QUERY
	WITH due AS MATERIALIZED (
		SELECT t.id, t.conversation_id, t.attempts, t.next_attempt_at IS NULL AS counts FROM turns t
		WHERE t.state IN ('collecting', 'delivering', 'delivered', 'decided') AND coalesce(t.lease_until, t.flush_at) <= v_now
		ORDER BY coalesce(t.lease_until, t.flush_at) LIMIT p_limit FOR UPDATE SKIP LOCKED
	), next AS (
		SELECT d.id, d.counts, CASE
			WHEN v.state = 'human' THEN 'human'
			WHEN d.counts AND d.attempts >= p_max_attempts THEN 'dead'
			ELSE 'delivering' END AS state
		FROM due d JOIN conversations v ON v.id = d.conversation_id
	), claimed AS (
		UPDATE turns t SET
			state = n.state,
			attempts = t.attempts + CASE WHEN n.state = 'delivering' AND n.counts THEN 1 ELSE 0 END,
			lease_until = CASE WHEN n.state = 'delivering' THEN v_now + make_interval(secs => p_lease_ms / 1000.0) END,
			next_attempt_at = NULL,
			done_at = CASE WHEN n.state = 'delivering' THEN NULL ELSE v_now END,
			last_error = CASE WHEN n.state = 'dead' THEN format('n8n took the turn %s times and never answered it. See its executions, then redeliver it.', t.attempts)
				ELSE t.last_error END
		FROM next n WHERE t.id = n.id
		RETURNING t.id, t.state
	)
	SELECT c.id FROM claimed c WHERE c.state = 'delivering';
END $$;

-- The claimed turns with what their delivery needs. A statement of its own, so that it sees messages committed before the claim.
-- subscriptions: those of the connection when it has any, else the shared ones of its tenant and of the platform, newest first; the
-- editor's test subscriptions apart.
CREATE FUNCTION turns_to_deliver(p_turns text[])
RETURNS TABLE (details jsonb, subscriptions jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT to_jsonb(d) - 'session', (
		SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'url', s.url, 'mode', s.mode, 'api_key_id', s.api_key_id,
				'own', s.connection_id IS NOT NULL, 'signing_secret', encode(k.signing_secret, 'base64'))
			ORDER BY s.connection_id IS NULL, s.created_at DESC, s.id DESC), '[]')
		FROM subscriptions s JOIN api_keys k ON k.id = s.api_key_id AND k.revoked_at IS NULL
		WHERE 'turn.ready' = ANY (s.events) AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
			AND (s.tenant_id IS NULL OR s.tenant_id = d.tenant_id)
			AND (s.connection_id = d.connection_id
				OR (s.connection_id IS NULL AND (s.channels = '{}' OR d.channel = ANY (s.channels)))))
	FROM turn_details(p_turns) d
$$;

-- Milliseconds until a turn is due; null: none waits.
CREATE FUNCTION next_turn_in_ms() RETURNS double precision
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
	SELECT extract(epoch FROM min(coalesce(lease_until, flush_at)) - clock_timestamp()) * 1000 FROM turns
	WHERE state IN ('collecting', 'delivering', 'delivered', 'decided')
$$;

-- n8n echoed the turn's id: it has p_lease_ms to answer. The answer itself may have been faster than this.
CREATE FUNCTION turn_taken(p_turn text, p_attempt integer, p_subscription text, p_lease_ms integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE turns SET state = 'delivered', delivered_at = clock_timestamp(), subscription_id = p_subscription, delivery_failures = 0, last_error = NULL,
		lease_until = clock_timestamp() + make_interval(secs => p_lease_ms / 1000.0)
	WHERE id = p_turn AND state = 'delivering' AND attempts = p_attempt
$$;

CREATE FUNCTION turn_not_taken(p_turn text, p_attempt integer, p_error text, p_retry_ms integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE turns SET delivery_failures = delivery_failures + 1, last_error = p_error,
		lease_until = clock_timestamp() + make_interval(secs => p_retry_ms / 1000.0),
		next_attempt_at = clock_timestamp() + make_interval(secs => p_retry_ms / 1000.0)
	WHERE id = p_turn AND state = 'delivering' AND attempts = p_attempt
$$;

-- A trigger subscribed: turns that wait for n8n go now.
CREATE FUNCTION wake_waiting_turns() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
	UPDATE turns SET lease_until = clock_timestamp(), next_attempt_at = clock_timestamp() WHERE id IN (
		SELECT id FROM turns WHERE state = 'delivering' AND next_attempt_at > clock_timestamp() FOR UPDATE SKIP LOCKED);
	PERFORM pg_notify('concierge_turns', '0');
	RETURN NULL;
END $$;
CREATE TRIGGER subscribed AFTER INSERT OR UPDATE ON subscriptions FOR EACH ROW EXECUTE FUNCTION wake_waiting_turns();

CREATE FUNCTION list_turns(for_tenant text, with_state text, after_id text, row_limit integer)
RETURNS SETOF turns LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT * FROM turns
	WHERE (for_tenant IS NULL OR tenant_id = for_tenant) AND (with_state IS NULL OR state = with_state) AND (after_id IS NULL OR id < after_id)
	ORDER BY id DESC LIMIT row_limit
$$;

-- Outbox parts that may leave now, in each conversation the first that has not left, each for one caller. Checked again here: an answer to
-- an older message, or of a bot while a person is in charge, does not leave; one that has begun to leave is not cut off.
CREATE FUNCTION claim_outbox(p_limit integer, p_lease_ms integer)
RETURNS TABLE (
	id text, tenant_id text, connection_id text, conversation_id text, channel text, external_id text, chat_id text,
	kind text, text text, media_url text, attempts integer, age_ms double precision)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
#variable_conflict use_column
DECLARE
	v_now timestamptz := clock_timestamp();
BEGIN
	-- The process that was sending it has ended: it may have left.
	UPDATE outbox SET state = 'unknown', lease_until = NULL, last_error = 'The process ended while sending it: it may have left. It is not sent again.'
	WHERE outbox.id IN (SELECT o.id FROM outbox o WHERE o.state = 'sending' AND o.next_attempt_at <= v_now FOR UPDATE SKIP LOCKED);

	RETURN QUERY
	WITH due AS MATERIALIZED (
		SELECT o.id FROM outbox o
		WHERE o.state = 'queued' AND o.next_attempt_at <= v_now AND NOT EXISTS (
			SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.state IN ('queued', 'sending') AND e.position < o.position)
		ORDER BY o.next_attempt_at, o.position LIMIT p_limit FOR UPDATE SKIP LOCKED
	), judged AS (
		SELECT o.id, o.generation IS NOT NULL AND (
				(v.state = 'human' AND o.author = 'assistant')
				OR (o.generation <> v.generation AND NOT EXISTS (
					SELECT 1 FROM outbox b WHERE b.turn_id = o.turn_id AND b.position < o.position AND b.state IN ('sending', 'sent', 'unknown')))
			) AS stale, v.state AS conversation_state, v.chat_id
		FROM due d JOIN outbox o ON o.id = d.id JOIN conversations v ON v.id = o.conversation_id
	), claimed AS (
		UPDATE outbox o SET
			state = CASE WHEN j.stale THEN 'superseded' ELSE 'sending' END,
			last_error = CASE WHEN NOT j.stale THEN o.last_error
				WHEN j.conversation_state = 'human' THEN 'A person took over the conversation before it was sent.'
				ELSE 'A newer message came before it was sent.' END,
			lease_until = v_now + make_interval(secs => p_lease_ms / 1000.0),
			next_attempt_at = v_now + make_interval(secs => p_lease_ms / 1000.0)
		FROM judged j WHERE o.id = j.id
		RETURNING o.*, j.chat_id
	)
	SELECT o.id, o.tenant_id, o.connection_id, o.conversation_id, c.channel, c.external_id, o.chat_id, o.kind, o.text, o.media_url, o.attempts,
		extract(epoch FROM v_now - o.created_at)::double precision * 1000
	FROM claimed o JOIN connections c ON c.id = o.connection_id
	WHERE o.state = 'sending'
	ORDER BY o.position;
END $$;

-- Milliseconds until a part may leave (or a sender's lease ends); null: none waits.
CREATE FUNCTION next_outbox_in_ms() RETURNS double precision
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
	SELECT extract(epoch FROM o.next_attempt_at - clock_timestamp()) * 1000 FROM outbox o
	WHERE o.state IN ('queued', 'sending') AND NOT EXISTS (
		SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.state IN ('queued', 'sending') AND e.position < o.position)
	ORDER BY o.next_attempt_at LIMIT 1
$$;

CREATE FUNCTION outbox_sent(p_id text, p_message text, p_vendor_message text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
	o outbox;
BEGIN
	UPDATE outbox SET state = 'sent', sent_at = clock_timestamp(), attempts = attempts + 1, lease_until = NULL, last_error = NULL,
		vendor_message_id = nullif(p_vendor_message, '')
	WHERE id = p_id AND state IN ('sending', 'unknown') RETURNING * INTO o;
	IF NOT FOUND THEN RETURN; END IF;
	INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, type, text, media, author, turn_id, sent_at)
	VALUES (p_message, o.tenant_id, o.conversation_id, o.connection_id, 'out', coalesce(o.vendor_message_id, o.id), o.kind, o.text,
		CASE WHEN o.media_url <> '' THEN jsonb_build_object('url', o.media_url) END, o.author, o.turn_id, o.sent_at)
	ON CONFLICT (connection_id, direction, vendor_message_id) DO NOTHING;
	UPDATE connections SET error_count = 0, last_error = NULL WHERE id = o.connection_id AND state <> 'error' AND error_count > 0;
END $$;

-- p_state: queued (again after p_retry_ms), failed or unknown. p_counts: it was a real try, and counts against the maximum.
CREATE FUNCTION outbox_not_sent(p_id text, p_state text, p_error text, p_retry_ms integer, p_counts boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
	v_connection text;
BEGIN
	UPDATE outbox SET state = p_state, last_error = p_error, lease_until = NULL, attempts = attempts + p_counts::integer,
		next_attempt_at = clock_timestamp() + make_interval(secs => p_retry_ms / 1000.0)
	WHERE id = p_id AND state = 'sending' RETURNING connection_id INTO v_connection;
	IF NOT FOUND THEN RETURN; END IF;
	UPDATE connections SET error_count = error_count + 1, last_error = p_error WHERE id = v_connection;
END $$;

-- Down Migration
DROP FUNCTION outbox_not_sent;
DROP FUNCTION outbox_sent;
DROP FUNCTION next_outbox_in_ms;
DROP FUNCTION claim_outbox;
DROP FUNCTION list_turns;
DROP TRIGGER subscribed ON subscriptions;
DROP FUNCTION wake_waiting_turns;
DROP FUNCTION turn_not_taken;
DROP FUNCTION turn_taken;
DROP FUNCTION next_turn_in_ms;
DROP FUNCTION turns_to_deliver;
DROP FUNCTION claim_due_turns;
DROP FUNCTION turn_details;
DROP FUNCTION link_address;
DROP FUNCTION report_account_status;
DROP FUNCTION ingest_messages;
DROP FUNCTION supersede_turns;
DROP TRIGGER connection_deleted ON connections;
DROP TRIGGER connection_deleting ON connections;
DROP TRIGGER connection_changed ON connections;
DROP FUNCTION announce_connection;
DROP FUNCTION find_hook;
DROP INDEX outbox_of_turn;
DROP INDEX outbox_unsent;
DROP INDEX turns_unanswered;
DROP INDEX turns_next;
CREATE INDEX turns_due ON turns (flush_at) WHERE state = 'collecting';
CREATE INDEX turns_leased ON turns (lease_until) WHERE state IN ('delivering', 'delivered', 'decided');
ALTER TABLE turns DROP COLUMN session_before, DROP COLUMN delivery_failures;
ALTER TABLE messages DROP COLUMN vendor_order, DROP COLUMN address_kind, DROP COLUMN address;
ALTER TABLE connections DROP COLUMN status_at;
