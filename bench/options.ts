import { parseArgs } from 'node:util';
import { PARTS } from './results.ts';
import type { PartName } from './results.ts';

export interface Options {
	readonly parts: readonly PartName[];
	readonly quick: boolean;
	/** Where the figures are written as JSON; null: nowhere. */
	readonly json: string | null;
}

export const USAGE = `npm run bench                         everything, about 35 minutes; writes docs/performance.md
npm run bench -- --only ack,turns     some parts: ${PARTS.join(', ')}
npm run bench -- --quick              everything shortened, about 3 minutes: does it work; its figures mean little
npm run bench -- --json FILE          figures as JSON; with --only the other parts' figures in FILE are kept`;

/** @throws Error that says what is wrong */
export function readOptions(args: readonly string[]): Options {
	const { values } = parseArgs({ args: [...args], options: { only: { type: 'string' }, quick: { type: 'boolean', default: false }, json: { type: 'string' } } });
	const named = values.only?.split(',').map((name) => name.trim());
	const unknown = named?.filter((name) => !PARTS.some((part) => part === name)) ?? [];
	if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}. There are: ${PARTS.join(', ')}.`);
	return { parts: named ? PARTS.filter((part) => named.includes(part)) : PARTS, quick: values.quick, json: values.json ?? null };
}
