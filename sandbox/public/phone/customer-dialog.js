// Picking, renaming, adding and removing the customer one plays.

import { customers } from './customers.js';
import { byId, element, fillAvatar } from './dom.js';

const dialog = byId('customer-dialog');
const form = byId('customer-form');
let edited;

export function setUpCustomers(onChange) {
	const refresh = () => {
		showCustomers();
		onChange();
	};
	byId('customer').addEventListener('change', (event) => {
		customers.pick(event.target.value);
		refresh();
	});
	byId('edit-customer').addEventListener('click', () => edit(customers.current(), 'Edit customer'));
	byId('add-customer').addEventListener('click', () => edit(customers.blank(), 'New customer'));
	byId('cancel-customer').addEventListener('click', () => dialog.close());
	byId('remove-customer').addEventListener('click', () => {
		customers.remove(edited.id);
		dialog.close();
		refresh();
	});
	form.addEventListener('submit', () => {
		const fields = new FormData(form);
		customers.put({
			id: edited.id,
			name: fields.get('name').trim(),
			phone: fields.get('phone').replace(/\D/g, ''),
			telegram: fields.get('telegram'),
			language: fields.get('language'),
		});
		refresh();
	});
	showCustomers();
}

function showCustomers() {
	const current = customers.current();
	byId('customer').replaceChildren(
		...customers.all().map((one) => element('option', { value: one.id, selected: one.id === current.id }, one.name)),
	);
	byId('me-phone').textContent = `+${current.phone}`;
	fillAvatar(byId('me-avatar'), current.name);
}

function edit(customer, title) {
	edited = customer;
	byId('customer-title').textContent = title;
	for (const name of ['name', 'phone', 'telegram', 'language']) form.elements[name].value = customer[name];
	const known = customers.all().some((one) => one.id === customer.id);
	byId('remove-customer').hidden = !known || customers.all().length === 1;
	dialog.showModal();
	form.elements.name.focus();
}
