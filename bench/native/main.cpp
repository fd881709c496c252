// native_bench: what only C++ can measure. Prints one JSON line with seconds per call; CHAINRULE_ISA forces the kernels and the roof.
//   native_bench isas
//   native_bench SECONDS THREADS fma
//   native_bench SECONDS THREADS read|copy BYTES
//   native_bench SECONDS THREADS forward|dX|dW BATCH IN UNITS
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>

#include "kernels/dispatch.h"
#include "math/gemm.h"
#include "math/thread_pool.h"
#include "measure.h"
#include "roofs.h"

namespace chainrule {
namespace {

volatile float sink;

template <typename F>
void time_it(double seconds, const std::string& more, F work) {
  measure(
      seconds, [](void* context) { (*static_cast<F*>(context))(); }, &work, more.c_str());
}

std::string members(double flops, double bytes) {
  return ",\"isa\":\"" + std::string(kernels().isa) + "\",\"flops\":" + std::to_string(flops) + ",\"bytes\":" + std::to_string(bytes);
}

void time_fma(double seconds) {
  const Roofs& roof = roofs(kernels().isa);
  const auto threads = static_cast<size_t>(ThreadPool::shared().size());
  const auto all = [&] { ThreadPool::shared().run(threads, [&](size_t) noexcept { sink = roof.fma(0.5F, 1); }); };
  time_it(seconds, members(static_cast<double>(threads * roof.flops), 0), all);
}

void time_read(double seconds, size_t bytes) {
  const Roofs& roof = roofs(kernels().isa);
  const size_t pieces = static_cast<size_t>(ThreadPool::shared().size()) * 8;
  const size_t size = (bytes / sizeof(float) / pieces + 127) / 128 * 128;
  const AlignedBuffer<float> data(size * pieces);
  const auto all = [&] { ThreadPool::shared().run(pieces, [&](size_t i) noexcept { sink = roof.read(data.data() + i * size, size); }); };
  time_it(seconds, members(0, static_cast<double>(size * pieces * sizeof(float))), all);
}

// Into fresh memory, as a copy of a caller's data is: the pages are faulted in by whoever writes them first.
void time_copy(double seconds, size_t bytes) {
  const size_t pieces = static_cast<size_t>(ThreadPool::shared().size()) * 8;
  const size_t size = (bytes / pieces + 63) / 64 * 64;
  const AlignedBuffer<char> source(size * pieces);
  const auto all = [&] {
    AlignedBuffer<char> copy(size * pieces, AlignedBuffer<char>::Uninitialized{});
    ThreadPool::shared().run(pieces, [&](size_t i) noexcept { std::memcpy(copy.data() + i * size, source.data() + i * size, size); });
    sink = copy.data()[size];
  };
  time_it(seconds, members(0, static_cast<double>(size * pieces)), all);
}

PanelMatrix<float> matrix(size_t rows, size_t cols) {
  PanelMatrix<float> m(rows, cols);
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < cols; ++j) m.at(i, j) = static_cast<float>((i * 31 + j * 17) % 64) / 64 - 0.5F;
  }
  return m;
}

void time_product(double seconds, const std::string& pass, size_t batch, size_t in, size_t units) {
  const KernelTable<float>& k = table<float>(kernels());
  const std::string more = members(2.0 * static_cast<double>(batch) * static_cast<double>(in) * static_cast<double>(units), 0);
  const PanelMatrix<float> a = matrix(batch, in), w = matrix(in, units), dz = matrix(batch, units);
  if (pass == "forward") {
    PanelMatrix<float> z(batch, units);
    ForwardProduct<float> product;
    product.a = a.view(), product.w = w.view(), product.z = z.view(), product.out = z.view();
    time_it(seconds, more, [&] { forward_product(k, product); });
  } else if (pass == "dX") {
    const PanelMatrix<float> dz_t = matrix(units, batch);
    PanelMatrix<float> da(batch, in), da_t(padded(in), batch);
    InputGradientProduct<float> product;
    product.w = w.view(), product.dz_t = dz_t.view(), product.da = da.view(), product.da_t = da_t.view();
    product.da_t.rows = in;
    time_it(seconds, more, [&] { input_gradient_product(k, product); });
  } else if (pass == "dW") {
    PanelMatrix<float> dw(in, units);
    WeightGradientProduct<float> product;
    product.a = a.view(), product.dz = dz.view(), product.dw = dw.view();
    time_it(seconds, more, [&] { weight_gradient_product(k, product); });
  } else {
    throw std::invalid_argument("no such work: " + pass);
  }
}

void print_isas() {
  std::string names;
  for (const Kernels* k : available_kernels()) names += (names.empty() ? "\"" : ",\"") + std::string(k->isa) + "\"";
  std::printf("{\"isa\":\"%s\",\"isas\":[%s]}\n", kernels().isa, names.c_str());
}

void run(int count, char** arguments) {
  const auto size = [&](int index) {
    return index < count ? std::stoul(arguments[index]) : throw std::invalid_argument("too few arguments");
  };
  if (count == 2 && std::strcmp(arguments[1], "isas") == 0) return print_isas();
  ThreadPool::shared().resize(static_cast<int>(size(2)));
  const double seconds = std::stod(arguments[1]);
  const std::string work = count > 3 ? arguments[3] : "";
  if (work == "fma") return time_fma(seconds);
  if (work == "read") return time_read(seconds, size(4));
  if (work == "copy") return time_copy(seconds, size(4));
  time_product(seconds, work, size(4), size(5), size(6));
}

}  // namespace
}  // namespace chainrule

int main(int count, char** arguments) {
  try {
    chainrule::run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
