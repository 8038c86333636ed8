"""The tables that relations are tested on: small, with keys of all types drawn from pools that all of them share, much NULL, and
remote indexes of several kinds. The same name means the same kind of key, of another type in each table."""

import random

import pools
from columns import ID, Column, Table, small_columns, text_column
from data import restricted

UTF8 = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_'
LATIN1 = 'CHARACTER SET latin1 COLLATE latin1_'
NUMBERS = (0, 1, 2, 3, 4, 5, 7, 10)
TEXTS = ('a', 'A', 'á', 'a ', 'b', 'B', 'zug', 'Zug', 'ZUG ', 'züg', '', 'ss', 'ß')
CHARS = tuple(v for v in TEXTS if v == v.rstrip(' '))
DAYS = ('2019-12-31', '2020-01-01', '2020-02-28', '2020-02-29', '2020-03-01', '2021-01-01')
CLOCKS = ('00:00:00', '00:00:00', '12:34:56', '23:59:59')
EIGHTHS = (0.0, 0.125, 0.5, 1.0, 1.5, 2.5, -0.5, -2.25, 3.0, 10.0)  # whose sums are exact in any order
TENTHS = (0.1, 0.2, 0.3, 0.7, 1.0, 1.1, 2.5, 3.3, 1e6 + 0.1)
NULLS = 0.18
EVERYWHERE = ('imp', 'hand', 'coll_c', 'zero_null', 'zero_inf')


def moments(fraction=''):
    return tuple(f'{day} {clock}{fraction if clock > "1" else ""}' for day in DAYS for clock in CLOCKS)


def decimals(text):
    return tuple(pools.Decimal(v) for v in text.split())


CENTS = decimals('0.00 1.00 2.00 3.00 4.00 5.00 7.00 10.00 2.50 -1.00')


def number(name, my, pg, tag, hand=None):
    pool = CENTS if my.startswith('DECIMAL(6') else NUMBERS
    return Column(name, my, pg, tag, pool, hand)


def text(name, my, pg='varchar(20)', hand=None):
    tag = 'bpchar' if my.startswith('CHAR') else 'text'
    return text_column(
        name, my, CHARS if tag == 'bpchar' else TEXTS, f'character({my[5]})' if tag == 'bpchar' else pg, tag, hand
    )


def c_collation(name):
    return ('varchar(20) COLLATE "C"', 'text', f'{name} COLLATE "C"')


def day(name, my, pg, tag, pool, hand=None):
    return Column(name, my, pg, tag, tuple(pool), hand)


def floating(name, my, pool=EIGHTHS):
    pg, tag = ('real', 'f4') if my.startswith('FLOAT') else ('double precision', 'f8')
    return Column(name, my, pg, tag, pool)


def octets(name, my):
    return Column(name, my, 'bytea', 'bytea', (b'a', b'A', b'a ', b'', b'a\x00', b'\xff', b'ab'))


def measures():
    """What is aggregated rather than joined."""
    return [
        Column('u', 'INT', 'integer', 'int4', ()),  # unique, see build()
        Column('i', 'INT', 'integer', 'int4', (0, 1, -1, 5, 12, 100, 1000, 99999, -70000, 2000000)),
        Column(
            'big',
            'BIGINT',
            'bigint',
            'int8',
            (0, 1, -7, 9007199254740993, 9007199254740992, -4611686018427387904, 4611686018427387904),
        ),
        Column(
            'q',
            'DECIMAL(10,4)',
            'numeric(10,4)',
            'num',
            decimals('0 0.0001 1.5 -1.5 2.25 3.3333 99.99 -0.5 1000.0001 12345.6789'),
        ),
        Column(
            'p',
            'DECIMAL(5,0)',
            'numeric(5,0)',
            'num',
            decimals('0 1 -1 2 3 7 10 99999'),
            ('numeric', 'num', 'p::numeric'),
        ),
        Column(
            'tm',
            'TIME(3)',
            'interval(3)',
            'iv',
            ('00:00:00', '00:00:01', '12:34:56', '12:34:56.789', '-01:30:00', '100:00:00'),
        ),
        Column('bits', 'BIT(8)', 'bit(8)', 'bit', (0, 1, 2, 127, 128, 255)),
        Column('e', f"ENUM('b','a','c','B2') {UTF8}general_ci", 'enum', 'enum', ('b', 'a', 'c', 'B2')),
        floating('g', 'DOUBLE', TENTHS),
    ]


def tables():
    nopad_hand = ('text COLLATE "C"', 'text', 't::text COLLATE "C"')
    return [
        table('j_a', 48, [
            number('n', 'INT', 'integer', 'int4'),
            number('m', 'INT', 'integer', 'int4'),
            text('t', f'VARCHAR(20) {UTF8}general_ci', hand=c_collation('t')),
            text('s', f'VARCHAR(20) {UTF8}general_ci'),
            text('c', f'CHAR(8) {UTF8}general_ci'),
            day('d', 'DATE', 'date', 'date', DAYS),
            floating('x', 'DOUBLE'),
            octets('y', 'VARBINARY(10)'),
        ], ('KEY (n)', 'KEY (t)', 'KEY (d)', 'KEY (m, s)'), EVERYWHERE),
        table('j_b', 40, [
            number('n', 'BIGINT', 'bigint', 'int8'),
            number('m', 'INT', 'integer', 'int4', ('bigint', 'int8', 'm::bigint')),
            text('t', f'VARCHAR(20) {UTF8}bin'),
            text('s', f'VARCHAR(20) {UTF8}general_ci'),
            text('c', f'CHAR(8) {UTF8}bin', hand=('text', 'text', 'c::text')),
            day('d', 'DATETIME', 'timestamp(0)', 'ts', moments(), ('timestamp', 'ts', 'd::timestamp')),
            floating('x', 'FLOAT'),
            octets('y', 'VARBINARY(10)'),
        ], ('UNIQUE KEY (u)', 'KEY (t)', 'KEY (n, m)', 'KEY (c)')),
        table('j_c', 30, [
            number('n', 'DECIMAL(6,2)', 'numeric(6,2)', 'num'),
            number('m', 'SMALLINT', 'smallint', 'int2'),
            text('t', f'VARCHAR(20) {LATIN1}swedish_ci'),
            text('s', f'VARCHAR(20) {UTF8}general_ci', hand=('varchar(20) COLLATE "en-x-icu"', 'text', 's COLLATE "en-x-icu"')),
            text('c', f'VARCHAR(8) {UTF8}unicode_ci', 'varchar(8)'),
            day('d', 'TIMESTAMP(6) NULL', 'timestamptz(6)', 'tstz', moments('.789012')),
            floating('x', 'DOUBLE'),
            octets('y', 'BINARY(2)'),
        ], ('KEY (n)', 'KEY (t)', 'UNIQUE KEY (u, m)', 'KEY (y)')),
        table('j_d', 9, [
            number('n', 'INT UNSIGNED', 'bigint', 'int8'),
            number('m', 'BIGINT UNSIGNED', 'numeric(20,0)', 'num'),
            text('t', f'VARCHAR(20) {UTF8}nopad_bin', hand=nopad_hand),
            text('s', f'VARCHAR(20) {UTF8}general_ci', hand=('varchar(20) COLLATE fabric_oracle_nd', 'nd', 's COLLATE fabric_oracle_nd')),
            text('c', f'CHAR(6) {LATIN1}bin'),
            day('d', 'DATETIME(6)', 'timestamp(6)', 'ts', moments('.000001')),
            floating('x', 'FLOAT'),
            octets('y', 'VARBINARY(10) NOT NULL'),
        ], ('KEY (t)', 'KEY (s)'), EVERYWHERE),
        table('j_e', 0, [
            number('n', 'INT', 'integer', 'int4'),
            number('m', 'BIGINT', 'bigint', 'int8'),
            text('t', f'VARCHAR(20) {UTF8}general_ci'),
            text('s', f'VARCHAR(20) {UTF8}general_ci'),
            day('d', 'DATE', 'date', 'date', DAYS),
        ], ('KEY (n)',)),
    ]  # fmt: skip


def table(name, size, columns, indexes, variants=('imp', 'hand', 'coll_c')):
    """Without weight: the generator of conditions has tables of its own."""
    return Table(name, [ID, *small_columns(), *columns, *measures()], size, '', indexes, weight=0, variants=variants)


def build(seed, codec=None):
    built = tables()
    fill(built, seed, codec)
    return built


def fill(built, seed, codec=None):
    """Makes the rows."""
    rng = random.Random(f'join data {seed}')
    if codec:
        built[:] = [restricted(t, codec) for t in built]
    for one in built:
        unique = rng.sample(range(1, 60), one.size)
        for number in range(one.size):
            row = {'id': number + 1}
            for column in one.columns[1:]:
                missing = not column.not_null and rng.random() < NULLS
                row[column.name] = (
                    None if missing else unique[number] if column.name == 'u' else rng.choice(column.pool)
                )
            one.rows.append(row)
