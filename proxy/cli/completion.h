// `gladhand completion`: what a shell needs to complete our command line, generated from the command line itself.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace gladhand::cli {

inline constexpr const char* kCompletionFooter =
    "bash: source <(gladhand completion bash), or into /usr/share/bash-completion/completions/gladhand\n"
    "zsh:  gladhand completion zsh >\"${fpath[1]}/_gladhand\", before compinit\n"
    "fish: gladhand completion fish >~/.config/fish/completions/gladhand.fish";

// `shell`: "bash", "zsh" or "fish". A script for it that knows every command and option below `app`, and which of them take a file.
std::string completion(const CLI::App& app, std::string_view shell);

}  // namespace gladhand::cli
