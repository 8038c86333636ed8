-- R10: division of integers truncates
-- rows: 1
SELECT id FROM t_num WHERE i / 2 = 1 OR k4 / -2 = 1 OR k8 / 10 = 0 OR si / 3 = -1;

-- rows: 1
SELECT id FROM t_num WHERE k4 % 3 = -1 OR k8 % -3 = 1 OR mod(k2, 2::smallint) = 1;

-- R10: division by zero is an error here, NULL there
SELECT id FROM t_num WHERE k4 / (k8 - k8) = 1;

SELECT id FROM t_num WHERE k4 / k2 = 1;

SELECT id FROM t_num WHERE k4 % k2::integer = 1 OR sqrt(kf) > 1 OR ln(dec5) > 0;

-- R10: overflow is an error here
SELECT id FROM t_num WHERE i + i > 0;

SELECT id FROM t_num WHERE i * 2 > 0;

SELECT id FROM t_num WHERE bi_nn + 1 > 0;

SELECT id FROM t_num WHERE -si > 0::smallint OR abs(i) > 5 OR -i < 0;

-- rows: 1
SELECT id FROM t_num WHERE ti + ti > 200::smallint OR tiu * 2 > 500 OR k2 - k2 = 0::smallint;

-- R12: float4 against literals of either width
-- rows: 1
SELECT id FROM t_num WHERE f = 0.1::real;

-- rows: 0
SELECT id FROM t_num WHERE f = 0.1::double precision;

-- rows: 1
SELECT id, f FROM t_num WHERE f = 16777216::real OR f = 3.4028235e38::real OR f IN (0.1::real, 0.3::real, 1.4e-45::real);

-- rows: 1
SELECT id FROM t_num WHERE f > 0.1::real AND f < 0.7::real OR f = g OR f::double precision = 0.10000000149011612;

-- R12: extra_float_digits is of no concern to what is sent
-- session: extra_float_digits=-3
-- rows: 1
SELECT id FROM t_num WHERE f = 0.1::real OR g = 0.30000000000000004 OR g = 1.0 / 3;

-- params: real 0.1 | float8 0.30000000000000004
-- session: extra_float_digits=0
-- rows: 1
SELECT id FROM t_num WHERE f = $1 OR g = $2;

-- rows: 1
SELECT id, g FROM t_num WHERE g IN (5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 9007199254740994, 1e22, '-0'::float8);

SELECT id FROM t_num WHERE g < 'NaN' AND f <> 'Infinity' AND g > '-Infinity';

-- R13: numeric never by way of double
-- rows: 1
SELECT id, dec65 FROM t_num WHERE dec65 = 12345678901234567890123456789012345.123456789012345678901234567891;

-- rows: 1
SELECT id FROM t_num WHERE dec65 = 99999999999999999999999999999999999.999999999999999999999999999999 OR dec20 = 18446744073709551616 OR dec65 = 0.000000000000000000000000000001;

-- rows: 1
SELECT id FROM t_num WHERE dec65 + 0.2 = 0.3 OR dec5 = 0.1e0 OR dec5 * 10 = 1;

-- params: numeric 12345678901234567890123456789012345.123456789012345678901234567891 | numeric 9007199254740993
-- rows: 1
SELECT id FROM t_num WHERE dec65 = $1 OR dec20 = $2;

-- rows: 1
SELECT id FROM t_num WHERE dec65 < 'NaN'::numeric AND dec20 <> 1e40 AND dec65 > 0.1234567890123456789012345678901234567890;

-- R13: a column compared with what text or another type says
-- rows: 1
SELECT id FROM t_num WHERE bi = 9007199254740993 OR bi::numeric = 9223372036854775807 OR bi::double precision = 9007199254740992;

-- R11/R13: scale of results
-- rows: 1
SELECT id FROM t_num WHERE dec5 / 3 = 0.33333333333333333333 OR round(dec5) = 3 OR trunc(dec5, 1) = -2.5 OR round(dec5, -1) = 1000;

-- remote: div_precision_increment=0
-- rows: 1
SELECT id FROM t_num WHERE k4 / 3 = 1 OR dec5 / 4 = 0.375 OR kf / 4 = 0.375;

-- R14: casts round alike, but what does not fit is an error here
-- rows: 1
SELECT id FROM t_num WHERE dec5::integer = 2 OR kf::integer = 2 OR dec5::smallint = -3;

SELECT id FROM t_num WHERE bi::integer = 1;

SELECT id FROM t_num WHERE v::integer = 1;

SELECT id FROM t_num WHERE dec20::bigint > 5 OR g::bigint > 1;

-- rows: 1
SELECT id FROM t_num WHERE dec5::numeric(6,1) = 1.5 OR k4::numeric(6,2)::text = '1.00' OR k4::text = '-1' OR kf::text = '0.1';

-- R15: unsigned
-- rows: 1
SELECT id, biu, iu FROM t_num WHERE biu - 1 < 0 OR biu = 18446744073709551615 OR iu = 4294967295;

-- rows: 1
SELECT id FROM t_num WHERE biu - 18446744073709551615 < 0 OR -iu < -5 OR iu - 1 < 0 OR ku - k8 < 0 OR kbu - 1 < 0;

-- remote: sql_mode=''
-- rows: 1
SELECT id FROM t_num WHERE ku - 1 < 0 OR -kbu < 0 OR kbu - ku < 0;

-- R16: boolean over tinyint(1)
-- variants: hand
-- rows: 1
SELECT id, flag FROM t_num WHERE flag;

-- variants: hand
-- rows: 1
SELECT id FROM t_num WHERE flag = true OR flag IS TRUE;

-- variants: hand
-- rows: 1
SELECT id FROM t_num WHERE NOT flag OR flag IS UNKNOWN OR flag = (k4 > 0) OR flag < (k4 > 1);

-- variants: imp
-- rows: 1
SELECT id FROM t_num WHERE flag = 2 OR flag::integer::boolean;

-- bit strings
-- rows: 1
SELECT id, bit1, bit8, bit64 FROM t_num WHERE bit8 = B'10101010' OR bit1 = B'1' OR bit64 = B'1111111111111111111111111111111111111111111111111111111111111111';

-- rows: 1
SELECT id FROM t_num WHERE bit8 > B'00000010' OR bit8 = B'1' OR bit1 < B'1';

-- widths of integers in comparisons
-- rows: 1
SELECT id FROM t_num WHERE si = bi OR i = k2 OR iu = i OR y = 2020 OR y = 0 OR miu = 10;

-- an equality that the index answers with the value as the column stores it: MariaDB leaves the comparison out
-- rows: 0
SELECT id FROM t_num WHERE i::numeric = 1.5;

-- rows: 0
SELECT id FROM t_num WHERE dec5 = 0.105;

-- params: numeric 0.105
-- rows: 0
SELECT id FROM t_num WHERE dec5 = $1;

-- params: numeric NULL
-- rows: 0
SELECT id FROM t_num WHERE dec5 = $1;

-- rows: 0
SELECT id FROM t_num WHERE dec5 IN (0.105) OR dec5 IN (0.295, 0.295);

-- variants: hand
-- rows: 1
SELECT id FROM t_odd WHERE i_num = 10 OR dec_wide = 3.14 OR bi_num IN (7, 100);

-- equalities are not put into arithmetic, which would raise for values that no row has
SELECT id FROM t_num WHERE k2 = bi AND bi = 9007199254740993 AND k2 * k2 > 5::smallint;

SELECT id FROM t_num WHERE bi = 9223372036854775800 AND bi + 100 > 0;

-- numeric arithmetic over integers has no limit of 64 bits
-- variants: imp hand
-- rows: 1
SELECT id FROM t_num WHERE bi::numeric * 1000 > 1 OR abs(bi::numeric) > 5 OR -bi::numeric > 0;

-- variants: hand
-- rows: 1
SELECT id FROM t_odd WHERE bi_num * 1000 > 1 AND @ bi_num > 5 AND bi_num - i_num <> 1.5;

-- variants: hand
-- params: numeric 9007199254740992
-- rows: 1
SELECT id FROM t_num WHERE $1 * i >= 900719925474099200.000001;

-- R15: a year is unsigned
-- rows: 1
SELECT id FROM t_num WHERE y / -2::smallint < -900::smallint OR y - 3000 < 0 OR -y < 0::smallint;

-- an expression that raises is computed although it cannot be NULL
SELECT id FROM t_num WHERE (bi_nn * id) IS NULL;

SELECT id FROM t_num WHERE (bi_nn + 1 > 0) IS UNKNOWN;

-- declared types that are not the remote ones
-- variants: hand
-- rows: 1
SELECT id FROM t_odd WHERE i_text = '10' AND i_bool OR dec_num = 1.5 OR dec_narrow > 3 OR dec_f8 = 0.5 OR f_f8 = 0.10000000149011612;

-- variants: hand
-- rows: 90
SELECT * FROM t_odd;

-- R10: 0 minus the least bigint wraps on MariaDB, where every other overflow is an error
SELECT id FROM t_num WHERE 0::bigint - bi > 5;

SELECT id FROM t_num WHERE (0 - bi_nn) <> -3 OR k4 - bi_nn = 7;

SELECT id FROM t_num WHERE (k8 * 0::smallint) - (-9223372036854775807 - 1) > tiu;

-- params: bigint -9223372036854775808
SELECT id FROM t_num WHERE (k8 * 0::smallint) - $1 > tiu;

-- MySQL calls the least bigint divided by 1 out of range.
-- rows: 1
SELECT id FROM t_num WHERE bi / 1 = (-9223372036854775807 - 1);

-- MySQL compares a function that gives whole numbers with a list of doubles as whole numbers.
SELECT id FROM t_num WHERE sign(g) IN (-1.000001::float8, 1.000001::float8);

SELECT id FROM t_time WHERE date_part('month', dt6) IN (12.000001::float8, 2.000001::float8);

-- MySQL takes 18446744073709551615 in a list for -1, beside a value with a point.
-- rows: 1
-- params: numeric 0
SELECT id FROM t_num WHERE ceiling(dec5) NOT IN ($1, 18446744073709551615);
