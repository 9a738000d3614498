// The people who can write, kept in this browser.

const KEY = 'sandbox-customers';
const FIRST = [
	{ id: 'ana', name: 'Ana García', phone: '34699111222', telegram: '1111', language: 'es' },
	{ id: 'olga', name: 'Ольга Иванова', phone: '34699333444', telegram: '2222', language: 'ru' },
	{ id: 'emma', name: 'Emma Brown', phone: '34699555666', telegram: '3333', language: 'en' },
];

function read() {
	try {
		const stored = JSON.parse(localStorage.getItem(KEY) ?? 'null');
		if (Array.isArray(stored?.customers) && stored.customers.length > 0) return stored;
	} catch {
		// Something else wrote there: start over.
	}
	return { customers: FIRST, current: FIRST[0].id };
}

const stored = read();

function save() {
	localStorage.setItem(KEY, JSON.stringify(stored));
}

export const customers = {
	all: () => stored.customers,
	current: () => stored.customers.find((one) => one.id === stored.current) ?? stored.customers[0],
	pick(id) {
		stored.current = id;
		save();
	},
	/** Adds the customer, or replaces the one with the same id, and picks it. */
	put(customer) {
		const index = stored.customers.findIndex((one) => one.id === customer.id);
		if (index === -1) stored.customers.push(customer);
		else stored.customers[index] = customer;
		stored.current = customer.id;
		save();
	},
	remove(id) {
		if (stored.customers.length === 1) return;
		stored.customers = stored.customers.filter((one) => one.id !== id);
		if (stored.current === id) stored.current = stored.customers[0].id;
		save();
	},
	/** A customer nobody has seen, to be filled in. */
	blank() {
		const digits = String(Date.now()).slice(-6);
		return { id: `c${Date.now()}`, name: '', phone: `34600${digits}`, telegram: `9${digits}`, language: 'en' };
	},
};
