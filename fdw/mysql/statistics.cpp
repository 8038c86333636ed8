// The MySQL dialect: samples for ANALYZE, and what EXPLAIN says of a statement.
#include <string_view>

#include "core/parse.hpp"
#include "core/server_version.hpp"

#include "fdw/mysql/dialect.hpp"
#include "fdw/mysql/text.hpp"

namespace fabric::fdw::mysql
{

void MysqlDialect::AppendByChance(StringInfo out, double probability) const
{
	// Without a seed: another sample each time.
	appendStringInfo(out, "RAND() < %.12f", probability);
}

bool MysqlDialect::AppendShortened(StringInfo out, const char *fetch, const ColumnFacts &facts, Oid type,
								   int limit) const
{
	if (facts.is_json || Is(facts.data_type, "json"))
	{
		// A document cannot be cut; a text of that length is one.
		if (type != JSONBOID && type != JSONOID && type != TEXTOID)
			return false;
		appendStringInfo(out, "IF(LENGTH(%s) > %d, CONCAT('\"', REPEAT('-', %d), '\"'), %s)", fetch, limit, limit,
						 fetch);
		return true;
	}
	bool text = IsOneOf(facts.data_type, {"varchar", "text", "mediumtext", "longtext"});
	bool bytes = IsOneOf(facts.data_type,
						 {"varbinary", "blob", "mediumblob", "longblob", "geometry", "linestring", "polygon",
						  "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection"});
	bool fits = type == BYTEAOID ? text || bytes : (type == TEXTOID || type == VARCHAROID) && text;
	// Shapes have no declared length.
	if (!fits || (facts.length >= 0 && facts.length <= limit))
		return false;
	appendStringInfo(out, "LEFT(%s, %d)", fetch, limit);
	return true;
}

void MysqlDialect::AppendExplain(StringInfo out, const FabricServerInfo &server, const char *sql) const
{
	core::ServerVersion version;
	bool mariadb = core::parse_server_version(std::string_view(server.version), &version) &&
				   version.flavour == core::Flavour::mariadb;
	// The table with the column "filtered": MySQL may have another format as its default, MariaDB wants to be asked for it.
	appendStringInfo(out, "EXPLAIN %s %s", mariadb ? "EXTENDED" : "FORMAT=TRADITIONAL", sql);
}

namespace
{

double NumberOf(const FabricCell &cell, double absent)
{
	double value = absent;
	if (cell.data != nullptr && core::parse_double(cell.data, cell.size, &value) != core::ParseError::ok)
		return absent;
	return value;
}

bool Has(const FabricCell &cell, std::string_view words)
{
	return cell.data != nullptr && std::string_view(cell.data, cell.size).find(words) != std::string_view::npos;
}

} // namespace

// The tables of the outermost query are read one within the other: rows are multiplied, each time less those that its
// conditions leave out. A subquery's own tables are read as well, but are no rows of the result. LIMIT, GROUP BY and DISTINCT
// are not told, and of a UNION only the first part is counted.
void MysqlDialect::ReadExplain(std::span<const FabricColumn> columns, const FabricCell *cells,
							   RemoteEstimate *estimate) const
{
	FabricCell id{}, type{}, rows{}, filtered{}, extra{};
	bool known = false;
	for (size_t i = 0; i < columns.size(); ++i)
	{
		if (Is(columns[i].name, "id"))
			id = cells[i];
		else if (Is(columns[i].name, "select_type"))
			type = cells[i];
		else if (Is(columns[i].name, "rows"))
			rows = cells[i], known = true;
		else if (Is(columns[i].name, "filtered"))
			filtered = cells[i];
		else if (Is(columns[i].name, "Extra"))
			extra = cells[i];
	}
	if (!known || estimate->rows < 0)
	{
		estimate->rows = -1; // not what a server of this dialect answers
		return;
	}
	// Without rows: nothing is to be read, because there is nothing, or because the answer is known.
	bool impossible = Has(extra, "Impossible") || Has(extra, "no matching row") || Has(extra, "No matching");
	double read = NumberOf(rows, impossible ? 0 : 1);
	double kept = read * NumberOf(filtered, 100) / 100;
	bool outermost = NumberOf(id, 0) == 1 && (Has(type, "SIMPLE") || Has(type, "PRIMARY"));
	if (!outermost)
	{
		estimate->examined += read;
		return;
	}
	// The first table is read once, each further one for every row so far.
	double times = estimate->examined > 0 ? estimate->rows : 1;
	estimate->examined += times * read;
	estimate->rows = times * kept;
}

} // namespace fabric::fdw::mysql
