import type { MappedColumn } from './columns.ts';
import type { Item } from './item.ts';
import { createRowParser, type ParseOptions, type Row, type RowError } from './parse-rows.ts';

/** All rows of a short table at once. */
export function parseTable(columns: readonly MappedColumn[], rows: readonly Row[], options: ParseOptions): { items: Item[]; errors: RowError[] } {
	const parse = createRowParser(columns, options);
	const parsed = rows.map(parse);
	return { items: parsed.flatMap(({ item }) => item ?? []), errors: parsed.flatMap(({ errors }) => errors) };
}
