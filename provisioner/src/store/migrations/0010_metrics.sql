-- Up Migration
-- What /metrics says about the queues. Asked every few seconds by a scraper: it reads only what is not at its end, through partial indexes,
-- and never more than 100,000 rows of a queue, whatever stands in the tables.

-- Depth and age of every state, 0 for those that are empty. Of all tenants together: it names none.
CREATE FUNCTION queue_metrics()
RETURNS TABLE (queue text, state text, depth double precision, oldest_seconds double precision)
-- Without statistics of its own time (a table filled at once) the planner would read all of it.
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public SET enable_seqscan = off AS $$
	WITH states (queue, state) AS (
		VALUES ('turns', 'collecting'), ('turns', 'due'), ('turns', 'waiting'), ('turns', 'retrying'), ('turns', 'in_flight'), ('turns', 'dead'),
			('outbox', 'queued'), ('outbox', 'delayed'), ('outbox', 'sending'), ('outbox', 'resolving'), ('outbox', 'failed'), ('outbox', 'unknown')
	), open_turns AS (
		(SELECT t.state, t.flush_at, t.opened_at, t.next_attempt_at FROM turns t WHERE t.state IN ('collecting', 'delivering', 'delivered', 'decided') LIMIT 100000)
		UNION ALL
		(SELECT t.state, t.flush_at, t.opened_at, t.next_attempt_at FROM turns t WHERE t.state IN ('collecting', 'waiting') AND t.state = 'waiting' LIMIT 100000)
	), found AS (
		SELECT 'turns' AS queue, CASE
			WHEN o.state = 'collecting' AND o.flush_at > clock_timestamp() THEN 'collecting'
			WHEN o.state = 'collecting' THEN 'due'
			WHEN o.state = 'waiting' THEN 'waiting'
			WHEN o.state = 'delivering' AND o.next_attempt_at IS NOT NULL THEN 'retrying'
			ELSE 'in_flight' END AS state,
			-- What is being collected or waits is not late before its window has ended.
			CASE WHEN o.state = 'waiting' OR o.flush_at > clock_timestamp() THEN o.opened_at ELSE o.flush_at END AS since
		FROM open_turns o
		UNION ALL
		(SELECT 'turns', 'dead', t.done_at FROM turns t WHERE t.state = 'dead' LIMIT 100000)
		UNION ALL
		(SELECT 'outbox', CASE WHEN x.state = 'queued' AND x.next_attempt_at > clock_timestamp() THEN 'delayed' ELSE x.state END, x.created_at
			FROM outbox x WHERE x.state IN ('queued', 'resolving') LIMIT 100000)
		UNION ALL
		(SELECT 'outbox', x.state, x.created_at FROM outbox x WHERE x.state = 'sending' LIMIT 100000)
		UNION ALL
		(SELECT 'outbox', x.state, x.created_at FROM outbox x WHERE x.state IN ('failed', 'unknown', 'resolving') AND x.state IN ('failed', 'unknown') LIMIT 100000)
	)
	SELECT s.queue, s.state, count(f.state)::double precision, coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(f.since))), 0)::double precision
	FROM states s LEFT JOIN found f ON f.queue = s.queue AND f.state = s.state
	GROUP BY s.queue, s.state
$$;

-- What happened to the n-th turn p_ms_ago[n] milliseconds ago: how long after its window that was. One clock measures all: the database's.
CREATE FUNCTION turn_window_ages(p_turns text[], p_ms_ago double precision[])
RETURNS TABLE (n integer, seconds double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT m.n::integer, greatest(0, extract(epoch FROM clock_timestamp() - t.flush_at) - m.ms_ago / 1000)::double precision
	FROM unnest(p_turns, p_ms_ago) WITH ORDINALITY AS m (turn, ms_ago, n) JOIN turns t ON t.id = m.turn
$$;

-- The trace of a turn's first message; '' for none.
CREATE FUNCTION traceparent_of(p_turn text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT coalesce((SELECT t.traceparent FROM turns t WHERE t.id = p_turn), '')
$$;

-- Down Migration
DROP FUNCTION traceparent_of;
DROP FUNCTION turn_window_ages;
DROP FUNCTION queue_metrics;
