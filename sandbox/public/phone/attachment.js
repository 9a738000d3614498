// Pictures and videos of a message. The demo's catalogs name hosts that don't exist, so a file that can't be had is nothing unusual here.

import { element } from './dom.js';

/** A card that names the file, replaced by the picture or video once it is there. */
export function attachment(message, onResize) {
	const video = message.type === 'video';
	const kind = video ? 'Video' : 'Picture';
	const { name, host } = partsOf(message.media_url, kind);
	const note = element('span', { class: 'file-note' }, host === '' ? kind : `${kind} · ${host}`);
	const card = element(
		'span',
		{ class: `file ${video ? 'video' : 'picture'}`, title: message.media_url },
		element('span', { class: 'file-name', dir: 'auto' }, name),
		note,
	);
	const media = video
		? element('video', { controls: true, preload: 'metadata' })
		: element('img', { alt: message.text || name });
	media.addEventListener(video ? 'loadedmetadata' : 'load', () => {
		card.replaceWith(media);
		onResize();
	});
	media.addEventListener('error', () => {
		note.textContent = `${kind} · no preview here`;
		card.title = `${message.media_url} can't be loaded from this machine.`;
	});
	media.src = message.media_url;
	return card;
}

function partsOf(url, kind) {
	if (!/^https?:/.test(url) || !URL.canParse(url)) return { name: kind, host: '' };
	const { host, pathname } = new URL(url);
	const last = pathname.split('/').at(-1) ?? '';
	let name = last;
	try {
		name = decodeURIComponent(last);
	} catch {
		// Not percent-encoded UTF-8: shown as it is.
	}
	return { name: name || kind, host };
}
