-- Up Migration
-- Voice messages, and the events that vendors are asked for.
--
-- Voice messages that wait for their text. A message is its own job: what is pending here is what is to be done, whatever process ends when.

ALTER TABLE messages
	-- Claims, so that one that ends its process each time is given up, too.
	ADD COLUMN transcript_attempts integer NOT NULL DEFAULT 0,
	-- When it may be claimed (again); NULL: at once.
	ADD COLUMN transcript_next_at timestamptz;

CREATE INDEX messages_to_transcribe ON messages (coalesce(transcript_next_at, received_at)) WHERE transcript_state = 'pending';

CREATE FUNCTION announce_voice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('concierge_transcripts', '');
	RETURN NULL;
END $$;
CREATE TRIGGER voice_stored AFTER INSERT ON messages FOR EACH ROW WHEN (NEW.transcript_state = 'pending') EXECUTE FUNCTION announce_voice();

-- Voice messages over all tenants, each for one caller until its lease ends: the oldest of every tenant before anyone's second, so that
-- one who sends a hundred does not keep the others waiting. Locks messages only, and waits for none.
CREATE FUNCTION claim_transcripts(p_limit integer, p_lease_ms integer)
RETURNS TABLE (id text, tenant_id text, connection_id text, channel text, media jsonb, attempts integer, age_ms double precision)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
#variable_conflict use_column
DECLARE
	v_now timestamptz := clock_timestamp();
BEGIN
	RETURN QUERY
	WITH due AS MATERIALIZED (
		SELECT m.id, m.tenant_id, coalesce(m.transcript_next_at, m.received_at) AS at FROM messages m
		WHERE m.transcript_state = 'pending' AND coalesce(m.transcript_next_at, m.received_at) <= v_now
		ORDER BY coalesce(m.transcript_next_at, m.received_at) LIMIT 2000
	), fair AS MATERIALIZED (
		SELECT d.id, row_number() OVER (PARTITION BY d.tenant_id ORDER BY d.at, d.id) AS nth, d.at FROM due d
	), picked AS (
		SELECT m.id FROM messages m JOIN fair f ON f.id = m.id
		WHERE m.transcript_state = 'pending' AND coalesce(m.transcript_next_at, m.received_at) <= v_now
		ORDER BY f.nth, f.at LIMIT p_limit FOR UPDATE OF m SKIP LOCKED
	), claimed AS (
		UPDATE messages m SET transcript_attempts = m.transcript_attempts + 1, transcript_next_at = v_now + make_interval(secs => p_lease_ms / 1000.0)
		FROM picked p WHERE m.id = p.id
		RETURNING m.id, m.tenant_id, m.connection_id, m.media, m.transcript_attempts, m.received_at
	)
	SELECT d.id, d.tenant_id, d.connection_id, c.channel, d.media, d.transcript_attempts, extract(epoch FROM v_now - d.received_at)::double precision * 1000
	FROM claimed d JOIN connections c ON c.id = d.connection_id;
END $$;

-- Milliseconds until a voice message may be claimed; null: none waits.
CREATE FUNCTION next_transcript_in_ms() RETURNS double precision
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
	SELECT extract(epoch FROM min(coalesce(transcript_next_at, received_at)) - clock_timestamp())::double precision * 1000 FROM messages WHERE transcript_state = 'pending'
$$;

-- Again in p_retry_ms. p_counts false: it was not tried (the process stopped).
CREATE FUNCTION transcript_not_ready(p_message text, p_retry_ms integer, p_counts boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE messages SET transcript_next_at = clock_timestamp() + make_interval(secs => p_retry_ms / 1000.0),
		transcript_attempts = transcript_attempts - CASE WHEN p_counts THEN 0 ELSE 1 END
	WHERE id = p_message AND transcript_state = 'pending'
$$;

-- Connections whose vendor was asked for other events than p_events, and that nobody works on. What it was asked for stands with the step.
CREATE FUNCTION list_outdated_hooks(p_step text, p_events text, p_limit integer)
RETURNS TABLE (id text, tenant_id text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT c.id, c.tenant_id FROM provisioning_steps s JOIN connections c ON c.id = s.connection_id
	WHERE s.step = p_step AND s.state = 'done' AND s.result -> 'made' ->> 'events' IS DISTINCT FROM p_events
		AND c.state <> 'deleting' AND (c.provisioning_until IS NULL OR c.provisioning_until < now())
	ORDER BY s.updated_at LIMIT p_limit
$$;

-- Down Migration
DROP FUNCTION list_outdated_hooks;
DROP FUNCTION transcript_not_ready;
DROP FUNCTION next_transcript_in_ms;
DROP FUNCTION claim_transcripts;
DROP TRIGGER voice_stored ON messages;
DROP FUNCTION announce_voice;
DROP INDEX messages_to_transcribe;
ALTER TABLE messages DROP COLUMN transcript_next_at, DROP COLUMN transcript_attempts;
