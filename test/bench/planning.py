"""
What planning takes when the remote facts are known: joins of remote tables beside the same of local ones.
"""

import contextlib

from comparing import Figure, answer, median, nodes, peers

RUNS, PLANNING_TARGET = 20, 20

# Rows that the local sample has as well, and few: the answers are compared.
QUESTIONS = {
	1: "SELECT id, number, price FROM sale WHERE id BETWEEN 1000 AND 1100 ORDER BY number LIMIT 10",
	3: "SELECT c.name, sum(s.quantity) FROM sale s JOIN partner p ON p.id = s.partner "
	   "JOIN country c ON c.id = p.country WHERE s.id BETWEEN 1 AND 1000 GROUP BY c.name",
	6: "SELECT r.name, k.name, sum(s.quantity), max(x.weight) FROM sale s JOIN partner p ON p.id = s.partner "
	   "JOIN country c ON c.id = p.country JOIN region r ON r.id = c.region JOIN kind k ON k.id = s.kind "
	   "JOIN product x ON x.id = s.product WHERE s.id BETWEEN 1 AND 1000 AND p.segment < 10 GROUP BY r.name, k.name "
	   "ORDER BY 3 DESC, 1, 2 LIMIT 10",
}


def planning(bench):
	"""The planner's own time in a warm session, by EXPLAIN without ANALYZE."""
	bench.sales()
	figures = []
	for count, sql in QUESTIONS.items():
		times, notes = {}, []
		bench.maria.execute(sql)
		expected = bench.maria.fetchall()
		with contextlib.ExitStack() as stack:
			sessions = [stack.enter_context(peer.session()) for peer in (*peers(bench), bench.sample) if peer]
			for session in sessions:
				notes.append(answer(bench, session, sql, expected)[1] or
							 f"{session.peer.name}: {nodes(session.explain(sql)[0])}")
			for _ in range(RUNS):
				for session in sessions:
					plan = session.rows(f"EXPLAIN (SUMMARY, FORMAT JSON) {sql}")[0][0][0]
					times.setdefault(session.peer.name, []).append(plan["Planning Time"])
		middle = median(times)
		figure = Figure(f"planning, {count} table{'s' if count > 1 else ''}", "ms", middle, samples=times)
		if "ours" in middle:
			figure.target, figure.met = f"< {PLANNING_TARGET}", middle["ours"] < PLANNING_TARGET
			notes.insert(0, f"{middle['local']:.2f} ms for PostgreSQL's own tables")
		figure.note = " | ".join(notes)
		figures.append(figure)
	return figures
