import type { JsonObject } from '../json.ts';

/** One scripted answer of the model. */
export interface ScriptStep {
	/** Substring (case ignored) of the last user or tool message; empty matches everything. */
	contains: string;
	/** The request must offer this tool; empty matches everything. */
	hasTool: string;
	/** Uses left. */
	left: number;
	reply: JsonObject;
}

export interface OpenAiState {
	steps: ScriptStep[];
	requests: { at: number; body: JsonObject }[];
}

export function emptyOpenAiState(): OpenAiState {
	return { steps: [], requests: [] };
}
