import { listOf, numberIn, plural } from './lists.ts';
import type { Phrases } from './phrases.ts';

const LOCALE = 'de-DE';

export const GERMAN: Phrases = {
	language: 'German',
	locale: LOCALE,
	free: 'kostenlos',

	hello: 'Guten Tag!',
	helloFrom: (company) => `Guten Tag, hier ist ${company}!`,
	listIntro: { product: 'Das haben wir für Sie:', service: 'Das bieten wir an:', hybrid: 'Das bieten wir an:' },
	listMore: 'Es gibt noch mehr: Schreiben Sie einfach „mehr“.',
	listCategories: (categories) => `Es gibt noch mehr in ${categories}. Schreiben Sie „mehr“, um den Rest zu sehen, oder sagen Sie mir, was Sie suchen.`,
	listEnd: 'Was darf es sein?',
	listEmpty: 'Wir aktualisieren gerade unsere Liste, daher kann ich noch nichts anbieten.',

	whichOne: 'Was genau meinen Sie?',
	whichForCount: (count) => `${count} lassen sich auf verschiedene Arten zusammenstellen. Welche passt Ihnen?`,
	notFound: {
		product: 'Das finde ich unter unseren Produkten nicht. Was genau suchen Sie?',
		service: 'Das finde ich unter unseren Leistungen nicht. Was genau suchen Sie?',
		hybrid: 'Das finde ich unter unseren Produkten und Leistungen nicht. Was genau suchen Sie?',
	},
	alsoHave: 'Außerdem haben wir:',
	partNotFound: 'Ich habe nicht alles gefunden, was Sie genannt haben. Was suchen Sie noch, oder belassen wir es dabei?',
	quantityUnavailable: (name) => `„${name}“ ist in dieser Menge nicht verfügbar. Wie viele möchten Sie stattdessen?`,
	privacyPolicy: (url) => `So gehen wir mit Ihren Daten um: ${url}`,
	priceChanged: (name, price) => `Bitte beachten Sie: Der Preis von „${name}“ hat sich geändert und beträgt jetzt ${price}.`,
	wantToOrder: 'Möchten Sie das bestellen?',
	whenReady: 'Gut, lassen Sie sich Zeit. Schreiben Sie einfach, wenn Sie bestellen möchten.',

	deliveryFee: { product: (fee) => `Die Lieferung kostet ${fee} pro Bestellung`, service: (fee) => `Die Anfahrt kostet ${fee} pro Bestellung` },
	deliveryFreeFrom: (threshold) => `kostenlos ab ${threshold}`,
	deliveryNone: { product: 'Die Lieferung ist kostenlos.', service: 'Für die Anfahrt fällt nichts an.' },
	deliveryTime: (hours) => `Die Lieferung dauert bis zu ${numberIn(LOCALE, hours)} ${plural(LOCALE, hours, { one: 'Stunde', other: 'Stunden' })}.`,
	deliveryVaries: {
		product: 'Die Lieferkosten hängen von der Bestellung ab. Was dürfen wir Ihnen liefern?',
		service: 'Die Anfahrtskosten hängen von der Leistung ab. Welche interessiert Sie?',
	},

	cities: { product: (cities) => `Wir liefern nach: ${cities}.`, service: (cities) => `Unsere Leistungen gibt es hier: ${cities}.` },
	itemCities: (name, cities) => `„${name}“ gibt es hier: ${cities}.`,
	servedThere: { product: 'Ja, dorthin liefern wir.', service: 'Ja, das gibt es dort.' },
	online: 'Das findet online statt.',
	notServed: { product: 'Dorthin liefern wir leider nicht.', service: 'Das gibt es dort leider nicht.' },
	itemsNotServed: (names) => `Dort gibt es leider nicht: ${names}.`,
	allServedIn: (cities) => `Das gibt es hier: ${cities}. Passt Ihnen einer dieser Orte?`,
	availableThere: 'Dort können wir Ihnen anbieten:',

	duration: (duration) => `Dauer: ${duration}.`,
	format: (format) => `Format: ${format}.`,
	detailLabel: {
		included: 'Enthalten', not_included: 'Nicht enthalten', what_guarantee: 'Wir garantieren', what_not_guarantee: 'Wir garantieren nicht',
		suitable_for: 'Geeignet für', not_suitable_for: 'Nicht geeignet für',
	},
	contactLabel: {
		supplier_contact: 'Lieferant', supplier_company_services: 'Rückerstattungen', warehouse_address: 'Lager', specialist_contact: 'Kontakt',
	},
	address: (address) => `Adresse: ${address}.`,
	website: (url) => `Hier ist die Seite: ${url}`,
	noneForItem: 'Das gibt es hierfür leider nicht.',
	whichItem: 'Was genau interessiert Sie?',
	noContact: 'Diesen Kontakt habe ich leider nicht. Wenn Sie möchten, verbinde ich Sie mit einer Kollegin oder einem Kollegen.',
	refundIntro: 'Es tut mir leid, dass es nicht gepasst hat. Für eine Rückerstattung wenden Sie sich bitte an:',

	cartIntro: 'Notiert:',
	cartDelivery: { product: (fee) => `Lieferung: ${fee}`, service: (fee) => `Anfahrt: ${fee}` },
	cartDeliveryFree: { product: 'Lieferung: kostenlos', service: 'Anfahrt: kostenlos' },
	cartProducts: { product: (sum) => `Produkte: ${sum}`, service: (sum) => `Leistungen: ${sum}` },
	cartTotal: (total) => `Gesamt: ${total}`,
	cartCity: (city) => `Stadt: ${city}`,
	cartAddress: (address) => `Adresse: ${address}`,
	cartWhen: (when) => `Termin: ${when}`,
	cartDelivered: (when) => `Lieferzeit: ${when}`,
	removed: (name) => `„${name}“ habe ich entfernt.`,
	cartEmpty: 'Ihre Bestellung ist jetzt leer. Was darf es sein?',

	missing: (details, { kind, item, cities }) => {
		const where = kind === 'product' ? 'die Lieferstadt' : 'die Stadt';
		const words = {
			quantity: item === '' ? 'wie viele Sie möchten' : `wie viele von „${item}“ Sie möchten`,
			city: cities === '' ? where : `${where} (${cities})`,
			phone: 'eine Telefonnummer mit + und Ländervorwahl',
			name: kind === 'product' ? 'den Namen der Empfängerin oder des Empfängers' : 'Ihren Namen',
			address: 'Straße und Hausnummer',
		};
		return `Für die Bestellung nennen Sie mir bitte ${listOf(LOCALE, details.map((detail) => words[detail]))}.`;
	},
	phoneInvalid: 'Die Telefonnummer scheint nicht vollständig zu sein: Bitte schreiben Sie sie mit + und Ländervorwahl.',
	numberNotVisible: 'Ihre Nummer kann ich hier nicht sehen, bitte schreiben Sie sie in Ziffern, mit + und Ländervorwahl.',
	noted: 'Danke, notiert.',

	committed: (name) => `Vielen Dank, ${name}! Ihre Bestellung:`,
	linkFollows: 'Hier ist der Zahlungslink.',
	nothingToPay: 'Die Bestellung ist bestätigt, es ist nichts zu bezahlen.',
	teamArrangesPayment: 'Ich habe Ihre Bestellung weitergegeben: Unser Team stimmt die Zahlung mit Ihnen ab.',

	payHow: 'Sobald die Bestellung vollständig ist, erhalten Sie einen Link zur sicheren Online-Zahlung.',
	payByTeam: 'Sobald die Bestellung vollständig ist, stimmt unser Team die Zahlung mit Ihnen ab.',
	noOrderYet: 'Es gibt noch keine Bestellung, die zu bezahlen wäre.',
	awaitingPayment: (total) => `Ihre Bestellung über ${total} wartet auf die Zahlung.`,
	notPaidYet: (total) => `Die Zahlung für Ihre Bestellung über ${total} sehe ich noch nicht.`,
	paymentLink: (url) => `Hier können Sie bezahlen: ${url}`,
	paid: 'Ihre Bestellung ist bezahlt. Vielen Dank!',
	refunded: (sum) => `Wir erstatten Ihnen ${sum}. Es kann einige Tage dauern, bis Ihre Bank es anzeigt.`,
	refundAsked: (sum) => `Die Rückerstattung von ${sum} ist beantragt. Wir schreiben Ihnen hier, sobald sie ausgeführt ist.`,
	refundNotMade: (sum) => `${sum} konnten nicht automatisch zurückgezahlt werden. Unser Team kümmert sich darum und schreibt Ihnen hier.`,
	refundByTeam: 'Das war bezahlt: Unser Team sieht sich die Zahlung an und schreibt Ihnen hier.',
	freeOrder: 'Ihre Bestellung ist kostenlos und bestätigt, es ist nichts zu bezahlen.',
	orderClosed: 'Ihre letzte Bestellung ist abgeschlossen. Gern nehme ich eine neue auf.',

	whenSuits: (name) => `Wann passt es Ihnen („${name}“)? Bitte wählen Sie:`,
	whenDelivered: 'Wann dürfen wir liefern? Bitte wählen Sie:',
	freeTimes: 'Diese Zeiten sind frei:',
	timeNotFree: 'Diese Zeit ist nicht frei. Frei sind:',
	noTimeFree: (name) => `Zurzeit ist für „${name}“ nichts frei. Wenn Sie möchten, verbinde ich Sie mit einem Kollegen.`,
	yourBookings: 'Das ist für Sie gebucht:',
	cancelBooking: (name, when) => `Soll ich „${name}“ (${when}) absagen? Bitte antworten Sie mit „ja“ oder „nein“.`,
	bookingIsCancelled: (name, when) => `Erledigt: „${name}“ (${when}) ist abgesagt.`,
	moveBooking: (name) => `Welche dieser Zeiten passt Ihnen stattdessen für „${name}“?`,
	bookingIsMoved: (name, when) => `Erledigt: „${name}“ ist jetzt am ${when}.`,
	bookingFixed: (name) => `„${name}“ kann ich hier nicht mehr ändern und gebe Sie deshalb an einen Kollegen weiter, der Ihnen hier antwortet.`,

	bookingMoved: (name, when) => `Bitte beachten Sie: „${name}“ wurde auf ${when} verlegt. Wenn Ihnen das nicht passt, schreiben Sie uns einfach.`,
	bookingCancelled: (name, when) => `Leider wurde „${name}“ am ${when} abgesagt. Schreiben Sie uns, dann finden wir einen anderen Termin.`,
	slotTaken: (name) => `Leider wurde die gewählte Zeit für „${name}“ gerade vergeben.`,
	slotTakenOther: 'Welche andere Zeit würde Ihnen passen?',

	cancelled: 'In Ordnung, Ihre Bestellung ist geleert. Wenn Sie noch etwas brauchen, schreiben Sie einfach.',
	cancelledUnpaid: 'In Ordnung. Sie müssen nichts bezahlen: Eine unbezahlte Bestellung verfällt einfach.',
	handover: 'Natürlich, ich verbinde Sie mit einer Kollegin oder einem Kollegen. Die Antwort kommt hier.',
	complaint: 'Das tut mir sehr leid. Ich gebe Ihre Nachricht an das Team weiter. Die Antwort kommt hier.',
	thanks: 'Gern geschehen!',
	whatElse: 'Wie kann ich Ihnen helfen?',
	identity: (company) => (company === '' ? 'Ich bin der automatische Assistent. Wenn Sie lieber mit einem Menschen sprechen möchten, sagen Sie es einfach.' : `Ich bin der automatische Assistent von ${company}. Wenn Sie lieber mit einem Menschen sprechen möchten, sagen Sie es einfach.`),
	pleaseWrite: 'Das kann ich hier nicht erkennen: Bitte schreiben Sie es in Worten. Was suchen Sie?',
	noDiscount: 'Einen Rabatt kann ich nicht geben: Die Preise gelten wie aufgeführt.',
	noHours: 'Die Öffnungszeiten habe ich hier nicht. Wenn Sie möchten, verbinde ich Sie mit einer Kollegin oder einem Kollegen.',
	dateOpen: 'Tag und Uhrzeit kann ich hier nicht festlegen: Unser Team stimmt sie mit Ihnen ab.',
	whatToChange: 'Kein Problem. Was möchten Sie ändern?',
	offTopic: {
		product: 'Dabei kann ich nicht helfen, aber gern erzähle ich Ihnen von unseren Produkten, Preisen und der Lieferung.',
		service: 'Dabei kann ich nicht helfen, aber gern erzähle ich Ihnen von unseren Leistungen und Preisen.',
		hybrid: 'Dabei kann ich nicht helfen, aber gern erzähle ich Ihnen von unseren Produkten, Leistungen und Preisen.',
	},
	unclear: {
		product: 'Entschuldigung, das habe ich nicht ganz verstanden. Was möchten Sie bestellen oder über unsere Produkte wissen?',
		service: 'Entschuldigung, das habe ich nicht ganz verstanden. Was möchten Sie buchen oder über unsere Leistungen wissen?',
		hybrid: 'Entschuldigung, das habe ich nicht ganz verstanden. Was möchten Sie bestellen oder über unsere Produkte und Leistungen wissen?',
	},
	cutOff: 'Soll ich mehr schicken?',
};
