/*
 * The engine's framework for functions that read several files, as the functions of text formats use it: it brings names of files, hive
 * partitions, unions by name and threads. A format brings a TextReader, which knows the columns of a file and how records become
 * values.
 *
 * Lifecycle: a reader per file and statement, used by several threads; a local state per thread. All columns are text, or JSON as text.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_TEXT_READER_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_TEXT_READER_HPP

#include "fdw/objectstore/engine_records.hpp"
#include "fdw/objectstore/engine_scan.hpp"

#include "core/error.hpp"

#include "duckdb.hpp"
#include "duckdb/common/multi_file/multi_file_function.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fabric::fdw::objectstore
{

/* The option that adds a column with the number of a row in its file, from 1, and that column. */
inline constexpr const char *row_number_column = "row_number";

struct TextOptions : duckdb::BaseFileReaderOptions
{
	bool row_number = false;
	duckdb::FileCompressionType compression = duckdb::FileCompressionType::AUTO_DETECT;

	/* Takes an option; false when it is none of this function's. */
	virtual bool take(const std::string &name, const duckdb::Value &value);
};

/* Turns records into values of the columns that are wanted; core::Error without the place of the record. */
class RecordParser
{
public:
	virtual ~RecordParser() = default;
	/* A value for each column; data() is nullptr for NULL. Valid until the next call. False when the record is no row. */
	virtual bool parse(std::string_view record, std::vector<std::string_view> *values) = 0;
};

class TextReader : public duckdb::BaseFileReader
{
public:
	TextReader(duckdb::OpenFileInfo file, const TextOptions &options);

	bool TryInitializeScan(duckdb::ClientContext &context, duckdb::GlobalTableFunctionState &global,
						   duckdb::LocalTableFunctionState &local) override;
	void PrepareScan(duckdb::ClientContext &context, duckdb::GlobalTableFunctionState &global,
					 duckdb::LocalTableFunctionState &local) override;
	duckdb::AsyncResult Scan(duckdb::ClientContext &context, duckdb::GlobalTableFunctionState &global,
							 duckdb::LocalTableFunctionState &local, duckdb::DataChunk &chunk) override;
	double GetProgressInFile(duckdb::ClientContext &context) override;
	duckdb::shared_ptr<duckdb::BaseUnionData> GetUnionData(duckdb::idx_t file_index) override;

protected:
	/* Adds the column of row numbers behind those of the format. */
	void add_row_number();

	/* Whether several threads may read the file at once, and where a part of it ends that begins there. */
	virtual bool has_parts() const = 0;
	virtual duckdb::idx_t part_end(TextFile &file, duckdb::idx_t begin) = 0;
	/* The records of a part, from the first that is a row. */
	virtual std::unique_ptr<RecordInput> input(TextFile &file, duckdb::idx_t begin, duckdb::idx_t end) const = 0;
	/* For columns of the format, by their places. */
	virtual std::unique_ptr<RecordParser> parser(const std::vector<std::size_t> &wanted) const = 0;

private:
	const TextOptions &options_;
	std::unique_ptr<TextFile> file_;
	bool begun_ = false;	 /* a part of it has been handed out */
	duckdb::idx_t next_ = 0; /* where the next part begins */
	std::atomic<duckdb::idx_t> done_ = 0;
};

struct TextLocalState final : duckdb::LocalTableFunctionState
{
	duckdb::idx_t begin = 0;
	duckdb::idx_t end = 0;
	std::unique_ptr<RecordInput> input;
	std::vector<duckdb::idx_t> wanted;
	std::unique_ptr<RecordParser> parser;
	std::vector<std::string_view> values;
	int64_t row = 0;
};

struct TextBindData final : duckdb::TableFunctionData
{
	std::unique_ptr<TextOptions> options;
};

/* What the framework asks about a format. */
struct TextInterface : duckdb::MultiFileReaderInterface
{
	bool ParseCopyOption(duckdb::ClientContext &context, const duckdb::string &key,
						 const duckdb::vector<duckdb::Value> &values, duckdb::BaseFileReaderOptions &options,
						 duckdb::vector<duckdb::string> &names, duckdb::vector<duckdb::LogicalType> &types) override;
	bool ParseOption(duckdb::ClientContext &context, const duckdb::string &key, const duckdb::Value &value,
					 duckdb::MultiFileOptions &file_options, duckdb::BaseFileReaderOptions &options) override;
	duckdb::unique_ptr<duckdb::TableFunctionData> InitializeBindData(
		duckdb::MultiFileBindData &data, duckdb::unique_ptr<duckdb::BaseFileReaderOptions> options) override;
	void BindReader(duckdb::ClientContext &context, duckdb::vector<duckdb::LogicalType> &types,
					duckdb::vector<duckdb::string> &names, duckdb::MultiFileBindData &data) override;
	duckdb::unique_ptr<duckdb::GlobalTableFunctionState> InitializeGlobalState(
		duckdb::ClientContext &context, duckdb::MultiFileBindData &data, duckdb::MultiFileGlobalState &state) override;
	duckdb::unique_ptr<duckdb::LocalTableFunctionState> InitializeLocalState(
		duckdb::ExecutionContext &context, duckdb::GlobalTableFunctionState &state) override;
};

/* Of one format: its Options, a TextOptions, and its Reader, made of the context, a file and the options. */
template <class Reader, class Options> struct InterfaceOf final : TextInterface
{
	static duckdb::unique_ptr<duckdb::MultiFileReaderInterface> CreateInterface(duckdb::ClientContext &)
	{
		return duckdb::make_uniq<InterfaceOf>();
	}

	duckdb::unique_ptr<duckdb::BaseFileReaderOptions> InitializeOptions(
		duckdb::ClientContext &, duckdb::optional_ptr<duckdb::TableFunctionInfo>) override
	{
		return duckdb::make_uniq<Options>();
	}

	duckdb::shared_ptr<duckdb::BaseFileReader> CreateReader(duckdb::ClientContext &context,
															duckdb::GlobalTableFunctionState &,
															duckdb::BaseUnionData &data,
															const duckdb::MultiFileBindData &bind) override
	{
		return make(context, data.file, *bind.bind_data->Cast<TextBindData>().options);
	}

	duckdb::shared_ptr<duckdb::BaseFileReader> CreateReader(duckdb::ClientContext &context,
															duckdb::GlobalTableFunctionState &,
															const duckdb::OpenFileInfo &file, duckdb::idx_t,
															const duckdb::MultiFileBindData &bind) override
	{
		return make(context, file, *bind.bind_data->Cast<TextBindData>().options);
	}

	duckdb::shared_ptr<duckdb::BaseFileReader> CreateReader(duckdb::ClientContext &context,
															const duckdb::OpenFileInfo &file,
															duckdb::BaseFileReaderOptions &options,
															const duckdb::MultiFileOptions &) override
	{
		return make(context, file, static_cast<TextOptions &>(options));
	}

private:
	static duckdb::shared_ptr<duckdb::BaseFileReader> make(duckdb::ClientContext &context,
														   const duckdb::OpenFileInfo &file, TextOptions &options)
	{
		return duckdb::make_shared_ptr<Reader>(context, file, static_cast<const Options &>(options));
	}
};

/* Makes a function for files of a format known, with the options of all of them. */
void register_reader(duckdb::Connection &connection, duckdb::TableFunction function);

/* Parses a record of an input; what is wrong with it is an error that tells its place. */
template <typename Parse> auto in_record(const RecordInput &input, Parse parse)
{
	try
	{
		return parse();
	}
	catch (const core::Error &error)
	{
		input.fail(error.sqlstate, error.message, error.hint);
	}
}

} // namespace fabric::fdw::objectstore

#endif
