-- fabric_objectstore: what the engine computes, what stays here and why. The files are made by test/regress/files.py. That the answers are
-- PostgreSQL's is the oracle's affair; here the statements can be read.
\getenv files FABRIC_FILES
SET client_min_messages = warning;
CREATE SCHEMA shipped;
SET search_path = shipped;
SET fabric.file_roots = :'files';
CREATE SERVER shipped FOREIGN DATA WRAPPER fabric_objectstore OPTIONS (root :'files');
RESET client_min_messages;
CREATE FOREIGN TABLE many () SERVER shipped OPTIONS (location 'many.parquet');
CREATE FOREIGN TABLE sales () SERVER shipped OPTIONS (location 'sales');
CREATE FOREIGN TABLE integers () SERVER shipped OPTIONS (location 'integers.parquet');
CREATE FOREIGN TABLE floats () SERVER shipped OPTIONS (location 'floats.parquet');
CREATE FOREIGN TABLE decimals () SERVER shipped OPTIONS (location 'decimals.parquet');
CREATE FOREIGN TABLE moments () SERVER shipped OPTIONS (location 'moments.parquet');
CREATE FOREIGN TABLE people (id integer, name text, note text) SERVER shipped OPTIONS (location 'people.csv');

-- ---- what is read: row groups by the files' statistics, files by their directories ----
CREATE FUNCTION what_was_read(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ '(Files|Row Groups|Locally)' AND line !~ 'Bytes' THEN
			RETURN NEXT trim(line);
		END IF;
	END LOOP;
END $$;
SELECT what_was_read('SELECT v FROM many');
SELECT what_was_read('SELECT v FROM many WHERE n BETWEEN 45000 AND 65000');
SELECT what_was_read('SELECT v FROM many WHERE n + 1 = 45001');
SELECT what_was_read('SELECT v FROM many WHERE n::numeric = 45000.0');
SELECT what_was_read('SELECT count(*) FROM sales WHERE year = 2021');
SELECT what_was_read('SELECT n FROM sales WHERE year = 2021 AND v IS NULL');
SELECT what_was_read('SELECT name FROM people');

-- ---- statements ----
EXPLAIN (VERBOSE, COSTS OFF) SELECT v, count(*), sum(n), avg(n), min(n) FROM many WHERE n % 3 = 0 AND v LIKE 'v1%' GROUP BY v
	HAVING count(*) > 60 ORDER BY 2 DESC, v COLLATE "C" LIMIT 3;
SELECT v, count(*), sum(n), avg(n), min(n) FROM many WHERE n % 3 = 0 AND v LIKE 'v1%' GROUP BY v
	HAVING count(*) > 60 ORDER BY 2 DESC, v COLLATE "C" LIMIT 3;
EXPLAIN (VERBOSE, COSTS OFF) SELECT a.v, b.n FROM many a JOIN many b ON a.n = b.n + 1 WHERE a.v = 'v5' AND NOT EXISTS
	(SELECT FROM sales s WHERE s.n = a.n);
SELECT count(*) FROM many a JOIN many b ON a.n = b.n + 1 WHERE a.v = 'v5' AND NOT EXISTS (SELECT FROM sales s WHERE s.n = a.n);
EXPLAIN (VERBOSE, COSTS OFF) SELECT v FROM many INTERSECT SELECT v FROM sales;
EXPLAIN (VERBOSE, COSTS OFF) SELECT n, row_number() OVER (PARTITION BY year ORDER BY n DESC) FROM sales;
SELECT n, row_number() OVER (PARTITION BY year ORDER BY n DESC) FROM sales ORDER BY 1;
EXPLAIN (VERBOSE, COSTS OFF) SELECT n FROM many ORDER BY n DESC OFFSET 199998;
SELECT n FROM many ORDER BY n DESC OFFSET 199998;

-- ---- numbers ----
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM integers WHERE i8 + i8 > 100::smallint AND i32 * 2 < 10 AND i64 / 7 > 1 AND u64 > 5 AND -i16 <> 3;
SELECT i8::integer * 1000 AS i8, i32 / 1000 AS i32, u64 + 1 AS u64 FROM integers WHERE i8 < 0;
SELECT * FROM integers WHERE i8 * i16 > 0 AND i32 * i32 > 0;
SELECT count(*) FROM floats WHERE f4 > 5;
SELECT count(*) FROM floats WHERE f8 = 'NaN' OR f4 = 'NaN';
SELECT max(f4), min(f4), max(f8), min(f8) FROM floats;
SELECT sum(f4), avg(f4), stddev(f8) FROM floats WHERE f4 < 5 AND f8 < 1e300;
SELECT f8 FROM floats WHERE f8 * 1e-300 = 0;
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM decimals WHERE d4 * d9 > 1.5 AND d38 = 7 AND d38 < 1.5 AND fine > d38 AND sqrt(d9) > 1;
SELECT sum(d4), avg(d9), max(d38), round(min(fine), 2) FROM decimals;
PREPARE digits AS SELECT count(*) FROM decimals WHERE d9 > $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE digits(0);
EXECUTE digits(0);
EXECUTE digits(0.00000000000000000000001);
EXECUTE digits('NaN');
SELECT what_was_read('EXECUTE digits(0.00000000000000000000001)');
RESET plan_cache_mode;

-- ---- text, time ----
EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM people WHERE name > 'B' AND name COLLATE "C" > 'B' AND id > 1 AND upper(name) = 'ANNA'
	AND name LIKE 'A\_%' AND note || 'x' <> '';
SELECT id, name FROM people WHERE name COLLATE "C" > 'B' AND id > 1 ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) SELECT extract(year FROM us), date_trunc('month', us), ns FROM moments WHERE (da < '0044-03-15 BC' OR us > '2020-01-01'
	OR ns = '1970-01-01 00:00:00.000001' OR da + 1 > 'infinity' OR extract(second FROM us) = 0.000001) AND zone::date = '2020-01-01';
SELECT extract(year FROM us) AS year, date_trunc('month', us), extract(second FROM us) FROM moments ORDER BY us;

-- A NULL that no row has is in the dictionary of a file, and is not computed.
SELECT count(*) FROM many WHERE '2019-12-31'::date + COALESCE((n % 100)::integer, -8388608) = '2020-01-04';
-- What the engine would take for true of a NULL.
SELECT count(*) FROM moments WHERE date_trunc('month', us) <> '2020-01-01 01:30:00';

-- A date beyond all timestamps, and an infinite one.
EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*) FROM moments WHERE us < '5874897-12-31'::date AND us >= '-infinity'::date;
SELECT count(*) FROM moments WHERE us < '5874897-12-31'::date AND us >= '-infinity'::date AND da::timestamp > '-infinity'::date;
-- NULLs have a type.
EXPLAIN (VERBOSE, COSTS OFF) SELECT min(NULL::time), max(m.us) FROM people p LEFT JOIN moments m ON p.id = extract(day FROM m.us) WHERE m.us IS NULL;
SELECT min(NULL::time), max(m.us) FROM people p LEFT JOIN moments m ON p.name = m.us::text WHERE m.us IS NULL;
SELECT min(m.t), max(m.us), min(m.da) FROM moments p LEFT JOIN moments m ON p.us = m.us AND m.da = '1066-10-14' WHERE m.us IS NULL;

-- A moment that is known only when the plan runs, brought to the column's type: NULL stays NULL, none is too far away.
SET plan_cache_mode = force_generic_plan;
PREPARE later (timestamp) AS SELECT count(*) FROM moments WHERE zone > $1;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE later(NULL);
EXECUTE later(NULL);
EXECUTE later('-infinity');
EXECUTE later('20000-01-01');
EXECUTE later('4713-01-01 BC');
PREPARE earlier (timestamptz) AS SELECT count(*) FROM moments WHERE us < $1;
EXECUTE earlier(NULL);
EXECUTE earlier('infinity');
EXECUTE earlier('294276-12-31 00:00:00Z');
EXECUTE earlier('4713-01-01 00:00:00Z BC');
RESET plan_cache_mode;
-- An outer join by two inequalities, of more rows than the engine would go through one by one.
SELECT count(n), sum(n), count(*) FROM (SELECT c.n FROM many a LEFT JOIN (many b JOIN many c ON b.n = c.n + 199990)
	ON a.n >= b.n AND a.n <= b.n + 1 OFFSET 0) AS j;

-- The least number has a remainder by -1.
CREATE FOREIGN TABLE least (i16 smallint, i32 integer, i64 bigint) SERVER shipped OPTIONS (location 'integers.parquet');
EXPLAIN (VERBOSE, COSTS OFF) SELECT i32 FROM least WHERE i16 % -1::smallint = 0 AND i32 % -1 = 0 AND mod(i64, -1) = 0 AND i64 % -2 = 0;
SELECT * FROM least WHERE i16 % -1::smallint = 0 AND i32 % -1 = 0 AND mod(i64, -1) = 0 AND i64 % -2 = 0;

-- ---- joins with what is here ----
CREATE TABLE local AS SELECT i * 40000 AS n, 'here ' || i AS t FROM generate_series(0, 4) i;
ANALYZE local;
EXPLAIN (VERBOSE, COSTS OFF) SELECT l.t, m.v FROM local l JOIN many m USING (n);
SELECT l.t, m.v FROM local l JOIN many m USING (n) ORDER BY 1;
SELECT what_was_read('SELECT l.t, m.v FROM local l JOIN many m USING (n)');

SET client_min_messages = warning;
DROP SCHEMA shipped CASCADE;
DROP SERVER shipped;
