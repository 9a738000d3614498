import type { Request } from 'express';
import { isObject, parseJson, stringOf } from '../json.ts';
import { badRequest } from './errors.ts';

/** A file of a multipart request. */
export interface UploadedFile {
	readonly bytes: Buffer;
	readonly mimetype: string;
	readonly filename: string;
}

/** Parameters of a method: from the query, a JSON body, a form, or a multipart body. Later ones win. */
export interface TelegramParams {
	readonly values: Readonly<Record<string, unknown>>;
	readonly files: Readonly<Record<string, UploadedFile>>;
}

export async function readParams(req: Request): Promise<TelegramParams> {
	const values: Record<string, unknown> = {};
	const files: Record<string, UploadedFile> = {};
	for (const [key, value] of Object.entries(req.query)) values[key] = value;
	const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
	const type = req.get('content-type') ?? '';
	if (body.length === 0) return { values, files };
	if (type.startsWith('application/json')) {
		const parsed = parseJson(body.toString('utf8'));
		if (!isObject(parsed)) throw badRequest("can't parse JSON object");
		Object.assign(values, parsed);
	} else if (type.startsWith('multipart/form-data') || type.startsWith('application/x-www-form-urlencoded')) {
		const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
		for (const [key, value] of form) {
			if (typeof value === 'string') values[key] = value;
			else files[key] = { bytes: Buffer.from(await value.arrayBuffer()), mimetype: value.type, filename: value.name };
		}
	}
	return { values, files };
}

/** A text parameter; empty when it is missing. */
export function textParam(params: TelegramParams, name: string): string {
	return stringOf(params.values[name]);
}

/** A whole number, or `undefined` when it is missing. */
export function integerParam(params: TelegramParams, name: string): number | undefined {
	const text = textParam(params, name);
	return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** An array of texts; forms carry it as JSON. `undefined` when it is missing. */
export function listParam(params: TelegramParams, name: string): string[] | undefined {
	const given = params.values[name];
	const value = typeof given === 'string' ? parseJson(given) : given;
	if (given === undefined) return undefined;
	if (!Array.isArray(value)) throw badRequest(`can't parse "${name}"`);
	return value.map((member) => stringOf(member));
}

export function booleanParam(params: TelegramParams, name: string): boolean {
	const value = params.values[name];
	return value === true || value === 'true' || value === '1';
}
