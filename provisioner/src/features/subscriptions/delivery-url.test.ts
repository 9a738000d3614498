import { expect, test } from 'vitest';
import { checkDeliveryUrl } from './delivery-url.ts';

const ALLOWED = ['http://127.0.0.1:5678', 'https://hooks.example.com'];

test.each([
	'http://127.0.0.1:5678/webhook/abc/turns',
	'http://localhost:5678/webhook-test/abc/turns',
	'http://[::1]:5678/webhook/abc',
	'https://hooks.example.com/webhook/abc',
])('%s is n8n’s', (url) => {
	expect(() => checkDeliveryUrl(url, ALLOWED)).not.toThrow();
});

test.each([
	'http://127.0.0.1:5679/webhook/abc',
	'https://127.0.0.1:5678/webhook/abc',
	'http://169.254.169.254/latest/meta-data',
	'http://hooks.example.com/webhook/abc',
	'https://hooks.example.com.evil.example/webhook',
	'https://hooks.example.com@evil.example/webhook',
	'https://user:secret@hooks.example.com/webhook',
	'file:///etc/passwd',
	'http://0.0.0.0:5678/webhook',
	'not a url',
])('%s is refused', (url) => {
	expect(() => checkDeliveryUrl(url, ALLOWED)).toThrow(expect.objectContaining({ code: 'subscription_url_not_allowed', status: 422 }));
});

test('without a configured n8n nothing is allowed', () => {
	expect(() => checkDeliveryUrl('http://127.0.0.1:5678/webhook/abc', [])).toThrow(/nothing configured/);
});
