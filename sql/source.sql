-- Sources and connectors: made, changed, dropped, adopted; bad input; who may do and see what; servers changed by hand. No source is
-- connected to: what does that is in test/tap/source.t.
CREATE SCHEMA source;
SET search_path = source;
\set SHOW_CONTEXT never

-- ---- connectors ----

SELECT connector, wrapper, installed, description, mapping_options, features, builtin FROM fabric.connectors ORDER BY connector;
-- Those of our wrappers have every option that servers and user mappings may have.
SELECT c.connector, count(*), count(*) FILTER (WHERE o.option IS NULL OR p.key IS NULL) AS missing
	FROM fabric.connectors AS c
		CROSS JOIN LATERAL jsonb_object_keys(c.options_schema -> 'properties') AS p(key)
		FULL JOIN (SELECT DISTINCT wrapper, option FROM fabric.wrapper_options WHERE scope && '{server,user mapping}') AS o
			ON o.wrapper = c.wrapper AND o.option = p.key
	WHERE coalesce(c.wrapper, o.wrapper) LIKE 'fabric\_%'
	GROUP BY c.connector ORDER BY c.connector;
SELECT name, options_schema -> 'properties' -> name AS property
	FROM fabric.connectors, unnest('{host,port,tls_mode,connect_timeout,compress,tls_ca,password,sql_mode,fdw_tuple_cost}'::text[]) AS name
	WHERE connector = 'mysql';

-- ---- making one ----

SELECT source, connector, options, owner = CURRENT_USER AS mine, description, tags, adopted, created_by = CURRENT_USER AS by_me,
		created_at = now() AS now
	FROM fabric.add_source('shop', 'mysql', '{"host": "db.example.com", "port": 3307, "connect_timeout": "5s", "compress": true, "username": "reader"}',
		description => 'The shop', tags => '{retail,mysql,retail}', test => false);
SELECT srvname, fdwname, srvoptions, obj_description(s.oid, 'pg_foreign_server')
	FROM pg_foreign_server AS s JOIN pg_foreign_data_wrapper AS w ON w.oid = srvfdw WHERE srvname = 'shop';
SELECT srvname, usename = CURRENT_USER AS mine, umoptions FROM pg_user_mappings WHERE srvname = 'shop';
-- For all; without options; in other words.
SELECT source, options, description, tags FROM fabric.add_source('for all', 'mysql', role => 'public', test => false);
SELECT srvname, usename, umoptions FROM pg_user_mappings WHERE srvname = 'for all';
SELECT source, options FROM fabric.add_source('files', 'objectstore', '{"root": "/tmp"}', test => false);
SELECT count(*) FROM pg_user_mappings WHERE srvname = 'files';
SELECT source, connector FROM fabric.sources ORDER BY source;

-- Once more.
SELECT fabric.add_source('shop', 'mysql', test => false);
SELECT source, options FROM fabric.add_source('shop', 'mysql', '{"host": "other"}', if_not_exists => true, test => false);
CREATE SERVER "by hand" FOREIGN DATA WRAPPER fabric_mysql OPTIONS (host 'other');
SELECT fabric.add_source('by hand', 'mysql', if_not_exists => true, test => false);

-- ---- bad input: nothing is made ----

SELECT fabric.add_source('bad', 'mysqll', test => false);
SELECT fabric.add_source('bad', 'spreadsheet', test => false);
SELECT fabric.add_source('bad', NULL, test => false);
SELECT fabric.add_source(NULL, 'mysql', test => false);
SELECT fabric.add_source('', 'mysql', test => false);
SELECT fabric.add_source(repeat('x', 200), 'mysql', test => false);
SELECT fabric.add_source('bad', 'mysql', '{"hots": "db"}', test => false);
SELECT fabric.add_source('bad', 'mysql', '{"colour": "red"}', test => false);
SELECT fabric.add_source('bad', 'mysql', '{"port": "many"}', test => false);
SELECT fabric.add_source('bad', 'mysql', '{"port": -1}', test => false);
SELECT fabric.add_source('bad', 'mysql', '{"port": 99999}', test => false);
SELECT fabric.add_source('bad', 'mysql', '{"tls_mode": "yes"}', test => false);
SELECT fabric.add_source('bad', 'mysql', '{"compress": 7}', test => false);
SELECT fabric.add_source('bad', 'mysql', '{"connect_timeout": "soon"}', test => false);
SELECT fabric.add_source('bad', 'mysql', '{"host": ["a"]}', test => false);
SELECT fabric.add_source('bad', 'mysql', '[]', test => false);
SELECT fabric.add_source('bad', 'mysql', 'null', test => false);
SELECT fabric.add_source('bad', 'mysql', '{"password": "geheim"}', test => false);
SELECT fabric.add_source('bad', 'objectstore', test => false);
SELECT fabric.add_source('bad', 'objectstore', '{"root": null}', test => false);
SELECT fabric.add_source('bad', 'objectstore', '{"root": "/tmp"}', secret => '{"password": "geheim"}', test => false);
SELECT fabric.add_source('bad', 'mysql', tags => '{a,NULL}', test => false);
SELECT fabric.add_source('bad', 'mysql', tags => '{""}', test => false);
SELECT fabric.add_source('bad', 'mysql', role => 'nobody of this name', test => false);
SELECT fabric.add_source('bad', 'mysql', storage => 'cloud', test => false);
SELECT fabric.add_source('bad', 'mysql', secret => '{"password": "geheim"}', test => false);
SELECT fabric.add_source('bad', 'mysql', secret => '{"password": "geheim", "passwort": "geheim"}', test => false);
SELECT fabric.add_source('bad', 'postgres', test => false);
SELECT count(*) FROM pg_foreign_server WHERE srvname = 'bad';
SELECT count(*) FROM fabric_system.sources WHERE source = 'bad';

-- Names that are ones all the same.
SELECT source FROM fabric.add_source(E'quo"te''s\nand lines', 'mysql', test => false);
SELECT source FROM fabric.add_source('商店', 'mysql', description => '一家商店', tags => '{零售}', test => false);
SELECT source, description, tags FROM fabric.sources WHERE source = '商店';
SELECT fabric.drop_source(E'quo"te''s\nand lines'), fabric.drop_source('商店');

-- ---- changing ----

SELECT options, description, tags FROM fabric.alter_source('shop', '{"port": null, "host": "new.example.com", "read_timeout": "1min", "username": "writer"}', test => false);
SELECT umoptions FROM pg_user_mappings WHERE srvname = 'shop';
SELECT options, description, tags FROM fabric.alter_source('shop', description => '', tags => '{}', test => false);
SELECT options, description, tags FROM fabric.alter_source('shop', '{"port": null, "username": null}', description => 'Shop', tags => '{x}', test => false);
SELECT umoptions FROM pg_user_mappings WHERE srvname = 'shop';
SELECT options, description, tags FROM fabric.alter_source('shop');
SELECT options FROM fabric.alter_source('shop', '{"username": "all"}', role => 'public', test => false);
SELECT usename = CURRENT_USER AS mine, umoptions FROM pg_user_mappings WHERE srvname = 'shop' ORDER BY 1;
SELECT fabric.alter_source('shop', '{"hst": "a"}', test => false);
SELECT fabric.alter_source('shop', '{"hst": null}', test => false);
SELECT fabric.alter_source('files', '{"root": null}', test => false);
SELECT fabric.alter_source('shop', '{"password": null}', test => false);
SELECT fabric.alter_source('shop', owner => 'nobody of this name');
SELECT fabric.alter_source('nothing');
SELECT fabric.alter_source('by hand', description => 'x');

-- ---- by hand ----

-- A renamed server is the same source; options and comments are the server's own.
ALTER SERVER shop RENAME TO store;
ALTER SERVER store OPTIONS (ADD tls_mode 'required');
COMMENT ON SERVER store IS 'The store';
SELECT source, options, description, tags FROM fabric.sources WHERE source IN ('shop', 'store');
-- Dropped, by whatever statement.
DROP SERVER store CASCADE;
SELECT source FROM fabric.sources ORDER BY source;
-- Adopted, and given back.
SELECT source, connector, options, tags, adopted FROM fabric.adopt_server('by hand', tags => '{mine}');
SELECT fabric.adopt_server('by hand');
SELECT fabric.adopt_server('nothing');
SELECT fabric.adopt_server('files', 'mysql');
SELECT fabric.unadopt_server('by hand');
SELECT fabric.unadopt_server('by hand');
SELECT fabric.adopt_server('by hand', 'objectstore');
SELECT count(*) FROM pg_foreign_server WHERE srvname = 'by hand';
DROP SERVER "by hand";

-- ---- dropping ----

CREATE FOREIGN TABLE kept (a integer) SERVER files OPTIONS (location 'a.csv');
SELECT fabric.drop_source('files');
SELECT fabric.drop_source('files', cascade => true);
SELECT to_regclass('kept') IS NULL AS gone;
SELECT fabric.drop_source('files');
SELECT fabric.drop_source('files', if_exists => true);
SELECT fabric.drop_source('for all');
SELECT count(*) FROM fabric_system.sources;

-- ---- another wrapper, described by a connector of one's own ----

CREATE EXTENSION file_fdw;
CREATE SERVER logs FOREIGN DATA WRAPPER file_fdw;
SELECT fabric.adopt_server('logs');
SELECT fabric.add_connector('logs', 'file_fdw', '{"properties": {"path": {"type": "array"}}}');
SELECT fabric.add_connector('mysql', 'file_fdw', '{"properties": {}}');
SELECT fabric.add_connector('logs', 'file_fdw', '{"type": "object", "properties": {}}', description => 'Log files');
SELECT source, connector FROM fabric.adopt_server('logs');
SELECT source, connector FROM fabric.add_source('more logs', 'logs', test => false);
SELECT fabric.add_source('bad', 'logs', '{"program": "rm"}', test => false);
SELECT fabric.drop_connector('logs');
SELECT fabric.drop_connector('mysql');
SELECT fabric.drop_connector('nothing');
SELECT fabric.drop_connector('nothing', if_exists => true);
-- The servers go with their wrapper, and the sources with them.
DROP EXTENSION file_fdw CASCADE;
SELECT source FROM fabric.sources;
SELECT connector, installed FROM fabric.connectors WHERE connector = 'logs';
SELECT fabric.drop_connector('logs');

-- A secret for a wrapper that reads its user mapping only.
CREATE EXTENSION postgres_fdw;
SELECT fabric.add_source('other', 'postgres', '{"host": "db", "user": "me"}', secret => '{"password": "geheim"}', test => false);
SELECT source, options FROM fabric.add_source('other', 'postgres', '{"host": "db", "user": "me"}',
	secret => '{"password": "text:geheim"}', storage => 'mapping', test => false);
SELECT umoptions FROM pg_user_mappings WHERE srvname = 'other';
SELECT fabric.alter_source('other', secret => '{"passwort": "geheim"}', storage => 'mapping', test => false);
SELECT fabric.alter_source('other', secret => '{"password": ""}', storage => 'mapping', test => false);
SELECT fabric.alter_source('other', secret => '{}', storage => 'mapping', test => false);
SELECT fabric.alter_source('other', secret => 'null', storage => 'mapping', test => false);
SELECT fabric.alter_source('other', secret => '{"password": null}', storage => 'mapping', test => false);
SELECT options FROM fabric.alter_source('other', secret => '{"password": "neu"}', storage => 'mapping', test => false);
SELECT umoptions FROM pg_user_mappings WHERE srvname = 'other';
SELECT fabric.drop_source('other');
DROP EXTENSION postgres_fdw;

-- ---- rights ----

CREATE ROLE regress_source_ann;
CREATE ROLE regress_source_bob;
CREATE ROLE regress_source_boss;
CREATE ROLE regress_source_eve;
GRANT fabric_developer TO regress_source_ann;
GRANT fabric_user TO regress_source_bob;
GRANT fabric_admin TO regress_source_boss;
SET ROLE regress_source_ann;
SELECT source, owner FROM fabric.add_source('of ann', 'mysql', '{"host": "db"}', test => false);
SELECT fabric.add_connector('x', 'y', '{"properties": {}}');
SELECT fabric.drop_connector('x');
INSERT INTO fabric_system.sources (source, connector) VALUES ('forged', 'mysql');
DELETE FROM fabric_system.sources;
RESET ROLE;
SELECT source FROM fabric.add_source('hidden', 'mysql', test => false);
SET ROLE regress_source_bob;
SELECT source FROM fabric.sources;
SELECT source FROM fabric_system.sources;
SELECT fabric.add_source('of bob', 'mysql', test => false);
SELECT fabric.drop_source('of ann');
SET ROLE regress_source_ann;
GRANT USAGE ON FOREIGN SERVER "of ann" TO regress_source_bob;
SELECT source FROM fabric.sources;
SELECT fabric.alter_source('hidden', description => 'x');
SELECT fabric.drop_source('hidden');
SELECT fabric.unadopt_server('hidden');
SET ROLE regress_source_bob;
SELECT source, options, owner FROM fabric.sources;
SET ROLE regress_source_boss;
SELECT source, owner = 'regress_source_ann' AS of_ann FROM fabric.sources ORDER BY source;
SET ROLE regress_source_eve;
SELECT source FROM fabric.sources;
RESET ROLE;
-- Given to somebody else: what ann had is seen, and changed, by its owner only.
GRANT CREATE ON SCHEMA source TO regress_source_ann;
SELECT owner FROM fabric.alter_source('of ann', owner => 'regress_source_boss');
SET ROLE regress_source_ann;
SELECT source FROM fabric.sources;
RESET ROLE;
-- There is one that she does not see.
SET ROLE regress_source_ann;
SELECT source FROM fabric.add_source('hidden', 'mysql', if_not_exists => true, test => false);
RESET ROLE;
-- Options of superusers stay theirs.
SET ROLE regress_source_ann;
SELECT fabric.add_source('bad', 'mysql', '{"tls_ca": "/etc/passwd"}', test => false);
RESET ROLE;

DROP OWNED BY regress_source_boss, regress_source_ann, regress_source_bob CASCADE;
SELECT source FROM fabric.sources;
SELECT fabric.drop_source('hidden');
DROP ROLE regress_source_ann, regress_source_bob, regress_source_boss, regress_source_eve;
SELECT count(*) FROM fabric_system.sources;
DROP SCHEMA source CASCADE;
