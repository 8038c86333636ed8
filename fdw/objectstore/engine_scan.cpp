/*
 * fabric_scan: from locations and options to a SELECT from the reader for the format.
 */
#include "fdw/objectstore/engine_scan.hpp"

#include "fdw/objectstore/engine_csv.hpp"
#include "fdw/objectstore/engine_facts.hpp"
#include "fdw/objectstore/engine_files.hpp"
#include "fdw/objectstore/engine_json.hpp"
#include "fdw/objectstore/engine_text.hpp"

#include "core/csv_text.hpp"
#include "core/file_format.hpp"
#include "core/sqlstate.hpp"

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/function/table_function.hpp"
#include "duckdb/parser/parsed_data/create_table_function_info.hpp"

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

core::FileFormat common_format(const std::vector<std::string> &paths)
{
	const core::FileFormat first = core::format_of_file(paths.front());
	for (const std::string &path : paths)
	{
		const core::FileFormat format = core::format_of_file(path);
		if (format == core::FileFormat::unknown)
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

/* The types of columns; to the engine upper and lower case are the same. */
using Columns = duckdb::case_insensitive_tree_t<std::string>;

/* The columns of a Parquet file. */
Columns columns_of(duckdb::ClientContext &context, Scope &scope, const std::string &path)
{
	ReaderCall call("read_parquet", {scope.prefix() + path});
	call.add("hive_partitioning", "false");
	Columns columns;
	for (const auto &[name, type] : describe_select(context, scope, "SELECT * FROM " + call.take()))
		columns[name] = type;
	return columns;
}

/* Types of which the engine makes one that holds the values of both. */
bool is_whole(const std::string &type)
{
	static const std::unordered_set<std::string> whole = {"TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",
														  "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"};
	return whole.contains(type);
}

bool is_float(const std::string &type)
{
	return type == "FLOAT" || type == "DOUBLE";
}

/*
 * The engine takes the columns of the first file, reads others' by their names, casts what is of another type and leaves out what is
 * not there: values would be rounded and columns missed in silence.
 */
void require_same_columns(duckdb::ClientContext &context, Scope &scope, const std::vector<std::string> &paths,
						  bool by_name, bool describing)
{
	/* A column that is not there is missed where it is asked for; who asks for all columns is told now. */
	const bool strict = describing && !by_name;
	std::map<std::uint64_t, bool> seen;
	seen[scope.footer(paths.front())->schema_hash] = true;
	Columns all;
	for (const std::string &path : paths)
	{
		if (!seen.emplace(scope.footer(path)->schema_hash, true).second)
			continue;
		if (all.empty())
			all = columns_of(context, scope, paths.front());
		const Columns these = columns_of(context, scope, path);
		const auto differ = [&](const std::string &name, const std::string &how)
		{
			Throw(core::Error(
				core::sqlstate::fdw_inconsistent_descriptor_information,
				"column \"" + name + "\" of file \"" + path + "\" " + how + " in \"" + paths.front() + "\"", {},
				by_name ? "One table is of files whose columns of the same name have the same type."
						: "One table is of files with the same columns; with the option union_by_name "
						  "it may be of others."));
		};
		for (const auto &[name, type] : these)
		{
			const auto [at, added] = all.emplace(name, type);
			if (added && strict)
				differ(name, "is not");
			if (at->second == type)
				continue;
			if (!by_name || !((is_whole(type) && is_whole(at->second)) || (is_float(type) && is_float(at->second))))
				differ(name, "is of type " + type + ", " + at->second);
		}
		if (!strict)
			continue;
		for (const auto &[name, type] : all)
			if (these.find(name) == these.end())
				differ(name, "is not there, " + type);
	}
}

std::string scan_parquet(duckdb::ClientContext &context, Scope &scope, const Options &options,
						 const std::vector<std::string> &paths)
{
	const bool by_name = flag_option(options, "union_by_name", false);
	const bool numbered = flag_option(options, "row_number", false);
	require_same_columns(context, scope, paths, by_name, flag_option(options, "guess", false));
	if (numbered)
		for (const std::string &path : paths)
			for (const std::string &name : scope.footer(path)->columns)
				if (name == "row_number")
					Throw(core::Error(core::sqlstate::duplicate_column,
									  "file \"" + path + "\" has itself a column \"row_number\"", {},
									  "Leave out the option row_number."));
	std::vector<std::string> names;
	for (const std::string &path : paths)
		names.push_back(scope.prefix() + path);
	ReaderCall call("read_parquet", names);
	call.add_given(options, {"hive_partitioning", "union_by_name", "filename"});
	if (!numbered)
		return "SELECT * FROM " + call.take();
	call.add("file_row_number", "true");
	return "SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS row_number FROM " + call.take();
}

/* The columns that are wanted, or those of the first records, each as text. */
std::string json_columns(duckdb::ClientContext &context, Scope &scope, const Options &options,
						 const std::vector<std::string> &paths, core::JsonSplitter::Form form, ScanFacts *facts)
{
	const auto given = options.find("columns");
	if (given != options.end())
	{
		/* A table without columns has rows all the same; a function must have columns. */
		if (duckdb::MapValue::GetChildren(given->second).empty())
			return "MAP {'': 'text'}";
		for (const duckdb::Value &entry : duckdb::MapValue::GetChildren(given->second))
			facts->names.push_back(duckdb::StructValue::GetChildren(entry)[0].ToString());
		return given->second.ToSQLString();
	}
	if (!scope.describing)
		Throw(core::Error(core::sqlstate::fdw_dynamic_parameter_value_needed,
						  "the files of the location \"" + paths.front() + "\" are JSON", {},
						  "Say so by the table's option format, json or jsonl."));
	JsonKeys keys;
	std::size_t left = sample_size;
	for (const std::string &path : paths)
		sample_json(context, scope, options, path, form, &keys, &left);
	if (keys.count() == 0)
		Throw(core::Error(core::sqlstate::fdw_inconsistent_descriptor_information,
						  "file \"" + paths.front() + "\" has no records: it does not tell its columns"));
	for (std::size_t i = 0; i < keys.count(); ++i)
		facts->names.push_back(keys.name(i));
	const std::vector<std::string> names = core::distinct_names(facts->names);
	std::string columns;
	for (std::size_t i = 0; i < keys.count(); ++i)
	{
		const std::string type = keys.type(i);
		facts->types[names[i]] = type;
		columns += (i == 0 ? "" : ", ") + in_quotes(keys.name(i)) + ": " + (type == "jsonb" ? "'json'" : "'text'");
	}
	return "MAP {" + columns + "}";
}

std::string scan_json(duckdb::ClientContext &context, Scope &scope, const Options &options,
					  const std::vector<std::string> &paths, bool lines, ScanFacts *facts)
{
	const auto form = lines ? core::JsonSplitter::Form::lines : core::JsonSplitter::Form::values;
	ReaderCall call("fabric_json", text_names(scope, options, paths));
	call.add("columns", json_columns(context, scope, options, paths, form, facts));
	call.add("lines", lines ? "true" : "false");
	call.add("compression", in_quotes(compression_of_text(options)));
	call.add_given(options, {"hive_partitioning", "filename", "row_number"});
	return "SELECT * FROM " + call.take();
}

/* What the call means, as SQL. */
std::string sql_of(const duckdb::TableFunctionBindInput &input)
{
	std::map<std::string, std::string> arguments;
	for (const auto &[name, value] : input.named_parameters)
		arguments[name] = value.ToSQLString();
	std::string sql = "fabric_scan(" + in_quotes(input.inputs[0].ToString());
	for (const auto &[name, value] : arguments)
		sql += ", " + name + " := " + value;
	return sql + ")";
}

/* Tells what is known of a Parquet scan's rows. */
void tell_parquet(Scope &scope, const std::vector<std::string> &paths, ScanFacts *facts)
{
	facts->rows = 0;
	facts->names = scope.footer(paths.front())->columns;
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

/* Those of dates and of timestamps, a line each; nothing where none is given. */
std::string date_format_of(const Options &options)
{
	const std::string dates = text_option(options, "date_format", "");
	const std::string timestamps = text_option(options, "timestamp_format", "");
	return dates.empty() && timestamps.empty() ? std::string() : dates + "\n" + timestamps;
}

duckdb::unique_ptr<duckdb::TableRef> replace_scan(duckdb::ClientContext &context, duckdb::TableFunctionBindInput &input)
{
	const auto scope = scope_in(context);
	const Options &options = input.named_parameters;
	const std::vector<std::string> paths = files_of(*scope, input.inputs[0].ToString());
	if (paths.empty())
		Throw(core::Error(core::sqlstate::invalid_parameter_value, "a location must not be empty"));
	const core::FileFormat given = core::format_named(text_option(options, "format", "auto"));
	const core::FileFormat format = given != core::FileFormat::unknown ? given : common_format(paths);
	ScanFacts facts;
	facts.sql = sql_of(input);
	facts.state = scope->state_of(paths);
	std::string sql;
	if (format == core::FileFormat::parquet)
		sql = scan_parquet(context, *scope, options, paths);
	else
	{
		facts.date_format = date_format_of(options);
		if (format != core::FileFormat::csv)
			facts.format = core::format_name(format);
		sql = format == core::FileFormat::csv
				  ? scan_csv(context, *scope, options, paths, flag_option(options, "guess", false), &facts)
				  : scan_json(context, *scope, options, paths, format == core::FileFormat::json_lines, &facts);
	}
	if (scope->describing)
	{
		facts.bytes = scope->size_of(paths);
		if (format == core::FileFormat::parquet)
			tell_parquet(*scope, paths, &facts);
		else
			facts.rows = lines_of(context, *scope, options, paths, facts.bytes);
		scope->described = std::move(facts);
	}
	else
		require_as_told(context, *scope, facts);
	/* The column filename shows the paths as users know them. */
	if (flag_option(options, "filename", false))
		sql = "SELECT * REPLACE (regexp_replace(filename, '^[^:]*://[^/]*/', '') AS filename) FROM (" + sql + ")";
	return select_instead(context, sql);
}

} // namespace

std::string text_option(const Options &options, const char *name, const char *otherwise)
{
	const auto found = options.find(name);
	return found != options.end() && !found->second.IsNull() ? found->second.ToString() : otherwise;
}

bool flag_option(const Options &options, const char *name, bool otherwise)
{
	const auto found = options.find(name);
	return found != options.end() && !found->second.IsNull() ? found->second.GetValue<bool>() : otherwise;
}

duckdb::FileCompressionType compression_named(const std::string &name)
{
	return name == "none"	? duckdb::FileCompressionType::UNCOMPRESSED
		   : name == "gzip" ? duckdb::FileCompressionType::GZIP
		   : name == "zstd" ? duckdb::FileCompressionType::ZSTD
							: duckdb::FileCompressionType::AUTO_DETECT;
}

ReaderCall::ReaderCall(const char *reader, const std::vector<std::string> &names)
	: sql_(std::string(reader) + "(" + in_quotes(names))
{
}

void add_function(duckdb::Connection &connection, duckdb::TableFunctionSet function)
{
	connection.BeginTransaction();
	duckdb::CreateTableFunctionInfo info(std::move(function));
	duckdb::Catalog::GetSystemCatalog(*connection.context).CreateTableFunction(*connection.context, info);
	connection.Commit();
}

void ReaderCall::add_given(const Options &options, std::initializer_list<const char *> names)
{
	for (const char *name : names)
		if (const auto given = options.find(name); given != options.end())
			add(name, given->second.ToSQLString());
}

void register_scan(duckdb::Connection &connection)
{
	duckdb::TableFunction scan("fabric_scan", {duckdb::LogicalType::VARCHAR}, nullptr, nullptr);
	scan.bind_replace = replace_scan;
	for (const char *text : {"format", "compression", "encoding", "delimiter", "quote", "escape", "null_text",
							 "date_format", "timestamp_format"})
		scan.named_parameters[text] = duckdb::LogicalType::VARCHAR;
	for (const char *flag : {"header", "hive_partitioning", "union_by_name", "filename", "row_number", "guess"})
		scan.named_parameters[flag] = duckdb::LogicalType::BOOLEAN;
	scan.named_parameters["columns"] =
		duckdb::LogicalType::MAP(duckdb::LogicalType::VARCHAR, duckdb::LogicalType::VARCHAR);
	add_function(connection, duckdb::TableFunctionSet(scan));
}

} // namespace fabric::fdw::objectstore
