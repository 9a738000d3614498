import { z } from 'zod';
import { turnSettings } from '../turns/turn-settings.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s) address' }).max(2_000);

/** What a company, a channel or a scenario may say of how the agent behaves. */
const behaviour = {
	instructions: z.string().max(10_000).meta({ description: 'Tone and rules in prose, for the agent.' }),
	first_answer_items: z.int().min(1).max(50).meta({ description: 'How many items the first answer lists at most. Default 12.' }),
	handover_keywords: z.array(z.string().trim().min(1).max(100)).max(100).meta({ description: 'Words that hand the conversation to a person, in any language.' }),
};
const channelSettings = z.strictObject({ ...behaviour, turns: turnSettings }).partial();
const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'must be a time of day such as "09:00"' });
const scenarioName = z.string().trim().min(1).max(60);
const MOST_SCENARIOS = 50;

/**
 * How a company wants to be served. Stored as given; absent = the default that stands here, or the platform's for turns.
 * Settings add tone and rules and lift none that code enforces (agent rule 19).
 */
const fields = {
	...behaviour,
	privacy_policy_url: z.union([httpUrl, z.literal('')]).meta({ description: 'Sent once to every customer, under the first answer. Empty: none.' }),
	turns: turnSettings.meta({ description: 'How messages become turns. What is absent: the platform’s default.' }),
	channels: z
		.strictObject({ whatsapp: channelSettings, telegram: channelSettings })
		.partial()
		.meta({ description: 'What is different on one channel: instructions and keywords come in addition, the rest counts instead. A connection’s own turn settings come before it.' }),
	connectable_channels: z
		.array(z.enum(['whatsapp', 'telegram'], { error: 'must be "whatsapp" or "telegram"' }))
		.max(20)
		.nullable()
		.meta({ description: 'The channels that the company has chosen: no account of another one can be connected. null: any. What is connected already stays.' }),
	scenarios: z
		.record(scenarioName, z.strictObject(behaviour).partial())
		.refine((given) => Object.keys(given).length <= MOST_SCENARIOS, { error: `must have at most ${MOST_SCENARIOS}` })
		.meta({ description: 'By name, for what a Sales Agent node is set to: in addition to company and channel, as these are.' }),
	reminder_hours: z
		.strictObject({ from: timeOfDay, to: timeOfDay })
		.refine(({ from, to }) => minutesOfDay(to) - minutesOfDay(from) >= 60, { error: 'must last an hour at least, within one day' })
		.meta({ description: 'When customers may be reminded of a payment, by the company’s clocks. Default 09:00 to 21:00.' }),
	order_expires_after_hours: z.int().min(1).max(24 * 30).meta({ description: 'How long an order waits for its payment. Default 72.' }),
};

const DEFAULTS = {
	instructions: '',
	first_answer_items: 12,
	handover_keywords: [],
	privacy_policy_url: '',
	turns: {},
	channels: {},
	connectable_channels: null,
	scenarios: {},
	reminder_hours: { from: '09:00', to: '21:00' },
	order_expires_after_hours: 72,
} satisfies z.input<z.ZodObject<typeof fields>>;

/** What a client may send: any part of it. */
export const companySettingsInput = z
	.strictObject(fields)
	.partial()
	.meta({ id: 'CompanySettingsInput' });

/** Whole settings, as the API shows them. */
export const companySettings = z
	.object({
		...fields,
		welcome_videos: z.object({ product: httpUrl, service: httpUrl }).partial().default({}).meta({ description: 'What new customers get under the first answer. Set by uploading one: POST /v1/companies/{id}/media.' }),
	})
	.meta({ id: 'CompanySettings' });
export type CompanySettings = z.output<typeof companySettings>;

/** "09:30" → 570. */
export function minutesOfDay(time: string): number {
	const [hours, minutes] = time.split(':').map(Number);
	return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** `companies.settings` with every default filled in. What an older version stored and this one doesn't know is ignored. */
export function readCompanySettings(stored: unknown): CompanySettings {
	return companySettings.parse({ ...DEFAULTS, ...z.record(z.string(), z.unknown()).parse(stored ?? {}) });
}
