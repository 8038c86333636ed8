-- fabric_mysql: what of a WHERE is shipped, in which form, and what stays and why; each beside its rows, which must be
-- those of the same condition computed locally. The remote data is in test/regress/setup.sql.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
CREATE SCHEMA push;
SET search_path = push;
SET datestyle = 'ISO';
SET timezone = 'Asia/Kolkata';
CREATE SERVER push FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port');
CREATE SERVER no_push FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	pushdown 'false');
CREATE USER MAPPING FOR CURRENT_USER SERVER push OPTIONS (username :'mysql_user', password :'mysql_password');
CREATE USER MAPPING FOR CURRENT_USER SERVER no_push OPTIONS (username :'mysql_user', password :'mysql_password');
CREATE SCHEMA push_local;
SET client_min_messages = warning;
IMPORT FOREIGN SCHEMA fabric_pushdown FROM SERVER push INTO push OPTIONS (import_tinyint1_as_boolean 'true');
IMPORT FOREIGN SCHEMA fabric_pushdown FROM SERVER no_push INTO push_local
	OPTIONS (import_tinyint1_as_boolean 'true', import_enum_as_text 'true');
ALTER FOREIGN TABLE push_local.items ALTER e TYPE push.items_e;
RESET client_min_messages;

-- The ids that a query finds, or its error.
CREATE FUNCTION ids(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found integer[];
BEGIN
	EXECUTE format('SELECT array_agg(id ORDER BY id) FROM (%s) AS q', query) INTO found;
	RETURN coalesce(found, '{}')::text;
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ': ' || sqlerrm;
END
$$;
CREATE FUNCTION show(VARIADIC conditions text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	condition text;
	line record;
	remote text;
	pushed text;
	local text;
BEGIN
	FOREACH condition IN ARRAY conditions LOOP
		RETURN NEXT condition;
		remote = NULL;
		FOR line IN SELECT * FROM fabric.explain_pushdown('SELECT id FROM push.items WHERE ' || condition) LOOP
			IF remote IS NULL THEN
				remote = coalesce(substring(line.remote_sql FROM ' WHERE (.*)$'), 'everything');
				RETURN NEXT '    remote: ' || remote;
			END IF;
			IF line.kept_local IS NOT NULL THEN
				RETURN NEXT '    local: ' || regexp_replace(line.kept_local, '\mitems\.(?=\w)', '',
					'g') || ', because ' || line.reason;
			END IF;
		END LOOP;
		pushed = push.ids('SELECT id FROM push.items WHERE ' || condition);
		local = push.ids('SELECT id FROM push_local.items WHERE ' || condition);
		IF pushed = local THEN
			RETURN NEXT '    rows: ' || pushed;
		ELSIF pushed LIKE '_____: %' AND left(pushed, 5) = left(local, 5) THEN
			RETURN NEXT '    error: ' || pushed || E'\n    locally: ' || local;
		ELSE
			RETURN NEXT '    DIFFERENT rows: ' || pushed || ', locally ' || local;
		END IF;
	END LOOP;
END
$$;
\pset format unaligned
\pset tuples_only on

-- Comparison of numbers
SELECT show('i = 10', 'i <> 10', 'i < 10', 'i <= 10', '10 < i', 'i >= -7', 's = 1', 'b > 2147483648',
	'u = 4294967295', 'ub = 18446744073709551615', 'ub > 9223372036854775807', 'i = b', 's < b', 'i = 2147483648',
	'i = 1.5', 'n = 1.5', 'n > 999999999', 'n = 1.50000000000000000000000000000000001', 'n < ''NaN''::numeric',
	'n = 1e40::numeric', 'f = 0.1::real', 'f = 0.1', 'f = 1.25', 'd = 0.1', 'd > ''-Infinity''', 'd = 1.7e308',
	'd < 3::real', 'yr = 70', 'yr = 1970', 'yr = 1');
-- Arithmetic: only where PostgreSQL's own result, or its own error, is sure
SELECT show('i + 1 = 11', 'i * i > 50', 'i - 2147483647 < -2147483640', 's * 2 = 65534', 's + i = 11', 'b + 1 > 0',
	'b * 2 = 6', 'i / 2 = 3', 'i / 0 = 1', '10 / i = 1', 'i % 3 = 1', 'i % -3 = -1', '-i = 7', 'abs(i) = 7',
	'u - 1 < 0', 'ub - 1 < 0', 'u + u > 10', 'n + 1 = 2.5', 'n * n > 4', 'n / 2 = 0.75', '-n = 2.25', 'abs(n) = 2.25',
	'round(n) = 7', 'round(n, 1) = 7.1', 'round(n, i) = 7', 'trunc(n) = -2', 'ceil(n) = -2', 'floor(n) = -3',
	'sign(n) = -1', 'd + 1 = 8', 'd * 2 = 14', 'd / 2 = 3.5', 'sqrt(d) > 1', 'round(d) = 2', 'floor(d) = 2',
	'f + 1 = 2.25', 'f + d > 3', 'i & 3 = 3', 'i | 1 = 11', 'i # 1 = 6', '~i = 6', 'i << 1 = 14', 'i >> 1 = 3',
	'i ^ 2 = 49');
-- Casts
SELECT show('i::bigint = 10', 's::integer = 1', 'b::integer = 3', 'i::smallint = 10', 'i::numeric = 10',
	'n::integer = 7', 'i::double precision = 10', 'i::text = ''10''', 'v::integer = 1', 'n::numeric(5,1) = 7.1',
	'flag::integer = 1', 'i::boolean', 'd::integer = 7', 'f::double precision = 0.5', 'v::text = ''zug''',
	'v::varchar(2) = ''zu''', 'day::timestamp = ''2024-01-31''', 'at::date = ''2024-01-31''',
	'moment::date = ''2024-01-31''', 'day::text = ''2024-01-31''');
-- Boolean
SELECT show('flag', 'NOT flag', 'flag = true', 'flag <> false', 'flag IS TRUE', 'flag IS NOT TRUE', 'flag IS FALSE',
	'flag IS NOT FALSE', 'flag IS UNKNOWN', 'flag IS NOT UNKNOWN', 'flag IS NULL', 'flag IN (true)', 'flag > false',
	'(i > 5) = flag', '(i > 5) IS TRUE', 'flag AND i > 5', 'flag OR i IS NULL', 'NOT (flag AND i > 5)',
	'i > 5 OR i < 0 AND flag', '(i > 5 OR i < 0) AND flag', 'true', 'false', 'i = 1 AND false', 'NULL',
	'NULL::boolean OR flag');
-- NULL
SELECT show('i IS NULL', 'i IS NOT NULL', 'v IS NULL', 'j IS NULL', 'day IS NULL', 'i + 1 IS NULL',
	'i IS DISTINCT FROM 10', 'i IS NOT DISTINCT FROM NULL', 'i IS NOT DISTINCT FROM b', 'v IS DISTINCT FROM ''zug''',
	'v IS NOT DISTINCT FROM c', 'i = NULL', '(i, b) IS NULL', 'items IS NULL', 'bits IS NULL');
-- Text: equality is PostgreSQL's, whatever the remote collation says
SELECT show('v = ''zug''', 'v = ''zug ''', 'v <> ''zug''', 'v = ''''', 'v = ''中文 😀''', 'l1 = ''zug''',
	'l1 = ''Zürich''', 'l1 = ''中文''', 't = ''O''''Brien \ 100%''', 'v = t', 'v = c', 'c = ''zug''', 'c = ''zug   ''',
	'c = ''zug''::text', 'c <> ''zug''', 'v IN (''zug'', ''Zug'')', 'v NOT IN (''zug'', ''Zug'')',
	'v IN (''zug'', NULL)', 'v NOT IN (''zug'', NULL)', 'l1 IN (''zug'', ''中'')', 'v || ''x'' = ''zugx''',
	'v || NULL = ''x''', 'concat(v, ''x'') = ''zugx''', 'v = E''a\nb''');
-- Text order is shipped only where it is byte order
SELECT show('v < ''zug''', 'v COLLATE "C" > ''Zug''', 'v COLLATE "und-x-icu" > ''Zug''', 'v ~<~ ''zug''',
	'c COLLATE "C" < ''zug''', 'v BETWEEN ''Z'' AND ''a''', 'greatest(v, ''a'') = ''zug''',
	'v COLLATE "POSIX" >= ''zug''');
CREATE COLLATION ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT show('v = ''ZUG'' COLLATE ignoring_case', 'v <> ''ZUG'' COLLATE ignoring_case',
	'v IN (''ZUG'' COLLATE ignoring_case, ''x'')');
-- LIKE
SELECT show('v LIKE ''z%''', 'v LIKE ''%g''', 'v LIKE ''zu_''', 'v NOT LIKE ''z%''', 't LIKE ''a\%b''',
	't LIKE ''a#%b'' ESCAPE ''#''', 't LIKE ''%\\%''', 't LIKE ''x\''', 'v LIKE ''''', 'v LIKE ''中_ %''',
	'l1 LIKE ''z%''', 'l1 LIKE ''%ü%''', 'l1 LIKE ''中%''', 'c LIKE ''zug''', 'c::text LIKE ''zug''',
	'v ILIKE ''zug''', 'v LIKE t', 'v ~ ''^z''', 'v SIMILAR TO ''z%''', 'v LIKE ''z%'' AND v LIKE ''%g''',
	't LIKE ''%_%''', 't LIKE ''%\_%''', 't LIKE E''zug\n''', 'starts_with(v, ''zu'')', 'v ^@ ''zu''');
-- Functions of text
SELECT show('length(v) = 3', 'char_length(c) = 3', 'octet_length(v) = 11', 'octet_length(l1) = 7', 'length(y) = 2',
	'octet_length(y) = 3', 'left(v, 2) = ''zu''', 'left(v, -1) = ''zu''', 'right(v, 1) = ''g''',
	'substr(v, 2) = ''ug''', 'substr(v, 1, 1) = ''z''', 'substr(v, 0, 2) = ''z''',
	'substring(v FROM 2 FOR 1) = ''u''', 'substr(v, i) = ''''', 'trim(v) = ''zug''', 'ltrim(v) = ''zug''',
	'rtrim(v) = ''zug''', 'trim(v, ''z'') = ''ug''', 'upper(v) = ''ZUG''', 'lower(v) = ''zug''',
	'reverse(v) = ''guz''', 'strpos(v, ''u'') = 2', 'strpos(v, '''') = 1', 'position(''G'' IN v) = 3',
	'strpos(v, t) = 1', 'md5(v) = md5(''zug'')', 'replace(v, ''z'', ''Z'') = ''Zug''', 'repeat(v, 2) = ''zugzug''',
	'lpad(v, 5) = ''  zug''', 'ascii(v) = 122', 'y = ''\x00''', 'y > ''\x20''', 'y IN (''\x00'', ''\x27'')',
	'y || ''\x01'' = ''\x0001''', 'md5(y) = md5(''\x00''::bytea)');
-- Conditional expressions
SELECT show('CASE WHEN i > 5 THEN ''big'' ELSE ''small'' END = ''big''',
	'CASE i WHEN 10 THEN 1 WHEN 20 THEN 2 END = 2', 'CASE v WHEN ''zug'' THEN true ELSE false END',
	'CASE WHEN i = 0 THEN false ELSE 10 / i > 0 END', 'coalesce(i, -1) = -1', 'coalesce(v, ''none'') = ''none''',
	'nullif(i, 10) IS NULL', 'nullif(v, ''zug'') IS NULL', 'greatest(i, s) = 10', 'greatest(i, NULL) = 10',
	'least(i, b, 5) = 5', 'greatest(d, f) = 7', 'greatest(day, ''2024-01-31'') = ''2024-01-31''', 'least(n, 0) < 0');
-- Lists and rows
SELECT show('i IN (10, 20)', 'i NOT IN (10, 20)', 'i IN (10, NULL)', 'i NOT IN (10, NULL)', 'i = ANY (ARRAY[10, 7])',
	'i = ANY (''{}'')', 'i <> ALL (''{}'')', 'i > ANY (ARRAY[7, 20])', 'i <> ANY (ARRAY[7])', 'i = ALL (ARRAY[7])',
	'i IN (b, 7)', 'i = ANY (ARRAY[s, 7])', 'n IN (1.5, 7.125)', 'd IN (0.1, 7)', 'f IN (0.5, 0.1::real)',
	'day IN (''2024-01-31'', ''2024-02-29'')', 'i = ANY (NULL::integer[])', '(i, b) = (10, 100)',
	'(i, b) <> (10, 100)', '(i, b) < (10, 101)', '(i, b) >= (7, 3)', '(i, v) < (10, ''zzz'')',
	'(i, v COLLATE "C") < (10, ''zzz'')', '(i, b) IN ((10, 100), (7, 3))', 'i BETWEEN 7 AND 20',
	'i NOT BETWEEN 7 AND 20', 'i BETWEEN SYMMETRIC 20 AND 7', 'ARRAY[i, s] = ARRAY[10, 1]');
-- Dates and times
SELECT show('day = ''2024-01-31''', 'day > ''2024-01-31''', 'day = ''infinity''', 'day > ''0044-03-15 BC''',
	'day < ''10000-01-01''', 'at = ''2024-01-31 10:20:30.5''', 'at >= ''2024-01-31'' AND at < ''2024-02-01''',
	'at = ''9999-12-31 23:59:59.999999''', 'day = at', 'day < at', 'moment = ''2024-01-31 15:50:30+05:30''',
	'moment = ''2024-01-31 15:50:30''', 'moment > at', 'moment > day', 'span = ''10:00''', 'span = ''-00:30''',
	'span > ''1 day''', 'span > ''1 month''', 'span < ''1 year''', 'extract(year FROM day) = 2024',
	'extract(month FROM at) = 2', 'extract(day FROM at) = 31', 'extract(dow FROM day) = 3',
	'extract(isodow FROM day) = 7', 'extract(week FROM day) = 5', 'extract(quarter FROM day) = 4',
	'extract(doy FROM day) = 60', 'extract(hour FROM at) = 10', 'extract(second FROM at) = 30.5',
	'extract(microseconds FROM at) = 59999999', 'extract(epoch FROM at) = 0', 'extract(century FROM day) = 20',
	'extract(hour FROM moment) = 15', 'extract(hour FROM span) = 10', 'extract(isoyear FROM day) = 2024',
	'date_part(''year'', at) = 2024', 'date_trunc(''month'', at) = ''2024-01-01''',
	'date_trunc(''hour'', at) = ''2024-01-31 10:00''', 'date_trunc(''week'', at) = ''2024-01-29''',
	'date_trunc(''quarter'', at) = ''2023-10-01''', 'date_trunc(''day'', moment) = ''2024-01-31''',
	'day - date ''2024-01-01'' = 30', 'day + 1 = ''2024-02-01''', 'at + interval ''1 day'' > ''2024-02-01''',
	'at - timestamp ''2024-01-01'' > ''1 day''', 'at::date = day', 'day = current_date - 100000', 'moment < now()',
	'age(at, at) = ''0''', 'to_char(at, ''YYYY'') = ''2024''', 'at < localtimestamp');
-- Enumerations, sets, bits, json
SELECT show('e = ''small''', 'e <> ''small''', 'e IN (''small'', ''large'')', 'e < ''large''', 'e::text = ''small''',
	'st = ''a,b''', 'bits = B''0110''', 'j ->> ''a'' = ''1''', 'j = ''[]''', 'j @> ''{"a": 1}''');
-- What reads no column, or may not be moved
SELECT show('random() < 2', 'i = 10 AND random() < 2', 'now() > ''2000-01-01''',
	'i = length(current_user) - length(current_user) + 10', 'i = (SELECT 10)',
	'EXISTS (SELECT FROM push.others WHERE item = items.id)', 'i = (SELECT max(item) * 5 FROM push.others)',
	'tableoid > 0', 'i > 5 AND upper(v) = ''ZUG'' AND length(v) = 3', 'items.* IS NOT NULL',
	'i = 10 OR upper(v) = ''ZUG''', 'ctid IS NULL');

\pset tuples_only off
\pset format aligned
-- Only the columns that are read are fetched.
EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*) FROM items;
EXPLAIN (VERBOSE, COSTS OFF) SELECT v FROM items WHERE upper(t) = 'X' AND i = 1;
EXPLAIN (VERBOSE, COSTS OFF) SELECT items FROM items WHERE id = 1;
EXPLAIN (VERBOSE, COSTS OFF) SELECT i + 1, length(v) FROM items ORDER BY n LIMIT 1;
SELECT count(*) FROM items;

-- Parameters: simple and generic plans, twice each
PREPARE by_text(text) AS SELECT id FROM items WHERE v = $1 ORDER BY id;
PREPARE by_any(integer[]) AS SELECT id FROM items WHERE i = ANY ($1) ORDER BY id;
PREPARE by_many(numeric, timestamptz, date, real, boolean, bytea) AS
	SELECT id FROM items WHERE n < $1 AND moment < $2 AND day < $3 AND f < $4 AND flag = $5 AND y <> $6 ORDER BY id;
PREPARE by_like(text) AS SELECT id FROM items WHERE v LIKE $1 ORDER BY id;
PREPARE by_expression(integer, text) AS SELECT id FROM items WHERE i = $1 + 1 AND length(v) = length($2) ORDER BY id;
PREPARE by_divisor(integer) AS SELECT id FROM items WHERE i / $1 = 5 ORDER BY id;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_text('zug');
EXECUTE by_text('zug');
EXECUTE by_text('zug');
EXECUTE by_text('中文 😀');
EXECUTE by_text(NULL);
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_any('{10,7}');
EXECUTE by_any('{10,7}');
EXECUTE by_any('{10,NULL}');
EXECUTE by_any('{}');
EXECUTE by_any(NULL);
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_many(2, '2024-02-01 00:00+00', '2024-03-01', 1, true, '\x27');
EXECUTE by_many(2, '2024-02-01 00:00+00', '2024-03-01', 1, true, '\x27');
-- A value that the remote server cannot hold: the condition comes home.
EXECUTE by_many('NaN', 'infinity', 'infinity', 'Infinity', true, '\x27');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_like('z%');
EXECUTE by_like('z%');
EXECUTE by_like('x\');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_expression(9, 'abc');
EXECUTE by_expression(9, 'abc');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_divisor(2);
EXECUTE by_divisor(2);
EXECUTE by_divisor(0);
SET plan_cache_mode = force_custom_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_text('zug');
EXECUTE by_text('zug');
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE by_divisor(2);
EXECUTE by_divisor(2);
RESET plan_cache_mode;
DO $$
DECLARE
	needle text = 'zug';
	found integer;
BEGIN
	FOR round IN 1..8 LOOP
		SELECT count(*) INTO found FROM push.items WHERE v = needle AND i < round * 100;
	END LOOP;
	RAISE NOTICE '% found', found;
END
$$;

-- Outer references: a nested loop asks with the outer row's value, a join's conditions stay with the join.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
EXPLAIN (VERBOSE, COSTS OFF) SELECT o.name, (SELECT v FROM items WHERE items.id = o.item) FROM others AS o
	ORDER BY o.id;
SELECT o.name, (SELECT v FROM items WHERE items.id = o.item) FROM others AS o ORDER BY o.id;
EXPLAIN (VERBOSE, COSTS OFF) SELECT o.name, x.v FROM others AS o, LATERAL (SELECT v FROM items WHERE id = o.item
	AND length(v) = 3 OFFSET 0) AS x ORDER BY o.id;
SELECT o.name, x.v FROM others AS o, LATERAL (SELECT v FROM items WHERE id = o.item AND length(v) = 3 OFFSET 0) AS x
	ORDER BY o.id;
RESET enable_hashjoin;
RESET enable_mergejoin;
SELECT o.name, items.v FROM others AS o LEFT JOIN items ON items.id = o.item AND items.flag ORDER BY o.id;

-- The server's options narrow and widen the list.
ALTER SERVER push OPTIONS (ADD pushdown_exclude 'length(text); =(integer,integer); CASE; IN; AND');
\pset format unaligned
\pset tuples_only on
SELECT show('length(v) = 3', 'i = 10', 'b = 3', 'i < 10', 'CASE WHEN i < 5 THEN true END', 'i IN (10, 7)',
	'b IN (3, 1)', '(b = 3 AND s = 3) OR s = 1');
ALTER SERVER push OPTIONS (SET pushdown_exclude 'param; LIKE; text = text');
ALTER SERVER push OPTIONS (SET pushdown_exclude 'param');
SELECT show('i = length(current_user) - length(current_user) + 10');
ALTER SERVER push OPTIONS (DROP pushdown_exclude,
	ADD pushdown_include 'upper(text) => UPPER($1); sqrt(double precision) => SQRT($1);
		~(text,text) => ($l1 REGEXP $2)');
-- What a superuser adds is that superuser's: here the root of a negative number is no error any more.
SELECT show('upper(v) = ''ZUG''', 'sqrt(d) > 1.5', 'v ~ ''^z''');
ALTER SERVER push OPTIONS (DROP pushdown_include);
\pset tuples_only off
\pset format aligned

-- explain_pushdown takes one query, whatever it is.
SELECT * FROM fabric.explain_pushdown('SELECT 1');
SELECT * FROM fabric.explain_pushdown('SELECT count(*) FROM push.items JOIN push.others ON items.id = others.item
	WHERE upper(v) = ''ZUG'' AND i = 10');
SELECT * FROM fabric.explain_pushdown('SELECT 1; DROP TABLE push.items');
SELECT * FROM fabric.explain_pushdown('no query');
SELECT * FROM fabric.explain_pushdown('UPDATE push.items SET i = 1 WHERE id = 1');
SELECT * FROM fabric.explain_pushdown(NULL);

-- A hand-written table gets the same, or is told why not, where its types differ from the remote ones.
CREATE FOREIGN TABLE by_hand (id bigint, i smallint, v text, n numeric, n2 numeric(6,2), at timestamp(0),
	day timestamptz, e text, flag integer, c varchar(3), missing text OPTIONS (column_name 'no_such'))
	SERVER push OPTIONS (dbname 'fabric_pushdown', table_name 'items');
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM by_hand WHERE id = 1 AND i = 1 AND v = 'zug' AND n = 1.5 AND n2 = 1.5
	AND at = '2024-01-31' AND day > '2000-01-01' AND e = 'small' AND flag = 1 AND c = 'zug' AND missing = 'x';
SELECT id FROM by_hand WHERE id = 1 AND v = 'zug' AND n = 1.5 AND e = 'small' AND flag = 1;

-- Rows that a policy or a security barrier hides are not shown to anybody's function first; what is shipped is
-- leakproof or comes after.
CREATE ROLE regress_fabric_reader;
GRANT USAGE ON SCHEMA push TO regress_fabric_reader;
CREATE VIEW shielded WITH (security_barrier) AS SELECT id, v, n FROM items WHERE i > 5;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM shielded WHERE v LIKE 'z%' AND n < 100;
SELECT id FROM shielded WHERE v LIKE 'z%' AND n < 100 ORDER BY id;
CREATE TABLE guarded (id integer, i integer, v varchar(40)) PARTITION BY LIST (id);
CREATE FOREIGN TABLE guarded_items PARTITION OF guarded DEFAULT SERVER push OPTIONS (dbname 'fabric_pushdown',
	table_name 'items');
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY big ON guarded USING (i > 5);
GRANT SELECT ON guarded TO regress_fabric_reader;
CREATE USER MAPPING FOR regress_fabric_reader SERVER push
	OPTIONS (username :'mysql_user', password :'mysql_password');
CREATE FUNCTION telling(text) RETURNS boolean LANGUAGE plpgsql COST 0.000001 AS $$
BEGIN
	RAISE NOTICE 'I see %', $1;
	RETURN true;
END
$$;
SET ROLE regress_fabric_reader;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM guarded WHERE v LIKE 'z%' AND push.telling(v);
SELECT id FROM guarded WHERE v LIKE 'z%' AND push.telling(v);
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM guarded WHERE v = 'zug' AND id = 1;
RESET ROLE;

\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA push, push_local CASCADE;
DROP SERVER push CASCADE;
DROP SERVER no_push CASCADE;
DROP ROLE regress_fabric_reader;
