import { z } from 'zod';
import { tenantFor } from '../../http/authenticate.ts';
import { endpoint, flag, idParams, listOf, page, pageQuery, type Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import { MOST_MEDIUM_BYTES } from './file-type.ts';
import type { Media } from './media.ts';
import type { Medium } from './repository.ts';

const mediumType = z.enum(['image', 'video'], { error: 'must be "image" or "video"' });
const kind = z.enum(['product', 'service'], { error: 'must be "product" or "service"' });

const mediumSchema = z
	.object({
		id: z.string(), object: z.literal('medium'), created_at: z.string(), company_id: z.string(), type: mediumType, content_type: z.string(), bytes: z.int(), name: z.string(),
		welcome_video_for: kind.nullable().describe('The kind of items that it welcomes customers for.'),
		url: z.string().describe('The link to copy, e.g. into image_url of an item.'),
	})
	.meta({ id: 'Medium', description: 'A photo or video of a company, kept by the media service.' });

const mediumParams = idParams.extend({ medium_id: z.string().min(1).max(100) });

const CONTENT_TYPES = ['image/*', 'video/*', 'application/octet-stream'];

export function createMediaEndpoints({ database, media }: { database: Database; media: Omit<Media, 'endpoints'> }): readonly Endpoint[] {
	const common = { tag: 'Media', scopes: ['platform', 'tenant'] } as const;
	return [
		endpoint({
			...common,
			method: 'post',
			path: '/v1/companies/{id}/media',
			summary: 'Upload a photo or video',
			description: 'The body is the file itself: JPEG, PNG, WebP or GIF up to 10 MB, MP4, MOV or WebM up to 100 MB; its bytes tell which. Any number of them; one welcome video for products and one for services, where a new one takes the place of the old.',
			idempotent: true,
			params: idParams,
			query: z.object({
				name: z.string().trim().max(200).default('').describe('For you to find it again.'),
				welcome_video_for: kind.optional().describe('Makes it the video that new customers get under the first answer, for items of this kind.'),
			}),
			upload: { contentTypes: CONTENT_TYPES, maxBytes: MOST_MEDIUM_BYTES },
			responses: { 201: mediumSchema },
			async handle({ caller, params, query, upload }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				if (upload === undefined) throw new Error('The endpoint takes an upload.');
				return { status: 201, body: toJson(await media.add(tenantId, params.id, upload, { name: query.name, welcomeKind: query.welcome_video_for ?? null })) };
			},
		}),
		endpoint({
			...common,
			method: 'get',
			path: '/v1/companies/{id}/media',
			summary: 'List photos and videos',
			description: 'Newest first. Pass the last id as `starting_after` while `has_more`.',
			params: idParams,
			query: pageQuery.extend({ type: mediumType.optional() }),
			responses: { 200: listOf(mediumSchema) },
			async handle({ caller, params, query }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const found = await media.list(tenantId, params.id, { limit: query.limit + 1, startingAfter: query.starting_after, type: query.type });
				return { status: 200, body: page(found.map(toJson), query.limit) };
			},
		}),
		endpoint({
			...common,
			method: 'get',
			path: '/v1/companies/{id}/media/{medium_id}',
			summary: 'Retrieve a photo or video',
			description: 'What is known of it; the file is at its `url`.',
			params: mediumParams,
			responses: { 200: mediumSchema },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				return { status: 200, body: toJson(await media.get(tenantId, params.id, params.medium_id)) };
			},
		}),
		endpoint({
			...common,
			method: 'delete',
			path: '/v1/companies/{id}/media/{medium_id}',
			summary: 'Delete a photo or video',
			description: 'Refused while items of the catalog show it (`medium_in_use`, with their skus), unless `unlink`: then they have none, in a version of the catalog that can be restored.',
			params: mediumParams,
			query: z.object({ unlink: flag }),
			responses: { 204: null },
			async handle({ caller, params, query }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				await media.remove(tenantId, params.id, params.medium_id, query.unlink);
				return { status: 204 };
			},
		}),
	];
}

function toJson(medium: Medium): z.infer<typeof mediumSchema> {
	return {
		id: medium.id, object: 'medium', created_at: medium.createdAt.toISOString(), company_id: medium.companyId, type: medium.type, content_type: medium.contentType, bytes: medium.bytes, name: medium.name,
		welcome_video_for: medium.welcomeKind, url: medium.url,
	};
}
