/*
 * The client library behind one shape: non-blocking calls on one connection, for libmariadb and libmysqlclient.
 *
 * Lifecycle: a Link belongs to one connection, from open() to close(). A call that answers WANT_* is in flight and
 * must be repeated until it answers something else; after ERROR the library's own error functions tell why.
 */
#ifndef FABRIC_MYSQL_CLIENT_LIBRARY_HPP
#define FABRIC_MYSQL_CLIENT_LIBRARY_HPP

#include "fdw/mysql/client_settings.hpp"

#include <mysql.h>

#include <errmsg.h>

#include <cstddef>

#if defined(MARIADB_PACKAGE_VERSION) || defined(LIBMARIADB)
#define FABRIC_LIBMARIADB 1
#include <ma_pvio.h>
#include <ucontext.h>
#else
#define FABRIC_LIBMARIADB 0
#endif

namespace fabric::fdw::mysql
{

/* Once per process, before anything else. */
bool start_library() noexcept;
/* Name and version of the library that is really loaded. */
const char *library_version() noexcept;
/* Why the loaded library cannot be used, or NULL. */
const char *library_mismatch() noexcept;
/* Whether an error number is one the client library itself raises. */
bool is_client_error(unsigned number) noexcept;
/* Whether it says that nothing was reached at an address: another one may be. */
inline bool is_unreachable(unsigned number) noexcept
{
	return number == CR_CONNECTION_ERROR || number == CR_CONN_HOST_ERROR || number == CR_IPSOCK_ERROR;
}
/* Of every connection: rows that an UPDATE has found; options outlive an attempt that failed. */
inline constexpr unsigned long connect_flags = CLIENT_FOUND_ROWS | CLIENT_REMEMBER_OPTIONS;

#if FABRIC_LIBMARIADB
/* A second stack for connect(): libmariadb waits inside the TLS handshake without its own context switch. */
class Fiber
{
public:
	Fiber() = default;
	Fiber(const Fiber &) = delete;
	Fiber &operator=(const Fiber &) = delete;
	~Fiber();

	/* Runs body(argument) up to its first pause; false without memory. */
	bool start(void (*body)(void *), void *argument) noexcept;
	void resume() noexcept;
	void pause() noexcept; /* called on the fiber */
	bool running() const noexcept { return running_; }
	bool inside() const noexcept { return inside_; }

private:
	static void enter(unsigned high, unsigned low) noexcept;

	char *region_ = nullptr;
	void (*body_)(void *) = nullptr;
	void *argument_ = nullptr;
	bool running_ = false;
	bool inside_ = false;
	ucontext_t caller_;
	ucontext_t self_;
};
#endif

class Link
{
public:
	Link() = default;
	Link(const Link &) = delete;
	Link &operator=(const Link &) = delete;
	~Link() { close(false); }

	bool init() noexcept; /* false: out of memory */
	/* Applies every option; the first one refused is named in refused. */
	bool configure(const Settings &settings, const char **refused) noexcept;

	/* Tries the settings' addresses one after the other. */
	FabricStatus connect(const Settings &settings) noexcept;
	FabricStatus query(const char *sql, size_t size) noexcept;
	inline FabricStatus fetch(MYSQL_RES *result, MYSQL_ROW *row) noexcept;
	/* found: 0 = another result, -1 = none, above 0 = error */
	FabricStatus next_result(int *found) noexcept;
	FabricStatus ping() noexcept;
	/* Whether NULL from the last fetch was the server's end of the result and nothing else. */
	bool at_end_of_result() const noexcept;
	/*
	 * Whether the packets of a result follow each other as they were sent: begin_rows() before the first fetch, then
	 * after each one. libmariadb takes any packet for the next one and any length for a row's.
	 */
	void begin_rows() noexcept;
	inline bool row_is_whole(MYSQL_ROW row, const unsigned long *sizes, unsigned columns) noexcept;
	bool end_is_whole() noexcept;
	/* Whether the server has said something that nobody has asked for. Not known inside TLS. */
	bool something_is_left() const noexcept;
	/* Frees a result without reading what is left of it. */
	void abandon(MYSQL_RES *result) noexcept;
	void close(bool goodbye) noexcept;

	/* The connection itself, -1 for none. */
	int handle() const noexcept;
	/* What to wait on: the same, or what stands for it. */
	int socket() const noexcept;
	bool in_flight() const noexcept { return call_ != Call::none; }
	/* Certain that nothing was written since the last query() or ping() began. */
	bool nothing_sent() const noexcept;
	/* TLS was asked for and the server does not offer it: nothing was sent. */
	bool tls_not_offered() const noexcept { return tls_not_offered_; }
	MYSQL *mysql() noexcept { return &mysql_; }

private:
	enum class Call : uint8_t
	{
		none,
		connect,
		query,
		fetch,
		next_result,
		ping
	};

	/* What the library's callbacks get is a MYSQL: this finds the way back. */
	struct Handle : MYSQL
	{
		Link *owner;
	};

	/* Sets one option, unless one was refused before; a text only when it is not empty. */
	void set(const char *name, mysql_option option, const void *value) noexcept;
	void set_text(const char *name, mysql_option option, const std::string &value) noexcept;
	/* Whether the socket has something to read; no inside TLS, where there are records that mean nothing. */
	bool has_input() const noexcept;
	/* The options that the library has of its own, or has otherwise. */
	void configure_library(const Settings &settings) noexcept;

	Handle mysql_;
	const Settings *settings_ = nullptr;
	const char *refused_ = nullptr;
	bool initialised_ = false;
	bool closing_ = false;
	bool tls_not_offered_ = false;
	Call call_ = Call::none;

#if FABRIC_LIBMARIADB
	FabricStatus wait(Call call, int status) noexcept;
	static void connect_body(void *link) noexcept;
	static Link *of(const MARIADB_PVIO *pvio) noexcept { return static_cast<Handle *>(pvio->mysql)->owner; }
	static ssize_t read_some(MARIADB_PVIO *pvio, unsigned char *buffer, size_t size);
	static ssize_t write_some(MARIADB_PVIO *pvio, const unsigned char *buffer, size_t size);
	static int wait_io(MARIADB_PVIO *pvio, my_bool is_read, int timeout);
	template <typename Methods>
	static void replace(Methods *methods);
	bool run_connect() noexcept;
	inline bool packet_is_here() const noexcept;
	inline size_t read_ahead() const noexcept;
	inline bool packets_took(size_t body) noexcept;
	void unwind() noexcept;

	Fiber fiber_;
	int wanted_ = 0; /* what the library waits for */
	bool connected_ = false;
	bool secured_ = false;
	uint64_t received_ = 0; /* bytes, as the next two; not those inside TLS */
	uint64_t sent_ = 0;
	uint64_t sent_before_ = 0;
	uint64_t position_ = 0; /* of what was received, taken by packets of the result so far */
	uint8_t sequence_ = 0;	/* number of its next packet */
#else
	template <typename Function> net_async_status attempt(Function call) noexcept;
	FabricStatus waiting(Call call) noexcept;
	void watch_socket() noexcept;
	void forget_events() noexcept;
	void restore_fetch_error() noexcept;

	int events_ = -1;	 /* epoll: stands for the socket; the next two are in it */
	int room_ = -1;		 /* epoll: there is room to write again */
	int timer_ = -1;	 /* while the socket does not tell all */
	int watched_ = -1;	 /* the socket in events_ and room_ */
	size_t address_ = 0; /* that is being tried */
#endif
};

#if FABRIC_LIBMARIADB
/* The bytes that the library holds and has not looked at. */
inline size_t Link::read_ahead() const noexcept
{
	const MARIADB_PVIO *pvio = mysql_.net.pvio;
	if (pvio == nullptr || pvio->cache == nullptr)
		return 0;
	const std::ptrdiff_t left = pvio->cache + pvio->cache_size - pvio->cache_pos;
	return left > 0 ? static_cast<size_t>(left) : 0;
}

/*
 * Whether what was taken last was this many bytes in the packets that they need, with the next numbers. Compressed
 * packets have their numbers and sizes inside, where the library leaves those of a body's first one before it.
 */
inline bool Link::packets_took(size_t body) noexcept
{
	constexpr size_t largest = 0xffffff;
	constexpr size_t header = 4;
	const size_t packets = body / largest + 1;
	const NET &net = mysql_.net;
	const uint8_t first = sequence_;
	sequence_ = static_cast<uint8_t>(first + packets);
	if (net.compress)
	{
		const unsigned char *at = net.read_pos - header;
		const size_t size = at[0] | static_cast<size_t>(at[1]) << 8 | static_cast<size_t>(at[2]) << 16;
		return at[3] == first && (packets > 1 ? size == largest : size == body);
	}
	position_ += body + header * packets;
	return static_cast<uint8_t>(net.pkt_nr) == sequence_ && (secured_ || received_ - read_ahead() == position_);
}

/* A row's cells lie one after the other where it was read. */
inline bool Link::row_is_whole(MYSQL_ROW row, const unsigned long *sizes, unsigned columns) noexcept
{
	size_t nulls = 0;
	while (columns > 0 && row[columns - 1] == nullptr)
	{
		nulls++;
		columns--;
	}
	const char *begin = reinterpret_cast<const char *>(mysql_.net.read_pos);
	const char *end = columns > 0 ? row[columns - 1] + sizes[columns - 1] : begin;
	return packets_took(static_cast<size_t>(end - begin) + nulls);
}

/*
 * Whether the next packet lies whole in the library's read-ahead buffer. Then the plain call cannot touch the socket,
 * and spares the switch of stacks that _start makes for every row.
 */
inline bool Link::packet_is_here() const noexcept
{
	const MARIADB_PVIO *pvio = mysql_.net.pvio;
	if (pvio == nullptr || pvio->cache == nullptr || mysql_.net.compress)
		return false;
	const unsigned char *at = pvio->cache_pos;
	std::ptrdiff_t left = pvio->cache + pvio->cache_size - at;
	return left >= 4 && left - 4 >= (at[0] | at[1] << 8 | at[2] << 16);
}

inline FabricStatus Link::fetch(MYSQL_RES *result, MYSQL_ROW *row) noexcept
{
	if (call_ == Call::none && packet_is_here()) [[likely]]
	{
		*row = mysql_fetch_row(result);
		return FABRIC_DONE;
	}
	int status = call_ == Call::none ? mysql_fetch_row_start(row, result) : mysql_fetch_row_cont(row, result, wanted_);
	if (status == 0) [[likely]]
	{
		call_ = Call::none;
		return FABRIC_DONE;
	}
	return wait(Call::fetch, status);
}
#else
/* The library compares the numbers itself. */
inline bool Link::row_is_whole(MYSQL_ROW, const unsigned long *, unsigned) noexcept
{
	return true;
}

/* Over TLS the library now and then says that it has to wait with the answer in its buffers: it is asked again. */
template <typename Function> net_async_status Link::attempt(Function call) noexcept
{
	if (call_ != Call::none)
		forget_events();
	net_async_status status = call();
	for (int i = 0; i < 2 && status == NET_ASYNC_NOT_READY && settings_->tls(); i++)
		status = call();
	return status;
}

inline FabricStatus Link::fetch(MYSQL_RES *result, MYSQL_ROW *row) noexcept
{
	net_async_status status = attempt([&] { return mysql_fetch_row_nonblocking(result, row); });
	if (status != NET_ASYNC_NOT_READY) [[likely]]
	{
		call_ = Call::none;
		if (*row == nullptr)
			restore_fetch_error();
		return FABRIC_DONE;
	}
	return waiting(Call::fetch);
}
#endif

} // namespace fabric::fdw::mysql

#endif
