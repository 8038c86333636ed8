-- R24: OR keeps its parentheses
-- rows: 1
SELECT id FROM t_num WHERE (k4 = 1 OR k4 = 2) AND (k8 > 0 OR k2 IS NULL) AND NOT (k4 = 1 AND k8 = 2);

-- NOT over a comparison and over an unknown
-- rows: 1
SELECT id FROM t_num WHERE NOT (k4 > k8) OR (k4 > k8) IS UNKNOWN OR (k4 = 1) IS NOT TRUE;

-- remote: sql_mode='HIGH_NOT_PRECEDENCE'
-- rows: 1
SELECT id FROM t_num WHERE NOT (k4 BETWEEN -5 AND 5) OR NOT k8 IN (1, 2);

-- three-valued logic: IN with NULL, row comparison with NULL, NULLIF
SELECT id FROM t_num WHERE k4 NOT IN (1, 2, NULL) OR k4 IN (NULL);

-- rows: 1
SELECT id FROM t_num WHERE ROW(k4, k8) < ROW(1, 5) OR ROW(k2, k4, k8) >= ROW(1, 2, 3);

-- rows: 1
SELECT id FROM t_text WHERE (v_general, k4) = ('zug', k4) OR ROW(v_general COLLATE "C", k4) > ROW('zug', 1);

-- rows: 1
SELECT id FROM t_num WHERE NULLIF(k4, 1) IS NULL OR NULLIF(k8, k4) = 5;

-- rows: 1
SELECT id FROM t_num WHERE CASE WHEN k4 > 0 THEN k8 WHEN k4 IS NULL THEN -1 END < 0 OR CASE k2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE v END = 'a';

-- CASE guards an error
-- rows: 1
SELECT id FROM t_num WHERE CASE WHEN k4 <> 0 THEN 10 / k4 ELSE 0 END > 1;

-- rows: 1
SELECT id FROM t_num WHERE COALESCE(k4, k8, 0) = 0 OR COALESCE(v, '') = '';

-- rows: 1
SELECT id FROM t_num WHERE k4 = ANY ('{1,2,NULL}') OR k8 <> ALL ('{1,2,3}') OR k4 < ANY (ARRAY[-50, NULL]);

-- rows: 0
SELECT id FROM t_num WHERE k4 = ANY ('{}'::integer[]);

-- rows: 1
SELECT id FROM t_num WHERE k4 BETWEEN SYMMETRIC 3 AND -3 AND k8 NOT BETWEEN 3 AND 5;

-- whole rows and no columns at all
-- variants: imp hand coll_c
-- rows: 1
SELECT r FROM t_num r WHERE k4 > 5;

-- rows: 1
SELECT count(*), count(k4) FROM t_num WHERE k4 > 5;

-- rows: 1
SELECT 1 FROM t_num;

-- two scans on one connection, one of them abandoned
-- rows: 1
SELECT (SELECT count(*) FROM (SELECT wt FROM t_wide LIMIT 2) x), r.id FROM t_num r, t_text s WHERE r.k4 = s.k4 AND r.k8 = s.k8 AND s.v_general <> 'a';

-- rows: 1
SELECT r.id FROM t_num r WHERE EXISTS (SELECT 1 FROM t_text s WHERE s.k4 = r.k4 AND s.v_general LIKE 'z%');

-- rescans with changing parameters
-- session: enable_hashjoin=off; enable_mergejoin=off; enable_material=off
-- rows: 1
SELECT r.id, s.id FROM t_num r JOIN t_num s ON r.k4 = s.id WHERE r.id <= 20 AND s.k8 > 0;

-- a column-less join twice in one session (crashed the backend of another wrapper)
-- rows: 1
SELECT count(*) FROM t_num r, t_text s WHERE r.id < 5 AND s.id < 5;

-- WITH TIES, set operations and grouping stay exact
-- rows: 1
SELECT k4 FROM t_num WHERE k8 > 0 ORDER BY k4 FETCH FIRST 3 ROWS WITH TIES;

-- rows: 1
SELECT k4, count(*) FROM t_num WHERE k8 > 0 GROUP BY k4 HAVING count(*) > 1;

-- rows: 1
SELECT DISTINCT v_general FROM t_text WHERE v_general < 'b' COLLATE "C";

-- parameters: group keys and booleans under a generic plan
-- params: integer 1 | boolean true
-- rows: 1
SELECT $1, count(*) FROM t_num WHERE (k4 > $1) = $2 GROUP BY 1;

-- params: integer NULL | text NULL
-- rows: 0
SELECT id FROM t_num WHERE k4 = $1 OR v = $2;

-- params: integer[] {1,2,NULL} | bytea \x6100
-- rows: 1
SELECT id FROM t_num WHERE k4 = ANY ($1) AND $2::bytea IS NOT NULL;

-- params: date 2020-02-29 | smallint 1 | numeric 1.50
-- plan: custom
-- rows: 1
SELECT id FROM t_time WHERE d = $1 OR k2 = $2 OR n = $3;

-- an outer join's missing side is NULL as a whole
-- rows: 1
SELECT s.id, r FROM t_time s LEFT JOIN t_num r ON r.id = s.id + 100000 WHERE s.id < 3;
