import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

/** Answers a delivery that is not taken, as problem details; no execution starts. */
export function refuse(context: IWebhookFunctions, status: number, code: string, detail: string): IWebhookResponseData {
	context
		.getResponseObject()
		.status(status)
		.type('application/problem+json')
		.send(JSON.stringify({ type: 'about:blank', title: 'Delivery refused', status, detail, code }));
	return { noWebhookResponse: true };
}
