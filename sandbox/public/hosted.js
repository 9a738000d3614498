// Hosted pages opened by the phone: tell it which session this is, and let Cancel close the window.
const phone = window.opener;
const section = document.querySelector('[data-session]');

if (phone && section) {
	phone.postMessage({ source: 'sandbox-checkout', session: section.dataset.session }, window.location.origin);
}

for (const link of document.querySelectorAll('[data-close]')) {
	link.addEventListener('click', (event) => {
		// A shop's own page to go back to comes first.
		if (!phone || link.getAttribute('href') !== '/') return;
		event.preventDefault();
		window.close();
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
