"""Broken rules simulated in SQL: the local wrapper's own mutations, which show without any wrapper that the generator
and the rows can bring each rule's violation to light. Each rewrites the tree that leg (a) executes into what a wrapper
without the rule would compute."""

import relation_simulated
from relations import Relation
from tree import Node, literal_sql

INTS = ('int2', 'int4', 'int8')


def call_of(node, name, *types):
    return node.kind == 'call' and node.data.name == name and (not types or node.data.types == types)


def wrapped(node, template, *args):
    """A node that prints as a template over nodes."""
    return Node('template', node.tag, list(args), template)


def folded(node):
    return wrapped(node, "rtrim(lower(translate(({0})::text, 'áÁâäéÉöüß', 'aaaaeeous')) COLLATE \"C\")", node)


def by_collation(*signs):
    def rewrite(node, table):
        if node.kind == 'call' and node.data.name in signs and node.data.types == ('text', 'text'):
            return wrapped(node, '({0} ' + node.data.name + ' {1})', folded(node.args[0]), folded(node.args[1]))

    return rewrite


def text_range(node, table):
    if node.kind == 'call' and node.data.name in ('<', '<=', '>', '>=') and node.data.types == ('text', 'text'):
        return wrapped(node, '(({0}) COLLATE "en-x-icu" ' + node.data.name + ' ({1}) COLLATE "en-x-icu")', *node.args)


def via_double(node, table):
    if node.kind == 'call' and node.data.types == ('num', 'num') and node.data.ret == 'bool':
        return wrapped(node, '(({0})::float8 ' + node.data.name + ' ({1})::float8)', *node.args)


def slash(node, table):
    if node.kind == 'call' and node.data.name == '/' and node.tag in INTS:
        return wrapped(node, '(({0})::numeric / NULLIF(({1})::numeric, 0))', *node.args)


def in_bytes(node, table):
    if (
        node.kind == 'call'
        and node.data.name in ('length', 'char_length', 'character_length')
        and node.data.types == ('text',)
    ):
        return wrapped(node, 'octet_length({0})', *node.args)


def concat_null(node, table):
    if call_of(node, '||', 'text', 'text'):
        return wrapped(node, 'concat({0}, {1})', *node.args)


def extremes_null(node, table):
    if node.kind in ('greatest', 'least'):
        tests = ' OR '.join('({%d}) IS NULL' % n for n in range(len(node.args)))
        inner = ', '.join('{%d}' % n for n in range(len(node.args)))
        return wrapped(node, f'(CASE WHEN {tests} THEN NULL ELSE {node.kind}({inner}) END)', *node.args)


def like_collation(node, table):
    if node.kind == 'call' and node.data.name in ('~~', '!~~') and node.data.types == ('text', 'text'):
        return wrapped(node, '({0} ' + node.data.name + '* {1})', *node.args)


def short_float4(node, table):
    if (
        node.kind == 'call'
        and node.data.types == ('f4', 'f4')
        and node.data.ret == 'bool'
        and any(a.kind == 'lit' for a in node.args)
    ):
        return wrapped(
            node,
            '({0} ' + node.data.name + ' {1})',
            *(
                Node('raw', 'f8', [], literal_sql(a).replace('::real', '::float8')) if a.kind == 'lit' else a
                for a in node.args
            ),
        )


def no_microseconds(node, table):
    if node.kind == 'lit' and node.tag in ('ts', 'tstz', 'iv') and node.data and '.' in node.data:
        whole, _, rest = node.data.partition('.')
        return Node('lit', node.tag, [], whole + rest.lstrip('0123456789'), node.type, node.param)


def session_zone(node, table):
    if node.kind == 'lit' and node.tag == 'tstz' and node.data and node.data[0].isdigit() and 'BC' not in node.data:
        return wrapped(node, "((({0}) AT TIME ZONE current_setting('TimeZone'))::text || '+00')::timestamptz", node)


def zero_ignored(node, table):
    if (
        node.kind == 'isnull'
        and table.variant == 'zero_null'
        and node.args[0].kind == 'col'
        and table.source.column(node.args[0].data).zero
    ):
        return wrapped(node, 'false' if node.data == 'IS NULL' else 'true')


def unparenthesised(node, table):
    if node.kind == 'or':
        return wrapped(node, ' OR '.join('{%d}' % n for n in range(len(node.args))), *node.args)


def equals_true(node, table):
    if node.kind == 'col' and node.tag == 'bool' and table.source.column(node.data).my.startswith('TINYINT'):
        return wrapped(node, f'((SELECT z.flag FROM base."{table.name}" z WHERE z.id = r.id) = 1)')


def char_blanks(node, table):
    if node.kind == 'lit' and node.tag == 'bpchar' and node.data and node.data.endswith(' '):
        return Node('lit', 'bpchar', [], node.data + '\x7f', node.type, node.param)


def unsigned_plain(node, table):
    if node.kind == 'call' and node.data.name == '-' and len(node.args) == 2 and node.args[0].kind == 'col':
        if 'UNSIGNED' in table.source.column(node.args[0].data).my:
            return wrapped(node, '(CASE WHEN {0} < {1} THEN (1 / (({0} - {1}) * 0)) ELSE {0} - {1} END)', *node.args)


def substr_edge(node, table):
    if node.kind == 'call' and node.data.name in ('substr', 'substring') and node.data.types[:2] == ('text', 'int4'):
        rest = ', {2}' if len(node.args) > 2 else ''
        return wrapped(
            node,
            "(CASE WHEN {1} = 0 THEN '' WHEN {1} < 0 THEN right({0}, -{1}) ELSE substr({0}, {1}" + rest + ') END)',
            *node.args,
        )


def unescaped(node, table):
    if node.kind == 'lit' and node.tag == 'text' and node.data and '\\' in node.data:
        return Node(
            'lit',
            'text',
            [],
            node.data.replace('\\\\', '\0').replace('\\', '').replace('\0', '\\'),
            node.type,
            node.param,
        )


def enum_text(node, table):
    if node.kind == 'call' and node.data.types == ('enum', 'enum') and node.data.name in ('<', '<=', '>', '>='):
        return wrapped(node, '(({0})::text ' + node.data.name + ' ({1})::text)', *node.args)


def null_safe(node, table):
    if node.kind == 'distinct' and 'NOT' in node.data:
        return wrapped(node, '({0} = {1})', *node.args)


def not_in_null(node, table):
    if node.kind == 'in' and node.data == 'NOT IN' and any(a.kind == 'lit' and a.data is None for a in node.args[1:]):
        rest = [a for a in node.args[1:] if not (a.kind == 'lit' and a.data is None)]
        if rest:
            return Node('in', 'bool', [node.args[0]] + rest, 'NOT IN')


MUTATIONS = {
    'text_equality_by_collation': by_collation('='),
    'not_equal_by_collation': by_collation('<>'),
    'text_range_any_collation': text_range,
    'numeric_via_double': via_double,
    'integer_slash_division': slash,
    'length_in_bytes': in_bytes,
    'concat_null_semantics': concat_null,
    'greatest_null_semantics': extremes_null,
    'like_by_collation': like_collation,
    'float4_short_literal': short_float4,
    'datetime_without_microseconds': no_microseconds,
    'timestamptz_session_zone': session_zone,
    'zero_date_ignored': zero_ignored,
    'unparenthesised_or': unparenthesised,
    'bool_equals_true': equals_true,
    'char_trailing_blanks': char_blanks,
    'unsigned_plain_arithmetic': unsigned_plain,
    'substr_edge': substr_edge,
    'backslash_unescaped': unescaped,
    'null_safe_as_equals': null_safe,
    'not_in_null': not_in_null,
}


def rewritten(statement, name):
    """The statement that a wrapper with this broken rule would in effect answer."""
    if isinstance(statement, Relation) != (name in relation_simulated.MUTATIONS):
        return statement
    if isinstance(statement, Relation):
        return relation_simulated.rewritten(statement, name)
    rule = MUTATIONS[name]

    def walk(node, table):
        node.args = [walk(a, table) for a in node.args]
        return rule(node, table) or node

    copy = statement.copy()
    copy.conjuncts = [walk(c, copy.table) for c in copy.conjuncts]
    if copy.other is not None and name != 'bool_equals_true':
        copy.other_conjuncts = [walk(c, copy.other) for c in copy.other_conjuncts]
    return copy
