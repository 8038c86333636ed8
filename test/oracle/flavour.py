"""What the remote server lacks of what the tables and settings ask for: MySQL has no nopad collations, MariaDB no 0900 ones. The
nearest that it has takes the place, else the thing is left out; either is said."""

import re
from dataclasses import replace

import pymysql
import settings

# For a collation that is not there: the first of these that is.
COUNTERPARTS = {
    'utf8mb4_nopad_bin': ('utf8mb4_0900_bin',),
    'utf8mb4_unicode_nopad_ci': ('utf8mb4_0900_ai_ci',),
}
# Types of one server only, by a statement that shows whether they are there.
RARE_TYPES = {'UUID': "SELECT CAST('00000000-0000-0000-0000-000000000000' AS UUID)", 'INET6': "SELECT CAST('::' AS INET6)"}


class Flavour:
    """Asks the server once; `notes` tells what was replaced or left out."""

    def __init__(self, connection):
        self.connection, self.notes = connection, []
        self.missing = []  # names of tables and columns that were left out
        self.version = self.column('SELECT version()')[0]
        self.collations = set(self.column('SELECT collation_name FROM information_schema.collations'))
        self.engines = {
            name.lower()
            for name in self.column("SELECT engine FROM information_schema.engines WHERE support IN ('YES', 'DEFAULT')")
        }
        self.has_json = self.accepts("SELECT CAST('1' AS JSON)")
        self.no_types = [name for name, statement in RARE_TYPES.items() if not self.accepts(statement)]

    def column(self, statement):
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return [row[0] for row in cursor.fetchall()]

    def accepts(self, statement):
        try:
            self.column(statement)
            return True
        except pymysql.Error:
            return False

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def adapt(self, tables):
        """The tables that this server can have, in its terms."""
        adapted = []
        for table in tables:
            engine = re.search(r'ENGINE=(\w+)', table.options)
            if engine and engine.group(1).lower() not in self.engines:
                self.note(f'table {table.name}: no engine {engine.group(1)}')
                self.missing.append(table.name)
                continue
            self.store_json(table)
            columns = [replace(c, my=self.declaration(c.my)) for c in table.columns if self.has_type(table, c)]
            adapted.append(replace(table, columns=columns))
        return adapted

    def store_json(self, table):
        """MySQL writes JSON anew as it stores it: the rows then hold what it makes of them."""
        for column in table.columns if self.has_json else ():
            if column.my.startswith('JSON'):
                for row in table.rows:
                    with self.connection.cursor() as cursor:
                        cursor.execute('SELECT CAST(CAST(%s AS JSON) AS CHAR)', [row[column.name]])
                        row[column.name] = cursor.fetchone()[0]

    def has_type(self, table, column):
        missing = column.my.split(' ')[0] in self.no_types
        if missing:
            self.note(f'column {table.name}.{column.name}: no type {column.my}')
            self.missing.append(column.name)
        return not missing

    def declaration(self, text):
        match = re.search(r'COLLATE (\w+)', text)
        if not match or match.group(1) in self.collations:
            return text
        found = next((c for c in COUNTERPARTS.get(match.group(1), ()) if c in self.collations), None)
        if found is None:
            raise SystemExit(f'The server has neither the collation {match.group(1)} nor a counterpart of it.')
        self.note(f'collation {match.group(1)}: {found}')
        return text.replace(match.group(0), 'COLLATE ' + found)

    def can_run(self, text, remote):
        """Whether a fixed case asks only for what the server has: tables and columns, modes and variables."""
        if any(re.search(rf'\b{name}\b', text) for name in self.missing):
            return False
        mode = remote.get('sql_mode')
        return all(self.has_variable(n) for n in remote) and (mode is None or self.accepts(f'SET SESSION sql_mode = {mode}'))

    def restrict_settings(self):
        """Leaves of the settings matrix what the server knows."""
        modes = [mode for mode in settings.SQL_MODES if self.accepts(f"SET SESSION sql_mode = '{mode}'")]
        known = [e for e in settings.REMOTE_VARIABLES if all(self.has_variable(n) for n in e)]
        for kind, before, after in (('sql_mode', settings.SQL_MODES, modes), ('variables', settings.REMOTE_VARIABLES, known)):
            for entry in before:
                if entry not in after:
                    self.note(f'{kind} {entry}: unknown to the server')
        settings.SQL_MODES, settings.REMOTE_VARIABLES = tuple(modes), tuple(known)

    def has_variable(self, name):
        return self.accepts(f'SELECT @@GLOBAL.{name}')
