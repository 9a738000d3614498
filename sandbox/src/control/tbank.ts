import type { Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { stringOf } from '../json.ts';
import { cancel, endWithout, findPayment, moveTo, notify, pay, TbankRefusal } from '../tbank/payments.ts';
import { control, controlBody, ControlError } from './answers.ts';

/** Mounted at `/control/tbank`. */
export function createTbankControl(context: SandboxContext): Router {
	const router = express.Router();
	router.post(
		'/terminals',
		control((req) => {
			const { terminal_key: key, password } = controlBody(req);
			if (typeof key !== 'string' || typeof password !== 'string') throw new ControlError(400, 'terminal_key and password must be texts.');
			context.store.current.tbank.terminals[key] = password;
			context.store.changed();
			return { terminal_key: key };
		}, 201),
	);
	router.get('/payments', control(() => ({ data: Object.values(context.store.current.tbank.payments) })));
	const act = (name: string, work: (id: string, body: Readonly<Record<string, unknown>>) => Promise<unknown>) =>
		router.post(
			`/payments/:id/${name}`,
			control(async (req) => {
				const id = stringOf(req.params['id']);
				try {
					const deliveries = await work(id, controlBody(req));
					return { payment: findPayment(context, id), deliveries };
				} catch (error) {
					throw error instanceof TbankRefusal ? new ControlError(error.errorCode === '255' ? 404 : 400, error.message) : error;
				}
			}),
		);
	act('pay', (id) => pay(context, findPayment(context, id)));
	// The sum is held and not taken yet, as where a person confirms every payment.
	act('authorize', async (id) => [await moveTo(context, findPayment(context, id), 'AUTHORIZED')]);
	act('fail', async (id) => [await endWithout(context, findPayment(context, id), 'REJECTED')]);
	act('expire', async (id) => [await endWithout(context, findPayment(context, id), 'DEADLINE_EXPIRED')]);
	// A person gives money back in the bank's dashboard.
	act('refund', async (id, body) => {
		const amount = body['amount'];
		cancel(context, findPayment(context, id), typeof amount === 'number' ? amount : null, '');
		return await Promise.resolve([]);
	});
	// Every notification of the payment once more, in the order that is asked for.
	act('resend', async (id, body) => {
		const payment = findPayment(context, id);
		const bodies = body['order'] === 'newest_first' ? payment.notifications.toReversed() : payment.notifications;
		const deliveries = [];
		for (const notification of bodies) deliveries.push(await notify(context, payment, notification));
		return deliveries;
	});
	return router;
}
