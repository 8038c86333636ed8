"""Statements over several relations: what a SELECT is made of, how it is printed, copied and walked through."""

from dataclasses import dataclass, field, fields, is_dataclass, replace

from load import local_name
from tree import Node, Printer

FLOATS = ('f4', 'f8')
# Aggregates that need not give the same last digits when rows come in another order.
ADDING = ('sum', 'avg', 'stddev', 'stddev_pop', 'stddev_samp', 'variance', 'var_pop', 'var_samp')


@dataclass(frozen=True)
class Field:
    """A column as statements see it, of a table or of anything else in FROM."""

    name: str
    tag: str
    type: str
    collation: str = ''
    key: tuple = ()  # (schema or '', table, column) where values come from
    small: bool = False  # arithmetic with it cannot overflow
    exact: bool = True  # floats whose sums are exact
    tolerance: float = 0.0  # of what an aggregate made


@dataclass
class Agg:
    """What an aggregate node calls; its arguments are the node's."""

    name: str
    distinct: bool = False
    condition: Node = None  # FILTER
    order: list = field(default_factory=list)  # nodes, inside the call
    direction: str = ''


@dataclass
class Window:
    partition: list
    order: list  # Keys over nodes
    frame: str = ''


@dataclass
class Sub:
    """A subquery inside an expression: EXISTS, NOT EXISTS, IN, NOT IN, = ANY, <> ALL or '' for a value."""

    form: str
    query: object


@dataclass
class Key:
    """A sort key of a statement: the position of one of its output columns."""

    item: int
    direction: str = ''
    written: bool = False  # as an expression, not as a position
    collation: str = ''


@dataclass
class Source:
    """One item of FROM and how it is joined to what is left of it."""

    alias: str
    kind: str  # table, local, values, call, query, cte, nest
    fields: list
    join: str = ''  # '' for the first; comma, inner, left, right, full, cross
    on: list = field(default_factory=list)
    using: list = field(default_factory=list)
    table: object = None
    query: object = None
    lateral: bool = False
    rows: list = field(default_factory=list)  # of a VALUES list, or the nodes of a call's arguments
    call: str = ''  # template of a function
    members: list = field(default_factory=list)


@dataclass
class Select:
    sources: list
    items: list
    where: list = field(default_factory=list)
    group: list = field(default_factory=list)
    grouping: str = ''  # ROLLUP, CUBE, GROUPING SETS
    having: list = field(default_factory=list)
    distinct: str = ''  # all, on
    on_count: int = 0  # so many of the sort keys are in DISTINCT ON
    order: list = field(default_factory=list)
    limit: Node = None
    offset: Node = None
    ties: bool = False
    lock: str = ''
    ctes: list = field(default_factory=list)  # (name, how, Select)
    operands: list = field(default_factory=list)  # (UNION ALL ..., Select)

    def aliases(self):
        return [s.alias for s in flat(self.sources)]

    def sql(self, p):
        text = ''
        if self.ctes:
            text = 'WITH ' + ', '.join(f'{name} AS {how}({query.sql(p)})' for name, how, query in self.ctes) + ' '
        text += self.core(p)
        for operator, query in self.operands:
            text += f' {operator} {query.core(p)}'
        if self.order:
            text += ' ORDER BY ' + ', '.join(self.key_sql(key, p) for key in self.order)
        if self.ties and self.limit is not None:
            text += f' FETCH FIRST ({p.sql(self.limit)}) ROWS WITH TIES'
        elif self.limit is not None:
            text += f' LIMIT {p.sql(self.limit)}'
        if self.offset is not None:
            text += f' OFFSET {p.sql(self.offset)}'
        return text + (' ' + self.lock if self.lock else '')

    def key_sql(self, key, p):
        if not key.written or self.operands:
            return f'{key.item + 1} {key.direction}'.strip()
        collation = f' COLLATE {key.collation}' if key.collation else ''
        return f'{p.sql(self.items[key.item])}{collation} {key.direction}'.strip()

    def core(self, p):
        text = 'SELECT '
        if self.distinct == 'on':
            chosen = ', '.join(p.sql(self.items[key.item]) for key in self.order[: self.on_count])
            text += f'DISTINCT ON ({chosen}) '
        elif self.distinct:
            text += 'DISTINCT '
        text += ', '.join(f'{p.sql(item)} AS c{n + 1}' for n, item in enumerate(self.items))
        text += ' FROM ' + from_list(self.sources, p)
        if self.where:
            text += ' WHERE ' + ' AND '.join(p.sql(c) for c in self.where)
        if self.group:
            keys = [p.sql(k) for k in self.group]
            listed = ', '.join(keys)
            if self.grouping == 'GROUPING SETS':
                listed = ', '.join(f'({k})' for k in keys) + ', ()'
            text += ' GROUP BY ' + (f'{self.grouping} ({listed})' if self.grouping else listed)
        if self.having:
            text += ' HAVING ' + ' AND '.join(p.sql(c) for c in self.having)
        return text


JOIN_WORDS = {
    'inner': 'JOIN',
    'left': 'LEFT JOIN',
    'right': 'RIGHT JOIN',
    'full': 'FULL JOIN',
    'cross': 'CROSS JOIN',
}


def from_list(sources, p):
    text = source_sql(sources[0], p)
    for source in sources[1:]:
        if source.join == 'comma':
            text += ', ' + source_sql(source, p)
            continue
        text += f' {JOIN_WORDS[source.join]} {source_sql(source, p)}'
        if source.using:
            text += f' USING ({", ".join(local_name(n) for n in source.using)})'
        elif source.join != 'cross':
            text += ' ON ' + (' AND '.join(p.sql(c) for c in source.on) or 'true')
    return text


def source_sql(source, p):
    lateral = 'LATERAL ' if source.lateral else ''
    if source.kind == 'nest':
        return f'({from_list(source.members, p)})'
    if source.kind == 'table':
        return f'{local_name(source.table.name)} {source.alias}'
    if source.kind == 'local':
        return f'base.{local_name(source.table.name)} {source.alias}'
    if source.kind == 'cte':
        return f'{source.call} {source.alias}'
    columns = f' ({", ".join(f.name for f in source.fields)})'
    if source.kind == 'values':
        rows = ', '.join('(' + ', '.join(p.sql(v) for v in row) + ')' for row in source.rows)
        return f'(VALUES {rows}) {source.alias}{columns}'
    if source.kind == 'call':
        return f'{lateral}{source.call.format(*(p.sql(v) for v in source.rows))} {source.alias}{columns}'
    return f'{lateral}({source.query.sql(p)}) {source.alias}'


def flat(sources):
    for source in sources:
        if source.kind == 'nest':
            yield from flat(source.members)
        else:
            yield source


class RelationPrinter(Printer):
    """Columns carry their alias; parameters of the same type and value share a number, so that a grouping expression stays the
    same in SELECT and GROUP BY."""

    def literal(self, node):
        if self.prepared and node.param:
            for number, known in enumerate(self.params):
                if (known.type, known.data) == (node.type, node.data):
                    return f'${number + 1}'
        return super().literal(node)

    def sql(self, node):
        if node.kind == 'ref':
            alias, column = node.data
            return f'{alias}.{local_name(column.name)}'
        if node.kind == 'agg':
            return self.aggregate(node)
        if node.kind == 'window':
            return self.window(node)
        if node.kind == 'sub':
            return self.subquery(node)
        return super().sql(node)

    def aggregate(self, node):
        agg = node.data
        inner = ', '.join(self.sql(a) for a in node.args) or '*'
        if agg.distinct:
            inner = 'DISTINCT ' + inner
        if agg.order:
            inner += ' ORDER BY ' + ', '.join(f'{self.sql(n)} {agg.direction}'.strip() for n in agg.order)
        if agg.name in ('row_number', 'rank', 'dense_rank'):
            inner = ''
        text = f'{agg.name}({inner})'
        return text + (f' FILTER (WHERE {self.sql(agg.condition)})' if agg.condition is not None else '')

    def window(self, node):
        window = node.data
        parts = []
        if window.partition:
            parts.append('PARTITION BY ' + ', '.join(self.sql(n) for n in window.partition))
        if window.order:
            parts.append('ORDER BY ' + ', '.join(self.sql(n) for n in window.order))
        return f'{self.sql(node.args[0])} OVER ({" ".join(parts + [window.frame] * bool(window.frame))})'

    def subquery(self, node):
        sub, left = node.data, [self.sql(a) for a in node.args]
        if 'EXISTS' in sub.form or not sub.form:
            return (
                f'{sub.form} ({sub.query.sql(self)})'.strip()
                if not sub.form
                else f'({sub.form} ({sub.query.sql(self)}))'
            )
        operand = left[0] if len(left) == 1 else f'({", ".join(left)})'
        return f'({operand} {sub.form} ({sub.query.sql(self)}))'


@dataclass
class Relation:
    """One generated statement, with what the judge has to know."""

    query: Select
    variant: str
    kind: tuple  # (join, grouping, order, limit)
    features: tuple = ()  # what else is in it, for which no kind is counted
    prepared: bool = False
    planner: dict = field(default_factory=dict)
    may_raise: bool = False
    counted: bool = False  # only how many rows it gives: the planner leaves out what nobody reads

    def copy(self, **changes):
        changed = replace(self, **changes)
        changed.query = copied(changed.query)
        return changed

    def sql(self, prepared=None):
        printer = RelationPrinter(self.prepared if prepared is None else prepared)
        text = self.query.sql(printer)
        return f'SELECT count(*) AS c1 FROM ({text}) AS counted' if self.counted else text, printer.params

    def free(self):
        """Whether SQL leaves open which rows are in the answer."""
        query = self.query
        if self.counted:
            return False
        return query.distinct == 'on' or query.offset is not None or query.limit is not None and not query.ties

    def unlimited(self):
        """The statement whose rows every row of the answer must be among."""
        whole = self.copy(prepared=False)
        query = whole.query
        query.limit = query.offset = None
        query.lock = ''
        if query.distinct == 'on':
            query.distinct = ''
        return whole

    def tolerances(self):
        return [0] if self.counted else [tolerance(item) for item in self.query.items]


def copied(value):
    """A deep copy of everything that a shrinker changes; fields and tables are shared."""
    if isinstance(value, Node):
        return replace(value, args=[copied(a) for a in value.args], data=copied(value.data))
    if isinstance(value, (Select, Source, Key, Agg, Window, Sub)):
        return type(value)(**{f.name: copied(getattr(value, f.name)) for f in fields(value)})
    if isinstance(value, list):
        return [copied(v) for v in value]
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(copied(v) for v in value)
    return value


def children(value):
    if isinstance(value, Node):
        return [*value.args, value.data]
    if isinstance(value, (Select, Source, Key, Agg, Window, Sub)):
        return [getattr(value, f.name) for f in fields(value)]
    return value if isinstance(value, (list, tuple)) and not is_dataclass(value) else ()


def everything(value, kind=Node):
    """All parts of one class in a value, at any depth."""
    if isinstance(value, kind):
        yield value
    for child in children(value):
        yield from everything(child, kind)


def mentioned(value):
    """The aliases that an expression refers to."""
    return {n.data[0] for n in everything(value) if n.kind == 'ref'}


def tolerance(node):
    """How far two right answers may be apart: what adds floats depends on the order of the rows."""
    found = 0.0
    for part in everything(node):
        if part.kind == 'ref':
            found = max(found, part.data[1].tolerance)
        elif part.kind == 'agg' and part.data.name in ADDING and part.args and part.args[0].tag in FLOATS:
            found = max(found, 1e-6 if part.tag == 'f4' else 1e-9)
    return found


def inexact(node):
    """Whether the last digits are open, so that the node can decide nothing."""
    for part in everything(node):
        if part.kind == 'ref' and part.data[1].tolerance:
            return True
        if part.kind == 'agg' and part.data.name in ADDING and part.args and part.args[0].tag in FLOATS:
            plain = part.args[0].kind == 'ref' and part.args[0].data[1].exact
            if part.data.name not in ('sum', 'avg') or not plain:
                return True
    return False


def ref(alias, column):
    return Node('ref', column.tag, [], (alias, column))


def template(text, tag, *args):
    return Node('template', tag, list(args), text)
