import type { Catalog } from '../../catalog/catalog.ts';
import type { Item } from '../../catalog/item.ts';
import type { CartLine } from '../../orders/price.ts';
import { BOOKING_CHANGE, NAMED_CITY } from '../session.ts';
import type { AgentSession } from '../session.ts';
import type { Choice, Draft } from './draft.ts';

/** What the responder itself remembers between turns, inside `AgentSession.extra`. */
export interface Memory {
	readonly choice: Choice | null;
	readonly offer: readonly CartLine[];
	readonly quantityFor: Item | null;
	readonly listed: number;
	readonly listedFrom: number;
	readonly askedCity: string;
	readonly personOffered: boolean;
}

type StoredLine = readonly [sku: string, quantity: number];

/** Items that are gone from the catalog are forgotten. */
export function recall(session: AgentSession, catalog: Catalog): Memory {
	const { extra } = session;
	const options = linesFrom(parsed(extra.choice), catalog);
	return {
		choice: options.length === 0 ? null : { options, forOrder: extra.choiceForOrder === 'true' },
		offer: linesFrom(parsed(extra.offer), catalog),
		quantityFor: catalog.get(extra.quantityFor ?? '') ?? null,
		listed: countFrom(extra.listed),
		listedFrom: countFrom(extra.listedFrom),
		askedCity: extra[NAMED_CITY] ?? '',
		personOffered: extra.personOffered === 'true',
	};
}

/** The keys of `extra` for the next turn; '' = nothing, so that what was remembered before is overwritten. */
export function remember(draft: Draft): Readonly<Record<string, string>> {
	return {
		choice: stored(draft.choice?.options ?? []),
		choiceForOrder: draft.choice === null ? '' : String(draft.choice.forOrder),
		offer: stored(draft.offer),
		quantityFor: draft.quantityFor?.sku ?? '',
		listed: draft.listed === 0 ? '' : String(draft.listed),
		listedFrom: draft.listedFrom === 0 ? '' : String(draft.listedFrom),
		[NAMED_CITY]: draft.askedCity,
		personOffered: draft.personOffered ? 'true' : '',
		[BOOKING_CHANGE]: draft.bookingAsked,
	};
}

/** Cart lines of skus and quantities; what the catalog no longer has is left out. */
export function linesOf(lines: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>, catalog: Catalog): readonly CartLine[] {
	return lines.flatMap(({ sku, quantity }) => {
		const item = catalog.get(sku);
		return item === undefined ? [] : [{ item, quantity }];
	});
}

function countFrom(stored: string | undefined): number {
	const count = Number(stored ?? '');
	return Number.isInteger(count) && count > 0 ? count : 0;
}

function stored(lines: readonly CartLine[]): string {
	return lines.length === 0 ? '' : JSON.stringify(lines.map(({ item, quantity }): StoredLine => [item.sku, quantity]));
}

function linesFrom(value: unknown, catalog: Catalog): readonly CartLine[] {
	if (!Array.isArray(value)) return [];
	return linesOf(value.filter(isStoredLine).map(([sku, quantity]) => ({ sku, quantity })), catalog);
}

function isStoredLine(value: unknown): value is StoredLine {
	return Array.isArray(value) && typeof value[0] === 'string' && Number.isInteger(value[1]) && Number(value[1]) > 0;
}

function parsed(json = ''): unknown {
	if (json === '') return null;
	try {
		return JSON.parse(json);
	} catch {
		return null;
	}
}
