import type { ToolDefinition } from './tools.ts';

/** A tool that a model named in its words. */
export interface NamedCall {
	readonly name: string;
	readonly args: unknown;
}

/** For models that can't call tools: how to name one instead. */
export function toolsInWords(tools: readonly ToolDefinition[]): string {
	const list = tools.map(({ function: { name, description, parameters } }) => JSON.stringify({ tool: name, description, args: parameters }));
	return `You call a tool by answering with one JSON object and nothing else: {"tool": "<name>", "args": {…}}. Its result comes in the next message. The tools, with the JSON Schema of their args:\n${list.join('\n')}`;
}

/** The tool that an answer of such a model names; null when it names none. */
export function callFromText(content: string): NamedCall | null {
	const [from, to] = [content.indexOf('{'), content.lastIndexOf('}')];
	if (from === -1 || to < from) return null;
	try {
		const parsed: unknown = JSON.parse(content.slice(from, to + 1));
		if (typeof parsed !== 'object' || parsed === null || !('tool' in parsed) || typeof parsed.tool !== 'string') return null;
		const args: unknown = 'args' in parsed ? parsed.args : {};
		return { name: parsed.tool, args: typeof args === 'object' && args !== null && !Array.isArray(args) ? args : null };
	} catch {
		return null;
	}
}
