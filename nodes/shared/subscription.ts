import type { IHookFunctions, INodeType } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { toNodeError } from './node-errors.ts';
import type { Platform } from './platform-api.ts';
import { connectPlatform, isRecord } from './platform-api.ts';

/** What the platform is to deliver to this workflow, as the body of `POST /v1/subscriptions`. */
export interface WantedSubscription {
	readonly url: string;
	readonly events: readonly string[];
	/** Of turns; empty = all channels. */
	readonly channels: readonly string[];
	/** Empty = every connection without a workflow of its own. */
	readonly connection_id: string;
	/** Of order events; empty = all companies. */
	readonly company_id?: string;
	/** Of order events; not those of companies that a workflow of their own hears of. */
	readonly without_own?: boolean;
	/** test: the editor listens; the platform ends such a subscription after a few minutes. */
	readonly mode: 'production' | 'test';
	readonly workflow_id: string;
	readonly node_id: string;
}

/** What every trigger says of itself. */
export function triggerOf(context: IHookFunctions): Pick<WantedSubscription, 'url' | 'mode' | 'workflow_id' | 'node_id'> {
	const url = context.getNodeWebhookUrl('default');
	if (url === undefined) throw new NodeOperationError(context.getNode(), 'n8n gave this trigger no webhook URL');
	return {
		url,
		mode: context.getActivationMode() === 'manual' ? 'test' : 'production',
		workflow_id: context.getWorkflow().id ?? '',
		node_id: context.getNode().id,
	};
}

/** Idempotent: the platform updates the subscription of the same URL and mode, whichever key made it. */
async function subscribe(platform: Platform, wanted: WantedSubscription): Promise<void> {
	await platform.request({ method: 'POST', path: '/v1/subscriptions', body: { ...wanted } });
}

/** Ends every subscription of this URL. Nothing there is success. */
async function unsubscribe(platform: Platform, url: string): Promise<void> {
	const list = await platform.request({ method: 'GET', path: '/v1/subscriptions', query: { url } });
	const found: readonly unknown[] = isRecord(list) && Array.isArray(list['data']) ? list['data'] : [];
	for (const subscription of found) {
		if (!isRecord(subscription) || subscription['url'] !== url) continue;
		await platform.request({ method: 'DELETE', path: `/v1/subscriptions/${encodeURIComponent(String(subscription['id']))}` });
	}
}

export function stringList(value: unknown): string[] {
	return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}

/** What n8n calls when a workflow with such a trigger is published, or is not any more. */
export function subscriptionMethods(readWanted: (context: IHookFunctions) => WantedSubscription) {
	return {
		default: {
			// Subscribing is idempotent, so n8n may always do it. A look first could not tell whether what is there delivers with
			// this credential's key, and a network that is down is for `create` to report.
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return false;
			},
			async create(this: IHookFunctions): Promise<boolean> {
				try {
					await subscribe(await connectPlatform(this), readWanted(this));
					return true;
				} catch (error) {
					throw toNodeError(this.getNode(), error);
				}
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				const { url } = triggerOf(this);
				try {
					await unsubscribe(await connectPlatform(this), url);
					return true;
				} catch (error) {
					this.logger.warn(`Could not unsubscribe: ${toNodeError(this.getNode(), error).message}`);
					// A test subscription ends by itself in minutes; n8n tries again for the one of an active workflow.
					if (url.includes('/webhook-test/')) return false;
					throw toNodeError(this.getNode(), error);
				}
			},
		},
	} satisfies INodeType['webhookMethods'];
}
