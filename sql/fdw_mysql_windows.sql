-- fabric_mysql: window functions; and joins, groups and reading of partitions on two servers. Each statement beside its rows, which
-- must be those of local copies. The remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
\getenv abs_srcdir PG_ABS_SRCDIR
CREATE SCHEMA windows;
SET search_path = windows;
SET datestyle = 'ISO';
SET timezone = 'Asia/Kolkata';
CREATE SERVER windows FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_order', lookup_batch_size '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER windows OPTIONS (username :'mysql_user', password :'mysql_password');
IMPORT FOREIGN SCHEMA fabric_order FROM SERVER windows INTO windows OPTIONS (import_tinyint1_as_boolean 'true');
-- Partitions on two servers
CREATE SERVER windows_too FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_order', lookup_batch_size '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER windows_too OPTIONS (username :'mysql_user', password :'mysql_password');
CREATE TABLE both_halves (id int NOT NULL, grp int NOT NULL, v int) PARTITION BY RANGE (id);
CREATE FOREIGN TABLE first_half PARTITION OF both_halves FOR VALUES FROM (0) TO (10000) SERVER windows
	OPTIONS (table_name 'series');
CREATE FOREIGN TABLE second_half PARTITION OF both_halves FOR VALUES FROM (10000) TO (20000) SERVER windows_too
	OPTIONS (table_name 'later_series');
CREATE TABLE others (id int NOT NULL, grp int NOT NULL, v int) PARTITION BY RANGE (id);
CREATE FOREIGN TABLE first_others PARTITION OF others FOR VALUES FROM (0) TO (10000) SERVER windows OPTIONS (table_name 'series');
CREATE FOREIGN TABLE second_others PARTITION OF others FOR VALUES FROM (10000) TO (20000) SERVER windows_too
	OPTIONS (table_name 'later_series');
\set ECHO none
\i :abs_srcdir/test/regress/show.sql
\set ECHO all
SELECT copy_tables('windows');
CREATE TABLE windows_local.both_halves AS TABLE windows_local.first_half UNION ALL TABLE windows_local.second_half;
CREATE TABLE windows_local.others AS TABLE windows_local.both_halves;
\pset format unaligned
\pset tuples_only on

-- Numbers of rows, ranks, neighbours
SELECT show(
	'SELECT id, row_number() OVER (ORDER BY id) AS r FROM things', 'SELECT id, rank() OVER (ORDER BY price) AS r FROM things',
	'SELECT id, dense_rank() OVER (PARTITION BY m ORDER BY n DESC NULLS LAST) AS r FROM things',
	'SELECT id, lag(n) OVER (ORDER BY id) AS x, lead(n) OVER (ORDER BY id) AS y FROM things',
	'SELECT id, lag(v) OVER (ORDER BY id) AS x FROM things', 'SELECT id, lag(n, 2) OVER (ORDER BY id) AS x FROM things',
	'SELECT id, first_value(n) OVER w AS x, last_value(n) OVER w AS y FROM things WINDOW w AS (PARTITION BY m ORDER BY id)',
	'SELECT id, rank() OVER (ORDER BY m ROWS UNBOUNDED PRECEDING) AS r FROM things',
	'SELECT id, nth_value(n, 2) OVER (ORDER BY id) AS x FROM things', 'SELECT id, ntile(3) OVER (ORDER BY id) AS x FROM things',
	'SELECT id, percent_rank() OVER (ORDER BY price) AS x FROM things', 'SELECT id, cume_dist() OVER (ORDER BY id) AS x FROM things');
-- Aggregates, with the frames that both sides have
SELECT show(
	'SELECT id, count(*) OVER () AS x FROM things', 'SELECT id, sum(n) OVER (PARTITION BY m) AS x FROM things',
	'SELECT id, sum(price) OVER (ORDER BY id) AS x FROM things', 'SELECT id, max(n) OVER (ORDER BY m) AS x FROM things',
	'SELECT id, sum(n) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS x FROM things',
	'SELECT id, count(n) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS x FROM things',
	'SELECT id, sum(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS x FROM things',
	'SELECT id, sum(n) OVER (ORDER BY m GROUPS CURRENT ROW) AS x FROM things',
	'SELECT id, sum(n) OVER (ORDER BY m RANGE CURRENT ROW) AS x FROM things',
	'SELECT id, count(*) FILTER (WHERE n > 0) OVER (ORDER BY id) AS x FROM things',
	'SELECT id, sum(n) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) AS x FROM things',
	'SELECT id, avg(price) OVER (PARTITION BY m) AS x FROM things', 'SELECT id, sum(d) OVER (ORDER BY id) AS x FROM things',
	'SELECT id, avg(d) OVER (PARTITION BY m) AS x FROM things', 'SELECT id, max(v) OVER (PARTITION BY m) AS x FROM things',
	'SELECT id, string_agg(v, chr(44)) OVER (ORDER BY id) AS x FROM things',
	'SELECT id, bool_or(flag) OVER (PARTITION BY m) AS x FROM things');
-- Keys that have no remote order, or no remote equality
SELECT show(
	'SELECT id, rank() OVER (ORDER BY v) AS r FROM things', 'SELECT id, count(*) OVER (PARTITION BY v) AS x FROM things',
	'SELECT id, rank() OVER (ORDER BY bin) AS r FROM things', 'SELECT id, count(*) OVER (PARTITION BY bin) AS x FROM things',
	'SELECT id, rank() OVER (ORDER BY e) AS r FROM things', 'SELECT id, count(*) OVER (PARTITION BY d) AS x FROM things',
	'SELECT id, rank() OVER (ORDER BY d, id) AS r FROM things', 'SELECT id, rank() OVER (ORDER BY span DESC) AS r FROM things',
	'SELECT id, rank() OVER (ORDER BY t COLLATE "und-x-icu") AS r FROM things');
-- Several windows, expressions around them, conditions, order, limits, joins, DISTINCT, groups
SELECT show(
	'SELECT id, rank() OVER (ORDER BY price) AS r, sum(n) OVER (PARTITION BY m ORDER BY id) AS x FROM things WHERE id > 2',
	'SELECT id, 2 * row_number() OVER (ORDER BY id) + n AS x FROM things',
	'SELECT id, rank() OVER (ORDER BY id DESC) AS r FROM things ORDER BY r LIMIT 3',
	'SELECT id, row_number() OVER (ORDER BY id) AS r FROM things ORDER BY id OFFSET 5',
	'SELECT * FROM (SELECT id, row_number() OVER (ORDER BY id DESC) AS r FROM things) AS x WHERE r <= 2',
	'SELECT * FROM (SELECT id, rank() OVER (PARTITION BY m ORDER BY id) AS r FROM things) AS x WHERE r = 2',
	'SELECT a.id, count(*) OVER (PARTITION BY b.m) AS x FROM things AS a JOIN things AS b ON b.id = a.m',
	'SELECT a.id, lag(b.n) OVER (ORDER BY a.id) AS x FROM things AS a LEFT JOIN things AS b ON b.id = a.n',
	'SELECT DISTINCT m, count(*) OVER (PARTITION BY m) AS x FROM things', 'SELECT m, rank() OVER (ORDER BY m) AS r FROM things GROUP BY m',
	'SELECT id, rank() OVER (ORDER BY random() < 2, id) AS r FROM things',
	'SELECT w, row_number() OVER (ORDER BY id) AS r FROM things AS w');
-- A prepared statement, under a generic plan
SET plan_cache_mode = force_generic_plan;
PREPARE numbered(int) AS SELECT id, lag(n) OVER (ORDER BY id) FROM things WHERE m >= $1;
EXPLAIN (verbose, costs off) EXECUTE numbered(3);
EXECUTE numbered(3);
EXECUTE numbered(NULL);
RESET plan_cache_mode;

-- ---- partitions on two servers ----
-- Read at once, and one after the other
SELECT show('SELECT id, v FROM both_halves WHERE v < 5', 'SELECT grp FROM both_halves WHERE id IN (7, 10007)');
ALTER SERVER windows OPTIONS (ADD async_capable 'false');
ALTER SERVER windows_too OPTIONS (ADD async_capable 'false');
SELECT show('SELECT id, v FROM both_halves WHERE v < 5');
ALTER SERVER windows OPTIONS (SET async_capable 'true');
ALTER SERVER windows_too OPTIONS (SET async_capable 'true');
-- Left before its end; a rescan; two scans at once on each connection; an error in one of them
SELECT show('SELECT count(*) FROM (SELECT id FROM both_halves WHERE v > 5 LIMIT 3) AS x',
	'SELECT g.g, (SELECT max(v) FROM (SELECT v FROM both_halves WHERE grp = g.g OFFSET 0) AS x) AS m FROM generate_series(1, 3) AS g(g)',
	'SELECT count(*) FROM both_halves AS a JOIN both_halves AS b ON b.id + 1 = a.id WHERE a.v < 50',
	'SELECT id, 1 / (v - v) AS x FROM both_halves WHERE v < 5');
-- An answer is on its way when a subtransaction ends: it is given up if it was asked for there, and waited for if not.
CREATE FOREIGN TABLE slow (id int NOT NULL, grp int NOT NULL, v int) SERVER windows_too
	OPTIONS (dbname 'fabric_slow', table_name 'series');
CREATE VIEW quick_and_slow AS SELECT id, v FROM first_half WHERE id <= 3 UNION ALL SELECT id, v FROM slow;
CREATE FUNCTION caught(n int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (1 / (n - 2))::text;
EXCEPTION WHEN division_by_zero THEN
	RETURN 'caught';
END
$$;
EXPLAIN (costs off) SELECT id, caught(id) FROM quick_and_slow;
SELECT id, caught(id) FROM quick_and_slow;
BEGIN;
SELECT count(*) FROM second_half WHERE v < 50;
SAVEPOINT before;
SELECT 1 / (id - 2) FROM quick_and_slow;
ROLLBACK TO before;
SELECT count(*) FROM second_half WHERE v < 50;
SAVEPOINT again;
SELECT 1 / (id - 2) FROM quick_and_slow;
ROLLBACK TO again;
COMMIT;
SELECT count(*) FROM second_half WHERE v < 50;
-- Each partition joined where it is
SET enable_partitionwise_join = on;
SELECT show('SELECT a.id, b.v FROM both_halves AS a JOIN others AS b ON b.id = a.id WHERE a.v < 5',
	'SELECT a.id, b.v FROM both_halves AS a LEFT JOIN others AS b ON b.id = a.id AND b.v > 3 WHERE a.v < 5',
	'SELECT id FROM both_halves AS a WHERE v < 50 AND NOT EXISTS (SELECT FROM others AS b WHERE b.id = a.id AND b.grp <> 3)');
-- Each partition grouped where it is: groups within one, groups across both
SET enable_partitionwise_aggregate = on;
SELECT show('SELECT id, count(*) FROM both_halves WHERE v < 5 GROUP BY id',
	'SELECT grp, count(*), count(v), sum(v), min(v), max(v) FROM both_halves WHERE grp < 3 GROUP BY grp',
	'SELECT grp, avg(v) FROM both_halves WHERE grp < 3 GROUP BY grp', 'SELECT count(*), sum(v) FROM both_halves',
	'SELECT grp, count(DISTINCT v) FROM both_halves WHERE grp < 3 GROUP BY grp',
	'SELECT grp, count(*) FROM both_halves GROUP BY grp HAVING count(*) > 1000',
	'SELECT a.grp, count(b.v) FROM both_halves AS a JOIN others AS b ON b.id = a.id WHERE a.grp < 3 GROUP BY a.grp');
\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA windows, windows_local CASCADE;
DROP SERVER windows CASCADE;
DROP SERVER windows_too CASCADE;
