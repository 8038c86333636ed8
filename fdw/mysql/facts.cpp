// The MySQL dialect: what information_schema says of tables, and the PostgreSQL types IMPORT FOREIGN SCHEMA makes of it.
#include <string_view>

#include "core/parse.hpp"
#include "core/server_version.hpp"
#include "core/sql_mysql.hpp"

#include "pg/encoding.hpp"

#include "fdw/shared/facts.hpp"

#include "fdw/mysql/dialect.hpp"
#include "fdw/shared/text.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
#include <utils/builtins.h>
}

namespace fabric::fdw::mysql
{

void AppendString(StringInfo out, const char *text)
{
	Sink sink{out};
	core::append_string_literal(sink, pg::ToUtf8(text));
}

namespace
{

void AppendStrings(StringInfo out, List *strings)
{
	appendStringInfoChar(out, '(');
	ListCell *cell;
	foreach (cell, strings)
	{
		if (foreach_current_index(cell) > 0)
			appendStringInfoString(out, ", ");
		AppendString(out, strVal(lfirst(cell)));
	}
	appendStringInfoChar(out, ')');
}

// information_schema compares names without case, and takes a list whose names differ in nothing else for one name. One
// name is looked up as the server itself would; of namesakes who asked takes the exact one.
void AppendTableFilter(StringInfo out, const char *column, List *tables, bool except)
{
	if (tables == NIL)
		return;
	if (list_length(tables) == 1 && !except)
	{
		appendStringInfo(out, " AND %s = ", column);
		AppendString(out, strVal(linitial(tables)));
		return;
	}
	appendStringInfo(out, " AND %s(CAST(%s AS BINARY) IN ", except ? "NOT " : "", column);
	AppendStrings(out, tables);
	appendStringInfo(out, " OR (@@lower_case_table_names <> 0 AND %s IN ", column);
	AppendStrings(out, tables);
	appendStringInfoString(out, "))");
}

int64 Number(const FabricCell &cell, int64 absent)
{
	int64 value = absent;
	if (cell.data != nullptr && core::parse_int64(cell.data, cell.size, &value) != core::ParseError::ok)
		return absent;
	return value;
}

bool Flag(const FabricCell &cell)
{
	return Number(cell, 0) != 0;
}

} // namespace

namespace
{

// Shop and shop are two databases, unless the server knows no case.
void AppendExactSchema(StringInfo out, const char *column, const char *schema)
{
	appendStringInfo(out, " AND (CAST(%s AS BINARY) = ", column);
	AppendString(out, schema);
	appendStringInfoString(out, " OR @@lower_case_table_names <> 0)");
}

// The indexes of the same tables as one cell beside each table's first column: nine words for each of their columns.
void AppendIndexesOfTables(StringInfo out, const char *ignored, const char *schema, List *tables, bool except)
{
	appendStringInfo(out,
					 " LEFT JOIN (SELECT CAST(TABLE_NAME AS BINARY) AS OF_TABLE, GROUP_CONCAT(HEX(INDEX_NAME), ' ', "
					 "SEQ_IN_INDEX, ' ', NON_UNIQUE = 0, ' ', INDEX_TYPE <> 'HASH', ' ', %s, ' ', "
					 "COALESCE(`COLLATION` = 'D', 0), ' ', COALESCE(SUB_PART, 0), ' ', COALESCE(CARDINALITY, -1), ' ', "
					 "COALESCE(HEX(COLUMN_NAME), '') ORDER BY INDEX_NAME <> 'PRIMARY', NON_UNIQUE, INDEX_NAME, "
					 "SEQ_IN_INDEX SEPARATOR ',') AS PARTS FROM information_schema.STATISTICS "
					 "WHERE INDEX_TYPE NOT IN ('FULLTEXT', 'SPATIAL', 'RTREE', 'VECTOR') AND TABLE_SCHEMA = ",
					 ignored);
	AppendString(out, schema);
	AppendExactSchema(out, "TABLE_SCHEMA", schema);
	AppendTableFilter(out, "TABLE_NAME", tables, except);
	appendStringInfoString(out, " GROUP BY CAST(TABLE_NAME AS BINARY)) i "
								"ON i.OF_TABLE = CAST(c.TABLE_NAME AS BINARY) AND c.ORDINAL_POSITION = 1");
}

// Whether there is something to be read of columns' values, and whether this user may.
void AppendHasValues(StringInfo out, const core::ServerVersion &version, bool asked, const char *schema)
{
	if (asked && version.at_least(core::Flavour::mysql, 8, 0))
	{
		appendStringInfoString(out, "(SELECT COUNT(*) FROM information_schema.COLUMN_STATISTICS WHERE SCHEMA_NAME = ");
		AppendString(out, schema);
		appendStringInfoChar(out, ')');
	}
	else if (asked && version.at_least(core::Flavour::mariadb, 10, 4))
		appendStringInfoString(out,
							   "(SELECT COUNT(*) = 9 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'mysql' AND "
							   "TABLE_NAME = 'column_stats' AND COLUMN_NAME IN ('db_name', 'table_name', "
							   "'column_name', 'nulls_ratio', 'avg_frequency', 'min_value', 'max_value', 'hist_type', "
							   "'histogram') AND FIND_IN_SET('select', PRIVILEGES) > 0)");
	else
		appendStringInfoString(out, "NULL");
}

} // namespace

void MysqlDialect::AppendFactsQuery(StringInfo out, const FabricServerInfo &server, const char *schema, List *tables,
									bool except, bool indexes) const
{
	core::ServerVersion version;
	bool known = core::parse_server_version(std::string_view(server.version), &version);
	bool mariadb = known && version.flavour == core::Flavour::mariadb;
	appendStringInfoString(
		out, "SELECT t.TABLE_NAME, t.TABLE_COMMENT, t.TABLE_TYPE LIKE '%VIEW%', t.TABLE_ROWS, t.DATA_LENGTH, "
			 "c.COLUMN_NAME, c.DATA_TYPE, c.COLUMN_TYPE, c.CHARACTER_SET_NAME, c.COLLATION_NAME, "
			 "c.IS_NULLABLE = 'YES', c.CHARACTER_MAXIMUM_LENGTH, "
			 "COALESCE(c.NUMERIC_PRECISION, c.DATETIME_PRECISION), c.NUMERIC_SCALE, ");
	// MariaDB tells a default as SQL text; MySQL tells a literal's value bare.
	appendStringInfoString(out, mariadb ? "c.COLUMN_DEFAULT, "
										: "IF(c.EXTRA LIKE '%DEFAULT_GENERATED%', c.COLUMN_DEFAULT, "
										  "IF(c.COLUMN_DEFAULT IS NULL, NULL, QUOTE(c.COLUMN_DEFAULT))), ");
	appendStringInfoString(out, "c.EXTRA, c.GENERATION_EXPRESSION, c.COLUMN_COMMENT, c.COLUMN_KEY = 'PRI', ");
	appendStringInfoString(out, mariadb ? "x.CHECK_CLAUSE IS NOT NULL" : "c.DATA_TYPE = 'json'");
	appendStringInfoString(out, indexes ? ", i.PARTS, " : ", NULL, ");
	AppendHasValues(out, version, known && indexes, schema);
	appendStringInfoString(
		out, ", NULL, NULL, NULL, NULL, NULL FROM information_schema.TABLES t JOIN information_schema.COLUMNS c "
			 "ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME "
			 "AND CAST(c.TABLE_SCHEMA AS BINARY) = CAST(t.TABLE_SCHEMA AS BINARY) "
			 "AND CAST(c.TABLE_NAME AS BINARY) = CAST(t.TABLE_NAME AS BINARY)");
	if (mariadb)
	{
		appendStringInfoString(out, " LEFT JOIN (SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CHECK_CLAUSE FROM "
									"information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ");
		AppendString(out, schema);
		AppendTableFilter(out, "TABLE_NAME", tables, except);
		appendStringInfoString(out, " AND CHECK_CLAUSE LIKE 'json\\_valid(%') x "
									"ON CAST(x.CONSTRAINT_SCHEMA AS BINARY) = CAST(c.TABLE_SCHEMA AS BINARY) "
									"AND CAST(x.TABLE_NAME AS BINARY) = CAST(c.TABLE_NAME AS BINARY) "
									"AND x.CHECK_CLAUSE = CONCAT('json_valid(`', c.COLUMN_NAME, '`)')");
	}
	if (indexes)
	{
		const char *ignored = "0";
		if (known && version.at_least(core::Flavour::mariadb, 10, 6))
			ignored = "IGNORED = 'YES'";
		else if (known && version.at_least(core::Flavour::mysql, 8, 0))
			ignored = "IS_VISIBLE = 'NO'";
		AppendIndexesOfTables(out, ignored, schema, tables, except);
	}
	appendStringInfoString(out, " WHERE t.TABLE_SCHEMA = ");
	AppendString(out, schema);
	appendStringInfoString(out, " AND c.TABLE_SCHEMA = ");
	AppendString(out, schema);
	AppendExactSchema(out, "t.TABLE_SCHEMA", schema);
	AppendTableFilter(out, "t.TABLE_NAME", tables, except);
	AppendTableFilter(out, "c.TABLE_NAME", tables, except);
	appendStringInfoString(out, " ORDER BY BINARY t.TABLE_NAME, c.ORDINAL_POSITION");
}

// After the names: share of NULLs, rows per value, least and greatest value, kind of histogram, the histogram.
void MysqlDialect::AppendValuesQuery(StringInfo out, const FabricServerInfo &server, const char *schema,
									 List *tables) const
{
	core::ServerVersion version;
	bool mariadb = core::parse_server_version(std::string_view(server.version), &version) &&
				   version.flavour == core::Flavour::mariadb;
	const char *table = mariadb ? "table_name" : "TABLE_NAME";
	appendStringInfoString(
		out,
		mariadb
			? "SELECT table_name, column_name, nulls_ratio, avg_frequency, min_value, max_value, hist_type, "
			  "IF(hist_type = 'JSON_HB', histogram, DECODE_HISTOGRAM(hist_type, histogram)) FROM mysql.column_stats "
			  "WHERE db_name = "
			: "SELECT TABLE_NAME, COLUMN_NAME, NULL, NULL, NULL, NULL, 'MYSQL', HISTOGRAM FROM "
			  "information_schema.COLUMN_STATISTICS WHERE SCHEMA_NAME = ");
	AppendString(out, schema);
	AppendTableFilter(out, table, tables, false);
}

void MysqlDialect::AppendSchemaQuery(StringInfo out, const char *schema) const
{
	appendStringInfoString(out, "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ");
	AppendString(out, schema);
}

void MysqlDialect::AppendNamesQuery(StringInfo out, const char *schema, List *tables, bool except) const
{
	appendStringInfoString(out, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ");
	AppendString(out, schema);
	AppendTableFilter(out, "TABLE_NAME", tables, except);
}

bool MysqlDialect::ParseRemoteType(const char *remote_type, ColumnFacts *out) const
{
	size_t word = strcspn(remote_type, "( ");
	if (word == 0)
		return false;
	memset(out, 0, sizeof *out);
	out->data_type = pnstrdup(remote_type, word);
	out->is_unsigned = strstr(remote_type, " unsigned") != nullptr;
	out->is_json = Is(out->data_type, "json");
	out->length = -1;
	int first = 0;
	int second = 0;
	int numbers = sscanf(remote_type + word, "(%d,%d)", &first, &second);
	struct TextLength
	{
		const char *type;
		int64 length;
	};
	static constexpr TextLength kLengths[] = {
		{"tinytext", 255}, {"text", 65535}, {"mediumtext", 16777215}, {"longtext", INT64CONST(4294967295)}};
	for (const TextLength &entry : kLengths)
		if (Is(out->data_type, entry.type))
			out->length = entry.length;
	if (Is(out->data_type, "char") || Is(out->data_type, "varchar"))
		out->length = numbers > 0 ? first : 1;
	out->precision = first;
	out->scale = second;
	if (Is(out->data_type, "decimal") && numbers < 1)
		return false;
	return true;
}

void MysqlDialect::ReadFacts(const FabricCell *cells, ColumnFacts *out) const
{
	memset(out, 0, sizeof *out);
	out->found = true;
	out->name = CellText(cells[kFactColumn]);
	out->data_type = CellText(cells[kFactDataType]);
	out->remote_type = CellText(cells[kFactColumnType]);
	out->character_set = CellText(cells[kFactCharacterSet]);
	out->collation = CellText(cells[kFactCollation]);
	out->comment = CellText(cells[kFactComment]);
	out->generation = CellText(cells[kFactGeneration]);
	if (out->generation != nullptr && out->generation[0] == '\0')
		out->generation = nullptr;
	out->column_default = CellText(cells[kFactDefault]);
	if (Is(out->column_default, "NULL"))
		out->column_default = nullptr;
	const char *extra = CellText(cells[kFactExtra]);
	out->auto_increment = extra != nullptr && strstr(extra, "auto_increment") != nullptr;
	out->nullable = Flag(cells[kFactNullable]);
	out->is_unsigned = strstr(out->remote_type, " unsigned") != nullptr;
	out->is_json = Flag(cells[kFactIsJson]);
	out->key = Flag(cells[kFactKeyPosition]) ? 1 : 0;
	out->length = Number(cells[kFactLength], -1);
	out->precision = static_cast<int>(Number(cells[kFactPrecision], 0));
	out->scale = static_cast<int>(Number(cells[kFactScale], 0));
}

namespace
{

// The words that describe a column of an index.
enum PartWord
{
	kPartIndex,
	kPartPosition,
	kPartUnique,
	kPartOrdered,
	kPartIgnored,
	kPartDescending,
	kPartPrefix,
	kPartDistinct,
	kPartColumn,
	kPartWords
};

// Cuts the description of an index's column into words, which may be empty; false for one of another shape.
bool SplitPart(const char *at, const char *end, FabricCell *words)
{
	for (int i = 0; i < kPartWords; ++i)
	{
		const void *space = at < end ? memchr(at, ' ', static_cast<size_t>(end - at)) : nullptr;
		if ((space == nullptr) != (i == kPartWords - 1))
			return false;
		const char *stop = space != nullptr ? static_cast<const char *>(space) : end;
		words[i] = {at, static_cast<size_t>(stop - at)};
		at = stop + 1;
	}
	return true;
}

const char *FromHex(const FabricCell &word)
{
	if (word.size == 0 || word.size % 2 != 0)
		return nullptr;
	char *bytes = static_cast<char *>(palloc(word.size / 2 + 1));
	uint64 size = hex_decode(word.data, word.size, bytes);
	bytes[size] = '\0';
	return CellText({bytes, size});
}

} // namespace

void MysqlDialect::ReadIndexes(const FabricCell &cell, TableFacts *out) const
{
	size_t most = 1;
	for (size_t i = 0; i < cell.size; ++i)
		most += cell.data[i] == ',';
	out->indexes = static_cast<IndexFacts *>(palloc0(sizeof(IndexFacts) * most));
	out->nindexes = 0;
	IndexPart *part = static_cast<IndexPart *>(palloc0(sizeof(IndexPart) * most));
	const char *end = cell.data + cell.size;
	FabricCell name{nullptr, 0};
	for (const char *at = cell.data; at < end;)
	{
		const void *comma = memchr(at, ',', static_cast<size_t>(end - at));
		const char *stop = comma != nullptr ? static_cast<const char *>(comma) : end;
		FabricCell words[kPartWords];
		bool fits = SplitPart(at, stop, words);
		at = stop + 1;
		if (!fits)
			continue;
		const FabricCell &of = words[kPartIndex];
		if (name.data == nullptr || name.size != of.size || memcmp(name.data, of.data, of.size) != 0)
		{
			IndexFacts &index = out->indexes[out->nindexes++];
			index.name = FromHex(of);
			index.primary = Is(index.name, "PRIMARY");
			index.unique = Flag(words[kPartUnique]);
			index.ordered = Flag(words[kPartOrdered]);
			index.ignored = Flag(words[kPartIgnored]);
			index.parts = part;
			name = of;
		}
		IndexFacts &index = out->indexes[out->nindexes - 1];
		if (Number(words[kPartPosition], 0) != index.nparts + 1)
		{
			// A column before this one is kept from us: the index is what comes before that.
			index.unique = false;
			continue;
		}
		++index.nparts;
		part->column = FromHex(words[kPartColumn]);
		part->prefix = static_cast<int>(Number(words[kPartPrefix], 0));
		part->descending = Flag(words[kPartDescending]);
		part->distinct = Number(words[kPartDistinct], -1);
		++part;
	}
}

const char *MysqlDialect::ImportType(const ColumnFacts &facts, const ImportChoices &choices) const
{
	const char *type = facts.data_type;
	if (facts.is_json)
		return choices.json_as_text ? "text" : "jsonb";
	if (Is(type, "tinyint"))
		return strncmp(facts.remote_type, "tinyint(1)", 10) == 0 && choices.tinyint1_as_boolean ? "boolean"
																								: "smallint";
	if (Is(type, "smallint"))
		return facts.is_unsigned ? "integer" : "smallint";
	if (Is(type, "mediumint"))
		return "integer";
	if (Is(type, "int"))
		return facts.is_unsigned ? "bigint" : "integer";
	if (Is(type, "bigint"))
		return facts.is_unsigned ? "numeric(20,0)" : "bigint";
	if (Is(type, "float"))
		return "real";
	if (Is(type, "double"))
		return "double precision";
	if (Is(type, "decimal"))
		return psprintf("numeric(%d,%d)", facts.precision, facts.scale);
	if (Is(type, "year"))
		return "smallint";
	if (Is(type, "bit"))
		return psprintf("bit(%d)", facts.precision);
	if (Is(type, "char") || Is(type, "varchar"))
	{
		// Zero characters are allowed there and not here.
		if (facts.length <= 0)
			return "text";
		return psprintf("%s(" INT64_FORMAT ")", Is(type, "char") ? "character" : "character varying", facts.length);
	}
	for (const char *text : {"tinytext", "text", "mediumtext", "longtext"})
		if (Is(type, text))
			return "text";
	for (const char *bytes :
		 {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry", "point", "linestring",
		  "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection"})
		if (Is(type, bytes))
			return "bytea";
	if (Is(type, "enum"))
		return choices.enum_as_text || choices.enum_type == nullptr ? "text" : choices.enum_type;
	if (Is(type, "set"))
		return choices.set_as_array ? "text[]" : "text";
	if (Is(type, "date"))
		return "date";
	if (Is(type, "datetime"))
		return psprintf("timestamp(%d) without time zone", facts.precision);
	if (Is(type, "timestamp"))
		return psprintf("timestamp(%d) with time zone", facts.precision);
	if (Is(type, "time"))
		return psprintf(choices.time_as_time ? "time(%d) without time zone" : "interval(%d)", facts.precision);
	return nullptr;
}

const char *MysqlDialect::ImportDefault(const ColumnFacts &facts, bool *now) const
{
	const char *text = facts.column_default;
	*now = false;
	constexpr std::string_view kNow = "current_timestamp"; // perhaps with a number of digits
	if (pg_strncasecmp(text, kNow.data(), kNow.size()) == 0)
	{
		*now = true;
		return nullptr;
	}
	if (text[0] == '\'')
	{
		// A quoted literal: take the quoting away, in the server's own escapes.
		StringInfoData value;
		initStringInfo(&value);
		const char *at = text + 1;
		for (; *at != '\0' && !(*at == '\'' && at[1] != '\''); ++at)
		{
			if (*at == '\'')
				++at;
			else if (*at == '\\' && at[1] != '\0')
			{
				++at;
				if (*at == '0')
					return nullptr; // a NUL byte
				if (*at == 'n' || *at == 'r')
				{
					appendStringInfoChar(&value, *at == 'n' ? '\n' : '\r');
					continue;
				}
			}
			appendStringInfoChar(&value, *at);
		}
		return *at == '\'' && at[1] == '\0' ? value.data : nullptr;
	}
	const char *at = *text == '-' ? text + 1 : text;
	if (*at != '\0' && strspn(at, "0123456789.") == strlen(at))
		return text;
	return nullptr;
}

namespace
{

// Type numbers of the protocol (enum_field_types).
enum WireType
{
	kWireDecimal = 0,
	kWireTiny = 1,
	kWireShort = 2,
	kWireLong = 3,
	kWireFloat = 4,
	kWireDouble = 5,
	kWireNull = 6,
	kWireTimestamp = 7,
	kWireLongLong = 8,
	kWireInt24 = 9,
	kWireDate = 10,
	kWireTime = 11,
	kWireDatetime = 12,
	kWireYear = 13,
	kWireNewDate = 14,
	kWireVarchar = 15,
	kWireBit = 16,
	kWireNewDecimal = 246,
};

bool IsWireInteger(int type)
{
	return type == kWireTiny || type == kWireShort || type == kWireLong || type == kWireLongLong ||
		   type == kWireInt24 || type == kWireYear;
}

} // namespace

bool MysqlDialect::WireTypeFits(const FabricColumn &column, Oid type) const
{
	int wire = column.native_type;
	if (wire == kWireNull)
		return true;
	switch (type)
	{
		case BOOLOID:
			return IsWireInteger(wire) || wire == kWireBit;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return IsWireInteger(wire);
		case NUMERICOID:
			return IsWireInteger(wire) || wire == kWireDecimal || wire == kWireNewDecimal;
		case FLOAT4OID:
		case FLOAT8OID:
			return IsWireInteger(wire) || wire == kWireDecimal || wire == kWireNewDecimal || wire == kWireFloat ||
				   wire == kWireDouble;
		case DATEOID:
			return wire == kWireDate || wire == kWireNewDate;
		case TIMESTAMPOID:
			return wire == kWireDatetime || wire == kWireTimestamp || wire == kWireDate || wire == kWireNewDate;
		case TIMESTAMPTZOID:
			return wire == kWireTimestamp || wire == kWireDatetime;
		case TIMEOID:
		case INTERVALOID:
			return wire == kWireTime;
		case BITOID:
		case VARBITOID:
			return wire == kWireBit;
		case BYTEAOID:
			return wire == kWireVarchar || wire > kWireNewDecimal;
		default:
			return true; // text and types with an input function read any text
	}
}

} // namespace fabric::fdw::mysql
