// The list of businesses, and the WhatsApp sessions that wait for a scan.

import { scanSession } from './api.js';
import { byId, element, fillAvatar, timeOf, toast } from './dom.js';

const CHANNELS = { whatsapp: 'WhatsApp', telegram: 'Telegram' };

export const channelName = (business) => CHANNELS[business.channel] ?? business.channel;
export const chatKey = (business) => `${business.channel}/${business.account}`;

/** `summaries`: last message and unread count by chat key. */
export function showBusinesses(businesses, openKey, summaries, onOpen) {
	const focused = document.activeElement?.closest('#chats button')?.dataset.key;
	byId('no-chats').hidden = businesses.length > 0;
	byId('chats').replaceChildren(
		...businesses.map((business) => {
			const key = chatKey(business);
			const { last, unread = 0 } = summaries.get(key) ?? {};
			const button = element(
				'button',
				{ type: 'button', 'data-key': key, 'aria-current': key === openKey ? 'true' : undefined, onclick: () => onOpen(business) },
				fillAvatar(element('span', { class: 'avatar', 'aria-hidden': 'true' }), business.title),
				element('span', { class: 'title', dir: 'auto' }, business.title),
				last ? element('span', { class: 'when' }, timeOf(last.at)) : element('span'),
				last
					? element('span', { class: 'preview', dir: 'auto' }, last.text || { image: 'Picture', video: 'Video', voice: 'Voice message' }[last.type] || '')
					: element('span', { class: `channel ${business.channel}` }, channelName(business)),
				unread > 0 ? element('span', { class: 'unread', 'aria-label': `${unread} unread` }, String(unread)) : null,
			);
			return element('li', {}, button);
		}),
	);
	if (focused) byId('chats').querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** Keeps the forms of sessions that are still waiting, so that typing in them is not lost. */
export function showWaiting(sessions) {
	byId('scans').hidden = sessions.length === 0;
	const list = byId('scan-list');
	const names = new Set(sessions.map((session) => session.name));
	for (const item of [...list.children]) if (!names.has(item.dataset.name)) item.remove();
	for (const session of sessions) {
		if (list.querySelector(`[data-name="${CSS.escape(session.name)}"]`)) continue;
		list.append(scanForm(session.name, 34600000000 + list.children.length));
	}
}

function scanForm(name, phone) {
	const error = element('span', { class: 'error', role: 'alert', hidden: true });
	const input = element('input', { name: 'phone', value: phone, inputmode: 'tel', required: true, 'aria-label': `Phone number of ${name}` });
	const form = element('form', {}, input, element('button', { type: 'submit', class: 'primary' }, 'Scan QR'));
	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		try {
			await scanSession(name, input.value.replace(/\D/g, ''));
			toast(`${name} is connected to WhatsApp.`);
		} catch (problem) {
			error.textContent = problem.message;
			error.hidden = false;
		}
	});
	const label = element('span', {}, element('span', { class: 'channel' }, 'WhatsApp'), ' ', element('strong', { dir: 'auto' }, name));
	return element('li', { 'data-name': name }, label, form, error);
}
