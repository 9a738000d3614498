import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { CountryCode } from 'libphonenumber-js';
import type { Logger } from 'pino';
import type { CustomerAddress } from '../../../../core/channels/channel.ts';
import { findChannelAdapter } from '../../../../core/channels/channels.ts';
import { AppError } from '../../../../core/errors.ts';
import { missing } from '../../http/authenticate.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import { conversationRepository } from './repository.ts';
import type { Conversation } from './repository.ts';

/** What it needs of vendors/waha: a customer's other address on WhatsApp. */
export interface AddressLookup {
	phoneToLid(session: string, phone: string): Promise<string | null>;
	lidToPhone(session: string, lid: string): Promise<string | null>;
}

export interface NamedCustomer {
	readonly connectionId: string;
	readonly customer: { readonly id: string } | { readonly phone: string };
	/** '' when it is not given. */
	readonly name: string;
	readonly state: 'bot' | 'human';
}

interface ConnectionRow {
	id: string;
	company_id: string;
	channel: string;
	external_id: string;
	country: string;
}

/** Opens the conversation with a customer who may never have written, or finds it, and sets who answers in it. */
export function createOpening(deps: { database: Database; waha?: AddressLookup | null; log?: Logger }) {
	const { database } = deps;

	/** WhatsApp customers may write under a hidden address: both are made known, so that their first message finds the conversation. */
	async function otherAddress(connection: ConnectionRow, address: CustomerAddress): Promise<CustomerAddress | null> {
		if (connection.channel !== 'whatsapp' || !deps.waha) return null;
		try {
			const other = address.phone === ''
				? await deps.waha.lidToPhone(connection.external_id, address.chatId)
				: await deps.waha.phoneToLid(connection.external_id, address.phone);
			return other === null ? null : addressOn(connection.channel, { id: other });
		} catch (error) {
			// It is looked up again when they write (features/gateway/resolve-address.ts).
			deps.log?.info({ err: error, connection: connection.id }, "a customer's other address could not be looked up");
			return null;
		}
	}

	/** @throws AppError `connection_not_found` (404), `customer_address_invalid` (400) */
	return async function open(tenantId: string, named: NamedCustomer): Promise<{ conversation: Conversation; created: boolean }> {
		const connection = await database.withTenant(tenantId, (sql) => findConnection(sql, named.connectionId));
		const address = addressOf(connection, named.customer);
		const other = await otherAddress(connection, address);
		return database.withTenant(tenantId, async (sql) => {
			const id = newId('cnv');
			const opened = await conversationRepository.open(sql, {
				id,
				tenantId,
				companyId: connection.company_id,
				connectionId: connection.id,
				// The open address first: it is the one that is written to.
				addresses: [address, ...(other ? [other] : [])].toSorted((a, b) => Number(b.phone !== '') - Number(a.phone !== '')).map(({ chatId }) => chatId),
				phone: address.phone || (other?.phone ?? ''),
				name: named.name,
				state: named.state,
			});
			const conversation = await conversationRepository.find(sql, opened);
			if (!conversation) throw missing('conversation', opened);
			return { conversation, created: opened === id };
		});
	};
}

async function findConnection(sql: Sql, connectionId: string): Promise<ConnectionRow> {
	const { rows } = await sql.query<ConnectionRow>(
		`SELECT c.id, c.company_id, c.channel, c.external_id, k.country FROM connections c JOIN companies k ON k.id = c.company_id
		 WHERE c.id = $1 AND c.state <> 'deleting'`,
		[connectionId],
	);
	return rows[0] ?? refuse(connectionId);
}

function refuse(connectionId: string): never {
	throw missing('connection', connectionId);
}

function addressOf(connection: ConnectionRow, customer: NamedCustomer['customer']): CustomerAddress {
	if ('id' in customer) {
		const address = addressOn(connection.channel, { id: customer.id.trim() });
		if (address) return address;
		throw invalid(`${JSON.stringify(customer.id)} is no person's chat id on ${connection.channel}. ${EXAMPLES[connection.channel] ?? ''}`);
	}
	const phone = parsePhoneNumberFromString(customer.phone, { defaultCountry: connection.country as CountryCode });
	if (!phone?.isValid()) {
		throw invalid(`${JSON.stringify(customer.phone)} is no valid phone number. Write it with its country code, like +34 699 111 222; without one it is read as a number of ${connection.country}.`);
	}
	const address = addressOn(connection.channel, { phone: phone.number.slice(1) });
	if (address) return address;
	throw invalid(`On ${connection.channel} a customer is not known by phone. Give the chat id instead. ${EXAMPLES[connection.channel] ?? ''}`);
}

const EXAMPLES: Readonly<Record<string, string>> = {
	whatsapp: 'It looks like 34699111222@c.us or 120000000000001@lid.',
	telegram: "It is the person's numeric id, like 123456789.",
};

function addressOn(channel: string, given: { id: string } | { phone: string }): CustomerAddress | null {
	return findChannelAdapter(channel)?.customerAddress(given) ?? null;
}

function invalid(message: string): AppError {
	return new AppError('customer_address_invalid', message.trim(), { status: 400 });
}
