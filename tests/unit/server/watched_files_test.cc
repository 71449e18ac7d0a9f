// Files that change in the ways in which certificates do.
#include "server/watched_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/loop_rig.h"
#include "support/scratch_folder.h"

namespace gladhand::server {
namespace {

namespace fs = std::filesystem;

class WatchedFilesTest : public testing::Test {
 protected:
  // What watch() looks at first has been looked at.
  void watch(std::vector<std::string> paths) {
    files.watch(std::move(paths));
    EXPECT_TRUE(changes_to(1)) << "they may have changed since they were read";
    changes = 0;
  }
  bool changes_to(int wanted) {
    return rig.run_until([&] { return changes >= wanted; }, std::chrono::seconds(5)) && changes == wanted;
  }
  bool stays_quiet() {
    rig.run_until([&] { return changes > 0; }, 2 * WatchedFiles::kSettle);
    return changes == 0;
  }

  const test::ScratchFolder folder;
  test::LoopRig rig;
  int changes = 0;
  WatchedFiles files{rig.loop, [this] { ++changes; }};
};

TEST_F(WatchedFilesTest, a_file_that_is_written_again_is_noticed_once) {
  const std::string path = folder.file("cert.pem", "old");
  watch({path});
  folder.file("cert.pem", "newer");
  EXPECT_TRUE(changes_to(1));
  EXPECT_TRUE(rig.run_until([&] { return true; }));
}

TEST_F(WatchedFilesTest, a_file_that_is_renamed_into_place_is_noticed) {
  const std::string path = folder.file("cert.pem", "same");
  watch({path});
  fs::rename(folder.file("next.pem", "same"), path);
  EXPECT_TRUE(changes_to(1));
}

TEST_F(WatchedFilesTest, two_files_that_change_together_are_noticed_together) {
  const std::string cert = folder.file("cert.pem", "1");
  const std::string key = folder.file("key.pem", "1");
  watch({cert, key});
  folder.file("cert.pem", "22");
  folder.file("key.pem", "22");
  EXPECT_TRUE(changes_to(1));
  changes = 0;
  EXPECT_TRUE(stays_quiet());
}

// As Kubernetes does it with the files of a Secret.
TEST_F(WatchedFilesTest, a_link_beside_the_links_that_leads_elsewhere_is_noticed) {
  const fs::path root = fs::path(folder.file("mark", "")).parent_path();
  for (const char* version : {"..1", "..2"}) {
    fs::create_directory(root / version);
    folder.file(std::string(version) + "/tls.crt", version);
  }
  fs::create_directory_symlink("..1", root / "..data");
  fs::create_symlink("..data/tls.crt", root / "tls.crt");
  watch({root / "tls.crt"});
  fs::create_directory_symlink("..2", root / "..tmp");
  fs::rename(root / "..tmp", root / "..data");
  EXPECT_TRUE(changes_to(1));
}

TEST_F(WatchedFilesTest, other_files_of_the_folder_are_nobodys_business) {
  const std::string path = folder.file("cert.pem", "old");
  watch({path});
  folder.file("other.pem", "new");
  EXPECT_TRUE(stays_quiet());
}

TEST_F(WatchedFilesTest, a_folder_that_is_written_to_all_the_time_does_not_put_it_off) {
  const std::string path = folder.file("cert.pem", "old");
  watch({path});
  folder.file("cert.pem", "newer");
  int lines = 0;
  EXPECT_TRUE(rig.run_until([&] { return folder.file("access.log", std::to_string(++lines)), changes == 1; }, std::chrono::seconds(5)));
}

TEST_F(WatchedFilesTest, a_file_that_goes_and_comes_back_is_noticed_both_times) {
  const std::string path = folder.file("cert.pem", "old");
  watch({path});
  fs::remove(path);
  EXPECT_TRUE(changes_to(1));
  folder.file("cert.pem", "old");
  EXPECT_TRUE(changes_to(2));
}

// Each of what tells one file from another tells by itself.
TEST_F(WatchedFilesTest, a_file_of_the_same_time_but_another_size_is_noticed) {
  const std::string path = folder.file("cert.pem", "old");
  const auto time = fs::last_write_time(path);
  watch({path});
  folder.file("cert.pem", "longer");
  fs::last_write_time(path, time);
  EXPECT_TRUE(changes_to(1));
}

TEST_F(WatchedFilesTest, another_file_of_the_same_time_and_size_is_noticed) {
  const std::string path = folder.file("cert.pem", "old");
  const std::string next = folder.file("next.pem", "new");
  fs::last_write_time(next, fs::last_write_time(path));
  watch({path});
  fs::rename(next, path);
  EXPECT_TRUE(changes_to(1));
}

TEST_F(WatchedFilesTest, a_file_that_is_written_again_within_the_same_second_is_noticed) {
  const std::string path = folder.file("cert.pem", "old");
  const auto second = std::chrono::floor<std::chrono::seconds>(fs::last_write_time(path));
  fs::last_write_time(path, second + std::chrono::milliseconds(1));
  watch({path});
  folder.file("cert.pem", "new");
  fs::last_write_time(path, second + std::chrono::milliseconds(2));
  EXPECT_TRUE(changes_to(1));
}

TEST_F(WatchedFilesTest, what_changes_after_a_change_is_noticed_as_soon) {
  const std::string path = folder.file("cert.pem", "1");
  watch({path});
  folder.file("cert.pem", "22");
  EXPECT_TRUE(changes_to(1));
  folder.file("cert.pem", "333");
  EXPECT_TRUE(changes_to(2));
}

TEST_F(WatchedFilesTest, a_folder_that_was_replaced_is_watched_anew) {
  const fs::path root = fs::path(folder.file("mark", "")).parent_path();
  fs::create_directory(root / "certs");
  const std::string path = folder.file("certs/cert.pem", "1");
  WatchedFiles often(rig.loop, [&] { ++changes; }, std::chrono::milliseconds(1500));
  often.watch({path});
  EXPECT_TRUE(changes_to(1));
  fs::rename(root / "certs", root / "before");
  fs::create_directory(root / "certs");
  folder.file("certs/cert.pem", "22");
  EXPECT_TRUE(changes_to(2)) << "by a look: of the new folder nothing is told yet";
  const auto looked = std::chrono::steady_clock::now();
  folder.file("certs/cert.pem", "333");
  EXPECT_TRUE(changes_to(3));
  EXPECT_LT(std::chrono::steady_clock::now() - looked, std::chrono::milliseconds(1300)) << "told, and not found by the next look";
}

TEST_F(WatchedFilesTest, to_watch_the_same_files_again_is_no_change_of_them) {
  const std::string path = folder.file("cert.pem", "old");
  watch({path});
  files.watch({path});
  EXPECT_TRUE(stays_quiet());
  folder.file("cert.pem", "newer");
  EXPECT_TRUE(changes_to(1));
}

TEST_F(WatchedFilesTest, a_bare_name_is_one_of_the_folder_that_we_stand_in) {
  const fs::path before = fs::current_path();
  fs::current_path(fs::path(folder.file("cert.pem", "old")).parent_path());
  watch({"cert.pem"});
  folder.file("cert.pem", "newer");
  EXPECT_TRUE(changes_to(1));
  fs::current_path(before);
}

TEST_F(WatchedFilesTest, after_stop_nothing_is_noticed) {
  const std::string path = folder.file("cert.pem", "old");
  watch({path});
  files.stop();
  folder.file("cert.pem", "newer");
  EXPECT_TRUE(stays_quiet());
}

// Behind a link to a folder, of which the kernel tells nothing.
TEST_F(WatchedFilesTest, what_is_not_told_is_found_by_looking) {
  const fs::path root = fs::path(folder.file("mark", "")).parent_path();
  for (const char* version : {"1", "2"}) {
    fs::create_directory(root / version);
    folder.file(std::string(version) + "/cert.pem", version);
  }
  fs::create_directory(root / "links");
  fs::create_directory_symlink(root / "1", root / "links/now");
  int found = 0;
  WatchedFiles often(rig.loop, [&] { ++found; }, std::chrono::milliseconds(20));
  often.watch({root / "links/now/cert.pem"});
  EXPECT_TRUE(rig.run_until([&] { return found == 1; }));
  fs::create_directory_symlink(root / "2", root / "links/next");
  fs::rename(root / "links/next", root / "links/now");
  EXPECT_TRUE(rig.run_until([&] { return found == 2; }));
}

}  // namespace
}  // namespace gladhand::server
