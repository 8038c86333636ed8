// Tests of sources by functions of connectors, in background workers: what a foreign wrapper does there hangs nobody else, several are
// made at once, and a connection that its wrapper keeps is the worker's. See test.hpp. Nothing is kept between calls.
#include "pg/attempt.hpp"
#include "pg/memory.hpp"
#include "pg/worker.hpp"

#include "source/connector.hpp"
#include "source/registry.hpp"
#include "source/test.hpp"

extern "C"
{
#include <libpq/pqformat.h>
#include <miscadmin.h>
#include <storage/latch.h>
#include <utils/timestamp.h>
#include <utils/wait_event.h>

PGDLLEXPORT void fabric_test_apart(Datum argument);
}

namespace fabric::source
{

namespace
{

// What a worker may take beyond the limit, which it keeps itself unless its wrapper is deaf: to begin, and to answer.
constexpr int64 kGrace = 500;

struct Turn
{
	pg::Task *task; // nullptr: free
	FunctionTest *test;
	TimestampTz began;
};

// ---- requests and answers ----

void SendText(StringInfo message, const char *text)
{
	appendBinaryStringInfo(message, text, static_cast<int>(strlen(text)) + 1);
}

pg::Task *Begin(const FunctionTest &test)
{
	StringInfoData request;
	initStringInfo(&request);
	pq_sendint64(&request, static_cast<uint64>(test.limit_ms));
	SendText(&request, test.source);
	return pg::StartTask("fabric_test_apart", psprintf("test of source \"%s\"", test.source), request);
}

void SendOutcome(StringInfo answer, const fdw::ProbeOutcome &outcome)
{
	pq_sendbyte(answer, outcome.ok ? 1 : 0);
	pq_sendfloat8(answer, outcome.milliseconds);
	pq_sendint32(answer, static_cast<uint32>(outcome.count));
	for (int i = 0; i < outcome.count; ++i)
	{
		const fdw::ProbeStep &step = outcome.steps[i];
		SendText(answer, step.step);
		pq_sendbyte(answer, step.ok ? 1 : 0);
		SendText(answer, step.detail);
		pq_sendfloat8(answer, step.milliseconds);
	}
}

void TakeOutcome(StringInfo answer, fdw::ProbeOutcome *outcome)
{
	outcome->ok = pq_getmsgbyte(answer) != 0;
	outcome->milliseconds = pq_getmsgfloat8(answer);
	outcome->count = static_cast<int>(pq_getmsgint(answer, 4));
	for (int i = 0; i < outcome->count; ++i)
	{
		fdw::ProbeStep &step = outcome->steps[i];
		step.step = pstrdup(pq_getmsgrawstring(answer));
		step.ok = pq_getmsgbyte(answer) != 0;
		step.detail = pstrdup(pq_getmsgrawstring(answer));
		step.milliseconds = pq_getmsgfloat8(answer);
	}
	pq_getmsgend(answer);
}

// In the worker.
void Answer(StringInfo request, StringInfo answer)
{
	int64 limit_ms = pq_getmsgint64(request);
	const char *source = pq_getmsgrawstring(request);
	fdw::ProbeOutcome *outcome = nullptr;
	const ErrorData *error =
		pg::attempt([&] { outcome = TestHere(*FindConnector(UsableSource(source)), source, limit_ms); });
	if (error != nullptr)
	{
		outcome = pg::make_plain<fdw::ProbeOutcome>();
		SayWhyNot(outcome, error->message);
	}
	SendOutcome(answer, *outcome);
}

// ---- who asks ----

double MillisecondsSince(TimestampTz began)
{
	return static_cast<double>(GetCurrentTimestamp() - began) / 1000;
}

void Fail(const Turn &turn, const char *detail)
{
	turn.test->outcome = pg::make_plain<fdw::ProbeOutcome>();
	turn.test->outcome->milliseconds = MillisecondsSince(turn.began);
	SayWhyNot(turn.test->outcome, detail);
}

// Whether the turn is over; `*refused`: by no worker.
bool Look(Turn *turn, bool *refused)
{
	StringInfoData answer;
	initStringInfo(&answer);
	switch (pg::AskTask(turn->task, &answer))
	{
		case pg::TaskState::answered:
			turn->test->outcome = pg::make_plain<fdw::ProbeOutcome>();
			TakeOutcome(&answer, turn->test->outcome);
			return true;
		case pg::TaskState::lost:
			Fail(*turn, "the worker that tested it was ended before it answered");
			return true;
		case pg::TaskState::refused:
			turn->test->outcome = TestHere(*turn->test->connector, turn->test->source, turn->test->limit_ms);
			*refused = true;
			return true;
		case pg::TaskState::running:
			break;
	}
	if (MillisecondsSince(turn->began) <= static_cast<double>(turn->test->limit_ms + kGrace))
		return false;
	pg::EndTask(turn->task);
	Fail(*turn, TimeIsOver(turn->test->limit_ms));
	return true;
}

void WaitForTurns(const Turn *turns, int room)
{
	int64 left = 1000;
	for (int i = 0; i < room; ++i)
		if (turns[i].task != nullptr)
			left = Min(left, turns[i].test->limit_ms + kGrace - static_cast<int64>(MillisecondsSince(turns[i].began)));
	(void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, static_cast<long>(Max(left, 1)),
					PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

} // namespace

void TestByFunctions(FunctionTest *tests, int count, int at_once)
{
	// Parallel queries have the same workers.
	const int room = pg::TasksMayRun() ? Min(Min(at_once, count), Max(max_worker_processes / 2, 1)) : 0;
	Turn *turns = pg::make_array<Turn>(static_cast<size_t>(room));
	bool refused = false;
	int running = 0;
	int next = 0;
	while (next < count || running > 0)
	{
		for (int i = 0; i < room && next < count && !refused; ++i)
		{
			if (turns[i].task != nullptr)
				continue;
			turns[i] = {Begin(tests[next]), &tests[next], GetCurrentTimestamp()};
			if (turns[i].task == nullptr)
				break;
			++running;
			++next;
		}
		if (running == 0)
		{
			tests[next].outcome = TestHere(*tests[next].connector, tests[next].source, tests[next].limit_ms);
			++next;
			continue;
		}
		WaitForTurns(turns, room);
		for (int i = 0; i < room; ++i)
		{
			if (turns[i].task == nullptr || !Look(&turns[i], &refused))
				continue;
			turns[i].task = nullptr;
			--running;
		}
	}
}

} // namespace fabric::source

void fabric_test_apart(Datum argument)
{
	fabric::pg::RunTask(argument, fabric::source::Answer);
}
