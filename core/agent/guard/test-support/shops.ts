import { createCatalog } from '../../../catalog/search.ts';
import type { Catalog } from '../../../catalog/catalog.ts';
import { emptyItem, type Item, type ItemKind } from '../../../catalog/item.ts';
import type { Proposal } from '../../decision.ts';
import type { AgentFacts, CompanyFacts, DetectedLanguage, OrderFacts } from '../../facts.ts';
import { NEW_SESSION, type AgentSession } from '../../session.ts';

export function item(kind: ItemKind, sku: string, name: string, fields: Partial<Item> = {}): Item {
	return { ...emptyItem(sku, kind, name), ...fields };
}

const { contactFields: NO_CONTACTS, detailFields: NO_DETAILS } = emptyItem('', 'product', '');

/** A bakery in German. */
export const BAKERY: readonly Item[] = [
	item('product', 'b1', 'Roggenbrot', { description: 'Kräftiges Brot aus Sauerteig, 750 g', category: 'Brot', unit: 'Stück', priceCents: 480, deliveryCents: 350, freeDeliveryFromCents: 4000, stock: 40, deliveryTimeHours: 3, paymentReminderHours: 2, cities: ['Leipzig', 'Dresden'] }),
	item('product', 'b2', 'Karton mit 12 Brezeln', { description: 'Frische Laugenbrezeln', category: 'Gebäck', unit: 'Karton', priceCents: 1560, deliveryCents: 350, freeDeliveryFromCents: 4000, stock: 9, deliveryTimeHours: 3, paymentReminderHours: 4, cities: ['Leipzig'] }),
	item('product', 'b3', 'Brezel', { description: 'Eine Laugenbrezel', category: 'Gebäck', unit: 'Stück', priceCents: 150, deliveryCents: 350, freeDeliveryFromCents: 4000, stock: 100, deliveryTimeHours: 3, paymentReminderHours: 4, cities: ['Leipzig'] }),
	item('product', 'b4', 'Rezeptkarte', { description: 'Unser Rezept zum Ausdrucken', category: 'Extras', unit: 'Stück', priceCents: 0, cities: ['Leipzig', 'Dresden'] }),
];

/** A bicycle workshop in Portuguese: products and services. */
export const BIKES: readonly Item[] = [
	item('product', '501', 'Bicicleta urbana Ribeira', { description: 'Quadro de alumínio, 7 velocidades', category: 'Bicicletas', unit: 'unidade', priceCents: 42_900, deliveryCents: 2500, freeDeliveryFromCents: 50_000, stock: 3, deliveryTimeHours: 48, paymentReminderHours: 12, cities: ['Porto', 'Braga'], websiteUrl: 'https://bikes.example/ribeira', imageUrl: 'https://img.bikes.example/501.jpg' }),
	item('product', '502', 'Capacete leve', { description: 'Capacete de 250 g', category: 'Acessórios', unit: 'unidade', priceCents: 3990, deliveryCents: 500, stock: 20, deliveryTimeHours: 24, paymentReminderHours: 12, cities: ['Porto', 'Braga', 'Faro'] }),
	item('service', '601', 'Revisão completa', { description: 'Afinação e limpeza de toda a bicicleta', category: 'Oficina', unit: 'sessão', priceCents: 5500, duration: '120 minutos', durationMinutes: 120, stock: 5, paymentReminderHours: 24, cities: ['Porto'], officeAddress: 'Rua das Flores 12, Porto', detailFields: { ...NO_DETAILS, not_included: 'Peças novas e pneus novos' }, contactFields: { ...NO_CONTACTS, specialist_contact: '+351 222 333 444, oficina@bikes.example' } }),
	item('service', '602', 'Conversa sobre a bicicleta ideal', { description: 'Videochamada curta', category: 'Oficina', unit: 'chamada', priceCents: 0, duration: '15 minutos', durationMinutes: 15, stock: 10, online: true }),
];

/** A tea shop in English, priced in cents that don't repeat. */
export const TEA: readonly Item[] = [
	item('product', 't1', 'Morning Mist Green Tea', { description: 'Loose leaf from the first harvest, 100 g tin', category: 'Tea', unit: 'tin', priceCents: 1290, deliveryCents: 490, freeDeliveryFromCents: 5000, stock: 12, deliveryTimeHours: 24, paymentReminderHours: 3, cities: ['Lyon', 'Paris'], websiteUrl: 'https://tea.example/mist', imageUrl: 'https://tea.example/img/mist.jpg', contactFields: { ...NO_CONTACTS, supplier_contact: '+33 611 222 333', supplier_company_services: 'returns@leaf.example', warehouse_address: '12 Rue du Quai, Lyon' } }),
	item('product', 't2', 'Smoky Pine Black Tea', { description: 'Strong and smoky', category: 'Tea', unit: 'tin', priceCents: 1475, deliveryCents: 490, freeDeliveryFromCents: 5000, stock: 5, deliveryTimeHours: 24, paymentReminderHours: 6, cities: ['Lyon'], detailFields: { ...NO_DETAILS, suitable_for: 'people who love campfires', included: 'a wooden measuring spoon' } }),
	item('product', 't3', 'Box of 6 Tea Candles', { description: 'Beeswax', category: 'Gifts', unit: 'box', priceCents: 870, deliveryCents: 390, stock: 30, deliveryTimeHours: 24, paymentReminderHours: 6, cities: ['Lyon', 'Paris'] }),
	item('product', 't4', 'Greeting Card', { description: 'With your own text', category: 'Gifts', unit: 'piece', priceCents: 0, stock: 500, cities: ['Lyon', 'Paris'] }),
	item('service', 't5', 'Tea Tasting Evening', { description: 'Six teas with a guide', category: 'Events', unit: 'session', priceCents: 3500, duration: '90 minutes', durationMinutes: 90, stock: 8, paymentReminderHours: 24, cities: ['Lyon'] }),
	item('service', 't6', 'Online Brewing Lesson', { description: 'A short video call about water and time', category: 'Events', unit: 'call', priceCents: 0, duration: '20 minutes', durationMinutes: 20, stock: 50, online: true }),
	item('service', 't7', 'Private Blend Workshop', { description: 'Mix your own blend', category: 'Events', unit: 'session', priceCents: 6000, duration: '2 hours', durationMinutes: 120, stock: 4, cities: ['Lyon'] }),
];

/** A honey farm in Ukrainian. */
export const HONEY: readonly Item[] = [
	item('product', 'h1', 'Мед липовий', { description: 'Світлий мед, банка 500 г', category: 'Мед', unit: 'банка', priceCents: 860, deliveryCents: 420, freeDeliveryFromCents: 4500, stock: 25, deliveryTimeHours: 24, paymentReminderHours: 4, cities: ['Львів', 'Київ'] }),
	item('product', 'h2', 'Набір з 6 свічок', { description: 'Свічки з бджолиного воску', category: 'Свічки', unit: 'набір', priceCents: 1340, deliveryCents: 420, stock: 7, deliveryTimeHours: 24, paymentReminderHours: 4, cities: ['Львів'] }),
	item('product', 'h3', 'Листівка', { description: 'З вашим текстом', category: 'Подарунки', unit: 'шт.', priceCents: 0, stock: 90, cities: ['Львів', 'Київ'] }),
	item('service', 'h4', 'Екскурсія пасікою', { description: 'Прогулянка з бджолярем', category: 'Екскурсії', unit: 'сеанс', priceCents: 2700, duration: '90 хвилин', durationMinutes: 90, stock: 10, paymentReminderHours: 12, cities: ['Львів'] }),
];

export interface Scene {
	readonly text?: string;
	readonly session?: Partial<AgentSession>;
	readonly company?: Partial<CompanyFacts>;
	readonly order?: OrderFacts | null;
	readonly schedule?: AgentFacts['schedule'];
	readonly bookings?: AgentFacts['bookings'];
	readonly channel?: AgentFacts['turn']['channel'];
	readonly customerPhone?: string;
}

const CATALOGS = new Map<readonly Item[], Catalog>();

export function catalogOf(items: readonly Item[]): Catalog {
	const known = CATALOGS.get(items);
	if (known !== undefined) return known;
	const catalog = createCatalog(items);
	CATALOGS.set(items, catalog);
	return catalog;
}

export function factsOf(items: readonly Item[], scene: Scene = {}): AgentFacts {
	const company: CompanyFacts = { name: 'Corner House', type: 'hybrid', currency: 'eur', defaultLanguage: 'English', instructions: '', firstAnswerItems: 12, handoverKeywords: [], privacyPolicyUrl: '', welcomeVideos: { product: '', service: '' }, paymentReady: true, ...scene.company };
	return {
		now: '2030-01-02T10:00:00.000Z',
		turn: { type: 'turn.ready', turnId: 'turn_1', conversationId: 'conv_1', companyId: 'comp_1', connectionId: 'conn_1', generation: 1, attempt: 1, traceparent: '', channel: scene.channel ?? 'whatsapp', customer: { id: 'cust_1', name: '' }, company: { name: company.name, type: company.type }, text: scene.text ?? '', messages: [] },
		company,
		session: { ...NEW_SESSION, ...scene.session },
		catalog: catalogOf(items),
		order: scene.order ?? null,
		schedule: scene.schedule ?? null,
		bookings: scene.bookings ?? [],
		history: [],
		customerPhone: scene.customerPhone ?? '',
	};
}

export function proposal(fields: Partial<Proposal> = {}): Proposal {
	return { response: 'Hello!', language: 'English', intent: 'question', send_payment_link: false, city: '', items: null, recipient_phone_number: '', client_name: '', address: '', order_description: '', focus_sku: '', requested: [], slot: null, booking_change: null, handover: null, quotes: {}, ...fields };
}

const WORDS_OF: Readonly<Record<string, RegExp>> = {
	Spanish: /(?<!\p{L})(?:quiero|hola|cuánto|gracias|el|los|la|una|es|de|en|y|que|tu|no|para|cuesta|tenemos)(?!\p{L})/gu,
	German: /(?<!\p{L})(?:ich|wie|bitte|und|der|das|die|ist|nach|kostet|was|möchte)(?!\p{L})/gu,
	Portuguese: /(?<!\p{L})(?:quero|quanto|obrigado|olá|uma|custa|para|e|que|o)(?!\p{L})/gu,
	English: /(?<!\p{L})(?:the|is|you|how|i|a|for|we|and|your|to|it|have|what|do|of)(?!\p{L})/gu,
	Russian: /[а-я]{3,}/gu,
};

/** A detector for tests: by the scripts and a few words. */
export function detect(text: string): DetectedLanguage {
	if (/[іїєґ]/iu.test(text) && !/[ыэёъ]/iu.test(text)) return { language: 'Ukrainian', confidence: 1 };
	const scores = Object.entries(WORDS_OF).map(([language, words]) => ({ language, hits: text.toLowerCase().match(words)?.length ?? 0 })).toSorted((a, b) => b.hits - a.hits);
	const [best, second] = scores;
	return best === undefined || best.hits === 0 ? { language: '', confidence: 0 } : { language: best.language, confidence: best.hits / (best.hits + (second?.hits ?? 0)) };
}

export const PORTS = { detectLanguage: detect, decisionId: 'dec_1' };

export function order(fields: Partial<OrderFacts> = {}): OrderFacts {
	return { id: 'ord_1', status: 'awaiting_payment', paymentStatus: 'payment_link_sent', totalCents: 1780, lines: [{ sku: 't1', name: 'Morning Mist Green Tea', quantity: 1 }], paymentUrl: 'https://pay.example/pay/tok_1', ...fields };
}
