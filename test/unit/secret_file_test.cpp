/*
 * Tests of files that hold a secret: who may read them, what they are, where they lie.
 */
#include "core/secret_file.hpp"
#include "core/sqlstate.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace fabric::core;

namespace
{

class SecretFile : public testing::Test
{
protected:
	void SetUp() override
	{
		std::string name = (std::filesystem::temp_directory_path() / "fabric_secret_XXXXXX").string();
		ASSERT_NE(::mkdtemp(name.data()), nullptr);
		folder = std::filesystem::canonical(name).string();
	}
	void TearDown() override { std::filesystem::remove_all(folder); }

	std::string make(const std::string &name, const std::string &content, mode_t mode = 0600) const
	{
		const std::string path = folder + "/" + name;
		std::ofstream(path, std::ios::binary) << content;
		EXPECT_EQ(::chmod(path.c_str(), mode), 0);
		return path;
	}

	std::string state_of(const std::string &path, const std::string &outside = {}) const
	{
		const Result<SecretText> found = read_secret_file(path, "key file", outside);
		return found ? "" : found.error()->sqlstate;
	}

	std::string folder;
};

TEST_F(SecretFile, IsReadWhole)
{
	for (const std::string &content : {std::string(), std::string("a\0b\n", 4), std::string(longest_secret_file, 'x')})
		EXPECT_EQ(read_secret_file(make("key", content), "key file", {}).value().view(), content);
}

TEST_F(SecretFile, OthersMustNotReadIt)
{
	for (const mode_t mode : {0640, 0604, 0660, 0602, 0610, 0644, 0777})
		EXPECT_EQ(state_of(make("key", "x", mode)), sqlstate::insufficient_privilege) << std::oct << mode;
	for (const mode_t mode : {0600, 0400, 0700})
		EXPECT_EQ(state_of(make("key", "x", mode)), "") << std::oct << mode;
}

TEST_F(SecretFile, MustBeOurs)
{
	/* Only root gives files away; others have none of root's. */
	const std::string path = ::geteuid() == 0 ? make("key", "x") : "/etc/shadow";
	if (::geteuid() == 0)
	{
		ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
	}
	EXPECT_EQ(state_of(path), sqlstate::insufficient_privilege);
}

TEST_F(SecretFile, MustBeAFile)
{
	EXPECT_EQ(state_of(folder), sqlstate::wrong_object_type);
	EXPECT_EQ(state_of("/dev/zero"), sqlstate::wrong_object_type);
	const std::string pipe = folder + "/pipe";
	ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
	EXPECT_EQ(state_of(pipe), sqlstate::wrong_object_type);
	EXPECT_EQ(state_of(folder + "/none"), sqlstate::undefined_file);
	EXPECT_EQ(state_of(make("key", "x") + "/none"), sqlstate::undefined_file);
	EXPECT_EQ(state_of("key"), sqlstate::invalid_parameter_value);
	EXPECT_EQ(state_of(""), sqlstate::invalid_parameter_value);
	EXPECT_EQ(state_of(make("long", std::string(longest_secret_file + 1, 'x'))), sqlstate::program_limit_exceeded);
}

TEST_F(SecretFile, MustLieOutside)
{
	std::filesystem::create_directory(folder + "/data");
	const std::string inside = make("data/key", "x");
	const std::string beside = make("data.key", "x");
	EXPECT_EQ(state_of(inside, folder + "/data"), sqlstate::insufficient_privilege);
	EXPECT_EQ(state_of(beside, folder + "/data"), "");
	/* By a link, too. */
	std::filesystem::create_symlink(inside, folder + "/link");
	EXPECT_EQ(state_of(folder + "/link", folder + "/data"), sqlstate::insufficient_privilege);
	EXPECT_EQ(state_of(folder + "/link", {}), "");
	EXPECT_EQ(state_of(folder + "/data/../data.key", folder + "/data"), "");
}

TEST_F(SecretFile, MessagesNameThePathAndNotTheContent)
{
	const Result<SecretText> found = read_secret_file(make("key", "hidden", 0644), "key file", {});
	ASSERT_FALSE(found);
	EXPECT_NE(found.error()->message.find(folder + "/key"), std::string::npos);
	EXPECT_EQ(found.error()->message.find("hidden"), std::string::npos);
	EXPECT_NE(found.error()->hint.find("chmod"), std::string::npos);
}

} // namespace
