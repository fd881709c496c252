// The sizes that nn/ can hold. The code that fills in a specification or hands over samples checks them first.
#pragma once
#include <cstdint>
#include <span>

namespace chainrule {

struct Topology;

/// Rows of a matrix of samples: they are numbered by uint32_t.
constexpr uint64_t kMaxRows = UINT32_MAX;
/// Units of a layer and columns of x.
constexpr uint64_t kMaxWidth = INT32_MAX;

/// Refuses labels that are not classes of the network's, or where the loss takes none. Throws ContractViolation.
void check_labels(const Topology& topology, std::span<const int32_t> labels);

/// Refuses a batch of `rows` rows if its buffers, in elements of such a size, could not be addressed: only where addresses have
/// 32 bits. Throws OutOfMemory.
void check_batch(const Topology& topology, uint64_t rows, size_t element_size);

}  // namespace chainrule
