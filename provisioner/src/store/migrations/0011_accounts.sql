-- Up Migration
-- Everything that a webhook needs of the account behind its path, in one round trip: finds the connection (across tenants, find_hook), and
-- reads on in a session of its tenant, so that row-level security holds for what is read. No row: there is none.
CREATE FUNCTION account_of_hook(p_token_hash text, p_channel text)
RETURNS TABLE (connection_id text, tenant_id text, external_id text, channel text, secrets bytea, data_key bytea, turn_settings jsonb, settings jsonb)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v_connection text;
	v_tenant text;
BEGIN
	SELECT h.connection_id, h.tenant_id INTO v_connection, v_tenant FROM find_hook(p_token_hash, p_channel) h;
	IF NOT FOUND THEN RETURN; END IF;
	PERFORM set_config('concierge.tenant_id', v_tenant, true);
	RETURN QUERY
	SELECT c.id, c.tenant_id, c.external_id, c.channel, c.secrets, t.data_key, c.turn_settings, k.settings
	FROM connections c JOIN companies k ON k.id = c.company_id JOIN tenants t ON t.id = c.tenant_id
	WHERE c.id = v_connection;
END $$;

-- Down Migration
DO $$ BEGIN RAISE EXCEPTION 'There is no way back over this migration: restore the backup that was made before it.'; END $$;
