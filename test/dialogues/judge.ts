import { ACT_WORDS, type Act } from './acts.ts';
import { forbiddenIn, type Dialogue, type Expectation } from './dialogue.ts';
import type { TurnOutcome } from './run.ts';
import { localOf } from './calendar.ts';
import { cents, type Shop } from './shop.ts';
import { tells } from './truth-times.ts';
import { amountsIn, linesOf, untruths } from './truth.ts';

export interface Failure {
	/** From 1. */
	readonly turn: number;
	readonly what: string;
}

/**
 * `exact`: everything expected holds. `safe`: a model that errs or lies may spoil how much is said, never what is true: nothing
 * forbidden, no wrong fact, no other order than the customer's. `facts`: as `exact`, without what is a matter of wording or of the `good`
 * model's own calls (real models).
 */
export type Strictness = 'exact' | 'safe' | 'facts';

/** Judges what was sent. Imports nothing of the guard: a rule that isn't made there can't be excused here. */
export function judge(dialogue: Dialogue, outcomes: readonly TurnOutcome[], strictness: Strictness): Failure[] {
	const zone = dialogue.calendar?.zone ?? 'UTC';
	return dialogue.turns.flatMap((turn, index) => {
		const outcome = outcomes[index];
		if (outcome === undefined) return [{ turn: index + 1, what: 'the turn was never answered' }];
		if (turn.expect.silent === true || outcome.answer === null) return silence(turn.expect, outcome, strictness).map((what) => ({ turn: index + 1, what }));
		const found = [...forbidden(forbiddenIn(dialogue, turn), outcome), ...untruths(outcome.answer, dialogue.company.privacy_policy_url), ...uncalledFor(dialogue, index, outcome), ...unchosen(dialogue, index, outcome), ...filledByCode(dialogue, turn.expect, outcome, strictness)];
		if (strictness !== 'safe') found.push(...missing(turn.expect, zone, outcome, strictness), ...ordered(turn.expect, zone, outcome), ...called(turn.expect, outcome, strictness));
		return [...new Set(found)].map((what) => ({ turn: index + 1, what }));
	});
}

function silence({ silent }: Expectation, { answer }: TurnOutcome, strictness: Strictness): string[] {
	if (silent === true && answer !== null && strictness !== 'safe') return ['an answer was sent where a person answers'];
	if (silent !== true && strictness !== 'safe') return ['nothing was answered: a person has the conversation'];
	return [];
}

function forbidden(patterns: readonly string[], { answer }: TurnOutcome): string[] {
	const text = answer?.text ?? '';
	return patterns.filter((pattern) => new RegExp(pattern, 'iu').test(text)).map((pattern) => `forbidden /${pattern}/ was sent: "${excerpt(text)}"`);
}

/** No commitment that the customer hasn't made by now, and no other one than theirs. */
function uncalledFor(dialogue: Dialogue, index: number, { answer }: TurnOutcome): string[] {
	if (answer === null || !answer.decision.send_payment_link) return [];
	const wanted = dialogue.turns.slice(0, index + 1).flatMap(({ expect: { order } }) => (order?.committed === true ? [order] : []));
	if (wanted.length === 0) return ['an order was committed that the customer has not made'];
	const lines = linesBySku(answer.decision, answer.items);
	const same = wanted.some((order) => order.lines === undefined || sameLines(order.lines, lines));
	return same ? [] : [`an order was committed that the customer has not made: ${JSON.stringify(lines)}`];
}

/** No time that the customer hasn't chosen by now, and no booking changed that they wouldn't have changed. */
function unchosen(dialogue: Dialogue, index: number, { answer }: TurnOutcome): string[] {
	if (answer === null || dialogue.calendar === null) return [];
	const { decision: { slots, slot, booking_change: change, send_payment_link: commits }, items } = answer;
	const { zone } = dialogue.calendar;
	const kindOf = (sku: string): string | undefined => items.find((item) => item.sku === sku)?.kind;
	const chosen = dialogue.turns.slice(0, index + 1).flatMap(({ expect: { order } }) => Object.entries(order?.slots ?? {}));
	const wrong = slots.flatMap(({ SKU, start }) => {
		const own = chosen.flatMap(([sku, local]) => (sku === SKU || (kindOf(sku) === 'product' && kindOf(SKU) === 'product') ? [local] : []));
		const had = localOf(Date.parse(start), zone);
		// Whoever commits has the time that the customer named last.
		return (commits ? own.at(-1) === had : own.includes(had)) ? [] : [`${had} of ${SKU} was not chosen by the customer`];
	});
	if (change === null) return wrong;
	const { booking_change: wanted, may_cancel: cancellable } = dialogue.turns[index]?.expect.calls ?? {};
	const isAsked = change.action === 'cancel' ? change.id === cancellable || (wanted?.action === 'cancel' && wanted.id === change.id) : wanted?.action === 'move' && wanted.id === change.id && slot !== null && wanted.to === localOf(Date.parse(slot.start), zone);
	return isAsked ? wrong : [...wrong, `nobody asked to ${change.action} ${change.id}`];
}

function missing(expect: Expectation, zone: string, { answer }: TurnOutcome, strictness: Strictness): string[] {
	if (answer === null) return [];
	const { text, items } = answer;
	const told = new Set(amountsIn(text));
	const lacks: string[] = [];
	const amount = (value: number, what: string): void => {
		if (!told.has(cents(value))) lacks.push(`${what} ${value.toFixed(2)} is not said`);
	};
	const name = (sku: string): void => {
		const item = items.find((row) => row.sku === sku);
		if (item === undefined || !text.toLowerCase().includes(item.name.toLowerCase())) lacks.push(`"${item?.name ?? sku}" is not named`);
	};
	for (const [sku, value] of Object.entries(expect.prices ?? {})) {
		name(sku);
		if (value > 0) amount(value, `the price of ${sku}`);
		else if (!/free|gratis|бесплатн|безкоштовн|kostenlos|gratuit/iu.test(text)) lacks.push(`${sku} is not called free`);
	}
	for (const sku of expect.names ?? []) name(sku);
	if (expect.delivery !== undefined && expect.delivery > 0) amount(expect.delivery, 'the delivery fee');
	if (expect.free_from !== undefined) amount(expect.free_from, 'the threshold');
	if (expect.total !== undefined) amount(expect.total, 'the total');
	for (const value of expect.amounts ?? []) amount(value, 'the amount');
	for (const said of expect.says ?? []) if (!text.toLowerCase().includes(said.toLowerCase())) lacks.push(`"${said}" is not said`);
	if (expect.says_one_of?.some((said) => text.toLowerCase().includes(said.toLowerCase())) === false) lacks.push(`none of ${JSON.stringify(expect.says_one_of)} is said`);
	for (const local of expect.offers ?? []) if (!tells(text, local, zone)) lacks.push(`${local} is not offered`);
	if (strictness === 'exact') for (const act of expect.acts ?? []) if (!does(act, text)) lacks.push(`the answer lacks: ${act}`);
	return lacks.length === 0 ? [] : lacks.map((what) => `${what}: "${excerpt(text)}"`);
}

export function does(act: Act, text: string): boolean {
	return ACT_WORDS[act].heard.test(text.replaceAll('’', '\''));
}

function ordered({ order }: Expectation, zone: string, { answer }: TurnOutcome): string[] {
	if (answer === null) return [];
	const { decision, items } = answer;
	const wrong: string[] = [];
	const same = (what: string, had: unknown, wanted: unknown): void => {
		if (wanted !== undefined && had !== wanted) wrong.push(`${what} is ${JSON.stringify(had)}, not ${JSON.stringify(wanted)}`);
	};
	same('committed', decision.send_payment_link, order?.committed ?? false);
	if (order === undefined) return wrong;
	const lines = linesBySku(decision, items);
	if (order.lines !== undefined && !sameLines(order.lines, lines)) wrong.push(`the order is ${JSON.stringify(lines)}, not ${JSON.stringify(order.lines)}`);
	const inCents = (amount: number | undefined): number | undefined => (amount === undefined ? undefined : cents(amount));
	same('products_sum', decision.products_sum, inCents(order.products));
	same('delivery_sum', decision.delivery_sum, inCents(order.delivery));
	same('total_sum', decision.total_sum, inCents(order.total));
	same('city', decision.city, order.city);
	same('phone', decision.recipient_phone_number, order.phone);
	same('name', decision.client_name, order.name);
	same('address', decision.address, order.address);
	if (order.slots !== undefined) {
		const had = Object.fromEntries(decision.slots.map(({ SKU, start }) => [SKU, localOf(Date.parse(start), zone)]));
		for (const [sku, local] of Object.entries(order.slots)) same(`the time of ${sku}`, had[sku], local);
		same('the number of times', decision.slots.length, Object.keys(order.slots).length);
	}
	same('payment_reminder_hours', decision.payment_reminder_hours, order.reminder_hours);
	return wrong;
}

function called({ calls }: Expectation, { answer, toolsCalled, model }: TurnOutcome, strictness: Strictness): string[] {
	if (answer === null) return [];
	const { decision, link } = answer;
	const wrong: string[] = [];
	const same = (what: string, had: unknown, wanted: unknown): void => {
		if (had !== wanted) wrong.push(`${what} is ${JSON.stringify(had)}, not ${JSON.stringify(wanted)}`);
	};
	same('handover', decision.handover !== null, calls?.handover ?? false);
	same('change_payment_status', decision.change_payment_status, calls?.change_payment_status ?? false);
	same('remind', decision.remind, calls?.remind ?? true);
	same('the changed booking', decision.booking_change?.id, calls?.booking_change?.id);
	same('what is done to it', decision.booking_change?.action, calls?.booking_change?.action);
	if (calls?.link !== undefined) same('a link goes out', link !== '', calls.link);
	if (calls?.stripe_lang !== undefined) same('stripe_lang', decision.stripe_lang, calls.stripe_lang);
	if (calls?.image !== undefined) same('imageurl', decision.imageurl, calls.image);
	if (calls?.video !== undefined) same('videourl', decision.videourl, calls.video);
	const codes = decision.violations.map(({ code }) => code);
	for (const code of calls?.noted ?? []) if (!codes.includes(code)) wrong.push(`the operator is not told ${code}`);
	if (strictness === 'exact' && model === 'good') for (const tool of calls?.tools ?? []) if (!toolsCalled.includes(tool)) wrong.push(`${tool} was not called`);
	return wrong;
}

/** What a right answer looks like must go out as it is: a rule that sends it back costs an attempt. */
export function sentBack(outcomes: readonly TurnOutcome[]): Failure[] {
	return outcomes.flatMap(({ sentBack: tries }, index) => tries.flatMap((violations) => violations.map(({ code, message }) => ({ turn: index + 1, what: `a right answer was sent back: ${code}: ${message}` }))));
}

/** What code decides stays right whatever a model says: the language, that of the payment page, and who is handed over. */
function filledByCode(dialogue: Dialogue, { language, calls }: Expectation, { answer }: TurnOutcome, strictness: Strictness): string[] {
	if (answer === null || strictness === 'facts') return [];
	const { decision } = answer;
	const wanted = language ?? dialogue.language;
	const wrong = decision.language === wanted ? [] : [`the language is ${decision.language}, not ${wanted}`];
	if (decision.send_payment_link && calls?.stripe_lang !== undefined && decision.stripe_lang !== calls.stripe_lang) wrong.push(`stripe_lang is ${JSON.stringify(decision.stripe_lang)}, not ${JSON.stringify(calls.stripe_lang)}`);
	if (decision.change_payment_status && calls?.change_payment_status !== true) wrong.push('the open order is given up though the customer ordered nothing else');
	if (decision.handover !== null && calls?.handover !== true) wrong.push(`handed over though nobody asked for it: ${decision.handover.reason}`);
	return wrong;
}

function linesBySku(decision: Parameters<typeof linesOf>[0], rows: Shop['items']): Record<string, number> {
	return Object.fromEntries(linesOf(decision, rows).known.map(({ item, quantity }) => [item.sku, quantity]));
}

function sameLines(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
	const skus = Object.keys(a);
	return skus.length === Object.keys(b).length && skus.every((sku) => a[sku] === b[sku]);
}

function excerpt(text: string): string {
	const flat = text.replace(/\s+/gu, ' ');
	return flat.length > 260 ? `${flat.slice(0, 260)}…` : flat;
}
