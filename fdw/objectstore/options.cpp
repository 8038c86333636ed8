// The options of fabric_objectstore, and the settings of its engine.
#include "pg/encoding.hpp"

#include "fdw/objectstore/dialect.hpp"
#include "fdw/objectstore/tenant.hpp"
#include "fdw/objectstore/text.hpp"

extern "C"
{
#include <utils/guc.h>
#include <utils/varlena.h>
}

namespace fabric::fdw::objectstore
{

namespace
{

constexpr OptionSpec kOptions[] = {
	// ---- server ----
	{"root", kServerOption, OptionKind::text,
	 "Directory on the PostgreSQL server's machine that locations lie below; the setting fabric.file_roots must allow "
	 "it."},
	kPushdownOption,
	kPushdownExcludeOption,
	kPushdownIncludeOption,
	kLookupBatchSizeOption,
	{"fdw_startup_cost", kServerOption, OptionKind::cost,
	 "What a statement of the engine costs, in the planner's units."},
	kTupleCostOption,
	kAsyncCapableOption,
	// ---- table ----
	{"location", kTableOption, OptionKind::text,
	 "File, pattern (*, ?, [..]; ** for any directories) or directory below the root; several on a line each."},
	{"format", kTableOption, OptionKind::choice, "What the files are; auto, by their names, if not given.",
	 "auto,parquet,csv"},
	{"compression", kTableOption, OptionKind::choice,
	 "How CSV files are compressed; auto, by their names, if not given.", "auto,none,gzip,zstd"},
	{"header", kTableOption, OptionKind::boolean,
	 "Whether the first line of a CSV file has the names; true if not given."},
	{"delimiter", kTableOption, OptionKind::text, "What parts the fields of a CSV file; a comma if not given."},
	{"quote", kTableOption, OptionKind::text, "What a field of a CSV file is quoted with; \" if not given."},
	{"escape", kTableOption, OptionKind::text,
	 "What escapes a quote in a quoted field; the quote itself if not given."},
	{"null", kTableOption, OptionKind::text, "The unquoted field that is NULL; the empty one if not given."},
	{"hive_partitioning", kTableOption, OptionKind::boolean,
	 "Whether directories named column=value are columns; if there are such, if not given."},
	{"union_by_name", kTableOption, OptionKind::boolean,
	 "Whether files with different columns are one table, where what is missing is NULL; false if not given."},
	{"filename", kTableOption, OptionKind::boolean,
	 "Whether a column filename tells the file of a row; false if not given."},
	// ---- column ----
	{"column_name", kColumnOption, OptionKind::text, "Column of the files; the column's own name if not given."},
	{"remote_type", kColumnOption, OptionKind::text, "Type in the files, as it was when the table was made."},
};

char *file_roots = nullptr;

// A path with all links followed, as the operating system has it; nullptr when there is none. Palloc'd.
char *Resolved(const char *path)
{
	char *found = realpath(path, nullptr);
	if (found == nullptr)
		return nullptr;
	char *copy = pstrdup(found);
	free(found);
	return copy;
}

bool LiesIn(const char *path, const char *directory)
{
	size_t size = strlen(directory);
	return strncmp(path, directory, size) == 0 &&
		   (path[size] == '\0' || path[size] == '/' || strcmp(directory, "/") == 0);
}

void AppendArgument(StringInfo out, const char *name, const char *value)
{
	if (value == nullptr)
		return;
	appendStringInfo(out, ", %s := ", name);
	AppendString(out, pg::ToUtf8(value));
}

void AppendFlag(StringInfo out, const Tenant &tenant, List *options, const char *name)
{
	if (OptionValue(tenant, options, name) != nullptr)
		appendStringInfo(out, ", %s := %s", name, BooleanOption(tenant, options, name, false) ? "true" : "false");
}

// What the engine reads a table by: a call of its function fabric_scan.
void NameTable(const ServerSettings &settings, const ForeignTable *table, const char *relname, const char **schema,
			   const char **name)
{
	const Tenant &tenant = *settings.tenant;
	List *options = table->options;
	const char *location = OptionValue(tenant, options, "location");
	if (location == nullptr || location[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
						errmsg("foreign table \"%s\" does not say where its files are", relname),
						errhint("Give the table the option location, a path below the server's root.")));
	StringInfoData call;
	initStringInfo(&call);
	appendStringInfoString(&call, "fabric_scan(");
	AppendString(&call, pg::ToUtf8(location));
	for (const char *text : {"format", "compression", "delimiter", "quote", "escape", "null"})
		AppendArgument(&call, strcmp(text, "null") == 0 ? "null_text" : text, OptionValue(tenant, options, text));
	for (const char *flag : {"header", "hive_partitioning", "union_by_name", "filename"})
		AppendFlag(&call, tenant, options, flag);
	appendStringInfoChar(&call, ')');
	*schema = "";
	*name = call.data;
}

bool CheckRoots(char **value, void **, GucSource)
{
	// At the start of a server this is no error: the setting may be that of a machine whose disks are not there yet.
	List *directories = NIL;
	bool good = *value == nullptr || SplitDirectoriesString(pstrdup(*value), ',', &directories);
	if (!good)
		GUC_check_errdetail("The list of directories is not well-formed.");
	return good;
}

} // namespace

const char *AdmittedRoot(const ServerSettings &settings)
{
	const char *server = settings.server->servername;
	const char *root = OptionValue(*settings.tenant, settings.server->options, "root");
	if (root == nullptr)
		ereport(ERROR, (errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
						errmsg("server \"%s\" does not say where its files are", server),
						errhint("Give the server the option root, an absolute path of a directory.")));
	char *resolved = Resolved(root);
	List *allowed = NIL;
	if (resolved != nullptr && file_roots != nullptr)
		(void)SplitDirectoriesString(pstrdup(file_roots), ',', &allowed);
	ListCell *cell;
	foreach (cell, allowed)
	{
		const char *directory = Resolved(static_cast<char *>(lfirst(cell)));
		if (directory != nullptr && LiesIn(resolved, directory))
			return resolved;
	}
	// Whether there is such a directory is told to those only who may use it.
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the root directory \"%s\" of server \"%s\" is not allowed, or there is none", root, server),
			 errhint("A superuser allows directories by the setting fabric.file_roots, a list of absolute paths.")));
	pg_unreachable();
}

void InitObjectStore()
{
	DefineCustomStringVariable("fabric.file_roots", "Directories whose files foreign tables may read.",
							   "A list of absolute paths; roots of fabric_objectstore servers must lie in one of them.",
							   &file_roots, "", PGC_SUSET, GUC_LIST_INPUT, CheckRoots, nullptr, nullptr);
	InitBudget();
}

const Tenant &ObjectStoreTenant()
{
	static const Tenant tenant{.wrapper = "fabric_objectstore",
							   .handler_symbol = "fabric_objectstore_handler",
							   .driver_library = "pg_fabric_objectstore",
							   .scheme = "file",
							   .default_port = 0,
							   .dialect = &Instance(),
							   .options = kOptions,
							   .needs_mapping = false,
							   .takes_statements = false,
							   .admitted_root = AdmittedRoot,
							   .read_limits = ReadLimits,
							   .name_table = NameTable};
	return tenant;
}

} // namespace fabric::fdw::objectstore
