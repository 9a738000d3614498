import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { jsonParse } from 'n8n-workflow';
import { SIGNATURE_HEADER } from '../../core/signature.ts';
import { isRecord } from '../shared/platform-api.ts';
import { refuse } from '../shared/refuse-delivery.ts';
import { verifyDelivery } from '../shared/signing-secret.ts';

/** One event of an order: checks the platform's signature over the raw bytes, acknowledges it by echoing its id and puts it out. What is refused starts no execution. */
export async function receiveOrderEvent(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const { rawBody } = context.getRequestObject();
	const header = context.getHeaderData()[SIGNATURE_HEADER];
	const signature = await verifyDelivery(context, Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0), typeof header === 'string' ? header : undefined);
	if (!signature.ok) {
		if (signature.reason === 'no_credential') return refuse(context, 503, 'credential_missing', 'The trigger has no usable Concierge API credential.');
		context.logger.warn(`Refused a delivery to "${context.getNode().name}": signature ${signature.reason}`);
		return refuse(context, 401, 'invalid_signature', `The Concierge-Signature header is not valid: ${signature.reason}.`);
	}
	const event = jsonParse<unknown>(rawBody.toString('utf8'), { fallbackValue: null });
	if (!isOrderEvent(event)) return refuse(context, 422, 'unknown_event', 'Expected an event of an order. Is the node package older than the platform?');
	return { webhookResponse: { eventId: event.eventId, accepted: true }, workflowData: [[{ json: event }]] };
}

/** As far as the node relies on it; the platform's signature vouches for the rest. */
function isOrderEvent(value: unknown): value is IDataObject & { eventId: string } {
	return isRecord(value) && typeof value['type'] === 'string' && value['type'].startsWith('order.') && typeof value['eventId'] === 'string' && value['eventId'] !== '' && isRecord(value['order']);
}
