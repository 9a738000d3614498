import type { Item } from '../../../catalog/item.ts';
import { createCatalog } from '../../../catalog/search.ts';
import type { Catalog } from '../../../catalog/catalog.ts';
import type { Proposal } from '../../decision.ts';
import type { AgentFacts, CompanyFacts, OrderFacts } from '../../facts.ts';
import { NEW_SESSION } from '../../session.ts';
import type { AgentSession } from '../../session.ts';
import { respondOffline } from '../respond.ts';

export interface TalkOptions {
	readonly company?: Partial<CompanyFacts>;
	readonly channel?: 'whatsapp' | 'telegram';
	readonly customerPhone?: string;
	readonly session?: Partial<AgentSession>;
	readonly order?: OrderFacts;
	readonly schedule?: AgentFacts['schedule'];
	readonly bookings?: AgentFacts['bookings'];
}

export interface Talk {
	/** One turn of the customer, and the answer to it; the session goes on as the backend would keep it. */
	say(text: string): Proposal;
	readonly session: () => AgentSession;
}

/** A conversation with the offline responder alone: no guard, no channel. */
export function talkTo(shop: readonly Item[] | Catalog, language: string, options: TalkOptions = {}): Talk {
	const catalog = 'search' in shop ? shop : createCatalog(shop);
	let session: AgentSession = { ...NEW_SESSION, ...options.session };
	return {
		session: () => session,
		say(text) {
			const answer = respondOffline(factsOf(catalog, text, session, options), language);
			session = { ...session, ...answer.session };
			return answer.proposal;
		},
	};
}

export function factsOf(catalog: Catalog, text: string, session: AgentSession, options: TalkOptions = {}): AgentFacts {
	const company: CompanyFacts = {
		name: 'Test Shop', type: 'product', currency: 'eur', defaultLanguage: 'English', instructions: '', firstAnswerItems: 12,
		handoverKeywords: [], privacyPolicyUrl: '', welcomeVideos: { product: '', service: '' }, paymentReady: true, ...options.company,
	};
	return {
		now: '2030-01-02T10:00:00.000Z',
		turn: {
			type: 'turn.ready', turnId: 'turn_1', conversationId: 'conv_1', companyId: 'comp_1', connectionId: 'conn_1', generation: 1,
			attempt: 1, traceparent: '', channel: options.channel ?? 'whatsapp', customer: { id: 'cust_1', name: 'Profile name' },
			company: { name: company.name, type: company.type }, text, messages: [],
		},
		company,
		session,
		catalog,
		order: options.order ?? null,
		schedule: options.schedule ?? null,
		bookings: options.bookings ?? [],
		history: [],
		customerPhone: options.customerPhone ?? '',
	};
}
