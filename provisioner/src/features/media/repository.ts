import type { ItemKind } from '../../../../core/catalog/item.ts';
import type { Sql } from '../../store/database.ts';
import type { ResourceType } from '../../vendors/cloudinary/client.ts';

export interface Medium {
	readonly id: string;
	readonly companyId: string;
	readonly state: 'uploading' | 'ready' | 'deleting';
	readonly type: ResourceType;
	readonly welcomeKind: ItemKind | null;
	readonly name: string;
	readonly contentType: string;
	readonly bytes: number;
	/** '' until the vendor has it. */
	readonly url: string;
	readonly createdAt: Date;
}

interface MediumRow {
	id: string;
	company_id: string;
	state: Medium['state'];
	type: ResourceType;
	welcome_kind: ItemKind | null;
	name: string;
	content_type: string;
	bytes: number;
	url: string;
	created_at: Date;
}

const COLUMNS = 'id, company_id, state, type, welcome_kind, name, content_type, bytes, url, created_at';
/** Longer than any upload takes. */
const LEFT_BEHIND_AFTER = '10 minutes';

/** Every function runs in the tenant's session. */
export const mediaRepository = {
	async insert(sql: Sql, tenantId: string, medium: Medium): Promise<void> {
		await sql.query(`INSERT INTO media (tenant_id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, [
			tenantId, medium.id, medium.companyId, medium.state, medium.type, medium.welcomeKind, medium.name, medium.contentType, medium.bytes, medium.url, medium.createdAt,
		]);
	},
	/** Uploads and deletions that did not come to their end. */
	async leftBehind(sql: Sql, companyId: string): Promise<Medium[]> {
		const { rows } = await sql.query<MediumRow>(
			`UPDATE media SET state = 'deleting' WHERE company_id = $1 AND (state = 'deleting' OR (state = 'uploading' AND created_at < now() - interval '${LEFT_BEHIND_AFTER}')) RETURNING ${COLUMNS}`,
			[companyId],
		);
		return rows.map(toMedium);
	},
	/** Until the end of the transaction nobody else changes it, nor publishes for its company. false: it was taken away, with its company perhaps. */
	async lockUpload(sql: Sql, { id, companyId }: Medium): Promise<boolean> {
		await sql.query('SELECT 1 FROM companies WHERE id = $1 FOR NO KEY UPDATE', [companyId]);
		const { rowCount } = await sql.query(`SELECT 1 FROM media WHERE id = $1 AND state = 'uploading' FOR UPDATE`, [id]);
		return rowCount === 1;
	},
	/** The file is at the vendor. */
	async publish(sql: Sql, medium: Medium, url: string): Promise<void> {
		await sql.query(`UPDATE media SET state = 'ready', url = $2 WHERE id = $1`, [medium.id, url]);
		if (medium.welcomeKind !== null) await setWelcomeVideo(sql, medium.companyId, medium.welcomeKind, url);
	},
	async welcomeVideo(sql: Sql, companyId: string, kind: ItemKind): Promise<Medium | undefined> {
		const { rows } = await sql.query<MediumRow>(`SELECT ${COLUMNS} FROM media WHERE company_id = $1 AND welcome_kind = $2 AND state = 'ready'`, [companyId, kind]);
		return rows.map(toMedium)[0];
	},
	/** It stays, as a video like any other. */
	async endWelcome(sql: Sql, medium: Medium): Promise<void> {
		await sql.query('UPDATE media SET welcome_kind = NULL WHERE id = $1', [medium.id]);
	},
	async get(sql: Sql, companyId: string, id: string): Promise<Medium | undefined> {
		const { rows } = await sql.query<MediumRow>(`SELECT ${COLUMNS} FROM media WHERE company_id = $1 AND id = $2 AND state <> 'uploading'`, [companyId, id]);
		return rows.map(toMedium)[0];
	},
	async page(sql: Sql, companyId: string, { limit, startingAfter, type }: { limit: number; startingAfter?: string | undefined; type?: ResourceType | undefined }): Promise<Medium[]> {
		const { rows } = await sql.query<MediumRow>(
			`SELECT ${COLUMNS} FROM media WHERE company_id = $1 AND state = 'ready' AND ($2::text IS NULL OR id < $2) AND ($3::text IS NULL OR type = $3) ORDER BY id DESC LIMIT $4`,
			[companyId, startingAfter ?? null, type ?? null, limit],
		);
		return rows.map(toMedium);
	},
	async beginDeletion(sql: Sql, medium: Medium): Promise<void> {
		await sql.query(`UPDATE media SET state = 'deleting' WHERE id = $1`, [medium.id]);
		if (medium.welcomeKind !== null && medium.state === 'ready') await setWelcomeVideo(sql, medium.companyId, medium.welcomeKind, null);
	},
	async delete(sql: Sql, id: string): Promise<void> {
		await sql.query('DELETE FROM media WHERE id = $1', [id]);
	},
	/** From here on nothing of the tenant's is published. Returns how many there are. */
	async beginDeletionOfAll(sql: Sql): Promise<number> {
		const { rowCount } = await sql.query(`UPDATE media SET state = 'deleting'`);
		return rowCount ?? 0;
	},
};

/** Among the company's settings, which each turn reads anyway. null: there is none any more. */
async function setWelcomeVideo(sql: Sql, companyId: string, kind: ItemKind, url: string | null): Promise<void> {
	await sql.query(
		`UPDATE companies SET settings = jsonb_set(settings, '{welcome_videos}', coalesce(settings->'welcome_videos', '{}') - $2::text || CASE WHEN $3::text IS NULL THEN '{}'::jsonb ELSE jsonb_build_object($2::text, $3::text) END) WHERE id = $1`,
		[companyId, kind, url],
	);
}

function toMedium(row: MediumRow): Medium {
	return {
		id: row.id, companyId: row.company_id, state: row.state, type: row.type, welcomeKind: row.welcome_kind, name: row.name, contentType: row.content_type, bytes: row.bytes, url: row.url, createdAt: row.created_at,
	};
}
