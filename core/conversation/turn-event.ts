import type { ChannelName } from '../channels/channel.ts';

/**
 * What the platform sends to n8n for a turn, and what the Conversation Trigger puts out as its item.
 * Signed with `Concierge-Signature` (see `core/signature.ts`). Carries no secret and no token.
 */
export interface TurnEvent {
	readonly type: 'turn.ready';
	readonly turnId: string;
	readonly conversationId: string;
	readonly companyId: string;
	readonly connectionId: string;
	/** Generation token of the conversation when the turn was closed; a newer message makes it stale. */
	readonly generation: number;
	/** 1 for the first delivery; higher when the turn is delivered again after its lease. */
	readonly attempt: number;
	/** W3C trace context of the turn, '' for none: https://www.w3.org/TR/trace-context/ */
	readonly traceparent: string;
	readonly channel: ChannelName;
	readonly customer: { readonly id: string; readonly name: string };
	readonly company: { readonly name: string; readonly type: 'product' | 'service' | 'hybrid' };
	/** The burst as one text, messages joined by line breaks in the order they were sent. */
	readonly text: string;
	readonly messages: readonly TurnMessage[];
}

export interface TurnMessage {
	readonly id: string;
	readonly type: 'text' | 'image' | 'video' | 'voice' | 'document' | 'location' | 'contact' | 'other';
	readonly text: string;
	/** ISO 8601, UTC: when the customer sent it. */
	readonly sentAt: string;
}
