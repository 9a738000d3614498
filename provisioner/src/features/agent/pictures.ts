import { MOST_PICTURE_BYTES, pictureTypeOf, type PictureType } from '../../../../core/agent/pictures.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import type { Accounts } from '../gateway/accounts.ts';
import type { FetchAttachment } from '../gateway/attachments.ts';
import type { TurnPort } from './turn-port.ts';

/** A model's answer waits for it. */
const TIMEOUT_MS = 10_000;

export interface PictureDeps {
	readonly database: Database;
	readonly turns: Pick<TurnPort, 'markRead'>;
	readonly accounts: Pick<Accounts, 'byConnection'>;
	readonly fetchAttachment: FetchAttachment;
}

/**
 * A picture that a customer sent in a turn, from where the channel keeps it: nothing is stored here. What it is is told by its bytes.
 * @throws AppError `picture_not_found` (404), `picture_not_available` (502), `picture_not_supported` (415)
 */
export async function loadPicture({ database, turns, accounts, fetchAttachment }: PictureDeps, tenantId: string, turnId: string, messageId: string): Promise<{ bytes: Buffer; contentType: PictureType }> {
	const { rows: [message] } = await database.withTenant(tenantId, async (sql) => {
		await turns.markRead(sql, turnId);
		return await sql.query<{ connection_id: string; channel: string; media: unknown }>(
			`SELECT m.connection_id, c.channel, m.media FROM messages m JOIN connections c ON c.id = m.connection_id WHERE m.id = $1 AND m.turn_id = $2 AND m.type = 'image' AND m.direction = 'in'`,
			[messageId, turnId],
		);
	});
	if (message === undefined) throw new AppError('picture_not_found', `The turn has no picture "${messageId.slice(0, 100)}".`, { status: 404 });
	const account = await accounts.byConnection(tenantId, message.connection_id);
	const { bytes } = await fetchAttachment(message.channel, account, message.media, { maxBytes: MOST_PICTURE_BYTES, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(notAvailable);
	const contentType = pictureTypeOf(bytes);
	if (contentType === null) throw new AppError('picture_not_supported', 'The picture is no JPEG, PNG, WebP or GIF.', { status: 415 });
	return { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), contentType };
}

/** Expired, too large, the channel away: whatever it is, the answer goes on without. */
function notAvailable(error: unknown): never {
	if (!(error instanceof AppError)) throw error;
	throw new AppError('picture_not_available', `The channel doesn't give the picture (any more): ${error.message}`, { status: 502, cause: error });
}
