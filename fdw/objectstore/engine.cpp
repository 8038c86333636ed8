/*
 * The engine's instance: what it may do is decided here, before anybody can ask it for anything.
 */
#include "fdw/objectstore/engine.hpp"

#include "fdw/objectstore/engine_csv.hpp"
#include "fdw/objectstore/engine_facts.hpp"
#include "fdw/objectstore/engine_files.hpp"
#include "fdw/objectstore/engine_functions.hpp"
#include "fdw/objectstore/engine_json.hpp"
#include "fdw/objectstore/engine_scan.hpp"
#include "fdw/objectstore/engine_unpack.hpp"

#include "duckdb/common/virtual_file_system.hpp"
#include "duckdb/main/valid_checker.hpp"
#include "duckdb/parallel/task_scheduler.hpp"
#include "duckdb/storage/buffer_manager.hpp"

namespace fabric::fdw::objectstore
{

namespace
{

struct State
{
	Limits limits;
	duckdb::shared_ptr<duckdb::DuckDB> database;
};

/* Never destroyed by the C++ runtime, which would do it too late: end_engine() ends the instance. */
State &state()
{
	static State *const the = new State;
	return *the;
}

/* Fails where the engine does not know a setting: one that is not there locks nothing. */
void require(duckdb::Connection &connection, const char *setting)
{
	auto result = connection.Query(setting);
	if (result->HasError())
		result->ThrowError();
}

duckdb::shared_ptr<duckdb::DuckDB> make_instance(const Limits &limits)
{
	duckdb::DBConfig config;
	auto files = duckdb::make_uniq<Files>();
	files->SetTemporaryDirectory(limits.temporary_directory);
	config.file_system = duckdb::make_uniq<duckdb::VirtualFileSystem>(std::move(files));
	config.options.maximum_memory = limits.memory;
	config.options.maximum_threads = limits.threads;
	config.options.use_temporary_directory = !limits.temporary_directory.empty();
	config.options.temporary_directory = limits.temporary_directory;
	if (limits.temporary_size > 0)
		config.options.maximum_swap_space = limits.temporary_size;
	config.SetOptionByName("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
	config.SetOptionByName("autoload_known_extensions", duckdb::Value::BOOLEAN(false));
	config.SetOptionByName("allow_community_extensions", duckdb::Value::BOOLEAN(false));
	config.SetOptionByName("allow_persistent_secrets", duckdb::Value::BOOLEAN(false));
	config.SetOptionByName("duckdb_api", duckdb::Value("pg_fabric"));

	auto database = duckdb::make_shared_ptr<duckdb::DuckDB>(nullptr, &config);
	register_unpackers(*database);
	duckdb::Connection setup(*database);
	register_scan(setup);
	register_facts(setup);
	register_csv(setup);
	register_json(setup);
	register_functions(setup);
	for (const char *setting : {
			 "SET GLOBAL TimeZone = 'UTC'", "SET GLOBAL Calendar = 'gregorian'",
			 /* The operating system caches files; memory is for the work, and for footers. */
			 "SET GLOBAL enable_external_file_cache = false", "SET GLOBAL parquet_metadata_cache = true",
			 /*
			  * No joins by two inequalities at once (IE_JOIN): outer ones give chunks that end the process where rows are
			  * streamed. They are merged by one of them instead.
			  */
			 "SET GLOBAL merge_join_threshold = 9223372036854775807",
			 /* What allocators keep is of nobody's budget. */
			 "SET GLOBAL allocator_flush_threshold = '8MB'",
			 "SET GLOBAL allocator_bulk_deallocation_flush_threshold = '16MB'",
			 /* 64-bit offsets: 2,048 values of a megabyte are more than 32 bits can say. */
			 "SET GLOBAL arrow_large_buffer_size = true", "SET GLOBAL disabled_filesystems = 'LocalFileSystem'",
			 "SET GLOBAL lock_configuration = true", /* the last one */
		 })
		require(setup, setting);
	return database;
}

} // namespace

SignalsBlocked::SignalsBlocked() noexcept
{
	sigset_t all;
	sigfillset(&all);
	/* Those of a fault in the code itself end the process at once where they are blocked, without a trace. */
	for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP})
		sigdelset(&all, fault);
	pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalsBlocked::~SignalsBlocked()
{
	pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

duckdb::shared_ptr<duckdb::DuckDB> engine_instance()
{
	const SignalsBlocked blocked;
	State &the = state();
	if (the.database && duckdb::ValidChecker::IsInvalidated(*the.database->instance))
		the.database.reset(); /* sessions that still use it hold it */
	if (!the.database)
		the.database = make_instance(the.limits);
	return the.database;
}

std::size_t engine_threads() noexcept
{
	return state().limits.threads;
}

void end_engine()
{
	state().database.reset();
}

void limit_engine(const Limits &limits)
{
	const SignalsBlocked blocked;
	State &the = state();
	if (the.limits == limits)
		return;
	const Limits before = std::exchange(the.limits, limits);
	if (!the.database)
		return;
	duckdb::DatabaseInstance &instance = *the.database->instance;
	if (before.memory != limits.memory)
		duckdb::BufferManager::GetBufferManager(instance).SetMemoryLimit(limits.memory);
	if (before.temporary_size != limits.temporary_size)
		duckdb::BufferManager::GetBufferManager(instance).SetSwapLimit(
			limits.temporary_size > 0 ? duckdb::optional_idx(limits.temporary_size) : duckdb::optional_idx());
	if (before.threads != limits.threads)
	{
		duckdb::TaskScheduler &scheduler = duckdb::TaskScheduler::GetScheduler(instance);
		scheduler.SetThreads(limits.threads, 1);
		scheduler.RelaunchThreads();
	}
}

} // namespace fabric::fdw::objectstore
