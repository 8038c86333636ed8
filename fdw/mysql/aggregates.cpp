// The MySQL dialect's aggregates: what those of PostgreSQL are remotely, or why they stay local.
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

constexpr const char *kBpcharBlanks = "char(n) has its trailing blanks here and none remotely";
constexpr const char *kSpan = "a remote time span ends at 838 hours (R19)";
constexpr const char *kExactDeviation = "numeric computes it exactly, the remote server in floating point (R11)";
constexpr const char *kLong = "a long result would be cut remotely (R11)";

#define EXTREME(P, FORM)                                                                                   \
	OVER_INTEGERS(P, FORM, AggregateKind::extreme), OVER_FLOATS(P, FORM, AggregateKind::extreme, nullptr), \
		{F_##P##_NUMERIC, FORM, AggregateKind::extreme, nullptr},                                          \
		{F_##P##_DATE, FORM, AggregateKind::extreme, nullptr},                                             \
		{F_##P##_TIMESTAMP, FORM, AggregateKind::extreme, nullptr},                                        \
		{F_##P##_TIMESTAMPTZ, FORM, AggregateKind::extreme, nullptr},                                      \
		{F_##P##_INTERVAL, FORM, AggregateKind::extreme, nullptr},                                         \
		{F_##P##_TEXT, FORM, AggregateKind::extreme, "under the collation \"C\" (R3)"},                    \
		{F_##P##_BPCHAR, nullptr, AggregateKind::extreme, kBpcharBlanks},                                  \
		{F_##P##_ANYENUM, nullptr, AggregateKind::extreme, "ordered by position here, by label remotely (R25)"}

constexpr const char *kTolerance = "the order of addition is free: the last digits may differ";
constexpr AggregateSignature kAggregates[] = {
	{F_COUNT_, "COUNT($1)", AggregateKind::count, nullptr},
	{F_COUNT_ANY, "COUNT($1)", AggregateKind::count, "DISTINCT text byte by byte (R5)"},
	OVER_INTEGERS(SUM, "SUM($1)", AggregateKind::sum),
	{F_SUM_NUMERIC, "SUM($1)", AggregateKind::sum, "only where the digits must fit"},
	OVER_FLOATS(SUM, "SUM($1)", AggregateKind::real, kTolerance),
	{F_SUM_INTERVAL, nullptr, AggregateKind::sum, kSpan},
	OVER_INTEGERS(AVG, "SUM($1), COUNT($1)", AggregateKind::average),
	{F_AVG_NUMERIC, "SUM($1), COUNT($1)", AggregateKind::average, "only where the digits must fit; divided here (R11)"},
	OVER_FLOATS(AVG, "AVG($1)", AggregateKind::real, kTolerance),
	{F_AVG_INTERVAL, nullptr, AggregateKind::average, kSpan},
	EXTREME(MIN, "MIN($1)"),
	EXTREME(MAX, "MAX($1)"),
	{F_BOOL_AND, "MIN($1)", AggregateKind::boolean, nullptr},
	{F_EVERY, "MIN($1)", AggregateKind::boolean, nullptr},
	{F_BOOL_OR, "MAX($1)", AggregateKind::boolean, nullptr},
	// Over no values they are all ones or zeros remotely, NULL here.
	OVER_INTEGERS(BIT_AND, "(CASE WHEN COUNT($1) > 0 THEN CAST(BIT_AND($1) AS SIGNED) END)", AggregateKind::bits),
	OVER_INTEGERS(BIT_OR, "(CASE WHEN COUNT($1) > 0 THEN CAST(BIT_OR($1) AS SIGNED) END)", AggregateKind::bits),
	OVER_INTEGERS(BIT_XOR, "(CASE WHEN COUNT($1) > 0 THEN CAST(BIT_XOR($1) AS SIGNED) END)", AggregateKind::bits),
	OVER_FLOATS(STDDEV, "STDDEV_SAMP($1)", AggregateKind::real, kTolerance),
	OVER_FLOATS(STDDEV_SAMP, "STDDEV_SAMP($1)", AggregateKind::real, kTolerance),
	OVER_FLOATS(STDDEV_POP, "STDDEV_POP($1)", AggregateKind::real, kTolerance),
	OVER_FLOATS(VARIANCE, "VAR_SAMP($1)", AggregateKind::real, kTolerance),
	OVER_FLOATS(VAR_SAMP, "VAR_SAMP($1)", AggregateKind::real, kTolerance),
	OVER_FLOATS(VAR_POP, "VAR_POP($1)", AggregateKind::real, kTolerance),
	LOCAL_OVER_EXACT(STDDEV, kExactDeviation),
	LOCAL_OVER_EXACT(STDDEV_SAMP, kExactDeviation),
	LOCAL_OVER_EXACT(STDDEV_POP, kExactDeviation),
	LOCAL_OVER_EXACT(VARIANCE, kExactDeviation),
	LOCAL_OVER_EXACT(VAR_SAMP, kExactDeviation),
	LOCAL_OVER_EXACT(VAR_POP, kExactDeviation),
	{F_STRING_AGG_TEXT_TEXT, nullptr, AggregateKind::count, kLong},
	{F_STRING_AGG_BYTEA_BYTEA, nullptr, AggregateKind::count, kLong},
	{F_ARRAY_AGG_ANYNONARRAY, nullptr, AggregateKind::count, "the remote server has no arrays"},
};

} // namespace

std::span<const AggregateSignature> MysqlDialect::Aggregates() const
{
	return kAggregates;
}

} // namespace fabric::fdw::mysql
