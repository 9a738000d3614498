// Hosted pages shown inside the phone: tell it which session this is, and let Cancel close the sheet.
const framed = window.parent !== window;
const section = document.querySelector('[data-session]');

if (framed && section) {
	window.parent.postMessage(
		{ source: 'sandbox-checkout', session: section.dataset.session, state: section.dataset.state },
		window.location.origin,
	);
}

for (const link of document.querySelectorAll('[data-close]')) {
	link.addEventListener('click', (event) => {
		if (!framed) return;
		event.preventDefault();
		window.parent.postMessage({ source: 'sandbox-checkout', close: true }, window.location.origin);
	});
}

for (const form of document.querySelectorAll('form')) {
	form.addEventListener('submit', (event) => {
		const button = form.querySelector('button');
		// A second click must not send the form again; the attribute survives because the button is not disabled.
		if (button.getAttribute('aria-busy') === 'true') event.preventDefault();
		else button.setAttribute('aria-busy', 'true');
	});
}
