// Errors on both sides of the border: capture, description, raising. Nothing here lives longer than an error.
#include <cstring>
#include <exception>
#include <new>

#include "pg/error.hpp"

namespace fabric::pg
{

namespace
{

// Copies a C++ string into the current memory context without ever raising; `fallback` when there is no memory.
const char *Keep(const char *text, size_t size, const char *fallback) noexcept
{
	char *copy = static_cast<char *>(MemoryContextAllocExtended(CurrentMemoryContext, size + 1, MCXT_ALLOC_NO_OOM));
	if (copy == nullptr)
		return fallback;
	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

const char *KeepOrNull(const std::string &text) noexcept
{
	return text.empty() ? nullptr : Keep(text.data(), text.size(), nullptr);
}

void Describe(Failure *out, const char *sqlstate, const char *message) noexcept
{
	memset(out, 0, sizeof *out);
	memcpy(out->sqlstate, sqlstate, 5);
	out->message = message;
}

} // namespace

PgError::PgError(MemoryContext context, ErrorData *data, int *references) noexcept
	: context_(context), data_(data), references_(references)
{
}

PgError::PgError(const PgError &other) noexcept
	: std::exception(other), context_(other.context_), data_(other.data_), references_(other.references_)
{
	if (references_ != nullptr)
		++*references_;
}

PgError::~PgError()
{
	if (references_ != nullptr && --*references_ == 0)
		MemoryContextDelete(context_);
}

PgError PgError::Capture(MemoryContext parent) noexcept
{
	// CopyErrorData allocates; if even that fails PostgreSQL raises again, to the next handler out, which is
	// what it does in its own code in the same place.
	MemoryContext context = AllocSetContextCreate(parent, "pg_fabric error", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	ErrorData *data = CopyErrorData();
	int *references = static_cast<int *>(palloc(sizeof(int)));
	*references = 1;
	MemoryContextSwitchTo(old);
	FlushErrorState();
	return PgError(context, data, references);
}

const char *PgError::what() const noexcept
{
	return data_ != nullptr && data_->message != nullptr ? data_->message : "error without a message";
}

int PgError::sqlerrcode() const noexcept
{
	return data_ != nullptr ? data_->sqlerrcode : ERRCODE_INTERNAL_ERROR;
}

ErrorData *PgError::Release() const
{
	// Moving the whole context under the current one costs nothing and cannot fail; the extra reference keeps
	// the destructor of the last copy from deleting it.
	MemoryContextSetParent(context_, CurrentMemoryContext);
	++*references_;
	return data_;
}

int MakeSqlState(const char *five) noexcept
{
	return MAKE_SQLSTATE(five[0], five[1], five[2], five[3], five[4]);
}

void DescribeCurrentException(Failure *out) noexcept
{
	try
	{
		throw;
	}
	catch (const PgError &error)
	{
		Describe(out, "XX000", "");
		out->data = error.Release();
	}
	catch (const core::Error &error)
	{
		Describe(out, error.sqlstate, Keep(error.message.data(), error.message.size(), "out of memory"));
		out->detail = KeepOrNull(error.detail);
		out->hint = KeepOrNull(error.hint);
	}
	catch (const std::bad_alloc &)
	{
		Describe(out, "53200", "out of memory");
	}
	catch (const std::exception &error)
	{
		Describe(out, "XX000", Keep(error.what(), strlen(error.what()), "out of memory"));
	}
	catch (...)
	{
		Describe(out, "XX000", "unknown C++ exception");
	}
}

void Raise(const Failure &failure)
{
	if (failure.data != nullptr)
		ReThrowError(failure.data);
	ereport(ERROR, (errcode(MakeSqlState(failure.sqlstate)), errmsg_internal("%s", failure.message),
					failure.detail != nullptr ? errdetail_internal("%s", failure.detail) : 0,
					failure.hint != nullptr ? errhint("%s", failure.hint) : 0));
	pg_unreachable();
}

} // namespace fabric::pg
