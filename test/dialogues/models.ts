import type { ChatModelLike, NamedChatModel } from '../../core/agent/loop.ts';
import { ACT_WORDS, type Speech } from './acts.ts';
import { instantOf } from './calendar.ts';
import type { Dialogue, DialogueTurn, Expectation, Lie, ScriptedProposal } from './dialogue.ts';
import type { Shop } from './shop.ts';

/** One reply of a scripted model, in LangChain's form. */
type Reply = Readonly<Record<string, unknown>>;

/** A model that gives these replies in order and the last one from then on. */
export function scriptedModel(name: string, replies: readonly Reply[]): NamedChatModel {
	let at = 0;
	const invoke = async (): Promise<unknown> => {
		const reply = replies[Math.min(at, replies.length - 1)];
		at += 1;
		return reply;
	};
	const model: ChatModelLike = { invoke, bindTools: () => ({ invoke }) };
	return { name, model };
}

export const calling = (name: string, args: unknown): Reply => ({ content: '', tool_calls: [{ id: `call_${name}`, name, args }] });
export const deciding = (proposal: unknown): Reply => calling('decide', proposal);

/** Looks up what the customer named and proposes the right decision: the dialogue's own, else one made of its expectations. */
export function goodModel(dialogue: Dialogue, turn: DialogueTurn, shop: Shop): NamedChatModel {
	const tools = turn.expect.calls?.tools ?? ['search_catalog'];
	const skus = Object.keys(turn.expect.prices ?? {});
	const lookups = tools.map((name) => calling(name, name === 'get_items' ? { skus: skus.length > 0 ? skus : [shop.items[0]?.sku] } : name === 'search_catalog' ? { query: turn.say } : name === 'request_handover' ? { reason: 'asked for' } : {}));
	return scriptedModel('good', [...lookups, deciding(goodProposal(dialogue, turn, shop))]);
}

/** The proposal as a model sends it, with only what it knows. */
export function goodProposal(dialogue: Dialogue, turn: DialogueTurn, shop: Shop): Record<string, unknown> {
	const { order, language, calls } = turn.expect;
	const made = {
		response: wordsFor(turn.expect, speechOf(language ?? dialogue.language), shop, dialogue.calendar),
		language: language ?? dialogue.language,
		intent: order !== undefined ? 'order' : 'question',
		send_payment_link: order?.committed === true || order?.total !== undefined && calls?.noted !== undefined,
		city: order?.city ?? '',
		items: order?.lines === undefined ? null : order.lines,
		recipient_phone_number: order?.phone ?? '',
		client_name: order?.name ?? '',
		...(dialogue.calendar === null ? {} : { address: order?.address ?? '', slot: chosenIn(dialogue, turn), booking_change: calls?.booking_change === undefined ? null : { id: calls.booking_change.id, action: calls.booking_change.action } }),
	};
	return raw({ ...made, ...turn.good });
}

/** The time that the customer chooses in this turn: the one that wasn't expected before. As the company's clocks show it. */
function chosenIn({ turns }: Dialogue, turn: DialogueTurn): { readonly sku?: string; readonly start: string } | null {
	const { order, calls } = turn.expect;
	if (calls?.booking_change?.to !== undefined) return { start: isoLocal(calls.booking_change.to) };
	const before = turns[turns.indexOf(turn) - 1]?.expect.order?.slots ?? {};
	const [sku, local] = Object.entries(order?.slots ?? {}).findLast(([key, value]) => before[key] !== value) ?? [];
	return sku === undefined || local === undefined ? null : { sku, start: isoLocal(local) };
}

const isoLocal = (local: string): string => local.replace(' ', 'T');

/** Lines by sku as the tool has them. */
export function raw({ items, ...rest }: ScriptedProposal & Readonly<Record<string, unknown>>): Record<string, unknown> {
	if (items === undefined) return rest;
	return { ...rest, items: items === null ? null : Object.entries(items).map(([SKU, quantity]) => ({ SKU, quantity })) };
}

export function lyingModel(dialogue: Dialogue, turn: DialogueTurn, shop: Shop, pass: number): NamedChatModel {
	const lie = turn.lies[pass % Math.max(1, turn.lies.length)];
	if (lie === undefined) return goodModel(dialogue, turn, shop);
	const proposal = deciding(lieProposal(dialogue, lie));
	return scriptedModel('lying', [proposal, proposal]);
}

function lieProposal({ language }: Dialogue, { forbid: _forbid, repeat, ...lie }: Lie): Record<string, unknown> {
	const response = Array.from({ length: repeat }, () => lie.response ?? '').join(' ');
	return raw({ language, intent: 'question', send_payment_link: false, ...lie, response });
}

const OTHER_TONGUE: Readonly<Record<Speech, string>> = {
	English: 'Con mucho gusto le atiendo y le cuento todo lo que necesite saber sobre nuestra tienda.',
	Spanish: 'With great pleasure I will help you and tell you everything that you need to know about our shop.',
	Russian: 'With great pleasure I will help you and tell you everything that you need to know about our shop.',
	Ukrainian: 'With great pleasure I will help you and tell you everything that you need to know about our shop.',
	German: 'With great pleasure I will help you and tell you everything that you need to know about our shop.',
};

/** How a careless model spoils a right answer; each is run through every dialogue. */
const SPOILED: readonly ((good: Record<string, unknown>, speech: Speech) => readonly Reply[])[] = [
	// Half a JSON object, then nothing but words.
	(good) => [{ content: '', tool_calls: [], invalid_tool_calls: [{ id: 'x', name: 'decide', args: '{"response": "He' }] }, deciding({ response: good['response'], items: 'two of them', intent: 'buy' }), deciding({ intent: 'order' })],
	// Contents counted as selling units, and sums of its own.
	(good) => {
		const proposal = { ...good, items: lines(good).map(({ SKU, quantity }) => ({ SKU, quantity: quantity * 20 })), total_sum: 1, products_sum: 1, delivery_sum: 0, response: `${text(good)} Total: 1.00 €.` };
		return [deciding(proposal), deciding(proposal)];
	},
	// Another language, then far too long.
	(good, speech) => [deciding({ ...good, response: OTHER_TONGUE[speech] }), deciding({ ...good, response: Array.from({ length: 90 }, () => `${text(good)} …`).join('\n').padEnd(9000, ' …') })],
	// Forgets where it goes, and who it is for; answers in words, not by a call.
	(good) => [{ content: `\`\`\`json\n${JSON.stringify({ ...good, city: '', client_name: '', items: null })}\n\`\`\`` }, { content: text(good) }],
	// Commits whatever is missing.
	(good) => [deciding({ ...good, send_payment_link: true }), deciding({ ...good, send_payment_link: true, city: '', recipient_phone_number: '' })],
];
export const SLOPPY_PASSES = SPOILED.length;

export function sloppyModel(dialogue: Dialogue, turn: DialogueTurn, shop: Shop, pass: number): NamedChatModel {
	const spoil = SPOILED[pass % SPOILED.length];
	const good = goodProposal(dialogue, turn, shop);
	return scriptedModel('sloppy', spoil === undefined ? [deciding(good)] : spoil(good, speechOf(dialogue.language)));
}

function lines(good: Record<string, unknown>): { SKU: string; quantity: number }[] {
	const items = good['items'];
	return Array.isArray(items) ? items.filter((line): line is { SKU: string; quantity: number } => typeof line === 'object' && line !== null && 'SKU' in line && 'quantity' in line) : [];
}

function text(good: Record<string, unknown>): string {
	return typeof good['response'] === 'string' ? good['response'] : '';
}

function speechOf(language: string): Speech {
	return SPEECHES.find((speech) => speech === language) ?? 'English';
}
const SPEECHES: readonly Speech[] = ['English', 'Spanish', 'Russian', 'Ukrainian', 'German'];

const WORDS: Readonly<Record<Speech, { readonly free: string; readonly delivery: string; readonly from: string; readonly total: string; readonly thanks: string; readonly hello: string }>> = {
	English: { free: 'free', delivery: 'Delivery:', from: 'free from', total: 'Total:', thanks: 'Gladly.', hello: 'Gladly.' },
	Spanish: { free: 'gratis', delivery: 'Entrega:', from: 'gratis a partir de', total: 'Total:', thanks: 'Con gusto.', hello: 'Con gusto.' },
	Russian: { free: 'бесплатно', delivery: 'Доставка:', from: 'бесплатно от', total: 'Итого:', thanks: 'Хорошо.', hello: 'Хорошо.' },
	Ukrainian: { free: 'безкоштовно', delivery: 'Доставка:', from: 'безкоштовно від', total: 'Разом:', thanks: 'Добре.', hello: 'Добре.' },
	German: { free: 'kostenlos', delivery: 'Lieferung:', from: 'kostenlos ab', total: 'Gesamt:', thanks: 'Gerne.', hello: 'Gerne.' },
};

/** A plain answer that tells what a turn expects, and nothing else. */
function wordsFor(expect: Expectation, speech: Speech, shop: Shop, calendar: Dialogue['calendar']): string {
	const words = WORDS[speech];
	const nameOf = (sku: string): string => shop.items.find((item) => item.sku === sku)?.name ?? sku;
	const priced = Object.entries(expect.prices ?? {}).map(([sku, amount]) => `${nameOf(sku)} — ${amount === 0 ? words.free : written(amount, speech)}.`);
	const named = (expect.names ?? []).filter((sku) => expect.prices?.[sku] === undefined).map((sku) => `${nameOf(sku)}.`);
	const delivery = expect.delivery === undefined ? [] : [`${words.delivery} ${expect.delivery === 0 ? words.free : written(expect.delivery, speech)}${expect.free_from === undefined ? '' : `, ${words.from} ${written(expect.free_from, speech)}`}.`];
	const total = expect.total === undefined ? [] : [`${words.total} ${written(expect.total, speech)}.`];
	const said = (expect.says ?? []).map((one) => `${one}.`);
	const zone = calendar?.zone ?? 'UTC';
	const told = [...(expect.offers ?? []), ...(expect.calls?.booking_change?.to === undefined ? [] : [expect.calls.booking_change.to])];
	const times = told.map((local) => `• ${when(local, zone, speech, shop.company.type === 'product' ? calendar?.windows : undefined)}`);
	const acts = (expect.acts ?? []).map((act) => ACT_WORDS[act].said[speech]);
	const all = [...priced, ...named, ...said, ...delivery, ...total, ...times, ...acts].filter((part) => part !== '');
	return all.length === 0 ? words.thanks : all.join('\n');
}

const LOCALES: Readonly<Record<Speech, string>> = { English: 'en-GB', Spanish: 'es', Russian: 'ru', Ukrainian: 'uk', German: 'de' };

/** "Friday, 4 January, 10:00", of a delivery with the end of its window. */
function when(local: string, zone: string, speech: Speech, windows: readonly (readonly [string, string])[] = []): string {
	const day = new Intl.DateTimeFormat(LOCALES[speech], { timeZone: zone, weekday: 'long', day: 'numeric', month: 'long' }).format(instantOf(local, zone));
	const time = local.slice(11);
	const end = windows.find(([from]) => from === time)?.[1];
	return `${day}, ${time}${end === undefined ? '' : `–${end}`}`;
}

/** As a person writes it: €59.90 in English, 59,90 € elsewhere. */
export function written(amount: number, speech: Speech): string {
	const fixed = amount.toFixed(2);
	return speech === 'English' ? `€${fixed}` : `${fixed.replace('.', ',')} €`;
}
