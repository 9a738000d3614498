import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { accountEvent, checkoutEvent } from './stripe-event.ts';

test('Stripe’s own sample of a completed session is understood', () => {
	const raw = readFileSync(new URL('../../../../test/fixtures/data/webhooks/stripe-checkout-completed.json', import.meta.url), 'utf8');
	const parsed = checkoutEvent.safeParse(JSON.parse(raw));
	expect(parsed.error?.issues ?? []).toEqual([]);
	expect(parsed.data).toMatchObject({ type: 'checkout.session.completed', data: { object: { payment_status: 'paid' } } });
});

test('an event of the platform’s own account is no payment of a customer', () => {
	const event = { id: 'evt_1', object: 'event', type: 'checkout.session.completed', created: 1, data: { object: {} } };
	expect(checkoutEvent.safeParse(event).success).toBe(false);
	expect(accountEvent.safeParse(event).success).toBe(false);
});
