/*
 * The engine's file system. Data files are read only, and each read makes sure that the file is still the one that was opened.
 */
#include "fdw/objectstore/engine_files.hpp"

#include "fdw/objectstore/engine_text.hpp"

#include "core/sqlstate.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <system_error>

#include "duckdb/common/file_opener.hpp"

namespace fabric::fdw::objectstore
{

namespace
{

/* A number for each root of this process, in the order of their first use. */
std::size_t number_of(const std::string &root)
{
	static std::mutex mutex;
	static std::map<std::string, std::size_t> *numbers = new std::map<std::string, std::size_t>; /* never destroyed */
	const std::lock_guard lock(mutex);
	return numbers->try_emplace(root, numbers->size()).first->second;
}

/* The scope of the session on whose behalf a file is opened; nullptr when there is none. */
std::shared_ptr<Scope> scope_of(duckdb::optional_ptr<duckdb::FileOpener> opener)
{
	const auto context = duckdb::FileOpener::TryGetClientContext(opener);
	if (!context)
		return nullptr;
	auto scope = context->registered_state->Get<Scope>(Scope::key);
	if (!scope)
		return nullptr;
	return std::shared_ptr<Scope>(scope.get(), [scope](Scope *) {});
}

[[noreturn]] void refuse(const std::string &path)
{
	Throw(
		core::Error(core::sqlstate::insufficient_privilege, "\"" + path + "\" is not a file that the engine may use"));
}

constexpr const char *scheme = "fabric://";

bool is_data(const std::string &name)
{
	return name.compare(0, strlen(scheme), scheme) == 0;
}

/* What a name says: a path below the root, and how it is to be read. */
struct DataName
{
	std::string prefix; /* what stands before the path */
	std::string path;
	std::string encoding; /* empty: as it lies */
	std::string compression;
};

/* fabric://3/path, or fabric://3:encoding:compression/path. */
DataName parse(const Scope *scope, const std::string &name)
{
	const std::size_t slash = name.find('/', strlen(scheme));
	if (scope == nullptr || slash == std::string::npos)
		refuse(name);
	DataName parsed{name.substr(0, slash + 1), name.substr(slash + 1), {}, {}};
	std::string root = parsed.prefix;
	if (const std::size_t encoding = root.find(':', strlen(scheme)); encoding != std::string::npos)
	{
		const std::size_t compression = root.find(':', encoding + 1);
		if (compression == std::string::npos)
			refuse(name);
		parsed.encoding = root.substr(encoding + 1, compression - encoding - 1);
		parsed.compression = root.substr(compression + 1, root.size() - compression - 2);
		root = root.substr(0, encoding) + "/";
	}
	if (root != scope->prefix())
		refuse(name);
	return parsed;
}

class DataHandle final : public duckdb::FileHandle
{
public:
	DataHandle(Files &files, const std::string &name, duckdb::FileOpenFlags flags, std::string path,
			   core::RootedFile file, std::shared_ptr<Scope> scope)
		: FileHandle(files, name, flags), path_below(std::move(path)), file(std::move(file)), scope(std::move(scope))
	{
	}

	void Close() override { file.descriptor = core::Descriptor(); }

	std::string path_below;
	core::RootedFile file;
	std::shared_ptr<Scope> scope;
	duckdb::idx_t position = 0;
};

[[noreturn]] void raise_changed(const DataHandle &handle)
{
	Throw(core::Error(core::sqlstate::object_not_in_prerequisite_state,
					  "file \"" + handle.path_below + "\" was changed while it was being read", {},
					  "Run the statement again; put new data into a new file and rename it."));
}

void require_unchanged(const DataHandle &handle)
{
	core::Result<core::FileIdentity> now = core::identity_of(handle.file.descriptor.get());
	if (!now.ok())
		Throw(*now.error());
	if (now.value() != handle.file.identity)
		raise_changed(handle);
}

/* At most `size` bytes from a place of a file; fewer only at its end. */
int64_t read_bytes(const core::RootedFile &file, const std::string &path, char *buffer, int64_t size, int64_t location)
{
	int64_t done = 0;
	while (done < size)
	{
		const ssize_t got =
			pread(file.descriptor.get(), buffer + done, static_cast<std::size_t>(size - done), location + done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			Throw(core::Error(core::sqlstate::io_error,
							  "could not read \"" + path + "\": " + std::generic_category().message(errno)));
		if (got == 0)
			break;
		done += got;
	}
	return done;
}

/* The same of a handle of the engine's, whose file must be what it was. */
int64_t read_at(DataHandle &handle, char *buffer, int64_t size, duckdb::idx_t location)
{
	if (handle.scope->stop.load(std::memory_order_relaxed))
		throw duckdb::InterruptException();
	const int64_t done = read_bytes(handle.file, handle.path_below, buffer, size, static_cast<int64_t>(location));
	require_unchanged(handle);
	handle.scope->bytes.fetch_add(static_cast<uint64_t>(done), std::memory_order_relaxed);
	handle.scope->all_bytes.fetch_add(static_cast<uint64_t>(done), std::memory_order_relaxed);
	handle.scope->note_read(handle.path_below, static_cast<int64_t>(location), static_cast<int64_t>(location) + done);
	return done;
}

duckdb::timestamp_t moment_of(const core::FileIdentity &identity)
{
	return duckdb::Timestamp::FromEpochMicroSeconds(identity.modified_ns / 1000);
}

std::string tag_of(const core::FileIdentity &identity)
{
	return std::to_string(identity.device) + ":" + std::to_string(identity.inode) + ":" +
		   std::to_string(identity.size) + ":" + std::to_string(identity.modified_ns);
}

} // namespace

void Throw(const core::Error &error)
{
	if (std::string_view(error.sqlstate) == core::sqlstate::query_canceled)
		throw duckdb::InterruptException();
	throw duckdb::IOException({{extra_sqlstate, error.sqlstate}, {extra_hint, error.hint}}, error.message);
}

std::string Scope::plain(std::string message) const
{
	for (const char *from : {"\n\nLINE ", "\n\nPossible ", "\nPossible ", "\n\n  file = ",
							 "\nIf you are trying to read", "\nIt was not possible", "\n\nTo fix this"})
		if (const std::size_t at = message.find(from); at != std::string::npos)
			message.resize(at);
	for (std::size_t at = 0; (at = message.find(scheme, at)) != std::string::npos;)
		message.erase(at, std::min(message.find('/', at + strlen(scheme)), message.size() - 1) - at + 1);
	while (!message.empty() && message.back() == '\n')
		message.pop_back();
	return message;
}

Scope::Scope(core::RootDirectory root)
	: root_(std::move(root)), prefix_("fabric://" + std::to_string(number_of(root_.path())) + "/")
{
}

void Scope::begin()
{
	const std::lock_guard lock(mutex_);
	pinned_.clear();
	bytes = 0;
	files = 0;
	stop = false;
}

core::Result<void> Scope::pin(const std::string &path, const core::FileIdentity &identity, bool opened)
{
	const std::lock_guard lock(mutex_);
	Pinned &pinned = pinned_.try_emplace(path, Pinned{identity, false, {}}).first->second;
	if (pinned.identity != identity)
		return core::Error(core::sqlstate::object_not_in_prerequisite_state,
						   "file \"" + path + "\" was replaced while it was being read", {},
						   "Run the statement again.");
	files += opened && !pinned.opened;
	pinned.opened = pinned.opened || opened;
	return {};
}

std::vector<std::string> Scope::find(const std::string &pattern)
{
	core::Result<std::vector<core::FoundFile>> found = root_.find(pattern, stopped());
	if (!found.ok())
		Throw(*found.error());
	std::vector<std::string> paths;
	for (core::FoundFile &file : found.value())
	{
		const core::Result<void> pinned = pin(file.path, file.identity, false);
		if (!pinned.ok())
			Throw(*pinned.error());
		paths.push_back(std::move(file.path));
	}
	return paths;
}

namespace
{

[[noreturn]] void raise_damaged(const std::string &path, const std::string &why)
{
	Throw(core::Error(core::sqlstate::data_corrupted, "file \"" + path + "\" is damaged: " + why));
}

/* A part of a file that is not a handle of the engine's. */
std::string part_of(const core::RootedFile &file, const std::string &path, int64_t location, std::size_t size)
{
	std::string bytes(size, '\0');
	const auto wanted = static_cast<int64_t>(size);
	if (read_bytes(file, path, bytes.data(), wanted, location) != wanted)
		raise_damaged(path, "it ends too early");
	return bytes;
}

core::ParquetFooter read_footer(const core::RootedFile &file, const std::string &path)
{
	const int64_t tail = static_cast<int64_t>(core::parquet_tail_size);
	if (file.identity.size < tail)
		raise_damaged(path, "it is too short for a Parquet file");
	core::Result<std::size_t> size =
		core::parquet_footer_size(part_of(file, path, file.identity.size - tail, core::parquet_tail_size));
	if (!size.ok())
		raise_damaged(path, size.error()->message);
	const int64_t begin = file.identity.size - tail - static_cast<int64_t>(size.value());
	if (begin < 0)
		raise_damaged(path, "its footer is longer than the file");
	core::Result<core::ParquetFooter> footer = core::read_parquet_footer(part_of(file, path, begin, size.value()));
	if (!footer.ok())
		raise_damaged(path, footer.error()->message);
	if (!footer.value().too_wide.empty())
		Throw(core::Error(core::sqlstate::feature_not_supported,
						  "column \"" + footer.value().too_wide + "\" of file \"" + path +
							  "\" has decimals of more than " + std::to_string(core::most_decimal_digits) + " digits",
						  {}, "The engine of files would round them."));
	int64_t in_groups = 0;
	for (const core::ParquetRowGroup &group : footer.value().row_groups)
		if (__builtin_add_overflow(in_groups, group.rows, &in_groups))
			raise_damaged(path, "its row groups have more rows than there can be");
	if (in_groups != footer.value().rows)
		raise_damaged(path, "it says that it has " + std::to_string(footer.value().rows) +
								" rows, its row groups have " + std::to_string(in_groups));
	return std::move(footer).value();
}

} // namespace

std::shared_ptr<const core::ParquetFooter> Scope::footer(const std::string &path)
{
	if (stop.load(std::memory_order_relaxed))
		throw duckdb::InterruptException();
	{
		const std::lock_guard lock(mutex_);
		const auto known = footers_.find(path);
		const auto now = pinned_.find(path);
		if (known != footers_.end() && now != pinned_.end() && known->second.identity == now->second.identity)
		{
			now->second.read.resize(known->second.footer->row_groups.size());
			return known->second.footer;
		}
	}
	core::Result<core::RootedFile> opened = root_.open_file(path);
	if (!opened.ok())
		Throw(*opened.error());
	const core::RootedFile file = std::move(opened).value();
	if (const core::Result<void> pinned = pin(path, file.identity, false); !pinned.ok())
		Throw(*pinned.error());
	auto footer = std::make_shared<const core::ParquetFooter>(read_footer(file, path));
	const std::lock_guard lock(mutex_);
	pinned_.find(path)->second.read.resize(footer->row_groups.size());
	footers_.insert_or_assign(path, Footer{file.identity, footer});
	return footer;
}

Scope::RowGroups Scope::row_groups() const
{
	const std::lock_guard lock(mutex_);
	RowGroups groups{0, 0};
	for (const auto &[path, file] : pinned_)
	{
		groups.all += file.read.size();
		groups.read += static_cast<uint64_t>(std::count(file.read.begin(), file.read.end(), true));
	}
	return groups;
}

void Scope::note_read(const std::string &path, int64_t begin, int64_t end)
{
	const std::lock_guard lock(mutex_);
	const auto file = pinned_.find(path);
	if (file == pinned_.end() || file->second.read.empty())
		return;
	const std::vector<core::ParquetRowGroup> &groups = footers_.find(path)->second.footer->row_groups;
	/* They lie one after the other. */
	auto group = std::partition_point(groups.begin(), groups.end(),
									  [&](const core::ParquetRowGroup &one) { return one.end <= begin; });
	for (; group != groups.end() && group->begin < end; ++group)
		file->second.read[static_cast<std::size_t>(group - groups.begin())] = true;
}

std::string Scope::state_of(const std::vector<std::string> &paths)
{
	const std::lock_guard lock(mutex_);
	std::string state;
	for (const std::string &path : paths)
		if (const auto now = pinned_.find(path); now != pinned_.end())
			state += path + '\n' + tag_of(now->second.identity) + '\n';
	return std::to_string(std::hash<std::string>()(state)) + "/" + std::to_string(paths.size());
}

uint64_t Scope::size_of(const std::vector<std::string> &paths)
{
	const std::lock_guard lock(mutex_);
	uint64_t size = 0;
	for (const std::string &path : paths)
		if (const auto now = pinned_.find(path); now != pinned_.end())
			size += static_cast<uint64_t>(now->second.identity.size);
	return size;
}

Files::Files() : local_(duckdb::FileSystem::CreateLocal()) {}

void Files::SetTemporaryDirectory(std::string path)
{
	const std::lock_guard lock(mutex_);
	temporary_ = std::move(path);
}

bool Files::IsTemporary(const duckdb::string &path)
{
	const std::lock_guard lock(mutex_);
	return !temporary_.empty() && path.compare(0, temporary_.size(), temporary_) == 0 &&
		   (path.size() == temporary_.size() || path[temporary_.size()] == '/') &&
		   path.find("/..") == std::string::npos;
}

void Files::RequireTemporary(const duckdb::string &path)
{
	if (!IsTemporary(path))
		refuse(path);
}

duckdb::unique_ptr<duckdb::FileHandle> Files::OpenFile(const duckdb::string &name, duckdb::FileOpenFlags flags,
													   duckdb::optional_ptr<duckdb::FileOpener> opener)
{
	if (!is_data(name))
	{
		RequireTemporary(name);
		return local_->OpenFile(name, flags, opener);
	}
	std::shared_ptr<Scope> scope = scope_of(opener);
	const DataName data = parse(scope.get(), name);
	const std::string &path = data.path;
	if (flags.OpenForWriting())
		refuse(name);
	core::Result<core::RootedFile> opened = scope->root().open_file(path);
	if (!opened.ok())
	{
		if (flags.ReturnNullIfNotExists() &&
			std::string_view(opened.error()->sqlstate) == core::sqlstate::undefined_file)
			return nullptr;
		Throw(*opened.error());
	}
	core::RootedFile file = std::move(opened).value();
	const core::Result<void> pinned = scope->pin(path, file.identity, true);
	if (!pinned.ok())
		Throw(*pinned.error());
	auto handle = duckdb::make_uniq<DataHandle>(*this, name, flags, path, std::move(file), std::move(scope));
	if (data.encoding.empty())
		return handle;
	return converted(std::move(handle), data.encoding, data.compression);
}

void Files::Read(duckdb::FileHandle &handle, void *buffer, int64_t size, duckdb::idx_t location)
{
	DataHandle &data = handle.Cast<DataHandle>();
	if (read_at(data, static_cast<char *>(buffer), size, location) != size)
		Throw(core::Error(core::sqlstate::data_corrupted, "file \"" + data.path_below + "\" ends too early", {},
						  "It was cut off, or is not of the format that it is read as."));
}

int64_t Files::Read(duckdb::FileHandle &handle, void *buffer, int64_t size)
{
	DataHandle &data = handle.Cast<DataHandle>();
	const int64_t got = read_at(data, static_cast<char *>(buffer), size, data.position);
	data.position += static_cast<duckdb::idx_t>(got);
	return got;
}

int64_t Files::GetFileSize(duckdb::FileHandle &handle)
{
	return handle.Cast<DataHandle>().file.identity.size;
}

duckdb::timestamp_t Files::GetLastModifiedTime(duckdb::FileHandle &handle)
{
	return moment_of(handle.Cast<DataHandle>().file.identity);
}

duckdb::string Files::GetVersionTag(duckdb::FileHandle &handle)
{
	return tag_of(handle.Cast<DataHandle>().file.identity);
}

duckdb::FileType Files::GetFileType(duckdb::FileHandle &)
{
	return duckdb::FileType::FILE_TYPE_REGULAR;
}

duckdb::FileMetadata Files::Stats(duckdb::FileHandle &handle)
{
	const core::FileIdentity &identity = handle.Cast<DataHandle>().file.identity;
	duckdb::FileMetadata metadata;
	metadata.file_size = identity.size;
	metadata.last_modification_time = moment_of(identity);
	metadata.file_type = duckdb::FileType::FILE_TYPE_REGULAR;
	return metadata;
}

void Files::Seek(duckdb::FileHandle &handle, duckdb::idx_t location)
{
	handle.Cast<DataHandle>().position = location;
}

void Files::Reset(duckdb::FileHandle &handle)
{
	Seek(handle, 0);
}

duckdb::idx_t Files::SeekPosition(duckdb::FileHandle &handle)
{
	return handle.Cast<DataHandle>().position;
}

duckdb::vector<duckdb::OpenFileInfo> Files::Glob(const duckdb::string &name, duckdb::FileOpener *opener)
{
	const std::shared_ptr<Scope> scope = scope_of(opener);
	const DataName pattern = parse(scope.get(), name);
	duckdb::vector<duckdb::OpenFileInfo> files;
	for (const std::string &path : scope->find(pattern.path))
		files.emplace_back(pattern.prefix + path);
	return files;
}

bool Files::FileExists(const duckdb::string &name, duckdb::optional_ptr<duckdb::FileOpener> opener)
{
	if (!is_data(name))
		/* No error: the engine looks about for the machine's limits. */
		return IsTemporary(name) && local_->FileExists(name, opener);
	const std::shared_ptr<Scope> scope = scope_of(opener);
	return scope->root().open_file(parse(scope.get(), name).path).ok();
}

bool Files::DirectoryExists(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener)
{
	return IsTemporary(path) && local_->DirectoryExists(path, opener);
}

void Files::CreateDirectory(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener)
{
	RequireTemporary(path);
	local_->CreateDirectory(path, opener);
}

void Files::RemoveDirectory(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener)
{
	RequireTemporary(path);
	local_->RemoveDirectory(path, opener);
}

void Files::RemoveFile(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener)
{
	RequireTemporary(path);
	local_->RemoveFile(path, opener);
}

bool Files::TryRemoveFile(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener)
{
	RequireTemporary(path);
	return local_->TryRemoveFile(path, opener);
}

bool Files::ListFilesExtended(const duckdb::string &directory,
							  const std::function<void(duckdb::OpenFileInfo &info)> &callback,
							  duckdb::optional_ptr<duckdb::FileOpener> opener)
{
	RequireTemporary(directory);
	return local_->ListFiles(directory, callback, opener);
}

} // namespace fabric::fdw::objectstore
