import type { Request, Response as Answer } from 'express';
import { setTimeout as delay } from 'node:timers/promises';
import type { SandboxContext } from '../context.ts';
import { isObject, numberOf, stringOf } from '../json.ts';
import { fail, failWith } from './errors.ts';
import type { ScriptedTranscript } from './state.ts';

const KEPT_REQUESTS = 200;

/** https://platform.openai.com/docs/api-reference/audio/createTranscription: a multipart `file` and `model`; answers `{text}`. */
export async function transcribe(context: SandboxContext, req: Request, res: Answer): Promise<void> {
	const form = await formOf(req);
	const file = form?.get('file');
	const model = form?.get('model');
	if (!(file instanceof File) || typeof model !== 'string' || model === '') {
		fail(res, 400, 'you must provide a file and a model', 'invalid_request_error', null);
		return;
	}
	const { openai } = context.store.current;
	openai.transcriptions.push({ at: context.now(), model, filename: file.name, mimetype: file.type, bytes: file.size });
	if (openai.transcriptions.length > KEPT_REQUESTS) openai.transcriptions.shift();
	const scripted = openai.transcripts.shift();
	context.store.changed();
	if (scripted === undefined) {
		fail(res, 400, 'no scripted transcript', 'invalid_request_error', 'no_scripted_transcript');
		return;
	}
	if (scripted.delay_ms > 0) await delay(scripted.delay_ms);
	if (scripted.status >= 400) failWith(res, scripted.status);
	else res.json({ text: scripted.text, usage: { type: 'duration', seconds: 4 } });
}

/** Reads `{transcripts: [{text?, status?, delay_ms?}]}`; a text says what is wrong. */
export function readTranscripts(request: unknown): ScriptedTranscript[] | string {
	const given = isObject(request) ? request['transcripts'] : undefined;
	if (!Array.isArray(given) || !given.every(isObject)) return 'transcripts must be an array of objects';
	return given.map((one) => ({ text: stringOf(one['text']), status: numberOf(one['status'], 200), delay_ms: numberOf(one['delay_ms'], 0) }));
}

async function formOf(req: Request): Promise<FormData | undefined> {
	const type = req.get('content-type') ?? '';
	if (!Buffer.isBuffer(req.body) || !type.startsWith('multipart/form-data')) return undefined;
	return new Response(new Uint8Array(req.body), { headers: { 'content-type': type } }).formData().catch(() => undefined);
}
