import { describe, expect, test } from 'vitest';
import { detectLanguage } from './detect-language.ts';

/** Confidence from which the agent follows the detector (core/agent/language.ts). */
const CONFIDENT = 0.5;

describe('the language of a short text', () => {
	test.each([
		['Hola, quiero 20 rosas', 'Spanish'],
		['Сколько стоит букет?', 'Russian'],
		['How much is the wine tour?', 'English'],
		['Hello', 'English'],
		['Hola', 'Spanish'],
		['Привет', 'Russian'],
		['Buenos días', 'Spanish'],
		['sí, confirmo', 'Spanish'],
		['gracias', 'Spanish'],
		['yes please', 'English'],
		['I want to order', 'English'],
		['Do you deliver to Valencia?', 'English'],
		['cuanto cuesta', 'Spanish'],
		['Quiero una cita para mañana', 'Spanish'],
		['доставка в Валенсию есть?', 'Russian'],
		['Да, всё верно', 'Russian'],
		['Привіт, скільки коштує букет?', 'Ukrainian'],
		['Дякую', 'Ukrainian'],
		['Добрий день, хочу замовити', 'Ukrainian'],
		['Чи можна оплатити карткою?', 'Ukrainian'],
		['доставка до Львова є?', 'Ukrainian'],
		['скасуйте замовлення', 'Ukrainian'],
		['Можно оплатить картой?', 'Russian'],
		['отмените заказ', 'Russian'],
		['Wie viel kostet der Blumenstrauß?', 'German'],
		['Guten Tag', 'German'],
		['ich moechte bestellen', 'German'],
		['ja, richtig', 'German'],
		['Liefern Sie nach Dresden?', 'German'],
		['Combien coûte le bouquet ?', 'French'],
		['Quanto costa la consegna?', 'Italian'],
		['Quero comprar flores, quanto custa?', 'Portuguese'],
		['Me llamo Ana, mi teléfono es', 'Spanish'],
		['My name is Anna and the phone is', 'English'],
		['how long does it take', 'English'],
	])('%s → %s', (text, language) => {
		const detected = detectLanguage(text);
		expect(detected.language).toBe(language);
		expect(detected.confidence).toBeGreaterThanOrEqual(CONFIDENT);
	});

	test.each(['', '20', 'ok', 'Anna', '+34 600 000 000', '👍', 'xqzt'])('%j is not clear in any language', (text) => {
		expect(detectLanguage(text).confidence).toBeLessThan(CONFIDENT);
	});
});
