// Functions that glibc's C++ library needs and musl lacks, as far as a test needs them: they let Bun for musl run on Debian. Compiled with
// glibc's headers, and linked with nothing.
#define _GNU_SOURCE
#include <link.h>
#include <locale.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <time.h>

char __libc_single_threaded = 0;

struct {
  unsigned vendor, type, subtype, features[1];
} __cpu_model;
unsigned __cpu_features2[4];
int __cpu_indicator_init(void) { return 0; }

int __cxa_thread_atexit_impl(void (*destructor)(void*), void* object, void* library) { return 0; }

size_t __strftime_l(char* out, size_t size, const char* format, const struct tm* time, locale_t locale) {
  return strftime_l(out, size, format, time, locale);
}

uint32_t arc4random(void) {
  uint32_t value;
  getrandom(&value, sizeof value, 0);
  return value;
}

unsigned long __getauxval(unsigned long type) { return getauxval(type); }

// glibc's way for an unwinder to find the tables of the object that an address is in.
struct search {
  uintptr_t address;
  struct dl_find_object* result;
};

static int examine(struct dl_phdr_info* object, size_t size, void* argument) {
  struct search* search = argument;
  uintptr_t begin = UINTPTR_MAX, end = 0, eh_frame = 0;
  int inside = 0;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr)* header = object->dlpi_phdr + i;
    const uintptr_t from = object->dlpi_addr + header->p_vaddr, to = from + header->p_memsz;
    if (header->p_type == PT_GNU_EH_FRAME) eh_frame = from;
    if (header->p_type != PT_LOAD) continue;
    if (search->address >= from && search->address < to) inside = 1;
    if (from < begin) begin = from;
    if (to > end) end = to;
  }
  if (!inside || !eh_frame) return 0;
  *search->result = (struct dl_find_object){.dlfo_map_start = (void*)begin, .dlfo_map_end = (void*)end, .dlfo_eh_frame = (void*)eh_frame};
  return 1;
}

int _dl_find_object(void* address, struct dl_find_object* result) {
  struct search search = {(uintptr_t)address, result};
  return dl_iterate_phdr(examine, &search) ? 0 : -1;
}
