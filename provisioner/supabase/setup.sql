-- Sets a Supabase project up as the store of Concierge's catalogs. Paste it into the project's SQL editor and run it; again after an update of
-- Concierge: it keeps what is there. docs/supabase.md says what else to do. Best a project of its own: the tables stand in the schema `public`.
--
-- All tenants share these tables. A row belongs to the tenant in `tenant_id`; requests come with a token that the platform signs for one tenant
-- (role `authenticated`, claim `tenant_id`), and row-level security shows and takes that tenant's rows only. There is nothing for `anon`.
-- The same tables as in the platform's own PostgreSQL (migrations 0012 and 0013), but keyed by tenant first: nobody's ids are checked here
-- against companies, so one tenant must not be able to take another's keys.
BEGIN;

CREATE SCHEMA IF NOT EXISTS extensions;
CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch WITH SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions;
-- Wherever they were installed before.
SET LOCAL search_path = public, extensions;
-- Loads pg_trgm: its settings can be named below by others than superusers only then.
SELECT similarity('', '');

-- The state of each catalog: what the platform compares to know that it has changed.
CREATE TABLE IF NOT EXISTS catalog_heads (
	tenant_id text NOT NULL,
	company_id text NOT NULL,
	-- Grows with each import, edit and restore of the platform.
	version bigint NOT NULL DEFAULT 0,
	-- Grows with changes by others, the table editor for one.
	edits bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, company_id)
);

CREATE TABLE IF NOT EXISTS catalog_items (
	tenant_id text NOT NULL,
	company_id text NOT NULL,
	sku text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('product', 'service')),
	name text NOT NULL,
	-- Order in the company's file: lists keep it.
	position integer NOT NULL DEFAULT 0,
	-- The whole item, as docs/catalog.md describes its fields.
	item jsonb NOT NULL DEFAULT '{}',
	updated_at timestamptz NOT NULL DEFAULT now(),
	-- How it is found; null: not computed yet, which the platform does at the next search.
	words tsvector,
	name_terms integer NOT NULL DEFAULT 0,
	-- Keys of the cities served; empty: everywhere, or online.
	places text[] NOT NULL DEFAULT '{}',
	PRIMARY KEY (tenant_id, company_id, sku)
);
CREATE INDEX IF NOT EXISTS catalog_items_in_order ON catalog_items (tenant_id, company_id, kind, position, sku);
CREATE INDEX IF NOT EXISTS catalog_items_by_word ON catalog_items USING gin (tenant_id, company_id, words);
CREATE INDEX IF NOT EXISTS catalog_items_not_indexed ON catalog_items (tenant_id, company_id) WHERE words IS NULL;

-- The keys of all terms of a company: what a word that nothing has may have meant, and how many items have it.
CREATE TABLE IF NOT EXISTS catalog_words (
	tenant_id text NOT NULL,
	company_id text NOT NULL,
	word text COLLATE "C" NOT NULL,
	items integer NOT NULL,
	PRIMARY KEY (tenant_id, company_id, word)
);
CREATE INDEX IF NOT EXISTS catalog_words_alike ON catalog_words USING gin (tenant_id, company_id, word gin_trgm_ops);

CREATE TABLE IF NOT EXISTS catalog_versions (
	tenant_id text NOT NULL,
	company_id text NOT NULL,
	version bigint NOT NULL,
	cause text NOT NULL CHECK (cause IN ('import', 'edit', 'restore')),
	-- Which one a restore brought back.
	restored_version bigint,
	inserted integer NOT NULL,
	changed integer NOT NULL,
	removed integer NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, company_id, version)
);

CREATE TABLE IF NOT EXISTS catalog_changes (
	tenant_id text NOT NULL,
	company_id text NOT NULL,
	version bigint NOT NULL,
	sku text NOT NULL,
	-- {kind, name, position, item} before this version; null: it was not there.
	before jsonb,
	PRIMARY KEY (tenant_id, company_id, version, sku)
);
-- There was one to catalog_versions: a check for each row of a file, for what only store_catalog and erase_catalog do.
ALTER TABLE catalog_changes DROP CONSTRAINT IF EXISTS catalog_changes_tenant_id_company_id_version_fkey;
CREATE INDEX IF NOT EXISTS catalog_changes_by_sku ON catalog_changes (tenant_id, company_id, sku, version);

-- Rows on their way into a catalog, in batches over several requests; `batch` tells those of one change from others. Needs no log: a crash ends it.
CREATE UNLOGGED TABLE IF NOT EXISTS catalog_incoming (
	tenant_id text NOT NULL,
	company_id text NOT NULL,
	batch uuid NOT NULL,
	sku text NOT NULL,
	kind text NOT NULL,
	name text NOT NULL,
	position integer NOT NULL,
	item jsonb NOT NULL,
	words tsvector NOT NULL,
	name_terms integer NOT NULL,
	places text[] NOT NULL,
	brought_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, company_id, batch, sku)
);

-- The tenant of the token that a request comes with; null without one.
CREATE OR REPLACE FUNCTION current_tenant() RETURNS text
LANGUAGE sql STABLE AS $$ SELECT nullif(auth.jwt() ->> 'tenant_id', '') $$;

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['catalog_heads', 'catalog_items', 'catalog_words', 'catalog_versions', 'catalog_changes', 'catalog_incoming'] LOOP
		EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('DROP POLICY IF EXISTS own_rows ON public.%I', t);
		-- In a SELECT of its own: computed once a statement, not once a row.
		EXECUTE format('CREATE POLICY own_rows ON public.%I TO authenticated USING (tenant_id = (SELECT auth.jwt() ->> ''tenant_id'')) WITH CHECK (tenant_id = (SELECT auth.jwt() ->> ''tenant_id''))', t);
		-- Projects give everything to everybody by default, or nothing to anybody: neither is what is meant.
		EXECUTE format('REVOKE ALL ON public.%I FROM PUBLIC, anon, authenticated', t);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO authenticated', t);
	END LOOP;
END $$;

-- What others than the platform change (the table editor, a script): the item and its `name` agree, it is found by what it says now, and its
-- catalog has changed. The platform's own changes do all that themselves; concierge.storing says that it is one.
CREATE OR REPLACE FUNCTION catalog_item_edited() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, extensions, pg_temp AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND NEW.name IS DISTINCT FROM OLD.name AND NEW.item ->> 'name' IS NOT DISTINCT FROM OLD.item ->> 'name' THEN
		NEW.item := jsonb_set(NEW.item, '{name}', to_jsonb(NEW.name));
	END IF;
	NEW.name := coalesce(nullif(NEW.item ->> 'name', ''), NEW.name);
	NEW.updated_at := now();
	NEW.words := NULL;
	RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION catalog_items_edited() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, extensions, pg_temp AS $$
BEGIN
	IF current_setting('concierge.storing', true) = 'on' THEN RETURN NULL; END IF;
	IF TG_OP = 'TRUNCATE' THEN
		UPDATE catalog_heads SET edits = edits + 1;
		DELETE FROM catalog_words;
		RETURN NULL;
	END IF;
	IF TG_OP IN ('UPDATE', 'INSERT') THEN
		INSERT INTO catalog_heads AS h (tenant_id, company_id, edits) SELECT DISTINCT n.tenant_id, n.company_id, 1 FROM new_items n
		ON CONFLICT (tenant_id, company_id) DO UPDATE SET edits = h.edits + 1;
	END IF;
	IF TG_OP IN ('UPDATE', 'DELETE') THEN
		INSERT INTO catalog_heads AS h (tenant_id, company_id, edits) SELECT DISTINCT o.tenant_id, o.company_id, 1 FROM old_items o
		ON CONFLICT (tenant_id, company_id) DO UPDATE SET edits = h.edits + 1;
		UPDATE catalog_words k SET items = k.items - gone.items
		FROM (SELECT o.tenant_id, o.company_id, substr(w, 2) AS word, count(*)::int AS items FROM old_items o, unnest(tsvector_to_array(o.words)) w WHERE w LIKE '~%' GROUP BY 1, 2, 3) gone
		WHERE k.tenant_id = gone.tenant_id AND k.company_id = gone.company_id AND k.word = gone.word;
		DELETE FROM catalog_words k USING (SELECT DISTINCT tenant_id, company_id FROM old_items) o WHERE k.tenant_id = o.tenant_id AND k.company_id = o.company_id AND k.items <= 0;
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER item_edited BEFORE INSERT OR UPDATE ON catalog_items FOR EACH ROW WHEN (current_setting('concierge.storing', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION catalog_item_edited();
CREATE OR REPLACE TRIGGER items_inserted AFTER INSERT ON catalog_items REFERENCING NEW TABLE AS new_items FOR EACH STATEMENT EXECUTE FUNCTION catalog_items_edited();
CREATE OR REPLACE TRIGGER items_updated AFTER UPDATE ON catalog_items REFERENCING OLD TABLE AS old_items NEW TABLE AS new_items FOR EACH STATEMENT EXECUTE FUNCTION catalog_items_edited();
CREATE OR REPLACE TRIGGER items_deleted AFTER DELETE ON catalog_items REFERENCING OLD TABLE AS old_items FOR EACH STATEMENT EXECUTE FUNCTION catalog_items_edited();
CREATE OR REPLACE TRIGGER items_truncated AFTER TRUNCATE ON catalog_items FOR EACH STATEMENT EXECUTE FUNCTION catalog_items_edited();

-- A page in catalog order, after the item `after`. An unknown sku there gives the empty page.
CREATE OR REPLACE FUNCTION catalog_page(company text, most integer, after text DEFAULT NULL)
RETURNS TABLE (sku text, kind text, name text, "position" integer, item jsonb, updated_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = public, extensions, pg_temp AS $$
#variable_conflict use_column
DECLARE
	tenant text := current_tenant();
	last record;
BEGIN
	IF after IS NULL THEN
		RETURN QUERY SELECT i.sku, i.kind, i.name, i.position, i.item, i.updated_at FROM catalog_items i
		WHERE i.tenant_id = tenant AND i.company_id = company ORDER BY i.kind, i.position, i.sku LIMIT most;
		RETURN;
	END IF;
	SELECT i.kind, i.position, i.sku INTO last FROM catalog_items i WHERE i.tenant_id = tenant AND i.company_id = company AND i.sku = after;
	IF NOT FOUND THEN RETURN; END IF;
	-- The last one's values, not a query for them: with these the index gives the page.
	RETURN QUERY SELECT i.sku, i.kind, i.name, i.position, i.item, i.updated_at FROM catalog_items i
	WHERE i.tenant_id = tenant AND i.company_id = company AND (i.kind, i.position, i.sku) > (last.kind, last.position, last.sku) ORDER BY i.kind, i.position, i.sku LIMIT most;
END $$;

CREATE OR REPLACE FUNCTION catalog_items_by_sku(company text, skus text[])
RETURNS TABLE (sku text, kind text, name text, "position" integer, item jsonb, updated_at timestamptz)
LANGUAGE sql STABLE SET search_path = public, extensions, pg_temp AS $$
	SELECT i.sku, i.kind, i.name, i.position, i.item, i.updated_at FROM catalog_items i WHERE i.tenant_id = current_tenant() AND i.company_id = company AND i.sku = ANY (skus)
$$;

CREATE OR REPLACE FUNCTION catalog_skus_of_other_kind(company text, than text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = public, extensions, pg_temp AS $$
	SELECT coalesce(array_agg(i.sku), '{}') FROM catalog_items i WHERE i.tenant_id = current_tenant() AND i.company_id = company AND i.kind <> than
$$;

-- Items whose image or video link holds a text: a file's public id.
CREATE OR REPLACE FUNCTION catalog_items_showing(company text, file text) RETURNS TABLE (sku text, image boolean, video boolean)
LANGUAGE sql STABLE SET search_path = public, extensions, pg_temp AS $$
	SELECT i.sku, coalesce(strpos(i.item ->> 'imageUrl', file) > 0, false), coalesce(strpos(i.item ->> 'videoUrl', file) > 0, false) FROM catalog_items i
	WHERE i.tenant_id = current_tenant() AND i.company_id = company AND (strpos(i.item ->> 'imageUrl', file) > 0 OR strpos(i.item ->> 'videoUrl', file) > 0)
	ORDER BY i.kind, i.position, i.sku
$$;

-- Skus that are taken out with a batch: those named, and of a kind all that did not come.
CREATE OR REPLACE FUNCTION removed_from_catalog(company text, incoming uuid, removes_kind text, removes text[]) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = public, extensions, pg_temp AS $$
	SELECT r.sku FROM catalog_items r WHERE r.tenant_id = (SELECT current_tenant()) AND r.company_id = company AND r.sku = ANY (removes)
	UNION
	SELECT r.sku FROM catalog_items r LEFT JOIN catalog_incoming i ON i.tenant_id = (SELECT current_tenant()) AND i.company_id = company AND i.batch = incoming AND i.sku = r.sku
	WHERE r.tenant_id = (SELECT current_tenant()) AND r.company_id = company AND r.kind = removes_kind AND i.sku IS NULL
$$;

-- Nobody has counted the incoming rows for the planner: it would take a long file for a few rows, and join it row by row.
CREATE OR REPLACE FUNCTION plan_for_incoming(company text, incoming uuid, removes_kind text) RETURNS void
LANGUAGE sql SET search_path = public, extensions, pg_temp AS $$
	SELECT set_config('enable_nestloop', CASE WHEN removes_kind IS NOT NULL OR count(*) > 1000 THEN 'off' ELSE 'on' END, true)
	FROM (SELECT FROM catalog_incoming i WHERE i.tenant_id = current_tenant() AND i.company_id = company AND i.batch = incoming LIMIT 1001) some_rows
$$;

-- What storing a batch would do. A minute is the most that a project's API takes.
CREATE OR REPLACE FUNCTION compare_catalog(company text, incoming uuid, removes_kind text, removes text[])
RETURNS TABLE (inserted integer, changed integer, unchanged integer, moved integer, removed integer)
LANGUAGE plpgsql SET search_path = public, extensions, pg_temp SET plan_cache_mode = force_custom_plan SET statement_timeout = '60s' AS $$
BEGIN
	PERFORM plan_for_incoming(company, incoming, removes_kind);
	RETURN QUERY SELECT
		count(*) FILTER (WHERE s.sku IS NULL)::int,
		count(*) FILTER (WHERE s.sku IS NOT NULL AND s.item <> g.item)::int,
		count(*) FILTER (WHERE s.item = g.item)::int,
		count(*) FILTER (WHERE s.item = g.item AND s.position <> g.position)::int,
		(SELECT count(*)::int FROM removed_from_catalog(company, incoming, removes_kind, removes))
	FROM catalog_incoming g
	LEFT JOIN catalog_items s ON s.tenant_id = (SELECT current_tenant()) AND s.company_id = company AND s.sku = g.sku
	WHERE g.tenant_id = (SELECT current_tenant()) AND g.company_id = company AND g.batch = incoming;
	PERFORM set_config('enable_nestloop', 'on', true);
END $$;

-- Makes a batch, and what is removed, the catalog's next version (`next`, or a later one), from which the one before can be restored; at most `keep`
-- versions are kept. No row when nothing differs: there is no new version then. PT409 when the catalog is not what the change was made for:
-- `expected` is its `version.edits` then, null where it doesn't matter, as for a file, whose skus must not be of the other kind however.
CREATE OR REPLACE FUNCTION store_catalog(company text, incoming uuid, expected text, next bigint, removes_kind text, removes text[], cause text, restored bigint, keep integer)
RETURNS TABLE (version bigint, inserted integer, changed integer, removed integer, created_at timestamptz)
LANGUAGE plpgsql SET search_path = public, extensions, pg_temp SET plan_cache_mode = force_custom_plan SET statement_timeout = '60s' AS $$
#variable_conflict use_column
DECLARE
	tenant text := current_tenant();
	c record;
	made timestamptz;
	number bigint;
	gone text[];
	head text;
BEGIN
	INSERT INTO catalog_heads (tenant_id, company_id) VALUES (tenant, company) ON CONFLICT DO NOTHING;
	-- Changes of one catalog take turns.
	SELECT h.version || '.' || h.edits, greatest(next, h.version + 1) INTO head, number FROM catalog_heads h WHERE h.tenant_id = tenant AND h.company_id = company FOR UPDATE;
	IF head <> expected THEN RAISE sqlstate 'PT409' USING MESSAGE = 'The catalog has changed meanwhile.', DETAIL = format('It is at %s, not at %s.', head, expected); END IF;
	PERFORM plan_for_incoming(company, incoming, removes_kind);
	IF cause = 'import' AND EXISTS (
		SELECT FROM catalog_incoming g JOIN catalog_items s ON s.tenant_id = tenant AND s.company_id = company AND s.sku = g.sku AND s.kind <> g.kind
		WHERE g.tenant_id = tenant AND g.company_id = company AND g.batch = incoming
	) THEN RAISE sqlstate 'PT409' USING MESSAGE = 'The catalog has changed meanwhile.', DETAIL = 'A sku that comes belongs to the other kind.'; END IF;
	SELECT * INTO c FROM compare_catalog(company, incoming, removes_kind, removes);
	IF c.inserted + c.changed + c.moved + c.removed = 0 THEN
		DELETE FROM catalog_incoming i WHERE i.tenant_id = tenant AND i.company_id = company AND (i.batch = incoming OR i.brought_at < now() - interval '1 day');
		RETURN;
	END IF;
	PERFORM set_config('concierge.storing', 'on', true);
	PERFORM plan_for_incoming(company, incoming, removes_kind);
	gone := ARRAY(SELECT * FROM removed_from_catalog(company, incoming, removes_kind, removes));
	INSERT INTO catalog_versions AS v (tenant_id, company_id, version, cause, restored_version, inserted, changed, removed)
	VALUES (tenant, company, number, cause, restored, c.inserted, c.changed, c.removed) RETURNING v.created_at INTO made;
	INSERT INTO catalog_changes (tenant_id, company_id, version, sku, before)
	SELECT tenant, company, number, g.sku, CASE WHEN s.sku IS NULL THEN NULL ELSE jsonb_build_object('kind', s.kind, 'name', s.name, 'position', s.position, 'item', s.item) END
	FROM catalog_incoming g LEFT JOIN catalog_items s ON s.tenant_id = tenant AND s.company_id = company AND s.sku = g.sku
	WHERE g.tenant_id = tenant AND g.company_id = company AND g.batch = incoming AND (s.item, s.position) IS DISTINCT FROM (g.item, g.position)
	UNION ALL
	SELECT tenant, company, number, r.sku, jsonb_build_object('kind', r.kind, 'name', r.name, 'position', r.position, 'item', r.item)
	FROM catalog_items r WHERE r.tenant_id = tenant AND r.company_id = company AND r.sku = ANY (gone);
	-- Millions of words, of which a catalog has some thousands: they are counted where they are, not sorted first.
	PERFORM set_config('enable_sort', 'off', true);
	INSERT INTO catalog_words AS k (tenant_id, company_id, word, items)
	SELECT tenant, company, substr(w, 2), sum(items) FROM (
		SELECT unnest(tsvector_to_array(g.words)) AS w, 1 AS items
		FROM catalog_changes b JOIN catalog_incoming g ON g.tenant_id = tenant AND g.company_id = company AND g.batch = incoming AND g.sku = b.sku
		WHERE b.tenant_id = tenant AND b.company_id = company AND b.version = number
		UNION ALL
		SELECT unnest(tsvector_to_array(r.words)), -1
		FROM catalog_changes b JOIN catalog_items r ON r.tenant_id = tenant AND r.company_id = company AND r.sku = b.sku
		WHERE b.tenant_id = tenant AND b.company_id = company AND b.version = number
	) counted WHERE w LIKE '~%' GROUP BY w HAVING sum(items) <> 0
	ON CONFLICT (tenant_id, company_id, word) DO UPDATE SET items = k.items + excluded.items;
	PERFORM set_config('enable_sort', 'on', true);
	DELETE FROM catalog_words k WHERE k.tenant_id = tenant AND k.company_id = company AND k.items <= 0;
	DELETE FROM catalog_items r WHERE r.tenant_id = tenant AND r.company_id = company AND r.sku = ANY (gone);
	INSERT INTO catalog_items AS s (tenant_id, company_id, sku, kind, name, position, item, words, name_terms, places)
	SELECT g.tenant_id, g.company_id, g.sku, g.kind, g.name, g.position, g.item, g.words, g.name_terms, g.places FROM catalog_incoming g
	WHERE g.tenant_id = tenant AND g.company_id = company AND g.batch = incoming
	ON CONFLICT (tenant_id, company_id, sku) DO UPDATE SET kind = excluded.kind, name = excluded.name, position = excluded.position, item = excluded.item,
		words = excluded.words, name_terms = excluded.name_terms, places = excluded.places,
		updated_at = CASE WHEN s.item = excluded.item THEN s.updated_at ELSE now() END
	WHERE (s.item, s.position) IS DISTINCT FROM (excluded.item, excluded.position);
	PERFORM set_config('enable_nestloop', 'on', true);
	DELETE FROM catalog_incoming i WHERE i.tenant_id = tenant AND i.company_id = company AND (i.batch = incoming OR i.brought_at < now() - interval '1 day');
	DELETE FROM catalog_changes b WHERE b.tenant_id = tenant AND b.company_id = company AND b.version <= number - keep;
	DELETE FROM catalog_versions v WHERE v.tenant_id = tenant AND v.company_id = company AND v.version <= number - keep;
	UPDATE catalog_heads h SET version = number WHERE h.tenant_id = tenant AND h.company_id = company;
	PERFORM set_config('concierge.storing', 'off', true);
	RETURN QUERY SELECT number, c.inserted, c.changed, c.removed, made;
END $$;

-- Takes rows away that were brought and not stored: those of a batch, and of any that was left a day ago.
CREATE OR REPLACE FUNCTION drop_catalog_rows(company text, incoming uuid) RETURNS void
LANGUAGE sql SET search_path = public, extensions, pg_temp AS $$
	DELETE FROM catalog_incoming i WHERE i.tenant_id = current_tenant() AND i.company_id = company AND (i.batch = incoming OR i.brought_at < now() - interval '1 day')
$$;

-- What has to be stored and removed (`before` null) to have the catalog as it was in a version, by sku, after `after`.
CREATE OR REPLACE FUNCTION catalog_changes_since(company text, since bigint, most integer, after text DEFAULT '') RETURNS TABLE (sku text, before jsonb)
LANGUAGE sql STABLE SET search_path = public, extensions, pg_temp AS $$
	SELECT DISTINCT ON (b.sku) b.sku, b.before FROM catalog_changes b
	WHERE b.tenant_id = current_tenant() AND b.company_id = company AND b.version > since AND b.sku > after ORDER BY b.sku, b.version LIMIT most
$$;

CREATE OR REPLACE FUNCTION typing_errors(a text, b text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
	x text[] := string_to_array(a, NULL);
	y text[] := string_to_array(b, NULL);
	before_last integer[];
	last integer[] := ARRAY(SELECT generate_series(0, length(b)));
	line integer[];
	best integer;
BEGIN
	FOR i IN 1..length(a) LOOP
		line := ARRAY[i];
		FOR j IN 1..length(b) LOOP
			best := least(last[j + 1] + 1, line[j] + 1, last[j] + CASE WHEN x[i] = y[j] THEN 0 ELSE 1 END);
			IF i > 1 AND j > 1 AND x[i] = y[j - 1] AND x[i - 1] = y[j] THEN best := least(best, before_last[j - 1] + 1); END IF;
			line[j + 1] := best;
		END LOOP;
		before_last := last;
		last := line;
	END LOOP;
	RETURN last[length(b) + 1];
END $$;

CREATE OR REPLACE FUNCTION catalog_word_meanings(company text, key text, is_number boolean, OUT meant text[], OUT quality double precision, OUT items bigint)
LANGUAGE plpgsql STABLE SET search_path = public, extensions, pg_temp SET pg_trgm.similarity_threshold = 0.1 AS $$
DECLARE
	allowed integer := CASE WHEN length(key) >= 8 THEN 2 WHEN length(key) >= 4 THEN 1 ELSE 0 END;
BEGIN
	IF is_number THEN RETURN; END IF;
	quality := 0.85;
	SELECT ARRAY[quote_literal('~' || w.word)], w.items INTO meant, items FROM catalog_words w WHERE w.tenant_id = current_tenant() AND w.company_id = company AND w.word = key;
	IF meant IS NOT NULL THEN RETURN; END IF;
	quality := 0.65;
	IF length(key) >= 3 THEN
		SELECT array_agg(quote_literal('~' || w.word)), sum(w.items) INTO meant, items FROM catalog_words w
		WHERE w.tenant_id = current_tenant() AND w.company_id = company
			AND ((w.word > key AND w.word < key || chr(1114111) AND starts_with(w.word, key))
				OR w.word = ANY (ARRAY(SELECT left(key, size) FROM generate_series(greatest(4, ceil(length(key) * 0.6)::int), length(key) - 1) size)));
	END IF;
	IF meant IS NOT NULL OR allowed = 0 THEN RETURN; END IF;
	quality := 0.55;
	SELECT array_agg(quote_literal('~' || w.word)), sum(w.items) INTO meant, items FROM catalog_words w
	WHERE w.tenant_id = current_tenant() AND w.company_id = company AND w.word % key
		AND abs(length(w.word) - length(key)) <= allowed
		-- A swap is two errors to Levenshtein.
		AND CASE WHEN levenshtein_less_equal(w.word, key, 2 * allowed) <= 2 * allowed THEN typing_errors(key, w.word) <= allowed ELSE false END;
END $$;

CREATE OR REPLACE FUNCTION any_word(words text[], weights text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (array_to_string(words, ':' || weights || ' | ') || ':' || weights)::tsquery $$;

CREATE OR REPLACE FUNCTION search_catalog(company text, asked text[], keys text[], numbers boolean[], wanted_kind text, wanted_places text[], most integer)
RETURNS TABLE (sku text, score double precision, rank bigint)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 20 SET search_path = public, extensions, pg_temp SET jit = off AS $$
	WITH size AS (SELECT count(*)::double precision AS items FROM catalog_items WHERE tenant_id = current_tenant() AND company_id = company),
	meanings AS MATERIALIZED (
		SELECT a.n, a.word, a.is_number, m.meant, m.quality, sum(coalesce(m.items, 0)) OVER (ORDER BY coalesce(m.items, 0), a.n) AS seen
		FROM unnest(asked, keys, numbers) WITH ORDINALITY AS a (word, key, is_number, n), LATERAL catalog_word_meanings(company, a.key, a.is_number) m
	),
	-- Words that thousands of items have tell nothing beside rarer ones.
	terms AS MATERIALIZED (
		SELECT m.n, CASE WHEN m.is_number THEN 0.5 ELSE 1 END AS share, m.quality,
			any_word(array_append(m.meant, e.word), 'ABCD') AS whole, any_word(array_append(m.meant, e.word), 'A') AS whole_a,
			any_word(ARRAY[e.word], 'A') AS exact_a, any_word(ARRAY[e.word], 'B') AS exact_b, any_word(ARRAY[e.word], 'C') AS exact_c, any_word(ARRAY[e.word], 'D') AS exact_d,
			any_word(m.meant, 'A') AS meant_a, any_word(m.meant, 'B') AS meant_b, any_word(m.meant, 'C') AS meant_c
		FROM meanings m, LATERAL (SELECT quote_literal(m.word) AS word) e
		WHERE m.seen <= 6000 OR m.seen = (SELECT min(seen) FROM meanings WHERE seen > 0)
	),
	hits AS MATERIALIZED (
		SELECT t.n, i.sku, i.kind, i.position, i.name_terms, i.words @@ t.whole_a AS in_name,
			CASE WHEN i.words @@ t.exact_a THEN 1 ELSE greatest(
				CASE WHEN i.words @@ t.exact_b THEN 0.7 WHEN i.words @@ t.exact_c THEN 0.5 WHEN i.words @@ t.exact_d THEN 0.4 ELSE 0 END,
				t.quality * CASE WHEN i.words @@ t.meant_a THEN 1 WHEN i.words @@ t.meant_b THEN 0.7 WHEN i.words @@ t.meant_c THEN 0.5 ELSE 0.4 END) END AS quality,
			(wanted_kind IS NULL OR i.kind = wanted_kind) AND (wanted_places IS NULL OR i.places = '{}' OR i.places && wanted_places) AS allowed
		FROM terms t JOIN catalog_items i ON i.tenant_id = current_tenant() AND i.company_id = company AND i.words @@ t.whole
	),
	rarity AS MATERIALIZED (
		SELECT t.n, ln(1 + size.items / (1 + coalesce(f.items, 0))) * t.share AS counts
		FROM size, terms t LEFT JOIN (SELECT n, count(*) AS items FROM hits GROUP BY n) f USING (n)
	),
	scores AS MATERIALIZED (
		SELECT h.sku, h.kind, h.position,
			sum(h.quality * r.counts) / (SELECT sum(counts) FROM rarity) * (0.9 + 0.1 * least(1, count(*) FILTER (WHERE h.in_name)::double precision / greatest(1, h.name_terms))) AS score
		FROM hits h JOIN rarity r USING (n) WHERE h.allowed
		GROUP BY h.sku, h.kind, h.position, h.name_terms
	),
	best AS (
		SELECT s.sku, s.score, s.kind, s.position FROM scores s WHERE s.score >= 0.3 * (SELECT max(score) FROM scores)
		ORDER BY s.score DESC, s.kind, s.position, s.sku LIMIT most
	)
	SELECT b.sku, b.score, row_number() OVER (ORDER BY b.score DESC, b.kind, b.position, b.sku) FROM best b
$$;

-- Best first, with the items. Under row-level security: what the function above found of another tenant would not be shown here.
CREATE OR REPLACE FUNCTION find_catalog_items(company text, asked text[], keys text[], numbers boolean[], wanted_kind text, wanted_places text[], most integer)
RETURNS TABLE (sku text, kind text, name text, item jsonb, updated_at timestamptz, score double precision)
LANGUAGE sql STABLE SET search_path = public, extensions, pg_temp AS $$
	SELECT i.sku, i.kind, i.name, i.item, i.updated_at, found.score FROM search_catalog(company, asked, keys, numbers, wanted_kind, wanted_places, most) found
	JOIN catalog_items i ON i.tenant_id = current_tenant() AND i.company_id = company AND i.sku = found.sku ORDER BY found.rank
$$;

-- Without words to look for: the first ones.
CREATE OR REPLACE FUNCTION first_catalog_items(company text, wanted_kind text, wanted_places text[], most integer)
RETURNS TABLE (sku text, kind text, name text, item jsonb, updated_at timestamptz)
LANGUAGE sql STABLE SET search_path = public, extensions, pg_temp AS $$
	SELECT i.sku, i.kind, i.name, i.item, i.updated_at FROM catalog_items i
	WHERE i.tenant_id = current_tenant() AND i.company_id = company AND (wanted_kind IS NULL OR i.kind = wanted_kind) AND (wanted_places IS NULL OR i.places = '{}' OR i.places && wanted_places)
	ORDER BY i.kind, i.position, i.sku LIMIT most
$$;

-- Makes items findable that others have changed: `computed` holds sku, updated_at, words, name_terms, places. One that was changed again meanwhile is left.
CREATE OR REPLACE FUNCTION index_catalog_items(company text, computed jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = public, extensions, pg_temp AS $$
BEGIN
	PERFORM FROM catalog_heads h WHERE h.tenant_id = current_tenant() AND h.company_id = company FOR UPDATE;
	PERFORM set_config('concierge.storing', 'on', true);
	WITH given AS (SELECT * FROM jsonb_to_recordset(computed) AS g (sku text, updated_at timestamptz, words tsvector, name_terms integer, places text[])),
	stored AS (
		UPDATE catalog_items i SET words = g.words, name_terms = g.name_terms, places = g.places FROM given g
		WHERE i.tenant_id = current_tenant() AND i.company_id = company AND i.sku = g.sku AND i.words IS NULL AND i.updated_at = g.updated_at RETURNING g.words
	)
	INSERT INTO catalog_words AS k (tenant_id, company_id, word, items)
	SELECT current_tenant(), company, substr(w, 2), count(*) FROM stored, unnest(tsvector_to_array(stored.words)) w WHERE w LIKE '~%' GROUP BY w
	ON CONFLICT (tenant_id, company_id, word) DO UPDATE SET items = k.items + excluded.items;
	PERFORM set_config('concierge.storing', 'off', true);
END $$;

-- Everything of a company.
CREATE OR REPLACE FUNCTION erase_catalog(company text) RETURNS void
LANGUAGE plpgsql SET search_path = public, extensions, pg_temp SET statement_timeout = '60s' AS $$
BEGIN
	PERFORM set_config('concierge.storing', 'on', true);
	DELETE FROM catalog_incoming t WHERE t.tenant_id = current_tenant() AND t.company_id = company;
	DELETE FROM catalog_items t WHERE t.tenant_id = current_tenant() AND t.company_id = company;
	DELETE FROM catalog_words t WHERE t.tenant_id = current_tenant() AND t.company_id = company;
	DELETE FROM catalog_changes t WHERE t.tenant_id = current_tenant() AND t.company_id = company;
	DELETE FROM catalog_versions t WHERE t.tenant_id = current_tenant() AND t.company_id = company;
	DELETE FROM catalog_heads t WHERE t.tenant_id = current_tenant() AND t.company_id = company;
	PERFORM set_config('concierge.storing', 'off', true);
END $$;

-- Functions are everybody's unless that is taken back.
DO $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN (
		'current_tenant', 'catalog_item_edited', 'catalog_items_edited', 'catalog_page', 'catalog_items_by_sku', 'catalog_skus_of_other_kind', 'catalog_items_showing', 'removed_from_catalog',
		'plan_for_incoming', 'compare_catalog', 'store_catalog', 'drop_catalog_rows', 'catalog_changes_since', 'typing_errors', 'catalog_word_meanings', 'any_word',
		'search_catalog', 'find_catalog_items', 'first_catalog_items', 'index_catalog_items', 'erase_catalog'
	) LOOP
		EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, anon, authenticated', f);
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO authenticated', f);
	END LOOP;
END $$;

NOTIFY pgrst, 'reload schema';
COMMIT;
