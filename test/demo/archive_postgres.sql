-- The demo's second PostgreSQL: figures of the year before.
CREATE TABLE revenue (
	region text PRIMARY KEY,
	revenue_2024 numeric(14,2) NOT NULL
);
INSERT INTO revenue VALUES ('Central', 20500000), ('West', 23400000), ('South', 24000000), ('North & East', 9100000), ('Asia', 19900000);
ANALYZE;
