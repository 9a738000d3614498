import type { AgentFacts } from '../facts.ts';
import type { Asks } from './asks.ts';
import type { LeftOut } from './checks.ts';

export interface Media {
	readonly imageurl: string;
	readonly videourl: string;
}

/**
 * Rule 16, filled by code. First answer: the only video among the rows, and an image only when the catalog has one row.
 * Later: the image of the item in focus, once a conversation; a video only when the turn asks for one.
 */
export function mediaFor({ session, catalog }: AgentFacts, focusSku: string, asks: Asks, without?: LeftOut): Media {
	const unsent = (url: string): string => (session.mediaSent.includes(url) ? '' : url);
	const focus = catalog.get(focusSku);
	if (without === 'media') return { imageurl: focus?.imageUrl ?? '', videourl: focus?.videoUrl ?? '' };
	if (!session.greeted) {
		const videos = [...new Set(catalog.items.map(({ videoUrl }) => videoUrl).filter((url) => url !== ''))];
		const [only] = catalog.items.length === 1 ? catalog.items : [];
		return { imageurl: unsent(only?.imageUrl ?? ''), videourl: videos.length === 1 ? unsent(videos[0] ?? '') : '' };
	}
	return { imageurl: unsent(focus?.imageUrl ?? ''), videourl: asks.video === '' ? '' : (focus?.videoUrl ?? '') };
}
