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

/** The answer to one recording; `status` 400 and above instead of it, `delay_ms` before it. */
export interface ScriptedTranscript {
	text: string;
	status: number;
	delay_ms: number;
}

export interface OpenAiState {
	steps: ScriptStep[];
	requests: { at: number; body: JsonObject }[];
	/** Scripted transcripts, in order. */
	transcripts: ScriptedTranscript[];
	/** What was to be transcribed. */
	transcriptions: { at: number; model: string; filename: string; mimetype: string; bytes: number }[];
}

export function emptyOpenAiState(): OpenAiState {
	return { steps: [], requests: [], transcripts: [], transcriptions: [] };
}
