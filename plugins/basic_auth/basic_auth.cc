// basic_auth: asks for a name and a password (RFC 7617).
#include <iterator>
#include <memory>
#include <string>

#include "shared/cpp.h"

namespace {

using namespace plugins;

enum Option : std::size_t { users, realm, keep_field };

constexpr gladhand_option kOptions[] = {
    {"users", GLADHAND_FILE, 1, 0, 0, "", "File of those who may come, as `htpasswd -B` writes it, relative to the configuration; read at start."},
    {"realm", GLADHAND_STRING, 0, 0, 0, "\"gladhand\"", "What clients are told that they log in to."},
    {"keep_field", GLADHAND_BOOLEAN, 0, 0, 0, "false", "Let upstreams see Authorization, and with it the password."},
};

struct BasicAuth {
  const gladhand_host* host;
  gladhand_users* users = nullptr;
  std::string challenge;
  bool keeps_field = false;

  BasicAuth(const gladhand_host* h) : host(h) {}
  BasicAuth(const BasicAuth&) = delete;
  BasicAuth& operator=(const BasicAuth&) = delete;
  ~BasicAuth() {
    if (users) host->users_close(users);
  }
};

// A password that is being verified.
struct Question {
  std::string authorization;
  int verdict = GLADHAND_UNKNOWN;
};

const BasicAuth& of(gladhand_owned self) { return *static_cast<const BasicAuth*>(self); }

gladhand_owned configure(const gladhand_host* host, gladhand_setup* setup, const gladhand_setting* settings, std::size_t count) {
  auto made = std::make_unique<BasicAuth>(host);
  std::string_view name = "gladhand";
  for (const gladhand_setting* s = settings; s != settings + count; ++s) {
    if (s->option == users) made->users = host->users_open(setup, s);
    if (s->option == keep_field) made->keeps_field = s->number != 0;
    if (s->option != realm) continue;
    name = view(s->text);
    const bool is_quotable = name.find_first_of("\"\\") == std::string_view::npos;
    if (!is_quotable || name.empty() || !host->is_field(gladhand_text("Realm"), s->text)) refuse(host, setup, s, "`realm` is text without quotes and backslashes");
  }
  made->challenge = "Basic realm=\"" + std::string(name) + "\", charset=\"UTF-8\"";
  return made.release();
}

int on_request_head(gladhand_owned self, gladhand_exchange* x, gladhand_owned* state) {
  const BasicAuth& auth = of(self);
  int verdict = GLADHAND_UNKNOWN;
  if (const auto* question = static_cast<const Question*>(*state)) {
    verdict = question->verdict;
  } else {
    const std::string_view authorization = field(auth.host, x, GLADHAND_REQUEST, "Authorization");
    verdict = auth.host->users_known(auth.users, borrowed(authorization));
    if (verdict == GLADHAND_UNKNOWN) {
      *state = new Question{.authorization = std::string(authorization)};
      return GLADHAND_ASIDE;
    }
  }
  if (verdict == 1) {
    if (!auth.keeps_field) auth.host->remove(x, GLADHAND_REQUEST, gladhand_text("Authorization"));
    return GLADHAND_GO_ON;
  }
  answer(auth.host, x, 401, "401 Unauthorized\n");
  set(auth.host, x, GLADHAND_REPLY, "WWW-Authenticate", auth.challenge);
  return GLADHAND_ANSWERED;
}

void aside(gladhand_owned self, gladhand_owned state) {
  auto& question = *static_cast<Question*>(state);
  question.verdict = of(self).host->users_verify(of(self).users, borrowed(question.authorization));
}

constexpr gladhand_plugin kPlugin{
    .size = sizeof(gladhand_plugin),
    .abi = GLADHAND_ABI,
    .name = "basic_auth",
    .help = "Lets those in who know a password.",
    .options = kOptions,
    .option_count = std::size(kOptions),
    .configure = configure,
    .destroy = destroy<BasicAuth>,
    .on_request_head = on_request_head,
    .aside = aside,
    .release = release<Question>,
};

}  // namespace

extern "C" GLADHAND_PLUGIN_ENTRY(basic_auth) { return &kPlugin; }
