// The options of fabric_objectstore, and the settings of its engine.
#include <string_view>

#include "core/file_format.hpp"

#include "pg/encoding.hpp"

#include "fdw/objectstore/dialect.hpp"
#include "fdw/objectstore/tenant.hpp"
#include "fdw/objectstore/text.hpp"
#include "fdw/shared/facts.hpp"

extern "C"
{
#include <catalog/pg_type.h>
#include <mb/pg_wchar.h>
#include <storage/fd.h>
#include <utils/guc.h>
#include <utils/lsyscache.h>
#include <utils/rel.h>
#include <utils/relcache.h>
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
	 "auto,parquet,csv,json,jsonl"},
	{"compression", kTableOption, OptionKind::choice,
	 "How CSV and JSON files are compressed; auto, by their names, if not given.", "auto,none,gzip,zstd"},
	{"date_format", kTableOption, OptionKind::text,
	 "What dates in CSV and JSON files are written by, a pattern of to_date; what the type accepts if not given."},
	{"timestamp_format", kTableOption, OptionKind::text,
	 "What timestamps in CSV and JSON files are written by, a pattern of to_timestamp; what the type accepts if not "
	 "given."},
	{"encoding", kTableOption, OptionKind::text,
	 "What CSV and JSON files are encoded in: a name of PostgreSQL's, or UTF16, UTF16LE, UTF16BE; UTF8 if not given."},
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
	{"row_number", kTableOption, OptionKind::boolean,
	 "Whether a column row_number tells the number of a row in its file, from 1; false if not given."},
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

// Encodings of PostgreSQL as iconv(3) names them, and those that only files have.
struct EncodingName
{
	const char *name;
	const char *iconv;
};

constexpr EncodingName kEncodings[] = {
	{"BIG5", "BIG5"},
	{"EUC_CN", "EUC-CN"},
	{"EUC_JIS_2004", "EUC-JISX0213"},
	{"EUC_JP", "EUC-JP"},
	{"EUC_KR", "EUC-KR"},
	{"EUC_TW", "EUC-TW"},
	{"GB18030", "GB18030"},
	{"GBK", "GBK"},
	{"ISO_8859_5", "ISO-8859-5"},
	{"ISO_8859_6", "ISO-8859-6"},
	{"ISO_8859_7", "ISO-8859-7"},
	{"ISO_8859_8", "ISO-8859-8"},
	{"JOHAB", "JOHAB"},
	{"KOI8R", "KOI8-R"},
	{"KOI8U", "KOI8-U"},
	{"LATIN1", "ISO-8859-1"},
	{"LATIN2", "ISO-8859-2"},
	{"LATIN3", "ISO-8859-3"},
	{"LATIN4", "ISO-8859-4"},
	{"LATIN5", "ISO-8859-9"},
	{"LATIN6", "ISO-8859-10"},
	{"LATIN7", "ISO-8859-13"},
	{"LATIN8", "ISO-8859-14"},
	{"LATIN9", "ISO-8859-15"},
	{"LATIN10", "ISO-8859-16"},
	{"SHIFT_JIS_2004", "SHIFT_JISX0213"},
	{"SJIS", "CP932"},
	{"SQL_ASCII", "US-ASCII"},
	{"UHC", "CP949"},
	{"UTF8", ""},
	{"WIN866", "CP866"},
	{"WIN874", "CP874"},
	{"WIN1250", "CP1250"},
	{"WIN1251", "CP1251"},
	{"WIN1252", "CP1252"},
	{"WIN1253", "CP1253"},
	{"WIN1254", "CP1254"},
	{"WIN1255", "CP1255"},
	{"WIN1256", "CP1256"},
	{"WIN1257", "CP1257"},
	{"WIN1258", "CP1258"},
	{"UTF16", "UTF-16"},
	{"UTF16BE", "UTF-16BE"},
	{"UTF16LE", "UTF-16LE"},
};

// The name for iconv of an encoding of files, empty for UTF-8; an error when it has none.
const char *IconvName(const char *encoding)
{
	// Whatever PostgreSQL takes for its name: latin1, LATIN1, ISO88591.
	int known = pg_char_to_encoding(encoding);
	const char *name = known >= 0 ? pg_encoding_to_char(known) : encoding;
	for (const EncodingName &one : kEncodings)
		if (pg_strcasecmp(one.name, name) == 0)
			return one.iconv;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("files cannot be in the encoding \"%s\"", encoding),
			 errhint("Encodings are those of PostgreSQL except MULE_INTERNAL, and UTF16, UTF16LE, UTF16BE.")));
	pg_unreachable();
}

// Whether a table's files are JSON, as far as its options tell.
bool SaysJson(const Tenant &tenant, List *options, const char *location)
{
	const char *given = OptionValue(tenant, options, "format");
	core::FileFormat format = given != nullptr ? core::format_named(given) : core::FileFormat::unknown;
	if (format == core::FileFormat::unknown)
		format = core::format_of_file(std::string_view(location, strcspn(location, "\n")));
	return format == core::FileFormat::json || format == core::FileFormat::json_lines;
}

// How the values of a column are wanted of JSON: as engine_json_values.hpp has it.
const char *JsonFormOf(Oid type)
{
	Oid base = getBaseType(type);
	Oid element = get_element_type(base);
	bool json = OidIsValid(element) ? element == JSONOID || element == JSONBOID : base == JSONOID || base == JSONBOID;
	return OidIsValid(element) ? json ? "json[]" : "text[]" : json ? "json" : "text";
}

// The columns of a table over JSON, whose records need not have all of them.
void AppendJsonColumns(StringInfo out, const Tenant &tenant, List *options, Oid relid)
{
	Relation relation = RelationIdGetRelation(relid);
	if (!RelationIsValid(relation))
		return;
	List *keys = NIL;
	List *forms = NIL;
	int natts = RelationGetDescr(relation)->natts;
	for (int i = 0; i < natts; ++i)
	{
		const FormData_pg_attribute *attribute = TupleDescAttr(RelationGetDescr(relation), i);
		if (attribute->attisdropped)
			continue;
		const char *key = RemoteColumnName(tenant, relid, attribute);
		if ((strcmp(key, "filename") == 0 || strcmp(key, "row_number") == 0) &&
			BooleanOption(tenant, options, key, false))
			continue;
		const char *form = JsonFormOf(attribute->atttypid);
		int known = 0;
		while (known < list_length(keys) && strcmp(strVal(list_nth(keys, known)), key) != 0)
			++known;
		if (known < list_length(keys))
		{
			if (strcmp(strVal(list_nth(forms, known)), form) != 0)
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("two columns of foreign table \"%s\" read the key \"%s\" of JSON in different ways",
								RelationGetRelationName(relation), key),
						 errhint("Read it as jsonb, and take the other from that.")));
			continue;
		}
		keys = lappend(keys, makeString(const_cast<char *>(key)));
		forms = lappend(forms, makeString(const_cast<char *>(form)));
	}
	RelationClose(relation);
	// A table that is being made has none yet.
	if (keys == NIL && natts == 0)
		return;
	appendStringInfoString(out, ", columns := MAP {");
	for (int i = 0; i < list_length(keys); ++i)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		AppendString(out, pg::ToUtf8(strVal(list_nth(keys, i))));
		appendStringInfo(out, ": '%s'", strVal(list_nth(forms, i)));
	}
	appendStringInfoChar(out, '}');
}

// What the engine reads a table by: a call of its function fabric_scan. `places`: with the columns filename and row_number in any
// case.
char *ScanCall(const ServerSettings &settings, const ForeignTable *table, const char *relname, bool places)
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
	for (const char *text :
		 {"format", "compression", "delimiter", "quote", "escape", "null", "date_format", "timestamp_format"})
		AppendArgument(&call, strcmp(text, "null") == 0 ? "null_text" : text, OptionValue(tenant, options, text));
	const char *encoding = OptionValue(tenant, options, "encoding");
	if (encoding != nullptr && IconvName(encoding)[0] != '\0')
		AppendArgument(&call, "encoding", IconvName(encoding));
	for (const char *flag : {"header", "hive_partitioning", "union_by_name"})
		AppendFlag(&call, tenant, options, flag);
	for (const char *place : {"filename", "row_number"})
		if (places)
			appendStringInfo(&call, ", %s := true", place);
		else
			AppendFlag(&call, tenant, options, place);
	if (OidIsValid(table->relid) && SaysJson(tenant, options, location))
		AppendJsonColumns(&call, tenant, options, table->relid);
	appendStringInfoChar(&call, ')');
	return call.data;
}

void NameTable(const ServerSettings &settings, const ForeignTable *table, const char *relname, const char **schema,
			   const char **name)
{
	*schema = "";
	*name = ScanCall(settings, table, relname, false);
}

void AskPlaces(StringInfo out, const ServerSettings &settings, const ForeignTable *table, const char *relname,
			   const char *fetch)
{
	appendStringInfo(out, "SELECT %s, \"filename\", \"row_number\" FROM %s", fetch,
					 ScanCall(settings, table, relname, true));
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

// Whether the directory can be read by the server's user.
const char *Look(const ServerSettings &settings)
{
	constexpr int kEnough = 1000;
	const char *root = AdmittedRoot(settings);
	DIR *directory = AllocateDir(root);
	int found = 0;
	while (const dirent *entry = ReadDir(directory, root))
		if (entry->d_name[0] != '.' && ++found == kEnough)
			break;
	FreeDir(directory);
	return psprintf("%s%d %s", found == kEnough ? "at least " : "", found, found == 1 ? "entry" : "entries");
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
							   .ask_places = AskPlaces,
							   .name_table = NameTable,
							   .look = Look,
							   .discover = Discover,
							   .has_files = true};
	return tenant;
}

} // namespace fabric::fdw::objectstore
