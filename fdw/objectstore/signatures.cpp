// The allow-list of files: what PostgreSQL functions and operators mean to the engine, or why they stay local.
//
// An operator is listed by its function. A call that is not listed stays local. The forms' placeholders are explained at
// struct Signature, the functions fabric_... in engine_functions.hpp.
#include "pg/compat.hpp"

#include "fdw/shared/signature_tables.hpp"

#include "fdw/objectstore/dialect.hpp"

namespace fabric::fdw::objectstore
{

namespace
{

// Integer arithmetic of one pair of widths.
#define ARITHMETIC(P)                                                                          \
	{F_##P##PL, "($1 + $2)", nullptr, kNothing, Special::sum},                                 \
		{F_##P##MI, "($1 - $2)", nullptr, kNothing, Special::difference},                      \
		{F_##P##MUL, "($1 * $2)", nullptr, kNothing, Special::product},                        \
	{                                                                                          \
		F_##P##DIV, "($1 // $2)", "by a constant other than zero", kDivides, Special::quotient \
	}

#define REMAINDER(F) {F, "($1 % $2)", "by a constant other than zero", kDivides, Special::remainder}

// Floating-point arithmetic of one pair of widths.
#define FLOAT_ARITHMETIC(P)                                                                                        \
	{F_##P##PL, "fabric_add($1, $2)", nullptr, kRaises}, {F_##P##MI, "fabric_subtract($1, $2)", nullptr, kRaises}, \
		{F_##P##MUL, "fabric_multiply($1, $2)", nullptr, kRaises},                                                 \
	{                                                                                                              \
		F_##P##DIV, "fabric_divide($1, $2)", nullptr, kRaises                                                      \
	}

// A date and a timestamp. The engine would make a timestamp of the date, and fail for one that lies beyond all timestamps.
#define DAY_COMPARISONS(P, Q, LEFT, RIGHT)                                                                       \
	{F_##P##EQ_##Q, "(" LEFT " = " RIGHT ")", nullptr}, {F_##P##NE_##Q, "(" LEFT " <> " RIGHT ")", nullptr},     \
		{F_##P##LT_##Q, "(" LEFT " < " RIGHT ")", nullptr}, {F_##P##LE_##Q, "(" LEFT " <= " RIGHT ")", nullptr}, \
		{F_##P##GT_##Q, "(" LEFT " > " RIGHT ")", nullptr},                                                      \
	{                                                                                                            \
		F_##P##GE_##Q, "(" LEFT " >= " RIGHT ")", nullptr                                                        \
	}

constexpr const char *kTimeZone = "depends on the session's TimeZone";
constexpr const char *kUnicode = "upper and lower case are those of the collation here";
constexpr const char *kPattern = "regular expressions differ";
constexpr const char *kBpchar = "trailing blanks of char(n) do not count here";
constexpr const char *kBits = "files have no bit strings";
constexpr const char *kEnum = "files have no enums";
constexpr const char *kInterval = "intervals are computed locally";
constexpr const char *kNumericScale = "the number of digits of a quotient differs";
constexpr const char *kDigits = "only where the digits must fit";
constexpr const char *kUnlimited = "a long result is an error here";
constexpr const char *kAnyType = "its arguments may be of any type";
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
	REMAINDER(F_INT2MOD),
	REMAINDER(F_INT4MOD),
	REMAINDER(F_INT8MOD),
	REMAINDER(F_MOD_INT2_INT2),
	REMAINDER(F_MOD_INT4_INT4),
	REMAINDER(F_MOD_INT8_INT8),
	{F_INT2UM, "(- $1)", nullptr, kNothing, Special::negate},
	{F_INT4UM, "(- $1)", nullptr, kNothing, Special::negate},
	{F_INT8UM, "(- $1)", nullptr, kNothing, Special::negate},
	{F_INT2UP, "$1", nullptr, kNothing, Special::widen},
	{F_INT4UP, "$1", nullptr, kNothing, Special::widen},
	{F_INT8UP, "$1", nullptr, kNothing, Special::widen},
	{F_INT2ABS, "abs($1)", nullptr, kNothing, Special::absolute},
	{F_INT4ABS, "abs($1)", nullptr, kNothing, Special::absolute},
	{F_INT8ABS, "abs($1)", nullptr, kNothing, Special::absolute},
	{F_ABS_INT2, "abs($1)", nullptr, kNothing, Special::absolute},
	{F_ABS_INT4, "abs($1)", nullptr, kNothing, Special::absolute},
	{F_ABS_INT8, "abs($1)", nullptr, kNothing, Special::absolute},
	{F_INT2AND, "($1 & $2)", nullptr, kNothing, Special::bitwise},
	{F_INT4AND, "($1 & $2)", nullptr, kNothing, Special::bitwise},
	{F_INT8AND, "($1 & $2)", nullptr, kNothing, Special::bitwise},
	{F_INT2OR, "($1 | $2)", nullptr, kNothing, Special::bitwise},
	{F_INT4OR, "($1 | $2)", nullptr, kNothing, Special::bitwise},
	{F_INT8OR, "($1 | $2)", nullptr, kNothing, Special::bitwise},
	{F_INT2XOR, "xor($1, $2)", nullptr, kNothing, Special::bitwise},
	{F_INT4XOR, "xor($1, $2)", nullptr, kNothing, Special::bitwise},
	{F_INT8XOR, "xor($1, $2)", nullptr, kNothing, Special::bitwise},
	{F_INT2NOT, "(~ $1)", nullptr, kNothing, Special::bitwise},
	{F_INT4NOT, "(~ $1)", nullptr, kNothing, Special::bitwise},
	{F_INT8NOT, "(~ $1)", nullptr, kNothing, Special::bitwise},
	{F_INT2SHL, nullptr, "a shift drops high bits by the width of the type"},
	{F_INT4SHL, nullptr, "a shift drops high bits by the width of the type"},
	{F_INT8SHL, nullptr, "a shift by 64 and more wraps round here"},
	{F_INT2SHR, nullptr, "a shift by the width and more wraps round here"},
	{F_INT4SHR, nullptr, "a shift by the width and more wraps round here"},
	{F_INT8SHR, nullptr, "a shift by the width and more wraps round here"},
	{F_INT4_INT2, "$1", nullptr, kNothing, Special::widen},
	{F_INT8_INT2, "$1", nullptr, kNothing, Special::widen},
	{F_INT8_INT4, "$1", nullptr, kNothing, Special::widen},
	{F_INT2_INT4, "fabric_int2($1)", nullptr, kRaises},
	{F_INT2_INT8, "fabric_int2($1)", nullptr, kRaises},
	{F_INT4_INT8, "fabric_int4($1)", nullptr, kRaises},
	{F_NUMERIC_INT2, "$1", nullptr, kNothing, Special::widen},
	{F_NUMERIC_INT4, "$1", nullptr, kNothing, Special::widen},
	{F_NUMERIC_INT8, "$1", nullptr, kNothing, Special::widen},
	{F_FLOAT8_INT2, "CAST($1 AS DOUBLE)", nullptr},
	{F_FLOAT8_INT4, "CAST($1 AS DOUBLE)", nullptr},
	{F_FLOAT8_INT8, "CAST($1 AS DOUBLE)", nullptr},
	{F_FLOAT4_INT2, "CAST($1 AS FLOAT)", nullptr},
	{F_FLOAT4_INT4, "CAST($1 AS FLOAT)", nullptr},
	{F_FLOAT4_INT8, "CAST($1 AS FLOAT)", nullptr},
	{F_INT4_BOOL, "CAST($1 AS BIGINT)", nullptr},
	{F_BOOL_INT4, "($1 <> 0)", nullptr},

	// ---- numeric ----
	{F_NUMERIC_EQ, "($c1 = $c2)", kDigits, kIndexable | kEquality},
	{F_NUMERIC_NE, "($c1 <> $c2)", kDigits, kInequality},
	{F_NUMERIC_LT, "($c1 < $c2)", kDigits, kIndexable},
	{F_NUMERIC_LE, "($c1 <= $c2)", kDigits, kIndexable},
	{F_NUMERIC_GT, "($c1 > $c2)", kDigits, kIndexable},
	{F_NUMERIC_GE, "($c1 >= $c2)", kDigits, kIndexable},
	{F_NUMERIC_ADD, "($1 + $2)", kDigits, kNothing, Special::sum},
	{F_NUMERIC_SUB, "($1 - $2)", kDigits, kNothing, Special::difference},
	{F_NUMERIC_MUL, "($1 * $2)", kDigits, kNothing, Special::product},
	{F_NUMERIC_DIV, nullptr, kNumericScale},
	{F_NUMERIC_DIV_TRUNC, nullptr, kNumericScale},
	{F_NUMERIC_MOD, nullptr, "a remainder by zero is NULL remotely"},
	{F_MOD_NUMERIC_NUMERIC, nullptr, "a remainder by zero is NULL remotely"},
	{F_NUMERIC_UMINUS, "(- $1)", kDigits, kNothing, Special::negate},
	{F_NUMERIC_UPLUS, "$1", kDigits, kNothing, Special::widen},
	{F_NUMERIC_ABS, "abs($1)", kDigits, kNothing, Special::absolute},
	{F_ABS_NUMERIC, "abs($1)", kDigits, kNothing, Special::absolute},
	{F_SIGN_NUMERIC, nullptr, kNumericScale},
	{F_CEIL_NUMERIC, "ceil($1)", kDigits, kNothing, Special::round_digits},
	{F_CEILING_NUMERIC, "ceil($1)", kDigits, kNothing, Special::round_digits},
	{F_FLOOR_NUMERIC, "floor($1)", kDigits, kNothing, Special::round_digits},
	{F_ROUND_NUMERIC, "round($1)", kDigits, kNothing, Special::round_digits},
	{F_ROUND_NUMERIC_INT4, "round($1, $2)", "to a constant number of digits", kNothing, Special::round_digits},
	{F_TRUNC_NUMERIC, "trunc($1)", kDigits, kNothing, Special::round_digits},
	{F_TRUNC_NUMERIC_INT4, "trunc($1, $2)", "to a constant number of digits", kNothing, Special::round_digits},
	{F_INT2_NUMERIC, "fabric_int2(CAST($1 AS BIGINT))", nullptr, kRaises},
	{F_INT4_NUMERIC, "fabric_int4(CAST($1 AS BIGINT))", nullptr, kRaises},
	{F_INT8_NUMERIC, "fabric_int8(CAST($1 AS BIGINT))", nullptr, kRaises},
	{F_FLOAT8_NUMERIC, nullptr, "the conversion to double may differ in its last digit"},
	{F_FLOAT4_NUMERIC, nullptr, "the conversion to real may differ in its last digit"},
	{F_NUMERIC_FLOAT8, nullptr, "numeric takes 15 digits of a double, a decimal all of them"},
	{F_NUMERIC_FLOAT4, nullptr, "numeric takes 6 digits of a real, a decimal all of them"},
	{F_NUMERIC_NUMERIC_INT4, nullptr, "casts to numeric(p,s) are computed locally"},
	{F_SQRT_NUMERIC, nullptr, kNumericScale},
	{F_NUMERIC_POWER, nullptr, kNumericScale},

	// ---- floating point ----
	COMPARISONS(FLOAT4, 0),
	COMPARISONS(FLOAT8, 0),
	COMPARISONS(FLOAT48, 0),
	COMPARISONS(FLOAT84, 0),
	FLOAT_ARITHMETIC(FLOAT4),
	FLOAT_ARITHMETIC(FLOAT8),
	FLOAT_ARITHMETIC(FLOAT48),
	FLOAT_ARITHMETIC(FLOAT84),
	{F_FLOAT8UM, "(- $1)", nullptr},
	{F_FLOAT8UP, "$1", nullptr},
	{F_FLOAT8ABS, "abs($1)", nullptr},
	{F_ABS_FLOAT8, "abs($1)", nullptr},
	{F_FLOAT4UM, "(- $1)", nullptr},
	{F_FLOAT4UP, "$1", nullptr},
	{F_FLOAT4ABS, "abs($1)", nullptr},
	{F_ABS_FLOAT4, "abs($1)", nullptr},
	{F_CEIL_FLOAT8, "ceil($1)", nullptr},
	{F_CEILING_FLOAT8, "ceil($1)", nullptr},
	{F_FLOOR_FLOAT8, "floor($1)", nullptr},
	{F_TRUNC_FLOAT8, "trunc($1)", nullptr},
	{F_SIGN_FLOAT8, "CAST(sign($1) AS DOUBLE)", nullptr},
	{F_ROUND_FLOAT8, nullptr, "halves are rounded to even here and away from zero remotely"},
	{F_SQRT_FLOAT8, "sqrt($1)", nullptr, kRaises},
	{F_DSQRT, "sqrt($1)", nullptr, kRaises},
	{F_FLOAT8_FLOAT4, "CAST($1 AS DOUBLE)", nullptr},
	{F_FLOAT4_FLOAT8, "fabric_float4($1)", nullptr, kRaises},
	{F_INT2_FLOAT8, "fabric_int2($1)", nullptr, kRaises},
	{F_INT4_FLOAT8, "fabric_int4($1)", nullptr, kRaises},
	{F_INT8_FLOAT8, "fabric_int8($1)", nullptr, kRaises},
	{F_INT2_FLOAT4, "fabric_int2(CAST($1 AS DOUBLE))", nullptr, kRaises},
	{F_INT4_FLOAT4, "fabric_int4(CAST($1 AS DOUBLE))", nullptr, kRaises},
	{F_INT8_FLOAT4, "fabric_int8(CAST($1 AS DOUBLE))", nullptr, kRaises},

	// ---- boolean ----
	{F_BOOLEQ, "($1 = $2)", nullptr, kEquality},
	{F_BOOLNE, "($1 <> $2)", nullptr, kInequality},
	{F_BOOLLT, "($1 < $2)", nullptr},
	{F_BOOLLE, "($1 <= $2)", nullptr},
	{F_BOOLGT, "($1 > $2)", nullptr},
	{F_BOOLGE, "($1 >= $2)", nullptr},

	// ---- text ----
	{F_TEXTEQ, "($c1 = $c2)", "byte by byte", kIndexable | kEquality | kTextEquality},
	{F_TEXTNE, "($c1 <> $c2)", "byte by byte", kInequality | kTextEquality},
	{F_TEXT_LT, "($c1 < $c2)", "under the collation \"C\"", kTextOrder},
	{F_TEXT_LE, "($c1 <= $c2)", "under the collation \"C\"", kTextOrder},
	{F_TEXT_GT, "($c1 > $c2)", "under the collation \"C\"", kTextOrder},
	{F_TEXT_GE, "($c1 >= $c2)", "under the collation \"C\"", kTextOrder},
	{F_TEXT_PATTERN_LT, "($c1 < $c2)", "~<~ is byte order whatever the collation", kUtf8Database},
	{F_TEXT_PATTERN_LE, "($c1 <= $c2)", "~<=~ is byte order whatever the collation", kUtf8Database},
	{F_TEXT_PATTERN_GT, "($c1 > $c2)", "~>~ is byte order whatever the collation", kUtf8Database},
	{F_TEXT_PATTERN_GE, "($c1 >= $c2)", "~>=~ is byte order whatever the collation", kUtf8Database},
	LOCAL_COMPARISONS(BPCHAR, kBpchar),
	{F_TEXTLIKE, "($l1 LIKE $m2)", "patterns that are known before the rows are", kLike},
	{F_TEXTNLIKE, "($l1 NOT LIKE $m2)", "patterns that are known before the rows are", kNotLike},
	{F_LIKE_TEXT_TEXT, "($l1 LIKE $m2)", "patterns that are known before the rows are", kLike},
	{F_NOTLIKE_TEXT_TEXT, "($l1 NOT LIKE $m2)", "patterns that are known before the rows are", kNotLike},
	{F_BPCHARLIKE, nullptr, kBpchar},
	{F_BPCHARNLIKE, nullptr, kBpchar},
	{F_TEXTICLIKE, nullptr, kUnicode},
	{F_TEXTICNLIKE, nullptr, kUnicode},
	{F_TEXTREGEXEQ, nullptr, kPattern},
	{F_TEXTREGEXNE, nullptr, kPattern},
	{F_TEXTICREGEXEQ, nullptr, kPattern},
	{F_TEXTICREGEXNE, nullptr, kPattern},
	{F_LENGTH_TEXT, "length($1)", "characters"},
	{F_TEXTLEN, "length($1)", "characters"},
	{F_CHAR_LENGTH_TEXT, "length($1)", "characters"},
	{F_CHARACTER_LENGTH_TEXT, "length($1)", "characters"},
	{F_OCTET_LENGTH_TEXT, "strlen($1)", nullptr, kUtf8Database},
	{F_BIT_LENGTH_TEXT, "(8 * strlen($1))", nullptr, kUtf8Database},
	{F_TEXTCAT, "($1 || $2)", nullptr},
	{F_LEFT, "left($1, $2)", "with a constant count of 0 or more", kNothing, Special::non_negative},
	{F_RIGHT, "right($1, $2)", "with a constant count of 0 or more", kNothing, Special::non_negative},
	{F_SUBSTR_TEXT_INT4, "substring($1, $2)", "from a constant position of 1 or more", kNothing, Special::substring},
	{F_SUBSTR_TEXT_INT4_INT4, "substring($1, $2, $3)", "constant position and length", kNothing, Special::substring},
	{F_SUBSTRING_TEXT_INT4, "substring($1, $2)", "from a constant position of 1 or more", kNothing, Special::substring},
	{F_SUBSTRING_TEXT_INT4_INT4, "substring($1, $2, $3)", "constant position and length", kNothing, Special::substring},
	{F_BTRIM_TEXT, "trim($1, ' ')", nullptr},
	{F_LTRIM_TEXT, "ltrim($1, ' ')", nullptr},
	{F_RTRIM_TEXT, "rtrim($1, ' ')", nullptr},
	{F_BTRIM_TEXT_TEXT, "trim($1, $2)", nullptr},
	{F_LTRIM_TEXT_TEXT, "ltrim($1, $2)", nullptr},
	{F_RTRIM_TEXT_TEXT, "rtrim($1, $2)", nullptr},
	{F_STRPOS, "strpos($1, $2)", nullptr, kTextEquality},
	{F_POSITION_TEXT_TEXT, "strpos($1, $2)", nullptr, kTextEquality},
	{pg::compat::kReverseText, nullptr, "reversed by characters here, by what is seen as one remotely"},
	{F_MD5_TEXT, "md5($1)", nullptr, kUtf8Database},
	{F_STARTS_WITH, "starts_with($1, $2)", nullptr, kTextEquality},
	{F_UPPER_TEXT, nullptr, kUnicode},
	{F_LOWER_TEXT, nullptr, kUnicode},
	{F_INITCAP, nullptr, kUnicode},
	{F_ASCII, "ascii($1)", nullptr, kUtf8Database},
	{F_REPLACE, "replace($1, $2, $3)", nullptr, kTextEquality},
	{F_TRANSLATE, "translate($1, $2, $3)", nullptr},
	{F_REPEAT, nullptr, kUnlimited},
	{F_LPAD_TEXT_INT4, nullptr, kUnlimited},
	{F_RPAD_TEXT_INT4, nullptr, kUnlimited},
	{F_LPAD_TEXT_INT4_TEXT, nullptr, kUnlimited},
	{F_RPAD_TEXT_INT4_TEXT, nullptr, kUnlimited},
	{F_SPLIT_PART, nullptr, "an empty delimiter and the field 0 differ"},
	{F_CONCAT, nullptr, kAnyType},
	{F_CONCAT_WS, nullptr, kAnyType},
	{F_TO_CHAR_TIMESTAMP_TEXT, nullptr, "format patterns differ"},

	// ---- bytes ----
	COMPARISONS(BYTEA, 0),
	{F_OCTET_LENGTH_BYTEA, "octet_length($1)", nullptr},
	{F_LENGTH_BYTEA, "octet_length($1)", nullptr},
	{F_MD5_BYTEA, "md5($1)", nullptr},
	{F_BYTEALIKE, nullptr, "LIKE over bytes is LIKE over characters remotely"},
	{F_BYTEACAT, "($1 || $2)", nullptr},

	// ---- uuid ----
	COMPARISONS(UUID_, 0),

	// ---- what files have not ----
	LOCAL_COMPARISONS(BIT, kBits),
	LOCAL_COMPARISONS(VARBIT, kBits),
	LOCAL_COMPARISONS(ENUM_, kEnum),

	// ---- dates and times ----
	COMPARISONS(DATE_, 0),
	COMPARISONS(TIMESTAMP_, 0),
	COMPARISONS(TIMESTAMPTZ_, 0),
	COMPARISONS(TIME_, 0),
	LOCAL_COMPARISONS(INTERVAL_, kInterval),
	DAY_COMPARISONS(DATE_, TIMESTAMP, "fabric_moment($c1)", "$c2"),
	DAY_COMPARISONS(TIMESTAMP_, DATE, "$c1", "fabric_moment($c2)"),
	LOCAL_MIXED_COMPARISONS(DATE, TIMESTAMPTZ, kTimeZone),
	LOCAL_MIXED_COMPARISONS(TIMESTAMPTZ, DATE, kTimeZone),
	LOCAL_MIXED_COMPARISONS(TIMESTAMP, TIMESTAMPTZ, kTimeZone),
	LOCAL_MIXED_COMPARISONS(TIMESTAMPTZ, TIMESTAMP, kTimeZone),
	{F_DATE_MI, "fabric_days($1, $2)", nullptr, kRaises},
	{F_DATE_PLI, "fabric_date_plus($1, $2)", nullptr, kRaises},
	{F_INTEGER_PL_DATE, "fabric_date_plus($2, $1)", nullptr, kRaises},
	{F_DATE_MII, "fabric_date_plus($1, (- $2))", nullptr, kRaises},
	{F_DATE_PL_INTERVAL, nullptr, kInterval},
	{F_DATE_MI_INTERVAL, nullptr, kInterval},
	{F_TIMESTAMP_PL_INTERVAL, nullptr, kInterval},
	{F_TIMESTAMP_MI_INTERVAL, nullptr, kInterval},
	{F_TIMESTAMPTZ_PL_INTERVAL, nullptr, kTimeZone},
	{F_TIMESTAMPTZ_MI_INTERVAL, nullptr, kTimeZone},
	{F_TIMESTAMP_MI, nullptr, kInterval},
	{F_TIMESTAMPTZ_MI, nullptr, kInterval},
	{F_TIMESTAMP_DATE, "fabric_timestamp($1)", nullptr, kRaises},
	{F_DATE_TIMESTAMP, "CAST($1 AS DATE)", nullptr},
	{F_DATE_TIMESTAMPTZ, nullptr, kTimeZone},
	{F_TIMESTAMPTZ_DATE, nullptr, kTimeZone},
	{F_TIMESTAMP_TIMESTAMPTZ, nullptr, kTimeZone},
	{F_TIMESTAMPTZ_TIMESTAMP, nullptr, kTimeZone},
	{F_EXTRACT_TEXT_DATE, nullptr, "year, quarter, month, week, day, dow, isodow, doy", kNothing, Special::extract},
	{F_EXTRACT_TEXT_TIMESTAMP, nullptr,
	 "year, quarter, month, week, day, dow, isodow, doy, hour, minute, second, milliseconds, microseconds", kNothing,
	 Special::extract},
	{F_DATE_PART_TEXT_DATE, nullptr, "as extract", kNothing, Special::extract},
	{F_DATE_PART_TEXT_TIMESTAMP, nullptr, "as extract", kNothing, Special::extract},
	{F_EXTRACT_TEXT_TIMESTAMPTZ, nullptr, kTimeZone},
	{F_DATE_PART_TEXT_TIMESTAMPTZ, nullptr, kTimeZone},
	{F_DATE_TRUNC_TEXT_TIMESTAMP, nullptr, "year, quarter, month, week, day, hour, minute, second, milliseconds",
	 kNothing, Special::truncate_time},
	{F_DATE_TRUNC_TEXT_TIMESTAMPTZ, nullptr, kTimeZone},
};

struct FieldForm
{
	const char *field;
	const char *form;
	bool time; // needs a time of day
	int scale; // digits after the point of the numeric that extract() gives here
};

// extract(): $2 is the moment. Every result is a decimal of as many digits as the translator takes it for.
constexpr FieldForm kExtract[] = {
	{"year", "CAST(fabric_year($2) AS DECIMAL(8,0))", false, 0},
	{"quarter", "CAST(quarter($2) AS DECIMAL(8,0))", false, 0},
	{"month", "CAST(month($2) AS DECIMAL(8,0))", false, 0},
	{"week", "CAST(week($2) AS DECIMAL(8,0))", false, 0},
	{"day", "CAST(day($2) AS DECIMAL(8,0))", false, 0},
	{"dow", "CAST(dayofweek($2) AS DECIMAL(8,0))", false, 0},
	{"isodow", "CAST(isodow($2) AS DECIMAL(8,0))", false, 0},
	{"doy", "CAST(dayofyear($2) AS DECIMAL(8,0))", false, 0},
	{"hour", "CAST(hour($2) AS DECIMAL(8,0))", true, 0},
	{"minute", "CAST(minute($2) AS DECIMAL(8,0))", true, 0},
	{"second", "CAST(CAST(microsecond($2) AS DECIMAL(8,0)) * 0.000001 AS DECIMAL(14,6))", true, 6},
	{"milliseconds", "CAST(CAST(microsecond($2) AS DECIMAL(8,0)) * 0.001 AS DECIMAL(11,3))", true, 3},
	{"microseconds", "CAST(microsecond($2) AS DECIMAL(8,0))", true, 0},
};

constexpr const char *kTruncate[] = {"year", "quarter", "month",  "week",		 "day",
									 "hour", "minute",	"second", "milliseconds"};

} // namespace

std::span<const Signature> ObjectStoreDialect::Signatures() const
{
	return kSignatures;
}

#ifdef FABRIC_MUTATIONS
const char *ObjectStoreDialect::MutatedForm(Oid function) const
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
			return Mutated("length_in_bytes") ? "strlen($1)" : nullptr;
		case F_TEXTCAT:
			return Mutated("concat_null_semantics") ? "concat($1, $2)" : nullptr;
		case F_UPPER_TEXT:
			return Mutated("upper_shipped") ? "upper($1)" : nullptr;
		case F_LOWER_TEXT:
			return Mutated("upper_shipped") ? "lower($1)" : nullptr;
		case F_BTRIM_TEXT:
			return Mutated("trim_of_any_blank") ? "trim($1)" : nullptr;
		case F_LTRIM_TEXT:
			return Mutated("trim_of_any_blank") ? "ltrim($1)" : nullptr;
		case F_RTRIM_TEXT:
			return Mutated("trim_of_any_blank") ? "rtrim($1)" : nullptr;
		case F_FLOAT8MUL:
		case F_FLOAT84MUL:
		case F_FLOAT48MUL:
			return Mutated("float_overflow_unchecked") ? "($1 * $2)" : nullptr;
		case F_FLOAT8DIV:
		case F_FLOAT84DIV:
		case F_FLOAT48DIV:
			return Mutated("float_overflow_unchecked") ? "($1 / $2)" : nullptr;
		case F_ROUND_FLOAT8:
			return Mutated("round_half_away") ? "round($1)" : nullptr;
		default:
			return nullptr;
	}
}
#endif

const char *ObjectStoreDialect::ExtractForm(const char *field, Kind kind, int *scale, const char **reason) const
{
	for (const FieldForm &entry : kExtract)
	{
		if (pg_strcasecmp(entry.field, field) != 0)
			continue;
		if (entry.time && kind != Kind::timestamp)
			break; // PostgreSQL's own error for it is raised locally
		*scale = entry.scale;
		return entry.form;
	}
	*reason = "there is no exact remote form for this field";
	return nullptr;
}

const char *ObjectStoreDialect::TruncateForm(const char *field, Kind, const char **reason) const
{
	for (const char *entry : kTruncate)
		if (pg_strcasecmp(entry, field) == 0)
			return psprintf("fabric_unpruned(date_trunc('%s', $2))", entry);
	*reason = "there is no exact remote form for this field";
	return nullptr;
}

} // namespace fabric::fdw::objectstore
