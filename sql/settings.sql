-- Settings: of all sources and of one; what their values may be; who sets and sees them.
\set SHOW_CONTEXT never
SELECT name, value, type, scope, description FROM fabric.settings ORDER BY name;
SELECT (fabric.add_source('settings a', 'mysql', test => false)).source AS a,
	(fabric.add_source('settings b', 'mysql', test => false)).source AS b;
SELECT fabric.set_setting('preview_max_rows', '500'), fabric.set_setting('preview_max_rows', '20', 'settings a');
SELECT name, source, value, default_value, scope, changed_by = CURRENT_USER AS by_me
	FROM fabric.settings WHERE name = 'preview_max_rows' ORDER BY source;
SELECT fabric.setting('preview_max_rows', 'settings a') AS a, fabric.setting('preview_max_rows', 'settings b') AS b,
	fabric.setting('preview_max_rows') AS "all", fabric.setting('sync_level') AS level, fabric.setting('nothing') AS nothing;
-- A source keeps its own under a new name; they go with it.
ALTER SERVER "settings a" RENAME TO "settings c";
SELECT source, value FROM fabric.settings WHERE source IS NOT NULL;
SELECT fabric.set_setting('preview_max_rows', NULL, 'settings c'), fabric.set_setting('preview_max_rows', NULL),
	fabric.set_setting('sync_level', '"column"', 'settings c');
SELECT source, name, value FROM fabric.settings WHERE changed_by IS NOT NULL;
SELECT fabric.drop_source('settings c');
SELECT count(*) FROM fabric_system.settings;

-- Bad input.
SELECT fabric.set_setting('preview_rows', '1');
SELECT fabric.set_setting(NULL, '1');
SELECT fabric.set_setting('preview_max_rows', '1', 'nothing');
SELECT fabric.set_setting('health_retention', '"1 day"', 'settings b');
SELECT fabric.set_setting('preview_max_rows', '0');
SELECT fabric.set_setting('preview_max_rows', '1.5');
SELECT fabric.set_setting('preview_max_rows', '"many"');
SELECT fabric.set_setting('preview_max_rows', '99999999999');
SELECT fabric.set_setting('sync_enabled', '"yes"');
SELECT fabric.set_setting('sync_level', '"cell"');
SELECT fabric.set_setting('sync_schedule', '"daily"');
SELECT fabric.set_setting('health_interval', '"often"');
SELECT fabric.set_setting('health_interval', '"0 s"');
SELECT fabric.set_setting('health_interval', '"-1 day"');
SELECT fabric.set_setting('health_interval', '{"minutes": 5}');
SELECT fabric.set_setting('health_interval', '"300000 years"');
SELECT fabric.set_setting('health_time_limit', '"1 year"');
SELECT count(*) FROM fabric_system.settings;
-- And what they take.
SELECT fabric.set_setting('sync_schedule', '"*/15 6-18 * * mon-fri"'), fabric.set_setting('sync_enabled', 'false'),
	fabric.set_setting('health_interval', '"90 seconds"');
SELECT name, value FROM fabric.settings WHERE changed_by IS NOT NULL ORDER BY name;
SELECT fabric.set_setting(name, 'null') FROM fabric_system.settings;

-- Rights.
CREATE ROLE regress_settings_ann;
CREATE ROLE regress_settings_bob;
CREATE ROLE regress_settings_boss;
GRANT fabric_developer TO regress_settings_ann;
GRANT fabric_user TO regress_settings_bob;
GRANT fabric_admin TO regress_settings_boss;
SET ROLE regress_settings_ann;
SELECT (fabric.add_source('settings ann', 'mysql', test => false)).source;
SELECT fabric.set_setting('preview_max_rows', '7', 'settings ann');
SELECT fabric.set_setting('preview_max_rows', '7');
SELECT fabric.set_setting('preview_max_rows', '7', 'settings b');
INSERT INTO fabric_system.settings (name, source, value) VALUES ('preview_max_rows', 'settings b', '7');
INSERT INTO fabric_system.settings (name, source, value) VALUES ('preview_max_rows', 'settings ann', '-7');
UPDATE fabric_system.settings SET source = NULL;
GRANT USAGE ON FOREIGN SERVER "settings ann" TO regress_settings_bob;
SET ROLE regress_settings_boss;
SELECT fabric.set_setting('preview_max_rows', '70');
SELECT fabric.set_setting('preview_max_rows', '8', 'settings b');
SET ROLE regress_settings_bob;
SELECT source, value FROM fabric.settings WHERE name = 'preview_max_rows' ORDER BY source;
SELECT fabric.set_setting('preview_max_rows', '9', 'settings ann');
INSERT INTO fabric_system.settings (name, source, value) VALUES ('preview_max_rows', 'settings ann', '9');
-- She may use b, and still not set it.
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER "settings b" TO regress_settings_ann;
SET ROLE regress_settings_ann;
SELECT fabric.set_setting('preview_max_rows', '7', 'settings b');
SELECT fabric.set_setting('preview_max_rows', NULL, 'settings b');
SELECT source, value FROM fabric.settings WHERE name = 'preview_max_rows' ORDER BY source;
RESET ROLE;
SELECT fabric.set_setting('preview_max_rows', NULL), fabric.drop_source('settings b'), fabric.drop_source('settings ann');
DROP OWNED BY regress_settings_ann, regress_settings_bob, regress_settings_boss;
DROP ROLE regress_settings_ann, regress_settings_bob, regress_settings_boss;
SELECT count(*) FROM fabric_system.settings;
