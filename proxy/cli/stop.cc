#include "cli/stop.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "cli/admin_client.h"
#include "cli/dial.h"
#include "cli/probe_trouble.h"

namespace gladhand::cli {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook(100);

json parsed(const AdminReply& reply) { return json::parse(reply.body, nullptr, false); }

// Tells one process from the next one at the same address. Empty: nobody is there.
std::string started(const std::string& admin) {
  const auto reply = ask_admin(admin, "GET", "/api/v1/status");
  if (!reply || !reply->is_ok()) return {};
  const json status = parsed(*reply);
  const auto found = status.find("started");
  return found != status.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Who takes connections without an answer hangs, and is there.
bool is_there(const std::string& admin, const std::string& process) {
  const int fd = dial(admin);
  if (fd < 0) return false;
  close(fd);
  const std::string now = started(admin);
  return now.empty() || now == process;
}

// Whether `process` was gone before the time was over; without one, it is waited for as long as it takes.
bool wait_for_end(const std::string& admin, const std::string& process, std::optional<steady_clock::duration> most) {
  const auto begin = steady_clock::now();
  while (is_there(admin, process)) {
    if (most && steady_clock::now() - begin > *most) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

}  // namespace

server::Exit run_stop(const StopOptions& options) {
  const std::string process = started(options.admin);
  const auto reply = process.empty() ? std::nullopt : ask_admin(options.admin, "POST", "/api/v1/stop");
  if (!reply) {
    tell_that_nobody_answers(options.admin);
    return server::Exit::could_not_start;
  }
  const json answer = parsed(*reply);
  if (!reply->is_ok() || !answer.is_object()) {
    std::fprintf(stderr, "who answers at %s does not stop: it answered %d\n%s", options.admin.c_str(), reply->status, reply->body.c_str());
    return server::Exit::could_not_start;
  }
  std::optional<steady_clock::duration> most;
  if (const auto within = answer.find("within"); within != answer.end() && within->is_number()) {
    most = std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double, std::micro>(within->get<double>()));
  }
  const std::string limit = most ? "for at most " + span_text(std::chrono::ceil<std::chrono::seconds>(*most)) : "for as long as it takes";
  std::fprintf(stderr, "the proxy at %s drains, %s\n", options.admin.c_str(), limit.c_str());
  if (!options.waits) return server::Exit::ok;
  if (!wait_for_end(options.admin, process, most)) {
    std::fprintf(stderr, "it is still there, although its deadline has passed; a second SIGTERM cuts what is left\n");
    return server::Exit::connections_cut;
  }
  std::fprintf(stderr, "it is gone\n");
  return server::Exit::ok;
}

}  // namespace gladhand::cli
