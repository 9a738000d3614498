import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowNode } from '../../test/nodes/engine.ts';
import { chain, runWorkflow } from '../../test/nodes/engine.ts';
import { PlatformDouble } from '../../test/nodes/platform.ts';
import { Booking } from './Booking.node.ts';

let platform: PlatformDouble;
beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

type Step = NonNullable<WorkflowNode['parameters']>;
/** Booking nodes in a row, the first of them "Booking". */
async function run(steps: readonly Step[], items: ReadonlyArray<Record<string, unknown>>, more: Partial<WorkflowNode> = {}) {
	const workflow = chain(
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
		...steps.map((parameters, index) => ({ name: index === 0 ? 'Booking' : `Booking ${index + 1}`, type: 'n8n-nodes-concierge.booking', parameters, ...more })),
		{ name: 'End', type: 'n8n-nodes-base.noOp' },
	);
	return await runWorkflow({ workflow, items, credential: { baseUrl: platform.url, apiKey: 'ck_tenant_1' } });
}

const SLOT = { starts_at: '2026-11-23T09:00:00.000Z', ends_at: '2026-11-23T10:00:00.000Z', text: 'Mon 23 Nov, 10:00' };
const booking = (status: string) => ({ json: { id: 'bkg_1', object: 'booking', status } });
const taken = { status: 409, json: { code: 'slot_taken', detail: 'The slot is taken.', slots: [{ starts_at: SLOT.starts_at, ends_at: SLOT.ends_at }] } };

describe('a booking in a workflow', () => {
	it('finds slots, holds one with what it puts out, and confirms it', async () => {
		platform
			.on('GET /v1/companies/com_1/slots', { json: { object: 'list', data: [SLOT], has_more: false } })
			.on('POST /v1/bookings', { ...booking('held'), status: 201 })
			.on('POST /v1/bookings/bkg_1/confirm', booking('confirmed'));
		const find = { operation: 'findSlots', slotSku: 'M1', limit: 3, slotOptions: { from: '2026-11-23T00:00:00+01:00', language: 'Spanish', city: '' } };
		const hold = { operation: 'hold', customerName: '={{ $json.customer.name }}', holdOptions: { order_id: 'ord_1', note: '' } };
		const outcome = await run([find, hold, { operation: 'confirm' }], [{ companyId: 'com_1', turnId: 'trn_1', customer: { name: 'Eva' } }]);
		expect(outcome.json('End')).toEqual([{ companyId: 'com_1', turnId: 'trn_1', customer: { name: 'Eva' }, sku: 'M1', ...SLOT, booking: { id: 'bkg_1', object: 'booking', status: 'confirmed' } }]);
		expect(Object.fromEntries(new URL(platform.calls[0]?.path ?? '', platform.url).searchParams)).toEqual({ sku: 'M1', turn_id: 'trn_1', limit: '3', from: '2026-11-22T23:00:00.000Z', language: 'Spanish' });
		expect(platform.calls.slice(1).map(({ body }) => body)).toEqual([
			{ company_id: 'com_1', sku: 'M1', starts_at: SLOT.starts_at, customer: { name: 'Eva', phone: '' }, order_id: 'ord_1', turn_id: 'trn_1' }, { force: false, turn_id: 'trn_1' },
		]);
		expect(platform.calls[1]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{64}$/u);
	});

	it('puts out the next free slots where one is taken, and the others go on', async () => {
		platform.on('POST /v1/bookings', ({ body }) => ((body as { sku: string }).sku === 'M1' ? taken : { ...booking('held'), status: 201 }));
		const items = [{ companyId: 'com_1', sku: 'M1', starts_at: SLOT.starts_at }, { companyId: 'com_1', sku: 'Y1', starts_at: SLOT.starts_at }];
		const outcome = await run([{ operation: 'hold' }], items);
		expect(outcome.json('End')).toMatchObject([{ sku: 'Y1', booking: { id: 'bkg_1' } }]);
		expect(outcome.items('Booking', 1).map(({ json }) => json)).toEqual([{ ...items[0], reason: 'slot_taken', slots: [{ starts_at: SLOT.starts_at, ends_at: SLOT.ends_at }] }]);
	});

	it('moves and cancels as the customer unless it says otherwise', async () => {
		platform.on('POST /v1/bookings/bkg_1/move', booking('confirmed')).on('POST /v1/bookings/bkg_1/cancel', booking('cancelled'));
		await run([{ operation: 'move', bookingId: 'bkg_1', newStart: '2026-11-23T12:00:00+01:00' }, { operation: 'cancel', by: 'company' }], [{}]);
		expect(platform.calls.map(({ path, body }) => [path, body])).toEqual([
			['/v1/bookings/bkg_1/move', { starts_at: '2026-11-23T11:00:00.000Z', by: 'customer' }], ['/v1/bookings/bkg_1/cancel', { by: 'company' }],
		]);
	});

	it('says what is missing, and what the platform refuses', async () => {
		platform.on('POST /v1/bookings/bkg_1/cancel', { status: 409, json: { code: 'booking_change_refused', detail: 'Customers may do so until Sunday.' } });
		expect((await run([{ operation: 'cancel' }], [{}])).error).toMatchObject({ message: 'Booking ID is empty' });
		expect((await run([{ operation: 'hold' }], [{ companyId: 'com_1', sku: 'M1', starts_at: '2026-11-23T10:00' }])).error).toMatchObject({ message: 'Start is not a time with its zone' });
		expect((await run([{ operation: 'cancel', bookingId: 'bkg_1' }], [{}])).error).toMatchObject({ message: 'Customers may do so until Sunday.', description: 'Error code: booking_change_refused' });
	});

	it('is a tool that finds slots and does nothing else', async () => {
		const offered = new Booking().description.properties.filter(({ name, displayOptions }) => name === 'operation' && displayOptions?.show?.['@tool']?.[0] === true);
		expect(offered.flatMap(({ options }) => options ?? []).map((option) => ('value' in option ? option.value : ''))).toEqual(['findSlots']);
	});
});
