import { emptyItem } from '../../../catalog/item.ts';
import type { Item } from '../../../catalog/item.ts';

/** What a shop in one language needs to be talked to: made-up goods under the language's own words for counting and packing. */
export interface LocalShop {
	readonly language: string;
	readonly items: readonly Item[];
	/** Turns of one conversation that goes through everything. */
	readonly turns: Readonly<Record<LocalTurn, string>>;
	readonly name: string;
}

export type LocalTurn =
	| 'greeting' | 'price' | 'pack' | 'add' | 'more' | 'remove' | 'instead' | 'cities' | 'delivery' | 'served' | 'elsewhere' | 'city' | 'details' | 'paid' | 'refund' | 'reminders' | 'human' | 'offTopic' | 'complaint' | 'unclear' | 'contact' | 'video' | 'cheapest' | 'discount' | 'hours' | 'identity' | 'cancel';

const NO_CONTACTS = emptyItem('', 'product', '').contactFields;

/** Mugs singly, bowls in packs of 6, a free leaflet. */
function goods(mug: string, bowls: string, leaflet: string, cities: readonly string[]): readonly Item[] {
	const delivery = { deliveryCents: 590, freeDeliveryFromCents: 9000, deliveryTimeHours: 6, paymentReminderHours: 5, cities };
	return [
		{ ...emptyItem('mug', 'product', mug), ...delivery, priceCents: 1250, stock: 40, contactFields: { ...NO_CONTACTS, supplier_contact: '+34 611 000 222', supplier_company_services: 'returns@clay.example' } },
		{ ...emptyItem('bowls', 'product', bowls), ...delivery, priceCents: 4800, stock: 12 },
		{ ...emptyItem('leaflet', 'product', leaflet), stock: 100, cities },
	];
}

export const FIVE_SHOPS: readonly LocalShop[] = [
	{
		language: 'English', name: 'Maria Costa', items: goods('Clay mug', 'Set of 6 bowls', 'Leaflet', ['Lisbon', 'Madrid']),
		turns: {
			greeting: 'hello', price: 'how much is the clay mug?', pack: 'I want 6 bowls', add: 'add 2 clay mugs', more: 'make it three clay mugs', remove: 'remove the bowls', instead: 'a leaflet instead of the clay mugs', cities: 'which cities do you deliver to?', delivery: 'how much is delivery?',
			served: 'do you deliver to Madrid?', elsewhere: 'do you deliver to Berlin?', city: 'to Madrid', details: 'my name is Maria Costa, +351 600 111 222', paid: 'I have paid', refund: 'I want a refund', reminders: 'stop reminding me', human: 'I want to talk to a manager', offTopic: 'what is the weather like?',
			complaint: 'this is terrible, it arrived broken', unclear: 'blorg fizzle wump', contact: 'supplier contact please', video: 'do you have a video of the clay mug?', cheapest: 'anything cheaper?', discount: 'any discounts?', hours: 'what are your opening hours?', identity: 'are you a bot?', cancel: 'cancel my order',
		},
	},
	{
		language: 'Spanish', name: 'María Costa', items: goods('Taza de barro', 'Juego de 6 cuencos', 'Folleto', ['Lisboa', 'Madrid']),
		turns: {
			greeting: 'hola', price: '¿cuánto cuesta la taza de barro?', pack: 'quiero 6 cuencos', add: 'añade 2 tazas de barro', more: 'mejor tres tazas de barro', remove: 'quita los cuencos', instead: 'un folleto en lugar de las tazas de barro', cities: '¿en qué ciudades entregáis?', delivery: '¿cuánto cuesta el envío?',
			served: '¿entregáis en Madrid?', elsewhere: '¿entregáis en Berlín?', city: 'a Madrid', details: 'me llamo María Costa, +351 600 111 222', paid: 'ya he pagado', refund: 'quiero un reembolso', reminders: 'deja de recordarme', human: 'quiero hablar con el encargado', offTopic: '¿qué tiempo hace?',
			complaint: 'es horrible, llegó roto', unclear: 'blorg fizzle wump', contact: 'contacto del proveedor por favor', video: '¿tenéis vídeo de la taza de barro?', cheapest: '¿algo más barato?', discount: '¿hay descuentos?', hours: '¿qué horario tenéis?', identity: '¿eres un robot?', cancel: 'cancela el pedido',
		},
	},
	{
		language: 'Russian', name: 'Мария Коста', items: goods('Глиняная кружка', 'Набор из 6 мисок', 'Буклет', ['Лиссабон', 'Мадрид']),
		turns: {
			greeting: 'привет', price: 'сколько стоит глиняная кружка?', pack: 'хочу 6 мисок', add: 'добавьте 2 глиняные кружки', more: 'лучше три глиняные кружки', remove: 'уберите миски', instead: 'буклет вместо глиняных кружек', cities: 'в какие города доставляете?', delivery: 'сколько стоит доставка?',
			served: 'доставляете в Мадрид?', elsewhere: 'доставляете в Берлин?', city: 'в Мадрид', details: 'меня зовут Мария Коста, +351 600 111 222', paid: 'я оплатила', refund: 'хочу вернуть деньги', reminders: 'хватит напоминать', human: 'позовите менеджера', offTopic: 'какая погода?',
			complaint: 'это ужасно, всё пришло сломанным', unclear: 'блорг физзл вамп', contact: 'контакт поставщика', video: 'есть видео глиняной кружки?', cheapest: 'что-нибудь подешевле?', discount: 'есть скидки?', hours: 'какой график работы?', identity: 'вы бот?', cancel: 'отмените заказ',
		},
	},
	{
		language: 'Ukrainian', name: 'Марія Коста', items: goods('Глиняне горнятко', 'Набір із 6 мисок', 'Буклет', ['Лісабон', 'Мадрид']),
		turns: {
			greeting: 'привіт', price: 'скільки коштує глиняне горнятко?', pack: 'хочу 6 мисок', add: 'додайте 2 глиняні горнятка', more: 'краще три глиняні горнятка', remove: 'приберіть миски', instead: 'буклет замість глиняних горняток', cities: 'в які міста доставляєте?', delivery: 'скільки коштує доставка?',
			served: 'доставляєте в Мадрид?', elsewhere: 'доставляєте в Берлін?', city: 'у Мадрид', details: 'мене звати Марія Коста, +351 600 111 222', paid: 'я оплатила', refund: 'хочу повернути гроші', reminders: 'досить нагадувати', human: 'покличте менеджера', offTopic: 'яка погода?',
			complaint: 'це жахливо, все прийшло зламаним', unclear: 'блорг фізл вамп', contact: 'контакт постачальника', video: 'є відео глиняного горнятка?', cheapest: 'щось дешевше?', discount: 'є знижки?', hours: 'який графік роботи?', identity: 'ви бот?', cancel: 'скасуйте замовлення',
		},
	},
	{
		language: 'German', name: 'Maria Costa', items: goods('Tontasse', 'Set mit 6 Schüsseln', 'Faltblatt', ['Lissabon', 'Madrid']),
		turns: {
			greeting: 'Hallo', price: 'Was kostet die Tontasse?', pack: 'Ich möchte 6 Schüsseln', add: 'noch 2 Tontassen dazu', more: 'lieber drei Tontassen', remove: 'Entfernen Sie die Schüsseln', instead: 'ein Faltblatt statt der Tontassen', cities: 'In welche Städte liefern Sie?', delivery: 'Was kostet die Lieferung?',
			served: 'Liefern Sie nach Madrid?', elsewhere: 'Liefern Sie nach Berlin?', city: 'nach Madrid', details: 'Mein Name ist Maria Costa, +351 600 111 222', paid: 'Ich habe bezahlt', refund: 'Ich möchte mein Geld zurück', reminders: 'Keine Erinnerungen mehr', human: 'Ich möchte mit einem Mitarbeiter sprechen', offTopic: 'Wie ist das Wetter?',
			complaint: 'Das ist schrecklich, alles kam kaputt an', unclear: 'blorg fizzle wump', contact: 'Kontakt des Lieferanten bitte', video: 'Gibt es ein Video der Tontasse?', cheapest: 'Etwas Günstigeres?', discount: 'Gibt es Rabatt?', hours: 'Wie sind Ihre Öffnungszeiten?', identity: 'Sind Sie ein Bot?', cancel: 'Bitte stornieren Sie die Bestellung',
		},
	},
];
