// The key ring of a backend. See keys.hpp.
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>

#include "core/secret_file.hpp"
#include "core/sqlstate.hpp"

#include "pg/guard.hpp"

#include "secrets/keys.hpp"

extern "C"
{
#include <miscadmin.h>
#include <storage/fd.h>
#include <storage/latch.h>
#include <utils/guc.h>
#include <utils/timestamp.h>
#include <utils/wait_event.h>
}

namespace fabric::secrets
{

namespace
{

constexpr int kCommandLimitMs = 10000;
constexpr int kCommandKeepsMs = 300000;

char *key_file = nullptr;
char *key_command = nullptr;

// What a file was when it was read.
struct FileState
{
	std::string path;
	dev_t device;
	ino_t inode;
	off_t size;
	timespec modified;
	timespec changed;

	bool operator==(const FileState &other) const
	{
		const auto same = [](const timespec &a, const timespec &b)
		{ return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; };
		return path == other.path && device == other.device && inode == other.inode && size == other.size &&
			   same(modified, other.modified) && same(changed, other.changed);
	}
};

struct Ring
{
	std::optional<core::KeyRing> keys;
	FileState file;		 // of keys from a file
	std::string command; // of others
	TimestampTz read_at;
};

// Never destroyed: the process ends with it.
Ring &TheRing()
{
	static Ring *const ring = new Ring;
	return *ring;
}

std::string DataDirectory()
{
	char *resolved = realpath(DataDir, nullptr);
	std::string directory = resolved != nullptr ? resolved : DataDir;
	free(resolved);
	return directory;
}

void ReadFile(Ring *ring)
{
	struct stat status;
	FileState now{key_file, 0, 0, 0, {}, {}};
	if (stat(key_file, &status) == 0)
		now = {key_file, status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
	if (ring->keys && ring->command.empty() && ring->file == now)
		return;
	ring->keys.reset();
	core::SecretText text = core::read_secret_file(key_file, "key file", DataDirectory()).value();
	ring->keys = core::KeyRing::parse(text.view()).value();
	ring->file = now;
	ring->command.clear();
}

// Waits until the command writes, or has ended. Raises when it does neither in time.
void WaitForOutput(int descriptor, TimestampTz deadline)
{
	long left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);
	if (left <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_QUERY_CANCELED),
				 errmsg("the command of fabric.secret_key_command took longer than %d s", kCommandLimitMs / 1000)));
	int events = WaitLatchOrSocket(MyLatch, WL_LATCH_SET | WL_SOCKET_READABLE | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
								   descriptor, left, PG_WAIT_EXTENSION);
	if ((events & WL_LATCH_SET) != 0)
	{
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

// What the command writes. PostgreSQL closes the pipe when the transaction ends by an error.
core::SecretText OutputOfCommand()
{
	const core::Error failed(core::sqlstate::object_not_in_prerequisite_state,
							 "the command of fabric.secret_key_command failed", {},
							 "Its standard output is a key file's content, its exit status 0; see the server's log.");
	core::SecretText buffer(core::longest_secret_file);
	size_t size = 0;
	FILE *pipe = pg::call([] { return OpenPipeStream(key_command, PG_BINARY_R); });
	if (pipe == nullptr)
		throw failed;
	const int descriptor = fileno(pipe);
	(void)fcntl(descriptor, F_SETFL, O_NONBLOCK);
	const TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), kCommandLimitMs);
	for (;;)
	{
		const ssize_t got = read(descriptor, buffer.data() + size, buffer.view().size() - size);
		if (got > 0)
			size += static_cast<size_t>(got);
		else if (got == 0)
			break;
		else if (errno == EAGAIN || errno == EINTR)
			pg::call([&] { WaitForOutput(descriptor, deadline); });
		else
			break;
	}
	if (pg::call([&] { return ClosePipeStream(pipe); }) != 0)
		throw failed;
	return core::SecretText(buffer.view().substr(0, size));
}

void RunCommand(Ring *ring)
{
	const TimestampTz now = GetCurrentTimestamp();
	if (ring->keys && ring->command == key_command && !TimestampDifferenceExceeds(ring->read_at, now, kCommandKeepsMs))
		return;
	ring->keys.reset();
	core::SecretText text = OutputOfCommand();
	ring->keys = core::KeyRing::parse(text.view()).value();
	ring->command = key_command;
	ring->read_at = now;
}

bool IsSet(const char *setting)
{
	return setting != nullptr && setting[0] != '\0';
}

} // namespace

const core::KeyRing &Keys()
{
	Ring &ring = TheRing();
	if (IsSet(key_file))
		ReadFile(&ring);
	else if (IsSet(key_command))
		RunCommand(&ring);
	else
		throw core::Error(core::sqlstate::object_not_in_prerequisite_state, "this server has no key for secrets",
						  "Neither fabric.secret_key_file nor fabric.secret_key_command is set.",
						  "Make a file of mode 0600 outside the data directory by: openssl rand -base64 32; name it by "
						  "fabric.secret_key_file in postgresql.conf, and reload.");
	return *ring.keys;
}

void InitKeys()
{
	DefineCustomStringVariable("fabric.secret_key_file", "File with the keys that secrets of sources are sealed with.",
							   "An absolute path outside the data directory; a key on each line, the first one seals.",
							   &key_file, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, nullptr, nullptr, nullptr);
	DefineCustomStringVariable("fabric.secret_key_command",
							   "Shell command that writes the keys that secrets of sources are sealed with.",
							   "Run where fabric.secret_key_file is not set.", &key_command, "", PGC_SIGHUP,
							   GUC_SUPERUSER_ONLY, nullptr, nullptr, nullptr);
}

} // namespace fabric::secrets
