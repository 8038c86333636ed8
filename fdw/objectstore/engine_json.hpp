/*
 * The engine's function fabric_json: files of JSON as rows.
 *
 *   fabric_json([file, ...], columns := MAP {key: form, ...}, lines := true, compression := 'auto', ...)
 *
 * The columns are those that are named, all of them text; forms are those of JsonForm: text, json, text[], json[]. The options of
 * the engine's other readers for several files (filename, hive_partitioning) are there as well, and row_number, which adds a column
 * of that name. Uncompressed lines are read in parts at once, other files one each. Errors: data_corrupted,
 * invalid_text_representation and program_limit_exceeded with file and line.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_JSON_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_JSON_HPP

#include "fdw/objectstore/engine_files.hpp"
#include "fdw/objectstore/engine_json_values.hpp"
#include "fdw/objectstore/engine_scan.hpp"

#include "core/json_text.hpp"

#include "duckdb.hpp"

#include <string>
#include <vector>

namespace fabric::fdw::objectstore
{

/* Makes the function known; called once for an instance, before anybody else has a connection. */
void register_json(duckdb::Connection &connection);

/*
 * Adds what the first records of a file have to `keys`, up to so many bytes, which are counted down. `path`: below the root.
 * Errors as fabric_json's.
 */
void sample_json(duckdb::ClientContext &context, const Scope &scope, const Options &options, const std::string &path,
				 core::JsonSplitter::Form form, JsonKeys *keys, std::size_t *bytes);

} // namespace fabric::fdw::objectstore

#endif
