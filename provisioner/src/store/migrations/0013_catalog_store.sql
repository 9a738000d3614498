-- Up Migration
-- Searching and importing catalogs in the database: one query finds, one call stores a file of any length.
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- How an item is found (core/catalog/item-terms.ts). `words` holds each term as it is written, and as '~' and its key (core/catalog/word-key.ts),
-- with the weight of the best field that has it; null: not computed yet (features/catalog/reindex.ts).
ALTER TABLE catalog_items
	ADD COLUMN words tsvector,
	ADD COLUMN name_terms integer NOT NULL DEFAULT 0,
	-- Keys of the cities served; empty: everywhere, or online.
	ADD COLUMN places text[] NOT NULL DEFAULT '{}';
CREATE INDEX catalog_items_by_word ON catalog_items USING gin (tenant_id, company_id, words);
CREATE INDEX catalog_items_not_indexed ON catalog_items (tenant_id, company_id) WHERE words IS NULL;

-- The keys of all terms of a company, numbers apart: what a word that nothing has may have meant, and how many items have it.
CREATE TABLE catalog_words (
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	word text COLLATE "C" NOT NULL,
	items integer NOT NULL,
	PRIMARY KEY (tenant_id, company_id, word)
);
CREATE INDEX catalog_words_alike ON catalog_words USING gin (tenant_id, company_id, word gin_trgm_ops);

-- Rows of an import until they are compared and stored, in the import's transaction; needs no log, since a crash ends the import.
CREATE UNLOGGED TABLE catalog_incoming (
	tenant_id text NOT NULL,
	company_id text NOT NULL,
	sku text NOT NULL,
	kind text NOT NULL,
	name text NOT NULL,
	position integer NOT NULL,
	item jsonb NOT NULL,
	words tsvector NOT NULL,
	name_terms integer NOT NULL,
	places text[] NOT NULL,
	PRIMARY KEY (company_id, sku)
);

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['catalog_words', 'catalog_incoming'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY own_rows ON %I USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', t);
	END LOOP;
END $$;

-- Skus that are taken out with these incoming rows: those named, and of a kind all that did not come.
CREATE FUNCTION removed_from_catalog(company text, removes_kind text, removes text[]) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
	SELECT r.sku FROM catalog_items r WHERE r.company_id = company AND r.sku = ANY (removes)
	UNION
	SELECT r.sku FROM catalog_items r LEFT JOIN catalog_incoming i ON i.company_id = company AND i.sku = r.sku
	WHERE r.company_id = company AND r.kind = removes_kind AND i.sku IS NULL
$$;

-- Nobody has counted the incoming rows for the planner: it would take a long file for a few rows, and join it row by row.
CREATE FUNCTION plan_for_incoming(company text, removes_kind text) RETURNS void
LANGUAGE sql AS $$
	SELECT set_config('enable_nestloop', CASE WHEN removes_kind IS NOT NULL OR count(*) > 1000 THEN 'off' ELSE 'on' END, true)
	FROM (SELECT FROM catalog_incoming i WHERE i.company_id = company LIMIT 1001) some_rows
$$;

-- What storing the incoming rows would do.
CREATE FUNCTION compare_catalog(company text, removes_kind text, removes text[])
RETURNS TABLE (inserted integer, changed integer, unchanged integer, moved integer, removed integer)
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
BEGIN
	PERFORM plan_for_incoming(company, removes_kind);
	RETURN QUERY SELECT
		count(*) FILTER (WHERE s.sku IS NULL)::int,
		count(*) FILTER (WHERE s.sku IS NOT NULL AND s.item <> g.item)::int,
		count(*) FILTER (WHERE s.item = g.item)::int,
		count(*) FILTER (WHERE s.item = g.item AND s.position <> g.position)::int,
		(SELECT count(*)::int FROM removed_from_catalog(company, removes_kind, removes))
	FROM catalog_incoming g
	LEFT JOIN catalog_items s ON s.company_id = company AND s.sku = g.sku
	WHERE g.company_id = company;
	PERFORM set_config('enable_nestloop', 'on', true);
END $$;

-- Makes the incoming rows, and what is removed, the catalog's next version, from which the one before can be restored; at most `keep` versions are
-- kept. No row when nothing differs: there is no new version then.
CREATE FUNCTION store_catalog(company text, next bigint, removes_kind text, removes text[], cause text, restored bigint, keep integer)
RETURNS TABLE (version bigint, inserted integer, changed integer, removed integer, created_at timestamptz)
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
	c record;
	made timestamptz;
	number bigint;
	gone text[];
BEGIN
	SELECT * INTO c FROM compare_catalog(company, removes_kind, removes);
	IF c.inserted + c.changed + c.moved + c.removed = 0 THEN
		DELETE FROM catalog_incoming i WHERE i.company_id = company;
		RETURN;
	END IF;
	PERFORM plan_for_incoming(company, removes_kind);
	gone := ARRAY(SELECT * FROM removed_from_catalog(company, removes_kind, removes));
	SELECT greatest(next, coalesce(max(v.version) + 1, 0)) INTO number FROM catalog_versions v WHERE v.company_id = company;
	INSERT INTO catalog_versions AS v (tenant_id, company_id, version, cause, restored_version, inserted, changed, removed)
	VALUES (current_tenant(), company, number, cause, restored, c.inserted, c.changed, c.removed) RETURNING v.created_at INTO made;
	INSERT INTO catalog_changes (tenant_id, company_id, version, sku, before)
	SELECT current_tenant(), company, number, g.sku, CASE WHEN s.sku IS NULL THEN NULL ELSE jsonb_build_object('kind', s.kind, 'name', s.name, 'position', s.position, 'item', s.item) END
	FROM catalog_incoming g LEFT JOIN catalog_items s ON s.company_id = company AND s.sku = g.sku
	WHERE g.company_id = company AND (s.item, s.position) IS DISTINCT FROM (g.item, g.position)
	UNION ALL
	SELECT current_tenant(), company, number, r.sku, jsonb_build_object('kind', r.kind, 'name', r.name, 'position', r.position, 'item', r.item)
	FROM catalog_items r WHERE r.company_id = company AND r.sku = ANY (gone);
	WITH counted AS (
		SELECT w, 1 AS items FROM catalog_changes b JOIN catalog_incoming g ON g.company_id = company AND g.sku = b.sku, unnest(tsvector_to_array(g.words)) w
		WHERE b.company_id = company AND b.version = number
		UNION ALL
		SELECT w, -1 FROM catalog_changes b JOIN catalog_items r ON r.company_id = company AND r.sku = b.sku, unnest(tsvector_to_array(r.words)) w
		WHERE b.company_id = company AND b.version = number
	)
	INSERT INTO catalog_words AS k (tenant_id, company_id, word, items)
	SELECT current_tenant(), company, substr(w, 2), sum(items) FROM counted WHERE w LIKE '~%' GROUP BY w HAVING sum(items) <> 0
	ON CONFLICT (tenant_id, company_id, word) DO UPDATE SET items = k.items + excluded.items;
	DELETE FROM catalog_words k WHERE k.tenant_id = current_tenant() AND k.company_id = company AND k.items <= 0;
	DELETE FROM catalog_items r WHERE r.company_id = company AND r.sku = ANY (gone);
	INSERT INTO catalog_items AS s (tenant_id, company_id, sku, kind, name, position, item, words, name_terms, places)
	SELECT g.tenant_id, g.company_id, g.sku, g.kind, g.name, g.position, g.item, g.words, g.name_terms, g.places FROM catalog_incoming g WHERE g.company_id = company
	ON CONFLICT (company_id, sku) DO UPDATE SET kind = excluded.kind, name = excluded.name, position = excluded.position, item = excluded.item,
		words = excluded.words, name_terms = excluded.name_terms, places = excluded.places,
		updated_at = CASE WHEN s.item = excluded.item THEN s.updated_at ELSE now() END
	WHERE (s.item, s.position) IS DISTINCT FROM (excluded.item, excluded.position);
	PERFORM set_config('enable_nestloop', 'on', true);
	DELETE FROM catalog_incoming i WHERE i.company_id = company;
	DELETE FROM catalog_versions v WHERE v.company_id = company AND v.version <= number - keep;
	RETURN QUERY SELECT number, c.inserted, c.changed, c.removed, made;
END $$;

-- Insertions, deletions, substitutions and swaps of neighbours that make one word of the other (optimal string alignment).
CREATE FUNCTION typing_errors(a text, b text) RETURNS integer
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

-- What a word of a query can mean, as in core/catalog/search-terms.ts: the word and other forms of it; failing that, longer and shorter words;
-- failing that, typing errors. Numbers only as written. `meant`, quoted for tsquery, counts `quality`; the word itself counts 1.
CREATE FUNCTION catalog_word_meanings(company text, key text, is_number boolean, OUT meant text[], OUT quality double precision, OUT items bigint)
LANGUAGE plpgsql STABLE SET pg_trgm.similarity_threshold = 0.1 AS $$
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

-- Any of these words, where it has one of the weights.
CREATE FUNCTION any_word(words text[], weights text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (array_to_string(words, ':' || weights || ' | ') || ':' || weights)::tsquery $$;

-- The company's items that answer a query, best first (the same as core/catalog/search.ts finds in memory). Gives skus only: who reads the items
-- reads them under row-level security. As the owner, because that security keeps an index of words from being used; the tenant is named instead.
CREATE FUNCTION search_catalog(company text, asked text[], keys text[], numbers boolean[], wanted_kind text, wanted_places text[], most integer)
RETURNS TABLE (sku text, score double precision, rank bigint)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 20 SET search_path = public SET jit = off AS $$
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

-- Companies whose items are not indexed for search.
CREATE FUNCTION catalogs_not_indexed(most integer) RETURNS TABLE (tenant_id text, company_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT DISTINCT i.tenant_id, i.company_id FROM catalog_items i WHERE i.words IS NULL LIMIT most
$$;

-- Down Migration
DROP FUNCTION catalogs_not_indexed(integer);
DROP FUNCTION search_catalog(text, text[], text[], boolean[], text, text[], integer);
DROP FUNCTION any_word(text[], text);
DROP FUNCTION catalog_word_meanings(text, text, boolean);
DROP FUNCTION typing_errors(text, text);
DROP FUNCTION store_catalog(text, bigint, text, text[], text, bigint, integer);
DROP FUNCTION compare_catalog(text, text, text[]);
DROP FUNCTION plan_for_incoming(text, text);
DROP FUNCTION removed_from_catalog(text, text, text[]);
DROP TABLE catalog_incoming;
DROP TABLE catalog_words;
ALTER TABLE catalog_items DROP COLUMN words, DROP COLUMN name_terms, DROP COLUMN places;
