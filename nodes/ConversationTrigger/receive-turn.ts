import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { isRecord } from '../shared/platform-api.ts';
import { receiveDelivery, refuse } from '../shared/receive-delivery.ts';

/** W3C: version, trace, parent, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * A delivery of the platform, of one turn or, when they queue up, of several: checks its signature over the raw bytes,
 * acknowledges it by echoing the turns' ids, and puts out one item a turn. What is refused is answered here and starts no
 * execution, so that nobody can fill the executions list from outside.
 */
export async function receiveTurn(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const delivery = await receiveDelivery(context);
	if (delivery.refused) return delivery.refused;
	const { event } = delivery;
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
