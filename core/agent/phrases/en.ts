import { listOf, numberIn, plural } from './lists.ts';
import type { Phrases } from './phrases.ts';

const LOCALE = 'en-GB';

export const ENGLISH: Phrases = {
	language: 'English',
	locale: LOCALE,
	free: 'free',

	hello: 'Hello!',
	helloFrom: (company) => `Hello, this is ${company}!`,
	listIntro: { product: 'Here is what we have:', service: 'Here is what we offer:', hybrid: 'Here is what we offer:' },
	listMore: 'There is more: just write “more”.',
	listCategories: (categories) => `There is more in ${categories}. Write “more” to see the rest, or tell me what you are looking for.`,
	listEnd: 'Which one would you like?',
	listEmpty: 'Our list is being updated right now, so I can’t offer anything yet.',

	whichOne: 'Which one do you mean?',
	whichForCount: (count) => `There are several ways to put ${count} together. Which one suits you?`,
	notFound: {
		product: 'I can’t find that among our products. What exactly are you looking for?',
		service: 'I can’t find that among our services. What exactly are you looking for?',
		hybrid: 'I can’t find that among our products and services. What exactly are you looking for?',
	},
	alsoHave: 'We also have:',
	partNotFound: 'I couldn’t find everything you named. What else are you looking for, or shall we leave it at that?',
	quantityUnavailable: (name) => `“${name}” is not available in that quantity. How many would you like instead?`,
	privacyPolicy: (url) => `How we handle your data: ${url}`,
	priceChanged: (name, price) => `Please note that the price of “${name}” has changed: it is now ${price}.`,
	wantToOrder: 'Would you like to order it?',
	whenReady: 'All right, no hurry. Just tell me when you would like to order.',

	deliveryFee: { product: (fee) => `Delivery costs ${fee} per order`, service: (fee) => `The travel fee is ${fee} per order` },
	deliveryFreeFrom: (threshold) => `free from ${threshold}`,
	deliveryNone: { product: 'Delivery is free.', service: 'There is no travel fee.' },
	deliveryTime: (hours) => `Delivery takes up to ${numberIn(LOCALE, hours)} ${plural(LOCALE, hours, { one: 'hour', other: 'hours' })}.`,
	deliveryVaries: {
		product: 'The delivery price depends on what you order. What would you like to have delivered?',
		service: 'The travel fee depends on the service. Which one are you interested in?',
	},

	cities: { product: (cities) => `We deliver to: ${cities}.`, service: (cities) => `Our services are available in: ${cities}.` },
	itemCities: (name, cities) => `“${name}” is available in: ${cities}.`,
	servedThere: { product: 'Yes, we deliver there.', service: 'Yes, it is available there.' },
	online: 'It takes place online.',
	notServed: { product: 'Unfortunately, we don’t deliver there.', service: 'Unfortunately, that isn’t available there.' },
	itemsNotServed: (names) => `Unfortunately, ${names} can’t be delivered or provided there.`,
	allServedIn: (cities) => `It is available in: ${cities}. Would one of these suit you?`,
	availableThere: 'There we can offer you:',

	duration: (duration) => `Duration: ${duration}.`,
	format: (format) => `Format: ${format}.`,
	detailLabel: {
		included: 'Included', not_included: 'Not included', what_guarantee: 'We guarantee', what_not_guarantee: 'We don’t guarantee',
		suitable_for: 'Suitable for', not_suitable_for: 'Not suitable for',
	},
	contactLabel: {
		supplier_contact: 'Supplier', supplier_company_services: 'Refunds', warehouse_address: 'Warehouse', specialist_contact: 'Contact',
	},
	address: (address) => `Address: ${address}.`,
	website: (url) => `Here is the page: ${url}`,
	noneForItem: 'Sorry, there is none for this item.',
	whichItem: 'Which one are you interested in?',
	noContact: 'Unfortunately, I have no such contact. If you like, I can pass you on to a colleague.',
	refundIntro: 'I’m sorry it didn’t work out. For a refund, please contact:',

	cartIntro: 'Noted:',
	cartDelivery: { product: (fee) => `Delivery: ${fee}`, service: (fee) => `Travel: ${fee}` },
	cartDeliveryFree: { product: 'Delivery: free', service: 'Travel: free' },
	cartProducts: { product: (sum) => `Products: ${sum}`, service: (sum) => `Services: ${sum}` },
	cartTotal: (total) => `Total: ${total}`,
	cartCity: (city) => `City: ${city}`,
	cartAddress: (address) => `Address: ${address}`,
	cartWhen: (when) => `When: ${when}`,
	cartDelivered: (when) => `Delivery time: ${when}`,
	removed: (name) => `I’ve removed “${name}”.`,
	cartEmpty: 'There is nothing in your order now. What would you like?',

	missing: (details, { kind, item, cities }) => {
		const where = kind === 'product' ? 'the delivery city' : 'the city';
		const words = {
			quantity: item === '' ? 'how many you would like' : `how many of “${item}” you would like`,
			city: cities === '' ? where : `${where} (${cities})`,
			phone: 'a phone number with + and the country code',
			name: kind === 'product' ? 'the recipient’s name' : 'your name',
			address: 'the street and house number',
		};
		return `To place the order, please tell me ${listOf(LOCALE, details.map((detail) => words[detail]))}.`;
	},
	phoneInvalid: 'That phone number doesn’t look complete: please write it with + and the country code.',
	numberNotVisible: 'I can’t see your number here, so please write it in digits, with + and the country code.',
	noted: 'Thank you, noted.',

	committed: (name) => `Thank you, ${name}! Your order:`,
	linkFollows: 'Here is the payment link.',
	nothingToPay: 'The order is confirmed, there is nothing to pay.',
	teamArrangesPayment: 'I’ve passed your order on: our team will arrange the payment with you.',

	payHow: 'Once the order is placed, you get a link for secure online payment.',
	payByTeam: 'Our team will arrange the payment with you once the order is placed.',
	noOrderYet: 'There is no order to pay for yet.',
	awaitingPayment: (total) => `Your order for ${total} is waiting for payment.`,
	notPaidYet: (total) => `I don’t see the payment for your order of ${total} yet.`,
	paymentLink: (url) => `You can pay here: ${url}`,
	paid: 'Your order is paid. Thank you!',
	refunded: (sum) => `We are giving ${sum} back to you. It can take a few days until your bank shows it.`,
	refundAsked: (sum) => `I have asked for ${sum} to be given back to you. We’ll write to you here when that is done.`,
	refundNotMade: (sum) => `${sum} could not be given back to you automatically. Our team is looking into it and will write to you here.`,
	refundByTeam: 'You have paid for it: our team will look at the payment and write to you here.',
	freeOrder: 'Your order is free and confirmed, there is nothing to pay.',
	orderClosed: 'Your last order is closed. I’ll gladly take a new one.',

	whenSuits: (name) => `When would suit you (“${name}”)? Please choose one:`,
	whenDelivered: 'When shall we deliver? Please choose one:',
	freeTimes: 'These times are free:',
	timeNotFree: 'That time isn’t free. These are:',
	noTimeFree: (name) => `Right now there is no free time for “${name}”. If you like, I can pass you on to a colleague.`,
	yourBookings: 'This is booked for you:',
	cancelBooking: (name, when) => `Shall I cancel “${name}” (${when})? Please answer “yes” or “no”.`,
	bookingIsCancelled: (name, when) => `Done: “${name}” (${when}) is cancelled.`,
	moveBooking: (name) => `Which of these times would suit you instead for “${name}”?`,
	bookingIsMoved: (name, when) => `Done: “${name}” is now on ${when}.`,
	bookingFixed: (name) => `I can’t change “${name}” here any more, so I’m passing you on to a colleague who will answer you here.`,

	bookingMoved: (name, when) => `Please note: “${name}” has been moved to ${when}. If that doesn’t suit you, just write.`,
	bookingCancelled: (name, when) => `Unfortunately, “${name}” on ${when} has been cancelled. Write to us and we’ll find another time.`,
	slotTaken: (name) => `Unfortunately, the time you chose for “${name}” has just been taken.`,
	slotTakenOther: 'What other time would suit you?',

	cancelled: 'All right, I’ve cleared your order. If you need anything else, just write.',
	cancelledUnpaid: 'All right. You don’t need to pay anything: an unpaid order simply lapses.',
	handover: 'Of course, I’m passing you on to a colleague who will answer you here.',
	complaint: 'I’m very sorry about that. I’m passing your message on to a colleague who will answer you here.',
	thanks: 'You’re welcome!',
	whatElse: 'How can I help you?',
	identity: (company) => (company === '' ? 'I’m the automatic assistant here. If you’d rather talk to a person, just say so.' : `I’m the automatic assistant of ${company}. If you’d rather talk to a person, just say so.`),
	pleaseWrite: 'I can’t make that out here: please write it in words. What are you looking for?',
	noDiscount: 'I can’t give any discount: the prices are as listed.',
	noHours: 'I don’t have the opening hours here. If you like, I can pass you on to a colleague.',
	dateOpen: 'I can’t set a day or time here: our team will agree on it with you.',
	whatToChange: 'No problem. What would you like to change?',
	offTopic: {
		product: 'I can’t help with that, but I’ll gladly tell you about our products, prices and delivery.',
		service: 'I can’t help with that, but I’ll gladly tell you about our services and prices.',
		hybrid: 'I can’t help with that, but I’ll gladly tell you about our products, services and prices.',
	},
	unclear: {
		product: 'Sorry, I didn’t quite get that. What would you like to order, or what would you like to know about our products?',
		service: 'Sorry, I didn’t quite get that. What would you like to book, or what would you like to know about our services?',
		hybrid: 'Sorry, I didn’t quite get that. What would you like to order, or what would you like to know about our products and services?',
	},
	cutOff: 'Shall I send more?',
};
