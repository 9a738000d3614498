import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import { codesOf, violationsOf } from './test-support/codes.ts';
import { emptyItem } from '../../catalog/item.ts';
import { item, order, type Scene } from './test-support/shops.ts';

const { contactFields: NONE } = emptyItem('', 'product', '');
const contact = (fields: Partial<Item['contactFields']>): Item['contactFields'] => ({ ...NONE, ...fields });
const SHOP: readonly Item[] = [
	item('product', 'a', 'Clay Mug', { description: 'See mugs.example or write to mug@clay.example', websiteUrl: 'https://www.Clay.example/mug/', imageUrl: 'https://img.clay.example/a.jpg', videoUrl: 'https://img.clay.example/a.mp4', contactFields: contact({ supplier_contact: '+33 611 222 333', warehouse_address: 'Quai 12' }) }),
	item('product', 'b', 'Clay Bowl', { websiteUrl: '', contactFields: contact({ specialist_contact: 'bowl@clay.example', supplier_company_services: 'Rue du Port 7, Lyon' }) }),
];
const WELCOME: Scene = { company: { welcomeVideos: { product: 'https://v.clay.example/p.mp4', service: 'https://v.clay.example/s.mp4' }, privacyPolicyUrl: 'https://clay.example/privacy' }, session: { privacyPolicySent: 'https://clay.example/privacy' } };

describe('a link', () => {
	it.each([
		'See https://www.clay.example/mug/', 'See clay.example/mug', 'See http://CLAY.example/mug///', 'See www.clay.example/mug.', 'See (https://clay.example/mug), please', 'Clay Mug: mugs.example', 'Read https://clay.example/privacy', '**https://clay.example/mug**', 'See “clay.example/mug”!', 'It is Mr.Smith and e.g. at home', 'a.b', 'ok.so',
	])('may be told: %s', (response) => expect(codesOf(response, 'mug?', SHOP, {}, WELCOME)).toBe(''));

	it.each([
		['url_not_in_facts', 'See https://evil.example'], ['url_not_in_facts', 'See http://evil.host'], ['url_not_in_facts', 'See www.evil.host/a'], ['url_not_in_facts', 'See evil.com/pay?x=1'], ['url_not_in_facts', 'See a-b.evil.shop'], ['url_not_in_facts', 'See e.ru'], ['url_not_in_facts', 'See магазин.рф'], ['url_not_in_facts', 'See clay.example/mug/other'], ['url_not_in_facts', 'Clay Bowl: mugs.example'], ['url_not_in_facts', 'See clay.example/mugwww.'],
		['url_not_in_facts url_not_in_facts', 'See evil.com and bad.org'], ['url_not_in_facts', 'See https://pay.example/pay/tok_1'], ['url_not_in_facts', 'See [evil.com](evil)'], ['url_not_in_facts', 'EVIL.COM'],
		['media_in_text', 'Look: https://img.clay.example/a.jpg'], ['media_in_text', 'Look: https://img.clay.example/a.mp4'], ['media_in_text', 'Look: https://v.clay.example/p.mp4'], ['media_in_text', 'Look: v.clay.example/s.mp4'],
	])('is %s: %s', (codes, response) => expect(codesOf(response, 'hello', SHOP, {}, WELCOME)).toBe(codes));

	it('of the open order’s payment may be told', () => {
		expect(codesOf('Pay at https://pay.example/pay/tok_1', 'hello', SHOP, {}, { order: order() })).toBe('');
	});

	it('that is wrong is named, with what to do', () => {
		expect(violationsOf('See https://evil.example/a...', 'hello', SHOP)[0]?.message).toBe('"https://evil.example/a" is in no fact of this turn. Use only website_url of an item; when it is empty, there is none.');
		expect(violationsOf('See img.clay.example/a.jpg', 'hello', SHOP)[0]?.message).toBe('Pictures and videos are sent by code: take their URL out of the text.');
	});
});

describe('an e-mail address', () => {
	it.each([['', 'Clay Mug: mug@clay.example'], ['', 'Clay Mug: MUG@clay.example'], ['email_not_in_facts', 'Clay Bowl: mug@clay.example'], ['email_not_in_facts', 'Write to me.too+x@evil.co.uk'], ['contact_not_requested', 'Clay Bowl: bowl@clay.example'], ['contact_not_requested', 'Clay Mug: bowl@clay.example'], ['email_not_in_facts', 'Write to my_own%1@e1-x.shop2']])('%s: %s', (codes, response) => {
		expect(codesOf(response, 'hello', SHOP)).toBe(codes);
	});
	it('is told of who is asked for', () => expect(codesOf('Clay Bowl: bowl@clay.example', 'how do I contact the specialist?', SHOP)).toBe(''));
	it('that is wrong is named', () => {
		expect(violationsOf('Write to a.b@evil.example.', 'hello', SHOP).map(({ message }) => message)).toEqual(['"a.b@evil.example" is in no fact of this turn.']);
		expect(violationsOf('Clay Bowl: bowl@clay.example', 'hello', SHOP).map(({ message }) => message)).toEqual(['"bowl@clay.example" is a contact that is told only when the customer asks for it. Take it out.']);
	});
});

describe('a phone', () => {
	const known = (scene: Scene, turn = 'hello') => codesOf('I have +34 600 111 222 of you.', turn, SHOP, {}, scene);
	it('of the customer may be repeated', () => {
		expect(known({ session: { phone: '+34600111222' } })).toBe('');
		expect(known({ customerPhone: '+34600111222' })).toBe('');
		expect(known({ customerPhone: '+34600111222', channel: 'telegram' })).toBe('phone_not_in_facts');
		expect(known({}, 'call 600 111 222')).toBe('');
		expect(known({}, 'call 0034 600-111.222')).toBe('');
		expect(known({}, 'call (600)111/222')).toBe('');
		expect(known({}, '1222')).toBe('phone_not_in_facts');
		expect(known({}, 'call 600 111 223')).toBe('phone_not_in_facts');
		expect(known({ session: { phone: '+34600111223' } })).toBe('phone_not_in_facts');
		expect(codesOf('I have 0034600111222 of you.', 'hello', SHOP, {}, { session: { phone: '+34600111222' } })).toBe('');
		expect(codesOf('I have 600 111 222 of you.', 'hello', SHOP, {}, { session: { phone: '+34600111222' } })).toBe('');
		expect(codesOf('I have 346 001 112 of you.', 'hello', SHOP, {}, { session: { phone: '+34600111222' } })).toBe('phone_not_in_facts');
		expect(codesOf('It is 1234567.', 'my phone is 1234567', SHOP)).toBe('');
	});
	it('of a contact is told to who asks', () => {
		expect(codesOf('Clay Mug: +33 611 222 333', 'hello', SHOP)).toBe('contact_not_requested');
		expect(codesOf('Clay Mug: +33 611-222-333', 'hello', SHOP)).toBe('contact_not_requested');
		expect(codesOf('Clay Bowl: +33 611 222 333', 'how do I contact the supplier?', SHOP)).toBe('contact_not_requested');
		expect(codesOf('Clay Mug: +33 611 222 333', 'how do I contact the supplier?', SHOP)).toBe('');
		expect(codesOf('Clay Mug: +33 611 222 333', 'I want a refund', SHOP)).toBe('');
		expect(codesOf('Clay Mug: +33 611 222 334', 'how do I contact the supplier?', SHOP)).toBe('phone_not_in_facts');
		expect(violationsOf('Call  +99 611 222 334 ', 'hello', SHOP).map(({ message }) => message)).toEqual(['"+99 611 222 334" is in no fact of this turn.']);
	});
});

describe('an address', () => {
	it('of a contact is told to who asks for it, or for money back', () => {
		expect(codesOf('Clay Bowl: Rue du Port 7, Lyon', 'hello', SHOP)).toContain('contact_not_requested');
		for (const turn of ['who is the supplier?', 'I want a refund']) expect(codesOf('Clay Bowl: Rue du Port 7, Lyon', turn, SHOP)).not.toContain('contact_not_requested');
		expect(codesOf('Clay Mug: Quai 12', 'hello', SHOP)).not.toContain('contact_not_requested');
	});
	it('is no secret where the item’s own text has it', () => {
		const open: readonly Item[] = [{ ...SHOP[1]!, description: 'At Rue du Port 7, Lyon' }];
		expect(codesOf('Clay Bowl: Rue du Port 7, Lyon', 'hello', open)).toBe('');
	});
	it('is refused once for all items', () => {
		const same = [SHOP[1]!, { ...SHOP[1]!, sku: 'c', name: 'Clay Vase' }];
		expect(codesOf('Clay Bowl and Clay Vase: Rue du Port 7, Lyon', 'hello', same).match(/contact_not_requested/gu)).toHaveLength(1);
	});
});

describe('where nothing is named', () => {
	const shared = contact({ specialist_contact: '+33 611 222 333' });
	const same: readonly Item[] = [item('service', 'x', 'Yoga Hour', { contactFields: shared }), item('service', 'y', 'Dance Hour', { contactFields: shared })];
	const told = (shop: readonly Item[]) => codesOf('Call +33 611 222 333.', 'contact?', shop);
	it('a contact that all items share is told to who asks', () => {
		expect(told(same)).toBe('');
		expect(told([...same, item('service', 'z', 'Swim Hour', { contactFields: contact({ specialist_contact: '+33 611 999 999' }) })])).toBe('contact_not_requested');
		expect(told([...same, { ...same[0]!, sku: 'z', name: 'Swim Hour', officeAddress: 'Rue 1' }])).toBe('contact_not_requested');
		expect(told([])).toBe('phone_not_in_facts');
		expect(codesOf('Call +33 611 222 339.', 'contact?', same)).toBe('phone_not_in_facts');
	});
});
