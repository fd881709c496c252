#include "math/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <initializer_list>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "check.h"
#include "math/background.h"
#include "resized.h"

using namespace chainrule;

namespace {

using Clock = std::chrono::steady_clock;

double microseconds_since(Clock::time_point start) { return std::chrono::duration<double, std::micro>(Clock::now() - start).count(); }

/// Runs `count` tasks; whether each was called exactly once and all were over at the end. Without atomics, so that TSan sees the ordering.
bool each_once(std::size_t count) {
  std::vector<int> calls(count, 0);
  ThreadPool::shared().run(count, [&](std::size_t i) { ++calls[i]; });
  return std::all_of(calls.begin(), calls.end(), [](int n) { return n == 1; });
}

void sleep(int microseconds) { std::this_thread::sleep_for(std::chrono::microseconds(microseconds)); }

}  // namespace

TEST(thread_pool_runs_each_task_once) {
  for (int threads : {1, 2, 3, 8}) {
    const Resized resized(threads);
    CHECK_EQ(ThreadPool::shared().size(), threads);
    for (const std::size_t count : std::initializer_list<std::size_t>{0, 1, 2, 3, 7, 8, 9, 100, 10000}) CHECK(each_once(count));
  }
}

TEST(thread_pool_thousands_of_tiny_runs) {
  const Resized resized(std::max(2, ThreadPool::shared().size()));
  long long sum = 0;
  for (int run = 0; run < 20000; ++run) {
    long long part[4] = {};
    ThreadPool::shared().run(static_cast<std::size_t>(1 + run % 4), [&](std::size_t i) { part[i] = run + static_cast<int>(i); });
    sum += std::accumulate(std::begin(part), std::end(part), 0LL);
    if (run % 1000 == 0) sleep(200);  // let the helpers fall asleep now and then
  }
  long long expected = 0;
  for (int run = 0; run < 20000; ++run)
    for (int i = 0; i <= run % 4; ++i) expected += run + i;
  CHECK_EQ(sum, expected);
}

TEST(thread_pool_uses_helpers) {
  const Resized resized(3);
  // Each task waits for the others to begin: only possible if three threads are at work. (Real tasks must not wait for each other.)
  std::atomic<int> begun{0};
  std::vector<std::thread::id> by(3);
  ThreadPool::shared().run(3, [&](std::size_t i) {
    by[i] = std::this_thread::get_id();
    ++begun;
    while (begun < 3) std::this_thread::yield();
  });
  CHECK_EQ(std::set<std::thread::id>(by.begin(), by.end()).size(), std::size_t{3});
  CHECK(std::find(by.begin(), by.end(), std::this_thread::get_id()) != by.end());
}

TEST(thread_pool_of_one_stays_on_the_caller) {
  const Resized resized(1);
  std::vector<std::thread::id> by(100);
  ThreadPool::shared().run(100, [&](std::size_t i) { by[i] = std::this_thread::get_id(); });
  CHECK(std::all_of(by.begin(), by.end(), [](std::thread::id id) { return id == std::this_thread::get_id(); }));
}

TEST(thread_pool_nested_runs) {
  const Resized resized(4);
  std::vector<int> calls(10 * 20, 0);
  std::vector<int> alone(10, 1);
  ThreadPool::shared().run(10, [&](std::size_t i) {
    const std::thread::id me = std::this_thread::get_id();
    ThreadPool::shared().run(20, [&](std::size_t j) {
      ++calls[i * 20 + j];
      if (std::this_thread::get_id() != me) alone[i] = 0;
    });
  });
  CHECK(std::all_of(calls.begin(), calls.end(), [](int n) { return n == 1; }));
  CHECK(std::all_of(alone.begin(), alone.end(), [](int n) { return n == 1; }));
}

TEST(thread_pool_concurrent_callers) {
  const Resized resized(4);
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int run = 0; run < 2000; ++run) wrong += each_once(static_cast<std::size_t>(run % 9)) ? 0 : 1;
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK_EQ(wrong.load(), 0);
}

TEST(thread_pool_busy_pool_does_not_delay_a_caller) {
  const Resized resized(2);
  std::atomic<bool> release{false};
  std::atomic<int> inside{0};
  std::thread hog([&] {
    ThreadPool::shared().run(2, [&](std::size_t) {
      ++inside;
      while (!release) std::this_thread::yield();
    });
  });
  while (inside < 2) std::this_thread::yield();
  CHECK(each_once(50));  // would hang if it waited
  release = true;
  hog.join();
}

TEST(thread_pool_resize_under_load) {
  const Resized resized(2);
  std::atomic<bool> stop{false};
  std::thread resizer([&] {
    for (int i = 0; !stop; ++i) {
      ThreadPool::shared().resize(1 + i % 6);
      sleep(30);
    }
  });
  bool right = true;
  for (int run = 0; run < 5000; ++run) right = right && each_once(static_cast<std::size_t>(run % 13));
  stop = true;
  resizer.join();
  CHECK(right);
}

TEST(thread_pool_clamps_its_size) {
  const Resized resized(2);
  for (int threads : {0, -5}) {
    ThreadPool::shared().resize(threads);
    CHECK_EQ(ThreadPool::shared().size(), 1);
  }
  ThreadPool::shared().resize(1 << 30);
  CHECK_EQ(ThreadPool::shared().size(), ThreadPool::kMaxThreads);
}

TEST(background_jobs_in_order) {
  std::vector<int> order;  // only the background thread touches it until the last job has said so
  std::atomic<int> done{0};
  for (int i = 0; i < 100; ++i) {
    run_in_background([&order, &done, i] {
      order.push_back(i);
      ++done;
    });
  }
  std::atomic<bool> pool_works{false};
  run_in_background([&] {
    pool_works = each_once(100);
    ++done;
  });
  while (done < 101) std::this_thread::yield();
  CHECK(pool_works.load());
  CHECK_EQ(order.size(), std::size_t{100});
  CHECK(std::is_sorted(order.begin(), order.end()));
}

// TSan cannot start threads after a fork. ASan's allocator may have been locked for good, by a thread that was about to allocate.
#if (defined(__unix__) || defined(__APPLE__)) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
TEST(thread_pool_after_fork) {
  const Resized resized(3);
  CHECK(each_once(100));
  run_in_background([] {});
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // a child that hangs fails
    std::atomic<bool> done{false};
    run_in_background([&] { done = each_once(50); });
    while (!done) std::this_thread::yield();
    _exit(ThreadPool::shared().size() == 3 && each_once(100) ? 0 : 1);
  }
  int status = -1;
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK_EQ(status, 0);
  CHECK(each_once(100));
}
#endif

// Prints rather than checks: on a loaded machine any figure can come out.
TEST(thread_pool_wake_up_cost) {
  const int threads = static_cast<int>(std::max(2U, std::min(4U, std::thread::hardware_concurrency())));
  const Resized resized(threads);
  const auto tasks = static_cast<std::size_t>(threads);
  const auto empty_run = [&] { ThreadPool::shared().run(tasks, [](std::size_t) {}); };
  empty_run();

  std::vector<double> awake;
  std::vector<double> asleep;
  for (int i = 0; i < 2000; ++i) {
    const auto start = Clock::now();
    for (int j = 0; j < 10; ++j) empty_run();
    awake.push_back(microseconds_since(start) / 10);
  }
  for (int i = 0; i < 300; ++i) {
    sleep(300);
    const auto start = Clock::now();
    empty_run();
    asleep.push_back(microseconds_since(start));
  }
  // How soon a helper begins: both tasks wait until both have begun.
  std::vector<double> helper_awake;
  std::vector<double> helper_asleep;
  for (int i = 0; i < 600; ++i) {
    if (i % 2 == 0) sleep(300);
    std::atomic<int> begun{0};
    const auto start = Clock::now();
    ThreadPool::shared().run(2, [&](std::size_t) {
      ++begun;
      while (begun < 2) {
        if (microseconds_since(start) > 1000) std::this_thread::yield();  // fewer cores than threads
      }
    });
    (i % 2 == 0 ? helper_asleep : helper_awake).push_back(microseconds_since(start));
  }
  const auto print = [](const char* what, std::vector<double>& us) {
    std::sort(us.begin(), us.end());
    std::printf("  %-42s %8.2f us median, %8.2f us best, %8.2f us 90 %%\n", what, us[us.size() / 2], us.front(), us[us.size() * 9 / 10]);
  };
  std::printf("thread pool, %d threads:\n", threads);
  print("empty run, helpers awake", awake);
  print("empty run, helpers asleep", asleep);
  print("run until a helper has begun, awake", helper_awake);
  print("run until a helper has begun, asleep", helper_asleep);
  std::fflush(stdout);
}
