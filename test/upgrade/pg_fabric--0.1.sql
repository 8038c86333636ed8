-- Frozen: the install script of version 0.1, which test/tap/upgrade.t updates.
\echo Use "CREATE EXTENSION pg_fabric" to load this file. \quit

-- extension/schema/roles.sql
-- The roles that rights are given to. Roles belong to the cluster: an existing one is used, unless it could log in or is a
-- superuser, since then somebody may have put it there to be given rights.
DO $roles$
DECLARE
	wanted text;
	existing record;
BEGIN
	FOREACH wanted IN ARRAY ARRAY['fabric_user', 'fabric_developer', 'fabric_admin'] LOOP
		SELECT rolcanlogin, rolsuper INTO existing FROM pg_catalog.pg_roles WHERE rolname = wanted;
		IF NOT FOUND THEN
			EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
			EXECUTE pg_catalog.format('COMMENT ON ROLE %I IS %L', wanted,
				CASE wanted
					WHEN 'fabric_user' THEN 'pg_fabric: may read and query'
					WHEN 'fabric_developer' THEN 'pg_fabric: may make and scan'
					ELSE 'pg_fabric: configures and sees all'
				END);
		ELSIF existing.rolcanlogin OR existing.rolsuper THEN
			RAISE EXCEPTION 'role "%" exists and may log in or is a superuser', wanted
				USING ERRCODE = 'duplicate_object',
					HINT = 'pg_fabric gives rights to this role: rename it, or make it NOLOGIN NOSUPERUSER if it is meant for pg_fabric.';
		END IF;
	END LOOP;
	GRANT fabric_user TO fabric_developer;
	GRANT fabric_developer TO fabric_admin;
END
$roles$;

-- extension/schema/schemas.sql
-- The one schema that users learn.
CREATE SCHEMA fabric;
COMMENT ON SCHEMA fabric IS 'pg_fabric: all its functions, procedures and views';
REVOKE ALL ON SCHEMA fabric FROM PUBLIC;
GRANT USAGE ON SCHEMA fabric TO fabric_user;

-- Tables lie apart, by whose they are; users read them through views.
CREATE SCHEMA fabric_system;
COMMENT ON SCHEMA fabric_system IS 'pg_fabric: tables of the system itself, secrets among them';
REVOKE ALL ON SCHEMA fabric_system FROM PUBLIC;
GRANT USAGE ON SCHEMA fabric_system TO fabric_user;

-- extension/schema/secrets.sql
-- Sealed secrets. Nobody has a right to read them; the functions of secrets do it as the extension's owner.
CREATE TABLE fabric_system.secrets (
	source name NOT NULL,
	role name NOT NULL,
	sealed bytea NOT NULL,
	changed_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	server oid NOT NULL DEFAULT 0,
	PRIMARY KEY (source, role)
);
COMMENT ON TABLE fabric_system.secrets IS 'What user mappings would have in clear: a secret for each server and role that has one';
COMMENT ON COLUMN fabric_system.secrets.source IS 'Name of the server';
COMMENT ON COLUMN fabric_system.secrets.role IS 'Role whose it is; public: of all';
COMMENT ON COLUMN fabric_system.secrets.sealed IS 'Options of a user mapping as JSON, by AES-256-GCM, bound to server and role: version, id of the key, nonce, ciphertext, tag';
COMMENT ON COLUMN fabric_system.secrets.changed_at IS 'When it was given, or sealed again';
COMMENT ON COLUMN fabric_system.secrets.server IS 'OID of the server, by which a rename is noticed';
SELECT pg_catalog.pg_extension_config_dump('fabric_system.secrets', '');

-- extension/api/fdw.sql
-- The foreign data wrappers and what is common to them.

CREATE FUNCTION fabric.fabric_mysql_handler()
RETURNS fdw_handler
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_mysql_handler';
COMMENT ON FUNCTION fabric.fabric_mysql_handler() IS 'Callbacks of the foreign data wrapper fabric_mysql';
REVOKE ALL ON FUNCTION fabric.fabric_mysql_handler() FROM PUBLIC;

CREATE FUNCTION fabric.fabric_mysql_validator(text[], oid)
RETURNS void
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_mysql_validator';
COMMENT ON FUNCTION fabric.fabric_mysql_validator(text[], oid) IS 'Checks options of fabric_mysql servers, user mappings, tables and columns';
REVOKE ALL ON FUNCTION fabric.fabric_mysql_validator(text[], oid) FROM PUBLIC;

CREATE FOREIGN DATA WRAPPER fabric_mysql
	HANDLER fabric.fabric_mysql_handler
	VALIDATOR fabric.fabric_mysql_validator;
COMMENT ON FOREIGN DATA WRAPPER fabric_mysql IS 'MySQL and MariaDB, by pg_fabric';
GRANT USAGE ON FOREIGN DATA WRAPPER fabric_mysql TO fabric_developer;

CREATE FUNCTION fabric.fabric_objectstore_handler()
RETURNS fdw_handler
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_objectstore_handler';
COMMENT ON FUNCTION fabric.fabric_objectstore_handler() IS 'Callbacks of the foreign data wrapper fabric_objectstore';
REVOKE ALL ON FUNCTION fabric.fabric_objectstore_handler() FROM PUBLIC;

CREATE FUNCTION fabric.fabric_objectstore_validator(text[], oid)
RETURNS void
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_objectstore_validator';
COMMENT ON FUNCTION fabric.fabric_objectstore_validator(text[], oid) IS 'Checks options of fabric_objectstore servers, user mappings, tables and columns';
REVOKE ALL ON FUNCTION fabric.fabric_objectstore_validator(text[], oid) FROM PUBLIC;

CREATE FOREIGN DATA WRAPPER fabric_objectstore
	HANDLER fabric.fabric_objectstore_handler
	VALIDATOR fabric.fabric_objectstore_validator;
COMMENT ON FOREIGN DATA WRAPPER fabric_objectstore IS 'Files as tables (Parquet, CSV), by pg_fabric';
GRANT USAGE ON FOREIGN DATA WRAPPER fabric_objectstore TO fabric_developer;

-- extension/api/pushdown.sql
-- What is shipped to remote servers, what stays, and why.

CREATE FUNCTION fabric.list_pushdown_rules(
	OUT wrapper text, OUT function regprocedure, OUT node text, OUT pushed boolean, OUT form text, OUT reason text)
RETURNS SETOF record
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_pushdown_rules';
COMMENT ON FUNCTION fabric.list_pushdown_rules() IS 'The allow-list of every wrapper; see the view fabric.pushdown_rules';
REVOKE ALL ON FUNCTION fabric.list_pushdown_rules() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.list_pushdown_rules() TO fabric_user;

CREATE VIEW fabric.pushdown_rules AS
SELECT r.wrapper, r.function, o.oid::pg_catalog.regoperator AS operator, r.node, r.pushed, r.form, r.reason
FROM fabric.list_pushdown_rules() r
	LEFT JOIN LATERAL (
		SELECT op.oid FROM pg_catalog.pg_operator op
		WHERE op.oprcode OPERATOR(pg_catalog.=) r.function::pg_catalog.oid
		ORDER BY op.oid LIMIT 1) o ON true;
COMMENT ON VIEW fabric.pushdown_rules IS 'Functions, operators and expressions that are shipped to remote servers or kept local, with the reason';
COMMENT ON COLUMN fabric.pushdown_rules.wrapper IS 'Foreign data wrapper';
COMMENT ON COLUMN fabric.pushdown_rules.function IS 'The function, or the function behind the operator';
COMMENT ON COLUMN fabric.pushdown_rules.operator IS 'The operator, if it is one';
COMMENT ON COLUMN fabric.pushdown_rules.node IS 'The expression (CASE, IN, ...) where it is no function';
COMMENT ON COLUMN fabric.pushdown_rules.pushed IS 'Whether it is shipped';
COMMENT ON COLUMN fabric.pushdown_rules.form IS 'What it becomes remotely; $1 stands for an argument, a letter before the number for its form';
COMMENT ON COLUMN fabric.pushdown_rules.reason IS 'Why it is kept local, or under what condition it is shipped';
GRANT SELECT ON fabric.pushdown_rules TO fabric_user;

-- search_path: the caller's, because the query is the caller's. Names of our own are qualified.
CREATE FUNCTION fabric.explain_pushdown(query text)
RETURNS TABLE (node text, remote_sql text, kept_local text, reason text)
LANGUAGE plpgsql STRICT
AS $function$
DECLARE
	plan json;
	item record;
BEGIN
	-- A loop takes one statement only: nothing can hide behind the query.
	FOR plan IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) ' OPERATOR(pg_catalog.||) query LOOP
		FOR item IN
			SELECT p.value AS scan
			FROM pg_catalog.jsonb_path_query(plan::pg_catalog.jsonb, 'strict $.** ?(exists(@."Remote SQL"))') AS p(value)
		LOOP
			node := CASE
				WHEN item.scan OPERATOR(pg_catalog.?) 'Relation Name' THEN pg_catalog.concat_ws(' ',
					item.scan OPERATOR(pg_catalog.->>) 'Node Type', 'on', pg_catalog.concat_ws('.',
						item.scan OPERATOR(pg_catalog.->>) 'Schema', item.scan OPERATOR(pg_catalog.->>) 'Relation Name'))
				WHEN item.scan OPERATOR(pg_catalog.?) 'Looked Up' THEN pg_catalog.concat_ws(' ',
					'Lookup Join with', item.scan OPERATOR(pg_catalog.->>) 'Looked Up')
				ELSE pg_catalog.concat_ws(' ', item.scan OPERATOR(pg_catalog.->>) 'Node Type', 'of',
					item.scan OPERATOR(pg_catalog.->>) 'Relations')
			END;
			remote_sql := item.scan OPERATOR(pg_catalog.->>) 'Remote SQL';
			kept_local := NULL;
			reason := NULL;
			IF NOT item.scan OPERATOR(pg_catalog.?) 'Kept Local' THEN
				RETURN NEXT;
				CONTINUE;
			END IF;
			RETURN QUERY
				SELECT explain_pushdown.node, explain_pushdown.remote_sql, k.condition, w.why
				FROM pg_catalog.jsonb_array_elements_text(item.scan OPERATOR(pg_catalog.->) 'Kept Local')
						WITH ORDINALITY AS k(condition, position)
					JOIN pg_catalog.jsonb_array_elements_text(item.scan OPERATOR(pg_catalog.->) 'Kept Local Reasons')
						WITH ORDINALITY AS w(why, position) USING (position)
				ORDER BY position;
		END LOOP;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION fabric.explain_pushdown(text) IS 'The foreign scans and lookup joins of a query: remote statement, what is kept local and the reason of each';
REVOKE ALL ON FUNCTION fabric.explain_pushdown(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.explain_pushdown(text) TO fabric_user;

CREATE FUNCTION fabric.list_wrapper_options(
	OUT wrapper text, OUT option text, OUT scope text[], OUT kind text, OUT choices text, OUT alias_of text,
	OUT superuser boolean, OUT meaning text)
RETURNS SETOF record
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_wrapper_options';
COMMENT ON FUNCTION fabric.list_wrapper_options() IS 'The options of every wrapper; see the view fabric.wrapper_options';
REVOKE ALL ON FUNCTION fabric.list_wrapper_options() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.list_wrapper_options() TO fabric_user;

CREATE VIEW fabric.wrapper_options AS
SELECT o.wrapper, o.option, o.scope, o.kind, o.choices, o.alias_of, o.superuser, o.meaning
FROM fabric.list_wrapper_options() o;
COMMENT ON VIEW fabric.wrapper_options IS 'The options that servers, user mappings, foreign tables and their columns may have';
COMMENT ON COLUMN fabric.wrapper_options.wrapper IS 'Foreign data wrapper';
COMMENT ON COLUMN fabric.wrapper_options.option IS 'Name of the option';
COMMENT ON COLUMN fabric.wrapper_options.scope IS 'What may have it: server, user mapping, table, column';
COMMENT ON COLUMN fabric.wrapper_options.kind IS 'What its value is: text, boolean, integer, duration, choice, rules; obsolete: accepted without effect';
COMMENT ON COLUMN fabric.wrapper_options.choices IS 'The values of a choice';
COMMENT ON COLUMN fabric.wrapper_options.alias_of IS 'The option that this is another name of';
COMMENT ON COLUMN fabric.wrapper_options.superuser IS 'Whether only superusers may set it';
COMMENT ON COLUMN fabric.wrapper_options.meaning IS 'What it does';
GRANT SELECT ON fabric.wrapper_options TO fabric_user;

-- extension/api/remote.sql
-- Statements passed to remote servers as they are, and the session's connections.
--
-- To pass statements is a right of its own: nobody but superusers has it until it is granted, and the caller needs USAGE on
-- the server and a user mapping as well.

CREATE FUNCTION fabric.remote_query(server text, query text)
RETURNS SETOF record
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_remote_query';
COMMENT ON FUNCTION fabric.remote_query(text, text) IS 'Rows of a statement in the remote server''s own SQL: SELECT * FROM fabric.remote_query(server, query) AS t(a integer, b text)';
REVOKE ALL ON FUNCTION fabric.remote_query(text, text) FROM PUBLIC;

CREATE FUNCTION fabric.remote_query(server text, query text, VARIADIC args "any")
RETURNS SETOF record
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_remote_query';
COMMENT ON FUNCTION fabric.remote_query(text, text, "any") IS 'The same with values for the statement''s placeholders (?), sent as literals';
REVOKE ALL ON FUNCTION fabric.remote_query(text, text, "any") FROM PUBLIC;

CREATE FUNCTION fabric.remote_exec(server text, statement text)
RETURNS bigint
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_remote_exec';
COMMENT ON FUNCTION fabric.remote_exec(text, text) IS 'Runs a statement without a result in the remote server''s own SQL, within this transaction; the number of rows it affected';
REVOKE ALL ON FUNCTION fabric.remote_exec(text, text) FROM PUBLIC;

CREATE FUNCTION fabric.remote_exec(server text, statement text, VARIADIC args "any")
RETURNS bigint
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_remote_exec';
COMMENT ON FUNCTION fabric.remote_exec(text, text, "any") IS 'The same with values for the statement''s placeholders (?), sent as literals';
REVOKE ALL ON FUNCTION fabric.remote_exec(text, text, "any") FROM PUBLIC;

CREATE FUNCTION fabric.list_connections(
	OUT server text, OUT role regrole, OUT remote_version text, OUT remote_id bigint, OUT tls boolean,
	OUT in_transaction boolean, OUT closing boolean, OUT connected_at timestamptz, OUT used_at timestamptz,
	OUT round_trips bigint)
RETURNS SETOF record
LANGUAGE c STRICT VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_connections';
COMMENT ON FUNCTION fabric.list_connections() IS 'The remote connections of this session; see the view fabric.connections';
REVOKE ALL ON FUNCTION fabric.list_connections() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.list_connections() TO fabric_user;

CREATE VIEW fabric.connections AS
SELECT c.server, c.role, c.remote_version, c.remote_id, c.tls, c.in_transaction, c.closing, c.connected_at, c.used_at,
	c.round_trips
FROM fabric.list_connections() c;
COMMENT ON VIEW fabric.connections IS 'The remote connections of this session';
COMMENT ON COLUMN fabric.connections.server IS 'Name of the server when it was connected';
COMMENT ON COLUMN fabric.connections.role IS 'Role whose user mapping was used';
COMMENT ON COLUMN fabric.connections.remote_version IS 'Version as the remote server announces it';
COMMENT ON COLUMN fabric.connections.remote_id IS 'The remote server''s number for the connection, as its process list shows it';
COMMENT ON COLUMN fabric.connections.tls IS 'Whether the connection is encrypted';
COMMENT ON COLUMN fabric.connections.in_transaction IS 'Whether the current transaction has used it';
COMMENT ON COLUMN fabric.connections.closing IS 'Whether it is closed when the current transaction ends, because its definition changed';
COMMENT ON COLUMN fabric.connections.connected_at IS 'When it was made';
COMMENT ON COLUMN fabric.connections.used_at IS 'When it was last used';
COMMENT ON COLUMN fabric.connections.round_trips IS 'Statements and pings sent since it was made';
GRANT SELECT ON fabric.connections TO fabric_user;

CREATE FUNCTION fabric.disconnect(server text DEFAULT NULL)
RETURNS bigint
LANGUAGE c VOLATILE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_disconnect';
COMMENT ON FUNCTION fabric.disconnect(text) IS 'Closes this session''s connections to a server, or all; the number closed. Those in use are closed when the transaction ends';
REVOKE ALL ON FUNCTION fabric.disconnect(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.disconnect(text) TO fabric_user;

-- extension/api/import.sql
-- IMPORT FOREIGN SCHEMA with what it cannot do itself: the local schema, comments, a list of what was made.

CREATE FUNCTION fabric.import_schema(
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

-- extension/api/objects.sql
-- Files: what columns they have, and foreign tables that get them from there.

CREATE FUNCTION fabric.object_schema(
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

CREATE FUNCTION fabric.foreign_columns(
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

CREATE FUNCTION fabric.infer_columns()
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

CREATE EVENT TRIGGER fabric_infer_columns ON ddl_command_end WHEN TAG IN ('CREATE FOREIGN TABLE')
	EXECUTE FUNCTION fabric.infer_columns();
COMMENT ON EVENT TRIGGER fabric_infer_columns IS
	'CREATE FOREIGN TABLE t () SERVER s OPTIONS (location ...): the columns are those of the files';

-- extension/api/progress.sql
-- Long work as other sessions see it.

CREATE FUNCTION fabric.list_progress(
	OUT pid integer, OUT what text, OUT phase text, OUT done double precision, OUT total double precision,
	OUT started timestamptz, OUT eta timestamptz, OUT files bigint, OUT bytes bigint)
RETURNS SETOF record
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_progress';
COMMENT ON FUNCTION fabric.list_progress() IS 'What takes long at the moment, in all sessions; see the view fabric.progress';
REVOKE ALL ON FUNCTION fabric.list_progress() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.list_progress() TO fabric_user;

CREATE VIEW fabric.progress AS
SELECT p.pid, p.what, p.phase, p.done, p.total, p.started, p.eta, p.files, p.bytes
FROM fabric.list_progress() p;
COMMENT ON VIEW fabric.progress IS 'What takes long at the moment: of your own sessions, or of all for members of pg_read_all_stats';
COMMENT ON COLUMN fabric.progress.pid IS 'Process of the session; pg_cancel_backend() ends the work';
COMMENT ON COLUMN fabric.progress.what IS 'What is being done';
COMMENT ON COLUMN fabric.progress.phase IS 'Which part of it';
COMMENT ON COLUMN fabric.progress.done IS 'How much is done; NULL when that is not known';
COMMENT ON COLUMN fabric.progress.total IS 'How much there is to do, in the same unit; of scans 100: percent';
COMMENT ON COLUMN fabric.progress.started IS 'When it was begun, or first took long';
COMMENT ON COLUMN fabric.progress.eta IS 'When it will be done, if it goes on so; NULL when that is not known';
COMMENT ON COLUMN fabric.progress.files IS 'Files opened so far';
COMMENT ON COLUMN fabric.progress.bytes IS 'Bytes of them read so far';
GRANT SELECT ON fabric.progress TO fabric_user;

-- extension/api/secrets.sql
-- Secrets: what a user mapping would have in clear is sealed, and opened by the wrapper when it connects.

CREATE FUNCTION fabric.set_secret(source text, secret jsonb, role text DEFAULT CURRENT_USER)
RETURNS void
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_set_secret';
COMMENT ON FUNCTION fabric.set_secret(text, jsonb, text) IS
	'Seals options of the user mapping of a role, or of all (public): each a text, file:/path or env:NAME. It takes the place of the one that is there';
REVOKE ALL ON FUNCTION fabric.set_secret(text, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.set_secret(text, jsonb, text) TO fabric_user;

CREATE FUNCTION fabric.drop_secret(source text, role text DEFAULT CURRENT_USER, if_exists boolean DEFAULT false)
RETURNS void
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_drop_secret';
COMMENT ON FUNCTION fabric.drop_secret(text, text, boolean) IS 'Removes the secret of a server for a role, or for all (public)';
REVOKE ALL ON FUNCTION fabric.drop_secret(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.drop_secret(text, text, boolean) TO fabric_user;

CREATE FUNCTION fabric.rotate_secrets()
RETURNS bigint
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_rotate_secrets';
COMMENT ON FUNCTION fabric.rotate_secrets() IS
	'Seals all secrets again that are not sealed by the first key of the key file; the number of them';
REVOKE ALL ON FUNCTION fabric.rotate_secrets() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.rotate_secrets() TO fabric_admin;

CREATE FUNCTION fabric.list_secrets(
	OUT source text, OUT role text, OUT key text, OUT status text, OUT changed_at timestamptz)
RETURNS SETOF record
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_list_secrets';
COMMENT ON FUNCTION fabric.list_secrets() IS 'The secrets that one may see; see the view fabric.secrets';
REVOKE ALL ON FUNCTION fabric.list_secrets() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.list_secrets() TO fabric_user;

CREATE VIEW fabric.secrets AS
SELECT s.source, s.role, s.key, s.status, s.changed_at
FROM fabric.list_secrets() s;
COMMENT ON VIEW fabric.secrets IS 'Which secrets there are, never what they say: one''s own, those of one''s servers, all for an administrator';
COMMENT ON COLUMN fabric.secrets.source IS 'Name of the server';
COMMENT ON COLUMN fabric.secrets.role IS 'Role whose it is; public: of all';
COMMENT ON COLUMN fabric.secrets.key IS 'Id of the key that sealed it';
COMMENT ON COLUMN fabric.secrets.status IS 'ready; locked: no key opens it; orphaned: its server or role is no more';
COMMENT ON COLUMN fabric.secrets.changed_at IS 'When it was given, or sealed again';
GRANT SELECT ON fabric.secrets TO fabric_user;

-- A dump has the server's OID in the cluster that it comes from.
CREATE FUNCTION fabric.find_server_of_secret()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	NEW.server := coalesce((SELECT s.oid FROM pg_foreign_server s WHERE s.srvname = NEW.source), 0);
	RETURN NEW;
END
$function$;
COMMENT ON FUNCTION fabric.find_server_of_secret() IS 'Notes the server of a secret, also when a dump is restored';
REVOKE ALL ON FUNCTION fabric.find_server_of_secret() FROM PUBLIC;

CREATE TRIGGER find_server BEFORE INSERT ON fabric_system.secrets
	FOR EACH ROW EXECUTE FUNCTION fabric.find_server_of_secret();
COMMENT ON TRIGGER find_server ON fabric_system.secrets IS 'Notes the server of a secret, also when a dump is restored';

CREATE FUNCTION fabric.follow_server(server oid)
RETURNS void
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_follow_server';
COMMENT ON FUNCTION fabric.follow_server(oid) IS 'After a server was renamed or dropped: its secrets are renamed, or removed';
REVOKE ALL ON FUNCTION fabric.follow_server(oid) FROM PUBLIC;

-- SECURITY DEFINER: who renames or drops a server, of whatever wrapper, need have no rights here; secrets follow the server's state.
CREATE FUNCTION fabric.follow_altered_servers()
RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM fabric.follow_server(c.objid) FROM pg_event_trigger_ddl_commands() c WHERE c.object_type = 'server';
END
$function$;
COMMENT ON FUNCTION fabric.follow_altered_servers() IS 'Notices servers that are renamed';
REVOKE ALL ON FUNCTION fabric.follow_altered_servers() FROM PUBLIC;

-- SECURITY DEFINER: as above.
CREATE FUNCTION fabric.follow_dropped_servers()
RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM fabric.follow_server(d.objid) FROM pg_event_trigger_dropped_objects() d WHERE d.object_type = 'server';
	PERFORM fabric.drop_secret(d.address_args[1], d.address_names[1], true)
		FROM pg_event_trigger_dropped_objects() d WHERE d.object_type = 'user mapping';
END
$function$;
COMMENT ON FUNCTION fabric.follow_dropped_servers() IS 'Notices servers and user mappings that are dropped';
REVOKE ALL ON FUNCTION fabric.follow_dropped_servers() FROM PUBLIC;

CREATE EVENT TRIGGER fabric_altered_servers ON ddl_command_end WHEN TAG IN ('ALTER SERVER')
	EXECUTE FUNCTION fabric.follow_altered_servers();
COMMENT ON EVENT TRIGGER fabric_altered_servers IS 'pg_fabric: secrets follow servers that are renamed';
CREATE EVENT TRIGGER fabric_dropped_servers ON sql_drop WHEN TAG IN ('DROP SERVER', 'DROP USER MAPPING', 'DROP OWNED')
	EXECUTE FUNCTION fabric.follow_dropped_servers();
COMMENT ON EVENT TRIGGER fabric_dropped_servers IS 'pg_fabric: secrets go with their servers and user mappings';
