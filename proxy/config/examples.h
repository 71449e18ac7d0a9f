// What a table may look like: one short example for each that describe() knows, for the reference page.
//
// A test gives each of them to the reader, with a listener and a route beside it where it has none of its own.
#pragma once

#include <array>
#include <string_view>

namespace gladhand::config {

struct Example {
  std::string_view path;  // as of a Setting of outline()
  std::string_view text;
};

// clang-format off
inline constexpr std::array kExamples{
    Example{"server", R"([server]
workers        = 4
shutdown_delay = "5s"
drain_timeout  = "30s"
admin          = "127.0.0.1:9900"
)"},
    Example{"log", R"([log]
level = "warning"
)"},
    Example{"log.access", R"([log.access]
format           = "json"
file             = "/var/log/gladhand/access.log"
request_headers  = ["x-request-id", "authorization"]    # "authorization":"[redacted]"
response_headers = ["content-type"]
)"},
    Example{"listener", R"([[listener]]
name            = "https"
address         = ":8443"
tls             = { certificates = ["web"] }
trusted_proxies = ["10.0.0.0/8"]

[certificate.web]
cert = "certs/web.pem"
key  = "certs/web.key"
)"},
    Example{"listener.forward", R"([[listener]]
address = "127.0.0.1:3128"
mode    = "forward"
forward = { allow = ["*.example.com", "git.example.org:22"], deny = ["private"], auth = "users.htpasswd" }
)"},
    Example{"listener.forward.timeouts", R"([[listener]]
address          = "127.0.0.1:3128"
mode             = "forward"
forward.timeouts = { connect = "5s", tunnel = "12h" }
)"},
    Example{"listener.tls", R"([[listener]]
address = ":8443"

[listener.tls]
min                  = "1.3"
certificates         = ["web"]
refuse_unknown_names = true

[certificate.web]
cert = "certs/web.pem"
key  = "certs/web.key"
)"},
    Example{"listener.limits", R"([[listener]]
address = ":8080"
limits  = { header_bytes = "64KiB", body_bytes = "100MiB" }
)"},
    Example{"listener.timeouts", R"([[listener]]
address  = ":8080"
timeouts = { header = "5s", keep_alive = "2m" }
)"},
    Example{"certificate", R"([certificate.web]
cert = "${WEB_CERT:-certs/web.pem}"
key  = "${WEB_KEY:-certs/web.key}"
)"},
    Example{"upstream", R"([upstream.app]
endpoints       = ["http://127.0.0.1:3000", "http://127.0.0.1:3001"]
max_connections = 256
)"},
    Example{"upstream.tls", R"([upstream.partner]
endpoints = "https://partner.example"
tls       = { ca = "certs/partner-ca.pem", server_name = "api.partner.example", min = "1.3" }
)"},
    Example{"upstream.sticky", R"([upstream.chat]
endpoints = ["http://127.0.0.1:3000", "http://127.0.0.1:3001"]
sticky    = { cookie = "srv" }
)"},
    Example{"upstream.health", R"([upstream.app]
endpoints = ["http://127.0.0.1:3000", "http://127.0.0.1:3001"]
health    = { path = "/healthz", interval = "5s", unhealthy_after = 3 }
)"},
    Example{"upstream.timeouts", R"([upstream.reports]
endpoints = "http://127.0.0.1:3000"
timeouts  = { first_byte = "2m", idle = "5m" }
)"},
    Example{"route", R"([[route]]
match         = { host = "example.com", path = "/app/*" }
upstream      = "http://127.0.0.1:3000"
server_timing = true

[[route]]
upstream = "http://127.0.0.1:4000"
)"},
    Example{"route.rewrite", R"([[route]]
match    = { path = "/api/*" }
upstream = "http://127.0.0.1:3000"
rewrite  = { strip_prefix = "/api", add_prefix = "/v2" }
)"},
    Example{"route.retry", R"([[route]]
match    = { path = "/api/*" }
upstream = "app"
retry    = { attempts = 3, on = ["connect", "reset", "503"] }

[upstream.app]
endpoints = ["http://127.0.0.1:3000", "http://127.0.0.1:3001"]
)"},
    Example{"route.match", R"([[route]]
match    = { host = ["example.com", "*.example.com"], path = ["/api/*", "/graphql"] }
upstream = "http://127.0.0.1:3000"
)"},
    Example{"plugin", R"([plugin.stamp]
path = "plugins/stamp.so"
)"},
};
// clang-format on

}  // namespace gladhand::config
