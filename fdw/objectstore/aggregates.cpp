// The aggregates of files: what those of PostgreSQL are to the engine, or why they stay local.
#include "fdw/shared/signature_tables.hpp"

#include "fdw/objectstore/dialect.hpp"

namespace fabric::fdw::objectstore
{

namespace
{

constexpr const char *kBpchar = "trailing blanks of char(n) do not count here";
constexpr const char *kInterval = "intervals are computed locally";
constexpr const char *kExactDeviation = "numeric computes it exactly, the engine in floating point";
constexpr const char *kOrder = "the order of its values is that of the rows, which come in any order";
constexpr const char *kTolerance = "the order of addition is free: the last digits may differ";

#define EXTREME(P, FORM)                                                                                   \
	OVER_INTEGERS(P, FORM, AggregateKind::extreme), OVER_FLOATS(P, FORM, AggregateKind::extreme, nullptr), \
		{F_##P##_NUMERIC, FORM, AggregateKind::extreme, nullptr},                                          \
		{F_##P##_DATE, FORM, AggregateKind::extreme, nullptr},                                             \
		{F_##P##_TIMESTAMP, FORM, AggregateKind::extreme, nullptr},                                        \
		{F_##P##_TIMESTAMPTZ, FORM, AggregateKind::extreme, nullptr},                                      \
		{F_##P##_TIME, FORM, AggregateKind::extreme, nullptr},                                             \
		{F_##P##_TEXT, FORM, AggregateKind::extreme, "under the collation \"C\""},                         \
		{F_##P##_INTERVAL, nullptr, AggregateKind::extreme, kInterval},                                    \
	{                                                                                                      \
		F_##P##_BPCHAR, nullptr, AggregateKind::extreme, kBpchar                                           \
	}

constexpr AggregateSignature kAggregates[] = {
	{F_COUNT_, "COUNT($1)", AggregateKind::count, nullptr},
	{F_COUNT_ANY, "COUNT($1)", AggregateKind::count, nullptr},
	OVER_INTEGERS(SUM, "SUM($1)", AggregateKind::sum),
	{F_SUM_NUMERIC, "SUM($1)", AggregateKind::sum, "only where the digits must fit"},
	{F_SUM_FLOAT4, "CAST(fabric_sum($1) AS FLOAT)", AggregateKind::real, kTolerance},
	{F_SUM_FLOAT8, "fabric_sum($1)", AggregateKind::real, kTolerance},
	{F_SUM_INTERVAL, nullptr, AggregateKind::sum, kInterval},
	OVER_INTEGERS(AVG, "SUM($1), COUNT($1)", AggregateKind::average),
	{F_AVG_NUMERIC, "SUM($1), COUNT($1)", AggregateKind::average, "only where the digits must fit; divided here"},
	OVER_FLOATS(AVG, "fabric_avg($1)", AggregateKind::real, kTolerance),
	{F_AVG_INTERVAL, nullptr, AggregateKind::average, kInterval},
	EXTREME(MIN, "MIN($1)"),
	EXTREME(MAX, "MAX($1)"),
	{F_BOOL_AND, "bool_and($1)", AggregateKind::boolean, nullptr},
	{F_EVERY, "bool_and($1)", AggregateKind::boolean, nullptr},
	{F_BOOL_OR, "bool_or($1)", AggregateKind::boolean, nullptr},
	OVER_INTEGERS(BIT_AND, "bit_and($1)", AggregateKind::bits),
	OVER_INTEGERS(BIT_OR, "bit_or($1)", AggregateKind::bits),
	OVER_INTEGERS(BIT_XOR, "bit_xor($1)", AggregateKind::bits),
	OVER_FLOATS(STDDEV, "fabric_stddev_samp($1)", AggregateKind::real, kTolerance),
	OVER_FLOATS(STDDEV_SAMP, "fabric_stddev_samp($1)", AggregateKind::real, kTolerance),
	OVER_FLOATS(STDDEV_POP, "fabric_stddev_pop($1)", AggregateKind::real, kTolerance),
	OVER_FLOATS(VARIANCE, "fabric_var_samp($1)", AggregateKind::real, kTolerance),
	OVER_FLOATS(VAR_SAMP, "fabric_var_samp($1)", AggregateKind::real, kTolerance),
	OVER_FLOATS(VAR_POP, "fabric_var_pop($1)", AggregateKind::real, kTolerance),
	LOCAL_OVER_EXACT(STDDEV, kExactDeviation),
	LOCAL_OVER_EXACT(STDDEV_SAMP, kExactDeviation),
	LOCAL_OVER_EXACT(STDDEV_POP, kExactDeviation),
	LOCAL_OVER_EXACT(VARIANCE, kExactDeviation),
	LOCAL_OVER_EXACT(VAR_SAMP, kExactDeviation),
	LOCAL_OVER_EXACT(VAR_POP, kExactDeviation),
	{F_STRING_AGG_TEXT_TEXT, nullptr, AggregateKind::count, kOrder},
	{F_STRING_AGG_BYTEA_BYTEA, nullptr, AggregateKind::count, kOrder},
	{F_ARRAY_AGG_ANYNONARRAY, nullptr, AggregateKind::count, kOrder},
};

} // namespace

std::span<const AggregateSignature> ObjectStoreDialect::Aggregates() const
{
	return kAggregates;
}

} // namespace fabric::fdw::objectstore
