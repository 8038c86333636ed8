"""Shrinks a found difference of a relation statement: what can be left out is left out while the difference stays."""

import re

import shrink as shrinking
from relations import Agg, Select, Source, Window, copied, everything, flat, mentioned
from tree import Node


def shrink(oracle, relation, config, problem, mutation=''):
    session = shrinking.Session(oracle, mutation)
    try:
        for words, kind in (
            ('is no SQL', 'no SQL'),
            ('that raises', 'raises'),
            ('the plan shows', 'pushed though off'),
        ):
            if words in problem:
                return shrinking.Case(kind, describe(oracle, session, relation, config, problem))
        if session.problem(relation, config) is None:
            return shrinking.Case(
                'not reproduced: ' + skeleton(relation), describe(oracle, session, relation, config, problem)
            )
        relation, config = shrinking.shrink_settings(session, relation, config)
        relation = smallest(session, relation, config)
        relation, config = shrinking.shrink_settings(session, relation, config)
        problem = session.problem(relation, config) or problem
        crash = 'crash: ' if 'CRASH' in problem else ''
        kind = crash + skeleton(relation) + shrinking.settings_kind(config)
        return shrinking.Case(kind, describe(oracle, session, relation, config, problem))
    finally:
        session.close()


def describe(oracle, session, relation, config, problem):
    return f'SET search_path TO {oracle.wrapper.schema("a", config.variant)}, public;\n' + ''.join(
        f'SET {name} TO {value};\n' for name, value in relation.planner.items()
    ) + shrinking.describe(oracle, session, relation, config, problem, None)  # fmt: skip


def smallest(session, relation, config):
    """Takes the first smaller statement that still shows the difference, until there is none."""
    changed = True
    while changed:
        changed = False
        for candidate in smaller(relation):
            if session.problem(candidate, config):
                relation, changed = candidate, True
                break
    return relation


def smaller(relation):
    """Statements with one thing less, large things first."""
    if relation.counted:
        yield relation.copy(counted=False)
    for name in relation.planner:
        yield relation.copy(planner={k: v for k, v in relation.planner.items() if k != name})
    count = len(list(everything(relation.query, Select)))
    for number in range(count):
        for change in CHANGES:
            step = 0
            while True:
                changed = relation.copy()
                query = list(everything(changed.query, Select))[number]
                done = change(query, step)
                if done is None:
                    break
                if done:
                    yield changed
                step += 1
    yield from simpler_nodes(relation)


# Each takes a SELECT and a number, changes the SELECT and says so: True changed, False nothing to do here, None no such number.


def without_source(query, step):
    """Leaves out a source and all that mentions it."""
    members = list(query.sources)
    if step >= len(members) or len(members) == 1:
        return None
    gone = {s.alias for s in flat([members[step]])}
    query.sources = members[:step] + members[step + 1 :]
    first = query.sources[0]
    if first.join:
        first.join, first.on, first.using = '', [], []
    for source in query.sources:
        source.on = [c for c in source.on if not mentioned(c) & gone]
    for name in ('where', 'group', 'having'):
        setattr(query, name, [n for n in getattr(query, name) if not mentioned(n) & gone])
    keep_items(query, [n for n, item in enumerate(query.items) if not mentioned(item) & gone])
    return bool(query.items)


def keep_items(query, kept):
    places = {old: new for new, old in enumerate(kept)}
    query.items = [query.items[n] for n in kept]
    if query.distinct == 'on':
        query.on_count = sum(key.item in places for key in query.order[: query.on_count])
    query.order = [k for k in query.order if k.item in places]
    if query.distinct == 'on' and not query.on_count:
        query.distinct = ''
    for key in query.order:
        key.item = places[key.item]
    for _, other in query.operands:
        other.items = [other.items[n] for n in kept if n < len(other.items)]


def without_member(name):
    def change(query, step):
        items = getattr(query, name)
        if step >= len(items):
            return None
        setattr(query, name, items[:step] + items[step + 1 :])
        if name == 'order' and query.distinct == 'on':
            query.on_count = min(query.on_count, len(query.order))
            query.distinct = 'on' if query.on_count else ''
        return True

    return change


def without_item(query, step):
    if step >= len(query.items) or len(query.items) == 1:
        return None
    keep_items(query, [n for n in range(len(query.items)) if n != step])
    return True


def without_group(query, step):
    """Leaves out a grouping expression with the items that show it."""
    if step >= len(query.group):
        return None
    gone = query.group.pop(step)
    keep_items(query, [n for n, item in enumerate(query.items) if item != gone])
    return bool(query.items)


def without_on(query, step):
    """A condition of ON; a USING becomes ON."""
    places = [(s, n) for s in flat(query.sources) for n in range(len(s.on))]
    if step >= len(places):
        return None
    source, position = places[step]
    source.on = source.on[:position] + source.on[position + 1 :]
    return source.join not in ('full',) or bool(source.on)


def simpler_join(query, step):
    if step >= len(query.sources):
        return None
    source = query.sources[step]
    if source.join not in ('left', 'right', 'full'):
        return False
    source.join = 'inner'
    return True


def plain_nest(query, step):
    """Two tables in parentheses become the first of them."""
    if step >= len(query.sources):
        return None
    source = query.sources[step]
    if source.kind != 'nest':
        return False
    first = source.members[0]
    first.join, first.on = source.join, source.on
    query.sources[step] = first
    return True


def cleared(name, value):
    def change(query, step):
        if step or getattr(query, name) == value:
            return None
        setattr(query, name, value)
        return True

    return change


def plain_keys(query, step):
    if step >= 2 * len(query.order):
        return None
    key = query.order[step // 2]
    if step % 2:
        changed, key.direction = key.direction != '', ''
    else:
        changed, key.written, key.collation = key.written or bool(key.collation), False, ''
    return changed


def simpler_aggregate(query, step):
    """Aggregates without FILTER, DISTINCT and order, windows without partitions."""
    parts = [n.data for n in everything(query.items + query.having) if isinstance(n.data, (Agg, Window))]
    if step >= 3 * len(parts):
        return None
    part, what = parts[step // 3], step % 3
    if isinstance(part, Window):
        if what == 0 and part.partition:
            part.partition = []
            return True
        return False
    if what == 0 and part.condition is not None:
        part.condition = None
        return True
    if what == 1 and part.distinct:
        part.distinct = False
        return True
    return False


def fewer_rows(query, step):
    """A VALUES list with a row less."""
    lists = [s for s in flat(query.sources) if s.kind == 'values' and len(s.rows) > 1]
    places = [(s, n) for s in lists for n in range(len(s.rows))]
    if step >= len(places):
        return None
    source, position = places[step]
    source.rows = source.rows[:position] + source.rows[position + 1 :]
    return True


CHANGES = (
    without_member('operands'), without_source, without_member('ctes'), cleared('limit', None), cleared('offset', None),
    cleared('ties', False), cleared('lock', ''), cleared('grouping', ''), cleared('distinct', ''), without_member('having'),
    without_member('where'), without_on, without_group, without_item, without_member('order'), simpler_join, plain_nest,
    plain_keys, simpler_aggregate, fewer_rows,
)  # fmt: skip


def slots(value):
    """Every list of nodes in a statement, with the places in it."""
    for part in (value, *everything(value, Select), *everything(value, Source), *everything(value, Node)):
        names = {Select: ('items', 'where', 'group', 'having'), Source: ('on',), Node: ('args',)}.get(type(part), ())
        for name in names:
            items = getattr(part, name)
            for position, node in enumerate(items):
                if isinstance(node, Node):
                    yield items, position


def simpler_nodes(relation):
    """A node replaced by a part of it of the same type, a list by a shorter one, a parameter by a literal."""
    count = len(list(slots(relation.query)))
    for number in range(count):
        items, position = list(slots(relation.query))[number]
        for choice in alternatives(items[position]):
            changed = relation.copy()
            items_copy, place = list(slots(changed.query))[number]
            items_copy[place] = copied(choice)
            yield changed


def alternatives(node):
    found = [a for a in node.args if a.tag == node.tag]
    if node.kind in ('and', 'or', 'in') and len(node.args) > 2:
        first = 1 if node.kind == 'in' else 0
        found += [
            Node(node.kind, node.tag, node.args[:n] + node.args[n + 1 :], node.data)
            for n in range(first, len(node.args))
        ]
    if node.kind == 'lit' and node.param:
        found.append(Node('lit', node.tag, [], node.data, node.type))
    return found


def skeleton(relation):
    """The statement without its literals and names of columns, to tell kinds of differences apart."""
    text, _ = relation.sql(prepared=False)
    text = re.sub(r"E?'(?:[^']|'')*'::[a-z]+(?: [a-z]+)*(?:\(\d+\))?|NULL::\w+", '?', text)
    text = re.sub(r'\(VALUES .*?\) (?=\w+ \()', 'VALUES ', text)
    return 'relation: ' + re.sub(r'\b[a-z]\."?(\w+)"?', r'\1', text)[:300]
