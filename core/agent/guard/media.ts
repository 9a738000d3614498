import type { AgentFacts } from '../facts.ts';
import type { Asks } from './asks.ts';
import type { LeftOut } from './checks.ts';

export interface Media {
	readonly imageurl: string;
	readonly videourl: string;
}

/**
 * Rule 16, filled by code. First answer: the company's welcome video, else the only video among the rows, and an image only when the catalog has
 * one row.
 * Later: the image of the item in focus, once a conversation; a video only when the turn asks for one.
 */
export function mediaFor({ session, catalog, company }: AgentFacts, focusSku: string, asks: Asks, without?: LeftOut): Media {
	const unsent = (url: string): string => (session.mediaSent.includes(url) ? '' : url);
	const focus = catalog.get(focusSku);
	if (without === 'media') return { imageurl: focus?.imageUrl ?? '', videourl: focus?.videoUrl ?? '' };
	if (!session.greeted) {
		const videos = [...new Set(catalog.items.map(({ videoUrl }) => videoUrl).filter((url) => url !== ''))];
		const welcome = welcomeVideo(company, focus?.kind);
		const [only] = catalog.items.length === 1 ? catalog.items : [];
		return { imageurl: unsent(only?.imageUrl ?? ''), videourl: unsent(welcome || (videos.length === 1 ? (videos[0] ?? '') : '')) };
	}
	return { imageurl: unsent(focus?.imageUrl ?? ''), videourl: asks.video === '' ? '' : (focus?.videoUrl ?? '') };
}

/** For what the customer asks about; else for what the company sells, products before services. */
function welcomeVideo({ type, welcomeVideos }: AgentFacts['company'], kind: 'product' | 'service' | undefined): string {
	const asked = kind ?? (type === 'service' ? 'service' : 'product');
	return welcomeVideos[asked] || (type === 'hybrid' && kind === undefined ? welcomeVideos.service : '');
}
