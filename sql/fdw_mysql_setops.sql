-- fabric_mysql: UNION, INTERSECT and EXCEPT of what one server has; each beside its rows, which must be those of local copies. The
-- remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
\getenv abs_srcdir PG_ABS_SRCDIR
CREATE SCHEMA setops;
SET search_path = setops;
SET datestyle = 'ISO';
SET timezone = 'Asia/Kolkata';
CREATE SERVER setops FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_grouping');
CREATE USER MAPPING FOR CURRENT_USER SERVER setops OPTIONS (username :'mysql_user', password :'mysql_password');
IMPORT FOREIGN SCHEMA fabric_grouping LIMIT TO (sales, few_sales, grps) FROM SERVER setops INTO setops
	OPTIONS (import_tinyint1_as_boolean 'true');
\set ECHO none
\i :abs_srcdir/test/regress/show.sql
\set ECHO all
SELECT copy_tables('setops');
\pset format unaligned
\pset tuples_only on

-- Each operation, with NULLs and with rows that come more than once
SELECT show(
	'SELECT grp, s FROM sales UNION SELECT grp, s FROM few_sales',
	'SELECT s, i FROM sales INTERSECT SELECT s, i FROM few_sales',
	'SELECT s, i FROM sales INTERSECT ALL SELECT s, i FROM few_sales',
	'SELECT s, i FROM sales EXCEPT SELECT s, i FROM few_sales',
	'SELECT s, i FROM sales EXCEPT ALL SELECT s, i FROM few_sales',
	'SELECT s FROM sales UNION ALL SELECT s FROM few_sales',
	'SELECT id FROM sales WHERE false UNION SELECT id FROM few_sales');
-- Every type: equal values are one row, and others are not
SELECT show(
	'SELECT v FROM sales UNION SELECT v FROM few_sales',
	'SELECT v FROM sales UNION SELECT l FROM sales UNION SELECT bin FROM sales UNION SELECT t FROM sales',
	'SELECT c FROM sales UNION SELECT c FROM few_sales',
	'SELECT c FROM sales UNION SELECT v::char(9) FROM few_sales',
	'SELECT y FROM sales EXCEPT SELECT y FROM few_sales WHERE id = 5',
	'SELECT n, wide, ub FROM sales UNION SELECT n, wide, ub FROM few_sales',
	'SELECT n FROM sales UNION SELECT wide FROM few_sales',
	'SELECT ub FROM sales UNION SELECT b FROM few_sales',
	'SELECT s FROM sales UNION SELECT b FROM few_sales',
	'SELECT f FROM sales UNION SELECT f FROM few_sales',
	'SELECT flag FROM sales UNION SELECT flag FROM few_sales',
	'SELECT e, st FROM sales EXCEPT SELECT e, st FROM sales WHERE id = 1',
	'SELECT day, at, moment, span FROM sales UNION SELECT day, at, moment, span FROM few_sales',
	'SELECT day FROM sales UNION SELECT at::date FROM few_sales',
	'SELECT bits FROM sales UNION SELECT bits FROM few_sales',
	'SELECT j::text FROM sales UNION SELECT j::text FROM few_sales');
-- What an arm may be: constants, expressions, conditions, joins, groups, limits, DISTINCT
SELECT show(
	'SELECT 1, ''sale'', id FROM sales WHERE grp = 1 UNION SELECT 2, ''group'', id FROM grps',
	'SELECT 1, 1, NULL FROM sales UNION SELECT 1, 2, name FROM grps',
	'SELECT id, id FROM sales UNION SELECT id, grp FROM sales WHERE id > 5',
	'SELECT id + 1, id - 1, v || ''x'' FROM sales UNION SELECT id, id, l FROM few_sales',
	'SELECT s.id, g.name FROM sales AS s JOIN grps AS g ON g.id = s.grp WHERE s.n > 1
		UNION SELECT id, area FROM grps WHERE name <> ''one''',
	'SELECT grp, count(*), max(v) FROM sales GROUP BY grp HAVING count(*) > 1
		UNION SELECT grp, sum(s), min(l) FROM few_sales GROUP BY grp',
	'SELECT count(*) FROM sales UNION SELECT count(*) FROM grps',
	'(SELECT id FROM sales ORDER BY id DESC LIMIT 2) UNION (SELECT id FROM few_sales ORDER BY id LIMIT 1 OFFSET 1)',
	'(SELECT n FROM sales ORDER BY n LIMIT 3) UNION (SELECT n FROM sales ORDER BY n DESC LIMIT 2)',
	'SELECT DISTINCT grp FROM sales EXCEPT SELECT id FROM grps WHERE id > 2',
	'SELECT g.id FROM grps AS g WHERE EXISTS (SELECT FROM sales AS s WHERE s.grp = g.id) EXCEPT SELECT 2 FROM grps',
	'SELECT FROM sales UNION SELECT FROM grps');
-- Several operations
SELECT show(
	'SELECT id FROM sales UNION SELECT id FROM grps UNION SELECT grp FROM sales',
	'SELECT id FROM sales UNION ALL SELECT id FROM grps UNION SELECT grp FROM sales',
	'SELECT id FROM few_sales UNION SELECT id FROM grps UNION ALL SELECT grp FROM few_sales',
	'SELECT id FROM sales EXCEPT SELECT id FROM grps EXCEPT SELECT id FROM few_sales',
	'SELECT id FROM sales EXCEPT (SELECT id FROM sales EXCEPT SELECT id FROM few_sales)',
	'SELECT id FROM grps UNION SELECT id FROM sales INTERSECT SELECT id FROM few_sales',
	'(SELECT id FROM grps UNION ALL SELECT id FROM grps) EXCEPT ALL SELECT s FROM few_sales WHERE s = 1',
	'SELECT s, v FROM sales INTERSECT (SELECT b, v FROM sales UNION SELECT i, t FROM few_sales)',
	'SELECT id FROM sales UNION (SELECT id FROM grps EXCEPT SELECT id FROM generate_series(1, 2) AS id)',
	'(SELECT id FROM sales INTERSECT SELECT id FROM grps) UNION SELECT 77');
-- as many as the remote server can nest
DO $$
DECLARE
	number bigint;
	line text;
BEGIN
	EXECUTE 'SELECT count(*) FROM (SELECT id FROM sales' || repeat(' EXCEPT SELECT id FROM grps', 100) || ') AS e' INTO number;
	RAISE NOTICE '% rows', number;
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM sales' || repeat(' EXCEPT SELECT id FROM grps', 41) LOOP
		IF line LIKE '%Kept local%' THEN
			RAISE NOTICE '%', trim(line);
		END IF;
	END LOOP;
END
$$;
-- What is above one: ORDER BY and LIMIT
SELECT show(
	'SELECT id, v FROM sales UNION SELECT id, name FROM grps ORDER BY id, v',
	'SELECT s, i FROM sales UNION SELECT s, i FROM few_sales ORDER BY s NULLS FIRST, i DESC NULLS LAST',
	'SELECT s, i FROM sales EXCEPT SELECT s, i FROM few_sales ORDER BY i DESC LIMIT 2 OFFSET 1',
	'SELECT v COLLATE "C" AS v FROM sales UNION SELECT l COLLATE "C" FROM sales ORDER BY v DESC NULLS LAST LIMIT 4',
	'SELECT id FROM sales INTERSECT SELECT id FROM grps LIMIT 0',
	'SELECT t COLLATE "C" AS t FROM sales UNION SELECT v FROM sales ORDER BY t LIMIT 2',
	'SELECT y FROM sales UNION SELECT y FROM sales ORDER BY y LIMIT 2');
-- Below other things
SELECT show(
	'SELECT count(*), sum(id) FROM (SELECT id FROM sales UNION SELECT id FROM grps) AS u',
	'SELECT g.name FROM grps AS g WHERE g.id IN (SELECT s FROM sales EXCEPT SELECT 2 FROM grps)',
	'SELECT * FROM (SELECT id, grp FROM sales UNION SELECT id, id FROM grps) AS u WHERE u.grp = 2 AND u.id > 5',
	'SELECT g.name, u.m FROM grps AS g, LATERAL (SELECT max(x) AS m FROM
		(SELECT id AS x FROM sales WHERE grp = g.id INTERSECT SELECT id FROM few_sales) AS i) AS u',
	'WITH u AS MATERIALIZED (SELECT id FROM sales EXCEPT SELECT id FROM grps) SELECT a.id FROM u AS a JOIN u AS b USING (id)',
	'SELECT (SELECT count(*) FROM (SELECT s.id UNION SELECT id FROM grps) AS u) FROM sales AS s WHERE s.id < 3');
-- What is not shipped, and why
SELECT show(
	'SELECT id FROM sales UNION SELECT n FROM generate_series(1, 3) AS n',
	'SELECT id FROM sales WHERE v ~ ''z'' UNION SELECT id FROM grps',
	'SELECT v FROM sales INTERSECT SELECT upper(v) FROM sales',
	'SELECT id FROM sales WHERE id > (SELECT min(n) FROM generate_series(3, 4) AS n) EXCEPT SELECT id FROM grps',
	'SELECT id, row_number() OVER (ORDER BY id) FROM sales UNION SELECT id, id FROM grps',
	'SELECT random() < 2, id FROM sales UNION SELECT true, id FROM grps',
	'SELECT id FROM sales INTERSECT SELECT g.id FROM setops_local.grps AS g');
ALTER SERVER setops OPTIONS (ADD pushdown_exclude 'EXCEPT');
SELECT show('SELECT id FROM sales EXCEPT SELECT id FROM grps', 'SELECT id FROM sales INTERSECT SELECT id FROM grps');
ALTER SERVER setops OPTIONS (SET pushdown_exclude '');

-- Parameters, also such as have no remote form
PREPARE both_sides(int, text, numeric) AS
	SELECT id, $2 AS what FROM sales WHERE id > $1 UNION SELECT id, name FROM grps WHERE id < $3 ORDER BY id, what;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE both_sides(7, 'sale', 3);
EXECUTE both_sides(7, 'sale', 3);
EXECUTE both_sides(NULL, NULL, 2.5);
EXECUTE both_sides(8, 'ü''', 'NaN');
RESET plan_cache_mode;
PREPARE plain(int) AS SELECT id FROM sales WHERE id > $1 EXCEPT SELECT id FROM few_sales WHERE id < $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE plain(7);
EXECUTE plain(7);
EXECUTE plain(4);
-- A plan that is kept ends with the tables and options it was made of.
ALTER FOREIGN TABLE few_sales OPTIONS (SET table_name 'sales');
EXECUTE plain(4);
ALTER FOREIGN TABLE few_sales OPTIONS (SET table_name 'few_sales');
ALTER SERVER setops OPTIONS (SET pushdown_exclude 'EXCEPT');
EXPLAIN (COSTS OFF) EXECUTE plain(7);
ALTER SERVER setops OPTIONS (SET pushdown_exclude '');
RESET plan_cache_mode;

-- EXPLAIN names what its plans read, also beside other tables of the same name
EXPLAIN (VERBOSE, COSTS OFF)
	SELECT a.id FROM (SELECT id FROM sales UNION SELECT id FROM sales) AS a JOIN setops_local.sales AS s ON s.id = a.id
	UNION SELECT grp FROM sales;
EXPLAIN (VERBOSE, COSTS OFF) SELECT grp, count(*) FROM sales GROUP BY grp UNION SELECT id, 1 FROM grps ORDER BY 2;

-- Rights are those of each table, also where a view lends them
CREATE ROLE setops_reader;
CREATE ROLE setops_owner;
GRANT USAGE ON SCHEMA setops, setops_local TO setops_reader, setops_owner;
GRANT SELECT ON sales TO setops_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA setops TO setops_owner;
CREATE USER MAPPING FOR setops_reader SERVER setops OPTIONS (username :'mysql_user', password :'mysql_password');
SET ROLE setops_reader;
SELECT id FROM sales INTERSECT SELECT id FROM grps;
SELECT id FROM grps EXCEPT SELECT id FROM sales;
SELECT count(*) FROM (SELECT id FROM sales UNION SELECT id FROM sales) AS u;
RESET ROLE;
CREATE VIEW groups AS SELECT id, name FROM grps;
ALTER VIEW groups OWNER TO setops_owner;
GRANT SELECT ON groups TO setops_reader;
SET ROLE setops_reader;
-- The owner of the view has no account on the server
SELECT id FROM sales INTERSECT SELECT id FROM groups;
RESET ROLE;
CREATE USER MAPPING FOR setops_owner SERVER setops OPTIONS (username :'mysql_user', password :'mysql_password');
SET ROLE setops_reader;
SELECT id FROM sales INTERSECT SELECT id FROM groups;
EXPLAIN (COSTS OFF) SELECT id FROM sales INTERSECT SELECT id FROM groups;
EXPLAIN (COSTS OFF) SELECT id FROM groups EXCEPT SELECT id FROM groups;
SELECT id FROM groups EXCEPT SELECT id FROM groups;
-- also in one within another
EXPLAIN (COSTS OFF) SELECT id FROM sales EXCEPT (SELECT id FROM groups EXCEPT SELECT id FROM groups);
EXPLAIN (COSTS OFF) SELECT id FROM groups UNION (SELECT id FROM sales EXCEPT SELECT 5 FROM sales);
-- What is not needed for the result is checked for rights nevertheless.
SELECT s.id FROM sales AS s LEFT JOIN (SELECT DISTINCT id FROM setops_local.grps) AS g ON g.id = s.id
	UNION SELECT id FROM sales;
RESET ROLE;
EXPLAIN (COSTS OFF) SELECT s.id FROM sales AS s LEFT JOIN (SELECT DISTINCT id FROM setops_local.grps) AS g ON g.id = s.id
	UNION SELECT id FROM sales;
REVOKE SELECT ON grps FROM setops_owner;
SET ROLE setops_reader;
SELECT id FROM groups EXCEPT SELECT id FROM groups;
RESET ROLE;

-- Cursors and other values at each run
DECLARE kept CURSOR WITH HOLD FOR SELECT id FROM sales UNION SELECT id + 100 FROM grps ORDER BY id;
FETCH 3 FROM kept;
SELECT id FROM grps EXCEPT SELECT id FROM few_sales ORDER BY id;
FETCH 2 FROM kept;
CLOSE kept;
SELECT k, (SELECT count(*) FROM (SELECT id FROM sales WHERE id > k INTERSECT SELECT id FROM grps) AS u)
	FROM generate_series(1, 3) AS k;
EXPLAIN (VERBOSE, COSTS OFF)
	SELECT k, (SELECT count(*) FROM (SELECT id FROM sales WHERE id > k INTERSECT SELECT id FROM grps) AS u)
	FROM generate_series(1, 3) AS k;
SET client_min_messages = warning;
DROP OWNED BY setops_reader, setops_owner;
DROP ROLE setops_reader, setops_owner;
DROP SERVER setops CASCADE;
DROP SCHEMA setops, setops_local CASCADE;
