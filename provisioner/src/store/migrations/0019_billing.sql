-- Up Migration
-- The platform's own subscriptions (core/tenancy): what a tenant may use, what it was told, what it has used. Apart from customers' payments in
-- every table. While billing is off, nothing of this limits anybody.

CREATE TABLE billing_subscriptions (
	tenant_id text PRIMARY KEY REFERENCES tenants ON DELETE CASCADE,
	-- core/tenancy/subscription.ts
	status text NOT NULL CHECK (status IN ('trialing', 'active', 'past_due', 'suspended', 'restricted')),
	plan text,
	trial_ends_at timestamptz,
	period_start timestamptz,
	period_end timestamptz,
	past_due_since timestamptz,
	-- What follows at pending_at; a pending_plan of null: nothing.
	pending_plan text,
	pending_at timestamptz,
	-- Limits that were agreed instead of the plan's own.
	agreed jsonb NOT NULL DEFAULT '{}',
	-- At the platform's own Stripe account, never the one of customers' payments.
	stripe_customer_id text UNIQUE,
	stripe_subscription_id text,
	-- The session that is open at Stripe's checkout.
	checkout_session_id text,
	-- Connections that the tenant gives up when the smaller plan begins, and those that are being removed now.
	removals text[] NOT NULL DEFAULT '{}',
	removing text[] NOT NULL DEFAULT '{}',
	-- Part of the idempotency keys of calls to Stripe: grows when the outcome of one is known.
	operation integer NOT NULL DEFAULT 0,
	-- Looking at Stripe takes a ticket; what an older ticket found is not stored over what a newer one has.
	last_ticket bigint NOT NULL DEFAULT 0,
	stored_ticket bigint NOT NULL DEFAULT 0,
	-- When something is to be done by itself; due_until: the process that does it.
	next_due_at timestamptz,
	due_until timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK ((plan IS NULL) = (status IN ('trialing', 'restricted')))
);
CREATE INDEX billing_subscriptions_due ON billing_subscriptions (next_due_at) WHERE next_due_at IS NOT NULL;

-- Every event of Stripe that was verified, once. Of invoices the sum, nothing of the payer.
CREATE TABLE billing_events (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	type text NOT NULL,
	amount_cents bigint,
	currency text,
	-- When it happened, by Stripe.
	happened_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX billing_events_of_tenant ON billing_events (tenant_id, happened_at DESC);

-- What a tenant is to be told, for its site to read and send on: each once.
CREATE TABLE billing_notices (
	id text PRIMARY KEY,
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	kind text NOT NULL,
	key text NOT NULL,
	details jsonb NOT NULL DEFAULT '{}',
	created_at timestamptz NOT NULL,
	UNIQUE (tenant_id, key)
);
CREATE INDEX billing_notices_of_tenant ON billing_notices (tenant_id, id DESC);

-- Of a calendar month in UTC. answers: turns that the bot answered.
CREATE TABLE usage_months (
	tenant_id text NOT NULL REFERENCES tenants ON DELETE CASCADE,
	month date NOT NULL,
	answers bigint NOT NULL DEFAULT 0,
	messages_received bigint NOT NULL DEFAULT 0,
	messages_sent bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, month)
);

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['billing_subscriptions', 'billing_events', 'billing_notices', 'usage_months'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY own_rows ON %I USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', t);
	END LOOP;
END $$;

-- Who was here before there were plans is not limited by one.
INSERT INTO billing_subscriptions (tenant_id, status, plan) SELECT id, 'active', 'enterprise' FROM tenants;

-- The bot of the tenant is silent, and why (core/tenancy/entitlements.ts); of a connection that its plan has no room for, since when.
ALTER TABLE tenants ADD COLUMN silent_reason text CHECK (silent_reason IN ('restricted', 'suspended', 'answer_limit'));
ALTER TABLE connections ADD COLUMN suspended_at timestamptz;

-- A turn that came while the bot was silent ends as 'suspended': its messages are kept, and no answer follows days later.
ALTER TABLE turns DROP CONSTRAINT turns_state_check;
ALTER TABLE turns ADD CONSTRAINT turns_state_check
	CHECK (state IN ('collecting', 'waiting', 'delivering', 'delivered', 'decided', 'done', 'superseded', 'human', 'dead', 'suspended'));
DROP TRIGGER turn_ended ON turns;
CREATE TRIGGER turn_ended AFTER UPDATE OF state ON turns FOR EACH ROW
	WHEN (OLD.state IN ('delivering', 'delivered', 'decided') AND NEW.state IN ('done', 'human', 'dead', 'suspended'))
	EXECUTE FUNCTION release_waiting();

-- Silence is looked at where a turn is claimed: in the statement that claims it anyway. What is changed in claim_due_turns is said as a change, so
-- that it holds for whatever that function is by now; it fails when the function has no such place any more.
DO $$
DECLARE
	v_function text := pg_get_functiondef('claim_due_turns'::regproc);
	v_change text[];
BEGIN
	FOREACH v_change SLICE 1 IN ARRAY ARRAY[
		[E'FROM conversations v\n\t\t\tWHERE t.id = ANY (v_due) AND v.id = t.conversation_id AND v.state <> ''human''',
			E'FROM conversations v, connections c, tenants n\n\t\t\tWHERE t.id = ANY (v_due) AND v.id = t.conversation_id AND v.state <> ''human''\n\t\t\t\tAND c.id = t.connection_id AND c.suspended_at IS NULL AND n.id = t.tenant_id AND n.silent_reason IS NULL'],
		['CASE WHEN v.state = ''human'' THEN ''human'' ELSE ''dead'' END AS state FROM turns t JOIN conversations v ON v.id = t.conversation_id',
			E'CASE WHEN v.state = ''human'' THEN ''human'' WHEN coalesce(n.silent_reason, c.suspended_at::text) IS NOT NULL THEN ''suspended'' ELSE ''dead'' END AS state,\n\t\t\t\t\tcoalesce(n.silent_reason, ''connection'') AS silence\n\t\t\t\tFROM turns t JOIN conversations v ON v.id = t.conversation_id JOIN connections c ON c.id = t.connection_id JOIN tenants n ON n.id = t.tenant_id'],
		['AND (v.state = ''human'' OR (t.next_attempt_at IS NULL',
			'AND (v.state = ''human'' OR n.silent_reason IS NOT NULL OR c.suspended_at IS NOT NULL OR (t.next_attempt_at IS NULL'],
		['last_error = CASE WHEN v_end.state = ''dead''',
			E'last_error = CASE WHEN v_end.state = ''suspended'' THEN format(''The bot was silent (%s): see the subscription of the tenant.'', v_end.silence)\n\t\t\t\t\t\tWHEN v_end.state = ''dead''']
	] LOOP
		IF position(v_change[1] IN v_function) = 0 THEN
			RAISE EXCEPTION 'claim_due_turns has changed: 0019_billing.sql finds no "%" in it. Say there anew how it heeds silence.', v_change[1];
		END IF;
		v_function := replace(v_function, v_change[1], v_change[2]);
	END LOOP;
	EXECUTE v_function;
END $$;

-- The tenant of a customer at the platform's own Stripe account; null: not ours.
CREATE FUNCTION tenant_of_billing_customer(customer_id text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT tenant_id FROM billing_subscriptions WHERE stripe_customer_id = customer_id
$$;

-- Subscriptions for which something is to be done, each for one process.
CREATE FUNCTION claim_due_billing(p_now timestamptz, p_limit integer, p_lease_ms integer) RETURNS SETOF text
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE billing_subscriptions b SET due_until = p_now + make_interval(secs => p_lease_ms / 1000.0)
	WHERE b.tenant_id IN (
		SELECT d.tenant_id FROM billing_subscriptions d WHERE d.next_due_at <= p_now AND (d.due_until IS NULL OR d.due_until <= p_now)
		ORDER BY d.next_due_at LIMIT p_limit FOR UPDATE SKIP LOCKED)
	RETURNING b.tenant_id
$$;
CREATE FUNCTION next_billing_in_ms(p_now timestamptz) RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
	SELECT extract(epoch FROM min(greatest(next_due_at, due_until)) - p_now)::double precision * 1000 FROM billing_subscriptions WHERE next_due_at IS NOT NULL
$$;

-- Until when messages are counted: one row, and no tenant's data.
CREATE TABLE usage_meter (counted_until timestamptz NOT NULL);
INSERT INTO usage_meter VALUES (date_trunc('milliseconds', now()));
ALTER TABLE usage_meter ENABLE ROW LEVEL SECURITY;

-- Counts the messages that were stored since the last count and before p_until, of one month and one hour at most. Ids begin with the time, so
-- that this walks the primary key and the path of a message has nothing to do with it. changed: tenants with new figures, null when another
-- process is counting; behind: there is more to count.
CREATE FUNCTION meter_usage(p_until timestamptz) RETURNS TABLE (changed text[], behind boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
	v_from timestamptz;
	v_to timestamptz;
	v_month timestamptz;
BEGIN
	SELECT m.counted_until INTO v_from FROM usage_meter m FOR UPDATE SKIP LOCKED;
	v_month := date_trunc('month', v_from, 'UTC');
	v_to := date_trunc('milliseconds', least(p_until, v_from + interval '1 hour', v_month + interval '1 month'));
	behind := v_to < p_until - interval '1 millisecond';
	IF v_from IS NOT NULL AND v_to > v_from THEN
		UPDATE usage_meter SET counted_until = v_to;
		WITH counted AS (
			SELECT m.tenant_id,
				count(*) FILTER (WHERE m.direction = 'in') AS received,
				count(*) FILTER (WHERE m.direction = 'out' AND m.author = 'assistant') AS sent,
				-- The first message of a turn's answer stands for it.
				count(*) FILTER (WHERE m.direction = 'out' AND m.author = 'assistant' AND m.turn_id IS NOT NULL
					AND (SELECT true FROM messages e WHERE e.turn_id = m.turn_id AND e.direction = 'out' AND e.id < m.id LIMIT 1) IS NULL) AS answers
			FROM messages m
			WHERE m.id >= 'msg_' || lpad(to_hex(floor(extract(epoch FROM v_from) * 1000)::bigint), 12, '0')
				AND m.id < 'msg_' || lpad(to_hex(floor(extract(epoch FROM v_to) * 1000)::bigint), 12, '0')
			GROUP BY m.tenant_id
		), stored AS (
			INSERT INTO usage_months AS u (tenant_id, month, answers, messages_received, messages_sent)
			SELECT c.tenant_id, (v_month AT TIME ZONE 'UTC')::date, c.answers, c.received, c.sent FROM counted c JOIN tenants t ON t.id = c.tenant_id
			ON CONFLICT ON CONSTRAINT usage_months_pkey DO UPDATE SET answers = u.answers + excluded.answers,
				messages_received = u.messages_received + excluded.messages_received, messages_sent = u.messages_sent + excluded.messages_sent
			RETURNING u.tenant_id
		)
		SELECT coalesce(array_agg(s.tenant_id), '{}') INTO changed FROM stored s;
	END IF;
	RETURN NEXT;
END $$;

-- Billing was switched off: nobody is silent for it any more.
CREATE FUNCTION lift_billing_limits() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
	UPDATE tenants SET silent_reason = NULL WHERE silent_reason IS NOT NULL;
	UPDATE connections SET suspended_at = NULL WHERE suspended_at IS NOT NULL
$$;

-- Down Migration
DO $$ BEGIN RAISE EXCEPTION 'There is no way back over this migration: restore the backup that was made before it.'; END $$;
