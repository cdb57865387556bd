#include "stamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

uint64_t stamp_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

size_t stamp_time_of_day(char buf[LINE_STAMP], enum stamp_form form)
{
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	size_t n = strftime(buf, LINE_STAMP, "%H:%M:%S", &tm);
	int more = form == STAMP_MICROS ? snprintf(buf + n, LINE_STAMP - n, ".%06ld ", now.tv_nsec / 1000)
					: snprintf(buf + n, LINE_STAMP - n, " ");
	return n + (size_t)more;
}

size_t stamp_relative(uint64_t *last, char buf[LINE_STAMP])
{
	uint64_t now = stamp_clock(), us = *last ? (now - *last) / 1000 : 0;

	*last = now;
	int n = snprintf(buf, LINE_STAMP, "%5" PRIu64 ".%06" PRIu64 " ", us / 1000000, us % 1000000);
	return n < LINE_STAMP ? (size_t)n : LINE_STAMP - 1;
}

void stamp_duration(char *buf, size_t size, uint64_t ns)
{
	uint64_t us = ns / 1000;

	snprintf(buf, size, " <%" PRIu64 ".%06" PRIu64 ">", us / 1000000, us % 1000000);
}
