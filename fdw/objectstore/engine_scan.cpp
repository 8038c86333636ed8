/*
 * fabric_scan: from locations and options to a call of the engine's reader for the format.
 */
#include "fdw/objectstore/engine_scan.hpp"

#include "fdw/objectstore/engine_facts.hpp"
#include "fdw/objectstore/engine_files.hpp"

#include "core/csv_record.hpp"
#include "core/sqlstate.hpp"

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/function/table_function.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/expression/columnref_expression.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/expression/star_expression.hpp"
#include "duckdb/parser/parsed_data/create_table_function_info.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref/subqueryref.hpp"
#include "duckdb/parser/tableref/table_function_ref.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace fabric::fdw::objectstore
{

namespace
{

/* A line of a CSV file may be so long, in bytes; and what is read of the file at once, of which each thread keeps a few. */
constexpr int64_t longest_line = 8 << 20;
constexpr int64_t csv_buffer = 8 << 20;

enum class Format : uint8_t
{
	none,
	parquet,
	csv
};

Format format_named(std::string_view name) noexcept
{
	return name == "parquet" ? Format::parquet : name == "csv" ? Format::csv : Format::none;
}

bool ends_with(std::string_view text, std::string_view end) noexcept
{
	return text.size() >= end.size() &&
		   std::equal(end.begin(), end.end(), text.end() - static_cast<std::ptrdiff_t>(end.size()),
					  [](char wanted, char found)
					  { return wanted == (found >= 'A' && found <= 'Z' ? found + 32 : found); });
}

} // namespace

std::string_view unpacked_name(std::string_view path) noexcept
{
	for (const std::string_view compressed : {".gz", ".zst"})
		if (ends_with(path, compressed))
			path.remove_suffix(compressed.size());
	return path;
}

namespace
{

/* By the name's end, what compresses it left aside. */
Format format_of(std::string_view path) noexcept
{
	path = unpacked_name(path);
	for (const std::string_view end : {".parquet", ".pq"})
		if (ends_with(path, end))
			return Format::parquet;
	for (const std::string_view end : {".csv", ".tsv"})
		if (ends_with(path, end))
			return Format::csv;
	return Format::none;
}

Format common_format(const std::vector<std::string> &paths)
{
	const Format first = format_of(paths.front());
	for (const std::string &path : paths)
	{
		const Format format = format_of(path);
		if (format == Format::none)
			Throw(core::Error(core::sqlstate::invalid_parameter_value,
							  "what format file \"" + path + "\" has cannot be told by its name", {},
							  "Say it by the option format."));
		if (format != first)
			Throw(core::Error(core::sqlstate::invalid_parameter_value,
							  "files \"" + paths.front() + "\" and \"" + path + "\" are of different formats", {},
							  "One table is of files of one format: narrow its location."));
	}
	return first;
}

/* The files of all locations, each once, in their order. */
std::vector<std::string> files_of(Scope &scope, const std::string &locations)
{
	std::vector<std::string> paths;
	std::unordered_set<std::string> seen;
	for (std::size_t at = 0; at < locations.size();)
	{
		const std::size_t end = std::min(locations.find('\n', at), locations.size());
		const std::string location = locations.substr(at, end - at);
		at = end + 1;
		if (location.empty())
			continue;
		for (std::string &path : scope.find(location))
			if (seen.insert(path).second)
				paths.push_back(std::move(path));
	}
	return paths;
}

/* A call of one of the engine's readers. */
class ReaderCall
{
public:
	ReaderCall(const Scope &scope, const char *reader, const std::vector<std::string> &paths) : reader_(reader)
	{
		duckdb::vector<duckdb::Value> names;
		for (const std::string &path : paths)
			names.push_back(duckdb::Value(scope.prefix() + path));
		arguments_.push_back(duckdb::make_uniq<duckdb::ConstantExpression>(
			duckdb::Value::LIST(duckdb::LogicalType::VARCHAR, std::move(names))));
	}

	void add(const char *name, duckdb::Value value)
	{
		auto argument = duckdb::make_uniq<duckdb::ConstantExpression>(std::move(value));
		argument->SetAlias(name);
		arguments_.push_back(std::move(argument));
	}

	duckdb::unique_ptr<duckdb::TableRef> take()
	{
		auto call = duckdb::make_uniq<duckdb::TableFunctionRef>();
		call->function = duckdb::make_uniq<duckdb::FunctionExpression>(reader_, std::move(arguments_));
		return call;
	}

private:
	const char *reader_;
	duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>> arguments_;
};

/* The rows of a scan whose column filename shows the paths as users know them. */
duckdb::unique_ptr<duckdb::TableRef> with_plain_names(const Scope &scope, duckdb::unique_ptr<duckdb::TableRef> scan)
{
	duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>> arguments;
	arguments.push_back(duckdb::make_uniq<duckdb::ColumnRefExpression>("filename"));
	arguments.push_back(duckdb::make_uniq<duckdb::ConstantExpression>(
		duckdb::Value::BIGINT(static_cast<int64_t>(scope.prefix().size()) + 1)));
	auto all = duckdb::make_uniq<duckdb::StarExpression>();
	all->replace_list["filename"] = duckdb::make_uniq<duckdb::FunctionExpression>("substr", std::move(arguments));
	auto node = duckdb::make_uniq<duckdb::SelectNode>();
	node->select_list.push_back(std::move(all));
	node->from_table = std::move(scan);
	auto select = duckdb::make_uniq<duckdb::SelectStatement>();
	select->node = std::move(node);
	return duckdb::make_uniq<duckdb::SubqueryRef>(std::move(select));
}

using Options = duckdb::named_parameter_map_t;

/* The value of an option, or another one where it is not given. */
duckdb::Value option(const Options &options, const char *name, duckdb::Value otherwise)
{
	const auto found = options.find(name);
	return found != options.end() && !found->second.IsNull() ? found->second : std::move(otherwise);
}

/* The one byte of an option. */
char byte_option(const Options &options, const char *name, char otherwise)
{
	const std::string text = option(options, name, duckdb::Value(std::string(1, otherwise))).ToString();
	if (text.size() != 1)
		Throw(core::Error(core::sqlstate::invalid_parameter_value,
						  std::string("option ") + name + " must be a single one-byte character"));
	return text[0];
}

/* The first record of a CSV file, whatever compresses it; empty when there is none. */
std::vector<std::string> first_record(duckdb::ClientContext &context, const Scope &scope, const std::string &path,
									  const core::CsvDialect &dialect, duckdb::FileCompressionType compression)
{
	auto file = duckdb::FileSystem::GetFileSystem(context).OpenFile(
		scope.prefix() + path, duckdb::FileOpenFlags(duckdb::FileOpenFlags::FILE_FLAGS_READ) | compression);
	core::CsvRecord record(dialect);
	std::vector<char> bytes(4096);
	for (;;)
	{
		const int64_t got = file->Read(bytes.data(), bytes.size());
		if (got == 0)
			break;
		if (record.feed(std::string_view(bytes.data(), static_cast<std::size_t>(got))))
			return record.fields();
		if (record.size() > static_cast<std::size_t>(longest_line))
			Throw(core::Error(core::sqlstate::program_limit_exceeded, "the first line of file \"" + path +
																		  "\" is longer than " +
																		  std::to_string(longest_line >> 20) + " MB"));
	}
	if (!record.finish())
		Throw(core::Error(core::sqlstate::data_corrupted,
						  "a quote in the first line of file \"" + path + "\" is never closed"));
	return record.fields();
}

duckdb::FileCompressionType compression_named(const std::string &name)
{
	return name == "none"	? duckdb::FileCompressionType::UNCOMPRESSED
		   : name == "gzip" ? duckdb::FileCompressionType::GZIP
		   : name == "zstd" ? duckdb::FileCompressionType::ZSTD
							: duckdb::FileCompressionType::AUTO_DETECT;
}

/*
 * CSV as COPY reads it: a field that is empty and not quoted is NULL, every line has as many fields as the first. Nothing is
 * guessed from the content, which would leave out lines that do not fit the guess. Files without a byte have no rows.
 */
duckdb::unique_ptr<duckdb::TableRef> scan_csv(duckdb::ClientContext &context, const Scope &scope,
											  const Options &options, const std::vector<std::string> &paths)
{
	const bool tabs = ends_with(unpacked_name(paths.front()), ".tsv");
	core::CsvDialect dialect;
	dialect.delimiter = byte_option(options, "delimiter", tabs ? '\t' : ',');
	dialect.quote = byte_option(options, "quote", '"');
	dialect.escape = byte_option(options, "escape", dialect.quote);
	const bool header = option(options, "header", duckdb::Value::BOOLEAN(true)).GetValue<bool>();
	const std::string compression = option(options, "compression", duckdb::Value("auto")).ToString();

	std::vector<std::string> with_rows;
	std::vector<std::string> names;
	for (const std::string &path : paths)
	{
		std::vector<std::string> record = first_record(context, scope, path, dialect, compression_named(compression));
		if (record.empty())
			continue;
		if (!header)
			record.assign(record.size(), std::string());
		record = core::distinct_names(std::move(record));
		if (with_rows.empty())
			names = record;
		else if (record != names)
			Throw(core::Error(core::sqlstate::fdw_inconsistent_descriptor_information,
							  "files \"" + with_rows.front() + "\" and \"" + path + "\" have other columns", {},
							  "One table is of CSV files with the same columns in the same order."));
		with_rows.push_back(path);
	}
	if (with_rows.empty())
		Throw(core::Error(core::sqlstate::fdw_inconsistent_descriptor_information,
						  "file \"" + paths.front() + "\" is empty: it does not tell its columns"));

	ReaderCall call(scope, "read_csv", with_rows);
	duckdb::child_list_t<duckdb::Value> columns;
	for (const std::string &name : names)
		columns.emplace_back(name, duckdb::Value("VARCHAR"));
	call.add("auto_detect", duckdb::Value::BOOLEAN(false));
	call.add("columns", duckdb::Value::STRUCT(std::move(columns)));
	call.add("header", duckdb::Value::BOOLEAN(header));
	call.add("delim", duckdb::Value(std::string(1, dialect.delimiter)));
	call.add("quote", duckdb::Value(std::string(1, dialect.quote)));
	call.add("escape", duckdb::Value(std::string(1, dialect.escape)));
	call.add("nullstr", option(options, "null_text", duckdb::Value("")));
	call.add("allow_quoted_nulls", duckdb::Value::BOOLEAN(false));
	call.add("strict_mode", duckdb::Value::BOOLEAN(true));
	call.add("null_padding", duckdb::Value::BOOLEAN(false));
	call.add("ignore_errors", duckdb::Value::BOOLEAN(false));
	call.add("max_line_size", duckdb::Value(std::to_string(longest_line)));
	call.add("buffer_size", duckdb::Value::UBIGINT(csv_buffer));
	call.add("compression", duckdb::Value(compression));
	for (const char *same : {"hive_partitioning", "filename"})
		if (options.find(same) != options.end())
			call.add(same, options.at(same));
	return call.take();
}

duckdb::unique_ptr<duckdb::TableRef> scan_parquet(Scope &scope, const Options &options,
												  const std::vector<std::string> &paths)
{
	for (const std::string &path : paths)
		(void)scope.footer(path);
	ReaderCall call(scope, "read_parquet", paths);
	for (const char *same : {"hive_partitioning", "union_by_name", "filename"})
		if (options.find(same) != options.end())
			call.add(same, options.at(same));
	return call.take();
}

/* What the call means, as SQL. */
std::string sql_of(const duckdb::TableFunctionBindInput &input)
{
	std::map<std::string, std::string> arguments;
	for (const auto &[name, value] : input.named_parameters)
		arguments[name] = value.ToSQLString();
	std::string sql = "fabric_scan(" + quoted(input.inputs[0].ToString());
	for (const auto &[name, value] : arguments)
		sql += ", " + name + " := " + value;
	return sql + ")";
}

/* About as many lines as the files have, by the beginning of the first. */
int64_t lines_of(duckdb::ClientContext &context, const Scope &scope, const std::string &path, uint64_t size,
				 duckdb::FileCompressionType compression)
{
	/* Text takes about as many times as much room as when it is compressed. */
	constexpr double inflation = 5;
	const bool compressed = compression == duckdb::FileCompressionType::AUTO_DETECT
								? unpacked_name(path).size() != path.size()
								: compression != duckdb::FileCompressionType::UNCOMPRESSED;
	auto file = duckdb::FileSystem::GetFileSystem(context).OpenFile(
		scope.prefix() + path, duckdb::FileOpenFlags(duckdb::FileOpenFlags::FILE_FLAGS_READ) | compression);
	std::vector<char> bytes(1 << 16);
	const int64_t got = file->Read(bytes.data(), bytes.size());
	const auto lines = static_cast<double>(std::count(bytes.begin(), bytes.begin() + got, '\n'));
	if (got == 0)
		return 0;
	return static_cast<int64_t>(static_cast<double>(size) * (compressed ? inflation : 1) * std::max(lines, 1.0) /
								static_cast<double>(got));
}

/* Tells what is known of a Parquet scan's rows. */
void tell_parquet(Scope &scope, const std::vector<std::string> &paths, ScanFacts *facts)
{
	facts->rows = 0;
	facts->required = scope.footer(paths.front())->required;
	for (const std::string &path : paths)
	{
		const auto footer = scope.footer(path);
		facts->rows += footer->rows;
		std::erase_if(
			facts->required, [&](const std::string &name)
			{ return std::find(footer->required.begin(), footer->required.end(), name) == footer->required.end(); });
	}
}

duckdb::unique_ptr<duckdb::TableRef> replace_scan(duckdb::ClientContext &context, duckdb::TableFunctionBindInput &input)
{
	const auto scope = scope_in(context);
	const Options &options = input.named_parameters;
	const std::vector<std::string> paths = files_of(*scope, input.inputs[0].ToString());
	if (paths.empty())
		Throw(core::Error(core::sqlstate::invalid_parameter_value, "a location must not be empty"));
	const Format given = format_named(option(options, "format", duckdb::Value("auto")).ToString());
	const Format format = given != Format::none ? given : common_format(paths);
	auto scan =
		format == Format::parquet ? scan_parquet(*scope, options, paths) : scan_csv(context, *scope, options, paths);
	ScanFacts facts;
	facts.sql = sql_of(input);
	facts.state = scope->state_of(paths);
	if (scope->describing)
	{
		facts.bytes = scope->size_of(paths);
		if (format == Format::parquet)
			tell_parquet(*scope, paths, &facts);
		else
			facts.rows = lines_of(context, *scope, paths.front(), facts.bytes,
								  compression_named(option(options, "compression", duckdb::Value("auto")).ToString()));
		scope->described = std::move(facts);
	}
	else
		require_as_told(context, *scope, facts);
	if (option(options, "filename", duckdb::Value::BOOLEAN(false)).GetValue<bool>())
		scan = with_plain_names(*scope, std::move(scan));
	return scan;
}

} // namespace

void register_scan(duckdb::Connection &connection)
{
	duckdb::TableFunction scan("fabric_scan", {duckdb::LogicalType::VARCHAR}, nullptr, nullptr);
	scan.bind_replace = replace_scan;
	for (const char *text : {"format", "compression", "delimiter", "quote", "escape", "null_text"})
		scan.named_parameters[text] = duckdb::LogicalType::VARCHAR;
	for (const char *flag : {"header", "hive_partitioning", "union_by_name", "filename"})
		scan.named_parameters[flag] = duckdb::LogicalType::BOOLEAN;
	connection.BeginTransaction();
	duckdb::CreateTableFunctionInfo info(scan);
	duckdb::Catalog::GetSystemCatalog(*connection.context).CreateTableFunction(*connection.context, info);
	connection.Commit();
}

} // namespace fabric::fdw::objectstore
