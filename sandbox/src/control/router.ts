import type { Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { control, controlBody, ControlError } from './answers.ts';
import { createChatControl } from './chat.ts';
import { createGoogleControl } from './google.ts';
import { createOpenAiControl } from './openai.ts';
import { createStripeBillingControl } from './stripe-billing.ts';
import { createStripeControl } from './stripe.ts';
import { createTbankControl } from './tbank.ts';
import { createTelegramControl } from './telegram.ts';
import { createWahaControl } from './waha.ts';

/** The control API: what customers, banks and bad luck do. Mounted at `/control`. */
export function createControlRouter(context: SandboxContext): Router {
	const router = express.Router();
	// No key protects this API, so another site's page must not be able to use it.
	router.use((req, res, next) => {
		const origin = req.get('origin');
		if (origin === undefined || origin === `http://${req.get('host') ?? ''}`) next();
		else res.status(403).json({ error: { message: `Requests from ${origin} are not allowed.` } });
	});
	router.post(
		'/reset',
		control(() => {
			context.timers.clear();
			context.deliveries.clear();
			context.faults.clear();
			context.store.reset();
			context.announce('reset', {});
			return { reset: true };
		}),
	);
	router.post(
		'/faults',
		control((req) => {
			const fault = context.faults.add(controlBody(req));
			if (typeof fault === 'string') throw new ControlError(400, `${fault}.`);
			return fault;
		}, 201),
	);
	router.get('/faults', control(() => ({ data: context.faults.list() })));
	router.delete(
		'/faults',
		control(() => {
			context.faults.clear();
			return { data: [] };
		}),
	);
	router.use('/waha', createWahaControl(context));
	router.use('/telegram', createTelegramControl(context));
	router.use('/stripe/billing', createStripeBillingControl(context));
	router.use('/stripe', createStripeControl(context));
	router.use('/tbank', createTbankControl(context));
	router.use('/openai', createOpenAiControl(context));
	router.use('/google', createGoogleControl(context));
	router.use(createChatControl(context));
	router.use((req, res) => {
		res.status(404).json({ error: { message: `No control call ${req.method} ${req.originalUrl}.` } });
	});
	return router;
}
