// IMPORT FOREIGN SCHEMA: remote facts into CREATE FOREIGN TABLE statements. See import.hpp.
//
// Never aborts for one table: what cannot be a foreign table here is passed over with a NOTICE, an unknown type becomes text.
#include "pg/guard.hpp"

#include "fdw/shared/facts.hpp"
#include "fdw/shared/import.hpp"

extern "C"
{
#include <access/htup_details.h>
#include <access/xact.h>
#include <catalog/namespace.h>
#include <catalog/pg_enum.h>
#include <commands/defrem.h>
#include <commands/typecmds.h>
#include <nodes/makefuncs.h>
#include <utils/builtins.h>
#include <utils/catcache.h>
#include <utils/resowner.h>
}

namespace fabric::fdw
{

namespace
{

struct ImportOptions
{
	bool defaults;
	bool not_null;
	bool generated;
	bool comments;
	ImportChoices choices;
};

struct ImportOptionSpec
{
	const char *name;
	bool ImportOptions::*flag;
	bool ImportChoices::*choice;
};

constexpr ImportOptionSpec kImportOptions[] = {
	{"import_default", &ImportOptions::defaults, nullptr},
	{"import_not_null", &ImportOptions::not_null, nullptr},
	{"import_generated", &ImportOptions::generated, nullptr},
	{"import_comments", &ImportOptions::comments, nullptr},
	{"import_enum_as_text", nullptr, &ImportChoices::enum_as_text},
	{"import_set_as_array", nullptr, &ImportChoices::set_as_array},
	{"import_json_as_text", nullptr, &ImportChoices::json_as_text},
	{"import_time_as_time", nullptr, &ImportChoices::time_as_time},
	{"import_tinyint1_as_boolean", nullptr, &ImportChoices::tinyint1_as_boolean},
};

ImportOptions ReadOptions(List *definitions)
{
	ImportOptions options{};
	options.not_null = true;
	options.generated = true;
	options.comments = true;
	options.choices.enum_as_text = false;
	ListCell *cell;
	foreach (cell, definitions)
	{
		DefElem *definition = lfirst_node(DefElem, cell);
		const ImportOptionSpec *found = nullptr;
		StringInfoData names;
		initStringInfo(&names);
		for (const ImportOptionSpec &spec : kImportOptions)
		{
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", spec.name);
			if (strcmp(spec.name, definition->defname) == 0)
				found = &spec;
		}
		if (found == nullptr)
			ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
							errmsg("IMPORT FOREIGN SCHEMA has no option \"%s\"", definition->defname),
							errhint("Its options are: %s", names.data)));
		bool value = defGetBoolean(definition);
		if (found->flag != nullptr)
			options.*(found->flag) = value;
		else
			options.choices.*(found->choice) = value;
	}
	return options;
}

bool Is(const char *left, const char *right)
{
	return left != nullptr && strcmp(left, right) == 0;
}

// The labels in "enum('a','b''c')", in remote order; NIL when one of them cannot be a label here.
List *EnumLabels(const ColumnFacts &facts)
{
	List *labels = NIL;
	const char *at = strchr(facts.remote_type, '(');
	if (at == nullptr)
		return NIL;
	while (*at == '(' || *at == ',')
	{
		if (*++at != '\'')
			return NIL;
		StringInfoData label;
		initStringInfo(&label);
		for (++at; *at != '\0'; ++at)
		{
			if (*at == '\'' && *++at != '\'')
				break;
			appendStringInfoChar(&label, *at);
		}
		if (label.len == 0 || label.len >= NAMEDATALEN)
			return NIL;
		labels = lappend(labels, makeString(label.data));
	}
	return labels;
}

bool HasLabels(Oid type, List *labels)
{
	CatCList *members = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type));
	bool same = members->n_members == list_length(labels);
	ReleaseSysCacheList(members);
	ListCell *cell;
	foreach (cell, labels)
	{
		HeapTuple tuple =
			SearchSysCache2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(strVal(lfirst(cell))));
		same = same && HeapTupleIsValid(tuple);
		if (HeapTupleIsValid(tuple))
			ReleaseSysCache(tuple);
	}
	return same;
}

bool IsTableName(List *tables, const char *name)
{
	ListCell *cell;
	foreach (cell, tables)
		if (Is(static_cast<TableFacts *>(lfirst(cell))->name, name))
			return true;
	return false;
}

// The enum type for a column, made when it is not there. nullptr, and the column becomes text, when it cannot be made or one
// of that name has other labels. A relation's name is a type's name as well: one of the tables may have the name already.
const char *EnumType(const char *local_schema, const char *table, const ColumnFacts &facts, List *tables)
{
	List *labels = EnumLabels(facts);
	Oid schema = get_namespace_oid(local_schema, false);
	Oid type = InvalidOid;
	char *name = nullptr;
	for (const char *form : {"%s_%s", "%s_%s_enum"})
	{
		name = psprintf(form, table, facts.name);
		type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name), ObjectIdGetDatum(schema));
		if (!IsTableName(tables, name) && !(OidIsValid(type) && OidIsValid(get_typ_typrelid(type))))
			break;
	}
	if (labels == NIL || strlen(name) >= NAMEDATALEN)
	{
		ereport(NOTICE, (errmsg("column \"%s\" of table \"%s\" becomes text: its enumeration has no local form",
								facts.name, table)));
		return nullptr;
	}
	if (OidIsValid(type) && !HasLabels(type, labels))
	{
		ereport(NOTICE, (errmsg("column \"%s\" of table \"%s\" becomes text: type \"%s\" exists with other labels",
								facts.name, table, name)));
		return nullptr;
	}
	if (!OidIsValid(type))
	{
		CreateEnumStmt *create = makeNode(CreateEnumStmt);
		create->typeName = list_make2(makeString(pstrdup(local_schema)), makeString(name));
		create->vals = labels;
		DefineEnum(create);
		CommandCounterIncrement();
	}
	return quote_qualified_identifier(local_schema, name);
}

// Whether a type's input function takes a text; otherwise *why says what is wrong with it.
bool IsValueOf(const char *type_name, const char *text, const char **why)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	bool good = true;
	BeginInternalSubTransaction(nullptr);
	MemoryContextSwitchTo(context);
	try
	{
		pg::call(
			[type_name, text]
			{
				Oid type = DatumGetObjectId(DirectFunctionCall1(regtypein, CStringGetDatum(type_name)));
				Oid input;
				Oid parameter;
				getTypeInputInfo(type, &input, &parameter);
				(void)OidInputFunctionCall(input, const_cast<char *>(text), parameter, -1);
			});
	}
	catch (const pg::PgError &error)
	{
		good = false;
		*why = error.Release()->message;
	}
	if (good)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return good;
}

// A default that cannot be one here is left out: it must not end the import.
void AppendDefault(StringInfo out, const Dialect &dialect, const TableFacts &table, const ColumnFacts &facts,
				   const char *type)
{
	if (facts.column_default == nullptr || facts.generation != nullptr)
		return;
	bool now;
	const char *value = dialect.ImportDefault(facts, &now);
	const char *why = "it is not a constant";
	if (now)
		appendStringInfoString(out, " DEFAULT CURRENT_TIMESTAMP");
	else if (value != nullptr && IsValueOf(type, value, &why))
		appendStringInfo(out, " DEFAULT %s", quote_literal_cstr(value));
	else
		ereport(NOTICE,
				(errmsg("the default of column \"%s\" of table \"%s\" is left out: %s", facts.name, table.name, why)));
}

void AppendOption(StringInfo out, const char *name, const char *value, bool *first)
{
	if (value == nullptr || value[0] == '\0')
		return;
	appendStringInfo(out, "%s%s %s", *first ? " OPTIONS (" : ", ", name, quote_literal_cstr(value));
	*first = false;
}

void CloseOptions(StringInfo out, bool first)
{
	if (!first)
		appendStringInfoChar(out, ')');
}

void AppendColumn(StringInfo out, const Tenant &tenant, const ImportForeignSchemaStmt *statement,
				  const TableFacts &table, const ColumnFacts &facts, ImportOptions options, List *tables)
{
	if (Is(facts.data_type, "enum") && !options.choices.enum_as_text)
		options.choices.enum_type = EnumType(statement->local_schema, table.name, facts, tables);
	const char *type = tenant.dialect->ImportType(facts, options.choices);
	if (type == nullptr)
	{
		ereport(NOTICE, (errmsg("column \"%s\" of table \"%s\" has the unknown type %s and becomes text", facts.name,
								table.name, facts.remote_type)));
		type = "text";
	}
	const char *name = facts.own_name != nullptr ? facts.own_name : facts.name;
	appendStringInfo(out, "\t%s %s", quote_identifier(name), type);
	bool first = true;
	AppendOption(out, "column_name", name, &first);
	if (facts.key > 0)
		AppendOption(out, "key", "true", &first);
	AppendOption(out, "remote_type", facts.remote_type, &first);
	AppendOption(out, "character_set", facts.character_set, &first);
	AppendOption(out, "collation", facts.collation, &first);
	if (options.generated)
		AppendOption(out, "generated", facts.generation, &first);
	if (options.comments)
		AppendOption(out, "comment", facts.comment, &first);
	CloseOptions(out, first);
	if (options.defaults)
		AppendDefault(out, *tenant.dialect, table, facts, type);
	if (options.not_null && !facts.nullable && tenant.dialect->NotNullLasts())
		appendStringInfoString(out, " NOT NULL");
}

// Why a remote table cannot be a foreign table here; nullptr when it can.
const char *Obstacle(const TableFacts &table)
{
	if (strlen(table.name) >= NAMEDATALEN)
		return "its name is too long";
	if (table.ncolumns > MaxHeapAttributeNumber)
		return psprintf("it has %d columns, PostgreSQL allows %d", table.ncolumns, MaxHeapAttributeNumber);
	for (int i = 0; i < table.ncolumns; ++i)
	{
		if (strlen(table.columns[i].name) >= NAMEDATALEN)
			return psprintf("the name of its column \"%s\" is too long", table.columns[i].name);
		for (const char *system : {"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"})
			if (strcmp(table.columns[i].name, system) == 0)
				return psprintf("its column \"%s\" has the name of a system column", system);
	}
	return nullptr;
}

// Says which names are not among the tables described, and why: each one's own reason, or the common one.
void ReportMissing(List *names, List *tables, List *reasons, const char *why)
{
	ListCell *cell;
	foreach (cell, names)
	{
		const char *own = reasons != NIL ? strVal(list_nth(reasons, foreach_current_index(cell))) : nullptr;
		if (!IsTableName(tables, strVal(lfirst(cell))))
			ereport(NOTICE,
					(errmsg("table \"%s\" is not imported: %s", strVal(lfirst(cell)), own != nullptr ? own : why)));
	}
}

bool IsMissing(List *names, List *tables)
{
	ListCell *cell;
	foreach (cell, names)
		if (!IsTableName(tables, strVal(lfirst(cell))))
			return true;
	return false;
}

// The reasons, one for each of the names, of those that the server has but cannot make tables of.
List *ReasonsFor(Connection *connection, const char *schema, List *names)
{
	List *reasons = NIL;
	List *known = ReadTableNames(connection, schema, names, false, &reasons);
	List *result = NIL;
	ListCell *cell;
	foreach (cell, names)
	{
		int at = 0;
		while (at < list_length(known) && strcmp(strVal(list_nth(known, at)), strVal(lfirst(cell))) != 0)
			++at;
		result = lappend(result, at < list_length(known) ? list_nth(reasons, at) : makeString(nullptr));
	}
	return result;
}

char *CreateStatement(const Tenant &tenant, const ImportForeignSchemaStmt *statement, const TableFacts &table,
					  const ImportOptions &options, List *tables)
{
	StringInfoData sql;
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (\n", quote_identifier(table.name));
	for (int i = 0; i < table.ncolumns; ++i)
	{
		if (i > 0)
			appendStringInfoString(&sql, ",\n");
		AppendColumn(&sql, tenant, statement, table, table.columns[i], options, tables);
	}
	appendStringInfo(&sql, "\n) SERVER %s", quote_identifier(statement->server_name));
	bool first = true;
	AppendOption(&sql, "location", table.location, &first);
	AppendOption(&sql, "format", table.format, &first);
	if (table.location == nullptr)
	{
		AppendOption(&sql, "dbname", table.schema, &first);
		AppendOption(&sql, "table_name", table.name, &first);
	}
	if (options.comments && !(table.is_view && Is(table.comment, "VIEW")))
		AppendOption(&sql, "comment", table.comment, &first);
	CloseOptions(&sql, first);
	return sql.data;
}

} // namespace

List *ImportForeignSchema(ImportForeignSchemaStmt *statement, Oid server_id)
{
	ServerSettings *settings = LoadServerSettings(server_id);
	const Tenant &tenant = *settings->tenant;
	ImportOptions options = ReadOptions(statement->options);
	List *names = NIL;
	ListCell *cell;
	foreach (cell, statement->table_list)
		names = lappend(names, makeString(lfirst_node(RangeVar, cell)->relname));

	Connection *connection = GetConnection(*settings, GetUserId());
	bool all = statement->list_type == FDW_IMPORT_SCHEMA_ALL;
	List *tables = ReadTableFacts(connection, statement->remote_schema, all ? NIL : names,
								  statement->list_type == FDW_IMPORT_SCHEMA_EXCEPT);
	if (tables == NIL && !RemoteSchemaExists(connection, statement->remote_schema))
		ereport(ERROR, (errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
						errmsg("%s server \"%s\" has no database \"%s\" that the user mapping's user may see",
							   tenant.scheme, settings->server->servername, statement->remote_schema)));
	bool except = statement->list_type == FDW_IMPORT_SCHEMA_EXCEPT;
	if (statement->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO)
	{
		List *reasons = IsMissing(names, tables) ? ReasonsFor(connection, statement->remote_schema, names) : NIL;
		ReportMissing(names, tables, reasons, "there is no such table, or nothing is known of its columns");
	}
	else
	{
		List *reasons = NIL;
		List *all_names = ReadTableNames(connection, statement->remote_schema, names, except, &reasons);
		ReportMissing(all_names, tables, reasons, "nothing is known of its columns; a view's table may be gone");
	}
	List *commands = NIL;
	foreach (cell, tables)
	{
		const TableFacts &table = *static_cast<TableFacts *>(lfirst(cell));
		const char *obstacle = Obstacle(table);
		if (obstacle != nullptr)
		{
			ereport(NOTICE, (errmsg("table \"%s\" is not imported: %s", table.name, obstacle)));
			continue;
		}
		// The server's comparison of names may be loose; ours is not.
		if (statement->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO && !list_member(names, makeString(pstrdup(table.name))))
			continue;
		commands = lappend(commands, CreateStatement(tenant, statement, table, options, tables));
	}
	return commands;
}

} // namespace fabric::fdw
