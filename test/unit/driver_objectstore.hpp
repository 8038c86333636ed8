/*
 * What tests of the object store driver have in common: the built library, opened as a backend opens it, a directory of the process,
 * connections that are driven as the wrapper drives them.
 *
 * Environment: FABRIC_OBJECTSTORE_DRIVER (the library's path).
 */
#ifndef FABRIC_TEST_UNIT_DRIVER_OBJECTSTORE_HPP
#define FABRIC_TEST_UNIT_DRIVER_OBJECTSTORE_HPP

#include "fdw/shared/driver.h"

#include <gtest/gtest.h>

#include <dlfcn.h>
#include <poll.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace fabric::test
{

namespace fs = std::filesystem;
using Row = std::vector<std::optional<std::string>>;
using Rows = std::vector<Row>;

inline const char *environment(const char *name)
{
	const char *value = getenv(name);
	return value != nullptr && value[0] != '\0' ? value : nullptr;
}

inline const FabricDriver *driver()
{
	static const FabricDriver *const found = []() -> const FabricDriver *
	{
		const char *path = environment("FABRIC_OBJECTSTORE_DRIVER");
		/* Not deaf to what is there already, as our own loader is: that flag is not for sanitizers. */
		void *library = path != nullptr ? dlopen(path, RTLD_NOW | RTLD_LOCAL
#ifndef __SANITIZE_ADDRESS__
														   | RTLD_DEEPBIND
#endif
												 )
										: nullptr;
		if (library == nullptr)
		{
			fprintf(stderr, "%s\n", path != nullptr ? dlerror() : "FABRIC_OBJECTSTORE_DRIVER is not set");
			return nullptr;
		}
		auto module = reinterpret_cast<FabricDriverModule>(dlsym(library, FABRIC_DRIVER_SYMBOL));
		static const FabricServices services = {FABRIC_DRIVER_ABI, sizeof(FabricServices)};
		return module != nullptr ? module(&services) : nullptr;
	}();
	return found;
}

/* A directory of this process, gone with it. */
inline const fs::path &base()
{
	static const fs::path *const path = []
	{
		std::string name = (fs::temp_directory_path() / "objectstore_XXXXXX").string();
		if (mkdtemp(name.data()) == nullptr)
			abort();
		fs::create_directories(fs::path(name) / "root");
		fs::create_directories(fs::path(name) / "other");
		fs::create_directories(fs::path(name) / "temp");
		return new fs::path(name);
	}();
	return *path;
}

struct RemoveBase : ::testing::Environment
{
	void TearDown() override
	{
		if (driver() != nullptr)
			driver()->end();
		EXPECT_TRUE(fs::is_empty(base() / "temp")) << "the engine has left temporary files";
		std::error_code ignored;
		fs::remove_all(base(), ignored);
	}
};
[[maybe_unused]] inline ::testing::Environment *const remove_base = ::testing::AddGlobalTestEnvironment(new RemoveBase);

inline void write(const char *file, const std::string &text)
{
	std::ofstream(base() / file, std::ios::binary) << text;
}

/* A value of a vector of texts. */
inline std::optional<std::string> text_at(const ArrowArray &column, int64_t row)
{
	row += column.offset;
	const auto *valid = static_cast<const uint8_t *>(column.buffers[0]);
	if (valid != nullptr && (valid[row / 8] >> (row % 8) & 1) == 0)
		return std::nullopt;
	const auto *offsets = static_cast<const int64_t *>(column.buffers[1]);
	const auto *bytes = static_cast<const char *>(column.buffers[2]);
	return std::string(bytes + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row]));
}

class Connection
{
public:
	explicit Connection(const fs::path &root = base() / "root")
	{
		const std::string path = root.string();
		FabricConnectOptions options = {};
		options.size = sizeof options;
		options.root = path.c_str();
		c_ = driver()->open(&options);
		connected_ = driver()->connect(c_) == FABRIC_DONE;
	}
	Connection(const Connection &) = delete;
	Connection &operator=(const Connection &) = delete;
	~Connection() { driver()->close(c_); }

	bool connected() const { return connected_; }
	FabricConnection *get() { return c_; }

	template <typename Call> FabricStatus drive(Call call)
	{
		for (;;)
		{
			const FabricStatus status = call();
			if (status != FABRIC_WANT_READ)
				return status;
			pollfd handle = {driver()->socket(c_), POLLIN, 0};
			if (poll(&handle, 1, 60000) != 1)
				return status;
		}
	}

	FabricStatus execute(const std::string &sql)
	{
		return drive([&] { return driver()->execute(c_, sql.data(), sql.size()); });
	}

	/* The SQLSTATE of what a statement fails with, in its beginning or among its rows; "ok" when it does not. */
	std::string outcome(const std::string &sql)
	{
		FabricStatus status = execute(sql);
		while (status == FABRIC_DONE)
		{
			ArrowArray chunk;
			status = drive([&] { return driver()->next_chunk(c_, &chunk); });
			if (status == FABRIC_DONE)
				chunk.release(&chunk);
		}
		return status == FABRIC_END ? "ok" : error().sqlstate;
	}

	FabricErrorInfo error()
	{
		FabricErrorInfo info;
		driver()->last_error(c_, &info);
		return info;
	}

	/* All rows of a statement whose columns are text. */
	Rows rows(const std::string &sql)
	{
		if (execute(sql) != FABRIC_DONE)
			return {{std::string("error ") + error().sqlstate + ": " + error().message}};
		Rows result;
		ArrowArray chunk;
		FabricStatus status;
		while ((status = drive([&] { return driver()->next_chunk(c_, &chunk); })) == FABRIC_DONE)
		{
			for (int64_t row = 0; row < chunk.length; ++row)
			{
				result.emplace_back();
				for (int64_t i = 0; i < chunk.n_children; ++i)
					result.back().push_back(text_at(*chunk.children[i], row));
			}
			chunk.release(&chunk);
		}
		if (status != FABRIC_END)
			result.push_back({std::string("error ") + error().sqlstate + ": " + error().message});
		return result;
	}

	/* The prefix of the names of this root's files, as the engine lists them. */
	std::string prefix()
	{
		write("root/prefix.probe", "x");
		for (int number = 0; number < 100; ++number)
		{
			const std::string name = "fabric://" + std::to_string(number) + "/";
			Rows found = rows("SELECT file FROM glob('" + name + "prefix.probe')");
			if (found.size() == 1 && found[0][0]->compare(0, 5, "error") != 0)
				return name;
		}
		return "none";
	}

private:
	FabricConnection *c_ = nullptr;
	bool connected_ = false;
};

class ObjectStoreDriver : public ::testing::Test
{
protected:
	void SetUp() override
	{
		ASSERT_NE(driver(), nullptr);
		static const std::string temporary = (base() / "temp").string();
		const FabricLimits limits = {uint64_t(512) << 20, 2, temporary.c_str(), uint64_t(1) << 30};
		driver()->limit(&limits);
	}
};

} // namespace fabric::test

#endif
