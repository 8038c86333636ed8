// UNION, INTERSECT and EXCEPT. See setops.hpp.
#include "pg/compat.hpp"
#include "pg/memory.hpp"

#include "fdw/shared/aggregates.hpp"
#include "fdw/shared/faces.hpp"
#include "fdw/shared/setops.hpp"

extern "C"
{
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/clauses.h>
#include <optimizer/cost.h>
#include <optimizer/optimizer.h>
#include <optimizer/pathnode.h>
#include <optimizer/planner.h>
#include <optimizer/tlist.h>
#include <parser/parse_coerce.h>
#include <rewrite/rewriteManip.h>
}

namespace fabric::fdw
{

namespace
{

create_upper_paths_hook_type previous_hook = nullptr;

// Whether what hangs on a stage above scans and joins is ours.
bool IsOurs(const RelOptInfo *rel)
{
	return rel->fdw_private != nullptr && rel->fdwroutine != nullptr &&
		   rel->fdwroutine->GetForeignUpperPaths == GetForeignUpperPaths && rel->pathlist != NIL;
}

// What a query gives, when a single statement reads it: left by its last stage.
const RemoteQuery *WholeQuery(PlannerInfo *root, const RelOptInfo **final_rel)
{
	RelOptInfo *rel = fetch_upper_rel(root, UPPERREL_FINAL, nullptr);
	*final_rel = rel;
	return IsOurs(rel) && !IS_DUMMY_REL(rel) ? static_cast<const RemoteQuery *>(rel->fdw_private) : nullptr;
}

// The expression with the set operation's type, as PostgreSQL makes it for the arm's own plan.
Expr *OfType(PlannerInfo *root, Expr *expr, Oid type, Oid collation)
{
	Node *node = reinterpret_cast<Node *>(expr);
	if (exprType(node) != type)
		node = eval_const_expressions(root, coerce_to_common_type(nullptr, node, type, "UNION/INTERSECT/EXCEPT"));
	if (exprCollation(node) != collation)
		node = applyRelabelType(static_cast<Node *>(copyObjectImpl(node)), type, exprTypmod(node), collation,
								COERCE_IMPLICIT_CAST, -1, false);
	return reinterpret_cast<Expr *>(node);
}

// Puts together what the arms know of a column. False when they differ in what their values look like.
bool Merge(SetColumn *column, const Operand &operand, Node *expr, const char **reason)
{
	if (column->operand.kind != Kind::none && !column->operand.only_null && !IsNullConstant(operand) &&
		(column->operand.kind != operand.kind || column->operand.scale != operand.scale))
	{
		*reason = "the arms' columns are of different remote types, or have different digits after the point";
		return false;
	}
	// The number of blanks after it is its arm's.
	if (operand.kind == Kind::bpchar && !IsNullConstant(operand) && exprTypmod(expr) != column->typmod)
	{
		*reason = "the arms' columns of type char(n) are of different length";
		return false;
	}
	const ColumnFacts *facts = operand.column != nullptr ? operand.column->facts : nullptr;
	if (column->operand.kind == Kind::none)
		column->facts = facts;
	else if (facts == nullptr || column->facts == nullptr || strcmp(facts->data_type, column->facts->data_type) != 0 ||
			 facts->is_unsigned != column->facts->is_unsigned)
		column->facts = nullptr;
	MergeOperand(&column->operand, operand);
	return true;
}

// Tries what an arm gives.
bool CheckArm(RemoteRelation *set, const SetArm &arm, const char **reason)
{
	const RemoteRelation *source = arm.query->source;
	Translator translator = MakeTranslator(arm.root, source);
	translator.qualified = true;
	ListCell *cell;
	foreach (cell, arm.exprs)
	{
		Operand operand{};
		StringInfoData text;
		initStringInfo(&text);
		Expr *expr = static_cast<Expr *>(lfirst(cell));
		if (!WriteSetValue(&translator, expr, &text, &operand))
		{
			*reason = translator.reason;
			return false;
		}
		if (!Merge(static_cast<SetColumn *>(list_nth(set->columns, foreach_current_index(cell))), operand,
				   reinterpret_cast<Node *>(expr), reason))
			return false;
	}
	if (source->may_need_home || MayNeedHome(translator))
		*reason = "a value that is sent may have no remote form";
	return *reason == nullptr;
}

// The columns of an arm, of the set operation's types.
List *ColumnsOfLeaf(PlannerInfo *root, RemoteRelation *set)
{
	List *exprs = NIL;
	ListCell *cell;
	foreach (cell, root->processed_tlist)
	{
		const TargetEntry *target = lfirst_node(TargetEntry, cell);
		if (target->resjunk)
			continue;
		SetColumn *column = static_cast<SetColumn *>(list_nth(set->columns, list_length(exprs)));
		if (column->name == nullptr)
			column->name = target->resname;
		exprs = lappend(exprs, OfType(root, target->expr, column->type, column->collation));
	}
	return exprs;
}

// `given`: the stage that gives the arm's rows.
bool AddArm(RemoteRelation *set, SetArm *arm, const RelOptInfo *given, const RelOptInfo **sample, const char **reason)
{
	const RemoteRelation *source = arm->query->source;
	if (set->settings == nullptr)
	{
		set->settings = source->settings;
		set->rules = source->rules;
		set->user_id = source->user_id;
		set->set_server = ServerVersionOf(source);
	}
	// All arms are read with the same rights: whose they are may change with the role.
	if (*sample == nullptr)
		*sample = given;
	constexpr int kDeepest = 40; // MariaDB nests 63 queries
	set->depth = Max(set->depth, source->depth + 1);
	if (set->depth > kDeepest)
		*reason = "set operations are nested too deeply";
	else if (set->settings->server->serverid != source->settings->server->serverid)
		*reason = "its arms are on different servers";
	else if (set->user_id != source->user_id || given->userid != (*sample)->userid ||
			 given->useridiscurrent != (*sample)->useridiscurrent)
		*reason = "its arms are read with different users' rights";
	if (*reason != nullptr || !CheckArm(set, *arm, reason))
		return false;
	set->arms = lappend(set->arms, arm);
	set->work += source->work;
	if (arm->query->order != NIL)
		set->work += OrderWork(source->rows);
	int64 limit = CountOf(arm->query->limit);
	double rows = limit >= 0 ? Min(source->rows, static_cast<double>(limit)) : source->rows;
	if (list_length(set->arms) == 1 || set->set_operation == SETOP_UNION)
		set->kept += rows;
	set->rows += rows;
	return true;
}

// Whether the planner has put the arms of a UNION inside another beside its own (plan_union_children).
bool CanFlatten(const SetOperationStmt *outer, const SetOperationStmt *inner)
{
	return outer->op == SETOP_UNION && inner->op == SETOP_UNION && (inner->all || !outer->all) &&
		   equal(outer->colTypes, inner->colTypes);
}

// Whether a subquery in FROM has not become part of the query itself. It is not needed for the result, or we would not be asked; but
// what it reads is to be checked for rights.
bool HasSubquery(const Query *query)
{
	ListCell *cell;
	foreach (cell, query->rtable)
	{
		const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
		if (entry->rtekind == RTE_SUBQUERY && entry->subquery != nullptr)
			return true;
	}
	return false;
}

Relids LeavesOf(Node *node)
{
	if (IsA(node, RangeTblRef))
		return bms_make_singleton(reinterpret_cast<RangeTblRef *>(node)->rtindex);
	const SetOperationStmt *statement = castNode(SetOperationStmt, node);
	return bms_join(LeavesOf(statement->larg), LeavesOf(statement->rarg));
}

// The stage of a set operation within another one, which the planner has come to before; nullptr when it is computed here.
const RelOptInfo *FindSet(PlannerInfo *root, Relids leaves)
{
	ListCell *cell;
	foreach (cell, root->upper_rels[UPPERREL_SETOP])
	{
		const RelOptInfo *rel = static_cast<RelOptInfo *>(lfirst(cell));
		if (bms_equal(rel->relids, leaves))
			return IsOurs(rel) ? rel : nullptr;
	}
	return nullptr;
}

bool AddArms(PlannerInfo *root, Node *node, const SetOperationStmt *statement, RemoteRelation *set,
			 const RelOptInfo **sample, const char **reason)
{
	check_stack_depth();
	SetArm *arm = static_cast<SetArm *>(palloc0(sizeof(SetArm)));
	if (IsA(node, RangeTblRef))
	{
		arm->leaf = reinterpret_cast<RangeTblRef *>(node)->rtindex;
		const RelOptInfo *rel = root->simple_rel_array[arm->leaf];
		const RelOptInfo *final_rel;
		arm->root = rel->subroot;
		arm->query = arm->root != nullptr ? WholeQuery(arm->root, &final_rel) : nullptr;
		if (arm->query == nullptr)
			*reason = "an arm of it is computed here";
		else if (arm->query->source->windowed != nullptr)
			*reason = "an arm of it has window functions";
		else if (arm->root->init_plans != NIL || (arm->query->source->arms == NIL && HasSubquery(arm->root->parse)))
			*reason = "an arm of it has a subquery that is computed here";
		if (*reason != nullptr)
			return false;
		arm->exprs = ColumnsOfLeaf(arm->root, set);
		return AddArm(set, arm, final_rel, sample, reason);
	}
	const SetOperationStmt *inner = castNode(SetOperationStmt, node);
	if (CanFlatten(statement, inner))
		return AddArms(root, inner->larg, statement, set, sample, reason) &&
			   AddArms(root, inner->rarg, statement, set, sample, reason);
	const RelOptInfo *rel = FindSet(root, LeavesOf(node));
	if (rel == nullptr)
	{
		*reason = "an arm of it is computed here";
		return false;
	}
	const RemoteRelation *nested = RelationOf(rel);
	arm->root = root;
	arm->query = MakeQuery(nested);
	ListCell *cell;
	foreach (cell, nested->columns)
	{
		const SetColumn &column = *static_cast<SetColumn *>(lfirst(cell));
		SetColumn *outer = static_cast<SetColumn *>(list_nth(set->columns, foreach_current_index(cell)));
		if (outer->name == nullptr)
			outer->name = column.name;
		Var *var = makeVar(0, static_cast<AttrNumber>(foreach_current_index(cell) + 1), column.type, column.typmod,
						   column.collation, 0);
		arm->exprs = lappend(arm->exprs, OfType(root, reinterpret_cast<Expr *>(var), outer->type, outer->collation));
	}
	return AddArm(set, arm, rel, sample, reason);
}

// A set operation that one statement can do; nullptr with the reason otherwise. *sample: the last stage of one of its arms.
RemoteRelation *MakeSet(PlannerInfo *root, const SetOperationStmt *statement, const RelOptInfo **sample,
						const char **reason)
{
	RemoteRelation *set = static_cast<RemoteRelation *>(palloc0(sizeof(RemoteRelation)));
	set->set_operation = statement->op;
	set->set_all = statement->all;
	set->notes = static_cast<PlanNotes *>(palloc0(sizeof(PlanNotes)));
	ListCell *type, *typmod, *collation;
	forthree(type, statement->colTypes, typmod, statement->colTypmods, collation, statement->colCollations)
	{
		SetColumn *column = pg::make_aligned<SetColumn>();
		column->type = lfirst_oid(type);
		column->typmod = lfirst_int(typmod);
		column->collation = lfirst_oid(collation);
		set->columns = lappend(set->columns, column);
	}
	if (set->columns == NIL)
		*reason = "it has no columns";
	if (*reason != nullptr || !AddArms(root, statement->larg, statement, set, sample, reason) ||
		!AddArms(root, statement->rarg, statement, set, sample, reason))
		return nullptr;
	if (set->rules->off)
		*reason = "pushdown is off for this server";
	else if (NodeAllowedFor(set, NameOfSetOperation(set->set_operation), reason) && OperatorOf(set) == nullptr)
		*reason = "the remote server may not have it";
	set->work += SetWork(set, set->kept, set->rows);
	return *reason == nullptr ? set : nullptr;
}

// Faces.

Node *PutInnerFaces(Node *node, void *context)
{
	if (node == nullptr)
		return nullptr;
	if (IsA(node, Var) && reinterpret_cast<Var *>(node)->varno == 0)
		return static_cast<Node *>(copyObjectImpl(
			ColumnOf(static_cast<const RemoteRelation *>(context), reinterpret_cast<Var *>(node)->varattno - 1).face));
	return pg::compat::MutateExpressionTree(node, PutInnerFaces, context);
}

// What stands for a column: what the first arm computes, but none twice, nor a bare constant: setrefs.c would take one for the
// other, and compute the constant itself.
void MakeFaces(RemoteRelation *set)
{
	const SetArm &arm = *static_cast<SetArm *>(linitial(set->arms));
	List *faces = NIL;
	ListCell *cell;
	foreach (cell, set->columns)
	{
		SetColumn *column = static_cast<SetColumn *>(lfirst(cell));
		Node *face = static_cast<Node *>(copyObjectImpl(list_nth(arm.exprs, foreach_current_index(cell))));
		if (arm.query->source->arms != NIL)
			face = PutInnerFaces(face, const_cast<RemoteRelation *>(arm.query->source));
		OffsetVarNodes(face, arm.offset, 0);
		// A column keeps its name in EXPLAIN, and its cells are checked to be of its type.
		bool plain = column->facts != nullptr && IsA(face, Var) && exprTypmod(face) == column->typmod;
		while (!plain || list_member(faces, face))
		{
			RelabelType *relabel = makeRelabelType(reinterpret_cast<Expr *>(face), column->type, column->typmod,
												   column->collation, COERCE_IMPLICIT_CAST);
			face = reinterpret_cast<Node *>(relabel);
			plain = true;
		}
		faces = lappend(faces, face);
		column->face = reinterpret_cast<Expr *>(face);
	}
}

// Makes ready for a plan what is known to be shipped.
void Finish(PlannerInfo *root, RemoteRelation *set)
{
	ListCell *cell;
	foreach (cell, set->arms)
	{
		SetArm *arm = static_cast<SetArm *>(lfirst(cell));
		if (arm->leaf == 0)
			continue;
		arm->offset = list_length(root->parse->rtable);
		pg::compat::AddRangeTable(root->parse, arm->root->parse);
	}
	MakeFaces(set);
	pg::compat::AddBaseRelids(root, RelidsOfSet(set));
}

// The set operation over these subqueries and no others.
const SetOperationStmt *FindOperation(Node *node, Relids leaves)
{
	if (!IsA(node, SetOperationStmt))
		return nullptr;
	const SetOperationStmt *statement = castNode(SetOperationStmt, node);
	if (bms_equal(LeavesOf(node), leaves))
		return statement;
	const SetOperationStmt *found = FindOperation(statement->larg, leaves);
	return found != nullptr ? found : FindOperation(statement->rarg, leaves);
}

// Says why it is not pushed: to those of its arms that are ours.
void NoteOnArms(PlannerInfo *root, const RelOptInfo *rel, const char *what, const char *reason)
{
	const RelOptInfo *ignored;
	for (int leaf = -1; (leaf = bms_next_member(rel->relids, leaf)) >= 0;)
	{
		PlannerInfo *subroot = root->simple_rel_array[leaf]->subroot;
		const RemoteQuery *query = subroot != nullptr ? WholeQuery(subroot, &ignored) : nullptr;
		if (query != nullptr)
			Note(query->source, what, query->source->relids, reason);
	}
	ListCell *cell;
	foreach (cell, root->upper_rels[UPPERREL_SETOP])
	{
		const RelOptInfo *other = static_cast<RelOptInfo *>(lfirst(cell));
		if (other != rel && IsOurs(other) && bms_is_subset(other->relids, rel->relids))
			Note(RelationOf(other), what, nullptr, reason);
	}
}

// Whether a target is the columns of a set operation, and what tells its sides apart.
bool HasColumns(const PathTarget *target, const RemoteRelation *set)
{
	ListCell *cell;
	foreach (cell, target->exprs)
	{
		const Var *var = reinterpret_cast<Var *>(lfirst(cell));
		if (!IsA(var, Var) || var->varno != 0 || var->varattno != foreach_current_index(cell) + 1)
			return false;
	}
	return list_length(target->exprs) >= list_length(set->columns);
}

void OfferSetOperation(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel, RelOptInfo *output_rel,
					   void *extra)
{
	if (previous_hook != nullptr)
		previous_hook(root, stage, input_rel, output_rel, extra);
	if (stage != UPPERREL_SETOP || root->hasRecursion || root->parse->setOperations == nullptr ||
		output_rel->fdw_private != nullptr || output_rel->pathlist == NIL || IS_DUMMY_REL(output_rel))
		return;
	const SetOperationStmt *statement = FindOperation(root->parse->setOperations, output_rel->relids);
	if (statement == nullptr)
		return;
	const RelOptInfo *sample = nullptr;
	const char *reason = nullptr;
	RemoteRelation *set = MakeSet(root, statement, &sample, &reason);
	if (set == nullptr || !HasColumns(output_rel->reltarget, set))
	{
		NoteOnArms(root, output_rel, NameOfSetOperation(statement->op), reason);
		return;
	}
	// Said where the planner does not take it.
	NoteOnArms(root, output_rel, NameOfSetOperation(statement->op), "it is expected to take longer remotely");
	Finish(root, set);
	set->rows = static_cast<Path *>(linitial(output_rel->pathlist))->rows;
	output_rel->serverid = sample->serverid;
	output_rel->userid = sample->userid;
	output_rel->useridiscurrent = sample->useridiscurrent;
	output_rel->fdwroutine = sample->fdwroutine;
	output_rel->fdw_private = set;
	RemoteQuery *query = MakeQuery(set);
	AddSetPath(root, output_rel, output_rel->reltarget, query, set->rows,
			   CostOf(*set->settings, set->rows, output_rel->reltarget->width, set->work - kPreferred, 0, QualCost{}));
}

} // namespace

void AddSetPath(PlannerInfo *root, RelOptInfo *rel, PathTarget *target, RemoteQuery *query, double rows,
				const QueryCost &cost)
{
	const RemoteRelation *set = query->source;
	PathTarget *faces = copy_pathtarget(target);
	ListCell *cell;
	foreach (cell, faces->exprs)
	{
		const Var *var = lfirst_node(Var, cell);
		// What tells the sides of INTERSECT and EXCEPT apart is nobody's business above them.
		lfirst(cell) = var->varattno <= list_length(set->columns)
						   ? static_cast<void *>(ColumnOf(set, var->varattno - 1).face)
						   : static_cast<void *>(makeNullConst(var->vartype, -1, InvalidOid));
	}
	AddFacedPath(root, rel, target, faces, query, rows, cost);
}

void InitSetOperations()
{
	previous_hook = create_upper_paths_hook;
	create_upper_paths_hook = OfferSetOperation;
}

} // namespace fabric::fdw
