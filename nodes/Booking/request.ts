import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { AppError } from '../../core/errors.ts';
import { passedOn } from '../shared/as-tool.ts';
import { isRecord, unexpectedAnswer, type Platform, type PlatformCall } from '../shared/platform-api.ts';
import type { ItemResult } from '../shared/run-items.ts';

/** What an operation works with, for one item. */
export interface BookingCall {
	readonly context: IExecuteFunctions;
	readonly platform: Platform;
	readonly item: INodeExecutionData;
	readonly itemIndex: number;
}

const TAKEN: ReadonlySet<string> = new Set(['slot_taken', 'slot_not_offered']);

/** The item goes on with its `booking`; where the slot can't be had, over the second output with the next free `slots`. */
export async function requestBooking({ context, platform, item }: BookingCall, call: PlatformCall): Promise<ItemResult> {
	const answer = await platform.request(call).catch((error: unknown) => {
		if (error instanceof AppError && TAKEN.has(error.code)) return error;
		throw error;
	});
	if (answer instanceof AppError) {
		const slots = Array.isArray(answer.details['slots']) ? (answer.details['slots'] as IDataObject[]) : [];
		return { output: 1, json: [{ ...passedOn(context, item), reason: answer.code, slots }] };
	}
	if (!isRecord(answer) || answer['object'] !== 'booking') throw unexpectedAnswer('booking');
	return { json: [{ ...passedOn(context, item), booking: answer as IDataObject }] };
}

/** A worker key reaches what the turn that it is for reaches. */
export function turnOf({ item }: BookingCall): { readonly turn_id?: string } {
	const { turnId } = item.json;
	return typeof turnId === 'string' && turnId !== '' ? { turn_id: turnId } : {};
}

/** A parameter that has to be there. @throws NodeOperationError */
export function required({ context, itemIndex }: BookingCall, name: string, label: string, fallback: unknown = ''): string {
	const entered = String(context.getNodeParameter(name, itemIndex, '')).trim();
	const value = entered === '' && typeof fallback === 'string' ? fallback.trim() : entered;
	if (value !== '') return value;
	throw new NodeOperationError(context.getNode(), `${label} is empty`, { itemIndex, description: `Enter the ${label}, or map it from the incoming item.` });
}

/** The time with its zone, as the API takes it: n8n's date picker gives one without. @throws NodeOperationError */
export function timeOf(call: BookingCall, name: string, label: string, fallback?: unknown): string {
	const text = required(call, name, label, fallback);
	const zoned = /(?:Z|[+-]\d\d:?\d\d)$/u.test(text);
	const at = Date.parse(text);
	if (zoned && !Number.isNaN(at)) return new Date(at).toISOString();
	throw new NodeOperationError(call.context.getNode(), `${label} is not a time with its zone`, { itemIndex: call.itemIndex, description: `It is "${text.slice(0, 60)}"; write for example 2026-11-30T10:00:00+01:00, or map the starts_at of a slot.` });
}

/** Collections without what is not set. */
export function setIn(call: BookingCall, name: string): IDataObject {
	const options = call.context.getNodeParameter(name, call.itemIndex, {}) as IDataObject;
	return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== '' && value !== null && value !== undefined));
}
