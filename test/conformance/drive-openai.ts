import OpenAI from 'openai';
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
	const { data } = await openai.models.list();
	await openai.models.retrieve(data[0]?.id ?? '');
	for (const content of ['Hola', 'Valencia']) {
		await openai.chat.completions.create({ model: data[0]?.id ?? '', messages: [{ role: 'user', content }] });
	}
}
