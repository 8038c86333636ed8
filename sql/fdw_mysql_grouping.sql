-- fabric_mysql: aggregates, GROUP BY, HAVING and DISTINCT; each beside its rows, which must be those of local copies to the
-- last digit. The remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
\getenv abs_srcdir PG_ABS_SRCDIR
CREATE SCHEMA grouping;
SET search_path = grouping;
SET datestyle = 'ISO';
SET timezone = 'Asia/Kolkata';
CREATE SERVER grouping FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_grouping', pushdown_exclude 'LOOKUP JOIN');
CREATE USER MAPPING FOR CURRENT_USER SERVER grouping OPTIONS (username :'mysql_user', password :'mysql_password');
IMPORT FOREIGN SCHEMA fabric_grouping LIMIT TO (sales, grps, odd_names) FROM SERVER grouping INTO grouping
	OPTIONS (import_tinyint1_as_boolean 'true');
\set ECHO none
\i :abs_srcdir/test/regress/show.sql
\set ECHO all
SELECT copy_tables('grouping');
\pset format unaligned
\pset tuples_only on

-- Count: of rows and of values, different ones, in groups
SELECT show(
	'SELECT count(*) FROM sales',
	'SELECT count(*), count(i), count(v), count(j), count(bits) FROM sales',
	'SELECT count(*) FROM sales WHERE grp = 1 AND n > 0',
	'SELECT count(DISTINCT i), count(DISTINCT v), count(DISTINCT l), count(DISTINCT c), count(DISTINCT y) FROM sales',
	'SELECT count(DISTINCT n), count(DISTINCT day), count(DISTINCT moment), count(DISTINCT flag), count(DISTINCT e)
		FROM sales',
	'SELECT count(DISTINCT d) FROM sales',
	'SELECT count(DISTINCT (i, n)) FROM sales',
	'SELECT grp, count(*), count(i), count(DISTINCT s) FROM sales GROUP BY grp',
	'SELECT count(1), count(NULL), count(i + 1), count(nullif(i, 7)) FROM sales WHERE id <> 4',
	'SELECT count(coalesce(n, 1)), count(CASE WHEN s = 1 THEN n ELSE 0.5 END), sum(coalesce(n, 1)) FROM sales');
-- Sums: of no rows, of NULLs, beyond bigint, with their digits
SELECT show(
	'SELECT grp, sum(s), sum(i), sum(b) FROM sales GROUP BY grp',
	'SELECT sum(s), sum(i), sum(b), sum(n) FROM sales WHERE grp = 99',
	'SELECT grp, sum(n), sum(n * 2), sum(-n), sum(abs(n)) FROM sales GROUP BY grp',
	'SELECT sum(n * s), sum(n * n), sum(n + s + 1) FROM sales',
	'SELECT sum(ub), sum(wide) FROM sales',
	'SELECT sum(wide * wide) FROM sales',
	'SELECT sum(n / 3) FROM sales',
	'SELECT sum(DISTINCT i), sum(DISTINCT n), sum(DISTINCT s) FROM sales',
	'SELECT grp, sum(CASE WHEN s = 1 THEN n ELSE 0 END), sum(CASE WHEN s = 1 THEN n END) FROM sales GROUP BY grp',
	'SELECT grp, sum(CASE WHEN s = 7 THEN n * 1.100 WHEN s = 1 THEN n ELSE 0.0 END) FROM sales GROUP BY grp',
	'SELECT grp, sum(CASE WHEN flag THEN 1 ELSE 0 END), sum(flag::int) FROM sales GROUP BY grp',
	'SELECT sum(coalesce(n, 0)) FROM sales',
	'SELECT sum(greatest(n, 0)), sum(DISTINCT CASE WHEN s = 1 THEN n ELSE 0 END) FROM sales',
	'SELECT sum(extract(year FROM day)) FROM sales',
	'SELECT sum(span) FROM sales');
-- Averages have PostgreSQL's digits.
SELECT show(
	'SELECT grp, avg(s), avg(i), avg(b) FROM sales GROUP BY grp',
	'SELECT avg(n), avg(i) FROM sales WHERE grp = 99',
	'SELECT grp, avg(n), avg(n * 3), avg(DISTINCT n) FROM sales GROUP BY grp',
	'SELECT grp, avg(CASE WHEN s = 1 THEN n ELSE 0 END) FROM sales GROUP BY grp',
	'SELECT avg(wide), avg(ub) FROM sales',
	'SELECT avg(n) / 2, avg(n) + avg(i), round(avg(n), 1), avg(n)::text FROM sales',
	'SELECT avg(span) FROM sales');
-- The least and the greatest: of each type, of NULLs only, of nothing
SELECT show(
	'SELECT grp, min(s), max(s), min(i), max(i), min(b), max(b), min(ub), max(ub) FROM sales GROUP BY grp',
	'SELECT grp, min(n), max(n), min(wide), max(wide), max(n * 2) FROM sales GROUP BY grp',
	'SELECT grp, min(f), max(f), min(d), max(d) FROM sales GROUP BY grp',
	'SELECT grp, min(day), max(day), min(at), max(at) FROM sales GROUP BY grp',
	'SELECT grp, min(moment), max(moment), min(span), max(span) FROM sales GROUP BY grp',
	'SELECT grp, min(v), max(v), min(t), max(l), min(bin), max(bin) FROM sales GROUP BY grp',
	'SELECT min(v COLLATE "C"), max(t COLLATE "und-x-icu") FROM sales',
	'SELECT min(c), max(c) FROM sales',
	'SELECT min(e), max(e) FROM sales',
	'SELECT min(i), max(v), max(day) FROM sales WHERE grp = 99',
	'SELECT max(i) FROM sales WHERE i < 100',
	'SELECT min(n) FROM sales',
	'SELECT max(DISTINCT i), min(coalesce(n, 0)), max(CASE WHEN s = 1 THEN n ELSE 0 END) FROM sales',
	'SELECT max(left(v, 2)), min(v || t) FROM sales');
-- Conditions and bits
SELECT show(
	'SELECT grp, bool_and(flag), bool_or(flag), every(flag) FROM sales GROUP BY grp',
	'SELECT bool_and(i > 0), bool_or(v = ''zug''), every(n IS NULL) FROM sales WHERE grp = 1',
	'SELECT bool_and(flag), bool_or(i > 0) FROM sales WHERE grp = 99',
	'SELECT grp, bit_and(i), bit_or(i), bit_xor(i), bit_and(s), bit_or(b), bit_xor(b) FROM sales GROUP BY grp',
	'SELECT bit_and(i), bit_or(s), bit_xor(b) FROM sales WHERE grp = 99',
	'SELECT bit_xor(DISTINCT i) FROM sales',
	'SELECT bit_or(bits) FROM sales');
-- Floating-point numbers: the last digits may differ, so these are exact ones.
SELECT show(
	'SELECT grp, sum(f), sum(d), avg(f), avg(d) FROM sales GROUP BY grp',
	'SELECT round(stddev(d)::numeric, 9), round(stddev_samp(f)::numeric, 5), round(stddev_pop(d)::numeric, 9),
		round(variance(d)::numeric, 9), round(var_samp(f)::numeric, 5), round(var_pop(d)::numeric, 9) FROM sales',
	'SELECT sum(d), avg(d), stddev(d), var_pop(d) FROM sales WHERE grp = 99',
	'SELECT stddev(d), stddev_pop(d), var_samp(f), var_pop(f) FROM sales WHERE id = 1',
	'SELECT sum(DISTINCT d) FROM sales',
	'SELECT sum(i::float8) FROM sales');
ALTER SERVER grouping OPTIONS (SET pushdown_exclude 'LOOKUP JOIN; FLOAT AGGREGATE');
SELECT show('SELECT grp, sum(f), avg(d) FROM sales GROUP BY grp', 'SELECT max(f), min(d), sum(n) FROM sales');
ALTER SERVER grouping OPTIONS (SET pushdown_exclude 'LOOKUP JOIN');
-- Aggregates that stay local
SELECT show(
	'SELECT stddev(i) FROM sales', 'SELECT var_pop(s) FROM sales', 'SELECT variance(b) FROM sales',
	'SELECT stddev_samp(n), stddev_pop(n), var_samp(n) FROM sales WHERE grp = 2',
	'SELECT string_agg(v, '','' ORDER BY id) FROM sales', 'SELECT string_agg(y, ''\x2c'' ORDER BY id) FROM sales',
	'SELECT array_agg(i ORDER BY id) FROM sales', 'SELECT json_agg(i ORDER BY id) FROM sales',
	'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d) FROM sales', 'SELECT corr(d, f) IS NULL FROM sales',
	'SELECT sum(i), array_agg(id ORDER BY id) FROM sales WHERE grp = 2',
	'SELECT count(*) FROM sales WHERE upper(v) = ''ZUG''', 'SELECT max(upper(v)) FROM sales');
-- FILTER
SELECT show(
	'SELECT grp, count(*) FILTER (WHERE i > 5), sum(n) FILTER (WHERE v = ''zug''), avg(i) FILTER (WHERE flag) FROM sales
		GROUP BY grp',
	'SELECT min(day) FILTER (WHERE i > 5), count(DISTINCT s) FILTER (WHERE n > 0), bool_or(flag) FILTER (WHERE i IS NULL),
		sum(CASE WHEN s = 1 THEN n ELSE 0 END) FILTER (WHERE i > 5), bit_or(i) FILTER (WHERE false) FROM sales',
	'SELECT count(*) FILTER (WHERE upper(v) = ''ZUG'') FROM sales');
-- Keys of each type
SELECT show(
	'SELECT v, count(*) FROM sales GROUP BY v', 'SELECT l, count(*) FROM sales GROUP BY l',
	'SELECT t, count(*) FROM sales GROUP BY t', 'SELECT c, count(*) FROM sales GROUP BY c',
	'SELECT bin, count(*) FROM sales GROUP BY bin', 'SELECT y, count(*) FROM sales GROUP BY y',
	'SELECT n, count(*) FROM sales GROUP BY n', 'SELECT ub, wide, count(*) FROM sales GROUP BY ub, wide',
	'SELECT d, count(*) FROM sales GROUP BY d', 'SELECT flag, count(*) FROM sales GROUP BY flag',
	'SELECT e, count(*) FROM sales GROUP BY e', 'SELECT st, count(*) FROM sales GROUP BY st',
	'SELECT day, count(*) FROM sales GROUP BY day', 'SELECT at, moment, count(*) FROM sales GROUP BY at, moment',
	'SELECT span, count(*) FROM sales GROUP BY span', 'SELECT bits, count(*) FROM sales GROUP BY bits',
	'SELECT j, count(*) FROM sales GROUP BY j', 'SELECT v COLLATE "und-x-icu" AS x, count(*) FROM sales GROUP BY 1');
-- Keys that are computed, that are not given, that are the same for all, none but HAVING
SELECT show(
	'SELECT i % 10 AS x, count(*) FROM sales GROUP BY i % 10', 'SELECT left(v, 1) AS x, count(*) FROM sales GROUP BY 1',
	'SELECT extract(year FROM day) AS x, count(*) FROM sales GROUP BY 1',
	'SELECT date_trunc(''month'', at) AS x, max(i) FROM sales GROUP BY 1', 'SELECT i > 7 AS x, sum(n) FROM sales GROUP BY 1',
	'SELECT CASE WHEN s = 1 THEN n ELSE 0 END AS x, count(*) FROM sales GROUP BY 1', 'SELECT count(*) FROM sales GROUP BY grp',
	'SELECT upper(v) AS x, count(*) FROM sales GROUP BY 1', 'SELECT 1 AS x, count(*) FROM sales GROUP BY 1',
	'SELECT grp + 1 AS x, grp * 2 + count(*) AS y FROM sales GROUP BY grp', 'SELECT grp, v FROM sales GROUP BY grp, v',
	'SELECT id, v, count(*) FROM sales WHERE grp = 2 GROUP BY id, v', 'SELECT 1 AS x FROM sales HAVING count(*) > 8',
	'SELECT sales, count(*) FROM sales WHERE id = 1 GROUP BY sales', 'SELECT upper(v) AS x, count(*) FROM sales GROUP BY v');
-- HAVING: shipped, made of what is given, a part of it
SELECT show(
	'SELECT grp, count(*) FROM sales GROUP BY grp HAVING count(*) > 2 AND sum(i) > 10',
	'SELECT grp FROM sales GROUP BY grp HAVING avg(n) > 4', 'SELECT grp FROM sales GROUP BY grp HAVING grp = 2 OR max(n) > 5',
	'SELECT v FROM sales GROUP BY v HAVING v = ''zug'' OR count(*) > 1',
	'SELECT grp FROM sales GROUP BY grp HAVING min(upper(v)) = ''ZUG''',
	'SELECT grp * 2, count(*) FROM sales GROUP BY grp * 2 HAVING grp * 2 = 4 OR count(*) = grp * 2',
	'SELECT count(*) FROM sales GROUP BY grp, v HAVING count(*) = grp OR max(v) = v',
	'SELECT grp, sum(i) FROM sales GROUP BY grp HAVING sum(i) IS NOT NULL AND sqrt(count(*)) > 1.8',
	'SELECT grp FROM sales GROUP BY grp HAVING count(*) > (SELECT count(*) FROM grps) - 2',
	'SELECT count(*) FROM sales HAVING max(i) > 1e9', 'SELECT count(*) FROM sales HAVING false');
-- Expressions over aggregates, windows over groups, groups in subqueries
SELECT show(
	'SELECT sum(n) / count(*), round(avg(i), 2), coalesce(max(s), 0) + 1, max(v) || ''!'' FROM sales',
	'SELECT grp, sum(i), rank() OVER (ORDER BY sum(i) NULLS FIRST) FROM sales GROUP BY grp',
	'SELECT g.name, q.total FROM grps AS g JOIN (SELECT grp, sum(n) AS total FROM sales GROUP BY grp) AS q ON q.grp = g.id',
	'SELECT name, (SELECT count(*) FROM sales WHERE grp = g.id AND i > 5) AS n FROM grps AS g',
	'SELECT max(x) FROM (SELECT count(*) AS x FROM sales GROUP BY grp) AS q');
-- Grouping sets are computed here.
SELECT show('SELECT grp, s, count(*) FROM sales GROUP BY ROLLUP (grp, s)', 'SELECT grp, count(*), grouping(grp) FROM sales
	GROUP BY GROUPING SETS ((grp), ())', 'SELECT grp, count(*) FROM sales GROUP BY GROUPING SETS ((grp))');
-- DISTINCT
SELECT show(
	'SELECT DISTINCT grp FROM sales', 'SELECT DISTINCT v, flag FROM sales', 'SELECT DISTINCT n FROM sales WHERE n > 0',
	'SELECT DISTINCT d FROM sales', 'SELECT DISTINCT c FROM sales', 'SELECT DISTINCT i % 10 AS x FROM sales',
	'SELECT DISTINCT upper(v) AS x FROM sales', 'SELECT DISTINCT grp, 1 AS one FROM sales',
	'SELECT DISTINCT ON (grp) grp, id FROM sales ORDER BY grp, id DESC', 'SELECT DISTINCT count(*) FROM sales GROUP BY grp',
	'SELECT DISTINCT grp, row_number() OVER (PARTITION BY grp ORDER BY id) % 2 AS x FROM sales',
	'SELECT count(*) FROM (SELECT DISTINCT v FROM sales) AS q', 'SELECT v FROM sales UNION SELECT name FROM grps');
-- Groups over joins
SELECT show(
	'SELECT count(*) FROM sales AS s JOIN grps AS g ON g.id = s.grp',
	'SELECT g.name, count(*), sum(s.n), avg(s.i), max(s.v) FROM grps AS g JOIN sales AS s ON s.grp = g.id GROUP BY g.name',
	'SELECT g.name, count(*), count(s.id), sum(s.n) FROM grps AS g LEFT JOIN sales AS s ON s.grp = g.id AND s.i > 5
		GROUP BY g.name HAVING count(s.id) < 3',
	'SELECT g.area, count(DISTINCT s.v) FROM grps AS g LEFT JOIN sales AS s ON s.grp = g.id GROUP BY g.area',
	'SELECT count(*), max(g.name) FROM grps AS g WHERE EXISTS (SELECT FROM sales AS s WHERE s.grp = g.id AND s.i > 7)',
	'SELECT s.v, count(*) FROM sales AS s LEFT JOIN grps AS g ON g.id = s.grp WHERE g.name <> upper(s.v) GROUP BY s.v',
	'SELECT s.day, sum(g.id) FROM sales AS s FULL JOIN grps AS g ON g.id = s.grp GROUP BY s.day');
-- Dates that are none, read as NULL
ALTER SERVER grouping OPTIONS (ADD zero_dates 'null');
CREATE FOREIGN TABLE undated (id integer NOT NULL, grp integer, day date) SERVER grouping;
CREATE TABLE grouping_local.undated AS SELECT * FROM undated;
ANALYZE undated;
SELECT show('SELECT min(day), max(day), count(day), count(DISTINCT day), count(*) FROM undated',
	'SELECT day, count(*) FROM undated GROUP BY day', 'SELECT grp, min(day), count(*) FILTER (WHERE day IS NULL) FROM undated
	GROUP BY grp', 'SELECT DISTINCT day FROM undated', 'SELECT grp FROM undated GROUP BY grp HAVING max(day) IS NULL');
ALTER SERVER grouping OPTIONS (SET zero_dates '-infinity');
SELECT rows_of('SELECT min(day), max(day), count(day) FROM undated'), rows_of('SELECT day, count(*) FROM undated GROUP BY day');
EXPLAIN (VERBOSE, COSTS OFF) SELECT max(day), count(day) FROM undated;
ALTER SERVER grouping OPTIONS (DROP zero_dates);
SELECT count(*) FROM undated;
SELECT rows_of('SELECT max(day), count(*) FROM undated'), rows_of('SELECT count(day) FROM undated');

-- Prepared statements: generic and custom plans. A value that cannot be sent is the business of the local aggregate.
PREPARE until(timestamp, numeric) AS SELECT count(*), sum(n), max(v) FROM sales WHERE at < $1 AND n < $2;
PREPARE grouped_until(timestamp) AS SELECT grp, count(*) FILTER (WHERE at < $1), sum(n) FROM sales GROUP BY grp ORDER BY grp DESC;
PREPARE having_less(numeric) AS SELECT grp, sum(n) FROM sales GROUP BY grp HAVING sum(n) < $1 ORDER BY grp;
PREPARE filtered(timestamptz) AS SELECT count(*), count(*) FILTER (WHERE moment < $1), max(i + 1) FROM sales WHERE id <> 4;
PREPARE distinct_until(date) AS SELECT DISTINCT v FROM sales WHERE day < $1 ORDER BY v;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE until('2024-02-01', 100);
EXECUTE until('2024-02-01', 100);
EXECUTE until('infinity', 100);
EXECUTE until('infinity', 'NaN');
EXECUTE until(NULL, 100);
SELECT analyzed('EXECUTE until(''infinity'', 100)');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE grouped_until('2024-02-01');
EXECUTE grouped_until('2024-02-01');
EXECUTE grouped_until('infinity');
SELECT analyzed('EXECUTE grouped_until(''infinity'')');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE having_less(100);
EXECUTE having_less(100);
EXECUTE having_less('NaN');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE filtered('2024-02-01 00:00+00');
EXECUTE filtered('2024-02-01 00:00+00');
EXECUTE filtered('infinity');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE distinct_until('2024-02-01');
EXECUTE distinct_until('2024-02-01');
EXECUTE distinct_until('infinity');
SET plan_cache_mode = force_custom_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE until('2024-02-01', 100);
EXECUTE until('2024-02-01', 100);
EXECUTE until('infinity', 100);
EXECUTE grouped_until('infinity');
EXECUTE filtered('infinity');
-- What is altered is heeded by plans that are there.
SET plan_cache_mode = force_generic_plan;
PREPARE all_sales AS SELECT count(*), sum(n) FROM sales;
EXECUTE all_sales;
ALTER SERVER grouping OPTIONS (SET pushdown_exclude 'sum(numeric)');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE all_sales;
EXECUTE all_sales;
ALTER SERVER grouping OPTIONS (SET pushdown_exclude 'GROUP BY; DISTINCT');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE all_sales;
EXPLAIN (VERBOSE, COSTS OFF) SELECT DISTINCT grp FROM sales;
ALTER SERVER grouping OPTIONS (DROP pushdown_exclude);
ALTER FOREIGN TABLE sales OPTIONS (SET table_name 'few_sales');
EXECUTE all_sales;
ALTER FOREIGN TABLE sales OPTIONS (SET table_name 'sales');
EXECUTE all_sales;
-- A pattern is no pattern remotely: it is matched here, and complained of here.
PREPARE like_this(text) AS SELECT count(*) FROM sales WHERE v LIKE $1;
EXECUTE like_this('%_');
EXECUTE like_this('_\');
RESET plan_cache_mode;

-- Groups whose values nobody reads are groups all the same, also without rows.
SELECT show(
	'SELECT count(*) FROM (SELECT count(*) FROM sales AS a JOIN sales AS b USING (id)) AS q',
	'SELECT name FROM (SELECT ''kpi'' AS name, sum(a.n) AS total FROM sales AS a JOIN sales AS b USING (id)) AS q',
	'SELECT count(*) FROM (SELECT max(a.n) FROM sales AS a JOIN sales AS b USING (id) WHERE a.id < 0) AS q',
	'SELECT id FROM grps WHERE EXISTS (SELECT sum(a.n) FROM sales AS a JOIN sales AS b USING (id) WHERE a.id < 0)',
	'SELECT count(*) FROM (SELECT count(*) FROM sales AS a JOIN sales AS b USING (id) HAVING count(*) > 100) AS q',
	'SELECT ''kpi'' FROM sales AS a JOIN sales AS b USING (id) HAVING min(a.n) < 0',
	'SELECT 1 FROM (SELECT sum(a.n) FROM sales AS a JOIN sales AS b USING (id)) AS q
		UNION SELECT id FROM grps UNION SELECT 5 FROM (SELECT sum(a.n) FROM sales AS a JOIN sales AS b USING (id)) AS r');
-- Columns that are named like what the statement gives
SELECT show(
	'SELECT "COUNT(*)", count(*) FROM odd_names GROUP BY 1 ORDER BY 1 DESC, 2 LIMIT 3',
	'SELECT "COUNT(*)", max(n.s), count(*) FROM odd_names AS n GROUP BY "COUNT(*)" HAVING count(*) < 3 ORDER BY "COUNT(*)"',
	'SELECT "MAX(`n`)", count(*) FROM odd_names GROUP BY 1 ORDER BY 1 DESC NULLS LAST LIMIT 3',
	'SELECT "COUNT(*)", count(*) OVER (PARTITION BY grp), grp, s FROM odd_names ORDER BY 1 DESC, 2, 3, 4 LIMIT 3',
	'SELECT DISTINCT "COUNT(*)" FROM odd_names ORDER BY 1');
-- A key that is the same for all rows tells none apart; alone it makes a group only where there is a row.
SELECT show(
	'SELECT grp, ''x''::text AS c, count(*) FROM sales GROUP BY 1, 2',
	'SELECT date_trunc(''century'', now()), grp, count(*) FROM sales GROUP BY 1, 2 ORDER BY 2',
	'SELECT ''x''::text AS c, count(*) FROM sales WHERE id < 0 GROUP BY 1',
	'SELECT grp, generate_series(1, 2), count(*) FROM sales GROUP BY 1, 2');

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA grouping, grouping_local CASCADE;
DROP SERVER grouping CASCADE;
