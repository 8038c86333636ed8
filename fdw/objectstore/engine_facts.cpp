/*
 * Describing scans: the engine binds them in a session of its own, as if they were to be read.
 */
#include "fdw/objectstore/engine_facts.hpp"

#include "fdw/objectstore/engine_scan.hpp"

#include "core/file_format.hpp"
#include "core/sqlstate.hpp"

#include "duckdb/function/table_function.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref/subqueryref.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace fabric::fdw::objectstore
{

namespace
{

/*
 * Another session of the engine, with the same rights: this one is in the middle of something.
 */
class SideSession
{
public:
	SideSession(duckdb::ClientContext &context, Scope &scope) : connection_(*context.db), scope_(scope)
	{
		connection_.context->registered_state->Insert(Scope::key, scope_in(context));
	}

	/* The result, or its error; throws when the statement was canceled. */
	duckdb::unique_ptr<duckdb::MaterializedQueryResult> query(const std::string &sql)
	{
		auto result = connection_.Query(sql);
		if (scope_.stop)
			throw duckdb::InterruptException();
		return result;
	}

private:
	duckdb::Connection connection_;
	Scope &scope_;
};

/* Scans are described while it lives, however that ends. */
class Describing
{
public:
	explicit Describing(Scope &scope) : scope_(scope), before_(std::exchange(scope.describing, true)) {}
	~Describing() { scope_.describing = before_; }
	Describing(const Describing &) = delete;
	Describing &operator=(const Describing &) = delete;

private:
	Scope &scope_;
	bool before_;
};

struct Column
{
	std::string name;
	std::string type;
	bool required;
	std::string in_files; /* its name there, if that is another */
	std::string looks;	  /* the type of PostgreSQL that its values look like, if that was asked for */
};

struct Table
{
	ScanFacts scan;
	std::vector<Column> columns;
};

/* Finds out what a scan, as SQL, would give; false with the reason when it cannot be bound. */
bool describe(duckdb::ClientContext &context, Scope &scope, const std::string &scan, Table *out,
			  duckdb::ErrorData *problem)
{
	const Describing describing(scope);
	auto columns = SideSession(context, scope).query("DESCRIBE SELECT * FROM " + scan);
	if (columns->HasError())
	{
		*problem = columns->GetErrorObject();
		return false;
	}
	out->scan = scope.described;
	const ScanFacts &facts = out->scan;
	for (duckdb::idx_t row = 0; row < columns->RowCount(); ++row)
	{
		Column column;
		column.name = columns->GetValue(0, row).ToString();
		column.type = columns->GetValue(1, row).ToString();
		column.required = std::find(facts.required.begin(), facts.required.end(), column.name) != facts.required.end();
		/* The engine's name is that of the file, or begins with it. */
		if (row < facts.names.size() && !facts.names[row].empty() && facts.names[row] != column.name &&
			column.name.compare(0, facts.names[row].size(), facts.names[row]) == 0 &&
			std::count(facts.names.begin(), facts.names.end(), facts.names[row]) == 1)
			column.in_files = facts.names[row];
		const bool untyped = column.type == "VARCHAR" || column.type == "JSON";
		if (const auto type = facts.types.find(column.name); untyped && type != facts.types.end())
			column.looks = type->second;
		out->columns.push_back(std::move(column));
	}
	return true;
}

Table description_of(duckdb::ClientContext &context, Scope &scope, const std::string &scan)
{
	Table table;
	duckdb::ErrorData problem;
	if (!describe(context, scope, scan, &table, &problem))
		problem.Throw();
	return table;
}

/* What was told, by the prefix of the scope and the scan's SQL. Never destroyed. */
struct Told
{
	std::mutex mutex;
	std::map<std::string, Table> tables;
};

Told &told()
{
	static Told *const the = new Told;
	return *the;
}

void remember(const Scope &scope, Table table)
{
	const std::lock_guard lock(told().mutex);
	const std::string key = scope.prefix() + table.scan.sql;
	told().tables.insert_or_assign(key, std::move(table));
}

/*
 * The rows that the wrapper's engine reads facts from (FactsColumn of fdw/shared/dialect.hpp), all of them text.
 */
class Rows
{
public:
	/* `location`: SQL. */
	void add(const std::string &name, const std::string &location, const Table &table)
	{
		for (const Column &column : table.columns)
		{
			const auto text = [](const std::string &value) { return value.empty() ? "NULL" : in_quotes(value); };
			rows_ += (rows_.empty() ? "(" : ", (") + std::to_string(number_++) + ", " + in_quotes(name) + ", " +
					 location + ", " + (table.scan.rows < 0 ? "NULL" : in_quotes(std::to_string(table.scan.rows))) +
					 ", " + in_quotes(std::to_string(table.scan.bytes)) + ", " + in_quotes(column.name) + ", " +
					 in_quotes(column.type) + ", " + (column.required ? "'0'" : "'1'") + ", " + text(column.looks) +
					 ", " + text(column.in_files) + ", " + text(table.scan.format) + ", " +
					 text(column.type == "VARCHAR" ? table.scan.date_format : "") + ")";
		}
	}

	duckdb::unique_ptr<duckdb::TableRef> take(duckdb::ClientContext &context)
	{
		if (rows_.empty())
			rows_ = "(0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)";
		return select_instead(context,
							  "SELECT name, NULL, '0', n, bytes, column_name, column_type, column_type, NULL, NULL, "
							  "nullable, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '0', NULL, '0', location, "
							  "format, in_files, looks, date_format FROM "
							  "(VALUES " +
								  rows_ +
								  ") AS t(number, name, location, n, bytes, column_name, column_type, nullable, looks, "
								  "in_files, format, date_format) "
								  "WHERE name IS NOT NULL ORDER BY number");
	}

private:
	std::string rows_;
	std::size_t number_ = 0;
};

/* fabric_facts([scan, ...]): those of scans, whose tables are called what the scans are. */
duckdb::unique_ptr<duckdb::TableRef> replace_facts(duckdb::ClientContext &context,
												   duckdb::TableFunctionBindInput &input)
{
	const auto scope = scope_in(context);
	Rows rows;
	for (const duckdb::Value &scan : duckdb::ListValue::GetChildren(input.inputs[0]))
	{
		Table table = description_of(context, *scope, scan.ToString());
		rows.add(scan.ToString(), "NULL", table);
		remember(*scope, std::move(table));
	}
	return rows.take(context);
}

/* A table that a directory's entry can be. */
struct DataSet
{
	std::string name;
	std::string location;
	std::string problem; /* why it cannot */
	Table table;
};

/* The entry's name without what tells its format. */
std::string stem_of(std::string_view name)
{
	name = core::unpacked_name(name);
	const std::size_t dot = name.rfind('.');
	return std::string(dot != std::string_view::npos && dot > 0 ? name.substr(0, dot) : name);
}

/* Each file and each directory of a directory is one; reads their columns. `names`: only those, or all but those. */
std::vector<DataSet> data_sets(duckdb::ClientContext &context, Scope &scope, const std::string &directory,
							   const std::vector<std::string> &names, bool except)
{
	core::Result<std::vector<core::RootDirectory::Entry>> entries = scope.root().entries(directory, scope.stopped());
	if (!entries.ok())
		Throw(*entries.error());
	const std::string base = directory == "." ? "" : directory + "/";
	std::vector<DataSet> sets;
	const auto is_named = [&](const std::string &name)
	{ return std::any_of(sets.begin(), sets.end(), [&](const DataSet &set) { return set.name == name; }); };
	for (const core::RootDirectory::Entry &entry : entries.value())
	{
		DataSet set;
		set.name = entry.directory ? entry.name : stem_of(entry.name);
		if (is_named(set.name))
			set.name = entry.name;
		set.location = base + entry.name;
		sets.push_back(std::move(set));
	}
	if (!names.empty())
		std::erase_if(sets, [&](const DataSet &set)
					  { return (std::find(names.begin(), names.end(), set.name) != names.end()) == except; });

	for (DataSet &set : sets)
	{
		duckdb::ErrorData problem;
		if (!describe(context, scope, "fabric_scan(" + in_quotes(set.location) + ", guess := true)", &set.table,
					  &problem))
			set.problem = scope.plain(problem.RawMessage());
	}
	return sets;
}

/* The arguments of fabric_directory and fabric_directory_names: directory, names, except. */
std::vector<DataSet> data_sets(duckdb::ClientContext &context, const duckdb::TableFunctionBindInput &input)
{
	const auto scope = scope_in(context);
	std::vector<std::string> names;
	for (const duckdb::Value &name : duckdb::ListValue::GetChildren(input.inputs[1]))
		names.push_back(name.ToString());
	return data_sets(context, *scope, input.inputs[0].ToString(), names, input.inputs[2].GetValue<bool>());
}

/* fabric_directory(directory, names, except): the facts of a directory's data sets. */
duckdb::unique_ptr<duckdb::TableRef> replace_directory(duckdb::ClientContext &context,
													   duckdb::TableFunctionBindInput &input)
{
	Rows rows;
	for (const DataSet &set : data_sets(context, input))
		rows.add(set.name, in_quotes(set.location), set.table);
	return rows.take(context);
}

/* fabric_directory_names(directory, names, except): their names, and why a table cannot be made of one. */
duckdb::unique_ptr<duckdb::TableRef> replace_directory_names(duckdb::ClientContext &context,
															 duckdb::TableFunctionBindInput &input)
{
	std::string rows;
	for (const DataSet &set : data_sets(context, input))
		rows += (rows.empty() ? "(" : ", (") + in_quotes(set.name) + ", " +
				(set.problem.empty() ? "NULL" : in_quotes(set.problem)) + ")";
	if (rows.empty())
		rows = "(NULL, NULL)";
	return select_instead(context, "SELECT CAST(name AS VARCHAR), CAST(problem AS VARCHAR) FROM (VALUES " + rows +
									   ") AS t(name, problem) WHERE name IS NOT NULL");
}

} // namespace

duckdb::shared_ptr<Scope> scope_in(duckdb::ClientContext &context)
{
	auto scope = context.registered_state->Get<Scope>(Scope::key);
	if (!scope)
		throw duckdb::PermissionException("files are read by sessions that have a root");
	return scope;
}

duckdb::unique_ptr<duckdb::TableRef> select_instead(duckdb::ClientContext &context, const std::string &sql)
{
	duckdb::Parser parser(context.GetParserOptions());
	parser.ParseQuery(sql);
	if (parser.statements.size() != 1 || parser.statements[0]->type != duckdb::StatementType::SELECT_STATEMENT)
		throw duckdb::InternalException("what stands for a function is no SELECT");
	return duckdb::make_uniq<duckdb::SubqueryRef>(
		duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(std::move(parser.statements[0])));
}

std::vector<std::pair<std::string, std::string>> describe_select(duckdb::ClientContext &context, Scope &scope,
																 const std::string &select)
{
	auto result = SideSession(context, scope).query("DESCRIBE " + select);
	if (result->HasError())
		result->GetErrorObject().Throw();
	std::vector<std::pair<std::string, std::string>> columns;
	for (duckdb::idx_t row = 0; row < result->RowCount(); ++row)
		columns.emplace_back(result->GetValue(0, row).ToString(), result->GetValue(1, row).ToString());
	return columns;
}

std::string in_quotes(const std::string &text)
{
	std::string literal = "'";
	for (const char byte : text)
		literal += byte == '\'' ? "''" : std::string(1, byte);
	return literal + "'";
}

std::string in_quotes(const std::vector<std::string> &texts)
{
	std::string list = "[";
	for (std::size_t i = 0; i < texts.size(); ++i)
		list += (i == 0 ? "" : ", ") + in_quotes(texts[i]);
	return list + "]";
}

void require_as_told(duckdb::ClientContext &context, Scope &scope, const ScanFacts &scan)
{
	Table then;
	{
		const std::lock_guard lock(told().mutex);
		const auto found = told().tables.find(scope.prefix() + scan.sql);
		if (found == told().tables.end() || found->second.scan.state == scan.state)
			return;
		then = found->second;
	}
	const Table now = description_of(context, scope, scan.sql);
	for (const Column &column : then.columns)
	{
		const auto same = std::find_if(now.columns.begin(), now.columns.end(),
									   [&](const Column &other) { return other.name == column.name; });
		/* Of one that is not there any more the engine complains where it is asked for. */
		if (same != now.columns.end() && (same->type != column.type || (column.required && !same->required)))
			Throw(core::Error(core::sqlstate::fdw_inconsistent_descriptor_information,
							  "column \"" + column.name +
								  "\" of the files is not what it was when the statement was planned",
							  {}, "Run the statement again."));
	}
	then.scan = now.scan;
	remember(scope, std::move(then));
}

void register_facts(duckdb::Connection &connection)
{
	const duckdb::LogicalType texts = duckdb::LogicalType::LIST(duckdb::LogicalType::VARCHAR);
	duckdb::TableFunction facts("fabric_facts", {texts}, nullptr, nullptr);
	facts.bind_replace = replace_facts;
	const duckdb::vector<duckdb::LogicalType> in_directory = {duckdb::LogicalType::VARCHAR, texts,
															  duckdb::LogicalType::BOOLEAN};
	duckdb::TableFunction directory("fabric_directory", in_directory, nullptr, nullptr);
	directory.bind_replace = replace_directory;
	duckdb::TableFunction names("fabric_directory_names", in_directory, nullptr, nullptr);
	names.bind_replace = replace_directory_names;
	for (const duckdb::TableFunction &function : {facts, directory, names})
		add_function(connection, duckdb::TableFunctionSet(function));
}

} // namespace fabric::fdw::objectstore
