-- The remote data of the regression tests sql/fdw_mysql_*.sql, one database per test; loaded by test/regress/load with
-- the MariaDB client, before the tests.
SET NAMES utf8mb4;
SET time_zone = '+00:00';
SET sql_mode = '';

-- ---- fdw_mysql_types: every type, with its edges ----
DROP DATABASE IF EXISTS fabric_types;
CREATE DATABASE fabric_types;
USE fabric_types;

CREATE TABLE integers (
	id int PRIMARY KEY, ti tinyint, tiu tinyint unsigned, si smallint, siu smallint unsigned, mi mediumint,
		miu mediumint unsigned,
	i int, iu int unsigned, bi bigint, biu bigint unsigned, flag tinyint(1), zero int(8) zerofill, y year
);
INSERT INTO integers VALUES
	(1, -128, 0, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0, 0, 0, 0),
	(2, 127, 255, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, 1,
		4294967295, 2155),
	(3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 42, 1901),
	(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(5, -1, 128, -1, 32768, -1, 8388608, -1, 2147483648, -1, 9223372036854775808, -1, 7, 1970);

CREATE TABLE decimals (id int PRIMARY KEY, d decimal(10,2), du decimal(5,1) unsigned, widest decimal(65,30),
	whole decimal(65,0), short decimal);
INSERT INTO decimals VALUES
	(1, -12345678.90, 0, -99999999999999999999999999999999999.999999999999999999999999999999,
		-99999999999999999999999999999999999999999999999999999999999999999, -9999999999),
	(2, 12345678.90, 9999.9, 99999999999999999999999999999999999.999999999999999999999999999999,
		99999999999999999999999999999999999999999999999999999999999999999, 9999999999),
	(3, 0, 0, 0.000000000000000000000000000001, 0, 0),
	(4, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE floats (id int PRIMARY KEY, f float, d double, fu float unsigned, f2 float(7,2), du double unsigned);
INSERT INTO floats VALUES
	(1, 16777216, 9007199254740993, 0.1, 12345.67, 0.1),
	(2, 3.4028234663852886e38, 1.7976931348623157e308, 3.4028234663852886e38, 99999.99, 1.7976931348623157e308),
	(3, 1.1754943508222875e-38, 2.2250738585072014e-308, 0, 0, 0),
	(4, -0.1, -3.141592653589793, 0, -0.01, 0),
	(5, -0e0, -0e0, 0, 0, 0),
	(6, 0.333333333333, 0.333333333333333333, 0.333333, 0.33, 0.333333),
	(7, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE bits (id int PRIMARY KEY, b1 bit, b8 bit(8), b9 bit(9), b64 bit(64));
INSERT INTO bits VALUES (1, b'0', b'0', b'0', b'0'), (2, b'1', 255, 511, 18446744073709551615), (3, 1, b'10000001',
	b'100000001', 9223372036854775809), (4, NULL, NULL, NULL, NULL);

CREATE TABLE texts (
	id int PRIMARY KEY, c char(5), v varchar(20), v0 varchar(0), tt tinytext, t text, mt mediumtext, lt longtext,
	l1 varchar(20) CHARACTER SET latin1, u3 varchar(20) CHARACTER SET utf8mb3, a varchar(20) CHARACTER SET ascii,
		bin varchar(20) COLLATE utf8mb4_bin
);
INSERT INTO texts VALUES
	(1, 'ab', 'trailing  ', '', 'tiny', 'text', 'medium', 'long', 'Zürich', '中文', 'ascii', 'Bin'),
	(2, '', '', '', '', '', '', '', '', '', '', ''),
	(3, '😀中', '😀 emoji', '', '😀', '中文', 'é', 'ß', 'ÿ', '日本', '~', '😀'),
	(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(5, 'a''\\b', 'tab\tnl\n', '', 'quote "', '%_\\', '\Z', '`', 'ñ', 'ü', '\\', 'bin ');

CREATE TABLE nul_bytes (id int PRIMARY KEY, v varchar(20), t text, b varbinary(20));
INSERT INTO nul_bytes VALUES (1, 'fine', 'fine', 'fine'), (2, CONCAT('a', CHAR(0), 'b'), NULL, CONCAT('a', CHAR(0),
	'b')), (3, NULL, CONCAT('a', CHAR(0), 'b'), CHAR(0));

CREATE TABLE bytes (id int PRIMARY KEY, b binary(4), vb varbinary(20), tb tinyblob, bl blob, mb mediumblob,
	lb longblob);
INSERT INTO bytes VALUES
	(1, x'01', x'0102', x'00', x'ff00', x'fe', x'0d0a'), (2, x'', x'', x'', x'', x'', x''), (3, x'ffffffff', '中', '😀',
		x'5c27', x'1a', x'00'), (4, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE large (id int PRIMARY KEY, t mediumtext, b mediumblob, j json, v varchar(16000));
INSERT INTO large VALUES
	(1, REPEAT('x', 70000), REPEAT(x'00ff', 35000), CONCAT('["', REPEAT('y', 70000), '"]'), REPEAT('中', 16000)),
	(2, REPEAT('中', 70000), REPEAT(x'27', 70000), CONCAT('[', REPEAT('1,', 35000), '1]'), REPEAT('z', 16000)),
	(3, REPEAT('0123456789abcdef', 200000), NULL, NULL, NULL),
	(4, 'short', 'short', '{}', 'short');

CREATE TABLE enums (id int PRIMARY KEY, e enum('small', 'it''s', '中文', 'Small Two', 'a,b', '(x)'), e0 enum('', 'x'),
	s set('a', 'b', 'c d', 'é'), l1 enum('ü', 'o') CHARACTER SET latin1);
INSERT INTO enums VALUES (1, 'small', '', 'a,c d', 'ü'), (2, 'it''s', 'x', 'a,b,c d,é', 'o'), (3, '中文', '', '', 'o'),
	(4, NULL, NULL, NULL, NULL), (5, 'a,b', 'x', 'b', 'ü'), (6, '(x)', 'x', 'é', 'o');
CREATE TABLE bad_enum (id int PRIMARY KEY, e enum('a', 'b'));
INSERT INTO bad_enum VALUES (1, 'a'), (2, 'no such label');

CREATE TABLE jsons (id int PRIMARY KEY, j json, t longtext);
INSERT INTO jsons VALUES
	(1, '{"a": 1, "b": [true, null, "中文😀"]}', '{"not": "declared"}'), (2, '123456789012345678901234567890.123456789',
		'x'), (3, '"text"', ''), (4, 'null', NULL), (5, NULL, NULL), (6, '{"a":1,"a":2}', '');

CREATE TABLE dates (id int PRIMARY KEY, d date, dt datetime, dt3 datetime(3), dt6 datetime(6), ts timestamp NULL,
	ts6 timestamp(6) NULL, t time, t3 time(3), t6 time(6));
INSERT INTO dates VALUES
	(1, '1000-01-01', '1000-01-01 00:00:00', '1000-01-01 00:00:00.001', '1000-01-01 00:00:00.000001',
		'1970-01-01 00:00:01', '1970-01-01 00:00:01.000001', '-838:59:59', '-838:59:59.999', '-838:59:59.999999'),
	(2, '9999-12-31', '9999-12-31 23:59:59', '9999-12-31 23:59:59.999', '9999-12-31 23:59:59.999999',
		'2038-01-19 03:14:07', '2038-01-19 03:14:07.999999', '838:59:59', '838:59:59.999', '838:59:59.999999'),
	(3, '2024-02-29', '2024-02-29 12:34:56', '2024-02-29 12:34:56.5', '2024-02-29 12:34:56.5', '2024-07-01 12:34:56',
		'2024-07-01 12:34:56.789012', '12:34:56', '12:34:56.5', '00:00:00.000001'),
	(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(5, '0001-01-01', '0001-01-01 00:00:00', NULL, NULL, NULL, NULL, '-00:00:01', '00:00:00', '24:00:00');

CREATE TABLE zero_dates (id int PRIMARY KEY, d date, dn date NOT NULL, dt datetime, dtn datetime NOT NULL,
	ts timestamp NULL);
INSERT INTO zero_dates VALUES
	(1, '2024-05-06', '2024-05-06', '2024-05-06 07:08:09', '2024-05-06 07:08:09', '2024-05-06 07:08:09'),
	(2, '0000-00-00', '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00'),
	(3, '2020-00-05', '2020-05-00', '2020-00-05 01:02:03', '2020-05-00 01:02:03', NULL),
	(4, NULL, '2024-05-06', NULL, '2024-05-06 07:08:09', NULL);

CREATE TABLE geometries (id int PRIMARY KEY, g geometry, p point, ls linestring, pg polygon, mp multipoint,
	ml multilinestring, mpg multipolygon, gc geometrycollection);
INSERT INTO geometries VALUES
	(1, ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('LINESTRING(0 0,1 1)'),
		ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'),
		ST_GeomFromText('MULTIPOINT(1 1,2 2)'), ST_GeomFromText('MULTILINESTRING((0 0,1 1))'),
			ST_GeomFromText('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))'), ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2))')),
	(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE others (id int PRIMARY KEY, u uuid, i6 inet6);
INSERT INTO others VALUES (1, '123e4567-e89b-12d3-a456-426655440000', '2001:db8::ff00:42:8329'), (2, NULL, NULL);

-- ---- fdw_mysql_options ----
DROP DATABASE IF EXISTS fabric_options;
DROP DATABASE IF EXISTS fabric_options_2;
CREATE DATABASE fabric_options;
CREATE DATABASE fabric_options_2;
CREATE TABLE fabric_options.places (id int PRIMARY KEY, place varchar(20) NOT NULL, `other name` int);
INSERT INTO fabric_options.places VALUES (1, 'first database', 11), (2, 'first database', 12);
CREATE TABLE fabric_options_2.places (id int PRIMARY KEY, place varchar(20) NOT NULL);
INSERT INTO fabric_options_2.places VALUES (1, 'second database');
-- A user without a password, and one who may read one table only.
DROP USER IF EXISTS fabric_open, fabric_narrow;
CREATE USER fabric_open;
GRANT SELECT ON fabric_options.* TO fabric_open;
CREATE USER fabric_narrow IDENTIFIED BY 'narrow-secret';
GRANT SELECT (id) ON fabric_options.places TO fabric_narrow;

-- ---- fdw_mysql_import: names, shapes and definitions that an import meets ----
DROP DATABASE IF EXISTS fabric_import;
DROP DATABASE IF EXISTS `fabric_import "odd' \name`;
CREATE DATABASE fabric_import;
CREATE DATABASE `fabric_import "odd' \name`;
USE fabric_import;
CREATE TABLE Mixed (id int PRIMARY KEY, `Id Two` int, `id two 2` int);
CREATE TABLE mixed (id int PRIMARY KEY);
INSERT INTO Mixed VALUES (1, 2, 3);
INSERT INTO mixed VALUES (7);
CREATE TABLE `quo'te` (`col'umn` int, `back\slash` int, `dou"ble` int, `back``tick` int, `中文` int, `select` int,
	`$1` int, `two words` int);
INSERT INTO `quo'te` VALUES (1, 2, 3, 4, 5, 6, 7, 8);
CREATE TABLE `back\slash` (id int);
CREATE TABLE `dou"ble` (id int);
CREATE TABLE `back``tick` (id int);
CREATE TABLE `per%cent` (id int);
CREATE TABLE under_score (id int);
CREATE TABLE underXscore (id int);
CREATE TABLE `表` (`列` varchar(10) COMMENT '注释 ''quoted'' \\ back');
INSERT INTO `表` VALUES ('行');
CREATE TABLE aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg (id int);
CREATE TABLE aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg (id int);
CREATE TABLE `一二三四五六七八九十一二三四五六七八九十一二` (id int);
CREATE TABLE long_column (id int, aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg int);
CREATE TABLE system_column (id int, ctid int);
SET SESSION group_concat_max_len = 1000000;
SET @columns = (SELECT GROUP_CONCAT(CONCAT('c', seq, ' tinyint') ORDER BY seq) FROM seq_1_to_1600);
EXECUTE IMMEDIATE CONCAT('CREATE TABLE widest (', @columns, ') ENGINE = Aria');
EXECUTE IMMEDIATE CONCAT('CREATE TABLE too_wide (', @columns, ', c1601 tinyint) ENGINE = Aria');
INSERT INTO widest (c1, c1600) VALUES (1, 2);
CREATE TABLE definitions (
	a int NOT NULL AUTO_INCREMENT, b varchar(10) NOT NULL DEFAULT 'it''s \\ "x"' COMMENT 'a column''s comment',
	c int DEFAULT 42, d decimal(10,2) DEFAULT -1.50, e datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
	f varchar(10) DEFAULT NULL, g varchar(36) DEFAULT (uuid()), h bit(3) DEFAULT b'101', i enum('x', 'y') DEFAULT 'y',
	j date DEFAULT '2024-02-29', k tinyint(1) DEFAULT 1, l varchar(10) DEFAULT '', m double DEFAULT 1e10, n set('p',
		'q') DEFAULT 'p,q',
	o varbinary(4) DEFAULT 'ab', p json DEFAULT '{"a": 1}', q timestamp(6) DEFAULT CURRENT_TIMESTAMP(6),
		r time DEFAULT '-12:00:00',
	s int AS (c * 2) STORED, t varchar(30) AS (CONCAT(b, '''')) VIRTUAL, u int NOT NULL,
		v varchar(5) CHARACTER SET latin1 COLLATE latin1_bin,
	PRIMARY KEY (a, u)
) COMMENT = 'a table''s comment';
INSERT INTO definitions (u) VALUES (1);
CREATE TABLE labels (
	same enum('one', 'two'), other enum('one', 'two'),
		long_label enum('aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg', 'b'),
	aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff enum('x'), reordered enum('b', 'a')
);
INSERT INTO labels VALUES ('two', 'two', 'b', 'x', 'a');
CREATE VIEW a_view AS SELECT id, `Id Two` + 1 AS next, 'text' AS word FROM Mixed;
CREATE TABLE vanishing (id int);
CREATE VIEW broken_view AS SELECT id FROM vanishing;
DROP TABLE vanishing;
CREATE SEQUENCE a_sequence;
CREATE TABLE versioned (id int PRIMARY KEY) WITH SYSTEM VERSIONING;
CREATE TABLE partitioned (id int PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1
	VALUES LESS THAN MAXVALUE);
INSERT INTO partitioned VALUES (1), (11);
CREATE TABLE `fabric_import "odd' \name`.t (id int);
INSERT INTO `fabric_import "odd' \name`.t VALUES (1);
USE fabric_import;
CREATE TABLE orders (id int, status enum('new', 'sent') DEFAULT 'new',
	placed datetime NOT NULL DEFAULT '0000-00-00 00:00:00', note varchar(20) DEFAULT 'two
lines');
CREATE TABLE orders_status (id int);
-- Two databases and two tables whose names differ in case only, with columns of different types.
DROP DATABASE IF EXISTS Fabric_Import;
CREATE DATABASE Fabric_Import;
CREATE TABLE Fabric_Import.mixed (id varchar(10) CHARACTER SET latin1);
INSERT INTO Fabric_Import.mixed VALUES ('text');

-- ---- fdw_mysql_pushdown ----
DROP DATABASE IF EXISTS fabric_pushdown;
CREATE DATABASE fabric_pushdown;
USE fabric_pushdown;
CREATE TABLE items (
	id int PRIMARY KEY, i int, b bigint, u int unsigned, s smallint, ub bigint unsigned, n decimal(12,3), f float,
		d double, flag tinyint(1),
	v varchar(40), c char(10), t text, l1 varchar(40) CHARACTER SET latin1, e enum('small', 'medium', 'large'),
		st set('a', 'b'), y varbinary(20),
	day date, at datetime(6), moment timestamp(6) NULL, span time(6), bits bit(4), j json, yr year, KEY (v), KEY (at),
		KEY (n)
);
INSERT INTO items VALUES
	(1, 10, 100, 1, 1, 1, 1.500, 0.5, 0.1, 1, 'zug', 'zug', 'Ein Text', 'Zürich', 'small', 'a', x'00ff', '2024-01-31',
		'2024-01-31 10:20:30.5', '2024-01-31 10:20:30', '10:00:00', b'0001', '{"a": 1}', 2024),
	(2, 20, -200, 2, -2, 2, -2.250, 1.25, 2.5, 0, 'Zug', 'ZUG', 'a%b', 'zug', 'medium', 'a,b', x'', '2024-02-29',
		'2024-02-29 00:00:00', '2024-02-29 00:00:00', '-00:30:00', b'1111', NULL, 2000),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL, NULL),
	(4, -7, 9223372036854775807, 4294967295, 32767, 18446744073709551615, 999999999.999, 3.4e38, 1.7e308, 2, 'zug ',
		'zug', 'zug\n', 'zug ', 'large', '', x'27', '9999-12-31', '9999-12-31 23:59:59.999999',
		'2038-01-19 03:14:07.999999', '838:59:59', b'0000', '[]', 2155),
	(5, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '', '', 'small', 'b', x'5c', '1000-01-01', '1000-01-01 00:00:00',
		'1970-01-01 00:00:01', '00:00:00', b'1000', '"x"', 1901),
	(6, 7, 3, 7, 3, 7, 7.125, 0.1, 7, 1, '中文 😀', '中文', 'O''Brien \\ 100%', 'ÿ', 'medium', NULL, x'e4b8ad', '2023-12-31',
		'2023-12-31 23:59:59.999999', '2023-12-31 23:59:59.999999', '23:59:59.999999', b'0110', 'null', 1970),
	(7, 2147483647, 1, 1, 1, 1, 0.001, -1.5, -0.5, 1, 'ZÜG', 'zug_', 'under_score', 'zÜg', 'large', 'a', x'00',
		'2024-01-31', '2024-01-31 00:00:00', NULL, '00:00:00.000001', NULL, '{}', 1);
CREATE TABLE others (id int PRIMARY KEY, item int, name varchar(20));
INSERT INTO others VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 4, 'four');

-- ---- fdw_mysql_session ----
DROP DATABASE IF EXISTS fabric_session;
CREATE DATABASE fabric_session;
USE fabric_session;
CREATE TABLE big (id int PRIMARY KEY, grp int NOT NULL, pad varchar(200) NOT NULL);
INSERT INTO big SELECT seq, seq % 10, REPEAT(CHAR(97 + seq % 26), 50 + seq % 100) FROM seq_1_to_50000;
CREATE TABLE small (id int PRIMARY KEY, v varchar(20));
INSERT INTO small VALUES (1, 'one'), (2, 'two'), (3, 'three');
CREATE TABLE log (id int AUTO_INCREMENT PRIMARY KEY, note varchar(50));
-- The product of one row's numbers is too large.
CREATE TABLE factors (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, pad varchar(200) NOT NULL);
INSERT INTO factors SELECT seq, IF(seq = 1500, 2147483647, seq), IF(seq = 1500, 2147483647, 2), REPEAT('p', 200) FROM seq_1_to_2000;
GRANT SELECT ON fabric_session.* TO fabric_open;

-- ---- fdw_mysql_analyze: MyISAM counts its rows and, once analyzed, the values of its keys exactly ----
DROP DATABASE IF EXISTS fabric_analyze;
CREATE DATABASE fabric_analyze;
USE fabric_analyze;
CREATE TABLE items (
	id int PRIMARY KEY, grp int NOT NULL, code varchar(20) NOT NULL, word varchar(20), price decimal(10,2), ratio double,
	day date, at datetime, doc json, raw varbinary(20), flag tinyint(1), mood enum('bad', 'fair', 'good'), a int, b int,
	UNIQUE KEY (code), KEY (grp), KEY (a, b), UNIQUE KEY (b, a, id), KEY (word(3)), FULLTEXT KEY (word)
) ENGINE = MyISAM;
INSERT INTO items SELECT seq, seq % 50, CONCAT('code ', 5001 - seq), IF(seq % 7 = 0, NULL, CONCAT('word ', seq % 300)),
	IF(seq % 3 = 0, NULL, (seq * 7919 % 1000) / 4), seq * 7919 % 5000 / 8, DATE_ADD('2020-01-01', INTERVAL seq % 400 DAY),
	DATE_ADD('2020-01-01', INTERVAL seq HOUR), CONCAT('{"n": ', seq % 20, '}'), UNHEX(MD5(seq % 1000)), seq % 4,
	ELT(1 + seq % 3, 'bad', 'fair', 'good'), seq % 10, seq % 200
	FROM seq_1_to_5000;
CREATE TABLE gaps (id bigint PRIMARY KEY, v int) ENGINE = MyISAM;
INSERT INTO gaps SELECT CAST(seq AS SIGNED) * 3 - 7000, seq % 5 FROM seq_1_to_5000;
ANALYZE TABLE items, gaps;
-- The server's own figures say that it is empty.
CREATE TABLE stale (id int PRIMARY KEY, v int) ENGINE = InnoDB STATS_PERSISTENT = 1 STATS_AUTO_RECALC = 0;
INSERT INTO stale SELECT seq, seq % 5 FROM seq_1_to_5000;
CREATE TABLE wide (id int PRIMARY KEY, t mediumtext, b mediumblob, j json, v varchar(3000)) ENGINE = MyISAM;
INSERT INTO wide SELECT seq, REPEAT(CHAR(65 + seq % 26), IF(seq % 4 = 0, 100, 100000)), REPEAT(CHAR(seq % 5), seq * 2000),
	CONCAT('["', REPEAT('x', IF(seq % 2 = 0, 10, 50000)), '"]'), REPEAT('v', seq * 100) FROM seq_1_to_20;
CREATE TABLE unreadable (id int PRIMARY KEY, d date, t varchar(20), v varchar(20), n int) ENGINE = MyISAM;
INSERT INTO unreadable VALUES (1, '2024-01-01', 'fine', 'short', 1), (2, '0000-00-00', CONCAT('a', CHAR(0)), 'much too long',
	2), (3, '2020-05-00', 'fine', 'also too long', 70000), (4, NULL, CONCAT(CHAR(0), 'b'), 'short', 3);
CREATE TABLE nothing (id int PRIMARY KEY, v varchar(20));
CREATE TABLE doomed (id int PRIMARY KEY);
CREATE TABLE year_2024 (id int PRIMARY KEY, year int NOT NULL, v int) ENGINE = MyISAM;
INSERT INTO year_2024 SELECT seq, 2024, seq % 100 FROM seq_1_to_2000;
CREATE VIEW cheap AS SELECT id, grp, price FROM items WHERE price < 10;
CREATE VIEW slow AS SELECT id, SLEEP(0.05) AS slept FROM items;
GRANT SELECT (id, grp) ON fabric_analyze.items TO fabric_narrow;
-- Histograms of the server's own
CREATE TABLE measured (id int PRIMARY KEY, k smallint, n decimal(10,2), f double, day date, at datetime(3), v varchar(20),
	big bigint unsigned, span time, skew bigint, never date) ENGINE = MyISAM;
INSERT INTO measured SELECT seq, IF(seq % 9 = 0, NULL, seq % 5), seq / 7, seq / 3, '2020-01-01' + INTERVAL seq % 400 DAY,
	'2020-01-01 10:00:00.123' + INTERVAL seq HOUR, CONCAT('v', seq % 3), 18446744073709551615 - seq, SEC_TO_TIME(seq),
	IF(seq % 2 = 0, 7, seq * seq), NULL FROM seq_1_to_900;
CREATE TABLE measured_by_widths LIKE measured;
INSERT INTO measured_by_widths SELECT * FROM measured;
SET histogram_type = 'JSON_HB', histogram_size = 200;
ANALYZE TABLE measured PERSISTENT FOR ALL;
SET histogram_type = 'DOUBLE_PREC_HB', histogram_size = 200;
ANALYZE TABLE measured_by_widths PERSISTENT FOR ALL;
GRANT SELECT ON fabric_analyze.measured TO fabric_narrow;

-- ---- fdw_mysql_joins ----
DROP DATABASE IF EXISTS fabric_joins;
CREATE DATABASE fabric_joins;
USE fabric_joins;
CREATE TABLE regions (id int unsigned PRIMARY KEY, name char(10) NOT NULL);
INSERT INTO regions VALUES (1, 'north'), (2, 'south'), (3, 'nowhere');
CREATE TABLE customers (id int PRIMARY KEY, name varchar(20) NOT NULL, region smallint, credit decimal(10,2), born date,
	KEY (region), KEY (name));
INSERT INTO customers VALUES
	(1, 'Zug', 1, 100.00, '1980-01-31'), (2, 'zug', 1, 0, '1990-05-05'), (3, 'Zürich', 2, NULL, NULL),
	(4, 'zug ', NULL, -5.50, '1980-01-31'), (5, '', 2, 100.00, '2000-02-29'), (6, 'Genf', NULL, 7, NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer int, code varchar(20) NOT NULL, placed datetime NOT NULL,
	total decimal(12,2), note text, KEY (customer), KEY (placed));
INSERT INTO orders VALUES
	(10, 1, 'a-10', '2024-01-31 10:20:30', 100.00, 'first'), (11, 1, 'a-11', '2024-02-29 00:00:00', 0, NULL),
	(12, 2, 'b-12', '2024-02-29 23:59:59', 7.25, 'Second'), (13, 3, 'b-13', '2023-12-31 23:59:59', NULL, ''),
	(14, NULL, 'c-14', '2024-01-01 00:00:00', 5.50, 'nobody''s'), (15, 99, 'c-15', '2024-01-01 00:00:00', 1.00, 'gone'),
	(16, 5, 'a-16', '2024-06-30 12:00:00', 100.00, 'upper'), (17, 5, 'a-17', '2024-06-30 12:00:01', 3.00, 'UPPER');
CREATE TABLE later_orders AS SELECT id + 1000 AS id, customer, code, placed, total, note FROM orders;
CREATE TABLE parts (order_id int NOT NULL, no smallint NOT NULL, item varchar(20) NOT NULL, qty int unsigned NOT NULL,
	price decimal(8,3), PRIMARY KEY (order_id, no));
INSERT INTO parts VALUES
	(10, 1, 'nut', 100, 0.125), (10, 2, 'bolt', 4, 3.000), (11, 1, 'nut', 1, NULL), (12, 1, 'screw', 4294967295, 0.001),
	(16, 1, 'bolt', 5, 5.000), (16, 2, 'bolt', 2, 10.000), (16, 3, 'nut', 0, 99999.999), (99, 1, 'lost', 1, 1);
CREATE TABLE staff (id int PRIMARY KEY, boss int, name varchar(20) COLLATE utf8mb4_bin NOT NULL);
INSERT INTO staff VALUES (1, NULL, 'Anna'), (2, 1, 'Bert'), (3, 1, 'Cleo'), (4, 3, 'Dora'), (5, 3, 'anna'), (6, 42, 'Emil');
-- The same values in columns of different types, and values that only the remote server takes for the same
CREATE TABLE left_keys (
	id int PRIMARY KEY, ti tinyint, i int, b bigint, ub bigint unsigned, d decimal(20,0), n decimal(12,3), f float,
	at datetime, day date, ts timestamp NULL, span time, c char(6), v varchar(10) COLLATE utf8mb4_general_ci,
	l varchar(10) CHARACTER SET latin1, bin varchar(10) COLLATE utf8mb4_nopad_bin, y varbinary(10), flag tinyint(1),
	KEY (v), KEY (bin), KEY (l), KEY (i), KEY (at)
);
INSERT INTO left_keys VALUES
	(1, 1, 1, 1, 1, 1, 1.000, 1, '2024-01-31 10:20:30', '2024-01-31', '2024-01-31 10:20:30', '10:20:30', 'zug', 'zug',
		'zug', 'zug', 'zug', 1),
	(2, -1, -1, -1, 18446744073709551615, -1, -1.500, 0.1, '2024-01-31 00:00:00', '2024-02-29', '2024-01-31 00:00:00',
		'-00:00:01', 'Zug', 'Zug', 'Zug', 'Zug', 'Zug', 0),
	(3, 127, 2147483647, 9223372036854775807, 9223372036854775807, 9223372036854775807, 0.100, 0.5, '9999-12-31 23:59:59',
		'9999-12-31', '2038-01-19 03:14:07', '838:59:59', 'é', 'é', 'é', 'é', 'é', 2),
	(4, 2, 2, 2, 2, 2, 2.000, 2, '2024-01-31 10:20:31', '2024-01-30', '2024-01-31 10:20:31', '10:20:31', 'zug ', 'zug ',
		'zug ', 'zug ', 'zug ', 1),
	(5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE right_keys (
	id int PRIMARY KEY, s smallint, u int unsigned, b bigint, d decimal(20,2), g double, at datetime(6), day datetime,
	ts timestamp(6) NULL, span time(6), c char(10), v varchar(10) COLLATE utf8mb4_unicode_ci, t text COLLATE utf8mb4_bin,
	l varchar(10) CHARACTER SET latin1 COLLATE latin1_german2_ci, bin varchar(10) COLLATE utf8mb4_nopad_bin,
	y varbinary(20), flag tinyint(1), KEY (v), KEY (bin), KEY (l), KEY (u), KEY (at)
);
INSERT INTO right_keys VALUES
	(1, 1, 1, 1, 1.00, 1, '2024-01-31 10:20:30', '2024-01-31', '2024-01-31 10:20:30', '10:20:30', 'zug', 'zug', 'zug', 'zug',
		'zug', 'zug', 1),
	(2, -1, 4294967295, -1, -1.50, 0.1, '2024-01-31 10:20:30.5', '2024-01-31 10:20:30', '2024-01-31 10:20:30.5',
		'10:20:30.5', 'ZUG', 'ZUG', 'ZUG', 'ZUG', 'ZUG', 'ZUG', 0),
	(3, 127, 2147483647, 9223372036854775807, 0.10, 0.5, '9999-12-31 23:59:59.999999', '9999-12-31',
		'2038-01-19 03:14:07.999999', '838:59:59', 'e', 'e', 'e', 'e', 'e', 'e', 1),
	(4, 2, 2, 2, 2.01, 2, '2024-01-31 10:20:30.999999', '2024-01-31 10:20:31', '2024-01-31 10:20:31', '-00:00:01', 'zug ',
		'zug ', 'zug ', 'zug ', 'zug ', 'zug ', 0),
	(5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
-- No column that is never NULL, and dates that are none
CREATE TABLE bare (a int, b int, KEY (a));
INSERT INTO bare VALUES (1, 10), (1, NULL), (NULL, NULL), (3, 30);
CREATE TABLE undated (id int PRIMARY KEY, day date NOT NULL, customer int NOT NULL);
INSERT INTO undated VALUES (1, '2024-01-31', 1), (2, '0000-00-00', 2), (3, '2024-05-00', 3);

-- ---- fdw_mysql_grouping: group 1 has values and NULLs, 2 what is the same remotely only, 3 no values ----
DROP DATABASE IF EXISTS fabric_grouping;
CREATE DATABASE fabric_grouping;
USE fabric_grouping;
CREATE TABLE sales (
	id int PRIMARY KEY, grp int NOT NULL, s smallint, i int, b bigint, ub bigint unsigned, n decimal(10,2),
	wide decimal(60,25), f float, d double, flag tinyint(1), v varchar(20), c char(8), t text,
	l varchar(20) CHARACTER SET latin1, bin varchar(20) COLLATE utf8mb4_nopad_bin, y varbinary(20),
	e enum('small', 'large', 'medium'), st set('a', 'b'), day date, at datetime(3), moment timestamp(6) NULL, span time(6),
	bits bit(4), j json, KEY (grp), KEY (n), KEY (bin), KEY (day)
);
INSERT INTO sales VALUES
	(1, 1, 1, 10, 100, 1, 1.50, 1.5, 0.5, 0.25, 1, 'zug', 'zug', 'zug', 'zug', 'zug', 'zug', 'small', 'a', '2024-01-31',
		'2024-01-31 10:20:30.5', '2024-01-31 10:20:30', '10:00:00', b'0001', '{"a": 1}'),
	(2, 1, 1, 20, 9223372036854775807, 18446744073709551615, -2.25, 0, 1.5, 2.5, 0, 'Zug', 'Zug', 'Zug', 'Zug', 'Zug',
		'Zug', 'large', 'a,b', '2024-02-29', '2024-02-29 00:00:00', '2024-02-29 00:00:00', '-00:30:00', b'1111', NULL),
	(3, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL),
	(4, 1, 3, 2147483647, 9223372036854775807, 18446744073709551615, 99999999.99,
		99999999999999999999999999999999999.9999999999999999999999999, 4, 8, 2, 'Zürich', 'Zürich', 'Zürich', 'Zürich',
		'Zürich', 'Zürich', 'medium', '', '9999-12-31', '9999-12-31 23:59:59.999', '2038-01-19 03:14:07.999999',
		'838:59:59', b'0000', '[]'),
	(5, 2, 7, 7, 7, 7, 7.00, 7, 0, 0e0, 0, 'zug', 'zug', 'a', 'zug', 'zug', 'a', 'small', 'a', '2024-01-31',
		'2024-01-31 10:20:30.5', '2024-01-31 10:20:30', '00:00:00', b'0110', '1'),
	(6, 2, 7, 7, 7, 7, 7.00, 7, 0, -0e0, 0, 'ZUG', 'ZUG', 'A', 'ZUG', 'ZUG', 'A', 'small', 'a', '2024-01-31',
		'2024-01-31 10:20:30.5', '2024-01-31 10:20:30', '00:00:00', b'0110', '1'),
	(7, 2, 7, -7, -7, 0, 0.00, 0.0000000000000000000000001, 0, 1, 1, 'zug ', 'zug ', 'a ', 'zug ', 'zug ', 'a ', 'large',
		'b', '1000-01-01', '1000-01-01 00:00:00', '1970-01-01 00:00:01', '-838:59:59', b'0111', '{}'),
	(8, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL),
	(9, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
		NULL, NULL, NULL, NULL);
CREATE TABLE few_sales AS SELECT * FROM sales WHERE grp = 2;
CREATE TABLE grps (id int PRIMARY KEY, name varchar(20) NOT NULL, area varchar(10));
INSERT INTO grps VALUES (1, 'one', 'north'), (2, 'two', 'North'), (3, 'three', 'south'), (4, 'empty', NULL);
CREATE TABLE undated (id int PRIMARY KEY, grp int, day date NOT NULL);
INSERT INTO undated VALUES (1, 1, '2024-01-31'), (2, 1, '0000-00-00'), (3, 2, '2024-05-00'), (4, 2, '0000-00-00'),
	(5, 3, '2024-01-31');
-- Columns named like what a statement gives
CREATE VIEW odd_names AS SELECT grp, s, COUNT(*), MAX(`n`) AS `MAX(``n``)` FROM sales GROUP BY grp, s;

-- ---- fdw_mysql_lookup ----
DROP DATABASE IF EXISTS fabric_lookup;
CREATE DATABASE fabric_lookup;
USE fabric_lookup;
CREATE TABLE products (id int PRIMARY KEY, code varchar(20) NOT NULL, part smallint, price decimal(10,2), weight double,
	made datetime(3), kind char(4), tag varchar(20) CHARACTER SET latin1, KEY (code), KEY (made), KEY (part, kind), KEY (tag))
	ENGINE = MyISAM;
INSERT INTO products SELECT seq, CONCAT('code ', seq), seq % 40, IF(seq % 11 = 0, NULL, seq / 4), seq / 8,
	DATE_ADD('2024-01-01', INTERVAL seq HOUR), ELT(1 + seq % 3, 'a', 'b', 'B'), CONCAT('t', seq % 500)
	FROM seq_1_to_5000;
UPDATE products SET code = 'CODE 7' WHERE id = 8;
UPDATE products SET code = 'code 7 ' WHERE id = 9;
UPDATE products SET code = 'größe' WHERE id = 10;
CREATE TABLE cheaper_products AS SELECT * FROM products WHERE id < 5;
CREATE TABLE wide_products (id int NOT NULL, tag varchar(20) CHARACTER SET utf16, KEY (tag, id)) ENGINE = MyISAM
	SELECT id, tag FROM products;
ANALYZE TABLE products, cheaper_products, wide_products;

-- ---- fdw_mysql_order ----
DROP DATABASE IF EXISTS fabric_order;
CREATE DATABASE fabric_order;
USE fabric_order;
CREATE TABLE things (
	id int PRIMARY KEY, n int, m smallint NOT NULL, price decimal(10,2), d double, flag tinyint(1), v varchar(20),
	long_v varchar(1000), c char(8), t text, bin varchar(20) COLLATE utf8mb4_nopad_bin, y varbinary(20), b blob,
	e enum('small', 'large', 'medium'), day date, at datetime(6), moment timestamp NULL, span time, bits bit(4), j json,
	KEY (n), KEY (bin), KEY (m, n)
) ENGINE = MyISAM;
INSERT INTO things VALUES
	(1, 10, 1, 1.50, 0.5, 1, 'zug', 'zug', 'zug', 'zug', 'zug', 'zug', 'zug', 'small', '2024-01-31', '2024-01-31 10:20:30.5',
		'2024-01-31 10:20:30', '10:00:00', b'0001', '1'),
	(2, -20, 1, -2.25, -1.5, 0, 'Zug', 'Zug', 'Zug', 'Zug', 'Zug', 'Zug', 'Zug', 'large', '2024-02-29',
		'2024-02-29 00:00:00', '2024-02-29 00:00:00', '-00:30:00', b'1111', '2'),
	(3, NULL, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(4, 2147483647, 2, 99999999.99, 1e300, 1, 'Zürich', 'Zürich', 'Zürich', 'Zürich', 'Zürich', x'00', x'00', 'medium',
		'9999-12-31', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07', '838:59:59', b'0000', '"x"'),
	(5, 10, 3, 1.50, 0, 0, 'zug ', 'zug ', 'zug ', 'zug ', 'zug ', 'zug ', 'zug ', 'small', '2024-01-31',
		'2024-01-31 10:20:30.500001', '2024-01-31 10:20:31', '00:00:00', b'0110', '[]'),
	(6, 0, 3, 0.00, -0e0, 1, '', '', '', '', '', '', '', 'large', '1000-01-01', '1000-01-01 00:00:00', '1970-01-01 00:00:01',
		'-838:59:59', b'1000', '{}'),
	(7, NULL, 4, 5.00, 5, NULL, '中文', '中文', '中文', '中文', '中文', x'ff', x'ff', NULL, '2024-01-30', NULL, NULL, NULL,
		NULL, NULL),
	(8, 7, 4, -0.01, 2.5, 0, '😀', '😀', '😀', '😀', '😀', 'zugzug', 'zugzug', 'medium', '2024-03-01',
		'2024-02-29 00:00:00.000001', '2024-02-29 00:00:01', '10:00:01', b'0111', 'null');
CREATE TABLE series (id int PRIMARY KEY, grp int NOT NULL, v int, KEY (grp, id), KEY (v)) ENGINE = MyISAM;
INSERT INTO series SELECT seq, seq % 50, IF(seq % 7 = 0, NULL, seq * 7919 % 5003) FROM seq_1_to_5000;
CREATE TABLE later_series (id int PRIMARY KEY, grp int NOT NULL, v int) ENGINE = MyISAM;
INSERT INTO later_series SELECT id + 10000, grp, v FROM series;
ANALYZE TABLE things, series, later_series;

-- ---- fdw_mysql_windows: rows that are slow in coming ----
DROP DATABASE IF EXISTS fabric_slow;
CREATE DATABASE fabric_slow;
CREATE VIEW fabric_slow.series AS SELECT id, grp, v FROM fabric_order.later_series WHERE id <= 10003 AND SLEEP(0.1) = 0;

-- ---- fdw_mysql_plans: MyISAM, whose numbers of rows and of keys' values are exact ----
DROP DATABASE IF EXISTS fabric_plans;
CREATE DATABASE fabric_plans;
USE fabric_plans;
CREATE TABLE regions (id int PRIMARY KEY, name varchar(20) NOT NULL) ENGINE = MyISAM;
INSERT INTO regions SELECT seq, CONCAT('region ', seq) FROM seq_1_to_10;
CREATE TABLE customers (id int PRIMARY KEY, name varchar(40) NOT NULL, region int NOT NULL, code varchar(20) CHARACTER SET
	latin1 NOT NULL, KEY (name), KEY (code)) ENGINE = MyISAM;
INSERT INTO customers SELECT seq, CONCAT('customer ', seq), 1 + seq % 10, CONCAT('c', seq) FROM seq_1_to_2000;
CREATE TABLE products (id int PRIMARY KEY, kind int NOT NULL, price decimal(10,2) NOT NULL) ENGINE = MyISAM;
INSERT INTO products SELECT seq, seq % 20, seq / 4 FROM seq_1_to_1000;
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, placed datetime NOT NULL, paid datetime, status int NOT NULL,
	total decimal(12,2) NOT NULL, code varchar(20) NOT NULL, KEY (customer, placed), KEY (placed), KEY (paid), KEY (code))
	ENGINE = MyISAM;
INSERT INTO orders SELECT seq, 1 + seq * 7919 % 1900, DATE_ADD('2020-01-01', INTERVAL seq * 7919 % 20011 HOUR),
	IF(seq % 5 = 0, NULL, DATE_ADD('2020-01-02', INTERVAL seq * 7919 % 20011 HOUR)), seq % 4, seq % 1000 / 4,
	CONCAT('c', seq) FROM seq_1_to_20000;
CREATE TABLE order_lines (order_id int NOT NULL, no int NOT NULL, product int NOT NULL, qty int NOT NULL, PRIMARY KEY (order_id, no),
	KEY (product)) ENGINE = MyISAM;
INSERT INTO order_lines SELECT 1 + seq DIV 3, seq % 3, 1 + seq * 31 % 1000, 1 + seq % 7 FROM seq_0_to_59999;
-- No index but the primary key
CREATE TABLE visits (id int PRIMARY KEY, page int NOT NULL, visitor int NOT NULL) ENGINE = MyISAM;
INSERT INTO visits SELECT seq, seq * 31 % 10007, seq * 17 % 9001 FROM seq_1_to_20000;
CREATE TABLE clicks (id int PRIMARY KEY, page int NOT NULL, visitor int NOT NULL) ENGINE = MyISAM;
INSERT INTO clicks SELECT seq, seq * 37 % 10007, seq * 13 % 9001 FROM seq_1_to_20000;
ANALYZE TABLE regions, customers, products, orders, order_lines, visits, clicks;
