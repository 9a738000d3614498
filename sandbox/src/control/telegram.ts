import type { Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { stringOf } from '../json.ts';
import { receiveButton, receiveEdit, receiveUpdate } from '../telegram/inbound.ts';
import type { TelegramBot } from '../telegram/state.ts';
import { control, controlBody, ControlError } from './answers.ts';

/** Mounted at `/control/telegram`. */
export function createTelegramControl(context: SandboxContext): Router {
	const router = express.Router();
	const named = (username: unknown) => {
		const bots = Object.values(context.store.current.telegram.bots);
		const bot = bots.find((one) => one.username.toLowerCase() === stringOf(username).toLowerCase());
		if (bot === undefined) throw new ControlError(404, `There is no bot @${stringOf(username)}; POST /control/telegram/bots first.`);
		return bot;
	};

	router.get('/bots', control(() => ({ data: Object.values(context.store.current.telegram.bots).map(shown) })));
	router.post(
		'/bots',
		control((req) => {
			const body = controlBody(req);
			const token = stringOf(body['token']);
			if (!/^\d+:[\w-]+$/.test(token)) throw new ControlError(400, 'token must look like "123456:ABC…".');
			const username = stringOf(body['username'], `sandbox_${token.split(':')[0]}_bot`).replace(/^@/, '');
			const { bots } = context.store.current.telegram;
			const known = bots[token];
			const name = stringOf(body['name'], known?.name ?? username);
			// Numbers start at the clock, so that a forgotten sandbox does not repeat ids that the platform has seen.
			const seconds = Math.floor(context.now() / 1000);
			bots[token] =
				known === undefined
					? {
							id: Number(token.split(':')[0]),
							token,
							username,
							name,
							webhook: null,
							nextUpdateId: seconds,
							nextMessageId: (seconds % 1_000_000) + 1,
							chats: {},
							pending: [],
							files: {},
						}
					: { ...known, username, name };
			context.announce('bot', { account: username, webhook: bots[token].webhook !== null });
			return shown(bots[token]);
		}),
	);
	router.get('/bots/:username', control((req) => shown(named(req.params['username']))));
	router.post(
		'/bots/:username/messages',
		control(async (req) => {
			const answer = await receiveUpdate(context, named(req.params['username']), controlBody(req));
			if (answer === undefined) throw new ControlError(400, 'from.id must be a positive whole number.');
			return answer;
		}),
	);
	router.post(
		'/bots/:username/messages/:id/edit',
		control(async (req) => {
			const answer = await receiveEdit(context, named(req.params['username']), stringOf(req.params['id']), controlBody(req));
			if (answer === undefined) throw new ControlError(400, 'from.id, an id of a message that they wrote, and text are required.');
			return answer;
		}),
	);
	router.post(
		'/bots/:username/buttons',
		control(async (req) => {
			const answer = await receiveButton(context, named(req.params['username']), controlBody(req));
			if (answer === undefined) throw new ControlError(400, 'from.id (a positive whole number) and data are required.');
			return answer;
		}),
	);
	return router;
}

function shown(bot: TelegramBot): unknown {
	return {
		username: bot.username,
		name: bot.name,
		token_hint: `${bot.id}:…${bot.token.slice(-4)}`,
		webhook:
			bot.webhook === null
				? null
				: {
						url: bot.webhook.url,
						has_secret: bot.webhook.secret_token !== '',
						allowed_updates: bot.webhook.allowed_updates,
					},
	};
}
