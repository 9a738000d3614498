import { createReadStream } from 'node:fs';
import iconv from 'iconv-lite';
import { AppError } from '../../../../core/errors.ts';
import { beginningOf } from '../../http/upload.ts';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1251' | 'windows-1252';

/**
 * The encoding of a file. A byte order mark decides; else UTF-16 shows by its zero bytes, UTF-8 by being valid, and of the one-byte code pages
 * the one in which the bytes make sense.
 * @throws AppError `catalog_file_unreadable` (422) for spreadsheets and other binary files
 */
export async function encodingOf(path: string): Promise<Encoding> {
	const head = await beginningOf(path, 4096);
	if (head.subarray(0, 4).equals(OLE)) throw unreadable('This is an XLS file. Save the sheet as CSV and send that.');
	if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
	if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
	if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
	const wide = utf16Without(head);
	if (wide !== null) return wide;
	const pages = new CodePages();
	const utf8 = new TextDecoder('utf-8', { fatal: true });
	let valid = true;
	for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
		valid &&= isContinued(utf8, bytes);
		pages.count(bytes);
	}
	return valid && isContinued(utf8, null) ? 'utf-8' : pages.likelier();
}

/** A file's text in pieces, without its byte order mark. @throws AppError `catalog_file_unreadable` (422) for a file that is no text */
export async function* textOf(path: string, encoding: Encoding): AsyncGenerator<string> {
	const decoder = iconv.getDecoder(encoding, { stripBOM: true });
	for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
		const text = decoder.write(bytes);
		if (text.includes('\0')) throw unreadable('The file contains zero bytes: it is not a text file. Send CSV.');
		if (text !== '') yield text;
	}
	const rest = decoder.end() ?? '';
	if (rest !== '') yield rest;
}

const OLE = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);

/** Delimiters, digits and line ends have a zero byte in UTF-16: at odd places in little endian, at even ones in big endian. */
function utf16Without(sample: Buffer): Encoding | null {
	const zerosAt = (parity: 0 | 1) => sample.filter((byte, index) => byte === 0 && index % 2 === parity).length;
	const even = zerosAt(0);
	const odd = zerosAt(1);
	if (odd > sample.length / 50 && even === 0) return 'utf-16le';
	if (even > sample.length / 50 && odd === 0) return 'utf-16be';
	return null;
}

/** Whether the text goes on, or (null) ends, as UTF-8 does. */
function isContinued(decoder: InstanceType<typeof TextDecoder>, bytes: Buffer | null): boolean {
	try {
		if (bytes === null) decoder.decode();
		else decoder.decode(bytes, { stream: true });
		return true;
	} catch {
		return false;
	}
}

/**
 * Cyrillic letters stand in runs, the accented letters of Western languages alone between ASCII ones. In both code pages
 * they lie from 0xC0 on.
 */
class CodePages {
	#letters = 0;
	#inRuns = 0;
	#length = 0;

	count(bytes: Buffer): void {
		for (const byte of bytes) {
			if (byte >= 0xc0) {
				this.#length++;
				continue;
			}
			this.#endRun();
		}
	}

	likelier(): Encoding {
		this.#endRun();
		return this.#inRuns * 2 > this.#letters ? 'windows-1251' : 'windows-1252';
	}

	#endRun(): void {
		this.#letters += this.#length;
		if (this.#length > 1) this.#inRuns += this.#length;
		this.#length = 0;
	}
}

type CodePage = 'windows-1251' | 'windows-1252';

/** Text that was decoded wrongly once before it reached us. */
export interface GarbledText {
	readonly readAs: CodePage;
	/** A few garbled lines beside their repair, for the operator to judge. */
	readonly preview: readonly { readonly found: string; readonly repaired: string }[];
}

/**
 * Detects UTF-8 that was read as a one-byte code page («Р‘СѓРєРµС‚», "BÃ¡sico"): its characters, put back to bytes, are
 * valid UTF-8, which real text of those code pages practically never is. null when the text is sound.
 */
export async function findGarbled(text: AsyncIterable<string>): Promise<GarbledText | null> {
	const found = (['windows-1251', 'windows-1252'] as const).map((readAs) => ({ readAs, preview: [] as { found: string; repaired: string }[], regained: 0 }));
	for await (const line of linesOf(text)) {
		for (const page of found) {
			const repaired = repair(line, page.readAs);
			if (repaired === null) continue;
			page.regained += nonAscii(repaired);
			if (page.preview.length < 3) page.preview.push({ found: line.trim().slice(0, 120), repaired: repaired.trim().slice(0, 120) });
		}
	}
	const page = found.find(({ regained }) => regained >= ENOUGH);
	return page === undefined ? null : { readAs: page.readAs, preview: page.preview };
}

/** The text as it was before it was decoded wrongly. */
export async function* repaired(text: AsyncIterable<string>, readAs: CodePage): AsyncGenerator<string> {
	for await (const line of linesOf(text)) yield repair(line, readAs) ?? line;
}

/** One "С—" may be a letter and a dash; several such pairs and nothing else are no accident. */
const ENOUGH = 2;
/** A line that is longer comes in parts. */
const LONG_LINE = 64 * 1024;
const LAST_ASCII = /[\u0000-\u007f](?=[^\u0000-\u007f]*$)/u;

/** Lines with their ends. A very long one is cut behind an ASCII letter: what was garbled is none, so it stays whole. */
async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
	let rest = '';
	for await (const piece of text) {
		const lines = (rest + piece).split(/(?<=\n)/u);
		rest = lines.pop() ?? '';
		yield* lines;
		const cut = rest.length > LONG_LINE ? LAST_ASCII.exec(rest) : null;
		if (cut === null) continue;
		yield rest.slice(0, cut.index + 1);
		rest = rest.slice(cut.index + 1);
	}
	if (rest !== '') yield rest;
}

function repair(line: string, readAs: CodePage): string | null {
	if (!/[^\u0000-\u007f]/u.test(line)) return null;
	const bytes = utf8Behind(line, BYTE_OF_LETTER[readAs]);
	return bytes === null ? null : bytes.toString('utf8');
}

/** The UTF-8 that the line's letters are the bytes of; null where they are not: mostly known at the first letter that isn't ASCII. */
function utf8Behind(line: string, byteOfLetter: ReadonlyMap<string, number>): Buffer | null {
	const bytes: number[] = [];
	let expected = 0;
	for (const letter of line) {
		const code = letter.codePointAt(0) ?? 0;
		// Browsers decode the code page's unassigned bytes to the control characters of the same number.
		const byte = code < 0xa0 ? code : byteOfLetter.get(letter);
		if (byte === undefined || (byte >= 0x80 && byte < 0xc0) !== expected > 0) return null;
		expected = expected > 0 ? expected - 1 : byte < 0xc0 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
		bytes.push(byte);
	}
	const text = Buffer.from(bytes);
	return isContinued(new TextDecoder('utf-8', { fatal: true }), text) && expected === 0 ? text : null;
}

const BYTE_OF_LETTER = { 'windows-1251': byteTable('windows-1251'), 'windows-1252': byteTable('windows-1252') } as const;

function byteTable(codePage: CodePage): ReadonlyMap<string, number> {
	const high = Array.from({ length: 0x80 }, (_, index) => 0x80 + index);
	return new Map(high.map((byte) => [iconv.decode(Buffer.from([byte]), codePage), byte] as const).filter(([letter]) => letter !== '\ufffd'));
}

function nonAscii(text: string): number {
	return text.match(/[^\p{ASCII}]/gu)?.length ?? 0;
}

function unreadable(message: string): AppError {
	return new AppError('catalog_file_unreadable', message, { status: 422 });
}
