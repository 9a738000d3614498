import type { ChannelName } from '../../channels/channel.ts';

/** Hard limits of a response in characters (rule 6). */
const LIMITS: Readonly<Record<ChannelName, number>> = { whatsapp: 3800, telegram: 3800 };
const AIM = 0.87;

/** Cuts a response that is too long for the channel at the end of a line or sentence, and offers to send more. */
export function fitChannel(response: string, channel: ChannelName, offer: string): string {
	const limit = Math.floor(LIMITS[channel] * AIM);
	return response.length <= limit ? response : `${cutAtEnd(response, limit - offer.length - 1)}\n${offer}`;
}

function cutAtEnd(text: string, limit: number): string {
	const head = text.slice(0, limit);
	const end = Math.max(head.lastIndexOf('\n'), ...['. ', '! ', '? '].map((mark) => head.lastIndexOf(mark) + 1));
	return (end > limit / 2 ? head.slice(0, end) : head).trimEnd();
}

/** At most `characters`, cut between words. */
export function clip(text: string, characters: number): string {
	if (text.length <= characters) return text.trim();
	const head = text.slice(0, characters - 1);
	const space = head.lastIndexOf(' ');
	return `${head.slice(0, space > characters / 2 ? space : head.length).trimEnd()}…`;
}
