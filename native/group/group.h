// The processes that train one network together, as the engine sees them: a table of functions in plain C, so that another addon, built by
// another compiler, can fill it in (mpi/ does). Everything else is built from exchange().
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Increased with every change of this file: a table of another version is refused.
#define CHAINRULE_GROUP_VERSION 2

#ifdef __cplusplus
extern "C" {
#endif

/// All ranks call exchange() in the same order; at most one call is under way in a process.
typedef struct ChainruleGroup {
  uint32_t version;  ///< CHAINRULE_GROUP_VERSION
  uint32_t rank;     ///< of this process: 0 to size - 1
  uint32_t size;     ///< a power of two
  void* context;     ///< the first argument of the functions below
  /// Sends `size` bytes to rank `partner`, which calls this with the rank of this process and the same size, and receives as many from it.
  /// Blocks. Returns 0, or another number after a failure: the partner is gone, or late. Then `reason` has the reason as a text, of at most
  /// `room` bytes with its ending zero, and all further calls fail. Safe from any thread.
  int (*exchange)(void* context, uint32_t partner, const void* send, void* receive, size_t size, char* reason, size_t room);
  /// Says that this process cannot go on: exchanges under way and later ones fail, in all ranks, which are told the text `why`. Does not
  /// block. Safe from any thread.
  void (*fail)(void* context, const char* why);
  /// Count the users of the table and its context, which live until release() has been called as often as retain(). The group may be closed
  /// meanwhile; exchange() fails then. Safe from any thread.
  void (*retain)(void* context);
  void (*release)(void* context);
} ChainruleGroup;

#ifdef __cplusplus
}
#endif

/// A table reaches the engine in a Node-API external with this type tag (napi_type_tag_object), so that no other pointer can be
/// passed off as one. The external is the property Symbol.for('chainrule.group') of the JavaScript object.
#define CHAINRULE_GROUP_TAG_LOWER 0x636861696e72756cULL
#define CHAINRULE_GROUP_TAG_UPPER 0x0065672d726f7570ULL
