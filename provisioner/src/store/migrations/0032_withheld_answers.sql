-- Up Migration
-- A person took over before anything of an answer was sent: the conversation's session is what it was before, so that what it says was told (the
-- privacy policy, a payment link) is told once the bot answers again.

-- p_parts: of answers, just superseded, in conversations that are locked. What else of unsent answers waits in them is superseded, too, as far as nobody
-- else looks at it.
CREATE FUNCTION withhold_answers(p_parts text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	v_conversation text;
	v_turns text[];
BEGIN
	FOR v_conversation IN SELECT DISTINCT o.conversation_id FROM outbox o WHERE o.id = ANY (p_parts) LOOP
		v_turns := array(
			SELECT u.turn_id FROM (
				SELECT o.turn_id FROM outbox o
				WHERE o.id = ANY (p_parts) AND o.conversation_id = v_conversation AND o.generation IS NOT NULL AND o.author = 'assistant'
				UNION
				SELECT o.turn_id FROM outbox o
				WHERE o.conversation_id = v_conversation AND o.state = 'queued' AND o.generation IS NOT NULL AND o.author = 'assistant') u
			WHERE u.turn_id IS NOT NULL AND NOT EXISTS (
				SELECT 1 FROM outbox b WHERE b.turn_id = u.turn_id AND b.generation IS NOT NULL AND b.author = 'assistant' AND b.state NOT IN ('queued', 'superseded')));
		CONTINUE WHEN v_turns = '{}';
		UPDATE outbox SET state = 'superseded', last_error = 'A person took over the conversation before it was sent.'
		WHERE id IN (
			SELECT o.id FROM outbox o
			WHERE o.turn_id = ANY (v_turns) AND coalesce(o.state, '') = 'queued' AND o.generation IS NOT NULL AND o.author = 'assistant' FOR UPDATE SKIP LOCKED);
		-- Back to what the session was before the earliest of them, unless something else has changed it since the latest.
		UPDATE conversations c SET session = f.session_before
		FROM (SELECT session_before FROM turns WHERE id = ANY (v_turns) ORDER BY opened_at, id LIMIT 1) f,
			(SELECT d.session FROM turns t JOIN decisions d ON d.turn_id = t.id WHERE t.id = ANY (v_turns) ORDER BY t.opened_at DESC, t.id DESC LIMIT 1) l
		WHERE c.id = v_conversation AND f.session_before IS NOT NULL AND c.session = l.session;
	END LOOP;
END $$;

-- The rest of claim_outbox stays as it is by now. Conversations are locked before parts everywhere else: here only those that nobody holds, and what
-- waits in the others is looked at again.
DO $patch$
DECLARE
	v_function text := pg_get_functiondef('claim_outbox'::regproc);
	v_changes text[] := array[
		'v_keys text[];',
		'v_keys text[];
	v_human text[];
	v_withheld text[];',
		'	WITH candidates AS (',
		'	v_human := array(
		SELECT v.id FROM conversations v
		WHERE v.id IN (SELECT o.conversation_id FROM outbox o WHERE o.id = ANY (v_due) AND o.generation IS NOT NULL AND o.author = ''assistant'')
			AND coalesce(v.state, '''') = ''human'' FOR NO KEY UPDATE SKIP LOCKED);

	WITH candidates AS (',
		'v.state = ''human'' AND o.author = ''assistant'' THEN ''superseded''',
		'v.state = ''human'' AND o.author = ''assistant'' THEN CASE WHEN v.id = ANY (v_human) THEN ''superseded'' ELSE ''busy'' END',
		'
	INTO v_ready, v_resolving FROM judged j;',
		',
		array_agg(j.id) FILTER (WHERE j.verdict = ''superseded'' AND j.conversation_state = ''human'')
	INTO v_ready, v_resolving, v_withheld FROM judged j;
	IF v_withheld IS NOT NULL THEN
		PERFORM withhold_answers(v_withheld);
	END IF;'];
BEGIN
	FOR i IN 1 .. cardinality(v_changes) BY 2 LOOP
		IF position(v_changes[i] IN v_function) = 0 THEN
			RAISE EXCEPTION 'claim_outbox has changed: 0032_withheld_answers.sql does not find its place in it: %', v_changes[i];
		END IF;
		v_function := replace(v_function, v_changes[i], v_changes[i + 1]);
	END LOOP;
	EXECUTE v_function;
END $patch$;

-- Down Migration
DO $patch$
DECLARE
	v_function text := pg_get_functiondef('claim_outbox'::regproc);
BEGIN
	v_function := replace(v_function, '
	v_human text[];
	v_withheld text[];', '');
	v_function := replace(v_function, '	v_human := array(
		SELECT v.id FROM conversations v
		WHERE v.id IN (SELECT o.conversation_id FROM outbox o WHERE o.id = ANY (v_due) AND o.generation IS NOT NULL AND o.author = ''assistant'')
			AND coalesce(v.state, '''') = ''human'' FOR NO KEY UPDATE SKIP LOCKED);

', '');
	v_function := replace(v_function, 'CASE WHEN v.id = ANY (v_human) THEN ''superseded'' ELSE ''busy'' END', '''superseded''');
	EXECUTE replace(v_function, ',
		array_agg(j.id) FILTER (WHERE j.verdict = ''superseded'' AND j.conversation_state = ''human'')
	INTO v_ready, v_resolving, v_withheld FROM judged j;
	IF v_withheld IS NOT NULL THEN
		PERFORM withhold_answers(v_withheld);
	END IF;', '
	INTO v_ready, v_resolving FROM judged j;');
END $patch$;
DROP FUNCTION withhold_answers;
