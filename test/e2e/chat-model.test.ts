import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';
import { openDatabase } from './stored.ts';

const access = inject('stack');
const { sandbox, n8n, textsTo, workflowId, executions, api } = stackClients(access);
const stored = openDatabase(access.databaseOwnerUrl);

interface WorkflowNode {
	readonly id: string;
	readonly name: string;
	readonly type: string;
	readonly typeVersion: number;
	readonly position: [number, number];
	readonly parameters: object;
	readonly credentials?: object;
}
interface Workflow {
	readonly name: string;
	readonly nodes: WorkflowNode[];
	readonly connections: Record<string, Record<string, { node: string; type: string; index: number }[][]>>;
	readonly settings: object;
}

let answerId: string;
let original: Workflow;
let credentialId: string;
let session: string;

/** Connects n8n's own OpenAI Chat Model node to the Sales Agent, as an operator does in the editor. */
beforeAll(async () => {
	answerId = await workflowId('Concierge: answer');
	const { body } = await n8n.get<Workflow>(`/workflows/${answerId}`);
	original = { name: body.name, nodes: body.nodes, connections: body.connections, settings: body.settings };
	const created = await n8n.post<{ id: string }>('/credentials', {
		name: 'Sandbox model', type: 'openAiApi', data: { apiKey: 'sk-sandbox', url: `${access.urls.sandbox}/openai/v1`, header: false },
	});
	credentialId = created.body.id;
	const model: WorkflowNode = {
		id: 'answer-openai',
		name: 'OpenAI Chat Model',
		type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
		typeVersion: 1.2,
		position: [416, 448],
		parameters: { model: { __rl: true, mode: 'id', value: 'gpt-sandbox' }, options: {} },
		credentials: { openAiApi: { id: credentialId, name: 'Sandbox model' } },
	};
	const put = await n8n.put(`/workflows/${answerId}`, {
		...original,
		nodes: [...original.nodes, model],
		connections: { ...original.connections, [model.name]: { ai_languageModel: [[{ node: 'Sales Agent', type: 'ai_languageModel', index: 0 }]] } },
	});
	if (put.status !== 200) throw new Error(`n8n refused the workflow: ${JSON.stringify(put.body)}`);
	session = (await api(access.demo['Flores']?.apiKey ?? '').get<{ data: { external_id: string }[] }>('/v1/connections')).body.data[0]?.external_id ?? '';
});

afterAll(async () => {
	await sandbox.delete('/control/openai/script');
	await n8n.put(`/workflows/${answerId}`, original);
	await n8n.delete(`/credentials/${credentialId}`);
});

const write = (from: string, body: string) => sandbox.post(`/control/waha/sessions/${session}/messages`, { from, body });
const answered = (from: string) => eventually('an answer', async () => (await textsTo('whatsapp', from))[0], 30_000);
/** What the model answers from now on; steps of an earlier test are forgotten. */
const script = async (steps: object[]) => {
	await sandbox.delete('/control/openai/script');
	await sandbox.post('/control/openai/script', { steps });
};
const decide = (args: object) => ({ tool_calls: [{ name: 'decide', arguments: { intent: 'question', send_payment_link: false, ...args } }] });
const decisionOf = async (from: string) =>
	(await stored.query<{ decision: { model: string; origin: string; violations: { code: string }[]; response: string } }>(
		`SELECT d.decision FROM decisions d JOIN conversations c ON c.id = d.conversation_id WHERE c.chat_id LIKE $1 ORDER BY d.created_at DESC LIMIT 1`, [`${from}%`],
	))[0]?.decision;

describe('with n8n’s own OpenAI Chat Model connected', () => {
	test('the model searches by tool and its grounded answer is sent', async () => {
		const from = '34699300001';
		await script([
			{ when: { has_tool: 'search_catalog' }, reply: { tool_calls: [{ name: 'search_catalog', arguments: { query: 'Букет из 20 роз' } }] }, times: 1 },
			{ reply: decide({ response: 'El «Букет из 20 роз» cuesta 59,90 €. ¿Se lo preparo?', language: 'Spanish', focus_sku: '1001' }), times: 1 },
		]);
		const before = (await executions(answerId)).length;
		await write(from, 'Hola, ¿cuánto cuesta el ramo de 20 rosas?');
		expect((await answered(from)).text).toBe('El «Букет из 20 роз» cuesta 59,90 €. ¿Se lo preparo?');
		expect(await decisionOf(from)).toMatchObject({ origin: 'model', violations: [] });
		await stored.untilQuiet();
		expect((await executions(answerId)).length - before).toBe(1);
		const { body } = await sandbox.get<{ data: unknown[] }>('/control/openai/requests');
		expect(JSON.stringify(body)).not.toMatch(/stock_units|"stock"|slots_available/);
	});

	test('an invented price is sent back once; the corrected answer goes out', async () => {
		const from = '34699300002';
		await script([
			{ reply: decide({ response: 'El «Букет из 20 роз» cuesta solo 39,90 €.', language: 'Spanish', focus_sku: '1001' }), times: 1 },
			{ reply: decide({ response: 'El «Букет из 20 роз» cuesta 59,90 €.', language: 'Spanish', focus_sku: '1001' }), times: 1 },
		]);
		await write(from, 'Hola, ¿cuánto cuesta el ramo de 20 rosas?');
		expect((await answered(from)).text).toContain('59,90');
		expect(await textsTo('whatsapp', from)).toHaveLength(1);
	});

	test('a model that insists on an invented price is not sent: the backend answers from facts', async () => {
		const from = '34699300003';
		await script([{ reply: decide({ response: 'El «Букет из 20 роз» cuesta solo 39,90 €, ¡y le llega en 10 minutos!', language: 'Spanish', focus_sku: '1001' }), times: 9 }]);
		await write(from, 'Hola, ¿cuánto cuesta el ramo de 20 rosas?');
		const { text } = await answered(from);
		expect(text).not.toContain('39,90');
		expect(text).toContain('59,90');
		const decision = await decisionOf(from);
		expect(decision?.origin).toBe('fallback');
		expect(decision?.violations.length).toBeGreaterThan(0);
	});

	test('a picture goes to the model beside the words; one that takes none is asked again without', async () => {
		const asked = async () => (await sandbox.get<{ data: { body: { messages: { content: unknown }[] } }[] }>('/control/openai/requests')).body.data.map(({ body }) => body.messages.at(-1)?.content);
		const found = decide({ response: 'Это похоже на «Букет из 20 роз»: 59,90 €.', language: 'Russian', focus_sku: '1001' });
		await script([{ reply: { status: 400 }, times: 1 }, { reply: found, times: 1 }]);
		const [before, from] = [(await asked()).length, '34699300005'];
		await sandbox.post(`/control/waha/sessions/${session}/messages`, { from, body: 'Здравствуйте, есть такой?', image: true });
		expect((await answered(from)).text).toContain('59,90');
		expect(await decisionOf(from)).toMatchObject({ origin: 'model', violations: [] });
		const [withPicture, without] = (await asked()).slice(before);
		expect(withPicture).toEqual([{ type: 'text', text: 'Здравствуйте, есть такой?\n[photo]' }, { type: 'image_url', image_url: { url: expect.stringMatching(/^data:image\/png;base64,iVBOR/) as string } }]);
		expect(without).toBe('Здравствуйте, есть такой?\n[photo]');
	});

	test('a model that is down is replaced by the offline responder', async () => {
		const from = '34699300004';
		await script([{ reply: { status: 400 }, times: 50 }]);
		await write(from, 'Здравствуйте! Сколько стоит букет из 20 роз?');
		expect((await answered(from)).text).toContain('59,90');
		expect(await decisionOf(from)).toMatchObject({ model: 'offline' });
	});
});
