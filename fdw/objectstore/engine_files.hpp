/*
 * The only file system that the engine has: data files below the root of the session that asks, and the engine's own
 * temporary directory. Everything else is refused.
 *
 * Lifecycle: one Files per engine instance, owned by it; a Scope per session, held by its client context. Data files
 * are named fabric://N/path: N is the root's number in this process, so that one name never means two files.
 * Thread-safe: the engine's threads open and read at once.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_FILES_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_FILES_HPP

#include "core/parquet_footer.hpp"
#include "core/rooted_files.hpp"

#include "duckdb.hpp"
#include "duckdb/common/file_system.hpp"
#include "duckdb/main/client_context_state.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace fabric::fdw::objectstore
{

/* What a scan reads, as it is found before its rows are. */
struct ScanFacts
{
	std::string sql;   /* a call of fabric_scan that means the same */
	std::string state; /* of its files: another one when any of them is another */
	int64_t rows = -1; /* -1: not known */
	uint64_t bytes = 0;
	std::vector<std::string> required; /* columns that have a value in all rows */
	const char *format = "";		   /* that a table must be given (core::format_name), if any */
	std::string date_format;		   /* of texts: kFactDateFormat of fdw/shared/dialect.hpp */
	std::vector<std::string>
		names; /* of the first columns, as the files write them; not if files write them differently */
	std::map<std::string, std::string> types; /* of PostgreSQL, that the values of columns look like */
};

/* What data files a session may read, and what it has read. */
class Scope : public duckdb::ClientContextState
{
public:
	static constexpr const char *key = "fabric_scope";

	explicit Scope(core::RootDirectory root);

	/* The prefix of the names of its files: "fabric://3/". */
	const std::string &prefix() const noexcept { return prefix_; }
	const core::RootDirectory &root() const noexcept { return root_; }

	/*
	 * What the engine says, for users of ours: names of files as they know them; without its own advice, which is about options
	 * that it does not have here, and without the place in a statement that they did not write.
	 */
	std::string plain(std::string message) const;

	/* Begins a statement: each file may be looked at anew. */
	void begin();
	/* The file is in this state, as far as the current statement is concerned; object_not_in_prerequisite_state when it was in
	 * another. `opened`: it is opened, not only found. */
	core::Result<void> pin(const std::string &path, const core::FileIdentity &identity, bool opened);

	/* The files that a pattern means (RootDirectory::find), each pinned as it is found; throws as Throw() does. */
	std::vector<std::string> find(const std::string &pattern);

	/*
	 * What the footer of a Parquet file says, as the file was found by the current statement; data_corrupted when it contradicts
	 * itself. The engine believes the row groups alone: where damage has lost one, rows would be missing in silence.
	 */
	std::shared_ptr<const core::ParquetFooter> footer(const std::string &path);

	/* The state and the size of files that the current statement has found. */
	std::string state_of(const std::vector<std::string> &paths);
	uint64_t size_of(const std::vector<std::string> &paths);

	/* For searches of its root: whether `stop` is set. */
	core::RootDirectory::Stopped stopped() const
	{
		return [this] { return stop.load(std::memory_order_relaxed); };
	}

	/* Where scans are bound to be described, not to be read: what the last of them was. */
	bool describing = false;
	ScanFacts described;

	std::atomic<bool> stop = false;		 /* what is under way is not wanted any more */
	std::atomic<uint64_t> bytes = 0;	 /* read, of the current statement */
	std::atomic<uint64_t> all_bytes = 0; /* of all its statements */
	std::atomic<uint64_t> files = 0;	 /* that the current statement has opened, each counted once */

	/* Of Parquet files that the current statement is over: row groups, and those of which something was read. */
	struct RowGroups
	{
		uint64_t all;
		uint64_t read;
	};
	RowGroups row_groups() const;
	/* A part of a file was read. */
	void note_read(const std::string &path, int64_t begin, int64_t end);

private:
	struct Pinned
	{
		core::FileIdentity identity;
		bool opened = false;
		std::vector<bool> read; /* its row groups; empty: it was not looked at as a Parquet file */
	};

	core::RootDirectory root_;
	std::string prefix_;
	mutable std::mutex mutex_;
	std::unordered_map<std::string, Pinned> pinned_;
	struct Footer
	{
		core::FileIdentity identity;
		std::shared_ptr<const core::ParquetFooter> footer;
	};
	std::unordered_map<std::string, Footer> footers_;
};

class Files : public duckdb::FileSystem
{
public:
	Files();

	/* The one directory where files may be written; the engine's temporary files. Empty: none. */
	void SetTemporaryDirectory(std::string path);

	duckdb::unique_ptr<duckdb::FileHandle> OpenFile(const duckdb::string &path, duckdb::FileOpenFlags flags,
													duckdb::optional_ptr<duckdb::FileOpener> opener) override;
	void Read(duckdb::FileHandle &handle, void *buffer, int64_t size, duckdb::idx_t location) override;
	int64_t Read(duckdb::FileHandle &handle, void *buffer, int64_t size) override;
	int64_t GetFileSize(duckdb::FileHandle &handle) override;
	duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle &handle) override;
	duckdb::string GetVersionTag(duckdb::FileHandle &handle) override;
	duckdb::FileType GetFileType(duckdb::FileHandle &handle) override;
	duckdb::FileMetadata Stats(duckdb::FileHandle &handle) override;
	void Seek(duckdb::FileHandle &handle, duckdb::idx_t location) override;
	void Reset(duckdb::FileHandle &handle) override;
	duckdb::idx_t SeekPosition(duckdb::FileHandle &handle) override;
	bool CanSeek() override { return true; }
	bool OnDiskFile(duckdb::FileHandle &) override { return true; }
	bool IsManuallySet() override { return true; }
	duckdb::string GetName() const override { return "FabricFiles"; }
	duckdb::string PathSeparator(const duckdb::string &) override { return "/"; }
	bool IsPathAbsolute(const duckdb::string &) override { return true; }
	duckdb::string ExpandPath(const duckdb::string &path) override { return path; }
	duckdb::string CanonicalizePath(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener>) override
	{
		return path;
	}

	duckdb::vector<duckdb::OpenFileInfo> Glob(const duckdb::string &path, duckdb::FileOpener *opener) override;
	bool FileExists(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
	bool IsPipe(const duckdb::string &, duckdb::optional_ptr<duckdb::FileOpener>) override { return false; }

	/* Of the temporary directory only. */
	bool DirectoryExists(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
	void CreateDirectory(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
	void RemoveDirectory(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
	void RemoveFile(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
	bool TryRemoveFile(const duckdb::string &path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;

protected:
	bool ListFilesExtended(const duckdb::string &directory,
						   const std::function<void(duckdb::OpenFileInfo &info)> &callback,
						   duckdb::optional_ptr<duckdb::FileOpener> opener) override;
	bool SupportsListFilesExtended() const override { return true; }

private:
	/* Whether a path is that of the temporary directory or below it; the other raises when it is not. */
	bool IsTemporary(const duckdb::string &path);
	void RequireTemporary(const duckdb::string &path);

	duckdb::unique_ptr<duckdb::FileSystem> local_;
	std::mutex mutex_;
	std::string temporary_;
};

/* An error of core as one of the engine's, with its SQLSTATE and hint, which the session finds again. */
[[noreturn]] void Throw(const core::Error &error);
inline constexpr const char *extra_sqlstate = "fabric_sqlstate";
inline constexpr const char *extra_hint = "fabric_hint";

} // namespace fabric::fdw::objectstore

#endif
