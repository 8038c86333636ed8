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

void ExplainKeptLocal(ForeignScanState *node, ExplainState *es)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	List *reasons = static_cast<List *>(list_nth(plan->fdw_private, kPlanReasons));
	if (reasons == NIL)
		return;
	List *context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, NIL);
	List *conditions = NIL;
	List *texts = NIL;
	ListCell *cell;
	foreach (cell, reasons)
	{
		Node *condition = static_cast<Node *>(list_nth(plan->scan.plan.qual, foreach_current_index(cell)));
		char *text = deparse_expression(condition, context, es->verbose, false);
		conditions = lappend(conditions, text);
		texts = lappend(texts, strVal(lfirst(cell)));
		if (es->format == EXPLAIN_FORMAT_TEXT)
			ExplainPropertyText("Kept local", psprintf("%s -- %s", text, strVal(lfirst(cell))), es);
	}
	if (es->format == EXPLAIN_FORMAT_TEXT)
		return;
	ExplainPropertyList("Kept Local", conditions, es);
	ExplainPropertyList("Kept Local Reasons", texts, es);
}

} // namespace

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

void ExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	if (es->verbose)
	{
		ExplainPropertyText("Remote SQL", RemoteSqlForPeople(plan), es);
		ExplainParameters(node, es);
		ExplainKeptLocal(node, es);
	}
	if (!es->analyze || node->fdw_state == nullptr)
		return;
	ScanState figures = *static_cast<ScanState *>(node->fdw_state);
	if (figures.stream != nullptr)
		AddFigures(&figures, figures.stream);
	ExplainPropertyUInteger("Remote Statements", nullptr, figures.statements, es);
	ExplainPropertyUInteger("Remote Round Trips", nullptr, figures.round_trips, es);
	ExplainPropertyUInteger("Remote Rows", nullptr, figures.rows, es);
	ExplainPropertyUInteger("Remote Bytes", nullptr, figures.bytes, es);
	if (es->timing)
		ExplainPropertyFloat("Remote Wait", "ms", INSTR_TIME_GET_MILLISEC(figures.waited), 3, es);
}

} // namespace fabric::fdw
