import type { INodeType, ISupplyDataFunctions } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

export interface ToolCall {
	readonly id: string;
	readonly name: string;
	readonly args: Record<string, unknown>;
}

/** A LangChain-shaped chat model, as n8n's model nodes supply it: answers with what the test wrote, the last answer again and again. */
export class FakeModel {
	readonly model: string;
	readonly seen: unknown[] = [];
	readonly #answers: Array<ToolCall[] | Error>;

	constructor(model: string, answers: ReadonlyArray<ToolCall[] | Error>) {
		this.model = model;
		this.#answers = [...answers];
	}

	bindTools() {
		return this;
	}

	async invoke(messages: unknown) {
		this.seen.push(messages);
		const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
		if (answer instanceof Error) throw answer;
		return { content: '', tool_calls: answer ?? [], usage_metadata: {} };
	}
}

/** A sub-node that supplies `model`, in the place of n8n's OpenAI Chat Model. */
export function modelNode(model: unknown): INodeType {
	return {
		description: {
			displayName: 'Fake Model',
			name: 'fakeModel',
			group: ['transform'],
			version: 1,
			description: '',
			defaults: { name: 'Fake Model' },
			inputs: [],
			outputs: [NodeConnectionTypes.AiLanguageModel],
			properties: [],
		},
		supplyData: async function (this: ISupplyDataFunctions) {
			return { response: model };
		},
	};
}
