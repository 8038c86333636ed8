-- Health of sources: how the last check ended, and the history of checks.
CREATE TABLE fabric_monitor.source_status (
	source name PRIMARY KEY REFERENCES fabric_system.sources ON UPDATE CASCADE ON DELETE CASCADE,
	status text NOT NULL CHECK (status IN ('healthy', 'failing', 'locked')),
	checked_at timestamptz NOT NULL,
	latency interval,
	step text,
	detail text,
	failures integer NOT NULL DEFAULT 0,
	next_check_at timestamptz NOT NULL
);
COMMENT ON TABLE fabric_monitor.source_status IS 'How the last check of a source ended, and when the next one is due';
COMMENT ON COLUMN fabric_monitor.source_status.source IS 'Name of the source';
COMMENT ON COLUMN fabric_monitor.source_status.status IS 'healthy; failing; locked: no key opens its secret';
COMMENT ON COLUMN fabric_monitor.source_status.checked_at IS 'When it was checked';
COMMENT ON COLUMN fabric_monitor.source_status.latency IS 'How long the check took';
COMMENT ON COLUMN fabric_monitor.source_status.step IS 'Step that failed';
COMMENT ON COLUMN fabric_monitor.source_status.detail IS 'What was found, or why it failed';
COMMENT ON COLUMN fabric_monitor.source_status.failures IS 'Checks that have failed since the last good one';
COMMENT ON COLUMN fabric_monitor.source_status.next_check_at IS 'When the next check is due';
SELECT pg_catalog.pg_extension_config_dump('fabric_monitor.source_status', '');

CREATE TABLE fabric_monitor.source_health (
	source name NOT NULL REFERENCES fabric_system.sources ON UPDATE CASCADE ON DELETE CASCADE,
	checked_at timestamptz NOT NULL,
	status text NOT NULL,
	latency interval,
	step text,
	detail text
);
COMMENT ON TABLE fabric_monitor.source_health IS 'The checks of sources, kept for as long as the setting health_retention says';
COMMENT ON COLUMN fabric_monitor.source_health.source IS 'Name of the source';
COMMENT ON COLUMN fabric_monitor.source_health.checked_at IS 'When it was checked';
COMMENT ON COLUMN fabric_monitor.source_health.status IS 'healthy; failing; locked: no key opens its secret';
COMMENT ON COLUMN fabric_monitor.source_health.latency IS 'How long the check took';
COMMENT ON COLUMN fabric_monitor.source_health.step IS 'Step that failed';
COMMENT ON COLUMN fabric_monitor.source_health.detail IS 'What was found, or why it failed';
CREATE INDEX source_health_of_source ON fabric_monitor.source_health (source, checked_at);
COMMENT ON INDEX fabric_monitor.source_health_of_source IS 'Finds the history of a source';
CREATE INDEX source_health_by_time ON fabric_monitor.source_health (checked_at);
COMMENT ON INDEX fabric_monitor.source_health_by_time IS 'Finds what is too old';
SELECT pg_catalog.pg_extension_config_dump('fabric_monitor.source_health', '');

ALTER TABLE fabric_monitor.source_status ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON fabric_monitor.source_status FOR SELECT TO fabric_user
	USING (EXISTS (SELECT FROM fabric_system.sources s WHERE s.source OPERATOR(pg_catalog.=) source_status.source));
COMMENT ON POLICY visible ON fabric_monitor.source_status IS 'One sees that of the sources that one sees';
GRANT SELECT ON fabric_monitor.source_status TO fabric_user;
ALTER TABLE fabric_monitor.source_health ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON fabric_monitor.source_health FOR SELECT TO fabric_user
	USING (EXISTS (SELECT FROM fabric_system.sources s WHERE s.source OPERATOR(pg_catalog.=) source_health.source));
COMMENT ON POLICY visible ON fabric_monitor.source_health IS 'One sees that of the sources that one sees';
GRANT SELECT ON fabric_monitor.source_health TO fabric_user;
