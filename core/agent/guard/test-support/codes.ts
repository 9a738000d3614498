import type { Item } from '../../../catalog/item.ts';
import { decide } from '../../decide.ts';
import type { Proposal, Violation } from '../../decision.ts';
import { factsOf, PORTS, proposal, TEA, type Scene } from './shops.ts';

/** What the guard says of an answer that a model proposes first. */
export function violationsOf(response: string, turn = 'hello', shop: readonly Item[] = TEA, proposed: Partial<Proposal> = {}, scene: Scene = {}): readonly Violation[] {
	const result = decide(factsOf(shop, { ...scene, text: turn }), { proposal: proposal({ response, ...proposed }), model: 'test-model', attempt: 1 }, PORTS);
	return result.accepted ? [] : result.violations;
}

/** Its codes in a row, '' for an answer that may leave. */
export function codesOf(...said: Parameters<typeof violationsOf>): string {
	return violationsOf(...said).map(({ code }) => code).join(' ');
}
