-- fabric_objectstore: which files a table is of, what is refused, CSV, and files with something wrong. The files are made by
-- test/regress/files.py.
\getenv files FABRIC_FILES
SET client_min_messages = warning;
CREATE SCHEMA objects;
SET search_path = objects;
SET fabric.file_roots = :'files';
CREATE SERVER objects FOREIGN DATA WRAPPER fabric_objectstore OPTIONS (root :'files');
RESET client_min_messages;

-- ---- locations ----
CREATE FOREIGN TABLE sales (n bigint, v text, year integer, month text) SERVER objects OPTIONS (location 'sales');
SELECT * FROM sales ORDER BY n;
ALTER FOREIGN TABLE sales OPTIONS (SET location 'sales/year=2021');
SELECT * FROM sales ORDER BY n;
ALTER FOREIGN TABLE sales OPTIONS (SET location 'sales/*/month=02/*.parquet');
SELECT * FROM sales ORDER BY n;
ALTER FOREIGN TABLE sales OPTIONS (SET location 'sales/**/part-?.parquet');
SELECT count(*), min(year), max(month) FROM sales;
ALTER FOREIGN TABLE sales OPTIONS (SET location E'sales/year=2020/month=01/part-0.parquet\nsales/year=2021\nsales/year=2020/month=01');
SELECT * FROM sales ORDER BY n;
ALTER FOREIGN TABLE sales OPTIONS (ADD hive_partitioning 'false');
SELECT year FROM sales;
ALTER FOREIGN TABLE sales OPTIONS (SET location 'sales/year=2022');
SELECT n FROM sales;
ALTER FOREIGN TABLE sales OPTIONS (SET location 'sales/**/*.csv');
SELECT n FROM sales;
ALTER FOREIGN TABLE sales OPTIONS (DROP location);
SELECT n FROM sales;
CREATE FOREIGN TABLE named (n bigint, filename text) SERVER objects OPTIONS (location 'sales/year=2020', filename 'true');
SELECT n, filename FROM named ORDER BY n;

-- ---- what is refused ----
CREATE FOREIGN TABLE refused (line text) SERVER objects OPTIONS (location '../x.csv');
SELECT * FROM refused;
ALTER FOREIGN TABLE refused OPTIONS (SET location '/etc/passwd', ADD format 'csv');
SELECT * FROM refused;
ALTER FOREIGN TABLE refused OPTIONS (SET location 'out.csv');
SELECT * FROM refused;
ALTER FOREIGN TABLE refused OPTIONS (SET location 'fifo.csv');
SELECT * FROM refused;
ALTER FOREIGN TABLE refused OPTIONS (SET location 'sales/*/../../people.csv');
SELECT * FROM refused;
ALTER FOREIGN TABLE refused OPTIONS (SET location 'missing.csv');
SELECT * FROM refused;
ALTER FOREIGN TABLE refused OPTIONS (SET location 'x'') UNION ALL SELECT * FROM read_csv(''/etc/passwd');
SELECT * FROM refused;
CREATE FOREIGN TABLE linked (id integer, name text) SERVER objects OPTIONS (location 'link.csv');
SELECT * FROM linked;
-- Roots that nobody has allowed; who may say so.
SET fabric.file_roots = '/nowhere';
\set VERBOSITY sqlstate
SELECT * FROM linked;
SET fabric.file_roots = '';
SELECT * FROM linked;
SET fabric.file_roots = 'relative';
CREATE ROLE regress_files;
SET ROLE regress_files;
SET fabric.file_roots = '/';
RESET ROLE;
\set VERBOSITY default
SET fabric.file_roots = :'files';
GRANT USAGE ON SCHEMA objects TO regress_files;
GRANT SELECT ON linked TO regress_files;
SET ROLE regress_files;
SELECT count(*) FROM linked;
SELECT * FROM refused;
RESET ROLE;
SELECT * FROM fabric.remote_query('objects', 'SELECT 1') AS t(a integer);
SELECT fabric.remote_exec('objects', 'SELECT 1');

-- ---- CSV ----
CREATE FOREIGN TABLE people (id integer, name text, note text) SERVER objects OPTIONS (location 'people.csv');
SELECT id, name, note, note IS NULL AS absent FROM people;
CREATE FOREIGN TABLE zipped (id integer, name text, note text) SERVER objects OPTIONS (location 'people.csv.gz');
SELECT id, name, note, note IS NULL AS absent FROM zipped;
-- Packed files: all of it, or an error.
CREATE FOREIGN TABLE packed (n integer) SERVER objects OPTIONS (location 'two.csv.gz');
SELECT * FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET location 'whole.csv.zst');
SELECT count(*), sum(n) FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET location 'two.csv.zst');
SELECT count(*), sum(n) FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET location 'cut.csv.gz');
SELECT count(*), sum(n) FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET location 'tail.csv.gz');
SELECT count(*), sum(n) FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET location 'sum.csv.gz');
SELECT count(*), sum(n) FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET location 'more.csv.gz');
SELECT count(*), sum(n) FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET location 'cut.csv.zst');
SELECT count(*), sum(n) FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET location 'numbers.csv', ADD compression 'gzip');
SELECT count(*), sum(n) FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET compression 'zstd');
SELECT count(*), sum(n) FROM packed;
CREATE FOREIGN TABLE semicolons (column1 integer, column2 text, c text OPTIONS (column_name 'column3')) SERVER objects
	OPTIONS (location 'semicolons.csv', header 'false', delimiter ';', quote '''', "null" '\N');
SELECT *, c IS NULL AS absent FROM semicolons;
ALTER FOREIGN TABLE semicolons OPTIONS (SET delimiter ';;');
SELECT * FROM semicolons;
CREATE FOREIGN TABLE twice (id integer, name text, note text, filename text) SERVER objects
	OPTIONS (location E'people.csv\npeople.csv.gz\nhollow.csv', filename 'true');
SELECT id, filename FROM twice ORDER BY filename, id;
ALTER FOREIGN TABLE twice OPTIONS (SET location E'people.csv\nnumbers.csv');
SELECT id FROM twice;
CREATE FOREIGN TABLE tabs (id integer, name text) SERVER objects OPTIONS (location 'tabs.tsv');
SELECT * FROM tabs;
CREATE FOREIGN TABLE header_only (id integer, name text) SERVER objects OPTIONS (location 'header_only.csv');
SELECT * FROM header_only;
CREATE FOREIGN TABLE "case" (a integer, "A" integer OPTIONS (column_name 'A_1')) SERVER objects OPTIONS (location 'case.csv');
SELECT * FROM "case";
CREATE FOREIGN TABLE numbers (n integer) SERVER objects OPTIONS (location 'numbers.csv');
SELECT * FROM numbers LIMIT 1;
SELECT * FROM numbers;

-- ---- something is wrong with them ----
CREATE FOREIGN TABLE bad (id text, name text) SERVER objects OPTIONS (location 'ragged.csv');
\set VERBOSITY terse
SELECT * FROM bad;
ALTER FOREIGN TABLE bad OPTIONS (SET location 'short.csv');
SELECT * FROM bad;
ALTER FOREIGN TABLE bad OPTIONS (SET location 'unclosed.csv');
SELECT * FROM bad;
ALTER FOREIGN TABLE bad OPTIONS (SET location 'latin1.csv');
SELECT * FROM bad;
ALTER FOREIGN TABLE bad OPTIONS (SET location 'hollow.csv');
SELECT * FROM bad;
ALTER FOREIGN TABLE bad OPTIONS (SET location 'unknown.dat');
SELECT * FROM bad;
ALTER FOREIGN TABLE bad OPTIONS (SET location 'mixed');
SELECT * FROM bad;
CREATE FOREIGN TABLE broken (n bigint, v text) SERVER objects OPTIONS (location 'cut.parquet');
SELECT count(v) FROM broken;
ALTER FOREIGN TABLE broken OPTIONS (SET location 'hollow.parquet');
SELECT count(v) FROM broken;
ALTER FOREIGN TABLE broken OPTIONS (SET location 'garbage.parquet');
SELECT count(v) FROM broken;
ALTER FOREIGN TABLE broken OPTIONS (SET location 'people.csv', ADD format 'parquet');
SELECT count(v) FROM broken;
\set VERBOSITY default
-- Files that differ: by name, or an error that names the file.
CREATE FOREIGN TABLE unlike (a bigint, b text, c float8) SERVER objects OPTIONS (location 'unlike/[12].parquet');
SELECT a, b FROM unlike ORDER BY a;
ALTER FOREIGN TABLE unlike OPTIONS (SET location 'unlike');
SELECT a FROM unlike ORDER BY a;
SELECT a, b FROM unlike ORDER BY a;
ALTER FOREIGN TABLE unlike OPTIONS (ADD union_by_name 'true');
SELECT a, b, c FROM unlike ORDER BY a;

-- ---- tables that get their columns from the files ----
SELECT * FROM fabric.object_schema('objects', 'moments.parquet');
SELECT "column", type, source_type FROM fabric.object_schema('objects', 'integers.parquet');
SELECT "column", type, source_type FROM fabric.object_schema('objects', 'nested.parquet');
SELECT "column", type FROM fabric.object_schema('objects', 'sales');
SELECT "column", type FROM fabric.object_schema('objects', 'people.csv');
SELECT "column", type FROM fabric.object_schema('objects', 'unknown.dat', 'csv');
SELECT * FROM fabric.object_schema('objects', 'unknown.dat');
SELECT * FROM fabric.object_schema('objects', 'unknown.dat', 'xml');
SELECT * FROM fabric.object_schema('objects', NULL);
SELECT * FROM fabric.object_schema('nowhere', 'x');
CREATE FOREIGN TABLE inferred () SERVER objects OPTIONS (location 'decimals.parquet');
\d inferred
SELECT * FROM inferred;
CREATE FOREIGN TABLE inferred_sales () SERVER objects OPTIONS (location 'sales', filename 'true');
SELECT * FROM inferred_sales WHERE v IS NOT NULL ORDER BY n;
CREATE FOREIGN TABLE IF NOT EXISTS inferred () SERVER objects OPTIONS (location 'sales');
CREATE FOREIGN TABLE inferred_missing () SERVER objects OPTIONS (location 'missing.parquet');
CREATE FOREIGN TABLE inferred_missing () SERVER objects;
GRANT CREATE ON SCHEMA objects TO regress_files;
SET ROLE regress_files;
SELECT * FROM fabric.object_schema('objects', 'people.csv');
RESET ROLE;
GRANT fabric_developer TO regress_files;
SET ROLE regress_files;
SELECT * FROM fabric.object_schema('objects', 'people.csv');
CREATE FOREIGN TABLE theirs () SERVER objects OPTIONS (location 'people.csv');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER objects TO regress_files;
SET ROLE regress_files;
CREATE FOREIGN TABLE theirs () SERVER objects OPTIONS (location 'people.csv');
SELECT * FROM theirs;
RESET ROLE;

-- ---- a directory's data sets at once ----
CREATE SCHEMA imported;
IMPORT FOREIGN SCHEMA "." LIMIT TO (people, decimals, sales, unlike, mixed, nothing) FROM SERVER objects INTO imported;
IMPORT FOREIGN SCHEMA "sales/year=2020" FROM SERVER objects INTO imported;
IMPORT FOREIGN SCHEMA unlike EXCEPT ("1") FROM SERVER objects INTO imported;
SELECT c.relname, t.ftoptions, (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
	FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns
	FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid WHERE c.relnamespace = 'imported'::regnamespace ORDER BY 1;
SELECT * FROM imported.people;
SET client_min_messages = warning;
DROP SCHEMA imported CASCADE;
RESET client_min_messages;
SELECT * FROM fabric.import_schema('objects', 'mixed', 'imported');
IMPORT FOREIGN SCHEMA nowhere FROM SERVER objects INTO imported;
IMPORT FOREIGN SCHEMA ".." FROM SERVER objects INTO imported;
SET client_min_messages = warning;
DROP SCHEMA imported CASCADE;
RESET client_min_messages;
CREATE SCHEMA imported;
\set VERBOSITY terse
IMPORT FOREIGN SCHEMA "." EXCEPT (many) FROM SERVER objects INTO imported;
\set VERBOSITY default
SELECT count(*) FROM pg_foreign_table t JOIN pg_class c ON c.oid = t.ftrelid WHERE c.relnamespace = 'imported'::regnamespace;

-- ---- options ----
CREATE SERVER nowhere FOREIGN DATA WRAPPER fabric_objectstore;
CREATE FOREIGN TABLE rootless (a integer) SERVER nowhere OPTIONS (location 'a.csv');
SELECT * FROM rootless;
CREATE SERVER wrong FOREIGN DATA WRAPPER fabric_objectstore OPTIONS (rot '/x');
CREATE FOREIGN TABLE wrong (a integer) SERVER objects OPTIONS (location 'a.csv', format 'xml');
CREATE FOREIGN TABLE wrong (a integer) SERVER objects OPTIONS (location 'a.csv', header 'maybe');

-- ---- several scans at once ----
CREATE FOREIGN TABLE many (n bigint, v text) SERVER objects OPTIONS (location 'many.parquet');
BEGIN;
DECLARE a CURSOR FOR SELECT n FROM many;
DECLARE b CURSOR FOR SELECT n FROM many WHERE v = 'v7';
FETCH 2 FROM a;
FETCH 2 FROM b;
SAVEPOINT s;
SELECT 1 / (n - 5) FROM many;
ROLLBACK TO s;
SELECT count(*), sum(n), count(DISTINCT v) FROM many;
FETCH 2 FROM a;
FETCH 2 FROM b;
MOVE FORWARD ALL FROM a;
COMMIT;
SELECT count(*) FROM many AS x JOIN many AS y USING (n);
SELECT count(*) FROM generate_series(1, 3) AS g, LATERAL (SELECT n FROM many WHERE n < g) AS m;
EXPLAIN (VERBOSE, COSTS OFF) SELECT v FROM many WHERE n = 1;
SELECT n, ctid IS NOT NULL AS c, tableoid::regclass FROM many WHERE n < 2;
SELECT n, ctid IS NOT NULL AS c FROM many LIMIT 1;
SELECT n, tableoid::regclass FROM many LIMIT 1 FOR UPDATE;
ANALYZE many;
SELECT n_distinct, null_frac FROM pg_stats WHERE tablename = 'many' AND attname = 'v';
INSERT INTO many VALUES (1, 'x');
SET statement_timeout = '1ms';
SELECT count(*) FROM many AS x, many AS y, many AS z;
RESET statement_timeout;
SELECT count(*) FROM many;
SET client_min_messages = warning;
DROP SCHEMA objects, imported CASCADE;
DROP SERVER nowhere;
DROP SERVER objects;
DROP OWNED BY regress_files;
DROP ROLE regress_files;
