// Statistics without ANALYZE. See statistics.hpp.
//
// Once a column has a row in pg_statistic, that counts; but that it is unique is told in any case.
#include "pg/compat.hpp"

#include "fdw/shared/facts.hpp"
#include "fdw/shared/statistics.hpp"

extern "C"
{
#include <access/htup_details.h>
#include <access/table.h>
#include <catalog/pg_statistic.h>
#include <nodes/pathnodes.h>
#include <nodes/value.h>
#include <utils/selfuncs.h>
}

namespace fabric::fdw
{

namespace
{

get_relation_stats_hook_type next_relation_stats = nullptr;
get_attavgwidth_hook_type next_average_width = nullptr;

// Of nullable columns, as PostgreSQL assumes where it knows nothing (DEFAULT_UNK_SEL).
constexpr float4 kUnknownNullFraction = 0.005f;

// From this many rows on, the bytes of a table say how long its rows are: a few rows fill no page.
constexpr int64 kRowsForWidth = 100;
constexpr double kBytesOfRowItself = 20;  // the remote server's own, about
constexpr double kBytesOfFixedColumn = 6; // a number or a date, about

bool HasStatistics(Oid relid, AttrNumber attnum)
{
	return SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(attnum), BoolGetDatum(false));
}

struct WantedColumn
{
	Index relid;
	AttrNumber attnum;
};

bool IsColumn(const Node *node, const WantedColumn &column)
{
	if (node != nullptr && IsA(node, RelabelType))
		node = reinterpret_cast<const Node *>(reinterpret_cast<const RelabelType *>(node)->arg);
	if (node == nullptr || !IsA(node, Var))
		return false;
	const Var *var = reinterpret_cast<const Var *>(node);
	return var->varno == static_cast<int>(column.relid) && var->varattno == column.attnum && var->varlevelsup == 0;
}

bool IsOrderEstimator(Oid function)
{
	return function == F_SCALARLTSEL || function == F_SCALARLESEL || function == F_SCALARGTSEL ||
		   function == F_SCALARGESEL;
}

bool AnyIsColumn(const List *arguments, const WantedColumn &column)
{
	ListCell *cell;
	foreach (cell, arguments)
		if (IsColumn(static_cast<Node *>(lfirst(cell)), column))
			return true;
	return false;
}

// Whether an expression asks for a range of the column's values.
bool AsksForRange(Node *node, void *context)
{
	const WantedColumn &column = *static_cast<const WantedColumn *>(context);
	if (node == nullptr)
		return false;
	if (IsA(node, RestrictInfo))
		return AsksForRange(reinterpret_cast<Node *>(reinterpret_cast<RestrictInfo *>(node)->clause), context);
	if (IsA(node, OpExpr))
	{
		const OpExpr *operation = reinterpret_cast<const OpExpr *>(node);
		if (AnyIsColumn(operation->args, column) && IsOrderEstimator(get_oprrest(operation->opno)))
			return true;
	}
	else if (IsA(node, ScalarArrayOpExpr))
	{
		const ScalarArrayOpExpr *operation = reinterpret_cast<const ScalarArrayOpExpr *>(node);
		if (AnyIsColumn(operation->args, column) && IsOrderEstimator(get_oprrest(operation->opno)))
			return true;
	}
	else if (IsA(node, RowCompareExpr))
	{
		const RowCompareExpr *comparison = reinterpret_cast<const RowCompareExpr *>(node);
		if (AnyIsColumn(comparison->largs, column) || AnyIsColumn(comparison->rargs, column))
			return true;
	}
	return pg::compat::WalkExpressionTree(node, AsksForRange, context);
}

// The planner's relation of a range table entry; nullptr when it has none (yet).
RelOptInfo *RelationOf(const PlannerInfo *root, const RangeTblEntry *entry)
{
	for (int i = 1; i < root->simple_rel_array_size; ++i)
		if (root->simple_rte_array[i] == entry)
			return root->simple_rel_array[i];
	return nullptr;
}

// A row as ANALYZE would have written it, of what is known: no values.
HeapTuple MakeStatistics(const RangeTblEntry *entry, AttrNumber attnum, double distinct, bool nullable, int32 width)
{
	Datum values[Natts_pg_statistic] = {};
	bool nulls[Natts_pg_statistic] = {};
	values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(entry->relid);
	values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum(attnum);
	values[Anum_pg_statistic_stainherit - 1] = BoolGetDatum(false);
	values[Anum_pg_statistic_stanullfrac - 1] = Float4GetDatum(nullable ? kUnknownNullFraction : 0.0f);
	values[Anum_pg_statistic_stawidth - 1] = Int32GetDatum(width);
	values[Anum_pg_statistic_stadistinct - 1] = Float4GetDatum(static_cast<float4>(distinct));
	for (int slot = 0; slot < STATISTIC_NUM_SLOTS; ++slot)
	{
		nulls[Anum_pg_statistic_stanumbers1 - 1 + slot] = true;
		nulls[Anum_pg_statistic_stavalues1 - 1 + slot] = true;
	}
	Relation catalog = table_open(StatisticRelationId, AccessShareLock);
	HeapTuple tuple = heap_form_tuple(RelationGetDescr(catalog), values, nulls);
	table_close(catalog, AccessShareLock);
	return tuple;
}

// Gives what is known of a column; true when that is all there is to know.
bool GiveStatistics(PlannerInfo *root, RangeTblEntry *entry, AttrNumber attnum, VariableStatData *data)
{
	if (entry->rtekind != RTE_RELATION || entry->inh)
		return false;
	const TableFacts *facts = CachedFacts(entry->relid);
	const ColumnFacts *column = facts != nullptr ? CachedColumnFacts(entry->relid, attnum) : nullptr;
	if (column == nullptr || facts->rows < 0)
		return false;
	RelOptInfo *rel = RelationOf(root, entry);
	bool unique = ColumnIsUnique(*facts, column->name);
	// Of a column that a subquery hands on, a value may repeat all the same: then the data's relation is the subquery.
	if (unique && rel != nullptr && data->rel == rel)
	{
		data->isunique = true;
		return false;
	}
	if (HasStatistics(entry->relid, attnum))
		return false;
	double distinct =
		unique ? -1.0
			   : static_cast<double>(DistinctValues(*facts, list_make1(makeString(const_cast<char *>(column->name)))));
	if (distinct == 0.0 || (!unique && distinct < 0.0))
		return false;
	// A statistics row without a histogram would make PostgreSQL take half of the rows for less than any value, and none for
	// between two. Without a row it assumes a third, and one in two hundred: better for a column that is asked for a range.
	if (rel == nullptr)
		return false;
	WantedColumn wanted{rel->relid, attnum};
	ListCell *cell;
	foreach (cell, rel->baserestrictinfo)
		if (AsksForRange(static_cast<Node *>(lfirst(cell)), &wanted))
			return false;
	data->statsTuple = MakeStatistics(entry, attnum, distinct, column->nullable, get_attavgwidth(entry->relid, attnum));
	data->freefunc = heap_freetuple;
	data->acl_ok = true; // it holds no value of the table
	return true;
}

bool RelationStatistics(PlannerInfo *root, RangeTblEntry *entry, AttrNumber attnum, VariableStatData *data)
{
	if (next_relation_stats != nullptr && next_relation_stats(root, entry, attnum, data))
		return true;
	return GiveStatistics(root, entry, attnum, data);
}

// How much of a row a column of texts or bytes may take, by its declared length: as PostgreSQL guesses for varchar(n).
double ShareOf(const ColumnFacts &column)
{
	double length = static_cast<double>(Min(column.length, 1000));
	return length <= 32 ? Max(length, 1.0) : 32 + (length - 32) / 2;
}

// The average length of a text or byte column: the remote rows' length is known, and shared out by the declared lengths.
int32 WidthByFacts(const TableFacts &facts, const ColumnFacts &column)
{
	if (facts.rows < kRowsForWidth || facts.bytes <= 0 || column.length <= 0)
		return 0;
	double left = static_cast<double>(facts.bytes) / static_cast<double>(facts.rows) - kBytesOfRowItself;
	double shares = 0;
	for (int i = 0; i < facts.ncolumns; ++i)
	{
		if (facts.columns[i].length > 0)
			shares += ShareOf(facts.columns[i]);
		else
			left -= kBytesOfFixedColumn;
	}
	constexpr double kBytesOfCharacter = 4;
	double width = Max(left, 0.0) * ShareOf(column) / shares;
	width = Min(width, static_cast<double>(column.length) * kBytesOfCharacter);
	return static_cast<int32>(Min(Max(width, 1.0) + VARHDRSZ, static_cast<double>(MaxAllocSize)));
}

int32 AverageWidth(Oid relid, AttrNumber attnum)
{
	if (next_average_width != nullptr)
	{
		int32 width = next_average_width(relid, attnum);
		if (width > 0)
			return width;
	}
	const TableFacts *facts = CachedFacts(relid);
	const ColumnFacts *column = facts != nullptr ? CachedColumnFacts(relid, attnum) : nullptr;
	if (column == nullptr || get_typlen(get_atttype(relid, attnum)) > 0 || HasStatistics(relid, attnum))
		return 0;
	return WidthByFacts(*facts, *column);
}

} // namespace

void InitStatistics()
{
	next_relation_stats = get_relation_stats_hook;
	get_relation_stats_hook = RelationStatistics;
	next_average_width = get_attavgwidth_hook;
	get_attavgwidth_hook = AverageWidth;
}

} // namespace fabric::fdw
