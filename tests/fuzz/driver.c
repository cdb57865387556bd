/* Runs a fuzz target over files, and over all files of directories. */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

enum { INPUT_BYTES = 1 << 20 };

static void run_file(const char *name)
{
	FILE *f = fopen(name, "rb");
	uint8_t *bytes = malloc(INPUT_BYTES);

	if (!f || !bytes) {
		perror(name);
		exit(2);
	}
	size_t n = fread(bytes, 1, INPUT_BYTES, f);
	fclose(f);
	uint8_t *exact = malloc(n ? n : 1);	/* so that the sanitizer sees a read beyond its end */
	if (!exact) {
		perror(name);
		exit(2);
	}
	for (size_t i = 0; i < n; i++)
		exact[i] = bytes[i];
	free(bytes);
	fprintf(stderr, "%s\n", name);	/* the last of these is the one that failed */
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static unsigned run(const char *name)
{
	struct dirent **entries;
	struct stat st;
	unsigned done = 0;

	if (stat(name, &st) == 0 && !S_ISDIR(st.st_mode)) {
		run_file(name);
		return 1;
	}
	int n = scandir(name, &entries, NULL, alphasort);
	if (n < 0) {
		perror(name);
		exit(2);
	}
	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", name, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			done += run(path);
		free(entries[i]);
	}
	free(entries);
	return done;
}

int main(int argc, char *argv[])
{
	unsigned done = 0;

	for (int i = 1; i < argc; i++)
		done += run(argv[i]);
	printf("%u inputs\n", done);
	return done == 0;
}
