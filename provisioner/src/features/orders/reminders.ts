import type { Logger } from 'pino';
import { formatMoney } from '../../../../core/agent/phrases/money.ts';
import { phrasesFor } from '../../../../core/agent/phrases/index.ts';
import { findChannelAdapter } from '../../../../core/channels/channels.ts';
import { isPayable } from '../../../../core/orders/order.ts';
import { nextReminder } from '../../../../core/orders/reminders.ts';
import type { NextReminder } from '../../../../core/orders/reminders.ts';
import type { Database, Sql } from '../../store/database.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import { lockConversation } from '../agent/turn-port.ts';
import { minutesOfDay, readCompanySettings } from '../companies/settings.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import { paymentUrl } from './payment-url.ts';
import type { Order } from './repository.ts';
import { orderRepository } from './repository.ts';

const SWEEP_MS = 60_000;
const STOP_GRACE_MS = 5_000;
const AT_A_TIME = 4;
const BATCH = 50;
/** The customer is being answered just now. */
const AFTER_THE_ANSWER_MS = 5 * 60_000;
/** The tenant's bot is silent, or its channel not connected: what enters the outbox now would leave whenever that returns, at night or after the payment. */
const WHILE_SILENT_MS = 3_600_000;
const HOUR = 3_600_000;

interface DueOrder {
	tenant_id: string;
	order_id: string;
}

interface Circumstances {
	connection_id: string;
	channel: string;
	state: 'bot' | 'human';
	settings: unknown;
	time_zone: string;
	stopped: boolean;
	answering: boolean;
	silent: boolean;
	last_inbound: Date | null;
	reminded_at: Date | null;
}

export interface Reminders {
	/** Looks at the orders that are due now. Returns how many customers were reminded. */
	look(): Promise<number>;
	start(): void;
	stop(): Promise<void>;
}

/** Reminds customers of orders that wait for their payment (core/orders/reminders.ts says when). One transaction an order: it is told and counted, or neither. */
export function createReminders(deps: { database: Database; outbox: OutboxPort; publicUrl: string; now: () => Date; log: Logger }): Reminders {
	const { database, outbox, now, log } = deps;

	async function claim(limit: number): Promise<readonly DueOrder[]> {
		const { rows } = await database.system.query<DueOrder>('SELECT tenant_id, order_id FROM claim_orders_to_remind($1, $2)', [now(), limit]);
		return rows;
	}

	async function remind({ tenant_id: tenantId, order_id: orderId }: DueOrder): Promise<boolean> {
		return database.withTenant(tenantId, async (sql) => {
			const found = await orderRepository.find(sql, orderId);
			if (!found) return false;
			await lockConversation(sql, found.conversationId);
			const order = await orderRepository.findForUpdate(sql, orderId);
			const known = order && (await circumstancesOf(sql, order));
			if (!known || !isPayable(order, now()) || known.state === 'human') {
				await lookAgain(sql, orderId, { none: known?.state === 'human' ? 'handed_over' : 'not_waiting' });
				return false;
			}
			const at = now().getTime();
			if (known.silent || known.answering) {
				await lookAgain(sql, orderId, { at: at + (known.silent ? WHILE_SILENT_MS : AFTER_THE_ANSWER_MS) });
				return false;
			}
			const next = due(order, known, order.remindersSent, known.reminded_at);
			if (next.at === undefined || next.at > at) {
				await lookAgain(sql, orderId, next);
				return false;
			}
			const number = order.remindersSent + 1;
			await outbox.enqueue(sql, {
				tenantId,
				connectionId: known.connection_id,
				conversationId: order.conversationId,
				turnId: null,
				generation: null,
				keyPrefix: `payment-reminder:${orderId}:${number}`,
				author: 'assistant',
				parts: [{ kind: 'text', text: reminderText(order, paymentUrl(deps.publicUrl, order.payToken)), mediaUrl: '' }],
			});
			await sql.query('UPDATE orders SET reminders_sent = $2, reminded_at = $3 WHERE id = $1', [orderId, number, now()]);
			await lookAgain(sql, orderId, due(order, known, number, now()));
			log.info({ orderId, number }, 'a customer was reminded of a payment');
			return true;
		});
	}

	const loop = createDueLoop<DueOrder>({
		name: 'payment reminders',
		concurrency: AT_A_TIME,
		sweepMs: SWEEP_MS,
		endMakesDue: false,
		log,
		claim,
		run: async (order) => {
			try {
				await remind(order);
			} catch (error) {
				log.error({ err: error, orderId: order.order_id }, 'a customer could not be reminded of a payment; it is tried again in ten minutes');
			}
		},
		nextDueInMs: () => null,
	});
	return {
		async look() {
			let reminded = 0;
			for (const order of await claim(BATCH)) if (await remind(order)) reminded += 1;
			return reminded;
		},
		start: () => loop.start(),
		stop: () => loop.stop(STOP_GRACE_MS),
	};
}

async function lookAgain(sql: Sql, orderId: string, next: NextReminder): Promise<void> {
	await sql.query('UPDATE orders SET next_reminder_at = $2, no_reminder = $3 WHERE id = $1', [orderId, next.at === undefined ? null : new Date(next.at), next.none ?? null]);
}

function due(order: Order, known: Circumstances, sent: number, lastAt: Date | null): NextReminder {
	const { reminder_hours: hours } = readCompanySettings(known.settings);
	const windowHours = findChannelAdapter(known.channel)?.limits.serviceWindowHours ?? null;
	return nextReminder({
		createdAt: order.createdAt.getTime(),
		expiresAt: order.expiresAt.getTime(),
		hours: order.paymentReminderHours,
		sent,
		lastAt: lastAt?.getTime() ?? null,
		stopped: known.stopped,
		windowEndsAt: windowHours === null ? null : (known.last_inbound?.getTime() ?? 0) + windowHours * HOUR,
		day: { timeZone: known.time_zone, from: minutesOfDay(hours.from), to: minutesOfDay(hours.to) },
	});
}

async function circumstancesOf(sql: Sql, order: Order): Promise<Circumstances | undefined> {
	const { rows } = await sql.query<Circumstances>(
		`SELECT v.connection_id, k.channel, v.state, c.settings, c.time_zone, o.reminded_at,
			EXISTS (SELECT 1 FROM decisions d WHERE d.conversation_id = v.id AND d.decision->>'remind' = 'false'
				AND (d.id = o.decision_id OR d.created_at >= (SELECT created_at FROM decisions WHERE id = o.decision_id))) AS stopped,
			EXISTS (SELECT 1 FROM turns t WHERE t.conversation_id = v.id AND t.state IN ('collecting', 'delivering', 'delivered', 'decided')) AS answering,
			n.status <> 'active' OR n.silent_reason IS NOT NULL OR k.state <> 'connected' AS silent,
			(SELECT max(m.sent_at) FROM messages m WHERE m.conversation_id = v.id AND m.direction = 'in') AS last_inbound
		 FROM orders o JOIN conversations v ON v.id = o.conversation_id JOIN connections k ON k.id = v.connection_id
			JOIN companies c ON c.id = o.company_id JOIN tenants n ON n.id = o.tenant_id
		 WHERE o.id = $1`,
		[order.id],
	);
	return rows[0];
}

/** "Your order for … is waiting for payment", what it is, and our own link, which is good whatever became of the session behind it. */
export function reminderText(order: Pick<Order, 'language' | 'lines' | 'totalCents' | 'currency'>, url: string): string {
	const phrases = phrasesFor(order.language);
	const lines = order.lines.map(({ name, quantity }) => `• ${name} × ${quantity}`);
	return [phrases.awaitingPayment(formatMoney(order.totalCents, order.currency, phrases.language)), '', ...lines, '', phrases.paymentLink(url)].join('\n');
}
