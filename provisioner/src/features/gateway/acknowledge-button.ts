import type { Logger } from 'pino';
import { callbackQueryId } from '../../../../core/channels/telegram.ts';
import type { Account } from './accounts.ts';

/** What it needs of vendors/telegram. */
export interface CallbackAnswerer {
	answerCallbackQuery(token: string, callbackQueryId: string): Promise<void>;
}

export interface ButtonAcknowledger {
	/** Takes the waiting circle off an inline button of Telegram, in the background; of other messages nothing. */
	acknowledge(account: Account, vendorMessageId: string): void;
	stop(): Promise<void>;
}

/** More at a time would only queue up: a circle that nobody takes off ends by itself. */
const MOST_AT_A_TIME = 16;

export function createButtonAcknowledger({ telegram, log }: { telegram: CallbackAnswerer | null; log: Logger }): ButtonAcknowledger {
	const running = new Set<Promise<void>>();
	return {
		acknowledge(account, vendorMessageId) {
			const callback = callbackQueryId(vendorMessageId);
			if (callback === null || !telegram || running.size >= MOST_AT_A_TIME) return;
			const work = telegram
				.answerCallbackQuery(account.botToken, callback)
				.catch((error: unknown) => log.debug({ err: error, connection: account.connectionId }, 'a pressed button could not be acknowledged'))
				.finally(() => running.delete(work));
			running.add(work);
		},
		async stop() {
			await Promise.allSettled(running);
		},
	};
}
