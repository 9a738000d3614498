-- Up Migration
-- Reminders of a payment (core/orders/reminders.ts). next_reminder_at: when the order is looked at again; null: no reminder comes any more.
ALTER TABLE orders
	ADD COLUMN reminders_sent integer NOT NULL DEFAULT 0,
	ADD COLUMN reminded_at timestamptz,
	ADD COLUMN next_reminder_at timestamptz;
CREATE INDEX orders_to_remind ON orders (next_reminder_at) WHERE status = 'awaiting_payment' AND next_reminder_at IS NOT NULL;
UPDATE orders SET next_reminder_at = created_at + payment_reminder_hours::double precision * interval '1 hour'
	WHERE status = 'awaiting_payment' AND payment_reminder_hours > 0;

-- Orders to look at, over all tenants, each given to one caller; who dies with one leaves it to be looked at ten minutes later.
CREATE FUNCTION claim_orders_to_remind(at timestamptz, row_limit integer) RETURNS TABLE (tenant_id text, order_id text)
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE orders c SET next_reminder_at = at + interval '10 minutes'
	WHERE c.id IN (
		SELECT o.id FROM orders o WHERE o.status = 'awaiting_payment' AND o.next_reminder_at <= at
		ORDER BY o.next_reminder_at LIMIT row_limit FOR UPDATE SKIP LOCKED
	)
	RETURNING c.tenant_id, c.id
$$;

-- Down Migration
DROP FUNCTION claim_orders_to_remind;
DROP INDEX orders_to_remind;
ALTER TABLE orders DROP COLUMN next_reminder_at, DROP COLUMN reminded_at, DROP COLUMN reminders_sent;
