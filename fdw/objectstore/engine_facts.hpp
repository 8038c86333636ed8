/*
 * What is told of files without reading their rows: columns, numbers of rows, sizes. The functions fabric_facts,
 * fabric_directory and fabric_directory_names give it to the wrapper's engine.
 *
 * Statements are made by what was told. So each scan makes sure that its files still have the columns that were told of them in
 * this process: files that came or changed since are looked at again, and others columns than then are an error.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_FACTS_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_FACTS_HPP

#include "fdw/objectstore/engine_files.hpp"

#include "duckdb.hpp"

#include <string>
#include <utility>
#include <vector>

namespace fabric::fdw::objectstore
{

/* Makes the functions known; called once for an instance, before anybody else has a connection. */
void register_facts(duckdb::Connection &connection);

/* The scope of the session that asks. */
duckdb::shared_ptr<Scope> scope_in(duckdb::ClientContext &context);

/* Raises fdw_inconsistent_descriptor_information when a scan's columns are not what was told of them. */
void require_as_told(duckdb::ClientContext &context, Scope &scope, const ScanFacts &scan);

/* The columns of a SELECT and their types, as the engine names them. */
std::vector<std::pair<std::string, std::string>> describe_select(duckdb::ClientContext &context, Scope &scope,
																 const std::string &select);

/* A SELECT in the place of a table function. */
duckdb::unique_ptr<duckdb::TableRef> select_instead(duckdb::ClientContext &context, const std::string &sql);

/* A string literal. */
std::string in_quotes(const std::string &text);
/* A list of them. */
std::string in_quotes(const std::vector<std::string> &texts);

} // namespace fabric::fdw::objectstore

#endif
