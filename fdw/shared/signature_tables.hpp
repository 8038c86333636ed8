// Rows that the dialects' tables of functions and aggregates have in common.
#pragma once

#include "fdw/shared/dialect.hpp"

extern "C"
{
#include <utils/fmgroids.h>
}

// The six comparisons of a type whose functions are spelled F_<P>EQ, F_<P>LT, ...
#define COMPARISONS(P, FLAGS)                                              \
	{F_##P##EQ, "($c1 = $c2)", nullptr, kIndexable | kEquality | (FLAGS)}, \
		{F_##P##NE, "($c1 <> $c2)", nullptr, kInequality | (FLAGS)},       \
		{F_##P##LT, "($c1 < $c2)", nullptr, kIndexable | (FLAGS)},         \
		{F_##P##LE, "($c1 <= $c2)", nullptr, kIndexable | (FLAGS)},        \
		{F_##P##GT, "($c1 > $c2)", nullptr, kIndexable | (FLAGS)},         \
	{                                                                      \
		F_##P##GE, "($c1 >= $c2)", nullptr, kIndexable | (FLAGS)           \
	}

// The same for two types, spelled F_<P>_EQ_<Q>.
#define MIXED_COMPARISONS(P, Q)                                                                                       \
	{F_##P##_EQ_##Q, "($c1 = $c2)", nullptr, kIndexable | kEquality},                                                 \
		{F_##P##_NE_##Q, "($c1 <> $c2)", nullptr, kInequality}, {F_##P##_LT_##Q, "($c1 < $c2)", nullptr, kIndexable}, \
		{F_##P##_LE_##Q, "($c1 <= $c2)", nullptr, kIndexable}, {F_##P##_GT_##Q, "($c1 > $c2)", nullptr, kIndexable},  \
	{                                                                                                                 \
		F_##P##_GE_##Q, "($c1 >= $c2)", nullptr, kIndexable                                                           \
	}

#define LOCAL_COMPARISONS(P, REASON)                                                          \
	{F_##P##EQ, nullptr, REASON}, {F_##P##NE, nullptr, REASON}, {F_##P##LT, nullptr, REASON}, \
		{F_##P##LE, nullptr, REASON}, {F_##P##GT, nullptr, REASON},                           \
	{                                                                                         \
		F_##P##GE, nullptr, REASON                                                            \
	}

#define LOCAL_MIXED_COMPARISONS(P, Q, REASON)                                                                \
	{F_##P##_EQ_##Q, nullptr, REASON}, {F_##P##_NE_##Q, nullptr, REASON}, {F_##P##_LT_##Q, nullptr, REASON}, \
		{F_##P##_LE_##Q, nullptr, REASON}, {F_##P##_GT_##Q, nullptr, REASON},                                \
	{                                                                                                        \
		F_##P##_GE_##Q, nullptr, REASON                                                                      \
	}

// An aggregate over one type after the other, spelled F_<P>_INT2 and so on.
#define OVER_INTEGERS(P, FORM, KIND)                                          \
	{F_##P##_INT2, FORM, KIND, nullptr}, {F_##P##_INT4, FORM, KIND, nullptr}, \
	{                                                                         \
		F_##P##_INT8, FORM, KIND, nullptr                                     \
	}
#define OVER_FLOATS(P, FORM, KIND, REMARK) \
	{F_##P##_FLOAT4, FORM, KIND, REMARK},  \
	{                                      \
		F_##P##_FLOAT8, FORM, KIND, REMARK \
	}
#define LOCAL_OVER_EXACT(P, REMARK)                                                                             \
	{F_##P##_INT2, nullptr, AggregateKind::real, REMARK}, {F_##P##_INT4, nullptr, AggregateKind::real, REMARK}, \
		{F_##P##_INT8, nullptr, AggregateKind::real, REMARK},                                                   \
	{                                                                                                           \
		F_##P##_NUMERIC, nullptr, AggregateKind::real, REMARK                                                   \
	}
