/** Markup that is safe to send. Only `html` makes it. */
export class SafeHtml {
	readonly markup: string;

	constructor(markup: string) {
		this.markup = markup;
	}
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Template tag that escapes every value except what another `html` made; arrays are joined. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): SafeHtml {
	const markup = parts.map((part, index) => (index === 0 ? part : `${render(values[index - 1])}${part}`)).join('');
	return new SafeHtml(markup);
}

function render(value: unknown): string {
	if (value instanceof SafeHtml) return value.markup;
	if (Array.isArray(value)) return value.map(render).join('');
	if (value === null || value === undefined || value === false) return '';
	return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** A whole page of the hosted (Stripe-like) kind. */
export function hostedPage(page: { readonly lang: string; readonly title: string; readonly body: SafeHtml }): string {
	return html`<!doctype html>
<html lang="${page.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${page.title}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/hosted.css">
<script src="/hosted.js" defer></script>
</head>
<body>
<p class="test-mode">${testModeNotice(page.lang)}</p>
<main>${page.body}</main>
</body>
</html>
`.markup;
}

function testModeNotice(lang: string): string {
	if (lang === 'es') return 'Entorno de pruebas: no se cobra nada';
	if (lang === 'ru') return 'Тестовый режим: деньги не списываются';
	return 'Sandbox: no money moves';
}
