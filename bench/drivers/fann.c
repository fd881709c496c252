// FANN: SECONDS. One full-batch epoch of XOR, 2-4-1, sigmoid.
#include <floatfann.h>

#include "../native/measure.h"

static struct fann* net;
static struct fann_train_data* data;

static void epoch(void* none) {
  (void)none;
  fann_train_epoch(net, data);
}

int main(int count, char** arguments) {
  if (count != 2) return 2;
  net = fann_create_standard(3, 2, 4, 1);
  fann_set_activation_function_hidden(net, FANN_SIGMOID);
  fann_set_activation_function_output(net, FANN_SIGMOID);
  fann_set_training_algorithm(net, FANN_TRAIN_BATCH);
  fann_set_learning_rate(net, 0.1F);
  data = fann_create_train(4, 2, 1);
  for (int i = 0; i < 4; ++i) {
    data->input[i][0] = (fann_type)(i / 2), data->input[i][1] = (fann_type)(i % 2);
    data->output[i][0] = (fann_type)(i / 2 != i % 2);
  }
  measure(atof(arguments[1]), epoch, NULL, ",\"version\":\"2.2.0\"");
}
