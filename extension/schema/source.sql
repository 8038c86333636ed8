-- Sources: servers that are registered. What a server is itself (options, owner, comment) stays PostgreSQL's own.
CREATE TABLE fabric_system.connectors (
	connector name PRIMARY KEY,
	wrapper name NOT NULL,
	description text NOT NULL DEFAULT '',
	options_schema jsonb NOT NULL,
	mapping_options text[] NOT NULL DEFAULT '{}',
	secret_options text[] NOT NULL DEFAULT '{}',
	features text[] NOT NULL DEFAULT '{}',
	test_function text,
	discover_function text,
	preview_function text,
	builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE fabric_system.connectors IS 'Kinds of sources: what add_source knows of a foreign data wrapper';
COMMENT ON COLUMN fabric_system.connectors.connector IS 'Name of the kind';
COMMENT ON COLUMN fabric_system.connectors.wrapper IS 'Foreign data wrapper that its servers are made with';
COMMENT ON COLUMN fabric_system.connectors.description IS 'What its sources are';
COMMENT ON COLUMN fabric_system.connectors.options_schema IS 'JSON Schema of the options, those of the server and of the user mapping; secrets are writeOnly';
COMMENT ON COLUMN fabric_system.connectors.mapping_options IS 'The options that belong to the user mapping';
COMMENT ON COLUMN fabric_system.connectors.secret_options IS 'The options that are secrets: those that the schema calls writeOnly';
COMMENT ON COLUMN fabric_system.connectors.features IS 'What can be done with its sources';
COMMENT ON COLUMN fabric_system.connectors.test_function IS 'Function that tests a source; NULL: what pg_fabric itself can do';
COMMENT ON COLUMN fabric_system.connectors.discover_function IS 'Function that tells what a source has; NULL: what pg_fabric itself can do';
COMMENT ON COLUMN fabric_system.connectors.preview_function IS 'Function that shows the first rows of an object; NULL: a foreign table as the wrapper describes it';
COMMENT ON COLUMN fabric_system.connectors.builtin IS 'Whether it came with pg_fabric';
SELECT pg_catalog.pg_extension_config_dump('fabric_system.connectors', 'WHERE NOT builtin');
GRANT SELECT ON fabric_system.connectors TO fabric_user;

CREATE TABLE fabric_system.sources (
	source name PRIMARY KEY,
	connector name NOT NULL,
	tags text[] NOT NULL DEFAULT '{}',
	adopted boolean NOT NULL DEFAULT false,
	created_by name NOT NULL DEFAULT CURRENT_USER,
	created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	server oid NOT NULL DEFAULT 0
);
COMMENT ON TABLE fabric_system.sources IS 'The servers that are registered, beside what PostgreSQL itself keeps of them';
COMMENT ON COLUMN fabric_system.sources.source IS 'Name of the server';
COMMENT ON COLUMN fabric_system.sources.connector IS 'Its kind';
COMMENT ON COLUMN fabric_system.sources.tags IS 'Words to find it by';
COMMENT ON COLUMN fabric_system.sources.adopted IS 'Whether the server was made by hand and adopted';
COMMENT ON COLUMN fabric_system.sources.created_by IS 'Role that registered it';
COMMENT ON COLUMN fabric_system.sources.created_at IS 'When it was registered';
COMMENT ON COLUMN fabric_system.sources.server IS 'OID of the server, by which a rename is noticed; 0: there is none';
CREATE INDEX sources_server ON fabric_system.sources (server);
COMMENT ON INDEX fabric_system.sources_server IS 'Finds the source of a server';
SELECT pg_catalog.pg_extension_config_dump('fabric_system.sources', '');

-- One sees the sources that one may use.
ALTER TABLE fabric_system.sources ENABLE ROW LEVEL SECURITY;
CREATE POLICY usable ON fabric_system.sources FOR SELECT TO fabric_user
	USING ((SELECT pg_catalog.pg_has_role('fabric_admin', 'USAGE')) OR pg_catalog.has_server_privilege(server, 'USAGE'));
COMMENT ON POLICY usable ON fabric_system.sources IS 'One sees the sources that one may use, an administrator all';
GRANT SELECT ON fabric_system.sources TO fabric_user;
