/*
 * Reading CSV files: how they are split, and what their lines are.
 */
#include "fdw/objectstore/engine_csv.hpp"

#include "fdw/objectstore/engine_facts.hpp"
#include "fdw/objectstore/engine_text.hpp"
#include "fdw/objectstore/engine_text_reader.hpp"

#include "core/csv_text.hpp"
#include "core/file_format.hpp"
#include "core/sqlstate.hpp"
#include "core/type_guess.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace fabric::fdw::objectstore
{

namespace
{

using core::CsvSplitter;

/* What is read of a file to know its first line. */
constexpr std::size_t header_buffer = 64 << 10;

struct CsvForm
{
	core::CsvDialect dialect;
	bool header = true;
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
	const auto refuse = [](const char *why) { Throw(core::Error(core::sqlstate::invalid_parameter_value, why)); };
	if (form.dialect.delimiter == '\n' || form.dialect.delimiter == '\r')
		refuse("option delimiter must not be the end of a line");
	if (form.dialect.delimiter == form.dialect.quote)
		refuse("options delimiter and quote must differ");
	if (form.null_text.find_first_of(std::string("\r\n") + form.dialect.quote + form.dialect.delimiter) !=
		std::string::npos)
		refuse("option null must not hold the end of a line, the quote or the delimiter");
	return form;
}

/* What makes a line none that a text can have. */
void require_text(std::string_view line)
{
	if (!simdjson::validate_utf8(line.data(), line.size()))
		throw core::Error(core::sqlstate::character_not_in_repertoire, "it is not UTF-8", {},
						  "Say what it is by the option encoding.");
	if (memchr(line.data(), '\0', line.size()) != nullptr)
		throw core::Error(core::sqlstate::character_not_in_repertoire, "it holds a NUL byte, which no text has");
}

/* All lines of a file, of which few are wanted. */
RecordInput lines_from_first(TextFile &file, const CsvForm &form)
{
	return RecordInput(file, std::make_unique<CsvSplitter>(form.dialect), 0, whole_file, false, header_buffer);
}

[[noreturn]] void raise_other_columns(const std::string &path, const std::string &than)
{
	Throw(
		core::Error(core::sqlstate::fdw_inconsistent_descriptor_information,
					"file \"" + path + "\" has other columns than " + than, {},
					"One table is of CSV files with the same columns in the same order; with the option union_by_name "
					"it may be of others."));
}

/* The names that the first line gives to columns; none when there is no line. */
std::vector<std::string> names_of(RecordInput &input, const CsvForm &form)
{
	std::string_view line;
	if (!input.next(&line))
		return {};
	std::vector<std::string> names;
	in_record(input,
			  [&]
			  {
				  require_text(line);
				  core::CsvFields fields(form.dialect);
				  for (const core::CsvField &field : fields.parse(line))
					  names.emplace_back(form.header ? field.text : std::string_view());
			  });
	return names;
}

struct CsvOptions final : TextOptions
{
	CsvForm form;
	std::vector<std::string> columns; /* what all files must have; empty where they may differ */

	bool take(const std::string &name, const duckdb::Value &value) override
	{
		const std::string text = value.ToString();
		if (name == "header")
			form.header = value.GetValue<bool>();
		else if (name == "delimiter")
			form.dialect.delimiter = text[0];
		else if (name == "quote")
			form.dialect.quote = text[0];
		else if (name == "escape")
			form.dialect.escape = text[0];
		else if (name == "null_text")
			form.null_text = text;
		else if (name != "columns")
			return TextOptions::take(name, value);
		else
			for (const duckdb::Value &column : duckdb::ListValue::GetChildren(value))
				columns.push_back(column.ToString());
		return true;
	}
};

class CsvParser final : public RecordParser
{
public:
	CsvParser(const CsvForm &form, std::size_t columns, std::vector<std::size_t> wanted)
		: fields_(form.dialect), null_text_(form.null_text), columns_(columns), wanted_(std::move(wanted))
	{
	}

	bool parse(std::string_view line, std::vector<std::string_view> *values) override
	{
		if (line.empty() && columns_ > 1)
			return false;
		require_text(line);
		const std::vector<core::CsvField> &fields = fields_.parse(line);
		if (fields.size() != columns_)
			throw core::Error(core::sqlstate::bad_copy_file_format, "it has " + std::to_string(fields.size()) +
																		(fields.size() == 1 ? " field" : " fields") +
																		", the first line " + std::to_string(columns_));
		values->resize(wanted_.size());
		for (std::size_t i = 0; i < wanted_.size(); ++i)
		{
			const core::CsvField &field = fields[wanted_[i]];
			const bool null = !field.quoted && field.text == null_text_;
			(*values)[i] = null ? std::string_view() : field.text;
		}
		return true;
	}

private:
	core::CsvFields fields_;
	const std::string &null_text_;
	std::size_t columns_;
	std::vector<std::size_t> wanted_;
};

class CsvReader final : public TextReader
{
public:
	CsvReader(duckdb::ClientContext &context, const duckdb::OpenFileInfo &file, const CsvOptions &options)
		: TextReader(file, options), options_(options)
	{
		TextFile text(context, file.path, options.compression);
		RecordInput input = lines_from_first(text, options.form);
		std::vector<std::string> names = core::distinct_names(names_of(input, options.form));
		line_end_ = static_cast<const CsvSplitter &>(input.splitter()).line_end();
		/* A file without a byte has no rows. */
		if (names.empty())
			names = options.columns;
		if (!options.columns.empty() && names != options.columns)
			raise_other_columns(file.path, "others of the same table");
		for (const std::string &name : names)
			columns.emplace_back(name, duckdb::LogicalType::VARCHAR);
		fields_ = names.size();
		add_row_number();
	}

	duckdb::string GetReaderType() const override { return "CSV"; }

protected:
	/* Where a quote escapes itself, their number tells what is quoted. */
	bool has_parts() const override { return options_.form.dialect.escape == options_.form.dialect.quote; }

	duckdb::idx_t part_end(TextFile &file, duckdb::idx_t begin) override
	{
		for (duckdb::idx_t size = part_size;; size *= 2)
		{
			if (size >= file.size - begin)
				return file.size;
			part_.resize(size);
			file.handle->Read(part_.data(), size, begin);
			const std::size_t whole =
				core::whole_lines({part_.data(), part_.size()}, options_.form.dialect.quote, line_end_);
			if (whole > 0)
				return begin + whole;
			/* The record is longer than it may be, as whoever reads the part will say. */
			if (size > longest_record)
				return file.size;
		}
	}

	std::unique_ptr<RecordInput> input(TextFile &file, duckdb::idx_t begin, duckdb::idx_t end) const override
	{
		auto records = std::make_unique<RecordInput>(
			file, std::make_unique<CsvSplitter>(options_.form.dialect, line_end_), begin, end);
		std::string_view header;
		if (begin == 0 && options_.form.header)
			(void)records->next(&header);
		return records;
	}

	std::unique_ptr<RecordParser> parser(const std::vector<std::size_t> &wanted) const override
	{
		return std::make_unique<CsvParser>(options_.form, fields_, wanted);
	}

private:
	const CsvOptions &options_;
	std::size_t fields_ = 0;
	core::LineEnd line_end_ = core::LineEnd::unknown;
	std::vector<char> part_;
};

/* Takes a sample of each file until the samples together are so large. */
class Guesses
{
public:
	void add(RecordInput &input, const CsvForm &form, const std::vector<std::string> &names)
	{
		core::CsvFields fields(form.dialect);
		std::string_view line;
		while (left_ > 0 && input.next(&line))
		{
			left_ -= std::min(left_, line.size() + 1);
			const std::vector<core::CsvField> &values = fields.parse(line);
			for (std::size_t i = 0; i < names.size() && i < values.size(); ++i)
				if (values[i].quoted || values[i].text != form.null_text)
					types_[names[i]].add_text(values[i].text);
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

/* The columns that all files must have, distinct; none where they may differ. */
std::vector<std::string> columns_of(duckdb::ClientContext &context, const Scope &scope, const Options &options,
									const CsvForm &form, const std::vector<std::string> &paths, bool guess,
									ScanFacts *facts)
{
	const bool by_name = flag_option(options, "union_by_name", false);
	std::vector<std::string> columns;
	Guesses guesses;
	for (const std::string &path : paths)
	{
		TextFile file = text_file(context, scope, options, path);
		RecordInput input = lines_from_first(file, form);
		const std::vector<std::string> own = names_of(input, form);
		if (own.empty())
			continue;
		const std::vector<std::string> names = core::distinct_names(own);
		if (columns.empty())
		{
			columns = names;
			facts->names = own;
		}
		else if (columns != names)
		{
			if (!by_name)
				raise_other_columns(path, "\"" + paths.front() + "\"");
			facts->names.clear();
		}
		/* The others are looked at when they are read. */
		if (!guess && !(by_name && scope.describing))
			break;
		if (!guess)
			continue;
		if (form.header)
			guesses.add(input, form, names);
		else
		{
			RecordInput again = lines_from_first(file, form);
			guesses.add(again, form, names);
		}
	}
	if (columns.empty())
		Throw(core::Error(core::sqlstate::fdw_inconsistent_descriptor_information,
						  "file \"" + paths.front() + "\" is empty: it does not tell its columns"));
	facts->types = guesses.types();
	return columns;
}

} // namespace

std::string scan_csv(duckdb::ClientContext &context, const Scope &scope, const Options &options,
					 const std::vector<std::string> &paths, bool guess, ScanFacts *facts)
{
	const CsvForm form = form_of(options, paths.front());
	ReaderCall call("fabric_csv", text_names(scope, options, paths));
	const std::vector<std::string> columns = columns_of(context, scope, options, form, paths, guess, facts);
	if (!flag_option(options, "union_by_name", false))
		call.add("columns", in_quotes(columns));
	const auto byte = [](char one) { return in_quotes(std::string(1, one)); };
	call.add("delimiter", byte(form.dialect.delimiter));
	call.add("quote", byte(form.dialect.quote));
	call.add("escape", byte(form.dialect.escape));
	call.add("null_text", in_quotes(form.null_text));
	call.add("header", form.header ? "true" : "false");
	call.add("compression", in_quotes(compression_of_text(options)));
	call.add_given(options, {"filename", "hive_partitioning", "union_by_name", "row_number"});
	return "SELECT * FROM " + call.take();
}

int64_t lines_of(duckdb::ClientContext &context, const Scope &scope, const Options &options,
				 const std::vector<std::string> &paths, uint64_t size)
{
	/* Text takes about as many times as much room as when it is compressed. */
	constexpr double inflation = 5;
	std::vector<char> bytes(1 << 16);
	for (const std::string &path : paths)
	{
		const int64_t got = text_file(context, scope, options, path).handle->Read(bytes.data(), bytes.size());
		if (got == 0)
			continue;
		const auto lines = static_cast<double>(std::count(bytes.begin(), bytes.begin() + got, '\n'));
		return static_cast<int64_t>(static_cast<double>(size) * (is_packed(options, path) ? inflation : 1) *
									std::max(lines, 1.0) / static_cast<double>(got));
	}
	return 0;
}

void register_csv(duckdb::Connection &connection)
{
	duckdb::MultiFileFunction<InterfaceOf<CsvReader, CsvOptions>> function("fabric_csv");
	for (const char *text : {"delimiter", "quote", "escape", "null_text"})
		function.named_parameters[text] = duckdb::LogicalType::VARCHAR;
	function.named_parameters["header"] = duckdb::LogicalType::BOOLEAN;
	function.named_parameters["columns"] = duckdb::LogicalType::LIST(duckdb::LogicalType::VARCHAR);
	register_reader(connection, std::move(function));
}

} // namespace fabric::fdw::objectstore
