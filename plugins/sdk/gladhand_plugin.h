/* A plugin of Gladhand, the proxy that measures handshakes: all that one needs to be written.
 *
 * A plugin is a shared object with one exported function, gladhand_plugin_entry(), which returns a description of it: its
 * name, its options, and its hooks. A hook may be null. In C or in C++ (an exception must not leave a hook):
 *
 *     static int on_reply_head(void* self, gladhand_exchange* x, void** state) {
 *       host->set(x, GLADHAND_REPLY, GLADHAND_TEXT("X-Greeting"), GLADHAND_TEXT("hello"));
 *       return GLADHAND_GO_ON;
 *     }
 *     static const gladhand_plugin plugin = {.size = sizeof plugin, .abi = GLADHAND_ABI, .name = "greet",
 *                                            .help = "Greets.", .configure = configure, .on_reply_head = on_reply_head};
 *     GLADHAND_PLUGIN_ENTRY(greet) { return &plugin; }
 *
 * What happens to a request, and when:
 *
 *     a client connects ── TLS ──► on_handshake ── each request: ──► on_request_head ──► the upstream
 *                                  (of listeners)                     (may answer)           │
 *                          client ◄── on_reply_body ◄── on_reply_head ◄──────────────────────┘ ── over ──► on_finished
 *
 * A request passes the plugins in the order of the configuration, the listener's before its route's; the reply comes back
 * in reverse order. What a plugin answers passes those that stand before it; what Gladhand itself answers because of an
 * error passes none.
 *
 * Threads. Each use of a plugin in a configuration is configured once, which makes one `self`. Gladhand has several worker
 * threads, and all of them call hooks with that `self`, at the same time: read it, or guard what you change in it.
 * Everything of one exchange, its state included, is touched by one thread at a time. A hook must not block: hundreds of
 * other requests wait for its thread. What takes long belongs into aside().
 *
 * Versions. A number and a size tell what both ends know: GLADHAND_ABI changes when something that is here is changed or
 * taken away, and a plugin of another number is refused; the structs that begin with a size grow at their ends, so a plugin
 * that was built against an older header goes on working. What lies behind `size` must not be read.
 */
#ifndef GLADHAND_PLUGIN_H
#define GLADHAND_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define GLADHAND_ABI 1u

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Memory: whose it is, by its type ---------------------------------------------------------------------------- */

/* Bytes that belong to whoever hands them over, and may be gone when the call that they were handed over in or by has
 * returned: copy what you keep. Nothing is zero-terminated. What you hand to Gladhand is copied by it. */
typedef struct gladhand_borrowed {
  const char* data;
  size_t size;
} gladhand_borrowed;

/* Zero-terminated text that is there as long as the plugin is loaded: a literal. */
typedef const char* gladhand_static;

/* Yours. Gladhand keeps the pointer, never looks behind it, and gives it back to be freed. */
typedef void* gladhand_owned;

/* Gladhand's, valid during the hook that it is given to. */
typedef struct gladhand_setup gladhand_setup;       /* one configure() */
typedef struct gladhand_client gladhand_client;     /* a client's connection */
typedef struct gladhand_exchange gladhand_exchange; /* one request and its reply */
/* Gladhand's, valid until users_close(). */
typedef struct gladhand_users gladhand_users; /* a file of htpasswd(1) */
/* Gladhand's, valid until destroy(). */
typedef struct gladhand_host gladhand_host; /* what it does for plugins; see below */

static inline gladhand_borrowed gladhand_text(const char* text) {
  gladhand_borrowed borrowed;
  borrowed.data = text;
  borrowed.size = strlen(text);
  return borrowed;
}
#define GLADHAND_TEXT(text) gladhand_text(text)

/* ---- Options ----------------------------------------------------------------------------------------------------- */

/* What an option's value is in the file, and what the plugin sees of it. Gladhand has checked that before configure(). */
typedef enum gladhand_kind {
  GLADHAND_STRING = 1,   /* "text"; one setting with `text` */
  GLADHAND_STRINGS = 2,  /* "text" or ["text", "text"]; one setting with `text` for each */
  GLADHAND_PAIRS = 3,    /* { name = "text", other = ["text", "text"] }; one setting with `name` and `text` for each text */
  GLADHAND_INTEGER = 4,  /* 1; `number` */
  GLADHAND_BOOLEAN = 5,  /* true; `number` is 1, or 0 */
  GLADHAND_DURATION = 6, /* "250ms", "30s"; `number` of nanoseconds */
  GLADHAND_BYTES = 7,    /* "32KiB" or 32768; `number` */
  GLADHAND_FILE = 8      /* "path"; `text`, made absolute or relative to where Gladhand was started */
} gladhand_kind;

typedef struct gladhand_option {
  gladhand_static key;
  gladhand_kind kind;
  int is_required;
  int64_t least; /* of a number, in nanoseconds for a duration; both 0: any that is not negative */
  int64_t most;
  gladhand_static fallback; /* what holds where the option is not given: for the documentation */
  gladhand_static help;     /* a sentence */
} gladhand_option;

typedef struct gladhand_setting {
  size_t option; /* an index of the plugin's options */
  gladhand_borrowed name;
  gladhand_borrowed text;
  int64_t number;
} gladhand_setting;

/* ---- Facts ------------------------------------------------------------------------------------------------------- */

#define GLADHAND_UNKNOWN (-1)
#define GLADHAND_TAG_BYTES 32u

/* Of a client's connection. Texts are empty and numbers GLADHAND_UNKNOWN where there is nothing to tell, as without TLS. */
typedef struct gladhand_facts {
  size_t size;
  uint64_t id;                   /* as in the access log */
  gladhand_borrowed address;     /* of the client, as a PROXY header names it; without port, IPv6 without brackets */
  gladhand_borrowed sni;         /* the server name that the client asked for, in its own spelling */
  gladhand_borrowed tls_version; /* "1.2", "1.3" */
  gladhand_borrowed cipher;      /* "TLS_AES_128_GCM_SHA256" */
  gladhand_borrowed group;       /* of the key exchange: "X25519"; empty where there was none */
  gladhand_borrowed alpn;        /* "h2", "http/1.1" */
  gladhand_borrowed ja4;         /* needs `ja4 = true` in the listener's tls */
  gladhand_borrowed tag;         /* what tag() has said of it */
  int is_tls;
  int is_resumed;
  int64_t rtt;     /* nanoseconds of the TCP handshake's round trip, where the kernel knows it */
  int64_t tls_took; /* nanoseconds from the first byte of the ClientHello to the end of the TLS handshake */
} gladhand_facts;

typedef struct gladhand_request {
  size_t size;
  gladhand_borrowed method;
  gladhand_borrowed scheme;    /* "http", "https" */
  gladhand_borrowed authority; /* host[:port], as the client said it; may be empty */
  gladhand_borrowed target;    /* path and query */
} gladhand_request;

typedef struct gladhand_reply {
  size_t size;
  int status;      /* 0: there is none yet */
  int has_body;
  int64_t length;  /* of the body, where it is known before its end; else GLADHAND_UNKNOWN */
} gladhand_reply;

/* ---- What Gladhand does for a plugin ----------------------------------------------------------------------------- */

typedef enum gladhand_message { GLADHAND_REQUEST = 1, GLADHAND_REPLY = 2 } gladhand_message;
typedef enum gladhand_level { GLADHAND_ERROR = 0, GLADHAND_WARNING = 1, GLADHAND_INFO = 2 } gladhand_level;

/* One table for the whole process; configure() gets it, and it stays valid until destroy(). */
struct gladhand_host {
  size_t size;
  uint32_t abi;

  /* Anywhere. Nanoseconds of a clock that never goes back. */
  int64_t (*now)(const gladhand_host* host);
  /* Anywhere. A line to the operator, not to be written for every request. */
  void (*log)(const gladhand_host* host, gladhand_level level, gladhand_borrowed line);

  /* Anywhere. Whether set() and add() would take it; with an empty value, whether remove() would take the name. */
  int (*is_field)(gladhand_borrowed name, gladhand_borrowed value);

  /* In configure(): the configuration is not to be used, and why. `about` is the setting that is wrong, or null for the
   * plugin as a whole; the operator is shown its place. May be called several times. */
  void (*refuse)(gladhand_setup* setup, const gladhand_setting* about, gladhand_borrowed message);

  /* In on_handshake(): a word that stays with the connection, for facts and the access log. The last one counts; what is
   * longer than GLADHAND_TAG_BYTES is cut. */
  void (*tag)(gladhand_client* client, gladhand_borrowed tag);

  /* In the hooks of an exchange. */
  const gladhand_facts* (*facts)(gladhand_exchange* exchange);
  const gladhand_request* (*request)(gladhand_exchange* exchange);
  const gladhand_reply* (*reply)(gladhand_exchange* exchange);

  /* Fields of a head. The request's may be changed in on_request_head(), the reply's in on_reply_head() and behind
   * answer(). Names are compared without case. Calls that ask for what is not there, or is not to be changed now, return 0.
   *
   * find: the value of the `nth` field (from 0) of that name. at: the `nth` field of all.
   * set: replaces all fields of that name by one. add: one more. remove: all of that name; returns how many.
   * A request's fields are those that the upstream will see: what was for this connection alone is gone, and what Gladhand
   * adds (Via, Forwarded and its kin) is there. set and add return 0 for what is no field, and for those that frame or steer
   * a message, which are Gladhand's: Connection, Content-Length, Host, Transfer-Encoding, Upgrade and their like. */
  int (*find)(gladhand_exchange* exchange, gladhand_message message, gladhand_borrowed name, size_t nth, gladhand_borrowed* value);
  int (*at)(gladhand_exchange* exchange, gladhand_message message, size_t nth, gladhand_borrowed* name, gladhand_borrowed* value);
  int (*set)(gladhand_exchange* exchange, gladhand_message message, gladhand_borrowed name, gladhand_borrowed value);
  int (*add)(gladhand_exchange* exchange, gladhand_message message, gladhand_borrowed name, gladhand_borrowed value);
  size_t (*remove)(gladhand_exchange* exchange, gladhand_message message, gladhand_borrowed name);

  /* In on_request_head(), which then returns GLADHAND_ANSWERED: the reply, instead of the upstream's. `status` is 200 to
   * 599. Its fields can be set and added afterwards; Date and Server are there. */
  void (*answer)(gladhand_exchange* exchange, int status, gladhand_borrowed body);

  /* In on_reply_body(): the next bytes of the reply. */
  void (*send)(gladhand_exchange* exchange, gladhand_borrowed bytes);

  /* Files of users, in configure() to begin with: null where the file is no good, which the operator is told then.
   * `authorization` is the value of that field, with credentials of the Basic scheme (RFC 7617).
   * users_known: 1 or 0 where the verdict costs no work, GLADHAND_UNKNOWN where it does. For one thread at a time or many.
   * users_verify: 1 or 0. It may take a second: call it in aside(). */
  gladhand_users* (*users_open)(gladhand_setup* setup, const gladhand_setting* path);
  void (*users_close)(gladhand_users* users);
  int (*users_known)(gladhand_users* users, gladhand_borrowed authorization);
  int (*users_verify)(gladhand_users* users, gladhand_borrowed authorization);
};

/* ---- What a plugin is -------------------------------------------------------------------------------------------- */

/* What a hook returns. */
#define GLADHAND_GO_ON 0     /* every hook */
#define GLADHAND_REFUSE 1    /* on_handshake: the connection is closed */
#define GLADHAND_ANSWERED 2  /* on_request_head: answer() was called, and no upstream is asked */
#define GLADHAND_ASIDE 3     /* on_request_head: call aside(), then this hook again */
#define GLADHAND_TAKE_BODY 4 /* on_reply_head: the body goes through on_reply_body(), and its length is told to nobody, HEAD included */

typedef struct gladhand_plugin {
  size_t size;
  uint32_t abi;
  gladhand_static name; /* as in `plugins = [{ name = "..." }]` */
  gladhand_static help; /* a sentence */
  const gladhand_option* options;
  size_t option_count;

  /* Required. Makes the `self` of the other hooks, which is not null; null, or a call of refuse(): it cannot be. Settings
   * are in the order of the file. */
  gladhand_owned (*configure)(const gladhand_host* host, gladhand_setup* setup, const gladhand_setting* settings, size_t count);
  /* Frees it, when the last exchange is over. */
  void (*destroy)(gladhand_owned self);

  /* Of listeners' plugins only. The handshake is over, TLS included, and no request has been looked at: early data waits. */
  int (*on_handshake)(gladhand_owned self, gladhand_client* client, const gladhand_facts* facts);

  /* `state` is for what a plugin has to remember of one exchange. It is null until a hook stores something there, which
   * only the first one to need it does, and is freed by release() when the exchange is over, on whatever thread. */
  int (*on_request_head)(gladhand_owned self, gladhand_exchange* exchange, gladhand_owned* state);
  /* Slow work, on another thread; the exchange may be over meanwhile. What it needs and what it finds is in `state`. */
  void (*aside)(gladhand_owned self, gladhand_owned state);
  /* Of the final reply; informational ones and those that open a tunnel (a WebSocket, a CONNECT) are not shown. */
  int (*on_reply_head)(gladhand_owned self, gladhand_exchange* exchange, gladhand_owned* state);
  /* The next bytes of the body, as they come from the upstream: pass them on with send(), changed or not. `is_last` comes
   * once, with or without bytes, unless the exchange breaks off. What is kept back does not reach the client meanwhile. */
  void (*on_reply_body)(gladhand_owned self, gladhand_exchange* exchange, gladhand_owned* state, gladhand_borrowed bytes, int is_last);
  /* The exchange is over, however it ended. reply() tells the status that the client was sent; there is nothing to change.
   * Called of every plugin whose on_request_head was reached. */
  void (*on_finished)(gladhand_owned self, gladhand_exchange* exchange, gladhand_owned* state);
  void (*release)(gladhand_owned self, gladhand_owned state);
} gladhand_plugin;

/* ---- The one exported symbol ------------------------------------------------------------------------------------- */

#define GLADHAND_ENTRY_SYMBOL "gladhand_plugin_entry"

/* Shipped plugins are compiled into the program, where each needs a symbol of its own. */
#ifdef GLADHAND_SHIPPED
#define GLADHAND_PLUGIN_ENTRY(plugin_name) const gladhand_plugin* gladhand_shipped_##plugin_name(void)
#else
#define GLADHAND_PLUGIN_ENTRY(plugin_name) __attribute__((visibility("default"))) const gladhand_plugin* gladhand_plugin_entry(void)
__attribute__((visibility("default"))) const gladhand_plugin* gladhand_plugin_entry(void);
#endif

#ifdef __cplusplus
}
#endif

#endif
