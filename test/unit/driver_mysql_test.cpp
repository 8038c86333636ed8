/*
 * Tests of the MySQL driver through its contract alone: the built library is opened as a backend opens it.
 *
 * Environment: FABRIC_MYSQL_DRIVER (the library's path); MYSQL_HOST, MYSQL_PORT, MYSQL_SOCKET, MYSQL_USER,
 * MYSQL_PASSWORD (a user who may do everything); MYSQL_TLS_CA and MYSQL_TLS_OTHER_CA (the authority of the server's
 * certificate, made out to "localhost" only, and one that has nothing to do with it). What needs an absent one is
 * skipped. With MYSQL_TLS set everything runs over TLS.
 * Longer than 600 lines because all of it is one contract, driven by one connection class.
 */
#include "driver_mysql.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace
{

using namespace fabric::test;

FabricConnectOptions server_options()
{
	FabricConnectOptions o = {};
	o.size = sizeof(o);
	o.host = environment("MYSQL_HOST");
	o.port = environment("MYSQL_PORT") != nullptr ? static_cast<uint32_t>(atoi(environment("MYSQL_PORT"))) : 0;
	o.user = environment("MYSQL_USER");
	o.password = environment("MYSQL_PASSWORD");
	o.tls_mode = environment("MYSQL_TLS") != nullptr ? FABRIC_TLS_REQUIRED : FABRIC_TLS_DISABLED;
	return o;
}

size_t open_files()
{
	size_t count = 0;
	DIR *list = opendir("/proc/self/fd");
	while (readdir(list) != nullptr)
		count++;
	closedir(list);
	return count;
}

class MysqlTest : public DriverTest
{
protected:
	void SetUp() override
	{
		DriverTest::SetUp();
		if (IsSkipped())
			return;
		if (environment("MYSQL_HOST") == nullptr || environment("MYSQL_USER") == nullptr)
			GTEST_SKIP() << "MYSQL_HOST and MYSQL_USER name no server";
		main_ = std::make_unique<Connection>(server_options());
		ASSERT_EQ(main_->connect(), FABRIC_DONE) << main_->error().message;
		static bool made = false;
		if (!made)
		{
			main_->must("DROP DATABASE IF EXISTS fabric_driver_test");
			main_->must("CREATE DATABASE fabric_driver_test CHARACTER SET utf8mb4");
			main_->must("CREATE TABLE fabric_driver_test.ten (d int)");
			main_->must("INSERT INTO fabric_driver_test.ten VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)");
			main_->must("CREATE TABLE fabric_driver_test.numbers (n int PRIMARY KEY, t varchar(200))");
			main_->must("INSERT INTO fabric_driver_test.numbers SELECT a.d+10*b.d+100*c.d+1000*d.d+10000*e.d, "
						"repeat('x', 100) FROM fabric_driver_test.ten a, fabric_driver_test.ten b, "
						"fabric_driver_test.ten c, fabric_driver_test.ten d, fabric_driver_test.ten e");
			made = true;
		}
		main_->must("USE fabric_driver_test");
	}

	std::unique_ptr<Connection> main_;
};

TEST_F(DriverTest, ModuleKnowsItsInterface)
{
	EXPECT_EQ(driver()->abi, static_cast<uint32_t>(FABRIC_DRIVER_ABI));
	EXPECT_EQ(driver()->size, sizeof(FabricDriver));
	EXPECT_STREQ(driver()->name, "mysql");
	EXPECT_NE(strstr(driver()->client_version, "lib"), nullptr);
}

TEST_F(MysqlTest, TypesNullsAndEmptyStrings)
{
	main_->must("DROP TABLE IF EXISTS types");
	main_->must("CREATE TABLE types (a tinyint unsigned NOT NULL, b bigint, c decimal(65,30), d double, "
				"e datetime(6), f varchar(20), g varbinary(20), h bit(10), i enum('x','y'), j text)");
	main_->must("INSERT INTO types VALUES (255, -9223372036854775808, 1.5, 0.1, '2024-02-29 23:59:59.123456', "
				"'\xe4\xb8\xad\xf0\x9f\x98\x80', X'00FF00', b'1000000001', 'y', ''), "
				"(0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
	auto all = main_->rows("SELECT * FROM types ORDER BY a DESC");
	ASSERT_EQ(all.size(), 2u);
	Row expected = {"255",
					"-9223372036854775808",
					"1.500000000000000000000000000000",
					"0.1",
					"2024-02-29 23:59:59.123456",
					"\xe4\xb8\xad\xf0\x9f\x98\x80",
					std::string("\0\xff\0", 3),
					std::string("\2\1"),
					"y",
					""};
	EXPECT_EQ(all[0], expected);
	EXPECT_EQ(all[1][0], "0");
	for (size_t i = 1; i < 10; i++)
		EXPECT_FALSE(all[1][i].has_value()) << i;

	ASSERT_EQ(main_->columns(), 10u);
	FabricColumn column;
	driver()->column(main_->raw(), 0, &column);
	EXPECT_STREQ(column.name, "a");
	EXPECT_EQ(column.native_type, 1);
	EXPECT_EQ(column.native_flags & 33u, 33u); /* NOT NULL, UNSIGNED */
	driver()->column(main_->raw(), 6, &column);
	EXPECT_EQ(column.charset, 63u);
	driver()->column(main_->raw(), 5, &column);
	EXPECT_NE(column.charset, 63u);
	driver()->column(main_->raw(), 2, &column);
	EXPECT_EQ(column.decimals, 30u);
	driver()->column(main_->raw(), 10, &column);
	EXPECT_STREQ(column.name, "");
	const FabricCell *cells = nullptr;
	EXPECT_EQ(main_->next(&cells), FABRIC_END) << "the end stays the end";
	EXPECT_EQ(main_->rows("SELECT 1 FROM types WHERE false").size(), 0u);
	EXPECT_EQ(main_->value("SELECT @@character_set_results"), "utf8mb4");
}

TEST_F(MysqlTest, WideValues)
{
	const size_t sizes[] = {70000,	  16777205, 16777206, 16777207, 16777210, 16777211,
							16777212, 16777215, 20000000, 33554424, 33554430};
	if (atoll(main_->value("SELECT @@max_allowed_packet").c_str()) < 40000000)
	{
		main_->must("SET GLOBAL max_allowed_packet = 1073741824");
		main_ = std::make_unique<Connection>(server_options());
		ASSERT_EQ(main_->connect(), FABRIC_DONE);
	}
	for (size_t size : sizes)
	{
		auto all = main_->rows("SELECT 1, repeat('v', " + std::to_string(size) + "), 'after'");
		ASSERT_EQ(all.size(), 1u);
		EXPECT_EQ(all[0][1]->size(), size);
		EXPECT_EQ(all[0][1]->find_first_not_of('v'), std::string::npos);
		EXPECT_EQ(all[0][2], "after");
		/* and the same length as a statement */
		EXPECT_EQ(main_->value("SELECT length('" + std::string(size, 'w') + "')"), std::to_string(size));
	}
}

TEST_F(MysqlTest, KilledDuringFetchIsAnError)
{
	Connection other(server_options());
	ASSERT_EQ(other.connect(), FABRIC_DONE);
	ASSERT_EQ(other.execute("SELECT a.n, a.t, b.t FROM fabric_driver_test.numbers a, fabric_driver_test.numbers b"),
			  FABRIC_DONE);
	const FabricCell *cells = nullptr;
	ASSERT_EQ(other.next(&cells), FABRIC_DONE);
	main_->must("KILL " + std::to_string(other.info().connection_id));
	size_t count = 0;
	FabricStatus status;
	while ((status = other.next(&cells)) == FABRIC_DONE)
		count++;
	EXPECT_EQ(status, FABRIC_ERROR);
	EXPECT_LT(count, 10000000u);
	EXPECT_TRUE(other.error().connection_lost);
	EXPECT_EQ(other.next(&cells), FABRIC_ERROR) << "an error never turns into an end";
	EXPECT_EQ(other.execute("SELECT 1"), FABRIC_ERROR);
	EXPECT_TRUE(other.error().nothing_sent);
}

TEST_F(MysqlTest, KilledQueryLeavesTheConnectionUsable)
{
	Connection other(server_options());
	ASSERT_EQ(other.connect(), FABRIC_DONE);
	ASSERT_EQ(other.execute("SELECT a.n, a.t FROM fabric_driver_test.numbers a, fabric_driver_test.numbers b"),
			  FABRIC_DONE);
	const FabricCell *cells = nullptr;
	ASSERT_EQ(other.next(&cells), FABRIC_DONE);
	main_->must("KILL QUERY " + std::to_string(other.info().connection_id));
	FabricStatus status;
	while ((status = other.next(&cells)) == FABRIC_DONE)
		;
	EXPECT_EQ(status, FABRIC_ERROR);
	EXPECT_EQ(other.error().native_code, 1317);
	EXPECT_STREQ(other.error().sqlstate, "70100");
	EXPECT_FALSE(other.error().connection_lost);
	EXPECT_FALSE(other.error().from_client);
	EXPECT_EQ(other.value("SELECT 42"), "42");
}

TEST_F(MysqlTest, KilledWhileIdleIsKnownBeforeSending)
{
	Connection other(server_options());
	ASSERT_EQ(other.connect(), FABRIC_DONE);
	main_->must("KILL " + std::to_string(other.info().connection_id));
	struct pollfd handle = {driver()->socket(other.raw()), POLLIN, 0};
	ASSERT_EQ(poll(&handle, 1, 5000), 1);
	EXPECT_EQ(other.execute("SELECT 1"), FABRIC_ERROR);
	EXPECT_EQ(other.error().native_code, 2006);
	EXPECT_TRUE(other.error().connection_lost);
	EXPECT_TRUE(other.error().nothing_sent);
	EXPECT_TRUE(other.error().from_client);
}

TEST_F(MysqlTest, ClosingNeverWaits)
{
	auto closes_at_once = [](Connection &c)
	{
		auto start = Clock::now();
		c.close();
		EXPECT_LT(milliseconds_since(start), 200.0);
	};
	size_t files = open_files();
	Connection running(server_options());
	ASSERT_EQ(running.connect(), FABRIC_DONE);
	EXPECT_EQ(running.execute("SELECT sleep(3)", 50), FABRIC_WANT_READ);
	closes_at_once(running);

	Connection fetching(server_options());
	ASSERT_EQ(fetching.connect(), FABRIC_DONE);
	ASSERT_EQ(fetching.execute("SELECT t, sleep(2 * (n = 1000)) FROM fabric_driver_test.numbers WHERE n <= 1000"),
			  FABRIC_DONE);
	const FabricCell *cells = nullptr;
	FabricStatus status;
	while ((status = fetching.next(&cells, 50)) == FABRIC_DONE)
		;
	EXPECT_EQ(status, FABRIC_WANT_READ);
	closes_at_once(fetching);

	Connection middle(server_options());
	ASSERT_EQ(middle.connect(), FABRIC_DONE);
	ASSERT_EQ(middle.execute("SELECT a.t, b.t FROM fabric_driver_test.numbers a, fabric_driver_test.numbers b"),
			  FABRIC_DONE);
	ASSERT_EQ(middle.next(&cells), FABRIC_DONE);
	usleep(50000); /* the server fills the socket */
	closes_at_once(middle);

	/* at every step of connecting, and while a statement is being sent */
	for (int steps = 0; steps < 24; steps++)
	{
		FabricConnectOptions options = server_options();
		options.tls_mode = steps % 2 == 0 ? FABRIC_TLS_PREFERRED : FABRIC_TLS_DISABLED;
		Connection early(options);
		for (int i = 0; i < steps / 2; i++)
		{
			FabricStatus s = driver()->connect(early.raw());
			if (s != FABRIC_WANT_READ && s != FABRIC_WANT_WRITE)
				break;
			struct pollfd handle = {driver()->socket(early.raw()),
									static_cast<short>(s == FABRIC_WANT_READ ? POLLIN : POLLOUT), 0};
			poll(&handle, 1, 1000);
		}
		closes_at_once(early);
	}
	Connection sending(server_options());
	ASSERT_EQ(sending.connect(), FABRIC_DONE);
	std::string large = "SELECT '" + std::string(64 * 1024 * 1024, 'x') + "'";
	status = driver()->execute(sending.raw(), large.data(), large.size());
	EXPECT_TRUE(status == FABRIC_WANT_WRITE || status == FABRIC_WANT_READ);
	closes_at_once(sending);
	EXPECT_EQ(open_files(), files);
}

TEST_F(MysqlTest, ErrorInTheMiddleOfAResult)
{
	FabricStatus last;
	auto all = main_->rows("SELECT n, if(n < 50000, n, (SELECT 1 UNION SELECT 2)) FROM numbers ORDER BY n", &last);
	EXPECT_EQ(last, FABRIC_ERROR);
	EXPECT_LE(all.size(), 50000u);
	EXPECT_EQ(main_->error().native_code, 1242);
	EXPECT_STREQ(main_->error().sqlstate, "21000");
	EXPECT_FALSE(main_->error().connection_lost);
	EXPECT_EQ(main_->value("SELECT 7"), "7");
}

TEST_F(MysqlTest, NextStatementGivesUpAnUnreadResult)
{
	ASSERT_EQ(main_->execute("SELECT n, t FROM numbers"), FABRIC_DONE);
	const FabricCell *cells = nullptr;
	ASSERT_EQ(main_->next(&cells), FABRIC_DONE);
	EXPECT_EQ(main_->value("SELECT 'next'"), "next");
	ASSERT_EQ(main_->execute("SELECT n FROM numbers"), FABRIC_DONE);
	EXPECT_EQ(main_->ping(), FABRIC_DONE);
}

TEST_F(MysqlTest, MultipleStatementsAreRefused)
{
	EXPECT_EQ(main_->execute("SELECT 1; SELECT 2"), FABRIC_ERROR);
	EXPECT_EQ(main_->error().native_code, 1064);
	EXPECT_STREQ(main_->error().sqlstate, "42000");
	EXPECT_EQ(main_->value("SELECT 1"), "1");
	EXPECT_EQ(main_->execute(""), FABRIC_ERROR);
	EXPECT_EQ(main_->error().native_code, 1065);
}

TEST_F(MysqlTest, LocalFilesAreRefused)
{
	main_->must("DROP TABLE IF EXISTS loaded");
	main_->must("CREATE TABLE loaded (t text)");
	EXPECT_EQ(main_->execute("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE loaded"), FABRIC_ERROR);
	if (main_->error().connection_lost) /* libmysqlclient's way to refuse */
	{
		main_ = std::make_unique<Connection>(server_options());
		ASSERT_EQ(main_->connect(), FABRIC_DONE);
		main_->must("USE fabric_driver_test");
	}
	EXPECT_EQ(main_->value("SELECT 3"), "3");
	EXPECT_EQ(main_->value("SELECT count(*) FROM loaded"), "0");
}

TEST_F(MysqlTest, FoundRowsAreCounted)
{
	main_->must("DROP TABLE IF EXISTS found");
	main_->must("CREATE TABLE found (a int PRIMARY KEY AUTO_INCREMENT, b int)");
	main_->must("INSERT INTO found (b) VALUES (1), (1), (2)");
	EXPECT_EQ(main_->outcome().affected_rows, 3u);
	EXPECT_EQ(main_->outcome().insert_id, 1u);
	ASSERT_NE(main_->outcome().info, nullptr);
	EXPECT_STREQ(main_->outcome().info, "Records: 3  Duplicates: 0  Warnings: 0");
	main_->must("UPDATE found SET b = 1 WHERE b = 1");
	EXPECT_EQ(main_->outcome().affected_rows, 2u);
	EXPECT_EQ(main_->columns(), 0u);
}

TEST_F(MysqlTest, WarningsAreCounted)
{
	main_->must("SET sql_mode = ''");
	auto all = main_->rows("SELECT 1/0, cast('x' AS signed)");
	ASSERT_EQ(all.size(), 1u);
	EXPECT_EQ(main_->outcome().warnings, 1u);
	main_->must("DROP TABLE IF EXISTS short");
	main_->must("CREATE TABLE short (t varchar(2))");
	main_->must("INSERT INTO short VALUES ('abc'), ('abcd')");
	EXPECT_EQ(main_->outcome().warnings, 2u);
}

TEST_F(MysqlTest, CallWithSeveralResults)
{
	main_->must("DROP PROCEDURE IF EXISTS several");
	main_->must("CREATE PROCEDURE several() BEGIN SELECT n FROM numbers WHERE n < 3; SELECT n, t FROM "
				"numbers; SELECT 1; END");
	auto all = main_->rows("CALL several()");
	EXPECT_EQ(all.size(), 3u);
	EXPECT_EQ(main_->columns(), 1u);
	EXPECT_EQ(main_->value("SELECT 5"), "5");
	main_->must("DROP PROCEDURE IF EXISTS failing");
	main_->must("CREATE PROCEDURE failing() BEGIN SELECT 1; SELECT 2; SIGNAL SQLSTATE '45000' SET "
				"message_text = 'second half'; END");
	FabricStatus last;
	all = main_->rows("CALL failing()", &last);
	EXPECT_EQ(all.size(), 1u);
	EXPECT_EQ(last, FABRIC_ERROR);
	EXPECT_STREQ(main_->error().sqlstate, "45000");
	EXPECT_STREQ(main_->error().message, "second half");
	EXPECT_EQ(main_->value("SELECT 6"), "6");
	main_->must("DROP PROCEDURE IF EXISTS silent");
	main_->must("CREATE PROCEDURE silent() BEGIN DO 1; END");
	main_->must("CALL silent()");
	EXPECT_EQ(main_->value("SELECT 8"), "8");
}

TEST_F(MysqlTest, ConnectionAttributesAreShown)
{
	if (main_->value("SELECT @@performance_schema") != "1")
		GTEST_SKIP() << "the server runs without performance_schema";
	const FabricPair attributes[] = {{"pg_database", "shop"}, {"application_name", "caf\xc3\xa9"}, {"empty", ""}};
	FabricConnectOptions options = server_options();
	options.attributes = attributes;
	options.attribute_count = 3;
	Connection c(options);
	ASSERT_EQ(c.connect(), FABRIC_DONE) << c.error().message;
	auto all = c.rows("SELECT attr_name, attr_value FROM performance_schema.session_connect_attrs WHERE processlist_id "
					  "= connection_id() AND attr_name IN ('pg_database', 'application_name') ORDER BY 1");
	ASSERT_EQ(all.size(), 2u);
	EXPECT_EQ(all[0][1], "caf\xc3\xa9");
	EXPECT_EQ(all[1][1], "shop");
}

TEST_F(MysqlTest, FailedConnectionsSayWhy)
{
	FabricConnectOptions options = server_options();
	options.password = "not-the-password";
	options.tls_mode = FABRIC_TLS_PREFERRED; /* or libmysqlclient will not even try with MySQL's usual method */
	Connection wrong(options);
	EXPECT_EQ(wrong.connect(), FABRIC_ERROR);
	EXPECT_EQ(wrong.error().native_code, 1045);
	EXPECT_STREQ(wrong.error().sqlstate, "28000");
	EXPECT_EQ(strstr(wrong.error().message, "not-the-password"), nullptr);
	EXPECT_FALSE(wrong.error().from_client);

	options = server_options();
	options.host = "no-such-host.invalid";
	Connection unknown(options);
	auto start = Clock::now();
	EXPECT_EQ(unknown.connect(), FABRIC_ERROR);
	EXPECT_EQ(unknown.error().native_code, 2005);
	EXPECT_LT(milliseconds_since(start), 25000);

	options.host = "127.0.0.1";
	options.port = 1;
	Connection refused(options);
	EXPECT_EQ(refused.connect(), FABRIC_ERROR);
	EXPECT_NE(strstr(refused.error().message, "onnect"), nullptr);
	EXPECT_TRUE(refused.error().from_client);
	EXPECT_TRUE(refused.error().nothing_sent);

	for (const char *host : {"a;local-infile=1", "host=a", "a,b", "replication://a"})
	{
		options.host = host;
		Connection odd(options);
		EXPECT_EQ(odd.connect(), FABRIC_ERROR) << host;
		EXPECT_NE(strstr(odd.error().message, "host must be"), nullptr) << odd.error().message;
	}
	options = server_options();
	options.user = nullptr;
	Connection nobody(options);
	EXPECT_EQ(nobody.connect(), FABRIC_ERROR);
	EXPECT_STREQ(nobody.error().message, "no user name given");
	options = server_options();
	options.unix_socket = "/nonexistent/socket";
	Connection nowhere(options);
	EXPECT_EQ(nowhere.connect(), FABRIC_ERROR);
}

TEST_F(MysqlTest, OptionFileFillsWhatIsAbsent)
{
	char path[] = "/tmp/fabric_driver_XXXXXX";
	int file = mkstemp(path);
	FabricConnectOptions options = server_options();
	std::string text = "# comment\n[mysqld]\nuser = wrong\n[client]\nuser=" + std::string(options.user) +
					   " # who\npassword = \"" + std::string(options.password ? options.password : "") +
					   "\"\nlocal-infile=1\nconnect_timeout = 1\ninit-command='SELECT nonsense'\n[mysql]\nuser=wrong\n";
	ASSERT_EQ(write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
	close(file);
	options.user = nullptr;
	options.password = nullptr;
	options.default_file = path;
	Connection c(options);
	EXPECT_EQ(c.connect(), FABRIC_DONE) << c.error().message;
	EXPECT_EQ(c.value("SELECT 1"), "1");
	unlink(path);
	Connection missing(options);
	EXPECT_EQ(missing.connect(), FABRIC_ERROR);
	EXPECT_NE(strstr(missing.error().message, "could not read option file"), nullptr);
}

TEST_F(MysqlTest, CompressedConnections)
{
	FabricConnectOptions options = server_options();
	options.compress = true;
	Connection c(options);
	if (strstr(driver()->client_version, "libmysqlclient") != nullptr)
	{
		EXPECT_EQ(c.connect(), FABRIC_ERROR);
		GTEST_SKIP() << "libmysqlclient's non-blocking calls do not compress: refused";
	}
	ASSERT_EQ(c.connect(), FABRIC_DONE) << c.error().message;
	EXPECT_EQ(c.rows("SELECT n, t FROM fabric_driver_test.numbers").size(), 100000u);
	EXPECT_EQ(c.value("SELECT length('" + std::string(20000000, 'z') + "')"), "20000000");
	EXPECT_EQ(c.rows("SELECT repeat('q', 20000000)")[0][0]->size(), 20000000u);
}

TEST_F(MysqlTest, UnixSocketAndManyConnections)
{
	FabricConnectOptions options = server_options();
	options.unix_socket = environment("MYSQL_SOCKET");
	if (options.unix_socket == nullptr)
		GTEST_SKIP() << "MYSQL_SOCKET names no socket";
	{
		Connection first(options);
		ASSERT_EQ(first.connect(), FABRIC_DONE) << first.error().message;
		EXPECT_EQ(first.value("SELECT 1"), "1");
	}
	size_t files = open_files();
	const int times = environment("MYSQL_TLS") != nullptr ? 500 : 10000; /* OpenSSL reads every authority each time */
	for (int i = 0; i < times; i++)
	{
		Connection c(options);
		if (i % 10 == 0)
		{
			ASSERT_EQ(c.connect(), FABRIC_DONE) << c.error().message;
		}
		else if (i % 10 == 1)
		{
			driver()->connect(c.raw());
		}
	}
	EXPECT_EQ(open_files(), files);
}

TEST_F(MysqlTest, CallsOutOfSequenceAreErrors)
{
	const FabricCell *cells = nullptr;
	Connection c(server_options());
	EXPECT_EQ(driver()->socket(c.raw()), -1);
	EXPECT_EQ(driver()->execute(c.raw(), "SELECT 1", 8), FABRIC_ERROR);
	Connection d(server_options());
	ASSERT_EQ(d.connect(), FABRIC_DONE);
	EXPECT_EQ(d.next(&cells), FABRIC_ERROR);
	Connection e(server_options());
	ASSERT_EQ(e.connect(), FABRIC_DONE);
	EXPECT_EQ(e.execute("SELECT sleep(3)", 20), FABRIC_WANT_READ);
	EXPECT_EQ(driver()->ping(e.raw()), FABRIC_ERROR);
	EXPECT_TRUE(e.error().connection_lost);
}

TEST_F(MysqlTest, TrafficIsCounted)
{
	Connection c(server_options());
	ASSERT_EQ(c.connect(), FABRIC_DONE);
	EXPECT_EQ(c.value("SELECT 'four'"), "four");
	EXPECT_EQ(c.ping(), FABRIC_DONE);
	FabricTraffic traffic;
	driver()->traffic(c.raw(), &traffic);
	EXPECT_EQ(traffic.round_trips, 2u);
	EXPECT_EQ(traffic.bytes_sent, 13u);
	EXPECT_EQ(traffic.bytes_received, 4u);
	EXPECT_GT(strlen(c.info().version), 4u);
	EXPECT_EQ(std::to_string(c.info().connection_id), c.value("SELECT connection_id()"));
}

TEST_F(MysqlTest, TlsModes)
{
	const char *ca = environment("MYSQL_TLS_CA");
	const char *other = environment("MYSQL_TLS_OTHER_CA");
	if (ca == nullptr || other == nullptr)
		GTEST_SKIP() << "MYSQL_TLS_CA and MYSQL_TLS_OTHER_CA name no authorities";
	struct Case
	{
		FabricTlsMode mode;
		const char *host;
		const char *ca;
		bool connects;
		bool encrypted;
	};
	const Case cases[] = {
		{FABRIC_TLS_DISABLED, "127.0.0.1", ca, true, false},
		{FABRIC_TLS_PREFERRED, "127.0.0.1", nullptr, true, true},
		{FABRIC_TLS_PREFERRED, "127.0.0.1", other, true, true},
		{FABRIC_TLS_REQUIRED, "127.0.0.1", nullptr, true, true},
		{FABRIC_TLS_REQUIRED, "127.0.0.1", other, true, true},
		{FABRIC_TLS_VERIFY_CA, "127.0.0.1", ca, true, true},
		{FABRIC_TLS_VERIFY_CA, "localhost", ca, true, true},
		{FABRIC_TLS_VERIFY_CA, "127.0.0.1", other, false, false},
		{FABRIC_TLS_VERIFY_CA, "127.0.0.1", nullptr, false, false},
		{FABRIC_TLS_VERIFY_IDENTITY, "localhost", ca, true, true},
		{FABRIC_TLS_VERIFY_IDENTITY, "127.0.0.1", ca, false, false},
		{FABRIC_TLS_VERIFY_IDENTITY, "localhost", other, false, false},
		{FABRIC_TLS_VERIFY_IDENTITY, "localhost", nullptr, false, false},
		{FABRIC_TLS_VERIFY_IDENTITY, "localhost", "/nonexistent.pem", false, false},
	};
	for (const Case &one : cases)
	{
		SCOPED_TRACE(std::to_string(one.mode) + " " + one.host + " " + (one.ca != nullptr ? one.ca : "-"));
		FabricConnectOptions options = server_options();
		options.tls_mode = one.mode;
		options.host = one.host;
		options.tls_ca = one.ca;
		Connection c(options);
		FabricStatus status = c.connect();
		EXPECT_EQ(status, one.connects ? FABRIC_DONE : FABRIC_ERROR) << c.error().message;
		if (status != FABRIC_DONE || !one.connects)
			continue;
		ASSERT_EQ(c.info().tls, one.encrypted);
		EXPECT_EQ(c.value("SHOW STATUS LIKE 'Ssl_cipher'"), one.encrypted ? c.info().tls_cipher : "");
		EXPECT_EQ(c.rows("SELECT n, t FROM fabric_driver_test.numbers").size(), 100000u);
		EXPECT_EQ(c.value("SELECT length('" + std::string(20000000, 'z') + "')"), "20000000");
	}
}

/* Prints a ratio, asserts nothing. Run with --gtest_also_run_disabled_tests. */
TEST_F(MysqlTest, DISABLED_TwoMillionRowsAgainstTheBareClient)
{
	void *library = dlopen("libmariadb.so.3", RTLD_NOW | RTLD_LOCAL);
	if (library == nullptr)
		GTEST_SKIP() << "no libmariadb to compare with";
	auto init = reinterpret_cast<void *(*)(void *)>(dlsym(library, "mysql_init"));
	auto real_connect =
		reinterpret_cast<void *(*)(void *, const char *, const char *, const char *, const char *, unsigned,
								   const char *, unsigned long)>(dlsym(library, "mysql_real_connect"));
	auto query = reinterpret_cast<int (*)(void *, const char *)>(dlsym(library, "mysql_query"));
	auto use_result = reinterpret_cast<void *(*)(void *)>(dlsym(library, "mysql_use_result"));
	auto fetch_row = reinterpret_cast<char **(*)(void *)>(dlsym(library, "mysql_fetch_row"));
	auto fetch_lengths = reinterpret_cast<unsigned long *(*)(void *)>(dlsym(library, "mysql_fetch_lengths"));
	auto free_result = reinterpret_cast<void (*)(void *)>(dlsym(library, "mysql_free_result"));
	auto close_it = reinterpret_cast<void (*)(void *)>(dlsym(library, "mysql_close"));

	main_->must("CREATE TABLE IF NOT EXISTS big (a int PRIMARY KEY, b bigint, c varchar(40), d double, e datetime, f "
				"decimal(12,2), g int)");
	if (main_->value("SELECT count(*) FROM big") != "2000000")
	{
		main_->must("DELETE FROM big");
		main_->must(
			"INSERT INTO big SELECT n + 100000 * d.d + 1000000 * e.d, n * 1234567, concat('text ', n), n / 7, "
			"'2024-01-01' + INTERVAL n SECOND, n / 100, nullif(n % 10, 0) FROM numbers, ten d, ten e WHERE e.d < "
			"2");
	}
	FabricConnectOptions o = server_options();
	void *bare = init(nullptr);
	ASSERT_NE(real_connect(bare, o.host, o.user, o.password, "fabric_driver_test", o.port, nullptr, 0), nullptr);
	const char *sql = "SELECT * FROM big";
	for (int round = 0; round < 7; round++)
	{
		size_t count = 0, bytes = 0;
		auto start = Clock::now();
		clock_t cpu = clock();
		query(bare, sql);
		void *result = use_result(bare);
		while (fetch_row(result) != nullptr)
		{
			unsigned long *sizes = fetch_lengths(result);
			for (int i = 0; i < 7; i++)
				bytes += sizes[i];
			count++;
		}
		free_result(result);
		double plain = milliseconds_since(start);
		clock_t plain_cpu = clock() - cpu;
		size_t our_count = 0, our_bytes = 0;
		const FabricCell *cells = nullptr;
		start = Clock::now();
		cpu = clock();
		ASSERT_EQ(main_->execute(sql), FABRIC_DONE);
		while (main_->next(&cells) == FABRIC_DONE)
		{
			for (int i = 0; i < 7; i++)
				our_bytes += cells[i].size;
			our_count++;
		}
		double ours = milliseconds_since(start);
		clock_t our_cpu = clock() - cpu;
		EXPECT_EQ(count, our_count);
		EXPECT_EQ(bytes, our_bytes);
		printf("bare %.0f ms (cpu %.0f), driver %.0f ms (cpu %.0f): ratio %.3f, cpu ratio %.3f\n", plain,
			   static_cast<double>(plain_cpu) / 1000.0, ours, static_cast<double>(our_cpu) / 1000.0, ours / plain,
			   static_cast<double>(our_cpu) / static_cast<double>(plain_cpu));
	}
	close_it(bare);
}

} // namespace
