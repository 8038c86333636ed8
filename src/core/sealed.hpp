/*
 * Sealed texts: AES-256-GCM (by OpenSSL) under a ring of keys, each text bound to what it is for.
 *
 * A sealed text is one byte of version (1), the key's id (8 bytes), a nonce (12), the ciphertext (as long as the text) and GCM's tag
 * (16). The id is the beginning of a hash of the key: it tells which key opens a text, and nothing about the key. Nonces are random,
 * so one key is good for 2^32 texts (NIST SP 800-38D, 8.3). What a text is bound to is authenticated with it (GCM's associated data)
 * and not part of it: a text that is moved to another owner does not open.
 *
 * Lifecycle: plain values. Keys and opened texts are wiped when they go.
 */
#ifndef FABRIC_CORE_SEALED_HPP
#define FABRIC_CORE_SEALED_HPP

#include "core/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fabric::core
{

/* A text that is wiped when it goes. Never copied. */
class SecretText
{
public:
	SecretText() = default;
	explicit SecretText(std::size_t size) : bytes_(size) {}
	explicit SecretText(std::string_view text) : bytes_(text.begin(), text.end()) {}
	SecretText(SecretText &&other) noexcept : bytes_(std::move(other.bytes_)) {}
	SecretText &operator=(SecretText &&other) noexcept;
	SecretText(const SecretText &) = delete;
	SecretText &operator=(const SecretText &) = delete;
	~SecretText();

	std::string_view view() const noexcept { return {bytes_.data(), bytes_.size()}; }
	char *data() noexcept { return bytes_.data(); }

private:
	void wipe() noexcept;

	std::vector<char> bytes_;
};

using KeyId = std::array<std::uint8_t, 8>;

struct SealingKey
{
	std::array<std::uint8_t, 32> bytes;
	KeyId id;

	explicit SealingKey(const std::array<std::uint8_t, 32> &key) noexcept;
	SealingKey(const SealingKey &) = default;
	SealingKey &operator=(const SealingKey &) = default;
	~SealingKey();
};

/* The keys of a key file: the first one seals, all of them open. */
class KeyRing
{
public:
	/*
	 * Reads a key file's text: a key on each line, as 44 characters of base64 or 64 hexadecimal digits; blank lines and those that
	 * begin with # count for nothing. invalid_parameter_value, which names the line and shows nothing of it, when one is no key, when
	 * a key comes twice, when there is none, or more than 100.
	 */
	static Result<KeyRing> parse(std::string_view text);

	const SealingKey &current() const noexcept { return keys_.front(); }
	const SealingKey *find(const KeyId &id) const noexcept;
	std::size_t size() const noexcept { return keys_.size(); }

private:
	std::vector<SealingKey> keys_;
};

/* A new key as a line of a key file, without its end. */
Result<SecretText> new_key();

/* The longest text that is sealed, in bytes. */
inline constexpr std::size_t longest_sealed = 1 << 20;

/*
 * Seals a text under the ring's current key. program_limit_exceeded when it is longer than longest_sealed; system_error when OpenSSL
 * refuses.
 */
Result<std::vector<std::uint8_t>> seal(const KeyRing &ring, std::string_view bound_to, std::string_view text);

/*
 * Opens a sealed text. object_not_in_prerequisite_state when the ring has not its key; data_corrupted when it is none, was changed, or is
 * bound to something else.
 */
Result<SecretText> unseal(const KeyRing &ring, std::string_view bound_to, std::basic_string_view<std::uint8_t> sealed);

/* The id of the key that opens a sealed text; data_corrupted when it is none. */
Result<KeyId> key_of(std::basic_string_view<std::uint8_t> sealed);

/* An id as 16 hexadecimal digits. */
std::string to_text(const KeyId &id);

/* What texts of several parts are bound to: each part with its length before it, so that no two lists of parts are alike. */
std::string binding_of(std::initializer_list<std::string_view> parts);

} // namespace fabric::core

#endif
