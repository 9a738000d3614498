import { htmlIn, minutesIn } from '../../../../core/catalog/cells.ts';
import { emptyItem, type Item, type ItemKind } from '../../../../core/catalog/item.ts';
import { skuFromName } from '../../../../core/catalog/parse-rows.ts';
import { AppError } from '../../../../core/errors.ts';
import type { CatalogOwner, CatalogWriter, RowToStore, StoredItem, Version } from './catalog-store.ts';
import type { ItemFields } from './schema.ts';

export interface Edited {
	/** null: nothing differs from what was stored. */
	readonly version: Version | null;
	/** In the order of what was sent. */
	readonly items: readonly StoredItem[];
}

interface Problem {
	readonly path: string;
	readonly message: string;
}

/**
 * Creates or changes items by sku, all or none: fields that are left out stay as they are. A new one needs a name and a description, and its
 * kind where the company sells both; without a sku it gets one that is made of its name.
 * @throws AppError `company_not_found` (404); `catalog_items_invalid` (422, `errors` with a path each); `catalog_kind_not_sold` (422)
 */
export async function editItems(catalog: CatalogWriter, given: readonly ItemFields[]): Promise<Edited> {
	const owner = await catalog.owner();
	const skus = given.map((fields) => fields.sku ?? (fields.name === undefined ? '' : skuFromName(kindFor(fields, owner) ?? 'product', fields.name)));
	const stored = await catalog.bySku(skus);
	const problems = given.flatMap((fields, at) => problemsOf(fields, skus[at] ?? '', stored.get(skus[at] ?? '')?.item, owner).map(({ path, message }) => ({ path: `data.${at}${path === '' ? '' : `.${path}`}`, message })));
	problems.push(...skus.flatMap((sku, at) => (sku !== '' && skus.indexOf(sku) !== at ? [{ path: `data.${at}.sku`, message: `data.${skus.indexOf(sku)} has the same sku "${sku}"` }] : [])));
	const [first] = problems;
	if (first !== undefined) {
		throw new AppError('catalog_items_invalid', `Nothing was stored. ${first.path}: ${first.message}.`, { status: 422, details: { errors: problems } });
	}
	const free: Record<ItemKind, number> = { product: await catalog.nextPosition('product'), service: await catalog.nextPosition('service') };
	const rows = given.map((fields, at): RowToStore => {
		const sku = skus[at] ?? '';
		const before = stored.get(sku);
		const kind = before?.item.kind ?? kindFor(fields, owner) ?? 'product';
		const item = changed(before?.item ?? emptyItem(sku, kind, ''), fields);
		if (before !== undefined) return { item, position: before.position };
		free[kind] += 1;
		return { item, position: free[kind] - 1 };
	});
	await catalog.bring(rows);
	const version = await catalog.store({}, { cause: 'edit' });
	const after = await catalog.bySku(skus);
	return { version, items: skus.flatMap((sku) => after.get(sku) ?? []) };
}

/**
 * Takes one item out of the catalog; orders keep what they sold.
 * @throws AppError `company_not_found`, `item_not_found` (404)
 */
export async function removeItem(catalog: CatalogWriter, sku: string): Promise<void> {
	await catalog.owner();
	if (!(await catalog.bySku([sku])).has(sku)) throw noItem(sku);
	await catalog.store({ skus: [sku] }, { cause: 'edit' });
}

/** The items that show a file have no image or video there any more; one version, which can be restored. @throws AppError `company_not_found` (404) */
export async function unlinkFile(catalog: CatalogWriter, file: string): Promise<void> {
	const items = await catalog.itemsShowing(file);
	await editItems(catalog, items.map(({ sku, image, video }) => ({ sku, ...(image ? { image_url: '' } : {}), ...(video ? { video_url: '' } : {}) })));
}

export function noItem(sku: string): AppError {
	return new AppError('item_not_found', `The company has no item with the sku "${sku.slice(0, 100)}".`, { status: 404 });
}

/** What a new item is; undefined where the company sells both and nobody says. */
function kindFor({ kind }: ItemFields, owner: CatalogOwner): ItemKind | undefined {
	return kind ?? (owner.type === 'hybrid' ? undefined : owner.type);
}

function problemsOf(fields: ItemFields, sku: string, before: Item | undefined, owner: CatalogOwner): Problem[] {
	const problems: Problem[] = [];
	const kind = before?.kind ?? kindFor(fields, owner);
	if (before !== undefined && fields.kind !== undefined && fields.kind !== before.kind) problems.push({ path: 'kind', message: `"${sku}" is a ${before.kind}; give the ${fields.kind} another sku` });
	if (before === undefined && kind !== undefined && owner.type !== 'hybrid' && kind !== owner.type) problems.push({ path: 'kind', message: `the company is of type ${owner.type}; change it to hybrid to sell both` });
	if (before === undefined) {
		if (kind === undefined) problems.push({ path: 'kind', message: 'is required of a new item: the company sells products and services' });
		if (fields.name === undefined) problems.push({ path: 'name', message: sku === '' ? 'is required' : `is required: there is no item "${sku}" yet` });
		if (fields.description === undefined) problems.push({ path: 'description', message: 'is required of a new item: it is what the agent may tell of it' });
	}
	if (fields.online === true && (fields.cities ?? []).length > 0) problems.push({ path: 'cities', message: 'must be empty of what is online; leave out one of the two' });
	for (const [path, value] of textsOf(fields)) {
		if (value.includes('\ufffd')) problems.push({ path, message: 'has lost letters (�); write the text again' });
		const tag = htmlIn(value);
		if (tag !== '') problems.push({ path, message: `holds HTML (${tag}); chats show tags as they are, so write plain text` });
	}
	return problems;
}

function textsOf(fields: ItemFields): [string, string][] {
	return Object.entries(fields).flatMap(([key, value]): [string, string][] => {
		if (typeof value === 'string') return [[key, value]];
		if (Array.isArray(value)) return value.map((text, at) => [`${key}.${at}`, text]);
		return typeof value === 'object' && value !== null ? Object.entries(value).map(([name, text]) => [`${key}.${name}`, text]) : [];
	});
}

function changed(before: Item, fields: ItemFields): Item {
	// Who names places where it was online before means that it isn't any more.
	const online = fields.online ?? (before.online && (fields.cities ?? []).length === 0);
	const duration = fields.duration ?? before.duration;
	return {
		...before,
		name: fields.name ?? before.name,
		description: fields.description ?? before.description,
		category: fields.category ?? before.category,
		subcategory: fields.subcategory ?? before.subcategory,
		tags: fields.tags ?? before.tags,
		unit: fields.unit ?? before.unit,
		priceCents: fields.price_cents ?? before.priceCents,
		deliveryCents: fields.delivery_cents ?? before.deliveryCents,
		freeDeliveryFromCents: fields.free_delivery_from_cents === undefined ? before.freeDeliveryFromCents : fields.free_delivery_from_cents,
		stock: fields.stock === undefined ? before.stock : fields.stock,
		deliveryTimeHours: fields.delivery_time_hours === undefined ? before.deliveryTimeHours : fields.delivery_time_hours,
		paymentReminderHours: fields.payment_reminder_hours === undefined ? before.paymentReminderHours : fields.payment_reminder_hours,
		cities: online ? [] : (fields.cities ?? before.cities),
		online,
		websiteUrl: fields.website_url ?? before.websiteUrl,
		imageUrl: fields.image_url ?? before.imageUrl,
		videoUrl: fields.video_url ?? before.videoUrl,
		duration,
		durationMinutes: fields.duration === undefined ? before.durationMinutes : minutesIn(duration, null),
		format: fields.format ?? before.format,
		specialistInitials: fields.specialist_initials ?? before.specialistInitials,
		specialistArea: fields.specialist_area ?? before.specialistArea,
		providerName: fields.company ?? before.providerName,
		officeAddress: fields.office_address ?? before.officeAddress,
		instructions: fields.instructions ?? before.instructions,
		detailFields: { ...before.detailFields, ...fields.details },
		contactFields: { ...before.contactFields, ...fields.contacts },
		attributes: fields.attributes ?? before.attributes,
	};
}
