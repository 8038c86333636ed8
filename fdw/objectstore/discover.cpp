// What a directory has: the directories below it, and the files in them.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/rooted_files.hpp"
#include "core/sqlstate.hpp"

#include "pg/encoding.hpp"
#include "pg/guard.hpp"

#include "fdw/objectstore/tenant.hpp"
#include "fdw/shared/discover.hpp"

extern "C"
{
#include <miscadmin.h>
}

namespace fabric::fdw::objectstore
{

namespace
{

// A directory as a pattern that means itself.
std::string Literally(const std::string &directory)
{
	std::string pattern;
	for (const char c : directory)
		pattern += c == '*' || c == '?' || c == '[' ? std::string("[") + c + "]" : std::string(1, c);
	return pattern;
}

// Between files, which may be millions.
bool CheckInterrupts()
{
	if (InterruptPending)
		pg::call([] { CHECK_FOR_INTERRUPTS(); });
	return false;
}

// The files below a directory; none when there are none.
std::vector<core::FoundFile> FilesBelow(const core::RootDirectory &root, const std::string &directory)
{
	core::Result<std::vector<core::FoundFile>> found =
		root.find(directory.empty() ? "." : Literally(directory), CheckInterrupts);
	if (const core::Error *error = found.error();
		error != nullptr && std::string_view(error->sqlstate) == core::sqlstate::undefined_file)
		return {};
	return std::move(found).value();
}

std::string DirectoryOf(const std::string &path)
{
	const size_t slash = path.rfind('/');
	return slash == std::string::npos ? "" : path.substr(0, slash);
}

} // namespace

void Discover(const ServerSettings &settings, const char *schema, DiscoverSink sink, void *argument)
{
	const char *root_path = AdmittedRoot(settings);
	const char *below = schema != nullptr ? pg::ToUtf8(schema) : "";
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric discovered", ALLOCSET_SMALL_SIZES);
	pg::entry(
		[&]
		{
			const core::RootDirectory root = core::RootDirectory::open(root_path).value();
			std::vector<std::string> directories;
			if (*below != '\0')
			{
				(void)root.entries(below, CheckInterrupts).value(); // it is a directory, and lies below the root
				directories.emplace_back(below);
			}
			std::vector<core::FoundFile> files = FilesBelow(root, below);
			for (const core::FoundFile &file : files)
				directories.push_back(DirectoryOf(file.path));
			std::sort(directories.begin(), directories.end());
			directories.erase(std::unique(directories.begin(), directories.end()), directories.end());
			const auto put = [&](const std::string &directory, const core::FoundFile *file)
			{
				pg::call(
					[&]
					{
						CHECK_FOR_INTERRUPTS();
						MemoryContext old = MemoryContextSwitchTo(row);
						Discovered found{pg::FromUtf8(directory.c_str()), nullptr, "directory"};
						if (file != nullptr)
						{
							found.object = pg::FromUtf8(file->path.c_str());
							found.kind = "file";
							found.bytes = file->identity.size;
							found.modified_at = TimestampOfUnix(file->identity.modified_ns / 1000);
						}
						sink(argument, found);
						MemoryContextSwitchTo(old);
						MemoryContextReset(row);
					});
			};
			for (const std::string &directory : directories)
				put(directory, nullptr);
			for (const core::FoundFile &file : files)
				put(DirectoryOf(file.path), &file);
		});
	MemoryContextDelete(row);
}

} // namespace fabric::fdw::objectstore
