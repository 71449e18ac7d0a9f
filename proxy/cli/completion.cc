#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

namespace gladhand::cli {
namespace {

// What can be typed behind a command. Its path is "" for the program and "/config/show" for `gladhand config show`.
struct Word {
  std::string text;
  std::string help;
};
struct Option {
  std::vector<std::string> names;  // with their dashes
  std::string help;
  bool takes_value = false;
  bool takes_file = false;
};
struct Command {
  std::string path;
  std::vector<Word> commands;
  std::vector<Option> options;
  std::vector<std::string> values;  // of its positional
  bool takes_file = false;          // the positional
};

// Those that CLI::IsMember allows: it says them in the type's name, "TEXT:{bash,zsh}".
std::vector<std::string> members(const std::string& type) {
  const std::size_t begin = type.find('{'), end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

Option option(const CLI::Option& one) {
  Option found{{}, one.get_description(), one.get_items_expected_max() > 0, one.get_type_name() == "FILE"};
  for (const std::string& name : one.get_lnames()) found.names.push_back("--" + name);
  for (const std::string& name : one.get_snames()) found.names.push_back("-" + name);
  return found;
}

// The program first, each command before those below it.
void gather(const CLI::App& app, const std::string& path, std::vector<Command>& all) {
  Command command{path, {}, {}, {}, false};
  for (const CLI::Option* one : app.get_options()) {
    if (one->nonpositional()) {
      command.options.push_back(option(*one));
    } else {
      command.takes_file = one->get_name(true) == "FILE";
      command.values = members(one->get_type_name());
    }
  }
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* one : subcommands) command.commands.push_back({one->get_name(), one->get_description()});
  all.push_back(std::move(command));
  for (const CLI::App* one : subcommands) gather(*one, path + "/" + one->get_name(), all);
}

std::string in_quotes(std::string text) {
  for (std::size_t at = text.find('\''); at != std::string::npos; at = text.find('\'', at + 4)) text.replace(at, 1, "'\\''");
  return "'" + text + "'";
}

std::vector<std::string> words(const Command& command) {
  std::vector<std::string> found = command.values;
  for (const Word& word : command.commands) found.push_back(word.text);
  for (const Option& one : command.options) found.insert(found.end(), one.names.begin(), one.names.end());
  return found;
}

constexpr const char* kNoPattern = "\"-\"";  // nothing that it is compared with

// "/run --config"|"/run -c" of the options that are wanted, as patterns of case.
std::string patterns(const std::vector<Command>& all, bool Option::*wanted) {
  std::vector<std::string> found;
  for (const Command& command : all) {
    for (const Option& one : command.options) {
      if (!(one.*wanted)) continue;
      for (const std::string& name : one.names) found.push_back(fmt::format("\"{} {}\"", command.path, name));
    }
  }
  return found.empty() ? kNoPattern : fmt::format("{}", fmt::join(found, "|"));
}

std::string paths(const std::vector<Command>& all) {
  std::vector<std::string> found;
  for (std::size_t i = 1; i < all.size(); ++i) found.push_back(all[i].path);
  return fmt::format("{}", fmt::join(found, "|"));
}

std::string positional_files(const std::vector<Command>& all) {
  std::vector<std::string> found;
  for (const Command& command : all) {
    if (command.takes_file) found.push_back(command.path);
  }
  return found.empty() ? kNoPattern : fmt::format("{}", fmt::join(found, "|"));
}

std::string bash(const std::vector<Command>& all) {
  std::string cases;
  for (const Command& command : all) cases += fmt::format("        \"{}\") words={} ;;\n", command.path, in_quotes(fmt::format("{}", fmt::join(words(command), " "))));
  return fmt::format(R"(# Completes `gladhand` in bash; written by `gladhand completion bash`.
_gladhand() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} path="" words="" i
    # bash takes --config=FILE for three words.
    if [[ $current == = ]]; then current=""; elif [[ $before == = ]]; then before=${{COMP_WORDS[COMP_CWORD - 2]}}; fi
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case "$path/${{COMP_WORDS[i]}}" in {1}) path+=/${{COMP_WORDS[i]}} ;; esac
    done
    COMPREPLY=()
    case "$path $before" in
        {2}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames 2>/dev/null; return ;;
        {0}) return ;;
    esac
    case $path in
{3}    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    [[ $current == -* ]] && return
    local word kept=()
    for word in "${{COMPREPLY[@]}}"; do [[ $word == -* ]] || kept+=("$word"); done
    ((${{#kept[@]}})) && COMPREPLY=("${{kept[@]}}")
    case $path in
        {4}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames 2>/dev/null ;;
    esac
}}
complete -F _gladhand gladhand
)",
                     patterns(all, &Option::takes_value), paths(all), patterns(all, &Option::takes_file), cases, positional_files(all));
}

std::string zsh_items(const Command& command) {
  const auto item = [](const std::string& text, std::string help) {
    std::string escaped;
    for (const char c : text) escaped += c == ':' ? std::string("\\:") : std::string(1, c);
    return " " + in_quotes(help.empty() ? escaped : escaped + ":" + help);
  };
  std::string items;
  for (const std::string& value : command.values) items += item(value, "");
  for (const Word& word : command.commands) items += item(word.text, word.help);
  return items;
}

std::string zsh(const std::vector<Command>& all) {
  std::string cases;
  for (const Command& command : all) {
    std::string options;
    for (const Option& one : command.options) {
      for (const std::string& name : one.names) options += " " + in_quotes(name + ":" + one.help);
    }
    cases += fmt::format("        \"{}\") commands=({}) options=({}) ;;\n", command.path, zsh_items(command), options);
  }
  return fmt::format(R"(#compdef gladhand
# Completes `gladhand` in zsh; written by `gladhand completion zsh`.
_gladhand() {{
    local at="" before="${{words[CURRENT - 1]}}" i
    local -a commands options
    for ((i = 2; i < CURRENT; ++i)); do
        case "$at/${{words[i]}}" in ({1}) at+="/${{words[i]}}" ;; esac
    done
    [[ "$PREFIX" == --*=* ]] && before="${{PREFIX%%=*}}" && compset -P '*='
    case "$at $before" in
        ({2}) _files; return ;;
        ({0}) return ;;
    esac
    case "$at" in
{3}    esac
    if [[ "$PREFIX" == -* ]]; then
        _describe option options
        return
    fi
    case "$at" in
        ({4}) _files; return ;;
    esac
    _describe command commands
}}
if [[ "$funcstack[1]" == _gladhand ]]; then _gladhand "$@"; else compdef _gladhand gladhand; fi
)",
                     patterns(all, &Option::takes_value), paths(all), patterns(all, &Option::takes_file), cases, positional_files(all));
}

// fish asks, for each line, whether it is where we are.
std::string fish(const std::vector<Command>& all) {
  std::string script = R"(# Completes `gladhand` in fish; written by `gladhand completion fish`.
function __gladhand_at
    set -l at ""
    for word in (commandline -opc)[2..-1]
        contains -- "$at/$word" )";
  for (std::size_t i = 1; i < all.size(); ++i) script += all[i].path + " ";
  script += R"(; and set at "$at/$word"
    end
    test "$at" = "$argv[1]"
end
complete -c gladhand -f
)";
  for (const Command& command : all) {
    const std::string begin = fmt::format("complete -c gladhand -n {}", in_quotes(fmt::format("__gladhand_at \"{}\"", command.path)));
    for (const Word& word : command.commands) script += fmt::format("{} -a {} -d {}\n", begin, word.text, in_quotes(word.help));
    for (const std::string& value : command.values) script += fmt::format("{} -a {}\n", begin, value);
    if (command.takes_file) script += begin + " -F\n";
    for (const Option& one : command.options) {
      script += begin;
      for (const std::string& name : one.names) script += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      script += fmt::format("{} -d {}\n", one.takes_file ? " -r -F" : one.takes_value ? " -x" : "", in_quotes(one.help));
    }
  }
  return script;
}

}  // namespace

std::string completion(const CLI::App& app, std::string_view shell) {
  std::vector<Command> all;
  gather(app, "", all);
  if (shell == "zsh") return zsh(all);
  return shell == "fish" ? fish(all) : bash(all);
}

}  // namespace gladhand::cli
