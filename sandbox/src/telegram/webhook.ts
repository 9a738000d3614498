import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { badRequest } from './errors.ts';
import type { TelegramParams } from './params.ts';
import { booleanParam, integerParam, listParam, textParam } from './params.ts';
import type { TelegramBot, TelegramUpdate } from './state.ts';

/** Telegram keeps trying for a day; the sandbox for about five minutes. */
const RETRY_DELAYS_MS = [1, 2, 4, 8, 15, 30, 60, 60, 60].map((seconds) => seconds * 1000);

/** https://core.telegram.org/bots/api#setwebhook. Unlike Telegram, plain http is taken: everything is local. */
export function setWebhook(
	context: SandboxContext,
	bot: TelegramBot,
	params: TelegramParams,
): { result: true; description: string } {
	const url = textParam(params, 'url');
	if (url === '') return deleteWebhook(context, bot, params);
	if (!URL.canParse(url) || !/^https?:/.test(url)) throw badRequest('bad webhook: invalid webhook URL specified');
	const secret = textParam(params, 'secret_token');
	if (secret.length > 256) throw badRequest('secret token is too long');
	if (!/^[A-Za-z0-9_-]*$/.test(secret)) throw badRequest('secret token contains unallowed characters');
	const connections = integerParam(params, 'max_connections') ?? 40;
	const allowed = listParam(params, 'allowed_updates');
	if (booleanParam(params, 'drop_pending_updates')) bot.pending = [];
	const same = bot.webhook?.url === url;
	bot.webhook = {
		url,
		secret_token: secret,
		// Left out: as it was before, says Telegram.
		allowed_updates: allowed ?? bot.webhook?.allowed_updates ?? [],
		max_connections: Math.min(100, Math.max(1, connections)),
		last_error_date: null,
		last_error_message: '',
	};
	context.announce('bot', { account: bot.username, webhook: true });
	for (const update of bot.pending) void deliverUpdate(context, bot, update);
	return { result: true, description: same ? 'Webhook is already set' : 'Webhook was set' };
}

export function deleteWebhook(
	context: SandboxContext,
	bot: TelegramBot,
	params: TelegramParams,
): { result: true; description: string } {
	const had = bot.webhook !== null;
	bot.webhook = null;
	if (booleanParam(params, 'drop_pending_updates')) bot.pending = [];
	context.announce('bot', { account: bot.username, webhook: false });
	return { result: true, description: had ? 'Webhook was deleted' : 'Webhook is already deleted' };
}

export function webhookInfo(bot: TelegramBot): Readonly<Record<string, unknown>> {
	const { webhook } = bot;
	return {
		url: webhook?.url ?? '',
		has_custom_certificate: false,
		pending_update_count: bot.pending.length,
		...(webhook === null ? {} : { max_connections: webhook.max_connections, ip_address: '127.0.0.1' }),
		...(webhook === null || webhook.allowed_updates.length === 0 ? {} : { allowed_updates: webhook.allowed_updates }),
		...(webhook === null || webhook.last_error_date === null
			? {}
			: { last_error_date: webhook.last_error_date, last_error_message: webhook.last_error_message }),
	};
}

/** Queues an update and, with a webhook set, delivers it. `null` when there is none to deliver to. */
export async function pushUpdate(
	context: SandboxContext,
	bot: TelegramBot,
	update: TelegramUpdate,
): Promise<Attempt | null> {
	const allowed = bot.webhook?.allowed_updates ?? [];
	const [kind] = Object.keys(update).filter((name) => name !== 'update_id');
	if (allowed.length > 0 && !allowed.includes(kind ?? '')) return null;
	bot.pending.push(update);
	context.store.changed();
	return bot.webhook === null ? null : deliverUpdate(context, bot, update);
}

/** Posts one pending update; a 2xx answer takes it off the queue, so does running out of retries. */
export function deliverUpdate(context: SandboxContext, bot: TelegramBot, update: TelegramUpdate): Promise<Attempt> {
	const { webhook } = bot;
	if (webhook === null) throw new Error(`Bot ${bot.username} has no webhook`);
	return context.deliveries.deliver({
		url: webhook.url,
		headers: webhook.secret_token === '' ? {} : { 'x-telegram-bot-api-secret-token': webhook.secret_token },
		body: JSON.stringify(update),
		retryDelays: RETRY_DELAYS_MS,
		onAttempt(attempt, final) {
			const delivered = attempt.status >= 200 && attempt.status < 300;
			if (!delivered) {
				webhook.last_error_date = Math.floor(context.now() / 1000);
				webhook.last_error_message =
					attempt.status === 0 ? 'Connection refused' : `Wrong response from the webhook: ${attempt.status}`;
			}
			if (final) bot.pending = bot.pending.filter((one) => one.update_id !== update.update_id);
			context.store.changed();
		},
	});
}
