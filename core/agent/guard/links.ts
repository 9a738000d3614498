import type { Item } from '../../catalog/item.ts';
import type { AgentFacts } from '../facts.ts';
import type { Draft, Rule } from './draft.ts';
import { itemFacts, toldText } from './item-facts.ts';
import { readAsks } from './asks.ts';
import { normaliseText, plain } from './text/normalise.ts';
import { violation } from './violation.ts';

/** Rule 1 and 16: a URL is an item's page or the order's own payment link; pictures go in their own field. */
export const urlRule: Rule = (facts, { answer, asks }) => {
	if (answer.urls.length === 0) return [];
	const { product, service } = facts.company.welcomeVideos;
	const media = new Set([product, service, ...facts.catalog.items.flatMap(({ imageUrl, videoUrl }) => [imageUrl, videoUrl])].filter((url) => url !== '').map(canonical));
	const pages = new Set([...facts.catalog.items.map(({ websiteUrl }) => websiteUrl), facts.order?.paymentUrl ?? '', facts.company.privacyPolicyUrl].filter((url) => url !== '').map(canonical));
	return answer.urls.flatMap((url) => {
		const address = canonical(url);
		if (pages.has(address)) return [];
		if (media.has(address)) return [violation('media_in_text', 'Pictures and videos are sent by code: take their URL out of the text.')];
		// "hotel.example" of a description or of an attribute.
		if (answer.subjects.some((item) => itemFacts(item, asks).text.includes(plain(url)))) return [];
		return [violation('url_not_in_facts', `"${url}" is in no fact of this turn. Use only website_url of an item; when it is empty, there is none.`)];
	});
};

function canonical(url: string): string {
	return normaliseText(url).replace(/^https?:\/\//iu, '').replace(/^www\./iu, '').replace(/\/+$/u, '').toLowerCase();
}

/** Rules 1 and 4: e-mail addresses and phones in the answer, and which of the catalog's were asked for. */
export const contactRule: Rule = (facts, draft) => {
	const { answer, asks, order } = draft;
	const subjects = answer.subjects.length > 0 ? answer.subjects : sharedBy(facts);
	const contacts = (text: string): boolean => facts.catalog.items.some((item) => Object.values(item.contactFields).some((value) => value !== '' && holds(value, text)));
	const emails = answer.emails
		.filter((email) => !subjects.some((item) => plain(toldText(item, asks)).includes(plain(email))))
		.map((email) => contacts(email) ? notRequested(email) : violation('email_not_in_facts', `"${email}" is in no fact of this turn.`));
	const known = [order.phone, facts.session.phone, ...(facts.turn.channel === 'whatsapp' ? [facts.customerPhone] : [])].map((phone) => phone.replace(/\D/gu, ''));
	const phones = answer.sentences.flatMap(({ claims }) => claims.phones).filter(({ written }) => !isKnownPhone(written, known, draft, subjects))
		.map(({ written }) => contacts(written) ? notRequested(written) : violation('phone_not_in_facts', `"${written.trim()}" is in no fact of this turn.`));
	return [...emails, ...phones, ...addresses(draft)];
};

/** When nothing was named, a contact that all items share is nobody else's. */
function sharedBy({ catalog: { items } }: AgentFacts): readonly Item[] {
	const [first, ...others] = items;
	const contacts = (item: Item): string => JSON.stringify([item.officeAddress, item.contactFields]);
	return first !== undefined && others.every((item) => contacts(item) === contacts(first)) ? [first] : [];
}

function isKnownPhone(written: string, known: readonly string[], { asks, turn }: Draft, subjects: readonly Item[]): boolean {
	const digits = written.replace(/\D/gu, '').replace(/^00/u, '');
	const same = (other: string): boolean => other.length >= 7 && (other === digits || other.endsWith(digits) || digits.endsWith(other));
	const given = (turn.match(/\d(?:[\s().\-/]{0,2}\d){6,}/gu) ?? []).map((run) => run.replace(/\D/gu, ''));
	return [...known, ...given].some(same) || subjects.some((item) => itemFacts(item, asks).phones.some(same));
}

/** A contact field told as it stands (an address of a warehouse) without being asked for. */
function addresses({ answer, asks }: Draft) {
	if (asks.contacts !== '' || asks.refund !== '') return [];
	const text = plain(answer.text);
	const told = answer.subjects.flatMap((item) => Object.values(item.contactFields).filter((value) => value.length >= 8 && text.includes(plain(normaliseText(value))) && !plain(toldText(item, readAsks(''))).includes(plain(value))));
	return told.slice(0, 1).map(notRequested);
}

function holds(value: string, written: string): boolean {
	const digits = written.replace(/\D/gu, '');
	return plain(value).includes(plain(written)) || (digits.length >= 7 && value.replace(/\D/gu, '').includes(digits));
}

function notRequested(written: string) {
	return violation('contact_not_requested', `"${written.trim().slice(0, 40)}" is a contact that is told only when the customer asks for it. Take it out.`);
}
