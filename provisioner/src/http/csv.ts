import { stringify } from 'csv-stringify/sync';

/** With the mark that tells spreadsheets it is UTF-8. */
export function csvOf(rows: readonly (readonly string[])[]): Buffer {
	return Buffer.from(stringify(rows.map((row) => [...row]), { bom: true, quoted: true, quoted_empty: true, record_delimiter: 'windows' }));
}
