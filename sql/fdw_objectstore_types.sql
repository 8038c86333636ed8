-- fabric_objectstore: every type of Parquet files, read as the local types that hold all its values. The files are made by
-- test/regress/files.py.
\getenv files FABRIC_FILES
SET client_min_messages = warning;
CREATE SCHEMA objects;
SET search_path = objects;
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET timezone = 'Europe/Berlin';
SET fabric.file_roots = :'files';
CREATE SERVER objects FOREIGN DATA WRAPPER fabric_objectstore OPTIONS (root :'files');
RESET client_min_messages;

CREATE FOREIGN TABLE booleans (b boolean) SERVER objects OPTIONS (location 'booleans.parquet');
SELECT * FROM booleans;

CREATE FOREIGN TABLE integers (i8 smallint, i16 smallint, i32 integer, i64 bigint, u8 smallint, u16 integer, u32 bigint,
	u64 numeric(20,0)) SERVER objects OPTIONS (location 'integers.parquet');
SELECT * FROM integers;
-- As other types: what fits is read, what does not is an error.
CREATE FOREIGN TABLE integers_as (i8 bigint, i16 numeric, i32 bigint, i64 numeric(19,0), u8 integer, u16 bigint, u32 numeric,
	u64 numeric) SERVER objects OPTIONS (location 'integers.parquet');
SELECT * FROM integers_as;
CREATE FOREIGN TABLE integers_narrow (i32 smallint, i64 integer, u32 integer, u64 bigint, few numeric(3,0) OPTIONS (column_name
	'i16')) SERVER objects OPTIONS (location 'integers.parquet');
SELECT i32 FROM integers_narrow;
SELECT i64 FROM integers_narrow;
SELECT u32 FROM integers_narrow;
SELECT u64 FROM integers_narrow;
SELECT few FROM integers_narrow;

CREATE FOREIGN TABLE floats (f4 real, f8 double precision) SERVER objects OPTIONS (location 'floats.parquet');
SELECT * FROM floats;
CREATE FOREIGN TABLE floats_wide (f4 double precision) SERVER objects OPTIONS (location 'floats.parquet');
SELECT * FROM floats_wide;
CREATE FOREIGN TABLE floats_narrow (f8 real) SERVER objects OPTIONS (location 'floats.parquet');
SELECT * FROM floats_narrow;

CREATE FOREIGN TABLE decimals (d4 numeric(4,2), d9 numeric(9,2), d18 numeric(18,0), d38 numeric(38,0), fine numeric(38,38)) SERVER objects
	OPTIONS (location 'decimals.parquet');
SELECT * FROM decimals;
CREATE FOREIGN TABLE decimals_as (d4 numeric, d9 numeric(20,5), d18 bigint, d38 numeric(40,1), fine numeric) SERVER objects
	OPTIONS (location 'decimals.parquet');
SELECT * FROM decimals_as;
CREATE FOREIGN TABLE decimals_narrow (d4 numeric(3,2), d9 numeric(9,1), d18 integer, d38 bigint, fine integer) SERVER objects
	OPTIONS (location 'decimals.parquet');
SELECT d4 FROM decimals_narrow;
SELECT d9 FROM decimals_narrow;
SELECT d18 FROM decimals_narrow;
SELECT d38 FROM decimals_narrow;
SELECT fine FROM decimals_narrow;

CREATE FOREIGN TABLE texts (s text, bin bytea, e text) SERVER objects OPTIONS (location 'texts.parquet');
SELECT left(s, 20) AS s, length(s), left(encode(bin, 'escape'), 20) AS bin, length(bin) AS bytes, e FROM texts;
CREATE FOREIGN TABLE texts_as (s varchar(5), bin text, e varchar(1)) SERVER objects OPTIONS (location 'texts.parquet');
SELECT e FROM texts_as;
SELECT s FROM texts_as;
SELECT bin FROM texts_as;
CREATE FOREIGN TABLE nul (s text) SERVER objects OPTIONS (location 'nul.parquet');
SELECT * FROM nul;

CREATE FOREIGN TABLE moments (da date, us timestamp, ms timestamp(3), ns timestamp, zone timestamptz, t time, tms time(3)) SERVER objects
	OPTIONS (location 'moments.parquet');
SELECT * FROM moments;
CREATE FOREIGN TABLE moments_as (us timestamp(3), zone timestamp, t time(0)) SERVER objects OPTIONS (location 'moments.parquet');
SELECT us FROM moments_as;
SELECT zone FROM moments_as;
SELECT t FROM moments_as;
-- The last numbers mean infinity; others may lie outside PostgreSQL's range, or be too fine.
CREATE FOREIGN TABLE ends (da date, us timestamp) SERVER objects OPTIONS (location 'ends.parquet');
SELECT * FROM ends;
CREATE FOREIGN TABLE later (da date, us timestamp) SERVER objects OPTIONS (location 'later.parquet');
SELECT da FROM later;
SELECT us FROM later;
CREATE FOREIGN TABLE finer (ns timestamp) SERVER objects OPTIONS (location 'finer.parquet');
SELECT * FROM finer;

CREATE FOREIGN TABLE nested (l integer[], ls text[], ld numeric(20,2)[], ll jsonb, lls jsonb, st jsonb, m jsonb) SERVER objects
	OPTIONS (location 'nested.parquet');
SELECT * FROM nested;
CREATE FOREIGN TABLE nested_as (l bigint[], ls varchar(3)[], ld integer[]) SERVER objects OPTIONS (location 'nested.parquet');
SELECT l FROM nested_as;
SELECT ls FROM nested_as;
SELECT ld FROM nested_as;

CREATE FOREIGN TABLE empty (n integer, s text) SERVER objects OPTIONS (location 'empty.parquet');
SELECT * FROM empty;
SELECT count(*) FROM empty;

-- Whole rows, no columns, a column that is not there.
SELECT t FROM decimals AS t WHERE d4 > 0;
SELECT count(*) FROM nested;
CREATE FOREIGN TABLE absent (b boolean, nothing integer) SERVER objects OPTIONS (location 'booleans.parquet');
SELECT * FROM absent;
SET client_min_messages = warning;
DROP SCHEMA objects CASCADE;
DROP SERVER objects;
