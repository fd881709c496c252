#include "nn/layers/plan.h"

#include "math/contract.h"
#include "math/random.h"

namespace chainrule {

size_t Planner::add(const char* name, size_t rows, size_t columns, const Initializer& initializer, size_t fan_in, size_t fan_out,
                    uint32_t stream, uint64_t step) {
  ++trained_;
  return parameters_.add({prefix_ + name, rows, columns, initializer, fan_in, fan_out, stream, step});
}

size_t Planner::add(const char* name, size_t rows, size_t columns, const Initializer& initializer) {
  return add(name, rows, columns, initializer, rows, columns, own_stream(), 0);
}

size_t Planner::add_rows_alike(const char* name, size_t rows, size_t columns, const Initializer& initializer, size_t fan_in,
                               uint32_t stream, uint64_t step) {
  ++trained_;
  Parameter parameter{prefix_ + name, rows, columns, initializer, fan_in, columns, stream, step};
  parameter.rows_alike = true;
  return parameters_.add(std::move(parameter));
}

size_t Planner::add_measured(const char* name, size_t columns, double value, double momentum) {
  Initializer constant;
  constant.kind = InitializerKind::constant;
  constant.value = value;
  Parameter parameter{prefix_ + name, 1, columns, constant, 1, columns, 0, 0};
  parameter.trained = false;
  parameter.momentum = momentum;
  parameter.trained_before = trained_;
  return parameters_.add(std::move(parameter));
}

uint32_t Planner::mask_stream() {
  if (masked_ == dense_layers_ + 1) return own_stream();
  masked_ = dense_layers_ + 1;
  return stream::kDropout + dense_layers_;
}

uint32_t Planner::own_stream() {
  require(own_streams_ < stream::kMaxOwn, "there are too many layers with random numbers of their own");
  return stream::kOwn + own_streams_++;
}

std::unique_ptr<LayerPlan> make_plan(const LayerSpec& spec) {
  switch (spec.kind) {
#define LAYER(name)     \
  case LayerKind::name: \
    return name##_plan(spec);
#include "nn/layers.inc"
#undef LAYER
  }
  throw ContractViolation("there is no such kind of layer");
}

}  // namespace chainrule
