-- The demo's shop as its MariaDB holds it: customers, products, orders and their items, some 580,000 rows.
--
-- Everything is derived from row numbers by CRC32 of MD5, so that every run and every server version makes the same
-- shop. Names come in many scripts and spellings on purpose: what a careless reader folds together shows at once.

CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE USER demo IDENTIFIED BY 'demo-secret';
GRANT SELECT, SHOW VIEW ON shop.* TO demo;
USE shop;

CREATE TABLE customers (
	id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
	first_name VARCHAR(40) NOT NULL,
	last_name VARCHAR(40) NOT NULL,
	email VARCHAR(100) NOT NULL COMMENT 'as typed by the customer',
	country CHAR(2) NOT NULL,
	newsletter TINYINT(1) NOT NULL DEFAULT 0,
	registered_on DATE NOT NULL,
	KEY (last_name),
	KEY (email)
) COMMENT 'who buys';

CREATE TABLE products (
	id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
	name VARCHAR(80) NOT NULL,
	category ENUM('books', 'garden', 'kitchen', 'music', 'toys') NOT NULL,
	price DECIMAL(8,2) NOT NULL,
	details JSON,
	KEY (category)
);

CREATE TABLE orders (
	id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
	customer_id INT UNSIGNED NOT NULL,
	ordered_at DATETIME(3) NOT NULL,
	status ENUM('new', 'paid', 'shipped', 'delivered', 'returned') NOT NULL,
	total DECIMAL(10,2) NOT NULL DEFAULT 0,
	gift_message VARCHAR(100),
	KEY (customer_id),
	KEY (ordered_at)
);

CREATE TABLE order_items (
	order_id INT UNSIGNED NOT NULL,
	line SMALLINT UNSIGNED NOT NULL,
	product_id INT UNSIGNED NOT NULL,
	quantity SMALLINT UNSIGNED NOT NULL,
	unit_price DECIMAL(8,2) NOT NULL,
	PRIMARY KEY (order_id, line)
);

-- ---- names, a country each ----

CREATE TEMPORARY TABLE names (
	n INT PRIMARY KEY AUTO_INCREMENT, country CHAR(2), given VARCHAR(40), family VARCHAR(40));
INSERT INTO names (country, given, family) VALUES
	('DE', 'Jürgen', 'Müller'), ('DE', 'Zoë', 'Weiß'), ('DE', 'Anna', 'Köhler'), ('AT', 'Björn', 'Müller'),
	('FR', 'Élodie', 'Lefèvre'), ('FR', 'François', 'Noël'), ('FR', 'Chloé', 'Garçon'), ('IE', 'Aoife', 'O''Brien'),
	('ES', 'Íñigo', 'Peña'), ('ES', 'María', 'Muñoz'), ('PT', 'João', 'Conceição'), ('SE', 'Åsa', 'Öberg'),
	('PL', 'Łukasz', 'Wójcik'), ('PL', 'Agnieszka', 'Żak'), ('CZ', 'Jiří', 'Dvořák'), ('TR', 'İbrahim', 'Yılmaz'),
	('TR', 'Ayşe', 'Şahin'), ('GR', 'Γιώργος', 'Παπαδόπουλος'), ('GR', 'Ελένη', 'Νικολάου'), ('BG', 'Иван', 'Димитров'),
	('UA', 'Оксана', 'Шевченко'), ('CN', '伟', '王'), ('CN', '小明', '李'), ('JP', '結衣', '佐藤'),
	('JP', '太郎', '鈴木'), ('KR', '민준', '김'), ('IN', 'अनिता', 'शर्मा'), ('VN', 'Thảo', 'Nguyễn'),
	('EG', 'فاطمة', 'حسن'), ('GB', 'Olivia', 'Smith'), ('US', 'Noah', 'Johnson'), ('NL', 'Renée', 'de Vries');
SET @names = (SELECT count(*) FROM names);

-- One in six is spelled the way people fill in forms: capitals, no accents, a blank too many.
INSERT INTO customers (id, first_name, last_name, email, country, newsletter, registered_on)
SELECT seq, IF(seq % 5 = 0, g.given, f.given),
	CASE CRC32(MD5(CONCAT('spelling', seq))) % 24
		WHEN 0 THEN UPPER(f.family)
		WHEN 1 THEN LOWER(f.family)
		WHEN 2 THEN REPLACE(REPLACE(REPLACE(f.family, 'ü', 'u'), 'é', 'e'), 'ñ', 'n')
		WHEN 3 THEN CONCAT(f.family, ' ')
		ELSE f.family
	END,
	CONCAT(IF(seq % 5 = 0, 'Customer', 'customer'), seq, '@', IF(seq % 7 = 0, 'Example.COM', 'example.com')),
	f.country, CRC32(MD5(CONCAT('newsletter', seq))) % 3 = 0,
	DATE '2021-01-01' + INTERVAL CRC32(MD5(CONCAT('registered', seq))) % 1500 DAY
FROM seq_1_to_20000
	JOIN names g ON g.n = 1 + CRC32(MD5(CONCAT('given', seq))) % @names
	JOIN names f ON f.n = 1 + CRC32(MD5(CONCAT('family', seq))) % @names;

CREATE TEMPORARY TABLE kinds (n INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40), category VARCHAR(10));
INSERT INTO kinds (name, category) VALUES
	('Teekanne', 'kitchen'), ('Café-Filter', 'kitchen'), ('Matryoshka', 'toys'), ('Ukulele 🎸', 'music'),
	('Gartenschlauch', 'garden'), ('Roman', 'books'), ('折り紙', 'toys'), ('Piñata 🎉', 'toys');
INSERT INTO products (id, name, category, price, details)
SELECT seq, CONCAT(name, ' No. ', seq), category, 1 + CRC32(MD5(CONCAT('price', seq))) % 20000 / 100,
	JSON_OBJECT('weight_g', 50 + CRC32(MD5(CONCAT('weight', seq))) % 5000,
		'colour', ELT(1 + seq % 4, 'rot', 'vert', 'azul', '白'))
FROM seq_1_to_2000
	JOIN kinds ON n = 1 + CRC32(MD5(CONCAT('kind', seq))) % 8;

INSERT INTO order_items (order_id, line, product_id, quantity, unit_price)
SELECT o.seq, l.seq, p.id, 1 + CRC32(MD5(CONCAT('quantity', o.seq, '/', l.seq))) % 4, p.price
FROM seq_1_to_140000 o
	JOIN seq_1_to_5 l ON l.seq <= 1 + CRC32(MD5(CONCAT('lines', o.seq))) % 5
	JOIN products p ON p.id = 1 + CRC32(MD5(CONCAT('product', o.seq, '/', l.seq))) % 2000;

INSERT INTO orders (id, customer_id, ordered_at, status, total, gift_message)
SELECT o.seq, 1 + CRC32(MD5(CONCAT('customer', o.seq))) % 20000,
	TIMESTAMP '2025-01-01 00:00:00.000' + INTERVAL CRC32(MD5(CONCAT('minute', o.seq))) % 525600 MINUTE
		+ INTERVAL CRC32(MD5(CONCAT('ms', o.seq))) % 60000 * 1000 MICROSECOND,
	CASE WHEN CRC32(MD5(CONCAT('status', o.seq))) % 100 < 4 THEN 5 ELSE 1 + CRC32(MD5(CONCAT('status', o.seq))) % 4 END,
	t.total,
	CASE CRC32(MD5(CONCAT('gift', o.seq))) % 20
		WHEN 0 THEN 'Alles Gute! 🎁' WHEN 1 THEN 'Happy Birthday 🎂' WHEN 2 THEN 'お誕生日おめでとう'
		WHEN 3 THEN 'Joyeux Noël, Chloé' WHEN 4 THEN 'С днём рождения' WHEN 5 THEN 'THANK YOU' WHEN 6 THEN 'thank you'
	END
FROM seq_1_to_140000 o
	JOIN (SELECT order_id, SUM(quantity * unit_price) AS total FROM order_items GROUP BY order_id) t ON t.order_id = o.seq;

-- What takes this server a while: the time limit of the demo cuts it short.
CREATE VIEW bought_together AS
	SELECT a.product_id AS product, b.product_id AS other_product, COUNT(*) AS orders
	FROM order_items a JOIN order_items b ON b.order_id = a.order_id AND b.product_id <> a.product_id
	GROUP BY a.product_id, b.product_id;

ANALYZE TABLE customers, products, orders, order_items;
