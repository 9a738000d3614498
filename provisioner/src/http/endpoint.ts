import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';
import type { Database } from '../store/database.ts';
import { createAuthenticator } from './authenticate.ts';
import type { Authenticator, Caller, KeyScope } from './authenticate.ts';
import type { IdempotencyStore } from './idempotency.ts';
import { receiveUpload, type UploadedFile, type UploadRules } from './upload.ts';

const MOST_BODY_BYTES = 1_000_000;

/**
 * One route of the public API: what is validated, documented (openapi.ts) and executed comes from this one description.
 * A feature exports a list of them; `mountEndpoints` puts them on the app.
 */
export interface Endpoint {
	readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
	/** OpenAPI style: `/v1/companies/{id}`. */
	readonly path: string;
	readonly summary: string;
	readonly description?: string;
	readonly tag: string;
	/** Which keys may call it. */
	readonly scopes: readonly KeyScope[];
	/** Needs no key: what it answers is for everybody. */
	readonly public?: boolean;
	readonly params?: z.ZodObject;
	readonly query?: z.ZodObject;
	/** JSON body. */
	readonly body?: z.ZodType;
	/** Of the JSON body; 1 MB when left out. */
	readonly maxBodyBytes?: number;
	/** A file as the body instead of JSON; the handler gets it as `upload`. */
	readonly upload?: UploadRules;
	/** Schema of each success status; null = no body. */
	readonly responses: Readonly<Record<number, z.ZodType | null>>;
	/** Content types of files that a success may be instead of JSON. */
	readonly files?: readonly string[];
	/** Honour the Idempotency-Key header. */
	readonly idempotent?: boolean;
	handle(call: Call): Promise<Answer>;
}

export interface Call {
	readonly caller: Caller;
	readonly params: Record<string, string>;
	readonly query: unknown;
	readonly body: unknown;
	readonly request: Request;
	/** Where the endpoint takes one; it is deleted when the endpoint has answered. */
	readonly upload?: UploadedFile | undefined;
	/** Aborted with `request_aborted` when the connection closes before there is an answer. */
	readonly gone: AbortSignal;
}

export interface Answer {
	readonly status: number;
	readonly body?: unknown;
	/** Instead of a JSON body: an image, a file. Not for idempotent endpoints. */
	readonly file?: AnswerFile;
}

export interface AnswerFile {
	readonly contentType: string;
	/** In memory, or on the disk: a temporary file that is deleted when it is sent. */
	readonly content: Buffer | { readonly path: string };
	/** Under which a browser saves it. */
	readonly name?: string;
}

interface Shapes<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
	readonly params?: P;
	readonly query?: Q;
	readonly body?: B;
}
type TypedCall<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> = Omit<Call, 'params' | 'query' | 'body'> & {
	readonly params: z.output<P>;
	readonly query: z.output<Q>;
	readonly body: z.output<B>;
};

/** Types the handler by the endpoint's own schemas; validation happens here, so a handler only sees valid input. */
export function endpoint<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
	definition: Omit<Endpoint, 'handle' | 'params' | 'query' | 'body'> &
		Shapes<P, Q, B> & { handle(call: TypedCall<P, Q, B>): Promise<Answer> },
): Endpoint {
	const { params, query, body } = definition;
	return {
		...definition,
		handle: (call) =>
			definition.handle({
				...call,
				params: check(params, call.params, 'path'),
				query: check(query, call.query, 'query'),
				body: check(body, call.body, 'body'),
			}),
	};
}

/** @throws AppError `invalid_request` (400) listing each field. */
function check<S extends z.ZodType>(schema: S | undefined, value: unknown, where: string): z.output<S> {
	if (!schema) return value as z.output<S>;
	const result = schema.safeParse(value);
	if (result.success) return result.data;
	const errors = result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
	const first = errors[0];
	throw new AppError('invalid_request', `The ${where} is not valid: ${first?.path ? `${first.path}: ` : ''}${first?.message ?? ''}.`, {
		status: 400,
		details: { errors },
	});
}

export function mountEndpoints(
	router: Router,
	endpoints: readonly Endpoint[],
	deps: { database: Database; idempotency: IdempotencyStore },
): void {
	const authenticator = createAuthenticator(deps.database);
	for (const definition of endpoints) {
		const path = definition.path.replace(/\{(\w+)\}/g, ':$1');
		const parse = definition.upload ? [] : [express.json({ limit: definition.maxBodyBytes ?? MOST_BODY_BYTES, strict: false })];
		// Authentication comes before the body is read: an unknown caller costs no memory.
		router[definition.method](path, requireKey(definition, authenticator), ...parse, async (request, response) => {
			const upload = definition.upload && (await receiveUpload(request, definition.upload));
			const call: Call = {
				caller: response.locals['caller'] as Caller,
				params: request.params as Record<string, string>,
				query: request.query,
				body: request.body as unknown,
				request,
				upload,
				gone: whenGone(response),
			};
			const run = () => definition.handle(call);
			const key = definition.idempotent ? request.get('idempotency-key') : undefined;
			const answer = await (key ? deps.idempotency.once(call.caller.keyId, key, fingerprint(request, upload), run) : run()).finally(() => upload && rm(upload.path, { force: true }));
			// Whatever was deleted may have had keys: here they end with the answer, elsewhere with the notification.
			if (definition.method === 'delete') authenticator.forget();
			response.status(answer.status);
			if (answer.file) await sendFile(response, answer.file);
			else if (answer.body === undefined) response.end();
			else response.json(answer.body);
		});
	}
}

function whenGone(response: Response): AbortSignal {
	const gone = new AbortController();
	response.once('close', () => {
		if (!response.writableFinished) gone.abort(new AppError('request_aborted', 'The connection closed before there was an answer.', { status: 400 }));
	});
	return gone.signal;
}

/** Its length is stated, so that one that breaks off is no whole file to the client. */
async function sendFile(response: Response, { contentType, content, name }: AnswerFile): Promise<void> {
	if (name !== undefined) response.attachment(name);
	response.type(contentType);
	if (Buffer.isBuffer(content)) {
		response.send(content);
		return;
	}
	try {
		response.set('content-length', String((await stat(content.path)).size));
		await pipeline(createReadStream(content.path), response);
	} catch (error) {
		// The client left; the connection is closed already.
		if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
	} finally {
		await rm(content.path, { force: true });
	}
}

/** Of a request without a key: no tenant has this id. */
const ANYBODY: Caller = { keyId: '', scope: 'tenant', tenantId: '', label: '' };

function requireKey(definition: Endpoint, authenticator: Authenticator): RequestHandler {
	if (definition.public === true) {
		return (_request, response, next) => {
			response.locals['caller'] = ANYBODY;
			next();
		};
	}
	return async (request, response, next) => {
		const caller = await authenticator.authenticate(request);
		if (!definition.scopes.includes(caller.scope)) {
			throw new AppError(
				'key_scope_not_allowed',
				`A ${caller.scope} key can't call ${definition.method.toUpperCase()} ${definition.path}. Use a key of scope ${definition.scopes.join(' or ')}.`,
				{ status: 403 },
			);
		}
		response.locals['caller'] = caller;
		next();
	};
}

function fingerprint(request: Request, upload: UploadedFile | undefined): string {
	return createHash('sha256')
		.update(`${request.method} ${request.originalUrl}\n`)
		.update(upload?.sha256 ?? JSON.stringify((request.body as unknown) ?? null))
		.digest('hex');
}

/** Envelope of a list, newest first: pass the last id as `starting_after` while `has_more`. */
export function listOf<T extends z.ZodType>(item: T) {
	return z.object({ object: z.literal('list'), data: z.array(item), has_more: z.boolean() });
}

export const pageQuery = z.object({
	limit: z.coerce.number().int().min(1).max(100).default(20),
	starting_after: z.string().optional(),
});

/** A query parameter: `true`, `1` or an empty value (`?dry_run`) switch on. */
export const flag = z
	.enum(['true', 'false', '1', '0', ''], { error: 'must be true or false' })
	.default('false')
	.transform((value) => value !== 'false' && value !== '0');

export const idParams = z.object({ id: z.string().min(1).max(100) });

/** Cuts a result of `limit + 1` rows to a page. */
export function page<T>(rows: readonly T[], limit: number): { object: 'list'; data: readonly T[]; has_more: boolean } {
	return { object: 'list', data: rows.slice(0, limit), has_more: rows.length > limit };
}
