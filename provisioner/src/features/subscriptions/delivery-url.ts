import { AppError } from '../../../../core/errors.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Where turns may be delivered: n8n's own webhooks and nothing else, so that no key can make the service call arbitrary addresses.
 * The names of this machine count as one host: n8n says "localhost" where it was configured as 127.0.0.1.
 * @throws AppError `subscription_url_not_allowed` (422)
 */
export function checkDeliveryUrl(url: string, allowedUrls: readonly string[]): void {
	const origin = originOf(url);
	const allowed = allowedUrls.map(originOf);
	if (origin !== null && allowed.includes(origin)) return;
	throw new AppError(
		'subscription_url_not_allowed',
		`Turns are delivered to n8n only: ${origin ?? 'this address'} is none of ${allowed.join(', ') || '(nothing configured)'}. If n8n's webhooks have another address, add it to N8N_WEBHOOK_URLS.`,
		{ status: 422 },
	);
}

/** null for anything that isn't plain http(s), or that carries a user name. */
function originOf(text: string): string | null {
	const url = URL.parse(text);
	if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
	return LOOPBACK.has(url.hostname) ? `${url.protocol}//127.0.0.1${url.port === '' ? '' : `:${url.port}`}` : url.origin;
}
