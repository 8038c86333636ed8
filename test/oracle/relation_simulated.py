"""Broken rules of relations simulated in SQL, as simulated.py does for conditions: each rewrites the statement that leg (a)
executes into what a wrapper that pushes without the rule would in effect answer."""

from relations import Agg, Key, Select, Source, Sub, copied, everything, template
from tree import Node


def nulls_low(select):
    """The remote server sorts NULL below everything."""
    for key in select.order:
        if not key.direction or key.direction == 'ASC':
            key.direction = 'ASC NULLS FIRST'
        elif key.direction == 'DESC':
            key.direction = 'DESC NULLS LAST'


def nulls_unheard(select):
    """NULLS FIRST and NULLS LAST are not sent."""
    for key in select.order:
        key.direction = 'DESC' if 'DESC' in key.direction else ''


def replaced(select, node, other):
    """Puts another node in place of each that is equal, in what SELECT, GROUP BY and HAVING have."""

    def walk(found):
        if found == node:
            return copied(other)
        found.args = [walk(a) for a in found.args]
        return found

    for name in ('items', 'group', 'having'):
        setattr(select, name, [walk(n) for n in getattr(select, name)])


def group_without_case(select):
    """Text is grouped by the column's collation: any of the texts of a group stands for it."""
    for key in list(select.group):
        if key.tag == 'text' and key.kind == 'ref' and not select.grouping:
            replaced(select, key, template('lower({0})', 'text', key))


def distinct_without_case(select):
    if select.distinct == 'all':
        select.items = [
            template('lower({0})', 'text', i) if i.tag == 'text' and i.kind == 'ref' else i for i in select.items
        ]


def join_without_case(select):
    for source in everything(select.sources, Source):
        for node in source.on:
            if node.kind == 'template' and len(node.args) == 2 and node.args[0].tag == node.args[1].tag == 'text':
                if '=' in node.data and 'lower' not in node.data:
                    node.args = [template('lower({0})', 'text', a) for a in node.args]


def on_to_where(select):
    """The condition of an outer join among those of the statement."""
    for source in select.sources:
        if source.join == 'left' and source.on:
            select.where += source.on
            source.on = []


def where_to_on(select):
    """The opposite: a condition on the result of an outer join within it."""
    last = select.sources[-1]
    if last.join == 'left' and not last.using and last.kind != 'nest':
        last.on, select.where = last.on + select.where, []


def not_in_as_not_exists(select):
    for node in everything(select.where):
        if node.kind == 'sub' and node.data.form in ('NOT IN', '<> ALL'):
            inner = node.data.query
            inner.where += [template('({0} = {1})', 'bool', a, b) for a, b in zip(node.args, inner.items)]
            node.args, node.data = [], Sub('NOT EXISTS', inner)


def semi_as_join(select):
    """EXISTS as a plain join: rows come as often as they have partners."""
    for position, node in enumerate(select.where):
        if node.kind == 'sub' and node.data.form == 'EXISTS' and len(node.data.query.sources) == 1 and not select.lock:
            source = node.data.query.sources[0]
            select.where[position : position + 1] = node.data.query.where
            source.join = 'cross'
            select.sources.append(source)
            return


def full_as_left(select):
    for source in select.sources:
        source.join = 'left' if source.join == 'full' else source.join


def aggregates(select):
    return [n for n in everything(select.items + select.having) if n.kind == 'agg']


def filter_ignored(select):
    for node in aggregates(select):
        node.data.condition = None


def distinct_inside_ignored(select):
    for node in aggregates(select):
        node.data.distinct = False


def count_of_rows(select):
    for node in aggregates(select):
        if node.data.name == 'count' and not node.data.distinct:
            node.args = []


def wrapping(name, tags, text, only_plain=False):
    """Aggregates of a name inside something."""

    def change(select):
        def walk(node):
            node.args = [walk(a) for a in node.args]
            if node.kind == 'agg' and node.data.name == name and node.tag in tags and not (only_plain and select.group):
                return template(text, node.tag, node)
            return node

        if not any(n.kind == 'window' for n in everything(select.items)):
            select.items = [walk(i) for i in select.items]

    return change


def ties_plain(select):
    select.ties = False


def offset_ignored(select):
    select.offset = None


def limit_first(select):
    """The limit before a condition that is checked here."""
    if (
        select.limit is not None
        and len(select.sources) == 1
        and select.where
        and not select.group
        and select.sources[0].kind == 'table'
    ):
        source = select.sources[0]
        columns = [Node('ref', f.tag, [], ('x', f)) for f in source.fields]
        inner = Select([Source('x', 'table', source.fields, table=source.table)], columns, limit=copied(select.limit))
        names = ', '.join('"' + f.name.replace('"', '""') + '"' for f in source.fields)
        select.sources = [Source(f'{source.alias} ({names})', 'query', source.fields, query=inner)]


def order_by_collation(select):
    for key in select.order:
        if select.items[key.item].tag == 'text' and not select.distinct and not select.operands:
            key.written, key.collation = True, '"en-x-icu"'


def extremes_by_collation(select):
    for node in aggregates(select):
        if node.data.name in ('min', 'max') and node.tag == 'text' and node.args[0].tag == 'text':
            node.args = [template('({0} COLLATE "en-x-icu")', 'text', node.args[0])]


def groups_of_null(select):
    """Rows whose key is NULL are lost."""
    select.where += [Node('isnull', 'bool', [copied(k)], 'IS NOT NULL') for k in select.group if k.kind == 'ref']


def group_over_nothing(select):
    """An aggregate without GROUP BY gives no row where there are none."""
    if not select.group and any(i.kind == 'agg' for i in select.items):
        select.having.append(template('({0} > 0)', 'bool', Node('agg', 'int8', [], Agg('count'))))


def having_lost(select):
    """HAVING is lost."""
    select.having = []


def keys_reversed(select):
    if len(select.order) > 1 and not select.distinct:
        select.order = [Key(k.item, k.direction, k.written, k.collation) for k in reversed(select.order)]


MUTATIONS = {
    'nulls_low': nulls_low,
    'nulls_unheard': nulls_unheard,
    'group_without_case': group_without_case,
    'distinct_without_case': distinct_without_case,
    'join_without_case': join_without_case,
    'on_to_where': on_to_where,
    'where_to_on': where_to_on,
    'not_in_as_not_exists': not_in_as_not_exists,
    'semi_as_join': semi_as_join,
    'full_as_left': full_as_left,
    'filter_ignored': filter_ignored,
    'distinct_inside_ignored': distinct_inside_ignored,
    'count_of_rows': count_of_rows,
    'avg_four_digits': wrapping('avg', ('num',), 'round({0}, 4)'),
    'sum_as_integer': wrapping('sum', ('num',), 'trim_scale({0})'),
    'sum_of_nothing': wrapping('sum', ('int8', 'num'), 'COALESCE({0}, 0)'),
    'ties_plain': ties_plain,
    'offset_ignored': offset_ignored,
    'limit_first': limit_first,
    'order_by_collation': order_by_collation,
    'extremes_by_collation': extremes_by_collation,
    'groups_of_null': groups_of_null,
    'group_over_nothing': group_over_nothing,
    'having_lost': having_lost,
    'keys_reversed': keys_reversed,
}


def rewritten(relation, name):
    copy = relation.copy()
    for select in list(everything(copy.query, Select)):
        MUTATIONS[name](select)
    return copy
