import type { Request, Response, Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { suffer } from '../faults.ts';
import { parseJson } from '../json.ts';
import type { SUPABASE_ROUTES } from '../routes.ts';
import { RestError, restError } from './errors.ts';
import { callerOf, type Caller } from './jwt.ts';
import { PROJECT, type RunningProject } from './project.ts';
import type { Schema } from './schema-cache.ts';
import { callFunction, deleteRows, insertRows, parsed, preferencesOf, selectRows, tableOf, updateRows, type Prepared, type Range } from './statements.ts';

interface Answer {
	readonly status: number;
	readonly body: string | null;
	readonly rows: number;
	readonly total: number | null;
	readonly offset: number;
}

const SINGLE = 'application/vnd.pgrst.object+json';

/**
 * The REST API of a Supabase project, over a real PostgreSQL: each request is one transaction in the role and with the claims of its token, so
 * grants and row-level security are the database's own. Mounted at `/supabase`. Without a project (no database was given) it is off.
 */
export function createSupabaseRouter(context: SandboxContext, project: RunningProject | null): Router {
	const router = express.Router();
	router.all('/rest/v1/{*path}', async (req, res) => {
		const { resource, operation } = targetOf(req);
		const fault = context.faults.take('supabase', operation);
		if (fault?.mode === 'status') return void res.status(fault.status).json({ message: 'Sandbox fault' });
		if (fault !== undefined && !(await suffer(fault, res))) return;
		if (project === null) return void res.status(503).json({ message: 'The Supabase stand-in is off: give the sandbox a database with SANDBOX_SUPABASE_DATABASE_URL.' });
		const key = req.get('apikey');
		if (key !== PROJECT.publishableKey) {
			const [message, hint] = key === undefined ? ['No API key found in request', 'No `apikey` request header or url param was found.'] : ['Invalid API key', 'Double check your API key.'];
			return void res.status(401).json({ message, hint });
		}
		try {
			send(req, res, await answerOf(project, req, callerOf(req.get('authorization'), context.now()), resource, operation));
		} catch (error) {
			if (!(error instanceof RestError)) throw error;
			res.status(error.status).json(error.body);
		}
	});
	router.use((req, res) => void res.status(404).json({ message: `no Route matched with those values: ${req.path}` }));
	return router;
}

type Operation = (typeof SUPABASE_ROUTES)[number]['operation'] | 'other';

function targetOf(req: Request): { resource: string; operation: Operation } {
	const path = [req.params['path'] ?? []].flat();
	if (path.length === 2 && path[0] === 'rpc' && req.method === 'POST') return { resource: path[1] ?? '', operation: 'rpc' };
	const resource = path.length === 1 ? (path[0] ?? '') : '';
	if (resource === '') return { resource, operation: 'other' };
	if (req.method === 'POST') return { resource, operation: /resolution=/u.test(req.get('prefer') ?? '') ? 'upsert' : 'insert' };
	const operations: Readonly<Record<string, Operation>> = { GET: 'select', HEAD: 'select', PATCH: 'update', DELETE: 'delete' };
	return { resource, operation: operations[req.method] ?? 'other' };
}

async function answerOf(project: RunningProject, req: Request, caller: Caller, resource: string, operation: Operation): Promise<Answer> {
	const schema = await project.schema();
	const query = new URL(req.originalUrl, 'http://sandbox').searchParams;
	const preferences = preferencesOf(req.get('prefer') ?? '');
	const range = rangeOf(req, query);
	const shows = preferences.returns === 'representation';
	switch (operation) {
		case 'select': {
			const prepared = selectRows(tableOf(schema, resource), query, range, preferences.counts);
			return await run(project, req, caller, schema, prepared, ({ rows, total }) => (total !== null && rows < total ? 206 : 200), range.offset, null);
		}
		case 'insert':
		case 'upsert':
			return await run(project, req, caller, schema, insertRows(tableOf(schema, resource), query, bytesOf(req), preferences), () => 201, 0, null);
		case 'update':
			return await run(project, req, caller, schema, updateRows(tableOf(schema, resource), query, parsed(bytesOf(req)), preferences), () => (shows ? 200 : 204), 0, null);
		case 'delete':
			return await run(project, req, caller, schema, deleteRows(tableOf(schema, resource), query, preferences), () => (shows ? 200 : 204), 0, null);
		case 'rpc': {
			const { called, ...prepared } = callFunction(schema, resource, parsed(bytesOf(req)), query, range, preferences.counts);
			const answer = await run(project, req, caller, schema, prepared, () => (called.returns === 'void' ? 204 : 200), range.offset, called.statementTimeout);
			return called.returns === 'record' ? { ...answer, body: JSON.stringify(parsedRows(answer.body)[0] ?? null) } : answer;
		}
		case 'other':
			throw new RestError(405, 'PGRST117', `Unsupported HTTP method or path: ${req.method} ${req.path}`);
	}
}

/** One transaction in the caller's role, as PostgREST does it: https://docs.postgrest.org/en/stable/references/transactions.html */
async function run(
	project: RunningProject, req: Request, { role, claims }: Caller, schema: Schema, { statement, text }: Prepared,
	statusOf: (answer: { rows: number; total: number | null }) => number, offset: number, functionTimeout: string | null,
): Promise<Answer> {
	const client = await project.pool.connect();
	try {
		await client.query('BEGIN');
		await client.query(
			`SELECT set_config('search_path', 'public, extensions', true), set_config('request.jwt.claims', $1, true), set_config('request.method', $2, true),
				set_config('request.path', $3, true), set_config('statement_timeout', $4, true), set_config('role', $5, true)`,
			[JSON.stringify(claims), req.method, req.path, functionTimeout ?? schema.timeouts.get(role) ?? '0', role],
		);
		const { rows: [row] } = await client.query<{ body: string | null; rows: number; total?: number }>(text, statement.values);
		const answer = { body: row?.body ?? 'null', rows: row?.rows ?? 0, total: row?.total ?? null };
		// Refused after it was done: nothing of it stays.
		if ((req.get('accept') ?? '').startsWith(SINGLE) && text.startsWith('WITH page') && answer.rows !== 1) {
			throw new RestError(406, 'PGRST116', 'Cannot coerce the result to a single JSON object', { details: `The result contains ${answer.rows} rows` });
		}
		await client.query('COMMIT');
		client.release();
		return { ...answer, status: statusOf(answer), offset };
	} catch (error) {
		await client.query('ROLLBACK').then(() => client.release(), (broken: Error) => client.release(broken));
		throw restError(error, role === 'anon');
	}
}

function rangeOf(req: Request, query: URLSearchParams): Range {
	const [, from, to] = /^(\d+)-(\d*)$/u.exec(req.get('range') ?? '') ?? [];
	const whole = (name: string): number | null => {
		const text = query.get(name);
		if (text === null) return null;
		if (!/^\d+$/u.test(text)) throw new RestError(400, 'PGRST100', `"failed to parse ${name} parameter (${text})"`);
		return Number(text);
	};
	return { offset: whole('offset') ?? Number(from ?? 0), limit: whole('limit') ?? (to === undefined || to === '' ? null : Number(to) - Number(from) + 1) };
}

function bytesOf(req: Request): Buffer {
	return Buffer.isBuffer(req.body) && req.body.length > 0 ? req.body : Buffer.from('{}');
}

function parsedRows(body: string | null): readonly unknown[] {
	const rows = parseJson(body ?? '[]');
	return Array.isArray(rows) ? rows : [];
}

function send(req: Request, res: Response, answer: Answer): void {
	const last = answer.rows === 0 ? '*' : `${answer.offset}-${answer.offset + answer.rows - 1}`;
	res.status(answer.status).set('content-range', `${last}/${answer.total ?? '*'}`);
	if (answer.status === 204 || answer.body === '' || req.method === 'HEAD') return void res.end();
	const isSingle = (req.get('accept') ?? '').startsWith(SINGLE) && Array.isArray(parseJson(answer.body ?? ''));
	res.type(isSingle ? SINGLE : 'application/json').send(isSingle ? JSON.stringify(parsedRows(answer.body)[0]) : answer.body);
}
