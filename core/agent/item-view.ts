import type { Item } from '../catalog/item.ts';
import type { AgentFacts } from './facts.ts';
import type { Asks } from './guard/asks.ts';

/** What a model may see of an item. Stock is never in it; detail and contact fields only when the turn asks (rules 4, 5). */
export type ItemView = Readonly<Record<string, string | number | boolean | readonly string[] | Readonly<Record<string, string>>>>;

/** Only fields that hold something; "none" is what a missing website, image or video means. */
export function viewItem(item: Item, { company }: AgentFacts, asks: Asks): ItemView {
	const view: Record<string, ItemView[string]> = { sku: item.sku, kind: item.kind, name: item.name, price: money(item.priceCents, company.currency) };
	const put = (key: string, value: string | number | readonly string[]): void => {
		if (value !== '' && value !== 0 && !(Array.isArray(value) && value.length === 0)) view[key] = value;
	};
	put('description', item.description);
	put('category', item.category);
	put('subcategory', item.subcategory);
	put('unit', item.unit);
	put(item.kind === 'product' ? 'delivery_per_order' : 'travel_fee_per_order', item.deliveryCents === 0 ? '' : money(item.deliveryCents, company.currency));
	put('delivery_free_from', item.freeDeliveryFromCents === null ? '' : money(item.freeDeliveryFromCents, company.currency));
	put('delivery_time_hours_at_most', item.deliveryTimeHours ?? 0);
	if (item.online) view['online'] = true;
	put('cities', item.cities);
	put('duration', item.duration);
	put('format', item.format);
	put('website_url', item.websiteUrl);
	if (item.imageUrl !== '') view['has_image'] = true;
	if (item.videoUrl !== '') view['has_video'] = true;
	put('specialist_initials', item.specialistInitials);
	put('specialist_area', item.specialistArea);
	put('company', item.providerName);
	put('office_address', item.officeAddress);
	put('details', item.instructions);
	if (Object.keys(item.attributes).length > 0) view['attributes'] = item.attributes;
	if (item.stock === 0) view['available'] = false;
	if (asks.details !== '') for (const [key, value] of Object.entries(item.detailFields)) put(key, value);
	for (const [key, value] of Object.entries(releasedContacts(item, asks))) put(key, value);
	return view;
}

function releasedContacts({ contactFields }: Item, asks: Asks): Readonly<Record<string, string>> {
	const { supplier_company_services, ...contacts } = contactFields;
	return {
		...(asks.contacts === '' ? {} : contacts),
		...(asks.refund === '' ? {} : { supplier_company_services, supplier_contact: contacts.supplier_contact, specialist_contact: contacts.specialist_contact }),
	};
}

/** "59.90 EUR", or "free". */
export function money(cents: number, currency: string): string {
	return cents === 0 ? 'free' : `${(cents / 100).toFixed(2)} ${currency.toUpperCase()}`;
}

