import { openAsBlob } from 'node:fs';
import { v2 as cloudinary } from 'cloudinary';
import { z } from 'zod';
import { callVendor, failureOf, VendorError, type VendorAnswer, type VendorRequest } from '../http.ts';

export type ResourceType = 'image' | 'video';

export interface UploadedAsset {
	/** Where everybody can fetch it, https. */
	readonly url: string;
	readonly bytes: number;
	/** "jpg", "mp4" … as the vendor recognised it. */
	readonly format: string;
}

/** What the features know of Cloudinary: https://cloudinary.com/documentation/image_upload_api_reference. Every function throws VendorError and nothing else. */
export interface CloudinaryClient {
	/** Stores a file under a public id of ours; the same id again replaces what it had. `assetFolder`: where the media library shows it. */
	upload(file: { readonly path: string; readonly contentType: string }, target: { readonly resourceType: ResourceType; readonly publicId: string; readonly assetFolder: string }): Promise<UploadedAsset>;
	/** Also from the delivery caches. One that isn't there (any more) is no error. */
	destroy(resourceType: ResourceType, publicId: string): Promise<void>;
	/** Everything under a folder, then the folder. */
	destroyFolder(folder: string): Promise<void>;
}

/** `cloudinary://key:secret@cloud`, as the vendor's console shows it. */
export interface CloudinaryAccount {
	readonly cloudName: string;
	readonly apiKey: string;
	readonly apiSecret: string;
}

const uploaded = z.object({ secure_url: z.string().min(1), bytes: z.number(), format: z.string().default('') });
const deleted = z.object({ next_cursor: z.string().optional() });
const failed = z.object({ error: z.object({ message: z.string() }) });

/** An upload of 100 MB takes a while. */
const UPLOAD_TIMEOUT_MS = 120_000;
const CALL_TIMEOUT_MS = 15_000;

/** @param options.url `https://api.cloudinary.com`, or a stand-in's */
export function createCloudinaryClient(options: { url: string; account: CloudinaryAccount; now?: () => Date }): CloudinaryClient {
	const { cloudName, apiKey, apiSecret } = options.account;
	const now = options.now ?? (() => new Date());
	const base = `${options.url}/v1_1/${encodeURIComponent(cloudName)}`;
	const common = { vendor: 'cloudinary', secrets: [apiSecret] };

	/** The SDK signs: every parameter but the file, the key and the resource type. */
	function signed(params: Readonly<Record<string, string>>): FormData {
		const all = { ...params, timestamp: String(Math.floor(now().getTime() / 1000)) };
		const form = new FormData();
		for (const [name, value] of Object.entries(all)) form.set(name, value);
		form.set('api_key', apiKey);
		form.set('signature', cloudinary.utils.api_sign_request({ ...all }, apiSecret));
		return form;
	}

	async function call<T>(request: Pick<VendorRequest, 'operation' | 'method' | 'url'> & Partial<VendorRequest>, schema: z.ZodType<T>, absent?: T): Promise<T> {
		const whole = { timeoutMs: CALL_TIMEOUT_MS, ...common, ...request };
		const answer = await callVendor(whole);
		if (answer.status === 404 && absent !== undefined) return absent;
		if (answer.status >= 300) throw failureOf(whole, answer, failed.safeParse(answer.json).data?.error.message ?? '', outcomeOf(answer));
		const parsed = schema.safeParse(answer.json);
		// It is done, and nobody can tell what: doing it again is safe, because ids are ours.
		if (!parsed.success) throw new VendorError('cloudinary', 'ambiguous', `cloudinary answered ${request.operation} in an unknown form.`, { vendorStatus: answer.status });
		return parsed.data;
	}

	const authorization = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
	return {
		async upload({ path, contentType }, { resourceType, publicId, assetFolder }) {
			const form = signed({ public_id: publicId, asset_folder: assetFolder, overwrite: 'true', invalidate: 'true' });
			form.set('file', await openAsBlob(path, { type: contentType }), publicId.split('/').at(-1));
			const { secure_url: url, bytes, format } = await call({ operation: 'upload', method: 'POST', url: `${base}/${resourceType}/upload`, form, timeoutMs: UPLOAD_TIMEOUT_MS }, uploaded);
			return { url, bytes, format };
		},
		async destroy(resourceType, publicId) {
			await call({ operation: 'destroy', method: 'POST', url: `${base}/${resourceType}/destroy`, form: signed({ public_id: publicId, invalidate: 'true' }) }, z.object({ result: z.enum(['ok', 'not found']) }));
		},
		async destroyFolder(folder) {
			for (const resourceType of ['image', 'video'] as const) {
				// At most 1,000 in a call.
				for (let cursor: string | undefined = ''; cursor !== undefined; ) {
					const query: URLSearchParams = new URLSearchParams({ prefix: `${folder}/`, invalidate: 'true', ...(cursor === '' ? {} : { next_cursor: cursor }) });
					({ next_cursor: cursor } = await call({ operation: 'delete_resources_by_prefix', method: 'DELETE', url: `${base}/resources/${resourceType}/upload?${query}`, headers: { authorization } }, deleted));
				}
			}
			await call({ operation: 'delete_folder', method: 'DELETE', url: `${base}/folders/${folder.split('/').map(encodeURIComponent).join('/')}`, headers: { authorization } }, z.unknown(), null);
		},
	};
}

/** 420 is what the Admin API says when an hour's calls are used up. https://cloudinary.com/documentation/admin_api#usage_limits */
function outcomeOf({ status }: VendorAnswer): 'rate_limited' | undefined {
	return status === 420 ? 'rate_limited' : undefined;
}

/** null: it is no such URL. */
export function readCloudinaryUrl(text: string): CloudinaryAccount | null {
	const url = URL.canParse(text) ? new URL(text) : null;
	if (url?.protocol !== 'cloudinary:' || url.hostname === '' || url.username === '' || url.password === '') return null;
	return { cloudName: url.hostname, apiKey: decodeURIComponent(url.username), apiSecret: decodeURIComponent(url.password) };
}
