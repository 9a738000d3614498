/** What this process has under way, so that a slow vendor or account leaves room for the others. */
export interface BusyList {
	/** Resolves what to call when it has ended. */
	begin(part: { readonly connection_id: string; readonly channel: string }): () => void;
	/** Connections and channels that have as much under way as they may. */
	list(): string[];
}

/** A connection gets an eighth of the places, a channel three quarters. */
export function createBusyList(places: number): BusyList {
	const underWay = new Map<string, number>();
	const ofConnection = Math.max(2, Math.floor(places / 8));
	const ofChannel = Math.max(2, Math.floor((places * 3) / 4));

	function add(key: string, change: 1 | -1): void {
		const count = (underWay.get(key) ?? 0) + change;
		if (count === 0) underWay.delete(key);
		else underWay.set(key, count);
	}

	return {
		begin({ connection_id: connection, channel }) {
			add(connection, 1);
			add(channel, 1);
			return () => {
				add(connection, -1);
				add(channel, -1);
			};
		},
		list: () => [...underWay].filter(([key, count]) => count >= (key.startsWith('con_') ? ofConnection : ofChannel)).map(([key]) => key),
	};
}
