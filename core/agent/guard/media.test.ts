import { describe, expect, it } from 'vitest';
import { mediaFor } from './media.ts';
import { readAsks } from './asks.ts';
import { factsOf, TEA } from './test-support/shops.ts';

const VIDEOS = { product: 'https://m.example/p.mp4', service: 'https://m.example/s.mp4' };

function sent({ type = 'hybrid' as const, videos = VIDEOS, greeted = false, focus = '', mediaSent = [] as string[] }: { type?: 'product' | 'service' | 'hybrid'; videos?: typeof VIDEOS; greeted?: boolean; focus?: string; mediaSent?: string[] } = {}) {
	const facts = factsOf(TEA, { text: 'hello', company: { type, welcomeVideos: videos } });
	return mediaFor({ ...facts, session: { ...facts.session, greeted, mediaSent } }, focus, readAsks('hello')).videourl;
}

describe('the company’s welcome video', () => {
	it.each([
		['of what is sold comes with the first answer', { type: 'product' as const }, VIDEOS.product],
		['of services, where those are sold', { type: 'service' as const }, VIDEOS.service],
		['of products, where both are sold and nothing is named', {}, VIDEOS.product],
		['of services, where that is the only one', { videos: { ...VIDEOS, product: '' } }, VIDEOS.service],
		['of the kind that the customer asks about', { focus: 't1' }, VIDEOS.product],
		['is none of the other kind', { focus: 't1', videos: { ...VIDEOS, product: '' } }, ''],
		['comes once', { mediaSent: [VIDEOS.product] }, ''],
		['comes with no later answer', { greeted: true }, ''],
		['is none where there is none', { videos: { product: '', service: '' } }, ''],
	])('%s', (_, scene, expected) => expect(sent(scene)).toBe(expected));
});
