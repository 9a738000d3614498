import type { Response } from 'express';
import type { Message } from './page-texts.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** A page of one message; `note` is a line below it (a company's name, a sum), `details` a text in the company's own words and lines. Every word is escaped here. */
export function renderPage(lang: string, message: Message, note = '', details = ''): string {
	return `<!doctype html>
<html lang="${escapeHtml(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(message.title)}</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 26rem; padding: 2rem 1.5rem; text-align: center; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; }
p { margin: 0 0 .5rem; }
.note { opacity: .7; }
.details { white-space: pre-line; overflow-wrap: anywhere; text-align: start; margin: 1rem 0; padding: 1rem; border: 1px solid; border-radius: .5rem; }
</style>
</head>
<body>
<main>
<h1>${escapeHtml(message.title)}</h1>
<p>${escapeHtml(message.text)}</p>
${details === '' ? '' : `<p class="details" dir="auto">${escapeHtml(details)}</p>\n`}${note === '' ? '' : `<p class="note">${escapeHtml(note)}</p>\n`}</main>
</body>
</html>
`;
}

/** Sends a page that loads nothing and that nobody may frame, cache or index. */
export function sendPage(response: Response, status: number, html: string): void {
	response
		.status(status)
		.set({
			'Cache-Control': 'no-store',
			'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
			'Referrer-Policy': 'no-referrer',
			'X-Content-Type-Options': 'nosniff',
		})
		.type('html')
		.send(html);
}
