-- IMPORT FOREIGN SCHEMA with what it cannot do itself: the local schema, comments, a list of what was made.

CREATE OR REPLACE FUNCTION fabric.import_schema(
	server text, remote_schema text, local_schema text,
	tables text[] DEFAULT NULL, except_tables text[] DEFAULT NULL, options jsonb DEFAULT '{}')
RETURNS TABLE (foreign_table regclass, columns bigint, comment text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	known oid[];
	clause text := '';
	settings text;
	made record;
BEGIN
	IF server IS NULL OR remote_schema IS NULL OR local_schema IS NULL THEN
		RAISE EXCEPTION 'server, remote_schema and local_schema must not be NULL' USING ERRCODE = 'null_value_not_allowed';
	END IF;
	IF tables IS NOT NULL AND except_tables IS NOT NULL THEN
		RAISE EXCEPTION 'tables and except_tables cannot both be given' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF jsonb_typeof(options) <> 'object' THEN
		RAISE EXCEPTION 'options must be a JSON object' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Such as {"import_default": true}.';
	END IF;
	IF to_regnamespace(quote_ident(local_schema)) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I', local_schema);
	END IF;
	known := ARRAY(SELECT t.ftrelid FROM pg_foreign_table t);
	IF cardinality(tables) = 0 THEN
		RETURN; -- none of them
	ELSIF tables IS NOT NULL THEN
		SELECT format('LIMIT TO (%s)', string_agg(quote_ident(name), ', ')) INTO clause FROM unnest(tables) name;
	ELSIF cardinality(except_tables) > 0 THEN
		SELECT format('EXCEPT (%s)', string_agg(quote_ident(name), ', ')) INTO clause FROM unnest(except_tables) name;
	END IF;
	SELECT string_agg(format('%I %L', key, value), ', ') INTO settings FROM jsonb_each_text(options);
	EXECUTE format('IMPORT FOREIGN SCHEMA %I %s FROM SERVER %I INTO %I %s', remote_schema, clause, server, local_schema,
		CASE WHEN settings IS NOT NULL THEN format('OPTIONS (%s)', settings) ELSE '' END);

	FOR made IN
		SELECT c.oid, (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns,
			(SELECT o.option_value FROM pg_options_to_table(t.ftoptions) o WHERE o.option_name = 'comment') AS comment
		FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid
		WHERE c.relnamespace = to_regnamespace(quote_ident(local_schema))::oid AND t.ftrelid <> ALL (known)
		ORDER BY c.relname
	LOOP
		IF made.comment IS NOT NULL THEN
			EXECUTE format('COMMENT ON FOREIGN TABLE %s IS %L', made.oid::regclass, made.comment);
		END IF;
		DECLARE
			described record;
		BEGIN
			FOR described IN
				SELECT a.attname, o.option_value
				FROM pg_attribute a, LATERAL pg_options_to_table(a.attfdwoptions) o
				WHERE a.attrelid = made.oid AND a.attnum > 0 AND o.option_name = 'comment'
			LOOP
				EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', made.oid::regclass, described.attname, described.option_value);
			END LOOP;
		END;
		foreign_table := made.oid;
		columns := made.columns;
		comment := made.comment;
		RETURN NEXT;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION fabric.import_schema(text, text, text, text[], text[], jsonb) IS 'IMPORT FOREIGN SCHEMA that makes the local schema, applies remote comments and lists the foreign tables it made';
REVOKE ALL ON FUNCTION fabric.import_schema(text, text, text, text[], text[], jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.import_schema(text, text, text, text[], text[], jsonb) TO fabric_developer;
