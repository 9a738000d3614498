import type { ChannelName, SendPace } from '../../../../core/channels/channel.ts';
import { channelAdapters } from '../../../../core/channels/channels.ts';

export type Paces = Readonly<Record<ChannelName, SendPace>>;

/** The channels' own limits; `perSecond` replaces what a whole account may send. */
export function pacesOf(perSecond: Partial<Record<ChannelName, number | undefined>> = {}): Paces {
	const paceOf = (channel: ChannelName): SendPace => {
		const { pace } = channelAdapters[channel].limits;
		const rate = perSecond[channel];
		return rate === undefined ? pace : { ...pace, account: { everyMs: 1_000 / rate, burst: Math.max(pace.account.burst, Math.ceil(rate / 3)) } };
	};
	return { whatsapp: paceOf('whatsapp'), telegram: paceOf('telegram') };
}

/** As claim_outbox takes them (0006_outbox.sql). */
export function paceParameter(paces: Paces): string {
	return JSON.stringify(
		Object.fromEntries(
			Object.entries(paces).map(([channel, { chat, account }]) => [
				channel,
				{ chat: { every_ms: chat.everyMs, burst: chat.burst }, account: { every_ms: account.everyMs, burst: account.burst } },
			]),
		),
	);
}

/** How far ahead of its pace an account may be, in milliseconds. */
export function slackMs({ account }: SendPace): number {
	return Math.ceil(account.everyMs * (account.burst - 1));
}
