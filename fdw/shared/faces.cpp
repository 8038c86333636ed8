// Plans that give what PostgreSQL cannot name in EXPLAIN. See faces.hpp.
#include "pg/compat.hpp"

#include "fdw/shared/faces.hpp"

extern "C"
{
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/pathnode.h>
#include <optimizer/tlist.h>
}

namespace fabric::fdw
{

void AddFacedPath(PlannerInfo *root, RelOptInfo *rel, PathTarget *target, PathTarget *faces, RemoteQuery *query,
				  double rows, const QueryCost &cost)
{
	Path *scan = reinterpret_cast<Path *>(pg::compat::CreateForeignUpperPath(
		root, rel, faces, rows, cost.startup, cost.total, NIL, nullptr, list_make1(query)));
	Path *path =
		reinterpret_cast<Path *>(create_append_path(root, rel, list_make1(scan), NIL, NIL, nullptr, 0, false, rows));
	path->pathtarget = target;
	// Below another set operation, of other types or that tells its sides apart, the paths have been given its columns already.
	const Path *other = rel->pathlist != NIL ? static_cast<Path *>(linitial(rel->pathlist)) : nullptr;
	if (other != nullptr && !equal(other->pathtarget->exprs, target->exprs))
		path = reinterpret_cast<Path *>(create_projection_path(root, rel, path, other->pathtarget));
	add_path(rel, path);
}

List *FacesOf(List *exprs)
{
	List *faces = NIL;
	ListCell *cell;
	foreach (cell, exprs)
	{
		Expr *face = static_cast<Expr *>(lfirst(cell));
		if (IsA(face, WindowFunc))
		{
			const WindowFunc *function = reinterpret_cast<const WindowFunc *>(face);
			face = reinterpret_cast<Expr *>(
				makeFuncExpr(function->winfnoid, function->wintype, static_cast<List *>(copyObjectImpl(function->args)),
							 function->wincollid, function->inputcollid, COERCE_EXPLICIT_CALL));
		}
		while (list_member(faces, face))
			face = reinterpret_cast<Expr *>(makeRelabelType(face, exprType(reinterpret_cast<Node *>(face)), -1,
															exprCollation(reinterpret_cast<Node *>(face)),
															COERCE_IMPLICIT_CAST));
		faces = lappend(faces, face);
	}
	return faces;
}

namespace
{

Node *PutFaces(Node *node, void *context)
{
	const RemoteRelation *relation = static_cast<const RemoteRelation *>(context);
	if (node == nullptr)
		return nullptr;
	for (int i = 0; IsA(node, WindowFunc) && i < list_length(relation->shipped); ++i)
		if (equal(list_nth(relation->shipped, i), node))
			return static_cast<Node *>(copyObjectImpl(list_nth(relation->faces, i)));
	return pg::compat::MutateExpressionTree(node, PutFaces, context);
}

} // namespace

PathTarget *WithFaces(const PathTarget *target, const RemoteRelation *relation)
{
	PathTarget *faces = copy_pathtarget(const_cast<PathTarget *>(target));
	faces->exprs = reinterpret_cast<List *>(
		PutFaces(reinterpret_cast<Node *>(faces->exprs), const_cast<RemoteRelation *>(relation)));
	return faces;
}

} // namespace fabric::fdw
