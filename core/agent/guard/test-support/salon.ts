import type { BookedFacts } from '../../../booking/schedule.ts';
import { scheduleOf } from '../../../booking/test-support.ts';
import { emptyItem, type Item } from '../../../catalog/item.ts';
import { decide } from '../../decide.ts';
import type { Decision, Proposal } from '../../decision.ts';
import { factsOf, PORTS, proposal, type Scene } from './shops.ts';

/** A salon with a calendar that also sells tea, and a customer of whom all is known. */
export const NOW = '2030-01-02T10:00:00.000Z';
export const CUT: Item = { ...emptyItem('cut', 'service', 'Haircut'), priceCents: 3000, durationMinutes: 60, duration: '60 minutes', paymentReminderHours: 2, cities: ['Madrid'] };
export const MASSAGE: Item = { ...emptyItem('mas', 'service', 'Massage'), priceCents: 4000, durationMinutes: 30, duration: '30 minutes', paymentReminderHours: 2, cities: ['Madrid'] };
export const TEA: Item = { ...emptyItem('tea', 'product', 'Green tea'), priceCents: 900, paymentReminderHours: 2, cities: ['Madrid'], deliveryTimeHours: 2 };
export const SHOP = [CUT, MASSAGE, TEA];
const busy = [{ start: '2030-01-03T10:00:00Z', end: '2030-01-03T11:00:00Z' }];
export const schedule = scheduleOf({ now: NOW, busy });
export const BOOKED: BookedFacts = { id: 'book_1', kind: 'appointment', sku: 'cut', name: 'Haircut', places: 1, city: 'Madrid', zone: 'Europe/Madrid', start: '2030-01-07T09:00:00.000Z', end: '2030-01-07T10:00:00.000Z', changeable: true };
export const KNOWN = { greeted: true, language: 'English', city: 'Madrid', phone: '+34600111222', clientName: 'Anna', address: 'Calle Mayor 5', cart: [{ sku: 'cut', quantity: 1 }] } as const;
export const offer = (...starts: readonly string[]) => starts.map((start) => ({ kind: 'appointment', sku: 'cut', start, end: new Date(Date.parse(start) + 3_600_000).toISOString() }) as const);

export function judged(text: string, fields: Partial<Proposal>, scene: Scene = {}) {
	const facts = factsOf(SHOP, { schedule, ...scene, text, session: { ...KNOWN, ...scene.session } });
	return decide(facts, { proposal: proposal({ response: 'Thank you, Anna!', intent: 'order', ...fields }), model: 'm', attempt: 1 }, PORTS);
}
export const codes = (...args: Parameters<typeof judged>): readonly string[] => {
	const result = judged(...args);
	return result.accepted ? [] : result.violations.map(({ code }) => code);
};
export function accepted(...args: Parameters<typeof judged>): Decision & { readonly session: Extract<ReturnType<typeof judged>, { accepted: true }>['session'] } {
	const result = judged(...args);
	if (!result.accepted) throw new Error(result.violations.map(({ code, message }) => `${code}: ${message}`).join('\n'));
	return { ...result.decision, session: result.session };
}
