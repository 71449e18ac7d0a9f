#include "observe/log_file.h"

#include <csignal>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/observe/sample.h"

namespace gladhand::observe {
namespace {

constexpr auto kPatience = 100ms;
const std::atomic<bool> kUnhurried{false};
const std::atomic<bool> kHurried{true};

TEST(LogFile, appends_to_what_is_there) {
  test::ScratchFolder scratch;
  std::ofstream(scratch / "log") << "before\n";
  auto file = LogFile::open(scratch / "log", kPatience);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->write("one\ntw", "o\n", kUnhurried), 8u);
  EXPECT_EQ(read_all(scratch / "log"), "before\none\ntwo\n");
}

TEST(LogFile, a_new_file_is_not_for_everybody_to_read) {
  test::ScratchFolder scratch;
  auto file = LogFile::open(scratch / "log", kPatience);
  ASSERT_TRUE(file);
  struct stat status;
  ASSERT_EQ(stat((scratch / "log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07u, 0u);
}

TEST(LogFile, a_place_that_cannot_be_written_to_is_an_error_that_says_why) {
  test::ScratchFolder scratch;
  const auto file = LogFile::open(scratch / "missing/log", kPatience);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().detail, "No such file or directory");
}

TEST(LogFile, reopening_goes_on_in_the_file_that_has_the_name) {
  test::ScratchFolder scratch;
  auto file = LogFile::open(scratch / "log", kPatience);
  ASSERT_TRUE(file);
  file->write("old\n", "", kUnhurried);
  std::filesystem::rename(scratch / "log", scratch / "log.1");
  file->write("still old\n", "", kUnhurried);
  ASSERT_TRUE(file->reopen());
  ASSERT_TRUE(file->reopen());
  file->write("new\n", "", kUnhurried);
  EXPECT_EQ(read_all(scratch / "log.1"), "old\nstill old\n");
  EXPECT_EQ(read_all(scratch / "log"), "new\n");
}

TEST(LogFile, a_reopening_that_fails_changes_nothing) {
  test::ScratchFolder scratch;
  std::filesystem::create_directory(scratch / "d");
  auto file = LogFile::open(scratch / "d/log", kPatience);
  ASSERT_TRUE(file);
  std::filesystem::rename(scratch / "d", scratch / "e");
  EXPECT_FALSE(file->reopen());
  file->write("line\n", "", kUnhurried);
  EXPECT_EQ(read_all(scratch / "e/log"), "line\n");
}

// A FIFO with a reader that this test controls.
class Fifo {
 public:
  explicit Fifo(const std::string& path) {
    mkfifo(path.c_str(), 0600);
    reader_ = open(path.c_str(), O_RDONLY | O_NONBLOCK);
  }
  ~Fifo() { close_reader(); }
  std::string read_available() {
    std::string bytes;
    char piece[4096];
    for (ssize_t n; (n = ::read(reader_, piece, sizeof piece)) > 0;) bytes.append(piece, static_cast<std::size_t>(n));
    return bytes;
  }
  void close_reader() {
    if (reader_ >= 0) close(reader_);
    reader_ = -1;
  }

 private:
  int reader_;
};

TEST(LogFile, a_fifo_without_a_reader_is_refused_instead_of_waited_for) {
  test::ScratchFolder scratch;
  Fifo fifo(scratch / "fifo");
  fifo.close_reader();
  EXPECT_FALSE(LogFile::open(scratch / "fifo", kPatience));
}

TEST(LogFile, in_a_hurry_a_reader_that_has_stopped_is_given_up_and_the_next_line_begins_anew) {
  test::ScratchFolder scratch;
  Fifo fifo(scratch / "fifo");
  auto file = LogFile::open(scratch / "fifo", kPatience);
  ASSERT_TRUE(file);
  const std::string much(1'000'000, 'x');
  const std::size_t written = file->write(much, "\n", kHurried);
  EXPECT_GT(written, 0u);
  EXPECT_LT(written, much.size());
  EXPECT_EQ(fifo.read_available(), much.substr(0, written));

  EXPECT_EQ(file->write("next\n", "", kHurried), 5u);
  EXPECT_EQ(fifo.read_available(), "\nnext\n");
}

TEST(LogFile, a_reader_that_is_gone_loses_the_bytes_and_not_the_process) {
  std::signal(SIGPIPE, SIG_IGN);  // the thread of the access log blocks it
  test::ScratchFolder scratch;
  Fifo fifo(scratch / "fifo");
  auto file = LogFile::open(scratch / "fifo", kPatience);
  ASSERT_TRUE(file);
  fifo.close_reader();
  EXPECT_EQ(file->write("line\n", "", kUnhurried), 0u);
  std::signal(SIGPIPE, SIG_DFL);
}

// Lets files grow to so many bytes for as long as it lives: a disk that is full.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~SizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_;
  void (*handler_)(int);
};

TEST(LogFile, after_a_full_disk_lines_are_whole_again) {
  test::ScratchFolder scratch;
  auto file = LogFile::open(scratch / "log", kPatience);
  ASSERT_TRUE(file);
  {
    SizeLimit disk(10);
    EXPECT_EQ(file->write("one\ntw", "o\nthree\n", kUnhurried), 10u);
    EXPECT_EQ(file->write("lost\n", "", kUnhurried), 0u);
  }
  EXPECT_EQ(file->write("four\n", "", kUnhurried), 5u);
  EXPECT_EQ(read_all(scratch / "log"), "one\ntwo\nth\nfour\n");
}

}  // namespace
}  // namespace gladhand::observe
