// The file anew, with what it names: published whole, or not at all.
#include "server/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "config/read.h"
#include "support/scratch_folder.h"
#include "support/sockets.h"
#include "tls/certificate.h"

namespace gladhand::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kPlain = R"(
[server]
admin = "off"
[log]
access = { format = "off" }
[[listener]]
name    = "web"
address = "127.0.0.1:0"
[[route]]
upstream = "http://127.0.0.1:9"
)";

constexpr std::string_view kSecure = R"(
[server]
admin = "off"
[[listener]]
address = "127.0.0.1:0"
tls     = { certificates = ["web"] }
[certificate.web]
cert = "cert.pem"
key  = "key.pem"
[[route]]
upstream = "http://127.0.0.1:9"
)";

std::ptrdiff_t open_files() { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); }

class ReloadTest : public testing::Test {
 protected:
  void TearDown() override {
    for (const int fd : sockets) ::close(fd);
  }
  Reload& start(std::string_view text) {
    write(text);
    config::Result read = config::read_file(path);
    EXPECT_THAT(read.diagnostics, IsEmpty());
    auto prepared = prepare(read.config, read.source, options);
    EXPECT_TRUE(prepared);
    observe::Names names;
    auto ids = *names.learn(read.config);
    keep(*prepared);
    const auto first = std::make_shared<const Snapshot>(Snapshot{read.config, std::move(*prepared), ids});
    reload.emplace(first, names, options, Origin{std::move(read.source), [this] { return config::read_file(path); }}, [this](const SnapshotPtr& next, const observe::Names&) {
      keep(next->prepared);
      published.push_back(next);
    });
    return *reload;
  }
  void keep(const Prepared& prepared) {
    for (const auto& of_one : prepared.sockets) sockets.insert(of_one.begin(), of_one.end());
  }
  void write(std::string_view text) { path = folder.file("gladhand.toml", std::string(text)); }
  void write_pair(const tls::CertificatePair& pair) {
    folder.file("cert.pem", pair.chain_pem);
    folder.file("key.pem", pair.key_pem);
  }
  std::string changed(std::string_view text, std::string_view from, std::string_view to) {
    std::string result(text);
    result.replace(result.find(from), from.size(), to);
    return result;
  }
  const config::Listener& listener() { return reload->running()->config.listeners.front(); }

  const test::ScratchFolder folder;
  std::string path;
  StartOptions options{.workers = 2};
  std::set<int> sockets;
  std::vector<SnapshotPtr> published;
  std::optional<Reload> reload;
};

TEST_F(ReloadTest, what_the_file_says_now_is_published) {
  start(kPlain);
  write(changed(kPlain, "127.0.0.1:9", "127.0.0.1:10"));
  EXPECT_THAT(reload->run().problems, IsEmpty());
  ASSERT_EQ(published.size(), 1u);
  EXPECT_EQ(published.front()->config.upstreams.front().name, "http://127.0.0.1:10");
  EXPECT_THAT(published.front()->ids.upstreams, ElementsAre(1));
  EXPECT_EQ(reload->running(), published.front());
  EXPECT_TRUE(reload->facts().was_successful);
  EXPECT_EQ(reload->facts().reloads_ok, 1u);
}

TEST_F(ReloadTest, a_file_that_is_wrong_changes_nothing_and_is_said_whole) {
  start(kPlain);
  const auto before = reload->running();
  write(changed(changed(kPlain, "address = ", "adress = "), "9\"", "none\""));
  const auto outcome = reload->run();
  EXPECT_EQ(outcome.problems.size(), 2u) << config::render(outcome.problems);
  EXPECT_THAT(published, IsEmpty());
  EXPECT_EQ(reload->running(), before);
  EXPECT_FALSE(reload->facts().was_successful);
  EXPECT_EQ(reload->facts().reloads_failed, 1u);
  EXPECT_THAT(to_text(outcome), HasSubstr("did you mean `address`?"));
  EXPECT_THAT(to_text(outcome), HasSubstr("2 errors; the running configuration was not changed"));
  const auto json = nlohmann::json::parse(to_json(outcome));
  EXPECT_EQ(json["result"], "failed");
  EXPECT_EQ(json["errors"][0]["code"], "E012");
  write(kPlain);
  reload->run();
  EXPECT_TRUE(reload->facts().was_successful);
}

TEST_F(ReloadTest, a_file_that_is_gone_changes_nothing) {
  start(kPlain);
  std::filesystem::remove(path);
  EXPECT_EQ(reload->run().problems.front().rule, config::Rule::unreadable_file);
  EXPECT_THAT(published, IsEmpty());
}

TEST_F(ReloadTest, a_socket_whose_address_stays_is_the_same_socket) {
  start(kPlain);
  const auto before = reload->running();
  write(changed(kPlain, "[[route]]", "[[listener]]\nname = \"more\"\naddress = \"127.0.0.1:0\"\n[[route]]"));
  EXPECT_THAT(reload->run().problems, IsEmpty());
  EXPECT_EQ(reload->running()->prepared.sockets[0], before->prepared.sockets[0]);
  EXPECT_EQ(reload->running()->prepared.addresses[0], before->prepared.addresses[0]);
  EXPECT_EQ(reload->running()->prepared.sockets[1].size(), options.workers);
}

TEST_F(ReloadTest, an_address_in_other_words_is_the_same_socket) {
  start(kPlain);
  const auto before = reload->running();
  write(changed(kPlain, "127.0.0.1:0", before->prepared.addresses[0].to_string()));
  EXPECT_THAT(reload->run().problems, IsEmpty());
  EXPECT_EQ(reload->running()->prepared.sockets[0], before->prepared.sockets[0]);
}

TEST_F(ReloadTest, an_address_that_is_taken_changes_nothing_and_leaves_no_socket_behind) {
  start(kPlain);
  const test::Socket other = test::Socket::listening();
  const auto files = open_files();
  write(changed(kPlain, "[[route]]",
                fmt::format("[[listener]]\naddress = \"127.0.0.1:0\"\n[[listener]]\naddress = \"{}\"\n[[route]]", other.address().to_string())));
  const auto outcome = reload->run();
  ASSERT_EQ(outcome.problems.size(), 1u);
  EXPECT_EQ(outcome.problems.front().rule, config::Rule::address_in_use);
  EXPECT_GT(outcome.problems.front().place.line, 0u);
  EXPECT_THAT(published, IsEmpty());
  EXPECT_EQ(open_files(), files);
}

TEST_F(ReloadTest, a_wider_address_takes_the_place_of_a_narrower_one) {
  start(kPlain);
  const std::uint16_t port = reload->running()->prepared.addresses[0].port();
  write(changed(kPlain, "127.0.0.1:0", fmt::format("0.0.0.0:{}", port)));
  const auto outcome = reload->run();
  EXPECT_THAT(outcome.problems, IsEmpty()) << to_text(outcome);
}

TEST_F(ReloadTest, what_cannot_change_is_named_and_stays) {
  start(kPlain);
  write(changed(changed(kPlain, "\"off\"", "\"127.0.0.1:0\"\nworkers = 7"), "format = \"off\"", "format = \"json\", file = \"elsewhere.log\""));
  const auto outcome = reload->run();
  EXPECT_THAT(outcome.problems, IsEmpty()) << to_text(outcome);
  EXPECT_THAT(outcome.unchanged, ElementsAre("server.workers", "server.admin", "log.access.format", "log.access.file"));
  const config::Config& running = reload->running()->config;
  EXPECT_EQ(running.server.workers, 0u);
  EXPECT_EQ(running.server.admin, "");
  EXPECT_EQ(running.log.access.format, config::AccessFormat::off);
  EXPECT_EQ(reload->running()->prepared.admin_socket, -1);
  EXPECT_EQ(nlohmann::json::parse(to_json(outcome))["unchanged"].size(), 4u);
  EXPECT_EQ(to_json({}), "{\"result\":\"ok\",\"unchanged\":[]}\n");
}

TEST_F(ReloadTest, without_a_file_there_is_nothing_to_read) {
  const Reload& started = start(kPlain);
  Reload without(started.running(), {}, options, {}, [](const SnapshotPtr&, const observe::Names&) { FAIL(); });
  EXPECT_FALSE(without.can_read_again());
  EXPECT_EQ(without.run().problems.front().rule, config::Rule::no_file);
}

TEST_F(ReloadTest, a_host_that_does_not_resolve_just_now_keeps_its_addresses) {
  start(changed(kPlain, "127.0.0.1:9", "localhost:9"));
  Prepared known = prepare_again({reload->running()->config, reload->running()->prepared}, {}, reload->running()->prepared.files).value();
  config::Config config = reload->running()->config;
  config.upstreams[0].endpoints[0].host = "does-not-exist.invalid";
  const Running running{config, known};
  auto prepared = prepare(config, {}, options, &running);
  ASSERT_TRUE(prepared);
  EXPECT_EQ(prepared->endpoints, known.endpoints);
  EXPECT_FALSE(prepare(config, {}, options));
}

// ---- Files that change by themselves ------------------------------------------------------------------------------------------

class ReloadFilesTest : public ReloadTest {
 protected:
  ReloadFilesTest() {
    write_pair(first);
    start(kSecure);
  }
  const std::string& shown() { return reload->running()->prepared.certificates[0][0].chain_pem; }
  std::int64_t until() { return reload->facts().not_after.at(0).second; }

  const tls::CertificatePair first = tls::make_self_signed({"localhost"}, 2);
  const tls::CertificatePair second = tls::make_self_signed({"localhost"}, 3);
};

TEST_F(ReloadFilesTest, nothing_is_published_while_they_hold_what_they_held) {
  reload->run_for_files();
  write_pair(first);
  reload->run_for_files();
  EXPECT_THAT(published, IsEmpty());
}

TEST_F(ReloadFilesTest, a_new_pair_is_published_with_everything_else_as_it_was) {
  const auto before = reload->running();
  const std::int64_t first_until = until();
  write_pair(second);
  reload->run_for_files();
  ASSERT_EQ(published.size(), 1u);
  EXPECT_EQ(shown(), second.chain_pem);
  EXPECT_EQ(reload->running()->prepared.sockets, before->prepared.sockets);
  EXPECT_EQ(reload->running()->prepared.endpoints, before->prepared.endpoints);
  EXPECT_EQ(reload->running()->ids.listeners, before->ids.listeners);
  EXPECT_EQ(reload->facts().certificates_ok, 1u);
  EXPECT_EQ(reload->facts().reloads_ok, 0u);
  EXPECT_NEAR(static_cast<double>(until() - first_until), 86'400, 60);
}

TEST_F(ReloadFilesTest, a_pair_that_does_not_match_keeps_the_old_one_and_counts_once) {
  folder.file("cert.pem", second.chain_pem);
  reload->run_for_files();
  reload->run_for_files();
  EXPECT_THAT(published, IsEmpty());
  EXPECT_EQ(shown(), first.chain_pem);
  EXPECT_EQ(reload->facts().certificates_failed, 1u);
  folder.file("key.pem", second.key_pem);
  reload->run_for_files();
  EXPECT_EQ(shown(), second.chain_pem);
  EXPECT_EQ(reload->facts().certificates_ok, 1u);
  folder.file("cert.pem", first.chain_pem);
  reload->run_for_files();
  EXPECT_EQ(reload->facts().certificates_failed, 2u) << "it is wrong anew";
}

TEST_F(ReloadFilesTest, a_file_that_is_gone_keeps_what_it_held) {
  std::filesystem::remove(std::filesystem::path(path).parent_path() / "key.pem");
  reload->run_for_files();
  EXPECT_THAT(published, IsEmpty());
  EXPECT_EQ(reload->facts().certificates_failed, 1u);
  EXPECT_TRUE(reload->facts().was_successful) << "that is about the configuration itself";
}

TEST_F(ReloadFilesTest, a_reload_with_a_pair_that_does_not_match_changes_nothing) {
  folder.file("key.pem", second.key_pem);
  EXPECT_EQ(reload->run().problems.front().rule, config::Rule::bad_certificate);
  EXPECT_THAT(published, IsEmpty());
}

TEST_F(ReloadFilesTest, all_paths_are_known_to_be_watched) {
  const std::string folder_path = std::filesystem::path(path).parent_path();
  EXPECT_THAT(paths_of(reload->running()->config), ElementsAre(folder_path + "/cert.pem", folder_path + "/key.pem"));
}

}  // namespace
}  // namespace gladhand::server
