"""Loads the remote database with pymysql and the local copy with COPY, both from the same literals."""

import io

import psycopg2
import pymysql

import convert

DATABASE = 'fabric_oracle'
USER = 'fabric_oracle'
PASSWORD = 'oracle\'s "word" \\ 1'


def remote_name(name):
    return '`' + name.replace('`', '``') + '`'


def local_name(name):
    return '"' + name.replace('"', '""') + '"'


def quote(text):
    """A PostgreSQL string literal that reads the same under any standard_conforming_strings."""
    return (
        ("E'" + text.replace('\\', '\\\\').replace("'", "''") + "'")
        if '\\' in text
        else "'" + text.replace("'", "''") + "'"
    )


def remote_connection(env, **options):
    return pymysql.connect(
        host=env['MYSQL_HOST'],
        port=int(env['MYSQL_PORT']),
        user=env['MYSQL_USER'],
        password=env.get('MYSQL_PASSWORD', ''),
        charset='utf8mb4',
        autocommit=True,
        **options,
    )


def prepare_session(cursor):
    """Fixes what the loader's own statements depend on, whatever the server's global settings are."""
    cursor.execute(
        "SET SESSION sql_mode='STRICT_ALL_TABLES', time_zone='+00:00', sql_select_limit=DEFAULT, character_set_results='utf8mb4'"
    )


def load_remote(connection, tables):
    with connection.cursor() as cursor:
        prepare_session(cursor)
        cursor.execute(f'DROP DATABASE IF EXISTS {DATABASE}')
        cursor.execute(f'CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4')
        cursor.execute(f"DROP USER IF EXISTS {USER}@'%', {USER}@localhost, {USER}@'127.0.0.1'")
        for host in ('%', 'localhost', '127.0.0.1'):
            cursor.execute(f'CREATE USER {USER}@%s IDENTIFIED BY %s', (host, PASSWORD))
            # MySQL wants more than SELECT of who locks rows
            cursor.execute(f'GRANT SELECT, LOCK TABLES ON {DATABASE}.* TO {USER}@%s', (host,))
        cursor.execute(f'USE {DATABASE}')
        for table in tables:
            create_remote(cursor, table)


def create_remote(cursor, table, rows=None):
    """Creates and fills one remote table; a zero-date table is loaded without the modes that refuse such dates."""
    if table.view:
        cursor.execute(f'CREATE VIEW {remote_name(table.name)} AS {table.view}'.replace('%', '%%') % ())
        return
    definitions = [f'{remote_name(c.name)} {c.my}' for c in table.columns] + ['PRIMARY KEY (id)'] + list(table.indexes)
    cursor.execute(f'DROP TABLE IF EXISTS {remote_name(table.name)}')
    cursor.execute(
        f'CREATE TABLE {remote_name(table.name)} ({", ".join(definitions)}) {table.options}'.replace('%', '%%') % ()
    )
    if not any(c.zero for c in table.columns):
        cursor.execute("SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE'")
    rows = table.rows if rows is None else rows
    for start in range(0, len(rows), 10):
        values = ', '.join(
            '(' + ', '.join(convert.remote_literal(c, row[c.name]) for c in table.columns) + ')'
            for row in rows[start : start + 10]
        )
        cursor.execute(f'INSERT INTO {remote_name(table.name)} VALUES {values}')
    cursor.execute("SET SESSION sql_mode='STRICT_ALL_TABLES'")


def base_type(column):
    """The base copy keeps enums and JSON as text; the views over it cast to what the import made of them."""
    return 'text' if column.pg in ('enum', 'jsonb') else column.pg


def load_local(connection, tables):
    with connection.cursor() as cursor:
        cursor.execute(
            "SET client_min_messages='warning'; SET TimeZone='UTC'; SET DateStyle='ISO, YMD'; SET IntervalStyle='postgres'"
        )
        for schema in ('base', 'base_inf'):
            cursor.execute(f'DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}')
        cursor.execute('DROP COLLATION IF EXISTS public.fabric_oracle_nd CASCADE')
        cursor.execute(
            "CREATE COLLATION public.fabric_oracle_nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
        )
        cursor.execute(
            'CREATE OR REPLACE FUNCTION public.fabric_oracle_try(query text) RETURNS text LANGUAGE plpgsql AS $$'
            " DECLARE result text; BEGIN EXECUTE query INTO result; RETURN result; EXCEPTION WHEN OTHERS THEN RETURN 'E' || SQLSTATE; END $$"
        )
        for table in tables:
            create_local(cursor, 'base', table, None)
            if 'zero_inf' in table.variants:
                create_local(cursor, 'base_inf', table, '-infinity')
    connection.commit()


def create_local(cursor, schema, table, zero, rows=None):
    name = f'{schema}.{local_name(table.name)}'
    cursor.execute(f'DROP TABLE IF EXISTS {name} CASCADE')
    cursor.execute(f'CREATE TABLE {name} ({", ".join(local_name(c.name) + " " + base_type(c) for c in table.columns)})')
    lines = io.StringIO()
    for row in table.rows if rows is None else rows:
        lines.write(
            '\t'.join(convert.copy_field(convert.local_text(c, row[c.name], zero)) for c in table.columns) + '\n'
        )
    lines.seek(0)
    cursor.copy_expert(f'COPY {name} FROM STDIN', lines)
    cursor.execute(f'ANALYZE {name}')


def check_stored(remote, local, tables):
    """Compares what the server really stored, read by the second client, with the local copy; returns complaints."""
    complaints = []
    with remote.cursor() as cursor, local.cursor() as reader:
        prepare_session(cursor)
        reader.execute(
            "SET TimeZone='UTC'; SET extra_float_digits=3; SET DateStyle='ISO, YMD'; SET IntervalStyle='postgres'"
        )
        cursor.execute(f'USE {DATABASE}')
        for table in (t for t in tables if t.local):
            cursor.execute(
                f"SELECT {', '.join(convert.read_expression(c) for c in table.columns)} FROM {remote_name(table.name)} ORDER BY id"
            )
            stored = cursor.fetchall()
            reader.execute(
                f'DROP TABLE IF EXISTS pg_temp.stored; CREATE TEMP TABLE stored (LIKE base.{local_name(table.name)})'
            )
            lines = ''.join(
                '\t'.join(convert.copy_field(convert.from_remote(c, cell, None)) for c, cell in zip(table.columns, row))
                + '\n'
                for row in stored
            )
            reader.copy_expert('COPY pg_temp.stored FROM STDIN', io.StringIO(lines))
            for column in table.columns:
                name = local_name(column.name)
                reader.execute(
                    f'SELECT b.id, b.{name}::text, s.{name}::text FROM base.{local_name(table.name)} b FULL JOIN pg_temp.stored s USING (id)'
                    f' WHERE b.{name}::text IS DISTINCT FROM s.{name}::text LIMIT 3'
                )
                complaints += [
                    f'{table.name}.{column.name} id {i}: literal {b!r}, stored {s!r}'[:300]
                    for i, b, s in reader.fetchall()
                ]
    local.rollback()
    return complaints


def local_connection(env, name='fabric_oracle'):
    connection = psycopg2.connect(
        host=env['PGHOST'],
        port=env['PGPORT'],
        user=env['PGUSER'],
        dbname=env['PGDATABASE'],
        application_name=name,
        client_encoding='utf8',
    )
    return connection
