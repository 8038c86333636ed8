-- fabric_mysql: joins of tables of one server, in one remote statement; each beside its rows, which must be those of local
-- copies. The remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
\getenv abs_srcdir PG_ABS_SRCDIR
CREATE SCHEMA joins;
SET search_path = joins;
SET datestyle = 'ISO';
SET timezone = 'Asia/Kolkata';
CREATE SERVER joins FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_joins');
CREATE SERVER other_joins FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_joins', lookup_batch_size '0');
CREATE USER MAPPING FOR CURRENT_USER SERVER joins OPTIONS (username :'mysql_user', password :'mysql_password');
CREATE USER MAPPING FOR CURRENT_USER SERVER other_joins OPTIONS (username :'mysql_user', password :'mysql_password');
IMPORT FOREIGN SCHEMA fabric_joins EXCEPT (undated, later_orders) FROM SERVER joins INTO joins
	OPTIONS (import_tinyint1_as_boolean 'true');
\set ECHO none
\i :abs_srcdir/test/regress/show.sql
\set ECHO all
SELECT copy_tables('joins');
\pset format unaligned
\pset tuples_only on

-- Inner joins: of two, three and four tables, by several columns, of a table with itself, by no equality
SELECT show(
	'SELECT c.name, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id',
	'SELECT c.name, o.total, p.item, p.qty * p.price AS sum FROM customers AS c JOIN orders AS o ON o.customer = c.id
		JOIN parts AS p ON p.order_id = o.id WHERE p.qty > 1 AND c.credit >= 0',
	'SELECT r.name, c.name, o.code, p.no FROM regions AS r, customers AS c, orders AS o, parts AS p
		WHERE c.region = r.id AND o.customer = c.id AND p.order_id = o.id AND p.item = ''bolt''',
	'SELECT x.id, y.item FROM orders AS x JOIN parts AS y ON (y.order_id, y.no) = (x.id, x.customer)',
	'SELECT s.name, b.name FROM staff AS s JOIN staff AS b ON b.id = s.boss',
	'SELECT s.name, b.name, c.name FROM staff AS s, staff AS b, staff AS c WHERE b.id = s.boss AND c.id = b.boss',
	'SELECT x.id, y.id FROM customers AS x JOIN customers AS y ON x.credit < y.credit AND x.region = y.region',
	'SELECT r.id, c.id FROM regions AS r, customers AS c WHERE c.id = 3',
	'SELECT r.name, s.name FROM regions AS r CROSS JOIN staff AS s',
	'SELECT c.name FROM customers AS c JOIN orders AS o ON o.customer = c.id AND c.id = 1 AND o.id = 11',
	'SELECT 1 AS one FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE c.id = 5');

-- Outer joins: conditions of the join and above it, NULL or not
SELECT show(
	'SELECT c.name, o.id FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id',
	'SELECT c.name, o.id FROM orders AS o RIGHT JOIN customers AS c ON o.customer = c.id AND o.total > 50',
	'SELECT c.name, o.id FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id AND c.credit > 50',
	'SELECT c.name, o.id FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id WHERE o.total IS NULL',
	'SELECT c.name, o.id FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id WHERE coalesce(o.total, 0) < 5',
	'SELECT c.name, o.id FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id WHERE o.total > 5',
	'SELECT c.name, o.id FROM customers AS c LEFT JOIN (SELECT * FROM orders WHERE total > 5) AS o ON o.customer = c.id
		WHERE c.region = 1 OR o.id IS NULL',
	'SELECT c.name, o.code, p.item FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id LEFT JOIN parts AS p
		ON p.order_id = o.id AND p.qty < 10 WHERE c.id < 4',
	'SELECT c.name, o.code, p.item FROM customers AS c LEFT JOIN (orders AS o JOIN parts AS p ON p.order_id = o.id)
		ON o.customer = c.id',
	'SELECT c.name, r.name FROM customers AS c LEFT JOIN regions AS r ON r.id = c.region WHERE r.name <> ''south''
		OR r.name IS NULL',
	'SELECT s.name, b.name FROM staff AS s LEFT JOIN staff AS b ON b.id = s.boss',
	'SELECT r.name, c.id FROM regions AS r LEFT JOIN customers AS c ON false',
	'SELECT c.id, q.x FROM customers AS c LEFT JOIN (SELECT customer, 1 AS x FROM orders) AS q ON q.customer = c.id',
	'SELECT c.id, q.x FROM customers AS c LEFT JOIN (SELECT customer, coalesce(total, 5) AS x FROM orders) AS q
		ON q.customer = c.id WHERE c.id IN (1, 3, 6)');
-- The remote server has no FULL JOIN.
SELECT show('SELECT c.id, o.id FROM customers AS c FULL JOIN orders AS o ON o.customer = c.id');

-- Semi-joins and anti-joins: EXISTS, IN, NOT EXISTS, LEFT JOIN ... IS NULL, INTERSECT
SELECT show(
	'SELECT c.name FROM customers AS c WHERE EXISTS (SELECT FROM orders AS o WHERE o.customer = c.id AND o.total > 5)',
	'SELECT c.name FROM customers AS c WHERE c.id IN (SELECT customer FROM orders)',
	'SELECT c.name FROM customers AS c WHERE NOT EXISTS (SELECT FROM orders AS o WHERE o.customer = c.id)',
	'SELECT c.name FROM customers AS c WHERE c.id NOT IN (SELECT customer FROM orders WHERE customer IS NOT NULL)',
	'SELECT c.name FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id WHERE o.id IS NULL',
	'SELECT c.name, o.id, o.note FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id WHERE o.id IS NULL',
	'SELECT c.name FROM customers AS c LEFT JOIN bare AS b ON b.a = c.id WHERE b.b IS NULL',
	'SELECT c.name FROM customers AS c WHERE EXISTS (SELECT FROM orders AS o JOIN parts AS p ON p.order_id = o.id
		WHERE o.customer = c.id AND p.item = ''nut'') AND NOT EXISTS (SELECT FROM staff AS s WHERE s.boss = c.id)',
	'SELECT c.name, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE EXISTS (SELECT FROM parts AS p
		WHERE p.order_id = o.id AND p.price > c.credit)',
	'SELECT c.id FROM customers AS c WHERE EXISTS (SELECT FROM orders AS o WHERE o.customer = c.id AND NOT EXISTS
		(SELECT FROM parts AS p WHERE p.order_id = o.id))',
	'SELECT o.id, c.name FROM orders AS o LEFT JOIN customers AS c ON c.id = o.customer AND EXISTS (SELECT FROM regions
		AS r WHERE r.id = c.region) WHERE o.id > 13',
	'SELECT c.id, o.id FROM orders AS o RIGHT JOIN customers AS c ON o.customer = c.id WHERE o.customer IS NULL AND c.id < 7
		AND NOT EXISTS (SELECT FROM parts AS p WHERE p.order_id = o.id)');

-- What stays local: all of an inner join's conditions may, an outer join's own must not.
SELECT show(
	'SELECT c.name, o.note FROM customers AS c JOIN orders AS o ON o.customer = c.id AND upper(o.note) = ''UPPER''',
	'SELECT c.name, o.note FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE lower(c.name) > o.note
		COLLATE "und-x-icu"',
	'SELECT c.name, o.note FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id WHERE upper(o.note) = ''FIRST''
		OR o.id IS NULL',
	'SELECT c.name, o.note FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id AND upper(o.note) = ''UPPER''',
	'SELECT c.name FROM customers AS c WHERE EXISTS (SELECT FROM orders AS o WHERE o.customer = c.id
		AND upper(o.note) = ''UPPER'')',
	'SELECT c.name FROM customers AS c WHERE NOT EXISTS (SELECT FROM orders AS o WHERE o.customer = c.id
		AND o.note ~ c.name)',
	'SELECT c.name, random() < 2 AS x FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE random() < 2',
	'SELECT c.id, b.x FROM customers AS c LEFT JOIN (SELECT a, random() < 2 AS x FROM bare) AS b ON b.a = c.id');

-- Keys of different types are the same remotely only where they are here.
SELECT show(
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.ti = r.s',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.i = r.u',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.b = r.b',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.ub = r.b',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.i = r.d',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.d = r.d',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.n = r.d',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.f = r.g',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.i = r.g',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.at = r.at',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.day = r.day',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.ts = r.ts',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.at = r.ts',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.span = r.span',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.flag = r.flag',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.i + 1 = r.s',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.i IS NOT DISTINCT FROM r.s');
-- Text: case, accents and trailing blanks make a difference, whatever collations and character sets say.
SELECT show(
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.v = r.v',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.v = r.t',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.l = r.v',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.l = r.l',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.bin = r.bin',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.c = r.c',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.c = r.v',
	'SELECT l.id, r.id FROM left_keys AS l JOIN right_keys AS r ON l.y = r.y',
	'SELECT l.id, r.id FROM left_keys AS l JOIN left_keys AS r ON l.v = r.v AND l.id <> r.id',
	'SELECT l.id, r.id FROM left_keys AS l LEFT JOIN right_keys AS r ON l.v = r.bin AND r.c = ''zug''',
	'SELECT l.id FROM left_keys AS l WHERE EXISTS (SELECT FROM right_keys AS r WHERE r.bin = l.v)',
	'SELECT l.id FROM left_keys AS l WHERE NOT EXISTS (SELECT FROM right_keys AS r WHERE r.v = l.v)',
	'SELECT l.id FROM left_keys AS l LEFT JOIN right_keys AS r ON r.v = l.v WHERE r.id IS NULL');

-- Whole rows, tableoid and ctid, on either side of an outer join
SELECT show(
	'SELECT r, c FROM regions AS r LEFT JOIN customers AS c ON c.region = r.id',
	'SELECT c.id, o, o IS NULL AS none FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id AND o.total > 5',
	'SELECT c.tableoid::regclass, o.tableoid::regclass, o.id FROM customers AS c LEFT JOIN orders AS o
		ON o.customer = c.id WHERE c.id IN (2, 4)',
	'SELECT c.id, b FROM customers AS c LEFT JOIN bare AS b ON b.a = c.id',
	'SELECT c.id, b.tableoid::regclass FROM customers AS c LEFT JOIN bare AS b ON b.a = c.id',
	'SELECT c.id, b FROM customers AS c JOIN bare AS b ON b.a = c.id',
	'SELECT count(o), count(*) FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id',
	'SELECT c.id, o.ctid IS NULL AS x FROM customers AS c JOIN orders AS o ON o.customer = c.id');
-- Each as it is fetched
EXPLAIN (VERBOSE, COSTS OFF) SELECT o, c FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id;

-- Dates that are none, read as NULL
ALTER SERVER joins OPTIONS (ADD zero_dates 'null');
CREATE FOREIGN TABLE undated (id integer NOT NULL, day date, customer integer NOT NULL) SERVER joins;
CREATE TABLE joins_local.undated AS SELECT * FROM undated;
SELECT show('SELECT c.name, u.id, u.day FROM customers AS c LEFT JOIN undated AS u ON u.customer = c.id AND u.day IS NULL',
	'SELECT u.id, l.id FROM undated AS u LEFT JOIN left_keys AS l ON l.day = u.day');
ALTER SERVER joins OPTIONS (DROP zero_dates);

-- LATERAL
SELECT show(
	'SELECT c.id, q.id FROM customers AS c, LATERAL (SELECT o.id FROM orders AS o WHERE o.customer = c.id) AS q',
	'SELECT c.id, q.x FROM customers AS c, LATERAL (SELECT o.total + c.credit AS x FROM orders AS o
		WHERE o.customer = c.id) AS q',
	'SELECT c.id, q.id FROM customers AS c LEFT JOIN LATERAL (SELECT o.id FROM orders AS o WHERE o.customer = c.id
		AND o.total > c.credit) AS q ON true',
	'SELECT c.id, q.item FROM customers AS c, LATERAL (SELECT p.item FROM orders AS o JOIN parts AS p
		ON p.order_id = o.id WHERE o.customer = c.id ORDER BY p.item, p.no LIMIT 1) AS q');

-- Rows that are locked: all tables in one statement, some of them not
EXPLAIN (VERBOSE, COSTS OFF) SELECT c.id, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE c.id < 3
	FOR UPDATE;
SELECT c.id, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE c.id < 3 FOR UPDATE;
EXPLAIN (VERBOSE, COSTS OFF) SELECT c.id, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id FOR SHARE;
SELECT c.id, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE c.id < 3 FOR SHARE;
EXPLAIN (VERBOSE, COSTS OFF) SELECT c.id, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE c.id < 3
	FOR UPDATE OF o;
SELECT c.id, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id WHERE c.id < 3 FOR UPDATE OF o;
EXPLAIN (VERBOSE, COSTS OFF) SELECT c.id FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id FOR UPDATE OF c;

-- Tables of two servers are joined here.
CREATE FOREIGN TABLE elsewhere (id bigint NOT NULL, customer integer, total numeric(12,2)) SERVER other_joins
	OPTIONS (table_name 'orders');
CREATE TABLE joins_local.elsewhere AS SELECT * FROM elsewhere;
ANALYZE elsewhere;
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT show('SELECT c.name, e.id FROM customers AS c JOIN elsewhere AS e ON e.customer = c.id WHERE e.total > 5',
	'SELECT c.name, e.id, o.id FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id LEFT JOIN elsewhere AS e
		ON e.id = o.id WHERE c.id < 3');
RESET enable_nestloop;
RESET enable_mergejoin;

-- Tables that are read as different users
CREATE ROLE regress_fabric_other;
GRANT USAGE ON SCHEMA joins TO regress_fabric_other;
GRANT SELECT ON ALL TABLES IN SCHEMA joins TO regress_fabric_other;
CREATE USER MAPPING FOR regress_fabric_other SERVER joins OPTIONS (username :'mysql_user', password :'mysql_password');
CREATE VIEW others_orders AS SELECT id, customer, total FROM orders;
ALTER VIEW others_orders OWNER TO regress_fabric_other;
SELECT show('SELECT c.name, o.id FROM customers AS c JOIN others_orders AS o ON o.customer = c.id WHERE c.id < 3');
ALTER VIEW others_orders SET (security_invoker);
SELECT show('SELECT c.name, o.id FROM customers AS c JOIN others_orders AS o ON o.customer = c.id WHERE c.id < 3');

-- Rows that a policy or a security barrier hides are seen by no condition of a join first.
CREATE VIEW shielded WITH (security_barrier) AS SELECT id, customer, note FROM orders WHERE total > 5;
CREATE VIEW joins_local.shielded AS SELECT id, customer, note FROM joins_local.orders WHERE total > 5;
SELECT show('SELECT c.name, s.id FROM customers AS c JOIN shielded AS s ON s.customer = c.id',
	'SELECT c.name, s.id FROM customers AS c LEFT JOIN shielded AS s ON s.customer = c.id AND s.note LIKE ''f%''',
	'SELECT c.name, s.id FROM customers AS c JOIN shielded AS s ON s.customer = c.id AND s.id / (c.id + 1) > 2');
CREATE TABLE guarded (id bigint, customer integer, total numeric(12,2), note text) PARTITION BY LIST (id);
CREATE FOREIGN TABLE guarded_orders PARTITION OF guarded DEFAULT SERVER joins OPTIONS (table_name 'orders');
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY dear ON guarded USING (upper(note) <> 'FIRST');
GRANT SELECT ON guarded TO regress_fabric_other;
SET ROLE regress_fabric_other;
EXPLAIN (VERBOSE, COSTS OFF) SELECT c.name, g.id FROM customers AS c JOIN guarded AS g ON g.customer = c.id
	WHERE g.total / c.id > 1 AND g.note > 'a';
SELECT c.name, g.id FROM customers AS c JOIN guarded AS g ON g.customer = c.id WHERE g.total / c.id > 1 AND g.note > 'a'
	ORDER BY g.id;
RESET ROLE;

-- Rows that another connection has locked are passed over, or an error. Only the rows that are wanted are locked.
CREATE SERVER others FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_joins');
CREATE USER MAPPING FOR CURRENT_USER SERVER others OPTIONS (username :'mysql_user', password :'mysql_password');
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM orders ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED;
EXPLAIN (VERBOSE, COSTS OFF) SELECT o.id, c.id FROM orders AS o JOIN customers AS c ON c.id = o.customer
	ORDER BY o.id LIMIT 1 FOR SHARE NOWAIT;
EXPLAIN (VERBOSE, COSTS OFF) SELECT o.id, c.id FROM orders AS o JOIN customers AS c ON c.id = o.customer
	ORDER BY o.id LIMIT 1 FOR UPDATE OF o SKIP LOCKED FOR UPDATE OF c;
-- not those of a second statement
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM orders ORDER BY customer LIMIT 2 FOR UPDATE;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM orders ORDER BY customer LIMIT 2;
BEGIN;
SELECT * FROM fabric.remote_query('others', 'SELECT id FROM orders WHERE id = 10 FOR UPDATE') AS t(id bigint);
SELECT id FROM orders ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED;
SELECT o.id, c.id FROM orders AS o JOIN customers AS c ON c.id = o.customer ORDER BY o.id LIMIT 1 FOR UPDATE SKIP LOCKED;
-- Another connection may have what is behind these.
SELECT * FROM fabric.remote_query('others', 'SELECT id FROM orders WHERE id = 14 FOR UPDATE NOWAIT') AS t(id bigint);
-- A value that has no remote form leaves the limit to PostgreSQL.
PREPARE locked(timestamp) AS SELECT id FROM orders WHERE placed < $1 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
SET LOCAL plan_cache_mode = force_generic_plan;
EXECUTE locked('2024-02-29 12:00');
EXECUTE locked('infinity');
SELECT id FROM orders WHERE id = 10 FOR SHARE NOWAIT;
ROLLBACK;
DROP SERVER others CASCADE;

-- Local tables changed by what a foreign join finds
CREATE TABLE balances (customer integer PRIMARY KEY, spent numeric, marked boolean);
INSERT INTO balances SELECT id, 0, id = 2 FROM customers;
EXPLAIN (VERBOSE, COSTS OFF) UPDATE balances AS b SET spent = b.spent + o.total FROM customers AS c JOIN orders AS o
	ON o.customer = c.id WHERE b.customer = c.id AND o.id IN (10, 12, 16);
UPDATE balances AS b SET spent = b.spent + o.total FROM customers AS c JOIN orders AS o ON o.customer = c.id
	WHERE b.customer = c.id AND o.id IN (10, 12, 16);
DELETE FROM balances AS b USING customers AS c LEFT JOIN orders AS o ON o.customer = c.id
	WHERE b.customer = c.id AND o.id IS NULL RETURNING b.customer;
SELECT * FROM balances ORDER BY 1;

-- Rows that somebody else has changed meanwhile are joined again as they are now.
CREATE TABLE waits (customer integer PRIMARY KEY, orders integer[], wanted boolean);
INSERT INTO waits VALUES (1, '{}', true), (2, '{}', true), (3, '{}', true), (5, '{}', false);
\set update 'UPDATE joins.waits AS w SET orders = w.orders || o.id::integer FROM joins.customers AS c LEFT JOIN joins.orders AS o ON o.customer = c.id WHERE w.customer = c.id AND w.wanted RETURNING w.customer, c.name, w.orders'
EXPLAIN (VERBOSE, COSTS OFF) :update;
\getenv result PG_ABS_BUILDDIR
\set result :result/fdw_mysql_joins.second
\setenv RESULT :result
\setenv UPDATE :update
\setenv PGDATABASE :DBNAME
BEGIN;
UPDATE waits SET orders = '{0}' WHERE customer = 2;
UPDATE waits SET wanted = NOT wanted WHERE customer IN (3, 5);
UPDATE waits SET customer = 4 WHERE customer = 1;
\! (psql -X -q -A -t -c "$UPDATE" > "$RESULT" 2>&1; mv "$RESULT" "$RESULT.done") &
DO $$
BEGIN
	WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid') LOOP
		PERFORM pg_sleep(0.01);
	END LOOP;
END
$$;
COMMIT;
\! until [ -e "$RESULT.done" ]; do sleep 0.05; done; cat "$RESULT.done"; rm "$RESULT.done"
SELECT * FROM waits ORDER BY 1;

-- Prepared statements: generic and custom plans. A value that cannot be sent is the business of the local join.
PREPARE placed_before(timestamp, numeric) AS SELECT c.name, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id
	WHERE o.placed < $1 AND o.total > $2 ORDER BY o.id;
PREPARE left_before(timestamp) AS SELECT c.id, o.id FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id
	AND o.placed < $1 WHERE c.id < 4 ORDER BY c.id, o.id;
-- Ordered by what is there already below the outer join, with other values
PREPARE ordered_by_inner(timestamp) AS SELECT o.total, c.id FROM (orders AS o JOIN customers AS d ON d.id = o.customer
	AND o.placed < $1) RIGHT JOIN customers AS c ON o.customer = c.id ORDER BY o.total, c.id;
PREPARE first_placed(timestamp) AS SELECT c.name, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id
	WHERE o.placed < $1 ORDER BY o.id LIMIT 2;
PREPARE counted(timestamp) AS SELECT o.customer, count(*) FROM customers AS c JOIN orders AS o ON o.customer = c.id
	WHERE o.placed < $1 GROUP BY o.customer ORDER BY o.customer;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE placed_before('2024-02-29 12:00', 5);
EXECUTE placed_before('2024-02-29 12:00', 5);
EXECUTE placed_before('2024-02-29 12:00', -1);
EXECUTE placed_before('infinity', 5);
EXECUTE placed_before('infinity', 'NaN');
EXECUTE placed_before(NULL, 5);
SELECT analyzed('EXECUTE placed_before(''2024-02-29 12:00'', 5)');
SELECT analyzed('EXECUTE placed_before(''infinity'', 5)');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE first_placed('2024-02-29 12:00');
EXECUTE first_placed('2024-02-29 12:00');
EXECUTE first_placed('infinity');
EXECUTE counted('2024-02-29 12:00');
EXECUTE counted('infinity');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE left_before('2024-01-31 12:00');
EXECUTE left_before('2024-01-31 12:00');
EXECUTE left_before('infinity');
EXECUTE left_before('-infinity');
EXECUTE ordered_by_inner('2024-02-29 12:00');
EXECUTE ordered_by_inner('infinity');
SET plan_cache_mode = force_custom_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE placed_before('2024-02-29 12:00', 5);
EXECUTE placed_before('2024-02-29 12:00', 5);
EXECUTE placed_before('infinity', 5);
EXECUTE left_before('infinity');
-- What is altered is heeded by plans that are there.
SET plan_cache_mode = force_generic_plan;
PREPARE per_customer AS SELECT c.name, o.id FROM customers AS c JOIN orders AS o ON o.customer = c.id
	WHERE c.id = 1 ORDER BY o.id;
EXECUTE per_customer;
ALTER SERVER joins OPTIONS (ADD pushdown_exclude 'JOIN');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE per_customer;
EXECUTE per_customer;
ALTER SERVER joins OPTIONS (SET pushdown_exclude 'LEFT JOIN; SEMI JOIN; ANTI JOIN');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE per_customer;
SELECT show('SELECT c.id, o.id FROM customers AS c LEFT JOIN orders AS o ON o.customer = c.id',
	'SELECT c.id FROM customers AS c WHERE EXISTS (SELECT FROM orders AS o WHERE o.customer = c.id)');
ALTER SERVER joins OPTIONS (DROP pushdown_exclude);
ALTER FOREIGN TABLE orders OPTIONS (SET table_name 'later_orders');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE per_customer;
EXECUTE per_customer;
ALTER FOREIGN TABLE orders OPTIONS (SET table_name 'orders');
EXECUTE per_customer;
ALTER SERVER joins OPTIONS (ADD pushdown 'false');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE per_customer;
EXECUTE per_customer;
RESET plan_cache_mode;
-- More tables than the remote server joins
DO $$
DECLARE
	joined text;
	given bigint;
	expected bigint;
BEGIN
	SELECT string_agg(format(' LEFT JOIN %%1$s.customers AS c%s ON c%s.id = c1.id', n, n), '') INTO joined
		FROM generate_series(2, 63) AS n;
	EXECUTE format('SELECT count(c63.id) FROM %1$s.customers AS c1' || joined, 'joins') INTO given;
	EXECUTE format('SELECT count(c63.id) FROM %1$s.customers AS c1' || joined, 'joins_local') INTO expected;
	RAISE NOTICE '63 tables: %', CASE WHEN given = expected THEN 'the same' ELSE format('%s instead of %s', given, expected) END;
END
$$;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA joins, joins_local CASCADE;
DROP SERVER joins CASCADE;
DROP SERVER other_joins CASCADE;
DROP ROLE regress_fabric_other;
