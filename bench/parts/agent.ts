import { buildContext } from '../../core/agent/context.ts';
import { decide } from '../../core/agent/decide.ts';
import type { Proposal } from '../../core/agent/decision.ts';
import type { AgentFacts } from '../../core/agent/facts.ts';
import { buildMessages } from '../../core/agent/prompt.ts';
import { NEW_SESSION } from '../../core/agent/session.ts';
import { emptyItem, type Item } from '../../core/catalog/item.ts';
import { createCatalog } from '../../core/catalog/search.ts';
import { detectLanguage } from '../../provisioner/src/features/agent/detect-language.ts';
import { during, say } from '../progress.ts';
import type { Results } from '../results.ts';
import { rounded, summarise, type Latencies } from '../statistics.ts';

const GUARD_ITEMS = 500;
const OFFLINE_ITEMS = 10_000;
const ROUNDS = 2_000;
const OFFLINE_ROUNDS = 1_000;
const WARM_UP = 200;

/** What the agent itself costs, in this process: no network, no database. Each round has a text of its own, so that nothing is remembered from the one before. */
export async function measureAgent(): Promise<NonNullable<Results['agent']>> {
	return await during('the agent’s guard, prompt and responder', 20, async () => {
		const shop = factsFor(GUARD_ITEMS);
		const guard = timed(ROUNDS, (round) => {
			const { facts, item } = shop(round, (name) => `How much is the ${name}? I would like ${2 + (round % 7)} of them to Valencia, my name is Anna Petrova ${round}, +34 600 ${100_000 + round}`);
			const euros = (cents: number) => `€${(cents / 100).toFixed(2)}`;
			const proposal: Proposal = {
				response: `The ${item.name} costs ${euros(item.priceCents)}, delivery to Valencia is ${euros(item.deliveryCents)}. Shall I reserve ${2 + (round % 7)} of them for you, Anna?`,
				language: 'English', intent: 'order', send_payment_link: false, city: 'Valencia', items: [{ SKU: item.sku, quantity: 2 + (round % 7) }], recipient_phone_number: `+34600${100_000 + round}`,
				client_name: `Anna Petrova`, address: '', order_description: '', focus_sku: item.sku, requested: [], slot: null, booking_change: null, handover: null, quotes: {},
			};
			decide(facts, { proposal, model: 'a-model', attempt: 1 }, { detectLanguage, decisionId: 'dec_1' });
		});
		const prompt = timed(ROUNDS, (round) => void buildMessages(buildContext(shop(round, (name) => `Do you have the ${name} in another colour, number ${round}?`).facts)));
		const large = factsFor(OFFLINE_ITEMS);
		const offline = timed(OFFLINE_ROUNDS, (round) => {
			const ask = [(name: string) => `how much is ${name} ${round}`, (name: string) => `I want ${1 + (round % 5)} ${name} to Valencia please ${round}`, () => `do you deliver to Madrid? ${round}`, () => `hello, what do you sell ${round}`][round % 4];
			decide(large(round, ask ?? String).facts, { proposal: null, model: 'offline', attempt: 1 }, { detectLanguage, decisionId: 'dec_1' });
		});
		say(`    guard p99 ${rounded(guard.p99)} ms, prompt p99 ${rounded(prompt.p99)} ms at ${GUARD_ITEMS} items; offline answer p99 ${rounded(offline.p99)} ms at ${OFFLINE_ITEMS} items`);
		return { guardMs: guard, promptMs: prompt, items: GUARD_ITEMS, offlineMs: offline, offlineItems: OFFLINE_ITEMS };
	});
}

function timed(rounds: number, act: (round: number) => void): Latencies {
	const durations: number[] = [];
	for (let round = 0; round < WARM_UP + rounds; round += 1) {
		const began = performance.now();
		act(round);
		if (round >= WARM_UP) durations.push(performance.now() - began);
	}
	return summarise(durations);
}

const KINDS = ['rug', 'lamp', 'vase', 'mug', 'candle', 'chair', 'clock', 'basket', 'mirror', 'blanket', 'bowl', 'teapot'];
const MATERIALS = ['wool', 'oak', 'glass', 'clay', 'linen', 'brass', 'bamboo', 'cotton', 'marble', 'cork', 'silk', 'felt', 'copper', 'ash', 'jute', 'slate'];
const COLOURS = ['red', 'green', 'amber', 'navy', 'ivory', 'coral', 'olive', 'plum', 'teal', 'sand', 'rose', 'graphite', 'saffron', 'mint', 'rust', 'pearl'];

/** A shop with so many items, and the facts of a turn that names one of them. */
function factsFor(count: number): (round: number, text: (name: string) => string) => { facts: AgentFacts; item: Item } {
	const items = Array.from({ length: count }, (_, at): Item => {
		const [kind, material, colour] = [KINDS[at % KINDS.length] ?? '', MATERIALS[Math.floor(at / KINDS.length) % MATERIALS.length] ?? '', COLOURS[Math.floor(at / (KINDS.length * MATERIALS.length)) % COLOURS.length] ?? ''];
		const name = `${colour} ${material} ${kind} ${at}`;
		return {
			...emptyItem(`sku-${at}`, 'product', name), description: `A ${colour} ${kind} of ${material}, made by hand in a small workshop; no two are alike.`, category: `${kind}s`, unit: 'piece', priceCents: 500 + ((at * 37) % 9_000),
			deliveryCents: 490, freeDeliveryFromCents: 10_000, stock: 100, paymentReminderHours: 24, deliveryTimeHours: 48, cities: ['Valencia', 'Madrid'], attributes: { Material: material, Colour: colour },
		};
	});
	const catalog = createCatalog(items);
	return (round, text) => {
		const item = items[(round * 7_919) % count] ?? emptyItem('', 'product', '');
		return {
			item,
			facts: {
				now: '2030-01-02T10:00:00.000Z',
				turn: {
					type: 'turn.ready', turnId: 'turn_1', conversationId: 'conv_1', companyId: 'comp_1', connectionId: 'conn_1', generation: 1, attempt: 1, traceparent: '', channel: 'whatsapp',
					customer: { id: 'cust_1', name: '' }, company: { name: 'Corner House', type: 'product' }, text: text(item.name), messages: [],
				},
				company: { name: 'Corner House', type: 'product', currency: 'eur', defaultLanguage: 'English', instructions: '', firstAnswerItems: 12, handoverKeywords: ['manager'], privacyPolicyUrl: '', welcomeVideos: { product: '', service: '' }, paymentReady: true },
				session: { ...NEW_SESSION, greeted: true, language: 'English' }, catalog, order: null, schedule: null, bookings: [], history: [], customerPhone: '+34600111222',
			},
		};
	};
}
