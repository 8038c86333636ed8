-- Q11, important stock: the parts that make up more than a share of a nation's stock. The share is the specification's,
-- 0.0001 divided by the scale factor, and put in by who runs this.
-- order: 2
-- parameters: 'GERMANY' | :share
SELECT ps_partkey, SUM(ps_supplycost * ps_availqty) AS value
FROM partsupp, supplier, nation
WHERE ps_suppkey = s_suppkey
	AND s_nationkey = n_nationkey
	AND n_name = 'GERMANY'
GROUP BY ps_partkey
HAVING SUM(ps_supplycost * ps_availqty) > (
	SELECT SUM(ps_supplycost * ps_availqty) * :share
	FROM partsupp, supplier, nation
	WHERE ps_suppkey = s_suppkey
		AND s_nationkey = n_nationkey
		AND n_name = 'GERMANY')
ORDER BY value DESC;
