-- Up Migration
-- The outbox: vendors' rate limits over any number of processes, sends whose outcome is not known, fair claims, many results at a time.
-- Order of locks as everywhere; of send_pace after the outbox, in the order of its keys.

ALTER TABLE outbox DROP CONSTRAINT outbox_state_check;
ALTER TABLE outbox
	-- resolving: it may have left, and its vendor is asked. It holds back what follows in its conversation, as queued and sending do.
	ADD CONSTRAINT outbox_state_check CHECK (state IN ('queued', 'sending', 'resolving', 'sent', 'failed', 'unknown', 'superseded')),
	-- When the latest try began. Set: its turn's answer has begun to leave, and is not superseded any more.
	ADD COLUMN attempted_at timestamptz,
	-- The account's slot that is kept for it: it waited for its vendor's rate limit.
	ADD COLUMN slot_at timestamptz,
	ADD COLUMN resolving_since timestamptz,
	-- Since when, and how often, the vendor answered that it is not there.
	ADD COLUMN absent_since timestamptz,
	ADD COLUMN absent_looks integer NOT NULL DEFAULT 0;

DROP INDEX outbox_due;
DROP INDEX outbox_unsent;
CREATE INDEX outbox_due ON outbox (next_attempt_at, position) WHERE state IN ('queued', 'resolving');
-- The same by connection: one with much to send does not hide the others.
CREATE INDEX outbox_due_of_connection ON outbox (connection_id, next_attempt_at) WHERE state IN ('queued', 'resolving');
CREATE INDEX outbox_leased ON outbox (lease_until) WHERE state = 'sending';
CREATE INDEX outbox_unsent ON outbox (conversation_id, position) WHERE state IN ('queued', 'sending', 'resolving');
CREATE INDEX outbox_listed ON outbox (tenant_id, id);
CREATE INDEX outbox_troubled ON outbox (state, id) WHERE state IN ('failed', 'unknown', 'resolving');

-- Vendors' rate limits (GCRA): the theoretical arrival time of the next message of a chat (key: its conversation) or account (key: its
-- connection). A message may leave burst - 1 intervals before it. Reached through the functions below only.
CREATE TABLE send_pace (
	key text PRIMARY KEY,
	tat timestamptz NOT NULL DEFAULT '-infinity',
	-- The vendor said so (429 with retry_after): until then nothing of this account leaves.
	held_until timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);
ALTER TABLE send_pace ENABLE ROW LEVEL SECURITY;

-- Whatever ends a part: the next of its conversation may leave.
CREATE FUNCTION release_next_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
	UPDATE outbox SET next_attempt_at = clock_timestamp()
	WHERE id = (
			SELECT n.id FROM outbox n WHERE n.conversation_id = NEW.conversation_id AND n.state IN ('queued', 'sending', 'resolving') AND n.position > NEW.position
			ORDER BY n.position LIMIT 1)
		AND coalesce(state, '') = 'queued' AND attempted_at IS NULL AND next_attempt_at > clock_timestamp() AND (slot_at IS NULL OR slot_at <= clock_timestamp());
	RETURN NULL;
END $$;
CREATE TRIGGER part_ended AFTER UPDATE OF state ON outbox FOR EACH ROW
	WHEN (OLD.state IN ('queued', 'sending', 'resolving') AND NEW.state NOT IN ('queued', 'sending', 'resolving'))
	EXECUTE FUNCTION release_next_part();

-- Up to p_limit connections with something to send, behind p_after and then from the beginning.
CREATE FUNCTION sending_connections(p_after text, p_limit integer) RETURNS SETOF text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_last text := p_after;
	v_next text;
	v_wrapped boolean := p_after = '';
	v_found integer := 0;
BEGIN
	LOOP
		SELECT o.connection_id INTO v_next FROM outbox o
		WHERE o.state IN ('queued', 'resolving') AND o.connection_id > v_last ORDER BY o.connection_id LIMIT 1;
		IF v_next IS NULL OR (v_wrapped AND p_after <> '' AND v_next > p_after) THEN
			EXIT WHEN v_wrapped;
			v_wrapped := true;
			v_last := '';
			CONTINUE;
		END IF;
		RETURN NEXT v_next;
		v_found := v_found + 1;
		EXIT WHEN v_found >= p_limit;
		v_last := v_next;
	END LOOP;
END $$;

-- Parts that may leave now, in each conversation the first that has not left, each for one caller, with its slot at the vendor; and those
-- whose vendor is to be asked what became of them (state resolving). Checked again here: an answer to an older message that has not begun
-- to leave, or of a bot while a person is in charge, does not leave. What can't leave yet gets the time when it can.
-- p_pace: {channel: {chat: {every_ms, burst}, account: {every_ms, burst}}}. p_resolvable: channels whose vendor can be asked.
-- p_busy: connections and channels with as much under way in this process as they may have.
-- p_after: with more due than is looked at, connections behind this one come first.
DROP FUNCTION claim_outbox(integer, integer);
CREATE FUNCTION claim_outbox(p_limit integer, p_lease_ms integer, p_pace jsonb, p_resolvable text[], p_busy text[], p_after text)
RETURNS TABLE (
	id text, state text, tenant_id text, connection_id text, conversation_id text, turn_id text, channel text, external_id text, chat_id text,
	kind text, text text, media_url text, attempts integer, age_ms double precision, attempted_at timestamptz,
	resolving_ms double precision, absent_ms double precision, absent_looks integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
-- As in ingest_messages: each row by its index, whatever the statistics.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
#variable_conflict use_column
DECLARE
	v_now timestamptz := clock_timestamp();
	v_lease interval := make_interval(secs => p_lease_ms / 1000.0);
	v_look integer := greatest(32, 2 * p_limit);
	v_due text[];
	v_ready text[];
	v_resolving text[];
	v_keys text[];
BEGIN
	-- The process that was sending it has ended: it may have left.
	UPDATE outbox o SET
		state = CASE WHEN c.channel = ANY (p_resolvable) THEN 'resolving' ELSE 'unknown' END,
		lease_until = NULL, next_attempt_at = v_now, resolving_since = v_now, absent_since = NULL, absent_looks = 0,
		last_error = CASE WHEN c.channel = ANY (p_resolvable) THEN 'The process ended while sending it: it may have left. The vendor is asked.'
			ELSE 'The process ended while sending it: it may have left, and this vendor can''t tell. It is not sent again.' END
	FROM connections c
	WHERE c.id = o.connection_id AND o.id IN (SELECT x.id FROM outbox x WHERE x.state = 'sending' AND x.lease_until <= v_now FOR UPDATE SKIP LOCKED);

	v_due := array(
		SELECT o.id FROM outbox o WHERE o.state IN ('queued', 'resolving') AND o.next_attempt_at <= v_now
		ORDER BY o.next_attempt_at, o.position LIMIT v_look FOR UPDATE SKIP LOCKED);
	IF cardinality(v_due) = 0 THEN RETURN; END IF;
	IF cardinality(v_due) = v_look THEN
		-- More is due than was looked at: of every connection something.
		v_due := v_due || array(
			SELECT o.id FROM sending_connections(p_after, 64) AS s(connection)
			CROSS JOIN LATERAL (
				SELECT x.id FROM outbox x WHERE x.connection_id = s.connection AND x.state IN ('queued', 'resolving') AND x.next_attempt_at <= v_now
				ORDER BY x.next_attempt_at LIMIT 4 FOR UPDATE SKIP LOCKED) o);
	END IF;

	WITH candidates AS (
		SELECT o.*, row_number() OVER (PARTITION BY o.connection_id ORDER BY o.next_attempt_at, o.position) AS rank
		FROM outbox o WHERE o.id = ANY (v_due) AND coalesce(o.state, '') IN ('queued', 'resolving')
	), judged AS (
		SELECT o.id, o.state, o.rank, o.connection_id > p_after AS behind_after, o.next_attempt_at, o.position, v.state AS conversation_state, b.before_at,
			CASE
				WHEN b.before_at IS NOT NULL THEN 'behind'
				WHEN o.state = 'queued' AND o.generation IS NOT NULL AND v.state = 'human' AND o.author = 'assistant' THEN 'superseded'
				WHEN o.state = 'queued' AND o.generation <> v.generation AND o.attempted_at IS NULL AND (
					SELECT true FROM outbox e WHERE e.turn_id = o.turn_id AND e.position < o.position AND e.state IN ('sending', 'resolving', 'sent', 'unknown') LIMIT 1) IS NULL
					THEN 'superseded'
				WHEN o.connection_id = ANY (p_busy) OR c.channel = ANY (p_busy) THEN 'busy'
				ELSE o.state
			END AS verdict
		FROM candidates o
		JOIN conversations v ON v.id = o.conversation_id
		JOIN connections c ON c.id = o.connection_id
		LEFT JOIN LATERAL (
			SELECT CASE WHEN e.state = 'queued' THEN e.next_attempt_at ELSE v_now END AS before_at FROM outbox e
			WHERE e.conversation_id = o.conversation_id AND e.state IN ('queued', 'sending', 'resolving') AND e.position < o.position
			ORDER BY e.position LIMIT 1) b ON true
	), put_off AS (
		UPDATE outbox o SET
			state = CASE WHEN j.verdict = 'superseded' THEN 'superseded' ELSE o.state END,
			last_error = CASE WHEN j.verdict <> 'superseded' THEN o.last_error
				WHEN j.conversation_state = 'human' THEN 'A person took over the conversation before it was sent.'
				ELSE 'A newer message came before it was sent.' END,
			-- When the part before it ends, the trigger wakes it: this is for a trigger that could not see it yet.
			next_attempt_at = CASE j.verdict
				WHEN 'behind' THEN least(greatest(j.before_at, v_now) + interval '1 second', v_now + interval '60 seconds')
				WHEN 'busy' THEN v_now + interval '100 milliseconds'
				ELSE o.next_attempt_at END
		FROM judged j WHERE o.id = j.id AND j.verdict IN ('behind', 'busy', 'superseded')
	)
	SELECT array_agg(j.id ORDER BY j.rank, j.behind_after DESC, j.next_attempt_at, j.position) FILTER (WHERE j.verdict = 'queued'),
		array_agg(j.id ORDER BY j.rank, j.next_attempt_at, j.position) FILTER (WHERE j.verdict = 'resolving')
	INTO v_ready, v_resolving FROM judged j;

	v_resolving := v_resolving[1:p_limit];
	IF v_resolving IS NOT NULL THEN
		RETURN QUERY
		UPDATE outbox o SET next_attempt_at = v_now + v_lease
		FROM conversations v, connections c WHERE o.id = ANY (v_resolving) AND v.id = o.conversation_id AND c.id = o.connection_id
		RETURNING o.id, o.state, o.tenant_id, o.connection_id, o.conversation_id, o.turn_id, c.channel, c.external_id, v.chat_id, o.kind, o.text,
			o.media_url, o.attempts, extract(epoch FROM v_now - o.created_at)::double precision * 1000, o.attempted_at,
			extract(epoch FROM v_now - o.resolving_since)::double precision * 1000, extract(epoch FROM v_now - o.absent_since)::double precision * 1000,
			o.absent_looks;
	END IF;
	v_ready := v_ready[1:p_limit - coalesce(cardinality(v_resolving), 0)];
	IF coalesce(cardinality(v_ready), 0) = 0 THEN RETURN; END IF;

	SELECT array_agg(DISTINCT k.key) INTO v_keys
	FROM outbox o CROSS JOIN LATERAL (VALUES (o.connection_id), (o.conversation_id)) AS k(key) WHERE o.id = ANY (v_ready);
	INSERT INTO send_pace (key) SELECT k FROM unnest(v_keys) AS k ORDER BY k ON CONFLICT DO NOTHING;
	PERFORM 1 FROM send_pace WHERE key = ANY (v_keys) ORDER BY key FOR UPDATE;

	RETURN QUERY
	WITH limits AS (
		SELECT l.key AS channel,
			make_interval(secs => (l.value #>> '{chat,every_ms}')::double precision / 1000) AS chat_every,
			make_interval(secs => (l.value #>> '{chat,every_ms}')::double precision * ((l.value #>> '{chat,burst}')::integer - 1) / 1000) AS chat_slack,
			make_interval(secs => (l.value #>> '{account,every_ms}')::double precision / 1000) AS every,
			make_interval(secs => (l.value #>> '{account,every_ms}')::double precision * ((l.value #>> '{account,burst}')::integer - 1) / 1000) AS slack
		FROM jsonb_each(p_pace) l
	), wanted AS (
		SELECT o.id, o.conversation_id, o.connection_id, r.n, v.chat_id, c.channel, c.external_id, l.chat_every, l.every, l.slack, a.held_until,
			greatest(h.tat, v_now) AS chat_tat, greatest(a.tat, a.held_until, v_now) AS tat,
			-- When the chat has room. Its account's slot is taken only then.
			greatest(h.tat, v_now) - l.chat_slack AS chat_at,
			CASE WHEN o.slot_at >= a.held_until THEN o.slot_at END AS kept_slot
		FROM unnest(v_ready) WITH ORDINALITY AS r(id, n)
		JOIN outbox o ON o.id = r.id
		JOIN conversations v ON v.id = o.conversation_id
		JOIN connections c ON c.id = o.connection_id
		JOIN limits l ON l.channel = c.channel
		JOIN send_pace a ON a.key = o.connection_id
		JOIN send_pace h ON h.key = o.conversation_id
	), slots AS (
		SELECT w.*, w.chat_at <= v_now AND w.kept_slot IS NULL AS takes_slot,
			count(*) FILTER (WHERE w.chat_at <= v_now AND w.kept_slot IS NULL) OVER (PARTITION BY w.connection_id ORDER BY w.n) AS k
		FROM wanted w
	), timed AS (
		SELECT s.*, CASE
			WHEN s.chat_at > v_now THEN s.chat_at
			WHEN s.kept_slot IS NOT NULL THEN s.kept_slot
			ELSE greatest(s.held_until, s.tat + (s.k - 1) * s.every - s.slack) END AS at
		FROM slots s
	), accounts AS (
		UPDATE send_pace p SET tat = t.tat FROM (
			SELECT t.connection_id AS key, max(t.tat + t.k * t.every) FILTER (WHERE t.takes_slot) AS tat FROM timed t GROUP BY 1
			UNION ALL
			SELECT t.conversation_id, t.chat_tat + t.chat_every FROM timed t WHERE t.at <= v_now
		) t WHERE p.key = t.key AND t.tat IS NOT NULL
	), decided AS (
		UPDATE outbox o SET
			state = CASE WHEN t.at <= v_now THEN 'sending' ELSE 'queued' END,
			attempted_at = CASE WHEN t.at <= v_now THEN v_now ELSE o.attempted_at END,
			slot_at = CASE WHEN t.at <= v_now THEN NULL WHEN t.takes_slot THEN t.at ELSE t.kept_slot END,
			lease_until = CASE WHEN t.at <= v_now THEN v_now + v_lease END,
			next_attempt_at = CASE WHEN t.at <= v_now THEN v_now + v_lease ELSE t.at END
		FROM timed t WHERE o.id = t.id
		RETURNING o.*, t.n, t.chat_id, t.channel, t.external_id
	)
	SELECT o.id, o.state, o.tenant_id, o.connection_id, o.conversation_id, o.turn_id, o.channel, o.external_id, o.chat_id, o.kind, o.text,
		o.media_url, o.attempts, extract(epoch FROM v_now - o.created_at)::double precision * 1000, o.attempted_at,
		NULL::double precision, NULL::double precision, 0
	FROM decided o WHERE o.state = 'sending' ORDER BY o.n;
END $$;

-- Milliseconds until a part may leave or be looked for, or a sender's lease ends; null: none waits.
CREATE OR REPLACE FUNCTION next_outbox_in_ms() RETURNS double precision
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public SET enable_seqscan = off AS $$
	SELECT extract(epoch FROM least(
		(SELECT o.next_attempt_at FROM outbox o WHERE o.state IN ('queued', 'resolving') ORDER BY o.next_attempt_at, o.position LIMIT 1),
		(SELECT o.lease_until FROM outbox o WHERE o.state = 'sending' ORDER BY o.lease_until LIMIT 1)
	) - clock_timestamp()) * 1000
$$;

-- What was sent: [{id, message_id (new), vendor_message_id ('' when the vendor gave none)}]. A part that was given up meanwhile is sent, too.
DROP FUNCTION outbox_sent(text, text, text);
CREATE FUNCTION outbox_sent_many(p_sent jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
-- As in ingest_messages: each row by its index, whatever the statistics.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
DECLARE
	v_now timestamptz := clock_timestamp();
BEGIN
	WITH given AS (
		SELECT * FROM jsonb_to_recordset(p_sent) AS x(id text, message_id text, vendor_message_id text)
	), done AS (
		UPDATE outbox o SET state = 'sent', sent_at = v_now, attempts = o.attempts + 1, lease_until = NULL, last_error = NULL, resolving_since = NULL,
			vendor_message_id = nullif(g.vendor_message_id, '')
		-- Looked up by a list: the planner takes any set of JSON for a hundred rows.
		FROM given g WHERE o.id = g.id AND o.id = ANY (array(SELECT x.id FROM given x)) AND coalesce(o.state, '') IN ('sending', 'resolving', 'unknown')
		RETURNING o.*, g.message_id
	), stored AS (
		INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, type, text, media, author, turn_id, sent_at)
		SELECT d.message_id, d.tenant_id, d.conversation_id, d.connection_id, 'out', coalesce(d.vendor_message_id, d.id), d.kind, d.text,
			CASE WHEN d.media_url <> '' THEN jsonb_build_object('url', d.media_url) END, d.author, d.turn_id, d.sent_at
		FROM done d
		ON CONFLICT (connection_id, direction, vendor_message_id) DO NOTHING
	)
	UPDATE connections c SET error_count = 0, last_error = NULL
	WHERE c.id IN (
		SELECT x.id FROM connections x
		WHERE x.id IN (SELECT d.connection_id FROM done d) AND x.state <> 'error' AND x.error_count > 0 FOR NO KEY UPDATE SKIP LOCKED);
END $$;

-- p_state: queued (again after p_retry_ms), resolving (looked for after p_retry_ms), failed or unknown. p_counts: it was a real try, and
-- counts against the maximum.
CREATE OR REPLACE FUNCTION outbox_not_sent(p_id text, p_state text, p_error text, p_retry_ms integer, p_counts boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
	v_now timestamptz := clock_timestamp();
	v_connection text;
BEGIN
	UPDATE outbox SET state = p_state, last_error = p_error, lease_until = NULL, attempts = attempts + p_counts::integer,
		next_attempt_at = v_now + make_interval(secs => p_retry_ms / 1000.0),
		resolving_since = CASE WHEN p_state = 'resolving' THEN v_now END, absent_since = NULL, absent_looks = 0
	WHERE id = p_id AND coalesce(state, '') IN ('sending', 'resolving') RETURNING connection_id INTO v_connection;
	IF NOT FOUND THEN RETURN; END IF;
	UPDATE connections SET error_count = error_count + 1, last_error = p_error WHERE id = v_connection;
END $$;

-- The vendor was asked for a part and it stays unresolved. p_absent: it answered, and does not have it.
CREATE FUNCTION outbox_looked(p_id text, p_absent boolean, p_error text, p_retry_ms integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE outbox SET last_error = p_error, next_attempt_at = clock_timestamp() + make_interval(secs => p_retry_ms / 1000.0),
		absent_since = CASE WHEN p_absent THEN coalesce(absent_since, clock_timestamp()) ELSE absent_since END,
		absent_looks = absent_looks + p_absent::integer
	WHERE id = p_id AND coalesce(state, '') = 'resolving'
$$;

-- Which of these ids are recorded as messages that we sent.
CREATE FUNCTION recorded_sends(p_connection text, p_vendor_ids text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT m.vendor_message_id FROM messages m WHERE m.connection_id = p_connection AND m.direction = 'out' AND m.vendor_message_id = ANY (p_vendor_ids)
$$;

-- 429 with retry_after: nothing of the account leaves for p_ms. Slots that were given away move by what the wait takes from them.
-- p_slack_ms: (burst - 1) intervals of the account: there is no burst after the wait.
CREATE FUNCTION hold_sending(p_connection text, p_ms integer, p_slack_ms integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
	v_now timestamptz := clock_timestamp();
	v_until timestamptz := v_now + make_interval(secs => p_ms / 1000.0);
	v_moved interval;
BEGIN
	SELECT v_until - greatest(v_now, p.held_until) INTO v_moved FROM send_pace p WHERE p.key = p_connection;
	v_moved := greatest(coalesce(v_moved, v_until - v_now), interval '0');
	UPDATE outbox SET slot_at = slot_at + v_moved, next_attempt_at = greatest(next_attempt_at, slot_at + v_moved)
	WHERE id IN (SELECT o.id FROM outbox o WHERE o.connection_id = p_connection AND o.state IN ('queued', 'resolving') AND o.slot_at > v_now FOR UPDATE SKIP LOCKED);
	INSERT INTO send_pace AS p (key, tat, held_until)
	VALUES (p_connection, v_until + make_interval(secs => p_slack_ms / 1000.0), v_until)
	ON CONFLICT (key) DO UPDATE SET held_until = greatest(p.held_until, excluded.held_until), tat = greatest(p.tat + v_moved, excluded.tat);
END $$;

-- Rows that limit nothing any more.
CREATE FUNCTION forget_send_pace() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	DELETE FROM send_pace WHERE key IN (
		SELECT p.key FROM send_pace p WHERE p.tat < clock_timestamp() - interval '1 minute' AND p.held_until < clock_timestamp() - interval '1 minute'
		ORDER BY p.key FOR UPDATE SKIP LOCKED)
$$;

-- Newest first, over all tenants for a platform key.
CREATE FUNCTION list_outbox(for_tenant text, with_state text, with_connection text, with_conversation text, after_id text, row_limit integer)
RETURNS SETOF outbox LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
	IF with_state IN ('failed', 'unknown', 'resolving') AND with_conversation IS NULL THEN
		-- Few, in an index of their own.
		RETURN QUERY SELECT * FROM outbox o
		WHERE o.state IN ('failed', 'unknown', 'resolving') AND o.state = with_state
			AND (for_tenant IS NULL OR o.tenant_id = for_tenant) AND (with_connection IS NULL OR o.connection_id = with_connection)
			AND (after_id IS NULL OR o.id < after_id)
		ORDER BY o.id DESC LIMIT row_limit;
	ELSE
		RETURN QUERY SELECT * FROM outbox o
		WHERE (for_tenant IS NULL OR o.tenant_id = for_tenant) AND (with_state IS NULL OR o.state = with_state)
			AND (with_connection IS NULL OR o.connection_id = with_connection) AND (with_conversation IS NULL OR o.conversation_id = with_conversation)
			AND (after_id IS NULL OR o.id < after_id)
		ORDER BY o.id DESC LIMIT row_limit;
	END IF;
END $$;

CREATE FUNCTION tenant_of_outbox_part(part_id text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT tenant_id FROM outbox WHERE id = part_id
$$;

-- As before, and: who is with a person under the one address is so under the other.
CREATE OR REPLACE FUNCTION link_address(p_tenant text, p_connection text, p_address text, p_other text, p_phone text) RETURNS text
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
		UPDATE conversations SET state = 'human'
		WHERE id = v_mine AND state <> 'human' AND (SELECT t.state = 'human' FROM conversations t WHERE t.id = v_theirs);
	END IF;
	UPDATE conversations SET customer_phone = p_phone WHERE id IN (v_mine, v_theirs) AND customer_phone = '';
	RETURN v_theirs;
END $$;

-- Down Migration
DO $$ BEGIN RAISE EXCEPTION 'There is no way back over this migration: restore the backup that was made before it.'; END $$;
