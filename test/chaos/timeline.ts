import type { Customer } from './customer.ts';
import type { Evidence } from './evidence.ts';
import { isTo } from './verdict.ts';

/** All that happened to one customer, in order of time. */
export function timelineOf(evidence: Evidence, customer: Customer): string {
	const conversations = evidence.conversations.filter(({ chat_id }) => isTo(customer, chat_id)).map(({ id }) => id);
	const own = (one: { conversation_id: string }) => conversations.includes(one.conversation_id);
	const lines: { at: number; text: string }[] = [];
	const add = (at: number, text: string) => void (at > 0 && lines.push({ at, text }));
	for (const message of customer.written) {
		add(message.at, `writes ${message.id} ${JSON.stringify(message.text)}`);
		add(message.acknowledgedAt, `  acknowledged ${message.id}`);
	}
	for (const message of evidence.messages.filter(own)) add(message.received_at, `  stored ${message.id} (${message.vendor_message_id}) now in turn ${message.turn_id ?? '-'}`);
	for (const turn of evidence.turns.filter(own)) {
		add(turn.opened_at, `  turn ${turn.id} opened`);
		add(turn.done_at, `  turn ${turn.id} ${turn.state} (attempts ${turn.attempts}${turn.last_error ? `, ${turn.last_error}` : ''})`);
		if (turn.done_at === 0) add(turn.opened_at, `  turn ${turn.id} is still ${turn.state} (attempts ${turn.attempts}${turn.last_error ? `, ${turn.last_error}` : ''})`);
	}
	for (const part of evidence.parts.filter(own)) {
		const what = `  part ${part.position} ${part.id} of ${part.turn_id ?? 'no turn'} ${part.kind} ${JSON.stringify(part.text.slice(0, 90))}`;
		add(part.created_at, `${what} queued; in the end ${part.state}${part.last_error ? ` (${part.last_error})` : ''}`);
		add(part.sent_at, `  part ${part.position} sent as ${part.vendor_message_id ?? '-'}`);
	}
	for (const order of evidence.orders.filter(own)) add(order.created_at, `  order ${order.id} ${order.status} ${order.total_cents} cents`);
	for (const sent of evidence.sent.filter(({ to }) => isTo(customer, to))) add(sent.at, `receives ${sent.seq} ${sent.message_id} ${sent.type} ${JSON.stringify(sent.text.slice(0, 120))}`);
	const body = lines.toSorted((a, b) => a.at - b.at).map(({ at, text }) => `    ${new Date(at).toISOString().slice(11, 23)} ${text}`);
	return [`  ${customer.label}, conversation ${conversations.join(', ') || '-'}`, ...body, ...customer.troubles.map((trouble) => `    trouble: ${trouble}`)].join('\n');
}
