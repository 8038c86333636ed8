/*
 * Reading files of JSON: how they are split, and what their records are.
 */
#include "fdw/objectstore/engine_json.hpp"

#include "fdw/objectstore/engine_text.hpp"
#include "fdw/objectstore/engine_text_reader.hpp"

#include "core/csv_text.hpp"
#include "core/sqlstate.hpp"

#include <algorithm>

namespace fabric::fdw::objectstore
{

namespace
{

using core::JsonSplitter;

JsonForm form_named(const std::string &name)
{
	return name == "json"	  ? JsonForm::json
		   : name == "text[]" ? JsonForm::array_of_text
		   : name == "json[]" ? JsonForm::array_of_json
							  : JsonForm::text;
}

struct JsonOptions final : TextOptions
{
	std::vector<JsonColumn> columns;
	std::vector<std::string> names; /* of the columns, no two of them the same but for case */
	bool lines = false;

	bool take(const std::string &name, const duckdb::Value &value) override
	{
		if (name == "lines")
			lines = value.GetValue<bool>();
		else if (name != "columns")
			return TextOptions::take(name, value);
		else
		{
			for (const duckdb::Value &entry : duckdb::MapValue::GetChildren(value))
			{
				const auto &pair = duckdb::StructValue::GetChildren(entry);
				names.push_back(pair[0].ToString());
				columns.push_back({pair[0].ToString(), form_named(pair[1].ToString())});
			}
			names = core::distinct_names(std::move(names));
		}
		return true;
	}
};

class JsonParser final : public RecordParser
{
public:
	explicit JsonParser(std::vector<JsonColumn> columns) : record_(std::move(columns)) {}

	bool parse(std::string_view record, std::vector<std::string_view> *values) override
	{
		*values = record_.parse(record);
		return true;
	}

private:
	JsonRecord record_;
};

class JsonReader final : public TextReader
{
public:
	JsonReader(duckdb::ClientContext &, const duckdb::OpenFileInfo &file, const JsonOptions &options)
		: TextReader(file, options), options_(options)
	{
		for (std::size_t i = 0; i < options.columns.size(); ++i)
		{
			const JsonForm form = options.columns[i].form;
			columns.emplace_back(options.names[i],
								 form == JsonForm::json ? duckdb::LogicalType::JSON() : duckdb::LogicalType::VARCHAR);
		}
		add_row_number();
	}

	duckdb::string GetReaderType() const override { return "JSON"; }

protected:
	/* A line feed ends a record wherever it stands: a value has none. */
	bool has_parts() const override { return options_.lines; }

	duckdb::idx_t part_end(TextFile &, duckdb::idx_t begin) override { return begin + part_size; }

	std::unique_ptr<RecordInput> input(TextFile &file, duckdb::idx_t begin, duckdb::idx_t end) const override
	{
		const auto form = options_.lines ? JsonSplitter::Form::lines : JsonSplitter::Form::values;
		return std::make_unique<RecordInput>(file, std::make_unique<JsonSplitter>(form), begin, end, options_.lines);
	}

	std::unique_ptr<RecordParser> parser(const std::vector<std::size_t> &wanted) const override
	{
		std::vector<JsonColumn> columns;
		for (const std::size_t column : wanted)
			columns.push_back(options_.columns[column]);
		return std::make_unique<JsonParser>(std::move(columns));
	}

private:
	const JsonOptions &options_;
};

} // namespace

void sample_json(duckdb::ClientContext &context, const Scope &scope, const Options &options, const std::string &path,
				 JsonSplitter::Form form, JsonKeys *keys, std::size_t *bytes)
{
	TextFile file = text_file(context, scope, options, path);
	RecordInput input(file, std::make_unique<JsonSplitter>(form), 0, whole_file);
	std::string_view record;
	while (*bytes > 0 && input.next(&record))
	{
		in_record(input, [&] { keys->add(record); });
		*bytes -= std::min(*bytes, record.size());
	}
}

void register_json(duckdb::Connection &connection)
{
	duckdb::MultiFileFunction<InterfaceOf<JsonReader, JsonOptions>> function("fabric_json");
	function.named_parameters["columns"] =
		duckdb::LogicalType::MAP(duckdb::LogicalType::VARCHAR, duckdb::LogicalType::VARCHAR);
	function.named_parameters["lines"] = duckdb::LogicalType::BOOLEAN;
	register_reader(connection, std::move(function));
}

} // namespace fabric::fdw::objectstore
