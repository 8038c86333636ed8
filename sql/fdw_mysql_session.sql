-- fabric_mysql: scans side by side, cursors, subtransactions, one view of the data, statements passed on, lost
-- connections. The remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
CREATE SCHEMA session;
SET search_path = session;
CREATE SERVER session FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_session');
CREATE USER MAPPING FOR CURRENT_USER SERVER session OPTIONS (username :'mysql_user', password :'mysql_password');
IMPORT FOREIGN SCHEMA fabric_session FROM SERVER session INTO session;
-- Somebody else, with a connection of their own.
CREATE SERVER other FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_session');
CREATE USER MAPPING FOR CURRENT_USER SERVER other OPTIONS (username :'mysql_user', password :'mysql_password');

-- Several scans at once over one connection: what is still to come of the first is kept while the second is asked.
SET work_mem = '64kB';
SELECT count(*), sum(a.id), min(b.pad) FROM big AS a JOIN big AS b ON b.id = a.id;
SELECT count(*), sum(a.id + b.id) FROM big AS a, small AS b WHERE a.id = b.id;
SELECT count(*) FROM (SELECT id FROM big UNION ALL SELECT id FROM small UNION ALL SELECT id FROM big) AS q;
SELECT md5(string_agg(a.pad, ',' ORDER BY a.id)) = md5(string_agg(b.pad, ',' ORDER BY b.id)) AS same FROM big AS a
	JOIN big AS b USING (id);
RESET work_mem;
SELECT server, in_transaction FROM fabric.connections;

-- Rescans
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT s.id, (SELECT count(*) FROM big WHERE grp = s.id) FROM small AS s ORDER BY s.id;
SELECT s.v, t.v FROM small AS s, small AS t WHERE s.id < t.id ORDER BY 1, 2;
SELECT g, x.id FROM generate_series(1, 3) AS g, LATERAL (SELECT id FROM big WHERE grp = g ORDER BY id LIMIT 2) AS x
	ORDER BY 1, 2;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;

-- A scan that is not read to its end is given up: nothing goes on over there, and the connection is as good as new.
SELECT id FROM big LIMIT 1;
SELECT id FROM big OFFSET 1000 LIMIT 1;
SELECT EXISTS (SELECT FROM big), (SELECT count(*) FROM small);
SELECT count(*) AS still_running FROM fabric.remote_query('other',
		'SELECT id, info FROM information_schema.processlist
			WHERE command = ''Query'' AND info LIKE ''%fabric_session%big%'' AND id <> connection_id()')
	AS q(id bigint, info text);
EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT id FROM small;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT id FROM big WHERE grp = 3 LIMIT 10;

-- Cursors: several at once, in both directions, beside other statements, beyond the transaction's end
BEGIN;
DECLARE one CURSOR FOR SELECT id, v FROM small ORDER BY id;
DECLARE two NO SCROLL CURSOR FOR SELECT id FROM big;
DECLARE three SCROLL CURSOR FOR SELECT id FROM small;
FETCH 1 FROM one;
FETCH 2 FROM two;
FETCH 2 FROM three;
SELECT count(*) FROM big;
FETCH 2 FROM two;
FETCH BACKWARD 1 FROM three;
FETCH ALL FROM one;
MOVE 40000 FROM two;
FETCH 1 FROM two;
CLOSE two;
DECLARE held CURSOR WITH HOLD FOR SELECT id, v FROM small ORDER BY id;
FETCH 1 FROM held;
COMMIT;
FETCH ALL FROM held;
CLOSE held;

-- Subtransactions: an error within one leaves the rest of the transaction as it was.
CREATE FOREIGN TABLE wrong (id int, no_such_column int) SERVER session OPTIONS (table_name 'small');
BEGIN;
DECLARE outer_cursor CURSOR FOR SELECT id FROM big;
FETCH 1 FROM outer_cursor;
SAVEPOINT a;
SELECT * FROM wrong;
ROLLBACK TO a;
FETCH 1 FROM outer_cursor;
SAVEPOINT b;
DECLARE inner_cursor CURSOR FOR SELECT id FROM small ORDER BY id;
FETCH 1 FROM inner_cursor;
ROLLBACK TO b;
FETCH 1 FROM outer_cursor;
SELECT 1 / 0;
ROLLBACK;
DO $$
DECLARE
	row record;
	good integer = 0;
	bad integer = 0;
BEGIN
	FOR row IN SELECT id FROM session.big WHERE id <= 100 LOOP
		BEGIN
			PERFORM 10 / (row.id % 2), v FROM session.small WHERE id = 1;
			good = good + 1;
		EXCEPTION WHEN division_by_zero THEN
			bad = bad + 1;
		END;
	END LOOP;
	RAISE NOTICE '% went well, % did not', good, bad;
END
$$;
-- An error among the rows of a scan is that scan's, also when it is met while they are put aside for another statement.
DO $$
DECLARE
	row record;
	others integer = 0;
BEGIN
	FOR row IN SELECT id, pad FROM session.factors WHERE a * b > 0 LOOP
		BEGIN
			PERFORM v FROM session.small WHERE id = row.id;
		EXCEPTION WHEN others THEN
			others = others + 1;
		END;
	END LOOP;
	RAISE EXCEPTION 'all rows came, % errors', others;
END
$$;
BEGIN;
DECLARE multiplied CURSOR FOR SELECT id FROM factors WHERE a * b > 0;
FETCH 1 FROM multiplied;
SELECT count(*) FROM small;
MOVE 1000 FROM multiplied;
FETCH 1 FROM multiplied;
MOVE ALL FROM multiplied;
ROLLBACK;
-- What could not be put aside is lost, and says so.
SET work_mem = '64kB';
BEGIN;
DECLARE too_large CURSOR FOR SELECT id, pad FROM big;
MOVE 1 FROM too_large;
SAVEPOINT a;
SET LOCAL temp_file_limit = '1MB';
SELECT count(*) FROM small;
ROLLBACK TO a;
SELECT count(*) FROM small;
FETCH ALL FROM too_large;
ROLLBACK;
RESET work_mem;
-- Writing while rows are on the wire, in subtransactions that end well or not
DO $$
DECLARE
	row record;
	written integer = 0;
BEGIN
	FOR row IN SELECT id FROM session.big LOOP
		BEGIN
			PERFORM fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (?)', row.id::text);
			PERFORM 1 / (row.id % 2);
			written = written + 1;
		EXCEPTION WHEN division_by_zero THEN
			NULL;
		END;
		EXIT WHEN row.id = 101;
	END LOOP;
	RAISE NOTICE '% written', written;
END
$$;
SELECT count(*), min(note), max(note) FROM log WHERE note::int % 2 = 1;
BEGIN;
DECLARE read_on CURSOR FOR SELECT id FROM big;
SAVEPOINT a;
SELECT fabric.remote_exec('session', 'DELETE FROM fabric_session.log');
FETCH 1 FROM read_on;
ROLLBACK TO a;
SELECT count(*) FROM log;
FETCH 1 FROM read_on;
SAVEPOINT b;
SAVEPOINT c;
SELECT fabric.remote_exec('session', 'DELETE FROM fabric_session.log WHERE note <> ''1'' ');
DECLARE read_too CURSOR FOR SELECT id FROM big;
FETCH 1 FROM read_too;
RELEASE b;
FETCH 1 FROM read_too;
SAVEPOINT d;
SELECT fabric.remote_exec('session', 'DELETE FROM fabric_session.log');
DECLARE read_again CURSOR FOR SELECT id FROM big;
FETCH 1 FROM read_again;
ROLLBACK TO d;
COMMIT;
SELECT note FROM log;
SELECT fabric.remote_exec('session', 'TRUNCATE fabric_session.log');
-- A block that failed within one that ended well, then another that failed beside it: 1 stays, 4 as well.
DO $$
BEGIN
	BEGIN
		PERFORM fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (1)');
		BEGIN
			PERFORM fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (2)');
			PERFORM 1 / 0;
		EXCEPTION WHEN division_by_zero THEN
			NULL;
		END;
	EXCEPTION WHEN no_data_found THEN
		NULL;
	END;
	BEGIN
		PERFORM fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (3)');
		PERFORM 1 / 0;
	EXCEPTION WHEN division_by_zero THEN
		NULL;
	END;
	PERFORM fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (4)');
END
$$;
SELECT note FROM log ORDER BY note;
SELECT fabric.remote_exec('session', 'TRUNCATE fabric_session.log');
SELECT server, in_transaction FROM fabric.connections ORDER BY server;

-- One view of the data within a transaction, whatever others do meanwhile. (DDL commits what they did before.)
BEGIN;
SELECT count(*) FROM small;
SELECT fabric.remote_exec('other', 'INSERT INTO fabric_session.small VALUES (4, ''four'')');
SELECT fabric.remote_exec('other', 'DROP TABLE IF EXISTS fabric_session.nothing');
SELECT count(*) FROM small;
SELECT count(*), max(id) FROM small WHERE id > 0;
COMMIT;
SELECT count(*) FROM small;
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT v FROM small WHERE id = 4;
SELECT fabric.remote_exec('other', 'DELETE FROM fabric_session.small WHERE id = ?', 4);
SELECT fabric.remote_exec('other', 'DROP TABLE IF EXISTS fabric_session.nothing');
SELECT v FROM small WHERE id = 4;
ROLLBACK;
SELECT v FROM small WHERE id = 4;

-- Statements passed on as they are
SELECT * FROM fabric.remote_query('session', 'SELECT id, v FROM small ORDER BY id') AS q(id integer, v text);
SELECT * FROM fabric.remote_query('session', 'SELECT id, v FROM fabric_session.small ORDER BY id') AS q(id integer,
	v text);
SELECT * FROM fabric.remote_query('session', 'SELECT ? + 1, ?, ?, ?', 41, 'it''s \ 中文', NULL::text,
	timestamptz '2024-01-31 12:00+02') AS q(i integer, t text, n text, m text);
SELECT * FROM fabric.remote_query('session', 'SELECT ''?'', ? /* ? */, `v` FROM fabric_session.small WHERE id = ?',
	1.50, 2) AS q(a text, b numeric, c text);
SELECT * FROM fabric.remote_query('session', 'SELECT ?', 1, 2) AS q(a integer);
SELECT * FROM fabric.remote_query('session', 'SELECT ?, ?', 1) AS q(a integer, b integer);
SELECT * FROM fabric.remote_query('session', 'SELECT 1, 2') AS q(a integer);
SELECT * FROM fabric.remote_query('session', 'SELECT ''x''') AS q(a integer);
SELECT * FROM fabric.remote_query('session', 'SELEC 1') AS q(a integer);
SELECT * FROM fabric.remote_query('session', 'SELECT 1; SELECT 2') AS q(a integer);
SELECT * FROM fabric.remote_query('session', 'DO 1') AS q(a integer);
SELECT * FROM fabric.remote_query('no such server', 'SELECT 1') AS q(a integer);
SELECT * FROM fabric.remote_query(NULL, 'SELECT 1') AS q(a integer);
SELECT fabric.remote_exec('session', 'SELECT 1');
SELECT fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (?), (?)', 'a', NULL::text);
SELECT fabric.remote_exec('session', 'UPDATE fabric_session.log SET note = note');
SELECT fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (?)', repeat('x', 51));
SELECT fabric.remote_exec('session', 'INSERT INTO fabric_session.log (id) VALUES (1)');
SELECT fabric.remote_exec('session', 'LOAD DATA LOCAL INFILE ''/etc/passwd'' INTO TABLE fabric_session.log (note)');
SELECT note FROM log ORDER BY id;
-- What they change ends with the transaction, and with the subtransaction.
BEGIN;
SELECT fabric.remote_exec('session', 'DELETE FROM fabric_session.log');
SELECT count(*) FROM log;
ROLLBACK;
SELECT count(*) FROM log;
BEGIN;
SELECT fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (''kept'')');
SAVEPOINT a;
SELECT fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (''undone'')');
ROLLBACK TO a;
SELECT note FROM log ORDER BY id;
SAVEPOINT b;
SELECT fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (''kept too'')');
RELEASE b;
COMMIT;
SELECT note FROM log ORDER BY id;
DO $$
BEGIN
	FOR i IN 1..4 LOOP
		BEGIN
			PERFORM fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (?)', 'round ' || i);
			PERFORM 1 / (i % 2);
		EXCEPTION WHEN division_by_zero THEN
			NULL;
		END;
	END LOOP;
END
$$;
SELECT note FROM log WHERE note LIKE 'round%' ORDER BY id;
-- The transaction is PostgreSQL's: what would end it behind its back, or change what answers depend on, is not sent.
SELECT fabric.remote_exec('session', 'COMMIT');
SELECT fabric.remote_exec('session', ' /* x */ start transaction');
SELECT fabric.remote_exec('session', 'SET autocommit = 1');
SELECT fabric.remote_exec('session', '-- x' || chr(10) || 'Rollback to savepoint a');
SELECT * FROM fabric.remote_query('session', 'XA RECOVER') AS q(a integer, b integer, c integer, d text);
-- DDL commits over there by itself.
BEGIN;
SELECT fabric.remote_exec('session', 'CREATE TABLE fabric_session.made (id int)');
ROLLBACK;
SELECT * FROM fabric.remote_query('session', 'SHOW TABLES FROM fabric_session LIKE ''made''') AS q(name text);
-- A prepared transaction cannot hold what was changed elsewhere; reading alone does no harm.
BEGIN;
SELECT fabric.remote_exec('session', 'DELETE FROM fabric_session.log');
PREPARE TRANSACTION 'regress';
SELECT count(*) > 0 AS still_there FROM log;

-- Who may: to pass statements on is a right of its own, beside USAGE on the server.
CREATE ROLE regress_fabric_user IN ROLE fabric_user;
CREATE ROLE regress_fabric_developer IN ROLE fabric_developer;
SET ROLE regress_fabric_user;
SELECT fabric.remote_exec('session', 'DO 1');
SELECT * FROM fabric.remote_query('session', 'SELECT 1') AS q(a integer);
SELECT count(*) FROM fabric.connections;
SELECT fabric.disconnect();
RESET ROLE;
GRANT EXECUTE ON FUNCTION fabric.remote_exec(text, text) TO regress_fabric_developer;
SET ROLE regress_fabric_developer;
SELECT fabric.remote_exec('session', 'DO 1');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER session TO regress_fabric_developer;
SET ROLE regress_fabric_developer;
SELECT fabric.remote_exec('session', 'DO 1');
RESET ROLE;
CREATE USER MAPPING FOR regress_fabric_developer SERVER session OPTIONS (username 'fabric_open',
	password_required 'false');
SET ROLE regress_fabric_developer;
SELECT fabric.remote_exec('session', 'DO 1');
SELECT * FROM fabric.remote_query('session', 'SELECT current_user()') AS q(who text);
SELECT server, role, in_transaction FROM fabric.connections;
RESET ROLE;
SELECT server, role, in_transaction FROM fabric.connections ORDER BY server, role::text;

-- A connection that is ended from over there: noticed, and replaced when that loses nothing.
CREATE FUNCTION kill(victim text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM fabric.remote_exec('other', 'KILL CONNECTION ' || remote_id) FROM fabric.connections WHERE server = victim
		AND role = current_user::regrole;
	-- until it is really gone
	PERFORM fabric.remote_exec('other', 'DO SLEEP(0.1)');
	RETURN 'killed';
END
$$;
SELECT count(*) FROM small;
SELECT kill('session');
SELECT count(*) FROM small;
BEGIN;
SELECT count(*) FROM small;
SELECT kill('session');
SELECT count(*) FROM small;
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SELECT count(*) FROM small;
BEGIN;
SELECT fabric.remote_exec('session', 'INSERT INTO fabric_session.log (note) VALUES (''lost'')');
SELECT kill('session');
SET client_min_messages = error;
COMMIT;
\echo :LAST_ERROR_SQLSTATE
RESET client_min_messages;
SELECT count(*) FROM log WHERE note = 'lost';
SELECT count(*) FROM big;

-- Time limits: PostgreSQL's, the server's own, that of silence
SET statement_timeout = '300ms';
SELECT * FROM fabric.remote_query('session', 'SELECT SLEEP(20)') AS q(a integer);
\echo :LAST_ERROR_SQLSTATE
RESET statement_timeout;
SELECT count(*) AS still_running FROM fabric.remote_query('other',
	'SELECT id FROM information_schema.processlist
		WHERE command = ''Query'' AND info LIKE ''SELECT SLEEP(20)%''') AS q(id bigint);
SELECT count(*) FROM small;
ALTER SERVER session OPTIONS (ADD statement_timeout '200ms');
SELECT * FROM fabric.remote_query('session', 'SELECT SLEEP(20)') AS q(a integer);
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM small;
ALTER SERVER session OPTIONS (DROP statement_timeout, ADD read_timeout '200ms');
SELECT * FROM fabric.remote_query('session', 'SELECT SLEEP(20)') AS q(a integer);
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM small;
ALTER SERVER session OPTIONS (DROP read_timeout);

-- The session's settings are ours, whatever the server or init_command say.
ALTER SERVER session
	OPTIONS (ADD init_command 'SET SESSION sql_mode = ''ANSI_QUOTES,NO_BACKSLASH_ESCAPES'',
		SESSION time_zone = ''+05:00'', SESSION sql_select_limit = 1, @mark = 7');
SELECT * FROM fabric.remote_query('session',
	'SELECT @@sql_mode, @@time_zone, @@autocommit, @@tx_isolation, @@character_set_results, @mark') AS q(mode text,
	zone text, autocommit integer, isolation text, charset text, mark integer);
SELECT count(*) FROM small;
ALTER SERVER session OPTIONS (SET init_command 'SELECT 1');
SELECT count(*) FROM small;
ALTER SERVER session OPTIONS (SET init_command 'no statement');
\set VERBOSITY terse
SELECT count(*) FROM small;
\set VERBOSITY default
ALTER SERVER session OPTIONS (DROP init_command);

-- Disconnecting
SELECT count(*) FROM small;
BEGIN;
SELECT count(*) FROM small;
SELECT fabric.disconnect('session');
SELECT server, in_transaction, closing FROM fabric.connections WHERE role = current_user::regrole ORDER BY server;
SELECT count(*) FROM small;
COMMIT;
SELECT server FROM fabric.connections WHERE role = current_user::regrole ORDER BY server;
SELECT fabric.disconnect();
SELECT count(*) FROM fabric.connections;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA session CASCADE;
DROP SERVER session CASCADE;
DROP SERVER other CASCADE;
REVOKE ALL ON FUNCTION fabric.remote_exec(text, text) FROM regress_fabric_developer;
DROP ROLE regress_fabric_user, regress_fabric_developer;
