// The MySQL dialect's allow-list: what PostgreSQL functions and operators mean remotely, or why they stay local.
//
// An operator is listed by its function. A call that is not listed stays local. The forms' placeholders are explained at
// struct Signature; the rules (R1, ...) in docs/fdw_mysql.md. Longer than 600 lines because a table is read best in one piece.
#include "pg/compat.hpp"

#include "fdw/shared/signature_tables.hpp"

#include "fdw/mysql/dialect.hpp"

extern "C"
{
#include <utils/fmgroids.h>
}

namespace fabric::fdw::mysql
{

namespace
{

// Integer arithmetic of one pair of widths.
#define ARITHMETIC(P)                                                                                 \
	{F_##P##PL, "($1 + $2)", nullptr, kNothing, Special::sum},                                        \
		{F_##P##MI, "($1 - $2)", nullptr, kNothing, Special::difference},                             \
		{F_##P##MUL, "($1 * $2)", nullptr, kNothing, Special::product},                               \
	{                                                                                                 \
		F_##P##DIV, "($1 DIV $2)", "by a constant other than zero (R10)", kDivides, Special::quotient \
	}

constexpr const char *kTimeZone = "depends on the session's TimeZone";
constexpr const char *kFloatRange = "overflow and underflow are errors in PostgreSQL only";
constexpr const char *kFloat4 = "real arithmetic rounds to single precision, the remote one does not";
constexpr const char *kUnicode = "the tables of upper and lower case differ (R9)";
constexpr const char *kNoDigest = "MySQL 9.6 and newer have it only as a component that need not be installed";
constexpr const char *kDateRange = "a result outside the years 1 to 9999 is NULL remotely";
constexpr const char *kPattern = "regular expressions differ";
constexpr const char *kBpcharBlanks = "char(n) has its trailing blanks here and none remotely";
constexpr const char *kBits = "bit strings of different lengths differ here and are numbers remotely";
constexpr const char *kNumericScale = "the number of digits of a quotient differs (R11)";
constexpr Signature kSignatures[] = {
	// ---- integers ----
	COMPARISONS(INT2, 0),
	COMPARISONS(INT4, 0),
	COMPARISONS(INT8, 0),
	COMPARISONS(INT24, 0),
	COMPARISONS(INT28, 0),
	COMPARISONS(INT42, 0),
	COMPARISONS(INT48, 0),
	COMPARISONS(INT82, 0),
	COMPARISONS(INT84, 0),
	ARITHMETIC(INT2),
	ARITHMETIC(INT4),
	ARITHMETIC(INT8),
	ARITHMETIC(INT24),
	ARITHMETIC(INT28),
	ARITHMETIC(INT42),
	ARITHMETIC(INT48),
	ARITHMETIC(INT82),
	ARITHMETIC(INT84),
	{F_INT2MOD, "($1 % $2)", "by a constant other than zero (R10)", kDivides, Special::remainder},
	{F_INT4MOD, "($1 % $2)", "by a constant other than zero (R10)", kDivides, Special::remainder},
	{F_INT8MOD, "($1 % $2)", "by a constant other than zero (R10)", kDivides, Special::remainder},
	{F_MOD_INT2_INT2, "($1 % $2)", "by a constant other than zero (R10)", kDivides, Special::remainder},
	{F_MOD_INT4_INT4, "($1 % $2)", "by a constant other than zero (R10)", kDivides, Special::remainder},
	{F_MOD_INT8_INT8, "($1 % $2)", "by a constant other than zero (R10)", kDivides, Special::remainder},
	{F_INT2UM, "(- $1)", nullptr, kNothing, Special::negate},
	{F_INT4UM, "(- $1)", nullptr, kNothing, Special::negate},
	{F_INT8UM, "(- $1)", nullptr, kNothing, Special::negate},
	{F_INT2UP, "$1", nullptr, kNothing, Special::widen},
	{F_INT4UP, "$1", nullptr, kNothing, Special::widen},
	{F_INT8UP, "$1", nullptr, kNothing, Special::widen},
	{F_INT2ABS, "ABS($1)", nullptr, kNothing, Special::absolute},
	{F_INT4ABS, "ABS($1)", nullptr, kNothing, Special::absolute},
	{F_INT8ABS, "ABS($1)", nullptr, kNothing, Special::absolute},
	{F_ABS_INT2, "ABS($1)", nullptr, kNothing, Special::absolute},
	{F_ABS_INT4, "ABS($1)", nullptr, kNothing, Special::absolute},
	{F_ABS_INT8, "ABS($1)", nullptr, kNothing, Special::absolute},
	{F_INT2AND, "CAST(($1 & $2) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT4AND, "CAST(($1 & $2) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT8AND, "CAST(($1 & $2) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT2OR, "CAST(($1 | $2) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT4OR, "CAST(($1 | $2) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT8OR, "CAST(($1 | $2) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT2XOR, "CAST(($1 ^ $2) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT4XOR, "CAST(($1 ^ $2) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT8XOR, "CAST(($1 ^ $2) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT2NOT, "CAST((~ $1) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT4NOT, "CAST((~ $1) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT8NOT, "CAST((~ $1) AS SIGNED)", nullptr, kNothing, Special::bitwise},
	{F_INT2SHL, nullptr, "a shift drops high bits by the width of the type"},
	{F_INT4SHL, nullptr, "a shift drops high bits by the width of the type"},
	{F_INT8SHL, nullptr, "a shift by 64 and more wraps round here"},
	{F_INT2SHR, nullptr, "a remote shift is unsigned"},
	{F_INT4SHR, nullptr, "a remote shift is unsigned"},
	{F_INT8SHR, nullptr, "a remote shift is unsigned"},
	// casts between integers: widening is nothing, narrowing only where it must fit
	{F_INT4_INT2, "$1", nullptr, kNothing, Special::widen},
	{F_INT8_INT2, "$1", nullptr, kNothing, Special::widen},
	{F_INT8_INT4, "$1", nullptr, kNothing, Special::widen},
	{F_INT2_INT4, "$1", "only where the value must fit (R14)", kNothing, Special::narrow},
	{F_INT2_INT8, "$1", "only where the value must fit (R14)", kNothing, Special::narrow},
	{F_INT4_INT8, "$1", "only where the value must fit (R14)", kNothing, Special::narrow},
	{F_NUMERIC_INT2, "$1", nullptr, kNothing, Special::widen},
	{F_NUMERIC_INT4, "$1", nullptr, kNothing, Special::widen},
	{F_NUMERIC_INT8, "$1", nullptr, kNothing, Special::widen},
	{F_FLOAT8_INT2, "($1 + 0e0)", nullptr},
	{F_FLOAT8_INT4, "($1 + 0e0)", nullptr},
	{F_FLOAT8_INT8, "($1 + 0e0)", nullptr},
	{F_FLOAT4_INT2, nullptr, kFloat4},
	{F_FLOAT4_INT4, nullptr, kFloat4},
	{F_FLOAT4_INT8, nullptr, kFloat4},
	{F_INT4_BOOL, "(CASE WHEN $1 THEN 1 WHEN NOT $1 THEN 0 END)", nullptr},
	{F_BOOL_INT4, "($1 <> 0)", nullptr},

	// ---- numeric ----
	{F_NUMERIC_EQ, "($c1 = $c2)", nullptr, kIndexable | kEquality},
	{F_NUMERIC_NE, "($c1 <> $c2)", nullptr, kInequality},
	{F_NUMERIC_LT, "($c1 < $c2)", nullptr, kIndexable},
	{F_NUMERIC_LE, "($c1 <= $c2)", nullptr, kIndexable},
	{F_NUMERIC_GT, "($c1 > $c2)", nullptr, kIndexable},
	{F_NUMERIC_GE, "($c1 >= $c2)", nullptr, kIndexable},
	{F_NUMERIC_ADD, "($1 + $2)", "only where the digits must fit", kNothing, Special::sum},
	{F_NUMERIC_SUB, "($1 - $2)", "only where the digits must fit", kNothing, Special::difference},
	{F_NUMERIC_MUL, "($1 * $2)", "only where the digits must fit", kNothing, Special::product},
	{F_NUMERIC_DIV, nullptr, kNumericScale},
	{F_NUMERIC_DIV_TRUNC, nullptr, kNumericScale},
	{F_NUMERIC_MOD, nullptr, "a remainder by zero is NULL remotely"},
	{F_MOD_NUMERIC_NUMERIC, nullptr, "a remainder by zero is NULL remotely"},
	{F_NUMERIC_UMINUS, "(- $1)", "only where the digits must fit", kNothing, Special::negate},
	{F_NUMERIC_UPLUS, "$1", "only where the digits must fit", kNothing, Special::widen},
	{F_NUMERIC_ABS, "ABS($1)", "only where the digits must fit", kNothing, Special::absolute},
	{F_ABS_NUMERIC, "ABS($1)", "only where the digits must fit", kNothing, Special::absolute},
	{F_SIGN_NUMERIC, "SIGN($1)", nullptr},
	{F_CEIL_NUMERIC, "CEILING($1)", "only where the digits must fit", kNothing, Special::round_digits},
	{F_CEILING_NUMERIC, "CEILING($1)", "only where the digits must fit", kNothing, Special::round_digits},
	{F_FLOOR_NUMERIC, "FLOOR($1)", "only where the digits must fit", kNothing, Special::round_digits},
	{F_ROUND_NUMERIC, "ROUND($1)", "only where the digits must fit", kNothing, Special::round_digits},
	{F_ROUND_NUMERIC_INT4, "ROUND($1, $2)", "to a constant number of digits", kNothing, Special::round_digits},
	{F_TRUNC_NUMERIC, "TRUNCATE($1, 0)", "only where the digits must fit", kNothing, Special::round_digits},
	{F_TRUNC_NUMERIC_INT4, "TRUNCATE($1, $2)", "to a constant number of digits", kNothing, Special::round_digits},
	{F_INT2_NUMERIC, "CAST($1 AS SIGNED)", "only where the value must fit (R14)", kNothing, Special::narrow},
	{F_INT4_NUMERIC, "CAST($1 AS SIGNED)", "only where the value must fit (R14)", kNothing, Special::narrow},
	{F_INT8_NUMERIC, "CAST($1 AS SIGNED)", "only where the value must fit (R14)", kNothing, Special::narrow},
	{F_FLOAT8_NUMERIC, nullptr, "the conversion to double may differ in its last digit"},
	{F_FLOAT4_NUMERIC, nullptr, kFloat4},
	{F_NUMERIC_FLOAT8, nullptr, "numeric takes 15 digits of a double, the remote decimal all of them"},
	{F_NUMERIC_FLOAT4, nullptr, "numeric takes 6 digits of a real, the remote decimal all of them"},
	{F_NUMERIC_NUMERIC_INT4, nullptr, "a cast to numeric(p,s) that does not fit is an error here and clipped remotely"},
	{F_SQRT_NUMERIC, nullptr, kNumericScale},
	{F_NUMERIC_POWER, nullptr, kNumericScale},

	// ---- floating point ----
	COMPARISONS(FLOAT4, 0),
	COMPARISONS(FLOAT8, 0),
	COMPARISONS(FLOAT48, 0),
	COMPARISONS(FLOAT84, 0),
	{F_FLOAT8PL, "($1 + $2)", nullptr},
	{F_FLOAT8MI, "($1 - $2)", nullptr},
	{F_FLOAT8MUL, nullptr, kFloatRange},
	{F_FLOAT8DIV, nullptr, kFloatRange},
	{F_FLOAT8UM, "(- $1)", nullptr},
	{F_FLOAT8UP, "$1", nullptr},
	{F_FLOAT8ABS, "ABS($1)", nullptr},
	{F_ABS_FLOAT8, "ABS($1)", nullptr},
	{F_CEIL_FLOAT8, "CEILING($1)", nullptr},
	{F_CEILING_FLOAT8, "CEILING($1)", nullptr},
	{F_FLOOR_FLOAT8, "FLOOR($1)", nullptr},
	{F_SIGN_FLOAT8, "(SIGN($1) + 0e0)", nullptr},
	{F_FLOAT8_FLOAT4, "$1", nullptr},
	{F_FLOAT4PL, nullptr, kFloat4},
	{F_FLOAT4MI, nullptr, kFloat4},
	{F_FLOAT4MUL, nullptr, kFloat4},
	{F_FLOAT4DIV, nullptr, kFloat4},
	{F_FLOAT48PL, "($1 + $2)", nullptr},
	{F_FLOAT48MI, "($1 - $2)", nullptr},
	{F_FLOAT84PL, "($1 + $2)", nullptr},
	{F_FLOAT84MI, "($1 - $2)", nullptr},
	{F_FLOAT4UM, "(- $1)", nullptr},
	{F_FLOAT4UP, "$1", nullptr},
	{F_FLOAT4ABS, "ABS($1)", nullptr},
	{F_ABS_FLOAT4, "ABS($1)", nullptr},
	{F_FLOAT4_FLOAT8, nullptr, kFloat4},
	{F_FLOAT48MUL, nullptr, kFloatRange},
	{F_FLOAT48DIV, nullptr, kFloatRange},
	{F_FLOAT84MUL, nullptr, kFloatRange},
	{F_FLOAT84DIV, nullptr, kFloatRange},
	{F_ROUND_FLOAT8, nullptr, "halves are rounded to even here and away from zero remotely"},
	{F_TRUNC_FLOAT8, "TRUNCATE($1, 0)", nullptr},
	{F_SQRT_FLOAT8, nullptr, "the root of a negative number is NULL remotely (R10)"},
	{F_INT2_FLOAT8, nullptr, "what does not fit is an error here and clipped remotely (R14)"},
	{F_INT4_FLOAT8, nullptr, "what does not fit is an error here and clipped remotely (R14)"},
	{F_INT8_FLOAT8, nullptr, "what does not fit is an error here and clipped remotely (R14)"},

	// ---- boolean ----
	{F_BOOLEQ, "($1 = $2)", nullptr, kEquality},
	{F_BOOLNE, "($1 <> $2)", nullptr, kInequality},
	{F_BOOLLT, "($1 < $2)", nullptr},
	{F_BOOLLE, "($1 <= $2)", nullptr},
	{F_BOOLGT, "($1 > $2)", nullptr},
	{F_BOOLGE, "($1 >= $2)", nullptr},

	// ---- text ----
	{F_TEXTEQ, "($c1 = $c2)", "byte by byte, with the collation's equality beside it for the index (R1)",
	 kIndexable | kEquality | kTextEquality},
	{F_TEXTNE, "($c1 <> $c2)", "the exact form only (R2)", kInequality | kTextEquality},
	{F_TEXT_LT, "($c1 < $c2)", "under the collation \"C\" (R3)", kTextOrder},
	{F_TEXT_LE, "($c1 <= $c2)", "under the collation \"C\" (R3)", kTextOrder},
	{F_TEXT_GT, "($c1 > $c2)", "under the collation \"C\" (R3)", kTextOrder},
	{F_TEXT_GE, "($c1 >= $c2)", "under the collation \"C\" (R3)", kTextOrder},
	{F_TEXT_PATTERN_LT, "($c1 < $c2)", "~<~ is byte order whatever the collation", kUtf8Database},
	{F_TEXT_PATTERN_LE, "($c1 <= $c2)", "~<=~ is byte order whatever the collation", kUtf8Database},
	{F_TEXT_PATTERN_GT, "($c1 > $c2)", "~>~ is byte order whatever the collation", kUtf8Database},
	{F_TEXT_PATTERN_GE, "($c1 >= $c2)", "~>=~ is byte order whatever the collation", kUtf8Database},
	{F_BPCHAREQ, "($c1 = $c2)", "without trailing blanks on either side (R7)", kIndexable | kEquality | kTextEquality},
	{F_BPCHARNE, "($c1 <> $c2)", "without trailing blanks on either side (R7)", kInequality | kTextEquality},
	{F_BPCHARLT, "($c1 < $c2)", "under the collation \"C\" (R3)", kTextOrder},
	{F_BPCHARLE, "($c1 <= $c2)", "under the collation \"C\" (R3)", kTextOrder},
	{F_BPCHARGT, "($c1 > $c2)", "under the collation \"C\" (R3)", kTextOrder},
	{F_BPCHARGE, "($c1 >= $c2)", "under the collation \"C\" (R3)", kTextOrder},
	{F_TEXTLIKE, "($l1 LIKE $m2)", "character by character, constant patterns (R8)", kLike},
	{F_TEXTNLIKE, "($l1 NOT LIKE $m2)", "character by character, constant patterns (R8)", kNotLike},
	{F_LIKE_TEXT_TEXT, "($l1 LIKE $m2)", "character by character, constant patterns (R8)", kLike},
	{F_NOTLIKE_TEXT_TEXT, "($l1 NOT LIKE $m2)", "character by character, constant patterns (R8)", kNotLike},
	{F_BPCHARLIKE, nullptr, kBpcharBlanks},
	{F_BPCHARNLIKE, nullptr, kBpcharBlanks},
	{F_TEXTICLIKE, nullptr, kUnicode},
	{F_TEXTICNLIKE, nullptr, kUnicode},
	{F_BPCHARICLIKE, nullptr, kUnicode},
	{F_BPCHARICNLIKE, nullptr, kUnicode},
	{F_TEXTREGEXEQ, nullptr, kPattern},
	{F_TEXTREGEXNE, nullptr, kPattern},
	{F_TEXTICREGEXEQ, nullptr, kPattern},
	{F_TEXTICREGEXNE, nullptr, kPattern},
	{F_BPCHARREGEXEQ, nullptr, kPattern},
	{F_BPCHARREGEXNE, nullptr, kPattern},
	{F_LENGTH_TEXT, "CHAR_LENGTH($1)", "characters, not bytes (R9)"},
	{F_TEXTLEN, "CHAR_LENGTH($1)", "characters, not bytes (R9)"},
	{F_CHAR_LENGTH_TEXT, "CHAR_LENGTH($1)", "characters, not bytes (R9)"},
	{F_CHARACTER_LENGTH_TEXT, "CHAR_LENGTH($1)", "characters, not bytes (R9)"},
	{F_LENGTH_BPCHAR, "CHAR_LENGTH($1)", "trailing blanks do not count on either side"},
	{F_CHAR_LENGTH_BPCHAR, "CHAR_LENGTH($1)", "trailing blanks do not count on either side"},
	{F_CHARACTER_LENGTH_BPCHAR, "CHAR_LENGTH($1)", "trailing blanks do not count on either side"},
	{F_OCTET_LENGTH_TEXT, "LENGTH($1)", nullptr, kUtf8Database},
	{F_BIT_LENGTH_TEXT, "BIT_LENGTH($1)", nullptr, kUtf8Database},
	{F_OCTET_LENGTH_BPCHAR, nullptr, kBpcharBlanks},
	{F_TEXT_BPCHAR, "$1", "the cast drops trailing blanks, which are not there remotely"},
	{F_TEXTCAT, "CONCAT($1, $2)", "of values that cannot become long: past max_allowed_packet they are NULL remotely",
	 kNothing, Special::concatenate},
	{F_LEFT, "LEFT($1, $2)", "with a constant count of 0 or more (R9)", kNothing, Special::non_negative},
	{F_RIGHT, "RIGHT($1, $2)", "with a constant count of 0 or more (R9)", kNothing, Special::non_negative},
	{F_SUBSTR_TEXT_INT4, "SUBSTRING($1, $2)", "from a constant position of 1 or more (R9)", kNothing,
	 Special::substring},
	{F_SUBSTR_TEXT_INT4_INT4, "SUBSTRING($1, $2, $3)", "constant position and length (R9)", kNothing,
	 Special::substring},
	{F_SUBSTRING_TEXT_INT4, "SUBSTRING($1, $2)", "from a constant position of 1 or more (R9)", kNothing,
	 Special::substring},
	{F_SUBSTRING_TEXT_INT4_INT4, "SUBSTRING($1, $2, $3)", "constant position and length (R9)", kNothing,
	 Special::substring},
	{F_BTRIM_TEXT, "TRIM($1)", "blanks only, on both sides"},
	{F_LTRIM_TEXT, "LTRIM($1)", "blanks only, on both sides"},
	{F_RTRIM_TEXT, "RTRIM($1)", "blanks only, on both sides"},
	{F_BTRIM_TEXT_TEXT, nullptr, "a set of characters here, a string remotely"},
	{F_LTRIM_TEXT_TEXT, nullptr, "a set of characters here, a string remotely"},
	{F_RTRIM_TEXT_TEXT, nullptr, "a set of characters here, a string remotely"},
	{F_STRPOS, "LOCATE($2, $1)", "with a constant other than ''", kTextEquality, Special::non_empty},
	{F_POSITION_TEXT_TEXT, "LOCATE($2, $1)", "with a constant other than ''", kTextEquality, Special::non_empty},
	{pg::compat::kReverseText, "REVERSE($1)", nullptr},
	{F_MD5_TEXT, nullptr, kNoDigest},
	{F_STARTS_WITH, "(LEFT($c1, LENGTH($2)) = $2)", nullptr, kTextEquality | kUtf8Database | kPrefix},
	{F_UPPER_TEXT, nullptr, kUnicode},
	{F_LOWER_TEXT, nullptr, kUnicode},
	{F_INITCAP, nullptr, kUnicode},
	{F_ASCII, nullptr, "a code point here, the first byte remotely"},
	{F_CONCAT, nullptr, "passes over NULLs; its arguments may be of any type (R9)"},
	{F_CONCAT_WS, nullptr, "its arguments may be of any type"},
	{F_REPLACE, nullptr, "the length of the result has a remote limit, beyond which it is NULL"},
	{F_REPEAT, nullptr, "the length of the result has a remote limit, beyond which it is NULL"},
	{F_LPAD_TEXT_INT4, nullptr, "the length of the result has a remote limit, beyond which it is NULL"},
	{F_RPAD_TEXT_INT4, nullptr, "the length of the result has a remote limit, beyond which it is NULL"},
	{F_LPAD_TEXT_INT4_TEXT, nullptr, "the length of the result has a remote limit, beyond which it is NULL"},
	{F_RPAD_TEXT_INT4_TEXT, nullptr, "the length of the result has a remote limit, beyond which it is NULL"},
	{F_SPLIT_PART, nullptr, "there is no remote form"},
	{F_TO_CHAR_TIMESTAMP_TEXT, nullptr, "format patterns differ"},

	// ---- bytes ----
	COMPARISONS(BYTEA, 0),
	{F_OCTET_LENGTH_BYTEA, "LENGTH($1)", nullptr},
	{F_LENGTH_BYTEA, "LENGTH($1)", nullptr},
	{F_MD5_BYTEA, nullptr, kNoDigest},
	{F_BYTEALIKE, nullptr, "LIKE over bytes is LIKE over characters remotely"},
	{F_BYTEACAT, nullptr, "a result longer than max_allowed_packet is NULL remotely"},

	// ---- enum ----
	{F_ENUM_EQ, "($c1 = $c2)", "by label", kIndexable | kEquality},
	{F_ENUM_NE, "($c1 <> $c2)", "by label", kInequality},
	{F_ENUM_LT, nullptr, "ordered by position here, by label remotely (R25)"},
	{F_ENUM_LE, nullptr, "ordered by position here, by label remotely (R25)"},
	{F_ENUM_GT, nullptr, "ordered by position here, by label remotely (R25)"},
	{F_ENUM_GE, nullptr, "ordered by position here, by label remotely (R25)"},

	// ---- bit strings ----
	LOCAL_COMPARISONS(BIT, kBits),
	LOCAL_COMPARISONS(VARBIT, kBits),

	// ---- dates and times ----
	COMPARISONS(DATE_, 0),
	COMPARISONS(TIMESTAMP_, 0),
	COMPARISONS(TIMESTAMPTZ_, 0),
	COMPARISONS(INTERVAL_, 0),
	LOCAL_COMPARISONS(TIME_, "a remote time is a span of up to 838 hours, not a time of day"),
	MIXED_COMPARISONS(DATE, TIMESTAMP),
	MIXED_COMPARISONS(TIMESTAMP, DATE),
	LOCAL_MIXED_COMPARISONS(DATE, TIMESTAMPTZ, kTimeZone),
	LOCAL_MIXED_COMPARISONS(TIMESTAMPTZ, DATE, kTimeZone),
	LOCAL_MIXED_COMPARISONS(TIMESTAMP, TIMESTAMPTZ, kTimeZone),
	LOCAL_MIXED_COMPARISONS(TIMESTAMPTZ, TIMESTAMP, kTimeZone),
	{F_DATE_MI, "DATEDIFF($1, $2)", "days between (R19)", kNothing, Special::bitwise},
	{F_DATE_PLI, nullptr, kDateRange},
	{F_DATE_MII, nullptr, kDateRange},
	{F_DATE_PL_INTERVAL, nullptr, kDateRange},
	{F_DATE_MI_INTERVAL, nullptr, kDateRange},
	{F_TIMESTAMP_PL_INTERVAL, nullptr, kDateRange},
	{F_TIMESTAMP_MI_INTERVAL, nullptr, kDateRange},
	{F_TIMESTAMPTZ_PL_INTERVAL, nullptr, kTimeZone},
	{F_TIMESTAMPTZ_MI_INTERVAL, nullptr, kTimeZone},
	{F_TIMESTAMP_MI, nullptr, "a remote time span ends at 838 hours (R19)"},
	{F_TIMESTAMPTZ_MI, nullptr, "a remote time span ends at 838 hours (R19)"},
	{F_TIMESTAMP_DATE, "CAST($1 AS DATETIME(6))", nullptr},
	{F_DATE_TIMESTAMP, "DATE($1)", nullptr},
	{F_DATE_TIMESTAMPTZ, nullptr, kTimeZone},
	{F_TIMESTAMPTZ_DATE, nullptr, kTimeZone},
	{F_TIMESTAMP_TIMESTAMPTZ, nullptr, kTimeZone},
	{F_TIMESTAMPTZ_TIMESTAMP, nullptr, kTimeZone},
	{F_TIMESTAMP_TIMESTAMP_INT4, nullptr, "a cast to timestamp(p) rounds here and may cut remotely"},
	{F_TIMESTAMPTZ_TIMESTAMPTZ_INT4, nullptr, "a cast to timestamptz(p) rounds here and may cut remotely"},
	{F_INTERVAL_INTERVAL_INT4, nullptr, "a cast to interval(p) rounds here and may cut remotely"},
	{F_EXTRACT_TEXT_DATE, nullptr, "year, quarter, month, week, day, dow, isodow, doy", kNothing, Special::extract},
	{F_EXTRACT_TEXT_TIMESTAMP, nullptr,
	 "year, quarter, month, week, day, dow, isodow, doy, hour, minute, second, milliseconds, microseconds", kNothing,
	 Special::extract},
	{F_DATE_PART_TEXT_DATE, nullptr, "as extract", kNothing, Special::extract},
	{F_DATE_PART_TEXT_TIMESTAMP, nullptr, "as extract", kNothing, Special::extract},
	{F_EXTRACT_TEXT_TIMESTAMPTZ, nullptr, kTimeZone},
	{F_DATE_PART_TEXT_TIMESTAMPTZ, nullptr, kTimeZone},
	{F_EXTRACT_TEXT_INTERVAL, nullptr, "fields of an interval are not those of a remote time span"},
	{F_DATE_PART_TEXT_INTERVAL, nullptr, "fields of an interval are not those of a remote time span"},
	{F_DATE_TRUNC_TEXT_TIMESTAMP, nullptr, "year, quarter, month, day, hour, minute, second", kNothing,
	 Special::truncate_time},
	{F_DATE_TRUNC_TEXT_TIMESTAMPTZ, nullptr, kTimeZone},
	{F_DATE_TRUNC_TEXT_INTERVAL, nullptr, "fields of an interval are not those of a remote time span"},
	{F_AGE_TIMESTAMP_TIMESTAMP, nullptr, "there is no remote form"},
	{F_MAKE_DATE, nullptr, kDateRange},
};

struct FieldForm
{
	const char *field;
	const char *form;
	bool time; // needs a time of day
	int scale; // digits after the point of the numeric that extract() gives here
};

// extract(): every result is an exact number. $2 is the moment.
constexpr FieldForm kExtract[] = {
	{"year", "YEAR($2)", false, 0},
	{"quarter", "QUARTER($2)", false, 0},
	{"month", "MONTH($2)", false, 0},
	{"week", "WEEK($2, 3)", false, 0},
	{"day", "DAYOFMONTH($2)", false, 0},
	{"dow", "(DAYOFWEEK($2) - 1)", false, 0},
	{"isodow", "(WEEKDAY($2) + 1)", false, 0},
	{"doy", "DAYOFYEAR($2)", false, 0},
	{"hour", "HOUR($2)", true, 0},
	{"minute", "MINUTE($2)", true, 0},
	{"second", "(SECOND($2) + MICROSECOND($2) * 0.000001)", true, 6},
	{"milliseconds", "(SECOND($2) * 1000 + MICROSECOND($2) * 0.001)", true, 3},
	{"microseconds", "(SECOND($2) * 1000000 + MICROSECOND($2))", true, 0},
};

// date_trunc() of a timestamp.
constexpr FieldForm kTruncate[] = {
	{"year", "CAST(DATE_FORMAT($2, '%Y-01-01') AS DATETIME(6))", false, 0},
	{"quarter", "CAST(CONCAT(DATE_FORMAT($2, '%Y-'), LPAD(QUARTER($2) * 3 - 2, 2, '0'), '-01') AS DATETIME(6))", false,
	 0},
	{"month", "CAST(DATE_FORMAT($2, '%Y-%m-01') AS DATETIME(6))", false, 0},
	{"day", "CAST(DATE($2) AS DATETIME(6))", false, 0},
	{"hour", "CAST(DATE_FORMAT($2, '%Y-%m-%d %H:00:00') AS DATETIME(6))", true, 0},
	{"minute", "CAST(DATE_FORMAT($2, '%Y-%m-%d %H:%i:00') AS DATETIME(6))", true, 0},
	{"second", "CAST(DATE_FORMAT($2, '%Y-%m-%d %H:%i:%s') AS DATETIME(6))", true, 0},
};

const char *FieldFormOf(std::span<const FieldForm> forms, const char *field, bool has_time, int *scale,
						const char **reason)
{
	for (const FieldForm &entry : forms)
	{
		if (pg_strcasecmp(entry.field, field) != 0)
			continue;
		if (entry.time && !has_time)
			break; // PostgreSQL's own error for it is raised locally
		*scale = entry.scale;
		return entry.form;
	}
	*reason = "there is no exact remote form for this field";
	return nullptr;
}

} // namespace

std::span<const Signature> MysqlDialect::Signatures() const
{
	return kSignatures;
}

#ifdef FABRIC_MUTATIONS
const char *MysqlDialect::MutatedForm(Oid function) const
{
	switch (function)
	{
		case F_INT4DIV:
		case F_INT48DIV:
		case F_INT8DIV:
		case F_INT2DIV:
			return Mutated("integer_slash_division") ? "($1 / $2)" : nullptr;
		case F_LENGTH_TEXT:
		case F_CHAR_LENGTH_TEXT:
			return Mutated("length_in_bytes") ? "LENGTH($1)" : nullptr;
		case F_TEXTCAT:
			return Mutated("concat_null_semantics") ? "CONCAT_WS('', $1, $2)" : nullptr;
		case F_DATE_MI:
			return Mutated("date_minus_digits") ? "($1 - $2)" : nullptr;
		case F_ENUM_LT:
			return Mutated("enum_order_by_label") ? "($c1 < $c2)" : nullptr;
		case F_ENUM_LE:
			return Mutated("enum_order_by_label") ? "($c1 <= $c2)" : nullptr;
		case F_ENUM_GT:
			return Mutated("enum_order_by_label") ? "($c1 > $c2)" : nullptr;
		case F_ENUM_GE:
			return Mutated("enum_order_by_label") ? "($c1 >= $c2)" : nullptr;
		case F_UPPER_TEXT:
			return Mutated("upper_shipped") ? "UPPER($1)" : nullptr;
		case F_LOWER_TEXT:
			return Mutated("upper_shipped") ? "LOWER($1)" : nullptr;
		default:
			return nullptr;
	}
}
#endif

const char *MysqlDialect::ExtractForm(const char *field, Kind kind, int *scale, const char **reason) const
{
	return FieldFormOf(kExtract, field, kind == Kind::timestamp, scale, reason);
}

const char *MysqlDialect::TruncateForm(const char *field, Kind kind, const char **reason) const
{
	int ignored;
	return FieldFormOf(kTruncate, field, kind == Kind::timestamp, &ignored, reason);
}

} // namespace fabric::fdw::mysql
