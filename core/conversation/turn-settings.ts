/** How a conversation's messages become turns. Times in milliseconds. */
export interface TurnSettings {
	/** Silence that ends a burst. */
	readonly quietMs: number;
	/** Longest time from a turn's first message to its delivery, however long the customer goes on writing. */
	readonly maxWaitMs: number;
	/** A turn with so many messages waits for no more. */
	readonly maxMessages: number;
	/** A message that is one of these, or a pressed button, ends the burst at once. Compared without case, accents' form and punctuation around it. */
	readonly flushKeywords: readonly string[];
	readonly policy: NewerMessagePolicy;
	/** How long a turn waits for the transcript of a voice message; 0: not at all. */
	readonly voiceWaitMs: number;
}

/**
 * What a newer message does to an answer that has not been sent:
 * - `supersede`: the answer is dropped, and the next one answers everything. The third in a row is sent all the same.
 * - `append`: it joins the turn that is being worked on as long as the agent has not read it; after that, as `queue`.
 * - `queue`: the answer is sent, and the message waits for a turn of its own.
 */
export type NewerMessagePolicy = 'supersede' | 'append' | 'queue';

export const NEWER_MESSAGE_POLICIES: readonly NewerMessagePolicy[] = ['supersede', 'append', 'queue'];

/** Where nobody said otherwise; the windows' defaults are the platform's configuration. */
export const DEFAULT_TURN_SETTINGS: TurnSettings = {
	quietMs: 3_000,
	maxWaitMs: 15_000,
	maxMessages: 50,
	flushKeywords: [],
	policy: 'supersede',
	voiceWaitMs: 20_000,
};

/** The most specific one that says something counts, field by field: connection, then the company's for the channel, company, platform. */
export function resolveTurnSettings(
	defaults: TurnSettings,
	company: Partial<TurnSettings>,
	channel: Partial<TurnSettings>,
	connection: Partial<TurnSettings>,
): TurnSettings {
	const pick = <Key extends keyof TurnSettings>(key: Key): TurnSettings[Key] => connection[key] ?? channel[key] ?? company[key] ?? defaults[key];
	return {
		quietMs: pick('quietMs'),
		maxWaitMs: pick('maxWaitMs'),
		maxMessages: pick('maxMessages'),
		flushKeywords: pick('flushKeywords'),
		policy: pick('policy'),
		voiceWaitMs: pick('voiceWaitMs'),
	};
}

/** A button that was pressed, or one of the keywords as the whole message: the customer waits for the answer to it. */
export function flushesAtOnce(settings: Pick<TurnSettings, 'flushKeywords'>, message: { readonly text: string; readonly button: boolean }): boolean {
	if (message.button) return true;
	if (settings.flushKeywords.length === 0) return false;
	const said = canonical(message.text);
	return said !== '' && settings.flushKeywords.some((keyword) => canonical(keyword) === said);
}

/** What is nothing but signs ("?", "👍") stays as it is. */
function canonical(text: string): string {
	const plain = text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
	const words = plain.replace(/^[\p{P}\p{S}\s]+|[\p{P}\p{S}\s]+$/gu, '');
	return words === '' ? plain : words;
}
