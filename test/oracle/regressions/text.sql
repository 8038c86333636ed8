-- R1: equality ignores neither case nor accents nor trailing blanks, whatever the remote collation
-- variants: imp hand coll_c
-- rows: 1
SELECT id, v_general FROM t_text WHERE v_general = 'zug';

-- R1: trailing blanks count, also under a binary collation that pads
-- variants: imp hand coll_c
-- rows: 1
SELECT id FROM t_text WHERE v_bin = 'zug ';

-- variants: imp hand
-- rows: 1
SELECT id FROM t_text WHERE v_nopad = 'zug  ' OR v_unicode = 'a ';

-- R1: a literal that the column's character set cannot hold
-- variants: imp hand
SELECT id FROM t_text WHERE v_latin = '中文';

-- variants: imp hand
SELECT id FROM t_text WHERE v_latin IN ('中', 'é', '🙂', 'ÿ') OR v_ascii = 'é';

-- rows: 1
SELECT id FROM t_text WHERE v_utf8mb3 = '中文' OR v_gbk = '中文' OR v_utf16 = '🙂';

-- R1: the exact form on each character set
-- rows: 1
SELECT id FROM t_text WHERE v_latin = 'Züg' OR v_utf8mb3 = 'Züg' OR v_gbk = 'zug ' OR v_utf16 = 'Zug' OR v_ascii = 'ZUG';

-- R1: two columns of different character sets and collations
-- rows: 1
SELECT id FROM t_text WHERE v_general = v_latin OR v_bin = v_utf8mb3 OR v_unicode = v_gbk;

-- R1: parameters as literals
-- params: text zug | text Zug
-- rows: 1
SELECT id FROM t_text WHERE v_general = $1 OR v_latin = $2;

-- R1: IN and ANY
-- rows: 1
SELECT id FROM t_text WHERE v_general IN ('zug', 'A', 'é', '') AND v_general = ANY ('{zug,a,é,NULL,""}'::text[]);

-- params: text[] {zug,"a ",中文}
-- rows: 1
SELECT id FROM t_text WHERE v_unicode = ANY ($1);

-- R1: no equality under a nondeterministic collation
-- variants: hand
-- rows: 1
SELECT id FROM t_text WHERE v_nn = 'zug';

-- R2: inequality is a superset where equality is a subset
-- variants: imp coll_c
-- rows: 2
SELECT id, v_general FROM t_text WHERE v_general <> 'zug' AND v_latin <> 'a';

-- rows: 1
SELECT id FROM t_text WHERE v_general NOT IN ('zug', 'a', 'é') AND v_unicode NOT LIKE 'a%' AND NOT (v_bin = 'b');

-- R2: a NULL in NOT IN
SELECT id FROM t_text WHERE v_general NOT IN ('zug', NULL);

SELECT id FROM t_text WHERE v_general IS NOT DISTINCT FROM v_unicode OR v_general IS NOT DISTINCT FROM v_bin;

-- rows: 1
SELECT id FROM t_text WHERE v_general IS DISTINCT FROM 'zug';

-- R3: order of text under byte order and under the default collation
-- variants: imp hand coll_c
-- rows: 1
SELECT id FROM t_text WHERE v_general < 'b' AND v_unicode >= 'A';

-- rows: 1
SELECT id FROM t_text WHERE v_general COLLATE "C" BETWEEN 'A' AND 'a';

-- rows: 1
SELECT id FROM t_text WHERE v_latin_bin COLLATE "C" > 'z' OR v_general COLLATE "en-x-icu" < 'a';

-- variants: coll_c
-- rows: 1
SELECT id FROM t_text WHERE GREATEST(v_general, v_bin) = v_bin AND LEAST(v_latin, v_utf8mb3) < 'é';

-- R4: strings that differ only past the first 1024 bytes
-- variants: imp hand coll_c
-- rows: 1
SELECT id FROM t_wide WHERE wt = repeat('p', 1024) || 'a';

-- variants: coll_c hand
-- remote: max_sort_length=64
-- rows: 1
SELECT id FROM t_wide WHERE wv > repeat('p', 1024) || 'A' AND wt <> 'short';

-- R7: CHAR(n) and blanks
-- variants: imp hand coll_c
-- rows: 1
SELECT id FROM t_text WHERE c_general = 'zug  '::bpchar OR c_latin = 'a'::character(8);

-- rows: 1
SELECT id FROM t_text WHERE c_general = c_bin OR c_bin::text = 'Zug' OR length(c_latin) = 3;

-- remote: sql_mode='PAD_CHAR_TO_FULL_LENGTH'
-- variants: imp hand
-- rows: 1
SELECT id, c_general, c_bin FROM t_text WHERE c_general = 'Zug';

-- rows: 1
SELECT id FROM t_text WHERE c_general LIKE 'a%' OR c_general || 'x' = 'ax' OR c_bin < 'b';

-- R8: LIKE is exact, with escapes
-- variants: imp coll_c hand
-- rows: 1
SELECT id FROM t_text WHERE v_general LIKE 'zug%' OR v_latin LIKE '%ü%' OR v_gbk LIKE '中%';

-- rows: 1
SELECT id FROM t_text WHERE v_general LIKE 'a\%b' OR v_bin LIKE 'a\_b' OR v_unicode LIKE '%\\%';

-- rows: 1
SELECT id FROM t_text WHERE v_general LIKE 'a!%b' ESCAPE '!' OR v_general LIKE 'a\%b' ESCAPE '' OR v_general LIKE '_';

-- remote: sql_mode='NO_BACKSLASH_ESCAPES'
-- rows: 1
SELECT id FROM t_text WHERE v_general LIKE 'a\%b' OR v_general = 'a\b' OR v_general LIKE '%\\%';

-- a pattern that ends with the escape character is an error here
SELECT id FROM t_text WHERE v_general LIKE 'abc\';

-- params: text a\%b
-- rows: 1
SELECT id FROM t_text WHERE v_general LIKE $1;

-- R8: bytes
-- rows: 1
SELECT id FROM t_bin WHERE vb LIKE 'a%'::bytea;

-- R9: length counts characters
-- rows: 1
SELECT id, length(v_general) FROM t_text WHERE length(v_general) = 1 AND octet_length(v_general) > 1;

-- rows: 1
SELECT id FROM t_text WHERE length(v_latin) = 1 AND octet_length(v_latin) = 2;

-- R9: upper and lower
-- rows: 1
SELECT id FROM t_text WHERE upper(v_general) = 'SS' OR lower(v_unicode) = 'i' OR upper(v_bin) = 'STRASSE';

-- R9: edges of substr, left and right
-- rows: 1
SELECT id FROM t_text WHERE substr(v_general, 0, 2) = 'a' OR substr(v_general, -1, 3) = 'a' OR substr(v_bin, 2) = 'ug';

-- rows: 1
SELECT id FROM t_text WHERE left(v_general, -1) = 'a' OR right(v_general, -1) = 'b' OR left(v_bin, 0) = '';

SELECT id FROM t_text WHERE substr(v_general, 1, -1) = 'a';

-- R9: concatenation and NULL
-- rows: 1
SELECT id FROM t_text WHERE v_general || v_bin IS NULL OR concat(v_general, v_bin) = 'a' OR v_general || 'x' = 'ax';

-- remote: sql_mode='PIPES_AS_CONCAT'
-- rows: 1
SELECT id FROM t_text WHERE v_general || v_bin = 'aa' OR v_latin || v_utf8mb3 = 'aa' OR v_unicode = 'a';

-- R9: greatest and least pass over NULL
-- rows: 1
SELECT id FROM t_num WHERE GREATEST(k4, i) = k4 AND LEAST(bi, k8) = k8;

-- rows: 1
SELECT id FROM t_num WHERE GREATEST(k4, k2) IS NOT NULL AND (k4 IS NULL OR k2 IS NULL);

-- quotes, backslashes and control characters in literals
-- variants: imp hand
-- rows: 1
SELECT id FROM t_text WHERE v_general IN ('''', '\', '\\', '"', '`', 'it''s', '\''', E'\n', E'\x1a', '$1', '?', '/*');

-- remote: sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES'
-- rows: 1
SELECT id FROM t_text WHERE v_general IN ('''', '\', '\\', '"', '`', 'it''s', '\''', E'\n', E'\x1a', '$1', '?', '/*');

-- identifiers on both sides
-- variants: imp hand
-- rows: 1
SELECT "select", "Upper", "back`tick", "dou""ble", "quo'te", "列 \ name" FROM "t ""Odd` na'me" WHERE "select" >= 0 AND "列 \ name" IN ('中', 'a') AND "Upper" <> 'b' AND "back`tick" IS NOT NULL AND "dou""ble" > '1900-01-01';

-- R25: enum compares by position here, remotely by text
-- variants: imp hand coll_c
-- rows: 1
SELECT id, e FROM t_bin WHERE e < 'c';

-- rows: 1
SELECT id FROM t_bin WHERE e = 'a' OR e_nn IN ('b', 'zz') OR e_latin = 'é';

-- rows: 1
SELECT id FROM t_bin WHERE s = 'x,a' OR s = '' OR s LIKE '%b c%';

-- bytes
-- rows: 1
SELECT id FROM t_bin WHERE vb = '\x6100' OR vb > '\x80' OR b4 = '\x61000000' OR length(bl) = 40;

-- LIKE under a nondeterministic collation is an error, pushed or not
-- variants: hand
SELECT id FROM t_text WHERE v_nn !~~ 'a%b';

-- R1: Aria checks conditions against keys that have lost trailing blanks or are those of an equal text
-- rows: 1
SELECT id FROM t_aria WHERE v = ANY ('{"a_b","中文","`","ı","b","abcdefgh "}'::text[]) AND v <> 'b';

-- rows: 1
SELECT id FROM t_aria WHERE v LIKE 'zug ' OR v LIKE 'zug\ ';

-- params: text zug
-- rows: 1
SELECT id FROM t_aria WHERE v LIKE $1 || ' ';

-- R1: a character that the column's set lacks must not meet the bare column
-- rows: 1
SELECT id FROM t_text WHERE v_utf8mb3 = '🙂' OR v_utf8mb3 LIKE '🙂%' OR v_utf8mb3 IN ('🙂', '中文') OR v_latin = '中';

-- params: text 🙂 | text _🙂_
SELECT id FROM t_text WHERE v_utf8mb3 = $1 OR v_utf8mb3 LIKE $2 OR v_gbk = $1 OR v_ascii LIKE $2;

SELECT id FROM t_sets WHERE v_utf8mb3_bin = '🙂' OR v_ucs2_general_ci LIKE '_🙂_' OR v_sjis_japanese_ci = 'é';

-- an undecided collation is an error
-- variants: hand
SELECT id FROM t_text WHERE v_unicode = v_bin;

-- lists longer than what MariaDB turns into a subquery by default, and arrays of other shapes
-- rows: 1
SELECT id FROM t_text WHERE v_general = ANY (ARRAY(SELECT 'v' || n FROM generate_series(1, 1500) n) || '{zug,NULL,"a "}'::text[]);

-- params: integer[] {{1,2},{3,NULL}} | text[] NULL | numeric[] {}
-- rows: 1
SELECT id FROM t_text WHERE k4 = ANY ($1) OR v_general = ANY ($2) OR k8::numeric = ANY ($3);

-- R25: enums are ordered by position
-- rows: 1
SELECT id FROM t_bin WHERE e < 'c' OR e_nn >= 'zz' OR e = 'Éte' OR e IS DISTINCT FROM 'b' OR GREATEST(e, 'a') = 'B2';

-- R8: an index leaves out what follows a prefix with a control character or one beyond U+FFFF, but for a few collations
-- variants: imp coll_c
-- rows: 1
SELECT id FROM t_text WHERE v_nopad LIKE 'a_b' AND v_nopad LIKE 'a%';

-- variants: imp coll_c
-- rows: 1
SELECT id FROM t_text WHERE v_bin LIKE 'zug%' OR v_unicode LIKE 'a%' OR c_bin LIKE 'a%';

-- params: text zug% | text a%
-- rows: 1
SELECT id FROM t_sets WHERE v_utf32_bin LIKE $1 OR v_utf8mb4_unicode_nopad_ci LIKE $2;
