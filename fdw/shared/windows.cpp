// Window functions. See aggregates.hpp and relation.hpp.
//
// PostgreSQL computes all windows of a query in one step, so all are shipped or none. Rows that are equal in a window's order may be
// numbered in any order, here and there.
#include "pg/compat.hpp"

#include "fdw/shared/aggregates.hpp"
#include "fdw/shared/order.hpp"

extern "C"
{
#include <catalog/pg_aggregate.h>
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/optimizer.h>
#include <optimizer/tlist.h>
#include <utils/typcache.h>
}

namespace fabric::fdw
{

namespace
{

// A function that is no aggregate.
struct WindowOnly
{
	Oid function;
	const char *form; // with $1, $2 for its arguments
	bool ordered;	  // it needs an order
	bool framed;	  // the frame matters; others may not have one remotely
};

constexpr WindowOnly kWindowOnly[] = {
	{F_ROW_NUMBER, "ROW_NUMBER()", false, false}, {F_RANK_, "RANK()", true, false},
	{F_DENSE_RANK_, "DENSE_RANK()", true, false}, {F_LAG_ANYELEMENT, "LAG($1)", true, false},
	{F_LEAD_ANYELEMENT, "LEAD($1)", true, false}, {F_FIRST_VALUE, "FIRST_VALUE($1)", true, true},
	{F_LAST_VALUE, "LAST_VALUE($1)", true, true},
};

const WindowOnly *WindowOnlyOf(const WindowFunc *function)
{
	for (const WindowOnly &entry : kWindowOnly)
		if (entry.function == function->winfnoid)
			return &entry;
	return nullptr;
}

const WindowClause *ClauseOf(const Translator *translator, const WindowFunc *function)
{
	ListCell *cell;
	foreach (cell, translator->root->parse->windowClause)
		if (lfirst_node(WindowClause, cell)->winref == function->winref)
			return lfirst_node(WindowClause, cell);
	return nullptr;
}

// The expression behind a clause of PARTITION BY or ORDER BY.
Expr *ExpressionBehind(const Translator *translator, SortGroupClause *clause)
{
	return reinterpret_cast<Expr *>(get_sortgroupclause_expr(clause, translator->root->processed_tlist));
}

bool WritePartition(Translator *translator, const WindowClause *window, StringInfo out)
{
	ListCell *cell;
	bool first = true;
	foreach (cell, window->partitionClause)
	{
		Expr *key = ExpressionBehind(translator, lfirst_node(SortGroupClause, cell));
		Operand operand{};
		appendStringInfoString(out, first ? "PARTITION BY " : ", ");
		first = false;
		if (!WriteGroupKey(translator, key, out, &operand))
			return false;
	}
	return true;
}

bool WriteWindowOrder(Translator *translator, const WindowClause *window, StringInfo out)
{
	List *keys = NIL;
	ListCell *cell;
	foreach (cell, window->orderClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		Expr *expr = ExpressionBehind(translator, clause);
		TypeCacheEntry *type =
			lookup_type_cache(exprType(reinterpret_cast<Node *>(expr)), TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
		if (clause->sortop != type->lt_opr && clause->sortop != type->gt_opr)
			return Fail(translator, "a window orders by an operator of its own");
		OrderKey *key = static_cast<OrderKey *>(palloc0(sizeof(OrderKey)));
		key->expr = expr;
		key->descending = clause->sortop == type->gt_opr;
		key->nulls_first = clause->nulls_first;
		key->never_null = IsNeverNull(*translator, translator->source, expr);
		keys = lappend(keys, key);
	}
	return WriteOrder(translator, keys, false, out);
}

// The frame, unless it is the usual one. Offsets are left alone.
bool WriteFrame(Translator *translator, const WindowClause *window, StringInfo out)
{
	int options = window->frameOptions;
	constexpr int kStrange = FRAMEOPTION_GROUPS | FRAMEOPTION_EXCLUSION | FRAMEOPTION_START_OFFSET |
							 FRAMEOPTION_END_OFFSET | FRAMEOPTION_START_UNBOUNDED_FOLLOWING |
							 FRAMEOPTION_END_UNBOUNDED_PRECEDING;
	if ((options & kStrange) != 0)
		return Fail(translator, "a window's frame of this kind");
	if ((options & FRAMEOPTION_NONDEFAULT) == 0)
		return true;
	// Without an order all rows are one another's peers; the remote server wants an order for a frame.
	if (window->orderClause == NIL)
		return Fail(translator, "a window's frame without an order");
	appendStringInfo(out, " %s BETWEEN %s AND %s", (options & FRAMEOPTION_ROWS) != 0 ? "ROWS" : "RANGE",
					 (options & FRAMEOPTION_START_UNBOUNDED_PRECEDING) != 0 ? "UNBOUNDED PRECEDING" : "CURRENT ROW",
					 (options & FRAMEOPTION_END_UNBOUNDED_FOLLOWING) != 0 ? "UNBOUNDED FOLLOWING" : "CURRENT ROW");
	return true;
}

// Writes " OVER (...)".
bool WriteOver(Translator *translator, const WindowClause *window, bool framed, StringInfo out)
{
	StringInfoData order;
	initStringInfo(&order);
	appendStringInfoString(out, " OVER (");
	if (!WritePartition(translator, window, out) || !WriteWindowOrder(translator, window, &order))
		return false;
	// An order begins with a blank.
	appendStringInfoString(out, order.len > 0 && window->partitionClause == NIL ? order.data + 1 : order.data);
	if (framed && !WriteFrame(translator, window, out))
		return false;
	appendStringInfoChar(out, ')');
	return true;
}

// An aggregate over a window as one over groups.
Aggref *AsAggregate(const WindowFunc *function)
{
	Aggref *aggregate = makeNode(Aggref);
	aggregate->aggfnoid = function->winfnoid;
	aggregate->aggtype = function->wintype;
	aggregate->aggcollid = function->wincollid;
	aggregate->inputcollid = function->inputcollid;
	aggregate->aggfilter = function->aggfilter;
	aggregate->aggstar = function->winstar;
	aggregate->aggkind = AGGKIND_NORMAL;
	aggregate->aggsplit = AGGSPLIT_SIMPLE;
	ListCell *cell;
	foreach (cell, function->args)
		aggregate->args = lappend(
			aggregate->args, makeTargetEntry(static_cast<Expr *>(lfirst(cell)),
											 static_cast<AttrNumber>(foreach_current_index(cell) + 1), nullptr, false));
	return aggregate;
}

// Writes a function that is no aggregate. Its argument comes back as it is, so that its text must be that of a result.
bool WriteWindowOnly(Translator *translator, const WindowOnly &entry, const WindowFunc *function, StringInfo out)
{
	const char *argument = strstr(entry.form, "$1");
	if (argument == nullptr)
	{
		appendStringInfoString(out, entry.form);
		return true;
	}
	appendBinaryStringInfo(out, entry.form, static_cast<int>(argument - entry.form));
	if (!WriteResult(translator, static_cast<Expr *>(linitial(function->args)), out))
		return false;
	appendStringInfoString(out, argument + 2);
	return true;
}

} // namespace

bool WriteWindowFetch(Translator *translator, WindowFunc *function, List **texts, FetchKind *kind)
{
	const char *name = get_func_name(function->winfnoid);
	const WindowClause *window = ClauseOf(translator, function);
	StringInfoData over, text;
	initStringInfo(&over);
	initStringInfo(&text);
	if (window == nullptr)
		return Fail(translator, "%s over a window of another query", name);
	const WindowOnly *entry = WindowOnlyOf(function);
	if (!WriteOver(translator, window, entry == nullptr || entry->framed, &over))
		return false;
	if (entry != nullptr)
	{
		if (entry->ordered && window->orderClause == NIL)
			return Fail(translator, "%s over a window without an order", name);
		*kind = kFetchValue;
		if (!WriteWindowOnly(translator, *entry, function, &text))
			return false;
		appendStringInfoString(&text, over.data);
		*texts = lappend(*texts, makeString(text.data));
		return true;
	}
	if (!function->winagg)
		return Fail(translator, "%s: not on the list of what is exact remotely", name);
	List *cells = NIL;
	if (!WriteAggregateFetch(translator, AsAggregate(function), &cells, kind))
		return false;
	ListCell *cell;
	foreach (cell, cells)
	{
		// The parenthesis of the aggregate must be the last thing, so that the window follows it.
		const char *call = strVal(lfirst(cell));
		bool plain = strncmp(call, "COUNT(", 6) == 0 || strncmp(call, "SUM(", 4) == 0 ||
					 strncmp(call, "MIN(", 4) == 0 || strncmp(call, "MAX(", 4) == 0;
		if (!plain || function->wintype == FLOAT4OID || function->wintype == FLOAT8OID)
			return Fail(translator, "%s: over a window it has no exact remote form", name);
		*texts = lappend(*texts, makeString(psprintf("%s%s", call, over.data)));
	}
	return true;
}

} // namespace fabric::fdw
