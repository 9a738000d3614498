import { tokenize } from '../../catalog/fold.ts';
import type { Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import type { LeftOut } from './checks.ts';
import { violation } from './violation.ts';

/** Rule 10: the address is the one that the customer wrote, in whatever script or order it is repeated. */
export function checkAddress({ turn, session }: AgentFacts, proposed: string, without?: LeftOut): { readonly address: string; readonly violations: readonly Violation[] } {
	const address = proposed.trim().replace(/\s+/gu, ' ').slice(0, 300);
	const words = tokenize(address);
	if (words.length === 0) return { address: session.address, violations: [] };
	const said = new Set([...tokenize(turn.text), ...tokenize(session.address)]);
	if (without === 'address_not_from_customer' || words.every((word) => said.has(word))) return { address, violations: [] };
	return { address: session.address, violations: [violation('address_not_from_customer', `The customer didn't give the address "${address}". Ask for street and house number.`)] };
}
