import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV } from '../orders/world.ts';
import { createConversations, orderIdOf, reasonOf, type Conversations, type Salon } from './conversations.ts';

let its: Conversations;
beforeAll(async () => {
	its = await createConversations();
});
afterAll(() => its.world.close());

interface Turn {
	readonly decision: Json;
	readonly next: unknown;
	/** What the customer gets to read. */
	answer(): Promise<string>;
	checkout(): Promise<Json>;
}

/** One message, decided by the offline responder; `answer` sends its answer. */
async function says(salon: Salon, customer: string, text: string): Promise<Turn> {
	const turnId = await its.world.customerWrites(salon, customer, text);
	const { body } = await its.world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null });
	const decision = body['decision'] as Json;
	const wish = { customer, turnId, decisionId: String(decision['decisionId']) };
	return {
		decision,
		next: body['next'],
		checkout: () => its.checkout(wish),
		async answer() {
			const { body: replied } = await its.reply(wish);
			if (replied['status'] !== 'queued') throw new Error(JSON.stringify(replied));
			await its.world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [turnId]);
			return String((await its.lastTold(customer))?.['text']);
		},
	};
}
/** No hour of theirs is a place in a list: "2" may be two o'clock where that is offered. */
const DAYTIME = { weekly: Object.fromEntries(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [day, [['09:00', '18:00']]])) };
const ASKS = { ask_appointment_slot: true, ask_delivery_slot: true, ask_address: true, opening_hours: DAYTIME };
const WANTS = 'I want 1 Massage in Madrid, my name is Anna, my phone is +34 600 111 222, yes I confirm';
/** One customer is asked when, and chooses by a number. */
async function chooses(salon: Salon, customer: string, number: string): Promise<Turn> {
	expect(await (await says(salon, customer, WANTS)).answer()).toMatch(/When would suit you.*\n1\. /u);
	const turn = await says(salon, customer, number);
	return turn;
}

test('of two customers who choose the same time the slower one chooses again, and the order goes on', async () => {
	const salon = await its.addSalon({ settings: ASKS });
	const [first, second] = [its.newCustomer(), its.newCustomer()];
	const turns = [await chooses(salon, first, '2'), await chooses(salon, second, '2')] as const;
	expect(turns.map(({ next }) => next)).toEqual(['checkout', 'checkout']);
	expect(turns[1].decision['slots']).toEqual(turns[0].decision['slots']);
	expect((await turns[0].checkout())['status']).toBe('payment_link_sent');
	await turns[0].answer();
	expect(reasonOf(await turns[1].checkout())).toBe('slot_taken');
	expect(await turns[1].answer()).toMatch(/has just been taken\. These times are free:\n1\. /u);

	const { offeredSlots: offered } = await its.sessionStored(second);
	const again = await says(salon, second, 'the second');
	expect(again.next).toBe('checkout');
	const [, wanted] = offered as Json[];
	expect(again.decision['slots']).toMatchObject([{ SKU: 'M1', start: wanted?.['start'] }]);
	const answer = await again.checkout();
	expect(answer['status']).toBe('payment_link_sent');
	expect(await again.answer()).toContain(String(answer['payment_url']));
	await its.pay(salon, answer);
	expect(await its.bookingsOf(salon, orderIdOf(answer))).toMatchObject([{ status: 'confirmed', starts_at: wanted?.['start'] }]);
});

test('a booking is moved and cancelled in words; one whose new time was taken meanwhile goes to the next choice', async () => {
	const salon = await its.addSalon({ settings: { ...ASKS, free_change_hours: 0 } });
	const customer = its.newCustomer();
	const turn = await chooses(salon, customer, '3');
	const answer = await turn.checkout();
	await turn.answer();
	await its.pay(salon, answer);
	await its.world.db.asOwner(`UPDATE outbox SET state = 'sent'`);
	const booked = async () => (await its.bookingsOf(salon, orderIdOf(answer)))[0];
	expect(await booked()).toMatchObject({ status: 'confirmed' });

	expect(await (await says(salon, customer, 'I need to reschedule my appointment')).answer()).toMatch(/\n1\. /u);
	const choice = await says(salon, customer, 'the second');
	expect(choice.decision).toMatchObject({ booking_change: { action: 'move' } });
	// Somebody else is faster.
	const { start } = choice.decision['slot'] as { start: string };
	expect((await its.world.call('POST', '/v1/bookings', { company_id: salon.companyId, sku: 'M1', starts_at: start }, salon.key)).status).toBe(201);
	expect(await choice.answer()).toMatch(/has just been taken\. These times are free:\n1\. /u);
	const { offeredSlots: offered } = await its.sessionStored(customer);
	const again = await says(salon, customer, 'the first');
	expect(await again.answer()).toContain('is now on');
	expect(await booked()).toMatchObject({ status: 'confirmed', starts_at: (offered as Json[])[0]?.['start'] });

	expect(await (await says(salon, customer, 'Please cancel my appointment')).answer()).toContain('Shall I cancel');
	expect(await (await says(salon, customer, 'yes')).answer()).toContain('is cancelled');
	expect(await booked()).toMatchObject({ status: 'cancelled', ended_by: 'customer' });
});

test('a delivery has its window and its address', async () => {
	const shop = await its.addSalon({ type: 'product', csv: CATALOG_CSV, settings: ASKS });
	const customer = its.newCustomer();
	const asked = await (await says(shop, customer, 'I want 1 Blue lamp, delivery to Ghent, my name is Anna, my phone is +32 470 111 222, yes I confirm')).answer();
	expect(asked).toContain('street and house number');
	let turn = await says(shop, customer, 'Korenmarkt 5');
	if (turn.next !== 'checkout') {
		await turn.answer();
		turn = await says(shop, customer, 'the first');
	}
	expect([turn.next, turn.decision]).toMatchObject(['checkout', { address: 'Korenmarkt 5', slots: [{ SKU: 'A1' }] }]);
	const answer = await turn.checkout();
	await its.pay(shop, answer);
	await its.world.bookings.work();
	expect(await its.events(shop, 'delivery')).toMatchObject([{ location: 'Korenmarkt 5, Ghent' }]);
});
