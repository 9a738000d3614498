-- Up Migration
-- Chat history with an end: what expires is deleted, and with MongoDB what is old moves there. Only `messages` is written on a message's way; what
-- follows is triggers that are there with MongoDB only, and a walk over conversations now and then, which needs no index of its own.

-- Exactly what a store of milliseconds can hold: both stores sort messages alike, and a page can begin in one and end in the other.
ALTER TABLE messages ALTER COLUMN sent_at TYPE timestamptz(3);

-- Messages that MongoDB has not got as they are now. One row a change, never updated by the writer of a message: nothing on its way waits for MongoDB.
CREATE TABLE history_outgoing (
	-- Grows with every change of one message, because changes of one wait for each other: a later one is never overwritten by an earlier one.
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id text NOT NULL,
	message_id text NOT NULL,
	failures integer NOT NULL DEFAULT 0,
	queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX history_outgoing_due ON history_outgoing (next_attempt_at, id);

-- What MongoDB has to forget. A copy that was under way at the deletion may arrive after it: so it is asked twice, the second time when none can.
CREATE TABLE history_erasures (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id text NOT NULL,
	-- null: everything of the tenant.
	conversation_id text,
	again boolean NOT NULL DEFAULT false,
	failures integer NOT NULL DEFAULT 0,
	queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX history_erasures_due ON history_erasures (next_attempt_at, id);

-- Up to where a conversation's messages may be in MongoDB alone: what is newer is here, all of it.
CREATE TABLE history_moved (
	conversation_id text PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
	tenant_id text NOT NULL,
	sent_at timestamptz(3) NOT NULL,
	message_id text NOT NULL
);

-- When the next walk over all conversations is due, for one process at a time.
CREATE TABLE history_walks (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	next_at timestamptz NOT NULL
);
INSERT INTO history_walks (next_at) VALUES ('-infinity');

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['history_outgoing', 'history_erasures', 'history_moved'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY own_rows ON %I USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', t);
	END LOOP;
END $$;

-- Once a statement, not once a message.
CREATE FUNCTION queue_new_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
	INSERT INTO history_outgoing (tenant_id, message_id) SELECT a.tenant_id, a.id FROM added a;
	RETURN NULL;
END $$;
-- Messages also change in what history does not show (a transcript that is waited for): such a change queues nothing.
CREATE FUNCTION queue_changed_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
	INSERT INTO history_outgoing (tenant_id, message_id)
	SELECT n.tenant_id, n.id FROM changed n JOIN unchanged o ON o.id = n.id
	WHERE (n.conversation_id, n.type, n.text, n.author, n.turn_id, n.sent_at) IS DISTINCT FROM (o.conversation_id, o.type, o.text, o.author, o.turn_id, o.sent_at);
	RETURN NULL;
END $$;
CREATE FUNCTION queue_history_erasure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
	INSERT INTO history_erasures (tenant_id, conversation_id) SELECT g.tenant_id, g.id FROM gone g;
	RETURN NULL;
END $$;

-- Whether messages are queued from now on; true when that is a change. Without it the triggers are not there: even one that is disabled costs its
-- transition tables. Waits for writers of the two tables, two seconds at most. Off, the queue is emptied: what MongoDB has not got stays here, and the
-- walk finds it. What it has to forget goes on being noted: it has messages still.
CREATE FUNCTION set_history_copying(p_on boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET lock_timeout = '2s' AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('concierge.history_copying'));
	IF p_on = EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = 'messages'::regclass AND t.tgname = 'history_added') THEN
		RETURN false;
	END IF;
	IF p_on THEN
		CREATE TRIGGER history_added AFTER INSERT ON messages REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION queue_new_history();
		CREATE TRIGGER history_changed AFTER UPDATE ON messages REFERENCING OLD TABLE AS unchanged NEW TABLE AS changed
			FOR EACH STATEMENT EXECUTE FUNCTION queue_changed_history();
		CREATE OR REPLACE TRIGGER history_gone AFTER DELETE ON conversations REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION queue_history_erasure();
	ELSE
		DROP TRIGGER history_added ON messages;
		DROP TRIGGER history_changed ON messages;
		DELETE FROM history_outgoing;
	END IF;
	RETURN true;
END $$;

-- Messages to copy, each for one caller until its lease ends, as they are now. No conversation: the message has gone meanwhile.
CREATE FUNCTION claim_history(p_limit integer, p_lease_ms integer)
RETURNS TABLE (entries bigint[], revision bigint, failures integer, tenant_id text, id text, company_id text, conversation_id text, direction text, author text,
	type text, text text, turn_id text, sent_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	WITH due AS MATERIALIZED (
		SELECT o.id FROM history_outgoing o WHERE o.next_attempt_at <= clock_timestamp() ORDER BY o.next_attempt_at, o.id LIMIT p_limit FOR UPDATE SKIP LOCKED
	), claimed AS (
		UPDATE history_outgoing o SET next_attempt_at = clock_timestamp() + make_interval(secs => p_lease_ms / 1000.0)
		WHERE o.id = ANY (array(SELECT d.id FROM due d)) RETURNING o.id, o.tenant_id, o.message_id, o.failures
	), asked AS (
		SELECT array_agg(c.id) AS entries, max(c.id) AS revision, max(c.failures) AS failures, c.tenant_id, c.message_id FROM claimed c GROUP BY c.tenant_id, c.message_id
	)
	SELECT a.entries, a.revision, a.failures, a.tenant_id, a.message_id, v.company_id, v.id, m.direction, m.author, m.type, m.text, m.turn_id, m.sent_at
	FROM asked a LEFT JOIN messages m ON m.id = a.message_id AND m.tenant_id = a.tenant_id LEFT JOIN conversations v ON v.id = m.conversation_id
$$;
CREATE FUNCTION history_copied(p_entries bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	DELETE FROM history_outgoing WHERE id = ANY (p_entries)
$$;
-- Again in p_retry_ms. p_failed false: it was not tried (the process stopped, or MongoDB is known to be away).
CREATE FUNCTION history_not_copied(p_entries bigint[], p_retry_ms integer, p_failed boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE history_outgoing SET failures = failures + p_failed::integer, next_attempt_at = clock_timestamp() + make_interval(secs => p_retry_ms / 1000.0) WHERE id = ANY (p_entries)
$$;

CREATE FUNCTION claim_history_erasures(p_limit integer, p_lease_ms integer)
RETURNS TABLE (id bigint, tenant_id text, conversation_id text, failures integer)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	WITH due AS MATERIALIZED (
		SELECT e.id FROM history_erasures e WHERE e.next_attempt_at <= clock_timestamp() ORDER BY e.next_attempt_at, e.id LIMIT p_limit FOR UPDATE SKIP LOCKED
	)
	UPDATE history_erasures e SET next_attempt_at = clock_timestamp() + make_interval(secs => p_lease_ms / 1000.0)
	WHERE e.id = ANY (array(SELECT d.id FROM due d)) RETURNING e.id, e.tenant_id, e.conversation_id, e.failures
$$;
-- The first time it is asked again in p_again_ms; the second time it is done.
CREATE FUNCTION history_erased(p_id bigint, p_again_ms integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	DELETE FROM history_erasures WHERE id = p_id AND again;
	UPDATE history_erasures SET again = true, failures = 0, next_attempt_at = clock_timestamp() + make_interval(secs => p_again_ms / 1000.0) WHERE id = p_id AND NOT again
$$;
CREATE FUNCTION history_not_erased(p_id bigint, p_retry_ms integer, p_failed boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE history_erasures SET failures = failures + p_failed::integer, next_attempt_at = clock_timestamp() + make_interval(secs => p_retry_ms / 1000.0) WHERE id = p_id
$$;

-- Milliseconds until something may be claimed; null: nothing waits.
CREATE FUNCTION next_history_in_ms(p_queue text) RETURNS double precision
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
	SELECT extract(epoch FROM CASE p_queue
		WHEN 'outgoing' THEN (SELECT min(next_attempt_at) FROM history_outgoing)
		WHEN 'erasures' THEN (SELECT min(next_attempt_at) FROM history_erasures)
	END - clock_timestamp())::double precision * 1000
$$;

-- The next conversations by id, and what is to be done with each: messages sent up to p_expired are deleted; of those up to p_old all but the latest
-- p_keep with words may move. p_old null: nothing moves.
CREATE FUNCTION history_to_do(p_after text, p_limit integer, p_expired timestamptz, p_old timestamptz, p_keep integer)
RETURNS TABLE (tenant_id text, conversation_id text, expired boolean, kept_sent_at timestamptz, kept_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public SET enable_seqscan = off AS $$
	SELECT v.tenant_id, v.id,
		(SELECT true FROM messages m WHERE m.tenant_id = v.tenant_id AND m.conversation_id = v.id AND m.sent_at <= p_expired LIMIT 1) IS NOT NULL, k.sent_at, k.id
	FROM (SELECT c.id, c.tenant_id FROM conversations c WHERE c.id > p_after ORDER BY c.id LIMIT p_limit) v
	LEFT JOIN LATERAL (
		SELECT m.sent_at, m.id FROM messages m
		WHERE m.tenant_id = v.tenant_id AND m.conversation_id = v.id AND m.sent_at <= p_old AND m.text <> '' ORDER BY m.sent_at DESC, m.id DESC OFFSET p_keep - 1 LIMIT 1
	) k ON true
	ORDER BY v.id
$$;

-- As queue_metrics() of 0010_metrics.sql.
CREATE FUNCTION history_queue_metrics()
RETURNS TABLE (queue text, state text, depth double precision, oldest_seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	WITH found AS (
		(SELECT CASE WHEN o.failures > 0 THEN 'retrying' ELSE 'waiting' END AS state, o.queued_at FROM history_outgoing o LIMIT 100000)
		UNION ALL
		(SELECT 'erasing', e.queued_at FROM history_erasures e WHERE NOT e.again LIMIT 100000)
	)
	SELECT 'history', s.state, count(f.state)::double precision, coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(f.queued_at))), 0)::double precision
	FROM (VALUES ('waiting'), ('retrying'), ('erasing')) AS s (state) LEFT JOIN found f ON f.state = s.state
	GROUP BY s.state
$$;

-- Down Migration
DROP FUNCTION history_queue_metrics;
DROP FUNCTION history_to_do;
DROP FUNCTION next_history_in_ms;
DROP FUNCTION history_not_erased;
DROP FUNCTION history_erased;
DROP FUNCTION claim_history_erasures;
DROP FUNCTION history_not_copied;
DROP FUNCTION history_copied;
DROP FUNCTION claim_history;
DROP FUNCTION set_history_copying;
DROP TRIGGER IF EXISTS history_gone ON conversations;
DROP TRIGGER IF EXISTS history_changed ON messages;
DROP TRIGGER IF EXISTS history_added ON messages;
DROP FUNCTION queue_history_erasure;
DROP FUNCTION queue_changed_history;
DROP FUNCTION queue_new_history;
DROP TABLE history_walks;
DROP TABLE history_moved;
DROP TABLE history_erasures;
DROP TABLE history_outgoing;
ALTER TABLE messages ALTER COLUMN sent_at TYPE timestamptz;
