import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

let folder: string | undefined;
let written = 0;
afterAll(() => {
	if (folder !== undefined) rmSync(folder, { recursive: true });
	folder = undefined;
});

/** A file of these bytes that lasts as long as the file's tests; returns its path. */
export function fileOf(content: Buffer | string): string {
	folder ??= mkdtempSync(join(tmpdir(), 'concierge-test-files-'));
	const path = join(folder, String(++written));
	writeFileSync(path, content);
	return path;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
	const all: T[] = [];
	for await (const item of items) all.push(item);
	return all;
}
