/*
 * A session of the engine: statements run on a thread of its own, whose chunks wait in a short queue for the main thread.
 *
 * Lifecycle: from open() to close() of the driver's contract. The thread is born with the first statement and joined by
 * the destructor, which ends what is running first. The main thread never waits here: it is told by an eventfd that
 * something has come.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_SESSION_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_SESSION_HPP

#include "fdw/objectstore/engine_files.hpp"
#include "fdw/shared/driver.h"

#include "duckdb.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace fabric::fdw::objectstore
{

/* An error as the driver's contract tells it. */
struct Failure
{
	char sqlstate[6] = "00000";
	std::string message;
	std::string hint; /* may be empty */
	bool connection_lost = false;
};

/* An Arrow array that is released with its owner. */
class Chunk
{
public:
	Chunk() noexcept { array.release = nullptr; }
	Chunk(Chunk &&other) noexcept : array(other.array) { other.array.release = nullptr; }
	Chunk &operator=(Chunk &&other) noexcept
	{
		std::swap(array, other.array);
		return *this;
	}
	~Chunk()
	{
		if (array.release != nullptr)
			array.release(&array);
	}

	ArrowArray array;
};

class Session
{
public:
	/* Makes the session; throws core::Error or the engine's exceptions. */
	explicit Session(const std::string &root);
	~Session();
	/* Ends what runs, and the session's thread. */
	void stop() noexcept;
	Session(const Session &) = delete;
	Session &operator=(const Session &) = delete;

	/* Begins a statement; what another one has left is given up. */
	void start(std::string sql);

	enum class Answer : uint8_t
	{
		waiting,
		ready, /* the columns are known; or a chunk was taken */
		ended,
		failed /* failure() says why */
	};
	Answer head();
	Answer next(Chunk *chunk);

	/* Ends what is running as if the user had canceled it; its answer still has to be taken. */
	void cancel() noexcept;

	int event() const noexcept { return event_.get(); }
	const Failure &failure() const noexcept { return failure_; }
	/* Of the current statement, once head() is ready. */
	const duckdb::vector<std::string> &names() const noexcept { return names_; }
	const duckdb::vector<duckdb::LogicalType> &types() const noexcept { return types_; }
	void schema(ArrowSchema *out) const;
	const Scope &scope() const noexcept { return *scope_; }
	/* The share of the current statement that is done, 0 to 1; negative when that is not known. */
	double progress() const;

private:
	enum class Phase : uint8_t
	{
		idle,
		asked,	 /* a statement is to be run */
		running, /* its columns are not known yet */
		rows,
		ended,
		failed
	};

	void work();
	void run(const std::string &sql);
	/* Hands a chunk over, waiting for room. False when nobody wants it any more. */
	bool hand_over(Chunk chunk);
	void finish(Phase phase);
	void fail(Failure failure);
	void give_back_memory() const;
	void notify() noexcept;
	void forget_event() noexcept;
	/* Ends the current statement and waits until the thread has let go of it. */
	void settle();

	std::shared_ptr<duckdb::DuckDB> database_; /* keeps an instance that was given up alive */
	duckdb::shared_ptr<Scope> scope_;
	duckdb::unique_ptr<duckdb::Connection> connection_;
	core::Descriptor event_;

	mutable std::mutex mutex_;
	std::condition_variable changed_;
	Phase phase_ = Phase::idle;
	bool closing_ = false;
	std::string sql_;
	std::chrono::steady_clock::time_point begun_; /* the statement under way */
	std::deque<Chunk> chunks_;
	duckdb::vector<std::string> names_;
	duckdb::vector<duckdb::LogicalType> types_;
	duckdb::ClientProperties properties_;
	Failure failure_;
	std::thread thread_;
};

/* An exception in the terms of the contract; called within a catch block. */
Failure current_failure() noexcept;

} // namespace fabric::fdw::objectstore

#endif
