import { open } from 'node:fs/promises';
import type { ItemKind } from '../../../../core/catalog/item.ts';
import { AppError } from '../../../../core/errors.ts';
import { missing } from '../../http/authenticate.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { UploadedFile } from '../../http/upload.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import type { CloudinaryClient } from '../../vendors/cloudinary/client.ts';
import { createMediaEndpoints } from './endpoints.ts';
import { fileTypeOf } from './file-type.ts';
import { mediaRepository, type Medium } from './repository.ts';
import { unlinkItems, usersOf } from './items.ts';

export interface NewMedium {
	readonly name: string;
	/** A welcome video for items of this kind; null: a photo or video like any other. */
	readonly welcomeKind: ItemKind | null;
}

export interface Media {
	readonly endpoints: readonly Endpoint[];
	/**
	 * Stores a file at the vendor, in the company's folder. A welcome video takes the place of the one that was there.
	 * @throws AppError `company_not_found` (404), `media_not_configured` (503), `media_type_not_supported` (415), `body_too_large` (413),
	 * `welcome_video_not_video` (422), and VendorError
	 */
	add(tenantId: string, companyId: string, file: UploadedFile, medium: NewMedium): Promise<Medium>;
	/** Newest first. @throws AppError `company_not_found` (404) */
	list(tenantId: string, companyId: string, page: { limit: number; startingAfter?: string | undefined; type?: Medium['type'] | undefined }): Promise<readonly Medium[]>;
	/** @throws AppError `company_not_found`, `medium_not_found` (404) */
	get(tenantId: string, companyId: string, id: string): Promise<Medium>;
	/**
	 * Takes a file away, here and at the vendor. One that items show is kept, unless they are to be unlinked from it.
	 * @throws AppError `company_not_found`, `medium_not_found` (404), `medium_in_use` (409, with the skus), `media_not_configured` (503), and VendorError
	 */
	remove(tenantId: string, companyId: string, id: string, unlink: boolean): Promise<void>;
	/** Everything of a tenant's companies, at the vendor as well: for its deletion. @throws VendorError */
	removeOfTenant(tenantId: string): Promise<void>;
}

/** One folder a company. */
export const folderOf = (companyId: string): string => `concierge/${companyId}`;
const publicIdOf = (medium: Pick<Medium, 'companyId' | 'id'>): string => `${folderOf(medium.companyId)}/${medium.id}`;

export function createMedia(deps: { database: Database; cloudinary: CloudinaryClient | null; now: () => Date }): Media {
	const { database } = deps;

	function vendor(): CloudinaryClient {
		if (!deps.cloudinary) throw new AppError('media_not_configured', 'Photos and videos are off on this platform: set CLOUDINARY_URL first.', { status: 503 });
		return deps.cloudinary;
	}
	const inTenant = <T>(tenantId: string, companyId: string, work: (sql: Sql) => Promise<T>): Promise<T> =>
		database.withTenant(tenantId, async (sql) => {
			const { rowCount } = await sql.query('SELECT 1 FROM companies WHERE id = $1', [companyId]);
			if (!rowCount) throw missing('company', companyId);
			return await work(sql);
		});
	async function found(sql: Sql, companyId: string, id: string): Promise<Medium> {
		const medium = await mediaRepository.get(sql, companyId, id);
		if (medium === undefined) throw new AppError('medium_not_found', `The company has no photo or video "${id.slice(0, 100)}".`, { status: 404 });
		return medium;
	}
	/** The file first: a row without a file is asked for again, a file without a row would be there for ever. */
	async function takeAway(tenantId: string, media: readonly Medium[]): Promise<void> {
		for (const medium of media) {
			await vendor().destroy(medium.type, publicIdOf(medium));
			await database.withTenant(tenantId, (sql) => mediaRepository.delete(sql, medium.id));
		}
	}

	const media: Omit<Media, 'endpoints'> = {
		async add(tenantId, companyId, file, { name, welcomeKind }) {
			const cloudinary = vendor();
			const { type, contentType } = fileTypeOf(await beginningOf(file.path), file.bytes);
			if (welcomeKind !== null && type !== 'video') throw new AppError('welcome_video_not_video', `A welcome video has to be a video; the file is ${contentType}.`, { status: 422 });
			const medium: Medium = { id: newId('med'), companyId, state: 'uploading', type, welcomeKind, name, contentType, bytes: file.bytes, url: '', createdAt: deps.now() };
			const left = await inTenant(tenantId, companyId, async (sql) => {
				await mediaRepository.insert(sql, tenantId, medium);
				return await mediaRepository.leftBehind(sql, companyId);
			});
			// What an earlier upload or deletion that died left at the vendor.
			await takeAway(tenantId, left);
			const { url } = await cloudinary.upload({ path: file.path, contentType }, { resourceType: type, publicId: publicIdOf(medium), assetFolder: folderOf(companyId) });
			const replaced = await inTenant(tenantId, companyId, (sql) => mediaRepository.publish(sql, medium, url));
			await takeAway(tenantId, replaced);
			return { ...medium, state: 'ready', url };
		},
		list: (tenantId, companyId, page) => inTenant(tenantId, companyId, (sql) => mediaRepository.page(sql, companyId, page)),
		get: (tenantId, companyId, id) => inTenant(tenantId, companyId, (sql) => found(sql, companyId, id)),
		async remove(tenantId, companyId, id, unlink) {
			vendor();
			const medium = await inTenant(tenantId, companyId, async (sql) => {
				const stored = await found(sql, companyId, id);
				const users = await usersOf(sql, companyId, stored.url);
				if (users.length > 0 && !unlink) {
					const [first, more] = [users.slice(0, 5).map((sku) => `"${sku}"`).join(', '), users.length > 5 ? ` and ${users.length - 5} more` : ''];
					throw new AppError('medium_in_use', `${users.length === 1 ? 'The item' : 'The items'} ${first}${more} would lose the ${stored.type}. Give them another one, or pass unlink=true.`, { status: 409, details: { skus: users.slice(0, 1_000) } });
				}
				if (users.length > 0) await unlinkItems(sql, companyId, users, stored.url);
				await mediaRepository.beginDeletion(sql, stored);
				return stored;
			});
			await takeAway(tenantId, [medium]);
		},
		async removeOfTenant(tenantId) {
			const companies = await database.withTenant(tenantId, (sql) => mediaRepository.companiesWithMedia(sql));
			for (const companyId of companies) await vendor().destroyFolder(folderOf(companyId));
			await database.withTenant(tenantId, (sql) => sql.query('DELETE FROM media'));
		},
	};
	return { ...media, endpoints: createMediaEndpoints({ database, media }) };
}

async function beginningOf(path: string): Promise<Uint8Array> {
	const file = await open(path);
	try {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
		return buffer.subarray(0, bytesRead);
	} finally {
		await file.close();
	}
}
