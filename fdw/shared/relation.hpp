// What planning knows of a relation that one remote statement can read: a foreign table, a join of such, their groups.
//
// Lifecycle: made by the planner's callbacks in its memory context; hangs on RelOptInfo.fdw_private. Remote SQL is written when a
// plan is made (statement.hpp); before that a relation holds expressions, each of which is known to be translatable.
#pragma once

#include "fdw/shared/facts.hpp"

extern "C"
{
#include <foreign/fdwapi.h>
#include <nodes/pathnodes.h>
}

namespace fabric::fdw
{

// A condition of the query and what became of it.
struct Condition
{
	Expr *clause;
	const char *sql;	// of a foreign table's own: its text; nullptr when it stays
	const char *wider;	// of one that stays: shipped to fetch less; nullptr when there is none
	const char *reason; // why it stays; nullptr when it is shipped
};

struct RemoteRelation;

// A part of the WHERE clause: a condition, or [NOT] EXISTS (a relation WHERE its conditions AND those of the join).
struct WherePart
{
	Expr *clause;
	bool wider; // the condition stays local: what is shipped beside it
	const RemoteRelation *exists;
	List *on; // of Expr
	bool negated;
};

// What is not pushed and why, for EXPLAIN; one for all foreign tables of a server in a query.
struct PlanNote
{
	const char *what; // "join", "GROUP BY", ...
	Relids relids;	  // of the relation it would have read
	const char *reason;
};
struct PlanNotes
{
	List *notes; // of PlanNote*
};

struct RemoteRelation
{
	ServerSettings *settings;
	const PushRules *rules;
	Oid user_id;
	PlanNotes *notes;

	Relids relids;	 // the foreign tables it reads
	Relids computed; // these, and with 16 the outer joins: what is made of their columns may name it
	Relids hidden;	 // of these, those under EXISTS: their columns are not there
	Relids absent;	 // of these, those under NOT EXISTS that stands for an outer join: their columns are NULL
	Relids nullable; // of the others, those on the nullable side of an outer join

	RelationInfo *info; // of a foreign table; else nullptr

	// Of a foreign table: the translator that wrote its conditions, and these.
	Translator translator;
	List *conditions; // of Condition*

	// Of a join: its sides and what stands in its ON clause. EXISTS is a part of `where`, and its outer side alone is `outer`.
	JoinType join_type; // JOIN_INNER or JOIN_LEFT; JOIN_SEMI and JOIN_ANTI have become part of `where`
	const RemoteRelation *outer;
	const RemoteRelation *inner;
	List *on; // of Expr

	List *where; // of WherePart*
	List *local; // of Condition*: those that stay

	// Of a set operation (setops.hpp): what it is made of; else NIL. Its columns are Vars of no relation, as PostgreSQL's are.
	List *arms;	   // of SetArm*
	List *columns; // of SetColumn*
	SetOperation set_operation;
	bool set_all;
	const char *set_server; // the version of the server; nullptr: not known
	int depth;				// set operations within each other
	double kept;			// rows that are put aside to be compared with others

	// With window functions: the relation they are over; else nullptr. What they give is in `shipped`.
	const RemoteRelation *windowed;

	// Of groups: what is grouped and how.
	const RemoteRelation *grouped; // the relation under GROUP BY; else nullptr
	List *keys;					   // of Expr
	List *having;				   // of Expr
	List *shipped;				   // of Expr: the keys and aggregates that it gives, or columns and window functions

	// Of Expr: what stands for `shipped` in a plan, where PostgreSQL cannot name that itself; else NIL.
	List *faces;

	// Some value that is sent may have no remote form: then the plan needs a local way out.
	bool may_need_home;

	bool by_index; // a join: a remote index serves it
	double rows;   // that it gives, after its shipped conditions
	Cost work;	   // what they cost the remote server
};

// The part of the WHERE clause that a semi-join or anti-join has become.
const WherePart *ExistsOf(const RemoteRelation *join);

// A statement over a relation: what a path of ours stands for.
struct RemoteQuery
{
	const RemoteRelation *source;
	List *order; // of OrderKey*
	Node *limit; // LIMIT and OFFSET: expressions over no column; nullptr: none
	Node *offset;
	// The rows without NULL in the first key come by one statement, those with it, when they are still wanted, by another:
	// so that an index gives the order.
	bool two_arms;
};

// All rows of a relation, in no order.
inline RemoteQuery *MakeQuery(const RemoteRelation *source)
{
	RemoteQuery *query = static_cast<RemoteQuery *>(palloc0(sizeof(RemoteQuery)));
	query->source = source;
	return query;
}

// The number in a constant of LIMIT or OFFSET; -1 when it is none.
int64 CountOf(const Node *node);

// The relation behind a RelOptInfo; nullptr when no single statement can read it.
inline RemoteRelation *RelationOf(const RelOptInfo *rel)
{
	return static_cast<RemoteRelation *>(rel->fdw_private);
}

// A translator over the relation's columns.
Translator MakeTranslator(PlannerInfo *root, const RemoteRelation *relation);

// Whether a relation's rows are the query's, so that something can be made of them remotely; the reason otherwise.
bool IsComplete(const RemoteRelation *relation, const char **reason);

// Whether the server's options leave a node of the plan to the remote server; the reason otherwise.
bool NodeAllowedFor(const RemoteRelation *relation, const char *node, const char **reason);

// What a stage above scans and joins costs less than it does, so that it is preferred where both look alike.
inline constexpr Cost kPreferred = 2.5;

// The name of a relation's tables, for people: a, b.
char *NamesOf(PlannerInfo *root, Relids relids);

// The version of the server that a relation is on, as it announces it; nullptr when it is not known.
const char *ServerVersionOf(const RemoteRelation *relation);

// Whether any of the tables was planned from its import, because the server could not be reached.
bool IsOffline(PlannerInfo *root, const RemoteRelation *relation);

// Says why something is not pushed.
void Note(const RemoteRelation *relation, const char *what, Relids relids, const char *reason);

// Whether a value that a translator would send may have no remote form.
bool MayNeedHome(const Translator &translator);

// Whether a condition may see rows of those tables before the conditions of lower security levels have passed them, and the
// reason that EXPLAIN gives when it may not.
bool IsPromotable(PlannerInfo *root, const RestrictInfo *restriction, Relids relids);
inline constexpr const char *kUnpromotable =
	"it must not see rows before a row security policy or a security barrier has passed them";

// A condition on the relation's rows: its remote text, or why it stays.
Condition *TranslateCondition(RemoteRelation *relation, RelOptInfo *rel, RestrictInfo *restriction);

// The conditions of a relation that stay here (List of Expr).
List *LocalClauses(const RemoteRelation *relation);

// A path of the same rows that asks nothing of ours at this level, to be executed when a value cannot be sent; nullptr when
// there is none. It is a copy: the planner may free the original.
Path *LocalPath(RelOptInfo *rel);

// What a statement costs.
struct QueryCost
{
	Cost startup;
	Cost total;
};
// `before`: the remote work before the first row; `along`: that between the rows; `local`: what is computed of each row here.
QueryCost CostOf(const ServerSettings &settings, double rows, int width, Cost before, Cost along,
				 const QualCost &local);

// Of how many rows conditions (List of Expr) leave so many.
double RowsBefore(PlannerInfo *root, double rows, List *clauses);

// What it costs the remote server to find a row by an index, and another one beside it.
Cost LookupCost();
Cost FoundCost();

// What sorting so many rows costs the remote server.
Cost OrderWork(double rows);

// What it costs the remote server to compare the rows of a set operation's arms with each other: so many are kept of those that it
// reads.
Cost SetWork(const RemoteRelation *set, double kept, double read);

// What it costs the remote server to make so many groups.
Cost GroupWork(PlannerInfo *root, const RemoteRelation *groups, double number);

// Whether a remote index finds the rows that have one of some values in the column that this is.
bool IsLookedUpByIndex(PlannerInfo *root, const Expr *expr);

// Whether a remote index gives the order of the keys (List of OrderKey*), NULLs of the first apart.
bool IndexGivesOrder(PlannerInfo *root, const RemoteRelation *relation, List *keys);

// The rows of a table, those that its shipped conditions (List of RestrictInfo) leave, and what that costs the remote server.
void EstimateTable(PlannerInfo *root, RelOptInfo *rel, RemoteRelation *relation, List *shipped);

// The same of a join, whose rows PostgreSQL has estimated; `on` are its own conditions.
void EstimateJoin(PlannerInfo *root, RelOptInfo *joinrel, RemoteRelation *join, const RemoteRelation *outer,
				  const RemoteRelation *inner, List *on);

// The equalities with other relations that follow from equivalence classes (List of RestrictInfo).
List *EquivalentClauses(PlannerInfo *root, RelOptInfo *rel);

void GetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid foreign_table);
void GetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid foreign_table);
void GetForeignJoinPaths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
						 JoinType jointype, JoinPathExtraData *extra);
void GetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel, RelOptInfo *output_rel,
						  void *extra);

} // namespace fabric::fdw
