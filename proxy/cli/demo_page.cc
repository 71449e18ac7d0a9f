#include "cli/demo_page.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace gladhand::cli {
namespace {

struct Row {
  std::string_view path;
  std::string_view help;
};

constexpr std::array kRows{
    Row{"/echo", "what you sent"},
    Row{"/headers", "the head as it arrived here, behind the proxy"},
    Row{"/slow?ms=250", "answers after that long"},
    Row{"/bytes/65536", "so many bytes"},
    Row{"/status/503", "that status code"},
    Row{"/upload", "counts what you send"},
    Row{"/sse?n=5&ms=500", "so many events, so far apart; without n it never ends"},
    Row{"/ws", "a WebSocket that echoes"},
    Row{"/fail?mode=reset", "breaks the connection; mode=hang never answers"},
};

constexpr std::string_view kBegin = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gladhand's demo origin</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
  h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 2rem 0 .3rem; }
  table { border-spacing: 0; } td { padding: .1rem 1.5rem .1rem 0; }
  a, output, input { font-family: ui-monospace, monospace; }
  input { width: 100%; box-sizing: border-box; padding: .3rem .5rem; font-size: inherit; }
  output { display: block; min-height: 1.5em; overflow-wrap: anywhere; }
</style>
<h1>Gladhand's demo origin</h1>
<table>
)";

constexpr std::string_view kEnd = R"(</table>
<h2>Events, as they come</h2>
<output id="event">connecting</output>
<h2>A WebSocket that echoes</h2>
<input id="say" placeholder="type, then Enter" disabled>
<output id="heard">connecting</output>
<script>
  const at = (id) => document.getElementById(id);
  const events = new EventSource('/sse');
  events.onmessage = (event) => at('event').value = `${event.lastEventId}  ${event.data}`;
  events.onerror = () => at('event').value = 'connecting again';

  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws');
  let asked;
  socket.onopen = () => { at('heard').value = 'open'; at('say').disabled = false; };
  socket.onmessage = (event) => at('heard').value = `${event.data}  (${(performance.now() - asked).toFixed(1)} ms)`;
  socket.onclose = (event) => { at('heard').value = `closed: ${event.code}`; at('say').disabled = true; };
  at('say').onchange = () => { asked = performance.now(); socket.send(at('say').value); at('say').value = ''; };
</script>
)";

// Of the paths above alone: they hold nothing worse.
std::string escaped(std::string_view path) {
  std::string html(path);
  if (const std::size_t at = html.find('&'); at != std::string::npos) html.insert(at + 1, "amp;");
  return html;
}

}  // namespace

std::string demo_text() {
  std::string page = "Gladhand's demo origin\n\n";
  for (const Row& row : kRows) page += fmt::format("  {:16}  {}\n", row.path, row.help);
  return page;
}

std::string demo_html() {
  std::string page(kBegin);
  for (const Row& row : kRows) page += fmt::format("<tr><td><a href=\"{0}\">{0}</a><td>{1}\n", escaped(row.path), row.help);
  return page += kEnd;
}

}  // namespace gladhand::cli
