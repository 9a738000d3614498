/** What one process does. Any number of processes of any role work on one database. */
export type Role = 'all' | 'api' | 'gateway' | 'worker';

export interface RoleParts {
	/** The channels' webhooks. */
	readonly hooks: boolean;
	/** The HTTP API and its documentation, payment pages, Stripe's webhook. */
	readonly api: boolean;
	/** Turns to n8n, the outbox, transcripts, reconcilers, what expires. */
	readonly loops: boolean;
}

const PARTS: Readonly<Record<Role, RoleParts>> = {
	all: { hooks: true, api: true, loops: true },
	api: { hooks: false, api: true, loops: false },
	gateway: { hooks: true, api: false, loops: false },
	worker: { hooks: false, api: false, loops: true },
};

export function partsOf(role: Role): RoleParts {
	return PARTS[role];
}
