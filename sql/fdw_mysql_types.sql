-- fabric_mysql: every remote type, imported and read. The remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
SET client_min_messages = warning;
CREATE SCHEMA types;
SET search_path = types;
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET timezone = 'Asia/Kolkata';
CREATE SERVER types FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port');
CREATE USER MAPPING FOR CURRENT_USER SERVER types OPTIONS (username :'mysql_user', password :'mysql_password');
RESET client_min_messages;
IMPORT FOREIGN SCHEMA fabric_types FROM SERVER types INTO types;

-- What each remote type becomes.
SELECT c.relname AS "table", a.attname AS "column", o.option_value AS remote, format_type(a.atttypid,
	a.atttypmod) AS local
	FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid,
		pg_options_to_table(a.attfdwoptions) AS o
	WHERE c.relnamespace = 'types'::regnamespace AND c.relkind = 'f' AND a.attnum > 1 AND o.option_name = 'remote_type'
	ORDER BY c.relname, a.attnum;
SELECT t.typname, string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) AS labels
	FROM pg_type AS t JOIN pg_enum AS e ON e.enumtypid = t.oid WHERE t.typnamespace = 'types'::regnamespace
	GROUP BY t.typname ORDER BY t.typname;

-- Numbers
SELECT * FROM integers ORDER BY id;
SELECT id, d, du, whole, short FROM decimals ORDER BY id;
SELECT id, widest FROM decimals ORDER BY id;
SELECT * FROM floats ORDER BY id;
SET extra_float_digits = -15;
SELECT id, f, d FROM floats WHERE id = 6;
RESET extra_float_digits;
SELECT * FROM bits ORDER BY id;

-- Text and bytes
SELECT id, c, v, v0, tt, t, mt, lt, l1, u3, a, bin FROM texts ORDER BY id;
SELECT id, quote_literal(c) AS c, quote_literal(v) AS v, octet_length(v) AS bytes, octet_length(l1) AS l1,
	octet_length(mt) AS mt FROM texts ORDER BY id;
SELECT * FROM bytes ORDER BY id;
SELECT id, length(t), md5(t), length(b), md5(b), length(j::text), length(v), md5(v) FROM large ORDER BY id;
SELECT md5(t) = md5(repeat('0123456789abcdef', 200000)) AS same FROM large WHERE id = 3;
-- A NUL byte cannot be text here: an error, never a shorter value.
SELECT id, b FROM nul_bytes ORDER BY id;
SELECT id, v FROM nul_bytes WHERE id = 1;
SELECT id, v FROM nul_bytes ORDER BY id;
SELECT id, t FROM nul_bytes ORDER BY id;

-- Enumerations, sets, json
SELECT * FROM enums ORDER BY id;
SELECT id, e FROM enums WHERE e > 'small' ORDER BY e;
SELECT * FROM bad_enum WHERE id = 1;
SELECT * FROM bad_enum ORDER BY id;
SELECT * FROM jsons ORDER BY id;
SELECT id, j -> 'b' ->> 2 AS element FROM jsons WHERE j ? 'b';

-- Dates and times: moments are read in the session's time zone, whatever it is
SELECT id, d, dt, dt3, dt6 FROM dates ORDER BY id;
SELECT id, ts, ts6 FROM dates ORDER BY id;
SET timezone = 'UTC';
SELECT id, ts, ts6 FROM dates ORDER BY id;
SELECT id, t, t3, t6 FROM dates ORDER BY id;
SET intervalstyle = 'iso_8601';
SELECT id, t FROM dates ORDER BY id;
RESET intervalstyle;

-- Zero dates, in the three modes: rows and conditions agree
SELECT * FROM zero_dates ORDER BY id;
SELECT id, ts FROM zero_dates ORDER BY id;
SELECT * FROM zero_dates WHERE id = 1;
ALTER SERVER types OPTIONS (ADD zero_dates 'null');
SELECT * FROM zero_dates ORDER BY id;
SELECT id FROM zero_dates WHERE d IS NULL ORDER BY id;
SELECT id FROM zero_dates WHERE dn IS NULL ORDER BY id;
SELECT id FROM zero_dates WHERE dtn IS NOT NULL ORDER BY id;
SELECT id FROM zero_dates WHERE dt < '2024-01-01' ORDER BY id;
SELECT id FROM zero_dates WHERE dn <> '2024-05-06' ORDER BY id;
ALTER SERVER types OPTIONS (SET zero_dates '-infinity');
SELECT * FROM zero_dates ORDER BY id;
SELECT id FROM zero_dates WHERE d IS NULL ORDER BY id;
SELECT id FROM zero_dates WHERE dn IS NULL ORDER BY id;
SELECT id FROM zero_dates WHERE dt < '2024-01-01' ORDER BY id;
ALTER SERVER types OPTIONS (DROP zero_dates);

-- Geometry is well-known binary
SELECT * FROM geometries ORDER BY id \gx
-- Types without a counterpart are text
SELECT * FROM others ORDER BY id;

-- Import's choices
CREATE SCHEMA choices;
IMPORT FOREIGN SCHEMA fabric_types LIMIT TO (integers, enums, jsons, dates) FROM SERVER types INTO choices
	OPTIONS (import_enum_as_text 'true', import_set_as_array 'true', import_json_as_text 'true',
		import_time_as_time 'true',
		import_tinyint1_as_boolean 'true');
SELECT id, flag FROM choices.integers ORDER BY id;
SELECT id FROM choices.integers WHERE flag ORDER BY id;
SELECT id FROM choices.integers WHERE NOT flag ORDER BY id;
SELECT id FROM choices.integers WHERE flag IN (true) ORDER BY id;
SELECT id, e, s, array_length(s, 1) FROM choices.enums ORDER BY id;
SELECT id, j FROM choices.jsons ORDER BY id;
SELECT id, t, t6 FROM choices.dates WHERE id = 3;
SELECT id, t FROM choices.dates WHERE id = 1;

-- Hand-written definitions: what the local type cannot hold is an error that says so
CREATE FOREIGN TABLE narrow (id int, bi integer, biu bigint, tiu "char") SERVER types OPTIONS (dbname 'fabric_types',
	table_name 'integers');
SELECT id, bi FROM narrow WHERE id = 3;
SELECT id, bi FROM narrow WHERE id = 2;
SELECT id, biu FROM narrow WHERE id = 2;
CREATE FOREIGN TABLE narrow_texts (id int, v varchar(5), c text, t date, l1 integer) SERVER types
	OPTIONS (dbname 'fabric_types', table_name 'texts');
SELECT id, v FROM narrow_texts WHERE id = 3;
SELECT id, c FROM narrow_texts WHERE id = 1;
SELECT id, t FROM narrow_texts WHERE id = 1;
SELECT id, l1 FROM narrow_texts WHERE id = 1;
CREATE FOREIGN TABLE numbers_as_text (id text, bi text, biu double precision, flag boolean, y integer) SERVER types
	OPTIONS (dbname 'fabric_types', table_name 'integers');
SELECT * FROM numbers_as_text ORDER BY id;
CREATE FOREIGN TABLE rounded (id int, d numeric(10,1), widest numeric(20,2), short integer) SERVER types
	OPTIONS (dbname 'fabric_types', table_name 'decimals');
SELECT id, d FROM rounded WHERE id = 2;
SELECT id, d FROM rounded WHERE d = 12345678.9;
SELECT id, widest FROM rounded WHERE id = 2;
SELECT id, widest FROM rounded WHERE id = 3;
SELECT id, short FROM rounded WHERE id = 3;
CREATE FOREIGN TABLE coarse (id int, dt6 timestamp(0), t6 interval(3)) SERVER types OPTIONS (dbname 'fabric_types',
	table_name 'dates');
SELECT id, dt6 FROM coarse WHERE id = 3;
SELECT id, t6 FROM coarse WHERE id = 3;
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE FOREIGN TABLE domains (id positive, i positive) SERVER types OPTIONS (dbname 'fabric_types',
	table_name 'integers');
SELECT id, i FROM domains WHERE id = 2;
ALTER DOMAIN positive DROP CONSTRAINT positive_check;
SELECT id, i FROM domains WHERE i < 0 ORDER BY id;
CREATE FOREIGN TABLE uuids (id int, u uuid, i6 inet) SERVER types OPTIONS (dbname 'fabric_types', table_name 'others');
SELECT * FROM uuids ORDER BY id;
SELECT id FROM uuids WHERE u = '123e4567-e89b-12d3-a456-426655440000';

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA types, choices CASCADE;
DROP SERVER types CASCADE;
