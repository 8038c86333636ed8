-- Settings that are data, of everything or of one source. Those that a server needs before it can read tables are in postgresql.conf.
CREATE TABLE fabric_system.setting_definitions (
	name text PRIMARY KEY,
	type text NOT NULL CHECK (type IN ('boolean', 'integer', 'interval', 'schedule', 'choice')),
	default_value jsonb NOT NULL,
	minimum bigint,
	longest interval,
	choices text[],
	per_source boolean NOT NULL,
	description text NOT NULL
);
COMMENT ON TABLE fabric_system.setting_definitions IS 'The settings that there are; they come with pg_fabric';
COMMENT ON COLUMN fabric_system.setting_definitions.name IS 'Name of the setting';
COMMENT ON COLUMN fabric_system.setting_definitions.type IS 'What its value is: boolean, integer, interval, schedule (five fields, as of cron), choice';
COMMENT ON COLUMN fabric_system.setting_definitions.default_value IS 'Value where none is set';
COMMENT ON COLUMN fabric_system.setting_definitions.minimum IS 'Least value of an integer';
COMMENT ON COLUMN fabric_system.setting_definitions.longest IS 'Longest interval';
COMMENT ON COLUMN fabric_system.setting_definitions.choices IS 'Values of a choice';
COMMENT ON COLUMN fabric_system.setting_definitions.per_source IS 'Whether a source may have a value of its own';
COMMENT ON COLUMN fabric_system.setting_definitions.description IS 'What it does';
GRANT SELECT ON fabric_system.setting_definitions TO fabric_user;

CREATE TABLE fabric_system.settings (
	name text NOT NULL,
	source name REFERENCES fabric_system.sources ON UPDATE CASCADE ON DELETE CASCADE,
	value jsonb NOT NULL,
	changed_by name NOT NULL DEFAULT CURRENT_USER,
	changed_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
	UNIQUE NULLS NOT DISTINCT (name, source)
);
COMMENT ON TABLE fabric_system.settings IS 'The settings that somebody has set';
COMMENT ON COLUMN fabric_system.settings.name IS 'Name of the setting';
COMMENT ON COLUMN fabric_system.settings.source IS 'Source that it is for; NULL: all that have none of their own';
COMMENT ON COLUMN fabric_system.settings.value IS 'Its value';
COMMENT ON COLUMN fabric_system.settings.changed_by IS 'Role that set it';
COMMENT ON COLUMN fabric_system.settings.changed_at IS 'When it was set';
CREATE INDEX settings_source ON fabric_system.settings (source);
COMMENT ON INDEX fabric_system.settings_source IS 'Finds what is set for a source';
SELECT pg_catalog.pg_extension_config_dump('fabric_system.settings', '');

ALTER TABLE fabric_system.settings ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON fabric_system.settings FOR SELECT TO fabric_user
	USING (source IS NULL OR EXISTS (SELECT FROM fabric_system.sources s WHERE s.source OPERATOR(pg_catalog.=) settings.source));
COMMENT ON POLICY visible ON fabric_system.settings IS 'One sees what is set for the sources that one sees';
GRANT SELECT ON fabric_system.settings TO fabric_user;
-- What holds for all sources administrators set, what is of one source its owner as well.
CREATE POLICY own ON fabric_system.settings TO fabric_developer
	USING ((SELECT pg_catalog.pg_has_role('fabric_admin', 'USAGE')) OR EXISTS (
		SELECT FROM fabric_system.sources s JOIN pg_catalog.pg_foreign_server f ON f.oid OPERATOR(pg_catalog.=) s.server
			WHERE s.source OPERATOR(pg_catalog.=) settings.source AND pg_catalog.pg_has_role(f.srvowner, 'USAGE')));
COMMENT ON POLICY own ON fabric_system.settings IS 'Administrators set what holds for all, owners what is of their sources';
GRANT INSERT, UPDATE, DELETE ON fabric_system.settings TO fabric_developer;
