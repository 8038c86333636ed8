-- Settings: what is set, of everything or of one source.

DELETE FROM fabric_system.setting_definitions;
INSERT INTO fabric_system.setting_definitions (name, type, default_value, minimum, longest, choices, per_source, description) VALUES
	('health_enabled', 'boolean', 'true', NULL, NULL, NULL, true, 'Whether fabric.run_due() checks the health of sources'),
	('health_interval', 'interval', '"5 minutes"', NULL, '10 years', NULL, true, 'How often a source is checked; one that fails less and less often, at least every hour'),
	('health_time_limit', 'interval', '"10 seconds"', NULL, '10 minutes', NULL, true, 'How long a check of a source may take'),
	('health_at_once', 'integer', '16', 1, NULL, NULL, false, 'How many sources are checked at once'),
	('health_retention', 'interval', '"30 days"', NULL, '100 years', NULL, false, 'How long the history of checks is kept'),
	('sync_enabled', 'boolean', 'true', NULL, NULL, NULL, true, 'Whether sources are scanned by schedule'),
	('sync_schedule', 'schedule', '"0 0 * * *"', NULL, NULL, NULL, true, 'When sources are scanned: minute, hour, day of the month, month, day of the week'),
	('sync_level', 'choice', '"schema"', NULL, NULL, '{schema,object,column}', true, 'How deep a scan by schedule goes'),
	('deep_scan_time_limit', 'interval', '"5 minutes"', NULL, '30 days', NULL, true, 'How long a scan down to columns may take'),
	('deep_scan_on_manage', 'boolean', 'true', NULL, NULL, NULL, true, 'Whether objects are scanned down to columns when they become managed'),
	('preview_max_rows', 'integer', '1000', 1, NULL, NULL, true, 'The most rows that a preview shows');

-- Also for who writes to the table by himself. What a dump has of another version is let in.
CREATE OR REPLACE FUNCTION fabric.check_setting()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	definition fabric_system.setting_definitions;
	is_text boolean := jsonb_typeof(NEW.value) = 'string';
	good boolean;
BEGIN
	SELECT * INTO definition FROM fabric_system.setting_definitions d WHERE d.name = NEW.name;
	IF NOT FOUND THEN
		RETURN NEW;
	END IF;
	IF NEW.source IS NOT NULL AND NOT definition.per_source THEN
		RAISE EXCEPTION 'setting "%" is not set for one source', NEW.name USING ERRCODE = 'invalid_parameter_value';
	END IF;
	CASE definition.type
		WHEN 'boolean' THEN
			good := jsonb_typeof(NEW.value) = 'boolean';
		WHEN 'integer' THEN
			good := jsonb_typeof(NEW.value) = 'number' AND NEW.value::numeric = trunc(NEW.value::numeric)
				AND NEW.value::numeric BETWEEN definition.minimum AND 2147483647;
		WHEN 'choice' THEN
			good := is_text AND NEW.value #>> '{}' = ANY (definition.choices);
		WHEN 'schedule' THEN
			good := is_text AND NEW.value #>> '{}' ~ '^\s*([0-9*,/a-zA-Z-]+\s+){4}[0-9*,/a-zA-Z-]+\s*$';
		WHEN 'interval' THEN
			BEGIN
				good := is_text AND (NEW.value #>> '{}')::interval BETWEEN '1 millisecond' AND definition.longest;
			EXCEPTION WHEN data_exception THEN
				good := false;
			END;
	END CASE;
	IF NOT good THEN
		RAISE EXCEPTION 'value % of setting "%" is not %', left(NEW.value::text, 100), NEW.name,
			CASE definition.type
				WHEN 'boolean' THEN 'true or false'
				WHEN 'integer' THEN format('a whole number from %s to 2147483647', definition.minimum)
				WHEN 'choice' THEN 'one of ' || array_to_string(definition.choices, ', ')
				WHEN 'schedule' THEN 'a schedule of five fields, such as "0 0 * * *"'
				ELSE format('a time, such as "5 minutes", of %s at most', definition.longest)
			END
			USING ERRCODE = 'invalid_parameter_value', HINT = definition.description || '.';
	END IF;
	RETURN NEW;
END
$function$;
COMMENT ON FUNCTION fabric.check_setting() IS 'Refuses values that a setting cannot have';
REVOKE ALL ON FUNCTION fabric.check_setting() FROM PUBLIC;

CREATE OR REPLACE TRIGGER check_setting BEFORE INSERT OR UPDATE ON fabric_system.settings
	FOR EACH ROW EXECUTE FUNCTION fabric.check_setting();
COMMENT ON TRIGGER check_setting ON fabric_system.settings IS 'Refuses values that a setting cannot have';

-- As its caller: the policies of the table say who may set what.
CREATE OR REPLACE FUNCTION fabric.set_setting(name text, value jsonb, source text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	IF NOT EXISTS (SELECT FROM fabric_system.setting_definitions d WHERE d.name = set_setting.name) THEN
		RAISE EXCEPTION 'setting "%" does not exist', name
			USING ERRCODE = 'undefined_object', HINT = 'fabric.settings lists those that there are.';
	ELSIF source IS NULL AND NOT pg_has_role('fabric_admin', 'USAGE') THEN
		RAISE EXCEPTION 'permission denied for setting "%"', name
			USING ERRCODE = 'insufficient_privilege',
				HINT = 'What holds for all sources a member of fabric_admin sets; what is of one its owner: source => ''...''.';
	ELSIF source IS NOT NULL AND NOT EXISTS (SELECT FROM fabric_system.sources s WHERE s.source::text = set_setting.source) THEN
		RAISE EXCEPTION 'source "%" does not exist', source
			USING ERRCODE = 'undefined_object', HINT = 'fabric.sources lists those that there are.';
	ELSIF source IS NOT NULL AND NOT pg_has_role('fabric_admin', 'USAGE') AND NOT EXISTS (
		SELECT FROM pg_foreign_server f WHERE f.srvname::text = set_setting.source AND pg_has_role(f.srvowner, 'USAGE')) THEN
		RAISE EXCEPTION 'must be owner of source "%"', source USING ERRCODE = 'insufficient_privilege';
	END IF;
	IF value IS NULL OR value = 'null' THEN
		DELETE FROM fabric_system.settings s
			WHERE s.name = set_setting.name AND s.source::text IS NOT DISTINCT FROM set_setting.source;
		RETURN;
	END IF;
	INSERT INTO fabric_system.settings AS s (name, source, value) VALUES (set_setting.name, set_setting.source, set_setting.value)
		ON CONFLICT ON CONSTRAINT settings_name_source_key
			DO UPDATE SET value = excluded.value, changed_by = CURRENT_USER, changed_at = now();
END
$function$;
COMMENT ON FUNCTION fabric.set_setting(text, jsonb, text) IS
	'Sets a setting, of all sources or of one; NULL takes the value away';
REVOKE ALL ON FUNCTION fabric.set_setting(text, jsonb, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.set_setting(text, jsonb, text) TO fabric_developer;

CREATE OR REPLACE FUNCTION fabric.setting(name text, source text DEFAULT NULL)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
	SELECT coalesce(
		(SELECT s.value FROM fabric_system.settings s WHERE s.name = d.name AND d.per_source AND s.source::text = setting.source),
		(SELECT s.value FROM fabric_system.settings s WHERE s.name = d.name AND s.source IS NULL),
		d.default_value) #>> '{}'
	FROM fabric_system.setting_definitions d
	WHERE d.name = setting.name
$function$;
COMMENT ON FUNCTION fabric.setting(text, text) IS 'The value that a setting has for a source, its own or that of all; NULL: there is no such setting';
REVOKE ALL ON FUNCTION fabric.setting(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.setting(text, text) TO fabric_user;

CREATE OR REPLACE VIEW fabric.settings WITH (security_invoker = true) AS
SELECT d.name, NULL::text AS source, coalesce(s.value, d.default_value) AS value, d.default_value, d.type,
	CASE WHEN d.per_source THEN 'source' ELSE 'global' END AS scope, d.description, s.changed_by::text, s.changed_at
FROM fabric_system.setting_definitions d
	LEFT JOIN fabric_system.settings s ON s.name OPERATOR(pg_catalog.=) d.name AND s.source IS NULL
UNION ALL
SELECT d.name, s.source::text, s.value, d.default_value, d.type, 'source', d.description, s.changed_by::text, s.changed_at
FROM fabric_system.settings s JOIN fabric_system.setting_definitions d ON s.name OPERATOR(pg_catalog.=) d.name
WHERE s.source IS NOT NULL;
COMMENT ON VIEW fabric.settings IS 'All settings with their values, and what is set for single sources';
COMMENT ON COLUMN fabric.settings.name IS 'Name of the setting';
COMMENT ON COLUMN fabric.settings.source IS 'Source that has this value; NULL: all that have none of their own';
COMMENT ON COLUMN fabric.settings.value IS 'Its value';
COMMENT ON COLUMN fabric.settings.default_value IS 'Value where none is set';
COMMENT ON COLUMN fabric.settings.type IS 'What its value is: boolean, integer, interval, schedule, choice';
COMMENT ON COLUMN fabric.settings.scope IS 'source: a source may have a value of its own; global: none has';
COMMENT ON COLUMN fabric.settings.description IS 'What it does';
COMMENT ON COLUMN fabric.settings.changed_by IS 'Role that set it; NULL: nobody did';
COMMENT ON COLUMN fabric.settings.changed_at IS 'When it was set';
GRANT SELECT ON fabric.settings TO fabric_user;
