// What comes above scans and joins: GROUP BY and aggregates, DISTINCT, ORDER BY, LIMIT. See relation.hpp.
//
// Groups give their keys and aggregates; what is made of these is computed here. LIMIT is shipped only when every condition and
// the order are (R22).
#include "pg/compat.hpp"

#include "fdw/shared/aggregates.hpp"
#include "fdw/shared/faces.hpp"
#include "fdw/shared/order.hpp"
#include "fdw/shared/setops.hpp"
#include "fdw/shared/statement.hpp"

extern "C"
{
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/clauses.h>
#include <optimizer/cost.h>
#include <optimizer/optimizer.h>
#include <optimizer/pathnode.h>
#include <optimizer/paths.h>
#include <optimizer/tlist.h>
#include <utils/selfuncs.h>
}

namespace fabric::fdw
{

int64 CountOf(const Node *node)
{
	const Const *constant = reinterpret_cast<const Const *>(node);
	if (node == nullptr || !IsA(node, Const) || constant->constisnull)
		return -1;
	return DatumGetInt64(constant->constvalue);
}

bool IsComplete(const RemoteRelation *relation, const char **reason)
{
	if (relation->rules->off)
		*reason = "pushdown is off for this server";
	else if (relation->local != NIL)
		*reason = psprintf("a condition below it stays local: %s",
						   static_cast<Condition *>(linitial(relation->local))->reason);
	return *reason == nullptr;
}

bool NodeAllowedFor(const RemoteRelation *relation, const char *node, const char **reason)
{
	Translator translator{};
	translator.rules = relation->rules;
	if (NodeAllowed(&translator, node))
		return true;
	*reason = translator.reason;
	return false;
}

namespace
{

// Collects the keys and aggregates that an expression is made of, other than those already found.
struct Parts
{
	List *keys;
	List *found;
	bool strange; // a column that no key covers
};

bool CollectParts(Node *node, void *context)
{
	Parts *parts = static_cast<Parts *>(context);
	if (node == nullptr || parts->strange)
		return false;
	if (list_member(parts->keys, node))
		return false;
	if (IsA(node, Aggref))
	{
		parts->found = list_append_unique(parts->found, node);
		return false;
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) || IsA(node, GroupingFunc))
	{
		parts->strange = true;
		return false;
	}
	return pg::compat::WalkExpressionTree(node, CollectParts, context);
}

RemoteRelation *GroupsOver(const RemoteRelation *input)
{
	RemoteRelation *groups = static_cast<RemoteRelation *>(palloc0(sizeof(RemoteRelation)));
	*groups = *input;
	groups->info = nullptr;
	groups->grouped = input;
	return groups;
}

// Tries everything that groups give. False with the reason when something has no exact remote form.
bool CheckGroups(PlannerInfo *root, RemoteRelation *groups, const char **reason)
{
	Translator translator = MakeTranslator(root, groups);
	List *texts = NIL;
	FetchKind kind;
	StringInfoData text;
	initStringInfo(&text);
	ListCell *cell;
	bool exact = true;
	foreach (cell, groups->keys)
	{
		Operand operand{};
		exact = exact && WriteGroupKey(&translator, static_cast<Expr *>(lfirst(cell)), &text, &operand);
	}
	foreach (cell, groups->shipped)
		exact = exact && WriteFetch(&translator, static_cast<Expr *>(lfirst(cell)), &texts, &kind);
	groups->may_need_home = groups->may_need_home || MayNeedHome(translator);
	*reason = translator.reason;
	return exact;
}

// HAVING: what is exact is shipped, the rest is made of keys and aggregates here.
bool SplitHaving(PlannerInfo *root, RemoteRelation *groups, List *having, Parts *parts)
{
	Translator translator = MakeTranslator(root, groups);
	ListCell *cell;
	foreach (cell, having)
	{
		Expr *clause = static_cast<Expr *>(lfirst(cell));
		StringInfoData text;
		initStringInfo(&text);
		if (translator.Condition(clause, &text) && KeysAreKnownInHaving(&translator, groups->keys, clause))
		{
			if (!Mutated("having_dropped"))
				groups->having = lappend(groups->having, clause);
			continue;
		}
		Condition *condition = static_cast<Condition *>(palloc0(sizeof(Condition)));
		condition->clause = clause;
		condition->reason = translator.reason;
		groups->local = lappend(groups->local, condition);
		CollectParts(reinterpret_cast<Node *>(clause), parts);
	}
	groups->may_need_home = groups->may_need_home || MayNeedHome(translator);
	return !parts->strange;
}

// Adds the path of a query over groups or above. False when a way out is needed and there is none.
bool AddUpperPath(PlannerInfo *root, RelOptInfo *rel, PathTarget *target, RemoteQuery *query, double rows,
				  List *pathkeys, Cost before, Cost along)
{
	const RemoteRelation *source = query->source;
	Path *local = source->may_need_home ? LocalPath(rel) : nullptr;
	if (source->may_need_home && local == nullptr)
		return false;
	QualCost cost_of_local;
	cost_qual_eval(&cost_of_local, LocalClauses(source), root);
	cost_of_local.startup += target->cost.startup;
	cost_of_local.per_tuple += target->cost.per_tuple;
	QueryCost cost = CostOf(*source->settings, rows, target->width, before, along, cost_of_local);
	if (source->arms != NIL)
	{
		AddSetPath(root, rel, target, query, rows, cost);
		return true;
	}
	if (source->faces != NIL)
	{
		if (source->may_need_home)
			return false;
		AddFacedPath(root, rel, target, WithFaces(target, source), query, rows, cost);
		return true;
	}
	add_path(rel, reinterpret_cast<Path *>(pg::compat::CreateForeignUpperPath(
					  root, rel, target, rows, cost.startup, cost.total, pathkeys, local, list_make1(query))));
	return true;
}

// What the whole query gives. Of a set operation the planner keeps it nowhere else.
PathTarget *FinalTarget(PlannerInfo *root, const RelOptInfo *input_rel)
{
	return root->parse->setOperations != nullptr ? static_cast<Path *>(linitial(input_rel->pathlist))->pathtarget
												 : root->upper_targets[UPPERREL_FINAL];
}

// The groups that a stage asks for, with their keys and what the target is made of.
bool Group(PlannerInfo *root, const RemoteRelation *input, List *keys, PathTarget *target, List *having,
		   RemoteRelation **made, const char **reason)
{
	RemoteRelation *groups = GroupsOver(input);
	groups->keys = keys;
	Parts parts{keys, NIL, false};
	CollectParts(reinterpret_cast<Node *>(target->exprs), &parts);
	bool known = !parts.strange && SplitHaving(root, groups, having, &parts);
	if (!known)
	{
		*reason = "it gives a column that is no key";
		return false;
	}
	groups->shipped = list_concat(list_copy(keys), parts.found);
	*made = groups;
	return CheckGroups(root, groups, reason);
}

bool IsTheSameForAll(Node *node)
{
	return !contain_var_clause(node) && !contain_volatile_functions(node) && !contain_agg_clause(node) &&
		   !contain_subplans(node) && !expression_returns_set(node);
}

// The expressions of GROUP BY as a target has them, without those that are the same for all rows, unless all are; false when one
// is not there.
bool KeysOf(List *clauses, const PathTarget *target, List **keys)
{
	ListCell *cell;
	foreach (cell, clauses)
	{
		const SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		bool found = false;
		ListCell *expr;
		foreach (expr, target->exprs)
		{
			if (get_pathtarget_sortgroupref(target, foreach_current_index(expr)) != clause->tleSortGroupRef)
				continue;
			*keys = list_append_unique(*keys, lfirst(expr));
			found = true;
			break;
		}
		if (!found)
			return false;
	}
	List *telling = NIL;
	ListCell *key;
	foreach (key, *keys)
		if (!IsTheSameForAll(static_cast<Node *>(lfirst(key))))
			telling = lappend(telling, lfirst(key));
	*keys = telling != NIL ? telling : *keys;
	return true;
}

// `partial`: of a partition, whose groups are put together with those of others.
void AddGroupingPaths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *grouped_rel, GroupPathExtraData *extra,
					  bool partial)
{
	const RemoteRelation *input = RelationOf(input_rel);
	Query *parse = root->parse;
	const char *reason = nullptr;
	RemoteRelation *groups = nullptr;
	bool open = IsComplete(input, &reason) && NodeAllowedFor(input, "GROUP BY", &reason);
	if (open && parse->groupingSets != NIL)
		reason = "GROUPING SETS are computed here";
	else if (open)
	{
		List *keys = NIL;
		if (!KeysOf(parse->groupClause, grouped_rel->reltarget, &keys))
			reason = "it does not give its keys";
		else if (Group(root, input, keys, grouped_rel->reltarget,
					   partial ? NIL : reinterpret_cast<List *>(extra->havingQual), &groups, &reason))
			reason = nullptr;
		else
			groups = nullptr;
	}
	if (groups == nullptr)
	{
		Note(input, "aggregate", input->relids, reason);
		return;
	}
	double number = groups->keys == NIL ? 1 : estimate_num_groups(root, groups->keys, input->rows, nullptr, nullptr);
	groups->work = input->work + GroupWork(root, groups, number);
	groups->rows = clamp_row_est(number * (groups->having != NIL ? 0.33 : 1));
	double rows = clamp_row_est(groups->rows * (groups->local != NIL ? 0.33 : 1));
	if (!AddUpperPath(root, grouped_rel, grouped_rel->reltarget, MakeQuery(groups), rows, NIL,
					  groups->work - kPreferred, 0))
	{
		Note(input, "aggregate", input->relids, "a value that is sent may have no remote form");
		return;
	}
	grouped_rel->fdw_private = groups;
}

void AddDistinctPaths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *distinct_rel)
{
	const RemoteRelation *input = RelationOf(input_rel);
	PathTarget *target = input_rel->reltarget;
	const char *reason = nullptr;
	RemoteRelation *groups = nullptr;
	bool open = IsComplete(input, &reason) && NodeAllowedFor(input, "DISTINCT", &reason);
	if (open && input->grouped != nullptr)
		reason = "rows are grouped below it already";
	else if (open && root->parse->hasDistinctOn)
		reason = "DISTINCT ON takes the first rows here";
	else if (open && (root->parse->hasWindowFuncs || root->parse->hasTargetSRFs))
		reason = "it is of what is computed here";
	else if (open)
	{
		List *keys = NIL;
		ListCell *cell;
		// What is the same for all rows tells none apart.
		foreach (cell, target->exprs)
			if (!IsA(lfirst(cell), Const) && !IsA(lfirst(cell), Param))
				keys = list_append_unique(keys, lfirst(cell));
		if (keys == NIL)
			reason = "it is of values that are the same for all rows";
		else if (Group(root, input, keys, target, NIL, &groups, &reason))
			reason = nullptr;
		else
			groups = nullptr;
	}
	if (groups == nullptr)
	{
		Note(input, "DISTINCT", input->relids, reason);
		return;
	}
	groups->rows = estimate_num_groups(root, groups->keys, input->rows, nullptr, nullptr);
	groups->work = input->work + GroupWork(root, groups, groups->rows);
	if (!AddUpperPath(root, distinct_rel, target, MakeQuery(groups), groups->rows, NIL, groups->work - kPreferred, 0))
	{
		Note(input, "DISTINCT", input->relids, "a value that is sent may have no remote form");
		return;
	}
	distinct_rel->fdw_private = groups;
}

// Collects the columns and window functions that an expression is made of.
bool CollectWindowParts(Node *node, void *context)
{
	List **parts = static_cast<List **>(context);
	if (node == nullptr)
		return false;
	if (IsA(node, WindowFunc) || IsA(node, Var) || IsA(node, PlaceHolderVar))
	{
		*parts = list_append_unique(*parts, node);
		return false;
	}
	return pg::compat::WalkExpressionTree(node, CollectWindowParts, context);
}

void AddWindowPaths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *window_rel)
{
	const RemoteRelation *input = RelationOf(input_rel);
	PathTarget *target = root->upper_targets[UPPERREL_WINDOW];
	const char *reason = nullptr;
	bool open = IsComplete(input, &reason) && NodeAllowedFor(input, "WINDOW", &reason);
	if (open && !input->settings->tenant->dialect->HasWindows(ServerVersionOf(input)))
		reason = "the remote server may not have them";
	else if (open && input->grouped != nullptr)
		reason = "they are over groups";
	else if (open && root->parse->hasTargetSRFs)
		reason = "a function in the target list makes more rows";
	RemoteRelation *windows = static_cast<RemoteRelation *>(palloc0(sizeof(RemoteRelation)));
	*windows = *input;
	windows->info = nullptr;
	windows->windowed = input;
	windows->shipped = NIL;
	CollectWindowParts(reinterpret_cast<Node *>(target->exprs), &windows->shipped);
	Translator translator = MakeTranslator(root, windows);
	List *texts = NIL;
	FetchKind kind;
	ListCell *cell;
	if (reason == nullptr && pg::compat::HasRunCondition(root->parse, windows->shipped))
		reason = "a condition ends them early here";
	foreach (cell, windows->shipped)
		if (reason == nullptr && !WriteFetch(&translator, static_cast<Expr *>(lfirst(cell)), &texts, &kind))
			reason = translator.reason;
	windows->may_need_home = windows->may_need_home || MayNeedHome(translator);
	if (!pg::compat::kNamesWindowFunctionsAnywhere)
		windows->faces = FacesOf(windows->shipped);
	windows->work = input->work + OrderWork(input->rows);
	if (reason == nullptr &&
		!AddUpperPath(root, window_rel, target, MakeQuery(windows), input->rows, NIL, windows->work - kPreferred, 0))
		reason = "a value that is sent may have no remote form";
	if (reason != nullptr)
		Note(input, "window functions", input->relids, reason);
	else
		window_rel->fdw_private = windows;
}

// ORDER BY over groups. Of tables and joins the paths in order are there already.
void AddOrderedPaths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *ordered_rel)
{
	const RemoteRelation *input = RelationOf(input_rel);
	List *keys;
	const char *reason = nullptr;
	// What LIMIT needs to know of the rows to be ordered.
	ordered_rel->fdw_private = input_rel->fdw_private;
	if (!OrderKeysOf(root, input, root->sort_pathkeys, &keys, &reason))
	{
		Note(input, "ORDER BY", input->relids, reason);
		return;
	}
	bool above = input->grouped != nullptr || input->windowed != nullptr || input->arms != NIL;
	if (!above || root->parse->hasTargetSRFs)
		return;
	RemoteQuery *query = MakeQuery(input);
	query->order = keys;
	AddUpperPath(root, ordered_rel, FinalTarget(root, input_rel), query, input->rows, root->sort_pathkeys,
				 input->work + OrderWork(input->rows) - 1.5 * kPreferred, 0);
}

// LIMIT NULL is no limit.
Node *WithoutNull(Node *count)
{
	return count != nullptr && IsA(count, Const) && reinterpret_cast<Const *>(count)->constisnull ? nullptr : count;
}

// Whether an expression can be computed before the statement is sent.
bool IsKnown(Node *node)
{
	return node == nullptr || (!contain_var_clause(node) && !contain_volatile_functions(node) &&
							   !contain_subplans(node) && !contain_agg_clause(node));
}

} // namespace

// Rows with NULL in the first key are wanted at the other end than the remote server has them: two statements, each of which an
// index serves. OFFSET is then left to PostgreSQL, and as many more rows are asked for.
bool WantsTwoArms(const RemoteQuery *query)
{
	if (query->order == NIL || query->source->grouped != nullptr || query->source->windowed != nullptr ||
		query->source->arms != NIL || query->limit == nullptr)
		return false;
	const Dialect &dialect = *query->source->settings->tenant->dialect;
	ListCell *cell;
	foreach (cell, query->order)
	{
		const OrderKey &key = *static_cast<OrderKey *>(lfirst(cell));
		bool first = foreach_current_index(cell) == 0;
		bool natural = NullsAreNatural(dialect, key);
		if (first ? natural || !IsA(key.expr, Var) : !natural)
			return false;
	}
	return true;
}

namespace
{

// Whether the query locks nothing, or just what the relation's own statement locks.
bool AreAllLocked(PlannerInfo *root, const RemoteRelation *relation)
{
	ListCell *cell;
	foreach (cell, root->rowMarks)
	{
		const PlanRowMark *mark = lfirst_node(PlanRowMark, cell);
		if (!bms_is_member(static_cast<int>(mark->rti), relation->relids) || mark->strength == LCS_NONE ||
			mark->markType != ROW_MARK_COPY)
			return false;
	}
	return true;
}

// Of the system columns only tableoid can be told in the place of a remote row.
bool WantsSystemColumn(const PathTarget *target)
{
	ListCell *cell;
	foreach (cell, pull_var_clause(reinterpret_cast<Node *>(target->exprs),
								   PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS))
	{
		const Var *var = lfirst_node(Var, cell);
		if (var->varattno < 0 && var->varattno != TableOidAttributeNumber)
			return true;
	}
	return false;
}

void AddFinalPaths(PlannerInfo *root, RelOptInfo *input_rel, RelOptInfo *final_rel, FinalPathExtraData *extra)
{
	Query *parse = root->parse;
	const RemoteRelation *input = RelationOf(input_rel);
	const char *reason = nullptr;
	List *keys = NIL;
	if (!extra->limit_needed)
	{
		if (parse->commandType == CMD_SELECT && parse->rowMarks == NIL && !parse->hasTargetSRFs &&
			IsComplete(input, &reason))
			final_rel->fdw_private = MakeQuery(input);
		return;
	}
	bool open = (IsComplete(input, &reason) || Mutated("limit_with_local_condition")) &&
				NodeAllowedFor(input, "LIMIT", &reason);
	if (open)
		reason = nullptr;
	if (open && (parse->commandType != CMD_SELECT || !AreAllLocked(root, input)))
		reason = "rows are locked here before they are counted";
	else if (open && root->rowMarks != NIL && input->may_need_home)
		reason = "a value that is sent may have no remote form";
	else if (open && parse->limitOption == LIMIT_OPTION_WITH_TIES)
		reason = "WITH TIES is counted here";
	else if (open && parse->hasTargetSRFs)
		reason = "a function in the target list makes more rows";
	else if (open && (!IsKnown(parse->limitCount) || !IsKnown(parse->limitOffset)))
		reason = "the number of rows is not known before the statement is sent";
	if (reason == nullptr && root->sort_pathkeys != NIL)
		OrderKeysOf(root, input, root->sort_pathkeys, &keys, &reason);
	if (reason == nullptr && WantsSystemColumn(FinalTarget(root, input_rel)))
		reason = "system columns are local";
	if (reason != nullptr)
	{
		Note(input, "LIMIT", input->relids, reason);
		return;
	}
	RemoteQuery *query = MakeQuery(input);
	query->order = keys;
	query->limit = WithoutNull(parse->limitCount);
	query->offset = WithoutNull(parse->limitOffset);
	RemoteQuery *whole = MakeQuery(input);
	*whole = *query;
	if (parse->rowMarks == NIL)
		final_rel->fdw_private = whole;
	int64 limit = CountOf(parse->limitCount);
	int64 offset = parse->limitOffset != nullptr ? CountOf(parse->limitOffset) : 0;
	double rows =
		limit >= 0 ? clamp_row_est(Min(static_cast<double>(limit), input->rows)) : clamp_row_est(input->rows / 10);
	// In order: the least of all rows are kept. Without: it ends early. Either spares the half-read result that PostgreSQL's own
	// LIMIT leaves, and which has to be ended by a second connection.
	double share = Min(rows / Max(input->rows, 1), 1);
	bool sorted = keys != NIL && !IndexGivesOrder(root, input, keys);
	Cost before = sorted ? input->work + input->rows * cpu_operator_cost : 0;
	Cost along = sorted ? 0 : input->work * share;
	constexpr Cost kSpared = 2 * kPreferred; // more than the order alone
	before -= kSpared;
	PathTarget *target = FinalTarget(root, input_rel);
	// The second arm would lock rows that may not be wanted.
	if (!WantsTwoArms(query) || root->rowMarks != NIL || input->may_need_home || offset < 0 ||
		(offset > 0 && limit < 0) || limit > PG_INT64_MAX - offset)
	{
		if (!AddUpperPath(root, final_rel, target, query, rows, root->sort_pathkeys, before, along))
			Note(input, "LIMIT", input->relids, "a value that is sent may have no remote form");
		return;
	}
	// LIMIT k OFFSET m: each arm gives m + k rows, of which PostgreSQL takes k.
	query->two_arms = true;
	query->offset = nullptr;
	if (offset > 0)
		query->limit = reinterpret_cast<Node *>(
			makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(limit + offset), false, FLOAT8PASSBYVAL));
	QualCost nothing{};
	rows = clamp_row_est(Min(rows + static_cast<double>(offset), input->rows));
	QueryCost cost = CostOf(*input->settings, rows, target->width, before, along, nothing);
	Path *path = reinterpret_cast<Path *>(pg::compat::CreateForeignUpperPath(
		root, final_rel, target, rows, cost.startup, cost.total, root->sort_pathkeys, nullptr, list_make1(query)));
	add_path(final_rel,
			 reinterpret_cast<Path *>(create_limit_path(root, final_rel, path, parse->limitOffset, parse->limitCount,
														parse->limitOption, extra->offset_est, extra->count_est)));
}

} // namespace

void GetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel, RelOptInfo *output_rel,
						  void *extra)
{
	if (input_rel->fdw_private == nullptr || output_rel->fdw_private != nullptr)
		return;
	switch (stage)
	{
		case UPPERREL_GROUP_AGG:
			AddGroupingPaths(root, input_rel, output_rel, static_cast<GroupPathExtraData *>(extra), false);
			break;
		case UPPERREL_PARTIAL_GROUP_AGG:
			if (static_cast<GroupPathExtraData *>(extra)->patype == PARTITIONWISE_AGGREGATE_PARTIAL)
				AddGroupingPaths(root, input_rel, output_rel, static_cast<GroupPathExtraData *>(extra), true);
			break;
		case UPPERREL_WINDOW:
			AddWindowPaths(root, input_rel, output_rel);
			break;
		case UPPERREL_DISTINCT:
			AddDistinctPaths(root, input_rel, output_rel);
			break;
		case UPPERREL_ORDERED:
			AddOrderedPaths(root, input_rel, output_rel);
			break;
		case UPPERREL_FINAL:
			AddFinalPaths(root, input_rel, output_rel, static_cast<FinalPathExtraData *>(extra));
			break;
		default:
			break;
	}
}

} // namespace fabric::fdw
