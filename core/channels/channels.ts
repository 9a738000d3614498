import type { ChannelAdapter, ChannelName } from './channel.ts';
import { telegram } from './telegram.ts';
import { whatsappWaha } from './whatsapp-waha.ts';

/** Every channel's adapter. A new channel is a file beside these and an entry here. */
export const channelAdapters: Readonly<Record<ChannelName, ChannelAdapter>> = { whatsapp: whatsappWaha, telegram };

/** undefined for a name that is no channel. */
export function findChannelAdapter(name: string): ChannelAdapter | undefined {
	return Object.hasOwn(channelAdapters, name) ? channelAdapters[name as ChannelName] : undefined;
}
