import { z } from 'zod';

/**
 * Strings from outside, made fit for any store: no NUL (PostgreSQL refuses it in text) and no half of a surrogate pair (refused in
 * JSON). Both are legal in a JSON body and mean nothing to a reader.
 */
export function storable(text: string): string {
	return text.toWellFormed().replaceAll('\u0000', '');
}

/** A string of a vendor's body. */
export const words = z.string().transform(storable);

/** Unix seconds up to the end of the year 9999: what both `Date` and PostgreSQL can hold and print alike. */
export const unixSeconds = z.number().nonnegative().max(253_402_300_799);
