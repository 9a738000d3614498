import type { IExecuteFunctions } from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';
import type { ChatModelLike, NamedChatModel } from '../../core/agent/loop.ts';

/**
 * The chat models connected to the node, primary first; empty when none is.
 * Throws NodeOperationError for what is no chat model.
 */
export async function connectedModels(context: IExecuteFunctions): Promise<readonly NamedChatModel[]> {
	const supplied: unknown = await context.getInputConnectionData(NodeConnectionTypes.AiLanguageModel, 0);
	const models: readonly unknown[] = Array.isArray(supplied) ? supplied : [supplied];
	return (
		models
			.filter((model) => model !== undefined && model !== null)
			// n8n hands them over in the reverse order of the inputs.
			.reverse()
			.map((model) => {
				if (!isChatModel(model)) {
					throw new NodeOperationError(context.getNode(), `What is connected as "${modelName(model)}" is no chat model`, {
						description: 'Connect a chat model, e.g. OpenAI Chat Model, Anthropic Chat Model or Ollama Chat Model.',
					});
				}
				return { name: modelName(model), model };
			})
	);
}

function isChatModel(value: unknown): value is ChatModelLike {
	return hasMethod(value, 'invoke');
}

function hasMethod(value: unknown, name: string): boolean {
	return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function';
}

/** The platform keeps no longer ones. */
const MOST_NAME_CHARACTERS = 200;

/** "gpt-4.1-mini" rather than "ChatOpenAI": LangChain's models keep the vendor's name in one of these. */
function modelName(value: unknown): string {
	if (typeof value !== 'object' || value === null) return 'chat model';
	for (const key of ['model', 'modelName', 'modelId']) {
		const name: unknown = Reflect.get(value, key);
		if (typeof name === 'string' && name !== '') return name.slice(0, MOST_NAME_CHARACTERS);
	}
	return 'chat model';
}
