// The dialect of files: names, columns, facts and errors. See dialect.hpp.
#include <string_view>

#include "core/sqlstate.hpp"

#include "pg/encoding.hpp"

#include "fdw/shared/chunks.hpp"
#include "fdw/shared/facts.hpp"
#include "fdw/shared/text.hpp"
#include "fdw/shared/translate.hpp"

#include "fdw/objectstore/dialect.hpp"
#include "fdw/objectstore/text.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
#include <utils/builtins.h>
#include <utils/formatting.h>
}

namespace fabric::fdw::objectstore
{

const ObjectStoreDialect &Instance()
{
	static const ObjectStoreDialect instance;
	return instance;
}

namespace
{

// The engine's types whose values are read as they lie, and the local type each is imported as. Others are read as text.
struct TypeEntry
{
	const char *remote;
	const char *local;
};

constexpr TypeEntry kTypes[] = {
	{"boolean", "boolean"},
	{"tinyint", "smallint"},
	{"smallint", "smallint"},
	{"integer", "integer"},
	{"bigint", "bigint"},
	{"hugeint", "numeric(39,0)"},
	{"utinyint", "smallint"},
	{"usmallint", "integer"},
	{"uinteger", "bigint"},
	{"ubigint", "numeric(20,0)"},
	{"float", "real"},
	{"double", "double precision"},
	{"varchar", "text"},
	{"blob", "bytea"},
	{"date", "date"},
	{"time", "time without time zone"},
	{"time_ns", "time without time zone"},
	{"timestamp", "timestamp without time zone"},
	{"timestamp_s", "timestamp without time zone"},
	{"timestamp_ms", "timestamp without time zone"},
	{"timestamp_ns", "timestamp without time zone"},
	{"timestamp with time zone", "timestamp with time zone"},
	{"interval", "interval"},
	{"uuid", "uuid"},
};

// Those that become text on their way.
constexpr TypeEntry kTextTypes[] = {
	{"uhugeint", "numeric(39,0)"},
	{"time with time zone", "time with time zone"},
	{"bit", "bit varying"},
	{"bignum", "numeric"},
	{"json", "jsonb"},
};

const char *Find(std::span<const TypeEntry> entries, const char *remote)
{
	for (const TypeEntry &entry : entries)
		if (strcmp(entry.remote, remote) == 0)
			return entry.local;
	return nullptr;
}

bool StartsWith(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

// A type that is made of others: its values are read as JSON, but lists of what is read as it lies.
bool IsNested(const char *remote)
{
	return StartsWith(remote, "struct(") || StartsWith(remote, "map(") || StartsWith(remote, "union(") ||
		   remote[strlen(remote) - 1] == ']';
}

// The type of the elements of a list, or of an array of fixed size; nullptr for what is neither.
char *ElementOf(const char *remote)
{
	size_t size = strlen(remote);
	if (size < 3 || remote[size - 1] != ']')
		return nullptr;
	const char *open = strrchr(remote, '[');
	return pnstrdup(remote, open - remote);
}

// What a scalar type is imported as; nullptr when it is none that is read as it lies.
const char *ScalarType(const char *remote)
{
	if (StartsWith(remote, "decimal("))
		return psprintf("numeric%s", remote + strlen("decimal"));
	if (StartsWith(remote, "enum("))
		return "text";
	return Find(kTypes, remote);
}

const char *ListType(const char *remote)
{
	const char *element = ElementOf(remote);
	const char *type = element != nullptr ? ScalarType(element) : nullptr;
	return type != nullptr ? psprintf("%s[]", type) : nullptr;
}

} // namespace

void ObjectStoreDialect::AppendIdentifier(StringInfo out, const char *name) const
{
	appendStringInfoChar(out, '"');
	for (; *name != '\0'; ++name)
	{
		if (*name == '"')
			appendStringInfoChar(out, '"');
		appendStringInfoChar(out, *name);
	}
	appendStringInfoChar(out, '"');
}

void ObjectStoreDialect::AppendTable(StringInfo out, const char *, const char *name) const
{
	appendStringInfoString(out, name);
}

void AppendString(StringInfo out, const char *text)
{
	appendStringInfoChar(out, '\'');
	for (; *text != '\0'; ++text)
	{
		if (*text == '\'')
			appendStringInfoChar(out, '\'');
		appendStringInfoChar(out, *text);
	}
	appendStringInfoChar(out, '\'');
}

void AppendName(StringInfo out, const char *name, int alias)
{
	if (alias != 0)
	{
		AppendAlias(out, alias);
		appendStringInfoChar(out, '.');
	}
	Instance().AppendIdentifier(out, pg::ToUtf8(name));
}

namespace
{

// What texts of a column are written by, when they are to become such a type; nullptr: as the type itself reads them.
const char *FormatFor(const ColumnFacts &facts, Oid type)
{
	if (facts.date_format == nullptr)
		return nullptr;
	size_t first = strcspn(facts.date_format, "\n");
	const char *format = nullptr;
	if (type == DATEOID)
		format = pnstrdup(facts.date_format, first);
	else if (type == TIMESTAMPOID || type == TIMESTAMPTZOID)
		format = facts.date_format + first + 1;
	return format != nullptr && format[0] != '\0' ? format : nullptr;
}

} // namespace

void ObjectStoreDialect::AppendFetch(StringInfo out, const ColumnFacts *facts, const char *column_name, Oid type,
									 int alias) const
{
	StringInfoData name;
	initStringInfo(&name);
	AppendName(&name, facts != nullptr && facts->own_name != nullptr ? facts->name : column_name, alias);
	const char *remote = facts != nullptr ? facts->remote_type : nullptr;
	if (const char *format = facts != nullptr ? FormatFor(*facts, type) : nullptr)
	{
		// The value comes with what it is written by: kFormatMark in fdw/shared/chunks.hpp.
		appendStringInfo(out, "(chr(%d) || ", kFormatMark);
		AppendString(out, pg::ToUtf8(format));
		appendStringInfo(out, " || chr(%d) || %s)", kFormatMark, name.data);
	}
	else if (remote != nullptr && IsNested(remote) && ListType(remote) == nullptr)
		appendStringInfo(out, "CAST(to_json(%s) AS VARCHAR)", name.data);
	else if (remote != nullptr && ScalarType(remote) == nullptr && ListType(remote) == nullptr)
		appendStringInfo(out, "CAST(%s AS VARCHAR)", name.data);
	else if (type == TIMESTAMPOID && Is(remote, "timestamp_ns"))
		AppendMicroseconds(out, name.data, column_name);
	else
		appendStringInfoString(out, name.data);
}

void ObjectStoreDialect::AppendRead(StringInfo out, const ColumnFacts *facts, const char *column_name, Oid type) const
{
	// Nanoseconds are checked where they are read, and the place of one that does not fit can be told.
	if (type == TIMESTAMPOID && facts != nullptr && Is(facts->remote_type, "timestamp_ns"))
		AppendName(out, facts->own_name != nullptr ? facts->name : column_name, 0);
	else
		AppendFetch(out, facts, column_name, type, 0);
}

void ObjectStoreDialect::AppendPinnedText(StringInfo out, const ColumnReference &, const char *text) const
{
	AppendString(out, pg::ToUtf8(text));
}

void ObjectStoreDialect::AppendDetached(StringInfo out, const char *column) const
{
	appendStringInfoString(out, column);
}

void ObjectStoreDialect::AppendIsNull(StringInfo out, const ColumnReference &column, const char *operand,
									  bool negated) const
{
	appendStringInfoChar(out, '(');
	if (operand != nullptr)
		appendStringInfoString(out, operand);
	else
		AppendColumn(out, column, Form::plain);
	appendStringInfo(out, " IS %sNULL)", negated ? "NOT " : "");
}

void ObjectStoreDialect::AppendExactText(StringInfo out, const char *expression) const
{
	appendStringInfoString(out, expression);
}

void ObjectStoreDialect::AppendLikeText(StringInfo out, const char *expression) const
{
	appendStringInfoString(out, expression);
}

void ObjectStoreDialect::AppendExactWhole(StringInfo out, const char *expression, int digits) const
{
	AppendDecimal(out, expression, digits, 0);
}

// Of two decimals that fit into 64 bits the engine makes one that must fit as well.
const char *ObjectStoreDialect::WiderForm(const char *form, const Bounds &left, int widest, int digits) const
{
	constexpr int kDigitsOf64Bits = 18;
	if (digits <= kDigitsOf64Bits || widest > kDigitsOf64Bits)
		return nullptr;
	const char *first = strstr(form, "$1");
	return psprintf("%.*sCAST($1 AS DECIMAL(%d,%d))%s", static_cast<int>(first - form), form,
					Max(kDigitsOf64Bits + 1, left.whole_digits + left.fraction_digits), left.fraction_digits,
					first + 2);
}

void ObjectStoreDialect::AppendChecked(StringInfo out, const char *expression, Oid type) const
{
	appendStringInfo(out, "fabric_int%d(%s)", type == INT2OID ? 2 : type == INT4OID ? 4 : 8, expression);
}

void ObjectStoreDialect::AppendSortKey(StringInfo out, const char *key, bool descending, bool nulls_first,
									   bool never_null) const
{
	appendStringInfo(out, "%s%s%s", key, descending ? " DESC" : "",
					 never_null	   ? ""
					 : nulls_first ? " NULLS FIRST"
								   : " NULLS LAST");
}

const char *ObjectStoreDialect::SetOperator(SetOperation operation, bool all, const char *) const
{
	switch (operation)
	{
		case SETOP_INTERSECT:
			return all ? "INTERSECT ALL" : "INTERSECT";
		case SETOP_EXCEPT:
			return all ? "EXCEPT ALL" : "EXCEPT";
		default:
			return all ? "UNION ALL" : "UNION";
	}
}

void ObjectStoreDialect::AppendTextOfBytes(StringInfo out, const char *expression) const
{
	appendStringInfoString(out, expression);
}

void ObjectStoreDialect::AppendDecimal(StringInfo out, const char *expression, int digits, int scale) const
{
	appendStringInfo(out, "CAST(%s AS DECIMAL(%d,%d))", expression, Min(digits, DecimalDigits()), scale);
}

void ObjectStoreDialect::AppendKill(StringInfo, uint64) const
{
	elog(ERROR, "the engine of files is not ended by a statement");
}

const char *ObjectStoreDialect::SqlState(const FabricErrorInfo &error, bool) const
{
	return error.sqlstate;
}

bool ObjectStoreDialect::MeansOtherTables(const FabricErrorInfo &error) const
{
	return std::string_view(error.sqlstate) == core::sqlstate::fdw_inconsistent_descriptor_information;
}

const char *ObjectStoreDialect::Hint(const FabricErrorInfo &error, bool) const
{
	const std::string_view state = error.sqlstate;
	if (state == core::sqlstate::out_of_memory)
		return "Raise the setting fabric.engine_memory, or give the engine room on disk by "
			   "fabric.engine_temp_directory.";
	if (state == core::sqlstate::fdw_inconsistent_descriptor_information)
		return "The files may have other columns than the foreign table: compare, or make the table again.";
	return nullptr;
}

namespace
{

void AppendStrings(StringInfo out, List *strings)
{
	appendStringInfoChar(out, '[');
	ListCell *cell;
	foreach (cell, strings)
	{
		if (foreach_current_index(cell) > 0)
			appendStringInfoString(out, ", ");
		AppendString(out, pg::ToUtf8(strVal(lfirst(cell))));
	}
	appendStringInfoString(out, "]::VARCHAR[]");
}

void AppendDirectory(StringInfo out, const char *function, const char *directory, List *tables, bool except)
{
	appendStringInfo(out, "SELECT * FROM %s(", function);
	AppendString(out, pg::ToUtf8(directory));
	appendStringInfoString(out, ", ");
	AppendStrings(out, tables);
	appendStringInfo(out, ", %s)", except ? "true" : "false");
}

} // namespace

// A table's name is the expression that reads it, and its schema is empty; a schema that is imported is a directory.
void ObjectStoreDialect::AppendFactsQuery(StringInfo out, const FabricServerInfo &, const char *schema, List *tables,
										  bool except, bool) const
{
	if (schema[0] != '\0')
	{
		AppendDirectory(out, "fabric_directory", schema, tables, except);
		return;
	}
	appendStringInfoString(out, "SELECT * FROM fabric_facts(");
	AppendStrings(out, tables);
	appendStringInfoChar(out, ')');
}

void ObjectStoreDialect::AppendValuesQuery(StringInfo, const FabricServerInfo &, const char *, List *) const
{
	elog(ERROR, "the engine of files keeps no statistics of values");
}

void ObjectStoreDialect::AppendNamesQuery(StringInfo out, const char *schema, List *tables, bool except) const
{
	AppendDirectory(out, "fabric_directory_names", schema, tables, except);
}

// A directory that is not there has been an error before.
void ObjectStoreDialect::AppendSchemaQuery(StringInfo out, const char *) const
{
	appendStringInfoString(out, "SELECT '1'");
}

namespace
{

// The type as the engine names it, in lower case, and the digits of a decimal.
void SetType(const char *type, ColumnFacts *out)
{
	out->remote_type = asc_tolower(type, strlen(type));
	out->data_type = out->remote_type;
	if (StartsWith(out->remote_type, "decimal("))
		(void)sscanf(out->remote_type, "decimal(%d,%d)", &out->precision, &out->scale);
}

} // namespace

bool ObjectStoreDialect::ParseRemoteType(const char *remote_type, ColumnFacts *out) const
{
	SetType(remote_type, out);
	return true;
}

void ObjectStoreDialect::ReadFacts(const FabricCell *cells, ColumnFacts *out) const
{
	*out = ColumnFacts{};
	out->found = true;
	out->name = CellText(cells[kFactColumn]);
	out->own_name = CellText(cells[kFactOwnName]);
	out->looks_like = CellText(cells[kFactLooksLike]);
	out->date_format = CellText(cells[kFactDateFormat]);
	SetType(CellText(cells[kFactColumnType]), out);
	out->nullable = cells[kFactNullable].data[0] != '0';
	out->length = -1;
}

const char *ObjectStoreDialect::ImportType(const ColumnFacts &facts, const ImportChoices &) const
{
	const char *remote = facts.remote_type;
	if (facts.looks_like != nullptr)
		return facts.looks_like;
	if (const char *type = ScalarType(remote))
		return type;
	if (const char *type = ListType(remote))
		return type;
	if (IsNested(remote))
		return "jsonb";
	return Find(kTextTypes, remote);
}

void ObjectStoreDialect::AppendByChance(StringInfo out, double probability) const
{
	appendStringInfo(out, "random() < %.10g", probability);
}

bool ObjectStoreDialect::AppendShortened(StringInfo, const char *, const ColumnFacts &, Oid, int) const
{
	return false;
}

void ObjectStoreDialect::AppendExplain(StringInfo, const FabricServerInfo &, const char *) const
{
	elog(ERROR, "the engine of files is not asked for estimates");
}

} // namespace fabric::fdw::objectstore
