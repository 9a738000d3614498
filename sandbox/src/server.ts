import type { Express, NextFunction, Request, Response } from 'express';
import express from 'express';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createCloudinaryRouter } from './cloudinary/router.ts';
import { createContext } from './context.ts';
import type { SandboxContext } from './context.ts';
import { createControlRouter } from './control/router.ts';
import { createDeliveries } from './deliveries.ts';
import { createFaults } from './faults.ts';
import { createGoogleRouter } from './google/router.ts';
import { createEventHub } from './hub.ts';
import { isObject } from './json.ts';
import { createMediaStore } from './media.ts';
import { createOpenAiRouter } from './openai/router.ts';
import { createGooglePagesRouter } from './pages/google-router.ts';
import { createBillingPagesRouter } from './pages/billing-router.ts';
import { createPagesRouter } from './pages/router.ts';
import { createStateStore } from './state.ts';
import { runBillingClock } from './stripe/billing/subscription-life.ts';
import { expireDue } from './stripe/checkout.ts';
import { createStripeRouter } from './stripe/router.ts';
import { openProject, type RunningProject } from './supabase/project.ts';
import { createSupabaseRouter } from './supabase/router.ts';
import { expireDuePayments } from './tbank/payments.ts';
import { createTbankRouter } from './tbank/router.ts';
import { createTelegramRouter } from './telegram/router.ts';
import { deliverUpdate } from './telegram/webhook.ts';
import { createTimers } from './timers.ts';
import { createWahaRouter } from './waha/router.ts';
import { finishStart } from './waha/sessions.ts';

export interface SandboxOptions {
	/** 0 picks a free one. */
	readonly port: number;
	readonly stateFile?: string | undefined;
	readonly wahaKey?: string;
	/** A superuser's URL of an empty database, which becomes a Supabase project; without one that stand-in is off. */
	readonly supabaseDatabaseUrl?: string | undefined;
	/** Unix milliseconds; for tests. */
	readonly now?: () => number;
}

/** A running sandbox. */
export interface Sandbox {
	/** `http://127.0.0.1:<port>`, no slash at the end. */
	readonly url: string;
	/** Writes the state, drops connections, stops. */
	close(): Promise<void>;
}

const BODY_LIMIT = '110mb';
const EXPIRY_CHECK_MS = 1_000;

/** Starts the stand-ins on 127.0.0.1. Rejects with the server's error (`EADDRINUSE` when the port is busy). */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
	const timers = createTimers();
	let url = '';
	const context = createContext({
		store: createStateStore(options.stateFile),
		hub: createEventHub(),
		faults: createFaults(),
		deliveries: createDeliveries(timers),
		timers,
		media: createMediaStore(),
		wahaKey: options.wahaKey ?? 'sandbox-waha-key',
		url: () => url,
		now: options.now ?? Date.now,
	});
	const project = options.supabaseDatabaseUrl === undefined ? null : await openProject(options.supabaseDatabaseUrl);
	const server = createServer(createApp(context, project));
	url = `http://127.0.0.1:${await listen(server, options.port)}`;
	resume(context);
	timers.every(EXPIRY_CHECK_MS, () => {
		expireDue(context);
		expireDuePayments(context);
		void runBillingClock(context);
	});
	return {
		url,
		async close() {
			timers.close();
			context.deliveries.clear();
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
			await project?.close();
			context.store.flush();
		},
	};
}

function createApp(context: SandboxContext, project: RunningProject | null): Express {
	const app = express();
	app.disable('x-powered-by');
	app.disable('etag');
	app.get('/health', (_req, res) => {
		res.json({ status: 'ok' });
	});
	app.use(express.raw({ type: () => true, limit: BODY_LIMIT }));
	app.use('/waha', createWahaRouter(context));
	app.use('/telegram', createTelegramRouter(context));
	app.use('/openai/v1', createOpenAiRouter(context));
	app.use('/cloudinary', createCloudinaryRouter(context));
	app.use('/supabase', createSupabaseRouter(context, project));
	app.use('/tbank', createTbankRouter(context));
	app.use('/control', createControlRouter(context));
	app.use(createGoogleRouter(context));
	app.use(createGooglePagesRouter(context));
	app.use(createBillingPagesRouter(context));
	app.use(createPagesRouter(context));
	app.use(createStripeRouter(context));
	app.use(answerError);
	return app;
}

/** Express needs the four parameters to know an error handler. */
function answerError(error: unknown, _req: Request, res: Response, next: NextFunction): void {
	if (res.headersSent) {
		next(error);
		return;
	}
	const status = isObject(error) && typeof error['status'] === 'number' ? error['status'] : 500;
	const message = error instanceof Error ? error.message : String(error);
	res.status(status).json({ error: { message: `Sandbox: ${message}` } });
}

/** Takes up what a restart interrupted: sessions that were starting, updates that were not delivered. */
function resume(context: SandboxContext): void {
	for (const session of Object.values(context.store.current.waha.sessions)) finishStart(context, session);
	for (const bot of Object.values(context.store.current.telegram.bots)) {
		if (bot.webhook !== null) for (const update of bot.pending) void deliverUpdate(context, bot, update);
	}
}

function listen(server: Server, port: number): Promise<number> {
	return new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', () => {
			server.off('error', reject);
			const address = server.address();
			resolve(typeof address === 'object' && address !== null ? address.port : port);
		});
	});
}
