-- Up Migration
-- A version of a catalog is what one import, edit or restore made of it. Kept as what each row was before: an import of a long list that
-- changes three rows keeps three.
CREATE TABLE catalog_versions (
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	version bigint NOT NULL,
	cause text NOT NULL CHECK (cause IN ('import', 'edit', 'restore')),
	-- Which one a restore brought back.
	restored_version bigint,
	inserted integer NOT NULL,
	changed integer NOT NULL,
	removed integer NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (company_id, version)
);

CREATE TABLE catalog_changes (
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL,
	version bigint NOT NULL,
	sku text NOT NULL,
	-- {kind, name, position, item} before this version; null: it was not there.
	before jsonb,
	PRIMARY KEY (company_id, version, sku),
	FOREIGN KEY (company_id, version) REFERENCES catalog_versions ON DELETE CASCADE
);

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['catalog_versions', 'catalog_changes'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY own_rows ON %I USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', t);
	END LOOP;
END $$;

-- Down Migration
DROP TABLE catalog_changes;
DROP TABLE catalog_versions;
