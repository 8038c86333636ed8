/*
 * libmysqlclient's side of the Link (8.0.16 and later): its _nonblocking calls.
 *
 * They say that they have to wait, never for what, and show no socket before the greeting. So what the caller waits
 * on is an epoll of our own: it wakes up when something can be read and (edge-triggered, else it would always) when
 * there is room again after a write had found none. A timer in it stands in for the socket before the greeting,
 * and over TLS sees to it that an answer already in the library's buffers does not stay there.
 */
#include "fdw/mysql/client_library.hpp"

#if !FABRIC_LIBMARIADB

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace fabric::fdw::mysql
{
namespace
{

constexpr unsigned long packet_limit = 1024UL * 1024 * 1024; /* the protocol's own for one row */
constexpr int unwind_limit = 16;
constexpr long connect_poll_ns = 1000 * 1000;
constexpr long buffered_poll_ns = 10 * 1000 * 1000;

bool watch(int events, int handle, uint32_t what)
{
	struct epoll_event event = {};
	event.events = what;
	return epoll_ctl(events, EPOLL_CTL_ADD, handle, &event) == 0;
}

} // namespace

bool start_library() noexcept
{
	/* Through these the server's environment could load plug-ins or allow passwords in the clear. */
	static constexpr const char *variables[] = {"LIBMYSQL_PLUGINS", "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN"};
	char *saved[2] = {nullptr, nullptr};
	for (int i = 0; i < 2; i++)
		if (const char *value = getenv(variables[i]))
		{
			saved[i] = strdup(value);
			unsetenv(variables[i]);
		}
	bool started = mysql_library_init(0, nullptr, nullptr) == 0;
	for (int i = 0; i < 2; i++)
	{
		if (saved[i] != nullptr)
			setenv(variables[i], saved[i], 1);
		free(saved[i]);
	}
	return started;
}

const char *library_version() noexcept
{
	static char text[64];
	snprintf(text, sizeof(text), "libmysqlclient %s", mysql_get_client_info());
	return text;
}

const char *library_mismatch() noexcept
{
	return nullptr; /* the soname changes with the interface */
}

bool is_client_error(unsigned number) noexcept
{
	return number >= 2000 && number < 3000;
}

void Link::configure_library(const Settings &settings) noexcept
{
	static constexpr unsigned int modes[] = {SSL_MODE_DISABLED, SSL_MODE_PREFERRED, SSL_MODE_REQUIRED,
											 SSL_MODE_VERIFY_CA, SSL_MODE_VERIFY_IDENTITY};
	const bool verified = settings.tls_verified();

	set("packet size", MYSQL_OPT_MAX_ALLOWED_PACKET, &packet_limit);
	set("clear-text passwords", MYSQL_ENABLE_CLEARTEXT_PLUGIN, &verified);
	/* The built-in methods seal the password; what a loaded one does is not known. */
	if (!verified)
		set("plugin directory", MYSQL_PLUGIN_DIR, "/dev/null");
	if (settings.compress)
		refused_ = "compression (with it libmysqlclient's non-blocking calls lose packets)";
	set("TLS mode", MYSQL_OPT_SSL_MODE, &modes[settings.tls_mode]);
}

FabricStatus Link::waiting(Call call) noexcept
{
	call_ = call;
	watch_socket();
	if (handle() < 0 || settings_->tls())
	{
		struct itimerspec soon = {{0, 0}, {0, handle() < 0 ? connect_poll_ns : buffered_poll_ns}};
		timerfd_settime(timer_, 0, &soon, nullptr);
	}
	return FABRIC_WANT_READ;
}

void Link::watch_socket() noexcept
{
	int now = handle();
	if (now < 0 || now == watched_)
		return;
	watch(events_, now, EPOLLIN | EPOLLRDHUP);
	watch(room_, now, EPOLLOUT | EPOLLET);
	watched_ = now;
}

/* Before a call is repeated: what happens from here on wakes up anew. */
void Link::forget_events() noexcept
{
	struct epoll_event one;
	epoll_wait(room_, &one, 1, 0);
	struct itimerspec never = {};
	timerfd_settime(timer_, 0, &never, nullptr);
}

FabricStatus Link::connect(const Settings &s) noexcept
{
	if (events_ < 0)
	{
		events_ = epoll_create1(EPOLL_CLOEXEC);
		room_ = epoll_create1(EPOLL_CLOEXEC);
		timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
		if (!watch(events_, room_, EPOLLIN) || !watch(events_, timer_, EPOLLIN))
			return FABRIC_ERROR;
	}
	net_async_status status = NET_ASYNC_ERROR;
	for (; address_ < s.ways(); address_++)
	{
		status = attempt(
			[&]
			{
				return mysql_real_connect_nonblocking(&mysql_, s.way(address_), s.user.c_str(), s.password.c_str(),
													  s.database.empty() ? nullptr : s.database.c_str(), s.port,
													  s.socket_path(), connect_flags);
			});
		if (status != NET_ASYNC_ERROR || !is_unreachable(mysql_errno(&mysql_)))
			break;
		watched_ = -1; /* the next address has a socket of its own, perhaps of the same number */
	}
	if (status == NET_ASYNC_NOT_READY)
		return waiting(Call::connect);
	call_ = Call::none;
	if (status != NET_ASYNC_COMPLETE)
		return FABRIC_ERROR;
	watch_socket();
	return FABRIC_DONE;
}

FabricStatus Link::query(const char *sql, size_t size) noexcept
{
	net_async_status status = attempt([&] { return mysql_real_query_nonblocking(&mysql_, sql, size); });
	if (status == NET_ASYNC_NOT_READY)
		return waiting(Call::query);
	call_ = Call::none;
	return status == NET_ASYNC_COMPLETE ? FABRIC_DONE : FABRIC_ERROR;
}

/* The library overwrites every error of a fetch with "commands out of sync": the server's packet is still there. */
void Link::restore_fetch_error() noexcept
{
	NET &net = mysql_.net;
	if (net.last_errno != CR_COMMANDS_OUT_OF_SYNC)
		return;
	if (net.vio == nullptr || net.read_pos == nullptr || net.read_pos[0] != 0xff)
	{
		net.last_errno = CR_SERVER_LOST;
		snprintf(net.last_error, sizeof(net.last_error), "Lost connection to MySQL server during query");
		return;
	}
	const unsigned char *at = net.read_pos + 1;
	net.last_errno = at[0] | static_cast<unsigned>(at[1]) << 8;
	at += 2;
	if (*at == '#')
	{
		snprintf(net.sqlstate, sizeof(net.sqlstate), "%.5s", reinterpret_cast<const char *>(at) + 1);
		at += 6;
	}
	snprintf(net.last_error, sizeof(net.last_error), "%s", reinterpret_cast<const char *>(at));
}

FabricStatus Link::next_result(int *found) noexcept
{
	net_async_status status = attempt([&] { return mysql_next_result_nonblocking(&mysql_); });
	if (status == NET_ASYNC_NOT_READY)
		return waiting(Call::next_result);
	call_ = Call::none;
	*found = status == NET_ASYNC_COMPLETE ? 0 : status == NET_ASYNC_COMPLETE_NO_MORE_RESULTS ? -1 : 1;
	return FABRIC_DONE;
}

/* There is no non-blocking ping: a statement that does nothing asks the same. */
FabricStatus Link::ping() noexcept
{
	FabricStatus status = query("DO 0", 4);
	if (status == FABRIC_WANT_READ || status == FABRIC_WANT_WRITE)
		call_ = Call::ping;
	return status;
}

bool Link::at_end_of_result() const noexcept
{
	return mysql_.net.last_errno == 0 && mysql_.net.vio != nullptr && mysql_.net.read_pos != nullptr &&
		   mysql_.net.read_pos[0] == 0xfe;
}

void Link::begin_rows() noexcept {}

bool Link::end_is_whole() noexcept
{
	return at_end_of_result();
}

bool Link::something_is_left() const noexcept
{
	return has_input();
}

void Link::abandon(MYSQL_RES *result) noexcept
{
	if (result == nullptr)
		return;
	/* or the library would read the rest */
	if (mysql_.unbuffered_fetch_owner == &result->unbuffered_fetch_cancelled)
		mysql_.unbuffered_fetch_owner = nullptr;
	result->handle = nullptr;
	mysql_free_result(result);
}

int Link::socket() const noexcept
{
	return handle() < 0 && call_ != Call::connect ? -1 : events_;
}

int Link::handle() const noexcept
{
	return initialised_ && mysql_.net.vio != nullptr && mysql_.net.fd > 0 ? static_cast<int>(mysql_.net.fd) : -1;
}

bool Link::nothing_sent() const noexcept
{
	return false; /* the library does not tell */
}

void Link::close(bool goodbye) noexcept
{
	if (!initialised_)
		return;
	if (!goodbye || in_flight())
	{
		if (handle() >= 0)
			shutdown(handle(), SHUT_RDWR);
		/*
		 * A statement that was under way is led to its end, so that it frees what it holds. Connecting is not: after a
		 * lost connection the library reads what it has freed; a kilobyte of its state is lost instead.
		 */
		for (int i = 0; i < unwind_limit && (call_ == Call::query || call_ == Call::ping); i++)
			if (mysql_real_query_nonblocking(&mysql_, "", 0) != NET_ASYNC_NOT_READY)
				call_ = Call::none;
		mysql_.net.error = 2; /* "do not use the socket": keeps mysql_close() from saying goodbye */
	}
	mysql_close(&mysql_);
	for (int *one : {&events_, &room_, &timer_})
	{
		if (*one >= 0)
			::close(*one);
		*one = -1;
	}
	initialised_ = false;
}

} // namespace fabric::fdw::mysql

#endif
