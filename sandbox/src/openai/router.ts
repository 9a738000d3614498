import type { Request, Response, Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { suffer } from '../faults.ts';
import type { JsonObject } from '../json.ts';
import { asJsonObject, isObject, numberOf, parseJson, stringOf } from '../json.ts';
import { expressPath, OPENAI_ROUTES } from '../routes.ts';
import { chunksFor, completionFor } from './completion.ts';
import { fail, failWith } from './errors.ts';
import { takeStep } from './script.ts';
import { transcribe } from './transcription.ts';

type Operation = (typeof OPENAI_ROUTES)[number]['operation'];

const MODELS = ['gpt-5-mini', 'gpt-4.1-mini', 'gpt-4o-mini'];
const KEPT_REQUESTS = 200;

/** An OpenAI-compatible API that answers from a script. Mounted at `/openai/v1`. */
export function createOpenAiRouter(context: SandboxContext): Router {
	const router = express.Router();
	for (const route of OPENAI_ROUTES) {
		const method = route.method === 'POST' ? 'post' : 'get';
		router[method](expressPath(route.path), async (req, res) => {
			if (!(await admitted(context, route.operation, req, res))) return;
			await HANDLERS[route.operation](context, req, res);
		});
	}
	router.use((req, res) => {
		fail(res, 404, `Invalid URL (${req.method} /v1${req.path})`, 'invalid_request_error', null);
	});
	return router;
}

async function admitted(context: SandboxContext, operation: Operation, req: Request, res: Response): Promise<boolean> {
	if (!/^Bearer \S+/.test(req.get('authorization') ?? '')) {
		fail(res, 401, "You didn't provide an API key.", 'invalid_request_error', null);
		return false;
	}
	const fault = context.faults.take('openai', operation);
	if (fault === undefined) return true;
	if (fault.mode !== 'status') return suffer(fault, res);
	if (fault.retry_after !== null) res.set('retry-after', String(fault.retry_after));
	failWith(res, fault.status);
	return false;
}

const HANDLERS: Readonly<Record<Operation, (context: SandboxContext, req: Request, res: Response) => void | Promise<void>>> = {
	'chat.completions': complete,
	'audio.transcriptions': transcribe,
	'models.list': (_context, _req, res) => {
		res.json({ object: 'list', data: MODELS.map(model) });
	},
	'models.retrieve': (_context, req, res) => {
		const id = stringOf(req.params['model']);
		if (MODELS.includes(id)) res.json(model(id));
		else fail(res, 404, `The model '${id}' does not exist`, 'invalid_request_error', 'model_not_found');
	},
};

function model(id: string): JsonObject {
	return { id, object: 'model', created: 1_750_000_000, owned_by: 'sandbox' };
}

function complete(context: SandboxContext, req: Request, res: Response): void {
	const parsed = Buffer.isBuffer(req.body) ? parseJson(req.body.toString('utf8')) : undefined;
	if (!isObject(parsed)) {
		fail(res, 400, 'We could not parse the JSON body of your request.', 'invalid_request_error', null);
		return;
	}
	const body = asJsonObject(parsed);
	const state = context.store.current.openai;
	state.requests.push({ at: context.now(), body });
	if (state.requests.length > KEPT_REQUESTS) state.requests.shift();
	context.store.changed();
	if (stringOf(body['model']) === '' || !Array.isArray(body['messages'])) {
		fail(res, 400, 'you must provide model and messages parameters', 'invalid_request_error', null);
		return;
	}
	const step = takeStep(state, body);
	if (step === undefined) {
		fail(res, 400, 'no scripted step', 'invalid_request_error', 'no_scripted_step');
		return;
	}
	const status = numberOf(step.reply['status'], 200);
	if (status >= 400) {
		failWith(res, status, asJsonObject(step.reply['error']));
		return;
	}
	const completion = completionFor(step.reply, stringOf(body['model']), Math.floor(context.now() / 1000));
	if (body['stream'] === true) stream(res, completion, body);
	else res.json(completion);
}

function stream(res: Response, completion: JsonObject, body: JsonObject): void {
	const options = asJsonObject(body['stream_options']);
	res.status(200).set({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
	for (const chunk of chunksFor(completion, options['include_usage'] === true)) {
		res.write(`data: ${JSON.stringify(chunk)}\n\n`);
	}
	res.end('data: [DONE]\n\n');
}
