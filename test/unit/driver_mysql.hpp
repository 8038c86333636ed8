/*
 * What tests of the MySQL driver have in common: the built library, opened as a backend opens it, and connections that are driven
 * as the wrapper drives them.
 *
 * Environment: FABRIC_MYSQL_DRIVER (the library's path).
 */
#ifndef FABRIC_TEST_UNIT_DRIVER_MYSQL_HPP
#define FABRIC_TEST_UNIT_DRIVER_MYSQL_HPP

#include "fdw/shared/driver.h"

#include <gtest/gtest.h>

#include <dlfcn.h>
#include <poll.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fabric::test
{

using Clock = std::chrono::steady_clock;
using Row = std::vector<std::optional<std::string>>;

inline double milliseconds_since(Clock::time_point start)
{
	return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

inline const char *environment(const char *name)
{
	const char *value = getenv(name);
	return value != nullptr && value[0] != '\0' ? value : nullptr;
}

inline const FabricDriver *driver()
{
	static const FabricDriver *const found = []() -> const FabricDriver *
	{
		signal(SIGPIPE, SIG_IGN); /* as in a backend */
		const char *path = environment("FABRIC_MYSQL_DRIVER");
		void *library = path != nullptr ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
		if (library == nullptr)
			return nullptr;
		auto module = reinterpret_cast<FabricDriverModule>(dlsym(library, FABRIC_DRIVER_SYMBOL));
		static const FabricServices services = {FABRIC_DRIVER_ABI, sizeof(FabricServices)};
		return module != nullptr ? module(&services) : nullptr;
	}();
	return found;
}

/* A connection with a poll loop, as the engine has one. */
class Connection
{
public:
	explicit Connection(const FabricConnectOptions &options) : c_(driver()->open(&options)) {}
	Connection(const Connection &) = delete;
	Connection &operator=(const Connection &) = delete;
	~Connection() { close(); }

	void close()
	{
		if (c_ != nullptr)
			driver()->close(c_);
		c_ = nullptr;
	}

	template <typename Call> FabricStatus drive(Call call, int limit_ms = 60000)
	{
		Clock::time_point start; /* looked at only once there is something to wait for */
		for (bool first = true;; first = false)
		{
			FabricStatus status = call();
			if (status != FABRIC_WANT_READ && status != FABRIC_WANT_WRITE)
				return status;
			if (first)
				start = Clock::now();
			struct pollfd handle = {driver()->socket(c_),
									static_cast<short>(status == FABRIC_WANT_READ ? POLLIN : POLLOUT), 0};
			EXPECT_GE(handle.fd, 0);
			int left = limit_ms - static_cast<int>(milliseconds_since(start));
			if (left <= 0 || poll(&handle, 1, left) == 0)
				return status;
		}
	}

	FabricStatus connect(int limit_ms = 60000)
	{
		return drive([this] { return driver()->connect(c_); }, limit_ms);
	}
	FabricStatus execute(const std::string &sql, int limit_ms = 60000)
	{
		return drive([&] { return driver()->execute(c_, sql.data(), sql.size()); }, limit_ms);
	}
	FabricStatus next(const FabricCell **cells, int limit_ms = 60000)
	{
		return drive([&] { return driver()->next_row(c_, cells); }, limit_ms);
	}
	FabricStatus ping()
	{
		return drive([this] { return driver()->ping(c_); });
	}

	/* All rows of a statement; last: how it ended. */
	std::vector<Row> rows(const std::string &sql, FabricStatus *last = nullptr)
	{
		std::vector<Row> all;
		FabricStatus status = execute(sql);
		const FabricCell *cells = nullptr;
		while (status == FABRIC_DONE && columns() > 0 && (status = next(&cells)) == FABRIC_DONE)
		{
			Row row;
			for (uint32_t i = 0; i < columns(); i++)
				row.push_back(cells[i].data == nullptr ? std::nullopt
													   : std::optional(std::string(cells[i].data, cells[i].size)));
			all.push_back(std::move(row));
		}
		if (last != nullptr)
			*last = status;
		else
			EXPECT_TRUE(status == FABRIC_END || status == FABRIC_DONE) << sql.substr(0, 200) << ": " << error().message;
		return all;
	}

	std::string value(const std::string &sql)
	{
		auto all = rows(sql);
		return all.size() == 1 && all[0].size() >= 1 ? all[0].back().value_or("NULL") : "(no single value)";
	}

	void must(const std::string &sql)
	{
		EXPECT_EQ(execute(sql), FABRIC_DONE) << sql.substr(0, 200) << ": " << error().message;
	}

	FabricErrorInfo error() const
	{
		FabricErrorInfo info;
		driver()->last_error(c_, &info);
		return info;
	}
	FabricOutcome outcome() const
	{
		FabricOutcome o;
		driver()->outcome(c_, &o);
		return o;
	}
	FabricServerInfo info() const
	{
		FabricServerInfo i;
		driver()->server_info(c_, &i);
		return i;
	}
	uint32_t columns() const { return driver()->column_count(c_); }
	FabricConnection *raw() { return c_; }

private:
	FabricConnection *c_;
};

class DriverTest : public testing::Test
{
protected:
	void SetUp() override
	{
		if (environment("FABRIC_MYSQL_DRIVER") == nullptr)
			GTEST_SKIP() << "FABRIC_MYSQL_DRIVER names no driver library";
		ASSERT_NE(driver(), nullptr) << dlerror();
	}
};

} // namespace fabric::test

#endif
