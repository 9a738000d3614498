import type { AgentFacts, HistoryMessage, OrderFacts } from '../../../../core/agent/facts.ts';
import { mergeBehaviour, type Behaviour } from '../../../../core/agent/behaviour.ts';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import { paymentStatusOf, statusAt } from '../../../../core/orders/order.ts';
import type { OrderStatus } from '../../../../core/orders/order.ts';
import type { Sql } from '../../store/database.ts';
import { DAY_MS } from '../../store/history/history.ts';
import { bookedFacts, readTimes, scheduleOf, type TurnTimes } from '../bookings/schedule.ts';
import type { Busy, BusyTimeOf } from '../bookings/busy-times.ts';
import { readCompanySettings, type CompanySettings } from '../companies/settings.ts';
import { paymentUrl } from '../orders/payment-url.ts';
import { toTurnEvent, turnDetails } from '../turns/turn-details.ts';
import type { TurnDetails } from '../turns/turn-details.ts';
import { readSession } from './stored-session.ts';

/**
 * A company's catalog (features/catalog; cached by version). `sql` is the tenant's session; with the `version` that was read in it, a
 * catalog in memory costs no query.
 */
export type LoadCatalog = (sql: Sql, companyId: string, version?: number) => Promise<Catalog>;

/** A turn with all that its answer may rely on, the catalog apart. */
export interface TurnRecord {
	readonly turnId: string;
	readonly tenantId: string;
	readonly turn: TurnDetails;
	/** Another one at the time of storing: what was read does not hold any more. */
	readonly revision: string;
	/** It has its decision already. */
	readonly decided: boolean;
	readonly catalogVersion: number;
	/** What others have taken from the stated stock, by sku (core/orders/stock.ts). */
	readonly taken: ReadonlyMap<string, number>;
	/** Its calendar and what is booked. */
	readonly times: TurnTimes;
	readonly row: TurnRow;
}

/** A row of the SQL function facts_of_turns. */
interface TurnRow {
	turn_id: string;
	tenant_id: string;
	revision: string;
	decided: boolean;
	details: unknown;
	session: unknown;
	company: {
		name: string;
		type: AgentFacts['company']['type'];
		currency: string;
		default_language: string;
		settings: unknown;
		payment_state: string;
	};
	catalog_version: number;
	taken: Record<string, number>;
	times: unknown;
	latest_order: {
		id: string;
		status: OrderStatus;
		total_cents: number;
		lines: { sku: string; name: string; quantity: number }[];
		pay_token: string;
		expires_at: string;
		on_its_way: boolean;
	} | null;
	/** The messages before the turn, oldest first, at most 20: its own text stands in the turn. */
	history: { author: string; text: string; sent_at: string }[];
}

/** In one round trip. `tenantId` null: each turn in the session of its own tenant. What isn't there, or is another tenant's, is left out. */
export async function readTurns(sql: Sql, tenantId: string | null, turnIds: readonly string[], now: Date): Promise<TurnRecord[]> {
	const { rows } = await sql.query<TurnRow>(
		'SELECT f.*, stock_taken(f.turn_id) AS taken, times_of_turn(f.turn_id, $3) AS times FROM facts_of_turns($1, $2) f', [tenantId, [...turnIds], now], 'facts_of_turns',
	);
	return rows.map((row) => ({
		turnId: row.turn_id,
		tenantId: row.tenant_id,
		turn: turnDetails.parse(row.details),
		revision: row.revision,
		decided: row.decided,
		catalogVersion: row.catalog_version,
		taken: new Map(Object.entries(row.taken)),
		times: readTimes(row.times),
		row,
	}));
}

/** What is taken in the calendars of a turn's company. Outside of a transaction: Google is asked. */
export async function busyTimeOf({ tenantId, turn, times, row }: TurnRecord, ask: BusyTimeOf): Promise<Busy> {
	// Deliveries are counted by our rows alone.
	if (times.calendar === null || row.company.type === 'product') return null;
	return await ask({ tenantId, companyId: turn.company_id }, times.calendar);
}

/** Messages older than `historyDays` have expired, whether or not they have been deleted. `busy`: what `busyTimeOf` said. `scenario`: the name of one of the company's, '' for none; one that the company doesn't have adds nothing. */
export function toFacts({ turn, times, row }: TurnRecord, catalog: Catalog, busy: Busy, now: Date, { publicUrl, historyDays }: { readonly publicUrl: string; readonly historyDays: number }, scenario = ''): AgentFacts {
	const { company } = row;
	const settings = readCompanySettings(company.settings);
	const expired = now.getTime() - historyDays * DAY_MS;
	return {
		now: now.toISOString(),
		turn: toTurnEvent(turn),
		company: {
			name: company.name,
			type: company.type,
			currency: company.currency,
			defaultLanguage: company.default_language,
			...behaviourIn(settings, turn.channel, scenario),
			privacyPolicyUrl: settings.privacy_policy_url,
			welcomeVideos: { product: '', service: '', ...settings.welcome_videos },
			paymentReady: company.payment_state === 'ready',
		},
		session: readSession(row.session),
		catalog,
		order: toOrderFacts(row.latest_order, now, publicUrl),
		schedule: scheduleOf(times, busy, now),
		bookings: bookedFacts(times, now),
		history: row.history.filter(({ sent_at: sentAt }) => new Date(sentAt).getTime() > expired).map(toHistoryMessage),
		customerPhone: turn.customer_phone === '' ? '' : `+${turn.customer_phone.replace(/^\+/, '')}`,
	};
}

function behaviourIn(settings: CompanySettings, channel: string, scenario: string): Behaviour {
	const channels: Readonly<Record<string, BehaviourJson | undefined>> = settings.channels;
	const { instructions, first_answer_items: firstAnswerItems, handover_keywords: handoverKeywords } = settings;
	return mergeBehaviour({ instructions, firstAnswerItems, handoverKeywords }, partOf(channels[channel]), partOf(settings.scenarios[scenario]));
}

type BehaviourJson = CompanySettings['scenarios'][string];

function partOf(own: BehaviourJson | undefined): Partial<Behaviour> {
	return {
		...(own?.instructions === undefined ? {} : { instructions: own.instructions }),
		...(own?.first_answer_items === undefined ? {} : { firstAnswerItems: own.first_answer_items }),
		...(own?.handover_keywords === undefined ? {} : { handoverKeywords: own.handover_keywords }),
	};
}

/** Why a scenario that a node is set to adds nothing; null when it is fine. */
export function unknownScenario({ row }: TurnRecord, scenario: string): string | null {
	if (scenario === '') return null;
	const known = Object.keys(readCompanySettings(row.company.settings).scenarios);
	if (known.includes(scenario)) return null;
	return `The company has no scenario "${scenario}", so nothing of it counted. ${known.length === 0 ? 'It has none.' : `It has ${known.map((name) => `"${name}"`).join(', ')}.`}`;
}

function toOrderFacts(order: TurnRow['latest_order'], now: Date, publicUrl: string): OrderFacts | null {
	if (!order) return null;
	const status = statusAt({ status: order.status, expiresAt: new Date(order.expires_at), paymentOnItsWay: order.on_its_way }, now);
	const isOpen = status === 'awaiting_payment' && !order.on_its_way;
	return {
		id: order.id,
		status: status === 'awaiting_payment' && order.on_its_way ? 'payment_on_its_way' : status,
		paymentStatus: paymentStatusOf(status),
		totalCents: order.total_cents,
		lines: order.lines.map(({ sku, name, quantity }) => ({ sku, name, quantity })),
		paymentUrl: isOpen ? paymentUrl(publicUrl, order.pay_token) : '',
	};
}

function toHistoryMessage({ author, text, sent_at: sentAt }: TurnRow['history'][number]): HistoryMessage {
	return { role: author === 'operator' || author === 'assistant' ? author : 'customer', text, at: new Date(sentAt).toISOString() };
}
