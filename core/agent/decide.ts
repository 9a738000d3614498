import { createCatalog } from '../catalog/search.ts';
import type { Decision, Proposal, Violation } from './decision.ts';
import type { AgentFacts, LanguageDetector } from './facts.ts';
import { accept, type Accepted } from './guard/accept.ts';
import { orderSummary, plainAnswer, withSafeOrder } from './guard/fallback.ts';
import { fitsChannel, shorten } from './channel-length.ts';
import { review, type Review } from './guard/review.ts';
import type { RuleName } from './guard/rules.ts';
import { violation } from './guard/violation.ts';
import { turnLanguage, type TurnLanguage } from './language.ts';
import { isUnheard, respondOffline } from './offline/respond.ts';
import { phrasesFor } from './phrases/index.ts';
import type { AgentSession } from './session.ts';

export interface DecideInput {
	/** null: answer without a model. */
	readonly proposal: Proposal | null;
	/** Name of the model that proposes. */
	readonly model: string;
	/** 1 may be rejected; from 2 on the guard answers safely by itself. */
	readonly attempt: number;
}

export interface DecidePorts {
	readonly detectLanguage: LanguageDetector;
	readonly decisionId: string;
	/** The guard or the built-in responder failed: a defect of ours, which no customer may pay for. For the log. */
	readonly onDefect?: (error: unknown) => void;
	/** A planted defect for the proofs: this one check is left out. Production never passes it. */
	readonly without?: RuleName;
}

export type DecideResult = Accepted | { readonly accepted: false; readonly violations: readonly Violation[] };

/**
 * The guard: turns a proposal into a decision that keeps every rule of docs/agent.md, or says what to put right. Pure; the
 * facts must have been read in this same request. Never throws for anything that a proposal holds: should the guard fail on one, the built-in
 * responder answers.
 */
export function decide(facts: AgentFacts, input: DecideInput, ports: DecidePorts): DecideResult {
	const turn = new Turn(facts, ports, turnLanguage(facts, ports.detectLanguage));
	if (input.proposal === null || isUnheard(facts.turn)) return turn.alone();
	try {
		return turn.proposed(input.proposal, input.model, input.attempt);
	} catch (error) {
		ports.onDefect?.(error);
		return turn.alone();
	}
}

class Turn {
	private readonly facts: AgentFacts;
	private readonly ports: DecidePorts;
	private readonly language: TurnLanguage;

	constructor(facts: AgentFacts, ports: DecidePorts, language: TurnLanguage) {
		this.facts = facts;
		this.ports = ports;
		this.language = language;
	}

	review(proposal: Proposal, isOffline: boolean): Review {
		return review(this.facts, proposal, { language: isOffline ? null : this.language, isOffline, detect: this.ports.detectLanguage, without: this.ports.without });
	}

	accept(reviewed: Review, origin: Decision['origin'], model: string, violations: readonly Violation[], session: Partial<AgentSession> = {}): Accepted {
		return accept(this.facts, reviewed, {
			decisionId: this.ports.decisionId,
			model,
			origin,
			language: origin === 'model' && this.ports.without !== 'language' ? this.language.language : reviewed.draft.proposal.language || this.language.language,
			customerLanguage: this.language.language,
			violations,
			session: { ...session, ...(this.language.detected ? { language: this.language.language } : {}) },
			without: this.ports.without,
		});
	}

	/** What comes of a model's proposal. */
	proposed(proposal: Proposal, model: string, attempt: number): DecideResult {
		const first = this.review(proposal, false);
		if (first.violations.length === 0) return this.accept(first, 'model', model, []);
		if (attempt <= 1) return { accepted: false, violations: first.violations };
		return this.repaired(proposal, first, model);
	}

	/** Without a model: the built-in responder; should that fail, a sentence and a person. */
	alone(): Accepted {
		try {
			return this.offline('offline', 'offline', []);
		} catch (error) {
			this.ports.onDefect?.(error);
			return this.handedOver();
		}
	}

	/** On a catalog without items, which nothing can be wrong with; what is known of the customer stays as it was. */
	private handedOver(): Accepted {
		const bare = new Turn({ ...this.facts, catalog: createCatalog([]) }, this.ports, this.language);
		const phrases = phrasesFor(this.language.language);
		const proposal: Proposal = {
			response: phrases.handover, language: phrases.language, intent: 'handover', send_payment_link: false, city: '', items: null, recipient_phone_number: '', client_name: '', address: '', order_description: '', focus_sku: '', requested: [],
			slot: null, booking_change: null, handover: { reason: 'the built-in responder failed' }, quotes: {},
		};
		const told = bare.accept(bare.review(proposal, true), 'offline', 'offline', [violation('offline_failed', 'The built-in responder failed, so the customer was told that a person answers. The platform\'s log says why.')]);
		return { ...told, session: { ...this.facts.session, greeted: true } };
	}

	/** A second attempt that still breaks a rule: keep what holds, and say it in words made of facts. */
	repaired(proposal: Proposal, first: Review, model: string): Accepted {
		const { response } = proposal;
		if (!fitsChannel(response, this.facts.turn.channel)) {
			const short = this.review({ ...proposal, response: this.shortened(response) }, false);
			if (short.violations.length === 0) return this.accept(short, 'model', model, [violation('shortened', 'The answer was too long twice and was cut at a sentence.')]);
		}
		return this.summary(proposal, first, model, first.violations) ?? this.offline('fallback', model, first.violations, first);
	}

	/** The order holds and the customer has committed to it: only the words have to be replaced. */
	private summary(proposal: Proposal, { draft: { order } }: Review, model: string, violations: readonly Violation[]): Accepted | null {
		if (!order.commits && !order.withheld) return null;
		const language = phrasesFor(this.language.language).language;
		const said = this.review(withSafeOrder({ ...proposal, language, intent: 'order' }, order, orderSummary(this.facts, order, language)), true);
		return said.violations.length === 0 ? this.accept(said, 'fallback', model, violations) : null;
	}

	/** The offline responder's answer, under the same guard. `proposed`: a model's review whose details are kept. */
	offline(origin: 'offline' | 'fallback', model: string, violations: readonly Violation[], proposed?: Review): Accepted {
		const answer = respondOffline(this.facts, this.language.language);
		const fitting = { ...answer.proposal, response: this.shortened(answer.proposal.response) };
		const reviewed = this.review(fitting, true);
		const session = proposed === undefined ? answer.session : withDetails(answer.session, this.facts.session, proposed);
		if (reviewed.violations.length === 0 || this.ports.without === 'offline_answer_withheld') return this.accept(reviewed, origin, model, violations, session);
		const withheld = violation('offline_answer_withheld', `The offline answer broke ${reviewed.violations.map(({ code }) => code).join(', ')} and was replaced.`);
		const noted = [...violations, withheld, ...reviewed.violations];
		return this.summary(fitting, reviewed, model, noted) ?? this.nothingStated(fitting, origin, model, noted, session);
	}

	/** The last resort: no fact, no order, one question. */
	private nothingStated(proposal: Proposal, origin: 'offline' | 'fallback', model: string, violations: readonly Violation[], session: Partial<AgentSession>): Accepted {
		const language = phrasesFor(this.language.language).language;
		const silent: Proposal = {
			...proposal, response: plainAnswer(this.facts, language), language, send_payment_link: false, items: null, city: '', recipient_phone_number: '', client_name: '', address: '', order_description: '', requested: [], handover: proposal.handover,
		};
		const { cart: _cart, phone: _phone, clientName: _name, city: _city, ...rest } = session;
		return this.accept(this.review(silent, true), origin, model, violations, rest);
	}

	private shortened(response: string): string {
		return shorten(response, this.facts.turn.channel, phrasesFor(this.language.language).cutOff);
	}
}

/** What a model read and the guard found true isn't lost because its words were replaced. */
function withDetails(offline: Partial<AgentSession>, before: AgentSession, { draft: { order } }: Review): Partial<AgentSession> {
	const cart = offline.cart ?? before.cart;
	const understood = order.lines.map(({ item, quantity }) => ({ sku: item.sku, quantity }));
	return {
		...offline,
		cart: cart.length > 0 ? cart : understood,
		city: offline.city || (order.city === 'online' ? '' : order.city),
		phone: offline.phone || order.phone,
		clientName: offline.clientName || order.clientName,
	};
}
