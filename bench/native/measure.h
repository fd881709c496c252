// How every C and C++ program here takes its time; drivers/measure.mjs and drivers/pytorch.py do the same. C and C++.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/// A sample takes at least so long, so that the clock costs nothing; no longer, so that some samples escape the machine's other work.
#define SAMPLE_SECONDS 0.005

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

/// Calls work(context) for about `seconds`, after a fifth of that to warm up, and prints the best and the median seconds per call.
/// `more` is put into the JSON line unchanged: nothing, or members that each begin with a comma.
static void measure(double seconds, void (*work)(void*), void* context, const char* more) {
  enum { kMost = 1 << 14 };
  static double samples[kMost];
  double calls = 0;
  const double start = now();
  double warm = start;
  do {
    work(context);
    ++calls;
    warm = now();
  } while (warm - start < seconds / 5);
  const long per_sample = (long)(SAMPLE_SECONDS / ((warm - start) / calls)) + 1;
  int count = 0;
  for (double begin = now(), end = begin; count < kMost && (count < 3 || end - warm < seconds); begin = end) {
    for (long i = 0; i < per_sample; ++i) work(context);
    end = now();
    samples[count++] = (end - begin) / (double)per_sample;
  }
  qsort(samples, (size_t)count, sizeof(double), ascending);
  printf("{\"best\":%.9g,\"median\":%.9g,\"samples\":%d%s}\n", samples[0], samples[count / 2], count, more);
}
