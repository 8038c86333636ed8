"""Counts which entries of the allow-list were really pushed, knowing what the planner folds or rewrites first."""

from generate import OPERATORS
from signatures import NODES, SIGNATURES
from tree import NEGATED

NODE_OF_KIND = {
    'and': 'AND',
    'or': 'OR',
    'not': 'NOT',
    'case': 'CASE',
    'switch': 'CASE',
    'coalesce': 'COALESCE',
    'nullif': 'NULLIF',
    'greatest': 'GREATEST',
    'least': 'LEAST',
    'in': 'IN',
    'row': 'ROW comparison',
    'isnull': 'IS NULL',
    'distinct': 'IS DISTINCT FROM',
    'booltest': 'BOOLEAN TEST',
    'collate': 'COLLATE',
}


class Coverage:
    def __init__(self, resolved, allow_list):
        self.resolved = resolved  # signature -> names of what it calls
        self.pushed = {}  # name -> how often pushed
        self.kept = {}  # name -> how often in a statement that kept something local
        self.tried = {}  # name -> how often executed at all
        self.answered = {}  # name -> how often the local copy gave rows and no error
        self.allowed = None if allow_list is None else {entry_name(row) for row in allow_list if row[3]}
        self.listed = (
            set(SIGNATURES)
            if self.allowed is None
            else {s for s in SIGNATURES if any(n in self.allowed for n in resolved[s])}
        )
        self.wanted = []
        self.refresh()

    def unproducible(self):
        """Entries of the allow-list that the generator has no template for."""
        if self.allowed is None:
            return []
        known = {n for names in self.resolved.values() for n in names} | {plain(n) for n in NODES}
        return sorted(n for n in self.allowed if n not in known and plain(n) not in known)

    def count_of(self, sig):
        return min((self.pushed.get(n, 0) + self.kept.get(n, 0) // 20 for n in self.resolved[sig]), default=0)

    def node_count(self, kind):
        return self.pushed.get(NODE_OF_KIND.get(kind, ''), 0)

    def refresh(self):
        """The listed signatures pushed least: the lower quarter."""
        ranked = sorted(self.listed, key=lambda s: (self.count_of(s), s.name, s.args))
        self.wanted = ranked[: max(1, len(ranked) // 4)] if self.allowed is not None else []

    def record(self, conjuncts, generic, pushed):
        target = self.pushed if pushed else self.kept
        for conjunct in conjuncts:
            if any(n.kind == 'lit' and n.data is None and not (n.param and generic) for n in conjunct.walk()):
                continue  # a NULL constant folds what is around it
            for name in self.entries(conjunct, False, generic):
                target[name] = target.get(name, 0) + 1

    def record_outcome(self, conjuncts, generic, answered):
        for conjunct in conjuncts:
            for name in set(self.entries(conjunct, False, generic)):
                self.tried[name] = self.tried.get(name, 0) + 1
                self.answered[name] = self.answered.get(name, 0) + answered

    def operator(self, sign, left, right):
        sig = OPERATORS.get((sign, (left, right)))
        return self.resolved[sig] if sig else []

    def entries(self, node, negated, generic):
        """Names in a tree after constant folding and after NOT has been moved inward."""
        if not any(n.kind in ('col', 'raw') or generic and n.kind == 'lit' and n.param for n in node.walk()):
            return
        kind, args = node.kind, node.args
        if kind == 'col':
            return
        if kind == 'lit':
            yield 'param'
            return
        if kind == 'raw':
            yield 'now()'
            return
        if kind == 'not':
            child = args[0]
            movable = (
                child.kind in ('and', 'or', 'not', 'in', 'any', 'isnull', 'booltest')
                or child.kind == 'call'
                and child.data.name in NEGATED
            )
            if not movable:
                yield 'NOT'
            yield from self.entries(child, movable and not negated, generic)
            return
        if kind in ('and', 'or'):
            yield NODE_OF_KIND[{'and': 'or', 'or': 'and'}[kind] if negated else kind]
            for arg in args:
                yield from self.entries(arg, negated, generic)
            return
        yield from self.own_names(node, negated, generic)
        for arg in args:
            yield from self.entries(arg, False, generic)

    def own_names(self, node, negated, generic):
        kind, args = node.kind, node.args
        if kind == 'call':
            sig = node.data
            if (
                sig.args == ('bool', 'bool')
                and sig.name in ('=', '<>')
                and any(a.kind == 'lit' and not (a.param and generic) for a in args)
            ):
                return  # x = true becomes x
            if negated and sig.name in NEGATED and (NEGATED[sig.name], sig.types) in OPERATORS:
                sig = OPERATORS[(NEGATED[sig.name], sig.types)]
            yield from self.resolved[sig]
        elif kind == 'any':
            yield 'ANY(array)' if (node.data[1] == 'ANY') != negated else 'ALL(array)'
            sign = NEGATED[node.data[0]] if negated else node.data[0]
            yield from self.operator(sign, args[0].tag, args[0].tag)
        elif kind == 'in':
            constant = [a for a in args[1:] if a.kind == 'lit']
            sign = '=' if (node.data == 'IN') != negated else '<>'
            if len(constant) > 1:
                yield 'IN'
            yield from self.operator(sign, args[0].tag, args[0].tag)
        elif kind == 'between':
            for sign in ('>=', '<='):
                yield from self.operator(sign, args[0].tag, args[0].tag)
        elif kind == 'row':
            half = len(args) // 2
            if node.data not in ('=', '<>'):
                yield 'ROW comparison'
            for left, right in zip(args[:half], args[half:]):
                yield from self.operator(node.data, left.tag, right.tag)
        else:
            yield NODE_OF_KIND.get(kind, kind)
            if kind in ('distinct', 'nullif', 'switch'):
                yield from self.operator('=', args[0].tag, args[0].tag)

    # reports -------------------------------------------------------------------------------------------------

    def names(self):
        if self.allowed is not None:
            return sorted(self.allowed)
        return sorted(set(self.pushed))

    def below(self, minimum):
        return [(n, self.total(n)) for n in self.names() if self.total(n) < minimum]

    def total(self, name):
        """How often an entry was pushed; what always ends in an error has not been exercised."""
        if self.tried.get(name) and not self.answered.get(name):
            return 0
        return self.pushed.get(name, self.pushed.get(plain_names().get(plain(name), ''), 0))

    def only_errors(self, least=10):
        """What was tried and never gave an answer."""
        return sorted((n, c) for n, c in self.tried.items() if c >= least and not self.answered.get(n))

    def table(self):
        lines = ['pushed  entry']
        for name in self.names():
            lines.append(f'{self.total(name):6}  {name}')
        return '\n'.join(lines)


def entry_name(row):
    function, operator, node, _ = row
    return function or operator or node


def plain(name):
    return ''.join(c for c in name.lower() if c.isalnum())


def plain_names():
    return {plain(n): n for n in NODES}
