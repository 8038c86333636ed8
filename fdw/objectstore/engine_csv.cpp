/*
 * From CSV files to calls of the engine's read_csv: one for all files that have the same columns.
 */
#include "fdw/objectstore/engine_csv.hpp"

#include "fdw/objectstore/engine_facts.hpp"
#include "fdw/objectstore/engine_text.hpp"

#include "core/csv_record.hpp"
#include "core/file_format.hpp"
#include "core/sqlstate.hpp"
#include "core/type_guess.hpp"

#include "duckdb/common/multi_file/multi_file_list.hpp"
#include "duckdb/common/multi_file/multi_file_options.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

namespace fabric::fdw::objectstore
{

namespace
{

/* A line of a CSV file may be so long, in bytes; and what is read of the file at once, of which each thread keeps a few. */
constexpr std::size_t longest_line = 8 << 20;
constexpr std::size_t csv_buffer = 8 << 20;

struct CsvForm
{
	core::CsvDialect dialect;
	bool header;
	std::string null_text;
};

/* The one byte of an option. */
char byte_option(const Options &options, const char *name, char otherwise)
{
	const std::string text = text_option(options, name, std::string(1, otherwise).c_str());
	if (text.size() != 1)
		Throw(core::Error(core::sqlstate::invalid_parameter_value,
						  std::string("option ") + name + " must be a single one-byte character"));
	return text[0];
}

CsvForm form_of(const Options &options, const std::string &path)
{
	const bool tabs = core::ends_with_any_case(core::unpacked_name(path), ".tsv");
	CsvForm form;
	form.dialect.delimiter = byte_option(options, "delimiter", tabs ? '\t' : ',');
	form.dialect.quote = byte_option(options, "quote", '"');
	form.dialect.escape = byte_option(options, "escape", form.dialect.quote);
	form.header = flag_option(options, "header", true);
	form.null_text = text_option(options, "null_text", "");
	return form;
}

/* The records of a CSV file, from the first on. */
class CsvRecords
{
public:
	CsvRecords(duckdb::ClientContext &context, const Scope &scope, const Options &options, const std::string &path,
			   core::CsvDialect dialect)
		: path_(path), dialect_(dialect), file_(open_text(context, scope, options, path)), record_(dialect)
	{
	}

	/* The next one, or nullptr where there is none. */
	const core::CsvRecord *next()
	{
		record_ = core::CsvRecord(dialect_);
		for (;;)
		{
			const std::size_t before = record_.size();
			const std::size_t begin = taken_;
			const bool complete = record_.feed(std::string_view(bytes_.data() + taken_, size_ - taken_));
			taken_ += record_.size() - before;
			lines_ += static_cast<std::size_t>(std::count(bytes_.data() + begin, bytes_.data() + taken_, '\n'));
			if (complete)
				break;
			if (record_.size() > longest_line)
				Throw(core::Error(core::sqlstate::program_limit_exceeded,
								  "a line of file \"" + path_ + "\" is longer than " +
									  std::to_string(longest_line >> 20) + " MB"));
			if (fill())
				continue;
			if (!record_.finish())
				Throw(core::Error(core::sqlstate::data_corrupted, "a quote in file \"" + path_ + "\" is never closed"));
			if (record_.empty())
				return nullptr;
			break;
		}
		end_ = taken_ == 0 ? "" : bytes_[taken_ - 1] == '\n' ? "\\n" : bytes_[taken_ - 1] == '\r' ? "\\r" : "";
		/* The record ends by a carriage return; a line feed behind it is of the same line's end. */
		if (*end_ != '\0' && end_[1] == 'r' && (taken_ < size_ || fill()) && bytes_[taken_] == '\n')
		{
			++taken_;
			++lines_;
			end_ = "\\r\\n";
		}
		else if (*end_ != '\0' && end_[1] == 'r')
			++lines_;
		return &record_;
	}

	/* How the last one ended: \n, \r, \r\n as they are written in C; empty at the end of the file. */
	const char *line_end() const noexcept { return end_; }
	/* Lines up to the end of the last one. */
	std::size_t lines() const noexcept { return lines_; }

private:
	bool fill()
	{
		const int64_t got = file_->Read(bytes_.data(), bytes_.size());
		taken_ = 0;
		size_ = static_cast<std::size_t>(got);
		return got > 0;
	}

	const std::string &path_;
	core::CsvDialect dialect_;
	duckdb::unique_ptr<duckdb::FileHandle> file_;
	core::CsvRecord record_;
	std::vector<char> bytes_ = std::vector<char>(1 << 16);
	std::size_t size_ = 0;
	std::size_t taken_ = 0;
	std::size_t lines_ = 0;
	const char *end_ = "";
};

/* Files that have the same columns in the same order. */
struct Group
{
	std::vector<std::string> names;
	std::vector<std::string> paths;
};

/* Takes a sample of each file until the samples together are so large. */
class Guesses
{
public:
	void add(CsvRecords &records, const CsvForm &form, const std::vector<std::string> &names)
	{
		while (left_ > 0)
		{
			const core::CsvRecord *record = records.next();
			if (record == nullptr)
				return;
			left_ -= std::min(left_, record->size());
			for (std::size_t i = 0; i < names.size() && i < record->fields().size(); ++i)
				if (record->quoted(i) || record->fields()[i] != form.null_text)
					types_[names[i]].add_text(record->fields()[i]);
		}
	}

	std::map<std::string, std::string> types() const
	{
		std::map<std::string, std::string> types;
		for (const auto &[name, guess] : types_)
			types[name] = guess.type();
		return types;
	}

private:
	std::size_t left_ = sample_size;
	std::map<std::string, core::TypeGuess> types_;
};

std::vector<Group> groups_of(duckdb::ClientContext &context, const Scope &scope, const Options &options,
							 const std::vector<std::string> &paths, bool guess, ScanFacts *facts)
{
	const CsvForm form = form_of(options, paths.front());
	const bool by_name = flag_option(options, "union_by_name", false);
	const bool each = flag_option(options, "row_number", false);
	std::vector<Group> groups;
	std::map<std::vector<std::string>, std::size_t> known;
	Guesses guesses;
	for (const std::string &path : paths)
	{
		CsvRecords records(context, scope, options, path, form.dialect);
		const core::CsvRecord *first = records.next();
		if (first == nullptr)
			continue;
		std::vector<std::string> names = first->fields();
		for (const std::string &name : names)
			if (!duckdb::Value::StringIsValid(name))
				Throw(core::Error(core::sqlstate::character_not_in_repertoire,
								  "the first line of file \"" + path + "\" is not UTF-8", {},
								  "Say what it is by the option encoding."));
		if (!form.header)
			names.assign(names.size(), std::string());
		if (groups.empty())
			facts->names = names;
		names = core::distinct_names(std::move(names));
		if (!by_name && !groups.empty() && groups.front().names != names)
			Throw(core::Error(core::sqlstate::fdw_inconsistent_descriptor_information,
							  "files \"" + groups.front().paths.front() + "\" and \"" + path + "\" have other columns",
							  {},
							  "One table is of CSV files with the same columns in the same order; with the option "
							  "union_by_name it may be of others."));
		if (guess && !form.header)
		{
			CsvRecords again(context, scope, options, path, form.dialect);
			guesses.add(again, form, names);
		}
		else if (guess)
			guesses.add(records, form, names);
		const auto [at, added] = known.emplace(names, groups.size());
		if (added || each)
		{
			at->second = groups.size();
			groups.push_back({std::move(names), {}});
		}
		groups[at->second].paths.push_back(path);
	}
	if (groups.empty())
		Throw(core::Error(core::sqlstate::fdw_inconsistent_descriptor_information,
						  "file \"" + paths.front() + "\" is empty: it does not tell its columns"));
	if (known.size() > 1)
		facts->names.clear();
	facts->types = guesses.types();
	return groups;
}

/* The types of the directories named column=value, the same for all groups; nothing where there are none. */
std::string hive_types(duckdb::ClientContext &context, const Scope &scope, const std::vector<std::string> &paths)
{
	duckdb::vector<duckdb::OpenFileInfo> files;
	for (const std::string &path : paths)
		files.emplace_back(scope.prefix() + path);
	duckdb::SimpleMultiFileList list(std::move(files));
	duckdb::MultiFileOptions options;
	options.hive_partitioning = true;
	options.auto_detect_hive_partitioning = false;
	options.AutoDetectHiveTypesInternal(list, context);
	std::string types;
	for (const auto &[name, type] : options.hive_types_schema)
		types += (types.empty() ? "" : ", ") + quoted(name) + ": " + quoted(type.ToString());
	return types.empty() ? types : "{" + types + "}";
}

std::string select_group(const Scope &scope, const Options &options, const Group &group, const CsvForm &form,
						 const std::string &hive)
{
	std::vector<std::string> names;
	for (const std::string &path : group.paths)
		names.push_back(text_name(scope, options, path));
	ReaderCall call("read_csv", names);
	std::string columns;
	for (const std::string &name : group.names)
		columns += (columns.empty() ? "{" : ", ") + quoted(name) + ": 'VARCHAR'";
	const auto byte = [](char one) { return quoted(std::string(1, one)); };
	call.add("auto_detect", "false");
	call.add("columns", columns + "}");
	call.add("header", form.header ? "true" : "false");
	call.add("delim", byte(form.dialect.delimiter));
	call.add("quote", byte(form.dialect.quote));
	call.add("escape", byte(form.dialect.escape));
	call.add("nullstr", quoted(form.null_text));
	call.add("allow_quoted_nulls", "false");
	call.add("strict_mode", "true");
	call.add("null_padding", "false");
	call.add("ignore_errors", "false");
	call.add("max_line_size", std::to_string(longest_line));
	call.add("buffer_size", std::to_string(csv_buffer));
	call.add("compression", quoted(compression_of_text(options)));
	call.add_given(options, {"filename"});
	if (hive.empty())
		call.add_given(options, {"hive_partitioning"});
	else
	{
		call.add("hive_partitioning", "true");
		call.add("hive_types", hive);
	}
	const char *numbered = flag_option(options, "row_number", false) ? ", row_number() OVER () AS row_number" : "";
	return std::string("SELECT *") + numbered + " FROM " + call.take();
}

/* Halves of halves: a chain of thousands would be too deep for the engine. */
std::string united(const std::vector<std::string> &selects, std::size_t begin, std::size_t end)
{
	if (end - begin == 1)
		return selects[begin];
	const std::size_t middle = begin + (end - begin) / 2;
	return "(" + united(selects, begin, middle) + ") UNION ALL BY NAME (" + united(selects, middle, end) + ")";
}

/* Where a file's lines do not all end the same way; empty when they do. */
std::string mixed_line_ends(duckdb::ClientContext &context, const Scope &scope, const Options &options,
							const std::string &path)
{
	CsvRecords records(context, scope, options, path, form_of(options, path).dialect);
	const char *first = nullptr;
	while (records.next() != nullptr)
	{
		if (first == nullptr)
			first = records.line_end();
		else if (*records.line_end() != '\0' && strcmp(first, records.line_end()) != 0)
			return "file \"" + path + "\", line " + std::to_string(records.lines()) + ": the line ends by " +
				   records.line_end() + ", those before it by " + first;
	}
	return {};
}

} // namespace

std::string scan_csv(duckdb::ClientContext &context, Scope &scope, const Options &options,
					 const std::vector<std::string> &paths, bool guess, ScanFacts *facts)
{
	if (!scope.describing)
		scope.csv_scans.push_back({options, paths});
	const std::vector<Group> groups = groups_of(context, scope, options, paths, guess, facts);
	const CsvForm form = form_of(options, paths.front());
	std::string hive;
	if (groups.size() > 1 && flag_option(options, "hive_partitioning", true))
		hive = hive_types(context, scope, paths);
	std::vector<std::string> selects;
	for (const Group &group : groups)
		selects.push_back(select_group(scope, options, group, form, hive));
	return united(selects, 0, selects.size());
}

std::string csv_problem(duckdb::ClientContext &context, const Scope &scope, const std::string &problem)
{
	constexpr const char *of_line = "CSV Error on Line: ";
	constexpr const char *of_file = "\n  file = ";
	if (problem.compare(0, strlen(of_line), of_line) == 0)
	{
		const std::size_t file = problem.find(of_file);
		if (file == std::string::npos)
			return problem;
		const std::size_t name = file + strlen(of_file);
		return "file \"" + problem.substr(name, problem.find('\n', name) - name) + "\", line " +
			   problem.substr(strlen(of_line));
	}
	if (problem.find("CSV Parser state machine") == std::string::npos)
		return problem;
	for (const Scope::CsvScan &scan : scope.csv_scans)
		for (const std::string &path : scan.paths)
			if (std::string mixed = mixed_line_ends(context, scope, scan.options, path); !mixed.empty())
				return mixed;
	return "a CSV file of the statement cannot be parsed";
}

int64_t lines_of(duckdb::ClientContext &context, const Scope &scope, const Options &options, const std::string &path,
				 uint64_t size)
{
	/* Text takes about as many times as much room as when it is compressed. */
	constexpr double inflation = 5;
	auto file = open_text(context, scope, options, path);
	const bool compressed = is_packed(options, path);
	std::vector<char> bytes(1 << 16);
	const int64_t got = file->Read(bytes.data(), bytes.size());
	const auto lines = static_cast<double>(std::count(bytes.begin(), bytes.begin() + got, '\n'));
	if (got == 0)
		return 0;
	return static_cast<int64_t>(static_cast<double>(size) * (compressed ? inflation : 1) * std::max(lines, 1.0) /
								static_cast<double>(got));
}

} // namespace fabric::fdw::objectstore
