-- fabric_mysql: ANALYZE of foreign tables, and what the planner knows without it. The remote data is in
-- test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
CREATE SCHEMA sampling;
SET search_path = sampling;
CREATE SERVER sampling FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	dbname 'fabric_analyze');
CREATE USER MAPPING FOR CURRENT_USER SERVER sampling OPTIONS (username :'mysql_user', password :'mysql_password');
IMPORT FOREIGN SCHEMA fabric_analyze FROM SERVER sampling INTO sampling OPTIONS (import_tinyint1_as_boolean 'true');

-- The rows that the planner expects of a query.
CREATE FUNCTION expected(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN plan -> 0 -> 'Plan' ->> 'Plan Rows';
END
$$;
CREATE TABLE queries (number serial, query text);
INSERT INTO queries (query) VALUES
	('SELECT * FROM items'),
	('SELECT * FROM items WHERE id = 7'),
	('SELECT * FROM items WHERE id IN (7, 8, 9)'),
	('SELECT * FROM items WHERE code = ''code 7'''),
	('SELECT * FROM items WHERE grp = 7'),
	('SELECT * FROM items WHERE a = 7'),
	('SELECT * FROM items WHERE b = 7'),
	('SELECT * FROM items WHERE word = ''word 7'''),
	('SELECT * FROM items WHERE word IS NULL'),
	('SELECT * FROM items WHERE price = 7'),
	('SELECT * FROM items WHERE grp > 7'),
	('SELECT * FROM items WHERE grp BETWEEN 7 AND 9'),
	('SELECT * FROM items WHERE (grp > 7 OR id = 3) AND grp = 4'),
	('SELECT * FROM items WHERE (grp, id) > (7, 7)'),
	('SELECT * FROM items WHERE flag'),
	('SELECT grp FROM items GROUP BY grp'),
	('SELECT code FROM items GROUP BY code'),
	('SELECT DISTINCT a FROM items'),
	('SELECT * FROM items AS x JOIN items AS y ON y.grp = x.grp'),
	('SELECT * FROM items AS x JOIN items AS y ON y.id = x.grp'),
	('SELECT * FROM (SELECT x.id, y.b FROM items AS x JOIN items AS y USING (grp) OFFSET 0) AS q WHERE id = 7');

-- Without statistics: the remote indexes tell how many values differ and which repeat.
CREATE TABLE before AS SELECT number, expected(query) FROM queries;
SELECT number, query, expected AS rows FROM before JOIN queries USING (number) ORDER BY number;
SELECT count(*) FROM pg_stats WHERE schemaname = 'sampling' AND tablename = 'items';

-- ANALYZE sees what it would see in a local copy.
CREATE TABLE copy AS SELECT * FROM items ORDER BY id;
ANALYZE items;
ANALYZE copy;
SELECT attname, null_frac, avg_width, n_distinct, round(correlation::numeric, 3) AS correlation FROM pg_stats
	WHERE schemaname = 'sampling' AND tablename = 'items' ORDER BY attname;
CREATE VIEW stats AS SELECT tablename, attname, inherited, null_frac, avg_width, n_distinct, most_common_vals::text,
		most_common_freqs, histogram_bounds::text, correlation, most_common_elems::text
	FROM pg_stats WHERE schemaname = 'sampling';
CREATE FUNCTION differences(one text, other text) RETURNS SETOF name LANGUAGE sql AS $$
	SELECT x.attname FROM sampling.stats AS x LEFT JOIN sampling.stats AS y ON y.attname = x.attname AND y.tablename = other
		WHERE x.tablename = one AND (to_jsonb(x) - 'tablename') IS DISTINCT FROM (to_jsonb(y) - 'tablename');
$$;
SELECT count(*) FROM stats WHERE tablename = 'items';
SELECT differences('items', 'copy');
SELECT reltuples, relpages > 1 AS has_pages FROM pg_class WHERE oid = 'items'::regclass;
SELECT number, query, expected AS before, expected(query) AS after FROM before JOIN queries USING (number) ORDER BY number;

-- What it says of itself
\setenv PGDATABASE :DBNAME
\! psql -X -q -c 'ANALYZE VERBOSE sampling.items' 2>&1 | grep 'rows in sample'

-- Some columns only; none of those without a target
CREATE FOREIGN TABLE few (id int, grp int, word varchar(20), doc jsonb) SERVER sampling OPTIONS (table_name 'items');
ANALYZE few (grp);
SELECT attname, n_distinct FROM stats WHERE tablename = 'few' ORDER BY attname;
ALTER FOREIGN TABLE few ALTER COLUMN doc SET STATISTICS 0;
ALTER FOREIGN TABLE few ALTER COLUMN word SET STATISTICS 10;
ANALYZE few;
SELECT attname, n_distinct, array_length(histogram_bounds::text::text[], 1) AS bounds FROM stats WHERE tablename = 'few'
	ORDER BY attname;
CREATE STATISTICS two_of_few (ndistinct) ON grp, id FROM few;
ANALYZE few;
SELECT n_distinct FROM pg_stats_ext WHERE statistics_name = 'two_of_few';

-- Samples: the figures vary, but not by much.
CREATE FUNCTION sampled(relation regclass) RETURNS TABLE (rows boolean, keys_differ boolean, values_differ numeric)
	LANGUAGE sql AS $$
	SELECT reltuples BETWEEN 3000 AND 7000,
			(SELECT n_distinct = -1 FROM sampling.stats WHERE tablename = relname AND attname = 'id'),
			(SELECT n_distinct FROM sampling.stats WHERE tablename = relname AND attname = 'v')
		FROM pg_class WHERE oid = relation;
$$;
SET default_statistics_target = 1;
ANALYZE gaps;
SELECT * FROM sampled('gaps');
ALTER FOREIGN TABLE gaps OPTIONS (analyze_sampling 'keys');
ANALYZE gaps;
SELECT * FROM sampled('gaps');
ALTER FOREIGN TABLE gaps OPTIONS (SET analyze_sampling 'random');
ANALYZE gaps;
SELECT * FROM sampled('gaps');
ALTER FOREIGN TABLE gaps OPTIONS (SET analyze_sampling 'all');
ANALYZE gaps;
SELECT reltuples FROM pg_class WHERE oid = 'gaps'::regclass;
SELECT attname, n_distinct, correlation FROM stats WHERE tablename = 'gaps' AND attname = 'id';
ALTER FOREIGN TABLE gaps OPTIONS (SET analyze_sampling 'some');
ALTER SERVER sampling OPTIONS (ADD analyze_sampling 'random');
ANALYZE items;
SELECT reltuples BETWEEN 3000 AND 7000 AS rows FROM pg_class WHERE oid = 'items'::regclass;
ALTER SERVER sampling OPTIONS (DROP analyze_sampling);
-- The remote server believes that this table is empty.
ANALYZE stale;
SELECT * FROM sampled('stale');
ALTER FOREIGN TABLE stale OPTIONS (analyze_sampling 'keys');
ANALYZE stale;
SELECT * FROM sampled('stale');
RESET default_statistics_target;

-- Values that PostgreSQL does not look at come shortened.
ANALYZE wide;
CREATE TABLE wide_copy AS SELECT * FROM wide ORDER BY id;
ANALYZE wide_copy;
SELECT x.attname, x.avg_width, x.n_distinct, x.n_distinct = y.n_distinct AND x.null_frac = y.null_frac AND
		x.most_common_vals IS NOT DISTINCT FROM y.most_common_vals AND
		x.histogram_bounds IS NOT DISTINCT FROM y.histogram_bounds AS same
	FROM stats AS x JOIN stats AS y USING (attname) WHERE x.tablename = 'wide' AND y.tablename = 'wide_copy' ORDER BY 1;

-- Values that cannot be read count as NULL.
CREATE DOMAIN small AS int CHECK (VALUE < 3);
CREATE FOREIGN TABLE misread (id int, d date, t varchar(20), v varchar(5), n small) SERVER sampling
	OPTIONS (table_name 'unreadable');
ANALYZE misread;
SELECT attname, null_frac, most_common_vals, histogram_bounds FROM stats WHERE tablename = 'misread' ORDER BY attname;
SELECT reltuples FROM pg_class WHERE oid = 'misread'::regclass;
-- The transaction goes on as it was.
BEGIN;
SELECT fabric.remote_exec('sampling', 'INSERT INTO fabric_analyze.nothing VALUES (1, ''one'')');
DECLARE ids CURSOR FOR SELECT id FROM items;
FETCH 1 FROM ids;
SET LOCAL client_min_messages = warning;
ANALYZE misread;
FETCH 1 FROM ids;
SELECT * FROM nothing;
ROLLBACK;
SELECT * FROM nothing;
ALTER SERVER sampling OPTIONS (ADD zero_dates '-infinity');
ANALYZE misread (d);
SELECT attname, null_frac, most_common_vals FROM stats WHERE tablename = 'misread' AND attname = 'd';
ALTER SERVER sampling OPTIONS (DROP zero_dates);

-- A view, an empty table
ANALYZE cheap;
SELECT reltuples, (SELECT count(*) FROM cheap) AS rows FROM pg_class WHERE oid = 'cheap'::regclass;
SELECT attname, n_distinct FROM stats WHERE tablename = 'cheap' ORDER BY attname;
ANALYZE nothing;
SELECT reltuples, relpages > 0 AS has_pages FROM pg_class WHERE oid = 'nothing'::regclass;
SELECT count(*) FROM stats WHERE tablename = 'nothing';

-- It can be cancelled.
SET statement_timeout = '500ms';
ANALYZE slow;
ALTER FOREIGN TABLE slow OPTIONS (analyze_sampling 'all');
ANALYZE slow;
RESET statement_timeout;
SELECT count(*) AS still_running FROM fabric.remote_query('sampling',
		'SELECT id FROM information_schema.processlist WHERE command = ''Query'' AND id <> connection_id()
			AND info LIKE ''%fabric_analyze%slow%''')
	AS q(id bigint);

-- As a partition, and as an inheritance child. The parent's target counts.
CREATE TABLE years (id int, year int NOT NULL, v int) PARTITION BY LIST (year);
CREATE TABLE year_2025 PARTITION OF years FOR VALUES IN (2025);
INSERT INTO year_2025 SELECT i, 2025, i % 50 + 100 FROM generate_series(1, 2000) AS i;
ALTER TABLE years ATTACH PARTITION year_2024 FOR VALUES IN (2024);
ALTER FOREIGN TABLE year_2024 ALTER COLUMN v SET STATISTICS 0;
ANALYZE years;
SELECT tablename, attname, inherited, null_frac, n_distinct FROM stats WHERE tablename LIKE 'year%' ORDER BY 1, 2;
SELECT relname, reltuples FROM pg_class WHERE relname IN ('years', 'year_2024', 'year_2025') ORDER BY 1;
CREATE TABLE parent (id int, v int);
CREATE FOREIGN TABLE child () INHERITS (parent) SERVER sampling OPTIONS (table_name 'gaps');
ANALYZE parent;
SELECT tablename, attname, inherited, n_distinct FROM stats WHERE tablename IN ('parent', 'child') ORDER BY 1, 2;

-- As the owner of the table, whoever asks
CREATE ROLE regress_fabric_owner;
GRANT USAGE ON FOREIGN SERVER sampling TO regress_fabric_owner;
GRANT USAGE, CREATE ON SCHEMA sampling TO regress_fabric_owner;
CREATE FOREIGN TABLE others (id int, grp int) SERVER sampling OPTIONS (table_name 'items');
CREATE FOREIGN TABLE more_of_others (id int, code text) SERVER sampling OPTIONS (table_name 'items');
CREATE FOREIGN TABLE none_of_others (id int) SERVER sampling OPTIONS (table_name 'gaps');
ALTER FOREIGN TABLE others OWNER TO regress_fabric_owner;
ALTER FOREIGN TABLE more_of_others OWNER TO regress_fabric_owner;
ALTER FOREIGN TABLE none_of_others OWNER TO regress_fabric_owner;
ANALYZE others;
CREATE USER MAPPING FOR regress_fabric_owner SERVER sampling OPTIONS (username 'fabric_narrow', password 'narrow-secret');
ANALYZE others;
SELECT attname, n_distinct FROM stats WHERE tablename = 'others' ORDER BY attname;
\set VERBOSITY terse
ANALYZE more_of_others;
ANALYZE none_of_others;

-- Without ANALYZE, what the remote server knows of its values: its rows are expected to within a tenth, or not
CREATE FUNCTION well_expected(relation text, VARIADIC conditions text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	condition text;
	plan json;
	expected numeric;
	found bigint;
BEGIN
	FOREACH condition IN ARRAY conditions LOOP
		EXECUTE format('EXPLAIN (FORMAT json) SELECT FROM %s WHERE %s', relation, condition) INTO plan;
		EXECUTE format('SELECT count(*) FROM %s WHERE %s', relation, condition) INTO found;
		expected = plan->0->'Plan'->>'Plan Rows';
		RETURN NEXT condition || CASE WHEN abs(expected - found) <= greatest(found / 10, 5) THEN '' ELSE ': not' END;
	END LOOP;
END
$$;
SELECT well_expected('measured', 'id < 100', 'k = 1', 'k IS NULL', 'never IS NULL', 'k < 3', 'k BETWEEN 1 AND 2', 'n < 32', 'n > 120',
	'n BETWEEN 10 AND 20', 'f > 250', 'day < ''2020-02-01''', 'day >= ''2021-01-01''', 'at < ''2020-01-05''',
	'v = ''v1''', 'v = ''none''', 'v < ''v1''', 'big > 18446744073709551000', 'span < ''1 minute''', 'skew = 7',
	'skew > 500000');
SELECT well_expected('measured_by_widths', 'id < 100', 'k = 1', 'k IS NULL', 'k < 3', 'n < 32', 'n > 120',
	'n BETWEEN 10 AND 20', 'f > 250', 'day < ''2020-02-01''', 'at < ''2020-01-05''', 'v = ''v1''', 'skew > 500000');
SELECT attname FROM pg_stats WHERE schemaname = 'sampling' AND tablename LIKE 'measured%';
-- Who may not read the server's statistics does without.
CREATE FOREIGN TABLE measured_by_others (id int, k smallint, n numeric(10,2)) SERVER sampling
	OPTIONS (table_name 'measured');
ALTER FOREIGN TABLE measured_by_others OWNER TO regress_fabric_owner;
SET ROLE regress_fabric_owner;
SELECT sampling.well_expected('sampling.measured_by_others', 'k = 1', 'n < 32');
RESET ROLE;

-- A size that has grown a thousandfold since ANALYZE was an old one then.
SELECT rows BETWEEN 1000 AND 20000 AS believable FROM expected('SELECT * FROM items') AS rows;
UPDATE pg_class SET relpages = greatest(relpages / 1000, 1) WHERE oid = 'items'::regclass;
SELECT rows BETWEEN 1000 AND 20000 AS believable FROM expected('SELECT * FROM items') AS rows;

-- What is not there
CREATE FOREIGN TABLE wrong (id int, no_such_column int) SERVER sampling OPTIONS (table_name 'gaps');
ANALYZE wrong;
CREATE FOREIGN TABLE changed (id date) SERVER sampling OPTIONS (table_name 'gaps');
ANALYZE changed;
ANALYZE doomed;
SELECT fabric.remote_exec('sampling', 'DROP TABLE fabric_analyze.doomed');
ANALYZE doomed;
\set VERBOSITY default

SET client_min_messages = warning;
DROP SCHEMA sampling CASCADE;
DROP SERVER sampling CASCADE;
DROP ROLE regress_fabric_owner;
