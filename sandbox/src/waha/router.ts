import type { Request, Response, Router } from 'express';
import express from 'express';
import QRCode from 'qrcode';
import type { SandboxContext } from '../context.ts';
import { suffer } from '../faults.ts';
import type { JsonValue } from '../json.ts';
import { isObject, parseJson, stringOf } from '../json.ts';
import { expressPath, WAHA_ROUTES } from '../routes.ts';
import { chatMessages } from './chat-history.ts';
import { badRequest, WahaError, wrongStatus } from './errors.ts';
import { addressed, customerOf, normaliseChatId, sendFile, sendText } from './messages.ts';
import {
	createSession,
	deleteSession,
	findSession,
	logoutSession,
	restartSession,
	sessionAnswer,
	sessionInfo,
	startSession,
	stopSession,
	updateSession,
} from './sessions.ts';
import type { WahaSession } from './state.ts';

type Operation = (typeof WAHA_ROUTES)[number]['operation'];

interface WahaCall {
	readonly context: SandboxContext;
	readonly req: Request;
	readonly res: Response;
	readonly body: Readonly<Record<string, unknown>>;
}

/** Status and JSON body; a body of `undefined` means that the handler has answered itself. */
type WahaAnswer = readonly [status: number, body?: JsonValue];

/** WAHA's HTTP API, https://waha.devlike.pro/docs/. Mounted at `/waha`. */
export function createWahaRouter(context: SandboxContext): Router {
	const router = express.Router();
	for (const route of WAHA_ROUTES) {
		const handler = HANDLERS[route.operation];
		const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
		router[method](expressPath(route.path), async (req, res) => {
			try {
				if (!(await admitted(context, route.operation, req, res))) return;
				const [status, body] = await handler({ context, req, res, body: bodyOf(req) });
				if (body !== undefined) res.status(status).json(body);
				else if (!res.headersSent) res.status(status).end();
			} catch (error) {
				if (!(error instanceof WahaError)) throw error;
				res.status(error.status).json(error.body);
			}
		});
	}
	// Not in WAHA's OpenAPI document: the addresses stand in `media.url` of messages.
	router.get('/api/files/:session/:media/:name', async (req, res) => {
		if (!(await admitted(context, 'files.get', req, res))) return;
		const media = context.media.get(stringOf(req.params['media']));
		if (media === undefined) res.status(404).json({ message: 'File not found', error: 'Not Found', statusCode: 404 });
		else res.type(media.mimetype).send(media.bytes);
	});
	router.use((req, res) => {
		res.status(404).json({ message: `Cannot ${req.method} ${req.path}`, error: 'Not Found', statusCode: 404 });
	});
	return router;
}

async function admitted(context: SandboxContext, operation: Operation | 'files.get', req: Request, res: Response): Promise<boolean> {
	if (req.get('x-api-key') !== context.wahaKey) {
		res.status(401).json({ message: 'Unauthorized', statusCode: 401 });
		return false;
	}
	const fault = context.faults.take('waha', operation);
	if (fault === undefined) return true;
	if (fault.mode !== 'status') return suffer(fault, res);
	if (fault.retry_after !== null) res.set('retry-after', String(fault.retry_after));
	res.status(fault.status).json({ statusCode: fault.status, message: 'Sandbox fault', error: 'Sandbox fault' });
	return false;
}

function bodyOf(req: Request): Readonly<Record<string, unknown>> {
	if (!Buffer.isBuffer(req.body) || req.body.length === 0) return {};
	const body = parseJson(req.body.toString('utf8'));
	if (!isObject(body)) throw badRequest('Unexpected token in JSON body');
	return body;
}

function named(call: WahaCall): WahaSession {
	return findSession(call.context, stringOf(call.req.params['session']));
}

function changing(change: (context: SandboxContext, session: WahaSession) => void): (call: WahaCall) => WahaAnswer {
	return (call) => {
		const session = named(call);
		change(call.context, session);
		return [201, sessionAnswer(session)];
	};
}

const HANDLERS: Readonly<Record<Operation, (call: WahaCall) => WahaAnswer | Promise<WahaAnswer>>> = {
	'sessions.list': ({ context, req }) => {
		const all = req.query['all'] === 'true';
		const sessions = Object.values(context.store.current.waha.sessions);
		return [200, sessions.filter((session) => all || session.status !== 'STOPPED').map(sessionInfo)];
	},
	'sessions.create': ({ context, body }) => [201, sessionAnswer(createSession(context, body))],
	'sessions.get': (call) => [200, sessionInfo(named(call))],
	'sessions.update': (call) => [200, sessionAnswer(updateSession(call.context, named(call).name, call.body))],
	'sessions.delete': ({ context, req }) => {
		deleteSession(context, stringOf(req.params['session']));
		return [200];
	},
	'sessions.me': (call) => [200, named(call).me],
	'sessions.start': changing(startSession),
	'sessions.stop': changing(stopSession),
	'sessions.restart': changing(restartSession),
	'sessions.logout': changing(logoutSession),
	'auth.qr': qr,
	'auth.requestCode': (call) => {
		const session = named(call);
		if (session.status !== 'SCAN_QR_CODE') throw wrongStatus(session, ['SCAN_QR_CODE']);
		if (stringOf(call.body['phoneNumber']) === '') throw badRequest('phoneNumber must be a string');
		return [201, { code: 'ABCD-ABCD' }];
	},
	sendText: ({ context, body }) => [201, sendText(context, body)],
	sendImage: ({ context, body }) => [201, sendFile(context, body, 'image')],
	sendVideo: ({ context, body }) => [201, sendFile(context, body, 'video')],
	sendSeen: (call) => [201, mark(call, 'seen', true)],
	startTyping: (call) => [201, mark(call, 'typing', true)],
	stopTyping: (call) => [201, mark(call, 'typing', false)],
	'chats.messages': ({ context, req }) => [
		200,
		chatMessages(context, stringOf(req.params['session']), stringOf(req.params['chatId']), req.query),
	],
	'lids.get': (call) => {
		named(call);
		const given = stringOf(call.req.params['lid']);
		const lid = given.includes('@') ? given : `${given}@lid`;
		return [200, { lid, pn: call.context.store.current.waha.lids[lid] ?? null }];
	},
	'lids.byPhone': (call) => {
		named(call);
		const pn = normaliseChatId(stringOf(call.req.params['phoneNumber']));
		const known = Object.entries(call.context.store.current.waha.lids).find(([, phone]) => phone === pn);
		return [200, { lid: known?.[0] ?? null, pn }];
	},
};

/** PNG; JSON with base64 for `Accept: application/json`; the text of the code for `?format=raw`. */
async function qr(call: WahaCall): Promise<WahaAnswer> {
	const session = named(call);
	if (session.status !== 'SCAN_QR_CODE') throw wrongStatus(session, ['SCAN_QR_CODE']);
	if (call.req.query['format'] === 'raw') return [200, { value: session.qr }];
	const png = await QRCode.toBuffer(session.qr, { margin: 2, scale: 5 });
	if (call.req.accepts(['image/png', 'application/json']) === 'application/json') {
		return [200, { mimetype: 'image/png', data: png.toString('base64') }];
	}
	call.res.status(200).type('image/png').send(png);
	return [200];
}

function mark(call: WahaCall, type: 'seen' | 'typing', on: boolean): JsonValue {
	const { session, chatId } = addressed(call.context, call.body);
	const customer = customerOf(call.context, chatId);
	call.context.announce(type, { channel: 'whatsapp', account: session.name, customer, on });
	return { result: true };
}
