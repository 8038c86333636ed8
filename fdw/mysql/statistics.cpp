// The MySQL dialect: samples for ANALYZE, and what EXPLAIN says of a statement.
#include <string_view>

#include "core/histogram.hpp"
#include "core/parse.hpp"
#include "core/server_version.hpp"

#include "pg/guard.hpp"
#include "pg/memory.hpp"

#include "fdw/mysql/dialect.hpp"
#include "fdw/shared/text.hpp"

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

// As many as PostgreSQL's own ANALYZE keeps by default.
constexpr size_t kMostValues = 100;

std::string_view View(const FabricCell &cell)
{
	return cell.data != nullptr ? std::string_view(cell.data, cell.size) : std::string_view();
}

// The cells of the query for values, after the first two.
enum MysqlValuesColumn
{
	kValuesNulls = kValuesFirst,
	kValuesFrequency,
	kValuesLeast,
	kValuesGreatest,
	kValuesKind,
	kValuesHistogram
};

core::Histogram ReadHistogram(const FabricCell *cells)
{
	core::Histogram histogram;
	std::string_view kind = View(cells[kValuesKind]);
	std::string_view text = View(cells[kValuesHistogram]);
	std::string_view least = View(cells[kValuesLeast]);
	std::string_view greatest = View(cells[kValuesGreatest]);
	bool read = kind == "MYSQL"		? core::read_mysql_histogram(text, &histogram)
				: kind == "JSON_HB" ? core::read_mariadb_histogram(text, &histogram)
									: core::read_histogram_widths(text, least, greatest, &histogram);
	if ((!read || histogram.buckets.empty()) && cells[kValuesLeast].data != nullptr &&
		cells[kValuesGreatest].data != nullptr)
		histogram.buckets = {{std::string(least), std::string(greatest), 1, 0}};
	return histogram;
}

const char *Copy(const std::string &text)
{
	return pnstrdup(text.data(), text.size());
}

} // namespace

ColumnValues *MysqlDialect::ReadValues(const FabricCell *cells) const
{
	return pg::entry(
		[&]() -> ColumnValues *
		{
			const core::Histogram histogram = ReadHistogram(cells);
			const core::ValueSummary summary = core::summarize(histogram, kMostValues, kMostValues + 1);
			ColumnValues *values = nullptr;
			pg::call(
				[&]
				{
					values = pg::make_plain<ColumnValues>();
					values->null_share = NumberOf(cells[kValuesNulls], histogram.null_share);
					values->distinct = summary.distinct;
					values->rows_per_value = NumberOf(cells[kValuesFrequency], 0);
					values->common = pg::make_array<const char *>(summary.common.size());
					values->shares = pg::make_array<double>(summary.common.size());
					values->bounds = pg::make_array<const char *>(summary.bounds.size());
					for (const core::CommonValue &common : summary.common)
					{
						values->shares[values->ncommon] = common.share;
						values->common[values->ncommon++] = Copy(common.value);
					}
					for (const std::string &bound : summary.bounds)
						values->bounds[values->nbounds++] = Copy(bound);
				});
			return values;
		});
}

namespace
{

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
