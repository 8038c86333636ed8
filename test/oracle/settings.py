"""The settings matrix: what is varied around the statements, on this side and on the remote server."""

import random
from dataclasses import dataclass, field

TIME_ZONES = ('UTC', 'Asia/Kolkata', 'America/St_Johns')
DATE_STYLES = ('ISO, YMD', 'ISO, DMY', 'SQL, MDY', 'SQL, DMY', 'Postgres, DMY', 'German, DMY')
INTERVAL_STYLES = ('postgres', 'sql_standard', 'postgres_verbose', 'iso_8601')
FLOAT_DIGITS = ('3', '3', '1', '0', '-3')
PLANS = ('simple', 'custom', 'generic', 'generic')
TRANSACTIONS = ('none', 'none', 'block', 'savepoint', 'serializable')
# Settings that make rescans, or change how PostgreSQL prints what a careless wrapper prints with its own output functions.
EXTRA = (
    {},
    {},
    {},
    {'enable_hashjoin': 'off', 'enable_mergejoin': 'off'},
    {'enable_nestloop': 'off', 'enable_hashjoin': 'off'},
    {'bytea_output': 'escape'},
    {'standard_conforming_strings': 'on', 'quote_all_identifiers': 'on'},
    {'enable_material': 'off', 'enable_hashjoin': 'off'},
    {'xmloption': 'document', 'search_path_tail': 'public'},
)

# Of the engine of files.
ENGINE = ({}, {}, {'fabric.engine_threads': '1'}, {'fabric.engine_threads': '4', 'fabric.engine_memory': '256MB'})

STRICT = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'
SQL_MODES = (
    STRICT,
    STRICT,
    '',
    'NO_BACKSLASH_ESCAPES',
    'ANSI_QUOTES',
    'PIPES_AS_CONCAT',
    'ANSI',
    'ANSI,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE',
    'ORACLE',
    'PAD_CHAR_TO_FULL_LENGTH',
    'EMPTY_STRING_IS_NULL',
    'TRADITIONAL',
    'TIME_ROUND_FRACTIONAL',
    'TIME_TRUNCATE_FRACTIONAL',
    'NO_UNSIGNED_SUBTRACTION',
    'IGNORE_SPACE,REAL_AS_FLOAT',
    'ONLY_FULL_GROUP_BY',
    'ALLOW_INVALID_DATES',
    'NO_ZERO_DATE,NO_ZERO_IN_DATE',
)
REMOTE_ZONES = ('SYSTEM', '+00:00', '+05:30', '-03:30', '+13:00')
# Each is a global variable of the server that a session inherits and that could change an answer or cut a result.
REMOTE_VARIABLES = (
    {},
    {},
    {'div_precision_increment': '0'},
    {'sql_select_limit': '5'},
    {'group_concat_max_len': '4'},
    {'max_sort_length': '64'},
    {'sql_auto_is_null': '1'},
    {'lc_time_names': "'de_DE'"},
    {'default_week_format': '3'},
    {'collation_connection': "'latin1_swedish_ci'", 'collation_server': "'latin1_german1_ci'"},
    {'character_set_server': "'latin1'"},
    {'init_connect': "'SET NAMES latin1'"},
    {'init_connect': "\"SET sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone='+09:00'\""},
    {'old_mode': "'ZERO_DATE_TIME_CAST'"},
    {'in_predicate_conversion_threshold': '2'},
    {'default_regex_flags': "'DOTALL,EXTENDED'"},
    {'completion_type': "'RELEASE'"},
    {'tx_isolation': "'READ-UNCOMMITTED'"},
    {'transaction_isolation': "'READ-UNCOMMITTED'"},
    {'default_collation_for_utf8mb4': "'utf8mb4_general_ci'"},
    {'collation_connection': "'utf8mb4_0900_ai_ci'", 'windowing_use_high_precision': '0'},
    {'sql_buffer_result': '1'},
    {'max_allowed_packet': '16777216'},
    {'sql_safe_updates': '1', 'sql_big_selects': '1'},
    {'character_set_results': "'latin1'"},
    {'character_set_client': "'latin1'"},
    {'optimizer_switch': "'derived_merge=off,index_condition_pushdown=off'"},
)


@dataclass
class Config:
    """One cell of the matrix; a batch of statements runs under it with fresh connections."""

    variant: str
    plan: str = 'simple'
    transaction: str = 'none'
    session: dict = field(default_factory=dict)
    remote: dict = field(default_factory=dict)

    @property
    def prepared(self):
        return self.plan != 'simple'

    def describe(self):
        remote = ', '.join(f'{k}={v}' for k, v in self.remote.items())
        session = ', '.join(f'{k}={v}' for k, v in self.session.items())
        return f'variant {self.variant}; plan {self.plan}; transaction {self.transaction}; session {session}; remote {remote}'

    def session_sql(self):
        parts = [
            f"SET {name} TO {value!r}" if name not in ('DateStyle',) else f"SET DateStyle TO '{value}'"
            for name, value in self.session.items()
            if name != 'search_path_tail'
        ]
        if self.plan != 'simple':
            parts.append(f"SET plan_cache_mode TO 'force_{self.plan}_plan'")
        return '; '.join(parts)


VARIANT_WEIGHTS = {'imp': 5, 'hand': 4, 'coll_c': 3, 'zero_null': 1.6, 'zero_inf': 1.2, 'zero_error': 0.5}


def draw(rng: random.Random, variants, remote_varies=True):
    names = [v for v in variants]
    session = {
        'TimeZone': rng.choice(TIME_ZONES),
        'DateStyle': rng.choice(DATE_STYLES),
        'IntervalStyle': rng.choice(INTERVAL_STYLES),
        'extra_float_digits': rng.choice(FLOAT_DIGITS),
    }
    session.update(rng.choice(EXTRA))
    remote = {}
    if remote_varies:
        remote = {'sql_mode': f"'{rng.choice(SQL_MODES)}'", 'time_zone': f"'{rng.choice(REMOTE_ZONES)}'"}
        remote.update(rng.choice(REMOTE_VARIABLES))
    else:
        session.update(rng.choice(ENGINE))
    return Config(
        rng.choices(names, [VARIANT_WEIGHTS[n] for n in names])[0],
        rng.choice(PLANS),
        rng.choice(TRANSACTIONS),
        session,
        remote,
    )


def plain(variant):
    """The default cell, to which a found case is shrunk."""
    return Config(
        variant,
        'simple',
        'none',
        {'TimeZone': 'UTC', 'DateStyle': 'ISO, YMD', 'IntervalStyle': 'postgres', 'extra_float_digits': '3'},
        {},
    )


class RemoteGlobals:
    """Sets the server's global variables for a batch and restores what was there."""

    def __init__(self, connection):
        self.connection = connection
        self.original = {}
        self.current = {}
        with connection.cursor() as cursor:
            for name in sorted({name for entry in REMOTE_VARIABLES for name in entry} | {'sql_mode', 'time_zone'}):
                cursor.execute('SELECT @@GLOBAL.' + name)
                self.original[name] = cursor.fetchone()[0]

    def apply(self, wanted):
        for name in list(self.current):
            if name not in wanted:
                self.set(name, literal(self.original[name]))
                del self.current[name]
        for name, value in wanted.items():
            if self.current.get(name) != value:
                self.set(name, value)
                self.current[name] = value

    def set(self, name, value):
        with self.connection.cursor() as cursor:
            cursor.execute(f'SET GLOBAL {name} = {value}'.replace('%', '%%') % ())

    def restore(self):
        self.apply({})


def literal(value):
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
