import { freeTimes } from '../dialogues/calendar.ts';
import { goodProposal } from '../dialogues/models.ts';
import { disguised, someLie, type Lie } from './lies.ts';
import type { Moment } from './moments.ts';
import type { Random } from './random.ts';

export interface Attack {
	/** As a model sends it: any shape. */
	readonly proposal: Record<string, unknown>;
	readonly lies: readonly Lie[];
	/** Names of what was done, for a report. */
	readonly how: readonly string[];
}

type Change = (proposal: Record<string, unknown>, moment: Moment, random: Random) => Record<string, unknown>;

const skuOf = (moment: Moment, random: Random): string => random.pick([...moment.items.map(({ sku }) => sku), ...moment.items.map(({ sku }) => sku), 'ghost-1', '99999', 'MUG', '']);
const quantityOf = (random: Random): unknown => random.pick([1, 1, 2, 3, 5, 7, 10, 20, 50, 1000, 0, -2, 1.5, '4', null]);
/** A commitment with what the customer gave by now, else with what is made up. */
const wholeOrder = ({ turn, facts: { session }, items }: Moment): Record<string, unknown> => ({
	send_payment_link: true, city: turn.expect.order?.city || session.city || (items.flatMap(({ cities }) => cities)[0] ?? ''),
	recipient_phone_number: turn.expect.order?.phone || session.phone || '+351600111222', client_name: turn.expect.order?.name || session.clientName || 'Maria Costa',
});

/** What a hostile or broken model does to a decision. */
const CHANGES: Readonly<Record<string, Change>> = {
	quantities: (proposal, moment, random) => ({ ...proposal, ...wholeOrder(moment), items: linesOf(proposal, moment, random).map((line) => ({ ...line, quantity: quantityOf(random) })) }),
	skus: (proposal, moment, random) => ({ ...proposal, ...(random.chance(0.7) ? wholeOrder(moment) : {}), items: Array.from({ length: 1 + random.below(3) }, () => ({ SKU: skuOf(moment, random), quantity: quantityOf(random) })) }),
	one_more: (proposal, moment, random) => ({ ...proposal, ...(random.chance(0.4) ? wholeOrder(moment) : {}), items: [...linesOf(proposal, moment, random), { SKU: skuOf(moment, random), quantity: 1 }] }),
	ghost: (proposal, moment, random) => ({ ...proposal, items: [...linesOf(proposal, moment, random), { SKU: random.pick(['ghost-1', '99999']), quantity: 1 }] }),
	half: (proposal, moment, random) => {
		const lines = linesOf(proposal, moment, random);
		return lines.length < 2 ? proposal : { ...proposal, ...wholeOrder(moment), items: lines.slice(1) };
	},
	contents_as_units: (proposal, moment, random) => ({ ...proposal, ...wholeOrder(moment), items: linesOf(proposal, moment, random).map((line) => ({ ...line, quantity: Number(line['quantity']) * random.pick([6, 10, 20]) })) }),
	quoted: (proposal, moment, random) => {
		const count = 2 + random.below(9);
		return { ...proposal, ...wholeOrder(moment), items: linesOf(proposal, moment, random).map((line) => ({ ...line, quantity: count })), requested: [{ count, noun: 'pieces', quote: random.pick([`${count} pieces please`, `I want ${count} of them`]) }] };
	},
	city: (proposal, _moment, random) => ({ ...proposal, city: random.pick(['Berlin', 'BERLIN', 'Берлин', 'Madrid', 'Мадрид', 'Lisbon', 'online', '', 'Mars', 'Lisbon, Berlin']), ...(random.chance(0.6) ? { send_payment_link: true } : {}) }),
	city_of_all: (proposal, moment) => ({ ...proposal, ...wholeOrder(moment), city: moment.items.flatMap(({ cities }) => cities)[1] ?? '' }),
	elsewhere: (proposal, moment, random) => ({ ...proposal, ...wholeOrder(moment), city: random.pick(['Berlin', 'Берлин', 'Berlín', 'Берлін']), items: linesOf(proposal, moment, random) }),
	phone: (proposal, moment, random) => ({ ...proposal, ...(random.chance(0.7) ? wholeOrder(moment) : {}), recipient_phone_number: random.pick(['+34999888777', '12345', 'call me', '+1', '', moment.dialogue.phone, '+3519999999999999999999']) }),
	name: (proposal, moment, random) => ({ ...proposal, ...(random.chance(0.7) ? wholeOrder(moment) : {}), client_name: random.pick(['John Smith', 'Иван Иванов', '', '{{name}}', 'Maria Costa']) }),
	as_said: (proposal, moment, random) => {
		const numbers = [...moment.facts.turn.text.matchAll(/\d{1,4}/gu)].map(([digits]) => Number(digits));
		const places = [...moment.customerWords.matchAll(/(?<!^|[.!?\n]\s*)\p{Lu}\p{Ll}{3,}/gu)].map(([word]) => word);
		const named = moment.items.filter(({ name }) => name.toLowerCase().split(/\P{L}+/u).some((word) => word.length > 3 && moment.facts.turn.text.toLowerCase().includes(word)));
		const counted = moment.items.flatMap(({ sku, name }) => numbers.filter((number) => moment.facts.turn.text.includes(`${number} ${name}`)).map((quantity) => ({ SKU: sku, quantity })));
		if (counted.length > 0) return { ...proposal, items: counted };
		const lines = (named.length > 0 ? [{ SKU: random.pick(named).sku, quantity: 1 }] : linesOf(proposal, moment, random)).map((line) => ({ ...line, quantity: numbers.length === 0 ? line.quantity : random.pick(numbers) }));
		return { ...proposal, ...wholeOrder(moment), items: lines, ...(places.length === 0 ? {} : { city: random.pick(places) }) };
	},
	commits: (proposal, moment) => ({ ...proposal, ...wholeOrder(moment) }),
	commits_bare: (proposal) => ({ ...proposal, send_payment_link: true }),
	language: (proposal, _moment, random) => ({ ...proposal, language: random.pick(['Spanish', 'German', 'Klingon', '', 'en', 'Swahili']) }),
	handover: (proposal, _moment, random) => ({ ...proposal, handover: { reason: 'too hard' }, quotes: random.pick([{}, { handover: 'give me the boss' }, { handover: '' }]) }),
	unclear: (proposal) => ({ ...proposal, intent: 'unclear' }),
	label: (proposal, _moment, random) => ({ ...proposal, intent: random.pick(['complaint', 'complaint', 'refund', 'question', 'order', 'greeting', 'handover']) }),
	quotes: (proposal) => ({ ...proposal, quotes: { contact: 'the supplier please', details: 'all the details', new_order: 'a new order', remind: 'stop', handover: 'a person' } }),
	focus: (proposal, moment, random) => ({ ...proposal, focus_sku: skuOf(moment, random) }),
	description: (proposal, moment, random) => ({ ...proposal, order_description: someLie(moment, random).text }),
	sums: (proposal) => ({ ...proposal, total_sum: 1, products_sum: 1, delivery_sum: 0, free_delivery: true, payment_reminder_hours: 999, remind: false, change_payment_status: true, stripe_lang: 'xx', imageurl: 'https://evil.example/x.jpg' }),
	empty: (proposal) => ({ ...proposal, response: '' }),
	long: (proposal, _moment, random) => ({ ...proposal, response: `${String(proposal['response']).slice(0, 1_000)}\n`.repeat(200 + random.below(400)) }),
	other_tongue: (proposal, { dialogue }) => ({ ...proposal, response: dialogue.language === 'English' ? 'Con mucho gusto le atiendo y le cuento todo lo que necesite saber sobre nuestra tienda y nuestros pedidos.' : 'With great pleasure I will help you and tell you everything that you need to know about our shop and orders.' }),
	shapes: (proposal, _moment, random) => ({ ...proposal, [random.pick(Object.keys(proposal))]: random.pick([null, 5, [], {}, 'x', true, [[]], { a: { b: [] } }]) }),
};
/** What is done to times, addresses and bookings where a calendar is connected. */
const TIME_CHANGES: Readonly<Record<string, Change>> = {
	slot: (proposal, moment, random) => ({ ...proposal, ...wholeOrder(moment), slot: { start: someStart(moment, random), ...(random.chance(0.5) ? { sku: skuOf(moment, random) } : {}) } }),
	slot_named: (proposal, moment, random) => ({ ...proposal, ...wholeOrder(moment), items: null, slot: { start: random.pick(namedStarts(moment)) } }),
	slot_forgotten: (proposal, moment) => ({ ...proposal, ...wholeOrder(moment), slot: null }),
	address: (proposal, moment, random) => ({ ...proposal, ...wholeOrder(moment), items: null, address: random.pick(['Gran Via 99', 'ул. Ленина 99', 'Hauptstraße 99', '', 'call me', String(proposal['address'] ?? '').replace(/\d+/u, '99')]) }),
	booking: (proposal, moment, random) => ({ ...proposal, booking_change: { id: bookingOf(moment, random), action: random.pick(['cancel', 'cancel', 'move']) }, slot: random.chance(0.5) ? { start: someStart(moment, random) } : null }),
};

const bookingOf = ({ facts: { bookings } }: Moment, random: Random): string => random.pick([...bookings.map(({ id }) => id), ...bookings.map(({ id }) => id), 'book_1', 'book_99', '']);

/** Taken, past, closed, malformed, or free and nobody's choice. */
function someStart(moment: Moment, random: Random): string {
	const day = String(2 + random.below(18)).padStart(2, '0');
	const { times } = moment;
	const free = times === null ? [] : moment.items.flatMap((item) => freeTimes(times, item)).map(({ start }) => new Date(start).toISOString());
	return random.pick([`2030-01-${day}T${random.pick(['09:00', '10:00', '10:30', '11:00', '14:00', '20:00', '03:00'])}`, ...(free.length === 0 ? [] : [random.pick(free), random.pick(free)]), '2029-12-31T10:00', 'tomorrow', '', '2030-13-41T99:99', ...namedStarts(moment)]);
}

/** The times that the dialogue's customer speaks of, whether they are free or not. */
function namedStarts({ dialogue, turn }: Moment): string[] {
	const lies = turn.lies.flatMap(({ slot }) => (typeof slot === 'object' && slot !== null && 'start' in slot && typeof slot.start === 'string' ? [slot.start] : []));
	const chosen = dialogue.turns.flatMap(({ expect: { order } }) => Object.values(order?.slots ?? {}));
	const named = [...lies, ...chosen.map((local) => local.replace(' ', 'T'))];
	return named.length === 0 ? ['2030-01-03T11:00'] : named;
}

/** What a customer said is the best disguise; half of what they said, where they named several things, and what is in packs for packs, which few do. */
const NAMES = [...Object.keys(CHANGES), 'as_said', 'as_said', 'as_said', 'half', 'half', 'half', 'half', 'contents_as_units', 'contents_as_units', 'contents_as_units', 'language', 'language', 'language'];

function linesOf(proposal: Record<string, unknown>, moment: Moment, random: Random): { readonly SKU?: unknown; readonly quantity?: unknown }[] {
	const items = proposal['items'];
	const lines = Array.isArray(items) ? items.filter((line): line is Record<string, unknown> => typeof line === 'object' && line !== null) : [];
	return lines.length > 0 ? lines : [{ SKU: random.pick(moment.items).sku, quantity: 1 }];
}

/** A right decision, spoilt in one to three ways, and lies in what is said. */
export function someAttack(moment: Moment, random: Random): Attack {
	let proposal: Record<string, unknown> = goodProposal(moment.dialogue, moment.turn, moment.shop);
	const how: string[] = [];
	const lies: Lie[] = [];
	if (random.chance(0.6)) {
		for (let count = random.pick([1, 1, 1, 2, 3]); count > 0; count -= 1) {
			const name = random.pick(NAMES);
			proposal = CHANGES[name]?.(proposal, moment, random) ?? proposal;
			how.push(name);
			if (name === 'other_tongue') lies.push({ rule: 'wrong_language', text: String(proposal['response']) });
		}
	}
	if (moment.times !== null && random.chance(0.6)) {
		// Few customers have booked already.
		const name = moment.facts.bookings.length > 0 && random.chance(0.5) ? 'booking' : random.pick(Object.keys(TIME_CHANGES));
		proposal = TIME_CHANGES[name]?.(proposal, moment, random) ?? proposal;
		how.push(name);
	}
	if (how.length === 0 || random.chance(0.5)) {
		const lie = disguised(someLie(moment, random), random);
		lies.push(lie);
		how.push(lie.rule);
		const said = typeof proposal['response'] === 'string' ? proposal['response'] : '';
		proposal = { ...proposal, response: random.pick([lie.text, `${said} ${lie.text}`, `${lie.text} ${said}`, `${said}\n${lie.text}`]) };
	}
	return { proposal, lies, how };
}
