// What remote statements cost: by the remote indexes, the rows that come, and the round trips. See relation.hpp.
//
// The remote server's work is given in PostgreSQL's units. Its joins are nested loops: without an index on one side every pair of
// rows is compared, which PostgreSQL's hash join here may well beat.
#include <cmath>

#include "pg/compat.hpp"

#include "fdw/shared/aggregates.hpp"
#include "fdw/shared/estimate.hpp"
#include "fdw/shared/order.hpp"
#include "fdw/shared/setops.hpp"
#include "fdw/shared/statement.hpp"

extern "C"
{
#include <optimizer/cost.h>
#include <optimizer/optimizer.h>
#include <optimizer/paths.h>
}

namespace fabric::fdw
{

namespace
{

// In the planner's units, where one is the time to read a page in sequence: the transfer of a row and of a byte.
constexpr Cost kTransferCostPerRow = 0.01;
constexpr Cost kTransferCostPerByte = 0.0005;
constexpr double kRowsWithoutEstimate = 1000;

// The column that an expression is; nullptr for anything else.
const ColumnReference *ColumnOf(PlannerInfo *root, const Expr *expr)
{
	while (IsA(expr, RelabelType))
		expr = reinterpret_cast<const RelabelType *>(expr)->arg;
	const Var *var = reinterpret_cast<const Var *>(expr);
	if (!IsA(expr, Var) || var->varlevelsup != 0 || var->varattno <= 0)
		return nullptr;
	const RelOptInfo *rel = find_base_rel(root, static_cast<int>(var->varno));
	const RemoteRelation *relation = rel->fdwroutine != nullptr ? RelationOf(rel) : nullptr;
	return relation != nullptr && relation->info != nullptr ? &relation->info->columns[var->varattno - 1].reference
															: nullptr;
}

// The relation of such a column.
const RemoteRelation *TableOf(PlannerInfo *root, const Expr *expr)
{
	Relids varnos = VarnosOf(reinterpret_cast<Node *>(const_cast<Expr *>(expr)));
	return RelationOf(find_base_rel(root, bms_singleton_member(varnos)));
}

const Dialect &DialectOf(PlannerInfo *root, const Expr *expr)
{
	return *TableOf(root, expr)->settings->tenant->dialect;
}

// Its name in the facts of its table; nullptr for what is no column.
const char *NameInFacts(PlannerInfo *root, const Expr *expr, const TableFacts **facts)
{
	const ColumnReference *column = ColumnOf(root, expr);
	if (column == nullptr || column->facts == nullptr)
		return nullptr;
	*facts = CachedFacts(TableOf(root, expr)->info->relid);
	return *facts != nullptr ? column->facts->name : nullptr;
}

bool IsIndexed(PlannerInfo *root, const Expr *expr)
{
	const TableFacts *facts;
	const char *name = NameInFacts(root, expr, &facts);
	return name != nullptr && IndexBeginningWith(*facts, list_make1(makeString(const_cast<char *>(name)))) != nullptr;
}

// The column that a condition compares with a value, as an index can serve; nullptr when there is none.
const char *ColumnCompared(PlannerInfo *root, const Expr *clause, const TableFacts **facts)
{
	List *args = IsA(clause, OpExpr)			  ? reinterpret_cast<const OpExpr *>(clause)->args
				 : IsA(clause, ScalarArrayOpExpr) ? reinterpret_cast<const ScalarArrayOpExpr *>(clause)->args
												  : NIL;
	if (list_length(args) != 2)
		return nullptr;
	Oid opno = IsA(clause, OpExpr) ? reinterpret_cast<const OpExpr *>(clause)->opno
								   : reinterpret_cast<const ScalarArrayOpExpr *>(clause)->opno;
	// <> is in no index.
	if (pg::compat::OrderMeanings(opno) == NIL)
		return nullptr;
	for (int i = 0; i < 2; ++i)
	{
		const char *name = NameInFacts(root, static_cast<Expr *>(list_nth(args, i)), facts);
		if (name != nullptr && bms_is_empty(VarnosOf(static_cast<Node *>(list_nth(args, 1 - i)))))
			return name;
	}
	return nullptr;
}

} // namespace

// Measured on one machine, a lookup takes 2 to 4 microseconds, and the transfer of a narrow row half of one; over a network that
// takes more.
Cost LookupCost()
{
	return 5 * cpu_tuple_cost;
}

Cost FoundCost()
{
	return cpu_tuple_cost;
}

bool IsLookedUpByIndex(PlannerInfo *root, const Expr *expr)
{
	if (!IsIndexed(root, expr))
		return false;
	const ColumnReference &column = *ColumnOf(root, expr);
	bool text = column.kind == Kind::text || column.kind == Kind::bpchar;
	return !text || DialectOf(root, expr).PlainIsSuperset(column, Repertoire::any);
}

QueryCost CostOf(const ServerSettings &settings, double rows, int width, Cost before, Cost along, const QualCost &local)
{
	constexpr double kUsualMicroseconds = 3000;
	constexpr double kMicrosecondsPerUnit = 25;
	double late = Max(AnswerTime(settings.server->serverid) - kUsualMicroseconds, 0);
	QueryCost cost;
	Cost usual = settings.tenant->dialect->StatementCost();
	Cost statement = settings.startup_cost >= 0 ? settings.startup_cost : usual + late / kMicrosecondsPerUnit;
	Cost row = settings.tuple_cost >= 0 ? settings.tuple_cost : kTransferCostPerRow + kTransferCostPerByte * width;
	cost.startup = statement + before + local.startup;
	cost.total = cost.startup + along + rows * (row + cpu_tuple_cost + local.per_tuple);
	return cost;
}

double RowsBefore(PlannerInfo *root, double rows, List *clauses)
{
	if (clauses == NIL)
		return rows;
	return clamp_row_est(rows / Max(clauselist_selectivity(root, clauses, 0, JOIN_INNER, nullptr), 1e-6));
}

namespace
{

// Whether a value is text, or bytes: as keys of a temporary table on disk these are slow.
bool IsString(const Operand &operand)
{
	return operand.kind == Kind::text || operand.kind == Kind::bpchar || operand.kind == Kind::bytes;
}

// Whether the remote server's temporary table of so many rows fits into its memory (MariaDB's and MySQL's default of 16 MB). A row
// takes as much as its longest texts; one without a limit has no place there.
bool FitsIntoMemory(double rows, double width)
{
	constexpr double kMemory = 16.0 * 1024 * 1024;
	constexpr double kOfRow = 48;
	return rows * (kOfRow + width) <= kMemory;
}

// How much of a temporary table's row a value takes.
double BytesInTemporary(const Operand &operand)
{
	constexpr double kOfNumber = 8;
	constexpr double kBytesOfCharacter = 4;
	constexpr double kUnlimited = 1e6;
	if (!IsString(operand))
		return kOfNumber;
	int64 characters = operand.kind == Kind::bytes ? 0 : operand.bounds.characters;
	return characters > 0 ? kBytesOfCharacter * static_cast<double>(characters) : kUnlimited;
}

} // namespace

// Measured on MariaDB 10.11: half a microsecond for a row while the temporary table fits into memory, then 3, and where rows are
// marked (INTERSECT) 18. PostgreSQL's own hash table, with the transfer, takes about one.
Cost SetWork(const RemoteRelation *set, double kept, double read)
{
	constexpr Cost kInMemory = 0.02;
	constexpr Cost kOnDisk = 0.12;
	constexpr Cost kMarkedOnDisk = 0.7;
	if (set->set_operation == SETOP_UNION && set->set_all)
		return read * kInMemory;
	if (set->settings->tenant->dialect->Hashes())
		return read * kInMemory;
	double width = 0;
	ListCell *cell;
	foreach (cell, set->columns)
		width += BytesInTemporary(static_cast<SetColumn *>(lfirst(cell))->operand);
	if (FitsIntoMemory(kept, width))
		return read * kInMemory;
	return read * (set->set_operation == SETOP_INTERSECT ? kMarkedOnDisk : kOnDisk);
}

// Measured on MariaDB 10.11: on disk 2 microseconds for a row of numbers, 10 to 20 with a text among the keys.
Cost GroupWork(PlannerInfo *root, const RemoteRelation *groups, double number)
{
	constexpr Cost kNumbersOnDisk = 0.08;
	constexpr Cost kStringsOnDisk = 0.7;
	const RemoteRelation *input = groups->grouped;
	Cost work = input->rows * cpu_operator_cost * (list_length(groups->shipped) + 1);
	const Dialect &dialect = *groups->settings->tenant->dialect;
	if (dialect.Hashes())
		return work * dialect.RowWork();
	Translator translator = MakeTranslator(root, groups);
	double width = BytesInTemporary(Operand{}) * (list_length(groups->shipped) - list_length(groups->keys));
	bool strings = false;
	List *names = NIL;
	const TableFacts *facts = nullptr;
	ListCell *cell;
	foreach (cell, groups->keys)
	{
		Expr *key = static_cast<Expr *>(lfirst(cell));
		Operand operand{};
		StringInfoData text;
		initStringInfo(&text);
		if (!WriteGroupKey(&translator, key, &text, &operand))
			return work;
		width += BytesInTemporary(operand);
		strings = strings || IsString(operand);
		const char *name = input->info != nullptr ? NameInFacts(root, key, &facts) : nullptr;
		bool as_is = name != nullptr && (!IsString(operand) || IsOrderedAsIs(root, input, key));
		names = as_is && list_length(names) == foreach_current_index(cell)
					? lappend(names, makeString(const_cast<char *>(name)))
					: NIL;
	}
	bool indexed =
		names != NIL && list_length(names) == list_length(groups->keys) && IndexBeginningWith(*facts, names) != nullptr;
	if (!indexed && !FitsIntoMemory(number, width))
		work += input->rows * (strings ? kStringsOnDisk : kNumbersOnDisk);
	return work;
}

Cost OrderWork(double rows)
{
	return rows > 1 ? 2.0 * cpu_operator_cost * rows * std::log2(rows) : 0;
}

bool IndexGivesOrder(PlannerInfo *root, const RemoteRelation *relation, List *keys)
{
	if (relation->info == nullptr || keys == NIL)
		return false;
	List *names = NIL;
	const TableFacts *facts = nullptr;
	ListCell *cell;
	foreach (cell, keys)
	{
		const OrderKey &key = *static_cast<OrderKey *>(lfirst(cell));
		const char *name = NameInFacts(root, key.expr, &facts);
		bool natural = NullsAreNatural(*relation->settings->tenant->dialect, key) || foreach_current_index(cell) == 0;
		if (name == nullptr || !natural || key.descending != static_cast<OrderKey *>(linitial(keys))->descending ||
			!IsOrderedAsIs(root, relation, key.expr))
			return false;
		names = lappend(names, makeString(const_cast<char *>(name)));
	}
	return IndexInOrderOf(*facts, names) != nullptr;
}

namespace
{

// What the remote optimizer expects of a relation under those of its conditions that need no values. False when it is not to be
// asked, or cannot be.
bool AskRemotely(PlannerInfo *root, const RemoteRelation *relation, RemoteEstimate *estimate)
{
	if (!relation->settings->remote_estimate || relation->rules->off || IsOffline(root, relation))
		return false;
	RemoteQuery query{};
	query.source = relation;
	Statement statement = WriteStatement(root, &query, NIL);
	StringInfoData sql;
	initStringInfo(&sql);
	AppendSelect(&sql, NIL, NIL, statement.from);
	bool first = true;
	ListCell *cell;
	foreach (cell, statement.conditions)
	{
		const char *condition = strVal(lfirst(cell));
		if (strchr(condition, kMarker) != nullptr)
			continue;
		appendStringInfo(&sql, "%s%s", first ? " WHERE " : " AND ", condition);
		first = false;
	}
	return strchr(statement.from, kMarker) == nullptr &&
		   EstimateRemotely(GetConnection(*relation->settings, relation->user_id), sql.data, estimate);
}

} // namespace

void EstimateTable(PlannerInfo *root, RelOptInfo *rel, RemoteRelation *relation, List *shipped)
{
	double tuples = relation->info->rows >= 0 ? static_cast<double>(relation->info->rows) : kRowsWithoutEstimate;
	double pages = relation->info->bytes > 0 ? static_cast<double>(relation->info->bytes / BLCKSZ + 1) : 10;
	// ANALYZE counted better than the remote server guesses: what it found by page goes for the pages of today.
	if (rel->tuples > 0 && rel->pages > 0)
	{
		double growth = relation->info->bytes > 0 ? pages / rel->pages : 1;
		// A size that has changed a lot may have been an old one then, after many rows came at once.
		constexpr double kALot = 4;
		bool doubtful = relation->info->rows > 0 && (growth > kALot || growth < 1 / kALot);
		double most = doubtful ? kALot * static_cast<double>(relation->info->rows) : HUGE_VAL;
		double least = doubtful ? static_cast<double>(relation->info->rows) / kALot : 0;
		tuples = Max(Min(rel->tuples * growth, most), least);
	}
	else if (relation->info->rows < 0 && rel->tuples > 0)
		tuples = rel->tuples;
	rel->tuples = Max(tuples, 1.0);
	rel->pages = static_cast<BlockNumber>(Min(pages, static_cast<double>(MaxBlockNumber)));
	// The widths were worked out before the facts were read.
	if (rel->attr_widths != nullptr)
		memset(rel->attr_widths, 0,
			   sizeof(rel->attr_widths[0]) * static_cast<size_t>(rel->max_attr - rel->min_attr + 1));
	set_baserel_size_estimates(root, rel);
	Selectivity selectivity = clauselist_selectivity(root, shipped, static_cast<int>(rel->relid), JOIN_INNER, nullptr);
	relation->rows = clamp_row_est(rel->tuples * selectivity);

	// The index that leaves the fewest rows to look at.
	double looked_at = rel->tuples;
	bool indexed = false;
	ListCell *cell;
	foreach (cell, shipped)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		const TableFacts *facts;
		const char *name = ColumnCompared(root, restriction->clause, &facts);
		if (name == nullptr || IndexBeginningWith(*facts, list_make1(makeString(const_cast<char *>(name)))) == nullptr)
			continue;
		Selectivity its = clause_selectivity(root, reinterpret_cast<Node *>(restriction), static_cast<int>(rel->relid),
											 JOIN_INNER, nullptr);
		indexed = true;
		looked_at = Min(looked_at, rel->tuples * its);
	}
	Cost all = rel->tuples * cpu_operator_cost * relation->settings->tenant->dialect->RowWork();
	relation->work = indexed ? Min(all, LookupCost() + looked_at * FoundCost()) : all;
	RemoteEstimate estimate;
	if (AskRemotely(root, relation, &estimate))
	{
		// What stays local leaves fewer.
		double share = relation->rows > 0 ? Min(rel->rows / relation->rows, 1) : 1;
		relation->rows = clamp_row_est(estimate.rows);
		rel->rows = clamp_row_est(estimate.rows * share);
		relation->work = estimate.examined * cpu_operator_cost;
	}
}

namespace
{

// Whether an index of a relation's tables finds the rows that an equality of the join asks for.
bool HasIndexFor(PlannerInfo *root, const RemoteRelation *side, List *on)
{
	ListCell *cell;
	foreach (cell, on)
	{
		const OpExpr *clause = static_cast<OpExpr *>(lfirst(cell));
		if (!IsA(clause, OpExpr) || list_length(clause->args) != 2 || get_mergejoin_opfamilies(clause->opno) == NIL)
			continue;
		for (int i = 0; i < 2; ++i)
		{
			Node *mine = static_cast<Node *>(list_nth(clause->args, i));
			Node *other = static_cast<Node *>(list_nth(clause->args, 1 - i));
			const ColumnReference *column = ColumnOf(root, reinterpret_cast<Expr *>(mine));
			const ColumnReference *against = ColumnOf(root, reinterpret_cast<Expr *>(other));
			if (column != nullptr && against != nullptr && column->facts != nullptr && against->facts != nullptr &&
				bms_is_subset(VarnosOf(mine), side->relids) && !bms_overlap(VarnosOf(other), side->relids) &&
				side->settings->tenant->dialect->JoinsByIndex(*column, *against) &&
				IsIndexed(root, reinterpret_cast<Expr *>(mine)))
				return true;
		}
	}
	return false;
}

} // namespace

namespace
{

bool HasEquality(List *on)
{
	ListCell *cell;
	foreach (cell, on)
		if (IsA(lfirst(cell), OpExpr) && op_hashjoinable(lfirst_node(OpExpr, cell)->opno, InvalidOid))
			return true;
	return false;
}

} // namespace

void EstimateJoin(PlannerInfo *root, RelOptInfo *joinrel, RemoteRelation *join, const RemoteRelation *outer,
				  const RemoteRelation *inner, List *on)
{
	join->rows = joinrel->rows;
	Cost pairs = outer->rows * inner->rows * cpu_operator_cost;
	if (join->settings->tenant->dialect->Hashes() && HasEquality(on))
		pairs = (outer->rows + inner->rows) * cpu_operator_cost * join->settings->tenant->dialect->RowWork();
	Cost best = outer->work + inner->work + pairs;
	bool inner_indexed = HasIndexFor(root, inner, on);
	bool outer_indexed = join->join_type == JOIN_INNER && join->inner != nullptr && HasIndexFor(root, outer, on);
	join->by_index = inner_indexed || outer_indexed;
	if (inner_indexed)
		best = Min(best, outer->work + outer->rows * LookupCost() + joinrel->rows * FoundCost());
	if (outer_indexed)
		best = Min(best, inner->work + inner->rows * LookupCost() + joinrel->rows * FoundCost());
	join->work = best;
	RemoteEstimate estimate;
	if (AskRemotely(root, join, &estimate))
	{
		join->rows = clamp_row_est(estimate.rows);
		if (join->local == NIL)
			joinrel->rows = join->rows;
		join->work = estimate.examined * cpu_operator_cost;
	}
}

} // namespace fabric::fdw
