// Node's functions, for a Windows binary that was not linked by MSVC. A plain import names node.exe, which an Electron application or a
// renamed Node is not; MSVC and node-gyp solve that with a delay-loaded import and a hook. Here the pointers through which imported
// functions are called (__imp_<name>, by the ABI) are ours. They are filled from the program that loads us, whatever its name.
#include <windows.h>

#include "node_api_functions.inc"

#define DEFINE(name) extern "C" FARPROC __imp_##name = nullptr;
NODE_API_FUNCTIONS(DEFINE)

namespace {

struct Bind {
  Bind() {
    const HMODULE host = GetModuleHandleW(nullptr);
#define BIND(name) __imp_##name = GetProcAddress(host, #name);
    NODE_API_FUNCTIONS(BIND)
  }
};

const Bind bind;

}  // namespace
