-- The one schema that users learn.
CREATE SCHEMA fabric;
COMMENT ON SCHEMA fabric IS 'pg_fabric: all its functions, procedures and views';
REVOKE ALL ON SCHEMA fabric FROM PUBLIC;
GRANT USAGE ON SCHEMA fabric TO fabric_user;
