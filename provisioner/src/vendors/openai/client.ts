import { z } from 'zod';
import { callVendor, failureOf, VendorError } from '../http.ts';

export interface TranscriptionClient {
	/** What a recording says, in its own language; '' for silence. @throws VendorError; `refused` for what will be refused again. */
	transcribe(recording: { bytes: Uint8Array<ArrayBuffer>; mimetype: string; signal?: AbortSignal }): Promise<string>;
}

/** A minute of speech takes a few seconds. */
const TIMEOUT_MS = 60_000;

const transcriptSchema = z.object({ text: z.string() });
const failureSchema = z.object({ error: z.object({ message: z.string().default(''), code: z.string().nullish() }) });

/** Formats that the API knows, by the extension of the file's name: it goes by nothing else. */
const EXTENSIONS: Readonly<Record<string, string>> = {
	'audio/ogg': 'ogg', 'audio/opus': 'ogg', 'audio/mpeg': 'mp3', 'audio/mp3': 'mp3', 'audio/mp4': 'm4a', 'audio/x-m4a': 'm4a', 'audio/aac': 'm4a', 'audio/wav': 'wav',
	'audio/x-wav': 'wav', 'audio/webm': 'webm', 'audio/flac': 'flac',
};

/**
 * Client of an OpenAI-compatible transcription service, https://platform.openai.com/docs/api-reference/audio/createTranscription.
 * `url` is its base without `/v1`; `apiKey` may be '' for one that wants none.
 */
export function createTranscriptionClient({ url, apiKey, model }: { url: string; apiKey: string; model: string }): TranscriptionClient {
	const headers: Record<string, string> = apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` };
	return {
		async transcribe({ bytes, mimetype, signal }) {
			const kind = mimetype.split(';')[0]?.trim().toLowerCase() ?? '';
			const form = new FormData();
			// Voice notes of both channels are Ogg.
			form.set('file', new Blob([bytes], { type: kind === '' ? 'audio/ogg' : kind }), `voice.${EXTENSIONS[kind] ?? 'ogg'}`);
			form.set('model', model);
			form.set('response_format', 'json');
			const request = {
				vendor: 'openai', operation: 'transcribe', method: 'POST', url: `${url}/v1/audio/transcriptions`, form, timeoutMs: TIMEOUT_MS, secrets: [apiKey],
				headers,
				...(signal ? { signal } : {}),
			};
			const answer = await callVendor(request);
			if (answer.status >= 200 && answer.status < 300) {
				const transcript = transcriptSchema.safeParse(answer.json);
				if (!transcript.success) throw new VendorError('openai', 'refused', "openai's answer to transcribe has another shape than documented.");
				return transcript.data.text.trim();
			}
			const failure = failureSchema.safeParse(answer.json).data?.error;
			// Nothing is left to pay with: waiting does not help.
			const outcome = failure?.code === 'insufficient_quota' ? 'refused' : undefined;
			throw failureOf(request, answer, failure?.message ?? '', outcome);
		},
	};
}
