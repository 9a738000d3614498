/**
 * A provisioner that connects a Telegram bot and is killed by the test while it does. Argument: JSON with everything it needs.
 * Prints nothing: the test watches n8n.
 */
import { createDatabase } from '../../provisioner/src/store/database.ts';
import { startProvisioning } from '../../provisioner/src/testing/provisioning.ts';

interface Task {
	readonly databaseUrl: string;
	readonly n8n: { readonly url: string; readonly apiKey: string };
	readonly sandboxUrl: string;
	readonly port: number;
	readonly platformUrl: string;
	readonly tenantId: string;
	readonly companyId: string;
	readonly token: string;
}

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
const { connections } = await startProvisioning({ ...task, database: createDatabase(task.databaseUrl) });
await connections.connect({ tenantId: task.tenantId, companyId: task.companyId, account: { channel: 'telegram', botToken: task.token } });
