# Writes OUTPUT, a C++ source with every page, style sheet, script and picture of FOLDER in it (live_page_files.h).
file(GLOB names RELATIVE "${FOLDER}" "${FOLDER}/*.html" "${FOLDER}/*.css" "${FOLDER}/*.js" "${FOLDER}/*.svg")
list(SORT names)
set(arrays "")
set(rows "")
foreach(name IN LISTS names)
  file(READ "${FOLDER}/${name}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(MAKE_C_IDENTIFIER "k_${name}" array)
  string(APPEND arrays "constexpr char ${array}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${name}\", {${array}, sizeof ${array}}},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Written by embed.cmake.
#include \"server/live_page_files.h\"

namespace gladhand::server {
namespace {

${arrays}
constexpr LiveFile kFiles[] = {
${rows}};

}  // namespace

std::span<const LiveFile> live_files() { return kFiles; }

}  // namespace gladhand::server
")
