/* A journal: lines of text appended to a file. */
#ifndef JOURNAL_H
#define JOURNAL_H

typedef struct journal journal;

/* Opens the file at path. NULL and errno when that fails; path is only read. */
journal *journal_open(const char *path);

/* Appends one line. 0, or -1 and errno. */
int journal_append(journal *j, const char *line);

/* A copy of the last line appended, to be freed by the caller; NULL when there is none. */
char *journal_last(const journal *j);

void journal_close(journal *j);

/* What went wrong in the call before. */
int journal_error(void);

#endif
