-- NULL keys: none equals another, all are one group
-- rows: 1
-- sequence: 1
SELECT r.n, count(*), count(s.id), sum(s.q) FROM j_a r LEFT JOIN j_b s ON r.n = s.n GROUP BY r.n ORDER BY 1 NULLS FIRST;

-- text keys of other case, accents and trailing blanks do not match, whatever the remote collations say
-- variants: imp hand coll_c
-- rows: 1
SELECT r.id, s.id, r.t, s.t FROM j_a r JOIN j_c s ON r.t = s.t COLLATE "C";

-- rows: 1
-- sequence: 1
SELECT s, count(*), min(t), max(t) FROM j_a GROUP BY s ORDER BY s COLLATE "C" DESC NULLS LAST;

-- variants: imp coll_c
-- rows: 1
SELECT DISTINCT t FROM j_a INTERSECT SELECT t FROM j_b;

-- a condition on the side that an outer join may make NULL: in ON and in WHERE
-- rows: 1
SELECT r.id, s.id FROM j_a r LEFT JOIN j_b s ON r.n = s.n AND s.q > 1;

-- rows: 1
SELECT r.id, s.id FROM j_a r LEFT JOIN j_b s ON r.n = s.n WHERE COALESCE(s.q, 0) = 0;

-- rows: 1
SELECT r.id FROM j_a r LEFT JOIN j_b s ON r.n = s.n AND s.m = 2 WHERE s.id IS NULL;

-- NOT IN over a list with NULL finds nothing, over an empty one everything
-- rows: 0
SELECT id FROM j_a WHERE n NOT IN (SELECT n FROM j_b);

-- rows: 48
SELECT id FROM j_a WHERE n NOT IN (SELECT n FROM j_e) OR n NOT IN (SELECT m FROM j_b WHERE id < 0);

SELECT id FROM j_a r WHERE NOT EXISTS (SELECT 1 FROM j_b s WHERE s.n = r.n) AND EXISTS (SELECT 1 FROM j_c s WHERE s.n = r.n);

-- aggregates over no rows: one row without GROUP BY, none with it
-- rows: 1
SELECT count(*), sum(n), avg(q), min(t), bool_and(n > 1), string_agg(t, ',') FROM j_e;

-- rows: 0
SELECT n, count(*) FROM j_e GROUP BY n;

-- averages and sums keep PostgreSQL's digits
-- rows: 1
SELECT avg(i), avg(q), sum(q), sum(p), avg(DISTINCT n), stddev(i), var_pop(q), sum(big), avg(big), avg(tm), sum(tm) FROM j_a;

-- params: integer 2 | bigint 3 | bigint 1
-- plan: generic
-- rows: 1
-- sequence: 1, 2
SELECT n + $1, count(*) FROM j_a GROUP BY n + $1 HAVING count(*) >= $1 ORDER BY 2 DESC, 1 NULLS FIRST LIMIT $2 OFFSET $3;

-- params: bigint NULL
-- rows: 48
-- sequence: 1
SELECT id FROM j_a ORDER BY d DESC NULLS LAST, id LIMIT $1;

-- an order that ENUM, BIT and TIME have here
-- sequence: 1, 2, 3
-- rows: 48
SELECT e, bits, tm FROM j_a ORDER BY e DESC, bits, tm NULLS FIRST;

-- long texts that differ only in the end
-- rows: 1
-- sequence: 1
SELECT wv, count(*) FROM t_wide GROUP BY wv ORDER BY wv;

-- remote: max_sort_length=64
-- rows: 1
-- sequence: 1
SELECT DISTINCT wv FROM t_wide ORDER BY wv LIMIT 7;

-- remote: group_concat_max_len=4
-- rows: 1
SELECT n, string_agg(s, ',' ORDER BY s, id), array_agg(DISTINCT m ORDER BY m) FROM j_a GROUP BY n;

-- keys of rows that are here: NULL and twice the same
-- rows: 1
SELECT v.k, v.t, s.id FROM (VALUES (1, 'a'), (1, 'a'), (NULL, 'a'), (2, NULL), (99, 'b')) v (k, t) LEFT JOIN j_b s ON s.n = v.k AND s.s <> v.t;

-- rows: 1
SELECT g.n, q.id FROM generate_series(0, 4) g (n) CROSS JOIN LATERAL (SELECT id FROM j_b s WHERE s.n = g.n ORDER BY s.id LIMIT 2) q;

-- equal, and not distinct besides: NULLs do not match
-- variants: imp hand coll_c
-- rows: 1
SELECT r.id, s.id FROM j_c r JOIN j_c s ON r.n IS NOT DISTINCT FROM s.n AND r.n = s.n;

-- groups of bytes that a COALESCE makes
-- variants: imp hand
-- rows: 5
SELECT avg(id) FROM t_bin GROUP BY COALESCE(tb, '\x'::bytea);

-- R1: a list of rows is not converted to a column's character set
-- variants: imp
SELECT r."id" AS c1 FROM base."j_b" r WHERE (NOT EXISTS (SELECT '1'::integer AS c1 FROM "t_sets" s WHERE (r."e" = s."v_utf16le_general_ci") AND (r."e" = s."v_utf16le_general_ci")));

-- R19: an interval that is as long as another is not the same text
-- variants: hand
SELECT COALESCE(r."tm", '1 month -1 day'::interval) AS c1 FROM "j_e" r RIGHT JOIN "j_a" s ON true GROUP BY COALESCE(r."tm", '1 month -1 day'::interval);

-- R4: groups of texts that differ only past the first 1024 bytes, found by sorting
SELECT avg(DISTINCT r."k2") AS c1 FROM "t_wide" r GROUP BY r."wv";

-- how many numbers there are, of different numbers of digits
SELECT count(COALESCE(t."q", '1'::numeric)), count(CASE WHEN t.q > 1 THEN t.q ELSE '0'::numeric END) AS c1 FROM "j_b" t;
