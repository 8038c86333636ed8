"""Expression trees and statements: typed nodes that print themselves as SQL with literals inline or as parameters."""

from dataclasses import dataclass, field, replace

from load import local_name, quote

BARE = ''  # type of a literal that the grammar wants without a cast: the field of EXTRACT

NEGATED = {'=': '<>', '<>': '=', '<': '>=', '>=': '<', '>': '<=', '<=': '>', '~~': '!~~', '!~~': '~~'}


@dataclass
class Node:
    """kind decides what data means: a column name, a literal's text, a signature, a keyword."""

    kind: str
    tag: str
    args: list = field(default_factory=list)
    data: object = None
    type: str = None  # printed type of a literal
    param: bool = False  # a literal that becomes a parameter in a prepared statement
    fixed: bool = False  # a literal that never does

    def walk(self):
        yield self
        for arg in self.args:
            yield from arg.walk()

    def has_column(self):
        return any(n.kind == 'col' for n in self.walk())

    def copy(self):
        return replace(self, args=[a.copy() for a in self.args])

    def size(self):
        return sum(1 for _ in self.walk())


class Printer:
    """Collects parameters while printing."""

    def __init__(self, prepared=False, alias='r', enum_type=None):
        self.prepared = prepared
        self.alias = alias
        self.enum_type = enum_type or {}
        self.params = []

    def literal(self, node):
        if self.prepared and node.param:
            self.params.append(node)
            return f'${len(self.params)}'
        return literal_sql(node)

    def sql(self, node):
        kind, args = node.kind, node.args
        if kind == 'col':
            return f'{self.alias}.{local_name(node.data)}'
        if kind == 'lit':
            return self.literal(node)
        if kind == 'raw':
            return node.data
        if kind == 'row':
            half = len(args) // 2
            parts = [self.sql(a) for a in args]
            return f'((ROW({", ".join(parts[:half])})) {node.data} (ROW({", ".join(parts[half:])})))'
        parts = [self.sql(a) for a in args]
        return COMPOSERS[kind](node, parts)


def literal_sql(node):
    if node.type == BARE:
        return quote(node.data)
    return ('NULL' if node.data is None else quote(node.data)) + '::' + node.type


def searched_case(node, parts):
    pairs = ''.join(f' WHEN {parts[n]} THEN {parts[n + 1]}' for n in range(0, len(parts) - 1, 2))
    return f'(CASE{pairs} ELSE {parts[-1]} END)' if len(parts) % 2 else f'(CASE{pairs} END)'


def simple_case(node, parts):
    pairs = ''.join(f' WHEN {parts[n]} THEN {parts[n + 1]}' for n in range(1, len(parts) - 1, 2))
    return f'(CASE {parts[0]}{pairs} ELSE {parts[-1]} END)'


COMPOSERS = {
    'call': lambda n, p: n.data.template.format(*p),
    'and': lambda n, p: '(' + ' AND '.join(p) + ')',
    'or': lambda n, p: '(' + ' OR '.join(p) + ')',
    'not': lambda n, p: f'(NOT {p[0]})',
    'case': searched_case,
    'switch': simple_case,
    'coalesce': lambda n, p: f'COALESCE({", ".join(p)})',
    'nullif': lambda n, p: f'NULLIF({p[0]}, {p[1]})',
    'greatest': lambda n, p: f'GREATEST({", ".join(p)})',
    'least': lambda n, p: f'LEAST({", ".join(p)})',
    'in': lambda n, p: f'({p[0]} {n.data} ({", ".join(p[1:])}))',
    'any': lambda n, p: f'({p[0]} {n.data[0]} {n.data[1]} ({p[1]}))',
    'isnull': lambda n, p: f'({p[0]} {n.data})',
    'distinct': lambda n, p: f'({p[0]} {n.data} {p[1]})',
    'between': lambda n, p: f'({p[0]} {n.data} {p[1]} AND {p[2]})',
    'booltest': lambda n, p: f'({p[0]} {n.data})',
    'template': lambda n, p: n.data.format(*p),
    'collate': lambda n, p: f'({p[0]} COLLATE {n.data})',
}


@dataclass
class Statement:
    """One generated statement: a shape around the conjuncts of a table, perhaps with a second table."""

    table: object
    conjuncts: list
    columns: list
    shape: str = 'plain'
    other: object = None  # second table and its conjuncts
    other_conjuncts: list = field(default_factory=list)
    prepared: bool = False
    limit: int = 0

    def copy(self, **changes):
        changed = replace(self, **changes)
        changed.conjuncts = [c.copy() for c in changed.conjuncts]
        changed.other_conjuncts = [c.copy() for c in changed.other_conjuncts]
        return changed

    def where(self, printer, conjuncts, extra=()):
        parts = list(extra) + [printer.sql(c) for c in conjuncts]
        return ' WHERE ' + ' AND '.join(parts) if parts else ''

    def sql(self, prepared=None):
        """The statement's text and its parameters."""
        printer = Printer(self.prepared if prepared is None else prepared)
        return SHAPES[self.shape](self, printer), printer.params

    def source(self, alias='r'):
        return f'{local_name(self.table.name)} {alias}'

    def listed(self):
        return ', '.join('r.' + local_name(c) for c in self.columns) or '1'


def second(statement, printer, extra):
    """The second table's FROM and WHERE, its columns printed with their own alias."""
    printer.alias = 's'
    text = f' FROM {local_name(statement.other.name)} s' + statement.where(printer, statement.other_conjuncts, extra)
    printer.alias = 'r'
    return text


def plain(s, p):
    return f'SELECT {s.listed()} FROM {s.source()}' + s.where(p, s.conjuncts)


def join(s, p):
    first = s.where(p, s.conjuncts, ['r.k4 = s.k4', 'r.k8 = s.k8'])
    p.alias = 's'
    rest = ''.join(' AND ' + p.sql(c) for c in s.other_conjuncts)
    p.alias = 'r'
    return f'SELECT r.id, s.id, {s.listed()} FROM {s.source()} JOIN {local_name(s.other.name)} s ON true' + first + rest


def exists(s, p):
    first = s.where(p, s.conjuncts, ['r.id <= 12'])
    return f'SELECT {s.listed()} FROM {s.source()}{first} AND EXISTS (SELECT 1' + second(s, p, ['s.k4 = r.k4']) + ')'


def correlated(s, p):
    first = s.where(p, s.conjuncts, ['r.id <= 12'])
    return 'SELECT r.id, (SELECT count(*)' + second(s, p, ['s.k4 >= r.k4']) + f') FROM {s.source()}{first}'


def once(s, p):
    first = s.where(p, s.conjuncts)
    return (
        f'SELECT {s.listed()} FROM {s.source()}{first or " WHERE true"} AND r.k4 >= (SELECT min(s.k4)'
        + second(s, p, [])
        + ')'
    )


def union(s, p):
    first = s.where(p, s.conjuncts)
    return f'SELECT r.id FROM {s.source()}{first} UNION ALL SELECT s.id' + second(s, p, [])


SHAPES = {
    'plain': plain,
    'whole': lambda s, p: f'SELECT r FROM {s.source()}' + s.where(p, s.conjuncts),
    'star': lambda s, p: f'SELECT * FROM {s.source()}' + s.where(p, s.conjuncts),
    'count': lambda s, p: f'SELECT count(*) FROM {s.source()}' + s.where(p, s.conjuncts),
    'constant': lambda s, p: f'SELECT 1 FROM {s.source()}' + s.where(p, s.conjuncts),
    'group': lambda s, p: f'SELECT r.k4, count(*), sum(r.k8), avg(r.k2::float8) FROM {s.source()}'
    + s.where(p, s.conjuncts)
    + ' GROUP BY r.k4',
    'limit': lambda s, p: f'SELECT count(*) FROM (SELECT 1 FROM {s.source()}'
    + s.where(p, s.conjuncts)
    + f' LIMIT {s.limit}) x',
    'join': join,
    'exists': exists,
    'correlated': correlated,
    'once': once,
    'union': union,
}
