-- Up Migration
-- A turn whose answer never left is superseded: the order that its decision made waits for a payment whose link nobody got. It is to be cancelled,
-- which takes more than rows (its payment session is the provider's), so that a worker does it: told here, and found again by its sweep.
CREATE FUNCTION announce_superseded_order() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
	PERFORM pg_notify('concierge_superseded_orders', o.id) FROM decisions d JOIN orders o ON o.decision_id = d.id
	WHERE d.turn_id = NEW.id AND o.status = 'awaiting_payment';
	RETURN NULL;
END $$;
CREATE TRIGGER turn_superseded AFTER UPDATE OF state ON turns FOR EACH ROW
	WHEN (NEW.state = 'superseded' AND OLD.state <> 'superseded')
	EXECUTE FUNCTION announce_superseded_order();

-- Unpaid orders of superseded turns: p_order alone, or whichever are left.
CREATE FUNCTION orders_of_superseded_turns(p_order text, p_limit integer) RETURNS TABLE (tenant_id text, order_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT o.tenant_id, o.id FROM orders o JOIN decisions d ON d.id = o.decision_id JOIN turns t ON t.id = d.turn_id
	WHERE o.status = 'awaiting_payment' AND t.state = 'superseded' AND (p_order IS NULL OR o.id = p_order)
	LIMIT p_limit
$$;

-- Down Migration
DROP FUNCTION orders_of_superseded_turns;
DROP TRIGGER turn_superseded ON turns;
DROP FUNCTION announce_superseded_order;
