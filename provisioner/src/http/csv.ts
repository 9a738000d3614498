import type { Options } from 'csv-stringify';
import { stringify } from 'csv-stringify/sync';

/** With the mark that tells spreadsheets it is UTF-8. */
export const CSV: Options = { bom: true, quoted: true, quoted_empty: true, record_delimiter: 'windows' };

/** A short table as a file. */
export function csvOf(rows: readonly (readonly string[])[]): Buffer {
	return Buffer.from(stringify(rows.map((row) => [...row]), CSV));
}
