import type { Item } from '../../../catalog/item.ts';
import { createCatalog } from '../../../catalog/search.ts';
import { decide } from '../../decide.ts';
import type { Decision } from '../../decision.ts';
import { NEW_SESSION } from '../../session.ts';
import type { AgentSession } from '../../session.ts';
import { factsOf } from './talk.ts';
import type { TalkOptions } from './talk.ts';

/** A conversation with the offline responder under the guard, as the backend runs it. Returns the decision of a turn. */
export function guardedTalk(shop: readonly Item[], language: string, options: TalkOptions = {}): (text: string) => Decision {
	const catalog = createCatalog(shop);
	let session: AgentSession = { ...NEW_SESSION, ...options.session };
	return (text) => {
		const facts = factsOf(catalog, text, session, options);
		const ports = { detectLanguage: () => ({ language, confidence: 1 }), decisionId: 'decision_1' };
		const decided = decide(facts, { proposal: null, model: 'offline', attempt: 1 }, ports);
		if (!decided.accepted) throw new Error('An offline answer is never rejected.');
		session = decided.session;
		return decided.decision;
	};
}
