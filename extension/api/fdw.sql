-- The foreign data wrappers and what is common to them.

CREATE OR REPLACE FUNCTION fabric.fabric_mysql_handler()
RETURNS fdw_handler
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_mysql_handler';
COMMENT ON FUNCTION fabric.fabric_mysql_handler() IS 'Callbacks of the foreign data wrapper fabric_mysql';
REVOKE ALL ON FUNCTION fabric.fabric_mysql_handler() FROM PUBLIC;

CREATE OR REPLACE FUNCTION fabric.fabric_mysql_validator(text[], oid)
RETURNS void
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_mysql_validator';
COMMENT ON FUNCTION fabric.fabric_mysql_validator(text[], oid) IS 'Checks options of fabric_mysql servers, user mappings, tables and columns';
REVOKE ALL ON FUNCTION fabric.fabric_mysql_validator(text[], oid) FROM PUBLIC;

CREATE OR REPLACE FUNCTION fabric.fabric_objectstore_handler()
RETURNS fdw_handler
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_objectstore_handler';
COMMENT ON FUNCTION fabric.fabric_objectstore_handler() IS 'Callbacks of the foreign data wrapper fabric_objectstore';
REVOKE ALL ON FUNCTION fabric.fabric_objectstore_handler() FROM PUBLIC;

CREATE OR REPLACE FUNCTION fabric.fabric_objectstore_validator(text[], oid)
RETURNS void
LANGUAGE c STRICT
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_objectstore_validator';
COMMENT ON FUNCTION fabric.fabric_objectstore_validator(text[], oid) IS 'Checks options of fabric_objectstore servers, user mappings, tables and columns';
REVOKE ALL ON FUNCTION fabric.fabric_objectstore_validator(text[], oid) FROM PUBLIC;
