-- The one schema that users learn.
CREATE SCHEMA fabric;
COMMENT ON SCHEMA fabric IS 'pg_fabric: all its functions, procedures and views';
REVOKE ALL ON SCHEMA fabric FROM PUBLIC;
GRANT USAGE ON SCHEMA fabric TO fabric_user;

-- Tables lie apart, by whose they are; users read them through views.
CREATE SCHEMA fabric_system;
COMMENT ON SCHEMA fabric_system IS 'pg_fabric: tables of the system itself, secrets among them';
REVOKE ALL ON SCHEMA fabric_system FROM PUBLIC;
GRANT USAGE ON SCHEMA fabric_system TO fabric_user;

CREATE SCHEMA fabric_monitor;
COMMENT ON SCHEMA fabric_monitor IS 'pg_fabric: what is watched, health of sources among it';
REVOKE ALL ON SCHEMA fabric_monitor FROM PUBLIC;
GRANT USAGE ON SCHEMA fabric_monitor TO fabric_user;
