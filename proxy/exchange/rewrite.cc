#include "exchange/rewrite.h"

namespace gladhand::exchange {
namespace {

std::string_view without_prefix(std::string_view target, std::string_view prefix) {
  if (!target.starts_with(prefix)) return target;
  const std::string_view rest = target.substr(prefix.size());
  return rest.empty() || rest.front() == '/' || rest.front() == '?' ? rest : target;
}

}  // namespace

std::string_view rewritten(std::string_view target, const config::Rewrite& rewrite, Arena& arena) {
  if (!target.starts_with('/')) return target;
  const std::string_view rest = without_prefix(target, rewrite.strip_prefix);
  if (rest.size() == target.size() && rewrite.add_prefix.empty()) return target;
  const bool needs_slash = !rest.starts_with('/');
  return arena.join({rewrite.add_prefix, needs_slash ? "/" : "", rest});
}

}  // namespace gladhand::exchange
