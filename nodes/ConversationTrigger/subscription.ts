import type { IHookFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Platform } from '../shared/platform-api.ts';
import { isRecord } from '../shared/platform-api.ts';

/** What the platform is to deliver to this workflow, as the body of `POST /v1/subscriptions`. */
export interface WantedSubscription {
	readonly url: string;
	readonly events: readonly string[];
	/** Empty = all channels. */
	readonly channels: readonly string[];
	/** Empty = every connection without a workflow of its own. */
	readonly connection_id: string;
	/** test: the editor listens; the platform ends such a subscription after a few minutes. */
	readonly mode: 'production' | 'test';
	readonly workflow_id: string;
	readonly node_id: string;
}

interface FoundSubscription extends WantedSubscription {
	readonly id: string;
}

export function readWanted(context: IHookFunctions): WantedSubscription {
	const url = context.getNodeWebhookUrl('default');
	if (url === undefined) throw new NodeOperationError(context.getNode(), 'n8n gave this trigger no webhook URL');
	const channels: unknown = context.getNodeParameter('channels', []);
	return {
		url,
		events: ['turn.ready'],
		channels: stringList(channels),
		connection_id: String(context.getNodeParameter('connectionId', '')).trim(),
		mode: context.getActivationMode() === 'manual' ? 'test' : 'production',
		workflow_id: context.getWorkflow().id ?? '',
		node_id: context.getNode().id,
	};
}

export async function findSubscriptions(platform: Platform, url: string): Promise<readonly FoundSubscription[]> {
	const list = await platform.request({ method: 'GET', path: '/v1/subscriptions', query: { url } });
	const rows = isRecord(list) && Array.isArray(list['data']) ? (list['data'] as unknown[]) : [];
	return rows.flatMap((row) => {
		if (!isRecord(row) || typeof row['id'] !== 'string' || row['url'] !== url) return [];
		return [
			{
				id: row['id'],
				url,
				events: stringList(row['events']),
				channels: stringList(row['channels']),
				connection_id: text(row['connection_id']),
				mode: row['mode'] === 'test' ? 'test' : 'production',
				workflow_id: text(row['workflow_id']),
				node_id: text(row['node_id']),
			} satisfies FoundSubscription,
		];
	});
}

/** Whether the platform already delivers exactly what is wanted. */
export function isUpToDate(found: FoundSubscription, wanted: WantedSubscription): boolean {
	const fingerprint = ({ url, events, channels, connection_id, mode, workflow_id, node_id }: WantedSubscription): string =>
		JSON.stringify([url, events.toSorted(), channels.toSorted(), connection_id, mode, workflow_id, node_id]);
	return fingerprint(found) === fingerprint(wanted);
}

/** Idempotent: the platform updates the subscription of the same key, URL and mode. */
export async function subscribe(platform: Platform, wanted: WantedSubscription): Promise<void> {
	await platform.request({ method: 'POST', path: '/v1/subscriptions', body: { ...wanted } });
}

/** Ends every subscription of this URL. Nothing there is success. */
export async function unsubscribe(platform: Platform, url: string): Promise<void> {
	for (const { id } of await findSubscriptions(platform, url)) {
		await platform.request({ method: 'DELETE', path: `/v1/subscriptions/${encodeURIComponent(id)}` });
	}
}

function stringList(value: unknown): string[] {
	return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
