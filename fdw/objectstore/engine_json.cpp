/*
 * Reading files of JSON in the engine's framework for several files: it brings their names, hive partitions and threads, a
 * JsonReader per file hands out its parts, and a JsonInput per part finds the records.
 */
#include "fdw/objectstore/engine_json.hpp"

#include "fdw/objectstore/engine_text.hpp"

#include "core/csv_record.hpp"
#include "core/sqlstate.hpp"

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/common/allocator.hpp"
#include "duckdb/common/multi_file/multi_file_function.hpp"
#include "duckdb/parser/parsed_data/create_table_function_info.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace fabric::fdw::objectstore
{

namespace
{

using core::JsonSplitter;

constexpr const char *row_number_column = "row_number";

/* What of a file of lines is read at once by one thread, and the first size of its buffer. */
constexpr duckdb::idx_t part_size = 4 << 20;
constexpr std::size_t buffer_size = 1 << 20;

struct JsonOptions final : duckdb::BaseFileReaderOptions
{
	std::vector<JsonColumn> columns;
	std::vector<std::string> names; /* of the columns, no two of them the same but for case */
	bool lines = false;
	bool row_number = false;
	duckdb::FileCompressionType compression = duckdb::FileCompressionType::AUTO_DETECT;
};

JsonForm form_named(const std::string &name)
{
	return name == "json"	  ? JsonForm::json
		   : name == "text[]" ? JsonForm::array_of_text
		   : name == "json[]" ? JsonForm::array_of_json
							  : JsonForm::text;
}

/* A file, as several threads read it. */
struct JsonFile
{
	JsonFile(duckdb::ClientContext &context, const std::string &name, JsonSplitter::Form form,
			 duckdb::FileCompressionType compression)
		: context(context), name(name), form(form), compression(compression), handle(open())
	{
		anywhere = handle->CanSeek();
		size = handle->GetFileSize();
	}

	duckdb::unique_ptr<duckdb::FileHandle> open() const
	{
		return duckdb::FileSystem::GetFileSystem(context).OpenFile(
			name, duckdb::FileOpenFlags(duckdb::FileOpenFlags::FILE_FLAGS_READ) | compression);
	}

	duckdb::ClientContext &context;
	std::string name; /* as the engine knows it */
	JsonSplitter::Form form;
	duckdb::FileCompressionType compression;
	duckdb::unique_ptr<duckdb::FileHandle> handle;
	bool anywhere; /* it can be read at any place */
	duckdb::idx_t size;
};

/* The records of a file, or of a part of one of lines: those that begin in it. */
class JsonInput
{
public:
	JsonInput(JsonFile &file, duckdb::idx_t begin, duckdb::idx_t end)
		: file_(file), begin_(begin > 0 ? begin - 1 : 0), end_(end), position_(begin_), splitter_(file.form)
	{
		reserve(buffer_size);
		if (begin > 0)
			skip_line();
		else
			skip_mark();
	}

	/* The next record, behind which json_padding bytes can be read; false at the end. */
	bool next(std::string_view *record)
	{
		while (begin_ + taken_ < end_)
		{
			const std::string_view rest(text() + taken_, size_ - taken_);
			const JsonSplitter::Found found = splitter_.next(rest, last_);
			record_ = begin_ + taken_ + splitter_.begin();
			switch (found)
			{
				case JsonSplitter::Found::record:
				{
					/* Blank lines may have led beyond the part. */
					const std::size_t line = rest.substr(0, splitter_.begin()).rfind('\n') + 1;
					if (begin_ + taken_ + line >= end_)
						return false;
					*record = rest.substr(splitter_.begin(), splitter_.end() - splitter_.begin());
					taken_ += splitter_.taken();
					if (record->size() > longest_record)
						fail_too_long();
					return true;
				}
				case JsonSplitter::Found::more:
					taken_ += splitter_.taken();
					if (size_ - taken_ > longest_record)
						fail_too_long();
					fill();
					break;
				case JsonSplitter::Found::end:
					end_ = 0;
					return false;
				case JsonSplitter::Found::failed:
					fail(core::sqlstate::data_corrupted, splitter_.reason());
			}
		}
		return false;
	}

	/* Says what is wrong with the last record. */
	[[noreturn]] void fail(const char *sqlstate, const std::string &why)
	{
		Throw(core::Error(sqlstate,
						  "file \"" + file_.name + "\", line " + std::to_string(line_of(record_)) + ": " + why));
	}

	/* How far it is into the file, unpacked. */
	duckdb::idx_t position() const noexcept { return begin_ + taken_; }

private:
	const char *text() const { return reinterpret_cast<const char *>(buffer_.get()); }

	[[noreturn]] void fail_too_long()
	{
		fail(core::sqlstate::program_limit_exceeded,
			 "a record is longer than " + std::to_string(longest_record >> 20) + " MB");
	}

	void reserve(std::size_t capacity)
	{
		duckdb::AllocatedData bigger = duckdb::BufferAllocator::Get(file_.context).Allocate(capacity + json_padding);
		if (size_ > 0)
			memcpy(bigger.get(), buffer_.get(), size_);
		memset(bigger.get() + capacity, 0, json_padding);
		buffer_ = std::move(bigger);
		capacity_ = capacity;
	}

	/* Reads on behind what is there; what was taken makes room. */
	void fill()
	{
		if (taken_ > 0)
		{
			memmove(buffer_.get(), buffer_.get() + taken_, size_ - taken_);
			size_ -= taken_;
			begin_ += taken_;
			taken_ = 0;
		}
		if (size_ == capacity_)
			reserve(2 * capacity_);
		std::size_t wanted = capacity_ - size_;
		if (file_.anywhere)
		{
			wanted = std::min<std::size_t>(wanted, file_.size - position_);
			if (wanted > 0)
				file_.handle->Read(buffer_.get() + size_, wanted, position_);
			last_ = position_ + wanted == file_.size;
		}
		else
		{
			const int64_t got = file_.handle->Read(buffer_.get() + size_, wanted);
			last_ = got == 0;
			wanted = static_cast<std::size_t>(got);
		}
		size_ += wanted;
		position_ += wanted;
	}

	/* The line that a part begins in is the part's before. Begins one byte early: a line may begin with the part. */
	void skip_line()
	{
		while (begin_ + taken_ < end_ && !last_)
		{
			fill();
			const void *newline = memchr(text(), '\n', size_);
			taken_ =
				newline == nullptr ? size_ : static_cast<std::size_t>(static_cast<const char *>(newline) - text()) + 1;
			if (newline != nullptr)
				return;
		}
		end_ = 0;
	}

	/* A byte order mark is no part of the text. */
	void skip_mark()
	{
		constexpr std::string_view mark = "\xEF\xBB\xBF";
		do
			fill();
		while (!last_ && size_ < mark.size());
		if (std::string_view(text(), size_).substr(0, mark.size()) == mark)
			taken_ = mark.size();
	}

	/* Reads the file again: this is for errors only. */
	std::size_t line_of(duckdb::idx_t place) const
	{
		auto again = file_.open();
		std::vector<char> bytes(1 << 16);
		std::size_t lines = 1;
		while (place > 0)
		{
			const int64_t got = again->Read(bytes.data(), std::min<duckdb::idx_t>(bytes.size(), place));
			if (got <= 0)
				break;
			lines += static_cast<std::size_t>(std::count(bytes.begin(), bytes.begin() + got, '\n'));
			place -= static_cast<duckdb::idx_t>(got);
		}
		return lines;
	}

	JsonFile &file_;
	duckdb::AllocatedData buffer_;
	std::size_t capacity_ = 0;
	std::size_t size_ = 0;	 /* bytes in the buffer */
	std::size_t taken_ = 0;	 /* of them */
	duckdb::idx_t begin_;	 /* where the buffer begins in the file, unpacked */
	duckdb::idx_t end_;		 /* of the part: lines that begin there are the next one's */
	duckdb::idx_t position_; /* where the next byte is read */
	duckdb::idx_t record_ = 0;
	bool last_ = false; /* there is nothing behind what the buffer has */
	JsonSplitter splitter_;
};

constexpr duckdb::idx_t whole_file = static_cast<duckdb::idx_t>(-1);

/* Throws what is wrong with a record of JSON, with its place. */
template <typename Parse> void parse_record(JsonInput &input, Parse parse)
{
	try
	{
		parse();
	}
	catch (const core::Error &error)
	{
		input.fail(error.sqlstate, error.message);
	}
}

class JsonReader;

struct JsonLocalState final : duckdb::LocalTableFunctionState
{
	duckdb::idx_t begin = 0;
	duckdb::idx_t end = 0;
	std::unique_ptr<JsonInput> input;
	std::vector<duckdb::idx_t> wanted; /* columns of the file; the last may be the number of the row */
	std::unique_ptr<JsonRecord> record;
	int64_t row = 0;
};

class JsonReader final : public duckdb::BaseFileReader
{
public:
	JsonReader(duckdb::OpenFileInfo file, const JsonOptions &options)
		: BaseFileReader(std::move(file)), options_(options)
	{
		for (std::size_t i = 0; i < options.columns.size(); ++i)
		{
			const JsonForm form = options.columns[i].form;
			columns.emplace_back(options.names[i],
								 form == JsonForm::json ? duckdb::LogicalType::JSON() : duckdb::LogicalType::VARCHAR);
		}
		if (options.row_number)
			columns.emplace_back(row_number_column, duckdb::LogicalType::BIGINT);
	}

	bool TryInitializeScan(duckdb::ClientContext &context, duckdb::GlobalTableFunctionState &,
						   duckdb::LocalTableFunctionState &local) override
	{
		if (!file_)
			file_ = std::make_unique<JsonFile>(context, file.path,
											   options_.lines ? JsonSplitter::Form::lines : JsonSplitter::Form::values,
											   options_.compression);
		const bool in_parts = options_.lines && file_->anywhere && !options_.row_number;
		if (next_ > 0 && (!in_parts || next_ >= file_->size))
			return false;
		auto &state = local.Cast<JsonLocalState>();
		state.begin = next_;
		state.end = next_ = in_parts ? next_ + part_size : whole_file;
		return true;
	}

	void PrepareScan(duckdb::ClientContext &, duckdb::GlobalTableFunctionState &,
					 duckdb::LocalTableFunctionState &local) override
	{
		auto &state = local.Cast<JsonLocalState>();
		state.input = std::make_unique<JsonInput>(*file_, state.begin, state.end);
		state.row = 0;
		std::vector<duckdb::idx_t> wanted;
		for (duckdb::idx_t i = 0; i < column_ids.size(); ++i)
			wanted.push_back(column_ids[duckdb::MultiFileLocalIndex(i)].GetId());
		if (state.record && state.wanted == wanted)
			return;
		std::vector<JsonColumn> wanted_columns;
		for (const duckdb::idx_t id : wanted)
			if (id < options_.columns.size())
				wanted_columns.push_back(options_.columns[id]);
		state.wanted = std::move(wanted);
		state.record = std::make_unique<JsonRecord>(std::move(wanted_columns));
	}

	duckdb::AsyncResult Scan(duckdb::ClientContext &, duckdb::GlobalTableFunctionState &,
							 duckdb::LocalTableFunctionState &local, duckdb::DataChunk &chunk) override
	{
		auto &state = local.Cast<JsonLocalState>();
		std::string_view text;
		duckdb::idx_t rows = 0;
		for (; rows < STANDARD_VECTOR_SIZE && state.input->next(&text); ++rows)
		{
			parse_record(*state.input, [&] { put(state, state.record->parse(text), rows, chunk); });
		}
		chunk.SetCardinality(rows);
		/* A part that ends with rows would end the whole scan, whatever other threads still have. */
		if (rows > 0)
			return duckdb::AsyncResult(duckdb::SourceResultType::HAVE_MORE_OUTPUT);
		done_ += std::min(state.input->position(), state.end) - state.begin;
		state.input.reset();
		return duckdb::AsyncResult(duckdb::SourceResultType::FINISHED);
	}

	double GetProgressInFile(duckdb::ClientContext &) override
	{
		if (!file_ || file_->size == 0)
			return 0;
		const duckdb::idx_t done = file_->anywhere ? done_.load() : file_->handle->GetProgress();
		return 100.0 * static_cast<double>(done) / static_cast<double>(file_->size);
	}

	duckdb::string GetReaderType() const override { return "JSON"; }

private:
	static void put(JsonLocalState &state, const std::vector<std::string_view> &values, duckdb::idx_t row,
					duckdb::DataChunk &chunk)
	{
		std::size_t value = 0;
		++state.row;
		for (duckdb::idx_t i = 0; i < chunk.ColumnCount(); ++i)
		{
			duckdb::Vector &vector = chunk.data[i];
			if (vector.GetType().id() == duckdb::LogicalTypeId::BIGINT)
			{
				duckdb::FlatVector::GetData<int64_t>(vector)[row] = state.row;
				continue;
			}
			const std::string_view text = values[value++];
			if (text.data() == nullptr)
				duckdb::FlatVector::SetNull(vector, row, true);
			else
				duckdb::FlatVector::GetData<duckdb::string_t>(vector)[row] =
					duckdb::StringVector::AddStringOrBlob(vector, text.data(), text.size());
		}
	}

	const JsonOptions &options_;
	std::unique_ptr<JsonFile> file_;
	duckdb::idx_t next_ = 0; /* where the next part begins */
	std::atomic<duckdb::idx_t> done_ = 0;
};

struct JsonBindData final : duckdb::TableFunctionData
{
	std::unique_ptr<JsonOptions> options;
};

/* What the engine's framework asks about the format. */
struct JsonInterface final : duckdb::MultiFileReaderInterface
{
	static duckdb::unique_ptr<duckdb::MultiFileReaderInterface> CreateInterface(duckdb::ClientContext &)
	{
		return duckdb::make_uniq<JsonInterface>();
	}

	duckdb::unique_ptr<duckdb::BaseFileReaderOptions> InitializeOptions(
		duckdb::ClientContext &, duckdb::optional_ptr<duckdb::TableFunctionInfo>) override
	{
		return duckdb::make_uniq<JsonOptions>();
	}

	bool ParseCopyOption(duckdb::ClientContext &, const duckdb::string &, const duckdb::vector<duckdb::Value> &,
						 duckdb::BaseFileReaderOptions &, duckdb::vector<duckdb::string> &,
						 duckdb::vector<duckdb::LogicalType> &) override
	{
		return false;
	}

	bool ParseOption(duckdb::ClientContext &, const duckdb::string &key, const duckdb::Value &value,
					 duckdb::MultiFileOptions &, duckdb::BaseFileReaderOptions &all) override
	{
		auto &options = all.Cast<JsonOptions>();
		if (key == "columns")
		{
			for (const duckdb::Value &entry : duckdb::MapValue::GetChildren(value))
			{
				const auto &pair = duckdb::StructValue::GetChildren(entry);
				options.names.push_back(pair[0].ToString());
				options.columns.push_back({pair[0].ToString(), form_named(pair[1].ToString())});
			}
			options.names = core::distinct_names(std::move(options.names));
		}
		else if (key == "lines")
			options.lines = value.GetValue<bool>();
		else if (key == row_number_column)
			options.row_number = value.GetValue<bool>();
		else if (key == "compression")
			options.compression = compression_named(value.ToString());
		else
			return false;
		return true;
	}

	duckdb::unique_ptr<duckdb::TableFunctionData> InitializeBindData(
		duckdb::MultiFileBindData &, duckdb::unique_ptr<duckdb::BaseFileReaderOptions> options) override
	{
		auto data = duckdb::make_uniq<JsonBindData>();
		data->options.reset(static_cast<JsonOptions *>(options.release()));
		return data;
	}

	void BindReader(duckdb::ClientContext &context, duckdb::vector<duckdb::LogicalType> &types,
					duckdb::vector<duckdb::string> &names, duckdb::MultiFileBindData &data) override
	{
		data.reader_bind =
			data.multi_file_reader->BindReader(context, types, names, *data.file_list, data,
											   *data.bind_data->Cast<JsonBindData>().options, data.file_options);
	}

	duckdb::unique_ptr<duckdb::GlobalTableFunctionState> InitializeGlobalState(duckdb::ClientContext &,
																			   duckdb::MultiFileBindData &,
																			   duckdb::MultiFileGlobalState &) override
	{
		return duckdb::make_uniq<duckdb::GlobalTableFunctionState>();
	}

	duckdb::unique_ptr<duckdb::LocalTableFunctionState> InitializeLocalState(
		duckdb::ExecutionContext &, duckdb::GlobalTableFunctionState &) override
	{
		return duckdb::make_uniq<JsonLocalState>();
	}

	duckdb::shared_ptr<duckdb::BaseFileReader> CreateReader(duckdb::ClientContext &, duckdb::GlobalTableFunctionState &,
															duckdb::BaseUnionData &data,
															const duckdb::MultiFileBindData &bind) override
	{
		return make(data.file, bind);
	}

	duckdb::shared_ptr<duckdb::BaseFileReader> CreateReader(duckdb::ClientContext &, duckdb::GlobalTableFunctionState &,
															const duckdb::OpenFileInfo &file, duckdb::idx_t,
															const duckdb::MultiFileBindData &bind) override
	{
		return make(file, bind);
	}

	duckdb::shared_ptr<duckdb::BaseFileReader> CreateReader(duckdb::ClientContext &, const duckdb::OpenFileInfo &file,
															duckdb::BaseFileReaderOptions &options,
															const duckdb::MultiFileOptions &) override
	{
		return duckdb::make_shared_ptr<JsonReader>(file, options.Cast<JsonOptions>());
	}

private:
	static duckdb::shared_ptr<duckdb::BaseFileReader> make(const duckdb::OpenFileInfo &file,
														   const duckdb::MultiFileBindData &bind)
	{
		return duckdb::make_shared_ptr<JsonReader>(file, *bind.bind_data->Cast<JsonBindData>().options);
	}
};

} // namespace

void sample_json(duckdb::ClientContext &context, const Scope &scope, const Options &options, const std::string &path,
				 JsonSplitter::Form form, JsonKeys *keys, std::size_t *bytes)
{
	JsonFile file(context, text_name(scope, options, path), form, compression_named(compression_of_text(options)));
	JsonInput input(file, 0, whole_file);
	std::string_view record;
	while (*bytes > 0 && input.next(&record))
	{
		parse_record(input, [&] { keys->add(record); });
		*bytes -= std::min(*bytes, record.size());
	}
}

void register_json(duckdb::Connection &connection)
{
	duckdb::MultiFileFunction<JsonInterface> function("fabric_json");
	function.named_parameters["columns"] =
		duckdb::LogicalType::MAP(duckdb::LogicalType::VARCHAR, duckdb::LogicalType::VARCHAR);
	function.named_parameters["lines"] = duckdb::LogicalType::BOOLEAN;
	function.named_parameters[row_number_column] = duckdb::LogicalType::BOOLEAN;
	function.named_parameters["compression"] = duckdb::LogicalType::VARCHAR;
	connection.BeginTransaction();
	duckdb::CreateTableFunctionInfo info(
		duckdb::MultiFileReader::CreateFunctionSet(static_cast<duckdb::TableFunction>(function)));
	duckdb::Catalog::GetSystemCatalog(*connection.context).CreateTableFunction(*connection.context, info);
	connection.Commit();
}

} // namespace fabric::fdw::objectstore
