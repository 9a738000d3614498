import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import type { Item } from '../catalog/item.ts';
import { buildContext } from './context.ts';
import { catalogOf, factsOf, item, TEA } from './guard/test-support/shops.ts';
import { buildMessages } from './prompt.ts';
import { runTool, TOOLS } from './tools.ts';

/** Every secret of an item has a value that stands nowhere else. */
const SECRETIVE: readonly Item[] = [
	item('product', 'p1', 'Quiet Lamp', {
		description: 'A lamp', priceCents: 4200, stock: 98_765, cities: ['Turin'], paymentReminderHours: 77,
		detailFields: { included: 'DETAIL-A', not_included: 'DETAIL-B', what_guarantee: 'DETAIL-C', what_not_guarantee: 'DETAIL-D', suitable_for: 'DETAIL-E', not_suitable_for: 'DETAIL-F' },
		contactFields: { supplier_contact: 'CONTACT-A', supplier_company_services: 'REFUND-A', warehouse_address: 'CONTACT-B', specialist_contact: 'CONTACT-C' },
	}),
];

const seen = (text: string): string => {
	const facts = factsOf(SECRETIVE, { text });
	return JSON.stringify([buildContext(facts), buildMessages(buildContext(facts)), runTool(facts, 'get_items', { skus: ['p1'] }), runTool(facts, 'search_catalog', { query: 'lamp' }), runTool(facts, 'get_order_status', {})]);
};

describe('what a model sees (rules 4 and 5)', () => {
	it('never holds the stock', () => {
		for (const text of ['lamp', 'how many lamps are left?', 'details and contacts and refund please']) expect(seen(text)).not.toMatch(/98.?765|stock/iu);
	});

	it('holds no details and contacts until the turn asks', () => {
		expect(seen('how much is the lamp?')).not.toMatch(/DETAIL|CONTACT|REFUND-A/u);
	});

	it('holds the details when the turn asks for details', () => {
		expect(seen('tell me more about the lamp')).toMatch(/DETAIL-A.*DETAIL-F/su);
		expect(seen('tell me more about the lamp')).not.toMatch(/CONTACT|REFUND-A/u);
	});

	it('holds the contacts when the turn asks for them, and the refund contact on a refund request', () => {
		expect(seen('who is the supplier of the lamp?')).toMatch(/CONTACT-A/u);
		expect(seen('who is the supplier of the lamp?')).not.toMatch(/REFUND-A|DETAIL/u);
		expect(seen('I want a refund for the lamp')).toMatch(/REFUND-A/u);
	});

	it('says "free" for a price of 0', () => {
		expect(runTool(factsOf(TEA), 'get_items', { skus: ['t4'] })).toMatchObject({ items: [{ name: 'Greeting Card', price: 'free' }] });
	});
});

describe('the digest', () => {
	it('lists all names and prices when they fit', () => {
		const { digest } = buildContext(factsOf(TEA, { text: 'tea' }));
		expect(digest.items).toHaveLength(7);
		expect(digest.categories).toBeNull();
	});

	it('lists categories with price ranges when they don’t', () => {
		const many = Array.from({ length: 800 }, (_, i) => item('product', `x${i}`, `Article number ${i}`, { category: i % 2 === 0 ? 'Even' : 'Odd', priceCents: 100 + i }));
		const { digest } = buildContext({ ...factsOf(TEA, { text: 'article 7' }), catalog: catalogOf(many) });
		expect(digest.items).toBeNull();
		expect(digest.categories).toEqual([{ name: 'Even', items: 400, from: '1.00 EUR', to: '8.98 EUR' }, { name: 'Odd', items: 400, from: '1.01 EUR', to: '8.99 EUR' }]);
		expect(digest.relevant.length).toBeGreaterThan(0);
	});
});

describe('tools', () => {
	it('answer bad arguments with an error that says what is wrong', () => {
		const facts = factsOf(TEA);
		expect(runTool(facts, 'get_items', { skus: 'a' })).toEqual({ error: 'skus must be a list of texts.' });
		expect(runTool(facts, 'search_catalog', { query: 7 })).toEqual({ error: 'query must be a text.' });
		expect(runTool(facts, 'drop_table', null)).toMatchObject({ error: expect.stringContaining('There is no tool') });
		expect(runTool(facts, 'get_items', { skus: ['t1', 'nope'] })).toMatchObject({ found: 1, unknown_skus: ['nope'] });
	});

	it('find by words, kind and city', () => {
		const facts = factsOf(TEA);
		expect(runTool(facts, 'search_catalog', { query: 'tea', kind: 'service' })).toMatchObject({ items: [{ sku: 't5' }] });
		expect(JSON.stringify(runTool(facts, 'search_catalog', { query: 'tea', city: 'Париж' }))).not.toContain('Smoky Pine');
	});

	it('are described in a form that models take', () => {
		for (const { type, function: { name, description, parameters } } of TOOLS) {
			expect([type, name.length > 3, description.length > 20, parameters['type']]).toEqual(['function', true, true, 'object']);
		}
	});
});

describe('the prompt', () => {
	it('gives the conversation as messages and the turn last', () => {
		const facts = { ...factsOf(TEA, { text: 'and the black one?' }), history: [{ role: 'customer', text: 'green tea?', at: '' }, { role: 'assistant', text: 'It is €12.90.', at: '' }, { role: 'customer', text: 'and the black one?', at: '' }] as const };
		expect(buildMessages(buildContext(facts)).slice(1)).toEqual([{ role: 'user', content: 'green tea?' }, { role: 'assistant', content: 'It is €12.90.' }, { role: 'user', content: 'and the black one?' }]);
	});

	it('is built within 5 ms for 500 items', () => {
		const many = Array.from({ length: 500 }, (_, i) => ({ ...TEA[i % TEA.length]!, sku: `s${i}`, name: `${TEA[i % TEA.length]!.name} ${i}` }));
		const facts = { ...factsOf(TEA, { text: 'green tea' }), catalog: catalogOf(many) };
		const times = Array.from({ length: 60 }, () => {
			const start = performance.now();
			buildMessages(buildContext(facts));
			return performance.now() - start;
		}).slice(10).toSorted((a, b) => a - b);
		expect(times[25]).toBeLessThan(5);
	});
});

describe('the history', () => {
	const SENTENCES: Readonly<Record<string, string>> = {
		English: 'Good morning, could you tell me which of the teas would go well with a cheese cake, and how long the delivery to Lyon takes?',
		German: 'Guten Morgen, welcher Ihrer Tees passt am besten zu einem Käsekuchen, und wie lange dauert die Lieferung nach Lyon?',
		Ukrainian: 'Доброго ранку, підкажіть, будь ласка, який із чаїв найкраще смакує із сирником і скільки триває доставка до Ліона?',
		Kazakh: 'Қайырлы таң, ірімшік пирогына қай шай жақсы келетінін және Лионға жеткізу қанша уақыт алатынын айтып жіберіңізші?',
		Greek: 'Καλημέρα, μπορείτε να μου πείτε ποιο τσάι ταιριάζει με ένα τσιζκέικ και πόσο διαρκεί η παράδοση στη Λυών;',
		Hebrew: 'בוקר טוב, תוכלו לומר לי איזה תה מתאים לעוגת גבינה וכמה זמן לוקח המשלוח לליון?',
		Hindi: 'सुप्रभात, क्या आप बता सकते हैं कि चीज़केक के साथ कौन सी चाय अच्छी लगेगी और ल्यों तक डिलीवरी में कितना समय लगता है?',
		Thai: 'สวัสดีตอนเช้า ช่วยบอกหน่อยได้ไหมว่าชาตัวไหนเข้ากับชีสเค้ก และการจัดส่งไปลียงใช้เวลานานเท่าไร',
		Chinese: '早上好，请问哪一种茶最适合搭配芝士蛋糕，送货到里昂需要多长时间？',
		Japanese: 'おはようございます。チーズケーキに合うお茶はどれですか。リヨンまでの配達にはどのくらいかかりますか。',
		Korean: '안녕하세요, 치즈 케이크에 어울리는 차는 무엇이고 리옹까지 배송은 얼마나 걸리나요?',
		emoji: '🌹🍵🎁🙏👍🏽 ',
	};

	it.each(Object.entries(SENTENCES))('of long messages takes at most 8,000 tokens, and most of that, in %s', (_language, sentence) => {
		const text = sentence.repeat(Math.ceil(3_000 / sentence.length));
		const facts = { ...factsOf(TEA), history: Array.from({ length: 20 }, (_, at) => ({ role: at % 2 === 0 ? 'customer' as const : 'assistant' as const, text: `${at} ${text}`, at: '' })) };
		const { history } = buildContext(facts);
		const tokens = history.reduce((sum, message) => sum + encode(message.text).length, 0);
		expect(tokens).toBeLessThanOrEqual(8_000);
		expect(tokens).toBeGreaterThan(2_500);
		expect(history.at(-1)?.text).toMatch(/^19 /u);
	});
});
