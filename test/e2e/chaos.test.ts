import { expect, test } from 'vitest';
import type { Customer } from '../chaos/customer.ts';
import type { Evidence } from '../chaos/evidence.ts';
import { runChaos } from '../chaos/run.ts';
import { judge } from '../chaos/verdict.ts';

// A stack of its own: it is killed. A longer run: npm run chaos.
test('kill -9 of the gateway, n8n and PostgreSQL while customers write: everything is answered exactly once', { timeout: 300_000 }, async () => {
	const lines: string[] = [];
	const { violations, report, summary } = await runChaos({
		seed: 7, victims: ['gateway', 'n8n', 'postgres'], phaseMs: 7_000, mixed: false, askers: 6, buyers: 3, print: (line) => lines.push(line),
	});
	process.stdout.write(`${summary}\n`);
	if (violations.length > 0) throw new Error(`${lines.join('\n')}\n${report}\n${summary}`);
	expect(summary).not.toMatch(/(gateway|n8n|postgres) [01]\b/);
});

/** One customer, one question, one answer: as it should be. */
function allWell(): Evidence {
	const customer: Customer = { label: 'whatsapp 1', channel: 'whatsapp', id: '1', lid: '', troubles: [], written: [{ id: 'M1', text: 'How much is the Zinc bucket?', at: 1, asks: 'Zinc bucket', acknowledgedAt: 2 }] };
	const text = 'Zinc bucket — €83.36\nWould you like to order it?';
	return {
		customers: [customer],
		conversations: [{ id: 'c', chat_id: '1@c.us', customer_phone: '1', state: 'bot' }],
		messages: [{ id: 'm', conversation_id: 'c', vendor_message_id: 'M1', text: 'How much is the Zinc bucket?', turn_id: 't', received_at: 2 }],
		turns: [{ id: 't', conversation_id: 'c', state: 'done', attempts: 1, opened_at: 2, done_at: 3, last_error: null }],
		parts: [{ id: 'o', conversation_id: 'c', turn_id: 't', position: 1, kind: 'text', text, media_url: '', state: 'sent', vendor_message_id: 'A1', last_error: null, created_at: 3, sent_at: 4 }],
		sent: [{ seq: 1, at: 4, channel: 'whatsapp', account: 's', to: '1@c.us', type: 'text', text, media_url: null, message_id: 'true_1@c.us_A1' }],
		sessions: [],
		orders: [],
	};
}

const rules = (evidence: Evidence) => judge(evidence).violations.map(({ rule }) => rule);
const changed = <Key extends 'messages' | 'turns' | 'parts' | 'sent' | 'conversations'>(key: Key, change: Partial<Evidence[Key][number]>, more: readonly Partial<Evidence[Key][number]>[] = []): Evidence => {
	const evidence = allWell();
	const [row] = evidence[key];
	return { ...evidence, [key]: [{ ...row, ...change }, ...more.map((one) => ({ ...row, ...one }))] };
};

test.each<[string, Evidence, string | undefined]>([
	['nothing when all is well', allWell(), undefined],
	['a message that was lost', { ...allWell(), messages: [] }, 'no message is lost'],
	['a message that was stored twice', changed('messages', {}, [{ id: 'm2', vendor_message_id: 'M1/x' }]), 'a message is stored once'],
	['a message that was left in a superseded turn', changed('turns', { state: 'superseded' }), 'a superseded turn is taken over'],
	['a turn that was given up', changed('turns', { state: 'dead' }), 'every message is answered'],
	['an answer that was sent twice', changed('sent', {}, [{ seq: 2, message_id: 'true_1@c.us_A2' }]), 'no answer is sent twice'],
	['a part in doubt that was sent again', { ...changed('parts', { state: 'unknown', vendor_message_id: null }), sent: changed('sent', {}, [{ seq: 2, message_id: 'true_1@c.us_A2' }]).sent }, 'no answer is sent twice'],
	['an answer that the vendor never got', { ...allWell(), sent: [] }, 'what is sent arrives'],
	['an answer to something else', { ...changed('parts', { text: 'Teak bench — €70.84' }), sent: changed('sent', { text: 'Teak bench — €70.84' }).sent }, 'an answer refers to its burst'],
	['a customer who was split', changed('conversations', {}, [{ id: 'c2' }]), 'one customer is one conversation'],
	['a turn with two answers', changed('parts', {}, [{ id: 'o2', position: 2, vendor_message_id: 'A2' }]), 'a turn has exactly one answer'],
])('the judge sees %s', (_what, evidence, rule) => {
	if (rule === undefined) expect(rules(evidence)).toEqual([]);
	else expect(rules(evidence)).toContain(rule);
});

test('a part in doubt that was not sent again is counted, and no violation', () => {
	const { violations, unknown } = judge(changed('parts', { state: 'unknown', vendor_message_id: null }));
	expect(violations).toEqual([]);
	expect(unknown).toHaveLength(1);
});
