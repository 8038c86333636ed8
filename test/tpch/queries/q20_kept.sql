-- Q20 with the subquery as a join. Where nothing is shipped the standard form reads all of lineitem once for each row of
-- partsupp; this one asks the same and reads it once.
SELECT s_name, s_address
FROM supplier, nation
WHERE s_suppkey IN (
		SELECT ps_suppkey
		FROM partsupp, (
			SELECT l_partkey, l_suppkey, 0.5 * SUM(l_quantity)
			FROM lineitem
			WHERE l_shipdate >= DATE '1994-01-01'
				AND l_shipdate < DATE '1994-01-01' + INTERVAL '1' YEAR
			GROUP BY l_partkey, l_suppkey) AS need (need_part, need_supplier, half)
		WHERE ps_partkey IN (SELECT p_partkey FROM part WHERE p_name LIKE 'black%')
			AND need_part = ps_partkey
			AND need_supplier = ps_suppkey
			AND ps_availqty > half)
	AND s_nationkey = n_nationkey
	AND n_name = 'CANADA'
ORDER BY s_name;
