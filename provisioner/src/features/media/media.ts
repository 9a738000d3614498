import type { Logger } from 'pino';
import type { ItemKind } from '../../../../core/catalog/item.ts';
import { AppError } from '../../../../core/errors.ts';
import { missing } from '../../http/authenticate.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import { beginningOf, type UploadedFile } from '../../http/upload.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import type { CloudinaryClient } from '../../vendors/cloudinary/client.ts';
import { VendorError } from '../../vendors/http.ts';
import type { RemovedResource } from '../tenants/tenants.ts';
import { createMediaEndpoints } from './endpoints.ts';
import { BEGINNING_BYTES, fileTypeOf } from './file-type.ts';
import { mediaRepository, type Medium } from './repository.ts';

export interface NewMedium {
	readonly name: string;
	/** A welcome video for items of this kind; null: a photo or video like any other. */
	readonly welcomeKind: ItemKind | null;
}

export interface Media {
	readonly endpoints: readonly Endpoint[];
	/**
	 * Stores a file at the vendor, in the company's folder. A welcome video takes the place of the one that was there, which goes, or stays as a
	 * video like any other while items show it.
	 * @throws AppError `company_not_found` (404), `tenant_not_active` (409), `media_not_configured` (503), `media_type_not_supported` (415),
	 * `body_too_large` (413), `welcome_video_not_video`, `media_refused` (422), and VendorError
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
	/** What uploads and deletions that failed may have left at the vendor: before a company's deletion. @throws AppError `media_not_configured` (503), and VendorError */
	removeLeftBehind(tenantId: string, companyId: string): Promise<void>;
	/** After a company's deletion, when no file is left that anybody knows of. A failure is logged: it leaves an empty folder. */
	removeFolder(companyId: string): Promise<void>;
	/** The folders of all companies of a tenant that is being deleted. A repeat does and tells the same. @throws AppError `media_not_configured` (503), and VendorError */
	removeOfTenant(tenantId: string): Promise<readonly RemovedResource[]>;
}

/** One folder a company. */
export const folderOf = (companyId: string): string => `concierge/${companyId}`;
const publicIdOf = (medium: Pick<Medium, 'companyId' | 'id'>): string => `${folderOf(medium.companyId)}/${medium.id}`;

/** What media need of catalogs: which items show a file. */
export interface CatalogFiles {
	itemsShowing(tenantId: string, companyId: string, file: string): Promise<readonly string[]>;
	unlinkFile(tenantId: string, companyId: string, file: string): Promise<void>;
}

export function createMedia(deps: { database: Database; catalogs: CatalogFiles; cloudinary: CloudinaryClient | null; now: () => Date; log: Logger }): Media {
	const { database, catalogs, log } = deps;

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
	async function takeAway(tenantId: string, medium: Medium): Promise<void> {
		await vendor().destroy(medium.type, publicIdOf(medium));
		await database.withTenant(tenantId, (sql) => mediaRepository.delete(sql, medium.id));
	}
	/** Two at once may meet the same ones; the vendor doesn't mind. */
	async function removeLeftBehind(tenantId: string, companyId: string): Promise<void> {
		for (const medium of await database.withTenant(tenantId, (sql) => mediaRepository.leftBehind(sql, companyId))) await takeAway(tenantId, medium);
	}
	/** @throws AppError `media_refused` (422), VendorError */
	async function send(tenantId: string, medium: Medium, path: string): Promise<string> {
		try {
			const target = { resourceType: medium.type, publicId: publicIdOf(medium), assetFolder: folderOf(medium.companyId) };
			return (await vendor().upload({ path, contentType: medium.contentType }, target)).url;
		} catch (error) {
			if (!(error instanceof VendorError)) throw error;
			// Else the file may be there, or come yet: the row remembers it until a later call takes it away.
			if (error.outcome !== 'ambiguous' && (error.vendorStatus ?? 0) < 500) await database.withTenant(tenantId, (sql) => mediaRepository.delete(sql, medium.id));
			throw error.vendorStatus === 400 ? new AppError('media_refused', `The ${medium.type} can't be kept: ${error.message}`, { status: 422, cause: error }) : error;
		}
	}
	/**
	 * The file can be seen from here on, as the company's welcome video perhaps: there is one for each kind, and the one before goes, unless items
	 * show it. The catalog may be in another database, so it is asked outside of the transaction, and again when another upload came first.
	 * false: the medium was taken away meanwhile.
	 */
	async function publish(tenantId: string, medium: Medium, url: string): Promise<boolean> {
		const { companyId, welcomeKind } = medium;
		for (;;) {
			const before = welcomeKind === null ? undefined : await database.withTenant(tenantId, (sql) => mediaRepository.welcomeVideo(sql, companyId, welcomeKind));
			const isShown = before !== undefined && (await catalogs.itemsShowing(tenantId, companyId, publicIdOf(before))).length > 0;
			const published = await database.withTenant(tenantId, async (sql) => {
				if (!(await mediaRepository.lockUpload(sql, medium))) return false;
				if (welcomeKind !== null && (await mediaRepository.welcomeVideo(sql, companyId, welcomeKind))?.id !== before?.id) return null;
				if (before !== undefined) await (isShown ? mediaRepository.endWelcome(sql, before) : mediaRepository.beginDeletion(sql, before));
				await mediaRepository.publish(sql, medium, url);
				return true;
			});
			if (published !== null) return published;
		}
	}

	const media: Omit<Media, 'endpoints'> = {
		async add(tenantId, companyId, file, { name, welcomeKind }) {
			vendor();
			const { type, contentType } = fileTypeOf(await beginningOf(file.path, BEGINNING_BYTES), file.bytes);
			if (welcomeKind !== null && type !== 'video') throw new AppError('welcome_video_not_video', `A welcome video has to be a video; the file is ${contentType}.`, { status: 422 });
			const medium: Medium = { id: newId('med'), companyId, state: 'uploading', type, welcomeKind, name, contentType, bytes: file.bytes, url: '', createdAt: deps.now() };
			await inTenant(tenantId, companyId, async (sql) => {
				// Either its deletion finds this row, or this finds its deletion.
				const { rowCount } = await sql.query("SELECT 1 FROM tenants WHERE id = $1 AND status <> 'deleting' FOR SHARE", [tenantId]);
				if (!rowCount) throw new AppError('tenant_not_active', 'The tenant is being deleted; nothing can be added to it.', { status: 409 });
				await mediaRepository.insert(sql, tenantId, medium);
			});
			const url = await send(tenantId, medium, file.path);
			const published = await publish(tenantId, medium, url);
			if (!published) {
				await takeAway(tenantId, medium);
				throw missing('company', companyId);
			}
			// The upload is done, whatever becomes of what others left: that is tried again with the next.
			await removeLeftBehind(tenantId, companyId).catch((error: unknown) => log.warn({ company: companyId, ...described(error) }, 'files that are to go are still at the media vendor'));
			return { ...medium, state: 'ready', url };
		},
		list: (tenantId, companyId, page) => inTenant(tenantId, companyId, (sql) => mediaRepository.page(sql, companyId, page)),
		get: (tenantId, companyId, id) => inTenant(tenantId, companyId, (sql) => found(sql, companyId, id)),
		async remove(tenantId, companyId, id, unlink) {
			vendor();
			const medium = await inTenant(tenantId, companyId, (sql) => found(sql, companyId, id));
			const users = await catalogs.itemsShowing(tenantId, companyId, publicIdOf(medium));
			if (users.length > 0 && !unlink) {
				const [first, more] = [users.slice(0, 5).map((sku) => `"${sku}"`).join(', '), users.length > 5 ? ` and ${users.length - 5} more` : ''];
				throw new AppError('medium_in_use', `${users.length === 1 ? 'The item' : 'The items'} ${first}${more} would lose the ${medium.type}. Give them another one, or pass unlink=true.`, { status: 409, details: { skus: users.slice(0, 1_000) } });
			}
			// First: a file that nothing shows is asked for again, an item that shows a file which is gone is not.
			if (users.length > 0) await catalogs.unlinkFile(tenantId, companyId, publicIdOf(medium));
			await database.withTenant(tenantId, (sql) => mediaRepository.beginDeletion(sql, medium));
			await takeAway(tenantId, medium);
		},
		removeLeftBehind,
		async removeFolder(companyId) {
			await deps.cloudinary?.destroyFolder(folderOf(companyId)).catch((error: unknown) => log.warn({ company: companyId, ...described(error) }, 'the folder of a deleted company is still at the media vendor'));
		},
		async removeOfTenant(tenantId) {
			const { companies, kept } = await database.withTenant(tenantId, async (sql) => ({
				kept: await mediaRepository.beginDeletionOfAll(sql),
				companies: (await sql.query<{ id: string }>('SELECT id FROM companies ORDER BY id')).rows,
			}));
			if (kept === 0 && deps.cloudinary === null) return [];
			for (const { id } of companies) await vendor().destroyFolder(folderOf(id));
			// The rows go with the tenant's own: a deletion that fails further on finds and tells all of it again.
			return companies.map(({ id }) => ({ type: 'cloudinary_folder', id: folderOf(id), name: '', outcome: 'removed' }));
		},
	};
	return { ...media, endpoints: createMediaEndpoints({ database, media }) };
}

/** A vendor's words, without a stack. */
function described(error: unknown): object {
	return error instanceof AppError ? { code: error.code, reason: error.message } : { err: error };
}
