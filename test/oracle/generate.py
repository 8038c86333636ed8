"""Seeded generator of typed expressions and statements, weighted toward the allow-list entries pushed least so far."""

import random

import literals
from signatures import COMPARISONS, ORDERED, SIGNATURES, TYPES
from tree import BARE, Node, Statement

SHAPE_WEIGHTS = {
    'plain': 74,
    'star': 4,
    'whole': 4,
    'count': 4,
    'constant': 3,
    'group': 2,
    'limit': 2,
    'join': 3,
    'exists': 1,
    'correlated': 1,
    'once': 1,
    'union': 1,
}
COLLATIONS = ('"C"', '"C"', '"POSIX"', '"en-x-icu"', '"default"')
STABLE = {
    'date': ('current_date',),
    'ts': ('localtimestamp', "now()::timestamp"),
    'tstz': ('now()', 'current_timestamp', 'statement_timestamp()'),
}
OPERATORS = {(s.name, s.types): s for s in SIGNATURES if s.kind == 'operator' and len(s.args) == 2}
WIDER = {s.ret: s for s in SIGNATURES if s.kind == 'cast' and s.args == ('int2',) and s.ret in ('int4', 'int8')}
AS_NUMERIC = {s.args[0]: s for s in SIGNATURES if s.kind == 'cast' and s.ret == 'num' and s.name.endswith('->num')}
# Functions whose remote namesakes differ for few values: drawn more often where all are drawn alike.
SUBTLE = ('upper', 'lower', 'initcap', 'substr', 'substring', 'round')
BY_RESULT = {}
for _sig in SIGNATURES:
    BY_RESULT.setdefault(_sig.ret, []).append(_sig)
# Signs that nearly every type has, preferred where a value is turned into a condition.
WRAPPERS = ('=', '=', '=', '<>', '<', '<=', '>', '>=')


class Generator:
    def __init__(self, seed, coverage, anchor):
        self.rng = random.Random(seed)
        self.coverage = coverage
        self.anchor = anchor  # (table, sql expression, row number) -> text or None: a value the expression really takes
        self.table = None
        self.columns = {}
        self.reach = {}
        self.uniform = False  # draws from all signatures alike, whatever the allow-list needs
        self.drawn = {}

    # what a table offers -------------------------------------------------------------------------------------

    def use(self, table):
        """Takes a table's columns and works out how deep an expression of each type must be to contain one of them."""
        if self.table is table:
            return
        self.table = table
        self.columns = {}
        for column in table.columns:
            if column.tag:
                self.columns.setdefault(column.tag, []).append(column)
        if not hasattr(table, 'reach'):
            table.reach = {tag: 0 for tag in self.columns}
            changed = True
            while changed:
                changed = False
                for sig in SIGNATURES:
                    best = min((table.reach[t] for t in open_types(sig) if t in table.reach), default=None)
                    if best is not None and best + 1 < table.reach.get(sig.ret, 99):
                        table.reach[sig.ret] = best + 1
                        changed = True
        self.reach = table.reach

    def reachable(self, sig, depth):
        return any(self.reach.get(t, 99) <= depth for t in open_types(sig))

    # statements ----------------------------------------------------------------------------------------------

    def statement(self, tables, prepared):
        rng = self.rng
        table = rng.choices(tables, [1 if self.uniform and t.weight else t.weight for t in tables])[0]
        names = list(SHAPE_WEIGHTS)
        shape = rng.choices(names, [SHAPE_WEIGHTS[n] for n in names])[0]
        strict = table.variant == 'zero_error'
        if strict:
            shape = 'star'
        if not table.whole and shape in ('star', 'whole'):
            shape = 'plain'
        self.use(table)
        conjuncts = [self.conjunct(prepared) for _ in range(rng.choices((0, 1, 2, 3, 4), (1, 50, 32, 12, 5))[0])]
        used = {n.data for c in conjuncts for n in c.walk() if n.kind == 'col'}
        others = [c.name for c in table.columns if c.name not in used and c.name != 'id']
        columns = (
            ['id']
            + [n for n in sorted(used) if n != 'id' and rng.random() < 0.5]
            + rng.sample(others, min(len(others), rng.choice((0, 1, 1, 2, 4))))
        )
        statement = Statement(table, conjuncts, columns, shape, prepared=prepared, limit=rng.choice((1, 3, 50)))
        if shape in ('join', 'exists', 'correlated', 'once', 'union'):
            statement.other = rng.choices(tables, [t.weight for t in tables])[0]
            self.use(statement.other)
            statement.other_conjuncts = [self.conjunct(prepared) for _ in range(rng.choice((0, 1, 1, 2)))]
        return statement

    def conjunct(self, prepared):
        """One condition: usually around a signature or node that needs coverage, now and then negated or joined by OR."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.10:
            node = Node('or', 'bool', [self.simple(), self.simple()] + ([self.simple()] if rng.random() < 0.2 else []))
            if rng.random() < 0.3:
                node.args[0] = Node('and', 'bool', [node.args[0], self.simple()])
        elif roll < 0.14:
            node = Node('and', 'bool', [Node('or', 'bool', [self.simple(), self.simple()]), self.simple()])
        else:
            node = self.simple()
        if rng.random() < 0.10:
            node = Node('not', 'bool', [node])
        elif rng.random() < 0.04:
            node = Node(
                'booltest',
                'bool',
                [node],
                rng.choice(('IS TRUE', 'IS FALSE', 'IS UNKNOWN', 'IS NOT TRUE', 'IS NOT FALSE', 'IS NOT UNKNOWN')),
            )
        if prepared:
            for leaf in node.walk():
                if leaf.kind == 'lit' and not leaf.fixed and leaf.type not in ('json', BARE) and rng.random() < 0.75:
                    leaf.param = True
        return node

    def simple(self):
        """A condition with a target: the least pushed of a few candidates."""
        rng = self.rng
        depth = rng.choices((0, 1, 2), (50, 35, 15))[0]
        if rng.random() < 0.02:
            return self.lossy_equality()
        if rng.random() < 0.1:
            # What is asked most: the only kind of condition that statistics of a file decide.
            column = rng.choice([c for c in self.table.columns if c.tag in ORDERED] or [None])
            if column is not None:
                return self.condition(Node('col', column.tag, [], column.name), 0)
        if rng.random() < 0.22:
            return self.node_condition(depth)
        candidates = [s for s in rng.choices(SIGNATURES, [s.weight for s in SIGNATURES], k=12) if self.reachable(s, 0)]
        wanted = self.coverage.wanted
        if self.uniform and candidates:
            # What no rule pushes needs a broken one: half of the draws are for that.
            unlisted = [s for s in candidates if s not in self.coverage.listed]
            candidates = unlisted if unlisted and rng.random() < 0.5 else candidates
            candidates = [min(candidates, key=lambda s: self.drawn.get(s, 0))]
            self.drawn[candidates[0]] = self.drawn.get(candidates[0], 0) + (0.1 if candidates[0].name in SUBTLE else 1)
        elif wanted and rng.random() < 0.75:
            listed = [s for s in wanted if self.reachable(s, 0)]
            if listed:
                candidates = rng.choices(listed, k=min(len(listed), 25))
        if not candidates:
            return self.node_condition(depth)
        sig = min(candidates, key=lambda s: (self.coverage.count_of(s), rng.random()))
        node = self.call(sig, depth)
        return node if sig.ret == 'bool' else self.condition(node, depth)

    # expressions ---------------------------------------------------------------------------------------------

    def call(self, sig, depth):
        """A call whose arguments hold at least one column."""
        rng = self.rng
        slots = [n for n, a in enumerate(sig.args) if not special(a).isupper()]
        reachable = [n for n in slots if self.reach.get(sig.types[n], 99) <= max(depth, 0)] or [
            n for n in slots if sig.types[n] in self.reach
        ]
        fixed = rng.choice(reachable) if reachable else None
        # What is pushed with constants only gets them as such, and of the kind that is pushed, half of the time.
        plain = sig in self.coverage.listed and rng.random() < 0.5
        args = []
        for n, arg in enumerate(sig.args):
            tag, pool = sig.types[n], special(arg)
            if pool == 'PATTERN' and tag == 'text' and args[:1] and args[0].tag in ('text', 'bpchar'):
                args.append(self.pattern(args[0]))
            elif pool.isupper():
                args.append(self.literal(tag, pool))
                args[-1].fixed = plain
                if sig.name == 'extract':
                    args[-1].type = BARE
            elif n == fixed and plain and sig.narrows and ('k2' in {c.name for c in self.table.columns}):
                # A cast to a narrower integer is pushed only where the value must fit.
                small = Node('col', 'int2', [], 'k2')
                args.append(small if tag == 'int2' else Node('call', tag, [small], WIDER[tag]))
            elif n == fixed:
                args.append(self.expression(tag, depth, True))
            elif pool and plain and n > 0:
                args.append(self.literal(tag, pool))
                args[-1].fixed = True
                # A broken rule may push what is not positive.
                if pool in literals.POSITIVE and not self.uniform and args[-1].data.startswith(('-', '0')):
                    args[-1].data = '2'
            elif pool:
                args.append(self.literal(tag, pool) if rng.random() < 0.75 else self.expression(tag, depth - 1, False))
            else:
                args.append(self.expression(tag, depth - 1, False))
        return Node('call', sig.ret, args, sig)

    def expression(self, tag, depth, column):
        """Any expression of a type: a column, a literal unless a column is asked for, or something composed."""
        rng = self.rng
        have = self.columns.get(tag)
        compose = depth > 0 and rng.random() < 0.55 or column and not have
        if compose:
            node = self.composed(tag, depth, column)
            if node is not None:
                return node
        if have and (column or rng.random() < 0.5):
            chosen = rng.choice(have)
            node = Node('col', tag, [], chosen.name)
            if tag == 'text' and rng.random() < 0.12:
                node = Node('collate', tag, [node], rng.choice(COLLATIONS))
            return node
        if tag in STABLE and rng.random() < 0.06:
            return Node('raw', tag, [], rng.choice(STABLE[tag]))
        return self.literal(tag)

    def composed(self, tag, depth, column):
        rng = self.rng
        if self.columns.get(tag) and tag not in ('json',) and rng.random() < 0.25:
            return self.node_value(tag, depth)
        options = [
            s
            for s in BY_RESULT.get(tag, ())
            if self.reachable(s, max(depth - 1, 0) if not column else max(depth, self.reach.get(tag, 99)) - 1)
        ]
        if not options:
            return None
        some = rng.choices(options, [s.weight for s in options], k=4)
        listed = [s for s in some if s in self.coverage.listed]
        return self.call(min(listed or some, key=lambda s: (self.coverage.count_of(s), rng.random())), depth - 1)

    def node_value(self, tag, depth):
        """CASE, COALESCE, NULLIF, GREATEST or LEAST of a type that has columns here."""
        rng = self.rng
        kinds = ['case', 'switch', 'coalesce', 'nullif']
        if tag in ORDERED:
            kinds += ['greatest', 'least']
        kind = min(rng.choices(kinds, k=2), key=lambda k: self.coverage.node_count(k))
        sub = depth - 1
        if kind == 'case':
            args = [self.simple_bool(sub), self.expression(tag, sub, True)]
            if rng.random() < 0.3:
                args += [self.simple_bool(sub), self.expression(tag, sub, False)]
            if rng.random() < 0.7:
                args.append(self.expression(tag, sub, False))
        elif kind == 'switch':
            key = rng.choice([t for t in self.columns if t in ORDERED and t not in ('jsonb', 'enum')])
            args = [
                self.expression(key, sub, True),
                self.literal(key),
                self.expression(tag, sub, True),
                self.literal(key),
                self.expression(tag, sub, False),
                self.expression(tag, sub, False),
            ]
        elif kind == 'nullif':
            args = [self.expression(tag, sub, True), self.expression(tag, sub, False)]
            if ('=', (tag, tag)) not in OPERATORS:
                kind = 'coalesce'
        else:
            args = [self.expression(tag, sub, True)] + [
                self.expression(tag, sub, False) for _ in range(rng.choice((1, 1, 2)))
            ]
            rng.shuffle(args)
        return Node(kind, tag, args)

    def simple_bool(self, depth):
        sigs = [s for s in BY_RESULT['bool'] if self.reachable(s, 0)]
        return self.call(self.rng.choices(sigs, [s.weight for s in sigs])[0], min(depth, 0))

    # conditions ----------------------------------------------------------------------------------------------

    def condition(self, node, depth):
        """Turns a value into a condition, mostly against a value it really takes."""
        rng = self.rng
        tag = node.tag
        roll = rng.random()
        if tag not in ORDERED and tag != 'nd':
            return Node('isnull', 'bool', [node], rng.choice(('IS NULL', 'IS NOT NULL')))
        if roll < 0.62:
            sig = OPERATORS[(rng.choice(WRAPPERS), (tag, tag))]
            return Node(
                'call',
                'bool',
                [node, self.against(node) if rng.random() < 0.75 else self.expression(tag, depth - 1, False)],
                sig,
            )
        if roll < 0.72:
            sign = rng.choice(('IN', 'IN', 'NOT IN'))
            middle = self.literal(tag)
            if sign == 'NOT IN' and rng.random() < 0.15:  # no row is left
                middle = Node('lit', tag, [], None, self.type_of(tag, None))
            return Node('in', 'bool', [node, self.against(node), middle, self.against(node)], sign)
        if roll < 0.80:
            return Node(
                'between',
                'bool',
                [node, self.against(node), self.against(node)],
                rng.choice(('BETWEEN', 'NOT BETWEEN', 'BETWEEN SYMMETRIC')),
            )
        if roll < 0.88:
            return Node(
                'distinct', 'bool', [node, self.against(node)], rng.choice(('IS DISTINCT FROM', 'IS NOT DISTINCT FROM'))
            )
        if roll < 0.94 and tag in ('text', 'bpchar'):
            sig = OPERATORS[(rng.choice(('~~', '!~~')), (tag, 'text'))]
            return Node('call', 'bool', [node, self.pattern(node)], sig)
        return Node('isnull', 'bool', [node], rng.choice(('IS NULL', 'IS NOT NULL')))

    def node_condition(self, depth):
        """Conditions that are no operator call: IN, ANY, row comparison, IS NULL, DISTINCT, boolean tests, CASE."""
        rng = self.rng
        tags = [t for t in self.columns if t in ORDERED]
        if self.table.variant.startswith('zero') and rng.random() < 0.4:
            return self.zero_condition()
        tag = rng.choice(tags)
        kind = min(
            rng.choices(
                ('in', 'any', 'row', 'isnull', 'distinct', 'booltest', 'value', 'between', 'bool', 'bare'), k=3
            ),
            key=lambda k: (self.coverage.node_count(k), rng.random()),
        )
        if kind == 'row':
            size = rng.choice((2, 2, 3))
            chosen = [rng.choice(tags) for _ in range(size)]
            left = [self.expression(t, 0, True) for t in chosen]
            right = [self.against(n) if rng.random() < 0.6 else self.expression(n.tag, 0, False) for n in left]
            return Node('row', 'bool', left + right, rng.choice(COMPARISONS))
        if kind in ('booltest', 'bool'):
            node = self.simple_bool(depth)
            if kind == 'bool':
                return Node(
                    'call',
                    'bool',
                    [node, self.simple_bool(0)],
                    OPERATORS[(rng.choice(('=', '<>', '<', '>=')), ('bool', 'bool'))],
                )
            return Node(
                'booltest',
                'bool',
                [node],
                rng.choice(('IS TRUE', 'IS FALSE', 'IS UNKNOWN', 'IS NOT TRUE', 'IS NOT FALSE', 'IS NOT UNKNOWN')),
            )
        if kind == 'bare':
            return (
                self.expression('bool', depth, True)
                if self.columns.get('bool')
                else self.node_value_condition(tag, depth)
            )
        if kind == 'value':
            return self.node_value_condition(tag, depth)
        node = self.expression(tag, depth, True)
        if kind == 'isnull':
            return Node('isnull', 'bool', [node], rng.choice(('IS NULL', 'IS NOT NULL')))
        if kind == 'distinct':
            return Node(
                'distinct',
                'bool',
                [node, self.against(node) if rng.random() < 0.6 else self.expression(tag, 0, False)],
                rng.choice(('IS DISTINCT FROM', 'IS NOT DISTINCT FROM')),
            )
        if kind == 'between':
            return Node(
                'between',
                'bool',
                [node, self.against(node), self.against(node)],
                rng.choice(('BETWEEN', 'NOT BETWEEN', 'BETWEEN SYMMETRIC')),
            )
        if kind == 'any' and tag not in ('enum', 'bit'):
            sign = rng.choice(('=', '=', '=', '<>', '<', '>='))
            return Node('any', 'bool', [node, self.array(node)], (sign, rng.choice(('ANY', 'ANY', 'ALL'))))
        items = [
            self.against(node) if rng.random() < 0.6 else self.expression(tag, 0, False)
            for _ in range(rng.choice((1, 2, 3, 5)))
        ]
        signs = ('IN', 'IN', 'NOT IN')
        if rng.random() < 0.15:
            # Where rows remain without it.
            items.append(Node('lit', tag, [], None, self.type_of(tag, None)))
            signs = ('IN', 'NOT IN', 'NOT IN')
        if rng.random() < 0.03:
            items += [Node('lit', tag, [], t, self.type_of(tag, t), fixed=True) for t in literals.many(rng, tag)]
        return Node('in', 'bool', [node] + items, rng.choice(signs))

    def zero_condition(self):
        """A test of one column that holds zero dates: what a zero date is must be seen by every kind of test."""
        rng = self.rng
        column = rng.choice([c for c in self.table.columns if self.table.source.column(c.name).zero])
        node = Node('col', column.tag, [], column.name)
        kind = rng.choice(('isnull', 'isnull', 'distinct', 'in', 'between'))
        if kind == 'isnull':
            return Node('isnull', 'bool', [node], rng.choice(('IS NULL', 'IS NOT NULL')))
        if kind == 'distinct':
            return Node(
                'distinct', 'bool', [node, self.against(node)], rng.choice(('IS DISTINCT FROM', 'IS NOT DISTINCT FROM'))
            )
        items = [self.against(node), self.against(node)]
        return Node(
            kind, 'bool', [node] + items, rng.choice(('IN', 'NOT IN') if kind == 'in' else ('BETWEEN', 'NOT BETWEEN'))
        )

    def lossy_equality(self):
        """A column against a value that its type cannot hold: a server that turns it into the column's type finds another."""
        rng = self.rng
        tags = [t for t in ('int2', 'int4', 'int8', 'bpchar', *literals.FINER) if t in self.columns]
        chosen = rng.choice(self.columns[rng.choice(tags)])
        node = Node('col', chosen.tag, [], chosen.name)
        if chosen.tag in AS_NUMERIC and chosen.tag.startswith('int'):
            node = Node('call', 'num', [node], AS_NUMERIC[chosen.tag])
        items = []
        for _ in range(rng.choice((1, 1, 2, 3))):
            text = self.anchor(self.table, node, rng.randrange(1, self.table.size + 1))
            text = literals.draw(rng, node.tag, '') if text is None else literals.finer(rng, node.tag, text)
            items.append(Node('lit', node.tag, [], text, self.type_of(node.tag, text)))
        if len(items) == 1:
            return Node('call', 'bool', [node, items[0]], OPERATORS[('=', (node.tag, node.tag))])
        return Node('in', 'bool', [node, *items], 'IN')

    def node_value_condition(self, tag, depth):
        return self.condition(self.node_value(tag, depth + 1), depth)

    # literals ------------------------------------------------------------------------------------------------

    def type_of(self, tag, text):
        if tag == 'bit':
            return f'bit({max(1, len(text or "0"))})'
        if tag == 'enum':
            return self.table.enum_type
        return {
            'bpchar': 'bpchar',
            'nd': 'text',
            'num': 'numeric',
            'f4': 'real',
            'f8': 'double precision',
            'iv': 'interval',
            'ts': 'timestamp',
            'tstz': 'timestamptz',
            'time': 'time',
        }.get(tag, TYPES[tag])

    def literal(self, tag, pool=''):
        text = literals.draw(self.rng, tag, pool)
        if not pool and self.rng.random() < 0.015:
            text = None
        return Node('lit', tag, [], text, self.type_of(tag, text))

    def against(self, node):
        """A literal that the expression really equals in some row; else one from the pools."""
        if self.rng.random() < 0.75 and not any(n.kind == 'raw' for n in node.walk()):
            text = self.anchor(self.table, node, self.rng.randrange(1, self.table.size + 1))
            if text is not None and node.tag in ('text', 'bpchar', 'nd') and self.rng.random() < 0.35:
                text = literals.near(self.rng, node.tag, text)
            elif text is not None and node.tag in literals.FINER and self.rng.random() < 0.15:
                text = literals.finer(self.rng, node.tag, text)
            if text is not None:
                return Node('lit', node.tag, [], text, self.type_of(node.tag, text))
        return self.literal(node.tag)

    def pattern(self, node):
        """A LIKE pattern made of a value that the expression takes, perhaps in another case."""
        text = None
        if node.has_column() and self.rng.random() < 0.6:
            # What must be escaped is rare among values.
            if self.rng.random() < 0.3 and not any(n.kind == 'raw' for n in node.walk()):
                text = self.anchor(self.table, node, self.rng.randrange(1, self.table.size + 1), r'[%_\\]')
            else:
                text = self.against(node).data
        if text is None:
            return self.literal('text', 'PATTERN')
        # One in ten ends in the escape character, an error where the rest matches and characters are left.
        if self.rng.random() < 0.1:
            return Node('lit', 'text', [], literals.unfinished(self.rng, text), 'text')
        return Node('lit', 'text', [], literals.pattern(self.rng, text), 'text')

    def array(self, node):
        rng = self.rng
        kind = self.type_of(node.tag, None) + '[]'
        if rng.random() < 0.03:
            return Node('lit', 'array', [], None, kind)
        texts = [self.against(node).data for _ in range(rng.choice((0, 1, 2, 3, 6)))]
        if rng.random() < 0.04:
            texts += literals.many(rng, node.tag)
        if rng.random() < 0.12:
            texts.append(None)
        items = [
            'NULL' if t is None else '"' + t.replace('\\', '\\\\').replace('"', '\\"') + '"' for t in texts
        ]
        if items and rng.random() < 0.05:
            half = len(items) // 2 or 1
            items = ['{' + ','.join(part) + '}' for part in (items[:half], items[half : half * 2]) if part]
        return Node('lit', 'array', [], '{' + ','.join(items) + '}', kind)


def special(arg):
    return arg.partition(':')[2]


def open_types(sig):
    """Argument types that may hold a column."""
    return [t for t, a in zip(sig.types, sig.args) if not special(a).isupper()]
