-- What is noticed of statements that are PostgreSQL's own, by functions of api/.
CREATE EVENT TRIGGER fabric_altered_servers ON ddl_command_end
	WHEN TAG IN ('ALTER SERVER', 'CREATE USER MAPPING', 'ALTER USER MAPPING')
	EXECUTE FUNCTION fabric.follow_altered_servers();
COMMENT ON EVENT TRIGGER fabric_altered_servers IS 'pg_fabric: sources and secrets follow servers that are renamed';

CREATE EVENT TRIGGER fabric_dropped_servers ON sql_drop
	WHEN TAG IN ('DROP SERVER', 'DROP USER MAPPING', 'DROP OWNED', 'DROP EXTENSION', 'DROP FOREIGN DATA WRAPPER')
	EXECUTE FUNCTION fabric.follow_dropped_servers();
COMMENT ON EVENT TRIGGER fabric_dropped_servers IS 'pg_fabric: sources and secrets go with their servers and user mappings';

CREATE EVENT TRIGGER fabric_infer_columns ON ddl_command_end WHEN TAG IN ('CREATE FOREIGN TABLE')
	EXECUTE FUNCTION fabric.infer_columns();
COMMENT ON EVENT TRIGGER fabric_infer_columns IS
	'CREATE FOREIGN TABLE t () SERVER s OPTIONS (location ...): the columns are those of the files';
