import iconv from 'iconv-lite';
import { AppError } from '../../../../core/errors.ts';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1251' | 'windows-1252';

/**
 * A file's text and the encoding it was in. A byte order mark decides; else UTF-16 shows by its zero bytes, UTF-8 by being valid,
 * and of the one-byte code pages the one in which the bytes make sense.
 * @throws AppError `catalog_file_unreadable` (422) for spreadsheets and other binary files
 */
export function decodeText(bytes: Buffer): { text: string; encoding: Encoding } {
	if (bytes.subarray(0, 2).toString('latin1') === 'PK') throw unreadable('This is an XLSX (or another zipped) file. Save the sheet as CSV and send that.');
	if (bytes.subarray(0, 4).equals(OLE)) throw unreadable('This is an XLS file. Save the sheet as CSV and send that.');
	const encoding = encodingOf(bytes);
	const text = iconv.decode(bytes, encoding, { stripBOM: true });
	if (text.includes('\0')) throw unreadable('The file contains zero bytes: it is not a text file. Send CSV.');
	return { text, encoding };
}

const OLE = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);

function encodingOf(bytes: Buffer): Encoding {
	if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
	const wide = utf16Without(bytes);
	if (wide !== null) return wide;
	return isUtf8(bytes) ? 'utf-8' : codePageOf(bytes);
}

/** Delimiters, digits and line ends have a zero byte in UTF-16: at odd places in little endian, at even ones in big endian. */
function utf16Without(bytes: Buffer): Encoding | null {
	const sample = bytes.subarray(0, 4096);
	const zerosAt = (parity: 0 | 1) => sample.filter((byte, index) => byte === 0 && index % 2 === parity).length;
	const even = zerosAt(0);
	const odd = zerosAt(1);
	if (odd > sample.length / 50 && even === 0) return 'utf-16le';
	if (even > sample.length / 50 && odd === 0) return 'utf-16be';
	return null;
}

function isUtf8(bytes: Buffer): boolean {
	try {
		new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		return true;
	} catch {
		return false;
	}
}

/**
 * Cyrillic letters stand in runs, the accented letters of Western languages alone between ASCII ones. In both code pages
 * they lie from 0xC0 on.
 */
function codePageOf(bytes: Buffer): Encoding {
	let letters = 0;
	let inRuns = 0;
	const isLetter = (byte: number | undefined) => byte !== undefined && byte >= 0xc0;
	bytes.forEach((byte, index) => {
		if (!isLetter(byte)) return;
		letters++;
		if (isLetter(bytes[index - 1]) || isLetter(bytes[index + 1])) inRuns++;
	});
	return inRuns * 2 > letters ? 'windows-1251' : 'windows-1252';
}

/** Lines that were decoded wrongly once before they reached us, and what they must have been. */
export interface GarbledText {
	readonly readAs: 'windows-1251' | 'windows-1252';
	readonly repairedText: string;
	/** A few garbled lines beside their repair, for the operator to judge. */
	readonly preview: readonly { readonly found: string; readonly repaired: string }[];
}

/**
 * Detects UTF-8 that was read as a one-byte code page («Р‘СѓРєРµС‚», "BÃ¡sico"): its characters, put back to bytes, are
 * valid UTF-8, which real text of those code pages practically never is. null when the text is sound.
 */
export function findGarbled(text: string): GarbledText | null {
	for (const readAs of ['windows-1251', 'windows-1252'] as const) {
		const preview: { found: string; repaired: string }[] = [];
		let regained = 0;
		const lines = text.split('\n').map((line) => {
			const repaired = repair(line, readAs);
			if (repaired === null) return line;
			regained += nonAscii(repaired);
			if (preview.length < 3) preview.push({ found: line.trim().slice(0, 120), repaired: repaired.trim().slice(0, 120) });
			return repaired;
		});
		if (regained >= ENOUGH) return { readAs, repairedText: lines.join('\n'), preview };
	}
	return null;
}

/** One "С—" may be a letter and a dash; several such pairs and nothing else are no accident. */
const ENOUGH = 2;

function repair(line: string, readAs: GarbledText['readAs']): string | null {
	if (nonAscii(line) === 0) return null;
	const bytes = bytesOf(line, BYTE_OF_LETTER[readAs]);
	return bytes === null || !isUtf8(bytes) ? null : bytes.toString('utf8');
}

/** null when a letter isn't in the code page: such a line was never decoded with it. */
function bytesOf(line: string, byteOfLetter: ReadonlyMap<string, number>): Buffer | null {
	const bytes: number[] = [];
	for (const letter of line) {
		const code = letter.codePointAt(0) ?? 0;
		// Browsers decode the code page's unassigned bytes to the control characters of the same number.
		const byte = code < 0xa0 ? code : byteOfLetter.get(letter);
		if (byte === undefined) return null;
		bytes.push(byte);
	}
	return Buffer.from(bytes);
}

const BYTE_OF_LETTER = { 'windows-1251': byteTable('windows-1251'), 'windows-1252': byteTable('windows-1252') } as const;

function byteTable(codePage: GarbledText['readAs']): ReadonlyMap<string, number> {
	const high = Array.from({ length: 0x80 }, (_, index) => 0x80 + index);
	return new Map(high.map((byte) => [iconv.decode(Buffer.from([byte]), codePage), byte] as const).filter(([letter]) => letter !== '\ufffd'));
}

function nonAscii(text: string): number {
	return text.match(/[^\p{ASCII}]/gu)?.length ?? 0;
}

function unreadable(message: string): AppError {
	return new AppError('catalog_file_unreadable', message, { status: 422 });
}
