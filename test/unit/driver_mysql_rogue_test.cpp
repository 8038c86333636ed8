/*
 * Tests of the MySQL driver against a server that is none: made here, it asks for what no client should give, cuts its answers, or
 * sends them with flipped bits. Environment: see driver_mysql.hpp; no server is needed.
 */
#include "driver_mysql.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <thread>

namespace
{

using namespace fabric::test;

/* Listens on a port of its own, talks to the first client as told, and keeps what the client sent. */
class RogueServer
{
public:
	static constexpr uint32_t usual = 0x1 | 0x80 | 0x200 | 0x2000 | 0x8000 | 0x80000;
	static constexpr uint32_t tls = 0x800;

	explicit RogueServer(std::function<void(RogueServer &)> script) : listener_(socket(AF_INET, SOCK_STREAM, 0))
	{
		struct sockaddr_in address = {};
		socklen_t size = sizeof(address);
		address.sin_family = AF_INET;
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		EXPECT_EQ(bind(listener_, reinterpret_cast<struct sockaddr *>(&address), size), 0);
		EXPECT_EQ(listen(listener_, 1), 0);
		getsockname(listener_, reinterpret_cast<struct sockaddr *>(&address), &size);
		port_ = ntohs(address.sin_port);
		thread_ = std::thread(
			[this, script]
			{
				client_ = accept(listener_, nullptr, nullptr);
				script(*this);
			});
	}
	~RogueServer()
	{
		finish();
		::close(listener_);
		::close(client_);
	}

	FabricConnectOptions options()
	{
		FabricConnectOptions o = {};
		o.size = sizeof(o);
		o.host = "127.0.0.1";
		o.port = port_;
		o.user = "somebody";
		o.password = "the-secret-word";
		return o;
	}
	void greet(uint32_t capabilities)
	{
		std::string g("\x0a"
					  "8.0.99-rogue\0"
					  "\1\0\0\0"
					  "abcdefgh\0",
					  27);
		g += {static_cast<char>(capabilities), static_cast<char>(capabilities >> 8), 45, 2, 0};
		g += {static_cast<char>(capabilities >> 16), static_cast<char>(capabilities >> 24), 21};
		g += std::string(10, '\0') + std::string("ijklmnopqrst\0", 13) + std::string("mysql_native_password\0", 22);
		send(g, 0);
	}
	void send(const std::string &body, int sequence)
	{
		std::string packet = {static_cast<char>(body.size()), static_cast<char>(body.size() >> 8), 0,
							  static_cast<char>(sequence)};
		send_raw(packet + body);
	}
	void send_raw(const std::string &bytes)
	{
		EXPECT_EQ(::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
	}
	void hang_up() { shutdown(client_, SHUT_RDWR); }
	/* One whole packet. */
	void receive()
	{
		unsigned char head[4];
		if (recv(client_, head, sizeof(head), MSG_WAITALL) != sizeof(head))
			return;
		std::string body(head[0] | static_cast<size_t>(head[1]) << 8, '\0');
		if (!body.empty() && recv(client_, body.data(), body.size(), MSG_WAITALL) > 0)
			received_ += body;
	}
	void wait_for_end()
	{
		char block[4096];
		ssize_t got;
		while ((got = recv(client_, block, sizeof(block), 0)) > 0)
			received_.append(block, static_cast<size_t>(got));
	}
	const std::string &finish()
	{
		if (thread_.joinable())
			thread_.join();
		return received_;
	}

private:
	int listener_;
	int client_ = -1;
	uint16_t port_ = 0;
	std::string received_;
	std::thread thread_;
};

const std::string ok_packet("\0\0\0\2\0\0\0", 7);

TEST_F(DriverTest, NothingIsSentInTheClearWhereTlsIsRequired)
{
	for (FabricTlsMode mode : {FABRIC_TLS_REQUIRED, FABRIC_TLS_VERIFY_IDENTITY})
	{
		RogueServer rogue(
			[](RogueServer &r)
			{
				r.greet(RogueServer::usual);
				r.wait_for_end();
			});
		FabricConnectOptions options = rogue.options();
		options.tls_mode = mode;
		Connection c(options);
		EXPECT_EQ(c.connect(), FABRIC_ERROR);
		EXPECT_EQ(c.error().native_code, 2026) << c.error().message;
		c.close();
		EXPECT_EQ(rogue.finish(), "");
	}
}

TEST_F(DriverTest, PasswordIsNotShownInTheClear)
{
	for (const char *plugin : {"mysql_clear_password", "dialog", "mysql_old_password"})
	{
		RogueServer rogue(
			[plugin](RogueServer &r)
			{
				r.greet(RogueServer::usual);
				r.receive();
				r.send("\xfe" + std::string(plugin) + std::string("\0\4Password: \0", 13), 2);
				r.wait_for_end();
			});
		Connection c(rogue.options());
		EXPECT_EQ(c.connect(), FABRIC_ERROR) << plugin;
		EXPECT_EQ(strstr(c.error().message, "the-secret-word"), nullptr);
		c.close();
		EXPECT_EQ(rogue.finish().find("the-secret-word"), std::string::npos) << plugin;
	}
}

TEST_F(DriverTest, RogueServerGetsNoFile)
{
	RogueServer rogue(
		[](RogueServer &r)
		{
			r.greet(RogueServer::usual);
			r.receive();
			r.send(ok_packet, 2);
			r.receive();
			r.send("\xfb/etc/hostname", 1);
			r.receive();
			r.send(ok_packet, 3);
			r.wait_for_end();
		});
	char name[256] = "";
	gethostname(name, sizeof(name) - 1);
	Connection c(rogue.options());
	ASSERT_EQ(c.connect(), FABRIC_DONE) << c.error().message;
	EXPECT_EQ(c.execute("SELECT 1"), FABRIC_ERROR);
	EXPECT_TRUE(c.error().from_client);
	c.close();
	EXPECT_EQ(rogue.finish().find(std::string(name) + "\n"), std::string::npos);
}

TEST_F(DriverTest, SilentServersDoNotBlock)
{
	auto silent = [](RogueServer &r) { r.wait_for_end(); };
	auto in_handshake = [](RogueServer &r)
	{
		r.greet(RogueServer::usual | RogueServer::tls);
		r.wait_for_end();
	};
	auto after_login = [](RogueServer &r)
	{
		r.greet(RogueServer::usual);
		r.wait_for_end();
	};
	int which = 0;
	for (const std::function<void(RogueServer &)> &script :
		 {std::function<void(RogueServer &)>(silent), std::function<void(RogueServer &)>(in_handshake),
		  std::function<void(RogueServer &)>(after_login)})
	{
		SCOPED_TRACE(which++);
		RogueServer rogue(script);
		FabricConnectOptions options = rogue.options();
		options.tls_mode = FABRIC_TLS_PREFERRED;
		Connection c(options);
		auto start = Clock::now();
		EXPECT_EQ(c.connect(300), FABRIC_WANT_READ);
		c.close();
		EXPECT_LT(milliseconds_since(start), 5000);
	}
}

/* One packet; `size` is what its header says. */
std::string packet(const std::string &body, size_t sequence)
{
	const size_t size = body.size();
	return std::string({static_cast<char>(size), static_cast<char>(size >> 8), static_cast<char>(size >> 16),
						static_cast<char>(sequence)}) +
		   body;
}

/* The answer to a query: columns of texts, rows whose bodies are given, the end. */
std::string answer_of(size_t columns, const std::vector<std::string> &rows)
{
	const std::string column("\3def\0\0\0\1c\0\x0c\x2d\0\x10\0\0\0\xfd\0\0\0\0\0", 23);
	const std::string end("\xfe\0\0\2\0", 5);
	size_t sequence = 1;
	std::string answer = packet(std::string(1, static_cast<char>(columns)), sequence++);
	for (size_t i = 0; i < columns; i++)
		answer += packet(column, sequence++);
	answer += packet(end, sequence++);
	for (const std::string &row : rows)
		answer += packet(row, sequence++);
	return answer + packet(end, sequence);
}

/* What a client makes of an answer after which the server hangs up. */
std::vector<Row> rows_of(const std::string &answer, FabricStatus *last, FabricErrorInfo *error)
{
	RogueServer rogue(
		[&](RogueServer &r)
		{
			r.greet(RogueServer::usual);
			r.receive();
			r.send(ok_packet, 2);
			r.receive();
			r.send_raw(answer);
			r.hang_up();
		});
	Connection c(rogue.options());
	EXPECT_EQ(c.connect(), FABRIC_DONE) << c.error().message;
	std::vector<Row> all = c.rows("SELECT c", last);
	*error = c.error();
	return all;
}

TEST_F(DriverTest, CutAnswersAreErrors)
{
	const std::string answer = answer_of(1, {"\5hello"});
	for (size_t cut = 0; cut <= answer.size(); cut++)
	{
		FabricStatus last;
		FabricErrorInfo error;
		auto all = rows_of(answer.substr(0, cut), &last, &error);
		if (cut == answer.size())
		{
			EXPECT_EQ(last, FABRIC_END) << error.native_code;
			EXPECT_EQ(all.size(), 1u);
		}
		else
		{
			EXPECT_EQ(last, FABRIC_ERROR) << cut;
			EXPECT_TRUE(error.connection_lost);
		}
	}
}

/*
 * Without TLS nothing protects a value; but bits flipped in what frames the values (lengths, numbers of packets, the end) never
 * make a result of fewer or of more rows, or of rows of another shape.
 */
TEST_F(DriverTest, FlippedBitsMakeNoOtherRows)
{
	struct
	{
		const char *what;
		size_t columns;
		std::vector<std::string> rows;
	} const answers[] = {
		{"rows of 16 bytes: a flipped length takes in whole others", 1,
		 std::vector<std::string>(40, "\x0bhello world")},
		{"rows of five bytes, as the end has", 2, std::vector<std::string>(5, "\1a\2bc")},
		{"long values, whose length begins as the end does, less a bit", 1,
		 std::vector<std::string>(3, std::string("\xfc\xfc\0", 3) + std::string(252, 'x'))},
		{"NULLs", 3, std::vector<std::string>(4, "\xfb\1x\xfb")},
		{"nothing", 1, {}},
	};
	for (const auto &one : answers)
	{
		SCOPED_TRACE(one.what);
		const std::string answer = answer_of(one.columns, one.rows);
		size_t wrong = 0;
		for (size_t at = 0; at < answer.size(); at++)
			for (int mask : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff})
			{
				/* Values themselves: a few will do. */
				if (at % 50 != 0 && answer[at] == 'x')
					continue;
				std::string flipped = answer;
				flipped[at] = static_cast<char>(flipped[at] ^ mask);
				FabricStatus last;
				FabricErrorInfo error;
				const auto all = rows_of(flipped, &last, &error);
				const bool shaped =
					std::all_of(all.begin(), all.end(), [&](const Row &row) { return row.size() == one.columns; });
				if (last == FABRIC_END && (all.size() != one.rows.size() || !shaped) && wrong++ < 10)
					ADD_FAILURE() << "byte " << at << " of " << answer.size() << " xor " << mask << ": " << all.size()
								  << " rows";
			}
		EXPECT_EQ(wrong, 0u);
	}
}

} // namespace
