-- Who may call and read what: every function, procedure and view of the schema fabric is in this list.
\ir setup.psql
CREATE TEMP TABLE wanted (object text PRIMARY KEY, least text NOT NULL);
INSERT INTO wanted VALUES
	('add_connector(text,text,jsonb,text[],text[],text,regprocedure,regprocedure,regprocedure)', 'admin'),
	('add_source(text,text,jsonb,jsonb,text,text[],boolean,boolean,text,text)', 'developer'),
	('adopt_server(text,text,text[])', 'developer'),
	('alter_source(text,jsonb,jsonb,text,text[],text,boolean,text,text)', 'developer'),
	('check_health(text,interval,boolean,boolean)', 'user'),
	('check_setting()', 'none'),
	('claim_checks()', 'admin'),
	('describe_options(text)', 'user'),
	('disconnect(text)', 'user'),
	('discover(text,text)', 'user'),
	('discover_postgres(text,text)', 'user'),
	('drop_connector(text,boolean)', 'admin'),
	('drop_secret(text,text,boolean)', 'user'),
	('drop_source(text,boolean,boolean)', 'developer'),
	('explain_pushdown(text)', 'user'),
	('find_server()', 'none'),
	('find_servers()', 'admin'),
	('follow_altered_servers()', 'none'),
	('follow_dropped_servers()', 'none'),
	('follow_server(oid)', 'none'),
	('foreign_columns(regclass)', 'user'),
	('import_schema(text,text,text,text[],text[],jsonb)', 'developer'),
	('infer_columns()', 'none'),
	('list_connections()', 'user'),
	('list_progress()', 'user'),
	('list_pushdown_rules()', 'user'),
	('list_secrets()', 'user'),
	('list_wrapper_options()', 'user'),
	('notify_of_source()', 'none'),
	('notify_of_status()', 'none'),
	('object_schema(text,text,text)', 'user'),
	('options_as_json(text[],text[])', 'user'),
	('preview(text,text,text,bigint)', 'user'),
	('purge_health()', 'admin'),
	('remote_exec(text,text)', 'none'),
	('remote_exec(text,text,"any")', 'none'),
	('remote_query(text,text)', 'none'),
	('remote_query(text,text,"any")', 'none'),
	('rotate_secrets()', 'admin'),
	('run_due()', 'admin'),
	('set_secret(text,jsonb,text)', 'user'),
	('set_setting(text,jsonb,text)', 'developer'),
	('setting(text,text)', 'user'),
	('test_postgres(text)', 'user'),
	('test_source(text,interval)', 'user'),
	('connections', 'user'),
	('connectors', 'user'),
	('progress', 'user'),
	('pushdown_rules', 'user'),
	('secrets', 'user'),
	('settings', 'user'),
	('source_health', 'user'),
	('sources', 'user'),
	('wrapper_options', 'user'),
	('unadopt_server(text)', 'developer');

-- Handlers and validators are the wrappers', which PostgreSQL calls; their caller needs no right.
CREATE TEMP VIEW found AS
SELECT replace(p.oid::regprocedure::text, 'fabric.', '') AS object, p.oid, 'pg_proc'::regclass AS catalog, NULL::text AS relation,
	p.prosecdef AND NOT coalesce(p.proconfig::text LIKE '%search\_path%', false) AS unsafe
FROM pg_proc p
WHERE p.pronamespace = 'fabric'::regnamespace AND p.prorettype <> 'fdw_handler'::regtype AND p.proname !~ '_validator$'
UNION ALL
SELECT c.relname, c.oid, 'pg_class'::regclass, c.oid::regclass::text, false
FROM pg_class c
WHERE c.relnamespace = 'fabric'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'f');

CREATE FUNCTION pg_temp.may(role text, object oid, relation text) RETURNS boolean LANGUAGE sql AS
$$ SELECT CASE WHEN relation IS NULL THEN has_function_privilege(role, object, 'EXECUTE') ELSE has_table_privilege(role, object, 'SELECT') END $$;

SELECT no_plan();
SELECT is_empty('SELECT object FROM found WHERE object NOT IN (SELECT object FROM wanted)', 'every object is in the list');
SELECT is_empty('SELECT object FROM wanted WHERE object NOT IN (SELECT object FROM found)', 'and every one of the list is there');
SELECT is(ARRAY(SELECT kind FROM unnest('{nobody,user,developer,admin}'::text[]) WITH ORDINALITY AS k(kind, place)
		WHERE pg_temp.may('tap_' || kind, f.oid, f.relation) ORDER BY place),
	CASE w.least WHEN 'user' THEN '{user,developer,admin}' WHEN 'developer' THEN '{developer,admin}' WHEN 'admin' THEN '{admin}'
		ELSE '{}' END::text[], w.object || ': who may')
FROM wanted w JOIN found f USING (object) ORDER BY object;
SELECT isnt(obj_description(oid, catalog::text::name), NULL, object || ': has a comment') FROM found ORDER BY object;
SELECT ok(NOT unsafe, object || ': sets its search_path, if it runs as its owner') FROM found WHERE relation IS NULL ORDER BY object;
SELECT is_empty($$SELECT c.oid::regclass, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
	WHERE c.relnamespace = 'fabric'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'v'
		AND col_description(c.oid, a.attnum) IS NULL$$, 'every column of a view has a comment');
-- The tables behind them.
SELECT ok(NOT has_table_privilege('tap_' || kind, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') OR c.relname = 'settings' AND kind IN ('developer', 'admin'),
	format('%s: tap_%s does not write it past the functions', c.oid::regclass, kind))
FROM pg_class c, unnest('{nobody,user,developer,admin}'::text[]) AS kind
WHERE c.relnamespace IN ('fabric_system'::regnamespace, 'fabric_monitor'::regnamespace) AND c.relkind = 'r'
ORDER BY c.oid::regclass::text, kind;
SELECT ok(NOT has_table_privilege('tap_' || kind, 'fabric_system.secrets', 'SELECT'), 'no secret is read by tap_' || kind)
FROM unnest('{nobody,user,developer,admin}'::text[]) AS kind;
SELECT * FROM finish();
ROLLBACK;
