import type { ChatMessage } from '../chat-log.ts';
import type { SandboxContext } from '../context.ts';
import type { JsonObject } from '../json.ts';
import { stringOf } from '../json.ts';
import type { InboundAnswer } from './inbound.ts';
import { badRequest } from './errors.ts';
import { wahaMessage } from './messages.ts';
import { workingSession } from './sessions.ts';
import type { WahaSession } from './state.ts';
import { deliverWahaEvent } from './webhooks.ts';

/** A customer changes a message of theirs: `{body}`. */
export async function editMessage(
	context: SandboxContext,
	sessionName: string,
	messageId: string,
	request: Readonly<Record<string, unknown>>,
): Promise<InboundAnswer> {
	const { session, message } = written(context, sessionName, messageId);
	const body = stringOf(request['body']);
	if (body === '') throw badRequest('body must be the new text');
	context.reviseMessage(message, { text: body });
	const payload = { ...asWritten(session, message, body), editedMessageId: shortId(message) };
	return { message_id: message.message_id, deliveries: await deliverWahaEvent(context, session, { event: 'message.edited', payload }) };
}

/** A customer takes a message of theirs back, for everyone. */
export async function revokeMessage(context: SandboxContext, sessionName: string, messageId: string): Promise<InboundAnswer> {
	const { session, message } = written(context, sessionName, messageId);
	const before = asWritten(session, message, message.text);
	const after = { ...asWritten(session, message, ''), _data: { type: 'revoked' } };
	context.reviseMessage(message, { text: '' });
	const payload = { revokedMessageId: shortId(message), after, before };
	return { message_id: message.message_id, deliveries: await deliverWahaEvent(context, session, { event: 'message.revoked', payload }) };
}

/** The message of a customer that has this id, whole or short. */
function written(context: SandboxContext, sessionName: string, messageId: string): { session: WahaSession; message: ChatMessage } {
	const session = workingSession(context, sessionName);
	const message = context.store.current.messages.find(
		(one) =>
			one.direction === 'in' && one.channel === 'whatsapp' && one.account === session.name && [one.message_id, shortId(one)].includes(messageId),
	);
	if (message === undefined) throw badRequest(`no customer wrote a message ${messageId}`);
	return { session, message };
}

function asWritten(session: WahaSession, message: ChatMessage, body: string): JsonObject {
	return wahaMessage({
		id: message.message_id,
		at: message.at,
		from: message.message_id.split('_')[1] ?? '',
		to: session.me?.id ?? '',
		fromMe: false,
		source: 'app',
		body,
		media: null,
		ack: 1,
		...(message.name === '' ? {} : { pushName: message.name }),
	});
}

function shortId(message: ChatMessage): string {
	return message.message_id.split('_')[2] ?? message.message_id;
}
