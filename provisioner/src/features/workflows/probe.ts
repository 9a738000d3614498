import { SIGNATURE_HEADER, signBody } from '../../../../core/signature.ts';

/** `dead`: n8n answers, and has no such webhook, or one that belongs to another key. `unknown`: anything else; nothing follows from it. */
export type ProbeResult = 'alive' | 'dead' | 'unknown';

export type Probe = (url: string, signingSecret: string) => Promise<ProbeResult>;

const TIMEOUT_MS = 5_000;
const PING = JSON.stringify({ type: 'ping' });

/**
 * Asks a trigger's webhook whether it is there, with a signed event of a type it doesn't know: our trigger refuses that (422) before
 * anything is executed. n8n says that a workflow is active also when its trigger gave up registering.
 */
export function createProbe(now: () => Date): Probe {
	return async (url, signingSecret) => {
		try {
			const response = await fetch(url, {
				method: 'POST',
				headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signBody(signingSecret, PING, Math.floor(now().getTime() / 1000)) },
				body: PING,
				redirect: 'manual',
				signal: AbortSignal.timeout(TIMEOUT_MS),
			});
			return judge(response.status, await response.text());
		} catch {
			return 'unknown';
		}
	};
}

/** Only n8n's own words count: while it starts it answers 200 and HTML 404s, and a proxy may say anything. */
function judge(status: number, text: string): ProbeResult {
	const answer = parseObject(text);
	if (status === 422 && answer?.['code'] === 'unknown_event') return 'alive';
	if (status === 401 && answer?.['code'] === 'invalid_signature') return 'dead';
	if (status === 404 && answer?.['code'] === 404 && /is not registered/.test(String(answer['message']))) return 'dead';
	return 'unknown';
}

function parseObject(text: string): Record<string, unknown> | null {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? { ...value } : null;
	} catch {
		return null;
	}
}
