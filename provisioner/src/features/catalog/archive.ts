import yauzl from 'yauzl';
import { AppError } from '../../../../core/errors.ts';

/** What an archive unpacks to is looked at before anything of it is read. */
const MOST_UNPACKED_BYTES = 300 * 1024 * 1024;
/** Spreadsheet XML shrinks to a tenth or a twentieth; a bomb to a thousandth. */
const MOST_RATIO = 200;
const MOST_ENTRIES = 2_000;

/** A ZIP archive on the disk whose parts are XML. */
export interface Archive extends AsyncDisposable {
	/** Paths of the parts, in lower case. */
	readonly parts: readonly string[];
	/** Text of a part, piece by piece, whatever the case of its path; nothing when there is no such part. */
	read(part: string): AsyncIterable<string>;
}

/**
 * Reads an archive's directory. By what that states a bomb is refused, and yauzl ends an entry that is longer than stated.
 * @throws AppError `catalog_file_unreadable`, `catalog_file_too_large` (422)
 */
export async function openArchive(path: string): Promise<Archive> {
	let zip: yauzl.ZipFile | undefined;
	try {
		zip = await yauzl.openPromise(path, { validateEntrySizes: true, autoClose: false });
		return archiveOf(zip, await checkedEntries(zip));
	} catch (error) {
		zip?.close();
		throw asUnreadable(error);
	}
}

function archiveOf(zip: yauzl.ZipFile, entries: ReadonlyMap<string, yauzl.Entry>): Archive {
	return {
		parts: [...entries.keys()],
		async *read(part) {
			const entry = entries.get(part.toLowerCase());
			if (entry === undefined) return;
			const decoder = new TextDecoder('utf-8', { fatal: true });
			for await (const bytes of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) yield decoder.decode(bytes, { stream: true });
			yield decoder.decode();
		},
		async [Symbol.asyncDispose]() {
			zip.close();
		},
	};
}

async function checkedEntries(zip: yauzl.ZipFile): Promise<ReadonlyMap<string, yauzl.Entry>> {
	if (zip.entryCount > MOST_ENTRIES) throw tooLarge(`it has ${zip.entryCount} parts`);
	const entries = new Map<string, yauzl.Entry>();
	let unpacked = 0;
	for await (const entry of zip.eachEntry()) {
		if (entry.isEncrypted()) throw unreadable('It is protected by a password.');
		unpacked += entry.uncompressedSize;
		if (unpacked > MOST_UNPACKED_BYTES || unpacked > zip.fileSize * MOST_RATIO) throw tooLarge(`it unpacks to more than ${Math.round(unpacked / 1024 / 1024)} MB`);
		entries.set(entry.fileName.replace(/^\//u, '').toLowerCase(), entry);
	}
	return entries;
}

export function tooLarge(why: string): AppError {
	return new AppError('catalog_file_too_large', `The workbook is refused: ${why}. Save it again with the catalog's sheet only, or as CSV.`, { status: 422 });
}

export function unreadable(why: string, cause?: unknown): AppError {
	return new AppError('catalog_file_unreadable', `The file can't be read. ${why} Save it as .xlsx without a password, or as CSV in UTF-8.`, { status: 422, cause });
}

/** Whatever goes wrong in reading an archive is the file's fault. */
export function asUnreadable(error: unknown): AppError {
	return error instanceof AppError ? error : unreadable('It is no XLSX workbook, or it is damaged.', error);
}
