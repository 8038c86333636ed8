/*
 * The engine's function fabric_scan: what a foreign table's options mean, as a scan of the files that are there now.
 *
 *   fabric_scan('sub/year=2020', format := 'parquet', hive_partitioning := true, ...)
 *
 * Its locations, a line each, are relative to the root of the session that asks. It lists their files, tells their format
 * and stands for a call of the engine's own reader. Errors: those of core::RootDirectory::find; invalid_parameter_value
 * where the format cannot be told.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_SCAN_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_SCAN_HPP

#include "duckdb.hpp"

#include <string_view>

namespace fabric::fdw::objectstore
{

/* Makes the function known; called once for an instance, before anybody else has a connection. */
void register_scan(duckdb::Connection &connection);

/* A file's name without what says that it is compressed. */
std::string_view unpacked_name(std::string_view path) noexcept;

} // namespace fabric::fdw::objectstore

#endif
