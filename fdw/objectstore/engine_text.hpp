/*
 * Text files as the engine reads them: in UTF-8, whatever encoding they are in.
 *
 * A file in another encoding has a name that says so, fabric://3:GBK:gzip/path: what is read of it is unpacked and converted on the
 * way. Encodings are named as iconv(3) names them. Errors: data_corrupted, character_not_in_repertoire with the file's name.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_TEXT_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_TEXT_HPP

#include "fdw/objectstore/engine_files.hpp"
#include "fdw/objectstore/engine_records.hpp"
#include "fdw/objectstore/engine_scan.hpp"

#include "duckdb.hpp"

#include <string>
#include <vector>

namespace fabric::fdw::objectstore
{

/* The name that the engine knows a text file by. Options: encoding, compression. */
std::string text_name(const Scope &scope, const Options &options, const std::string &path);

/* What the engine itself has to unpack: nothing where that is done on the way. */
std::string compression_of_text(const Options &options);

/* Whether the file is compressed. */
bool is_packed(const Options &options, const std::string &path);

/* The names of text files. */
std::vector<std::string> text_names(const Scope &scope, const Options &options, const std::vector<std::string> &paths);

/* The file, to be read as UTF-8. */
TextFile text_file(duckdb::ClientContext &context, const Scope &scope, const Options &options, const std::string &path);

/* A file that is read as UTF-8 out of one in another encoding, unpacked before. */
duckdb::unique_ptr<duckdb::FileHandle> converted(duckdb::unique_ptr<duckdb::FileHandle> file,
												 const std::string &encoding, const std::string &compression);

} // namespace fabric::fdw::objectstore

#endif
