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

	FabricStatus connect(const Settings &settings) noexcept;
	FabricStatus query(const char *sql, size_t size) noexcept;
	inline FabricStatus fetch(MYSQL_RES *result, MYSQL_ROW *row) noexcept;
	/* found: 0 = another result, -1 = none, above 0 = error */
	FabricStatus next_result(int *found) noexcept;
	FabricStatus ping() noexcept;
	/* Whether NULL from the last fetch was the server's end of the result and nothing else. */
	bool at_end_of_result() const noexcept;
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
	bool start_connect() noexcept;
	inline bool packet_is_here() const noexcept;
	void unwind() noexcept;

	Fiber fiber_;
	int wanted_ = 0; /* what the library waits for */
	bool connected_ = false;
	bool secured_ = false;
	uint64_t sent_ = 0;
	uint64_t sent_before_ = 0;
#else
	template <typename Function> net_async_status attempt(Function call) noexcept;
	FabricStatus waiting(Call call) noexcept;
	void watch_socket() noexcept;
	void forget_events() noexcept;
	void restore_fetch_error() noexcept;

	int events_ = -1;  /* epoll: stands for the socket; the next two are in it */
	int room_ = -1;	   /* epoll: there is room to write again */
	int timer_ = -1;   /* while the socket does not tell all */
	int watched_ = -1; /* the socket in events_ and room_ */
#endif
};

#if FABRIC_LIBMARIADB
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
