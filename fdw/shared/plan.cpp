// The plan of a foreign scan: of one table with its conditions, or of a statement over joins and groups. See plan.hpp.
#include "pg/compat.hpp"

#include "fdw/shared/order.hpp"
#include "fdw/shared/plan.hpp"
#include "fdw/shared/relation.hpp"
#include "fdw/shared/setops.hpp"
#include "fdw/shared/statement.hpp"

extern "C"
{
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/optimizer.h>
#include <optimizer/planmain.h>
#include <optimizer/prep.h>
#include <optimizer/restrictinfo.h>
#include <optimizer/tlist.h>
#include <parser/parsetree.h>
}

namespace fabric::fdw
{

namespace
{

List *Strings(List *texts)
{
	List *strings = NIL;
	ListCell *cell;
	foreach (cell, texts)
		strings = lappend(strings, makeString(static_cast<char *>(lfirst(cell))));
	return strings;
}

List *Text(const char *text)
{
	return list_make1(makeString(const_cast<char *>(text)));
}

// Attribute numbers and fetch texts of `attrs`, whose members are as pull_varattnos makes them.
void FetchLists(const RemoteRelation *relation, const Bitmapset *attrs, const Bitmapset *without, List **numbers,
				List **texts)
{
	const Dialect &dialect = *relation->settings->tenant->dialect;
	bool whole_row = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, attrs);
	for (int i = 0; i < relation->info->ncolumns; ++i)
	{
		int member = i + 1 - FirstLowInvalidHeapAttributeNumber;
		const TranslatableColumn &column = relation->info->columns[i];
		if (column.name == nullptr || !(whole_row || bms_is_member(member, attrs)) || bms_is_member(member, without))
			continue;
		StringInfoData text;
		initStringInfo(&text);
		dialect.AppendRead(&text, column.reference.facts, column.name, column.reference.type);
		*numbers = lappend_int(*numbers, i + 1);
		*texts = lappend(*texts, makeString(text.data));
	}
}

const Condition *FindCondition(const RemoteRelation *relation, const Expr *clause)
{
	ListCell *cell;
	foreach (cell, relation->conditions)
	{
		const Condition *condition = static_cast<Condition *>(lfirst(cell));
		if (condition->clause == clause)
			return condition;
	}
	return nullptr;
}

// The notes that concern a relation, for EXPLAIN.
List *NotesFor(PlannerInfo *root, const RemoteRelation *relation)
{
	List *texts = NIL;
	ListCell *cell;
	foreach (cell, relation->notes->notes)
	{
		const PlanNote &note = *static_cast<PlanNote *>(lfirst(cell));
		bool join = strcmp(note.what, "join") == 0;
		if (join ? !bms_is_subset(relation->relids, note.relids) || bms_equal(relation->relids, note.relids)
				 : !bms_equal(relation->relids, note.relids))
			continue;
		texts = lappend(texts, const_cast<char *>(note.what));
		texts = lappend(texts, bms_is_empty(note.relids) ? pstrdup("the set operation") : NamesOf(root, note.relids));
		texts = lappend(texts, const_cast<char *>(note.reason));
	}
	return Strings(texts);
}

List *Collect(List *const (&items)[kPlanItems])
{
	List *result = NIL;
	for (List *item : items)
		result = lappend(result, item);
	return result;
}

// The statements for rows with and without NULL in the first key, in the order in which they are wanted.
void SetArms(const RemoteQuery *query, const TableTails &tails, List *(&items)[kPlanItems])
{
	const OrderKey &key = *static_cast<OrderKey *>(linitial(query->order));
	List *nulls[] = {Text(tails.second_tail), Text(tails.second_arm)};
	List *others[] = {Text(tails.tail), Text(tails.arm)};
	items[kPlanTails] = key.nulls_first ? list_concat(nulls[0], others[0]) : list_concat(others[0], nulls[0]);
	items[kPlanArms] = key.nulls_first ? list_concat(nulls[1], others[1]) : list_concat(others[1], nulls[1]);
}

// A table with its conditions, each of which can come home by itself.
ForeignScan *PlanTable(PlannerInfo *root, RelOptInfo *rel, const ForeignPath *path, const RemoteQuery *query,
					   List *targets, List *scan_clauses)
{
	RemoteRelation *relation = RelationOf(rel);
	relation->translator.outer = path->path.param_info != nullptr ? path->path.param_info->ppi_req_outer : nullptr;
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
		const Condition *condition = FindCondition(relation, restriction->clause);
		if (condition == nullptr)
			condition = TranslateCondition(relation, rel, restriction);
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

	// Only what the query reads is fetched (the target list may name every column all the same); what shipped conditions read as
	// well is noted apart, for a condition that has to come home because a parameter's value cannot be sent.
	Bitmapset *needed = nullptr;
	Bitmapset *spare = nullptr;
	pull_varattnos(reinterpret_cast<Node *>(rel->reltarget->exprs), rel->relid, &needed);
	pull_varattnos(reinterpret_cast<Node *>(local), rel->relid, &needed);
	pull_varattnos(reinterpret_cast<Node *>(recheck), rel->relid, &spare);
	List *items[kPlanItems] = {};
	FetchLists(relation, needed, nullptr, &items[kPlanFetchedAttrs], &items[kPlanFetchedTexts]);
	FetchLists(relation, spare, needed, &items[kPlanSpareAttrs], &items[kPlanSpareTexts]);

	StringInfoData from;
	initStringInfo(&from);
	AppendRemoteTable(*relation->settings->tenant->dialect, relation->info->schema, relation->info->table, &from);
	items[kPlanFrom] = Text(from.data);
	TableTails tails = WriteTableTails(root, &relation->translator, query);
	items[kPlanTails] = Text(tails.tail);
	if (tails.arm != nullptr)
		SetArms(query, tails, items);
	items[kPlanConditions] = conditions;
	items[kPlanReasons] = reasons;
	items[kPlanNotes] = NotesFor(root, relation);
	items[kPlanOffline] = relation->info->from_options ? list_make1_int(1) : NIL;
	return make_foreignscan(targets, local, rel->relid, relation->translator.params, Collect(items), NIL, recheck,
							nullptr);
}

// What the statement gives: of a join the columns that are wanted, of groups their keys and aggregates.
List *TargetsOf(PlannerInfo *root, RelOptInfo *rel, const RemoteRelation *source, List *local)
{
	List *exprs;
	if (source->arms != NIL)
		return TargetsOfSet(source);
	if (source->grouped != nullptr || source->windowed != nullptr)
		exprs = source->shipped;
	else
	{
		Node *wanted = reinterpret_cast<Node *>(rel->reltarget->exprs);
		if (IS_UPPER_REL(rel))
			wanted = reinterpret_cast<Node *>(root->upper_targets[UPPERREL_FINAL]->exprs);
		exprs = list_concat(
			pull_var_clause(wanted, PVC_RECURSE_PLACEHOLDERS | PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS),
			pull_var_clause(reinterpret_cast<Node *>(local), PVC_RECURSE_PLACEHOLDERS));
	}
	List *targets = add_to_flat_tlist(NIL, exprs);
	ListCell *cell;
	foreach (cell, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);
		const Var *var = reinterpret_cast<const Var *>(target->expr);
		if (IsA(target->expr, Var) && var->varattno > 0)
			target->resname = get_attname(planner_rt_fetch(var->varno, root)->relid, var->varattno, true);
		else if (IsA(target->expr, Aggref))
			target->resname = get_func_name(reinterpret_cast<const Aggref *>(target->expr)->aggfnoid);
	}
	return targets;
}

// What a statement does, for people: "a INNER JOIN b", "groups of a".
void Describe(PlannerInfo *root, const RemoteRelation *relation, StringInfo out)
{
	ListCell *cell;
	foreach (cell, relation->arms)
	{
		const SetArm &arm = *static_cast<SetArm *>(lfirst(cell));
		if (foreach_current_index(cell) > 0)
			appendStringInfo(out, " %s ", NameOfSet(relation));
		appendStringInfoChar(out, '(');
		Describe(arm.root, arm.query->source, out);
		appendStringInfoChar(out, ')');
	}
	if (relation->arms != NIL)
		return;
	if (relation->grouped != nullptr)
	{
		appendStringInfoString(out, relation->keys != NIL ? "groups of (" : "aggregate of (");
		Describe(root, relation->grouped, out);
		appendStringInfoChar(out, ')');
		return;
	}
	if (relation->windowed != nullptr)
	{
		appendStringInfoString(out, "windows over (");
		Describe(root, relation->windowed, out);
		appendStringInfoChar(out, ')');
		return;
	}
	if (relation->outer == nullptr)
	{
		appendStringInfoString(out, NamesOf(root, relation->relids));
		return;
	}
	appendStringInfoChar(out, '(');
	Describe(root, relation->outer, out);
	if (relation->inner != nullptr)
	{
		appendStringInfoString(out, relation->join_type == JOIN_LEFT ? ") LEFT JOIN (" : ") INNER JOIN (");
		Describe(root, relation->inner, out);
	}
	else
	{
		const WherePart &part = *static_cast<const WherePart *>(ExistsOf(relation));
		appendStringInfoString(out, part.negated ? ") ANTI JOIN (" : ") SEMI JOIN (");
		Describe(root, part.exists, out);
	}
	appendStringInfoChar(out, ')');
}

// A statement over several tables, over groups, or with a limit.
ForeignScan *PlanQuery(PlannerInfo *root, RelOptInfo *rel, const RemoteQuery *query, List *targets, Plan *outer_plan)
{
	const RemoteRelation *source = query->source;
	List *local = NIL;
	List *items[kPlanItems] = {};
	ListCell *cell;
	foreach (cell, source->local)
	{
		const Condition &condition = *static_cast<Condition *>(lfirst(cell));
		local = lappend(local, condition.clause);
		items[kPlanReasons] = lappend(items[kPlanReasons], makeString(pstrdup(condition.reason)));
	}
	List *scanned = TargetsOf(root, rel, source, local);
	Statement statement = WriteStatement(root, query, scanned);
	for (int i = 0; i < list_length(source->faces); ++i)
		list_nth_node(TargetEntry, scanned, i)->expr = static_cast<Expr *>(list_nth(source->faces, i));
	items[kPlanFrom] = Text(statement.from);
	items[kPlanConditions] = statement.conditions;
	items[kPlanTails] = Text(statement.tail);
	if (statement.arm != nullptr)
	{
		SetArms(query, {statement.tail, statement.arm, statement.second_arm, statement.second_tail}, items);
	}
	for (int i = 0; i < list_length(scanned); ++i)
		items[kPlanFetchedAttrs] = lappend_int(items[kPlanFetchedAttrs], i + 1);
	items[kPlanFetchedKinds] = statement.kinds;
	items[kPlanFetchedTexts] = statement.texts;
	StringInfoData relations;
	initStringInfo(&relations);
	Describe(root, source, &relations);
	items[kPlanRelations] = Text(relations.data);
	items[kPlanNotes] = NotesFor(root, source);
	items[kPlanScanHome] = IS_UPPER_REL(rel) ? NIL : list_make1_int(1);
	items[kPlanOffline] = IsOffline(root, source) ? list_make1_int(1) : NIL;
	if (source->arms != NIL)
		items[kPlanRelids] = KeepRelids(bms_next_member(root->all_baserels, -1), RelidsOfSet(source));
	// Of a join the local plan gives what the statement gives; of what is above, what this node gives.
	if (outer_plan != nullptr)
		outer_plan = change_plan_targetlist(outer_plan, IS_UPPER_REL(rel) ? targets : scanned, false);
	return make_foreignscan(targets, local, 0, statement.params, Collect(items), scanned, NIL, outer_plan);
}

} // namespace

ForeignScan *GetForeignPlan(PlannerInfo *root, RelOptInfo *rel, Oid, ForeignPath *path, List *targets,
							List *scan_clauses, Plan *outer_plan)
{
	const RemoteQuery *query =
		path->fdw_private != NIL ? static_cast<RemoteQuery *>(linitial(path->fdw_private)) : nullptr;
	if (IS_SIMPLE_REL(rel))
		return PlanTable(root, rel, path, query, targets, scan_clauses);
	return PlanQuery(root, rel, query, targets, outer_plan);
}

List *KeepRelids(int first, Relids relids)
{
	List *kept = list_make1_int(first);
	for (int varno = -1; (varno = bms_next_member(relids, varno)) >= 0;)
		kept = lappend_int(kept, varno);
	return kept;
}

Relids KeptRelids(const List *kept, const Bitmapset *moved)
{
	int offset = bms_next_member(moved, -1) - linitial_int(kept);
	Relids relids = nullptr;
	for (int i = 1; i < list_length(kept); ++i)
		relids = bms_add_member(relids, list_nth_int(kept, i) + offset);
	return relids;
}

Relids RelidsOf(const ForeignScan *plan)
{
	const List *numbers = static_cast<List *>(list_nth(plan->fdw_private, kPlanRelids));
	if (numbers == NIL)
		return pg::compat::BaseRelidsOf(plan);
	return KeptRelids(numbers, pg::compat::BaseRelidsOf(plan));
}

char *RemoteSqlForPeople(const ForeignScan *plan)
{
	StringInfoData sql;
	initStringInfo(&sql);
	List *items = plan->fdw_private;
	auto list = [&](PlanItem item) { return static_cast<List *>(list_nth(items, item)); };
	ListCell *tail;
	foreach (tail, list(kPlanTails))
	{
		int statement = foreach_current_index(tail);
		if (statement > 0)
			appendStringInfoString(&sql, "; ");
		AppendSelect(&sql, list(kPlanFetchedTexts), NIL, strVal(linitial(list(kPlanFrom))));
		ListCell *cell;
		bool first = true;
		foreach (cell, list(kPlanConditions))
		{
			appendStringInfo(&sql, "%s%s", first ? " WHERE " : " AND ", strVal(lfirst(cell)));
			first = false;
		}
		if (list(kPlanArms) != NIL)
			appendStringInfo(&sql, "%s%s", first ? " WHERE " : " AND ", strVal(list_nth(list(kPlanArms), statement)));
		appendStringInfoString(&sql, strVal(lfirst(tail)));
	}
	return ShowMarkers(sql.data);
}

} // namespace fabric::fdw
