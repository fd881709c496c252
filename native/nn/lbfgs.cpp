#include "nn/lbfgs.h"

#include <cmath>
#include <utility>

namespace chainrule {
namespace {

/// Curvatures below this are not remembered.
constexpr double kLeastCurvature = 1e-10;

/// The constants of the Wolfe conditions, and the most evaluations of one search.
constexpr double kArmijo = 1e-4, kCurvature = 0.9;
constexpr int kMostSearched = 25;

/// The minimum, between `least` and `most`, of the cubic through two points with these values and slopes (Nocedal & Wright 2006, 3.59).
double cubic_minimum(double x1, double f1, double g1, double x2, double f2, double g2, double least, double most) {
  const double d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2);
  const double square = d1 * d1 - g1 * g2;
  if (!(square >= 0)) return (least + most) / 2;
  const double d2 = std::sqrt(square);
  const double minimum =
      x1 <= x2 ? x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2)) : x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2));
  return std::min(std::max(minimum, least), most);
}

template <typename F>
void for_elements(size_t size, const F& f) {
  parallel_for(size, 4096, size, [&](Range range) {
    for (size_t i = range.begin; i < range.end; ++i) f(i);
  });
}

/// to += factor * from
template <typename T>
void add(const KernelTable<T>& kernels, AlignedBuffer<T>& to, double factor, const AlignedBuffer<T>& from) {
  parallel_for(to.size() / kLanes, 256, to.size(), [&](Range range) {
    const size_t offset = range.begin * kLanes;
    kernels.move_average(to.data() + offset, 1, from.data() + offset, static_cast<T>(factor), range.end - range.begin);
  });
}

}  // namespace

template <typename T>
Lbfgs<T>::Lbfgs(const LbfgsSpec& spec, const KernelTable<T>& kernels, size_t size)
    : spec_(spec), kernels_(kernels), sums_(kernels, size), previous_(size), direction_(size), start_(size) {
  for (AlignedBuffer<T>& gradient : gradients_) gradient = AlignedBuffer<T>(size);
}

template <typename T>
void Lbfgs<T>::reserve() {
  const size_t wanted = 1 + std::min(spec_.max_iterations, spec_.history_size - std::min(spec_.history_size, pairs_.size()));
  const size_t most = std::min(spec_.history_size, pairs_.size() + spec_.max_iterations) + 2;
  pairs_.reserve(most);
  free_.reserve(most);
  products_.reserve(most);
  while (free_.size() < wanted) free_.push_back(new_pair());
}

template <typename T>
std::vector<AlignedBuffer<T>*> Lbfgs<T>::state() {
  std::vector<AlignedBuffer<T>*> arrays;
  if (!begun_) return arrays;
  // The direction becomes the step itself, as remember() would make it.
  const T t = static_cast<T>(std::exchange(t_, 1));
  for_elements(start_.size(), [&](size_t i) { direction_.data()[i] *= t; });
  arrays = {&previous_, &direction_};
  for (Pair& pair : pairs_) arrays.insert(arrays.end(), {&pair.step, &pair.change});
  return arrays;
}

template <typename T>
void Lbfgs<T>::set_state_arrays(size_t count) {
  std::vector<Pair> pairs;
  while (count > 2 + 2 * pairs.size()) pairs.push_back(new_pair());
  pairs_ = std::move(pairs);
  begun_ = count > 0;
  t_ = 1;
  hessian_ = 1;
}

template <typename T>
void Lbfgs<T>::resume() {
  for (Pair& pair : pairs_) weigh(pair, sums_.dot(pair.change.data(), pair.step.data()));
}

/// Takes the last iteration into the history.
template <typename T>
void Lbfgs<T>::remember() {
  Pair& pair = free_.back();
  const T* const gradient = gradients_[current_].data();
  const T t = static_cast<T>(t_);
  for_elements(start_.size(), [&](size_t i) {
    pair.change.data()[i] = gradient[i] - previous_.data()[i];
    pair.step.data()[i] = direction_.data()[i] * t;
  });
  const double product = sums_.dot(pair.change.data(), pair.step.data());
  if (!(product > kLeastCurvature)) return;
  weigh(pair, product);
  pairs_.push_back(std::move(pair));
  free_.pop_back();
  if (pairs_.size() <= spec_.history_size) return;
  free_.push_back(std::move(pairs_.front()));
  pairs_.erase(pairs_.begin());
}

/// Sets what follows from the newest of the pairs, whose arrays have that product.
template <typename T>
void Lbfgs<T>::weigh(Pair& pair, double product) {
  pair.inverse_product = 1 / product;
  hessian_ = product / sums_.dot(pair.change.data(), pair.change.data());
}

/// Minus the approximate inverse Hessian times the gradient, by two loops over the history.
template <typename T>
void Lbfgs<T>::find_direction() {
  const T* const gradient = gradients_[current_].data();
  for_elements(start_.size(), [&](size_t i) { direction_.data()[i] = -gradient[i]; });
  products_.resize(pairs_.size());
  for (size_t i = pairs_.size(); i-- > 0;) {
    products_[i] = sums_.dot(pairs_[i].step.data(), direction_.data()) * pairs_[i].inverse_product;
    add(kernels_, direction_, -products_[i], pairs_[i].change);
  }
  const T hessian = static_cast<T>(hessian_);
  for_elements(start_.size(), [&](size_t i) { direction_.data()[i] *= hessian; });
  for (size_t i = 0; i < pairs_.size(); ++i) {
    const double product = sums_.dot(pairs_[i].change.data(), direction_.data()) * pairs_[i].inverse_product;
    add(kernels_, direction_, products_[i] - product, pairs_[i].step);
  }
}

/// The parameters at the distance `t` from where the iteration began.
template <typename T>
void Lbfgs<T>::move(T* parameters, double t) const {
  const T distance = static_cast<T>(t);
  for_elements(start_.size(), [&](size_t i) { parameters[i] = start_.data()[i] + distance * direction_.data()[i]; });
}

template <typename T>
typename Lbfgs<T>::Point Lbfgs<T>::evaluate(T* parameters, double t, size_t gradient, Objective objective) {
  move(parameters, t);
  const double loss = objective(gradients_[gradient].data());
  return {t, loss, sums_.dot(gradients_[gradient].data(), direction_.data()), gradient};
}

template <typename T>
size_t Lbfgs<T>::other_than(size_t a, size_t b, size_t c) const {
  size_t index = 0;
  while (index == a || index == b || index == c) ++index;
  return index;
}

template <typename T>
typename Lbfgs<T>::Point Lbfgs<T>::search(T* parameters, const Point& start, double t, Objective objective, size_t& evaluations,
                                          const std::atomic<bool>& stop) {
  const size_t before = start.gradient;
  const auto is_flat = [&](const Point& point) { return std::abs(point.derivative) <= -kCurvature * start.derivative; };
  const auto is_too_high = [&](const Point& point) { return point.loss > start.loss + kArmijo * point.t * start.derivative; };
  const auto at = [&](double distance, size_t a, size_t b) {
    ++evaluations;
    return evaluate(parameters, distance, other_than(before, a, b), objective);
  };

  // Two points with a minimum between them.
  Point previous = start;
  Point point = at(t, before, before);
  int searched = 0;
  for (;; ++searched) {
    if (searched == kMostSearched) {
      previous = start;
      break;
    }
    if (is_too_high(point) || (searched > 1 && point.loss >= previous.loss)) break;
    if (is_flat(point) || stop.load(std::memory_order_relaxed)) return point;
    if (point.derivative >= 0) break;
    const double next = cubic_minimum(previous.t, previous.loss, previous.derivative, point.t, point.loss, point.derivative,
                                      point.t + 0.01 * (point.t - previous.t), point.t * 10);
    previous = std::exchange(point, at(next, point.gradient, point.gradient));
  }
  Point bracket[2] = {previous, point};
  size_t lower = bracket[0].loss <= bracket[1].loss ? 0 : 1;

  // The bracket is narrowed.
  const double length = sums_.largest_absolute(direction_.data());
  bool is_slow = false;
  for (; searched < kMostSearched && !stop.load(std::memory_order_relaxed); ++searched) {
    const auto [least, most] = std::minmax(bracket[0].t, bracket[1].t);
    if ((most - least) * length < spec_.tolerance_change) break;
    double next = cubic_minimum(bracket[0].t, bracket[0].loss, bracket[0].derivative, bracket[1].t, bracket[1].loss, bracket[1].derivative,
                                least, most);
    // A point that is close to an end of the bracket brings little: the second one in a row is moved away from it.
    const double margin = 0.1 * (most - least);
    const bool is_close = std::min(most - next, next - least) < margin;
    const bool is_moved = is_close && (is_slow || next >= most || next <= least);
    if (is_moved) next = std::abs(next - most) < std::abs(next - least) ? most - margin : least + margin;
    is_slow = is_close && !is_moved;

    const Point found = at(next, bracket[0].gradient, bracket[1].gradient);
    if (is_too_high(found) || found.loss >= bracket[lower].loss) {
      bracket[1 - lower] = found;
      lower = bracket[0].loss <= bracket[1].loss ? 0 : 1;
      continue;
    }
    const bool is_done = is_flat(found);
    if (!is_done && found.derivative * (bracket[1 - lower].t - bracket[lower].t) >= 0) bracket[1 - lower] = bracket[lower];
    bracket[lower] = found;
    if (is_done) break;
  }
  return bracket[lower];
}

template <typename T>
void Lbfgs<T>::step(T* parameters, double loss, double learning_rate, Objective objective, const std::atomic<bool>& stop) {
  if (sums_.largest_absolute(gradient()) <= spec_.tolerance_gradient) return;
  size_t evaluations = 1;
  for (size_t iteration = 1; !stop.load(std::memory_order_relaxed); ++iteration) {
    if (begun_) remember();
    find_direction();
    const T* const now = gradients_[current_].data();
    for_elements(start_.size(), [&](size_t i) {
      previous_.data()[i] = now[i];
      start_.data()[i] = parameters[i];
    });
    t_ = std::exchange(begun_, true) ? learning_rate : std::min(1.0, 1 / sums_.sum_of_absolutes(now)) * learning_rate;
    const Point start{0, loss, sums_.dot(now, direction_.data()), current_};
    if (start.derivative > -spec_.tolerance_change) return;

    if (spec_.line_search) {
      const Point found = search(parameters, start, t_, objective, evaluations, stop);
      t_ = found.t;
      loss = found.loss;
      current_ = found.gradient;
      move(parameters, t_);
    } else {
      move(parameters, t_);
      if (iteration == spec_.max_iterations) return;
      ++evaluations;
      loss = objective(gradient());
    }
    if (iteration == spec_.max_iterations || evaluations >= spec_.max_evaluations) return;
    if (sums_.largest_absolute(gradient()) <= spec_.tolerance_gradient) return;
    if (sums_.largest_absolute(direction_.data()) * std::abs(t_) <= spec_.tolerance_change) return;
    if (std::abs(loss - start.loss) < spec_.tolerance_change) return;
  }
}

template <typename T>
size_t Lbfgs<T>::bytes() const {
  return (kBlocks + 2 * (pairs_.size() + free_.size())) * start_.size() * sizeof(T);
}

template class Lbfgs<float>;
template class Lbfgs<double>;

}  // namespace chainrule
