"""Which kinds of relation statements were generated and which of them really pushed, read from the plan of leg (a)."""

import fnmatch
import itertools
import re
from collections import Counter

from relations import everything

JOINS = ('none', 'inner', 'left', 'right', 'full', 'semi', 'anti', 'lookup')
GROUPINGS = ('none', 'group', 'aggregate', 'distinct')
ORDERS = ('none', 'order')
LIMITS = ('none', 'limit', 'offset')
KINDS = [
    kind for kind in itertools.product(JOINS, GROUPINGS, ORDERS, LIMITS) if kind != ('none', 'none', 'none', 'none')
]

# What the wrapper under test can push, as patterns over 'join/grouping/order/limit': 'inner/*/none/none'. The one place that
# says so: --relation-minimum asks for these.
PUSHABLE = (
    *(f'{join}/*/*/*' for join in ('none', 'inner', 'left', 'right', 'semi', 'anti')),
    'lookup/none/none/none',
)
# Entries of fabric.pushdown_rules that concern whole relations.
NODES_OF_RELATIONS = (
    'JOIN',
    'LEFT JOIN',
    'SEMI JOIN',
    'ANTI JOIN',
    'FULL JOIN',
    'LOOKUP JOIN',
    'GROUP BY',
    'GROUPING SETS',
    'DISTINCT',
    'WINDOW',
    'DISTINCT ON',
    'FLOAT AGGREGATE',
    'ORDER BY',
    'LIMIT',
    'WITH TIES',
    'UNION',
    'INTERSECT',
    'EXCEPT',
)

WEIGHTS = {'none': 1.2, 'inner': 1.3, 'left': 1.2, 'right': 0.6, 'full': 0.5, 'semi': 1.0, 'anti': 1.0, 'lookup': 1.0}

LOCAL_JOINS = ('Nested Loop', 'Hash Join', 'Merge Join')
AGGREGATES = r'\b(COUNT|SUM|MIN|MAX|AVG|STD\w*|VAR\w*|BIT_\w+|GROUP_CONCAT|JSON_ARRAYAGG)\s*\('
# (part of a kind) -> what the remote statement must have, and the local nodes that there must not be
SIGNS = {
    # the planner makes of an outer join another one where a condition allows it: that one was not pushed as such
    'inner': (r'\bJOIN\b|\bFROM [^()]*?, `', LOCAL_JOINS),
    'left': (r'\bLEFT (OUTER )?JOIN\b', LOCAL_JOINS),
    'right': (r'\b(LEFT|RIGHT) (OUTER )?JOIN\b', LOCAL_JOINS),
    'full': (r'\bFULL (OUTER )?JOIN\b', LOCAL_JOINS),
    'semi': (r'\bEXISTS\b|\bIN \(\s*SELECT\b|\bSEMI JOIN\b|\bJOIN\b', LOCAL_JOINS),
    'anti': (r'\bNOT \(*EXISTS\b|\bNOT IN \(\s*SELECT\b|\bLEFT (OUTER )?JOIN\b', LOCAL_JOINS),
    'group': (r'\bGROUP BY\b', ('Aggregate', 'Group')),
    'aggregate': (AGGREGATES, ('Aggregate', 'Group')),
    'distinct': (r'\bDISTINCT\b|\bGROUP BY\b', ('Aggregate', 'Group', 'Unique')),
    'order': (r'\bORDER BY\b', ('Sort', 'Incremental Sort')),
    'setop': (r'\b(UNION|INTERSECT|EXCEPT)\b', ('SetOp', 'Append')),
    'limit': (r'\bLIMIT\b|\bOFFSET\b|\bFETCH\b', ('Limit',)),
}


def nodes_of(plan):
    yield plan
    for child in plan.get('Plans', ()):
        yield from nodes_of(child)


def remote_statements(node):
    """What a node sends, by the names that wrappers give it in EXPLAIN."""
    return [node[name] for name in ('Remote SQL', 'Remote query') if name in node]


def parts_of(kind):
    """What has to be pushed for a kind to be pushed."""
    join, grouping, order, limit = kind
    return {join, grouping, order, 'limit' if limit == 'offset' else limit} - {'none'}


def pushed_parts(plan):
    """The parts that the remote statements do and no local node does."""
    nodes = list(nodes_of(plan))
    local = {n['Node Type'] for n in nodes}
    remote = [re.sub(r"'(?:[^'\\]|''|\\.)*'", "''", text) for n in nodes for text in remote_statements(n)]
    found = {
        part
        for part, (sign, unwanted) in SIGNS.items()
        if not local & set(unwanted) and any(re.search(sign, text, re.IGNORECASE) for text in remote)
    }
    # keys of local rows sent along, by a node of the wrapper's own
    if any(n.get('Custom Plan Provider') == 'FabricLookupJoin' for n in nodes):
        found.add('lookup')
    return found


def label(node):
    """An aggregate as the list of pushed ones names it."""
    agg = node.data
    inner = ', '.join(a.tag or '?' for a in node.args) or '*'
    return f'{agg.name}({"DISTINCT " * agg.distinct}{inner}{" ORDER BY" * bool(agg.order)}){" FILTER" * (agg.condition is not None)}'


class RelationCoverage:
    def __init__(self):
        self.generated, self.pushed, self.features, self.features_pushed = Counter(), Counter(), Counter(), Counter()
        self.aggregates, self.aggregates_pushed = Counter(), Counter()
        self.wanted = [k for k in KINDS if any(fnmatch.fnmatch('/'.join(k), p) for p in PUSHABLE)]
        self.asked = set(self.wanted)

    def pick(self, rng):
        """A kind: of a few the one that was pushed least so far. Those that cannot be pushed are computed here: now and then."""
        if rng.random() < 0.12:  # one kind for all that is looked up, which has rules of its own
            return ('lookup', 'none', 'none', 'none')
        pool = self.wanted if self.wanted and rng.random() < 0.6 else KINDS
        few = rng.choices(pool, [WEIGHTS[k[0]] for k in pool], k=12)
        return min(few, key=lambda k: (self.pushed[k] + self.generated[k] // (60 if k in self.asked else 2), rng.random()))

    def is_hard(self, kind):
        """Whether so little of a kind was pushed that plainer statements are wanted."""
        return self.generated[kind] >= 8 and self.pushed[kind] * 3 < self.generated[kind]

    def record(self, relation, plan):
        """plan is None when there is no plan to read."""
        parts = pushed_parts(plan) if plan else set()
        wanted = parts_of(relation.kind)
        if relation.features:
            for feature in relation.features:
                self.features[feature] += 1
                self.features_pushed[feature] += 'setop' in parts if feature == 'setop' else bool(parts - {'lookup'})
        else:
            self.generated[relation.kind] += 1
            self.pushed[relation.kind] += bool(wanted) and wanted <= parts
        called = [label(n) for n in everything(relation.query.items) if n.kind == 'agg']
        self.aggregates.update(called)
        if parts & {'group', 'aggregate'}:
            self.aggregates_pushed.update(called)

    def below(self, minimum):
        return [('/'.join(k), self.pushed[k]) for k in self.wanted if self.pushed[k] < minimum]

    def table(self):
        columns = list(itertools.product(ORDERS, LIMITS))
        heads = ['+'.join(p for p in c if p != 'none') or 'plain' for c in columns]
        lines = ['relation kinds: pushed/generated', f'{"":18}' + ''.join(f'{h:>14}' for h in heads)]
        for join, grouping in itertools.product(JOINS, GROUPINGS):
            cells = ''
            for order, limit in columns:
                kind = (join, grouping, order, limit)
                cells += f'{f"{self.pushed[kind]}/{self.generated[kind]}":>14}'
            lines.append(f'{join + " " + grouping:18}{cells}')
        lines.append(
            'with something of: '
            + ', '.join(f'{f} {self.features_pushed[f]}/{n}' for f, n in sorted(self.features.items()))
        )
        lines.append(f'aggregates pushed, of {len(self.aggregates)} generated:')
        lines += [f'{n:6}  {name}' for name, n in sorted(self.aggregates_pushed.items())]
        return '\n'.join(lines)
