import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../../../../core/errors.ts';

/** Most messages in a while; 0: any number. */
export interface RateLimitSettings {
	readonly perConnection: number;
	readonly perCustomer: number;
}

/**
 * How much a connection and a customer may write to this process. Counted once the signature is verified, so that a forger uses up nobody's
 * share. Nothing is lost by a refusal: the vendors deliver again.
 */
export interface RateLimits {
	/** @throws AppError `rate_limited` (429) */
	connection(connectionId: string): Promise<void>;
	/** @throws AppError `rate_limited` (429) */
	customer(connectionId: string, address: string): Promise<void>;
}

const CONNECTION_WINDOW_S = 10;
const CUSTOMER_WINDOW_S = 30;

export function createRateLimits(settings: RateLimitSettings): RateLimits {
	const perConnection = limiter(settings.perConnection, CONNECTION_WINDOW_S);
	const perCustomer = limiter(settings.perCustomer, CUSTOMER_WINDOW_S);
	return {
		connection: (connectionId) => consume(perConnection, connectionId, 'This connection'),
		customer: (connectionId, address) => consume(perCustomer, `${connectionId} ${address}`, 'This customer'),
	};
}

/** About 0.5 kB and a timer for each key of the last window: 45 MB at 3,000 new customers a second, the timers being one list. */
function limiter(points: number, seconds: number): RateLimiterMemory | null {
	return points === 0 ? null : new RateLimiterMemory({ points, duration: seconds, keyPrefix: '' });
}

async function consume(limits: RateLimiterMemory | null, key: string, who: string): Promise<void> {
	if (!limits) return;
	try {
		await limits.consume(key);
	} catch (refusal) {
		if (!(refusal instanceof RateLimiterRes)) throw refusal;
		const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
		throw new AppError('rate_limited', `${who} sends faster than is taken. Send it again in ${seconds} s.`, { status: 429, details: { retry_after: seconds } });
	}
}
