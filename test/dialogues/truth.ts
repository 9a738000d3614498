import type { Decision } from '../../core/agent/decision.ts';
import type { Times } from './calendar.ts';
import { cents, type Shop, type ShopItem } from './shop.ts';
import { untrueTimes } from './truth-times.ts';

/** What must hold of anything that is sent in any shop: told by the shop's rows and the customer's own words, without the guard. */
export interface Sent {
	readonly text: string;
	readonly decision: Decision;
	readonly items: Shop['items'];
	readonly channel: string;
	/** All that the customer wrote so far. */
	readonly customerWords: string;
	/** The number that the channel knows. */
	readonly channelPhone: string;
	/** The order as it was before this answer. */
	readonly order: { readonly status: string; readonly totalCents: number; readonly paymentUrl: string } | null;
	/** What the calendar said before this answer; null without one. */
	readonly times: Times | null;
	/** The link that went out with this answer, '' for none. */
	readonly link: string;
}

export function untruths(sent: Sent, privacyPolicy = ''): string[] {
	return [...wrongAmounts(sent), ...wrongContacts(sent, privacyPolicy), ...wrongPercent(sent), ...wrongState(sent), ...tooLong(sent), ...wrongSums(sent), ...wrongOrder(sent), ...untrueTimes(sent)];
}

const CURRENCY = String.raw`(?:€|\$|£|EUR|eur\b|euros?\b|евро|євро)`;
const FIGURES = String.raw`\d{1,3}(?:[ .,\u00a0\u202f]\d{3})*(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?`;
const AMOUNT = new RegExp(`${CURRENCY}\\s?(${FIGURES})(?!\\d)|(?<![\\d.,])(${FIGURES})\\s?${CURRENCY}`, 'giu');

/** Amounts in cents that a text names with a currency. */
export function amountsIn(text: string): number[] {
	return [...text.matchAll(AMOUNT)].map((match) => readAmount(match[1] ?? match[2] ?? ''));
}

function readAmount(figures: string): number {
	const decimals = /[.,](\d{1,2})$/u.exec(figures);
	const whole = (decimals === null ? figures : figures.slice(0, -decimals[0].length)).replace(/\D/gu, '');
	return Number(whole) * 100 + Number((decimals?.[1] ?? '').padEnd(2, '0'));
}

const MOST_UNITS = 60;

/** An amount is a price times some units, with or without its fee, a fee, a threshold, what is left to it, or a sum of the order. */
function wrongAmounts({ text, items, decision, order }: Sent): string[] {
	const told = amountsIn(text);
	if (told.includes(0)) return ['an amount of 0 is told'];
	const allowed = new Set<number>([decision.products_sum, decision.delivery_sum, decision.total_sum, order?.totalCents ?? 0]);
	for (const item of items) {
		for (let units = 1; units <= MOST_UNITS; units += 1) allowed.add(cents(item.price) * units).add(cents(item.price) * units + cents(item.delivery));
		allowed.add(cents(item.delivery));
		if (item.free_from !== null) {
			allowed.add(cents(item.free_from));
			allowed.add(cents(item.free_from) - decision.products_sum);
		}
	}
	return told.filter((amount) => !allowed.has(amount)).map((amount) => `the amount ${(amount / 100).toFixed(2)} is nobody's`);
}

function wrongContacts({ text, items, customerWords, channelPhone, order, link, decision }: Sent, privacyPolicy: string): string[] {
	const rows = items.map((item) => JSON.stringify(item)).join('\n');
	const urls = (text.match(/https?:\/\/\S+|www\.\S+/giu) ?? []).map((url) => url.replace(/[.,;:!?)]+$/u, ''));
	const known = [...items.map(({ website }) => website), order?.paymentUrl ?? '', link, privacyPolicy].filter((url) => url !== '');
	const wrong = urls.filter((url) => !known.includes(url)).map((url) => `the link ${url} is nobody's`);
	const mails = text.match(/[\w.+-]+@[\w-]+\.[\w.]+\w/gu) ?? [];
	wrong.push(...mails.filter((mail) => !rows.includes(mail) && !customerWords.includes(mail)).map((mail) => `the address ${mail} is nobody's`));
	const digits = `${rows} ${customerWords} ${channelPhone}`.replace(/[^\d+]/gu, '');
	const phones = text.replace(/https?:\/\/\S+/gu, '').match(/\+\d[\d\s().-]{5,}\d/gu) ?? [];
	wrong.push(...phones.map((phone) => phone.replace(/\D/gu, '')).filter((phone) => !digits.includes(phone)).map((phone) => `the number +${phone} is nobody's`));
	for (const media of [decision.imageurl, decision.videourl]) if (media !== '' && !rows.includes(media)) wrong.push(`the media ${media} is nobody's`);
	return wrong;
}

function wrongPercent({ text, items, customerWords }: Sent): string[] {
	const known = `${items.map((item) => JSON.stringify(item)).join(' ')} ${customerWords}`;
	return [...text.matchAll(/(\d+(?:[.,]\d+)?)\s?(?:%|percent|por ciento|процент|prozent|відсот)/giu)].filter(([, figure]) => !new RegExp(`(?<!\\d)${figure}\\s?(?:%|p|п|в)`, 'iu').test(known)).map(([written]) => `"${written}" is in no row`);
}

const PAYMENT_CAME = /(payment|money)[^.?!\n]{0,30}(received|arrived|confirmed|went through)|(received|got) (your|the) (payment|money)|(order|booking) (is|was|has been) (now )?paid|(pago|dinero)[^.?!\n]{0,30}(recibid|confirmad|llegado)|(hemos )?recibid[oa]? (tu|su|el) (pago|dinero)|(оплата|платеж|платёж|деньги)[^.?!\n]{0,30}(получен|прошл|поступил|пришл)|заказ оплачен|(оплат|кошт|платіж)[^.?!\n]{0,30}(отриман|надійшл|пройшл)|замовлення оплачен|zahlung[^.?!\n]{0,40}(eingegangen|erhalten)|(ist|wurde) bezahlt/iu;
const DENIED = /\b(not|no|n.t|isn.t|hasn.t|nothing|once|when|after|as soon|if)\b|(?<!\p{L})(не|нет|ещё|пока|как только|после|коли|щойно|поки|якщо|nicht|kein\p{L}*|noch|sobald|wenn|cuando|aún|todavía|si)(?!\p{L})/iu;

function wrongState({ text, order }: Sent): string[] {
	if (order?.status === 'paid') return [];
	return text.split(/(?<=[.?!\n])/u).filter((sentence) => PAYMENT_CAME.test(sentence) && !sentence.includes('?') && !DENIED.test(sentence)).map((sentence) => `a payment is confirmed that never came: "${sentence.trim()}"`);
}

const LIMITS: Readonly<Record<string, number>> = { instagram: 800, facebook: 1950, whatsapp: 3800, telegram: 3800, email: 7000 };

function tooLong({ decision: { response }, channel }: Sent): string[] {
	const most = LIMITS[channel] ?? 1950;
	const bytes = channel === 'instagram' ? Buffer.byteLength(response) : 0;
	return response.length > most || bytes > 1000 ? [`${response.length} characters are too long for ${channel}`] : [];
}

interface OrderedLine {
	readonly item: ShopItem;
	readonly quantity: number;
}

export function linesOf({ items }: Decision, rows: Shop['items']): { readonly known: readonly OrderedLine[]; readonly unknown: readonly string[] } {
	const lines = (items ?? []).flatMap(({ lineItems }) => lineItems);
	const known = lines.flatMap(({ SKU, quantity }) => rows.filter(({ sku }) => sku === SKU).map((item) => ({ item, quantity })));
	return { known, unknown: lines.filter(({ SKU }) => !rows.some(({ sku }) => sku === SKU)).map(({ SKU }) => SKU) };
}

/** Rule 2 once more, in this file's own arithmetic. */
function wrongSums({ decision, items }: Sent): string[] {
	const { known } = linesOf(decision, items);
	let products = 0;
	let units = 0;
	for (const { item, quantity } of known) {
		products += cents(item.price) * quantity;
		units += quantity;
	}
	const charging = known.map(({ item }) => item).filter((item) => item.delivery > 0);
	const isFree = charging.every((item) => item.free_from !== null && products >= cents(item.free_from));
	const delivery = isFree ? 0 : cents(Math.max(...charging.map((item) => item.delivery)));
	const wanted = { products_sum: products, delivery_sum: delivery, total_sum: products + delivery, units_to_buy: units };
	return Object.entries(wanted).flatMap(([key, value]) => {
		const had: unknown = Reflect.get(decision, key);
		return had === value ? [] : [`${key} is ${String(had)}, not ${value}`];
	});
}

function wrongOrder(sent: Sent): string[] {
	const { decision, items } = sent;
	const { known, unknown } = linesOf(decision, items);
	const wrong = unknown.map((sku) => `no item has the sku ${sku}`);
	for (const { item, quantity } of known) {
		if (!Number.isInteger(quantity) || quantity < 1) wrong.push(`${quantity} of ${item.sku} is no quantity`);
		if (item.stock !== null && quantity > item.stock) wrong.push(`there are not ${quantity} of ${item.sku}`);
	}
	const { city, recipient_phone_number: phone } = decision;
	const unserved = known.filter(({ item }) => !item.online && !item.cities.includes(city)).map(({ item }) => item.sku);
	if (city !== '' && city !== 'online' && (unserved.length > 0 || !items.some(({ cities }) => cities.includes(city)))) wrong.push(`${unserved.join(', ') || 'nothing'} is not served in "${city}"`);
	if (phone !== '' && !/^\+\d{7,20}$/u.test(phone)) wrong.push(`"${phone}" is no phone number`);
	return decision.send_payment_link ? [...wrong, ...wrongCommit(sent, known)] : wrong;
}

/** Who commits has given everything; what code fills for it is right. */
function wrongCommit({ decision, customerWords, channelPhone, channel }: Sent, lines: readonly OrderedLine[]): string[] {
	const wrong: string[] = [];
	const places = lines.map(({ item }) => item).filter(({ online }) => !online);
	if (lines.length === 0) wrong.push('nothing is in the order that is committed');
	if (places.length === 0 && decision.city !== 'online') wrong.push(`an online order goes to "${decision.city}"`);
	if (places.length > 0 && (decision.city === '' || decision.city === 'online')) wrong.push(`nobody knows where ${places.map(({ sku }) => sku).join(', ')} goes`);
	const digits = decision.recipient_phone_number.replace(/\D/gu, '');
	const own = channel === 'whatsapp' && digits === channelPhone.replace(/\D/gu, '') && digits !== '';
	const said = customerWords.replace(/[^\d\n]/gu, '');
	if (!own && !said.includes(digits) && !said.includes(digits.slice(2)) && !said.includes(digits.slice(3))) wrong.push(`nobody gave the number ${decision.recipient_phone_number}`);
	if (digits === '') wrong.push('no phone number is in the order that is committed');
	const heard = unaccented(customerWords);
	if (decision.client_name === '' || !unaccented(decision.client_name).split(/\s+/u).every((word) => heard.includes(word))) wrong.push(`nobody gave the name "${decision.client_name}"`);
	const paid = lines.filter(({ item }) => item.price > 0);
	const hours = (paid.length > 0 ? paid : lines).flatMap(({ item }) => item.reminder_hours ?? []);
	if (decision.total_sum > 0 && (hours.length === 0 || decision.payment_reminder_hours !== Math.min(...hours))) wrong.push(`a reminder after ${decision.payment_reminder_hours} hours is no row's`);
	if (lines.some(({ item }) => !decision.order_description.includes(item.name) && decision.order_description.trim() === '')) wrong.push('the order is not described');
	if (decision.handover !== null) wrong.push('a link and a person at once');
	return wrong;
}

function unaccented(text: string): string {
	return text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}
