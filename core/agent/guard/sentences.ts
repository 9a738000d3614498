import type { Item } from '../../catalog/item.ts';
import type { Sentence } from './draft.ts';

/** The items that a sentence names, else all that the answer can be about. */
export function scopeOf({ mentions }: Sentence, subjects: readonly Item[]): readonly Item[] {
	return mentions.length > 0 ? mentions.flatMap(({ items }) => items) : subjects;
}

/** The sentence with the names back in place, cut for a message. */
export function readable({ text, mentions }: Sentence): string {
	const names = mentions.reduce((line, { mark, written }) => line.replaceAll(mark, written), text);
	return names.trim().slice(0, 120);
}
