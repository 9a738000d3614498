import type { Request, Response, Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { suffer } from '../faults.ts';
import { TELEGRAM_ROUTES } from '../routes.ts';
import { stringOf } from '../json.ts';
import { SAMPLE_VOICE } from '../media.ts';
import { badRequest, TelegramError } from './errors.ts';
import { findChat, getMe, sendMedia, sendMessage } from './messages.ts';
import type { TelegramParams } from './params.ts';
import { integerParam, readParams, textParam } from './params.ts';
import type { TelegramBot } from './state.ts';
import { deleteWebhook, setWebhook, webhookInfo } from './webhook.ts';

type Method = (typeof TELEGRAM_ROUTES)[number]['operation'];

interface TelegramCall {
	readonly context: SandboxContext;
	readonly bot: TelegramBot;
	readonly params: TelegramParams;
}

/** Method names are matched without regard to case, as Telegram does. */
const METHODS = new Map<string, Method>(TELEGRAM_ROUTES.map((route) => [route.operation.toLowerCase(), route.operation]));

/** The Bot API, https://core.telegram.org/bots/api. Mounted at `/telegram`. */
export function createTelegramRouter(context: SandboxContext): Router {
	const router = express.Router();
	router.all('/bot:token/:method', async (req, res) => {
		try {
			const bot = botFor(context, req);
			const method = METHODS.get(stringOf(req.params['method']).toLowerCase());
			if (method === undefined) throw new TelegramError(404, 'Not Found');
			if (!(await admitted(context, method, res))) return;
			const answer = HANDLERS[method]({ context, bot, params: await readParams(req) });
			context.store.changed();
			res.json({ ok: true, ...answer });
		} catch (error) {
			if (!(error instanceof TelegramError)) throw error;
			if (error.retryAfter !== null) res.set('retry-after', String(error.retryAfter));
			res.status(error.code).json(error);
		}
	});
	router.get('/file/bot:token/*path', (req, res) => {
		const bot = context.store.current.telegram.bots[stringOf(req.params['token'])];
		const parts: unknown = req.params['path'];
		const path = Array.isArray(parts) ? parts.join('/') : stringOf(parts);
		const file = Object.values(bot?.files ?? {}).find((one) => one.file_path === path);
		const bytes = file?.media === null ? SAMPLE_VOICE : context.media.get(file?.media ?? '')?.bytes;
		if (file === undefined || bytes === undefined) {
			res.status(404).json(new TelegramError(404, 'Not Found'));
			return;
		}
		res.type('application/octet-stream').send(bytes);
	});
	router.use((_req, res) => {
		res.status(404).json(new TelegramError(404, 'Not Found'));
	});
	return router;
}

function botFor(context: SandboxContext, req: Request): TelegramBot {
	const token = stringOf(req.params['token']);
	if (!/^\d+:[\w-]+$/.test(token)) throw new TelegramError(404, 'Not Found');
	const bot = context.store.current.telegram.bots[token];
	if (bot === undefined) throw new TelegramError(401, 'Unauthorized');
	return bot;
}

async function admitted(context: SandboxContext, method: Method, res: Response): Promise<boolean> {
	const fault = context.faults.take('telegram', method);
	if (fault === undefined) return true;
	if (fault.mode !== 'status') return suffer(fault, res);
	if (fault.status === 429) {
		const seconds = fault.retry_after ?? 1;
		throw new TelegramError(429, `Too Many Requests: retry after ${seconds}`, seconds);
	}
	throw new TelegramError(fault.status, fault.status >= 500 ? 'Internal Server Error' : 'Bad Request: sandbox fault');
}

interface TelegramAnswer {
	readonly result: unknown;
	readonly description?: string;
}

const HANDLERS: Readonly<Record<Method, (call: TelegramCall) => TelegramAnswer>> = {
	getMe: ({ bot }) => ({ result: getMe(bot) }),
	setWebhook: ({ context, bot, params }) => setWebhook(context, bot, params),
	deleteWebhook: ({ context, bot, params }) => deleteWebhook(context, bot, params),
	getWebhookInfo: ({ bot }) => ({ result: webhookInfo(bot) }),
	getUpdates: ({ bot, params }) => ({ result: getUpdates(bot, params) }),
	sendMessage: ({ context, bot, params }) => ({ result: sendMessage(context, bot, params) }),
	sendPhoto: ({ context, bot, params }) => ({ result: sendMedia(context, bot, params, 'image') }),
	sendVideo: ({ context, bot, params }) => ({ result: sendMedia(context, bot, params, 'video') }),
	sendChatAction: ({ context, bot, params }) => {
		const chat = findChat(bot, params);
		const action = textParam(params, 'action');
		if (action === '') throw badRequest('wrong parameter action in request');
		context.announce('typing', {
			channel: 'telegram',
			account: bot.username,
			customer: String(chat.id),
			on: true,
		});
		return { result: true };
	},
	answerCallbackQuery: ({ params }) => {
		if (textParam(params, 'callback_query_id') === '') throw badRequest('query is too old and response timeout expired or query ID is invalid');
		return { result: true };
	},
	getFile: ({ bot, params }) => {
		const file = bot.files[textParam(params, 'file_id')];
		if (file === undefined) throw badRequest('wrong file_id or the file is temporarily unavailable');
		const { file_id, file_unique_id, file_size, file_path } = file;
		return { result: { file_id, file_unique_id, file_size, file_path } };
	},
};

/** Never waits (`timeout` is ignored). An `offset` confirms what is older. */
function getUpdates(bot: TelegramBot, params: TelegramParams): unknown {
	if (bot.webhook !== null) {
		throw new TelegramError(
			409,
			"Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
		);
	}
	const offset = integerParam(params, 'offset');
	if (offset !== undefined) bot.pending = bot.pending.filter((update) => update.update_id >= offset);
	return bot.pending.slice(0, integerParam(params, 'limit') ?? 100);
}
