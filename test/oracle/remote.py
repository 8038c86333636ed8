"""The far side of the wrapper under test, as the oracle needs it: where it makes tables, and what it varies there."""

import convert
import data
import flavour
import join_data
import load
import settings


class MysqlRemote:
    """A server that speaks MySQL's protocol. The second client is pymysql."""

    own_cases = True
    two_zeros = False  # there are none of the other sign
    settings_vary = True  # its global variables are part of the settings matrix

    def __init__(self, env):
        self.env = env
        self.connection = load.remote_connection(env)
        self.flavour = flavour.Flavour(self.connection)

    def build(self, seed, codec):
        """The tables with their rows, as this server can have them."""
        tables = self.flavour.adapt(data.build(seed, codec) + join_data.build(seed, codec))
        self.flavour.restrict_settings()
        return tables

    def notes(self):
        return [f'remote server {self.flavour.version}', *self.flavour.notes]

    def load(self, tables, local):
        load.load_remote(self.connection, tables)
        self.globals = settings.RemoteGlobals(self.connection)

    def check(self, local, tables):
        """Compares what the server stored with the local copy; complaints."""
        raw = load.remote_connection(self.env, conv={}, use_unicode=False)
        complaints = load.check_stored(raw, local, tables)
        raw.close()
        return complaints

    def can_run(self, text, remote):
        return self.flavour.can_run(text, remote)

    def begin_small(self):
        self.cursor = self.connection.cursor()
        load.prepare_session(self.cursor)
        self.cursor.execute(f'USE {load.DATABASE}')

    def create(self, table):
        load.create_remote(self.cursor, table)

    def drop(self, name):
        self.cursor.execute(f'DROP TABLE IF EXISTS {load.remote_name(name)}')

    def show(self, table):
        """How a reader makes a small table himself."""
        columns = ', '.join(load.remote_name(c.name) + ' ' + c.my for c in table.columns)
        yield f'CREATE TABLE {table.name} ({columns}, PRIMARY KEY (id));'
        for row in table.rows[:10]:
            values = ', '.join(convert.remote_literal(c, row[c.name])[:300] for c in table.columns)
            yield f'INSERT INTO {table.name} VALUES ({values});  -- ' + ', '.join(
                repr(row[c.name])[:80] for c in table.columns
            )

    def close(self):
        self.globals.restore()
        self.connection.close()


class NoGlobals:
    def apply(self, wanted):
        pass
