-- fabric_objectstore: JSON, what types texts look like, encodings, formats of dates, files that differ, numbers of rows. The files are
-- made by test/regress/files.py.
\getenv files FABRIC_FILES
SET client_min_messages = warning;
CREATE SCHEMA texts;
SET search_path = texts;
SET fabric.file_roots = :'files';
CREATE SERVER texts FOREIGN DATA WRAPPER fabric_objectstore OPTIONS (root :'files');
CREATE FUNCTION columns_of(relation regclass) RETURNS TABLE (name name, type text) LANGUAGE sql AS
	'SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = relation AND attnum > 0 ORDER BY attnum';
RESET client_min_messages;
SET timezone = 'UTC';

-- ---- JSON ----
SELECT * FROM fabric.object_schema('texts', 'text/records.jsonl');
CREATE FOREIGN TABLE records () SERVER texts OPTIONS (location 'text/records.jsonl');
SELECT ftoptions FROM pg_foreign_table WHERE ftrelid = 'records'::regclass;
\x on
SELECT * FROM records;
\x off
CREATE FOREIGN TABLE marked (id bigint, name text) SERVER texts OPTIONS (location 'text/marked.jsonl');
SELECT * FROM marked;
CREATE FOREIGN TABLE packed (id bigint, row_number bigint, filename text) SERVER texts
	OPTIONS (location E'text/records.jsonl.gz\ntext/records.jsonl', row_number 'true', filename 'true');
SELECT * FROM packed ORDER BY filename, row_number;
-- As json_to_record reads it.
CREATE FOREIGN TABLE forms (id text, price text, price_json jsonb OPTIONS (column_name 'price'), d json, ok text, big numeric(20, 0),
	nothing integer) SERVER texts OPTIONS (location 'text/records.jsonl');
SELECT * FROM forms;
ALTER FOREIGN TABLE forms DROP COLUMN price_json;
SELECT * FROM forms;
CREATE FOREIGN TABLE arrays (n integer[], t text[], j jsonb[], m integer[]) SERVER texts OPTIONS (location 'text/arrays.jsonl');
SELECT * FROM arrays;
SELECT ctid IS NOT NULL, j[1]->'x' FROM arrays WHERE n[3] = 3;
CREATE FOREIGN TABLE cased () SERVER texts OPTIONS (location 'text/array.json');
SELECT * FROM columns_of('cased');
SELECT * FROM cased;
SELECT id, "Id" FROM cased WHERE id = 'x' AND "Id" = 1;
SELECT cased FROM cased;
CREATE FOREIGN TABLE sequence () SERVER texts OPTIONS (location 'text/sequence.json');
SELECT * FROM columns_of('sequence');
SELECT * FROM sequence;
CREATE FOREIGN TABLE empty (a integer) SERVER texts OPTIONS (location E'text/none.json');
SELECT * FROM empty;
ALTER FOREIGN TABLE empty OPTIONS (SET location 'text/none.jsonl');
SELECT * FROM empty;
\set VERBOSITY terse
CREATE FOREIGN TABLE unknown () SERVER texts OPTIONS (location 'text/none.jsonl');
CREATE FOREIGN TABLE unknown () SERVER texts OPTIONS (location 'text/none.json');
\set VERBOSITY default
CREATE FOREIGN TABLE bare () SERVER texts OPTIONS (location 'text/records.jsonl');
ALTER FOREIGN TABLE bare DROP id, DROP name, DROP price, DROP tags, DROP at, DROP ok, DROP d, DROP big, DROP later;
SELECT FROM bare;
SELECT count(*) FROM bare;
-- Directories that are columns; they say it, whatever the records do.
CREATE FOREIGN TABLE days () SERVER texts OPTIONS (location 'text/hive');
SELECT * FROM columns_of('days');
SELECT * FROM days ORDER BY n;
EXPLAIN (VERBOSE, COSTS OFF) SELECT n FROM days WHERE day > '2024-01-01';
SELECT n FROM days WHERE day > '2024-01-01' ORDER BY n;
CREATE FOREIGN TABLE unsaid (n bigint) SERVER texts OPTIONS (location 'text/hive');
SELECT * FROM unsaid;
ALTER FOREIGN TABLE unsaid OPTIONS (ADD format 'jsonl');
SELECT count(*) FROM unsaid;
-- A file in several parts.
CREATE FOREIGN TABLE parts () SERVER texts OPTIONS (location 'text/parts.jsonl');
SELECT count(*) FROM parts;
SELECT count(*), sum(a), sum(length(b)), count(DISTINCT a) FROM parts;
SELECT a, length(b) FROM parts WHERE b = repeat('y', 96) ORDER BY a LIMIT 3;
EXPLAIN (VERBOSE, COSTS OFF) SELECT length(b), count(*) FROM parts WHERE b LIKE 'yy%' GROUP BY 1;
-- ---- JSON that is none ----
\set VERBOSITY terse
SELECT format('CREATE FOREIGN TABLE bad (a text) SERVER texts OPTIONS (location %L)', 'text/bad/' || name) AS make,
	'SELECT * FROM bad' AS read, 'DROP FOREIGN TABLE bad' AS drop
FROM unnest('{word.jsonl, comma.jsonl, trailing.jsonl, list.jsonl, open.jsonl, two.jsonl, zero.jsonl, nul.jsonl, surrogate.jsonl,
	bytes.jsonl, deep.jsonl, long.jsonl, unclosed.json, comma.json, behind.json}'::text[]) AS name \gexec
CREATE FOREIGN TABLE bad (nothing text) SERVER texts OPTIONS (location 'text/bad/word.jsonl');
SELECT * FROM bad;
SELECT count(*) FROM bad;
ALTER FOREIGN TABLE bad OPTIONS (SET location 'text/cut.jsonl.gz');
SELECT * FROM bad;
CREATE FOREIGN TABLE wrong (name integer) SERVER texts OPTIONS (location 'text/records.jsonl');
SELECT * FROM wrong;
\set VERBOSITY default

-- ---- types of texts ----
CREATE FOREIGN TABLE typed () SERVER texts OPTIONS (location 'text/typed.csv');
SELECT * FROM columns_of('typed');
\x on
SELECT * FROM typed;
\x off
CREATE FOREIGN TABLE nearly () SERVER texts OPTIONS (location 'text/nearly.csv');
SELECT * FROM columns_of('nearly');
SELECT * FROM nearly;
-- What was looked at is not all.
CREATE FOREIGN TABLE late () SERVER texts OPTIONS (location 'text/late.csv');
SELECT * FROM columns_of('late');
SELECT count(*), sum(n) FROM late;

\set VERBOSITY terse
CREATE FOREIGN TABLE odd (a text) SERVER texts OPTIONS (location 'text/typed.csv', delimiter '"');
SELECT * FROM odd;
ALTER FOREIGN TABLE odd OPTIONS (SET delimiter E'\n');
SELECT * FROM odd;
ALTER FOREIGN TABLE odd OPTIONS (SET delimiter ',', ADD "null" 'a,b');
SELECT * FROM odd;
\set VERBOSITY default

-- ---- encodings ----
CREATE FOREIGN TABLE gbk () SERVER texts OPTIONS (location 'text/gbk.csv', encoding 'GBK', filename 'true');
SELECT * FROM gbk;
ALTER FOREIGN TABLE gbk OPTIONS (SET location E'text/gbk.csv\ntext/gbk.csv.gz');
SELECT * FROM gbk ORDER BY filename DESC;
CREATE FOREIGN TABLE utf16 () SERVER texts OPTIONS (location 'text/utf16.csv.gz', encoding 'utf16');
SELECT * FROM utf16;
CREATE FOREIGN TABLE gbk_json () SERVER texts OPTIONS (location 'text/gbk.jsonl', encoding 'gbk');
SELECT * FROM gbk_json;
CREATE FOREIGN TABLE latin (id text) SERVER texts OPTIONS (location 'latin1.csv', encoding 'latin1');
ALTER FOREIGN TABLE latin ADD name text;
SELECT * FROM latin;
CREATE FOREIGN TABLE not_gbk (a text) SERVER texts OPTIONS (location 'text/notgbk.csv', encoding 'gbk');
SELECT * FROM not_gbk;
ALTER FOREIGN TABLE not_gbk OPTIONS (SET encoding 'klingon');
SELECT * FROM not_gbk;
\set VERBOSITY terse
CREATE FOREIGN TABLE unsaid_gbk () SERVER texts OPTIONS (location 'text/gbk.csv');
\set VERBOSITY default

-- ---- formats of dates ----
CREATE FOREIGN TABLE dated (d date, t timestamp, n integer) SERVER texts
	OPTIONS (location 'text/dates.csv', date_format 'DD.MM.YYYY', timestamp_format 'DD.MM.YYYY HH24:MI:SS.US');
SELECT * FROM dated;
SELECT dated FROM dated WHERE d > '2020-01-01';
SELECT x.t, y.d FROM dated x JOIN dated y ON x.d = y.d;
EXPLAIN (VERBOSE, COSTS OFF) SELECT t FROM dated WHERE d > '2020-01-01';
ALTER FOREIGN TABLE dated ALTER t TYPE timestamptz;
SELECT t FROM dated;
ALTER FOREIGN TABLE dated ALTER t TYPE timestamp(0);
SELECT t FROM dated;
ALTER FOREIGN TABLE dated ALTER t TYPE timestamp, OPTIONS (SET timestamp_format 'DD.MM.YYYY');
SELECT t FROM dated;
ALTER FOREIGN TABLE dated ALTER t TYPE date, OPTIONS (SET date_format 'DD.MM.YYYY HH24:MI:SS.US');
SELECT t FROM dated;
ALTER FOREIGN TABLE dated OPTIONS (SET date_format 'HH24:MI');
SELECT d FROM dated;

-- ---- files that differ ----
CREATE FOREIGN TABLE united () SERVER texts OPTIONS (location 'text/union', union_by_name 'true', row_number 'true', filename 'true');
SELECT * FROM columns_of('united');
SELECT * FROM united ORDER BY filename, row_number;
SELECT b FROM united WHERE k = '7';
SELECT c, count(*) FROM united GROUP BY c ORDER BY c;
\set VERBOSITY terse
CREATE FOREIGN TABLE apart () SERVER texts OPTIONS (location 'text/union');
CREATE FOREIGN TABLE ends (a text, b text) SERVER texts OPTIONS (location 'text/ends.csv');
SELECT * FROM ends;
CREATE FOREIGN TABLE whole () SERVER texts OPTIONS (location 'others/whole');
CREATE FOREIGN TABLE whole (a bigint) SERVER texts OPTIONS (location 'others/whole');
SELECT * FROM whole;
ALTER FOREIGN TABLE whole OPTIONS (ADD union_by_name 'true');
SELECT * FROM whole ORDER BY a;
CREATE FOREIGN TABLE kinds (a double precision) SERVER texts OPTIONS (location 'others/kinds', union_by_name 'true');
SELECT * FROM kinds;
CREATE FOREIGN TABLE turned (a bigint) SERVER texts OPTIONS (location 'others/turned');
SELECT * FROM turned;
CREATE FOREIGN TABLE wide (a bigint) SERVER texts OPTIONS (location 'others/wide.parquet');
SELECT * FROM wide;
\set VERBOSITY default
CREATE FOREIGN TABLE cases () SERVER texts OPTIONS (location 'others/case.parquet', row_number 'true');
SELECT * FROM columns_of('cases');
SELECT "A", a, b, row_number FROM cases WHERE "A" = 2 AND a = 1;
CREATE FOREIGN TABLE numbered (row_number bigint) SERVER texts OPTIONS (location 'others/numbered.parquet');
SELECT * FROM numbered;
ALTER FOREIGN TABLE numbered OPTIONS (ADD row_number 'true');
SELECT * FROM numbered;

-- ---- where a value lies that is not of its column's type ----
CREATE FOREIGN TABLE placed (n bigint, a integer, v integer) SERVER texts OPTIONS (location 'text/places/n=2');
SELECT * FROM placed;
SELECT a FROM placed WHERE v > 30;
SELECT a FROM placed WHERE a < 5 AND v > 0;
SELECT a FROM placed WHERE a = 5 AND v > 0;
SELECT placed FROM placed;
SELECT x.v, y.a FROM placed x, placed y WHERE x.n = y.n;
SELECT min(v) FROM placed;
ALTER FOREIGN TABLE placed OPTIONS (SET location 'text/places');
SELECT v FROM placed ORDER BY a;
ALTER FOREIGN TABLE placed ALTER v TYPE varchar(2), OPTIONS (ADD row_number 'true');
SELECT v FROM placed;
ALTER FOREIGN TABLE placed ALTER v TYPE numeric(3, 1);
SELECT v FROM placed WHERE n = 2;
CREATE FOREIGN TABLE elements (l integer[]) SERVER texts OPTIONS (location 'text/places.jsonl');
SELECT * FROM elements;
CREATE FOREIGN TABLE finer (ns timestamp) SERVER texts OPTIONS (location 'finer.parquet');
SELECT * FROM finer;
CREATE FOREIGN TABLE whole_numbers (i8 smallint) SERVER texts OPTIONS (location 'integers.parquet');
-- The rows of a lookup join, and statements that go on.
CREATE TABLE texts.few (n) AS SELECT 2;
ANALYZE few;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_nestloop = off;
ALTER FOREIGN TABLE placed ALTER v TYPE integer;
EXPLAIN (COSTS OFF) SELECT v FROM few JOIN placed ON placed.n = few.n;
SELECT v FROM few JOIN placed ON placed.n = few.n;
RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_nestloop;
DO $$
DECLARE
	outer_row record;
	place text;
BEGIN
	FOR outer_row IN SELECT i8 FROM whole_numbers LOOP
		BEGIN
			PERFORM v FROM placed;
		EXCEPTION WHEN invalid_text_representation THEN
			GET STACKED DIAGNOSTICS place = PG_EXCEPTION_DETAIL;
			RAISE NOTICE '%: %', outer_row.i8, place;
		END;
	END LOOP;
END $$;
-- Files that have such columns themselves do not tell it.
CREATE FOREIGN TABLE names (filename text, row_number integer) SERVER texts OPTIONS (location 'text/names.csv');
SELECT * FROM names;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA texts CASCADE;
DROP SERVER texts CASCADE;
