// The phone's own browser: local pages (payment, thanks) open in a window of their own, which goes away after payment.
// Not a frame: pages that take payments refuse to be framed, and rightly so.

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]', window.location.hostname]);
const RETURN_MS = 2500;
let opened = null;
/** The checkout session that the window shows, once its page has said so. */
let session = null;
let closing;

/** Opens the link; false when the browser would not let us (then the link's own way must do). */
export function openLink(url) {
	clearTimeout(closing);
	session = null;
	const [width, height] = [Math.min(440, window.screen.availWidth), Math.min(820, window.screen.availHeight)];
	const left = Math.round(window.screenX + (window.outerWidth - width) / 2);
	const top = Math.round(window.screenY + (window.outerHeight - height) / 2);
	opened = window.open(url, '_blank', `popup,width=${width},height=${height},left=${left},top=${top}`);
	return opened !== null;
}

/** Whether a plain click on this link is for the phone's browser. */
export function opensHere(anchor, event) {
	const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
	return plain && LOCAL.has(new URL(anchor.href).hostname);
}

/** The session was paid: leave the thank-you page on for a moment, then return to the chat. */
export function paid(id, onReturn) {
	if (session !== id) return;
	closing = setTimeout(() => {
		opened?.close();
		onReturn();
	}, RETURN_MS);
}

window.addEventListener('message', (event) => {
	if (event.origin !== window.location.origin || event.data?.source !== 'sandbox-checkout') return;
	if (typeof event.data.session === 'string') session = event.data.session;
});
