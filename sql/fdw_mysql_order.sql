-- fabric_mysql: ORDER BY, LIMIT and OFFSET; each beside its rows, which must be those of local copies in the same order.
-- The remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
\getenv abs_srcdir PG_ABS_SRCDIR
CREATE SCHEMA ordering;
SET search_path = ordering;
SET datestyle = 'ISO';
SET timezone = 'Asia/Kolkata';
CREATE SERVER ordering FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_order', lookup_batch_size '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER ordering OPTIONS (username :'mysql_user', password :'mysql_password');
IMPORT FOREIGN SCHEMA fabric_order FROM SERVER ordering INTO ordering OPTIONS (import_tinyint1_as_boolean 'true');
\set ECHO none
\i :abs_srcdir/test/regress/show.sql
\set ECHO all
SELECT copy_tables('ordering');
\pset format unaligned
\pset tuples_only on

-- Numbers, dates and times, in both directions, NULLs first and last
SELECT show(
	'SELECT id, n FROM things ORDER BY n, id', 'SELECT id, n FROM things ORDER BY n DESC, id',
	'SELECT id, n FROM things ORDER BY n NULLS FIRST, id DESC', 'SELECT id, n FROM things ORDER BY n DESC NULLS LAST, id',
	'SELECT id, m FROM things ORDER BY m DESC, id', 'SELECT id, price FROM things ORDER BY price, m, id',
	'SELECT id FROM things ORDER BY d, id', 'SELECT id FROM things ORDER BY flag, id', 'SELECT id FROM things ORDER BY day, id',
	'SELECT id FROM things ORDER BY at DESC, id', 'SELECT id FROM things ORDER BY moment, id',
	'SELECT id FROM things ORDER BY span, id', 'SELECT id FROM things ORDER BY id + m, id',
	'SELECT id FROM things ORDER BY n > 5, id', 'SELECT id FROM things WHERE n IS NOT NULL ORDER BY n, id',
	'SELECT id FROM things ORDER BY coalesce(n, 5), id', 'SELECT 1 AS one FROM things ORDER BY id',
	'SELECT id, n FROM things ORDER BY 1 + 1, id', 'SELECT id FROM things ORDER BY id USING >');
-- Text: under byte order only, and only where the remote server sees all of it
SELECT show(
	'SELECT id, v FROM things ORDER BY v, id', 'SELECT id, v FROM things ORDER BY v COLLATE "C" DESC, id',
	'SELECT id, v FROM things ORDER BY v COLLATE "und-x-icu", id', 'SELECT id FROM things ORDER BY bin, id',
	'SELECT id FROM things ORDER BY bin DESC LIMIT 3', 'SELECT id, long_v FROM things ORDER BY long_v, id',
	'SELECT id FROM things ORDER BY t, id', 'SELECT id FROM things ORDER BY c, id', 'SELECT id FROM things ORDER BY left(t, 2), id',
	'SELECT id FROM things ORDER BY v USING ~<~, id', 'SELECT id FROM things ORDER BY upper(v), id',
	'SELECT id FROM things ORDER BY y, id', 'SELECT id FROM things ORDER BY b, id', 'SELECT id FROM things ORDER BY e, id',
	'SELECT id FROM things ORDER BY e::text, id', 'SELECT id FROM things ORDER BY bits, id',
	'SELECT id FROM things ORDER BY j, id');
-- LIMIT, OFFSET, FETCH
SELECT show(
	'SELECT id FROM series WHERE id <= 5 LIMIT 3', 'SELECT id FROM series ORDER BY id LIMIT 3',
	'SELECT id FROM series ORDER BY id DESC LIMIT 3 OFFSET 2', 'SELECT id FROM series ORDER BY id OFFSET 4997',
	'SELECT id FROM series ORDER BY id FETCH FIRST 2 ROWS ONLY', 'SELECT id FROM series ORDER BY id LIMIT 0',
	'SELECT id FROM series ORDER BY id LIMIT ALL OFFSET 4998', 'SELECT id FROM series ORDER BY id LIMIT NULL OFFSET 4998',
	'SELECT id FROM series ORDER BY id OFFSET 6000', 'SELECT id FROM series ORDER BY id LIMIT 2 OFFSET 9223372036854775807',
	'SELECT id FROM series ORDER BY id LIMIT -1', 'SELECT id FROM series ORDER BY id LIMIT 1 OFFSET -1',
	'SELECT id FROM series ORDER BY id LIMIT (SELECT 2)', 'SELECT id FROM series ORDER BY id LIMIT 1 + 1',
	'SELECT id FROM series ORDER BY id LIMIT (SELECT count(*) FROM things) - 5',
	'SELECT n FROM things ORDER BY n FETCH FIRST 3 ROWS WITH TIES', 'SELECT grp, id FROM series ORDER BY grp, id LIMIT 3',
	'SELECT id FROM series WHERE grp = 7 ORDER BY id DESC LIMIT 2', 'SELECT id, v FROM series WHERE v > 5000 ORDER BY v LIMIT 2',
	'SELECT id, generate_series(1, 2) AS g FROM series ORDER BY id LIMIT 3',
	'SELECT id, random() < 2 AS x FROM series ORDER BY id LIMIT 2', 'SELECT id FROM series ORDER BY id LIMIT 2 FOR UPDATE',
	'SELECT id, row_number() OVER (ORDER BY id DESC) AS r FROM series ORDER BY id LIMIT 2');
-- A nullable key whose NULLs come last: two statements, so that an index gives the order of the first.
SELECT show(
	'SELECT id, v FROM series ORDER BY v LIMIT 3', 'SELECT id, v FROM series ORDER BY v, id LIMIT 3 OFFSET 4284',
	'SELECT id, v FROM series WHERE id < 20 ORDER BY v, id LIMIT 19', 'SELECT id, v FROM series WHERE id < 20 ORDER BY v, id OFFSET 15',
	'SELECT id, v FROM series WHERE id < 20 ORDER BY v DESC NULLS LAST LIMIT 3',
	'SELECT id, v FROM series WHERE id < 20 ORDER BY v DESC, id LIMIT 5', 'SELECT id, v FROM series ORDER BY v NULLS FIRST, id LIMIT 3',
	'SELECT id, v FROM series ORDER BY v DESC NULLS LAST, id DESC LIMIT 3', 'SELECT id, v FROM series WHERE v IS NOT NULL ORDER BY v LIMIT 3',
	'SELECT id, v FROM series WHERE v IS NULL ORDER BY v, id LIMIT 3', 'SELECT id, bin FROM things ORDER BY bin, id LIMIT 8 OFFSET 5');
SELECT analyzed('SELECT id, v FROM series ORDER BY v LIMIT 3');
SELECT analyzed('SELECT id, v FROM series ORDER BY v, id LIMIT 3 OFFSET 4284');
-- What keeps a LIMIT here
SELECT show(
	'SELECT id FROM series WHERE sqrt(id) < 2 ORDER BY id LIMIT 2', 'SELECT id FROM things ORDER BY upper(v), id LIMIT 2',
	'SELECT id FROM things ORDER BY long_v, id LIMIT 2', 'SELECT id FROM series WHERE id < random() + 2 ORDER BY id LIMIT 1');
-- Over joins, groups and both
SELECT show(
	'SELECT t.id, s.id FROM things AS t JOIN series AS s ON s.grp = t.id ORDER BY s.id DESC LIMIT 3',
	'SELECT t.id, s.id FROM things AS t LEFT JOIN series AS s ON s.id = t.n ORDER BY s.id, t.id LIMIT 5',
	'SELECT t.id FROM things AS t WHERE EXISTS (SELECT FROM series AS s WHERE s.id = t.n) ORDER BY t.id LIMIT 2',
	'SELECT grp, count(*) FROM series GROUP BY grp ORDER BY grp LIMIT 2', 'SELECT grp, sum(v) FROM series GROUP BY grp ORDER BY sum(v) DESC LIMIT 2',
	'SELECT grp, avg(v) FROM series GROUP BY grp ORDER BY avg(v) DESC, grp LIMIT 2', 'SELECT v, count(*) FROM things GROUP BY v ORDER BY v LIMIT 3',
	'SELECT m, count(n) FROM things GROUP BY m ORDER BY 2 DESC, 1 OFFSET 1', 'SELECT DISTINCT m FROM things ORDER BY m DESC LIMIT 2',
	'SELECT n, count(*) FROM things GROUP BY n ORDER BY n DESC LIMIT 3', 'SELECT max(id) FROM series GROUP BY grp ORDER BY max(id) LIMIT 2');
-- In subqueries, LATERAL, UNION ALL
SELECT show(
	'SELECT count(*), max(id) FROM (SELECT id FROM series ORDER BY id LIMIT 10) AS q',
	'SELECT t.id, q.id FROM things AS t, LATERAL (SELECT s.id FROM series AS s WHERE s.grp = t.id ORDER BY s.id DESC LIMIT 1) AS q
		ORDER BY t.id',
	'SELECT t.id, (SELECT s.id FROM series AS s WHERE s.v > t.n ORDER BY s.v, s.id LIMIT 1) AS next FROM things AS t ORDER BY t.id',
	'SELECT id FROM series UNION ALL SELECT id FROM later_series ORDER BY id DESC LIMIT 3',
	'(SELECT id FROM series ORDER BY id LIMIT 2) UNION ALL (SELECT id FROM later_series ORDER BY id DESC LIMIT 2)',
	'SELECT id FROM series WHERE id IN (SELECT id FROM series ORDER BY v DESC NULLS LAST LIMIT 2)');
CREATE TABLE both_series (id int NOT NULL, grp int NOT NULL, v int) PARTITION BY RANGE (id);
ALTER TABLE both_series ATTACH PARTITION series FOR VALUES FROM (0) TO (10000);
ALTER TABLE both_series ATTACH PARTITION later_series FOR VALUES FROM (10000) TO (20000);
CREATE VIEW ordering_local.both_series AS SELECT * FROM ordering_local.series UNION ALL SELECT * FROM ordering_local.later_series;
SELECT show('SELECT id FROM both_series ORDER BY id DESC LIMIT 3', 'SELECT id, v FROM both_series ORDER BY v NULLS FIRST, id LIMIT 3',
	'SELECT id FROM both_series ORDER BY id OFFSET 4998 LIMIT 3');
ALTER TABLE both_series DETACH PARTITION series;
ALTER TABLE both_series DETACH PARTITION later_series;
-- A merge join over what the remote server has sorted
CREATE TABLE sorted AS SELECT g AS id, g * 2 AS twice FROM generate_series(1, 4000) AS g;
CREATE TABLE ordering_local.sorted AS SELECT * FROM sorted;
ANALYZE sorted;
SET enable_hashjoin = off;
SET enable_nestloop = off;
SELECT show('SELECT count(*), sum(x.twice) FROM sorted AS x JOIN series AS s ON s.id = x.id',
	'SELECT s.id, x.twice FROM sorted AS x JOIN series AS s ON s.id = x.id ORDER BY s.id LIMIT 3');
RESET enable_hashjoin;
RESET enable_nestloop;

-- Cursors
BEGIN;
DECLARE scrolled SCROLL CURSOR FOR SELECT id, v FROM series ORDER BY v, id LIMIT 10 OFFSET 4280;
FETCH 6 FROM scrolled;
FETCH BACKWARD 2 FROM scrolled;
FETCH LAST FROM scrolled;
FETCH ABSOLUTE 1 FROM scrolled;
MOVE BACKWARD ALL FROM scrolled;
FETCH NEXT FROM scrolled;
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM series ORDER BY id DESC;
FETCH 2 FROM held;
DECLARE unread CURSOR FOR SELECT id FROM series ORDER BY id;
FETCH 1 FROM unread;
COMMIT;
FETCH 2 FROM held;
CLOSE held;

-- Prepared statements: numbers that are known at run time only, NULL and negative ones; a value that cannot be sent
PREPARE page(bigint, bigint) AS SELECT id FROM series ORDER BY id LIMIT $1 OFFSET $2;
PREPARE nullable_page(bigint, bigint) AS SELECT id, v FROM series WHERE id < 20 ORDER BY v, id LIMIT $1 OFFSET $2;
PREPARE first_before(timestamp, bigint) AS SELECT id, at FROM things WHERE at < $1 ORDER BY at DESC, id LIMIT $2;
PREPARE groups_before(timestamp) AS SELECT m, count(*) FILTER (WHERE at < $1) FROM things GROUP BY m ORDER BY m DESC LIMIT 3;
PREPARE joined_before(timestamp) AS SELECT t.id, s.id FROM things AS t JOIN series AS s ON s.id = t.id * 3 WHERE t.at < $1
	ORDER BY s.id DESC LIMIT 3;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE page(2, 1);
EXECUTE page(2, 1);
EXECUTE page(2, NULL);
EXECUTE page(NULL, 4998);
EXECUTE page(0, 0);
EXECUTE page(-1, 0);
EXECUTE page(1, -1);
EXECUTE page(2, 9223372036854775807);
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE nullable_page(3, 15);
EXECUTE nullable_page(3, 15);
EXECUTE nullable_page(NULL, 15);
EXECUTE nullable_page(-1, NULL);
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE first_before('2024-02-29', 2);
EXECUTE first_before('2024-02-29', 2);
EXECUTE first_before('infinity', 2);
SELECT analyzed('EXECUTE first_before(''infinity'', 2)');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE groups_before('2024-02-29');
EXECUTE groups_before('2024-02-29');
EXECUTE groups_before('infinity');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE joined_before('2024-02-29');
EXECUTE joined_before('2024-02-29');
EXECUTE joined_before('infinity');
SET plan_cache_mode = force_custom_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE page(2, 1);
EXECUTE page(2, 1);
EXECUTE page(NULL, 4998);
EXECUTE page(-1, 0);
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE nullable_page(3, 15);
EXECUTE nullable_page(3, 15);
EXECUTE first_before('infinity', 2);
EXECUTE groups_before('infinity');
EXECUTE joined_before('infinity');
-- What is altered is heeded by plans that are there.
SET plan_cache_mode = force_generic_plan;
EXECUTE page(1, 1);
ALTER SERVER ordering OPTIONS (ADD pushdown_exclude 'LIMIT');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE page(1, 1);
EXECUTE page(1, 1);
ALTER SERVER ordering OPTIONS (SET pushdown_exclude 'ORDER BY');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE page(1, 1);
EXECUTE page(1, 1);
ALTER SERVER ordering OPTIONS (DROP pushdown_exclude);
ALTER FOREIGN TABLE series OPTIONS (SET table_name 'later_series');
EXECUTE page(1, 1);
ALTER FOREIGN TABLE series OPTIONS (SET table_name 'series');
EXECUTE page(1, 1);
-- A limit that is known only as an estimate is none for a partition.
CREATE TABLE parted (id int, m int) PARTITION BY RANGE (id);
CREATE FOREIGN TABLE parted_low PARTITION OF parted FOR VALUES FROM (MINVALUE) TO (1000) SERVER ordering OPTIONS (table_name 'series');
CREATE FOREIGN TABLE parted_high PARTITION OF parted FOR VALUES FROM (1000) TO (MAXVALUE) SERVER ordering
	OPTIONS (table_name 'later_series');
PREPARE first_ones AS SELECT id FROM parted ORDER BY id LIMIT current_setting('ordering.first')::int;
SET ordering.first = 3;
EXECUTE first_ones;
SET ordering.first = 8;
EXECUTE first_ones;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM parted ORDER BY id LIMIT 3;
RESET plan_cache_mode;

-- System columns are those of the local side: no LIMIT is shipped then.
SELECT id, ctid IS NOT NULL AS c, tableoid::regclass FROM parted_low ORDER BY id LIMIT 2;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id, ctid FROM parted_low ORDER BY id LIMIT 2;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA ordering, ordering_local CASCADE;
DROP SERVER ordering CASCADE;
