import type { Request, Response, Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { suffer } from '../faults.ts';
import type { JsonObject } from '../json.ts';
import { CLOUDINARY_ROUTES, expressPath } from '../routes.ts';
import { isSigned } from './signature.ts';
import type { CloudinaryAsset, ResourceType } from './state.ts';

type Operation = (typeof CLOUDINARY_ROUTES)[number]['operation'];
type Handler = (context: SandboxContext, req: Request, res: Response, form: Form) => void;
interface Form {
	readonly params: Readonly<Record<string, string>>;
	readonly file: Buffer | null;
}

/** The account that the sandbox knows: `cloudinary://sandbox-key:sandbox-secret@sandbox`. */
export const ACCOUNT = { cloud: 'sandbox', key: 'sandbox-key', secret: 'sandbox-secret' } as const;
const MOST_DELETED = 1_000;
const SIGNED_FOR_SECONDS = 3_600;

/** The Upload and Admin API of one Cloudinary account, and the delivery of what was uploaded. Mounted at `/cloudinary`. */
export function createCloudinaryRouter(context: SandboxContext): Router {
	const router = express.Router();
	for (const route of CLOUDINARY_ROUTES) {
		const method = route.method === 'POST' ? 'post' : route.method === 'DELETE' ? 'delete' : 'get';
		router[method](expressPath(route.path).replace(':folder', '*folder'), async (req, res) => {
			const fault = context.faults.take('cloudinary', route.operation);
			if (fault?.mode === 'status') return fail(res, fault.status, 'Sandbox fault');
			if (fault !== undefined && !(await suffer(fault, res))) return;
			if (req.params['cloud'] !== ACCOUNT.cloud) return fail(res, 401, `cloud_name mismatch`);
			const form = await formOf(req);
			const refusal = SIGNED.has(route.operation) ? refusedSignature(form, context.now()) : isAdmin(req) ? null : 'Invalid credentials';
			if (refusal !== null) return fail(res, 401, refusal);
			HANDLERS[route.operation](context, req, res, form);
		});
	}
	router.get('/delivery/:type/upload/:version/*path', (req, res) => {
		const id = [req.params['path']].flat().join('/').replace(/\.\w+$/u, '');
		const asset = context.store.current.cloudinary.assets[`${req.params['type']}/${id}`];
		const kept = asset === undefined ? undefined : context.media.get(asset.media);
		if (kept === undefined) res.status(404).set('x-cld-error', `Resource not found - ${id}`).end();
		else res.type(kept.mimetype).set('content-security-policy', "default-src 'none'; sandbox").send(kept.bytes);
	});
	router.use((req, res) => fail(res, 404, `unknown path ${req.path}`));
	return router;
}

const SIGNED: ReadonlySet<Operation> = new Set(['upload', 'destroy']);

const HANDLERS: Readonly<Record<Operation, Handler>> = {
	upload(context, req, res, { params, file }) {
		if (file === null) return fail(res, 400, 'Missing required parameter - file');
		const found = formatOf(file);
		const type = String(req.params['type']) as ResourceType;
		if (found === null || found.type !== type) return fail(res, 400, type === 'image' ? 'Invalid image file' : 'Unsupported video format or file');
		const publicId = params['public_id'] || `sample_${context.now()}`;
		const asset: CloudinaryAsset = {
			public_id: publicId, resource_type: type, asset_folder: params['asset_folder'] ?? '', version: Math.floor(context.now() / 1000), format: found.format, bytes: file.length,
			created_at: new Date(context.now()).toISOString(), media: context.media.keep({ mimetype: found.mimetype, bytes: file }),
		};
		context.store.current.cloudinary.assets[keyOf(asset)] = asset;
		context.store.changed();
		res.json(shown(context, asset));
	},
	destroy(context, req, res, { params }) {
		const key = `${req.params['type']}/${params['public_id'] ?? ''}`;
		const known = key in context.store.current.cloudinary.assets;
		delete context.store.current.cloudinary.assets[key];
		context.store.changed();
		res.json({ result: known ? 'ok' : 'not found' });
	},
	delete_resources(context, req, res, { params }) {
		const { assets } = context.store.current.cloudinary;
		// In the query, or (as the SDK has it) in the body.
		const prefix = String(req.query['prefix'] ?? params['prefix'] ?? '');
		if (prefix === '') return fail(res, 400, 'Missing required parameter - prefix');
		const matching = Object.values(assets).filter((asset) => asset.resource_type === req.params['type'] && asset.public_id.startsWith(prefix));
		for (const asset of matching.slice(0, MOST_DELETED)) delete assets[keyOf(asset)];
		context.store.changed();
		const more = matching.length > MOST_DELETED;
		res.json({
			deleted: Object.fromEntries(matching.slice(0, MOST_DELETED).map(({ public_id: id }) => [id, 'deleted'])), partial: more, ...(more ? { next_cursor: `c${matching.length}` } : {}),
		});
	},
	delete_folder(context, req, res) {
		const folder = [req.params['folder']].flat().join('/');
		const inside = Object.values(context.store.current.cloudinary.assets).filter((asset) => `${asset.asset_folder}/`.startsWith(`${folder}/`) || asset.public_id.startsWith(`${folder}/`));
		if (inside.length > 0) return fail(res, 400, 'Folder is not empty');
		res.json({ deleted: [folder] });
	},
	resources(context, req, res) {
		const matching = Object.values(context.store.current.cloudinary.assets).filter((asset) => asset.resource_type === req.params['type'] && asset.public_id.startsWith(String(req.query['prefix'] ?? '')));
		res.json({ resources: matching.map((asset) => shown(context, asset)) });
	},
};

function shown(context: SandboxContext, asset: CloudinaryAsset): JsonObject {
	const path = `${asset.resource_type}/upload/v${asset.version}/${asset.public_id}.${asset.format}`;
	// The delivery's own host is part of the vendor's URL; here it is this process.
	const url = `${context.url()}/cloudinary/delivery/${path}`;
	const { media: _media, ...known } = asset;
	return { asset_id: asset.media, version_id: String(asset.version), type: 'upload', etag: asset.media, placeholder: false, ...known, url, secure_url: url };
}

function keyOf(asset: Pick<CloudinaryAsset, 'resource_type' | 'public_id'>): string {
	return `${asset.resource_type}/${asset.public_id}`;
}

function fail(res: Response, status: number, message: string): void {
	res.status(status).set('x-cld-error', message).json({ error: { message } });
}

function refusedSignature({ params }: Form, now: number): string | null {
	if (params['api_key'] !== ACCOUNT.key) return `Unknown API key ${params['api_key'] ?? ''}`;
	const age = now / 1000 - Number(params['timestamp'] ?? 0);
	if (!(Math.abs(age) <= SIGNED_FOR_SECONDS)) return `Stale request - reported time is ${params['timestamp'] ?? ''} which is more than 1 hour ago`;
	return isSigned(params, ACCOUNT.secret) ? null : `Invalid Signature ${params['signature'] ?? ''}.`;
}

function isAdmin(req: Request): boolean {
	return req.get('authorization') === `Basic ${Buffer.from(`${ACCOUNT.key}:${ACCOUNT.secret}`).toString('base64')}`;
}

/** multipart/form-data, as the SDKs send it, or a form. */
async function formOf(req: Request): Promise<Form> {
	const type = req.get('content-type') ?? '';
	if (!Buffer.isBuffer(req.body) || !/^(multipart\/form-data|application\/x-www-form-urlencoded)/u.test(type)) return { params: {}, file: null };
	const data = await new globalThis.Response(new Uint8Array(req.body), { headers: { 'content-type': type } }).formData();
	const params: Record<string, string> = {};
	let file: Buffer | null = null;
	for (const [name, value] of data) {
		if (name === 'file') file = typeof value === 'string' ? fromDataUri(value) : Buffer.from(await value.arrayBuffer());
		else if (typeof value === 'string') params[name] = value;
	}
	return { params, file };
}

/** A file may be given as a data: URI; remote URLs are not fetched here. */
function fromDataUri(text: string): Buffer | null {
	const encoded = /^data:[^,]*;base64,(.*)$/su.exec(text)?.[1];
	return encoded === undefined ? null : Buffer.from(encoded, 'base64');
}

interface Format {
	readonly type: ResourceType;
	readonly format: string;
	readonly mimetype: string;
}

const FORMATS: ReadonlyArray<readonly [RegExp, Format]> = [
	[/^\xff\xd8\xff/u, { type: 'image', format: 'jpg', mimetype: 'image/jpeg' }],
	[/^\x89PNG\r\n\x1a\n/u, { type: 'image', format: 'png', mimetype: 'image/png' }],
	[/^GIF8/u, { type: 'image', format: 'gif', mimetype: 'image/gif' }],
	[/^RIFF[\s\S]{4}WEBP/u, { type: 'image', format: 'webp', mimetype: 'image/webp' }],
	[/^[\s\S]{4}ftypqt/u, { type: 'video', format: 'mov', mimetype: 'video/quicktime' }],
	[/^[\s\S]{4}ftyp/u, { type: 'video', format: 'mp4', mimetype: 'video/mp4' }],
	[/^\x1a\x45\xdf\xa3/u, { type: 'video', format: 'webm', mimetype: 'video/webm' }],
];

function formatOf(file: Buffer): Format | null {
	const beginning = file.subarray(0, 16).toString('latin1');
	return FORMATS.find(([pattern]) => pattern.test(beginning))?.[1] ?? null;
}
