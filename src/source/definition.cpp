// Statements about servers and user mappings. See definition.hpp.
#include "source/definition.hpp"

#include "pg/spi.hpp"

#include "secrets/store.hpp"

extern "C"
{
#include <access/reloptions.h>
#include <access/xact.h>
#include <catalog/pg_type.h>
#include <catalog/pg_user_mapping.h>
#include <foreign/foreign.h>
#include <nodes/makefuncs.h>
#include <nodes/parsenodes.h>
#include <tcop/dest.h>
#include <tcop/utility.h>
#include <utils/acl.h>
#include <utils/builtins.h>
#include <utils/syscache.h>
}

namespace fabric::source
{

namespace
{

// Runs a statement. `text` stands for it where statements are shown and kept.
void Run(Node *statement, const char *text)
{
	PlannedStmt *planned = makeNode(PlannedStmt);
	planned->commandType = CMD_UTILITY;
	planned->utilityStmt = statement;
	planned->stmt_location = -1;
	ProcessUtility(planned, text, false, PROCESS_UTILITY_QUERY, nullptr, nullptr, None_Receiver, nullptr);
	CommandCounterIncrement();
}

RoleSpec *Role(const char *name)
{
	RoleSpec *role = makeNode(RoleSpec);
	role->roletype = strcmp(name, secrets::kPublic) == 0 ? ROLESPEC_PUBLIC : ROLESPEC_CSTRING;
	role->rolename = pstrdup(name);
	role->location = -1;
	return role;
}

bool Has(List *options, const char *name)
{
	ListCell *cell;
	foreach (cell, options)
		if (strcmp(lfirst_node(DefElem, cell)->defname, name) == 0)
			return true;
	return false;
}

// Changes to options that are there.
List *Changes(List *wanted, List *there)
{
	List *changes = NIL;
	ListCell *cell;
	foreach (cell, wanted)
	{
		DefElem *option = lfirst_node(DefElem, cell);
		bool old = Has(there, option->defname);
		if (option->defaction == DEFELEM_DROP && !old)
			continue;
		DefElem *change = makeDefElem(option->defname, option->arg, -1);
		change->defaction = option->defaction == DEFELEM_DROP ? DEFELEM_DROP : old ? DEFELEM_SET : DEFELEM_ADD;
		changes = lappend(changes, change);
	}
	return changes;
}

// A role's own user mapping; false when there is none. *options: what it says.
bool FindMapping(const ForeignServer *server, Oid role, List **options)
{
	HeapTuple tuple =
		SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(role), ObjectIdGetDatum(server->serverid));
	if (!HeapTupleIsValid(tuple))
		return false;
	bool isnull;
	Datum value = SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple, Anum_pg_user_mapping_umoptions, &isnull);
	*options = isnull ? NIL : untransformRelOptions(value);
	ReleaseSysCache(tuple);
	return true;
}

// The roles that have a user mapping, public among them: List of String.
List *MappedRoles(const char *source)
{
	MemoryContext context = CurrentMemoryContext;
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(source)};
	return pg::query("SELECT usename::text FROM pg_catalog.pg_user_mappings WHERE srvname = $1::name ORDER BY usename",
					 lengthof(types), types, values, nullptr, [&] { return pg::AllTexts(context); });
}

// PostgreSQL's own hint is about a statement that the user has not given.
void HintAtCascade(void *)
{
	if (geterrcode() == ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST)
		errhint("With cascade => true these go as well.");
}

} // namespace

void CreateServer(const char *source, const char *wrapper, List *options)
{
	CreateForeignServerStmt *create = makeNode(CreateForeignServerStmt);
	create->servername = pstrdup(source);
	create->fdwname = pstrdup(wrapper);
	create->options = Changes(options, NIL);
	Run(reinterpret_cast<Node *>(create), "CREATE SERVER (by pg_fabric)");
}

void AlterServer(const char *source, List *options)
{
	AlterForeignServerStmt *alter = makeNode(AlterForeignServerStmt);
	alter->servername = pstrdup(source);
	alter->options = Changes(options, GetForeignServerByName(source, false)->options);
	if (alter->options != NIL)
		Run(reinterpret_cast<Node *>(alter), "ALTER SERVER (by pg_fabric)");
}

void DropServer(const char *source, bool cascade)
{
	ListCell *cell;
	foreach (cell, MappedRoles(source))
	{
		DropUserMappingStmt *drop = makeNode(DropUserMappingStmt);
		drop->user = Role(strVal(lfirst(cell)));
		drop->servername = pstrdup(source);
		Run(reinterpret_cast<Node *>(drop), "DROP USER MAPPING (by pg_fabric)");
	}
	DropStmt *drop = makeNode(DropStmt);
	drop->removeType = OBJECT_FOREIGN_SERVER;
	drop->objects = list_make1(makeString(pstrdup(source)));
	drop->behavior = cascade ? DROP_CASCADE : DROP_RESTRICT;
	ErrorContextCallback hint = {error_context_stack, HintAtCascade, nullptr};
	error_context_stack = &hint;
	Run(reinterpret_cast<Node *>(drop), "DROP SERVER (by pg_fabric)");
	error_context_stack = hint.previous;
}

void SetOwner(const char *source, const char *owner)
{
	AlterOwnerStmt *alter = makeNode(AlterOwnerStmt);
	alter->objectType = OBJECT_FOREIGN_SERVER;
	alter->object = reinterpret_cast<Node *>(makeString(pstrdup(source)));
	alter->newowner = Role(owner);
	Run(reinterpret_cast<Node *>(alter), "ALTER SERVER OWNER (by pg_fabric)");
}

void SetDescription(const char *source, const char *description)
{
	CommentStmt *comment = makeNode(CommentStmt);
	comment->objtype = OBJECT_FOREIGN_SERVER;
	comment->object = reinterpret_cast<Node *>(makeString(pstrdup(source)));
	comment->comment = pstrdup(description);
	Run(reinterpret_cast<Node *>(comment), "COMMENT ON SERVER (by pg_fabric)");
}

void SetMapping(const char *source, const char *role, List *options)
{
	List *there;
	if (!FindMapping(GetForeignServerByName(source, false), secrets::RoleOf(role), &there))
	{
		CreateUserMappingStmt *create = makeNode(CreateUserMappingStmt);
		create->user = Role(role);
		create->servername = pstrdup(source);
		create->options = Changes(options, NIL);
		Run(reinterpret_cast<Node *>(create), "CREATE USER MAPPING (by pg_fabric)");
		return;
	}
	AlterUserMappingStmt *alter = makeNode(AlterUserMappingStmt);
	alter->user = Role(role);
	alter->servername = pstrdup(source);
	alter->options = Changes(options, there);
	if (alter->options != NIL)
		Run(reinterpret_cast<Node *>(alter), "ALTER USER MAPPING (by pg_fabric)");
}

} // namespace fabric::source
