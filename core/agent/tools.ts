import { slotsToOffer } from '../booking/pick-slot.ts';
import { freeBeside, slotNeeds } from '../booking/schedule.ts';
import { slotTexts } from '../booking/slot-texts.ts';
import { instantFrom, zoneClock } from '../booking/zone.ts';
import type { Item } from '../catalog/item.ts';
import { INTENTS } from './decision.ts';
import type { AgentFacts } from './facts.ts';
import { readAsks } from './guard/asks.ts';
import { money, viewItem, type ItemView } from './item-view.ts';

/** A tool as chat models take it: OpenAI's function format, which LangChain's `bindTools` takes for every vendor. */
export interface ToolDefinition {
	readonly type: 'function';
	readonly function: { readonly name: string; readonly description: string; readonly parameters: Readonly<Record<string, unknown>> };
}

export const DECIDE_TOOL = 'decide';
/** Tools that `runTool` answers. */
export const LOOKUP_TOOLS = ['search_catalog', 'get_items', 'find_slots', 'get_order_status', 'request_handover'] as const;
export type LookupTool = (typeof LOOKUP_TOOLS)[number];

const text = (description: string) => ({ type: 'string', description });
const object = (properties: Record<string, unknown>, required: readonly string[]) => ({ type: 'object', properties, required, additionalProperties: false });

export const TOOLS: readonly ToolDefinition[] = [
	define('search_catalog', 'Finds items by name, description, category or attribute, in any language. Best first.', object({ query: text('What the customer is looking for; empty lists everything.'), kind: { type: 'string', enum: ['product', 'service'] }, city: text('Only what is available there.'), limit: { type: 'integer', minimum: 1, maximum: 24 } }, ['query'])),
	define('get_items', 'Everything that may be told about items, by SKU.', object({ skus: { type: 'array', items: { type: 'string' }, maxItems: 12 } }, ['skus'])),
	define('find_slots', 'Free times of an item.', object({ sku: text('Of the item.'), from: text('ISO 8601.'), to: { type: 'string' } }, ['sku'])),
	define('get_order_status', 'The latest order of this conversation and whether it is paid.', object({}, [])),
	define('request_handover', 'Asks for a person to take over. Then call decide with handover and the customer\'s words as a quote.', object({ reason: text('Why.') }, ['reason'])),
	define(
		DECIDE_TOOL,
		'Your answer to this turn. Always finish with exactly one call of it. Sums, ids and pictures are filled by code.',
		object(
			{
				response: text('What the customer reads, in their language. Item names exactly as in the catalog.'),
				language: text('English name of the language of response, e.g. "Spanish".'),
				intent: { type: 'string', enum: [...INTENTS] },
				send_payment_link: { type: 'boolean', description: 'true = the customer has committed to the order and everything for it is known.' },
				city: text('City that the customer named; "online" when everything is online; "" when unknown.'),
				items: {
					type: ['array', 'null'],
					description: 'The whole order as it stands after this turn; null leaves it as it was.',
					items: object({ SKU: { type: 'string' }, quantity: { type: 'integer', minimum: 1, description: 'Selling units: one "box of 12" is 1.' } }, ['SKU', 'quantity']),
				},
				recipient_phone_number: text('+ and digits, as the customer gave it; "" when unknown.'),
				client_name: text('Name that the customer gave; "" when unknown.'),
				address: text('Street and house.'),
				slot: { type: ['object', 'null'], description: 'Time that the customer chose.', properties: { sku: { type: 'string' }, start: { type: 'string' } }, required: ['start'] },
				booking_change: { type: ['object', 'null'], properties: { id: { type: 'string' }, action: { type: 'string', enum: ['move', 'cancel'] } }, required: ['id', 'action'] },
				order_description: text('What else the customer asked for, e.g. the text on a card.'),
				focus_sku: text('SKU of the one item that the answer is about; "" for several or none.'),
				requested: {
					type: 'array',
					description: 'What the customer asked for in their own units, with a verbatim quote.',
					items: object({ count: { type: 'number' }, noun: text('What is counted.'), quote: text('Word for word from the customer\'s message.') }, ['count', 'noun', 'quote']),
				},
				handover: { type: ['object', 'null'], properties: { reason: { type: 'string' } }, required: ['reason'] },
				quotes: { type: 'object', description: 'Word-for-word quotes of the message: handover (asks for a person), change_order (wants something else).', additionalProperties: { type: 'string' } },
			},
			['response', 'language', 'intent', 'send_payment_link'],
		),
	),
];

function define(name: string, description: string, parameters: Record<string, unknown>): ToolDefinition {
	return { type: 'function', function: { name, description, parameters } };
}

export type ToolResult =
	| { readonly items: readonly ItemView[]; readonly found: number; readonly unknown_skus?: readonly string[] }
	| { readonly order: { readonly status: string; readonly payment_status: string; readonly total: string; readonly lines: readonly unknown[] } | null }
	| { readonly time_zone: string; readonly slots: readonly { readonly start: string; readonly end: string; readonly text: string }[] }
	| { readonly ok: true; readonly next: string }
	| { readonly error: string };

const DEFAULT_LIMIT = 12;
const MOST_ITEMS = 24;

/**
 * Answers a lookup tool from the facts. Pure; never throws: bad arguments and unknown tools come back as `{ error }`, for
 * the model to put right.
 */
export function runTool(facts: AgentFacts, name: string, args: unknown): ToolResult {
	const given = isRecord(args) ? args : {};
	switch (name) {
		case 'search_catalog':
			return searchCatalog(facts, given);
		case 'get_items':
			return getItems(facts, given);
		case 'find_slots':
			return findSlots(facts, given);
		case 'get_order_status':
			return orderStatus(facts);
		case 'request_handover':
			return { ok: true, next: 'Call decide with handover: { reason } and the customer\'s words in quotes.handover.' };
		default:
			return { error: `There is no tool "${name}". Tools: ${[...LOOKUP_TOOLS, DECIDE_TOOL].join(', ')}.` };
	}
}

function searchCatalog(facts: AgentFacts, { query, kind, city, limit }: Readonly<Record<string, unknown>>): ToolResult {
	if (query !== undefined && typeof query !== 'string') return { error: 'query must be a text.' };
	const most = typeof limit === 'number' && Number.isFinite(limit) ? Math.min(MOST_ITEMS, Math.max(1, Math.trunc(limit))) : DEFAULT_LIMIT;
	const hits = facts.catalog.search((query ?? '').slice(0, 400), {
		limit: most,
		...(kind === 'product' || kind === 'service' ? { kind } : {}),
		...(typeof city === 'string' && city !== '' && city !== 'online' ? { city } : {}),
	});
	return viewsOf(facts, hits.map(({ item }) => item));
}

function getItems(facts: AgentFacts, { skus }: Readonly<Record<string, unknown>>): ToolResult {
	if (!Array.isArray(skus)) return { error: 'skus must be a list of texts.' };
	const wanted = skus.slice(0, MOST_ITEMS).map(String);
	const unknown = wanted.filter((sku) => facts.catalog.get(sku) === undefined);
	return { ...viewsOf(facts, wanted.flatMap((sku) => facts.catalog.get(sku) ?? [])), ...(unknown.length === 0 ? {} : { unknown_skus: unknown }) };
}

function viewsOf(facts: AgentFacts, items: readonly Item[]): { readonly items: readonly ItemView[]; readonly found: number } {
	const asks = readAsks(facts.turn.text);
	return { items: items.map((item) => viewItem(item, facts, asks)), found: items.length };
}

/** Not all that is free: a model writes a list of it. */
const MOST_SLOTS = 12;
const LOOK_AT = 400;
const DATE_LENGTH = 10;

function findSlots(facts: AgentFacts, { sku, from, to, city }: Readonly<Record<string, unknown>>): ToolResult {
	const { schedule, catalog, session, now } = facts;
	const item = typeof sku === 'string' ? catalog.get(sku) : undefined;
	if (item === undefined) return { error: `There is no item with SKU ${JSON.stringify(sku ?? null)}.` };
	if (schedule === null) return { error: 'No calendar is connected: promise no time, the team agrees on it with the customer.' };
	const quantity = session.cart.find((line) => line.sku === item.sku)?.quantity ?? 1;
	const [need] = slotNeeds([{ item, quantity }], { ...schedule.asks, appointmentSlot: true, deliverySlot: true });
	if (need === undefined) return { error: `"${item.name}" is neither delivered nor takes place: it needs no time.` };
	const period: { from?: string; to?: string } = {};
	for (const [key, value] of [['from', from], ['to', to]] as const) {
		if (value === undefined || value === null || value === '') continue;
		const at = typeof value === 'string' ? instantFrom(value, schedule.zone) : null;
		if (at === null) return { error: `${key} must be ISO 8601, e.g. "${now.slice(0, 10)}T09:00".` };
		// "Until the 3rd" holds the 3rd.
		const end = key === 'to' && typeof value === 'string' && value.trim().length === DATE_LENGTH ? zoneClock(schedule.zone).dayOf(value.trim()).end : at;
		period[key] = new Date(end).toISOString();
	}
	const where = typeof city === 'string' && city !== 'online' ? city : session.city;
	const free = freeBeside(schedule, need, where, session.slots)(period, LOOK_AT);
	if (free === null) return { error: 'The calendar does not answer now: promise no time, the team agrees on it with the customer.' };
	const offered = slotsToOffer(free, schedule.zone, MOST_SLOTS);
	const texts = slotTexts(offered, { language: session.language || facts.company.defaultLanguage, zone: schedule.zone, companyZone: schedule.zone, now: new Date(now), withEnd: need.kind === 'delivery' });
	return { time_zone: schedule.zone, slots: offered.map(({ start, end }, index) => ({ start, end, text: texts[index] ?? '' })) };
}

function orderStatus({ order, company }: AgentFacts): ToolResult {
	if (order === null) return { order: null };
	return { order: { status: order.status, payment_status: order.paymentStatus, total: money(order.totalCents, company.currency), lines: order.lines } };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
