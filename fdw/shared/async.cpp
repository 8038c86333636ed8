// Foreign scans below an Append: those of several servers run at once. See scan.hpp.
//
// Scans of one server take turns on its one connection: a scan whose connection is reading for another one waits for that one's
// end, so that nothing has to be spooled.
#include "fdw/shared/relation.hpp"
#include "fdw/shared/scan.hpp"

extern "C"
{
#include <executor/execAsync.h>
#include <miscadmin.h>
#include <storage/latch.h>
}

namespace fabric::fdw
{

namespace
{

ScanState *StateOf(const AsyncRequest *request)
{
	return static_cast<ScanState *>(reinterpret_cast<ForeignScanState *>(request->requestee)->fdw_state);
}

// Whether the connection is reading rows that the same Append waits for.
bool MustTakeTurns(const AsyncRequest *request, const ScanState *state)
{
	const Connection *connection = GetConnection(*state->settings, state->user_id);
	return connection->active != nullptr && connection->active != state->stream &&
		   connection->active->asynchronous == request->requestor;
}

// Gives the Append a row, or the end.
void Complete(AsyncRequest *request)
{
	ExecAsyncRequestDone(request, request->requestee->ExecProcNodeReal(request->requestee));
}

// Sends the statement unless that has been done. False when it is not this scan's turn.
bool Send(AsyncRequest *request, ScanState *state)
{
	if (state->stream != nullptr || state->all_kept || state->at_home)
		return true;
	if (MustTakeTurns(request, state))
		return false;
	state->decided = true;
	state->at_home = !Start(reinterpret_cast<ForeignScanState *>(request->requestee), state, false);
	state->went_home = state->went_home || state->at_home;
	if (!state->at_home)
		state->stream->asynchronous = request->requestor;
	return true;
}

// Whether a row, or the end, can be given without waiting.
bool IsAtHand(const ScanState *state)
{
	return state->at_home || state->all_kept || (state->stream != nullptr && IsReady(state->stream));
}

} // namespace

bool IsForeignPathAsyncCapable(ForeignPath *path)
{
	const RemoteRelation *relation = path->fdw_private != NIL
										 ? static_cast<RemoteQuery *>(linitial(path->fdw_private))->source
										 : RelationOf(path->path.parent);
	// Without a postmaster PostgreSQL's Append cannot wait for several sockets: its end would be one of the events.
	return relation->settings->async && IsUnderPostmaster;
}

void ForeignAsyncRequest(AsyncRequest *request)
{
	ScanState *state = StateOf(request);
	if (Send(request, state) && IsAtHand(state))
		Complete(request);
	else
		ExecAsyncRequestPending(request);
}

void ForeignAsyncConfigureWait(AsyncRequest *request)
{
	ScanState *state = StateOf(request);
	AppendState *append = reinterpret_cast<AppendState *>(request->requestor);
	if (!Send(request, state))
		return;
	if (IsAtHand(state))
	{
		// It has come in the meantime.
		request->callback_pending = false;
		Complete(request);
		ExecAsyncResponse(request);
		return;
	}
	const Connection *connection = state->stream->connection;
	uint32 interest = state->stream->wanted == FABRIC_WANT_WRITE ? WL_SOCKET_WRITEABLE : WL_SOCKET_READABLE;
	AddWaitEventToSet(append->as_eventset, interest, connection->driver->socket(connection->handle), nullptr, request);
}

void ForeignAsyncNotify(AsyncRequest *request)
{
	ScanState *state = StateOf(request);
	if (IsAtHand(state))
		Complete(request);
	else
		ExecAsyncRequestPending(request);
}

} // namespace fabric::fdw
