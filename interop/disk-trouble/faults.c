/*
 * Makes calls to files fail, or take long, while a process runs: loaded before libc (LD_PRELOAD), told by a file what to do.
 *
 * The file that FAULTS names is mapped, so a look at it costs nothing while it begins with a zero byte. Else it holds
 * lines, each of a call, what becomes of it, and how the paths begin that it is for:
 *
 *   write 5 /data/b/        writes under /data/b/ fail with errno 5
 *   sync +3000 /data/b/     syncs there take 3 s more
 *   open 24 /               no file can be opened
 *
 * Calls are open, write (also truncate), sync, and name (rename, mkdir, unlink). Built with: cc -shared -fPIC -O2 -o faults.so faults.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define TOLD_BYTES 4096

static volatile const char *told;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULTS");
  int (*real_open)(const char *, int, ...) = real("open");
  int fd = path == NULL ? -1 : real_open(path, O_RDONLY);
  if (fd < 0) return;
  void *map = mmap(NULL, TOLD_BYTES, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (map != MAP_FAILED) told = map;
}

/* 0: the call is to be made. Else errno is set, and it has failed. */
static int fault(const char *call, const char *path) {
  if (told == NULL || told[0] == 0 || path == NULL) return 0;
  char lines[TOLD_BYTES];
  memcpy(lines, (const void *)told, TOLD_BYTES - 1);
  lines[TOLD_BYTES - 1] = 0;
  char *rest = lines, *line;
  while ((line = strsep(&rest, "\n")) != NULL) {
    char kind[16], what[16], prefix[1024];
    if (sscanf(line, "%15s %15s %1023s", kind, what, prefix) != 3) continue;
    if (strcmp(kind, call) != 0 || strncmp(path, prefix, strlen(prefix)) != 0) continue;
    if (what[0] == '+') {
      usleep(1000L * atol(what + 1));
      continue;
    }
    errno = atoi(what);
    return -1;
  }
  return 0;
}

static int fault_of(const char *call, int fd) {
  if (told == NULL || told[0] == 0) return 0;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return fault(call, path);
}

#define OPEN(NAME)                                                                                                         \
  int NAME(const char *path, int flags, ...) {                                                                            \
    static int (*next)(const char *, int, ...);                                                                           \
    if (next == NULL) next = real(#NAME);                                                                                 \
    va_list rest;                                                                                                         \
    va_start(rest, flags);                                                                                                \
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;                                             \
    va_end(rest);                                                                                                         \
    return fault("open", path) ? -1 : next(path, flags, mode);                                                            \
  }
OPEN(open)
OPEN(open64)

#define FILE_CALL(CALL, RESULT, NAME, PARAMETERS, ARGUMENTS)                                                               \
  RESULT NAME PARAMETERS {                                                                                                \
    static RESULT(*next) PARAMETERS;                                                                                      \
    if (next == NULL) next = real(#NAME);                                                                                 \
    return fault_of(CALL, fd) ? -1 : next ARGUMENTS;                                                                      \
  }
FILE_CALL("write", ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size))
FILE_CALL("write", ssize_t, writev, (int fd, const struct iovec *from, int count), (fd, from, count))
FILE_CALL("write", ssize_t, pwrite, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
FILE_CALL("write", ssize_t, pwrite64, (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))
FILE_CALL("write", ssize_t, pwritev, (int fd, const struct iovec *from, int count, off_t at), (fd, from, count, at))
FILE_CALL("write", ssize_t, pwritev64, (int fd, const struct iovec *from, int count, off64_t at), (fd, from, count, at))
FILE_CALL("write", int, ftruncate, (int fd, off_t size), (fd, size))
FILE_CALL("write", int, ftruncate64, (int fd, off64_t size), (fd, size))
FILE_CALL("sync", int, fsync, (int fd), (fd))
FILE_CALL("sync", int, fdatasync, (int fd), (fd))

#define NAME_CALL(NAME, PARAMETERS, ARGUMENTS)                                                                             \
  int NAME PARAMETERS {                                                                                                   \
    static int(*next) PARAMETERS;                                                                                         \
    if (next == NULL) next = real(#NAME);                                                                                 \
    return fault("name", path) ? -1 : next ARGUMENTS;                                                                     \
  }
NAME_CALL(rename, (const char *path, const char *to), (path, to))
NAME_CALL(mkdir, (const char *path, mode_t mode), (path, mode))
NAME_CALL(unlink, (const char *path), (path))
