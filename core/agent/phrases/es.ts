import { listOf, numberIn, plural } from './lists.ts';
import type { Phrases } from './phrases.ts';

const LOCALE = 'es-ES';

export const SPANISH: Phrases = {
	language: 'Spanish',
	locale: LOCALE,
	free: 'gratis',

	hello: '¡Hola!',
	helloFrom: (company) => `¡Hola, somos ${company}!`,
	listIntro: { product: 'Esto es lo que tenemos:', service: 'Esto es lo que ofrecemos:', hybrid: 'Esto es lo que ofrecemos:' },
	listMore: 'Hay más: escribe «más».',
	listCategories: (categories) => `Hay más en ${categories}. Escribe «más» para ver el resto o dime qué buscas.`,
	listEnd: '¿Cuál te gustaría?',
	listEmpty: 'Ahora mismo estamos actualizando la lista y todavía no puedo ofrecerte nada.',

	whichOne: '¿A cuál te refieres?',
	whichForCount: (count) => `Hay varias formas de llegar a ${count}. ¿Cuál prefieres?`,
	notFound: {
		product: 'No encuentro eso entre nuestros productos. ¿Qué buscas exactamente?',
		service: 'No encuentro eso entre nuestros servicios. ¿Qué buscas exactamente?',
		hybrid: 'No encuentro eso entre nuestros productos y servicios. ¿Qué buscas exactamente?',
	},
	alsoHave: 'También tenemos:',
	partNotFound: 'No he encontrado todo lo que has nombrado. ¿Qué más buscas, o lo dejamos así?',
	quantityUnavailable: (name) => `«${name}» no está disponible en esa cantidad. ¿Cuántas unidades quieres entonces?`,
	privacyPolicy: (url) => `Cómo tratamos tus datos: ${url}`,
	priceChanged: (name, price) => `Ten en cuenta que el precio de «${name}» ha cambiado: ahora es ${price}.`,
	wantToOrder: '¿Quieres pedirlo?',
	whenReady: 'De acuerdo, sin prisa. Dime cuando quieras hacer el pedido.',

	deliveryFee: { product: (fee) => `La entrega cuesta ${fee} por pedido`, service: (fee) => `El desplazamiento cuesta ${fee} por pedido` },
	deliveryFreeFrom: (threshold) => `gratis a partir de ${threshold}`,
	deliveryNone: { product: 'La entrega es gratis.', service: 'No se cobra desplazamiento.' },
	deliveryTime: (hours) => `La entrega tarda como máximo ${numberIn(LOCALE, hours)} ${plural(LOCALE, hours, { one: 'hora', other: 'horas' })}.`,
	deliveryVaries: {
		product: 'El precio de la entrega depende del pedido. ¿Qué te gustaría recibir?',
		service: 'El desplazamiento depende del servicio. ¿Cuál te interesa?',
	},

	cities: { product: (cities) => `Entregamos en: ${cities}.`, service: (cities) => `Ofrecemos nuestros servicios en: ${cities}.` },
	itemCities: (name, cities) => `«${name}» está disponible en: ${cities}.`,
	servedThere: { product: 'Sí, entregamos allí.', service: 'Sí, está disponible allí.' },
	online: 'Se hace en línea.',
	notServed: { product: 'Lo siento, allí no entregamos.', service: 'Lo siento, allí no está disponible.' },
	itemsNotServed: (names) => `Lo siento, allí no podemos ofrecer ${names}.`,
	allServedIn: (cities) => `Está disponible en: ${cities}. ¿Te viene bien alguna?`,
	availableThere: 'Allí te podemos ofrecer:',

	duration: (duration) => `Duración: ${duration}.`,
	format: (format) => `Formato: ${format}.`,
	detailLabel: {
		included: 'Incluye', not_included: 'No incluye', what_guarantee: 'Garantizamos', what_not_guarantee: 'No garantizamos',
		suitable_for: 'Adecuado para', not_suitable_for: 'No adecuado para',
	},
	contactLabel: {
		supplier_contact: 'Proveedor', supplier_company_services: 'Devoluciones', warehouse_address: 'Almacén', specialist_contact: 'Contacto',
	},
	address: (address) => `Dirección: ${address}.`,
	website: (url) => `Aquí tienes la página: ${url}`,
	noneForItem: 'Lo siento, para este artículo no hay.',
	whichItem: '¿Cuál te interesa?',
	noContact: 'Lo siento, no tengo ese contacto. Si quieres, te paso con un compañero.',
	refundIntro: 'Siento que no haya salido bien. Para el reembolso, contacta con:',

	cartIntro: 'Anotado:',
	cartDelivery: { product: (fee) => `Entrega: ${fee}`, service: (fee) => `Desplazamiento: ${fee}` },
	cartDeliveryFree: { product: 'Entrega: gratis', service: 'Desplazamiento: gratis' },
	cartProducts: { product: (sum) => `Productos: ${sum}`, service: (sum) => `Servicios: ${sum}` },
	cartTotal: (total) => `Total: ${total}`,
	cartCity: (city) => `Ciudad: ${city}`,
	cartAddress: (address) => `Dirección: ${address}`,
	cartWhen: (when) => `Cuándo: ${when}`,
	cartDelivered: (when) => `Entrega: ${when}`,
	removed: (name) => `He quitado «${name}».`,
	cartEmpty: 'Tu pedido está vacío ahora. ¿Qué te gustaría?',

	missing: (details, { kind, item, cities }) => {
		const where = kind === 'product' ? 'la ciudad de entrega' : 'la ciudad';
		const words = {
			quantity: item === '' ? 'cuántas unidades quieres' : `cuántas unidades de «${item}» quieres`,
			city: cities === '' ? where : `${where} (${cities})`,
			phone: 'un teléfono con + y el código del país',
			name: kind === 'product' ? 'el nombre del destinatario' : 'tu nombre',
			address: 'la calle y el número',
		};
		return `Para hacer el pedido, dime por favor ${listOf(LOCALE, details.map((detail) => words[detail]))}.`;
	},
	phoneInvalid: 'Ese teléfono no parece completo: escríbelo con + y el código del país, por favor.',
	numberNotVisible: 'Aquí no puedo ver tu número; escríbelo en cifras, con + y el código del país, por favor.',
	noted: 'Gracias, anotado.',

	committed: (name) => `¡Gracias, ${name}! Tu pedido:`,
	linkFollows: 'Aquí tienes el enlace de pago.',
	nothingToPay: 'El pedido está confirmado y no hay nada que pagar.',
	teamArrangesPayment: 'He pasado tu pedido a nuestro equipo, que acordará el pago contigo.',

	payHow: 'Cuando hagas el pedido, recibirás un enlace para pagar en línea de forma segura.',
	payByTeam: 'Nuestro equipo acordará el pago contigo cuando hagas el pedido.',
	noOrderYet: 'Todavía no hay ningún pedido por pagar.',
	awaitingPayment: (total) => `Tu pedido de ${total} está pendiente de pago.`,
	notPaidYet: (total) => `Todavía no veo el pago de tu pedido de ${total}.`,
	paymentLink: (url) => `Puedes pagar aquí: ${url}`,
	paid: 'Tu pedido está pagado. ¡Gracias!',
	refunded: (sum) => `Le devolvemos ${sum}. Su banco puede tardar unos días en mostrarlo.`,
	refundAsked: (sum) => `He pedido que se le devuelvan ${sum}. Le escribiremos aquí cuando esté hecho.`,
	refundNotMade: (sum) => `No se han podido devolver ${sum} automáticamente. Nuestro equipo lo está mirando y le escribirá aquí.`,
	refundByTeam: 'Ya estaba pagado: nuestro equipo revisará el pago y le escribirá aquí.',
	freeOrder: 'Tu pedido es gratis y está confirmado: no hay nada que pagar.',
	orderClosed: 'Tu último pedido está cerrado. Con gusto tomo uno nuevo.',

	whenSuits: (name) => `¿Cuándo te viene bien («${name}»)? Elige una opción:`,
	whenDelivered: '¿Cuándo quieres que lo entreguemos? Elige una opción:',
	freeTimes: 'Estas horas están libres:',
	timeNotFree: 'Esa hora no está libre. Estas sí:',
	noTimeFree: (name) => `Ahora mismo no hay ninguna hora libre para «${name}». Si quieres, te paso con un compañero.`,
	yourBookings: 'Esto es lo que tienes reservado:',
	cancelBooking: (name, when) => `¿Cancelo «${name}» (${when})? Responde «sí» o «no».`,
	bookingIsCancelled: (name, when) => `Hecho: «${name}» (${when}) está cancelado.`,
	moveBooking: (name) => `¿Cuál de estas horas te viene mejor para «${name}»?`,
	bookingIsMoved: (name, when) => `Hecho: «${name}» es ahora el ${when}.`,
	bookingFixed: (name) => `Ya no puedo cambiar «${name}» desde aquí, así que te paso con un compañero que te responderá aquí.`,

	bookingMoved: (name, when) => `Ten en cuenta: «${name}» se ha cambiado a ${when}. Si no te viene bien, escríbenos.`,
	bookingCancelled: (name, when) => `Lamentablemente, «${name}» (${when}) se ha cancelado. Escríbenos y buscaremos otra hora.`,
	slotTaken: (name) => `Lamentablemente, la hora que elegiste para «${name}» acaba de ocuparse.`,
	slotTakenOther: '¿Qué otra hora te vendría bien?',

	cancelled: 'De acuerdo, he vaciado tu pedido. Si necesitas algo más, escríbeme.',
	cancelledUnpaid: 'De acuerdo. No tienes que pagar nada: un pedido sin pagar simplemente caduca.',
	handover: 'Claro, te paso con un compañero que te responderá aquí.',
	complaint: 'Lo siento mucho. Paso tu mensaje a un compañero que te responderá aquí.',
	thanks: '¡De nada!',
	whatElse: '¿En qué te puedo ayudar?',
	identity: (company) => (company === '' ? 'Soy el asistente automático. Si prefieres hablar con una persona, dímelo.' : `Soy el asistente automático de ${company}. Si prefieres hablar con una persona, dímelo.`),
	pleaseWrite: 'Aquí no puedo entender eso: escríbelo con palabras, por favor. ¿Qué buscas?',
	noDiscount: 'No puedo hacer descuentos: los precios son los de la lista.',
	noHours: 'Aquí no tengo el horario. Si quieres, te paso con un compañero.',
	dateOpen: 'Aquí no puedo fijar día ni hora: nuestro equipo lo acordará contigo.',
	whatToChange: 'Sin problema. ¿Qué te gustaría cambiar?',
	offTopic: {
		product: 'Con eso no puedo ayudarte, pero con gusto te hablo de nuestros productos, precios y entregas.',
		service: 'Con eso no puedo ayudarte, pero con gusto te hablo de nuestros servicios y precios.',
		hybrid: 'Con eso no puedo ayudarte, pero con gusto te hablo de nuestros productos, servicios y precios.',
	},
	unclear: {
		product: 'Perdona, no te he entendido bien. ¿Qué te gustaría pedir o saber sobre nuestros productos?',
		service: 'Perdona, no te he entendido bien. ¿Qué te gustaría reservar o saber sobre nuestros servicios?',
		hybrid: 'Perdona, no te he entendido bien. ¿Qué te gustaría pedir o saber sobre nuestros productos y servicios?',
	},
	cutOff: '¿Te envío más?',
};
