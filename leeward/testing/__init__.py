"""The contract suite every kind passes, shipped so that third parties can prove theirs. The only importer of pytest."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    *(f"leeward.testing.{part}" for part in ("abilities", "faults", "rarer", "reading", "walls", "writing"))
)
