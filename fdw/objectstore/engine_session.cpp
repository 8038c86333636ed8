/*
 * Running statements on the session's thread. The mutex guards the hand-over; what a statement is made of while it runs (the
 * engine's connection and result) is touched by the thread alone.
 */
#include "fdw/objectstore/engine_session.hpp"

#include "core/sqlstate.hpp"

#include "fdw/objectstore/engine.hpp"

#include "duckdb/common/arrow/arrow_converter.hpp"
#include "duckdb/main/client_config.hpp"
#include "duckdb/main/pending_query_result.hpp"
#include "duckdb/main/stream_query_result.hpp"

#include <malloc.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace fabric::fdw::objectstore
{

namespace
{

/* Chunks of 2,048 rows that may wait: enough that neither side stands still, little memory. */
constexpr std::size_t most_waiting = 8;

const char *sqlstate_of(duckdb::ExceptionType type) noexcept
{
	using duckdb::ExceptionType;
	switch (type)
	{
		case ExceptionType::OUT_OF_RANGE:
		case ExceptionType::DECIMAL:
			return core::sqlstate::numeric_value_out_of_range;
		case ExceptionType::DIVIDE_BY_ZERO:
			return core::sqlstate::division_by_zero;
		case ExceptionType::CONVERSION:
		case ExceptionType::MISMATCH_TYPE:
			return core::sqlstate::invalid_text_representation;
		case ExceptionType::INVALID_INPUT:
			return core::sqlstate::data_exception;
		case ExceptionType::INTERRUPT:
			return core::sqlstate::query_canceled;
		case ExceptionType::OUT_OF_MEMORY:
		case ExceptionType::OBJECT_SIZE:
			return core::sqlstate::out_of_memory;
		case ExceptionType::PERMISSION:
			return core::sqlstate::insufficient_privilege;
		case ExceptionType::IO:
			return core::sqlstate::io_error;
		case ExceptionType::NOT_IMPLEMENTED:
		case ExceptionType::MISSING_EXTENSION:
			return core::sqlstate::feature_not_supported;
		case ExceptionType::BINDER:
		case ExceptionType::CATALOG:
			return core::sqlstate::fdw_inconsistent_descriptor_information;
		case ExceptionType::SYNTAX:
		case ExceptionType::PARSER:
		case ExceptionType::FATAL:
		case ExceptionType::INTERNAL:
			return core::sqlstate::internal_error;
		default:
			return core::sqlstate::fdw_error;
	}
}

Failure failure_of(const duckdb::ErrorData &error)
{
	Failure failure;
	const char *sqlstate = sqlstate_of(error.Type());
	const auto &extra = error.ExtraInfo();
	const auto own = extra.find(extra_sqlstate);
	if (own != extra.end() && own->second.size() == 5)
		sqlstate = own->second.c_str();
	memcpy(failure.sqlstate, sqlstate, sizeof failure.sqlstate);
	failure.message = error.RawMessage();
	if (const auto hint = extra.find(extra_hint); hint != extra.end())
		failure.hint = hint->second;
	failure.connection_lost =
		error.Type() == duckdb::ExceptionType::FATAL || error.Type() == duckdb::ExceptionType::INTERNAL;
	return failure;
}

} // namespace

Failure current_failure() noexcept
{
	try
	{
		try
		{
			throw;
		}
		catch (const core::Error &error)
		{
			Failure failure;
			memcpy(failure.sqlstate, error.sqlstate, sizeof failure.sqlstate);
			failure.message = error.message;
			failure.hint = error.hint;
			return failure;
		}
		catch (const std::exception &error)
		{
			return failure_of(duckdb::ErrorData(error));
		}
	}
	catch (...)
	{
		Failure failure;
		memcpy(failure.sqlstate, core::sqlstate::out_of_memory, sizeof failure.sqlstate);
		return failure;
	}
}

Session::Session(const std::string &root)
{
	core::Result<core::RootDirectory> opened = core::RootDirectory::open(root);
	/* The path was allowed as it was: it must still lead where it did. */
	if (opened.value().path() != root)
		throw core::Error(core::sqlstate::insufficient_privilege,
						  "\"" + root + "\" leads to another directory: \"" + opened.value().path() + "\"");
	scope_ = duckdb::make_shared_ptr<Scope>(std::move(opened).value());
	event_ = core::Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (!event_)
		throw core::Error(core::sqlstate::insufficient_resources,
						  std::string("could not make an event: ") + strerror(errno));
	const SignalsBlocked blocked;
	duckdb::shared_ptr<duckdb::DuckDB> database = engine_instance();
	database_ = std::shared_ptr<duckdb::DuckDB>(database.get(), [database](duckdb::DuckDB *) {});
	connection_ = duckdb::make_uniq<duckdb::Connection>(*database);
	connection_->context->registered_state->Insert(Scope::key, scope_);
	properties_ = connection_->context->GetClientProperties();
	/* So that it counts how far it is, and prints nothing. */
	duckdb::ClientConfig &config = duckdb::ClientConfig::GetConfig(*connection_->context);
	config.enable_progress_bar = true;
	config.print_progress_bar = false;
	config.wait_time = 0;
}

Session::~Session()
{
	stop();
}

void Session::stop() noexcept
{
	{
		const std::lock_guard lock(mutex_);
		closing_ = true;
	}
	cancel();
	changed_.notify_all();
	if (thread_.joinable())
		thread_.join();
}

void Session::notify() noexcept
{
	const uint64_t one = 1;
	while (write(event_.get(), &one, sizeof one) < 0 && errno == EINTR)
		;
}

void Session::forget_event() noexcept
{
	uint64_t count;
	while (read(event_.get(), &count, sizeof count) < 0 && errno == EINTR)
		;
}

void Session::cancel() noexcept
{
	scope_->stop = true;
	connection_->Interrupt();
	changed_.notify_all();
}

void Session::settle()
{
	std::unique_lock lock(mutex_);
	while (phase_ == Phase::asked || phase_ == Phase::running || phase_ == Phase::rows)
	{
		chunks_.clear();
		cancel();
		changed_.wait_for(lock, std::chrono::milliseconds(1));
	}
	chunks_.clear();
	phase_ = Phase::idle;
}

void Session::start(std::string sql)
{
	settle();
	const SignalsBlocked blocked;
	const std::lock_guard lock(mutex_);
	scope_->begin();
	connection_->context->ClearInterrupt();
	sql_ = std::move(sql);
	names_.clear();
	types_.clear();
	phase_ = Phase::asked;
	if (!thread_.joinable())
		thread_ = std::thread([this] { work(); });
	changed_.notify_all();
}

Session::Answer Session::head()
{
	const std::lock_guard lock(mutex_);
	forget_event();
	switch (phase_)
	{
		case Phase::asked:
		case Phase::running:
			return Answer::waiting;
		case Phase::failed:
			/* Rows that came before the error are not wanted. */
			chunks_.clear();
			return Answer::failed;
		default:
			return Answer::ready;
	}
}

Session::Answer Session::next(Chunk *chunk)
{
	const std::lock_guard lock(mutex_);
	if (!chunks_.empty())
	{
		*chunk = std::move(chunks_.front());
		chunks_.pop_front();
		changed_.notify_all();
		return Answer::ready;
	}
	if (phase_ == Phase::failed)
		return Answer::failed;
	if (phase_ != Phase::rows)
		return Answer::ended;
	forget_event();
	return Answer::waiting;
}

void Session::schema(ArrowSchema *out) const
{
	duckdb::ClientProperties properties = properties_;
	duckdb::ArrowConverter::ToArrowSchema(out, types_, names_, properties);
}

double Session::progress() const
{
	return connection_->GetQueryProgress() / 100;
}

// ---- the session's thread ----

/*
 * To the operating system, what allocators would keep for the next statement: the share of the budget that it was taken from is
 * another session's soon. Not after a short statement, which has not taken much.
 */
void Session::give_back_memory() const
{
	constexpr auto short_time = std::chrono::milliseconds(20);
	if (std::chrono::steady_clock::now() - begun_ < short_time)
		return;
	duckdb::Allocator::FlushAll();
	malloc_trim(0);
}

void Session::work()
{
	std::unique_lock lock(mutex_);
	for (;;)
	{
		changed_.wait(lock, [this] { return closing_ || phase_ == Phase::asked; });
		if (closing_)
			return;
		phase_ = Phase::running;
		const std::string sql = std::move(sql_);
		lock.unlock();
		begun_ = std::chrono::steady_clock::now();
		try
		{
			run(sql);
		}
		catch (...)
		{
			/* Where a canceled statement stops is chance: at a file, at a chunk, in the engine. */
			Failure failure =
				scope_->stop ? failure_of(duckdb::ErrorData(duckdb::InterruptException())) : current_failure();
			give_back_memory();
			fail(std::move(failure));
		}
		notify();
		changed_.notify_all();
		lock.lock();
	}
}

bool Session::hand_over(Chunk chunk)
{
	std::unique_lock lock(mutex_);
	changed_.wait(lock, [this] { return chunks_.size() < most_waiting || scope_->stop; });
	if (scope_->stop)
		return false;
	const bool first = chunks_.empty();
	chunks_.push_back(std::move(chunk));
	lock.unlock();
	if (first)
		notify();
	return true;
}

void Session::finish(Phase phase)
{
	const std::lock_guard lock(mutex_);
	phase_ = phase;
}

void Session::fail(Failure failure)
{
	failure.message = scope_->plain(std::move(failure.message));
	const std::lock_guard lock(mutex_);
	failure_ = std::move(failure);
	phase_ = Phase::failed;
}

void Session::run(const std::string &sql)
{
	duckdb::unique_ptr<duckdb::QueryResult> result;
	{
		auto statements = connection_->ExtractStatements(sql);
		if (statements.size() != 1)
			throw core::Error(core::sqlstate::internal_error, "one statement was expected");
		auto pending = connection_->PendingQuery(std::move(statements[0]), true);
		if (pending->HasError())
			pending->GetErrorObject().Throw();
		/* Beginning a statement clears an interruption that came before. */
		if (scope_->stop)
			throw duckdb::InterruptException();
		result = pending->Execute();
	}
	if (result->HasError())
		result->GetErrorObject().Throw();
	{
		const std::lock_guard lock(mutex_);
		names_ = result->names;
		types_ = result->types;
		phase_ = Phase::rows;
	}
	notify();

	static const duckdb::unordered_map<duckdb::idx_t, const duckdb::shared_ptr<duckdb::ArrowTypeExtensionData>> none;
	for (;;)
	{
		duckdb::unique_ptr<duckdb::DataChunk> rows;
		duckdb::ErrorData error;
		if (!result->TryFetch(rows, error))
			(result->HasError() ? result->GetErrorObject() : error).Throw();
		if (!rows || rows->size() == 0)
			break;
		Chunk chunk;
		duckdb::ArrowConverter::ToArrowArray(*rows, &chunk.array, properties_, none);
		if (!hand_over(std::move(chunk)))
			throw duckdb::InterruptException();
	}
	/* The engine ends the rows of a canceled statement as if there were no more. */
	if (scope_->stop)
		throw duckdb::InterruptException();
	/* Lets go of files and memory before anybody is told that it is over. */
	result.reset();
	give_back_memory();
	finish(Phase::ended);
}

} // namespace fabric::fdw::objectstore
