"""More tables: types declared by hand that no import would choose, rare character sets, other engines, views."""

import pools
from columns import ID, Column, Table, keys, small_columns, stored, text_column


def odd_table():
    """Declared types that no import would choose: wider, narrower (by values that fit) or of another kind."""

    def odd(name, my, pg, tag, pool, wanted, wanted_tag, expression=None):
        return Column(name, my, pg, tag, tuple(pool), (wanted, wanted_tag, expression or f'{name}::{wanted}'))

    whole = pools.joined(pools.STAMP_DATES, pools.CLOCKS, 0)
    micro = pools.joined(pools.STAMP_DATES, pools.CLOCKS, 6)
    tenths = [v for v in pools.DEC52 if v * 10 == int(v * 10)]
    short = [v for v in pools.TEXT if len(v) <= 5]
    eight = [v for v in pools.TEXT if len(v) <= 8]
    utf8 = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci'
    return Table(
        't_odd',
        [
            ID,
            *small_columns(),
            odd('i_text', 'INT', 'integer', 'int4', pools.INT4, 'text', 'text'),
            odd('i_bool', 'INT', 'integer', 'int4', pools.SMALL, 'boolean', 'bool', '(i_bool <> 0)'),
            odd('i_num', 'INT', 'integer', 'int4', pools.INT4, 'numeric', 'num'),
            odd('i_f8', 'INT', 'integer', 'int4', pools.INT4, 'double precision', 'f8'),
            odd('ti_int8', 'TINYINT', 'smallint', 'int2', pools.SMALL, 'bigint', 'int8'),
            odd('tiu_int8', 'TINYINT UNSIGNED', 'smallint', 'int2', (0, 1, 2, 10, 255), 'bigint', 'int8'),
            odd('tiu_int4', 'TINYINT UNSIGNED', 'smallint', 'int2', (0, 1, 2, 10, 255), 'integer', 'int4'),
            odd('si_int8', 'SMALLINT', 'smallint', 'int2', pools.INT2, 'bigint', 'int8'),
            odd('iu_num', 'INT UNSIGNED', 'bigint', 'int8', (0, 1, 7, 4294967295), 'numeric', 'num'),
            odd('bi_num', 'BIGINT', 'bigint', 'int8', pools.INT8, 'numeric(25,2)', 'num'),
            odd('y_int8', 'YEAR', 'smallint', 'int2', pools.YEARS, 'bigint', 'int8'),
            odd('y_num', 'YEAR', 'smallint', 'int2', pools.YEARS, 'numeric', 'num'),
            odd('dec_num', 'DECIMAL(10,4)', 'numeric(10,4)', 'num', pools.DEC52, 'numeric', 'num'),
            odd('dec_wide', 'DECIMAL(10,4)', 'numeric(10,4)', 'num', pools.DEC52, 'numeric(20,6)', 'num'),
            odd('dec_narrow', 'DECIMAL(10,4)', 'numeric(10,4)', 'num', tenths, 'numeric(5,1)', 'num'),
            odd('dec_f8', 'DECIMAL(10,4)', 'numeric(10,4)', 'num', pools.DEC52, 'double precision', 'f8'),
            odd('f_f8', 'FLOAT', 'real', 'f4', stored(pools.FLOAT4), 'double precision', 'f8'),
            odd('g_f4', 'DOUBLE', 'double precision', 'f8', (0.0, 0.5, 1.5, -2.5, 16777216.0), 'real', 'f4'),
            odd('v_short', f'VARCHAR(40) {utf8}', 'varchar(40)', 'text', short, 'varchar(5)', 'text'),
            odd('v_char', f'VARCHAR(40) {utf8}', 'varchar(40)', 'text', eight, 'character(8)', 'bpchar'),
            odd('c_varchar', f'CHAR(8) {utf8}', 'character(8)', 'bpchar', pools.CHARS, 'varchar(8)', 'text'),
            odd('x_varchar', f'TEXT {utf8}', 'text', 'text', pools.TEXT, 'varchar(40)', 'text'),
            odd('e_varchar', "ENUM('b','a','B2')", 'text', 'text', ('b', 'a', 'B2'), 'varchar(20)', 'text'),
            odd('vb_text', 'VARBINARY(40)', 'bytea', 'bytea', (b'a', b'A', b'a ', b''), 'text', 'text', "convert_from(vb_text, 'UTF8')"),
            odd('d_ts', 'DATE', 'date', 'date', pools.DATES, 'timestamp', 'ts'),
            odd('dt_tstz', 'DATETIME(6)', 'timestamp(6)', 'ts', micro, 'timestamptz', 'tstz', "dt_tstz AT TIME ZONE 'UTC'"),
            odd('ts_ts', 'TIMESTAMP(6) NULL', 'timestamptz(6)', 'tstz', micro, 'timestamp', 'ts', "ts_ts AT TIME ZONE 'UTC'"),
            odd('dt_whole', 'DATETIME(6)', 'timestamp(6)', 'ts', whole, 'timestamp(0)', 'ts'),
            odd('dt_text', 'DATETIME(3)', 'timestamp(3)', 'ts', pools.joined(pools.DATES, pools.CLOCKS, 3), 'text', 'text',
                "to_char(dt_text, 'YYYY-MM-DD HH24:MI:SS.MS')"),
            odd('tm_wide', 'TIME(3)', 'interval(3)', 'iv', [pools.cut(v, 3) for v in pools.TIMES], 'interval', 'iv'),
            odd('bit_bool', 'BIT(1)', 'bit(1)', 'bit', pools.BITS1, 'boolean', 'bool', "(bit_bool = B'1')"),
            odd('set_array', "SET('x','a','d')", 'text', 'text', ('', 'x', 'a', 'x,a', 'x,a,d'), 'text[]', '',
                "CASE WHEN set_array = '' THEN '{}'::text[] ELSE string_to_array(set_array, ',') END"),
        ],
        90,
        indexes=keys('i_num ti_int8 tiu_int8 bi_num dec_num dec_wide f_f8 v_short c_varchar ts_ts dt_whole tm_wide'),
        weight=1.2,
        variants=('hand',),
    )


CHARACTER_SETS = (
    ('ucs2', 'ucs2_general_ci', 'utf8mb3'),
    ('utf16le', 'utf16le_general_ci', 'utf-8'),
    ('utf32', 'utf32_bin', 'utf-8'),
    ('utf8mb3', 'utf8mb3_bin', 'utf8mb3'),
    ('utf8mb4', 'utf8mb4_unicode_nopad_ci', 'utf-8'),
    ('utf8mb4', 'utf8mb4_german2_ci', 'utf-8'),
    ('latin1', 'latin1_general_cs', 'cp1252'),
    ('latin2', 'latin2_general_ci', 'iso8859_2'),
    ('cp1251', 'cp1251_general_ci', 'cp1251'),
    ('gbk', 'gbk_bin', 'gbk'),
    ('big5', 'big5_chinese_ci', 'big5'),
    ('euckr', 'euckr_korean_ci', 'euc_kr'),
    ('sjis', 'sjis_japanese_ci', 'shift_jis'),
)


def set_table():
    """Character sets and collations beyond those of t_text."""
    columns = []
    for number, (name, collation, codec) in enumerate(CHARACTER_SETS):
        pool = [v for v in pools.TEXT if pools.fits(v, codec) and '€' not in v]
        if name in ('sjis', 'big5'):
            pool = [v for v in pool if '\\' not in v]
        columns.append(text_column(f'v_{collation}', f'VARCHAR(40) CHARACTER SET {name} COLLATE {collation}', pool))
    columns.append(
        text_column('c_ucs2', 'CHAR(8) CHARACTER SET ucs2', [v for v in pools.CHARS if pools.fits(v, 'utf8mb3')], 'character(8)', 'bpchar')
    )
    columns.append(text_column('x_gbk', 'TEXT CHARACTER SET gbk', pools.GBK, 'text'))
    return Table(
        't_sets', [ID, *small_columns(), *columns], 150, indexes=keys(' '.join(c.name for c in columns[:-1])), weight=0.8
    )


def engine_table(engine):
    utf8 = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci'
    return Table(
        't_' + engine.lower(),
        [
            ID,
            *small_columns(),
            Column('i', 'INT', 'integer', 'int4', tuple(pools.INT4)),
            Column('dec5', 'DECIMAL(5,2)', 'numeric(5,2)', 'num', tuple(pools.DEC52)),
            Column('g', 'DOUBLE', 'double precision', 'f8', stored(pools.FLOAT8)),
            text_column('v', f'VARCHAR(40) {utf8}', pools.TEXT),
            text_column('c', f'CHAR(8) {utf8}', pools.CHARS, 'character(8)', 'bpchar'),
            Column('d', 'DATE', 'date', 'date', tuple(pools.DATES)),
            Column('dt0', 'DATETIME', 'timestamp(0)', 'ts', tuple(pools.joined(pools.DATES, pools.CLOCKS, 0))),
            Column('b4', 'BINARY(4)', 'bytea', 'bytea', tuple(v for v in pools.BYTES if len(v) <= 4)),
        ],
        100,
        f'ENGINE={engine}',
        keys('i dec5 g v c d dt0 b4'),
        weight=0.4,
    )


def view_table(base):
    """A view over another table, with columns of its own making."""
    columns = [c for c in base.columns if c.name in ('id', 'k2', 'k4', 'k8', 'i', 'iu', 'dec5', 'f', 'v', 'y')]
    columns[3:3] = [c for c in small_columns() if c.name == 'flag']
    made = [
        Column('longer', 'VARCHAR(41)', 'varchar(41)', 'text', ()),
        Column('sum', 'BIGINT', 'bigint', 'int8', ()),
    ]
    listed = ', '.join(f'`{c.name}`' for c in columns)
    return Table(
        't_view',
        columns + made,
        base.size,
        weight=0.5,
        variants=('imp', 'coll_c'),
        view=f"SELECT {listed}, CONCAT(v, '!') AS longer, CAST(k2 + k8 AS SIGNED) AS sum FROM {base.name}",
        rows=[
            {c.name: row[c.name] for c in columns}
            | {
                'longer': None if row['v'] is None else row['v'] + '!',
                'sum': None if row['k2'] is None else row['k2'] + row['k8'],
            }
            for row in base.rows
        ],
    )
