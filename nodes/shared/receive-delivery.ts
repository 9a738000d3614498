import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { jsonParse } from 'n8n-workflow';
import { SIGNATURE_HEADER } from '../../core/signature.ts';
import { verifyDelivery } from './signing-secret.ts';

export type Delivery = { readonly event: unknown; readonly refused?: undefined } | { readonly refused: IWebhookResponseData };

/** A delivery of the platform, its signature checked over the raw bytes; `event` null when it is no JSON. What is refused is answered here and starts no execution. */
export async function receiveDelivery(context: IWebhookFunctions): Promise<Delivery> {
	const { rawBody } = context.getRequestObject();
	const header = context.getHeaderData()[SIGNATURE_HEADER];
	const signature = await verifyDelivery(context, Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0), typeof header === 'string' ? header : undefined);
	if (signature.ok) return { event: jsonParse<unknown>(rawBody.toString('utf8'), { fallbackValue: null }) };
	if (signature.reason === 'no_credential') return { refused: refuse(context, 503, 'credential_missing', 'The trigger has no usable Concierge API credential.') };
	context.logger.warn(`Refused a delivery to "${context.getNode().name}": signature ${signature.reason}`);
	return { refused: refuse(context, 401, 'invalid_signature', `The Concierge-Signature header is not valid: ${signature.reason}.`) };
}

/** Answers a delivery that is not taken, as problem details; no execution starts. */
export function refuse(context: IWebhookFunctions, status: number, code: string, detail: string): IWebhookResponseData {
	context
		.getResponseObject()
		.status(status)
		.type('application/problem+json')
		.send(JSON.stringify({ type: 'about:blank', title: 'Delivery refused', status, detail, code }));
	return { noWebhookResponse: true };
}
