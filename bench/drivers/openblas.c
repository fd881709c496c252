// OpenBLAS: SECONDS forward|dX|dW BATCH IN UNITS. Its threads and kernels are set by the environment.
#include <cblas.h>
#include <string.h>

#include "../native/measure.h"

char* openblas_get_config(void);
char* openblas_get_corename(void);

static float *a, *w, *dz, *out;
static int batch, in, units;

static float* matrix(int rows, int cols) {
  float* m = aligned_alloc(64, ((size_t)rows * (size_t)cols * sizeof(float) + 63) / 64 * 64);
  for (long i = 0; i < (long)rows * cols; ++i) m[i] = (float)(i * 31 % 64) / 64 - 0.5F;
  return m;
}

static void forward(void* none) {
  (void)none;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, units, in, 1, a, in, w, units, 0, out, units);
}
static void input_gradient(void* none) {
  (void)none;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, in, units, 1, dz, units, w, units, 0, out, in);
}
static void weight_gradient(void* none) {
  (void)none;
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, in, units, batch, 1, a, in, dz, units, 0, out, units);
}

int main(int count, char** arguments) {
  if (count != 6) return 2;
  const char* pass = arguments[2];
  batch = atoi(arguments[3]), in = atoi(arguments[4]), units = atoi(arguments[5]);
  a = matrix(batch, in), w = matrix(in, units), dz = matrix(batch, units);
  out = pass[1] == 'X' ? matrix(batch, in) : pass[1] == 'W' ? matrix(in, units) : matrix(batch, units);
  char version[256];
  snprintf(version, sizeof(version), ",\"version\":\"%.15s, %s kernels\"", openblas_get_config(), openblas_get_corename());
  measure(atof(arguments[1]), pass[1] == 'X' ? input_gradient : pass[1] == 'W' ? weight_gradient : forward, NULL, version);
}
