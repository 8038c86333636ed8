// Tasks in background workers: each a process of its own with a transaction of its own, as the same user and with the same settings as who
// starts it. For what may not hang or spoil the caller's session, whatever other wrappers do in it.
//
// Lifecycle: a task and its answer live in CurTransactionContext. A task that runs when its owner ends, by an error or not, is ended.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <lib/stringinfo.h>
}

namespace fabric::pg
{

struct Task;

enum class TaskState : uint8_t
{
	running,
	answered,
	refused, // it has not begun, and will not: its user may not log in, say
	lost,	 // it ended without an answer
};

// Whether a task would see what this transaction sees: it has changed nothing yet.
bool TasksMayRun();

// Starts a worker that runs `entry`, an exported function that calls RunTask(); nullptr when there is no room for one now. `title`: what
// pg_stat_activity shows, 95 bytes of it. Raises when shared memory is out.
Task *StartTask(const char *entry, const char *title, const StringInfoData &request);

// How the task is now; this process's latch is set when that changes. `answer` is filled when it is answered, and told so once.
TaskState AskTask(Task *task, StringInfo answer);

// Ends it, whatever it does, and gives its memory back.
void EndTask(Task *task);

// What runs in the worker, in a transaction that is committed after the answer is sent; may raise.
using TaskBody = void (*)(StringInfo request, StringInfo answer);

// The whole of an entry. `argument`: the entry's own.
void RunTask(Datum argument, TaskBody body);

} // namespace fabric::pg
