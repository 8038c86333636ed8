-- fabric_mysql: the lookup join, which asks a large remote table for the rows that have the keys of a smaller side; each
-- beside its rows, which must be those of local copies. The remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
\getenv abs_srcdir PG_ABS_SRCDIR
CREATE SCHEMA lookup;
SET search_path = lookup;
SET datestyle = 'ISO';
SET timezone = 'Asia/Kolkata';
CREATE SERVER lookup FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_lookup');
CREATE SERVER other_lookup FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_lookup');
CREATE USER MAPPING FOR CURRENT_USER SERVER lookup OPTIONS (username :'mysql_user', password :'mysql_password');
CREATE USER MAPPING FOR CURRENT_USER SERVER other_lookup OPTIONS (username :'mysql_user', password :'mysql_password');
IMPORT FOREIGN SCHEMA fabric_lookup LIMIT TO (products, wide_products) FROM SERVER lookup INTO lookup;
\set ECHO none
\i :abs_srcdir/test/regress/show.sql
\set ECHO all
SELECT copy_tables('lookup');
-- The other side: keys that are there and are not, twice, NULL, and such that no remote column holds
CREATE TABLE wanted (n integer, id integer, big bigint, code varchar(30), part integer, kind char(6), price numeric,
	weight double precision, made timestamp, tag text);
INSERT INTO wanted VALUES
	(1, 7, 7, 'code 7', 7, 'b', 1.75, 0.875, '2024-01-01 07:00', 't7'),
	(2, 7, 7, 'code 7 ', 7, 'b', 1.750, 0.875, '2024-01-01 07:00', 't7 '),
	(3, 8, 8, 'Code 7', 8, 'B', 2, 1, '2024-01-01 08:00:00.0005', 'T8'),
	(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(5, -1, 5000000000, 'größe', 9, 'a', 'NaN', 'NaN', 'infinity', 'ü'),
	(6, 4999, 4999, '中文', NULL, 'b', 'Infinity', 'Infinity', '-infinity', '中文'),
	(7, 2147483647, -1, '', -1, '', -0.0, '-0', '0044-03-15 BC', ''),
	(8, 12, 12, 'code 12', 12, 'a', 3.0000, 1.5, '2024-01-01 12:00', 't12');
CREATE TABLE lookup_local.wanted AS SELECT * FROM wanted;
ANALYZE wanted;
CREATE FOREIGN TABLE few (id integer NOT NULL, code varchar(20), part smallint) SERVER other_lookup
	OPTIONS (table_name 'cheaper_products');
CREATE TABLE lookup_local.few AS SELECT * FROM few;
ANALYZE few;
\pset format unaligned
\pset tuples_only on

-- Inner, left, semi and anti
SELECT show(
	'SELECT w.n, p.id, p.code FROM wanted AS w JOIN products AS p ON p.id = w.id',
	'SELECT w.n, p.id, p.code FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id',
	'SELECT w.n FROM wanted AS w WHERE EXISTS (SELECT FROM products AS p WHERE p.id = w.id)',
	'SELECT w.n FROM wanted AS w WHERE NOT EXISTS (SELECT FROM products AS p WHERE p.id = w.id)',
	'SELECT w.n, p.id FROM products AS p RIGHT JOIN wanted AS w ON p.id = w.id',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id WHERE p.id IS NULL',
	'SELECT w.n FROM wanted AS w WHERE w.id IN (SELECT id FROM products WHERE price > 2)');
-- Conditions: of the join, of the remote table, above a left join
SELECT show(
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.id AND p.price < w.price WHERE p.weight > 0.5',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id AND p.price > 2 AND upper(p.code) > w.code',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id AND w.n > 2',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id WHERE p.price IS NULL OR p.price > 2',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id WHERE coalesce(upper(p.code), ''-'') = ''-''',
	'SELECT w.n FROM wanted AS w WHERE NOT EXISTS (SELECT FROM products AS p WHERE p.id = w.id AND p.code = w.code)',
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.id WHERE upper(p.code) LIKE ''CODE%''');
-- What is computed of the remote row below an outer join is NULL where there is no row.
SELECT show(
	'SELECT w.n, q.x FROM wanted AS w LEFT JOIN (SELECT id, coalesce(price, -1) AS x FROM products) AS q ON q.id = w.id',
	'SELECT w.n, q.x FROM wanted AS w LEFT JOIN (SELECT id, true AS x FROM products) AS q ON q.id = w.id');
-- Keys of different types, several of them, text, and such as cannot be said
SELECT show(
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.big',
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.big + 1',
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id - 1 = w.id',
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.code = w.code',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.code = w.code AND p.id = w.id',
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.tag = w.tag WHERE p.id < 600',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN wide_products AS p ON p.tag = w.tag AND p.id = w.id',
	'SELECT w.n, p.id, p.kind FROM wanted AS w JOIN products AS p ON p.part = w.part AND p.kind = w.kind WHERE p.id < 20',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON (p.part, p.kind) = (w.part, w.kind) AND p.id < 20',
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.price = w.price',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.price = w.price',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.weight = w.weight',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.made = w.made',
	'SELECT w.n FROM wanted AS w WHERE NOT EXISTS (SELECT FROM products AS p WHERE p.made = w.made)',
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.id OR p.id = w.n',
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id < w.n AND p.id > w.n - 2',
	'SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON upper(p.code) = upper(w.code) AND p.id < 20');
-- The other side: VALUES, functions, another server's table, groups, a join, the same server's table read by a function
SELECT show(
	'SELECT v.x, p.code FROM (VALUES (1), (2), (2), (NULL)) AS v(x) LEFT JOIN products AS p ON p.id = v.x',
	'SELECT p.id, p.code FROM products AS p WHERE p.id IN (VALUES (1), (2), (2), (99999))',
	'SELECT g, p.code FROM generate_series(4998, 5002) AS g LEFT JOIN products AS p ON p.id = g',
	'SELECT u, p.id FROM unnest(ARRAY[''code 7'', ''CODE 7'', NULL]) AS u JOIN products AS p ON p.code = u',
	'SELECT f.id, p.code FROM few AS f JOIN products AS p ON p.id = f.id',
	'SELECT f.id, p.id FROM few AS f LEFT JOIN products AS p ON p.part = f.part AND p.id > 4900',
	'SELECT q.part, q.n, p.code FROM (SELECT part, count(*) AS n FROM wanted GROUP BY part) AS q JOIN products AS p
		ON p.id = q.part',
	'SELECT x.n, y.n, p.code FROM wanted AS x JOIN wanted AS y ON y.id = x.id AND y.n > x.n JOIN products AS p ON p.id = y.id');
-- Two remote tables are joined there, what is joined is looked up; groups are computed above.
SELECT show(
	'SELECT w.n, p.id, r.id FROM wanted AS w JOIN products AS p ON p.id = w.id JOIN products AS r ON r.id = p.id + 1',
	'SELECT w.n, p.id, r.id FROM wanted AS w LEFT JOIN (products AS p JOIN products AS r ON r.id = p.part) ON p.id = w.id',
	'SELECT p.kind, count(*), sum(p.price) FROM wanted AS w JOIN products AS p ON p.id = w.id GROUP BY p.kind',
	'SELECT w.n, p.code FROM wanted AS w JOIN products AS p ON p.id = w.id ORDER BY p.code, w.n');
-- Whole rows, tableoid
SELECT show(
	'SELECT w.n, p FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id WHERE w.n IN (1, 4)',
	'SELECT w, p.tableoid::regclass FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id WHERE w.n IN (1, 4)',
	'SELECT w.n, p IS NULL AS none, count(p) OVER () FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id');
-- Rows that are locked or changed are joined one by one.
EXPLAIN (VERBOSE, COSTS OFF) SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.id FOR UPDATE OF w;
BEGIN;
EXPLAIN (COSTS OFF) UPDATE wanted SET tag = p.tag FROM products AS p WHERE p.id = wanted.id;
WITH changed AS (UPDATE wanted SET tag = p.tag FROM products AS p WHERE p.id = wanted.id RETURNING n, wanted.tag)
	SELECT * FROM changed ORDER BY n;
ROLLBACK;

-- LIMIT above; rescans within a nested loop, with a value from outside
SELECT show(
	'SELECT g, p.id FROM generate_series(1, 3000) AS g JOIN products AS p ON p.id = g LIMIT 0',
	'SELECT count(*) FROM (SELECT 1 FROM generate_series(1, 3000) AS g JOIN products AS p ON p.id = g LIMIT 5) AS q',
	'SELECT o.n, q.id FROM wanted AS o CROSS JOIN LATERAL (SELECT p.id FROM generate_series(o.n, o.n + 1) AS g
		JOIN products AS p ON p.id = g OFFSET 0) AS q WHERE o.n < 4',
	'SELECT o.n, (SELECT sum(p.price) FROM wanted AS w JOIN products AS p ON p.id = w.id AND w.n <= o.n) AS sum
		FROM wanted AS o WHERE o.n < 4',
	'SELECT o.n, (SELECT max(p.id) FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id AND p.id <> o.id) AS most
		FROM wanted AS o WHERE o.n IN (1, 6, 8)');
SET enable_material = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT show('SELECT o.n, q.n, q.id FROM wanted AS o LEFT JOIN (SELECT w.n, p.id FROM wanted AS w JOIN products AS p
	ON p.id = w.id OFFSET 0) AS q ON q.n < o.n WHERE o.n < 4');
RESET enable_material;
RESET enable_hashjoin;
RESET enable_mergejoin;

-- Batches: of few keys at first, so that a LIMIT is served soon; of no more than lookup_batch_size
SELECT analyzed('SELECT p.code FROM generate_series(1, 2000) AS g JOIN products AS p ON p.id = g');
SELECT analyzed('SELECT p.code FROM generate_series(1, 2000) AS g JOIN products AS p ON p.id = g LIMIT 3');
SELECT analyzed('SELECT p.code FROM (SELECT g % 3 AS x FROM generate_series(1, 2000) AS g OFFSET 0) AS q
	JOIN products AS p ON p.id = q.x');
SELECT analyzed('SELECT p.code FROM generate_series(1, 10) AS g LEFT JOIN products AS p ON p.id = nullif(g, g)');
SELECT show('SELECT sum(p.id), count(*), count(DISTINCT g) FROM generate_series(-50, 2000) AS g LEFT JOIN products AS p
	ON p.id = g');
ALTER SERVER lookup OPTIONS (ADD lookup_batch_size '10');
SELECT analyzed('SELECT p.code FROM generate_series(1, 25) AS g JOIN products AS p ON p.id = g');
SELECT analyzed('SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON (p.part, p.kind) = (w.part, w.kind)');
SELECT show('SELECT g, p.id FROM generate_series(4975, 5010) AS g LEFT JOIN products AS p ON p.id = g WHERE g % 5 = 0',
	'SELECT count(*) FROM generate_series(4975, 5010) AS g WHERE NOT EXISTS (SELECT FROM products AS p WHERE p.id = g)',
	'SELECT count(*) FROM generate_series(4975, 5010) AS g WHERE EXISTS (SELECT FROM products AS p WHERE p.part = g % 50)');
ALTER SERVER lookup OPTIONS (SET lookup_batch_size '0');
SELECT show('SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.id');
ALTER SERVER lookup OPTIONS (SET lookup_batch_size '-1');
ALTER SERVER lookup OPTIONS (SET lookup_batch_size 'many');
ALTER SERVER lookup OPTIONS (DROP lookup_batch_size, ADD pushdown_exclude 'LOOKUP JOIN');
SELECT show('SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.id');
ALTER SERVER lookup OPTIONS (SET pushdown_exclude '=(integer,integer)');
SELECT show('SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.id');
ALTER SERVER lookup OPTIONS (DROP pushdown_exclude);

-- Values computed here in the remote table's own conditions; those that cannot be said come home.
SELECT show('SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.id WHERE p.made < now()::timestamp',
	'SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id AND p.made < current_date AND p.price > 2');
PREPARE made_before(timestamp, numeric) AS SELECT w.n, p.id FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id
	AND p.made < $1 AND p.price > $2 ORDER BY w.n, p.id;
PREPARE sampled(integer[]) AS SELECT u, p.code FROM unnest($1) AS u LEFT JOIN products AS p ON p.id = u ORDER BY 1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE made_before('2024-01-01 12:00', 1.8);
EXECUTE made_before('2024-01-01 12:00', 1.8);
EXECUTE made_before('infinity', 1.8);
EXECUTE made_before('-infinity', 1.8);
EXECUTE made_before('infinity', 'NaN');
EXECUTE made_before(NULL, 1.8);
SELECT analyzed('EXECUTE made_before(''infinity'', 1.8)');
EXECUTE sampled('{1,3,NULL}');
EXECUTE sampled('{}');
SET plan_cache_mode = force_custom_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE made_before('2024-01-01 12:00', 1.8);
EXECUTE made_before('2024-01-01 12:00', 1.8);
EXECUTE made_before('infinity', 1.8);
EXECUTE sampled('{1,3,NULL}');
-- What is altered is heeded by plans that are there.
SET plan_cache_mode = force_generic_plan;
PREPARE all_wanted AS SELECT w.n, p.code FROM wanted AS w JOIN products AS p ON p.id = w.id ORDER BY w.n;
EXECUTE all_wanted;
ALTER SERVER lookup OPTIONS (ADD lookup_batch_size '0');
EXPLAIN (COSTS OFF) EXECUTE all_wanted;
EXECUTE all_wanted;
ALTER SERVER lookup OPTIONS (DROP lookup_batch_size);
ALTER FOREIGN TABLE products OPTIONS (SET table_name 'cheaper_products');
EXECUTE all_wanted;
ALTER FOREIGN TABLE products OPTIONS (SET table_name 'products');
EXPLAIN (COSTS OFF) EXECUTE all_wanted;
EXECUTE all_wanted;
RESET plan_cache_mode;

-- Cursors: in the middle of a batch, over the end of one, backwards
BEGIN;
DECLARE looked SCROLL CURSOR WITH HOLD FOR SELECT w.n, p.code FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id ORDER BY w.n;
FETCH 3 FROM looked;
SELECT count(*) FROM products;
FETCH 2 FROM looked;
FETCH BACKWARD 2 FROM looked;
COMMIT;
FETCH LAST FROM looked;
CLOSE looked;
-- An error in the middle
SELECT w.n, p.id / (w.n - 3) FROM wanted AS w JOIN products AS p ON p.id = w.id;
SELECT w.n, p.id FROM wanted AS w JOIN products AS p ON p.id = w.id AND p.id / (w.n - 3) > 0;
-- A parameter on the remote side that may have no remote form: looked up by the other keys, or not at all.
CREATE TABLE moments (n int, at timestamp(3));
INSERT INTO moments VALUES (1, 'infinity'), (2, '2024-01-01 07:00'), (3, NULL);
PREPARE made_or(timestamp) AS SELECT m.n, p.id FROM moments AS m JOIN products AS p ON coalesce(p.made, $1) = m.at ORDER BY 1;
SET plan_cache_mode = force_generic_plan;
EXECUTE made_or('infinity');
EXECUTE made_or('2000-01-01');
RESET plan_cache_mode;
-- Tables with children are changed by rows that EXPLAIN could not name in a lookup join: none is made.
CREATE TABLE parent (id int, code text);
CREATE TABLE child () INHERITS (parent);
INSERT INTO parent VALUES (1, 'old');
INSERT INTO child VALUES (2, 'old');
EXPLAIN (VERBOSE, COSTS OFF) UPDATE parent SET code = p.code FROM products AS p WHERE p.id = parent.id;
UPDATE parent SET code = p.code FROM products AS p WHERE p.id = parent.id RETURNING parent.id, parent.code;
-- A key is no way past a row security policy.
CREATE ROLE regress_fabric_reader;
GRANT USAGE ON SCHEMA lookup TO regress_fabric_reader;
CREATE FUNCTION visible(id int) RETURNS bool LANGUAGE plpgsql STABLE AS 'BEGIN RETURN id <> 30; END';
CREATE TABLE parts (id int, part smallint, price numeric(10,2)) PARTITION BY RANGE (id);
CREATE FOREIGN TABLE some_parts PARTITION OF parts FOR VALUES FROM (1) TO (6000) SERVER lookup OPTIONS (table_name 'products');
CREATE TABLE sought (id int, one int) PARTITION BY RANGE (id);
CREATE TABLE some_sought PARTITION OF sought FOR VALUES FROM (1) TO (6000);
INSERT INTO sought VALUES (29, -29), (30, 1), (31, 31);
ANALYZE sought;
ALTER TABLE parts ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON parts USING (visible(id));
GRANT SELECT ON parts, sought TO regress_fabric_reader;
CREATE USER MAPPING FOR regress_fabric_reader SERVER lookup OPTIONS (username :'mysql_user', password :'mysql_password');
SET ROLE regress_fabric_reader;
SET enable_partitionwise_join = on;
EXPLAIN (COSTS OFF) SELECT s.id FROM sought AS s JOIN parts AS p ON s.id = p.id;
SELECT s.id FROM sought AS s JOIN parts AS p ON s.id = p.id ORDER BY 1;
EXPLAIN (VERBOSE, COSTS OFF) SELECT s.id FROM sought AS s JOIN parts AS p ON s.id = p.id AND p.id / (p.id - 30) = s.one;
SELECT s.id FROM sought AS s JOIN parts AS p ON s.id = p.id AND p.id / (p.id - 30) = s.one ORDER BY 1;
RESET enable_partitionwise_join;
RESET ROLE;
-- In a subquery of its own, with the rights of a view's owner
CREATE ROLE regress_fabric_visitor;
GRANT USAGE ON SCHEMA lookup TO regress_fabric_visitor;
CREATE VIEW looked_up AS SELECT w.n, p.code FROM wanted AS w LEFT JOIN products AS p ON p.id = w.id;
GRANT SELECT ON looked_up TO regress_fabric_visitor;
SET ROLE regress_fabric_visitor;
EXPLAIN (costs off) SELECT n, code FROM looked_up EXCEPT SELECT n, code FROM looked_up WHERE n > 2 ORDER BY 1;
SELECT n, code FROM looked_up EXCEPT SELECT n, code FROM looked_up WHERE n > 2 ORDER BY 1;
RESET ROLE;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA lookup, lookup_local CASCADE;
DROP SERVER lookup CASCADE;
DROP SERVER other_lookup CASCADE;
DROP ROLE regress_fabric_visitor, regress_fabric_reader;
