// The mean prediction of an ensemble, which predictions, evaluations and metrics go by. Sums go over the members in ascending order. A
// row's bits do not depend on other rows.
#pragma once
#include "kernels/dispatch.h"
#include "math/panel_matrix.h"

namespace chainrule {

/// The mean over the members of a member-major matrix; it takes the place of the first member's rows.
template <typename T>
PanelView<T> mean_over_members(PanelView<T> all, size_t members);

/// The logits of the mean probability: log(mean p) for classes that exclude each other, log(mean p) - log(mean(1 - p)) for independent
/// probabilities; and the logarithm of the mean rate. They are computed from logarithms, so that no probability is too small for them.
/// `logits` and `work` are member-major; `out` has the rows of one member and may not be in `work`, whose contents are undefined
/// afterwards.
template <typename T>
void logits_of_mean(const KernelTable<T>& kernels, LossReads reads, PanelView<const T> logits, size_t members, PanelView<T> work,
                    PanelView<T> out);

}  // namespace chainrule
