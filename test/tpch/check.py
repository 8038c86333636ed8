"""
Equality: every query over PostgreSQL's own tables, over fabric_mysql as it is and over fabric_mysql that ships nothing,
each also as a generic plan run twice, must give the same rows in the same order.
"""

import load
import psycopg2
import queries

TIMEOUT = 120    # seconds of one statement
GENERIC_RUNS = 2


class Check:
	"""One run's comparisons, counted."""

	def __init__(self, postgres, tell):
		self.postgres, self.tell = postgres, tell
		self.passed, self.failures = 0, []

	def judge(self, what, problem):
		if problem:
			self.failures.append(f"{what}: {problem}")
			print(f"FAILED {what}: {problem}", flush=True)
		else:
			self.passed += 1

	def columns(self, schema):
		self.judge(f"columns of {schema}", "; ".join(load.column_differences(self.postgres, schema)))

	def expected(self, query):
		"""The local answer, which must be worth comparing with."""
		with queries.Session(self.postgres, load.LOCAL, TIMEOUT) as session:
			answer = session.run(query.text)
			self.judge(f"{query.name} is not trivial", trivial(answer))
			if query.limit:
				everything = session.run(query.without_limit())
				self.judge(f"{query.name} has a clear limit", cut_tie(query, everything))
			for number, generic in enumerate(session.run_prepared(query, GENERIC_RUNS), 1):
				self.judge(f"{query.name} local, generic plan, run {number}", queries.difference(query, answer, generic))
		return answer

	def leg(self, query, expected, schema, text):
		"""The seconds that it took."""
		seconds = 0
		with queries.Session(self.postgres, schema, TIMEOUT) as session:
			try:
				answer = session.run(text)
				seconds += answer.seconds
				self.judge(f"{query.name} {schema}", queries.difference(query, expected, answer))
				if text is not query.text:
					return seconds
				for number, answer in enumerate(session.run_prepared(query, GENERIC_RUNS), 1):
					seconds += answer.seconds
					self.judge(f"{query.name} {schema}, generic plan, run {number}",
							   queries.difference(query, expected, answer))
			except psycopg2.Error as error:
				self.judge(f"{query.name} {schema}", str(error).strip())
		return seconds

	def query(self, query, kept):
		expected = self.expected(query)
		legs = {load.SHIPPED: query.text} | ({load.KEPT: query.kept} if kept else {})
		took = [f"{schema.removeprefix('tpch_')} {self.leg(query, expected, schema, text):.1f} s"
				for schema, text in legs.items()]
		self.tell(f"{query.name}: {len(expected.rows)} rows; {', '.join(took)}")


def trivial(answer):
	if not answer.rows:
		return "no rows"
	if all(value is None or value.strip("0.") == "" for row in answer.rows for value in row):
		return f"nothing but {answer.rows[0]}"
	return None


def cut_tie(query, everything):
	"""Rows before and behind the limit that the ORDER BY leaves equal: any of them would be right."""
	rows, limit = everything.rows, query.limit
	if len(rows) > limit and all(rows[limit - 1][position] == rows[limit][position] for position in query.order):
		return f"the limit of {limit} rows cuts through rows of one key: other parameters or another seed are needed"
	return None
