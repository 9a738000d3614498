import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { jsonParse } from 'n8n-workflow';
import { SIGNATURE_HEADER, deriveSigningSecret, verifySignature } from '../../core/signature.ts';
import type { ConciergeCredential } from '../shared/platform-api.ts';
import { CREDENTIAL_TYPE, isRecord } from '../shared/platform-api.ts';

/**
 * A delivery of the platform: checks its signature over the raw bytes, acknowledges it by echoing the turn's id, and puts
 * the turn out as one item. What is refused is answered here and starts no execution, so that nobody can fill the
 * executions list from outside.
 */
export async function receiveTurn(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const apiKey = await readApiKey(context);
	if (apiKey === '') {
		return refuse(context, 503, 'credential_missing', 'The trigger has no usable Concierge API credential.');
	}
	const { rawBody } = context.getRequestObject();
	const header = context.getHeaderData()[SIGNATURE_HEADER];
	const signature = verifySignature(
		deriveSigningSecret(apiKey),
		Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0),
		typeof header === 'string' ? header : undefined,
		Math.floor(Date.now() / 1000),
	);
	if (!signature.ok) {
		context.logger.warn(`Refused a delivery to "${context.getNode().name}": signature ${signature.reason}`);
		return refuse(context, 401, 'invalid_signature', `The Concierge-Signature header is not valid: ${signature.reason}.`);
	}
	const turn = jsonParse<unknown>(rawBody.toString('utf8'), { fallbackValue: null });
	if (!isTurn(turn)) {
		return refuse(context, 422, 'unknown_event', 'Expected a turn.ready event. Is the node package older than the platform?');
	}
	return {
		webhookResponse: { turnId: turn.turnId, accepted: true },
		workflowData: [[{ json: turn }]],
	};
}

/** '' when the credential was deleted or can't be read: an error here would be stored as an execution. */
async function readApiKey(context: IWebhookFunctions): Promise<string> {
	try {
		return (await context.getCredentials<ConciergeCredential>(CREDENTIAL_TYPE)).apiKey;
	} catch (error) {
		context.logger.error(`No Concierge API credential: ${error instanceof Error ? error.message : 'unknown error'}`);
		return '';
	}
}

function refuse(context: IWebhookFunctions, status: number, code: string, detail: string): IWebhookResponseData {
	context
		.getResponseObject()
		.status(status)
		.type('application/problem+json')
		.send(JSON.stringify({ type: 'about:blank', title: 'Delivery refused', status, detail, code }));
	return { noWebhookResponse: true };
}

/** A turn as far as the workflow relies on it; the platform's signature vouches for the rest (TurnEvent in core). */
function isTurn(value: unknown): value is IDataObject & { turnId: string } {
	return isRecord(value) && value['type'] === 'turn.ready' && typeof value['turnId'] === 'string' && value['turnId'] !== '';
}
