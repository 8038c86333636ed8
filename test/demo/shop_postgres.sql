-- The demo's local side: what the shop keeps in PostgreSQL. Derived from row numbers, as the MariaDB side.
CREATE TABLE sales_regions (
	country char(2) PRIMARY KEY,
	region text NOT NULL
);
INSERT INTO sales_regions
SELECT country, region
FROM (VALUES
	('Central', '{DE,AT,PL,CZ}'::text[]), ('West', '{FR,IE,GB,NL,US}'), ('South', '{ES,PT,GR,TR,EG}'),
	('North & East', '{SE,BG,UA}'), ('Asia', '{CN,JP,KR,IN,VN}')) AS regions (region, countries),
	unnest(countries) AS country;

CREATE TABLE sales_targets (
	region text,
	quarter date,
	target numeric(12,2) NOT NULL,
	PRIMARY KEY (region, quarter)
);
INSERT INTO sales_targets
SELECT region, quarter::date, count(*) * 900000 * (1 + extract(month FROM quarter) / 40)
FROM sales_regions, generate_series(timestamp '2025-01-01', '2025-10-01', '3 months') AS quarter
GROUP BY region, quarter;

CREATE TABLE support_tickets (
	id int PRIMARY KEY,
	customer_id bigint NOT NULL,
	opened_on date NOT NULL,
	severity text NOT NULL
);
INSERT INTO support_tickets
SELECT i, 1 + number % 20000, date '2025-01-01' + i % 365, (ARRAY['low', 'normal', 'high'])[1 + number % 3]
FROM generate_series(1, 30000) AS i, LATERAL (SELECT ('x' || left(md5(i::text), 8))::bit(32)::bigint) AS h (number);
CREATE INDEX ON support_tickets (customer_id);
ANALYZE;
