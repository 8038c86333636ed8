/*
 * Converting streams by iconv.
 */
#include "fdw/objectstore/engine_text.hpp"

#include "fdw/objectstore/engine_unpack.hpp"

#include "core/file_format.hpp"
#include "core/sqlstate.hpp"

#include <iconv.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace fabric::fdw::objectstore
{

namespace
{

class ConvertingHandle final : public duckdb::FileHandle
{
public:
	ConvertingHandle(duckdb::FileSystem &files, duckdb::unique_ptr<duckdb::FileHandle> file, std::string encoding)
		: FileHandle(files, file->path, file->flags), file_(std::move(file)), encoding_(std::move(encoding))
	{
		begin();
	}
	~ConvertingHandle() override { end(); }

	void Close() override { file_->Close(); }
	/* Not as it lies: it is read from its beginning to its end. */
	duckdb::FileCompressionType GetFileCompressionType() override { return duckdb::FileCompressionType::GZIP; }
	duckdb::idx_t GetProgress() override { return read_; }

	duckdb::FileHandle &file() { return *file_; }
	duckdb::idx_t position() const { return position_; }

	void rewind()
	{
		file_->Reset();
		end();
		begin();
	}

	int64_t read(char *buffer, std::size_t size)
	{
		char *out = buffer;
		std::size_t room = size;
		while (room > 0)
		{
			if (iconv(converter_, &at_, &left_, &out, &room) != static_cast<std::size_t>(-1))
			{
				if (left_ == 0 && !fill())
					break;
				continue;
			}
			if (errno == E2BIG)
			{
				/* A character that there is no room for waits for the next. Readers have room for one. */
				if (out == buffer)
					throw duckdb::InternalException("a text is read in parts that are too small");
				break;
			}
			if (errno == EINVAL && fill())
				continue;
			fail();
		}
		position_ += size - room;
		return static_cast<int64_t>(size - room);
	}

private:
	void begin()
	{
		converter_ = iconv_open("UTF-8", encoding_.c_str());
		if (converter_ == reinterpret_cast<iconv_t>(-1))
			Throw(core::Error(core::sqlstate::feature_not_supported,
							  "texts in the encoding " + encoding_ + " cannot be read on this machine"));
		left_ = 0;
		read_ = 0;
		position_ = 0;
	}

	void end() { iconv_close(converter_); }

	/* Reads on; what is left of the last bytes, the beginning of a character, stays. False at the end of the file. */
	bool fill()
	{
		memmove(bytes_.data(), at_, left_);
		at_ = bytes_.data();
		const int64_t got = file_->Read(bytes_.data() + left_, bytes_.size() - left_);
		left_ += static_cast<std::size_t>(got);
		read_ += static_cast<duckdb::idx_t>(got);
		return got > 0;
	}

	[[noreturn]] void fail()
	{
		Throw(core::Error(core::sqlstate::character_not_in_repertoire,
						  "file \"" + path + "\" is not in the encoding " + encoding_ + ": byte " +
							  std::to_string(read_ - left_ + 1) + " of it begins no character"));
	}

	duckdb::unique_ptr<duckdb::FileHandle> file_;
	std::string encoding_;
	iconv_t converter_ = nullptr;
	std::vector<char> bytes_ = std::vector<char>(64 << 10);
	char *at_ = bytes_.data();
	std::size_t left_ = 0;
	duckdb::idx_t read_ = 0; /* of the file, unpacked */
	duckdb::idx_t position_ = 0;
};

class Converter final : public duckdb::FileSystem
{
public:
	int64_t Read(duckdb::FileHandle &handle, void *buffer, int64_t size) override
	{
		return of(handle).read(static_cast<char *>(buffer), static_cast<std::size_t>(size));
	}
	void Reset(duckdb::FileHandle &handle) override { of(handle).rewind(); }
	duckdb::idx_t SeekPosition(duckdb::FileHandle &handle) override { return of(handle).position(); }
	/* Of the file as it lies. */
	int64_t GetFileSize(duckdb::FileHandle &handle) override
	{
		return static_cast<int64_t>(of(handle).file().GetFileSize());
	}
	duckdb::FileType GetFileType(duckdb::FileHandle &) override { return duckdb::FileType::FILE_TYPE_REGULAR; }
	duckdb::FileMetadata Stats(duckdb::FileHandle &handle) override { return of(handle).file().Stats(); }
	duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle &handle) override
	{
		duckdb::FileHandle &file = of(handle).file();
		return file.file_system.GetLastModifiedTime(file);
	}
	duckdb::string GetVersionTag(duckdb::FileHandle &handle) override
	{
		duckdb::FileHandle &file = of(handle).file();
		return file.file_system.GetVersionTag(file);
	}
	bool OnDiskFile(duckdb::FileHandle &) override { return true; }
	bool CanSeek() override { return false; }
	duckdb::string GetName() const override { return "FabricText"; }

private:
	static ConvertingHandle &of(duckdb::FileHandle &handle) { return handle.Cast<ConvertingHandle>(); }
};

bool is_other_encoding(const Options &options)
{
	return !text_option(options, "encoding", "").empty();
}

} // namespace

bool is_packed(const Options &options, const std::string &path)
{
	const std::string compression = text_option(options, "compression", "auto");
	return compression == "auto" ? core::unpacked_name(path).size() != path.size() : compression != "none";
}

std::string text_name(const Scope &scope, const Options &options, const std::string &path)
{
	std::string prefix = scope.prefix();
	if (!is_other_encoding(options))
		return prefix + path;
	std::string compression = text_option(options, "compression", "auto");
	if (compression == "auto")
		compression = !is_packed(options, path) ? "none" : core::ends_with_any_case(path, ".gz") ? "gzip" : "zstd";
	prefix.pop_back();
	return prefix + ":" + text_option(options, "encoding", "") + ":" + compression + "/" + path;
}

std::string compression_of_text(const Options &options)
{
	return is_other_encoding(options) ? "none" : text_option(options, "compression", "auto");
}

std::vector<std::string> text_names(const Scope &scope, const Options &options, const std::vector<std::string> &paths)
{
	std::vector<std::string> names;
	for (const std::string &path : paths)
		names.push_back(text_name(scope, options, path));
	return names;
}

TextFile text_file(duckdb::ClientContext &context, const Scope &scope, const Options &options, const std::string &path)
{
	return TextFile(context, text_name(scope, options, path), compression_named(compression_of_text(options)));
}

duckdb::unique_ptr<duckdb::FileHandle> converted(duckdb::unique_ptr<duckdb::FileHandle> file,
												 const std::string &encoding, const std::string &compression)
{
	static Converter *const the = new Converter; /* never destroyed */
	if (compression != "none")
		file = unpacked(std::move(file), compression_named(compression));
	return duckdb::make_uniq<ConvertingHandle>(*the, std::move(file), encoding);
}

} // namespace fabric::fdw::objectstore
