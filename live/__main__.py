"""`python -m live`: the same as `live`."""

import sys

from live.cli import main

sys.exit(main())
