import { z } from 'zod';
import { NEWER_MESSAGE_POLICIES } from '../../../../core/conversation/turn-settings.ts';
import type { TurnSettings } from '../../../../core/conversation/turn-settings.ts';

/** Turn settings as the API takes and shows them, for a connection, a company, or one channel of a company. What is absent is inherited. */
export const turnSettings = z
	.strictObject({
		quiet_window_ms: z.int().min(100).max(60_000).meta({ description: 'A burst of messages ends after this long without another.' }),
		max_wait_ms: z.int().min(100).max(300_000).meta({ description: 'A burst is answered after this long at the latest.' }),
		max_messages: z.int().min(1).max(500).meta({ description: 'A burst with so many messages is answered at once.' }),
		flush_keywords: z.array(z.string().trim().min(1).max(100)).max(100).meta({ description: 'A message that is one of these is answered at once, as a pressed button is.' }),
		newer_messages: z.enum(NEWER_MESSAGE_POLICIES).meta({
			description:
				'What a newer message does to an answer that was not sent. supersede: one answer to everything follows, at the latest after two in a row were dropped. ' +
				'append: it joins the turn until the agent has read it. queue: the answer is sent, and the message gets its own.',
		}),
		voice_wait_ms: z.int().min(0).max(120_000).meta({ description: 'How long a turn waits for the transcript of a voice message; 0: not at all.' }),
	})
	.partial()
	.refine(({ quiet_window_ms: quiet, max_wait_ms: most }) => quiet === undefined || most === undefined || quiet <= most, {
		path: ['max_wait_ms'],
		error: 'must not be shorter than quiet_window_ms',
	})
	.meta({ id: 'TurnSettings' });
export type TurnSettingsJson = z.output<typeof turnSettings>;

/** Of what is stored: an older version's unknown fields are ignored, and a field that is not valid is inherited. */
export function readTurnSettings(stored: unknown): Partial<TurnSettings> {
	const known = z.record(z.string(), z.unknown()).catch({}).parse(stored ?? {});
	const { shape } = turnSettings;
	const take = <Key extends keyof typeof shape>(key: Key): z.output<(typeof shape)[Key]> | undefined => {
		const read = shape[key].safeParse(known[key]);
		return read.success ? (read.data as z.output<(typeof shape)[Key]>) : undefined;
	};
	return defined({
		quietMs: take('quiet_window_ms'),
		maxWaitMs: take('max_wait_ms'),
		maxMessages: take('max_messages'),
		flushKeywords: take('flush_keywords'),
		policy: take('newer_messages'),
		voiceWaitMs: take('voice_wait_ms'),
	});
}

function defined(settings: { [Key in keyof TurnSettings]?: TurnSettings[Key] | undefined }): Partial<TurnSettings> {
	return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
