import OpenAI, { APIError, toFile } from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestSandbox } from '../test-support.ts';
import { startSandbox } from '../test-support.ts';

let sandbox: TestSandbox;
let openai: OpenAI;

beforeEach(async () => {
	sandbox = await startSandbox();
	openai = new OpenAI({ apiKey: 'any', baseURL: `${sandbox.url}/openai/v1`, maxRetries: 0 });
});
afterEach(() => sandbox.close());

const TOOLS = [{ type: 'function' as const, function: { name: 'decide', parameters: { type: 'object' } } }];

function ask(text: string) {
	return openai.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: text }], tools: TOOLS });
}

describe('chat completions, driven by the openai package', () => {
	it('answers from the first matching step, as often as it says', async () => {
		await sandbox.post('/openai/script', {
			steps: [
				{ when: { contains: 'ROSES' }, reply: { content: 'Roses it is.' } },
				{ when: { has_tool: 'decide' }, reply: { tool_calls: [{ name: 'decide', arguments: { city: 'Valencia' } }] }, times: 2 },
			],
		});
		expect((await ask('20 roses please')).choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Roses it is.' } });
		for (const text of ['20 roses please', 'and a card']) {
			const [choice] = (await ask(text)).choices;
			expect(choice).toMatchObject({
				finish_reason: 'tool_calls',
				message: { content: null, tool_calls: [{ type: 'function', function: { name: 'decide', arguments: '{"city":"Valencia"}' } }] },
			});
		}
		await expect(ask('more')).rejects.toMatchObject({ status: 400, message: expect.stringContaining('no scripted step') });
	});

	it('streams text and tool calls', async () => {
		const args = { items: ['rose', 'card'], note: 'a text that is longer than one piece' };
		await sandbox.post('/openai/script', {
			steps: [{ reply: { content: 'Un momento, lo miro en el catálogo 🌹', tool_calls: [{ name: 'decide', arguments: args }] } }],
		});
		const stream = openai.chat.completions.stream({
			model: 'gpt-5-mini',
			messages: [{ role: 'user', content: 'hola' }],
			tools: TOOLS,
			stream_options: { include_usage: true },
		});
		const final = await stream.finalChatCompletion();
		expect(final.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: 'Un momento, lo miro en el catálogo 🌹' } });
		const call = final.choices[0]?.message.tool_calls?.[0];
		expect(call?.type === 'function' ? JSON.parse(call.function.arguments) : undefined).toEqual(args);
		expect(final.usage?.total_tokens).toBe(120);
	});

	it('plays malformed arguments, refusals, cut answers and errors', async () => {
		await sandbox.post('/openai/script', {
			steps: [
				{ reply: { tool_calls: [{ name: 'decide', arguments: '{"city": ' }] } },
				{ reply: { refusal: 'I cannot.' } },
				{ reply: { content: 'Half', finish_reason: 'length' } },
				{ reply: { status: 429 } },
			],
		});
		const malformed = (await ask('1')).choices[0]?.message.tool_calls?.[0];
		expect(malformed?.type === 'function' ? malformed.function.arguments : '').toBe('{"city": ');
		expect((await ask('2')).choices[0]?.message.refusal).toBe('I cannot.');
		expect((await ask('3')).choices[0]?.finish_reason).toBe('length');
		const error: unknown = await ask('4').catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(APIError);
		expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
	});

	it('shows what was asked, and forgets it', async () => {
		await ask('hola').catch(() => undefined);
		expect(await sandbox.get('/openai/requests')).toMatchObject({ data: [{ body: { model: 'gpt-5-mini', messages: [{ content: 'hola' }] } }] });
		await fetch(`${sandbox.url}/control/openai/script`, { method: 'DELETE' });
		expect(await sandbox.get('/openai/requests')).toEqual({ data: [] });
	});

	it('lists models', async () => {
		const models = await openai.models.list();
		expect(models.data.map((model) => model.id)).toContain('gpt-5-mini');
	});
});

describe('transcriptions, driven by the openai package', () => {
	const transcribe = async () =>
		openai.audio.transcriptions.create({ model: 'whisper-1', file: await toFile(Buffer.from('OggS'), 'voice.ogg', { type: 'audio/ogg' }) });

	it('answers what is scripted, in order, and keeps what was asked', async () => {
		await sandbox.post('/openai/transcripts', { transcripts: [{ text: 'Quiero rosas', delay_ms: 5 }, { status: 503 }] });
		expect((await transcribe()).text).toBe('Quiero rosas');
		await expect(transcribe()).rejects.toMatchObject({ status: 503 });
		await expect(transcribe()).rejects.toMatchObject({ status: 400, message: expect.stringContaining('no scripted transcript') });
		const { data } = await sandbox.get('/openai/transcriptions');
		expect(data).toMatchObject([{ model: 'whisper-1', filename: 'voice.ogg', mimetype: 'audio/ogg', bytes: 4 }, {}, {}]);
	});

	it('refuses a call without a file', async () => {
		const response = await fetch(`${sandbox.url}/openai/v1/audio/transcriptions`, { method: 'POST', headers: { authorization: 'Bearer any' }, body: '{}' });
		expect(response.status).toBe(400);
	});
});
