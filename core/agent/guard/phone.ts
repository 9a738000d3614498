import type { Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import type { Asks } from './asks.ts';
import type { LeftOut } from './checks.ts';
import type { Rule } from './draft.ts';
import { isNegated, words } from './text/lexicon.ts';
import { normaliseText } from './text/normalise.ts';
import { statementsOf } from './text/segments.ts';
import { violation } from './violation.ts';

/** `+` and 7–20 digits, or null. Spaces, dots, dashes, brackets and a leading 00 are read. */
export function normalisePhone(written: string): string | null {
	const compact = normaliseText(written).replace(/[\s().\-/]/gu, '').replace(/^00(?=\d)/u, '+');
	return /^\+?\d{7,20}$/u.test(compact) ? `+${compact.replace('+', '')}` : null;
}

export interface PhoneCheck {
	readonly phone: string;
	readonly violations: readonly Violation[];
}

/** Rule 9: a delivery contact that the customer gave; the channel's own number only on WhatsApp and only when agreed. */
export function checkPhone(facts: AgentFacts, proposed: string, asks: Asks, without?: LeftOut): PhoneCheck {
	const { session, turn, customerPhone } = facts;
	if (proposed.trim() === '') return { phone: session.phone, violations: [] };
	const phone = normalisePhone(proposed);
	if (phone === null) {
		if (without === 'phone_invalid') return { phone: proposed, violations: [] };
		return { phone: session.phone, violations: [violation('phone_invalid', `"${proposed}" is not a phone number: + and 7 to 20 digits. Ask for it once more.`)] };
	}
	if (without === 'phone_not_from_customer' || phone === session.phone || digitsOf(turn.text).includes(phone.slice(1)) || givenWithoutCountry(turn.text, phone)) return { phone, violations: [] };
	// "12345": they give another number, and it isn't whole.
	const triesAnother = /\d(?:[\s().\-/]{0,2}\d){3,}/u.test(normaliseText(turn.text));
	const agreed = asks.currentNumber !== '' || (!triesAnother && (session.awaiting.includes('phone') || session.awaiting.includes('confirmation')));
	if (turn.channel === 'whatsapp' && customerPhone !== '' && phone === customerPhone && agreed) return { phone, violations: [] };
	return { phone: session.phone, violations: [violation('phone_not_from_customer', 'The customer didn\'t give this phone number. Ask for it; the number they write from is used on WhatsApp only, when they say so.')] };
}

/** "600 111 222" given, "+34 600 111 222" understood. */
function givenWithoutCountry(turnText: string, phone: string): boolean {
	const runs = normaliseText(turnText).match(/\d(?:[\s().\-/]{0,2}\d){6,}/gu) ?? [];
	return runs.map((run) => run.replace(/\D/gu, '')).some((run) => phone.endsWith(run) && phone.length - 1 - run.length <= 4);
}

function digitsOf(text: string): string {
	return normaliseText(text).replace(/[^\d\n]/gu, '');
}

const MESSAGE_TO_PHONE = words(
	'send * to this number', 'send * to your number', 'send * to your phone', 'text you', 'sms', 'a code to', 'verification code', 'confirmation code', 'message you on', 'message to your phone', 'call you on this number',
	'por sms', 'un sms', 'un código a', 'código de verificación', 'código de confirmación', 'mensaje a tu teléfono', 'mensaje a su teléfono', 'mensaje a tu número', 'mensaje a su número', 'mensaje a este número',
	'смс', 'код подтверждения', 'код на номер', 'сообщение на номер', 'сообщение на этот номер', 'сообщение на ваш номер', 'сообщение на ваш телефон', 'per sms', 'bestätigungscode',
	'код підтвердження', 'код на номер', 'код на ваш номер', 'повідомлення на номер', 'повідомлення на цей номер', 'повідомлення на ваш номер', 'повідомлення на ваш телефон', 'зателефонуємо на цей номер', 'eine sms', 'prüfcode', 'verifizierungscode', 'code an ihre nummer', 'code an diese nummer', 'nachricht an ihre nummer', 'nachricht an diese nummer', 'nachricht auf ihr handy', 'code auf ihr handy', 'rufen sie unter dieser nummer an',
);

/** Rule 9: nothing is promised to the number. */
export const phonePromiseRule: Rule = (_facts, { answer }) =>
	answer.sentences
		.filter((sentence) => statementsOf(sentence.prose).some((statement) => MESSAGE_TO_PHONE.test(statement) && !isNegated(statement)))
		.slice(0, 1)
		.map(() => violation('phone_promise', 'The phone is a delivery contact only: promise no message, code or call to it.'));
