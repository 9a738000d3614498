import type { AccountStatus } from '../../../../core/channels/channel.ts';
import type { Database } from '../../store/database.ts';

/** false: an older status than the one stored, or the connection is gone. */
export async function reportStatus(database: Database, account: { tenantId: string; connectionId: string }, status: AccountStatus): Promise<boolean> {
	const { rows } = await database.system.query<{ fresh: boolean }>('SELECT report_account_status($1, $2, $3, $4, $5) AS fresh', [
		account.tenantId, account.connectionId, status.state, status.detail, status.at,
	]);
	return rows[0]?.fresh ?? false;
}
