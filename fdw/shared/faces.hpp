// Plans that give what PostgreSQL cannot name in EXPLAIN: the columns of a set operation, window functions under 18.
//
// Each expression has a "face" in the plan's own target list, another one that EXPLAIN can print. The nodes above refer to the
// expressions themselves: the plan stands below an Append that gives these. setrefs.c takes an Append with one child away again,
// once the references through it have been made.
#pragma once

#include "fdw/shared/relation.hpp"

namespace fabric::fdw
{

// Adds the path of a query that gives `target`, in whose plan `faces` stand for it.
void AddFacedPath(PlannerInfo *root, RelOptInfo *rel, PathTarget *target, PathTarget *faces, RemoteQuery *query,
				  double rows, const QueryCost &cost);

// What stands for expressions with window functions (List of Expr): calls by their names, none twice.
List *FacesOf(List *exprs);

// A target with a relation's faces in place of its window functions.
PathTarget *WithFaces(const PathTarget *target, const RemoteRelation *relation);

} // namespace fabric::fdw
