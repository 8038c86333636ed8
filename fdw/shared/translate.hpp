// The shippability walk: turns a PostgreSQL expression into remote SQL, or says why it must stay local.
//
// One walk decides and writes, so that the two can never disagree. Everything lives in the current memory context; no
// destructor matters, so PostgreSQL errors may pass through. Remote SQL is always UTF-8. Where a value is known only
// at run time the text holds a marker (0xFF, a form letter, four hexadecimal digits: the index into `params`); 0xFF
// never occurs in UTF-8.
#pragma once

#include "fdw/shared/dialect.hpp"

extern "C"
{
#include <nodes/pathnodes.h>
#include <nodes/primnodes.h>
}

namespace fabric::fdw
{

inline constexpr char kMarker = '\xFF';
inline constexpr int kMarkerLength = 6;

// The kinds of marker: one value in a given form, or a list of values for IN.
enum class MarkerKind : char
{
	value = 'v',
	pattern = 'm',	   // the pattern of a LIKE
	list = 'L',		   // an array as (a, b, c)
	padded_list = 'N', // as (a, b, c, NULL)
	rows = 'R',		   // the keys of a lookup join as ((a, b), (c, d))
	limit = 'l',	   // a number of rows
	offset = 'o',
};

// The allow-list of a dialect as a server's options narrow or widen it.
struct PushRules
{
	bool off;			  // pushdown 'off': nothing is shipped
	List *excluded;		  // Oid list of functions kept local by option
	List *excluded_nodes; // String list of node names (CASE, IN, ...) kept local by option
	int nincluded;		  // entries added by a superuser
	const Signature *included;
};

// One column of the relation as the translator may see it.
struct TranslatableColumn
{
	const char *name; // remote name; NULL for a dropped or system column
	ColumnReference reference;
	const char *reason; // why reference.kind is none
};

struct RelationInfo;
struct RemoteRelation;

struct Translator
{
	const RemoteRelation *source;
	const Dialect *dialect;
	const PushRules *rules;
	PlannerInfo *root;
	Relids relids;					// the relations whose columns may be written
	Relids hidden;					// of these, those whose columns are not there: under EXISTS
	Relids absent;					// of these, those whose columns are NULL where the expressions stand
	Relids outer;					// relations whose columns are known before the statement is sent: values
	RelationInfo *const *relations; // by varno; filled for relids
	bool qualified;					// columns are written with their relation's alias (AppendAlias)
	bool grouped;					// aggregates may be written
	bool two_arms;					// NULLs in the first key of ORDER BY come by a statement of their own
	List *params;					// expressions evaluated locally and sent as values
	const char *reason;				// why the last translation failed
	bool patterns;					// a pattern is sent as a value: not every one means the same remotely
	// Something written so far may raise an error remotely: then no equality may be propagated into it.
	bool raises;
	bool minds_null; // something written so far is computed also where one of its operands is NULL

	// Writes a condition (boolean expression). False with `reason` set when it must stay local; `params` is then unchanged.
	bool Condition(Expr *expr, StringInfo out);
	// For a condition that must stay local: writes a wider one that lets everything through that it might, so that less is
	// fetched. False when there is none.
	bool WiderCondition(Expr *expr, StringInfo out);
};

// The alias of a relation in a statement over several: r1, r2, ...
void AppendAlias(StringInfo out, int varno);

// The relations whose columns an expression reads, with nothing else in the set.
Relids VarnosOf(Node *node);

// The column behind a Var; nullptr when it is none of the translator's relations, a system column or a whole row.
const TranslatableColumn *FindColumn(const Translator &translator, const Var *var);

// The entry of the allow-list for a function, nullptr when there is none. Respects the rules' exclusions (then the reason
// tells) and inclusions.
const Signature *FindSignature(const Dialect &dialect, Oid function);

// Writes an array's elements as the right side of IN, with a NULL after them when `padded`. False when the remote side cannot say one of them; nothing is
// appended then.
bool AppendArrayLiteral(const Dialect &dialect, bool isnull, Datum value, Oid element_type, Form form, bool padded,
						StringInfo out);

// Marker at `text` (which points at kMarker): its kind and parameter index.
void ReadMarker(const char *text, MarkerKind *kind, int *index);

// Copies `sql` with its markers shown as $1, $2, ... for people.
char *ShowMarkers(const char *sql);

// The expression nodes that are shipped without being functions, for the documentation and the coverage table.
struct NodeEntry
{
	const char *name;
	bool pushed;
	const char *remark;
};
std::span<const NodeEntry> NodeEntries();

} // namespace fabric::fdw
