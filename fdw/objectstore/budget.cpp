// What the engine may take of what all sessions of the server have together: memory and threads.
//
// The memory is cut into slots, and so are the threads beyond the one that each session has anyway. Who begins to use the engine in
// a transaction takes half of the free memory slots, one at least, and all free thread slots; who finds no memory waits. A slot is an
// advisory lock of our own class, held until the transaction ends: a crash frees it, pg_locks shows it, and the deadlock detector
// sees who waits for it. Nothing need be preloaded for that.
#include <algorithm>

#include "fdw/objectstore/tenant.hpp"

extern "C"
{
#include <access/xact.h>
#include <common/file_utils.h>
#include <miscadmin.h>
#include <storage/fd.h>
#include <storage/lock.h>
#include <utils/guc.h>
}

namespace fabric::fdw::objectstore
{

namespace
{

constexpr int kMostSlots = 16;
constexpr int kMostThreads = 1024;
constexpr int kLeastMemory = 96; // MB of a slot: with less the engine can do little
// Of a share, what the engine counts as its memory: it takes about 20 MB for itself, and of what it counts a tenth more.
constexpr uint64_t kOwnMemory = 20 << 20;
constexpr uint64_t kCountedPercent = 85;
// What each thread keeps in memory of groups and joins that go to disk.
constexpr uint64_t kMemoryOfThread = 56 << 20;

// The lock class: locktag_field4 of advisory locks is 1 or 2 for those that users take.
constexpr uint16 kLockClass = 0xFA;

enum Resource : uint32
{
	kMemory = 1,
	kThread = 2,
};

int engine_memory = 0; // MB
int engine_threads = 0;
char *engine_temp_directory = nullptr;

// The slots that this backend holds.
bool holding = false;
bool memory_held[kMostSlots];
int nslots = 1; // that the memory was cut into when they were taken
bool threads_held[kMostThreads];
int nmemory = 0;
int nthreads = 0;

LOCKTAG SlotTag(Resource resource, int slot)
{
	LOCKTAG tag;
	SET_LOCKTAG_ADVISORY(tag, InvalidOid, resource, static_cast<uint32>(slot), kLockClass);
	return tag;
}

bool Take(Resource resource, int slot, bool waiting)
{
	LOCKTAG tag = SlotTag(resource, slot);
	return LockAcquire(&tag, ExclusiveLock, true, !waiting) != LOCKACQUIRE_NOT_AVAIL;
}

void GiveBack(Resource resource, int slot)
{
	LOCKTAG tag = SlotTag(resource, slot);
	LockRelease(&tag, ExclusiveLock, true);
}

int AllThreads()
{
	if (engine_threads > 0)
		return engine_threads;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	return processors > 0 ? static_cast<int>(std::min(processors, static_cast<long>(kMostThreads))) : 1;
}

void NoteMemory(int slot)
{
	memory_held[slot] = true;
	++nmemory;
}

// All free ones, then half of them back: so the next one finds something too.
void TakeMemory()
{
	nslots = std::clamp(engine_memory / kLeastMemory, 1, kMostSlots);
	// Not everybody begins at the same one.
	int first = MyProcPid % nslots;
	for (int i = 0; i < nslots; ++i)
	{
		int slot = (first + i) % nslots;
		if (Take(kMemory, slot, false))
			NoteMemory(slot);
	}
	int surplus = nmemory / 2;
	for (int i = nslots; surplus > 0 && i-- > 0;)
	{
		int slot = (first + i) % nslots;
		if (!memory_held[slot])
			continue;
		GiveBack(kMemory, slot);
		memory_held[slot] = false;
		--nmemory;
		--surplus;
	}
	if (nmemory == 0 && Take(kMemory, first, true))
		NoteMemory(first);
}

// What the engine may count of the share of this session, in bytes.
uint64_t CountedMemory()
{
	uint64_t share =
		(static_cast<uint64_t>(engine_memory) << 20) * static_cast<uint64_t>(nmemory) / static_cast<uint64_t>(nslots);
	return share * kCountedPercent / 100 - kOwnMemory;
}

// No more than there is memory for.
void TakeThreads()
{
	for (int slot = 0; slot < AllThreads() - 1; ++slot)
	{
		if ((2 + static_cast<uint64_t>(nthreads)) * kMemoryOfThread > CountedMemory())
			return;
		if (!Take(kThread, slot, false))
			continue;
		threads_held[slot] = true;
		++nthreads;
	}
}

void Release()
{
	if (!holding)
		return;
	holding = false;
	for (int slot = 0; nmemory > 0 && slot < kMostSlots; ++slot)
	{
		if (!memory_held[slot])
			continue;
		memory_held[slot] = false;
		--nmemory;
		GiveBack(kMemory, slot);
	}
	for (int slot = 0; nthreads > 0 && slot < kMostThreads; ++slot)
	{
		if (!threads_held[slot])
			continue;
		threads_held[slot] = false;
		--nthreads;
		GiveBack(kThread, slot);
	}
}

void OnTransactionEnd(XactEvent event, void *)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		Release();
}

} // namespace

void InitBudget()
{
	DefineCustomIntVariable("fabric.engine_memory", "Memory of the engine of files, for all sessions together.",
							"Each one that uses it takes half of what is left.", &engine_memory, 1024, kLeastMemory,
							MAX_KILOBYTES / 1024, PGC_SUSET, GUC_UNIT_MB, nullptr, nullptr, nullptr);
	DefineCustomIntVariable("fabric.engine_threads", "Threads of the engine of files, for all sessions together.",
							"Beyond them each session has one. 0: as many as the machine has processors.",
							&engine_threads, 0, 0, kMostThreads, PGC_SUSET, 0, nullptr, nullptr, nullptr);
	DefineCustomStringVariable("fabric.engine_temp_directory",
							   "Where the engine of files puts what does not fit into memory.",
							   "Empty: beside PostgreSQL's own temporary files.", &engine_temp_directory, "", PGC_SUSET,
							   0, nullptr, nullptr, nullptr);
	RegisterXactCallback(OnTransactionEnd, nullptr);
}

void ReadLimits(FabricLimits *limits)
{
	if (!holding)
	{
		holding = true; // what an error leaves half done is given back with the transaction
		TakeMemory();
		TakeThreads();
	}
	limits->memory = CountedMemory();
	limits->threads = static_cast<uint32_t>(1 + nthreads);
	// Such names are removed when the server starts again after a crash.
	const char *directory = engine_temp_directory != nullptr && engine_temp_directory[0] != '\0'
								? engine_temp_directory
								: psprintf("%s/base/%s", DataDir, PG_TEMP_FILES_DIR);
	(void)MakePGDirectory(directory); // as PostgreSQL does when it first needs one
	limits->temporary_directory = psprintf("%s/%s%d.fabric", directory, PG_TEMP_FILE_PREFIX, MyProcPid);
	// PostgreSQL's own limit of what a process may put on disk, in kB.
	limits->temporary_size = temp_file_limit >= 0 ? static_cast<uint64_t>(Max(temp_file_limit, 1)) << 10 : 0;
}

} // namespace fabric::fdw::objectstore
