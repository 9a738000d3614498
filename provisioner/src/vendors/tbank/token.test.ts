import { describe, expect, it } from 'vitest';
import { isSigned, tokenOf } from './token.ts';

/** Both examples of the vendor's documentation, the older one and the one of today. */
const OLDER = { TerminalKey: 'MerchantTerminalKey', Amount: 19_200, OrderId: '21090', Description: 'Подарочная карта на 1000 рублей' };
const TODAY = { ...OLDER, OrderId: '00000' };
const NESTED = { DATA: { Phone: '+71234567890', Email: 'a@test.com' }, Receipt: { Items: [{ Name: 'x', Price: 1 }] }, Shops: [{ ShopCode: '1' }] };

describe('the token', () => {
	it('is that of the vendor’s documentation', () => {
		expect(tokenOf(OLDER, 'usaf8fw8fsw21g')).toBe('0024a00af7c350a3a67ca168ce06502aa72772456662e38696d48b56ee9c97d9');
		expect(tokenOf(TODAY, '11111111111111')).toBe('72dd466f8ace0a37a1f740ce5fb78101712bc0665d91a8108c7c8a0ccd426db2');
	});

	it('leaves nested objects, lists, null and a token out, whatever the order of the members', () => {
		const shuffled = { Token: 'x', ...NESTED, Extra: null, Description: OLDER.Description, OrderId: OLDER.OrderId, Amount: OLDER.Amount, TerminalKey: OLDER.TerminalKey };
		expect(tokenOf(shuffled, 'usaf8fw8fsw21g')).toBe(tokenOf(OLDER, 'usaf8fw8fsw21g'));
	});

	it('writes booleans as JSON does', () => {
		expect(tokenOf({ Success: true }, 'p')).toBe(tokenOf({ Success: 'true' }, 'p'));
		expect(tokenOf({ Success: true }, 'p')).not.toBe(tokenOf({ Success: false }, 'p'));
	});

	it('can’t be made by naming a password in the message', () => {
		expect(tokenOf({ ...OLDER, Password: 'mine' }, 'theirs')).toBe(tokenOf(OLDER, 'theirs'));
	});
});

describe('a signed message', () => {
	const signed = { ...OLDER, Token: tokenOf(OLDER, 'secret') };

	it('is recognised, in capitals as well', () => {
		expect(isSigned(signed, 'secret')).toBe(true);
		expect(isSigned({ ...signed, Token: signed.Token.toUpperCase() }, 'secret')).toBe(true);
	});

	it.each([
		['another password', signed, 'other'],
		['another sum', { ...signed, Amount: 100 }, 'secret'],
		['a member more', { ...signed, Success: true }, 'secret'],
		['no token', OLDER, 'secret'],
		['a token that is no text', { ...OLDER, Token: 12 }, 'secret'],
		['a short token', { ...OLDER, Token: signed.Token.slice(0, 62) }, 'secret'],
	])('is refused with %s', (_what, message, password) => {
		expect(isSigned(message, password)).toBe(false);
	});
});
