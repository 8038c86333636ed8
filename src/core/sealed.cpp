/*
 * AES-256-GCM by OpenSSL's EVP interface. See sealed.hpp.
 */
#include "core/sealed.hpp"

#include "core/sqlstate.hpp"

#include <algorithm>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace fabric::core
{

namespace
{

using Bytes = std::basic_string_view<std::uint8_t>;

constexpr std::uint8_t version = 1;
constexpr std::size_t id_size = std::tuple_size_v<KeyId>;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t head_size = 1 + id_size + nonce_size;
constexpr std::size_t key_size = 32;
constexpr std::size_t most_keys = 100;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const std::uint8_t *bytes_of(std::string_view text) noexcept
{
	return reinterpret_cast<const std::uint8_t *>(text.data());
}

Error openssl_error()
{
	return Error(sqlstate::system_error, "OpenSSL refuses to encrypt",
				 "AES-256-GCM or its random numbers are not available.");
}

Error no_sealed_text()
{
	return Error(sqlstate::data_corrupted, "the stored bytes are no sealed text");
}

int digit_of(char c) noexcept
{
	if (c >= '0' && c <= '9')
		return c - '0';
	const char lower = static_cast<char>(c | 0x20);
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool read_hexadecimal(std::string_view text, std::array<std::uint8_t, key_size> *key) noexcept
{
	for (std::size_t i = 0; i < key_size; ++i)
	{
		const int high = digit_of(text[2 * i]);
		const int low = digit_of(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		(*key)[i] = static_cast<std::uint8_t>(high * 16 + low);
	}
	return true;
}

bool read_base64(std::string_view text, std::array<std::uint8_t, key_size> *key) noexcept
{
	/* OpenSSL decodes to whole groups of three bytes. */
	std::array<std::uint8_t, key_size + 1> decoded;
	if (text.find('=') != text.size() - 1)
		return false;
	const int size = EVP_DecodeBlock(decoded.data(), bytes_of(text), static_cast<int>(text.size()));
	std::copy_n(decoded.begin(), key_size, key->begin());
	OPENSSL_cleanse(decoded.data(), decoded.size());
	return size == static_cast<int>(decoded.size());
}

bool read_key(std::string_view text, std::array<std::uint8_t, key_size> *key) noexcept
{
	if (text.size() == 2 * key_size)
		return read_hexadecimal(text, key);
	return text.size() == 44 && read_base64(text, key);
}

std::string_view trimmed(std::string_view line) noexcept
{
	constexpr const char *blanks = " \t\r";
	const std::size_t first = line.find_first_not_of(blanks);
	return first == line.npos ? std::string_view() : line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

} // namespace

/* ---- what is wiped ---- */

void SecretText::wipe() noexcept
{
	OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

SecretText::~SecretText()
{
	wipe();
}

SecretText &SecretText::operator=(SecretText &&other) noexcept
{
	if (this != &other)
	{
		wipe();
		bytes_ = std::move(other.bytes_);
	}
	return *this;
}

SealingKey::SealingKey(const std::array<std::uint8_t, 32> &key) noexcept : bytes(key)
{
	constexpr std::string_view purpose = "pg_fabric key";
	std::array<std::uint8_t, purpose.size() + key_size> named;
	std::copy(purpose.begin(), purpose.end(), named.begin());
	std::copy(key.begin(), key.end(), named.begin() + purpose.size());
	std::array<std::uint8_t, SHA256_DIGEST_LENGTH> hash;
	SHA256(named.data(), named.size(), hash.data());
	std::copy_n(hash.begin(), id_size, id.begin());
	OPENSSL_cleanse(named.data(), named.size());
}

SealingKey::~SealingKey()
{
	OPENSSL_cleanse(bytes.data(), bytes.size());
}

/* ---- keys ---- */

Result<KeyRing> KeyRing::parse(std::string_view text)
{
	KeyRing ring;
	std::array<std::uint8_t, key_size> key;
	std::size_t number = 0;
	const auto refuse = [&](const std::string &what)
	{
		OPENSSL_cleanse(key.data(), key.size());
		return Error(sqlstate::invalid_parameter_value, what, {},
					 "A key is 32 random bytes, a line of base64 or hexadecimal: openssl rand -base64 32");
	};
	while (!text.empty())
	{
		const std::size_t end = std::min(text.find('\n'), text.size());
		const std::string_view line = trimmed(text.substr(0, end));
		text.remove_prefix(std::min(end + 1, text.size()));
		++number;
		if (line.empty() || line.front() == '#')
			continue;
		if (!read_key(line, &key))
			return refuse("line " + std::to_string(number) + " of the key file is no key");
		const SealingKey found(key);
		if (ring.find(found.id) != nullptr)
			return refuse("line " + std::to_string(number) + " of the key file has a key that it has already");
		if (ring.keys_.size() == most_keys)
			return refuse("the key file has more than " + std::to_string(most_keys) + " keys");
		ring.keys_.push_back(found);
	}
	if (ring.keys_.empty())
		return refuse("the key file has no key");
	OPENSSL_cleanse(key.data(), key.size());
	return ring;
}

const SealingKey *KeyRing::find(const KeyId &id) const noexcept
{
	const auto at = std::find_if(keys_.begin(), keys_.end(), [&](const SealingKey &key) { return key.id == id; });
	return at != keys_.end() ? &*at : nullptr;
}

Result<SecretText> new_key()
{
	std::array<std::uint8_t, key_size> key;
	if (RAND_priv_bytes(key.data(), key.size()) != 1)
		return openssl_error();
	SecretText line(45); /* EVP_EncodeBlock ends with a NUL */
	const int size = EVP_EncodeBlock(reinterpret_cast<std::uint8_t *>(line.data()), key.data(), key.size());
	OPENSSL_cleanse(key.data(), key.size());
	return SecretText(line.view().substr(0, static_cast<std::size_t>(size)));
}

/* ---- texts ---- */

Result<std::vector<std::uint8_t>> seal(const KeyRing &ring, std::string_view bound_to, std::string_view text)
{
	if (text.size() > longest_sealed)
		return Error(sqlstate::program_limit_exceeded,
					 "a secret of " + std::to_string(text.size()) + " bytes is too long", {},
					 "A secret has at most " + std::to_string(longest_sealed) + " bytes.");
	const SealingKey &key = ring.current();
	std::vector<std::uint8_t> sealed(head_size + text.size() + tag_size);
	std::uint8_t *const nonce = sealed.data() + 1 + id_size;
	std::uint8_t *const out = sealed.data() + head_size;
	sealed[0] = version;
	std::copy(key.id.begin(), key.id.end(), sealed.begin() + 1);
	const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
	int size = 0;
	if (cipher == nullptr || RAND_bytes(nonce, nonce_size) != 1 ||
		EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.bytes.data(), nonce) != 1 ||
		EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(bound_to), static_cast<int>(bound_to.size())) != 1 ||
		EVP_EncryptUpdate(cipher.get(), out, &size, bytes_of(text), static_cast<int>(text.size())) != 1 ||
		EVP_EncryptFinal_ex(cipher.get(), out + text.size(), &size) != 1 ||
		EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, out + text.size()) != 1)
		return openssl_error();
	return sealed;
}

Result<KeyId> key_of(Bytes sealed)
{
	if (sealed.size() < head_size + tag_size || sealed[0] != version)
		return no_sealed_text();
	KeyId id;
	std::copy_n(sealed.begin() + 1, id_size, id.begin());
	return id;
}

Result<SecretText> unseal(const KeyRing &ring, std::string_view bound_to, Bytes sealed)
{
	const Result<KeyId> id = key_of(sealed);
	if (!id)
		return *id.error();
	const SealingKey *const key = ring.find(id.value());
	if (key == nullptr)
		return Error(sqlstate::object_not_in_prerequisite_state,
					 "the key \"" + to_text(id.value()) + "\" is not in the key file");
	const std::uint8_t *const nonce = sealed.data() + 1 + id_size;
	const std::size_t text_size = sealed.size() - head_size - tag_size;
	std::array<std::uint8_t, tag_size> tag;
	std::copy_n(sealed.end() - tag_size, tag_size, tag.begin());
	SecretText text(text_size);
	std::uint8_t *const out = reinterpret_cast<std::uint8_t *>(text.data());
	std::uint8_t rest[tag_size];
	const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
	int size = 0;
	if (cipher == nullptr ||
		EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key->bytes.data(), nonce) != 1 ||
		EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(bound_to), static_cast<int>(bound_to.size())) != 1 ||
		EVP_DecryptUpdate(cipher.get(), out, &size, sealed.data() + head_size, static_cast<int>(text_size)) != 1 ||
		EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) != 1)
		return openssl_error();
	if (EVP_DecryptFinal_ex(cipher.get(), rest, &size) != 1)
		return Error(sqlstate::data_corrupted, "the sealed text was changed, or is bound to something else");
	return text;
}

std::string to_text(const KeyId &id)
{
	constexpr const char *digits = "0123456789abcdef";
	std::string text;
	for (const std::uint8_t byte : id)
	{
		text += digits[byte >> 4];
		text += digits[byte & 15];
	}
	return text;
}

std::string binding_of(std::initializer_list<std::string_view> parts)
{
	std::string bound;
	for (const std::string_view part : parts)
	{
		bound += std::to_string(part.size());
		bound += ':';
		bound += part;
	}
	return bound;
}

} // namespace fabric::core
