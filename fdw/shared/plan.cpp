// Planning of a scan of one foreign table: what is shipped, what stays, what it may cost.
//
// Lifecycle: everything hangs on the planner's memory context. GetForeignRelSize translates each condition once; the result
// waits in rel->fdw_private.
#include "pg/compat.hpp"
#include "pg/encoding.hpp"

#include "fdw/shared/plan.hpp"
#include "fdw/shared/ranges.hpp"

extern "C"
{
#include <access/table.h>
#include <mb/pg_wchar.h>
#include <nodes/makefuncs.h>
#include <optimizer/cost.h>
#include <optimizer/optimizer.h>
#include <optimizer/planmain.h>
#include <optimizer/restrictinfo.h>
#include <parser/parsetree.h>
}

namespace fabric::fdw
{

namespace
{

// A condition of the query and what became of it.
struct Condition
{
	Expr *clause;
	const char *sql;	// shipped; nullptr when it stays
	const char *wider;	// of one that stays: shipped to fetch less; nullptr when there is none
	const char *reason; // why it stays
};

// What planning knows of a foreign table; rel->fdw_private.
struct PlannedRelation
{
	ServerSettings *settings;
	RelationInfo *info;
	Translator translator;
	List *conditions; // of Condition*
	double rows;
	Cost startup_cost;
	Cost total_cost;
};

// Figures of a remote scan, in the planner's units, where one is the time to read a page in sequence: a round trip, the
// transfer of a row.
constexpr Cost kRoundTripCost = 25.0;
constexpr Cost kTransferCostPerRow = 0.01;
constexpr double kRowsWithoutEstimate = 1000;

Oid UserOf(PlannerInfo *root, RelOptInfo *rel)
{
	Oid user = pg::compat::CheckAsUser(root, rel);
	return OidIsValid(user) ? user : GetUserId();
}

const Condition *FindCondition(const PlannedRelation *planned, const Expr *clause)
{
	ListCell *cell;
	foreach (cell, planned->conditions)
	{
		const Condition *condition = static_cast<Condition *>(lfirst(cell));
		if (condition->clause == clause)
			return condition;
	}
	return nullptr;
}

Condition *Translate(PlannedRelation *planned, RelOptInfo *rel, RestrictInfo *restriction)
{
	Condition *condition = static_cast<Condition *>(palloc0(sizeof(Condition)));
	condition->clause = restriction->clause;
	StringInfoData sql;
	initStringInfo(&sql);
	if (!restriction_is_securely_promotable(restriction, rel))
		condition->reason = "it must not see rows before a row security policy or a security barrier has passed them";
	else if (planned->translator.Condition(restriction->clause, &sql))
		condition->sql = sql.data;
	else
	{
		condition->reason = planned->translator.reason;
		if (planned->translator.WiderCondition(restriction->clause, &sql))
		{
			condition->wider = sql.data;
			condition->reason = psprintf("%s; a wider condition is shipped beside it", condition->reason);
		}
	}
	planned->conditions = lappend(planned->conditions, condition);
	return condition;
}

// Puts before the first shipped condition over each text column what the remote index can use of all of them.
void AddRangesForIndex(PlannedRelation *planned)
{
	struct Range
	{
		Condition *first;
		TextLimits limits;
	};
	const Translator &translator = planned->translator;
	Range *ranges = static_cast<Range *>(palloc0(sizeof(Range) * Max(translator.ncolumns, 1)));
	ListCell *cell;
	foreach (cell, planned->conditions)
	{
		Condition *condition = static_cast<Condition *>(lfirst(cell));
		TextLimits limits;
		AttrNumber column = condition->sql != nullptr ? ReadTextLimit(translator, condition->clause, &limits) : 0;
		if (column == 0)
			continue;
		Range &range = ranges[column - 1];
		if (range.first == nullptr)
			range.first = condition;
		Narrow(&range.limits, limits);
	}
	for (int i = 0; i < translator.ncolumns; ++i)
	{
		StringInfoData sql;
		if (ranges[i].first == nullptr)
			continue;
		initStringInfo(&sql);
		if (AppendRangeForIndex(translator, static_cast<AttrNumber>(i + 1), ranges[i].limits, &sql))
			ranges[i].first->sql = psprintf("(%s AND %s)", sql.data, ranges[i].first->sql);
	}
}

// Translates the relation's own conditions; returns those that are shipped.
List *TranslateAll(PlannedRelation *planned, RelOptInfo *rel)
{
	List *shipped = NIL;
	ListCell *cell;
	foreach (cell, rel->baserestrictinfo)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		if (Translate(planned, rel, restriction)->sql != nullptr)
			shipped = lappend(shipped, restriction);
	}
	AddRangesForIndex(planned);
	return shipped;
}

void EstimateSize(PlannerInfo *root, RelOptInfo *rel, PlannedRelation *planned, List *shipped)
{
	double tuples = planned->info->rows >= 0 ? static_cast<double>(planned->info->rows)
					: rel->tuples > 0		 ? rel->tuples
											 : kRowsWithoutEstimate;
	rel->tuples = Max(tuples, 1.0);
	rel->pages = planned->info->bytes > 0 ? static_cast<BlockNumber>(planned->info->bytes / BLCKSZ) : 10;
	set_baserel_size_estimates(root, rel);
	Selectivity selectivity = clauselist_selectivity(root, shipped, static_cast<int>(rel->relid), JOIN_INNER, nullptr);
	double fetched = clamp_row_est(rel->tuples * selectivity);
	QualCost local;
	cost_qual_eval(&local, rel->baserestrictinfo, root);
	planned->rows = rel->rows;
	planned->startup_cost = kRoundTripCost + local.startup;
	planned->total_cost = planned->startup_cost + rel->tuples * cpu_operator_cost +
						  fetched * (kTransferCostPerRow + cpu_tuple_cost + local.per_tuple);
}

} // namespace

void GetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid foreign_table)
{
	PlannedRelation *planned = static_cast<PlannedRelation *>(palloc0(sizeof(PlannedRelation)));
	rel->fdw_private = planned;
	Oid user = UserOf(root, rel);
	planned->settings = LoadServerSettings(GetForeignTable(foreign_table)->serverid);
	Relation relation = table_open(foreign_table, NoLock);
	List *siblings = TablesOfServer(root->parse->rtable, planned->settings->server->serverid);
	planned->info = LoadRelation(*planned->settings, relation, user, siblings);
	table_close(relation, NoLock);

	planned->translator.dialect = planned->settings->tenant->dialect;
	planned->translator.rules = LoadPushRules(*planned->settings);
	planned->translator.root = root;
	planned->translator.relid = rel->relid;
	planned->translator.ncolumns = planned->info->ncolumns;
	planned->translator.columns = planned->info->columns;

	List *shipped = TranslateAll(planned, rel);
	if (planned->translator.raises)
	{
		// The conditions before the one that may raise were written without knowing of it.
		planned->translator.params = NIL;
		planned->conditions = NIL;
		shipped = TranslateAll(planned, rel);
	}
	EstimateSize(root, rel, planned, shipped);
}

void GetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid)
{
	const PlannedRelation *planned = static_cast<PlannedRelation *>(rel->fdw_private);
	add_path(rel, reinterpret_cast<Path *>(pg::compat::CreateForeignScanPath(
					  root, rel, planned->rows, planned->startup_cost, planned->total_cost, rel->lateral_relids, NIL)));
}

namespace
{

// Attribute numbers and fetch texts of `attrs`, whose members are as pull_varattnos makes them.
void FetchLists(const PlannedRelation *planned, const Bitmapset *attrs, const Bitmapset *without, List **numbers,
				List **texts)
{
	const Dialect &dialect = *planned->settings->tenant->dialect;
	bool whole_row = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, attrs);
	for (int i = 0; i < planned->info->ncolumns; ++i)
	{
		int member = i + 1 - FirstLowInvalidHeapAttributeNumber;
		const TranslatableColumn &column = planned->info->columns[i];
		if (column.name == nullptr || !(whole_row || bms_is_member(member, attrs)) || bms_is_member(member, without))
			continue;
		StringInfoData text;
		initStringInfo(&text);
		dialect.AppendFetch(&text, column.reference.facts, column.name, column.reference.type);
		*numbers = lappend_int(*numbers, i + 1);
		*texts = lappend(*texts, makeString(text.data));
	}
}

} // namespace

ForeignScan *GetForeignPlan(PlannerInfo *, RelOptInfo *rel, Oid, ForeignPath *, List *targets, List *scan_clauses,
							Plan *outer_plan)
{
	PlannedRelation *planned = static_cast<PlannedRelation *>(rel->fdw_private);
	List *conditions = NIL;
	List *recheck = NIL;
	List *local = NIL;
	List *reasons = NIL;
	ListCell *cell;
	foreach (cell, scan_clauses)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		if (restriction->pseudoconstant)
			continue; // a gating Result node sees to it
		const Condition *condition = FindCondition(planned, restriction->clause);
		if (condition == nullptr)
			condition = Translate(planned, rel, restriction);
		if (condition->sql != nullptr)
		{
			conditions = lappend(conditions, makeString(pstrdup(condition->sql)));
			recheck = lappend(recheck, restriction->clause);
		}
		else
		{
			local = lappend(local, restriction->clause);
			if (condition->wider != nullptr)
			{
				conditions = lappend(conditions, makeString(pstrdup(condition->wider)));
				recheck = lappend(recheck, restriction->clause);
			}
			reasons = lappend(reasons, makeString(pstrdup(condition->reason)));
		}
	}

	// Only what the query reads is fetched (the target list may name every column all the same); what shipped conditions read as well is noted apart, for a condition that has to
	// come home because a parameter's value cannot be sent.
	Bitmapset *needed = nullptr;
	Bitmapset *spare = nullptr;
	pull_varattnos(reinterpret_cast<Node *>(rel->reltarget->exprs), rel->relid, &needed);
	pull_varattnos(reinterpret_cast<Node *>(local), rel->relid, &needed);
	pull_varattnos(reinterpret_cast<Node *>(recheck), rel->relid, &spare);
	List *fetched_attrs = NIL;
	List *fetched_texts = NIL;
	List *spare_attrs = NIL;
	List *spare_texts = NIL;
	FetchLists(planned, needed, nullptr, &fetched_attrs, &fetched_texts);
	FetchLists(planned, spare, needed, &spare_attrs, &spare_texts);

	const Dialect &dialect = *planned->settings->tenant->dialect;
	StringInfoData from;
	initStringInfo(&from);
	AppendRemoteTable(dialect, planned->info->schema, planned->info->table, &from);

	List *items[kPlanItems] = {};
	List *result = NIL;
	items[kPlanFrom] = list_make1(makeString(from.data));
	items[kPlanConditions] = conditions;
	items[kPlanReasons] = reasons;
	items[kPlanFetchedAttrs] = fetched_attrs;
	items[kPlanFetchedTexts] = fetched_texts;
	items[kPlanSpareAttrs] = spare_attrs;
	items[kPlanSpareTexts] = spare_texts;
	items[kPlanOffline] = planned->info->from_options ? list_make1_int(1) : NIL;
	for (List *item : items)
		result = lappend(result, item);
	return make_foreignscan(targets, local, rel->relid, planned->translator.params, result, NIL, recheck, outer_plan);
}

void AppendSelect(StringInfo out, List *texts, List *more_texts, const char *from)
{
	appendStringInfoString(out, "SELECT ");
	bool first = true;
	for (List *list : {texts, more_texts})
	{
		ListCell *cell;
		foreach (cell, list)
		{
			appendStringInfo(out, "%s%s", first ? "" : ", ", strVal(lfirst(cell)));
			first = false;
		}
	}
	appendStringInfo(out, "%s FROM %s", first ? "NULL" : "", from);
}

void AppendRemoteTable(const Dialect &dialect, const char *schema, const char *table, StringInfo out)
{
	dialect.AppendIdentifier(out, pg::ToUtf8(schema));
	appendStringInfoChar(out, '.');
	dialect.AppendIdentifier(out, pg::ToUtf8(table));
}

char *RemoteSqlForPeople(const ForeignScan *plan)
{
	StringInfoData sql;
	initStringInfo(&sql);
	List *items = plan->fdw_private;
	AppendSelect(&sql, static_cast<List *>(list_nth(items, kPlanFetchedTexts)), NIL,
				 strVal(linitial(static_cast<List *>(list_nth(items, kPlanFrom)))));
	ListCell *cell;
	bool first = true;
	foreach (cell, static_cast<List *>(list_nth(items, kPlanConditions)))
	{
		appendStringInfo(&sql, "%s%s", first ? " WHERE " : " AND ", strVal(lfirst(cell)));
		first = false;
	}
	return ShowMarkers(sql.data);
}

} // namespace fabric::fdw
