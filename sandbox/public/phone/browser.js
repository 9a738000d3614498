// The phone's own browser: local pages (payment, thanks) open over the chat; everything else in a tab.

import { byId } from './dom.js';

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]', window.location.hostname]);
const sheet = byId('browser');
const frame = byId('browser-frame');
/** The checkout session that the sheet shows, once its page has said so. */
let session = null;
let closing;

export function openLink(url) {
	const target = new URL(url);
	session = null;
	clearTimeout(closing);
	byId('browser-host').textContent = target.host;
	byId('browser-tab').href = url;
	frame.src = url;
	if (!sheet.open) sheet.showModal();
}

export function closeBrowser() {
	clearTimeout(closing);
	if (sheet.open) sheet.close();
}

/** Whether a plain click on this link opens the sheet. */
export function opensHere(anchor, event) {
	const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
	return plain && LOCAL.has(new URL(anchor.href).hostname);
}

/** The session was paid: leave the thank-you page on for a moment, then return to the chat. */
export function paid(id) {
	if (!sheet.open || session !== id) return;
	closing = setTimeout(closeBrowser, 2500);
}

export function setUpBrowser(onClose) {
	byId('browser-close').addEventListener('click', closeBrowser);
	sheet.addEventListener('close', () => {
		frame.src = 'about:blank';
		session = null;
		onClose();
	});
	window.addEventListener('message', (event) => {
		if (event.origin !== window.location.origin || event.data?.source !== 'sandbox-checkout') return;
		if (event.data.close === true) closeBrowser();
		else if (typeof event.data.session === 'string') session = event.data.session;
	});
}
