// Remote facts of foreign tables: read from the server in one statement, kept until something changes.
//
// Lifecycle: a cache of the backend, by foreign table; an entry goes when the table's or the server's definition changes or
// when it is older than ten minutes.
#pragma once

#include "fdw/shared/connection.hpp"

extern "C"
{
#include <utils/rel.h>
}

namespace fabric::fdw
{

// A foreign table as the engine sees it: names, columns, facts. Palloc'd in the current context, except for the facts, which
// belong to the cache and are valid until the next catalogue change is processed.
struct RelationInfo
{
	Oid relid;
	const char *schema; // remote database
	const char *table;
	int64 rows;	 // the server's estimate, -1 when it has none
	int64 bytes;
	int ncolumns; // natts of the foreign table
	TranslatableColumn *columns;
};

// Names from the options; facts through the cache, which may connect. Raises undefined_table when the remote table is gone.
RelationInfo *LoadRelation(const ServerSettings &settings, Relation relation, Oid user_id);

// The remote names of a foreign table.
void RemoteName(const ServerSettings &settings, ForeignTable *table, const char *relname, const char **schema,
				const char **name);
// The remote name of a column.
const char *RemoteColumnName(const Tenant &tenant, Oid relid, const FormData_pg_attribute *attribute);

// Reads facts for the named tables of a remote schema (NIL: all of them, or all but those), ordered by name. Palloc'd in the
// current context.
List *ReadTableFacts(Connection *connection, const char *schema, List *tables, bool except);

// Whether the remote side knows a schema of this name.
bool RemoteSchemaExists(Connection *connection, const char *schema);

void InitFacts();

} // namespace fabric::fdw
