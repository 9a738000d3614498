-- Up Migration
-- Companies that are deleted here and whose catalogs are in another database (Supabase) perhaps. Ids only; outlives the company and its tenant.
CREATE TABLE catalog_erasures (
	tenant_id text NOT NULL,
	company_id text PRIMARY KEY,
	deleted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	attempts integer NOT NULL DEFAULT 0
);
CREATE INDEX catalog_erasures_due ON catalog_erasures (due_at);
ALTER TABLE catalog_erasures ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON catalog_erasures USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

CREATE FUNCTION announce_catalog_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('concierge_catalog_erasures', '');
	RETURN NULL;
END $$;
CREATE TRIGGER catalog_to_erase AFTER INSERT ON catalog_erasures FOR EACH STATEMENT EXECUTE FUNCTION announce_catalog_erasure();

-- Over all tenants, each for one caller until its lease ends. `is_last`: what was under way at the deletion has ended, so nothing comes after it.
CREATE FUNCTION claim_catalog_erasures(p_limit integer, p_lease_ms integer, p_settled_ms integer)
RETURNS TABLE (tenant_id text, company_id text, attempts integer, is_last boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
	UPDATE catalog_erasures e SET attempts = e.attempts + 1, due_at = clock_timestamp() + make_interval(secs => p_lease_ms / 1000.0)
	FROM (SELECT d.company_id FROM catalog_erasures d WHERE d.due_at <= clock_timestamp() ORDER BY d.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED) due
	WHERE e.company_id = due.company_id
	RETURNING e.tenant_id, e.company_id, e.attempts, e.deleted_at + make_interval(secs => p_settled_ms / 1000.0) <= clock_timestamp()
$$;

CREATE FUNCTION catalog_erased(p_company text, p_is_last boolean, p_settled_ms integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
	IF p_is_last THEN
		DELETE FROM catalog_erasures WHERE company_id = p_company;
	ELSE
		UPDATE catalog_erasures SET attempts = 0, due_at = deleted_at + make_interval(secs => p_settled_ms / 1000.0) WHERE company_id = p_company;
	END IF;
END $$;

CREATE FUNCTION catalog_not_erased(p_company text, p_retry_ms integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE catalog_erasures SET due_at = clock_timestamp() + make_interval(secs => p_retry_ms / 1000.0) WHERE company_id = p_company
$$;

-- Milliseconds until one may be claimed; null: none waits.
CREATE FUNCTION next_catalog_erasure_in_ms() RETURNS double precision
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public AS $$
	SELECT extract(epoch FROM min(due_at) - clock_timestamp())::double precision * 1000 FROM catalog_erasures
$$;

-- Down Migration
DROP FUNCTION next_catalog_erasure_in_ms();
DROP FUNCTION catalog_not_erased(text, integer);
DROP FUNCTION catalog_erased(text, boolean, integer);
DROP FUNCTION claim_catalog_erasures(integer, integer, integer);
DROP TABLE catalog_erasures;
DROP FUNCTION announce_catalog_erasure();
