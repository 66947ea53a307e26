#include "host/cli/core/cli.h"

const char cli_version[] = "0.1.0";
