// The phone: which chat is open, what happens when something is said.

import { customerId, listBusinesses, listen, listWaitingSessions, loadChat, sendText } from './api.js';
import { openLink, opensHere, paid } from './browser.js';
import { addMessage, addPending, markMessage, removeMessage, showMessages, showTyping } from './bubbles.js';
import { setUpCustomers } from './customer-dialog.js';
import { customers } from './customers.js';
import { byId, element, fillAvatar, toast } from './dom.js';
import { channelName, chatKey, showBusinesses, showWaiting } from './list.js';

const STARTERS = {
	en: ['Hello! What do you have?', 'How much is it?', 'I would like to order.'],
	es: ['¡Hola! ¿Qué tenéis?', '¿Cuánto cuesta?', 'Quiero hacer un pedido.'],
	ru: ['Здравствуйте! Что у вас есть?', 'Сколько стоит?', 'Хочу сделать заказ.'],
};
const TYPING_MS = 6000;

let businesses = [];
let open = null;
let typingTimer;
/** Last message and unread count by chat key, of the current customer. */
const summaries = new Map();

const openKey = () => (open === null ? null : chatKey(open));
const draw = () => showBusinesses(businesses, openKey(), summaries, openChat);

async function refresh() {
	try {
		const [working, waiting] = await Promise.all([listBusinesses(), listWaitingSessions()]);
		businesses = working;
		showWaiting(waiting);
		await Promise.all(businesses.map(summarise));
		if (open !== null && !businesses.some((one) => chatKey(one) === openKey())) setStatus('Not connected at the moment');
		else if (open !== null) setStatus();
		draw();
	} catch (problem) {
		toast(problem.message);
	}
}

async function summarise(business) {
	const messages = await loadChat(business, customers.current());
	const known = summaries.get(chatKey(business));
	summaries.set(chatKey(business), { last: messages.at(-1), unread: known?.unread ?? 0 });
}

async function openChat(business, focus = true) {
	open = business;
	byId('app').dataset.view = 'chat';
	byId('no-chat').hidden = true;
	byId('chat').hidden = false;
	byId('chat-name').textContent = business.title;
	fillAvatar(byId('chat-avatar'), business.title);
	setStatus();
	history.replaceState(null, '', `#${encodeURIComponent(chatKey(business))}`);
	await reload();
	if (focus) byId('text').focus();
}

async function reload() {
	if (open === null) return;
	const key = openKey();
	try {
		const messages = await loadChat(open, customers.current());
		if (key !== openKey()) return;
		showMessages(messages, `Say hello to ${open.title}. Messages sent shortly after one another get one answer.`);
		summaries.set(key, { last: messages.at(-1), unread: 0 });
		showStarters(messages.length === 0);
		draw();
	} catch (problem) {
		toast(problem.message);
	}
}

function closeChat() {
	open = null;
	byId('app').dataset.view = 'list';
	byId('no-chat').hidden = false;
	byId('chat').hidden = true;
	history.replaceState(null, '', window.location.pathname);
	draw();
	byId('chats').querySelector('button')?.focus();
}

function setStatus(text) {
	byId('chat-status').textContent = text ?? (open === null ? '' : channelName(open));
}

function showStarters(on) {
	const place = byId('starters');
	place.hidden = !on;
	const texts = STARTERS[customers.current().language] ?? STARTERS.en;
	place.replaceChildren(...texts.map((text) => element('button', { type: 'button', onclick: () => send(text) }, text)));
}

/** One after another, so that messages written quickly arrive in their order. */
let sending = Promise.resolve();

/** Shows the message at once; typing goes on while it is sent. */
function send(text) {
	const [business, customer] = [open, customers.current()];
	if (business === null || text.trim() === '') return;
	const clientId = crypto.randomUUID();
	byId('starters').hidden = true;
	addPending(text, clientId);
	sending = sending.then(() => deliver(business, customer, text, clientId));
}

async function deliver(business, customer, text, clientId) {
	try {
		const undelivered = await sendText(business, customer, text, clientId);
		const problem = undelivered.length === 0 ? null : `Not taken by the business yet (${undelivered[0].status || 'no answer'}); it will be tried again.`;
		markMessage(clientId, problem);
	} catch (problem) {
		markMessage(clientId, `Not sent: ${problem.message} `, () => {
			removeMessage(clientId);
			send(text);
		});
	}
}

function onEvent(event) {
	if (event.type === 'message') onMessage(event);
	else if (event.type === 'typing') onTyping(event);
	else if (event.type === 'session' || event.type === 'bot') void refresh();
	else if (event.type === 'reset') void refresh().then(reload);
	else if (event.type === 'checkout' && event.status === 'complete') {
		toast('Payment received');
		paid(event.session, () => byId('text').focus());
	}
}

function onMessage(event) {
	const key = `${event.channel}/${event.account}`;
	if (event.customer !== customerId({ channel: event.channel }, customers.current())) return;
	// The event's own `type` is what kind of event it is; the message's kind is in `kind`.
	const message = { ...event, type: event.kind };
	const summary = summaries.get(key) ?? { unread: 0 };
	const isOpen = key === openKey();
	summaries.set(key, { last: message, unread: isOpen || event.direction === 'in' ? 0 : summary.unread + 1 });
	if (isOpen) {
		if (event.direction === 'out') onTyping({ ...event, on: false });
		byId('starters').hidden = true;
		addMessage(message);
	}
	draw();
}

function onTyping(event) {
	if (`${event.channel}/${event.account}` !== openKey() || event.customer !== customerId(open, customers.current())) return;
	clearTimeout(typingTimer);
	showTyping(event.on);
	setStatus(event.on ? 'typing…' : undefined);
	if (event.on) typingTimer = setTimeout(() => onTyping({ ...event, on: false }), TYPING_MS);
}

function setUpComposer() {
	const text = byId('text');
	const fit = () => {
		text.style.height = 'auto';
		text.style.height = `${text.scrollHeight + 2}px`;
	};
	const submit = () => {
		const written = text.value.trim();
		text.value = '';
		fit();
		send(written);
	};
	text.addEventListener('input', fit);
	text.addEventListener('keydown', (event) => {
		// Enter while an input method composes a word belongs to that word.
		if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
		event.preventDefault();
		submit();
	});
	byId('composer').addEventListener('submit', (event) => {
		event.preventDefault();
		submit();
		text.focus();
	});
}

byId('back').addEventListener('click', closeChat);
byId('messages').addEventListener('click', (event) => {
	const anchor = event.target.closest('a');
	if (anchor !== null && opensHere(anchor, event) && openLink(anchor.href)) event.preventDefault();
});
document.addEventListener('keydown', (event) => {
	if (event.key === 'Escape' && open !== null && document.querySelector('dialog[open]') === null) closeChat();
});
setUpComposer();
setUpCustomers(() => {
	summaries.clear();
	void refresh().then(reload);
});
let wasConnected = true;
listen(onEvent, (connected) => {
	byId('connection').hidden = connected;
	// What was said while the connection was down is in the history.
	if (connected && !wasConnected) void refresh().then(reload);
	wasConnected = connected;
});
await refresh();
const wanted = decodeURIComponent(window.location.hash.slice(1));
const first = businesses.find((one) => chatKey(one) === wanted);
if (first) await openChat(first, false);
