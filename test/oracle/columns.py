"""What a remote table and its columns are, and the columns that every table has."""

from dataclasses import dataclass, field

import pools


@dataclass(frozen=True)
class Column:
    """One column: its remote type, the type an import must give it, and the generator's name for that type."""

    name: str
    my: str  # remote type with character set, collation and NOT NULL
    pg: str  # type of the local copy, equal to what IMPORT FOREIGN SCHEMA makes
    tag: str  # type name of the generator; '' means selected but never used in expressions
    pool: tuple  # what rows draw from
    hand: tuple = None  # hand-written DDL: (type, tag, expression over the base column or None)
    zero: bool = False  # holds zero or incomplete dates

    @property
    def not_null(self):
        return 'NOT NULL' in self.my


@dataclass
class Table:
    name: str
    columns: list
    size: int
    options: str = ''  # remote table options
    indexes: tuple = ()
    rows: list = field(default_factory=list)
    weight: float = 1.0
    variants: tuple = ('imp', 'hand', 'coll_c')
    local: bool = True  # PostgreSQL can hold its values; otherwise only fixed cases look at it
    view: str = ''  # the SELECT of a remote view; empty for a table

    def column(self, name):
        return next(c for c in self.columns if c.name == name)


ID = Column('id', 'INT NOT NULL', 'integer', 'int4', ())


def small_columns():
    """A few columns of small values that every table has, so that functions of mixed types find arguments."""
    return [
        Column('k2', 'TINYINT', 'smallint', 'int2', tuple(pools.SMALL)),
        Column('k4', 'INT', 'integer', 'int4', tuple(pools.SMALL), ('bigint', 'int8', 'k4::bigint')),
        Column('k8', 'BIGINT NOT NULL', 'bigint', 'int8', tuple(pools.SMALL)),
        Column('flag', 'TINYINT(1)', 'smallint', 'int2', (0, 1, 1, 2, -1), ('boolean', 'bool', '(flag <> 0)')),
    ]


def stored(values):
    """Without -0.0: MariaDB turns it into 0 when it is stored, so only literals and parameters can carry it."""
    return tuple(v for v in values if repr(v) != '-0.0')


def keys(names):
    return tuple(f'KEY ({name})' for name in names.split())


def text_column(name, my, pool, pg='varchar(40)', tag='text', hand=None):
    return Column(name, my, pg, tag, tuple(pool), hand)
