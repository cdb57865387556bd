/* Descriptors of this program itself. */
#ifndef UTIL_FDS_H
#define UTIL_FDS_H

/*
 * Puts something in the place of standard descriptors that are not open, so
 * that no file of ours is taken for one.  It cannot be written to: that is
 * still an error.  A program that is executed finds them closed as before.
 */
void fds_fill_standard(void);

#endif
