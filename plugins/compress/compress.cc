// compress: sends texts in fewer bytes to clients that take them so.
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "compress/accepted.h"
#include "compress/encoder.h"
#include "shared/cpp.h"

namespace {

using namespace plugins;

enum Option : std::size_t { encodings, types, min_size, gzip_level, brotli_quality };

constexpr gladhand_option kOptions[] = {
    {"encodings", GLADHAND_STRINGS, 0, 0, 0, "[\"br\", \"gzip\"]", "What is offered, the preferred one first."},
    {"types", GLADHAND_STRINGS, 0, 0, 0, "texts, scripts, JSON, XML, SVG, WebAssembly", "Media types that are compressed, or \"text/*\" for all of a kind. text/event-stream never is."},
    {"min_size", GLADHAND_BYTES, 0, 0, 0, "\"1KiB\"", "Replies that are known to be smaller are left as they are."},
    {"gzip_level", GLADHAND_INTEGER, 0, 1, 9, "5", "1 is fast, 9 is small."},
    {"brotli_quality", GLADHAND_INTEGER, 0, 0, 11, "4", "0 is fast, 11 is small, and so slow that it is for nobody who waits."},
};

struct Compress {
  const gladhand_host* host;
  std::vector<Encoding> encodings;
  std::vector<std::string> types;
  std::int64_t min_size = 1024;
  int gzip_level = 5;
  int brotli_quality = 4;
};

struct Body {
  std::unique_ptr<Encoder> encoder;
  std::string out;
};

const Compress& of(gladhand_owned self) { return *static_cast<const Compress*>(self); }

bool has_member(const gladhand_host* host, gladhand_exchange* x, gladhand_message message, std::string_view name, std::string_view wanted) {
  bool found = false;
  gladhand_borrowed value{};
  for (std::size_t i = 0; host->find(x, message, borrowed(name), i, &value); ++i) {
    for_each_member(view(value), ',', [&](std::string_view member) { found |= equals_ignoring_case(member, wanted); });
  }
  return found;
}

bool is_type(std::string_view pattern, std::string_view type) {
  if (!pattern.ends_with("/*")) return equals_ignoring_case(pattern, type);
  pattern.remove_suffix(1);
  return equals_ignoring_case(pattern, type.substr(0, pattern.size()));
}

// Whether the reply is one that some client gets compressed: what caches have to know.
bool is_compressible(const Compress& compress, gladhand_exchange* x) {
  const gladhand_host* host = compress.host;
  const auto has = [&](std::string_view name) { return !field(host, x, GLADHAND_REPLY, name).empty(); };
  const std::string_view content_type = field(host, x, GLADHAND_REPLY, "Content-Type");
  const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
  const bool is_known = std::ranges::any_of(compress.types, [&](const std::string& pattern) { return is_type(pattern, type); });
  // Server-sent events are to arrive one by one, however small, and flushing each would make them larger.
  if (!is_known || equals_ignoring_case(type, "text/event-stream")) return false;
  const gladhand_reply& reply = *host->reply(x);
  if (reply.status == 204) return false;
  if (reply.status == 206 || has("Content-Range")) return false;                         // offsets are those of the original
  if (has("Content-Encoding") || has_member(host, x, GLADHAND_REPLY, "Cache-Control", "no-transform")) return false;
  if (has("Content-Digest") || has("Digest") || has("Content-MD5")) return false;        // vouch for the bytes as they are
  return reply.length == GLADHAND_UNKNOWN || reply.length >= compress.min_size;
}

void vary(const gladhand_host* host, gladhand_exchange* x) {
  if (has_member(host, x, GLADHAND_REPLY, "Vary", "Accept-Encoding") || has_member(host, x, GLADHAND_REPLY, "Vary", "*")) return;
  host->add(x, GLADHAND_REPLY, gladhand_text("Vary"), gladhand_text("Accept-Encoding"));
}

// The compressed bytes are another representation: its tag may only say that both mean the same (RFC 9110 section 8.8.1).
void weaken_tag(const gladhand_host* host, gladhand_exchange* x) {
  const std::string tag(field(host, x, GLADHAND_REPLY, "ETag"));
  if (tag.starts_with('"')) set(host, x, GLADHAND_REPLY, "ETag", "W/" + tag);
}

// A client whose copy has a weakened tag has the compressed one. It keeps that, and takes the fields of a 304 for it
// (RFC 9110 section 15.4.5), which says nothing of its type.
void confirm_copy(const gladhand_host* host, gladhand_exchange* x) {
  const std::string_view tag = field(host, x, GLADHAND_REPLY, "ETag");
  if (!tag.starts_with('"')) return;
  const std::string weak = "W/" + std::string(tag);
  gladhand_borrowed known{};
  for (std::size_t i = 0; host->find(x, GLADHAND_REQUEST, gladhand_text("If-None-Match"), i, &known); ++i) {
    if (view(known).find(weak) == std::string_view::npos) continue;
    vary(host, x);
    return weaken_tag(host, x);
  }
}

gladhand_owned configure(const gladhand_host* host, gladhand_setup* setup, const gladhand_setting* settings, std::size_t count) {
  auto made = std::make_unique<Compress>(Compress{.host = host});
  for (const gladhand_setting* s = settings; s != settings + count; ++s) {
    const std::string_view text = view(s->text);
    switch (s->option) {
      case encodings: {
        const Encoding encoding = text == "br" ? Encoding::br : Encoding::gzip;
        if (text != name(encoding)) refuse(host, setup, s, "an encoding is \"br\" or \"gzip\"");
        made->encodings.push_back(encoding);
        break;
      }
      case types:
        if (text.find('/') == std::string_view::npos) refuse(host, setup, s, "a media type is type/subtype, or type/* for all of a kind");
        made->types.emplace_back(text);
        break;
      case min_size: made->min_size = s->number; break;
      case gzip_level: made->gzip_level = static_cast<int>(s->number); break;
      case brotli_quality: made->brotli_quality = static_cast<int>(s->number); break;
      default: break;
    }
  }
  if (made->encodings.empty()) made->encodings = {Encoding::br, Encoding::gzip};
  if (made->types.empty()) {
    made->types = {"text/*", "application/javascript", "application/json", "application/ld+json", "application/manifest+json", "application/xml",
                   "application/xhtml+xml", "application/rss+xml", "application/atom+xml", "application/wasm", "image/svg+xml"};
  }
  return made.release();
}

int on_reply_head(gladhand_owned self, gladhand_exchange* x, gladhand_owned* state) {
  const Compress& compress = of(self);
  const gladhand_host* host = compress.host;
  const gladhand_reply& reply = *host->reply(x);
  if (reply.status == 304) confirm_copy(host, x);
  if (!is_compressible(compress, x)) return GLADHAND_GO_ON;
  vary(host, x);
  // What HEAD is told of a GET's reply is what that one will be (RFC 9110 section 9.3.2).
  const bool is_head = view(host->request(x)->method) == "HEAD" && reply.status != 304;
  if ((!reply.has_body && !is_head) || has_member(host, x, GLADHAND_REQUEST, "Cache-Control", "no-transform")) return GLADHAND_GO_ON;
  std::string accepted;
  gladhand_borrowed value{};
  for (std::size_t i = 0; host->find(x, GLADHAND_REQUEST, gladhand_text("Accept-Encoding"), i, &value); ++i) accepted.append(view(value)).append(",");
  const auto encoding = chosen(accepted, compress.encodings);
  if (!encoding) return GLADHAND_GO_ON;
  auto body = std::make_unique<Body>(Body{Encoder::make(*encoding, *encoding == Encoding::gzip ? compress.gzip_level : compress.brotli_quality), {}});
  if (!body->encoder) return GLADHAND_GO_ON;
  set(host, x, GLADHAND_REPLY, "Content-Encoding", name(*encoding));
  host->remove(x, GLADHAND_REPLY, gladhand_text("Accept-Ranges"));
  weaken_tag(host, x);
  *state = body.release();
  return GLADHAND_TAKE_BODY;
}

void on_reply_body(gladhand_owned self, gladhand_exchange* x, gladhand_owned* state, gladhand_borrowed bytes, int is_last) {
  auto& body = *static_cast<Body*>(*state);
  body.out.clear();
  body.encoder->encode(view(bytes), is_last != 0, body.out);
  of(self).host->send(x, borrowed(body.out));
}

constexpr gladhand_plugin kPlugin{
    .size = sizeof(gladhand_plugin),
    .abi = GLADHAND_ABI,
    .name = "compress",
    .help = "Compresses replies for clients that take them so.",
    .options = kOptions,
    .option_count = std::size(kOptions),
    .configure = configure,
    .destroy = destroy<Compress>,
    .on_reply_head = on_reply_head,
    .on_reply_body = on_reply_body,
    .release = release<Body>,
};

}  // namespace

extern "C" GLADHAND_PLUGIN_ENTRY(compress) { return &kPlugin; }
