import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { jsonParse } from 'n8n-workflow';
import { SIGNATURE_HEADER } from '../../core/signature.ts';
import { isRecord } from '../shared/platform-api.ts';
import { refuse } from '../shared/refuse-delivery.ts';
import { verifyDelivery } from '../shared/signing-secret.ts';

/** W3C: version, trace, parent, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * A delivery of the platform, of one turn or, when they queue up, of several: checks its signature over the raw bytes,
 * acknowledges it by echoing the turns' ids, and puts out one item a turn. What is refused is answered here and starts no
 * execution, so that nobody can fill the executions list from outside.
 */
export async function receiveTurn(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const { rawBody } = context.getRequestObject();
	const header = context.getHeaderData()[SIGNATURE_HEADER];
	const signature = await verifyDelivery(context, Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0), typeof header === 'string' ? header : undefined);
	if (!signature.ok) {
		if (signature.reason === 'no_credential') return refuse(context, 503, 'credential_missing', 'The trigger has no usable Concierge API credential.');
		context.logger.warn(`Refused a delivery to "${context.getNode().name}": signature ${signature.reason}`);
		return refuse(context, 401, 'invalid_signature', `The Concierge-Signature header is not valid: ${signature.reason}.`);
	}
	const event = jsonParse<unknown>(rawBody.toString('utf8'), { fallbackValue: null });
	const traceparent = context.getHeaderData()['traceparent'];
	if (isTurn(event)) {
		return { webhookResponse: { turnId: event.turnId, accepted: true }, workflowData: [[{ json: withTrace(event, traceparent) }]] };
	}
	const turns = turnsOf(event);
	if (turns.length === 0) {
		return refuse(context, 422, 'unknown_event', 'Expected a turn.ready or turns.ready event. Is the node package older than the platform?');
	}
	return {
		webhookResponse: { accepted: turns.map(({ turnId }) => turnId) },
		workflowData: [turns.map((turn) => ({ json: withTrace(turn, undefined) }))],
	};
}

type Turn = IDataObject & { turnId: string };

/** A turn as far as the workflow relies on it; the platform's signature vouches for the rest (TurnEvent in core). */
function isTurn(value: unknown): value is Turn {
	return isRecord(value) && value['type'] === 'turn.ready' && typeof value['turnId'] === 'string' && value['turnId'] !== '';
}

/** Of a batch: each turn once. What is no turn is not echoed, and the platform delivers it again. */
function turnsOf(event: unknown): readonly Turn[] {
	if (!isRecord(event) || event['type'] !== 'turns.ready' || !Array.isArray(event['turns'])) return [];
	const turns: readonly unknown[] = event['turns'];
	return [...new Map(turns.filter(isTurn).map((turn) => [turn.turnId, turn])).values()];
}

/** The trace goes on in what the other nodes ask of the platform: as the turn names it, else as the call does. */
function withTrace(turn: Turn, header: unknown): Turn {
	if ((turn['traceparent'] ?? '') !== '' || typeof header !== 'string' || !TRACEPARENT.test(header)) return turn;
	return { ...turn, traceparent: header };
}
