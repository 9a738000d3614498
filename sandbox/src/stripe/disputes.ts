import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { numberOf, stringOf } from '../json.ts';
import { emitEvent } from './events.ts';
import { keepObject } from './products.ts';

const ENDED = ['won', 'lost', 'warning_closed'];

/** What a bank tells of a payment that its customer disputes: opens the dispute, or changes its status. https://docs.stripe.com/api/disputes/object */
export async function tellDispute(context: SandboxContext, account: string, intent: string, amount: number, currency: string, status: string): Promise<{ dispute: JsonObject; deliveries: readonly Attempt[] }> {
	const known = Object.values(context.store.current.stripe.objects).find(({ object }) => object['object'] === 'dispute' && object['payment_intent'] === intent)?.object;
	const dispute = keepObject(context, account, {
		id: stringOf(known?.['id'], `du_1${alphanumeric(23)}`),
		object: 'dispute',
		amount,
		charge: null,
		created: numberOf(known?.['created'], Math.floor(context.now() / 1000)),
		currency,
		is_charge_refundable: false,
		livemode: false,
		metadata: {},
		payment_intent: intent,
		reason: 'fraudulent',
		status,
	});
	const type = known === undefined ? 'created' : ENDED.includes(status) ? 'closed' : 'updated';
	return { dispute, deliveries: await emitEvent(context, { type: `charge.dispute.${type}`, object: dispute, account }) };
}
