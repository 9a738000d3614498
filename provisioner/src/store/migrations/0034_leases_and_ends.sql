-- Up Migration
-- How turns end that nobody takes or answers, and what comes at an odd moment.

-- n8n took it together with others.
ALTER TABLE turns ADD COLUMN in_batch boolean NOT NULL DEFAULT false;

-- As in 0019_billing.sql, what is changed in functions is said as changes:
--   claim_due_turns: a batch that nobody answered counts as one that failed; what n8n has not taken for 24 hours is given up;
--   settle_deliveries: whether a turn was taken in a batch; being taken is no success yet, so that batches that failed stay counted;
--   open_turn_after: a voice message that waits for its words joins no turn in flight;
--   revise_message: a deletion that overtakes a customer's first message leaves its mark, too.
DO $$
DECLARE
	v_function text;
	v_change text[];
BEGIN
	FOREACH v_change SLICE 1 IN ARRAY ARRAY[
		['claim_due_turns',
			E'\t\t\t\tnext_attempt_at = NULL\n\t\t\tFROM conversations v',
			E'\t\t\t\tnext_attempt_at = NULL,\n\t\t\t\t-- Something in its batch may be why nobody answered it.\n\t\t\t\tbatch_failures = t.batch_failures + (t.in_batch AND t.state IN (''delivered'', ''decided''))::integer,\n\t\t\t\tin_batch = false\n\t\t\tFROM conversations v'],
		['claim_due_turns',
			E'AND NOT (t.next_attempt_at IS NULL AND t.attempts >= p_max_attempts)',
			E'AND NOT (t.next_attempt_at IS NULL AND t.attempts >= p_max_attempts)\n\t\t\t\tAND NOT (t.next_attempt_at IS NOT NULL AND t.delivery_failures > 0 AND t.flush_at <= v_now - interval ''24 hours'')'],
		['claim_due_turns',
			E'OR (t.next_attempt_at IS NULL AND t.attempts >= p_max_attempts))',
			E'OR (t.next_attempt_at IS NULL AND t.attempts >= p_max_attempts)\n\t\t\t\t\t\tOR (t.next_attempt_at IS NOT NULL AND t.delivery_failures > 0 AND t.flush_at <= v_now - interval ''24 hours''))'],
		['claim_due_turns',
			E'WHEN v_end.state = ''dead'' THEN format(',
			E'WHEN v_end.state = ''dead'' AND t.next_attempt_at IS NOT NULL THEN format(''n8n has not taken the turn for 24 hours. Put right why, then redeliver it: %s'', t.last_error)\n\t\t\t\t\t\tWHEN v_end.state = ''dead'' THEN format('],
		['settle_deliveries',
			E'subscription text, due_in_ms double precision',
			E'subscription text, batch boolean, due_in_ms double precision'],
		['settle_deliveries',
			E'batch_failures = CASE WHEN o.taken THEN 0 ELSE t.batch_failures + o.batch_failures END,',
			E'batch_failures = t.batch_failures + o.batch_failures,\n\t\t\tin_batch = o.taken AND coalesce(o.batch, false),'],
		['open_turn_after',
			E'IF a.policy = ''append'' AND v_joinable AND a.arrived > 0 THEN',
			E'-- What is still to be transcribed would be read too soon: it gets a turn that waits for it.\n\tIF a.policy = ''append'' AND v_joinable AND a.arrived > 0 AND a.voice_until IS NULL THEN'],
		['revise_message',
			E'\t\toutcome := ''stale'';\n\t\tSELECT a.conversation_id INTO v_conversation FROM customer_aliases a WHERE a.connection_id = v_connection.id AND a.alias = p_revision ->> ''address'';\n\t\tIF FOUND THEN\n\t\t\tINSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, address, address_kind, type, sent_at, deleted_at)\n\t\t\tVALUES (p_revision ->> ''id'', v_connection.tenant_id, v_conversation, v_connection.id, ''in'', p_revision ->> ''vendor_id'', p_revision ->> ''address'',\n\t\t\t\tp_revision ->> ''address_kind'', ''other'', v_at, v_at)\n\t\t\tON CONFLICT (connection_id, direction, vendor_message_id) DO NOTHING;\n\t\t\tIF NOT FOUND THEN RAISE serialization_failure USING MESSAGE = ''The same message was stored meanwhile.''; END IF;\n\t\t\toutcome := ''revised'';\n\t\t\tmessage_id := p_revision ->> ''id'';\n\t\t\tconversation_id := v_conversation;\n\t\tEND IF;\n\t\tRETURN NEXT;',
			E'\t\tSELECT a.conversation_id INTO v_conversation FROM customer_aliases a WHERE a.connection_id = v_connection.id AND a.alias = p_revision ->> ''address'';\n\t\tIF NOT FOUND THEN\n\t\t\t-- The message is the customer''s first: their conversation begins with the mark.\n\t\t\tnew_customer := true;\n\t\t\tv_conversation := p_revision ->> ''conversation_id'';\n\t\t\tINSERT INTO customer_aliases (tenant_id, connection_id, alias, conversation_id)\n\t\t\tVALUES (v_connection.tenant_id, v_connection.id, p_revision ->> ''address'', v_conversation) ON CONFLICT DO NOTHING;\n\t\t\tIF NOT FOUND THEN RAISE serialization_failure USING MESSAGE = ''The same customer was stored meanwhile.''; END IF;\n\t\t\tINSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id, customer_phone, customer_name, generation)\n\t\t\tVALUES (v_conversation, v_connection.tenant_id, v_connection.company_id, v_connection.id, p_revision ->> ''address'', p_revision ->> ''phone'',\n\t\t\t\tp_revision ->> ''name'', 0);\n\t\tEND IF;\n\t\tINSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, address, address_kind, type, sent_at, deleted_at)\n\t\tVALUES (p_revision ->> ''id'', v_connection.tenant_id, v_conversation, v_connection.id, ''in'', p_revision ->> ''vendor_id'', p_revision ->> ''address'',\n\t\t\tp_revision ->> ''address_kind'', ''other'', v_at, v_at)\n\t\tON CONFLICT (connection_id, direction, vendor_message_id) DO NOTHING;\n\t\tIF NOT FOUND THEN RAISE serialization_failure USING MESSAGE = ''The same message was stored meanwhile.''; END IF;\n\t\toutcome := ''revised'';\n\t\tmessage_id := p_revision ->> ''id'';\n\t\tconversation_id := v_conversation;\n\t\tRETURN NEXT;']
	] LOOP
		v_function := pg_get_functiondef(v_change[1]::regproc);
		IF position(v_change[2] IN v_function) = 0 THEN
			RAISE EXCEPTION '% has changed: 0034_leases_and_ends.sql finds no "%" in it.', v_change[1], v_change[2];
		END IF;
		EXECUTE replace(v_function, v_change[2], v_change[3]);
	END LOOP;
END $$;

-- A list page from the index that its filter names. A null is no condition.
DROP FUNCTION list_turns;
CREATE FUNCTION list_turns(for_tenant text, for_company text, for_connection text, for_conversation text, with_state text, after_id text, row_limit integer)
RETURNS SETOF turns LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
	RETURN QUERY EXECUTE 'SELECT * FROM turns WHERE true'
		|| CASE WHEN for_tenant IS NULL THEN '' ELSE format(' AND tenant_id = %L', for_tenant) END
		|| CASE WHEN for_company IS NULL THEN '' ELSE format(' AND company_id = %L', for_company) END
		|| CASE WHEN for_connection IS NULL THEN '' ELSE format(' AND connection_id = %L', for_connection) END
		|| CASE WHEN for_conversation IS NULL THEN '' ELSE format(' AND conversation_id = %L', for_conversation) END
		|| CASE WHEN with_state IS NULL THEN '' ELSE format(' AND state = %L', with_state) END
		|| CASE WHEN after_id IS NULL THEN '' ELSE format(' AND id < %L', after_id) END
		|| format(' ORDER BY id DESC LIMIT %s', row_limit);
END $$;

-- Down Migration
DROP FUNCTION list_turns;
CREATE FUNCTION list_turns(for_tenant text, with_state text, after_id text, row_limit integer)
RETURNS SETOF turns LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
	RETURN QUERY EXECUTE 'SELECT * FROM turns WHERE true'
		|| CASE WHEN for_tenant IS NULL THEN '' ELSE format(' AND tenant_id = %L', for_tenant) END
		|| CASE WHEN with_state IS NULL THEN '' ELSE format(' AND state = %L', with_state) END
		|| CASE WHEN after_id IS NULL THEN '' ELSE format(' AND id < %L', after_id) END
		|| format(' ORDER BY id DESC LIMIT %s', row_limit);
END $$;
DO $$
DECLARE
	v_function text;
	v_change text[];
BEGIN
	FOREACH v_change SLICE 1 IN ARRAY ARRAY[
		['revise_message',
			E'\t\tSELECT a.conversation_id INTO v_conversation FROM customer_aliases a WHERE a.connection_id = v_connection.id AND a.alias = p_revision ->> ''address'';\n\t\tIF NOT FOUND THEN\n\t\t\t-- The message is the customer''s first: their conversation begins with the mark.\n\t\t\tnew_customer := true;\n\t\t\tv_conversation := p_revision ->> ''conversation_id'';\n\t\t\tINSERT INTO customer_aliases (tenant_id, connection_id, alias, conversation_id)\n\t\t\tVALUES (v_connection.tenant_id, v_connection.id, p_revision ->> ''address'', v_conversation) ON CONFLICT DO NOTHING;\n\t\t\tIF NOT FOUND THEN RAISE serialization_failure USING MESSAGE = ''The same customer was stored meanwhile.''; END IF;\n\t\t\tINSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id, customer_phone, customer_name, generation)\n\t\t\tVALUES (v_conversation, v_connection.tenant_id, v_connection.company_id, v_connection.id, p_revision ->> ''address'', p_revision ->> ''phone'',\n\t\t\t\tp_revision ->> ''name'', 0);\n\t\tEND IF;\n\t\tINSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, address, address_kind, type, sent_at, deleted_at)\n\t\tVALUES (p_revision ->> ''id'', v_connection.tenant_id, v_conversation, v_connection.id, ''in'', p_revision ->> ''vendor_id'', p_revision ->> ''address'',\n\t\t\tp_revision ->> ''address_kind'', ''other'', v_at, v_at)\n\t\tON CONFLICT (connection_id, direction, vendor_message_id) DO NOTHING;\n\t\tIF NOT FOUND THEN RAISE serialization_failure USING MESSAGE = ''The same message was stored meanwhile.''; END IF;\n\t\toutcome := ''revised'';\n\t\tmessage_id := p_revision ->> ''id'';\n\t\tconversation_id := v_conversation;\n\t\tRETURN NEXT;',
			E'\t\toutcome := ''stale'';\n\t\tSELECT a.conversation_id INTO v_conversation FROM customer_aliases a WHERE a.connection_id = v_connection.id AND a.alias = p_revision ->> ''address'';\n\t\tIF FOUND THEN\n\t\t\tINSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, address, address_kind, type, sent_at, deleted_at)\n\t\t\tVALUES (p_revision ->> ''id'', v_connection.tenant_id, v_conversation, v_connection.id, ''in'', p_revision ->> ''vendor_id'', p_revision ->> ''address'',\n\t\t\t\tp_revision ->> ''address_kind'', ''other'', v_at, v_at)\n\t\t\tON CONFLICT (connection_id, direction, vendor_message_id) DO NOTHING;\n\t\t\tIF NOT FOUND THEN RAISE serialization_failure USING MESSAGE = ''The same message was stored meanwhile.''; END IF;\n\t\t\toutcome := ''revised'';\n\t\t\tmessage_id := p_revision ->> ''id'';\n\t\t\tconversation_id := v_conversation;\n\t\tEND IF;\n\t\tRETURN NEXT;'],
		['open_turn_after',
			E'-- What is still to be transcribed would be read too soon: it gets a turn that waits for it.\n\tIF a.policy = ''append'' AND v_joinable AND a.arrived > 0 AND a.voice_until IS NULL THEN',
			E'IF a.policy = ''append'' AND v_joinable AND a.arrived > 0 THEN'],
		['settle_deliveries',
			E'batch_failures = t.batch_failures + o.batch_failures,\n\t\t\tin_batch = o.taken AND coalesce(o.batch, false),',
			E'batch_failures = CASE WHEN o.taken THEN 0 ELSE t.batch_failures + o.batch_failures END,'],
		['settle_deliveries',
			E'subscription text, batch boolean, due_in_ms double precision',
			E'subscription text, due_in_ms double precision'],
		['claim_due_turns',
			E'WHEN v_end.state = ''dead'' AND t.next_attempt_at IS NOT NULL THEN format(''n8n has not taken the turn for 24 hours. Put right why, then redeliver it: %s'', t.last_error)\n\t\t\t\t\t\tWHEN v_end.state = ''dead'' THEN format(',
			E'WHEN v_end.state = ''dead'' THEN format('],
		['claim_due_turns',
			E'OR (t.next_attempt_at IS NULL AND t.attempts >= p_max_attempts)\n\t\t\t\t\t\tOR (t.next_attempt_at IS NOT NULL AND t.delivery_failures > 0 AND t.flush_at <= v_now - interval ''24 hours''))',
			E'OR (t.next_attempt_at IS NULL AND t.attempts >= p_max_attempts))'],
		['claim_due_turns',
			E'AND NOT (t.next_attempt_at IS NULL AND t.attempts >= p_max_attempts)\n\t\t\t\tAND NOT (t.next_attempt_at IS NOT NULL AND t.delivery_failures > 0 AND t.flush_at <= v_now - interval ''24 hours'')',
			E'AND NOT (t.next_attempt_at IS NULL AND t.attempts >= p_max_attempts)'],
		['claim_due_turns',
			E'\t\t\t\tnext_attempt_at = NULL,\n\t\t\t\t-- Something in its batch may be why nobody answered it.\n\t\t\t\tbatch_failures = t.batch_failures + (t.in_batch AND t.state IN (''delivered'', ''decided''))::integer,\n\t\t\t\tin_batch = false\n\t\t\tFROM conversations v',
			E'\t\t\t\tnext_attempt_at = NULL\n\t\t\tFROM conversations v']
	] LOOP
		v_function := pg_get_functiondef(v_change[1]::regproc);
		IF position(v_change[2] IN v_function) = 0 THEN
			RAISE EXCEPTION '% has changed: 0034_leases_and_ends.sql finds no "%" in it.', v_change[1], v_change[2];
		END IF;
		EXECUTE replace(v_function, v_change[2], v_change[3]);
	END LOOP;
END $$;
ALTER TABLE turns DROP COLUMN in_batch;
