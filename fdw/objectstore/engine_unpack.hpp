/*
 * Compressed files as the engine reads them: gzip by zlib, zstd by libzstd. The engine's own readers take a file that is cut off
 * for one that has ended; here it is an error, as is a wrong checksum, and whatever follows that is not compressed.
 *
 * Lifecycle: one file system per kind of compression and instance, owned by the instance. Reading only.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_UNPACK_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_UNPACK_HPP

#include "duckdb.hpp"
#include "duckdb/common/file_system.hpp"

namespace fabric::fdw::objectstore
{

/* Puts both in the place of the instance's own. */
void register_unpackers(duckdb::DuckDB &database);

/* A file that is read unpacked out of a compressed one. `kind`: GZIP or ZSTD. */
duckdb::unique_ptr<duckdb::FileHandle> unpacked(duckdb::unique_ptr<duckdb::FileHandle> file,
												duckdb::FileCompressionType kind);

} // namespace fabric::fdw::objectstore

#endif
