import { createWahaClient } from '../../provisioner/src/vendors/waha/client.ts';

/** What driving a stand-in needs: the recorder in front of it, its control API, and where webhooks go. */
export interface DriveTarget {
	/** Of the recorder. */
	readonly url: string;
	/** `POST /control<path>` of the sandbox, past the recorder. */
	control(path: string, body?: unknown): Promise<unknown>;
	/** A receiver that collects webhook bodies. */
	readonly webhookUrl: string;
}

const KEY = 'sandbox-waha-key';

/** Calls every WAHA route: what our client uses through our client, the rest as WAHA's documentation shows. */
export async function driveWaha(target: DriveTarget): Promise<void> {
	const base = `${target.url}/waha`;
	const client = createWahaClient({ url: base, apiKey: KEY });
	const call = async (method: string, path: string, body?: unknown) => {
		const response = await fetch(`${base}${path}`, {
			method,
			headers: { 'x-api-key': KEY, 'content-type': 'application/json', accept: 'application/json' },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		await response.arrayBuffer();
	};
	const session = 'conformance';
	await client.createSession({ name: session, webhookUrl: target.webhookUrl, hmacKey: 'key', metadata: { 'user.id': '1' } });
	await waitForQr(client, session);
	await client.getQr(session);
	await call('GET', `/api/${session}/auth/qr?format=raw`);
	await call('POST', `/api/${session}/auth/request-code`, { phoneNumber: '34600000000' });
	await target.control(`/waha/sessions/${session}/scan`, { phone: '34600000000', push_name: 'Conformance' });
	await call('PUT', `/api/sessions/${session}`, {
		config: { webhooks: [{ url: target.webhookUrl, events: ['message', 'message.any', 'message.edited', 'message.revoked', 'session.status'] }] },
	});
	await waitFor(async () => (await client.getSession(session))?.status === 'WORKING');

	const chatId = '34699111222@c.us';
	await target.control('/waha/lids', { lid: '120000000000001@lid', phone: '34699111222' });
	await target.control(`/waha/sessions/${session}/messages`, { from: '34699111222', body: 'Hola', twin_of: '120000000000001@lid' });
	await target.control(`/waha/sessions/${session}/messages`, { from: '34699111222', body: 'Rosas', id: 'CHANGED' });
	await target.control(`/waha/sessions/${session}/messages/CHANGED/edit`, { body: 'Tulipanes' });
	await target.control(`/waha/sessions/${session}/messages/CHANGED/delete`);
	await target.control(`/waha/sessions/${session}/messages`, { from: '34699111222', button: { id: 'item:rose', text: 'Rosas' } });
	await target.control(`/waha/sessions/${session}/messages`, { from: '34699111222', voice: true });
	await client.lidToPhone(session, '120000000000001@lid');
	await client.phoneToLid(session, '34699111222');
	await client.sendText({ session, chatId, text: 'Hola', id: '3EB0000000000000000001' });
	await client.sendImage({ session, chatId, url: 'https://img.example/rose.png', caption: 'Rosa' });
	await client.sendVideo({ session, chatId, url: 'https://img.example/rose.mp4', caption: 'Rosa' });
	await client.listMessages({ session, chatId, since: Date.now() - 60_000 });
	await call('GET', `/api/${session}/chats/${chatId}/messages?limit=10&offset=1&sortOrder=asc`);
	for (const operation of ['sendSeen', 'startTyping', 'stopTyping']) await call('POST', `/api/${operation}`, { session, chatId });

	await call('GET', '/api/sessions?all=true');
	await call('GET', `/api/sessions/${session}/me`);
	await client.stopSession(session);
	await client.startSession(session);
	await call('POST', `/api/sessions/${session}/restart`);
	await call('POST', `/api/sessions/${session}/logout`);
	await client.deleteSession(session);
}

function waitForQr(client: ReturnType<typeof createWahaClient>, session: string): Promise<void> {
	return waitFor(async () => (await client.getSession(session))?.status === 'SCAN_QR_CODE');
}

/** Asks again until it holds; fails after 10 s. */
export async function waitFor(holds: () => Promise<boolean>): Promise<void> {
	const end = performance.now() + 10_000;
	while (!(await holds())) {
		if (performance.now() > end) throw new Error('The sandbox did not get into the expected state within 10 s.');
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}
