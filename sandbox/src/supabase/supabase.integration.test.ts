import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { PROJECT } from './project.ts';
import { startTestProject, tokenOf, type TestProject } from './test-support.ts';

let project: TestProject;
const SCHEMA = `
	CREATE TABLE notes (tenant_id text NOT NULL, id bigint NOT NULL, text text NOT NULL, tags text[] NOT NULL DEFAULT '{}', detail jsonb, at timestamptz NOT NULL DEFAULT '2030-01-02T10:00:00Z', PRIMARY KEY (tenant_id, id));
	ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
	CREATE POLICY own ON notes TO authenticated USING (tenant_id = (SELECT auth.jwt() ->> 'tenant_id')) WITH CHECK (tenant_id = (SELECT auth.jwt() ->> 'tenant_id'));
	REVOKE ALL ON notes FROM anon, authenticated;
	GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO authenticated;
	CREATE TABLE closed (id int PRIMARY KEY);
	REVOKE ALL ON closed FROM anon, authenticated;
	CREATE FUNCTION longest(than int DEFAULT 0) RETURNS SETOF notes LANGUAGE sql STABLE AS $$ SELECT * FROM notes WHERE length(text) > than $$;
	CREATE FUNCTION ids() RETURNS bigint[] LANGUAGE sql STABLE AS $$ SELECT array_agg(id ORDER BY id) FROM notes $$;
	CREATE FUNCTION many() RETURNS SETOF int LANGUAGE sql STABLE AS $$ SELECT generate_series(1, 1500) $$;
	CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS $$ SELECT $$;
	CREATE FUNCTION busy() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE sqlstate 'PT409' USING MESSAGE = 'Busy', HINT = 'Later'; END $$;
	CREATE FUNCTION timeout_of() RETURNS text LANGUAGE sql AS $$ SELECT current_setting('statement_timeout') $$;
	CREATE FUNCTION long_timeout_of() RETURNS text LANGUAGE sql SET statement_timeout = '45s' AS $$ SELECT current_setting('statement_timeout') $$;
	NOTIFY pgrst, 'reload schema';
`;

const client = (token: string | null, key: string = PROJECT.publishableKey): SupabaseClient =>
	createClient(project.url, key, { auth: { persistSession: false, autoRefreshToken: false }, ...(token === null ? {} : { accessToken: () => Promise.resolve(token) }) });
const a = () => client(tokenOf({ tenant_id: 'a' }));
const b = () => client(tokenOf({ tenant_id: 'b' }));
const notesOf = (tenant: string, ...texts: string[]) => texts.map((text, index) => ({ tenant_id: tenant, id: index + 1, text }));

beforeAll(async () => {
	project = await startTestProject(inject('postgresUrl'));
	expect((await a().from('notes').select()).error).toMatchObject({ code: 'PGRST205', message: "Could not find the table 'public.notes' in the schema cache" });
	await project.editor(SCHEMA);
	await vi.waitFor(async () => expect((await a().from('notes').select()).error).toBeNull());
});
afterAll(async () => await project.close());
beforeEach(async () => {
	await project.editor('DELETE FROM notes');
});

describe('the Supabase stand-in, driven by supabase-js', () => {
	it('inserts and reads, filtered, in order, a page at a time', async () => {
		expect(await a().from('notes').insert(notesOf('a', 'one', 'two', 'three, "quoted"', 'four'))).toMatchObject({ status: 201, data: null, error: null });
		const texts = async (query: PromiseLike<{ data: unknown; error: unknown }>) => {
			const { data, error } = await query;
			return error ?? (data as { text: string }[]).map(({ text }) => text);
		};
		const notes = () => a().from('notes').select('text');
		expect(await texts(notes().eq('text', 'two'))).toEqual(['two']);
		expect(await texts(notes().in('text', ['one', 'three, "quoted"']).order('id', { ascending: false }))).toEqual(['three, "quoted"', 'one']);
		expect(await texts(notes().gt('id', 1).lt('id', 4).order('id'))).toEqual(['two', 'three, "quoted"']);
		expect(await texts(notes().or('id.eq.1,and(id.gte.3,text.like.f*)').order('id'))).toEqual(['one', 'four']);
		expect(await texts(notes().not('id', 'in', '(1,2)').is('detail', null).order('id'))).toEqual(['three, "quoted"', 'four']);
		expect(await texts(notes().order('id').range(1, 2))).toEqual(['two', 'three, "quoted"']);
		expect(await a().from('notes').select('id, name:text', { count: 'exact' }).order('id').limit(1)).toMatchObject({ status: 206, count: 4, data: [{ id: 1, name: 'one' }] });
		expect(await a().from('notes').select('*', { count: 'exact', head: true })).toMatchObject({ count: 4, data: null });
	});

	it('merges duplicates or leaves them; a plain insert of one is 23505', async () => {
		await a().from('notes').insert(notesOf('a', 'one'));
		expect(await a().from('notes').insert(notesOf('a', 'again'))).toMatchObject({ status: 409, error: { code: '23505' } });
		expect(await a().from('notes').upsert(notesOf('a', 'ignored', 'two'), { onConflict: 'tenant_id,id', ignoreDuplicates: true }).select('text')).toMatchObject({ status: 201, data: [{ text: 'two' }] });
		expect(await a().from('notes').upsert(notesOf('a', 'merged', 'two')).select('id,text')).toMatchObject({ data: [{ id: 1, text: 'merged' }, { id: 2, text: 'two' }] });
	});

	it('with named columns a body goes to the database as it is: several rows, one, or what is no JSON; others’ rows are refused there', async () => {
		const post = async (body: string, columns = 'tenant_id,id,text') => {
			const response = await fetch(`${project.url}/rest/v1/notes?columns=${columns}`, { method: 'POST', body, headers: { apikey: PROJECT.publishableKey, authorization: `Bearer ${tokenOf({ tenant_id: 'a' })}` } });
			return [response.status, ((JSON.parse((await response.text()) || '{}')) as { code?: string }).code];
		};
		expect(await post(JSON.stringify([{ ...notesOf('a', 'Роза 🌹 "\\"')[0], more: 1 }]))).toEqual([201, undefined]);
		expect(await post(JSON.stringify({ ...notesOf('a', 'one')[0], id: 9 }))).toEqual([201, undefined]);
		expect((await a().from('notes').select('id,text').order('id')).data).toEqual([{ id: 1, text: 'Роза 🌹 "\\"' }, { id: 9, text: 'one' }]);
		expect([await post('[{"id":'), await post('[]', 'nosuch'), await post(JSON.stringify(notesOf('b', 'x')))]).toEqual([[400, '22P02'], [400, 'PGRST204'], [403, '42501']]);
	});

	it('updates and deletes what matches', async () => {
		await a().from('notes').insert(notesOf('a', 'one', 'two'));
		expect(await a().from('notes').update({ text: 'ONE 🌹', tags: ['x', 'y,z'], detail: { deep: [1] } }).eq('id', 1).select()).toMatchObject({ status: 200, data: [{ text: 'ONE 🌹', tags: ['x', 'y,z'], detail: { deep: [1] }, at: '2030-01-02T10:00:00+00:00' }] });
		expect(await a().from('notes').delete().eq('id', 2)).toMatchObject({ status: 204, data: null });
		expect((await a().from('notes').select('id')).data).toEqual([{ id: 1 }]);
	});

	it('a single object is one row: none or several are PGRST116', async () => {
		await a().from('notes').insert(notesOf('a', 'one', 'two'));
		expect(await a().from('notes').select('text').eq('id', 2).single()).toMatchObject({ data: { text: 'two' } });
		expect(await a().from('notes').select('text').single()).toMatchObject({ status: 406, error: { code: 'PGRST116', details: 'The result contains 2 rows' } });
		expect(await a().from('notes').select('text').eq('id', 9).maybeSingle()).toMatchObject({ data: null, error: null });
	});

	it('calls functions with named arguments: rows, values, nothing', async () => {
		await a().from('notes').insert(notesOf('a', 'one', 'seventeen'));
		expect((await a().rpc('longest', { than: 3 })).data).toMatchObject([{ text: 'seventeen' }]);
		expect((await a().rpc('longest').select('id').order('id', { ascending: false }).limit(1)).data).toEqual([{ id: 2 }]);
		expect((await a().rpc('longest', { than: 4 }).single()).data).toMatchObject({ id: 2 });
		expect((await a().rpc('ids')).data).toEqual([1, 2]);
		expect(await a().rpc('nothing')).toMatchObject({ status: 204, data: null, error: null });
		expect(await a().rpc('longest', { wrong: 1 })).toMatchObject({ status: 404, error: { code: 'PGRST202' } });
		expect(await a().rpc('busy')).toMatchObject({ status: 409, error: { code: 'PT409', message: 'Busy', hint: 'Later' } });
	});

	it('hands out 1,000 rows at most', async () => {
		expect((await a().rpc('many')).data).toHaveLength(1_000);
	});

	it('bounds statements as roles are bounded, unless the function says otherwise', async () => {
		expect((await a().rpc('timeout_of')).data).toBe('8s');
		expect((await a().rpc('long_timeout_of')).data).toBe('45s');
	});

	it('shows and takes a tenant’s own rows only', async () => {
		await a().from('notes').insert(notesOf('a', 'of A'));
		await b().from('notes').insert(notesOf('b', 'of B'));
		expect((await b().from('notes').select('text')).data).toEqual([{ text: 'of B' }]);
		expect((await b().from('notes').update({ text: 'taken' }).eq('tenant_id', 'a').select()).data).toEqual([]);
		expect((await b().from('notes').delete().neq('tenant_id', 'b').select()).data).toEqual([]);
		expect(await b().from('notes').insert({ tenant_id: 'a', id: 7, text: 'x' })).toMatchObject({ status: 403, error: { code: '42501', message: 'new row violates row-level security policy for table "notes"' } });
		expect((await b().rpc('ids')).data).toEqual([1]);
		expect((await client(tokenOf({})).from('notes').select('text')).data).toEqual([]);
	});

	it('without a grant there is nothing: 403 with a token, 401 without', async () => {
		expect(await a().from('closed').select()).toMatchObject({ status: 403, error: { code: '42501', message: 'permission denied for table closed' } });
		expect(await client(null).from('notes').select()).toMatchObject({ status: 401, error: { code: '42501' } });
	});

	it('refuses tokens that are forged, expired or none, and keys that it doesn’t know', async () => {
		const read = (token: string, key?: string) => client(token, key).from('notes').select();
		expect(await read(tokenOf({ tenant_id: 'a' }, 'another-secret'))).toMatchObject({ status: 401, error: { code: 'PGRST301' } });
		expect(await read(tokenOf({ tenant_id: 'a', exp: Math.floor(Date.now() / 1000) - 60 }))).toMatchObject({ status: 401, error: { code: 'PGRST303', message: 'JWT expired' } });
		expect(await read('no-token')).toMatchObject({ status: 401, error: { code: 'PGRST301' } });
		const [head, , signature] = tokenOf({}).split('.');
		expect(await read(`${head}.${Buffer.from('{"role":"authenticated","tenant_id":"a"}').toString('base64url')}.${signature}`)).toMatchObject({ status: 401 });
		expect(await read(tokenOf({ tenant_id: 'a' }), 'sb_publishable_other')).toMatchObject({ status: 401, error: { message: 'Invalid API key' } });
		expect(await read(tokenOf({ tenant_id: 'a', role: 'postgres' }))).toMatchObject({ status: 403, error: { code: '42501' } });
	});

	it('takes no SQL in names and values', async () => {
		await a().from('notes').insert(notesOf('a', 'one'));
		expect(await a().from('notes').select('text').eq('text', `x' OR 'a' = 'a`)).toMatchObject({ data: [] });
		for (const name of ['text"; DELETE FROM notes; --', 'text) OR (TRUE', 'nosuch']) expect(await a().from('notes').select('text').eq(name, 'x')).toMatchObject({ status: 400 });
		expect(await a().from('notes').select('text, (SELECT 1)')).toMatchObject({ status: 400 });
		expect(await a().from('notes').select('text').order('id;--')).toMatchObject({ status: 400 });
		expect(await a().from('notes"').select()).toMatchObject({ status: 404 });
		expect((await a().from('notes').select('text')).data).toEqual([{ text: 'one' }]);
	});

	it('suffers faults', async () => {
		await project.sandbox.post('/faults', { vendor: 'supabase', operation: 'insert', mode: 'status', status: 503, count: 1 });
		expect(await a().from('notes').insert(notesOf('a', 'one'))).toMatchObject({ status: 503 });
		expect((await a().from('notes').select()).data).toEqual([]);
	});
});
