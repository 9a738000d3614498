-- Up Migration
-- What became of a try is recorded as soon as the database is back. That may be after the lease of the part: then it was given up, and is put
-- right; another try may have begun, and is left alone.

-- p_state: queued (again after p_retry_ms), resolving (looked for after p_retry_ms), failed or unknown. p_counts: it was a real try, and
-- counts against the maximum. p_attempted_at: when the try began that this is about; null: the latest.
DROP FUNCTION outbox_not_sent(text, text, text, integer, boolean);
CREATE FUNCTION outbox_not_sent(p_id text, p_state text, p_error text, p_retry_ms integer, p_counts boolean, p_attempted_at timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
	v_now timestamptz := clock_timestamp();
	v_connection text;
BEGIN
	UPDATE outbox SET state = p_state, last_error = p_error, lease_until = NULL, attempts = attempts + p_counts::integer,
		next_attempt_at = v_now + make_interval(secs => p_retry_ms / 1000.0),
		resolving_since = CASE WHEN p_state = 'resolving' THEN v_now END, absent_since = NULL, absent_looks = 0
	WHERE id = p_id AND (p_attempted_at IS NULL OR attempted_at = p_attempted_at)
		AND (coalesce(state, '') IN ('sending', 'resolving') OR (p_attempted_at IS NOT NULL AND coalesce(state, '') = 'unknown'))
	RETURNING connection_id INTO v_connection;
	IF NOT FOUND THEN RETURN; END IF;
	UPDATE connections SET error_count = error_count + 1, last_error = p_error WHERE id = v_connection;
END $$;

-- Down Migration
DROP FUNCTION outbox_not_sent;
CREATE FUNCTION outbox_not_sent(p_id text, p_state text, p_error text, p_retry_ms integer, p_counts boolean) RETURNS void
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
