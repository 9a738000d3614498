// The sandbox's control API, as the phone uses it.

/** @returns {Promise<any>} the JSON answer; throws an Error with the sandbox's message. */
async function call(method, path, body) {
	let response;
	try {
		response = await fetch(`/control${path}`, {
			method,
			headers: body === undefined ? {} : { 'content-type': 'application/json' },
			body: body === undefined ? undefined : JSON.stringify(body),
		});
	} catch {
		throw new Error('The sandbox does not answer.');
	}
	const answer = await response.json().catch(() => ({}));
	if (!response.ok) throw new Error(answer.error?.message ?? `The sandbox answered ${response.status}.`);
	return answer;
}

export const listBusinesses = async () => (await call('GET', '/businesses')).data;

export const listWaitingSessions = async () =>
	(await call('GET', '/waha/sessions')).data.filter((session) => session.status === 'SCAN_QR_CODE');

export const scanSession = (name, phone) =>
	call('POST', `/waha/sessions/${encodeURIComponent(name)}/scan`, { phone, push_name: name });

/** Messages of one chat, oldest first. */
export async function loadChat(business, customer) {
	const query = new URLSearchParams({
		channel: business.channel,
		account: business.account,
		customer: customerId(business, customer),
	});
	return (await call('GET', `/chats?${query}`)).data;
}

/** How the business's channel names this customer. */
export function customerId(business, customer) {
	return business.channel === 'whatsapp' ? customer.phone : String(customer.telegram);
}

/** Writes to the business; the answer tells whether it took the message. */
export async function sendText(business, customer, text, clientId) {
	const account = encodeURIComponent(business.account);
	const answer =
		business.channel === 'whatsapp'
			? await call('POST', `/waha/sessions/${account}/messages`, {
					from: customer.phone,
					name: customer.name,
					body: text,
					client_id: clientId,
				})
			: await call('POST', `/telegram/bots/${account}/messages`, {
					from: { id: Number(customer.telegram), first_name: customer.name, language_code: customer.language },
					text,
					client_id: clientId,
				});
	return answer.deliveries.filter((delivery) => delivery.status < 200 || delivery.status > 299);
}

/** Live events; `onState(true|false)` tells whether the connection stands. */
export function listen(onEvent, onState) {
	const source = new EventSource('/control/events');
	source.onopen = () => onState(true);
	source.onerror = () => onState(false);
	source.onmessage = (message) => onEvent(JSON.parse(message.data));
}
