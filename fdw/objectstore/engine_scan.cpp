/*
 * fabric_scan: from locations and options to a call of the engine's reader for the format.
 */
#include "fdw/objectstore/engine_scan.hpp"

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

/* The name without what says that it is compressed. */
std::string_view unpacked_name(std::string_view path) noexcept
{
	for (const std::string_view compressed : {".gz", ".zst"})
		if (ends_with(path, compressed))
			path.remove_suffix(compressed.size());
	return path;
}

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

/* The scope of the session that asks. */
duckdb::shared_ptr<Scope> scope_in(duckdb::ClientContext &context)
{
	auto scope = context.registered_state->Get<Scope>(Scope::key);
	if (!scope)
		throw duckdb::PermissionException("files are read by sessions that have a root");
	return scope;
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

std::string quoted(const std::string &text)
{
	std::string literal = "'";
	for (const char byte : text)
		literal += byte == '\'' ? "''" : std::string(1, byte);
	return literal + "'";
}

/*
 * Another session of the engine, with the same rights: this one is in the middle of something.
 */
class SideSession
{
public:
	SideSession(duckdb::ClientContext &context, Scope &scope) : connection_(*context.db), scope_(scope)
	{
		connection_.context->registered_state->Insert(Scope::key, scope_in(context));
	}

	/* The result, or its error; throws when the statement was canceled. */
	duckdb::unique_ptr<duckdb::MaterializedQueryResult> query(const std::string &sql)
	{
		auto result = connection_.Query(sql);
		if (scope_.stop)
			throw duckdb::InterruptException();
		return result;
	}

private:
	duckdb::Connection connection_;
	Scope &scope_;
};

/*
 * A Parquet file says how many rows it has, and so does each of its row groups. The engine believes the groups: where damage to the
 * footer has lost one, rows would be missing in silence.
 */
void examine_footers(duckdb::ClientContext &context, Scope &scope, const std::vector<std::string> &paths)
{
	const std::vector<std::string> files = scope.unexamined(paths);
	if (files.empty())
		return;
	std::string list;
	for (const std::string &path : files)
		list += (list.empty() ? "[" : ", ") + quoted(scope.prefix() + path);
	list += "]";
	/* The number of each row in its file is made up while its row group is read, without any of its columns. (parquet_metadata would
	 * tell the groups, but some damaged footers end the process in it.) */
	auto unlike =
		SideSession(context, scope)
			.query(
				"SELECT f.file_name, f.num_rows::VARCHAR, COALESCE(g.num_rows, 0)::VARCHAR FROM "
				"parquet_file_metadata(" +
				list +
				") f LEFT JOIN (SELECT filename AS file_name, count(file_row_number) AS num_rows FROM read_parquet(" +
				list +
				", filename = true, file_row_number = true, union_by_name = true, hive_partitioning = false) GROUP BY "
				"1) g "
				"USING (file_name) WHERE f.num_rows <> COALESCE(g.num_rows, 0) ORDER BY 1 LIMIT 1");
	if (unlike->HasError())
		unlike->ThrowError();
	if (unlike->RowCount() > 0)
		Throw(core::Error(core::sqlstate::data_corrupted,
						  "file \"" + unlike->GetValue(0, 0).ToString() + "\" is damaged: it says that it has " +
							  unlike->GetValue(1, 0).ToString() + " rows, its row groups have " +
							  unlike->GetValue(2, 0).ToString()));
	scope.examined(files);
}

duckdb::unique_ptr<duckdb::TableRef> scan_parquet(duckdb::ClientContext &context, Scope &scope, const Options &options,
												  const std::vector<std::string> &paths)
{
	examine_footers(context, scope, paths);
	ReaderCall call(scope, "read_parquet", paths);
	for (const char *same : {"hive_partitioning", "union_by_name", "filename"})
		if (options.find(same) != options.end())
			call.add(same, options.at(same));
	return call.take();
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
	auto scan = format == Format::parquet ? scan_parquet(context, *scope, options, paths)
										  : scan_csv(context, *scope, options, paths);
	if (option(options, "filename", duckdb::Value::BOOLEAN(false)).GetValue<bool>())
		scan = with_plain_names(*scope, std::move(scan));
	return scan;
}

/* A SELECT in the place of a function. */
duckdb::unique_ptr<duckdb::TableRef> select_instead(duckdb::ClientContext &context, const std::string &sql)
{
	duckdb::Parser parser(context.GetParserOptions());
	parser.ParseQuery(sql);
	if (parser.statements.size() != 1 || parser.statements[0]->type != duckdb::StatementType::SELECT_STATEMENT)
		throw duckdb::InternalException("what stands for a function is no SELECT");
	return duckdb::make_uniq<duckdb::SubqueryRef>(
		duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(std::move(parser.statements[0])));
}

/* The rows that the wrapper's engine reads facts from (FactsColumn of fdw/shared/dialect.hpp), all of them text, of a table
 * (name, location, column_name, column_type). */
std::string facts_of(const std::string &from)
{
	return "SELECT name, NULL, '0', NULL, NULL, column_name, column_type, column_type, NULL, NULL, '1', NULL, NULL, "
		   "NULL, NULL, "
		   "NULL, NULL, NULL, NULL, '0', NULL, '0', location FROM " +
		   from;
}

/* fabric_facts([scan, ...]): those of scans, whose tables are called what the scans are. */
duckdb::unique_ptr<duckdb::TableRef> replace_facts(duckdb::ClientContext &context,
												   duckdb::TableFunctionBindInput &input)
{
	std::string scans;
	std::size_t number = 0;
	for (const duckdb::Value &scan : duckdb::ListValue::GetChildren(input.inputs[0]))
	{
		scans += (number > 0 ? " UNION ALL SELECT " : "SELECT ") + std::to_string(number) +
				 " AS number, row_number() OVER () AS position, " + quoted(scan.ToString()) +
				 " AS name, NULL AS location, column_name, column_type FROM (DESCRIBE SELECT * FROM " +
				 scan.ToString() + ")";
		++number;
	}
	return select_instead(context, facts_of("(" + scans + ") ORDER BY number, position"));
}

/* A table that a directory's entry can be. */
struct DataSet
{
	std::string name;
	std::string location;
	std::string problem; /* why it cannot */
	std::vector<std::pair<std::string, std::string>> columns;
};

/* The entry's name without what tells its format. */
std::string stem_of(std::string_view name)
{
	name = unpacked_name(name);
	const std::size_t dot = name.rfind('.');
	return std::string(dot != std::string_view::npos && dot > 0 ? name.substr(0, dot) : name);
}

/* Each file and each directory of a directory is one; reads their columns. `names`: only those, or all but those. */
std::vector<DataSet> data_sets(duckdb::ClientContext &context, Scope &scope, const std::string &directory,
							   const std::vector<std::string> &names, bool except)
{
	core::Result<std::vector<core::RootDirectory::Entry>> entries = scope.root().entries(directory);
	if (!entries.ok())
		Throw(*entries.error());
	const std::string base = directory == "." ? "" : directory + "/";
	std::vector<DataSet> sets;
	const auto is_named = [&](const std::string &name)
	{ return std::any_of(sets.begin(), sets.end(), [&](const DataSet &set) { return set.name == name; }); };
	for (const core::RootDirectory::Entry &entry : entries.value())
	{
		DataSet set;
		set.name = entry.directory ? entry.name : stem_of(entry.name);
		if (is_named(set.name))
			set.name = entry.name;
		set.location = base + entry.name;
		sets.push_back(std::move(set));
	}
	if (!names.empty())
		std::erase_if(sets, [&](const DataSet &set)
					  { return (std::find(names.begin(), names.end(), set.name) != names.end()) == except; });

	SideSession describing(context, scope);
	for (DataSet &set : sets)
	{
		auto columns = describing.query("DESCRIBE SELECT * FROM fabric_scan(" + quoted(set.location) + ")");
		if (columns->HasError())
		{
			set.problem = scope.plain(columns->GetErrorObject().RawMessage());
			continue;
		}
		for (duckdb::idx_t row = 0; row < columns->RowCount(); ++row)
			set.columns.emplace_back(columns->GetValue(0, row).ToString(), columns->GetValue(1, row).ToString());
	}
	return sets;
}

/* The arguments of fabric_directory and fabric_directory_names: directory, names, except. */
std::vector<DataSet> data_sets(duckdb::ClientContext &context, const duckdb::TableFunctionBindInput &input)
{
	const auto scope = scope_in(context);
	std::vector<std::string> names;
	for (const duckdb::Value &name : duckdb::ListValue::GetChildren(input.inputs[1]))
		names.push_back(name.ToString());
	return data_sets(context, *scope, input.inputs[0].ToString(), names, input.inputs[2].GetValue<bool>());
}

/* fabric_directory(directory, names, except): the facts of a directory's data sets. */
duckdb::unique_ptr<duckdb::TableRef> replace_directory(duckdb::ClientContext &context,
													   duckdb::TableFunctionBindInput &input)
{
	std::string rows;
	std::size_t number = 0;
	for (const DataSet &set : data_sets(context, input))
		for (const auto &[column, type] : set.columns)
		{
			rows += (number > 0 ? ", (" : "(") + std::to_string(number) + ", " + quoted(set.name) + ", " +
					quoted(set.location) + ", " + quoted(column) + ", " + quoted(type) + ")";
			++number;
		}
	if (rows.empty())
		rows = "(0, NULL, NULL, NULL, NULL)";
	return select_instead(context, facts_of("(VALUES " + rows +
											") AS t(number, name, location, column_name, column_type) "
											"WHERE name IS NOT NULL ORDER BY number"));
}

/* fabric_directory_names(directory, names, except): their names, and why a table cannot be made of one. */
duckdb::unique_ptr<duckdb::TableRef> replace_directory_names(duckdb::ClientContext &context,
															 duckdb::TableFunctionBindInput &input)
{
	std::string rows;
	for (const DataSet &set : data_sets(context, input))
		rows += (rows.empty() ? "(" : ", (") + quoted(set.name) + ", " +
				(set.problem.empty() ? "NULL" : quoted(set.problem)) + ")";
	if (rows.empty())
		rows = "(NULL, NULL)";
	return select_instead(context, "SELECT CAST(name AS VARCHAR), CAST(problem AS VARCHAR) FROM (VALUES " + rows +
									   ") AS t(name, problem) WHERE name IS NOT NULL");
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
	const duckdb::LogicalType texts = duckdb::LogicalType::LIST(duckdb::LogicalType::VARCHAR);
	duckdb::TableFunction facts("fabric_facts", {texts}, nullptr, nullptr);
	facts.bind_replace = replace_facts;
	const duckdb::vector<duckdb::LogicalType> in_directory = {duckdb::LogicalType::VARCHAR, texts,
															  duckdb::LogicalType::BOOLEAN};
	duckdb::TableFunction directory("fabric_directory", in_directory, nullptr, nullptr);
	directory.bind_replace = replace_directory;
	duckdb::TableFunction names("fabric_directory_names", in_directory, nullptr, nullptr);
	names.bind_replace = replace_directory_names;
	connection.BeginTransaction();
	for (const duckdb::TableFunction &function : {scan, facts, directory, names})
	{
		duckdb::CreateTableFunctionInfo info(function);
		duckdb::Catalog::GetSystemCatalog(*connection.context).CreateTableFunction(*connection.context, info);
	}
	connection.Commit();
}

} // namespace fabric::fdw::objectstore
