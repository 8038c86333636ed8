-- From 0.1, which had wrappers and secrets, to 0.2, which has sources. What comes after it is api/, whole; then 0.1--0.2.after.sql.
CREATE SCHEMA fabric_monitor;
COMMENT ON SCHEMA fabric_monitor IS 'pg_fabric: what is watched, health of sources among it';
REVOKE ALL ON SCHEMA fabric_monitor FROM PUBLIC;
GRANT USAGE ON SCHEMA fabric_monitor TO fabric_user;

-- include schema/source.sql
-- include schema/settings.sql
-- include schema/health.sql

-- They have more columns.
DROP VIEW fabric.wrapper_options;
DROP FUNCTION fabric.list_wrapper_options();
DROP VIEW fabric.connections;
DROP FUNCTION fabric.list_connections();

-- They are for more statements, and come again after api/.
DROP EVENT TRIGGER fabric_altered_servers;
DROP EVENT TRIGGER fabric_dropped_servers;
DROP EVENT TRIGGER fabric_infer_columns;
