import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

/**
 * What differs when n8n runs a node as a tool of an AI agent, under its name with "Tool" at the end. The agent's item comes in with the
 * model's arguments laid over it, and what goes out is read by the model: all of it, so as little as it needs.
 */

export function isTool(context: IExecuteFunctions): boolean {
	return context.getNode().type.endsWith('Tool') || context.isToolExecution();
}

/** What a node's result is added to: the item that came in. A model knows that already. */
export function passedOn(context: IExecuteFunctions, item: INodeExecutionData): IDataObject {
	return isTool(context) ? {} : item.json;
}

/**
 * The value that the model passed under this name, whether it was asked for or not; undefined when it passed none. n8n checks no
 * argument against the tool's schema before it lays them over the item.
 */
export function passedByModel(context: IExecuteFunctions, itemIndex: number, name: string): unknown {
	const value: unknown = context.evaluateExpression(`{{ $fromAI('${name}', '', 'string', '') }}`, itemIndex);
	return value === '' || value === null ? undefined : value;
}

/** What the model reads of the tool, instead of n8n's "Search items in Catalog". The operator may change it. */
export function toolDescription(text: string): INodeProperties {
	return {
		displayName: 'Description',
		name: 'toolDescription',
		type: 'string',
		typeOptions: { rows: 3 },
		required: true,
		default: text,
		displayOptions: { show: { '@tool': [true] } },
		description: 'Tells the model what this tool does and when to use it',
	};
}

/** The same parameter twice: as it is in a node, and in a tool with another default. */
export function otherDefaultInTool(property: INodeProperties, toolDefault: INodeProperties['default']): INodeProperties[] {
	const shown = (tool: boolean): INodeProperties['displayOptions'] => ({
		...property.displayOptions,
		show: { ...property.displayOptions?.show, '@tool': [tool] },
	});
	return [
		{ ...property, displayOptions: shown(false) },
		{ ...property, default: toolDefault, displayOptions: shown(true) },
	];
}

/** The same choice twice: as it is in a node, and in a tool with these values only. */
export function withFewerInTool(property: INodeProperties, values: readonly string[]): INodeProperties[] {
	const [inNode, inTool] = otherDefaultInTool(property, property.default);
	const options = property.options?.filter((option) => 'value' in option && values.includes(String(option.value)));
	return [...(inNode ? [inNode] : []), ...(inTool && options ? [{ ...inTool, options }] : [])];
}

/** Filled in by the model unless the operator enters something; as if the operator had clicked "Let the model define this parameter". */
export function filledByModel(property: INodeProperties, key: string, description: string): INodeProperties[] {
	return otherDefaultInTool(property, `={{ /*n8n-auto-generated-fromAI-override*/ $fromAI('${key}', \`${description}\`, 'string') }}`);
}
