/** Names of the channels, as they stand in the API, in the database and on items. */
export type ChannelName = 'whatsapp' | 'telegram';
