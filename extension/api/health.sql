-- Health: checks of many sources at once, by hand and when they are due, and their history.

CREATE OR REPLACE FUNCTION fabric.check_health(source text DEFAULT NULL, time_limit interval DEFAULT NULL,
	due_only boolean DEFAULT false,
	OUT source text, OUT status text, OUT latency interval, OUT detail text)
RETURNS SETOF record
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_check_health';
COMMENT ON FUNCTION fabric.check_health(text, interval, boolean) IS
	'Checks a source, or all that one may use, several at once; what owners and administrators find is kept; with due_only those whose check is due';
REVOKE ALL ON FUNCTION fabric.check_health(text, interval, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.check_health(text, interval, boolean) TO fabric_user;

CREATE OR REPLACE VIEW fabric.source_health WITH (security_invoker = true) AS
SELECT h.source::text, h.checked_at, h.status, h.latency, h.step, h.detail
FROM fabric_monitor.source_health h;
COMMENT ON VIEW fabric.source_health IS 'The history of checks of the sources that one may use';
COMMENT ON COLUMN fabric.source_health.source IS 'Name of the source';
COMMENT ON COLUMN fabric.source_health.checked_at IS 'When it was checked';
COMMENT ON COLUMN fabric.source_health.status IS 'healthy; failing; locked: no key opens its secret';
COMMENT ON COLUMN fabric.source_health.latency IS 'How long the check took';
COMMENT ON COLUMN fabric.source_health.step IS 'Step that failed; NULL: none';
COMMENT ON COLUMN fabric.source_health.detail IS 'What was found, or why it failed';
GRANT SELECT ON fabric.source_health TO fabric_user;

CREATE OR REPLACE FUNCTION fabric.notify_of_status()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM pg_notify('fabric_source', jsonb_build_object('event', 'status', 'source', NEW.source, 'status', NEW.status)::text);
	RETURN NULL;
END
$function$;
COMMENT ON FUNCTION fabric.notify_of_status() IS 'NOTIFY fabric_source: the status of a source is another one';
REVOKE ALL ON FUNCTION fabric.notify_of_status() FROM PUBLIC;

CREATE OR REPLACE TRIGGER notify_of_first AFTER INSERT ON fabric_monitor.source_status
	FOR EACH ROW EXECUTE FUNCTION fabric.notify_of_status();
COMMENT ON TRIGGER notify_of_first ON fabric_monitor.source_status IS 'Tells who listens to fabric_source';
CREATE OR REPLACE TRIGGER notify AFTER UPDATE OF status ON fabric_monitor.source_status
	FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION fabric.notify_of_status();
COMMENT ON TRIGGER notify ON fabric_monitor.source_status IS 'Tells who listens to fabric_source';

-- SECURITY DEFINER: history belongs to nobody who could remove it.
CREATE OR REPLACE FUNCTION fabric.purge_health()
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	purged bigint;
BEGIN
	DELETE FROM fabric_monitor.source_health h WHERE h.checked_at < now() - fabric.setting('health_retention')::interval;
	GET DIAGNOSTICS purged = ROW_COUNT;
	RETURN purged;
END
$function$;
COMMENT ON FUNCTION fabric.purge_health() IS 'Removes checks that are older than the setting health_retention says; the number of them';
REVOKE ALL ON FUNCTION fabric.purge_health() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.purge_health() TO fabric_admin;

-- search_path: the caller's, because a procedure that commits must not pin it. All names are qualified.
CREATE OR REPLACE PROCEDURE fabric.run_due()
LANGUAGE plpgsql
AS $procedure$
BEGIN
	-- Each step is a transaction of its own. Another session that is at one of them does what is to be done.
	IF pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtext('fabric.run_due'), 1) THEN
		PERFORM fabric.check_health(due_only => true);
	END IF;
	COMMIT;
	IF pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtext('fabric.run_due'), 2) THEN
		PERFORM fabric.purge_health();
	END IF;
	COMMIT;
END
$procedure$;
COMMENT ON PROCEDURE fabric.run_due() IS
	'Does all that is due: checks of sources, removal of old history. To be called every minute, by pg_cron, cron or by hand';
REVOKE ALL ON PROCEDURE fabric.run_due() FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE fabric.run_due() TO fabric_admin;
