"""
Aggregates of the whole table, and of a join of two tables: what comes back is a row or twenty.
"""

from comparing import Figure, compared, keys_used, median, ratio

GROUP_TARGET, JOIN_TARGET = 1.2, 20

COUNT = "SELECT count(*) FROM sale"
SUM = "SELECT kind, sum(quantity) FROM sale GROUP BY kind"
JOIN = ("SELECT p.segment, count(*), sum(s.quantity) FROM sale s JOIN partner p ON p.id = s.partner "
		"GROUP BY p.segment")
# What takes the bare client least: grouped before it is joined. The server by itself goes the other way, by an index.
BEST_JOIN = ("SELECT p.segment, sum(s.n), sum(s.q) FROM (SELECT partner, count(*) n, sum(quantity) q FROM sale "
			 "IGNORE INDEX (sale_partner_line) GROUP BY partner) s STRAIGHT_JOIN partner p ON p.id = s.partner "
			 "GROUP BY p.segment")


def groups(bench):
	"""A count of all rows, a sum in twenty groups."""
	rows = bench.sales()["rows"]
	return [compared(bench, COUNT, COUNT).figure(f"count(*) of {rows}", GROUP_TARGET),
			compared(bench, SUM, SUM).figure("  a sum in 20 groups", GROUP_TARGET)]


def join(bench):
	"""Two tables of the server, joined and grouped. Where the other wrapper is not far behind, its plan is shown."""
	sales = bench.sales()
	result = compared(bench, JOIN, BEST_JOIN)
	middle = median(result.times)
	plain = ""
	if bench.native:
		took = bench.native.run(JOIN)[0]["ms"]
		plain = f"the plain statement takes the bare client {took:,.0f} ms: {keys_used(bench, [JOIN])}"
	figures = [result.figure(f"{sales['rows']} x {sales['partners']}, 20 groups", GROUP_TARGET, plain)]
	if (factor := ratio(middle, "mysql_fdw", "ours")) is not None:
		plan, remote = result.shapes["mysql_fdw"]
		equal = plan == result.shapes["ours"][0] == "Foreign Scan"
		figure = Figure("  mysql_fdw / ours", "x", {"ours": factor}, f">= {JOIN_TARGET}, or as ours",
						factor >= JOIN_TARGET or equal)
		if factor < JOIN_TARGET:
			figure.note = f"mysql_fdw: {plan}{', the same plan' if equal else ''} | {'; '.join(remote)}"
		figures.append(figure)
	return figures
