-- Up Migration
-- Models that failed lately, per tenant: after three failures in a minute one is not asked for half a minute, then by one turn first.
CREATE TABLE model_breakers (
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	model text NOT NULL,
	-- Of the last minute, the latest last.
	failed_at timestamptz[] NOT NULL,
	-- null: it is asked. Past: the next turn asks it, and the others wait for what comes of it.
	open_until timestamptz,
	PRIMARY KEY (tenant_id, model)
);
ALTER TABLE model_breakers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON model_breakers USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

-- Those of the models that are not to be asked now. One whose time is over is given to this caller to try, and kept from the others for as long again.
CREATE FUNCTION unavailable_models(asked text[], open_for interval) RETURNS SETOF text
LANGUAGE sql AS $$
	WITH tried AS (
		UPDATE model_breakers SET open_until = now() + open_for WHERE tenant_id = current_tenant() AND model = ANY (asked) AND open_until <= now() RETURNING model
	)
	SELECT model FROM model_breakers WHERE tenant_id = current_tenant() AND model = ANY (asked) AND open_until IS NOT NULL AND model NOT IN (SELECT model FROM tried)
$$;

-- What came of asking models, of any tenants: [{tenant_id, model, failed}]. One that failed for some turns and answered others is not down.
CREATE FUNCTION note_model_outcomes(outcomes jsonb, failures integer, within interval, open_for interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	WITH given AS (
		SELECT tenant_id, model, bool_and(failed) AS failed, count(*)::int AS times FROM jsonb_to_recordset(outcomes) AS o (tenant_id text, model text, failed boolean) GROUP BY tenant_id, model
	),
	well AS (DELETE FROM model_breakers b USING given g WHERE NOT g.failed AND b.tenant_id = g.tenant_id AND b.model = g.model)
	INSERT INTO model_breakers AS b (tenant_id, model, failed_at, open_until)
	SELECT tenant_id, model, array_fill(now(), ARRAY[times]), CASE WHEN times >= failures THEN now() + open_for END FROM given WHERE failed
	ON CONFLICT (tenant_id, model) DO UPDATE SET
		failed_at = ARRAY(SELECT at FROM unnest(b.failed_at) at WHERE at > now() - within ORDER BY at) || excluded.failed_at,
		open_until = CASE
			WHEN b.open_until IS NOT NULL OR cardinality(excluded.failed_at) + (SELECT count(*) FROM unnest(b.failed_at) at WHERE at > now() - within) >= failures THEN now() + open_for
		END
$$;

-- Down Migration
DROP FUNCTION note_model_outcomes(jsonb, integer, interval, interval);
DROP FUNCTION unavailable_models(text[], interval);
DROP TABLE model_breakers;
