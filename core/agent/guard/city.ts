import type { CartLine } from '../../orders/price.ts';
import { sameCity, servesCity } from '../../catalog/city.ts';
import type { Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { NAMED_CITY } from '../session.ts';
import { wordsOf } from '../reading/turn-text.ts';
import type { LeftOut } from './checks.ts';
import { citiesOf } from './draft.ts';
import { needsPlace } from './items.ts';
import { quotedIn } from './quotes.ts';
import { violation } from './violation.ts';

export interface CityCheck {
	/** '' when none is known or it is not served; 'online' when nothing of the order needs a place. */
	readonly city: string;
	/** A served city that a model read into the turn: the customer has to confirm it (rule 8). '' otherwise. */
	readonly unconfirmed: string;
	readonly violations: readonly Violation[];
}

/** `AgentSession.extra` key: the city that the last answer asked the customer to confirm. */
export const CITY_TO_CONFIRM = 'cityToConfirm';
export const ONLINE = 'online';

/** Rule 8: one city an order, named by the customer, valid for every item of it. */
export function checkCity(facts: AgentFacts, proposed: string, lines: readonly CartLine[], commits: boolean, without?: LeftOut): CityCheck {
	if (without !== 'online_city' && lines.length > 0 && !lines.some(({ item }) => needsPlace(item))) return { city: ONLINE, unconfirmed: '', violations: [] };
	const given = proposed === '' || proposed.toLowerCase() === ONLINE ? '' : proposed;
	const { session } = facts;
	const known = session.city === ONLINE ? '' : session.city;
	if (given === '' && (known === '' || lines.length === 0)) return { city: known, unconfirmed: '', violations: [] };
	const wanted = given === '' ? known : given;
	const unserved = lines.filter(({ item }) => !servesCity(item, wanted));
	const servedSomewhere = lines.length > 0 || citiesOf(facts.catalog).some((city) => sameCity(city, wanted)) || facts.catalog.items.some((item) => servesCity(item, wanted));
	if (without !== 'city_not_served' && (unserved.length > 0 || !servedSomewhere)) {
		// Known from before, and not proposed for this order: it only stops applying.
		if (given === '') return { city: '', unconfirmed: '', violations: [] };
		const names = unserved.map(({ item }) => `"${item.name}"`).join(', ');
		return { city: '', unconfirmed: '', violations: [violation('city_not_served', `${names === '' ? 'Nothing of the catalog' : names} is not available in "${wanted}". Set city "" and send_payment_link false, say so, and offer a city that is served.`)] };
	}
	const city = asServed(wanted, lines, facts);
	if (without !== 'city_not_confirmed' && !isFromCustomer(facts, wanted)) {
		// A question ("Do you mean Valencia?") is how it gets confirmed.
		if (!commits) return { city: '', unconfirmed: city, violations: [] };
		return { city: '', unconfirmed: city, violations: [violation('city_not_confirmed', `The customer didn't name "${wanted}". Ask them to confirm the city before you rely on it.`)] };
	}
	return { city, unconfirmed: '', violations: [] };
}

/** As the catalog writes it, so that an order, a label and a search say the same. */
function asServed(wanted: string, lines: readonly CartLine[], facts: AgentFacts): string {
	const names = lines.length > 0 ? lines.flatMap(({ item }) => item.cities) : citiesOf(facts.catalog);
	return names.find((city) => sameCity(city, wanted)) ?? wanted;
}

function isFromCustomer({ turn, session }: AgentFacts, city: string): boolean {
	const agreed = [session.city, session.extra[CITY_TO_CONFIRM] ?? '', session.extra[NAMED_CITY] ?? ''];
	return agreed.some((before) => before !== '' && sameCity(before, city)) || namesCity(turn.text, city);
}

/** Whether a text holds the city's name, in any script or language, wherever it stands in a sentence. */
export function namesCity(text: string, city: string): boolean {
	if (quotedIn(text, city)) return true;
	const words = wordsOf(text);
	const length = Math.max(1, wordsOf(city).length);
	return words.some((_, at) => sameCity(words.slice(at, at + length).map((word) => word.text).join(' '), city));
}
