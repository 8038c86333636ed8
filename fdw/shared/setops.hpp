// UNION, INTERSECT and EXCEPT of what one server has, as one statement over a derived table: SELECT s.c1 FROM (SELECT ... AS c1
// UNION SELECT ...) s.
//
// PostgreSQL plans each arm as a query of its own, with a range table and a PlannerInfo of its own, and asks no wrapper about what
// is above them; create_upper_paths_hook is told. What that means:
//
// - What an arm gives is what its last stage (UPPERREL_FINAL) has left in fdw_private: a RemoteQuery.
// - The columns of a set operation are Vars of relation 0, which only an Append may give. So their plans give faces (faces.hpp): what
//   the first arm computes, as EXPLAIN shows it for an Append.
// - The arms' subqueries are no part of such a plan, so their relations would neither be checked for rights nor locked: they are
//   added to the range table of the query that the set operation stands in.
#pragma once

#include "fdw/shared/relation.hpp"
#include "fdw/shared/translate_internal.hpp"

namespace fabric::fdw
{

// A column of a set operation.
struct SetColumn
{
	Operand operand; // what is known of it in all arms
	Oid type;
	int32 typmod;
	Oid collation;
	const ColumnFacts *facts; // of the first arm's column, when those of all are of the same remote type; else nullptr
	const char *name;		  // as the first arm calls it
	Expr *face;				  // what stands for it in a plan; nullptr before the set operation is known to be shipped
};

// An arm: a subquery, or another set operation.
struct SetArm
{
	PlannerInfo *root; // of the subquery; of another set operation that of this one
	int leaf;		   // the subquery's number in the range table; 0: another set operation
	const RemoteQuery *query;
	List *exprs; // of Expr: its columns, each of the set operation's type
	int offset;	 // what its range table begins after in that of the query around it
};

// Its columns, numbered from 0.
const SetColumn &ColumnOf(const RemoteRelation *set, int number);

// UNION, INTERSECT, EXCEPT: the node that pushdown_exclude may name.
const char *NameOfSetOperation(SetOperation operation);
// What stands between the arms.
const char *OperatorOf(const RemoteRelation *set);
// Its name, with ALL.
const char *NameOfSet(const RemoteRelation *set);

// Writes a value of an arm: equal values, and only those, are equal remotely, and its text is PostgreSQL's.
bool WriteSetValue(Translator *translator, Expr *expr, StringInfo out, Operand *operand);

// Writes a column of a set operation where an expression may stand.
bool WriteColumnOfSet(Translator *translator, const Var *var, Form form, StringInfo out, Operand *operand);

// What is selected to fetch a column, numbered from 0.
char *FetchOfSetColumn(const Translator &translator, int number);

// What a statement over a set operation gives: a List of TargetEntry.
List *TargetsOfSet(const RemoteRelation *set);

// The range table indexes of the tables it reads, in the query that it stands in.
Relids RelidsOfSet(const RemoteRelation *set);

// Adds the path of a query over a set operation.
void AddSetPath(PlannerInfo *root, RelOptInfo *rel, PathTarget *target, RemoteQuery *query, double rows,
				const QueryCost &cost);

// Installs the hook; called by _PG_init.
void InitSetOperations();

} // namespace fabric::fdw
