"""The domain core of leeward: knows neither screen nor HTTP."""

APP = "leeward"
VERSION = "0.1.0"
