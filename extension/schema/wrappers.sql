-- The foreign data wrappers, by the handlers and validators of api/fdw.sql.
CREATE FOREIGN DATA WRAPPER fabric_mysql
	HANDLER fabric.fabric_mysql_handler
	VALIDATOR fabric.fabric_mysql_validator;
COMMENT ON FOREIGN DATA WRAPPER fabric_mysql IS 'MySQL and MariaDB, by pg_fabric';
GRANT USAGE ON FOREIGN DATA WRAPPER fabric_mysql TO fabric_developer;

CREATE FOREIGN DATA WRAPPER fabric_objectstore
	HANDLER fabric.fabric_objectstore_handler
	VALIDATOR fabric.fabric_objectstore_validator;
COMMENT ON FOREIGN DATA WRAPPER fabric_objectstore IS 'Files as tables (Parquet, CSV), by pg_fabric';
GRANT USAGE ON FOREIGN DATA WRAPPER fabric_objectstore TO fabric_developer;
