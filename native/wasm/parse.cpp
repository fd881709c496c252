#include "wasm/parse.h"

#include "nn/limits.h"

namespace chainrule {
template <typename T>
Samples<T> parse_samples(const RawSamples& raw, const Topology& topology) {
  Samples<T> samples;
  samples.x = static_cast<const T*>(raw.x);
  samples.weights = static_cast<const T*>(raw.weights);
  samples.rows = raw.rows;
  if (!raw.labelled) {
    samples.values = static_cast<const T*>(raw.y);
    return samples;
  }
  samples.labels = static_cast<const int32_t*>(raw.y);
  check_labels(topology, {samples.labels, raw.rows});
  return samples;
}

template Samples<float> parse_samples(const RawSamples&, const Topology&);
template Samples<double> parse_samples(const RawSamples&, const Topology&);

}  // namespace chainrule
