/*
 * CSV files: the engine's function fabric_csv, and what fabric_scan stands for where the files are such.
 *
 *   fabric_csv([file, ...], columns := [...], delimiter := ',', header := true, ...)
 *
 * CSV is what COPY takes it for: a field that is empty and not quoted is NULL, every line has as many fields as the first, all lines
 * end the same way (core/csv_text.hpp). The engine's own reader is not used: it takes x"y"z in a field for just that, leaves out
 * delimiters at the ends of lines, and does not always tell file and line. All columns are text. Files in which quotes escape
 * themselves are read in parts at once. Errors: data_corrupted, bad_copy_file_format, character_not_in_repertoire,
 * program_limit_exceeded with file and line; fdw_inconsistent_descriptor_information where a file has other columns than `columns`.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_CSV_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_CSV_HPP

#include "fdw/objectstore/engine_files.hpp"
#include "fdw/objectstore/engine_scan.hpp"

#include "duckdb.hpp"

#include <string>
#include <vector>

namespace fabric::fdw::objectstore
{

/* Makes the function known; called once for an instance, before anybody else has a connection. */
void register_csv(duckdb::Connection &connection);

/*
 * The SELECT that reads them. Files without a byte have no rows. `facts` gets the columns' names as the files write them, where they
 * are known, and, when asked for, the types that the first values look like.
 */
std::string scan_csv(duckdb::ClientContext &context, const Scope &scope, const Options &options,
					 const std::vector<std::string> &paths, bool guess, ScanFacts *facts);

/* About as many lines as files of such a size together have, by the beginning of the first that has any. */
int64_t lines_of(duckdb::ClientContext &context, const Scope &scope, const Options &options,
				 const std::vector<std::string> &paths, uint64_t size);

} // namespace fabric::fdw::objectstore

#endif
