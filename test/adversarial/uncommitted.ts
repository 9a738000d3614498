import { rememberedFor } from '../../core/remembered.ts';
import type { Moment } from './moments.ts';
import type { Random } from './random.ts';

/** To somebody who knows everything for an order: none of it orders. */
const NO_ORDER: Readonly<Record<string, readonly string[]>> = {
	English: ['no', 'hello', 'thanks', 'how long does it take?', 'ok, how long does it take?', 'I do not want to order', 'wait, not yet, I have to ask my wife', 'I only take it if you give me a discount', 'I might order later'],
	Spanish: ['no', 'hola', 'gracias', '¿cuánto tarda?', 'vale, ¿y cuánto tarda?', 'no quiero pedirlo', 'espera, todavía no, tengo que preguntar a mi mujer', 'solo lo pido si me haces un descuento', 'más tarde'],
	Russian: ['нет', 'здравствуйте', 'спасибо', 'сколько ждать?', 'хорошо, а сколько ждать?', 'не хочу заказывать', 'подождите, пока нет, надо спросить жену', 'возьму, только если дадите скидку', 'может быть позже'],
	Ukrainian: ['ні', 'вітаю', 'дякую', 'скільки чекати?', 'добре, а скільки чекати?', 'не хочу замовляти', 'зачекайте, поки ні, треба спитати дружину', 'візьму, тільки якщо дасте знижку', 'можливо пізніше'],
	German: ['nein', 'hallo', 'danke', 'wie lange dauert das?', 'gut, wie lange dauert das?', 'ich möchte nichts bestellen', 'warten Sie, noch nicht, ich muss erst meine Frau fragen', 'ich nehme es nur, wenn Sie mir Rabatt geben', 'vielleicht später'],
};

/** Appended to what ordered: it takes it back. */
const TAKEN_BACK: Readonly<Record<string, readonly string[]>> = {
	English: ['wait, not yet, I have to ask my wife', 'but don\'t order it yet', 'I have to think about it first'],
	Spanish: ['espera, todavía no, tengo que preguntar a mi mujer', 'pero tengo que pensarlo'],
	Russian: ['подождите, пока не надо, надо спросить жену', 'но мне надо подумать'],
	Ukrainian: ['зачекайте, поки не треба, треба спитати дружину', 'але мені треба подумати'],
	German: ['warten Sie, noch nicht, ich muss erst meine Frau fragen', 'aber ich muss noch überlegen'],
};

/** Moments in which the customer commits to a first order. */
export const committing = rememberedFor((moments: readonly Moment[]): readonly Moment[] =>
	moments.filter(({ dialogue, turn, index, order, facts }) => turn.expect.order?.committed === true && turn.expect.order.lines !== undefined && order === null && facts.schedule === null && !dialogue.turns.slice(0, index).some(({ expect }) => expect.order?.committed === true)));

/** The same moment of a customer who doesn't commit: all details are known from before, or the turn takes back what it orders. */
export function uncommitted(moment: Moment, random: Random): Moment {
	const { dialogue, turn, index, facts, customerWords } = moment;
	const { order } = turn.expect;
	const isFromBefore = random.chance(0.6);
	const words = random.pick((isFromBefore ? NO_ORDER : TAKEN_BACK)[dialogue.language] ?? []);
	const expect = isFromBefore || order === undefined ? {} : { order: { ...order, committed: false } };
	const without = { ...turn, expect, lies: [] };
	const session = isFromBefore && order !== undefined ? {
		...facts.session, greeted: true, language: dialogue.language, awaiting: ['confirmation' as const], cart: Object.entries(order.lines ?? {}).map(([sku, quantity]) => ({ sku, quantity })),
		city: order.city === undefined || order.city === 'online' ? facts.session.city : order.city, phone: order.phone ?? facts.session.phone, clientName: order.name ?? facts.session.clientName,
	} : facts.session;
	const text = isFromBefore ? words : `${turn.say}\n${words}`;
	return {
		...moment, turn: without, dialogue: { ...dialogue, turns: dialogue.turns.map((one, at) => (at === index ? without : one)) },
		facts: { ...facts, session, turn: { ...facts.turn, text } }, customerWords: `${customerWords}\n${words}`,
	};
}
