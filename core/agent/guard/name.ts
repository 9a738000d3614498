import type { Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { fold, tokenize } from '../../catalog/fold.ts';
import type { LeftOut } from './checks.ts';
import { violation } from './violation.ts';

/** Rule 10: the name is the one that the customer gave, in whatever script it is repeated. */
export function checkName({ turn, session }: AgentFacts, proposed: string, without?: LeftOut): { readonly name: string; readonly violations: readonly Violation[] } {
	const name = proposed.trim().replace(/\s+/gu, ' ').slice(0, 120);
	if (name === '' || /^[\d\s+]*$/u.test(name)) return { name: session.clientName, violations: [] };
	const readable = /^[\p{L}\p{M}][\p{L}\p{M}\s.'’‘ʼ`´·-]*$/u.test(name);
	const said = new Set(tokenize(turn.text));
	const words = tokenize(name);
	if (without === 'name_not_from_customer' || fold(name) === fold(session.clientName) || (readable && words.length > 0 && words.every((word) => said.has(word)))) return { name, violations: [] };
	return { name: session.clientName, violations: [violation('name_not_from_customer', `The customer didn't give the name "${name}". Ask for the name.`)] };
}
