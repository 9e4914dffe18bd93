#include "journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct journal {
	FILE *file;
	char *last;
};

journal *journal_open(const char *path)
{
	FILE *file = fopen(path, "a");
	if (file == NULL)
		return NULL;
	journal *j = calloc(1, sizeof *j);
	if (j == NULL) {
		fclose(file);
		return NULL;
	}
	j->file = file;
	return j;
}

int journal_append(journal *j, const char *line)
{
	char *copy = strdup(line);
	if (copy == NULL)
		return -1;
	free(j->last);
	j->last = copy;
	return fprintf(j->file, "%s\n", line) < 0 ? -1 : 0;
}

char *journal_last(const journal *j)
{
	return j->last == NULL ? NULL : strdup(j->last);
}

void journal_close(journal *j)
{
	fclose(j->file);
	free(j->last);
	free(j);
}

int journal_error(void)
{
	return errno;
}
