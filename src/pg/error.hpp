// Errors on both sides of the border between PostgreSQL and C++.
// A core::Error is raised as a PostgreSQL error; a PostgreSQL error caught by pg::call travels as PgError, whole.
#pragma once

#include "core/error.hpp"

#include "pg/postgres.hpp"

namespace fabric::pg
{

// A PostgreSQL error on its way through C++ frames. Owns an ErrorData in a memory context of its own, so that
// every field (SQLSTATE, detail, hint, context, position, names) survives; copies share it.
class PgError final : public std::exception
{
public:
	// Takes over the error that PostgreSQL is just raising. Call it only from a guard's landing place.
	static PgError Capture(MemoryContext parent) noexcept;

	PgError(const PgError &other) noexcept;
	PgError &operator=(const PgError &) = delete;
	~PgError() override;

	const char *what() const noexcept override;
	int sqlerrcode() const noexcept;
	const ErrorData *data() const noexcept { return data_; }

	// Gives the ErrorData away: a copy in the current memory context that outlives this object.
	ErrorData *Release() const;

private:
	PgError(MemoryContext context, ErrorData *data, int *references) noexcept;

	MemoryContext context_; // nullptr when there was not even memory for the copy
	ErrorData *data_;
	int *references_;
};

// An error as plain data: what is left of an exception after its catch block has ended.
struct Failure
{
	ErrorData *data; // set when PostgreSQL raised it
	char sqlstate[6];
	const char *message; // palloc'd, or a literal
	const char *detail;
	const char *hint;
};

// Writes the exception that is being handled into *out. Call it only inside a catch block.
void DescribeCurrentException(Failure *out) noexcept;

// Raises what DescribeCurrentException wrote, after the catch block has ended. Holds plain data only.
[[noreturn]] void Raise(const Failure &failure);

// PostgreSQL's number for an SQLSTATE of five characters.
int MakeSqlState(const char *five) noexcept;

} // namespace fabric::pg
