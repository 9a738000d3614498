import OpenAI, { toFile } from 'openai';
import { createTranscriptionClient } from '../../provisioner/src/vendors/openai/client.ts';
import type { DriveTarget } from './drive-waha.ts';

/** Calls every route of the model stand-in with the official SDK. */
export async function driveOpenAi(target: DriveTarget): Promise<void> {
	const openai = new OpenAI({ apiKey: 'conformance', baseURL: `${target.url}/openai/v1`, maxRetries: 0 });
	await target.control('/openai/script', {
		steps: [
			{ reply: { content: 'Hola' } },
			{ reply: { tool_calls: [{ name: 'decide', arguments: { city: 'Valencia' } }] } },
		],
	});
	await target.control('/openai/transcripts', { transcripts: [{ text: 'Hola' }, { text: 'Hola' }] });
	const bytes = new Uint8Array(Buffer.from('OggS'));
	await openai.audio.transcriptions.create({ model: 'whisper-1', file: await toFile(bytes, 'voice.ogg') });
	await createTranscriptionClient({ url: `${target.url}/openai`, apiKey: 'conformance', model: 'whisper-1' }).transcribe({ bytes, mimetype: 'audio/ogg; codecs=opus' });
	const { data } = await openai.models.list();
	await openai.models.retrieve(data[0]?.id ?? '');
	for (const content of ['Hola', 'Valencia']) {
		await openai.chat.completions.create({ model: data[0]?.id ?? '', messages: [{ role: 'user', content }] });
	}
}
