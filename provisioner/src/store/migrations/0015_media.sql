-- Up Migration
-- Photos and videos of a company; the files are the media vendor's. A row is there before its file and goes after it, so that no file is
-- forgotten: one that stays behind in 'uploading' or 'deleting' is taken away with the next call that meets it.
CREATE TABLE media (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	state text NOT NULL CHECK (state IN ('uploading', 'ready', 'deleting')),
	type text NOT NULL CHECK (type IN ('image', 'video')),
	-- Of a welcome video, the kind of items that it is for.
	welcome_kind text CHECK (welcome_kind IN ('product', 'service')),
	name text NOT NULL,
	content_type text NOT NULL,
	bytes bigint NOT NULL,
	url text NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (welcome_kind IS NULL OR type = 'video')
);
CREATE INDEX media_of_company ON media (tenant_id, company_id, id DESC);
CREATE UNIQUE INDEX media_one_welcome_video ON media (company_id, welcome_kind) WHERE state = 'ready' AND welcome_kind IS NOT NULL;
ALTER TABLE media ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON media USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());

-- Down Migration
DROP TABLE media;
