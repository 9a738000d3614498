import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { isRecord } from '../shared/platform-api.ts';
import { receiveDelivery, refuse } from '../shared/receive-delivery.ts';

/** One event of an order: checks the platform's signature over the raw bytes, acknowledges it by echoing its id and puts it out. What is refused starts no execution. */
export async function receiveOrderEvent(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const delivery = await receiveDelivery(context);
	if (delivery.refused) return delivery.refused;
	const { event } = delivery;
	if (!isOrderEvent(event)) return refuse(context, 422, 'unknown_event', 'Expected an event of an order. Is the node package older than the platform?');
	return { webhookResponse: { eventId: event.eventId, accepted: true }, workflowData: [[{ json: event }]] };
}

/** As far as the node relies on it; the platform's signature vouches for the rest. */
function isOrderEvent(value: unknown): value is IDataObject & { eventId: string } {
	return isRecord(value) && typeof value['type'] === 'string' && value['type'].startsWith('order.') && typeof value['eventId'] === 'string' && value['eventId'] !== '' && isRecord(value['order']);
}
