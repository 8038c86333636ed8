/*
 * libmariadb's side of the Link: its _start/_cont calls, and a transport that never blocks.
 *
 * libmariadb leaves the socket blocking and relies on MSG_DONTWAIT, which TLS does not know: the handshake and every
 * TLS read would block in the kernel. So the connection's transport methods ("pvio", the library's plug-in interface)
 * are its own socket methods with a few replaced: the socket stays non-blocking for ever, waiting inside the
 * handshake leaves the fiber, and nothing is written in the clear where TLS is required.
 * The host process ignores SIGPIPE, as PostgreSQL does: OpenSSL writes without MSG_NOSIGNAL.
 */
#include "fdw/mysql/client_library.hpp"

#if FABRIC_LIBMARIADB

#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

/* As in <mysql/client_plugin.h>, which Debian ships without a header it includes. */
extern "C" struct st_mysql_client_plugin *mysql_client_find_plugin(MYSQL *mysql, const char *name, int type);

namespace fabric::fdw::mysql
{
namespace
{

constexpr int transport_plugin_type = 101;
constexpr unsigned transport_plugin_version = 0x0100;

struct TransportPlugin
{
	int type;
	unsigned interface_version;
	const char *name;
	const char *author;
	const char *description;
	unsigned version[3];
	const char *license;
	void *api;
	int (*init)(char *, size_t, int, va_list);
	int (*deinit)(void);
	int (*options)(const char *, const void *);
	st_ma_pvio_methods *methods;
};

constexpr size_t library_stack = 512 * 1024; /* the resolver, dlopen and TLS run on it; touched pages only */
constexpr size_t fiber_stack = 128 * 1024;
/* Around it lies no memory: an overflow is caught, and valgrind, which takes a small step for a deep frame and not for
 * a switch (--max-stackframe, 2 MB), sees the step to the library's stack for what it is. */
constexpr size_t fiber_margin = 4 * 1024 * 1024;
constexpr size_t fiber_region = fiber_margin + fiber_stack + fiber_margin;
constexpr size_t packet_limit = 1024 * 1024 * 1024; /* the protocol's own for one row */
constexpr int unwind_limit = 256;					/* an address each, at most, of a host name */

/* Methods that never show the password in the clear to whoever answers. The library searches names in this text. */
constexpr const char *sealed_authentication =
	"mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,parsec,auth_gssapi_client";

st_ma_pvio_methods transport;

/*
 * Up to 3.4.8 the methods were told when to block, and had a pair of their own for calls that do not. 3.4.10 has neither,
 * under the same interface version: the socket never blocks, and the methods themselves leave the call to wait.
 */
template <typename Methods>
constexpr bool knows_blocking = requires(Methods methods) { methods.blocking; };
constexpr unsigned long first_without_blocking =
	knows_blocking<st_ma_pvio_methods> ? 30409 : std::min(MARIADB_PACKAGE_VERSION_ID, 30410);

} // namespace

bool start_library() noexcept
{
	/* The library would load whatever this variable of the server's environment names. */
	static constexpr const char *variable = "LIBMYSQL_PLUGINS";
	const char *value = getenv(variable);
	char *saved = value != nullptr ? strdup(value) : nullptr;
	if (value != nullptr)
		unsetenv(variable);
	bool started = mysql_server_init(0, nullptr, nullptr) == 0;
	if (saved != nullptr)
		setenv(variable, saved, 1);
	free(saved);
	return started;
}

const char *library_version() noexcept
{
	static char text[64];
	snprintf(text, sizeof(text), "libmariadb %s", mysql_get_client_info());
	return text;
}

/* The transport's layout is known for one series only, and has changed within it. */
const char *library_mismatch() noexcept
{
	const unsigned long version = mysql_get_client_version();
	if (version / 100 != MARIADB_PACKAGE_VERSION_ID / 100 ||
		(version >= first_without_blocking) == knows_blocking<st_ma_pvio_methods>)
		return "the driver was built for another series of libmariadb than the one installed (" MARIADB_PACKAGE_VERSION
			   "): build it again";
	return nullptr;
}

bool is_client_error(unsigned number) noexcept
{
	return (number >= CR_MIN_ERROR && number <= CR_MYSQL_LAST_ERROR) || (number >= 5000 && number < 5100);
}

bool Fiber::start(void (*body)(void *), void *argument) noexcept
{
	if (region_ == nullptr)
	{
		void *region = mmap(nullptr, fiber_region, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (region == MAP_FAILED)
			return false;
		region_ = static_cast<char *>(region);
	}
	char *stack = region_ + fiber_margin;
	if (mprotect(stack, fiber_stack, PROT_READ | PROT_WRITE) != 0 || getcontext(&self_) != 0)
		return false;
	body_ = body;
	argument_ = argument;
	self_.uc_stack.ss_sp = stack;
	self_.uc_stack.ss_size = fiber_stack;
	self_.uc_link = &caller_;
	/* makecontext passes ints only */
	auto address = reinterpret_cast<uintptr_t>(this);
	makecontext(&self_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(address >> 32),
				static_cast<unsigned>(address & UINT_MAX));
	running_ = true;
	resume();
	return true;
}

Fiber::~Fiber()
{
	if (region_ != nullptr)
		munmap(region_, fiber_region);
}

void Fiber::enter(unsigned high, unsigned low) noexcept
{
	auto *fiber = reinterpret_cast<Fiber *>((static_cast<uintptr_t>(high) << 32) | low);
	fiber->body_(fiber->argument_);
	fiber->running_ = false;
	fiber->inside_ = false;
}

void Fiber::resume() noexcept
{
	inside_ = true;
	swapcontext(&caller_, &self_);
	inside_ = false;
}

void Fiber::pause() noexcept
{
	swapcontext(&self_, &caller_);
}

/* The blocking calls have no use for waiting either: only close() makes them, and close() never waits. */
ssize_t Link::read_some(MARIADB_PVIO *pvio, unsigned char *buffer, size_t size)
{
	Link *link = of(pvio);
	if (link->closing_)
	{
		errno = ECONNABORTED;
		return -1;
	}
	ssize_t got;
	if constexpr (knows_blocking<st_ma_pvio_methods>)
	{
		int handle = -1;
		if (transport.get_handle(pvio, &handle))
			return -1;
		do
			got = recv(handle, buffer, size, MSG_DONTWAIT);
		while (got < 0 && errno == EINTR);
	}
	else
		got = transport.read(pvio, buffer, size);
	if (got > 0)
		link->received_ += static_cast<uint64_t>(got);
	return got;
}

ssize_t Link::write_some(MARIADB_PVIO *pvio, const unsigned char *buffer, size_t size)
{
	Link *link = of(pvio);
	/* The greeting was read by now. Without this the library would go on in the clear, password and all. */
	if (link->settings_ != nullptr && link->settings_->tls_enforced() && !link->secured_ &&
		(pvio->mysql->server_capabilities & CLIENT_SSL) == 0)
	{
		link->tls_not_offered_ = true;
		errno = EPROTO;
		return -1;
	}
	ssize_t sent;
	if constexpr (knows_blocking<st_ma_pvio_methods>)
	{
		int handle = -1;
		if (transport.get_handle(pvio, &handle))
			return -1;
		do
			sent = send(handle, buffer, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		while (sent < 0 && errno == EINTR);
	}
	else
		sent = transport.write(pvio, buffer, size);
	if (sent > 0)
		link->sent_ += static_cast<uint64_t>(sent);
	return sent;
}

/* Called in the TLS handshake only (and by a goodbye that will not wait). The library does not say which way. */
int Link::wait_io(MARIADB_PVIO *pvio, my_bool, int)
{
	Link *link = of(pvio);
	if (link->closing_ || !link->fiber_.inside())
	{
		errno = ETIMEDOUT;
		return 0;
	}
	struct pollfd handle = {-1, POLLOUT, 0};
	transport.get_handle(pvio, &handle.fd);
	link->wanted_ = poll(&handle, 1, 0) == 0 ? MYSQL_WAIT_WRITE : MYSQL_WAIT_READ;
	link->fiber_.pause();
	if (link->closing_)
	{
		errno = ECONNABORTED;
		return 0;
	}
	return 1;
}

template <typename Methods>
void Link::replace(Methods *methods)
{
	methods->read = read_some;
	methods->write = write_some;
	methods->wait_io_or_timeout = wait_io;
	if constexpr (knows_blocking<Methods>)
	{
		static const Methods library = *methods;
		methods->async_read = read_some;
		methods->async_write = write_some;
		methods->blocking = [](MARIADB_PVIO *pvio, my_bool, my_bool *previous)
		{ return library.blocking(pvio, 0, previous); };
	}
}

/*
 * Runs connect_body() up to its next wait, with our methods in the place where a new connection takes them from, one for each address.
 * Nobody else in this process ever sees ours.
 */
bool Link::run_connect() noexcept
{
	auto *plugin =
		reinterpret_cast<TransportPlugin *>(mysql_client_find_plugin(&mysql_, "pvio_socket", transport_plugin_type));
	if (plugin == nullptr || plugin->interface_version != transport_plugin_version || plugin->methods == nullptr)
		return false;
	static st_ma_pvio_methods ours;
	st_ma_pvio_methods *original = plugin->methods;
	transport = *original;
	ours = transport;
	replace(&ours);
	plugin->methods = &ours;
	bool runs = true;
	if (fiber_.running())
		fiber_.resume();
	else
		runs = fiber_.start(connect_body, this);
	plugin->methods = original;
	return runs;
}

void Link::configure_library(const Settings &settings) noexcept
{
	const size_t stack = library_stack;
	const size_t packet = packet_limit;
	const unsigned int zero = 0;
	const my_bool off = 0;
	const my_bool on = 1;

	set("non-blocking calls", MYSQL_OPT_NONBLOCK, &stack);
	set("packet size", MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
	set("reconnect", MYSQL_OPT_RECONNECT, &off);
	set("secure authentication", MYSQL_SECURE_AUTH, &on);
	/* named, so that MARIADB_PLUGIN_DIR of the environment has no say */
	set("plugin directory", MYSQL_PLUGIN_DIR, MARIADB_PLUGINDIR);
	set("connect timeout", MYSQL_OPT_CONNECT_TIMEOUT, &zero);
	set("read timeout", MYSQL_OPT_READ_TIMEOUT, &zero);
	set("write timeout", MYSQL_OPT_WRITE_TIMEOUT, &zero);
	if (settings.compress)
		set("compression", MYSQL_OPT_COMPRESS, nullptr);

	/*
	 * With an authority the library verifies the chain, with the verify flag the name as well: so below verify_ca
	 * it is not told the authority. From 3.4 on it knows only both or neither.
	 */
	set("TLS", MYSQL_OPT_SSL_ENFORCE, settings.tls() ? &on : &off);
	set("TLS verification", MYSQL_OPT_SSL_VERIFY_SERVER_CERT,
		settings.tls_mode == FABRIC_TLS_VERIFY_IDENTITY ? &on : &off);
	if (settings.tls_mode == FABRIC_TLS_VERIFY_CA && mysql_get_client_version() >= 30400)
		refused_ = "TLS mode verify_ca (this client library verifies a certificate only with its name: use "
				   "verify_identity)";
	if (!settings.tls_verified())
		set("authentication methods", MARIADB_OPT_RESTRICTED_AUTH, sealed_authentication);
}

FabricStatus Link::wait(Call call, int status) noexcept
{
	call_ = call;
	wanted_ = status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);
	return (wanted_ & MYSQL_WAIT_WRITE) != 0 ? FABRIC_WANT_WRITE : FABRIC_WANT_READ;
}

void Link::connect_body(void *self) noexcept
{
	auto *link = static_cast<Link *>(self);
	const Settings &s = *link->settings_;
	MYSQL *made = nullptr;
	for (size_t i = 0; i < s.ways() && made == nullptr; i++)
	{
		if (i > 0 && (link->closing_ || !is_unreachable(mysql_errno(&link->mysql_))))
			break;
		/* An empty password, not none: for none the library looks into the environment. */
		int status = mysql_real_connect_start(&made, &link->mysql_, s.way(i), s.user.c_str(), s.password.c_str(),
											  s.database.empty() ? nullptr : s.database.c_str(), s.port,
											  s.socket_path(), connect_flags);
		while (status != 0)
		{
			link->wanted_ = status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);
			link->fiber_.pause();
			status = mysql_real_connect_cont(&made, &link->mysql_, link->closing_ ? MYSQL_WAIT_TIMEOUT : link->wanted_);
		}
	}
	link->connected_ = made != nullptr;
}

FabricStatus Link::connect(const Settings &) noexcept
{
	if (!run_connect())
		return FABRIC_ERROR;
	if (fiber_.running())
		return wait(Call::connect, wanted_);
	call_ = Call::none;
	if (!connected_)
		return FABRIC_ERROR;
	secured_ = mysql_get_ssl_cipher(&mysql_) != nullptr;
	return FABRIC_DONE;
}

FabricStatus Link::query(const char *sql, size_t size) noexcept
{
	int failed = 0;
	int status;
	if (call_ == Call::none)
	{
		sent_before_ = sent_;
		/* size 0 would make the library look for a terminating zero */
		status = mysql_real_query_start(&failed, &mysql_, size == 0 ? "" : sql, size);
	}
	else
		status = mysql_real_query_cont(&failed, &mysql_, wanted_);
	if (status != 0)
		return wait(Call::query, status);
	call_ = Call::none;
	return failed != 0 ? FABRIC_ERROR : FABRIC_DONE;
}

FabricStatus Link::next_result(int *found) noexcept
{
	int status =
		call_ == Call::none ? mysql_next_result_start(found, &mysql_) : mysql_next_result_cont(found, &mysql_, wanted_);
	if (status != 0)
		return wait(Call::next_result, status);
	call_ = Call::none;
	return FABRIC_DONE;
}

FabricStatus Link::ping() noexcept
{
	int failed = 0;
	if (call_ == Call::none)
		sent_before_ = sent_;
	int status = call_ == Call::none ? mysql_ping_start(&failed, &mysql_) : mysql_ping_cont(&failed, &mysql_, wanted_);
	if (status != 0)
		return wait(Call::ping, status);
	call_ = Call::none;
	return failed != 0 ? FABRIC_ERROR : FABRIC_DONE;
}

bool Link::at_end_of_result() const noexcept
{
	return mysql_.net.last_errno == 0 && mysql_.net.pvio != nullptr && mysql_.net.read_pos != nullptr &&
		   mysql_.net.read_pos[0] == 0xfe;
}

void Link::begin_rows() noexcept
{
	const NET &net = mysql_.net;
	sequence_ = static_cast<uint8_t>(net.compress ? net.read_pos[-1] + 1 : net.pkt_nr);
	position_ = received_ - read_ahead();
}

bool Link::end_is_whole() noexcept
{
	constexpr size_t end_size = 5; /* the library asks for no other kind of end */
	return at_end_of_result() && packets_took(end_size);
}

bool Link::something_is_left() const noexcept
{
	return read_ahead() > 0 || mysql_.net.remain_in_buf > 0 || has_input();
}

void Link::abandon(MYSQL_RES *result) noexcept
{
	if (result == nullptr)
		return;
	result->handle = nullptr; /* or the library would read the rest */
	mysql_free_result(result);
}

int Link::socket() const noexcept
{
	return handle();
}

int Link::handle() const noexcept
{
	if (!initialised_)
		return -1;
	/* answers (unsigned) -1 when there is none; takes no const */
	return static_cast<int>(mysql_get_socket(const_cast<Handle *>(&mysql_)));
}

bool Link::nothing_sent() const noexcept
{
	/* TLS writes do not come by */
	return !secured_ && sent_ == sent_before_;
}

/* Ends a suspended call from within, so that what lives on its stack is freed: each wait fails at once. */
void Link::unwind() noexcept
{
	for (int i = 0; call_ != Call::none && i < unwind_limit; i++)
	{
		int status = 0;
		int number = 0;
		if (call_ == Call::connect)
		{
			fiber_.resume();
			status = fiber_.running() ? 1 : 0;
		}
		else if (call_ == Call::query)
			status = mysql_real_query_cont(&number, &mysql_, MYSQL_WAIT_TIMEOUT);
		else if (call_ == Call::next_result)
			status = mysql_next_result_cont(&number, &mysql_, MYSQL_WAIT_TIMEOUT);
		else if (call_ == Call::ping)
			status = mysql_ping_cont(&number, &mysql_, MYSQL_WAIT_TIMEOUT);
		/* a suspended fetch holds nothing on its stack */
		if (status == 0)
			call_ = Call::none;
	}
}

void Link::close(bool goodbye) noexcept
{
	if (!initialised_)
		return;
	closing_ = true;
	if (!goodbye || in_flight())
	{
		if (handle() >= 0)
			shutdown(handle(), SHUT_RDWR);
		unwind();
		mysql_.net.error = 2; /* "do not use the socket": keeps mysql_close() from saying goodbye */
	}
	mysql_close(&mysql_);
	initialised_ = false;
}

} // namespace fabric::fdw::mysql

#endif
