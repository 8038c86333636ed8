/*
 * What functions of text formats have in common.
 */
#include "fdw/objectstore/engine_text_reader.hpp"

#include <algorithm>

namespace fabric::fdw::objectstore
{

bool TextOptions::take(const std::string &name, const duckdb::Value &value)
{
	if (name == row_number_column)
		row_number = value.GetValue<bool>();
	else if (name == "compression")
		compression = compression_named(value.ToString());
	else
		return false;
	return true;
}

// ---- a file ----

TextReader::TextReader(duckdb::OpenFileInfo file, const TextOptions &options)
	: BaseFileReader(std::move(file)), options_(options)
{
}

void TextReader::add_row_number()
{
	if (options_.row_number)
		columns.emplace_back(row_number_column, duckdb::LogicalType::BIGINT);
}

bool TextReader::TryInitializeScan(duckdb::ClientContext &context, duckdb::GlobalTableFunctionState &,
								   duckdb::LocalTableFunctionState &local)
{
	if (!file_)
		file_ = std::make_unique<TextFile>(context, file.path, options_.compression);
	const bool in_parts = file_->anywhere && !options_.row_number && has_parts();
	if (begun_ && (!in_parts || next_ >= file_->size))
		return false;
	begun_ = true;
	auto &state = local.Cast<TextLocalState>();
	state.begin = next_;
	state.end = next_ = in_parts ? part_end(*file_, next_) : whole_file;
	return true;
}

void TextReader::PrepareScan(duckdb::ClientContext &, duckdb::GlobalTableFunctionState &,
							 duckdb::LocalTableFunctionState &local)
{
	auto &state = local.Cast<TextLocalState>();
	state.input = input(*file_, state.begin, state.end);
	state.row = 0;
	state.wanted.clear();
	std::vector<std::size_t> of_format;
	const std::size_t row_number = columns.size() - (options_.row_number ? 1 : 0);
	for (duckdb::idx_t i = 0; i < column_ids.size(); ++i)
	{
		state.wanted.push_back(column_ids[duckdb::MultiFileLocalIndex(i)].GetId());
		if (state.wanted.back() < row_number)
			of_format.push_back(state.wanted.back());
	}
	state.parser = parser(of_format);
}

duckdb::AsyncResult TextReader::Scan(duckdb::ClientContext &, duckdb::GlobalTableFunctionState &,
									 duckdb::LocalTableFunctionState &local, duckdb::DataChunk &chunk)
{
	auto &state = local.Cast<TextLocalState>();
	std::string_view record;
	duckdb::idx_t rows = 0;
	while (rows < STANDARD_VECTOR_SIZE && state.input->next(&record))
	{
		if (!in_record(*state.input, [&] { return state.parser->parse(record, &state.values); }))
			continue;
		++state.row;
		std::size_t value = 0;
		for (duckdb::idx_t i = 0; i < chunk.ColumnCount(); ++i)
		{
			duckdb::Vector &vector = chunk.data[i];
			if (vector.GetType().id() == duckdb::LogicalTypeId::BIGINT)
			{
				duckdb::FlatVector::GetData<int64_t>(vector)[rows] = state.row;
				continue;
			}
			const std::string_view text = state.values[value++];
			if (text.data() == nullptr)
				duckdb::FlatVector::SetNull(vector, rows, true);
			else
				duckdb::FlatVector::GetData<duckdb::string_t>(vector)[rows] =
					duckdb::StringVector::AddStringOrBlob(vector, text.data(), text.size());
		}
		++rows;
	}
	chunk.SetCardinality(rows);
	/* A part that ends with rows would end the whole scan, whatever other threads still have. */
	if (rows > 0)
		return duckdb::AsyncResult(duckdb::SourceResultType::HAVE_MORE_OUTPUT);
	done_ += std::min(state.input->position(), state.end) - state.begin;
	state.input.reset();
	return duckdb::AsyncResult(duckdb::SourceResultType::FINISHED);
}

double TextReader::GetProgressInFile(duckdb::ClientContext &)
{
	return file_ ? file_->progress(done_) : 0;
}

duckdb::shared_ptr<duckdb::BaseUnionData> TextReader::GetUnionData(duckdb::idx_t file_index)
{
	auto data = duckdb::make_shared_ptr<duckdb::BaseUnionData>(file);
	for (const duckdb::MultiFileColumnDefinition &column : columns)
	{
		data->names.push_back(column.name);
		data->types.push_back(column.type);
	}
	if (file_index == 0)
		data->reader = shared_from_this();
	return data;
}

// ---- the framework ----

bool TextInterface::ParseCopyOption(duckdb::ClientContext &, const duckdb::string &,
									const duckdb::vector<duckdb::Value> &, duckdb::BaseFileReaderOptions &,
									duckdb::vector<duckdb::string> &, duckdb::vector<duckdb::LogicalType> &)
{
	return false;
}

bool TextInterface::ParseOption(duckdb::ClientContext &, const duckdb::string &key, const duckdb::Value &value,
								duckdb::MultiFileOptions &, duckdb::BaseFileReaderOptions &options)
{
	return static_cast<TextOptions &>(options).take(key, value);
}

duckdb::unique_ptr<duckdb::TableFunctionData> TextInterface::InitializeBindData(
	duckdb::MultiFileBindData &, duckdb::unique_ptr<duckdb::BaseFileReaderOptions> options)
{
	auto data = duckdb::make_uniq<TextBindData>();
	data->options.reset(static_cast<TextOptions *>(options.release()));
	return data;
}

void TextInterface::BindReader(duckdb::ClientContext &context, duckdb::vector<duckdb::LogicalType> &types,
							   duckdb::vector<duckdb::string> &names, duckdb::MultiFileBindData &data)
{
	auto &options = *data.bind_data->Cast<TextBindData>().options;
	data.reader_bind =
		data.multi_file_reader->BindReader(context, types, names, *data.file_list, data, options, data.file_options);
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> TextInterface::InitializeGlobalState(
	duckdb::ClientContext &, duckdb::MultiFileBindData &, duckdb::MultiFileGlobalState &)
{
	return duckdb::make_uniq<duckdb::GlobalTableFunctionState>();
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> TextInterface::InitializeLocalState(
	duckdb::ExecutionContext &, duckdb::GlobalTableFunctionState &)
{
	return duckdb::make_uniq<TextLocalState>();
}

void register_reader(duckdb::Connection &connection, duckdb::TableFunction function)
{
	function.named_parameters[row_number_column] = duckdb::LogicalType::BOOLEAN;
	function.named_parameters["compression"] = duckdb::LogicalType::VARCHAR;
	add_function(connection, duckdb::MultiFileReader::CreateFunctionSet(std::move(function)));
}

} // namespace fabric::fdw::objectstore
