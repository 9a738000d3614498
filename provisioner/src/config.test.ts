import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { featuresOff, readConfig, VARIABLES, supabaseOf } from './config.ts';

const required = {
	DATABASE_URL: 'postgres://app@localhost/concierge',
	DATABASE_OWNER_URL: 'postgres://postgres@localhost/concierge',
	CONCIERGE_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
	CONCIERGE_PLATFORM_KEY: `ck_platform_${'p'.repeat(32)}`,
	CONCIERGE_WORKER_KEY: `ck_worker_${'w'.repeat(32)}`,
};

describe('the configuration', () => {
	test('needs the database and the secrets only, and says what is off without the rest', () => {
		const config = readConfig(required);
		expect(config).toMatchObject({ CONCIERGE_PORT: 8080, QUIET_WINDOW_MS: 3000, MAX_WAIT_MS: 15_000 });
		expect(featuresOff(config)).toEqual([
			'n8n provisioning is off: set N8N_URL and N8N_API_KEY',
			'WhatsApp is off: set WAHA_URL and WAHA_API_KEY',
			'voice messages are not transcribed: set TRANSCRIPTION_URL',
			'photos and videos are off: set CLOUDINARY_URL',
			'calendar bookings are off: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET',
			'payments through Stripe are off: set STRIPE_SECRET_KEY',
			'subscriptions of tenants are off, and nobody is limited by a plan: set BILLING_STRIPE_SECRET_KEY',
		]);
	});

	test('names every variable that is wrong, and shows no secret', () => {
		const wrong = { ...required, CONCIERGE_MASTER_KEY: 'dG9vIHNob3J0', QUIET_WINDOW_MS: 'soon', CONCIERGE_PLATFORM_KEY: 'hunter2' };
		expect(() => readConfig(wrong)).toThrow(/CONCIERGE_MASTER_KEY.*CONCIERGE_PLATFORM_KEY.*QUIET_WINDOW_MS/);
		expect(() => readConfig(wrong)).not.toThrow(/hunter2|dG9vIHNob3J0/);
		const mongo = { ...required, MONGODB_URI: 'http://ana:hunter2@host', HISTORY_TTL_DAYS: '1' };
		expect(() => readConfig(mongo)).toThrow(/HISTORY_TTL_DAYS.*MONGODB_URI/);
		expect(() => readConfig(mongo)).not.toThrow(/hunter2/);
	});

	test('keeps the platform’s own subscriptions apart from customers’ payments, and knows which price is which plan', () => {
		expect(() => readConfig({ ...required, STRIPE_SECRET_KEY: 'sk_test_one', BILLING_STRIPE_SECRET_KEY: 'sk_test_one' })).toThrow(/BILLING_STRIPE_SECRET_KEY.*of their own/);
		expect(readConfig({ ...required, BILLING_PRICES: '{"single": "price_1", "growth": "price_2"}' }).BILLING_PRICES).toEqual({ single: 'price_1', growth: 'price_2' });
		for (const [prices, why] of [
			['single=price_1', /must be JSON/], ['["price_1"]', /must be an object/], ['{"single": 999}', /must be an object/], ['{"free": "price_1"}', /no plan that is paid/],
			['{"huge": "price_1"}', /"huge"/], ['{"single": "prod_1"}', /no price id for single/], ['{"single": "price_1", "double": "price_1"}', /one price for two plans/],
		] as const) expect(() => readConfig({ ...required, BILLING_PRICES: prices }), prices).toThrow(why);
		expect(featuresOff(readConfig({ ...required, BILLING_STRIPE_SECRET_KEY: 'sk_test_one' })).slice(-2)).toEqual([
			'payments of subscriptions are noticed late, without events: set BILLING_STRIPE_WEBHOOK_SECRET', 'no plan can be paid for: set BILLING_PRICES',
		]);
	});

	test('an empty optional variable counts as left out', () => {
		expect(readConfig({ ...required, N8N_URL: '', STRIPE_SECRET_KEY: '' })).toMatchObject({ N8N_URL: undefined, STRIPE_SECRET_KEY: undefined });
	});

	test('catalogs are in Supabase when all of its variables are given, in the database when none is, and some of them are a mistake', () => {
		const given = { SUPABASE_URL: 'https://x.supabase.co/', SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_1', SUPABASE_JWT_SECRET: 's'.repeat(32) };
		expect(supabaseOf(readConfig({ ...required, ...given }))).toEqual({ url: 'https://x.supabase.co', publishableKey: 'sb_publishable_1', jwtSecret: 's'.repeat(32) });
		expect(supabaseOf(readConfig({ ...required, SUPABASE_URL: '' }))).toBeUndefined();
		expect(() => readConfig({ ...required, ...given, SUPABASE_JWT_SECRET: '' })).toThrow(/SUPABASE_JWT_SECRET: is needed as well/);
		expect(() => readConfig({ ...required, SUPABASE_JWT_SECRET: given.SUPABASE_JWT_SECRET })).toThrow(/SUPABASE_URL: is needed as well.*SUPABASE_PUBLISHABLE_KEY: is needed as well/);
		expect(() => readConfig({ ...required, ...given, SUPABASE_PUBLISHABLE_KEY: 'sb_secret_hidden' })).toThrow(/SUPABASE_PUBLISHABLE_KEY: must be the publishable key/);
		expect(() => readConfig({ ...required, ...given, SUPABASE_PUBLISHABLE_KEY: 'sb_secret_hidden' })).not.toThrow(/hidden/);
		expect(() => readConfig({ ...required, ...given, SUPABASE_JWT_SECRET: 'short' })).toThrow(/SUPABASE_JWT_SECRET: must be/);
	});

	test('is explained in .env.example, every variable of it', () => {
		const explained = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
		expect(VARIABLES.filter((variable) => !explained.includes(`\n${variable}=`))).toEqual([]);
	});
});
