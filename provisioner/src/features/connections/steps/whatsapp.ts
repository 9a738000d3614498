import { WAHA_EVENTS } from '../../../../../core/channels/whatsapp-waha.ts';
import { AppError } from '../../../../../core/errors.ts';
import { WAHA_RETRIES } from '../../../vendors/waha/client.ts';
import type { WahaClient } from '../../../vendors/waha/client.ts';
import { removedOrGone } from '../step.ts';
import type { Job, Step } from '../step.ts';

/** Of a session made with another text WAHA is asked again. */
const ASKED_FOR = [...WAHA_EVENTS, `retries=${Object.values(WAHA_RETRIES).join('/')}`].join();

/**
 * A WhatsApp number needs a WAHA session and nothing new in n8n: the shared answering workflow serves it.
 * @param deps.hookBaseUrl where WAHA reaches this service
 */
export function whatsappSteps(deps: { waha: WahaClient | null; hookBaseUrl: string }): readonly Step[] {
	const waha = (): WahaClient => {
		if (!deps.waha) throw new AppError('whatsapp_not_configured', 'WhatsApp is off on this platform: WAHA_URL and WAHA_API_KEY are not set.', { status: 503 });
		return deps.waha;
	};
	const sessionOf = ({ connection, secrets }: Pick<Job, 'connection' | 'secrets'>) => ({
		name: connection.externalId,
		webhookUrl: `${deps.hookBaseUrl}/hooks/whatsapp/${secrets.hookToken}`,
		hmacKey: secrets.hookSecret,
		metadata: { concierge_connection: connection.id },
	});
	return [
		{
			name: 'waha_session',
			async run({ connection, secrets, interrupted }) {
				const name = connection.externalId;
				// The name was free when the connection was made, so what is there now is ours.
				if (!interrupted || !(await waha().getSession(name))) await waha().createSession(sessionOf({ connection, secrets }));
				return { session: name, events: ASKED_FOR };
			},
			// WAHA restarts a session whose settings change; what is written meanwhile comes when it is back.
			hook: { events: ASKED_FOR, renew: (job) => waha().updateSession(sessionOf(job)) },
			async undo({ connection }) {
				const name = connection.externalId;
				const wasThere = (await waha().getSession(name)) !== null;
				await waha().deleteSession(name);
				return [removedOrGone('whatsapp_session', name, connection.name, wasThere)];
			},
		},
	];
}
