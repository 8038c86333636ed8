-- Q20, potential part promotion: suppliers in a nation with more of some parts in stock than half a year's need.
-- order: 1
-- parameters: 'black%' | DATE '1994-01-01' | 'CANADA'
SELECT s_name, s_address
FROM supplier, nation
WHERE s_suppkey IN (
		SELECT ps_suppkey
		FROM partsupp
		WHERE ps_partkey IN (SELECT p_partkey FROM part WHERE p_name LIKE 'black%')
			AND ps_availqty > (
				SELECT 0.5 * SUM(l_quantity)
				FROM lineitem
				WHERE l_partkey = ps_partkey
					AND l_suppkey = ps_suppkey
					AND l_shipdate >= DATE '1994-01-01'
					AND l_shipdate < DATE '1994-01-01' + INTERVAL '1' YEAR))
	AND s_nationkey = n_nationkey
	AND n_name = 'CANADA'
ORDER BY s_name;
