/*
 * See client_lookup.hpp.
 */
#include "fdw/mysql/client_lookup.hpp"

#include <netdb.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace fabric::fdw::mysql
{

struct Lookup::Question
{
	explicit Question(std::string asked) : host(std::move(asked)) {}
	Question(const Question &) = delete;
	Question &operator=(const Question &) = delete;
	~Question()
	{
		if (wakeup >= 0)
			::close(wakeup);
	}

	/* Fills `failed` and `addresses`. */
	void ask(int flags)
	{
		struct addrinfo hints = {};
		hints.ai_family = AF_UNSPEC;
		hints.ai_socktype = SOCK_STREAM;
		hints.ai_protocol = IPPROTO_TCP;
		hints.ai_flags = flags;
		struct addrinfo *found = nullptr;
		failed = getaddrinfo(host.c_str(), nullptr, &hints, &found);
		if (failed != 0)
			return;
		for (const struct addrinfo *one = found; one != nullptr; one = one->ai_next)
		{
			char text[NI_MAXHOST];
			if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) == 0)
				addresses.emplace_back(text);
		}
		freeaddrinfo(found);
		if (addresses.empty())
			failed = EAI_NONAME;
	}

	std::string host;
	int wakeup = -1;
	int failed = EAI_AGAIN;
	std::vector<std::string> addresses;
	std::atomic<bool> over{false};
};

namespace
{

/* The host's signals are its own thread's: nothing is delivered to threads that start while this lives. */
class SignalsBlocked
{
public:
	SignalsBlocked() noexcept
	{
		sigset_t all;
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before_);
	}
	SignalsBlocked(const SignalsBlocked &) = delete;
	SignalsBlocked &operator=(const SignalsBlocked &) = delete;
	~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
	sigset_t before_;
};

} // namespace

void Lookup::start(const std::string &host) noexcept
{
	try
	{
		question_ = std::make_shared<Question>(host);
		question_->ask(AI_NUMERICHOST);
		if (question_->failed != 0)
		{
			question_->failed = EAI_AGAIN;
			question_->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		}
		if (question_->wakeup >= 0)
		{
			const SignalsBlocked blocked;
			std::thread(
				[question = question_]
				{
					try
					{
						question->ask(0);
					}
					catch (...)
					{
						question->failed = EAI_MEMORY;
					}
					question->over.store(true, std::memory_order_release);
					eventfd_write(question->wakeup, 1);
				})
				.detach();
			return;
		}
	}
	catch (...)
	{
		/* no memory, or no thread */
	}
	if (question_ != nullptr)
		question_->over = true;
}

bool Lookup::over() const noexcept
{
	return question_ == nullptr || question_->over.load(std::memory_order_acquire);
}

int Lookup::socket() const noexcept
{
	return question_ != nullptr ? question_->wakeup : -1;
}

const char *Lookup::failure() const noexcept
{
	if (question_ == nullptr)
		return gai_strerror(EAI_MEMORY);
	return question_->failed != 0 ? gai_strerror(question_->failed) : nullptr;
}

std::vector<std::string> Lookup::take() noexcept
{
	std::vector<std::string> addresses = std::move(question_->addresses);
	question_ = nullptr;
	return addresses;
}

} // namespace fabric::fdw::mysql
