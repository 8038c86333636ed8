// EXPLAIN of a foreign scan: the remote statement, what stayed local and why, and what it took.
#include "pg/compat.hpp"

#include "fdw/shared/scan.hpp"

extern "C"
{
#include <utils/ruleutils.h>
}

namespace fabric::fdw
{

namespace
{

// Whether a node of the plan above the scan does locally what a note is about.
bool DoesLocally(const Plan *plan, const char *what)
{
	switch (nodeTag(plan))
	{
		case T_NestLoop:
		case T_MergeJoin:
		case T_HashJoin:
		case T_CustomScan:
			return strcmp(what, "join") == 0;
		case T_Agg:
		case T_Group:
		case T_Unique:
			return strcmp(what, "aggregate") == 0 || strcmp(what, "DISTINCT") == 0;
		case T_Sort:
		case T_IncrementalSort:
			return strcmp(what, "ORDER BY") == 0;
		case T_WindowAgg:
			return strcmp(what, "window functions") == 0;
		case T_Limit:
			return strcmp(what, "LIMIT") == 0;
		case T_Append:
		case T_MergeAppend:
			return strcmp(what, "UNION") == 0;
		case T_SetOp:
			return strcmp(what, "INTERSECT") == 0 || strcmp(what, "EXCEPT") == 0;
		default:
			return false;
	}
}

// The nodes above a scan in the tree below `plan` (List of Plan*), the nearest first; false when it is not there.
bool FindAbove(Plan *plan, const Plan *scan, List **above)
{
	check_stack_depth();
	if (plan == nullptr)
		return false;
	if (plan == scan)
		return true;
	bool found = FindAbove(plan->lefttree, scan, above) || FindAbove(plan->righttree, scan, above);
	List *children = IsA(plan, Append)		   ? reinterpret_cast<Append *>(plan)->appendplans
					 : IsA(plan, MergeAppend)  ? reinterpret_cast<MergeAppend *>(plan)->mergeplans
					 : IsA(plan, CustomScan)   ? reinterpret_cast<CustomScan *>(plan)->custom_plans
					 : IsA(plan, SubqueryScan) ? list_make1(reinterpret_cast<SubqueryScan *>(plan)->subplan)
											   : NIL;
	ListCell *cell;
	foreach (cell, children)
		found = found || FindAbove(static_cast<Plan *>(lfirst(cell)), scan, above);
	if (found)
		*above = lappend(*above, plan);
	return found;
}

List *NodesAbove(const PlannedStmt *statement, const Plan *scan)
{
	List *above = NIL;
	if (statement == nullptr || FindAbove(statement->planTree, scan, &above))
		return above;
	ListCell *cell;
	foreach (cell, statement->subplans)
		if (FindAbove(static_cast<Plan *>(lfirst(cell)), scan, &above))
			break;
	return above;
}

// Joins, aggregates, sorts and limits that are done above the scan, and why.
void CollectNotes(const ForeignScan *plan, const ExplainState *es, List **what, List **reasons)
{
	List *notes = static_cast<List *>(list_nth(plan->fdw_private, kPlanNotes));
	if (notes == NIL)
		return;
	List *above = NodesAbove(es->pstmt, reinterpret_cast<const Plan *>(plan));
	for (int i = 0; i + 2 < list_length(notes); i += 3)
	{
		const char *kind = strVal(list_nth(notes, i));
		bool local = false;
		ListCell *cell;
		foreach (cell, above)
			local = local || DoesLocally(static_cast<Plan *>(lfirst(cell)), kind);
		if (!local)
			continue;
		*what = lappend(*what, psprintf("%s of %s", kind, strVal(list_nth(notes, i + 1))));
		*reasons = lappend(*reasons, list_nth(notes, i + 2));
	}
}

void ExplainKeptLocal(ForeignScanState *node, ExplainState *es)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	List *reasons = static_cast<List *>(list_nth(plan->fdw_private, kPlanReasons));
	List *context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, NIL);
	List *kept = NIL;
	List *texts = NIL;
	ListCell *cell;
	foreach (cell, reasons)
	{
		Node *condition = static_cast<Node *>(list_nth(plan->scan.plan.qual, foreach_current_index(cell)));
		kept = lappend(kept, deparse_expression(condition, context, es->verbose, false));
		texts = lappend(texts, lfirst(cell));
	}
	CollectNotes(plan, es, &kept, &texts);
	ExplainReasons(kept, texts, es);
}

} // namespace

void ExplainReasons(List *kept, List *texts, ExplainState *es)
{
	ListCell *cell;
	if (kept == NIL)
		return;
	if (es->format != EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyList("Kept Local", kept, es);
		List *reasons = NIL;
		foreach (cell, texts)
			reasons = lappend(reasons, strVal(lfirst(cell)));
		ExplainPropertyList("Kept Local Reasons", reasons, es);
		return;
	}
	foreach (cell, kept)
		ExplainPropertyText("Kept local",
							psprintf("%s -- %s", static_cast<char *>(lfirst(cell)),
									 strVal(list_nth(texts, foreach_current_index(cell)))),
							es);
}

namespace
{

// What the statement's $1, $2, ... stand for: expressions computed here and sent as values.
void ExplainParameters(ForeignScanState *node, ExplainState *es)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	if (plan->fdw_exprs == NIL)
		return;
	List *context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, NIL);
	List *lines = NIL;
	bool explained = true; // $1 is $1, $2 is $2: nothing to say
	ListCell *cell;
	foreach (cell, plan->fdw_exprs)
	{
		const Param *param = static_cast<Param *>(lfirst(cell));
		explained = explained && IsA(param, Param) && param->paramkind == PARAM_EXTERN &&
					param->paramid == foreach_current_index(cell) + 1;
		char *text = deparse_expression(static_cast<Node *>(lfirst(cell)), context, es->verbose, false);
		lines = lappend(lines, psprintf("$%d = %s", foreach_current_index(cell) + 1, text));
	}
	if (!explained)
		ExplainPropertyList("Remote Parameters", lines, es);
}

} // namespace

void ExplainFigures(const ScanState &figures, ExplainState *es)
{
	ExplainPropertyUInteger("Remote Statements", nullptr, figures.statements, es);
	if (!figures.has_usage)
		ExplainPropertyUInteger("Remote Round Trips", nullptr, figures.round_trips, es);
	ExplainPropertyUInteger("Remote Rows", nullptr, figures.rows, es);
	if (!figures.has_usage)
		ExplainPropertyUInteger("Remote Bytes", nullptr, figures.bytes, es);
	if (figures.has_usage)
	{
		ExplainPropertyUInteger("Files", nullptr, figures.usage.files, es);
		ExplainPropertyUInteger("Bytes of Files", nullptr, figures.usage.bytes, es);
		if (figures.usage.row_groups > 0)
		{
			ExplainPropertyUInteger("Row Groups Read", nullptr, figures.usage.row_groups_read, es);
			ExplainPropertyUInteger("Row Groups Skipped", nullptr,
									figures.usage.row_groups - figures.usage.row_groups_read, es);
		}
		ExplainPropertyUInteger("Threads", nullptr, figures.usage.threads, es);
	}
	if (es->timing)
		ExplainPropertyFloat("Remote Wait", "ms", INSTR_TIME_GET_MILLISEC(figures.waited), 3, es);
}

void ExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	List *relations = static_cast<List *>(list_nth(plan->fdw_private, kPlanRelations));
	if (relations != NIL)
		ExplainPropertyText("Relations", strVal(linitial(relations)), es);
	if (es->verbose)
	{
		ExplainPropertyText("Remote SQL", RemoteSqlForPeople(plan), es);
		ExplainParameters(node, es);
		ExplainKeptLocal(node, es);
	}
	if (!es->analyze || node->fdw_state == nullptr)
		return;
	ScanState figures = *static_cast<ScanState *>(node->fdw_state);
	if (figures.went_home)
	{
		ExplainPropertyText("Executed Locally", "a value that was to be sent has no remote form", es);
		outerPlanState(node) = figures.home;
	}
	if (figures.stream != nullptr)
		AddFigures(&figures, figures.stream);
	ExplainFigures(figures, es);
}

} // namespace fabric::fdw
