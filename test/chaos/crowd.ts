import { setTimeout as delay } from 'node:timers/promises';
import type { JsonClient, SentMessage } from '../e2e/clients.ts';
import { eventually } from '../e2e/clients.ts';
import type { Customer, Written } from './customer.ts';
import { CITY, DELIVERY_CENTS, GOODS } from './goods.ts';
import type { Random } from './random.ts';
import type { Shop } from './shop.ts';
import type { Vendors } from './vendor.ts';

/** The customers of one phase of a run: askers until it ends, buyers until they have paid. */
export interface Crowd {
	readonly customers: readonly Customer[];
	/** Telegram: bots can't write first, so everybody presses Start, in quiet times. */
	introduce(): Promise<void>;
	/** They write until `until` (Unix ms). Resolves when all have said what they had to say. */
	talk(until: number): Promise<void>;
}

export interface CrowdDeps {
	readonly shop: Shop;
	readonly vendors: Vendors;
	readonly sandbox: JsonClient;
	readonly random: Random;
	/** Makes ids of this crowd differ from another's. */
	readonly number: number;
	readonly askers: number;
	readonly buyers: number;
	/** How long a buyer waits for the link, and for the payment to be taken. */
	readonly patienceMs: number;
}

const QUESTIONS = [(name: string) => `How much is the ${name}?`, (name: string) => `What does the ${name} cost?`, (name: string) => `What is the price of the ${name}?`] as const;
const FILLERS = ['Hello!', 'One moment', 'Thank you!', 'Are you there?'] as const;
const MOST_OPEN_QUESTIONS = 5;
let nextTelegramId = 5_000_001;

export function createCrowd(deps: CrowdDeps): Crowd {
	const { shop, vendors, sandbox } = deps;
	const customers = Array.from({ length: deps.askers + deps.buyers }, (_, index) => newCustomer(deps, index));

	function message(customer: Customer, text: string, asks = '', at = Date.now()): Written {
		const id = customer.channel === 'telegram' ? String(nextTelegramId++) : `3EB0C${customer.id}${String(customer.written.length).padStart(5, '0')}`;
		const written: Written = { id, text, at, asks, acknowledgedAt: 0 };
		customer.written.push(written);
		return written;
	}

	const answersTo = async ({ channel, id }: Customer) =>
		(await sandbox.get<{ data: SentMessage[] }>(`/control/sent?channel=${channel}&to=${id}`)).body.data.filter(({ type }) => type === 'text');

	async function openQuestions(customer: Customer): Promise<number> {
		const received = await answersTo(customer);
		return customer.written.filter(({ asks }) => asks !== '' && !received.some(({ text }) => text.includes(asks))).length;
	}

	/** Asks for one price after another, sometimes before the last answer can have left. */
	async function ask(customer: Customer, random: Random, until: number): Promise<void> {
		// The goods should last until the end.
		const longestPause = Math.max(5_000, ((until - Date.now()) / GOODS.length) * 2.5);
		for (const good of random.shuffled(GOODS)) {
			const texts = [random.pick(QUESTIONS)(good.name)];
			for (let more = random.between(0, 2); more > 0; more--) texts.unshift(random.pick(FILLERS));
			const start = Date.now();
			vendors.deliver(customer, texts.map((text, index) => message(customer, text, text.includes(good.name) ? good.name : '', start + index)));
			await delay(random.chance(0.45) ? random.between(150, 1_500) : random.between(1_500, longestPause));
			// Nobody goes on asking for ever: an answer has room for only so many prices.
			await eventually('fewer open questions', async () => Date.now() > until || (await openQuestions(customer)) < MOST_OPEN_QUESTIONS, until - Date.now()).catch(() => undefined);
			if (Date.now() > until) return;
		}
	}

	/** Orders, sometimes impatiently, pays by the link of the answer, and leaves. */
	async function buy(customer: Customer, random: Random, until: number): Promise<void> {
		const { order } = customer;
		if (!order) return;
		await delay(random.between(0, Math.max(0, (until - Date.now()) * 0.7)));
		const start = Date.now();
		const text = `I would like to order ${order.quantity} ${order.good.name} to ${CITY}. My name is Kim Lee, my phone is +34 600 111 222`;
		vendors.deliver(customer, (random.chance(0.5) ? ['Hello!', text] : [text]).map((one, index) => message(customer, one, '', start + index)));
		if (random.chance(0.4)) {
			await delay(random.between(200, 2_500));
			vendors.deliver(customer, [message(customer, 'Are you there?')]);
		}
		try {
			const link = await eventually('a payment link', async () => {
				const texts = (await answersTo(customer)).map((sent) => sent.text).join('\n');
				return /https?:\/\/\S+\/pay\/[\w-]+/.exec(texts)?.[0];
			}, until - Date.now() + deps.patienceMs);
			const session = await eventually(`a checkout session behind ${link}`, async () => {
				const opened = await fetch(link, { redirect: 'manual', signal: AbortSignal.timeout(10_000) });
				return /cs_\w+/.exec(opened.headers.get('location') ?? '')?.[0];
			}, deps.patienceMs);
			await eventually(`${session} is paid`, async () => (await sandbox.post(`/control/stripe/sessions/${session}/pay`)).status < 300, deps.patienceMs);
			await untilTold(session);
		} catch (error) {
			customer.troubles.push(error instanceof Error ? error.message : String(error));
		}
	}

	/** Stripe resends for three days; here the event is sent again until the shop took it, and once more. */
	async function untilTold(session: string): Promise<void> {
		let taken = 0;
		await eventually(`the payment of ${session} is taken`, async () => {
			const { body } = await sandbox.get<{ data: { id: string; type: string; data: { object: { id: string } } }[] }>('/control/stripe/events');
			const event = body.data.find((one) => one.type === 'checkout.session.completed' && one.data.object.id === session);
			if (!event) return false;
			const { body: resent } = await sandbox.post<{ deliveries: { status: number }[] }>(`/control/stripe/events/${event.id}/resend`);
			if (resent.deliveries.some(({ status }) => status >= 200 && status < 300)) taken += 1;
			return taken >= 2;
		}, deps.patienceMs);
	}

	return {
		customers,
		async introduce() {
			for (const customer of customers) {
				if (customer.lid !== '') await sandbox.post('/control/waha/lids', { lid: customer.lid, phone: customer.id });
				if (customer.channel !== 'telegram') continue;
				const start = message(customer, '/start');
				const { body } = await sandbox.post<{ deliveries: { status: number }[] }>(`/control/telegram/bots/${shop.telegram.username}/messages`, {
					from: { id: Number(customer.id), first_name: 'Kim', language_code: 'en' }, text: start.text, update_id: Number(start.id), message_id: Number(start.id),
				});
				if (body.deliveries.some(({ status }) => status === 200)) start.acknowledgedAt = Date.now();
			}
		},
		async talk(until) {
			await Promise.all(customers.map((customer) => {
				const random = deps.random.fork(customer.label);
				return customer.order ? buy(customer, random, until) : ask(customer, random, until);
			}));
		},
	};
}

function newCustomer({ random, number, askers }: CrowdDeps, index: number): Customer {
	const channel = index % 3 === 2 ? 'telegram' : 'whatsapp';
	const id = channel === 'telegram' ? String(900_000 + number * 100 + index) : `346${String(number).padStart(3, '0')}${String(index).padStart(5, '0')}`;
	const good = random.pick(GOODS);
	const quantity = random.between(2, 5);
	return {
		label: `${channel} ${id}`,
		channel,
		id,
		lid: channel === 'whatsapp' && index % 2 === 1 ? `9${id}000@lid` : '',
		written: [],
		troubles: [],
		...(index < askers ? {} : { order: { good, quantity, totalCents: good.cents * quantity + DELIVERY_CENTS } }),
	};
}
