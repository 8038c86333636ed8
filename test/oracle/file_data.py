"""The same tables in files: MySQL's column types as Arrow's, the pools with what only files can hold."""

import re
from dataclasses import replace

import data
import join_data
import pools
from columns import Column, Table, text_column
from columns import ID as REMOTE_ID

WHOLE = {
    'TINYINT': ('int8', 'smallint', 'int2'),
    'TINYINT UNSIGNED': ('uint8', 'smallint', 'int2'),
    'SMALLINT': ('int16', 'smallint', 'int2'),
    'SMALLINT UNSIGNED': ('uint16', 'integer', 'int4'),
    'MEDIUMINT': ('int32', 'integer', 'int4'),
    'MEDIUMINT UNSIGNED': ('uint32', 'bigint', 'int8'),
    'INT': ('int32', 'integer', 'int4'),
    'INT UNSIGNED': ('uint32', 'bigint', 'int8'),
    'BIGINT': ('int64', 'bigint', 'int8'),
    'BIGINT UNSIGNED': ('uint64', 'numeric(20,0)', 'num'),
    'YEAR': ('int16', 'smallint', 'int2'),
}
ODD_FLOATS = (float('nan'), float('inf'), float('-inf'), -0.0)
# What a declared type may be over what the files hold.
HAND = {
    'string': r'(text|varchar(\(\d+\))?)( |$)',
    'int': r'smallint|integer|bigint|numeric',
    'uint': r'smallint|integer|bigint|numeric',
    'decimal128': r'numeric',
    'float': r'double precision',
}


def declared_by_hand(arrow, hand):
    if hand is None:
        return None
    base = next((name for name in ('decimal128', 'uint', 'int', 'float', 'string') if arrow.startswith(name)), None)
    return hand if base and re.match(HAND[base], hand[0]) else None


def filed(column, odd=False):
    """The column as files have it; None when they cannot."""
    my = re.sub(r' (CHARACTER SET|COLLATE) \w+| NOT NULL| NULL| ZEROFILL| DEFAULT .*', '', column.my)
    made = None
    if 'GENERATED' in my or my.startswith(('BIT', 'POINT')):
        return None
    if my == 'TINYINT(1)':
        return Column(column.name, 'bool', 'boolean', 'bool', (True, False))
    if my in WHOLE:
        made = (*WHOLE[my], column.pool)
    elif my.startswith('DECIMAL'):
        made = decimal(my, column.pool)
    elif my.startswith(('FLOAT', 'DOUBLE')):
        more = ODD_FLOATS if odd and column.name != 'kf' else ()
        made = ('float', 'real', 'f4') if my.startswith('FLOAT') else ('double', 'double precision', 'f8')
        made = (*made, column.pool + more)
    elif my.startswith('DATETIME'):
        unit = 'ns' if column.name.endswith('_nn') else {'DATETIME': 'ms', 'DATETIME(3)': 'ms'}.get(my, 'us')
        made = (f'timestamp[{unit}]', 'timestamp', 'ts', column.pool)
    elif my.startswith('TIMESTAMP'):
        made = ('timestamp[us, tz=UTC]', 'timestamptz', 'tstz', column.pool)
    elif my.startswith('TIME'):
        made = ('time64[us]', 'time without time zone', 'time', tuple(v for v in column.pool if v[0] != '-' and v < '24' and v[2] == ':'))
    elif my.startswith('DATE'):
        made = ('date32', 'date', 'date', column.pool)
    elif 'BINARY' in my or 'BLOB' in my:
        made = ('binary', 'bytea', 'bytea', column.pool)
    elif my == 'UUID':
        made = ('uuid', 'uuid', 'uuid', column.pool)
    else:
        made = ('string', 'text', 'text', column.pool)
    arrow, pg, tag, pool = made
    return Column(column.name, arrow, pg, tag, tuple(pool), declared_by_hand(arrow, column.hand))


def decimal(my, pool):
    precision, scale = (int(n) for n in re.findall(r'\d+', my))
    if precision > 38:
        precision, scale = 38, 18

    def fits(value):
        whole, _, fraction = format(abs(value), 'f').partition('.')
        return len(fraction.rstrip('0')) <= scale and len(whole.lstrip('0')) <= precision - scale

    fitting = [v for v in pool if fits(v)]
    return f'decimal128({precision}, {scale})', f'numeric({precision},{scale})', 'num', fitting


ID = filed(REMOTE_ID)


def restored(table, odd=False):
    columns = [c for c in (filed(c, odd) for c in table.columns) if c is not None]
    return replace(table, columns=columns, options='', indexes=())


def more_numbers():
    """Decimals whose digits leave little room beside those of others."""
    texts = '0 1 -1 2 3 7 10 0.1 0.5 -0.5 1.5 2.5 0.3'.split()

    def fine(digits, scale, *more):
        pool = [pools.Decimal(v) for v in (*texts, *more)]
        made = decimal(f'DECIMAL({digits},{scale})', pool)
        return Column(f'd{digits}_{scale}', made[0], made[1], 'num', tuple(made[3]))

    return Table(
        't_digits',
        [
            ID,
            *small_columns(),
            fine(38, 0, '9' * 38, '-' + '9' * 38, '1' + '0' * 37),
            fine(38, 38, '0.' + '9' * 38, '0.' + '0' * 37 + '1'),
            fine(38, 19, '9' * 19 + '.' + '9' * 19, '0.' + '0' * 18 + '1'),
            fine(38, 9, '9' * 29 + '.' + '9' * 9, '0.000000001'),
            fine(19, 4, '999999999999999.9999', '-999999999999999.9998', '0.0001'),
            # Whose sums have more digits than 64 bits.
            fine(18, 2, '9999999999999999.99', '9999999999999998.5', '-9999999999999999.99', '0.01'),
            fine(18, 0, '9' * 18, '-' + '9' * 18, '5' + '0' * 17),
            fine(18, 9, '999999999.999999999', '-999999999.999999998', '0.000000001'),
            fine(9, 9, '0.999999999', '0.000000001'),
            fine(4, 1, '999.9', '0.1'),
        ],
        90,
        weight=1.5,
    )


def grouped_floats():
    """Floats of which each row group has its own, and some NaN."""
    steps = tuple(float('nan') if n % 9 == 4 else n / 8 for n in range(-20, 70))
    columns = [Column('f', 'float', 'real', 'f4', steps), Column('g', 'double', 'double precision', 'f8', steps)]
    return Table('t_floats', [ID, *small_columns(), *columns], 90, weight=0.5)


def small_columns():
    return [filed(c) for c in data.small_columns()]


def csv_table():
    """All fields are text in the file; declared types are read from it."""
    table = restored(data.text_table())
    texts = [c for c in table.columns if c.tag == 'text'][:8]
    numbers = [c for c in restored(data.number_table()).columns if c.name in ('i', 'bi', 'dec5', 'g')]
    times = [c for c in restored(data.time_table()).columns if c.name in ('d', 'dt6', 'ts6')]
    columns = [ID, *small_columns(), *texts, *numbers, *times]
    return Table('t_csv', columns, 120, 'csv', weight=1.0, variants=('hand', 'coll_c'))


def json_table():
    """A record per line, whose values have JSON's own types; columns that are NULL may be left out."""
    return replace(csv_table(), name='t_json', options='jsonl')


def hive_table():
    """Two columns are in the names of directories."""
    texts = ('a', 'A', 'b c', 'é', '中', 'zug', "it's", 'x%y', 'a=b')
    columns = [
        ID,
        *small_columns(),
        text_column('v', 'string', pools.TEXT, 'text'),
        Column('p', 'hive', 'bigint', 'int8', (1, 2, 3, 7, -1, 2020)),
        Column('q', 'hive', 'text', 'text', texts),
    ]
    return Table('t_hive', columns, 90, 'hive', weight=0.8, variants=('imp', 'coll_c'))


def tables(codec):
    """Without their rows."""
    singles = [
        restored(data.text_table()),
        restored(data.number_table(), odd=True),
        restored(data.time_table()),
        restored(data.binary_table()),
        restored(data.wide_table()),
        restored(data.name_table()),
        restored(data.odd_table()),
        replace(restored(data.other_table()), weight=0.6),
        more_numbers(),
        grouped_floats(),
        csv_table(),
        json_table(),
        hive_table(),
    ]
    return singles, [with_fine_keys(restored(t)) for t in join_data.tables()]


def with_fine_keys(table):
    """Keys with more digits after the point than are sent as values."""
    name = {'j_c': 'n', 'j_d': 'm'}.get(table.name)
    if name is None:
        return table
    texts = [str(n) for n in join_data.NUMBERS]
    texts += ['1.000000000001', '2.000000000001', '2.500000000001', '3.000000000001', '7.000000000001', '-1.000000000001'] * 2
    pool = tuple(pools.Decimal(v) for v in texts)
    fine = Column(name, 'decimal128(30, 12)', 'numeric(30,12)', 'num', pool)
    return replace(table, columns=[fine if c.name == name else c for c in table.columns])


def build(seed, codec=None):
    singles, joined = tables(codec)
    data.fill(singles, seed, codec)
    join_data.fill(joined, seed, codec)
    return singles + joined
