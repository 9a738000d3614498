import type { Draft } from './draft.ts';
import { has } from './draft.ts';

/**
 * Takes phone, name and city from the turn into the draft (rule 9: a phone number is `+` and digits; the customer's own
 * number fills in on WhatsApp only). Returns what has to be said about them, e.g. that a number is incomplete.
 */
export function takeDetails(draft: Draft): readonly string[] {
	const { reading, phrases, facts } = draft;
	const remarks: string[] = [];
	if (reading.phone.kind === 'number') {
		draft.phone = reading.phone.phone;
		draft.detailsGiven = true;
	} else if (has(draft, 'currentNumber')) {
		if (facts.turn.channel === 'whatsapp' && facts.customerPhone !== '') {
			draft.phone = facts.customerPhone;
			draft.detailsGiven = true;
		} else if (draft.phone === '') {
			remarks.push(phrases.numberNotVisible);
		}
	} else if (reading.phone.kind === 'invalid') {
		remarks.push(phrases.phoneInvalid);
	}
	if (reading.name !== '') {
		draft.name = reading.name;
		draft.detailsGiven = true;
	}
	if (reading.place.kind === 'served' && (draft.ordering || !asksAboutPlaces(draft))) {
		draft.city = reading.place.city;
		draft.detailsGiven = true;
	}
	return remarks;
}

/** "Do you deliver to Madrid?" names a city without choosing it. */
export function asksAboutPlaces(draft: Draft): boolean {
	return draft.reading.asks || has(draft, 'cities', 'price', 'availability', 'deliveryTime');
}
