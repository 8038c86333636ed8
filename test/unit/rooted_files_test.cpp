/*
 * Tests of files below a root: what is refused, however the path is made, and what patterns find.
 */
#include "core/rooted_files.hpp"
#include "core/sqlstate.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace fabric::core;
namespace fs = std::filesystem;

namespace
{

class RootedFiles : public ::testing::Test
{
protected:
	void SetUp() override
	{
		std::string name = (fs::temp_directory_path() / "rooted_XXXXXX").string();
		ASSERT_NE(mkdtemp(name.data()), nullptr);
		base_ = name;
		fs::create_directories(base_ / "root/sub/deep");
		fs::create_directories(base_ / "root/year=2020");
		fs::create_directories(base_ / "root/year=2021");
		fs::create_directories(base_ / "root-beside");
		for (const char *file : {"root/a.csv", "root/b.csv", "root/sub/c.csv", "root/sub/deep/d.csv",
								 "root/sub/.hidden.csv", "root/sub/_SUCCESS", "root/year=2020/x.parquet",
								 "root/year=2021/x.parquet", "root/[odd].csv", "outside.csv", "root-beside/e.csv"})
			write(file, file);
		Result<RootDirectory> opened = RootDirectory::open((base_ / "root").string());
		ASSERT_TRUE(opened.ok()) << opened.error()->message;
		root_.emplace(std::move(opened).value());
	}

	void TearDown() override
	{
		std::error_code ignored;
		fs::permissions(base_ / "root/sub", fs::perms::owner_all, ignored);
		fs::remove_all(base_, ignored);
	}

	void write(const std::string &file, const std::string &text) { std::ofstream(base_ / file) << text; }

	std::vector<std::string> find(const std::string &pattern)
	{
		Result<std::vector<FoundFile>> found = root_->find(pattern);
		if (!found.ok())
			return {std::string("error ") + found.error()->sqlstate + ": " + found.error()->message};
		std::vector<std::string> paths;
		for (const FoundFile &file : found.value())
			paths.push_back(file.path);
		return paths;
	}

	std::string refusal(const std::string &path)
	{
		Result<RootedFile> file = root_->open_file(path);
		return file.ok() ? "opened" : file.error()->sqlstate;
	}

	fs::path base_;
	std::optional<RootDirectory> root_;
};

using Paths = std::vector<std::string>;

TEST_F(RootedFiles, OpensWhatLiesBelow)
{
	Result<RootedFile> file = root_->open_file("sub/c.csv");
	ASSERT_TRUE(file.ok());
	char text[64] = "";
	EXPECT_EQ(read(file.value().descriptor.get(), text, sizeof text), 14);
	EXPECT_STREQ(text, "root/sub/c.csv");
	EXPECT_EQ(file.value().identity.size, 14);
	EXPECT_EQ(identity_of(file.value().descriptor.get()).value(), file.value().identity);
	EXPECT_EQ(refusal("./sub//c.csv"), "opened");
}

TEST_F(RootedFiles, RefusesWhatLiesOutside)
{
	EXPECT_EQ(refusal("../outside.csv"), sqlstate::insufficient_privilege);
	EXPECT_EQ(refusal("sub/../../outside.csv"), sqlstate::insufficient_privilege);
	EXPECT_EQ(refusal("sub/../a.csv"), sqlstate::insufficient_privilege); /* by its text, wherever it leads */
	EXPECT_EQ(refusal((base_ / "root/a.csv").string()), sqlstate::insufficient_privilege);
	EXPECT_EQ(refusal("/etc/passwd"), sqlstate::insufficient_privilege);
	EXPECT_EQ(refusal(""), sqlstate::invalid_parameter_value);
	EXPECT_EQ(refusal(std::string("a.csv\0x", 7)), sqlstate::invalid_parameter_value);
	EXPECT_EQ(refusal("nothing.csv"), sqlstate::undefined_file);
	EXPECT_EQ(refusal("a.csv/x"), sqlstate::undefined_file);
}

TEST_F(RootedFiles, LinksMayLeadWithinButNotOut)
{
	fs::create_symlink("a.csv", base_ / "root/within.csv");
	fs::create_symlink("../outside.csv", base_ / "root/out.csv");
	fs::create_symlink("/etc", base_ / "root/etc");
	fs::create_directory_symlink("../root-beside", base_ / "root/beside"); /* whose name begins like the root's */
	fs::create_symlink("nowhere", base_ / "root/dangling.csv");
	EXPECT_EQ(refusal("within.csv"), "opened");
	EXPECT_EQ(refusal("out.csv"), sqlstate::insufficient_privilege);
	EXPECT_EQ(refusal("etc/passwd"), sqlstate::insufficient_privilege);
	EXPECT_EQ(refusal("beside/e.csv"), sqlstate::insufficient_privilege);
	EXPECT_EQ(refusal("dangling.csv"), sqlstate::undefined_file);
	EXPECT_NE(find("etc/*")[0].find(sqlstate::insufficient_privilege), std::string::npos);
	EXPECT_NE(find("bes*/*")[0].find(sqlstate::insufficient_privilege), std::string::npos);
	EXPECT_NE(find("*.csv")[0].find("error"), std::string::npos);
}

TEST_F(RootedFiles, NeverOpensAnythingButRegularFiles)
{
	ASSERT_EQ(mkfifo((base_ / "root/fifo.csv").c_str(), 0600), 0);
	const int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", (base_ / "root/socket").c_str());
	ASSERT_EQ(bind(socket_fd, reinterpret_cast<sockaddr *>(&address), sizeof address), 0);
	EXPECT_EQ(refusal("fifo.csv"), sqlstate::wrong_object_type); /* and does not wait for a writer */
	EXPECT_EQ(refusal("socket"), sqlstate::wrong_object_type);
	EXPECT_EQ(refusal("sub"), sqlstate::wrong_object_type);
	EXPECT_NE(find("fi*")[0].find("FIFO"), std::string::npos);
	close(socket_fd);
	Result<RootDirectory> devices = RootDirectory::open("/dev");
	ASSERT_TRUE(devices.ok());
	Result<RootedFile> null = devices.value().open_file("null");
	ASSERT_FALSE(null.ok());
	EXPECT_STREQ(null.error()->sqlstate, sqlstate::wrong_object_type);
}

TEST_F(RootedFiles, PatternsFindFilesInByteOrder)
{
	EXPECT_EQ(find("a.csv"), (Paths{"a.csv"}));
	EXPECT_EQ(find("[ab].csv"), (Paths{"a.csv", "b.csv"}));
	EXPECT_EQ(find("?.csv"), (Paths{"a.csv", "b.csv"}));
	EXPECT_EQ(find("*.csv"), (Paths{"[odd].csv", "a.csv", "b.csv"}));
	EXPECT_EQ(find("[[]odd].csv"), (Paths{"[odd].csv"}));
	EXPECT_EQ(find("*/x.parquet"), (Paths{"year=2020/x.parquet", "year=2021/x.parquet"}));
	EXPECT_EQ(find("**/*.csv"), (Paths{"[odd].csv", "a.csv", "b.csv", "sub/c.csv", "sub/deep/d.csv"}));
	EXPECT_EQ(find("**/d.csv"), (Paths{"sub/deep/d.csv"}));
	EXPECT_EQ(find("sub/**/d.csv"), (Paths{"sub/deep/d.csv"}));
	EXPECT_EQ(find("**/**/d.csv"), (Paths{"sub/deep/d.csv"})); /* once */
	EXPECT_EQ(find("sub/.h*"), (Paths{"sub/.hidden.csv"}));
	EXPECT_EQ(find("sub/_*"), (Paths{"sub/_SUCCESS"}));
	EXPECT_NE(find("*.nothing")[0].find(sqlstate::undefined_file), std::string::npos);
	EXPECT_NE(find("../*")[0].find(sqlstate::insufficient_privilege), std::string::npos);
}

TEST_F(RootedFiles, ADirectoryMeansAllThatIsDataBelow)
{
	EXPECT_EQ(find("sub"), (Paths{"sub/c.csv", "sub/deep/d.csv"}));
	EXPECT_EQ(find("sub/"), (Paths{"sub/c.csv", "sub/deep/d.csv"}));
	EXPECT_EQ(find("year=*"), (Paths{"year=2020/x.parquet", "year=2021/x.parquet"}));
	EXPECT_EQ(find(".").size(), 7u);
	fs::create_directory(base_ / "root/empty");
	EXPECT_NE(find("empty")[0].find(sqlstate::undefined_file), std::string::npos);
}

TEST_F(RootedFiles, ADirectoryHasEntries)
{
	fs::create_symlink("/etc", base_ / "root/sub/out");
	fs::create_symlink("deep", base_ / "root/sub/link");
	ASSERT_EQ(mkfifo((base_ / "root/sub/fifo").c_str(), 0600), 0);
	std::string found;
	for (const RootDirectory::Entry &entry : root_->entries("sub").value())
		found += entry.name + (entry.directory ? "/ " : " ");
	EXPECT_EQ(found, "c.csv deep/ link/ ");
	EXPECT_STREQ(root_->entries("a.csv").error()->sqlstate, sqlstate::wrong_object_type);
	EXPECT_STREQ(root_->entries("nothing").error()->sqlstate, sqlstate::undefined_file);
	EXPECT_STREQ(root_->entries("../root").error()->sqlstate, sqlstate::insufficient_privilege);
	EXPECT_TRUE(root_->entries(".").ok());
}

TEST_F(RootedFiles, NothingIsPassedOverInSilence)
{
	fs::create_directory_symlink("..", base_ / "root/sub/loop");
	EXPECT_NE(find("sub")[0].find("leads back"), std::string::npos);
	EXPECT_NE(find("**/*.csv")[0].find("leads back"), std::string::npos);
	fs::remove(base_ / "root/sub/loop");
	if (geteuid() != 0) /* who may read everything */
	{
		fs::permissions(base_ / "root/sub", fs::perms::owner_exec);
		EXPECT_NE(find("**/*.csv")[0].find(sqlstate::insufficient_privilege), std::string::npos);
		EXPECT_EQ(find("sub/c.csv"), (Paths{"sub/c.csv"})); /* need not be listed */
	}
}

TEST_F(RootedFiles, AFileThatChangesIsAnother)
{
	RootedFile before = root_->open_file("a.csv").value();
	write("root/new.csv", "root/a.cs2");
	fs::rename(base_ / "root/new.csv", base_ / "root/a.csv");
	EXPECT_NE(root_->open_file("a.csv").value().identity, before.identity);
	RootedFile b = root_->open_file("b.csv").value();
	std::ofstream(base_ / "root/b.csv", std::ios::app) << "more";
	EXPECT_NE(identity_of(b.descriptor.get()).value(), b.identity);
}

TEST_F(RootedFiles, ASearchStopsWhenTold)
{
	int asked = 0;
	const auto third = [&] { return ++asked == 3; };
	Result<std::vector<FoundFile>> found = root_->find("**/*.csv", third);
	ASSERT_FALSE(found.ok());
	EXPECT_STREQ(found.error()->sqlstate, sqlstate::query_canceled);
	EXPECT_EQ(asked, 3);
	EXPECT_STREQ(root_->entries(".", [] { return true; }).error()->sqlstate, sqlstate::query_canceled);
}

TEST_F(RootedFiles, TheRootItselfIsResolved)
{
	fs::create_directory_symlink("root", base_ / "link");
	Result<RootDirectory> opened = RootDirectory::open((base_ / "link").string());
	ASSERT_TRUE(opened.ok());
	EXPECT_EQ(opened.value().path(), fs::canonical(base_ / "root").string());
	EXPECT_TRUE(opened.value().open_file("a.csv").ok());
	EXPECT_FALSE(RootDirectory::open("relative").ok());
	EXPECT_FALSE(RootDirectory::open((base_ / "outside.csv").string()).ok());
	EXPECT_FALSE(RootDirectory::open((base_ / "missing").string()).ok());
}

} // namespace
