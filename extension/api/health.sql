-- Health: checks of many sources at once, by hand and when they are due, and their history.

CREATE OR REPLACE FUNCTION fabric.check_health(source text DEFAULT NULL, time_limit interval DEFAULT NULL,
	due_only boolean DEFAULT false, own_wrappers boolean DEFAULT NULL,
	OUT source text, OUT status text, OUT latency interval, OUT detail text)
RETURNS SETOF record
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_check_health';
COMMENT ON FUNCTION fabric.check_health(text, interval, boolean, boolean) IS
	'Checks a source, or all that one may use, several at once; what owners and administrators find is kept; with due_only those whose check is due, with own_wrappers those of pg_fabric''s own wrappers, or the others';
REVOKE ALL ON FUNCTION fabric.check_health(text, interval, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.check_health(text, interval, boolean, boolean) TO fabric_user;

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

-- SECURITY DEFINER: a lock that nobody else can take. It is let go when the transaction ends.
CREATE OR REPLACE FUNCTION fabric.claim_checks()
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	LOCK TABLE fabric_monitor.source_status IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;
	RETURN true;
EXCEPTION WHEN lock_not_available THEN
	RAISE NOTICE 'another session checks sources';
	RETURN false;
END
$function$;
COMMENT ON FUNCTION fabric.claim_checks() IS 'Whether this transaction may make the checks that are due: no other one is at it';
REVOKE ALL ON FUNCTION fabric.claim_checks() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.claim_checks() TO fabric_admin;

-- SECURITY DEFINER: nobody has the right to change these tables.
CREATE OR REPLACE FUNCTION fabric.find_servers()
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
	UPDATE fabric_system.sources s SET server = coalesce(f.oid, 0)
		FROM fabric_system.sources o LEFT JOIN pg_foreign_server f ON f.srvname = o.source
		WHERE o.source = s.source AND s.server <> coalesce(f.oid, 0);
	UPDATE fabric_system.secrets s SET server = coalesce(f.oid, 0)
		FROM fabric_system.secrets o LEFT JOIN pg_foreign_server f ON f.srvname = o.source
		WHERE o.source = s.source AND o.role = s.role AND s.server <> coalesce(f.oid, 0);
$function$;
COMMENT ON FUNCTION fabric.find_servers() IS 'Notes anew which servers sources and secrets are of, by their names: after pg_upgrade, which gives servers other OIDs';
REVOKE ALL ON FUNCTION fabric.find_servers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.find_servers() TO fabric_admin;

-- search_path: the caller's, because a procedure that commits must not pin it. All names are qualified.
CREATE OR REPLACE PROCEDURE fabric.run_due()
LANGUAGE plpgsql
AS $procedure$
BEGIN
	PERFORM fabric.find_servers();
	-- Our wrappers' in a transaction of their own: what others do when theirs ends is not in our hands where no worker is free for them.
	IF fabric.claim_checks() THEN
		PERFORM fabric.check_health(due_only => true, own_wrappers => true);
	END IF;
	COMMIT;
	IF fabric.claim_checks() THEN
		PERFORM fabric.check_health(due_only => true, own_wrappers => false);
	END IF;
	COMMIT;
	PERFORM fabric.purge_health();
	COMMIT;
END
$procedure$;
COMMENT ON PROCEDURE fabric.run_due() IS
	'Does all that is due: checks of sources, removal of old history. To be called every minute, by pg_cron, cron or by hand';
REVOKE ALL ON PROCEDURE fabric.run_due() FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE fabric.run_due() TO fabric_admin;
