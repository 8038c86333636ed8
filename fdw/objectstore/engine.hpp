/*
 * The engine of this process: one DuckDB instance, locked down, in memory only, with the one file system of engine_files.hpp.
 *
 * Lifecycle: the instance is made by the first session and ended by end_engine(), before the engine's own statics
 * go: its threads must not run into those, and its temporary files are removed. The functions belong to the main thread.
 * Threads are born with all signals blocked: PostgreSQL's handlers run on the main thread only.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_HPP

#include "duckdb.hpp"

#include <csignal>
#include <cstdint>
#include <string>

namespace fabric::fdw::objectstore
{

/* Blocks all signals that can be blocked with sense while it lives; what is born meanwhile inherits that. */
class SignalsBlocked
{
public:
	SignalsBlocked() noexcept;
	~SignalsBlocked();
	SignalsBlocked(const SignalsBlocked &) = delete;
	SignalsBlocked &operator=(const SignalsBlocked &) = delete;

private:
	sigset_t before_;
};

/* This process's share of what the server's sessions have together. */
struct Limits
{
	uint64_t memory = uint64_t(256) << 20; /* bytes */
	uint32_t threads = 1;				   /* that work at once, the session's own included */
	std::string temporary_directory;	   /* empty: nothing is put on disk */
	uint64_t temporary_size = 0;		   /* bytes on disk; 0: nine tenths of what is free there */

	bool operator==(const Limits &) const = default;
};

/* The instance, made at the first call; throws duckdb's exceptions. A fatal error of the engine's gives it up: then the next
 * call makes another. */
duckdb::shared_ptr<duckdb::DuckDB> engine_instance();

/* Gives the instance up, as soon as no session has it any more. */
void end_engine();

/* The threads that it may use. */
std::size_t engine_threads() noexcept;

/* Sets the limits, of the instance that is there or of the one to come. A limit below what is in use is reached as soon as that
 * is let go. The temporary directory is that of the first call. */
void limit_engine(const Limits &limits);

} // namespace fabric::fdw::objectstore

#endif
