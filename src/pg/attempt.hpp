// Trying what may raise, and going on.
#pragma once

#include <csignal>

#include "pg/guard.hpp"

extern "C"
{
#include <access/xact.h>
#include <utils/resowner.h>
}

namespace fabric::pg
{

// Runs `body` in a subtransaction. When it raises, what it did is undone, and the error is returned, in the current memory context;
// nullptr: it is done. A cancel is raised on, unless it is the caller's own, which `*canceled` says then; and so is the end of the session.
template <typename Body>
ErrorData *attempt(Body &&body, const volatile sig_atomic_t *canceled = nullptr)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *error = nullptr;
	BeginInternalSubTransaction(nullptr);
	MemoryContextSwitchTo(context);
	try
	{
		call([&] { body(); });
	}
	catch (const PgError &raised)
	{
		error = raised.Release();
	}
	if (error != nullptr)
		RollbackAndReleaseCurrentSubTransaction();
	else
		ReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error == nullptr)
		return nullptr;
	bool cancel = error->sqlerrcode == ERRCODE_QUERY_CANCELED;
	bool ours = cancel && canceled != nullptr && *canceled != 0;
	if (!ours && (cancel || ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_TO_CATEGORY(ERRCODE_ADMIN_SHUTDOWN)))
		ReThrowError(error);
	return error;
}

} // namespace fabric::pg
