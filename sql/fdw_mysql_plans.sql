-- fabric_mysql: what the planner chooses among remote and local joins, groups, orders and lookups, over tables of thousands of
-- rows; above each query why that is the right plan. The remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
\getenv abs_srcdir PG_ABS_SRCDIR
CREATE SCHEMA plans;
SET search_path = plans;
SET datestyle = 'ISO';
CREATE SERVER plans FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port', dbname 'fabric_plans');
CREATE USER MAPPING FOR CURRENT_USER SERVER plans OPTIONS (username :'mysql_user', password :'mysql_password');
IMPORT FOREIGN SCHEMA fabric_plans FROM SERVER plans INTO plans;
\set ECHO none
\i :abs_srcdir/test/regress/show.sql
\set ECHO all
SELECT copy_tables('plans');
-- Local tables of 20 and of 30000 rows
CREATE TABLE few AS SELECT g AS n, g * 97 AS id FROM generate_series(1, 20) AS g;
CREATE TABLE many AS SELECT g AS n, 1 + g % 20000 AS id FROM generate_series(1, 30000) AS g;
CREATE TABLE plans_local.few AS SELECT * FROM few;
CREATE TABLE plans_local.many AS SELECT * FROM many;
ANALYZE few;
ANALYZE many;
-- The statistics of the copies' indexes are none of this test's business, their answers are; they shall come soon.
CREATE INDEX ON plans_local.orders (customer);
CREATE INDEX ON plans_local.order_lines (product);
\pset format unaligned
\pset tuples_only on

-- 1. One row by the primary key: one statement, sent whole.
SELECT show('SELECT name FROM customers WHERE id = 7');
-- 2. A range of an indexed column and another condition: both are sent, the remote index is at work.
SELECT show('SELECT id FROM orders WHERE placed >= ''2020-02-01'' AND placed < ''2020-02-02'' AND status = 1');
-- 3. A condition that stays: the rest of the WHERE clause is sent, and few rows come.
SELECT show('SELECT id FROM orders WHERE placed >= ''2020-02-01'' AND placed < ''2020-02-02'' AND upper(code) LIKE ''C1%''');
-- 4. A count of all: one number comes.
SELECT show('SELECT count(*) FROM order_lines');
-- 5. The greatest of an indexed column: remotely, where the index gives it; no ordered scan that is broken off.
SELECT show('SELECT max(placed), min(id) FROM orders', 'SELECT max(placed) FROM orders');
-- 6. A join by a remote index, few rows of one side: remotely, in one round trip.
SELECT show('SELECT c.name, o.total FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE c.name = ''customer 7''');
-- 7. A join of two whole tables, each row of one with one of the other: remotely, since nothing is multiplied.
SELECT show('SELECT o.id, c.name FROM orders AS o JOIN customers AS c ON c.id = o.customer');
-- 8. A star: the small tables are joined to the large one remotely, what is filtered there does not come. (One of them may be
-- read first, its keys looked up.)
SELECT show('SELECT l.order_id, l.no, p.price, o.placed, c.name, r.name FROM order_lines AS l JOIN products AS p ON p.id = l.product
	JOIN orders AS o ON o.id = l.order_id JOIN customers AS c ON c.id = o.customer JOIN regions AS r ON r.id = c.region
	WHERE r.name = ''region 3'' AND p.kind = 5 AND o.placed < ''2020-03-01''');
-- 9. Two large tables without an index: read once each and hashed here; the remote server would compare each pair.
SELECT show('SELECT v.id, k.id FROM visits AS v JOIN clicks AS k ON k.page = v.page AND k.visitor = v.visitor');
-- 10. By text whose collations differ: no remote index serves such a join, so it is none there. Constants it does serve.
EXPLAIN (VERBOSE, COSTS OFF) SELECT o.id, c.id FROM orders AS o JOIN customers AS c ON c.code = o.code;
-- 11. A cross product of two tables of some size: here, each is read once.
EXPLAIN (VERBOSE, COSTS OFF) SELECT c.id, p.id FROM customers AS c, products AS p;
-- 12. A small local table with a large remote one by its key: a lookup join, only the rows with the keys come.
SELECT show('SELECT f.n, o.total FROM few AS f JOIN orders AS o ON o.id = f.id',
	'SELECT f.n, o.total FROM few AS f LEFT JOIN orders AS o ON o.id = f.id');
-- 13. The same by a column without an index: one scan of the remote table there; what comes is little, so still a lookup.
SELECT show('SELECT f.n, v.id FROM few AS f JOIN visits AS v ON v.page = f.id');
-- 14. A large local table with a small remote one: it is read once and hashed.
SELECT show('SELECT m.n, r.name FROM many AS m JOIN regions AS r ON r.id = m.id % 10 + 1');
-- 15. A large local table with a large remote one, nearly all rows of which match: hashed here.
SELECT show('SELECT m.n, o.total FROM many AS m JOIN orders AS o ON o.id = m.id');
-- 16. A small local table with a join of remote ones: the join is looked up as a whole.
SELECT show('SELECT f.n, o.id, c.name FROM few AS f JOIN orders AS o ON o.id = f.id JOIN customers AS c ON c.id = o.customer');
-- 17. Rows of a large remote table whose key is in a small local one: the keys are hashed, the remote table is read once.
SELECT show('SELECT o.id, o.total FROM orders AS o WHERE o.id IN (SELECT id FROM few)');
-- 18. Groups of a large table: computed there, few come.
SELECT show('SELECT status, count(*), sum(total) FROM orders GROUP BY status');
-- 19. Groups over a join: both remotely.
SELECT show('SELECT c.region, count(*), sum(o.total) FROM orders AS o JOIN customers AS c ON c.id = o.customer GROUP BY c.region');
-- 20. Groups below a join: the groups remotely, then one row each is joined here.
SELECT show('SELECT c.name, q.n FROM customers AS c JOIN (SELECT customer, count(*) AS n FROM orders GROUP BY customer) AS q
	ON q.customer = c.id WHERE c.region = 3');
-- 21. As many groups as rows: grouped there all the same, no more comes than would to be grouped here.
SELECT show('SELECT id, count(*) FROM orders GROUP BY id', 'SELECT DISTINCT code FROM orders');
-- 22. The first rows in the order of an index: read by it and no more than these.
SELECT show('SELECT id, placed FROM orders ORDER BY placed, id LIMIT 5', 'SELECT id, placed FROM orders ORDER BY placed DESC LIMIT 2');
-- 23. The same by a nullable column, NULLs last: two statements, of which the second is not sent. NULLs first: sorted there.
SELECT show('SELECT id, paid FROM orders ORDER BY paid, id LIMIT 3', 'SELECT id FROM orders ORDER BY paid DESC, id LIMIT 3');
-- 24. The first rows by no index: the remote server keeps the least of all.
SELECT show('SELECT id, total FROM orders ORDER BY total DESC, id LIMIT 5');
-- 25. The first rows of a join: remotely.
SELECT show('SELECT o.id, c.name FROM orders AS o JOIN customers AS c ON c.id = o.customer ORDER BY o.placed DESC, o.id LIMIT 3',
	'SELECT o.id, c.name FROM orders AS o JOIN customers AS c ON c.id = o.customer LIMIT 0');
-- 26. The largest groups: one statement.
SELECT show('SELECT customer, sum(total) FROM orders GROUP BY customer ORDER BY sum(total) DESC, customer LIMIT 3');
-- 27. EXISTS and NOT EXISTS by an index: remotely.
SELECT show('SELECT count(*) FROM customers AS c WHERE EXISTS (SELECT FROM orders AS o WHERE o.customer = c.id AND o.total > 249)',
	'SELECT c.id FROM customers AS c WHERE NOT EXISTS (SELECT FROM orders AS o WHERE o.customer = c.id)');
-- 28. EXISTS by no index: hashed here.
SELECT show('SELECT v.id FROM visits AS v WHERE EXISTS (SELECT FROM clicks AS k WHERE k.page = v.page)');
-- 29. NOT IN is no join to PostgreSQL: the subquery is hashed here.
SELECT show('SELECT c.id FROM customers AS c WHERE c.id NOT IN (SELECT customer FROM orders)');
-- 30. Pages: by OFFSET the remote server skips, by the last key its index finds the place.
SELECT show('SELECT id FROM orders ORDER BY id LIMIT 3 OFFSET 10000', 'SELECT id FROM orders WHERE id > 10000 ORDER BY id LIMIT 3',
	'SELECT id, placed FROM orders WHERE (placed, id) > (''2021-01-01'', 100) ORDER BY placed, id LIMIT 3');
-- 31. The last row per key: of some keys by a statement each, which the index serves; of all in one ordered scan.
SELECT show('SELECT f.n, q.id FROM few AS f, LATERAL (SELECT o.id FROM orders AS o WHERE o.customer = f.id ORDER BY o.placed DESC LIMIT 1)
	AS q', 'SELECT DISTINCT ON (customer) customer, id FROM orders ORDER BY customer, placed DESC, id');
-- 32. The last row per key by a subquery of groups: each is computed remotely, joined here.
SELECT show('SELECT o.customer, o.id FROM orders AS o JOIN (SELECT customer, max(placed) AS placed FROM orders GROUP BY customer) AS q
	ON q.customer = o.customer AND q.placed = o.placed WHERE o.customer < 10');
-- 33. A subquery for each of a few rows: a statement each.
SELECT show('SELECT f.n, (SELECT count(*) FROM orders AS o WHERE o.customer = f.id) AS n FROM few AS f WHERE f.n < 4');
-- 34. A number of rows that is known late: LIMIT is sent nevertheless.
SELECT show('SELECT id FROM orders ORDER BY id LIMIT (SELECT max(n) - 18 FROM few)');
-- 35. UNION ALL: each side its own statement.
SELECT show('SELECT id FROM customers WHERE id < 3 UNION ALL SELECT id FROM products WHERE id < 3');
-- 36. INTERSECT: what fits into the remote server's memory is compared there, what does not here.
SELECT show('SELECT customer FROM orders INTERSECT SELECT id FROM customers',
	'SELECT o.code, c.name, l.no FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id JOIN customers AS c
		ON c.id = o.customer INTERSECT SELECT o.code, c.name, 1 FROM orders AS o JOIN customers AS c ON c.id = o.customer');
-- 37. A subquery that is computed here for each row that comes: no plan that lets many come for it, one statement each.
SELECT show('SELECT c.name, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE c.name = ''customer 3''
	AND o.total > (SELECT 1.5 * avg(p.total) FROM orders AS p WHERE p.customer = c.id)', 'SELECT p.id FROM products AS p
	WHERE p.kind = 3 AND p.id IN (SELECT l.product FROM order_lines AS l WHERE l.qty > (SELECT 0.5 * avg(i.qty)
	FROM order_lines AS i WHERE i.product = l.product AND i.order_id = l.order_id)
	AND l.order_id IN (SELECT id FROM orders WHERE code LIKE ''c10%''))');

-- Prepared: a generic plan of a lookup, a join and the first rows
PREPARE of_customer(text) AS SELECT o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE c.name = $1
	ORDER BY o.placed LIMIT 2;
PREPARE of_few(int) AS SELECT f.n, o.total FROM few AS f JOIN orders AS o ON o.id = f.id WHERE f.n < $1 ORDER BY f.n;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE of_customer('customer 7');
EXECUTE of_customer('customer 7');
EXECUTE of_customer('customer 8');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE of_few(3);
EXECUTE of_few(3);
EXECUTE of_few(2);
SET plan_cache_mode = force_custom_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE of_customer('customer 7');
EXECUTE of_customer('customer 7');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE of_few(3);
EXECUTE of_few(3);
RESET plan_cache_mode;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA plans, plans_local CASCADE;
DROP SERVER plans CASCADE;
