import { buildContext } from '../../core/agent/context.ts';
import type { Proposal, Violation } from '../../core/agent/decision.ts';
import type { AgentFacts } from '../../core/agent/facts.ts';
import type { Accepted } from '../../core/agent/guard/accept.ts';
import type { AgentPorts, DecisionAnswer } from '../../core/agent/loop.ts';
import { parseProposal } from '../../core/agent/proposal-schema.ts';
import { runTool } from '../../core/agent/tools.ts';
import { detectLanguage } from '../../provisioner/src/features/agent/detect-language.ts';
import { decide } from '../../core/agent/decide.ts';
import type { RuleName } from '../../core/agent/guard/rules.ts';

/** Unreadable twice: what the backend then has the guard answer. */
const NOTHING_PROPOSED: Proposal = {
	response: '', language: '', intent: 'unclear', send_payment_link: false, city: '', items: null, recipient_phone_number: '', client_name: '', address: '', order_description: '', focus_sku: '', requested: [], slot: null, booking_change: null,
	handover: null, quotes: {},
};

/** How a proposal becomes a decision; replaced by the eval's run without a guard. */
export type Decide = (facts: AgentFacts, input: { readonly proposal: Proposal | null; readonly model: string; readonly attempt: 1 | 2 }) => Accepted | { readonly accepted: false; readonly violations: readonly Violation[] };

/** The guard as it is, or with one rule switched off. */
export function guarded(without?: RuleName): Decide {
	return (facts, input) => decide(facts, input, { detectLanguage, decisionId: `dec_${facts.turn.turnId}`, ...(without === undefined ? {} : { without }) });
}

export interface Backend {
	readonly ports: AgentPorts;
	/** The accepted decision with the session that goes with it. */
	readonly accepted: () => Accepted | null;
	/** Violations of each proposal that was sent back. */
	readonly sentBack: (readonly Violation[])[];
	readonly toolsCalled: string[];
}

/** The turn API of one turn (provisioner/src/features/agent) without HTTP and database. */
export function backendFor(facts: AgentFacts, decide: Decide): Backend {
	let accepted: Accepted | null = null;
	const sentBack: (readonly Violation[])[] = [];
	const toolsCalled: string[] = [];
	const rejected = (violations: readonly Violation[]): DecisionAnswer => {
		sentBack.push(violations);
		return { accepted: false, violations };
	};
	return {
		sentBack,
		toolsCalled,
		accepted: () => accepted,
		ports: {
			loadContext: async () => buildContext(facts),
			loadPicture: async () => null,
			callTool: async (name, args) => {
				toolsCalled.push(name);
				return runTool(facts, name, args);
			},
			async decide({ proposal, model, attempt }) {
				const parsed = proposal === null ? null : parseProposal(proposal);
				if (parsed?.ok === false && attempt === 1) return rejected(parsed.violations);
				const result = decide(facts, { proposal: parsed === null ? null : parsed.ok ? parsed.proposal : NOTHING_PROPOSED, model, attempt });
				if (!result.accepted) return rejected(result.violations);
				accepted = result;
				return { accepted: true, next: result.next, decision: result.decision };
			},
		},
	};
}
