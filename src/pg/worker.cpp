// Dynamic background workers. See worker.hpp. Nothing is kept between calls but what the caller holds.
//
// One segment of shared memory per task: who asks (Asker), his settings, the request, and a queue for the answer.
// https://www.postgresql.org/docs/current/bgworker.html
#include "pg/worker.hpp"

#include "pg/compat.hpp"

extern "C"
{
#include <access/parallel.h>
#include <access/xact.h>
#include <libpq/pqsignal.h>
#include <mb/pg_wchar.h>
#include <miscadmin.h>
#include <pgstat.h>
#include <postmaster/bgworker.h>
#include <storage/dsm.h>
#include <storage/ipc.h>
#include <storage/shm_mq.h>
#include <storage/shm_toc.h>
#include <tcop/tcopprot.h>
#include <utils/guc.h>
#include <utils/memutils.h>
#include <utils/snapmgr.h>
}

namespace fabric::pg
{

struct Task
{
	dsm_segment *segment; // nullptr: it is over
	shm_mq_handle *answers;
	BackgroundWorkerHandle *worker;
	struct Asker *asker;
};

// In shared memory.
struct Asker
{
	Oid database_id;
	Oid session_user_id;
	Oid role_id; // of SET ROLE; InvalidOid: none
	bool role_is_superuser;
	Oid user_id;
	int security_context;
	volatile bool begun; // by the worker
};

namespace
{

constexpr uint64 kMagic = UINT64CONST(0x7461736b66616272);
constexpr Size kQueueSize = 16384;

enum Key : uint64_t
{
	kAsker,
	kSettings,
	kRequest, // its size before it
	kAnswers,
	kKeys
};

void EndWorker(dsm_segment * /*segment*/, Datum worker)
{
	TerminateBackgroundWorker(reinterpret_cast<BackgroundWorkerHandle *>(DatumGetPointer(worker)));
}

// Fills the segment; the queue's receiver is this process.
shm_mq *Fill(Task *task, shm_toc *contents, Size settings_size, const StringInfoData &request)
{
	Asker *asker = task->asker = static_cast<Asker *>(shm_toc_allocate(contents, sizeof(Asker)));
	*asker = {};
	asker->database_id = MyDatabaseId;
	asker->session_user_id = GetSessionUserId();
	asker->role_id = GetCurrentRoleId();
	asker->role_is_superuser = OidIsValid(asker->role_id) && superuser_arg(asker->role_id);
	GetUserIdAndSecContext(&asker->user_id, &asker->security_context);
	shm_toc_insert(contents, kAsker, asker);

	char *settings = static_cast<char *>(shm_toc_allocate(contents, settings_size));
	SerializeGUCState(settings_size, settings);
	shm_toc_insert(contents, kSettings, settings);

	char *wanted = static_cast<char *>(shm_toc_allocate(contents, sizeof(int) + static_cast<Size>(request.len)));
	memcpy(wanted, &request.len, sizeof(int));
	memcpy(wanted + sizeof(int), request.data, static_cast<size_t>(request.len));
	shm_toc_insert(contents, kRequest, wanted);

	shm_mq *queue = shm_mq_create(shm_toc_allocate(contents, kQueueSize), kQueueSize);
	shm_toc_insert(contents, kAnswers, queue);
	shm_mq_set_receiver(queue, MyProc);
	return queue;
}

// As who asked, with his settings.
void BecomeAsker(const Asker &asker, char *settings)
{
	BackgroundWorkerInitializeConnectionByOid(asker.database_id, asker.session_user_id, compat::kWorkerOfAnyRole);
	// In a transaction of its own: those settings that are a transaction's are over with it.
	StartTransactionCommand();
	RestoreGUCState(settings);
	CommitTransactionCommand();
	if (OidIsValid(asker.role_id))
		SetCurrentRoleId(asker.role_id, asker.role_is_superuser);
}

} // namespace

bool TasksMayRun()
{
	return !TransactionIdIsValid(GetTopTransactionIdIfAny()) && !IsInParallelMode() && !IsParallelWorker();
}

Task *StartTask(const char *entry, const char *title, const StringInfoData &request)
{
	// What the segment's end needs outlives the transaction's other memory.
	MemoryContext old = MemoryContextSwitchTo(CurTransactionContext);
	Task *task = static_cast<Task *>(palloc0(sizeof(Task)));
	Size settings_size = EstimateGUCStateSpace();
	shm_toc_estimator estimator;
	shm_toc_initialize_estimator(&estimator);
	shm_toc_estimate_chunk(&estimator, sizeof(Asker));
	shm_toc_estimate_chunk(&estimator, settings_size);
	shm_toc_estimate_chunk(&estimator, sizeof(int) + static_cast<Size>(request.len));
	shm_toc_estimate_chunk(&estimator, kQueueSize);
	shm_toc_estimate_keys(&estimator, kKeys);
	Size size = shm_toc_estimate(&estimator);
	task->segment = dsm_create(size, DSM_CREATE_NULL_IF_MAXSEGMENTS);
	if (task->segment != nullptr)
	{
		shm_toc *contents = shm_toc_create(kMagic, dsm_segment_address(task->segment), size);
		shm_mq *queue = Fill(task, contents, settings_size, request);

		BackgroundWorker worker = {};
		worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
		worker.bgw_start_time = BgWorkerStart_ConsistentState;
		worker.bgw_restart_time = BGW_NEVER_RESTART;
		worker.bgw_notify_pid = MyProcPid;
		worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(task->segment));
		strlcpy(worker.bgw_library_name, "pg_fabric", sizeof worker.bgw_library_name);
		strlcpy(worker.bgw_function_name, entry, sizeof worker.bgw_function_name);
		constexpr int kMostTitle = sizeof worker.bgw_name - 1;
		strlcpy(worker.bgw_name, title, static_cast<size_t>(pg_mbcliplen(title, kMostTitle, kMostTitle)) + 1);
		strlcpy(worker.bgw_type, "pg_fabric task", sizeof worker.bgw_type);
		if (RegisterDynamicBackgroundWorker(&worker, &task->worker))
		{
			on_dsm_detach(task->segment, EndWorker, PointerGetDatum(task->worker));
			task->answers = shm_mq_attach(queue, task->segment, task->worker);
		}
		else
		{
			dsm_detach(task->segment);
			task->segment = nullptr;
		}
	}
	MemoryContextSwitchTo(old);
	return task->segment != nullptr ? task : nullptr;
}

TaskState AskTask(Task *task, StringInfo answer)
{
	Size size;
	void *data;
	switch (shm_mq_receive(task->answers, &size, &data, true))
	{
		case SHM_MQ_SUCCESS:
			appendBinaryStringInfo(answer, static_cast<char *>(data), static_cast<int>(size));
			// What it does after it need not be waited for.
			cancel_on_dsm_detach(task->segment, EndWorker, PointerGetDatum(task->worker));
			EndTask(task);
			return TaskState::answered;
		case SHM_MQ_WOULD_BLOCK:
			return TaskState::running;
		default:
			const bool begun = task->asker->begun;
			EndTask(task);
			return begun ? TaskState::lost : TaskState::refused;
	}
}

void EndTask(Task *task)
{
	if (task->segment != nullptr)
		dsm_detach(task->segment);
	task->segment = nullptr;
}

void RunTask(Datum argument, TaskBody body)
{
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	dsm_segment *segment = dsm_attach(DatumGetUInt32(argument));
	if (segment == nullptr)
		return; // who asked is gone
	shm_toc *contents = shm_toc_attach(kMagic, dsm_segment_address(segment));
	if (contents == nullptr)
		elog(ERROR, "this is no segment of a task");
	Asker *asker = static_cast<Asker *>(shm_toc_lookup(contents, kAsker, false));
	shm_mq *queue = static_cast<shm_mq *>(shm_toc_lookup(contents, kAnswers, false));
	shm_mq_set_sender(queue, MyProc);
	shm_mq_handle *answers = shm_mq_attach(queue, segment, nullptr);

	BecomeAsker(*asker, static_cast<char *>(shm_toc_lookup(contents, kSettings, false)));
	asker->begun = true;
	pgstat_report_activity(STATE_RUNNING, MyBgworkerEntry->bgw_name);
	StartTransactionCommand();
	SetUserIdAndSecContext(asker->user_id, asker->security_context);
	PushActiveSnapshot(GetTransactionSnapshot());
	StringInfoData request;
	const char *wanted = static_cast<const char *>(shm_toc_lookup(contents, kRequest, false));
	int size;
	memcpy(&size, wanted, sizeof(int));
	initStringInfo(&request);
	appendBinaryStringInfo(&request, wanted + sizeof(int), size);
	StringInfoData answer;
	initStringInfo(&answer);
	body(&request, &answer);
	PopActiveSnapshot();
	(void)shm_mq_send(answers, static_cast<Size>(answer.len), answer.data, false, true);
	CommitTransactionCommand();
	pgstat_report_activity(STATE_IDLE, nullptr);
}

} // namespace fabric::pg
