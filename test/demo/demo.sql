-- What make demo shows, step by step. Read by test/demo/show: "--- " begins a step, comments explain it, statements are
-- typed into psql. "-- error: 08006" says that the next statement must fail with that SQLSTATE, "-- mariadb:" that it is
-- typed into the mariadb client, as the server's administrator. The step about files is left out where there is no engine for them.

--- Register the MariaDB server

-- The extension. Passwords will be sealed by a key that lies outside the database (fabric.secret_key_file in postgresql.conf).
CREATE EXTENSION pg_fabric;

-- One call makes the server and the user mapping, seals the password, and tries whether all of that works. Here it does not:
-- error: 08001
SELECT * FROM fabric.add_source('shop_mysql', 'mysql',
	options => jsonb_build_object('host', '127.0.0.1', 'port', :'mysql_port', 'username', 'demo'),
	secret => '{"password": "demo-sercet"}');

-- error: HV00D
SELECT * FROM fabric.add_source('shop_mysql', 'mysql', options => '{"hots": "127.0.0.1"}');

-- With the right password (better given as file:/path or env:NAME, since a literal may stand in a log):
SELECT source, options, owner, description FROM fabric.add_source('shop_mysql', 'mysql',
	options => jsonb_build_object('host', '127.0.0.1', 'port', :'mysql_port', 'username', 'demo', 'read_timeout', '60s'),
	secret => '{"password": "demo-secret"}', description => 'The shop', tags => '{retail}');

-- Whether it works, step by step, at any time:
SELECT * FROM fabric.test_source('shop_mysql');

-- What is in it, asked live:
SELECT * FROM fabric.discover('shop_mysql') ORDER BY object NULLS FIRST;

--- And a second PostgreSQL

-- By postgres_fdw, which reads its user mapping only: a password would have to stand there in clear. None is needed here.
CREATE EXTENSION postgres_fdw;

SELECT source, connector, options FROM fabric.add_source('archive', 'postgres',
	jsonb_build_object('host', '127.0.0.1', 'port', :'pg_port', 'dbname', 'archive', 'user', CURRENT_USER));

SELECT object, kind, rows_estimate, pg_size_pretty(size_bytes) AS size FROM fabric.discover('archive', 'public');

CREATE SCHEMA archive;

IMPORT FOREIGN SCHEMA public FROM SERVER archive INTO archive;

-- Health of all sources, checked at once; CALL fabric.run_due() does it on time, from pg_cron or cron.
SELECT * FROM fabric.check_health();

--- Import the tables of MariaDB

-- All tables and views of the remote database, with types, NOT NULL and keys. ENUMs become enum types.
CREATE SCHEMA shop;

IMPORT FOREIGN SCHEMA shop FROM SERVER shop_mysql INTO shop;

-- What became of the table products (\d shop.products says more):
SELECT attname AS column, format_type(atttypid, atttypmod) AS type, option_value AS remote_type
FROM pg_attribute, pg_options_to_table(attfdwoptions)
WHERE attrelid = 'shop.products'::regclass AND option_name = 'remote_type';

-- Names arrive as they are, in every script:
SELECT id, first_name, last_name, email, country
FROM shop.customers
WHERE id IN (1, 4, 11, 32, 44, 47, 63, 92);

--- One query over both servers

-- Orders and customers lie in MariaDB, regions and targets in PostgreSQL: who reached the target of the last quarter?
SELECT region, sum(total) AS revenue, target, round(100 * sum(total) / target) || ' %' AS reached
FROM shop.orders
	JOIN shop.customers ON customers.id = orders.customer_id
	JOIN sales_regions USING (country)
	JOIN sales_targets USING (region)
WHERE quarter = '2025-10-01' AND ordered_at >= '2025-10-01' AND status <> 'returned'
GROUP BY region, target
ORDER BY sum(total) / target DESC;

-- Whom to call first: the best customers of those who have at least two serious tickets.
SELECT first_name, last_name, spent, tickets
FROM (SELECT customer_id, sum(total) AS spent FROM shop.orders GROUP BY customer_id) AS orders
	JOIN (SELECT customer_id, count(*) AS tickets FROM support_tickets WHERE severity = 'high'
		GROUP BY customer_id HAVING count(*) > 1) AS trouble USING (customer_id)
	JOIN shop.customers ON customers.id = customer_id
ORDER BY spent DESC LIMIT 5;

-- The archive knows the revenue of the year before:
SELECT region, sum(total) AS revenue, revenue_2024, round(100 * sum(total) / revenue_2024 - 100) || ' %' AS growth
FROM shop.orders
	JOIN shop.customers ON customers.id = orders.customer_id
	JOIN sales_regions USING (country)
	JOIN archive.revenue USING (region)
WHERE status <> 'returned'
GROUP BY region, revenue_2024
ORDER BY sum(total) DESC;

--- Files beside them

-- What visitors looked at lies in Parquet files, one for each month. A superuser says which directory may be read; the table's
-- columns are those of the files, and of the directories' names.
SET fabric.file_roots = :'files';

SELECT source, connector, options FROM fabric.add_source('shop_files', 'objectstore', jsonb_build_object('root', :'files'));

SELECT object, pg_size_pretty(size_bytes) AS size FROM fabric.discover('shop_files') WHERE kind = 'file' LIMIT 3;

CREATE FOREIGN TABLE visits () SERVER shop_files OPTIONS (location 'visits');

-- 300,000 visits are counted where they lie:
SELECT month, came_by, count(*), round(avg(seconds), 1) AS seconds
FROM visits
WHERE came_by IN ('mail', 'search')
GROUP BY month, came_by
ORDER BY month, came_by;

-- Parquet, MariaDB and PostgreSQL in one query: what was looked at for long, by customers with serious tickets, on the last day?
SELECT products.name, count(*) AS visits, count(DISTINCT visits.customer_id) AS customers
FROM visits
	JOIN shop.products ON products.id = visits.product_id
	JOIN support_tickets USING (customer_id)
WHERE at >= '2025-12-30' AND seconds > 550 AND severity = 'high'
GROUP BY products.name
ORDER BY visits DESC, name LIMIT 5;

-- Its plan: a day of the files is read, and joined with the tickets and with MariaDB's products. Of 15 parts of the files, 14 were
-- passed over, by what the files say of themselves.
EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT products.name, count(*) AS visits, count(DISTINCT visits.customer_id) AS customers
FROM visits
	JOIN shop.products ON products.id = visits.product_id
	JOIN support_tickets USING (customer_id)
WHERE at >= '2025-12-30' AND seconds > 550 AND severity = 'high'
GROUP BY products.name
ORDER BY visits DESC, name LIMIT 5;

--- Who does what

-- EXPLAIN VERBOSE shows the statement that MariaDB gets, and which condition stays here, with the reason. MariaDB finds the
-- returned orders. On the capitals of some letters the two disagree, so upper() is left to PostgreSQL.
EXPLAIN (VERBOSE, COSTS OFF)
SELECT id, total
FROM shop.orders
WHERE status = 'returned' AND ordered_at >= '2025-12-01' AND upper(gift_message) = 'THANK YOU';

--- Exact

-- To MariaDB, under this column's collation, capitals, missing accents and a blank at the end are all the same:
-- mariadb:
SELECT QUOTE(last_name), COUNT(*) FROM shop.customers
WHERE last_name = 'Müller' GROUP BY CAST(last_name AS BINARY);

-- To PostgreSQL they are not, whether a table is local or foreign:
SELECT quote_literal(last_name), count(*) FROM shop.customers
WHERE last_name = 'Müller' GROUP BY last_name;

-- MariaDB is asked twice in one statement: loosely, for its index, and byte by byte, for the answer.
EXPLAIN (VERBOSE, COSTS OFF)
SELECT * FROM shop.customers WHERE last_name = 'Müller';

--- The remote index

-- One row is looked up among 20,000, and one row travels:
EXPLAIN (ANALYZE, COSTS OFF)
SELECT first_name, last_name FROM shop.customers WHERE email = 'customer4713@example.com';

--- A connection that dies

-- A scan of 420,000 rows has begun:
BEGIN;

DECLARE scan CURSOR FOR SELECT * FROM shop.order_items;

FETCH 3 FROM scan;

-- Meanwhile somebody ends its connection on the MariaDB server:
-- mariadb:
KILL USER demo;

-- The rows that are missing are an error, never the end of the result:
-- error: 08006
FETCH ALL FROM scan;

ROLLBACK;

-- The session goes on, over a new connection:
SELECT count(*) FROM shop.order_items;

--- A query that takes too long

-- This view takes MariaDB seconds. The time limit ends it on both sides; so does Ctrl-C.
SET statement_timeout = '500ms';

-- error: 57014
SELECT count(*) FROM shop.bought_together;

RESET statement_timeout;

-- MariaDB has stopped working on it:
-- mariadb:
SELECT COUNT(*) AS still_running FROM information_schema.processlist
WHERE user = 'demo' AND command = 'Query';
