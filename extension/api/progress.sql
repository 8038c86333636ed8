-- Long work as other sessions see it.

CREATE OR REPLACE FUNCTION fabric.list_progress(
	OUT pid integer, OUT what text, OUT phase text, OUT done double precision, OUT total double precision,
	OUT started timestamptz, OUT eta timestamptz, OUT files bigint, OUT bytes bigint)
RETURNS SETOF record
LANGUAGE c
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'fabric_progress';
COMMENT ON FUNCTION fabric.list_progress() IS 'What takes long at the moment, in all sessions; see the view fabric.progress';
REVOKE ALL ON FUNCTION fabric.list_progress() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fabric.list_progress() TO fabric_user;

CREATE OR REPLACE VIEW fabric.progress AS
SELECT p.pid, p.what, p.phase, p.done, p.total, p.started, p.eta, p.files, p.bytes
FROM fabric.list_progress() p;
COMMENT ON VIEW fabric.progress IS 'What takes long at the moment: of your own sessions, or of all for members of pg_read_all_stats';
COMMENT ON COLUMN fabric.progress.pid IS 'Process of the session; pg_cancel_backend() ends the work';
COMMENT ON COLUMN fabric.progress.what IS 'What is being done';
COMMENT ON COLUMN fabric.progress.phase IS 'Which part of it';
COMMENT ON COLUMN fabric.progress.done IS 'How much is done; NULL when that is not known';
COMMENT ON COLUMN fabric.progress.total IS 'How much there is to do, in the same unit; of scans 100: percent';
COMMENT ON COLUMN fabric.progress.started IS 'When it was begun, or first took long';
COMMENT ON COLUMN fabric.progress.eta IS 'When it will be done, if it goes on so; NULL when that is not known';
COMMENT ON COLUMN fabric.progress.files IS 'Files opened so far';
COMMENT ON COLUMN fabric.progress.bytes IS 'Bytes of them read so far';
GRANT SELECT ON fabric.progress TO fabric_user;
