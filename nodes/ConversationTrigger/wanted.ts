import type { IHookFunctions } from 'n8n-workflow';
import { stringList, triggerOf } from '../shared/subscription.ts';
import type { WantedSubscription } from '../shared/subscription.ts';

export function readWanted(context: IHookFunctions): WantedSubscription {
	return {
		...triggerOf(context),
		events: ['turn.ready'],
		channels: stringList(context.getNodeParameter('channels', [])),
		connection_id: String(context.getNodeParameter('connectionId', '')).trim(),
	};
}
