// Small helpers to build elements. Text always goes in as text, never as markup.

/** An element with properties and children; `class`, `dir`, `data-*` and `aria-*` become attributes. */
export function element(tag, properties = {}, ...children) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(properties)) {
		if (value === undefined || value === false) continue;
		if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
		else made.setAttribute(name, value === true ? '' : String(value));
	}
	made.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
	return made;
}

export const byId = (id) => document.getElementById(id);

const LINK = /https?:\/\/[^\s<>"']+/g;
/** Punctuation after a link belongs to the sentence. */
const TRAILING = /[.,;:!?)\]}»”]+$/;

/** The text with its links as anchors. */
export function linkified(text) {
	const parts = [];
	let from = 0;
	for (const match of text.matchAll(LINK)) {
		const url = match[0].replace(TRAILING, '');
		if (!URL.canParse(url)) continue;
		parts.push(text.slice(from, match.index));
		parts.push(element('a', { href: url, target: '_blank', rel: 'noopener noreferrer', dir: 'ltr' }, url));
		from = match.index + url.length;
	}
	parts.push(text.slice(from));
	return parts;
}

/** First letters for an avatar, and a colour that stays the same for a name. */
export function fillAvatar(avatar, name) {
	const words = name.trim().split(/\s+/);
	const letters = words.slice(0, 2).map((word) => Array.from(word)[0] ?? '');
	avatar.textContent = letters.join('').toUpperCase();
	let hue = 0;
	for (const character of name) hue = (hue * 31 + (character.codePointAt(0) ?? 0)) % 360;
	avatar.style.setProperty('--hue', String(hue));
	return avatar;
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });

export const timeOf = (milliseconds) => TIME.format(new Date(milliseconds));
export const dayOf = (milliseconds) => DAY.format(new Date(milliseconds));

let toastTimer;
/** A short notice at the bottom; screen readers hear it. */
export function toast(text) {
	const place = byId('toast');
	place.textContent = text;
	place.hidden = false;
	clearTimeout(toastTimer);
	toastTimer = setTimeout(() => {
		place.hidden = true;
	}, 4000);
}
