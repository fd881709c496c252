#include "wasm/network.h"

#include <algorithm>

#include "nn/limits.h"
#include "nn/metrics.h"
#include "nn/parameter_rows.h"
#include "nn/trace.h"
#include "nn/wire.h"
#include "wasm/custom_loss.h"
#include "wasm/exports.h"
#include "wasm/parse.h"

namespace chainrule {
namespace {

template <typename T>
NetworkHandle* make_network(const NetworkSpec& spec, bool draw) {
  const auto initial = draw ? Network<T>::Initial::drawn : Network<T>::Initial::written;
  return asking_for<T>(Topology(spec).parameters.block_size(),
                       [&] { return new NetworkHandle{std::make_unique<NetworkUser<T>>(std::make_shared<Network<T>>(spec, initial))}; });
}

MetricSums read_sums(const double* numbers) {
  MetricSums sums;
  sums.loss = numbers[0];
  std::copy_n(numbers + 1, kMetricCount, sums.sums.begin());
  sums.weight = numbers[1 + kMetricCount];
  sums.rows = static_cast<size_t>(numbers[2 + kMetricCount]);
  return sums;
}

void write_numbers(double loss, const PerMetric<double>& metrics, double* to) {
  to[0] = loss;
  std::copy(metrics.begin(), metrics.end(), to + 1);
}

}  // namespace

/// With its initial parameters drawn, or none until network_write_parameters.
CHAINRULE_EXPORT(network_create) NetworkHandle* network_create(const double* spec, size_t count, bool f64, bool draw) {
  return guard([&] {
    const NetworkSpec read = read_network({spec, count});
    return f64 ? make_network<double>(read, draw) : make_network<float>(read, draw);
  });
}

CHAINRULE_EXPORT(network_destroy) void network_destroy(NetworkHandle* handle) { delete handle; }

/// Columns of x and of predictions.
CHAINRULE_EXPORT(network_inputs) size_t network_inputs(const NetworkHandle* handle) {
  return with(handle, [](const auto& user) { return user.network->topology().input_size; });
}
CHAINRULE_EXPORT(network_outputs) size_t network_outputs(const NetworkHandle* handle) {
  return with(handle, [](const auto& user) { return user.network->topology().outputs; });
}
/// Columns of y, where it has values.
CHAINRULE_EXPORT(network_targets) size_t network_targets(const NetworkHandle* handle) {
  return with(handle, [](const auto& user) { return user.network->topology().targets; });
}

/// Elements of all parameters, or of the trained ones.
CHAINRULE_EXPORT(network_parameter_count) size_t network_parameter_count(const NetworkHandle* handle, bool trained) {
  return with(handle, [&](const auto& user) {
    const ParameterList& parameters = user.network->topology().parameters;
    return trained ? parameters.trained_count() : parameters.count();
  });
}

/// The name of a tensor of the list, or null after the last. `shape`: rows, columns and whether it is trained.
CHAINRULE_EXPORT(network_tensor) const char* network_tensor(const NetworkHandle* handle, size_t index, double* shape) {
  return with(handle, [&](const auto& user) -> const char* {
    const std::vector<Parameter>& list = user.network->topology().parameters.all();
    if (index >= list.size()) return nullptr;
    shape[0] = static_cast<double>(list[index].rows);
    shape[1] = static_cast<double>(list[index].cols);
    shape[2] = list[index].trained ? 1 : 0;
    return list[index].name.c_str();
  });
}

/// Elements of a tensor; 0 if there is no such one.
CHAINRULE_EXPORT(network_parameter_size) size_t network_parameter_size(const NetworkHandle* handle, size_t index) {
  return with(handle, [&](const auto& user) {
    const std::vector<Parameter>& list = user.network->topology().parameters.all();
    return index < list.size() ? list[index].size() : 0;
  });
}

CHAINRULE_EXPORT(network_read_parameter) void network_read_parameter(const NetworkHandle* handle, size_t index, void* out) {
  guard([&] { with(handle, [&]<typename T>(const NetworkUser<T>& user) { user.network->read_parameter(index, static_cast<T*>(out)); }); });
}

CHAINRULE_EXPORT(network_write_parameter) bool network_write_parameter(const NetworkHandle* handle, size_t index, const void* values) {
  return guard([&] {
    return with(handle,
                [&]<typename T>(NetworkUser<T>& user) { return user.network->write_parameter(index, static_cast<const T*>(values)); });
  });
}

/// `out`: all parameters, row-major.
CHAINRULE_EXPORT(network_read_parameters) void network_read_parameters(const NetworkHandle* handle, void* out) {
  guard([&] {
    with(handle, [&]<typename T>(const NetworkUser<T>& user) {
      const Network<T>& network = *user.network;
      block_to_rows(network.topology().parameters, network.kernels(), network.snapshot()->data(), static_cast<T*>(out));
    });
  });
}

/// `values`: all parameters, row-major.
CHAINRULE_EXPORT(network_write_parameters) bool network_write_parameters(const NetworkHandle* handle, const void* values) {
  return guard([&] {
    return with(handle,
                [&]<typename T>(const NetworkUser<T>& user) { return user.network->write_parameters(static_cast<const T*>(values)); });
  });
}

CHAINRULE_EXPORT(network_assign) bool network_assign(const NetworkHandle* handle, const AnySnapshot* snapshot) {
  return guard(
      [&] { return with(handle, [&](const auto& user) { return user.network->assign(snapshot_for(*user.network, *snapshot)); }); });
}

CHAINRULE_EXPORT(network_snapshot) AnySnapshot* network_snapshot(const NetworkHandle* handle) {
  return guard([&] { return with(handle, [](const auto& user) { return new AnySnapshot{user.network->snapshot()}; }); });
}

/// `values`: all parameters, row-major.
CHAINRULE_EXPORT(network_snapshot_of) AnySnapshot* network_snapshot_of(const NetworkHandle* handle, const void* values) {
  return guard([&] {
    return with(handle, [&]<typename T>(const NetworkUser<T>& user) {
      const Network<T>& network = *user.network;
      return new AnySnapshot{
          Snapshot<T>(parameters_from_rows(network.topology().parameters, network.kernels(), static_cast<const T*>(values)))};
    });
  });
}

CHAINRULE_EXPORT(snapshot_destroy) void snapshot_destroy(AnySnapshot* snapshot) { delete snapshot; }

CHAINRULE_EXPORT(network_restore) bool network_restore(const NetworkHandle* handle, const AnySnapshot* snapshot) {
  return guard([&] {
    return with(handle, [&](const auto& user) { return user.network->publish(snapshot_for(*user.network, *snapshot), user.lease); });
  });
}

CHAINRULE_EXPORT(network_begin_training) bool network_begin_training(const NetworkHandle* handle) {
  return with(handle, [](auto& user) { return user.begin_lease(); });
}

CHAINRULE_EXPORT(network_end_training) void network_end_training(const NetworkHandle* handle) {
  with(handle, [](auto& user) { user.end_lease(); });
}

/// `x` [rows, inputs], `out` [rows, outputs]. With the network's parameters, or with those of a snapshot.
CHAINRULE_EXPORT(network_predict)
void network_predict(const NetworkHandle* handle, const AnySnapshot* parameters, const void* x, size_t rows, void* out) {
  guard([&] {
    with(handle, [&]<typename T>(NetworkUser<T>& user) {
      check_batch(user.network->topology(), std::min(rows, Predictor<T>::kChunk), sizeof(T));
      const T* from = static_cast<const T*>(x);
      T* to = static_cast<T*>(out);
      if (parameters == nullptr) return user.predictor.predict(from, rows, to);
      user.predictor.predict(snapshot_for(*user.network, *parameters), from, rows, to);
    });
  });
}

/// Rows that are predicted and measured together; a longer row of them may be cut at multiples of it.
CHAINRULE_EXPORT(rows_at_once) size_t rows_at_once() { return Predictor<float>::kChunk; }

/// Adds samples to `sums`, which begin as zeros: the loss, each metric, the samples' weight and their number.
CHAINRULE_EXPORT(network_measure)
void network_measure(const NetworkHandle* handle, const AnySnapshot* parameters, const void* x, const void* y, bool labelled,
                     const void* weights, size_t rows, double* sums) {
  guard([&] {
    with(handle, [&]<typename T>(NetworkUser<T>& user) {
      const Topology& topology = user.network->topology();
      check_batch(topology, std::min(rows, Predictor<T>::kChunk), sizeof(T));
      MetricSums so_far = read_sums(sums);
      user.predictor.measure(snapshot_for(*user.network, *parameters), parse_samples<T>({x, y, labelled, weights, rows}, topology),
                             &so_far);
      write_numbers(so_far.loss, so_far.sums, sums);
      sums[1 + kMetricCount] = so_far.weight;
      sums[2 + kMetricCount] = static_cast<double>(so_far.rows);
    });
  });
}

/// Sums become the mean loss and the metrics.
CHAINRULE_EXPORT(network_means) void network_means(const NetworkHandle* handle, double* sums) {
  with(handle, [&](const auto& user) {
    const Metrics means = read_sums(sums).mean(user.network->topology());
    write_numbers(means.loss, means.values, sums);
  });
}

/// Columns of all matrices together that network_trace or network_backward gives.
CHAINRULE_EXPORT(network_trace_columns) size_t network_trace_columns(const NetworkHandle* handle, bool backward) {
  return with(handle, [&](const auto& user) { return trace_columns(user.network->topology(), backward); });
}

/// `layers`: pre-activations and activations of each dense layer in turn.
CHAINRULE_EXPORT(network_trace) void network_trace(const NetworkHandle* handle, const void* x, size_t rows, void* layers) {
  guard([&] {
    with(handle, [&]<typename T>(NetworkUser<T>& user) {
      const Network<T>& network = *user.network;
      check_batch(network.topology(), rows, sizeof(T));
      trace_forward<T>(network, static_cast<const T*>(x), rows, static_cast<T*>(layers));
    });
  });
}

/// Returns the loss; `gradients`: as all parameters, row-major; `tensors`: `count` numbers as in nn/wire.h; `layers`: input and dLoss/dZ of
/// each dense layer in turn, or null.
CHAINRULE_EXPORT(network_backward)
double network_backward(const NetworkHandle* handle, const void* x, const void* y, bool labelled, const void* weights, size_t rows,
                        void* gradients, const double* tensors, size_t count, void* layers) {
  return guard([&] {
    const std::vector<TensorSettings> settings = read_tensors({tensors, count});
    return with(handle, [&]<typename T>(NetworkUser<T>& user) {
      check_batch(user.network->topology(), rows, sizeof(T));
      const Samples<T> samples = parse_samples<T>({x, y, labelled, weights, rows}, user.network->topology());
      const Network<T>& network = *user.network;
      const auto way = layers != nullptr ? Backprop<T>::Way::by_layers : Backprop<T>::Way::fastest;
      const auto run = [&](Backprop<T>& backprop) {
        const double loss = network.backward(backprop, samples, static_cast<T*>(gradients), settings, way);
        if (layers != nullptr) trace_backward<T>(network, backprop, static_cast<T*>(layers));
        return loss;
      };
      if (!network.topology().has_custom_loss()) return run(user.backprop);
      // Buffers of its own, as JavaScript that runs meanwhile may do the same.
      ImportedLoss<T> function(network.topology());
      Backprop<T> backprop(network.topology(), network.kernels());
      backprop.set_custom_loss(&function);
      return run(backprop);
    });
  });
}

/// Returns an UpdateResult; `gradients`: as all parameters, row-major.
CHAINRULE_EXPORT(network_update)
int network_update(const NetworkHandle* handle, const void* gradients, const double* optimizer, size_t count) {
  return guard([&] {
    const OptimizerSpec spec = read_optimizer({optimizer, count});
    return with(handle, [&]<typename T>(NetworkUser<T>& user) {
      return static_cast<int>(user.network->update(static_cast<const T*>(gradients), spec));
    });
  });
}

}  // namespace chainrule
