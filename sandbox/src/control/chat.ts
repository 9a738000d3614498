import type { Router } from 'express';
import express from 'express';
import { bareChatId } from '../chat-log.ts';
import type { SandboxContext } from '../context.ts';
import { numberOf, stringOf } from '../json.ts';
import { control } from './answers.ts';

/** What was said: `sent` for tests, `chats` and `events` for the phone page. */
export function createChatControl(context: SandboxContext): Router {
	const router = express.Router();
	router.get(
		'/sent',
		control((req) => {
			const { channel, to } = req.query;
			const since = numberOf(req.query['since'], 0);
			const data = context.store.current.messages
				.filter((message) => message.direction === 'out' && message.seq > since)
				.filter((message) => channel === undefined || message.channel === channel)
				.filter((message) => to === undefined || [message.to, message.customer].includes(stringOf(to)) || bareChatId(message.to) === to)
				.map(({ seq, at, channel: on, account, to: chat, type, text, media_url, message_id }) => ({
					seq,
					at,
					channel: on,
					account,
					to: chat,
					type,
					text,
					media_url,
					message_id,
				}));
			return { data };
		}),
	);
	router.get(
		'/chats',
		control((req) => {
			const { channel, account, customer } = req.query;
			const data = context.store.current.messages.filter(
				(message) => message.channel === channel && message.account === account && message.customer === customer,
			);
			return { data, seq: context.store.current.sequence };
		}),
	);
	router.get('/businesses', control(() => ({ data: businesses(context) })));
	router.get('/events', (req, res) => {
		res.status(200).set({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
		res.flushHeaders();
		const write = (event: { seq: number }) => res.write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
		const last = req.get('last-event-id') ?? stringOf(req.query['since']);
		res.write(': connected\n\n');
		if (last !== '') for (const event of context.hub.since(numberOf(last, 0))) write(event);
		const stop = context.hub.listen(write);
		const beat = setInterval(() => res.write(': still here\n\n'), 15_000).unref();
		res.on('close', () => {
			stop();
			clearInterval(beat);
		});
	});
	router.get('/media/:id', (req, res) => {
		const media = context.media.get(req.params.id);
		if (media === undefined) {
			res.status(404).json({ error: { message: 'This upload was forgotten (uploads are kept in memory only).' } });
			return;
		}
		// Uploads are shown in the phone page: never let one be a page of this origin.
		const safe = /^(image\/(png|jpeg|gif|webp)|video\/\w+|audio\/\w+)$/.test(media.mimetype);
		res
			.type(safe ? media.mimetype : 'application/octet-stream')
			.set({ 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'" })
			.send(media.bytes);
	});
	return router;
}

/** What the phone page can write to, and the WhatsApp sessions that wait for a scan. */
function businesses(context: SandboxContext): readonly unknown[] {
	const { waha, telegram } = context.store.current;
	return [
		...Object.values(waha.sessions)
			.filter((session) => session.status === 'WORKING')
			.map((session) => ({ channel: 'whatsapp', account: session.name, title: session.me?.pushName || session.name })),
		...Object.values(telegram.bots)
			.filter((bot) => bot.webhook !== null)
			.map((bot) => ({ channel: 'telegram', account: bot.username, title: bot.name })),
	];
}
