/*
 * The engine's function fabric_scan: what a foreign table's options mean, as a scan of the files that are there now.
 *
 *   fabric_scan('sub/year=2020', format := 'parquet', hive_partitioning := true, ...)
 *
 * Its locations, a line each, are relative to the root of the session that asks. It lists their files, tells their format
 * and stands for a SELECT from the reader for the format. Errors: those of core::RootDirectory::find; invalid_parameter_value
 * where the format cannot be told; fdw_inconsistent_descriptor_information where files have other columns than others.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_SCAN_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_SCAN_HPP

#include "duckdb.hpp"
#include "duckdb/common/enums/file_compression_type.hpp"

#include <string>
#include <vector>

namespace fabric::fdw::objectstore
{

/* Makes the function known; called once for an instance, before anybody else has a connection. */
void register_scan(duckdb::Connection &connection);

/* Makes a table function known, as those are that the readers and the facts have. */
void add_function(duckdb::Connection &connection, duckdb::TableFunctionSet function);

using Options = duckdb::named_parameter_map_t;

/* The value of an option, or another one where it is not given. */
std::string text_option(const Options &options, const char *name, const char *otherwise);
bool flag_option(const Options &options, const char *name, bool otherwise);

/* none, gzip, zstd; anything else: by the file's name. */
duckdb::FileCompressionType compression_named(const std::string &name);

/* What types are guessed from: so many bytes of the files of a table. */
inline constexpr std::size_t sample_size = 4 << 20;

/* A call of one of the engine's readers, as SQL. */
class ReaderCall
{
public:
	/* `names`: of files, as the engine knows them. */
	ReaderCall(const char *reader, const std::vector<std::string> &names);

	/* `value`: SQL. */
	void add(const char *name, const std::string &value) { sql_ += std::string(", ") + name + " := " + value; }
	/* Those that are given, as they are. */
	void add_given(const Options &options, std::initializer_list<const char *> names);
	std::string take() { return std::move(sql_) + ")"; }

private:
	std::string sql_;
};

} // namespace fabric::fdw::objectstore

#endif
