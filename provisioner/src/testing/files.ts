import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;
let written = 0;

/** A file of these bytes that lasts as long as the test's process; returns its path. */
export function fileOf(content: Buffer | string): string {
	if (folder === undefined) {
		const made = mkdtempSync(join(tmpdir(), 'concierge-test-files-'));
		process.on('exit', () => rmSync(made, { recursive: true, force: true }));
		folder = made;
	}
	const path = join(folder, String(++written));
	writeFileSync(path, content);
	return path;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
	const all: T[] = [];
	for await (const item of items) all.push(item);
	return all;
}
