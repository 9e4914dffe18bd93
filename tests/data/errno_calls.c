/* Makes the calls of errno_measured.tsv and prints one line each: function, case, result, errno.
 *
 * Every call gets errno 0 before it. Most are made to fail: a file that does not exist, a descriptor that is not open, a number that
 * is out of range. The values that matter are volatile, so that no compiler knows the answers.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <iconv.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <mqueue.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <regex.h>
#include <sched.h>
#include <search.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wordexp.h>

static void line(const char *function, const char *name, const char *result, int error) {
	printf("%s\t%s\t%s\t%s\n", function, name, result, error ? strerrorname_np(error) : "0");
}

#define NUMBER(function, name, call) do { \
	char text[40]; \
	errno = 0; \
	long result = (long)(call); \
	int error = errno; \
	snprintf(text, sizeof text, "%ld", result); \
	line(function, name, text, error); \
} while (0)

#define POINTER(function, name, call) do { \
	errno = 0; \
	const void *result = (const void *)(call); \
	int error = errno; \
	line(function, name, result == NULL ? "NULL" : result == (void *)-1 ? "(void *)-1" : "nonnull", error); \
} while (0)

#define REAL(function, name, call) do { \
	char text[40]; \
	errno = 0; \
	volatile double result = (call); \
	int error = errno; \
	snprintf(text, sizeof text, "%g", result); \
	line(function, name, text, error); \
} while (0)

static const char *nowhere = "/nonexistent/x";
static volatile int closed = 999;
static volatile size_t huge = (size_t)-1 / 2 - 100;
static volatile double minus_one = -1, zero = 0, one = 1, two = 2, large = 1e308;
static char buffer[8192];

static int visit(const char *path, const struct stat *st, int kind, struct FTW *where) {
	(void)path, (void)st, (void)kind, (void)where;
	return 0;
}

static void descriptors(void) {
	struct stat st;
	int two_ends[2];
	NUMBER("open", "-", open(nowhere, O_RDONLY));
	NUMBER("openat", "-", openat(closed, "x", O_RDONLY));
	NUMBER("creat", "-", creat(nowhere, 0600));
	NUMBER("close", "-", close(closed));
	NUMBER("read", "-", read(closed, buffer, 1));
	NUMBER("write", "-", write(closed, buffer, 1));
	NUMBER("pread", "-", pread(closed, buffer, 1, 0));
	NUMBER("pwrite", "-", pwrite(closed, buffer, 1, 0));
	NUMBER("lseek", "-", lseek(closed, 0, SEEK_SET));
	NUMBER("dup", "-", dup(closed));
	NUMBER("dup2", "-", dup2(closed, 5));
	NUMBER("fcntl", "-", fcntl(closed, F_GETFL));
	NUMBER("fsync", "-", fsync(closed));
	NUMBER("ftruncate", "-", ftruncate(closed, 0));
	NUMBER("fstat", "-", fstat(closed, &st));
	NUMBER("fchdir", "-", fchdir(closed));
	NUMBER("isatty", "-", isatty(closed));
	int null = open("/dev/null", O_RDONLY);
	NUMBER("isatty", "not a terminal", isatty(null));
	close(null);
	POINTER("ttyname", "-", ttyname(closed));
	NUMBER("ttyname_r", "-", ttyname_r(closed, buffer, 9));
	NUMBER("tcgetattr", "-", tcgetattr(closed, (struct termios *)buffer));
	NUMBER("pipe", "-", pipe((int *)8));
	NUMBER("pipe2", "-", pipe2(two_ends, -1));
	NUMBER("select", "-", select(-1, NULL, NULL, NULL, NULL));
	NUMBER("poll", "-", poll((struct pollfd *)8, 1, 0));
	NUMBER("epoll_create1", "-", epoll_create1(-1));
	NUMBER("eventfd", "-", eventfd(0, -1));
	NUMBER("epoll_ctl", "-", epoll_ctl(closed, EPOLL_CTL_ADD, 0, NULL));
	NUMBER("inotify_add_watch", "-", inotify_add_watch(closed, "x", 1));
	NUMBER("flock", "bad descriptor", flock(closed, LOCK_SH));
	NUMBER("lockf", "-", lockf(closed, F_LOCK, 0));
	NUMBER("posix_fadvise", "-", posix_fadvise(closed, 0, 0, 0));
	NUMBER("posix_fallocate", "-", posix_fallocate(closed, 0, 1));
	NUMBER("fallocate", "-", fallocate(closed, 0, 0, 1));
	NUMBER("sendfile", "bad descriptor", sendfile(closed, closed, NULL, 1));
	NUMBER("ptsname_r", "-", ptsname_r(closed, buffer, 9));
	POINTER("ptsname", "-", ptsname(closed));
	NUMBER("grantpt", "-", grantpt(closed));
	NUMBER("fpathconf", "-", fpathconf(closed, _PC_NAME_MAX));
}

static void paths(void) {
	struct stat st;
	struct dirent **entries;
	NUMBER("truncate", "-", truncate(nowhere, 0));
	NUMBER("stat", "-", stat(nowhere, &st));
	NUMBER("lstat", "-", lstat(nowhere, &st));
	NUMBER("access", "-", access(nowhere, F_OK));
	NUMBER("chmod", "-", chmod(nowhere, 0));
	NUMBER("chown", "-", chown(nowhere, 0, 0));
	NUMBER("unlink", "-", unlink(nowhere));
	NUMBER("rename", "-", rename(nowhere, "never-made"));
	NUMBER("remove", "-", remove(nowhere));
	NUMBER("mkdir", "-", mkdir(nowhere, 0));
	NUMBER("rmdir", "-", rmdir(nowhere));
	NUMBER("link", "-", link(nowhere, "never-made"));
	NUMBER("symlink", "-", symlink("x", nowhere));
	NUMBER("readlink", "-", readlink(nowhere, buffer, 9));
	NUMBER("chdir", "-", chdir(nowhere));
	POINTER("getcwd", "-", getcwd(buffer, 1));
	POINTER("realpath", "-", realpath(nowhere, NULL));
	NUMBER("mkfifo", "-", mkfifo(nowhere, 0));
	NUMBER("mkstemp", "-", mkstemp(strcpy(buffer, "/nonexistent/XXXXXX")));
	POINTER("mkdtemp", "-", mkdtemp(strcpy(buffer, "/nonexistent/XXXXXX")));
	NUMBER("utimes", "-", utimes(nowhere, NULL));
	NUMBER("nftw", "-", nftw(nowhere, visit, 3, 0));
	NUMBER("pathconf", "-", pathconf(nowhere, _PC_NAME_MAX));
	NUMBER("ftok", "-", ftok(nowhere, 1));
	POINTER("opendir", "-", opendir(nowhere));
	POINTER("fdopendir", "-", fdopendir(closed));
	DIR *root = opendir("/");
	while (readdir(root) != NULL)
		;
	POINTER("readdir", "at the end", readdir(root));
	closedir(root);
	NUMBER("scandir", "-", scandir(nowhere, &entries, NULL, NULL));
}

static void streams(void) {
	char *text = NULL;
	size_t size = 0;
	int number;
	fpos_t place;
	POINTER("fopen", "-", fopen(nowhere, "r"));
	POINTER("fdopen", "-", fdopen(closed, "r"));
	POINTER("freopen", "-", freopen(nowhere, "r", fopen("/dev/null", "r")));
	POINTER("popen", "-", popen("true", "no such mode"));
	POINTER("fmemopen", "-", fmemopen(buffer, 10, "no such mode"));
	POINTER("tmpfile", "-", tmpfile());
	FILE *file = fopen("/dev/full", "w");
	setvbuf(file, NULL, _IONBF, 0);
	NUMBER("fputc", "-", fputc('x', file));
	NUMBER("fputs", "-", fputs("text", file));
	NUMBER("fprintf", "-", fprintf(file, "text"));
	NUMBER("fwrite", "-", fwrite("text", 1, 3, file));
	fclose(file);
	file = fopen("/dev/full", "w");
	fputs("text", file);
	NUMBER("fflush", "-", fflush(file));
	fputs("text", file);
	NUMBER("fclose", "-", fclose(file));
	file = fopen("/dev/null", "r");
	NUMBER("fgetc", "at end of file", fgetc(file));
	POINTER("fgets", "at end of file", fgets(buffer, 9, file));
	NUMBER("getline", "stream already at its end", getline(&text, &size, file));
	rewind(file);
	NUMBER("getline", "at end of file", getline(&text, &size, file));
	NUMBER("fputc", "opened for reading", fputc('x', file));
	NUMBER("fseek", "-", fseek(file, -5, SEEK_SET));
	NUMBER("ftell", "succeeds", ftell(file));
	NUMBER("fread", "at end of file", fread(buffer, 1, 9, file));
	NUMBER("fscanf", "at end of file", fscanf(file, "%d", &number));
	fclose(file);
	file = fopen("/", "r");
	NUMBER("fgetc", "on a directory", fgetc(file));
	NUMBER("fread", "on a directory", fread(buffer, 1, 9, file));
	fclose(file);
	file = popen("true", "r");
	NUMBER("ftell", "on a pipe", ftell(file));
	NUMBER("fseek", "on a pipe", fseek(file, 1, SEEK_SET));
	NUMBER("fgetpos", "on a pipe", fgetpos(file, &place));
	pclose(file);
	NUMBER("ungetc", "pushing back EOF", ungetc(EOF, stdin));
	NUMBER("snprintf", "succeeds", snprintf(buffer, 2, "abcdef"));
	NUMBER("asprintf", "succeeds", asprintf(&text, "x"));
}

static void memory(void) {
	void *place;
	POINTER("malloc", "-", malloc(huge));
	POINTER("calloc", "-", calloc(huge, 2));
	POINTER("realloc", "-", realloc(NULL, huge));
	POINTER("reallocarray", "-", reallocarray(NULL, huge, 4));
	POINTER("aligned_alloc", "-", aligned_alloc(16, huge));
	NUMBER("posix_memalign", "-", posix_memalign(&place, 3, 8));
	POINTER("mmap", "-", mmap(NULL, 0, 0, 0, -1, 0));
	NUMBER("munmap", "-", munmap((void *)1, 1));
	NUMBER("mprotect", "-", mprotect((void *)1, 1, 0));
	NUMBER("madvise", "-", madvise((void *)1, 1, 0));
	NUMBER("mlock", "-", mlock((void *)8, 8));
	POINTER("sbrk", "-", sbrk(1L << 60));
	POINTER("shmat", "-", shmat(closed, NULL, 0));
	NUMBER("shmget", "-", shmget(999, 0, 0));
	POINTER("strdup", "succeeds", strdup("x"));
}

static void numbers(void) {
	char *end;
	NUMBER("strtol", "out of range", strtol("99999999999999999999", NULL, 10));
	NUMBER("strtol", "no digits", strtol("abc", &end, 10));
	NUMBER("strtol", "base 99", strtol("1", &end, 99));
	NUMBER("strtoul", "out of range", strtoul("99999999999999999999999", NULL, 10));
	REAL("strtod", "out of range", strtod("1e999", NULL));
	REAL("strtod", "no digits", strtod("x", NULL));
	NUMBER("atoi", "out of range", atoi("99999999999999999999"));
	REAL("atof", "-", atof("1e999"));
	NUMBER("abs", "-", abs(-1));
}

static void mathematics(void) {
	int quotient;
	REAL("sqrt", "-", sqrt(minus_one));
	REAL("log", "log(-1)", log(minus_one));
	REAL("log", "log(0)", log(zero));
	REAL("log10", "log10(-1)", log10(minus_one));
	REAL("log2", "log2(-1)", log2(minus_one));
	REAL("log1p", "log1p(-2)", log1p(-two));
	REAL("logb", "logb(0)", logb(zero));
	REAL("pow", "-", pow(minus_one, 0.5));
	REAL("exp", "-", exp(large));
	REAL("exp2", "overflow", exp2(large));
	REAL("exp10", "overflow", exp10(large));
	REAL("expm1", "overflow", expm1(large));
	REAL("acos", "-", acos(two));
	REAL("asin", "asin(2)", asin(two));
	REAL("acosh", "acosh(0)", acosh(zero));
	REAL("atanh", "-", atanh(one));
	REAL("sin", "sin(inf)", sin(large * 10));
	REAL("cos", "cos(inf)", cos(large * 10));
	REAL("tan", "tan(inf)", tan(large * 10));
	REAL("sinh", "overflow", sinh(large));
	REAL("cosh", "overflow", cosh(large));
	REAL("erfc", "underflow", erfc(large));
	REAL("fmod", "-", fmod(one, zero));
	REAL("remainder", "-", remainder(one, zero));
	REAL("remquo", "remquo(1, 0)", remquo(one, zero, &quotient));
	REAL("tgamma", "-", tgamma(minus_one));
	REAL("lgamma", "-", lgamma(zero));
	REAL("hypot", "-", hypot(large, large));
	REAL("hypot", "overflow", hypot(large * 1.5, large * 1.5));
	REAL("fdim", "overflow", fdim(large * 1.5, -large * 1.5));
	REAL("fma", "-", fma(large, large, zero));
	REAL("cbrt", "-", cbrt(minus_one));
	REAL("ldexp", "-", ldexp(one, 99999));
	REAL("scalbn", "overflow", scalbn(one, 99999));
	REAL("scalbln", "overflow", scalbln(one, 99999));
	REAL("scalb", "overflow", scalb(one, 99999));
	REAL("nextafter", "-", nextafter(DBL_MAX, HUGE_VAL));
	REAL("nexttoward", "overflow", nexttoward(DBL_MAX, HUGE_VALL));
	REAL("y0", "y0(-1)", y0(minus_one));
	REAL("y0", "y0(0)", y0(zero));
	REAL("yn", "yn(1, 0)", yn(1, zero));
	NUMBER("ilogb", "-", ilogb(zero));
	NUMBER("lround", "-", lround(large));
	NUMBER("llround", "out of range", llround(large));
	NUMBER("lrint", "out of range", lrint(large));
}

static void threads(void) {
	pthread_mutex_t mutex;
	pthread_mutexattr_t kind;
	pthread_attr_t attributes;
	sigset_t signals;
	sem_t semaphore;
	struct sched_param parameter = {0};
	NUMBER("pthread_join", "of oneself", pthread_join(pthread_self(), NULL));
	pthread_mutexattr_init(&kind);
	pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&mutex, &kind);
	NUMBER("pthread_mutex_unlock", "-", pthread_mutex_unlock(&mutex));
	NUMBER("pthread_mutexattr_settype", "-", pthread_mutexattr_settype(&kind, 99));
	NUMBER("pthread_setname_np", "-", pthread_setname_np(pthread_self(), "01234567890123456789"));
	NUMBER("pthread_sigmask", "-", pthread_sigmask(99, &signals, NULL));
	NUMBER("pthread_kill", "-", pthread_kill(pthread_self(), 999));
	pthread_attr_init(&attributes);
	NUMBER("pthread_attr_setstacksize", "-", pthread_attr_setstacksize(&attributes, 1));
	NUMBER("sem_init", "-", sem_init(&semaphore, 0, (unsigned)-1));
	sem_init(&semaphore, 0, 0);
	NUMBER("sem_trywait", "would block", sem_trywait(&semaphore));
	POINTER("sem_open", "-", sem_open("/nonexistent", 0));
	NUMBER("sched_setscheduler", "unknown policy", sched_setscheduler(0, 99, &parameter));
}

static void signals(void) {
	sigset_t set;
	sigemptyset(&set);
	NUMBER("sigaction", "-", sigaction(999, NULL, NULL));
	POINTER("signal", "-", signal(999, SIG_DFL));
	NUMBER("kill", "-", kill(99999999, 0));
	NUMBER("raise", "-", raise(999));
	NUMBER("sigaddset", "-", sigaddset(&set, 999));
	NUMBER("sigismember", "-", sigismember(&set, 999));
	NUMBER("sigprocmask", "-", sigprocmask(99, &set, NULL));
	NUMBER("waitpid", "-", waitpid(-1, NULL, 0));
	NUMBER("wait", "-", wait(NULL));
}

static void times_and_dates(void) {
	struct timespec never = {-1, -1}, moment;
	struct timeval now, wrong = {0, -1};
	struct tm broken = {.tm_year = INT_MAX, .tm_mon = 99};
	volatile time_t far = (time_t)1 << 60;
	time_t copy = far;
	NUMBER("nanosleep", "-", nanosleep(&never, NULL));
	NUMBER("clock_nanosleep", "-", clock_nanosleep(CLOCK_REALTIME, 0, &never, NULL));
	NUMBER("clock_gettime", "-", clock_gettime(999, &moment));
	NUMBER("clock_settime", "-", clock_settime(999, &moment));
	NUMBER("usleep", "-", usleep(0));
	NUMBER("gettimeofday", "succeeds", gettimeofday(&now, NULL));
	NUMBER("settimeofday", "-", settimeofday(&wrong, NULL));
	NUMBER("mktime", "-", mktime(&broken));
	POINTER("gmtime", "-", gmtime(&copy));
	POINTER("localtime", "-", localtime(&copy));
	POINTER("ctime", "-", ctime(&copy));
	POINTER("strptime", "-", strptime("x", "%Y", &broken));
	unsetenv("DATEMSK");
	POINTER("getdate", "-", getdate("x"));
	NUMBER("getitimer", "-", getitimer(99, (struct itimerval *)buffer));
}

static void network(void) {
	int pair[2];
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found;
	NUMBER("socket", "-", socket(999, 0, 0));
	NUMBER("bind", "-", bind(closed, NULL, 0));
	NUMBER("connect", "-", connect(closed, NULL, 0));
	NUMBER("listen", "-", listen(closed, 1));
	NUMBER("accept", "-", accept(closed, NULL, NULL));
	NUMBER("send", "-", send(closed, "x", 1, 0));
	NUMBER("recv", "-", recv(closed, buffer, 1, 0));
	NUMBER("getsockopt", "-", getsockopt(closed, 0, 0, NULL, NULL));
	NUMBER("setsockopt", "-", setsockopt(closed, 0, 0, NULL, 0));
	NUMBER("shutdown", "-", shutdown(closed, 0));
	NUMBER("getsockname", "-", getsockname(closed, NULL, NULL));
	NUMBER("getpeername", "-", getpeername(closed, NULL, NULL));
	NUMBER("socketpair", "-", socketpair(999, 0, 0, pair));
	NUMBER("inet_pton", "unknown family", inet_pton(999, "x", buffer));
	NUMBER("inet_pton", "malformed address", inet_pton(AF_INET, "x", buffer));
	POINTER("inet_ntop", "-", inet_ntop(999, buffer, buffer + 100, 9));
	NUMBER("inet_addr", "-", (int)inet_addr("x"));
	NUMBER("inet_aton", "-", inet_aton("x", (struct in_addr *)buffer));
	NUMBER("getaddrinfo", "-", getaddrinfo("nonexistent.invalid", NULL, &hints, &found));
	NUMBER("if_nametoindex", "-", if_nametoindex("none0"));
	POINTER("if_indextoname", "-", if_indextoname(9999, buffer));
	POINTER("getservbyname", "-", getservbyname("no-such-service", "tcp"));
	POINTER("gethostbyname", "-", gethostbyname("999.999.999.999x"));
}

static void users(void) {
	struct passwd entry, *found;
	POINTER("getpwnam", "no such entry", getpwnam("no-such-user"));
	POINTER("getpwuid", "no such entry", getpwuid(987654));
	POINTER("getgrnam", "no such entry", getgrnam("no-such-group"));
	NUMBER("getpwnam_r", "no such entry", getpwnam_r("no-such-user", &entry, buffer, sizeof buffer, &found));
	NUMBER("getpwnam_r", "buffer too small", getpwnam_r("root", &entry, buffer, 1, &found));
	POINTER("getlogin", "-", getlogin());
	NUMBER("getgroups", "-", getgroups(-1, NULL));
	NUMBER("getpriority", "-", getpriority(99, 0));
	/* Only that errno stays 0 is measured: which priority the test runs with does not matter. */
	NUMBER("getpriority", "succeeds with -1", getpriority(PRIO_PROCESS, 0) * 0);
}

static void processes(void) {
	struct rlimit limit;
	char *arguments[] = {"x", NULL};
	POINTER("getenv", "-", getenv("NO_SUCH_VARIABLE"));
	NUMBER("setenv", "-", setenv("a=b", "x", 1));
	NUMBER("unsetenv", "-", unsetenv("a=b"));
	NUMBER("putenv", "succeeds", putenv("A=B"));
	NUMBER("system", "-", system("exit 3"));
	NUMBER("execv", "-", execv(nowhere, arguments));
	NUMBER("execvp", "-", execvp("no-such-program", arguments));
	NUMBER("getrlimit", "-", getrlimit(999, &limit));
	NUMBER("setrlimit", "-", setrlimit(999, &limit));
	NUMBER("sysconf", "unknown name", sysconf(9999));
	NUMBER("sysconf", "no limit", sysconf(_SC_CHILD_MAX) * 0);
	NUMBER("confstr", "-", confstr(9999, buffer, 9));
	NUMBER("gethostname", "-", gethostname(buffer, 0));
	umask(022);
	NUMBER("umask", "-", umask(022));
	NUMBER("getsid", "-", getsid(99999999));
	NUMBER("getpgid", "-", getpgid(99999999));
	NUMBER("setpgid", "-", setpgid(99999999, 0));
	NUMBER("mq_open", "-", mq_open("no-slash", 0));
	NUMBER("shm_open", "-", shm_open("/nonexistent", 0, 0));
	NUMBER("shm_unlink", "-", shm_unlink("/nonexistent"));
	NUMBER("getentropy", "-", getentropy(buffer, 9999));
	NUMBER("getrandom", "-", getrandom((void *)8, 8, 0));
	POINTER("dlopen", "-", dlopen("nonexistent.so", RTLD_NOW));
	POINTER("dlsym", "-", dlsym(RTLD_DEFAULT, "no_such_symbol"));
}

static void texts(void) {
	regex_t expression;
	glob_t matches;
	wordexp_t words;
	wchar_t wide;
	mbstate_t state = {0};
	ENTRY entry = {"key", NULL};
	int (*compare)(const void *, const void *) = (int (*)(const void *, const void *))strcmp;
	POINTER("strerror", "-", strerror(99999));
	NUMBER("strerror_r", "-", __xpg_strerror_r(99999, buffer, 99));
	NUMBER("strerror_r", "buffer too small", __xpg_strerror_r(1, buffer, 1));
	POINTER("setlocale", "-", setlocale(LC_ALL, "xx_NONE"));
	POINTER("newlocale", "-", newlocale(LC_ALL_MASK, "xx_NONE", NULL));
	POINTER("iconv_open", "-", iconv_open("NONE", "UTF-8"));
	iconv_t conversion = iconv_open("UTF-16", "UTF-8");
	char *in = "\xff", *out = buffer;
	size_t in_left = 1, out_left = 99;
	NUMBER("iconv", "-", iconv(conversion, &in, &in_left, &out, &out_left));
	setlocale(LC_ALL, "C.UTF-8");
	NUMBER("mbrtowc", "-", mbrtowc(&wide, "\xff", 1, &state));
	memset(&state, 0, sizeof state);
	NUMBER("wcrtomb", "-", wcrtomb(buffer, 0x7fffffff, &state));
	NUMBER("mbstowcs", "-", mbstowcs(&wide, "\xff", 1));
	NUMBER("mblen", "-", mblen("\xff", 1));
	NUMBER("regcomp", "-", regcomp(&expression, "(", REG_EXTENDED));
	NUMBER("glob", "-", glob("/nonexistent*", 0, NULL, &matches));
	NUMBER("wordexp", "-", wordexp("a|b", &words, 0));
	NUMBER("hcreate", "succeeds", hcreate(10));
	POINTER("hsearch", "not found", hsearch(entry, FIND));
	POINTER("tsearch", "-", tsearch("a", NULL, compare));
	POINTER("bsearch", "not found", bsearch("a", "b", 1, 1, compare));
	POINTER("memchr", "not found", memchr("a", 'z', 1));
	POINTER("strchr", "not found", strchr("a", 'z'));
}

int main(void) {
	setvbuf(stdout, NULL, _IOLBF, 0);
	descriptors();
	paths();
	streams();
	memory();
	numbers();
	mathematics();
	threads();
	signals();
	times_and_dates();
	network();
	users();
	processes();
	texts();
	return 0;
}
