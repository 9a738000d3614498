import type { INodeExecutionData } from 'n8n-workflow';
import { parseTraceparent, TRACEPARENT } from '../../core/telemetry/traceparent.ts';

/** The trace of the item's turn, to be sent along with what is asked for it; {} when the item has none. */
export function traceOf(item: INodeExecutionData): { readonly traceparent?: string } {
	const value = item.json[TRACEPARENT];
	return typeof value === 'string' && parseTraceparent(value) !== null ? { [TRACEPARENT]: value } : {};
}
