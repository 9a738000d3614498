import type { Catalog } from '../../../../core/catalog/catalog.ts';
import { withAvailableStock } from '../../../../core/orders/stock.ts';
import type { Sql } from '../../store/database.ts';
import type { Order, OrderLine } from './repository.ts';

/** Whose reservations take nothing from what is asked for: the order's own, or those that a conversation's newer order takes the place of. */
interface Except {
	readonly orderId?: string;
	readonly conversationId?: string;
}

export interface Checked {
	readonly shortage: Shortage | null;
	/** Pieces by sku, of the products that have a stated stock: of the others there is always enough, and nothing is held. */
	readonly limited: ReadonlyMap<string, number>;
}

export interface Shortage {
	readonly sku: string;
	readonly name: string;
	readonly quantity: number;
}

/** How many pieces an order wants of each product; services are held as time, not as stock. */
function wanted(lines: readonly OrderLine[]): Map<string, number> {
	const units = new Map<string, number>();
	for (const { sku, kind, quantity } of lines) if (kind === 'product') units.set(sku, (units.get(sku) ?? 0) + quantity);
	return units;
}

/** What orders have taken from the stated stock, by sku. Every function runs in the tenant's session `sql`. */
export async function takenFromStock(sql: Sql, companyId: string, except: Except = {}): Promise<ReadonlyMap<string, number>> {
	const { rows } = await sql.query<{ taken: Record<string, number> }>('SELECT taken_from_stock(current_tenant(), $1, $2, $3) AS taken', [
		companyId, except.orderId ?? null, except.conversationId ?? null,
	]);
	return new Map(Object.entries(rows[0]?.taken ?? {}));
}

/** The catalog as one conversation may buy from it now. */
export async function availableIn(sql: Sql, catalog: Catalog, companyId: string, conversationId: string): Promise<Catalog> {
	return withAvailableStock(catalog, await takenFromStock(sql, companyId, { conversationId }));
}

export const stockReservations = {
	/**
	 * Whether there is enough of every product of an order; then nobody else can take it until the transaction ends. Call it with the
	 * conversation locked, never before.
	 */
	async check(sql: Sql, companyId: string, lines: readonly OrderLine[], loadCatalog: () => Promise<Catalog>, except: Except): Promise<Checked> {
		const units = wanted(lines);
		const limited = new Map<string, number>();
		if (units.size === 0) return { shortage: null, limited };
		// In one order everywhere, so that two orders of the same products wait instead of blocking each other.
		for (const sku of [...units.keys()].sort()) await sql.query(`SELECT pg_advisory_xact_lock(hashtextextended('stock:' || $1 || ':' || $2, 0))`, [companyId, sku]);
		const catalog = withAvailableStock(await loadCatalog(), await takenFromStock(sql, companyId, except));
		for (const [sku, quantity] of units) {
			const item = catalog.get(sku);
			const name = item?.name ?? lines.find((line) => line.sku === sku)?.name ?? sku;
			if (!item || (item.stock !== null && item.stock < quantity)) return { shortage: { sku, name, quantity }, limited };
			if (item.stock !== null) limited.set(sku, quantity);
		}
		return { shortage: null, limited };
	},
	/** Held for an attempt to pay, or sold at once when the order is free. */
	async put(sql: Sql, order: Order, { limited }: Checked, state: 'held' | 'sold', heldUntil: Date | null): Promise<void> {
		for (const [sku, quantity] of limited) {
			await sql.query(
				`INSERT INTO stock_reservations (tenant_id, company_id, order_id, sku, quantity, state, held_until) VALUES ($1, $2, $3, $4, $5, $6, $7)
				 ON CONFLICT (order_id, sku) DO UPDATE SET state = excluded.state, held_until = excluded.held_until, changed_at = now()
				 WHERE stock_reservations.state IN ('held', 'released')`,
				[order.tenantId, order.companyId, order.id, sku, quantity, state, heldUntil],
			);
		}
	},
	/** The order is paid: what was held for it is sold, also when it was not held any more. */
	async sell(sql: Sql, orderId: string): Promise<void> {
		await sql.query(
			`UPDATE stock_reservations SET state = 'sold', held_until = NULL, changed_at = now(), counted = (state = 'returned' AND counted)
			 WHERE order_id = $1 AND state <> 'sold'`,
			[orderId],
		);
	},
	/** All of the money went back: the pieces can be sold again. */
	async giveBack(sql: Sql, orderId: string): Promise<void> {
		await sql.query(`UPDATE stock_reservations SET state = 'returned', changed_at = now() WHERE order_id = $1 AND state = 'sold'`, [orderId]);
	},
	/** The business has stated the stock anew: what was sold until `at` is not in that number. `skus` null: of all products. */
	async count(sql: Sql, companyId: string, skus: readonly string[] | null, at: Date): Promise<void> {
		await sql.query(
			`UPDATE stock_reservations SET counted = (state = 'sold')
			 WHERE company_id = $1 AND ($2::text[] IS NULL OR sku = ANY ($2)) AND changed_at <= $3 AND ((state = 'sold' AND NOT counted) OR (state = 'returned' AND counted))`,
			[companyId, skus, at],
		);
	},
};
