-- Up Migration
-- What a provider tells of a payment after it: refunds and disputes, each with what is known of it by now (core/orders/payment-facts.ts).
-- Kept by payment, because events come in any order: a refund can be known before the payment that it gives back.
ALTER TABLE checkout_sessions
	ADD COLUMN payment_intent_id text,
	ADD COLUMN paid_at timestamptz,
	-- A payment that was on its way did not come: whatever is told later of its being on its way is older.
	ADD COLUMN payment_failed boolean NOT NULL DEFAULT false;
CREATE INDEX checkout_sessions_of_payment ON checkout_sessions (tenant_id, account_id, payment_intent_id) WHERE payment_intent_id IS NOT NULL;
UPDATE checkout_sessions s SET paid_at = o.paid_at FROM orders o
	WHERE o.id = s.order_id AND o.status = 'paid' AND s.status = 'complete';
UPDATE checkout_sessions s SET payment_intent_id = e.payload #>> '{data,object,payment_intent}' FROM payment_events e
	WHERE e.payload #>> '{data,object,id}' = s.id AND e.payload #>> '{data,object,payment_intent}' IS NOT NULL;

ALTER TABLE orders
	ADD COLUMN refunded_cents bigint NOT NULL DEFAULT 0,
	-- As Stripe words it; null: nobody disputes the payment.
	ADD COLUMN dispute_status text;
ALTER TABLE orders DROP CONSTRAINT orders_status_check;
ALTER TABLE orders ADD CONSTRAINT orders_status_check CHECK (status IN ('awaiting_payment', 'paid', 'refunded', 'confirmed', 'expired', 'cancelled'));

CREATE TABLE payment_refunds (
	-- Stripe's id, re_…
	id text NOT NULL,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	account_id text NOT NULL,
	payment_intent_id text NOT NULL,
	amount_cents bigint NOT NULL,
	currency text NOT NULL,
	status text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, account_id, id)
);
CREATE INDEX payment_refunds_of_payment ON payment_refunds (tenant_id, account_id, payment_intent_id);

CREATE TABLE payment_disputes (
	-- Stripe's id, du_… or dp_…
	id text NOT NULL,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	account_id text NOT NULL,
	payment_intent_id text NOT NULL,
	amount_cents bigint NOT NULL,
	currency text NOT NULL,
	status text NOT NULL,
	reason text NOT NULL DEFAULT '',
	-- When Stripe said so, in seconds: of two ends of a dispute the later one counts.
	told_at bigint NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, account_id, id)
);
CREATE INDEX payment_disputes_of_payment ON payment_disputes (tenant_id, account_id, payment_intent_id);

-- Pieces of a product that an order has taken from what the catalog says there is (core/orders/stock.ts).
CREATE TABLE stock_reservations (
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	company_id text NOT NULL REFERENCES companies ON DELETE CASCADE,
	order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
	sku text NOT NULL,
	quantity integer NOT NULL CHECK (quantity > 0),
	state text NOT NULL CHECK (state IN ('held', 'sold', 'released', 'returned')),
	-- The stock that the catalog says was stated after the sale: it is without these pieces already.
	counted boolean NOT NULL DEFAULT false,
	-- The end of the session that it was held for last.
	held_until timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	changed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (order_id, sku)
);
-- With all that is read of a row: the pieces taken of a company's products are summed for every turn.
CREATE INDEX stock_reservations_taken ON stock_reservations (tenant_id, company_id, sku) INCLUDE (quantity, state, counted, order_id)
	WHERE state = 'held' OR (state = 'sold' AND NOT counted) OR (state = 'returned' AND counted);
CREATE INDEX stock_reservations_held ON stock_reservations (held_until) WHERE state = 'held';

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['payment_refunds', 'payment_disputes', 'stock_reservations'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY own_rows ON %I USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', t);
	END LOOP;
END $$;

-- Pieces by sku that orders have taken from the stated stock of a company's products: held, sold since it was stated, less what came back of what
-- was sold before. `except_order`: its own; `except_conversation`: what that one holds, for its newer order takes the place of it. core/orders/stock.ts
CREATE FUNCTION taken_from_stock(of_tenant text, of_company text, except_order text, except_conversation text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public AS $$
	SELECT coalesce(jsonb_object_agg(sku, units), '{}') FROM (
		SELECT r.sku, sum(CASE WHEN r.state = 'returned' THEN -r.quantity ELSE r.quantity END) AS units FROM stock_reservations r
		WHERE r.tenant_id = of_tenant AND r.company_id = of_company
			AND (r.state = 'held' OR (r.state = 'sold' AND NOT r.counted) OR (r.state = 'returned' AND r.counted))
			AND r.order_id IS DISTINCT FROM except_order
			AND NOT (except_conversation IS NOT NULL AND r.state = 'held' AND EXISTS (SELECT 1 FROM orders o WHERE o.id = r.order_id AND o.conversation_id = except_conversation))
		GROUP BY r.sku
	) taken
$$;

-- The same for a turn, whose tenant's session may not be open.
CREATE FUNCTION stock_taken(turn text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT taken_from_stock(t.tenant_id, t.company_id, NULL, t.conversation_id) FROM turns t WHERE t.id = turn
$$;

-- The tenant of a payment, for events of an account that was disconnected after it. null: not ours.
CREATE FUNCTION tenant_of_payment_intent(account text, intent text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT tenant_id FROM checkout_sessions WHERE account_id = account AND payment_intent_id = intent LIMIT 1
$$;

-- Down Migration
DROP FUNCTION tenant_of_payment_intent;
DROP FUNCTION stock_taken;
DROP FUNCTION taken_from_stock;
DROP TABLE stock_reservations;
DROP TABLE payment_disputes;
DROP TABLE payment_refunds;
UPDATE orders SET status = 'paid' WHERE status = 'refunded';
ALTER TABLE orders DROP CONSTRAINT orders_status_check;
ALTER TABLE orders ADD CONSTRAINT orders_status_check CHECK (status IN ('awaiting_payment', 'paid', 'confirmed', 'expired', 'cancelled'));
ALTER TABLE orders DROP COLUMN dispute_status, DROP COLUMN refunded_cents;
DROP INDEX checkout_sessions_of_payment;
ALTER TABLE checkout_sessions DROP COLUMN payment_failed, DROP COLUMN paid_at, DROP COLUMN payment_intent_id;
