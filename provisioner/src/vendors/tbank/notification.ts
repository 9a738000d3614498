import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { isSigned } from './token.ts';

const notification = z.object({
	TerminalKey: z.string(),
	OrderId: z.union([z.string(), z.number()]).transform(String),
	PaymentId: z.union([z.string(), z.number()]).transform(String),
	Status: z.string().min(1).max(40),
	/** Kopecks. */
	Amount: z.coerce.number().int().nonnegative(),
	Success: z.boolean(),
});
/** The bank tells that a payment's state changed. https://developer.tbank.ru/eacq/intro/developer/notification */
export type TbankNotification = z.output<typeof notification>;

/**
 * The bank signs the members, not the bytes, so the body is parsed before it is verified. What it holds besides (the card, the payer) is dropped.
 * @throws AppError `body_not_json` (400), `signature_invalid` (401), `event_not_understood` (422)
 */
export function readNotification(rawBody: Buffer, terminal: { readonly terminalKey: string; readonly password: string }): TbankNotification {
	let body: unknown;
	try {
		body = JSON.parse(rawBody.toString('utf8'));
	} catch (cause) {
		throw new AppError('body_not_json', 'The body is not valid JSON.', { status: 400, cause });
	}
	const members = z.record(z.string(), z.unknown()).safeParse(body);
	if (!members.success || !isSigned(members.data, terminal.password) || members.data['TerminalKey'] !== terminal.terminalKey) {
		throw new AppError('signature_invalid', 'The Token does not match. Check TerminalKey and Password of the payment account.', { status: 401 });
	}
	const read = notification.safeParse(body);
	if (read.success) return read.data;
	// Not acknowledged: the bank keeps it, until it can be read.
	throw new AppError('event_not_understood', 'This notification is not of the form that T-Bank documents. It is not acknowledged.', { status: 422 });
}
