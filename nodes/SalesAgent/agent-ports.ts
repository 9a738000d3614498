import type { AgentContext } from '../../core/agent/context.ts';
import type { DecisionAnswer, runAgent } from '../../core/agent/loop.ts';
import { AppError } from '../../core/errors.ts';
import type { TurnCall } from '../shared/gather.ts';
import type { Platform } from '../shared/platform-api.ts';
import { isRecord, unexpectedAnswer } from '../shared/platform-api.ts';

type AgentPorts = Parameters<typeof runAgent>[0]['ports'];

/** What the node adds to the company's behaviour settings. */
export interface OwnBehaviour {
	/** Name of one in the company's settings. */
	readonly scenario?: string;
	/** For the models of this node. */
	readonly instructions?: string;
	/** false: models see no pictures of customers. */
	readonly showPictures?: boolean;
}

/**
 * What the agent's loop needs of the platform, for one turn and under its trace. The shapes are the platform's; only their outline is
 * checked here. `gather` puts the decisions of several items into one call.
 */
export function agentPorts(platform: Platform, turnId: string, trace: { readonly traceparent?: string }, gather: (call: TurnCall) => Promise<unknown>, own: OwnBehaviour = {}): AgentPorts {
	// Cut where the platform would refuse it: a wrong name costs no customer an answer.
	const named = own.scenario?.trim().slice(0, 200) ?? '';
	const scenario = named === '' ? {} : { scenario: named };
	const turn = `/v1/turns/${encodeURIComponent(turnId)}`;
	return {
		async loadContext(models) {
			const context = await platform.request({ method: 'GET', path: `${turn}/context`, query: { ...scenario, models: JSON.stringify(models) }, ...trace });
			if (!isAgentContext(context)) throw unexpectedAnswer('context');
			const instructions = [context.company.instructions, own.instructions?.trim() ?? ''].filter((text) => text !== '').join('\n\n');
			// An older platform names no pictures.
			const pictures: unknown = context.pictures;
			return { ...context, pictures: Array.isArray(pictures) && own.showPictures !== false ? pictures.filter((id) => typeof id === 'string') : [], company: { ...context.company, instructions } };
		},
		async loadPicture(messageId) {
			return await platform.download({ method: 'GET', path: `${turn}/pictures/${encodeURIComponent(messageId)}`, ...trace }).catch(withoutPicture);
		},
		async callTool(name, args) {
			const path = `${turn}/tools/${encodeURIComponent(name)}`;
			const answer = await platform.request({ method: 'POST', path, body: isRecord(args) ? args : {}, ...trace }).catch(tellModel);
			if (!isRecord(answer) || !('result' in answer)) throw unexpectedAnswer('tool result');
			return answer['result'];
		},
		async decide({ proposal, model, attempt, failures }) {
			const body = { proposal, model, attempt, ...scenario, ...(failures.length === 0 ? {} : { failures: failures.map(({ model: name, code }) => ({ model: name, code })) }) };
			const answer = await gather({
				batchPath: '/v1/turns/decisions',
				turn: { turn_id: turnId, ...trace, ...body },
				alone: async () => await platform.request({ method: 'POST', path: `${turn}/decision`, body, ...trace }),
			});
			if (!isDecisionAnswer(answer)) throw unexpectedAnswer('decision');
			return answer;
		},
	};
}

/** Expired at the channel, too large, of an unknown kind: the customer is answered without. Every other error is the caller's. */
function withoutPicture(error: unknown): null {
	if (error instanceof AppError && error.code.startsWith('picture_')) return null;
	throw error;
}

/** The model chose the arguments, so the model is told what is wrong with them; every other error is the caller's. */
function tellModel(error: unknown): { result: { error: string } } {
	if (error instanceof AppError && [400, 422].includes(error.status)) return { result: { error: error.message } };
	throw error;
}

function isAgentContext(value: unknown): value is AgentContext {
	return isRecord(value) && isRecord(value['turn']) && isRecord(value['company']);
}

function isDecisionAnswer(value: unknown): value is DecisionAnswer {
	if (!isRecord(value)) return false;
	if (value['accepted'] === false) return Array.isArray(value['violations']);
	const steps: readonly unknown[] = ['reply', 'checkout', 'handover'];
	return value['accepted'] === true && isRecord(value['decision']) && steps.includes(value['next']);
}
