// The group as the engine of Chainrule sees it: native/group/group.h.
#pragma once
#include "group/group.h"
#include "messenger.h"

namespace chainrule::mpi {

/// A table with one user. It deletes itself once it has none.
ChainruleGroup* new_table(Messenger& messenger);

}  // namespace chainrule::mpi
