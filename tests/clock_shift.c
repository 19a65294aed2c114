// Preloaded by moved_clock.py: moves the wall clock of one process by the seconds that a file says, and leaves the
// steady clock alone. (libfaketime does not start together with jemalloc, which asks for the time before main().)
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile long* shift;

__attribute__((constructor)) static void open_shift(void) {
  int fd = open(getenv("CLOCK_SHIFT_FILE"), O_RDONLY | O_CLOEXEC);
  void* page = fd < 0 ? MAP_FAILED : mmap(0, sizeof(long), PROT_READ, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) _exit(99);
  close(fd);
  shift = page;
}

int clock_gettime(clockid_t clock, struct timespec* at) {
  long failed = syscall(SYS_clock_gettime, clock, at);
  if (failed == 0 && clock == CLOCK_REALTIME && shift != 0) at->tv_sec += *shift;
  return (int)failed;
}
