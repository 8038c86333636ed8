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
// nullptr: it is done, and stays done if it is to be kept. A cancel is raised on, unless it is the caller's own, which `*canceled` says then.
template <typename Body>
ErrorData *attempt(Body &&body, const volatile sig_atomic_t *canceled = nullptr, bool keep = true)
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
	if (error != nullptr || !keep)
		RollbackAndReleaseCurrentSubTransaction();
	else
		ReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error == nullptr)
		return nullptr;
	// Not one that another server tells of.
	bool cancel = error->sqlerrcode == ERRCODE_QUERY_CANCELED && error->funcname != nullptr &&
				  strcmp(error->funcname, "ProcessInterrupts") == 0;
	if (cancel && (canceled == nullptr || *canceled == 0))
		ReThrowError(error);
	return error;
}

// Runs `body` in a subtransaction, and undoes what it did. Raises what it raises.
template <typename Body>
void undone(Body &&body)
{
	ErrorData *error = attempt(static_cast<Body &&>(body), nullptr, false);
	if (error != nullptr)
		ReThrowError(error);
}

} // namespace fabric::pg
