-- R26: nothing of the server's configuration is inherited
-- remote: sql_select_limit=5
-- rows: 100
SELECT id FROM t_num WHERE k8 IS NOT NULL;

-- remote: sql_mode='ORACLE'
-- rows: 1
SELECT id FROM t_text WHERE v_general = '' OR v_bin || 'x' = 'ax';

-- remote: sql_mode='EMPTY_STRING_IS_NULL'
-- rows: 1
SELECT id FROM t_text WHERE v_general = '' OR COALESCE(v_bin, '') = '';

-- remote: sql_auto_is_null=1
SELECT id FROM t_num WHERE id IS NULL OR k8 IS NULL;

-- remote: init_connect="SET sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone='+09:00', sql_select_limit=3"
-- rows: 1
SELECT id, ts6 FROM t_time WHERE ts6 < '2038-01-19 03:14:07.999999+00' AND v <> 'a\b';

-- remote: init_connect='SET NAMES latin1'
-- rows: 1
SELECT id, v_general, v_latin FROM t_text WHERE v_general IN ('中文', '🙂', 'é') OR v_latin = 'é';

-- remote: in_predicate_conversion_threshold=2
-- rows: 1
SELECT id FROM t_text WHERE v_general IN ('zug', 'a', 'é', '', 'ss', 'o') OR k4 IN (1, 2, 3, 4, 5);

-- remote: completion_type='RELEASE'
-- transaction: block
-- rows: 1
SELECT id FROM t_num WHERE k4 = 1;

-- remote: sql_mode='REAL_AS_FLOAT,IGNORE_SPACE'
-- rows: 1
SELECT id FROM t_num WHERE f = 0.1::real OR g + 0.1 = 0.2 OR k4::double precision / 3 > 0.3;

-- R27: every character set arrives as it is
-- variants: imp hand coll_c
-- rows: 100
SELECT id, v_general, v_latin, v_utf8mb3, v_gbk, v_utf16, v_ascii, c_latin, x_long, j FROM t_text;

-- R27: a NUL byte is an error, never a cut value
-- variants: imp hand
-- error: 22
SELECT id, v FROM t_nul;

-- rows: 1
SELECT id FROM t_nul WHERE id > 3 AND k8 IS NOT NULL;

-- R28: numeric and time parameters, twice in one session
-- params: numeric 0.000000000000000000000000000001 | float8 0.1 | bigint 9007199254740993
-- rows: 1
SELECT id FROM t_num WHERE dec65 = $1 OR g = $2 OR bi = $3;

-- section 4: wide values are whole
-- variants: imp hand coll_c
-- rows: 30
SELECT id, wv, wt, wm, wj, wb FROM t_wide;

-- rows: 1
SELECT id, length(wt), md5(wb) FROM t_wide WHERE length(wt) >= 65535 OR length(wb) > 65535;

-- section 4: plain reading of everything under another zone and style
-- session: TimeZone=America/St_Johns; DateStyle=SQL, MDY; IntervalStyle=iso_8601
-- remote: time_zone='+05:30'
-- variants: imp hand
-- rows: 100
SELECT * FROM t_time;

-- session: extra_float_digits=0; bytea_output=escape
-- variants: imp hand coll_c
-- rows: 100
SELECT * FROM t_num;

-- variants: imp hand coll_c
-- session: bytea_output=escape
-- rows: 100
SELECT * FROM t_bin WHERE vb <> '\x61'::bytea;

-- variants: imp hand
-- rows: 1
SELECT * FROM t_other WHERE u = '123e4567-e89b-12d3-a456-426614174000' OR ip = '::1' OR p = '\x0101000000000000000000f03f0000000000000040' OR gen = 2 OR gen_stored > 5;

-- a value that the server would cut is refused under this mode
-- remote: sql_mode='TRADITIONAL'
-- rows: 1
SELECT id FROM t_num WHERE k4 = 1;
