// Comparisons of moments with and without a time zone, which depend on the session's TimeZone. See translate.hpp.
//
// A value that is known here can be brought to the other side's type here. Against a timestamptz column that is exact. Against a
// column without a zone it is not: around a change of the clocks the order of local times is not that of the moments they stand
// for. There a condition is shipped that is wider by more than any such change, and the exact one is checked locally.
#include <cstdlib>

#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <utils/date.h>
#include <utils/fmgroids.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

namespace
{

// What a comparison function of mixed types does: its sign, seen from its first argument, and the function of the same sign over
// two timestamptz.
struct ZoneComparison
{
	Oid function;
	const char *sign;
	Oid zoned_function;
};

constexpr ZoneComparison kComparisons[] = {
	{F_TIMESTAMP_LT_TIMESTAMPTZ, "<", F_TIMESTAMPTZ_LT}, {F_TIMESTAMP_LE_TIMESTAMPTZ, "<=", F_TIMESTAMPTZ_LE},
	{F_TIMESTAMP_EQ_TIMESTAMPTZ, "=", F_TIMESTAMPTZ_EQ}, {F_TIMESTAMP_GE_TIMESTAMPTZ, ">=", F_TIMESTAMPTZ_GE},
	{F_TIMESTAMP_GT_TIMESTAMPTZ, ">", F_TIMESTAMPTZ_GT}, {F_TIMESTAMP_NE_TIMESTAMPTZ, "<>", F_TIMESTAMPTZ_NE},
	{F_TIMESTAMPTZ_LT_TIMESTAMP, "<", F_TIMESTAMPTZ_LT}, {F_TIMESTAMPTZ_LE_TIMESTAMP, "<=", F_TIMESTAMPTZ_LE},
	{F_TIMESTAMPTZ_EQ_TIMESTAMP, "=", F_TIMESTAMPTZ_EQ}, {F_TIMESTAMPTZ_GE_TIMESTAMP, ">=", F_TIMESTAMPTZ_GE},
	{F_TIMESTAMPTZ_GT_TIMESTAMP, ">", F_TIMESTAMPTZ_GT}, {F_TIMESTAMPTZ_NE_TIMESTAMP, "<>", F_TIMESTAMPTZ_NE},
	{F_DATE_LT_TIMESTAMPTZ, "<", F_TIMESTAMPTZ_LT},		 {F_DATE_LE_TIMESTAMPTZ, "<=", F_TIMESTAMPTZ_LE},
	{F_DATE_EQ_TIMESTAMPTZ, "=", F_TIMESTAMPTZ_EQ},		 {F_DATE_GE_TIMESTAMPTZ, ">=", F_TIMESTAMPTZ_GE},
	{F_DATE_GT_TIMESTAMPTZ, ">", F_TIMESTAMPTZ_GT},		 {F_DATE_NE_TIMESTAMPTZ, "<>", F_TIMESTAMPTZ_NE},
	{F_TIMESTAMPTZ_LT_DATE, "<", F_TIMESTAMPTZ_LT},		 {F_TIMESTAMPTZ_LE_DATE, "<=", F_TIMESTAMPTZ_LE},
	{F_TIMESTAMPTZ_EQ_DATE, "=", F_TIMESTAMPTZ_EQ},		 {F_TIMESTAMPTZ_GE_DATE, ">=", F_TIMESTAMPTZ_GE},
	{F_TIMESTAMPTZ_GT_DATE, ">", F_TIMESTAMPTZ_GT},		 {F_TIMESTAMPTZ_NE_DATE, "<>", F_TIMESTAMPTZ_NE},
};

const ZoneComparison *FindComparison(Expr *expr)
{
	if (!IsA(expr, OpExpr))
		return nullptr;
	OpExpr *operation = reinterpret_cast<OpExpr *>(expr);
	set_opfuncid(operation);
	for (const ZoneComparison &comparison : kComparisons)
		if (comparison.function == operation->opfuncid)
			return &comparison;
	return nullptr;
}

Expr *Cast(Oid function, Oid result, Node *argument)
{
	return reinterpret_cast<Expr *>(
		makeFuncExpr(function, result, list_make1(argument), InvalidOid, InvalidOid, COERCE_EXPLICIT_CAST));
}

// A moment as a local timestamp, moved by some days. The moment is kept within what can be moved.
Expr *LocalTimestamp(const Dialect &dialect, Node *moment, int days)
{
	MinMaxExpr *bounded = makeNode(MinMaxExpr);
	bounded->minmaxtype = TIMESTAMPTZOID;
	bounded->op = days < 0 ? IS_GREATEST : IS_LEAST;
	bounded->location = -1;
	TimestampTz bound = (days < 0 ? dialect.Moments().first : dialect.Moments().last) * USECS_PER_DAY;
	bounded->args = list_make2(moment, makeConst(TIMESTAMPTZOID, -1, InvalidOid, sizeof(TimestampTz),
												 TimestampTzGetDatum(bound), false, FLOAT8PASSBYVAL));
	Expr *local = Cast(F_TIMESTAMP_TIMESTAMPTZ, TIMESTAMPOID, reinterpret_cast<Node *>(bounded));
	Interval *interval = static_cast<Interval *>(palloc0(sizeof(Interval)));
	interval->day = days;
	Const *span = makeConst(INTERVALOID, -1, InvalidOid, sizeof(Interval), IntervalPGetDatum(interval), false, false);
	constexpr Oid kTimestampPlusInterval = 2066; // the operator, for a readable EXPLAIN
	return make_opclause(kTimestampPlusInterval, TIMESTAMPOID, false, local, reinterpret_cast<Expr *>(span), InvalidOid,
						 InvalidOid);
}

// A date or timestamp kept within what the cast to timestamptz takes, where the comparison itself would not mind. Of NULL it makes the
// last moment, which cannot be said remotely either.
Node *WithinZonedRange(const Dialect &dialect, Node *value, Oid type)
{
	const int32 kDays[] = {dialect.Moments().last, dialect.Moments().first};
	static constexpr MinMaxOp kOps[] = {IS_LEAST, IS_GREATEST};
	Node *bounded = value;
	for (int i = 0; i < 2; ++i)
	{
		Const *bound = type == DATEOID
						   ? makeConst(DATEOID, -1, InvalidOid, sizeof(DateADT), DateADTGetDatum(kDays[i]), false, true)
						   : makeConst(TIMESTAMPOID, -1, InvalidOid, sizeof(Timestamp),
									   TimestampGetDatum(kDays[i] * USECS_PER_DAY), false, FLOAT8PASSBYVAL);
		MinMaxExpr *nearer = makeNode(MinMaxExpr);
		nearer->minmaxtype = type;
		nearer->op = kOps[i];
		nearer->location = -1;
		nearer->args = list_make2(bounded, bound);
		bounded = reinterpret_cast<Node *>(nearer);
	}
	return bounded;
}

// Whether a constant is within that range already.
bool IsWithinZonedRange(const Const *constant)
{
	if (constant->constisnull)
		return true;
	constexpr int kFar = 2 * 1000 * 1000; // days: past 7400
	if (constant->consttype == DATEOID)
		return std::abs(static_cast<int64>(DatumGetDateADT(constant->constvalue))) < kFar;
	Timestamp moment = DatumGetTimestamp(constant->constvalue);
	return moment > -kFar * USECS_PER_DAY && moment < kFar * USECS_PER_DAY;
}

} // namespace

Expr *ZonedComparison(Translator *translator, Expr *expr)
{
	const ZoneComparison *comparison = FindComparison(expr);
	if (comparison == nullptr)
		return nullptr;
	const OpExpr *operation = reinterpret_cast<OpExpr *>(expr);
	Node *sides[2] = {static_cast<Node *>(linitial(operation->args)), static_cast<Node *>(lsecond(operation->args))};
	for (int i = 0; i < 2; ++i)
	{
		Oid type = exprType(sides[i]);
		if (type == TIMESTAMPTZOID || exprType(sides[1 - i]) != TIMESTAMPTZOID || !IsLocalValue(translator, sides[i]))
			continue;
		Oid cast = type == DATEOID ? F_TIMESTAMPTZ_DATE : F_TIMESTAMPTZ_TIMESTAMP;
		bool sound = IsA(sides[i], Const) && IsWithinZonedRange(reinterpret_cast<Const *>(sides[i]));
		Node *zoned = reinterpret_cast<Node *>(
			Cast(cast, TIMESTAMPTZOID, sound ? sides[i] : WithinZonedRange(*translator->dialect, sides[i], type)));
		List *args = i == 0 ? list_make2(zoned, sides[1]) : list_make2(sides[0], zoned);
		return reinterpret_cast<Expr *>(
			makeFuncExpr(comparison->zoned_function, BOOLOID, args, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
	}
	return nullptr;
}

bool WriteWiderZoneComparison(Translator *translator, Expr *expr, StringInfo out)
{
	const ZoneComparison *comparison = FindComparison(expr);
	if (comparison == nullptr || strcmp(comparison->sign, "<>") == 0)
		return false;
	const OpExpr *operation = reinterpret_cast<OpExpr *>(expr);
	Node *left = static_cast<Node *>(linitial(operation->args));
	Node *right = static_cast<Node *>(lsecond(operation->args));
	// Seen from the column's side: is it to be large, or small, or both?
	bool column_left = exprType(left) != TIMESTAMPTZOID;
	Node *column = column_left ? left : right;
	Node *moment = column_left ? right : left;
	if (exprType(moment) != TIMESTAMPTZOID || !IsLocalValue(translator, moment))
		return false;
	bool equal = strcmp(comparison->sign, "=") == 0;
	bool large = equal || (comparison->sign[0] == '>') == column_left;
	bool small = equal || (comparison->sign[0] == '<') == column_left;
	// No change of a zone's clocks was ever longer than a day.
	constexpr int kDays = 2;
	Operand ignored{};
	appendStringInfoChar(out, '(');
	if (large &&
		!(WriteOperand(translator, reinterpret_cast<Expr *>(column), Form::plain, out, &ignored) &&
		  (appendStringInfoString(out, " > "),
		   WriteOperand(translator, LocalTimestamp(*translator->dialect, moment, -kDays), Form::plain, out, &ignored))))
		return false;
	if (equal)
		appendStringInfoString(out, " AND ");
	if (small &&
		!(WriteOperand(translator, reinterpret_cast<Expr *>(column), Form::plain, out, &ignored) &&
		  (appendStringInfoString(out, " < "),
		   WriteOperand(translator, LocalTimestamp(*translator->dialect, moment, kDays), Form::plain, out, &ignored))))
		return false;
	appendStringInfoChar(out, ')');
	return true;
}

} // namespace fabric::fdw
