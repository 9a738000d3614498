// Messages as bubbles.

import { attachment } from './attachment.js';
import { byId, dayOf, element, linkified, timeOf } from './dom.js';

const log = byId('messages');

/** Shows a chat from its beginning. */
export function showMessages(messages, hint) {
	log.replaceChildren();
	if (messages.length === 0) log.append(element('p', { class: 'hint' }, hint));
	for (const message of messages) log.append(...withDay(message, bubble(message)));
	toBottom();
}

/** Adds a message that has just been said; replaces the pending bubble of the same `client_id`. */
export function addMessage(message) {
	if (log.querySelector(`[data-seq="${message.seq}"]`)) return;
	log.querySelector('.hint')?.remove();
	const made = bubble(message);
	const pending = message.client_id ? log.querySelector(`[data-client="${CSS.escape(message.client_id)}"]`) : null;
	if (pending) pending.replaceWith(made);
	else {
		made.classList.add('new');
		log.append(...withDay(message, made));
	}
	keepTypingLast();
	toBottom();
}

/** A bubble for a text that is on its way to the sandbox. */
export function addPending(text, clientId) {
	log.querySelector('.hint')?.remove();
	const message = { direction: 'in', type: 'text', text, at: Date.now(), client_id: clientId };
	const made = bubble(message);
	made.classList.add('new');
	log.append(...withDay(message, made));
	keepTypingLast();
	toBottom();
}

/** Marks one's own message: `sent`, or a problem with an optional way to try again. */
export function markMessage(clientId, problem, retry) {
	const found = log.querySelector(`[data-client="${CSS.escape(clientId)}"]`);
	if (!found) return;
	found.querySelector('.problem')?.remove();
	const mark = found.querySelector('.mark');
	found.classList.toggle('failed', problem !== null);
	if (problem === null) {
		mark.textContent = '✓✓';
		mark.setAttribute('aria-label', 'delivered');
		return;
	}
	mark.textContent = '!';
	mark.setAttribute('aria-label', 'not delivered');
	const again = retry ? element('button', { type: 'button', onclick: retry }, 'Try again') : null;
	found.append(element('span', { class: 'problem' }, problem, again));
	toBottom();
}

export function removeMessage(clientId) {
	log.querySelector(`[data-client="${CSS.escape(clientId)}"]`)?.remove();
}

/** The business is writing. */
export function showTyping(on) {
	log.querySelector('.typing')?.remove();
	if (!on) return;
	log.append(element('div', { class: 'typing', 'aria-hidden': 'true' }, element('i'), element('i'), element('i')));
	toBottom();
}

function bubble(message) {
	const own = message.direction === 'in';
	const made = element('article', {
		class: `bubble ${own ? 'customer' : 'business'}`,
		'data-seq': message.seq,
		'data-client': message.client_id,
		'data-day': dayOf(message.at),
		'aria-label': own ? 'You' : message.name || 'Business',
	});
	if (log.lastElementChild?.classList.contains(own ? 'business' : 'customer')) made.classList.add('turn');
	if ((message.type === 'image' || message.type === 'video') && message.media_url) made.append(attachment(message, toBottom));
	if (message.type === 'voice') made.append(element('span', { class: 'missing' }, 'Voice message'));
	if (message.text) made.append(element('div', { class: 'text', dir: 'auto' }, ...linkified(message.text)));
	const mark = own ? element('span', { class: 'mark', 'aria-label': message.seq ? 'sent' : 'sending' }, message.seq ? '✓' : '…') : null;
	made.append(element('div', { class: 'meta' }, element('time', {}, timeOf(message.at)), mark));
	return made;
}

/** A day separator in front of the first bubble of a day. */
function withDay(message, made) {
	const last = [...log.querySelectorAll('[data-day]')].at(-1);
	const day = dayOf(message.at);
	return last?.dataset.day === day ? [made] : [element('p', { class: 'day' }, day), made];
}

function keepTypingLast() {
	const typing = log.querySelector('.typing');
	if (typing) log.append(typing);
}

function toBottom() {
	log.scrollTop = log.scrollHeight;
}
