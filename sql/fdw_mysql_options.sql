-- fabric_mysql: options of servers, user mappings, tables and columns; who may set them; what their change does.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
CREATE SCHEMA options;
SET search_path = options;

-- Every option, where it may stand and what it takes.
SELECT option, array_to_string(scope, ', ') AS scope, kind, choices, alias_of, superuser
	FROM fabric.wrapper_options WHERE wrapper = 'fabric_mysql' ORDER BY option, scope;

-- What becomes of one option given to a fresh object.
CREATE SERVER trial FOREIGN DATA WRAPPER fabric_mysql;
CREATE FUNCTION try(scope text, option text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
	state text;
BEGIN
	EXECUTE format(
		CASE scope
			WHEN 'server' THEN 'CREATE SERVER another FOREIGN DATA WRAPPER fabric_mysql OPTIONS (%I %L)'
			WHEN 'user mapping' THEN 'CREATE USER MAPPING FOR CURRENT_USER SERVER trial OPTIONS (%I %L)'
			WHEN 'table' THEN 'CREATE FOREIGN TABLE options.t (a integer) SERVER trial OPTIONS (%I %L)'
			WHEN 'column' THEN 'CREATE FOREIGN TABLE options.t (a integer OPTIONS (%I %L)) SERVER trial'
			WHEN 'wrapper' THEN 'ALTER FOREIGN DATA WRAPPER fabric_mysql OPTIONS (ADD %I %L)'
		END, option, value);
	RAISE EXCEPTION USING MESSAGE = 'accepted', ERRCODE = 'P0099';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
	RETURN CASE WHEN state = 'P0099' THEN message ELSE concat_ws(E'\n', state || ': ' || message, nullif(hint, '')) END;
END
$$;

-- Every option is taken where it belongs, with a right value ...
SELECT result, count(*)
	FROM fabric.wrapper_options AS o, unnest(o.scope) AS s(place),
		LATERAL try(s.place, option,
			CASE kind WHEN 'boolean' THEN 'true' WHEN 'integer' THEN '3306' WHEN 'cost' THEN '0.5' WHEN 'duration' THEN '10s'
				WHEN 'choice' THEN split_part(choices, ',', 1)
				WHEN 'rules' THEN 'length(text)' ||
					CASE option WHEN 'pushdown_include' THEN ' => LENGTH($1)' ELSE '' END
				ELSE 'x' END) AS result
	WHERE wrapper = 'fabric_mysql' GROUP BY result;
-- ... and nowhere else.
SELECT place, count(*) AS options, count(*) FILTER (WHERE try(place, option, 'true') LIKE 'HV00D: %') AS refused
	FROM unnest(ARRAY['server', 'user mapping', 'table', 'column', 'wrapper']) AS s(place), fabric.wrapper_options AS o
	WHERE wrapper = 'fabric_mysql' AND NOT EXISTS (
		SELECT FROM fabric.wrapper_options AS p WHERE p.option = o.option AND s.place = ANY (p.scope))
	GROUP BY place ORDER BY place;

-- Unknown names: the list of the right ones, the nearest first.
\pset format unaligned
\pset tuples_only on
SELECT try('server', 'hostname', 'x');
SELECT try('server', 'pushdwon', 'x');
SELECT try('user mapping', 'user', 'x');
SELECT try('user mapping', 'pasword', 'x');
SELECT try('table', 'table', 'x');
SELECT try('column', 'name', 'x');
SELECT try('column', 'Column_Name', 'x');
SELECT try('wrapper', 'host', 'x');
SELECT try('table', 'host', 'x');
\pset tuples_only off
\pset format aligned

-- Values
SELECT option, value, try('server', option, value)
	FROM (VALUES
		('port', '0'), ('port', '65536'), ('port', '-1'), ('port', '3306x'), ('port', ''), ('port', '1'), ('port',
			'65535'),
		('host', ''), ('host', 'example.com'), ('dbname', ''),
		('connect_timeout', '10'), ('connect_timeout', '500ms'), ('connect_timeout', '2min'), ('connect_timeout', '0'),
		('connect_timeout', '-1s'), ('connect_timeout', '10 parsecs'), ('connect_timeout', ''), ('read_timeout', '1d'),
		('statement_timeout', '99999999999999s'), ('ping_after', 'soon'),
		('tls_mode', 'required'), ('tls_mode', 'REQUIRED'), ('tls_mode', 'yes'), ('tls_mode', ''),
		('zero_dates', 'null'), ('zero_dates', '-infinity'), ('zero_dates', 'infinity'),
		('pushdown', 'off'), ('pushdown', '1'), ('pushdown', 'maybe'), ('compress', 'yes'),
		('pushdown_exclude', 'length(text); =(integer,integer)'), ('pushdown_exclude', 'CASE; ANY(array); upper(text)'),
		('pushdown_exclude', 'no_such_function(text)'), ('pushdown_exclude', 'length'), ('pushdown_exclude',
			'=(integer,box)'),
		('pushdown_exclude', 'pg_catalog.length(text) ; ; '), ('pushdown_exclude', ''), ('pushdown_exclude', 'SubPlan'),
		('pushdown_exclude', 'length(text'),
		('pushdown_include', 'upper(text) => UPPER($1)'), ('pushdown_include', 'upper(text)'),
		('pushdown_include', 'upper(text) => UPPER($2)'), ('pushdown_include', 'upper(text) => '), ('pushdown_include',
			'CASE => 1')
	) AS v(option, value);

-- Two names for one thing
CREATE SERVER twice FOREIGN DATA WRAPPER fabric_mysql OPTIONS (ssl_ca '/a', tls_ca '/b');
CREATE SERVER twice FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host 'a', host 'b');
CREATE SERVER twice FOREIGN DATA WRAPPER fabric_mysql OPTIONS (ssl_ca '/a');
ALTER SERVER twice OPTIONS (ADD tls_ca '/b');
ALTER SERVER twice OPTIONS (SET ssl_ca '/b', ADD tls_mode 'verify_ca');
DROP SERVER twice;
-- Names of mysql_fdw that do nothing here are taken, together as well.
CREATE SERVER old FOREIGN DATA WRAPPER fabric_mysql
	OPTIONS (secure_auth 'false', use_remote_estimate 'true', fetch_size '10', reconnect 'true', character_set 'latin1',
		sql_mode 'ANSI_QUOTES');
DROP SERVER old;

-- Who may do what
CREATE ROLE regress_fabric_developer IN ROLE fabric_developer;
CREATE ROLE regress_fabric_nobody;
GRANT USAGE, CREATE ON SCHEMA options TO regress_fabric_developer, regress_fabric_nobody;
SET ROLE regress_fabric_nobody;
CREATE SERVER mine FOREIGN DATA WRAPPER fabric_mysql;
SET ROLE regress_fabric_developer;
CREATE SERVER mine FOREIGN DATA WRAPPER fabric_mysql OPTIONS (unix_socket '/run/mysqld/mysqld.sock');
CREATE SERVER mine FOREIGN DATA WRAPPER fabric_mysql OPTIONS (mysql_default_file '/etc/mysql/my.cnf');
CREATE SERVER mine FOREIGN DATA WRAPPER fabric_mysql OPTIONS (ssl_key '/etc/ssl/private/key.pem');
CREATE SERVER mine FOREIGN DATA WRAPPER fabric_mysql OPTIONS (pushdown_include 'upper(text) => UPPER($1)');
CREATE SERVER mine FOREIGN DATA WRAPPER fabric_mysql OPTIONS (pushdown_exclude 'length(text)', tls_mode 'required');
ALTER SERVER mine OPTIONS (DROP tls_mode, DROP pushdown_exclude, ADD host :'mysql_host', ADD port :'mysql_port',
	ADD dbname 'fabric_options');
CREATE USER MAPPING FOR regress_fabric_developer SERVER mine OPTIONS (username 'fabric_open',
	password_required 'false');
CREATE USER MAPPING FOR regress_fabric_developer SERVER mine OPTIONS (username 'fabric_open');
CREATE FOREIGN TABLE mine (id integer, place text) SERVER mine OPTIONS (table_name 'places');
-- Without a password a role that is no superuser does not connect, ...
SELECT * FROM mine ORDER BY id;
RESET ROLE;
-- ... unless a superuser says so. Changing something else does not lift that.
ALTER USER MAPPING FOR regress_fabric_developer SERVER mine OPTIONS (ADD password_required 'false');
SET ROLE regress_fabric_developer;
SELECT * FROM mine ORDER BY id;
ALTER USER MAPPING FOR regress_fabric_developer SERVER mine OPTIONS (SET username 'fabric');
ALTER USER MAPPING FOR regress_fabric_developer SERVER mine OPTIONS (DROP password_required);
SELECT * FROM mine ORDER BY id;
RESET ROLE;
ALTER USER MAPPING FOR regress_fabric_developer SERVER mine OPTIONS (DROP password_required);
SET ROLE regress_fabric_developer;
SELECT * FROM mine ORDER BY id;
-- A wrong password says nothing about the right one.
ALTER USER MAPPING FOR regress_fabric_developer SERVER mine OPTIONS (ADD password 'wrong', SET username :'mysql_user');
DO $$
BEGIN
	PERFORM * FROM options.mine;
EXCEPTION WHEN invalid_password THEN
	RAISE NOTICE '%', regexp_replace(sqlerrm, '''@''[^'']*''', '''@''...''');
END
$$;
RESET ROLE;
-- What the remote user may not read
ALTER USER MAPPING FOR regress_fabric_developer SERVER mine OPTIONS (SET username 'fabric_narrow',
	SET password 'narrow-secret');
SET ROLE regress_fabric_developer;
SELECT id FROM mine ORDER BY id;
SELECT id, place FROM mine ORDER BY id;
RESET ROLE;
DROP SERVER mine CASCADE;

-- A change of options is noticed: by the next statement, by prepared ones, by cached plans
CREATE SERVER changing FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_options');
SELECT * FROM fabric.connections;
CREATE FOREIGN TABLE places (id integer, place text) SERVER changing;
SELECT * FROM places;
CREATE USER MAPPING FOR CURRENT_USER SERVER changing OPTIONS (username :'mysql_user', password :'mysql_password');
SET plan_cache_mode = force_generic_plan;
PREPARE by_id(integer) AS SELECT * FROM places WHERE id = $1 AND length(place) > 3;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_id(1);
EXECUTE by_id(1);
ALTER SERVER changing OPTIONS (SET dbname 'fabric_options_2');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_id(1);
EXECUTE by_id(1);
ALTER SERVER changing OPTIONS (ADD pushdown_exclude 'length(text)');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_id(1);
EXECUTE by_id(1);
ALTER SERVER changing OPTIONS (ADD pushdown 'false');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_id(1);
EXECUTE by_id(1);
ALTER SERVER changing OPTIONS (DROP pushdown, DROP pushdown_exclude);
ALTER FOREIGN TABLE places OPTIONS (ADD dbname 'fabric_options');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_id(1);
EXECUTE by_id(1);
ALTER FOREIGN TABLE places ALTER COLUMN id OPTIONS (ADD column_name 'other name');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_id(11);
EXECUTE by_id(11);
ALTER FOREIGN TABLE places ALTER COLUMN id OPTIONS (SET column_name 'no such column');
EXECUTE by_id(11);
ALTER FOREIGN TABLE places ALTER COLUMN id OPTIONS (DROP column_name);
ALTER USER MAPPING FOR CURRENT_USER SERVER changing OPTIONS (SET password 'wrong');
DO $$
BEGIN
	PERFORM * FROM options.places;
EXCEPTION WHEN invalid_password THEN
	RAISE NOTICE 'the new password is used: %', sqlstate;
END
$$;
ALTER USER MAPPING FOR CURRENT_USER SERVER changing OPTIONS (SET password :'mysql_password');
-- Within a transaction the connection stays as it was begun.
BEGIN;
EXECUTE by_id(1);
ALTER SERVER changing OPTIONS (ADD connect_timeout '9s');
SELECT server, in_transaction, closing FROM fabric.connections;
EXECUTE by_id(1);
COMMIT;
SELECT server, in_transaction, closing FROM fabric.connections;
EXECUTE by_id(1);
SELECT server, role, tls, in_transaction, closing FROM fabric.connections;
SELECT fabric.disconnect('changing');
SELECT fabric.disconnect('no such server');
SELECT * FROM fabric.connections;

-- Rules name functions of pg_catalog, or with their schema; one that is gone since does not stop the tables.
CREATE FUNCTION options.vanishing(text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION options.length(text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
ALTER SERVER changing OPTIONS (ADD pushdown_exclude 'vanishing(text); length(text)');
ALTER SERVER changing OPTIONS (ADD pushdown_exclude 'options.vanishing(text); length(text)');
SET search_path = options, pg_catalog;
EXPLAIN (VERBOSE, COSTS OFF) SELECT place FROM places WHERE pg_catalog.length(place) > 3;
SET search_path = options;
DROP FUNCTION options.vanishing(text), options.length(text);
SELECT place FROM places WHERE length(place) > 3 AND id = 1;
ALTER SERVER changing OPTIONS (DROP pushdown_exclude);

-- Tables that do not say enough, or name what is not there
ALTER SERVER changing OPTIONS (DROP dbname);
ALTER FOREIGN TABLE places OPTIONS (DROP dbname);
SELECT * FROM places;
ALTER FOREIGN TABLE places OPTIONS (ADD dbname 'fabric_options', ADD table_name 'no such table');
SELECT * FROM places;
ALTER FOREIGN TABLE places OPTIONS (SET dbname 'no such database');
SELECT * FROM places;
-- Nobody is there: port 1 is nobody's.
ALTER SERVER changing OPTIONS (SET port '1');
DO $$
BEGIN
	PERFORM * FROM options.places;
EXCEPTION WHEN sqlclient_unable_to_establish_sqlconnection THEN
	RAISE NOTICE '%', regexp_replace(sqlerrm, ' (on|to) ''[^'']*''', ' \1 ...');
END
$$;
ALTER SERVER changing OPTIONS (SET host 'no-such-host.invalid');
SELECT * FROM places;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA options CASCADE;
DROP SERVER changing CASCADE;
DROP SERVER trial CASCADE;
DROP ROLE regress_fabric_developer, regress_fabric_nobody;
