import type { TurnMessage } from '../conversation/turn-event.ts';

/** Names of the channels, as they stand in the API, in the database and on items. */
export type ChannelName = 'whatsapp' | 'telegram';

/**
 * What the platform knows of a channel: pure, one file an adapter. Every adapter runs test/contracts/channel-adapter.ts.
 * Sockets, tokens and stores are elsewhere (provisioner/src/vendors, features/gateway, features/outbox).
 */
export interface ChannelAdapter {
	readonly name: ChannelName;
	readonly limits: ChannelLimits;
	/**
	 * Did the vendor sign these very bytes? Constant time, and closed: no header, an empty secret or anything odd is `false`.
	 * `header` looks a header up by its lower-case name.
	 */
	verify(rawBody: Uint8Array, header: HeaderLookup, secret: string): boolean;
	/**
	 * What a delivery (its parsed JSON) says. Never throws: what isn't understood is an `ignored` event with the reason.
	 * `receivedAt` stands in where the vendor doesn't say when (Telegram: pressed buttons).
	 */
	parse(body: unknown, receivedAt: Date): readonly ChannelEvent[];
	/**
	 * The form in which `parse` gives this address of a person; `phone` (digits with country code) when only that is known.
	 * null: no address of a person on this channel.
	 */
	customerAddress(given: { readonly id: string } | { readonly phone: string }): CustomerAddress | null;
	/** The canonical id of a message we sent, from the vendor's answer: the same that `parse` would find in its echo. '' stays ''. */
	sentMessageId(vendorMessageId: string, chatId: string): string;
}

export type HeaderLookup = (lowerCaseName: string) => string | undefined;

export interface ChannelLimits {
	/** Longest text of one message, in UTF-16 units. */
	readonly textUnits: number;
	/** Longest caption of a picture or video, in UTF-16 units. */
	readonly captionUnits: number;
	/** The vendor's page that states them. */
	readonly documentation: string;
	/** For how many hours after a customer's last message a business may write on its own; null: always. */
	readonly serviceWindowHours: number | null;
	/** How fast the vendor takes messages. */
	readonly pace: SendPace;
}

/** Of one chat, and of the whole account; both hold. */
export interface SendPace {
	readonly chat: PaceLimit;
	readonly account: PaceLimit;
	/** The vendor's page that states them, or says that it states none. */
	readonly documentation: string;
}

/** One message every `everyMs` in the long run, up to `burst` of them at once after a rest. */
export interface PaceLimit {
	readonly everyMs: number;
	readonly burst: number;
}

/** Where a customer is written to, in the channel's one form. */
export interface CustomerAddress {
	readonly chatId: string;
	/** Digits with country code when the address tells, else ''. */
	readonly phone: string;
}

export type ChannelEvent =
	| { readonly type: 'message'; readonly message: InboundMessage }
	/**
	 * The customer changed the words of a message: `message` says them, under the original's id. Kind, media and time of the original stay
	 * as they were (WAHA tells only the words, and some of its engines the time of the change instead of the original's).
	 */
	| { readonly type: 'edited'; readonly message: InboundMessage; /** ISO 8601, UTC. */ readonly editedAt: string }
	/** The customer took a message back. */
	| { readonly type: 'deleted'; /** The original's id. */ readonly id: string; readonly customer: InboundCustomer; /** ISO 8601, UTC. */ readonly at: string }
	| { readonly type: 'status'; readonly status: AccountStatus }
	| { readonly type: 'ignored'; readonly reason: IgnoredReason };

/** Why a delivery starts no turn. */
export type IgnoredReason =
	/** Our own send, or one made on the account's phone. */
	| 'echo'
	| 'group'
	/** Newsletters, channels, stories. */
	| 'broadcast'
	/** Written by a bot. */
	| 'bot'
	/** A kind of event that we don't use: receipts, reactions. */
	| 'event_not_used'
	/** Signed by the vendor, but not of the documented shape. */
	| 'not_understood';

export interface InboundMessage {
	/** One value for every delivery of a message, whatever the address it came under; unique in the connection. */
	readonly id: string;
	/** Orders messages of a customer that were sent within the same second. */
	readonly order: number;
	readonly customer: InboundCustomer;
	readonly type: TurnMessage['type'];
	/** Text, or the caption of media; '' when there is none. */
	readonly text: string;
	readonly media: InboundMedia | null;
	/** A pressed button or a chosen list row: `text` is its label, or its payload where the channel does not tell the label. */
	readonly button: boolean;
	/** ISO 8601, UTC. */
	readonly sentAt: string;
}

export interface InboundCustomer {
	/** The address under which the customer appears here: the conversation's alias, and where a reply goes. */
	readonly chatId: string;
	/** Digits with country code when the channel tells, else ''. */
	readonly phone: string;
	/** '' when the channel doesn't tell. */
	readonly name: string;
	/**
	 * Addresses of different kinds may be one person (WhatsApp's @lid and @c.us): the same message under another kind of
	 * address is a twin, under another address of the same kind it is another person's message with a colliding id.
	 */
	readonly addressKind: string;
}

/** Where the bytes can be had; both '' when the channel announced media and did not give it. */
export interface InboundMedia {
	readonly url: string;
	/** The vendor's handle for a later download. */
	readonly fileId: string;
	readonly mimetype: string;
}

/** The state of the channel account itself. */
export interface AccountStatus {
	readonly state: 'disconnected' | 'connecting' | 'connected' | 'error';
	/** In words for the operator; '' when all is well. */
	readonly detail: string;
	/** ISO 8601, UTC: an older status than the one known is stale. */
	readonly at: string;
}
