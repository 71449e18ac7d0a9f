#include "filter/host.h"

#include <fmt/format.h>

#include "base/log.h"
#include "config/printable.h"
#include "filter/user_file.h"

namespace gladhand::filter {
namespace {

using Side = Passage::Side;

std::string_view view(gladhand_borrowed text) { return {text.data, text.size}; }
gladhand_borrowed borrowed(std::string_view text) { return {text.data(), text.size()}; }
Side side(gladhand_message message) { return message == GLADHAND_REQUEST ? Side::request : Side::reply; }

// The address alone of "address:port".
std::string_view host_in(std::string_view peer) {
  const std::string_view host = peer.substr(0, peer.rfind(':'));
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

std::int64_t now(const gladhand_host* host) { return static_cast<const Host*>(host)->clock.now().count(); }

void log_line(const gladhand_host*, gladhand_level level, gladhand_borrowed line) {
  const auto known = level == GLADHAND_ERROR ? log::Level::error : level == GLADHAND_WARNING ? log::Level::warning : log::Level::info;
  log::write(known, config::printable(view(line)));
}

int is_field(gladhand_borrowed name, gladhand_borrowed value) { return is_editable(view(name), view(value)); }

void refuse(gladhand_setup* setup, const gladhand_setting* about, gladhand_borrowed message) {
  const auto& values = setup->settings.values;
  const bool is_known = about && about >= values.data() && about < values.data() + values.size();
  const config::Place& place = is_known ? setup->settings.places[static_cast<std::size_t>(about - values.data())] : setup->use.place;
  const std::string text = fmt::format("plugin {}: {}", config::back_quoted(setup->use.name), view(message));
  setup->problems.push_back(setup->source.diagnose(config::Rule::bad_plugin_option, place, text));
}

void tag(gladhand_client* client, gladhand_borrowed text) { client->tag = view(text).substr(0, GLADHAND_TAG_BYTES); }

const gladhand_facts* facts(gladhand_exchange* x) {
  const timeline::ConnectionRecord& client = *x->passage.record().client;
  x->facts = facts_of(client, client.tag);
  return &x->facts;
}

const gladhand_request* request(gladhand_exchange* x) {
  const timeline::ExchangeRecord& record = x->passage.record();
  x->request = {sizeof(gladhand_request), borrowed(record.method), borrowed(record.scheme), borrowed(record.authority), borrowed(record.target)};
  return &x->request;
}

const gladhand_reply* reply(gladhand_exchange* x) {
  const http::Head* head = x->passage.reply();
  x->reply = {sizeof(gladhand_reply), head ? head->status : x->passage.record().status, head && head->has_body, GLADHAND_UNKNOWN};
  if (head && head->content_length) x->reply.length = static_cast<std::int64_t>(*head->content_length);
  return &x->reply;
}

int at(gladhand_exchange* x, gladhand_message message, std::size_t nth, gladhand_borrowed* name, gladhand_borrowed* value) {
  const http::Headers* fields = x->passage.fields(side(message));
  if (!fields || nth >= fields->size()) return 0;
  const http::Field& field = fields->begin()[static_cast<std::ptrdiff_t>(nth)];
  *name = borrowed(field.name);
  *value = borrowed(field.value);
  return 1;
}

int find(gladhand_exchange* x, gladhand_message message, gladhand_borrowed name, std::size_t nth, gladhand_borrowed* value) {
  const http::Headers* fields = x->passage.fields(side(message));
  if (!fields) return 0;
  for (const http::Field& field : *fields) {
    if (!http::equals_ignoring_case(field.name, view(name)) || nth-- > 0) continue;
    *value = borrowed(field.value);
    return 1;
  }
  return 0;
}

int set_field(gladhand_exchange* x, gladhand_message message, gladhand_borrowed name, gladhand_borrowed value) {
  return x->passage.set(side(message), view(name), view(value));
}
int add_field(gladhand_exchange* x, gladhand_message message, gladhand_borrowed name, gladhand_borrowed value) {
  return x->passage.add(side(message), view(name), view(value));
}
std::size_t remove_field(gladhand_exchange* x, gladhand_message message, gladhand_borrowed name) { return x->passage.remove(side(message), view(name)); }

void answer(gladhand_exchange* x, int status, gladhand_borrowed body) { x->passage.answer(static_cast<std::uint16_t>(status), view(body)); }
void send(gladhand_exchange* x, gladhand_borrowed bytes) { x->passage.send(view(bytes)); }

gladhand_users* users_open(gladhand_setup* setup, const gladhand_setting* path) {
  auto users = auth::load_users(std::string(view(path->text)));
  if (users) return new gladhand_users(*std::move(users), setup->clock);
  const config::Place& place = setup->settings.places[static_cast<std::size_t>(path - setup->settings.values.data())];
  const config::Rule rule = users.error().is_unreadable ? config::Rule::missing_file : config::Rule::bad_users;
  setup->problems.push_back(setup->source.diagnose(rule, place, users.error().message, users.error().hint));
  return nullptr;
}
void users_close(gladhand_users* users) { delete users; }
int users_known(gladhand_users* users, gladhand_borrowed authorization) {
  switch (users->known(view(authorization))) {
    case UserFile::Verdict::no: return 0;
    case UserFile::Verdict::yes: return 1;
    case UserFile::Verdict::unknown: break;
  }
  return GLADHAND_UNKNOWN;
}
int users_verify(gladhand_users* users, gladhand_borrowed authorization) { return users->verify(view(authorization)); }

}  // namespace

gladhand_facts facts_of(const timeline::ConnectionRecord& record, std::string_view tag) {
  gladhand_facts facts{};
  facts.size = sizeof facts;
  facts.id = record.id;
  facts.address = borrowed(host_in(record.peer));
  facts.sni = borrowed(record.sni);
  facts.ja4 = borrowed(record.tls.ja4.view());
  facts.tag = borrowed(tag);
  facts.is_tls = record.is_tls;
  facts.rtt = record.tcp.handshake_rtt ? record.tcp.handshake_rtt->count() : GLADHAND_UNKNOWN;
  facts.tls_took = GLADHAND_UNKNOWN;
  if (record.tls.version == timeline::TlsVersion::none) return facts;
  facts.tls_version = borrowed(timeline::kTlsVersionNames[timeline::index(record.tls.version)]);
  facts.cipher = borrowed(record.tls.cipher);
  facts.group = borrowed(record.tls.group);
  facts.alpn = borrowed(record.tls.alpn);
  facts.is_resumed = record.tls.resumed;
  if (const auto took = record.timeline.between(timeline::ConnectionMark::first_byte, timeline::ConnectionMark::secured)) facts.tls_took = took->count();
  return facts;
}

Host::Host(const Clock& c) : gladhand_host{}, clock(c) {
  size = sizeof(gladhand_host);
  abi = GLADHAND_ABI;
  now = filter::now;
  log = log_line;
  is_field = filter::is_field;
  refuse = filter::refuse;
  tag = filter::tag;
  facts = filter::facts;
  request = filter::request;
  reply = filter::reply;
  find = filter::find;
  at = filter::at;
  set = set_field;
  add = add_field;
  remove = remove_field;
  answer = filter::answer;
  send = filter::send;
  users_open = filter::users_open;
  users_close = filter::users_close;
  users_known = filter::users_known;
  users_verify = filter::users_verify;
}

}  // namespace gladhand::filter
