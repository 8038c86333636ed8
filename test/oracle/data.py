"""The remote schema and its rows: every type of the type table, edge values first, then seeded random rows."""

import random
import struct
from dataclasses import replace

import pools
from columns import ID, Column, Table, keys, small_columns, stored, text_column
from convert import incomplete
from variety import engine_table, odd_table, set_table, view_table


def text_table():
    utf8 = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_'
    return Table(
        't_text',
        [
            ID,
            *small_columns(),
            text_column('v_general', f'VARCHAR(40) {utf8}general_ci', pools.TEXT),
            text_column(
                'v_unicode',
                f'VARCHAR(40) {utf8}unicode_ci',
                pools.TEXT,
                hand=('varchar(40) COLLATE "C"', 'text', 'v_unicode COLLATE "C"'),
            ),
            text_column(
                'v_bin',
                f'VARCHAR(40) {utf8}bin',
                pools.TEXT,
                hand=('varchar(40) COLLATE "en-x-icu"', 'text', 'v_bin COLLATE "en-x-icu"'),
            ),
            text_column(
                'v_nopad',
                f'VARCHAR(40) {utf8}nopad_bin',
                pools.TEXT,
                hand=('text COLLATE "C"', 'text', 'v_nopad::text COLLATE "C"'),
            ),
            text_column('v_latin', 'VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci', pools.LATIN),
            text_column(
                'v_latin_bin',
                'VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_bin',
                pools.LATIN,
                hand=('varchar(40) COLLATE "C"', 'text', 'v_latin_bin COLLATE "C"'),
            ),
            text_column('v_utf8mb3', 'VARCHAR(40) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci', pools.BMP),
            text_column('v_gbk', 'VARCHAR(40) CHARACTER SET gbk COLLATE gbk_chinese_ci', pools.GBK),
            text_column('v_ascii', 'VARCHAR(40) CHARACTER SET ascii COLLATE ascii_general_ci', pools.ASCII),
            text_column('v_utf16', 'VARCHAR(40) CHARACTER SET utf16 COLLATE utf16_general_ci', pools.TEXT),
            text_column(
                'v_nn',
                f'VARCHAR(40) {utf8}general_ci NOT NULL',
                pools.TEXT,
                hand=('varchar(40) COLLATE fabric_oracle_nd', 'nd', 'v_nn COLLATE fabric_oracle_nd'),
            ),
            text_column('c_general', f'CHAR(8) {utf8}general_ci', pools.CHARS, 'character(8)', 'bpchar'),
            text_column(
                'c_bin', f'CHAR(8) {utf8}bin', pools.CHARS, 'character(8)', 'bpchar', ('text', 'text', 'c_bin::text')
            ),
            text_column(
                'c_latin',
                'CHAR(8) CHARACTER SET latin1',
                [v for v in pools.CHARS if v in pools.LATIN],
                'character(8)',
                'bpchar',
            ),
            text_column('x_tiny', f'TINYTEXT {utf8}general_ci', pools.TEXT, 'text'),
            text_column('x_text', f'TEXT {utf8}general_ci', pools.TEXT, 'text'),
            text_column(
                'x_long',
                f'LONGTEXT {utf8}unicode_ci',
                pools.TEXT,
                'text',
                hand=('text COLLATE "C"', 'text', 'x_long COLLATE "C"'),
            ),
            Column('j', 'JSON', 'jsonb', 'jsonb', tuple(pools.JSON), ('text', 'text', 'j')),
        ],
        180,
        'DEFAULT CHARACTER SET utf8mb4',
        keys('v_general v_unicode v_bin v_nopad v_latin v_latin_bin v_utf8mb3 v_gbk v_utf16 v_ascii v_nn c_general c_bin'),
        weight=2.0,
    )


def number_table():
    return Table(
        't_num',
        [
            ID,
            *small_columns(),
            Column('ti', 'TINYINT', 'smallint', 'int2', (0, 1, -1, 2, 3, 7, 10, 127, -128)),
            Column('tiu', 'TINYINT UNSIGNED', 'smallint', 'int2', (0, 1, 2, 3, 7, 10, 127, 128, 255)),
            Column('si', 'SMALLINT', 'smallint', 'int2', tuple(pools.INT2), ('integer', 'int4', 'si::integer')),
            Column('siu', 'SMALLINT UNSIGNED', 'integer', 'int4', (0, 1, 2, 3, 10, 32767, 32768, 65535)),
            Column('mi', 'MEDIUMINT', 'integer', 'int4', (0, 1, -1, 2, 3, 10, 8388607, -8388608)),
            Column('miu', 'MEDIUMINT UNSIGNED ZEROFILL', 'integer', 'int4', (0, 1, 2, 3, 10, 16777215)),
            Column('i', 'INT', 'integer', 'int4', tuple(pools.INT4), ('numeric', 'num', 'i::numeric')),
            Column('i_nn', 'INT NOT NULL', 'integer', 'int4', tuple(pools.INT4)),
            Column('iu', 'INT UNSIGNED', 'bigint', 'int8', (0, 1, 2, 3, 10, 2147483647, 2147483648, 4294967295)),
            Column('bi', 'BIGINT', 'bigint', 'int8', tuple(pools.INT8)),
            Column('bi_nn', 'BIGINT NOT NULL', 'bigint', 'int8', tuple(pools.INT8), ('text', 'text', 'bi_nn::text')),
            Column('biu', 'BIGINT UNSIGNED', 'numeric(20,0)', 'num', tuple(pools.UINT8)),
            Column('ku', 'INT UNSIGNED NOT NULL', 'bigint', 'int8', tuple(pools.USMALL)),
            Column('kbu', 'BIGINT UNSIGNED NOT NULL', 'numeric(20,0)', 'num', tuple(pools.USMALL)),
            Column('f', 'FLOAT', 'real', 'f4', stored(pools.FLOAT4)),
            Column('f_nn', 'FLOAT NOT NULL', 'real', 'f4', stored(pools.FLOAT4)),
            Column('g', 'DOUBLE', 'double precision', 'f8', stored(pools.FLOAT8)),
            Column('kf', 'DOUBLE', 'double precision', 'f8', (0.0, 0.1, 0.5, 1.0, 1.5, 2.5, -0.5, -2.5, 3.0, 10.0)),
            Column('dec5', 'DECIMAL(5,2)', 'numeric(5,2)', 'num', tuple(pools.DEC52)),
            Column(
                'dec20', 'DECIMAL(20,0)', 'numeric(20,0)', 'num', tuple(pools.DEC20), ('text', 'text', 'dec20::text')
            ),
            Column('dec65', 'DECIMAL(65,30)', 'numeric(65,30)', 'num', tuple(pools.DEC65)),
            Column(
                'decu',
                'DECIMAL(10,3) UNSIGNED NOT NULL',
                'numeric(10,3)',
                'num',
                tuple(abs(v) for v in pools.DEC52),
                ('numeric', 'num', 'decu::numeric'),
            ),
            Column('bit1', 'BIT(1)', 'bit(1)', 'bit', tuple(pools.BITS1)),
            Column('bit8', 'BIT(8)', 'bit(8)', 'bit', tuple(pools.BITS8)),
            Column('bit64', 'BIT(64)', 'bit(64)', 'bit', tuple(pools.BITS64)),
            Column('y', 'YEAR', 'smallint', 'int2', tuple(pools.YEARS)),
            text_column(
                'v',
                'VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
                ['0', '1', '-1', '10', '01', '1.0', '', 'a', ' 1', '1e1', 'NaN', '2147483647'],
            ),
        ],
        200,
        indexes=keys('k4 si i iu bi ku biu f g kf dec5 dec20 dec65 decu y'),
        weight=2.0,
    )


def time_table():
    return Table(
        't_time',
        [
            ID,
            *small_columns(),
            Column('d', 'DATE', 'date', 'date', tuple(pools.DATES)),
            Column('d_nn', 'DATE NOT NULL', 'date', 'date', tuple(pools.DATES), ('timestamp', 'ts', 'd_nn::timestamp')),
            Column(
                'd_text', 'DATE', 'date', 'date', tuple(pools.DATES), ('text', 'text', "to_char(d_text, 'YYYY-MM-DD')")
            ),
            Column(
                'dt0',
                'DATETIME',
                'timestamp(0)',
                'ts',
                tuple(pools.joined(pools.DATES, pools.CLOCKS, 0)),
                ('timestamp', 'ts', 'dt0::timestamp'),
            ),
            Column('dt3', 'DATETIME(3)', 'timestamp(3)', 'ts', tuple(pools.joined(pools.DATES, pools.CLOCKS, 3))),
            Column('dt6', 'DATETIME(6)', 'timestamp(6)', 'ts', tuple(pools.joined(pools.DATES, pools.CLOCKS, 6))),
            Column(
                'dt6_nn',
                'DATETIME(6) NOT NULL',
                'timestamp(6)',
                'ts',
                tuple(pools.joined(pools.STAMP_DATES, pools.CLOCKS, 6)),
            ),
            Column(
                'ts0',
                'TIMESTAMP NULL',
                'timestamptz(0)',
                'tstz',
                tuple(pools.joined(pools.STAMP_DATES, pools.CLOCKS, 0) + pools.STAMP_EDGES),
            ),
            Column(
                'ts6',
                'TIMESTAMP(6) NULL',
                'timestamptz(6)',
                'tstz',
                tuple(
                    pools.joined(pools.STAMP_DATES, pools.CLOCKS, 6)
                    + pools.STAMP_EDGES
                    + ['2038-01-19 03:14:07.999999']
                ),
            ),
            Column(
                'ts6_nn',
                "TIMESTAMP(6) NOT NULL DEFAULT '2020-01-01'",
                'timestamptz(6)',
                'tstz',
                tuple(pools.joined(pools.STAMP_DATES, pools.CLOCKS, 6) + pools.STAMP_EDGES),
            ),
            Column(
                'tm0',
                'TIME',
                'interval(0)',
                'iv',
                tuple(pools.cut(v, 0) for v in pools.TIMES),
                ('interval', 'iv', 'tm0::interval'),
            ),
            Column('tm3', 'TIME(3)', 'interval(3)', 'iv', tuple(pools.cut(v, 3) for v in pools.TIMES)),
            Column('tm6', 'TIME(6)', 'interval(6)', 'iv', tuple(pools.TIMES)),
            Column(
                'tm_day',
                'TIME(6)',
                'interval(6)',
                'iv',
                tuple(v for v in pools.TIMES if v[0] != '-' and v < '24' and v[2] == ':'),
                ('time(6)', 'time', 'tm_day::time'),
            ),
            Column('y', 'YEAR', 'smallint', 'int2', tuple(pools.YEARS)),
            Column('n', 'DECIMAL(5,2)', 'numeric(5,2)', 'num', tuple(pools.DEC52)),
            text_column(
                'v',
                'VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
                ['2020-02-29', '2020-02-29 12:34:56', '', 'a', 'day', 'infinity', '12:34:56', '2020-1-1'],
            ),
        ],
        180,
        indexes=keys('d d_nn dt0 dt3 dt6 ts0 ts6 tm0 tm3 tm6'),
        weight=1.6,
    )


def zero_table():
    stamps = tuple(v + ' 00:00:00' for v in pools.ZERO_DATES) + ('2020-02-29 12:34:56', '2020-00-05 12:34:56')
    micro = stamps + ('2020-02-29 12:34:56.789012', '2020-02-00 12:34:56.789012')
    return Table(
        't_zero',
        [
            ID,
            *small_columns(),
            Column('d', 'DATE', 'date', 'date', tuple(pools.ZERO_DATES), zero=True),
            Column('d_nn', 'DATE NOT NULL', 'date', 'date', tuple(pools.ZERO_DATES), zero=True),
            Column('dt', 'DATETIME', 'timestamp(0)', 'ts', stamps, zero=True),
            Column('dt_nn', 'DATETIME(6) NOT NULL', 'timestamp(6)', 'ts', micro, zero=True),
            Column(
                'ts',
                'TIMESTAMP NULL',
                'timestamptz(0)',
                'tstz',
                ('0000-00-00 00:00:00', '2020-02-29 12:34:56', '1970-01-01 00:00:01', '2038-01-19 03:14:07'),
                zero=True,
            ),
            Column(
                'ts_nn',
                "TIMESTAMP NOT NULL DEFAULT '2020-01-01'",
                'timestamptz(0)',
                'tstz',
                ('0000-00-00 00:00:00', '2020-02-29 12:34:56', '2020-01-01 00:00:00'),
                zero=True,
            ),
        ],
        80,
        indexes=keys('d d_nn dt dt_nn ts'),
        weight=1.0,
        variants=('zero_null', 'zero_inf', 'zero_error'),
    )


def binary_table():
    enum = ','.join("'" + v.replace("'", "''") + "'" for v in pools.ENUM)
    labels = ','.join("'" + v + "'" for v in pools.SET_LABELS)
    return Table(
        't_bin',
        [
            ID,
            *small_columns(),
            Column('b4', 'BINARY(4)', 'bytea', 'bytea', tuple(v for v in pools.BYTES if len(v) <= 4)),
            Column('vb', 'VARBINARY(40)', 'bytea', 'bytea', tuple(pools.BYTES)),
            Column('vb_nn', 'VARBINARY(40) NOT NULL', 'bytea', 'bytea', tuple(pools.BYTES)),
            Column('tb', 'TINYBLOB', 'bytea', 'bytea', tuple(pools.BYTES)),
            Column('bl', 'BLOB', 'bytea', 'bytea', tuple(pools.BYTES)),
            Column('lb', 'LONGBLOB', 'bytea', 'bytea', tuple(pools.BYTES)),
            Column(
                'e', f'ENUM({enum}) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci', 'enum', 'enum', tuple(pools.ENUM)
            ),
            Column(
                'e_nn',
                f'ENUM({enum}) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL',
                'enum',
                'enum',
                tuple(pools.ENUM),
                ('text', 'text', 'e_nn'),
            ),
            Column(
                'e_latin',
                "ENUM('b','a','é') CHARACTER SET latin1",
                'enum',
                'enum',
                ('b', 'a', 'é'),
                ('text COLLATE "C"', 'text', 'e_latin COLLATE "C"'),
            ),
            Column(
                's',
                f'SET({labels}) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
                'text',
                'text',
                tuple(pools.SETS),
            ),
            text_column('v', 'VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci', pools.ENUM + pools.SETS),
        ],
        140,
        indexes=keys('b4 vb e e_nn'),
        weight=1.2,
    )


def wide_table():
    text = tuple(pools.WIDE) + ('w' * 70000, 'W' * 70000, 'w' * 69999 + '中', 'w' * 65535, 'w' * 65536)
    json = tuple(pools.JSON) + ('{"big": "' + 'w' * 70000 + '"}', '[' + ', '.join(str(n) for n in range(15000)) + ']')
    utf8 = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_'
    return Table(
        't_wide',
        [
            ID,
            *small_columns(),
            text_column(
                'wv',
                f'VARCHAR(3000) {utf8}general_ci',
                pools.WIDE,
                'varchar(3000)',
                hand=('text COLLATE "C"', 'text', 'wv::text COLLATE "C"'),
            ),
            text_column(
                'wt', f'LONGTEXT {utf8}general_ci', text, 'text', hand=('text COLLATE "C"', 'text', 'wt COLLATE "C"')
            ),
            text_column('wm', f'MEDIUMTEXT {utf8}bin', text, 'text'),
            Column('wj', 'JSON', 'jsonb', 'jsonb', json, ('json', 'json', 'wj::json')),
            Column(
                'wb',
                'LONGBLOB',
                'bytea',
                'bytea',
                (b'', b'a', b'x' * 65536, b'x' * 70000, b'\x00' * 70000, b'\xff' * 70001),
            ),
        ],
        30,
        weight=0.25,
    )


def name_table():
    """Identifiers and keywords that need quoting on either side."""
    return Table(
        't "Odd` na\'me',
        [
            ID,
            *small_columns(),
            Column('select', 'INT', 'integer', 'int4', tuple(pools.SMALL)),
            Column(
                'Upper',
                'VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
                'varchar(20)',
                'text',
                ('a', 'A', 'b', 'á', 'a '),
            ),
            Column('back`tick', 'INT', 'integer', 'int4', tuple(pools.SMALL)),
            Column('dou"ble', 'DATE', 'date', 'date', tuple(pools.DATES)),
            Column("quo'te", 'DOUBLE', 'double precision', 'f8', (0.0, 0.1, 0.5, 1.5)),
            Column(
                '列 \\ name',
                'VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci',
                'varchar(20)',
                'text',
                ('中', '文', 'a', 'A'),
            ),
        ],
        60,
        weight=0.3,
    )


def other_table():
    """Types that are read as text or bytes, and generated columns."""
    return Table(
        't_other',
        [
            ID,
            *small_columns(),
            Column(
                'u',
                'UUID',
                'text',
                'text',
                tuple(pools.UUIDS),
            ),
            Column('ip', 'INET6', 'text', 'text', ('::', '::1', '2001:db8::ff00:42:8329', '::ffff:192.0.2.1')),
            Column(
                'p',
                'POINT',
                'bytea',
                'bytea',
                tuple(struct.pack('<BIdd', 1, 1, x, y) for x, y in ((0.0, 0.0), (1.0, 2.0), (-1.5, 0.1))),
            ),
            Column('gen', 'INT GENERATED ALWAYS AS (k4 + 1) VIRTUAL', 'integer', 'int4', ()),
            Column('gen_stored', 'INT GENERATED ALWAYS AS (k4 + 1) STORED', 'integer', 'int4', ()),
        ],
        40,
        weight=0.2,
    )


def nul_table():
    """A NUL byte inside a text, which PostgreSQL cannot hold: an error, never a cut value."""
    values = ('plain', 'cut\0here', '\0', 'plain')
    return Table(
        't_nul',
        [
            ID,
            *small_columns(),
            text_column('v', 'VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci', values),
        ],
        8,
        weight=0,
        local=False,
    )


def build(seed, codec=None):
    """All tables with their rows."""
    tables = [
        text_table(),
        number_table(),
        time_table(),
        zero_table(),
        binary_table(),
        wide_table(),
        name_table(),
        other_table(),
        odd_table(),
        set_table(),
        engine_table('MyISAM'),
        engine_table('Aria'),
        nul_table(),
    ]
    fill(tables, seed, codec)
    return tables + [view_table(tables[1])]


def fill(tables, seed, codec=None):
    """Makes the rows: each edge value once in each column, then random rows, a NULL in about every eighth. With a codec only what
    it can hold."""
    rng = random.Random(f'data {seed}')
    if codec:
        tables[:] = [restricted(t, codec) for t in tables if all(pools.fits(c.name, codec) for c in t.columns)]
    for table in tables:
        for number in range(table.size):
            row = {'id': number + 1}
            for index, column in enumerate(table.columns[1:]):
                if 'GENERATED' in column.my:
                    row[column.name] = None if row['k4'] is None else row['k4'] + 1
                else:
                    row[column.name] = draw(rng, column, number, index % 3)
            table.rows.append(row)


def restricted(table, codec):
    columns = [
        replace(c, pool=tuple(v for v in c.pool if not isinstance(v, str) or pools.fits(v, codec))) for c in table.columns
    ]
    return replace(table, columns=columns)


def draw(rng, column, number, shift):
    """The shift sets neighbours of a pool (which differ in case, accent or a trailing blank) side by side in one row."""
    pool = column.pool
    if number < len(pool):
        return pool[(number + shift) % len(pool)]
    if not column.not_null and rng.random() < 0.12:
        return None
    value = pool[rng.randrange(len(pool))]
    if column.zero and number >= len(pool) * 2 and incomplete(value):
        return (
            pool[-1]
            if incomplete(pool[rng.randrange(len(pool))])
            else '2020-02-29' + ' 00:00:00' * (column.tag != 'date')
        )
    return value
