import type { Customer, Written } from './customer.ts';
import type { Evidence, Message, Part, Sent, Turn } from './evidence.ts';
import { GOODS } from './goods.ts';

export interface Violation {
	readonly customer: Customer | undefined;
	readonly rule: string;
	readonly what: string;
}

export interface Verdict {
	readonly violations: readonly Violation[];
	/** Parts of which nobody can say whether they left. */
	readonly unknown: readonly Part[];
	readonly counts: { readonly messages: number; readonly turns: number; readonly superseded: number };
}

/** Whether an address (phone@c.us, hidden@lid, Telegram id) is the customer's. */
export function isTo(customer: Customer, address: string): boolean {
	const bare = address.split('@')[0];
	return bare === customer.id || (customer.lid !== '' && bare === customer.lid.split('@')[0]);
}

/** "Cobalt vase — €17.63" on a line of its own or of a numbered list; the shop's list of everything has bullets. */
export function answers(text: string, goodName: string): boolean {
	const price = GOODS.find(({ name }) => name === goodName)?.price ?? '?';
	return text.split('\n').some((line) => line.replace(/^\d+\. /, '').startsWith(`${goodName} — €${price}`));
}

/** Judges a run after it has become calm. */
export function judge(evidence: Evidence): Verdict {
	const violations: Violation[] = [];
	for (const customer of evidence.customers) {
		const accuse = (rule: string, what: string) => void violations.push({ customer, rule, what });
		judgeCustomer(customer, evidence, accuse);
	}
	const known = evidence.conversations.filter(({ chat_id }) => evidence.customers.some((customer) => isTo(customer, chat_id)));
	for (const stranger of evidence.conversations.filter((one) => !known.includes(one))) {
		violations.push({ customer: undefined, rule: 'nobody is made up', what: `conversation ${stranger.id} with ${stranger.chat_id}, whom nobody knows` });
	}
	return {
		violations,
		unknown: evidence.parts.filter(({ state }) => state === 'unknown'),
		counts: {
			messages: evidence.customers.reduce((sum, { written }) => sum + written.length, 0),
			turns: evidence.turns.length,
			superseded: evidence.turns.filter(({ state }) => state === 'superseded').length,
		},
	};
}

type Accuse = (rule: string, what: string) => void;
interface Case {
	readonly messages: readonly Message[];
	readonly turns: readonly Turn[];
	readonly parts: readonly Part[];
	readonly sent: readonly Sent[];
}

function judgeCustomer(customer: Customer, evidence: Evidence, accuse: Accuse): void {
	for (const trouble of customer.troubles) accuse('customers can do what they came for', trouble);
	for (const { id, text } of customer.written.filter(({ acknowledgedAt }) => acknowledgedAt === 0)) accuse('every delivery is acknowledged in the end', `${id} ${JSON.stringify(text)} never was`);
	const conversations = evidence.conversations.filter(({ chat_id }) => isTo(customer, chat_id));
	if (conversations.length > 1) accuse('one customer is one conversation', `${conversations.length}: ${conversations.map(({ id, chat_id }) => `${id} (${chat_id})`).join(', ')}`);
	if (conversations.some(({ state }) => state !== 'bot')) accuse('nobody asked for a person', 'the conversation was handed over');
	const ids = conversations.map(({ id }) => id);
	const own = <T extends { conversation_id: string }>(list: readonly T[]) => list.filter(({ conversation_id }) => ids.includes(conversation_id));
	const facts: Case = { messages: own(evidence.messages), turns: own(evidence.turns), parts: own(evidence.parts), sent: evidence.sent.filter(({ to }) => isTo(customer, to)) };
	judgeStored(customer, facts, accuse);
	judgeTurns(facts, accuse);
	judgeAnswers(customer, facts, accuse);
	judgeSent(facts, accuse);
	if (customer.order) judgeOrder(customer, facts, own(evidence.orders), evidence, accuse);
}

const lastOf = (id: string) => id.split(/[_:]/).at(-1);
const isMessage = (row: Message, written: Written) => row.vendor_message_id.includes(written.id);

function judgeStored(customer: Customer, { messages }: Case, accuse: Accuse): void {
	for (const written of customer.written) {
		const rows = messages.filter((row) => isMessage(row, written));
		if (rows.length === 0) accuse('no message is lost', `${written.id} ${JSON.stringify(written.text)} is not stored`);
		if (rows.length > 1) accuse('a message is stored once', `${written.id} is stored ${rows.length} times`);
		for (const row of rows) if (row.text !== written.text) accuse('a message is stored as it was written', `${written.id} is ${JSON.stringify(row.text)}`);
	}
	for (const row of messages) if (!customer.written.some((written) => isMessage(row, written))) accuse('nothing is made up', `message ${row.id} (${row.vendor_message_id})`);
}

/** Each message belongs to one turn, and that turn has exactly one answer; a superseded turn has neither messages nor an answer. */
function judgeTurns({ messages, turns, parts, sent }: Case, accuse: Accuse): void {
	for (const row of messages) {
		const turn = turns.find(({ id }) => id === row.turn_id);
		if (!turn) accuse('every message belongs to a turn', `${row.vendor_message_id} belongs to ${row.turn_id ?? 'none'}`);
		else if (turn.state === 'superseded') accuse('a superseded turn is taken over', `${row.vendor_message_id} was left in ${turn.id}`);
		else if (turn.state !== 'done') accuse('every message is answered', `${row.vendor_message_id} is in turn ${turn.id}, which is ${turn.state}: ${turn.last_error ?? ''}`);
	}
	for (const turn of turns) {
		const own = parts.filter(({ turn_id }) => turn_id === turn.id);
		const gone = own.filter(({ state }) => state === 'sent' || state === 'unknown');
		if (turn.state === 'superseded') {
			for (const part of gone) accuse('a superseded answer does not leave', `part ${part.position} of ${turn.id} is ${part.state}`);
			continue;
		}
		if (turn.state !== 'done') continue;
		if (!messages.some(({ turn_id }) => turn_id === turn.id)) accuse('an answer answers something', `turn ${turn.id} is done and has no messages`);
		const texts = gone.filter(({ kind }) => kind === 'text').length;
		if (texts !== 1) accuse('a turn has exactly one answer', `turn ${turn.id} has ${texts}`);
		for (const part of own.filter((one) => !gone.includes(one))) accuse('an answer leaves whole', `part ${part.position} of ${turn.id} is ${part.state}: ${part.last_error ?? ''}`);
	}
	const answered = new Set(parts.filter(({ turn_id, state }) => turn_id !== null && (state === 'sent' || state === 'unknown')).map(({ turn_id }) => turn_id));
	if (answered.size > turns.length) accuse('sends do not outnumber turns', `${answered.size} answers, ${turns.length} turns`);
	if (messages.length > 0 && sent.length === 0 && parts.every(({ state }) => state !== 'unknown')) accuse('every message is answered', 'the customer received nothing at all');
}

/** What was asked is answered, once, in the turn that it belongs to. */
function judgeAnswers(customer: Customer, { messages, parts, sent }: Case, accuse: Accuse): void {
	const asking = new Set(messages.filter((row) => customer.written.some((written) => written.asks !== '' && isMessage(row, written))).map(({ turn_id }) => turn_id));
	/** The one answer to an "Are you there?" that came late: it may come back to what was talked about. Sends that no such turn explains are not excused. */
	const isChat = (one: Sent) => {
		const part = parts.find(({ vendor_message_id }) => vendor_message_id !== null && lastOf(vendor_message_id) === lastOf(one.message_id));
		return part !== undefined && part.turn_id !== null && !asking.has(part.turn_id) && messages.some(({ turn_id }) => turn_id === part.turn_id);
	};
	for (const question of customer.written.filter(({ asks }) => asks !== '')) {
		const received = sent.filter((one) => answers(one.text, question.asks) && !isChat(one));
		const unknown = parts.filter(({ state, text }) => state === 'unknown' && answers(text, question.asks));
		if (received.length === 0 && unknown.length === 0) accuse('every message is answered', `nothing the customer received answers ${question.id} ${JSON.stringify(question.text)}`);
		if (received.length > 1) accuse('no answer is sent twice', `${question.id} ${JSON.stringify(question.text)} was answered ${received.length} times: ${received.map(({ seq }) => seq).join(', ')}`);
		const turnId = messages.find((row) => isMessage(row, question))?.turn_id ?? '';
		const own = parts.filter(({ turn_id, state }) => turn_id === turnId && (state === 'sent' || state === 'unknown'));
		if (own.length > 0 && !own.some(({ text }) => answers(text, question.asks))) accuse('an answer refers to its burst', `the answer of ${turnId} says nothing of ${question.id} ${JSON.stringify(question.text)}`);
	}
}

/** The vendor's record and the outbox say the same: nothing left twice, nothing left without a part, and in the order of the parts. */
function judgeSent({ parts, sent }: Case, accuse: Accuse): void {
	const matched = new Map<string, Part>();
	for (const one of sent) {
		const part = parts.find(({ vendor_message_id }) => vendor_message_id !== null && lastOf(vendor_message_id) === lastOf(one.message_id))
			?? parts.find((other) => other.state === 'unknown' && ![...matched.values()].includes(other) && alike(one, other));
		if (!part) {
			const times = sent.filter((other) => alike(one, { kind: other.type, text: other.text, media_url: other.media_url ?? '' })).length;
			accuse(times > 1 ? 'no answer is sent twice' : 'what leaves stands in the outbox', `${one.seq} ${one.type} ${JSON.stringify(one.text.slice(0, 80))} belongs to no part (sent ${times} times)`);
			continue;
		}
		if ([...matched.values()].includes(part)) accuse('no answer is sent twice', `part ${part.position} left again as ${one.seq}`);
		matched.set(one.message_id, part);
	}
	const left = [...matched.values()];
	for (const part of parts) if (part.state === 'sent' && !left.includes(part)) accuse('what is sent arrives', `part ${part.position} ${part.kind} ${JSON.stringify(part.text.slice(0, 60))} is sent, and the vendor knows nothing of it`);
	for (const part of parts) if (!['sent', 'unknown', 'superseded'].includes(part.state)) accuse('every part has an end', `part ${part.position} is ${part.state}: ${part.last_error ?? ''}`);
	for (const part of left) if (part.state === 'superseded') accuse('a superseded answer does not leave', `part ${part.position} left`);
	for (const [index, part] of left.entries()) {
		const before = left[index - 1];
		if (before && before.position > part.position) accuse('parts keep their order', `part ${part.position} left after part ${before.position}`);
	}
}

const alike = (one: Sent, part: Pick<Part, 'kind' | 'text' | 'media_url'>) => one.type === part.kind && one.text === part.text && (one.media_url ?? '') === part.media_url;

function judgeOrder(customer: Customer, { sent, parts }: Case, orders: Evidence['orders'], evidence: Evidence, accuse: Accuse): void {
	// An answer that was superseded before it left takes its order along: that one is cancelled, and its link opens nothing.
	const living = orders.filter(({ status }) => status !== 'cancelled');
	if (living.length !== 1) accuse('an order is made once', `${living.length} orders: ${orders.map(({ id, status }) => `${id} ${status}`).join(', ')}`);
	for (const { id, client_reference_id, status } of evidence.sessions) {
		if (status === 'open' && orders.some((order) => order.id === client_reference_id && order.status === 'cancelled')) accuse('a cancelled order can’t be paid', `${id} of ${client_reference_id} is open`);
	}
	const paid = evidence.sessions.filter(({ client_reference_id, payment_status }) => payment_status === 'paid' && orders.some(({ id }) => id === client_reference_id));
	if (paid.length !== 1) accuse('an order is paid once', `${paid.length} payments`);
	for (const { amount_total, id } of paid) if (amount_total !== customer.order?.totalCents) accuse('what was ordered is paid', `${id} over ${amount_total} instead of ${customer.order?.totalCents} cents`);
	if (paid.length > 0 && !orders.some(({ status }) => status === 'paid')) accuse('a payment is not lost', `the order is ${orders[0]?.status ?? 'missing'}`);
	const confirms = (text: string) => /\bis paid\b/i.test(text);
	const confirmations = sent.filter(({ text }) => confirms(text)).length;
	const unknown = parts.some(({ state, text }) => state === 'unknown' && confirms(text));
	if (confirmations > 1 || (confirmations === 0 && paid.length > 0 && !unknown)) accuse('a payment is confirmed once', `${confirmations} confirmations`);
}
