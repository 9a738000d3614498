import type { Request, Response, Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { suffer } from '../faults.ts';
import type { JsonObject } from '../json.ts';
import { isObject, numberOf, parseJson, stringOf } from '../json.ts';
import { hostedPage, html } from '../pages/html.ts';
import { sendPage } from '../pages/router.ts';
import { TBANK_ROUTES } from '../routes.ts';
import { cancel, findPayment, isOpen, pay, TbankRefusal } from './payments.ts';
import { signedToken } from './token.ts';

type Operation = (typeof TBANK_ROUTES)[number]['operation'];
type Body = Readonly<Record<string, unknown>>;

const DAY_MS = 86_400_000;
const MOST_DAYS = 90;
const WEBHOOK_PATIENCE_MS = 10_000;

const HANDLERS: Readonly<Record<Operation, (context: SandboxContext, body: Body) => JsonObject>> = { Init: init, GetState: getState, Cancel: cancelPayment };

/** T-Bank's internet acquiring, API v2, and its payment page. Mounted at `/tbank`. */
export function createTbankRouter(context: SandboxContext): Router {
	const router = express.Router();
	for (const route of TBANK_ROUTES) router.post(`/v2${route.path}`, (req, res) => answer(context, route.operation, req, res));
	router.get('/pay/:payment', (req, res) => {
		const payment = context.store.current.tbank.payments[stringOf(req.params['payment'])];
		if (payment === undefined) return sendPage(res, 404, notice('Платёж не найден', ''));
		if (!isOpen(payment)) return sendPage(res, 200, notice(payment.status === 'CONFIRMED' ? 'Оплачено' : 'Оплата недоступна', payment.status));
		if (payment.status === 'NEW') payment.status = 'FORM_SHOWED';
		const sum = new Intl.NumberFormat('ru-RU', { style: 'currency', currency: 'RUB' }).format(payment.amount / 100);
		const body = html`<section class="summary" data-payment="${payment.id}" data-state="open"><h1>${payment.description}</h1><p class="amount">${sum}</p></section>
<form class="payment" method="post" action="/tbank/pay/${payment.id}"><button class="pay" type="submit">${payment.language === 'en' ? 'Pay' : 'Оплатить'} ${sum}</button></form>`;
		sendPage(res, 200, hostedPage({ lang: payment.language, title: `T-Bank · ${sum}`, body }));
	});
	router.post('/pay/:payment', async (req, res) => {
		const payment = context.store.current.tbank.payments[stringOf(req.params['payment'])];
		if (payment === undefined || !isOpen(payment)) return res.redirect(303, payment?.failUrl ?? '/');
		await Promise.race([pay(context, payment), new Promise((resolve) => setTimeout(resolve, WEBHOOK_PATIENCE_MS).unref())]);
		res.redirect(303, payment.successUrl);
	});
	return router;
}

async function answer(context: SandboxContext, operation: Operation, req: Request, res: Response): Promise<void> {
	const fault = context.faults.take('tbank', operation);
	if (fault?.mode === 'status') return void res.status(fault.status).type('html').send('<html>Sandbox fault</html>');
	if (fault !== undefined && !(await suffer(fault, res))) return;
	const body = Buffer.isBuffer(req.body) ? parseJson(req.body.toString('utf8')) : undefined;
	try {
		if (!isObject(body)) throw new TbankRefusal('9', 'Тело запроса не JSON');
		const password = context.store.current.tbank.terminals[stringOf(body['TerminalKey'])];
		if (password === undefined) throw new TbankRefusal('501', 'Терминал не найден');
		if (stringOf(body['Token']).toLowerCase() !== signedToken(body, password)) throw new TbankRefusal('204', 'Неверный токен. Проверьте пару TerminalKey/SecretKey.');
		const done = HANDLERS[operation](context, body);
		context.store.changed();
		res.json({ Success: true, ErrorCode: '0', TerminalKey: stringOf(body['TerminalKey']), ...done });
	} catch (error) {
		if (!(error instanceof TbankRefusal)) throw error;
		// The bank says 200 to what it refuses.
		res.json({ Success: false, ErrorCode: error.errorCode, Message: 'Неверные параметры.', Details: error.message });
	}
}

function init(context: SandboxContext, body: Body): JsonObject {
	const state = context.store.current.tbank;
	const amount = numberOf(body['Amount'], Number.NaN);
	if (!Number.isInteger(amount) || amount < 1) throw new TbankRefusal('9', 'Поле Amount: сумма в копейках');
	const orderId = stringOf(body['OrderId']);
	if (orderId === '' || orderId.length > 36) throw new TbankRefusal('9', 'Поле OrderId: от 1 до 36 символов');
	const description = stringOf(body['Description']);
	if (description.length > 140) throw new TbankRefusal('9', 'Поле Description: не больше 140 символов');
	if (body['PayType'] !== 'O') throw new TbankRefusal('9', 'Песочница знает только одностадийные платежи (PayType O)');
	const given = stringOf(body['RedirectDueDate']);
	const dueAt = given === '' ? context.now() + DAY_MS : Date.parse(given);
	if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/.test(given) && given !== '') throw new TbankRefusal('9', 'Поле RedirectDueDate: YYYY-MM-DDTHH24:MI:SS+GMT');
	if (dueAt < context.now() || dueAt > context.now() + MOST_DAYS * DAY_MS) throw new TbankRefusal('9', 'Поле RedirectDueDate: не раньше сейчас и не позже 90 дней');
	state.lastId += 1;
	const id = String(state.lastId);
	const data = isObject(body['DATA']) ? Object.fromEntries(Object.entries(body['DATA']).map(([key, value]) => [key, stringOf(value)])) : {};
	state.payments[id] = {
		id, terminalKey: stringOf(body['TerminalKey']), orderId, status: 'NEW', amount, left: amount, description, language: stringOf(body['Language'], 'ru'),
		notificationUrl: stringOf(body['NotificationURL']), successUrl: stringOf(body['SuccessURL'], '/'), failUrl: stringOf(body['FailURL'], '/'), dueAt, data,
		cancellations: {}, notifications: [],
	};
	return { Status: 'NEW', PaymentId: id, OrderId: orderId, Amount: amount, PaymentURL: `${context.url()}/tbank/pay/${id}` };
}

function getState(context: SandboxContext, body: Body): JsonObject {
	const payment = ownPayment(context, body);
	return { Status: payment.status, PaymentId: payment.id, OrderId: payment.orderId, Amount: payment.amount };
}

function cancelPayment(context: SandboxContext, body: Body): JsonObject {
	const payment = ownPayment(context, body);
	const wanted = numberOf(body['Amount'], Number.NaN);
	const { before, after, status } = cancel(context, payment, Number.isNaN(wanted) ? null : wanted, stringOf(body['ExternalRequestId']));
	return { Status: status, PaymentId: payment.id, OrderId: payment.orderId, OriginalAmount: before, NewAmount: after, ExternalRequestId: stringOf(body['ExternalRequestId']) };
}

function ownPayment(context: SandboxContext, body: Body) {
	const payment = findPayment(context, stringOf(body['PaymentId']));
	if (payment.terminalKey !== stringOf(body['TerminalKey'])) throw new TbankRefusal('255', `Платеж ${payment.id} не найден`);
	return payment;
}

function notice(title: string, text: string): string {
	return hostedPage({ lang: 'ru', title, body: html`<section class="notice"><h1>${title}</h1><p>${text}</p></section>` });
}
