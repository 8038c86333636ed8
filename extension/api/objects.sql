-- Files: what columns they have, and foreign tables that get them from there.

CREATE OR REPLACE FUNCTION fabric.object_schema(
	source text, location text, format text DEFAULT 'auto',
	OUT ordinal integer, OUT "column" text, OUT type text, OUT source_type text, OUT nullable boolean)
RETURNS SETOF record
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_object_schema';
COMMENT ON FUNCTION fabric.object_schema(text, text, text) IS
	'The columns of the files at a location of a fabric_objectstore server, with the types that a foreign table gives them';
REVOKE ALL ON FUNCTION fabric.object_schema(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.object_schema(text, text, text) TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.foreign_columns(
	foreign_table regclass,
	OUT ordinal integer, OUT "column" text, OUT type text, OUT source_type text, OUT nullable boolean, OUT format text)
RETURNS SETOF record
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_foreign_columns';
COMMENT ON FUNCTION fabric.foreign_columns(regclass) IS
	'The columns of the files that a foreign table of fabric_objectstore stands for, and the format that it must be given; none for '
	'any other table';
REVOKE ALL ON FUNCTION fabric.foreign_columns(regclass) FROM PUBLIC;
-- The event trigger asks as whoever makes a table. The right to use the server is checked besides.
GRANT EXECUTE ON FUNCTION fabric.foreign_columns(regclass) TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.infer_columns()
RETURNS event_trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	made record;
	additions text;
BEGIN
	FOR made IN
		SELECT c.objid, EXISTS (SELECT FROM unnest(t.ftoptions) o WHERE o LIKE 'format=%') AS has_format
			FROM pg_event_trigger_ddl_commands() c
			JOIN pg_foreign_table t ON t.ftrelid = c.objid
			JOIN pg_foreign_server s ON s.oid = t.ftserver
			JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
		WHERE c.command_tag = 'CREATE FOREIGN TABLE' AND c.classid = 'pg_class'::regclass
			AND w.fdwname = 'fabric_objectstore'
			AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.objid AND a.attnum > 0)
	LOOP
		SELECT string_agg(format('ADD COLUMN %I %s OPTIONS (column_name %L, remote_type %L)', f."column", f.type, f."column",
			f.source_type), ', ' ORDER BY f.ordinal) || CASE WHEN made.has_format THEN '' ELSE coalesce(
			', OPTIONS (ADD format ' || quote_literal(min(f.format)) || ')', '') END
		INTO additions FROM fabric.foreign_columns(made.objid) f;
		IF additions IS NOT NULL THEN
			EXECUTE format('ALTER FOREIGN TABLE %s %s', made.objid::regclass, additions);
		END IF;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION fabric.infer_columns() IS
	'Gives foreign tables of fabric_objectstore that are made without columns those of their files';
REVOKE ALL ON FUNCTION fabric.infer_columns() FROM PUBLIC;
