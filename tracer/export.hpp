// Marks what libmsgstat.so gives to programs outside; all else is hidden in it.
#pragma once

#define MSGSTAT_API __attribute__((visibility("default")))
