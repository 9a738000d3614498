import express from 'express';
import type { Request, Router } from 'express';
import { channelAdapters } from '../../../../core/channels/channels.ts';
import type { ChannelAdapter, ChannelEvent } from '../../../../core/channels/channel.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Account, Accounts } from './accounts.ts';
import { readRawBody } from './read-body.ts';

/** Vendors' webhooks are a few kilobytes. */
export const MAX_HOOK_BYTES = 1024 * 1024;
/** Tokens are 43 characters of base64url. */
const TOKEN = /^[A-Za-z0-9_-]{20,128}$/;

/** What a verified delivery said; resolves once it is durable. false: the connection has gone meanwhile. */
export type TakeEvents = (account: Account, adapter: ChannelAdapter, events: readonly ChannelEvent[]) => Promise<boolean>;

/**
 * `POST /hooks/<channel>/<hook token>` for every channel: 404 for an unknown token, 413 above 1 MB, 401 for a bad signature (before the
 * body is parsed), 400 when it isn't JSON, and 200 once its messages are stored. The vendor sends again for anything but 200.
 */
export function createHooksRouter(deps: { accounts: Accounts; take: TakeEvents }): Router {
	const router = express.Router();
	for (const adapter of Object.values(channelAdapters)) {
		router.post(`/hooks/${adapter.name}/:token`, async (request, response) => {
			const account = await accountOf(request, adapter, deps.accounts);
			const rawBody = await readRawBody(request, MAX_HOOK_BYTES);
			if (!adapter.verify(rawBody, (name) => singleHeader(request, name), account.hookSecret)) {
				throw new AppError('signature_invalid', 'The signature is missing or does not fit this body. Check the secret of the webhook.', { status: 401 });
			}
			if (!(await deps.take(account, adapter, adapter.parse(parseJson(rawBody), new Date())))) throw unknownHook();
			response.status(200).json({ received: true });
		});
	}
	return router;
}

async function accountOf(request: Request, adapter: ChannelAdapter, accounts: Accounts): Promise<Account> {
	const token = request.params['token'];
	const account = typeof token === 'string' && TOKEN.test(token) ? await accounts.byHookToken(adapter.name, token) : null;
	if (!account) throw unknownHook();
	return account;
}

/** Never shows the token: it is a secret. */
function unknownHook(): AppError {
	return new AppError('hook_not_found', 'There is no connection behind this webhook address.', { status: 404 });
}

function singleHeader(request: Request, name: string): string | undefined {
	const value = request.headers[name];
	return Array.isArray(value) ? undefined : value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(rawBody: Buffer): unknown {
	try {
		return JSON.parse(utf8.decode(rawBody)) as unknown;
	} catch {
		throw new AppError('body_not_json', 'The body is not valid JSON.', { status: 400 });
	}
}
