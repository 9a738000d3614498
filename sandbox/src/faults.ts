import type { Response } from 'express';
import { isObject, numberOf, stringOf } from './json.ts';

export const VENDORS = ['waha', 'telegram', 'stripe', 'openai', 'cloudinary', 'supabase', 'google-calendar', 'tbank'] as const;
export type Vendor = (typeof VENDORS)[number];

const MODES = ['status', 'delay', 'hang_after_accept', 'drop'] as const;
export type FaultMode = (typeof MODES)[number];

/**
 * What goes wrong with the next `count` calls of a vendor (of one operation, when given).
 * status: answers that HTTP status without doing anything. delay: does it `delay_ms` later.
 * hang_after_accept: does it, and never answers. drop: closes the connection without doing anything.
 */
export interface Fault {
	readonly id: number;
	readonly vendor: Vendor;
	readonly operation: string | null;
	readonly mode: FaultMode;
	readonly status: number;
	readonly retry_after: number | null;
	readonly delay_ms: number;
	count: number;
}

export interface Faults {
	/** Adds the fault that a control request describes; a text says what is wrong with the request. */
	add(request: unknown): Fault | string;
	/** The fault this call must suffer, one use less afterwards. */
	take(vendor: Vendor, operation: string): Fault | undefined;
	list(): readonly Fault[];
	clear(): void;
}

export function createFaults(): Faults {
	const faults: Fault[] = [];
	let nextId = 1;
	return {
		add(request) {
			const fault = readFault(request, nextId);
			if (typeof fault === 'string') return fault;
			nextId += 1;
			faults.push(fault);
			return fault;
		},
		take(vendor, operation) {
			const fault = faults.find(
				(one) => one.count > 0 && one.vendor === vendor && (one.operation === null || one.operation === operation),
			);
			if (fault !== undefined) fault.count -= 1;
			return fault;
		},
		list: () => faults,
		clear: () => void faults.splice(0),
	};
}

/** Applies delay, drop and hang. Resolves `false` when the call must not be carried out. */
export async function suffer(fault: Fault, res: Response): Promise<boolean> {
	if (fault.mode === 'drop') {
		res.req.socket.destroy();
		return false;
	}
	if (fault.mode === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.delay_ms));
	if (fault.mode === 'hang_after_accept') swallowAnswer(res);
	return true;
}

function swallowAnswer(res: Response): void {
	const silence = () => res;
	res.end = silence;
	res.write = () => true;
	res.flushHeaders = () => undefined;
}

function readFault(request: unknown, id: number): Fault | string {
	if (!isObject(request)) return 'body must be a JSON object';
	const vendor = VENDORS.find((name) => name === request['vendor']);
	if (vendor === undefined) return `vendor must be one of ${VENDORS.join(', ')}`;
	const mode = MODES.find((name) => name === request['mode']);
	if (mode === undefined) return `mode must be one of ${MODES.join(', ')}`;
	const count = numberOf(request['count'], 1);
	if (!Number.isInteger(count) || count < 1) return 'count must be a whole number of at least 1';
	const status = numberOf(request['status'], 500);
	if (status < 400 || status > 599) return 'status must be between 400 and 599';
	const retryAfter = numberOf(request['retry_after'], Number.NaN);
	return {
		id,
		vendor,
		operation: stringOf(request['operation']) || null,
		mode,
		status,
		retry_after: Number.isNaN(retryAfter) ? null : retryAfter,
		delay_ms: numberOf(request['delay_ms'], 1000),
		count,
	};
}
