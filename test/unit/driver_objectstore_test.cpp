/*
 * Tests of the object store driver through its contract alone.
 *
 * Environment: FABRIC_OTHER_DUCKDB (another version of DuckDB's library): without it the tests of two engines in one process are
 * skipped.
 */
#include "driver_objectstore.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

/* What a process that ends in the middle has not freed is no leak: LeakSanitizer, where there is one, asks in the end. */
static int ends_in_the_middle = 0;
extern "C" __attribute__((visibility("default"))) int __lsan_is_turned_off()
{
	return ends_in_the_middle;
}

namespace
{

using namespace fabric::test;
using Clock = std::chrono::steady_clock;

TEST_F(ObjectStoreDriver, ReadsRowsAsText)
{
	write("root/a.csv", "name,note\nAnna,\nBea,\"\"\n\"x\ny\",'ß'\n");
	Connection c;
	ASSERT_TRUE(c.connected());
	EXPECT_EQ(c.rows("SELECT name, note FROM read_csv('" + c.prefix() +
					 "a.csv', header = true, all_varchar = true, allow_quoted_nulls = false)"),
			  (Rows{{"Anna", std::nullopt}, {"Bea", ""}, {"x\ny", "'ß'"}}));
	FabricColumn column;
	driver()->column(c.get(), 1, &column);
	EXPECT_STREQ(column.name, "note");
	EXPECT_EQ(c.rows("SELECT 'a' WHERE false"), Rows{});
}

TEST_F(ObjectStoreDriver, ReadsChunksWithTheirSchema)
{
	Connection c;
	ASSERT_EQ(c.execute("SELECT range AS n, CASE WHEN range % 2 = 0 THEN 'even' END AS even FROM range(100000)"),
			  FABRIC_DONE);
	ArrowSchema schema;
	driver()->schema(c.get(), &schema);
	ASSERT_NE(schema.release, nullptr);
	ASSERT_EQ(schema.n_children, 2);
	EXPECT_STREQ(schema.children[0]->format, "l");
	EXPECT_STREQ(schema.children[1]->format, "U"); /* 64-bit offsets */
	schema.release(&schema);
	int64_t sum = 0, rows = 0, nulls = 0;
	ArrowArray chunk;
	while (c.drive([&] { return driver()->next_chunk(c.get(), &chunk); }) == FABRIC_DONE)
	{
		const auto *values = static_cast<const int64_t *>(chunk.children[0]->buffers[1]);
		for (int64_t i = 0; i < chunk.length; ++i)
			sum += values[i];
		rows += chunk.length;
		nulls += chunk.children[1]->null_count;
		chunk.release(&chunk);
	}
	EXPECT_EQ(rows, 100000);
	EXPECT_EQ(sum, int64_t(99999) * 50000);
	EXPECT_EQ(nulls, 50000);
}

TEST_F(ObjectStoreDriver, NothingLeadsOutOfTheRoot)
{
	write("root/a.csv", "x\n1\n");
	write("other/b.csv", "x\n2\n");
	Connection other(base() / "other");
	Connection c;
	const std::string here = c.prefix();
	const std::string outside = (base() / "other/b.csv").string();
	EXPECT_EQ(c.outcome("SELECT * FROM read_csv('" + here + "a.csv')"), "ok");
	std::error_code ignored;
	fs::create_symlink("../other/b.csv", base() / "root/link.csv", ignored);
	for (const std::string &name :
		 {outside, std::string("/etc/passwd"), "file://" + outside, here + "../other/b.csv", here + "/../other/b.csv",
		  here + outside, here + "link.csv", std::string("fabric://77/b.csv"), std::string("fabric://"),
		  std::string("~/x.csv"), (base() / "temp/../other/b.csv").string()})
	{
		EXPECT_EQ(c.outcome("SELECT * FROM read_csv('" + name + "')"), "42501") << name << ": " << c.error().message;
		EXPECT_EQ(c.outcome("SELECT * FROM glob('" + name + "')"), "42501") << name << ": " << c.error().message;
	}
	/* Nor to another root of the same process, whose number may well be guessed. */
	int found = 0;
	for (int number = 0; number < 10; ++number)
		found += other.outcome("SELECT * FROM read_csv('fabric://" + std::to_string(number) + "/b.csv')") == "ok";
	EXPECT_EQ(found, 1);
	for (int number = 0; number < 10; ++number)
		EXPECT_NE(c.outcome("SELECT * FROM read_csv('fabric://" + std::to_string(number) + "/b.csv')"), "ok");
}

TEST_F(ObjectStoreDriver, TheEngineIsLockedDown)
{
	Connection c;
	const std::string here = c.prefix();
	const std::string outside = (base() / "other/made").string();
	for (const std::string &sql : {
			 std::string("SET enable_external_access = true"),
			 std::string("SET lock_configuration = false"),
			 std::string("SET threads = 64"),
			 std::string("SET memory_limit = '1TB'"),
			 std::string("RESET disabled_filesystems"),
			 std::string("INSTALL httpfs"),
			 std::string("LOAD httpfs"),
			 "LOAD '" + outside + ".duckdb_extension'",
			 "ATTACH '" + outside + ".db' AS made",
			 "COPY (SELECT 1) TO '" + outside + ".csv'",
			 "COPY (SELECT 1) TO '" + here + "made.csv'",
			 "EXPORT DATABASE '" + outside + "'",
			 std::string("SELECT * FROM read_csv('https://localhost/x.csv')"),
			 std::string("SELECT * FROM read_parquet('s3://bucket/x.parquet')"),
			 std::string("CREATE PERSISTENT SECRET x (TYPE s3, KEY_ID 'a', SECRET 'b')"),
			 std::string("SELECT * FROM read_text('/etc/passwd')"),
			 std::string("SELECT * FROM read_blob('/proc/self/environ')"),
			 std::string("SELECT 1; SELECT 2"),
		 })
		EXPECT_NE(c.outcome(sql), "ok") << sql;
	EXPECT_FALSE(fs::exists(base() / "other/made.csv"));
	EXPECT_FALSE(fs::exists(base() / "other/made.db"));
	EXPECT_FALSE(fs::exists(base() / "root/made.csv"));
	EXPECT_EQ(c.rows("SELECT current_setting('lock_configuration')::text"), (Rows{{"true"}}));
}

TEST_F(ObjectStoreDriver, ErrorsTellTheirSqlstate)
{
	Connection c;
	EXPECT_EQ(c.outcome("SELECT 9223372036854775807 + 1::bigint"), "22003");
	EXPECT_EQ(c.outcome("SELECT 'x'::integer"), "22P02");
	EXPECT_EQ(c.outcome("SELEC 1"), "XX000"); /* what we write is well-formed */
	EXPECT_EQ(c.outcome("SELECT nothing"), "HV021");
	EXPECT_EQ(c.outcome("SELECT * FROM read_csv('" + c.prefix() + "missing.csv')"), "58P01");
	EXPECT_NE(std::string(c.error().message).find("missing.csv"), std::string::npos);
	EXPECT_FALSE(c.error().connection_lost);
	EXPECT_EQ(c.outcome("SELECT 1"), "ok");
	/* Among the rows, after some have come. */
	EXPECT_EQ(c.outcome("SELECT (CASE WHEN range = 90000 THEN 'x' ELSE '1' END)::integer FROM range(100000)"), "22P02");
	Connection missing(base() / "missing");
	EXPECT_FALSE(missing.connected());
	EXPECT_STREQ(missing.error().sqlstate, "58P01");
}

/* Runs for minutes; its rows come slowly, or only at the end. */
constexpr const char *kLong =
	"SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * 7 % 13 = b.range % 11";
constexpr const char *kEndless = "SELECT a.range FROM range(1000000) a, range(1000000) b";

double milliseconds_since(Clock::time_point start)
{
	return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

TEST_F(ObjectStoreDriver, CancelsWhatRuns)
{
	Connection c;
	for (const int delay : {0, 0, 1, 20, 300})
	{
		ASSERT_EQ(driver()->execute(c.get(), kLong, strlen(kLong)), FABRIC_WANT_READ);
		std::this_thread::sleep_for(std::chrono::milliseconds(delay));
		const auto start = Clock::now();
		driver()->cancel(c.get());
		EXPECT_EQ(c.outcome(kLong), "57014"); /* the same call again, as the contract says */
		EXPECT_LT(milliseconds_since(start), 2000);
	}
	EXPECT_EQ(c.outcome("SELECT 1"), "ok");
	/* Among rows that nobody takes. */
	ASSERT_EQ(c.execute(kEndless), FABRIC_DONE);
	driver()->cancel(c.get());
	ArrowArray chunk;
	FabricStatus status;
	while ((status = c.drive([&] { return driver()->next_chunk(c.get(), &chunk); })) == FABRIC_DONE)
		chunk.release(&chunk);
	EXPECT_EQ(status, FABRIC_ERROR);
	EXPECT_STREQ(c.error().sqlstate, "57014");
}

TEST_F(ObjectStoreDriver, RowsThatNobodyWantsAreGivenUp)
{
	const auto start = Clock::now();
	{
		Connection c;
		for (int i = 0; i < 20; ++i)
		{
			ASSERT_EQ(c.execute(kEndless), FABRIC_DONE);
			ArrowArray chunk;
			ASSERT_EQ(c.drive([&] { return driver()->next_chunk(c.get(), &chunk); }), FABRIC_DONE);
			chunk.release(&chunk);
		}
		EXPECT_EQ(c.rows("SELECT 'next'"), (Rows{{"next"}}));
		ASSERT_EQ(c.execute(kEndless), FABRIC_DONE);
	}
	{
		Connection c;
		ASSERT_EQ(driver()->execute(c.get(), kLong, strlen(kLong)), FABRIC_WANT_READ);
	}
	EXPECT_LT(milliseconds_since(start), 20000);
}

TEST_F(ObjectStoreDriver, SessionsWorkBesideEachOther)
{
	Connection a;
	Connection b;
	ASSERT_EQ(a.execute(kEndless), FABRIC_DONE);
	ASSERT_EQ(driver()->execute(b.get(), kLong, strlen(kLong)), FABRIC_WANT_READ);
	Connection c;
	EXPECT_EQ(c.rows("SELECT 'c'"), (Rows{{"c"}}));
	driver()->cancel(b.get());
	EXPECT_EQ(b.outcome(kLong), "57014");
	ArrowArray chunk;
	ASSERT_EQ(a.drive([&] { return driver()->next_chunk(a.get(), &chunk); }), FABRIC_DONE);
	chunk.release(&chunk);
}

/* Lines enough that they are read in several parts. */
std::string many_lines(char digit)
{
	const std::string line = std::string("1234567") + digit + "\n";
	std::string lines;
	for (int i = 0; i < 1000; ++i)
		lines += line;
	std::string text = "n\n";
	for (int i = 0; i < 4000; ++i)
		text += lines;
	return text;
}

TEST_F(ObjectStoreDriver, AFileThatChangesWhileItIsReadIsAnError)
{
	write("root/big.csv", many_lines('1'));
	Connection c;
	const std::string sql = "SELECT n FROM read_csv('" + c.prefix() + "big.csv', header = true)";
	ArrowArray chunk;
	const auto rest = [&]() -> std::string
	{
		FabricStatus status;
		while ((status = c.drive([&] { return driver()->next_chunk(c.get(), &chunk); })) == FABRIC_DONE)
			chunk.release(&chunk);
		return status == FABRIC_ERROR ? c.error().sqlstate : "ok";
	};
	ASSERT_EQ(c.execute(sql), FABRIC_DONE);
	std::ofstream(base() / "root/big.csv", std::ios::app) << "9\n";
	EXPECT_EQ(rest(), "55000") << c.error().message;
	/* As a whole: what was opened stays what it was, and what is opened anew is noticed. */
	ASSERT_EQ(c.execute(sql), FABRIC_DONE);
	write("root/new.csv", many_lines('2'));
	fs::rename(base() / "root/new.csv", base() / "root/big.csv");
	const std::string outcome = rest();
	EXPECT_TRUE(outcome == "ok" || outcome == "55000") << outcome;
	EXPECT_EQ(c.outcome(sql), "ok");
	fs::remove(base() / "root/big.csv");
}

TEST_F(ObjectStoreDriver, MemoryIsLimitedAndTheRestGoesToDisk)
{
	const std::string temporary = (base() / "temp").string();
	const FabricLimits little = {uint64_t(48) << 20, 2, temporary.c_str(), uint64_t(1) << 30};
	driver()->limit(&little);
	Connection c;
	EXPECT_EQ(c.outcome("SELECT range, md5(range::text) FROM range(2000000) ORDER BY 2"), "ok") << c.error().message;
	const FabricLimits none = {uint64_t(4) << 20, 1, temporary.c_str(), uint64_t(1) << 20};
	driver()->limit(&none);
	EXPECT_EQ(c.outcome("SELECT count(*) FROM (SELECT DISTINCT md5(range::text) FROM range(5000000))"), "53200")
		<< c.error().message;
	/* Memory for a beginning, but little room on disk. */
	const FabricLimits cramped = {uint64_t(48) << 20, 2, temporary.c_str(), uint64_t(1) << 20};
	driver()->limit(&cramped);
	EXPECT_EQ(c.outcome("SELECT range, md5(range::text) FROM range(2000000) ORDER BY 2"), "53200") << c.error().message;
	const FabricLimits enough = {uint64_t(512) << 20, 2, temporary.c_str(), uint64_t(1) << 30};
	driver()->limit(&enough);
	EXPECT_EQ(c.outcome("SELECT count(*) FROM range(1000)"), "ok") << c.error().message;
}

TEST_F(ObjectStoreDriver, CountsWhatItReads)
{
	write("root/a.csv", "x\n1\n");
	Connection c;
	ASSERT_EQ(c.outcome("SELECT * FROM read_csv('" + c.prefix() + "a.csv')"), "ok");
	FabricUsage usage;
	driver()->usage(c.get(), &usage);
	EXPECT_EQ(usage.files, 1u);
	EXPECT_GE(usage.bytes, 4u);
	ASSERT_EQ(c.outcome("SELECT 1"), "ok");
	driver()->usage(c.get(), &usage);
	EXPECT_EQ(usage.files, 0u);
	EXPECT_EQ(usage.bytes, 0u);
}

TEST_F(ObjectStoreDriver, SignalsStayOnTheMainThread)
{
	static std::atomic<int> elsewhere;
	static std::thread::id main_thread;
	elsewhere = 0;
	main_thread = std::this_thread::get_id();
	struct sigaction action = {};
	struct sigaction before;
	action.sa_handler = [](int) { elsewhere += std::this_thread::get_id() != main_thread; };
	sigaction(SIGUSR1, &action, &before);
	Connection c;
	ASSERT_EQ(driver()->execute(c.get(), kLong, strlen(kLong)), FABRIC_WANT_READ);
	/* Blocked here: if another thread takes it, that is one too many. */
	sigset_t usr1, old;
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, &old);
	for (int i = 0; i < 100; ++i)
	{
		kill(getpid(), SIGUSR1);
		std::this_thread::sleep_for(std::chrono::milliseconds(1));
	}
	pthread_sigmask(SIG_SETMASK, &old, nullptr);
	EXPECT_EQ(elsewhere, 0);
	sigaction(SIGUSR1, &before, nullptr);
}

using ObjectStoreDriverDeathTest = ObjectStoreDriver;

TEST_F(ObjectStoreDriverDeathTest, AProcessMayEndInTheMiddle)
{
	GTEST_FLAG_SET(death_test_style, "threadsafe"); /* a process of its own */
	for (const char *sql : {kLong, kEndless})
		EXPECT_EXIT(
			{
				auto *c = new Connection;
				driver()->execute(c->get(), sql, strlen(sql));
				std::this_thread::sleep_for(std::chrono::milliseconds(100));
				ends_in_the_middle = 1;
				exit(0);
			},
			::testing::ExitedWithCode(0), "");
}

/* The version that another DuckDB in this process says it is. */
std::string other_version()
{
	void *other = dlopen(environment("FABRIC_OTHER_DUCKDB"), RTLD_NOW | RTLD_GLOBAL);
	if (other == nullptr)
		return dlerror();
	auto version = reinterpret_cast<const char *(*)()>(dlsym(other, "duckdb_library_version"));
	return version != nullptr ? version() : "none";
}

/* Exits with 0 when ours and the other each are their own and both work. */
[[noreturn]] void run_beside_another(bool other_first)
{
	std::string other = other_first ? other_version() : "";
	Connection c;
	FabricServerInfo info;
	driver()->server_info(c.get(), &info);
	const std::string before = info.version;
	bool right = c.rows("SELECT version()") == Rows{{before}} && c.outcome("SELECT 'x'::integer") == "22P02";
	if (!other_first)
		other = other_version();
	void *library = dlopen(environment("FABRIC_OTHER_DUCKDB"), RTLD_NOW | RTLD_GLOBAL);
	using Open = int (*)(const char *, void **);
	using Connect = int (*)(void *, void **);
	using Query = int (*)(void *, const char *, void *);
	void *database = nullptr;
	void *connection = nullptr;
	right = right && reinterpret_cast<Open>(dlsym(library, "duckdb_open"))(nullptr, &database) == 0 &&
			reinterpret_cast<Connect>(dlsym(library, "duckdb_connect"))(database, &connection) == 0 &&
			reinterpret_cast<Query>(dlsym(library, "duckdb_query"))(connection, "SELECT sum(range) FROM range(1000)",
																	nullptr) == 0 &&
			reinterpret_cast<Query>(dlsym(library, "duckdb_query"))(connection, "SELECT 'x'::integer", nullptr) == 1;
	right = right && other != before && c.rows("SELECT version()") == Rows{{before}} &&
			c.outcome("SELECT 'x'::integer") == "22P02";
	fprintf(stderr, "ours %s, the other %s\n", before.c_str(), other.c_str());
	exit(right ? 0 : 1);
}

TEST_F(ObjectStoreDriverDeathTest, AnotherEngineIsAnother)
{
	if (environment("FABRIC_OTHER_DUCKDB") == nullptr)
		GTEST_SKIP() << "FABRIC_OTHER_DUCKDB names no other version of DuckDB";
	GTEST_FLAG_SET(death_test_style, "threadsafe");
	EXPECT_EXIT(run_beside_another(true), ::testing::ExitedWithCode(0), "ours v.*, the other v");
	EXPECT_EXIT(run_beside_another(false), ::testing::ExitedWithCode(0), "ours v.*, the other v");
}

} // namespace
