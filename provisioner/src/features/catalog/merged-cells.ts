/** Cells that are shown as one; columns count from 0, rows from 1, the last ones included. */
export interface MergedRange {
	readonly top: number;
	readonly left: number;
	readonly bottom: number;
	readonly right: number;
}

export interface Merges {
	/** The row with what the merged cells in it show. Rows have to come in order. */
	fill(row: number, cells: string[]): string[];
}

/** A header over several columns names the first of them; below, all merged cells have the value of the first. */
export function createMerges(ranges: readonly MergedRange[]): Merges {
	const waiting = [...ranges].sort((a, b) => b.top - a.top);
	let active: { range: MergedRange; value: string }[] = [];
	return {
		fill(row, cells) {
			for (let next = waiting.at(-1); next !== undefined && next.top <= row; next = waiting.at(-1)) {
				waiting.pop();
				active.push({ range: next, value: cells[next.left] ?? '' });
			}
			if (active.length === 0) return cells;
			active = active.filter(({ range }) => range.bottom >= row);
			for (const { range, value } of active) {
				for (let column = range.left; column <= range.right; column++) {
					while (cells.length < column) cells.push('');
					const isFirst = column === range.left && row === range.top;
					if (!isFirst) cells[column] = row === 1 ? '' : value;
				}
			}
			return cells;
		},
	};
}
