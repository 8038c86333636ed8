/*
 * Scans of CSV files: what fabric_scan stands for, where the files are such.
 *
 * CSV as COPY reads it: a field that is empty and not quoted is NULL, every line has as many fields as the first. Nothing is
 * guessed from the content, which would leave out lines that do not fit the guess: all columns are text.
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

/*
 * The SELECT that reads them. Files without a byte have no rows. `facts` gets the columns' names as the files write them, where they
 * are known, and, when asked for, the types that the first values look like.
 */
std::string scan_csv(duckdb::ClientContext &context, Scope &scope, const Options &options,
					 const std::vector<std::string> &paths, bool guess, ScanFacts *facts);

/* What the engine says of a CSV file, with the file and the line. It reads the files again where the engine says neither. */
std::string csv_problem(duckdb::ClientContext &context, const Scope &scope, const std::string &problem);

/* About as many lines as files of such a size together have, by the beginning of one. */
int64_t lines_of(duckdb::ClientContext &context, const Scope &scope, const Options &options, const std::string &path,
				 uint64_t size);

} // namespace fabric::fdw::objectstore

#endif
