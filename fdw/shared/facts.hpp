// Remote facts of foreign tables: read from the server in one statement, kept until something changes.
//
// Lifecycle: a cache of the backend, by foreign table; an entry is read anew when the table's or the server's definition
// changes or when it is older than ten minutes. Plans are made anew with it.
#pragma once

#include "fdw/shared/connection.hpp"

extern "C"
{
#include <utils/rel.h>
}

namespace fabric::fdw
{

// A foreign table as the engine sees it: names, columns, facts. Palloc'd in the current context, except for the facts and the
// columns' names, which belong to the cache and stay until the transaction ends at least.
struct RelationInfo
{
	Oid relid;
	const char *schema; // remote database
	const char *table;
	bool from_options; // the facts are those of the import, because the server could not be reached
	int64 rows;		   // the server's estimate, -1 when it has none
	int64 bytes;
	bool has_odd_names; // a column may be named like an expression: COUNT(*)
	int ncolumns;		// natts of the foreign table
	TranslatableColumn *columns;
};

// Names from the options; facts through the cache, which may connect. An imported table can be planned offline, from its
// columns' options. `siblings`: other foreign tables of the same server whose facts are read in the same statement.
// Raises undefined_table when the remote table is gone.
RelationInfo *LoadRelation(const ServerSettings &settings, Relation relation, Oid user_id, List *siblings);

// What the cache has of a foreign table; nullptr when it has nothing. Never connects. The facts stay until the transaction ends
// at least.
const TableFacts *CachedFacts(Oid relid);
// The same of one of its columns.
const ColumnFacts *CachedColumnFacts(Oid relid, AttrNumber attnum);

// Makes the cache forget a table: it is asked anew at its next use.
void ForgetFacts(Oid relid);

// Forgets all facts, and all plans of this session, which were made by them.
void ForgetPlans();

// The remote indexes. Columns are named as the server spells them (ColumnFacts::name).

// A copy in the current context of a table's indexes.
IndexFacts *CopyIndexes(const TableFacts &from);
// Whether a remote index lets no value of a column repeat (but NULL). As of the facts' age: for estimates, not for proofs.
bool ColumnIsUnique(const TableFacts &facts, const char *column);
// An index that finds rows by equality of these columns (List of String), at least of as much of them as it holds: they are
// its first ones, in any order. nullptr when there is none.
const IndexFacts *IndexBeginningWith(const TableFacts &facts, List *columns);
// An index that gives the rows ordered by these columns, all upwards or all downwards. The order of text is the remote
// collation's.
const IndexFacts *IndexInOrderOf(const TableFacts &facts, List *columns);
// The number of different values of these columns together, by the estimate of an index that begins with them; the rows of the
// table when it is unique; -1 when that is not known.
int64 DistinctValues(const TableFacts &facts, List *columns);

// Before a plan that was made offline runs: raises when the remote table has changed since its import.
void VerifyFacts(const ServerSettings &settings, Relation relation, Oid user_id, List *siblings);

// Reads the facts of those tables, all of one server, that the cache has not. The first table must be there.
void EnsureFacts(const ServerSettings &settings, Oid user_id, List *relids);

// The foreign tables of a server in a range table (Oid list).
List *TablesOfServer(List *range_table, Oid server_id);

// A cell's text in the database's encoding, palloc'd; nullptr for NULL.
char *CellText(const FabricCell &cell);

// The remote names of a foreign table.
void RemoteName(const ServerSettings &settings, ForeignTable *table, const char *relname, const char **schema,
				const char **name);
// The remote name of a column.
const char *RemoteColumnName(const Tenant &tenant, Oid relid, const FormData_pg_attribute *attribute);

// Reads facts for the named tables of a remote schema (NIL: all of them, or all but those), ordered by name; without their
// indexes unless those are wanted. Palloc'd in the current context.
List *ReadTableFacts(Connection *connection, const char *schema, List *tables, bool except, bool indexes = false);

// Reads what the server knows of the columns' values into facts that were just read (List of TableFacts*). A server that
// refuses to tell gives a warning: estimates do without.
void ReadColumnValues(Connection *connection, const char *schema, List *names, List *tables);
const ColumnValues *CopyValues(const ColumnValues *from);

// The names of those tables, as the server spells them (List of String), and why nothing is known of their columns (List of String,
// nullptr in it: not said).
List *ReadTableNames(Connection *connection, const char *schema, List *tables, bool except, List **reasons);

// Whether the remote side knows a schema of this name.
bool RemoteSchemaExists(Connection *connection, const char *schema);

void InitFacts();

} // namespace fabric::fdw
