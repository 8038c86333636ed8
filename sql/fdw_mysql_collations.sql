-- fabric_mysql: text ranges by the remote index. What the dialect claims of collations is asked of the server for every
-- character; then what is shipped for ranges, each beside its rows, which must be those computed locally.
\getenv mysql_host MYSQL_HOST
\getenv mysql_port MYSQL_PORT
\getenv mysql_user MYSQL_USER
\getenv mysql_password MYSQL_PASSWORD
CREATE SCHEMA ranges;
SET search_path = ranges;
CREATE SERVER ranges FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port');
CREATE SERVER no_ranges FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host :'mysql_host', port :'mysql_port',
	pushdown 'false');
CREATE USER MAPPING FOR CURRENT_USER SERVER ranges OPTIONS (username :'mysql_user', password :'mysql_password');
CREATE USER MAPPING FOR CURRENT_USER SERVER no_ranges OPTIONS (username :'mysql_user', password :'mysql_password');
SELECT fabric.remote_exec('ranges', 'CREATE OR REPLACE DATABASE fabric_ranges') > 0 AS made;

-- Every character of Unicode but the surrogates.
SELECT fabric.remote_exec('ranges', $$
	CREATE TABLE fabric_ranges.characters (point int PRIMARY KEY, c varchar(1) CHARACTER SET utf8mb4 NOT NULL) ENGINE = Aria
	SELECT seq AS point, CONVERT(UNHEX(LPAD(HEX(seq), 8, '0')) USING utf32) AS c FROM fabric_ranges.seq_1_to_1114111
	WHERE seq NOT BETWEEN 55296 AND 57343$$) AS characters;

-- Ordered by code point: the characters that do not come after the one before them.
CREATE FUNCTION out_of_order(collation_name text) RETURNS bigint LANGUAGE sql AS $$
	SELECT n FROM fabric.remote_query('ranges', format(
		'SELECT count(*) FROM (SELECT c, LAG(c) OVER (ORDER BY point) AS before_c FROM fabric_ranges.characters) x
		WHERE NOT before_c < c COLLATE %s', collation_name)) AS t(n bigint)
$$;
SELECT name, out_of_order(name) FROM (VALUES ('utf8mb4_bin'), ('utf8mb4_nopad_bin'), ('utf8mb4_general_ci')) AS c(name);

-- Ordered by code point from '!' to '@', what else there is before or after them; the other characters of ASCII as capitals.
CREATE FUNCTION misplaced(collation_name text, last_point integer) RETURNS TABLE (misplaced bigint, ascii_misplaced bigint)
LANGUAGE sql AS $$
	SELECT a.n, b.n FROM
		fabric.remote_query('ranges', format(
			'SELECT count(*) FROM (SELECT point, CONVERT(c USING %1$s) COLLATE %2$s AS c FROM fabric_ranges.characters
				WHERE point <= %3$s) x
			WHERE CASE WHEN point < 33 THEN NOT c < ''!'' WHEN point > 64 THEN NOT c > ''@''
				ELSE NOT (c > CONVERT(CHAR(point - 1) USING %1$s) AND c < CONVERT(CHAR(point + 1) USING %1$s)) END',
			split_part(collation_name, '_', 1), collation_name, last_point)) AS a(n bigint),
		fabric.remote_query('ranges', format(
			'SELECT count(*) FROM (SELECT point, CONVERT(c USING %1$s) COLLATE %2$s AS c,
				IF(point BETWEEN 97 AND 122, point - 32, point) AS capital FROM fabric_ranges.characters WHERE point BETWEEN 33 AND 125) x
			WHERE NOT (c > CONVERT(CHAR(capital - 1) USING %1$s)
				AND c < CONVERT(CHAR(IF(capital = 96, 123, capital + 1)) USING %1$s))',
			split_part(collation_name, '_', 1), collation_name)) AS b(n bigint)
$$;
SELECT name, m.* FROM (VALUES ('utf8mb4_general_ci', 1114111), ('utf8mb4_general_nopad_ci', 1114111),
	('latin1_swedish_ci', 127), ('utf8mb4_unicode_ci', 1114111)) AS c(name, last_point), misplaced(name, last_point) AS m;
-- latin1 is windows-1252 there: its upper half.
SELECT n AS misplaced FROM fabric.remote_query('ranges',
	$$SELECT count(*) FROM (SELECT CONVERT(UNHEX(HEX(seq)) USING latin1) COLLATE latin1_swedish_ci AS c FROM fabric_ranges.seq_128_to_255) x
	WHERE NOT c > '@'$$) AS t(n bigint);

-- Digits, then letters, whatever stands behind or before them: the characters for which that does not hold.
CREATE FUNCTION astray(collation_name text) RETURNS bigint LANGUAGE sql AS $$
	SELECT n FROM fabric.remote_query('ranges', format('SELECT count(*) FROM fabric_ranges.characters WHERE
		NOT (CONCAT(''k7'', c) COLLATE %1$s > ''k6~'' AND CONCAT(''k7'', c) COLLATE %1$s < ''k8''
			AND CONCAT(''ka'', c) COLLATE %1$s > ''k9~'' AND CONCAT(''ka'', c) COLLATE %1$s < ''kb''
			AND CONCAT(c, ''Lx'') COLLATE %1$s > CONCAT(c, ''K~'') AND CONCAT(c, ''Lx'') COLLATE %1$s < CONCAT(c, ''M''))',
		collation_name)) AS t(n bigint)
$$;
SELECT name, astray(name) FROM (VALUES ('utf8mb4_unicode_ci'), ('utf8mb4_uca1400_as_cs'), ('utf8mb4_spanish2_ci'))
	AS c(name);

-- Words of every case, with accents, blanks and control characters within and behind them.
SELECT fabric.remote_exec('ranges', $$
	CREATE TABLE fabric_ranges.words (id int PRIMARY KEY AUTO_INCREMENT,
		general varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, KEY (general),
		binary_order varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, KEY (binary_order),
		nopad varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin, KEY (nopad),
		unicode varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci, KEY (unicode),
		latin varchar(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci, KEY (latin),
		fixed char(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, KEY (fixed),
		label enum('b', 'a', '1') CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, KEY (label))$$) AS words;
SELECT fabric.remote_exec('ranges', $$
	INSERT INTO fabric_ranges.words (general, binary_order, nopad, unicode, latin, fixed, label)
	WITH starts (s) AS (VALUES (''), ('box '), ('Box '), ('bóx '), ('2024-0'), ('z'), ('Z'), ('Ä'), ('~'), (' ')),
		ends (e) AS (VALUES (''), ('1'), ('10'), ('1x'), ('2'), ('0~'), ('a'), ('É'), ('é1'), ('{'), ('\t'), (' '), ('1\t'), ('1 '), ('1!'))
	SELECT CONCAT(s, e), CONCAT(s, e), CONCAT(s, e), CONCAT(s, e), CONCAT(s, e), CONCAT(s, e), ELT(CHAR_LENGTH(s) % 3 + 1, 'b', 'a', '1')
	FROM starts, ends$$) AS words;
IMPORT FOREIGN SCHEMA fabric_ranges LIMIT TO (words) FROM SERVER ranges INTO ranges;
CREATE SCHEMA ranges_local;
IMPORT FOREIGN SCHEMA fabric_ranges LIMIT TO (words) FROM SERVER no_ranges INTO ranges_local OPTIONS (import_enum_as_text 'true');
CREATE TABLE copy AS SELECT * FROM ranges_local.words;

-- The remote condition without its exact parts, how many rows there are, and the difference from the local copy.
CREATE FUNCTION show(VARIADIC conditions text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	condition text;
	remote text;
	found integer;
	wrong integer;
BEGIN
	FOREACH condition IN ARRAY conditions LOOP
		SELECT regexp_replace(substring(p.remote_sql FROM ' WHERE (.*)$'), '\(CAST\(CONVERT\([^)]*\) AS BINARY\) [<>=]+ (''[^'']*'')+\)', 'exact', 'g')
			INTO remote FROM fabric.explain_pushdown('SELECT id FROM ranges.words WHERE ' || condition) p;
		EXECUTE format('SELECT count(a), count(*) FILTER (WHERE a IS NULL OR b IS NULL) FROM
			(SELECT id AS a FROM ranges.words WHERE %1$s) x FULL JOIN (SELECT id AS b FROM ranges.copy WHERE %1$s) y ON a = b', condition) INTO found, wrong;
		RETURN NEXT format('%s: %s: %s rows, %s wrong', condition, remote, found, wrong);
	END LOOP;
END
$$;
\pset format unaligned
\pset tuples_only on
SELECT show('general COLLATE "C" >= ''box 1'' AND general COLLATE "C" < ''box 11''', 'general COLLATE "C" BETWEEN ''box'' AND ''boxer''',
	'general COLLATE "C" >= ''apple'' AND general COLLATE "C" < ''banana''', 'general COLLATE "C" > ''2024-01''',
	'''2024-02'' > general COLLATE "C"', 'general COLLATE "C" <= ''2''', 'general COLLATE "C" < ''2x''',
	'general ~>=~ ''z'' AND general ~<=~ ''z'' AND general <> ''''', 'general COLLATE "C" > ''bóx 1'' AND general COLLATE "C" < ''bóx 2''',
	'general COLLATE "C" < ''~'' AND general COLLATE "C" < ''2024'' AND general COLLATE "C" > ''1''', 'general COLLATE "C" > NULL',
	'general COLLATE "C" > '''' AND general COLLATE "C" < ''2''', 'general COLLATE "C" > ''9'' AND general COLLATE "C" < ''1''',
	'general COLLATE "C" BETWEEN ''2024-01'' AND ''2024-01''');
SELECT show('binary_order COLLATE "C" >= ''box'' AND binary_order COLLATE "C" < ''z''', 'binary_order COLLATE "C" > ''z1''',
	'binary_order COLLATE "C" < ''z1''', 'nopad COLLATE "C" >= ''box'' AND nopad COLLATE "C" < ''z''', 'nopad COLLATE "C" > ''z1''',
	'nopad COLLATE "C" <= E''z1\t''', 'binary_order COLLATE "C" <= E''z1\t''', 'binary_order COLLATE "C" > E''z1\t''');
SELECT show('unicode COLLATE "C" >= ''box 1'' AND unicode COLLATE "C" < ''box 2''', 'latin COLLATE "C" >= ''box 1'' AND latin COLLATE "C" < ''box 2''',
	'latin COLLATE "C" >= ''bóx 1'' AND latin COLLATE "C" < ''bóx 2''', 'fixed COLLATE "C" >= ''box 1   '' AND fixed COLLATE "C" < ''box 11 ''',
	'fixed COLLATE "C" <= ''2024-01 ''', 'label::text COLLATE "C" >= ''1''');
SELECT show('unicode LIKE ''box 1%''', 'unicode LIKE ''b\%x''', 'unicode LIKE ''Box %'' OR unicode LIKE ''bóx%''', 'unicode LIKE ''_ox%''',
	'unicode LIKE ''bóx''', 'unicode LIKE ''%''', 'unicode NOT LIKE ''box%''', 'starts_with(unicode, ''box 1'')',
	'starts_with(unicode, ''%'')', 'general LIKE ''box 1%''', 'starts_with(general, ''box 1'')', 'starts_with(general, '''')',
	'binary_order LIKE ''box 1%''', 'nopad LIKE ''bóx%''', 'latin LIKE ''box%''', 'starts_with(latin, ''box'')', 'fixed ^@ ''box''',
	'label::text LIKE ''a%''', 'unicode ^@ NULL');
-- Other orders and things that only look like ranges: nothing for the index.
SELECT show('general > ''2024-01'' COLLATE "und-x-icu"', 'length(general) > 3 AND general COLLATE "C" > 2024::text',
	'NOT (general COLLATE "C" > ''5'')', '(general COLLATE "C" > ''5'' OR id = 1)');
\pset format aligned
\pset tuples_only off

-- A parameter's value is not known to a generic plan; to a custom one it is.
PREPARE late AS SELECT count(*) FROM words WHERE general COLLATE "C" > $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE late('2024');
EXECUTE late('2024');
SET plan_cache_mode = force_custom_plan;
EXPLAIN (VERBOSE, COSTS OFF) EXECUTE late('2024');
EXECUTE late('2024');

-- Character sets in which several codes are one character to us, or none: no index is asked that tells them apart.
SELECT fabric.remote_exec('ranges', $$
	CREATE TABLE fabric_ranges.legacy (id int PRIMARY KEY, japanese varchar(5) CHARACTER SET cp932, unix varchar(5) CHARACTER SET ujis,
		cyrillic varchar(5) CHARACTER SET cp1251, latin varchar(5) CHARACTER SET latin2, KEY (japanese), KEY (unix), KEY (cyrillic),
		KEY (latin))$$) AS legacy;
SELECT fabric.remote_exec('ranges', $$
	INSERT INTO fabric_ranges.legacy VALUES (1, x'878A', x'5C', x'3F', x'3F'), (2, x'FA58', x'A1C0', x'98', 'ž'), (3, 'a-1', 'a-1', 'a-1', 'a-1'),
		(4, 'A-1', 'A-1', 'A-1', 'A-1')$$) AS legacy;
IMPORT FOREIGN SCHEMA fabric_ranges LIMIT TO (legacy) FROM SERVER ranges INTO ranges;
SELECT * FROM legacy ORDER BY id;
SELECT a.id, b.id FROM legacy AS a JOIN legacy AS b ON a.japanese = b.japanese ORDER BY 1, 2;
SELECT a.id, b.id FROM legacy AS a JOIN legacy AS b ON a.unix = b.unix ORDER BY 1, 2;
SELECT id FROM legacy WHERE unix = E'\\' ORDER BY id;
SELECT id FROM legacy WHERE unix IN ('a', E'\\') ORDER BY id;
SELECT id FROM legacy WHERE cyrillic = '?' ORDER BY id;
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM legacy WHERE cyrillic IN ('a-1', 'b%') AND japanese IN ('a', '?');
EXPLAIN (VERBOSE, COSTS OFF) SELECT id FROM legacy WHERE cyrillic = '?' AND latin = '?' AND japanese = 'a-1';
EXPLAIN (VERBOSE, COSTS OFF) SELECT a.id, b.id FROM legacy AS a JOIN legacy AS b ON a.latin = b.latin AND a.cyrillic = b.cyrillic;

SELECT fabric.remote_exec('ranges', 'DROP DATABASE fabric_ranges') > 0 AS dropped;
SET client_min_messages = warning;
DROP SCHEMA ranges, ranges_local CASCADE;
DROP SERVER ranges CASCADE;
DROP SERVER no_ranges CASCADE;
RESET client_min_messages;
