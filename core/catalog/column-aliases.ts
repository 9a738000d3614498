import type { ItemKind } from './item.ts';

/** Fields of a catalog file, by the names of the specification. */
export type ColumnField = keyof typeof COLUMNS;

export interface Column {
	/** Kinds of item that have the field. */
	readonly kinds: readonly ItemKind[];
	readonly required?: true;
	/** What the values are: decides which of two fields a header with a unit ("Доставка, €", "Delivery (h)") means. */
	readonly measure?: 'money' | 'hours' | 'count';
	/** Headers in English, Russian, Ukrainian, Spanish, German and Kazakh; case, accents, spaces and dashes don't matter. */
	readonly aliases: readonly string[];
}

const BOTH = ['product', 'service'] as const;
const PRODUCT = ['product'] as const;
const SERVICE = ['service'] as const;

/** A header that several kinds of item use for their name; the file's other columns tell the kind. */
const NAME = ['name', 'title', 'item', 'item name', 'название', 'наименование', 'имя', 'назва', 'найменування', 'nombre', 'título', 'Bezeichnung', 'Titel', 'атауы', 'атау'];

export const COLUMNS = {
	product_name: {
		kinds: PRODUCT,
		required: true,
		aliases: [
			...NAME, 'product name', 'product', 'product title', 'goods', 'название товара', 'наименование товара', 'товар', 'название продукта', 'продукт',
			'назва товару', 'nombre del producto', 'nombre producto', 'producto', 'artículo nombre', 'Produktname', 'Produkt', 'Name des Produkts', 'Artikelname',
			'Artikelbezeichnung', 'тауар атауы', 'тауардың атауы', 'тауар', 'өнім атауы',
		],
	},
	service_name: {
		kinds: SERVICE,
		required: true,
		aliases: [
			...NAME, 'service name', 'service', 'service title', 'название услуги', 'наименование услуги', 'услуга', 'назва послуги', 'послуга', 'nombre del servicio',
			'nombre servicio', 'servicio', 'Dienstleistung', 'Name der Dienstleistung', 'Leistung', 'Dienstleistungsname', 'Servicename', 'қызмет атауы',
			'қызметтің атауы', 'қызмет',
		],
	},
	sku: {
		kinds: BOTH,
		aliases: [
			'sku', 'article', 'article number', 'item number', 'product code', 'service code', 'item code', 'code', 'артикул', 'арт', 'код', 'код товара', 'код услуги',
			'код товару', 'код послуги', 'código', 'referencia', 'ref', 'código de producto', 'código de servicio', 'Artikelnummer', 'Artikel Nr', 'Art Nr',
			'Produktcode', 'Bestellnummer', 'тауар коды', 'қызмет коды', 'коды',
		],
	},
	description: {
		kinds: BOTH,
		required: true,
		aliases: [
			'description', 'product description', 'service description', 'about', 'описание', 'описание товара', 'описание услуги', 'опис', 'опис товару',
			'опис послуги', 'descripción', 'descripción del producto', 'descripción del servicio', 'Beschreibung', 'Produktbeschreibung',
			'Leistungsbeschreibung', 'сипаттама', 'сипаттамасы',
		],
	},
	category: {
		kinds: PRODUCT,
		aliases: ['category', 'product category', 'категория', 'категория товара', 'категорія', 'категорія товару', 'categoría', 'categoría del producto', 'Kategorie', 'Produktkategorie', 'санат', 'санаты'],
	},
	service_category: {
		kinds: SERVICE,
		aliases: ['service category', 'category', 'категория услуги', 'категория', 'категорія послуги', 'категорія', 'categoría del servicio', 'categoría', 'Kategorie', 'Servicekategorie', 'Leistungskategorie', 'қызмет санаты', 'санат', 'санаты'],
	},
	service_subcategory: {
		kinds: BOTH,
		aliases: ['service subcategory', 'subcategory', 'sub category', 'подкатегория', 'подкатегория услуги', 'підкатегорія', 'підкатегорія послуги', 'subcategoría', 'subcategoría del servicio', 'Unterkategorie', 'ішкі санат'],
	},
	tags: { kinds: BOTH, aliases: ['tags', 'tag', 'labels', 'keywords', 'теги', 'тег', 'метки', 'ключевые слова', 'мітки', 'ключові слова', 'etiquetas', 'palabras clave', 'Schlagwörter', 'Stichwörter', 'тегтер', 'кілт сөздер'] },
	unit: {
		kinds: BOTH,
		aliases: ['unit', 'unit of measure', 'uom', 'ед изм', 'единица измерения', 'единица', 'ед', 'од вим', 'одиниця виміру', 'одиниця', 'unidad', 'unidad de medida', 'Einheit', 'Mengeneinheit', 'Maßeinheit', 'өлшем бірлігі', 'бірлік'],
	},
	website_url: {
		kinds: BOTH,
		aliases: ['website url', 'website', 'web', 'url', 'link', 'page', 'product url', 'сайт', 'ссылка', 'страница', 'ссылка на сайт', 'посилання', 'сторінка', 'sitio web', 'página web', 'web', 'enlace', 'Webseite', 'Website', 'Seite', 'сілтеме', 'веб сайт'],
	},
	image_url: {
		kinds: BOTH,
		aliases: ['image url', 'image', 'photo', 'photo url', 'picture', 'фото', 'изображение', 'картинка', 'ссылка на фото', 'зображення', 'світлина', 'imagen', 'foto', 'url de la imagen', 'Bild', 'Bild URL', 'Foto', 'сурет', 'фотосурет'],
	},
	video_url: {
		kinds: BOTH,
		aliases: ['video url', 'video', 'видео', 'ссылка на видео', 'відео', 'vídeo', 'url del vídeo', 'Video', 'бейне', 'бейнежазба'],
	},
	price_eur: {
		kinds: BOTH,
		measure: 'money',
		aliases: ['price eur', 'price', 'unit price', 'cost', 'цена', 'стоимость', 'цена за единицу', 'ціна', 'вартість', 'precio', 'precio unitario', 'coste', 'Preis', 'Stückpreis', 'Einzelpreis', 'баға', 'бағасы'],
	},
	logistics_price_eur: {
		kinds: PRODUCT,
		measure: 'money',
		aliases: [
			'logistics price eur', 'logistics price', 'delivery', 'delivery price', 'delivery fee', 'delivery cost', 'shipping', 'shipping price', 'shipping cost', 'shipping fee',
			'доставка', 'цена доставки', 'стоимость доставки', 'ціна доставки', 'вартість доставки', 'envío', 'entrega', 'precio de envío', 'gastos de envío', 'coste de envío',
			'precio de entrega', 'Lieferung', 'Versand', 'Lieferkosten', 'Versandkosten', 'Liefergebühr', 'жеткізу', 'жеткізу бағасы', 'жеткізу құны',
		],
	},
	free_delivery: {
		kinds: PRODUCT,
		measure: 'money',
		aliases: [
			'free delivery', 'free delivery from', 'free delivery threshold', 'free shipping', 'free shipping from', 'бесплатная доставка', 'бесплатная доставка от',
			'безкоштовна доставка', 'безкоштовна доставка від', 'envío gratis', 'envío gratis desde', 'envío gratuito desde', 'entrega gratis desde',
			'kostenlose Lieferung ab', 'kostenlose Lieferung', 'versandkostenfrei ab', 'тегін жеткізу',
		],
	},
	travel_fee_eur: {
		kinds: SERVICE,
		measure: 'money',
		aliases: ['travel fee eur', 'travel fee', 'travel cost', 'call out fee', 'выезд', 'стоимость выезда', 'цена выезда', 'виїзд', 'вартість виїзду', 'desplazamiento', 'coste de desplazamiento', 'gastos de desplazamiento', 'Anfahrt', 'Anfahrtskosten', 'шығу құны'],
	},
	free_travel_threshold: {
		kinds: SERVICE,
		measure: 'money',
		aliases: ['free travel threshold', 'free travel from', 'free travel', 'бесплатный выезд от', 'бесплатный выезд', 'безкоштовний виїзд від', 'безкоштовний виїзд', 'desplazamiento gratis desde', 'desplazamiento gratis', 'kostenlose Anfahrt ab', 'kostenlose Anfahrt', 'тегін шығу'],
	},
	stock_units: {
		kinds: PRODUCT,
		measure: 'count',
		aliases: ['stock units', 'stock', 'in stock', 'quantity in stock', 'остаток', 'остатки', 'в наличии', 'наличие', 'количество на складе', 'залишок', 'в наявності', 'наявність', 'existencias', 'stock disponible', 'Bestand', 'Lagerbestand', 'Vorrat', 'қалдық', 'қоймадағы саны'],
	},
	slots_available: {
		kinds: SERVICE,
		measure: 'count',
		aliases: ['slots available', 'slots', 'available slots', 'places available', 'места', 'свободные места', 'количество мест', 'слоты', 'місця', 'вільні місця', 'plazas', 'plazas disponibles', 'freie Plätze', 'verfügbare Plätze', 'Plätze', 'бос орындар', 'орындар'],
	},
	delivery_time_hours: {
		kinds: PRODUCT,
		measure: 'hours',
		aliases: [
			'delivery time hours', 'delivery time', 'delivery', 'shipping time', 'срок доставки', 'время доставки', 'доставка', 'термін доставки', 'час доставки', 'plazo de entrega',
			'tiempo de entrega', 'entrega', 'envío', 'tiempo de envío', 'Lieferzeit', 'Lieferung', 'Versanddauer', 'Versand', 'жеткізу мерзімі', 'жеткізу уақыты', 'жеткізу', 'shipping',
		],
	},
	payment_reminder: {
		kinds: BOTH,
		measure: 'hours',
		aliases: ['payment reminder', 'reminder', 'payment reminder hours', 'напоминание об оплате', 'напоминание', 'нагадування про оплату', 'нагадування', 'recordatorio de pago', 'recordatorio', 'Zahlungserinnerung', 'Erinnerung', 'төлем туралы еске салу', 'еске салу'],
	},
	supplier_contact: {
		kinds: PRODUCT,
		aliases: ['supplier contact', 'supplier', 'контакт поставщика', 'поставщик', 'контакт постачальника', 'постачальник', 'contacto del proveedor', 'proveedor', 'Lieferantenkontakt', 'Lieferant', 'Kontakt des Lieferanten', 'жеткізуші байланысы', 'жеткізуші'],
	},
	supplier_company_services: {
		kinds: PRODUCT,
		aliases: ['supplier company services', 'refund contact', 'refunds', 'refund', 'returns', 'возврат', 'возвраты', 'контакт для возврата', 'повернення', 'контакт для повернення', 'devoluciones', 'devolución', 'contacto para devoluciones', 'Rückgabe', 'Rücksendung', 'Kontakt für Rückgaben', 'қайтару'],
	},
	warehouse_address: {
		kinds: PRODUCT,
		aliases: ['warehouse address', 'warehouse', 'адрес склада', 'склад', 'адреса складу', 'dirección del almacén', 'almacén', 'Lageradresse', 'Lager', 'қойма мекенжайы', 'қойма'],
	},
	cities: {
		kinds: PRODUCT,
		aliases: ['cities', 'city', 'delivery cities', 'location', 'locations', 'города', 'город', 'города доставки', 'міста', 'місто', 'міста доставки', 'ciudades', 'ciudad', 'ciudades de entrega', 'Städte', 'Stadt', 'Lieferorte', 'қалалар', 'қала'],
	},
	location: {
		kinds: SERVICE,
		aliases: ['location', 'locations', 'cities', 'city', 'place', 'место', 'место оказания', 'места оказания', 'локация', 'города', 'город', 'місце надання', 'локація', 'міста', 'місто', 'ubicación', 'lugar', 'ciudades', 'ciudad', 'Ort', 'Orte', 'Standort', 'Städte', 'Stadt', 'орналасқан жері', 'орны', 'қалалар', 'қала'],
	},
	duration: { kinds: SERVICE, aliases: ['duration', 'length', 'длительность', 'продолжительность', 'тривалість', 'duración', 'Dauer', 'ұзақтығы', 'ұзақтық'] },
	format: { kinds: SERVICE, aliases: ['format', 'формат', 'формат услуги', 'формат послуги', 'formato', 'modalidad', 'Format', 'пішім', 'форматы'] },
	included: { kinds: SERVICE, aliases: ['included', 'what is included', 'includes', 'включено', 'что включено', 'что входит', 'входит', 'що включено', 'що входить', 'incluye', 'incluido', 'qué incluye', 'inbegriffen', 'enthalten', 'Leistungsumfang', 'қамтылған'] },
	not_included: { kinds: SERVICE, aliases: ['not included', 'what is not included', 'не включено', 'что не включено', 'не входит', 'что не входит', 'що не включено', 'що не входить', 'no incluye', 'no incluido', 'qué no incluye', 'nicht inbegriffen', 'nicht enthalten', 'қамтылмаған'] },
	what_guarantee: { kinds: SERVICE, aliases: ['what guarantee', 'guarantee', 'guarantees', 'what we guarantee', 'гарантии', 'гарантия', 'что гарантируем', 'гарантії', 'гарантія', 'що гарантуємо', 'garantía', 'garantías', 'qué garantizamos', 'Garantie', 'Garantien', 'Was wir garantieren', 'кепілдік'] },
	what_not_guarantee: { kinds: SERVICE, aliases: ['what not guarantee', 'not guaranteed', 'what we do not guarantee', 'не гарантируем', 'что не гарантируем', 'не гарантуємо', 'що не гарантуємо', 'sin garantía', 'qué no garantizamos', 'keine Garantie', 'Was wir nicht garantieren', 'кепілдік берілмейді'] },
	suitable_for: { kinds: SERVICE, aliases: ['suitable for', 'for whom', 'кому подходит', 'подходит для', 'подходит', 'кому підходить', 'підходить для', 'adecuado para', 'apto para', 'para quién', 'geeignet für', 'кімге жарайды'] },
	not_suitable_for: { kinds: SERVICE, aliases: ['not suitable for', 'не подходит', 'кому не подходит', 'не подходит для', 'противопоказания', 'не підходить', 'кому не підходить', 'протипоказання', 'no apto para', 'no adecuado para', 'contraindicaciones', 'nicht geeignet für', 'кімге жарамайды'] },
	specialist_initials: { kinds: SERVICE, aliases: ['specialist initials', 'specialist', 'specialist name', 'специалист', 'инициалы специалиста', 'имя специалиста', 'мастер', 'спеціаліст', 'фахівець', 'майстер', 'especialista', 'iniciales del especialista', 'Spezialist', 'Fachkraft', 'маман'] },
	specialist_area: { kinds: SERVICE, aliases: ['specialist area', 'speciality', 'specialty', 'специализация', 'область специалиста', 'спеціалізація', 'especialidad', 'área del especialista', 'Fachgebiet', 'мамандығы'] },
	specialist_contact: { kinds: SERVICE, aliases: ['specialist contact', 'контакт специалиста', 'контакт спеціаліста', 'контакт фахівця', 'contacto del especialista', 'Kontakt des Spezialisten', 'маман байланысы'] },
	company: { kinds: SERVICE, aliases: ['company', 'company name', 'provider', 'компания', 'организация', 'исполнитель', 'компанія', 'організація', 'виконавець', 'empresa', 'compañía', 'Firma', 'Unternehmen', 'Anbieter', 'компания атауы', 'ұйым'] },
	office_address: { kinds: SERVICE, aliases: ['office address', 'office', 'address', 'адрес офиса', 'офис', 'адрес', 'адреса офісу', 'офіс', 'адреса', 'dirección de la oficina', 'oficina', 'dirección', 'Büroadresse', 'Büro', 'Adresse', 'кеңсе мекенжайы', 'мекенжай'] },
	details: { kinds: SERVICE, aliases: ['details', 'instructions', 'notes', 'what to bring', 'детали', 'подробности', 'инструкция', 'инструкции', 'что взять', 'деталі', 'подробиці', 'інструкція', 'detalles', 'instrucciones', 'Einzelheiten', 'Hinweise', 'Anweisungen', 'нұсқаулық', 'толығырақ'] },
} as const satisfies Record<string, Column>;

/** All fields, typed. */
export const FIELDS = Object.keys(COLUMNS) as readonly ColumnField[];

/** A field's column with the optional parts present in the type. */
export function columnOf(field: ColumnField): Column {
	return COLUMNS[field];
}
