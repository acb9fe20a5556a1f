"""The domain core of leeward: knows neither screen nor HTTP."""

VERSION = "0.1.0"
