-- Sources: servers with what is known of them, made and changed by one call; connectors: the kinds of them.

-- ---- connectors ----

CREATE OR REPLACE FUNCTION fabric.describe_options(wrapper text)
RETURNS jsonb
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT jsonb_build_object('type', 'object', 'properties', jsonb_object_agg(o.option,
		CASE o.kind
			WHEN 'boolean' THEN '{"type": "boolean"}'
			WHEN 'integer' THEN '{"type": "integer", "minimum": 0}'
			WHEN 'cost' THEN '{"type": "number", "minimum": 0}'
			WHEN 'duration' THEN '{"type": ["string", "integer"]}'
			WHEN 'choice' THEN jsonb_build_object('type', 'string', 'enum', string_to_array(o.choices, ','))
			WHEN 'obsolete' THEN '{"type": ["string", "integer", "boolean"]}'
			ELSE '{"type": "string"}'
		END
		|| jsonb_build_object('description',
			CASE WHEN o.superuser THEN o.meaning || ' Only superusers may set it.' ELSE o.meaning END)
		|| CASE WHEN o.secret THEN '{"writeOnly": true}' ELSE '{}' END::jsonb))
	FROM fabric.list_wrapper_options() o
	WHERE o.wrapper = describe_options.wrapper AND o.scope && ARRAY['server', 'user mapping']
$function$;
COMMENT ON FUNCTION fabric.describe_options(text) IS 'The options of servers and user mappings of a wrapper of pg_fabric, as JSON Schema';
REVOKE ALL ON FUNCTION fabric.describe_options(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.describe_options(text) TO fabric_user;

-- Those that come with pg_fabric are written anew by every upgrade.
DELETE FROM fabric_system.connectors WHERE builtin;
INSERT INTO fabric_system.connectors (connector, wrapper, description, options_schema, mapping_options, secret_options, features,
	test_function, discover_function, builtin)
VALUES
	('mysql', 'fabric_mysql', 'MySQL and MariaDB servers',
		fabric.describe_options('fabric_mysql'),
		ARRAY(SELECT o.option FROM fabric.list_wrapper_options() o
			WHERE o.wrapper OPERATOR(pg_catalog.=) 'fabric_mysql' AND 'user mapping' OPERATOR(pg_catalog.=) ANY (o.scope)),
		'{password}', '{pushdown,import,remote_query,sealed_secrets}', NULL, NULL, true),
	('objectstore', 'fabric_objectstore', 'Directories with Parquet, CSV and JSON files',
		fabric.describe_options('fabric_objectstore') OPERATOR(pg_catalog.||) '{"required": ["root"]}',
		'{}', '{}', '{pushdown,import}', NULL, NULL, true),
	-- Options of libpq and of postgres_fdw: https://www.postgresql.org/docs/current/postgres-fdw.html
	('postgres', 'postgres_fdw', 'PostgreSQL servers, by postgres_fdw', $schema${
		"type": "object",
		"properties": {
			"host": {"type": "string", "description": "Host name or address, or the directory of a socket."},
			"hostaddr": {"type": "string", "description": "Address, where the host is only a name for TLS."},
			"port": {"type": "integer", "minimum": 1, "maximum": 65535, "description": "TCP port; 5432 if not given."},
			"dbname": {"type": "string", "description": "Database."},
			"service": {"type": "string", "description": "Name of a service of pg_service.conf."},
			"connect_timeout": {"type": "integer", "minimum": 2, "maximum": 300, "description": "Seconds to wait for a connection."},
			"sslmode": {"type": "string", "enum": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
				"description": "How the connection is encrypted and whom it trusts; prefer if not given."},
			"sslrootcert": {"type": "string", "description": "File of trusted certificates."},
			"sslcrl": {"type": "string", "description": "File of revoked certificates."},
			"sslsni": {"type": "integer", "minimum": 0, "maximum": 1, "description": "Whether TLS tells the host's name."},
			"gssencmode": {"type": "string", "enum": ["disable", "prefer", "require"], "description": "Whether GSSAPI encrypts."},
			"channel_binding": {"type": "string", "enum": ["disable", "prefer", "require"], "description": "Whether the password is bound to the TLS connection."},
			"target_session_attrs": {"type": "string", "enum": ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
				"description": "Which of several hosts will do."},
			"keepalives": {"type": "integer", "minimum": 0, "maximum": 1, "description": "Whether TCP asks whether the server is there."},
			"keepalives_idle": {"type": "integer", "minimum": 0, "description": "Seconds of silence before it asks."},
			"keepalives_interval": {"type": "integer", "minimum": 0, "description": "Seconds before it asks again."},
			"keepalives_count": {"type": "integer", "minimum": 0, "description": "Times that it asks."},
			"tcp_user_timeout": {"type": "integer", "minimum": 0, "description": "Milliseconds that sent data may stay unanswered."},
			"application_name": {"type": "string", "description": "What the remote server's session list shows."},
			"options": {"type": "string", "description": "Command-line options for the remote session."},
			"use_remote_estimate": {"type": "boolean", "description": "Whether the planner asks the remote server for its estimates."},
			"fdw_startup_cost": {"type": "number", "minimum": 0, "description": "What a scan costs."},
			"fdw_tuple_cost": {"type": "number", "minimum": 0, "description": "What a row costs."},
			"fetch_size": {"type": "integer", "minimum": 1, "description": "Rows that come at once; 100 if not given."},
			"batch_size": {"type": "integer", "minimum": 1, "description": "Rows that an INSERT sends at once."},
			"async_capable": {"type": "boolean", "description": "Whether scans may run at once with others below an Append."},
			"updatable": {"type": "boolean", "description": "Whether tables may be changed."},
			"truncatable": {"type": "boolean", "description": "Whether tables may be truncated."},
			"keep_connections": {"type": "boolean", "description": "Whether connections stay open for the next statement."},
			"parallel_commit": {"type": "boolean", "description": "Whether several servers commit at once."},
			"parallel_abort": {"type": "boolean", "description": "Whether several servers abort at once; from PostgreSQL 16."},
			"extensions": {"type": "string", "description": "Extensions whose functions are shipped."},
			"user": {"type": "string", "description": "Remote user."},
			"password": {"type": "string", "writeOnly": true, "description": "Its password."},
			"password_required": {"type": "boolean", "description": "With false, a user who is no superuser connects without a password. Only superusers may set it."},
			"sslcert": {"type": "string", "description": "Client certificate file."},
			"sslkey": {"type": "string", "description": "Client key file."},
			"sslpassword": {"type": "string", "writeOnly": true, "description": "Password of the client key."}
		}
	}$schema$, '{user,password,password_required,sslcert,sslkey,sslpassword}', '{password,sslpassword}',
		'{pushdown,import,write}', 'fabric.test_postgres(text)', 'fabric.discover_postgres(text, text)', true);

-- Through the wrapper itself, by foreign tables that are gone when it is over. Where libpq has gone wrong only its words tell.
CREATE OR REPLACE FUNCTION fabric.test_postgres(source text)
RETURNS TABLE (step text, ok boolean, detail text, elapsed interval)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	began timestamptz := clock_timestamp();
	version text;
	tables bigint;
	readable bigint;
	failed text;
	message text;
BEGIN
	-- A failed connection would be waited for without end, before PostgreSQL 16 even by who cancels.
	IF EXISTS (SELECT FROM pg_foreign_server f, pg_options_to_table(f.srvoptions) o
		WHERE f.srvname = source AND o.option_name = 'connect_timeout' AND o.option_value = '0') THEN
		RETURN QUERY SELECT 'options', false, 'connect_timeout 0 would wait without end', clock_timestamp() - began;
		RETURN;
	ELSIF NOT EXISTS (SELECT FROM pg_user_mappings m WHERE m.srvname = source AND m.usename IN (CURRENT_USER, 'public')) THEN
		RETURN QUERY SELECT 'options', false, format('user mapping not found for "%s"', CURRENT_USER), clock_timestamp() - began;
		RETURN;
	END IF;
	RETURN QUERY SELECT 'options', true,
		(SELECT coalesce(string_agg(format('%s %s', o.option_name, o.option_value), ', '), 'as the defaults of libpq are')
			FROM pg_foreign_server f, pg_options_to_table(f.srvoptions) o
			WHERE f.srvname = source AND o.option_name IN ('host', 'hostaddr', 'port', 'dbname', 'service')),
		clock_timestamp() - began;
	began := clock_timestamp();
	BEGIN
		failed := 'options';
		EXECUTE format('CREATE FOREIGN TABLE pg_temp.fabric_test_settings (name text, setting text) SERVER %I '
			'OPTIONS (schema_name ''pg_catalog'', table_name ''pg_settings'')', source);
		failed := 'login';
		SELECT s.setting INTO version FROM pg_temp.fabric_test_settings s WHERE s.name = 'server_version';
		failed := 'rights';
		EXECUTE format('CREATE FOREIGN TABLE pg_temp.fabric_test_readable (table_schema text) SERVER %I '
			'OPTIONS (schema_name ''information_schema'', table_name ''tables'')', source);
		SELECT count(*) INTO readable FROM pg_temp.fabric_test_readable t
			WHERE t.table_schema NOT IN ('pg_catalog', 'information_schema');
		IF readable = 0 THEN -- materialized views, perhaps
			SELECT count(d.object) INTO readable FROM fabric.discover_postgres(source, NULL) d;
		END IF;
		EXECUTE format('CREATE FOREIGN TABLE pg_temp.fabric_test_tables (schemaname text) SERVER %I '
			'OPTIONS (schema_name ''pg_catalog'', table_name ''pg_tables'')', source);
		SELECT count(*) INTO tables FROM pg_temp.fabric_test_tables t
			WHERE t.schemaname NOT IN ('pg_catalog', 'information_schema');
		RAISE EXCEPTION USING ERRCODE = 'FA000', MESSAGE = 'all is well';
	EXCEPTION
		WHEN SQLSTATE 'FA000' THEN
			failed := NULL;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS message = PG_EXCEPTION_DETAIL;
			message := CASE WHEN message = '' THEN SQLERRM ELSE SQLERRM || ': ' || message END;
			IF SQLSTATE = '08001' THEN
				failed := CASE
					WHEN message ~ 'could not translate host name' THEN 'name'
					WHEN message ~ 'FATAL:|no password supplied|password is required' THEN 'login'
					WHEN message ~ 'SSL|certificate' THEN 'tls'
					ELSE 'network' END;
			END IF;
	END;
	IF failed IS NOT NULL THEN
		RETURN QUERY SELECT failed, false, message, clock_timestamp() - began;
		RETURN;
	END IF;
	RETURN QUERY VALUES ('login', true, 'connected', clock_timestamp() - began);
	IF readable = 0 AND tables > 0 THEN
		RETURN QUERY VALUES ('rights', false, 'the remote user has no right to read anything. Grant it one.', NULL::interval);
		RETURN;
	END IF;
	RETURN QUERY VALUES
		('rights', true, format('%s %s to be seen', readable, CASE readable WHEN 1 THEN 'table' ELSE 'tables' END), NULL::interval),
		('version', true, version, NULL);
END
$function$;
COMMENT ON FUNCTION fabric.test_postgres(text) IS 'Tests a source of the connector postgres; see fabric.test_source';
REVOKE ALL ON FUNCTION fabric.test_postgres(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.test_postgres(text) TO fabric_user;

-- What information_schema shows to the remote user, and by the same rule materialized views, which it does not know: what a role that he
-- is, or is a member of, owns or was granted something on.
CREATE OR REPLACE FUNCTION fabric.discover_postgres(source text, wanted text)
RETURNS TABLE (schema text, object text, kind text, rows_estimate bigint, size_bytes bigint, modified_at timestamptz)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE pg_temp.fabric_discover_schemata (schema_name text) SERVER %1$I '
		'OPTIONS (schema_name ''information_schema'', table_name ''schemata'');'
		'CREATE FOREIGN TABLE pg_temp.fabric_discover_tables (table_schema text, table_name text, table_type text) SERVER %1$I '
		'OPTIONS (schema_name ''information_schema'', table_name ''tables'');'
		'CREATE FOREIGN TABLE pg_temp.fabric_discover_enabled (role_name text) SERVER %1$I '
		'OPTIONS (schema_name ''information_schema'', table_name ''enabled_roles'');'
		'CREATE FOREIGN TABLE pg_temp.fabric_discover_roles (oid oid, rolname text) SERVER %1$I '
		'OPTIONS (schema_name ''pg_catalog'', table_name ''pg_roles'');'
		'CREATE FOREIGN TABLE pg_temp.fabric_discover_namespace (oid oid, nspname text) SERVER %1$I '
		'OPTIONS (schema_name ''pg_catalog'', table_name ''pg_namespace'');'
		'CREATE FOREIGN TABLE pg_temp.fabric_discover_class (relnamespace oid, relname text, relkind "char", relowner oid, relacl text[], '
		'reltuples real, relpages integer) SERVER %1$I '
		'OPTIONS (schema_name ''pg_catalog'', table_name ''pg_class'')', source);
	RETURN QUERY
		WITH roles AS MATERIALIZED (
			-- As access lists have their names: https://www.postgresql.org/docs/current/ddl-priv.html
			SELECT r.oid, CASE WHEN r.rolname ~ '^[[:alnum:]_]+$' THEN r.rolname ELSE '"' || replace(r.rolname, '"', '""') || '"' END AS grantee
			FROM pg_temp.fabric_discover_roles r JOIN pg_temp.fabric_discover_enabled e ON e.role_name = r.rolname),
		materialized AS MATERIALIZED (
			SELECT n.nspname, c.relname, c.reltuples, c.relpages
			FROM pg_temp.fabric_discover_class c JOIN pg_temp.fabric_discover_namespace n ON n.oid = c.relnamespace
			WHERE c.relkind = 'm' AND (c.relowner IN (SELECT oid FROM roles)
				OR EXISTS (SELECT FROM unnest(c.relacl) item
					WHERE starts_with(item, '=') OR EXISTS (SELECT FROM roles r WHERE starts_with(item, r.grantee || '='))))),
		objects AS MATERIALIZED (
			SELECT t.table_schema AS schema, t.table_name AS object,
				CASE t.table_type WHEN 'BASE TABLE' THEN 'table' WHEN 'FOREIGN' THEN 'foreign table' ELSE lower(t.table_type) END AS kind,
				CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END AS rows_estimate,
				CASE WHEN t.table_type = 'BASE TABLE' THEN c.relpages::bigint * 8192 END AS size_bytes
			FROM pg_temp.fabric_discover_tables t
				LEFT JOIN (pg_temp.fabric_discover_class c JOIN pg_temp.fabric_discover_namespace n ON n.oid = c.relnamespace)
					ON n.nspname = t.table_schema AND c.relname = t.table_name
			UNION ALL
			SELECT m.nspname, m.relname, 'materialized view', CASE WHEN m.reltuples >= 0 THEN m.reltuples::bigint END, m.relpages::bigint * 8192
			FROM materialized m),
		everything AS (
			SELECT s.schema_name AS schema, NULL AS object, 'schema' AS kind, NULL::bigint AS rows_estimate, NULL::bigint AS size_bytes
				FROM pg_temp.fabric_discover_schemata s
			UNION
			SELECT o.schema, NULL, 'schema', NULL, NULL FROM objects o
			UNION ALL
			SELECT o.schema, o.object, o.kind, o.rows_estimate, o.size_bytes FROM objects o)
		SELECT f.schema, f.object, f.kind, f.rows_estimate, f.size_bytes, NULL::timestamptz FROM everything f
		WHERE CASE WHEN wanted IS NULL THEN f.schema NOT IN ('information_schema', 'pg_catalog', 'pg_toast') ELSE f.schema = wanted END;
	DROP FOREIGN TABLE pg_temp.fabric_discover_schemata, pg_temp.fabric_discover_tables, pg_temp.fabric_discover_enabled,
		pg_temp.fabric_discover_roles, pg_temp.fabric_discover_namespace, pg_temp.fabric_discover_class;
END
$function$;
COMMENT ON FUNCTION fabric.discover_postgres(text, text) IS 'What a source of the connector postgres has; see fabric.discover';
REVOKE ALL ON FUNCTION fabric.discover_postgres(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.discover_postgres(text, text) TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.add_connector(connector text, wrapper text, options_schema jsonb,
	mapping_options text[] DEFAULT '{}', features text[] DEFAULT '{}', description text DEFAULT '',
	test_function regprocedure DEFAULT NULL, discover_function regprocedure DEFAULT NULL, preview_function regprocedure DEFAULT NULL)
RETURNS void
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_add_connector';
COMMENT ON FUNCTION fabric.add_connector(text, text, jsonb, text[], text[], text, regprocedure, regprocedure, regprocedure) IS
	'Describes a foreign data wrapper, so that sources can be made of it: its options as JSON Schema, and which of them belong to user mappings';
REVOKE ALL ON FUNCTION fabric.add_connector(text, text, jsonb, text[], text[], text, regprocedure, regprocedure, regprocedure) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.add_connector(text, text, jsonb, text[], text[], text, regprocedure, regprocedure, regprocedure) TO fabric_admin;

-- SECURITY DEFINER: administrators have no rights to the table itself, whose other rows are ours.
CREATE OR REPLACE FUNCTION fabric.drop_connector(connector text, if_exists boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	kind record;
BEGIN
	-- Who adds a source holds the row: its source is seen by the statement after the one that has waited for it.
	PERFORM FROM fabric_system.connectors c WHERE c.connector::text = drop_connector.connector FOR UPDATE;
	SELECT c.builtin, (SELECT min(s.source::text) FROM fabric_system.sources s WHERE s.connector = c.connector) AS source
		INTO kind FROM fabric_system.connectors c WHERE c.connector::text = drop_connector.connector;
	IF NOT FOUND THEN
		IF if_exists THEN
			RAISE NOTICE 'connector "%" does not exist, skipping', connector;
			RETURN;
		END IF;
		RAISE EXCEPTION 'connector "%" does not exist', connector USING ERRCODE = 'undefined_object';
	ELSIF kind.builtin THEN
		RAISE EXCEPTION 'connector "%" came with pg_fabric', connector
			USING ERRCODE = 'object_not_in_prerequisite_state';
	ELSIF kind.source IS NOT NULL THEN
		RAISE EXCEPTION 'connector "%" has sources', connector
			USING ERRCODE = 'dependent_objects_still_exist', DETAIL = format('One of them is "%s".', kind.source),
				HINT = 'Drop them, or give them back by fabric.unadopt_server.';
	END IF;
	DELETE FROM fabric_system.connectors c WHERE c.connector::text = drop_connector.connector;
END
$function$;
COMMENT ON FUNCTION fabric.drop_connector(text, boolean) IS 'Removes a connector that has no sources';
REVOKE ALL ON FUNCTION fabric.drop_connector(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.drop_connector(text, boolean) TO fabric_admin;

CREATE OR REPLACE VIEW fabric.connectors AS
SELECT c.connector::text, c.wrapper::text,
	EXISTS (SELECT FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.fdwname OPERATOR(pg_catalog.=) c.wrapper) AS installed,
	c.description, c.options_schema, c.mapping_options, c.features, c.test_function, c.discover_function,
	c.preview_function, c.builtin
FROM fabric_system.connectors c;
COMMENT ON VIEW fabric.connectors IS 'The kinds of sources that fabric.add_source makes';
COMMENT ON COLUMN fabric.connectors.connector IS 'Name of the kind';
COMMENT ON COLUMN fabric.connectors.wrapper IS 'Foreign data wrapper that its servers are made with';
COMMENT ON COLUMN fabric.connectors.installed IS 'Whether that wrapper is there';
COMMENT ON COLUMN fabric.connectors.description IS 'What its sources are';
COMMENT ON COLUMN fabric.connectors.options_schema IS 'Its options as JSON Schema; secrets are writeOnly';
COMMENT ON COLUMN fabric.connectors.mapping_options IS 'The options that belong to the user mapping';
COMMENT ON COLUMN fabric.connectors.features IS 'What can be done with its sources';
COMMENT ON COLUMN fabric.connectors.test_function IS 'Function that tests a source; NULL: what pg_fabric itself can do';
COMMENT ON COLUMN fabric.connectors.discover_function IS 'Function that tells what a source has; NULL: what pg_fabric itself can do';
COMMENT ON COLUMN fabric.connectors.preview_function IS 'Function that shows the first rows of an object; NULL: a foreign table as the wrapper describes it';
COMMENT ON COLUMN fabric.connectors.builtin IS 'Whether it came with pg_fabric';
GRANT SELECT ON fabric.connectors TO fabric_user;

-- ---- sources ----

CREATE OR REPLACE FUNCTION fabric.options_as_json(options text[], hidden text[])
RETURNS jsonb
LANGUAGE c IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_options_as_json';
COMMENT ON FUNCTION fabric.options_as_json(text[], text[]) IS
	'Options as catalogues have them ("name=value") as a JSON object, without those that are hidden; none is an empty one';
REVOKE ALL ON FUNCTION fabric.options_as_json(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.options_as_json(text[], text[]) TO fabric_user;

-- As its caller, so that everybody is shown what the policy of the table lets him see.
CREATE OR REPLACE VIEW fabric.sources WITH (security_invoker = true) AS
SELECT s.source::text, s.connector::text,
	fabric.options_as_json(f.srvoptions, c.secret_options) AS options,
	pg_catalog.pg_get_userbyid(f.srvowner)::text AS owner,
	coalesce(d.description, '') AS description,
	s.tags, coalesce(t.status, 'unchecked') AS status, t.checked_at, s.adopted, s.created_by::text, s.created_at
FROM fabric_system.sources s
	LEFT JOIN fabric_monitor.source_status t ON t.source OPERATOR(pg_catalog.=) s.source
	LEFT JOIN pg_catalog.pg_foreign_server f ON f.oid OPERATOR(pg_catalog.=) s.server
	LEFT JOIN fabric_system.connectors c ON c.connector OPERATOR(pg_catalog.=) s.connector
	LEFT JOIN pg_catalog.pg_description d ON d.objoid OPERATOR(pg_catalog.=) f.oid AND d.objsubid OPERATOR(pg_catalog.=) 0
		AND d.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_foreign_server'::regclass;
COMMENT ON VIEW fabric.sources IS 'The sources that one may use, an administrator all';
COMMENT ON COLUMN fabric.sources.source IS 'Name, which is that of the server';
COMMENT ON COLUMN fabric.sources.connector IS 'Its kind';
COMMENT ON COLUMN fabric.sources.options IS 'Options of the server, without secrets';
COMMENT ON COLUMN fabric.sources.owner IS 'Owner of the server; NULL: there is no server any more';
COMMENT ON COLUMN fabric.sources.description IS 'Comment of the server';
COMMENT ON COLUMN fabric.sources.tags IS 'Words to find it by';
COMMENT ON COLUMN fabric.sources.status IS 'How the last check ended: healthy, failing, locked (no key opens its secret); unchecked: there was none';
COMMENT ON COLUMN fabric.sources.checked_at IS 'When that was';
COMMENT ON COLUMN fabric.sources.adopted IS 'Whether the server was made by hand and adopted';
COMMENT ON COLUMN fabric.sources.created_by IS 'Role that registered it';
COMMENT ON COLUMN fabric.sources.created_at IS 'When it was registered';
GRANT SELECT ON fabric.sources TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.add_source(source text, connector text, options jsonb DEFAULT '{}', secret jsonb DEFAULT NULL,
	description text DEFAULT NULL, tags text[] DEFAULT '{}', test boolean DEFAULT true, if_not_exists boolean DEFAULT false,
	role text DEFAULT CURRENT_USER, storage text DEFAULT 'sealed')
RETURNS fabric.sources
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_add_source';
COMMENT ON FUNCTION fabric.add_source(text, text, jsonb, jsonb, text, text[], boolean, boolean, text, text) IS
	'Makes a source: a server, the user mapping of a role (or of all: public) and its sealed secret, after the options were checked; with test it must be usable';
REVOKE ALL ON FUNCTION fabric.add_source(text, text, jsonb, jsonb, text, text[], boolean, boolean, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.add_source(text, text, jsonb, jsonb, text, text[], boolean, boolean, text, text) TO fabric_developer;

CREATE OR REPLACE FUNCTION fabric.alter_source(source text, options jsonb DEFAULT NULL, secret jsonb DEFAULT NULL,
	description text DEFAULT NULL, tags text[] DEFAULT NULL, owner text DEFAULT NULL,
	test boolean DEFAULT true, role text DEFAULT CURRENT_USER, storage text DEFAULT 'sealed')
RETURNS fabric.sources
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_alter_source';
COMMENT ON FUNCTION fabric.alter_source(text, jsonb, jsonb, text, text[], text, boolean, text, text) IS
	'Changes what is given of a source; an option that is null is taken away';
REVOKE ALL ON FUNCTION fabric.alter_source(text, jsonb, jsonb, text, text[], text, boolean, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.alter_source(text, jsonb, jsonb, text, text[], text, boolean, text, text) TO fabric_developer;

CREATE OR REPLACE FUNCTION fabric.drop_source(source text, cascade boolean DEFAULT false, if_exists boolean DEFAULT false)
RETURNS void
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_drop_source';
COMMENT ON FUNCTION fabric.drop_source(text, boolean, boolean) IS
	'Drops a source with its server, user mappings and secrets; with cascade also the foreign tables that depend on it';
REVOKE ALL ON FUNCTION fabric.drop_source(text, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.drop_source(text, boolean, boolean) TO fabric_developer;

CREATE OR REPLACE FUNCTION fabric.test_source(source text, time_limit interval DEFAULT '10 seconds',
	OUT step text, OUT ok boolean, OUT detail text, OUT elapsed interval)
RETURNS SETOF record
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_test_source';
COMMENT ON FUNCTION fabric.test_source(text, interval) IS
	'Whether one can use a source, step by step: options, name, network, tls, login, rights, version; the last one tells what is wrong';
REVOKE ALL ON FUNCTION fabric.test_source(text, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.test_source(text, interval) TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.discover(source text, schema text DEFAULT NULL,
	OUT schema text, OUT object text, OUT kind text, OUT rows_estimate bigint, OUT size_bytes bigint, OUT modified_at timestamptz)
RETURNS SETOF record
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_discover';
COMMENT ON FUNCTION fabric.discover(text, text) IS
	'What a source has, or a schema or directory of it, as its user may see it: schemas, tables, views, directories, files. Asked live';
REVOKE ALL ON FUNCTION fabric.discover(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.discover(text, text) TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.preview(source text, schema text, object text, max_rows bigint DEFAULT NULL)
RETURNS SETOF jsonb
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_preview';
COMMENT ON FUNCTION fabric.preview(text, text, text, bigint) IS
	'The first rows of what fabric.discover lists, as its user may see them, at most as many as the setting preview_max_rows says. Asked live';
REVOKE ALL ON FUNCTION fabric.preview(text, text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.preview(text, text, text, bigint) TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.adopt_server(server text, connector text DEFAULT NULL, tags text[] DEFAULT '{}')
RETURNS fabric.sources
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_adopt_server';
COMMENT ON FUNCTION fabric.adopt_server(text, text, text[]) IS 'Registers a server that was made by hand, which stays as it is';
REVOKE ALL ON FUNCTION fabric.adopt_server(text, text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.adopt_server(text, text, text[]) TO fabric_developer;

CREATE OR REPLACE FUNCTION fabric.unadopt_server(server text)
RETURNS void
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_unadopt_server';
COMMENT ON FUNCTION fabric.unadopt_server(text) IS 'Forgets a source, whose server stays as it is';
REVOKE ALL ON FUNCTION fabric.unadopt_server(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.unadopt_server(text) TO fabric_developer;

-- ---- following servers, and telling of it ----

CREATE OR REPLACE FUNCTION fabric.notify_of_source()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM pg_notify('fabric_source', (CASE TG_OP
		WHEN 'INSERT' THEN jsonb_build_object('event', CASE WHEN NEW.adopted THEN 'adopted' ELSE 'added' END,
			'source', NEW.source, 'connector', NEW.connector)
		WHEN 'UPDATE' THEN
			CASE WHEN NEW.source = OLD.source THEN jsonb_build_object('event', 'altered', 'source', NEW.source)
			ELSE jsonb_build_object('event', 'renamed', 'source', NEW.source, 'old_source', OLD.source) END
		ELSE jsonb_build_object('event',
			CASE WHEN EXISTS (SELECT FROM pg_foreign_server s WHERE s.oid = OLD.server) THEN 'unadopted' ELSE 'dropped' END,
			'source', OLD.source)
		END)::text);
	RETURN NULL;
END
$function$;
COMMENT ON FUNCTION fabric.notify_of_source() IS 'NOTIFY fabric_source: what has happened to which source, as JSON';
REVOKE ALL ON FUNCTION fabric.notify_of_source() FROM PUBLIC;

CREATE OR REPLACE TRIGGER find_server BEFORE INSERT ON fabric_system.sources
	FOR EACH ROW EXECUTE FUNCTION fabric.find_server();
COMMENT ON TRIGGER find_server ON fabric_system.sources IS 'Notes the server of a source, also when a dump is restored';
CREATE OR REPLACE TRIGGER notify AFTER INSERT OR UPDATE OF source, tags OR DELETE ON fabric_system.sources
	FOR EACH ROW EXECUTE FUNCTION fabric.notify_of_source();
COMMENT ON TRIGGER notify ON fabric_system.sources IS 'Tells who listens to fabric_source';

-- SECURITY DEFINER: who changes a server, of whatever wrapper, need have no rights here.
CREATE OR REPLACE FUNCTION fabric.follow_altered_servers()
RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM fabric.follow_server(c.objid) FROM pg_event_trigger_ddl_commands() c WHERE c.object_type = 'server';
	UPDATE fabric_system.sources s SET source = f.srvname
		FROM pg_event_trigger_ddl_commands() c, pg_foreign_server f
		WHERE c.object_type = 'server' AND f.oid = c.objid AND s.server = c.objid AND s.source <> f.srvname;
	PERFORM pg_notify('fabric_source', jsonb_build_object('event', 'altered', 'source', s.source)::text)
		FROM pg_event_trigger_ddl_commands() c
			LEFT JOIN pg_user_mapping m ON c.object_type = 'user mapping' AND m.oid = c.objid
			JOIN fabric_system.sources s ON s.server = CASE WHEN c.object_type = 'user mapping' THEN m.umserver ELSE c.objid END
		-- What happens to the row itself in this transaction is told by its trigger.
		WHERE s.xmin <> pg_current_xact_id()::xid;
END
$function$;
COMMENT ON FUNCTION fabric.follow_altered_servers() IS 'Notices servers and user mappings that are changed: sources and secrets follow a new name';
REVOKE ALL ON FUNCTION fabric.follow_altered_servers() FROM PUBLIC;

-- SECURITY DEFINER: as above.
CREATE OR REPLACE FUNCTION fabric.follow_dropped_servers()
RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM fabric.follow_server(d.objid) FROM pg_event_trigger_dropped_objects() d WHERE d.object_type = 'server';
	PERFORM fabric.drop_secret(d.address_args[1], d.address_names[1], true)
		FROM pg_event_trigger_dropped_objects() d WHERE d.object_type = 'user mapping';
	DELETE FROM fabric_system.sources s USING pg_event_trigger_dropped_objects() d
		WHERE d.object_type = 'server' AND s.server = d.objid;
	PERFORM pg_notify('fabric_source', jsonb_build_object('event', 'altered', 'source', s.source)::text)
		FROM pg_event_trigger_dropped_objects() d JOIN fabric_system.sources s ON s.source = d.address_args[1]
		WHERE d.object_type = 'user mapping';
END
$function$;
COMMENT ON FUNCTION fabric.follow_dropped_servers() IS 'Notices servers and user mappings that are dropped: sources and secrets go with them';
REVOKE ALL ON FUNCTION fabric.follow_dropped_servers() FROM PUBLIC;
