"""
What a plan says about a query: which foreign scans there are and what each one's remote statement does, which nodes are
left to PostgreSQL, and the reasons given for conditions that were not shipped.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from schema import DATABASE

# A part of a remote statement, and what tells it once names and literals are out of the way.
PARTS = (
	("where", r"\bWHERE\b"),
	("join", r"\bJOIN\b"),
	("group", r"\bGROUP BY\b|\b(?:SUM|COUNT|AVG|MIN|MAX)\("),
	("having", r"\bHAVING\b"),
	("distinct", r"\bSELECT DISTINCT\b|\(DISTINCT\b"),
	("order", r"\bORDER BY\b"),
	("limit", r"\bLIMIT\b"),
)
# Nodes that only serve the one above them.
PLUMBING = {"Hash", "Materialize", "Memoize", "Subquery Scan"}
AGGREGATES = {"Hashed": "HashAggregate", "Sorted": "GroupAggregate", "Plain": "Aggregate", "Mixed": "MixedAggregate"}
REMOTE_SQL = ("Remote SQL", "Remote query")


@dataclass
class Summary:
	scans: list = field(default_factory=list)     # (tables, parts) of each foreign scan
	local: list = field(default_factory=list)     # names of the nodes left, from the top
	kept: list = field(default_factory=list)      # (what was kept local, reason)
	remote_statements: int = 0                    # these two if the plan was run
	remote_rows: int = 0


def node_name(node):
	kind = node["Node Type"]
	if kind == "Aggregate":
		return AGGREGATES.get(node.get("Strategy"), kind)
	join = node.get("Join Type", "Inner")
	if join == "Inner":
		return kind
	return f"{kind} {join} Join" if kind == "Nested Loop" else kind.replace("Join", f"{join} Join")


def remote_parts(sql):
	"""(tables, parts) of a remote statement."""
	bare = re.sub(r"'(?:[^'\\]|''|\\.)*'", "''", sql)
	tables = re.findall(rf"`{DATABASE}`\.`(\w+)`(?!\.)", bare)
	words = re.sub(r"`[^`]*`", "``", bare)
	parts = [name for name, pattern in PARTS if re.search(pattern, words)]
	if len(tables) > 1 and "join" not in parts:
		parts.insert(0, "join")
	return tables, parts


def kept_reasons(node):
	"""Properties "Kept ..." that hold what was kept, each with its "... Reasons" beside it."""
	for name, value in node.items():
		if name.startswith("Kept ") and not name.endswith(" Reasons"):
			values = value if isinstance(value, list) else [value]
			reasons = node.get(f"{name} Reasons", [])
			for index, text in enumerate(values):
				yield text, reasons[index] if index < len(reasons) else ""


def walk(node, summary):
	relation = node.get("Parent Relationship")
	if relation in ("SubPlan", "InitPlan"):
		summary.local.append("CTE" if node.get("Subplan Name", "").startswith("CTE ") else relation)
	if node["Node Type"] == "Foreign Scan":
		sql = next((node[name] for name in REMOTE_SQL if name in node), "")
		tables, parts = remote_parts(sql)
		summary.scans.append((tables or [node.get("Relation Name", "?")], parts))
		summary.remote_statements += node.get("Remote Statements", 0)
		summary.remote_rows += node.get("Remote Rows", 0)
	elif node["Node Type"] not in PLUMBING:
		summary.local.append(node_name(node))
	summary.kept += kept_reasons(node)
	for child in node.get("Plans", []):
		walk(child, summary)


def summarise(explained):
	"""Of what EXPLAIN (VERBOSE, FORMAT JSON) gives."""
	summary = Summary()
	walk(explained["Plan"], summary)
	return summary


def counted(names):
	"""Each once, with how often it occurs if that is more."""
	return ", ".join(name if count == 1 else f"{count} × {name}" for name, count in Counter(names).items())


def scans_text(summary, quote=""):
	return counted(" + ".join(f"{quote}{table}{quote}" for table in tables) + (f" ({', '.join(parts)})" if parts else "")
				   for tables, parts in summary.scans)
