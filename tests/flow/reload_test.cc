// One configuration after another: what stays open, what goes on by the old one, and what begins with the new.
#include "support/http2_peer.h"
#include "support/scratch_folder.h"
#include "support/story.h"

namespace gladhand::test {
namespace {

// The upstream "app" has endpoint 0, "other" has endpoint 1, and there is one route for everything, to "app".
class Reload : public EveryPath {
 protected:
  Reload() {
    add_endpoint();
    add_endpoint();
    config::Upstream other;
    other.name = "other";
    other.endpoints.push_back(app().endpoints.back());
    app().endpoints.pop_back();
    config.upstreams.push_back(other);
    next = config;
  }
  void route_to_other() { next.routes.front().upstream = "other"; }
  void reload() {
    proxy().adopt(next);
    stage.run_until_quiet();
  }
  // The connection of a client that has been served once.
  std::unique_ptr<Upstream> first_served(Client& client) {
    client.get("/first");
    std::unique_ptr<Upstream> made(new Upstream(upstream()));
    serve(*made, client, "/first");
    return made;
  }
  std::unique_ptr<Upstream> accept(std::size_t endpoint) { return std::unique_ptr<Upstream>(new Upstream(upstream(endpoint))); }

  config::Config next;
};

TEST_P(Reload, the_next_request_on_a_kept_connection_goes_where_the_new_routes_say) {
  Client client = connect();
  const auto old = first_served(client);
  route_to_other();
  reload();
  client.get("/second");
  const auto fresh = accept(1);
  serve(*fresh, client, "/second");
  EXPECT_EQ(exchange(0).client->id, exchange(1).client->id);
  EXPECT_EQ(exchange(0).upstream_index, 0);
  EXPECT_EQ(exchange(1).upstream_index, 1);
}

TEST_P(Reload, a_request_under_way_ends_by_the_old_routes) {
  Client client = connect();
  client.get("/slow");
  const auto old = accept(0);
  old->expect_request("GET", "/slow");
  next.upstreams.erase(next.upstreams.begin());
  route_to_other();
  reload();
  client.expect_nothing();
  old->reply(200, "slow");
  EXPECT_NE(client.expect(200, "slow").field("connection"), "close");
  client.get("/next");
  const auto fresh = accept(1);
  serve(*fresh, client, "/next");
}

TEST_P(Reload, a_new_connection_is_served_by_the_new_configuration) {
  Client before = connect();
  const auto old = first_served(before);
  route_to_other();
  next.routes.front().match.path = {"/only/*"};
  reload();
  Client client = connect();
  client.get("/elsewhere");
  client.expect(404);
  client.get("/only/this");
  const auto fresh = accept(1);
  serve(*fresh, client, "/only/this");
}

TEST_P(Reload, a_tunnel_stays_open_for_longer_than_anything_it_was_made_with) {
  Client client = connect();
  client.send(
      "GET /chat HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  const auto upstream = accept(0);
  upstream->expect_request_head("GET", "/chat");
  upstream->send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  client.expect_head(101);
  next.upstreams.erase(next.upstreams.begin());
  route_to_other();
  for (int i = 0; i < 3; ++i) reload();
  stage.pass(milliseconds(250));  // old generations are looked at meanwhile
  client.send("ping");
  upstream->expect_bytes(4);
  EXPECT_EQ(std::exchange(upstream->received(), ""), "ping");
  upstream->send("pong");
  client.expect_bytes(4);
  EXPECT_EQ(std::exchange(client.received(), ""), "pong");
  client.end();
  upstream->expect_end();
  upstream->end();
  client.expect_end();
  EXPECT_EQ(exchange().error, Code::ok);
}

TEST_P(Reload, an_upstream_that_is_the_same_keeps_its_connections) {
  Client client = connect();
  const auto upstream = first_served(client);
  next.routes.front().server_timing = true;
  next.upstreams.back().timeouts.connect = milliseconds(77);
  reload();
  client.get("/second");
  upstream->expect_request("GET", "/second");
  upstream->reply(200, "/second");
  EXPECT_TRUE(client.expect(200, "/second").has("server-timing"));
  EXPECT_FALSE(exchange(1).is_first_of_upstream);
}

TEST_P(Reload, the_connections_of_an_upstream_that_has_changed_are_given_up) {
  Client client = connect();
  const auto old = first_served(client);
  next.upstreams.front().timeouts.connect = milliseconds(77);
  reload();
  old->expect_end();
  client.get("/second");
  const auto fresh = accept(0);
  serve(*fresh, client, "/second");
  EXPECT_TRUE(exchange(1).is_first_of_upstream);
}

TEST_P(Reload, a_connection_that_is_given_up_while_idle_says_goodbye) {
  config.upstreams.front().endpoints.front().url.replace(0, 4, "h2c");
  next = config;
  Client client = connect();
  client.get("/first");
  const auto old = accept(0);
  Http2Peer peer;
  std::string seen;
  const auto expect_frame = [&](const std::string& text) {
    EXPECT_TRUE(stage.run_until([&] {
      peer.read(std::exchange(old->received(), {}));
      seen += peer.lines();
      return seen.find(text) != std::string::npos;
    })) << text << " did not come; so far:\n" << seen;
  };
  old->send(Http2Peer::settings());
  expect_frame("headers 1");
  old->send(Http2Peer::joined({Http2Peer::settings_ack(), peer.headers(1, {{":status", "204"}})}));
  client.expect(204);
  EXPECT_EQ(seen.find("goaway"), std::string::npos);
  next.upstreams.front().timeouts.connect = milliseconds(77);
  reload();
  expect_frame("goaway 0 NO_ERROR");
  old->expect_end();
  EXPECT_EQ(upstream_connection().ended_by, Code::draining);
  EXPECT_EQ(upstream_connection().close.closer, timeline::CloseFacts::Closer::us);
}

TEST_P(Reload, names_keep_their_ids_wherever_they_stand) {
  next.routes.insert(next.routes.begin(), config::Route{.match = {.host = {"new.example"}, .path = {}}, .upstream = "other"});
  std::swap(next.upstreams[0], next.upstreams[1]);
  config::Listener more = next.listeners.front();
  more.name = "more";
  next.listeners.insert(next.listeners.begin(), more);
  Client client = connect();
  const auto upstream = first_served(client);
  reload();
  client.get("/second");
  serve(*upstream, client, "/second");
  for (const std::size_t n : {0u, 1u}) {
    EXPECT_EQ(exchange(n).listener, 0) << n;
    EXPECT_EQ(exchange(n).route, 0) << n;
    EXPECT_EQ(exchange(n).upstream_index, 0) << n;
  }
}

TEST_P(Reload, clients_of_a_listener_that_is_gone_end_with_what_they_are_doing) {
  Client idle = connect();
  const auto first = first_served(idle);
  Client busy = connect();
  busy.get("/slow");
  first->expect_request("GET", "/slow");
  next.listeners.front().name = "another";
  next.listeners.front().address = "127.0.0.2:0";
  const io::Address gone = proxy().address();
  reload();
  idle.expect_end();
  EXPECT_FALSE(Socket::connected_to(gone));
  first->reply(200, "slow");
  EXPECT_EQ(busy.expect(200, "slow").field("connection"), "close");
  busy.expect_end();
  expect_everybody_gone();
  Client client = connect();
  client.get("/there");
  serve(*first, client, "/there");
  EXPECT_EQ(exchange(2).listener, 1);
}

TEST_P(Reload, who_outlasts_the_drain_of_a_listener_that_is_gone_is_cut) {
  next.server.drain_timeout = milliseconds(50);
  next.listeners.front().name = "another";
  next.listeners.front().address = "127.0.0.2:0";
  Client busy = connect();
  busy.get("/slow");
  const auto upstream = accept(0);
  upstream->expect_request("GET", "/slow");
  reload();
  expect_everybody_gone();
  EXPECT_EQ(exchange().error, Code::draining);
}

TEST_P(Reload, a_listener_that_moves_takes_its_connections_along) {
  Client client = connect();
  const auto upstream = first_served(client);
  next.listeners.front().address = "127.0.0.2:0";
  const io::Address before = proxy().address();
  reload();
  EXPECT_FALSE(Socket::connected_to(before));
  client.get("/second");
  serve(*upstream, client, "/second");
  Client fresh = connect();
  fresh.get("/third");
  serve(*upstream, fresh, "/third");
}

TEST_P(Reload, a_listener_with_another_name_on_the_same_address_keeps_the_connections) {
  Client client = connect();
  const auto upstream = first_served(client);
  next.listeners.front().name = "another";
  const io::Address before = proxy().address();
  reload();
  EXPECT_EQ(proxy().address(), before);
  client.get("/second");
  serve(*upstream, client, "/second");
  EXPECT_EQ(exchange(0).listener, 0);
  EXPECT_EQ(exchange(1).listener, 1);
}

TEST_P(Reload, who_waits_in_the_queue_of_a_socket_that_stays_is_served) {
  Client first = connect();
  const auto upstream = first_served(first);
  const Socket waiting = Socket::connected_to(proxy().address());  // nobody has accepted it yet
  proxy().adopt(next);
  EXPECT_TRUE(stage.run_until([&] { return proxy().clients() == 2; }));
}

TEST_P(Reload, two_listeners_may_change_their_places) {
  config::Listener more = config.listeners.front();
  more.name = "more";
  config.listeners.push_back(more);
  next = config;
  const io::Address front = proxy().address(0);
  const io::Address back = proxy().address(1);
  Client client = connect();
  const auto upstream = first_served(client);
  // Each is to be found where the other was.
  next.listeners[0].address = back.to_string();
  next.listeners[1].address = front.to_string();
  reload();
  EXPECT_EQ(proxy().address(0), back);
  client.get("/second");
  serve(*upstream, client, "/second");
  Client fresh = connect();
  fresh.get("/third");
  serve(*upstream, fresh, "/third");
  EXPECT_EQ(client_handshake(1).owner, 0);
  EXPECT_EQ(exchange(2).listener, 0);
}

TEST_P(Reload, whom_a_listener_believes_changes_for_connections_that_are_open) {
  Client client = connect();
  client.get("/first", "X-Forwarded-For: 192.0.2.7\r\n");
  const auto upstream = accept(0);
  EXPECT_EQ(upstream->expect_request("GET", "/first").field("x-forwarded-for"), "127.0.0.1");
  upstream->reply(200, "/first");
  client.expect(200, "/first");
  next.listeners.front().trusted_proxies = {"127.0.0.0/8"};
  reload();
  client.get("/second", "X-Forwarded-For: 192.0.2.7\r\n");
  EXPECT_EQ(upstream->expect_request("GET", "/second").field("x-forwarded-for"), "192.0.2.7, 127.0.0.1");
  upstream->reply(200, "/second");
  client.expect(200, "/second");
}

GLADHAND_ON_EVERY_PATH(Reload);

// ---- TLS --------------------------------------------------------------------------------------------------------------

class ReloadTls : public Story {
 protected:
  ReloadTls() : Story(true) {}

  bool is_shown(const tls::CertificatePair& pair) {
    Client client = connect();
    client.expect_secured();
    return client.tls().shown() == pair.chain_pem;
  }
  void name_certificate() {
    config.listeners.front().tls.self_signed = false;
    config.listeners.front().tls.certificates = {"web"};
    config.certificates = {{.name = "web", .cert = folder.file("cert.pem", first.chain_pem), .key = folder.file("key.pem", first.key_pem)}};
  }

  const ScratchFolder folder;
  const tls::CertificatePair first = tls::make_self_signed({"localhost"}, 2);
  const tls::CertificatePair second = tls::make_self_signed({"localhost"}, 3);
};

TEST_F(ReloadTls, a_certificate_that_has_changed_is_shown_to_the_next_client_and_the_others_stay) {
  name_certificate();
  Client client = connect();
  client.get("/first");
  Upstream upstream = this->upstream();
  serve(upstream, client, "/first");
  EXPECT_EQ(client.tls().shown(), first.chain_pem);
  folder.file("cert.pem", second.chain_pem);
  folder.file("key.pem", second.key_pem);
  Client shaking = connect();
  shaking.hold();  // its ClientHello
  stage.run_until([&] { return proxy().clients() == 2; });
  proxy().adopt(config);
  EXPECT_TRUE(is_shown(second));
  client.get("/second");
  serve(upstream, client, "/second");
  shaking.let_go();
  shaking.get("/third");
  serve(upstream, shaking, "/third");
}

TEST_F(ReloadTls, a_self_signed_certificate_stays_the_same) {
  Client client = connect();
  client.expect_secured();
  const std::string shown = client.tls().shown();
  proxy().adopt(config);
  Client again = connect();
  again.expect_secured();
  EXPECT_EQ(again.tls().shown(), shown);
}

TEST_F(ReloadTls, sessions_are_resumed_across_configurations) {
  Client client = connect();
  client.get("/first");
  Upstream upstream = this->upstream();
  serve(upstream, client, "/first");
  proxy().adopt(config);
  Client again = connect({.resumes = client.tls().session()});
  again.expect_secured();
  EXPECT_TRUE(again.tls().is_resumed());
}

TEST_F(ReloadTls, a_listener_that_gives_tls_up_lets_its_clients_go_and_keeps_its_socket) {
  Client client = connect();
  client.get("/first");
  Upstream upstream = this->upstream();
  serve(upstream, client, "/first");
  const io::Address before = proxy().address();
  config::Config next = config;
  next.listeners.front().has_tls = false;
  next.listeners.front().tls.self_signed = false;
  proxy().adopt(next);
  client.expect_end();
  EXPECT_EQ(proxy().address(), before);
  Client plain = connect_bare();
  plain.get("/plain");
  serve(upstream, plain, "/plain");
}

}  // namespace
}  // namespace gladhand::test
